/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.c - a prepared signature as bytes, to be kept or sent until somebody has signed. The plan
 * holds the new parts whole, and the digest of the document that they belong to.
 *
 *   SealingPlan ::= SEQUENCE {
 *       version       INTEGER (1),
 *       document      OCTET STRING,             -- SM3 of the whole document
 *       seal          BOOLEAN,                  -- else a GB/T 35275 signature
 *       parts         SEQUENCE OF SEQUENCE { name UTF8String, content OCTET STRING },
 *       signedValue   UTF8String,               -- the path of SignedValue.dat
 *       certificate   OCTET STRING,             -- the signer's
 *       algorithm     OBJECT IDENTIFIER,
 *       time          GeneralizedTime,
 *       toBeSigned    OCTET STRING }
 */
#include "ofdsign/sealing.h"

#define RULE "Yinxin, SealingPlan"
#define PLAN_VERSION 1

/* --- Encoding ---------------------------------------------------------------------------- */

yx_status yx_ofd_plan_to_der(const struct yx_ofd_sealing *sealing, const uint8_t document[32],
                             struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t plan = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_int(&w, PLAN_VERSION);
    yx_der_put(&w, YX_DER_OCTET_STRING, YX_BYTES(document, 32));
    yx_der_put_bool(&w, sealing->is_seal);
    size_t parts = yx_der_begin(&w, YX_DER_SEQUENCE);
    for (size_t i = 0; i < sealing->part_count; i++) {
        size_t part = yx_der_begin(&w, YX_DER_SEQUENCE);
        yx_der_put(&w, YX_DER_UTF8_STRING, sealing->parts[i].name);
        yx_der_put(&w, YX_DER_OCTET_STRING, sealing->parts[i].content);
        yx_der_close(&w, part);
    }
    yx_der_close(&w, parts);
    yx_der_put(&w, YX_DER_UTF8_STRING, sealing->value_path);
    yx_der_put(&w, YX_DER_OCTET_STRING, sealing->certificate);
    yx_der_put_oid(&w, yx_signature_oid(sealing->algorithm));
    yx_der_put_time(&w, YX_DER_GENERALIZED_TIME, sealing->time);
    yx_der_put(&w, YX_DER_OCTET_STRING, sealing->to_be_signed);
    yx_der_close(&w, plan);
    return yx_der_finish(&w, out, err);
}

/* --- Decoding ---------------------------------------------------------------------------- */

static yx_status take_part(struct yx_der *der, struct yx_zip_part *out, struct yx_error *err)
{
    struct yx_der part;
    YX_TRY(yx_der_enter(der, YX_DER_SEQUENCE, &part, err));
    YX_TRY(yx_der_get(&part, YX_DER_UTF8_STRING, &out->name, err));
    YX_TRY(yx_der_get(&part, YX_DER_OCTET_STRING, &out->content, err));
    return yx_der_end(&part, err);
}

static yx_status take_parts(struct yx_der *der, struct yx_arena *arena, struct yx_ofd_sealing *out,
                            struct yx_error *err)
{
    struct yx_der parts, counted;
    YX_TRY(yx_der_enter(der, YX_DER_SEQUENCE, &parts, err));
    counted = parts;
    size_t count = 0;
    for (; !yx_der_at_end(&counted); count++)
        YX_TRY(yx_der_any(&counted, NULL, NULL, NULL, err));
    out->parts = yx_arena_calloc(arena, count + 1, sizeof *out->parts);
    if (out->parts == NULL)
        return yx_fail_memory(err);
    for (out->part_count = 0; out->part_count < count; out->part_count++)
        YX_TRY(take_part(&parts, &out->parts[out->part_count], err));
    return YX_OK;
}

static yx_status take_signer(struct yx_der *plan, struct yx_ofd_sealing *out, struct yx_error *err)
{
    yx_oid algorithm;
    YX_TRY(yx_der_get(plan, YX_DER_UTF8_STRING, &out->value_path, err));
    YX_TRY(yx_der_get(plan, YX_DER_OCTET_STRING, &out->certificate, err));
    YX_TRY(yx_der_oid(plan, &algorithm, err));
    out->algorithm = yx_signature_from_oid(algorithm);
    YX_REQUIRE(out->algorithm != YX_SIG_NONE, err, YX_DAMAGED, RULE,
               N_("the plan names an algorithm that is not known"));
    YX_TRY(yx_der_time(plan, &out->time, err));
    return yx_der_get(plan, YX_DER_OCTET_STRING, &out->to_be_signed, err);
}

yx_status yx_ofd_plan_from_der(struct yx_bytes der, struct yx_arena *arena,
                               struct yx_ofd_sealing *sealing, struct yx_bytes *document,
                               struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(der, "SealingPlan"), plan;
    struct yx_ofd_sealing out = {0};
    int64_t version;
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &plan, err));
    YX_TRY(yx_der_end(&whole, err));
    YX_TRY(yx_der_int(&plan, &version, err));
    YX_REQUIRE(version == PLAN_VERSION, err, YX_DAMAGED, RULE,
               N_("the plan has version {1}; this program knows version {2}"), YX_NUM(version),
               YX_NUM(PLAN_VERSION));
    YX_TRY(yx_der_get(&plan, YX_DER_OCTET_STRING, document, err));
    YX_TRY(yx_der_bool(&plan, &out.is_seal, err));
    YX_TRY(take_parts(&plan, arena, &out, err));
    YX_TRY(take_signer(&plan, &out, err));
    YX_TRY(yx_der_end(&plan, err));
    *sealing = out;
    return YX_OK;
}
