/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ink.c - ink told from paper. The paper is seldom white and never evenly lit, so that its colour
 * is estimated cell by cell, and every pixel is seen in proportion to it.
 */
#include <stdlib.h>

#include "impression/parts.h"

#define CELLS 32     /* along the longer side */
#define CELL_MIN 8u  /* pixels */
#define BRIGHT 0.80  /* of a cell's pixels are darker than its paper: writing covers less */
#define WHITEST 0.95 /* the same of the whole picture, of which a seal may cover a good part */
/* A cell that looks otherwise than the paper elsewhere is covered by ink or is not paper. */
#define TINT_MAX 0.2f
#define SHADE_MAX 0.3f
/* How much more red light than other light comes back, of the other light that was taken. */
#define NOT_RED 0.15f
#define CLEARLY_RED 0.35f

void paper_free(struct paper *paper)
{
    free(paper->light);
    *paper = (struct paper){0};
}

struct histogram {
    uint32_t count[3][256];
    uint32_t total;
};

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void count_pixels(const struct yx_raster *raster, uint32_t left, uint32_t top, uint32_t side,
                         struct histogram *out)
{
    uint32_t right = smaller(left + side, raster->width);
    uint32_t bottom = smaller(top + side, raster->height);
    for (uint32_t y = top; y < bottom; y++) {
        const uint8_t *p = raster->rgba.data + ((size_t)raster->width * y + left) * 4;
        for (uint32_t x = left; x < right; x++, p += 4)
            for (int i = 0; i < 3; i++)
                out->count[i][p[i]]++;
    }
    out->total += (right - left) * (bottom - top);
}

/* The value that `share` of the pixels stay below, in each colour. */
static struct rgb quantile(const struct histogram *histogram, double share)
{
    struct rgb out;
    for (int i = 0; i < 3; i++) {
        uint64_t wanted = (uint64_t)(share * histogram->total), seen = 0;
        unsigned value = 0;
        while (value < UINT8_MAX && (seen += histogram->count[i][value]) <= wanted)
            value++;
        out.part[i] = value > 0 ? (float)value : 1;
    }
    return out;
}

static float least(const struct rgb *colour)
{
    float two = colour->part[0] < colour->part[1] ? colour->part[0] : colour->part[1];
    return two < colour->part[2] ? two : colour->part[2];
}

static float most(const struct rgb *colour)
{
    float two = colour->part[0] > colour->part[1] ? colour->part[0] : colour->part[1];
    return two > colour->part[2] ? two : colour->part[2];
}

static bool is_paper(const struct rgb *cell, const struct rgb *white)
{
    struct rgb seen;
    for (int i = 0; i < 3; i++)
        seen.part[i] = cell->part[i] / white->part[i];
    return most(&seen) >= SHADE_MAX && most(&seen) - least(&seen) <= TINT_MAX * most(&seen);
}

/* The mean of the neighbours that are known, and of the cell itself; false when there are none. */
static bool mean_around(const struct paper *paper, uint32_t column, uint32_t row, struct rgb *out)
{
    struct rgb sum = {{0, 0, 0}};
    float count = 0;
    for (uint32_t r = row > 0 ? row - 1 : 0; r <= row + 1 && r < paper->rows; r++)
        for (uint32_t c = column > 0 ? column - 1 : 0; c <= column + 1 && c < paper->columns; c++) {
            const struct rgb *cell = &paper->light[(size_t)paper->columns * r + c];
            count += cell->part[0] > 0 ? 1 : 0;
            for (int i = 0; i < 3; i++)
                sum.part[i] += cell->part[i];
        }
    for (int i = 0; i < 3 && count > 0; i++)
        out->part[i] = sum.part[i] / count;
    return count > 0;
}

/* A new grid of means; what is not known grows in from its neighbours, a cell at a time. */
static yx_status smooth(struct paper *paper, bool *complete, struct yx_error *err)
{
    size_t count = (size_t)paper->columns * paper->rows;
    struct rgb *next = calloc(count, sizeof *next);
    if (next == NULL)
        return yx_fail_memory(err);
    *complete = true;
    for (uint32_t row = 0; row < paper->rows; row++)
        for (uint32_t column = 0; column < paper->columns; column++)
            if (!mean_around(paper, column, row, &next[(size_t)paper->columns * row + column]))
                *complete = false;
    free(paper->light);
    paper->light = next;
    return YX_OK;
}

static yx_status read_cells(struct paper *paper, struct yx_error *err)
{
    const struct yx_raster *raster = paper->raster;
    struct histogram all = {.total = 0};
    count_pixels(raster, 0, 0, UINT32_MAX, &all);
    struct rgb white = quantile(&all, WHITEST);
    bool any = false, complete = false;
    for (uint32_t row = 0; row < paper->rows; row++)
        for (uint32_t column = 0; column < paper->columns; column++) {
            struct histogram histogram = {.total = 0};
            count_pixels(raster, column * paper->cell, row * paper->cell, paper->cell, &histogram);
            struct rgb cell = quantile(&histogram, BRIGHT);
            if (!is_paper(&cell, &white))
                continue;
            paper->light[(size_t)paper->columns * row + column] = cell;
            any = true;
        }
    if (!any)
        paper->light[0] = white;
    while (!complete)
        YX_TRY(smooth(paper, &complete, err));
    return YX_OK;
}

static bool has_transparency(const struct yx_raster *raster)
{
    const uint8_t *end = raster->rgba.data + raster->rgba.len;
    for (const uint8_t *p = raster->rgba.data; p < end; p += 4)
        if (p[3] != UINT8_MAX)
            return true;
    return false;
}

yx_status paper_read(const struct yx_raster *raster, struct paper *out, struct yx_error *err)
{
    YX_CLEAN(paper) struct paper paper = {.raster = raster};
    uint32_t longer = raster->width > raster->height ? raster->width : raster->height;
    paper.cell = longer / CELLS > CELL_MIN ? longer / CELLS : CELL_MIN;
    paper.columns = (raster->width + paper.cell - 1) / paper.cell;
    paper.rows = (raster->height + paper.cell - 1) / paper.cell;
    size_t count = (size_t)paper.columns * paper.rows;
    paper.light = calloc(count, sizeof *paper.light);
    if (paper.light == NULL)
        return yx_fail_memory(err);
    if (has_transparency(raster))
        for (size_t i = 0; i < count; i++)
            paper.light[i] = (struct rgb){{UINT8_MAX, UINT8_MAX, UINT8_MAX}};
    else
        YX_TRY(read_cells(&paper, err));
    *out = paper;
    paper = (struct paper){0};
    return YX_OK;
}

/* --- Pixels ------------------------------------------------------------------------------ */

/* The light at a pixel, between the middles of four cells. */
static struct rgb light_at(const struct paper *paper, uint32_t x, uint32_t y)
{
    float across = ((float)x + 0.5f) / (float)paper->cell - 0.5f;
    float down = ((float)y + 0.5f) / (float)paper->cell - 0.5f;
    across = across < 0 ? 0 : across;
    down = down < 0 ? 0 : down;
    uint32_t column = smaller((uint32_t)across, paper->columns - 1);
    uint32_t row = smaller((uint32_t)down, paper->rows - 1);
    uint32_t next_column = smaller(column + 1, paper->columns - 1);
    uint32_t next_row = smaller(row + 1, paper->rows - 1);
    const struct rgb *above = paper->light + (size_t)paper->columns * row;
    const struct rgb *below = paper->light + (size_t)paper->columns * next_row;
    struct rgb out;
    across -= (float)column;
    down -= (float)row;
    for (int i = 0; i < 3; i++) {
        float upper = above[column].part[i] * (1 - across) + above[next_column].part[i] * across;
        float lower = below[column].part[i] * (1 - across) + below[next_column].part[i] * across;
        out.part[i] = upper * (1 - down) + lower * down;
    }
    return out;
}

struct rgb paper_look(const struct paper *paper, uint32_t x, uint32_t y, uint32_t side)
{
    const struct yx_raster *raster = paper->raster;
    uint32_t right = smaller(x + side, raster->width), bottom = smaller(y + side, raster->height);
    uint32_t sum[3] = {0};
    for (uint32_t row = y; row < bottom; row++) {
        const uint8_t *p = raster->rgba.data + ((size_t)raster->width * row + x) * 4;
        for (uint32_t column = x; column < right; column++, p += 4)
            for (int i = 0; i < 3; i++)
                sum[i] += UINT8_MAX * UINT8_MAX - (uint32_t)(UINT8_MAX - p[i]) * p[3];
    }
    struct rgb light = light_at(paper, smaller(x + side / 2, raster->width - 1),
                                smaller(y + side / 2, raster->height - 1));
    float share = 1 / ((float)(right - x) * (float)(bottom - y) * UINT8_MAX);
    struct rgb out;
    for (int i = 0; i < 3; i++) {
        float seen = (float)sum[i] * share / light.part[i];
        out.part[i] = seen < 1 ? seen : 1;
    }
    return out;
}

float ink_in(ink_kind kind, const struct rgb *colour)
{
    if (kind == INK_DARK)
        return 1 - least(colour);
    float green = colour->part[1], blue = colour->part[2];
    float taken = 1 - (green + blue) / 2;
    /* Black takes red as well, and yellow only blue: neither counts. The lines of a JPEG are sharp
     * in its brightness alone, so that the colour only says yes or no. */
    float red = colour->part[0] - (green > blue ? green : blue);
    float share = red / (taken + 0.05f);
    float yes = (share - NOT_RED) / (CLEARLY_RED - NOT_RED);
    return taken * (yes < 0 ? 0 : yes > 1 ? 1 : yes);
}
