/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite.c - one SQLite connection: its settings, its statements, its failures. */
#include <stdlib.h>
#include <unistd.h>

#include "store/sqlite.h"

/* How long to wait for another process that writes, in milliseconds. */
#define BUSY_MS 30000
/* "YXST": the databases that are ours. */
#define APPLICATION_ID 1498960724
#define TEXT_OF(number) #number
#define STRING(number) TEXT_OF(number)

/* --- Failures ---------------------------------------------------------------------------- */

static enum yx_failure constraint_failure(int extended)
{
    switch (extended) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        return YX_FAILURE_UNIQUE;
    default:
        return YX_FAILURE_CONSTRAINT;
    }
}

static enum yx_failure failure_of(const struct yx_sqlite *c)
{
    int extended = sqlite3_extended_errcode(c->db);

    switch (extended & 0xFF) {
    case SQLITE_NOMEM:
        return YX_FAILURE_MEMORY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return YX_FAILURE_DAMAGED;
    case SQLITE_CONSTRAINT:
        return constraint_failure(extended);
    case SQLITE_READONLY: /* reading work that writes is a mistake of ours */
        return c->reader ? YX_FAILURE_STATEMENT : YX_FAILURE_IO;
    case SQLITE_ERROR:
    case SQLITE_MISMATCH:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_TOOBIG:
        return YX_FAILURE_STATEMENT;
    default:
        return YX_FAILURE_IO;
    }
}

yx_status yx_sqlite_fail(const struct yx_sqlite *c, struct yx_error *err)
{
    return yx_store_fail(err, failure_of(c), sqlite3_errmsg(c->db));
}

/* --- Statements -------------------------------------------------------------------------- */

yx_status yx_sqlite_script(struct yx_sqlite *c, const char *sql, struct yx_error *err)
{
    return sqlite3_exec(c->db, sql, NULL, NULL, NULL) == SQLITE_OK ? YX_OK : yx_sqlite_fail(c, err);
}

static yx_status prepare(struct yx_sqlite *c, const char *sql, sqlite3_stmt **out,
                         struct yx_error *err)
{
    struct yx_statement *statement = NULL;
    sqlite3_stmt *handle = NULL;
    bool claims;

    YX_TRY(yx_cache_find(&c->cache, sql, &statement, err));
    if (statement->state != YX_PREPARED) {
        if (sqlite3_prepare_v3(c->db, sql, (int)yx_statement_length(sql, &claims),
                               SQLITE_PREPARE_PERSISTENT, &handle, NULL) != SQLITE_OK)
            return yx_sqlite_fail(c, err);
        statement->handle = handle;
        statement->state = YX_PREPARED;
    }
    *out = statement->handle;
    return YX_OK;
}

/* NULL with no length is an empty value, not SQL's NULL. */
static const void *data_of(struct yx_bytes bytes)
{
    return bytes.data == NULL ? (const void *)"" : bytes.data;
}

/* What is bound outlives the statement's run: nothing is copied. */
static int bind_value(sqlite3_stmt *statement, int index, const struct yx_value *value)
{
    switch (value->kind) {
    case YX_VALUE_INTEGER:
        return sqlite3_bind_int64(statement, index, value->integer);
    case YX_VALUE_TEXT:
        return sqlite3_bind_text64(statement, index, data_of(value->bytes), value->bytes.len,
                                   SQLITE_STATIC, SQLITE_UTF8);
    case YX_VALUE_BLOB:
        return sqlite3_bind_blob64(statement, index, data_of(value->bytes), value->bytes.len,
                                   SQLITE_STATIC);
    default:
        return sqlite3_bind_null(statement, index);
    }
}

/* The number of a parameter that is named "$1", "$2" ...; 0 when it is named otherwise. */
static size_t parameter_number(sqlite3_stmt *statement, int index)
{
    const char *name = sqlite3_bind_parameter_name(statement, index);
    char *end = NULL;
    unsigned long number;

    if (name == NULL || name[0] != '$')
        return 0;
    number = strtoul(name + 1, &end, 10);
    return *end == '\0' ? number : 0;
}

/* SQLite counts parameters as they come; ours have numbers of their own. */
static yx_status bind(struct yx_sqlite *c, sqlite3_stmt *statement, const struct yx_value *values,
                      size_t count, struct yx_error *err)
{
    int parameters = sqlite3_bind_parameter_count(statement);

    if ((size_t)parameters != count)
        return yx_store_fail(err, YX_FAILURE_STATEMENT, sqlite3_sql(statement));
    for (int index = 1; index <= parameters; index++) {
        size_t number = parameter_number(statement, index);

        if (number == 0 || number > count)
            return yx_store_fail(err, YX_FAILURE_STATEMENT, sqlite3_sql(statement));
        if (bind_value(statement, index, &values[number - 1]) != SQLITE_OK)
            return yx_sqlite_fail(c, err);
    }
    return YX_OK;
}

/* NULL when there is no memory for the text. */
static bool read_cell(sqlite3_stmt *row, int column, struct yx_value *out)
{
    const void *data;

    switch (sqlite3_column_type(row, column)) {
    case SQLITE_INTEGER:
        *out = yx_value_integer(sqlite3_column_int64(row, column));
        return true;
    case SQLITE_NULL:
        *out = yx_value_null();
        return true;
    case SQLITE_BLOB:
        data = sqlite3_column_blob(row, column);
        *out = yx_value_blob(YX_BYTES(data, (size_t)sqlite3_column_bytes(row, column)));
        return true;
    default:
        data = sqlite3_column_text(row, column);
        *out = yx_value_text_bytes(YX_BYTES(data, (size_t)sqlite3_column_bytes(row, column)));
        return data != NULL;
    }
}

static yx_status give_row(sqlite3_stmt *row, struct yx_reader *reader, bool *more,
                          struct yx_error *err)
{
    struct yx_value cells[YX_STORE_COLUMNS_MAX];
    int count = sqlite3_column_count(row);

    if (count > YX_STORE_COLUMNS_MAX)
        return yx_store_fail(err, YX_FAILURE_STATEMENT, sqlite3_sql(row));
    for (int i = 0; i < count; i++)
        if (!read_cell(row, i, &cells[i]))
            return yx_fail_memory(err);
    *more = yx_reader_give(reader, cells, count);
    return YX_OK;
}

static yx_status step(struct yx_sqlite *c, sqlite3_stmt *statement, struct yx_reader *reader,
                      struct yx_error *err)
{
    bool more = true;
    int code = SQLITE_ROW;

    while (more && (code = sqlite3_step(statement)) == SQLITE_ROW)
        if (reader != NULL)
            YX_TRY(give_row(statement, reader, &more, err));
    return code == SQLITE_DONE || !more ? YX_OK : yx_sqlite_fail(c, err);
}

yx_status yx_sqlite_run(struct yx_sqlite *c, const char *sql, const struct yx_value *values,
                        size_t count, int64_t *changed, struct yx_reader *reader,
                        struct yx_error *err)
{
    sqlite3_stmt *statement = NULL;
    yx_status status;

    YX_TRY(prepare(c, sql, &statement, err));
    status = bind(c, statement, values, count, err);
    if (status == YX_OK)
        status = step(c, statement, reader, err);
    if (status == YX_OK && changed != NULL)
        *changed = sqlite3_changes64(c->db);
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
    return status;
}

yx_status yx_sqlite_control(struct yx_sqlite *c, const char *sql, struct yx_error *err)
{
    return yx_sqlite_run(c, sql, NULL, 0, NULL, NULL, err);
}

/* --- Opening ----------------------------------------------------------------------------- */

static void finalize(void *handle)
{
    (void)sqlite3_finalize(handle);
}

void yx_sqlite_close(struct yx_sqlite *c)
{
    if (c == NULL)
        return;
    yx_cache_free(&c->cache, finalize);
    (void)sqlite3_close(c->db);
    free(c);
}

static yx_status one_number(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

static yx_status ask(struct yx_sqlite *c, const char *sql, int64_t *out, struct yx_error *err)
{
    struct yx_reader reader = {.each = one_number, .self = out, .err = err};

    return yx_sqlite_run(c, sql, NULL, 0, NULL, &reader, err);
}

/* The first look into the file. */
static yx_status read_id(struct yx_sqlite *c, const char *path, int64_t *id, struct yx_error *err)
{
    yx_status status = ask(c, "PRAGMA application_id", id, err);

    YX_REQUIRE(status != YX_DAMAGED, err, YX_DAMAGED, "",
               N_("{1} is no database, or is damaged: {2}"), path, sqlite3_errmsg(c->db));
    return status;
}

/* An empty database becomes ours; one that holds other things does not. */
static yx_status claim(struct yx_sqlite *c, const char *path, struct yx_error *err)
{
    int64_t id = 0, objects = 0;

    YX_TRY(read_id(c, path, &id, err));
    if (id == APPLICATION_ID)
        return YX_OK;
    YX_TRY(yx_sqlite_control(c, "BEGIN IMMEDIATE", err));
    YX_TRY(ask(c, "PRAGMA application_id", &id, err));
    YX_TRY(ask(c, "SELECT count(*) FROM sqlite_master", &objects, err));
    YX_REQUIRE(id == APPLICATION_ID || (id == 0 && objects == 0), err, YX_DAMAGED, "",
               N_("{1} is a database of another program"), path);
    YX_TRY(yx_sqlite_script(c, "PRAGMA application_id = " STRING(APPLICATION_ID), err));
    return yx_sqlite_control(c, "COMMIT", err);
}

/* What every connection is set to. WAL is a property of the file; asking again costs little. */
static yx_status set_up(struct yx_sqlite *c, const char *path, struct yx_error *err)
{
    (void)sqlite3_extended_result_codes(c->db, 1);
    (void)sqlite3_busy_timeout(c->db, BUSY_MS);
    YX_TRY(yx_sqlite_script(c,
                            "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                            "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
                            "PRAGMA temp_store = MEMORY",
                            err));
    if (c->reader)
        return yx_sqlite_script(c, "PRAGMA query_only = ON", err);
    YX_TRY(claim(c, path, err));
    return yx_sqlite_script(c, "PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 67108864",
                            err);
}

yx_status yx_sqlite_connect(const char *path, bool create, bool reader, struct yx_sqlite **out,
                            struct yx_error *err)
{
    YX_CLEAN(yx_sqlite) struct yx_sqlite *c = calloc(1, sizeof *c);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0);

    if (c == NULL)
        return yx_fail_memory(err);
    c->reader = reader;
    if (sqlite3_open_v2(path, &c->db, flags, NULL) != SQLITE_OK)
        return yx_fail(err, YX_NO_INPUT, "", N_("{1} cannot be opened: {2}"), path,
                       c->db == NULL ? "SQLite" : sqlite3_errmsg(c->db));
    YX_TRY(set_up(c, path, err));
    *out = c;
    c = NULL;
    return YX_OK;
}
