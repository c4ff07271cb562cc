/* SPDX-License-Identifier: Apache-2.0 */
/*
 * svg/svg.h - the door to svg/: a still picture in SVG becomes a list of painted paths, which
 * whoever draws can follow without knowing SVG. What is read is a subset (docs/formats.md): shapes
 * in plain colours. Anything else that would be seen is refused by name, never left out.
 */
#ifndef SVG_SVG_H
#define SVG_SVG_H

#include "base/base.h"

/* Larger pictures are refused. */
#define YX_SVG_BYTES_MAX ((size_t)4 * 1024 * 1024)
#define YX_SVG_ELEMENTS_MAX 50000 /* drawn, what `use` repeats included */
#define YX_SVG_POINTS_MAX 1000000
#define YX_SVG_NESTING_MAX 64 /* of elements, through `use` as well */
#define YX_SVG_DASHES_MAX 16

struct yx_svg_point {
    double x, y;
};

/* x' = a x + c y + e, y' = b x + d y + f. */
struct yx_svg_matrix {
    double a, b, c, d, e, f;
};

/* Takes 1, 1, 3 and 0 points; a curve is a cubic Bezier from where the last verb ended. */
typedef enum { YX_SVG_MOVE, YX_SVG_LINE, YX_SVG_CURVE, YX_SVG_CLOSE } yx_svg_verb;

/* A part of the drawing's verbs and points. Every subpath begins with a move. */
struct yx_svg_path {
    size_t verb, verb_count;
    size_t point, point_count;
};

struct yx_svg_paint {
    bool is_none;
    uint8_t red, green, blue;
    double opacity; /* above 0, at most 1 */
};

typedef enum { YX_SVG_CAP_BUTT, YX_SVG_CAP_ROUND, YX_SVG_CAP_SQUARE } yx_svg_cap;
typedef enum { YX_SVG_JOIN_MITER, YX_SVG_JOIN_ROUND, YX_SVG_JOIN_BEVEL } yx_svg_join;

/* Lengths in the units of the shape. */
struct yx_svg_pen {
    double width;
    yx_svg_cap cap;
    yx_svg_join join;
    double miter_limit; /* at least 1 */
    double dashes[YX_SVG_DASHES_MAX];
    size_t dash_count; /* even; 0: a line without gaps */
    double dash_offset;
};

/* Only what lies inside shows. Its points are in the units of the whole drawing. */
struct yx_svg_clip {
    struct yx_svg_path path;
    bool even_odd;
    size_t outer; /* the clip around this one, counted from 1; 0: none */
};

/* Filled, then stroked over it. */
struct yx_svg_shape {
    struct yx_svg_path path;
    struct yx_svg_matrix matrix; /* from the units of the shape to those of the drawing */
    struct yx_svg_paint fill;
    bool even_odd;
    struct yx_svg_paint stroke;
    struct yx_svg_pen pen;
    size_t clip; /* counted from 1; 0: none */
};

/* A drawing: `width` by `height` units from the top left corner, x to the right, y down. What lies
 * outside does not show. The shapes are painted in their order, one over the other. */
struct yx_svg {
    double width, height;
    struct yx_buf verb_bytes, point_bytes, shape_bytes, clip_bytes; /* what the views below show */
    const uint8_t *verbs;
    const struct yx_svg_point *points;
    const struct yx_svg_shape *shapes;
    size_t shape_count;
    const struct yx_svg_clip *clips;
};
void yx_svg_free(struct yx_svg *svg);
YX_DEFINE_CLEAN_VALUE(yx_svg, struct yx_svg, yx_svg_free);

/* Could this be SVG: XML by its first bytes? */
bool yx_svg_is(struct yx_bytes picture);
/* YX_REFUSED names the element or property that is not drawn here, or what is wrong. Empty then. */
yx_status yx_svg_read(struct yx_bytes picture, struct yx_svg *out, struct yx_error *err);

/* Appends a verb and its points to the drawing, for other readers of outlines too. YX_REFUSED
 * beyond YX_SVG_POINTS_MAX. */
yx_status yx_svg_add(struct yx_svg *out, yx_svg_verb verb, const struct yx_svg_point *points,
                     struct yx_error *err);
struct yx_svg_arc {
    double rx, ry;
    double turn; /* of its x axis, in degrees */
    bool large, sweep;
};
/* An elliptical arc as curves (SVG 1.1 F.6). */
yx_status yx_svg_add_arc(struct yx_svg *out, struct yx_svg_point from, const struct yx_svg_arc *arc,
                         struct yx_svg_point to, struct yx_error *err);

/* How many points a verb takes. */
size_t yx_svg_verb_points(yx_svg_verb verb);
/* First `inner`, then `outer`. */
struct yx_svg_matrix yx_svg_matrix_join(const struct yx_svg_matrix *outer,
                                        const struct yx_svg_matrix *inner);
struct yx_svg_point yx_svg_matrix_apply(const struct yx_svg_matrix *matrix,
                                        struct yx_svg_point point);

#endif
