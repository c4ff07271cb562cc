/* SPDX-License-Identifier: Apache-2.0 */
/* plane.c - planes of ink: means, halves, and what stands where a warp leads. */
#include <math.h>
#include <stdlib.h>

#include "impression/parts.h"

void plane_free(struct plane *plane)
{
    free(plane->at);
    *plane = (struct plane){0};
}

yx_status plane_start(struct plane *plane, uint32_t width, uint32_t height, struct yx_error *err)
{
    plane_free(plane);
    plane->at = width > 0 && height > 0 ? calloc((size_t)width * height, sizeof *plane->at) : NULL;
    if (plane->at == NULL)
        return yx_fail_memory(err);
    plane->width = width;
    plane->height = height;
    return YX_OK;
}

static float pixel(const struct plane *plane, int64_t x, int64_t y)
{
    bool inside = x >= 0 && y >= 0 && x < plane->width && y < plane->height;
    return inside ? plane_row(plane, (uint32_t)y)[x] : 0;
}

float plane_sample(const struct plane *plane, double x, double y)
{
    if (!(x > -1 && y > -1 && x < plane->width && y < plane->height))
        return 0;
    int64_t left = (int64_t)(x + 1) - 1, top = (int64_t)(y + 1) - 1;
    float right = (float)(x - (double)left), down = (float)(y - (double)top);
    float above = pixel(plane, left, top) * (1 - right) + pixel(plane, left + 1, top) * right;
    float below =
        pixel(plane, left, top + 1) * (1 - right) + pixel(plane, left + 1, top + 1) * right;
    return above * (1 - down) + below * down;
}

/* The mean of a window that slides along a line of `count` values, `step` apart. */
static void slide(const float *in, float *out, uint32_t count, size_t step, uint32_t radius)
{
    float share = 1 / (float)(2 * radius + 1);
    double sum = 0;
    for (uint32_t i = 0; i < radius && i < count; i++)
        sum += in[i * step];
    for (uint32_t i = 0; i < count; i++) {
        if (i + radius < count)
            sum += in[(i + radius) * step];
        out[i] = (float)sum * share;
        if (i >= radius)
            sum -= in[(i - radius) * step];
    }
}

yx_status plane_mean(const struct plane *in, uint32_t radius, struct plane *out,
                     struct yx_error *err)
{
    uint32_t width = in->width, height = in->height;
    YX_CLEAN(plane) struct plane across = {0};
    YX_TRY(plane_start(&across, width, height, err));
    for (uint32_t y = 0; y < height; y++)
        slide(plane_row(in, y), plane_row(&across, y), width, 1, radius);
    if (out != in)
        YX_TRY(plane_start(out, width, height, err));
    /* Down all columns at once: the sums of a row of windows move down together. */
    YX_CLEAN(plane) struct plane sums = {0};
    YX_TRY(plane_start(&sums, width, 1, err));
    float share = 1 / (float)(2 * radius + 1);
    for (uint32_t y = 0; y < height + radius; y++) {
        if (y < height)
            for (uint32_t x = 0; x < width; x++)
                sums.at[x] += plane_row(&across, y)[x];
        if (y > 2 * radius)
            for (uint32_t x = 0; x < width; x++)
                sums.at[x] -= plane_row(&across, y - 2 * radius - 1)[x];
        if (y >= radius)
            for (uint32_t x = 0; x < width; x++)
                plane_row(out, y - radius)[x] = sums.at[x] * share;
    }
    return YX_OK;
}

yx_status plane_halve(const struct plane *in, struct plane *out, struct yx_error *err)
{
    static const float weights[4] = {0.125f, 0.375f, 0.375f, 0.125f};
    YX_CLEAN(plane) struct plane narrow = {0};
    YX_TRY(plane_start(&narrow, (in->width + 1) / 2, in->height, err));
    for (uint32_t y = 0; y < in->height; y++)
        for (uint32_t x = 0; x < narrow.width; x++)
            for (int k = 0; k < 4; k++)
                plane_row(&narrow, y)[x] += weights[k] * pixel(in, 2 * (int64_t)x + k - 1, y);
    YX_TRY(plane_start(out, narrow.width, (in->height + 1) / 2, err));
    for (uint32_t y = 0; y < out->height; y++)
        for (int k = 0; k < 4; k++)
            for (uint32_t x = 0; x < out->width; x++)
                plane_row(out, y)[x] += weights[k] * pixel(&narrow, x, 2 * (int64_t)y + k - 1);
    return YX_OK;
}

/* --- Warps ------------------------------------------------------------------------------- */

struct point warp_apply(const struct warp *w, double x, double y)
{
    return (struct point){w->a * x + w->c * y + w->e, w->b * x + w->d * y + w->f};
}

struct warp warp_join(const struct warp *outer, const struct warp *inner)
{
    struct point shift = warp_apply(outer, inner->e, inner->f);
    return (struct warp){
        .a = outer->a * inner->a + outer->c * inner->b,
        .b = outer->b * inner->a + outer->d * inner->b,
        .c = outer->a * inner->c + outer->c * inner->d,
        .d = outer->b * inner->c + outer->d * inner->d,
        .e = shift.x,
        .f = shift.y,
    };
}

struct warp warp_turn(struct point from, struct point to, double angle, double scale)
{
    double cosine = scale * cos(angle), sine = scale * sin(angle);
    return (struct warp){
        .a = cosine,
        .b = sine,
        .c = -sine,
        .d = cosine,
        .e = to.x - cosine * from.x + sine * from.y,
        .f = to.y - sine * from.x - cosine * from.y,
    };
}

struct warp warp_invert(const struct warp *w)
{
    double determinant = w->a * w->d - w->b * w->c;
    if (fabs(determinant) < 1e-12)
        return (struct warp){0};
    struct warp back = {.a = w->d / determinant,
                        .b = -w->b / determinant,
                        .c = -w->c / determinant,
                        .d = w->a / determinant};
    back.e = -(back.a * w->e + back.c * w->f);
    back.f = -(back.b * w->e + back.d * w->f);
    return back;
}

yx_status plane_warp(const struct plane *in, const struct warp *warp, struct plane *out,
                     struct yx_error *err)
{
    double scale = sqrt(fabs(warp->a * warp->d - warp->b * warp->c));
    YX_CLEAN(plane) struct plane smooth = {0};
    if (scale > 1.5) {
        uint32_t radius = (uint32_t)(scale / 2 + 0.25);
        YX_TRY(plane_mean(in, radius > 0 ? radius : 1, &smooth, err));
        in = &smooth;
    }
    for (uint32_t y = 0; y < out->height; y++)
        for (uint32_t x = 0; x < out->width; x++) {
            struct point from = warp_apply(warp, x, y);
            plane_row(out, y)[x] = plane_sample(in, from.x, from.y);
        }
    return YX_OK;
}
