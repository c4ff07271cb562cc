/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xref.c - follows the chain of cross-reference sections from startxref (ISO 32000-1
 * 7.5.4, 7.5.5, 7.5.6): tables here, streams in xref_stream.c. Gives every entry of every
 * section, so that one revision can be told from the next.
 */
#include <stdlib.h>

#include "pdfchanges/xref.h"

#define RULE_TABLE "ISO 32000-1 7.5.4"
#define RULE_TRAILER "ISO 32000-1 7.5.5"
#define RULE_CHAIN "ISO 32000-1 7.5.6"
#define SECTIONS_MAX 4096
/* So far before the end of the file startxref is looked for. */
#define END_WINDOW 2048

void yx_pdf_xref_free(struct yx_pdf_xref *xref)
{
    free(xref->entries);
    free(xref->sections);
    *xref = (struct yx_pdf_xref){0};
}

yx_status yx_pdf_xref_add(struct yx_pdf_xref *xref, const struct yx_pdf_entry *entry,
                          struct yx_error *err)
{
    YX_REQUIRE(entry->id >= 0 && entry->id <= YX_PDF_OBJECTS_MAX, err, YX_DAMAGED, RULE_TABLE,
               N_("the cross-reference names object {1}; {2} is the highest"), YX_NUM(entry->id),
               YX_NUM(YX_PDF_OBJECTS_MAX));
    YX_REQUIRE(xref->count <= YX_PDF_OBJECTS_MAX, err, YX_DAMAGED, RULE_TABLE,
               N_("the cross-reference has more than {1} entries"), YX_NUM(YX_PDF_OBJECTS_MAX));
    if (xref->count == xref->cap) {
        size_t cap = xref->cap == 0 ? 64 : xref->cap * 2;
        struct yx_pdf_entry *grown = reallocarray(xref->entries, cap, sizeof *grown);
        if (grown == NULL)
            return yx_fail_memory(err);
        xref->entries = grown;
        xref->cap = cap;
    }
    xref->entries[xref->count++] = *entry;
    return YX_OK;
}

const struct yx_pdf_entry *yx_pdf_xref_find(const struct yx_pdf_xref *xref, int id)
{
    size_t low = 0, high = xref->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (xref->entries[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < xref->count && xref->entries[low].id == id ? &xref->entries[low] : NULL;
}

/* --- startxref --------------------------------------------------------------------------- */

/* The last "startxref" before the end (7.5.5). */
static yx_status find_start(const struct yx_source *source, uint64_t size, uint64_t *out,
                            struct yx_error *err)
{
    static const char word[] = "startxref";
    uint8_t window[END_WINDOW];
    size_t len = size < sizeof window ? (size_t)size : sizeof window;
    YX_TRY(yx_source_read(source, size - len, window, len, err));
    size_t at = len;
    for (size_t i = 0; i + sizeof word - 1 <= len; i++)
        if (memcmp(window + i, word, sizeof word - 1) == 0)
            at = i;
    YX_REQUIRE(at < len, err, YX_DAMAGED, RULE_TRAILER,
               N_("there is no startxref near the end of the revision"));
    struct yx_pdf_lexer lexer;
    struct yx_pdf_token token;
    yx_pdf_lexer_start(&lexer, source, size - len + at + sizeof word - 1, size);
    YX_TRY(yx_pdf_lexer_next(&lexer, &token, err));
    YX_REQUIRE(token.type == YX_PDF_INTEGER && token.integer > 0 && (uint64_t)token.integer < size,
               err, YX_DAMAGED, RULE_TRAILER, N_("startxref does not name a place in the file"));
    *out = (uint64_t)token.integer;
    return YX_OK;
}

/* --- Trailers ---------------------------------------------------------------------------- */

static yx_status take_place(const struct yx_pdf_value *value, uint64_t *out, struct yx_error *err)
{
    YX_REQUIRE(
        value->first.type == YX_PDF_INTEGER && !value->is_reference && value->first.integer > 0,
        err, YX_DAMAGED, RULE_TRAILER, N_("the trailer names a place that is none, at byte {1}"),
        YX_NUM(value->first.start));
    *out = (uint64_t)value->first.integer;
    return YX_OK;
}

yx_status yx_pdf_section_entry(struct yx_pdf_section *section, const char *key,
                               const struct yx_pdf_value *value, struct yx_error *err)
{
    if (strcmp(key, "Root") == 0)
        section->root = value->is_reference ? value->ref : (struct yx_pdf_ref){0, 0};
    if (strcmp(key, "Info") == 0)
        section->info = value->is_reference ? value->ref : (struct yx_pdf_ref){0, 0};
    YX_REQUIRE(strcmp(key, "Encrypt") != 0, err, YX_REFUSED, "ISO 32000-1 7.6",
               N_("a trailer of the file says that it is encrypted"));
    if (strcmp(key, "XRefStm") == 0)
        return take_place(value, &section->hybrid, err);
    if (strcmp(key, "Prev") != 0)
        return YX_OK;
    section->has_previous = true;
    return take_place(value, &section->previous, err);
}

static yx_status visit_trailer(void *context, const char *key, const struct yx_pdf_value *value,
                               struct yx_error *err)
{
    return yx_pdf_section_entry(context, key, value, err);
}

/* --- Tables ------------------------------------------------------------------------------ */

static yx_status table_error(const struct yx_pdf_token *token, struct yx_error *err)
{
    return yx_fail(err, YX_DAMAGED, RULE_TABLE,
                   N_("the cross-reference table is malformed at byte {1}"), YX_NUM(token->start));
}

/* "0000000016 00000 n" */
static yx_status read_entry(struct yx_pdf_lexer *lexer, int64_t id, size_t section,
                            struct yx_pdf_xref *xref, struct yx_error *err)
{
    struct yx_pdf_token offset, generation, kind;
    YX_TRY(yx_pdf_lexer_next(lexer, &offset, err));
    YX_TRY(yx_pdf_lexer_next(lexer, &generation, err));
    YX_TRY(yx_pdf_lexer_next(lexer, &kind, err));
    bool used = yx_pdf_is_keyword(&kind, "n");
    /* That of a free entry leads nowhere, and mutool writes 65536. */
    int64_t highest = used ? 65535 : 99999;
    if (offset.type != YX_PDF_INTEGER || generation.type != YX_PDF_INTEGER || offset.integer < 0 ||
        generation.integer < 0 || generation.integer > highest || id > YX_PDF_OBJECTS_MAX ||
        (!used && !yx_pdf_is_keyword(&kind, "f")))
        return table_error(&offset, err);
    /* Offset 0 in use: some writers mean a free entry by it. */
    used = used && offset.integer > 0;
    return yx_pdf_xref_add(xref,
                           &(struct yx_pdf_entry){
                               .id = (int)id,
                               .generation = (int)generation.integer,
                               .value = (uint64_t)offset.integer,
                               .order = yx_pdf_order(section, used ? 0 : 2),
                               .kind = used ? YX_PDF_AT_OFFSET : YX_PDF_FREE,
                           },
                           err);
}

static yx_status read_table(struct yx_pdf_lexer *lexer, size_t number,
                            struct yx_pdf_section *section, struct yx_pdf_xref *xref,
                            struct yx_error *err)
{
    struct yx_pdf_token first, count;
    for (;;) {
        YX_TRY(yx_pdf_lexer_next(lexer, &first, err));
        if (yx_pdf_is_keyword(&first, "trailer"))
            break;
        YX_TRY(yx_pdf_lexer_next(lexer, &count, err));
        if (first.type != YX_PDF_INTEGER || count.type != YX_PDF_INTEGER || first.integer < 0 ||
            count.integer < 0 || first.integer > YX_PDF_OBJECTS_MAX ||
            count.integer > YX_PDF_OBJECTS_MAX)
            return table_error(&first, err);
        for (int64_t i = 0; i < count.integer; i++)
            YX_TRY(read_entry(lexer, first.integer + i, number, xref, err));
    }
    YX_TRY(yx_pdf_lexer_next(lexer, &first, err));
    if (first.type != YX_PDF_DICTIONARY_OPEN)
        return table_error(&first, err);
    return yx_pdf_lexer_dictionary(lexer, visit_trailer, section, err);
}

/* --- The chain --------------------------------------------------------------------------- */

static yx_status read_section(const struct yx_source *source, uint64_t size, size_t number,
                              struct yx_pdf_section *section, struct yx_pdf_xref *xref,
                              struct yx_error *err)
{
    struct yx_pdf_lexer lexer;
    struct yx_pdf_token first;
    yx_pdf_lexer_start(&lexer, source, section->offset, size);
    YX_TRY(yx_pdf_lexer_next(&lexer, &first, err));
    if (!yx_pdf_is_keyword(&first, "xref")) {
        section->is_stream = true;
        return yx_pdf_xref_stream(source, size, section, yx_pdf_order(number, 0), xref, err);
    }
    YX_TRY(read_table(&lexer, number, section, xref, err));
    if (section->hybrid == 0)
        return YX_OK;
    struct yx_pdf_section extra = {.offset = section->hybrid};
    return yx_pdf_xref_stream(source, size, &extra, yx_pdf_order(number, 1), xref, err);
}

static yx_status add_section(struct yx_pdf_xref *xref, const struct yx_pdf_section *section,
                             struct yx_error *err)
{
    YX_REQUIRE(xref->section_count < SECTIONS_MAX, err, YX_DAMAGED, RULE_CHAIN,
               N_("the file has more than {1} cross-reference sections"), YX_NUM(SECTIONS_MAX));
    for (size_t i = 0; i < xref->section_count; i++)
        YX_REQUIRE(xref->sections[i].offset != section->offset, err, YX_DAMAGED, RULE_CHAIN,
                   N_("the chain of cross-reference sections runs in a circle"));
    if (xref->section_count == xref->section_cap) {
        size_t cap = xref->section_cap == 0 ? 8 : xref->section_cap * 2;
        struct yx_pdf_section *grown = reallocarray(xref->sections, cap, sizeof *grown);
        if (grown == NULL)
            return yx_fail_memory(err);
        xref->sections = grown;
        xref->section_cap = cap;
    }
    xref->sections[xref->section_count++] = *section;
    return YX_OK;
}

static int by_id_and_order(const void *a, const void *b)
{
    const struct yx_pdf_entry *left = a, *right = b;
    if (left->id != right->id)
        return left->id < right->id ? -1 : 1;
    return left->order < right->order ? -1 : left->order > right->order;
}

/* Sorts; a number that one section gives twice is read differently by different programs. */
static yx_status settle(struct yx_pdf_xref *xref, struct yx_error *err)
{
    if (xref->count > 1)
        qsort(xref->entries, xref->count, sizeof *xref->entries, by_id_and_order);
    for (size_t i = 1; i < xref->count; i++)
        YX_REQUIRE(xref->entries[i].id != xref->entries[i - 1].id ||
                       xref->entries[i].order != xref->entries[i - 1].order ||
                       xref->entries[i].kind == YX_PDF_FREE,
                   err, YX_DAMAGED, RULE_TABLE,
                   N_("a cross-reference section gives object {1} twice"),
                   YX_NUM(xref->entries[i].id));
    return YX_OK;
}

static yx_status read_chain(const struct yx_source *source, uint64_t size, struct yx_pdf_xref *out,
                            struct yx_error *err)
{
    YX_TRY(find_start(source, size, &out->start, err));
    struct yx_pdf_section section = {.offset = out->start, .has_previous = true};
    for (size_t number = 0; section.has_previous; number++) {
        section = (struct yx_pdf_section){.offset = number == 0 ? out->start : section.previous};
        YX_REQUIRE(section.offset < size, err, YX_DAMAGED, RULE_CHAIN,
                   N_("the chain of cross-reference sections leads out of the file"));
        YX_TRY(read_section(source, size, number, &section, out, err));
        YX_TRY(add_section(out, &section, err));
    }
    return settle(out, err);
}

yx_status yx_pdf_xref_read(const struct yx_source *source, uint64_t size, struct yx_pdf_xref *out,
                           struct yx_error *err)
{
    YX_CLEAN(yx_pdf_xref) struct yx_pdf_xref xref = {0};
    YX_TRY(read_chain(source, size, &xref, err));
    *out = xref;
    xref = (struct yx_pdf_xref){0};
    return YX_OK;
}
