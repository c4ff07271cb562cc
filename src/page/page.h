/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page/page.h - the door to page/: pages of documents of any format as pictures. The public face is
 * in yinxin/draw.h; this is what the parts of the room share.
 */
#ifndef PAGE_PAGE_H
#define PAGE_PAGE_H

#include "document/document.h"
#include "pagecache/pagecache.h"
#include "render/render.h"

YX_DEFINE_CLEAN(yx_view, struct yx_view *, yx_view_free);

/* --- Pages of a PDF (pdf.c) -------------------------------------------------------------- */

/* Appends the page as PNG or SVG to `out`. */
yx_status yx_page_draw_pdf(struct yx_pdf *pdf, uint32_t page, const struct yx_render_setup *setup,
                           struct yx_buf *out, struct yx_error *err);

#endif
