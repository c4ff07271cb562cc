/* SPDX-License-Identifier: Apache-2.0 */
/* test_style.c - how shapes are painted: properties, where they stand, what they inherit; clips. */
#include "support.h"

#include <math.h>

#include "drawn.h"

/* "FILL STROKE": #rrggbb/opacity in thousandths, or none, of each shape. */
static void paint_text(const struct yx_svg_paint *paint, struct yx_buf *out)
{
    if (paint->is_none)
        assert_int_equal(yx_buf_append_text(out, "none"), YX_OK);
    else
        assert_int_equal(yx_buf_printf(out, "#%02x%02x%02x/%ld", paint->red, paint->green,
                                       paint->blue, lround(paint->opacity * 1000)),
                         YX_OK);
}

static void expect_paint(const char *elements, const char *want)
{
    YX_CLEAN(yx_svg) struct yx_svg svg = {0};
    YX_CLEAN(yx_buf) struct yx_buf got = {0};
    drawn_inside(elements, &svg);
    for (size_t i = 0; i < svg.shape_count; i++) {
        yx_buf_append_text(&got, i > 0 ? "; " : "");
        paint_text(&svg.shapes[i].fill, &got);
        yx_buf_append_text(&got, " ");
        paint_text(&svg.shapes[i].stroke, &got);
    }
    assert_int_equal(yx_buf_append(&got, YX_BYTES("", 1)), YX_OK);
    assert_string_equal((const char *)got.data, want);
}

#define PATH(attributes) "<path d='M0 0h9v9z' " attributes "/>"

static void test_colours(void **state)
{
    (void)state;
    expect_paint(PATH(""), "#000000/1000 none");
    expect_paint(PATH("fill='#f1A'"), "#ff11aa/1000 none");
    expect_paint(PATH("fill='#0a1B2c'"), "#0a1b2c/1000 none");
    expect_paint(PATH("fill='rgb(1, 2 ,300)'"), "#0102ff/1000 none");
    expect_paint(PATH("fill='rgb(100%,50%,0%)'"), "#ff8000/1000 none");
    expect_paint(PATH("fill='Red'"), "#ff0000/1000 none");
    expect_paint(PATH("fill=' tomato '"), "#ff6347/1000 none");
    expect_paint(PATH("fill='none' stroke='lightgoldenrodyellow'"), "none #fafad2/1000");
    expect_paint(PATH("fill='transparent' stroke='navy'"), "none #000080/1000");
    expect_paint("<g color='green' fill='currentColor'>" PATH("") PATH("color='blue'") "</g>",
                 "#008000/1000 none; #0000ff/1000 none");
}

static void test_opacity(void **state)
{
    (void)state;
    expect_paint(PATH("fill-opacity='.5' stroke='red' stroke-opacity='25%'"),
                 "#000000/500 #ff0000/250");
    expect_paint(PATH("fill-opacity='7'"), "#000000/1000 none");
    expect_paint(PATH("fill-opacity='0' stroke='red'"), "none #ff0000/1000");
    expect_paint(PATH("opacity='.5'"), "#000000/500 none");
    expect_paint(PATH("opacity='.5' fill-opacity='.5'"), "#000000/250 none");
    expect_paint("<g opacity='.5'><g opacity='.5'>" PATH("") "</g></g>", "#000000/250 none");
    expect_paint("<g opacity='0'>" PATH("") PATH("stroke='red'") "</g>" PATH("fill='red'"),
                 "#ff0000/1000 none");
    expect_paint("<g opacity='1'>" PATH("stroke='red'") "</g>", "#000000/1000 #ff0000/1000");
    expect_refused_inside("<g opacity='.5'>" PATH("") PATH("") "</g>", "opacity over several");
    expect_refused_inside(PATH("opacity='.5' stroke='red'"), "opacity over several");
}

/* Attributes, then classes, then the attribute style. */
static void test_order(void **state)
{
    (void)state;
    expect_paint("<g fill='red'>" PATH("") PATH("fill='blue'") PATH("fill='inherit'") "</g>",
                 "#ff0000/1000 none; #0000ff/1000 none; #ff0000/1000 none");
    expect_paint(PATH("fill='red' style='fill:blue'"), "#0000ff/1000 none");
    expect_paint(PATH("style=' FILL : #f00 ; ; stroke:#0f0;-inkscape-x:1;font-size:3px '"),
                 "#ff0000/1000 #00ff00/1000");
    static const char sheet[] =
        "<style type='text/css'><![CDATA[ /* a */ .a { fill: red } .b, .c{fill:blue;stroke:#0f0} "
        ".a{stroke:lime;}\n]]></style>";
    char text[600];
    snprintf(text, sizeof text, "%s%s", sheet,
             PATH("class='a'") PATH("class=' b '") PATH("class='b a' fill='white'")
                 PATH("class='c' style='fill:black'") PATH("class='d'"));
    expect_paint(text, "#ff0000/1000 #00ff00/1000; #0000ff/1000 #00ff00/1000; "
                       "#0000ff/1000 #00ff00/1000; #000000/1000 #00ff00/1000; #000000/1000 none");
}

static void test_pen(void **state)
{
    (void)state;
    YX_CLEAN(yx_svg) struct yx_svg svg = {0};
    drawn_inside("<g stroke='red' stroke-width='2mm' stroke-linecap='round' "
                 "stroke-linejoin='bevel' stroke-miterlimit='7' stroke-dasharray='1, 2 3' "
                 "stroke-dashoffset='-4'><path d='M0 0h9'/>"
                 "<path d='M0 0h9' stroke-dasharray='0 0' stroke-linecap='square' "
                 "stroke-linejoin='round'/><path d='M0 0h9' stroke-dasharray='none'/></g>",
                 &svg);
    assert_int_equal(svg.shape_count, 3);
    const struct yx_svg_pen *pen = &svg.shapes[0].pen;
    assert_true(fabs(pen->width - 2 * 96 / 25.4) < 1e-9);
    assert_int_equal(pen->cap, YX_SVG_CAP_ROUND);
    assert_int_equal(pen->join, YX_SVG_JOIN_BEVEL);
    assert_true(fabs(pen->miter_limit - 7) < 1e-9 && fabs(pen->dash_offset + 4) < 1e-9);
    assert_int_equal(pen->dash_count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_true(fabs(pen->dashes[i] - (double)(i % 3 + 1)) < 1e-9);
    assert_int_equal(svg.shapes[1].pen.dash_count, 0);
    assert_int_equal(svg.shapes[1].pen.cap, YX_SVG_CAP_SQUARE);
    assert_int_equal(svg.shapes[1].pen.join, YX_SVG_JOIN_ROUND);
    assert_int_equal(svg.shapes[2].pen.dash_count, 0);
}

static void test_seen(void **state)
{
    (void)state;
    expect_paint(PATH("display='none'") "<g display='none'>" PATH(
                     "") "</g>"
                         "<g visibility='hidden'>" PATH("")
                             PATH("visibility='visible' fill='red'") "</g>" PATH("fill='none'")
                                 PATH("fill='none' stroke='red' stroke-width='0'"),
                 "#ff0000/1000 none");
    /* What waits to be referred to, and what is somebody else's. */
    expect_paint("<title>t</title><desc>d</desc><metadata><rdf:RDF xmlns:rdf='r'/></metadata>"
                 "<defs><linearGradient id='g'/><filter id='f'/></defs><symbol>" PATH(
                     "") "</symbol><i:view "
                         "xmlns:i='http://"
                         "example.org/i' "
                         "i:fill='x'>" PATH("") "</"
                                                "i:"
                                                "view"
                                                ">" PATH("fill='red'"),
                 "#ff0000/1000 none");
    /* An attribute of another namespace is not ours. */
    expect_paint("<path xmlns:i='http://example.org/i' i:fill='red' d='M0 0h1'/>",
                 "#000000/1000 none");
    expect_paint("<svg:path xmlns:svg='http://www.w3.org/2000/svg' fill='red' d='M0 0h1'/>",
                 "#ff0000/1000 none");
}

/* As programs keep glyphs; drawn where it is used, and only there. */
static void test_symbols(void **state)
{
    (void)state;
    expect_paint("<symbol id='s' overflow='visible' fill='red'>" PATH(
                     "") "</symbol>"
                         "<use href='#s' x='3'/><g id='g'><symbol overflow='visible'>" PATH(
                             "") "</symbol></g><use href='#g'/>",
                 "#ff0000/1000 none");
    expect_refused_inside("<symbol id='s'>" PATH("") "</symbol><use href='#s'/>", "<symbol>");
    expect_refused_inside(
        "<symbol id='s' overflow='visible' viewBox='0 0 9 9'>" PATH("") "</symbol><use href='#s'/>",
        "<symbol>");
}

static void test_rules(void **state)
{
    (void)state;
    YX_CLEAN(yx_svg) struct yx_svg svg = {0};
    drawn_inside("<g fill-rule='evenodd'>" PATH("") PATH("fill-rule='nonzero'") "</g>", &svg);
    assert_true(svg.shapes[0].even_odd && !svg.shapes[1].even_odd);
}

/* --- Clips --------------------------------------------------------------------------------- */

static void expect_clip(const struct yx_svg *svg, size_t number, const char *want)
{
    YX_CLEAN(yx_buf) struct yx_buf got = {0};
    assert_true(number > 0);
    drawn_text(svg, &svg->clips[number - 1].path, &got);
    assert_string_equal((const char *)got.data, want);
}

static void test_clips(void **state)
{
    (void)state;
    YX_CLEAN(yx_svg) struct yx_svg svg = {0};
    drawn_inside("<defs><rect id='r' width='5' height='5'/><clipPath id='a'><rect width='4' "
                 "height='4' clip-rule='evenodd'/></clipPath><clipPath id='b' "
                 "transform='scale(2)'><use href='#r' x='1'/></clipPath></defs>"
                 "<g clip-path='url(#a)' transform='translate(10)'>" PATH(
                     "clip-path='url(\"#b\")'") "</g>" PATH(""),
                 &svg);
    assert_int_equal(svg.shape_count, 2);
    const struct yx_svg_clip *inner = &svg.clips[svg.shapes[0].clip - 1];
    expect_clip(&svg, svg.shapes[0].clip, "M12 0 L22 0 L22 10 L12 10 Z");
    expect_clip(&svg, inner->outer, "M10 0 L14 0 L14 4 L10 4 Z");
    assert_true(!inner->even_odd && svg.clips[inner->outer - 1].even_odd);
    assert_int_equal(svg.clips[inner->outer - 1].outer, 0);
    assert_int_equal(svg.shapes[1].clip, 0);
    /* Through an empty clip nothing shows. */
    expect_paint("<clipPath id='a'><path/></clipPath>" PATH("clip-path='url(#a)'")
                     PATH("fill='red'"),
                 "#ff0000/1000 none");
}

static void test_bad_clips(void **state)
{
    (void)state;
    static const char *const clips[] = {
        "<clipPath id='a'/>",
        "<clipPath id='a'><path d='M0 0h1'/><path d='M0 0h1'/></clipPath>",
        "<clipPath id='a'><text>x</text></clipPath>",
    };
    char text[300];
    for (size_t i = 0; i < sizeof clips / sizeof clips[0]; i++) {
        snprintf(text, sizeof text, "%s" PATH("clip-path='url(#a)'"), clips[i]);
        expect_refused_inside(text, "not one shape");
    }
    expect_refused_inside(
        "<clipPath id='a' clipPathUnits='objectBoundingBox'><rect/></clipPath>" PATH(
            "clip-path='url(#a)'"),
        "in a way that is not drawn");
    expect_refused_inside("<g id='a'/>" PATH("clip-path='url(#a)'"), "in a way that is not drawn");
    expect_refused_inside(PATH("clip-path='url(#none)'"), "href is \"none\"");
    expect_refused_inside(PATH("clip-path='circle(3)'"), "clip-path is \"circle(3)\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_colours),   cmocka_unit_test(test_opacity),
        cmocka_unit_test(test_order),     cmocka_unit_test(test_pen),
        cmocka_unit_test(test_seen),      cmocka_unit_test(test_rules),
        cmocka_unit_test(test_symbols),   cmocka_unit_test(test_clips),
        cmocka_unit_test(test_bad_clips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
