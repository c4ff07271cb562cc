/* SPDX-License-Identifier: Apache-2.0 */
/*
 * align.c - lays one impression over another. Both have one size and one centre, roughly. The rings
 * around the centre, turned against each other, tell at which angles they could agree; from each
 * of these, small steps downhill (Lucas and Kanade 1981, in the inverse form of Baker and Matthews
 * 2004) go from a coarse picture to finer ones.
 */
#include <math.h>

#include "impression/parts.h"

#define ANGLES 512
#define RINGS 40
#define TRIES 6             /* angles that are followed */
#define APART (ANGLES / 40) /* how far they stand from each other, at least */
#define LEVELS_MAX 6
#define COARSE_SIDE 96u /* pixels; coarser pictures show nothing */
#define STEPS 12
#define DISTURBED 0.5f /* larger differences count as this much: ink that is in one alone */

/* --- Angles ------------------------------------------------------------------------------ */

struct rings {
    float ink[RINGS][ANGLES]; /* the mean of each ring is 0 */
};

static void read_rings(const struct plane *plane, struct rings *out)
{
    double centre_x = (plane->width - 1) / 2.0, centre_y = (plane->height - 1) / 2.0;
    double outer = fmin(centre_x, centre_y);
    for (unsigned ring = 0; ring < RINGS; ring++) {
        double radius = outer * (ring + 3) / (RINGS + 3);
        float mean = 0;
        for (unsigned i = 0; i < ANGLES; i++) {
            double angle = 2 * PI * i / ANGLES;
            out->ink[ring][i] =
                plane_sample(plane, centre_x + radius * cos(angle), centre_y + radius * sin(angle));
            mean += out->ink[ring][i] / ANGLES;
        }
        for (unsigned i = 0; i < ANGLES; i++)
            out->ink[ring][i] = (out->ink[ring][i] - mean) * (float)sqrt(radius / outer);
    }
}

/* How well `b`, looked at further on by each angle, agrees with `a`. */
static void turn_rings(const struct rings *a, const struct rings *b, float out[ANGLES])
{
    for (unsigned shift = 0; shift < ANGLES; shift++) {
        float sum = 0;
        for (unsigned ring = 0; ring < RINGS; ring++) {
            const float *one = a->ink[ring], *other = b->ink[ring];
            for (unsigned i = 0; i < ANGLES - shift; i++)
                sum += one[i] * other[i + shift];
            for (unsigned i = ANGLES - shift; i < ANGLES; i++)
                sum += one[i] * other[i + shift - ANGLES];
        }
        out[shift] = sum;
    }
}

/* The best angle, which is struck out with those around it. */
static unsigned take_best(float agreement[ANGLES])
{
    unsigned best = 0;
    for (unsigned i = 1; i < ANGLES; i++)
        if (agreement[i] > agreement[best])
            best = i;
    for (unsigned i = 0; i <= 2 * APART; i++)
        agreement[(best + ANGLES - APART + i) % ANGLES] = -INFINITY;
    return best;
}

/* --- Small steps ------------------------------------------------------------------------- */

#define UNKNOWNS 6

struct descent {
    const struct plane *a, *b;
    unsigned unknowns; /* 4: shift, turn, scale; 6: any straight change */
    double half;       /* places are measured from the centre, in halves of the side */
    double normal[UNKNOWNS][UNKNOWNS]; /* J'J */
};

/* How the value at a pixel of `a` changes with each unknown; false where nothing does. */
static bool slopes(const struct descent *descent, uint32_t x, uint32_t y, double out[UNKNOWNS])
{
    const float *row = plane_row(descent->a, y);
    double across = (row[x + 1] - row[x - 1]) / 2.0;
    double down = (row[x + descent->a->width] - (row - descent->a->width)[x]) / 2.0;
    if (across == 0 && down == 0)
        return false;
    double u = x / descent->half - 1, v = y / descent->half - 1;
    out[0] = across;
    out[1] = down;
    if (descent->unknowns == 4) {
        out[2] = across * u + down * v;
        out[3] = down * u - across * v;
        return true;
    }
    out[2] = across * u;
    out[3] = across * v;
    out[4] = down * u;
    out[5] = down * v;
    return true;
}

static void prepare(struct descent *descent)
{
    double slope[UNKNOWNS] = {0};
    for (uint32_t y = 1; y + 1 < descent->a->height; y++)
        for (uint32_t x = 1; x + 1 < descent->a->width; x++) {
            if (!slopes(descent, x, y, slope))
                continue;
            for (unsigned i = 0; i < descent->unknowns; i++)
                for (unsigned k = 0; k < descent->unknowns; k++)
                    descent->normal[i][k] += slope[i] * slope[k];
        }
}

/* Solves normal * step = sums by Gauss with pivots; false when there is no one answer. */
static bool solve(const struct descent *descent, double sums[UNKNOWNS])
{
    double m[UNKNOWNS][UNKNOWNS];
    unsigned n = descent->unknowns;
    memcpy(m, descent->normal, sizeof m);
    for (unsigned i = 0; i < n; i++) {
        /* A sum of squares is positive definite or has no one answer: no need to look for pivots.
         */
        if (m[i][i] <= 1e-9)
            return false;
        for (unsigned k = i + 1; k < n; k++) {
            double factor = m[k][i] / m[i][i];
            for (unsigned j = i; j < n; j++)
                m[k][j] -= factor * m[i][j];
            sums[k] -= factor * sums[i];
        }
    }
    for (unsigned i = n; i-- > 0;) {
        for (unsigned k = i + 1; k < n; k++)
            sums[i] -= m[i][k] * sums[k];
        sums[i] /= m[i][i];
    }
    return true;
}

static struct warp step_warp(const struct descent *descent, const double p[UNKNOWNS])
{
    double h = descent->half;
    struct warp step = {1 + p[2] / h, p[4] / h, p[3] / h, 1 + p[5] / h, 0, 0};
    if (descent->unknowns == 4)
        step = (struct warp){1 + p[2] / h, p[3] / h, -p[3] / h, 1 + p[2] / h, 0, 0};
    step.e = p[0] + h - (step.a + step.c) * h;
    step.f = p[1] + h - (step.b + step.d) * h;
    return step;
}

/* One step; gives its length in pixels at the edge, or 0 when there is none to take. */
static double go(const struct descent *descent, struct warp *warp)
{
    double sums[UNKNOWNS] = {0}, slope[UNKNOWNS] = {0};
    for (uint32_t y = 1; y + 1 < descent->a->height; y++)
        for (uint32_t x = 1; x + 1 < descent->a->width; x++) {
            if (!slopes(descent, x, y, slope))
                continue;
            struct point at = warp_apply(warp, x, y);
            float off = plane_sample(descent->b, at.x, at.y) - plane_row(descent->a, y)[x];
            off = off > DISTURBED ? DISTURBED : off < -DISTURBED ? -DISTURBED : off;
            for (unsigned i = 0; i < descent->unknowns; i++)
                sums[i] += slope[i] * off;
        }
    if (!solve(descent, sums))
        return 0;
    struct warp step = step_warp(descent, sums);
    struct warp back = warp_invert(&step);
    *warp = warp_join(warp, &back);
    double length = 0;
    for (unsigned i = 0; i < descent->unknowns; i++)
        length = fmax(length, fabs(sums[i]));
    return length;
}

static void descend(const struct plane *a, const struct plane *b, unsigned unknowns,
                    struct warp *warp)
{
    struct descent descent = {.a = a, .b = b, .unknowns = unknowns, .half = (a->width - 1) / 2.0};
    prepare(&descent);
    for (int i = 0; i < STEPS; i++)
        if (go(&descent, warp) < 0.01)
            return;
}

/* --- From coarse to fine ----------------------------------------------------------------- */

/* The correlation of `a` with what the warp leads to, -1 to 1. */
static double correlate(const struct plane *a, const struct plane *b, const struct warp *warp)
{
    double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0, n = (double)plane_size(a);
    for (uint32_t y = 0; y < a->height; y++)
        for (uint32_t x = 0; x < a->width; x++) {
            struct point at = warp_apply(warp, x, y);
            double p = plane_row(a, y)[x], q = plane_sample(b, at.x, at.y);
            sa += p;
            sb += q;
            saa += p * p;
            sbb += q * q;
            sab += p * q;
        }
    double spread = (saa - sa * sa / n) * (sbb - sb * sb / n);
    return spread > 0 ? (sab - sa * sb / n) / sqrt(spread) : 0;
}

struct pyramid {
    struct plane level[LEVELS_MAX];
    unsigned count;
};
static void pyramid_free(struct pyramid *pyramid)
{
    for (unsigned i = 0; i < pyramid->count; i++)
        plane_free(&pyramid->level[i]);
}
YX_DEFINE_CLEAN_VALUE(pyramid, struct pyramid, pyramid_free);

static yx_status build(const struct plane *plane, struct pyramid *out, struct yx_error *err)
{
    YX_TRY(plane_halve(plane, &out->level[0], err));
    out->count = 1;
    while (out->count < LEVELS_MAX && out->level[out->count - 1].width >= 2 * COARSE_SIDE) {
        YX_TRY(plane_halve(&out->level[out->count - 1], &out->level[out->count], err));
        out->count++;
    }
    return YX_OK;
}

/* The warp of a level as one of the next finer: pixel 0 of the coarse one is at 0.5. */
static struct warp finer(const struct warp *warp)
{
    static const struct warp down = {0.5, 0, 0, 0.5, -0.25, -0.25}, up = {2, 0, 0, 2, 0.5, 0.5};
    struct warp half = warp_join(warp, &down);
    return warp_join(&up, &half);
}

static struct warp best_start(const struct pyramid *a, const struct pyramid *b)
{
    const struct plane *one = &a->level[a->count - 1], *other = &b->level[b->count - 1];
    struct point centre = {(one->width - 1) / 2.0, (one->height - 1) / 2.0};
    struct rings rings[2];
    float agreement[ANGLES];
    struct warp best = {0};
    double most = -2;
    read_rings(one, &rings[0]);
    read_rings(other, &rings[1]);
    turn_rings(&rings[0], &rings[1], agreement);
    for (int i = 0; i < TRIES; i++) {
        double angle = 2 * PI * take_best(agreement) / ANGLES;
        struct warp warp = warp_turn(centre, centre, angle, 1);
        descend(one, other, 4, &warp);
        double likeness = correlate(one, other, &warp);
        if (likeness > most) {
            most = likeness;
            best = warp;
        }
    }
    return best;
}

yx_status align(const struct plane *a, const struct plane *b, struct warp *out,
                struct yx_error *err)
{
    YX_CLEAN(pyramid) struct pyramid one = {.count = 0};
    YX_CLEAN(pyramid) struct pyramid other = {.count = 0};
    YX_TRY(build(a, &one, err));
    YX_TRY(build(b, &other, err));
    struct warp warp = best_start(&one, &other);
    for (unsigned i = one.count - 1; i > 0; i--) {
        warp = finer(&warp);
        descend(&one.level[i - 1], &other.level[i - 1], i > 1 ? 4 : UNKNOWNS, &warp);
    }
    *out = finer(&warp);
    return YX_OK;
}
