/* SPDX-License-Identifier: Apache-2.0 */
/* test_extract.c - stamped seals found on pages, and what is cut out of them. */
#include "support.h"

#include "canvas/canvas.h"
#include "image/image.h"
#include "stamp.h"

#define OFFICIAL .mm = 42, .star = 7, .name = "ABCDEFGHIJK", .code = "1101054321987"

static const struct stamp_seal official = {OFFICIAL};
static const struct stamp_seal without_star = {.mm = 42, .name = "ABCDEFGHIJK"};
static const struct stamp_seal oval = {.mm = 40, .ratio = 0.75, .name = "ABCDEFGH", .star = 4};
static const struct stamp_seal personal = {.mm = 20, .square = true, .frame = true, .name = "VWXY"};
static const struct stamp_seal frameless = {.mm = 18, .square = true, .name = "VWXY"};

/* --- What comes out -------------------------------------------------------------------------- */

struct extraction {
    const char *what;
    const struct stamp_seal *seal;
    struct stamp_page page;
    yx_impression_shape shape;
    double within; /* degrees that the angle may be off */
    double like;   /* how like the seal it is at least where it is least like it */
};

static const struct extraction extractions[] = {
    {"a page",
     &official,
     {.width = 1240,
      .height = 1754,
      .dpi = 150,
      .x = 900,
      .y = 1300,
      .angle = 17,
      .text = true,
      .quality = 80,
      .noise = 5,
      .paper = {250, 246, 232}},
     YX_IMPRESSION_ROUND,
     2,
     0},
    {"upside down",
     &official,
     {.width = 700, .height = 700, .dpi = 300, .x = 360, .y = 340, .angle = 170},
     YX_IMPRESSION_ROUND,
     0.5,
     0.8},
    {"a photograph from the side, crossed by a pen",
     &official,
     {.width = 800,
      .height = 700,
      .dpi = 300,
      .x = 400,
      .y = 340,
      .angle = 30,
      .stretch = 0.93,
      .shade = 0.6,
      .paper = {240, 216, 170},
      .noise = 8,
      .quality = 70,
      .pen = true},
     YX_IMPRESSION_ROUND,
     3,
     0.5},
    {"no star",
     &without_star,
     {.width = 600, .height = 600, .dpi = 300, .x = 300, .y = 300, .angle = -40, .noise = 5},
     YX_IMPRESSION_ROUND,
     3,
     0.8},
    {"oval",
     &oval,
     {.width = 600, .height = 600, .dpi = 300, .x = 300, .y = 300, .angle = 25, .text = true},
     YX_IMPRESSION_OVAL,
     1},
    {"a frame",
     &personal,
     {.width = 500, .height = 400, .dpi = 300, .x = 250, .y = 200, .angle = -22, .quality = 60},
     YX_IMPRESSION_SQUARE,
     0.5},
    {"no frame",
     &frameless,
     {.width = 320, .height = 300, .dpi = 300, .x = 160, .y = 150, .angle = 0, .quality = 60},
     YX_IMPRESSION_SQUARE,
     3},
};

/* What is cut out is the seal: upright, of its size, in its colour. */
static void expect_seal(const struct extraction *test, const struct yx_raster *face,
                        const struct yx_extracted *about)
{
    YX_CLEAN(yx_raster) struct yx_raster filed = {0};
    const struct stamp_page page = {
        .width = 1050, .height = 1050, .dpi = 600, .x = 525, .y = 525, .transparent = true};
    const struct yx_compare_request request = {0};
    struct yx_comparison found;
    struct yx_error err = {0};
    stamp_draw(test->seal, &page, &filed);
    const struct yx_impression one = {&filed, 600}, other = {face, about->dpi};
    expect_ok(yx_raster_compare(&one, &other, &request, &found, NULL, &err), &err);
    if (fabs(found.turned) > test->within || fabs(found.scale - 1) > 0.02 ||
        found.likeness < test->like)
        fail_msg("%s: turned %.2f, scale %.3f, likeness %.3f", test->what, found.turned,
                 found.scale, found.likeness);
    assert_true(about->red > 180 && about->green < 70 && about->blue < 80);
}

static void test_extractions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof extractions / sizeof *extractions; i++) {
        const struct extraction *test = &extractions[i];
        const struct yx_extract_request request = {0};
        YX_CLEAN(yx_raster) struct yx_raster scan = {0};
        YX_CLEAN(yx_raster) struct yx_raster face = {0};
        struct yx_extracted about;
        struct yx_error err = {0};
        stamp_draw(test->seal, &test->page, &scan);
        expect_ok(yx_raster_extract(&scan, test->page.dpi, &request, &face, &about, &err), &err);
        if (about.shape != test->shape || !about.is_upright || about.others != 0 ||
            fabs(about.turned - test->page.angle) > test->within ||
            fabs(about.size - test->seal->mm) > (test->seal == &frameless ? 2 : 0.6))
            fail_msg("%s: shape %d turned %.2f size %.2f others %u", test->what, (int)about.shape,
                     about.turned, about.size, about.others);
        assert_true(about.left < test->page.x && about.right > test->page.x);
        assert_true(about.top < test->page.y && about.bottom > test->page.y);
        expect_seal(test, &face, &about);
    }
}

/* Ink is opaque and paper transparent; between them a pixel or two. */
static void test_alpha(void **state)
{
    static const struct stamp_page page = {
        .width = 600, .height = 600, .dpi = 300, .x = 300, .y = 300, .angle = 20, .noise = 10};
    const struct yx_extract_request request = {0};
    YX_CLEAN(yx_raster) struct yx_raster scan = {0};
    YX_CLEAN(yx_raster) struct yx_raster face = {0};
    struct yx_extracted about;
    struct yx_error err = {0};
    size_t none = 0, full = 0;
    (void)state;
    stamp_draw(&official, &page, &scan);
    expect_ok(yx_raster_extract(&scan, 0, &request, &face, &about, &err), &err);
    assert_true(about.size == 0 && about.dpi == 0);
    for (size_t i = 0; i < face.rgba.len; i += 4) {
        assert_int_equal(face.rgba.data[i], about.red);
        none += face.rgba.data[i + 3] == 0;
        full += face.rgba.data[i + 3] == 255;
    }
    size_t all = (size_t)face.width * face.height;
    if (none < all / 2 || full < all / 8 || none + full < all * 9 / 10)
        fail_msg("%zu pixels: %zu empty, %zu full", all, none, full);
}

/* A seal whose name goes all the way around does not say which way is up. */
static void test_no_upright(void **state)
{
    static const struct stamp_seal around = {.mm = 42, .name = "AAAAAAAAAAAAAAAAAAAAAA"};
    static const struct stamp_page page = {
        .width = 600, .height = 600, .dpi = 300, .x = 300, .y = 300, .angle = 20};
    const struct yx_extract_request request = {0};
    YX_CLEAN(yx_raster) struct yx_raster scan = {0};
    YX_CLEAN(yx_raster) struct yx_raster face = {0};
    struct yx_extracted about;
    struct yx_error err = {0};
    (void)state;
    stamp_draw(&around, &page, &scan);
    expect_ok(yx_raster_extract(&scan, 0, &request, &face, &about, &err), &err);
    assert_true(!about.is_upright && about.turned == 0);
}

/* --- Which one ------------------------------------------------------------------------------- */

static const struct stamp_page wide = {
    .width = 1200, .height = 520, .dpi = 200, .x = 300, .y = 260};

/* The wide page with the seal, and another to its right. */
static void draw_two(const struct stamp_seal *other, struct yx_raster *out)
{
    struct stamp_page page = wide;
    stamp_draw(&official, &page, out);
    page.x = 900;
    stamp_more(other, &page, out);
}

static void test_choice(void **state)
{
    static const struct stamp_seal like_it = {.mm = 40, .star = 7, .name = "LMNOPQ"};
    YX_CLEAN(yx_raster) struct yx_raster scan = {0};
    YX_CLEAN(yx_raster) struct yx_raster face = {0};
    struct yx_extract_request request = {0};
    struct yx_extracted about;
    struct yx_error err = {0};
    (void)state;
    draw_two(&like_it, &scan);
    expect_status(yx_raster_extract(&scan, 200, &request, &face, &about, &err), YX_REFUSED, &err);
    assert_non_null(strstr(err.message.args + 2, "300,260; 900,260"));
    request = (struct yx_extract_request){.has_point = true, .x = 950, .y = 300};
    expect_ok(yx_raster_extract(&scan, 200, &request, &face, &about, &err), &err);
    assert_true(about.left > 600 && about.others == 1);
    assert_true(fabs(about.size - 40) < 0.6);
    yx_raster_free(&face);
    request.x = 600;
    expect_status(yx_raster_extract(&scan, 200, &request, &face, &about, &err), YX_REFUSED, &err);
}

/* Beside a clearly smaller one the largest is meant. */
static void test_largest(void **state)
{
    YX_CLEAN(yx_raster) struct yx_raster scan = {0};
    YX_CLEAN(yx_raster) struct yx_raster face = {0};
    const struct yx_extract_request request = {0};
    struct yx_extracted about;
    struct yx_error err = {0};
    (void)state;
    draw_two(&personal, &scan);
    expect_ok(yx_raster_extract(&scan, 200, &request, &face, &about, &err), &err);
    assert_true(about.right < 600 && about.others == 1 && about.shape == YX_IMPRESSION_ROUND);
}

/* A red heading and a red line, as official papers have, are no seals. */
static void test_heading(void **state)
{
    static const struct stamp_seal line = {.mm = 150, .square = true, .name = "AAAA"};
    static const struct stamp_page page = {.width = 1240, .height = 1754, .dpi = 150};
    YX_CLEAN(yx_raster) struct yx_raster scan = {0};
    YX_CLEAN(yx_raster) struct yx_raster face = {0};
    const struct yx_extract_request request = {0};
    struct yx_extracted about;
    struct yx_error err = {0};
    (void)state;
    stamp_draw(&line, &page, &scan);
    for (size_t i = 0; i < scan.rgba.len; i++)
        scan.rgba.data[i] = UINT8_MAX;
    for (uint32_t y = 150; y < 400; y++)
        for (uint32_t x = 150; x < 1090; x++)
            if (y > 390 || (y < 300 && x % 160 < 120 &&
                            stamp_glyph(x / 160, (x % 160) / 120.0, (y - 150) / 150.0)))
                memcpy(scan.rgba.data + ((size_t)scan.width * y + x) * 4, "\xe0\x10\x18\xff", 4);
    expect_status(yx_raster_extract(&scan, 150, &request, &face, &about, &err), YX_REFUSED, &err);
    struct stamp_page stamped = page;
    stamped.x = 800;
    stamped.y = 1300;
    stamp_more(&official, &stamped, &scan);
    expect_ok(yx_raster_extract(&scan, 150, &request, &face, &about, &err), &err);
    if (about.top < 1000 || about.others != 0)
        fail_msg("at %u,%u, others %u", about.left, about.top, about.others);
}

/* --- Files ----------------------------------------------------------------------------------- */

static void write_png(const struct yx_raster *raster, double dpi, struct yx_buf *out)
{
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_error err = {0};
    for (uint8_t *p = raster->rgba.data; p < raster->rgba.data + raster->rgba.len; p += 4) {
        uint32_t word = (uint32_t)p[3] << 24 | (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
        memcpy(p, &word, 4);
    }
    const struct yx_pixels pixels = {raster->width, raster->height, (size_t)raster->width * 4,
                                     raster->rgba.data};
    expect_ok(yx_sink_memory(out, &sink, &err), &err);
    const struct yx_png_setup setup = {.dpi = dpi, .opaque = true};
    expect_ok(yx_png_write(&pixels, &setup, sink, &err), &err);
    expect_ok(yx_sink_commit(sink, &err), &err);
}

static void draw_page(struct yx_raster *out)
{
    static const struct stamp_page page = {
        .width = 420, .height = 420, .dpi = 200, .x = 210, .y = 205, .angle = 10};
    stamp_draw(&official, &page, out);
}

static struct yx_extracted extract_file(struct yx_bytes file, double dpi, double mm)
{
    const struct yx_extract_request request = {.dpi = dpi, .size = mm};
    YX_CLEAN(yx_buf) struct yx_buf png = {0};
    YX_CLEAN(yx_raster) struct yx_raster raster = {0};
    struct yx_extracted about;
    struct yx_error err = {0};
    expect_ok(yx_impression_extract(file, &request, &png, &about, &err), &err);
    expect_ok(yx_png_decode(yx_buf_bytes(&png), &raster, &err), &err);
    assert_int_equal(raster.width, about.width);
    assert_int_equal(raster.height, about.height);
    assert_int_equal(raster.rgba.data[3], 0);
    /* The new file says how large it is, or nothing. */
    bool says = memmem(png.data, png.len, "pHYs", 4) != NULL;
    assert_true(says == (about.dpi > 0));
    if (says) {
        struct yx_extracted again;
        YX_CLEAN(yx_buf) struct yx_buf second = {0};
        const struct yx_extract_request usual = {0};
        expect_ok(yx_impression_extract(yx_buf_bytes(&png), &usual, &second, &again, &err), &err);
        assert_true(fabs(again.size - about.size) < 0.5);
    }
    return about;
}

static void test_png_resolution(void **state)
{
    YX_CLEAN(yx_raster) struct yx_raster scan = {0};
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_buf) struct yx_buf screen = {0};
    YX_CLEAN(yx_raster) struct yx_raster again = {0};
    (void)state;
    draw_page(&scan);
    write_png(&scan, 200, &file);
    assert_true(fabs(extract_file(yx_buf_bytes(&file), 0, 0).size - 42) < 0.4);
    assert_true(fabs(extract_file(yx_buf_bytes(&file), 400, 0).size - 21) < 0.2);
    struct yx_extracted about = extract_file(yx_buf_bytes(&file), 0, 45);
    assert_true(about.size == 45 && fabs(about.dpi - 200 * 42 / 45.0) < 2);
    draw_page(&again);
    write_png(&again, 96, &screen); /* which says nothing of paper */
    assert_true(extract_file(yx_buf_bytes(&screen), 0, 0).size == 0);
}

static void write_jpeg(const struct yx_raster *raster, unsigned dots, unsigned unit,
                       struct yx_buf *out)
{
    struct jpeg_error_mgr errors;
    struct jpeg_compress_struct jpeg = {.err = jpeg_std_error(&errors)};
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    JSAMPLE line[3 * 420];
    JSAMPROW row = line;
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &bytes, &size);
    jpeg.image_width = raster->width;
    jpeg.image_height = raster->height;
    jpeg.input_components = 3;
    jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg.density_unit = (UINT8)unit;
    jpeg.X_density = jpeg.Y_density = (UINT16)dots;
    jpeg_start_compress(&jpeg, TRUE);
    for (uint32_t y = 0; y < raster->height; y++) {
        for (uint32_t x = 0; x < raster->width; x++)
            memcpy(line + x * 3, raster->rgba.data + ((size_t)raster->width * y + x) * 4, 3);
        (void)jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    assert_int_equal(yx_buf_append(out, YX_BYTES(bytes, size)), YX_OK);
    free(bytes);
}

static void test_jpeg_resolution(void **state)
{
    static const struct {
        unsigned dots, unit; /* unit 1: an inch, 2: a centimetre, 0: none */
        double mm;
    } rows[] = {{200, 1, 42}, {79, 2, 42}, {72, 1, 0}, {200, 0, 0}};
    YX_CLEAN(yx_raster) struct yx_raster scan = {0};
    (void)state;
    draw_page(&scan);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        YX_CLEAN(yx_buf) struct yx_buf file = {0};
        write_jpeg(&scan, rows[i].dots, rows[i].unit, &file);
        assert_true(fabs(extract_file(yx_buf_bytes(&file), 0, 0).size - rows[i].mm) < 0.5);
    }
}

static void test_refused(void **state)
{
    static const struct {
        struct yx_extract_request request;
        yx_status status;
    } rows[] = {{{.dpi = 50}, YX_USAGE},
                {{.dpi = NAN}, YX_USAGE},
                {{.size = 2}, YX_USAGE},
                {{.size = 200}, YX_USAGE},
                {{.dpi = 300, .size = 42}, YX_USAGE},
                {{0}, YX_REFUSED}};
    static const struct stamp_page writing = {
        .width = 400, .height = 400, .dpi = 200, .x = -900, .y = 200, .text = true, .quality = 70};
    YX_CLEAN(yx_raster) struct yx_raster scan = {0};
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_buf) struct yx_buf png = {0};
    struct yx_extracted about;
    struct yx_error err = {0};
    (void)state;
    stamp_draw(&official, &writing, &scan); /* a page of black letters */
    write_png(&scan, 200, &file);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_status(
            yx_impression_extract(yx_buf_bytes(&file), &rows[i].request, &png, &about, &err),
            rows[i].status, &err);
    const struct yx_extract_request usual = {0};
    expect_status(yx_impression_extract(YX_TEXT("\x89PNG\r\n\x1a\n"), &usual, &png, &about, &err),
                  YX_REFUSED, &err);
    file.len = file.len / 2;
    expect_status(yx_impression_extract(yx_buf_bytes(&file), &usual, &png, &about, &err),
                  YX_REFUSED, &err);
    assert_int_equal(png.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_extractions),    cmocka_unit_test(test_alpha),
        cmocka_unit_test(test_no_upright),     cmocka_unit_test(test_choice),
        cmocka_unit_test(test_largest),        cmocka_unit_test(test_heading),
        cmocka_unit_test(test_png_resolution), cmocka_unit_test(test_jpeg_resolution),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
