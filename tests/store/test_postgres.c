/* SPDX-License-Identifier: Apache-2.0 */
/* test_postgres.c - a PostgreSQL server in bad times: gone, killed, and back. */
#include "support.h"
#include "tools.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "rows.h"

static struct yx_store *open_ok(const struct database *database)
{
    struct yx_store *store = NULL;
    struct yx_error err = {0};
    expect_ok(open_pairs(database->place, &store, &err), &err);
    return store;
}

static yx_status take_integer(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

static yx_status pid_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_tx_query(tx, "SELECT pg_backend_pid()", NULL, 0, take_integer, self, err);
}

static pid_t server_pid(struct yx_store *store)
{
    int64_t pid = 0;
    struct yx_error err = {0};
    expect_ok(yx_store_read(store, pid_work, &pid, &err), &err);
    return (pid_t)pid;
}

static void an_absent_server_is_told(struct database *database)
{
    static const char *const places[] = {
        "postgresql://127.0.0.1:9/nothing?user=nobody&password=secret",
        "postgresql:///x?host=/nonexistent&user=nobody&password=secret",
        "postgresql://user:secret@[::1",
        "postgresql://user:secret@host/name?nonsense=1",
    };
    (void)database;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        YX_CLEAN(yx_store) struct yx_store *store = NULL;
        struct yx_error err = {0};
        char words[600];
        expect_status(yx_store_open(places[i], true, &store, &err), YX_NO_INPUT, &err);
        yx_message_render(&err.message, NULL, words, sizeof words);
        assert_null(strstr(words, "secret"));
    }
}

/* Connections that the server closed while nobody used them are noticed before they are used. */
static void a_closed_connection_is_replaced(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_ok(database);
    YX_CLEAN(yx_store) struct yx_store *other = open_ok(database);
    struct yx_error err = {0};
    char sql[64];
    pid_t before = server_pid(store);
    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%d, 10000)", (int)before);
    database_must(other, sql);
    expect_ok(add_pair(store, 1, 10, &err), &err);
    assert_int_not_equal(server_pid(store), before);
    yx_store_free(other); /* its statement is on our stack */
    other = NULL;
}

static yx_status die_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    static const char suicide[] = "SELECT pg_terminate_backend(pg_backend_pid())";
    int64_t ignored = 0;
    YX_TRY(add_pair_work(self, tx, err));
    YX_TRY(yx_tx_query(tx, suicide, NULL, 0, take_integer, &ignored, err));
    return yx_tx_query(tx, "SELECT 1", NULL, 0, take_integer, &ignored, err);
}

static void a_connection_lost_fails_its_work_alone(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_ok(database);
    struct pair pair = {.n = 1};
    struct yx_error err = {0};
    expect_status(yx_store_write(store, die_work, &pair, &err), YX_IO, &err);
    assert_string_equal(err.rule, "");
    expect_ok(add_pair(store, 1, 10, &err), &err);
    assert_int_equal(count_pairs(store), 1);
}

static yx_status kill_before_commit(void *self, struct yx_tx *tx, struct yx_error *err)
{
    int64_t pid = 0;
    YX_TRY(add_pair_work(self, tx, err));
    YX_TRY(pid_work(&pid, tx, err));
    assert_int_equal(kill((pid_t)pid, SIGSTOP), 0);
    assert_int_equal(kill((pid_t)pid, SIGTERM), 0);
    assert_int_equal(kill((pid_t)pid, SIGCONT), 0);
    return YX_OK;
}

/* The answer to COMMIT does not come: nobody can say whether it was done. */
static void a_connection_lost_at_commit_leaves_doubt(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_ok(database);
    struct pair pair = {.n = 1};
    struct yx_error err = {0};
    expect_status(yx_store_write(store, kill_before_commit, &pair, &err), YX_IO, &err);
    assert_string_equal(err.rule, YX_STORE_IN_DOUBT);
    assert_true(count_pairs(store) <= 1);
}

/* --- Queues ------------------------------------------------------------------------------ */

struct claiming {
    struct yx_store *other; /* claims inside; NULL: nobody does */
    int64_t pairs[2];
    size_t count;
};

static yx_status take_pair(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct claiming *claiming = self;
    (void)err;
    claiming->pairs[claiming->count++] = yx_row_integer(row, 0);
    return YX_OK;
}

static yx_status claim_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct claiming *claiming = self;
    struct claiming inner = {.other = NULL};
    YX_TRY(yx_tx_query(tx, "SELECT n FROM pair WHERE half = 0 ORDER BY n LIMIT 1" YX_STORE_CLAIM,
                       NULL, 0, take_pair, claiming, err));
    if (claiming->other == NULL)
        return YX_OK;
    YX_TRY(yx_store_claim(claiming->other, claim_work, &inner, err));
    claiming->pairs[claiming->count++] = inner.pairs[0];
    return YX_OK;
}

static void claimed_rows_are_passed_over(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_ok(database);
    YX_CLEAN(yx_store) struct yx_store *other = open_ok(database);
    struct claiming claiming = {.other = other};
    struct yx_error err = {0};
    for (int64_t n = 1; n <= 2; n++)
        expect_ok(add_pair(store, n, 10, &err), &err);
    expect_ok(yx_store_claim(store, claim_work, &claiming, &err), &err);
    assert_int_equal(claiming.pairs[0], 1);
    assert_int_equal(claiming.pairs[1], 2);
}

/* --- Under load -------------------------------------------------------------------------- */

#define WRITERS 6

struct writer {
    struct yx_store *store;
    int64_t first;
    int *stop;
    char kept[20000];  /* acknowledged */
    char doubt[20000]; /* nobody knows */
    int64_t count;
    unsigned lost, wrong;
};

static void *write_on(void *self)
{
    struct writer *writer = self;
    while (__atomic_load_n(writer->stop, __ATOMIC_ACQUIRE) == 0 && writer->count < 20000) {
        struct yx_error err = {0};
        yx_status status = add_pair(writer->store, writer->first + writer->count, 10, &err);
        writer->kept[writer->count] = status == YX_OK;
        writer->doubt[writer->count] = status == YX_IO && strcmp(err.rule, YX_STORE_IN_DOUBT) == 0;
        writer->lost += status == YX_IO;
        writer->wrong += status != YX_OK && status != YX_IO;
        writer->count++;
        if (status != YX_OK)
            usleep(20000);
    }
    return NULL;
}

static void expect_kept(struct yx_store *store, const struct writer *writer)
{
    assert_int_equal(writer->wrong, 0);
    for (int64_t i = 0; i < writer->count; i++)
        if (!writer->doubt[i])
            assert_true(has_pair(store, writer->first + i) == (writer->kept[i] != 0));
}

/* The server's word for it: a process of its own that dies takes all connections down, and the
 * server recovers from its log. */
static void what_was_acknowledged_survives_a_crash(struct database *database)
{
    static struct writer writers[WRITERS];
    YX_CLEAN(yx_store) struct yx_store *store = open_ok(database);
    pthread_t threads[WRITERS];
    struct yx_error err = {0};
    int stop = 0;
    unsigned lost = 0;
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.store = store, .first = i * INT64_C(1000000), .stop = &stop};
        assert_int_equal(pthread_create(&threads[i], NULL, write_on, &writers[i]), 0);
    }
    usleep(300000);
    assert_int_equal(kill(server_pid(store), SIGKILL), 0);
    for (int tries = 0; add_pair(store, -1, 10, &err) != YX_OK; tries++) {
        assert_true(tries < 300);
        usleep(100000);
    }
    usleep(300000);
    __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
    for (int i = 0; i < WRITERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        lost += writers[i].lost;
        expect_kept(store, &writers[i]);
    }
    assert_true(lost > 0);
    (void)count_pairs(store);
}

/* --- Conflicts --------------------------------------------------------------------------- */

/* Always in the way of itself: the row is changed by another transaction meanwhile. */
struct conflict {
    struct yx_store *other;
    unsigned tries, until;
};

static yx_status change_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    (void)self;
    return yx_tx_run(tx, "UPDATE pair SET bytes = NULL WHERE n = 1", NULL, 0, NULL, err);
}

static yx_status conflict_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct conflict *conflict = self;
    int64_t n = 1;
    YX_TRY(has_pair_work(&n, tx, err));
    if (conflict->tries++ < conflict->until)
        expect_ok(yx_store_write(conflict->other, change_work, NULL, err), err);
    return change_work(NULL, tx, err);
}

static void conflicts_are_tried_again_but_not_for_ever(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_ok(database);
    YX_CLEAN(yx_store) struct yx_store *other = open_ok(database);
    struct conflict some = {.other = other, .until = 5};
    struct conflict always = {.other = other, .until = 1000};
    struct yx_error err = {0};
    expect_ok(add_pair(store, 1, 10, &err), &err);
    expect_ok(yx_store_write(store, conflict_work, &some, &err), &err);
    assert_int_equal(some.tries, 6);
    expect_status(yx_store_write(store, conflict_work, &always, &err), YX_IO, &err);
    assert_true(always.tries > 5 && always.tries < 100);
}

/* --- Plans --------------------------------------------------------------------------------- */

static const char one_of_many[] = "SELECT count(*) FROM wide WHERE n = $1 AND half = $2";

static yx_status one_of_many_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_value values[] = {yx_value_integer(1), yx_value_integer(7)};
    return yx_tx_query(tx, one_of_many, values, 2, take_integer, self, err);
}

struct plan {
    char name[64];
    char text[2000];
};

static yx_status take_name(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    snprintf(self, 64, "%s", yx_row_text(row, 0));
    return YX_OK;
}

static yx_status take_line(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct plan *plan = self;
    (void)err;
    strncat(plan->text, yx_row_text(row, 0), sizeof plan->text - strlen(plan->text) - 1);
    return YX_OK;
}

static yx_status explain_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    static char sql[128];
    struct plan *plan = self;
    const struct yx_value values[] = {yx_value_text(one_of_many)};
    YX_TRY(yx_tx_query(tx, "SELECT name FROM pg_prepared_statements WHERE statement = $1", values,
                       1, take_name, plan->name, err));
    snprintf(sql, sizeof sql, "EXPLAIN EXECUTE %s(1, 7)", plan->name);
    return yx_tx_query(tx, sql, NULL, 0, take_line, plan, err);
}

/* Both indexes are as good while there are no rows. */
static void a_table_that_grew_is_planned_for_anew(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_ok(database);
    struct plan plan = {0};
    int64_t count = 0;
    struct yx_error err = {0};
    database_must(store, "CREATE TABLE wide (n BIGINT, half BIGINT, a TEXT, b TEXT, c TEXT, d TEXT,"
                         " e TEXT, f TEXT, g TEXT, h TEXT, i TEXT, j TEXT, k TEXT, l TEXT,"
                         " UNIQUE (n, half))");
    database_must(store, "CREATE INDEX poor ON wide (n)");
    for (int i = 0; i < 10; i++)
        expect_ok(yx_store_read(store, one_of_many_work, &count, &err), &err);
    database_must(store, "INSERT INTO wide (n, half) SELECT 1, generate_series(1, 5000)");
    usleep(2100000);
    expect_ok(yx_store_read(store, one_of_many_work, &count, &err), &err);
    assert_int_equal(count, 1);
    expect_ok(yx_store_read(store, explain_work, &plan, &err), &err);
    assert_non_null(strstr(plan.text, "wide_n_half_key"));
}

int main(void)
{
    const struct database_case cases[] = {
        {"claimed rows are passed over", claimed_rows_are_passed_over, true},
        {"an absent server is told", an_absent_server_is_told, true},
        {"a closed connection is replaced", a_closed_connection_is_replaced, true},
        {"a connection lost fails its work alone", a_connection_lost_fails_its_work_alone, true},
        {"a connection lost at commit leaves doubt", a_connection_lost_at_commit_leaves_doubt,
         true},
        {"what was acknowledged survives a crash", what_was_acknowledged_survives_a_crash, true},
        {"conflicts are tried again, but not for ever", conflicts_are_tried_again_but_not_for_ever,
         true},
        {"a table that grew is planned for anew", a_table_that_grew_is_planned_for_anew, true},
    };
    return database_main("postgres", cases, sizeof cases / sizeof *cases, false);
}
