/* SPDX-License-Identifier: Apache-2.0 */
/* render.c - documents opened for drawing, and their pages put on canvases. */
#include <math.h>
#include <stdlib.h>

#include "render/room.h"

#define KEPT_MAX ((size_t)16 * 1024 * 1024)
#define MM_PER_INCH 25.4
#define SVG_DPI                                                                      \
    300 /* of what it does not keep as vectors: under a seal, for its ink multiplies \
         */
#define MICROSECONDS 1000

yx_status yx_render_open(struct yx_ofd *ofd, uint32_t document, struct yx_render **out,
                         struct yx_error *err)
{
    YX_CLEAN(yx_render) struct yx_render *render = calloc(1, sizeof *render);
    if (render == NULL)
        return yx_fail_memory(err);
    render->arena = yx_arena_new(KEPT_MAX);
    if (render->arena == NULL)
        return yx_fail_memory(err);
    YX_TRY(yx_fonts_new(&render->fonts, err));
    YX_TRY(yx_ofd_book_open(ofd, document, &render->book, err));
    *out = render;
    render = NULL;
    return YX_OK;
}

void yx_render_free(struct yx_render *render)
{
    if (render == NULL)
        return;
    yx_render_free_pictures(render);
    yx_render_free_spaces(render);
    yx_render_free_fonts(render);
    yx_fonts_free(render->fonts);
    yx_ofd_book_free(render->book);
    yx_buf_free(&render->pixels);
    yx_arena_free(render->arena);
    free(render->missing);
    free(render);
}

uint32_t yx_render_pages(const struct yx_render *render)
{
    return yx_ofd_book_pages(render->book);
}

const struct yx_ofd_finding *yx_render_findings(const struct yx_render *render)
{
    return yx_ofd_book_findings(render->book);
}

/* --- Pages ------------------------------------------------------------------------------- */

/* A PNG is drawn in pixels, an SVG in millimetres, a PDF in points. */
static double pixels_per_unit(const struct yx_render_setup *setup)
{
    static const double units_per_inch[] = {[YX_DRAW_SVG] = MM_PER_INCH, [YX_DRAW_PDF] = 72};
    double dpi = setup->format == YX_DRAW_SVG ? fmax(setup->dpi, SVG_DPI) : setup->dpi;
    return setup->format == YX_DRAW_PNG ? 1 : dpi / units_per_inch[setup->format];
}

static void begin(struct yx_drawing *drawing, struct yx_render *render,
                  const struct yx_render_setup *setup, struct yx_error *err)
{
    *drawing =
        (struct yx_drawing){.render = render,
                            .is_vector = setup->format != YX_DRAW_PNG,
                            .keeps_jpeg = setup->format == YX_DRAW_PDF,
                            .pixels = pixels_per_unit(setup),
                            .group_unit = 4 * setup->dpi * setup->dpi / (MM_PER_INCH * MM_PER_INCH),
                            .deadline = INT64_MAX,
                            .milliseconds = setup->milliseconds,
                            .err = err};
    if (setup->milliseconds > 0)
        drawing->deadline = yx_monotonic() + (int64_t)setup->milliseconds * MICROSECONDS;
}

/* What is on the page's paper. */
static yx_status draw(struct yx_drawing *drawing, const struct yx_ofd_sheet *sheet,
                      struct yx_canvas *canvas)
{
    drawing->canvas = canvas;
    drawing->cairo = yx_canvas_cairo(canvas);
    drawing->objects = 0;
    drawing->group_bytes = drawing->group_unit * sheet->box.width * sheet->box.height;
    cairo_save(drawing->cairo);
    yx_status status = yx_draw_sheet(drawing, sheet);
    cairo_restore(drawing->cairo);
    return status;
}

static struct yx_canvas_setup canvas_setup(struct yx_render *render,
                                           const struct yx_render_setup *setup,
                                           const struct yx_ofd_sheet *sheet)
{
    return (struct yx_canvas_setup){.format = setup->format,
                                    .memory = &render->pixels,
                                    .width = sheet->box.width,
                                    .height = sheet->box.height,
                                    .dpi = setup->format == YX_DRAW_SVG ? fmax(setup->dpi, SVG_DPI)
                                                                        : setup->dpi};
}

yx_status yx_render_page(struct yx_render *render, uint32_t page,
                         const struct yx_render_setup *setup, struct yx_sink *sink,
                         struct yx_error *err)
{
    YX_CLEAN(yx_ofd_sheet) struct yx_ofd_sheet sheet = {.arena = NULL};
    YX_CLEAN(yx_canvas) struct yx_canvas *canvas = NULL;
    struct yx_drawing drawing;
    begin(&drawing, render, setup, err);
    YX_TRY(yx_ofd_sheet_read(render->book, page, &sheet, err));
    const struct yx_canvas_setup size = canvas_setup(render, setup, &sheet);
    YX_TRY(yx_canvas_new(&size, sink, &canvas, err));
    YX_TRY(draw(&drawing, &sheet, canvas));
    return yx_canvas_finish(canvas, err);
}

static yx_status add_page(struct yx_drawing *drawing, const struct yx_render_setup *setup,
                          uint32_t page, struct yx_sink *sink, struct yx_canvas **canvas)
{
    YX_CLEAN(yx_ofd_sheet) struct yx_ofd_sheet sheet = {.arena = NULL};
    YX_TRY(yx_ofd_sheet_read(drawing->render->book, page, &sheet, drawing->err));
    const struct yx_canvas_setup size = canvas_setup(drawing->render, setup, &sheet);
    if (*canvas == NULL)
        YX_TRY(yx_canvas_new(&size, sink, canvas, drawing->err));
    else
        YX_TRY(yx_canvas_next_page(*canvas, size.width, size.height, drawing->err));
    return draw(drawing, &sheet, *canvas);
}

yx_status yx_render_convert(struct yx_render *render, const struct yx_render_setup *setup,
                            struct yx_sink *sink, struct yx_error *err)
{
    YX_CLEAN(yx_canvas) struct yx_canvas *canvas = NULL;
    struct yx_drawing drawing;
    begin(&drawing, render, setup, err);
    for (uint32_t page = 1; page <= yx_render_pages(render); page++)
        YX_TRY(add_page(&drawing, setup, page, sink, &canvas));
    return yx_canvas_finish(canvas, err);
}
