/* SPDX-License-Identifier: Apache-2.0 */
/*
 * style.c - the properties of an element: as attributes, by its classes, and in its attribute style
 * (SVG 1.1 6.4), each over those before. Properties that would change what is seen and are not
 * drawn here are refused; others, as those of texts, mean nothing for shapes.
 */
#include "svg/parts.h"

struct yx_svg_style yx_svg_style_start(void)
{
    return (struct yx_svg_style){
        .fill = {.source = YX_SVG_SOURCE_COLOUR, .paint = {.opacity = 1}},
        .stroke = {.source = YX_SVG_SOURCE_NONE, .paint = {.opacity = 1}},
        .pen = {.width = 1, .miter_limit = 4},
        .opacity = 1,
    };
}

/* --- Values ------------------------------------------------------------------------------- */

/* Takes a value into the style; false when it is not understood. */
typedef bool set_property(struct yx_svg_style *style, const char *value);

static bool set_ink(struct yx_svg_ink *ink, const char *value)
{
    bool is_none = strcmp(value, "none") == 0 || strcasecmp(value, "transparent") == 0;
    if (is_none || strcasecmp(value, "currentColor") == 0) {
        ink->source = is_none ? YX_SVG_SOURCE_NONE : YX_SVG_SOURCE_CURRENT;
        return true;
    }
    ink->source = YX_SVG_SOURCE_COLOUR;
    return yx_svg_colour(value, &ink->paint);
}

static bool set_fill(struct yx_svg_style *style, const char *value)
{
    return set_ink(&style->fill, value);
}

static bool set_stroke(struct yx_svg_style *style, const char *value)
{
    return set_ink(&style->stroke, value);
}

static bool set_colour(struct yx_svg_style *style, const char *value)
{
    return yx_svg_colour(value, &style->colour);
}

/* A number or a percentage, brought between 0 and 1. */
static bool read_opacity(const char *value, double *out)
{
    bool is_number = yx_svg_number(&value, out);
    if (*value == '%') {
        value++;
        *out /= 100;
    }
    *out = *out < 0 ? 0 : *out > 1 ? 1 : *out;
    return is_number && *value == '\0';
}

static bool set_fill_opacity(struct yx_svg_style *style, const char *value)
{
    return read_opacity(value, &style->fill.paint.opacity);
}

static bool set_stroke_opacity(struct yx_svg_style *style, const char *value)
{
    return read_opacity(value, &style->stroke.paint.opacity);
}

static bool set_opacity(struct yx_svg_style *style, const char *value)
{
    return read_opacity(value, &style->opacity);
}

/* The number of a word in a list; false when it is not in it. */
static bool find_word(const char *const *words, size_t count, const char *value, unsigned *out)
{
    for (*out = 0; *out < count; (*out)++) {
        if (strcmp(value, words[*out]) == 0)
            return true;
    }
    return false;
}

static bool set_rule(const char *value, bool *even_odd)
{
    static const char *const words[] = {"nonzero", "evenodd"};
    unsigned found;
    bool known = find_word(words, 2, value, &found);
    *even_odd = found == 1;
    return known;
}

static bool set_fill_rule(struct yx_svg_style *style, const char *value)
{
    return set_rule(value, &style->even_odd);
}

static bool set_clip_rule(struct yx_svg_style *style, const char *value)
{
    return set_rule(value, &style->clip_even_odd);
}

static bool set_width(struct yx_svg_style *style, const char *value)
{
    return yx_svg_whole_length(value, &style->pen.width) && style->pen.width >= 0;
}

static bool set_cap(struct yx_svg_style *style, const char *value)
{
    static const char *const words[] = {
        [YX_SVG_CAP_BUTT] = "butt", [YX_SVG_CAP_ROUND] = "round", [YX_SVG_CAP_SQUARE] = "square"};
    unsigned found;
    bool known = find_word(words, 3, value, &found);
    style->pen.cap = known ? (yx_svg_cap)found : style->pen.cap;
    return known;
}

static bool set_join(struct yx_svg_style *style, const char *value)
{
    static const char *const words[] = {[YX_SVG_JOIN_MITER] = "miter",
                                        [YX_SVG_JOIN_ROUND] = "round",
                                        [YX_SVG_JOIN_BEVEL] = "bevel"};
    unsigned found;
    bool known = find_word(words, 3, value, &found);
    style->pen.join = known ? (yx_svg_join)found : style->pen.join;
    return known;
}

static bool set_miter(struct yx_svg_style *style, const char *value)
{
    return yx_svg_whole_number(value, &style->pen.miter_limit) && style->pen.miter_limit >= 1;
}

/* An odd list is taken twice; one of zeros is a line without gaps (SVG 1.1 11.4). */
static bool set_dashes(struct yx_svg_style *style, const char *value)
{
    struct yx_svg_pen *pen = &style->pen;
    double sum = 0;
    pen->dash_count = 0;
    if (strcmp(value, "none") == 0)
        return true;
    while (*value != '\0') {
        double dash;
        if (pen->dash_count == YX_SVG_DASHES_MAX || !yx_svg_length(&value, &dash) || dash < 0)
            return false;
        pen->dashes[pen->dash_count++] = dash;
        sum += dash;
        yx_svg_skip_comma(&value);
    }
    size_t count = pen->dash_count;
    if (count % 2 == 1 && count > YX_SVG_DASHES_MAX / 2)
        return false;
    for (size_t i = 0; count % 2 == 1 && i < count; i++)
        pen->dashes[pen->dash_count++] = pen->dashes[i];
    pen->dash_count = sum > 0 ? pen->dash_count : 0;
    return true;
}

static bool set_dash_offset(struct yx_svg_style *style, const char *value)
{
    return yx_svg_whole_length(value, &style->pen.dash_offset);
}

static bool set_visibility(struct yx_svg_style *style, const char *value)
{
    static const char *const words[] = {"visible", "hidden", "collapse"};
    unsigned found;
    bool known = find_word(words, 3, value, &found);
    style->is_hidden = found > 0;
    return known;
}

static bool set_display(struct yx_svg_style *style, const char *value)
{
    style->has_no_display = strcmp(value, "none") == 0;
    return true;
}

static bool set_clip(struct yx_svg_style *style, const char *value)
{
    bool is_none = strcmp(value, "none") == 0;
    style->clip = is_none ? NULL : value;
    return is_none || strncmp(value, "url(", 4) == 0;
}

/* What is not drawn here may only say that there is nothing to draw. */
static bool set_nothing(struct yx_svg_style *style, const char *value)
{
    (void)style;
    return strcmp(value, "none") == 0 || strcmp(value, "normal") == 0 || strcmp(value, "auto") == 0;
}

static const struct {
    const char *name;
    set_property *set;
    bool is_attribute; /* also in an attribute of its own; transform is one of another kind */
} properties[] = {
    {"fill", set_fill, true},
    {"fill-opacity", set_fill_opacity, true},
    {"fill-rule", set_fill_rule, true},
    {"stroke", set_stroke, true},
    {"stroke-opacity", set_stroke_opacity, true},
    {"stroke-width", set_width, true},
    {"stroke-linecap", set_cap, true},
    {"stroke-linejoin", set_join, true},
    {"stroke-miterlimit", set_miter, true},
    {"stroke-dasharray", set_dashes, true},
    {"stroke-dashoffset", set_dash_offset, true},
    {"opacity", set_opacity, true},
    {"color", set_colour, true},
    {"display", set_display, true},
    {"visibility", set_visibility, true},
    {"clip-path", set_clip, true},
    {"clip-rule", set_clip_rule, true},
    {"clip", set_nothing, true},
    {"filter", set_nothing, true},
    {"mask", set_nothing, true},
    {"mask-image", set_nothing, false},
    {"marker", set_nothing, true},
    {"marker-start", set_nothing, true},
    {"marker-mid", set_nothing, true},
    {"marker-end", set_nothing, true},
    {"mix-blend-mode", set_nothing, true},
    {"paint-order", set_nothing, true},
    {"vector-effect", set_nothing, true},
    {"transform", set_nothing, false},
    {"translate", set_nothing, false},
    {"rotate", set_nothing, false},
    {"scale", set_nothing, false},
    {"offset-path", set_nothing, false},
    {"animation", set_nothing, false},
    {"animation-name", set_nothing, false},
    {"all", set_nothing, false},
    /* Geometry may be written as properties in newer versions of SVG. */
    {"d", set_nothing, false},
    {"x", set_nothing, false},
    {"y", set_nothing, false},
    {"width", set_nothing, false},
    {"height", set_nothing, false},
    {"r", set_nothing, false},
    {"rx", set_nothing, false},
    {"ry", set_nothing, false},
    {"cx", set_nothing, false},
    {"cy", set_nothing, false},
};

#define PROPERTY_COUNT (sizeof properties / sizeof properties[0])

/* --- Where they stand --------------------------------------------------------------------- */

static bool paints_from(const char *name, const char *value)
{
    return (strcmp(name, "fill") == 0 || strcmp(name, "stroke") == 0) &&
           strncasecmp(value, "url(", 4) == 0;
}

static yx_status set(size_t property, const char *value, struct yx_svg_style *style,
                     struct yx_error *err)
{
    const char *name = properties[property].name;
    if (strcmp(value, "inherit") == 0 && properties[property].set != set_opacity)
        return YX_OK;
    YX_REQUIRE(!paints_from(name, value), err, YX_REFUSED, "SVG 1.1 13",
               N_("the SVG paints with a gradient or pattern, which is not drawn here; use plain "
                  "colours"));
    return properties[property].set(style, value) ? YX_OK : yx_svg_fail_value(name, value, err);
}

/* A copy without the white space around. */
static char *copy_trimmed(struct yx_arena *arena, const char *start, const char *end)
{
    yx_svg_skip_space(&start);
    while (end > start && strchr(" \t\r\n\f", end[-1]) != NULL)
        end--;
    return yx_arena_text(arena, YX_BYTES(start, end > start ? (size_t)(end - start) : 0));
}

static yx_status apply_attributes(const struct yx_xml *element, struct yx_arena *arena,
                                  struct yx_svg_style *style, struct yx_error *err)
{
    for (size_t i = 0; i < PROPERTY_COUNT; i++) {
        const char *value =
            properties[i].is_attribute ? yx_svg_attribute(element, properties[i].name) : NULL;
        if (value == NULL)
            continue;
        const char *trimmed = copy_trimmed(arena, value, value + strlen(value));
        if (trimmed == NULL)
            return yx_svg_fail_arena(arena, err);
        YX_TRY(set(i, trimmed, style, err));
    }
    return YX_OK;
}

static bool is_property_name(const char *name)
{
    return *name != '\0' &&
           name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")] ==
               '\0';
}

static yx_status apply_declaration(const char *start, const char *end, struct yx_arena *arena,
                                   struct yx_svg_style *style, struct yx_error *err)
{
    const char *colon = memchr(start, ':', (size_t)(end - start));
    const char *name = copy_trimmed(arena, start, colon == NULL ? end : colon);
    const char *value = copy_trimmed(arena, colon == NULL ? end : colon + 1, end);
    if (name == NULL || value == NULL)
        return yx_svg_fail_arena(arena, err);
    if (*name == '\0' && colon == NULL)
        return YX_OK;
    if (colon == NULL || !is_property_name(name))
        return yx_svg_fail_value("style", name, err);
    for (size_t i = 0; i < PROPERTY_COUNT; i++) {
        if (strcasecmp(name, properties[i].name) == 0)
            return set(i, value, style, err);
    }
    return YX_OK;
}

/* "fill:red; stroke:none" */
static yx_status apply_declarations(const char *text, struct yx_arena *arena,
                                    struct yx_svg_style *style, struct yx_error *err)
{
    while (*text != '\0') {
        const char *end = text + strcspn(text, ";");
        YX_TRY(apply_declaration(text, end, arena, style, err));
        text = *end == ';' ? end + 1 : end;
    }
    return YX_OK;
}

/* Is the name one of the words? */
static bool has_word(const char *words, const char *name)
{
    size_t len = strlen(name);
    for (;;) {
        words += strspn(words, " \t\r\n\f");
        size_t word = strcspn(words, " \t\r\n\f");
        if (word == 0)
            return false;
        if (word == len && memcmp(words, name, len) == 0)
            return true;
        words += word;
    }
}

static yx_status apply_classes(const char *classes, const struct yx_svg_sheet *sheet,
                               struct yx_arena *arena, struct yx_svg_style *style,
                               struct yx_error *err)
{
    if (strnlen(classes, 1001) > 1000)
        return yx_svg_fail_value("class", classes, err);
    for (const struct yx_svg_rule *rule = sheet->first; rule != NULL; rule = rule->next) {
        if (has_word(classes, rule->name))
            YX_TRY(apply_declarations(rule->declarations, arena, style, err));
    }
    return YX_OK;
}

yx_status yx_svg_style_apply(const struct yx_xml *element, const struct yx_svg_sheet *sheet,
                             struct yx_arena *arena, struct yx_svg_style *style,
                             struct yx_error *err)
{
    const char *classes = yx_svg_attribute(element, "class");
    const char *own = yx_svg_attribute(element, "style");
    style->has_no_display = false;
    style->opacity = 1;
    style->clip = NULL;
    YX_TRY(apply_attributes(element, arena, style, err));
    if (classes != NULL)
        YX_TRY(apply_classes(classes, sheet, arena, style, err));
    return own == NULL ? YX_OK : apply_declarations(own, arena, style, err);
}
