/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timer.c - jobs added by schedules. A timer's row is changed in the transaction that adds its job,
 * and only when it still says what was read: so of all nodes one adds it.
 */
#include <stdlib.h>

#include "jobs/room.h"

/* A time that was used and is further ahead than this shows that the clock was wrong then. */
#define WRONG_CLOCK YX_DAY

/* --- Times ------------------------------------------------------------------------------- */

/* The first time after both. A time of a calendar is not used twice; spans begin anew. */
static yx_status next_after(struct yx_tx *tx, const char *schedule_text, yx_time last, yx_time now,
                            yx_time *next, struct yx_error *err)
{
    YX_CLEAN(yx_calendar) struct yx_calendar calendar = {0};
    struct yx_schedule schedule;
    yx_time from = now;

    YX_TRY(yx_schedule_read(schedule_text, &schedule, err));
    YX_TRY(yx_calendar_load(tx, &calendar, err));
    if (schedule.kind != YX_SCHEDULE_EACH && last > now && last - now < WRONG_CLOCK)
        from = last;
    *next = yx_schedule_next(&schedule, &calendar, from);
    return YX_OK;
}

/* --- Setting ----------------------------------------------------------------------------- */

struct found {
    bool any;
    char *schedule, *kind, *payload;
    yx_time last, next;
};

static void found_free(struct found *found)
{
    free(found->schedule);
    free(found->kind);
    free(found->payload);
    *found = (struct found){0};
}
YX_DEFINE_CLEAN_VALUE(found, struct found, found_free);

static yx_status take_found(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct found *found = self;

    found->any = true;
    found->schedule = strdup(yx_row_text(row, 0));
    found->kind = strdup(yx_row_text(row, 1));
    found->payload = strdup(yx_row_text(row, 2));
    found->last = yx_row_time(row, 3);
    found->next = yx_row_time(row, 4);
    return found->schedule == NULL || found->kind == NULL || found->payload == NULL
               ? yx_fail_memory(err)
               : YX_OK;
}

static yx_status find(struct yx_tx *tx, const char *name, struct found *out, struct yx_error *err)
{
    struct yx_value value = yx_value_text(name);

    found_free(out);
    return yx_tx_query(tx, "SELECT schedule, kind, payload, last, next FROM timer WHERE name = $1",
                       &value, 1, take_found, out, err);
}

yx_status yx_timer_set(struct yx_tx *tx, const struct yx_timer *timer, yx_time now,
                       struct yx_error *err)
{
    YX_CLEAN(found) struct found before = {0};
    struct yx_schedule schedule;
    yx_time next = 0;

    YX_TRY(yx_schedule_read(timer->schedule, &schedule, err));
    YX_REQUIRE(schedule.repeats, err, YX_USAGE, "",
               N_("\"{1}\" comes once: a timer needs a schedule that comes again"),
               timer->schedule);
    YX_TRY(find(tx, timer->name, &before, err));
    if (before.any && strcmp(before.schedule, timer->schedule) == 0)
        next = before.next;
    else
        YX_TRY(next_after(tx, timer->schedule, before.any ? before.last : YX_TIME_NONE, now, &next,
                          err));
    const struct yx_value values[] = {
        yx_value_text(timer->name), yx_value_text(timer->schedule),
        yx_value_text(timer->kind), yx_value_text(timer->payload == NULL ? "{}" : timer->payload),
        yx_value_time(next),
    };
    return yx_tx_run(tx,
                     "INSERT INTO timer (name, schedule, kind, payload, next)"
                     " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO UPDATE"
                     " SET schedule = $2, kind = $3, payload = $4, next = $5",
                     values, 5, NULL, err);
}

yx_status yx_timer_remove(struct yx_tx *tx, const char *name, struct yx_error *err)
{
    struct yx_value value = yx_value_text(name);
    int64_t changed = 0;

    YX_TRY(yx_tx_run(tx, "DELETE FROM timer WHERE name = $1", &value, 1, &changed, err));
    YX_REQUIRE(changed == 1, err, YX_NO_INPUT, "", N_("there is no timer {1}"), name);
    return YX_OK;
}

/* --- Showing ----------------------------------------------------------------------------- */

struct showing {
    yx_each_timer each;
    void *self;
};

static yx_status show(void *self, const struct yx_row *row, struct yx_error *err)
{
    const struct showing *showing = self;
    const struct yx_timer timer = {
        .name = yx_row_text(row, 0),
        .schedule = yx_row_text(row, 1),
        .kind = yx_row_text(row, 2),
        .payload = yx_row_text(row, 3),
        .last = yx_row_time(row, 4),
        .next = yx_row_time(row, 5),
    };

    return showing->each(showing->self, &timer, err);
}

yx_status yx_timers_list(struct yx_tx *tx, yx_each_timer each, void *self, struct yx_error *err)
{
    struct showing showing = {each, self};

    return yx_tx_query(tx,
                       "SELECT name, schedule, kind, payload, last, next FROM timer ORDER BY name",
                       NULL, 0, show, &showing, err);
}

/* --- Names of timers that something is to be done to -------------------------------------- */

struct names {
    char **list;
    size_t count;
};

static void names_free(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->list[i]);
    free(names->list);
    *names = (struct names){0};
}
YX_DEFINE_CLEAN_VALUE(names, struct names, names_free);

static yx_status take_name(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct names *names = self;
    char **longer = realloc(names->list, (names->count + 1) * sizeof *longer);

    if (longer == NULL)
        return yx_fail_memory(err);
    names->list = longer;
    names->list[names->count] = strdup(yx_row_text(row, 0));
    return names->list[names->count++] == NULL ? yx_fail_memory(err) : YX_OK;
}

struct choosing {
    const char *sql;
    yx_time now;
    struct names *names;
};

static yx_status choose_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct choosing *choosing = self;
    struct yx_value now = yx_value_time(choosing->now);

    names_free(choosing->names);
    return yx_tx_query(tx, choosing->sql, &now, 1, take_name, choosing->names, err);
}

/* --- Firing ------------------------------------------------------------------------------ */

struct firing {
    const char *name;
    yx_time now;
    bool fired;
};

/* The last of the times that have passed; of spans, the one that was due. */
static yx_status last_missed(struct yx_tx *tx, const struct found *timer, yx_time now,
                             yx_time *meant, struct yx_error *err)
{
    YX_CLEAN(yx_calendar) struct yx_calendar calendar = {0};
    struct yx_schedule schedule;
    yx_time next = timer->next;

    *meant = timer->next;
    YX_TRY(yx_schedule_read(timer->schedule, &schedule, err));
    if (schedule.kind == YX_SCHEDULE_EACH)
        return YX_OK;
    YX_TRY(yx_calendar_load(tx, &calendar, err));
    while (next <= now) {
        *meant = next;
        next = yx_schedule_next(&schedule, &calendar, next);
    }
    return YX_OK;
}

static yx_status add_job(struct yx_tx *tx, const char *name, const struct found *timer,
                         yx_time meant, yx_time now, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf key = {0};

    if (yx_buf_printf(&key, "%s %s", name, YX_WHEN(meant)) != YX_OK ||
        yx_buf_append(&key, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    const struct yx_job_request request = {
        .kind = timer->kind, .payload = timer->payload, .key = (const char *)key.data};
    return yx_job_add(tx, &request, now, NULL, err);
}

static yx_status fire_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct firing *firing = self;
    YX_CLEAN(found) struct found timer = {0};
    yx_time meant = 0, next = 0;

    firing->fired = false;
    YX_TRY(find(tx, firing->name, &timer, err));
    if (!timer.any || timer.next > firing->now)
        return YX_OK;
    YX_TRY(last_missed(tx, &timer, firing->now, &meant, err));
    YX_TRY(next_after(tx, timer.schedule, meant, firing->now, &next, err));
    const struct yx_value values[] = {yx_value_text(firing->name), yx_value_time(meant),
                                      yx_value_time(next)};
    YX_TRY(yx_tx_run(tx, "UPDATE timer SET last = $2, next = $3 WHERE name = $1", values, 3, NULL,
                     err));
    YX_TRY(add_job(tx, firing->name, &timer, meant, firing->now, err));
    firing->fired = true;
    return YX_OK;
}

/* A schedule that cannot be read, since a newer version has set it, is told and stops no other. */
yx_status yx_timers_fire(struct yx_store *store, yx_time now, int64_t *fired, struct yx_error *err)
{
    YX_CLEAN(names) struct names names = {0};
    struct choosing due = {"SELECT name FROM timer WHERE next <= $1", now, &names};
    yx_status worst = YX_OK;

    *fired = 0;
    YX_TRY(yx_store_read(store, choose_work, &due, err));
    for (size_t i = 0; i < names.count; i++) {
        struct firing firing = {.name = names.list[i], .now = now};
        yx_status status = yx_store_write(store, fire_work, &firing, err);

        if (status != YX_OK && status != YX_USAGE)
            return status;
        *fired += status == YX_OK && firing.fired;
        worst = status == YX_OK ? worst : status;
    }
    return worst;
}

/* --- Mending ----------------------------------------------------------------------------- */

static yx_status mend_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct firing *mending = self;
    YX_CLEAN(found) struct found timer = {0};
    yx_time next = 0;

    YX_TRY(find(tx, mending->name, &timer, err));
    if (!timer.any)
        return YX_OK;
    YX_TRY(next_after(tx, timer.schedule, timer.last, mending->now, &next, err));
    const struct yx_value values[] = {yx_value_text(mending->name), yx_value_time(next)};
    return yx_tx_run(tx, "UPDATE timer SET next = $2 WHERE name = $1 AND next > $2", values, 2,
                     NULL, err);
}

/* Schedules that cannot be read are left to nodes that can. */
yx_status yx_timers_mend(struct yx_store *store, yx_time now, struct yx_error *err)
{
    YX_CLEAN(names) struct names names = {0};
    struct choosing ahead = {"SELECT name FROM timer WHERE next > $1", now, &names};

    YX_TRY(yx_store_read(store, choose_work, &ahead, err));
    for (size_t i = 0; i < names.count; i++) {
        struct firing mending = {.name = names.list[i], .now = now};
        yx_status status = yx_store_write(store, mend_work, &mending, err);

        if (status != YX_OK && status != YX_USAGE)
            return status;
    }
    return YX_OK;
}
