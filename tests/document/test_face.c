/* SPDX-License-Identifier: Apache-2.0 */
/* test_face.c - the same questions to an OFD and a PDF: pages, text, places, both halves of a
 * signature; and what one of them refuses. */
#include "support.h"

#include "document/document.h"
#include "fixture.h"

/* --- Documents ---------------------------------------------------------------------------- */

/* Pages that share a line of text. `page` are entries of every page. */
static void make_pdf(unsigned pages, const char *page, struct yx_buf *out)
{
    static const char line[] = "BT /F1 20 Tf 100 700 Td (Party A \\(seal\\) here) Tj ET";
    size_t offsets[80];
    unsigned count = 0;

    assert_in_range(pages, 1, 70);
    assert_int_equal(yx_buf_printf(out, "%%PDF-1.7\n"), YX_OK);
#define OBJECT(...)                                                       \
    do {                                                                  \
        offsets[count++] = out->len;                                      \
        assert_int_equal(yx_buf_printf(out, "%u 0 obj\n", count), YX_OK); \
        assert_int_equal(yx_buf_printf(out, __VA_ARGS__), YX_OK);         \
        assert_int_equal(yx_buf_append_text(out, "\nendobj\n"), YX_OK);   \
    } while (0)
    OBJECT("<< /Type /Catalog /Pages 2 0 R >>");
    OBJECT("<< /Type /Pages /Count %u /Kids [", pages);
    out->len -= strlen("\nendobj\n");
    for (unsigned i = 0; i < pages; i++)
        assert_int_equal(yx_buf_printf(out, " %u 0 R", 5 + i), YX_OK);
    assert_int_equal(yx_buf_append_text(out, " ] >>\nendobj\n"), YX_OK);
    OBJECT("<< /Length %zu >>\nstream\n%s\nendstream", sizeof line - 1, line);
    OBJECT("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
    for (unsigned i = 0; i < pages; i++)
        OBJECT("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 3 0 R "
               "/Resources << /Font << /F1 4 0 R >> >> %s >>",
               page);
    size_t xref = out->len;
    assert_int_equal(yx_buf_printf(out, "xref\n0 %u\n0000000000 65535 f \n", count + 1), YX_OK);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(yx_buf_printf(out, "%010zu 00000 n \n", offsets[i]), YX_OK);
    assert_int_equal(yx_buf_printf(out,
                                   "trailer\n<< /Size %u /Root 1 0 R >>\nstartxref\n%zu\n%%%%EOF\n",
                                   count + 1, xref),
                     YX_OK);
#undef OBJECT
}

/* An opened document with what it stands on. */
struct opened {
    struct yx_buf bytes;
    struct yx_source *source;
    struct yx_document *document;
};

static void opened_close(struct opened *opened)
{
    yx_document_free(opened->document);
    yx_source_free(opened->source);
    yx_buf_free(&opened->bytes);
}
YX_DEFINE_CLEAN_VALUE(opened, struct opened, opened_close);

static void open_bytes(struct opened *opened)
{
    struct yx_error err;

    expect_ok(yx_source_borrow(yx_buf_bytes(&opened->bytes), &opened->source, &err), &err);
    expect_ok(yx_document_open(opened->source, 0, &opened->document, &err), &err);
}

static void open_pdf(struct opened *opened, unsigned pages, const char *page)
{
    make_pdf(pages, page, &opened->bytes);
    open_bytes(opened);
}

static void open_ofd(struct opened *opened, unsigned pages)
{
    struct yx_error err;

    expect_ok(fixture_pages(pages, &opened->bytes, &err), &err);
    open_bytes(opened);
}

static bool has_pdftotext(void)
{
    return system("command -v pdftotext >/dev/null 2>&1") == 0;
}

static void expect_near(double got, double want)
{
    if (got < want - 0.2 || got > want + 0.2)
        fail_msg("%f, expected %f", got, want);
}

/* --- Looking inside ----------------------------------------------------------------------- */

static void pages_of_either(void **state)
{
    YX_CLEAN(opened) struct opened ofd = {0}, pdf = {0}, turned = {0};
    struct yx_error err;
    uint32_t count;
    double width, height;

    (void)state;
    open_ofd(&ofd, 3);
    open_pdf(&pdf, 2, "");
    open_pdf(&turned, 1, "/Rotate 90 /CropBox [0 0 300 800]");
    assert_int_equal(yx_document_format(ofd.document), YX_FORMAT_OFD);
    assert_int_equal(yx_document_format(pdf.document), YX_FORMAT_PDF);
    expect_ok(yx_document_page_count(ofd.document, &count, &err), &err);
    assert_int_equal(count, 3);
    expect_ok(yx_document_page_count(pdf.document, &count, &err), &err);
    assert_int_equal(count, 2);
    expect_ok(yx_document_page_size(ofd.document, 3, &width, &height, &err), &err);
    expect_near(width, 210);
    expect_ok(yx_document_page_size(turned.document, 1, &width, &height, &err), &err);
    expect_near(width, 800 * 25.4 / 72);
    expect_near(height, 300 * 25.4 / 72);
    assert_int_not_equal(yx_document_page_size(ofd.document, 4, &width, &height, &err), YX_OK);
    assert_int_not_equal(yx_document_page_size(pdf.document, 3, &width, &height, &err), YX_OK);
}

static void what_is_no_document(void **state)
{
    YX_CLEAN(opened) struct opened pdf = {0};
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    struct yx_document *document = NULL;
    struct yx_error err;

    (void)state;
    expect_ok(yx_source_borrow(YX_TEXT("hello"), &source, &err), &err);
    expect_status(yx_document_open(source, 0, &document, &err), YX_DAMAGED, &err);
    open_pdf(&pdf, 1, "");
    expect_status(yx_document_open(pdf.source, 2, &document, &err), YX_REFUSED, &err);
    assert_null(document);
}

/* --- Text and places ---------------------------------------------------------------------- */

static bool collect(void *context, const struct yx_text_box *box)
{
    struct yx_buf *text = context;

    return yx_buf_printf(text, "%s|", box->text) == YX_OK;
}

static void text_of_either(void **state)
{
    YX_CLEAN(opened) struct opened ofd = {0}, pdf = {0};
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    struct yx_error err;

    (void)state;
    open_ofd(&ofd, 1);
    expect_ok(yx_document_page_text(ofd.document, 1, collect, &text, &err), &err);
    assert_true(yx_bytes_are(yx_buf_bytes(&text), "甲方盖章|"));
    if (!has_pdftotext())
        skip();
    open_pdf(&pdf, 70, "");
    /* More pages than are read at once, forth and back. */
    for (uint32_t page = 70; page > 0; page -= 23) {
        yx_buf_free(&text);
        expect_ok(yx_document_page_text(pdf.document, page, collect, &text, &err), &err);
        assert_true(yx_bytes_are(yx_buf_bytes(&text), "Party|A|(seal)|here|"));
        if (page < 23)
            break;
    }
    assert_int_not_equal(yx_document_page_text(pdf.document, 71, collect, &text, &err), YX_OK);
}

struct stamps {
    unsigned count;
    struct yx_report_stamp last;
};

static void note(void *context, const struct yx_report_stamp *stamp)
{
    struct stamps *stamps = context;

    stamps->count++;
    stamps->last = *stamp;
}

static struct stamps place(const struct opened *opened, const struct yx_placement *placement)
{
    struct stamps stamps = {0};
    struct yx_error err;

    expect_ok(yx_document_place(opened->document, placement, 20, 10, note, &stamps, &err), &err);
    return stamps;
}

static void places_in_either(void **state)
{
    YX_CLEAN(opened) struct opened ofd = {0}, pdf = {0};
    struct yx_placement point = {.has_point = true, .x = 50, .y = 60};
    struct yx_placement seam = {.kind = YX_PLACE_SEAM, .edge = YX_EDGE_RIGHT};
    struct yx_placement nowhere = {.has_point = true, .x = 5000, .y = 60};
    struct stamps stamps;
    struct yx_error err;

    (void)state;
    open_ofd(&ofd, 2);
    open_pdf(&pdf, 2, "");
    stamps = place(&pdf, &point);
    assert_int_equal(stamps.last.page, 2);
    expect_near(stamps.last.x, 40);
    expect_near(stamps.last.y, 55);
    stamps = place(&ofd, &seam);
    assert_int_equal(stamps.count, 2);
    assert_true(stamps.last.has_clip);
    expect_near(stamps.last.clip_x, 200);
    expect_near(stamps.last.clip_width, 10);
    expect_status(yx_document_place(pdf.document, &nowhere, 20, 10, note, &stamps, &err),
                  YX_REFUSED, &err);
}

/* Where the middle of a keyword is on the page as a reader shows it. */
static void keywords_in_pdf(void **state)
{
    static const struct {
        const char *page, *keyword;
        double x, y; /* the middle, points */
    } cases[] = {
        {"", "(seal)", 196, 95},
        {"", "Party A", 133, 95}, /* over two words */
        {"", "A(se", 174, 95},    /* into a word */
        {"", "al", 204, 95},      /* inside of one */
        {"/UserUnit 2", "(seal)", 392, 190},
        {"/CropBox [50 100 550 750]", "(seal)", 146, 45},
        {"/Rotate 90", "(seal)", 705, 196},
        {"/Rotate 270", "(seal)", 95, 404},
        {"/Rotate 180", "(seal)", 404, 705},
    };

    (void)state;
    if (!has_pdftotext())
        skip();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(opened) struct opened pdf = {0};
        struct yx_placement placement = {.kind = YX_PLACE_KEYWORD, .keyword = cases[i].keyword};
        struct stamps stamps;
        double x, y;

        open_pdf(&pdf, 1, cases[i].page);
        stamps = place(&pdf, &placement);
        x = (stamps.last.x + 10) * 72 / 25.4;
        y = (stamps.last.y + 5) * 72 / 25.4;
        if (x < cases[i].x - 6 || x > cases[i].x + 6 || y < cases[i].y - 4 || y > cases[i].y + 4)
            fail_msg("%s on %s: %f, %f", cases[i].keyword, cases[i].page, x, y);
    }
}

static void keywords_refused(void **state)
{
    YX_CLEAN(opened) struct opened pdf = {0};
    struct yx_placement placement = {.kind = YX_PLACE_KEYWORD, .keyword = "nowhere"};
    struct stamps stamps = {0};
    struct yx_error err;

    (void)state;
    if (!has_pdftotext())
        skip();
    open_pdf(&pdf, 1, "");
    expect_status(yx_document_place(pdf.document, &placement, 20, 10, note, &stamps, &err),
                  YX_REFUSED, &err);
    placement.keyword = " ";
    expect_status(yx_document_place(pdf.document, &placement, 20, 10, note, &stamps, &err),
                  YX_USAGE, &err);
    placement.keyword = "\xff";
    expect_status(yx_document_place(pdf.document, &placement, 20, 10, note, &stamps, &err),
                  YX_USAGE, &err);
}

/* --- Signing ------------------------------------------------------------------------------ */

static struct yx_sign_request request_of(const struct fixture *fixture,
                                         const struct yx_placement *placement)
{
    return (struct yx_sign_request){
        .seal = yx_buf_bytes(&fixture->seal),
        .signer = fixture->pki.holder.cert,
        .placements = placement,
        .placement_count = 1,
    };
}

static void expect_valid(const struct fixture *fixture, struct yx_sink *sink, yx_format format)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    struct yx_verify_options options = {.trust = fixture->pki.trust};
    struct yx_error err;

    expect_ok(yx_sink_reread(sink, &source, &err), &err);
    expect_ok(yx_verify(source, &options, &report, &err), &err);
    assert_int_equal(report->format, format);
    assert_int_equal(report->result, YX_VALID);
    assert_non_null(report->signatures);
    assert_non_null(report->signatures->seal);
    assert_non_null(report->signatures->stamps);
}

static void sign_at_once(const struct fixture *fixture, const struct opened *opened,
                         yx_format format)
{
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_placement placement = {0};
    struct yx_sign_request request = request_of(fixture, &placement);
    struct yx_signer signer = pki_signer(&fixture->pki.holder);
    struct stamps stamps = {0};
    struct yx_error err;

    request.stamped = note;
    request.stamped_context = &stamps;
    expect_ok(yx_sink_memory(&out, &sink, &err), &err);
    expect_ok(yx_document_sign(opened->document, &request, &signer, sink, &err), &err);
    assert_int_equal(stamps.count, 1);
    expect_valid(fixture, sink, format);
}

static void sign_in_halves(const struct fixture *fixture, const struct opened *opened,
                           yx_format format)
{
    YX_CLEAN(yx_buf) struct yx_buf out = {0}, plan = {0}, to_be_signed = {0}, value = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_placement placement = {0};
    struct yx_sign_request request = request_of(fixture, &placement);
    struct yx_signer signer = pki_signer(&fixture->pki.holder);
    struct yx_error err;

    expect_ok(yx_document_prepare(opened->document, &request, &plan, &to_be_signed, &err), &err);
    expect_ok(signer.sign(signer.self, YX_SIG_SM2_SM3, yx_buf_bytes(&to_be_signed), &value, &err),
              &err);
    expect_ok(yx_sink_memory(&out, &sink, &err), &err);
    value.data[value.len - 1] ^= 1;
    expect_status(yx_document_finish(opened->document, yx_buf_bytes(&plan), yx_buf_bytes(&value),
                                     NULL, sink, &err),
                  YX_REFUSED, &err);
    assert_int_equal(out.len, 0);
    value.data[value.len - 1] ^= 1;
    expect_ok(yx_document_finish(opened->document, yx_buf_bytes(&plan), yx_buf_bytes(&value), NULL,
                                 sink, &err),
              &err);
    expect_valid(fixture, sink, format);
}

static void signing_either(void **state)
{
    YX_CLEAN(fixture) struct fixture fixture = {0};
    YX_CLEAN(opened) struct opened ofd = {0}, pdf = {0};
    struct yx_error err;

    (void)state;
    expect_ok(fixture_open(&fixture, pki_picture(), &err), &err);
    open_ofd(&ofd, 2);
    open_pdf(&pdf, 2, "");
    sign_at_once(&fixture, &ofd, YX_FORMAT_OFD);
    sign_at_once(&fixture, &pdf, YX_FORMAT_PDF);
    sign_in_halves(&fixture, &ofd, YX_FORMAT_OFD);
    sign_in_halves(&fixture, &pdf, YX_FORMAT_PDF);
}

static yx_status no_stamp(void *self, yx_digest_algorithm algorithm, struct yx_bytes digest,
                          struct yx_buf *token, struct yx_error *err)
{
    (void)self;
    (void)algorithm;
    (void)digest;
    (void)token;
    return yx_fail(err, YX_INTERNAL, "", "never asked");
}

/* An OFD does not pretend to do what it cannot. */
static void what_only_pdf_can_do(void **state)
{
    YX_CLEAN(fixture) struct fixture fixture = {0};
    YX_CLEAN(opened) struct opened ofd = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0}, plan = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_timestamper stamper = {YX_DIGEST_SM3, no_stamp, NULL};
    struct yx_placement placement = {0};
    struct yx_sign_request requests[5];
    struct yx_signer signer;
    struct yx_error err;

    (void)state;
    expect_ok(fixture_open(&fixture, pki_picture(), &err), &err);
    open_ofd(&ofd, 1);
    signer = pki_signer(&fixture.pki.holder);
    expect_ok(yx_sink_memory(&out, &sink, &err), &err);
    for (size_t i = 0; i < 5; i++)
        requests[i] = request_of(&fixture, &placement);
    requests[0].reason = "a";
    requests[1].location = "a";
    requests[2].field = "a";
    requests[3].level = YX_PADES_T; /* and nobody who stamps */
    requests[4].level = YX_PADES_LT;
    requests[4].timestamper = &stamper;
    for (size_t i = 0; i < 5; i++) {
        expect_status(yx_document_sign(ofd.document, &requests[i], &signer, sink, &err), YX_REFUSED,
                      &err);
        expect_status(yx_document_prepare(ofd.document, &requests[i], &plan, &plan, &err),
                      YX_REFUSED, &err);
    }
    expect_status(
        yx_document_extend(ofd.document, YX_PADES_LT, fixture.pki.trust, NULL, sink, &err),
        YX_REFUSED, &err);
    assert_int_equal(out.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_of_either), cmocka_unit_test(what_is_no_document),
        cmocka_unit_test(text_of_either),  cmocka_unit_test(places_in_either),
        cmocka_unit_test(keywords_in_pdf), cmocka_unit_test(keywords_refused),
        cmocka_unit_test(signing_either),  cmocka_unit_test(what_only_pdf_can_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
