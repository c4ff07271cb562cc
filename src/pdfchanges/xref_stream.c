/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xref_stream.c - cross-reference streams (ISO 32000-1 7.5.8): Flate or nothing, with the PNG
 * predictors (7.4.4.4). Rows are taken while they are inflated: nothing grows with what a stream
 * claims to hold.
 */
#include <stdlib.h>

#include <zlib.h>

#include "pdfchanges/xref.h"

#define RULE "ISO 32000-1 7.5.8"
#define ROW_MAX 64
#define RANGES_MAX 8192

/* What the dictionary says. */
struct layout {
    const struct yx_source *source;
    struct yx_pdf_section *section;
    bool is_xref;
    int64_t size, length;
    bool has_size, has_length;
    int64_t widths[3];
    size_t width_count;
    int64_t ranges[RANGES_MAX];
    size_t range_count;
    bool flate;
    int64_t predictor, columns, colors, bits;
};

static yx_status malformed(const struct layout *layout, struct yx_error *err)
{
    return yx_fail(err, YX_DAMAGED, RULE, N_("the cross-reference stream at byte {1} is malformed"),
                   YX_NUM(layout->section->offset));
}

/* --- Dictionary -------------------------------------------------------------------------- */

static yx_status visit_parameters(void *context, const char *key, const struct yx_pdf_value *value,
                                  struct yx_error *err)
{
    struct layout *layout = context;
    (void)err;
    int64_t number =
        value->first.type == YX_PDF_INTEGER && !value->is_reference ? value->first.integer : -1;
    if (strcmp(key, "Predictor") == 0)
        layout->predictor = number;
    if (strcmp(key, "Columns") == 0)
        layout->columns = number;
    if (strcmp(key, "Colors") == 0)
        layout->colors = number;
    if (strcmp(key, "BitsPerComponent") == 0)
        layout->bits = number;
    return YX_OK;
}

/* A filter or its parameters may stand in an array of one. */
static yx_status open_single(const struct layout *layout, const struct yx_pdf_value *value,
                             struct yx_pdf_lexer *lexer, struct yx_pdf_token *first,
                             struct yx_error *err)
{
    yx_pdf_lexer_start(lexer, layout->source, value->first.start, value->end);
    YX_TRY(yx_pdf_lexer_next(lexer, first, err));
    return first->type == YX_PDF_ARRAY_OPEN ? yx_pdf_lexer_next(lexer, first, err) : YX_OK;
}

static yx_status read_filter(struct layout *layout, const struct yx_pdf_value *value,
                             struct yx_error *err)
{
    struct yx_pdf_lexer lexer;
    struct yx_pdf_token name, end;
    YX_TRY(open_single(layout, value, &lexer, &name, err));
    if (name.type == YX_PDF_ARRAY_CLOSE)
        return YX_OK;
    YX_TRY(yx_pdf_lexer_next(&lexer, &end, err));
    layout->flate = name.type == YX_PDF_NAME && strcmp(name.text, "FlateDecode") == 0;
    if (!layout->flate || (end.type != YX_PDF_END && end.type != YX_PDF_ARRAY_CLOSE))
        return malformed(layout, err);
    return YX_OK;
}

static yx_status read_parameters(struct layout *layout, const struct yx_pdf_value *value,
                                 struct yx_error *err)
{
    struct yx_pdf_lexer lexer;
    struct yx_pdf_token first;
    YX_TRY(open_single(layout, value, &lexer, &first, err));
    if (first.type != YX_PDF_DICTIONARY_OPEN)
        return YX_OK;
    return yx_pdf_lexer_dictionary(&lexer, visit_parameters, layout, err);
}

static yx_status visit(void *context, const char *key, const struct yx_pdf_value *value,
                       struct yx_error *err)
{
    struct layout *layout = context;
    bool number = value->first.type == YX_PDF_INTEGER && !value->is_reference;
    if (strcmp(key, "Type") == 0)
        layout->is_xref = strcmp(value->first.text, "XRef") == 0;
    if (strcmp(key, "Size") == 0 && number) {
        layout->has_size = true;
        layout->size = value->first.integer;
    }
    if (strcmp(key, "Length") == 0 && number) {
        layout->has_length = true;
        layout->length = value->first.integer;
    }
    if (strcmp(key, "W") == 0)
        return yx_pdf_value_integers(layout->source, value, layout->widths, 3, &layout->width_count,
                                     err);
    if (strcmp(key, "Index") == 0)
        return yx_pdf_value_integers(layout->source, value, layout->ranges, RANGES_MAX,
                                     &layout->range_count, err);
    if (strcmp(key, "Filter") == 0)
        return read_filter(layout, value, err);
    if (strcmp(key, "DecodeParms") == 0)
        return read_parameters(layout, value, err);
    return yx_pdf_section_entry(layout->section, key, value, err);
}

static yx_status check_layout(struct layout *layout, struct yx_error *err)
{
    bool ok = layout->is_xref && layout->has_size && layout->has_length && layout->length >= 0 &&
              layout->size >= 0 && layout->size <= YX_PDF_OBJECTS_MAX + 1 &&
              layout->width_count == 3 && layout->range_count % 2 == 0;
    for (size_t i = 0; ok && i < 3; i++)
        ok = layout->widths[i] >= 0 && layout->widths[i] <= 8;
    if (!ok || layout->widths[0] + layout->widths[1] + layout->widths[2] == 0)
        return malformed(layout, err);
    if (layout->range_count == 0) {
        layout->ranges[1] = layout->size;
        layout->range_count = 2;
    }
    for (size_t i = 0; i < layout->range_count; i++)
        if (layout->ranges[i] < 0 || layout->ranges[i] > YX_PDF_OBJECTS_MAX + 1)
            return malformed(layout, err);
    int64_t row = layout->widths[0] + layout->widths[1] + layout->widths[2];
    bool plain = layout->predictor == 1;
    bool png = layout->predictor >= 10 && layout->predictor <= 15 && layout->columns == row &&
               layout->colors == 1 && layout->bits == 8;
    return plain || (png && layout->flate) ? YX_OK : malformed(layout, err);
}

/* --- Rows -------------------------------------------------------------------------------- */

/* Collects decoded bytes to rows, and rows to entries. */
struct rows {
    const struct layout *layout;
    struct yx_pdf_xref *xref;
    uint32_t order;
    uint8_t row[ROW_MAX + 1], above[ROW_MAX + 1]; /* the filter type in front */
    size_t filled, want;
    size_t range;
    int64_t index; /* in the range */
    bool done;
};

static uint64_t field(const uint8_t **at, int64_t width)
{
    uint64_t value = 0;
    for (int64_t i = 0; i < width; i++)
        value = value << 8 | *(*at)++;
    return value;
}

/* 7.4.4.4, with one byte per pixel */
static uint8_t paeth(uint8_t left, uint8_t above, uint8_t corner)
{
    int estimate = left + above - corner;
    int a = abs(estimate - left), b = abs(estimate - above), c = abs(estimate - corner);
    if (a <= b && a <= c)
        return left;
    return b <= c ? above : corner;
}

static bool undo_filter(struct rows *rows)
{
    uint8_t type = rows->row[0];
    for (size_t i = 1; i < rows->want; i++) {
        uint8_t left = i > 1 ? rows->row[i - 1] : 0;
        uint8_t above = rows->above[i], corner = i > 1 ? rows->above[i - 1] : 0;
        const uint8_t added[] = {0, left, above, (uint8_t)((left + above) / 2),
                                 paeth(left, above, corner)};
        if (type >= sizeof added)
            return false;
        rows->row[i] = (uint8_t)(rows->row[i] + added[type]);
    }
    memcpy(rows->above, rows->row, rows->want);
    return true;
}

static yx_status add_row(struct rows *rows, const uint8_t *bytes, struct yx_error *err)
{
    const int64_t *widths = rows->layout->widths, *range = rows->layout->ranges + rows->range;
    uint64_t kind = widths[0] == 0 ? 1 : field(&bytes, widths[0]);
    uint64_t value = field(&bytes, widths[1]), last = field(&bytes, widths[2]);
    int64_t id = range[0] + rows->index++;
    if (rows->index >= range[1]) {
        rows->range += 2;
        rows->index = 0;
    }
    if (kind > YX_PDF_IN_STREAM || last > YX_PDF_OBJECTS_MAX || id > YX_PDF_OBJECTS_MAX ||
        (kind == YX_PDF_IN_STREAM && value > YX_PDF_OBJECTS_MAX))
        return malformed(rows->layout, err);
    return yx_pdf_xref_add(rows->xref,
                           &(struct yx_pdf_entry){
                               .id = (int)id,
                               .generation = (int)last,
                               .value = value,
                               .order = rows->order,
                               .kind = (enum yx_pdf_entry_kind)kind,
                           },
                           err);
}

/* Passes over empty ranges. */
static void settle_range(struct rows *rows)
{
    const struct layout *layout = rows->layout;
    while (rows->range < layout->range_count && layout->ranges[rows->range + 1] == 0)
        rows->range += 2;
    rows->done = rows->range >= layout->range_count;
}

static yx_status take_decoded(struct rows *rows, const uint8_t *bytes, size_t len,
                              struct yx_error *err)
{
    bool filtered = rows->layout->predictor != 1;
    for (size_t i = 0; i < len && !rows->done; i++) {
        rows->row[rows->filled++] = bytes[i];
        if (rows->filled < rows->want)
            continue;
        rows->filled = 0;
        if (filtered && !undo_filter(rows))
            return malformed(rows->layout, err);
        YX_TRY(add_row(rows, rows->row + filtered, err));
        settle_range(rows);
    }
    return YX_OK;
}

/* --- Data -------------------------------------------------------------------------------- */

static void end_inflate(z_stream *stream)
{
    inflateEnd(stream);
}
YX_DEFINE_CLEAN_VALUE(inflating, z_stream, end_inflate);

static yx_status inflate_piece(struct rows *rows, z_stream *stream, bool *ended,
                               struct yx_error *err)
{
    uint8_t decoded[4096];
    do {
        stream->next_out = decoded;
        stream->avail_out = sizeof decoded;
        int result = inflate(stream, Z_NO_FLUSH);
        if (result == Z_MEM_ERROR)
            return yx_fail_memory(err);
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            return malformed(rows->layout, err);
        *ended = result == Z_STREAM_END;
        YX_TRY(take_decoded(rows, decoded, sizeof decoded - stream->avail_out, err));
    } while (!*ended && !rows->done && stream->avail_out == 0);
    return YX_OK;
}

static yx_status read_data(struct rows *rows, uint64_t start, struct yx_error *err)
{
    uint8_t piece[4096];
    bool ended = false;
    uint64_t left = (uint64_t)rows->layout->length;
    YX_CLEAN(inflating) z_stream stream = {0};
    if (inflateInit(&stream) != Z_OK)
        return yx_fail_memory(err);
    while (left > 0 && !ended && !rows->done) {
        size_t len = left < sizeof piece ? (size_t)left : sizeof piece;
        YX_TRY(yx_source_read(rows->layout->source, start, piece, len, err));
        start += len;
        left -= len;
        if (!rows->layout->flate) {
            YX_TRY(take_decoded(rows, piece, len, err));
            continue;
        }
        stream.next_in = piece;
        stream.avail_in = (unsigned)len;
        YX_TRY(inflate_piece(rows, &stream, &ended, err));
    }
    return rows->done ? YX_OK : malformed(rows->layout, err);
}

/* The data start behind "stream" and its end-of-line marker (7.3.8.1). */
static yx_status find_data(struct yx_pdf_lexer *lexer, const struct layout *layout,
                           struct yx_error *err)
{
    struct yx_pdf_token token;
    YX_TRY(yx_pdf_lexer_next(lexer, &token, err));
    if (!yx_pdf_is_keyword(&token, "stream"))
        return malformed(layout, err);
    if (yx_pdf_lexer_peek(lexer) == '\r')
        lexer->position++;
    if (yx_pdf_lexer_peek(lexer) == '\n')
        lexer->position++;
    return YX_OK;
}

static yx_status read_stream(struct layout *layout, uint64_t size, uint32_t order,
                             struct yx_pdf_xref *xref, struct yx_error *err)
{
    struct yx_pdf_lexer lexer;
    struct yx_pdf_token token;
    struct yx_pdf_ref ref;
    yx_pdf_lexer_start(&lexer, layout->source, layout->section->offset, size);
    YX_TRY(yx_pdf_lexer_object(&lexer, &ref, err));
    layout->section->stream_id = ref.id;
    YX_TRY(yx_pdf_lexer_next(&lexer, &token, err));
    if (token.type != YX_PDF_DICTIONARY_OPEN)
        return malformed(layout, err);
    YX_TRY(yx_pdf_lexer_dictionary(&lexer, visit, layout, err));
    YX_TRY(check_layout(layout, err));
    YX_TRY(find_data(&lexer, layout, err));
    struct rows rows = {.layout = layout, .xref = xref, .order = order};
    int64_t row = layout->widths[0] + layout->widths[1] + layout->widths[2];
    rows.want = (size_t)row + (layout->predictor != 1);
    settle_range(&rows);
    return read_data(&rows, lexer.position, err);
}

yx_status yx_pdf_xref_stream(const struct yx_source *source, uint64_t size,
                             struct yx_pdf_section *section, uint32_t order,
                             struct yx_pdf_xref *xref, struct yx_error *err)
{
    struct layout *layout = calloc(1, sizeof *layout);
    if (layout == NULL)
        return yx_fail_memory(err);
    layout->source = source;
    layout->section = section;
    layout->predictor = layout->columns = layout->colors = 1;
    layout->bits = 8;
    yx_status status = read_stream(layout, size, order, xref, err);
    free(layout);
    return status;
}
