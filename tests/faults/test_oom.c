/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_oom.c - memory runs out at every place where the library asks for some. The linker sends
 * its malloc, calloc, realloc and strdup here (see meson.build); the n-th request fails, and all
 * after it too in a second round. Never a crash, never another answer than YX_NO_MEMORY or the
 * right one. Leaks are the sanitizer build's to see. What qpdf asks for itself is left alone: its C
 * interface lets bad_alloc through (docs/decisions-pdf.md).
 */
#include "support.h"

#include "pdf_odd.h"

#include "fixture.h"
#include "ofd/ofd.h"
#include "pdf/pdf.h"
#include "starve.h"

static struct fixture fixture;
static struct yx_buf paper, sealed, signed_twice, signed_plain, pdf, sealed_pdf;
static yx_time now;

/* --- Jobs: what is tried; each gives bytes that do not depend on the run ------------------ */

static yx_status make_seal(struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_seal) struct yx_seal *seal = NULL;
    YX_TRY(fixture_seal(&fixture, pki_picture(), &der, err));
    YX_TRY(yx_seal_from_der(yx_buf_bytes(&der), &seal, err));
    if (yx_buf_append(out, yx_seal_info(seal)->name) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

/* A face in SVG as the operators of a PDF. */
static yx_status draw_face(struct yx_buf *out, struct yx_error *err)
{
    static const char svg[] =
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><style>.a{stroke:red}</style>"
        "<clipPath id='c'><circle r='3'/></clipPath><g id='g' clip-path='url(#c)'>"
        "<path class='a' style='fill:blue' d='M0 0h4a2 2 0 0 1 3 3z' opacity='1'/></g>"
        "<use href='#g' transform='rotate(9)'/></svg>";
    YX_CLEAN(yx_image) struct yx_image image = {0};
    YX_TRY(yx_image_read(YX_TEXT(svg), &image, err));
    if (yx_buf_append(out, yx_buf_bytes(&image.form)) != YX_OK ||
        yx_buf_append(out, yx_buf_bytes(&image.samples)) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

static yx_status report(struct yx_bytes file, struct yx_buf *out, struct yx_error *err)
{
    struct yx_verify_options options = {.trust = fixture.pki.trust, .at = now};
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_report) struct yx_report *found = NULL;
    YX_TRY(yx_source_borrow(file, &source, err));
    YX_TRY(yx_verify(source, &options, &found, err));
    return yx_report_json(found, "file", NULL, out, err);
}

static yx_status verify(struct yx_buf *out, struct yx_error *err)
{
    return report(yx_buf_bytes(&signed_twice), out, err);
}

static yx_status verify_plain(struct yx_buf *out, struct yx_error *err)
{
    return report(yx_buf_bytes(&signed_plain), out, err);
}

struct reading {
    struct yx_buf *out;
    bool failed;
};

static bool append_text(void *self, const struct yx_text_box *box)
{
    struct reading *reading = self;
    reading->failed = yx_buf_append_text(reading->out, box->text) != YX_OK;
    return !reading->failed;
}

static yx_status read_text(struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_ofd) struct yx_ofd *ofd = NULL;
    struct reading reading = {.out = out};
    YX_TRY(yx_source_borrow(yx_buf_bytes(&paper), &source, err));
    YX_TRY(yx_ofd_open(source, &ofd, err));
    YX_TRY(yx_ofd_page_text(ofd, 1, 2, append_text, &reading, err));
    return reading.failed ? yx_fail_memory(err) : YX_OK;
}

static yx_status verify_seal(struct yx_buf *out, struct yx_error *err)
{
    return report(yx_buf_bytes(&fixture.seal), out, err);
}

static yx_status seal_into(struct yx_bytes in, const struct yx_ofd_request *request,
                           struct yx_buf *document, struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    YX_TRY(yx_source_borrow(in, &source, err));
    YX_TRY(yx_sink_memory(document, &sink, err));
    struct yx_signer signer = pki_signer(&fixture.pki.holder);
    YX_TRY(yx_ofd_sign(source, request, &signer, sink, err));
    return yx_sink_commit(sink, err);
}

static const struct yx_placement by_word = {.kind = YX_PLACE_KEYWORD, .keyword = "盖章"};
static const struct yx_placement seam = {.kind = YX_PLACE_SEAM, .edge = YX_EDGE_RIGHT};

/* What a job that wrote a document must show: it verifies. Checked with all memory back. */
static yx_status must_be_valid(struct yx_bytes document, struct yx_buf *out, struct yx_error *err)
{
    bool was_for_good = for_good;
    for_good = false;
    unsigned long was = countdown;
    countdown = 0;
    struct yx_verify_options options = {.trust = fixture.pki.trust};
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_report) struct yx_report *found = NULL;
    yx_status status = yx_source_borrow(document, &source, err);
    if (status == YX_OK)
        status = yx_verify(source, &options, &found, err);
    if (status == YX_OK)
        status = yx_buf_append_text(out, yx_result_name(found->result));
    countdown = was;
    for_good = was_for_good;
    return status;
}

static yx_status seal_document(struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf document = {0};
    struct yx_ofd_request request = fixture_request(&fixture, &by_word);
    request.trust = fixture.pki.trust;
    YX_TRY(seal_into(yx_buf_bytes(&paper), &request, &document, err));
    return must_be_valid(yx_buf_bytes(&document), out, err);
}

static yx_status seal_again(struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf document = {0};
    struct yx_ofd_request request = fixture_request(&fixture, &seam);
    request.close = true;
    YX_TRY(seal_into(yx_buf_bytes(&sealed), &request, &document, err));
    return must_be_valid(yx_buf_bytes(&document), out, err);
}

static yx_status sign_plainly(struct yx_buf *document, struct yx_error *err)
{
    struct yx_ofd_request request = fixture_request(&fixture, NULL);
    request.seal = (struct yx_bytes){0};
    request.placement_count = 0;
    return seal_into(yx_buf_bytes(&paper), &request, document, err);
}

static yx_status sign_document(struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf document = {0};
    YX_TRY(sign_plainly(&document, err));
    return must_be_valid(yx_buf_bytes(&document), out, err);
}

/* --- The same with PDF -------------------------------------------------------------------- */

static yx_status seal_pdf_into(struct yx_buf *document, struct yx_error *err)
{
    struct yx_signer signer = pki_signer(&fixture.pki.holder);
    struct yx_pdf_request request = {
        .seal = yx_buf_bytes(&fixture.seal),
        .signer = fixture.pki.holder.cert,
        .algorithm = signer.algorithm,
        .placements = &seam,
        .placement_count = 1,
        .trust = fixture.pki.trust,
    };
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    YX_TRY(yx_source_borrow(yx_buf_bytes(&pdf), &source, err));
    YX_TRY(yx_sink_memory(document, &sink, err));
    YX_TRY(yx_pdf_sign(source, &request, &signer, sink, err));
    return yx_sink_commit(sink, err);
}

static yx_status seal_pdf(struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf document = {0};
    YX_TRY(seal_pdf_into(&document, err));
    return must_be_valid(yx_buf_bytes(&document), out, err);
}

static yx_status verify_pdf(struct yx_buf *out, struct yx_error *err)
{
    return report(yx_buf_bytes(&sealed_pdf), out, err);
}

/* --- The trial ---------------------------------------------------------------------------- */

typedef yx_status (*job)(struct yx_buf *out, struct yx_error *err);

/* Runs the job with the n-th request failing; false when the job asked less often. */
static bool fails_at(job run, unsigned long n, bool stay, struct yx_bytes expected)
{
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_error err = {0};
    countdown = n;
    for_good = stay;
    happened = false;
    yx_status status = run(&out, &err);
    bool reached = happened;
    countdown = 0;
    happened = false;
    if (status != YX_OK && status != YX_NO_MEMORY) {
        char words[600];
        yx_message_render(&err.message, NULL, words, sizeof words);
        fail_msg("request %lu: status %d: %s", n, (int)status, words);
    }
    if (status == YX_OK && !yx_bytes_equal(yx_buf_bytes(&out), expected))
        fail_msg("request %lu: another answer: %.*s", n, (int)out.len, (const char *)out.data);
    return reached;
}

/* Every request fails once; from the 400th on in growing steps. */
static void try_all(job run)
{
    YX_CLEAN(yx_buf) struct yx_buf expected = {0};
    struct yx_error err = {0};
    expect_ok(run(&expected, &err), &err);
    unsigned long n = 1;
    for (;; n += 1 + n / 400) {
        bool once = fails_at(run, n, false, yx_buf_bytes(&expected));
        bool ever = fails_at(run, n, true, yx_buf_bytes(&expected));
        if (!once && !ever)
            break;
    }
    assert_true(n > 10); /* otherwise the library's requests do not come here */
}

static void making_a_seal(void **state)
{
    (void)state;
    try_all(make_seal);
}

static void verifying_a_seal(void **state)
{
    (void)state;
    try_all(verify_seal);
}

static void sealing_a_document(void **state)
{
    (void)state;
    try_all(seal_document);
}

static void sealing_again_over_a_seam(void **state)
{
    (void)state;
    try_all(seal_again);
}

static void signing_without_a_seal(void **state)
{
    (void)state;
    try_all(sign_document);
}

static void verifying_a_document(void **state)
{
    (void)state;
    try_all(verify);
}

static void verifying_a_signature_without_a_seal(void **state)
{
    (void)state;
    try_all(verify_plain);
}

static void drawing_a_face(void **state)
{
    (void)state;
    try_all(draw_face);
}

static void sealing_a_pdf(void **state)
{
    (void)state;
    try_all(seal_pdf);
}

static void verifying_a_pdf(void **state)
{
    (void)state;
    try_all(verify_pdf);
}

static void reading_text(void **state)
{
    (void)state;
    try_all(read_text);
}

static int set_up(void **state)
{
    (void)state;
    struct yx_error err = {0};
    expect_ok(fixture_open(&fixture, pki_picture(), &err), &err);
    expect_ok(fixture_pages(3, &paper, &err), &err);
    struct yx_ofd_request request = fixture_request(&fixture, &by_word);
    expect_ok(seal_into(yx_buf_bytes(&paper), &request, &sealed, &err), &err);
    request.placements = &seam;
    expect_ok(seal_into(yx_buf_bytes(&sealed), &request, &signed_twice, &err), &err);
    expect_ok(sign_plainly(&signed_plain, &err), &err);
    odd_make(&(struct odd_options){.kind = ODD_TABLE, .pages = 2}, &pdf);
    expect_ok(seal_pdf_into(&sealed_pdf, &err), &err);
    now = yx_now();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_free(&fixture);
    yx_buf_free(&paper);
    yx_buf_free(&sealed);
    yx_buf_free(&signed_twice);
    yx_buf_free(&signed_plain);
    yx_buf_free(&pdf);
    yx_buf_free(&sealed_pdf);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(making_a_seal),
        cmocka_unit_test(verifying_a_seal),
        cmocka_unit_test(sealing_a_document),
        cmocka_unit_test(sealing_again_over_a_seam),
        cmocka_unit_test(signing_without_a_seal),
        cmocka_unit_test(verifying_a_document),
        cmocka_unit_test(verifying_a_signature_without_a_seal),
        cmocka_unit_test(drawing_a_face),
        cmocka_unit_test(sealing_a_pdf),
        cmocka_unit_test(verifying_a_pdf),
        cmocka_unit_test(reading_text),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
