/* SPDX-License-Identifier: Apache-2.0 */
/* rows.h - pairs of rows that are there together or not at all, and who counts them. */
#ifndef TESTS_STORE_ROWS_H
#define TESTS_STORE_ROWS_H

#include "database.h"

static const struct yx_migration pair_steps[] = {
    {.name = "pairs",
     .sql = "CREATE TABLE pair (n INTEGER NOT NULL, half INTEGER NOT NULL, bytes {blob},"
            " PRIMARY KEY (n, half));"},
};
static const struct yx_schema pairs = {.name = "pairs", .steps = pair_steps, .count = 1};

static inline yx_status open_pairs(const char *place, struct yx_store **out, struct yx_error *err)
{
    YX_CLEAN(yx_store) struct yx_store *store = NULL;
    YX_TRY(yx_store_open(place, true, &store, err));
    YX_TRY(yx_store_migrate(store, &pairs, err));
    *out = store;
    store = NULL;
    return YX_OK;
}

struct pair {
    int64_t n;
    struct yx_bytes bytes;
};

static inline yx_status add_pair_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct pair *pair = self;
    for (int64_t half = 0; half < 2; half++) {
        const struct yx_value values[] = {yx_value_integer(pair->n), yx_value_integer(half),
                                          yx_value_blob(pair->bytes)};
        YX_TRY(yx_tx_run(tx, "INSERT INTO pair (n, half, bytes) VALUES ($1, $2, $3)", values, 3,
                         NULL, err));
    }
    return YX_OK;
}

static inline yx_status add_pair(struct yx_store *store, int64_t n, size_t size,
                                 struct yx_error *err)
{
    static const uint8_t zeros[1u << 20];
    struct pair pair = {.n = n, .bytes = YX_BYTES(zeros, size)};
    return yx_store_write(store, add_pair_work, &pair, err);
}

struct counted {
    int64_t rows, halves; /* a half is a pair of which one row is missing */
};

static inline yx_status take_counted(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct counted *counted = self;
    (void)err;
    counted->rows = yx_row_integer(row, 0);
    counted->halves = yx_row_integer(row, 1);
    return YX_OK;
}

static inline yx_status count_pairs_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_tx_query(tx,
                       "SELECT (SELECT count(*) FROM pair), (SELECT count(*) FROM"
                       " (SELECT n FROM pair GROUP BY n HAVING count(*) <> 2) AS odd)",
                       NULL, 0, take_counted, self, err);
}

/* How many pairs there are; no half ones. */
static inline int64_t count_pairs(struct yx_store *store)
{
    struct counted counted = {0};
    struct yx_error err = {0};
    expect_ok(yx_store_read(store, count_pairs_work, &counted, &err), &err);
    assert_int_equal(counted.halves, 0);
    return counted.rows / 2;
}

static inline yx_status has_pair_row(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0) == 2 ? -1 : 0;
    return YX_OK;
}

/* `self` is an int64_t: in goes n, out comes -1 when the pair is there. */
static inline yx_status has_pair_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct yx_value n = yx_value_integer(*(int64_t *)self);
    return yx_tx_query(tx, "SELECT count(*) FROM pair WHERE n = $1", &n, 1, has_pair_row, self,
                       err);
}

static inline bool has_pair(struct yx_store *store, int64_t n)
{
    struct yx_error err = {0};
    expect_ok(yx_store_read(store, has_pair_work, &n, &err), &err);
    return n == -1;
}

#endif
