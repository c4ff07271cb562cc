/* SPDX-License-Identifier: Apache-2.0 */
/*
 * postgres_store.c - a store on a PostgreSQL database: each transaction has a connection of its
 * own, and the server groups their commits. BEGIN goes with the first statement, and COMMIT with
 * the last ones whose result nobody asked for, so that a work of inserts is one way there and back.
 */
#include <stdlib.h>
#include <time.h>

#include "store/postgres.h"

/* How often a transaction is tried that others get in the way of. */
#define TRIES 40
/* The pause after try n is up to 2^n of these, and no longer than 2^PAUSE_STEPS. */
#define PAUSE_NANOSECONDS 500000L
#define PAUSE_STEPS 6

struct postgres_store {
    struct yx_store store;
    struct yx_libpq pq;
    char *uri;
    struct yx_pool pool;
};

struct postgres_tx {
    struct yx_tx tx;
    struct yx_postgres *c;
    const char *begin;
    bool began;
    bool locked; /* holds a lock of the session */
};

/* --- Statements in a transaction --------------------------------------------------------- */

static yx_status ask(struct postgres_tx *tx, const char *sql, const struct yx_value *values,
                     size_t count, struct yx_error *err)
{
    if (!tx->began)
        YX_TRY(yx_postgres_ask(tx->c, tx->begin, NULL, 0, err));
    tx->began = true;
    return yx_postgres_ask(tx->c, sql, values, count, err);
}

static yx_status tx_run(struct yx_tx *base, const char *sql, const struct yx_value *values,
                        size_t count, int64_t *changed, struct yx_error *err)
{
    struct postgres_tx *tx = (struct postgres_tx *)base;
    struct yx_wanted wanted = {.changed = changed};

    YX_TRY(ask(tx, sql, values, count, err));
    return changed == NULL ? YX_OK : yx_postgres_collect(tx->c, &wanted, err);
}

static yx_status tx_query(struct yx_tx *base, const char *sql, const struct yx_value *values,
                          size_t count, struct yx_reader *reader, struct yx_error *err)
{
    struct postgres_tx *tx = (struct postgres_tx *)base;
    struct yx_wanted wanted = {.reader = reader};

    YX_TRY(ask(tx, sql, values, count, err));
    return yx_postgres_collect(tx->c, &wanted, err);
}

/*
 * The snapshot of a transaction is older than the end of its first statement. Waiting for a lock
 * inside it would show the state of before the waiting, and end in a serialisation failure; so the
 * lock is one of the session, taken before the transaction begins.
 */
static yx_status tx_lock(struct yx_tx *base, int64_t key, struct yx_error *err)
{
    struct postgres_tx *tx = (struct postgres_tx *)base;
    struct yx_value value = yx_value_integer(key);

    if (tx->began)
        return tx_run(base, "SELECT pg_advisory_xact_lock($1)", &value, 1, NULL, err);
    tx->locked = true;
    YX_TRY(yx_postgres_ask(tx->c, "SELECT pg_advisory_lock($1)", &value, 1, err));
    return yx_postgres_collect(tx->c, NULL, err);
}

static yx_status tx_script(struct yx_tx *base, const char *sql, struct yx_error *err)
{
    struct postgres_tx *tx = (struct postgres_tx *)base;

    if (!tx->began)
        YX_TRY(yx_postgres_ask(tx->c, tx->begin, NULL, 0, err));
    tx->began = true;
    return yx_postgres_script(tx->c, sql, err);
}

/* --- The end of a transaction ------------------------------------------------------------ */

static yx_status end_with(struct postgres_tx *tx, const char *sql, struct yx_error *err)
{
    YX_TRY(yx_postgres_ask(tx->c, sql, NULL, 0, err));
    return yx_postgres_collect(tx->c, NULL, err);
}

static bool is_idle(const struct postgres_tx *tx)
{
    return tx->c->pq->transaction_status(tx->c->conn) == PQTRANS_IDLE;
}

/* What waits in the pipeline is collected first: if it fails, ROLLBACK would be passed over with
 * all that follows the failure. A connection that does not get idle again is closed. */
static void roll_back(struct postgres_tx *tx)
{
    struct yx_error unwanted;

    if (!tx->began || yx_postgres_is_lost(tx->c))
        return;
    (void)yx_postgres_collect(tx->c, NULL, &unwanted);
    if (!is_idle(tx))
        (void)end_with(tx, "ROLLBACK", &unwanted);
}

static yx_status commit(struct postgres_tx *tx, struct yx_error *err)
{
    yx_status status;

    if (!tx->began)
        return YX_OK;
    status = end_with(tx, "COMMIT", err);
    if (yx_postgres_is_lost(tx->c)) {
        char words[sizeof err->message.args];

        memcpy(words, err->message.args, sizeof words);
        return yx_store_fail(err, YX_FAILURE_IN_DOUBT, words);
    }
    if (status == YX_OK && strcmp(tx->c->command, "COMMIT") != 0)
        return yx_store_fail(err, YX_FAILURE_IO, tx->c->command);
    return status;
}

static yx_status end(struct postgres_tx *tx, yx_status status, struct yx_error *err)
{
    struct yx_error unwanted;

    if (status == YX_OK)
        status = commit(tx, err);
    if (status != YX_OK)
        roll_back(tx);
    if (tx->locked && !yx_postgres_is_lost(tx->c))
        (void)end_with(tx, "SELECT pg_advisory_unlock_all()", &unwanted);
    return status;
}

/* --- Connections ------------------------------------------------------------------------- */

/* When the server went away, it did so for all that wait. */
static void close_idle(struct postgres_store *store)
{
    struct yx_postgres *c;

    while ((c = yx_pool_drain(&store->pool)) != NULL)
        yx_postgres_close(c);
}

static yx_status take(struct postgres_store *store, struct yx_postgres **out, struct yx_error *err)
{
    void *idle = NULL;
    yx_status status;

    yx_pool_take(&store->pool, &idle);
    if (idle != NULL && !yx_postgres_is_stale(idle) && yx_postgres_refresh(idle, err) == YX_OK) {
        *out = idle;
        return YX_OK;
    }
    if (idle != NULL) {
        yx_postgres_close(idle);
        close_idle(store);
    }
    status = yx_postgres_connect(&store->pq, store->uri, out, err);
    if (status != YX_OK)
        yx_pool_give(&store->pool, NULL);
    return status;
}

static void give(struct postgres_store *store, struct postgres_tx *tx)
{
    bool sound = !yx_postgres_is_lost(tx->c) && is_idle(tx);

    if (yx_postgres_is_lost(tx->c))
        close_idle(store);
    if (!sound)
        yx_postgres_close(tx->c);
    yx_pool_give(&store->pool, sound ? tx->c : NULL);
}

/* --- Work -------------------------------------------------------------------------------- */

/* Others who were in the way wait for other times. */
static void pause_after(unsigned tries)
{
    struct timespec now;
    struct timespec pause = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    pause.tv_nsec = (PAUSE_NANOSECONDS << (tries < PAUSE_STEPS ? tries : PAUSE_STEPS));
    pause.tv_nsec = pause.tv_nsec / 4 + now.tv_nsec % pause.tv_nsec;
    (void)nanosleep(&pause, NULL);
}

static yx_status attempt(struct postgres_store *store, const char *begin, yx_work work, void *self,
                         bool *again, struct yx_error *err)
{
    struct postgres_tx tx = {.tx = {.backend = store->store.backend}, .begin = begin};
    yx_status status;

    *again = false;
    YX_TRY(take(store, &tx.c, err));
    tx.c->again = false;
    status = end(&tx, yx_tx_work(&tx.tx, work, self, err), err);
    *again = status != YX_OK && tx.c->again;
    give(store, &tx);
    return status;
}

static yx_status run(struct yx_store *base, const char *begin, yx_work work, void *self,
                     struct yx_error *err)
{
    struct postgres_store *store = (struct postgres_store *)base;
    bool again = true;
    yx_status status = YX_OK;

    for (unsigned tries = 0; again && tries < TRIES; tries++) {
        if (tries > 0)
            pause_after(tries);
        status = attempt(store, begin, work, self, &again, err);
    }
    return status;
}

static yx_status store_write(struct yx_store *base, yx_work work, void *self, struct yx_error *err)
{
    return run(base, "BEGIN ISOLATION LEVEL SERIALIZABLE", work, self, err);
}

static yx_status store_claim(struct yx_store *base, yx_work work, void *self, struct yx_error *err)
{
    return run(base, "BEGIN ISOLATION LEVEL READ COMMITTED", work, self, err);
}

static yx_status store_read(struct yx_store *base, yx_work work, void *self, struct yx_error *err)
{
    return run(base, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", work, self, err);
}

/* --- Opening and closing ----------------------------------------------------------------- */

static void store_free(struct yx_store *base)
{
    struct postgres_store *store = (struct postgres_store *)base;

    close_idle(store);
    yx_pool_destroy(&store->pool);
    if (store->uri != NULL)
        yx_wipe(store->uri, strlen(store->uri)); /* it may hold a password */
    free(store->uri);
    free(store);
}

static const char *const checks[] = {"SELECT '' WHERE 1 = 0", NULL};

static const struct yx_dialect dialect = {
    .integer = "BIGINT",
    .blob = "BYTEA",
    .serial = "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
    .table_end = "",
    .has_migrations = "SELECT count(*) FROM pg_class WHERE oid = to_regclass('yx_migration')",
    .checks = checks,
    .own = offsetof(struct yx_migration, postgres),
};

static const struct yx_backend postgres = {
    .dialect = &dialect,
    .free = store_free,
    .write = store_write,
    .claim = store_claim,
    .read = store_read,
    .run = tx_run,
    .query = tx_query,
    .lock = tx_lock,
    .script = tx_script,
};

static yx_status open_first(struct postgres_store *store, struct yx_error *err)
{
    struct yx_postgres *c = NULL;
    struct yx_error cause = {0};

    YX_TRY(yx_libpq_open(&store->pq, err));
    if (take(store, &c, &cause) != YX_OK) {
        /* libpq repeats a URI that it cannot read, and there may be a password in it. */
        YX_REQUIRE(strstr(cause.message.args, "://") == NULL, err, YX_NO_INPUT, "",
                   N_("the URI of the database is malformed; it is written like "
                      "postgresql://user@host/name"));
        return yx_fail(err, YX_NO_INPUT, "", N_("the database cannot be reached: {1}"),
                       cause.message.args);
    }
    yx_pool_give(&store->pool, c);
    return YX_OK;
}

yx_status yx_postgres_open(const char *uri, struct yx_store **out, struct yx_error *err)
{
    struct postgres_store *store = calloc(1, sizeof *store);
    yx_status status;

    if (store == NULL)
        return yx_fail_memory(err);
    store->store.backend = &postgres;
    yx_pool_init(&store->pool);
    store->uri = strdup(uri);
    status = store->uri == NULL ? yx_fail_memory(err) : open_first(store, err);
    if (status == YX_OK)
        *out = &store->store;
    else
        store_free(&store->store);
    return status;
}
