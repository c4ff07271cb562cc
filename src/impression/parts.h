/* SPDX-License-Identifier: Apache-2.0 */
/*
 * impression/parts.h - what the files of this room share: planes of ink, shapes, and the way from
 * one plane onto another. Ink is from 0 (paper) to 1 (full ink). The middle of the top left pixel
 * is at 0, 0; y goes down; angles are radians, positive ones turn clockwise as one looks at it.
 */
#ifndef IMPRESSION_PARTS_H
#define IMPRESSION_PARTS_H

#include "impression/impression.h"

#define PI 3.14159265358979323846

struct point {
    double x, y;
};

/* --- Planes (plane.c) -------------------------------------------------------------------- */

struct plane {
    uint32_t width, height;
    float *at; /* rows from the top */
};
void plane_free(struct plane *plane);
YX_DEFINE_CLEAN_VALUE(plane, struct plane, plane_free);
/* All zero. Frees what was there. */
yx_status plane_start(struct plane *plane, uint32_t width, uint32_t height, struct yx_error *err);
static inline size_t plane_size(const struct plane *plane)
{
    return (size_t)plane->width * plane->height;
}
static inline float *plane_row(const struct plane *plane, uint32_t y)
{
    return plane->at + (size_t)plane->width * y;
}
/* Between four pixels; 0 outside. */
float plane_sample(const struct plane *plane, double x, double y);
/* Each pixel becomes the mean of the square around it, `radius` pixels to each side; there is
 * nothing outside. In and out may be one. */
yx_status plane_mean(const struct plane *in, uint32_t radius, struct plane *out,
                     struct yx_error *err);
/* Half as wide and high, slightly blurred. */
yx_status plane_halve(const struct plane *in, struct plane *out, struct yx_error *err);

/* x' = a x + c y + e, y' = b x + d y + f. */
struct warp {
    double a, b, c, d, e, f;
};
struct point warp_apply(const struct warp *warp, double x, double y);
/* First `inner`, then `outer`. */
struct warp warp_join(const struct warp *outer, const struct warp *inner);
/* Turned and scaled around `from`, which goes to `to`. */
struct warp warp_turn(struct point from, struct point to, double angle, double scale);
/* Its inverse; of one that flattens, all zero. */
struct warp warp_invert(const struct warp *warp);
/* Every pixel of `out`, which has its size, becomes what `in` has where the warp leads. Where it
 * makes a picture smaller the means of the pixels that fall together are taken. */
yx_status plane_warp(const struct plane *in, const struct warp *warp, struct plane *out,
                     struct yx_error *err);

/* --- Ink on paper (ink.c) ---------------------------------------------------------------- */

typedef enum { INK_RED, INK_DARK } ink_kind;

/* Red, green, blue. */
struct rgb {
    float part[3];
};

/* What the paper looks like where nothing is on it, in a coarse grid of cells. */
struct paper {
    const struct yx_raster *raster;
    uint32_t cell; /* pixels */
    uint32_t columns, rows;
    struct rgb *light; /* of every cell: above 0, up to 255 */
};
void paper_free(struct paper *paper);
YX_DEFINE_CLEAN_VALUE(paper, struct paper, paper_free);
/* Keeps pointing to the raster. A picture with transparent parts has white paper. */
yx_status paper_read(const struct yx_raster *raster, struct paper *out, struct yx_error *err);
/* The mean of a square of pixels (`side` to each edge, cut at the end of the picture), 0 to 1, as
 * if the light were even and the paper white. */
struct rgb paper_look(const struct paper *paper, uint32_t x, uint32_t y, uint32_t side);
/* How much of the kind of ink a colour shows, 0 to 1. */
float ink_in(ink_kind kind, const struct rgb *colour);

/* --- Where a seal is (find.c) ------------------------------------------------------------ */

#define PLACES_MAX 64

struct place {
    uint32_t left, top, right, bottom; /* pixels; right and bottom are outside */
    uint64_t ink;                      /* cells with ink */
    uint32_t group;
};
static inline uint32_t place_side(const struct place *place)
{
    uint32_t width = place->right - place->left, height = place->bottom - place->top;
    return width > height ? width : height;
}

/* What could be seals, the largest first. */
struct places {
    uint32_t step;          /* pixels to a cell of the map */
    uint32_t width, height; /* of the map, cells */
    uint32_t *group;        /* of every cell; 0: none */
    struct place found[PLACES_MAX];
    size_t count;
};
void places_free(struct places *places);
YX_DEFINE_CLEAN_VALUE(places, struct places, places_free);
/* `dpi` of the picture, 0 when it is unknown. */
yx_status places_find(const struct paper *paper, ink_kind kind, double dpi, struct places *out,
                      struct yx_error *err);
/* The one that is clearly the largest, or the one at a pixel of the picture (NULL: anywhere). */
struct pixel {
    uint32_t x, y;
};
yx_status place_choose(const struct places *places, const struct pixel *at,
                       const struct place **out, struct yx_error *err);

/* --- One seal (cut.c, shape.c) ----------------------------------------------------------- */

typedef enum { SHAPE_ROUND, SHAPE_OVAL, SHAPE_SQUARE } shape_kind;

/* The outline of all ink, as if a thread were tied around it. */
struct shape {
    shape_kind kind;
    struct point centre;
    double width, height; /* of the ellipse or rectangle that fits best */
    double angle;         /* of `width` against the horizontal, -45 to 45 degrees */
    double area;
};
/* YX_REFUSED when there is no ink. */
yx_status shape_read(const struct plane *ink, struct shape *out, struct yx_error *err);
static inline double shape_side(const struct shape *shape)
{
    return shape->width > shape->height ? shape->width : shape->height;
}

struct cut {
    struct plane ink;
    struct plane hidden; /* 1 where other ink lies above: what `ink` says is a guess */
    struct shape shape;
    uint32_t left, top; /* where the plane lies in the picture */
    struct rgb colour;  /* of full ink, 0 to 1 */
};
void cut_free(struct cut *cut);
YX_DEFINE_CLEAN_VALUE(cut, struct cut, cut_free);
/* Takes the ink of one place out of the picture; black writing over it is closed. */
yx_status cut_place(const struct paper *paper, ink_kind kind, const struct places *places,
                    const struct place *place, struct cut *out, struct yx_error *err);

/* Which direction of a round seal is its upper one, clockwise from above; false when nothing tells.
 * `circle` leads from the unit circle to the cut. */
bool find_up(const struct cut *cut, const struct warp *circle, double *angle);

/* --- One over another (align.c) ---------------------------------------------------------- */

/* Where in `b` each pixel of `a` is, as far as shift, turn, scale and a little stretching can make
 * them agree. Both have one size, and what they show is in the middle and about as large. */
yx_status align(const struct plane *a, const struct plane *b, struct warp *out,
                struct yx_error *err);

#endif
