/* SPDX-License-Identifier: Apache-2.0 */
/* wear.c - ink taken from a stamp as paper and age take it: the same seed takes the same ink. */
#include <math.h>

#include "face/parts.h"

/* Sizes of the blotches in millimetres, and how much each counts. */
static const struct {
    double size, weight;
} layers[] = {{0.16, 0.40}, {0.5, 0.25}, {2.2, 0.35}};
#define LAYER_COUNT (sizeof layers / sizeof *layers)
/* Below this height of the noise ink goes, at wear 0 and at 100, and how softly. Layers added up
 * are seldom far from 0.5. */
#define LOST_FIRST 0.24
#define LOST_LAST 0.56
#define SOFT 0.08

/* 0 to 1 for a corner of the lattice (SplitMix64's mixing). */
static double corner(uint64_t seed, int64_t x, int64_t y)
{
    uint64_t z = seed + (uint64_t)x * UINT64_C(0x9e3779b97f4a7c15) +
                 (uint64_t)y * UINT64_C(0xbf58476d1ce4e5b9);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ (z >> 31)) >> 11) / (double)(UINT64_C(1) << 53);
}

static double smooth(double t)
{
    return t * t * (3 - 2 * t);
}

static double mix(double a, double b, double t)
{
    return a + (b - a) * t;
}

/* Smooth noise, 0 to 1, whose lattice is 1 wide. */
static double noise(uint64_t seed, double x, double y)
{
    int64_t column = (int64_t)floor(x), row = (int64_t)floor(y);
    double right = smooth(x - (double)column), below = smooth(y - (double)row);

    return mix(mix(corner(seed, column, row), corner(seed, column + 1, row), right),
               mix(corner(seed, column, row + 1), corner(seed, column + 1, row + 1), right), below);
}

/* How much of the ink is left at a place, 0 to 1. */
static double left_at(const struct yx_face *face, double x, double y)
{
    double height = 0, lost = mix(LOST_FIRST, LOST_LAST, face->wear / 100.0);

    for (size_t i = 0; i < LAYER_COUNT; i++)
        height += layers[i].weight * noise(face->seed + i, x / layers[i].size, y / layers[i].size);
    return smooth(fmax(0, fmin((height - lost + SOFT) / SOFT, 1)));
}

static void fade(uint8_t *pixel, double left)
{
    for (unsigned i = 0; i < 4; i++)
        pixel[i] = (uint8_t)lround(pixel[i] * left);
}

void yx_face_wear(const struct yx_face *face, double dpi, cairo_t *cairo)
{
    cairo_surface_t *surface = cairo_get_target(cairo);
    double mm = 25.4 / dpi;

    cairo_surface_flush(surface);
    uint8_t *data = cairo_image_surface_get_data(surface);
    size_t stride = (size_t)cairo_image_surface_get_stride(surface);
    int width = cairo_image_surface_get_width(surface);

    for (int y = 0; y < cairo_image_surface_get_height(surface); y++)
        for (int x = 0; x < width; x++) {
            uint8_t *pixel = data + (size_t)y * stride + (size_t)x * 4;

            if ((pixel[0] | pixel[1] | pixel[2] | pixel[3]) != 0)
                fade(pixel, left_at(face, x * mm, y * mm));
        }
    cairo_surface_mark_dirty(surface);
}
