/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_compare.c - impressions of one seal, however they came onto paper and into a scanner, are
 * told from those of seals that are nearly the same (REQ: SEAL-28, SEAL-30, SEAL-33).
 */
#include "support.h"

#include "stamp.h"

/* What the scores of one seal and of two keep between them. */
#define MARGIN 0.12

#define NAME "ABCDEFGHIJK"
#define LINE "QRST"
#define CODE "1101054321987"
#define OFFICIAL .mm = 42, .star = 7, .name = NAME, .line = LINE, .code = CODE
#define PERSONAL .mm = 20, .square = true, .frame = true, .name = "VWXY"
#define PAGE .width = 560, .height = 560, .dpi = 300, .x = 280.4, .y = 279.7
#define SLIP .width = 360, .height = 360, .dpi = 300, .x = 180.2, .y = 179.6

static const struct stamp_seal official = {OFFICIAL}, personal = {PERSONAL};
static struct yx_raster filed, filed_personal;

static int draw_filed(void **state)
{
    static const struct stamp_page page = {
        .width = 1050, .height = 1050, .dpi = 600, .x = 525, .y = 525, .transparent = true};
    static const struct stamp_page small = {
        .width = 520, .height = 520, .dpi = 600, .x = 260, .y = 260, .transparent = true};
    (void)state;
    stamp_draw(&official, &page, &filed);
    stamp_draw(&personal, &small, &filed_personal);
    return 0;
}

static int free_filed(void **state)
{
    (void)state;
    yx_raster_free(&filed);
    yx_raster_free(&filed_personal);
    return 0;
}

static struct yx_comparison compare(const struct yx_raster *a, const struct yx_raster *b,
                                    struct yx_raster *difference)
{
    const struct yx_impression one = {a, 0}, other = {b, 0};
    const struct yx_compare_request request = {0};
    struct yx_comparison out;
    struct yx_error err = {0};
    expect_ok(yx_raster_compare(&one, &other, &request, &out, difference, &err), &err);
    return out;
}

static struct yx_comparison compare_stamped(const struct yx_raster *a,
                                            const struct stamp_seal *seal,
                                            const struct stamp_page *page)
{
    YX_CLEAN(yx_raster) struct yx_raster b = {0};
    stamp_draw(seal, page, &b);
    return compare(a, &b, NULL);
}

/* --- One seal ------------------------------------------------------------------------------ */

struct same {
    const char *what;
    struct stamp_page page;
    double scale; /* 0: 0.5, as 300 dots per inch are of 600 */
};

static const struct same sames[] = {
    {"as it is", {PAGE}},
    {"turned by the angle between the points of a star", {PAGE, .angle = 72, .noise = 15}},
    {"upside down, noisy, blurred", {PAGE, .angle = 180, .noise = 25, .blur = 1}},
    {"2 % larger", {PAGE, .angle = -5, .scale = 1.02, .quality = 60}, 0.51},
    {"2 % smaller", {PAGE, .angle = 3, .scale = 0.98, .quality = 40, .noise = 10}, 0.49},
    {"drawn out by 2 %", {PAGE, .angle = 15, .stretch = 1.02}, 0.505},
    {"a bad JPEG", {PAGE, .angle = 200, .quality = 30, .blur = 1}},
    {"200 dots per inch",
     {.width = 390, .height = 390, .dpi = 200, .x = 190, .y = 196, .angle = 33, .quality = 60},
     1 / 3.0},
    {"grainy", {PAGE, .angle = 20, .grain = 0.25, .seed = 5}},
    {"faint on one side", {PAGE, .angle = 20, .fade = 0.6, .seed = 5, .noise = 10}},
    {"with holes", {PAGE, .angle = -40, .holes = 0.1, .seed = 6}},
    {"ink that ran", {PAGE, .angle = 80, .gain = 0.1}},
    {"black on white", {PAGE, .angle = 15, .black = true}},
    {"yellow paper in the shade",
     {PAGE, .angle = 15, .shade = 0.5, .paper = {244, 232, 200}, .noise = 8, .quality = 70}},
    {"across black writing", {PAGE, .angle = 15, .text = true}},
    {"crossed by a pen", {PAGE, .angle = 15, .pen = true, .quality = 70}},
    {"all at once",
     {PAGE, .angle = -20, .scale = 0.99, .grain = 0.15, .fade = 0.4, .holes = 0.06, .shade = 0.3,
      .paper = {250, 240, 220}, .noise = 8, .quality = 60, .pen = true, .seed = 9},
     0.495},
};
#define SAMES (sizeof sames / sizeof *sames)

static double lowest_same = 2;

static double turn_between(double a, double b)
{
    return fabs(remainder(a - b, 360));
}

static void test_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMES; i++) {
        const struct same *same = &sames[i];
        struct yx_comparison found = compare_stamped(&filed, &official, &same->page);
        double scale = same->scale > 0 ? same->scale : 0.5;
        print_message("%-50s %.3f\n", same->what, found.likeness);
        if (!found.same || turn_between(found.turned, same->page.angle) > 0.2 ||
            fabs(found.scale / scale - 1) > 0.004)
            fail_msg("%s: likeness %.3f agreement %.3f hidden %.3f turned %.2f scale %.4f",
                     same->what, found.likeness, found.agreement, found.hidden, found.turned,
                     found.scale);
        lowest_same = fmin(lowest_same, found.likeness);
    }
}

/* --- Nearly the same ----------------------------------------------------------------------- */

static const struct {
    const char *what;
    struct stamp_seal seal;
} others[] = {
    {"the last character",
     {.mm = 42, .star = 7, .name = "ABCDEFGHIJL", .line = LINE, .code = CODE}},
    {"one in the middle", {.mm = 42, .star = 7, .name = "ABCDEXGHIJK", .line = LINE, .code = CODE}},
    {"a name as long", {.mm = 42, .star = 7, .name = "LMNOPUVWXYZ", .line = LINE, .code = CODE}},
    {"two changed places",
     {.mm = 42, .star = 7, .name = "ABCDEFHGIJK", .line = LINE, .code = CODE}},
    {"the line", {.mm = 42, .star = 7, .name = NAME, .line = "QRSU", .code = CODE}},
    {"the code", {.mm = 42, .star = 7, .name = NAME, .line = LINE, .code = "1101054327856"}},
    {"no code", {.mm = 42, .star = 7, .name = NAME, .line = LINE}},
    {"a smaller star", {.mm = 42, .star = 6, .name = NAME, .line = LINE, .code = CODE}},
    {"a larger star", {.mm = 42, .star = 8, .name = NAME, .line = LINE, .code = CODE}},
    {"no star", {.mm = 42, .name = NAME, .line = LINE, .code = CODE}},
    {"mirrored", {OFFICIAL, .mirrored = true}},
    {"an oval one", {OFFICIAL, .ratio = 0.75}},
};

static void test_different(void **state)
{
    static const struct stamp_page pages[] = {
        {PAGE, .transparent = true},
        {PAGE, .angle = 31, .noise = 12, .quality = 60, .blur = 1},
    };
    double highest = -1;
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct yx_comparison found = compare_stamped(&filed, &others[i].seal, &pages[i % 2]);
        print_message("%-50s %.3f\n", others[i].what, found.likeness);
        if (found.same)
            fail_msg("%s: likeness %.3f agreement %.3f", others[i].what, found.likeness,
                     found.agreement);
        highest = fmax(highest, found.likeness);
    }
    assert_true(lowest_same - YX_COMPARE_LIKENESS > MARGIN);
    assert_true(YX_COMPARE_LIKENESS - highest > MARGIN);
}

static void test_square(void **state)
{
    static const struct stamp_page pages[] = {
        {SLIP, .angle = 90}, {SLIP, .angle = -17, .noise = 12, .quality = 50, .scale = 1.02}};
    static const struct stamp_seal other = {
        .mm = 20, .square = true, .frame = true, .name = "VWXZ"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct yx_comparison found = compare_stamped(&filed_personal, &personal, &pages[i]);
        assert_true(found.same);
        assert_true(found.likeness > YX_COMPARE_LIKENESS + MARGIN);
        assert_true(turn_between(found.turned, pages[i].angle) < 0.3);
        found = compare_stamped(&filed_personal, &other, &pages[i]);
        assert_false(found.same);
        assert_true(found.likeness < YX_COMPARE_LIKENESS - MARGIN);
    }
}

/* A difference is found where it is: the digit 8 of the code, turned into another. */
static void test_weakest(void **state)
{
    static const struct stamp_seal other = {
        .mm = 42, .star = 7, .name = NAME, .line = LINE, .code = "1101054321917"};
    static const struct stamp_page page = {PAGE, .angle = 140, .transparent = true};
    struct yx_comparison found = compare_stamped(&filed, &other, &page);
    (void)state;
    assert_true(hypot(found.weakest_x - 715, found.weakest_y - 908) < 40);
}

/* --- Sizes --------------------------------------------------------------------------------- */

static struct yx_comparison compare_sizes(double mm, double dpi)
{
    const struct stamp_seal seal = {
        .mm = mm, .star = mm / 6, .name = NAME, .line = LINE, .code = CODE};
    const struct stamp_page page = {PAGE, .angle = 5, .transparent = true};
    const struct yx_compare_request request = {0};
    YX_CLEAN(yx_raster) struct yx_raster b = {0};
    struct yx_comparison out;
    struct yx_error err = {0};
    stamp_draw(&seal, &page, &b);
    const struct yx_impression one = {&filed, dpi > 0 ? 600 : 0}, other = {&b, dpi};
    expect_ok(yx_raster_compare(&one, &other, &request, &out, NULL, &err), &err);
    return out;
}

static void test_sizes(void **state)
{
    (void)state;
    struct yx_comparison found = compare_sizes(42, 300);
    assert_true(found.same && found.size_known && fabs(found.scale - 1) < 0.003);
    assert_true(fabs(found.size - 42) < 0.2);
    found = compare_sizes(40, 300); /* the same in all but its size */
    assert_false(found.same);
    assert_true(found.likeness > 0.9 && fabs(found.scale - 40.0 / 42) < 0.003);
    found = compare_sizes(40, 0); /* of which nothing is known */
    assert_true(found.same && !found.size_known);
}

/* --- What is hidden cannot be compared ----------------------------------------------------- */

static void test_hidden(void **state)
{
    static const struct stamp_page page = {PAGE};
    YX_CLEAN(yx_raster) struct yx_raster b = {0};
    (void)state;
    stamp_draw(&official, &page, &b);
    for (uint32_t y = 0; y < b.height; y++)
        for (uint32_t x = 0; x < b.width / 2 - 40; x++)
            memcpy(b.rgba.data + ((size_t)b.width * y + x) * 4, "\x18\x18\x1c\xff",
                   x % 12 < 8 ? 4 : 0);
    struct yx_comparison found = compare(&filed, &b, NULL);
    assert_true(found.hidden > YX_COMPARE_HIDDEN);
    assert_false(found.same);
}

/* --- The picture of the difference ---------------------------------------------------------- */

struct colours {
    size_t grey, red, blue;
};

static struct colours count_colours(const struct yx_raster *raster)
{
    struct colours out = {0};
    for (size_t i = 0; i < raster->rgba.len; i += 4) {
        const uint8_t *p = raster->rgba.data + i;
        assert_int_equal(p[3], 255);
        out.grey += p[0] > 80 && p[0] < 140 && p[0] == p[1] && p[1] == p[2];
        out.red += p[0] > 200 && p[1] < 90 && p[2] < 90;
        out.blue += p[2] > 200 && p[0] < 90 && p[1] < 140;
    }
    return out;
}

static void test_difference(void **state)
{
    static const struct stamp_page page = {PAGE, .angle = 50, .transparent = true};
    YX_CLEAN(yx_raster) struct yx_raster b = {0};
    YX_CLEAN(yx_raster) struct yx_raster same = {0};
    YX_CLEAN(yx_raster) struct yx_raster different = {0};
    (void)state;
    stamp_draw(&official, &page, &b);
    assert_true(compare(&filed, &b, &same).same);
    struct colours colours = count_colours(&same);
    assert_true(colours.grey > 50000 && colours.red < 50 && colours.blue < 50);
    yx_raster_free(&b);
    stamp_draw(&others[0].seal, &page, &b);
    assert_false(compare(&filed, &b, &different).same);
    colours = count_colours(&different);
    assert_true(colours.grey > 50000 && colours.red > 300 && colours.blue > 300);
    assert_true(colours.red + colours.blue < 5000);
}

/* --- Refusals ------------------------------------------------------------------------------- */

static void expect_refused(const struct stamp_seal *seal, const struct stamp_page *page, double mm)
{
    YX_CLEAN(yx_raster) struct yx_raster b = {0};
    const struct yx_compare_request request = {.size = mm};
    struct yx_comparison out;
    struct yx_error err = {0};
    stamp_draw(seal, page, &b);
    const struct yx_impression one = {&filed, 0}, other = {&b, 0};
    expect_status(yx_raster_compare(&one, &other, &request, &out, NULL, &err), YX_REFUSED, &err);
    expect_status(yx_raster_compare(&other, &one, &request, &out, NULL, &err), YX_REFUSED, &err);
}

static void test_refused(void **state)
{
    static const struct stamp_page away = {PAGE, .scale = 0.0001};
    static const struct stamp_page tiny = {.width = 80, .height = 80, .dpi = 40, .x = 40, .y = 40};
    (void)state;
    expect_refused(&official, &away, 0);
    expect_refused(&official, &tiny, 0);
}

static void test_requests(void **state)
{
    static const struct yx_compare_request bad[] = {
        {.size = 3},         {.size = 101},      {.size = NAN},
        {.tolerance = 0.01}, {.tolerance = 0.6}, {.agreement = 1.1},
        {.agreement = -1},   {.likeness = 2},    {.likeness = -0.5}};
    struct yx_comparison out;
    struct yx_error err = {0};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_status(yx_impression_compare(YX_TEXT("x"), YX_TEXT("x"), &bad[i], &out, NULL, &err),
                      YX_USAGE, &err);
    const struct yx_compare_request usual = {0};
    expect_status(yx_impression_compare(YX_TEXT("x"), YX_TEXT("x"), &usual, &out, NULL, &err),
                  YX_REFUSED, &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same),       cmocka_unit_test(test_different),
        cmocka_unit_test(test_square),     cmocka_unit_test(test_weakest),
        cmocka_unit_test(test_sizes),      cmocka_unit_test(test_hidden),
        cmocka_unit_test(test_difference), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_requests),
    };
    return cmocka_run_group_tests(tests, draw_filed, free_filed);
}
