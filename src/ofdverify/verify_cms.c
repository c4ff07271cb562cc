/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_cms.c - a signature of type Sign: GB/T 35275 SignedData. Two forms are in the field: the
 * digest of Signature.xml is the content, signed as a message; or Signature.xml is signed from
 * outside (detached), with signed attributes or without.
 */
#include "ofdverify/verify_cms.h"

#define RULE "GB/T 35275-2017, signedData"
#define RULE_TIME "GB/T 35275-2017, signing time"
/* Clocks differ: so far may a signing time lie in the future. */
#define CLOCK_TOLERANCE (300 * YX_SECOND)
/* OFD files come from China; a time without a zone is Beijing time. */
#define BEIJING (8 * 3600)

static yx_status note_algorithm(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                                const struct yx_cms *cms, const struct yx_cert *signer,
                                struct yx_error *err)
{
    struct yx_checks *checks = &judged->report->checks;
    const yx_check_id id = YX_CHECK_ALGORITHM_ALLOWED;
    yx_signature_algorithm algorithm;
    struct yx_error why;
    yx_status status = yx_cms_algorithm(cms, signer, &algorithm, &why);
    if (status != YX_OK && !yx_ofd_is_finding(status))
        return yx_ofd_pass_on(err, &why);
    if (status != YX_OK) {
        yx_check_note_error(v->report, checks, id, YX_FAIL, NULL, &why);
        return YX_OK;
    }
    bool allowed = algorithm == YX_SIG_SM2_SM3 ||
                   (v->options->allow_foreign_algorithms && yx_signature_allowed(algorithm));
    if (allowed)
        yx_check_note(v->report, checks, id, YX_PASS, RULE, N_("{1}"),
                      yx_signature_name(algorithm));
    else
        yx_check_note(v->report, checks, id, YX_FAIL, RULE,
                      N_("signed with {1}; OFD signatures are made with SM2 and SM3"),
                      yx_signature_name(algorithm));
    return YX_OK;
}

/* The signed attribute; failing that, what Signature.xml says. */
static yx_time find_signing_time(const struct yx_ofd_judged *judged, const struct yx_cms *cms)
{
    if (cms->signing_time != YX_TIME_NONE)
        return cms->signing_time;
    const char *text = yx_xml_child_text(judged->read->info, "SignatureDateTime");
    yx_time time;
    bool zone_known;
    if (text == NULL ||
        yx_time_parse_loose(YX_TEXT(text), BEIJING, &time, &zone_known, NULL) != YX_OK)
        return YX_TIME_NONE;
    return time;
}

static void note_time(struct yx_ofd_verification *v, struct yx_ofd_judged *judged, yx_time time)
{
    struct yx_checks *checks = &judged->report->checks;
    const yx_check_id id = YX_CHECK_SIGNING_TIME;
    judged->report->signing_time = time;
    yx_check_note(v->report, checks, YX_CHECK_TIMESTAMP_TOKEN, YX_SKIP, RULE_TIME,
                  N_("the signature has no time-stamp"));
    if (time == YX_TIME_NONE)
        yx_check_note(v->report, checks, id, YX_FAIL, RULE_TIME,
                      N_("the signature does not say when it was made"));
    else if (time > v->now + CLOCK_TOLERANCE)
        yx_check_note(v->report, checks, id, YX_FAIL, RULE_TIME,
                      N_("the signing time {1} lies in the future"), YX_WHEN(time));
    else
        yx_check_note(v->report, checks, id, YX_PASS, RULE_TIME, NULL);
}

static yx_status judge_signer(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                              const struct yx_cert *signer, yx_time time, struct yx_error *err)
{
    struct yx_cert_findings findings;
    yx_time at = time == YX_TIME_NONE ? v->now : time;
    YX_TRY(yx_cert_validate(v->options->trust, signer, YX_USE_SIGN, at, v->now, &findings, err));
    yx_check_note_cert(v->report, &judged->report->checks, YX_CHECK_SIGNER_CHAIN, &findings);
    yx_report_cert_set(v->report, &judged->report->signer, signer);
    return YX_OK;
}

static yx_status cms_holds(const struct yx_cms *cms, const struct yx_cert *signer,
                           struct yx_bytes content, bool *digest, bool *value, struct yx_error *err)
{
    struct yx_error why;
    *digest = *value = false;
    yx_status status = yx_cms_verify(cms, signer, content, digest, value, NULL, &why);
    if (status == YX_OK || yx_ofd_is_finding(status))
        return YX_OK;
    return yx_ofd_pass_on(err, &why);
}

/* Content inside: it must be the digest of Signature.xml. */
static yx_status judge_content(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                               const struct yx_cms *cms, const struct yx_cert *signer, bool *value,
                               struct yx_error *err)
{
    bool digest;
    YX_TRY(cms_holds(cms, signer, cms->content, &digest, value, err));
    if (cms->has_attributes && !digest)
        yx_check_note(v->report, &judged->report->checks, YX_CHECK_DOCUMENT_DIGEST, YX_FAIL, RULE,
                      N_("the messageDigest attribute is not that of the content"));
    return yx_ofd_judge_digest(v, judged, cms->content, YX_DIGEST_NONE, err);
}

/* Detached: Signature.xml itself is the content. Without attributes the value alone binds it. */
static yx_status judge_detached(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                                const struct yx_cms *cms, const struct yx_cert *signer, bool *value,
                                struct yx_error *err)
{
    struct yx_checks *checks = &judged->report->checks;
    bool digest;
    YX_TRY(cms_holds(cms, signer, judged->read->xml, &digest, value, err));
    bool bound = cms->has_attributes ? digest : *value;
    if (bound)
        yx_check_note(v->report, checks, YX_CHECK_DOCUMENT_DIGEST, YX_PASS, RULE, NULL);
    else
        yx_check_note(v->report, checks, YX_CHECK_DOCUMENT_DIGEST, YX_FAIL, RULE,
                      N_("Signature.xml is not the one that was signed"));
    return YX_OK;
}

/* A picture beside a signature that carries no seal is anybody's picture. */
static void note_seal(struct yx_ofd_verification *v, struct yx_ofd_judged *judged)
{
    bool shows = judged->read->has_seal || yx_xml_child(judged->read->info, "StampAnnot") != NULL;
    if (shows)
        yx_check_note(v->report, &judged->report->checks, YX_CHECK_SEAL_MATCH, YX_FAIL, RULE,
                      N_("Signature.xml shows a seal, and the signed value holds none"));
}

static yx_status judge_parsed(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                              const struct yx_cms *cms, const struct yx_cert *signer,
                              struct yx_error *err)
{
    struct yx_checks *checks = &judged->report->checks;
    bool value = false;
    yx_check_note(v->report, checks, YX_CHECK_SIGNATURE_FORMAT, YX_PASS, RULE, NULL);
    YX_TRY(note_algorithm(v, judged, cms, signer, err));
    YX_TRY(yx_ofd_judge_za(judged, signer, err));
    if (cms->has_content)
        YX_TRY(judge_content(v, judged, cms, signer, &value, err));
    else
        YX_TRY(judge_detached(v, judged, cms, signer, &value, err));
    if (value)
        yx_check_note(v->report, checks, YX_CHECK_SIGNATURE_VALUE, YX_PASS, RULE, NULL);
    else
        yx_check_note(v->report, checks, YX_CHECK_SIGNATURE_VALUE, YX_FAIL, RULE,
                      N_("the signer's signature does not hold"));
    yx_time time = find_signing_time(judged, cms);
    note_time(v, judged, time);
    note_seal(v, judged);
    return judge_signer(v, judged, signer, time, err);
}

yx_status yx_ofd_judge_cms(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                           struct yx_bytes value, struct yx_error *err)
{
    struct yx_checks *checks = &judged->report->checks;
    YX_CLEAN(yx_cert) struct yx_cert *signer = NULL;
    struct yx_cms cms;
    struct yx_error why;
    judged->report->kind = "gbt35275";
    yx_status status = yx_cms_parse(value, &cms, &why);
    if (status == YX_OK)
        status = yx_cms_signer(&cms, &signer, &why);
    if (yx_ofd_is_finding(status)) {
        yx_check_note_error(v->report, checks, YX_CHECK_SIGNATURE_FORMAT, YX_FAIL, NULL, &why);
        return YX_OK;
    }
    if (status != YX_OK)
        return yx_ofd_pass_on(err, &why);
    judged->value_parsed = true;
    return judge_parsed(v, judged, &cms, signer, err);
}
