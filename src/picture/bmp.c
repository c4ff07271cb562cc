/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bmp.c - decodes a Windows bitmap: core and info headers, 1 to 32 bits, palettes, bit
 * masks, run lengths. A file with an embedded JPEG or PNG is refused.
 */
#include "picture/picture.h"

enum { FILE_HEADER = 14, CORE_HEADER = 12, INFO_HEADER = 40, V3_HEADER = 56 };
enum { PLAIN = 0, RUNS_8 = 1, RUNS_4 = 2, MASKS = 3 };

struct bmp {
    struct yx_bytes file;
    uint32_t header; /* its size */
    uint32_t width, height;
    bool from_top;
    uint32_t bits, compression, colours;
    const uint8_t *palette;
    uint32_t palette_count, palette_step;
    uint32_t masks[4]; /* red, green, blue, alpha */
    struct yx_bytes pixels;
};

static uint32_t little_16(const uint8_t *p)
{
    return (uint32_t)p[1] << 8 | p[0];
}

static uint32_t little_32(const uint8_t *p)
{
    return little_16(p + 2) << 16 | little_16(p);
}

static yx_status fail_damaged(struct yx_error *err)
{
    return yx_fail(err, YX_REFUSED, yx_rule_picture, N_("the BMP is damaged"));
}

/* --- Headers ----------------------------------------------------------------------------- */

static bool read_sizes(struct bmp *bmp)
{
    const uint8_t *p = bmp->file.data + FILE_HEADER;
    if (bmp->header == CORE_HEADER) {
        bmp->width = little_16(p + 4);
        bmp->height = little_16(p + 6);
        bmp->bits = little_16(p + 10);
        return true;
    }
    if (bmp->header < INFO_HEADER || bmp->header > bmp->file.len - FILE_HEADER)
        return false;
    uint32_t height = little_32(p + 8);
    bmp->from_top = height > INT32_MAX;
    bmp->height = bmp->from_top ? 0u - height : height;
    bmp->width = little_32(p + 4);
    bmp->bits = little_16(p + 14);
    bmp->compression = little_32(p + 16);
    bmp->colours = little_32(p + 32);
    return bmp->width <= INT32_MAX && bmp->height <= INT32_MAX;
}

/* Which depth goes with which compression. */
static bool is_possible(const struct bmp *bmp)
{
    switch (bmp->compression) {
    case PLAIN:
        return bmp->bits == 1 || bmp->bits == 4 || bmp->bits == 8 || bmp->bits == 16 ||
               bmp->bits == 24 || bmp->bits == 32;
    case RUNS_8:
        return bmp->bits == 8 && !bmp->from_top;
    case RUNS_4:
        return bmp->bits == 4 && !bmp->from_top;
    case MASKS:
        return bmp->bits == 16 || bmp->bits == 32;
    default:
        return false;
    }
}

/* Without masks of its own, a pixel of 16 bits is 5-5-5, one of 32 is 8-8-8. */
static bool read_masks(struct bmp *bmp)
{
    static const uint32_t usual_16[] = {0x7C00, 0x03E0, 0x001F, 0};
    static const uint32_t usual_32[] = {0xFF0000, 0x00FF00, 0x0000FF, 0};
    if (bmp->compression != MASKS) {
        memcpy(bmp->masks, bmp->bits == 16 ? usual_16 : usual_32, sizeof bmp->masks);
        return true;
    }
    bool has_alpha = bmp->header >= V3_HEADER;
    size_t at = FILE_HEADER + INFO_HEADER, count = has_alpha ? 4 : 3;
    if (bmp->file.len - at < count * 4)
        return false;
    for (size_t i = 0; i < count; i++)
        bmp->masks[i] = little_32(bmp->file.data + at + i * 4);
    return true;
}

static bool read_palette(struct bmp *bmp)
{
    if (bmp->bits > 8)
        return true;
    size_t start = FILE_HEADER + (size_t)bmp->header;
    uint32_t most = 1u << bmp->bits;
    bmp->palette_step = bmp->header == CORE_HEADER ? 3 : 4;
    bmp->palette_count = bmp->colours == 0 || bmp->colours > most ? most : bmp->colours;
    bmp->palette = bmp->file.data + start;
    return bmp->file.len - start >= (size_t)bmp->palette_count * bmp->palette_step;
}

static bool read_header(struct yx_bytes picture, struct bmp *out)
{
    *out = (struct bmp){.file = picture};
    if (picture.len < FILE_HEADER + CORE_HEADER)
        return false;
    out->header = little_32(picture.data + FILE_HEADER);
    uint32_t start = little_32(picture.data + 10);
    if (!read_sizes(out) || !is_possible(out) || start < FILE_HEADER + CORE_HEADER ||
        start > picture.len)
        return false;
    out->pixels = YX_BYTES(picture.data + start, picture.len - start);
    return read_masks(out) && read_palette(out);
}

/* --- Pixels ------------------------------------------------------------------------------ */

static uint8_t *pixel_at(const struct bmp *bmp, struct yx_raster *raster, uint32_t x, uint32_t row)
{
    uint32_t y = bmp->from_top ? row : bmp->height - 1 - row;
    return raster->rgba.data + ((size_t)y * raster->width + x) * 4;
}

static bool put_colour(const struct bmp *bmp, uint32_t index, uint8_t *out)
{
    if (index >= bmp->palette_count)
        return false;
    const uint8_t *colour = bmp->palette + (size_t)index * bmp->palette_step;
    out[0] = colour[2];
    out[1] = colour[1];
    out[2] = colour[0];
    out[3] = UINT8_MAX;
    return true;
}

/* The bits of a mask, stretched to 8. */
static uint8_t masked(uint32_t value, uint32_t mask)
{
    if (mask == 0)
        return 0;
    unsigned shift = (unsigned)__builtin_ctz(mask);
    uint64_t full = mask >> shift;
    return (uint8_t)((uint64_t)((value & mask) >> shift) * UINT8_MAX / full);
}

static void put_masked(const struct bmp *bmp, uint32_t value, uint8_t *out)
{
    for (size_t i = 0; i < 3; i++)
        out[i] = masked(value, bmp->masks[i]);
    out[3] = bmp->masks[3] == 0 ? UINT8_MAX : masked(value, bmp->masks[3]);
}

static bool put_plain(const struct bmp *bmp, const uint8_t *row, uint32_t x, uint8_t *out)
{
    switch (bmp->bits) {
    case 16:
        put_masked(bmp, little_16(row + (size_t)x * 2), out);
        return true;
    case 24:
        out[0] = row[(size_t)x * 3 + 2];
        out[1] = row[(size_t)x * 3 + 1];
        out[2] = row[(size_t)x * 3];
        out[3] = UINT8_MAX;
        return true;
    case 32:
        put_masked(bmp, little_32(row + (size_t)x * 4), out);
        return true;
    default: {
        size_t bit = (size_t)x * bmp->bits;
        unsigned shift = 8 - bmp->bits - (unsigned)(bit % 8);
        return put_colour(bmp, (uint32_t)row[bit / 8] >> shift & ((1u << bmp->bits) - 1), out);
    }
    }
}

static bool decode_plain(const struct bmp *bmp, struct yx_raster *raster)
{
    size_t stride = ((size_t)bmp->width * bmp->bits + 31) / 32 * 4;
    if (bmp->pixels.len / stride < bmp->height)
        return false;
    for (uint32_t row = 0; row < bmp->height; row++)
        for (uint32_t x = 0; x < bmp->width; x++)
            if (!put_plain(bmp, bmp->pixels.data + row * stride, x, pixel_at(bmp, raster, x, row)))
                return false;
    return true;
}

/* --- Run lengths ------------------------------------------------------------------------- */

enum { END_OF_LINE = 0, END_OF_BITMAP = 1, DELTA = 2 };

struct runs {
    const struct bmp *bmp;
    struct yx_raster *raster;
    struct yx_bytes rest;
    uint32_t x, row;
};

/* `value` holds two colours of 4 bits in turn, or one of 8. */
static bool put_run(struct runs *runs, uint8_t value, uint32_t index)
{
    const struct bmp *bmp = runs->bmp;
    if (runs->x >= bmp->width || runs->row >= bmp->height)
        return false;
    uint32_t colour = bmp->bits == 8 ? value : index % 2 == 0 ? value >> 4u : value & 0xFu;
    return put_colour(bmp, colour, pixel_at(bmp, runs->raster, runs->x++, runs->row));
}

/* Pixels that stand one by one, padded to 16 bits. */
static bool put_literal(struct runs *runs, uint32_t count)
{
    size_t bytes = ((size_t)count * runs->bmp->bits + 7) / 8;
    size_t padded = (bytes + 1) / 2 * 2;
    if (runs->rest.len < padded)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!put_run(runs, runs->rest.data[runs->bmp->bits == 8 ? i : i / 2], i))
            return false;
    runs->rest = YX_BYTES(runs->rest.data + padded, runs->rest.len - padded);
    return true;
}

static bool skip_pixels(struct runs *runs)
{
    if (runs->rest.len < 2)
        return false;
    runs->x += runs->rest.data[0];
    runs->row += runs->rest.data[1];
    runs->rest = YX_BYTES(runs->rest.data + 2, runs->rest.len - 2);
    return runs->x <= runs->bmp->width && runs->row <= runs->bmp->height;
}

static bool obey(struct runs *runs, uint8_t code)
{
    if (code == DELTA)
        return skip_pixels(runs);
    if (code != END_OF_LINE)
        return put_literal(runs, code);
    runs->x = 0;
    runs->row++;
    return runs->row <= runs->bmp->height;
}

static bool decode_runs(const struct bmp *bmp, struct yx_raster *raster)
{
    struct runs runs = {bmp, raster, bmp->pixels, 0, 0};
    while (runs.rest.len >= 2) {
        uint8_t count = runs.rest.data[0], value = runs.rest.data[1];
        runs.rest = YX_BYTES(runs.rest.data + 2, runs.rest.len - 2);
        if (count == 0 && value == END_OF_BITMAP)
            return true;
        if (count == 0 && !obey(&runs, value))
            return false;
        for (uint32_t i = 0; i < count; i++)
            if (!put_run(&runs, value, i))
                return false;
    }
    return false;
}

yx_status yx_bmp_decode(struct yx_bytes picture, struct yx_raster *out, struct yx_error *err)
{
    struct bmp bmp;
    if (!read_header(picture, &bmp))
        return fail_damaged(err);
    YX_TRY(yx_raster_start(out, bmp.width, bmp.height, err));
    bool runs = bmp.compression == RUNS_8 || bmp.compression == RUNS_4;
    return (runs ? decode_runs : decode_plain)(&bmp, out) ? YX_OK : fail_damaged(err);
}
