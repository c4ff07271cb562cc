/* SPDX-License-Identifier: Apache-2.0 */
/* test_copy.c - whole databases: told from other files, copied while they are used, checked.
 * REQ: SEC-20 */
#include "support.h"
#include "tools.h"

#include <pthread.h>
#include <unistd.h>

#include "rows.h"

static struct yx_store *open_ok(const char *place)
{
    struct yx_store *store = NULL;
    struct yx_error err = {0};

    expect_ok(open_pairs(place, &store, &err), &err);
    return store;
}

/* --- Which file is a database ------------------------------------------------------------ */

static void files_are_told_apart(struct database *database)
{
    static const struct {
        const char *command;
        enum yx_store_file kind;
    } cases[] = {
        {"rm -f x", YX_STORE_FILE_NONE},
        {"touch x", YX_STORE_FILE_NONE},
        {"printf 'SQLite format 3' > x", YX_STORE_FILE_NONE},
        {"printf 'SQLite format 3\\000' > x", YX_STORE_FILE_NONE},
        {"head -c 4096 /dev/urandom > x", YX_STORE_FILE_NONE},
        {"rm x && python3 -c \"import sqlite3; b = sqlite3.connect('x');"
         " b.execute('CREATE TABLE t (a)'); b.close()\"",
         YX_STORE_FILE_OTHER},
        {"rm x && mkdir x", YX_STORE_FILE_NONE},
    };
    char path[300];

    (void)snprintf(path, sizeof path, "%s/x", database->folder.path);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_tool(&database->folder, "%s", cases[i].command);
        if (yx_store_look(path) != cases[i].kind)
            fail_msg("%s: %d", cases[i].command, (int)yx_store_look(path));
    }
    yx_store_free(open_ok(database->place));
    assert_int_equal(yx_store_look(database->place), YX_STORE_FILE_OURS);
}

/*
 * While we have a database, nobody else who closes it takes its log away, however often we looked
 * at the file: what is in the log alone would be lost.
 */
static void looking_costs_no_lock(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_ok(database->place);
    struct yx_error err = {0};

    expect_ok(add_pair(store, 1, 10, &err), &err);
    assert_int_equal(yx_store_look(database->place), YX_STORE_FILE_OURS);
    expect_tool(&database->folder, "python3 -c \"import sqlite3; b = sqlite3.connect('test.db');"
                                   " b.execute('SELECT * FROM pair').fetchall(); b.close()\"");
    expect_tool(&database->folder, "ls test.db-wal test.db-shm");
    assert_int_equal(count_pairs(store), 1);
}

/* --- Copies ------------------------------------------------------------------------------ */

struct writing {
    struct yx_store *store;
    bool stop;
    unsigned failed;
};

static void *write_on(void *self)
{
    struct writing *writing = self;

    for (int64_t n = 100; !__atomic_load_n(&writing->stop, __ATOMIC_ACQUIRE); n++) {
        struct yx_error err = {0};

        writing->failed += add_pair(writing->store, n, 3000, &err) != YX_OK;
    }
    return NULL;
}

/* A copy is one state, has all that was there when it began, and is a database of its own. */
static void one_state_is_copied_while_others_write(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_ok(database->place);
    struct writing writing = {.store = store};
    struct yx_error err = {0};
    pthread_t thread;
    char copy[300];

    for (int64_t n = 0; n < 50; n++)
        expect_ok(add_pair(store, n, 30000, &err), &err);
    assert_int_equal(pthread_create(&thread, NULL, write_on, &writing), 0);
    for (int i = 0; i < 3; i++) {
        (void)snprintf(copy, sizeof copy, "%s/copy%d.db", database->folder.path, i);
        expect_ok(yx_store_copy(database->place, copy, NULL, &err), &err);
        YX_CLEAN(yx_store) struct yx_store *copied = open_ok(copy);
        expect_ok(yx_store_check(copied, &err), &err);
        assert_true(count_pairs(copied) >= 50);
    }
    __atomic_store_n(&writing.stop, true, __ATOMIC_RELEASE);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(writing.failed, 0);
    (void)snprintf(copy, sizeof copy, "%s/none/copy.db", database->folder.path);
    expect_status(yx_store_copy(database->place, copy, NULL, &err), YX_NO_OUTPUT, &err);
    expect_status(yx_store_copy(copy, database->place, NULL, &err), YX_NO_INPUT, &err);
}

/* --- Checks ------------------------------------------------------------------------------ */

static void damage_is_told(struct database *database)
{
    static const char *const damages[] = {
        /* An index that misses a row; a reference to what is not there. */
        "UPDATE sqlite_master SET sql = 'CREATE INDEX i ON pair (half) WHERE n < 5'"
        " WHERE name = 'i'",
        "PRAGMA writable_schema = OFF; INSERT INTO child VALUES (7)",
    };

    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        struct yx_error err = {0};

        expect_tool(&database->folder, "rm -f test.db*");
        {
            YX_CLEAN(yx_store) struct yx_store *store = open_ok(database->place);

            database_must(store, "CREATE INDEX i ON pair (half)");
            database_must(store, "CREATE TABLE parent (a INTEGER PRIMARY KEY)");
            database_must(store, "CREATE TABLE child (a INTEGER REFERENCES parent (a))");
            for (int64_t n = 0; n < 20; n++)
                expect_ok(add_pair(store, n, 10, &err), &err);
            expect_ok(yx_store_check(store, &err), &err);
        }
        expect_tool(&database->folder,
                    "python3 -c \"import sqlite3; b = sqlite3.connect('test.db');"
                    " b.executescript(\\\"PRAGMA writable_schema = ON; %s; PRAGMA writable_schema ="
                    " OFF\\\"); b.commit(); b.close()\"",
                    damages[i]);
        YX_CLEAN(yx_store) struct yx_store *store = NULL;
        expect_ok(yx_store_open(database->place, false, &store, &err), &err);
        expect_status(yx_store_check(store, &err), YX_DAMAGED, &err);
    }
}

/* --- PostgreSQL -------------------------------------------------------------------------- */

/* What pg_dump finds in its environment, and nothing of it on its command line. */
static void a_uri_as_environment(struct database *database)
{
    static const char *const wanted[] = {"PGHOST=db.example.cn", "PGPORT=5433",
                                         "PGUSER=ann",           "PGPASSWORD=se cret",
                                         "PGDATABASE=seals",     "PGSSLMODE=verify-full"};
    YX_CLEAN(yx_buf) struct yx_buf got = {0};
    struct yx_error err = {0};

    (void)database;
    expect_ok(yx_store_environment("postgresql://ann:se%20cret@db.example.cn:5433/seals"
                                   "?sslmode=verify-full",
                                   &got, &err),
              &err);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (memmem(got.data, got.len, wanted[i], strlen(wanted[i]) + 1) == NULL)
            fail_msg("%s is not there", wanted[i]);
    expect_status(yx_store_environment("postgresql://[", &got, &err), YX_NO_INPUT, &err);
}

int main(void)
{
    const struct database_case cases[] = {
        {"files are told apart", files_are_told_apart},
        {"looking costs no lock", looking_costs_no_lock},
        {"one state is copied while others write", one_state_is_copied_while_others_write},
        {"damage is told", damage_is_told},
        {"a URI as environment", a_uri_as_environment},
    };

    return database_main("copy", cases, sizeof cases / sizeof *cases, false);
}
