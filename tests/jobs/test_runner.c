/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_runner.c - nodes at work: processes that share jobs, that are killed, whose database goes
 * away, whose clock jumps.
 *
 * What was run is counted in memory that the processes share, so that counting costs no
 * transaction and outlives whoever is killed.
 */
#include "support.h"
#include "tools.h"

#include <signal.h>
#include <sys/mman.h>
#include <time.h>

#include "database.h"
#include "desk.h"

#define JOBS 10000
#define NODES 3

struct tally {
    unsigned runs[JOBS];
    unsigned by_node[NODES];
    unsigned stop; /* tells the nodes to end */
};
static struct tally *tally;

static void tally_make(void)
{
    tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(tally, MAP_FAILED);
}

static void tally_drop(void)
{
    assert_int_equal(munmap(tally, sizeof *tally), 0);
}

static void pause_ms(int ms)
{
    (void)nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

/* --- Nodes ------------------------------------------------------------------------------------ */

struct node {
    int number;
    int pause; /* of each job, in milliseconds */
};

static yx_status count_run(void *self, struct yx_job *job, struct yx_error *err)
{
    const struct node *node = self;
    unsigned n = JOBS;
    (void)err;
    (void)sscanf(job->payload, "{\"n\":%u}", &n);
    if (n >= JOBS)
        return YX_DAMAGED;
    __atomic_fetch_add(&tally->runs[n], 1, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&tally->by_node[node->number], 1, __ATOMIC_SEQ_CST);
    if (node->pause > 0)
        pause_ms(node->pause);
    return YX_OK;
}

/* A child that is a node until it is told to end. It must not use cmocka. */
static pid_t start_node(const struct database *database, int number, int pause, yx_time lease)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    struct node node = {number, pause};
    struct yx_store *store = NULL;
    struct yx_jobs *jobs = NULL;
    const struct yx_job_kind kinds[] = {{.kind = "count", .run = count_run, .self = &node}};
    struct yx_jobs_options options = {
        .kinds = kinds, .kind_count = 1, .lease = lease, .poll = YX_SECOND / 20};
    if (yx_store_open(database->place, false, &store, NULL) != YX_OK)
        _exit(1);
    options.store = store;
    if (yx_jobs_start(&options, &jobs, NULL) != YX_OK)
        _exit(2);
    while (__atomic_load_n(&tally->stop, __ATOMIC_SEQ_CST) == 0)
        pause_ms(10);
    yx_jobs_stop(jobs);
    yx_store_free(store);
    _exit(0);
}

static void end_node(pid_t pid)
{
    int status = 0;
    __atomic_store_n(&tally->stop, 1, __ATOMIC_SEQ_CST);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static yx_status add_many_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    for (int i = 0; i < *(int *)self; i++) {
        char payload[32];
        snprintf(payload, sizeof payload, "{\"n\":%d}", i);
        const struct yx_job_request request = {.kind = "count", .payload = payload};
        YX_TRY(yx_job_add(tx, &request, yx_now(), NULL, err));
    }
    return YX_OK;
}

static void add_many(const struct database *database, int count)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    struct yx_error err = {0};
    expect_ok(yx_store_write(store, add_many_work, &count, &err), &err);
}

static unsigned run_so_far(void)
{
    unsigned sum = 0;
    for (int i = 0; i < NODES; i++)
        sum += __atomic_load_n(&tally->by_node[i], __ATOMIC_SEQ_CST);
    return sum;
}

/* --- Sharing ---------------------------------------------------------------------------------- */

static void two_nodes_share_ten_thousand(struct database *database)
{
    pid_t nodes[2];
    tally_make();
    add_many(database, JOBS);
    for (int i = 0; i < 2; i++)
        nodes[i] = start_node(database, i, 0, 30 * YX_SECOND);
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    assert_true(wait_for_jobs(store, YX_JOB_DONE, JOBS, 200));
    for (int i = 0; i < 2; i++)
        end_node(nodes[i]);
    for (int i = 0; i < JOBS; i++)
        assert_int_equal(tally->runs[i], 1);
    assert_int_equal(tally->by_node[0] + tally->by_node[1], JOBS);
    assert_true(tally->by_node[0] > 0 && tally->by_node[1] > 0);
    tally_drop();
}

/* What the dead node was running comes back when its lease ends; all else is run once. */
static void a_node_is_killed(struct database *database)
{
    enum { COUNT = 400, THREADS = 4 };
    pid_t nodes[2];
    unsigned twice = 0;
    tally_make();
    add_many(database, COUNT);
    for (int i = 0; i < 2; i++)
        nodes[i] = start_node(database, i, 10, YX_SECOND);
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    while (__atomic_load_n(&tally->by_node[0], __ATOMIC_SEQ_CST) < 20)
        pause_ms(1);
    assert_int_equal(kill(nodes[0], SIGKILL), 0);
    assert_int_equal(waitpid(nodes[0], NULL, 0), nodes[0]);
    assert_true(wait_for_jobs(store, YX_JOB_DONE, COUNT, 100));
    end_node(nodes[1]);
    for (int i = 0; i < COUNT; i++) {
        assert_in_range(tally->runs[i], 1, 2);
        twice += tally->runs[i] == 2;
    }
    assert_true(twice <= THREADS);
    assert_int_equal(count_jobs(store, YX_JOB_WAITING), 0);
    assert_int_equal(count_jobs(store, YX_JOB_RUNNING), 0);
    tally_drop();
}

/* A node that ends gives back what it did not run, and nobody waits for its lease. */
static void a_node_ends(struct database *database)
{
    pid_t node;
    tally_make();
    add_many(database, 100);
    node = start_node(database, 0, 20, 3600 * YX_SECOND);
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    while (run_so_far() < 5)
        pause_ms(1);
    end_node(node);
    assert_int_equal(count_jobs(store, YX_JOB_RUNNING), 0);
    tally->stop = 0;
    node = start_node(database, 1, 0, 3600 * YX_SECOND);
    assert_true(wait_for_jobs(store, YX_JOB_DONE, 100, 60));
    end_node(node);
    for (int i = 0; i < 100; i++)
        assert_int_equal(tally->runs[i], 1);
    tally_drop();
}

/* --- The database goes away -------------------------------------------------------------- */

/* The server hangs up on the node again and again. */
static void the_database_goes_away(struct database *database)
{
    enum { COUNT = 300 };
    static char sql[256];
    struct database named = *database;
    unsigned runs = 0;
    pid_t node;
    if (!database->postgres)
        return; /* a file that is open does not go away */
    tally_make();
    add_many(database, COUNT);
    snprintf(named.place + strlen(named.place), sizeof named.place - strlen(named.place),
             "&application_name=yx-jobs-%d", (int)getpid());
    snprintf(sql, sizeof sql,
             "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
             " WHERE application_name = 'yx-jobs-%d'",
             (int)getpid());
    node = start_node(&named, 0, 5, YX_SECOND);
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    for (int i = 0; i < 15; i++) {
        pause_ms(100);
        database_must(store, sql);
    }
    assert_true(wait_for_jobs(store, YX_JOB_DONE, COUNT, 100));
    end_node(node);
    for (int i = 0; i < COUNT; i++) {
        assert_true(tally->runs[i] >= 1);
        runs += tally->runs[i];
    }
    assert_true(runs < COUNT + 15 * 4); /* no more than were in hand each time */
    tally_drop();
}

/* --- Outcomes ---------------------------------------------------------------------------- */

static struct {
    unsigned runs;
    yx_status status;
    bool later, waits, ended;
    yx_time offset; /* of the clock */
} plan;

static yx_time our_clock(void)
{
    return yx_now() + __atomic_load_n(&plan.offset, __ATOMIC_SEQ_CST);
}

static yx_status follow_plan(void *self, struct yx_job *job, struct yx_error *err)
{
    (void)self;
    unsigned run = __atomic_add_fetch(&plan.runs, 1, __ATOMIC_SEQ_CST);
    for (int i = 0; i < 4000 && plan.waits && !yx_job_must_end(job); i++)
        pause_ms(5);
    plan.ended = plan.waits;
    if (plan.later && run == 1) {
        job->later = our_clock();
        return YX_OK;
    }
    return plan.status == YX_OK ? YX_OK
                                : yx_fail(err, plan.status, "", "it did not work: {1}", "x");
}

static struct yx_jobs *start(struct yx_store *store)
{
    static const struct yx_job_kind kinds[] = {
        {.kind = "plan", .run = follow_plan, .tries = 3, .pause = 20000, .pause_max = 40000}};
    const struct yx_jobs_options options = {.store = store,
                                            .kinds = kinds,
                                            .kind_count = 1,
                                            .threads = 2,
                                            .lease = YX_SECOND / 5,
                                            .poll = YX_SECOND / 50,
                                            .clock = our_clock};
    struct yx_jobs *jobs = NULL;
    struct yx_error err = {0};
    expect_ok(yx_jobs_start(&options, &jobs, &err), &err);
    return jobs;
}

static void how_runs_end(struct database *database)
{
    static const struct {
        yx_status status;
        bool later;
        enum yx_job_state state;
        unsigned runs;
        int64_t tries;
    } rows[] = {
        {YX_OK, false, YX_JOB_DONE, 1, 1},        {YX_OK, true, YX_JOB_DONE, 2, 1},
        {YX_IO, false, YX_JOB_FAILED, 3, 3},      {YX_NO_MEMORY, false, YX_JOB_FAILED, 3, 3},
        {YX_REFUSED, false, YX_JOB_FAILED, 1, 1}, {YX_DAMAGED, false, YX_JOB_FAILED, 1, 1},
        {YX_USAGE, false, YX_JOB_FAILED, 1, 1},
    };
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t before = count_jobs(store, rows[i].state);
        char id[YX_UUID_TEXT];
        plan.runs = 0;
        plan.status = rows[i].status;
        plan.later = rows[i].later;
        YX_CLEAN(yx_jobs) struct yx_jobs *jobs = start(store);
        add_job(store, &(struct yx_job_request){.kind = "plan"}, yx_now(), id);
        yx_jobs_wake(jobs);
        assert_true(wait_for_jobs(store, rows[i].state, before + 1, 20));
        struct desk_job job = get_job(store, id);
        assert_int_equal(plan.runs, rows[i].runs);
        assert_int_equal(job.tries, rows[i].tries);
        assert_string_equal(job.error, rows[i].status == YX_OK ? "-" : "it did not work: x");
    }
    plan.later = false;
}

static void cancelled_while_it_runs(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    YX_CLEAN(yx_jobs) struct yx_jobs *jobs = start(store);
    struct yx_error err = {0};
    char id[YX_UUID_TEXT];
    plan.runs = 0;
    plan.status = YX_IO;
    plan.waits = true;
    add_job(store, &(struct yx_job_request){.kind = "plan"}, yx_now(), id);
    yx_jobs_wake(jobs);
    assert_true(wait_for_jobs(store, YX_JOB_RUNNING, 1, 20));
    expect_ok(change_job(store, yx_job_cancel, id, yx_now(), &err), &err);
    assert_true(wait_for_jobs(store, YX_JOB_CANCELLED, 1, 20));
    plan.waits = false;
}

static void stopped_while_it_runs(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    struct yx_jobs *jobs = start(store);
    char id[YX_UUID_TEXT];
    plan.runs = 0;
    plan.status = YX_IO;
    plan.waits = true;
    plan.ended = false;
    add_job(store, &(struct yx_job_request){.kind = "plan"}, yx_now(), id);
    assert_true(wait_for_jobs(store, YX_JOB_RUNNING, 1, 20));
    yx_jobs_stop(jobs);
    plan.waits = false;
    assert_true(plan.ended);
    assert_int_equal(get_job(store, id).state, YX_JOB_WAITING);
    assert_int_equal(get_job(store, id).tries, 0);
}

/* What was taken when the end is asked for is run or given back, and the end comes. */
static void stopped_while_it_takes(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    const int rounds = 40;
    plan.status = YX_OK;
    for (int i = 0; i < rounds; i++) {
        struct yx_jobs *jobs = start(store);
        add_job(store, &(struct yx_job_request){.kind = "plan"}, yx_now(), NULL);
        yx_jobs_wake(jobs);
        for (volatile int turn = 0; turn < i * 20000; turn++)
            continue;
        yx_jobs_stop(jobs);
    }
    struct yx_jobs *last = start(store);
    assert_true(wait_for_jobs(store, YX_JOB_DONE, rounds, 20));
    yx_jobs_stop(last);
}

/* Whose tries, and three more, were all used up by nodes that died is not run again. */
static void a_job_that_kills(struct database *database)
{
    static const struct yx_job_kind kinds[] = {{.kind = "plan"}};
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    struct desk_taken taken = {0};
    char id[YX_UUID_TEXT];
    plan.runs = 0;
    plan.status = YX_OK;
    add_job(store, &(struct yx_job_request){.kind = "plan"}, yx_now(), id);
    for (int i = 0; i < 6; i++) {
        const struct yx_ending died = {.due = yx_now()};
        struct yx_error err = {0};
        take_jobs(store, "dead", kinds, 1, 1, yx_now(), &taken);
        taken_drop(&taken);
        expect_ok(yx_jobs_end(store, id, "dead", &died, yx_now(), &err), &err);
    }
    YX_CLEAN(yx_jobs) struct yx_jobs *jobs = start(store);
    yx_jobs_wake(jobs);
    assert_true(wait_for_jobs(store, YX_JOB_FAILED, 1, 20));
    assert_int_equal(plan.runs, 0);
    assert_string_equal(get_job(store, id).error, "the nodes that ran this job have died");
}

/* Forward and back again while jobs run: no lease ends, and nothing waits for the future. */
static void the_clock_jumps(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    struct yx_jobs *jobs = start(store), *other = start(store);
    struct yx_error err = {0};
    plan.runs = 0;
    plan.status = YX_OK;
    plan.waits = true;
    add_job(store, &(struct yx_job_request){.kind = "plan"}, our_clock(), NULL);
    assert_true(wait_for_jobs(store, YX_JOB_RUNNING, 1, 20));
    __atomic_store_n(&plan.offset, 365 * YX_DAY, __ATOMIC_SEQ_CST);
    pause_ms(1000); /* five leases */
    assert_int_equal(plan.runs, 1);
    add_job(store, &(struct yx_job_request){.kind = "none"}, our_clock(), NULL);
    add_job(store, &(struct yx_job_request){.kind = "plan", .due = our_clock() + YX_SECOND / 2},
            our_clock(), NULL);
    __atomic_store_n(&plan.offset, 0, __ATOMIC_SEQ_CST);
    pause_ms(1000);
    assert_int_equal(plan.runs, 1);
    add_job(store, &(struct yx_job_request){.kind = "plan"}, our_clock(), NULL);
    assert_true(wait_for_jobs(store, YX_JOB_RUNNING, 2, 20));
    plan.waits = false;
    assert_true(wait_for_jobs(store, YX_JOB_DONE, 2, 20));
    assert_int_equal(plan.runs, 2);
    assert_int_equal(count_jobs(store, YX_JOB_WAITING), 2); /* unknown here; in a year */
    expect_ok(yx_jobs_health(jobs, &err), &err);
    yx_jobs_stop(jobs);
    yx_jobs_stop(other);
}

/* Jobs are run though a timer cannot be, and whoever asks learns of it. */
static void a_timer_that_cannot_be_read(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    struct yx_error err = {0};
    plan.runs = 0;
    plan.status = YX_OK;
    database_must(store, "INSERT INTO timer (name, schedule, kind, payload, next)"
                         " VALUES ('a', 'by the moon', 'plan', '{}', 1)");
    add_job(store, &(struct yx_job_request){.kind = "plan"}, yx_now(), NULL);
    YX_CLEAN(yx_jobs) struct yx_jobs *jobs = start(store);
    assert_true(wait_for_jobs(store, YX_JOB_DONE, 1, 20));
    expect_status(yx_jobs_health(jobs, &err), YX_USAGE, &err);
}

static void too_many(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    struct yx_jobs *jobs = NULL;
    struct yx_error err = {0};
    const struct yx_jobs_options threads = {.store = store, .threads = 65};
    const struct yx_jobs_options kinds = {.store = store, .kind_count = 65};
    expect_status(yx_jobs_start(&threads, &jobs, &err), YX_USAGE, &err);
    expect_status(yx_jobs_start(&kinds, &jobs, &err), YX_USAGE, &err);
}

int main(void)
{
    const struct database_case cases[] = {
        {"how runs end", how_runs_end},
        {"cancelled while it runs", cancelled_while_it_runs},
        {"stopped while it runs", stopped_while_it_runs},
        {"stopped while it takes", stopped_while_it_takes},
        {"a job that kills", a_job_that_kills},
        {"the clock jumps", the_clock_jumps},
        {"a timer that cannot be read", a_timer_that_cannot_be_read},
        {"too many", too_many},
        {"two nodes share 10,000 jobs", two_nodes_share_ten_thousand},
        {"a node is killed", a_node_is_killed},
        {"a node ends", a_node_ends},
        {"the database goes away", the_database_goes_away},
    };
    return database_main("runner", cases, sizeof cases / sizeof *cases, true);
}
