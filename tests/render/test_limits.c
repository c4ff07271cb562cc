/* SPDX-License-Identifier: Apache-2.0 */
/* test_limits.c - pages that would take for ever, or all memory. */
#include "drawn.h"

#define SECONDS_FEW 20

/* Draws within a few seconds, whatever is on the page; what was left out is told. */
static void expect_left_out(const char *page, const char *resources, const char *sentence)
{
    YX_CLEAN(drawn) struct drawn drawn;
    yx_time start = yx_now();
    drawn_package(&drawn, page, resources, NULL, YX_BYTES(NULL, 0));
    drawn_png(&drawn, 1);
    assert_true(yx_now() - start < SECONDS_FEW * YX_SECOND);
    drawn_found(&drawn, sentence);
    expect_pixel(&drawn, 1, 19, 0xff0000); /* the rest is drawn */
}

#define REST                                                           \
    "<PathObject Boundary='0 18 20 2' Fill='true' Stroke='false'>" RED \
    "<AbbreviatedData>" RECT("0", "0", "20", "2") "</AbbreviatedData></PathObject>"

/* `head`, then `count` lines across a field of `size`, then `tail`. */
static void expect_lines_left_out(const char *head, size_t count, unsigned size, const char *tail,
                                  const char *sentence)
{
    YX_CLEAN(yx_buf) struct yx_buf page = {0};
    uint32_t random = 1;
    yx_buf_append_text(&page, head);
    for (size_t i = 0; i < count; i++) {
        random = random * 1664525 + 1013904223;
        yx_buf_printf(&page, "L %u %u ", random >> 8 & (size - 1), random >> 20 & (size - 1));
    }
    yx_buf_append_text(&page, tail);
    yx_buf_append(&page, YX_BYTES("", 1));
    expect_left_out((const char *)page.data, "<Res/>", sentence);
}

#define OPEN(attributes) "<Page><Content><Layer><PathObject Boundary='0 0 20 20' " attributes ">"
#define DATA "<AbbreviatedData>M 0 0 "
#define SHUT "</AbbreviatedData></PathObject>" REST "</Layer></Content></Page>"

static void paths_without_end(void **state)
{
    (void)state;
    static const char sentence[] = "too long to be drawn; it is left out";
    expect_lines_left_out(OPEN("Fill='true' Stroke='false'") RED DATA, 120000, 16, SHUT, sentence);
    expect_lines_left_out(OPEN("LineWidth='30' Join='Round'") DATA, 100000, 2, SHUT, sentence);
    expect_lines_left_out(OPEN("LineWidth='0.1'") DATA, 60000, 16, SHUT, sentence);
    expect_lines_left_out(
        OPEN("Fill='true'") RED "<Clips><Clip><Area><Path Boundary='0 0 20 20'>" DATA, 6000, 16,
        "</AbbreviatedData></Path></Area></Clip></Clips><AbbreviatedData>M 0 0 "
        "L 9 9" SHUT,
        "clipped to is too long");
}

/* A line of a kilometre with gaps that nobody sees is a line. */
static void gaps_without_number(void **state)
{
    (void)state;
    YX_CLEAN(drawn) struct drawn drawn;
    drawn_page(&drawn,
               PAGE("<PathObject Boundary='0 0 20 20' LineWidth='4' DashPattern='0.0001 0.0001'>"
                    "<AbbreviatedData>M -900000 5 L 900000 5</AbbreviatedData></PathObject>"),
               "<Res/>");
    expect_pixel(&drawn, 10, 5, 0x000000);
}

static void triangles_without_number(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf page = {0};
    yx_buf_append_text(&page, OPEN("Fill='true'") "<FillColor><GouraudShd>");
    for (int i = 0; i < 20000; i++)
        yx_buf_printf(&page, "<Point X='%d' Y='%d' EdgeFlag='1'/>", i % 2 * 20, i % 3 * 10);
    yx_buf_append_text(&page, "</GouraudShd></FillColor>" DATA "L 20 0 L 20 20 C" SHUT);
    yx_buf_append(&page, YX_BYTES("", 1));
    expect_left_out((const char *)page.data, "<Res/>", "triangles is too large");
}

#define USE(id) "<CompositeObject Boundary='0 0 20 20' ResourceID='" id "' Alpha='254'/>"
#define UNIT(id, content)                                                      \
    "<CompositeGraphicUnit ID='" id "' Width='9' Height='9'><Content>" content \
    "</Content></CompositeGraphicUnit>"

/* Units that use the next one `times` times; the last holds something to see. */
static void make_units(struct yx_buf *out, int count, int times)
{
    yx_buf_append_text(out, "<Res><CompositeGraphicUnits>");
    for (int i = 1; i < count; i++) {
        yx_buf_printf(out, "<CompositeGraphicUnit ID='%d'><Content>", i);
        for (int k = 0; k < times; k++)
            yx_buf_printf(out,
                          "<CompositeObject Boundary='0 0 20 20' ResourceID='%d' "
                          "Alpha='200'/>",
                          i + 1);
        yx_buf_append_text(out, "</Content></CompositeGraphicUnit>");
    }
    yx_buf_printf(out,
                  "<CompositeGraphicUnit ID='%d'><Content>%s</Content></CompositeGraphicUnit>"
                  "</CompositeGraphicUnits></Res>",
                  count, REST);
    assert_int_equal(yx_buf_append(out, YX_BYTES("", 1)), YX_OK);
}

/* A million millions of objects in a few lines: the time that is given ends it. */
static void composites_of_composites(void **state)
{
    (void)state;
    static const yx_draw_format formats[] = {YX_DRAW_PNG, YX_DRAW_SVG, YX_DRAW_PDF};
    YX_CLEAN(yx_buf) struct yx_buf units = {0};
    make_units(&units, 12, 10);
    for (size_t i = 0; i < 3; i++) {
        YX_CLEAN(drawn) struct drawn drawn;
        struct yx_error err = {0};
        char text[600];
        drawn_package(&drawn, PAGE(USE("1")), (const char *)units.data, NULL, YX_BYTES(NULL, 0));
        yx_time start = yx_now();
        assert_int_equal(drawn_as(&drawn, 1, formats[i], 100, &err), YX_REFUSED);
        assert_true(yx_now() - start < SECONDS_FEW * YX_SECOND);
        yx_message_render(&err.message, NULL, text, sizeof text);
        assert_non_null(strstr(text, "longer than the 100 ms"));
        assert_string_equal(err.rule, "limit for drawing");
    }
}

/* What shines through takes a picture of the page each time it lies in another. */
static void alpha_in_alpha(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf units = {0};
    YX_CLEAN(drawn) struct drawn drawn;
    const struct yx_render_setup setup = {.format = YX_DRAW_PNG, .dpi = 4000};
    struct yx_error err = {0};
    make_units(&units, 12, 1);
    drawn_package(&drawn, PAGE(USE("1")), (const char *)units.data, NULL, YX_BYTES(NULL, 0));
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    expect_ok(yx_sink_memory(&drawn.out, &sink, &err), &err);
    expect_ok(yx_render_page(drawn.render, 1, &setup, sink, &err), &err);
    drawn_found(&drawn, "some is drawn opaque");
}

/* Matrices that cairo cannot invert would end the drawing for good. */
static void matrices_through_which_nothing_is_seen(void **state)
{
    (void)state;
    static const char *const matrices[] = {"0 0 0 0 0 0", "1 1 1 1 0 0", "1e6 0 0 1e-6 0 0",
                                           "1e6 0 0 1e6 1e6 1e6", "1e-6 0 0 1e-6 0 0"};
    static const char *const objects[][2] = {
        {"<PathObject Boundary='0 0 9 9' CTM='", "'><AbbreviatedData>M 0 0 L 9 9</AbbreviatedData>"
                                                 "</PathObject>"},
        {"<TextObject Boundary='0 0 9 9' CTM='", "' Size='5'><TextCode>a</TextCode></TextObject>"},
        {"<CompositeObject Boundary='0 0 9 9' CTM='", "' ResourceID='1'/>"},
        {"<PathObject Boundary='0 0 9 9' Fill='true'><FillColor><Pattern Width='1' Height='1' "
         "CTM='",
         "'><CellContent>" SQUARE("", RED) "</CellContent></Pattern></FillColor><AbbreviatedData>"
                                           "M 0 0 L 9 0 L 9 9</AbbreviatedData></PathObject>"},
    };
    for (size_t i = 0; i < sizeof matrices / sizeof *matrices; i++)
        for (size_t k = 0; k < sizeof objects / sizeof *objects; k++) {
            char page[1200];
            YX_CLEAN(drawn) struct drawn drawn;
            snprintf(page, sizeof page, PAGE("%s%s%s" REST), objects[k][0], matrices[i],
                     objects[k][1]);
            drawn_page(&drawn, page,
                       "<Res><CompositeGraphicUnits>" UNIT("1", REST) "</CompositeGraphicUnits>"
                                                                      "</Res>");
            expect_pixel(&drawn, 19, 19, 0xff0000);
        }
}

static void letters_of_every_size(void **state)
{
    (void)state;
    static const char *const sizes[] = {"0.000001", "0.1", "90", "5000", "999999"};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char page[800];
        YX_CLEAN(drawn) struct drawn drawn;
        snprintf(page, sizeof page,
                 PAGE("<TextObject Boundary='0 0 20 20' Size='%s' Stroke='true' "
                      "DashPattern='0.001 0.001'><StrokeColor Value='255 0 0'/><TextCode X='5' "
                      "Y='5'>印</TextCode></TextObject>" REST),
                 sizes[i]);
        drawn_page(&drawn, page, "<Res/>");
        expect_pixel(&drawn, 0.2, 19.8, 0xff0000);
    }
}

static void a_page_that_is_too_large(void **state)
{
    (void)state;
    YX_CLEAN(drawn) struct drawn drawn;
    struct yx_error err = {0};
    drawn_package(&drawn, "<Page><Area><PhysicalBox>0 0 5000 5000</PhysicalBox></Area></Page>",
                  "<Res/>", NULL, YX_BYTES(NULL, 0));
    assert_int_equal(drawn_as(&drawn, 1, YX_DRAW_PNG, 0, &err), YX_REFUSED);
    expect_ok(drawn_as(&drawn, 1, YX_DRAW_SVG, 0, &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_without_end),
        cmocka_unit_test(gaps_without_number),
        cmocka_unit_test(triangles_without_number),
        cmocka_unit_test(composites_of_composites),
        cmocka_unit_test(alpha_in_alpha),
        cmocka_unit_test(matrices_through_which_nothing_is_seen),
        cmocka_unit_test(letters_of_every_size),
        cmocka_unit_test(a_page_that_is_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
