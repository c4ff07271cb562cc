/* SPDX-License-Identifier: Apache-2.0 */
/* test_page.c - what one sees of a page: colours at places. */
#include "drawn.h"

#define WHITE 0xffffff

static void a_path_stands_where_its_boundary_says(void **state)
{
    (void)state;
    YX_CLEAN(drawn) struct drawn drawn;
    drawn_page(
        &drawn,
        PAGE("<PathObject Boundary='5 6 8 8' Fill='true' Stroke='false' CTM='2 0 0 2 1 0'>" RED
             "<AbbreviatedData>" RECT("0", "0", "2", "2") "</AbbreviatedData>"
                                                          "</PathObject>"),
        "<Res/>");
    expect_pixel(&drawn, 5.9, 7, WHITE);
    expect_pixel(&drawn, 6.1, 6.1, 0xff0000);
    expect_pixel(&drawn, 9.9, 9.9, 0xff0000);
    expect_pixel(&drawn, 10.1, 7, WHITE);
    assert_null(yx_render_findings(drawn.render));
}

/* The boundary cuts; a line may be as wide as its pen. */
static void the_boundary_cuts(void **state)
{
    (void)state;
    YX_CLEAN(drawn) struct drawn drawn;
    drawn_page(
        &drawn,
        PAGE("<PathObject Boundary='2 2 4 4' Fill='true' Stroke='false'>" RED
             "<AbbreviatedData>" RECT(
                 "0", "0", "9",
                 "9") "</AbbreviatedData></PathObject>"
                      "<PathObject Boundary='2 10 10 0' LineWidth='2'><AbbreviatedData>M 0 0 L 10 0"
                      "</AbbreviatedData></PathObject>"),
        "<Res/>");
    expect_pixel(&drawn, 5.9, 5.9, 0xff0000);
    expect_pixel(&drawn, 6.1, 5.9, WHITE);
    expect_pixel(&drawn, 5, 9.2, 0x000000);
    expect_pixel(&drawn, 5, 10.8, 0x000000);
}

static void holes_by_the_rule(void **state)
{
    (void)state;
    YX_CLEAN(drawn) struct drawn drawn;
    drawn_page(
        &drawn,
        PAGE("<PathObject Boundary='0 0 20 20' Fill='true' Stroke='false' Rule='Even-Odd'>" RED
             "<AbbreviatedData>" RECT("1", "1", "9", "9") " " RECT(
                 "3", "3", "7",
                 "7") "</AbbreviatedData></PathObject>"
                      "<PathObject Boundary='10 0 10 20' Fill='true' Stroke='false'>" RED
                      "<AbbreviatedData>" RECT("1", "1", "9", "9") " " RECT(
                          "3", "3", "7", "7") "</AbbreviatedData></PathObject>"),
        "<Res/>");
    expect_pixel(&drawn, 2, 5, 0xff0000);
    expect_pixel(&drawn, 5, 5, WHITE);
    expect_pixel(&drawn, 15, 5, 0xff0000);
}

static void lines_with_gaps(void **state)
{
    (void)state;
    YX_CLEAN(drawn) struct drawn drawn;
    drawn_page(&drawn,
               PAGE("<PathObject Boundary='0 0 20 20' LineWidth='2' DashPattern='4 2' "
                    "DashOffset='1'><AbbreviatedData>M 0 5 L 20 5</AbbreviatedData></PathObject>"),
               "<Res/>");
    expect_pixel(&drawn, 2.8, 5, 0x000000);
    expect_pixel(&drawn, 4, 5, WHITE);
    expect_pixel(&drawn, 5.2, 5, 0x000000);
}

/* One alpha for the whole, not for each part of it. */
static void what_shines_through(void **state)
{
    (void)state;
    static const char unit[] =
        "<Res><CompositeGraphicUnits><CompositeGraphicUnit ID='1' Width='20' "
        "Height='20'><Content>" SQUARE(
            "", RED) "<PathObject Boundary='0 0 10 20' Stroke='false' Fill='true'>" BLUE
                     "<AbbreviatedData>M 0 0 L 20 0 L 20 20 L 0 20 C</AbbreviatedData></PathObject>"
                     "</Content></CompositeGraphicUnit></CompositeGraphicUnits></Res>";
    YX_CLEAN(drawn) struct drawn drawn;
    drawn_page(&drawn,
               PAGE("<CompositeObject Boundary='0 0 20 10' ResourceID='1' Alpha='51'/>"
                    "<PathObject Boundary='0 10 20 10' Fill='true' Alpha='102' LineWidth='4'>" RED
                    "<StrokeColor Value='0 0 255'/><AbbreviatedData>M 4 4 L 16 4 L 16 8 L 4 8 C"
                    "</AbbreviatedData></PathObject>"),
               unit);
    expect_pixel(&drawn, 5, 5, 0xccccff);
    expect_pixel(&drawn, 15, 5, 0xffcccc);
    expect_pixel(&drawn, 15, 11, WHITE);   /* cut by the boundary */
    expect_pixel(&drawn, 5, 15, 0x9999ff); /* the line covers the filling below it */
}

static void clips_cut_each_other(void **state)
{
    (void)state;
    static const char clips[] =
        "<Clips><Clip><Area><Path Boundary='2 2 8 8'><AbbreviatedData>" RECT(
            "0", "0", "8",
            "8") "</AbbreviatedData></Path></Area><Area CTM='1 0 0 1 10 0'><Path Boundary='2 2 4 "
                 "4'>"
                 "<AbbreviatedData>" RECT(
                     "0", "0", "4",
                     "4") "</AbbreviatedData></Path></Area></Clip>"
                          "<Clip><Area><Path Boundary='0 0 20 5'><AbbreviatedData>" RECT(
                              "0", "0", "20",
                              "5") "</AbbreviatedData></Path></Area></Clip></Clips>";
    char page[2048];
    YX_CLEAN(drawn) struct drawn drawn;
    snprintf(page, sizeof page, PAGE(SQUARE("", RED "%s")), clips);
    drawn_page(&drawn, page, "<Res/>");
    expect_pixel(&drawn, 4, 4, 0xff0000);
    expect_pixel(&drawn, 13, 4, 0xff0000);
    expect_pixel(&drawn, 4, 5.5, WHITE);
    expect_pixel(&drawn, 11, 4, WHITE);
}

#define SEGMENTS \
    "<Segment><Color Value='255 0 0'/></Segment><Segment><Color Value='0 0 255'/></Segment>"
#define FILL(paint) "<FillColor>" paint "</FillColor>"

static void gradients_end_or_go_on(void **state)
{
    (void)state;
    static const struct {
        const char *extend;
        int left, right;
    } cases[] = {{"0", WHITE, WHITE},
                 {"1", 0xff0000, WHITE},
                 {"2", WHITE, 0x0000ff},
                 {"3", 0xff0000, 0x0000ff}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char page[1024];
        YX_CLEAN(drawn) struct drawn drawn;
        snprintf(
            page, sizeof page,
            PAGE(SQUARE("", FILL("<AxialShd StartPoint='5 0' EndPoint='15 0' Extend='%s'>" SEGMENTS
                                 "</AxialShd>"))),
            cases[i].extend);
        drawn_page(&drawn, page, "<Res/>");
        expect_pixel(&drawn, 2, 10, cases[i].left);
        expect_pixel(&drawn, 10, 10, 0x7f0080);
        expect_pixel(&drawn, 18, 10, cases[i].right);
    }
}

static void gradients_between_circles(void **state)
{
    (void)state;
    static const struct {
        const char *extend;
        int inside, outside;
    } cases[] = {{"0", WHITE, WHITE},
                 {"1", 0xff0000, WHITE},
                 {"2", WHITE, 0x0000ff},
                 {"3", 0xff0000, 0x0000ff}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char page[1024];
        YX_CLEAN(drawn) struct drawn drawn;
        snprintf(page, sizeof page,
                 PAGE(SQUARE("", FILL("<RadialShd StartPoint='10 10' StartRadius='2' "
                                      "EndPoint='10 10' EndRadius='6' Extend='%s'>" SEGMENTS
                                      "</RadialShd>"))),
                 cases[i].extend);
        drawn_page(&drawn, page, "<Res/>");
        expect_pixel(&drawn, 10, 10, cases[i].inside);
        expect_pixel(&drawn, 14, 10, 0x7f0080);
        expect_pixel(&drawn, 10, 18, cases[i].outside);
    }
}

static void triangles_from_corner_to_corner(void **state)
{
    (void)state;
    YX_CLEAN(drawn) struct drawn drawn;
    drawn_page(
        &drawn,
        PAGE(SQUARE("", FILL("<GouraudShd><Point X='0' Y='0'><Color Value='255 0 0'/></Point>"
                             "<Point X='20' Y='0'><Color Value='0 0 255'/></Point>"
                             "<Point X='0' Y='20'><Color Value='255 0 0'/></Point>"
                             "<BackColor Value='0 255 0'/></GouraudShd>"))),
        "<Res/>");
    expect_pixel(&drawn, 10, 1, 0x7f0080);
    expect_pixel(&drawn, 0.5, 15, 0xfa0005);
    expect_pixel(&drawn, 15, 15, 0x00ff00);
}

/* The left half of each cell is red. */
static void cells_of_patterns(void **state)
{
    (void)state;
    static const struct {
        const char *attributes;
        int second, below; /* at the left of the cell to the right, and below */
    } cases[] = {{"", 0xff0000, 0xff0000},
                 {"ReflectMethod='Row'", WHITE, 0xff0000},
                 {"ReflectMethod='RowAndColumn'", WHITE, 0xff0000},
                 {"XStep='5'", WHITE, 0xff0000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char page[1024];
        YX_CLEAN(drawn) struct drawn drawn;
        snprintf(page, sizeof page,
                 PAGE(SQUARE(
                     "", FILL("<Pattern Width='4' Height='4' %s><CellContent><PathObject "
                              "Boundary='0 0 2 4' Fill='true' Stroke='false'>" RED
                              "<AbbreviatedData>" RECT(
                                  "0", "0", "2",
                                  "4") "</AbbreviatedData></PathObject></CellContent></Pattern>"))),
                 cases[i].attributes);
        drawn_page(&drawn, page, "<Res/>");
        expect_pixel(&drawn, 1, 2, 0xff0000);
        expect_pixel(&drawn, 3, 2, WHITE);
        expect_pixel(&drawn, 4.5, 2, cases[i].second);
        expect_pixel(&drawn, 1, 6, cases[i].below);
    }
}

static void colours_become_those_of_a_screen(void **state)
{
    (void)state;
    YX_CLEAN(drawn) struct drawn drawn;
    drawn_page(&drawn, PAGE(SQUARE("", "<FillColor ColorSpace='1' Value='128'/>")),
               "<Res><ColorSpaces><ColorSpace ID='1' Type='GRAY'/></ColorSpaces></Res>");
    expect_pixel(&drawn, 5, 5, 0x808080);
}

/* --- Pictures ---------------------------------------------------------------------------- */

/* One red pixel, and one that is nothing. */
static const char gif[] = "GIF89a\2\0\1\0\200\0\0\377\0\0\0\0\0!\371\4\1\0\0\1\0,\0\0\0\0\2\0\1\0\0"
                          "\2\2\104\12\0;";
#define PICTURES                                                                     \
    "<Res><MultiMedias><MultiMedia ID='1' Type='Image'><MediaFile>a.gif</MediaFile>" \
    "</MultiMedia></MultiMedias></Res>"

static void draw_pictures(struct drawn *drawn, const char *page, struct yx_bytes picture)
{
    drawn_package(drawn, page, PICTURES, "Doc_0/a.gif", picture);
    drawn_png(drawn, 1);
}

static void pictures_fill_their_place(void **state)
{
    (void)state;
    YX_CLEAN(drawn) struct drawn drawn;
    draw_pictures(&drawn,
                  PAGE("<ImageObject Boundary='0 0 10 10' ResourceID='1'/>"
                       "<ImageObject Boundary='10 10 10 10' ResourceID='1' "
                       "CTM='4 0 0 4 2 2' Alpha='51'><Border LineWidth='1'/></ImageObject>"),
                  YX_BYTES(gif, sizeof gif - 1));
    expect_pixel(&drawn, 1, 1, 0xff0000);
    expect_pixel(&drawn, 1, 9, 0xff0000);
    expect_pixel(&drawn, 9, 5, WHITE);
    expect_pixel(&drawn, 12.5, 14, 0xffcccc);
    expect_pixel(&drawn, 10.2, 15, 0xcccccc); /* the border is the object's too */
    expect_pixel(&drawn, 19, 19, WHITE);
}

static void a_picture_that_is_none_is_told(void **state)
{
    (void)state;
    YX_CLEAN(drawn) struct drawn drawn;
    draw_pictures(&drawn,
                  PAGE("<ImageObject Boundary='0 0 10 10' ResourceID='1'/>" SQUARE("", RED)),
                  YX_TEXT("no picture"));
    expect_pixel(&drawn, 1, 1, 0xff0000);
    assert_non_null(yx_render_findings(drawn.render));
}

/* --- Text -------------------------------------------------------------------------------- */

/* How much ink there is in a box of millimetres, 0 to 1. */
static double ink(const struct drawn *drawn, double left, double top, double right, double bottom)
{
    double sum = 0, count = 0;
    for (double y = top; y < bottom; y += 0.1)
        for (double x = left; x < right; x += 0.1, count++)
            sum += 255 - drawn_pixel(drawn, x, y)[1];
    return sum / 255 / count;
}

#define FONTS "<Res><Fonts><Font ID='1' FontName='SimHei'/></Fonts></Res>"
#define TEXT(attributes, code) \
    "<TextObject Boundary='0 0 20 20' Font='1' Size='8' " attributes ">" code "</TextObject>"

static void letters_stand_where_they_are_told(void **state)
{
    (void)state;
    YX_CLEAN(drawn) struct drawn drawn;
    drawn_page(&drawn, PAGE(TEXT("", "<TextCode X='1' Y='9' DeltaX='9'>国国</TextCode>")), FONTS);
    assert_true(ink(&drawn, 1, 1, 9, 10) > 0.15);
    assert_true(ink(&drawn, 10, 1, 18, 10) > 0.15);
    assert_true(ink(&drawn, 0, 11, 20, 20) == 0);
    assert_null(yx_render_findings(drawn.render));
    YX_CLEAN(drawn) struct drawn behind; /* without offsets, behind each other */
    drawn_page(&behind, PAGE(TEXT("", "<TextCode X='1' Y='9'>国国</TextCode>")), FONTS);
    assert_true(ink(&behind, 9, 1, 17, 10) > 0.15);
}

static void letters_are_turned(void **state)
{
    (void)state;
    YX_CLEAN(drawn) struct drawn drawn;
    /* clockwise: the letter's left becomes its top, so it hangs to the left of its place */
    drawn_page(&drawn, PAGE(TEXT("CharDirection='90'", "<TextCode X='10' Y='2'>国</TextCode>")),
               FONTS);
    assert_true(ink(&drawn, 10, 2, 17, 10) > 0.15);
    assert_true(ink(&drawn, 0, 0, 8, 20) == 0);
    YX_CLEAN(drawn) struct drawn down;
    drawn_page(&down, PAGE(TEXT("ReadDirection='90'", "<TextCode X='2' Y='9'>国国</TextCode>")),
               FONTS);
    assert_true(ink(&down, 2, 10, 10, 18) > 0.15);
}

static void letters_filled_and_stroked(void **state)
{
    (void)state;
    YX_CLEAN(drawn) struct drawn thin, outline, none;
    drawn_page(&thin, PAGE(TEXT("", "<TextCode X='1' Y='9'>国</TextCode>")), FONTS);
    drawn_page(&outline,
               PAGE(TEXT("Fill='false' Stroke='true' LineWidth='0.1'",
                         "<StrokeColor Value='0 0 0'/><TextCode X='1' Y='9'>国"
                         "</TextCode>")),
               FONTS);
    drawn_page(&none, PAGE(TEXT("Fill='false'", "<TextCode X='1' Y='9'>国</TextCode>")), FONTS);
    assert_true(ink(&outline, 1, 1, 9, 10) > 0.02);
    assert_true(ink(&outline, 1, 1, 9, 10) < ink(&thin, 1, 1, 9, 10));
    assert_true(ink(&none, 0, 0, 20, 20) == 0);
}

static void a_character_that_no_font_has(void **state)
{
    (void)state;
    YX_CLEAN(drawn) struct drawn drawn;
    drawn_page(&drawn, PAGE(TEXT("", "<TextCode X='1' Y='9'>\xf4\x8f\xbf\xbd国</TextCode>")),
               FONTS);
    drawn_found(&drawn, "no font has the character U+10FFFD");
    assert_true(ink(&drawn, 0, 0, 20, 20) > 0.02);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_stands_where_its_boundary_says),
        cmocka_unit_test(the_boundary_cuts),
        cmocka_unit_test(holes_by_the_rule),
        cmocka_unit_test(lines_with_gaps),
        cmocka_unit_test(what_shines_through),
        cmocka_unit_test(clips_cut_each_other),
        cmocka_unit_test(gradients_end_or_go_on),
        cmocka_unit_test(gradients_between_circles),
        cmocka_unit_test(triangles_from_corner_to_corner),
        cmocka_unit_test(cells_of_patterns),
        cmocka_unit_test(colours_become_those_of_a_screen),
        cmocka_unit_test(pictures_fill_their_place),
        cmocka_unit_test(a_picture_that_is_none_is_told),
        cmocka_unit_test(letters_stand_where_they_are_told),
        cmocka_unit_test(letters_are_turned),
        cmocka_unit_test(letters_filled_and_stroked),
        cmocka_unit_test(a_character_that_no_font_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
