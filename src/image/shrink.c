/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shrink.c - rows of a large picture become a raster as small as it will be seen: each sample is
 * the average of the pixels of its cell. What shows through is weighed by its opacity.
 */
#include "image/parts.h"

/* Sums over the pixels of a cell; the colours times their opacity. */
struct yx_shrink_cell {
    uint64_t colours[3], opacity;
};

void yx_shrink_free(struct yx_shrink *shrink)
{
    yx_buf_free(&shrink->row_bytes);
    yx_buf_free(&shrink->cell_bytes);
    yx_buf_free(&shrink->start_bytes);
    *shrink = (struct yx_shrink){0};
}

/* Whole pixels into one, as many as leave what will be seen, and at least as many as the limit
 * asks for. */
static uint32_t choose_step(uint32_t width, uint32_t height, const struct yx_bitmap_wish *wish)
{
    uint32_t across = width / wish->width, down = height / wish->height;
    uint32_t step = across < down ? across : down;

    step = step == 0 ? 1 : step;
    while ((uint64_t)(width / step) * (height / step) > YX_BITMAP_DECODED_MAX)
        step++;
    return step;
}

/* Where the cell `index` of `count` begins along `length` pixels. */
static uint32_t cell_start(uint32_t index, uint32_t count, uint32_t length)
{
    return (uint32_t)((uint64_t)index * length / count);
}

/* The columns where cells begin, and where the last one ends. */
static void find_starts(struct yx_shrink *shrink)
{
    for (uint32_t i = 0; i <= shrink->out->width; i++)
        shrink->starts[i] = cell_start(i, shrink->out->width, shrink->width);
}

yx_status yx_shrink_start(struct yx_shrink *shrink, uint32_t width, uint32_t height,
                          const struct yx_bitmap_wish *wish, struct yx_raster *out,
                          struct yx_error *err)
{
    uint32_t step;

    YX_TRY(yx_bitmap_check_size(width, height, err));
    step = choose_step(width, height, wish);
    YX_TRY(yx_raster_start(out, width < step ? 1 : width / step, height < step ? 1 : height / step,
                           err));
    *shrink = (struct yx_shrink){.out = out, .width = width, .height = height};
    if (yx_buf_reserve(&shrink->row_bytes, (size_t)width * 4) != YX_OK ||
        yx_buf_reserve(&shrink->cell_bytes, out->width * sizeof(struct yx_shrink_cell)) != YX_OK ||
        yx_buf_reserve(&shrink->start_bytes, (out->width + 1) * sizeof(uint32_t)) != YX_OK)
        return yx_fail_memory(err);
    shrink->row = shrink->row_bytes.data;
    shrink->cells = (struct yx_shrink_cell *)(void *)shrink->cell_bytes.data;
    shrink->starts = (uint32_t *)(void *)shrink->start_bytes.data;
    memset(shrink->cells, 0, out->width * sizeof *shrink->cells);
    find_starts(shrink);
    return YX_OK;
}

static void add_pixels(struct yx_shrink_cell *cell, const uint8_t *rgba, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++, rgba += 4) {
        for (size_t c = 0; c < 3; c++)
            cell->colours[c] += (uint32_t)rgba[c] * rgba[3];
        cell->opacity += rgba[3];
    }
}

static void add_row(struct yx_shrink *shrink)
{
    const uint32_t *starts = shrink->starts;

    for (uint32_t i = 0; i < shrink->out->width; i++)
        add_pixels(&shrink->cells[i], shrink->row + (size_t)starts[i] * 4,
                   starts[i + 1] - starts[i]);
}

/* Of nothing: 0. */
static uint8_t average(uint64_t sum, uint64_t count)
{
    return count == 0 ? 0 : (uint8_t)((sum + count / 2) / count);
}

/* The averages of the cells; they start again from nothing. */
static void put_row(struct yx_shrink *shrink, uint32_t y, uint32_t rows)
{
    uint32_t count = shrink->out->width;
    uint8_t *out = shrink->out->rgba.data + (size_t)y * count * 4;

    for (uint32_t i = 0; i < count; i++, out += 4) {
        struct yx_shrink_cell *cell = &shrink->cells[i];
        uint64_t pixels = (uint64_t)rows * (shrink->starts[i + 1] - shrink->starts[i]);

        for (size_t c = 0; c < 3; c++)
            out[c] = average(cell->colours[c], cell->opacity);
        out[3] = average(cell->opacity, pixels);
        *cell = (struct yx_shrink_cell){0};
    }
}

static bool is_as_it_is(const struct yx_shrink *shrink)
{
    return shrink->out->width == shrink->width && shrink->out->height == shrink->height;
}

/* A row of the picture is in the cells; the last of theirs ends them. */
static void end_row(struct yx_shrink *shrink)
{
    uint32_t start = cell_start(shrink->y_out, shrink->out->height, shrink->height);
    uint32_t end = cell_start(shrink->y_out + 1, shrink->out->height, shrink->height);

    if (++shrink->y == end)
        put_row(shrink, shrink->y_out++, end - start);
}

void yx_shrink_take(struct yx_shrink *shrink)
{
    size_t stride = (size_t)shrink->width * 4;

    if (is_as_it_is(shrink)) {
        memcpy(shrink->out->rgba.data + shrink->y++ * stride, shrink->row, stride);
        return;
    }
    add_row(shrink);
    end_row(shrink);
}

/* --- Black and white --------------------------------------------------------------------- */

/* The first bit is leftmost. */
static uint32_t count_black(const uint8_t *bits, uint32_t start, uint32_t end)
{
    uint32_t count = 0;

    while (start < end) {
        uint32_t inside = start % 8;
        uint32_t len = 8 - inside < end - start ? 8 - inside : end - start;
        uint32_t left = (uint32_t)bits[start / 8] << inside & UINT8_MAX;

        count += (uint32_t)__builtin_popcount(left >> (8 - len));
        start += len;
    }
    return count;
}

static void add_bits(struct yx_shrink *shrink, const uint8_t *bits)
{
    for (uint32_t i = 0; i < shrink->out->width; i++) {
        struct yx_shrink_cell *cell = &shrink->cells[i];
        uint32_t start = shrink->starts[i], end = shrink->starts[i + 1];
        uint64_t white = end - start - count_black(bits, start, end);

        for (size_t c = 0; c < 3; c++)
            cell->colours[c] += white * UINT8_MAX * UINT8_MAX;
        cell->opacity += (uint64_t)(end - start) * UINT8_MAX;
    }
}

void yx_shrink_take_bits(struct yx_shrink *shrink, const uint8_t *bits)
{
    static const uint8_t black[4] = {0, 0, 0, 0xFF}, white[4] = {0xFF, 0xFF, 0xFF, 0xFF};
    uint8_t *out = shrink->out->rgba.data + (size_t)shrink->y * shrink->width * 4;

    if (!is_as_it_is(shrink)) {
        add_bits(shrink, bits);
        end_row(shrink);
        return;
    }
    for (uint32_t x = 0; x < shrink->width; x++, out += 4) {
        bool is_black = (bits[x / 8] << x % 8 & 0x80) != 0;

        memcpy(out, is_black ? black : white, sizeof black);
    }
    shrink->y++;
}
