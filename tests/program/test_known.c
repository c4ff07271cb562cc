/* SPDX-License-Identifier: Apache-2.0 */
/* test_known.c - what a launcher starts for others, and what not; and programs run elsewhere. */
#include "support.h"

#include "program/program.h"

static bool is_admitted(const char *const *arguments, unsigned seconds, uint64_t memory)
{
    struct yx_program program = {
        .arguments = arguments, .output_max = 1000, .seconds = seconds, .memory_max = memory};
    struct yx_error err;
    yx_status status = yx_program_admit(&program, &err);

    assert_true(status == YX_OK || status == YX_REFUSED);
    assert_true(status != YX_OK || program.package != NULL);
    return status == YX_OK;
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
#define DOCUMENT "/proc/self/fd/0"

/* As src/document, src/page and src/image ask; tests/worker has them do it. */
static void what_the_library_asks_for(void **state)
{
    (void)state;
    assert_true(is_admitted(LIST("pdftotext", "-bbox", "-cropbox", "-enc", "UTF-8", "-f", "1", "-l",
                                 "64", DOCUMENT, "-"),
                            30, UINT64_C(2) << 30));
    assert_true(
        is_admitted(LIST("pdftotext", "-cropbox", "-enc", "UTF-8", "-f", "1", "-l", "1", "-r",
                         "720", "-x", "0", "-y", "12", "-W", "13", "-H", "14", DOCUMENT, "-"),
                    30, UINT64_C(2) << 30));
    assert_true(is_admitted(LIST("pdftocairo", "-png", "-singlefile", "-cropbox", "-f", "2", "-l",
                                 "2", "-r", "149.987000", DOCUMENT, "-"),
                            300, UINT64_C(1536) << 20));
    assert_true(
        is_admitted(LIST("pdftocairo", "-svg", "-f", "2", "-l", "2", DOCUMENT, "-"), 1, 1 << 20));
    assert_true(is_admitted(LIST("jbig2dec", "-q", "-t", "pbm", "-o", "-", "/dev/stdin"), 10,
                            UINT64_C(512) << 20));
}

static void what_nobody_should_ask_for(void **state)
{
    static const char *const page[] = {"pdftocairo", "-svg",   "-f", "2", "-l",
                                       "2",          DOCUMENT, "-",  NULL};

    (void)state;
    assert_false(is_admitted(LIST("sh", "-c", "id"), 1, 1));
    assert_false(is_admitted(LIST("pdftocairo"), 1, 1));
    assert_false(
        is_admitted(LIST("/tmp/pdftocairo", "-svg", "-f", "2", "-l", "2", DOCUMENT, "-"), 1, 1));
    assert_false(
        is_admitted(LIST("pdftocairo", "-svg", "-f", "2", "-l", "2", "/etc/passwd", "-"), 1, 1));
    assert_false(
        is_admitted(LIST("pdftocairo", "-svg", "-f", "2", "-l", "2", DOCUMENT, "out"), 1, 1));
    assert_false(
        is_admitted(LIST("pdftocairo", "-svg", "-f", "2 ", "-l", "2", DOCUMENT, "-"), 1, 1));
    assert_false(is_admitted(LIST("pdftocairo", "-svg", "-f", "", "-l", "2", DOCUMENT, "-"), 1, 1));
    assert_false(
        is_admitted(LIST("pdftocairo", "-svg", "-f", "2", "-l", "2", DOCUMENT, "-", "-"), 1, 1));
    assert_false(is_admitted(LIST("pdftocairo", "-png", "-singlefile", "-cropbox", "-f", "2", "-l",
                                  "2", "-r", "1.2.3", DOCUMENT, "-"),
                             1, 1));
    assert_true(is_admitted(page, 300, 1));
    assert_false(is_admitted(page, 301, 1));
    assert_false(is_admitted(page, 0, 1));
    assert_false(is_admitted(page, 1, UINT64_C(4) << 30));
}

struct seen {
    char name[32];
    struct yx_buf document;
};

static yx_status answer(void *self, const struct yx_program *program, int document,
                        struct yx_buf *out, struct yx_error *err)
{
    struct seen *seen = self;
    YX_CLEAN(yx_source) struct yx_source *source = NULL;

    (void)snprintf(seen->name, sizeof seen->name, "%s", program->arguments[0]);
    YX_TRY(yx_source_borrow_fd(document, &source, err));
    YX_TRY(yx_source_read_all(source, 1000, &seen->document, err));
    return yx_buf_append_text(out, "printed elsewhere");
}

/* The last test of this process: there is no way back. */
static void run_elsewhere(void **state)
{
    struct seen seen = {.name = ""};
    const struct yx_program_runner runner = {answer, &seen};
    const struct yx_program program = {
        .arguments = LIST("no-such-program"), .output_max = 100, .seconds = 1};
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_error err;

    (void)state;
    expect_ok(yx_source_borrow(YX_TEXT("a document"), &source, &err), &err);
    yx_program_delegate(&runner);
    expect_ok(yx_program_run(&program, source, &out, &err), &err);
    assert_string_equal(seen.name, "no-such-program");
    assert_true(yx_bytes_are(yx_buf_bytes(&seen.document), "a document"));
    assert_true(yx_bytes_are(yx_buf_bytes(&out), "printed elsewhere"));
    yx_buf_free(&seen.document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_library_asks_for),
        cmocka_unit_test(what_nobody_should_ask_for),
        cmocka_unit_test(run_elsewhere),
    };
    return cmocka_run_group_tests_name("program/known", tests, NULL, NULL);
}
