/* SPDX-License-Identifier: Apache-2.0 */
/* test_turned.c - keywords inside longer words of a PDF, however the words and the page are turned.
 */
#include "support.h"

#include <math.h>

#include "document/document.h"
#include "pdf_odd.h"

/* Where the word starts on the page, and how far from there the middle of KEY is, in points. */
enum { START_X = 300, START_Y = 400, ALONG = 20, WIDTH = 595, HEIGHT = 842 };

struct match {
    struct yx_report_stamp stamp;
    unsigned count;
};

static void note(void *context, const struct yx_report_stamp *stamp)
{
    struct match *match = context;

    match->stamp = *stamp;
    match->count++;
}

/* The page of pdf_odd.h with another text; `matrix` turns it. */
static void make(int rotate, const char *matrix, const char *word, struct yx_buf *out)
{
    static const char old[] = "BT /F1 24 Tf 72 720 Td (A contract, page by page.) Tj ET";
    char page[80], line[sizeof old];
    uint8_t *at;

    snprintf(page, sizeof page, "/MediaBox [0 0 %d %d] /Rotate %d", WIDTH, HEIGHT, rotate);
    odd_make(&(struct odd_options){.page = page}, out);
    at = memmem(out->data, out->len, old, sizeof old - 1);
    assert_non_null(at);
    int len = snprintf(line, sizeof line, "BT/F1 20 Tf %s %d %d Tm(%s)Tj ET", matrix, START_X,
                       START_Y, word);
    assert_in_range(len, 1, (int)sizeof line - 1);
    memset(at, ' ', sizeof old - 1);
    memcpy(at, line, (size_t)len);
}

static struct match find(const struct yx_buf *pdf, const char *keyword)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_document) struct yx_document *document = NULL;
    struct match match = {.count = 0};
    struct yx_placement placement = {
        .kind = YX_PLACE_KEYWORD, .keyword = keyword, .all_matches = true};
    struct yx_error err;

    expect_ok(yx_source_borrow(yx_buf_bytes(pdf), &source, &err), &err);
    expect_ok(yx_document_open(source, 0, &document, &err), &err);
    expect_ok(yx_document_place(document, &placement, 10, 10, note, &match, &err), &err);
    return match;
}

static void expect_middle(const struct match *match, double x, double y, const char *what)
{
    double at_x = (match->stamp.x + match->stamp.width / 2) * 72 / 25.4;
    double at_y = (match->stamp.y + match->stamp.height / 2) * 72 / 25.4;

    if (fabs(at_x - x) > 12 || fabs(at_y - y) > 12)
        fail_msg("%s: at %.1f, %.1f and not at %.1f, %.1f", what, at_x, at_y, x, y);
}

static bool has_pdftotext(void)
{
    return system("command -v pdftotext >/dev/null 2>&1") == 0;
}

/* A page that is turned clockwise: a point from the lower left corner becomes one from the upper
 * left corner as it is shown. */
static void show(int rotate, double x, double y, double *shown_x, double *shown_y)
{
    *shown_x = rotate == 0 ? x : rotate == 90 ? y : rotate == 180 ? WIDTH - x : HEIGHT - y;
    *shown_y = rotate == 0 ? HEIGHT - y : rotate == 90 ? x : rotate == 180 ? y : WIDTH - x;
}

static const struct {
    const char *matrix;
    int x, y; /* the direction of writing on the page */
} turns[] = {{"1 0 0 1", 1, 0}, {"0 1 -1 0", 0, 1}, {"-1 0 0 -1", -1, 0}, {"0 -1 1 0", 0, -1}};

static void every_turn(void **state)
{
    (void)state;
    if (!has_pdftotext())
        skip();
    for (int rotate = 0; rotate < 360; rotate += 90)
        for (size_t i = 0; i < sizeof turns / sizeof turns[0]; i++) {
            YX_CLEAN(yx_buf) struct yx_buf pdf = {0};
            char what[80];
            double x, y;

            make(rotate, turns[i].matrix, "KEYomegaomega", &pdf);
            struct match match = find(&pdf, "KEY");
            snprintf(what, sizeof what, "%s on a page turned by %d", turns[i].matrix, rotate);
            assert_int_equal(match.count, 1);
            show(rotate, START_X + ALONG * turns[i].x, START_Y + ALONG * turns[i].y, &x, &y);
            expect_middle(&match, x, y, what);
        }
}

/* The whole word stands where it stands, and of words that begin as they end each part is found. */
static void whole_words_and_repetitions(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf whole = {0};
    YX_CLEAN(yx_buf) struct yx_buf twice = {0};
    struct match match;

    (void)state;
    if (!has_pdftotext())
        skip();
    make(0, "-1 0 0 -1", "KEYomegaomega", &whole);
    match = find(&whole, "KEYomegaomega");
    assert_int_equal(match.count, 1);
    expect_middle(&match, START_X - 81, HEIGHT - START_Y, "the whole word");
    make(0, "1 0 0 1", "KEYKEY", &twice);
    match = find(&twice, "KEY");
    assert_int_equal(match.count, 2);
    expect_middle(&match, START_X + 60, HEIGHT - START_Y, "the second of two");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_turn),
        cmocka_unit_test(whole_words_and_repetitions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
