/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page/page.h - the door to page/: pages of documents of any format as pictures. The public face is
 * in yinxin/draw.h; this is what the parts of the room share.
 */
#ifndef PAGE_PAGE_H
#define PAGE_PAGE_H

#include "document/document.h"
#include "render/render.h"

YX_DEFINE_CLEAN(yx_view, struct yx_view *, yx_view_free);
YX_DEFINE_CLEAN(yx_page_cache, struct yx_page_cache *, yx_page_cache_free);

/* --- Pages of a PDF (pdf.c) -------------------------------------------------------------- */

/* Appends the page as PNG or SVG to `out`. */
yx_status yx_page_draw_pdf(struct yx_pdf *pdf, uint32_t page, const struct yx_render_setup *setup,
                           struct yx_buf *out, struct yx_error *err);

/* --- The cache (cache.c) ----------------------------------------------------------------- */

/* What a picture depends on. */
struct yx_page_key {
    uint8_t digest[32]; /* SM3 of the file */
    uint32_t document, page;
    yx_draw_format format;
    double dpi;
};
/* Appends the page to `out`; false when it is not there (or there is no memory for it). */
bool yx_page_cache_find(struct yx_page_cache *cache, const struct yx_page_key *key,
                        struct yx_buf *out);
/* Keeps a copy, unless it is too large. */
void yx_page_cache_keep(struct yx_page_cache *cache, const struct yx_page_key *key,
                        struct yx_bytes picture);

#endif
