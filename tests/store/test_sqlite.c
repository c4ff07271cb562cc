/* SPDX-License-Identifier: Apache-2.0 */
/* test_sqlite.c - a SQLite file in bad times: several processes, kills, full disks, damage. */
#include "support.h"
#include "tools.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "rows.h"

#define KILL_ROUNDS 200

/* --- Syncs ------------------------------------------------------------------------------- */

/* SQLite calls these instead of the system's. */
static unsigned syncs;

__attribute__((visibility("default"))) int fdatasync(int fd)
{
    (void)__atomic_add_fetch(&syncs, 1, __ATOMIC_RELAXED);
    return (int)syscall(SYS_fdatasync, fd);
}

__attribute__((visibility("default"))) int fsync(int fd)
{
    (void)__atomic_add_fetch(&syncs, 1, __ATOMIC_RELAXED);
    return (int)syscall(SYS_fsync, fd);
}

static struct yx_store *open_ok(const struct database *database)
{
    struct yx_store *store = NULL;
    struct yx_error err = {0};
    expect_ok(open_pairs(database->place, &store, &err), &err);
    return store;
}

static void every_write_is_synced(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_ok(database);
    struct yx_error err = {0};
    for (int64_t n = 0; n < 20; n++) {
        unsigned before = syncs;
        expect_ok(add_pair(store, n, 10, &err), &err);
        assert_true(syncs > before);
    }
}

#define SHARING 16

struct sharing {
    struct yx_store *store;
    int64_t first;
    yx_status status;
};

static void *share(void *self)
{
    struct sharing *sharing = self;
    struct yx_error err = {0};
    for (int64_t n = 0; n < 20 && sharing->status == YX_OK; n++)
        sharing->status = add_pair(sharing->store, sharing->first + n, 10, &err);
    return NULL;
}

static void writers_share_a_sync(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_ok(database);
    pthread_t threads[SHARING];
    struct sharing sharing[SHARING];
    unsigned before = syncs;
    for (int i = 0; i < SHARING; i++) {
        sharing[i] = (struct sharing){.store = store, .first = i * 100};
        assert_int_equal(pthread_create(&threads[i], NULL, share, &sharing[i]), 0);
    }
    for (int i = 0; i < SHARING; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(sharing[i].status, YX_OK);
    }
    assert_int_equal(count_pairs(store), SHARING * 20);
    assert_true(syncs - before < SHARING * 20 / 2);
}

/* --- Several processes ------------------------------------------------------------------- */

/* Exit code 0: all pairs were written. */
static int write_pairs(const char *place, int64_t first, int64_t count)
{
    YX_CLEAN(yx_store) struct yx_store *store = NULL;
    struct yx_error err = {0};
    if (open_pairs(place, &store, &err) != YX_OK)
        return 2;
    for (int64_t n = first; n < first + count; n++)
        if (add_pair(store, n, 100, &err) != YX_OK)
            return 3;
    return 0;
}

static void two_processes_write_one_file(struct database *database)
{
    pid_t children[3];
    for (int i = 0; i < 3; i++) {
        fflush(NULL);
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0)
            _exit(write_pairs(database->place, i * 1000, 100));
    }
    for (int i = 0; i < 3; i++) {
        int status = -1;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    YX_CLEAN(yx_store) struct yx_store *store = open_ok(database);
    assert_int_equal(count_pairs(store), 300);
}

/* --- Kills ------------------------------------------------------------------------------- */

struct killed_thread {
    struct yx_store *store;
    int64_t first;
    int pipe;
};

/* Writes, and tells what was acknowledged. */
static void *write_and_tell(void *self)
{
    struct killed_thread *thread = self;
    struct yx_error err = {0};
    for (int64_t n = thread->first;; n++) {
        if (add_pair(thread->store, n, (size_t)(n % 7) * 900, &err) != YX_OK)
            _exit(4);
        if (write(thread->pipe, &n, sizeof n) != sizeof n)
            _exit(5);
    }
    return NULL;
}

static void write_until_killed(const char *place, int round, int pipe)
{
    struct yx_store *store = NULL;
    struct yx_error err = {0};
    pthread_t threads[3];
    struct killed_thread killed[3];
    if (open_pairs(place, &store, &err) != YX_OK)
        _exit(2);
    for (int i = 0; i < 3; i++) {
        killed[i] = (struct killed_thread){
            .store = store, .first = (round * 3 + i) * INT64_C(1000000), .pipe = pipe};
        if (pthread_create(&threads[i], NULL, write_and_tell, &killed[i]) != 0)
            _exit(3);
    }
    for (int i = 0; i < 3; i++)
        (void)pthread_join(threads[i], NULL);
}

/* Kills a writer somewhere on its way, or, in odd rounds, once it has written; every pair that it
 * acknowledged is there. */
static unsigned kill_one(struct database *database, int round)
{
    int ends[2], status = 0;
    unsigned acknowledged = 0;
    int64_t n = 0;
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        write_until_killed(database->place, round, ends[1]);
        _exit(6);
    }
    close(ends[1]);
    struct pollfd told = {.fd = ends[0], .events = POLLIN};
    if (round % 2 == 1)
        assert_int_equal(poll(&told, 1, 30000), 1);
    usleep((useconds_t)(round * 7919 % 20000));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    YX_CLEAN(yx_store) struct yx_store *store = open_ok(database);
    for (; read(ends[0], &n, sizeof n) == sizeof n; acknowledged++)
        assert_true(has_pair(store, n));
    close(ends[0]);
    (void)count_pairs(store); /* no half ones */
    return acknowledged;
}

static void what_was_acknowledged_survives_a_kill(struct database *database)
{
    unsigned acknowledged = 0;
    for (int round = 0; round < KILL_ROUNDS; round++)
        acknowledged += kill_one(database, round);
    assert_true(acknowledged >= KILL_ROUNDS / 2);
}

/* --- Full disks -------------------------------------------------------------------------- */

/* Exit code 0: a write failed with YX_IO, left nothing behind, and all before it is there. */
static int fill(const char *place, rlim_t limit)
{
    struct rlimit size = {.rlim_cur = limit, .rlim_max = limit};
    YX_CLEAN(yx_store) struct yx_store *store = NULL;
    struct yx_error err = {0};
    yx_status status = YX_OK;
    int64_t n = 0;
    if (open_pairs(place, &store, &err) != YX_OK)
        return 2;
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &size) != 0)
        return 3;
    for (n = 0; status == YX_OK && n < 10000; n++)
        status = add_pair(store, n, 3000, &err);
    if (status != YX_IO || has_pair(store, n - 1) || count_pairs(store) != n - 1)
        return 4;
    /* What does not fit harms nobody else. */
    return n > 1 && add_pair(store, 0, 0, &err) != YX_REFUSED ? 5 : 0;
}

static void a_full_disk_is_told_and_leaves_nothing(struct database *database)
{
    const rlim_t limits[] = {100000, 250000, 1000000};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        int status = -1;
        fflush(NULL);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            _exit(fill(database->place, limits[i]));
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        YX_CLEAN(yx_store) struct yx_store *store = open_ok(database);
        (void)count_pairs(store);
        database_must(store, "DELETE FROM pair");
    }
}

struct hungry {
    struct yx_store *store;
    int64_t n;
    size_t size;
    yx_status status;
};

static void *eat(void *self)
{
    struct hungry *hungry = self;
    struct yx_error err = {0};
    hungry->status = add_pair(hungry->store, hungry->n, hungry->size, &err);
    return NULL;
}

/* One work of 2 MB among small ones, where half of it fits. Exit code 0: only it failed. */
static int fill_with_one(const char *place)
{
    struct rlimit size = {.rlim_cur = 1u << 20, .rlim_max = 1u << 20};
    YX_CLEAN(yx_store) struct yx_store *store = NULL;
    struct yx_error err = {0};
    pthread_t threads[12];
    struct hungry hungry[12];
    if (open_pairs(place, &store, &err) != YX_OK)
        return 2;
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &size) != 0)
        return 3;
    for (int i = 0; i < 12; i++) {
        hungry[i] = (struct hungry){.store = store, .n = i, .size = i % 4 == 2 ? 1u << 20 : 10};
        if (pthread_create(&threads[i], NULL, eat, &hungry[i]) != 0)
            return 4;
    }
    for (int i = 0; i < 12; i++)
        (void)pthread_join(threads[i], NULL);
    for (int i = 0; i < 12; i++)
        if (hungry[i].status != (i % 4 == 2 ? YX_IO : YX_OK) || has_pair(store, i) != (i % 4 != 2))
            return 10 + i;
    return 0;
}

static void a_work_too_large_harms_no_other(struct database *database)
{
    int status = -1;
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(fill_with_one(database->place));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* --- Files that are not ours ------------------------------------------------------------- */

static void expect_open(const char *place, bool create, yx_status want)
{
    YX_CLEAN(yx_store) struct yx_store *store = NULL;
    struct yx_error err = {0};
    expect_status(yx_store_open(place, create, &store, &err), want, &err);
    assert_int_equal(yx_store_open(place, create, &store, NULL), want);
}

static void a_missing_file_is_told(struct database *database)
{
    expect_open(database->place, false, YX_NO_INPUT);
    expect_open(database->folder.path, false, YX_NO_INPUT);
    expect_open("/dev/null/x.db", true, YX_NO_INPUT);
}

static void another_database_is_refused(struct database *database)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(database->place, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE theirs (n)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    expect_open(database->place, true, YX_DAMAGED);
}

static void another_kind_of_file_is_refused(struct database *database)
{
    char text[5000];
    memset(text, 'x', sizeof text);
    folder_write(&database->folder, "test.db", YX_BYTES(text, sizeof text));
    expect_open(database->place, false, YX_DAMAGED);
}

static void a_damaged_file_is_told(struct database *database)
{
    struct yx_store *store = open_ok(database);
    struct yx_error err = {0};
    for (int64_t n = 0; n < 50; n++)
        expect_ok(add_pair(store, n, 3000, &err), &err);
    yx_store_free(store);
    int fd = open(database->place, O_RDWR);
    off_t size = lseek(fd, 0, SEEK_END);
    char rubbish[4096];
    memset(rubbish, 0x5A, sizeof rubbish);
    for (off_t at = 4096; at < size; at += 4096)
        assert_int_equal(pwrite(fd, rubbish, sizeof rubbish, at), sizeof rubbish);
    close(fd);
    YX_CLEAN(yx_store) struct yx_store *again = NULL;
    expect_status(open_pairs(database->place, &again, &err), YX_DAMAGED, &err);
}

static yx_status wait_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    (void)tx, (void)err;
    while (__atomic_load_n((int *)self, __ATOMIC_ACQUIRE) == 0)
        usleep(1000);
    return YX_OK;
}

struct waiting {
    struct yx_store *store;
    int go;
};

static void *wait_thread(void *self)
{
    struct waiting *waiting = self;
    struct yx_error err = {0};
    (void)yx_store_write(waiting->store, wait_work, &waiting->go, &err);
    return NULL;
}

/* While somebody writes, others open, look and read. */
static void readers_do_not_wait_for_writers(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_ok(database);
    struct waiting waiting = {.store = store};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, wait_thread, &waiting), 0);
    usleep(20000);
    YX_CLEAN(yx_store) struct yx_store *other = open_ok(database);
    assert_int_equal(count_pairs(other), 0);
    assert_int_equal(count_pairs(store), 0);
    __atomic_store_n(&waiting.go, 1, __ATOMIC_RELEASE);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

int main(void)
{
    const struct database_case cases[] = {
        {"every write is synced", every_write_is_synced},
        {"writers share a sync", writers_share_a_sync},
        {"two processes write one file", two_processes_write_one_file},
        {"what was acknowledged survives a kill", what_was_acknowledged_survives_a_kill},
        {"a full disk is told and leaves nothing", a_full_disk_is_told_and_leaves_nothing},
        {"a work too large harms no other", a_work_too_large_harms_no_other},
        {"a missing file is told", a_missing_file_is_told},
        {"another database is refused", another_database_is_refused},
        {"another kind of file is refused", another_kind_of_file_is_refused},
        {"a damaged file is told", a_damaged_file_is_told},
        {"readers do not wait for writers", readers_do_not_wait_for_writers},
    };
    return database_main("sqlite", cases, sizeof cases / sizeof *cases, false);
}
