/* SPDX-License-Identifier: Apache-2.0 */
/*
 * judge.h - how far two pictures of a page are apart for the eye. Both are blurred first: edges
 * that are smoothed in another way, or stand a fraction of a pixel aside, then hardly differ, while
 * a line that has moved or is missing does. A small blur tells what is missing or in another place,
 * a wide one what has another colour or another weight.
 */
#ifndef RENDER_JUDGE_H
#define RENDER_JUDGE_H

#include "picture/picture.h"

/* The largest difference of a channel anywhere, 0 to 255. */
struct judgement {
    double near; /* blurred over some 3 pixels */
    double wide; /* over some 13 */
};

/* Is it the same picture? Between two renderers the edges differ more than between two runs of one.
 */
static const struct judgement same_renderer = {14, 2.5};
static const struct judgement other_renderer = {40, 12};

static inline bool judged_same(const struct judgement *got, const struct judgement *most)
{
    return got->near <= most->near && got->wide <= most->wide;
}

/* One channel, over white paper. */
static inline void judge_channel(const struct yx_raster *raster, int channel, double *out)
{
    for (size_t i = 0; i < (size_t)raster->width * raster->height; i++) {
        const uint8_t *pixel = raster->rgba.data + i * 4;
        double alpha = pixel[3] / 255.0;

        out[i] = pixel[channel] * alpha + 255 * (1 - alpha);
    }
}

/* The average of 2 * reach + 1 values along a line, which goes on as it ends. */
static inline void judge_blur_line(double *line, size_t step, int count, int reach, double *room)
{
    double sum = 0;

    for (int i = 0; i < count; i++)
        room[i] = line[(size_t)i * step];
    for (int i = -reach; i <= reach; i++)
        sum += room[i < 0 ? 0 : i >= count ? count - 1 : i];
    for (int i = 0; i < count; i++) {
        int behind = i - reach, ahead = i + reach + 1;

        line[(size_t)i * step] = sum / (2 * reach + 1);
        sum += room[ahead >= count ? count - 1 : ahead] - room[behind < 0 ? 0 : behind];
    }
}

/* Twice in both directions: close to a bell. */
static inline void judge_blur(double *values, int width, int height, int reach, double *room)
{
    for (int again = 0; again < 2; again++) {
        for (int y = 0; y < height; y++)
            judge_blur_line(values + (size_t)y * (size_t)width, 1, width, reach, room);
        for (int x = 0; x < width; x++)
            judge_blur_line(values + x, (size_t)width, height, reach, room);
    }
}

static inline double judge_reach(double *values, const struct yx_raster *size, int reach,
                                 double *room)
{
    size_t count = (size_t)size->width * size->height;
    double worst = 0;

    judge_blur(values, (int)size->width, (int)size->height, reach, room);
    for (size_t i = 0; i < count; i++) {
        double difference = values[i] < 0 ? -values[i] : values[i];

        worst = difference > worst ? difference : worst;
    }
    return worst;
}

/* Pictures of different sizes are as far apart as can be. */
static inline struct judgement judge(const struct yx_raster *got, const struct yx_raster *want)
{
    size_t count = (size_t)want->width * want->height;
    size_t side = want->width > want->height ? want->width : want->height;
    double *values = calloc(3 * count + side, sizeof *values), *other, *copy, *room;
    struct judgement worst = {255, 255};

    assert_non_null(values);
    if (got->width == want->width && got->height == want->height) {
        other = values + count, copy = other + count, room = copy + count;
        worst = (struct judgement){0};
        for (int channel = 0; channel < 3; channel++) {
            double near, wide;

            judge_channel(got, channel, values);
            judge_channel(want, channel, other);
            for (size_t i = 0; i < count; i++)
                values[i] = copy[i] = values[i] - other[i];
            near = judge_reach(values, want, 1, room);
            wide = judge_reach(copy, want, 4, room);
            worst.near = near > worst.near ? near : worst.near;
            worst.wide = wide > worst.wide ? wide : worst.wide;
        }
    }
    free(values);
    return worst;
}

#endif
