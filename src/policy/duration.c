/* SPDX-License-Identifier: Apache-2.0 */
/* duration.c - lengths of time as regulations name them, and dates in China. */
#include <stdlib.h>

#include "policy/room.h"

#define ZONE (8 * 3600 * YX_SECOND) /* China Standard Time */
#define COUNT_MAX 9999
#define MONTHS_OF_YEAR 12
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

/* --- Days in China --------------------------------------------------------------------------- */

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

/* --- Months ---------------------------------------------------------------------------------- */

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

/* --- Both ways ------------------------------------------------------------------------------- */

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
                          const struct yx_calendar *calendar, yx_time *out, struct yx_error *err)
{
    const struct yx_schedule working_days = {
        .kind = YX_SCHEDULE_AFTER_WORKDAYS, .count = duration->count, .offset = ZONE};

    if (duration->unit != YX_POLICY_WORKING_DAYS)
        return add(start, duration, 1, out, err);
    *out = yx_schedule_next(&working_days, calendar, start);
    return YX_OK;
}

yx_status yx_policy_before(yx_time end, const struct yx_policy_duration *duration, yx_time *out,
                           struct yx_error *err)
{
    return add(end, duration, -1, out, err);
}
