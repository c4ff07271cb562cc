/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/room.h - what the files of store/ share: a table of functions per database, the rows that
 * both give, and the few sentences that they fail with.
 *
 *   store.c         the door's functions, the same for both
 *   row.c           values in, values out
 *   migrate.c       steps of schemas; dialect.c translates their words
 *   copy.c          whole databases copied and checked
 *   move.c          all rows from SQLite to PostgreSQL
 *   cache.c         prepared statements by the address of their text
 *   pool.c          connections that wait for work
 *   sqlite.c        one SQLite connection; sqlite_store.c groups and reads over them
 *   postgres.c      one PostgreSQL connection; postgres_store.c works over them, libpq.c opens
 * libpq
 */
#ifndef STORE_ROOM_H
#define STORE_ROOM_H

#include <pthread.h>

#include "store/store.h"

/* --- Rows -------------------------------------------------------------------------------- */

struct yx_row {
    const struct yx_value *cells;
    int count;
    bool *mistaken; /* a getter asked for what is not there */
};

/* Who gets the rows of a query, and how that ended. */
struct yx_reader {
    yx_each_row each;
    void *self;
    struct yx_error *err; /* of `each` */
    yx_status status;
    bool mistaken;
};
/* Hands one row over; false: no more are wanted. */
bool yx_reader_give(struct yx_reader *reader, const struct yx_value *cells, int count);

/* --- Databases --------------------------------------------------------------------------- */

/* How a database says what migrations leave open. */
struct yx_dialect {
    const char *integer, *blob, *serial;
    const char *table_end;      /* behind the ')' of CREATE TABLE */
    const char *has_migrations; /* a query: is there a table yx_migration? */
    const char *const *checks;  /* queries whose rows say what is wrong; NULL at the end */
    size_t own;                 /* offset in struct yx_migration of what is only for it */
};
yx_status yx_dialect_translate(const struct yx_dialect *dialect, const char *sql,
                               struct yx_buf *out, struct yx_error *err);

/*
 * What a database can do. Errors are never NULL. `run`, `query`, `lock` and `script` fail by
 * yx_store_fail or out of memory only, and their transaction is lost then.
 */
struct yx_backend {
    const struct yx_dialect *dialect;
    void (*free)(struct yx_store *store);
    yx_status (*write)(struct yx_store *store, yx_work work, void *self, struct yx_error *err);
    yx_status (*claim)(struct yx_store *store, yx_work work, void *self, struct yx_error *err);
    yx_status (*read)(struct yx_store *store, yx_work work, void *self, struct yx_error *err);
    /* `changed` may be NULL. */
    yx_status (*run)(struct yx_tx *tx, const char *sql, const struct yx_value *values, size_t count,
                     int64_t *changed, struct yx_error *err);
    yx_status (*query)(struct yx_tx *tx, const char *sql, const struct yx_value *values,
                       size_t count, struct yx_reader *reader, struct yx_error *err);
    yx_status (*lock)(struct yx_tx *tx, int64_t key, struct yx_error *err);
    /* Several statements without parameters. */
    yx_status (*script)(struct yx_tx *tx, const char *sql, struct yx_error *err);
};

/* What is counted of the transactions of one kind. */
struct yx_store_meter {
    _Atomic uint64_t ended, failed, spent;
    _Atomic uint32_t under_way;
};

/* Both begin what the databases keep of their own. */
struct yx_store {
    const struct yx_backend *backend;
    struct yx_store_meter writes, reads;
};
struct yx_tx {
    const struct yx_backend *backend;
    bool lost;             /* a statement failed: only rolling back is left */
    struct yx_error cause; /* when lost */
};

yx_status yx_sqlite_open(const char *path, bool create, struct yx_store **out,
                         struct yx_error *err);
yx_status yx_postgres_open(const char *uri, struct yx_store **out, struct yx_error *err);

/* Runs `work`; YX_OK only when no statement of it failed. */
yx_status yx_tx_work(struct yx_tx *tx, yx_work work, void *self, struct yx_error *err);
/* Runs the statements of a migration step. */
yx_status yx_tx_script(struct yx_tx *tx, const char *sql, struct yx_error *err);

/* --- Failures ---------------------------------------------------------------------------- */

enum yx_failure {
    YX_FAILURE_MEMORY,
    YX_FAILURE_DAMAGED,
    YX_FAILURE_UNIQUE,
    YX_FAILURE_CONSTRAINT,
    YX_FAILURE_IO,
    YX_FAILURE_IN_DOUBT,
    YX_FAILURE_STATEMENT, /* a mistake of ours */
};
/* Fails with the database's own words. */
yx_status yx_store_fail(struct yx_error *err, enum yx_failure failure, const char *words);

/* --- Prepared statements ----------------------------------------------------------------- */

struct yx_statement {
    const char *sql; /* the key is its address */
    char *copy;      /* what it said when it was prepared */
    union {
        void *handle;    /* SQLite: sqlite3_stmt */
        unsigned number; /* PostgreSQL: its name is made of it */
    };
    enum { YX_NOT_PREPARED, YX_PREPARING, YX_PREPARED } state;
};
struct yx_cache {
    struct yx_statement **slots; /* a hash table with open addressing */
    size_t count, size;
};
/* How long a statement is without YX_STORE_CLAIM behind it; `*claims`: is that there? */
size_t yx_statement_length(const char *sql, bool *claims);
/* Finds or adds. */
yx_status yx_cache_find(struct yx_cache *cache, const char *sql, struct yx_statement **out,
                        struct yx_error *err);
/* `release` is called for each handle; it may be NULL. */
void yx_cache_free(struct yx_cache *cache, void (*release)(void *handle));

/* --- Connections ------------------------------------------------------------------------- */

#define YX_POOL_MAX 32
struct yx_pool {
    pthread_mutex_t mutex;
    pthread_cond_t given;
    void *idle[YX_POOL_MAX];
    size_t idle_count, out_count;
};
void yx_pool_init(struct yx_pool *pool);
/* Waits for a place; `*out` is the connection given back last, or NULL: open one. */
void yx_pool_take(struct yx_pool *pool, void **out);
/* Gives the place back, with its connection, or NULL when that is closed. */
void yx_pool_give(struct yx_pool *pool, void *connection);
/* Takes one that waits, to close it; NULL when there is none. */
void *yx_pool_drain(struct yx_pool *pool);
void yx_pool_destroy(struct yx_pool *pool);

#endif
