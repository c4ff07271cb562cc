/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a PDF file: opened, and what opens gets an update, behind which it opens again. */
#include <stdlib.h>

#include "pdf/pdf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static yx_status add_all(struct yx_pdf *pdf, struct yx_pdf_update *update)
{
    struct yx_pdf_ref value = yx_pdf_update_reserve(update), field = yx_pdf_update_reserve(update);
    YX_TRY(yx_pdf_update_signature(update, value, YX_TEXT("/Type /Sig"), 64, NULL));
    YX_TRY(yx_pdf_update_object(
        update, field, YX_TEXT("<< /Type /Annot /Subtype /Widget /FT /Sig /Rect [0 0 0 0] >>"),
        NULL));
    YX_TRY(yx_pdf_update_add_annotation(update, 0, field, NULL));
    YX_TRY(yx_pdf_update_add_annotation(update, pdf->page_count - 1, field, NULL));
    YX_TRY(yx_pdf_update_add_field(update, field, NULL));
    return yx_pdf_update_set_catalog(update, "/Extensions", YX_TEXT("<< >>"), NULL);
}

static yx_status update_and_write(const struct yx_source *source, struct yx_pdf *pdf,
                                  struct yx_buf *out)
{
    YX_CLEAN(yx_pdf_update) struct yx_pdf_update *update = NULL;
    YX_CLEAN(yx_pdf_tail) struct yx_pdf_tail tail = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    YX_TRY(yx_pdf_update_new(pdf, &update, NULL));
    YX_TRY(add_all(pdf, update));
    YX_TRY(yx_pdf_update_layout(update, &tail, NULL));
    YX_TRY(yx_sink_memory(out, &sink, NULL));
    YX_TRY(yx_pdf_tail_write(source, &tail, YX_TEXT("value"), NULL, sink, NULL));
    return yx_sink_commit(sink, NULL);
}

static yx_status open_again(struct yx_bytes bytes, uint32_t pages)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_pdf) struct yx_pdf *pdf = NULL;
    YX_TRY(yx_source_borrow(bytes, &source, NULL));
    YX_TRY(yx_pdf_open(source, &pdf, NULL));
    if (pdf->page_count != pages)
        abort();
    return YX_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_pdf) struct yx_pdf *pdf = NULL;
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    if (yx_source_borrow(YX_BYTES(data, size), &source, NULL) != YX_OK ||
        yx_pdf_open(source, &pdf, NULL) != YX_OK)
        return 0;
    double width, height;
    for (uint32_t page = 1; page <= pdf->page_count; page++) {
        if (yx_pdf_page_size(pdf, page, &width, &height, NULL) != YX_OK)
            abort();
    }
    if (update_and_write(source, pdf, &out) == YX_OK &&
        open_again(yx_buf_bytes(&out), pdf->page_count) != YX_OK)
        abort();
    return 0;
}
