/* SPDX-License-Identifier: Apache-2.0 */
/* test_path.c - every command of path data and every basic shape, with points known beforehand. */
#include "support.h"

#include <locale.h>
#include <math.h>

#include "drawn.h"

#define PI 3.14159265358979323846

static void expect_path(const char *d, const char *want)
{
    char element[400];
    snprintf(element, sizeof element, "<path d='%s'/>", d);
    expect_drawn(element, want);
}

/* --- Commands ------------------------------------------------------------------------------ */

static void test_lines(void **state)
{
    (void)state;
    expect_path("M10 20L30 40", "M10 20 L30 40");
    expect_path("m10,20 l5,5 5,-5", "M10 20 L15 25 L20 20");
    expect_path("M1 2 3 4 5 6", "M1 2 L3 4 L5 6");
    expect_path("m1 2 3 4 5 6", "M1 2 L4 6 L9 12");
    expect_path("M1 1H9V8h-2v-3", "M1 1 L9 1 L9 8 L7 8 L7 5");
    expect_path("M1 1H2 3 4", "M1 1 L2 1 L3 1 L4 1");
    expect_path(" M 1 1 L 2 2 , 3 3 ", "M1 1 L2 2 L3 3");
}

static void test_closing(void **state)
{
    (void)state;
    expect_path("M1 1L5 1L5 5Z", "M1 1 L5 1 L5 5 Z");
    expect_path("M1 1h4v4zM9 9h1z", "M1 1 L5 1 L5 5 Z M9 9 L10 9 Z");
    /* What follows a closed subpath begins where that one began. */
    expect_path("M1 1h4v4z l2 2", "M1 1 L5 1 L5 5 Z M1 1 L3 3");
    expect_path("M1 1h4v4z m2 2 h1", "M1 1 L5 1 L5 5 Z M3 3 L4 3");
    expect_path("M1 1h4zz", "M1 1 L5 1 Z");
}

static void test_curves(void **state)
{
    (void)state;
    expect_path("M0 0C1 2 3 4 5 6", "M0 0 C1 2 3 4 5 6");
    expect_path("M1 1c1 2 3 4 5 6", "M1 1 C2 3 4 5 6 7");
    /* The first control point mirrors the last of the curve before. */
    expect_path("M0 0C0 10 10 10 10 0S20 -10 20 0", "M0 0 C0 10 10 10 10 0 C10 -10 20 -10 20 0");
    expect_path("M0 0c0 10 10 10 10 0s10 -10 10 0", "M0 0 C0 10 10 10 10 0 C10 -10 20 -10 20 0");
    expect_path("M5 5S6 6 7 7", "M5 5 C5 5 6 6 7 7");
    expect_path("M0 0L5 5S6 6 7 7", "M0 0 L5 5 C5 5 6 6 7 7");
    expect_path("M0 0Q3 3 6 0", "M0 0 C2 2 4 2 6 0");
    expect_path("M1 0q3 3 6 0", "M1 0 C3 2 5 2 7 0");
    expect_path("M0 0Q3 3 6 0T12 0", "M0 0 C2 2 4 2 6 0 C8 -2 10 -2 12 0");
    expect_path("M0 0q3 3 6 0t6 0 6 0", "M0 0 C2 2 4 2 6 0 C8 -2 10 -2 12 0 C14 2 16 2 18 0");
    expect_path("M3 3T6 6", "M3 3 C3 3 4 4 6 6");
    /* A cubic curve says nothing to a quadratic one. */
    expect_path("M0 0C0 9 6 9 6 0T9 0", "M0 0 C0 9 6 9 6 0 C6 0 7 0 9 0");
}

static void test_numbers(void **state)
{
    (void)state;
    expect_path("M.5.5L1.5.5-1-.5", "M0.5 0.5 L1.5 0.5 L-1 -0.5");
    expect_path("M1e1 1E+1 L2e-1 -2.5e0", "M10 10 L0.2 -2.5");
    expect_path("M+1 2. L 3.,4", "M1 2 L3 4");
    expect_path("M0.1234567890123456789 1000000L0 0", "M0.123 1000000 L0 0");
    expect_path("M1e-400 0 L0.000000000000000000000000000001e30 1", "M0 0 L1 1");
}

/* A decimal comma elsewhere in the program changes nothing. */
static void test_locale(void **state)
{
    (void)state;
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
    const char *set = NULL;
    for (size_t i = 0; set == NULL && i < sizeof names / sizeof names[0]; i++)
        set = setlocale(LC_NUMERIC, names[i]);
    if (set == NULL)
        skip();
    YX_CLEAN(yx_svg) struct yx_svg svg = {0};
    drawn_inside("<path d='M1.5 2.5L3,5'/>", &svg);
    setlocale(LC_NUMERIC, "C");
    expect_shape(&svg, 0, "M1.5 2.5 L3 5");
}

/* --- Arcs ---------------------------------------------------------------------------------- */

static struct yx_svg_point on_curve(const struct yx_svg_point *p, double t)
{
    double s = 1 - t, b[4] = {s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t};
    return (struct yx_svg_point){b[0] * p[0].x + b[1] * p[1].x + b[2] * p[2].x + b[3] * p[3].x,
                                 b[0] * p[0].y + b[1] * p[1].y + b[2] * p[2].y + b[3] * p[3].y};
}

/* Walks along an arc: every point lies on the ellipse, and the angle turned is the one wanted
 * (positive: clockwise on the page, as y goes down). */
static void check_arc(const char *d, struct yx_svg_point centre, double rx, double ry, double turn,
                      double degrees)
{
    char element[200];
    YX_CLEAN(yx_svg) struct yx_svg svg = {0};
    snprintf(element, sizeof element, "<path d='%s'/>", d);
    drawn_inside(element, &svg);
    const struct yx_svg_path *path = &svg.shapes[0].path;
    const struct yx_svg_point *points = svg.points + path->point;
    double cosine = cos(turn * PI / 180), sine = sin(turn * PI / 180), turned = 0, last = 0;
    for (size_t i = 0; i + 3 < path->point_count; i += 3) {
        assert_int_equal(svg.verbs[path->verb + 1 + i / 3], YX_SVG_CURVE);
        for (int k = 0; k <= 100; k++) {
            struct yx_svg_point at = on_curve(points + i, k / 100.0);
            double x = at.x - centre.x, y = at.y - centre.y;
            double u = (cosine * x + sine * y) / rx, v = (-sine * x + cosine * y) / ry;
            /* Known of quarters drawn as cubic curves: at most 2.8 parts in 10,000 too far. */
            assert_true(fabs(sqrt(u * u + v * v) - 1) < 0.0003);
            double angle = atan2(v, u);
            turned += i == 0 && k == 0 ? 0 : remainder(angle - last, 2 * PI);
            last = angle;
        }
    }
    assert_true(fabs(turned * 180 / PI - degrees) < 0.1);
}

static void test_arcs(void **state)
{
    (void)state;
    /* Two points of a circle of radius 10, a quarter apart: four ways to go. */
    check_arc("M10 0A10 10 0 0 1 0 10", (struct yx_svg_point){0, 0}, 10, 10, 0, 90);
    check_arc("M10 0A10 10 0 1 0 0 10", (struct yx_svg_point){0, 0}, 10, 10, 0, -270);
    check_arc("M10 0A10 10 0 0 0 0 10", (struct yx_svg_point){10, 10}, 10, 10, 0, -90);
    check_arc("M10 0A10 10 0 1 1 0 10", (struct yx_svg_point){10, 10}, 10, 10, 0, 270);
    /* Flat and turned ellipses. */
    check_arc("M20 50a30 10 0 0 1 60 0", (struct yx_svg_point){50, 50}, 30, 10, 0, 180);
    check_arc("M50 20a30 10 90 0 1 0 60", (struct yx_svg_point){50, 50}, 30, 10, 90, 180);
    double x = 30 * cos(PI / 6), y = 30 * sin(PI / 6);
    char d[200];
    snprintf(d, sizeof d, "M%.9f %.9fA30 10 30 0 0 %.9f %.9f", 50 - x, 50 - y, 50 + x, 50 + y);
    check_arc(d, (struct yx_svg_point){50, 50}, 30, 10, 30, -180);
    /* Radii that do not reach grow until they do (SVG 1.1 F.6.6); their sign does not count. */
    check_arc("M20 50A1 1 0 0 1 80 50", (struct yx_svg_point){50, 50}, 30, 30, 0, 180);
    check_arc("M20 50A-3 1 0 0 1 80 50", (struct yx_svg_point){50, 50}, 30, 10, 0, 180);
    check_arc("M10 0a10,10,0,01-10,10", (struct yx_svg_point){0, 0}, 10, 10, 0, 90);
}

static void test_arc_ends(void **state)
{
    (void)state;
    expect_path("M5 5A0 9 0 0 1 8 9", "M5 5 L8 9");
    expect_path("M5 5A3 3 0 0 1 5 5L6 6", "M5 5 L6 6");
    expect_path("M10 0A10 10 0 01 0 10", "M10 0 C10 5.523 5.523 10 0 10");
    expect_path("M1 1h1z a10 10 0 01-10 10", "M1 1 L2 1 Z M1 1 C1 6.523 -3.477 11 -9 11");
}

/* --- Shapes -------------------------------------------------------------------------------- */

static void test_shapes(void **state)
{
    (void)state;
    expect_drawn("<rect x='1' y='2' width='3' height='4'/>", "M1 2 L4 2 L4 6 L1 6 Z");
    expect_drawn("<rect width='10' height='10' rx='2' ry='3'/>",
                 "M2 0 L8 0 C9.105 0 10 1.343 10 3 L10 7 C10 8.657 9.105 10 8 10 L2 10 "
                 "C0.895 10 0 8.657 0 7 L0 3 C0 1.343 0.895 0 2 0 Z");
    /* One radius stands for both, and neither is more than half. */
    expect_drawn("<rect width='4' height='8' ry='9'/>",
                 "M2 0 L2 0 C3.105 0 4 1.791 4 4 L4 4 C4 6.209 3.105 8 2 8 L2 8 "
                 "C0.895 8 0 6.209 0 4 L0 4 C0 1.791 0.895 0 2 0 Z");
    expect_drawn("<circle cx='5' cy='5' r='5'/>",
                 "M10 5 C10 7.761 7.761 10 5 10 C2.239 10 0 7.761 0 5 C0 2.239 2.239 0 5 0 "
                 "C7.761 0 10 2.239 10 5 Z");
    expect_drawn("<ellipse rx='10' ry='5'/>",
                 "M10 0 C10 2.761 5.523 5 0 5 C-5.523 5 -10 2.761 -10 0 C-10 -2.761 -5.523 -5 0 -5 "
                 "C5.523 -5 10 -2.761 10 0 Z");
    expect_drawn("<line x1='1' x2='5' y2='6' stroke='red'/>", "M1 0 L5 6");
    expect_drawn("<polyline points='1,2 3,4,5 6'/>", "M1 2 L3 4 L5 6");
    expect_drawn("<polygon points=' 1 2 3 4 5,6 '/>", "M1 2 L3 4 L5 6 Z");
    expect_drawn("<rect width='1in' height='25.4mm'/>", "M0 0 L96 0 L96 96 L0 96 Z");
    expect_drawn("<rect width='72pt' height='6pc' x='1cm' y='2px'/>",
                 "M37.795 2 L133.795 2 L133.795 98 L37.795 98 Z");
}

/* Shapes without extent are not drawn, and are no error. */
static void test_empty(void **state)
{
    (void)state;
    expect_drawn("<rect width='0' height='5'/><circle/><ellipse rx='4' ry='0'/><path d=''/>"
                 "<path/><path d='none'/><polygon points=''/><line x2='5'/><path d='M1 1h1z'/>",
                 "M1 1 L2 1 Z");
}

/* --- Places -------------------------------------------------------------------------------- */

/* Where the point (10, 20) of a shape comes to lie on the drawing. */
static void expect_place(const char *text, double x, double y)
{
    YX_CLEAN(yx_svg) struct yx_svg svg = {0};
    drawn_read(text, &svg);
    struct yx_svg_point at =
        yx_svg_matrix_apply(&svg.shapes[0].matrix, (struct yx_svg_point){10, 20});
    if (fabs(at.x - x) > 1e-6 || fabs(at.y - y) > 1e-6)
        fail_msg("%s: (%f, %f), not (%f, %f)", text, at.x, at.y, x, y);
}

static void expect_transform(const char *transform, double x, double y)
{
    char text[400];
    snprintf(text, sizeof text, SVG_HEAD "<g transform='%s'><path d='M0 0h1'/></g></svg>",
             transform);
    expect_place(text, x, y);
}

static void test_transforms(void **state)
{
    (void)state;
    expect_transform("matrix(1 2 3 4 5 6)", 10 + 60 + 5, 20 + 80 + 6);
    expect_transform("translate(3)", 13, 20);
    expect_transform("translate(3,-4)", 13, 16);
    expect_transform("scale(2)", 20, 40);
    expect_transform("scale(2 .5)", 20, 10);
    expect_transform("rotate(90)", -20, 10);
    expect_transform("rotate(90, 10, 20)", 10, 20);
    expect_transform("rotate(180 0 0)", -10, -20);
    expect_transform("skewX(45)", 30, 20);
    expect_transform("skewY(45)", 10, 30);
    /* The last one is applied first. */
    expect_transform("translate(1,1) scale(2)", 21, 41);
    expect_transform(" scale(2) , translate(1,1) ", 22, 42);
    expect_transform("", 10, 20);
}

static void test_use(void **state)
{
    (void)state;
    expect_place(SVG_HEAD "<defs><path id='a' d='M0 0h1' transform='scale(2)'/></defs>"
                          "<use href='#a' x='3' y='4' transform='rotate(90)'/></svg>",
                 -44, 23);
    expect_place("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9' "
                 "xmlns:xlink='http://www.w3.org/1999/xlink'><defs><g id='b'>"
                 "<path id='a' d='M0 0h1'/></g></defs><use xlink:href='#b' x='1'/></svg>",
                 11, 20);
    expect_place(SVG_HEAD "<use href='#a' y='1'/><defs><path id='a' d='M0 0h1'/></defs></svg>", 10,
                 21);
}

static void expect_view(const char *attributes, double x, double y, double width, double height)
{
    char text[400];
    snprintf(text, sizeof text,
             "<svg xmlns='http://www.w3.org/2000/svg' %s><path d='M0 0h1'/></svg>", attributes);
    YX_CLEAN(yx_svg) struct yx_svg svg = {0};
    drawn_read(text, &svg);
    assert_true(fabs(svg.width - width) < 1e-6 && fabs(svg.height - height) < 1e-6);
    expect_place(text, x, y);
}

static void test_view(void **state)
{
    (void)state;
    expect_view("viewBox='0 0 50 60'", 10, 20, 50, 60);
    expect_view("viewBox='5,6,50,60'", 5, 14, 50, 60);
    expect_view("width='42mm' height='21mm'", 10, 20, 42 * 96 / 25.4, 21 * 96 / 25.4);
    expect_view("viewBox='0 0 50 50' width='100' height='100'", 20, 40, 100, 100);
    expect_view("viewBox='0 0 50 50' width='100%' height='100%'", 10, 20, 50, 50);
    expect_view("viewBox='0 0 50 50' width='200' height='100'", 70, 40, 200, 100);
    expect_view("viewBox='0 0 50 50' width='200' height='100' preserveAspectRatio='xMinYMid'", 20,
                40, 200, 100);
    expect_view("viewBox='0 0 50 50' width='200' height='100' preserveAspectRatio='xMaxYMax meet'",
                120, 40, 200, 100);
    expect_view("viewBox='0 0 50 50' width='200' height='100' preserveAspectRatio='xMidYMin slice'",
                40, 80, 200, 100);
    expect_view("viewBox='0 0 50 50' width='200' height='100' preserveAspectRatio='none'", 40, 40,
                200, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),    cmocka_unit_test(test_closing),
        cmocka_unit_test(test_curves),   cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_locale),   cmocka_unit_test(test_arcs),
        cmocka_unit_test(test_arc_ends), cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_empty),    cmocka_unit_test(test_transforms),
        cmocka_unit_test(test_use),      cmocka_unit_test(test_view),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
