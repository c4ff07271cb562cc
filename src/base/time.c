/* SPDX-License-Identifier: Apache-2.0 */
/* time.c - instants, their civil form (UTC), and the texts that stand for them. */
#include <time.h>

#include "base/base.h"

yx_time yx_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (yx_time)now.tv_sec * YX_SECOND + now.tv_nsec / 1000;
}

int64_t yx_monotonic(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * YX_SECOND + now.tv_nsec / 1000;
}

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned days_of_month(int64_t year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

/*
 * Days since 1970-01-01 in the proleptic Gregorian calendar. Years are counted from March, so
 * that the leap day ends the year: day of year = (153 * months since March + 2) / 5 + day - 1.
 * 719468 is the number of days from 0000-03-01 to 1970-01-01.
 */
static int64_t days_from_civil(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

bool yx_time_from_civil(const struct yx_civil *civil, yx_time *out)
{
    if (civil->year < 1 || civil->year > 9999 || civil->month < 1 || civil->month > 12)
        return false;
    if (civil->day < 1 || civil->day > days_of_month(civil->year, civil->month))
        return false;
    if (civil->hour > 23 || civil->minute > 59 || civil->second > 59)
        return false;
    int64_t days = days_from_civil(civil->year, civil->month, civil->day);
    int64_t seconds = days * 86400 + civil->hour * 3600 + civil->minute * 60 + civil->second;
    *out = seconds * YX_SECOND;
    return true;
}

void yx_time_to_civil(yx_time time, struct yx_civil *out)
{
    int64_t seconds = time / YX_SECOND - (time % YX_SECOND < 0);
    int64_t days = seconds / 86400 - (seconds % 86400 < 0);
    int64_t rest = seconds - days * 86400;
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    out->day = (unsigned)(day_of_year - (153 * month + 2) / 5 + 1);
    out->month = (unsigned)(month < 10 ? month + 3 : month - 9);
    out->year = year_of_era + era * 400 + (out->month <= 2);
    out->hour = (unsigned)(rest / 3600);
    out->minute = (unsigned)(rest / 60 % 60);
    out->second = (unsigned)(rest % 60);
}

void yx_time_format(yx_time time, char out[YX_TIME_TEXT])
{
    *out = '\0';
    if (time == YX_TIME_NONE)
        return;
    struct yx_civil civil;
    yx_time_to_civil(time, &civil);
    snprintf(out, YX_TIME_TEXT, "%04lld-%02u-%02uT%02u:%02u:%02uZ", (long long)civil.year,
             civil.month, civil.day, civil.hour, civil.minute, civil.second);
}

/* --- Reading ----------------------------------------------------------------------------- */

/* Takes exactly `count` digits. */
static bool take_digits(struct yx_bytes *text, size_t count, unsigned *out)
{
    if (text->len < count)
        return false;
    unsigned value = 0;
    for (size_t i = 0; i < count; i++) {
        if (text->data[i] < '0' || text->data[i] > '9')
            return false;
        value = value * 10 + (text->data[i] - '0');
    }
    *text = YX_BYTES(text->data + count, text->len - count);
    *out = value;
    return true;
}

static bool take_one(struct yx_bytes *text, const char *any_of)
{
    if (text->len == 0 || text->data[0] == '\0' || strchr(any_of, text->data[0]) == NULL)
        return false;
    *text = YX_BYTES(text->data + 1, text->len - 1);
    return true;
}

/* ".123456": at least one digit; what lies beyond microseconds is dropped. */
static bool take_fraction(struct yx_bytes *text, int64_t *microseconds)
{
    *microseconds = 0;
    if (!take_one(text, "."))
        return true;
    int64_t weight = YX_SECOND / 10;
    unsigned value;
    if (!take_digits(text, 1, &value))
        return false;
    do {
        *microseconds += value * weight;
        weight /= 10;
    } while (take_digits(text, 1, &value));
    return true;
}

/* "Z", "+08:00", "+0800" or nothing. */
static bool take_zone(struct yx_bytes *text, int *seconds_east, bool *known)
{
    *known = text->len > 0;
    if (text->len == 0)
        return true;
    if (take_one(text, "Zz")) {
        *seconds_east = 0;
        return true;
    }
    bool west = text->data[0] == '-';
    unsigned hours, minutes;
    if (!take_one(text, "+-") || !take_digits(text, 2, &hours))
        return false;
    take_one(text, ":");
    if (!take_digits(text, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    int seconds = (int)(hours * 3600 + minutes * 60);
    *seconds_east = west ? -seconds : seconds;
    return true;
}

static bool take_date(struct yx_bytes *text, const char *separator, struct yx_civil *civil)
{
    unsigned year;
    if (!take_digits(text, 4, &year))
        return false;
    civil->year = year;
    if (*separator != '\0' && !take_one(text, separator))
        return false;
    if (!take_digits(text, 2, &civil->month))
        return false;
    if (*separator != '\0' && !take_one(text, separator))
        return false;
    return take_digits(text, 2, &civil->day);
}

static bool take_clock(struct yx_bytes *text, bool colons, struct yx_civil *civil)
{
    return take_digits(text, 2, &civil->hour) && (!colons || take_one(text, ":")) &&
           take_digits(text, 2, &civil->minute) && (!colons || take_one(text, ":")) &&
           take_digits(text, 2, &civil->second);
}

/* Puts civil time, fraction and zone together and checks the range that the headers promise. */
static bool assemble(const struct yx_civil *civil, int64_t fraction, int zone, yx_time *out)
{
    yx_time time;
    if (civil->year < 1950 || !yx_time_from_civil(civil, &time))
        return false;
    *out = time + fraction - zone * YX_SECOND;
    return true;
}

/* The date, a separator, the clock, and whatever zone follows; the whole text must be used. */
static bool parse_separated(struct yx_bytes text, const char *between, int *zone, bool *known,
                            yx_time *out)
{
    struct yx_civil civil = {0};
    int64_t fraction = 0;
    return take_date(&text, "-", &civil) && take_one(&text, between) &&
           take_clock(&text, true, &civil) && take_fraction(&text, &fraction) &&
           take_zone(&text, zone, known) && text.len == 0 && assemble(&civil, fraction, *zone, out);
}

static bool parse_date_alone(struct yx_bytes text, int zone, yx_time *out)
{
    struct yx_civil civil = {0};
    return take_date(&text, "-", &civil) && text.len == 0 && assemble(&civil, 0, zone, out);
}

static bool parse_compact(struct yx_bytes text, int *zone, bool *known, yx_time *out)
{
    struct yx_civil civil = {0};
    int64_t fraction = 0;
    return take_date(&text, "", &civil) && take_clock(&text, false, &civil) &&
           take_fraction(&text, &fraction) && take_zone(&text, zone, known) && text.len == 0 &&
           assemble(&civil, fraction, *zone, out);
}

yx_status yx_time_parse(const char *text, yx_time *out, struct yx_error *err)
{
    struct yx_bytes bytes = YX_TEXT(text);
    int zone = 0;
    bool known;
    yx_time time;
    bool sound = parse_date_alone(bytes, 0, &time) ||
                 (parse_separated(bytes, "Tt ", &zone, &known, &time) && known);
    YX_REQUIRE(sound, err, YX_DAMAGED, "RFC 3339",
               N_("“{1}” is not a time: write 2026-11-21 or 2026-11-21T16:00:00+08:00"), text);
    *out = time;
    return YX_OK;
}

yx_status yx_time_parse_loose(struct yx_bytes text, int zone_seconds, yx_time *out,
                              bool *zone_known, struct yx_error *err)
{
    int zone = zone_seconds;
    bool known = false;
    yx_time time;
    bool sound = parse_separated(text, "Tt ", &zone, &known, &time) ||
                 parse_compact(text, &zone, &known, &time);
    YX_REQUIRE(sound, err, YX_DAMAGED, "RFC 3339", N_("a time is not readable"));
    *out = time;
    *zone_known = known;
    return YX_OK;
}
