/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revisions.c - walks what was appended behind a signed revision, byte by byte (ISO 32000-1 7.5.6).
 * A reader that repairs a file finds objects that no cross-reference names; so whatever is not an
 * object in its place, a cross-reference section, a trailer or white space is refused here.
 */
#include <stdlib.h>

#include "pdfchanges/xref.h"

#define RULE "ISO 32000-1 7.5.6"
/* Enough for the marks that writers leave, too short to hide an object in. */
#define COMMENT_MAX 32

struct place {
    struct yx_pdf_ref ref; /* id 0: a cross-reference table */
    uint64_t offset;
};

struct walk {
    const struct yx_source *source;
    const struct yx_pdf_xref *xref;
    struct yx_pdf_lexer lexer;
    struct place *places; /* in the order of the file */
    size_t count, cap;
    size_t first;     /* of the revision being walked */
    size_t revisions; /* ended so far */
};

static yx_status alien(uint64_t offset, struct yx_error *err)
{
    return yx_fail(err, YX_DAMAGED, RULE,
                   N_("what stands at byte {1}, behind the signed revision, is no part of a proper "
                      "update"),
                   YX_NUM(offset));
}

static yx_status add_place(struct walk *walk, struct yx_pdf_ref ref, uint64_t offset,
                           struct yx_error *err)
{
    if (walk->count == walk->cap) {
        size_t cap = walk->cap == 0 ? 64 : walk->cap * 2;
        struct place *grown = reallocarray(walk->places, cap, sizeof *grown);
        if (grown == NULL)
            return yx_fail_memory(err);
        walk->places = grown;
        walk->cap = cap;
    }
    walk->places[walk->count++] = (struct place){ref, offset};
    return YX_OK;
}

static const struct place *find_place(const struct walk *walk, uint64_t offset)
{
    size_t low = 0, high = walk->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (walk->places[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < walk->count && walk->places[low].offset == offset ? &walk->places[low] : NULL;
}

/* --- Streams ----------------------------------------------------------------------------- */

struct length {
    bool found;
    struct yx_pdf_value value;
};

static yx_status visit_stream(void *context, const char *key, const struct yx_pdf_value *value,
                              struct yx_error *err)
{
    struct length *length = context;
    (void)err;
    if (strcmp(key, "Length") == 0)
        *length = (struct length){true, *value};
    return YX_OK;
}

/* A Length may be an object of its own. */
static yx_status follow_length(const struct walk *walk, const struct length *length, int64_t *out,
                               struct yx_error *err)
{
    struct yx_pdf_token token = length->value.first;
    if (length->value.is_reference) {
        const struct yx_pdf_entry *entry = yx_pdf_xref_find(walk->xref, length->value.ref.id);
        struct yx_pdf_lexer lexer;
        struct yx_pdf_ref ref;
        if (entry == NULL || entry->kind != YX_PDF_AT_OFFSET)
            return alien(length->value.first.start, err);
        yx_pdf_lexer_start(&lexer, walk->source, entry->value, UINT64_MAX);
        YX_TRY(yx_pdf_lexer_object(&lexer, &ref, err));
        YX_TRY(yx_pdf_lexer_next(&lexer, &token, err));
    }
    if (token.type != YX_PDF_INTEGER || token.integer < 0)
        return alien(length->value.first.start, err);
    *out = token.integer;
    return YX_OK;
}

/* "stream" was taken: its data and "endstream". */
static yx_status pass_stream(struct walk *walk, const struct length *length, struct yx_error *err)
{
    struct yx_pdf_lexer *lexer = &walk->lexer;
    struct yx_pdf_token token;
    int64_t size = 0;
    if (!length->found)
        return alien(lexer->position, err);
    YX_TRY(follow_length(walk, length, &size, err));
    if (yx_pdf_lexer_peek(lexer) == '\r')
        lexer->position++;
    if (yx_pdf_lexer_peek(lexer) == '\n')
        lexer->position++;
    if ((uint64_t)size > lexer->limit - lexer->position)
        return alien(lexer->position, err);
    lexer->position += (uint64_t)size;
    YX_TRY(yx_pdf_lexer_next(lexer, &token, err));
    return yx_pdf_is_keyword(&token, "endstream") ? YX_OK : alien(token.start, err);
}

/* --- Objects ----------------------------------------------------------------------------- */

static yx_status pass_body(struct walk *walk, struct yx_error *err)
{
    struct yx_pdf_lexer *lexer = &walk->lexer;
    struct yx_pdf_token token;
    struct length length = {.found = false};
    uint64_t start = lexer->position;
    YX_TRY(yx_pdf_lexer_next(lexer, &token, err));
    if (token.type == YX_PDF_DICTIONARY_OPEN) {
        YX_TRY(yx_pdf_lexer_dictionary(lexer, visit_stream, &length, err));
    } else {
        struct yx_pdf_value value;
        lexer->position = start;
        YX_TRY(yx_pdf_lexer_value(lexer, &value, err));
    }
    YX_TRY(yx_pdf_lexer_next(lexer, &token, err));
    if (yx_pdf_is_keyword(&token, "stream")) {
        YX_TRY(pass_stream(walk, &length, err));
        YX_TRY(yx_pdf_lexer_next(lexer, &token, err));
    }
    return yx_pdf_is_keyword(&token, "endobj") ? YX_OK : alien(token.start, err);
}

static yx_status pass_object(struct walk *walk, uint64_t start, struct yx_error *err)
{
    struct yx_pdf_ref ref;
    walk->lexer.position = start;
    walk->lexer.comments = false;
    YX_TRY(yx_pdf_lexer_object(&walk->lexer, &ref, err));
    YX_TRY(add_place(walk, ref, start, err));
    YX_TRY(pass_body(walk, err));
    walk->lexer.comments = true;
    return YX_OK;
}

/* --- Sections ---------------------------------------------------------------------------- */

/* "xref" was taken. What the table says was read with the chain; here only its end counts. */
static yx_status pass_table(struct walk *walk, uint64_t start, struct yx_error *err)
{
    struct yx_pdf_token token;
    struct yx_pdf_value trailer;
    YX_TRY(add_place(walk, (struct yx_pdf_ref){0, 0}, start, err));
    do {
        YX_TRY(yx_pdf_lexer_next(&walk->lexer, &token, err));
        if (token.type != YX_PDF_INTEGER && token.type != YX_PDF_KEYWORD)
            return alien(token.start, err);
    } while (!yx_pdf_is_keyword(&token, "trailer"));
    walk->lexer.comments = false;
    YX_TRY(yx_pdf_lexer_value(&walk->lexer, &trailer, err));
    walk->lexer.comments = true;
    return trailer.first.type == YX_PDF_DICTIONARY_OPEN ? YX_OK : alien(trailer.first.start, err);
}

/* The section of the chain that starts here; NULL when there is none. */
static const struct yx_pdf_section *find_section(const struct walk *walk, uint64_t offset)
{
    for (size_t i = 0; i < walk->xref->section_count; i++)
        if (walk->xref->sections[i].offset == offset || walk->xref->sections[i].hybrid == offset)
            return &walk->xref->sections[i];
    return NULL;
}

/* Is the object where the section of its own revision says it is? */
static bool is_listed(const struct walk *walk, const struct place *place, uint64_t from,
                      uint64_t to)
{
    if (find_section(walk, place->offset) != NULL)
        return true;
    const struct yx_pdf_entry *entry = yx_pdf_xref_find(walk->xref, place->ref.id);
    const struct yx_pdf_entry *end = walk->xref->entries + walk->xref->count;
    for (; entry != NULL && entry < end && entry->id == place->ref.id; entry++) {
        uint64_t section = walk->xref->sections[yx_pdf_section_of(entry)].offset;
        if (entry->kind == YX_PDF_AT_OFFSET && entry->value == place->offset &&
            entry->generation == place->ref.generation && section >= from && section < to)
            return true;
    }
    return false;
}

/* Everything in this revision must be reached through its own section. */
static yx_status check_revision(const struct walk *walk, uint64_t end, struct yx_error *err)
{
    uint64_t from = walk->places[walk->first].offset;
    for (size_t i = walk->first; i < walk->count; i++) {
        const struct place *place = &walk->places[i];
        YX_REQUIRE(place->ref.id != 0 || find_section(walk, place->offset) != NULL, err, YX_DAMAGED,
                   RULE,
                   N_("the cross-reference section at byte {1} is in no chain: it is passed over "
                      "by some programs and read by others"),
                   YX_NUM(place->offset));
        YX_REQUIRE(is_listed(walk, place, from, end), err, YX_DAMAGED, RULE,
                   N_("object {1} at byte {2} was appended, and the cross-reference of its "
                      "revision does not name it"),
                   YX_NUM(place->ref.id), YX_NUM(place->offset));
    }
    return YX_OK;
}

/* "startxref" was taken: the offset of a section of this revision, and "%%EOF". */
static yx_status end_revision(struct walk *walk, uint64_t start, struct yx_error *err)
{
    struct yx_pdf_token offset, mark;
    YX_TRY(yx_pdf_lexer_next(&walk->lexer, &offset, err));
    YX_TRY(yx_pdf_lexer_next(&walk->lexer, &mark, err));
    if (offset.type != YX_PDF_INTEGER || walk->first == walk->count || offset.integer < 0)
        return alien(start, err);
    YX_REQUIRE(mark.type == YX_PDF_COMMENT && strcmp(mark.text, "%%EOF") == 0, err, YX_DAMAGED,
               RULE, N_("the update that ends at byte {1} lacks its %%EOF"), YX_NUM(mark.start));
    uint64_t section = (uint64_t)offset.integer;
    YX_REQUIRE(section >= walk->places[walk->first].offset && find_place(walk, section) != NULL,
               err, YX_DAMAGED, RULE,
               N_("the startxref at byte {1} does not lead to a cross-reference section of its "
                  "own revision"),
               YX_NUM(start));
    YX_TRY(check_revision(walk, start, err));
    walk->first = walk->count;
    walk->revisions++;
    return YX_OK;
}

/* --- The walk ---------------------------------------------------------------------------- */

static yx_status pass_comment(const struct yx_pdf_token *comment, struct yx_error *err)
{
    bool harmless = comment->end - comment->start <= COMMENT_MAX &&
                    strstr(comment->text, "obj") == NULL && strstr(comment->text, "xref") == NULL;
    return harmless ? YX_OK : alien(comment->start, err);
}

static yx_status pass_piece(struct walk *walk, const struct yx_pdf_token *token,
                            struct yx_error *err)
{
    if (token->type == YX_PDF_COMMENT)
        return pass_comment(token, err);
    if (token->type == YX_PDF_INTEGER)
        return pass_object(walk, token->start, err);
    if (yx_pdf_is_keyword(token, "xref"))
        return pass_table(walk, token->start, err);
    if (yx_pdf_is_keyword(token, "startxref"))
        return end_revision(walk, token->start, err);
    return alien(token->start, err);
}

/* What a section of the update says stands in the update must stand there. */
static yx_status check_entries(const struct walk *walk, uint64_t end, struct yx_error *err)
{
    for (size_t i = 0; i < walk->xref->count; i++) {
        const struct yx_pdf_entry *entry = &walk->xref->entries[i];
        if (entry->kind != YX_PDF_AT_OFFSET || entry->value < end)
            continue;
        const struct place *place = find_place(walk, entry->value);
        YX_REQUIRE(place != NULL && place->ref.id == entry->id &&
                       place->ref.generation == entry->generation,
                   err, YX_DAMAGED, RULE,
                   N_("the cross-reference says that object {1} is at byte {2}, and it is not"),
                   YX_NUM(entry->id), YX_NUM(entry->value));
    }
    for (size_t i = 0; i < walk->xref->section_count; i++)
        if (walk->xref->sections[i].offset >= end &&
            find_place(walk, walk->xref->sections[i].offset) == NULL)
            return alien(walk->xref->sections[i].offset, err);
    return YX_OK;
}

static yx_status walk_all(struct walk *walk, uint64_t end, struct yx_error *err)
{
    struct yx_pdf_token token;
    yx_pdf_lexer_start(&walk->lexer, walk->source, end, UINT64_MAX);
    walk->lexer.comments = true;
    for (;;) {
        YX_TRY(yx_pdf_lexer_next(&walk->lexer, &token, err));
        if (token.type == YX_PDF_END)
            break;
        YX_TRY(pass_piece(walk, &token, err));
    }
    YX_REQUIRE(walk->first == walk->count, err, YX_DAMAGED, RULE,
               N_("objects were appended at byte {1} without cross-reference, trailer and %%EOF"),
               YX_NUM(walk->places[walk->first].offset));
    return check_entries(walk, end, err);
}

yx_status yx_pdf_revisions_walk(const struct yx_source *source, uint64_t end,
                                const struct yx_pdf_xref *xref, size_t *count, struct yx_error *err)
{
    struct walk *walk = calloc(1, sizeof *walk);
    if (walk == NULL)
        return yx_fail_memory(err);
    walk->source = source;
    walk->xref = xref;
    yx_status status = walk_all(walk, end, err);
    *count = walk->revisions;
    free(walk->places);
    free(walk);
    return status;
}

/* --- The end of a revision --------------------------------------------------------------- */

yx_status yx_pdf_revision_ends(const struct yx_source *source, uint64_t end, bool *out,
                               struct yx_error *err)
{
    static const char mark[] = "%%EOF";
    uint8_t last[16];
    size_t len = end < sizeof last ? (size_t)end : sizeof last;
    YX_TRY(yx_source_read(source, end - len, last, len, err));
    while (len > 0 && (last[len - 1] == '\n' || last[len - 1] == '\r' || last[len - 1] == ' '))
        len--;
    *out = len >= sizeof mark - 1 && memcmp(last + len - (sizeof mark - 1), mark, 5) == 0;
    return YX_OK;
}
