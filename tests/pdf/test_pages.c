/* SPDX-License-Identifier: Apache-2.0 */
/* test_pages.c - pages as a reader shows them: boxes, what is inherited, rotation, units. */
#include "support.h"

#include <locale.h>
#include <math.h>

#include "pdf_odd.h"

struct opened {
    struct yx_buf bytes;
    struct yx_source *source;
    struct yx_pdf *pdf;
};

static void opened_close(struct opened *opened)
{
    yx_pdf_free(opened->pdf);
    yx_source_free(opened->source);
    yx_buf_free(&opened->bytes);
}
YX_DEFINE_CLEAN_VALUE(opened, struct opened, opened_close);

static void open_named(const char *name, struct opened *out)
{
    struct yx_error err = {0};
    odd_named(name, &out->bytes);
    expect_ok(yx_source_borrow(yx_buf_bytes(&out->bytes), &out->source, &err), &err);
    expect_ok(yx_pdf_open(out->source, &out->pdf, &err), &err);
}

/* In points. */
static void expect_size(const char *name, uint32_t page, double width, double height)
{
    struct yx_error err = {0};
    YX_CLEAN(opened) struct opened opened = {0};
    open_named(name, &opened);
    double w, h;
    expect_ok(yx_pdf_page_size(opened.pdf, page, &w, &h, &err), &err);
    if (fabs(w * 72 / 25.4 - width) > 0.001 || fabs(h * 72 / 25.4 - height) > 0.001)
        fail_msg("%s: %g x %g points", name, w * 72 / 25.4, h * 72 / 25.4);
}

static void test_sizes(void **state)
{
    (void)state;
    expect_size("table", 1, 595.28, 841.89);
    expect_size("rotated 90", 1, 841.89, 595.28);
    expect_size("rotated 180", 1, 595.28, 841.89);
    expect_size("rotated 270", 1, 841.89, 595.28);
    expect_size("rotated -90", 1, 841.89, 595.28);
    expect_size("inherited boxes", 2, 500, 300);
    expect_size("negative origin", 1, 595, 842);
    expect_size("corners swapped", 1, 595, 842);
    expect_size("box through references", 1, 595.5, 842.5);
    expect_size("CropBox beyond the MediaBox", 1, 300, 841.89);
    expect_size("UserUnit", 1, 595.28 * 2.5, 841.89 * 2.5);
    expect_size("2,000 pages", 2000, 595.28, 841.89);
    expect_size("hybrid", 3, 595.28, 841.89);
}

static void expect_box(const double box[4], double left, double bottom, double right, double top)
{
    const double want[4] = {left, bottom, right, top};
    for (int i = 0; i < 4; i++)
        assert_true(fabs(box[i] - want[i]) < 1e-9);
}

static void test_what_is_inherited(void **state)
{
    (void)state;
    YX_CLEAN(opened) struct opened boxes = {0}, levels = {0};
    open_named("inherited boxes", &boxes);
    assert_int_equal(yx_pdf_page_count(boxes.pdf), 2);
    expect_box(boxes.pdf->pages[0].media, 0, 0, 400, 600);
    expect_box(boxes.pdf->pages[1].crop, 50, 50, 350, 550);
    assert_int_equal(boxes.pdf->pages[1].rotate, 90);
    /* What one branch of the tree says does not reach the other. */
    open_named("two levels", &levels);
    assert_int_equal(levels.pdf->pages[0].ref.id, 10);
    assert_int_equal(levels.pdf->pages[0].rotate, 0);
    assert_int_equal(levels.pdf->pages[1].ref.id, 11);
    assert_int_equal(levels.pdf->pages[1].rotate, 180);
}

static void test_rotation_is_normalised(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int rotate;
    } cases[] = {{"table", 0},         {"rotated 90", 90},   {"rotated 180", 180},
                 {"rotated 270", 270}, {"rotated -90", 270}, {"negative origin", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(opened) struct opened opened = {0};
        open_named(cases[i].name, &opened);
        assert_int_equal(opened.pdf->pages[0].rotate, cases[i].rotate);
    }
}

static void test_annots_of_their_own(void **state)
{
    (void)state;
    YX_CLEAN(opened) struct opened direct = {0}, indirect = {0};
    open_named("empty Annots", &direct);
    assert_int_equal(direct.pdf->pages[0].annots.id, 0);
    open_named("indirect Annots", &indirect);
    assert_int_equal(indirect.pdf->pages[0].annots.id, 5);
}

static void test_no_such_page(void **state)
{
    (void)state;
    struct yx_error err = {0};
    YX_CLEAN(opened) struct opened opened = {0};
    open_named("table", &opened);
    double width, height;
    expect_status(yx_pdf_page_size(opened.pdf, 0, &width, &height, &err), YX_USAGE, &err);
    expect_status(yx_pdf_page_size(opened.pdf, 2, &width, &height, &err), YX_USAGE, &err);
}

/* Numbers are read and written with a point, whatever the locale of the program. */
static void test_numbers_do_not_follow_the_locale(void **state)
{
    (void)state;
    static const char *const locales[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", NULL};
    const char *set = NULL;
    for (size_t i = 0; set == NULL && locales[i] != NULL; i++)
        set = setlocale(LC_ALL, locales[i]);
    expect_size("table", 1, 595.28, 841.89);
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    assert_int_equal(yx_pdf_put_number(&text, 12.5), YX_OK);
    assert_true(yx_bytes_are(yx_buf_bytes(&text), "12.5"));
    setlocale(LC_ALL, "C");
    if (set == NULL)
        print_message("no locale with a decimal comma is installed\n");
}

/* --- Our own syntax ------------------------------------------------------------------------ */

static void expect_number(double number, const char *want)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    assert_int_equal(yx_pdf_put_number(&text, number), YX_OK);
    if (!yx_bytes_are(yx_buf_bytes(&text), want))
        fail_msg("%.*s, expected %s", (int)text.len, (const char *)text.data, want);
}

static void test_numbers(void **state)
{
    (void)state;
    expect_number(0, "0");
    expect_number(-0.00001, "0");
    expect_number(1, "1");
    expect_number(-1, "-1");
    expect_number(0.5, "0.5");
    expect_number(-0.25, "-0.25");
    expect_number(841.8898, "841.8898");
    expect_number(1.00006, "1.0001");
    expect_number(119.0551181, "119.0551");
    struct yx_buf text = {0};
    assert_int_not_equal(yx_pdf_put_number(&text, NAN), YX_OK);
    assert_int_not_equal(yx_pdf_put_number(&text, INFINITY), YX_OK);
    assert_int_not_equal(yx_pdf_put_number(&text, 1e300), YX_OK);
    assert_int_equal(text.len, 0);
}

static void expect_text(const char *utf8, const char *want)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    assert_int_equal(yx_pdf_put_text(&text, utf8), YX_OK);
    assert_true(yx_bytes_are(yx_buf_bytes(&text), want));
}

static void test_text(void **state)
{
    (void)state;
    expect_text("", "<>");
    expect_text("A(b)\\", "<412862295C>");
    expect_text("\xE5\x8D\xB0\xE7\xAB\xA0", "<FEFF53707AE0>"); /* 印章 */
    expect_text("x\xF0\xA0\x80\x80", "<FEFF0078D840DC00>");    /* U+20000 */
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    assert_int_equal(yx_pdf_put_name(&name, "/A b/(\xE5"), YX_OK);
    assert_true(yx_bytes_are(yx_buf_bytes(&name), "/A#20b#2F#28#E5"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_what_is_inherited),
        cmocka_unit_test(test_rotation_is_normalised),
        cmocka_unit_test(test_annots_of_their_own),
        cmocka_unit_test(test_no_such_page),
        cmocka_unit_test(test_numbers_do_not_follow_the_locale),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
