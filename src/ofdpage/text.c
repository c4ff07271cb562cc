/* SPDX-License-Identifier: Apache-2.0 */
/* text.c - text objects: characters, the glyphs that CGTransform puts in their place, and how far
 * the pen goes from one to the next. */
#include <math.h>
#include <stdlib.h>

#include "ofdpage/room.h"

#define INDENT_MAX 10000u
#define GLYPH_INDEX_MAX 65535

/* --- CGTransform ------------------------------------------------------------------------- */

/* `codes` characters from `position` on are shown as `glyphs` glyphs. */
struct transform {
    size_t position, codes, glyphs;
    const char *indexes;
};

struct transforms {
    struct transform *items;
    size_t count;
};

static int by_position(const void *a, const void *b)
{
    const struct transform *left = a, *right = b;
    return (left->position > right->position) - (left->position < right->position);
}

static size_t whole_number(const struct yx_xml *element, const char *name, double otherwise)
{
    return (size_t)fmax(yx_ofd_number_or(element, name, otherwise), 0);
}

static bool is_transform(const struct yx_xml *element)
{
    return strcmp(element->name, "CGTransform") == 0;
}

/* Those between the TextCode before and this one. */
static yx_status read_transforms(struct yx_ofd_reader *reader, const struct yx_xml *first,
                                 const struct yx_xml *code, struct transforms *out)
{
    size_t count = 0;
    for (const struct yx_xml *at = first; at != code; at = at->next)
        count += is_transform(at);
    *out = (struct transforms){.count = 0};
    if (count == 0)
        return YX_OK;
    out->items = yx_arena_calloc(reader->arena, count, sizeof *out->items);
    if (out->items == NULL)
        return yx_ofd_fail_arena(reader->arena, reader->err);
    for (const struct yx_xml *at = first; at != code; at = at->next) {
        const char *indexes = is_transform(at) ? yx_xml_child_text(at, "Glyphs") : NULL;
        if (indexes != NULL)
            out->items[out->count++] = (struct transform){
                whole_number(at, "CodePosition", 0), whole_number(at, "CodeCount", 1),
                whole_number(at, "GlyphCount", 1), indexes};
    }
    qsort(out->items, out->count, sizeof *out->items, by_position);
    return YX_OK;
}

/* --- Glyphs ------------------------------------------------------------------------------ */

/* A TextCode while it is read. */
struct line {
    struct yx_bytes rest; /* of the text */
    size_t position;      /* of its first character */
    struct yx_ofd_offsets across, down;
    struct yx_ofd_glyph *glyphs;
    size_t count, room;
};

/* Passes over a character; 0 at the end. */
static uint32_t take_character(struct line *line, uint32_t *code_point)
{
    size_t len = yx_utf8_next(line->rest, code_point);
    line->rest = YX_BYTES(line->rest.data + len, line->rest.len - len);
    line->position += len > 0;
    return (uint32_t)len;
}

static void add_glyph(struct line *line, uint32_t code_point, uint32_t index, uint32_t text_bytes)
{
    struct yx_ofd_glyph glyph = {code_point, index, text_bytes, false, 0, 0};
    bool across = yx_ofd_next_offset(&line->across, &glyph.right);
    bool down = yx_ofd_next_offset(&line->down, &glyph.down);
    glyph.by_advance = !across && !down;
    if (!(fabs(glyph.right) <= YX_OFD_NUMBER_MAX && fabs(glyph.down) <= YX_OFD_NUMBER_MAX))
        glyph.right = glyph.down = 0;
    if (line->count < line->room)
        line->glyphs[line->count++] = glyph;
}

/* The characters of a transform, together; then its glyphs. */
static void add_transformed(struct line *line, const struct transform *transform)
{
    uint32_t first = 0, text_bytes = 0;
    for (size_t i = 0; i < transform->codes && line->rest.len > 0; i++) {
        uint32_t code_point = 0;
        uint32_t len = take_character(line, &code_point);
        first = i == 0 ? code_point : first;
        text_bytes += len;
        if (len == 0)
            break;
    }
    const char *indexes = transform->indexes;
    double index;
    for (size_t i = 0; i < transform->glyphs && yx_ofd_next_number(&indexes, &index); i++) {
        uint32_t at = index >= 0 && index <= GLYPH_INDEX_MAX ? (uint32_t)index : 0;
        add_glyph(line, first, at, text_bytes);
        text_bytes = 0;
    }
}

static void add_character(struct line *line)
{
    uint32_t code_point = 0;
    uint32_t len = take_character(line, &code_point);
    if (len > 0)
        add_glyph(line, code_point, YX_OFD_NO_INDEX, len);
    else
        line->rest.len = 0;
}

static void add_glyphs(struct line *line, const struct transforms *transforms)
{
    size_t next = 0;
    while (line->rest.len > 0) {
        while (next < transforms->count && transforms->items[next].position < line->position)
            next++;
        const struct transform *transform =
            next < transforms->count && transforms->items[next].position == line->position
                ? &transforms->items[next]
                : NULL;
        next += transform != NULL;
        if (transform != NULL && transform->codes > 0 && transform->glyphs > 0)
            add_transformed(line, transform);
        else
            add_character(line);
    }
}

/* One for each character, and what transforms add to that. */
static size_t count_glyphs(size_t text_len, const struct transforms *transforms)
{
    size_t count = text_len;
    for (size_t i = 0; i < transforms->count; i++) {
        size_t most = strlen(transforms->items[i].indexes) / 2 + 1;
        size_t glyphs = transforms->items[i].glyphs;
        count += glyphs < most ? glyphs : most;
    }
    return count;
}

/* Spaces before the text are characters too, with offsets of their own. */
static yx_status read_characters(struct yx_ofd_reader *reader, const struct yx_xml *code,
                                 struct yx_ofd_run *run)
{
    size_t indent = code->text_indent < INDENT_MAX ? code->text_indent : INDENT_MAX;
    size_t len = strlen(code->text);
    char *text = yx_arena_alloc(reader->arena, indent + len + 1);
    if (text == NULL)
        return yx_ofd_fail_arena(reader->arena, reader->err);
    memset(text, ' ', indent);
    memcpy(text + indent, code->text, len);
    run->text = text;
    run->text_len = indent + len;
    return YX_OK;
}

static yx_status read_run(struct yx_ofd_reader *reader, const struct yx_xml *code,
                          const struct transforms *transforms, struct yx_ofd_run *run)
{
    YX_TRY(read_characters(reader, code, run));
    struct line line = {.rest = YX_BYTES(run->text, run->text_len),
                        .across = {.at = yx_xml_attribute(code, "DeltaX")},
                        .down = {.at = yx_xml_attribute(code, "DeltaY")},
                        .room = count_glyphs(run->text_len, transforms)};
    line.glyphs = yx_arena_calloc(reader->arena, line.room + 1, sizeof *line.glyphs);
    if (line.glyphs == NULL)
        return yx_ofd_fail_arena(reader->arena, reader->err);
    add_glyphs(&line, transforms);
    run->glyphs = line.glyphs;
    run->glyph_count = line.count;
    return YX_OK;
}

/* A TextCode without X or Y takes those of the one before it. */
static yx_status read_runs(struct yx_ofd_reader *reader, const struct yx_xml *element,
                           const struct yx_ofd_run **out)
{
    struct yx_svg_point at = {0, 0};
    const struct yx_xml *first = element->first;
    for (const struct yx_xml *code = first; code != NULL; code = code->next) {
        if (strcmp(code->name, "TextCode") != 0)
            continue;
        struct transforms transforms;
        struct yx_ofd_run *run;
        YX_TRY(read_transforms(reader, first, code, &transforms));
        first = code->next;
        at.x = yx_ofd_number_or(code, "X", at.x);
        at.y = yx_ofd_number_or(code, "Y", at.y);
        YX_OFD_NEW(reader, run);
        run->at = at;
        YX_TRY(read_run(reader, code, &transforms, run));
        *out = run;
        out = &run->next;
    }
    return YX_OK;
}

/* --- Text objects ------------------------------------------------------------------------ */

static int read_direction(const struct yx_xml *element, const char *name)
{
    int degrees = (int)yx_ofd_number_or(element, name, 0);
    return degrees == 90 || degrees == 180 || degrees == 270 ? degrees : 0;
}

yx_status yx_ofd_read_text(struct yx_ofd_reader *reader, const struct yx_xml *element,
                           struct yx_ofd_text *out, bool *seen)
{
    out->size = yx_ofd_number_or(element, "Size", 0);
    out->scale = yx_ofd_number_or(element, "HScale", 1);
    out->read_direction = read_direction(element, "ReadDirection");
    out->char_direction = read_direction(element, "CharDirection");
    out->weight = (int)fmin(fmax(yx_ofd_number_or(element, "Weight", 400), 0), 1000);
    out->italic = yx_ofd_flag(element, "Italic", false);
    *seen = out->size > 0 && out->scale > 0;
    if (!*seen)
        return YX_OK;
    YX_TRY(yx_ofd_find_font(reader, yx_xml_attribute(element, "Font"), &out->font));
    return read_runs(reader, element, &out->runs);
}
