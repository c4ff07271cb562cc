/* SPDX-License-Identifier: Apache-2.0 */
/* ofd/glyphs.c - walks the text objects of a page and works out where each character stands. */
#include "ofd/glyphs.h"

#define RULE_TEXT "GB/T 33190-2016, TextObject"
#define TOP_OF_GLYPH 0.88 /* how much of the font size stands above the base line */

/* The walk over one page. */
struct walk {
    struct yx_ofd *ofd;
    const struct yx_ofd_document *document;
    struct yx_arena *arena;
    struct yx_box page;
    struct yx_buf glyphs; /* of the current run */
    size_t count;         /* of all characters so far */
    bool (*each)(void *self, const struct yx_text_run *run);
    void *self;
    bool stopped;
    struct yx_error *err;
};

/* A TextObject: `matrix` takes its coordinates to those of the page. */
struct text_object {
    double matrix[6];
    double size, scale;
    double x, y; /* of the last TextCode that told them */
};

/* --- Characters -------------------------------------------------------------------------- */

struct range {
    uint32_t first, last;
};

/* Characters as wide as high: East Asian scripts and full-width forms (Unicode UAX #11). */
static bool is_wide(uint32_t c)
{
    static const struct range ranges[] = {
        {0x1100, 0x115f}, {0x2e80, 0xa4cf},   {0xac00, 0xd7a3},
        {0xf900, 0xfaff}, {0xfe30, 0xfe6f},   {0xff00, 0xff60},
        {0xffe0, 0xffe6}, {0x1f300, 0x1faff}, {0x20000, 0x3fffd},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    }
    return false;
}

static double least(const double *values)
{
    double found = values[0];
    for (int i = 1; i < 4; i++)
        found = values[i] < found ? values[i] : found;
    return found;
}

static double most(const double *values)
{
    double found = values[0];
    for (int i = 1; i < 4; i++)
        found = values[i] > found ? values[i] : found;
    return found;
}

/* The upright box around a rectangle of the object on the page. */
static struct yx_box box_on_page(const struct text_object *object, double x, double y, double width)
{
    const double *m = object->matrix;
    double top = y - TOP_OF_GLYPH * object->size;
    double xs[4];
    double ys[4];
    for (int corner = 0; corner < 4; corner++) {
        double px = corner & 1 ? x + width : x;
        double py = corner & 2 ? top + object->size : top;
        xs[corner] = m[0] * px + m[2] * py + m[4];
        ys[corner] = m[1] * px + m[3] * py + m[5];
    }
    double left = least(xs);
    double upper = least(ys);
    return (struct yx_box){left, upper, most(xs) - left, most(ys) - upper};
}

static yx_status add_glyph(struct walk *walk, uint32_t code_point, struct yx_box box)
{
    YX_REQUIRE(walk->count < YX_OFD_GLYPHS_MAX, walk->err, YX_DAMAGED, RULE_TEXT,
               N_("a page holds more than {1} characters"), YX_NUM(YX_OFD_GLYPHS_MAX));
    walk->count++;
    struct yx_glyph glyph = {code_point, box};
    if (yx_buf_append(&walk->glyphs, YX_BYTES(&glyph, sizeof glyph)) != YX_OK)
        return yx_fail_memory(walk->err);
    return YX_OK;
}

/* Where the next character of a run will stand. */
struct pen {
    double x, y;
    struct yx_ofd_offsets across, down;
};

/* Moves the pen behind a character; gives the character's width. */
static double advance(struct pen *pen, double estimate)
{
    double dx = pen->down.at == NULL ? estimate : 0;
    double dy = 0;
    bool told = yx_ofd_next_offset(&pen->across, &dx);
    yx_ofd_next_offset(&pen->down, &dy);
    pen->x += dx;
    pen->y += dy;
    return told && dx > 0 && dx < estimate ? dx : estimate;
}

static yx_status place_glyphs(struct walk *walk, const struct text_object *object, struct pen *pen,
                              const char *text)
{
    struct yx_bytes rest = YX_TEXT(text);
    walk->glyphs.len = 0;
    while (rest.len > 0) {
        uint32_t c = 0;
        size_t len = yx_utf8_next(rest, &c);
        if (len == 0)
            return YX_OK;
        rest = YX_BYTES(rest.data + len, rest.len - len);
        double x = pen->x;
        double y = pen->y;
        double width = advance(pen, object->size * object->scale * (is_wide(c) ? 1.0 : 0.5));
        YX_TRY(add_glyph(walk, c, box_on_page(object, x, y, width)));
    }
    return YX_OK;
}

static void set_number(const struct yx_xml *element, const char *name, double *out)
{
    const char *text = yx_xml_attribute(element, name);
    double value = 0;
    if (text != NULL && yx_ofd_numbers(text, &value, 1))
        *out = value;
}

static yx_status walk_code(struct walk *walk, struct text_object *object, const struct yx_xml *code)
{
    /* A TextCode without X or Y takes those of the one before it. */
    set_number(code, "X", &object->x);
    set_number(code, "Y", &object->y);
    struct pen pen = {object->x,
                      object->y,
                      {.at = yx_xml_attribute(code, "DeltaX")},
                      {.at = yx_xml_attribute(code, "DeltaY")}};
    bool vertical = pen.across.at == NULL && pen.down.at != NULL;
    for (size_t i = 0; i < code->text_indent && i < YX_OFD_GLYPHS_MAX; i++)
        advance(&pen, object->size * object->scale * 0.5);
    YX_TRY(place_glyphs(walk, object, &pen, code->text));
    if (walk->glyphs.len == 0)
        return YX_OK;
    struct yx_text_run run = {
        .text = code->text,
        .glyphs = (const struct yx_glyph *)(const void *)walk->glyphs.data,
        .count = walk->glyphs.len / sizeof(struct yx_glyph),
        .is_vertical = vertical,
    };
    walk->stopped = !walk->each(walk->self, &run);
    return YX_OK;
}

/* --- Objects ----------------------------------------------------------------------------- */

/* false when the object has no place or no size: then nothing of it can be shown. */
static bool read_object(const struct walk *walk, const struct yx_xml *element,
                        struct text_object *out)
{
    struct yx_box boundary;
    *out = (struct text_object){.matrix = {1, 0, 0, 1, 0, 0}, .scale = 1};
    const char *matrix = yx_xml_attribute(element, "CTM");
    if (!yx_ofd_box(yx_xml_attribute(element, "Boundary"), &boundary))
        return false;
    if (matrix != NULL && !yx_ofd_numbers(matrix, out->matrix, 6))
        return false;
    set_number(element, "Size", &out->size);
    set_number(element, "HScale", &out->scale);
    out->matrix[4] += boundary.x - walk->page.x;
    out->matrix[5] += boundary.y - walk->page.y;
    return out->size > 0 && out->scale > 0;
}

static yx_status walk_text(struct walk *walk, const struct yx_xml *element)
{
    struct text_object object;
    if (!read_object(walk, element, &object))
        return YX_OK;
    const struct yx_xml *code = yx_xml_child(element, "TextCode");
    for (; code != NULL && !walk->stopped; code = yx_xml_next(code))
        YX_TRY(walk_code(walk, &object, code));
    return YX_OK;
}

static bool is_attribute(const struct yx_xml *element, const char *name, const char *value)
{
    const char *given = yx_xml_attribute(element, name);
    return given != NULL && strcmp(given, value) == 0;
}

/* Text that nobody sees is not the place that a keyword names. */
static bool is_invisible(const struct yx_xml *element)
{
    return is_attribute(element, "Visible", "false") || is_attribute(element, "Visible", "0") ||
           is_attribute(element, "Alpha", "0");
}

/* Layers and blocks hold objects and blocks; the depth of XML limits the recursion. */
static yx_status walk_block(struct walk *walk, const struct yx_xml *block)
{
    for (const struct yx_xml *at = block->first; at != NULL && !walk->stopped; at = at->next) {
        if (is_invisible(at))
            continue;
        if (strcmp(at->name, "TextObject") == 0)
            YX_TRY(walk_text(walk, at));
        if (strcmp(at->name, "Layer") == 0 || strcmp(at->name, "PageBlock") == 0)
            YX_TRY(walk_block(walk, at));
    }
    return YX_OK;
}

static yx_status walk_content(struct walk *walk, const struct yx_xml *page)
{
    const struct yx_xml *content = yx_xml_child(page, "Content");
    return content == NULL ? YX_OK : walk_block(walk, content);
}

/* --- Pages and templates ----------------------------------------------------------------- */

static bool is_foreground(const struct yx_xml *use, const struct yx_xml *template)
{
    const char *order = yx_xml_attribute(use, "ZOrder");
    if (order == NULL)
        order = yx_xml_attribute(template, "ZOrder");
    return order != NULL && strcmp(order, "Foreground") == 0;
}

static yx_status walk_template(struct walk *walk, const struct yx_xml *use, bool foreground)
{
    const struct yx_xml *template =
        yx_ofd_template(walk->document, yx_xml_attribute(use, "TemplateID"));
    const char *location = yx_xml_attribute(template, "BaseLoc");
    if (location == NULL || is_foreground(use, template) != foreground)
        return YX_OK;
    struct yx_bytes path;
    const struct yx_xml *root = NULL;
    YX_TRY(yx_ofd_resolve(walk->ofd->arena, walk->document->root_path, location, &path, walk->err));
    YX_TRY(yx_ofd_xml_into(walk->ofd, path, walk->arena, &root, NULL, walk->err));
    return walk_content(walk, root);
}

static yx_status walk_templates(struct walk *walk, const struct yx_xml *page, bool foreground)
{
    unsigned count = 0;
    const struct yx_xml *use = yx_xml_child(page, "Template");
    for (; use != NULL && !walk->stopped; use = yx_xml_next(use)) {
        YX_REQUIRE(++count <= YX_OFD_PAGE_TEMPLATES_MAX, walk->err, YX_DAMAGED,
                   "limit for packages", N_("a page uses more than {1} template pages"),
                   YX_NUM(YX_OFD_PAGE_TEMPLATES_MAX));
        YX_TRY(walk_template(walk, use, foreground));
    }
    return YX_OK;
}

static yx_status walk_page(struct walk *walk, const struct yx_xml *page)
{
    YX_TRY(walk_templates(walk, page, false));
    if (!walk->stopped)
        YX_TRY(walk_content(walk, page));
    return walk->stopped ? YX_OK : walk_templates(walk, page, true);
}

static void free_walk(struct walk *walk)
{
    yx_buf_free(&walk->glyphs);
    yx_arena_free(walk->arena);
}
YX_DEFINE_CLEAN_VALUE(walk, struct walk, free_walk);

yx_status yx_ofd_runs(struct yx_ofd *ofd, uint32_t document, uint32_t page,
                      bool (*each)(void *self, const struct yx_text_run *run), void *self,
                      struct yx_error *err)
{
    struct yx_ofd_document *loaded = NULL;
    struct yx_ofd_page *found = NULL;
    const struct yx_xml *root = NULL;
    YX_TRY(yx_ofd_load_pages(ofd, document, &loaded, err));
    YX_TRY(yx_ofd_page(loaded, page, &found, err));
    YX_CLEAN(walk)
    struct walk walk = {.ofd = ofd, .document = loaded, .each = each, .self = self, .err = err};
    walk.arena = yx_arena_new(YX_OFD_ARENA_MAX);
    if (walk.arena == NULL)
        return yx_fail_memory(err);
    YX_TRY(yx_ofd_xml_into(ofd, found->path, walk.arena, &root, NULL, err));
    YX_TRY(yx_ofd_page_box(ofd, loaded, found, root, err));
    walk.page = found->box;
    return walk_page(&walk, root);
}
