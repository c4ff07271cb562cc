/* SPDX-License-Identifier: Apache-2.0 */
/* canvas.c - a cairo context in millimetres, and where its drawing goes. */
#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <math.h>
#include <stdlib.h>

#include "canvas/canvas.h"

#define MM_PER_INCH 25.4
#define POINTS_PER_INCH 72.0
#define DPI_MAX 4800.0

static const char rule_size[] = "size of drawings";
/* How cairo ends an SVG. */
static const char svg_end[] = "</svg>\n";

struct yx_canvas {
    struct yx_canvas_setup setup;
    struct yx_sink *sink;
    struct yx_error failure;  /* of the sink, told through cairo */
    struct yx_buf own_memory; /* of a PNG's pixels, unless the caller keeps it */
    cairo_surface_t *surface;
    cairo_t *cairo;
    /* Of an SVG: */
    struct yx_buf held; /* its last bytes, before which more may be put */
    struct yx_buf inks; /* what is put there: pictures that multiply */
    struct {
        struct yx_buf bytes;
        cairo_surface_t *surface;
        cairo_t *cairo;
    } ink; /* the one that is being drawn */
};

yx_status yx_cairo_status(cairo_status_t status, struct yx_error *err)
{
    if (status == CAIRO_STATUS_SUCCESS)
        return YX_OK;
    if (status == CAIRO_STATUS_NO_MEMORY)
        return yx_fail_memory(err);
    return yx_fail(err, YX_INTERNAL, "", N_("cairo cannot draw this: {1}"),
                   cairo_status_to_string(status));
}

/* What was wrong with the sink says more than cairo's name for it. */
static yx_status check(const struct yx_canvas *canvas, cairo_status_t status, struct yx_error *err)
{
    if (canvas->failure.status == YX_OK)
        return yx_cairo_status(status, err);
    if (err != NULL)
        *err = canvas->failure;
    return canvas->failure.status;
}

static cairo_status_t pass_on(void *self, const unsigned char *data, unsigned len)
{
    struct yx_canvas *canvas = self;

    return yx_sink_write(canvas->sink, YX_BYTES(data, len), &canvas->failure) == YX_OK
               ? CAIRO_STATUS_SUCCESS
               : CAIRO_STATUS_WRITE_ERROR;
}

/* All but as many bytes as the end takes. */
static cairo_status_t pass_on_svg(void *self, const unsigned char *data, unsigned len)
{
    struct yx_canvas *canvas = self;
    struct yx_buf *held = &canvas->held;
    size_t keep = sizeof svg_end - 1, ready;
    cairo_status_t status;

    if (yx_buf_append(held, YX_BYTES(data, len)) != YX_OK)
        return CAIRO_STATUS_NO_MEMORY;
    if (held->len <= keep)
        return CAIRO_STATUS_SUCCESS;
    ready = held->len - keep;
    status = pass_on(canvas, held->data, (unsigned)ready);
    memmove(held->data, held->data + ready, keep);
    held->len = keep;
    return status;
}

static cairo_status_t keep_ink(void *self, const unsigned char *data, unsigned len)
{
    struct yx_canvas *canvas = self;

    return yx_buf_append(&canvas->ink.bytes, YX_BYTES(data, len)) == YX_OK ? CAIRO_STATUS_SUCCESS
                                                                           : CAIRO_STATUS_NO_MEMORY;
}

/* --- Size -------------------------------------------------------------------------------- */

static yx_status check_page(double width, double height, struct yx_error *err)
{
    YX_REQUIRE(width > 0 && height > 0 && width <= YX_DRAW_MM_MAX && height <= YX_DRAW_MM_MAX, err,
               YX_REFUSED, rule_size,
               N_("a page has sides from 0 to {1} millimetres; this one has not"),
               YX_NUM(YX_DRAW_MM_MAX));
    return YX_OK;
}

yx_status yx_canvas_measure(const struct yx_canvas_setup *setup, int *width, int *height,
                            struct yx_error *err)
{
    double columns = fmax(1, round(setup->width * setup->dpi / MM_PER_INCH));
    double rows = fmax(1, round(setup->height * setup->dpi / MM_PER_INCH));

    YX_TRY(check_page(setup->width, setup->height, err));
    YX_REQUIRE(setup->dpi > 0 && setup->dpi <= DPI_MAX, err, YX_REFUSED, rule_size,
               N_("a picture has more than 0 and at most {1} dots per inch"), YX_NUM(DPI_MAX));
    YX_REQUIRE(setup->format != YX_DRAW_PNG ||
                   (columns <= YX_DRAW_SIDE_MAX && rows <= YX_DRAW_SIDE_MAX &&
                    columns * rows <= YX_DRAW_PIXELS_MAX),
               err, YX_REFUSED, rule_size,
               N_("the picture would have {1} x {2} pixels, and at most {3} are drawn; ask for "
                  "fewer dots per inch"),
               YX_NUM(columns), YX_NUM(rows), YX_NUM(YX_DRAW_PIXELS_MAX));
    *width = (int)columns;
    *height = (int)rows;
    return YX_OK;
}

/* --- Surfaces ---------------------------------------------------------------------------- */

static yx_status start_png(struct yx_canvas *canvas, struct yx_error *err)
{
    struct yx_buf *memory =
        canvas->setup.memory != NULL ? canvas->setup.memory : &canvas->own_memory;
    int width, height;
    size_t size;

    YX_TRY(yx_canvas_measure(&canvas->setup, &width, &height, err));
    size = (size_t)width * (size_t)height * 4; /* few enough, as was measured */
    memory->len = 0;
    if (yx_buf_reserve(memory, size) != YX_OK)
        return yx_fail_memory(err);
    memset(memory->data, canvas->setup.transparent ? 0 : 0xff, size);
    canvas->surface = cairo_image_surface_create_for_data(memory->data, CAIRO_FORMAT_ARGB32, width,
                                                          height, width * 4);
    canvas->cairo = cairo_create(canvas->surface);
    cairo_scale(canvas->cairo, canvas->setup.dpi / MM_PER_INCH, canvas->setup.dpi / MM_PER_INCH);
    return YX_OK;
}

static cairo_surface_t *new_svg(struct yx_canvas *canvas, cairo_write_func_t write)
{
    cairo_surface_t *surface = cairo_svg_surface_create_for_stream(
        write, canvas, canvas->setup.width, canvas->setup.height);

    cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_MM);
    return surface;
}

static void start_svg(struct yx_canvas *canvas)
{
    canvas->surface = new_svg(canvas, pass_on_svg);
    canvas->cairo = cairo_create(canvas->surface);
}

static void start_pdf(struct yx_canvas *canvas)
{
    double scale = POINTS_PER_INCH / MM_PER_INCH;

    canvas->surface = cairo_pdf_surface_create_for_stream(
        pass_on, canvas, canvas->setup.width * scale, canvas->setup.height * scale);
    /* The same drawing gives the same file. */
    cairo_pdf_surface_set_metadata(canvas->surface, CAIRO_PDF_METADATA_CREATE_DATE, "");
    canvas->cairo = cairo_create(canvas->surface);
    cairo_scale(canvas->cairo, scale, scale);
}

/* Letters keep their shapes and distances at every size. */
static void set_fonts(cairo_t *cairo)
{
    cairo_font_options_t *options = cairo_font_options_create();

    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_set_font_options(cairo, options);
    cairo_font_options_destroy(options);
}

/* cairo takes the units of both for points, but those of the SVG are millimetres. */
static void set_resolution(const struct yx_canvas *canvas, cairo_surface_t *surface)
{
    bool is_svg = canvas->setup.format == YX_DRAW_SVG;
    double dpi = canvas->setup.dpi * (is_svg ? POINTS_PER_INCH / MM_PER_INCH : 1);

    cairo_surface_set_fallback_resolution(surface, dpi, dpi);
}

static yx_status start(struct yx_canvas *canvas, struct yx_error *err)
{
    if (canvas->setup.format == YX_DRAW_PNG)
        YX_TRY(start_png(canvas, err));
    else if (canvas->setup.format == YX_DRAW_SVG)
        start_svg(canvas);
    else
        start_pdf(canvas);
    if (canvas->setup.format != YX_DRAW_PNG)
        set_resolution(canvas, canvas->surface);
    set_fonts(canvas->cairo);
    return check(canvas, cairo_status(canvas->cairo), err);
}

/* --- Ink --------------------------------------------------------------------------------- */

/* Each is an SVG of its own, so that no names clash, as a picture in the whole. */

static void free_ink(struct yx_canvas *canvas)
{
    if (canvas->ink.cairo != NULL)
        cairo_destroy(canvas->ink.cairo);
    if (canvas->ink.surface != NULL)
        cairo_surface_destroy(canvas->ink.surface);
    yx_buf_free(&canvas->ink.bytes);
    canvas->ink.cairo = NULL;
    canvas->ink.surface = NULL;
}

yx_status yx_canvas_begin_ink(struct yx_canvas *canvas, cairo_t **out, struct yx_error *err)
{
    YX_REQUIRE(canvas->setup.format == YX_DRAW_SVG && canvas->ink.cairo == NULL, err, YX_USAGE, "",
               N_("only an SVG has ink of its own, and one at a time"));
    canvas->ink.surface = new_svg(canvas, keep_ink);
    set_resolution(canvas, canvas->ink.surface);
    canvas->ink.cairo = cairo_create(canvas->ink.surface);
    set_fonts(canvas->ink.cairo);
    *out = canvas->ink.cairo;
    return yx_cairo_status(cairo_status(canvas->ink.cairo), err);
}

static yx_status put_ink(struct yx_canvas *canvas)
{
    YX_TRY(yx_buf_printf(&canvas->inks, "<image width=\"100%%\" height=\"100%%\" "
                                        "style=\"mix-blend-mode:multiply\" "
                                        "xlink:href=\"data:image/svg+xml;base64,"));
    YX_TRY(yx_base64_encode(yx_buf_bytes(&canvas->ink.bytes), &canvas->inks));
    return yx_buf_append(&canvas->inks, YX_TEXT("\"/>\n"));
}

yx_status yx_canvas_end_ink(struct yx_canvas *canvas, struct yx_error *err)
{
    yx_status status;

    status = yx_cairo_status(cairo_status(canvas->ink.cairo), err);
    cairo_surface_finish(canvas->ink.surface);
    if (status == YX_OK)
        status = yx_cairo_status(cairo_surface_status(canvas->ink.surface), err);
    if (status == YX_OK && put_ink(canvas) != YX_OK)
        status = yx_fail_memory(err);
    free_ink(canvas);
    return status;
}

/* --- Life -------------------------------------------------------------------------------- */

yx_status yx_canvas_new(const struct yx_canvas_setup *setup, struct yx_sink *sink,
                        struct yx_canvas **out, struct yx_error *err)
{
    YX_CLEAN(yx_canvas) struct yx_canvas *canvas = NULL;
    int width, height;

    YX_TRY(yx_canvas_measure(setup, &width, &height, err));
    canvas = calloc(1, sizeof *canvas);
    if (canvas == NULL)
        return yx_fail_memory(err);
    canvas->setup = *setup;
    canvas->sink = sink;
    YX_TRY(start(canvas, err));
    *out = canvas;
    canvas = NULL;
    return YX_OK;
}

void yx_canvas_free(struct yx_canvas *canvas)
{
    if (canvas == NULL)
        return;
    cairo_destroy(canvas->cairo);
    /* What an unfinished drawing still writes goes to its sink, which nobody commits. */
    cairo_surface_destroy(canvas->surface);
    free_ink(canvas);
    yx_buf_free(&canvas->held);
    yx_buf_free(&canvas->inks);
    yx_buf_free(&canvas->own_memory);
    free(canvas);
}

cairo_t *yx_canvas_cairo(const struct yx_canvas *canvas)
{
    return canvas->cairo;
}

yx_status yx_canvas_next_page(struct yx_canvas *canvas, double width, double height,
                              struct yx_error *err)
{
    double scale = POINTS_PER_INCH / MM_PER_INCH;

    YX_REQUIRE(canvas->setup.format == YX_DRAW_PDF, err, YX_USAGE, "",
               N_("a PNG or SVG has one page"));
    YX_TRY(check_page(width, height, err));
    cairo_show_page(canvas->cairo);
    cairo_pdf_surface_set_size(canvas->surface, width * scale, height * scale);
    return check(canvas, cairo_status(canvas->cairo), err);
}

static yx_status end_svg(struct yx_canvas *canvas, struct yx_error *err)
{
    YX_REQUIRE(yx_bytes_are(yx_buf_bytes(&canvas->held), svg_end), err, YX_INTERNAL, "",
               N_("cairo has not finished the SVG"));
    YX_TRY(yx_sink_write(canvas->sink, yx_buf_bytes(&canvas->inks), err));
    return yx_sink_write(canvas->sink, yx_buf_bytes(&canvas->held), err);
}

yx_status yx_canvas_finish(struct yx_canvas *canvas, struct yx_error *err)
{
    YX_TRY(check(canvas, cairo_status(canvas->cairo), err));
    if (canvas->setup.format == YX_DRAW_PNG) {
        struct yx_png_setup setup = {canvas->setup.dpi, !canvas->setup.transparent,
                                     canvas->setup.ink};
        struct yx_pixels pixels;

        YX_TRY(yx_canvas_pixels(canvas, &pixels, err));
        return yx_png_write(&pixels, &setup, canvas->sink, err);
    }
    cairo_surface_finish(canvas->surface);
    YX_TRY(check(canvas, cairo_surface_status(canvas->surface), err));
    return canvas->setup.format == YX_DRAW_SVG ? end_svg(canvas, err) : YX_OK;
}

yx_status yx_canvas_pixels(const struct yx_canvas *canvas, struct yx_pixels *out,
                           struct yx_error *err)
{
    YX_REQUIRE(canvas->setup.format == YX_DRAW_PNG, err, YX_USAGE, "",
               N_("an SVG or PDF has no pixels"));
    cairo_surface_flush(canvas->surface);
    YX_TRY(yx_cairo_status(cairo_status(canvas->cairo), err));
    out->width = (uint32_t)cairo_image_surface_get_width(canvas->surface);
    out->height = (uint32_t)cairo_image_surface_get_height(canvas->surface);
    out->stride = (size_t)cairo_image_surface_get_stride(canvas->surface);
    out->data = cairo_image_surface_get_data(canvas->surface);
    return YX_OK;
}

/* --- Pictures as sources ----------------------------------------------------------------- */

static uint32_t multiplied(unsigned value, unsigned alpha)
{
    return (value * alpha + 127) / 255;
}

yx_status yx_surface_from_raster(const struct yx_raster *raster, cairo_surface_t **out,
                                 struct yx_error *err)
{
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)raster->width, (int)raster->height);
    const uint8_t *from = raster->rgba.data;
    yx_status status = yx_cairo_status(cairo_surface_status(surface), err);

    if (status != YX_OK) {
        cairo_surface_destroy(surface);
        return status;
    }
    size_t stride = (size_t)cairo_image_surface_get_stride(surface);
    uint8_t *data = cairo_image_surface_get_data(surface);

    for (uint32_t y = 0; y < raster->height; y++) {
        uint8_t *to = data + y * stride;

        for (uint32_t x = 0; x < raster->width; x++, from += 4, to += 4) {
            uint32_t pixel = (uint32_t)from[3] << 24 | multiplied(from[0], from[3]) << 16 |
                             multiplied(from[1], from[3]) << 8 | multiplied(from[2], from[3]);

            memcpy(to, &pixel, sizeof pixel);
        }
    }
    cairo_surface_mark_dirty(surface);
    *out = surface;
    return YX_OK;
}
