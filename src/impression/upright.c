/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upright.c - which way is up in a round seal. The name runs along the upper part of the ring, and
 * a star points up: the name tells roughly, the star exactly. Without a star the name has to do: it
 * is as long to the left as to the right.
 */
#include <math.h>

#include "impression/parts.h"

#define ANGLES 720
/* Of the radius: where the name is, and where the star is. */
#define NAME_INNER 0.60
#define NAME_OUTER 0.92
#define STAR_INNER 0.04
#define STAR_OUTER 0.40
#define STEPS 48
#define LEANS 0.12 /* the name pulls the middle of the ink up by this part of the radius */
#define STARRY 0.3 /* how much of the ink in the middle comes and goes five times around */
#define SEARCH 45  /* to each side of where the name seems to be */
#define SOFT (ANGLES / 40)

/* How much ink there is in each direction, clockwise from above, between two radii. */
static void read_directions(const struct cut *cut, const struct warp *circle, double inner,
                            double outer, double out[ANGLES])
{
    for (unsigned i = 0; i < ANGLES; i++) {
        double angle = 2 * PI * i / ANGLES;
        out[i] = 0;
        for (unsigned k = 0; k < STEPS; k++) {
            double radius = inner + (outer - inner) * (k + 0.5) / STEPS;
            struct point at = warp_apply(circle, radius * sin(angle), -radius * cos(angle));
            out[i] += plane_sample(&cut->ink, at.x, at.y) * radius / STEPS;
        }
    }
}

/* The wave that fits `times` around: its strength against the mean, and where its crest is. */
static double wave(const double ink[ANGLES], unsigned times, double *crest)
{
    double across = 0, up = 0, all = 0;
    for (unsigned i = 0; i < ANGLES; i++) {
        double angle = 2 * PI * i * times / ANGLES;
        across += ink[i] * sin(angle);
        up += ink[i] * cos(angle);
        all += ink[i];
    }
    *crest = atan2(across, up) / times;
    return all > 0 ? 2 * hypot(across, up) / all : 0;
}

static unsigned direction(double angle)
{
    return (unsigned)(lround(angle / (2 * PI) * ANGLES) + 2 * ANGLES) % ANGLES;
}

/* Which direction near `rough` has as much ink on its left as on its right. */
static double middle_of_name(const double ink[ANGLES], double rough)
{
    double soft[ANGLES] = {0}, best = -1, found = rough;
    for (unsigned i = 0; i < ANGLES; i++)
        for (unsigned k = 0; k <= 2 * SOFT; k++)
            soft[i] += ink[(i + ANGLES - SOFT + k) % ANGLES];
    for (unsigned i = 0; i <= 2 * SEARCH; i++) {
        unsigned middle = direction(rough) + ANGLES - SEARCH + i;
        double sum = 0;
        for (unsigned k = 0; k < ANGLES / 2; k++)
            sum += soft[(middle + k) % ANGLES] * soft[(middle + ANGLES - k) % ANGLES];
        if (sum > best) {
            best = sum;
            found = rough + 2 * PI * ((int)i - SEARCH) / ANGLES;
        }
    }
    return found;
}

bool find_up(const struct cut *cut, const struct warp *circle, double *angle)
{
    double name[ANGLES], star[ANGLES], rough, point;
    read_directions(cut, circle, NAME_INNER, NAME_OUTER, name);
    read_directions(cut, circle, STAR_INNER, STAR_OUTER, star);
    if (wave(name, 1, &rough) < LEANS)
        return false;
    *angle = middle_of_name(name, rough);
    if (wave(star, 5, &point) >= STARRY)
        *angle = point + round((*angle - point) / (2 * PI / 5)) * (2 * PI / 5);
    return true;
}
