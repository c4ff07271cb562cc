/* SPDX-License-Identifier: Apache-2.0 */
/* Round and oval seals: where ring, star, name, line and code stand, seen in the pixels. */
#include "support.h"

#include "painted.h"

#define PI 3.14159265358979323846
/* A letter that is nearly its own mirror image and fills its cell. */
#define BOX "\xe5\x8f\xa3" /* 口 */

/* n times the letter. */
static const char *boxes(size_t count)
{
    static char text[64 * 3 + 1];
    text[0] = '\0';
    for (size_t i = 0; i < count; i++)
        strcat(text, BOX);
    return text;
}

/* Ink anywhere between two circles, in the direction `degrees` clockwise from the top? */
static bool ink_towards(const struct painted *painted, double degrees, double from, double to)
{
    double angle = degrees * PI / 180;
    for (double radius = from; radius <= to; radius += 0.04)
        if (ink_at(painted, radius * sin(angle), -radius * cos(angle)))
            return true;
    return false;
}

/* The directions in which ink begins and ends: one pair for each letter that stands free. */
#define BURSTS_MAX 64
struct bursts {
    double first[BURSTS_MAX], last[BURSTS_MAX];
    size_t count;
};

static void find_bursts(const struct painted *painted, double from, double to, struct bursts *out)
{
    bool inside = false;
    out->count = 0;
    for (double degrees = -180; degrees <= 180; degrees += 0.1) {
        bool ink = ink_towards(painted, degrees, from, to);
        if (ink && !inside) {
            assert_in_range(out->count, 0, BURSTS_MAX - 1);
            out->first[out->count] = degrees;
        }
        if (!ink && inside)
            out->last[out->count++] = degrees;
        inside = ink;
    }
}

static void expect_near(double got, double want, double by, const char *what)
{
    if (fabs(got - want) > by)
        fail_msg("%s: %g, not %g", what, got, want);
}

/* --- Ring and star ----------------------------------------------------------------------- */

static void the_ring_is_as_thick_as_told(void **state)
{
    static const char *const presets[] = {"official-45", "official-42", "official-40",
                                          "official-38", "special-58",  "special-38"};
    (void)state;
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++) {
        struct yx_face face = face_of(presets[i], boxes(8));
        YX_CLEAN(painted) struct painted painted = {0};
        face.line = boxes(4);
        paint(&face, &painted);
        double outer = face.width / 2, inner = outer - face.ring;
        for (int degrees = 0; degrees < 360; degrees += 5) {
            assert_true(ink_towards(&painted, degrees, outer - 0.12, outer - 0.12));
            assert_true(ink_towards(&painted, degrees, inner + 0.12, inner + 0.12));
            assert_false(ink_towards(&painted, degrees, inner - 0.5, inner - 0.12));
            assert_false(ink_towards(&painted, degrees, outer + 0.12, outer + 3));
        }
    }
}

static void the_star_stands_in_the_middle(void **state)
{
    (void)state;
    struct yx_face face = face_of("official-42", boxes(8));
    YX_CLEAN(painted) struct painted painted = {0};
    paint(&face, &painted);
    for (int point = 0; point < 5; point++) {
        assert_true(ink_towards(&painted, point * 72, 6.6, 6.6));
        assert_false(ink_towards(&painted, point * 72, 7.2, 8));
        /* between two points */
        assert_true(ink_towards(&painted, point * 72 + 36, 2.5, 2.5));
        assert_false(ink_towards(&painted, point * 72 + 36, 2.9, 8));
    }
    /* both halves are the same */
    expect_near(ink_in(&painted, -7, -7, 0, 7), ink_in(&painted, 0, -7, 7, 7), 0.1, "star");
}

static void without_emblem_the_line_stands_in_the_middle(void **state)
{
    (void)state;
    struct yx_face face = face_of("special-40", boxes(8));
    YX_CLEAN(painted) struct painted painted = {0};
    face.emblem = YX_EMBLEM_NONE;
    face.line = boxes(5);
    paint(&face, &painted);
    double above = ink_in(&painted, -10, -5, 10, 0), below = ink_in(&painted, -10, 0, 10, 5);
    assert_true(above > 5);
    assert_true(below > 5);
    assert_true(ink_in(&painted, -10, 5, 10, 10) == 0);
}

/* --- The name ---------------------------------------------------------------------------- */

static void letters_are_evenly_spaced_and_symmetric(void **state)
{
    static const size_t counts[] = {1, 2, 4, 5, 8, 11, 13, 16};
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct yx_face face = face_of("official-42", boxes(counts[i]));
        YX_CLEAN(painted) struct painted painted = {0};
        struct bursts bursts;
        paint(&face, &painted);
        find_bursts(&painted, 10, 19.2, &bursts);
        assert_int_equal(bursts.count, counts[i]);
        expect_near(bursts.first[0], -bursts.last[counts[i] - 1], 1.5, "symmetric");
        for (size_t k = 2; k < counts[i]; k++)
            expect_near(bursts.first[k] - bursts.first[k - 1], bursts.first[1] - bursts.first[0],
                        0.5, "spacing");
    }
}

/* A short name does not stretch all the way; a long one stays within 270 degrees. */
static void the_arc_grows_with_the_name(void **state)
{
    double before = 0;
    (void)state;
    for (size_t count = 2; count <= 36; count++) {
        struct yx_face face = face_of("official-42", boxes(count));
        YX_CLEAN(painted) struct painted painted = {0};
        struct bursts bursts;
        paint(&face, &painted);
        find_bursts(&painted, 10, 19.2, &bursts);
        double turn = bursts.last[bursts.count - 1] - bursts.first[0];
        assert_true(turn > before - 6);
        assert_true(turn <= 270);
        if (count == 4)
            assert_true(turn < 150);
        if (count >= 12)
            assert_true(turn > 235);
        before = turn;
    }
}

/* Of an odd number of letters the middle one stands upright at the top: heads outward. */
static void feet_point_to_the_centre(void **state)
{
    (void)state;
    /* 上: its longest stroke is at its feet */
    struct yx_face face = face_of("official-42", "上");
    YX_CLEAN(painted) struct painted painted = {0};
    double widest = 0, at = 0;
    face.emblem = YX_EMBLEM_NONE;
    paint(&face, &painted);
    for (double y = -19.5; y < -10; y += 0.1) {
        double ink = ink_in(&painted, -5, y, 5, y + 0.1);
        if (ink > widest) {
            widest = ink;
            at = y;
        }
    }
    assert_true(at > -15);
}

/* --- Line and code ----------------------------------------------------------------------- */

/* No two of them come nearer than 0.3 mm, however long they are. */
static void expect_clear(const char *preset, size_t name, const char *line, const char *code)
{
    struct yx_face face = face_of(preset, boxes(name));
    YX_CLEAN(painted) struct painted without = {0}, with = {0};
    face.code = code;
    paint(&face, &without);
    face.line = line;
    paint(&face, &with);
    size_t found = 0;
    for (int y = 3; y < with.height - 3; y++)
        for (int x = 3; x < with.width - 3; x++) {
            if (with.alpha[y * with.width + x] < without.alpha[y * with.width + x] + 64)
                continue;
            found++;
            for (int dy = -3; dy <= 3; dy++)
                for (int dx = -3; dx <= 3; dx++)
                    if (without.alpha[(y + dy) * with.width + x + dx] >= 128)
                        fail_msg("%s: %zu letters, %s touches at %d,%d", preset, name, line, x, y);
        }
    assert_true(found > 500);
}

static void nothing_touches_the_line(void **state)
{
    static const char *const presets[] = {"official-42", "official-38", "invoice"};
    static const size_t names[] = {4, 10, 14, 20, 30};
    (void)state;
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++)
        for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
            const char *code =
                strcmp(presets[i], "invoice") == 0 ? "91310000MA1K12345X" : "3100000123456";
            expect_clear(presets[i], names[k], "财务专用章", code);
            expect_clear(presets[i], names[k], "合同专用章(2)", NULL);
        }
}

static void the_code_reads_from_left_to_right_at_the_bottom(void **state)
{
    (void)state;
    struct yx_face face = face_of("official-42", boxes(8));
    YX_CLEAN(painted) struct painted painted = {0};
    /* much ink on the left, little on the right */
    face.code = "8888888111111";
    paint(&face, &painted);
    double left = ink_in(&painted, -6, 16, 0, 18.8), right = ink_in(&painted, 0, 16, 6, 18.8);
    assert_true(left > 1.3 * right);
    assert_true(right > 0);
    /* the digits are upright: the bar of a 7 is farther from the ring than its foot */
    face.code = "7";
    YX_CLEAN(painted) struct painted seven = {0};
    paint(&face, &seven);
    double top = 0;
    for (double y = 15; y < 19.5 && top == 0; y += 0.1)
        if (ink_in(&seven, -2, y, 2, y + 0.1) > 0)
            top = y;
    double bar = ink_in(&seven, -2, top, 2, top + 0.3),
           foot = ink_in(&seven, -2, top + 0.7, 2, top + 1);
    assert_true(bar > 1.5 * foot);
}

static void the_number_of_an_oval_stands_across(void **state)
{
    (void)state;
    struct yx_face face = face_of("invoice", boxes(12));
    YX_CLEAN(painted) struct painted painted = {0};
    face.code = "91310000MA1K12345X";
    paint(&face, &painted);
    assert_true(painted.across == 40 && painted.down == 30);
    assert_true(ink_in(&painted, -12, -2, 0, 2) > 4);
    assert_true(ink_in(&painted, 0, -2, 12, 2) > 4);
    assert_true(ink_in(&painted, -4, 3, 4, 13) == 0);
}

static void an_emblem_is_drawn_in_ink(void **state)
{
    static const char svg[] = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 10 10'>"
                              "<rect x='0' y='0' width='10' height='10' fill='#0000ff'/></svg>";
    (void)state;
    struct yx_face face = face_of("official-42", boxes(8));
    YX_CLEAN(painted) struct painted painted = {0};
    face.emblem = YX_EMBLEM_PICTURE;
    face.emblem_svg = YX_TEXT(svg);
    face.emblem_size = 10;
    paint(&face, &painted);
    expect_near(ink_in(&painted, -7, -7, 7, 7), 100, 0.5, "emblem");
    assert_true(ink_at(&painted, -4.9, -4.9) && ink_at(&painted, 4.9, 4.9));
}

/* --- Refusals ---------------------------------------------------------------------------- */

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct yx_face face = face_of("official-42", boxes(60));
    expect_face_refused(&face, "too long for a seal of 42 x 42 mm");
    face = face_of("official-42", boxes(8));
    face.code = "123456789012345678901234567890123456789012345678901234567890";
    expect_face_refused(&face, "too long for a seal");
    face = face_of("special-38", boxes(30));
    face.line = boxes(30);
    expect_face_refused(&face, "too long for a seal");
    face = face_of("official-42", boxes(8));
    face.emblem_size = 30;
    expect_face_refused(&face, "would touch the name");
    face.emblem_size = 40;
    expect_face_refused(&face, "four fifths");
}

static void parts_that_do_not_belong_are_refused(void **state)
{
    (void)state;
    struct yx_face face = face_of("special-38", boxes(8));
    expect_face_refused(&face, "needs a line");
    face = face_of("official-42", "");
    expect_face_refused(&face, "needs a name");
    face = face_of("official-42", "   ");
    expect_face_refused(&face, "needs a name");
    face = face_of("official-42", boxes(8));
    face.letters_cut = true;
    expect_face_refused(&face, "cut out of square seals");
    face = face_of("invoice", boxes(8));
    face.code = "1";
    face.emblem = YX_EMBLEM_STAR;
    face.emblem_size = 8;
    expect_face_refused(&face, "not both");
}

static void measures_have_limits(void **state)
{
    static const double sides[] = {0, 4.9, 100.1, -42, INFINITY, NAN};
    (void)state;
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        struct yx_face face = face_of("official-42", boxes(4));
        face.width = sides[i];
        expect_face_refused(&face, "5 to 100 millimetres");
        face.width = 42;
        face.height = sides[i];
        expect_face_refused(&face, "5 to 100 millimetres");
    }
    struct yx_face face = face_of("official-42", boxes(4));
    face.ring = 6;
    expect_face_refused(&face, "an eighth");
    face.ring = NAN;
    expect_face_refused(&face, "an eighth");
    face.ring = 1;
    face.emblem_size = NAN;
    expect_face_refused(&face, "four fifths");
}

/* An emblem that could do something is refused in the words of svg/. */
static void an_active_emblem_is_refused(void **state)
{
    (void)state;
    struct yx_face face = face_of("official-42", boxes(4));
    face.emblem = YX_EMBLEM_PICTURE;
    face.emblem_svg = YX_TEXT("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'>"
                              "<script/></svg>");
    expect_face_refused(&face, "script");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ring_is_as_thick_as_told),
        cmocka_unit_test(the_star_stands_in_the_middle),
        cmocka_unit_test(without_emblem_the_line_stands_in_the_middle),
        cmocka_unit_test(letters_are_evenly_spaced_and_symmetric),
        cmocka_unit_test(the_arc_grows_with_the_name),
        cmocka_unit_test(feet_point_to_the_centre),
        cmocka_unit_test(nothing_touches_the_line),
        cmocka_unit_test(the_code_reads_from_left_to_right_at_the_bottom),
        cmocka_unit_test(the_number_of_an_oval_stands_across),
        cmocka_unit_test(an_emblem_is_drawn_in_ink),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(parts_that_do_not_belong_are_refused),
        cmocka_unit_test(measures_have_limits),
        cmocka_unit_test(an_active_emblem_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
