/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal/seal_verify.c - verifies a seal by GM/T 0031-2014 6.1.2, which GB/T 38540-2020 repeats:
 * a) format, b) the maker's signature, c) the maker's certificate, d) the period. Seals inside
 * signatures are verified here too, at the time of the signature (ses_verify.c).
 */
#include "seal/parts.h"

static const struct yx_signed_words maker_words = {
    .check = YX_CHECK_SEAL_SIGNATURE,
    .rule = "GM/T 0031-2014 6.1.2 b",
    .wrong = N_("the maker's signature does not fit the seal: the seal was changed, or another "
                "key signed it"),
    .unknown = N_("the seal is signed with an algorithm that is not known: {1}"),
    .misfit = N_("the maker's key cannot make {1}, with which the seal claims to be signed"),
};

/* --- The single checks ------------------------------------------------------------------- */

static void check_format(const struct yx_seal *seal, struct yx_report *report,
                         struct yx_checks *checks)
{
    if (seal->format.status != YX_OK)
        yx_check_note_error(report, checks, YX_CHECK_SEAL_FORMAT, YX_FAIL, NULL, &seal->format);
    if (seal->critical.len > 0) {
        char dotted[YX_OID_TEXT];
        yx_oid_to_dotted(seal->critical, dotted);
        yx_check_note(
            report, checks, YX_CHECK_SEAL_FORMAT, YX_UNKNOWN, "GB/T 38540-2020, extension data",
            N_("the seal carries critical extension data that is not known here: {1}"), dotted);
    }
    yx_check_note(report, checks, YX_CHECK_SEAL_FORMAT, YX_PASS, "GM/T 0031-2014 6.1.2 a", NULL);
}

static void check_period(const struct yx_seal *seal, yx_time used, struct yx_report *report,
                         struct yx_checks *checks)
{
    const struct yx_seal_info *info = &seal->info;
    yx_check_id id = YX_CHECK_SEAL_PERIOD;
    const char *rule = "GM/T 0031-2014 6.1.2 d";
    if (used < info->valid_from)
        yx_check_note(report, checks, id, YX_FAIL, rule,
                      N_("the seal is valid only from {1}; the time that counts is {2}"),
                      YX_WHEN(info->valid_from), YX_WHEN(used));
    else if (used > info->valid_to)
        yx_check_note(report, checks, id, YX_FAIL, rule,
                      N_("the seal was valid only until {1}; the time that counts is {2}"),
                      YX_WHEN(info->valid_to), YX_WHEN(used));
    else if (yx_clearly_after(info->created, used))
        yx_check_note(report, checks, id, YX_FAIL, rule,
                      N_("the seal was made only at {1}; the time that counts is {2}"),
                      YX_WHEN(info->created), YX_WHEN(used));
    else
        yx_check_note(report, checks, id, YX_PASS, rule, NULL);
}

static bool valid_at(const struct yx_cert *cert, yx_time time)
{
    return time >= yx_cert_not_before(cert) && time <= yx_cert_not_after(cert);
}

/*
 * GM/T 0031-2014 6.1.2 c names chain, validity, revocation and key usage, but no moment for them.
 * What the maker's certificate vouches for is the making: so it must have been valid when the seal
 * was made, and what expires later, itself or above it, does not spoil the seal. The moment is the
 * maker's word unless a time-stamp proves it; so a certificate revoked before the seal is used
 * counts as revoked, even when the seal claims to be older (docs/decisions-seal.md). One look at
 * the chain is enough while nothing has expired.
 */
static yx_status judge_maker(const struct yx_cert *maker, yx_time made,
                             const struct yx_seal_context *context, struct yx_cert_findings *out,
                             struct yx_error *err)
{
    const struct yx_verify_options *options = context->options;
    const struct yx_trust *trust =
        options->maker_trust != NULL ? options->maker_trust : options->trust;
    struct yx_cert_findings then;
    YX_TRY(yx_cert_validate(trust, maker, YX_USE_SIGN, context->used, context->now, out, err));
    bool all_well = out->chain.outcome != YX_FAIL && valid_at(maker, context->used);
    if (all_well && valid_at(maker, made))
        return YX_OK;
    YX_TRY(yx_cert_validate(trust, maker, YX_USE_SIGN, made, context->now, &then, err));
    out->chain = then.chain;
    out->validity = then.validity;
    if (then.validity.outcome == YX_PASS && yx_cert_not_after(maker) < context->used)
        yx_message_set(&out->validity.detail,
                       N_("valid when the seal was made ({1}); expired since, at {2}"),
                       YX_WHEN(made), YX_WHEN(yx_cert_not_after(maker)));
    return YX_OK;
}

static yx_status check_maker(const struct yx_cert *maker, yx_time made,
                             const struct yx_seal_context *context, struct yx_report *report,
                             struct yx_checks *checks, struct yx_error *err)
{
    struct yx_cert_findings findings;
    YX_TRY(judge_maker(maker, made, context, &findings, err));
    yx_check_note_cert(report, checks, YX_CHECK_SEAL_MAKER_CHAIN, &findings);
    return YX_OK;
}

static yx_status check_signature(const struct yx_seal *seal, bool only_sm, struct yx_report *report,
                                 struct yx_checks *checks, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf to_be_signed = {0};
    YX_TRY(yx_seal_to_be_signed(seal, &to_be_signed, err));
    struct yx_signed_part part = {
        .words = &maker_words,
        .cert = seal->maker,
        .algorithm = seal->algorithm,
        .to_be_signed = yx_buf_bytes(&to_be_signed),
        .signature = seal->signature,
    };
    return yx_check_signed_part(report, checks, &part, only_sm, err);
}

/* --- All of them ------------------------------------------------------------------------- */

yx_status yx_seal_check(const struct yx_seal *seal, const struct yx_seal_context *context,
                        struct yx_report *report, struct yx_checks *checks, struct yx_error *err)
{
    check_format(seal, report, checks);
    check_period(seal, context->used, report, checks);
    struct yx_token token = {.time = YX_TIME_NONE};
    if (seal->info.timestamp.len > 0)
        YX_TRY(yx_check_token(report, checks, seal->info.timestamp, seal->signature,
                              context->options->trust, context->now, &token, err));
    if (seal->maker == NULL) {
        yx_check_note_error(report, checks, maker_words.check, YX_FAIL, NULL, &seal->maker_error);
        return YX_OK;
    }
    YX_TRY(check_signature(seal, context->only_sm, report, checks, err));
    yx_time made = token.verified ? token.time : seal->info.created;
    return check_maker(seal->maker, made, context, report, checks, err);
}

/* --- Reports ----------------------------------------------------------------------------- */

const struct yx_report_seal *yx_report_seal_new(struct yx_report *report,
                                                const struct yx_seal *seal)
{
    const struct yx_seal_info *info = &seal->info;
    struct yx_report_seal *out = yx_arena_alloc(report->arena, sizeof *out);
    if (out == NULL)
        return NULL;
    const char *maker = seal->maker != NULL ? yx_cert_subject(seal->maker) : "";
    *out = (struct yx_report_seal){
        .esid = yx_report_text(report, info->esid),
        .name = yx_report_text(report, info->name),
        .type = info->type,
        .version = info->version,
        .maker = yx_report_text(report, YX_TEXT(maker)),
        .valid_from = info->valid_from,
        .valid_to = info->valid_to,
        .picture_type = yx_report_text(report, info->picture_type),
        .width = info->width,
        .height = info->height,
    };
    return out;
}

static const char *const kinds[] = {[1] = "ses-v1", [4] = "ses-v4", [5] = "ses-v5"};

/* What the report says of a seal alone: its maker stands where the signer stands elsewhere. */
static yx_status describe(const struct yx_seal *seal, struct yx_report *report,
                          struct yx_report_signature *entry, struct yx_error *err)
{
    entry->kind = kinds[seal->info.version];
    entry->signing_time = seal->info.created;
    entry->seal = yx_report_seal_new(report, seal);
    if (entry->seal == NULL)
        return yx_fail_memory(err);
    if (seal->maker != NULL)
        yx_report_cert_set(report, &entry->signer, seal->maker);
    return YX_OK;
}

static yx_status verify_into(struct yx_bytes der, const struct yx_verify_options *options,
                             struct yx_report *report, struct yx_report_signature *entry,
                             struct yx_error *err)
{
    YX_CLEAN(yx_seal) struct yx_seal *seal = NULL;
    struct yx_error error = {0};
    yx_status status = yx_seal_from_der(der, &seal, &error);
    if (status != YX_OK && !yx_is_finding(status))
        return yx_pass_on(&error, err);
    if (status != YX_OK) {
        yx_check_note_error(report, &entry->checks, YX_CHECK_SEAL_FORMAT, YX_FAIL, NULL, &error);
        return YX_OK;
    }
    yx_time now = options->at != 0 ? options->at : yx_now();
    struct yx_seal_context context = {.options = options, .now = now, .used = now};
    YX_TRY(describe(seal, report, entry, err));
    YX_TRY(yx_seal_check(seal, &context, report, &entry->checks, err));
    if (seal->info.timestamp.len == 0)
        yx_check_note(report, &entry->checks, YX_CHECK_TIMESTAMP_TOKEN, YX_SKIP,
                      "GM/T 0031-2025, seal", N_("the seal carries no time-stamp"));
    return YX_OK;
}

yx_status yx_seal_verify(struct yx_bytes der, const struct yx_verify_options *options,
                         struct yx_report **out, struct yx_error *err)
{
    static const struct yx_verify_options none = {0};
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    YX_TRY(yx_report_new(&report, err));
    report->format = YX_FORMAT_ESL;
    YX_TRY(yx_digest(YX_DIGEST_SM3, der, report->digest, err));
    struct yx_report_signature *entry = yx_report_add_signature(report);
    if (entry == NULL)
        return yx_fail_memory(err);
    entry->id = "1";
    entry->document = 1;
    YX_TRY(verify_into(der, options != NULL ? options : &none, report, entry, err));
    YX_TRY(yx_report_finish(report, err));
    *out = report;
    report = NULL;
    return YX_OK;
}
