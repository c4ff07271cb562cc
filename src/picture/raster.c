/* SPDX-License-Identifier: Apache-2.0 */
/* raster.c - room for the samples of a picture. */
#include "picture/picture.h"

const char yx_rule_picture[] = "GB/T 38540-2020, seal picture";

void yx_raster_free(struct yx_raster *raster)
{
    yx_buf_free(&raster->rgba);
    *raster = (struct yx_raster){0};
}

yx_status yx_raster_start(struct yx_raster *raster, uint32_t width, uint32_t height,
                          struct yx_error *err)
{
    uint64_t pixels = (uint64_t)width * height;
    uint32_t most = raster->pixels_max == 0 ? YX_RASTER_PIXELS_MAX : raster->pixels_max;
    YX_REQUIRE(pixels > 0 && pixels <= most, err, YX_REFUSED, yx_rule_picture,
               N_("the picture has {1} x {2} pixels, and at most {3} are drawn; make it smaller"),
               YX_NUM(width), YX_NUM(height), YX_NUM(most));
    size_t size = (size_t)pixels * 4;
    if (yx_buf_reserve(&raster->rgba, size) != YX_OK)
        return yx_fail_memory(err);
    memset(raster->rgba.data, 0, size);
    raster->rgba.len = size;
    raster->width = width;
    raster->height = height;
    return YX_OK;
}
