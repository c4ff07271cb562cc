/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_value.c - what Contents holds: CMS (verify_cms.c), the token of a document time-stamp, or
 * the seal signature that some vendors put there instead (GB/T 38540). And the signing time.
 */
#include "pdfverify/verify.h"

#define RULE "ISO 32000-1 12.8.3"
#define RULE_TIME "ISO 32000-1 12.8.1, signing time"
#define RULE_TOKEN "ETSI EN 319 142-1 5.4.3"
/* Clocks differ: so far may a signing time lie in the future. */
#define CLOCK_TOLERANCE (300 * YX_SECOND)

/* --- Time -------------------------------------------------------------------------------- */

void yx_pdf_note_time(struct yx_pdf_verification *v, struct yx_pdf_judged *judged, yx_time claimed,
                      yx_time proven)
{
    const yx_check_id id = YX_CHECK_SIGNING_TIME;
    bool has_proof = proven != YX_TIME_NONE;
    judged->report->signing_time = has_proof ? proven : claimed;
    judged->report->time_source = has_proof ? "tsa" : "signer";
    if (claimed == YX_TIME_NONE && !has_proof)
        yx_pdf_note(v, judged, id, YX_UNKNOWN, RULE_TIME,
                    N_("the signature does not say when it was made; its certificates are looked "
                       "at as of now"));
    else if (claimed != YX_TIME_NONE && claimed > v->options.at + CLOCK_TOLERANCE)
        yx_pdf_note(v, judged, id, YX_FAIL, RULE_TIME,
                    N_("the signing time {1} lies in the future"), YX_WHEN(claimed));
    else if (has_proof && claimed != YX_TIME_NONE && claimed > proven + CLOCK_TOLERANCE)
        yx_pdf_note(v, judged, id, YX_FAIL, RULE_TIME,
                    N_("the signature claims to be made at {1}, after its time-stamp of {2}"),
                    YX_WHEN(claimed), YX_WHEN(proven));
    else
        yx_pdf_note(v, judged, id, YX_PASS, RULE_TIME, NULL);
}

/* --- Document time-stamps ---------------------------------------------------------------- */

/* The authority, for the report; the finding says whether it is to be believed. */
static yx_status show_authority(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                                struct yx_error *err)
{
    YX_CLEAN(yx_cert) struct yx_cert *signer = NULL;
    struct yx_cms cms;
    struct yx_error why;
    yx_status status = yx_cms_parse(yx_buf_bytes(&judged->contents), &cms, &why);
    if (status == YX_OK)
        status = yx_cms_signer(&cms, &signer, &why);
    if (status != YX_OK)
        return yx_pdf_is_finding(status) ? YX_OK : yx_pdf_pass_on(err, &why);
    yx_report_cert_set(v->report, &judged->report->signer, signer);
    return YX_OK;
}

static yx_status judge_token(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                             struct yx_error *err)
{
    const yx_check_id id = YX_CHECK_TIMESTAMP_TOKEN;
    struct yx_bytes token = yx_buf_bytes(&judged->contents);
    struct yx_cert_finding finding;
    yx_digest_algorithm algorithm;
    uint8_t digest[YX_DIGEST_MAX];
    yx_time time;
    struct yx_error why;
    judged->report->kind = "doctimestamp";
    yx_status status = yx_timestamp_algorithm(token, &algorithm, &why);
    if (status != YX_OK)
        return yx_pdf_note_failure(v, judged, id, &why, err);
    YX_TRY(yx_pdf_range_digest(v, judged, algorithm, YX_BYTES(NULL, 0), digest, err));
    YX_TRY(yx_timestamp_verify_digest(token, YX_BYTES(digest, yx_digest_size(algorithm)), v->trust,
                                      v->options.at, &time, &finding, err));
    struct yx_error words = {.rule = finding.rule == NULL ? RULE_TOKEN : finding.rule,
                             .message = finding.detail};
    yx_check_note_error(v->report, &judged->report->checks, id, finding.outcome, NULL, &words);
    yx_pdf_note_time(v, judged, time, time);
    return show_authority(v, judged, err);
}

/* --- Seal signatures --------------------------------------------------------------------- */

static yx_status judge_ses(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                           const struct yx_ses *ses, struct yx_error *err)
{
    const yx_check_id id = YX_CHECK_DOCUMENT_DIGEST;
    uint8_t digest[YX_DIGEST_MAX];
    YX_TRY(yx_ses_verify(ses, &v->options, false, NULL, v->report, judged->report, err));
    YX_TRY(yx_pdf_range_digest(v, judged, YX_DIGEST_SM3, YX_BYTES(NULL, 0), digest, err));
    if (yx_bytes_equal(ses->data_hash, YX_BYTES(digest, 32)))
        yx_pdf_note(v, judged, id, YX_PASS, "GB/T 38540-2020, data hash", NULL);
    else
        yx_pdf_note(v, judged, id, YX_FAIL, "GB/T 38540-2020, data hash",
                    N_("the document is not the one that was signed"));
    return YX_OK;
}

/* CMS starts with the identifier of its content type, a seal signature with TBS_Sign. */
static bool is_cms(struct yx_bytes value)
{
    struct yx_der der = yx_der_reader(value, "Contents"), inner;
    return yx_der_enter(&der, YX_DER_SEQUENCE, &inner, NULL) == YX_OK &&
           yx_der_next_is(&inner, YX_DER_OID);
}

yx_status yx_pdf_judge_value(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                             struct yx_error *err)
{
    struct yx_ses ses;
    struct yx_error why;
    struct yx_bytes value = yx_buf_bytes(&judged->contents);
    if (judged->is_timestamp)
        return judge_token(v, judged, err);
    if (is_cms(value))
        return yx_pdf_judge_cms(v, judged, err);
    yx_status status = yx_ses_parse(value, &ses, &why);
    if (status == YX_OK)
        return judge_ses(v, judged, &ses, err);
    return yx_pdf_note_failure(v, judged, YX_CHECK_SIGNATURE_FORMAT, &why, err);
}
