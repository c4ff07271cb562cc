/* SPDX-License-Identifier: Apache-2.0 */
/* arc.c - elliptical arcs as cubic Bezier curves, by the formulas of SVG 1.1 F.6. */
#include <math.h>

#include "svg/parts.h"

/* An ellipse by its centre, and the part of it from one angle over another on. */
struct ellipse {
    struct yx_svg_point centre;
    double rx, ry;
    double cosine, sine; /* of the turn of its x axis */
    double start, extent;
};

/* F.6.5: from the end points to the centre. Radii that are too small grow (F.6.6). */
static struct ellipse find_ellipse(struct yx_svg_point from, const struct yx_svg_arc *arc,
                                   struct yx_svg_point to)
{
    struct ellipse e = {.rx = fabs(arc->rx), .ry = fabs(arc->ry)};
    double turn = fmod(arc->turn, 360) * YX_SVG_PI / 180;
    e.cosine = cos(turn);
    e.sine = sin(turn);
    double half_x = (from.x - to.x) / 2, half_y = (from.y - to.y) / 2;
    double x = e.cosine * half_x + e.sine * half_y;
    double y = -e.sine * half_x + e.cosine * half_y;
    double excess = x * x / (e.rx * e.rx) + y * y / (e.ry * e.ry);
    double grow = excess > 1 ? sqrt(excess) : 1;
    e.rx *= grow;
    e.ry *= grow;
    /* In the space where the ellipse is the unit circle. */
    double u = x / e.rx, v = y / e.ry, squares = u * u + v * v;
    double factor = sqrt(fmax(0, 1 / squares - 1));
    if (arc->large == arc->sweep)
        factor = -factor;
    double cu = factor * v, cv = -factor * u;
    double cx = cu * e.rx, cy = cv * e.ry;
    e.centre = (struct yx_svg_point){e.cosine * cx - e.sine * cy + (from.x + to.x) / 2,
                                     e.sine * cx + e.cosine * cy + (from.y + to.y) / 2};
    e.start = atan2(v - cv, u - cu);
    e.extent = atan2(-v - cv, -u - cu) - e.start;
    if (arc->sweep && e.extent < 0)
        e.extent += 2 * YX_SVG_PI;
    if (!arc->sweep && e.extent > 0)
        e.extent -= 2 * YX_SVG_PI;
    return e;
}

/* A point of the unit circle's space. */
static struct yx_svg_point on_page(const struct ellipse *e, double u, double v)
{
    double x = u * e->rx, y = v * e->ry;
    return (struct yx_svg_point){e->centre.x + e->cosine * x - e->sine * y,
                                 e->centre.y + e->sine * x + e->cosine * y};
}

/* At most a quarter: 4/3 tan(a/4) is how far the control points of an arc of angle a lie. */
static yx_status add_piece(struct yx_svg *out, const struct ellipse *e, double angle, double step,
                           const struct yx_svg_point *end, struct yx_error *err)
{
    double reach = 4.0 / 3.0 * tan(step / 4), last = angle + step;
    struct yx_svg_point points[3] = {
        on_page(e, cos(angle) - reach * sin(angle), sin(angle) + reach * cos(angle)),
        on_page(e, cos(last) + reach * sin(last), sin(last) - reach * cos(last)),
        end != NULL ? *end : on_page(e, cos(last), sin(last)),
    };
    return yx_svg_add(out, YX_SVG_CURVE, points, err);
}

yx_status yx_svg_add_arc(struct yx_svg *out, struct yx_svg_point from, const struct yx_svg_arc *arc,
                         struct yx_svg_point to, struct yx_error *err)
{
    if (from.x == to.x && from.y == to.y)
        return YX_OK;
    /* So flat that the formulas would leave the numbers: F.6.2 says a straight line for 0. */
    if (fabs(arc->rx) < 1e-9 || fabs(arc->ry) < 1e-9)
        return yx_svg_add(out, YX_SVG_LINE, &to, err);
    struct ellipse e = find_ellipse(from, arc, to);
    int pieces = (int)ceil(fabs(e.extent) / (YX_SVG_PI / 2) - 1e-9);
    pieces = pieces < 1 ? 1 : pieces;
    double step = e.extent / pieces;
    for (int i = 0; i < pieces; i++)
        YX_TRY(add_piece(out, &e, e.start + i * step, step, i == pieces - 1 ? &to : NULL, err));
    return YX_OK;
}
