/* SPDX-License-Identifier: Apache-2.0 */
/* Where stamps stand: geometry that can be checked with a ruler. */
#include "support.h"

#include <math.h>

#include "seal/seal.h"

/* --- A document of blank pages and words ------------------------------------------------- */

struct word {
    uint32_t page;
    const char *text;
    struct yx_box box;
};

struct paper {
    double width, height;
    double growth; /* every page is so much larger than the one before */
    const struct word *words;
    size_t word_count;
    uint32_t asked; /* the last page that was searched */
    bool broken;
};

static yx_status size(void *self, uint32_t page, double *width, double *height,
                      struct yx_error *err)
{
    const struct paper *paper = self;
    if (paper->broken)
        return yx_fail(err, YX_DAMAGED, "", "the page is broken");
    *width = paper->width + paper->growth * (page - 1);
    *height = paper->height + paper->growth * (page - 1);
    return YX_OK;
}

static yx_status find(void *self, uint32_t page, const char *keyword,
                      bool (*found)(void *context, const struct yx_box *box), void *context,
                      struct yx_error *err)
{
    struct paper *paper = self;
    (void)err;
    paper->asked = page;
    for (size_t i = 0; i < paper->word_count; i++)
        if (paper->words[i].page == page && strcmp(paper->words[i].text, keyword) == 0 &&
            !found(context, &paper->words[i].box))
            break;
    return YX_OK;
}

static struct yx_pages pages_of(struct paper *paper, uint32_t count)
{
    return (struct yx_pages){count, paper, size, find};
}

#define NEAR(a, b) (fabs((a) - (b)) < 1e-6)

static void expect_box(const struct yx_box *got, double x, double y, double width, double height)
{
    if (!NEAR(got->x, x) || !NEAR(got->y, y) || !NEAR(got->width, width) ||
        !NEAR(got->height, height))
        fail_msg("box %f %f %f %f, expected %f %f %f %f", got->x, got->y, got->width, got->height,
                 x, y, width, height);
}

static void expect_refusal(struct paper *paper, uint32_t count, const struct yx_placement *p,
                           double width, double height, yx_status status, const char *saying)
{
    struct yx_error err = {0};
    char text[600];
    YX_CLEAN(yx_stamps) struct yx_stamps stamps = {0};
    struct yx_pages pages = pages_of(paper, count);
    expect_status(yx_place(&pages, p, width, height, &stamps, &err), status, &err);
    yx_message_render(&err.message, NULL, text, sizeof text);
    if (strstr(text, saying) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", text, saying);
    assert_int_equal(stamps.count, 0);
}

/* --- Point ------------------------------------------------------------------------------- */

static void test_points(void **state)
{
    (void)state;
    static const struct {
        double page_width, page_height, width, height;
        struct yx_placement placement;
        uint32_t first, last; /* expected pages of 5 */
        double x, y;          /* expected corner */
    } cases[] = {
        /* 20 mm from the right and the bottom edge, on the last page */
        {210, 297, 40, 40, {.kind = YX_PLACE_POINT}, 5, 5, 150, 237},
        {210, 297, 42, 30, {.first_page = 2, .last_page = 4}, 2, 4, 148, 247},
        {210, 297, 40, 40, {.has_point = true, .x = 100, .y = 50}, 5, 5, 80, 30},
        {210,
         297,
         40,
         40,
         {.first_page = 1, .last_page = 5, .has_point = true, .x = 20, .y = 20},
         1,
         5,
         0,
         0},
        {210, 297, 40, 40, {.has_point = true, .x = 190, .y = 277}, 5, 5, 170, 257},
        /* less on small pages */
        {70, 50, 40, 40, {.kind = YX_PLACE_POINT}, 5, 5, 15, 5},
        {40, 40, 40, 40, {.kind = YX_PLACE_POINT}, 5, 5, 0, 0},
        {80, 200, 40, 40, {.kind = YX_PLACE_POINT}, 5, 5, 20, 140},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct paper paper = {.width = cases[i].page_width, .height = cases[i].page_height};
        struct yx_pages pages = pages_of(&paper, 5);
        struct yx_error err = {0};
        YX_CLEAN(yx_stamps) struct yx_stamps stamps = {0};
        expect_ok(
            yx_place(&pages, &cases[i].placement, cases[i].width, cases[i].height, &stamps, &err),
            &err);
        assert_int_equal(stamps.count, cases[i].last - cases[i].first + 1);
        for (size_t s = 0; s < stamps.count; s++) {
            assert_int_equal(stamps.items[s].page, cases[i].first + s);
            assert_false(stamps.items[s].has_clip);
            expect_box(&stamps.items[s].box, cases[i].x, cases[i].y, cases[i].width,
                       cases[i].height);
        }
    }
}

static void test_point_refusals(void **state)
{
    (void)state;
    static const struct {
        struct yx_placement placement;
        double width, height;
        yx_status status;
        const char *saying;
    } cases[] = {
        {{.has_point = true, .x = 211, .y = 50}, 40, 40, YX_REFUSED, "210.0 mm long"},
        {{.has_point = true, .x = 50, .y = 500}, 40, 40, YX_REFUSED, "20.0 to 277.0 mm"},
        {{.has_point = true, .x = 19.9, .y = 50}, 40, 40, YX_REFUSED, "would leave page 3"},
        {{.has_point = true, .x = -5, .y = 50}, 40, 40, YX_REFUSED, "-5.0 mm"},
        {{.has_point = true, .x = NAN, .y = 50}, 40, 40, YX_REFUSED, "not on any page"},
        {{.has_point = true, .x = 50, .y = INFINITY}, 40, 40, YX_REFUSED, "not on any page"},
        {{.has_point = true, .x = 1e300, .y = 50}, 40, 40, YX_REFUSED, "not on any page"},
        {{.kind = YX_PLACE_POINT}, 211, 40, YX_REFUSED, "does not fit on page 3 (210.0 x 297.0"},
        {{.kind = YX_PLACE_POINT}, 0, 40, YX_REFUSED, "no sensible size"},
        {{.kind = YX_PLACE_POINT}, 40, NAN, YX_REFUSED, "no sensible size"},
        {{.kind = YX_PLACE_POINT}, 40, -1, YX_REFUSED, "no sensible size"},
        {{.kind = YX_PLACE_POINT}, INFINITY, 40, YX_REFUSED, "no sensible size"},
        {{.first_page = 4, .last_page = 4}, 40, 40, YX_REFUSED, "pages 1 to 3"},
        {{.first_page = 2, .last_page = 4}, 40, 40, YX_REFUSED, "pages 1 to 3"},
        {{.first_page = 2, .last_page = 1}, 40, 40, YX_REFUSED, "pages 1 to 3"},
        {{.first_page = 0, .last_page = 2}, 40, 40, YX_REFUSED, "pages 1 to 3"},
        {{.first_page = 2, .last_page = 0}, 40, 40, YX_REFUSED, "pages 1 to 3"},
        {{.kind = (yx_place_kind)9}, 40, 40, YX_USAGE, "no such kind"},
    };
    struct paper paper = {.width = 210, .height = 297};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_refusal(&paper, 3, &cases[i].placement, cases[i].width, cases[i].height,
                       cases[i].status, cases[i].saying);
    struct yx_placement usual = {.kind = YX_PLACE_POINT};
    expect_refusal(&paper, 0, &usual, 40, 40, YX_REFUSED, "no pages");
    paper.broken = true;
    expect_refusal(&paper, 3, &usual, 40, 40, YX_DAMAGED, "broken");
    static const double odd[] = {0, -1, NAN, INFINITY, 1e9};
    for (size_t i = 0; i < 5; i++) {
        struct paper strange = {.width = odd[i], .height = 297};
        expect_refusal(&strange, 3, &usual, 40, 40, YX_DAMAGED, "no sensible size");
    }
}

/* The first pages are fine, a later one is not: nothing is left behind. */
static void test_all_or_nothing(void **state)
{
    (void)state;
    struct paper paper = {.width = 210, .height = 297, .growth = -60};
    struct yx_pages pages = pages_of(&paper, 4);
    struct yx_placement last = {.first_page = 1, .last_page = 1};
    struct yx_placement all = {.first_page = 1, .last_page = 4};
    struct yx_error err = {0};
    YX_CLEAN(yx_stamps) struct yx_stamps stamps = {0};
    expect_ok(yx_place(&pages, &last, 40, 40, &stamps, &err), &err);
    expect_status(yx_place(&pages, &all, 40, 40, &stamps, &err), YX_REFUSED, &err);
    assert_int_equal(stamps.count, 1);
    expect_ok(yx_place(&pages, &last, 40, 40, &stamps, &err), &err);
    assert_int_equal(stamps.count, 2);
}

/* --- Keyword ----------------------------------------------------------------------------- */

static const struct word words[] = {
    {2, "盖章", {100, 100, 20, 10}}, {2, "盖章", {50, 200, 20, 10}}, {3, "盖章", {0, 0, 10, 5}},
    {3, "盖章", {200, 290, 10, 7}},  {3, "签字", {30, 30, 10, 5}},   {4, "无处", {NAN, 1, 1, 1}},
};

static void test_keywords(void **state)
{
    (void)state;
    struct paper paper = {.width = 210, .height = 297, .words = words, .word_count = 6};
    struct yx_pages pages = pages_of(&paper, 4);
    struct yx_error err = {0};
    YX_CLEAN(yx_stamps) struct yx_stamps stamps = {0};
    struct yx_placement p = {.kind = YX_PLACE_KEYWORD, .keyword = "盖章"};
    expect_ok(yx_place(&pages, &p, 40, 30, &stamps, &err), &err);
    assert_int_equal(stamps.count, 1);
    assert_int_equal(stamps.items[0].page, 2);
    expect_box(&stamps.items[0].box, 90, 90, 40, 30);
    assert_int_equal(paper.asked, 2); /* no further than needed */

    stamps.count = 0;
    p.all_matches = true;
    expect_ok(yx_place(&pages, &p, 40, 30, &stamps, &err), &err);
    assert_int_equal(stamps.count, 4);
    expect_box(&stamps.items[1].box, 40, 190, 40, 30);
    expect_box(&stamps.items[2].box, 0, 0, 40, 30); /* moved onto the page */
    expect_box(&stamps.items[3].box, 170, 267, 40, 30);

    stamps.count = 0;
    p.first_page = p.last_page = 3;
    expect_ok(yx_place(&pages, &p, 40, 30, &stamps, &err), &err);
    assert_int_equal(stamps.count, 2);
}

static void test_keyword_refusals(void **state)
{
    (void)state;
    struct paper paper = {.width = 210, .height = 297, .words = words, .word_count = 6};
    struct yx_placement p = {.kind = YX_PLACE_KEYWORD, .keyword = "没有"};
    expect_refusal(&paper, 4, &p, 40, 30, YX_REFUSED,
                   "\"没有\" does not occur on the pages 1 to 4");
    p.keyword = "盖章";
    p.first_page = p.last_page = 1;
    expect_refusal(&paper, 4, &p, 40, 30, YX_REFUSED, "does not occur on the pages 1 to 1");
    p.first_page = p.last_page = 4;
    p.keyword = "无处"; /* a box that stands nowhere */
    expect_refusal(&paper, 4, &p, 40, 30, YX_REFUSED, "does not occur");
    p.keyword = "";
    expect_refusal(&paper, 4, &p, 40, 30, YX_USAGE, "empty");
    p.keyword = NULL;
    expect_refusal(&paper, 4, &p, 40, 30, YX_USAGE, "empty");
    p.keyword = "盖章";
    expect_refusal(&paper, 4, &p, 220, 30, YX_REFUSED, "does not fit on page 4");
}

/* A page that claims the word without end. */
static yx_status find_forever(void *self, uint32_t page, const char *keyword,
                              bool (*found)(void *context, const struct yx_box *box), void *context,
                              struct yx_error *err)
{
    (void)self, (void)page, (void)keyword, (void)err;
    static const struct yx_box box = {10, 10, 5, 5};
    while (found(context, &box))
        ;
    return YX_OK;
}

static void test_endless_matches(void **state)
{
    (void)state;
    struct paper paper = {.width = 210, .height = 297};
    struct yx_pages pages = {1, &paper, size, find_forever};
    struct yx_placement p = {.kind = YX_PLACE_KEYWORD, .keyword = "章", .all_matches = true};
    struct yx_error err = {0};
    YX_CLEAN(yx_stamps) struct yx_stamps stamps = {0};
    expect_status(yx_place(&pages, &p, 10, 10, &stamps, &err), YX_REFUSED, &err);
    assert_int_equal(stamps.count, 0);
}

/* --- Seam -------------------------------------------------------------------------------- */

/* By hand: 40 mm over 4 pages of A4, and the formula for every edge. */
static void test_seam_table(void **state)
{
    (void)state;
    static const struct {
        yx_edge edge;
        uint32_t page;
        struct yx_box box, clip;
    } cases[] = {
        {YX_EDGE_RIGHT, 1, {200, 128.5, 40, 40}, {0, 0, 10, 40}},
        {YX_EDGE_RIGHT, 2, {190, 128.5, 40, 40}, {10, 0, 10, 40}},
        {YX_EDGE_RIGHT, 4, {170, 128.5, 40, 40}, {30, 0, 10, 40}},
        {YX_EDGE_LEFT, 1, {0, 128.5, 40, 40}, {0, 0, 10, 40}},
        {YX_EDGE_LEFT, 4, {-30, 128.5, 40, 40}, {30, 0, 10, 40}},
        {YX_EDGE_TOP, 1, {85, 0, 40, 40}, {0, 0, 40, 10}},
        {YX_EDGE_TOP, 3, {85, -20, 40, 40}, {0, 20, 40, 10}},
        {YX_EDGE_BOTTOM, 1, {85, 287, 40, 40}, {0, 0, 40, 10}},
        {YX_EDGE_BOTTOM, 4, {85, 257, 40, 40}, {0, 30, 40, 10}},
    };
    struct paper paper = {.width = 210, .height = 297};
    struct yx_pages pages = pages_of(&paper, 4);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct yx_placement p = {.kind = YX_PLACE_SEAM, .edge = cases[i].edge};
        struct yx_error err = {0};
        YX_CLEAN(yx_stamps) struct yx_stamps stamps = {0};
        expect_ok(yx_place(&pages, &p, 40, 40, &stamps, &err), &err);
        assert_int_equal(stamps.count, 4);
        const struct yx_stamp *stamp = &stamps.items[cases[i].page - 1];
        const struct yx_box *box = &cases[i].box;
        const struct yx_box *clip = &cases[i].clip;
        assert_true(stamp->has_clip);
        expect_box(&stamp->box, box->x, box->y, box->width, box->height);
        expect_box(&stamp->clip, clip->x, clip->y, clip->width, clip->height);
    }
}

/* Put side by side, the strips are the whole seal, and each touches its edge. */
static void check_coverage(yx_edge edge, uint32_t n, double width, double height, double growth)
{
    struct paper paper = {.width = 210.1, .height = 296.9, .growth = growth};
    struct yx_pages pages = pages_of(&paper, n + 2);
    struct yx_placement p = {
        .kind = YX_PLACE_SEAM, .edge = edge, .first_page = 2, .last_page = n + 1};
    struct yx_error err = {0};
    YX_CLEAN(yx_stamps) struct yx_stamps stamps = {0};
    expect_ok(yx_place(&pages, &p, width, height, &stamps, &err), &err);
    assert_int_equal(stamps.count, n);
    bool upright = edge == YX_EDGE_LEFT || edge == YX_EDGE_RIGHT;
    double end = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct yx_stamp *s = &stamps.items[i];
        double page_width = 0, page_height = 0;
        assert_int_equal(s->page, i + 2);
        assert_int_equal(size(&paper, s->page, &page_width, &page_height, NULL), YX_OK);
        double start = upright ? s->clip.x : s->clip.y;
        assert_true(start == end || fabs(start - end) < 1e-12 * width * n); /* no lost column */
        end = start + (upright ? s->clip.width : s->clip.height);
        assert_true(end > start);
        assert_true(NEAR(upright ? s->clip.height : s->clip.width, upright ? height : width));
        double shown_x = s->box.x + s->clip.x;
        double shown_y = s->box.y + s->clip.y;
        if (edge == YX_EDGE_LEFT)
            assert_true(NEAR(shown_x, 0));
        if (edge == YX_EDGE_RIGHT)
            assert_true(NEAR(shown_x + s->clip.width, page_width));
        if (edge == YX_EDGE_TOP)
            assert_true(NEAR(shown_y, 0));
        if (edge == YX_EDGE_BOTTOM)
            assert_true(NEAR(shown_y + s->clip.height, page_height));
        assert_true(shown_x > -1e-6 && shown_x + s->clip.width < page_width + 1e-6);
        assert_true(shown_y > -1e-6 && shown_y + s->clip.height < page_height + 1e-6);
    }
    assert_true(fabs(end - (upright ? width : height)) < 1e-9);
}

static void test_seam_coverage(void **state)
{
    (void)state;
    for (uint32_t n = 2; n <= 100; n++)
        for (int edge = YX_EDGE_LEFT; edge <= (int)YX_EDGE_BOTTOM; edge++) {
            check_coverage((yx_edge)edge, n, 42, 40, 0);
            check_coverage((yx_edge)edge, n, 33.3, 44.7, 1.7); /* pages of different sizes */
        }
    check_coverage(YX_EDGE_RIGHT, 20000, 40, 40, 0); /* narrow strips are allowed */
}

static void test_seam_along(void **state)
{
    (void)state;
    struct paper paper = {.width = 210, .height = 297};
    struct yx_pages pages = pages_of(&paper, 3);
    struct yx_error err = {0};
    YX_CLEAN(yx_stamps) struct yx_stamps stamps = {0};
    struct yx_placement p = {
        .kind = YX_PLACE_SEAM, .edge = YX_EDGE_RIGHT, .has_point = true, .x = 9999, .y = 60};
    expect_ok(yx_place(&pages, &p, 30, 40, &stamps, &err), &err);
    expect_box(&stamps.items[0].box, 200, 40, 30, 40);
    stamps.count = 0;
    p.edge = YX_EDGE_TOP;
    p.x = 100;
    expect_ok(yx_place(&pages, &p, 30, 40, &stamps, &err), &err);
    assert_true(NEAR(stamps.items[0].box.x, 85));
}

static void test_seam_refusals(void **state)
{
    (void)state;
    struct paper paper = {.width = 210, .height = 297};
    struct yx_placement p = {.kind = YX_PLACE_SEAM, .edge = YX_EDGE_RIGHT};
    expect_refusal(&paper, 1, &p, 40, 40, YX_REFUSED, "at least 2 pages");
    p.first_page = p.last_page = 2;
    expect_refusal(&paper, 3, &p, 40, 40, YX_REFUSED, "at least 2 pages");
    p.first_page = 1;
    p.last_page = 4;
    expect_refusal(&paper, 3, &p, 40, 40, YX_REFUSED, "pages 1 to 3");
    p.last_page = 3;
    expect_refusal(&paper, 3, &p, 40, 298, YX_REFUSED, "does not fit");
    p.has_point = true;
    p.y = 10;
    expect_refusal(&paper, 3, &p, 40, 40, YX_REFUSED, "20.0 to 277.0");
    p.y = 290;
    expect_refusal(&paper, 3, &p, 40, 40, YX_REFUSED, "would leave page 1");
    p.y = NAN;
    expect_refusal(&paper, 3, &p, 40, 40, YX_REFUSED, "not on any page");
    p.has_point = false;
    p.edge = (yx_edge)7;
    expect_refusal(&paper, 3, &p, 40, 40, YX_USAGE, "no such edge");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_points),           cmocka_unit_test(test_point_refusals),
        cmocka_unit_test(test_all_or_nothing),   cmocka_unit_test(test_keywords),
        cmocka_unit_test(test_keyword_refusals), cmocka_unit_test(test_endless_matches),
        cmocka_unit_test(test_seam_table),       cmocka_unit_test(test_seam_coverage),
        cmocka_unit_test(test_seam_along),       cmocka_unit_test(test_seam_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
