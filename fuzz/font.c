/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/font.c - any bytes as a font out of a document: measured, drawn as outlines and as letters,
 * in pixels and in an SVG, and made anew for a PDF. That cairo embeds what was made anew is for
 * tests/canvas to see: it loses memory at each. The first byte says which of a collection. */
#include <stdlib.h>

#include "canvas/canvas.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define GLYPHS 8

static struct yx_canvas *start(yx_draw_format format, struct yx_sink *sink)
{
    struct yx_canvas_setup setup = {.format = format, .width = 40, .height = 40, .dpi = 96};
    struct yx_canvas *canvas = NULL;

    if (yx_canvas_new(&setup, sink, &canvas, NULL) != YX_OK)
        abort();
    return canvas;
}

static void draw(const struct yx_font *font, cairo_font_face_t *face, yx_draw_format format)
{
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;

    if (yx_sink_memory(&out, &sink, NULL) != YX_OK)
        return;
    YX_CLEAN(yx_canvas) struct yx_canvas *canvas = start(format, sink);
    cairo_t *cairo = yx_canvas_cairo(canvas);

    cairo_set_font_face(cairo, face);
    cairo_set_font_size(cairo, 5);
    for (uint32_t i = 0; i < GLYPHS; i++) {
        cairo_glyph_t glyph = {yx_font_glyph(font, 'A' + i), 4.0 * i, 10};

        cairo_show_glyphs(cairo, &glyph, 1);
        cairo_move_to(cairo, 4.0 * i, 20);
        if (yx_font_path(font, i, cairo, NULL) == YX_OK)
            cairo_fill(cairo);
    }
    (void)yx_canvas_finish(canvas, NULL);
}

/* What a PDF would get. */
static void draw_remade(const struct yx_font *font)
{
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;

    if (yx_sink_memory(&out, &sink, NULL) != YX_OK)
        return;
    YX_CLEAN(yx_canvas) struct yx_canvas *canvas = start(YX_DRAW_PDF, sink);
    cairo_font_face_t *face = yx_font_cairo(font, yx_canvas_cairo(canvas));

    if (face != NULL)
        draw(font, face, YX_DRAW_PNG);
}

static void measure(const struct yx_font *font)
{
    for (uint32_t i = 0; i < GLYPHS; i++) {
        struct yx_font_box box = yx_font_box(font, i);
        double advance = yx_font_advance(font, i);

        if (advance != advance || box.left > box.right || box.top > box.bottom)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    YX_CLEAN(yx_font) struct yx_font *font = NULL;
    struct yx_error err = {0};

    if (size == 0)
        return 0;
    if (yx_font_from_bytes(YX_BYTES(data + 1, size - 1), data[0] & 3, &font, &err) != YX_OK) {
        if (err.status != YX_DAMAGED || font != NULL)
            abort();
        return 0;
    }
    measure(font);
    for (yx_draw_format format = YX_DRAW_PNG; format <= YX_DRAW_SVG; format++) {
        YX_CLEAN(yx_canvas) struct yx_canvas *canvas = start(YX_DRAW_PNG, NULL);

        draw(font, yx_font_cairo(font, yx_canvas_cairo(canvas)), format);
    }
    draw_remade(font);
    return 0;
}
