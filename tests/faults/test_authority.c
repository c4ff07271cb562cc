/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_authority.c - an authority in bad times: no memory at any place where issuing asks for some,
 * a disk that is full while four threads issue, a PostgreSQL server that is killed under them and
 * comes back. Afterwards every certificate that was handed out is on record as good, and no serial
 * is there twice. Killed processes are in tests/ca/test_issue.c and tests/cli/test_ca_faults.py.
 */
#include "../ca/folder.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "starve.h"

/* --- Who asks, and what was handed out ---------------------------------------------------- */

#define ASKERS 4
#define HANDED_MAX 20000

struct asker {
    struct yx_ca *ca;
    const struct yx_private_key *key;
    struct yx_bytes subject;
    int *stop;
    char (*serials)[48]; /* of what was handed out */
    size_t handed, refused, wrong;
};

static yx_status ask_once(const struct asker *asker, struct yx_buf *der, struct yx_error *err)
{
    const struct yx_ca_issue_request request = {
        .profile = yx_ca_profile_find(asker->ca, "person"),
        .subject = asker->subject,
        .spki = yx_public_key_spki(yx_private_key_public(asker->key)),
        .actor = "test",
    };

    return yx_ca_issue(asker->ca, &request, der, err);
}

static void note(struct asker *asker, struct yx_bytes der)
{
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;

    if (yx_cert_from_der(der, &cert, NULL) != YX_OK)
        asker->wrong++;
    else if (asker->handed < HANDED_MAX)
        (void)snprintf(asker->serials[asker->handed++], 48, "%s", yx_cert_serial(cert));
}

static void *ask_on(void *self)
{
    struct asker *asker = self;

    while (__atomic_load_n(asker->stop, __ATOMIC_ACQUIRE) == 0) {
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        struct yx_error err = {0};
        yx_status status = ask_once(asker, &der, &err);

        asker->wrong += (status != YX_OK && status != YX_IO) || (status == YX_OK) != (der.len > 0);
        asker->refused += status == YX_IO;
        if (status == YX_OK)
            note(asker, yx_buf_bytes(&der));
        else
            (void)usleep(20000);
    }
    return NULL;
}

static yx_status expect_good(void *self, const struct yx_ca_record *record, struct yx_error *err)
{
    (void)self, (void)err;
    assert_int_equal(record->state, YX_CA_GOOD);
    assert_true(record->der.len > 0);
    return YX_OK;
}

static void expect_on_record(struct yx_ca *ca, const struct asker *asker)
{
    struct yx_error err;

    assert_int_equal(asker->wrong, 0);
    for (size_t i = 0; i < asker->handed; i++)
        expect_ok(yx_ca_find(ca, asker->serials[i], expect_good, NULL, &err), &err);
}

struct askers {
    struct asker each[ASKERS];
    pthread_t threads[ASKERS];
    struct yx_private_key *key;
    struct yx_buf subject;
    int stop;
};

static void askers_make(struct askers *askers, struct yx_ca *ca)
{
    struct yx_error err;

    *askers = (struct askers){0};
    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &askers->key, &err), &err);
    expect_ok(yx_name_to_der("CN=x", &askers->subject, &err), &err);
    for (size_t i = 0; i < ASKERS; i++) {
        askers->each[i] = (struct asker){.ca = ca,
                                         .key = askers->key,
                                         .subject = yx_buf_bytes(&askers->subject),
                                         .stop = &askers->stop};
        askers->each[i].serials = calloc(HANDED_MAX, 48);
        assert_non_null(askers->each[i].serials);
    }
}

static void askers_start(struct askers *askers)
{
    for (size_t i = 0; i < ASKERS; i++)
        assert_int_equal(pthread_create(&askers->threads[i], NULL, ask_on, &askers->each[i]), 0);
}

/* How many were refused. */
static size_t askers_stop(struct askers *askers, struct yx_ca *ca)
{
    size_t refused = 0, handed = 0;

    __atomic_store_n(&askers->stop, 1, __ATOMIC_RELEASE);
    for (size_t i = 0; i < ASKERS; i++)
        assert_int_equal(pthread_join(askers->threads[i], NULL), 0);
    for (size_t i = 0; i < ASKERS; i++) {
        expect_on_record(ca, &askers->each[i]);
        refused += askers->each[i].refused;
        handed += askers->each[i].handed;
    }
    print_message("%zu handed out, %zu refused\n", handed, refused);
    assert_true(handed > 0);
    return refused;
}

static void askers_free(struct askers *askers)
{
    for (size_t i = 0; i < ASKERS; i++)
        free(askers->each[i].serials);
    yx_private_key_free(askers->key);
    yx_buf_free(&askers->subject);
}
YX_DEFINE_CLEAN_VALUE(askers, struct askers, askers_free);

/* --- No memory ---------------------------------------------------------------------------- */

/* Issues with the n-th request for memory failing; false when it asked less often. */
static bool fails_at(struct asker *asker, unsigned long n, bool stay)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_error err = {0};
    yx_status status;
    bool reached;

    countdown = n;
    for_good = stay;
    happened = false;
    status = ask_once(asker, &der, &err);
    reached = happened;
    countdown = 0;
    happened = false;
    if (status != YX_OK && status != YX_NO_MEMORY)
        fail_msg("request %lu: status %d: %s", n, (int)status, err.message.text);
    assert_int_equal(status == YX_OK, der.len > 0);
    if (status == YX_OK)
        note(asker, yx_buf_bytes(&der));
    return reached;
}

static void no_memory_while_issuing(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    YX_CLEAN(askers) struct askers askers;
    struct asker *asker = &askers.each[0];
    unsigned long n = 0;
    bool once, ever;

    (void)state;
    askers_make(&askers, ca);
    do {
        n++;
        once = fails_at(asker, n, false);
        ever = fails_at(asker, n, true);
    } while (once || ever);
    print_message("%lu requests for memory\n", n);
    assert_true(n > 10);
    assert_true(asker->handed > 0);
    expect_on_record(ca, asker);
}

/* --- No space ----------------------------------------------------------------------------- */

static void limit_files(rlim_t size)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size < limit.rlim_max ? size : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A file also where YX_TEST_POSTGRES names a server. */
static struct yx_ca *authority_in_file(struct folder *folder)
{
    char *server = getenv("YX_TEST_POSTGRES");
    struct yx_ca *ca;

    server = server == NULL ? NULL : strdup(server);
    assert_int_equal(unsetenv("YX_TEST_POSTGRES"), 0);
    ca = folder_authority(folder);
    if (server != NULL)
        assert_int_equal(setenv("YX_TEST_POSTGRES", server, 1), 0);
    free(server);
    return ca;
}

static void a_full_disk_while_four_issue(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = authority_in_file(&folder);
    YX_CLEAN(askers) struct askers askers;
    char wal[128];
    struct stat about;

    (void)state;
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)snprintf(wal, sizeof wal, "%s/ca.db-wal", folder.ca);
    assert_int_equal(stat(wal, &about), 0);
    askers_make(&askers, ca);
    askers_start(&askers);
    (void)usleep(200000);
    limit_files((rlim_t)about.st_size / 2);
    (void)usleep(300000);
    limit_files(RLIM_INFINITY);
    (void)usleep(300000);
    assert_true(askers_stop(&askers, ca) > 0);
}

/* --- The database is killed ---------------------------------------------------------------- */

static yx_status take_pid(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

static yx_status find_pid(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_tx_query(tx,
                       "SELECT CAST(pid AS BIGINT) FROM pg_stat_activity"
                       " WHERE backend_type = 'checkpointer'",
                       NULL, 0, take_pid, self, err);
}

/* The server is back, and has what was acknowledged. */
static void wait_for_server(const struct asker *asker)
{
    for (int tries = 0; tries < 300; tries++) {
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        struct yx_error err = {0};

        if (ask_once(asker, &der, &err) == YX_OK)
            return;
        (void)usleep(100000);
    }
    fail_msg("the server did not come back");
}

static void a_server_killed_while_four_issue(void **state)
{
    YX_CLEAN(askers) struct askers askers = {0};
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    struct yx_error err;

    (void)state;
    ca = folder_authority(&folder);
    if (getenv("YX_TEST_POSTGRES") == NULL) {
        print_message("skipped: YX_TEST_POSTGRES is not set (scripts/postgres.py sets it)\n");
        skip();
    }
    askers_make(&askers, ca);
    askers_start(&askers);
    for (int round = 0; round < 2; round++) {
        int64_t pid = 0;

        (void)usleep(500000);
        expect_ok(yx_store_read(yx_ca_store(ca), find_pid, &pid, &err), &err);
        assert_int_equal(kill((pid_t)pid, SIGKILL), 0);
        wait_for_server(&askers.each[0]);
    }
    (void)usleep(300000);
    assert_true(askers_stop(&askers, ca) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_memory_while_issuing),
        cmocka_unit_test(a_full_disk_while_four_issue),
        cmocka_unit_test(a_server_killed_while_four_issue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
