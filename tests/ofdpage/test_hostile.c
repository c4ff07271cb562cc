/* SPDX-License-Identifier: Apache-2.0 */
/* test_hostile.c - pages that lead in circles, or too far. */
#include "sheet.h"

#define LEFT_OUT "leads back to itself, or too deep; it is left out"
#define USE(id) "<CompositeObject Boundary='0 0 9 9' ResourceID='" id "'/>"
#define UNIT(id, content)                                                      \
    "<CompositeGraphicUnit ID='" id "' Width='9' Height='9'><Content>" content \
    "</Content></CompositeGraphicUnit>"

static void resources_in_circles(void **state)
{
    (void)state;
    static const char *const resources[] = {
        RES("<CompositeGraphicUnits>" UNIT("1", USE("2"))
                UNIT("2", USE("1") PATH(LINE)) "</CompositeGraphicUnits>"),
        RES("<DrawParams><DrawParam ID='1' Relative='2'/><DrawParam ID='2' Relative='1'/>"
            "</DrawParams><CompositeGraphicUnits>" UNIT(
                "1", "<PathObject Boundary='0 0 9 9' DrawParam='1'>" LINE
                     "</PathObject>") "</CompositeGraphicUnits>"),
        RES("<DrawParams><DrawParam ID='1'><StrokeColor><Pattern Width='1' Height='1'>"
            "<CellContent><PathObject Boundary='0 0 9 9' DrawParam='1'>" LINE "</PathObject>"
            "</CellContent></Pattern></StrokeColor></DrawParam></DrawParams>"
            "<CompositeGraphicUnits>" UNIT("1", "<PathObject Boundary='0 0 9 9' DrawParam='1'>" LINE
                                                "</PathObject>") "</CompositeGraphicUnits>"),
    };
    for (size_t i = 0; i < sizeof resources / sizeof *resources; i++) {
        YX_CLEAN(reading) struct reading reading = {.book = NULL};
        read_page(PAGE(LAYER(USE("1"))), resources[i], NULL, PLAIN_DOCUMENT, &reading);
        expect_found(&reading, LEFT_OUT);
        assert_non_null(strstr((const char *)reading.text.data, "path"));
    }
}

static void a_long_chain_ends(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf units = {0};
    YX_CLEAN(reading) struct reading reading = {.book = NULL};
    yx_buf_append_text(&units, "<Res><CompositeGraphicUnits>");
    for (int i = 1; i < 5000; i++)
        yx_buf_printf(&units,
                      "<CompositeGraphicUnit ID='%d'><Content><CompositeObject "
                      "Boundary='0 0 9 9' ResourceID='%d'/></Content>"
                      "</CompositeGraphicUnit>",
                      i, i + 1);
    yx_buf_append_text(&units, "</CompositeGraphicUnits></Res>");
    yx_buf_append(&units, YX_BYTES("", 1));
    read_page(PAGE(LAYER(USE("1"))), (const char *)units.data, NULL, PLAIN_DOCUMENT, &reading);
    expect_found(&reading, LEFT_OUT);
}

#define LINE_LAYER LAYER(PATH(LINE))

static void templates_in_circles(void **state)
{
    (void)state;
    static const char second[] =
        "<Page><Template TemplateID='7'/><Content>" LINE_LAYER "</Content></Page>";
    static const struct file more[] = {{"Doc_0/T.xml", "<Page><Template TemplateID='8'/></Page>"},
                                       {"Doc_0/U.xml", second},
                                       {NULL, NULL}};
    YX_CLEAN(reading) struct reading reading = {.book = NULL};
    read_page("<Page><Template TemplateID='7'/></Page>", RES(""), more,
              DOCUMENT(A4 "<PublicRes>R.xml</PublicRes><TemplatePage ID='7' BaseLoc='T.xml'/>"
                          "<TemplatePage ID='8' BaseLoc='U.xml'/>",
                       ONE_PAGE),
              &reading);
    expect_found(&reading, LEFT_OUT);
    assert_string_equal((const char *)reading.text.data, "path stroke plain 0 0 0 M 0 0 L 1 1\n");
}

/* Numbers that are none, or absurd, count as not written; objects without a place are left out. */
static void numbers_that_are_none(void **state)
{
    (void)state;
    static const char *const objects[] = {
        "<PathObject Boundary='0 0 NaN 9'>" LINE "</PathObject>",
        "<PathObject Boundary='0 0 1e999 9'>" LINE "</PathObject>",
        "<PathObject Boundary='0 0 -1 9'>" LINE "</PathObject>",
        "<PathObject Boundary='0 0 9 9' CTM='inf 0 0 1 0 0'>" LINE "</PathObject>",
        "<PathObject Boundary='0 0 9 9' CTM='1 0 0 1 0'>" LINE "</PathObject>",
        PATH("<AbbreviatedData>M nan 0 L 1 1</AbbreviatedData>"),
        "<TextObject Boundary='0 0 9 9' Size='1e7'><TextCode>a</TextCode></TextObject>",
    };
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        char page[512];
        YX_CLEAN(reading) struct reading reading = {.book = NULL};
        snprintf(page, sizeof page, PAGE(LAYER("%s")), objects[i]);
        read_page(page, RES(""), NULL, PLAIN_DOCUMENT, &reading);
        assert_string_equal((const char *)reading.text.data, "");
    }
}

static void a_path_ends_where_it_is_not_understood(void **state)
{
    (void)state;
    static const char *const paths[][2] = {{"M 0 0 L 1 1 X 5", "\" X 5\""},
                                           {"M 0 0 L 1 1 L 2", "\" L 2\""},
                                           {"M 0 0 L 1 1 L 1e9 1", "\" L 1e9 1\""}};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char page[512];
        YX_CLEAN(reading) struct reading reading = {.book = NULL};
        snprintf(page, sizeof page, PAGE(LAYER(PATH("<AbbreviatedData>%s</AbbreviatedData>"))),
                 paths[i][0]);
        read_page(page, RES(""), NULL, PLAIN_DOCUMENT, &reading);
        assert_string_equal((const char *)reading.text.data,
                            "path stroke plain 0 0 0 M 0 0 L 1 1\n");
        expect_found(&reading, paths[i][1]);
    }
}

static void more_points_than_a_path_may_have(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf page = {0};
    YX_CLEAN(reading) struct reading reading = {.book = NULL};
    /* values of one element are not longer than 1 MiB, so closes fill it */
    yx_buf_append_text(&page, "<Page><Content><Layer><PathObject Boundary='0 0 9 9'>"
                              "<AbbreviatedData>M 0 0");
    for (int i = 0; i < YX_SVG_POINTS_MAX; i++)
        yx_buf_append_text(&page, "L1 1");
    yx_buf_append_text(&page, "</AbbreviatedData></PathObject></Layer></Content></Page>");
    yx_buf_append(&page, YX_BYTES("", 1));
    read_page((const char *)page.data, RES(""), NULL, PLAIN_DOCUMENT, &reading);
    expect_found(&reading, "too many points");
    assert_int_equal(reading.sheet.layers->first->as.path.verb_count, YX_SVG_POINTS_MAX);
}

/* A page whose own file cannot be read is no page. */
static void pages_that_cannot_be_read(void **state)
{
    (void)state;
    static const char *const contents[] = {"", "<Page>", "<!DOCTYPE x><Page/>"};
    for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
        const struct file files[] = {{"OFD.xml", ONE_BODY},
                                     {"Doc_0/Document.xml", DOCUMENT(A4, ONE_PAGE)},
                                     {"Doc_0/Pages/Page_0/Content.xml", contents[i]},
                                     {NULL, NULL}};
        struct yx_error err = {0};
        YX_CLEAN(package) struct package package = package_good(files);
        YX_CLEAN(yx_ofd_book) struct yx_ofd_book *book = NULL;
        YX_CLEAN(yx_ofd_sheet) struct yx_ofd_sheet sheet = {.arena = NULL};
        expect_ok(yx_ofd_book_open(package.ofd, 1, &book, &err), &err);
        assert_int_equal(yx_ofd_sheet_read(book, 1, &sheet, &err), YX_DAMAGED);
        assert_int_equal(yx_ofd_sheet_read(book, 2, &sheet, &err), YX_REFUSED);
        assert_null(sheet.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resources_in_circles),
        cmocka_unit_test(a_long_chain_ends),
        cmocka_unit_test(templates_in_circles),
        cmocka_unit_test(numbers_that_are_none),
        cmocka_unit_test(a_path_ends_where_it_is_not_understood),
        cmocka_unit_test(more_points_than_a_path_may_have),
        cmocka_unit_test(pages_that_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
