/* SPDX-License-Identifier: Apache-2.0 */
/* page.c - yx_page_draw and yx_document_convert: the pages of OFD documents. */
#include "render/render.h"

#define DPI_USUAL 150

static struct yx_render_setup make_setup(yx_draw_format format,
                                         const struct yx_page_options *options)
{
    return (struct yx_render_setup){.format = format,
                                    .dpi = options->dpi > 0 ? options->dpi : DPI_USUAL,
                                    .milliseconds = options->milliseconds};
}

static void tell_findings(const struct yx_render *render, const struct yx_page_options *options)
{
    const struct yx_ofd_finding *at = yx_render_findings(render);
    for (; at != NULL && options->found != NULL; at = at->next)
        options->found(options->self, at->page, &at->message);
}

static yx_status open_document(struct yx_ofd *ofd, const struct yx_page_options *options,
                               struct yx_render **out, struct yx_error *err)
{
    return yx_render_open(ofd, options->document > 0 ? options->document : 1, out, err);
}

yx_status yx_page_draw(const struct yx_source *in, uint32_t page, yx_draw_format format,
                       const struct yx_page_options *options, struct yx_sink *sink,
                       struct yx_error *err)
{
    YX_CLEAN(yx_ofd) struct yx_ofd *ofd = NULL;
    YX_CLEAN(yx_render) struct yx_render *render = NULL;
    const struct yx_render_setup setup = make_setup(format, options);
    YX_TRY(yx_ofd_open(in, &ofd, err));
    YX_TRY(open_document(ofd, options, &render, err));
    YX_TRY(yx_render_page(render, page, &setup, sink, err));
    tell_findings(render, options);
    return YX_OK;
}

yx_status yx_document_convert(const struct yx_source *in, const struct yx_page_options *options,
                              struct yx_sink *sink, struct yx_error *err)
{
    YX_CLEAN(yx_ofd) struct yx_ofd *ofd = NULL;
    YX_CLEAN(yx_render) struct yx_render *render = NULL;
    const struct yx_render_setup setup = make_setup(YX_DRAW_PDF, options);
    YX_TRY(yx_ofd_open(in, &ofd, err));
    YX_TRY(open_document(ofd, options, &render, err));
    YX_TRY(yx_render_convert(render, &setup, sink, err));
    tell_findings(render, options);
    return YX_OK;
}
