/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal/ses_verify.c - verifies a seal signature by GM/T 0031-2014 6.2.3 and GB/T 38540-2020 7.3.
 * What only the document can tell (data hash, propertyInfo, the Seal.esl beside it) is for ofd/.
 */
#include "seal/parts.h"

static const struct yx_signed_words signer_words = {
    .check = YX_CHECK_SIGNATURE_VALUE,
    .rule = "GM/T 0031-2014 6.2.3 b",
    .wrong = N_("the signature value does not fit: the signature was changed, or another key "
                "made it"),
    .unknown = N_("the document is signed with an algorithm that is not known: {1}"),
    .misfit = N_("the signer's key cannot make {1}, with which the document claims to be signed"),
};

/* What the steps of one verification share. */
struct session {
    const struct yx_ses *ses;
    const struct yx_verify_options *options;
    struct yx_cert_cache *certs;
    struct yx_report *report;
    struct yx_report_signature *out;
    struct yx_seal *seal;   /* NULL: not readable */
    struct yx_cert *signer; /* NULL: not readable */
    bool only_sm;
    yx_time now;
};

#define note(session, id, outcome, rule, ...) \
    yx_check_note((session)->report, &(session)->out->checks, (id), (outcome), (rule), __VA_ARGS__)

/* --- Format ------------------------------------------------------------------------------ */

/* Becomes a finding, or ends the work. */
static yx_status note_unreadable(struct session *s, yx_check_id id, const struct yx_error *error,
                                 struct yx_error *err)
{
    if (!yx_is_finding(error->status))
        return yx_pass_on(error, err);
    yx_check_note_error(s->report, &s->out->checks, id, YX_FAIL, NULL, error);
    return YX_OK;
}

static yx_status read_parts(struct session *s, struct yx_error *err)
{
    struct yx_error error = {0};
    if (yx_seal_read(s->ses->seal, s->certs, &s->seal, &error) != YX_OK)
        YX_TRY(note_unreadable(s, YX_CHECK_SEAL_FORMAT, &error, err));
    if (yx_cert_cache_read(s->certs, s->ses->certificate, &s->signer, &error) != YX_OK)
        YX_TRY(note_unreadable(s, YX_CHECK_SIGNATURE_VALUE, &error, err));
    return YX_OK;
}

static bool version_fits(const struct yx_ses *ses)
{
    return ses->version == ses->written_version ||
           (ses->version == 1 && ses->written_version == 11);
}

static void check_format(struct session *s)
{
    const struct yx_ses *ses = s->ses;
    yx_check_id id = YX_CHECK_SIGNATURE_FORMAT;
    const char *rule = ses->version == 1 ? "GM/T 0031-2014 6.2.3 a" : "GB/T 38540-2020 7.3";
    if (!version_fits(ses))
        note(s, id, YX_FAIL, rule,
             N_("the signature says version {1}, but its structure is that of version {2}"),
             YX_NUM(ses->written_version), YX_NUM(ses->version));
    if (s->seal != NULL && s->seal->info.version != ses->version)
        note(s, id, YX_FAIL, rule,
             N_("the signature is of version {1}, but the seal in it of version {2}"),
             YX_NUM(ses->version), YX_NUM(s->seal->info.version));
    if (ses->critical.len > 0) {
        char dotted[YX_OID_TEXT];
        yx_oid_to_dotted(ses->critical, dotted);
        note(s, id, YX_UNKNOWN, rule,
             N_("the signature carries critical extension data that is not known here: {1}"),
             dotted);
    }
    note(s, id, YX_PASS, rule, NULL);
}

/* --- Value ------------------------------------------------------------------------------- */

static yx_status check_value(struct session *s, struct yx_error *err)
{
    if (s->signer == NULL)
        return YX_OK;
    struct yx_signed_part part = {
        .words = &signer_words,
        .cert = s->signer,
        .algorithm = s->ses->algorithm,
        .to_be_signed = s->ses->to_be_signed,
        .signature = s->ses->signature,
    };
    return yx_check_signed_part(s->report, &s->out->checks, &part, s->only_sm, err);
}

/* --- Time -------------------------------------------------------------------------------- */

/*
 * Version 1 puts its token into the signed part, so it cannot be over the signature value: it is
 * over the data hash. The later ones stamp the signature value (GB/T 20520).
 */
static yx_status check_token(struct session *s, struct yx_token *token, struct yx_error *err)
{
    const struct yx_ses *ses = s->ses;
    *token = (struct yx_token){.time = YX_TIME_NONE};
    if (!ses->time_is_token && ses->timestamp.len == 0) {
        note(s, YX_CHECK_TIMESTAMP_TOKEN, YX_SKIP, "GB/T 20520",
             N_("the signature carries no time-stamp; its time is the signer's word"));
        return YX_OK;
    }
    struct yx_bytes bytes = ses->time_is_token ? ses->time_info : ses->timestamp;
    struct yx_bytes stamped = ses->time_is_token ? ses->data_hash : ses->signature;
    return yx_check_token(s->report, &s->out->checks, bytes, stamped, s->options->trust, s->now,
                          token, err);
}

static void check_signing_time(struct session *s, yx_time claimed, const struct yx_token *token)
{
    yx_check_id id = YX_CHECK_SIGNING_TIME;
    const char *rule = "GM/T 0031-2014 6.2.3 d";
    if (claimed == YX_TIME_NONE) {
        note(s, id, YX_FAIL, rule, N_("the signing time is not readable"));
        return;
    }
    if (yx_clearly_after(claimed, s->now))
        note(s, id, YX_FAIL, rule, N_("the signing time {1} lies in the future: it is {2} now"),
             YX_WHEN(claimed), YX_WHEN(s->now));
    if (token->verified && yx_clearly_after(token->time, s->now))
        note(s, id, YX_FAIL, rule, N_("the time-stamp of {1} lies in the future: it is {2} now"),
             YX_WHEN(token->time), YX_WHEN(s->now));
    if (token->verified && yx_clearly_after(claimed, token->time))
        note(s, id, YX_FAIL, rule,
             N_("the signature claims to be made at {1}, after its time-stamp of {2}"),
             YX_WHEN(claimed), YX_WHEN(token->time));
    if (!s->ses->time_is_token && !s->ses->time_zone_known)
        note(s, id, YX_PASS, rule,
             N_("the signing time has no zone; it is read as China Standard Time"));
    note(s, id, YX_PASS, rule, NULL);
}

/* A token that verifies proves the time; otherwise it is what the signer says. */
static yx_status check_time(struct session *s, struct yx_error *err)
{
    struct yx_token token;
    YX_TRY(check_token(s, &token, err));
    yx_time claimed = s->ses->time_is_token ? token.time : s->ses->time;
    check_signing_time(s, claimed, &token);
    s->out->signing_time = token.verified ? token.time : claimed;
    s->out->time_source = token.verified ? "tsa" : "signer";
    return YX_OK;
}

/* --- Signer ------------------------------------------------------------------------------ */

static const struct {
    yx_outcome outcome;
    const char *detail;
} listed_words[] = {
    [YX_LISTED_NOT] = {YX_FAIL, N_("the signer's certificate is not in the seal's list; when it "
                                   "was renewed or reissued, the seal must be made again")},
    [YX_LISTED_CERTIFICATE] = {YX_PASS, N_("listed byte for byte")},
    [YX_LISTED_DIGEST] = {YX_PASS, N_("listed as the SM3 digest of the certificate")},
    [YX_LISTED_DIGEST_ZA] = {YX_PASS, N_("listed as the SM3 digest of ZA and the certificate")},
};

yx_status yx_check_listed(const struct yx_seal *seal, const struct yx_cert *signer,
                          struct yx_report *report, struct yx_checks *checks, struct yx_error *err)
{
    yx_listed listed;
    if (seal == NULL || signer == NULL)
        return YX_OK;
    YX_TRY(yx_seal_lists(seal, signer, &listed, err));
    yx_check_note(report, checks, YX_CHECK_SIGNER_LISTED, listed_words[listed].outcome,
                  "GM/T 0031-2014 6.2.2 c", listed_words[listed].detail);
    return YX_OK;
}

static yx_status check_signer(struct session *s, yx_time at, struct yx_error *err)
{
    struct yx_cert_findings findings;
    if (s->signer == NULL)
        return YX_OK;
    yx_report_cert_set(s->report, &s->out->signer, s->signer);
    YX_TRY(yx_cert_validate(s->options->trust, s->signer, YX_USE_SIGN, at, s->now, &findings, err));
    yx_check_note_cert(s->report, &s->out->checks, YX_CHECK_SIGNER_CHAIN, &findings);
    return YX_OK;
}

/* --- Seal -------------------------------------------------------------------------------- */

static yx_status check_seal(struct session *s, yx_time at, struct yx_error *err)
{
    if (s->seal == NULL)
        return YX_OK;
    struct yx_seal_context context = {
        .options = s->options, .now = s->now, .used = at, .only_sm = s->only_sm};
    s->out->seal = yx_report_seal_new(s->report, s->seal);
    if (s->out->seal == NULL)
        return yx_fail_memory(err);
    return yx_seal_check(s->seal, &context, s->report, &s->out->checks, err);
}

/* --- All of it --------------------------------------------------------------------------- */

static yx_status verify(struct session *s, struct yx_error *err)
{
    YX_TRY(read_parts(s, err));
    check_format(s);
    YX_TRY(check_value(s, err));
    YX_TRY(check_time(s, err));
    yx_time at = s->out->signing_time != YX_TIME_NONE ? s->out->signing_time : s->now;
    YX_TRY(yx_check_listed(s->seal, s->signer, s->report, &s->out->checks, err));
    YX_TRY(check_signer(s, at, err));
    return check_seal(s, at, err);
}

yx_status yx_ses_verify(const struct yx_ses *ses, const struct yx_verify_options *options,
                        bool ofd_algorithms, struct yx_cert_cache *certs, struct yx_report *report,
                        struct yx_report_signature *signature, struct yx_error *err)
{
    static const struct yx_verify_options none = {0};
    static const char *const kinds[] = {[1] = "ses-v1", [4] = "ses-v4", [5] = "ses-v5"};
    options = options != NULL ? options : &none;
    struct session session = {
        .ses = ses,
        .options = options,
        .certs = certs,
        .report = report,
        .out = signature,
        .only_sm = ofd_algorithms && !options->allow_foreign_algorithms,
        .now = options->at != 0 ? options->at : yx_now(),
    };
    signature->kind = kinds[ses->version];
    yx_status status = verify(&session, err);
    yx_seal_free(session.seal);
    yx_cert_free(session.signer);
    return status;
}
