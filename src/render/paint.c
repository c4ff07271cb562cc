/* SPDX-License-Identifier: Apache-2.0 */
/* paint.c - colours, gradients and triangles as sources of cairo. */
#include <math.h>

#include "render/room.h"

#define PI 3.14159265358979323846
#define ROUNDS_MAX 500      /* of the colours along a gradient */
#define MESH_PIXELS_MAX 6e7 /* of all triangles together */

static inline void pattern_clean(cairo_pattern_t **pattern)
{
    cairo_pattern_destroy(*pattern);
}

/* --- Gradients --------------------------------------------------------------------------- */

struct ramp {
    struct yx_drawing *drawing;
    cairo_pattern_t *pattern;
    const struct yx_ofd_gradient *gradient;
    double first, last; /* where on the way that is drawn the colours begin and end */
    double alpha;
};

static yx_status add_stop_at(const struct ramp *ramp, size_t index, double offset)
{
    const struct yx_ofd_colour *colour = &ramp->gradient->stops[index].colour;
    double rgb[3];
    YX_TRY(yx_render_colour(ramp->drawing->render, colour, rgb, ramp->drawing->err));
    cairo_pattern_add_color_stop_rgba(ramp->pattern, offset, rgb[0], rgb[1], rgb[2],
                                      colour->alpha * ramp->alpha);
    return YX_OK;
}

static yx_status add_stop(const struct ramp *ramp, size_t index, double position)
{
    return add_stop_at(ramp, index, ramp->first + (ramp->last - ramp->first) * position);
}

/* The colours once, from `start` over `length`; backwards every other time when reflected. */
static yx_status add_round(const struct ramp *ramp, double start, double length, bool backwards)
{
    const struct yx_ofd_gradient *gradient = ramp->gradient;
    for (size_t i = 0; i < gradient->stop_count; i++) {
        size_t at = backwards ? gradient->stop_count - 1 - i : i;
        double position = gradient->stops[at].position;
        double offset = start + length * (backwards ? 1 - position : position);
        if (offset <= 1)
            YX_TRY(add_stop(ramp, at, offset));
    }
    return YX_OK;
}

/* How much of the way the colours reach once. */
static double round_length(const struct yx_ofd_gradient *gradient, bool radial)
{
    double way = hypot(gradient->end.x - gradient->start.x, gradient->end.y - gradient->start.y);
    if (radial)
        way = fmax(way, fabs(gradient->end_radius - gradient->start_radius));
    if (gradient->map == YX_OFD_MAP_DIRECT || gradient->unit <= 0 || way <= 0)
        return 1;
    return fmax(fmin(gradient->unit / way, 1), 1.0 / ROUNDS_MAX);
}

static yx_status add_stops(const struct ramp *ramp, bool radial)
{
    const struct yx_ofd_gradient *gradient = ramp->gradient;
    double length = round_length(gradient, radial);
    int rounds = (int)ceil(1 / length - 1e-9);
    if (ramp->first > 0)
        YX_TRY(add_stop_at(ramp, 0, 0));
    for (int round = 0; round < rounds; round++)
        YX_TRY(add_round(ramp, round * length, length,
                         gradient->map == YX_OFD_MAP_REFLECT && round % 2 == 1));
    if (ramp->last < 1)
        YX_TRY(add_stop_at(ramp, gradient->stop_count - 1, 1));
    return YX_OK;
}

/* cairo writes no end of an axial gradient into SVG, whose own go on: what goes on is made clear.
 */
static yx_status add_clear_ends(const struct ramp *ramp)
{
    struct ramp clear = *ramp;
    const struct yx_ofd_gradient *gradient = ramp->gradient;

    clear.alpha = 0;
    if (!gradient->extend_start)
        YX_TRY(add_stop_at(&clear, 0, 0));
    YX_TRY(add_stops(ramp, false));
    if (!gradient->extend_end)
        YX_TRY(add_stop_at(&clear, gradient->stop_count - 1, 1));
    cairo_pattern_set_extend(ramp->pattern, CAIRO_EXTEND_PAD);
    return YX_OK;
}

static yx_status add_colours(const struct ramp *ramp, bool radial)
{
    const struct yx_ofd_gradient *gradient = ramp->gradient;
    bool both = gradient->extend_start && gradient->extend_end;

    if (!both && !radial && yx_draw_is_svg(ramp->drawing))
        return add_clear_ends(ramp);
    YX_TRY(add_stops(ramp, radial));
    cairo_pattern_set_extend(ramp->pattern, both ? CAIRO_EXTEND_PAD : CAIRO_EXTEND_NONE);
    return YX_OK;
}

/* --- Ends -------------------------------------------------------------------------------- */

/* Beyond this many times its own length nobody sees a gradient. */
#define FAR_MAX 1e4

/* How many times the way from `from` to `to` it takes to leave what is seen, and for radii, not to
 * fall below 0. */
static double find_far(cairo_t *cairo, const struct yx_ofd_gradient *g, double from, double to)
{
    double left, top, right, bottom;
    cairo_clip_extents(cairo, &left, &top, &right, &bottom);
    double way = fmax(hypot(g->end.x - g->start.x, g->end.y - g->start.y), fabs(to - from));
    double seen = hypot(right - left, bottom - top) +
                  hypot((left + right) / 2 - g->start.x, (top + bottom) / 2 - g->start.y);
    double far = way > 0 ? fmin(seen / way + 1, FAR_MAX) : 0;
    return to < from ? fmin(far, to / (from - to)) : far;
}

/*
 * cairo extends both ends or none. Where one extends, the way is made so much longer on that side
 * that its end is not seen.
 */
static struct yx_ofd_gradient lengthen(cairo_t *cairo, const struct yx_ofd_gradient *g)
{
    struct yx_ofd_gradient longer = *g;
    double dx = g->end.x - g->start.x, dy = g->end.y - g->start.y;
    double dr = g->end_radius - g->start_radius;
    if (g->extend_start == g->extend_end)
        return longer;
    if (g->extend_end) {
        double far = find_far(cairo, g, g->start_radius, g->end_radius);
        longer.end = (struct yx_svg_point){g->end.x + far * dx, g->end.y + far * dy};
        longer.end_radius = fmax(g->end_radius + far * dr, 0);
        return longer;
    }
    double far = find_far(cairo, g, g->end_radius, g->start_radius);
    longer.start = (struct yx_svg_point){g->start.x - far * dx, g->start.y - far * dy};
    longer.start_radius = fmax(g->start_radius - far * dr, 0);
    return longer;
}

/* A part of the way that is drawn, as the gradient has it. */
static void place_colours(struct ramp *ramp, const struct yx_ofd_gradient *drawn, bool radial)
{
    const struct yx_ofd_gradient *g = ramp->gradient;
    double whole = hypot(drawn->end.x - drawn->start.x, drawn->end.y - drawn->start.y);
    double before = hypot(g->start.x - drawn->start.x, g->start.y - drawn->start.y);
    double after = hypot(drawn->end.x - g->end.x, drawn->end.y - g->end.y);
    if (radial && fabs(drawn->end_radius - drawn->start_radius) > whole) {
        whole = fabs(drawn->end_radius - drawn->start_radius);
        before = fabs(g->start_radius - drawn->start_radius);
        after = fabs(drawn->end_radius - g->end_radius);
    }
    if (whole <= 0)
        return;
    ramp->first = before / whole;
    ramp->last = 1 - after / whole;
}

/* Circles become ellipses about the start. */
static cairo_pattern_t *new_radial(const struct yx_ofd_gradient *g)
{
    double angle = fmod(g->angle, 360) * PI / 180;
    double flat = sqrt(1 - g->eccentricity * g->eccentricity);
    cairo_matrix_t matrix;
    cairo_matrix_init_scale(&matrix, 1, 1 / flat);
    cairo_matrix_rotate(&matrix, -angle);
    cairo_matrix_translate(&matrix, -g->start.x, -g->start.y);
    double x = g->end.x, y = g->end.y;
    cairo_matrix_transform_point(&matrix, &x, &y);
    cairo_pattern_t *pattern =
        cairo_pattern_create_radial(0, 0, g->start_radius, x, y, g->end_radius);
    cairo_pattern_set_matrix(pattern, &matrix);
    return pattern;
}

static yx_status set_gradient(struct yx_drawing *drawing, const struct yx_ofd_paint *paint,
                              double alpha, bool *seen)
{
    const struct yx_ofd_gradient *g = &paint->as.gradient;
    bool radial = paint->kind == YX_OFD_PAINT_RADIAL;
    if (g->stop_count == 0)
        return YX_OK;
    const struct yx_ofd_gradient drawn = lengthen(drawing->cairo, g);
    __attribute__((cleanup(pattern_clean))) cairo_pattern_t *pattern =
        radial
            ? new_radial(&drawn)
            : cairo_pattern_create_linear(drawn.start.x, drawn.start.y, drawn.end.x, drawn.end.y);
    struct ramp ramp = {drawing, pattern, g, 0, 1, alpha * paint->alpha};
    place_colours(&ramp, &drawn, radial);
    YX_TRY(add_colours(&ramp, radial));
    cairo_set_source(drawing->cairo, pattern);
    *seen = true;
    return yx_cairo_status(cairo_pattern_status(pattern), drawing->err);
}

/* --- Triangles --------------------------------------------------------------------------- */

/* A patch whose fourth side has no length. */
static yx_status add_triangle(struct yx_drawing *drawing, cairo_pattern_t *pattern,
                              const struct yx_ofd_corner *corners, double alpha)
{
    cairo_mesh_pattern_begin_patch(pattern);
    for (int i = 0; i < 3; i++) {
        const struct yx_svg_point *point = &corners[i].point;
        if (i == 0)
            cairo_mesh_pattern_move_to(pattern, point->x, point->y);
        else
            cairo_mesh_pattern_line_to(pattern, point->x, point->y);
    }
    for (unsigned i = 0; i < 3; i++) {
        double rgb[3];
        YX_TRY(yx_render_colour(drawing->render, &corners[i].colour, rgb, drawing->err));
        cairo_mesh_pattern_set_corner_color_rgba(pattern, i, rgb[0], rgb[1], rgb[2],
                                                 corners[i].colour.alpha * alpha);
    }
    cairo_mesh_pattern_end_patch(pattern);
    return YX_OK;
}

/* What lies behind the triangles is painted as one large one. */
static yx_status add_back(struct yx_drawing *drawing, cairo_pattern_t *pattern,
                          const struct yx_ofd_colour *back, double alpha)
{
    struct yx_ofd_corner corners[3];
    double left, top, right, bottom;
    cairo_clip_extents(drawing->cairo, &left, &top, &right, &bottom);
    double width = right - left, height = bottom - top;
    corners[0] = (struct yx_ofd_corner){{left - width, top - height}, *back};
    corners[1] = (struct yx_ofd_corner){{right + 3 * width, top - height}, *back};
    corners[2] = (struct yx_ofd_corner){{left - width, bottom + 3 * height}, *back};
    return add_triangle(drawing, pattern, corners, alpha);
}

/* In pixels. */
static double find_area(const struct yx_ofd_mesh *mesh, double scale)
{
    double area = 0;
    for (size_t i = 0; i < mesh->triangle_count; i++) {
        const struct yx_ofd_corner *c = &mesh->corners[i * 3];
        double x1 = c[1].point.x - c[0].point.x, y1 = c[1].point.y - c[0].point.y;
        double x2 = c[2].point.x - c[0].point.x, y2 = c[2].point.y - c[0].point.y;
        area += fabs(x1 * y2 - x2 * y1) / 2 * scale * scale;
    }
    return area;
}

static yx_status set_mesh(struct yx_drawing *drawing, const struct yx_ofd_paint *paint,
                          double alpha, bool *seen)
{
    const struct yx_ofd_mesh *mesh = &paint->as.mesh;
    if (find_area(mesh, yx_draw_scale(drawing->cairo) * drawing->pixels) > MESH_PIXELS_MAX) {
        yx_ofd_find(drawing->render->book,
                    N_("a shading of {1} triangles is too large to be drawn; it is left out"),
                    YX_NUM(mesh->triangle_count));
        return YX_OK;
    }
    __attribute__((cleanup(pattern_clean))) cairo_pattern_t *pattern = cairo_pattern_create_mesh();
    if (mesh->back != NULL)
        YX_TRY(add_back(drawing, pattern, mesh->back, alpha * paint->alpha));
    for (size_t i = 0; i < mesh->triangle_count; i++)
        YX_TRY(add_triangle(drawing, pattern, &mesh->corners[i * 3], alpha * paint->alpha));
    cairo_set_source(drawing->cairo, pattern);
    *seen = mesh->triangle_count > 0 || mesh->back != NULL;
    return yx_cairo_status(cairo_pattern_status(pattern), drawing->err);
}

/* --- All kinds --------------------------------------------------------------------------- */

static yx_status set_plain(struct yx_drawing *drawing, const struct yx_ofd_colour *colour,
                           double alpha, bool *seen)
{
    double rgb[3];
    YX_TRY(yx_render_colour(drawing->render, colour, rgb, drawing->err));
    cairo_set_source_rgba(drawing->cairo, rgb[0], rgb[1], rgb[2], colour->alpha * alpha);
    *seen = colour->alpha * alpha > 0;
    return YX_OK;
}

yx_status yx_draw_set_paint(struct yx_drawing *drawing, const struct yx_ofd_paint *paint,
                            double alpha, bool *seen)
{
    *seen = false;
    switch (paint->kind) {
    case YX_OFD_PAINT_PLAIN:
        return set_plain(drawing, &paint->as.plain, alpha, seen);
    case YX_OFD_PAINT_AXIAL:
    case YX_OFD_PAINT_RADIAL:
        return set_gradient(drawing, paint, alpha, seen);
    case YX_OFD_PAINT_MESH:
        return set_mesh(drawing, paint, alpha, seen);
    case YX_OFD_PAINT_PATTERN:
        return yx_draw_set_pattern(drawing, paint, seen);
    }
    return YX_OK;
}
