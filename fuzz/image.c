/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/image.c - any bytes as a picture in a document, or as the profile of a colour space. The
 * first byte says which, and how small the picture will be seen. JBIG2 is decoded by another
 * program. */
#include <stdlib.h>

#include "image/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_profile(yx_colour_kind kind, struct yx_bytes profile)
{
    YX_CLEAN(yx_colour_space) struct yx_colour_space *space = NULL;
    struct yx_error err = {0};
    yx_status status = yx_colour_space_new(kind, profile, &space, &err);
    uint8_t rgb[3];

    if (status == YX_OK)
        yx_colour_to_rgb(space, (double[]){0.1, 0.5, 0.9, 0.2}, rgb);
    else if (status != YX_REFUSED || err.rule == NULL || space != NULL)
        abort();
}

static void try_picture(struct yx_bytes picture, uint32_t seen)
{
    YX_CLEAN(yx_raster) struct yx_raster raster = {0};
    struct yx_error err = {0};
    yx_status status;

    if (yx_bitmap_tell(picture) == YX_BITMAP_JBIG2)
        return;
    status = yx_bitmap_decode(picture, seen, seen, &raster, &err);
    if (status == YX_OK ? raster.rgba.len != (size_t)raster.width * raster.height * 4
                        : status != YX_REFUSED || err.rule == NULL || raster.rgba.data != NULL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] <= YX_COLOUR_CMYK)
        try_profile((yx_colour_kind)data[0], YX_BYTES(data + 1, size - 1));
    else
        try_picture(YX_BYTES(data + 1, size - 1), data[0]);
    return 0;
}
