/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/pdf_verify.c - any bytes as a PDF to be verified, and as what was appended to one. */
#include <stdlib.h>

#include "pdfchanges/pdfchanges.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Nothing is trusted here: nothing may come out as valid. */
static void verify(const struct yx_source *source)
{
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    const struct yx_verify_options options = {.at = INT64_C(1795219200) * YX_SECOND};
    if (yx_pdf_verify(source, &options, &report, NULL) != YX_OK)
        return;
    if (report->result == YX_VALID)
        abort();
}

/* The structure alone, from the first "%%EOF" on, also where qpdf refuses the file. */
static void walk(const struct yx_source *source, struct yx_bytes bytes)
{
    YX_CLEAN(yx_pdf_xref) struct yx_pdf_xref xref = {0};
    size_t count;
    bool ends;
    if (yx_pdf_xref_read(source, bytes.len, &xref, NULL) != YX_OK)
        return;
    const uint8_t *mark = memmem(bytes.data, bytes.len, "%%EOF", 5);
    uint64_t end = mark == NULL ? 0 : (uint64_t)(mark - bytes.data) + 5;
    (void)yx_pdf_revision_ends(source, end, &ends, NULL);
    (void)yx_pdf_revisions_walk(source, end, &xref, &count, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    if (yx_source_borrow(YX_BYTES(data, size), &source, NULL) != YX_OK)
        return 0;
    verify(source);
    walk(source, YX_BYTES(data, size));
    return 0;
}
