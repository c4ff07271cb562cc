/* SPDX-License-Identifier: Apache-2.0 */
/* Fonts: names of documents find free fonts of their kind, characters find a font that has them,
 * bytes of a document become a font or are refused. */
#include <math.h>

#include <fontconfig/fontconfig.h>

#include "support.h"

#include "canvas/canvas.h"
#include "leaks.h"
#include "tools.h"

static struct yx_fonts *opened(void)
{
    struct yx_fonts *fonts = NULL;
    assert_int_equal(yx_fonts_new(&fonts, NULL), YX_OK);
    return fonts;
}

static const struct yx_font *find(struct yx_fonts *fonts, const char *family, bool bold)
{
    struct yx_font_wish wish = {.family = family, .bold = bold};
    const struct yx_font *font = NULL;
    assert_int_equal(yx_fonts_find(fonts, &wish, &font, NULL), YX_OK);
    return font;
}

/* fonts-noto-cjk is what the project asks for; the finer choices are for who has more. */
static void names_find_their_kind(void **state)
{
    static const struct {
        const char *name, *family;
        bool bold;
    } cases[] = {
        {"宋体", "Noto Serif CJK SC", false},
        {"SimSun", "Noto Serif CJK SC", false},
        {"NSimSun", "Noto Serif CJK SC", false},
        {"STSong", "Noto Serif CJK SC", false},
        {"方正小标宋简体", "Noto Serif CJK SC", true},
        {"华文中宋", "Noto Serif CJK SC", true},
        {"仿宋_GB2312", "Noto Serif CJK SC", false},
        {"黑体", "Noto Sans CJK SC", false},
        {"SimHei", "Noto Sans CJK SC", false},
        {"微软雅黑", "Noto Sans CJK SC", false},
        {"Microsoft YaHei", "Noto Sans CJK SC", false},
        {"noto sans cjk sc", "Noto Sans CJK SC", false},
        {"no such font", "Noto Serif CJK SC", false},
        {NULL, "Noto Serif CJK SC", false},
    };
    (void)state;
    YX_CLEAN(yx_fonts) struct yx_fonts *fonts = opened();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct yx_font *font = find(fonts, cases[i].name, false);
        assert_string_equal(yx_font_family(font), cases[i].family);
        assert_int_equal(yx_font_is_bold(font), cases[i].bold);
    }
}

static void a_font_is_opened_once(void **state)
{
    (void)state;
    YX_CLEAN(yx_fonts) struct yx_fonts *fonts = opened();
    assert_ptr_equal(find(fonts, "宋体", false), find(fonts, "SimSun", false));
    assert_ptr_not_equal(find(fonts, "宋体", false), find(fonts, "宋体", true));
}

static void bold_is_bold(void **state)
{
    (void)state;
    YX_CLEAN(yx_fonts) struct yx_fonts *fonts = opened();
    assert_true(yx_font_is_bold(find(fonts, "宋体", true)));
    assert_false(yx_font_is_bold(find(fonts, "宋体", false)));
}

static void a_character_finds_a_font(void **state)
{
    (void)state;
    YX_CLEAN(yx_fonts) struct yx_fonts *fonts = opened();
    const struct yx_font *latin = find(fonts, "Times New Roman", false), *found = NULL;
    /* 印 is in no Latin font */
    assert_int_equal(yx_fonts_cover(fonts, latin, 0x5370, &found, NULL), YX_OK);
    assert_non_null(found);
    assert_int_not_equal(yx_font_glyph(found, 0x5370), 0);
    const struct yx_font *song = find(fonts, "宋体", false);
    assert_int_equal(yx_fonts_cover(fonts, song, 0x5370, &found, NULL), YX_OK);
    assert_ptr_equal(found, song);
    /* nobody has a noncharacter */
    assert_int_equal(yx_fonts_cover(fonts, song, 0xfffff, &found, NULL), YX_OK);
    assert_null(found);
}

static void glyphs_have_measures(void **state)
{
    (void)state;
    YX_CLEAN(yx_fonts) struct yx_fonts *fonts = opened();
    const struct yx_font *song = find(fonts, "宋体", false);
    uint32_t one = yx_font_glyph(song, 0x4e00); /* 一 */
    struct yx_font_box box = yx_font_box(song, one);
    assert_true(yx_font_advance(song, one) == 1);
    assert_true(box.left > 0 && box.left < 0.15 && box.right > 0.85 && box.right < 1);
    assert_true(box.top < box.bottom && box.bottom - box.top < 0.2);
    assert_true(box.bottom < 0);
    assert_true(yx_font_advance(song, yx_font_glyph(song, 'i')) < 0.5);
    /* a glyph that is not there */
    assert_true(yx_font_advance(song, 0xffffffff) == 0);
    assert_true(yx_font_box(song, 0xffffffff).right == 0);
}

static double extent(cairo_t *cairo, double *top)
{
    double left, right, bottom;
    cairo_path_extents(cairo, &left, top, &right, &bottom);
    return right - left;
}

static void an_outline_is_as_large_as_its_box(void **state)
{
    (void)state;
    YX_CLEAN(yx_fonts) struct yx_fonts *fonts = opened();
    struct yx_canvas_setup setup = {YX_DRAW_PNG, 10, 10, 300, true};
    YX_CLEAN(yx_canvas) struct yx_canvas *canvas = NULL;
    assert_int_equal(yx_canvas_new(&setup, NULL, &canvas, NULL), YX_OK);
    const struct yx_font *song = find(fonts, "宋体", false);
    uint32_t glyph = yx_font_glyph(song, 0x5370);
    struct yx_font_box box = yx_font_box(song, glyph);
    double top;
    assert_int_equal(yx_font_path(song, glyph, yx_canvas_cairo(canvas), NULL), YX_OK);
    assert_true(fabs(extent(yx_canvas_cairo(canvas), &top) - (box.right - box.left)) < 0.002);
    assert_true(fabs(top - box.top) < 0.002);
    assert_int_equal(yx_font_path(song, 0xffffffff, yx_canvas_cairo(canvas), NULL), YX_DAMAGED);
}

/* --- Fonts out of documents -------------------------------------------------------------- */

static void bytes_that_are_no_font_are_refused(void **state)
{
    (void)state;
    struct yx_font *font = NULL;
    assert_int_equal(yx_font_from_bytes(YX_BYTES("", 0), 0, &font, NULL), YX_DAMAGED);
    assert_int_equal(yx_font_from_bytes(YX_TEXT("no font"), 0, &font, NULL), YX_DAMAGED);
    assert_int_equal(yx_font_from_bytes(YX_TEXT("no font"), 70000, &font, NULL), YX_DAMAGED);
    assert_int_equal(yx_font_from_bytes(YX_BYTES("x", YX_FONT_BYTES_MAX + 1), 0, &font, NULL),
                     YX_DAMAGED);
    assert_null(font);
}

/* A font file of the system as if a document had brought it. */
static void read_system(const char *family, const char *format, struct yx_buf *out, unsigned *index)
{
    FcPattern *wish = FcPatternCreate();
    FcObjectSet *wanted = FcObjectSetBuild(FC_FILE, FC_INDEX, NULL);
    FcChar8 *path;
    int number;
    FcPatternAddString(wish, FC_FAMILY, (const FcChar8 *)family);
    FcPatternAddString(wish, FC_FONTFORMAT, (const FcChar8 *)format);
    FcFontSet *found = FcFontList(NULL, wish, wanted);
    if (found->nfont == 0)
        fail_msg("%s is not installed", family);
    assert_int_equal(FcPatternGetString(found->fonts[0], FC_FILE, 0, &path), FcResultMatch);
    assert_int_equal(FcPatternGetInteger(found->fonts[0], FC_INDEX, 0, &number), FcResultMatch);
    assert_int_equal(yx_file_read((const char *)path, YX_FONT_BYTES_MAX, out, NULL), YX_OK);
    *index = (unsigned)number;
    FcFontSetDestroy(found);
    FcObjectSetDestroy(wanted);
    FcPatternDestroy(wish);
}

/* cairo shows it still when we have let go of it. */
static void a_font_of_a_document_outlives_its_bytes(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
    YX_CLEAN(yx_font) struct yx_font *font = NULL;
    unsigned index;
    read_system("Noto Serif CJK SC", "CFF", &bytes, &index);
    assert_int_equal(yx_font_from_bytes(yx_buf_bytes(&bytes), index, &font, NULL), YX_OK);
    yx_buf_free(&bytes);
    assert_string_equal(yx_font_family(font), "Noto Serif CJK SC");

    struct yx_canvas_setup setup = {YX_DRAW_PNG, 10, 10, 300, false};
    YX_CLEAN(yx_canvas) struct yx_canvas *canvas = NULL;
    assert_int_equal(yx_canvas_new(&setup, NULL, &canvas, NULL), YX_OK);
    cairo_t *cairo = yx_canvas_cairo(canvas);
    cairo_glyph_t glyph = {yx_font_glyph(font, 0x5370), 1, 8};
    cairo_set_font_face(cairo, yx_font_cairo(font, cairo));
    cairo_set_font_size(cairo, 8);
    cairo_set_source_rgb(cairo, 0, 0, 0);
    cairo_show_glyphs(cairo, &glyph, 1);
    yx_font_free(font);
    font = NULL;
    assert_int_equal(cairo_status(cairo), CAIRO_STATUS_SUCCESS);
    cairo_show_glyphs(cairo, &glyph, 1);
    struct yx_pixels pixels;
    assert_int_equal(yx_canvas_pixels(canvas, &pixels, NULL), YX_OK);
    size_t black = 0;
    for (size_t i = 0; i < pixels.height * pixels.stride; i += 4)
        black += pixels.data[i] < 64;
    assert_in_range(black, 500, 6000);
}

/* --- Fonts made anew --------------------------------------------------------------------- */

static void show(cairo_t *cairo, const struct yx_font *font, const char *text)
{
    struct yx_bytes rest = YX_TEXT(text);
    uint32_t code_point;
    size_t len;
    double x = 2;
    cairo_font_face_t *face = yx_font_cairo(font, cairo);
    if (face == NULL)
        return;
    cairo_set_font_face(cairo, face);
    cairo_set_font_size(cairo, 10);
    for (; (len = yx_utf8_next(rest, &code_point)) > 0;
         rest = YX_BYTES(rest.data + len, rest.len - len)) {
        cairo_glyph_t glyph = {yx_font_glyph(font, code_point), x, 12};
        cairo_text_cluster_t cluster = {(int)len, 1};
        cairo_show_text_glyphs(cairo, (const char *)rest.data, (int)len, &glyph, 1, &cluster, 1, 0);
        x += 10 * yx_font_advance(font, (uint32_t)glyph.index);
    }
}

static void draw_text(const struct yx_font *font, yx_draw_format format, const char *text,
                      struct yx_buf *out)
{
    struct yx_canvas_setup setup = {.format = format, .width = 63.5, .height = 25.4, .dpi = 100};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    YX_CLEAN(yx_canvas) struct yx_canvas *canvas = NULL;
    struct yx_error err = {0};
    expect_ok(yx_sink_memory(out, &sink, &err), &err);
    expect_ok(yx_canvas_new(&setup, sink, &canvas, &err), &err);
    show(yx_canvas_cairo(canvas), font, text);
    expect_ok(yx_canvas_finish(canvas, &err), &err);
}

/* How many pixels are dark in one and light in the other. */
static size_t differing(const struct yx_buf *a, const struct yx_buf *b)
{
    YX_CLEAN(yx_raster) struct yx_raster one = {0}, two = {0};
    size_t count = 0;
    assert_int_equal(yx_png_decode(yx_buf_bytes(a), &one, NULL), YX_OK);
    assert_int_equal(yx_png_decode(yx_buf_bytes(b), &two, NULL), YX_OK);
    assert_int_equal(one.rgba.len, two.rgba.len);
    for (size_t i = 0; i < one.rgba.len; i += 4)
        count += abs(one.rgba.data[i] - two.rgba.data[i]) > 128;
    return count;
}

/* The font of a document is embedded as one that we made: the same letters, and their text. */
static void a_pdf_gets_a_font_made_anew(void **state)
{
    static const char *const fonts[][2] = {{"DejaVu Serif", "TrueType"}, {"Nimbus Roman", "CFF"}};
    struct folder folder;
    (void)state;
    folder_make(&folder);
    for (size_t i = 0; i < sizeof fonts / sizeof *fonts; i++) {
        YX_CLEAN(yx_buf) struct yx_buf bytes = {0}, png = {0}, pdf = {0}, judged = {0};
        YX_CLEAN(yx_font) struct yx_font *font = NULL;
        unsigned index;
        read_system(fonts[i][0], fonts[i][1], &bytes, &index);
        assert_int_equal(yx_font_from_bytes(yx_buf_bytes(&bytes), index, &font, NULL), YX_OK);
        draw_text(font, YX_DRAW_PNG, "Afg\xc3\xa9&QW", &png);
        draw_text(font, YX_DRAW_PDF, "Afg\xc3\xa9&QW", &pdf);
        folder_write(&folder, "a.pdf", yx_buf_bytes(&pdf));
        expect_tool(&folder, "pdftocairo -png -r 100 -singlefile a.pdf a");
        folder_read(&folder, "a.png", &judged);
        if (differing(&png, &judged) > 60)
            fail_msg("%s: %zu pixels", fonts[i][0], differing(&png, &judged));
        expect_tool(&folder, "pdffonts a.pdf");
        expect_words(&folder, "CID Type 0C");
        expect_words(&folder, "CairoFont-0");
        expect_tool(&folder, "pdftotext a.pdf -");
        expect_words(&folder, "Afg\xc3\xa9&QW");
    }
    folder_remove(&folder);
}

/* cairo alone aborts on some of these files when it puts them into a PDF: one byte after the other
 * of the CFF's dictionaries and INDEXes is wrong. */
static void a_broken_font_does_not_reach_the_pdf(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
    unsigned index;
    read_system("Nimbus Roman", "CFF", &bytes, &index);
    size_t drawn = 0;
    for (size_t cut = 0; cut < 400; cut++) {
        YX_CLEAN(yx_buf) struct yx_buf broken = {0}, pdf = {0};
        YX_CLEAN(yx_font) struct yx_font *font = NULL;
        assert_int_equal(yx_buf_append(&broken, yx_buf_bytes(&bytes)), YX_OK);
        uint8_t *cff = memmem(broken.data, broken.len, "\1\0\4", 3);
        assert_non_null(cff);
        cff[3 + cut] ^= 0x55;
        if (yx_font_from_bytes(yx_buf_bytes(&broken), index, &font, NULL) != YX_OK)
            continue;
        draw_text(font, YX_DRAW_PDF, "Afg", &pdf);
        drawn++;
    }
    assert_true(drawn > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_find_their_kind),
        cmocka_unit_test(a_font_is_opened_once),
        cmocka_unit_test(bold_is_bold),
        cmocka_unit_test(a_character_finds_a_font),
        cmocka_unit_test(glyphs_have_measures),
        cmocka_unit_test(an_outline_is_as_large_as_its_box),
        cmocka_unit_test(bytes_that_are_no_font_are_refused),
        cmocka_unit_test(a_font_of_a_document_outlives_its_bytes),
        cmocka_unit_test(a_pdf_gets_a_font_made_anew),
        cmocka_unit_test(a_broken_font_does_not_reach_the_pdf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
