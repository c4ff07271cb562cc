/* SPDX-License-Identifier: Apache-2.0 */
/* canvas/fonts.h - what the files of canvas/ share about fonts. */
#ifndef CANVAS_FONTS_H
#define CANVAS_FONTS_H

#include <fontconfig/fontconfig.h>
#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_OUTLINE_H

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

/* The list of fonts as the machine has it; owned by the caller. NULL: there is no memory. */
FcConfig *yx_font_config(void);
/* Of a kind that we draw? */
bool yx_font_is_drawable(const FcPattern *pattern);
/* The list of a process that has made fonts ready, or NULL (ready.c). */
FcConfig *yx_fonts_ready_config(void);
/* A font file of the system that was mapped; empty when this process opens files itself. */
yx_status yx_font_file(const char *path, struct yx_bytes *out, struct yx_error *err);

/* Opens a font file of the system. */
yx_status yx_font_open(const char *path, int index, struct yx_font **out, struct yx_error *err);
/* Units of the font's outlines in the height of its letters. */
double yx_font_units(const struct yx_font *font);
/* Follows the outline of a glyph in these units, y up; false when there is none or a step fails. */
bool yx_font_walk(const struct yx_font *font, uint32_t glyph, const FT_Outline_Funcs *steps,
                  void *self);
/* Appends a font file with the same glyphs whose bytes are all ours (remake.c). */
yx_status yx_font_remake(const struct yx_font *font, struct yx_buf *out, struct yx_error *err);

#endif
