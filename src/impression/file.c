/* SPDX-License-Identifier: Apache-2.0 */
/* file.c - what yinxin/impression.h offers: files of pictures in, PNG out. */
#include <math.h>

#include "canvas/canvas.h"
#include "image/image.h"
#include "impression/parts.h"

/* Cameras and programs that know nothing of paper write 72 or 96 dots per inch. */
#define DPI_MIN 100.0
#define DPI_MAX 4800.0

/* --- How large it says that it is --------------------------------------------------------- */

struct header {
    uint32_t width; /* 0: not told */
    double dpi;     /* 0: not told */
};

static uint32_t read_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static double plausible(double dpi, double other)
{
    return dpi >= DPI_MIN && dpi <= DPI_MAX && fabs(dpi - other) < 0.01 * dpi ? dpi : 0;
}

/* ISO/IEC 15948 11.2.2 and 11.3.4.3: IHDR comes first, pHYs before the first IDAT. */
static struct header png_header(struct yx_bytes file)
{
    struct header out = {0};
    size_t at = 8;
    while (file.len - at >= 12) {
        const uint8_t *chunk = file.data + at;
        uint32_t len = read_u32(chunk);
        if (len > file.len - at - 12 || memcmp(chunk + 4, "IDAT", 4) == 0)
            break;
        if (memcmp(chunk + 4, "IHDR", 4) == 0 && len == 13)
            out.width = read_u32(chunk + 8);
        if (memcmp(chunk + 4, "pHYs", 4) == 0 && len == 9 && chunk[16] == 1)
            out.dpi = plausible(read_u32(chunk + 8) * 0.0254, read_u32(chunk + 12) * 0.0254);
        at += 12 + (size_t)len;
    }
    return out;
}

/* ITU-T T.871 10.1: the JFIF segment follows the start of the image. */
static struct header jpeg_header(struct yx_bytes file)
{
    struct header out = {0};
    struct yx_jpeg jpeg;
    if (yx_jpeg_read(file, &jpeg, NULL) == YX_OK)
        out.width = jpeg.width;
    if (file.len < 20 || memcmp(file.data + 2, "\xff\xe0", 2) != 0 ||
        memcmp(file.data + 6, "JFIF", 5) != 0)
        return out;
    double unit = file.data[13] == 1 ? 1 : file.data[13] == 2 ? 2.54 : 0;
    out.dpi = plausible(unit * (file.data[14] << 8 | file.data[15]),
                        unit * (file.data[16] << 8 | file.data[17]));
    return out;
}

static yx_status decode(struct yx_bytes file, struct yx_raster *out, double *dpi,
                        struct yx_error *err)
{
    yx_bitmap_kind kind = yx_bitmap_tell(file);
    struct header header = {0};
    if (kind == YX_BITMAP_PNG && file.len >= 8)
        header = png_header(file);
    if (kind == YX_BITMAP_JPEG)
        header = jpeg_header(file);
    YX_TRY(yx_bitmap_decode(file, 0, 0, out, err));
    YX_REQUIRE(header.width <= out->width, err, YX_REFUSED, yx_rule_impression,
               N_("the picture is {1} pixels wide, and too large; scan it with 300 dots per inch"),
               YX_NUM(header.width));
    *dpi = header.dpi;
    return YX_OK;
}

/* --- PNG --------------------------------------------------------------------------------- */

/* As a canvas has its pixels: words, multiplied by their opacity. */
static void multiply(struct yx_raster *raster)
{
    uint8_t *end = raster->rgba.data + raster->rgba.len;
    for (uint8_t *p = raster->rgba.data; p < end; p += 4) {
        uint32_t alpha = p[3], word = alpha << 24;
        for (int i = 0; i < 3; i++)
            word |= (p[i] * alpha + 127) / 255 << (16 - 8 * i);
        memcpy(p, &word, sizeof word);
    }
}

static yx_status write_png(struct yx_raster *raster, const struct yx_png_setup *setup,
                           struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    multiply(raster);
    const struct yx_pixels pixels = {raster->width, raster->height, (size_t)raster->width * 4,
                                     raster->rgba.data};
    YX_TRY(yx_sink_memory(out, &sink, err));
    YX_TRY(yx_png_write(&pixels, setup, sink, err));
    return yx_sink_commit(sink, err);
}

/* --- The two ----------------------------------------------------------------------------- */

static yx_status check_number(double number, double min, double max, const char *what,
                              struct yx_error *err)
{
    YX_REQUIRE(number == 0 || (number >= min && number <= max), err, YX_USAGE, "",
               N_("the {1} is out of range"), what);
    return YX_OK;
}

yx_status yx_impression_extract(struct yx_bytes picture, const struct yx_extract_request *request,
                                struct yx_buf *png, struct yx_extracted *about,
                                struct yx_error *err)
{
    YX_CLEAN(yx_raster) struct yx_raster scan = {0};
    YX_CLEAN(yx_raster) struct yx_raster face = {0};
    struct yx_extracted found;
    double dpi;
    YX_TRY(check_number(request->dpi, DPI_MIN, DPI_MAX, "dpi", err));
    YX_TRY(check_number(request->size, YX_IMPRESSION_MM_MIN, YX_IMPRESSION_MM_MAX, "size", err));
    YX_REQUIRE(request->dpi == 0 || request->size == 0, err, YX_USAGE, "",
               N_("give the resolution of the scan or the size of the seal, not both"));
    YX_TRY(decode(picture, &scan, &dpi, err));
    if (request->dpi > 0)
        dpi = request->dpi;
    YX_TRY(yx_raster_extract(&scan, request->size > 0 ? 0 : dpi, request, &face, &found, err));
    const struct yx_colour ink = {found.red, found.green, found.blue};
    const struct yx_png_setup setup = {.dpi = found.dpi, .ink = &ink};
    YX_TRY(write_png(&face, &setup, png, err));
    *about = found;
    return YX_OK;
}

yx_status yx_impression_compare(struct yx_bytes a, struct yx_bytes b,
                                const struct yx_compare_request *request, struct yx_comparison *out,
                                struct yx_buf *difference, struct yx_error *err)
{
    YX_CLEAN(yx_raster) struct yx_raster first = {0};
    YX_CLEAN(yx_raster) struct yx_raster second = {0};
    YX_CLEAN(yx_raster) struct yx_raster picture = {0};
    struct yx_impression one = {.raster = &first}, other = {.raster = &second};
    struct yx_comparison found;
    YX_TRY(check_number(request->size, YX_IMPRESSION_MM_MIN, YX_IMPRESSION_MM_MAX, "size", err));
    YX_TRY(check_number(request->tolerance, 0.05, 0.5, "tolerance", err));
    YX_TRY(check_number(request->agreement, 0.01, 1, "agreement", err));
    YX_TRY(check_number(request->likeness, 0.01, 1, "likeness", err));
    YX_TRY(decode(a, &first, &one.dpi, err));
    YX_TRY(decode(b, &second, &other.dpi, err));
    YX_TRY(yx_raster_compare(&one, &other, request, &found, difference == NULL ? NULL : &picture,
                             err));
    const struct yx_png_setup setup = {.dpi = found.dots_per_mm * 25.4, .opaque = true};
    if (difference != NULL)
        YX_TRY(write_png(&picture, &setup, difference, err));
    *out = found;
    return YX_OK;
}
