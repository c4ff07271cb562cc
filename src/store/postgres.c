/* SPDX-License-Identifier: Apache-2.0 */
/* postgres.c - one PostgreSQL connection: opening it, its pipeline, its failures. */
#include <endian.h>
#include <poll.h>
#include <stdlib.h>

#include "store/postgres.h"

#define NAME_SIZE 16
#define BINARY 1
#define TEXT 0

/* Types of pg_type.dat that results may have; all others are a mistake of ours. */
enum {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_NAME = 19,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_VARCHAR = 1043
};

/* --- Failures ---------------------------------------------------------------------------- */

/* SQLSTATE by its beginning (PostgreSQL, appendix A); the first that fits counts. */
static const struct {
    const char *state;
    enum yx_failure failure;
    bool again;
} states[] = {
    {"40001", YX_FAILURE_IO, true}, /* serialization_failure */
    {"40P01", YX_FAILURE_IO, true}, /* deadlock_detected */
    {"23505", YX_FAILURE_UNIQUE, false},
    {"23", YX_FAILURE_CONSTRAINT, false},
    {"XX001", YX_FAILURE_DAMAGED, false},
    {"XX002", YX_FAILURE_DAMAGED, false},
    {"22", YX_FAILURE_STATEMENT, false},    /* data exceptions: a number out of range */
    {"25", YX_FAILURE_STATEMENT, false},    /* reading work that writes */
    {"42", YX_FAILURE_STATEMENT, false},    /* syntax, names, types */
    {"08P01", YX_FAILURE_STATEMENT, false}, /* as many values as the statement takes */
    {"", YX_FAILURE_IO, false},
};

static size_t state_of(const char *sqlstate)
{
    size_t i = 0;

    while (strncmp(sqlstate, states[i].state, strlen(states[i].state)) != 0)
        i++;
    return i;
}

/* The server's sentence, without the line end that libpq puts there. */
static yx_status fail_connection(const struct yx_postgres *c, struct yx_error *err)
{
    char words[400];

    (void)snprintf(words, sizeof words, "%s", c->pq->error_message(c->conn));
    words[strcspn(words, "\n")] = '\0';
    return yx_store_fail(err, YX_FAILURE_IO, *words == '\0' ? "the connection is closed" : words);
}

static yx_status fail_result(struct yx_postgres *c, const PGresult *result, struct yx_error *err)
{
    const char *sqlstate = c->pq->result_error_field(result, PG_DIAG_SQLSTATE);
    const char *words = c->pq->result_error_field(result, PG_DIAG_MESSAGE_PRIMARY);
    size_t state;

    if (sqlstate == NULL || words == NULL)
        return fail_connection(c, err);
    state = state_of(sqlstate);
    c->again = c->again || states[state].again;
    return yx_store_fail(err, states[state].failure, words);
}

bool yx_postgres_is_lost(const struct yx_postgres *c)
{
    return c->pq->status(c->conn) != CONNECTION_OK;
}

bool yx_postgres_is_stale(const struct yx_postgres *c)
{
    struct pollfd socket = {.fd = c->pq->socket(c->conn), .events = POLLIN};

    return poll(&socket, 1, 0) != 0;
}

/* --- Asking ------------------------------------------------------------------------------ */

static void name_of(const struct yx_statement *statement, char out[NAME_SIZE])
{
    (void)snprintf(out, NAME_SIZE, "yx%u", statement->number);
}

static void note(struct yx_postgres *c, struct yx_statement *statement, bool prepares)
{
    c->asked[c->asked_count++] = (struct yx_asked){.statement = statement, .prepares = prepares};
}

static yx_status write_text(const char *sql, struct yx_buf *out)
{
    bool claims;
    size_t len = yx_statement_length(sql, &claims);

    YX_TRY(yx_buf_append(out, YX_BYTES(sql, len)));
    if (claims)
        YX_TRY(yx_buf_append_text(out, " FOR UPDATE SKIP LOCKED"));
    return yx_buf_append(out, YX_BYTES("", 1));
}

static yx_status prepare(struct yx_postgres *c, struct yx_statement *statement,
                         struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    char name[NAME_SIZE];

    if (write_text(statement->sql, &text) != YX_OK)
        return yx_fail_memory(err);
    statement->number = ++c->prepared;
    name_of(statement, name);
    if (!c->pq->send_prepare(c->conn, name, (const char *)text.data, 0, NULL))
        return fail_connection(c, err);
    statement->state = YX_PREPARING;
    note(c, statement, true);
    return YX_OK;
}

/* Values as libpq wants them: integers and text as text, binary as binary. */
struct parameters {
    const char *values[YX_STORE_PARAMETERS_MAX];
    int lengths[YX_STORE_PARAMETERS_MAX];
    int formats[YX_STORE_PARAMETERS_MAX];
    struct yx_number_text numbers[YX_STORE_PARAMETERS_MAX];
};

static void set_blob(struct parameters *p, size_t i, struct yx_bytes blob)
{
    p->values[i] = blob.len == 0 ? "" : (const char *)blob.data;
    p->lengths[i] = (int)blob.len;
    p->formats[i] = BINARY;
}

static void set_integer(struct parameters *p, size_t i, int64_t integer)
{
    p->numbers[i] = yx_number_text(integer);
    p->values[i] = p->numbers[i].text;
}

/* Text in binary form is its bytes, and needs no NUL behind it: but the type is then the server's
 * to guess, and for text that works. */
static yx_status set_parameters(struct parameters *p, const struct yx_value *values, size_t count,
                                struct yx_error *err)
{
    for (size_t i = 0; i < count; i++) {
        YX_REQUIRE(values[i].bytes.len <= INT32_MAX, err, YX_INTERNAL, "",
                   N_("a value of {1} bytes is too long for the database"),
                   YX_NUM(values[i].bytes.len));
        if (values[i].kind == YX_VALUE_INTEGER)
            set_integer(p, i, values[i].integer);
        else if (values[i].kind != YX_VALUE_NULL)
            set_blob(p, i, values[i].bytes);
    }
    return YX_OK;
}

yx_status yx_postgres_ask(struct yx_postgres *c, const char *sql, const struct yx_value *values,
                          size_t count, struct yx_error *err)
{
    struct yx_statement *statement = NULL;
    struct parameters p = {0};
    char name[NAME_SIZE];

    if (c->asked_count + 2 > YX_PIPELINE_MAX)
        YX_TRY(yx_postgres_collect(c, NULL, err));
    YX_TRY(set_parameters(&p, values, count, err));
    YX_TRY(yx_cache_find(&c->cache, sql, &statement, err));
    if (statement->state == YX_NOT_PREPARED)
        YX_TRY(prepare(c, statement, err));
    name_of(statement, name);
    if (!c->pq->send_prepared(c->conn, name, (int)count, p.values, p.lengths, p.formats, BINARY))
        return fail_connection(c, err);
    note(c, statement, false);
    return YX_OK;
}

/* --- Answers ----------------------------------------------------------------------------- */

static int64_t read_integer(const char *data, int length)
{
    uint64_t value = 0;

    for (int i = 0; i < length; i++)
        value = value << 8 | (uint8_t)data[i];
    /* The sign of 2 and 4 octets is spread over all 8. */
    if (length < 8 && length > 1)
        return (int64_t)(value << (64 - 8 * length)) >> (64 - 8 * length);
    return (int64_t)value;
}

static bool read_cell(const struct yx_libpq *pq, const PGresult *result, int column,
                      struct yx_value *out)
{
    const char *data = pq->value(result, 0, column);
    int length = pq->length(result, 0, column);

    if (pq->is_null(result, 0, column)) {
        *out = yx_value_null();
        return true;
    }
    switch (pq->field_type(result, column)) {
    case OID_BOOL:
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
        *out = yx_value_integer(read_integer(data, length));
        return true;
    case OID_TEXT:
    case OID_VARCHAR:
    case OID_NAME:
        *out = yx_value_text_bytes(YX_BYTES(data, (size_t)length));
        return true;
    case OID_BYTEA:
        *out = yx_value_blob(YX_BYTES(data, (size_t)length));
        return true;
    default:
        return false;
    }
}

/* A row comes as a result of its own. */
static yx_status give_row(struct yx_postgres *c, const PGresult *result, struct yx_reader *reader,
                          struct yx_error *err)
{
    struct yx_value cells[YX_STORE_COLUMNS_MAX];
    int count = c->pq->field_count(result);

    if (count > YX_STORE_COLUMNS_MAX)
        return yx_store_fail(err, YX_FAILURE_STATEMENT, "too many columns");
    for (int i = 0; i < count; i++)
        if (!read_cell(c->pq, result, i, &cells[i]))
            return yx_store_fail(err, YX_FAILURE_STATEMENT, "a column of an unknown type");
    (void)yx_reader_give(reader, cells, count);
    return YX_OK;
}

/* What one result says. PGRES_PIPELINE_ABORTED follows upon a failure that was told already. */
static yx_status take_result(struct yx_postgres *c, PGresult *result,
                             const struct yx_wanted *wanted, struct yx_error *err)
{
    struct yx_reader *reader = wanted == NULL ? NULL : wanted->reader;

    switch (c->pq->result_status(result)) {
    case PGRES_SINGLE_TUPLE:
        if (reader != NULL && reader->status == YX_OK && !reader->mistaken)
            return give_row(c, result, reader, err);
        return YX_OK;
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
        (void)snprintf(c->command, sizeof c->command, "%s", c->pq->command_status(result));
        if (wanted != NULL && wanted->changed != NULL)
            *wanted->changed = strtoll(c->pq->command_tuples(result), NULL, 10);
        return YX_OK;
    case PGRES_PIPELINE_ABORTED:
        return YX_IO;
    default:
        return fail_result(c, result, err);
    }
}

/* The results of one message, up to the NULL behind them. */
static yx_status take_answer(struct yx_postgres *c, const struct yx_wanted *wanted,
                             struct yx_error *err)
{
    yx_status first = YX_OK;
    PGresult *result;

    if (wanted != NULL && wanted->reader != NULL)
        (void)c->pq->set_single_row_mode(c->conn);
    while ((result = c->pq->get_result(c->conn)) != NULL) {
        if (first == YX_OK)
            first = take_result(c, result, wanted, err);
        c->pq->clear(result);
        if (yx_postgres_is_lost(c))
            break;
    }
    if (first == YX_OK && yx_postgres_is_lost(c))
        return fail_connection(c, err);
    return first;
}

/* A statement that could not be prepared is prepared anew next time. */
static void settle(const struct yx_asked *asked, yx_status status)
{
    if (asked->prepares)
        asked->statement->state = status == YX_OK ? YX_PREPARED : YX_NOT_PREPARED;
}

static yx_status take_sync(struct yx_postgres *c, struct yx_error *err)
{
    PGresult *result = c->pq->get_result(c->conn);
    bool in_step = result != NULL && c->pq->result_status(result) == PGRES_PIPELINE_SYNC;

    c->pq->clear(result);
    return in_step ? YX_OK : fail_connection(c, err);
}

yx_status yx_postgres_collect(struct yx_postgres *c, const struct yx_wanted *wanted,
                              struct yx_error *err)
{
    yx_status first = YX_OK;
    size_t count = c->asked_count;

    c->asked_count = 0;
    if (!c->pq->pipeline_sync(c->conn))
        return fail_connection(c, err);
    for (size_t i = 0; i < count && !yx_postgres_is_lost(c); i++) {
        struct yx_error other;
        yx_status status =
            take_answer(c, i + 1 == count ? wanted : NULL, first == YX_OK ? err : &other);

        settle(&c->asked[i], status);
        first = first == YX_OK ? status : first;
    }
    if (yx_postgres_is_lost(c))
        return first == YX_OK ? fail_connection(c, err) : first;
    return first == YX_OK ? take_sync(c, err) : (take_sync(c, &(struct yx_error){0}), first);
}

/* --- Plans ------------------------------------------------------------------------------- */

/* autovacuum looks once a minute whether a table has grown, and then plans are made anew. */
#define PLANS_LAST 64

/*
 * A plan is kept, and one that was made when a table was empty knows no better than to read all
 * rows of an authority: any index is as good then. As rows come in, it gets slower with each, and
 * whoever reads so many rows stands in the way of all who write some. So a young connection plans
 * again after a second, two, four, until the server's own statistics tell it.
 */
yx_status yx_postgres_refresh(struct yx_postgres *c, struct yx_error *err)
{
    time_t now = yx_monotonic() / YX_SECOND;

    if (c->plans_last > PLANS_LAST || now < c->plans_end)
        return YX_OK;
    c->plans_last *= 2;
    c->plans_end = now + c->plans_last;
    YX_TRY(yx_postgres_ask(c, "DISCARD PLANS", NULL, 0, err));
    return yx_postgres_collect(c, NULL, err);
}

/* --- Outside the pipeline ---------------------------------------------------------------- */

static yx_status exec(struct yx_postgres *c, const char *sql, struct yx_error *err)
{
    PGresult *result = c->pq->exec(c->conn, sql);
    ExecStatusType got = c->pq->result_status(result);
    yx_status status = YX_OK;

    if (got != PGRES_COMMAND_OK && got != PGRES_TUPLES_OK)
        status = fail_result(c, result, err);
    c->pq->clear(result);
    return status;
}

yx_status yx_postgres_script(struct yx_postgres *c, const char *sql, struct yx_error *err)
{
    yx_status status;

    YX_TRY(yx_postgres_collect(c, NULL, err));
    if (!c->pq->exit_pipeline(c->conn))
        return fail_connection(c, err);
    status = exec(c, sql, err);
    if (!c->pq->enter_pipeline(c->conn) && status == YX_OK)
        return fail_connection(c, err);
    return status;
}

/* --- Opening ----------------------------------------------------------------------------- */

static void be_quiet(void *self, const char *notice)
{
    (void)self, (void)notice;
}

void yx_postgres_close(struct yx_postgres *c)
{
    if (c == NULL)
        return;
    yx_cache_free(&c->cache, NULL);
    if (c->conn != NULL)
        c->pq->finish(c->conn);
    free(c);
}

/* Whoever set synchronous_commit higher than on meant it; lower would lose what was acknowledged.
 */
static const char settings[] = "SELECT set_config('synchronous_commit', 'on', false)"
                               " WHERE current_setting('synchronous_commit') IN ('off', 'local');"
                               "SET client_min_messages = error;"
                               "SET timezone = 'UTC';"
                               "SET idle_in_transaction_session_timeout = '120s';";

/* What the URI says overrides what stands before "dbname". */
static PGconn *connect(const struct yx_libpq *pq, const char *uri)
{
    const char *const keywords[] = {"connect_timeout",
                                    "fallback_application_name",
                                    "keepalives_idle",
                                    "tcp_user_timeout",
                                    "dbname",
                                    "client_encoding",
                                    NULL};
    const char *const values[] = {"10", "yinxin", "30", "30000", uri, "UTF8", NULL};

    return pq->connect(keywords, values, 1);
}

yx_status yx_postgres_connect(const struct yx_libpq *pq, const char *uri, struct yx_postgres **out,
                              struct yx_error *err)
{
    YX_CLEAN(yx_postgres) struct yx_postgres *c = calloc(1, sizeof *c);

    if (c == NULL)
        return yx_fail_memory(err);
    c->pq = pq;
    c->plans_last = 1;
    c->plans_end = yx_monotonic() / YX_SECOND + c->plans_last;
    c->conn = connect(pq, uri);
    if (c->conn == NULL)
        return yx_fail_memory(err);
    if (yx_postgres_is_lost(c))
        return fail_connection(c, err);
    (void)pq->set_notice_processor(c->conn, be_quiet, NULL);
    YX_TRY(exec(c, settings, err));
    if (!pq->enter_pipeline(c->conn))
        return fail_connection(c, err);
    *out = c;
    c = NULL;
    return YX_OK;
}
