/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_locale.c - where the decimal sign is a comma, a sealed document is byte for byte the one
 * that is made elsewhere. The locale is compiled for the test (package `locales`).
 */
#include "support.h"

#include <locale.h>

#include "document/document.h"
#include "fixture.h"
#include "pdf_odd.h"
#include "tools.h"

static struct folder folder;
static struct fixture fixture;

static int set_up(void **state)
{
    struct yx_error err;

    (void)state;
    folder_make(&folder);
    return fixture_open(&fixture, pki_picture(), &err) == YX_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_free(&fixture);
    folder_remove(&folder);
    return 0;
}

/* false, and says so, when the sources of locales are not installed. */
static bool start_german(void)
{
    char path[200];

    tool(&folder, "test -d de_DE.UTF-8 || localedef -i de_DE -f UTF-8 ./de_DE.UTF-8");
    snprintf(path, sizeof path, "%s/de_DE.UTF-8/LC_NUMERIC", folder.path);
    if (access(path, R_OK) != 0) {
        print_message("no locale can be compiled (package locales): %s\n", folder.output);
        return false;
    }
    assert_int_equal(setenv("LOCPATH", folder.path, 1), 0);
    assert_non_null(setlocale(LC_ALL, "de_DE.UTF-8"));
    assert_string_equal(localeconv()->decimal_point, ",");
    return true;
}

/* One document, prepared; `value` is made when it is empty, else taken as it is. */
struct made {
    struct yx_buf to_be_signed, plan, out;
};

static void made_free(struct made *made)
{
    yx_buf_free(&made->to_be_signed);
    yx_buf_free(&made->plan);
    yx_buf_free(&made->out);
}
YX_DEFINE_CLEAN_VALUE(made, struct made, made_free);

static void seal(struct yx_bytes paper, yx_time when, struct yx_buf *value, struct made *made)
{
    struct yx_placement placement = {
        .kind = YX_PLACE_POINT, .has_point = true, .x = 61.25, .y = 98.75};
    struct yx_sign_request request = {
        .seal = yx_buf_bytes(&fixture.seal),
        .signer = fixture.pki.holder.cert,
        .placements = &placement,
        .placement_count = 1,
        .time = when,
    };
    struct yx_signer signer = pki_signer(&fixture.pki.holder);
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_document) struct yx_document *document = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_error err;

    expect_ok(yx_source_borrow(paper, &source, &err), &err);
    expect_ok(yx_document_open(source, 0, &document, &err), &err);
    expect_ok(yx_document_prepare(document, &request, &made->plan, &made->to_be_signed, &err),
              &err);
    if (value->len == 0)
        expect_ok(signer.sign(signer.self, YX_SIG_SM2_SM3, yx_buf_bytes(&made->to_be_signed), value,
                              &err),
                  &err);
    expect_ok(yx_sink_memory(&made->out, &sink, &err), &err);
    expect_ok(yx_document_finish(document, yx_buf_bytes(&made->plan), yx_buf_bytes(value), NULL,
                                 sink, &err),
              &err);
}

/* The value that was made in the one locale signs what is made in the other: the same bytes. */
static void expect_same(struct yx_bytes paper)
{
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    YX_CLEAN(made) struct made plain = {0};
    YX_CLEAN(made) struct made german = {0};
    yx_time when = yx_now() / YX_SECOND * YX_SECOND;

    seal(paper, when, &value, &plain);
    if (!start_german())
        skip();
    seal(paper, when, &value, &german);
    setlocale(LC_ALL, "C");
    assert_int_equal(plain.out.len, german.out.len);
    assert_memory_equal(plain.out.data, german.out.data, plain.out.len);
}

static void an_ofd(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf paper = {0};
    struct yx_error err;

    (void)state;
    expect_ok(fixture_pages(2, &paper, &err), &err);
    expect_same(yx_buf_bytes(&paper));
}

static void a_pdf(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf paper = {0};

    (void)state;
    odd_make(&(struct odd_options){.pages = 2}, &paper);
    expect_same(yx_buf_bytes(&paper));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_ofd), cmocka_unit_test(a_pdf)};

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
