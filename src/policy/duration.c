/* SPDX-License-Identifier: Apache-2.0 */
/* duration.c - lengths of time as regulations name them, and days in China. */
#include <stdlib.h>

#include "policy/room.h"

#define ZONE (8 * 3600 * YX_SECOND) /* China Standard Time */
#define COUNT_MAX 9999
#define MONTHS_OF_YEAR 12
/* So many days are looked through for working days: more than the longest duration takes. */
#define SEARCH_MAX (COUNT_MAX * 3)

static const struct {
    const char *name;
    enum yx_policy_unit unit;
} units[] = {
    {"hours", YX_POLICY_HOURS},
    {"days", YX_POLICY_DAYS},
    {"working-days", YX_POLICY_WORKING_DAYS},
    {"months", YX_POLICY_MONTHS},
    {"years", YX_POLICY_YEARS},
};

yx_status yx_policy_duration_read(const char *value, struct yx_policy_duration *out,
                                  struct yx_error *err)
{
    size_t digits = strspn(value, "0123456789");
    long count = digits >= 1 && digits <= 4 && value[0] != '0' ? strtol(value, NULL, 10) : 0;

    for (size_t i = 0; count > 0 && value[digits] == ' ' && i < COUNT_OF(units); i++)
        if (strcmp(value + digits + 1, units[i].name) == 0) {
            *out = (struct yx_policy_duration){count, units[i].unit};
            return YX_OK;
        }
    return yx_fail(err, YX_USAGE, RULE,
                   N_("{1} is no length of time: a number from 1 to {2}, a space, and hours, days, "
                      "working-days, months or years"),
                   value, YX_NUM(COUNT_MAX));
}

/* --- Days in China
 * ------------------------------------------------------------------------------------- */

bool yx_policy_date(struct yx_bytes text, yx_time *out)
{
    char date[11];
    yx_time midnight;

    if (text.len != 10)
        return false;
    memcpy(date, text.data, 10);
    date[10] = '\0';
    if (yx_time_parse(date, &midnight, NULL) != YX_OK)
        return false;
    *out = midnight - ZONE;
    return true;
}

/* The first instant of the day that an instant is in. */
static yx_time day_of(yx_time time)
{
    yx_time local = time + ZONE, rest = local % YX_DAY;

    return local - (rest < 0 ? rest + YX_DAY : rest) - ZONE;
}

static bool is_among(const char *dates, yx_time day)
{
    struct yx_bytes piece;
    yx_time date;

    while (yx_policy_next(&dates, ',', &piece))
        if (yx_policy_date(piece, &date) && date == day)
            return true;
    return false;
}

static bool is_working_day(yx_time day, const struct yx_policy_calendar *calendar)
{
    /* 1 January 1970 was a Thursday. */
    int64_t weekday = ((day + ZONE) / YX_DAY + 3) % 7;

    if (weekday >= 5)
        return is_among(calendar->workdays, day);
    return !is_among(calendar->holidays, day);
}

static yx_status add_working_days(yx_time start, int64_t count,
                                  const struct yx_policy_calendar *calendar, yx_time *out,
                                  struct yx_error *err)
{
    yx_time day = day_of(start);

    for (int64_t looked = 0; looked < SEARCH_MAX; looked++) {
        day += YX_DAY;
        if (is_working_day(day, calendar) && --count == 0) {
            *out = day + YX_DAY;
            return YX_OK;
        }
    }
    return yx_fail(err, YX_USAGE, RULE, N_("the calendar has too few working days"));
}

/* --- Months
 * ------------------------------------------------------------------------------------------------
 */

static yx_status add_months(yx_time start, int64_t months, yx_time *out, struct yx_error *err)
{
    struct yx_civil civil;
    yx_time rest, found;
    int64_t month;

    yx_time_to_civil(start + ZONE, &civil);
    rest = (start + ZONE) % YX_SECOND;
    month = civil.year * MONTHS_OF_YEAR + civil.month - 1 + months;
    civil.year = month / MONTHS_OF_YEAR;
    civil.month = (unsigned)(month % MONTHS_OF_YEAR) + 1;
    while (!yx_time_from_civil(&civil, &found)) {
        YX_REQUIRE(civil.day > 28, err, YX_USAGE, RULE, N_("that is too far away"));
        civil.day--;
    }
    *out = found + rest - ZONE;
    return YX_OK;
}

/* --- Both ways
 * -----------------------------------------------------------------------------------------------
 */

static yx_status add(yx_time start, const struct yx_policy_duration *duration, int sign,
                     yx_time *out, struct yx_error *err)
{
    switch (duration->unit) {
    case YX_POLICY_HOURS:
        *out = start + sign * duration->count * 3600 * YX_SECOND;
        return YX_OK;
    case YX_POLICY_DAYS:
        *out = start + sign * duration->count * YX_DAY;
        return YX_OK;
    case YX_POLICY_MONTHS:
        return add_months(start, sign * duration->count, out, err);
    case YX_POLICY_YEARS:
        return add_months(start, sign * duration->count * MONTHS_OF_YEAR, out, err);
    case YX_POLICY_WORKING_DAYS:
    case YX_POLICY_WORD:
        break;
    }
    return yx_fail(err, YX_USAGE, RULE, N_("this length of time cannot be counted from here"));
}

yx_status yx_policy_after(yx_time start, const struct yx_policy_duration *duration,
                          const struct yx_policy_calendar *calendar, yx_time *out,
                          struct yx_error *err)
{
    if (duration->unit == YX_POLICY_WORKING_DAYS)
        return add_working_days(start, duration->count, calendar, out, err);
    return add(start, duration, 1, out, err);
}

yx_status yx_policy_before(yx_time end, const struct yx_policy_duration *duration, yx_time *out,
                           struct yx_error *err)
{
    return add(end, duration, -1, out, err);
}
