/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cms/timestamp_ask.c - the client's side of RFC 3161: requests, and tokens out of responses. How
 * they travel is not done here. Requests are answered in timestamp_make.c.
 */
#include "cms/timestamp.h"

#define NONCE_OCTETS 8
#define REQUEST_FORMAT "RFC 3161 2.4.1"

/* --- Requests ---------------------------------------------------------------------------- */

void yx_timestamp_put_imprint(struct yx_der_writer *w, const struct yx_imprint *imprint)
{
    size_t both = yx_der_begin(w, YX_DER_SEQUENCE);
    size_t identifier = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_oid(w, yx_digest_oid(imprint->algorithm));
    yx_der_close(w, identifier);
    yx_der_put(w, YX_DER_OCTET_STRING, imprint->digest);
    yx_der_close(w, both);
}

yx_status yx_timestamp_request_make(yx_digest_algorithm algorithm, struct yx_bytes digest,
                                    struct yx_buf *out, struct yx_error *err)
{
    struct yx_imprint imprint = {algorithm, digest};
    uint8_t nonce[NONCE_OCTETS];
    YX_REQUIRE(yx_digest_allowed(algorithm) && digest.len == yx_digest_size(algorithm), err,
               YX_USAGE, REQUEST_FORMAT,
               N_("a time-stamp is asked for over {1} octets, which are no digest of {2}"),
               YX_NUM(digest.len), yx_digest_name(algorithm));
    YX_TRY(yx_random(nonce, sizeof nonce, err));
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t request = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_int(&w, 1);
    yx_timestamp_put_imprint(&w, &imprint);
    yx_der_put_unsigned(&w, YX_BYTES(nonce, sizeof nonce));
    yx_der_put_bool(&w, true);
    yx_der_close(&w, request);
    return yx_der_finish(&w, out, err);
}

static yx_status read_optional(struct yx_der *der, struct yx_timestamp_request *out,
                               struct yx_error *err)
{
    if (yx_der_next_is(der, YX_DER_OID))
        YX_TRY(yx_der_oid_bytes(der, &out->policy, err));
    if (yx_der_next_is(der, YX_DER_INTEGER))
        YX_TRY(yx_der_integer(der, &out->nonce, err));
    /* DER leaves FALSE out; some clients spell it out, and nothing is signed here. */
    if (yx_der_next_is(der, YX_DER_BOOLEAN))
        YX_TRY(yx_der_bool(der, &out->wants_certificate, err));
    out->has_extensions = yx_der_next_is(der, YX_DER_CONTEXT_CONSTRUCTED(0));
    if (out->has_extensions)
        YX_TRY(yx_der_get(der, YX_DER_CONTEXT_CONSTRUCTED(0), NULL, err));
    return yx_der_end(der, err);
}

yx_status yx_timestamp_request_parse(struct yx_bytes der, struct yx_timestamp_request *out,
                                     struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(der, "TimeStampReq"), request;
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &request, err));
    YX_TRY(yx_der_end(&whole, err));
    YX_TRY(yx_der_int(&request, &out->version, err));
    YX_TRY(yx_timestamp_read_imprint(&request, &out->imprint, err));
    return read_optional(&request, out, err);
}

/* --- Responses --------------------------------------------------------------------------- */

static yx_status check_answer(const struct yx_token *token,
                              const struct yx_timestamp_request *request, struct yx_error *err)
{
    bool same_imprint = token->imprint.algorithm == request->imprint.algorithm &&
                        yx_bytes_equal(token->imprint.digest, request->imprint.digest);
    YX_REQUIRE(same_imprint, err, YX_REFUSED, YX_TIMESTAMP_FORMAT,
               N_("the time-stamping authority stamped something else than it was asked to"));
    YX_REQUIRE(yx_bytes_equal(token->nonce, request->nonce), err, YX_REFUSED, YX_TIMESTAMP_FORMAT,
               N_("the time-stamp does not repeat the nonce of the request: it answers another "
                  "one"));
    YX_REQUIRE(request->policy.len == 0 || yx_bytes_equal(token->policy, request->policy), err,
               YX_REFUSED, YX_TIMESTAMP_FORMAT,
               N_("the time-stamp was made under another policy than the one asked for"));
    YX_REQUIRE(token->cms.certificates.len > 0, err, YX_REFUSED, REQUEST_FORMAT,
               N_("the time-stamp does not carry the certificate of its authority, although it was "
                  "asked for"));
    return YX_OK;
}

static yx_status check_authority(const struct yx_token *token, struct yx_error *err)
{
    YX_CLEAN(yx_cert) struct yx_cert *signer = NULL;
    struct yx_cert_findings findings;
    YX_TRY(yx_cms_signer(&token->cms, &signer, err));
    YX_TRY(yx_timestamp_check_signature(token, signer, err));
    YX_TRY(yx_cert_validate(NULL, signer, YX_USE_TIME_STAMP, token->time, token->time, &findings,
                            err));
    YX_REQUIRE(findings.usage.outcome != YX_FAIL, err, YX_REFUSED, findings.usage.rule,
               N_("the certificate of {1}, which signed the time-stamp, is not one for "
                  "time-stamping"),
               yx_cert_subject(signer));
    return YX_OK;
}

yx_status yx_timestamp_response_take(struct yx_bytes response, struct yx_bytes request,
                                     struct yx_buf *token, struct yx_error *err)
{
    struct yx_timestamp_request asked = {0};
    struct yx_token answer = {0};
    struct yx_bytes bare = response;
    YX_TRY(yx_timestamp_request_parse(request, &asked, err));
    YX_TRY(yx_timestamp_unwrap(&bare, err));
    YX_TRY(yx_timestamp_parse(bare, &answer, err));
    YX_TRY(check_answer(&answer, &asked, err));
    YX_TRY(check_authority(&answer, err));
    return yx_buf_append(token, bare) == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* --- Whoever makes tokens ---------------------------------------------------------------- */

yx_status yx_timestamp_get_digest(const struct yx_timestamper *timestamper, struct yx_bytes digest,
                                  struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf token = {0};
    struct yx_cert_finding finding = {0};
    char why[sizeof(struct yx_message)] = "";
    yx_time time;
    YX_TRY(timestamper->stamp(timestamper->self, timestamper->algorithm, digest, &token, err));
    struct yx_bytes der = yx_buf_bytes(&token);
    YX_TRY(yx_timestamp_verify_digest(der, digest, NULL, yx_now(), &time, &finding, err));
    if (finding.detail.text != NULL)
        yx_message_render(&finding.detail, NULL, why, sizeof why);
    YX_REQUIRE(finding.outcome != YX_FAIL, err, YX_REFUSED, finding.rule,
               N_("the time-stamping authority gave a token that does not verify: {1}"), why);
    return yx_buf_append(out, der) == YX_OK ? YX_OK : yx_fail_memory(err);
}

yx_status yx_timestamp_get(const struct yx_timestamper *timestamper, struct yx_bytes stamped,
                           struct yx_buf *out, struct yx_error *err)
{
    uint8_t digest[YX_DIGEST_MAX];
    YX_TRY(yx_digest(timestamper->algorithm, stamped, digest, err));
    struct yx_bytes bytes = YX_BYTES(digest, yx_digest_size(timestamper->algorithm));
    return yx_timestamp_get_digest(timestamper, bytes, out, err);
}
