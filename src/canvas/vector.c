/* SPDX-License-Identifier: Apache-2.0 */
/* vector.c - a picture that svg/ read, drawn with cairo. */
#include <math.h>

#include "canvas/canvas.h"

/* From which brightness (ITU-R BT.601) on a paint is light. */
#define LIGHT 128.0
/* How little a matrix may leave of an area. */
#define FLAT 1e-12

static void follow(cairo_t *cairo, const struct yx_svg *svg, const struct yx_svg_path *path)
{
    const struct yx_svg_point *point = svg->points + path->point;

    cairo_new_path(cairo);
    for (size_t i = 0; i < path->verb_count; i++) {
        yx_svg_verb verb = svg->verbs[path->verb + i];

        if (verb == YX_SVG_MOVE)
            cairo_move_to(cairo, point->x, point->y);
        else if (verb == YX_SVG_LINE)
            cairo_line_to(cairo, point->x, point->y);
        else if (verb == YX_SVG_CURVE)
            cairo_curve_to(cairo, point[0].x, point[0].y, point[1].x, point[1].y, point[2].x,
                           point[2].y);
        else
            cairo_close_path(cairo);
        point += yx_svg_verb_points(verb);
    }
}

static cairo_fill_rule_t fill_rule(bool even_odd)
{
    return even_odd ? CAIRO_FILL_RULE_EVEN_ODD : CAIRO_FILL_RULE_WINDING;
}

/* All clips of the chain: what lies inside every one shows. */
static void clip(cairo_t *cairo, const struct yx_svg *svg, size_t number)
{
    for (; number != 0; number = svg->clips[number - 1].outer) {
        const struct yx_svg_clip *clip = &svg->clips[number - 1];

        follow(cairo, svg, &clip->path);
        cairo_set_fill_rule(cairo, fill_rule(clip->even_odd));
        cairo_clip(cairo);
    }
}

static double brightness(const struct yx_svg_paint *paint)
{
    return 0.299 * paint->red + 0.587 * paint->green + 0.114 * paint->blue;
}

static void set_paint(cairo_t *cairo, const struct yx_svg_paint *paint, const struct yx_colour *ink)
{
    static const struct yx_colour white = {255, 255, 255};
    struct yx_colour colour = {paint->red, paint->green, paint->blue};

    if (ink != NULL)
        colour = brightness(paint) >= LIGHT ? white : *ink;
    cairo_set_source_rgba(cairo, colour.red / 255.0, colour.green / 255.0, colour.blue / 255.0,
                          paint->opacity);
}

static void set_pen(cairo_t *cairo, const struct yx_svg_pen *pen)
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

    cairo_set_line_width(cairo, pen->width);
    cairo_set_line_cap(cairo, caps[pen->cap]);
    cairo_set_line_join(cairo, joins[pen->join]);
    cairo_set_miter_limit(cairo, pen->miter_limit);
    cairo_set_dash(cairo, pen->dashes, (int)pen->dash_count, pen->dash_offset);
}

static void draw_shape(cairo_t *cairo, const struct yx_svg *svg, const struct yx_svg_shape *shape,
                       const struct yx_colour *ink)
{
    const struct yx_svg_matrix *m = &shape->matrix;
    cairo_matrix_t matrix = {m->a, m->b, m->c, m->d, m->e, m->f};

    /* cairo would refuse all that follows; a shape so flat shows nothing. */
    if (fabs(m->a * m->d - m->b * m->c) < FLAT)
        return;
    cairo_save(cairo);
    clip(cairo, svg, shape->clip);
    cairo_transform(cairo, &matrix);
    follow(cairo, svg, &shape->path);
    cairo_set_fill_rule(cairo, fill_rule(shape->even_odd));
    if (!shape->fill.is_none) {
        set_paint(cairo, &shape->fill, ink);
        cairo_fill_preserve(cairo);
    }
    if (!shape->stroke.is_none) {
        set_paint(cairo, &shape->stroke, ink);
        set_pen(cairo, &shape->pen);
        cairo_stroke_preserve(cairo);
    }
    cairo_new_path(cairo);
    cairo_restore(cairo);
}

void yx_svg_draw(cairo_t *cairo, const struct yx_svg *svg, double x, double y, double width,
                 double height, const struct yx_colour *ink)
{
    double scale = fmin(width / svg->width, height / svg->height);

    cairo_save(cairo);
    cairo_translate(cairo, x + (width - svg->width * scale) / 2,
                    y + (height - svg->height * scale) / 2);
    cairo_scale(cairo, scale, scale);
    cairo_new_path(cairo);
    cairo_rectangle(cairo, 0, 0, svg->width, svg->height);
    cairo_clip(cairo);
    for (size_t i = 0; i < svg->shape_count; i++)
        draw_shape(cairo, svg, &svg->shapes[i], ink);
    cairo_restore(cairo);
}
