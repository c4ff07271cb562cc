/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.c - a prepared signature as bytes, to be kept or sent until somebody has signed. The plan
 * holds what will be appended, and the digest of the document that it belongs to.
 *
 *   SigningPlan ::= SEQUENCE {
 *       version        INTEGER (1),
 *       document       OCTET STRING,            -- SM3 of the whole document
 *       tail           OCTET STRING,            -- what is appended, Contents still zero
 *       contentsOffset INTEGER,                 -- of '<' in the whole file
 *       contentsLength INTEGER,                 -- from '<' to '>'
 *       algorithm      AlgorithmIdentifier,
 *       certificates   SEQUENCE OF Certificate, -- the signer's first
 *       toBeSigned     OCTET STRING }
 */
#include <stdlib.h>

#include "pdfsign/sealing.h"

#define RULE "Yinxin, SigningPlan"
#define PLAN_VERSION 1
#define CERTIFICATES_MAX 64

void yx_pdf_plan_free(struct yx_pdf_plan *plan)
{
    for (size_t i = 0; i < plan->chain_count; i++)
        yx_cert_free(plan->chain[i]);
    free(plan->chain);
    yx_cert_free(plan->signer);
    yx_pdf_tail_free(&plan->tail);
    *plan = (struct yx_pdf_plan){0};
}

/* --- Encoding ----------------------------------------------------------------------------- */

yx_status yx_pdf_plan_to_der(const struct yx_pdf_work *work, const uint8_t document[32],
                             struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    const struct yx_pdf_request *request = work->request;
    size_t plan = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_int(&w, PLAN_VERSION);
    yx_der_put(&w, YX_DER_OCTET_STRING, YX_BYTES(document, 32));
    yx_der_put(&w, YX_DER_OCTET_STRING, yx_buf_bytes(&work->tail.bytes));
    yx_der_put_int(&w, (int64_t)work->tail.contents_offset);
    yx_der_put_int(&w, (int64_t)work->tail.contents_length);
    yx_der_put_signature_algorithm(&w, request->algorithm);
    size_t certificates = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_raw(&w, yx_cert_der(request->signer));
    for (size_t i = 0; i < request->chain_count; i++)
        yx_der_put_raw(&w, yx_cert_der(request->chain[i]));
    yx_der_close(&w, certificates);
    yx_der_put(&w, YX_DER_OCTET_STRING, yx_buf_bytes(&work->to_be_signed));
    yx_der_close(&w, plan);
    return yx_der_finish(&w, out, err);
}

/* --- Decoding ----------------------------------------------------------------------------- */

static yx_status take_tail(struct yx_der *plan, struct yx_pdf_tail *out, struct yx_error *err)
{
    struct yx_bytes bytes;
    int64_t offset, length;
    YX_TRY(yx_der_get(plan, YX_DER_OCTET_STRING, &bytes, err));
    YX_TRY(yx_der_int(plan, &offset, err));
    YX_TRY(yx_der_int(plan, &length, err));
    YX_REQUIRE(offset > 0 && length > 0, err, YX_DAMAGED, RULE,
               N_("the plan does not say where the signature goes"));
    out->contents_offset = (uint64_t)offset;
    out->contents_length = (uint64_t)length;
    return yx_buf_append(&out->bytes, bytes) == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status take_certificate(struct yx_der *list, struct yx_cert **out, struct yx_error *err)
{
    struct yx_bytes whole;
    YX_TRY(yx_der_any(list, NULL, NULL, &whole, err));
    return yx_cert_from_der(whole, out, err);
}

static yx_status take_certificates(struct yx_der *plan, struct yx_pdf_plan *out,
                                   struct yx_error *err)
{
    struct yx_der list;
    YX_TRY(yx_der_enter(plan, YX_DER_SEQUENCE, &list, err));
    YX_TRY(take_certificate(&list, &out->signer, err));
    out->chain = calloc(CERTIFICATES_MAX, sizeof(struct yx_cert *));
    if (out->chain == NULL)
        return yx_fail_memory(err);
    while (!yx_der_at_end(&list)) {
        YX_REQUIRE(out->chain_count < CERTIFICATES_MAX, err, YX_DAMAGED, RULE,
                   N_("the plan has more than {1} certificates"), YX_NUM(CERTIFICATES_MAX));
        YX_TRY(take_certificate(&list, &out->chain[out->chain_count], err));
        out->chain_count++;
    }
    return YX_OK;
}

static yx_status take_signer(struct yx_der *plan, struct yx_pdf_plan *out, struct yx_error *err)
{
    yx_oid oid;
    struct yx_bytes parameters;
    YX_TRY(yx_der_algorithm(plan, &oid, &parameters, err));
    out->algorithm = yx_signature_from_identifier(oid, parameters);
    YX_REQUIRE(out->algorithm != YX_SIG_NONE, err, YX_DAMAGED, RULE,
               N_("the plan names an algorithm that is not known"));
    YX_TRY(take_certificates(plan, out, err));
    return yx_der_get(plan, YX_DER_OCTET_STRING, &out->to_be_signed, err);
}

yx_status yx_pdf_plan_from_der(struct yx_bytes der, struct yx_pdf_plan *out, struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(der, "SigningPlan"), plan;
    int64_t version;
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &plan, err));
    YX_TRY(yx_der_end(&whole, err));
    YX_TRY(yx_der_int(&plan, &version, err));
    YX_REQUIRE(version == PLAN_VERSION, err, YX_DAMAGED, RULE,
               N_("the plan has version {1}; this program knows version {2}"), YX_NUM(version),
               YX_NUM(PLAN_VERSION));
    YX_TRY(yx_der_get(&plan, YX_DER_OCTET_STRING, &out->document, err));
    YX_TRY(take_tail(&plan, &out->tail, err));
    YX_TRY(take_signer(&plan, out, err));
    return yx_der_end(&plan, err);
}
