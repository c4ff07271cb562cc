/* SPDX-License-Identifier: Apache-2.0 */
/*
 * picture/picture.h - the door to picture/: the picture of a seal is decoded, one file per format.
 * What may be a picture of a seal at all is for seal/; what it becomes in a PDF is for pdf/; the
 * pictures in documents, of more formats, are for image/.
 */
#ifndef PICTURE_PICTURE_H
#define PICTURE_PICTURE_H

#include "base/base.h"

/* At most this many pixels are decoded: a seal of 100 mm at 1000 dots per inch. */
#define YX_RASTER_PIXELS_MAX (16u * 1024 * 1024)

/* Decoded samples: red, green, blue, alpha, 8 bits each, rows from the top. */
struct yx_raster {
    uint32_t width, height;
    struct yx_buf rgba;  /* 4 * width * height bytes */
    uint32_t pixels_max; /* a caller may allow more, or less; 0: YX_RASTER_PIXELS_MAX */
};
void yx_raster_free(struct yx_raster *raster);
YX_DEFINE_CLEAN_VALUE(yx_raster, struct yx_raster, yx_raster_free);
/* Makes room for the samples, all zero: transparent. YX_REFUSED when there are none or too many. */
yx_status yx_raster_start(struct yx_raster *raster, uint32_t width, uint32_t height,
                          struct yx_error *err);

/* A damaged or unusual picture: YX_REFUSED. */
yx_status yx_png_decode(struct yx_bytes picture, struct yx_raster *out, struct yx_error *err);
yx_status yx_bmp_decode(struct yx_bytes picture, struct yx_raster *out, struct yx_error *err);
/* The first image of the file, on the logical screen. */
yx_status yx_gif_decode(struct yx_bytes picture, struct yx_raster *out, struct yx_error *err);

/* What the header of a JPEG says. */
struct yx_jpeg {
    uint32_t width, height;
    unsigned components; /* 1, 3, 4 */
    bool inverted;       /* Adobe's four components: 0 is full ink */
};
yx_status yx_jpeg_read(struct yx_bytes picture, struct yx_jpeg *out, struct yx_error *err);

/* The rule that refuses pictures. */
extern const char yx_rule_picture[];

#endif
