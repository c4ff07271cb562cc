/* SPDX-License-Identifier: Apache-2.0 */
/*
 * database.h - runs each test on a fresh SQLite file and on a fresh schema of the PostgreSQL server
 * that YX_TEST_POSTGRES names (scripts/postgres.py starts one). Needs support.h and tools.h before
 * it.
 */
#ifndef SUPPORT_DATABASE_H
#define SUPPORT_DATABASE_H

#include "store/store.h"

#define DATABASE_CASES_MAX 64

struct database {
    bool postgres;
    struct folder folder;
    char place[512]; /* for yx_store_open */
};

struct database_case {
    const char *name;
    void (*run)(struct database *database);
    bool postgres;
};

static inline yx_status database_run_sql(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_tx_run(tx, self, NULL, 0, NULL, err);
}

/* Runs one statement, which must live as long as the store. */
static inline yx_status database_try(struct yx_store *store, const char *sql, struct yx_error *err)
{
    return yx_store_write(store, database_run_sql, (void *)(uintptr_t)sql, err);
}

static inline void database_must(struct yx_store *store, const char *sql)
{
    struct yx_error err = {0};
    expect_ok(database_try(store, sql, &err), &err);
}

static inline struct yx_store *database_open(const struct database *database)
{
    struct yx_store *store = NULL;
    struct yx_error err = {0};
    expect_ok(yx_store_open(database->place, true, &store, &err), &err);
    return store;
}

static inline void database_make(struct database *database, bool postgres)
{
    static unsigned count;
    const char *server = getenv("YX_TEST_POSTGRES");
    database->postgres = postgres;
    folder_make(&database->folder);
    snprintf(database->place, sizeof database->place, "%s/test.db", database->folder.path);
    if (!postgres)
        return;
    char sql[64];
    YX_CLEAN(yx_store) struct yx_store *store = NULL;
    struct yx_error err = {0};
    snprintf(sql, sizeof sql, "CREATE SCHEMA test_%d_%u", (int)getpid(), ++count);
    expect_ok(yx_store_open(server, false, &store, &err), &err);
    database_must(store, sql); /* the store does not outlive it */
    snprintf(database->place, sizeof database->place, "%s&options=-csearch_path%%3D%s", server,
             strrchr(sql, ' ') + 1);
}

static inline void database_case_run(void **state)
{
    static struct database database;
    const struct database_case *wanted = *state;
    if (wanted->postgres && getenv("YX_TEST_POSTGRES") == NULL) {
        print_message("skipped: YX_TEST_POSTGRES is not set (scripts/postgres.py sets it)\n");
        skip();
    }
    database_make(&database, wanted->postgres);
    wanted->run(&database);
    folder_remove(&database.folder);
}

/* Runs the cases; `both` says whether each runs on PostgreSQL, too. */
static inline int database_main(const char *group, const struct database_case *cases, size_t count,
                                bool both)
{
    static struct database_case all[2 * DATABASE_CASES_MAX];
    static struct CMUnitTest tests[2 * DATABASE_CASES_MAX];
    static char names[2 * DATABASE_CASES_MAX][96];
    size_t total = 0;
    for (size_t i = 0; i < count && i < DATABASE_CASES_MAX; i++)
        for (int postgres = 0; postgres < 2; postgres++) {
            if (!both && cases[i].postgres != postgres)
                continue;
            all[total] = cases[i];
            all[total].postgres = postgres;
            snprintf(names[total], sizeof *names, "%s: %s", postgres ? "postgres" : "sqlite",
                     cases[i].name);
            tests[total] = (struct CMUnitTest){
                .name = names[total], .test_func = database_case_run, .initial_state = &all[total]};
            total++;
        }
    return _cmocka_run_group_tests(group, tests, total, NULL, NULL);
}

#endif
