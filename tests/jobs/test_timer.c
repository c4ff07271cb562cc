/* SPDX-License-Identifier: Apache-2.0 */
/* test_timer.c - jobs added by schedules, each time by one node. */
#include "support.h"
#include "tools.h"

#include <pthread.h>

#include "database.h"
#include "desk.h"

#define HOUR (3600 * YX_SECOND)

static yx_time at(const char *text)
{
    struct yx_error err = {0};
    yx_time time = 0;
    expect_ok(yx_time_parse(text, &time, &err), &err);
    return time;
}

struct setting {
    struct yx_timer timer;
    yx_time now;
};

static yx_status set_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct setting *setting = self;
    return yx_timer_set(tx, &setting->timer, setting->now, err);
}

static yx_status set_timer(struct yx_store *store, const char *name, const char *schedule,
                           yx_time now, struct yx_error *err)
{
    struct setting setting = {{.name = name, .schedule = schedule, .kind = "tick"}, now};
    return yx_store_write(store, set_work, &setting, err);
}

static yx_status remove_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_timer_remove(tx, self, err);
}

static yx_status note_next(void *self, const struct yx_timer *timer, struct yx_error *err)
{
    (void)err;
    *(yx_time *)self = timer->next;
    return YX_OK;
}

static yx_status next_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_timers_list(tx, note_next, self, err);
}

/* Of the only timer. */
static yx_time next_of(struct yx_store *store)
{
    yx_time next = 0;
    struct yx_error err = {0};
    expect_ok(yx_store_read(store, next_work, &next, &err), &err);
    return next;
}

static int64_t fire(struct yx_store *store, yx_time now)
{
    int64_t fired = 0;
    struct yx_error err = {0};
    expect_ok(yx_timers_fire(store, now, &fired, &err), &err);
    return fired;
}

static void fires_at_its_times(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    static const struct yx_job_kind kinds[] = {{.kind = "tick"}};
    struct desk_taken taken = {0};
    struct yx_error err = {0};
    expect_ok(set_timer(store, "report", "monthly 10 24:00", at("2026-11-22T00:00:00Z"), &err),
              &err);
    assert_int_equal(fire(store, at("2026-12-10T15:59:59Z")), 0);
    assert_int_equal(fire(store, at("2026-12-10T16:00:00Z")), 1);
    assert_int_equal(fire(store, at("2026-12-10T16:00:01Z")), 0);
    assert_int_equal(next_of(store), at("2027-01-10T16:00:00Z"));
    take_jobs(store, "node", kinds, 1, 4, at("2026-12-11T00:00:00Z"), &taken);
    assert_int_equal(taken.count, 1);
    assert_string_equal(taken.list[0]->key, "report 2026-12-10T16:00:00Z");
    taken_drop(&taken);
}

static void what_was_missed_comes_once(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    static const struct yx_job_kind kinds[] = {{.kind = "tick"}};
    struct desk_taken taken = {0};
    struct yx_error err = {0};
    expect_ok(set_timer(store, "night", "daily 02:00 UTC", at("2026-11-01T00:00:00Z"), &err), &err);
    assert_int_equal(fire(store, at("2026-11-20T12:00:00Z")), 1);
    assert_int_equal(next_of(store), at("2026-11-21T02:00:00Z"));
    take_jobs(store, "node", kinds, 1, 4, at("2026-11-21T00:00:00Z"), &taken);
    assert_int_equal(taken.count, 1);
    assert_string_equal(taken.list[0]->key, "night 2026-11-20T02:00:00Z");
    taken_drop(&taken);
}

static void set_again(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    struct yx_error err = {0};
    yx_time now = at("2026-11-01T00:00:00Z");
    expect_ok(set_timer(store, "t", "each 30 s", now, &err), &err);
    expect_ok(set_timer(store, "t", "each 30 s", now + 20 * YX_SECOND, &err), &err);
    assert_int_equal(next_of(store), now + 30 * YX_SECOND); /* it goes on */
    expect_ok(set_timer(store, "t", "each 60 s", now + 20 * YX_SECOND, &err), &err);
    assert_int_equal(next_of(store), now + 80 * YX_SECOND);
    expect_status(set_timer(store, "t", "after 24 h", now, &err), YX_USAGE, &err);
    expect_status(set_timer(store, "t", "now and then", now, &err), YX_USAGE, &err);
    expect_ok(yx_store_write(store, remove_work, (char[]){"t"}, &err), &err);
    expect_status(yx_store_write(store, remove_work, (char[]){"t"}, &err), YX_NO_INPUT, &err);
    assert_int_equal(fire(store, now + YX_DAY), 0);
}

/* A newer version has set it: it is told, and the others go on. */
static void a_schedule_that_cannot_be_read(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    struct yx_error err = {0};
    int64_t fired = 0;
    yx_time now = at("2026-11-01T00:00:00Z");
    expect_ok(set_timer(store, "b", "each 30 s", now, &err), &err);
    database_must(store, "INSERT INTO timer (name, schedule, kind, payload, next)"
                         " VALUES ('a', 'by the moon', 'tick', '{}', 1)");
    expect_status(yx_timers_fire(store, now + YX_DAY, &fired, &err), YX_USAGE, &err);
    assert_int_equal(fired, 1);
    expect_ok(yx_timers_mend(store, 0, &err), &err);
}

/* --- Clocks that jump ------------------------------------------------------------------------ */

static void a_time_is_not_used_twice(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    struct yx_error err = {0};
    yx_time two = at("2026-11-20T02:00:00Z");
    expect_ok(set_timer(store, "night", "daily 02:00 UTC", two - HOUR, &err), &err);
    assert_int_equal(fire(store, two), 1);
    expect_ok(yx_timers_mend(store, two - HOUR, &err), &err); /* set back by an hour */
    assert_int_equal(next_of(store), two + YX_DAY);
    assert_int_equal(fire(store, two), 0);
}

static void a_year_ahead_by_mistake(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    struct yx_error err = {0};
    yx_time two = at("2026-11-20T02:00:00Z");
    expect_ok(set_timer(store, "night", "daily 02:00 UTC", two - HOUR, &err), &err);
    assert_int_equal(fire(store, two + 365 * YX_DAY), 1);
    assert_int_equal(fire(store, two), 0);
    expect_ok(yx_timers_mend(store, two - HOUR, &err), &err);
    assert_int_equal(next_of(store), two);
    assert_int_equal(fire(store, two), 1);
}

static void spans_begin_anew(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    struct yx_error err = {0};
    yx_time now = at("2026-11-20T02:00:00Z");
    expect_ok(set_timer(store, "often", "each 30 s", now, &err), &err);
    expect_ok(yx_timers_mend(store, now - HOUR, &err), &err);
    assert_int_equal(next_of(store), now - HOUR + 30 * YX_SECOND);
    expect_ok(yx_timers_mend(store, now - HOUR + 10 * YX_SECOND, &err), &err); /* not later */
    assert_int_equal(next_of(store), now - HOUR + 30 * YX_SECOND);
}

/* --- Many nodes -------------------------------------------------------------------------- */

#define NODES 4
#define ROUNDS 25

struct ticker {
    pthread_barrier_t *barrier;
    struct yx_store *store;
    yx_time start;
    int64_t fired;
};

static void *tick(void *self)
{
    struct ticker *ticker = self;
    for (int i = 1; i <= ROUNDS; i++) {
        (void)pthread_barrier_wait(ticker->barrier);
        ticker->fired += fire(ticker->store, ticker->start + i * HOUR);
    }
    return NULL;
}

/* Each has its own connections, as other processes have. */
static void one_node_of_many_fires(struct database *database)
{
    struct ticker tickers[NODES];
    pthread_barrier_t barrier;
    pthread_t threads[NODES];
    struct yx_error err = {0};
    int64_t fired = 0;
    yx_time start = at("2026-11-20T00:00:00Z");
    for (int i = 0; i < NODES; i++)
        tickers[i] = (struct ticker){&barrier, open_jobs(database), start, 0};
    assert_int_equal(pthread_barrier_init(&barrier, NULL, NODES), 0);
    for (int i = 0; i < 3; i++)
        expect_ok(set_timer(tickers[0].store, YX_NUM(i), "each 1 h", start, &err), &err);
    for (int i = 0; i < NODES; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, tick, &tickers[i]), 0);
    for (int i = 0; i < NODES; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < NODES; i++)
        fired += tickers[i].fired;
    assert_int_equal(fired, count_jobs(tickers[0].store, YX_JOB_WAITING));
    assert_int_equal(fired, 3 * ROUNDS);
    (void)pthread_barrier_destroy(&barrier);
    for (int i = 0; i < NODES; i++)
        yx_store_free(tickers[i].store);
}

int main(void)
{
    const struct database_case cases[] = {
        {"fires at its times", fires_at_its_times},
        {"what was missed comes once", what_was_missed_comes_once},
        {"set again", set_again},
        {"a schedule that cannot be read", a_schedule_that_cannot_be_read},
        {"a time is not used twice", a_time_is_not_used_twice},
        {"a year ahead by mistake", a_year_ahead_by_mistake},
        {"spans begin anew", spans_begin_anew},
        {"one node of many fires", one_node_of_many_fires},
    };
    return database_main("timer", cases, sizeof cases / sizeof *cases, true);
}
