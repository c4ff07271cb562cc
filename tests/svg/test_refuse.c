/* SPDX-License-Identifier: Apache-2.0 */
/* test_refuse.c - what is not drawn is refused by name; values that mean nothing, and the limits.
 */
#include "support.h"

#include <time.h>

#include "drawn.h"

#define SHAPE "<path d='M0 0h9v9z'/>"

struct refusal {
    const char *inside, *sentence;
};

static void check_all(const struct refusal *refusals, size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect_refused_inside(refusals[i].inside, refusals[i].sentence);
}

#define CHECK_ALL(refusals) check_all(refusals, sizeof(refusals) / sizeof(refusals)[0])

static void test_elements(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {SHAPE "<text>a</text>", "<text>; convert its texts to paths"},
        {SHAPE "<image href='#a'/>", "<image>"},
        {SHAPE "<script/>", "<script>"},
        {SHAPE "<defs><script>x</script></defs>", "<script>"},
        {SHAPE "<foreignObject/>", "<foreignObject>"},
        {"<path d='M0 0h9'><animate/></path>", "<animate>"},
        {"<path d='M0 0h9'><animateTransform/></path>", "<animateTransform>"},
        {"<path d='M0 0h9'><set/></path>", "<set>"},
        {SHAPE "<svg/>", "<svg>, which is not drawn"},
        {SHAPE "<switch/>", "<switch>, which is not drawn"},
        {SHAPE "<a/>", "<a>, which is not drawn"},
        {SHAPE "<newthing/>", "<newthing>, which is not drawn"},
        {"<symbol id='s'/><use href='#s'/>", "<symbol>"},
    };
    CHECK_ALL(refusals);
}

static void test_properties(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {"<path d='M0 0h9' fill='url(#g)'/>", "gradient or pattern"},
        {"<path d='M0 0h9' style='stroke:url(#g) red'/>", "gradient or pattern"},
        {"<path d='M0 0h9' filter='url(#f)'/>", "filter is \"url(#f)\""},
        {"<g mask='url(#m)'/>", "mask is"},
        {"<path d='M0 0h9' marker-end='url(#m)'/>", "marker-end is"},
        {"<path d='M0 0h9' style='mix-blend-mode:multiply'/>", "mix-blend-mode is"},
        {"<path d='M0 0h9' style='paint-order:stroke'/>", "paint-order is"},
        {"<path d='M0 0h9' vector-effect='non-scaling-stroke'/>", "vector-effect is"},
        {"<path d='M0 0h9' style='transform:scale(2)'/>", "transform is"},
        {"<rect style='width:3px'/>", "width is"},
        {"<path d='M0 0h9' fill='rgba(1,2,3,4)'/>", "fill is"},
        {"<path d='M0 0h9' fill='#12345'/>", "fill is"},
        {"<path d='M0 0h9' fill='#12g'/>", "fill is"},
        {"<path d='M0 0h9' fill='rgb(1,2)'/>", "fill is"},
        {"<path d='M0 0h9' fill='nocolour'/>", "fill is"},
        {"<path d='M0 0h9' color='currentColor'/>", "color is"},
        {"<path d='M0 0h9' style='fill:red !important'/>", "fill is"},
        {"<path d='M0 0h9' style='/*x*/fill:red'/>", "style is"},
        {"<path d='M0 0h9' style='fill'/>", "style is"},
        {"<path d='M0 0h9' fill-rule='odd'/>", "fill-rule is"},
        {"<path d='M0 0h9' opacity='x'/>", "opacity is"},
        {"<path d='M0 0h9' stroke-width='-1'/>", "stroke-width is"},
        {"<path d='M0 0h9' stroke-width='1em'/>", "stroke-width is"},
        {"<path d='M0 0h9' stroke-width='5%'/>", "stroke-width is"},
        {"<path d='M0 0h9' stroke-linecap='flat'/>", "stroke-linecap is"},
        {"<path d='M0 0h9' stroke-linejoin='arcs'/>", "stroke-linejoin is"},
        {"<path d='M0 0h9' stroke-miterlimit='.5'/>", "stroke-miterlimit is"},
        {"<path d='M0 0h9' stroke-dasharray='1 -1'/>", "stroke-dasharray is"},
        {"<path d='M0 0h9' stroke-dasharray='1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1'/>",
         "stroke-dasharray is"},
        {"<path d='M0 0h9' visibility='maybe'/>", "visibility is"},
        {"<path d='M0 0h9' transform='turn(3)'/>", "transform is"},
        {"<path d='M0 0h9' transform='scale(1,2,3)'/>", "transform is"},
        {"<path d='M0 0h9' transform='scale(1'/>", "transform is"},
        {"<path d='M0 0h9' transform='scale(1e6) scale(1e6)'/>", "transform is"},
        {"<path d='M0 0h9' transform='scale(1000000)'/><path d='M99 0h1' "
         "transform='scale(1000000)'/>",
         "farther from its origin"},
        {"<rect width='-1' height='1'/>", "width is"},
        {"<rect width='x' height='1'/>", "width is"},
        {"<circle r='-1'/>", "r is"},
        {"<polygon points='1 2 3'/>", "points is"},
    };
    CHECK_ALL(refusals);
}

static void test_paths(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "L1 1",
        "M1",
        "M1 1L",
        "M1 1X",
        "M1 1L1 1,",
        "M1 1,,2 2",
        "M1 1A1 1 0 2 0 3 3",
        "M1 1A1 1 0 0 3 3",
        "M1 1h1e400",
        "M1 1hNaN",
        "M1 1hinf",
        "M1 1h1000001",
        "M1 1h-1e7",
        "M1 1h0x10",
        "M1 1h...2",
        "M1 1C1 1 2 2",
        "M1 1z1",
        "MM1 1",
        "M1 1@2 2",
        "M--1 1",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char element[200];
        snprintf(element, sizeof element, "<path d='%s'/>", wrong[i]);
        expect_refused_inside(element, "the SVG's d is \"");
    }
}

static void test_sheets(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {"<style>path{fill:red}</style>" SHAPE, "style is"},
        {"<style>.a .b{fill:red}</style>" SHAPE, "style is"},
        {"<style>.a{fill:red</style>" SHAPE, "style is"},
        {"<style>@media print{.a{fill:red}}</style>" SHAPE, "style is"},
        {"<style>@import 'x.css';</style>" SHAPE, "outside itself"},
        {"<style media='print'>.a{fill:red}</style>" SHAPE, "media is"},
        {"<style>.a{fill:url(http://x/)}</style>" SHAPE, "outside itself"},
    };
    CHECK_ALL(refusals);
}

static void test_outside(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {"<use href='other.svg#a'/>", "outside itself in <use>"},
        {"<use href='http://example.org/#a'/>", "outside itself in <use>"},
        {"<path d='M0 0h9' fill='url(other.svg#a)'/>", "outside itself in <path>"},
        {"<path d='M0 0h9' style='filter: url( \"http://x/\" )'/>", "outside itself in <path>"},
        {"<defs><pattern><rect fill='URL(file:///x)'/></pattern></defs>" SHAPE,
         "outside itself in <rect>"},
        {"<path d='M0 0h9' onclick='x()'/>", "the event handler onclick"},
        {"<use href='#nobody'/>", "href is \"nobody\""},
        {"<use/>", "href is \"\""},
        {"<g xmlns='http://example.org/'/>" SHAPE, "XML namespaces"},
        {"<x:g xmlns:x='http://www.w3.org/2000/svg'/>" SHAPE, "XML namespaces"},
    };
    CHECK_ALL(refusals);
}

static void test_documents(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {"<!DOCTYPE svg [<!ENTITY a 'b'>]>" SVG_HEAD SHAPE "</svg>", "DOCTYPE"},
        {SVG_HEAD SHAPE, "not well-formed"},
        {SVG_HEAD SHAPE "</svg>trailing", "not well-formed"},
        {"<html/>", "first element is <html>"},
        {"<svg viewBox='0 0 9 9'>" SHAPE "</svg>", "first element is <svg>"},
        {SVG_HEAD "</svg>", "paints nothing"},
        {SVG_HEAD "<path d='M0 0h9' fill='none'/></svg>", "paints nothing"},
        {"<svg xmlns='http://www.w3.org/2000/svg'>" SHAPE "</svg>", "how large"},
        {"<svg xmlns='http://www.w3.org/2000/svg' width='5'>" SHAPE "</svg>", "how large"},
        {"<svg xmlns='http://www.w3.org/2000/svg' width='0' height='5'>" SHAPE "</svg>",
         "width is"},
        {"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9'>" SHAPE "</svg>", "viewBox is"},
        {"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 0 9'>" SHAPE "</svg>", "viewBox is"},
        {"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9 9'>" SHAPE "</svg>",
         "viewBox is"},
        {"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 100000'>" SHAPE "</svg>",
         "absurd"},
        {"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9' width='1' height='2' "
         "preserveAspectRatio='left'>" SHAPE "</svg>",
         "preserveAspectRatio is"},
    };
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        expect_refused(YX_TEXT(refusals[i].inside), refusals[i].sentence);
    expect_refused(YX_BYTES("", 0), "not well-formed");
}

static void test_told_by_bytes(void **state)
{
    (void)state;
    assert_true(yx_svg_is(YX_TEXT("<svg")));
    assert_true(yx_svg_is(YX_TEXT("\xEF\xBB\xBF<?xml")));
    assert_true(yx_svg_is(YX_TEXT(" \r\n\t<svg")));
    assert_false(yx_svg_is(YX_TEXT("")));
    assert_false(yx_svg_is(YX_TEXT("\xEF\xBB\xBF")));
    assert_false(yx_svg_is(YX_TEXT("PNG")));
    assert_false(yx_svg_is(YX_BYTES("\0<svg", 5)));
}

/* --- Limits -------------------------------------------------------------------------------- */

/* `head`, then `piece` so many times, then `tail`. */
static void repeat(const char *head, const char *piece, size_t count, const char *tail,
                   struct yx_buf *out)
{
    assert_int_equal(yx_buf_append_text(out, head), YX_OK);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(yx_buf_append_text(out, piece), YX_OK);
    assert_int_equal(yx_buf_append_text(out, tail), YX_OK);
}

static void expect_too_much(const char *head, const char *piece, size_t count, const char *tail,
                            const char *sentence)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    repeat(head, piece, count, tail, &text);
    clock_t start = clock();
    expect_refused(yx_buf_bytes(&text), sentence);
    assert_true(clock() - start < 10 * CLOCKS_PER_SEC);
}

static void test_cycles(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {"<use id='a' href='#a'/>", "or to itself"},
        {"<g id='a'><use href='#a'/></g>", "or to itself"},
        {"<g id='a'><use href='#b'/></g><g id='b'><use href='#a'/></g>", "or to itself"},
    };
    CHECK_ALL(refusals);
}

/* Ten times ten times ten ...: little text, many elements. */
static void test_billion(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    assert_int_equal(yx_buf_append_text(&text, SVG_HEAD "<defs><path id='u0' d='M0 0h1'/>"), YX_OK);
    for (int level = 1; level <= 9; level++) {
        assert_int_equal(yx_buf_printf(&text, "<g id='u%d'>", level), YX_OK);
        for (int i = 0; i < 10; i++)
            assert_int_equal(yx_buf_printf(&text, "<use href='#u%d'/>", level - 1), YX_OK);
        assert_int_equal(yx_buf_append_text(&text, "</g>"), YX_OK);
    }
    assert_int_equal(yx_buf_append_text(&text, "</defs><use href='#u9'/></svg>"), YX_OK);
    expect_refused(yx_buf_bytes(&text), "more than 50000 elements");
}

static void test_many(void **state)
{
    (void)state;
    expect_too_much(SVG_HEAD, "<g/>", 60000, SHAPE "</svg>", "more than 50000 elements");
    expect_too_much(SVG_HEAD, "<g>", 70, "", "nests deeper");
    expect_too_much(SVG_HEAD, "<a/>", 1000000, "</svg>", "memory");
    expect_too_much("", " ", YX_SVG_BYTES_MAX + 1, "", "more than 4194304 bytes");
    expect_too_much(SVG_HEAD "<style>", ".a{}", 300, "</style>" SHAPE "</svg>",
                    "more than 256 rules");
    expect_too_much(SVG_HEAD "<style>", "/* */", 20000, "</style>" SHAPE "</svg>",
                    "more than 65536 bytes");
}

/* A path used again and again: points count where they are drawn. */
static void test_points(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    repeat(SVG_HEAD "<defs><path id='a' d='M0 0", "h1", 100000, "'/></defs>", &text);
    repeat("", "<use href='#a'/>", 9, "", &text);
    size_t len = text.len;
    YX_CLEAN(yx_svg) struct yx_svg svg = {0};
    assert_int_equal(yx_buf_append_text(&text, "</svg>"), YX_OK);
    assert_int_equal(yx_svg_read(yx_buf_bytes(&text), &svg, NULL), YX_OK);
    assert_int_equal(svg.shape_count, 9);
    text.len = len;
    assert_int_equal(yx_buf_append_text(&text, "<use href='#a'/></svg>"), YX_OK);
    expect_refused(yx_buf_bytes(&text), "more than 1000000 points");
}

/* Long attributes that say nothing cost time too. */
static void test_work(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    repeat(SVG_HEAD "<defs><path id='a' d='M0 0h1", " ", 1000000, "'/></defs>", &text);
    repeat("", "<use href='#a'/>", 49000, "</svg>", &text);
    clock_t start = clock();
    expect_refused(yx_buf_bytes(&text), "more than 50000 elements");
    assert_true(clock() - start < 10 * CLOCKS_PER_SEC);
}

/* Cut anywhere it is refused, and nothing is left behind. */
static void test_cut(void **state)
{
    (void)state;
    static const char text[] =
        SVG_HEAD "<defs><circle id='c' r='3'/></defs><g transform='scale(2)'>"
                 "<use href='#c'/></g></svg>";
    for (size_t len = 0; len < sizeof text - 1; len++)
        expect_refused(YX_BYTES(text, len), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elements),      cmocka_unit_test(test_properties),
        cmocka_unit_test(test_paths),         cmocka_unit_test(test_sheets),
        cmocka_unit_test(test_outside),       cmocka_unit_test(test_documents),
        cmocka_unit_test(test_told_by_bytes), cmocka_unit_test(test_cycles),
        cmocka_unit_test(test_billion),       cmocka_unit_test(test_many),
        cmocka_unit_test(test_points),        cmocka_unit_test(test_work),
        cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
