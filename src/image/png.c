/* SPDX-License-Identifier: Apache-2.0 */
/*
 * png.c - decodes a PNG (ISO/IEC 15948) row by row, smaller where it will be seen smaller.
 * Interlaced ones must be held whole: those are for picture/. As in jpeg.c, libpng leaves by
 * longjmp, and what must be released lives in struct png.
 */
#include <png.h>
#include <setjmp.h>

#include "image/parts.h"

/* Of a chunk other than the pixels, decompressed: colour profiles, texts. */
#define CHUNK_MAX (4u * 1024 * 1024)
#define CHUNKS_MAX 200

struct png {
    png_structp reader;
    png_infop info;
    struct yx_bytes rest;
    struct yx_shrink shrink;
    char why[100];
};

static void png_free_all(struct png *png)
{
    png_destroy_read_struct(&png->reader, &png->info, NULL);
    yx_shrink_free(&png->shrink);
}
YX_DEFINE_CLEAN_VALUE(png, struct png, png_free_all);

/* --- What libpng calls ------------------------------------------------------------------- */

_Noreturn static void leave(png_structp reader, png_const_charp why)
{
    struct png *png = png_get_error_ptr(reader);

    (void)snprintf(png->why, sizeof png->why, "%s", why);
    png_longjmp(reader, 1);
}

static void say_nothing(png_structp reader, png_const_charp what)
{
    (void)reader;
    (void)what;
}

static void give(png_structp reader, png_bytep out, size_t len)
{
    struct png *png = png_get_io_ptr(reader);

    if (len > png->rest.len)
        png_error(reader, "the file ends too early");
    memcpy(out, png->rest.data, len);
    png->rest = YX_BYTES(png->rest.data + len, png->rest.len - len);
}

/* --- Decoding ---------------------------------------------------------------------------- */

/* Whatever it has, it becomes 8 bits of red, green, blue and alpha in sRGB. */
static void ask_for_rgba(const struct png *png)
{
    png_set_alpha_mode(png->reader, PNG_ALPHA_PNG, PNG_DEFAULT_sRGB);
    png_set_expand(png->reader);
    png_set_scale_16(png->reader);
    png_set_gray_to_rgb(png->reader);
    png_set_add_alpha(png->reader, UINT8_MAX, PNG_FILLER_AFTER);
    png_read_update_info(png->reader, png->info);
}

/* Black and white, as scanners write it. */
static bool is_bilevel(const struct png *png)
{
    return png_get_color_type(png->reader, png->info) == PNG_COLOR_TYPE_GRAY &&
           png_get_bit_depth(png->reader, png->info) == 1 &&
           png_get_valid(png->reader, png->info, PNG_INFO_tRNS) == 0;
}

static yx_status read_rows(struct png *png, const struct yx_bitmap_wish *wish,
                           struct yx_raster *out, struct yx_error *err)
{
    uint32_t height = png_get_image_height(png->reader, png->info);
    bool bilevel = is_bilevel(png);

    YX_TRY(yx_shrink_start(&png->shrink, png_get_image_width(png->reader, png->info), height, wish,
                           out, err));
    if (bilevel)
        png_set_invert_mono(png->reader); /* 1 is white in a PNG */
    else
        ask_for_rgba(png);
    for (uint32_t y = 0; y < height; y++) {
        png_read_row(png->reader, png->shrink.row, NULL);
        if (bilevel)
            yx_shrink_take_bits(&png->shrink, png->shrink.row);
        else
            yx_shrink_take(&png->shrink);
    }
    png_read_end(png->reader, NULL);
    return YX_OK;
}

static yx_status read_picture(struct png *png, struct yx_bytes picture,
                              const struct yx_bitmap_wish *wish, struct yx_raster *out,
                              struct yx_error *err)
{
    png->reader = png_create_read_struct(PNG_LIBPNG_VER_STRING, png, leave, say_nothing);
    if (png->reader == NULL)
        return yx_fail_memory(err);
    png->info = png_create_info_struct(png->reader);
    if (png->info == NULL)
        return yx_fail_memory(err);
    if (setjmp(png_jmpbuf(png->reader)) != 0)
        return yx_fail(err, YX_REFUSED, yx_rule_bitmap, N_("the PNG cannot be decoded: {1}"),
                       png->why);
    png->rest = picture;
    png_set_read_fn(png->reader, png, give);
    png_set_user_limits(png->reader, YX_BITMAP_SIDE_MAX, YX_BITMAP_SIDE_MAX);
    png_set_chunk_malloc_max(png->reader, CHUNK_MAX);
    png_set_chunk_cache_max(png->reader, CHUNKS_MAX);
    png_read_info(png->reader, png->info);
    if (png_get_interlace_type(png->reader, png->info) != PNG_INTERLACE_NONE)
        return yx_png_decode(picture, out, err);
    return read_rows(png, wish, out, err);
}

yx_status yx_bitmap_read_png(struct yx_bytes picture, const struct yx_bitmap_wish *wish,
                             struct yx_raster *out, struct yx_error *err)
{
    YX_CLEAN(png) struct png png = {0};

    return read_picture(&png, picture, wish, out, err);
}
