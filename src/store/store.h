/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/store.h - the door to store/: one small interface over SQLite and PostgreSQL.
 *
 * All work is a callback in a transaction, and transactions behave as if they ran one after another
 * (SQLite: they do; PostgreSQL: SERIALIZABLE). A write that returned YX_OK is on the disk (SQLite:
 * WAL, synchronous=FULL; PostgreSQL: synchronous_commit at least on).
 *
 * A callback may run more than once (serialisation failure, a group that is tried again one by
 * one), so it changes nothing but the database and what it resets at its start. It may run on
 * another thread than the caller's, who waits for it, and it uses the store only through its `tx`.
 * It should be short: in SQLite all other writers wait. Whatever takes long (signing) comes
 * before it.
 *
 * Statements are the same on both: parameters are $1, $2 ...; a statement may name one twice. No
 * "::" casts: CAST($1 AS TEXT) goes through both. Types are the few that both share: INTEGER (64
 * bits), TEXT (UTF-8 without NUL), binary. The sum of integers is CAST(sum(n) AS BIGINT), and the
 * id of a new row comes by yx_tx_query of "INSERT ... RETURNING id".
 *
 * Threads: a store may be used by any number of threads; a transaction belongs to the thread that
 * runs its callback. Open it after fork().
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/base.h"

struct yx_store;
struct yx_tx;  /* a transaction that runs */
struct yx_row; /* a row of a result, valid inside `each` */

/* Rules in err->rule, for callers who act on them. */
#define YX_STORE_UNIQUE "unique"         /* YX_REFUSED: a row of that key is there already */
#define YX_STORE_CONSTRAINT "constraint" /* YX_REFUSED: another constraint, or a trigger */
/* YX_IO: PostgreSQL was lost at the very commit; look whether the rows are there. */
#define YX_STORE_IN_DOUBT "in doubt"

/* --- Opening ----------------------------------------------------------------------------- */

/*
 * One step of a schema: `name` says what it brings, `sql` holds statements with ';' between them.
 * In it {blob} stands for the binary type, {serial} for a primary key that counts upwards and
 * never comes back, and INTEGER is always of 64 bits; tables are STRICT in SQLite. What only one
 * of the databases understands (triggers) stands apart and is run after `sql`, as it is.
 *
 * What was applied is remembered with the SM3 of its texts: an applied step that reads otherwise
 * now is refused (YX_DAMAGED), and so is a database with steps that this program does not know
 * (written by a newer version). Several schemas live side by side in one database.
 */
struct yx_migration {
    const char *name;
    const char *sql;
    const char *sqlite;   /* NULL: nothing more */
    const char *postgres; /* NULL: nothing more */
};
struct yx_schema {
    const char *name; /* "ca", "audit" */
    const struct yx_migration *steps;
    size_t count;
};

/*
 * `place` is the path of a SQLite file, or a PostgreSQL URI ("postgresql://..."). A SQLite file
 * that is not there is made only when `create`. YX_NO_INPUT when it is not there or cannot be
 * reached, YX_DAMAGED when it is no database of ours.
 */
yx_status yx_store_open(const char *place, bool create, struct yx_store **out,
                        struct yx_error *err);
/* Brings the tables of a schema up to date; of several processes one does it, the others wait. */
yx_status yx_store_migrate(struct yx_store *store, const struct yx_schema *schema,
                           struct yx_error *err);
/* How many steps it lacks, without applying any; fails like yx_store_migrate. */
yx_status yx_store_pending(struct yx_store *store, const struct yx_schema *schema, size_t *steps,
                           struct yx_error *err);
/* No thread uses the store any more. */
void yx_store_free(struct yx_store *store);
YX_DEFINE_CLEAN(yx_store, struct yx_store *, yx_store_free);

/* --- Transactions ------------------------------------------------------------------------ */

typedef yx_status (*yx_work)(void *self, struct yx_tx *tx, struct yx_error *err);

/*
 * Runs `work` in a transaction that may change rows, and commits; any status but YX_OK of `work`
 * rolls back what it did, and is returned. Once a statement failed, the transaction can only be
 * rolled back, even if `work` returns YX_OK.
 *
 * Writes of several threads that wait at the same time share one commit (SQLite: one transaction,
 * a savepoint for each; PostgreSQL: connections of their own, group commit by the server). YX_IO:
 * the database failed, or the disk is full, and nothing was done, unless the rule is
 * YX_STORE_IN_DOUBT.
 */
yx_status yx_store_write(struct yx_store *store, yx_work work, void *self, struct yx_error *err);
/*
 * The same for work that takes its share of rows that wait for somebody. In PostgreSQL such work is
 * not as if alone: each statement sees what is committed when it begins, nothing is checked but
 * what it changes itself, and so a queue that all nodes look at never makes the transactions of
 * others run again. It takes rows by a query that ends in YX_STORE_CLAIM.
 */
yx_status yx_store_claim(struct yx_store *store, yx_work work, void *self, struct yx_error *err);
/* The same for work that only reads: one consistent state. Readers wait for no writer. */
yx_status yx_store_read(struct yx_store *store, yx_work work, void *self, struct yx_error *err);

/* Of the transactions so far: how many, how many of them failed (were refused, too), how long they
 * took with their waiting, in microseconds, and how many there are now. */
struct yx_store_count {
    uint64_t ended, failed, spent;
    uint32_t under_way;
};
void yx_store_counts(struct yx_store *store, struct yx_store_count *writes,
                     struct yx_store_count *reads);

/* --- Statements -------------------------------------------------------------------------- */

enum yx_value_kind { YX_VALUE_NULL, YX_VALUE_INTEGER, YX_VALUE_TEXT, YX_VALUE_BLOB };
struct yx_value {
    enum yx_value_kind kind;
    int64_t integer;
    struct yx_bytes bytes; /* of text without its NUL, or of a blob; borrowed */
};
#define YX_STORE_PARAMETERS_MAX 32
#define YX_STORE_COLUMNS_MAX 32

struct yx_value yx_value_null(void);
struct yx_value yx_value_integer(int64_t integer);
/* NULL becomes SQL's NULL. Text that is not UTF-8 or holds a NUL is YX_USAGE. */
struct yx_value yx_value_text(const char *text);
struct yx_value yx_value_text_bytes(struct yx_bytes text);
/* Empty is an empty blob, not NULL. */
struct yx_value yx_value_blob(struct yx_bytes bytes);
/* A time; YX_TIME_NONE becomes SQL's NULL. */
struct yx_value yx_value_time(yx_time time);

/*
 * Runs a statement without result rows; `*changed` is the number of rows that it changed. Ask for
 * it only when you need it: with NULL, PostgreSQL is not waited for, and a refusal comes with the
 * next statement that has a result, or at the end from yx_store_write.
 *
 * Statements are prepared once per connection and found again by the address of `sql`, which must
 * be a string that lives as long as the program. YX_REFUSED with the rule YX_STORE_UNIQUE when a
 * row of that key is there already; INSERT ... ON CONFLICT DO NOTHING asks instead.
 */
yx_status yx_tx_run(struct yx_tx *tx, const char *sql, const struct yx_value *values, size_t count,
                    int64_t *changed, struct yx_error *err);
/* Runs a query and calls `each` for every row, in order, until it returns another status than
 * YX_OK, which is returned. `each` may not run statements of the same transaction. */
typedef yx_status (*yx_each_row)(void *self, const struct yx_row *row, struct yx_error *err);
yx_status yx_tx_query(struct yx_tx *tx, const char *sql, const struct yx_value *values,
                      size_t count, yx_each_row each, void *self, struct yx_error *err);

/* At the very end of a query: its rows are the transaction's until it ends, and rows that another
 * one has are passed over. In SQLite, where whoever writes is alone, it says nothing. */
#define YX_STORE_CLAIM "{claim}"

/* Column values, from 0. The getters give 0 or nothing for NULL; a column that is of another kind
 * than asked for, or is not there, ends the query with YX_INTERNAL. Text ends with a NUL. All live
 * until `each` returns. */
bool yx_row_is_null(const struct yx_row *row, int column);
int64_t yx_row_integer(const struct yx_row *row, int column);
const char *yx_row_text(const struct yx_row *row, int column); /* NULL for NULL */
struct yx_bytes yx_row_blob(const struct yx_row *row, int column);
yx_time yx_row_time(const struct yx_row *row, int column); /* YX_TIME_NONE for NULL */

/*
 * A lock held to the end of the transaction by one transaction at a time, over all processes
 * (PostgreSQL: an advisory lock; SQLite: writers are alone anyway). Take it before the first
 * statement: what is read then is the state that the holder before left.
 */
yx_status yx_tx_lock(struct yx_tx *tx, int64_t key, struct yx_error *err);

/* --- Copies and checks (copy.c, move.c)
 * ------------------------------------------------------------ */

/* Is it a PostgreSQL URI, and not the path of a SQLite file? */
bool yx_store_is_uri(const char *place);
/* Does this file begin like a SQLite database, and like one of ours? NONE when it cannot be read.
 */
enum yx_store_file { YX_STORE_FILE_NONE, YX_STORE_FILE_OTHER, YX_STORE_FILE_OURS };
enum yx_store_file yx_store_look(const char *path);
/* Writes one state of the SQLite database `path` to the file `copy`, which is not there yet, while
 * others write it; nobody waits. Progress in pages. */
yx_status yx_store_copy(const char *path, const char *copy, const struct yx_progress *progress,
                        struct yx_error *err);
/*
 * Moves what is in the SQLite database `from`, which nobody writes meanwhile, to the PostgreSQL
 * database `to`, which is empty, and whose tables `prepare` makes; all rows or none. `from` stays
 * as it is. Progress in rows, of which *rows is the number. YX_REFUSED when `to` has tables
 * already, or those of `from` are of another version.
 */
yx_status yx_store_move(const char *from, const char *to,
                        yx_status (*prepare)(struct yx_store *store, struct yx_error *err),
                        const struct yx_progress *progress, int64_t *rows, struct yx_error *err);
/* Reads all of the database: pages, indexes and references. YX_DAMAGED tells in its words what is
 * wrong. PostgreSQL checks its pages itself: there it is only asked whether it answers. */
yx_status yx_store_check(struct yx_store *store, struct yx_error *err);
/* Appends what the programs of PostgreSQL find in their environment to reach the database of this
 * URI, "PGHOST=..." and so on, with a NUL behind each: on a command line all users of the machine
 * could read its password. */
yx_status yx_store_environment(const char *uri, struct yx_buf *out, struct yx_error *err);

#endif
