/* SPDX-License-Identifier: Apache-2.0 */
/* test_view.c - pages of OFD and PDF documents as pictures: their size, where things stand, what is
 * too much, and what is kept. */
#include "support.h"

#include "fixture.h"
#include "page/page.h"
#include "pdf_odd.h"
#include "tools.h"

/* --- Drawing ------------------------------------------------------------------------------ */

struct drawn {
    yx_status status;
    char words[600];
    struct yx_buf bytes;
};

static void drawn_free(struct drawn *drawn)
{
    yx_buf_free(&drawn->bytes);
}
YX_DEFINE_CLEAN_VALUE(drawn, struct drawn, drawn_free);

static struct drawn draw(const struct yx_buf *document, uint32_t page, yx_draw_format format,
                         const struct yx_page_options *options)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct drawn out = {.words = ""};
    struct yx_error err = {0};

    expect_ok(yx_source_borrow(yx_buf_bytes(document), &source, &err), &err);
    expect_ok(yx_sink_memory(&out.bytes, &sink, &err), &err);
    out.status = yx_page_draw(source, page, format, options, sink, &err);
    if (out.status != YX_OK)
        yx_message_render(&err.message, NULL, out.words, sizeof out.words);
    return out;
}

static void expect_refused(const struct yx_buf *document, uint32_t page, yx_draw_format format,
                           const struct yx_page_options *options, yx_status status,
                           const char *words)
{
    YX_CLEAN(drawn) struct drawn drawn = draw(document, page, format, options);

    if (drawn.status != status || strstr(drawn.words, words) == NULL)
        fail_msg("%d, %s", (int)drawn.status, drawn.words);
}

static void expect_size(const struct yx_buf *document, const struct yx_page_options *options,
                        uint32_t width, uint32_t height)
{
    YX_CLEAN(drawn) struct drawn drawn = draw(document, 1, YX_DRAW_PNG, options);
    YX_CLEAN(yx_raster) struct yx_raster raster = {0};
    struct yx_error err;

    if (drawn.status != YX_OK)
        fail_msg("%s", drawn.words);
    expect_ok(yx_png_decode(yx_buf_bytes(&drawn.bytes), &raster, &err), &err);
    if (raster.width + 1 < width || raster.width > width + 1 || raster.height + 1 < height ||
        raster.height > height + 1)
        fail_msg("%u x %u, expected %u x %u", raster.width, raster.height, width, height);
    if (options->longest > 0)
        assert_int_equal(raster.width > raster.height ? raster.width : raster.height,
                         options->longest);
}

static void make_pdf(const char *page, struct yx_buf *out)
{
    odd_make(&(struct odd_options){.page = page}, out);
}

static bool has_pdftocairo(void)
{
    return system("command -v pdftocairo >/dev/null 2>&1") == 0;
}

static void need_pdftocairo(void)
{
    if (!has_pdftocairo()) {
        print_message("skipped: pdftocairo is not installed\n");
        skip();
    }
}

/* --- Sizes -------------------------------------------------------------------------------- */

static void sizes_of_an_ofd(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf ofd = {0};
    struct yx_error err;

    (void)state;
    expect_ok(fixture_pages(2, &ofd, &err), &err);
    expect_size(&ofd, &(struct yx_page_options){.dpi = 96}, 794, 1123);
    expect_size(&ofd, &(struct yx_page_options){.longest = 200}, 141, 200);
    expect_size(&ofd, &(struct yx_page_options){.longest = 1}, 1, 1);
}

/* CropBox, Rotate and UserUnit, as yx_document_page_size has them. */
static void sizes_of_a_pdf(void **state)
{
    static const struct {
        const char *page;
        uint32_t width, height; /* at 72 dots per inch */
    } pages[] = {
        {ODD_A4, 595, 842},
        {"/MediaBox [0 0 600 800] /CropBox [100 100 400 200]", 300, 100},
        {"/MediaBox [0 0 600 800] /Rotate 90", 800, 600},
        {"/MediaBox [0 0 600 800] /Rotate 270 /CropBox [0 0 300 800]", 800, 300},
        {"/MediaBox [0 0 300 400] /UserUnit 2", 600, 800},
        {"/MediaBox [-10 -20 290 380]", 300, 400},
    };

    (void)state;
    need_pdftocairo();
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        YX_CLEAN(yx_buf) struct yx_buf pdf = {0};
        bool is_wide = pages[i].width > pages[i].height;
        uint32_t longer = is_wide ? pages[i].width : pages[i].height;

        make_pdf(pages[i].page, &pdf);
        expect_size(&pdf, &(struct yx_page_options){.dpi = 72}, pages[i].width, pages[i].height);
        expect_size(&pdf, &(struct yx_page_options){.longest = 120}, 120 * pages[i].width / longer,
                    120 * pages[i].height / longer);
    }
}

/* --- Ink ---------------------------------------------------------------------------------- */

static bool note_box(void *context, const struct yx_text_box *box)
{
    *(struct yx_text_box *)context = *box;
    return false;
}

/* How dark the picture is inside the box, or outside of it. */
static unsigned long ink(const struct yx_raster *raster, const struct yx_text_box *box, double dpi,
                         bool inside)
{
    unsigned long sum = 0;

    for (uint32_t y = 0; y < raster->height; y++)
        for (uint32_t x = 0; x < raster->width; x++) {
            double right = x * 25.4 / dpi, down = y * 25.4 / dpi;
            bool is_in = right > box->x - 1 && right < box->x + box->width + 1 &&
                         down > box->y - 1 && down < box->y + box->height + 1;

            if (is_in == inside)
                sum += 255u - raster->rgba.data[((size_t)y * raster->width + x) * 4];
        }
    return sum;
}

/* The page has one line of text: all ink is in its box, within a millimetre. */
static void text_boxes_are_where_the_ink_is(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf pdf = {0};
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_document) struct yx_document *document = NULL;
    YX_CLEAN(yx_raster) struct yx_raster raster = {0};
    struct yx_page_options options = {.dpi = 100};
    struct yx_text_box first, last = {0};
    struct yx_error err;

    (void)state;
    need_pdftocairo();
    make_pdf(ODD_A4, &pdf);
    YX_CLEAN(drawn) struct drawn drawn = draw(&pdf, 1, YX_DRAW_PNG, &options);
    expect_ok(yx_png_decode(yx_buf_bytes(&drawn.bytes), &raster, &err), &err);
    expect_ok(yx_source_borrow(yx_buf_bytes(&pdf), &source, &err), &err);
    expect_ok(yx_document_open(source, 0, &document, &err), &err);
    expect_ok(yx_document_page_text(document, 1, note_box, &first, &err), &err);
    last = first;
    last.width = 210 - first.x; /* the words behind it stand on the same line */
    assert_true(ink(&raster, &last, 100, true) > 1000);
    assert_int_equal(ink(&raster, &last, 100, false), 0);
    /* 72 points from the left; the base line 720 from the bottom. */
    assert_true(first.x > 72 * 25.4 / 72 - 1 && first.x < 72 * 25.4 / 72 + 1);
    assert_true(first.y < (841.89 - 720) * 25.4 / 72 &&
                first.y + first.height > (841.89 - 720) * 25.4 / 72);
}

/* --- Too much ----------------------------------------------------------------------------- */

static void what_is_too_large(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf huge = {0}, larger = {0}, ofd = {0};
    struct yx_page_options usual = {0}, fine = {.dpi = 4800}, finer = {.dpi = 4801};
    struct yx_error err;

    (void)state;
    make_pdf("/MediaBox [0 0 14400 14400]", &huge);
    make_pdf("/MediaBox [0 0 14401 14400]", &larger);
    expect_ok(fixture_pages(1, &ofd, &err), &err);
    expect_refused(&huge, 1, YX_DRAW_PNG, &usual, YX_REFUSED, "30000 x 30000 pixels, and at most");
    expect_refused(&larger, 1, YX_DRAW_PNG, &usual, YX_REFUSED, "0 to 5080 millimetres");
    expect_refused(&larger, 1, YX_DRAW_SVG, &usual, YX_REFUSED, "0 to 5080 millimetres");
    expect_refused(&ofd, 1, YX_DRAW_PNG, &fine, YX_REFUSED, "pixels, and at most 67108864");
    expect_refused(&ofd, 1, YX_DRAW_PNG, &finer, YX_REFUSED, "at most 4800 dots");
    if (has_pdftocairo())
        expect_size(&huge, &(struct yx_page_options){.longest = 100}, 100, 100);
}

static void what_cannot_be_drawn(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf pdf = {0}, ofd = {0}, neither = {0};
    struct yx_page_options usual = {0}, second = {.document = 2};
    struct yx_error err;

    (void)state;
    make_pdf(ODD_A4, &pdf);
    expect_ok(fixture_pages(1, &ofd, &err), &err);
    assert_int_equal(yx_buf_append(&neither, YX_TEXT("neither")), YX_OK);
    expect_refused(&neither, 1, YX_DRAW_PNG, &usual, YX_DAMAGED, "neither an OFD nor a PDF");
    expect_refused(&pdf, 1, YX_DRAW_PDF, &usual, YX_REFUSED, "is a PDF already");
    expect_refused(&pdf, 1, YX_DRAW_PNG, &second, YX_REFUSED, "no document 2");
    expect_refused(&pdf, 2, YX_DRAW_PNG, &usual, YX_USAGE, "no page 2");
    expect_refused(&ofd, 2, YX_DRAW_PNG, &usual, YX_REFUSED, "no page 2");
    pdf.len /= 2;
    expect_refused(&pdf, 1, YX_DRAW_PNG, &usual, YX_DAMAGED, "");
}

/* An annotation that uses a form six times, which uses another six times, and so on: the last one
 * paints all of the page some ninety times. */
static void what_takes_too_long(void **state)
{
    static const char six[] = "<< /Type /XObject /Subtype /Form /BBox [0 0 600 800] /Resources "
                              "<< /XObject << /F %u 0 R >> >> /Length 36 >>\nstream\n"
                              "/F Do /F Do /F Do /F Do /F Do /F Do \nendstream";
    YX_CLEAN(yx_buf) struct yx_buf pdf = {0}, painted = {0};
    struct odd_options options = {
        .page = "/MediaBox [0 0 600 800] /Annots [<< /Type /Annot /Subtype /Stamp /F 4 "
                "/Rect [0 0 600 800] /AP << /N 5 0 R >> >>]"};
    char forms[4][300];

    (void)state;
    need_pdftocairo();
    for (unsigned i = 0; i < 4; i++) {
        (void)snprintf(forms[i], sizeof forms[i], six, i + 6);
        options.extra[i] = forms[i];
    }
    assert_int_equal(yx_buf_append_text(&painted, "<< /Type /XObject /Subtype /Form "
                                                  "/BBox [0 0 600 800] /Length 3150 >>\nstream\n"),
                     YX_OK);
    for (int i = 0; i < 90; i++)
        assert_int_equal(yx_buf_append_text(&painted, "0 0 m 600 800 l 0 800 l 600 9 l B* "),
                         YX_OK);
    assert_int_equal(yx_buf_append(&painted, YX_BYTES("\nendstream", 11)), YX_OK);
    options.extra[4] = (char *)painted.data;
    odd_make(&options, &pdf);
    expect_refused(&pdf, 1, YX_DRAW_PNG, &(struct yx_page_options){.milliseconds = 900}, YX_DAMAGED,
                   "within 1 seconds");
}

/* --- Many pages --------------------------------------------------------------------------- */

static void the_last_of_ten_thousand(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf pdf = {0};
    struct yx_page_options small = {.longest = 60};

    (void)state;
    need_pdftocairo();
    odd_make(&(struct odd_options){.pages = 10000}, &pdf);
    YX_CLEAN(drawn) struct drawn last = draw(&pdf, 10000, YX_DRAW_PNG, &small);
    if (last.status != YX_OK)
        fail_msg("%s", last.words);
    expect_refused(&pdf, 10001, YX_DRAW_PNG, &small, YX_USAGE, "no page 10001");
}

/* --- The cache ---------------------------------------------------------------------------- */

/* With the cache no program is needed for what was drawn once; another page, or the same of
 * another document, is drawn. */
static void kept_pages_are_not_drawn_again(void **state)
{
    YX_CLEAN(yx_page_cache) struct yx_page_cache *cache = NULL;
    YX_CLEAN(yx_buf) struct yx_buf pdf = {0}, other = {0};
    char *path = strdup(getenv("PATH"));
    struct yx_page_options options = {.dpi = 30};
    struct yx_error err;

    (void)state;
    need_pdftocairo();
    expect_ok(yx_page_cache_new(1u << 20, &cache, &err), &err);
    options.cache = cache;
    odd_make(&(struct odd_options){.pages = 2}, &pdf);
    odd_make(&(struct odd_options){.pages = 3}, &other);
    YX_CLEAN(drawn) struct drawn first = draw(&pdf, 1, YX_DRAW_PNG, &options);
    assert_int_equal(setenv("PATH", "", 1), 0);
    YX_CLEAN(drawn) struct drawn again = draw(&pdf, 1, YX_DRAW_PNG, &options);
    expect_refused(&pdf, 2, YX_DRAW_PNG, &options, YX_REFUSED, "pdftocairo is not installed");
    expect_refused(&other, 1, YX_DRAW_PNG, &options, YX_REFUSED, "pdftocairo is not installed");
    assert_int_equal(setenv("PATH", path, 1), 0);
    free(path);
    assert_int_equal(again.status, YX_OK);
    assert_true(yx_bytes_equal(yx_buf_bytes(&first.bytes), yx_buf_bytes(&again.bytes)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_of_an_ofd),
        cmocka_unit_test(sizes_of_a_pdf),
        cmocka_unit_test(text_boxes_are_where_the_ink_is),
        cmocka_unit_test(what_is_too_large),
        cmocka_unit_test(what_cannot_be_drawn),
        cmocka_unit_test(what_takes_too_long),
        cmocka_unit_test(the_last_of_ten_thousand),
        cmocka_unit_test(kept_pages_are_not_drawn_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
