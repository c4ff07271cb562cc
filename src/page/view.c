/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page/view.c - documents opened for looking at their pages, whatever their format. Pages of an OFD
 * are drawn by render/, those of a PDF in pdf.c.
 */
#include <math.h>
#include <stdlib.h>

#include "crypto/crypto.h"
#include "page/page.h"

#define DPI_USUAL 150
#define MM_PER_INCH 25.4

/* `ofd` and `render`, or `pdf`. */
struct yx_view {
    const struct yx_page_options *options;
    struct yx_ofd *ofd;
    struct yx_render *render;
    const struct yx_ofd_finding *told; /* the last that was */
    struct yx_pdf *pdf;
    uint8_t digest[32]; /* of the file, when there is a cache */
};

/* --- Opening ------------------------------------------------------------------------------ */

static uint32_t document_of(const struct yx_view *view)
{
    return view->options->document > 0 ? view->options->document : 1;
}

static yx_status open_format(struct yx_view *view, const struct yx_source *in, struct yx_error *err)
{
    yx_format format;

    YX_TRY(yx_format_detect(in, &format, err));
    YX_REQUIRE(format == YX_FORMAT_OFD || format == YX_FORMAT_PDF, err, YX_DAMAGED, "",
               N_("this is neither an OFD nor a PDF document"));
    if (format == YX_FORMAT_OFD) {
        YX_TRY(yx_ofd_open(in, &view->ofd, err));
        return yx_render_open(view->ofd, document_of(view), &view->render, err);
    }
    YX_REQUIRE(document_of(view) == 1, err, YX_REFUSED, "ISO 32000-1",
               N_("a PDF holds one document; there is no document {1}"),
               YX_NUM(view->options->document));
    return yx_pdf_open(in, &view->pdf, err);
}

yx_status yx_view_open(const struct yx_source *in, const struct yx_page_options *options,
                       struct yx_view **out, struct yx_error *err)
{
    YX_CLEAN(yx_view) struct yx_view *view = calloc(1, sizeof *view);

    if (view == NULL)
        return yx_fail_memory(err);
    view->options = options;
    YX_TRY(open_format(view, in, err));
    if (options->cache != NULL)
        YX_TRY(yx_source_digest(in, NULL, view->digest, err));
    *out = view;
    view = NULL;
    return YX_OK;
}

void yx_view_free(struct yx_view *view)
{
    if (view == NULL)
        return;
    yx_render_free(view->render);
    yx_ofd_free(view->ofd);
    yx_pdf_free(view->pdf);
    free(view);
}

uint32_t yx_view_page_count(const struct yx_view *view)
{
    return view->pdf != NULL ? yx_pdf_page_count(view->pdf) : yx_render_pages(view->render);
}

/* --- Drawing ------------------------------------------------------------------------------ */

static yx_status dots(struct yx_view *view, uint32_t page, yx_draw_format format, double *out,
                      struct yx_error *err)
{
    const struct yx_page_options *options = view->options;
    double width, height;

    *out = options->dpi > 0 ? options->dpi : DPI_USUAL;
    if (options->longest == 0 || format != YX_DRAW_PNG)
        return YX_OK;
    if (view->pdf != NULL)
        YX_TRY(yx_pdf_page_size(view->pdf, page, &width, &height, err));
    else
        YX_TRY(yx_ofd_page_size(view->ofd, document_of(view), page, &width, &height, err));
    *out = options->longest * MM_PER_INCH / fmax(width, height);
    return YX_OK;
}

/* What was found since the last page. */
static void tell_findings(struct yx_view *view)
{
    const struct yx_ofd_finding *at =
        view->told != NULL ? view->told->next : yx_render_findings(view->render);

    for (; at != NULL; at = at->next) {
        view->told = at;
        if (view->options->found != NULL)
            view->options->found(view->options->self, at->page, &at->message);
    }
}

static yx_status draw_ofd(struct yx_view *view, uint32_t page, const struct yx_render_setup *setup,
                          struct yx_sink *sink, struct yx_error *err)
{
    YX_TRY(yx_render_page(view->render, page, setup, sink, err));
    tell_findings(view);
    return YX_OK;
}

static yx_status draw_to_memory(struct yx_view *view, uint32_t page,
                                const struct yx_render_setup *setup, struct yx_buf *out,
                                struct yx_error *err)
{
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;

    if (view->pdf != NULL)
        return yx_page_draw_pdf(view->pdf, page, setup, out, err);
    YX_TRY(yx_sink_memory(out, &sink, err));
    YX_TRY(draw_ofd(view, page, setup, sink, err));
    return yx_sink_commit(sink, err);
}

static yx_status draw_through_cache(struct yx_view *view, uint32_t page,
                                    const struct yx_render_setup *setup, struct yx_buf *out,
                                    struct yx_error *err)
{
    struct yx_page_cache *cache = view->options->cache;
    struct yx_page_key key = {
        .document = document_of(view), .page = page, .format = setup->format, .dpi = setup->dpi};

    memcpy(key.digest, view->digest, sizeof key.digest);
    if (yx_page_cache_find(cache, &key, out))
        return YX_OK;
    out->len = 0;
    YX_TRY(draw_to_memory(view, page, setup, out, err));
    yx_page_cache_keep(cache, &key, yx_buf_bytes(out));
    return YX_OK;
}

yx_status yx_view_draw(struct yx_view *view, uint32_t page, yx_draw_format format,
                       struct yx_sink *sink, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf picture = {0};
    struct yx_render_setup setup = {.format = format, .milliseconds = view->options->milliseconds};

    YX_TRY(dots(view, page, format, &setup.dpi, err));
    if (view->options->cache != NULL)
        YX_TRY(draw_through_cache(view, page, &setup, &picture, err));
    else if (view->pdf != NULL)
        YX_TRY(yx_page_draw_pdf(view->pdf, page, &setup, &picture, err));
    else
        return draw_ofd(view, page, &setup, sink, err);
    return yx_sink_write(sink, yx_buf_bytes(&picture), err);
}

/* --- At once ------------------------------------------------------------------------------ */

yx_status yx_page_draw(const struct yx_source *in, uint32_t page, yx_draw_format format,
                       const struct yx_page_options *options, struct yx_sink *sink,
                       struct yx_error *err)
{
    YX_CLEAN(yx_view) struct yx_view *view = NULL;

    YX_TRY(yx_view_open(in, options, &view, err));
    return yx_view_draw(view, page, format, sink, err);
}

yx_status yx_document_convert(const struct yx_source *in, const struct yx_page_options *options,
                              struct yx_sink *sink, struct yx_error *err)
{
    YX_CLEAN(yx_view) struct yx_view *view = NULL;
    const struct yx_render_setup setup = {.format = YX_DRAW_PDF,
                                          .dpi = options->dpi > 0 ? options->dpi : DPI_USUAL,
                                          .milliseconds = options->milliseconds};

    YX_TRY(yx_view_open(in, options, &view, err));
    YX_REQUIRE(view->render != NULL, err, YX_REFUSED, "",
               N_("this is a PDF already; its pages become PNG or SVG"));
    YX_TRY(yx_render_convert(view->render, &setup, sink, err));
    tell_findings(view);
    return YX_OK;
}
