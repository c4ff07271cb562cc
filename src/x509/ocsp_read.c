/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509/ocsp_read.c - an OCSP response as it was received, and what it says about a certificate.
 *
 * Whether it counts (who signed it, and when) is decided in ocsp_check.c and revocation.c;
 * responses are made in certify/ocsp.c.
 */
#include "x509/ocsp.h"

#define RULE "RFC 6960 4.2.1"

/* --- SingleResponse ---------------------------------------------------------------------- */

/* Times are GeneralizedTime throughout. */
static yx_status read_time(struct yx_der *der, yx_time *out, struct yx_error *err)
{
    if (!yx_der_next_is(der, YX_DER_GENERALIZED_TIME))
        return yx_der_get(der, YX_DER_GENERALIZED_TIME, NULL, err);
    return yx_der_time(der, out, err);
}

/* RevokedInfo ::= [1] IMPLICIT SEQUENCE { revocationTime GeneralizedTime,
 *                                         revocationReason [0] EXPLICIT CRLReason OPTIONAL } */
static yx_status read_revoked(struct yx_der *single, struct yx_ocsp_answer *out,
                              struct yx_error *err)
{
    struct yx_der info, tagged;
    struct yx_bytes reason;
    out->status = YX_OCSP_REVOKED;
    YX_TRY(yx_der_enter(single, YX_DER_CONTEXT_CONSTRUCTED(1), &info, err));
    YX_TRY(read_time(&info, &out->revoked_at, err));
    if (!yx_der_next_is(&info, YX_DER_CONTEXT_CONSTRUCTED(0)))
        return yx_der_end(&info, err);
    YX_TRY(yx_der_enter(&info, YX_DER_CONTEXT_CONSTRUCTED(0), &tagged, err));
    YX_TRY(yx_der_get(&tagged, YX_DER_ENUMERATED, &reason, err));
    YX_TRY(yx_der_end(&tagged, err));
    YX_REQUIRE(reason.len == 1 && reason.data[0] <= 10 && reason.data[0] != 7, err, YX_DAMAGED,
               "RFC 5280 5.3.1", N_("the response gives no known reason for a revocation"));
    out->reason = reason.data[0];
    return yx_der_end(&info, err);
}

/* CertStatus ::= CHOICE { good [0] IMPLICIT NULL, revoked [1], unknown [2] IMPLICIT NULL } */
static yx_status read_status(struct yx_der *single, struct yx_ocsp_answer *out,
                             struct yx_error *err)
{
    struct yx_bytes nothing;
    bool good = yx_der_next_is(single, YX_DER_CONTEXT(0));
    if (yx_der_next_is(single, YX_DER_CONTEXT_CONSTRUCTED(1)))
        return read_revoked(single, out, err);
    out->status = good ? YX_OCSP_GOOD : YX_OCSP_UNKNOWN;
    YX_TRY(yx_der_get(single, good ? YX_DER_CONTEXT(0) : YX_DER_CONTEXT(2), &nothing, err));
    YX_REQUIRE(nothing.len == 0, err, YX_DAMAGED, RULE, N_("the OCSP response is malformed"));
    return YX_OK;
}

/*
 * SingleResponse ::= SEQUENCE {
 *     certID CertID, certStatus CertStatus, thisUpdate GeneralizedTime,
 *     nextUpdate [0] EXPLICIT GeneralizedTime OPTIONAL,
 *     singleExtensions [1] EXPLICIT Extensions OPTIONAL }
 */
yx_status yx_ocsp_next(struct yx_der *singles, struct yx_ocsp_single *out, struct yx_error *err)
{
    struct yx_der single, tagged;
    struct yx_ocsp_extensions extensions;
    *out = (struct yx_ocsp_single){
        .answer = {.next_update = YX_TIME_NONE, .revoked_at = YX_TIME_NONE}};
    YX_TRY(yx_der_enter(singles, YX_DER_SEQUENCE, &single, err));
    YX_TRY(yx_ocsp_id_read(&single, &out->id, err));
    YX_TRY(read_status(&single, &out->answer, err));
    YX_TRY(read_time(&single, &out->answer.this_update, err));
    if (yx_der_next_is(&single, YX_DER_CONTEXT_CONSTRUCTED(0))) {
        YX_TRY(yx_der_enter(&single, YX_DER_CONTEXT_CONSTRUCTED(0), &tagged, err));
        YX_TRY(read_time(&tagged, &out->answer.next_update, err));
        YX_TRY(yx_der_end(&tagged, err));
    }
    YX_TRY(yx_ocsp_extensions_read(&single, YX_DER_CONTEXT_CONSTRUCTED(1), &extensions, err));
    out->unknown_critical = extensions.unknown_critical;
    return yx_der_end(&single, err);
}

/* --- BasicOCSPResponse ------------------------------------------------------------------- */

/* ResponderID ::= CHOICE { byName [1] EXPLICIT Name, byKey [2] EXPLICIT OCTET STRING } */
static yx_status read_responder(struct yx_der *data, struct yx_ocsp *out, struct yx_error *err)
{
    struct yx_der tagged;
    if (yx_der_next_is(data, YX_DER_CONTEXT_CONSTRUCTED(1))) {
        YX_TRY(yx_der_enter(data, YX_DER_CONTEXT_CONSTRUCTED(1), &tagged, err));
        YX_TRY(yx_der_any(&tagged, NULL, NULL, &out->responder_name, err));
        return yx_der_end(&tagged, err);
    }
    YX_TRY(yx_der_enter(data, YX_DER_CONTEXT_CONSTRUCTED(2), &tagged, err));
    YX_TRY(yx_der_get(&tagged, YX_DER_OCTET_STRING, &out->responder_key, err));
    return yx_der_end(&tagged, err);
}

static yx_status check_singles(struct yx_bytes singles, struct yx_error *err)
{
    struct yx_der list = yx_der_reader(singles, "SingleResponse");
    do {
        struct yx_ocsp_single single;
        YX_TRY(yx_ocsp_next(&list, &single, err));
    } while (!yx_der_at_end(&list));
    return YX_OK;
}

/*
 * ResponseData ::= SEQUENCE {
 *     version [0] EXPLICIT INTEGER DEFAULT v1, responderID ResponderID,
 *     producedAt GeneralizedTime, responses SEQUENCE OF SingleResponse,
 *     responseExtensions [1] EXPLICIT Extensions OPTIONAL }
 */
static yx_status read_data(struct yx_ocsp *out, struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(out->to_be_signed, "ResponseData"), data, tagged;
    int64_t version = 0;
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &data, err));
    if (yx_der_next_is(&data, YX_DER_CONTEXT_CONSTRUCTED(0))) {
        YX_TRY(yx_der_enter(&data, YX_DER_CONTEXT_CONSTRUCTED(0), &tagged, err));
        YX_TRY(yx_der_int(&tagged, &version, err));
        YX_TRY(yx_der_end(&tagged, err));
    }
    YX_REQUIRE(version == 0, err, YX_DAMAGED, RULE,
               N_("the OCSP response is not of version 1, the only one that is defined"));
    YX_TRY(read_responder(&data, out, err));
    YX_TRY(read_time(&data, &out->produced_at, err));
    YX_TRY(yx_der_get(&data, YX_DER_SEQUENCE, &out->singles, err));
    YX_TRY(check_singles(out->singles, err));
    YX_TRY(yx_ocsp_extensions_read(&data, YX_DER_CONTEXT_CONSTRUCTED(1), &out->extensions, err));
    return yx_der_end(&data, err);
}

static yx_status read_certificates(struct yx_der *basic, struct yx_ocsp *out, struct yx_error *err)
{
    struct yx_der tagged;
    if (!yx_der_next_is(basic, YX_DER_CONTEXT_CONSTRUCTED(0)))
        return YX_OK;
    YX_TRY(yx_der_enter(basic, YX_DER_CONTEXT_CONSTRUCTED(0), &tagged, err));
    YX_TRY(yx_der_get(&tagged, YX_DER_SEQUENCE, &out->certificates, err));
    return yx_der_end(&tagged, err);
}

/* BasicOCSPResponse ::= SEQUENCE { tbsResponseData, signatureAlgorithm, signature BIT STRING,
 *                                  certs [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL } */
static yx_status read_basic(struct yx_bytes der, struct yx_ocsp *out, struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(der, "BasicOCSPResponse"), basic;
    struct yx_bytes parameters;
    yx_oid oid;
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &basic, err));
    YX_TRY(yx_der_end(&whole, err));
    YX_TRY(yx_der_any(&basic, NULL, NULL, &out->to_be_signed, err));
    YX_TRY(yx_der_algorithm(&basic, &oid, &parameters, err));
    YX_TRY(yx_der_bit_string(&basic, &out->signature, err));
    YX_TRY(read_certificates(&basic, out, err));
    YX_TRY(yx_der_end(&basic, err));
    out->algorithm = yx_signature_from_identifier(oid, parameters);
    return read_data(out, err);
}

/* --- OCSPResponse ------------------------------------------------------------------------ */

static yx_status refuse_status(struct yx_bytes status, struct yx_error *err)
{
    static const struct {
        yx_ocsp_error error;
        const char *text;
    } errors[] = {
        {YX_OCSP_MALFORMED_REQUEST,
         N_("the OCSP responder says that the request is malformed (malformedRequest)")},
        {YX_OCSP_INTERNAL_ERROR, N_("the OCSP responder has a failure of its own (internalError)")},
        {YX_OCSP_TRY_LATER, N_("the OCSP responder asks to try later (tryLater)")},
        {YX_OCSP_SIG_REQUIRED, N_("the OCSP responder wants signed requests (sigRequired)")},
        {YX_OCSP_UNAUTHORIZED,
         N_("the OCSP responder does not answer for this certificate (unauthorized)")},
    };
    for (size_t i = 0; status.len == 1 && i < sizeof errors / sizeof *errors; i++)
        if (status.data[0] == errors[i].error)
            return yx_fail(err, YX_REFUSED, RULE, errors[i].text);
    return yx_fail(err, YX_DAMAGED, RULE, N_("the OCSP response is malformed"));
}

/* OCSPResponse ::= SEQUENCE { responseStatus ENUMERATED, responseBytes [0] EXPLICIT SEQUENCE {
 *                             responseType OID, response OCTET STRING } OPTIONAL } */
static yx_status unwrap(struct yx_der *response, struct yx_bytes *basic, struct yx_error *err)
{
    struct yx_der tagged, bytes;
    struct yx_bytes status;
    yx_oid type;
    YX_TRY(yx_der_get(response, YX_DER_ENUMERATED, &status, err));
    if (status.len != 1 || status.data[0] != 0)
        return refuse_status(status, err);
    YX_TRY(yx_der_enter(response, YX_DER_CONTEXT_CONSTRUCTED(0), &tagged, err));
    YX_TRY(yx_der_end(response, err));
    YX_TRY(yx_der_enter(&tagged, YX_DER_SEQUENCE, &bytes, err));
    YX_TRY(yx_der_end(&tagged, err));
    YX_TRY(yx_der_oid(&bytes, &type, err));
    YX_REQUIRE(type == YX_OID_OCSP_BASIC, err, YX_REFUSED, RULE,
               N_("the OCSP response is of a kind that is not known here"));
    YX_TRY(yx_der_get(&bytes, YX_DER_OCTET_STRING, basic, err));
    return yx_der_end(&bytes, err);
}

static yx_status fill(struct yx_ocsp *ocsp, struct yx_bytes der, struct yx_error *err)
{
    if (yx_buf_append(&ocsp->der, der) != YX_OK)
        return yx_fail_memory(err);
    struct yx_bytes basic = yx_buf_bytes(&ocsp->der);
    struct yx_der whole = yx_der_reader(basic, "OCSPResponse"), response;
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &response, err));
    YX_TRY(yx_der_end(&whole, err));
    if (yx_der_next_is(&response, YX_DER_ENUMERATED))
        YX_TRY(unwrap(&response, &basic, err));
    return read_basic(basic, ocsp, err);
}

yx_status yx_ocsp_read(struct yx_bytes der, struct yx_ocsp **out, struct yx_error *err)
{
    YX_REQUIRE(der.len <= YX_OCSP_RESPONSE_MAX, err, YX_DAMAGED, "",
               N_("an OCSP response of {1} bytes is too long: at most {2} are read"),
               YX_NUM(der.len), YX_NUM(YX_OCSP_RESPONSE_MAX));
    YX_CLEAN(yx_ocsp) struct yx_ocsp *ocsp = calloc(1, sizeof *ocsp);
    if (ocsp == NULL)
        return yx_fail_memory(err);
    atomic_init(&ocsp->owners, 1);
    YX_TRY(fill(ocsp, der, err));
    *out = ocsp;
    ocsp = NULL;
    return YX_OK;
}

void yx_ocsp_free(struct yx_ocsp *ocsp)
{
    if (ocsp == NULL || atomic_fetch_sub(&ocsp->owners, 1) > 1)
        return;
    yx_buf_free(&ocsp->der);
    free(ocsp);
}

/* --- What it says ------------------------------------------------------------------------ */

yx_status yx_ocsp_find(const struct yx_ocsp *ocsp, const struct yx_cert *cert,
                       const struct yx_cert *issuer, struct yx_ocsp_single *out, bool *found,
                       struct yx_error *err)
{
    struct yx_der list = yx_der_reader(ocsp->singles, "SingleResponse");
    *found = false;
    while (!yx_der_at_end(&list)) {
        struct yx_ocsp_single single;
        bool is = false;
        YX_TRY(yx_ocsp_next(&list, &single, err));
        if (!yx_bytes_equal(single.id.serial, cert->serial) ||
            (*found && single.answer.this_update <= out->answer.this_update))
            continue;
        YX_TRY(yx_ocsp_id_is_of(&single.id, issuer, &is, err));
        if (!is)
            continue;
        *out = single;
        *found = true;
    }
    return YX_OK;
}

yx_status yx_ocsp_is_about(struct yx_bytes response, const struct yx_ocsp_pair *pair, bool *is,
                           struct yx_error *err)
{
    YX_CLEAN(yx_ocsp) struct yx_ocsp *ocsp = NULL;
    struct yx_ocsp_single single;
    struct yx_error why;
    *is = false;
    if (yx_ocsp_read(response, &ocsp, &why) != YX_OK)
        return why.status == YX_NO_MEMORY ? yx_fail_memory(err) : YX_OK;
    return yx_ocsp_find(ocsp, pair->cert, pair->issuer, &single, is, err);
}
