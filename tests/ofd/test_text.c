/* SPDX-License-Identifier: Apache-2.0 */
/* test_text.c - where text stands on a page, and keywords found in it. */
#include "ofd_maker.h"

#include "ofd/glyphs.h"

/* What a page said, as "text@x,y,w,h" one a line, with tenths of a millimetre. */
struct said {
    struct yx_buf out;
    size_t count, limit;
};

static void said_free(struct said *said)
{
    yx_buf_free(&said->out);
}
YX_DEFINE_CLEAN_VALUE(said, struct said, said_free);

static long tenths(double value)
{
    return (long)(value * 10 + (value < 0 ? -0.5 : 0.5));
}

static bool say_box(struct said *said, const char *text, double x, double y, double w, double h)
{
    assert_int_equal(yx_buf_printf(&said->out, "%s@%ld,%ld,%ld,%ld\n", text, tenths(x), tenths(y),
                                   tenths(w), tenths(h)),
                     YX_OK);
    said->count++;
    return said->count != said->limit;
}

static bool say_text(void *context, const struct yx_text_box *box)
{
    return say_box(context, box->text, box->x, box->y, box->width, box->height);
}

static bool say_match(void *context, const struct yx_box *box)
{
    return say_box(context, "", box->x, box->y, box->width, box->height);
}

#define COMMON                                                      \
    "<PageArea><PhysicalBox>10 20 210 297</PhysicalBox></PageArea>" \
    "<TemplatePage ID='7' BaseLoc='T.xml'/>"                        \
    "<TemplatePage ID='8' BaseLoc='U.xml' ZOrder='Foreground'/>"
#define PAGE(content) "<Page><Content><Layer>" content "</Layer></Content></Page>"
#define OBJECT(attributes, codes) "<TextObject " attributes ">" codes "</TextObject>"

static struct package page_package(const char *page)
{
    const struct file files[] = {
        {"OFD.xml", ONE_BODY},
        {"Doc_0/Document.xml", DOCUMENT(COMMON, ONE_PAGE)},
        {"Doc_0/Pages/Page_0/Content.xml", page},
        {"Doc_0/T.xml", PAGE(OBJECT("Boundary='10 20 9 9' Size='1'", "<TextCode>back</TextCode>"))},
        {"Doc_0/U.xml", PAGE(OBJECT("Boundary='10 20 9 9' Size='1'", "<TextCode>fore</TextCode>"))},
        {NULL, NULL}};
    return package_good(files);
}

static void expect_said(const struct said *said, const char *want)
{
    if (!yx_bytes_are(yx_buf_bytes(&said->out), want))
        fail_msg("said \"%.*s\", expected \"%s\"", (int)said->out.len,
                 said->out.len > 0 ? (const char *)said->out.data : "", want);
}

static void expect_text(const char *page, const char *want)
{
    YX_CLEAN(package) struct package package = page_package(page);
    YX_CLEAN(said) struct said said = {.limit = 0};
    struct yx_error err = {0};
    expect_ok(yx_ofd_page_text(package.ofd, 1, 1, say_text, &said, &err), &err);
    expect_said(&said, want);
}

static void expect_found(const char *page, const char *keyword, const char *want)
{
    YX_CLEAN(package) struct package package = page_package(page);
    YX_CLEAN(said) struct said said = {.limit = 0};
    struct yx_error err = {0};
    expect_ok(yx_ofd_find_text(package.ofd, 1, 1, keyword, say_match, &said, &err), &err);
    expect_said(&said, want);
}

/* --- Boxes ------------------------------------------------------------------------------- */

/* The paper starts at (10, 20); with size 10 the top of a glyph is 8.8 above the base line. */
static void measures_from_the_corner_of_the_paper(void **state)
{
    (void)state;
    expect_text(PAGE(OBJECT("Boundary='110 120 50 20' Size='10'",
                            "<TextCode X='1' Y='8.8' DeltaX='10'>甲方</TextCode>")),
                "甲方@1010,1000,200,100\n");
}

static void reads_groups_of_offsets(void **state)
{
    (void)state;
    expect_text(PAGE(OBJECT("Boundary='10 20 1 1' Size='10'",
                            "<TextCode X='0' Y='8.8' DeltaX='20 g 2 30 5'>abcde</TextCode>")),
                "abcde@0,0,900,100\n");
    expect_text(PAGE(OBJECT("Boundary='10 20 1 1' Size='10'",
                            "<TextCode X='0' Y='8.8' DeltaX='g 3 12'>章章章章</TextCode>")),
                "章章章章@0,0,460,100\n");
    expect_text(PAGE(OBJECT("Boundary='10 20 1 1' Size='10'",
                            "<TextCode X='0' Y='8.8' DeltaX='g3 12'>章章</TextCode>")),
                "章章@0,0,220,100\n");
}

static void estimates_what_offsets_do_not_tell(void **state)
{
    (void)state;
    const char *absent = "<TextCode X='0' Y='8.8'>章a章</TextCode>";
    const char *const deltas[] = {"", "x", "g", "g 0 3", "g -1 3", "nan", "g 1e9"};
    char page[400];
    snprintf(page, sizeof page, PAGE(OBJECT("Boundary='10 20 1 1' Size='10'", "%s")), absent);
    expect_text(page, "章a章@0,0,250,100\n");
    for (size_t i = 0; i < sizeof deltas / sizeof deltas[0]; i++) {
        snprintf(page, sizeof page,
                 PAGE(OBJECT("Boundary='10 20 1 1' Size='10'",
                             "<TextCode X='0' Y='8.8' DeltaX='%s'>章a章</TextCode>")),
                 deltas[i]);
        expect_text(page, "章a章@0,0,250,100\n");
    }
    expect_text(PAGE(OBJECT("Boundary='10 20 1 1' Size='10' HScale='2'",
                            "<TextCode X='0' Y='8.8'>章a章</TextCode>")),
                "章a章@0,0,500,100\n");
}

static void follows_vertical_text(void **state)
{
    (void)state;
    expect_text(PAGE(OBJECT("Boundary='10 20 1 1' Size='10'",
                            "<TextCode X='0' Y='8.8' DeltaY='g 2 12'>竖排字</TextCode>")),
                "竖排字@0,0,100,340\n");
}

static void applies_the_matrix(void **state)
{
    (void)state;
    /* Twice as large; then a quarter turn to the right. */
    expect_text(PAGE(OBJECT("Boundary='20 40 1 1' Size='10' CTM='2 0 0 2 3 4'",
                            "<TextCode X='0' Y='8.8'>章</TextCode>")),
                "章@130,240,200,200\n");
    expect_text(PAGE(OBJECT("Boundary='110 120 1 1' Size='10' CTM='0 1 -1 0 0 0'",
                            "<TextCode X='0' Y='8.8' DeltaX='10'>章章</TextCode>")),
                "章章@900,1000,100,200\n");
}

static void inherits_the_start_of_the_code_before(void **state)
{
    (void)state;
    expect_text(
        PAGE(OBJECT("Boundary='10 20 1 1' Size='10'",
                    "<TextCode X='5' Y='8.8'>章</TextCode><TextCode Y='28.8'>印</TextCode>")),
        "章@50,0,100,100\n印@50,200,100,100\n");
}

static void spaces_in_front_take_room(void **state)
{
    (void)state;
    expect_text(PAGE(OBJECT("Boundary='10 20 1 1' Size='10'",
                            "<TextCode X='0' Y='8.8' DeltaX='7 8'>  章</TextCode>")),
                "章@150,0,100,100\n");
    expect_text(PAGE(OBJECT("Boundary='10 20 1 1' Size='10'",
                            "<TextCode X='0' Y='8.8'>\n  章\n</TextCode>")),
                "章@0,0,100,100\n");
}

static void walks_blocks_layers_and_templates(void **state)
{
    (void)state;
    const char *page = "<Page><Template TemplateID='8'/><Template TemplateID='7'/><Template "
                       "TemplateID='9'/>"
                       "<Content><Layer><PageBlock><PageBlock>" OBJECT(
                           "Boundary='10 20 1 1' Size='1'",
                           "<TextCode>a</TextCode>") "</PageBlock></PageBlock></"
                                                     "Layer><Layer>" OBJECT("Boundary='10 20 1 1' "
                                                                            "Size='1'",
                                                                            "<TextCode>b</"
                                                                            "TextCode>") "<Composit"
                                                                                         "eObject/"
                                                                                         "></"
                                                                                         "Layer></"
                                                                                         "Content><"
                                                                                         "/Page>";
    expect_text(page, "back@0,-9,20,10\na@0,-9,5,10\nb@0,-9,5,10\nfore@0,-9,20,10\n");
}

static void the_page_decides_where_a_template_lies(void **state)
{
    (void)state;
    expect_text("<Page><Template TemplateID='7' ZOrder='Foreground'/>"
                "<Template TemplateID='8' ZOrder='Background'/></Page>",
                "fore@0,-9,20,10\nback@0,-9,20,10\n");
}

static void passes_over_what_cannot_be_shown(void **state)
{
    (void)state;
    static const char *const attributes[] = {
        "Size='10'",
        "Boundary='1 2 3' Size='10'",
        "Boundary='1 2 3 4'",
        "Boundary='1 2 3 4' Size='0'",
        "Boundary='1 2 3 4' Size='-3'",
        "Boundary='1 2 3 4' Size='10' CTM='1 0'",
        "Boundary='1 2 3 4' Size='10' Visible='false'",
    };
    for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
        char page[300];
        snprintf(page, sizeof page, PAGE(OBJECT("%s", "<TextCode X='0' Y='0'>x</TextCode>")),
                 attributes[i]);
        expect_text(page, "");
    }
    expect_text(PAGE(OBJECT("Boundary='1 2 3 4' Size='10'", "<TextCode X='0' Y='0'/>")), "");
    expect_text("<Page/>", "");
}

static void stops_when_told(void **state)
{
    (void)state;
    YX_CLEAN(package)
    struct package package =
        page_package("<Page><Template TemplateID='7'/><Template TemplateID='8'/></Page>");
    YX_CLEAN(said) struct said said = {.limit = 1};
    struct yx_error err = {0};
    expect_ok(yx_ofd_page_text(package.ofd, 1, 1, say_text, &said, &err), &err);
    expect_said(&said, "back@0,-9,20,10\n");
}

/* --- Keywords ---------------------------------------------------------------------------- */

#define ROW(y, text) \
    OBJECT("Boundary='10 20 1 1' Size='10'", "<TextCode X='0' Y='" y "'>" text "</TextCode>")

static void finds_every_place(void **state)
{
    (void)state;
    const char *page = PAGE(ROW("8.8", "甲方盖章") ROW("28.8", "乙方盖章"));
    expect_found(page, "盖章", "@200,0,200,100\n@200,200,200,100\n");
    expect_found(page, "乙方", "@0,200,200,100\n");
    expect_found(page, "丙方", "");
    expect_found(page, "甲方盖章乙方盖章盖", "");
}

static void white_space_does_not_count(void **state)
{
    (void)state;
    const char *page = PAGE(ROW("8.8", "盖 &#12288;章"));
    expect_found(page, "盖章", "@0,0,350,100\n");
    expect_found(page, " 盖\t\xc2\xa0章 ", "@0,0,350,100\n");
}

static void joins_text_objects(void **state)
{
    (void)state;
    const char *page =
        PAGE(OBJECT("Boundary='10 20 1 1' Size='10'", "<TextCode X='0' Y='8.8'>盖</TextCode>")
                 OBJECT("Boundary='30 20 1 1' Size='10'", "<TextCode X='0' Y='8.8'>章</TextCode>"));
    expect_found(page, "盖章", "@0,0,300,100\n");
}

/* A keyword that wraps: the box is on its first line. */
static void stays_on_the_first_line(void **state)
{
    (void)state;
    expect_found(PAGE(ROW("8.8", "请盖") ROW("28.8", "章处")), "请盖章处", "@0,0,200,100\n");
    expect_found(PAGE(OBJECT("Boundary='10 20 1 1' Size='10'",
                             "<TextCode X='0' Y='8.8' DeltaY='g 3 10'>竖排盖章</TextCode>")),
                 "盖章", "@0,200,100,200\n");
}

static void matches_do_not_overlap(void **state)
{
    (void)state;
    expect_found(PAGE(ROW("8.8", "章章章章章")), "章章", "@0,0,200,100\n@200,0,200,100\n");
}

static void finds_keywords_in_templates(void **state)
{
    (void)state;
    expect_found("<Page><Template TemplateID='7'/></Page>", "ack", "@5,-9,15,10\n");
}

static void refuses_keywords_that_are_none(void **state)
{
    (void)state;
    char long_keyword[300];
    memset(long_keyword, 'a', sizeof long_keyword);
    long_keyword[sizeof long_keyword - 1] = '\0';
    const char *const keywords[] = {"", " \t\xe3\x80\x80", "\xff", long_keyword};
    YX_CLEAN(package) struct package package = page_package("<Page/>");
    for (size_t i = 0; i < 4; i++) {
        YX_CLEAN(said) struct said said = {.limit = 0};
        struct yx_error err = {0};
        assert_int_equal(yx_ofd_find_text(package.ofd, 1, 1, keywords[i], say_match, &said, &err),
                         YX_USAGE);
        expect_sentence(&err, YX_USAGE, "the keyword");
    }
}

/* --- Limits ------------------------------------------------------------------------------ */

static void expect_too_much(const char *before, const char *part, size_t count, const char *after,
                            const char *sentence)
{
    YX_CLEAN(yx_buf) struct yx_buf page = {0};
    assert_int_equal(yx_buf_append_text(&page, before), YX_OK);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(yx_buf_append_text(&page, part), YX_OK);
    assert_int_equal(yx_buf_append_text(&page, after), YX_OK);
    assert_int_equal(yx_buf_append(&page, YX_BYTES("", 1)), YX_OK);
    YX_CLEAN(package) struct package package = page_package((const char *)page.data);
    YX_CLEAN(said) struct said said = {.limit = 0};
    struct yx_error err = {0};
    assert_int_equal(yx_ofd_find_text(package.ofd, 1, 1, "x", say_match, &said, &err), YX_DAMAGED);
    expect_sentence(&err, YX_DAMAGED, sentence);
    assert_int_equal(said.count, 0);
}

static void refuses_pages_without_end(void **state)
{
    (void)state;
    expect_too_much("<Page><Content><Layer><TextObject Boundary='0 0 1 1' Size='1'><TextCode>",
                    "0123456789", YX_OFD_GLYPHS_MAX / 10 + 1,
                    "</TextCode></TextObject></Layer></Content></Page>", "characters");
    expect_too_much("<Page>", "<Template TemplateID='9'/>", YX_OFD_PAGE_TEMPLATES_MAX + 1,
                    "</Page>", "template pages");
}

static void says_that_a_page_is_missing(void **state)
{
    (void)state;
    YX_CLEAN(package) struct package package = page_package("<Page/>");
    YX_CLEAN(said) struct said said = {.limit = 0};
    struct yx_error err = {0};
    assert_int_equal(yx_ofd_page_text(package.ofd, 1, 2, say_text, &said, &err), YX_REFUSED);
    expect_sentence(&err, YX_REFUSED, "no page 2");
}

/* --- Other people's documents ------------------------------------------------------------ */

static void finds_text_in_other_peoples_documents(void **state)
{
    (void)state;
    char path[512];
    if (interop_path(path, "ofd-unsigned/helloworld.ofd") == NULL)
        skip();
    struct yx_error err = {0};
    struct package package = {0};
    expect_ok(yx_source_open(path, &package.source, &err), &err);
    expect_ok(yx_ofd_open(package.source, &package.ofd, &err), &err);
    YX_CLEAN(said) struct said said = {.limit = 0};
    expect_ok(yx_ofd_page_text(package.ofd, 1, 1, say_text, &said, &err), &err);
    expect_ok(yx_ofd_find_text(package.ofd, 1, 1, "OFD Reader", say_match, &said, &err), &err);
    expect_said(&said, "你好呀，OFD Reader&Writer！@317,258,405,30\n@437,258,150,30\n");
    package_free(&package);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures_from_the_corner_of_the_paper),
        cmocka_unit_test(reads_groups_of_offsets),
        cmocka_unit_test(estimates_what_offsets_do_not_tell),
        cmocka_unit_test(follows_vertical_text),
        cmocka_unit_test(applies_the_matrix),
        cmocka_unit_test(inherits_the_start_of_the_code_before),
        cmocka_unit_test(spaces_in_front_take_room),
        cmocka_unit_test(walks_blocks_layers_and_templates),
        cmocka_unit_test(the_page_decides_where_a_template_lies),
        cmocka_unit_test(passes_over_what_cannot_be_shown),
        cmocka_unit_test(stops_when_told),
        cmocka_unit_test(finds_every_place),
        cmocka_unit_test(white_space_does_not_count),
        cmocka_unit_test(joins_text_objects),
        cmocka_unit_test(stays_on_the_first_line),
        cmocka_unit_test(matches_do_not_overlap),
        cmocka_unit_test(finds_keywords_in_templates),
        cmocka_unit_test(refuses_keywords_that_are_none),
        cmocka_unit_test(refuses_pages_without_end),
        cmocka_unit_test(says_that_a_page_is_missing),
        cmocka_unit_test(finds_text_in_other_peoples_documents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
