/* SPDX-License-Identifier: Apache-2.0 */
/* schedule.c - times by rules: read, and counted on. Days are counted from 1970-01-01 in the zone
 * of the schedule. */
#include <stdlib.h>

#include "jobs/room.h"

#define MINUTE (60 * YX_SECOND)
#define HOUR (60 * MINUTE)
#define MINUTES_PER_DAY 1440
#define EACH_MAX (366 * YX_DAY)
#define WORKDAYS_MAX 1000
#define WORDS_MAX 4
#define WORD_SIZE 32
#define LAST_DAY 31
/* In so many days each day of the year comes once: 29 February is the last of its month. */
#define HORIZON 400

struct words {
    char word[WORDS_MAX][WORD_SIZE];
    size_t count;
};

/* --- Reading ----------------------------------------------------------------------------- */

static yx_status bad(const char *text, struct yx_error *err)
{
    return yx_fail(err, YX_USAGE, "",
                   N_("\"{1}\" is no schedule; one reads like \"daily 02:30\", \"workdays 09:00\", "
                      "\"monthly 10 24:00\", \"yearly 01-31 24:00\", \"each 30 s\" or "
                      "\"after 5 workdays\""),
                   text);
}

static bool split(const char *text, struct words *words)
{
    for (;;) {
        size_t len = strcspn(text, " ");

        if (len == 0 || len >= WORD_SIZE || words->count == WORDS_MAX)
            return false;
        memcpy(words->word[words->count++], text, len);
        if (text[len] == '\0')
            return true;
        text += len + 1;
    }
}

/* Digits alone, from `low` to `high`. */
static bool read_number(const char *word, int64_t low, int64_t high, int64_t *out)
{
    size_t digits = strspn(word, "0123456789");

    if (digits == 0 || digits > 9 || word[digits] != '\0')
        return false;
    *out = strtoll(word, NULL, 10);
    return *out >= low && *out <= high;
}

/* Two pairs of digits with `between` between them. */
static bool read_pair(const char *word, char between, int64_t *first, int64_t *second)
{
    char copy[WORD_SIZE];

    if (strlen(word) != 5 || word[2] != between)
        return false;
    memcpy(copy, word, 6);
    copy[2] = '\0';
    return read_number(copy, 0, 99, first) && read_number(copy + 3, 0, 99, second);
}

static bool read_clock(const char *word, struct yx_schedule *out)
{
    int64_t hour, minute;

    if (!read_pair(word, ':', &hour, &minute))
        return false;
    out->minute = (unsigned)(hour * 60 + minute);
    return minute < 60 && out->minute <= MINUTES_PER_DAY;
}

static bool read_day(const char *word, struct yx_schedule *out)
{
    int64_t day = LAST_DAY;

    if (strcmp(word, "last") != 0 && !read_number(word, 1, LAST_DAY, &day))
        return false;
    out->day = (unsigned)day;
    return true;
}

static bool read_date(const char *word, struct yx_schedule *out)
{
    static const uint8_t lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t month, day;

    if (!read_pair(word, '-', &month, &day) || month < 1 || month > 12)
        return false;
    out->month = (unsigned)month;
    out->day = (unsigned)day;
    return day >= 1 && day <= lengths[month - 1];
}

/* "30 s", "5 min", "2 h", "5 workdays". */
static bool read_span(const struct words *words, bool repeats, struct yx_schedule *out)
{
    static const struct {
        const char *unit;
        yx_time length;
    } units[] = {{"s", YX_SECOND}, {"min", MINUTE}, {"h", HOUR}};
    bool workdays = strcmp(words->word[2], "workdays") == 0;

    out->repeats = repeats;
    if (workdays && !repeats) {
        out->kind = YX_SCHEDULE_AFTER_WORKDAYS;
        return read_number(words->word[1], 1, WORKDAYS_MAX, &out->count);
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(words->word[2], units[i].unit) == 0 &&
            read_number(words->word[1], 1, EACH_MAX / units[i].length, &out->count)) {
            out->count *= units[i].length;
            return true;
        }
    return false;
}

static bool read_each(const struct words *words, struct yx_schedule *out)
{
    return read_span(words, true, out);
}

static bool read_after(const struct words *words, struct yx_schedule *out)
{
    return read_span(words, false, out);
}

static bool read_daily(const struct words *words, struct yx_schedule *out)
{
    return read_clock(words->word[1], out);
}

static bool read_monthly(const struct words *words, struct yx_schedule *out)
{
    return read_day(words->word[1], out) && read_clock(words->word[2], out);
}

static bool read_yearly(const struct words *words, struct yx_schedule *out)
{
    return read_date(words->word[1], out) && read_clock(words->word[2], out);
}

static const struct {
    const char *word;
    size_t words; /* without a zone */
    enum yx_schedule_kind kind;
    bool (*read)(const struct words *words, struct yx_schedule *out);
} kinds[] = {
    {"each", 3, YX_SCHEDULE_EACH, read_each},
    {"after", 3, YX_SCHEDULE_EACH, read_after},
    {"daily", 2, YX_SCHEDULE_DAILY, read_daily},
    {"workdays", 2, YX_SCHEDULE_WORKDAYS, read_daily},
    {"monthly", 3, YX_SCHEDULE_MONTHLY, read_monthly},
    {"yearly", 3, YX_SCHEDULE_YEARLY, read_yearly},
};

/* Zones without summer time, in hours east. */
static const struct {
    const char *name;
    int hours;
} zones[] = {
    {"Asia/Shanghai", 8}, {"Asia/Chongqing", 8}, {"Asia/Harbin", 8}, {"Asia/Hong_Kong", 8},
    {"Asia/Macau", 8},    {"Asia/Taipei", 8},    {"Asia/Urumqi", 6}, {"UTC", 0},
};

static bool read_zone(const char *word, int64_t *offset)
{
    int64_t hours, minutes;

    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        if (strcmp(word, zones[i].name) == 0) {
            *offset = zones[i].hours * HOUR;
            return true;
        }
    if ((word[0] != '+' && word[0] != '-') || !read_pair(word + 1, ':', &hours, &minutes) ||
        hours > 14 || minutes > 59)
        return false;
    *offset = (hours * HOUR + minutes * MINUTE) * (word[0] == '-' ? -1 : 1);
    return true;
}

yx_status yx_schedule_read(const char *text, struct yx_schedule *out, struct yx_error *err)
{
    struct words words = {0};
    struct yx_schedule schedule = {.repeats = true, .offset = zones[0].hours * HOUR};

    if (!split(text, &words))
        return bad(text, err);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(words.word[0], kinds[i].word) != 0)
            continue;
        schedule.kind = kinds[i].kind;
        if (words.count < kinds[i].words || words.count > kinds[i].words + 1 ||
            !kinds[i].read(&words, &schedule))
            break;
        if (words.count > kinds[i].words &&
            !read_zone(words.word[words.count - 1], &schedule.offset))
            break;
        *out = schedule;
        return YX_OK;
    }
    return bad(text, err);
}

/* --- Counting ---------------------------------------------------------------------------- */

static int64_t day_of(const struct yx_schedule *schedule, yx_time time)
{
    int64_t local = time + schedule->offset;

    return local / YX_DAY - (local % YX_DAY < 0);
}

/* A minute of a day, as an instant. */
static yx_time instant(const struct yx_schedule *schedule, int64_t day, unsigned minute)
{
    return day * YX_DAY + minute * MINUTE - schedule->offset;
}

static bool is_day(const struct yx_schedule *schedule, const struct yx_calendar *calendar,
                   int64_t day)
{
    struct yx_civil today, tomorrow;
    bool month_ends;

    if (schedule->kind == YX_SCHEDULE_DAILY)
        return true;
    if (schedule->kind == YX_SCHEDULE_WORKDAYS)
        return yx_calendar_works(calendar, day);
    yx_time_to_civil(day * YX_DAY, &today);
    yx_time_to_civil((day + 1) * YX_DAY, &tomorrow);
    month_ends = tomorrow.day == 1;
    return (schedule->kind == YX_SCHEDULE_MONTHLY || today.month == schedule->month) &&
           (today.day == schedule->day || (month_ends && today.day < schedule->day));
}

static yx_time after_workdays(const struct yx_schedule *schedule,
                              const struct yx_calendar *calendar, yx_time from)
{
    int64_t day = day_of(schedule, from);

    for (int64_t left = schedule->count; left > 0;)
        if (yx_calendar_works(calendar, ++day))
            left--;
    return instant(schedule, day, MINUTES_PER_DAY);
}

/* From the day before on: its end, 24:00, may be to come. */
yx_time yx_schedule_next(const struct yx_schedule *schedule, const struct yx_calendar *calendar,
                         yx_time from)
{
    int64_t first = day_of(schedule, from) - 1;

    if (schedule->kind == YX_SCHEDULE_EACH)
        return from + schedule->count;
    if (schedule->kind == YX_SCHEDULE_AFTER_WORKDAYS)
        return after_workdays(schedule, calendar, from);
    for (int64_t day = first; day < first + HORIZON; day++)
        if (is_day(schedule, calendar, day) && instant(schedule, day, schedule->minute) > from)
            return instant(schedule, day, schedule->minute);
    return INT64_MAX; /* a calendar in which nobody works */
}
