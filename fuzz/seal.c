/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/seal.c - any bytes as a seal, and as a seal signature. */
#include <stdlib.h>

#include "seal/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void verify_seal(struct yx_bytes bytes, const struct yx_verify_options *options)
{
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    if (yx_seal_verify(bytes, options, &report, NULL) != YX_OK || report->result == YX_VALID)
        abort(); /* nothing is trusted here */
}

static void verify_signature(struct yx_bytes bytes, const struct yx_verify_options *options)
{
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    struct yx_ses ses;
    if (yx_ses_parse(bytes, &ses, NULL) != YX_OK || yx_report_new(&report, NULL) != YX_OK)
        return;
    struct yx_report_signature *signature = yx_report_add_signature(report);
    if (signature == NULL)
        return;
    if (yx_ses_verify(&ses, options, true, NULL, report, signature, NULL) != YX_OK ||
        yx_report_finish(report, NULL) != YX_OK || report->result == YX_VALID)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct yx_verify_options options = {.at = INT64_C(1600000000) * YX_SECOND};
    verify_seal(YX_BYTES(data, size), &options);
    verify_signature(YX_BYTES(data, size), &options);
    return 0;
}
