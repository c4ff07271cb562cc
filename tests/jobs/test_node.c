/* SPDX-License-Identifier: Apache-2.0 */
/* test_node.c - who is alive and who is dead, by beats and monotonic clocks alone. The clocks here
 * are numbers. */
#include "support.h"
#include "tools.h"

#include "database.h"
#include "desk.h"

#define NOW (INT64_C(1795219200) * YX_SECOND)
#define LEASE (30 * YX_SECOND)
#define BEAT (LEASE / 4)

static const struct yx_job_kind kinds[] = {{.kind = "a"}};

static void join(struct yx_node *node, struct yx_store *store)
{
    struct yx_error err = {0};
    expect_ok(yx_node_join(node, store, NOW, &err), &err);
}

static void watch(struct yx_node *node, struct yx_store *store, int64_t monotonic)
{
    struct yx_error err = {0};
    expect_ok(yx_node_watch(node, store, monotonic, LEASE, NOW, &err), &err);
}

static yx_status beat(struct yx_node *node, struct yx_store *store)
{
    return yx_node_beat(node, store, 1, NULL);
}

/* `node` takes the only job. */
static void take_one(struct yx_store *store, const struct yx_node *node, char id[YX_UUID_TEXT])
{
    struct desk_taken taken = {0};
    take_jobs(store, node->id, kinds, 1, 1, NOW, &taken);
    assert_int_equal(taken.count, 1);
    snprintf(id, YX_UUID_TEXT, "%s", taken.list[0]->id);
    taken_drop(&taken);
}

static void a_dead_nodes_jobs_come_back(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    static struct yx_node alive, dead;
    char id[YX_UUID_TEXT];
    join(&alive, store);
    join(&dead, store);
    add_job(store, &(struct yx_job_request){.kind = "a"}, NOW, NULL);
    take_one(store, &dead, id);
    for (int64_t clock = 1000; clock < 1000 + LEASE; clock += BEAT) {
        watch(&alive, store, clock);
        assert_int_equal(get_job(store, id).state, YX_JOB_RUNNING);
    }
    watch(&alive, store, 1000 + LEASE);
    assert_int_equal(get_job(store, id).state, YX_JOB_WAITING);
    assert_int_equal(get_job(store, id).tries, 1);
    assert_int_equal(beat(&dead, store), YX_REFUSED); /* it was only asleep, and learns of it */
    assert_int_equal(beat(&alive, store), YX_OK);
}

static void who_beats_lives(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    static struct yx_node one, two;
    char id[YX_UUID_TEXT];
    join(&one, store);
    join(&two, store);
    add_job(store, &(struct yx_job_request){.kind = "a"}, NOW, NULL);
    take_one(store, &two, id);
    for (int64_t clock = 1000; clock < 1000 + 10 * LEASE; clock += BEAT) {
        watch(&one, store, clock);
        if ((clock - 1000) / BEAT % 3 == 2)
            assert_int_equal(beat(&two, store), YX_OK);
    }
    assert_int_equal(get_job(store, id).state, YX_JOB_RUNNING);
}

/* The watcher was suspended, or the database was away for everybody. */
static void who_was_not_there_judges_nobody(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    static struct yx_node watcher, other;
    char id[YX_UUID_TEXT];
    join(&watcher, store);
    join(&other, store);
    add_job(store, &(struct yx_job_request){.kind = "a"}, NOW, NULL);
    take_one(store, &other, id);
    watch(&watcher, store, 1000);
    watch(&watcher, store, 1000 + 2 * LEASE);
    assert_int_equal(get_job(store, id).state, YX_JOB_RUNNING);
    for (int i = 1; i < 4; i++)
        watch(&watcher, store, 1000 + 2 * LEASE + i * BEAT);
    yx_node_blink(&watcher);
    for (int i = 4; i < 8; i++)
        watch(&watcher, store, 1000 + 2 * LEASE + i * BEAT);
    assert_int_equal(get_job(store, id).state, YX_JOB_RUNNING);
    watch(&watcher, store, 1000 + 2 * LEASE + 8 * BEAT);
    assert_int_equal(get_job(store, id).state, YX_JOB_WAITING);
}

/* A job that was taken by a node after it was buried. */
static void jobs_of_nobody_come_back(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    static struct yx_node watcher, ghost = {.id = "ghost"};
    struct yx_error err = {0};
    char id[YX_UUID_TEXT], cancelled[YX_UUID_TEXT];
    join(&watcher, store);
    add_job(store, &(struct yx_job_request){.kind = "a"}, NOW, NULL);
    take_one(store, &ghost, id);
    add_job(store, &(struct yx_job_request){.kind = "a"}, NOW, NULL);
    take_one(store, &ghost, cancelled);
    expect_ok(change_job(store, yx_job_cancel, cancelled, NOW, &err), &err);
    watch(&watcher, store, 1000);
    assert_int_equal(get_job(store, id).state, YX_JOB_WAITING);
    assert_int_equal(get_job(store, cancelled).state, YX_JOB_CANCELLED);
}

static void who_leaves_gives_back(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    static struct yx_node node;
    struct yx_error err = {0};
    char id[YX_UUID_TEXT];
    join(&node, store);
    add_job(store, &(struct yx_job_request){.kind = "a"}, NOW, NULL);
    take_one(store, &node, id);
    expect_ok(yx_node_leave(&node, store, NOW, &err), &err);
    assert_int_equal(get_job(store, id).state, YX_JOB_WAITING);
    assert_int_equal(get_job(store, id).tries, 0); /* it was not tried */
    assert_int_equal(beat(&node, store), YX_REFUSED);
}

int main(void)
{
    const struct database_case cases[] = {
        {"a dead node's jobs come back", a_dead_nodes_jobs_come_back},
        {"who beats lives", who_beats_lives},
        {"who was not there judges nobody", who_was_not_there_judges_nobody},
        {"jobs of nobody come back", jobs_of_nobody_come_back},
        {"who leaves gives back", who_leaves_gives_back},
    };
    return database_main("node", cases, sizeof cases / sizeof *cases, true);
}
