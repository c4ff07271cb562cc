/* SPDX-License-Identifier: Apache-2.0 */
/* check.c - our own verifier looks at what was written before anybody gets it. */
#include "pdfsign/sealing.h"
#include "pdfverify/pdfverify.h"

#define RULE "ISO 32000-1 12.8"

/* What our own writing alone decides: none of it may fail. */
static const yx_check_id own_checks[] = {
    YX_CHECK_SIGNATURE_FORMAT,    YX_CHECK_SIGNATURE_VALUE, YX_CHECK_DOCUMENT_DIGEST,
    YX_CHECK_REFERENCES_COVERAGE, YX_CHECK_SEAL_FORMAT,     YX_CHECK_SEAL_SIGNATURE,
    YX_CHECK_SEAL_MATCH,          YX_CHECK_SIGNER_LISTED,   YX_CHECK_TIMESTAMP_TOKEN,
    YX_CHECK_CHANGES_AFTER,
};

static yx_status check_new(const struct yx_report_signature *made, struct yx_error *err)
{
    return yx_written_hold(&made->checks, own_checks, sizeof own_checks / sizeof *own_checks, err);
}

static const struct yx_report_signature *find(const struct yx_report *report, const char *id)
{
    const struct yx_report_signature *signature = report->signatures;
    while (signature != NULL && strcmp(signature->id, id) != 0)
        signature = signature->next;
    return signature;
}

static size_t count(const struct yx_report *report)
{
    size_t count = 0;
    for (const struct yx_report_signature *s = report->signatures; s != NULL; s = s->next)
        count++;
    return count;
}

/* Signatures stand in the order of the form's fields: their names tell which is which. */
static yx_status compare(const struct yx_report *before, const struct yx_report *after,
                         size_t added, struct yx_error *err)
{
    size_t fresh = 0;
    for (const struct yx_report_signature *now = after->signatures; now != NULL; now = now->next) {
        const struct yx_report_signature *old = find(before, now->id);
        fresh += old == NULL;
        YX_TRY(old == NULL ? check_new(now, err)
                           : yx_written_no_worse(&old->checks, &now->checks, YX_CHECK_COUNT, err));
    }
    YX_REQUIRE(fresh == added && count(after) == count(before) + added, err, YX_INTERNAL, RULE,
               N_("the signed document does not list all its signatures"));
    return YX_OK;
}

yx_status yx_pdf_check_written(const struct yx_source *before, const struct yx_source *after,
                               const struct yx_verify_options *options, size_t added,
                               struct yx_error *err)
{
    YX_CLEAN(yx_report) struct yx_report *old = NULL;
    YX_CLEAN(yx_report) struct yx_report *now = NULL;
    if (before != NULL)
        YX_TRY(yx_pdf_verify_written(before, options, &old, err));
    else
        YX_TRY(yx_report_new(&old, err));
    YX_TRY(yx_pdf_verify_written(after, options, &now, err));
    const yx_check_id container = YX_CHECK_CONTAINER_SAFE;
    YX_TRY(yx_written_hold(&now->checks, &container, 1, err));
    return compare(old, now, added, err);
}
