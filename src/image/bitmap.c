/* SPDX-License-Identifier: Apache-2.0 */
/* bitmap.c - tells a picture's kind and calls its decoder. */
#include "image/parts.h"

const char yx_rule_bitmap[] = "GB/T 33190-2016, bitmap images";

/* --- Those that picture/ knows ----------------------------------------------------------- */

static yx_status read_gif(struct yx_bytes picture, const struct yx_bitmap_wish *wish,
                          struct yx_raster *out, struct yx_error *err)
{
    (void)wish;
    return yx_gif_decode(picture, out, err);
}

static yx_status read_bmp(struct yx_bytes picture, const struct yx_bitmap_wish *wish,
                          struct yx_raster *out, struct yx_error *err)
{
    (void)wish;
    return yx_bmp_decode(picture, out, err);
}

/* --- Kinds ------------------------------------------------------------------------------- */

static const struct kind {
    struct yx_bytes start;
    yx_bitmap_kind kind;
    yx_bitmap_decoder *decode;
} kinds[] = {
    {{(const uint8_t *)"\x89PNG\r\n\x1a\n", 8}, YX_BITMAP_PNG, yx_bitmap_read_png},
    {{(const uint8_t *)"\xFF\xD8\xFF", 3}, YX_BITMAP_JPEG, yx_bitmap_read_jpeg},
    {{(const uint8_t *)"GIF87a", 6}, YX_BITMAP_GIF, read_gif},
    {{(const uint8_t *)"GIF89a", 6}, YX_BITMAP_GIF, read_gif},
    {{(const uint8_t *)"BM", 2}, YX_BITMAP_BMP, read_bmp},
    {{(const uint8_t *)"\x97JB2\r\n\x1a\n", 8}, YX_BITMAP_JBIG2, yx_bitmap_read_jbig2},
    /* Segments alone: the first has the number 0 and is a page, or symbols for it. */
    {{(const uint8_t *)"\0\0\0\0\x30", 5}, YX_BITMAP_JBIG2, yx_bitmap_read_jbig2},
    {{(const uint8_t *)"\0\0\0\0\0", 5}, YX_BITMAP_JBIG2, yx_bitmap_read_jbig2},
    {{(const uint8_t *)"II*\0", 4}, YX_BITMAP_TIFF, yx_bitmap_read_tiff},
    {{(const uint8_t *)"MM\0*", 4}, YX_BITMAP_TIFF, yx_bitmap_read_tiff},
};

static const struct kind *find_kind(struct yx_bytes picture)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct yx_bytes start = kinds[i].start;

        if (picture.len >= start.len && memcmp(picture.data, start.data, start.len) == 0)
            return &kinds[i];
    }
    return NULL;
}

yx_bitmap_kind yx_bitmap_tell(struct yx_bytes picture)
{
    const struct kind *kind = find_kind(picture);

    return kind == NULL ? YX_BITMAP_UNKNOWN : kind->kind;
}

/* --- Decoding ---------------------------------------------------------------------------- */

yx_status yx_bitmap_check_size(uint32_t width, uint32_t height, struct yx_error *err)
{
    uint64_t pixels = (uint64_t)width * height;

    YX_REQUIRE(pixels > 0 && pixels <= YX_BITMAP_PIXELS_MAX && width <= YX_BITMAP_SIDE_MAX &&
                   height <= YX_BITMAP_SIDE_MAX,
               err, YX_REFUSED, yx_rule_bitmap,
               N_("the picture has {1} x {2} pixels, and at most {3} are read"), YX_NUM(width),
               YX_NUM(height), YX_NUM(YX_BITMAP_PIXELS_MAX));
    return YX_OK;
}

yx_status yx_bitmap_decode(struct yx_bytes picture, uint32_t width, uint32_t height,
                           struct yx_raster *out, struct yx_error *err)
{
    const struct kind *kind = find_kind(picture);
    struct yx_bitmap_wish wish = {width == 0 ? UINT32_MAX : width,
                                  height == 0 ? UINT32_MAX : height};
    yx_status status;

    *out = (struct yx_raster){.pixels_max = YX_BITMAP_DECODED_MAX};
    YX_REQUIRE(kind != NULL, err, YX_REFUSED, yx_rule_bitmap,
               N_("the picture is of no known kind: PNG, JPEG, GIF, BMP, TIFF or JBIG2"));
    status = kind->decode(picture, &wish, out, err);
    if (status != YX_OK)
        yx_raster_free(out);
    /* picture/ speaks of the pictures of seals. */
    if (status == YX_REFUSED && err != NULL)
        err->rule = yx_rule_bitmap;
    return status;
}
