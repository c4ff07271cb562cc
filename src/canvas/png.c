/* SPDX-License-Identifier: Apache-2.0 */
/*
 * png.c - writes pixels as PNG (ISO/IEC 15948). A page is compressed whole by libdeflate, in half
 * the time that libpng and zlib take for it; pages of black letters become grey, a third of the
 * samples.
 */
#include <libdeflate.h>
#include <math.h>

#include "canvas/canvas.h"

/* Of libdeflate's 1 to 12: what higher ones save costs more time than the page took to draw. */
#define LEVEL 4
#define SIGNATURE "\x89PNG\r\n\x1a\n"
#define METRES_PER_INCH 0.0254

typedef enum { GREY = 0, RGB = 2, RGBA = 6 } colour_type; /* as in IHDR */

/* Each row begins with its filter. */
typedef enum { FILTER_NONE = 0, FILTER_UP = 2 } filter;

static uint32_t pixel_at(const struct yx_pixels *pixels, uint32_t x, uint32_t y)
{
    uint32_t pixel;

    memcpy(&pixel, pixels->data + y * pixels->stride + (size_t)x * 4, sizeof pixel);
    return pixel;
}

/* Most rows of a page are blank, or go on like the one above. */
static bool is_repeated(const struct yx_pixels *pixels, uint32_t y)
{
    const uint8_t *row = pixels->data + y * pixels->stride;

    return y > 0 && memcmp(row, row - pixels->stride, (size_t)pixels->width * 4) == 0;
}

static bool is_grey_row(const struct yx_pixels *pixels, uint32_t y)
{
    uint32_t differences = 0;

    for (uint32_t x = 0; x < pixels->width; x++) {
        uint32_t pixel = pixel_at(pixels, x, y);

        differences |= (pixel ^ pixel >> 8) & 0xffff;
    }
    return differences == 0;
}

static bool is_grey(const struct yx_pixels *pixels)
{
    for (uint32_t y = 0; y < pixels->height; y++)
        if (!is_repeated(pixels, y) && !is_grey_row(pixels, y))
            return false;
    return true;
}

/* --- Rows -------------------------------------------------------------------------------- */

static void put_grey(const struct yx_pixels *pixels, uint32_t y, uint8_t *out)
{
    for (uint32_t x = 0; x < pixels->width; x++)
        out[x] = (uint8_t)pixel_at(pixels, x, y);
}

static void put_rgb(const struct yx_pixels *pixels, uint32_t y, uint8_t *out)
{
    for (uint32_t x = 0; x < pixels->width; x++, out += 3) {
        uint32_t pixel = pixel_at(pixels, x, y);

        out[0] = (uint8_t)(pixel >> 16);
        out[1] = (uint8_t)(pixel >> 8);
        out[2] = (uint8_t)pixel;
    }
}

static uint8_t divided(uint32_t value, uint32_t alpha)
{
    return alpha == 0 ? 0 : (uint8_t)(((value & 0xff) * 255 + alpha / 2) / alpha);
}

static void put_rgba(const struct yx_pixels *pixels, uint32_t y, uint8_t *out)
{
    for (uint32_t x = 0; x < pixels->width; x++, out += 4) {
        uint32_t pixel = pixel_at(pixels, x, y), alpha = pixel >> 24;

        out[0] = divided(pixel >> 16, alpha);
        out[1] = divided(pixel >> 8, alpha);
        out[2] = divided(pixel, alpha);
        out[3] = (uint8_t)alpha;
    }
}

/* The ink exactly, which division would only come near to; white where there is none, for programs
 * that know no alpha. */
static void put_ink(const struct yx_pixels *pixels, uint32_t y, const struct yx_colour *ink,
                    uint8_t *out)
{
    static const struct yx_colour white = {255, 255, 255};

    for (uint32_t x = 0; x < pixels->width; x++, out += 4) {
        uint32_t alpha = pixel_at(pixels, x, y) >> 24;

        memcpy(out, alpha == 0 ? &white : ink, sizeof *ink);
        out[3] = (uint8_t)alpha;
    }
}

static size_t samples(colour_type type)
{
    return type == GREY ? 1 : type == RGB ? 3 : 4;
}

static void put_row(const struct yx_pixels *pixels, uint32_t y, colour_type type,
                    const struct yx_colour *ink, uint8_t *out)
{
    if (type == GREY)
        put_grey(pixels, y, out);
    else if (type == RGB)
        put_rgb(pixels, y, out);
    else if (ink == NULL)
        put_rgba(pixels, y, out);
    else
        put_ink(pixels, y, ink, out);
}

/* All rows, those that equal the one above as differences: 0 throughout. */
static yx_status put_rows(const struct yx_pixels *pixels, colour_type type,
                          const struct yx_colour *ink, struct yx_buf *out)
{
    size_t len = pixels->width * samples(type) + 1;

    YX_TRY(yx_buf_reserve(out, len * pixels->height));
    for (uint32_t y = 0; y < pixels->height; y++) {
        uint8_t *row = out->data + y * len;
        bool is_same = is_repeated(pixels, y);

        row[0] = is_same ? FILTER_UP : FILTER_NONE;
        if (is_same)
            memset(row + 1, 0, len - 1);
        else
            put_row(pixels, y, type, ink, row + 1);
    }
    out->len = len * pixels->height;
    return YX_OK;
}

/* --- Chunks ------------------------------------------------------------------------------ */

static void put_u32(uint8_t *out, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (24 - 8 * i));
}

static yx_status write_chunk(struct yx_sink *sink, const char *type, struct yx_bytes data,
                             struct yx_error *err)
{
    uint8_t head[8], tail[4];
    uint32_t crc = libdeflate_crc32(0, type, 4);

    put_u32(head, (uint32_t)data.len);
    memcpy(head + 4, type, 4);
    put_u32(tail, libdeflate_crc32(crc, data.data, data.len));
    YX_TRY(yx_sink_write(sink, YX_BYTES(head, sizeof head), err));
    YX_TRY(yx_sink_write(sink, data, err));
    return yx_sink_write(sink, YX_BYTES(tail, sizeof tail), err);
}

static yx_status write_head(const struct yx_pixels *pixels, colour_type type, double dpi,
                            struct yx_sink *sink, struct yx_error *err)
{
    uint8_t header[13] = {[8] = 8, [9] = (uint8_t)type};
    uint8_t density[9] = {[8] = 1}; /* per metre */

    put_u32(header, pixels->width);
    put_u32(header + 4, pixels->height);
    put_u32(density, (uint32_t)lround(dpi / METRES_PER_INCH));
    put_u32(density + 4, (uint32_t)lround(dpi / METRES_PER_INCH));
    YX_TRY(yx_sink_write(sink, YX_BYTES(SIGNATURE, sizeof SIGNATURE - 1), err));
    YX_TRY(write_chunk(sink, "IHDR", YX_BYTES(header, sizeof header), err));
    return dpi > 0 ? write_chunk(sink, "pHYs", YX_BYTES(density, sizeof density), err) : YX_OK;
}

static yx_status compress(struct yx_bytes rows, struct yx_buf *out)
{
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(LEVEL);
    yx_status status = YX_NO_MEMORY;

    if (compressor == NULL)
        return YX_NO_MEMORY;
    size_t bound = libdeflate_zlib_compress_bound(compressor, rows.len);

    if (yx_buf_reserve(out, bound) == YX_OK) {
        out->len = libdeflate_zlib_compress(compressor, rows.data, rows.len, out->data, bound);
        status = YX_OK;
    }
    libdeflate_free_compressor(compressor);
    return status;
}

yx_status yx_png_write(const struct yx_pixels *pixels, const struct yx_png_setup *setup,
                       struct yx_sink *sink, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf rows = {0};
    YX_CLEAN(yx_buf) struct yx_buf compressed = {0};
    colour_type type = !setup->opaque ? RGBA : is_grey(pixels) ? GREY : RGB;

    if (put_rows(pixels, type, setup->ink, &rows) != YX_OK ||
        compress(yx_buf_bytes(&rows), &compressed) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(write_head(pixels, type, setup->dpi, sink, err));
    YX_TRY(write_chunk(sink, "IDAT", yx_buf_bytes(&compressed), err));
    return write_chunk(sink, "IEND", YX_BYTES("", 0), err);
}
