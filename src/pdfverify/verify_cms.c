/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_cms.c - a signature whose value is CMS (ISO 32000-1 12.8.3.3, ETSI EN 319 142-1), or the
 * SignedData of GB/T 35275: digest, value, algorithm, time-stamp, certificate. Where one value may
 * carry several signers, each is judged like the first.
 */
#include "pdfverify/verify.h"

#define RULE "ISO 32000-1 12.8.3.3"
#define RULE_PADES "ETSI EN 319 142-1 6.3"
#define RULE_TOKEN "RFC 3161 appendix A"
/* A signature without attributes is over the document itself, which must then fit in memory. */
#define WITHOUT_ATTRIBUTES_MAX (256u * 1024 * 1024)

/* How a SubFilter binds the document. */
enum binding { DETACHED, SHA1_INSIDE };

static const struct {
    const char *name;
    const char *kind;
    enum binding binding;
    bool names_certificate; /* the signing-certificate attribute must be there */
    const char *one_signer; /* the rule that allows one only; NULL: several may sign */
} sub_filters[] = {
    {"ETSI.CAdES.detached", "pades", DETACHED, true, "ETSI EN 319 142-1, one SignerInfo"},
    {"adbe.pkcs7.detached", "cms", DETACHED, false, NULL},
    {"adbe.pkcs7.sha1", "cms", SHA1_INSIDE, false, RULE},
};
#define SUB_FILTERS (sizeof sub_filters / sizeof sub_filters[0])

struct session {
    struct yx_pdf_verification *v;
    struct yx_pdf_judged *judged;
    struct yx_cms cms;
    struct yx_cert *signer;
    size_t sub_filter;
    size_t number, count; /* which of the signers of the value, from 0 */
    const char *others;   /* who signed besides the first, for the report; NULL: nobody */
};

/* --- Format ------------------------------------------------------------------------------ */

static bool find_sub_filter(struct session *s)
{
    for (s->sub_filter = 0; s->sub_filter < SUB_FILTERS; s->sub_filter++)
        if (strcmp(sub_filters[s->sub_filter].name, s->judged->sub_filter) == 0)
            return true;
    return false;
}

/* Does the content stand where the SubFilter says: outside, or as a digest inside? */
static yx_status check_form(const struct session *s, struct yx_error *err)
{
    bool inside = sub_filters[s->sub_filter].binding == SHA1_INSIDE;
    YX_REQUIRE(s->cms.has_content == inside, err, YX_DAMAGED, RULE,
               inside ? N_("the SignedData carries no digest, which {1} asks for")
                      : N_("the SignedData carries content of its own, which {1} does not allow"),
               s->judged->sub_filter);
    YX_REQUIRE(s->cms.encapsulated == YX_OID_PKCS7_DATA || s->cms.encapsulated == YX_OID_GM_DATA,
               err, YX_DAMAGED, RULE, N_("what is signed is no document"));
    return YX_OK;
}

/* A seal belongs to one signer: among several it could show for another one's signature. */
static yx_status check_signer_count(const struct session *s, struct yx_error *err)
{
    const char *rule = sub_filters[s->sub_filter].one_signer;
    struct yx_bytes seal;
    if (s->count == 1)
        return YX_OK;
    YX_REQUIRE(rule == NULL, err, YX_DAMAGED, rule,
               N_("the signature carries {1} signers, and {2} allows one"), YX_NUM(s->count),
               s->judged->sub_filter);
    YX_TRY(yx_cms_attribute(s->cms.attributes, YX_OID_SEAL_ATTRIBUTE, &seal, err));
    YX_REQUIRE(seal.len == 0, err, YX_DAMAGED, "GB/T 38540-2020, one signer",
               N_("a seal belongs to one signer, and the signature carries {1}"), YX_NUM(s->count));
    return YX_OK;
}

static yx_status check_certificate_named(const struct session *s, struct yx_error *err)
{
    bool present = false;
    YX_TRY(yx_cms_check_signing_certificate(&s->cms, s->signer, &present, err));
    YX_REQUIRE(present || !sub_filters[s->sub_filter].names_certificate, err, YX_DAMAGED,
               RULE_PADES,
               N_("the signed attributes do not name the signer's certificate, which {1} asks for"),
               s->judged->sub_filter);
    return YX_OK;
}

/* --- Algorithm --------------------------------------------------------------------------- */

static yx_status note_algorithm(const struct session *s, struct yx_error *err)
{
    const yx_check_id id = YX_CHECK_ALGORITHM_ALLOWED;
    yx_signature_algorithm algorithm;
    struct yx_error why;
    if (yx_cms_algorithm(&s->cms, s->signer, &algorithm, &why) != YX_OK)
        return yx_pdf_note_failure(s->v, s->judged, id, &why, err);
    if (sub_filters[s->sub_filter].binding == SHA1_INSIDE)
        yx_pdf_note(s->v, s->judged, id, YX_FAIL, RULE,
                    N_("the document is bound by SHA-1 ({1}): its digest can be forged"),
                    s->judged->sub_filter);
    else if (!yx_signature_allowed(algorithm) || !yx_digest_allowed(s->cms.digest))
        yx_pdf_note(s->v, s->judged, id, YX_FAIL, RULE,
                    N_("{1} is no longer safe: its digest can be forged"),
                    yx_signature_name(algorithm));
    else
        yx_pdf_note(s->v, s->judged, id, YX_PASS, RULE, N_("signed with {1}"),
                    yx_signature_name(algorithm));
    return YX_OK;
}

/* --- Digest and value -------------------------------------------------------------------- */

static void note_digest(const struct session *s, bool holds, const char *remark)
{
    if (holds)
        yx_pdf_note(s->v, s->judged, YX_CHECK_DOCUMENT_DIGEST, YX_PASS, RULE, remark);
    else
        yx_pdf_note(s->v, s->judged, YX_CHECK_DOCUMENT_DIGEST, YX_FAIL, RULE,
                    N_("the document is not the one that was signed"));
}

static void note_value(const struct session *s, bool holds)
{
    if (holds && s->others != NULL)
        yx_pdf_note(s->v, s->judged, YX_CHECK_SIGNATURE_VALUE, YX_PASS, RULE,
                    N_("{1} signers signed at once, and each is looked at; besides the first: {2}"),
                    YX_NUM(s->count), s->others);
    else if (holds)
        yx_pdf_note(s->v, s->judged, YX_CHECK_SIGNATURE_VALUE, YX_PASS, RULE, NULL);
    else
        yx_pdf_note(s->v, s->judged, YX_CHECK_SIGNATURE_VALUE, YX_FAIL, RULE,
                    N_("the signer's signature does not hold"));
}

/* SM3 with ZA of the signer in front: some vendors' reading of the standard. */
static yx_status try_with_za(const struct session *s, bool *holds, struct yx_error *err)
{
    uint8_t za[32], digest[YX_DIGEST_MAX];
    const struct yx_public_key *key = yx_cert_public_key(s->signer);
    if (key == NULL || yx_public_key_type(key) != YX_KEY_SM2 || s->cms.digest != YX_DIGEST_SM3)
        return YX_OK;
    YX_TRY(yx_sm2_za(key, za, err));
    YX_TRY(yx_pdf_range_digest(s->v, s->judged, YX_DIGEST_SM3, YX_BYTES(za, 32), digest, err));
    *holds = yx_bytes_equal(s->cms.message_digest, YX_BYTES(digest, 32));
    return YX_OK;
}

static yx_status judge_with_attributes(const struct session *s, struct yx_error *err)
{
    uint8_t digest[YX_DIGEST_MAX];
    bool holds = false, value = false;
    struct yx_error why;
    YX_TRY(yx_pdf_range_digest(s->v, s->judged, s->cms.digest, YX_BYTES(NULL, 0), digest, err));
    struct yx_bytes plain = YX_BYTES(digest, yx_digest_size(s->cms.digest));
    if (yx_cms_verify_digest(&s->cms, s->signer, plain, &holds, &value, &why) != YX_OK)
        return yx_pdf_note_failure(s->v, s->judged, YX_CHECK_SIGNATURE_VALUE, &why, err);
    note_value(s, value);
    if (holds) {
        note_digest(s, true, NULL);
        return YX_OK;
    }
    YX_TRY(try_with_za(s, &holds, err));
    note_digest(s, holds, N_("the digest is SM3 with ZA of the signer"));
    return YX_OK;
}

/* No attributes: the value is over the document itself, and binds it alone. */
static yx_status judge_without_attributes(const struct session *s, struct yx_error *err)
{
    const struct yx_pdf_judged *judged = s->judged;
    YX_CLEAN(yx_buf) struct yx_buf content = {0};
    uint64_t len = judged->gap + (judged->end - judged->resume);
    bool digest, value = false;
    struct yx_error why;
    if (len > WITHOUT_ATTRIBUTES_MAX) {
        yx_pdf_note(s->v, s->judged, YX_CHECK_SIGNATURE_VALUE, YX_UNKNOWN, RULE,
                    N_("the signature has no signed attributes, and the document is too large to "
                       "be verified in one piece"));
        return YX_OK;
    }
    if (yx_buf_reserve(&content, (size_t)len) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_source_read(s->v->source, 0, content.data, (size_t)judged->gap, err));
    YX_TRY(yx_source_read(s->v->source, judged->resume, content.data + judged->gap,
                          (size_t)(judged->end - judged->resume), err));
    content.len = (size_t)len;
    if (yx_cms_verify(&s->cms, s->signer, yx_buf_bytes(&content), &digest, &value, NULL, &why) !=
        YX_OK)
        return yx_pdf_note_failure(s->v, s->judged, YX_CHECK_SIGNATURE_VALUE, &why, err);
    note_value(s, value);
    note_digest(s, value, NULL);
    return YX_OK;
}

/* adbe.pkcs7.sha1: the content is the SHA-1 digest of the document. */
static yx_status judge_inside(const struct session *s, struct yx_error *err)
{
    uint8_t sha1[YX_DIGEST_MAX];
    bool digest = false, value = false;
    struct yx_error why;
    YX_TRY(yx_pdf_range_digest(s->v, s->judged, YX_DIGEST_SHA1, YX_BYTES(NULL, 0), sha1, err));
    bool bound = yx_bytes_equal(s->cms.content, YX_BYTES(sha1, yx_digest_size(YX_DIGEST_SHA1)));
    if (yx_cms_verify(&s->cms, s->signer, s->cms.content, &digest, &value, NULL, &why) != YX_OK)
        return yx_pdf_note_failure(s->v, s->judged, YX_CHECK_SIGNATURE_VALUE, &why, err);
    note_value(s, value);
    note_digest(s, bound && digest, NULL);
    return YX_OK;
}

static yx_status judge_value(const struct session *s, struct yx_error *err)
{
    if (sub_filters[s->sub_filter].binding == SHA1_INSIDE)
        return judge_inside(s, err);
    if (s->cms.has_attributes)
        return judge_with_attributes(s, err);
    return judge_without_attributes(s, err);
}

/* --- Time and signer --------------------------------------------------------------------- */

/* A token over the signature value proves when it existed at the latest. */
static yx_status judge_token(const struct session *s, yx_time *proven, struct yx_error *err)
{
    const yx_check_id id = YX_CHECK_TIMESTAMP_TOKEN;
    struct yx_bytes token;
    struct yx_cert_finding finding;
    struct yx_error why;
    yx_time time;
    *proven = YX_TIME_NONE;
    if (yx_cms_attribute(s->cms.unsigned_attributes, YX_OID_TIME_STAMP_TOKEN, &token, &why) !=
        YX_OK)
        return yx_pdf_note_failure(s->v, s->judged, id, &why, err);
    if (token.len == 0) {
        yx_pdf_note(s->v, s->judged, id, YX_SKIP, RULE_TOKEN,
                    N_("the signature has no time-stamp; its time is the signer's word"));
        return YX_OK;
    }
    YX_TRY(yx_timestamp_verify(token, s->cms.signature, s->v->trust, s->v->options.at, &time,
                               &finding, err));
    struct yx_error words = {.rule = finding.rule == NULL ? RULE_TOKEN : finding.rule,
                             .message = finding.detail};
    yx_check_note_error(s->v->report, &s->judged->report->checks, id, finding.outcome, NULL,
                        &words);
    if (finding.outcome == YX_PASS)
        *proven = time;
    return YX_OK;
}

static yx_status judge_signer(const struct session *s, struct yx_error *err)
{
    struct yx_cert_findings findings;
    yx_time proven, claimed = s->cms.signing_time;
    if (claimed == YX_TIME_NONE)
        claimed = s->judged->claimed;
    YX_TRY(judge_token(s, &proven, err));
    yx_pdf_note_time(s->v, s->judged, claimed, proven);
    yx_time at = s->judged->report->signing_time;
    if (at == YX_TIME_NONE)
        at = s->v->options.at;
    yx_report_cert_set(s->v->report, &s->judged->report->signer, s->signer);
    YX_TRY(yx_cms_validate_signer(&s->cms, s->signer, s->v->trust, YX_USE_SIGN, at,
                                  s->v->options.at, &findings, err));
    yx_check_note_cert(s->v->report, &s->judged->report->checks, YX_CHECK_SIGNER_CHAIN, &findings);
    return yx_pdf_judge_seal(s->v, s->judged, &s->cms, s->signer, at, err);
}

/* --- Each signer ------------------------------------------------------------------------- */

static yx_status open_cms(struct session *s, struct yx_error *err)
{
    YX_REQUIRE(find_sub_filter(s), err, YX_REFUSED, RULE,
               N_("signatures of the kind {1} are not known here"), s->judged->sub_filter);
    s->judged->report->kind = sub_filters[s->sub_filter].kind;
    YX_TRY(yx_cms_parse_signer(yx_buf_bytes(&s->judged->contents), s->number, &s->cms, &s->count,
                               err));
    YX_TRY(check_form(s, err));
    YX_TRY(check_signer_count(s, err));
    return yx_cms_signer(&s->cms, &s->signer, err);
}

/* "CN=A; CN=B". One whose certificate cannot be read is a finding when its turn comes. */
static yx_status name_others(struct session *s, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf names = {0};
    for (size_t i = 1; i < s->count; i++) {
        YX_CLEAN(yx_cert) struct yx_cert *signer = NULL;
        struct yx_cms cms;
        size_t count;
        bool known = yx_cms_parse_signer(yx_buf_bytes(&s->judged->contents), i, &cms, &count,
                                         NULL) == YX_OK &&
                     yx_cms_signer(&cms, &signer, NULL) == YX_OK;
        if (yx_buf_printf(&names, "%s%s", i == 1 ? "" : "; ",
                          known ? yx_cert_subject(signer) : "?") != YX_OK)
            return yx_fail_memory(err);
    }
    s->others = yx_report_text(s->v->report, yx_buf_bytes(&names));
    return YX_OK;
}

static yx_status judge(struct session *s, struct yx_error *err)
{
    struct yx_error why;
    if (open_cms(s, &why) != YX_OK)
        return yx_pdf_note_failure(s->v, s->judged, YX_CHECK_SIGNATURE_FORMAT, &why, err);
    if (check_certificate_named(s, &why) != YX_OK)
        YX_TRY(yx_pdf_note_failure(s->v, s->judged, YX_CHECK_SIGNATURE_FORMAT, &why, err));
    if (s->number == 0 && s->count > 1)
        YX_TRY(name_others(s, err));
    YX_TRY(note_algorithm(s, err));
    YX_TRY(judge_value(s, err));
    return judge_signer(s, err);
}

/* --- The others -------------------------------------------------------------------------- */

/*
 * What a further signer fails counts against the signature: it is valid when everybody's is. What
 * passes says nothing new, and a time-stamp that this one lacks the first may have.
 */
static void fold(const struct session *first, const struct yx_checks *checks)
{
    for (const struct yx_check *check = checks->first; check != NULL; check = check->next) {
        struct yx_error words = {.rule = check->rule};
        if (check->outcome < YX_UNKNOWN)
            continue;
        if (check->detail != NULL)
            words.message = *check->detail;
        yx_check_note_error(first->v->report, &first->judged->report->checks, check->id,
                            check->outcome, NULL, &words);
    }
}

/* Judged on a sheet of its own, so that the report keeps showing the first signer. */
static yx_status judge_further(const struct session *first, size_t number, struct yx_error *err)
{
    struct yx_report_signature sheet = {.kind = "", .signing_time = YX_TIME_NONE};
    struct yx_pdf_judged judged = *first->judged;
    struct session s = {.v = first->v, .judged = &judged, .number = number};
    judged.report = &sheet;
    yx_status status = judge(&s, err);
    yx_cert_free(s.signer);
    if (status == YX_OK)
        fold(first, &sheet.checks);
    return status;
}

yx_status yx_pdf_judge_cms(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                           struct yx_error *err)
{
    struct session first = {.v = v, .judged = judged};
    yx_status status = judge(&first, err);
    for (size_t i = 1; status == YX_OK && first.signer != NULL && i < first.count; i++)
        status = judge_further(&first, i, err);
    yx_cert_free(first.signer);
    return status;
}
