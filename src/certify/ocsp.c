/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certify/ocsp.c - an OCSP responder (RFC 6960 4.2, RFC 5019): answers requests with what
 * somebody else knows about the certificates. The structures of a response are quoted in
 * x509/ocsp_read.c.
 *
 * All that does not change from answer to answer is written once, when the responder is made:
 *
 *   BasicOCSPResponse   SEQUENCE { SEQUENCE { responderID,                       [1 responder]
 *                                             producedAt,
 *                                             SEQUENCE OF SingleResponse,        [may be kept]
 *                                             nonce },
 *                                  AlgorithmIdentifier,                          [2 behind]
 *                                  BIT STRING,
 *                                  [0] certificates }                            [3 carried]
 */
#include <stdlib.h>

#include "certify/make.h"

#define RULE_SIGNER "RFC 6960 4.2.2.2"
#define RULE_RESPONSE "RFC 6960 4.2.1"

struct yx_ocsp_responder {
    const struct yx_cert *issuer;
    struct yx_signer signer;
    struct yx_buf id;        /* ResponderID */
    struct yx_buf algorithm; /* AlgorithmIdentifier */
    struct yx_buf carried;   /* [0] with the delegate's certificate; empty for the issuer's own */
};

/* --- The responder ----------------------------------------------------------------------- */

static yx_status check_delegate(const struct yx_cert *issuer, const struct yx_cert *delegate,
                                struct yx_error *err)
{
    const int usage = YX_KU_DIGITAL_SIGNATURE | YX_KU_NON_REPUDIATION;
    YX_TRY(yx_cert_verify_issued(delegate, issuer, err));
    YX_REQUIRE(
        yx_cert_has_extended_usage(delegate, YX_OID_KP_OCSP_SIGNING) &&
            (yx_cert_key_usage(delegate) == -1 || (yx_cert_key_usage(delegate) & usage) != 0),
        err, YX_REFUSED, RULE_SIGNER,
        N_("the certificate of {1} is not one for OCSP: its extended key usage must name "
           "OCSPSigning"),
        yx_cert_subject(delegate));
    return YX_OK;
}

/* Signs once: whether key, certificate and algorithm go together is proved here. */
static yx_status check_signer(const struct yx_cert *cert, const struct yx_signer *signer,
                              struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf ignored = {0};
    return yx_sign_object(YX_BYTES("\x30\x00", 2), yx_cert_public_key(cert), signer, &ignored, err);
}

/* byKey, the shorter form, which RFC 5019 2.2.1 wishes for. */
static yx_status write_id(const struct yx_cert *cert, struct yx_buf *out, struct yx_error *err)
{
    struct yx_bytes bits;
    uint8_t digest[YX_DIGEST_MAX];
    YX_TRY(yx_spki_key_bits(yx_cert_spki(cert), &bits, err));
    YX_TRY(yx_digest(YX_DIGEST_SHA1, bits, digest, err));
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t tagged = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(2));
    yx_der_put(&w, YX_DER_OCTET_STRING, YX_BYTES(digest, yx_digest_size(YX_DIGEST_SHA1)));
    yx_der_close(&w, tagged);
    return yx_der_finish(&w, out, err);
}

static yx_status write_carried(const struct yx_cert *cert, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t tagged = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(0));
    size_t list = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_raw(&w, yx_cert_der(cert));
    yx_der_close(&w, list);
    yx_der_close(&w, tagged);
    return yx_der_finish(&w, out, err);
}

yx_status yx_ocsp_responder_new(const struct yx_cert *issuer, const struct yx_cert *delegate,
                                const struct yx_signer *signer, struct yx_ocsp_responder **out,
                                struct yx_error *err)
{
    const struct yx_cert *cert = delegate != NULL ? delegate : issuer;
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    if (delegate != NULL)
        YX_TRY(check_delegate(issuer, delegate, err));
    YX_TRY(check_signer(cert, signer, err));
    YX_CLEAN(yx_ocsp_responder)
    struct yx_ocsp_responder *responder = calloc(1, sizeof *responder);
    if (responder == NULL)
        return yx_fail_memory(err);
    responder->issuer = issuer;
    responder->signer = *signer;
    YX_TRY(write_id(cert, &responder->id, err));
    yx_der_put_signature_algorithm(&w, signer->algorithm);
    YX_TRY(yx_der_finish(&w, &responder->algorithm, err));
    if (delegate != NULL)
        YX_TRY(write_carried(delegate, &responder->carried, err));
    *out = responder;
    responder = NULL;
    return YX_OK;
}

void yx_ocsp_responder_free(struct yx_ocsp_responder *responder)
{
    if (responder == NULL)
        return;
    yx_buf_free(&responder->id);
    yx_buf_free(&responder->algorithm);
    yx_buf_free(&responder->carried);
    free(responder);
}

/* --- SingleResponses --------------------------------------------------------------------- */

static yx_status check_answer(const struct yx_ocsp_answer *answer, struct yx_error *err)
{
    YX_REQUIRE(answer->next_update == YX_TIME_NONE || answer->next_update > answer->this_update,
               err, YX_REFUSED, "RFC 6960 4.2.2.1",
               N_("the next answer is announced for {1}, which is not after this one, {2}"),
               YX_WHEN(answer->next_update), YX_WHEN(answer->this_update));
    YX_REQUIRE(answer->status != YX_OCSP_REVOKED || answer->revoked_at != YX_TIME_NONE, err,
               YX_USAGE, RULE_RESPONSE, N_("it is not said when the certificate was revoked"));
    YX_REQUIRE(answer->reason >= 0 && answer->reason <= 10 && answer->reason != 7, err, YX_USAGE,
               "RFC 5280 5.3.1", N_("there is no reason {1} for a revocation"),
               YX_NUM(answer->reason));
    return YX_OK;
}

static void put_time(struct yx_der_writer *w, yx_time time)
{
    yx_der_put_time(w, YX_DER_GENERALIZED_TIME, time);
}

static void put_status(struct yx_der_writer *w, const struct yx_ocsp_answer *answer)
{
    if (answer->status != YX_OCSP_REVOKED) {
        bool good = answer->status == YX_OCSP_GOOD;
        yx_der_put(w, good ? YX_DER_CONTEXT(0) : YX_DER_CONTEXT(2), YX_BYTES(NULL, 0));
        return;
    }
    size_t info = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(1));
    put_time(w, answer->revoked_at);
    if (answer->reason != 0) {
        uint8_t reason = (uint8_t)answer->reason;
        size_t tagged = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(0));
        yx_der_put(w, YX_DER_ENUMERATED, YX_BYTES(&reason, 1));
        yx_der_close(w, tagged);
    }
    yx_der_close(w, info);
}

yx_status yx_ocsp_single_make(struct yx_bytes id, const struct yx_ocsp_answer *answer,
                              struct yx_buf *out, struct yx_error *err)
{
    YX_TRY(check_answer(answer, err));
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t single = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_raw(&w, id);
    put_status(&w, answer);
    put_time(&w, answer->this_update);
    if (answer->next_update != YX_TIME_NONE) {
        size_t tagged = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(0));
        put_time(&w, answer->next_update);
        yx_der_close(&w, tagged);
    }
    yx_der_close(&w, single);
    return yx_der_finish(&w, out, err);
}

/* --- Responses --------------------------------------------------------------------------- */

static yx_status write_data(const struct yx_ocsp_responder *responder, struct yx_bytes singles,
                            yx_time produced_at, struct yx_bytes nonce, struct yx_buf *out,
                            struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t data = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_raw(&w, yx_buf_bytes(&responder->id));
    put_time(&w, produced_at);
    yx_der_put(&w, YX_DER_SEQUENCE, singles);
    yx_ocsp_put_nonce(&w, YX_DER_CONTEXT_CONSTRUCTED(1), nonce);
    yx_der_close(&w, data);
    return yx_der_finish(&w, out, err);
}

static void put_envelope(struct yx_der_writer *w, const struct yx_ocsp_responder *responder,
                         struct yx_bytes data, struct yx_bytes signature)
{
    static const uint8_t successful = 0;
    size_t response = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put(w, YX_DER_ENUMERATED, YX_BYTES(&successful, 1));
    size_t tagged = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(0));
    size_t bytes = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_oid(w, YX_OID_OCSP_BASIC);
    size_t octets = yx_der_begin(w, YX_DER_OCTET_STRING);
    size_t basic = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_raw(w, data);
    yx_der_put_raw(w, yx_buf_bytes(&responder->algorithm));
    yx_der_put_bit_string(w, signature);
    yx_der_put_raw(w, yx_buf_bytes(&responder->carried));
    yx_der_close(w, basic);
    yx_der_close(w, octets);
    yx_der_close(w, bytes);
    yx_der_close(w, tagged);
    yx_der_close(w, response);
}

yx_status yx_ocsp_response_make(const struct yx_ocsp_responder *responder, struct yx_bytes singles,
                                yx_time produced_at, struct yx_bytes nonce, struct yx_buf *out,
                                struct yx_error *err)
{
    const struct yx_signer *signer = &responder->signer;
    YX_CLEAN(yx_buf) struct yx_buf data = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    YX_CLEAN(yx_buf) struct yx_buf signature = {0};
    YX_TRY(write_data(responder, singles, produced_at, nonce, &data, err));
    YX_TRY(signer->sign(signer->self, signer->algorithm, yx_buf_bytes(&data), &value, err));
    YX_TRY(yx_signature_to_der(signer->algorithm, yx_buf_bytes(&value), &signature, err));
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    put_envelope(&w, responder, yx_buf_bytes(&data), yx_buf_bytes(&signature));
    return yx_der_finish(&w, out, err);
}

yx_status yx_ocsp_error_make(yx_ocsp_error error, struct yx_buf *out, struct yx_error *err)
{
    uint8_t status = (uint8_t)error;
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t response = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put(&w, YX_DER_ENUMERATED, YX_BYTES(&status, 1));
    yx_der_close(&w, response);
    return yx_der_finish(&w, out, err);
}

/* --- Whole replies ----------------------------------------------------------------------- */

static yx_status answer_one(const struct yx_ocsp_responder *responder,
                            const struct yx_ocsp_records *records, const struct yx_ocsp_id *id,
                            yx_time now, struct yx_buf *singles, bool *ours, struct yx_error *err)
{
    struct yx_ocsp_answer answer = {
        .status = YX_OCSP_UNKNOWN, .this_update = now, .next_update = YX_TIME_NONE};
    bool is;
    YX_TRY(yx_ocsp_id_is_of(id, responder->issuer, &is, err));
    if (is)
        YX_TRY(records->find(records->self, id->serial, &answer, err));
    *ours |= is;
    return yx_ocsp_single_make(id->der, &answer, singles, err);
}

/* *error tells which answer is given when there is none. */
static yx_status answer(const struct yx_ocsp_responder *responder,
                        const struct yx_ocsp_records *records, struct yx_bytes request, yx_time now,
                        struct yx_buf *out, yx_ocsp_error *error, struct yx_error *err)
{
    struct yx_ocsp_request asked;
    YX_CLEAN(yx_buf) struct yx_buf singles = {0};
    bool ours = false;
    *error = YX_OCSP_MALFORMED_REQUEST;
    YX_TRY(yx_ocsp_request_parse(request, &asked, err));
    *error = YX_OCSP_INTERNAL_ERROR;
    for (size_t i = 0; i < asked.count; i++)
        YX_TRY(answer_one(responder, records, &asked.ids[i], now, &singles, &ours, err));
    if (!ours)
        *error = YX_OCSP_UNAUTHORIZED;
    YX_REQUIRE(ours, err, YX_REFUSED, "RFC 5019 2.2.3",
               N_("the request is about certificates of other issuers than {1}"),
               yx_cert_subject(responder->issuer));
    return yx_ocsp_response_make(responder, yx_buf_bytes(&singles), now, asked.nonce, out, err);
}

yx_status yx_ocsp_reply(const struct yx_ocsp_responder *responder,
                        const struct yx_ocsp_records *records, struct yx_bytes request,
                        yx_time produced_at, struct yx_buf *out, struct yx_error *err)
{
    yx_ocsp_error error = YX_OCSP_INTERNAL_ERROR;
    yx_status status = answer(responder, records, request, produced_at, out, &error, err);
    if (status == YX_OK || status == YX_NO_MEMORY)
        return status;
    return yx_ocsp_error_make(error, out, NULL) == YX_OK ? status : yx_fail_memory(err);
}
