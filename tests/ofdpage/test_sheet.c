/* SPDX-License-Identifier: Apache-2.0 */
/* test_sheet.c - what lies over what: layers, templates, annotations; resources of pages. */
#include "sheet.h"

/* A path that shows its width. */
#define WIDE(width) "<PathObject Boundary='0 0 9 9' LineWidth='" width "'>" LINE "</PathObject>"
#define WIDTH(width) "path stroke plain 0 0 0 width " width " M 0 0 L 1 1\n"
#define TYPED(type, content) "<Layer Type='" type "'>" content "</Layer>"

#define TEMPLATES                                                   \
    A4 "<PublicRes>R.xml</PublicRes>"                               \
       "<TemplatePage ID='7' BaseLoc='T.xml'/>"                     \
       "<TemplatePage ID='8' BaseLoc='U.xml' ZOrder='Foreground'/>" \
       "<TemplatePage ID='9' BaseLoc='nowhere.xml'/>"

static const char above[] = PAGE(LAYER(WIDE("81")) TYPED("Background", WIDE("80")));
static const struct file templates[] = {
    {"Doc_0/T.xml", PAGE(LAYER(WIDE("71")))}, {"Doc_0/U.xml", above}, {NULL, NULL}};

static void from_the_bottom_up(void **state)
{
    (void)state;
    YX_CLEAN(reading) struct reading reading = {.book = NULL};
    read_page("<Page><Template TemplateID='8'/><Template TemplateID='7'/><Content>" TYPED(
                  "Foreground", WIDE("3")) TYPED("Body", WIDE("2")) TYPED("Background", WIDE("1"))
                  TYPED("Custom", WIDE("4")) "</Content></Page>",
              RES(""), templates, DOCUMENT(TEMPLATES, ONE_PAGE), &reading);
    assert_string_equal((const char *)reading.text.data,
                        WIDTH("71") WIDTH("1") WIDTH("2") WIDTH("4") WIDTH("3") WIDTH("80")
                            WIDTH("81"));
}

/* The page may say otherwise where its template lies. */
static void a_page_puts_its_template_elsewhere(void **state)
{
    (void)state;
    YX_CLEAN(reading) struct reading reading = {.book = NULL};
    read_page("<Page><Template TemplateID='7' ZOrder='Foreground'/><Template TemplateID='9'/>"
              "<Template TemplateID='66'/><Content>" LAYER(WIDE("1")) "</Content></Page>",
              RES(""), templates, DOCUMENT(TEMPLATES, ONE_PAGE), &reading);
    assert_string_equal((const char *)reading.text.data, WIDTH("1") WIDTH("71"));
    expect_found(&reading, "does not hold /Doc_0/nowhere.xml");
    expect_found(&reading, "no template page 66");
}

#define LOOKS(a, b, c) "<PageAnnot>" a b c "</PageAnnot>"

static void annotations_lie_on_top(void **state)
{
    (void)state;
    static const char list[] = "<Annotations><Page PageID='2'><FileLoc>x.xml</FileLoc></Page>"
                               "<Page PageID='1'><FileLoc>P1.xml</FileLoc></Page></Annotations>";
    static const char annotations[] = LOOKS(
        "<Annot Type='Stamp'><Appearance Boundary='1 2 3 4'>" WIDE("5") "</Appearance></Annot>",
        "<Annot Visible='false'><Appearance>" WIDE("6") "</Appearance></Annot>",
        "<Annot><Appearance>" WIDE("7") "</Appearance></Annot>");
    static const struct file more[] = {
        {"Doc_0/A/Annotations.xml", list}, {"Doc_0/A/P1.xml", annotations}, {NULL, NULL}};
    YX_CLEAN(reading) struct reading reading = {.book = NULL};
    read_page(PAGE(LAYER(WIDE("1"))), RES(""), more,
              "<Document><CommonData>" A4
              "<PublicRes>R.xml</PublicRes></CommonData><Pages>" ONE_PAGE
              "</Pages><Annotations>A/Annotations.xml</Annotations></Document>",
              &reading);
    assert_string_equal((const char *)reading.text.data,
                        WIDTH("1") "composite {\n" WIDTH("5") "}\ncomposite {\n" WIDTH("7") "}\n");
    const struct yx_ofd_object *first = reading.sheet.layers->next->first;
    assert_true(first->boundary.x == 1 && first->boundary.height == 4 && !first->is_unbounded);
    assert_true(reading.sheet.layers->next->next->first->is_unbounded);
}

/* A page's own resources come first; a file beside the resource file serves without BaseLoc. */
static void a_page_has_resources_of_its_own(void **state)
{
    (void)state;
    static const struct file more[] = {
        {"Doc_0/Pages/Page_0/Own.xml",
         "<Res><DrawParams><DrawParam ID='1' LineWidth='9'/></DrawParams><Fonts><Font ID='2'>"
         "<FontFile>f.ttf</FontFile></Font></Fonts></Res>"},
        {"Doc_0/Pages/Page_0/f.ttf", "x"},
        {NULL, NULL}};
    YX_CLEAN(reading) struct reading reading = {.book = NULL};
    read_page("<Page><PageRes>Own.xml</PageRes><Content><Layer><PathObject Boundary='0 0 9 9' "
              "DrawParam='1'>" LINE "</PathObject><TextObject Boundary='0 0 9 9' Font='2' Size='1'>"
              "<TextCode>a</TextCode></TextObject></Layer></Content></Page>",
              RES("<DrawParams><DrawParam ID='1' LineWidth='3'/></DrawParams>"), more,
              PLAIN_DOCUMENT, &reading);
    assert_string_equal((const char *)reading.text.data,
                        WIDTH("9") "text fill plain 0 0 0 [0,0] a>\n");
    const struct yx_ofd_object *text = reading.sheet.layers->first->next;
    assert_true(yx_bytes_are(text->as.text.font->file, "Doc_0/Pages/Page_0/f.ttf"));
}

static void a_composite_is_read_once(void **state)
{
    (void)state;
    YX_CLEAN(reading) struct reading reading = {.book = NULL};
    read_page(PAGE(LAYER("<CompositeObject Boundary='0 0 9 9' ResourceID='1'/>"
                         "<CompositeObject Boundary='5 5 9 9' ResourceID='1' Alpha='128'/>")),
              RES("<CompositeGraphicUnits><CompositeGraphicUnit ID='1' Width='9' Height='9'>"
                  "<Content>" WIDE("2") "</Content></CompositeGraphicUnit>"
                                        "</CompositeGraphicUnits>"),
              NULL, PLAIN_DOCUMENT, &reading);
    const struct yx_ofd_object *first = reading.sheet.layers->first;
    assert_string_equal((const char *)reading.text.data,
                        "composite {\n" WIDTH("2") "}\ncomposite alpha 0.50 {\n" WIDTH("2") "}\n");
    assert_ptr_equal(first->as.composite, first->next->as.composite);
}

/* What is missing is told once, and with the page. */
static void findings_are_told_once(void **state)
{
    (void)state;
    YX_CLEAN(reading) struct reading reading = {.book = NULL};
    read_page(PAGE(LAYER("<TextObject Boundary='0 0 9 9' Font='5' Size='1'><TextCode>a</TextCode>"
                         "</TextObject><TextObject Boundary='0 0 9 9' Font='5' Size='1'><TextCode>b"
                         "</TextCode></TextObject><PathObject>" LINE "</PathObject>")),
              RES(""), NULL, PLAIN_DOCUMENT, &reading);
    const struct yx_ofd_finding *first = yx_ofd_book_findings(reading.book);
    expect_found(&reading, "defines no Font 5");
    expect_found(&reading, "has no proper place");
    assert_int_equal(first->page, 1);
    assert_null(first->next->next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_the_bottom_up),
        cmocka_unit_test(a_page_puts_its_template_elsewhere),
        cmocka_unit_test(annotations_lie_on_top),
        cmocka_unit_test(a_page_has_resources_of_its_own),
        cmocka_unit_test(a_composite_is_read_once),
        cmocka_unit_test(findings_are_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
