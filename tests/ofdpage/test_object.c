/* SPDX-License-Identifier: Apache-2.0 */
/* test_object.c - objects: outlines, text, colours, styles, clips, pictures. */
#include "sheet.h"

#define ONE(object) PAGE(LAYER(object))
#define DATA(text) "<AbbreviatedData>" text "</AbbreviatedData>"

static void expect_outline(const char *data, const char *want)
{
    char page[512], line[512];
    snprintf(page, sizeof page, ONE(PATH(DATA("%s"))), data);
    snprintf(line, sizeof line, "path stroke plain 0 0 0%s\n", want);
    expect_page(page, RES(""), line);
}

static void every_command_of_a_path(void **state)
{
    (void)state;
    expect_outline("M 1 2 L 3 4", " M 1 2 L 3 4");
    expect_outline("S 1 2 L 3 4 C", " M 1 2 L 3 4 Z");
    expect_outline("M 0 0 B 1 1 2 1 3 0", " M 0 0 C 1 1 2 1 3 0");
    expect_outline("M 0 0 Q 3 3 6 0", " M 0 0 C 2 2 4 2 6 0");
    /* a quarter of a circle, clockwise */
    expect_outline("M 0 0 A 3 3 0 0 1 3 3", " M 0 0 C 1.657 0 3 1.343 3 3");
    expect_outline("M 0 0 A 3 0 0 0 1 3 3", " M 0 0 L 3 3");
    /* what follows a closed part starts where that started */
    expect_outline("M 1 1 L 2 2 C L 5 5", " M 1 1 L 2 2 Z M 1 1 L 5 5");
    expect_outline("M1 2L3,4", " M 1 2 L 3 4");
}

static void what_a_path_is_drawn_with(void **state)
{
    (void)state;
    expect_page(ONE("<PathObject Boundary='0 0 9 9' Fill='true' Stroke='false' Rule='Even-Odd'>"
                    "<FillColor Value='255 0 51'/>" LINE "</PathObject>"),
                RES(""), "path fill plain 1 0 0.2 M 0 0 L 1 1 even-odd\n");
    /* without a colour there is no filling */
    expect_page(ONE("<PathObject Boundary='0 0 9 9' Fill='true'>" LINE "</PathObject>"), RES(""),
                "path stroke plain 0 0 0 M 0 0 L 1 1\n");
    expect_page(ONE("<PathObject Boundary='0 0 9 9' Stroke='false'>" LINE "</PathObject>"), RES(""),
                "");
    expect_page(ONE("<PathObject Boundary='0 0 9 9' Visible='false'>" LINE "</PathObject>"),
                RES(""), "");
    expect_page(ONE("<PathObject Boundary='0 0 9 9' Alpha='51'>" LINE "</PathObject>"), RES(""),
                "path alpha 0.20 stroke plain 0 0 0 M 0 0 L 1 1\n");
    expect_page(ONE("<PageBlock><PageBlock>" PATH(LINE) "</PageBlock></PageBlock>"), RES(""),
                "path stroke plain 0 0 0 M 0 0 L 1 1\n");
}

/* The object's own over its DrawParam, that over what it is relative to, that over the layer's. */
static void styles_lie_over_each_other(void **state)
{
    (void)state;
    static const char params[] =
        RES("<DrawParams><DrawParam ID='1' LineWidth='2' Cap='Round'>"
            "<StrokeColor Value='255 0 0'/></DrawParam>"
            "<DrawParam ID='2' Relative='1' DashPattern='3'><FillColor Value='0 255 0'/>"
            "</DrawParam></DrawParams>");
    YX_CLEAN(reading) struct reading reading = {.book = NULL};
    read_page(PAGE("<Layer DrawParam='1'>" PATH(
                  LINE) "<PathObject Boundary='0 0 9 9' "
                        "DrawParam='2' Fill='true' LineWidth='5'>" LINE "</PathObject></Layer>"),
              params, NULL, PLAIN_DOCUMENT, &reading);
    assert_string_equal((const char *)reading.text.data,
                        "path stroke plain 1 0 0 width 2 M 0 0 L 1 1\n"
                        "path fill plain 0 1 0 stroke plain 1 0 0 width 5 M 0 0 L 1 1\n");
    const struct yx_ofd_object *second = reading.sheet.layers->first->next;
    assert_int_equal(second->pen->cap, YX_SVG_CAP_ROUND);
    assert_int_equal(second->pen->dash_count, 2); /* an odd pattern is told twice */
    assert_true(second->pen->dashes[0] == 3 && second->pen->dashes[1] == 3);
}

static void colours_of_every_space(void **state)
{
    (void)state;
    static const char spaces[] =
        RES("<ColorSpaces><ColorSpace ID='1' Type='CMYK'/><ColorSpace ID='2' Type='GRAY' "
            "BitsPerComponent='4'/><ColorSpace ID='3' Type='RGB'><Palette><CV>1 2 3</CV>"
            "<CV>#FF #00 #33</CV></Palette></ColorSpace></ColorSpaces>");
    static const char *const colours[][2] = {
        {"ColorSpace='1' Value='0 255 51 0'", "0 1 0.2 0"},
        {"ColorSpace='2' Value='3'", "0.2"},
        {"ColorSpace='3' Index='1'", "1 0 0.2"},
        {"ColorSpace='3' Index='7'", "0 0 0"},
        {"Value='999 -5 0'", "1 0 0"},
        {"", "0 0 0"},
    };
    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++) {
        char page[512], want[128];
        snprintf(page, sizeof page, ONE(PATH("<StrokeColor %s/>" LINE)), colours[i][0]);
        snprintf(want, sizeof want, "path stroke plain %s M 0 0 L 1 1\n", colours[i][1]);
        expect_page(page, spaces, want);
    }
}

#define SEGMENT "<Segment><Color Value='0 0 0'/></Segment>"
#define POINT(flag) "<Point X='1' Y='2' EdgeFlag='" flag "'><Color Value='0 0 0'/></Point>"

static void colours_that_run(void **state)
{
    (void)state;
    static const char *const paints[][2] = {
        {"<AxialShd StartPoint='0 0' EndPoint='9 9'>" SEGMENT SEGMENT SEGMENT "</AxialShd>",
         "axial 0 0.5 1"},
        {"<RadialShd StartPoint='0 0' StartRadius='1' EndPoint='9 9' EndRadius='2'>"
         "<Segment Position='0.7'/><Segment Position='0.2'/></RadialShd>",
         "radial 0.7 0.7"},
        {"<GouraudShd>" POINT("0") POINT("0") POINT("0") POINT("1") POINT("2") "</GouraudShd>",
         "mesh 3"},
        {"<GouraudShd>" POINT("0") POINT("0") "</GouraudShd>", "mesh 0"},
        {"<LaGourandShd VerticesPerRow='3'>" POINT("0") POINT("0") POINT("0") POINT("0") POINT("0")
             POINT("0") "</LaGourandShd>",
         "mesh 4"},
        {"<Pattern Width='2' Height='2'><CellContent>" PATH(LINE) "</CellContent></Pattern>",
         "pattern"},
    };
    for (size_t i = 0; i < sizeof paints / sizeof *paints; i++) {
        char page[1024], want[128];
        snprintf(page, sizeof page, ONE(PATH("<StrokeColor>%s</StrokeColor>" LINE)), paints[i][0]);
        snprintf(want, sizeof want, "path stroke %s M 0 0 L 1 1\n", paints[i][1]);
        expect_page(page, RES(""), want);
    }
}

#define FONTS RES("<Fonts><Font ID='1' FontName='x' FamilyName='y' Bold='true'/></Fonts>")

static void expect_glyphs(const char *inner, const char *want)
{
    char page[512], line[256];
    snprintf(page, sizeof page,
             ONE("<TextObject Boundary='0 0 9 9' Font='1' Size='3'>%s</TextObject>"), inner);
    snprintf(line, sizeof line, "text fill plain 0 0 0 %s\n", want);
    expect_page(page, FONTS, line);
}

static void where_the_pen_goes(void **state)
{
    (void)state;
    expect_glyphs("<TextCode X='1' Y='2' DeltaX='4 5'>abc</TextCode>", "[1,2] a>4,0 b>5,0 c>");
    expect_glyphs("<TextCode X='1' Y='2' DeltaX='g 2 4 1' DeltaY='g 3 0.5'>abcd</TextCode>",
                  "[1,2] a>4,0.5 b>4,0.5 c>1,0.5 d>");
    expect_glyphs("<TextCode X='1' Y='2'>a</TextCode><TextCode Y='3'>b</TextCode>",
                  "[1,2] a> [1,3] b>");
    /* spaces before the text are characters with offsets */
    expect_glyphs("<TextCode DeltaX='1 2 3'>  ab</TextCode>", "[0,0]  >1,0  >2,0 a>3,0 b>");
}

static void glyphs_in_place_of_characters(void **state)
{
    (void)state;
    expect_glyphs("<CGTransform CodePosition='0' CodeCount='2' GlyphCount='2'><Glyphs>7 8</Glyphs>"
                  "</CGTransform><TextCode DeltaX='1 2 3'>abc</TextCode>",
                  "[0,0] #7/2>1,0 #8/0>2,0 c>3,0");
    expect_glyphs("<CGTransform CodePosition='1' CodeCount='2' GlyphCount='1'><Glyphs>9</Glyphs>"
                  "</CGTransform><TextCode>abcd</TextCode>",
                  "[0,0] a> #9/2> d>");
    /* each transform stands before the text that it is for; numbers that are none are glyph 0 */
    expect_glyphs("<TextCode>a</TextCode><CGTransform CodePosition='0'><Glyphs>99999</Glyphs>"
                  "</CGTransform><TextCode>b</TextCode>",
                  "[0,0] a> [0,0] #0/1>");
}

static void what_is_said_of_letters(void **state)
{
    (void)state;
    YX_CLEAN(reading) struct reading reading = {.book = NULL};
    read_page(ONE("<TextObject Boundary='0 0 9 9' Font='1' Size='3' HScale='0.5' Weight='700' "
                  "Italic='true' ReadDirection='90' CharDirection='45'><TextCode>a</TextCode>"
                  "</TextObject>"),
              FONTS, NULL, PLAIN_DOCUMENT, &reading);
    const struct yx_ofd_text *text = &reading.sheet.layers->first->as.text;
    assert_string_equal(text->font->family, "y");
    assert_true(text->font->bold && !text->font->italic && text->italic);
    assert_true(text->size == 3 && text->scale == 0.5 && text->weight == 700);
    assert_int_equal(text->read_direction, 90);
    assert_int_equal(text->char_direction, 0); /* there is no 45 */
}

static void clips_of_paths_and_letters(void **state)
{
    (void)state;
    YX_CLEAN(reading) struct reading reading = {.book = NULL};
    read_page(ONE(PATH(LINE "<Clips TransFlag='true'><Clip><Area CTM='2 0 0 2 0 0'>"
                            "<Path Boundary='1 2 3 4'>" LINE "</Path></Area><Area><Text Font='1' "
                            "Size='3'><TextCode>a</TextCode></Text></Area></Clip><Clip/></Clips>")),
              FONTS, NULL, PLAIN_DOCUMENT, &reading);
    const struct yx_ofd_object *object = reading.sheet.layers->first;
    const struct yx_ofd_clip_area *area = object->clips->areas;
    assert_true(object->clips_turn);
    assert_true(area->outer.a == 2 && area->boundary.y == 2 && area->outline->verb_count == 2);
    assert_non_null(area->next->text);
    assert_null(area->next->next);
    assert_null(object->clips->next->areas);
}

static void pictures_of_the_package(void **state)
{
    (void)state;
    static const struct file more[] = {{"Doc_0/Res/a.png", "x"}, {NULL, NULL}};
    YX_CLEAN(reading) struct reading reading = {.book = NULL};
    read_page(ONE("<ImageObject Boundary='0 0 9 9' ResourceID='1' CTM='9 0 0 9 0 0'/>"
                  "<ImageObject Boundary='0 0 9 9' ResourceID='2' Substitution='1' ImageMask='1'>"
                  "<Border LineWidth='1'><BorderColor Value='255 0 0'/></Border></ImageObject>"),
              RES("<MultiMedias><MultiMedia ID='1' Type='Image' Format='PNG'><MediaFile>a.png"
                  "</MediaFile></MultiMedia></MultiMedias>"),
              more, PLAIN_DOCUMENT, &reading);
    const struct yx_ofd_image *first = &reading.sheet.layers->first->as.image;
    const struct yx_ofd_image *second = &reading.sheet.layers->first->next->as.image;
    assert_true(yx_bytes_are(first->media->file, "Doc_0/Res/a.png"));
    assert_true(first->has_matrix && !second->has_matrix);
    assert_ptr_equal(second->media, first->media);
    assert_ptr_equal(second->mask, first->media);
    assert_true(second->border->pen.width == 1);
    expect_found(&reading, "defines no MultiMedia 2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_of_a_path),
        cmocka_unit_test(what_a_path_is_drawn_with),
        cmocka_unit_test(styles_lie_over_each_other),
        cmocka_unit_test(colours_of_every_space),
        cmocka_unit_test(colours_that_run),
        cmocka_unit_test(where_the_pen_goes),
        cmocka_unit_test(glyphs_in_place_of_characters),
        cmocka_unit_test(what_is_said_of_letters),
        cmocka_unit_test(clips_of_paths_and_letters),
        cmocka_unit_test(pictures_of_the_package),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
