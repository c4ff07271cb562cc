/* SPDX-License-Identifier: Apache-2.0 */
/*
 * take.c - jobs taken by a node, and how they end. A node takes what it can run at once and no
 * more, so that nothing waits at a busy node while another is idle.
 */
#include <stdlib.h>

#include "jobs/room.h"

#define LANES 3
#define PAUSE_USUAL (10 * YX_SECOND)
#define PAUSE_MAX_USUAL (3600 * YX_SECOND)
#define SWEPT_AT_ONCE 1000

/* --- What was taken ---------------------------------------------------------------------- */

void yx_taken_free(struct yx_taken *taken)
{
    if (taken == NULL)
        return;
    free(taken->payload);
    free(taken->key);
    free(taken);
}

struct taking {
    const char *node;
    struct yx_appetite appetite; /* a copy: what is left of it */
    yx_time now;
    const struct yx_job_kind *kind; /* whose rows come now */
    struct yx_taken *first, **last;
    unsigned count; /* of rows that came */
};

static void drop(struct taking *taking)
{
    for (struct yx_taken *next; taking->first != NULL; taking->first = next) {
        next = taking->first->next;
        yx_taken_free(taking->first);
    }
    taking->last = &taking->first;
}
YX_DEFINE_CLEAN_VALUE(taking, struct taking, drop);

static yx_status take_row(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct taking *taking = self;
    YX_CLEAN(yx_taken) struct yx_taken *taken = calloc(1, sizeof *taken);
    const char *key = yx_row_text(row, 1);

    if (taken == NULL)
        return yx_fail_memory(err);
    taken->kind = taking->kind;
    taken->payload = strdup(yx_row_text(row, 2));
    taken->key = strdup(key == NULL ? "" : key);
    if (taken->payload == NULL || taken->key == NULL)
        return yx_fail_memory(err);
    (void)snprintf(taken->id, sizeof taken->id, "%s", yx_row_text(row, 0));
    taken->tries = yx_row_integer(row, 3) + 1;
    taking->count++;
    *taking->last = taken;
    taking->last = &taken->next;
    taken = NULL;
    return YX_OK;
}

/* --- Taking ------------------------------------------------------------------------------ */

/* Up to `limit` of one kind and lane. */
static yx_status take_some(struct taking *taking, size_t kind, int lane, unsigned limit,
                           struct yx_tx *tx, struct yx_error *err)
{
    struct yx_appetite *left = &taking->appetite;
    const struct yx_value values[] = {
        yx_value_text(left->kinds[kind].kind),
        yx_value_integer(lane),
        yx_value_time(taking->now),
        yx_value_integer(limit),
    };
    struct yx_taken **from = taking->last;

    taking->kind = &left->kinds[kind];
    taking->count = 0;
    YX_TRY(yx_tx_query(tx,
                       "SELECT id, key, payload, tries FROM job"
                       " WHERE state = 0 AND kind = $1 AND lane = $2 AND due <= $3"
                       " ORDER BY due, id LIMIT $4" YX_STORE_CLAIM,
                       values, 4, take_row, taking, err));
    left->room[kind] -= taking->count;
    left->total -= taking->count;
    for (struct yx_taken *taken = *from; taken != NULL; taken = taken->next) {
        const struct yx_value hold[] = {yx_value_text(taken->id), yx_value_text(taking->node)};

        YX_TRY(yx_tx_run(tx,
                         "UPDATE job SET state = 1, holder = $2, tries = tries + 1 WHERE id = $1",
                         hold, 2, NULL, err));
    }
    return YX_OK;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Every kind in turn: with `shares`, no more than what is fair beside those behind it. */
static yx_status take_turns(struct taking *taking, int lane, bool shares, bool more[],
                            struct yx_tx *tx, struct yx_error *err)
{
    struct yx_appetite *left = &taking->appetite;
    unsigned kinds = (unsigned)left->kind_count;

    for (unsigned i = 0; i < kinds && left->total > 0; i++) {
        size_t kind = (left->first + i) % kinds;
        unsigned behind = kinds - i;
        unsigned limit = shares ? (left->total + behind - 1) / behind : left->total;

        limit = least(limit, left->room[kind]);
        if (limit == 0 || !more[kind])
            continue;
        YX_TRY(take_some(taking, kind, lane, limit, tx, err));
        more[kind] = taking->count == limit;
    }
    return YX_OK;
}

/* First a share for each, then whatever is left for those that have more. */
static yx_status take_lane(struct taking *taking, int lane, struct yx_tx *tx, struct yx_error *err)
{
    bool more[YX_JOB_KINDS_MAX];

    for (size_t i = 0; i < YX_JOB_KINDS_MAX; i++)
        more[i] = true;
    YX_TRY(take_turns(taking, lane, true, more, tx, err));
    return take_turns(taking, lane, false, more, tx, err);
}

static yx_status take_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct taking *taking = self, fresh = *taking;
    yx_status status = YX_OK;

    drop(taking);
    fresh.first = NULL;
    fresh.last = &fresh.first;
    for (int lane = 0; lane < LANES && status == YX_OK; lane++)
        status = take_lane(&fresh, lane, tx, err);
    taking->first = fresh.first;
    return status;
}

yx_status yx_jobs_take(struct yx_store *store, const char *node, const struct yx_appetite *appetite,
                       yx_time now, struct yx_taken **out, struct yx_error *err)
{
    YX_CLEAN(taking) struct taking taking = {.node = node, .appetite = *appetite, .now = now};

    YX_TRY(yx_store_claim(store, take_work, &taking, err));
    *out = taking.first;
    taking.first = NULL;
    return YX_OK;
}

static yx_status say_yes(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)row, (void)err;
    *(bool *)self = true;
    return YX_OK;
}

struct asking {
    yx_time now;
    bool due;
};

static yx_status due_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct asking *asking = self;
    struct yx_value now = yx_value_time(asking->now);

    asking->due = false;
    return yx_tx_query(tx, "SELECT 1 FROM job WHERE state = 0 AND due <= $1 LIMIT 1", &now, 1,
                       say_yes, &asking->due, err);
}

yx_status yx_jobs_due(struct yx_store *store, yx_time now, bool *due, struct yx_error *err)
{
    struct asking asking = {.now = now};

    YX_TRY(yx_store_read(store, due_work, &asking, err));
    *due = asking.due;
    return YX_OK;
}

/* --- Endings ----------------------------------------------------------------------------- */

yx_status yx_job_finish(struct yx_tx *tx, const struct yx_job *job, yx_time now,
                        struct yx_error *err)
{
    const struct yx_value values[] = {yx_value_text(job->id), yx_value_text(job->holder),
                                      yx_value_time(now)};
    int64_t changed = 0;

    YX_TRY(yx_tx_run(tx,
                     "UPDATE job SET state = 3, holder = NULL, finished = $3, error = NULL"
                     " WHERE id = $1 AND state = 1 AND holder = $2",
                     values, 3, &changed, err));
    YX_REQUIRE(changed == 1, err, YX_REFUSED, "job lost",
               N_("job {1} is not with this node any more"), job->id);
    return YX_OK;
}

struct ending {
    const char *id, *node;
    const struct yx_ending *how;
    yx_time now;
};

/* Of a job that nobody wants any more, the end is that it was cancelled. */
static yx_status end_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct ending *ending = self;
    const struct yx_ending *how = ending->how;
    bool waits = how->state == YX_JOB_WAITING;
    const struct yx_value values[] = {
        yx_value_text(ending->id),
        yx_value_text(ending->node),
        yx_value_integer(how->state),
        yx_value_time(waits ? how->due : YX_TIME_NONE),
        yx_value_time(waits ? ending->now : YX_TIME_NONE),
        yx_value_integer(how->uncounted ? 1 : 0),
        yx_value_time(ending->now),
        yx_value_text(how->error),
    };

    return yx_tx_run(
        tx,
        "UPDATE job SET holder = NULL, due = COALESCE($4, due), counted = $5, tries = tries - $6, "
        "error = $8,"
        " state = CASE WHEN cancel = 1 AND $3 IN (0, 2) THEN 4 ELSE $3 END,"
        " finished = CASE WHEN cancel = 0 AND $3 = 0 THEN NULL ELSE CAST($7 AS BIGINT) END"
        " WHERE id = $1 AND state = 1 AND holder = $2",
        values, 8, NULL, err);
}

yx_status yx_jobs_end(struct yx_store *store, const char *id, const char *node,
                      const struct yx_ending *ending, yx_time now, struct yx_error *err)
{
    struct ending work = {id, node, ending, now};

    return yx_store_claim(store, end_work, &work, err);
}

static yx_time usual(yx_time given, yx_time otherwise)
{
    return given == 0 ? otherwise : given;
}

/* Twice as long each time; from half of that to all of it, so that those who failed together do not
 * come back together. */
yx_time yx_jobs_pause(const struct yx_job_kind *kind, int64_t tries)
{
    yx_time pause = usual(kind->pause, PAUSE_USUAL), most = usual(kind->pause_max, PAUSE_MAX_USUAL);
    uint64_t chance = 0;

    for (int64_t i = 1; i < tries && pause < most; i++)
        pause *= 2;
    if (pause > most)
        pause = most;
    (void)yx_random(&chance, sizeof chance, NULL);
    return pause / 2 + (yx_time)(chance % (uint64_t)(pause / 2 + 1));
}

/* --- What a node holds ------------------------------------------------------------------- */

struct held {
    const char *node;
    yx_each_held each;
    void *self;
};

static yx_status held_row(void *self, const struct yx_row *row, struct yx_error *err)
{
    const struct held *held = self;

    return held->each(held->self, yx_row_text(row, 0), yx_row_integer(row, 1) == 1, err);
}

static yx_status held_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct held *held = self;
    struct yx_value node = yx_value_text(held->node);

    return yx_tx_query(tx, "SELECT id, cancel FROM job WHERE state = 1 AND holder = $1", &node, 1,
                       held_row, self, err);
}

yx_status yx_jobs_held(struct yx_store *store, const char *node, yx_each_held each, void *self,
                       struct yx_error *err)
{
    struct held held = {node, each, self};

    return yx_store_read(store, held_work, &held, err);
}

/* --- Mending ----------------------------------------------------------------------------- */

static yx_status mend_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_tx_run(tx,
                     "UPDATE job SET due = $1, counted = $1 WHERE state = 0 AND counted > $1"
                     " AND due > $1",
                     self, 1, NULL, err);
}

yx_status yx_jobs_mend(struct yx_store *store, yx_time now, struct yx_error *err)
{
    struct yx_value value = yx_value_time(now);

    return yx_store_claim(store, mend_work, &value, err);
}

struct sweeping {
    yx_time until;
    int64_t deleted;
};

static yx_status sweep_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct sweeping *sweeping = self;
    const struct yx_value values[] = {yx_value_time(sweeping->until),
                                      yx_value_integer(SWEPT_AT_ONCE)};

    return yx_tx_run(tx,
                     "DELETE FROM job WHERE id IN (SELECT id FROM job WHERE state IN (3, 4)"
                     " AND finished < $1 ORDER BY id LIMIT $2)",
                     values, 2, &sweeping->deleted, err);
}

yx_status yx_jobs_sweep(struct yx_store *store, yx_time until, bool *more, struct yx_error *err)
{
    struct sweeping sweeping = {.until = until};

    YX_TRY(yx_store_claim(store, sweep_work, &sweeping, err));
    *more = sweeping.deleted == SWEPT_AT_ONCE;
    return YX_OK;
}
