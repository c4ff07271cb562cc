/* SPDX-License-Identifier: Apache-2.0 */
/* A drawn seal as PNG, SVG and PDF: the same picture by other people's programs. */
#include <math.h>

#include "support.h"

#include "canvas/canvas.h"
#include "tools.h"

#define DPI 200

static void draw(const struct yx_face *face, yx_draw_format format, double dpi, struct yx_buf *out)
{
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_error err = {0};
    expect_ok(yx_sink_memory(out, &sink, &err), &err);
    expect_ok(yx_face_draw(face, format, dpi, sink, NULL, NULL, &err), &err);
}

/* One of every kind, with all that it can have. */
static struct yx_face sample(size_t number)
{
    static const char *const lines[] = {
        [YX_FACE_OFFICIAL] = NULL,     [YX_FACE_SPECIAL] = "财务专用章",
        [YX_FACE_OVAL] = "发票专用章", [YX_FACE_SQUARE] = NULL,
        [YX_FACE_NAME] = NULL,
    };
    static const char *const codes[] = {
        [YX_FACE_OFFICIAL] = "3100000123456",
        [YX_FACE_SPECIAL] = "3100000123456",
        [YX_FACE_OVAL] = "91310000MA1K12345X",
        [YX_FACE_SQUARE] = NULL,
        [YX_FACE_NAME] = NULL,
    };
    size_t count;
    const struct yx_face_preset *presets = yx_face_presets(&count);
    struct yx_face face = presets[number % count].face;
    bool is_round = face.kind <= YX_FACE_OVAL;
    face.text = is_round ? "示例市山海信息技术有限公司" : "王小明印";
    face.line = lines[face.kind];
    face.code = codes[face.kind];
    face.letters_cut = !is_round && number >= count;
    return face;
}

static size_t preset_count(void)
{
    size_t count;
    yx_face_presets(&count);
    return count;
}

static void the_png_has_the_ink_and_nothing_else(void **state)
{
    (void)state;
    struct yx_face face = sample(0);
    YX_CLEAN(yx_buf) struct yx_buf png = {0};
    YX_CLEAN(yx_raster) struct yx_raster raster = {0};
    face.ink = (struct yx_colour){200, 30, 77};
    draw(&face, YX_DRAW_PNG, 600, &png);
    assert_int_equal(yx_png_decode(yx_buf_bytes(&png), &raster, NULL), YX_OK);
    assert_int_equal(raster.width, 992); /* 42 mm */
    assert_int_equal(raster.height, 992);
    size_t full = 0, empty = 0;
    for (size_t i = 0; i < raster.rgba.len; i += 4) {
        const uint8_t *pixel = raster.rgba.data + i;
        full += pixel[3] == 255;
        empty += pixel[3] == 0;
        if (pixel[3] > 0)
            assert_memory_equal(pixel, &face.ink, 3);
    }
    /* edges aside, a pixel has ink or has none */
    assert_true(full > 150000 && empty > 600000);
    assert_true(full + empty > 992 * 992 * 94 / 100);
}

/* The part of all pixels that have ink in one picture and none in the other. Edges are smoothed by
 * each program in its own way. */
static double difference(const struct yx_raster *a, const struct yx_raster *b)
{
    size_t differ = 0;
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->height, b->height);
    for (size_t i = 3; i < a->rgba.len; i += 4)
        differ += abs(a->rgba.data[i] - b->rgba.data[i]) > 160;
    return (double)differ / (double)(a->rgba.len / 4);
}

static void expect_same_picture(struct folder *folder, const struct yx_raster *want,
                                const char *what)
{
    YX_CLEAN(yx_buf) struct yx_buf png = {0};
    YX_CLEAN(yx_raster) struct yx_raster raster = {0};
    folder_read(folder, "judge.png", &png);
    assert_int_equal(yx_png_decode(yx_buf_bytes(&png), &raster, NULL), YX_OK);
    double far = difference(want, &raster);
    if (far > 0.0005)
        fail_msg("%s differs: %g", what, far);
}

/* librsvg and poppler draw what we drew. */
static void svg_and_pdf_are_the_png(void **state)
{
    struct folder folder;
    (void)state;
    folder_make(&folder);
    for (size_t i = 0; i < 2 * preset_count(); i++) {
        struct yx_face face = sample(i);
        YX_CLEAN(yx_buf) struct yx_buf png = {0}, svg = {0}, pdf = {0};
        YX_CLEAN(yx_raster) struct yx_raster raster = {0};
        char what[64];
        draw(&face, YX_DRAW_PNG, DPI, &png);
        draw(&face, YX_DRAW_SVG, DPI, &svg);
        draw(&face, YX_DRAW_PDF, DPI, &pdf);
        assert_int_equal(yx_png_decode(yx_buf_bytes(&png), &raster, NULL), YX_OK);
        folder_write(&folder, "face.svg", yx_buf_bytes(&svg));
        folder_write(&folder, "face.pdf", yx_buf_bytes(&pdf));
        snprintf(what, sizeof what, "%zu as SVG", i);
        expect_tool(&folder, "rsvg-convert -w %u -h %u -o judge.png face.svg", raster.width,
                    raster.height);
        expect_same_picture(&folder, &raster, what);
        snprintf(what, sizeof what, "%zu as PDF", i);
        expect_tool(&folder,
                    "pdftocairo -png -transp -scale-to-x %u -scale-to-y %u -singlefile "
                    "face.pdf judge",
                    raster.width, raster.height);
        expect_same_picture(&folder, &raster, what);
    }
    folder_remove(&folder);
}

static void a_drawing_is_the_same_again(void **state)
{
    (void)state;
    struct yx_face face = sample(0);
    /* cairo numbers the groups of its SVG throughout a process */
    static const yx_draw_format formats[] = {YX_DRAW_PNG, YX_DRAW_PDF};
    for (size_t i = 0; i < 2; i++) {
        YX_CLEAN(yx_buf) struct yx_buf one = {0}, two = {0};
        draw(&face, formats[i], DPI, &one);
        draw(&face, formats[i], DPI, &two);
        assert_int_equal(one.len, two.len);
        assert_memory_equal(one.data, two.data, one.len);
    }
}

/* What svg/ takes is what a seal may have as its picture. */
static void the_svg_can_be_the_picture_of_a_seal(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * preset_count(); i++) {
        struct yx_face face = sample(i);
        YX_CLEAN(yx_buf) struct yx_buf text = {0};
        YX_CLEAN(yx_svg) struct yx_svg svg = {0};
        struct yx_error err = {0};
        draw(&face, YX_DRAW_SVG, DPI, &text);
        expect_ok(yx_svg_read(yx_buf_bytes(&text), &svg, &err), &err);
        assert_true(svg.shape_count > 0);
    }
}

static void wear_is_for_pixels(void **state)
{
    (void)state;
    struct yx_face face = sample(0);
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    assert_int_equal(yx_sink_memory(&out, &sink, NULL), YX_OK);
    face.wear = 10;
    assert_int_equal(yx_face_draw(&face, YX_DRAW_SVG, DPI, sink, NULL, NULL, NULL), YX_REFUSED);
    assert_int_equal(yx_face_draw(&face, YX_DRAW_PDF, DPI, sink, NULL, NULL, NULL), YX_REFUSED);
    assert_int_equal(out.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_png_has_the_ink_and_nothing_else),
        cmocka_unit_test(svg_and_pdf_are_the_png),
        cmocka_unit_test(a_drawing_is_the_same_again),
        cmocka_unit_test(the_svg_can_be_the_picture_of_a_seal),
        cmocka_unit_test(wear_is_for_pixels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
