/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "support.h"

static void civil_time_agrees_with_the_c_library(void **state)
{
    (void)state;
    for (int64_t day = -7300; day < 2932800; day += 13) { /* 1950 to 9999 */
        time_t seconds = (time_t)(day * 86400 + 86399);
        struct tm tm;
        gmtime_r(&seconds, &tm);
        struct yx_civil civil;
        yx_time_to_civil((yx_time)seconds * YX_SECOND, &civil);
        assert_int_equal(civil.year, tm.tm_year + 1900);
        assert_int_equal(civil.month, tm.tm_mon + 1);
        assert_int_equal(civil.day, tm.tm_mday);
        yx_time back;
        assert_true(yx_time_from_civil(&civil, &back));
        assert_int_equal(back, (yx_time)seconds * YX_SECOND);
    }
}

static void written_forms_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *means;
    } cases[] = {
        {"2026-11-21", "2026-11-21T00:00:00Z"},
        {"2026-11-21T08:00:00Z", "2026-11-21T08:00:00Z"},
        {"2026-11-21T16:00:00+08:00", "2026-11-21T08:00:00Z"},
        {"2026-11-21t08:00:00.75z", "2026-11-21T08:00:00Z"},
        {"2024-02-29T23:59:59-00:30", "2024-03-01T00:29:59Z"},
    };
    struct yx_error err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        yx_time time;
        char text[YX_TIME_TEXT];
        expect_ok(yx_time_parse(cases[i].text, &time, &err), &err);
        yx_time_format(time, text);
        assert_string_equal(text, cases[i].means);
    }
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "2026",
                                      "2026-13-01",
                                      "2026-02-29",
                                      "2026-11-21T24:00:00Z",
                                      "2026-11-21T08:00:00",
                                      "2026-11-21T08:00:60Z",
                                      "2026-11-21 ",
                                      "1949-12-31",
                                      "2026-11-21T08:00:00+8:00",
                                      "2026-11-21T08:00:00.Z",
                                      "20261121080000Z",
                                      "２０２６-11-21"};
    struct yx_error err;
    yx_time time;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_status(yx_time_parse(bad[i], &time, &err), YX_DAMAGED, &err);
}

static void loose_forms_of_the_field(void **state)
{
    (void)state;
    static const struct {
        const char *text, *means;
        bool zone_known;
    } cases[] = {
        {"2021-05-19 20:53:44", "2021-05-19T12:53:44Z", false},
        {"2021-05-19T20:53:44", "2021-05-19T12:53:44Z", false},
        {"2021-05-19T20:53:44Z", "2021-05-19T20:53:44Z", true},
        {"20210519205344Z", "2021-05-19T20:53:44Z", true},
        {"20210519205344", "2021-05-19T12:53:44Z", false},
        {"20210519205344.5Z", "2021-05-19T20:53:44Z", true},
    };
    struct yx_error err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        yx_time time;
        bool known;
        expect_ok(yx_time_parse_loose(YX_TEXT(cases[i].text), 8 * 3600, &time, &known, &err), &err);
        assert_string_equal(YX_WHEN(time), cases[i].means);
        assert_int_equal(known, cases[i].zone_known);
    }
    yx_time time;
    bool known;
    expect_status(yx_time_parse_loose(YX_TEXT("yesterday"), 0, &time, &known, &err), YX_DAMAGED,
                  &err);
}

static void no_time_is_an_empty_text(void **state)
{
    (void)state;
    assert_string_equal(YX_WHEN(YX_TIME_NONE), "");
    assert_true(yx_now() > INT64_C(1767225600) * YX_SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(civil_time_agrees_with_the_c_library),
        cmocka_unit_test(written_forms_are_read),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(loose_forms_of_the_field),
        cmocka_unit_test(no_time_is_an_empty_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
