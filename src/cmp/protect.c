/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmp/protect.c - who sent a message (RFC 4210 5.1.3). The protection is over the DER of
 *
 *   ProtectedPart ::= SEQUENCE { header PKIHeader, body PKIBody }
 */
#include "cmp/room.h"

#define RULE "RFC 4210 5.1.3"

void yx_cmp_asker_free(struct yx_cmp_asker *asker)
{
    yx_holder_free(&asker->holder);
}

static yx_status protected_part(const struct yx_cmp_message *message, struct yx_buf *out,
                                struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t part = yx_der_begin(&w, YX_DER_SEQUENCE);

    yx_der_put_raw(&w, message->header_der);
    yx_der_put_raw(&w, message->body_der);
    yx_der_close(&w, part);
    return yx_der_finish(&w, out, err);
}

/* Cut at a character: it goes into the database, which takes UTF-8 alone. */
static void name_actor(struct yx_cmp_asker *asker, const char *name)
{
    size_t len = strlen(name);

    if (len > YX_CMP_ACTOR - 5)
        len = YX_CMP_ACTOR - 5;
    while (!yx_utf8_valid(YX_BYTES(name, len)))
        len--;
    (void)snprintf(asker->actor, sizeof asker->actor, "cmp:%.*s", (int)len, name);
}

/* --- A shared secret ------------------------------------------------------------------------- */

/* Nobody of that name, nobody's secret, a wrong one, and one that was guessed at too often are not
 * told apart. */
static yx_status check_mac(struct yx_cmp_call *call, const char *address, struct yx_bytes part,
                           struct yx_error *err)
{
    const struct yx_cmp_message *message = &call->message;
    const struct yx_enrol *enrol = call->cmp->enrol;
    const struct yx_enrol_attempt attempt = {message->key_id, address, call->now};
    const struct yx_person *person = yx_enrol_find(enrol, message->key_id);
    bool has_secret = person != NULL && person->secret != NULL, accepted;
    const char *secret = has_secret ? person->secret : "nobody's own secret";
    struct yx_cmp_asker *out = &call->asker;
    uint8_t mac[YX_DIGEST_MAX];
    size_t len;
    unsigned wait;

    call->failure = YX_CMP_BAD_ALG;
    YX_TRY(yx_cmp_mac_read(message->algorithm, message->parameters, &out->mac, err));
    call->failure = YX_CMP_SYSTEM_UNAVAILABLE;
    YX_TRY(yx_enrol_may_try(enrol, &attempt, &wait, err));
    call->failure = YX_CMP_BAD_MESSAGE_CHECK;
    YX_TRY(yx_cmp_mac_compute(&out->mac, YX_TEXT(secret), part, mac, &len, err));
    YX_TRY(
        yx_enrol_tried(enrol, &attempt, person,
                       yx_bytes_equal_secret(YX_BYTES(mac, len), message->protection) && has_secret,
                       &accepted, err));
    YX_REQUIRE(accepted, err, YX_REFUSED, RULE,
               N_("the MAC of the message is wrong: another secret, or another reference"));
    out->by_mac = true;
    out->person = person;
    name_actor(out, person->name);
    return YX_OK;
}

/* --- A signature ----------------------------------------------------------------------------- */

/* RFC 9483 3.3: the first of extraCerts is the one that the message is signed with. */
static yx_status find_signer(const struct yx_cmp *cmp, const struct yx_cmp_message *message,
                             yx_time now, struct yx_holder *out, struct yx_error *err)
{
    struct yx_der list = yx_der_reader(message->extra_certs, "extraCerts");
    struct yx_bytes first;
    int usage;

    YX_REQUIRE(!yx_der_at_end(&list), err, YX_REFUSED, "RFC 9483 3.3",
               N_("the message does not carry the certificate that it is signed with"));
    YX_TRY(yx_der_any(&list, NULL, NULL, &first, err));
    YX_TRY(yx_enrol_holder(cmp->enrol, first, now, out, err));
    usage = yx_cert_key_usage(out->cert);
    YX_REQUIRE(usage == -1 || (usage & YX_KU_DIGITAL_SIGNATURE) != 0, err, YX_REFUSED,
               "RFC 9483 3.2", N_("the certificate of {1} is not one to sign with"),
               yx_cert_subject(out->cert));
    return YX_OK;
}

/* directoryName [4] with the subject of the certificate (RFC 9483 3.1). */
static yx_status check_sender(const struct yx_cmp_message *message, const struct yx_cert *cert,
                              struct yx_error *err)
{
    struct yx_der der = yx_der_reader(message->sender, "sender");
    struct yx_bytes name = YX_BYTES(NULL, 0);

    if (yx_der_next_is(&der, YX_DER_CONTEXT_CONSTRUCTED(4)))
        YX_TRY(yx_der_get(&der, YX_DER_CONTEXT_CONSTRUCTED(4), &name, err));
    YX_REQUIRE(yx_bytes_equal(name, yx_cert_subject_der(cert)), err, YX_REFUSED, "RFC 9483 3.1",
               N_("the sender of the message is not the subject of the certificate that it is "
                  "signed with"));
    return YX_OK;
}

static yx_status verify(const struct yx_cmp_message *message, struct yx_bytes part,
                        const struct yx_cert *cert, enum yx_cmp_failure *failure,
                        struct yx_error *err)
{
    const struct yx_public_key *key = yx_cert_public_key(cert);
    yx_signature_algorithm algorithm =
        yx_signature_from_identifier(message->algorithm, message->parameters);
    yx_status status;

    *failure = YX_CMP_BAD_ALG;
    YX_REQUIRE(
        algorithm != YX_SIG_NONE && yx_signature_allowed(algorithm) &&
            yx_signature_fits(algorithm, yx_public_key_type(key)),
        err, YX_REFUSED, "GB/T 33560, algorithms",
        N_("the message is signed with an algorithm that is not known, too weak, or not that "
           "of its certificate"));
    *failure = YX_CMP_BAD_MESSAGE_CHECK;
    status = yx_public_key_verify(key, algorithm, part, message->protection, err);
    YX_REQUIRE(status != YX_DAMAGED, err, YX_REFUSED, RULE,
               N_("the signature of the message is malformed"));
    return status;
}

static yx_status check_signature(const struct yx_cmp *cmp, const struct yx_cmp_message *message,
                                 struct yx_bytes part, yx_time now, struct yx_cmp_asker *out,
                                 enum yx_cmp_failure *failure, struct yx_error *err)
{
    *failure = YX_CMP_WRONG_INTEGRITY;
    YX_REQUIRE(cmp->settings.cert != NULL, err, YX_REFUSED, RULE,
               N_("this authority does not sign answers: protect the message by a shared secret"));
    *failure = YX_CMP_SIGNER_NOT_TRUSTED;
    YX_TRY(find_signer(cmp, message, now, &out->holder, err));
    *failure = YX_CMP_BAD_MESSAGE_CHECK;
    YX_TRY(check_sender(message, out->holder.cert, err));
    YX_TRY(verify(message, part, out->holder.cert, failure, err));
    out->person = out->holder.person;
    name_actor(out, out->person != NULL ? out->person->name : yx_cert_subject(out->holder.cert));
    return YX_OK;
}

yx_status yx_cmp_who(struct yx_cmp_call *call, const char *address, struct yx_error *err)
{
    const struct yx_cmp_message *message = &call->message;
    YX_CLEAN(yx_buf) struct yx_buf part = {0};

    call->failure = YX_CMP_BAD_MESSAGE_CHECK;
    YX_REQUIRE(message->is_protected && message->protection.len > 0, err, YX_REFUSED, RULE,
               N_("the message is not protected"));
    YX_TRY(protected_part(message, &part, err));
    if (message->algorithm == YX_OID_PASSWORD_BASED_MAC || message->algorithm == YX_OID_PBMAC1)
        return check_mac(call, address, yx_buf_bytes(&part), err);
    return check_signature(call->cmp, message, yx_buf_bytes(&part), call->now, &call->asker,
                           &call->failure, err);
}
