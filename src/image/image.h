/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/image.h - the door to image/: the pictures in documents become samples, and colours of
 * any space become red, green and blue. The bytes are foreign: what is damaged is refused, and a
 * picture takes no more memory than its size on the paper asks for.
 */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include "picture/picture.h"

/* --- Bitmaps ----------------------------------------------------------------------------- */

/* A picture may have this many pixels: A0 at 300 dots per inch, and half as many again. */
#define YX_BITMAP_PIXELS_MAX (200u * 1024 * 1024)
#define YX_BITMAP_SIDE_MAX 65535u
/* Decoded it has at most this many: A4 at 600 dots per inch. Larger ones are made smaller while
 * they are read, or refused where that is not possible. */
#define YX_BITMAP_DECODED_MAX (36u * 1024 * 1024)

typedef enum {
    YX_BITMAP_UNKNOWN,
    YX_BITMAP_PNG,
    YX_BITMAP_JPEG,
    YX_BITMAP_GIF,
    YX_BITMAP_BMP,
    YX_BITMAP_TIFF,
    YX_BITMAP_JBIG2 /* a file, or the segments alone as PDF has them */
} yx_bitmap_kind;

/* Told by the first bytes: what a document calls its pictures does not count. */
yx_bitmap_kind yx_bitmap_tell(struct yx_bytes picture);

/*
 * Decodes a picture of any kind; of several in one file the first. `width` and `height` are how
 * many pixels of the whole picture will be seen: the raster may be smaller than the picture, but
 * not smaller than that where the picture is not; 0: all that it has. YX_REFUSED when it is damaged
 * or unusual; then the raster is empty.
 */
yx_status yx_bitmap_decode(struct yx_bytes picture, uint32_t width, uint32_t height,
                           struct yx_raster *out, struct yx_error *err);

/* --- Colours ----------------------------------------------------------------------------- */

typedef enum { YX_COLOUR_GREY, YX_COLOUR_RGB, YX_COLOUR_CMYK } yx_colour_kind;

/* How many numbers make a colour: 1, 3, 4. */
size_t yx_colour_channels(yx_colour_kind kind);

/* Where numbers are colours. Threads may share one. */
struct yx_colour_space;
/*
 * `profile` is an ICC profile; empty: greys and RGB are those of sRGB, CMYK is the ink of an
 * ordinary press. YX_REFUSED when the profile cannot be used, or is one for other colours: the
 * caller may then take the space without it.
 */
yx_status yx_colour_space_new(yx_colour_kind kind, struct yx_bytes profile,
                              struct yx_colour_space **out, struct yx_error *err);
void yx_colour_space_free(struct yx_colour_space *space);
YX_DEFINE_CLEAN(yx_colour_space, struct yx_colour_space *, yx_colour_space_free);
/* Numbers from 0 to 1, others are cut; ink is 1 where it is full. */
void yx_colour_to_rgb(const struct yx_colour_space *space, const double *numbers, uint8_t rgb[3]);

#endif
