/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmp/revoke.c - rr answered (RFC 4210 5.3.9, RFC 9483 4.2):
 *
 *   RevReqContent ::= SEQUENCE OF RevDetails
 *   RevDetails ::= SEQUENCE { certDetails CertTemplate, crlEntryDetails Extensions OPTIONAL }
 *   RevRepContent ::= SEQUENCE { status SEQUENCE OF PKIStatusInfo, ... }
 */
#include "cmp/room.h"

#define RULE "RFC 9483 4.2"

struct wish {
    struct yx_cmp_template about;
    int64_t reason;
};

/* --- What is asked for ----------------------------------------------------------------------- */

static yx_status read_entry_extension(struct yx_der *list, struct wish *out, struct yx_error *err)
{
    struct yx_der extension, value;
    struct yx_bytes content, reason;
    yx_oid oid;

    YX_TRY(yx_der_enter(list, YX_DER_SEQUENCE, &extension, err));
    YX_TRY(yx_der_oid(&extension, &oid, err));
    if (yx_der_next_is(&extension, YX_DER_BOOLEAN))
        YX_TRY(yx_der_any(&extension, NULL, NULL, NULL, err));
    YX_TRY(yx_der_get(&extension, YX_DER_OCTET_STRING, &content, err));
    if (oid != YX_OID_CRL_REASON)
        return YX_OK;
    value = yx_der_reader(content, "reasonCode");
    YX_TRY(yx_der_get(&value, YX_DER_ENUMERATED, &reason, err));
    YX_REQUIRE(reason.len == 1, err, YX_DAMAGED, "RFC 5280 5.3.1",
               N_("there is no reason {1} for a revocation"), "?");
    out->reason = reason.data[0];
    return yx_der_end(&value, err);
}

static yx_status parse(struct yx_bytes body, struct wish *out, struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(body, "RevReqContent"), list, one, extensions;

    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &list, err));
    YX_TRY(yx_der_enter(&list, YX_DER_SEQUENCE, &one, err));
    YX_REQUIRE(yx_der_at_end(&list), err, YX_REFUSED, RULE,
               N_("a message revokes one certificate at a time"));
    YX_TRY(yx_cmp_template_read(&one, &out->about, err));
    if (yx_der_next_is(&one, YX_DER_SEQUENCE)) {
        YX_TRY(yx_der_enter(&one, YX_DER_SEQUENCE, &extensions, err));
        while (!yx_der_at_end(&extensions))
            YX_TRY(read_entry_extension(&extensions, out, err));
    }
    return yx_der_end(&one, err);
}

/* --- May they? ------------------------------------------------------------------------------- */

struct permission {
    const struct yx_cmp_call *call;
    bool restores;
    bool revoked;
};

static yx_status look(void *self, const struct yx_ca_record *record, struct yx_error *err)
{
    struct permission *permission = self;
    const struct yx_cmp_asker *asker = &permission->call->asker;

    permission->revoked = record->state == YX_CA_REVOKED;
    if (permission->restores)
        YX_TRY(yx_enrol_may_restore(asker->person, record, err));
    return yx_enrol_may_revoke(asker->person, &asker->holder, record, err);
}

static yx_status check(struct yx_cmp_call *call, const struct wish *wish, char serial[64],
                       struct yx_error *err)
{
    struct permission permission = {.call = call, .restores = wish->reason == YX_REASON_REMOVE};
    struct yx_bytes octets = wish->about.serial;
    yx_status status;

    call->failure = YX_CMP_BAD_CERT_ID;
    YX_REQUIRE(octets.len > 0 && octets.len <= 21 &&
                   yx_bytes_equal(wish->about.issuer,
                                  yx_cert_subject_der(yx_ca_certificate(call->cmp->ca))),
               err, YX_REFUSED, RULE,
               N_("the certificate to be revoked is named by issuer and serial, and was issued by "
                  "this authority"));
    /* The sign octet of the INTEGER is none of the serial's. */
    if (octets.data[0] == 0 && octets.len > 1)
        octets = YX_BYTES(octets.data + 1, octets.len - 1);
    yx_hex(octets, serial);
    status = yx_ca_find(call->cmp->ca, serial, look, &permission, err);
    YX_REQUIRE(status != YX_USAGE, err, YX_REFUSED, RULE,
               N_("the certificate to be revoked is named by issuer and serial, and was issued by "
                  "this authority"));
    YX_TRY(status);
    call->failure = YX_CMP_CERT_REVOKED;
    YX_REQUIRE(!permission.revoked, err, YX_REFUSED, RULE, N_("certificate {1} is revoked already"),
               serial);
    return YX_OK;
}

/* --- All of it ------------------------------------------------------------------------------- */

static yx_status change(struct yx_cmp_call *call, const char *serial, int64_t reason,
                        struct yx_error *err)
{
    struct yx_ca_revoke_request request = {
        .serial = serial,
        .reason = (int)reason,
        .invalid_since = YX_TIME_NONE,
        .now = call->now,
        .actor = call->asker.actor,
    };
    yx_status status;

    call->failure = YX_CMP_BAD_REQUEST;
    YX_REQUIRE(reason >= 0 && reason <= 10 && reason != 7, err, YX_REFUSED, "RFC 5280 5.3.1",
               N_("there is no reason {1} for a revocation"), YX_NUM(reason));
    status = reason == YX_REASON_REMOVE
                 ? yx_ca_restore(call->cmp->ca, serial, call->now, call->asker.actor, err)
                 : yx_ca_revoke(call->cmp->ca, &request, err);
    if (status == YX_IO)
        call->failure = YX_CMP_SYSTEM_UNAVAILABLE;
    return status;
}

yx_status yx_cmp_revoke(struct yx_cmp_call *call, struct yx_error *err)
{
    struct wish wish = {0};
    char serial[64];
    size_t message, list;

    call->failure = YX_CMP_BAD_DATA_FORMAT;
    YX_TRY(parse(call->message.body, &wish, err));
    call->kind = YX_CMP_RP;
    call->can_reject = true;
    YX_TRY(check(call, &wish, serial, err));
    YX_TRY(yx_cmp_begin(call, err));
    YX_TRY(change(call, serial, wish.reason, err));
    call->failure = YX_CMP_SYSTEM_UNAVAILABLE;
    YX_TRY(yx_cmp_keep(call, YX_CMP_DONE, NULL, err));
    message = yx_der_begin(&call->body, YX_DER_SEQUENCE);
    list = yx_der_begin(&call->body, YX_DER_SEQUENCE);
    yx_cmp_put_status(&call->body, YX_CMP_ACCEPTED, 0, NULL);
    yx_der_close(&call->body, list);
    yx_der_close(&call->body, message);
    return YX_OK;
}
