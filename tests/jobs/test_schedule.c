/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_schedule.c - times by rules, among them those of Appendix E of the requirements.
 */
#include "support.h"
#include "tools.h"

#include "database.h"
#include "desk.h"

static yx_time at(const char *text)
{
    struct yx_error err = {0};
    yx_time time = 0;
    expect_ok(yx_time_parse(text, &time, &err), &err);
    return time;
}

static struct yx_schedule schedule(const char *text)
{
    struct yx_schedule out;
    struct yx_error err = {0};
    expect_ok(yx_schedule_read(text, &out, &err), &err);
    return out;
}

static yx_status load_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_calendar_load(tx, self, err);
}

static const struct {
    const char *schedule, *from, *next;
} rows[] = {
    /* CA-23: by the 10th of each month. */
    {"monthly 10 24:00", "2026-11-22T08:00:00+08:00", "2026-12-11T00:00:00+08:00"},
    {"monthly 10 24:00", "2026-12-10T23:59:59+08:00", "2026-12-11T00:00:00+08:00"},
    {"monthly 10 24:00", "2026-12-11T00:00:00+08:00", "2027-01-11T00:00:00+08:00"},
    /* APP-17: by 31 January of each year. */
    {"yearly 01-31 24:00", "2026-11-22T08:00:00+08:00", "2027-02-01T00:00:00+08:00"},
    {"yearly 01-31 24:00", "2027-01-31T12:00:00+08:00", "2027-02-01T00:00:00+08:00"},
    {"yearly 01-31 24:00", "2027-02-01T00:00:00+08:00", "2028-02-01T00:00:00+08:00"},
    /* SEAL-41, APP-15: 24 and 72 hours. */
    {"after 24 h", "2026-11-22T08:00:01+08:00", "2026-11-23T08:00:01+08:00"},
    {"after 72 h", "2026-11-22T08:00:01+08:00", "2026-11-25T08:00:01+08:00"},
    /* CA-25, APP-16: 5 and 10 working days; 10 October is a Saturday that is worked. */
    {"after 5 workdays", "2026-11-23T10:00:00+08:00", "2026-12-01T00:00:00+08:00"},
    {"after 5 workdays", "2026-11-20T10:00:00+08:00", "2026-11-28T00:00:00+08:00"},
    {"after 5 workdays", "2026-09-30T23:30:00+08:00", "2026-10-14T00:00:00+08:00"},
    {"after 10 workdays", "2026-02-13T10:00:00+08:00", "2026-03-06T00:00:00+08:00"},
    /* Renewal of an annual inspection, daily work. */
    {"daily 02:30", "2026-11-22T02:30:00+08:00", "2026-11-23T02:30:00+08:00"},
    {"daily 02:30", "2026-11-22T02:29:59+08:00", "2026-11-22T02:30:00+08:00"},
    {"daily 00:00", "2026-11-22T15:59:59Z", "2026-11-22T16:00:00Z"},
    {"daily 24:00", "2026-11-22T15:59:59Z", "2026-11-22T16:00:00Z"},
    {"daily 02:30 UTC", "2026-11-22T02:29:59Z", "2026-11-22T02:30:00Z"},
    {"daily 02:30 Asia/Urumqi", "2026-11-22T00:00:00Z", "2026-11-22T20:30:00Z"},
    {"daily 02:30 -05:30", "2026-11-22T00:00:00Z", "2026-11-22T08:00:00Z"},
    {"workdays 09:00", "2026-09-30T09:00:00+08:00", "2026-10-08T09:00:00+08:00"},
    {"workdays 09:00", "2026-10-09T09:00:00+08:00", "2026-10-10T09:00:00+08:00"},
    {"workdays 09:00", "2026-10-10T09:00:00+08:00", "2026-10-12T09:00:00+08:00"},
    {"monthly last 18:00", "2026-02-01T00:00:00+08:00", "2026-02-28T18:00:00+08:00"},
    {"monthly last 18:00", "2028-02-01T00:00:00+08:00", "2028-02-29T18:00:00+08:00"},
    {"monthly 30 18:00", "2026-02-01T00:00:00+08:00", "2026-02-28T18:00:00+08:00"},
    {"monthly 30 18:00", "2026-03-01T00:00:00+08:00", "2026-03-30T18:00:00+08:00"},
    {"yearly 02-29 12:00", "2100-01-01T00:00:00+08:00", "2100-02-28T12:00:00+08:00"},
    {"yearly 02-29 12:00", "2027-12-01T00:00:00+08:00", "2028-02-29T12:00:00+08:00"},
    {"each 30 s", "2026-11-22T08:00:00Z", "2026-11-22T08:00:30Z"},
    {"each 5 min", "2026-11-22T08:00:00Z", "2026-11-22T08:05:00Z"},
    {"each 2 h", "2026-11-22T08:00:00Z", "2026-11-22T10:00:00Z"},
    {"monthly 1 00:00", "1960-02-29T00:00:00Z", "1960-02-29T16:00:00Z"},
};

/* REQ: APP-18 */
static void times_come(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    YX_CLEAN(yx_calendar) struct yx_calendar calendar = {0};
    struct yx_error err = {0};
    expect_ok(yx_store_read(store, load_work, &calendar, &err), &err);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct yx_schedule rule = schedule(rows[i].schedule);
        yx_time next = yx_schedule_next(&rule, &calendar, at(rows[i].from));
        if (next != at(rows[i].next))
            fail_msg("%s after %s: %s", rows[i].schedule, rows[i].from, YX_WHEN(next));
    }
}

static void no_schedule(void **state)
{
    static const char *const bad[] = {
        "",
        " ",
        "daily",
        "daily ",
        "daily 2:30",
        "daily 24:01",
        "daily 02:60",
        "daily 02:30 ",
        "daily  02:30",
        "daily 02:30 Europe/Berlin",
        "daily 02:30 +15:00",
        "daily 02:30 UTC UTC",
        "daily 02-30",
        "workdays",
        "monthly 0 10:00",
        "monthly 32 10:00",
        "monthly -1 10:00",
        "monthly 10",
        "monthly first 10:00",
        "yearly 13-01 10:00",
        "yearly 02-30 10:00",
        "yearly 1-31 10:00",
        "yearly 00-10 10:00",
        "each 0 s",
        "each 5 workdays",
        "each 5",
        "each 5 days",
        "each -5 s",
        "each 99999999999999999999 s",
        "each 9000 h",
        "after 0 workdays",
        "after 1001 workdays",
        "after 5 weeks",
        "hourly",
        "daily 02:3x",
        "daily +2:30",
        "yearly 01-31 24:00 a-zone-of-a-name-that-is-much-too-long",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct yx_schedule out;
        struct yx_error err = {0};
        if (yx_schedule_read(bad[i], &out, &err) != YX_USAGE)
            fail_msg("\"%s\" was read", bad[i]);
    }
}

static yx_status set_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    (void)self;
    YX_TRY(yx_calendar_set(tx, "2027-03-01", false, "a day off", err));
    YX_TRY(yx_calendar_set(tx, "2027-03-06", true, "a Saturday", err));
    YX_TRY(yx_calendar_set(tx, "2027-03-01", false, "set twice", err));
    return yx_calendar_set(tx, "1969-12-31", false, "long ago", err);
}

static yx_status set_bad_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_calendar_set(tx, self, false, "", err);
}

static void the_calendar_is_data(struct database *database)
{
    static const char *const bad[] = {"2027-02-30", "2027-3-1", "20270301", "2027-03-01T00:00:00Z"};
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    YX_CLEAN(yx_calendar) struct yx_calendar calendar = {0};
    struct yx_error err = {0};
    expect_ok(yx_store_write(store, set_work, NULL, &err), &err);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_status(yx_store_write(store, set_bad_work, (void *)(uintptr_t)bad[i], &err),
                      YX_USAGE, &err);
    expect_ok(yx_store_read(store, load_work, &calendar, &err), &err);
    assert_false(yx_calendar_works(&calendar, at("2027-03-01") / YX_DAY));
    assert_true(yx_calendar_works(&calendar, at("2027-03-02") / YX_DAY));
    assert_true(yx_calendar_works(&calendar, at("2027-03-06") / YX_DAY));
    assert_false(yx_calendar_works(&calendar, at("2027-03-07") / YX_DAY));
    assert_false(yx_calendar_works(&calendar, -1));
    assert_true(yx_calendar_works(&calendar, -2));
}

int main(void)
{
    const struct database_case cases[] = {
        {"times come", times_come},
        {"the calendar is data", the_calendar_is_data},
    };
    const struct CMUnitTest plain[] = {cmocka_unit_test(no_schedule)};
    int failed = cmocka_run_group_tests_name("schedules", plain, NULL, NULL);
    return failed + database_main("schedule", cases, sizeof cases / sizeof *cases, true);
}
