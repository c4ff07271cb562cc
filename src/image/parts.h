/* SPDX-License-Identifier: Apache-2.0 */
/* image/parts.h - what the files of image/ share. */
#ifndef IMAGE_PARTS_H
#define IMAGE_PARTS_H

#include "image/image.h"

/* What is expected of the pictures in a document. */
extern const char yx_rule_bitmap[];

/* How many pixels of a picture will be seen; never 0. */
struct yx_bitmap_wish {
    uint32_t width, height;
};

/* A decoder of one kind. What it leaves in `out` when it fails is freed by its caller. */
typedef yx_status yx_bitmap_decoder(struct yx_bytes picture, const struct yx_bitmap_wish *wish,
                                    struct yx_raster *out, struct yx_error *err);
yx_bitmap_decoder yx_bitmap_read_png;
yx_bitmap_decoder yx_bitmap_read_jpeg;
yx_bitmap_decoder yx_bitmap_read_tiff;
yx_bitmap_decoder yx_bitmap_read_jbig2;

/* Is the size one that is read at all? */
yx_status yx_bitmap_check_size(uint32_t width, uint32_t height, struct yx_error *err);

/* --- Rows into a smaller raster (shrink.c) ----------------------------------------------- */

struct yx_shrink_cell;
struct yx_shrink {
    struct yx_raster *out;
    uint32_t width, height; /* of the picture */
    uint32_t y, y_out;      /* the rows that come next */
    uint8_t *row;           /* room for one row of the picture: red, green, blue, alpha */
    struct yx_shrink_cell *cells;
    uint32_t *starts; /* the columns where the cells begin */
    struct yx_buf row_bytes, cell_bytes, start_bytes;
};
/* YX_REFUSED when the picture is too large. */
yx_status yx_shrink_start(struct yx_shrink *shrink, uint32_t width, uint32_t height,
                          const struct yx_bitmap_wish *wish, struct yx_raster *out,
                          struct yx_error *err);
void yx_shrink_free(struct yx_shrink *shrink);
YX_DEFINE_CLEAN_VALUE(yx_shrink, struct yx_shrink, yx_shrink_free);
/* Takes what stands in `row`; as often as the picture has rows. */
void yx_shrink_take(struct yx_shrink *shrink);
/* Takes a row of bits: 1 is black. */
void yx_shrink_take_bits(struct yx_shrink *shrink, const uint8_t *bits);

/* --- Colours ----------------------------------------------------------------------------- */

/* 8-bit samples of the space to red, green, blue and full opacity. */
void yx_colour_row(const struct yx_colour_space *space, const uint8_t *samples, uint8_t *rgba,
                   size_t pixels);
/* Inks, 255 where they are full, to red, green and blue. */
void yx_cmyk_to_rgb(const uint8_t inks[4], uint8_t rgb[3]);

#endif
