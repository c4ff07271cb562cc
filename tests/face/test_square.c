/* SPDX-License-Identifier: Apache-2.0 */
/* Square seals and names; letters that a font lacks; wear. */
#include "support.h"

#include "painted.h"

/* --- Columns ----------------------------------------------------------------------------- */

static double quarter(const struct painted *painted, int right, int bottom)
{
    double x = painted->across / 2 - 2, y = painted->down / 2 - 2; /* without the frame */
    return ink_in(painted, right ? 0 : -x, bottom ? 0 : -y, right ? x : 0, bottom ? y : 0);
}

/* 鑫 has much ink and 一 little, so that one sees where each stands. */
static void columns_go_from_right_to_left(void **state)
{
    static const struct {
        const char *text;
        bool dark[2][2]; /* [bottom][right] */
    } cases[] = {
        {"鑫一一一", {{false, true}, {false, false}}},
        {"一鑫一一", {{false, false}, {false, true}}},
        {"一一鑫一", {{true, false}, {false, false}}},
        {"一一一鑫", {{false, false}, {true, false}}},
        /* of three, the first has a column of its own */
        {"一鑫一", {{true, false}, {false, false}}},
        {"一一鑫", {{false, false}, {true, false}}},
        {"鑫一一", {{false, true}, {false, true}}},
        /* two stand beside each other */
        {"鑫一", {{false, true}, {false, true}}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct yx_face face = face_of("square-20", cases[i].text);
        YX_CLEAN(painted) struct painted painted = {0};
        paint(&face, &painted);
        for (int bottom = 0; bottom < 2; bottom++)
            for (int right = 0; right < 2; right++)
                if ((quarter(&painted, right, bottom) > 12) != cases[i].dark[bottom][right])
                    fail_msg("%s: %g at %d,%d", cases[i].text, quarter(&painted, right, bottom),
                             right, bottom);
    }
}

static void a_frame_runs_around(void **state)
{
    (void)state;
    struct yx_face face = face_of("square-20", "王小明印");
    YX_CLEAN(painted) struct painted painted = {0}, open = {0};
    paint(&face, &painted);
    for (double along = -8.5; along <= 8.5; along += 0.5) {
        assert_true(ink_at(&painted, along, -9.9) && ink_at(&painted, along, 9.85));
        assert_true(ink_at(&painted, -9.9, along) && ink_at(&painted, 9.85, along));
        assert_false(ink_at(&painted, along, -8.9) || ink_at(&painted, along, 8.85));
    }
    face.ring = 0;
    paint(&face, &open);
    assert_false(ink_at(&open, 9.9, 0) && ink_at(&open, 9.9, 5) && ink_at(&open, 9.9, -5));
}

static void cut_letters_have_no_ink(void **state)
{
    (void)state;
    struct yx_face face = face_of("square-20", "口");
    YX_CLEAN(painted) struct painted inked = {0}, cut = {0};
    paint(&face, &inked);
    face.letters_cut = true;
    paint(&face, &cut);
    /* inside the letter, on its stroke, and in the corner of the ground */
    assert_false(ink_at(&inked, 0, 0));
    assert_true(ink_at(&cut, 0, 0));
    double stroke = 0;
    for (double x = -9; x < 0 && stroke == 0; x += 0.1)
        if (x > -8.5 && ink_at(&inked, x, 0))
            stroke = x;
    assert_true(stroke < 0);
    assert_false(ink_at(&cut, stroke + 0.5, 0));
    assert_true(ink_at(&cut, -9.5, -9.5));
    assert_true(all_ink(&cut) > 2 * all_ink(&inked));
}

/* --- Names ------------------------------------------------------------------------------- */

static void a_name_is_as_wide_as_its_letters(void **state)
{
    (void)state;
    struct yx_face face = face_of("name", "王明");
    YX_CLEAN(painted) struct painted two = {0}, four = {0}, fixed = {0}, tall = {0};
    paint(&face, &two);
    face.text = "欧阳小明";
    paint(&face, &four);
    assert_true(two.down == 12 && four.down == 12);
    assert_true(two.across > 22 && two.across < 26);
    assert_true(four.across > 42 && four.across < 50);
    face.width = 30;
    paint(&face, &fixed);
    assert_true(fixed.across == 30);
    /* higher than wide: one below the other */
    face.text = "鑫一";
    face.width = 12;
    face.height = 24;
    paint(&face, &tall);
    assert_true(ink_in(&tall, -5, -11, 5, 0) > 3 * ink_in(&tall, -5, 0, 5, 11));
}

static void a_name_reads_from_left_to_right(void **state)
{
    (void)state;
    struct yx_face face = face_of("name", "鑫一");
    YX_CLEAN(painted) struct painted painted = {0};
    paint(&face, &painted);
    assert_true(ink_in(&painted, -10, -5, 0, 5) > 3 * ink_in(&painted, 0, -5, 10, 5));
}

/* --- Refusals ---------------------------------------------------------------------------- */

static void too_many_letters_are_refused(void **state)
{
    (void)state;
    struct yx_face face = face_of(
        "square-18", "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十"
                     "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四");
    expect_face_refused(&face, "too long for a seal of 18 x 18 mm");
    face.text = "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一"
                "二三四五六"
                "七八九十一二三四五六七八九十一二三四五";
    expect_face_refused(&face, "more than 64 letters");
    face = face_of("name", "一二三四五六七八九十");
    face.width = 30;
    expect_face_refused(&face, "too long for a seal of 30 x 12 mm");
    face.width = 0;
    expect_face_refused(&face, "5 to 100 millimetres");
}

static void a_square_has_nothing_else(void **state)
{
    (void)state;
    struct yx_face face = face_of("square-20", "王小明印");
    face.line = "x";
    expect_face_refused(&face, "no line, code or emblem");
    face.line = NULL;
    face.code = "1";
    expect_face_refused(&face, "no line, code or emblem");
    face.code = NULL;
    face.emblem = YX_EMBLEM_STAR;
    face.emblem_size = 5;
    expect_face_refused(&face, "no line, code or emblem");
}

static void letters_that_cannot_be_drawn_are_named(void **state)
{
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        /* a noncharacter, which no font has */
        {"山\xf3\xbf\xbf\xbe", "U+FFFFE) cannot be drawn"},
        {"山\xf0\xbf\xbf\xbd", "has no \xf0\xbf\xbf\xbd (U+3FFFD)"},
        {"山\x07", "control character U+0007"},
        {"山\xc2\x85", "control character U+0085"},
        {"བོད", "(U+0F56) cannot be drawn"},
        {"ᠮᠣᠩᠭᠣᠯ", "(U+182E) cannot be drawn"},
        {"شىنجاڭ", "(U+0634) cannot be drawn"},
        {"e\xcc\x81", "(U+0301) cannot be drawn"},
        {"山\xe2\x80\xae", "U+202E) cannot be drawn"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct yx_face face = face_of("official-42", cases[i].text);
        expect_face_refused(&face, cases[i].sentence);
    }
}

/* Rare characters that the font does have, and what minorities write between their names. */
static void rare_letters_are_drawn(void **state)
{
    static const char *const texts[] = {"𠮷野家", "买买提·吐尔逊", "龘靐齉爩", "（甲）ABC 12"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct yx_face face = face_of("official-42", texts[i]);
        YX_CLEAN(painted) struct painted painted = {0};
        paint(&face, &painted);
        assert_true(all_ink(&painted) > 200);
    }
}

static void text_that_is_no_utf8_is_an_error_of_use(void **state)
{
    (void)state;
    struct yx_face face = face_of("official-42", "\xff\xfe");
    struct yx_face_plan *plan = NULL;
    assert_int_equal(yx_face_prepare(&face, test_fonts(), &plan, NULL), YX_USAGE);
}

/* --- Wear -------------------------------------------------------------------------------- */

static void wear_takes_ink_and_the_same_seed_the_same(void **state)
{
    struct yx_face face = face_of("official-42", "山海公司");
    double before = INFINITY;
    (void)state;
    for (unsigned wear = 0; wear <= 100; wear += 25) {
        YX_CLEAN(painted) struct painted painted = {0}, again = {0};
        face.wear = wear;
        face.seed = 7;
        paint(&face, &painted);
        paint(&face, &again);
        assert_memory_equal(painted.alpha, again.alpha,
                            (size_t)painted.width * (size_t)painted.height);
        assert_true(all_ink(&painted) < before);
        before = all_ink(&painted);
        if (wear == 0)
            continue;
        YX_CLEAN(painted) struct painted other = {0};
        face.seed = 8;
        paint(&face, &other);
        assert_true(memcmp(painted.alpha, other.alpha,
                           (size_t)painted.width * (size_t)painted.height) != 0);
    }
    /* what is left can still be read */
    assert_true(before > 60);
    face.wear = 101;
    struct yx_face_plan *plan = NULL;
    assert_int_equal(yx_face_prepare(&face, test_fonts(), &plan, NULL), YX_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_go_from_right_to_left),
        cmocka_unit_test(a_frame_runs_around),
        cmocka_unit_test(cut_letters_have_no_ink),
        cmocka_unit_test(a_name_is_as_wide_as_its_letters),
        cmocka_unit_test(a_name_reads_from_left_to_right),
        cmocka_unit_test(too_many_letters_are_refused),
        cmocka_unit_test(a_square_has_nothing_else),
        cmocka_unit_test(letters_that_cannot_be_drawn_are_named),
        cmocka_unit_test(rare_letters_are_drawn),
        cmocka_unit_test(text_that_is_no_utf8_is_an_error_of_use),
        cmocka_unit_test(wear_takes_ink_and_the_same_seed_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
