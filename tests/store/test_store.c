/* SPDX-License-Identifier: Apache-2.0 */
/* test_store.c - what the door promises, on SQLite and on PostgreSQL alike. */
#include "support.h"
#include "tools.h"

#include <pthread.h>

#include "database.h"

static const struct yx_migration things_steps[] = {
    {.name = "things",
     .sql = "CREATE TABLE thing ("
            "  id {serial},"
            "  name TEXT NOT NULL UNIQUE,"
            "  number INTEGER CHECK (number <> 13),"
            "  bytes {blob}"
            ");"
            "CREATE TABLE part (thing INTEGER NOT NULL REFERENCES thing (id));"},
};
static const struct yx_schema things = {.name = "things", .steps = things_steps, .count = 1};

static struct yx_store *open_things(const struct database *database)
{
    struct yx_store *store = database_open(database);
    struct yx_error err = {0};
    expect_ok(yx_store_migrate(store, &things, &err), &err);
    return store;
}

/* --- Small works ------------------------------------------------------------------------- */

/* Adds a thing; `end` is how the work ends after that. */
struct adding {
    const char *name;
    int64_t number;
    struct yx_bytes bytes;
    yx_status end;
    bool ask; /* for the count of rows */
    int64_t changed;
};

static yx_status add(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct adding *adding = self;
    const struct yx_value values[] = {yx_value_text(adding->name), yx_value_integer(adding->number),
                                      adding->bytes.data == NULL ? yx_value_null()
                                                                 : yx_value_blob(adding->bytes)};
    YX_TRY(yx_tx_run(tx, "INSERT INTO thing (name, number, bytes) VALUES ($1, $2, $3)", values, 3,
                     adding->ask ? &adding->changed : NULL, err));
    YX_REQUIRE(adding->end == YX_OK, err, adding->end, "a rule", "as told");
    return YX_OK;
}

static yx_status add_thing(struct yx_store *store, const char *name, struct yx_error *err)
{
    struct adding adding = {.name = name};
    return yx_store_write(store, add, &adding, err);
}

static yx_status take_integer(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

static yx_status count_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_tx_query(tx, "SELECT count(*) FROM thing", NULL, 0, take_integer, self, err);
}

static int64_t count_things(struct yx_store *store)
{
    int64_t count = -1;
    struct yx_error err = {0};
    expect_ok(yx_store_read(store, count_work, &count, &err), &err);
    return count;
}

/* --- Transactions ------------------------------------------------------------------------ */

static void commit_and_roll_back(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_things(database);
    struct yx_error err = {0};
    struct adding refused = {.name = "refused", .end = YX_REFUSED};
    struct adding asked = {.name = "asked", .ask = true};
    expect_ok(add_thing(store, "one", &err), &err);
    expect_status(yx_store_write(store, add, &refused, &err), YX_REFUSED, &err);
    assert_string_equal(err.rule, "a rule");
    expect_ok(yx_store_write(store, add, &asked, &err), &err);
    assert_int_equal(asked.changed, 1);
    assert_int_equal(count_things(store), 2);
    yx_store_free(store);
    store = open_things(database);
    assert_int_equal(count_things(store), 2);
}

static void a_key_stands_once(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_things(database);
    struct yx_error err = {0};
    expect_ok(add_thing(store, "one", &err), &err);
    for (int ask = 0; ask < 2; ask++) {
        struct adding again = {.name = "one", .ask = ask};
        err = (struct yx_error){0};
        expect_status(yx_store_write(store, add, &again, &err), YX_REFUSED, &err);
        assert_string_equal(err.rule, YX_STORE_UNIQUE);
    }
    assert_int_equal(yx_store_write(store, add, &(struct adding){.name = "one"}, NULL), YX_REFUSED);
    expect_ok(add_thing(store, "two", &err), &err);
    assert_int_equal(count_things(store), 2);
}

static yx_status add_part(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct yx_value value = yx_value_integer(4711);
    (void)self;
    return yx_tx_run(tx, "INSERT INTO part (thing) VALUES ($1)", &value, 1, NULL, err);
}

static void constraints_refuse(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_things(database);
    struct yx_error err = {0};
    struct adding unlucky = {.name = "unlucky", .number = 13};
    struct adding nameless = {.name = NULL};
    expect_status(yx_store_write(store, add, &unlucky, &err), YX_REFUSED, &err);
    assert_string_equal(err.rule, YX_STORE_CONSTRAINT);
    expect_status(yx_store_write(store, add, &nameless, &err), YX_REFUSED, &err);
    assert_string_equal(err.rule, YX_STORE_CONSTRAINT);
    expect_status(yx_store_write(store, add_part, NULL, &err), YX_REFUSED, &err);
    assert_string_equal(err.rule, YX_STORE_CONSTRAINT);
    assert_int_equal(count_things(store), 0);
}

/* Passes over a refusal, which the store does not. */
static yx_status careless(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct adding once = {.name = "once"}, again = {.name = "once", .ask = true};
    struct adding later = {.name = "later"};
    (void)self;
    YX_TRY(add(&once, tx, err));
    assert_int_equal(add(&again, tx, NULL), YX_REFUSED);
    assert_int_equal(add(&later, tx, NULL), YX_REFUSED);
    return YX_OK;
}

static void a_failed_statement_ends_the_work(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_things(database);
    struct yx_error err = {0};
    expect_status(yx_store_write(store, careless, NULL, &err), YX_REFUSED, &err);
    assert_string_equal(err.rule, YX_STORE_UNIQUE);
    assert_int_equal(count_things(store), 0);
}

static yx_status nothing(void *self, struct yx_tx *tx, struct yx_error *err)
{
    (void)self, (void)tx, (void)err;
    return YX_OK;
}

static void empty_work_is_fine(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_things(database);
    struct yx_error err = {0};
    expect_ok(yx_store_write(store, nothing, NULL, &err), &err);
    expect_ok(yx_store_read(store, nothing, NULL, &err), &err);
}

static yx_status add_many(void *self, struct yx_tx *tx, struct yx_error *err)
{
    (void)self;
    for (int i = 0; i < 1000; i++) {
        struct adding adding = {.name = YX_NUM(i)};
        YX_TRY(add(&adding, tx, err));
    }
    return YX_OK;
}

static void many_statements_in_one_work(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_things(database);
    struct yx_error err = {0};
    expect_ok(yx_store_write(store, add_many, NULL, &err), &err);
    assert_int_equal(count_things(store), 1000);
    expect_status(yx_store_write(store, add_many, NULL, &err), YX_REFUSED, &err);
    assert_int_equal(count_things(store), 1000);
}

static yx_status write_inside(void *self, struct yx_tx *tx, struct yx_error *err)
{
    (void)tx;
    return yx_store_write(self, nothing, NULL, err);
}

static void a_write_inside_a_write(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_things(database);
    struct yx_error err = {0};
    if (!database->postgres) /* there it is another transaction */
        expect_status(yx_store_write(store, write_inside, store, &err), YX_INTERNAL, &err);
    expect_ok(add_thing(store, "after", &err), &err);
}

/* --- Values ------------------------------------------------------------------------------ */

struct expected {
    const struct adding *adding;
    unsigned rows;
};

static yx_status compare(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct expected *expected = self;
    const struct adding *adding = expected->adding;
    (void)err;
    assert_string_equal(yx_row_text(row, 0), adding->name);
    assert_int_equal(yx_row_integer(row, 1), adding->number);
    assert_true(yx_row_is_null(row, 2) == (adding->bytes.data == NULL));
    assert_true(yx_bytes_equal(yx_row_blob(row, 2), adding->bytes));
    expected->rows++;
    return YX_OK;
}

static yx_status compare_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct expected *expected = self;
    struct yx_value name = yx_value_text(expected->adding->name);
    return yx_tx_query(tx, "SELECT name, number, bytes FROM thing WHERE name = $1 OR name = $1",
                       &name, 1, compare, expected, err);
}

static void values_come_back(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_things(database);
    size_t large = 1u << 20;
    uint8_t *megabyte = malloc(large);
    assert_non_null(megabyte);
    for (size_t i = 0; i < large; i++)
        megabyte[i] = (uint8_t)(i * 7 + i / 251);
    const struct adding addings[] = {
        {.name = "", .number = 0},
        {.name = "印信 \xF0\x9F\x94\x8F 'quoted' \\ $1 ?", .number = INT64_MIN},
        {.name = "highest", .number = INT64_MAX, .bytes = YX_BYTES("", 0)},
        {.name = "minus", .number = -1, .bytes = YX_BYTES("\0\0", 2)},
        {.name = "large", .number = INT64_C(1) << 33, .bytes = YX_BYTES(megabyte, large)},
    };
    struct yx_error err = {0};
    for (size_t i = 0; i < sizeof addings / sizeof *addings; i++) {
        struct adding adding = addings[i];
        struct expected expected = {.adding = &addings[i]};
        expect_ok(yx_store_write(store, add, &adding, &err), &err);
        expect_ok(yx_store_read(store, compare_work, &expected, &err), &err);
        assert_int_equal(expected.rows, 1);
    }
    free(megabyte);
}

static yx_status add_bytes(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct yx_value value = yx_value_text_bytes(*(struct yx_bytes *)self);
    return yx_tx_run(tx, "INSERT INTO thing (name) VALUES ($1)", &value, 1, NULL, err);
}

static void text_is_utf8_without_nul(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_things(database);
    struct yx_bytes bad[] = {YX_BYTES("a\0b", 3), YX_BYTES("\xFF", 1), YX_BYTES("\xC0\x80", 2)};
    struct yx_error err = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_status(yx_store_write(store, add_bytes, &bad[i], &err), YX_USAGE, &err);
    assert_int_equal(count_things(store), 0);
}

/* Text where an integer belongs, and the other way round. */
static yx_status mistake_text(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)self, (void)err;
    assert_int_equal(yx_row_integer(row, 0), 0);
    return YX_OK;
}

static yx_status mistake_column(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)self, (void)err;
    assert_null(yx_row_text(row, 1));
    assert_true(yx_row_is_null(row, -1));
    return YX_OK;
}

static yx_status mistake_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    yx_each_row *each = self;
    return yx_tx_query(tx, "SELECT name FROM thing", NULL, 0, *each, NULL, err);
}

static void a_mistaken_column_is_told(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_things(database);
    struct yx_error err = {0};
    yx_each_row mistakes[] = {mistake_text, mistake_column};
    expect_ok(add_thing(store, "one", &err), &err);
    expect_ok(add_thing(store, "two", &err), &err);
    for (size_t i = 0; i < 2; i++)
        expect_status(yx_store_read(store, mistake_work, &mistakes[i], &err), YX_INTERNAL, &err);
    assert_int_equal(count_things(store), 2);
}

static yx_status nulls_row(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)self, (void)err;
    assert_true(yx_row_is_null(row, 0));
    assert_int_equal(yx_row_integer(row, 0), 0);
    assert_true(yx_row_time(row, 0) == YX_TIME_NONE);
    assert_null(yx_row_text(row, 1));
    assert_int_equal(yx_row_blob(row, 2).len, 0);
    return YX_OK;
}

static yx_status nulls_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_value values[] = {yx_value_time(YX_TIME_NONE), yx_value_text(NULL),
                                      yx_value_null()};
    (void)self;
    YX_TRY(yx_tx_run(tx, "INSERT INTO thing (name, number) VALUES ('null', $1)", values, 1, NULL,
                     err));
    YX_TRY(yx_tx_query(tx, "SELECT number, CAST($1 AS TEXT), bytes FROM thing", values + 1, 1,
                       nulls_row, NULL, err));
    return YX_OK;
}

static void nulls_are_nothing(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_things(database);
    struct yx_error err = {0};
    expect_ok(yx_store_write(store, nulls_work, NULL, &err), &err);
}

static yx_status stop_at_two(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)row;
    YX_REQUIRE(++*(int *)self < 2, err, YX_REFUSED, "enough", "enough");
    return YX_OK;
}

static yx_status stopping_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    int64_t count = 0;
    YX_TRY(add_many(NULL, tx, err));
    expect_status(
        yx_tx_query(tx, "SELECT id FROM thing ORDER BY id", NULL, 0, stop_at_two, self, err),
        YX_REFUSED, err);
    /* The transaction goes on. */
    YX_TRY(yx_tx_query(tx, "SELECT count(*) FROM thing", NULL, 0, take_integer, &count, err));
    assert_int_equal(count, 1000);
    return YX_OK;
}

static void rows_stop_when_told(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_things(database);
    struct yx_error err = {0};
    int seen = 0;
    expect_ok(yx_store_write(store, stopping_work, &seen, &err), &err);
    assert_int_equal(seen, 2);
    assert_int_equal(count_things(store), 1000);
}

static yx_status returning_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct yx_value value = yx_value_text("returning");
    return yx_tx_query(tx, "INSERT INTO thing (name) VALUES ($1) RETURNING id", &value, 1,
                       take_integer, self, err);
}

static void a_new_row_tells_its_id(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_things(database);
    struct yx_error err = {0};
    int64_t id = 0;
    expect_ok(add_thing(store, "first", &err), &err);
    expect_ok(yx_store_write(store, returning_work, &id, &err), &err);
    assert_int_equal(id, 2);
}

/* --- Mistakes ---------------------------------------------------------------------------- */

static void a_bad_statement_is_internal(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_things(database);
    static const char *const bad[] = {"SELEKT 1", "INSERT INTO nowhere VALUES (1)",
                                      "UPDATE thing SET name = $1", "UPDATE thing SET name = $2"};
    struct yx_error err = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        expect_status(database_try(store, bad[i], &err), YX_INTERNAL, &err);
        /* The same again: a statement that failed is not thought to be prepared. */
        expect_status(database_try(store, bad[i], &err), YX_INTERNAL, &err);
    }
    expect_status(
        yx_store_read(store, database_run_sql, (void *)(uintptr_t) "DELETE FROM thing", &err),
        YX_INTERNAL, &err);
    expect_ok(add_thing(store, "after", &err), &err);
}

static void a_statement_stays_what_it_was(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_things(database);
    char sql[64] = "INSERT INTO thing (name) VALUES ('a')";
    struct yx_error err = {0};
    expect_ok(database_try(store, sql, &err), &err);
    strcpy(sql, "DELETE FROM thing");
    expect_status(database_try(store, sql, &err), YX_INTERNAL, &err);
    assert_int_equal(count_things(store), 1);
}

/* --- Readers ----------------------------------------------------------------------------- */

struct snapshot {
    struct yx_store *store;
    int64_t before, after;
};

static yx_status snapshot_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct snapshot *snapshot = self;
    YX_TRY(count_work(&snapshot->before, tx, err));
    expect_ok(add_thing(snapshot->store, "meanwhile", err), err); /* in another transaction */
    return count_work(&snapshot->after, tx, err);
}

static void readers_see_one_state(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_things(database);
    struct snapshot snapshot = {.store = store};
    struct yx_error err = {0};
    expect_ok(yx_store_read(store, snapshot_work, &snapshot, &err), &err);
    assert_int_equal(snapshot.before, 0);
    assert_int_equal(snapshot.after, 0);
    assert_int_equal(count_things(store), 1);
}

/* --- Many threads ------------------------------------------------------------------------ */

#define THREADS 24
#define WORKS 20

struct crowd {
    struct yx_store *store;
    unsigned number;
    unsigned wrong;
};

/* Every third work is refused by itself, every fifth by the database. */
static void *crowd_member(void *self)
{
    struct crowd *member = self;
    for (unsigned i = 0; i < WORKS; i++) {
        char name[32];
        struct yx_error err = {0};
        struct adding adding = {.name = name, .number = i % 5 == 1 ? 13 : 1};
        adding.end = i % 3 == 0 ? YX_DAMAGED : YX_OK;
        snprintf(name, sizeof name, "%u/%u", member->number, i);
        yx_status want = i % 3 == 0 ? YX_DAMAGED : i % 5 == 1 ? YX_REFUSED : YX_OK;
        yx_status got = yx_store_write(member->store, add, &adding, &err);
        /* A refusal of the database may come first. */
        member->wrong += got != want && !(i % 5 == 1 && got == YX_REFUSED);
    }
    return NULL;
}

static void each_of_many_sees_its_own_result(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_things(database);
    pthread_t threads[THREADS];
    struct crowd crowd[THREADS];
    unsigned good = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        crowd[i] = (struct crowd){.store = store, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, crowd_member, &crowd[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(crowd[i].wrong, 0);
    }
    for (unsigned i = 0; i < WORKS; i++)
        good += i % 3 != 0 && i % 5 != 1;
    assert_int_equal(count_things(store), THREADS * good);
}

/* Reads a number and writes it back, one higher. */
static yx_status increment(void *self, struct yx_tx *tx, struct yx_error *err)
{
    int64_t number = 0;
    if (self != NULL)
        YX_TRY(yx_tx_lock(tx, 7, err));
    YX_TRY(yx_tx_query(tx, "SELECT number FROM thing WHERE name = 'counter'", NULL, 0, take_integer,
                       &number, err));
    struct yx_value value = yx_value_integer(number + 1);
    return yx_tx_run(tx, "UPDATE thing SET number = $1 WHERE name = 'counter'", &value, 1, NULL,
                     err);
}

struct counter {
    struct yx_store *store;
    void *lock;
    unsigned failed;
};

static void *count_up(void *self)
{
    struct counter *counter = self;
    for (int i = 0; i < 10; i++) {
        struct yx_error err = {0};
        counter->failed += yx_store_write(counter->store, increment, counter->lock, &err) != YX_OK;
    }
    return NULL;
}

static yx_status read_counter(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_tx_query(tx, "SELECT number FROM thing WHERE name = 'counter'", NULL, 0, take_integer,
                       self, err);
}

/* Without a lock a serialisation failure is tried again; with it there is none. */
static void writes_are_as_if_one_after_another(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_things(database);
    struct yx_error err = {0};
    struct adding counter = {.name = "counter", .number = 1000}; /* beyond 13 */
    int64_t number = 0;
    expect_ok(yx_store_write(store, add, &counter, &err), &err);
    for (unsigned round = 0; round < 2; round++) {
        pthread_t threads[6];
        struct counter counters[6];
        for (unsigned i = 0; i < 6; i++) {
            counters[i] = (struct counter){.store = store, .lock = round == 1 ? store : NULL};
            assert_int_equal(pthread_create(&threads[i], NULL, count_up, &counters[i]), 0);
        }
        for (unsigned i = 0; i < 6; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
            assert_int_equal(counters[i].failed, 0);
        }
    }
    expect_ok(yx_store_read(store, read_counter, &number, &err), &err);
    assert_int_equal(number, 1120);
}

static yx_status lock_late(void *self, struct yx_tx *tx, struct yx_error *err)
{
    YX_TRY(yx_tx_lock(tx, 1, err));
    YX_TRY(yx_tx_lock(tx, 2, err));
    YX_TRY(count_work(self, tx, err));
    YX_TRY(yx_tx_lock(tx, 3, err));
    return yx_fail(err, YX_REFUSED, "", "so that the locks are let go by a rollback");
}

static void locks_are_let_go(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *one = open_things(database);
    YX_CLEAN(yx_store) struct yx_store *two = open_things(database);
    struct yx_error err = {0};
    int64_t count = 0;
    for (int i = 0; i < 3; i++) {
        expect_status(yx_store_write(one, lock_late, &count, &err), YX_REFUSED, &err);
        expect_status(yx_store_write(two, lock_late, &count, &err), YX_REFUSED, &err);
    }
}

int main(void)
{
    const struct database_case cases[] = {
        {"commit and rollback", commit_and_roll_back},
        {"a key stands once", a_key_stands_once},
        {"constraints refuse", constraints_refuse},
        {"a failed statement ends the work", a_failed_statement_ends_the_work},
        {"empty work is fine", empty_work_is_fine},
        {"many statements in one work", many_statements_in_one_work},
        {"a write inside a write", a_write_inside_a_write},
        {"values come back", values_come_back},
        {"text is UTF-8 without NUL", text_is_utf8_without_nul},
        {"a mistaken column is told", a_mistaken_column_is_told},
        {"NULLs are nothing", nulls_are_nothing},
        {"rows stop when told", rows_stop_when_told},
        {"a new row tells its id", a_new_row_tells_its_id},
        {"a bad statement is internal", a_bad_statement_is_internal},
        {"a statement stays what it was", a_statement_stays_what_it_was},
        {"readers see one state", readers_see_one_state},
        {"each of many sees its own result", each_of_many_sees_its_own_result},
        {"writes are as if one after another", writes_are_as_if_one_after_another},
        {"locks are let go", locks_are_let_go},
    };
    return database_main("store", cases, sizeof cases / sizeof *cases, true);
}
