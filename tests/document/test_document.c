/* SPDX-License-Identifier: Apache-2.0 */
/* test_document.c - which format is it, and who verifies it. */
#include "support.h"

#include "document/document.h"

static yx_format format_of(const void *bytes, size_t len)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    yx_format format = YX_FORMAT_PDF;
    struct yx_error err;

    expect_ok(yx_source_borrow(YX_BYTES(bytes, len), &source, &err), &err);
    expect_ok(yx_format_detect(source, &format, &err), &err);
    return format;
}

static void formats_by_their_first_bytes(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        yx_format format;
    } cases[] = {
        {"PK\3\4rest", 8, YX_FORMAT_OFD},
        {"junk PK\5\6 and a comment", 23, YX_FORMAT_OFD},
        {"PK\3", 3, YX_FORMAT_UNKNOWN},
        {"\x30\x82\x10\x00", 4, YX_FORMAT_ESL},
        {"\x30\x03\x02\x01\x01", 5, YX_FORMAT_UNKNOWN},
        {"0", 1, YX_FORMAT_UNKNOWN},
        {"%PDF-1.7\n", 9, YX_FORMAT_PDF},
        {"\n\n%PDF-1.4", 10, YX_FORMAT_PDF},
        {"hello", 5, YX_FORMAT_UNKNOWN},
        {"", 0, YX_FORMAT_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(format_of(cases[i].bytes, cases[i].len), cases[i].format);
}

/* The end record is looked for where a zip may have it, not in all of a large file. */
static void a_zip_end_far_from_the_end(void **state)
{
    size_t len = 200000;
    char *bytes = calloc(1, len);

    (void)state;
    assert_non_null(bytes);
    memcpy(bytes + 100, "PK\5\6", 4);
    assert_int_equal(format_of(bytes, len), YX_FORMAT_UNKNOWN);
    memcpy(bytes + len - 40000, "PK\5\6", 4);
    assert_int_equal(format_of(bytes, len), YX_FORMAT_OFD);
    free(bytes);
}

static void what_nobody_verifies(void **state)
{
    static const char *const texts[] = {"", "hello"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        YX_CLEAN(yx_source) struct yx_source *source = NULL;
        struct yx_verify_options options = {0};
        struct yx_report *report = NULL;
        struct yx_error err;

        expect_ok(yx_source_borrow(YX_TEXT(texts[i]), &source, &err), &err);
        expect_status(yx_verify(source, &options, &report, &err), YX_DAMAGED, &err);
        assert_null(report);
    }
}

/* Bytes that only look like one are reported on, not refused. */
static void damaged_files_get_a_report(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        yx_format format;
    } cases[] = {
        {"PK\3\4 but no more", 16, YX_FORMAT_OFD},
        {"\x30\x82\x10\x00 but no more", 16, YX_FORMAT_ESL},
        {"%PDF-1.7\nbut no more", 20, YX_FORMAT_PDF},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(yx_source) struct yx_source *source = NULL;
        YX_CLEAN(yx_report) struct yx_report *report = NULL;
        struct yx_verify_options options = {0};
        struct yx_error err;

        expect_ok(yx_source_borrow(YX_BYTES(cases[i].bytes, cases[i].len), &source, &err), &err);
        expect_ok(yx_verify(source, &options, &report, &err), &err);
        assert_int_equal(report->format, cases[i].format);
        assert_int_equal(report->result, YX_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_by_their_first_bytes),
        cmocka_unit_test(a_zip_end_far_from_the_end),
        cmocka_unit_test(what_nobody_verifies),
        cmocka_unit_test(damaged_files_get_a_report),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
