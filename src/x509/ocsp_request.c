/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509/ocsp_request.c - OCSP requests made and read (RFC 6960 4.1). How they travel is
 * not done here; they are answered in certify/ocsp.c.
 *
 *   OCSPRequest ::= SEQUENCE { tbsRequest, optionalSignature [0] EXPLICIT SEQUENCE OPTIONAL }
 *   TBSRequest  ::= SEQUENCE {
 *       version [0] EXPLICIT INTEGER DEFAULT v1, requestorName [1] EXPLICIT GeneralName OPTIONAL,
 *       requestList SEQUENCE OF SEQUENCE { reqCert CertID, extensions [0] EXPLICIT OPTIONAL },
 *       requestExtensions [2] EXPLICIT Extensions OPTIONAL }
 */
#include "x509/ocsp.h"

#define RULE "RFC 6960 4.1.1"
#define NONCE_OCTETS 32 /* RFC 8954 2.1: at least 16, at most 32 */

/* --- Making ------------------------------------------------------------------------------ */

static yx_status put_request(struct yx_der_writer *w, const struct yx_ocsp_pair *pair,
                             yx_digest_algorithm digest, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf id = {0};
    YX_TRY(yx_ocsp_id_make(pair, digest, &id, err));
    size_t request = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_raw(w, yx_buf_bytes(&id));
    yx_der_close(w, request);
    return YX_OK;
}

yx_status yx_ocsp_request_make(const struct yx_ocsp_pair *pairs, size_t count,
                               yx_digest_algorithm digest, bool with_nonce, struct yx_buf *out,
                               struct yx_error *err)
{
    uint8_t nonce[NONCE_OCTETS];
    YX_REQUIRE(count > 0 && count <= YX_OCSP_IDS_MAX, err, YX_USAGE, RULE,
               N_("a request asks about 1 to {1} certificates"), YX_NUM(YX_OCSP_IDS_MAX));
    YX_TRY(yx_random(nonce, sizeof nonce, err));
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t whole = yx_der_begin(&w, YX_DER_SEQUENCE);
    size_t tbs = yx_der_begin(&w, YX_DER_SEQUENCE);
    size_t list = yx_der_begin(&w, YX_DER_SEQUENCE);
    for (size_t i = 0; i < count; i++)
        YX_TRY(put_request(&w, &pairs[i], digest, err));
    yx_der_close(&w, list);
    yx_ocsp_put_nonce(&w, YX_DER_CONTEXT_CONSTRUCTED(2),
                      YX_BYTES(nonce, with_nonce ? sizeof nonce : 0));
    yx_der_close(&w, tbs);
    yx_der_close(&w, whole);
    return yx_der_finish(&w, out, err);
}

/* --- Reading ----------------------------------------------------------------------------- */

static yx_status require_known(const struct yx_ocsp_extensions *extensions, struct yx_error *err)
{
    YX_REQUIRE(!extensions->unknown_critical, err, YX_REFUSED, "RFC 6960 4.4",
               N_("the request has a critical extension that is not known here"));
    return YX_OK;
}

static yx_status read_request(struct yx_der *list, struct yx_ocsp_request *out,
                              struct yx_error *err)
{
    struct yx_der request;
    struct yx_ocsp_extensions extensions;
    YX_REQUIRE(out->count < YX_OCSP_IDS_MAX, err, YX_DAMAGED, RULE,
               N_("the request asks about more than {1} certificates"), YX_NUM(YX_OCSP_IDS_MAX));
    YX_TRY(yx_der_enter(list, YX_DER_SEQUENCE, &request, err));
    YX_TRY(yx_ocsp_id_read(&request, &out->ids[out->count++], err));
    YX_TRY(yx_ocsp_extensions_read(&request, YX_DER_CONTEXT_CONSTRUCTED(0), &extensions, err));
    YX_TRY(yx_der_end(&request, err));
    return require_known(&extensions, err);
}

static yx_status read_version(struct yx_der *tbs, struct yx_error *err)
{
    struct yx_der tagged;
    int64_t version = 0;
    if (!yx_der_next_is(tbs, YX_DER_CONTEXT_CONSTRUCTED(0)))
        return YX_OK;
    YX_TRY(yx_der_enter(tbs, YX_DER_CONTEXT_CONSTRUCTED(0), &tagged, err));
    YX_TRY(yx_der_int(&tagged, &version, err));
    YX_TRY(yx_der_end(&tagged, err));
    YX_REQUIRE(version == 0, err, YX_DAMAGED, RULE,
               N_("the request is not of version 1, the only one that is defined"));
    return YX_OK;
}

static yx_status read_tbs(struct yx_der *tbs, struct yx_ocsp_request *out, struct yx_error *err)
{
    struct yx_der list;
    struct yx_ocsp_extensions extensions;
    YX_TRY(read_version(tbs, err));
    if (yx_der_next_is(tbs, YX_DER_CONTEXT_CONSTRUCTED(1)))
        YX_TRY(yx_der_get(tbs, YX_DER_CONTEXT_CONSTRUCTED(1), NULL, err));
    YX_TRY(yx_der_enter(tbs, YX_DER_SEQUENCE, &list, err));
    do {
        YX_TRY(read_request(&list, out, err));
    } while (!yx_der_at_end(&list));
    YX_TRY(yx_ocsp_extensions_read(tbs, YX_DER_CONTEXT_CONSTRUCTED(2), &extensions, err));
    YX_REQUIRE(!extensions.has_nonce ||
                   (extensions.nonce.len > 0 && extensions.nonce.len <= YX_OCSP_NONCE_MAX),
               err, YX_DAMAGED, "RFC 8954 2.1", N_("a nonce has 1 to {1} octets"),
               YX_NUM(YX_OCSP_NONCE_MAX));
    out->nonce = extensions.nonce;
    YX_TRY(yx_der_end(tbs, err));
    return require_known(&extensions, err);
}

yx_status yx_ocsp_request_parse(struct yx_bytes der, struct yx_ocsp_request *out,
                                struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(der, "OCSPRequest"), request, tbs;
    YX_REQUIRE(der.len <= YX_OCSP_REQUEST_MAX, err, YX_DAMAGED, "",
               N_("a request of {1} bytes is too long: at most {2} are read"), YX_NUM(der.len),
               YX_NUM(YX_OCSP_REQUEST_MAX));
    *out = (struct yx_ocsp_request){0};
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &request, err));
    YX_TRY(yx_der_end(&whole, err));
    YX_TRY(yx_der_enter(&request, YX_DER_SEQUENCE, &tbs, err));
    if (yx_der_next_is(&request, YX_DER_CONTEXT_CONSTRUCTED(0)))
        YX_TRY(yx_der_get(&request, YX_DER_CONTEXT_CONSTRUCTED(0), NULL, err));
    YX_TRY(yx_der_end(&request, err));
    return read_tbs(&tbs, out, err);
}
