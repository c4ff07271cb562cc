/* SPDX-License-Identifier: Apache-2.0 */
/* seal/may_sign.c - may this holder seal with this seal now (GM/T 0031-2014 6.2.2)? */
#include "seal/parts.h"

/* YX_REFUSED with the rule and the sentence of a check. */
static yx_status fail_check(const struct yx_check *check, struct yx_error *err)
{
    if (check->detail == NULL || check->detail->text == NULL)
        return yx_fail(err, YX_REFUSED, check->rule,
                       N_("the seal cannot be used; the check of it fails: {1}"),
                       yx_check_title(check->id));
    struct yx_error error = {YX_REFUSED, check->rule, *check->detail};
    return yx_pass_on(&error, err);
}

/* 6.2.2 b: the seal by 6.1.2; its period comes last. */
static yx_status judge(const struct yx_checks *checks, bool has_anchors, struct yx_error *err)
{
    for (const struct yx_check *check = checks->first; check != NULL; check = check->next) {
        bool counts = check->id != YX_CHECK_SEAL_PERIOD;
        bool untrusted =
            has_anchors && check->id == YX_CHECK_SEAL_MAKER_CHAIN && check->outcome == YX_UNKNOWN;
        if (counts && (check->outcome == YX_FAIL || untrusted))
            return fail_check(check, err);
    }
    return YX_OK;
}

static yx_status check_listed(const struct yx_seal *seal, const struct yx_cert *signer,
                              struct yx_error *err)
{
    yx_listed listed;
    YX_TRY(yx_seal_lists(seal, signer, &listed, err));
    YX_REQUIRE(listed != YX_LISTED_NOT, err, YX_REFUSED, "GM/T 0031-2014 6.2.2 c",
               N_("the certificate of {1} (serial {2}) is not in the seal's list; when it was "
                  "renewed or reissued, have the seal made again"),
               yx_cert_subject(signer), yx_cert_serial(signer));
    return YX_OK;
}

static yx_status check_period(const struct yx_checks *checks, struct yx_error *err)
{
    const struct yx_check *period = yx_checks_find(checks, YX_CHECK_SEAL_PERIOD);
    if (period != NULL && period->outcome == YX_FAIL)
        return fail_check(period, err);
    return YX_OK;
}

yx_status yx_seal_may_sign(const struct yx_seal *seal, const struct yx_cert *signer, yx_time now,
                           const struct yx_trust *trust, struct yx_error *err)
{
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    struct yx_checks checks = {0};
    struct yx_verify_options options = {.trust = trust, .at = now};
    struct yx_seal_context context = {.options = &options, .now = now, .used = now};
    bool has_anchors = trust != NULL && !yx_trust_is_empty(trust);
    YX_TRY(yx_cert_gate(signer, YX_ROLE_SEALER, trust, now, err));
    YX_TRY(yx_report_new(&report, err));
    YX_TRY(yx_seal_check(seal, &context, report, &checks, err));
    YX_TRY(yx_report_finish(report, err));
    YX_TRY(judge(&checks, has_anchors, err));
    YX_TRY(check_listed(seal, signer, err));
    return check_period(&checks, err);
}
