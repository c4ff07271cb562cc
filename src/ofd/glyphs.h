/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ofd/glyphs.h - where the characters of a page stand: TextObject, TextCode and CTM worked out to
 * millimetres from the page's top left corner.
 */
#ifndef OFD_GLYPHS_H
#define OFD_GLYPHS_H

#include "ofd/model.h"

struct yx_glyph {
    uint32_t code_point;
    struct yx_box box;
};

/* One TextCode. */
struct yx_text_run {
    const char *text;
    const struct yx_glyph *glyphs; /* one for each character of `text` */
    size_t count;
    bool is_vertical; /* the characters stand below each other */
};

/* More characters on one page are refused. */
#define YX_OFD_GLYPHS_MAX 1000000u

/*
 * Calls `each` for every run of the page until it says false: templates in the background, the
 * page, templates in the foreground, each in document order. Invisible objects and composite
 * objects (vector graphics) are passed over. Fonts are not opened: a width that no DeltaX tells is
 * estimated from the font size, full for Chinese characters and half for others.
 */
yx_status yx_ofd_runs(struct yx_ofd *ofd, uint32_t document, uint32_t page,
                      bool (*each)(void *self, const struct yx_text_run *run), void *self,
                      struct yx_error *err);

#endif
