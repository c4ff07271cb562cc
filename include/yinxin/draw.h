/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yinxin/draw.h - pictures: what libyinxin-draw does, a library of its own. Who only seals, signs
 * and verifies links libyinxin and no drawing library.
 *
 * It follows the rules of yinxin/base.h. Lengths are in millimetres. What needs fonts finds them
 * with fontconfig; a thread that draws opens them for itself.
 */
#ifndef YINXIN_DRAW_H
#define YINXIN_DRAW_H

#include <yinxin/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a drawing is written as. */
typedef enum {
    YX_DRAW_PNG, /* pixels, with their number per inch */
    YX_DRAW_SVG, /* one page; letters are outlines */
    YX_DRAW_PDF  /* pages; letters stay text */
} yx_draw_format;

/* Larger pictures are refused. */
#define YX_DRAW_PIXELS_MAX (64u * 1024 * 1024)
#define YX_DRAW_SIDE_MAX 32767u /* pixels */
#define YX_DRAW_MM_MAX 5080.0   /* a page, as in PDF */

#ifdef __cplusplus
}
#endif

#endif
