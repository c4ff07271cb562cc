/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal/carried.c - verifies a seal that a signature of another kind carries: a PDF signature holds
 * the seal as a signed attribute, so value, digest and time are the other signature's business.
 * Seal signatures proper are verified in ses_verify.c.
 */
#include "seal/parts.h"

static yx_status check(const struct yx_seal *seal, const struct yx_cert *signer,
                       const struct yx_seal_context *context, struct yx_report *report,
                       struct yx_report_signature *signature, struct yx_error *err)
{
    signature->seal = yx_report_seal_new(report, seal);
    if (signature->seal == NULL)
        return yx_fail_memory(err);
    YX_TRY(yx_check_listed(seal, signer, report, &signature->checks, err));
    return yx_seal_check(seal, context, report, &signature->checks, err);
}

yx_status yx_seal_verify_carried(struct yx_bytes der, const struct yx_cert *signer, yx_time used,
                                 const struct yx_verify_options *options, struct yx_seal **seal,
                                 struct yx_report *report, struct yx_report_signature *signature,
                                 struct yx_error *err)
{
    struct yx_error error = {0};
    struct yx_seal_context context = {.options = options, .now = options->at, .used = used};
    *seal = NULL;
    yx_status status = yx_seal_from_der(der, seal, &error);
    if (status == YX_OK)
        return check(*seal, signer, &context, report, signature, err);
    if (!yx_is_finding(status))
        return yx_pass_on(&error, err);
    yx_check_note_error(report, &signature->checks, YX_CHECK_SEAL_FORMAT, YX_FAIL, NULL, &error);
    return YX_OK;
}
