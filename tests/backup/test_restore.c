/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_restore.c - a data folder goes into a backup while others write, and comes back whole or not
 * at all. REQ: AUD-02, SEC-20, SEC-24
 */
#include "support.h"
#include "tools.h"

#include <pthread.h>
#include <sys/stat.h>

#include "audit/audit.h"
#include "backup/backup.h"
#include "pki.h"
#include "store/store.h"

#define AT INT64_C(1795305600000000)
#define NAME "log.example/audit"

struct world {
    struct folder folder;
    struct pki_person keeper;
    char data[128], file[128], back[128], database[160], blobs[160], uri[512], second[512];
    struct yx_buf note; /* the last checkpoint */
    struct yx_backup_lock lock;
    struct yx_backup_key key;
};

static yx_status append_one(void *self, struct yx_tx *tx, struct yx_error *err)
{
    (void)self;
    return yx_audit_append(
        tx, &(struct yx_audit_event){.at = AT, .actor = "test", .action = "test.tell"}, err);
}

static yx_status append_some(void *self, struct yx_tx *tx, struct yx_error *err)
{
    for (int i = 0; i < *(int *)self; i++)
        YX_TRY(append_one(NULL, tx, err));
    return YX_OK;
}

static struct yx_store *open_store(const char *place)
{
    struct yx_store *store = NULL;
    struct yx_error err = {0};

    expect_ok(yx_store_open(place, true, &store, &err), &err);
    expect_ok(yx_audit_prepare(store, &err), &err);
    return store;
}

/* Records and a checkpoint over them. */
static void fill(const char *place, int records, const struct pki_person *keeper,
                 struct yx_buf *note)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_store(place);
    const struct yx_audit_signer log = {NAME, yx_private_key_public(keeper->key),
                                        yx_signer_borrow_key(keeper->key)};
    struct yx_error err = {0};

    expect_ok(yx_store_write(store, append_some, &records, &err), &err);
    note->len = 0;
    expect_ok(yx_audit_checkpoint_make(store, &log, AT, note, &err), &err);
}

static void world_make(struct world *world)
{
    static uint8_t big[200000];
    YX_CLEAN(yx_buf) struct yx_buf unwanted = {0};
    struct yx_error err = {0};
    char command[1024];

    *world = (struct world){0};
    folder_make(&world->folder);
    (void)snprintf(world->data, sizeof world->data, "%s/data", world->folder.path);
    (void)snprintf(world->file, sizeof world->file, "%s/backup", world->folder.path);
    (void)snprintf(world->back, sizeof world->back, "%s/back", world->folder.path);
    (void)snprintf(world->database, sizeof world->database, "%s/yinxin.db", world->data);
    (void)snprintf(world->blobs, sizeof world->blobs, "%s/blobs", world->data);
    expect_ok(person_make("CN=Keeper,O=Test,C=CN", NULL, YX_KEY_SM2, &world->keeper, &err), &err);
    world->lock.recipient = world->keeper.cert;
    world->key.cert = world->keeper.cert;
    world->key.private_key = world->keeper.key;
    (void)snprintf(command, sizeof command,
                   "cd %s && mkdir -m 700 data data/keys && mkdir -p data/ca/one data/blobs/66 &&"
                   " printf 'threads = 8\\n' > data/yinxin.conf &&"
                   " printf secret > data/keys/audit.key && chmod 600 data/keys/audit.key &&"
                   " printf abc > data/blobs/66/"
                   "c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0 &&"
                   " mkfifo data/pipe && mkdir data/empty && ln -s yinxin.conf data/link &&"
                   " printf x > data/.yinxin-0123",
                   world->folder.path);
    assert_int_equal(system(command), 0);
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (uint8_t)(i * i >> 8);
    folder_write(&world->folder, "data/big", YX_BYTES(big, sizeof big));
    (void)snprintf(command, sizeof command, "%s/ca/one/ca.db", world->data);
    fill(command, 3, &world->keeper, &unwanted);
    fill(world->database, 300, &world->keeper, &world->note);
}

static void world_free(struct world *world)
{
    yx_buf_free(&world->note);
    pki_person_free(&world->keeper);
    folder_remove(&world->folder);
}
YX_DEFINE_CLEAN_VALUE(world, struct world, world_free);

static yx_status back_up(const struct world *world, struct yx_backup_summary *out,
                         struct yx_error *err)
{
    const struct yx_backup_what what = {.folder = world->data,
                                        .database =
                                            world->uri[0] != '\0' ? world->uri : world->database,
                                        .blobs = world->blobs,
                                        .checkpoint = yx_buf_bytes(&world->note),
                                        .now = AT};

    return yx_backup_make(&what, &world->lock, world->file, NULL, out, err);
}

static yx_status restore_to(const struct world *world, bool keep, struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *file = NULL;
    const struct yx_backup_where where = {.folder = world->back,
                                          .database =
                                              world->second[0] != '\0' ? world->second : NULL,
                                          .keep = keep,
                                          .actor = "test:restore",
                                          .now = AT + 1};
    struct yx_backup_summary summary;

    YX_TRY(yx_source_open(world->file, &file, err));
    return yx_backup_restore(file, &world->key, &where, NULL, &summary, err);
}

/* What is in the scratch folder: nothing but these names. */
static void expect_names(struct world *world, const char *names)
{
    expect_tool(&world->folder, "ls -A | tr '\\n' ' '");
    assert_string_equal(world->folder.output, names);
}

/* --- There and back ---------------------------------------------------------------------- */

static void everything_comes_back(void **state)
{
    YX_CLEAN(world) struct world world;
    struct yx_backup_summary summary;
    struct yx_error err = {0};
    char path[200];

    (void)state;
    world_make(&world);
    expect_ok(back_up(&world, &summary, &err), &err);
    assert_int_equal(summary.audit_size, 300);
    assert_false(summary.postgres);
    expect_names(&world, "backup data ");
    expect_tool(&world.folder, "stat -c %%a backup && ! ls data/.backup 2>/dev/null");
    expect_words(&world.folder, "600");

    /* Only looked at: nothing appears. */
    expect_ok(restore_to(&world, false, &err), &err);
    expect_names(&world, "backup data ");
    expect_ok(restore_to(&world, true, &err), &err);
    expect_names(&world, "back backup data ");
    expect_tool(&world.folder, "diff -r -x '*.db*' -x pipe -x .yinxin-0123 data back");
    expect_tool(&world.folder,
                "stat -c %%a back back/keys back/keys/audit.key back/empty | tr '\\n' ' '");
    expect_words(&world.folder, "700 700 600 755");

    /* The list tells of it, and grew out of what it was. */
    (void)snprintf(path, sizeof path, "%s/yinxin.db", world.back);
    YX_CLEAN(yx_store) struct yx_store *store = open_store(path);
    struct yx_audit_verification verification = {.kept = yx_buf_bytes(&world.note)};

    expect_ok(yx_audit_verify(store, &verification, &err), &err);
    assert_int_equal(verification.head.size, 301);
    (void)snprintf(path, sizeof path, "%s/ca/one/ca.db", world.back);
    YX_CLEAN(yx_store) struct yx_store *ca = open_store(path);

    verification = (struct yx_audit_verification){0};
    expect_ok(yx_audit_verify(ca, &verification, &err), &err);
    assert_int_equal(verification.head.size, 3);
}

/* What cannot be replaced is told before anything is unpacked. */
static void a_link_does_not_give_way(void **state)
{
    YX_CLEAN(world) struct world world;
    struct yx_backup_summary summary;
    struct yx_error err = {0};

    (void)state;
    world_make(&world);
    expect_ok(back_up(&world, &summary, &err), &err);
    expect_tool(&world.folder, "mkdir elsewhere && ln -s elsewhere back");
    expect_status(restore_to(&world, true, &err), YX_REFUSED, &err);
    expect_names(&world, "back backup data elsewhere ");
}

static void an_empty_folder_gives_way_and_a_full_one_does_not(void **state)
{
    YX_CLEAN(world) struct world world;
    struct yx_backup_summary summary;
    struct yx_error err = {0};

    (void)state;
    world_make(&world);
    expect_ok(back_up(&world, &summary, &err), &err);
    expect_tool(&world.folder, "mkdir back && touch back/x");
    expect_status(restore_to(&world, true, &err), YX_REFUSED, &err);
    expect_tool(&world.folder, "rm back/x");
    expect_ok(restore_to(&world, true, &err), &err);
    expect_status(restore_to(&world, true, &err), YX_REFUSED, &err);
    expect_tool(&world.folder, "touch other && ls back/keys/audit.key");
    (void)snprintf(world.back, sizeof world.back, "%s/other", world.folder.path);
    expect_status(restore_to(&world, true, &err), YX_REFUSED, &err);
}

struct writing {
    struct yx_store *store;
    bool stop;
    int64_t written;
    unsigned failed;
};

static void *write_on(void *self)
{
    struct writing *writing = self;

    while (!__atomic_load_n(&writing->stop, __ATOMIC_ACQUIRE)) {
        struct yx_error err = {0};

        writing->failed += yx_store_write(writing->store, append_one, NULL, &err) != YX_OK;
        __atomic_add_fetch(&writing->written, 1, __ATOMIC_RELEASE);
    }
    return NULL;
}

/* Nobody waits, and what was there before is in it. */
static void others_write_meanwhile(void **state)
{
    YX_CLEAN(world) struct world world;
    struct yx_backup_summary summary;
    struct yx_error err = {0};
    pthread_t thread;

    (void)state;
    world_make(&world);
    YX_CLEAN(yx_store) struct yx_store *store = open_store(world.database);
    struct writing writing = {.store = store};

    assert_int_equal(pthread_create(&thread, NULL, write_on, &writing), 0);
    while (__atomic_load_n(&writing.written, __ATOMIC_ACQUIRE) < 20)
        (void)usleep(1000);
    yx_status status = back_up(&world, &summary, &err);
    __atomic_store_n(&writing.stop, true, __ATOMIC_RELEASE);
    assert_int_equal(pthread_join(thread, NULL), 0);
    expect_ok(status, &err);
    assert_int_equal(writing.failed, 0);
    expect_ok(restore_to(&world, true, &err), &err);

    char path[200];
    struct yx_audit_verification verification = {0};

    (void)snprintf(path, sizeof path, "%s/yinxin.db", world.back);
    YX_CLEAN(yx_store) struct yx_store *back = open_store(path);
    expect_ok(yx_audit_verify(back, &verification, &err), &err);
    assert_true(verification.head.size >= 320);
}

/* --- What is not sound does not come back ------------------------------------------------ */

static void expect_nothing_left(struct world *world, yx_status status)
{
    struct yx_error err = {0};

    expect_status(restore_to(world, true, &err), status, &err);
    expect_names(world, "backup data ");
}

static void damaged_ones_leave_nothing(void **state)
{
    YX_CLEAN(world) struct world world;
    struct yx_backup_summary summary;
    struct yx_error err = {0};

    (void)state;
    world_make(&world);
    expect_ok(back_up(&world, &summary, &err), &err);
    expect_tool(&world.folder, "cp backup data/kept && truncate -s -1 backup");
    expect_nothing_left(&world, YX_DAMAGED);
    expect_tool(&world.folder, "cp data/kept backup && truncate -s -70000 backup");
    expect_nothing_left(&world, YX_DAMAGED);
    expect_tool(&world.folder, "cp data/kept backup && printf x | dd of=backup bs=1 seek=150000"
                               " conv=notrunc status=none");
    expect_nothing_left(&world, YX_DAMAGED);
    world.key.cert = NULL;
    expect_tool(&world.folder, "cp data/kept backup");
    expect_nothing_left(&world, YX_REFUSED);
}

/* Whoever changed the list before the backup was made, or goes back behind the checkpoint. */
static void forged_lists_do_not_come_back(void **state)
{
    static const char *const forgeries[] = {
        "UPDATE audit_leaf SET actor = 'nobody' WHERE id = 7",
        "DELETE FROM audit_number WHERE number = 300",
        "DELETE FROM audit_number; DELETE FROM audit_tile; DELETE FROM audit_checkpoint;"
        " DELETE FROM audit_leaf WHERE id = 7; DELETE FROM audit_waiting;"
        " INSERT INTO audit_waiting SELECT id FROM audit_leaf",
    };
    struct yx_backup_summary summary;
    struct yx_error err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof forgeries / sizeof forgeries[0]; i++) {
        YX_CLEAN(world) struct world world;

        world_make(&world);
        expect_tool(&world.folder,
                    "python3 -c \"import sqlite3; b = sqlite3.connect('data/yinxin.db');"
                    " [b.execute('DROP TRIGGER ' + n) for (n,) in b.execute('SELECT name FROM"
                    " sqlite_master WHERE type = \\\"trigger\\\"').fetchall()];"
                    " b.executescript(\\\"%s\\\"); b.commit()\"",
                    forgeries[i]);
        expect_ok(back_up(&world, &summary, &err), &err);
        expect_nothing_left(&world, YX_DAMAGED);
    }
}

/* In whatever folder the settings keep them, also by a link to another disk. */
static void documents_have_their_digests(void **state)
{
    static const char *const places[] = {"true", "mv data/blobs data/papers",
                                         "mv data/blobs papers && ln -s ../papers data/papers"};
    struct yx_backup_summary summary;
    struct yx_error err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        YX_CLEAN(world) struct world world;

        world_make(&world);
        if (i > 0)
            (void)snprintf(world.blobs, sizeof world.blobs, "%s/papers/", world.data);
        expect_tool(&world.folder, "%s", places[i]);
        assert_true(yx_backup_covers(world.data, world.blobs));
        expect_ok(back_up(&world, &summary, &err), &err);
        expect_ok(restore_to(&world, false, &err), &err);
        expect_tool(&world.folder, "cd data/*/66 && printf abd > $(ls)");
        expect_ok(back_up(&world, &summary, &err), &err);
        expect_status(restore_to(&world, true, &err), YX_DAMAGED, &err);
        expect_tool(&world.folder, "! ls -d back back.*");
    }
}

/* What somebody brought as a document is one, also when it begins like a database of ours. */
static void documents_are_not_taken_for_databases(void **state)
{
    YX_CLEAN(world) struct world world;
    uint8_t content[4096] = "SQLite format 3", digest[32];
    char hex[65], path[100];
    struct yx_backup_summary summary;
    struct yx_error err = {0};

    (void)state;
    world_make(&world);
    memcpy(content + 68, "YXST", 4);
    expect_ok(yx_digest(YX_DIGEST_SM3, YX_BYTES(content, sizeof content), digest, &err), &err);
    yx_hex(YX_BYTES(digest, sizeof digest), hex);
    for (char *c = hex; *c != '\0'; c++)
        *c = (char)(*c >= 'A' && *c <= 'F' ? *c - 'A' + 'a' : *c);
    expect_tool(&world.folder, "mkdir data/blobs/%.2s", hex);
    (void)snprintf(path, sizeof path, "data/blobs/%.2s/%s", hex, hex + 2);
    folder_write(&world.folder, path, YX_BYTES(content, sizeof content));
    expect_ok(back_up(&world, &summary, &err), &err);
    expect_ok(restore_to(&world, true, &err), &err);
    expect_tool(&world.folder, "diff -r data/blobs back/blobs");
}

/* --- Databases --------------------------------------------------------------------------- */

/* A database of another program comes back as it was, though nothing is said of it. */
static void databases_of_others_come_back(void **state)
{
    YX_CLEAN(world) struct world world;
    struct yx_backup_summary summary;
    struct yx_error err = {0};

    (void)state;
    world_make(&world);
    expect_tool(&world.folder,
                "python3 -c \"import os, sqlite3; b = sqlite3.connect('data/others');"
                " b.execute('PRAGMA journal_mode = WAL');"
                " b.execute('CREATE TABLE t (a)'); b.execute('INSERT INTO t VALUES"
                " (4711)'); b.commit(); os._exit(0)\" && ls data/others-wal");
    expect_ok(back_up(&world, &summary, &err), &err);
    expect_ok(restore_to(&world, true, &err), &err);
    expect_tool(&world.folder, "ls back | tr '\\n' ' ' && python3 -c \"import sqlite3;"
                               " print(sqlite3.connect('back/others').execute('SELECT a FROM"
                               " t').fetchall())\"");
    expect_words(&world.folder, "link others yinxin.conf yinxin.db [(4711,)]");
}

/* The log beside a database is in its copy. Packed as a file it would be an older one, and would be
 * played back into the copy; whatever the database is called. */
static void logs_of_databases_stay_away(void **state)
{
    YX_CLEAN(world) struct world world;
    struct yx_backup_summary before, after;
    struct yx_error err = {0};

    (void)state;
    world_make(&world);
    expect_tool(&world.folder, "mv data/yinxin.db data/records");
    (void)snprintf(world.database, sizeof world.database, "%s/records", world.data);
    expect_ok(back_up(&world, &before, &err), &err);
    {
        YX_CLEAN(yx_store) struct yx_store *store = open_store(world.database);

        expect_ok(yx_store_write(store, append_one, NULL, &err), &err);
        expect_tool(&world.folder, "ls data/records-wal data/records-shm");
        expect_ok(back_up(&world, &after, &err), &err);
    }
    assert_int_equal(after.entries, before.entries);
    expect_ok(restore_to(&world, true, &err), &err);
}

static void damaged_databases_do_not_come_back(void **state)
{
    YX_CLEAN(world) struct world world;
    struct yx_backup_summary summary;
    struct yx_error err = {0};

    (void)state;
    world_make(&world);
    expect_tool(&world.folder,
                "python3 -c \"import sqlite3; b = sqlite3.connect('data/ca/one/ca.db');"
                " b.execute('PRAGMA wal_checkpoint(TRUNCATE)'); b.close()\" &&"
                " dd if=/dev/urandom of=data/ca/one/ca.db bs=4096 seek=3 count=4 conv=notrunc"
                " status=none");
    expect_ok(back_up(&world, &summary, &err), &err);
    expect_nothing_left(&world, YX_DAMAGED);
}

/* --- Refusals of making ------------------------------------------------------------------ */

static void making_is_refused(void **state)
{
    YX_CLEAN(world) struct world world;
    struct yx_backup_summary summary;
    struct yx_error err = {0};

    (void)state;
    world_make(&world);
    (void)snprintf(world.file, sizeof world.file, "%s/none/backup", world.folder.path);
    expect_status(back_up(&world, &summary, &err), YX_NO_OUTPUT, &err);
    (void)snprintf(world.file, sizeof world.file, "%s/backup", world.folder.path);
    (void)snprintf(world.file, sizeof world.file, "%s/data/keys/../backup", world.folder.path);
    expect_status(back_up(&world, &summary, &err), YX_REFUSED, &err);
    (void)snprintf(world.file, sizeof world.file, "%s/data/empty/backup", world.folder.path);
    expect_status(back_up(&world, &summary, &err), YX_REFUSED, &err);
    (void)snprintf(world.file, sizeof world.file, "%s/backup", world.folder.path);
    expect_tool(&world.folder, "ln -s .. data/loop");
    expect_status(back_up(&world, &summary, &err), YX_REFUSED, &err);
    expect_tool(&world.folder, "rm data/loop && cp data/yinxin.db elsewhere.db");
    (void)snprintf(world.database, sizeof world.database, "%s/elsewhere.db", world.folder.path);
    expect_status(back_up(&world, &summary, &err), YX_REFUSED, &err);
    expect_tool(&world.folder, "rm elsewhere.db*");
    (void)snprintf(world.database, sizeof world.database, "%s/big", world.data);
    expect_status(back_up(&world, &summary, &err), YX_NO_INPUT, &err);
    expect_names(&world, "data ");
    expect_tool(&world.folder, "! ls data/.backup");
}

/* --- PostgreSQL -------------------------------------------------------------------------- */

/* The URI of another database of the same server. */
static void name_database(const char *server, const char *name, char out[512])
{
    const char *query = strchr(server, '?');
    size_t before = (size_t)(strstr(server, "/postgres?") - server);

    (void)snprintf(out, 512, "%.*s/%s%s", (int)before, server, name, query);
}

static void postgres_comes_back(void **state)
{
    const char *server = getenv("YX_TEST_POSTGRES");
    YX_CLEAN(world) struct world world;
    struct yx_backup_summary summary;
    struct yx_error err = {0};

    (void)state;
    if (server == NULL || strstr(server, "/postgres?") == NULL) {
        print_message("skipped: YX_TEST_POSTGRES is not set (scripts/postgres.py sets it)\n");
        skip();
        return;
    }
    world_make(&world);
    name_database(server, "yx_backup_one", world.uri);
    name_database(server, "yx_backup_two", world.second);
    expect_tool(&world.folder,
                "psql -q '%s' -c 'DROP DATABASE IF EXISTS yx_backup_one' -c 'DROP DATABASE IF"
                " EXISTS yx_backup_two' -c 'CREATE DATABASE yx_backup_one' -c 'CREATE DATABASE"
                " yx_backup_two'",
                server);
    expect_tool(&world.folder, "rm data/yinxin.db*");
    fill(world.uri, 300, &world.keeper, &world.note);
    expect_ok(back_up(&world, &summary, &err), &err);
    assert_true(summary.postgres);

    char kept[512];
    memcpy(kept, world.second, sizeof kept);
    world.second[0] = '\0';
    expect_nothing_left(&world, YX_USAGE);
    memcpy(world.second, kept, sizeof kept);
    expect_ok(restore_to(&world, true, &err), &err);

    YX_CLEAN(yx_store) struct yx_store *store = open_store(world.second);
    struct yx_audit_verification verification = {.kept = yx_buf_bytes(&world.note)};
    expect_ok(yx_audit_verify(store, &verification, &err), &err);
    assert_int_equal(verification.head.size, 301);

    /* A database that has something in it is left alone. */
    expect_tool(&world.folder, "rm -r back");
    expect_nothing_left(&world, YX_IO);
    expect_ok(yx_audit_verify(store, &verification, &err), &err);
    assert_int_equal(verification.head.size, 301);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_comes_back),
        cmocka_unit_test(an_empty_folder_gives_way_and_a_full_one_does_not),
        cmocka_unit_test(others_write_meanwhile),
        cmocka_unit_test(damaged_ones_leave_nothing),
        cmocka_unit_test(forged_lists_do_not_come_back),
        cmocka_unit_test(a_link_does_not_give_way),
        cmocka_unit_test(documents_have_their_digests),
        cmocka_unit_test(documents_are_not_taken_for_databases),
        cmocka_unit_test(databases_of_others_come_back),
        cmocka_unit_test(logs_of_databases_stay_away),
        cmocka_unit_test(damaged_databases_do_not_come_back),
        cmocka_unit_test(making_is_refused),
        cmocka_unit_test(postgres_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
