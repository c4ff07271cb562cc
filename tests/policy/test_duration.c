/* SPDX-License-Identifier: Apache-2.0 */
/* test_duration.c - lengths of time: read, and counted from an instant in China. */
#include "support.h"

#include "policy/policy.h"

static void lengths_are_read(void **state)
{
    static const char *const bad[] = {
        "",          "2",       "months",    "2months",       "2  months",
        "0 days",    "02 days", "-1 days",   "10000 days",    "2 weeks",
        "2 months ", " 2 days", "1.5 years", "2 \xE6\x9C\x88"};
    struct yx_policy_duration duration;
    struct yx_error err = {0};
    (void)state;
    expect_ok(yx_policy_duration_read("10 working-days", &duration, &err), &err);
    assert_int_equal(duration.count, 10);
    assert_int_equal(duration.unit, YX_POLICY_WORKING_DAYS);
    expect_ok(yx_policy_duration_read("9999 hours", &duration, &err), &err);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_status(yx_policy_duration_read(bad[i], &duration, &err), YX_USAGE, &err);
}

static yx_time at(const char *text)
{
    yx_time time;
    struct yx_error err = {0};
    expect_ok(yx_time_parse(text, &time, &err), &err);
    return time;
}

static void they_are_counted_as_in_china(void **state)
{
    static const struct {
        const char *start, *length, *after, *before;
    } cases[] = {
        {"2026-03-10T09:00:00+08:00", "72 hours", "2026-03-13T09:00:00+08:00",
         "2026-03-07T09:00:00+08:00"},
        {"2026-03-10T09:00:00+08:00", "60 days", "2026-05-09T09:00:00+08:00",
         "2026-01-09T09:00:00+08:00"},
        {"2026-03-10T09:00:00+08:00", "2 months", "2026-05-10T09:00:00+08:00",
         "2026-01-10T09:00:00+08:00"},
        {"2026-03-10T09:00:00+08:00", "3 years", "2029-03-10T09:00:00+08:00",
         "2023-03-10T09:00:00+08:00"},
        /* Months without such a day end it on their last. */
        {"2026-12-31T12:00:00+08:00", "2 months", "2027-02-28T12:00:00+08:00",
         "2026-10-31T12:00:00+08:00"},
        {"2024-02-29T12:00:00+08:00", "1 years", "2025-02-28T12:00:00+08:00",
         "2023-02-28T12:00:00+08:00"},
        /* In China it is the next day already: 1 March, not 28 February. */
        {"2026-02-28T17:00:00Z", "1 months", "2026-03-31T17:00:00Z", "2026-01-31T17:00:00Z"},
    };
    struct yx_calendar calendar = {0};
    struct yx_error err = {0};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct yx_policy_duration duration;
        yx_time out;
        expect_ok(yx_policy_duration_read(cases[i].length, &duration, &err), &err);
        expect_ok(yx_policy_after(at(cases[i].start), &duration, &calendar, &out, &err), &err);
        assert_int_equal(out, at(cases[i].after));
        expect_ok(yx_policy_before(at(cases[i].start), &duration, &out, &err), &err);
        assert_int_equal(out, at(cases[i].before));
    }
}

static void working_days_go_by_the_calendar(void **state)
{
    /* 1 October 2026 is a Thursday and a holiday, 10 October a Saturday on which people work. */
    struct yx_calendar_day days[] = {{at("2026-10-01") / YX_DAY, false},
                                     {at("2026-10-02") / YX_DAY, false},
                                     {at("2026-10-10") / YX_DAY, true}};
    struct yx_calendar calendar = {.count = 3, .days = days}, plain = {0};
    const struct yx_policy_duration five = {5, YX_POLICY_WORKING_DAYS};
    yx_time out;
    struct yx_error err = {0};
    (void)state;
    expect_ok(yx_policy_after(at("2026-09-30T15:00:00+08:00"), &five, &plain, &out, &err), &err);
    assert_int_equal(out, at("2026-10-08T00:00:00+08:00"));
    expect_ok(yx_policy_after(at("2026-09-30T15:00:00+08:00"), &five, &calendar, &out, &err), &err);
    assert_int_equal(out, at("2026-10-10T00:00:00+08:00"));
    expect_ok(yx_policy_after(at("2026-10-08T15:00:00+08:00"),
                              &(struct yx_policy_duration){2, YX_POLICY_WORKING_DAYS}, &calendar,
                              &out, &err),
              &err);
    assert_int_equal(out, at("2026-10-11T00:00:00+08:00"));
    expect_status(yx_policy_before(at("2026-10-08"), &five, &out, &err), YX_USAGE, &err);
}

static void a_word_has_no_length(void **state)
{
    const struct yx_policy_duration word = {0, YX_POLICY_WORD};
    struct yx_calendar calendar = {0};
    yx_time out;
    struct yx_error err = {0};
    (void)state;
    expect_status(yx_policy_after(0, &word, &calendar, &out, &err), YX_USAGE, &err);
    /* Nor is there a time of the year 11000. */
    expect_status(yx_policy_after(at("2026-10-08"),
                                  &(struct yx_policy_duration){9999, YX_POLICY_YEARS}, &calendar,
                                  &out, &err),
                  YX_USAGE, &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_are_read),
        cmocka_unit_test(they_are_counted_as_in_china),
        cmocka_unit_test(working_days_go_by_the_calendar),
        cmocka_unit_test(a_word_has_no_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
