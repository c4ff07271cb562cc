/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal/findings.c - turns what the lower rooms say into checks of a report: certificates,
 * signature values with their algorithms, time-stamp tokens.
 */
#include "seal/parts.h"

bool yx_is_finding(yx_status status)
{
    return status == YX_DAMAGED || status == YX_REFUSED || status == YX_USAGE;
}

yx_status yx_pass_on(const struct yx_error *error, struct yx_error *err)
{
    if (err != NULL)
        *err = *error;
    return error->status;
}

/* --- Certificates ------------------------------------------------------------------------ */

static void note_finding(struct yx_report *report, struct yx_checks *checks, yx_check_id id,
                         const struct yx_cert_finding *finding)
{
    struct yx_error error = {.rule = finding->rule == NULL ? "" : finding->rule,
                             .message = finding->detail};
    yx_check_note_error(report, checks, id, finding->outcome, NULL, &error);
}

void yx_check_note_cert(struct yx_report *report, struct yx_checks *checks, yx_check_id first,
                        const struct yx_cert_findings *findings)
{
    note_finding(report, checks, first, &findings->chain);
    note_finding(report, checks, (yx_check_id)(first + 1), &findings->validity);
    note_finding(report, checks, (yx_check_id)(first + 2), &findings->revocation);
    note_finding(report, checks, (yx_check_id)(first + 3), &findings->usage);
}

void yx_report_cert_set(struct yx_report *report, struct yx_report_cert *out,
                        const struct yx_cert *cert)
{
    out->subject = yx_report_text(report, YX_TEXT(yx_cert_subject(cert)));
    out->issuer = yx_report_text(report, YX_TEXT(yx_cert_issuer(cert)));
    out->serial = yx_report_text(report, YX_TEXT(yx_cert_serial(cert)));
    out->not_before = yx_cert_not_before(cert);
    out->not_after = yx_cert_not_after(cert);
}

yx_key_type yx_cert_key_type(const struct yx_cert *cert)
{
    const struct yx_public_key *key = yx_cert_public_key(cert);
    return key != NULL ? yx_public_key_type(key) : YX_KEY_NONE;
}

/* --- Signatures -------------------------------------------------------------------------- */

/* Notes algorithm.allowed; false when the value cannot be checked at all. */
static bool note_algorithm(struct yx_report *report, struct yx_checks *checks,
                           const struct yx_signed_part *part, yx_signature_algorithm algorithm,
                           bool only_sm)
{
    yx_check_id id = YX_CHECK_ALGORITHM_ALLOWED;
    const char *rule = "GB/T 38540-2020 7.3";
    const char *name = yx_signature_name(algorithm);
    char dotted[YX_OID_TEXT];
    yx_oid_to_dotted(part->algorithm, dotted);
    if (algorithm == YX_SIG_NONE) {
        yx_check_note(report, checks, id, YX_FAIL, rule, part->words->unknown, dotted);
        return false;
    }
    if (!yx_signature_fits(algorithm, yx_cert_key_type(part->cert))) {
        yx_check_note(report, checks, id, YX_FAIL, rule, part->words->misfit, name);
        return false;
    }
    if (!yx_signature_allowed(algorithm))
        yx_check_note(report, checks, id, YX_FAIL, rule,
                      N_("{1} is no longer safe: its digest can be forged"), name);
    else if (only_sm && algorithm != YX_SIG_SM2_SM3)
        yx_check_note(report, checks, id, YX_FAIL, "GB/T 33190-2016, GB/T 38540-2020",
                      N_("{1} is not allowed in OFD: seals there are made with SM2 and SM3"), name);
    else
        yx_check_note(report, checks, id, YX_PASS, rule, N_("signed with {1}"), name);
    return true;
}

yx_status yx_check_signed_part(struct yx_report *report, struct yx_checks *checks,
                               const struct yx_signed_part *part, bool only_sm,
                               struct yx_error *err)
{
    const struct yx_signed_words *words = part->words;
    yx_signature_algorithm algorithm = yx_signature_from_oid(yx_oid_find(part->algorithm));
    if (!note_algorithm(report, checks, part, algorithm, only_sm)) {
        yx_check_note(report, checks, words->check, YX_FAIL, words->rule, words->wrong);
        return YX_OK;
    }
    struct yx_error error = {0};
    yx_status status = yx_public_key_verify(yx_cert_public_key(part->cert), algorithm,
                                            part->to_be_signed, part->signature, &error);
    if (status != YX_OK && !yx_is_finding(status))
        return yx_pass_on(&error, err);
    if (status == YX_OK)
        yx_check_note(report, checks, words->check, YX_PASS, words->rule, NULL);
    else
        yx_check_note(report, checks, words->check, YX_FAIL, words->rule, words->wrong);
    return YX_OK;
}

/* --- Time-stamps ------------------------------------------------------------------------- */

yx_status yx_check_token(struct yx_report *report, struct yx_checks *checks, struct yx_bytes token,
                         struct yx_bytes stamped, const struct yx_trust *trust, yx_time now,
                         struct yx_token *out, struct yx_error *err)
{
    struct yx_cert_finding finding = {.outcome = YX_FAIL};
    struct yx_error error = {0};
    *out = (struct yx_token){.time = YX_TIME_NONE};
    yx_status status =
        yx_timestamp_verify(token, stamped, trust, now, &out->time, &finding, &error);
    if (status != YX_OK && !yx_is_finding(status))
        return yx_pass_on(&error, err);
    if (status != YX_OK) {
        yx_check_note_error(report, checks, YX_CHECK_TIMESTAMP_TOKEN, YX_FAIL, NULL, &error);
        return YX_OK;
    }
    note_finding(report, checks, YX_CHECK_TIMESTAMP_TOKEN, &finding);
    out->verified = finding.outcome == YX_PASS && out->time != YX_TIME_NONE;
    return YX_OK;
}
