/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uses.c - who in the signed revision refers to objects that differ now. Reads every
 * object's own bytes, but no stream data except those of object streams; also finds references to
 * numbers that did not exist when the document was signed, and were waiting to be filled.
 */
#include <stdlib.h>

#include "pdfchanges/changes.h"

#define USES_MAX 4000000u
#define OBJECT_STREAM_MAX (256u * 1024 * 1024)
#define RULE_STREAM "ISO 32000-1 7.5.7"

static yx_status add_use(struct yx_pdf_comparison *c, int target, int by, struct yx_error *err)
{
    YX_REQUIRE(c->use_count < USES_MAX, err, YX_DAMAGED, "ISO 32000-1 7.3.10",
               N_("the changed objects are referred to from more than {1} places"),
               YX_NUM(USES_MAX));
    if (c->use_count == c->use_cap) {
        size_t cap = c->use_cap == 0 ? 64 : c->use_cap * 2;
        struct yx_pdf_use *grown = reallocarray(c->uses, cap, sizeof *grown);
        if (grown == NULL)
            return yx_fail_memory(err);
        c->uses = grown;
        c->use_cap = cap;
    }
    c->uses[c->use_count++] = (struct yx_pdf_use){target, by};
    return YX_OK;
}

/* Every reference up to the end of the object. */
static yx_status scan(struct yx_pdf_comparison *c, struct yx_pdf_lexer *lexer, int by,
                      struct yx_error *err)
{
    struct yx_pdf_token token;
    struct yx_pdf_ref ref;
    for (;;) {
        YX_TRY(yx_pdf_lexer_next(lexer, &token, err));
        if (token.type == YX_PDF_END || yx_pdf_is_keyword(&token, "endobj") ||
            yx_pdf_is_keyword(&token, "stream"))
            return YX_OK;
        if (yx_pdf_lexer_reference(lexer, &token, &ref) && yx_pdf_changed(c, ref.id) != NULL)
            YX_TRY(add_use(c, ref.id, by, err));
    }
}

/* --- Object streams ---------------------------------------------------------------------- */

/* Does the signed revision take this object from this stream? */
static bool lives_in(const struct yx_pdf_comparison *c, int64_t id, int stream)
{
    if (id < 1 || id > YX_PDF_OBJECTS_MAX)
        return false;
    const struct yx_pdf_entry *entry = yx_pdf_xref_find(c->xref_then, (int)id);
    return entry != NULL && entry->kind == YX_PDF_IN_STREAM && entry->value == (uint64_t)stream;
}

/* N pairs of number and offset, and from First on the objects (7.5.7). */
static yx_status scan_objects(struct yx_pdf_comparison *c, const struct yx_source *data, int stream,
                              int64_t count, int64_t first, struct yx_error *err)
{
    struct yx_pdf_lexer head, body;
    uint64_t size = yx_source_size(data);
    yx_pdf_lexer_start(&head, data, 0, (uint64_t)first);
    for (int64_t i = 0; i < count; i++) {
        struct yx_pdf_token id, offset, next;
        YX_TRY(yx_pdf_lexer_next(&head, &id, err));
        YX_TRY(yx_pdf_lexer_next(&head, &offset, err));
        uint64_t position = head.position;
        YX_TRY(yx_pdf_lexer_next(&head, &next, err)); /* the number of the one behind */
        YX_TRY(yx_pdf_lexer_next(&head, &next, err));
        head.position = position;
        YX_REQUIRE(id.type == YX_PDF_INTEGER && offset.type == YX_PDF_INTEGER &&
                       offset.integer >= 0 && (uint64_t)offset.integer <= size - (uint64_t)first,
                   err, YX_DAMAGED, RULE_STREAM, N_("the object stream {1} is malformed"),
                   YX_NUM(stream));
        bool last = next.type != YX_PDF_INTEGER || next.integer <= offset.integer;
        uint64_t end = last ? size : (uint64_t)(first + next.integer);
        yx_pdf_lexer_start(&body, data, (uint64_t)(first + offset.integer), end);
        if (lives_in(c, id.integer, stream))
            YX_TRY(scan(c, &body, (int)id.integer, err));
    }
    return YX_OK;
}

static yx_status scan_stream(struct yx_pdf_comparison *c, int id, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf data = {0};
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    int64_t count = 0, first = 0;
    qpdf_oh stream = yx_pdf_object(c->then, (struct yx_pdf_ref){id, 0});
    qpdf_oh number = yx_pdf_get(c->then, stream, "/N");
    qpdf_oh start = yx_pdf_get(c->then, stream, "/First");
    bool ok = yx_pdf_integer(c->then, number, &count) && yx_pdf_integer(c->then, start, &first) &&
              count >= 0 && count <= YX_PDF_OBJECTS_MAX && first >= 0;
    YX_REQUIRE(ok, err, YX_DAMAGED, RULE_STREAM, N_("the object stream {1} is malformed"),
               YX_NUM(id));
    YX_TRY(yx_pdf_stream_data(c->then, stream, OBJECT_STREAM_MAX, &data, err));
    yx_pdf_drop(c->then, stream);
    YX_REQUIRE((uint64_t)first <= data.len, err, YX_DAMAGED, RULE_STREAM,
               N_("the object stream {1} is malformed"), YX_NUM(id));
    YX_TRY(yx_source_borrow(yx_buf_bytes(&data), &source, err));
    return scan_objects(c, source, id, count, first, err);
}

/* --- The whole revision ------------------------------------------------------------------ */

static int by_value(const void *a, const void *b)
{
    const struct yx_pdf_entry *left = a, *right = b;
    if (left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    return left->value < right->value ? -1 : left->value > right->value;
}

/* In the order of the file, so that it is read from front to back. */
static struct yx_pdf_entry *list_by_place(const struct yx_pdf_xref *xref, size_t *count)
{
    struct yx_pdf_entry *list = calloc(xref->count + 1, sizeof *list);
    if (list == NULL)
        return NULL;
    *count = 0;
    for (size_t i = 0; i < xref->count; i++) {
        const struct yx_pdf_entry *entry = &xref->entries[i];
        bool counts = i == 0 || xref->entries[i - 1].id != entry->id;
        if (counts && entry->kind != YX_PDF_FREE)
            list[(*count)++] = *entry;
    }
    if (*count > 1)
        qsort(list, *count, sizeof *list, by_value);
    return list;
}

static yx_status scan_entries(struct yx_pdf_comparison *c, const struct yx_pdf_entry *list,
                              size_t count, struct yx_error *err)
{
    struct yx_pdf_lexer lexer;
    struct yx_pdf_ref ref;
    yx_pdf_lexer_start(&lexer, c->then->source, 0, c->then->size);
    for (size_t i = 0; i < count; i++) {
        const struct yx_pdf_entry *entry = &list[i];
        if (entry->kind == YX_PDF_AT_OFFSET) {
            lexer.position = entry->value;
            YX_TRY(yx_pdf_lexer_object(&lexer, &ref, err));
            YX_TRY(scan(c, &lexer, entry->id, err));
        } else if (i == 0 || list[i - 1].kind != entry->kind || list[i - 1].value != entry->value) {
            YX_TRY(scan_stream(c, (int)entry->value, err));
        }
    }
    return YX_OK;
}

static int by_target(const void *a, const void *b)
{
    const struct yx_pdf_use *left = a, *right = b;
    if (left->target != right->target)
        return left->target < right->target ? -1 : 1;
    return left->by < right->by ? -1 : left->by > right->by;
}

yx_status yx_pdf_find_uses(struct yx_pdf_comparison *c, struct yx_error *err)
{
    size_t count;
    struct yx_pdf_entry *list = list_by_place(c->xref_then, &count);
    if (list == NULL)
        return yx_fail_memory(err);
    yx_status status = c->count == 0 ? YX_OK : scan_entries(c, list, count, err);
    free(list);
    if (status == YX_OK && c->use_count > 1)
        qsort(c->uses, c->use_count, sizeof *c->uses, by_target);
    return status;
}
