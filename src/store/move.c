/* SPDX-License-Identifier: Apache-2.0 */
/*
 * move.c - all rows of a SQLite database into a PostgreSQL database of the same tables, in one
 * transaction: they are all there, or none. References are looked at when all rows have come, since
 * a row may stand before the one that it refers to. What triggers did when a row was new is among
 * the rows, so they are silent meanwhile.
 */
#include <stdlib.h>

#include "store/room.h"

#define NAME_MAX_LEN 63 /* of PostgreSQL */
#define TELL_EACH 1000

typedef char name_text[NAME_MAX_LEN + 1];

struct table {
    name_text name;
    name_text columns[YX_STORE_COLUMNS_MAX];
    size_t width;
    int64_t last; /* the highest number that its first column ever gave; 0: it does not count */
    /* Statements live until both databases are closed. */
    struct yx_buf select, insert, count;
};

struct moving {
    struct yx_store *from, *to;
    struct yx_tx *in, *out;
    struct table *tables;
    size_t count;
    struct table *at; /* the one that is looked at, or that rows come from */
    struct yx_buf script;
    const struct yx_progress *progress;
    int64_t done, total;
};

static void moving_free(struct moving *moving)
{
    yx_store_free(moving->from);
    yx_store_free(moving->to);
    for (size_t i = 0; i < moving->count; i++) {
        yx_buf_free(&moving->tables[i].select);
        yx_buf_free(&moving->tables[i].insert);
        yx_buf_free(&moving->tables[i].count);
    }
    free(moving->tables);
    yx_buf_free(&moving->script);
}
YX_DEFINE_CLEAN_VALUE(moving, struct moving, moving_free);

static const char *text_of(const struct yx_buf *text)
{
    return (const char *)text->data;
}

static yx_status take_integer(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

/* --- Which tables there are --------------------------------------------------------------------
 */

/* Names go into statements. */
static yx_status take_name(const char *name, name_text out, struct yx_error *err)
{
    size_t len = strlen(name);

    YX_REQUIRE(len > 0 && len <= NAME_MAX_LEN &&
                   strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == len,
               err, YX_DAMAGED, "",
               N_("the database has a table or column {1}, which is none of ours"), name);
    memcpy(out, name, len + 1);
    return YX_OK;
}

static yx_status add_table(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct moving *moving = self;
    struct table *longer = realloc(moving->tables, (moving->count + 1) * sizeof *longer);

    if (longer == NULL)
        return yx_fail_memory(err);
    moving->tables = longer;
    longer += moving->count++;
    *longer = (struct table){.last = yx_row_integer(row, 1)};
    return take_name(yx_row_text(row, 0), longer->name, err);
}

static yx_status add_column(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct table *table = ((struct moving *)self)->at;

    YX_REQUIRE(table->width < YX_STORE_COLUMNS_MAX, err, YX_DAMAGED, "",
               N_("the database has a table or column {1}, which is none of ours"), table->name);
    return take_name(yx_row_text(row, 0), table->columns[table->width++], err);
}

/* "a", "b", or $1, $2 */
static yx_status put_list(struct yx_buf *out, const struct table *table, bool numbers)
{
    for (size_t i = 0; i < table->width; i++) {
        const char *comma = i == 0 ? "" : ", ";

        YX_TRY(numbers ? yx_buf_printf(out, "%s$%zu", comma, i + 1)
                       : yx_buf_printf(out, "%s\"%s\"", comma, table->columns[i]));
    }
    return YX_OK;
}

static yx_status put_statements(struct table *table)
{
    YX_TRY(yx_buf_append_text(&table->select, "SELECT "));
    YX_TRY(put_list(&table->select, table, false));
    YX_TRY(yx_buf_printf(&table->select, " FROM \"%s\"", table->name));
    YX_TRY(yx_buf_append(&table->select, YX_BYTES("", 1)));
    YX_TRY(yx_buf_printf(&table->insert, "INSERT INTO \"%s\" (", table->name));
    YX_TRY(put_list(&table->insert, table, false));
    YX_TRY(yx_buf_append_text(&table->insert, ") VALUES ("));
    YX_TRY(put_list(&table->insert, table, true));
    YX_TRY(yx_buf_append(&table->insert, YX_BYTES(")", 2)));
    YX_TRY(yx_buf_printf(&table->count, "SELECT count(*) FROM \"%s\"", table->name));
    return yx_buf_append(&table->count, YX_BYTES("", 1));
}

static yx_status list_tables(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct moving *moving = self;

    YX_TRY(yx_tx_query(tx,
                       "SELECT m.name, COALESCE(s.seq, 0) FROM sqlite_master m"
                       " LEFT JOIN sqlite_sequence s ON s.name = m.name WHERE m.type = 'table'"
                       " AND m.name NOT LIKE 'sqlite%' AND m.name <> 'yx_migration'",
                       NULL, 0, add_table, moving, err));
    for (size_t i = 0; i < moving->count; i++) {
        const struct yx_value name = yx_value_text(moving->tables[i].name);

        moving->at = &moving->tables[i];
        YX_TRY(yx_tx_query(tx, "SELECT name FROM pragma_table_info($1) ORDER BY cid", &name, 1,
                           add_column, moving, err));
        if (put_statements(moving->at) != YX_OK)
            return yx_fail_memory(err);
    }
    return YX_OK;
}

/* --- Are they the same? ------------------------------------------------------------------------
 */

static yx_status take_step(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct yx_bytes digest = yx_row_blob(row, 2);
    char hex[65];

    if (digest.len != 32)
        return yx_store_fail(err, YX_FAILURE_DAMAGED, "yx_migration");
    yx_hex(digest, hex);
    return yx_buf_printf(self, "%s %lld %s\n", yx_row_text(row, 0),
                         (long long)yx_row_integer(row, 1), hex) == YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

/* The steps, each with its digest, in an order that no collation changes. */
static yx_status list_steps(struct yx_tx *tx, struct yx_buf *out, struct yx_error *err)
{
    return yx_tx_query(tx, "SELECT schema, step, sm3 FROM yx_migration ORDER BY sm3", NULL, 0,
                       take_step, out, err);
}

static yx_status require_same_steps(const struct moving *moving, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf ours = {0};
    YX_CLEAN(yx_buf) struct yx_buf theirs = {0};

    YX_TRY(list_steps(moving->in, &ours, err));
    YX_TRY(list_steps(moving->out, &theirs, err));
    YX_REQUIRE(yx_bytes_equal(yx_buf_bytes(&ours), yx_buf_bytes(&theirs)), err, YX_REFUSED, "",
               N_("the database has other tables than this version makes: start the service once "
                  "with this version, and end it"));
    return YX_OK;
}

/* --- Constraints and triggers -------------------------------------------------------------------
 */

static yx_status add_line(void *self, const struct yx_row *row, struct yx_error *err)
{
    return yx_buf_append_text(self, yx_row_text(row, 0)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

#define REFERENCES(timing)                                                                      \
    "SELECT 'ALTER TABLE ' || CAST(CAST(conrelid AS regclass) AS TEXT) || ' ALTER CONSTRAINT '" \
    " || quote_ident(conname) || ' " timing ";' FROM pg_constraint WHERE contype = 'f'"         \
    " AND connamespace = CAST(current_schema() AS regnamespace)"

static yx_status run_script(struct moving *moving, struct yx_error *err)
{
    yx_status status = yx_buf_append(&moving->script, YX_BYTES("", 1)) == YX_OK
                           ? yx_tx_script(moving->out, text_of(&moving->script), err)
                           : yx_fail_memory(err);

    moving->script.len = 0;
    return status;
}

/* The same words before and behind the name of each table. */
static yx_status put_each(struct moving *moving, const char *before, const char *behind,
                          struct yx_error *err)
{
    for (size_t i = 0; i < moving->count; i++)
        if (yx_buf_printf(&moving->script, "%s\"%s\"%s", before, moving->tables[i].name, behind) !=
            YX_OK)
            return yx_fail_memory(err);
    return YX_OK;
}

/* What migrations put there themselves is among the rows, too. */
static yx_status make_ready(struct moving *moving, struct yx_error *err)
{
    YX_TRY(yx_tx_query(moving->out, REFERENCES("DEFERRABLE INITIALLY DEFERRED"), NULL, 0, add_line,
                       &moving->script, err));
    YX_TRY(put_each(moving, "ALTER TABLE ", " DISABLE TRIGGER USER;", err));
    YX_TRY(put_each(moving, "DELETE FROM ", ";", err));
    return run_script(moving, err);
}

static yx_status make_strict(struct moving *moving, struct yx_error *err)
{
    YX_TRY(yx_tx_script(moving->out, "SET CONSTRAINTS ALL IMMEDIATE", err));
    YX_TRY(yx_tx_query(moving->out, REFERENCES("NOT DEFERRABLE"), NULL, 0, add_line,
                       &moving->script, err));
    YX_TRY(put_each(moving, "ALTER TABLE ", " ENABLE TRIGGER USER;", err));
    return run_script(moving, err);
}

/* --- Rows ---------------------------------------------------------------------------------------
 */

static yx_status move_row(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct moving *moving = self;

    moving->done++;
    if (moving->progress != NULL && moving->progress->tell != NULL && moving->done % TELL_EACH == 0)
        moving->progress->tell(moving->progress->self, (uint64_t)moving->done,
                               (uint64_t)moving->total);
    return yx_tx_run(moving->out, text_of(&moving->at->insert), row->cells, (size_t)row->count,
                     NULL, err);
}

/* Numbers never come back: not even those of rows that are gone. */
static yx_status count_on(struct moving *moving, const struct table *table, struct yx_error *err)
{
    const struct yx_value values[] = {yx_value_text(table->name), yx_value_text(table->columns[0]),
                                      yx_value_integer(table->last)};
    int64_t last;

    if (table->last == 0)
        return YX_OK;
    return yx_tx_query(moving->out,
                       "SELECT setval(CAST(pg_get_serial_sequence($1, $2) AS regclass), $3)",
                       values, 3, take_integer, &last, err);
}

static yx_status move_table(struct moving *moving, struct table *table, struct yx_error *err)
{
    int64_t here = 0, there = 0;

    moving->at = table;
    YX_TRY(yx_tx_query(moving->in, text_of(&table->select), NULL, 0, move_row, moving, err));
    YX_TRY(count_on(moving, table, err));
    YX_TRY(yx_tx_query(moving->in, text_of(&table->count), NULL, 0, take_integer, &here, err));
    YX_TRY(yx_tx_query(moving->out, text_of(&table->count), NULL, 0, take_integer, &there, err));
    YX_REQUIRE(here == there, err, YX_INTERNAL, "", N_("of {1} rows of the table {2}, {3} came"),
               YX_NUM(here), table->name, YX_NUM(there));
    return YX_OK;
}

static yx_status write_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct moving *moving = self;

    moving->out = tx;
    moving->done = 0;
    moving->script.len = 0;
    YX_TRY(require_same_steps(moving, err));
    YX_TRY(make_ready(moving, err));
    for (size_t i = 0; i < moving->count; i++)
        YX_TRY(move_table(moving, &moving->tables[i], err));
    return make_strict(moving, err);
}

static yx_status count_rows(struct moving *moving, struct yx_error *err)
{
    moving->total = 0;
    for (size_t i = 0; i < moving->count; i++) {
        int64_t rows = 0;

        YX_TRY(yx_tx_query(moving->in, text_of(&moving->tables[i].count), NULL, 0, take_integer,
                           &rows, err));
        moving->total += rows;
    }
    return YX_OK;
}

static yx_status read_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct moving *moving = self;

    moving->in = tx;
    YX_TRY(count_rows(moving, err));
    return yx_store_write(moving->to, write_work, moving, err);
}

static yx_status require_empty(void *self, struct yx_tx *tx, struct yx_error *err)
{
    int64_t count = 0;

    (void)self;
    YX_TRY(
        yx_tx_query(tx, tx->backend->dialect->has_migrations, NULL, 0, take_integer, &count, err));
    YX_REQUIRE(count == 0, err, YX_REFUSED, "",
               N_("the PostgreSQL database is not empty: tables of a service are in it"));
    return YX_OK;
}

yx_status yx_store_move(const char *from, const char *to,
                        yx_status (*prepare)(struct yx_store *store, struct yx_error *err),
                        const struct yx_progress *progress, int64_t *rows, struct yx_error *err)
{
    YX_CLEAN(moving) struct moving moving = {.progress = progress};

    YX_REQUIRE(!yx_store_is_uri(from), err, YX_USAGE, "", N_("the rows are in PostgreSQL already"));
    YX_REQUIRE(yx_store_is_uri(to), err, YX_USAGE, "",
               N_("where the rows go is a PostgreSQL database: postgresql://user@host/name"));
    YX_TRY(yx_store_open(from, false, &moving.from, err));
    YX_TRY(yx_store_open(to, false, &moving.to, err));
    YX_TRY(yx_store_read(moving.to, require_empty, NULL, err));
    YX_TRY(prepare(moving.to, err));
    YX_TRY(yx_store_read(moving.from, list_tables, &moving, err));
    YX_TRY(yx_store_read(moving.from, read_work, &moving, err));
    *rows = moving.done;
    return YX_OK;
}
