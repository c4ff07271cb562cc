/* SPDX-License-Identifier: Apache-2.0 */
/* store.c - the door's functions: what is the same for every database. */
#include <stdatomic.h>

#include "store/room.h"

/* --- Failures ---------------------------------------------------------------------------- */

static const struct {
    yx_status status;
    const char *rule;
    const char *text;
} failures[] = {
    [YX_FAILURE_DAMAGED] = {YX_DAMAGED, "",
                            N_("the database is damaged ({1}): restore it from a backup")},
    [YX_FAILURE_UNIQUE] = {YX_REFUSED, YX_STORE_UNIQUE,
                           N_("the database has a row with this key already: {1}")},
    [YX_FAILURE_CONSTRAINT] = {YX_REFUSED, YX_STORE_CONSTRAINT,
                               N_("the database refuses the change: {1}")},
    [YX_FAILURE_IO] = {YX_IO, "", N_("the database cannot be used: {1}")},
    [YX_FAILURE_IN_DOUBT] = {YX_IO, YX_STORE_IN_DOUBT,
                             N_("the database was lost while it stored a change, and it is not "
                                "known whether it did: {1}")},
    [YX_FAILURE_STATEMENT] = {YX_INTERNAL, "",
                              N_("the database does not take a statement of this program: {1}")},
};

yx_status yx_store_fail(struct yx_error *err, enum yx_failure failure, const char *words)
{
    if (failure == YX_FAILURE_MEMORY)
        return yx_fail_memory(err);
    return yx_fail(err, failures[failure].status, failures[failure].rule, failures[failure].text,
                   words);
}

/* --- Opening ----------------------------------------------------------------------------- */

bool yx_store_is_uri(const char *place)
{
    return strncmp(place, "postgresql://", 13) == 0 || strncmp(place, "postgres://", 11) == 0;
}

yx_status yx_store_open(const char *place, bool create, struct yx_store **out, struct yx_error *err)
{
    struct yx_error unwanted;

    if (err == NULL)
        err = &unwanted;
    return yx_store_is_uri(place) ? yx_postgres_open(place, out, err)
                                  : yx_sqlite_open(place, create, out, err);
}

void yx_store_free(struct yx_store *store)
{
    if (store != NULL)
        store->backend->free(store);
}

/* --- Transactions ------------------------------------------------------------------------ */

/* A try that failed may be followed by one that does not: the caller's error waits for the end. */
static yx_status transact(struct yx_store *store, struct yx_store_meter *meter,
                          yx_status (*run)(struct yx_store *store, yx_work work, void *self,
                                           struct yx_error *err),
                          yx_work work, void *self, struct yx_error *err)
{
    struct yx_error last = {0};
    int64_t started = yx_monotonic();
    yx_status status;

    (void)atomic_fetch_add_explicit(&meter->under_way, 1, memory_order_relaxed);
    status = run(store, work, self, &last);
    (void)atomic_fetch_sub_explicit(&meter->under_way, 1, memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&meter->ended, 1, memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&meter->failed, status != YX_OK, memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&meter->spent, (uint64_t)(yx_monotonic() - started),
                                    memory_order_relaxed);
    if (status != YX_OK && err != NULL)
        *err = last;
    return status;
}

yx_status yx_store_write(struct yx_store *store, yx_work work, void *self, struct yx_error *err)
{
    return transact(store, &store->writes, store->backend->write, work, self, err);
}

yx_status yx_store_claim(struct yx_store *store, yx_work work, void *self, struct yx_error *err)
{
    return transact(store, &store->writes, store->backend->claim, work, self, err);
}

yx_status yx_store_read(struct yx_store *store, yx_work work, void *self, struct yx_error *err)
{
    return transact(store, &store->reads, store->backend->read, work, self, err);
}

static struct yx_store_count count_of(const struct yx_store_meter *meter)
{
    return (struct yx_store_count){.ended = atomic_load(&meter->ended),
                                   .failed = atomic_load(&meter->failed),
                                   .spent = atomic_load(&meter->spent),
                                   .under_way = atomic_load(&meter->under_way)};
}

void yx_store_counts(struct yx_store *store, struct yx_store_count *writes,
                     struct yx_store_count *reads)
{
    *writes = count_of(&store->writes);
    *reads = count_of(&store->reads);
}

yx_status yx_tx_work(struct yx_tx *tx, yx_work work, void *self, struct yx_error *err)
{
    yx_status status = work(self, tx, err);

    if (status != YX_OK || !tx->lost)
        return status;
    *err = tx->cause;
    return tx->cause.status;
}

/* --- Statements -------------------------------------------------------------------------- */

static yx_status give_cause(const struct yx_tx *tx, struct yx_error *err)
{
    if (err != NULL)
        *err = tx->cause;
    return tx->cause.status;
}

/* Remembers that a statement failed, and why. */
static yx_status note(struct yx_tx *tx, yx_status status, struct yx_error *err)
{
    if (status == YX_OK)
        return YX_OK;
    tx->lost = true;
    return give_cause(tx, err);
}

static yx_status check(const struct yx_tx *tx, const struct yx_value *values, size_t count,
                       struct yx_error *err)
{
    if (tx->lost)
        return give_cause(tx, err);
    YX_REQUIRE(count <= YX_STORE_PARAMETERS_MAX, err, YX_INTERNAL, "",
               N_("a statement takes at most {1} values"), YX_NUM(YX_STORE_PARAMETERS_MAX));
    for (size_t i = 0; i < count; i++)
        YX_REQUIRE(values[i].kind != YX_VALUE_TEXT || yx_utf8_valid(values[i].bytes), err, YX_USAGE,
                   "RFC 3629", N_("text for the database is not UTF-8, or holds a NUL"));
    return YX_OK;
}

yx_status yx_tx_run(struct yx_tx *tx, const char *sql, const struct yx_value *values, size_t count,
                    int64_t *changed, struct yx_error *err)
{
    YX_TRY(check(tx, values, count, err));
    return note(tx, tx->backend->run(tx, sql, values, count, changed, &tx->cause), err);
}

yx_status yx_tx_query(struct yx_tx *tx, const char *sql, const struct yx_value *values,
                      size_t count, yx_each_row each, void *self, struct yx_error *err)
{
    struct yx_reader reader = {.each = each, .self = self, .err = err};

    YX_TRY(check(tx, values, count, err));
    YX_TRY(note(tx, tx->backend->query(tx, sql, values, count, &reader, &tx->cause), err));
    YX_REQUIRE(!reader.mistaken, err, YX_INTERNAL, "",
               N_("a column is of another kind than this program expects: {1}"), sql);
    return reader.status;
}

yx_status yx_tx_lock(struct yx_tx *tx, int64_t key, struct yx_error *err)
{
    YX_TRY(check(tx, NULL, 0, err));
    return note(tx, tx->backend->lock(tx, key, &tx->cause), err);
}

yx_status yx_tx_script(struct yx_tx *tx, const char *sql, struct yx_error *err)
{
    YX_TRY(check(tx, NULL, 0, err));
    return note(tx, tx->backend->script(tx, sql, &tx->cause), err);
}
