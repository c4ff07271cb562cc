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
        yx_buf_reserve(&shrink->cell_bytes, out->width * sizeof(struct yx_shrink_cell)) != YX_OK)
        return yx_fail_memory(err);
    shrink->row = shrink->row_bytes.data;
    shrink->cells = (struct yx_shrink_cell *)(void *)shrink->cell_bytes.data;
    memset(shrink->cells, 0, out->width * sizeof *shrink->cells);
    return YX_OK;
}

/* Where the cell `index` of `count` begins along `length` pixels. */
static uint32_t cell_start(uint32_t index, uint32_t count, uint32_t length)
{
    return (uint32_t)((uint64_t)index * length / count);
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
    uint32_t count = shrink->out->width, start = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t end = cell_start(i + 1, count, shrink->width);

        add_pixels(&shrink->cells[i], shrink->row + (size_t)start * 4, end - start);
        start = end;
    }
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
        uint64_t pixels = (uint64_t)rows * (cell_start(i + 1, count, shrink->width) -
                                            cell_start(i, count, shrink->width));

        for (size_t c = 0; c < 3; c++)
            out[c] = average(cell->colours[c], cell->opacity);
        out[3] = average(cell->opacity, pixels);
        *cell = (struct yx_shrink_cell){0};
    }
}

void yx_shrink_take(struct yx_shrink *shrink)
{
    struct yx_raster *out = shrink->out;
    uint32_t start = cell_start(shrink->y_out, out->height, shrink->height);
    uint32_t end = cell_start(shrink->y_out + 1, out->height, shrink->height);

    if (out->width == shrink->width && out->height == shrink->height) {
        memcpy(out->rgba.data + (size_t)shrink->y++ * out->width * 4, shrink->row,
               (size_t)out->width * 4);
        return;
    }
    add_row(shrink);
    if (++shrink->y < end)
        return;
    put_row(shrink, shrink->y_out++, end - start);
}

/* White where a bit is 0, black where it is 1, the first bit leftmost. */
void yx_shrink_take_bits(struct yx_shrink *shrink, const uint8_t *bits)
{
    for (uint32_t x = 0; x < shrink->width; x++) {
        bool black = (bits[x / 8] << x % 8 & 0x80) != 0;

        memcpy(shrink->row + (size_t)x * 4, black ? "\0\0\0\xFF" : "\xFF\xFF\xFF\xFF", 4);
    }
    yx_shrink_take(shrink);
}
