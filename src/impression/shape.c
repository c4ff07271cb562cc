/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape.c - round, oval or square: the convex hull of the ink, and what fits it best. A hull does
 * not care whether a ring has gaps, nor whether a name seal has a frame.
 */
#include <math.h>
#include <stdlib.h>

#include "impression/parts.h"

/* An ellipse fills pi/4 of the rectangle around it, a square with worn corners nearly all. */
#define FILL_SQUARE 0.89
#define ROUND_MIN 0.85 /* short side by long side: a round seal seen a little from the side */

#define INKED 0.25f /* faint ink as well */
#define SOFT 0.75   /* pixels from there to where half the ink is */

struct hull {
    struct point *points; /* clockwise as one looks at it */
    size_t count;
};

/* Twice the area of the triangle; above 0 when the way turns clockwise. */
static double turn(struct point a, struct point b, struct point c)
{
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

static void add_point(struct hull *hull, size_t first, struct point point)
{
    while (hull->count >= first + 2 &&
           turn(hull->points[hull->count - 2], hull->points[hull->count - 1], point) <= 0)
        hull->count--;
    hull->points[hull->count++] = point;
}

/* The outermost ink of a row; false when it has none. */
static bool row_ends(const struct plane *ink, uint32_t y, struct point *left, struct point *right)
{
    const float *row = plane_row(ink, y);
    uint32_t from = 0, to = ink->width;
    while (from < to && row[from] < INKED)
        from++;
    while (to > from && row[to - 1] < INKED)
        to--;
    *left = (struct point){from - 0.5, y};
    *right = (struct point){to - 0.5, y};
    return from < to;
}

/* Down the right side, then up the left one. `points` has room for two in every row. */
static void tie(const struct plane *ink, struct hull *hull)
{
    struct point left, right;
    for (uint32_t y = 0; y < ink->height; y++)
        if (row_ends(ink, y, &left, &right))
            add_point(hull, 0, right);
    size_t first = hull->count == 0 ? 0 : hull->count - 1;
    for (uint32_t y = ink->height; y > 0; y--)
        if (row_ends(ink, y - 1, &left, &right))
            add_point(hull, first, left);
}

struct moments {
    double area;
    struct point centre;
    double xx, xy, yy; /* around the centre, for an area of 1 */
};

static struct moments measure(const struct hull *hull)
{
    struct moments m = {0};
    struct point origin = hull->points[0];
    double x1 = 0, y1 = 0;
    for (size_t i = 0; i < hull->count; i++) {
        struct point p = hull->points[i], q = hull->points[(i + 1) % hull->count];
        p = (struct point){p.x - origin.x, p.y - origin.y};
        q = (struct point){q.x - origin.x, q.y - origin.y};
        double cross = p.x * q.y - q.x * p.y;
        m.area += cross / 2;
        x1 += (p.x + q.x) * cross / 6;
        y1 += (p.y + q.y) * cross / 6;
        m.xx += (p.x * p.x + p.x * q.x + q.x * q.x) * cross / 12;
        m.yy += (p.y * p.y + p.y * q.y + q.y * q.y) * cross / 12;
        m.xy += (p.x * q.y + 2 * p.x * p.y + 2 * q.x * q.y + q.x * p.y) * cross / 24;
    }
    if (m.area <= 0)
        return m;
    x1 /= m.area;
    y1 /= m.area;
    m.xx = m.xx / m.area - x1 * x1;
    m.yy = m.yy / m.area - y1 * y1;
    m.xy = m.xy / m.area - x1 * y1;
    m.centre = (struct point){origin.x + x1, origin.y + y1};
    return m;
}

/* The rectangle of least area around the hull: one of its sides lies on a side of the hull. */
static void frame(const struct hull *hull, struct shape *out)
{
    double best = INFINITY;
    for (size_t i = 0; i < hull->count; i++) {
        struct point p = hull->points[i], q = hull->points[(i + 1) % hull->count];
        double angle = atan2(q.y - p.y, q.x - p.x), cosine = cos(angle), sine = sin(angle);
        double left = INFINITY, right = -INFINITY, top = INFINITY, bottom = -INFINITY;
        for (size_t k = 0; k < hull->count; k++) {
            double x = hull->points[k].x * cosine + hull->points[k].y * sine;
            double y = hull->points[k].y * cosine - hull->points[k].x * sine;
            left = fmin(left, x);
            right = fmax(right, x);
            top = fmin(top, y);
            bottom = fmax(bottom, y);
        }
        if ((right - left) * (bottom - top) >= best)
            continue;
        best = (right - left) * (bottom - top);
        double x = (left + right) / 2, y = (top + bottom) / 2;
        *out = (struct shape){.kind = SHAPE_SQUARE,
                              .centre = {x * cosine - y * sine, x * sine + y * cosine},
                              .width = right - left,
                              .height = bottom - top,
                              .angle = angle};
    }
}

/* The ellipse with the same moments. */
static void fit_ellipse(const struct moments *m, struct shape *out)
{
    double middle = (m->xx + m->yy) / 2, apart = hypot((m->xx - m->yy) / 2, m->xy);
    *out = (struct shape){.centre = m->centre,
                          .width = 4 * sqrt(middle + apart),
                          .height = 4 * sqrt(fmax(middle - apart, 0)),
                          .angle = atan2(2 * m->xy, m->xx - m->yy) / 2};
    out->kind = out->height >= ROUND_MIN * out->width ? SHAPE_ROUND : SHAPE_OVAL;
}

/* The side that lies flatter becomes the width. */
static void lay_flat(struct shape *shape)
{
    double quarters = round(shape->angle / (PI / 2));
    shape->angle -= quarters * (PI / 2);
    if (fmod(fabs(quarters), 2) < 1)
        return;
    double width = shape->width;
    shape->width = shape->height;
    shape->height = width;
}

static bool read_hull(const struct hull *hull, struct shape *out)
{
    if (hull->count < 3)
        return false;
    struct moments moments = measure(hull);
    if (moments.area < 1)
        return false;
    frame(hull, out);
    if (moments.area < FILL_SQUARE * out->width * out->height)
        fit_ellipse(&moments, out);
    out->area = moments.area;
    out->width -= 2 * SOFT;
    out->height -= 2 * SOFT;
    lay_flat(out);
    return out->width > 0 && out->height > 0;
}

yx_status shape_read(const struct plane *ink, struct shape *out, struct yx_error *err)
{
    YX_CLEAN(plane) struct plane smooth = {0};
    YX_TRY(plane_mean(ink, 1, &smooth, err)); /* single pixels are noise */
    struct hull hull = {.points = calloc(2 * (size_t)ink->height + 2, sizeof *hull.points)};
    if (hull.points == NULL)
        return yx_fail_memory(err);
    tie(&smooth, &hull);
    bool found = read_hull(&hull, out);
    free(hull.points);
    YX_REQUIRE(found, err, YX_REFUSED, yx_rule_impression, N_("there is no seal in the picture"));
    return YX_OK;
}
