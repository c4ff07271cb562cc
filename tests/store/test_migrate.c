/* SPDX-License-Identifier: Apache-2.0 */
/* test_migrate.c - steps of schemas, on SQLite and on PostgreSQL alike. */
#include "support.h"
#include "tools.h"

#include <pthread.h>

#include "database.h"

#define CREATE_A "CREATE TABLE a (id {serial}, n INTEGER NOT NULL);"
#define CREATE_B                                                                                 \
    "-- a comment; with CREATE TABLE (x INTEGER) in it\n"                                        \
    "CREATE TABLE b (text TEXT NOT NULL DEFAULT 'INTEGER; {blob}', bytes {blob}, big BIGINT);\n" \
    "CREATE INDEX b_text ON b (text);\n"                                                         \
    "INSERT INTO b (text) VALUES ('it''s a {serial}')"

static const struct yx_migration two_steps[] = {
    {.name = "first", .sql = CREATE_A},
    {.name = "second",
     .sql = CREATE_B,
     .sqlite = "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET big = NEW.n; END;",
     .postgres = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$"
                 " BEGIN UPDATE b SET big = NEW.n; RETURN NULL; END $$;"
                 "CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION f();"},
};
static const struct yx_schema one = {.name = "test", .steps = two_steps, .count = 1};
static const struct yx_schema two = {.name = "test", .steps = two_steps, .count = 2};
static const struct yx_schema other = {.name = "other", .steps = NULL, .count = 0};

static yx_status take_integer(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

struct question {
    const char *sql;
    int64_t answer;
};

static yx_status ask_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct question *question = self;
    return yx_tx_query(tx, question->sql, NULL, 0, take_integer, &question->answer, err);
}

static int64_t ask(struct yx_store *store, const char *sql)
{
    struct question question = {.sql = sql, .answer = -1};
    struct yx_error err = {0};
    expect_ok(yx_store_read(store, ask_work, &question, &err), &err);
    return question.answer;
}

static void steps_are_applied_once(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = database_open(database);
    struct yx_error err = {0};
    expect_ok(yx_store_migrate(store, &one, &err), &err);
    database_must(store, "INSERT INTO a (n) VALUES (1)");
    expect_ok(yx_store_migrate(store, &two, &err), &err);
    expect_ok(yx_store_migrate(store, &two, &err), &err);
    database_must(store, "INSERT INTO a (n) VALUES (9000000000000000000)");
    assert_true(ask(store, "SELECT big FROM b WHERE text = 'it''s a {serial}'") ==
                INT64_C(9000000000000000000));
    assert_int_equal(ask(store, "SELECT count(*) FROM a"), 2);
    database_must(store, "INSERT INTO b (big) VALUES (1)");
    assert_int_equal(ask(store, "SELECT count(*) FROM b WHERE text = 'INTEGER; {blob}'"), 1);
    expect_ok(yx_store_migrate(store, &other, &err), &err);
}

/* STRICT on one side, types on the other. */
static void columns_keep_their_types(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = database_open(database);
    struct yx_error err = {0};
    expect_ok(yx_store_migrate(store, &two, &err), &err);
    assert_int_not_equal(database_try(store, "INSERT INTO a (n) VALUES ('text')", &err), YX_OK);
    assert_int_equal(ask(store, "SELECT count(*) FROM a"), 0);
}

static void a_changed_step_is_refused(struct database *database)
{
    const struct yx_migration changed[][2] = {
        {{.name = "first", .sql = CREATE_A " "}, two_steps[1]},
        {{.name = "first", .sql = CREATE_A, .sqlite = "SELECT 1"}, two_steps[1]},
        {two_steps[1], two_steps[0]},
    };
    YX_CLEAN(yx_store) struct yx_store *store = database_open(database);
    struct yx_error err = {0};
    expect_ok(yx_store_migrate(store, &one, &err), &err);
    for (size_t i = 0; i < sizeof changed / sizeof *changed; i++) {
        struct yx_schema schema = {.name = "test", .steps = changed[i], .count = 2};
        expect_status(yx_store_migrate(store, &schema, &err), YX_DAMAGED, &err);
        schema.count = 1;
        expect_status(yx_store_migrate(store, &schema, &err), YX_DAMAGED, &err);
    }
    expect_ok(yx_store_migrate(store, &two, &err), &err);
}

static void a_newer_database_is_refused(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = database_open(database);
    struct yx_error err = {0};
    char words[600];
    expect_ok(yx_store_migrate(store, &two, &err), &err);
    expect_status(yx_store_migrate(store, &one, &err), YX_DAMAGED, &err);
    yx_message_render(&err.message, NULL, words, sizeof words);
    assert_non_null(strstr(words, "newer version"));
}

static void a_missing_step_is_refused(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = database_open(database);
    struct yx_error err = {0};
    expect_ok(yx_store_migrate(store, &two, &err), &err);
    database_must(store, "DELETE FROM yx_migration WHERE step = 1");
    expect_status(yx_store_migrate(store, &two, &err), YX_DAMAGED, &err);
}

static void a_step_that_fails_leaves_nothing(struct database *database)
{
    static const struct yx_migration bad[] = {
        {.name = "first", .sql = CREATE_A},
        {.name = "bad", .sql = "CREATE TABLE c (n INTEGER); INSERT INTO nowhere VALUES (1);"},
    };
    const struct yx_schema schema = {.name = "test", .steps = bad, .count = 2};
    YX_CLEAN(yx_store) struct yx_store *store = database_open(database);
    struct yx_error err = {0};
    expect_status(yx_store_migrate(store, &schema, &err), YX_INTERNAL, &err);
    expect_ok(yx_store_migrate(store, &two, &err), &err);
    database_must(store, "CREATE TABLE c (n TEXT)");
}

struct migrant {
    const struct database *database;
    yx_status status;
};

static void *migrate_thread(void *self)
{
    struct migrant *migrant = self;
    YX_CLEAN(yx_store) struct yx_store *store = NULL;
    struct yx_error err = {0};
    migrant->status = yx_store_open(migrant->database->place, true, &store, &err);
    if (migrant->status == YX_OK)
        migrant->status = yx_store_migrate(store, &two, &err);
    return NULL;
}

/* Stores of their own are like processes: they share nothing but the database. */
static void several_migrate_at_once(struct database *database)
{
    pthread_t threads[8];
    struct migrant migrants[8];
    for (unsigned i = 0; i < 8; i++) {
        migrants[i] = (struct migrant){.database = database};
        assert_int_equal(pthread_create(&threads[i], NULL, migrate_thread, &migrants[i]), 0);
    }
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(migrants[i].status, YX_OK);
    }
}

int main(void)
{
    const struct database_case cases[] = {
        {"steps are applied once", steps_are_applied_once},
        {"columns keep their types", columns_keep_their_types},
        {"a changed step is refused", a_changed_step_is_refused},
        {"a newer database is refused", a_newer_database_is_refused},
        {"a missing step is refused", a_missing_step_is_refused},
        {"a step that fails leaves nothing", a_step_that_fails_leaves_nothing},
        {"several migrate at once", several_migrate_at_once},
    };
    return database_main("migrate", cases, sizeof cases / sizeof *cases, true);
}
