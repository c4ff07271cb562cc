/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_store.c - a store on a SQLite file: writers that wait share one commit, readers have
 * connections of their own.
 *
 * A writer puts its work into a queue. When nobody writes, it becomes the leader: it takes all
 * that waits, runs it in one transaction, each work in a savepoint of its own, commits once, and
 * wakes the others, whose work is done; the next of those who came meanwhile leads then. So a
 * single writer pays nothing for the queue, and there is no thread to start and to stop.
 */
#include <stdlib.h>

#include "store/sqlite.h"

struct job {
    yx_work work;
    void *self;
    struct yx_error *err;
    yx_status status;
    bool done;
    struct job *next;
};

struct sqlite_store {
    struct yx_store store;
    char *path;
    struct yx_pool readers;
    pthread_mutex_t mutex; /* of all that follows */
    pthread_cond_t led;    /* a leader has finished */
    struct job *first, **last;
    bool leading;
    pthread_t leader;         /* while leading */
    struct yx_sqlite *writer; /* the leader's */
};

struct sqlite_tx {
    struct yx_tx tx;
    struct yx_sqlite *c;
};

/* --- Statements in a transaction --------------------------------------------------------- */

static yx_status tx_run(struct yx_tx *tx, const char *sql, const struct yx_value *values,
                        size_t count, int64_t *changed, struct yx_error *err)
{
    return yx_sqlite_run(((struct sqlite_tx *)tx)->c, sql, values, count, changed, NULL, err);
}

static yx_status tx_query(struct yx_tx *tx, const char *sql, const struct yx_value *values,
                          size_t count, struct yx_reader *reader, struct yx_error *err)
{
    return yx_sqlite_run(((struct sqlite_tx *)tx)->c, sql, values, count, NULL, reader, err);
}

/* Whoever writes is alone already. */
static yx_status tx_lock(struct yx_tx *tx, int64_t key, struct yx_error *err)
{
    (void)tx, (void)key, (void)err;
    return YX_OK;
}

static yx_status tx_script(struct yx_tx *tx, const char *sql, struct yx_error *err)
{
    return yx_sqlite_script(((struct sqlite_tx *)tx)->c, sql, err);
}

/* --- Writing ----------------------------------------------------------------------------- */

static yx_status run_job(struct sqlite_store *store, struct job *job)
{
    struct sqlite_tx tx = {.tx = {.backend = store->store.backend}, .c = store->writer};

    job->status = yx_sqlite_control(tx.c, "SAVEPOINT work", job->err);
    if (job->status != YX_OK)
        return job->status;
    job->status = yx_tx_work(&tx.tx, job->work, job->self, job->err);
    if (sqlite3_get_autocommit(tx.c->db)) /* disk full, memory: SQLite took everything back */
        return job->status;
    if (job->status != YX_OK)
        YX_TRY(yx_sqlite_control(tx.c, "ROLLBACK TO work", job->err));
    return yx_sqlite_control(tx.c, "RELEASE work", job->err);
}

/* The jobs in the transaction that has begun. YX_OK: each has its own status; else nothing was
 * done. */
static yx_status run_group(struct sqlite_store *store, struct job *jobs, struct yx_error *err)
{
    for (struct job *job = jobs; job != NULL; job = job->next) {
        yx_status status = run_job(store, job);

        if (status != YX_OK || sqlite3_get_autocommit(store->writer->db)) {
            *err = *job->err;
            return status != YX_OK ? status
                                   : yx_store_fail(err, YX_FAILURE_IO, "the transaction has ended");
        }
    }
    return yx_sqlite_control(store->writer, "COMMIT", err);
}

static void fail_all(struct job *jobs, yx_status status, const struct yx_error *err)
{
    for (struct job *job = jobs; job != NULL; job = job->next) {
        job->status = status;
        *job->err = *err;
    }
}

/* Whatever ended otherwise than in a commit leaves nothing behind. */
static void roll_back(struct sqlite_store *store)
{
    if (!sqlite3_get_autocommit(store->writer->db))
        (void)sqlite3_exec(store->writer->db, "ROLLBACK", NULL, NULL, NULL);
}

/* When a group fails as a whole, it may be the doing of one of them: then each tries alone. */
static void lead(struct sqlite_store *store, struct job *jobs)
{
    struct yx_error err = {0};
    yx_status status = yx_sqlite_control(store->writer, "BEGIN IMMEDIATE", &err);

    if (status != YX_OK) {
        fail_all(jobs, status, &err);
        return;
    }
    status = run_group(store, jobs, &err);
    if (status == YX_OK)
        return;
    roll_back(store);
    if (jobs->next == NULL) {
        fail_all(jobs, status, &err);
        return;
    }
    for (struct job *job = jobs, *next; job != NULL; job = next) {
        next = job->next;
        job->next = NULL;
        lead(store, job);
        job->next = next;
    }
}

/* With the mutex held; lets it go while it works. */
static void take_lead(struct sqlite_store *store)
{
    struct job *jobs = store->first;

    store->first = NULL;
    store->last = &store->first;
    store->leading = true;
    store->leader = pthread_self();
    (void)pthread_mutex_unlock(&store->mutex);
    lead(store, jobs);
    (void)pthread_mutex_lock(&store->mutex);
    store->leading = false;
    for (struct job *next; jobs != NULL; jobs = next) {
        next = jobs->next; /* once done, a job is its owner's again */
        jobs->done = true;
    }
    (void)pthread_cond_broadcast(&store->led);
}

static yx_status enter(struct sqlite_store *store, struct job *job, struct yx_error *err)
{
    /* Work that writes by the store instead of its transaction would wait for itself. */
    if (store->leading && pthread_equal(store->leader, pthread_self()))
        return yx_fail(err, YX_INTERNAL, "", N_("a change of the database began inside another"));
    *store->last = job;
    store->last = &job->next;
    while (!job->done && store->leading)
        (void)pthread_cond_wait(&store->led, &store->mutex);
    if (!job->done)
        take_lead(store);
    return job->status;
}

static yx_status store_write(struct yx_store *base, yx_work work, void *self, struct yx_error *err)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct job job = {.work = work, .self = self, .err = err};
    yx_status status;

    (void)pthread_mutex_lock(&store->mutex);
    status = enter(store, &job, err);
    (void)pthread_mutex_unlock(&store->mutex);
    return status;
}

/* --- Reading ----------------------------------------------------------------------------- */

static yx_status read_with(struct sqlite_store *store, struct yx_sqlite *c, yx_work work,
                           void *self, struct yx_error *err)
{
    struct sqlite_tx tx = {.tx = {.backend = store->store.backend}, .c = c};
    struct yx_error unwanted;
    yx_status status;

    YX_TRY(yx_sqlite_control(c, "BEGIN", err));
    status = yx_tx_work(&tx.tx, work, self, err);
    (void)yx_sqlite_control(c, "ROLLBACK", &unwanted);
    return status;
}

static yx_status store_read(struct yx_store *base, yx_work work, void *self, struct yx_error *err)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct yx_sqlite *c = NULL;
    void *idle = NULL;
    yx_status status = YX_OK;

    yx_pool_take(&store->readers, &idle);
    c = idle;
    if (c == NULL)
        status = yx_sqlite_connect(store->path, false, true, &c, err);
    if (status == YX_OK)
        status = read_with(store, c, work, self, err);
    yx_pool_give(&store->readers, c);
    return status;
}

/* --- Opening and closing ----------------------------------------------------------------- */

static void store_free(struct yx_store *base)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct yx_sqlite *c;

    while ((c = yx_pool_drain(&store->readers)) != NULL)
        yx_sqlite_close(c);
    yx_sqlite_close(store->writer);
    yx_pool_destroy(&store->readers);
    (void)pthread_cond_destroy(&store->led);
    (void)pthread_mutex_destroy(&store->mutex);
    free(store->path);
    free(store);
}

static const char *const checks[] = {
    "SELECT integrity_check FROM pragma_integrity_check(20) WHERE integrity_check <> 'ok'",
    "SELECT \"table\" || ': ' || parent FROM pragma_foreign_key_check", NULL};

static const struct yx_dialect dialect = {
    .integer = "INTEGER",
    .blob = "BLOB",
    .serial = "INTEGER PRIMARY KEY AUTOINCREMENT",
    .table_end = " STRICT",
    .has_migrations = "SELECT count(*) FROM sqlite_master WHERE name = 'yx_migration'",
    .checks = checks,
    .own = offsetof(struct yx_migration, sqlite),
};

static const struct yx_backend sqlite = {
    .dialect = &dialect,
    .free = store_free,
    .write = store_write,
    .claim = store_write,
    .read = store_read,
    .run = tx_run,
    .query = tx_query,
    .lock = tx_lock,
    .script = tx_script,
};

yx_status yx_sqlite_open(const char *path, bool create, struct yx_store **out, struct yx_error *err)
{
    struct sqlite_store *store = calloc(1, sizeof *store);
    char *copy = strdup(path);
    yx_status status = YX_OK;

    if (store == NULL || copy == NULL) {
        free(store);
        free(copy);
        return yx_fail_memory(err);
    }
    store->store.backend = &sqlite;
    store->path = copy;
    store->last = &store->first;
    yx_pool_init(&store->readers);
    (void)pthread_mutex_init(&store->mutex, NULL);
    (void)pthread_cond_init(&store->led, NULL);
    status = yx_sqlite_connect(path, create, false, &store->writer, err);
    if (status == YX_OK)
        *out = &store->store;
    else
        store_free(&store->store);
    return status;
}
