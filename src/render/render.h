/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render/render.h - the door to render/: pages of OFD documents drawn as PNG, SVG or PDF.
 *
 * What cannot be shown as the document asks is left out and told by yx_render_findings. Hostile
 * documents end as YX_REFUSED: too many objects, or more time than is given.
 */
#ifndef RENDER_RENDER_H
#define RENDER_RENDER_H

#include "canvas/canvas.h"
#include "ofdpage/ofdpage.h"

/* Objects of one page that are drawn, each use of a composite counted. */
#define YX_RENDER_OBJECTS_MAX 2000000u

struct yx_render;
/* One document, from 1, of a package that must outlive it. Fonts, pictures and templates are kept
 * from page to page. For one thread at a time. */
yx_status yx_render_open(struct yx_ofd *ofd, uint32_t document, struct yx_render **out,
                         struct yx_error *err);
void yx_render_free(struct yx_render *render);
YX_DEFINE_CLEAN(yx_render, struct yx_render *, yx_render_free);
uint32_t yx_render_pages(const struct yx_render *render);

struct yx_render_setup {
    yx_draw_format format;
    double dpi;            /* see struct yx_canvas_setup */
    uint32_t milliseconds; /* how long drawing may take; 0: as long as it does */
};
/* One page, from 1. The sink is the caller's to commit. */
yx_status yx_render_page(struct yx_render *render, uint32_t page,
                         const struct yx_render_setup *setup, struct yx_sink *sink,
                         struct yx_error *err);
/* All pages as one PDF: vectors, and text that stays text. */
yx_status yx_render_convert(struct yx_render *render, const struct yx_render_setup *setup,
                            struct yx_sink *sink, struct yx_error *err);
/* What is missing or could not be shown so far; lives as long as the render. */
const struct yx_ofd_finding *yx_render_findings(const struct yx_render *render);

#endif
