/* SPDX-License-Identifier: Apache-2.0 */
/* path.c - paths filled and stroked, as far as they can be in reasonable time. */
#include <math.h>

#include "render/room.h"

#define DASHES_MAX 20000 /* gaps along one path */
/*
 * What a path may cost in pixels: rows that all its edges cross together, which cairo takes some
 * 300 ns for each, and edges that it keeps in memory.
 */
#define ROWS_MAX 8e6
#define EDGES_MAX 1.5e6
/* Clips are cut with each other, which takes far longer. */
#define CLIP_ROWS_MAX 3e5
#define THINNEST 0.05 /* millimetres: a line of width 0 is seen */

void yx_draw_trace(cairo_t *cairo, const struct yx_ofd_outline *outline)
{
    const struct yx_svg_point *p = outline->points;
    for (size_t i = 0; i < outline->verb_count; i++) {
        yx_svg_verb verb = (yx_svg_verb)outline->verbs[i];
        switch (verb) {
        case YX_SVG_MOVE:
            cairo_move_to(cairo, p[0].x, p[0].y);
            break;
        case YX_SVG_LINE:
            cairo_line_to(cairo, p[0].x, p[0].y);
            break;
        case YX_SVG_CURVE:
            cairo_curve_to(cairo, p[0].x, p[0].y, p[1].x, p[1].y, p[2].x, p[2].y);
            break;
        case YX_SVG_CLOSE:
            cairo_close_path(cairo);
            break;
        }
        p += yx_svg_verb_points(verb);
    }
}

/* --- What it costs ----------------------------------------------------------------------- */

struct cost {
    double length; /* in the path's own units */
    double rows;
};

static struct cost measure(const struct yx_ofd_outline *outline, double scale)
{
    struct cost cost = {0, 0};
    for (size_t i = 1; i < outline->point_count; i++) {
        double x = outline->points[i].x - outline->points[i - 1].x;
        double y = outline->points[i].y - outline->points[i - 1].y;
        cost.length += hypot(x, y);
        cost.rows += fmin(hypot(x, y) * scale, YX_DRAW_SIDE_MAX);
    }
    return cost;
}

/* A line has two sides, and joins as high as the pen is wide; round ones have many edges. */
static bool is_long_stroke(const struct yx_ofd_outline *outline, const struct yx_svg_pen *pen,
                           const struct cost *cost, double scale)
{
    double points = (double)outline->point_count;
    double wide = fmin(pen->width * scale, YX_DRAW_SIDE_MAX);
    bool round = pen->join == YX_SVG_JOIN_ROUND || pen->cap == YX_SVG_CAP_ROUND;
    return 2 * (cost->rows + points * wide * (round ? 3 : 1)) > ROWS_MAX ||
           points * (round ? 4 + 4 * sqrt(wide) : 4) > EDGES_MAX;
}

/* Pixels alone cost so much: what stays vectors is only written. */
static bool is_too_long(const struct yx_drawing *drawing, const struct yx_ofd_object *object,
                        const struct cost *cost)
{
    const struct yx_ofd_outline *outline = &object->as.path;
    if (drawing->is_vector)
        return false;
    return (object->fill != NULL && cost->rows > ROWS_MAX) ||
           (object->stroke != NULL &&
            is_long_stroke(outline, object->pen, cost, yx_draw_scale(drawing->cairo)));
}

bool yx_draw_can_clip(struct yx_drawing *drawing, double rows)
{
    drawing->clip_rows += rows;
    if (drawing->is_vector || drawing->clip_rows <= CLIP_ROWS_MAX)
        return true;
    yx_ofd_find(drawing->render->book,
                N_("what an object is clipped to is too long; the object is left out"));
    return false;
}

bool yx_draw_can_clip_outline(struct yx_drawing *drawing, const struct yx_ofd_outline *outline)
{
    return yx_draw_can_clip(drawing, measure(outline, yx_draw_scale(drawing->cairo)).rows);
}

/* --- Pens -------------------------------------------------------------------------------- */

/* A path of `length` with more gaps than can be seen is drawn without. */
static void set_dashes(cairo_t *cairo, const struct yx_svg_pen *pen, double length)
{
    double period = 0;
    for (size_t i = 0; i < pen->dash_count; i++)
        period += pen->dashes[i];
    if (pen->dash_count > 0 && length < period * DASHES_MAX / (double)pen->dash_count)
        cairo_set_dash(cairo, pen->dashes, (int)pen->dash_count, fmod(pen->dash_offset, period));
    else
        cairo_set_dash(cairo, NULL, 0, 0);
}

void yx_draw_set_pen(cairo_t *cairo, const struct yx_svg_pen *pen, double length)
{
    static const cairo_line_cap_t caps[] = {
        [YX_SVG_CAP_BUTT] = CAIRO_LINE_CAP_BUTT,
        [YX_SVG_CAP_ROUND] = CAIRO_LINE_CAP_ROUND,
        [YX_SVG_CAP_SQUARE] = CAIRO_LINE_CAP_SQUARE,
    };
    static const cairo_line_join_t joins[] = {
        [YX_SVG_JOIN_MITER] = CAIRO_LINE_JOIN_MITER,
        [YX_SVG_JOIN_ROUND] = CAIRO_LINE_JOIN_ROUND,
        [YX_SVG_JOIN_BEVEL] = CAIRO_LINE_JOIN_BEVEL,
    };
    cairo_set_line_width(cairo, fmax(pen->width, THINNEST));
    cairo_set_line_cap(cairo, caps[pen->cap]);
    cairo_set_line_join(cairo, joins[pen->join]);
    cairo_set_miter_limit(cairo, pen->miter_limit);
    set_dashes(cairo, pen, length);
}

/* --- Paths ------------------------------------------------------------------------------- */

yx_status yx_draw_path(struct yx_drawing *drawing, const struct yx_ofd_object *object, double alpha)
{
    cairo_t *cairo = drawing->cairo;
    const struct yx_ofd_outline *outline = &object->as.path;
    struct cost cost = measure(outline, yx_draw_scale(cairo));
    bool seen = false;
    if (is_too_long(drawing, object, &cost)) {
        yx_ofd_find(drawing->render->book,
                    N_("a path with {1} points is too long to be drawn; it is left out"),
                    YX_NUM(outline->point_count));
        return YX_OK;
    }
    if (object->fill != NULL) {
        YX_TRY(yx_draw_set_paint(drawing, object->fill, alpha, &seen));
        cairo_new_path(cairo);
        yx_draw_trace(cairo, outline);
        cairo_set_fill_rule(cairo,
                            outline->even_odd ? CAIRO_FILL_RULE_EVEN_ODD : CAIRO_FILL_RULE_WINDING);
        if (seen)
            cairo_fill(cairo);
    }
    if (object->stroke == NULL)
        return YX_OK;
    YX_TRY(yx_draw_set_paint(drawing, object->stroke, alpha, &seen));
    if (!seen)
        return YX_OK;
    cairo_new_path(cairo);
    yx_draw_trace(cairo, outline);
    yx_draw_set_pen(cairo, object->pen, cost.length);
    cairo_stroke(cairo);
    return YX_OK;
}
