/* SPDX-License-Identifier: Apache-2.0 */
/* Canvases: millimetres from the top left corner, as PNG, SVG and PDF; their limits; what a full
 * disk does. */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "canvas/canvas.h"

static struct yx_canvas *start(yx_draw_format format, double width, double height, double dpi,
                               bool transparent, struct yx_sink *sink)
{
    struct yx_canvas_setup setup = {format, width, height, dpi, transparent};
    struct yx_canvas *canvas = NULL;
    assert_int_equal(yx_canvas_new(&setup, sink, &canvas, NULL), YX_OK);
    return canvas;
}

/* A square from 10,20 to 20,30 mm. */
static void draw_square(struct yx_canvas *canvas, double red, double green, double blue,
                        double alpha)
{
    cairo_t *cairo = yx_canvas_cairo(canvas);
    cairo_set_source_rgba(cairo, red, green, blue, alpha);
    cairo_rectangle(cairo, 10, 20, 10, 10);
    cairo_fill(cairo);
}

static uint32_t pixel(const struct yx_canvas *canvas, uint32_t x, uint32_t y)
{
    struct yx_pixels pixels;
    uint32_t value;
    assert_int_equal(yx_canvas_pixels(canvas, &pixels, NULL), YX_OK);
    assert_true(x < pixels.width && y < pixels.height);
    memcpy(&value, pixels.data + y * pixels.stride + (size_t)x * 4, sizeof value);
    return value;
}

static void the_unit_is_the_millimetre(void **state)
{
    (void)state;
    /* 254 dpi: ten pixels to the millimetre */
    YX_CLEAN(yx_canvas) struct yx_canvas *canvas = start(YX_DRAW_PNG, 40, 50, 254, false, NULL);
    struct yx_pixels pixels;
    draw_square(canvas, 1, 0, 0, 1);
    assert_int_equal(yx_canvas_pixels(canvas, &pixels, NULL), YX_OK);
    assert_int_equal(pixels.width, 400);
    assert_int_equal(pixels.height, 500);
    assert_int_equal(pixel(canvas, 100, 200), 0xffff0000);
    assert_int_equal(pixel(canvas, 199, 299), 0xffff0000);
    assert_int_equal(pixel(canvas, 99, 200), 0xffffffff);
    assert_int_equal(pixel(canvas, 200, 299), 0xffffffff);
    assert_int_equal(pixel(canvas, 199, 300), 0xffffffff);
}

static void a_transparent_ground_is_empty(void **state)
{
    (void)state;
    YX_CLEAN(yx_canvas) struct yx_canvas *canvas = start(YX_DRAW_PNG, 40, 50, 254, true, NULL);
    draw_square(canvas, 1, 0, 0, 1);
    assert_int_equal(pixel(canvas, 0, 0), 0);
    assert_int_equal(pixel(canvas, 150, 250), 0xffff0000);
}

/* --- PNG --------------------------------------------------------------------------------- */

static void written(double red, double green, double blue, double alpha, bool transparent,
                    struct yx_buf *out)
{
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    assert_int_equal(yx_sink_memory(out, &sink, NULL), YX_OK);
    YX_CLEAN(yx_canvas) struct yx_canvas *canvas =
        start(YX_DRAW_PNG, 40, 50, 254, transparent, sink);
    draw_square(canvas, red, green, blue, alpha);
    assert_int_equal(yx_canvas_finish(canvas, NULL), YX_OK);
    assert_int_equal(yx_sink_commit(sink, NULL), YX_OK);
}

static void expect_sample(const struct yx_raster *raster, uint32_t x, uint32_t y, uint32_t rgba)
{
    const uint8_t *at = raster->rgba.data + ((size_t)y * raster->width + x) * 4;
    assert_int_equal((uint32_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3], rgba);
}

static void a_png_says_its_size(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf png = {0};
    written(1, 0, 0, 1, false, &png);
    assert_memory_equal(png.data + 12, "IHDR\0\0\1\x90\0\0\1\xf4\x08\x02", 14);
    /* 254 dpi are 10000 dots per metre */
    assert_memory_equal(png.data + 37, "pHYs\0\0\x27\x10\0\0\x27\x10\1", 13);
}

/* libpng reads what we wrote: colours, grey, and colours with their alpha divided out again. */
static void libpng_reads_every_type(void **state)
{
    static const struct {
        double red, green, blue, alpha;
        bool transparent;
        uint8_t type;
        uint32_t ground, square;
    } cases[] = {
        {1, 0, 0, 1, false, 2, 0xffffffff, 0xff0000ff},
        {0, 0, 0, 1, false, 0, 0xffffffff, 0x000000ff},
        {0, 0, 0, 0.4, false, 0, 0xffffffff, 0x999999ff},
        {1, 0, 0, 1, true, 6, 0x00000000, 0xff0000ff},
        {1, 0.6, 0.2, 0.4, true, 6, 0x00000000, 0xff993266},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        YX_CLEAN(yx_buf) struct yx_buf png = {0};
        YX_CLEAN(yx_raster) struct yx_raster raster = {0};
        written(cases[i].red, cases[i].green, cases[i].blue, cases[i].alpha, cases[i].transparent,
                &png);
        assert_int_equal(png.data[25], cases[i].type);
        assert_int_equal(yx_png_decode(yx_buf_bytes(&png), &raster, NULL), YX_OK);
        assert_int_equal(raster.width, 400);
        assert_int_equal(raster.height, 500);
        expect_sample(&raster, 0, 0, cases[i].ground);
        expect_sample(&raster, 399, 499, cases[i].ground);
        expect_sample(&raster, 100, 200, cases[i].square);
        expect_sample(&raster, 199, 299, cases[i].square);
    }
}

/* --- SVG and PDF ------------------------------------------------------------------------- */

static void expect_inside(const struct yx_buf *file, const char *text)
{
    assert_non_null(memmem(file->data, file->len, text, strlen(text)));
}

static void vectors_have_the_page_size(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf svg = {0}, pdf = {0};
    struct yx_buf *files[] = {&svg, &pdf};
    static const yx_draw_format formats[] = {YX_DRAW_SVG, YX_DRAW_PDF};
    for (size_t i = 0; i < 2; i++) {
        YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
        assert_int_equal(yx_sink_memory(files[i], &sink, NULL), YX_OK);
        YX_CLEAN(yx_canvas) struct yx_canvas *canvas =
            start(formats[i], 40, 50.8, 300, false, sink);
        draw_square(canvas, 1, 0, 0, 1);
        assert_int_equal(yx_canvas_finish(canvas, NULL), YX_OK);
    }
    expect_inside(&svg, "width=\"40mm\" height=\"50.8mm\" viewBox=\"0 0 40 50.8\"");
    expect_inside(&pdf, "/MediaBox [ 0 0 113.3858");
    assert_null(memmem(pdf.data, pdf.len, "CreationDate", 12));
}

static void a_pdf_has_pages(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf pdf = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    assert_int_equal(yx_sink_memory(&pdf, &sink, NULL), YX_OK);
    YX_CLEAN(yx_canvas) struct yx_canvas *canvas = start(YX_DRAW_PDF, 40, 50, 300, false, sink);
    draw_square(canvas, 1, 0, 0, 1);
    assert_int_equal(yx_canvas_next_page(canvas, 25.4, 50.8, NULL), YX_OK);
    draw_square(canvas, 1, 0, 0, 1);
    assert_int_equal(yx_canvas_finish(canvas, NULL), YX_OK);
    expect_inside(&pdf, "/Count 2");
    expect_inside(&pdf, "/MediaBox [ 0 0 72 144 ]");
}

static void a_png_has_one_page(void **state)
{
    (void)state;
    YX_CLEAN(yx_canvas) struct yx_canvas *canvas = start(YX_DRAW_PNG, 40, 50, 96, false, NULL);
    assert_int_equal(yx_canvas_next_page(canvas, 40, 50, NULL), YX_USAGE);
}

/* --- Refusals ---------------------------------------------------------------------------- */

static void sizes_have_limits(void **state)
{
    static const struct {
        yx_draw_format format;
        double width, height, dpi;
        const char *sentence;
    } cases[] = {
        {YX_DRAW_PNG, 0, 50, 300, "0 to 5080 millimetres"},
        {YX_DRAW_PNG, 50, -1, 300, "0 to 5080 millimetres"},
        {YX_DRAW_SVG, NAN, 50, 300, "0 to 5080 millimetres"},
        {YX_DRAW_PDF, 50, INFINITY, 300, "0 to 5080 millimetres"},
        {YX_DRAW_PDF, 5081, 50, 300, "0 to 5080 millimetres"},
        {YX_DRAW_PNG, 50, 50, 0, "more than 0 and at most 4800 dots"},
        {YX_DRAW_PNG, 50, 50, NAN, "more than 0 and at most 4800 dots"},
        {YX_DRAW_PNG, 50, 50, 9600, "more than 0 and at most 4800 dots"},
        {YX_DRAW_PNG, 1000, 1000, 300, "11811 x 11811 pixels, and at most 67108864"},
        {YX_DRAW_PNG, 5000, 1, 300, "59055 x 12 pixels"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct yx_canvas_setup setup = {cases[i].format, cases[i].width, cases[i].height,
                                        cases[i].dpi, false};
        struct yx_canvas *canvas = NULL;
        struct yx_error err = {0};
        char words[400];
        assert_int_equal(yx_canvas_new(&setup, NULL, &canvas, &err), YX_REFUSED);
        assert_null(canvas);
        yx_message_render(&err.message, NULL, words, sizeof words);
        assert_non_null(strstr(words, cases[i].sentence));
    }
}

/* A device that is full is told, in words of the sink. */
static void a_full_disk_is_told(void **state)
{
    struct rlimit little = {.rlim_cur = 1, .rlim_max = RLIM_INFINITY}, before;
    (void)state;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    little.rlim_max = before.rlim_max;
    for (yx_draw_format format = YX_DRAW_PNG; format <= YX_DRAW_PDF; format++) {
        YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
        struct yx_error err = {0};
        assert_int_equal(yx_sink_file("test_canvas.tmp", false, &sink, NULL), YX_OK);
        YX_CLEAN(yx_canvas) struct yx_canvas *canvas = start(format, 40, 50, 96, false, sink);
        draw_square(canvas, 1, 0, 0, 1);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
        yx_status status = yx_canvas_finish(canvas, &err);
        if (status == YX_OK)
            status = yx_sink_commit(sink, &err);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_int_equal(status, YX_IO);
        assert_int_equal(err.status, YX_IO);
        assert_int_equal(access("test_canvas.tmp", F_OK), -1);
    }
}

static void a_drawing_that_went_wrong_is_not_finished(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    assert_int_equal(yx_sink_memory(&out, &sink, NULL), YX_OK);
    YX_CLEAN(yx_canvas) struct yx_canvas *canvas = start(YX_DRAW_PNG, 40, 50, 96, false, sink);
    struct yx_error err = {0};
    cairo_scale(yx_canvas_cairo(canvas), 0, 0);
    assert_int_equal(yx_canvas_finish(canvas, &err), YX_INTERNAL);
    assert_int_equal(out.len, 0);
}

/* --- Pictures ---------------------------------------------------------------------------- */

static void a_raster_is_drawn_with_its_alpha(void **state)
{
    (void)state;
    YX_CLEAN(yx_raster) struct yx_raster raster = {0};
    __attribute__((cleanup(yx_surface_clean))) cairo_surface_t *surface = NULL;
    YX_CLEAN(yx_canvas) struct yx_canvas *canvas = start(YX_DRAW_PNG, 10, 10, 25.4, false, NULL);
    assert_int_equal(yx_raster_start(&raster, 2, 1, NULL), YX_OK);
    memcpy(raster.rgba.data, "\xff\x00\x00\xff\x00\x00\xff\x80", 8);
    assert_int_equal(yx_surface_from_raster(&raster, &surface, NULL), YX_OK);
    cairo_set_source_surface(yx_canvas_cairo(canvas), surface, 3, 4);
    cairo_paint(yx_canvas_cairo(canvas));
    assert_int_equal(pixel(canvas, 3, 4), 0xffff0000);
    assert_int_equal(pixel(canvas, 4, 4), 0xff7f7fff);
    assert_int_equal(pixel(canvas, 5, 4), 0xffffffff);
}

/* 20 by 10 units into 40 by 40 mm: twice as large, centred. */
static void a_vector_picture_keeps_its_proportions(void **state)
{
    static const char text[] = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 10'>"
                               "<rect width='20' height='10' fill='#004080'/>"
                               "<rect x='10' width='5' height='5' fill='#ffff00'/>"
                               "<circle cx='30' cy='5' r='8' fill='#000'/></svg>";
    (void)state;
    YX_CLEAN(yx_svg) struct yx_svg svg = {0};
    assert_int_equal(yx_svg_read(YX_TEXT(text), &svg, NULL), YX_OK);
    for (int inked = 0; inked < 2; inked++) {
        struct yx_colour ink = {200, 0, 0};
        YX_CLEAN(yx_canvas) struct yx_canvas *canvas =
            start(YX_DRAW_PNG, 50, 50, 25.4, false, NULL);
        yx_svg_draw(yx_canvas_cairo(canvas), &svg, 5, 5, 40, 40, inked ? &ink : NULL);
        uint32_t dark = inked ? 0xffc80000 : 0xff004080, light = inked ? 0xffffffff : 0xffffff00;
        assert_int_equal(pixel(canvas, 5, 15), dark);
        assert_int_equal(pixel(canvas, 44, 34), dark);
        assert_int_equal(pixel(canvas, 26, 16), light);
        assert_int_equal(pixel(canvas, 5, 14), 0xffffffff);
        assert_int_equal(pixel(canvas, 45, 25), 0xffffffff); /* outside of the view */
    }
}

/* What is drawn as ink stands behind all else, to be multiplied, as vectors; cairo alone would make
 * one picture of the page. */
static void ink_multiplies_in_an_svg(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    assert_int_equal(yx_sink_memory(&file, &sink, NULL), YX_OK);
    YX_CLEAN(yx_canvas) struct yx_canvas *canvas = start(YX_DRAW_SVG, 40, 40, 300, false, sink);
    for (int i = 0; i < 2; i++) {
        cairo_t *ink = NULL;
        cairo_t *second = NULL;
        assert_int_equal(yx_canvas_begin_ink(canvas, &ink, NULL), YX_OK);
        assert_int_equal(yx_canvas_begin_ink(canvas, &second, NULL), YX_USAGE);
        cairo_rectangle(ink, 1 + i, 1, 5, 5);
        cairo_fill(ink);
        assert_int_equal(yx_canvas_end_ink(canvas, NULL), YX_OK);
    }
    draw_square(canvas, 1, 0, 0, 1);
    assert_int_equal(yx_canvas_finish(canvas, NULL), YX_OK);
    assert_int_equal(yx_buf_append(&file, YX_BYTES("", 1)), YX_OK);
    const char *text = (const char *)file.data;
    const char *first = strstr(text, "mix-blend-mode:multiply");
    assert_non_null(first);
    assert_non_null(strstr(first + 1, "mix-blend-mode:multiply"));
    assert_null(strstr(text, "image/png"));
    assert_string_equal(text + strlen(text) - strlen("/>\n</svg>\n"), "/>\n</svg>\n");
}

static void only_an_svg_has_ink(void **state)
{
    cairo_t *ink = NULL;
    (void)state;
    YX_CLEAN(yx_canvas) struct yx_canvas *canvas = start(YX_DRAW_PNG, 20, 10, 96, false, NULL);
    assert_int_equal(yx_canvas_begin_ink(canvas, &ink, NULL), YX_USAGE);
    assert_null(ink);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_unit_is_the_millimetre),
        cmocka_unit_test(a_transparent_ground_is_empty),
        cmocka_unit_test(a_png_says_its_size),
        cmocka_unit_test(libpng_reads_every_type),
        cmocka_unit_test(vectors_have_the_page_size),
        cmocka_unit_test(a_pdf_has_pages),
        cmocka_unit_test(a_png_has_one_page),
        cmocka_unit_test(sizes_have_limits),
        cmocka_unit_test(a_full_disk_is_told),
        cmocka_unit_test(a_drawing_that_went_wrong_is_not_finished),
        cmocka_unit_test(a_raster_is_drawn_with_its_alpha),
        cmocka_unit_test(a_vector_picture_keeps_its_proportions),
        cmocka_unit_test(ink_multiplies_in_an_svg),
        cmocka_unit_test(only_an_svg_has_ink),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
