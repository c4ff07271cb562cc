/* SPDX-License-Identifier: Apache-2.0 */
/* object.c - sheets and objects: where they stand, what shows of them, how much shines through. */
#include <math.h>

#include "render/room.h"

#define SCALE_MIN 1e-7 /* smaller than this nothing is seen, larger no number is right any more */
#define SCALE_MAX 1e9

yx_status yx_draw_count(struct yx_drawing *drawing)
{
    YX_REQUIRE(++drawing->objects <= YX_RENDER_OBJECTS_MAX, drawing->err, YX_REFUSED,
               YX_RENDER_RULE, N_("a page draws more than {1} objects"),
               YX_NUM(YX_RENDER_OBJECTS_MAX));
    YX_REQUIRE(yx_monotonic() <= drawing->deadline, drawing->err, YX_REFUSED, YX_RENDER_RULE,
               N_("drawing takes longer than the {1} ms it is given"),
               YX_NUM(drawing->milliseconds));
    return yx_cairo_status(cairo_status(drawing->cairo), drawing->err);
}

/* --- Matrices ---------------------------------------------------------------------------- */

bool yx_draw_is_seen_through(const cairo_matrix_t *m)
{
    double size = fabs(m->xx * m->yy - m->xy * m->yx);
    double most = fmax(fmax(fabs(m->xx), fabs(m->yx)), fmax(fabs(m->xy), fabs(m->yy)));
    return most < SCALE_MAX && size > SCALE_MIN * SCALE_MIN && size > most * most * 1e-9 &&
           fabs(m->x0) < SCALE_MAX && fabs(m->y0) < SCALE_MAX;
}

bool yx_draw_transform(cairo_t *cairo, const struct yx_svg_matrix *matrix)
{
    cairo_matrix_t own = {matrix->a, matrix->b, matrix->c, matrix->d, matrix->e, matrix->f};
    cairo_matrix_t outer, both;
    cairo_get_matrix(cairo, &outer);
    cairo_matrix_multiply(&both, &own, &outer);
    if (!yx_draw_is_seen_through(&own) || !yx_draw_is_seen_through(&both))
        return false;
    cairo_set_matrix(cairo, &both);
    return true;
}

double yx_draw_scale(cairo_t *cairo)
{
    cairo_matrix_t m;
    cairo_get_matrix(cairo, &m);
    return fmax(hypot(m.xx, m.yx), hypot(m.xy, m.yy));
}

bool yx_draw_is_svg(const struct yx_drawing *drawing)
{
    return cairo_surface_get_type(cairo_get_target(drawing->cairo)) == CAIRO_SURFACE_TYPE_SVG;
}

/* --- Boundaries -------------------------------------------------------------------------- */

/* The box of a path in the coordinates of its boundary, its pen included. */
static struct yx_box find_reach(const struct yx_ofd_object *object)
{
    const struct yx_box *extent = &object->as.path.extent;
    const struct yx_svg_matrix *m = &object->matrix;
    double xs[4], ys[4];
    for (int i = 0; i < 4; i++) {
        double x = extent->x + (i & 1 ? extent->width : 0);
        double y = extent->y + (i & 2 ? extent->height : 0);
        xs[i] = m->a * x + m->c * y + m->e;
        ys[i] = m->b * x + m->d * y + m->f;
    }
    double left = fmin(fmin(xs[0], xs[1]), fmin(xs[2], xs[3]));
    double top = fmin(fmin(ys[0], ys[1]), fmin(ys[2], ys[3]));
    double right = fmax(fmax(xs[0], xs[1]), fmax(xs[2], xs[3]));
    double bottom = fmax(fmax(ys[0], ys[1]), fmax(ys[2], ys[3]));
    return (struct yx_box){left, top, right - left, bottom - top};
}

/*
 * The boundary cuts what it encloses. Writers put it around the line that a pen follows and forget
 * how wide the pen is, so half of that is granted; around letters they estimate, so text is not
 * cut.
 */
static void clip_to_boundary(cairo_t *cairo, const struct yx_ofd_object *object)
{
    const struct yx_box *box = &object->boundary;
    double slack = 0;
    if (object->kind == YX_OFD_TEXT || object->is_unbounded)
        return;
    if (object->kind == YX_OFD_IMAGE && object->as.image.border != NULL)
        slack = object->as.image.border->pen.width / 2;
    if (object->kind == YX_OFD_PATH) {
        struct yx_box reach = find_reach(object);
        if (object->stroke != NULL)
            slack = object->pen->width / 2 *
                    fmax(hypot(object->matrix.a, object->matrix.b),
                         hypot(object->matrix.c, object->matrix.d));
        if (reach.x >= -1e-3 && reach.y >= -1e-3 && reach.x + reach.width <= box->width + 1e-3 &&
            reach.y + reach.height <= box->height + 1e-3)
            return;
    }
    cairo_rectangle(cairo, -slack, -slack, box->width + 2 * slack, box->height + 2 * slack);
    cairo_clip(cairo);
}

/* --- Kinds ------------------------------------------------------------------------------- */

static yx_status draw_composite(struct yx_drawing *drawing, const struct yx_ofd_object *object,
                                double alpha)
{
    (void)alpha; /* a group has it */
    if (drawing->nesting >= YX_RENDER_NESTING_MAX) {
        yx_ofd_find(drawing->render->book,
                    N_("composite objects lie deeper in each other than {1}; one is left out"),
                    YX_NUM(YX_RENDER_NESTING_MAX));
        return YX_OK;
    }
    drawing->nesting++;
    YX_TRY(yx_draw_objects(drawing, object->as.composite->first));
    drawing->nesting--;
    return YX_OK;
}

typedef yx_status draw_kind(struct yx_drawing *drawing, const struct yx_ofd_object *object,
                            double alpha);
static draw_kind *const kinds[] = {
    [YX_OFD_TEXT] = yx_draw_text,
    [YX_OFD_PATH] = yx_draw_path,
    [YX_OFD_IMAGE] = yx_draw_image,
    [YX_OFD_COMPOSITE] = draw_composite,
};

/* --- Alpha ------------------------------------------------------------------------------- */

static bool is_pattern(const struct yx_ofd_paint *paint)
{
    return paint != NULL && paint->kind == YX_OFD_PAINT_PATTERN;
}

/* Where several things are painted over each other, they shine through as one. */
static bool needs_group(const struct yx_ofd_object *object)
{
    if (object->alpha >= 1)
        return false;
    if (object->kind == YX_OFD_COMPOSITE || is_pattern(object->fill) || is_pattern(object->stroke))
        return true;
    if (object->kind == YX_OFD_IMAGE)
        return object->as.image.border != NULL;
    return object->fill != NULL && object->stroke != NULL;
}

static bool may_group(struct yx_drawing *drawing)
{
    if (drawing->group_bytes * (drawing->groups + 1) <= YX_RENDER_GROUP_BYTES_MAX)
        return true;
    yx_ofd_find(drawing->render->book,
                N_("too much that shines through lies in each other; some is drawn opaque"));
    return false;
}

/* In SVG a group with one alpha for all becomes a mask that reaches as far as the outlines, without
 * the width of their lines: a paint that nobody sees widens it to all that may show. */
static void widen(cairo_t *cairo)
{
    cairo_set_source_rgba(cairo, 1, 1, 1, 1.0 / 255);
    cairo_paint(cairo);
}

static yx_status draw_group(struct yx_drawing *drawing, const struct yx_ofd_object *object)
{
    drawing->groups++;
    cairo_push_group(drawing->cairo);
    if (yx_draw_is_svg(drawing))
        widen(drawing->cairo);
    yx_status status = kinds[object->kind](drawing, object, 1);
    cairo_pop_group_to_source(drawing->cairo);
    drawing->groups--;
    if (status == YX_OK)
        cairo_paint_with_alpha(drawing->cairo, object->alpha);
    return status;
}

/* --- Objects ----------------------------------------------------------------------------- */

static yx_status draw_placed(struct yx_drawing *drawing, const struct yx_ofd_object *object)
{
    cairo_t *cairo = drawing->cairo;
    bool seen = true;
    cairo_translate(cairo, object->boundary.x, object->boundary.y);
    clip_to_boundary(cairo, object);
    if (!object->clips_turn)
        YX_TRY(yx_draw_clip(drawing, object->clips, &seen));
    if (!seen || !yx_draw_transform(cairo, &object->matrix))
        return YX_OK;
    if (object->clips_turn)
        YX_TRY(yx_draw_clip(drawing, object->clips, &seen));
    if (!seen)
        return YX_OK;
    if (needs_group(object) && may_group(drawing))
        return draw_group(drawing, object);
    return kinds[object->kind](drawing, object, object->alpha);
}

yx_status yx_draw_objects(struct yx_drawing *drawing, const struct yx_ofd_object *first)
{
    for (const struct yx_ofd_object *at = first; at != NULL; at = at->next) {
        YX_TRY(yx_draw_count(drawing));
        cairo_save(drawing->cairo);
        yx_status status = draw_placed(drawing, at);
        cairo_restore(drawing->cairo);
        if (status != YX_OK)
            return status;
    }
    return YX_OK;
}

yx_status yx_draw_sheet(struct yx_drawing *drawing, const struct yx_ofd_sheet *sheet)
{
    cairo_translate(drawing->cairo, -sheet->box.x, -sheet->box.y);
    cairo_get_matrix(drawing->cairo, &drawing->page);
    for (const struct yx_ofd_layer *at = sheet->layers; at != NULL; at = at->next)
        YX_TRY(yx_draw_objects(drawing, at->first));
    if (drawing->render->is_face)
        return YX_OK;
    for (const struct yx_ofd_shown_stamp *at = sheet->stamps; at != NULL; at = at->next)
        YX_TRY(yx_draw_stamp(drawing, at));
    return yx_cairo_status(cairo_status(drawing->cairo), drawing->err);
}
