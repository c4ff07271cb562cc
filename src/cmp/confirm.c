/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmp/confirm.c - the holder takes the certificate, or does not (RFC 4210 5.3.18):
 *
 *   CertConfirmContent ::= SEQUENCE OF CertStatus
 *   CertStatus ::= SEQUENCE { certHash OCTET STRING, certReqId INTEGER,
 *       statusInfo PKIStatusInfo OPTIONAL, hashAlg [0] AlgorithmIdentifier OPTIONAL }
 */
#include "cmp/room.h"

#define RULE "RFC 4210 5.3.18"
#define CESSATION_OF_OPERATION 5

struct confirmation {
    struct yx_bytes hash;
    int64_t request_id;
    int64_t status;
    yx_oid hash_algorithm; /* UNKNOWN: not told */
};

static yx_status parse(struct yx_bytes body, struct confirmation *out, struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(body, "CertConfirmContent"), list, one, inner;

    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &list, err));
    YX_TRY(yx_der_enter(&list, YX_DER_SEQUENCE, &one, err));
    YX_TRY(yx_der_end(&list, err));
    YX_TRY(yx_der_get(&one, YX_DER_OCTET_STRING, &out->hash, err));
    YX_TRY(yx_der_int(&one, &out->request_id, err));
    if (yx_der_next_is(&one, YX_DER_SEQUENCE)) {
        YX_TRY(yx_der_enter(&one, YX_DER_SEQUENCE, &inner, err));
        YX_TRY(yx_der_int(&inner, &out->status, err));
    }
    if (yx_der_next_is(&one, YX_DER_CONTEXT_CONSTRUCTED(0))) {
        YX_TRY(yx_der_enter(&one, YX_DER_CONTEXT_CONSTRUCTED(0), &inner, err));
        YX_TRY(yx_der_algorithm(&inner, &out->hash_algorithm, NULL, err));
        YX_TRY(yx_der_end(&inner, err));
    }
    return yx_der_end(&one, err);
}

/* --- Is it about this certificate? ----------------------------------------------------------- */

static yx_status take_der(void *self, const struct yx_ca_record *record, struct yx_error *err)
{
    return yx_buf_append(self, record->der) == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* The digest of the certificate's own signature; RFC 9481 2.3.1: SHA-512 for Ed25519. */
static yx_digest_algorithm choose_digest(const struct yx_cert *cert, yx_oid told)
{
    yx_signature_algorithm algorithm = yx_cert_signature_algorithm(cert);

    if (told != YX_OID_UNKNOWN)
        return yx_digest_from_oid(told);
    return algorithm == YX_SIG_ED25519 ? YX_DIGEST_SHA512 : yx_signature_digest(algorithm);
}

static yx_status check_hash(struct yx_cmp_call *call, const char *serial,
                            const struct confirmation *confirmation, struct yx_error *err)
{
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    uint8_t digest[YX_DIGEST_MAX];
    yx_digest_algorithm algorithm;

    YX_TRY(yx_ca_find(call->cmp->ca, serial, take_der, &der, err));
    YX_TRY(yx_cert_from_der(yx_buf_bytes(&der), &cert, err));
    algorithm = choose_digest(cert, confirmation->hash_algorithm);
    call->failure = YX_CMP_BAD_ALG;
    YX_REQUIRE(algorithm != YX_DIGEST_NONE && yx_digest_allowed(algorithm), err, YX_REFUSED, RULE,
               N_("the certificate is confirmed by a digest that is not known or too weak"));
    call->failure = YX_CMP_BAD_CERT_ID;
    YX_TRY(yx_digest(algorithm, yx_buf_bytes(&der), digest, err));
    YX_REQUIRE(yx_bytes_equal(YX_BYTES(digest, yx_digest_size(algorithm)), confirmation->hash), err,
               YX_REFUSED, RULE, N_("what is confirmed is not the certificate that was issued"));
    return YX_OK;
}

static yx_status check_row(struct yx_cmp_call *call, const struct yx_cmp_row *row,
                           const struct confirmation *confirmation, struct yx_error *err)
{
    call->failure = YX_CMP_BAD_REQUEST;
    YX_REQUIRE(row->found && row->same_actor, err, YX_REFUSED, RULE,
               N_("nothing was issued in this transaction"));
    call->failure = YX_CMP_CERT_CONFIRMED;
    YX_REQUIRE(row->state == YX_CMP_WAITING, err, YX_REFUSED, RULE,
               N_("the transaction is over already"));
    call->failure = YX_CMP_BAD_RECIPIENT_NONCE;
    YX_REQUIRE(row->nonce_matches, err, YX_REFUSED, "RFC 4210 5.1.1",
               N_("the recipNonce of the message is not the nonce of the answer before"));
    call->failure = YX_CMP_BAD_TIME;
    YX_REQUIRE(row->confirm_until >= call->now, err, YX_REFUSED, "RFC 4210 5.2.8",
               N_("the certificate was not confirmed in time, by {1}"),
               YX_WHEN(row->confirm_until));
    call->failure = YX_CMP_BAD_CERT_ID;
    YX_REQUIRE(confirmation->request_id == row->request_id, err, YX_REFUSED, RULE,
               N_("what is confirmed is not the certificate that was issued"));
    return YX_OK;
}

/* --- All of it ------------------------------------------------------------------------------- */

yx_status yx_cmp_withdraw(struct yx_cmp *cmp, const char *serial, const char *actor, yx_time now,
                          struct yx_error *err)
{
    struct yx_ca_revoke_request request = {
        .serial = serial,
        .reason = CESSATION_OF_OPERATION,
        .invalid_since = YX_TIME_NONE,
        .now = now,
        .actor = actor,
    };
    yx_status status = yx_ca_revoke(cmp->ca, &request, err);

    /* It is revoked already. */
    return status == YX_REFUSED ? YX_OK : status;
}

yx_status yx_cmp_confirm(struct yx_cmp_call *call, struct yx_error *err)
{
    struct confirmation confirmation = {0};
    struct yx_cmp_row row;

    call->failure = YX_CMP_BAD_DATA_FORMAT;
    YX_TRY(parse(call->message.body, &confirmation, err));
    call->failure = YX_CMP_SYSTEM_UNAVAILABLE;
    YX_TRY(yx_cmp_find(call, &row, err));
    YX_TRY(check_row(call, &row, &confirmation, err));
    YX_TRY(check_hash(call, row.serial, &confirmation, err));
    call->failure = YX_CMP_SYSTEM_UNAVAILABLE;
    if (confirmation.status == YX_CMP_REJECTION)
        YX_TRY(yx_cmp_withdraw(call->cmp, row.serial, call->asker.actor, call->now, err));
    YX_TRY(yx_cmp_end(call->cmp, row.id, err));
    call->kind = YX_CMP_PKICONF;
    yx_der_put(&call->body, YX_DER_NULL, YX_BYTES(NULL, 0));
    return YX_OK;
}
