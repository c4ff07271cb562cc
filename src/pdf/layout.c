/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout.c - the bytes of an update (ISO 32000-1 7.5.6): objects, cross-reference section of the
 * kind that the file ends with, trailer. Writing file and tail is in tail.c.
 *
 * The trailer carries on every entry of the one before but Prev; the update of a hybrid file is a
 * plain table and has no XRefStm.
 */
#include <stdlib.h>

#include "pdf/update.h"

#define UPDATE "ISO 32000-1 7.5.6"
/* A table has ten digits for an offset (ISO 32000-1 7.5.4). */
#define TABLE_OFFSET_MAX UINT64_C(9999999999)
/* "/ByteRange [0 x y z]" with numbers of up to 20 digits. */
#define BYTE_RANGE_WIDTH 80
#define ID_SIZE 16

struct layout {
    struct yx_pdf_update *update;
    struct yx_pdf *pdf;
    struct yx_buf *out;
    size_t byte_range;      /* where in `out` the ByteRange goes */
    size_t contents;        /* where in `out` '<' stands */
    size_t contents_length; /* 0: no signature */
    struct yx_error *err;
};

static uint64_t position(const struct layout *layout)
{
    return layout->pdf->size + layout->out->len;
}

static yx_status put_text(struct layout *layout, const char *text)
{
    return yx_buf_append_text(layout->out, text) == YX_OK ? YX_OK : yx_fail_memory(layout->err);
}

static yx_status put_bytes(struct layout *layout, struct yx_bytes bytes)
{
    return yx_buf_append(layout->out, bytes) == YX_OK ? YX_OK : yx_fail_memory(layout->err);
}

static yx_status put_fill(struct layout *layout, uint8_t fill, size_t count)
{
    if (yx_buf_reserve(layout->out, count) != YX_OK)
        return yx_fail_memory(layout->err);
    memset(layout->out->data + layout->out->len, fill, count);
    layout->out->len += count;
    return YX_OK;
}

/* --- Objects ----------------------------------------------------------------------------- */

static yx_status put_stream(struct layout *layout, const struct yx_pdf_new_object *object)
{
    YX_TRY(put_text(layout, "<< "));
    YX_TRY(put_bytes(layout, object->text));
    if (yx_buf_printf(layout->out, " /Length %zu >>\nstream\n", object->data.len) != YX_OK)
        return yx_fail_memory(layout->err);
    YX_TRY(put_bytes(layout, object->data));
    return put_text(layout, "\nendstream");
}

/* The placeholders: spaces for the ByteRange, zeros for the value. */
static yx_status put_signature(struct layout *layout, const struct yx_pdf_new_object *object)
{
    YX_TRY(put_text(layout, "<< "));
    YX_TRY(put_bytes(layout, object->text));
    YX_TRY(put_text(layout, " "));
    layout->byte_range = layout->out->len;
    YX_TRY(put_fill(layout, ' ', BYTE_RANGE_WIDTH));
    YX_TRY(put_text(layout, " /Contents "));
    layout->contents = layout->out->len;
    layout->contents_length = 2 * object->contents_size + 2;
    YX_TRY(put_text(layout, "<"));
    YX_TRY(put_fill(layout, '0', 2 * object->contents_size));
    return put_text(layout, "> >>");
}

static yx_status put_object(struct layout *layout, struct yx_pdf_new_object *object)
{
    object->offset = position(layout);
    if (yx_buf_printf(layout->out, "%d %d obj\n", object->ref.id, object->ref.generation) != YX_OK)
        return yx_fail_memory(layout->err);
    if (object->kind == YX_PDF_STREAM)
        YX_TRY(put_stream(layout, object));
    else if (object->kind == YX_PDF_SIGNATURE)
        YX_TRY(put_signature(layout, object));
    else
        YX_TRY(put_bytes(layout, object->text));
    return put_text(layout, "\nendobj\n");
}

static int compare_objects(const void *a, const void *b)
{
    const struct yx_pdf_new_object *left = a, *right = b;
    if (left->ref.id != right->ref.id)
        return left->ref.id < right->ref.id ? -1 : 1;
    return left->sequence < right->sequence ? -1 : 1;
}

/* Sorts by number, as the cross-reference section wants it; of an object given twice the latest
 * stays. */
static void sort_objects(struct yx_pdf_update *update)
{
    qsort(update->objects, update->object_count, sizeof *update->objects, compare_objects);
    size_t kept = 0;
    for (size_t i = 1; i < update->object_count; i++) {
        kept += update->objects[i].ref.id != update->objects[kept].ref.id;
        update->objects[kept] = update->objects[i];
    }
    update->object_count = kept + 1;
}

/* --- Trailer ----------------------------------------------------------------------------- */

/* The first half of the file's ID stays, the second names this version (ISO 32000-1 14.4): a
 * digest of the update, so that the same update always has the same bytes. */
static yx_status make_id(struct layout *layout, struct yx_buf *out)
{
    struct yx_pdf *pdf = layout->pdf;
    uint8_t digest[YX_DIGEST_MAX];
    YX_TRY(yx_digest(YX_DIGEST_SHA256, yx_buf_bytes(layout->out), digest, layout->err));
    YX_CLEAN(yx_buf) struct yx_buf first = {0};
    qpdf_oh id = yx_pdf_get(pdf, qpdf_get_trailer(pdf->qpdf), "/ID");
    YX_TRY(yx_pdf_string(pdf, yx_pdf_item(pdf, id, 0), &first, layout->err));
    struct yx_bytes fresh = YX_BYTES(digest, ID_SIZE);
    if (yx_buf_append_text(out, "[") != YX_OK ||
        yx_pdf_put_hex(out, first.len > 0 ? yx_buf_bytes(&first) : fresh) != YX_OK ||
        yx_pdf_put_hex(out, fresh) != YX_OK || yx_buf_append_text(out, "]") != YX_OK)
        return yx_fail_memory(layout->err);
    return YX_OK;
}

/* The trailer's entries; `index`, `widths` and `length` are those of a cross-reference stream, or
 * NULL. Entries that describe the section before go. */
static yx_status put_trailer(struct layout *layout, const char *index, const char *widths,
                             const char *length)
{
    YX_CLEAN(yx_buf) struct yx_buf id = {0};
    YX_TRY(make_id(layout, &id));
    struct yx_number_text size = yx_number_text(layout->update->next);
    struct yx_number_text prev = yx_number_text((int64_t)layout->pdf->last_xref);
    const struct yx_bytes none = {0};
    const struct yx_pdf_edit edits[] = {
        {"/Type", index != NULL ? YX_TEXT("/XRef") : none},
        {"/Size", YX_TEXT(size.text)},
        {"/Prev", YX_TEXT(prev.text)},
        {"/ID", yx_buf_bytes(&id)},
        {"/Index", index != NULL ? YX_TEXT(index) : none},
        {"/W", index != NULL ? YX_TEXT(widths) : none},
        {"/Length", index != NULL ? YX_TEXT(length) : none},
        {"/XRefStm", none},
        {"/Encrypt", none},
        {"/Filter", none},
        {"/DecodeParms", none},
        {"/F", none},
        {"/FFilter", none},
        {"/FDecodeParms", none},
        {"/DL", none},
    };
    return yx_pdf_edit_dictionary(layout->pdf, qpdf_get_trailer(layout->pdf->qpdf), edits,
                                  sizeof edits / sizeof edits[0], layout->out, layout->err);
}

/* --- Cross-reference section -------------------------------------------------------------- */

/* How many objects from `first` on have consecutive numbers: one subsection. */
static size_t run_length(const struct yx_pdf_update *update, size_t first)
{
    size_t count = 1;
    while (first + count < update->object_count &&
           update->objects[first + count].ref.id == update->objects[first].ref.id + (int)count)
        count++;
    return count;
}

static yx_status put_table(struct layout *layout)
{
    struct yx_pdf_update *update = layout->update;
    YX_TRY(put_text(layout, "xref\n"));
    size_t run = 0;
    for (size_t i = 0; i < update->object_count; i++, run--) {
        const struct yx_pdf_new_object *object = &update->objects[i];
        YX_REQUIRE(object->offset <= TABLE_OFFSET_MAX, layout->err, YX_REFUSED, "ISO 32000-1 7.5.4",
                   N_("the file is too large for a cross-reference table, which ends at {1} bytes"),
                   YX_NUM(TABLE_OFFSET_MAX));
        if (run == 0) {
            run = run_length(update, i);
            if (yx_buf_printf(layout->out, "%d %zu\n", object->ref.id, run) != YX_OK)
                return yx_fail_memory(layout->err);
        }
        if (yx_buf_printf(layout->out, "%010llu %05d n \n", (unsigned long long)object->offset,
                          object->ref.generation) != YX_OK)
            return yx_fail_memory(layout->err);
    }
    YX_TRY(put_text(layout, "trailer\n"));
    YX_TRY(put_trailer(layout, NULL, NULL, NULL));
    return put_text(layout, "\n");
}

static yx_status put_index(struct layout *layout, struct yx_buf *out)
{
    struct yx_pdf_update *update = layout->update;
    const char *before = "[";
    for (size_t i = 0, run; i < update->object_count; i += run, before = " ") {
        run = run_length(update, i);
        if (yx_buf_printf(out, "%s%d %zu", before, update->objects[i].ref.id, run) != YX_OK)
            return yx_fail_memory(layout->err);
    }
    return yx_buf_append_text(out, "]") == YX_OK ? YX_OK : yx_fail_memory(layout->err);
}

/* Entries of type 1: 1, offset, generation (ISO 32000-1 7.5.8.3), big-endian. */
static yx_status put_stream_entries(struct layout *layout, unsigned width, struct yx_buf *out)
{
    struct yx_pdf_update *update = layout->update;
    for (size_t i = 0; i < update->object_count; i++) {
        const struct yx_pdf_new_object *object = &update->objects[i];
        uint8_t entry[11] = {1};
        for (unsigned k = 0; k < width; k++)
            entry[1 + k] = (uint8_t)(object->offset >> (8 * (width - 1 - k)));
        entry[1 + width] = (uint8_t)(object->ref.generation >> 8);
        entry[2 + width] = (uint8_t)object->ref.generation;
        if (yx_buf_append(out, YX_BYTES(entry, width + 3)) != YX_OK)
            return yx_fail_memory(layout->err);
    }
    return YX_OK;
}

static unsigned offset_width(uint64_t offset)
{
    unsigned width = 1;
    while (width < 8 && offset >> (8 * width) != 0)
        width++;
    return width;
}

/* The stream lists itself, too: it takes the last number. */
static yx_status put_xref_stream(struct layout *layout)
{
    struct yx_pdf_update *update = layout->update;
    struct yx_pdf_ref ref = yx_pdf_update_reserve(update);
    YX_TRY(yx_pdf_update_object(update, ref, (struct yx_bytes){0}, layout->err));
    update->objects[update->object_count - 1].offset = position(layout);
    YX_CLEAN(yx_buf) struct yx_buf index = {0}, entries = {0};
    unsigned width = offset_width(position(layout));
    char widths[24];
    snprintf(widths, sizeof widths, "[1 %u 2]", width);
    YX_TRY(put_index(layout, &index));
    YX_TRY(put_stream_entries(layout, width, &entries));
    if (yx_buf_append(&index, YX_BYTES("", 1)) != YX_OK ||
        yx_buf_printf(layout->out, "%d 0 obj\n", ref.id) != YX_OK)
        return yx_fail_memory(layout->err);
    struct yx_number_text length = yx_number_text((int64_t)entries.len);
    YX_TRY(put_trailer(layout, (const char *)index.data, widths, length.text));
    YX_TRY(put_text(layout, "\nstream\n"));
    YX_TRY(put_bytes(layout, yx_buf_bytes(&entries)));
    return put_text(layout, "\nendstream\nendobj\n");
}

/* --- All of it --------------------------------------------------------------------------- */

/* An object must begin on a line of its own, whatever stands behind %%EOF. */
static yx_status end_last_line(struct layout *layout)
{
    uint8_t last;
    YX_TRY(yx_source_read(layout->pdf->source, layout->pdf->size - 1, &last, 1, layout->err));
    return last == '\n' || last == '\r' ? YX_OK : put_text(layout, "\n");
}

/* ByteRange: all before '<' and all behind '>' (ISO 32000-1 12.8.1). */
static void fill_byte_range(struct layout *layout)
{
    char text[BYTE_RANGE_WIDTH + 1];
    uint64_t before = layout->pdf->size + layout->contents;
    uint64_t behind = before + layout->contents_length;
    int len =
        snprintf(text, sizeof text, "/ByteRange [0 %llu %llu %llu]", (unsigned long long)before,
                 (unsigned long long)behind, (unsigned long long)(position(layout) - behind));
    memcpy(layout->out->data + layout->byte_range, text, (size_t)len);
}

static yx_status lay_out(struct layout *layout)
{
    struct yx_pdf_update *update = layout->update;
    YX_TRY(yx_pdf_update_attach(update, layout->err));
    YX_REQUIRE(update->object_count > 0, layout->err, YX_INTERNAL, UPDATE,
               N_("an update changes nothing"));
    sort_objects(update);
    YX_TRY(end_last_line(layout));
    for (size_t i = 0; i < update->object_count; i++)
        YX_TRY(put_object(layout, &update->objects[i]));
    YX_REQUIRE(update->next < YX_PDF_OBJECTS_MAX, layout->err, YX_REFUSED, "ISO 32000-1 Annex C",
               N_("the file has more than {1} objects"), YX_NUM(YX_PDF_OBJECTS_MAX));
    uint64_t xref = position(layout);
    YX_TRY(layout->pdf->xref_kind == YX_PDF_XREF_TABLE ? put_table(layout)
                                                       : put_xref_stream(layout));
    if (yx_buf_printf(layout->out, "startxref\n%llu\n%%%%EOF\n", (unsigned long long)xref) != YX_OK)
        return yx_fail_memory(layout->err);
    if (layout->contents_length > 0)
        fill_byte_range(layout);
    return yx_pdf_check(layout->pdf, layout->err);
}

yx_status yx_pdf_update_layout(struct yx_pdf_update *update, struct yx_pdf_tail *out,
                               struct yx_error *err)
{
    YX_REQUIRE(!update->is_laid_out, err, YX_INTERNAL, UPDATE, N_("an update is laid out once"));
    update->is_laid_out = true;
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
    struct layout layout = {.update = update, .pdf = update->pdf, .out = &bytes, .err = err};
    YX_TRY(lay_out(&layout));
    *out = (struct yx_pdf_tail){.bytes = bytes};
    if (layout.contents_length > 0) {
        out->contents_offset = update->pdf->size + layout.contents;
        out->contents_length = layout.contents_length;
    }
    bytes = (struct yx_buf){0};
    return YX_OK;
}
