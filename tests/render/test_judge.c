/* SPDX-License-Identifier: Apache-2.0 */
/* test_judge.c - the judge judged: what the eye takes for the same is the same, and what it does
 * not is not. */
#include "support.h"

#include "judge.h"

enum { WIDE = 120, HIGH = 80 };

/* A picture with a box, a line and dots; `paint` changes it. */
struct scene {
    double line;       /* where the line is, in pixels */
    double line_width; /* in pixels */
    int box[3];        /* its colour */
    int dots;          /* of 3 x 3 pixels */
    int soft;          /* edges smoothed over more pixels */
};

static double covered(double from, double to, int pixel, int soft)
{
    double low = from - soft / 2.0, high = to + soft / 2.0;
    double start = low > pixel ? low : pixel, end = high < pixel + 1 ? high : pixel + 1;

    return end > start ? (end - start) * (to - from) / (high - low) : 0;
}

static struct yx_raster draw(const struct scene *scene)
{
    struct yx_raster raster = {0};

    assert_int_equal(yx_raster_start(&raster, WIDE, HIGH, NULL), YX_OK);
    memset(raster.rgba.data, 255, raster.rgba.len);
    for (int y = 0; y < HIGH; y++)
        for (int x = 0; x < WIDE; x++) {
            uint8_t *pixel = raster.rgba.data + ((size_t)y * WIDE + (size_t)x) * 4;
            double ink = covered(scene->line, scene->line + scene->line_width, y, scene->soft);
            bool in_box = x >= 10 && x < 40 && y >= 10 && y < 30;
            bool in_dot = y >= 60 && y < 63 && x >= 10 && x < 10 + 10 * scene->dots && x % 10 < 3;

            for (int c = 0; c < 3; c++) {
                if (in_box)
                    pixel[c] = (uint8_t)scene->box[c];
                if (in_dot)
                    pixel[c] = 0;
                pixel[c] = (uint8_t)(pixel[c] * (1 - ink));
            }
        }
    return raster;
}

static const struct scene plain = {45, 1, {200, 30, 30}, 5, 0};

static struct judgement compared(const struct scene *scene)
{
    YX_CLEAN(yx_raster) struct yx_raster got = draw(scene);
    YX_CLEAN(yx_raster) struct yx_raster want = draw(&plain);

    return judge(&got, &want);
}

static void test_same(void **state)
{
    struct judgement got = compared(&plain);

    (void)state;
    assert_true(got.near == 0 && got.wide == 0);
}

/* Smoothed otherwise, a sixth of a pixel aside, a shade that nobody sees. */
static void test_tolerated(void **state)
{
    static const struct {
        const char *name;
        struct scene scene;
    } cases[] = {
        {"aside", {45.16, 1, {200, 30, 30}, 5, 0}},
        {"soft", {45, 1, {200, 30, 30}, 5, 1}},
        {"shade", {45, 1, {202, 31, 28}, 5, 0}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct judgement got = compared(&cases[i].scene);

        if (!judged_same(&got, &same_renderer))
            fail_msg("%s: %.1f %.1f", cases[i].name, got.near, got.wide);
    }
}

static void test_noticed(void **state)
{
    static const struct {
        const char *name;
        struct scene scene;
    } cases[] = {
        {"the line moved by two pixels", {47, 1, {200, 30, 30}, 5, 0}},
        {"no line", {45, 0, {200, 30, 30}, 5, 0}},
        {"the line is twice as wide", {45, 2, {200, 30, 30}, 5, 0}},
        {"another red", {45, 1, {180, 30, 30}, 5, 0}},
        {"green for red", {45, 1, {30, 200, 30}, 5, 0}},
        {"grey for red", {45, 1, {99, 99, 99}, 5, 0}},
        {"no box", {45, 1, {255, 255, 255}, 5, 0}},
        {"a dot is missing", {45, 1, {200, 30, 30}, 4, 0}},
        {"a dot too many", {45, 1, {200, 30, 30}, 6, 0}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct judgement got = compared(&cases[i].scene);

        if (judged_same(&got, &same_renderer) || judged_same(&got, &other_renderer))
            fail_msg("%s: %.1f %.1f", cases[i].name, got.near, got.wide);
    }
}

/* Renderers may put a thin line on the next pixel; we may not. */
static void test_a_pixel(void **state)
{
    static const struct scene moved = {46, 1, {200, 30, 30}, 5, 0};
    struct judgement got = compared(&moved);

    (void)state;
    assert_false(judged_same(&got, &same_renderer));
    assert_true(judged_same(&got, &other_renderer));
}

/* What shows through is seen over white paper. */
static void test_alpha(void **state)
{
    YX_CLEAN(yx_raster) struct yx_raster clear = draw(&plain);
    YX_CLEAN(yx_raster) struct yx_raster paper = draw(&plain);
    struct judgement got;

    (void)state;
    for (size_t i = 0; i < clear.rgba.len; i += 4)
        if (memcmp(clear.rgba.data + i, "\xFF\xFF\xFF", 3) == 0)
            memset(clear.rgba.data + i, 0, 4);
    got = judge(&clear, &paper);
    assert_true(got.near == 0 && got.wide == 0);
}

static void test_sizes(void **state)
{
    YX_CLEAN(yx_raster) struct yx_raster whole = draw(&plain);
    YX_CLEAN(yx_raster) struct yx_raster part = draw(&plain);
    struct judgement got;

    (void)state;
    part.height--;
    got = judge(&part, &whole);
    assert_false(judged_same(&got, &other_renderer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same),    cmocka_unit_test(test_tolerated),
        cmocka_unit_test(test_noticed), cmocka_unit_test(test_a_pixel),
        cmocka_unit_test(test_alpha),   cmocka_unit_test(test_sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
