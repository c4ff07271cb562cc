/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read.c - walks the tree of an SVG and adds what is painted to the drawing. An element that would
 * be seen and is not drawn here is refused; one that only waits to be referred to is passed over.
 */
#include <math.h>
#include <stdlib.h>

#include "svg/parts.h"

#define MEMORY_MAX ((size_t)64 * 1024 * 1024)
/* Bytes of start tags read while drawing: `use` may ask for the same long ones again and again. */
#define WORK_MAX ((size_t)64 * 1024 * 1024)
#define RULE "SVG 1.1"

/* An element that can be referred to; of several with one id the first counts. */
struct target {
    const char *id;
    const struct yx_xml *element;
};

struct walk {
    struct yx_svg *out;
    struct yx_arena *arena;
    struct yx_svg_sheet sheet;
    struct target *targets;
    size_t target_count;
    size_t elements, work; /* drawn so far; see WORK_MAX */
};

/* What an element is drawn in. */
struct scope {
    struct yx_svg_matrix matrix;
    struct yx_svg_style style;
    size_t clip;
    unsigned depth;
    bool is_used; /* it is what a `use` refers to */
};

/* --- References --------------------------------------------------------------------------- */

static size_t count_elements(const struct yx_xml *element)
{
    size_t count = 1;
    for (const struct yx_xml *child = element->first; child != NULL; child = child->next)
        count += count_elements(child);
    return count;
}

static void list_targets(struct walk *walk, const struct yx_xml *element)
{
    const char *id = yx_svg_attribute(element, "id");
    if (id != NULL && !yx_svg_is_foreign(element))
        walk->targets[walk->target_count++] = (struct target){id, element};
    for (const struct yx_xml *child = element->first; child != NULL; child = child->next)
        list_targets(walk, child);
}

static int compare_targets(const void *left, const void *right)
{
    const struct target *a = left;
    const struct target *b = right;
    int order = strcmp(a->id, b->id);
    if (order != 0)
        return order;
    return (a->element->start > b->element->start) - (a->element->start < b->element->start);
}

static yx_status index_targets(struct walk *walk, const struct yx_xml *root, struct yx_error *err)
{
    walk->targets = yx_arena_calloc(walk->arena, count_elements(root), sizeof *walk->targets);
    if (walk->targets == NULL)
        return yx_svg_fail_arena(walk->arena, err);
    list_targets(walk, root);
    qsort(walk->targets, walk->target_count, sizeof *walk->targets, compare_targets);
    return YX_OK;
}

/* The first with this id. */
static yx_status find_target(const struct walk *walk, const char *id, const struct yx_xml **out,
                             struct yx_error *err)
{
    size_t low = 0, high = walk->target_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(walk->targets[middle].id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == walk->target_count || strcmp(walk->targets[low].id, id) != 0)
        return yx_svg_fail_value("href", id, err);
    *out = walk->targets[low].element;
    return YX_OK;
}

static const char *get_href(const struct yx_xml *element)
{
    const char *href = yx_xml_attribute(element, "href"); /* xlink:href too */
    return href == NULL || *href != '#' ? "" : href + 1;
}

/* What every element that takes part costs. */
static yx_status count_work(struct walk *walk, const struct yx_xml *element, unsigned depth,
                            struct yx_error *err)
{
    walk->elements++;
    walk->work += element->content_start - element->start;
    YX_REQUIRE(walk->elements <= YX_SVG_ELEMENTS_MAX && walk->work <= WORK_MAX, err, YX_REFUSED,
               RULE, N_("the SVG draws more than {1} elements"), YX_NUM(YX_SVG_ELEMENTS_MAX));
    YX_REQUIRE(depth <= YX_SVG_NESTING_MAX, err, YX_REFUSED, RULE,
               N_("the SVG nests or refers deeper than {1} elements, or to itself"),
               YX_NUM(YX_SVG_NESTING_MAX));
    return YX_OK;
}

static yx_status apply_transform(const struct yx_xml *element, struct yx_svg_matrix *matrix,
                                 struct yx_error *err)
{
    const char *value = yx_svg_attribute(element, "transform");
    return value == NULL ? YX_OK : yx_svg_transform(value, matrix, err);
}

/* x and y of a `use` move what it shows. */
static yx_status apply_place(const struct yx_xml *use, struct yx_svg_matrix *matrix,
                             struct yx_error *err)
{
    static const char *const names[2] = {"x", "y"};
    double values[2] = {0, 0};
    for (size_t i = 0; i < 2; i++) {
        const char *value = yx_svg_attribute(use, names[i]);
        if (value != NULL && !yx_svg_whole_length(value, &values[i]))
            return yx_svg_fail_value(names[i], value, err);
    }
    struct yx_svg_matrix place = {1, 0, 0, 1, values[0], values[1]};
    *matrix = yx_svg_matrix_join(matrix, &place);
    return YX_OK;
}

/* --- Clips -------------------------------------------------------------------------------- */

/* "url(#a)", with quotes or without. */
static yx_status find_clip(const struct walk *walk, const char *value, const struct yx_xml **out,
                           struct yx_error *err)
{
    const char *start = value + strlen("url(");
    start += strspn(start, " \"'#");
    size_t len = strcspn(start, " \"')");
    const char *id = yx_arena_text(walk->arena, YX_BYTES(start, len));
    if (id == NULL)
        return yx_svg_fail_arena(walk->arena, err);
    YX_TRY(find_target(walk, id, out, err));
    const char *units = yx_svg_attribute(*out, "clipPathUnits");
    bool known =
        strcmp((*out)->name, "clipPath") == 0 && yx_svg_attribute(*out, "clip-path") == NULL;
    YX_REQUIRE(known && (units == NULL || strcmp(units, "userSpaceOnUse") == 0), err, YX_REFUSED,
               "SVG 1.1 14.3", N_("the SVG clips with {1} in a way that is not drawn here"), id);
    return YX_OK;
}

static bool is_wordless(const struct yx_xml *element)
{
    return !yx_svg_is_foreign(element) && strcmp(element->name, "title") != 0 &&
           strcmp(element->name, "desc") != 0;
}

/* The one shape inside; NULL when there are none or several. */
static const struct yx_xml *only_child(const struct yx_xml *parent)
{
    const struct yx_xml *only = NULL;
    for (const struct yx_xml *child = parent->first; child != NULL; child = child->next) {
        if (!is_wordless(child))
            continue;
        if (only != NULL)
            return NULL;
        only = child;
    }
    return only;
}

/* Follows the shape of a clip through one `use`. */
static yx_status find_clip_shape(struct walk *walk, const struct yx_xml *clip, struct scope *scope,
                                 const struct yx_xml **out, struct yx_error *err)
{
    const struct yx_xml *shape = only_child(clip);
    YX_TRY(apply_transform(clip, &scope->matrix, err));
    YX_TRY(yx_svg_style_apply(clip, &walk->sheet, walk->arena, &scope->style, err));
    if (shape != NULL && strcmp(shape->name, "use") == 0) {
        YX_TRY(count_work(walk, shape, scope->depth, err));
        YX_TRY(apply_transform(shape, &scope->matrix, err));
        YX_TRY(apply_place(shape, &scope->matrix, err));
        YX_TRY(yx_svg_style_apply(shape, &walk->sheet, walk->arena, &scope->style, err));
        YX_TRY(find_target(walk, get_href(shape), &shape, err));
    }
    YX_REQUIRE(shape != NULL && yx_svg_shape_outline(shape->name) != NULL, err, YX_REFUSED,
               "SVG 1.1 14.3", N_("the SVG's <clipPath> is not one shape; make it one path"));
    *out = shape;
    return YX_OK;
}

/* Into the units of the drawing; refuses what lies absurdly far outside. */
static yx_status place_points(struct yx_svg *out, const struct yx_svg_path *path,
                              const struct yx_svg_matrix *matrix, bool keep, struct yx_error *err)
{
    uint8_t *at = out->point_bytes.data;
    for (size_t i = 0; i < path->point_count; i++) {
        struct yx_svg_point point;
        size_t offset = (path->point + i) * sizeof point;
        memcpy(&point, at + offset, sizeof point);
        point = yx_svg_matrix_apply(matrix, point);
        YX_REQUIRE(
            fabs(point.x) <= 10 * YX_SVG_NUMBER_MAX && fabs(point.y) <= 10 * YX_SVG_NUMBER_MAX, err,
            YX_REFUSED, RULE, N_("the SVG draws farther from its origin than {1} units"),
            YX_NUM(10 * YX_SVG_NUMBER_MAX));
        if (keep)
            memcpy(at + offset, &point, sizeof point);
    }
    return YX_OK;
}

static yx_status add_clip(struct walk *walk, const struct yx_xml *shape, struct scope *scope,
                          struct yx_svg_clip *clip, struct yx_error *err)
{
    YX_TRY(count_work(walk, shape, scope->depth, err));
    YX_TRY(apply_transform(shape, &scope->matrix, err));
    YX_TRY(yx_svg_style_apply(shape, &walk->sheet, walk->arena, &scope->style, err));
    clip->even_odd = scope->style.clip_even_odd;
    clip->path = yx_svg_path_begin(walk->out);
    YX_TRY(yx_svg_shape_outline(shape->name)(walk->out, shape, err));
    yx_svg_path_end(walk->out, &clip->path);
    return place_points(walk->out, &clip->path, &scope->matrix, true, err);
}

/* Puts the clip that the element asks for around what it draws. */
static yx_status enter_clip(struct walk *walk, struct scope *scope, struct yx_error *err)
{
    const struct yx_xml *element = NULL, *shape = NULL;
    struct yx_svg_clip clip = {.outer = scope->clip};
    struct scope inner = *scope;
    inner.style = yx_svg_style_start();
    YX_TRY(find_clip(walk, scope->style.clip, &element, err));
    YX_TRY(find_clip_shape(walk, element, &inner, &shape, err));
    YX_TRY(add_clip(walk, shape, &inner, &clip, err));
    /* Nothing shows through an empty clip. */
    scope->style.has_no_display = clip.path.verb_count == 0 || inner.style.has_no_display;
    if (yx_buf_append(&walk->out->clip_bytes, YX_BYTES(&clip, sizeof clip)) != YX_OK)
        return yx_fail_memory(err);
    scope->clip = walk->out->clip_bytes.len / sizeof clip;
    return YX_OK;
}

/* --- Shapes ------------------------------------------------------------------------------- */

static struct yx_svg_paint paint_of(const struct yx_svg_ink *ink, const struct yx_svg_style *style)
{
    struct yx_svg_paint paint = ink->source == YX_SVG_SOURCE_CURRENT ? style->colour : ink->paint;
    paint.opacity = ink->paint.opacity;
    paint.is_none = ink->source == YX_SVG_SOURCE_NONE || !(paint.opacity > 0);
    return paint;
}

static yx_status draw_shape(struct walk *walk, const struct yx_xml *element,
                            const struct scope *scope, yx_svg_outline *outline,
                            struct yx_error *err)
{
    const struct yx_svg_style *style = &scope->style;
    struct yx_svg_shape shape = {.path = yx_svg_path_begin(walk->out),
                                 .matrix = scope->matrix,
                                 .fill = paint_of(&style->fill, style),
                                 .even_odd = style->even_odd,
                                 .stroke = paint_of(&style->stroke, style),
                                 .pen = style->pen,
                                 .clip = scope->clip};
    /* A line has no inside; some drawers would show a hair. */
    shape.fill.is_none |= strcmp(element->name, "line") == 0;
    shape.stroke.is_none |= style->pen.width <= 0;
    YX_TRY(outline(walk->out, element, err));
    yx_svg_path_end(walk->out, &shape.path);
    YX_TRY(place_points(walk->out, &shape.path, &shape.matrix, false, err));
    bool is_seen = !style->is_hidden && shape.path.verb_count > 0 &&
                   !(shape.fill.is_none && shape.stroke.is_none);
    if (is_seen && yx_buf_append(&walk->out->shape_bytes, YX_BYTES(&shape, sizeof shape)) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

/* --- Elements ----------------------------------------------------------------------------- */

static yx_status draw_element(struct walk *walk, const struct yx_xml *element,
                              const struct scope *outer, struct yx_error *err);

static yx_status draw_group(struct walk *walk, const struct yx_xml *element,
                            const struct scope *scope, struct yx_error *err)
{
    struct scope inner = *scope;
    inner.is_used = false;
    for (const struct yx_xml *child = element->first; child != NULL; child = child->next)
        YX_TRY(draw_element(walk, child, &inner, err));
    return YX_OK;
}

/* Without a viewBox of its own, and with nothing cut off, it is a group: so programs keep glyphs.
 */
static yx_status draw_symbol(struct walk *walk, const struct yx_xml *element,
                             const struct scope *scope, struct yx_error *err)
{
    const char *overflow = yx_svg_attribute(element, "overflow");
    bool is_group = overflow != NULL && strcmp(overflow, "visible") == 0 &&
                    yx_svg_attribute(element, "viewBox") == NULL;
    if (!scope->is_used)
        return YX_OK;
    YX_REQUIRE(is_group, err, YX_REFUSED, "SVG 1.1 5.5",
               N_("the SVG uses <{1}>, which is not drawn here"), element->name);
    return draw_group(walk, element, scope, err);
}

static yx_status draw_use(struct walk *walk, const struct yx_xml *element,
                          const struct scope *scope, struct yx_error *err)
{
    const struct yx_xml *target = NULL;
    struct scope inner = *scope;
    YX_TRY(apply_place(element, &inner.matrix, err));
    YX_TRY(find_target(walk, get_href(element), &target, err));
    inner.is_used = true;
    return draw_element(walk, target, &inner, err);
}

static yx_status draw_nothing(struct walk *walk, const struct yx_xml *element,
                              const struct scope *scope, struct yx_error *err)
{
    (void)walk;
    (void)element;
    (void)scope;
    (void)err;
    return YX_OK;
}

static yx_status refuse_text(struct walk *walk, const struct yx_xml *element,
                             const struct scope *scope, struct yx_error *err)
{
    (void)walk;
    (void)scope;
    return yx_fail(err, YX_REFUSED, "SVG 1.1 10",
                   N_("the SVG has <{1}>; convert its texts to paths, so that the seal looks the "
                      "same everywhere"),
                   element->name);
}

static const struct kind {
    const char *name;
    yx_status (*draw)(struct walk *walk, const struct yx_xml *element, const struct scope *scope,
                      struct yx_error *err);
} kinds[] = {
    {"g", draw_group},
    {"use", draw_use},
    {"symbol", draw_symbol},
    {"text", refuse_text},
    /* Never drawn where they stand (SVG 1.1 5.3, 5.4, 13, 14). */
    {"defs", draw_nothing},
    {"title", draw_nothing},
    {"desc", draw_nothing},
    {"metadata", draw_nothing},
    {"style", draw_nothing},
    {"clipPath", draw_nothing},
    {"linearGradient", draw_nothing},
    {"radialGradient", draw_nothing},
    {"pattern", draw_nothing},
    {"marker", draw_nothing},
    {"mask", draw_nothing},
    {"filter", draw_nothing},
};

static yx_status draw_kind(struct walk *walk, const struct yx_xml *element,
                           const struct scope *scope, struct yx_error *err)
{
    yx_svg_outline *outline = yx_svg_shape_outline(element->name);
    if (outline != NULL)
        return draw_shape(walk, element, scope, outline, err);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(element->name, kinds[i].name) == 0)
            return kinds[i].draw(walk, element, scope, err);
    }
    if (scope->depth == 1 && strcmp(element->name, "svg") == 0)
        return draw_group(walk, element, scope, err);
    return yx_fail(err, YX_REFUSED, RULE, N_("the SVG has <{1}>, which is not drawn here"),
                   element->name);
}

/*
 * Opacity of the whole element: of all that it has painted since `first`. Where only one thing was
 * painted it is that one's; several would have to be mixed first, which no list of paths can say.
 */
static yx_status fade(struct walk *walk, size_t first, double opacity, struct yx_error *err)
{
    struct yx_svg_shape shape;
    struct yx_buf *shapes = &walk->out->shape_bytes;
    size_t count = (shapes->len - first) / sizeof shape;
    if (opacity >= 1 || count == 0)
        return YX_OK;
    if (opacity <= 0) {
        shapes->len = first;
        return YX_OK;
    }
    memcpy(&shape, shapes->data + first, sizeof shape);
    YX_REQUIRE(count == 1 && (shape.fill.is_none || shape.stroke.is_none), err, YX_REFUSED,
               "SVG 1.1 14.5",
               N_("the SVG has opacity over several things painted, which is not drawn here; use "
                  "fill-opacity and stroke-opacity"));
    shape.fill.opacity *= opacity;
    shape.stroke.opacity *= opacity;
    memcpy(shapes->data + first, &shape, sizeof shape);
    return YX_OK;
}

static yx_status draw_element(struct walk *walk, const struct yx_xml *element,
                              const struct scope *outer, struct yx_error *err)
{
    struct scope scope = *outer;
    size_t first = walk->out->shape_bytes.len;
    scope.depth++;
    if (yx_svg_is_foreign(element))
        return YX_OK;
    YX_TRY(count_work(walk, element, scope.depth, err));
    YX_TRY(yx_svg_style_apply(element, &walk->sheet, walk->arena, &scope.style, err));
    if (scope.style.has_no_display)
        return YX_OK;
    YX_TRY(apply_transform(element, &scope.matrix, err));
    if (scope.style.clip != NULL)
        YX_TRY(enter_clip(walk, &scope, err));
    if (scope.style.has_no_display)
        return YX_OK;
    YX_TRY(draw_kind(walk, element, &scope, err));
    return fade(walk, first, scope.style.opacity, err);
}

/* --- The viewport ------------------------------------------------------------------------- */

struct view {
    double x, y, width, height;
};

static yx_status get_view_box(const struct yx_xml *root, struct view *out, bool *has,
                              struct yx_error *err)
{
    const char *value = yx_svg_attribute(root, "viewBox");
    double v[4];
    *has = value != NULL;
    if (!*has)
        return YX_OK;
    const char *at = value;
    yx_svg_skip_space(&at);
    for (size_t i = 0; i < 4; i++) {
        if (!yx_svg_number(&at, &v[i]))
            return yx_svg_fail_value("viewBox", value, err);
        yx_svg_skip_comma(&at);
    }
    *out = (struct view){v[0], v[1], v[2], v[3]};
    return *at == '\0' && v[2] > 0 && v[3] > 0 ? YX_OK : yx_svg_fail_value("viewBox", value, err);
}

/* 100% says no more than nothing. */
static yx_status get_extent(const struct yx_xml *root, const char *name, double *out, bool *has,
                            struct yx_error *err)
{
    const char *value = yx_svg_attribute(root, name);
    *has = value != NULL && strchr(value, '%') == NULL && strcmp(value, "auto") != 0;
    if (*has && !(yx_svg_whole_length(value, out) && *out > 0))
        return yx_svg_fail_value(name, value, err);
    return YX_OK;
}

/* How much of the room that is left over stands before the drawing: Min, Mid, Max. */
static bool read_align(const char **at, char axis, double *share)
{
    static const char *const words[] = {"Min", "Mid", "Max"};
    if ((*at)[0] != axis)
        return false;
    for (int i = 0; i < 3; i++) {
        if (strncmp(*at + 1, words[i], 3) != 0)
            continue;
        *share = i / 2.0;
        *at += 4;
        return true;
    }
    return false;
}

/* preserveAspectRatio (SVG 1.1 7.8). */
static yx_status fit(const struct yx_xml *root, const struct view *box, const struct yx_svg *out,
                     struct yx_svg_matrix *matrix, struct yx_error *err)
{
    const char *value = yx_svg_attribute(root, "preserveAspectRatio");
    double across = out->width / box->width, along = out->height / box->height;
    double x = 0.5, y = 0.5;
    if (value != NULL && strcmp(value, "none") == 0) {
        *matrix = (struct yx_svg_matrix){across, 0, 0, along, -box->x * across, -box->y * along};
        return YX_OK;
    }
    const char *at = value == NULL ? "xMidYMid" : value;
    bool known = read_align(&at, 'x', &x) && read_align(&at, 'Y', &y);
    yx_svg_skip_space(&at);
    bool slice = strcmp(at, "slice") == 0;
    if (!known || !(slice || *at == '\0' || strcmp(at, "meet") == 0))
        return yx_svg_fail_value("preserveAspectRatio", value == NULL ? "" : value, err);
    double scale = slice ? fmax(across, along) : fmin(across, along);
    *matrix = (struct yx_svg_matrix){scale,
                                     0,
                                     0,
                                     scale,
                                     (out->width - box->width * scale) * x - box->x * scale,
                                     (out->height - box->height * scale) * y - box->y * scale};
    return YX_OK;
}

static yx_status set_viewport(const struct yx_xml *root, struct yx_svg *out,
                              struct yx_svg_matrix *matrix, struct yx_error *err)
{
    struct view box = {0};
    bool has_box, has_width, has_height;
    YX_TRY(get_view_box(root, &box, &has_box, err));
    YX_TRY(get_extent(root, "width", &out->width, &has_width, err));
    YX_TRY(get_extent(root, "height", &out->height, &has_height, err));
    YX_REQUIRE(has_box || (has_width && has_height), err, YX_REFUSED, "SVG 1.1 7.2",
               N_("the SVG does not say how large it is; give it a viewBox"));
    if (!has_width || !has_height) {
        out->width = box.width;
        out->height = box.height;
    }
    if (!has_box)
        box = (struct view){0, 0, out->width, out->height};
    /* Else the thinnest line would be a plane, or the drawing a line. */
    double ratio = out->width / out->height, scale = out->width / box.width;
    YX_REQUIRE(ratio <= 1000 && ratio >= 0.001 && scale <= 1e6 && scale >= 1e-6 &&
                   out->width >= 1e-3,
               err, YX_REFUSED, "SVG 1.1 7.2", N_("the SVG has an absurd size"));
    return fit(root, &box, out, matrix, err);
}

/* --- All of it ---------------------------------------------------------------------------- */

static yx_status read_tree(struct walk *walk, const struct yx_xml *root, struct yx_error *err)
{
    struct scope scope = {.style = yx_svg_style_start()};
    const char *namespace = yx_xml_attribute(root, root->prefix[0] == '\0' ? "xmlns" : "svg");
    YX_REQUIRE(strcmp(root->name, "svg") == 0 && !yx_svg_is_foreign(root) && namespace != NULL, err,
               YX_REFUSED, "SVG 1.1 5.1",
               N_("the picture is XML, but no SVG: its first element is <{1}>, and <svg> of the "
                  "namespace http://www.w3.org/2000/svg was expected"),
               root->name);
    YX_TRY(yx_svg_check(root, err));
    YX_TRY(yx_svg_sheet_read(root, walk->arena, &walk->sheet, err));
    YX_TRY(index_targets(walk, root, err));
    YX_TRY(set_viewport(root, walk->out, &scope.matrix, err));
    YX_TRY(draw_element(walk, root, &scope, err));
    YX_REQUIRE(walk->out->shape_bytes.len > 0, err, YX_REFUSED, RULE, N_("the SVG paints nothing"));
    return YX_OK;
}

/* Whatever is wrong with a foreign picture is a reason to refuse it. */
static yx_status refuse(struct yx_error *why, struct yx_error *err)
{
    if (why->status == YX_DAMAGED) {
        why->status = YX_REFUSED;
        why->rule = RULE;
    }
    if (err != NULL)
        *err = *why;
    return why->status;
}

static yx_status read_picture(struct yx_bytes picture, struct yx_svg *out, struct yx_error *err)
{
    YX_CLEAN(yx_arena) struct yx_arena *arena = yx_arena_new(MEMORY_MAX);
    struct walk walk = {.out = out, .arena = arena};
    struct yx_xml *root = NULL;
    struct yx_error why = {0};
    YX_REQUIRE(picture.len <= YX_SVG_BYTES_MAX, err, YX_REFUSED, RULE,
               N_("the SVG has more than {1} bytes"), YX_NUM(YX_SVG_BYTES_MAX));
    if (arena == NULL)
        return yx_fail_memory(err);
    yx_status status = yx_xml_parse(picture, "SVG", arena, &root, &why);
    if (status == YX_OK)
        status = read_tree(&walk, root, &why);
    return status == YX_OK ? YX_OK : refuse(&why, err);
}

static void show_parts(struct yx_svg *out)
{
    out->verbs = out->verb_bytes.data;
    out->points = (const struct yx_svg_point *)(const void *)out->point_bytes.data;
    out->shapes = (const struct yx_svg_shape *)(const void *)out->shape_bytes.data;
    out->shape_count = out->shape_bytes.len / sizeof *out->shapes;
    out->clips = (const struct yx_svg_clip *)(const void *)out->clip_bytes.data;
}

yx_status yx_svg_read(struct yx_bytes picture, struct yx_svg *out, struct yx_error *err)
{
    *out = (struct yx_svg){0};
    yx_status status = read_picture(picture, out, err);
    if (status == YX_OK)
        show_parts(out);
    else
        yx_svg_free(out);
    return status;
}

bool yx_svg_is(struct yx_bytes picture)
{
    static const char mark[] = "\xEF\xBB\xBF";
    if (picture.len >= 3 && memcmp(picture.data, mark, 3) == 0)
        picture = YX_BYTES(picture.data + 3, picture.len - 3);
    while (picture.len > 0 && strchr(" \t\r\n", picture.data[0]) != NULL && picture.data[0] != 0)
        picture = YX_BYTES(picture.data + 1, picture.len - 1);
    return picture.len > 0 && picture.data[0] == '<';
}
