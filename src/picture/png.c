/* SPDX-License-Identifier: Apache-2.0 */
/* png.c - decodes a PNG (ISO/IEC 15948) with libpng, whatever its colour type and depth. */
#include <png.h>

#include "picture/picture.h"

static yx_status fail_png(const png_image *image, struct yx_error *err)
{
    return yx_fail(err, YX_REFUSED, yx_rule_picture, N_("the PNG cannot be decoded: {1}"),
                   image->message);
}

static yx_status read_png(png_image *image, struct yx_bytes picture, struct yx_raster *out,
                          struct yx_error *err)
{
    if (!png_image_begin_read_from_memory(image, picture.data, picture.len))
        return fail_png(image, err);
    image->format = PNG_FORMAT_RGBA;
    YX_TRY(yx_raster_start(out, image->width, image->height, err));
    if (!png_image_finish_read(image, NULL, out->rgba.data, 0, NULL))
        return fail_png(image, err);
    return YX_OK;
}

yx_status yx_png_decode(struct yx_bytes picture, struct yx_raster *out, struct yx_error *err)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    yx_status status = read_png(&image, picture, out, err);
    png_image_free(&image);
    return status;
}
