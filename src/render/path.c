/* SPDX-License-Identifier: Apache-2.0 */
/* path.c - paths filled and stroked, as far as they can be in reasonable time. */
#include <math.h>

#include "render/room.h"

#define DASHES_MAX 20000 /* gaps along one path */
/* What a fill may cost: rows of pixels crossed by all edges together. cairo takes some 50 ns for
 * each at worst. */
#define ROWS_MAX 4e7
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
    double rows;   /* of pixels */
};

static struct cost measure(const struct yx_ofd_outline *outline, double scale)
{
    struct cost cost = {0, 0};
    for (size_t i = 1; i < outline->point_count; i++) {
        double x = outline->points[i].x - outline->points[i - 1].x;
        double y = outline->points[i].y - outline->points[i - 1].y;
        cost.length += hypot(x, y);
        cost.rows += fmin(fabs(y) * scale, YX_DRAW_SIDE_MAX);
    }
    return cost;
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
    if (!drawing->is_vector && cost.rows > ROWS_MAX) {
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
