/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.c - a seal's picture as an image XObject: colours and opacity apart, compressed; a drawing
 * becomes a form XObject in drawing.c. The type is told by the first bytes, as when the seal was
 * made; what the seal calls it does not count.
 */
#include <libdeflate.h>

#include "pdf/image.h"
#include "picture/picture.h"

/* Higher levels take four times as long for three parts in a hundred. */
#define COMPRESSION 7

void yx_image_free(struct yx_image *image)
{
    yx_buf_free(&image->samples);
    yx_buf_free(&image->alpha);
    yx_buf_free(&image->form);
    *image = (struct yx_image){0};
}

/* --- From samples to streams ------------------------------------------------------------- */

struct traits {
    bool grey, opaque;
};

static struct traits look_at(const struct yx_raster *raster)
{
    struct traits traits = {true, true};
    const uint8_t *end = raster->rgba.data + raster->rgba.len;
    for (const uint8_t *p = raster->rgba.data; p < end; p += 4) {
        traits.grey = traits.grey && p[0] == p[1] && p[1] == p[2];
        traits.opaque = traits.opaque && p[3] == UINT8_MAX;
    }
    return traits;
}

static yx_status deflate(struct yx_bytes plain, struct yx_buf *out, struct yx_error *err)
{
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(COMPRESSION);
    if (compressor == NULL)
        return yx_fail_memory(err);
    size_t bound = libdeflate_zlib_compress_bound(compressor, plain.len);
    yx_status status = yx_buf_reserve(out, bound);
    if (status == YX_OK)
        out->len += libdeflate_zlib_compress(compressor, plain.data, plain.len,
                                             out->data + out->len, bound);
    libdeflate_free_compressor(compressor);
    return status == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* Takes `count` of the four samples of every pixel, from the sample `first` on. */
static yx_status pack(const struct yx_raster *raster, size_t first, size_t count,
                      struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf plain = {0};
    size_t pixels = raster->rgba.len / 4;
    if (yx_buf_reserve(&plain, pixels * count) != YX_OK)
        return yx_fail_memory(err);
    for (size_t i = 0; i < pixels; i++)
        memcpy(plain.data + i * count, raster->rgba.data + i * 4 + first, count);
    return deflate(YX_BYTES(plain.data, pixels * count), out, err);
}

static yx_status from_raster(const struct yx_raster *raster, struct yx_image *out,
                             struct yx_error *err)
{
    struct traits traits = look_at(raster);
    out->width = raster->width;
    out->height = raster->height;
    out->colours = traits.grey ? "/DeviceGray" : "/DeviceRGB";
    out->filter = "/FlateDecode";
    YX_TRY(pack(raster, 0, traits.grey ? 1 : 3, &out->samples, err));
    return traits.opaque ? YX_OK : pack(raster, 3, 1, &out->alpha, err);
}

/* --- JPEG: as it is ---------------------------------------------------------------------- */

static yx_status from_jpeg(struct yx_bytes picture, struct yx_image *out, struct yx_error *err)
{
    struct yx_jpeg jpeg;
    YX_TRY(yx_jpeg_read(picture, &jpeg, err));
    out->width = jpeg.width;
    out->height = jpeg.height;
    out->colours = jpeg.components == 1   ? "/DeviceGray"
                   : jpeg.components == 3 ? "/DeviceRGB"
                                          : "/DeviceCMYK";
    out->filter = "/DCTDecode";
    out->decode = jpeg.inverted ? "[1 0 1 0 1 0 1 0]" : NULL;
    return yx_buf_append(&out->samples, picture) == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* --- Drawings: as operators -------------------------------------------------------------- */

static yx_status from_svg(struct yx_bytes picture, struct yx_image *out, struct yx_error *err)
{
    YX_CLEAN(yx_svg) struct yx_svg svg = {0};
    YX_CLEAN(yx_buf) struct yx_buf content = {0};
    YX_TRY(yx_svg_read(picture, &svg, err));
    YX_TRY(yx_drawing_write(&svg, &content, &out->form, err));
    out->width = out->height = 1;
    out->colours = "/DeviceRGB";
    out->filter = "/FlateDecode";
    out->form_size = content.len;
    return deflate(yx_buf_bytes(&content), &out->samples, err);
}

/* --- All of them ------------------------------------------------------------------------- */

static const struct {
    struct yx_bytes magic;
    yx_status (*decode)(struct yx_bytes picture, struct yx_raster *out, struct yx_error *err);
} formats[] = {
    {{(const uint8_t *)"\x89PNG\r\n\x1a\n", 8}, yx_png_decode},
    {{(const uint8_t *)"GIF87a", 6}, yx_gif_decode},
    {{(const uint8_t *)"GIF89a", 6}, yx_gif_decode},
    {{(const uint8_t *)"BM", 2}, yx_bmp_decode},
};

static bool starts_with(struct yx_bytes bytes, struct yx_bytes magic)
{
    return bytes.len >= magic.len && memcmp(bytes.data, magic.data, magic.len) == 0;
}

static yx_status read_picture(struct yx_bytes picture, struct yx_image *out, struct yx_error *err)
{
    YX_CLEAN(yx_raster) struct yx_raster raster = {0};
    if (starts_with(picture, YX_BYTES("\xFF\xD8\xFF", 3)))
        return from_jpeg(picture, out, err);
    YX_REQUIRE(
        !starts_with(picture, YX_BYTES("PK\3\4", 4)), err, YX_REFUSED, yx_rule_picture,
        N_("the seal's face is a small OFD document, which is not drawn on a PDF; use a seal "
           "with a PNG, JPEG, GIF, BMP or SVG picture"));
    if (yx_svg_is(picture))
        return from_svg(picture, out, err);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (!starts_with(picture, formats[i].magic))
            continue;
        YX_TRY(formats[i].decode(picture, &raster, err));
        return from_raster(&raster, out, err);
    }
    return yx_fail(
        err, YX_REFUSED, yx_rule_picture,
        N_("the seal's picture is of no type that can be drawn: PNG, JPEG, GIF, BMP or SVG"));
}

yx_status yx_image_read(struct yx_bytes picture, struct yx_image *out, struct yx_error *err)
{
    *out = (struct yx_image){0};
    yx_status status = read_picture(picture, out, err);
    if (status != YX_OK)
        yx_image_free(out);
    return status;
}
