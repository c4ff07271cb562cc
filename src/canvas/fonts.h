/* SPDX-License-Identifier: Apache-2.0 */
/* canvas/fonts.h - what the files of canvas/ share about fonts. */
#ifndef CANVAS_FONTS_H
#define CANVAS_FONTS_H

#include "canvas/canvas.h"

/* The kinds of letters that documents name. */
typedef enum {
    YX_KIND_SONG, /* 宋体: the usual, and for every unknown name */
    YX_KIND_FANGSONG,
    YX_KIND_KAI,
    YX_KIND_HEI,
    YX_KIND_ROMAN,
    YX_KIND_SANS,
    YX_KIND_MONO
} yx_font_kind;

/* What a name means. Some names are bold in themselves: 小标宋. */
yx_font_kind yx_font_kind_of(const char *family, bool *bold);
/* The free families of a kind, the best first, ended by NULL. */
const char *const *yx_font_kind_families(yx_font_kind kind);

/* Opens a font file of the system. */
yx_status yx_font_open(const char *path, int index, struct yx_font **out, struct yx_error *err);

#endif
