/* SPDX-License-Identifier: Apache-2.0 */
/* calendar.c - the days that are not as the week says. */
#include <stdlib.h>

#include "jobs/room.h"

#define DATE_LENGTH 10

/* 1970-01-01 was a Thursday. */
#define THURSDAY 3 /* from Monday, 0 */
#define SATURDAY 5

static yx_status read_date(const char *date, int64_t *day, struct yx_error *err)
{
    yx_time time = 0;

    YX_REQUIRE(strlen(date) == DATE_LENGTH && yx_time_parse(date, &time, NULL) == YX_OK, err,
               YX_USAGE, "RFC 3339 5.6", N_("{1} is no date"), date);
    *day = time / YX_DAY - (time % YX_DAY < 0);
    return YX_OK;
}

static yx_status add_day(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct yx_calendar *calendar = self;
    struct yx_calendar_day day = {.working = yx_row_integer(row, 1) == 1};
    struct yx_calendar_day *longer;

    YX_TRY(read_date(yx_row_text(row, 0), &day.day, err));
    if ((calendar->count & (calendar->count - 1)) == 0) { /* full: 0, 1, 2, 4, ... */
        size_t room = calendar->count == 0 ? 1 : calendar->count * 2;

        longer = realloc(calendar->days, room * sizeof *longer);
        if (longer == NULL)
            return yx_fail_memory(err);
        calendar->days = longer;
    }
    calendar->days[calendar->count++] = day;
    return YX_OK;
}

yx_status yx_calendar_load(struct yx_tx *tx, struct yx_calendar *out, struct yx_error *err)
{
    yx_calendar_free(out);
    return yx_tx_query(tx, "SELECT day, working FROM calendar ORDER BY day", NULL, 0, add_day, out,
                       err);
}

yx_status yx_calendar_set(struct yx_tx *tx, const char *date, bool working, const char *name,
                          struct yx_error *err)
{
    const struct yx_value values[] = {yx_value_text(date), yx_value_integer(working),
                                      yx_value_text(name)};
    int64_t day;

    YX_TRY(read_date(date, &day, err));
    return yx_tx_run(tx,
                     "INSERT INTO calendar (day, working, name) VALUES ($1, $2, $3)"
                     " ON CONFLICT (day) DO UPDATE SET working = $2, name = $3",
                     values, 3, NULL, err);
}

static int compare(const void *key, const void *member)
{
    int64_t a = *(const int64_t *)key, b = ((const struct yx_calendar_day *)member)->day;

    return (a > b) - (a < b);
}

bool yx_calendar_works(const struct yx_calendar *calendar, int64_t day)
{
    const struct yx_calendar_day *found = NULL;
    int64_t weekday = ((day + THURSDAY) % 7 + 7) % 7;

    if (calendar->count > 0)
        found = bsearch(&day, calendar->days, calendar->count, sizeof *found, compare);
    return found == NULL ? weekday < SATURDAY : found->working;
}

void yx_calendar_free(struct yx_calendar *calendar)
{
    free(calendar->days);
    *calendar = (struct yx_calendar){0};
}
