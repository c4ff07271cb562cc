/* SPDX-License-Identifier: Apache-2.0 */
/* desk.h - what tests of jobs share: a database with the tables, small transactions, counts. Needs
 * support.h, tools.h and database.h before it. */
#ifndef TESTS_JOBS_DESK_H
#define TESTS_JOBS_DESK_H

#include "jobs/room.h"

static inline struct yx_store *open_jobs(const struct database *database)
{
    struct yx_store *store = database_open(database);
    struct yx_error err = {0};
    expect_ok(yx_jobs_prepare(store, &err), &err);
    return store;
}

/* --- Small transactions -------------------------------------------------------------------- */

struct desk_adding {
    const struct yx_job_request *request;
    yx_time now;
    char id[YX_UUID_TEXT];
};

static inline yx_status desk_add_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct desk_adding *adding = self;
    return yx_job_add(tx, adding->request, adding->now, adding->id, err);
}

/* Adds a job; `id` may be NULL. */
static inline void add_job(struct yx_store *store, const struct yx_job_request *request,
                           yx_time now, char *id)
{
    struct desk_adding adding = {.request = request, .now = now};
    struct yx_error err = {0};
    expect_ok(yx_store_write(store, desk_add_work, &adding, &err), &err);
    if (id != NULL)
        memcpy(id, adding.id, sizeof adding.id);
}

/* One of yx_job_cancel and yx_job_retry. */
typedef yx_status (*desk_change)(struct yx_tx *tx, const char *id, yx_time now,
                                 struct yx_error *err);
struct desk_changing {
    desk_change change;
    const char *id;
    yx_time now;
};

static inline yx_status desk_change_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct desk_changing *changing = self;
    return changing->change(tx, changing->id, changing->now, err);
}

static inline yx_status change_job(struct yx_store *store, desk_change change, const char *id,
                                   yx_time now, struct yx_error *err)
{
    struct desk_changing changing = {change, id, now};
    return yx_store_write(store, desk_change_work, &changing, err);
}

/* A copy of a job's row, of which the texts are short. */
struct desk_job {
    char id[YX_UUID_TEXT], kind[32], payload[128], key[64], error[200];
    enum yx_job_state state;
    enum yx_job_priority priority;
    int64_t tries;
    yx_time due, created, finished;
    const char *wanted;
};

static inline yx_status desk_copy(void *self, const struct yx_job_row *row, struct yx_error *err)
{
    struct desk_job *job = self;
    (void)err;
    snprintf(job->id, sizeof job->id, "%s", row->id);
    snprintf(job->kind, sizeof job->kind, "%s", row->kind);
    snprintf(job->payload, sizeof job->payload, "%s", row->payload);
    snprintf(job->key, sizeof job->key, "%s", row->key == NULL ? "-" : row->key);
    snprintf(job->error, sizeof job->error, "%s", row->error == NULL ? "-" : row->error);
    job->state = row->state;
    job->priority = row->priority;
    job->tries = row->tries;
    job->due = row->due;
    job->created = row->created;
    job->finished = row->finished;
    return YX_OK;
}

static inline yx_status desk_get_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct desk_job *job = self;
    return yx_job_get(tx, job->wanted, desk_copy, job, err);
}

static inline struct desk_job get_job(struct yx_store *store, const char *id)
{
    struct desk_job job = {.wanted = id};
    struct yx_error err = {0};
    expect_ok(yx_store_read(store, desk_get_work, &job, &err), &err);
    return job;
}

/* --- Counts -------------------------------------------------------------------------------- */

struct desk_count {
    enum yx_job_state state;
    int64_t count;
};

static inline yx_status desk_count_row(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    ((struct desk_count *)self)->count = yx_row_integer(row, 0);
    return YX_OK;
}

static inline yx_status desk_count_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct desk_count *count = self;
    struct yx_value state = yx_value_integer(count->state);
    return yx_tx_query(tx, "SELECT count(*) FROM job WHERE state = $1", &state, 1, desk_count_row,
                       count, err);
}

/* -1 when the database is away. */
static inline int64_t count_jobs(struct yx_store *store, enum yx_job_state state)
{
    struct desk_count count = {.state = state};
    return yx_store_read(store, desk_count_work, &count, NULL) == YX_OK ? count.count : -1;
}

/* Waits until so many are in a state; false after `seconds`. */
static inline bool wait_for_jobs(struct yx_store *store, enum yx_job_state state, int64_t count,
                                 int seconds)
{
    int64_t until = yx_monotonic() + seconds * YX_SECOND;
    while (count_jobs(store, state) != count) {
        if (yx_monotonic() > until)
            return false;
        usleep(10000);
    }
    return true;
}

/* --- Taking without a runner --------------------------------------------------------------- */

#define DESK_KINDS_MAX 4
struct desk_taken {
    struct yx_taken *list[64];
    size_t count;
};

static inline void taken_drop(struct desk_taken *taken)
{
    for (size_t i = 0; i < taken->count; i++)
        yx_taken_free(taken->list[i]);
    taken->count = 0;
}

/* Takes up to `total` jobs of the kinds, with no limits of their own. */
static inline void take_jobs(struct yx_store *store, const char *node,
                             const struct yx_job_kind *kinds, size_t kind_count, unsigned total,
                             yx_time now, struct desk_taken *out)
{
    struct yx_appetite appetite = {.kinds = kinds, .kind_count = kind_count, .total = total};
    struct yx_taken *list = NULL;
    struct yx_error err = {0};
    for (size_t i = 0; i < kind_count; i++)
        appetite.room[i] = total;
    out->count = 0;
    expect_ok(yx_jobs_take(store, node, &appetite, now, &list, &err), &err);
    for (; list != NULL; list = list->next)
        out->list[out->count++] = list;
}

#endif
