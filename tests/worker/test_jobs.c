/* SPDX-License-Identifier: Apache-2.0 */
/* test_jobs.c - what workers make of documents, in real processes: the same as the library makes of
 * them here. */
#include "support.h"

#include <jansson.h>

#include <yinxin/draw.h>

#include "fixture.h"
#include "house.h"
#include "pdf_odd.h"

static struct house house;
static struct fixture fixture;
static struct yx_buf paper, letter; /* an OFD and a PDF of two pages, without signatures */

static int open_all(void **state)
{
    struct yx_error err;

    (void)state;
    house_open(&house, HOUSE_WORKERS, 100);
    expect_ok(fixture_open(&fixture, pki_picture(), &err), &err);
    expect_ok(fixture_pages(2, &paper, &err), &err);
    odd_make(&(struct odd_options){.pages = 2}, &letter);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    house_close(&house);
    fixture_free(&fixture);
    yx_buf_free(&paper);
    yx_buf_free(&letter);
    return 0;
}

static bool has(const struct yx_buf *text, const char *part)
{
    return memmem(text->data, text->len, part, strlen(part)) != NULL;
}

static void expect_has(const struct yx_buf *text, const char *part)
{
    if (!has(text, part))
        fail_msg("no %s in %.*s", part, (int)text->len, text->data);
}

static bool has_program(const char *test)
{
    return system(test) == 0;
}

/* --- Signing in two halves
 * ------------------------------------------------------------------------ */

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

static yx_status stamp_nothing(void *self, yx_digest_algorithm algorithm, struct yx_bytes digest,
                               struct yx_buf *token, struct yx_error *err)
{
    (void)algorithm;
    (void)digest;
    (void)token;
    (*(unsigned *)self)++;
    return yx_fail(err, YX_REFUSED, "the clock", N_("the clock stands at {1}"), "noon");
}

static struct yx_sign_request request_of(const struct yx_placement *placement,
                                         struct stamps *stamps)
{
    return (struct yx_sign_request){.seal = yx_buf_bytes(&fixture.seal),
                                    .signer = fixture.pki.holder.cert,
                                    .placements = placement,
                                    .placement_count = 1,
                                    .stamped = note,
                                    .stamped_context = stamps};
}

/* Prepared by one worker, signed here, finished by another; the signed document goes to `out`. */
static void seal_by_halves(const struct yx_buf *document, struct yx_buf *out)
{
    const struct yx_placement placement = {
        .first_page = 2, .last_page = 2, .has_point = true, .x = 100, .y = 150.5};
    struct stamps stamps = {0};
    struct yx_sign_request request = request_of(&placement, &stamps);
    YX_CLEAN(job) struct yx_worker_job job = house_job(&house, yx_buf_bytes(document));
    struct yx_signer signer = pki_signer(&fixture.pki.holder);
    YX_CLEAN(yx_buf) struct yx_buf plan = {0};
    YX_CLEAN(yx_buf) struct yx_buf to_be_signed = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    struct yx_error err;
    int fd = -1;

    expect_ok(yx_worker_prepare(&job, &request, -1, &plan, &to_be_signed, &err), &err);
    assert_int_equal(stamps.count, 1);
    assert_int_equal(stamps.last.page, 2);
    assert_true(stamps.last.x == 100 - stamps.last.width / 2);
    expect_ok(signer.sign(signer.self, YX_SIG_SM2_SM3, yx_buf_bytes(&to_be_signed), &value, &err),
              &err);
    expect_ok(yx_worker_finish(&job, yx_buf_bytes(&plan), yx_buf_bytes(&value), &fd, &err), &err);
    expect_ok(yx_source_borrow_fd(fd, &source, &err), &err);
    expect_ok(yx_source_read_all(source, 1 << 24, out, &err), &err);
    assert_true(write(fd, "", 1) < 0); /* nobody changes it any more */
    (void)close(fd);
}

static struct yx_buf trust_list(void)
{
    struct yx_buf list = {0};
    struct yx_error err;

    expect_ok(yx_list_add(&list, YX_LIST_ANCHOR, yx_cert_der(fixture.pki.ca.cert), &err), &err);
    return list;
}

/* The report of a worker is the one that the library writes. */
static void expect_same_report(const struct yx_buf *document, const char *result)
{
    YX_CLEAN(job) struct yx_worker_job job = house_job(&house, yx_buf_bytes(document));
    YX_CLEAN(yx_buf) struct yx_buf list = trust_list();
    YX_CLEAN(yx_buf) struct yx_buf theirs = {0};
    YX_CLEAN(yx_buf) struct yx_buf ours = {0};
    YX_CLEAN(yx_trust) struct yx_trust *trust = NULL;
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    struct yx_worker_question question = {
        .name = "合同.ofd", .at = yx_now(), .language = "en", .maker_trust = -1};
    struct yx_verify_options options = {.at = question.at};
    struct yx_error err;

    expect_ok(yx_ipc_seal(yx_buf_bytes(&list), &question.trust, &err), &err);
    expect_ok(yx_worker_verify(&job, &question, &theirs, &err), &err);
    expect_ok(yx_trust_new(&trust, &err), &err);
    expect_ok(yx_trust_add_anchor(trust, fixture.pki.ca.cert, &err), &err);
    options.trust = trust;
    expect_ok(yx_source_borrow(yx_buf_bytes(document), &source, &err), &err);
    expect_ok(yx_verify(source, &options, &report, &err), &err);
    expect_ok(yx_report_json(report, "合同.ofd", NULL, &ours, &err), &err);
    if (!yx_bytes_equal(yx_buf_bytes(&theirs), yx_buf_bytes(&ours)))
        fail_msg("%.*s\n%.*s", (int)theirs.len, theirs.data, (int)ours.len, ours.data);
    expect_has(&theirs, result);
    (void)close(question.trust);
}

/* REQ: VER-01 */
static void a_seal_by_halves(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf ofd = {0};
    YX_CLEAN(yx_buf) struct yx_buf pdf = {0};

    (void)state;
    seal_by_halves(&paper, &ofd);
    expect_same_report(&ofd, "\"result\": \"valid\"");
    seal_by_halves(&letter, &pdf);
    expect_same_report(&pdf, "\"result\": \"valid\"");
    expect_same_report(&paper, "\"result\": \"unsigned\"");
    ofd.data[ofd.len / 2] ^= 1;
    expect_same_report(&ofd, "\"result\": \"invalid\"");
}

static void what_may_not_be_sealed(void **state)
{
    const struct yx_placement placement = {.first_page = 9, .last_page = 9};
    struct stamps stamps = {0};
    struct yx_sign_request request = request_of(&placement, &stamps);
    YX_CLEAN(job) struct yx_worker_job job = house_job(&house, yx_buf_bytes(&paper));
    YX_CLEAN(yx_buf) struct yx_buf plan = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    struct yx_error err;
    char words[300];
    int fd = -1;

    (void)state;
    expect_status(yx_worker_prepare(&job, &request, -1, &plan, &value, &err), YX_REFUSED, &err);
    yx_message_render(&err.message, NULL, words, sizeof words);
    assert_non_null(strstr(words, "there is no page 9"));
    expect_status(yx_worker_finish(&job, YX_TEXT("no plan"), YX_TEXT("no value"), &fd, &err),
                  YX_DAMAGED, &err);
    assert_int_equal(fd, -1);
}

/* Somebody here is asked for the time-stamp, and what he says comes back through the worker. */
static void a_stamp_is_asked_for(void **state)
{
    const struct yx_placement placement = {.has_point = true, .x = 100, .y = 100};
    struct stamps stamps = {0};
    struct yx_sign_request request = request_of(&placement, &stamps);
    YX_CLEAN(job) struct yx_worker_job job = house_job(&house, yx_buf_bytes(&paper));
    struct yx_signer signer = pki_signer(&fixture.pki.holder);
    unsigned asked = 0;
    const struct yx_timestamper stamper = {YX_DIGEST_SM3, stamp_nothing, &asked};
    YX_CLEAN(yx_buf) struct yx_buf plan = {0};
    YX_CLEAN(yx_buf) struct yx_buf to_be_signed = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    struct yx_error err;
    char words[100];
    int fd = -1;

    (void)state;
    job.stamper = &stamper;
    request.level = YX_PADES_T;
    expect_ok(yx_worker_prepare(&job, &request, -1, &plan, &to_be_signed, &err), &err);
    expect_ok(signer.sign(signer.self, YX_SIG_SM2_SM3, yx_buf_bytes(&to_be_signed), &value, &err),
              &err);
    expect_status(yx_worker_finish(&job, yx_buf_bytes(&plan), yx_buf_bytes(&value), &fd, &err),
                  YX_REFUSED, &err);
    yx_message_render(&err.message, NULL, words, sizeof words);
    assert_string_equal(words, "the clock stands at noon");
    assert_string_equal(err.rule, "the clock");
    assert_int_equal(asked, 1);
}

/* --- Looking
 * -------------------------------------------------------------------------------------- */

static void inspect(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf sealed = {0};
    YX_CLEAN(yx_buf) struct yx_buf json = {0};
    struct yx_error err;

    (void)state;
    seal_by_halves(&paper, &sealed);
    YX_CLEAN(job) struct yx_worker_job job = house_job(&house, yx_buf_bytes(&sealed));
    expect_ok(yx_worker_inspect(&job, &json, &err), &err);
    expect_has(&json, "\"format\":\"ofd\"");
    expect_has(&json, "\"pages\":[{\"width\":210.0,\"height\":297.0},{\"width\":210.0,");
    expect_has(&json, "\"name\":\"示例专用章\"");
    assert_false(has(&json, "\"result\""));
}

static void text_of(const struct yx_buf *document, uint32_t page, const char *search,
                    struct yx_buf *json)
{
    YX_CLEAN(job) struct yx_worker_job job = house_job(&house, yx_buf_bytes(document));
    struct yx_error err;

    json->len = 0;
    expect_ok(yx_worker_text(&job, page, search, json, &err), &err);
}

static void texts(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf json = {0};
    YX_CLEAN(job) struct yx_worker_job job = house_job(&house, yx_buf_bytes(&paper));
    struct yx_error err;

    (void)state;
    text_of(&paper, 0, "", &json);
    expect_has(&json, "\"page\":2");
    expect_has(&json, "\"text\":\"甲方盖章\"");
    text_of(&paper, 1, "盖章", &json);
    assert_false(has(&json, "\"page\":2"));
    expect_has(&json, "\"match\":1,\"text\":\"盖章\"");
    expect_status(yx_worker_text(&job, 3, "", &json, &err), YX_REFUSED, &err);
    if (!has_program("command -v pdftotext >/dev/null 2>&1")) {
        print_message("skipped: pdftotext is not installed\n");
        return;
    }
    text_of(&letter, 0, "", &json); /* by way of the launcher */
    expect_has(&json, "\"text\":\"contract,\"");
    text_of(&letter, 2, "contract", &json);
    expect_has(&json, "\"match\":1");
}

static void expect_picture(const struct yx_buf *document, yx_draw_format format, const char *mark)
{
    YX_CLEAN(job) struct yx_worker_job job = house_job(&house, yx_buf_bytes(document));
    const struct yx_worker_picture what = {.page = 2, .format = format, .longest = 400};
    YX_CLEAN(yx_buf) struct yx_buf picture = {0};
    struct yx_error err;

    expect_ok(yx_worker_render(&job, &what, &picture, &err), &err);
    assert_true(picture.len > 100 && memcmp(picture.data, mark, strlen(mark)) == 0);
}

static void pictures(void **state)
{
    YX_CLEAN(job) struct yx_worker_job job = house_job(&house, yx_buf_bytes(&paper));
    struct yx_worker_picture what = {.page = 3};
    YX_CLEAN(yx_buf) struct yx_buf picture = {0};
    struct yx_error err;

    (void)state;
    expect_picture(&paper, YX_DRAW_PNG, "\x89PNG");
    expect_picture(&paper, YX_DRAW_SVG, "<?xml");
    expect_status(yx_worker_render(&job, &what, &picture, &err), YX_REFUSED, &err);
    what = (struct yx_worker_picture){.page = 1, .format = YX_DRAW_PDF};
    expect_status(yx_worker_render(&job, &what, &picture, &err), YX_USAGE, &err);
    what = (struct yx_worker_picture){.page = 1, .dpi = 9000};
    expect_status(yx_worker_render(&job, &what, &picture, &err), YX_REFUSED, &err);
    what = (struct yx_worker_picture){.page = 1, .dpi = 1e30};
    expect_status(yx_worker_render(&job, &what, &picture, &err), YX_USAGE, &err);
    if (!has_program("command -v pdftocairo >/dev/null 2>&1")) {
        print_message("skipped: pdftocairo is not installed\n");
        return;
    }
    expect_picture(&letter, YX_DRAW_PNG, "\x89PNG");
    expect_picture(&letter, YX_DRAW_SVG, "<?xml");
}

static void seals(void **state)
{
    const struct yx_worker_job job = {.pool = house.pool};
    YX_CLEAN(yx_buf) struct yx_buf json = {0};
    struct yx_error err;

    (void)state;
    expect_ok(yx_worker_seal(&job, yx_buf_bytes(&fixture.seal), &json, &err), &err);
    expect_has(&json, "\"name\":\"示例专用章\"");
    expect_has(&json, "\"holders\":[{\"subject\":");
    expect_status(yx_worker_seal(&job, YX_TEXT("no seal"), &json, &err), YX_DAMAGED, &err);
}

/* Sentences come in the language that was asked for, and in English as they are. */
static void languages(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf sealed = {0};
    YX_CLEAN(yx_buf) struct yx_buf json = {0};
    const struct yx_worker_question question = {
        .name = "x", .language = "zh", .trust = -1, .maker_trust = -1};
    struct yx_error err;

    (void)state;
    seal_by_halves(&paper, &sealed);
    YX_CLEAN(job) struct yx_worker_job job = house_job(&house, yx_buf_bytes(&sealed));
    expect_ok(yx_worker_verify(&job, &question, &json, &err), &err);
    expect_has(&json, "\"result\": \"indeterminate\"");
    expect_has(&json, "没有");
}

static void what_is_no_document(void **state)
{
    YX_CLEAN(job) struct yx_worker_job job = house_job(&house, YX_TEXT("neither OFD nor PDF"));
    YX_CLEAN(yx_buf) struct yx_buf json = {0};
    const struct yx_worker_question question = {.name = "x", .trust = -1, .maker_trust = -1};
    struct yx_error err;

    (void)state;
    expect_status(yx_worker_verify(&job, &question, &json, &err), YX_DAMAGED, &err);
    expect_status(yx_worker_inspect(&job, &json, &err), YX_DAMAGED, &err);
    assert_int_equal(json.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seal_by_halves),
        cmocka_unit_test(what_may_not_be_sealed),
        cmocka_unit_test(a_stamp_is_asked_for),
        cmocka_unit_test(inspect),
        cmocka_unit_test(texts),
        cmocka_unit_test(pictures),
        cmocka_unit_test(seals),
        cmocka_unit_test(languages),
        cmocka_unit_test(what_is_no_document),
    };
    return cmocka_run_group_tests_name("worker/jobs", tests, open_all, close_all);
}
