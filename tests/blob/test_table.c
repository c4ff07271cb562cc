/* SPDX-License-Identifier: Apache-2.0 */
/* test_table.c - the rows of contents: who holds them, what is swept and what never, on both
 * databases; everything read again. */
#include "support.h"

#include <pthread.h>

#include "tools.h"

#include "blob/room.h"
#include "blob_desk.h"
#include "database.h"

#define DAY_SECONDS INT64_C(86400)

static struct yx_blob_about about_at(yx_time now)
{
    return (struct yx_blob_about){
        .media_type = "text/plain", .by = "account:1", .now = now, .lifetime = DAY_SECONDS};
}

struct world {
    struct blob_desk desk;
    struct yx_store *store;
};

static void world_make(struct world *world, const struct database *database)
{
    struct yx_error err;

    blob_desk_make(&world->desk, database->folder.path, false);
    world->store = database_open(database);
    expect_ok(yx_blobs_prepare(world->store, &err), &err);
}

static void world_free(struct world *world)
{
    yx_store_free(world->store);
    blob_desk_free(&world->desk);
}
YX_DEFINE_CLEAN_VALUE(world, struct world, world_free);

static struct yx_blob keep(struct world *world, const char *text, yx_time now)
{
    struct yx_blob_about about = about_at(now);
    struct yx_blob blob;
    struct yx_error err;

    expect_ok(blob_keep(world->desk.blobs, world->store, (const uint8_t *)text, strlen(text),
                        &about, &blob, &err),
              &err);
    return blob;
}

/* What a transaction does with a content. */
enum deed { HOLD, RELEASE, FIND };
struct doing {
    enum deed deed;
    struct yx_blob blob;
    yx_time now;
    struct yx_blob_row row;
};

static yx_status do_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct doing *doing = self;

    if (doing->deed == HOLD)
        return yx_blob_hold(tx, doing->blob.digest, doing->now, err);
    if (doing->deed == RELEASE)
        return yx_blob_release(tx, doing->blob.digest, doing->now, DAY_SECONDS, err);
    return yx_blob_find(tx, doing->blob.digest, &doing->row, err);
}

static yx_status act(struct world *world, enum deed deed, const struct yx_blob *blob, yx_time now,
                     struct yx_blob_row *row)
{
    struct doing doing = {.deed = deed, .blob = *blob, .now = now};
    struct yx_error err;
    yx_status status = yx_store_write(world->store, do_work, &doing, &err);

    if (row != NULL)
        *row = doing.row;
    return status;
}

static int64_t sweep(struct world *world, yx_time now, int64_t most)
{
    struct yx_error err;
    int64_t count = -1;

    expect_ok(yx_blobs_sweep(world->desk.blobs, world->store, now, most, &count, &err), &err);
    return count;
}

static void a_row_tells_about_a_content(struct database *database)
{
    YX_CLEAN(world) struct world world;
    yx_time now = yx_now();
    struct yx_blob_row row;

    world_make(&world, database);
    struct yx_blob blob = keep(&world, "abc", now);
    assert_int_equal(act(&world, FIND, &blob, now, &row), YX_OK);
    assert_memory_equal(row.digest, blob.digest, 32);
    assert_int_equal(row.size, 3);
    assert_string_equal(row.media_type, "text/plain");
    assert_string_equal(row.by, "account:1");
    assert_int_equal(row.at, now);
    assert_int_equal(row.holds, 0);
    assert_int_equal(row.expires, now + YX_DAY);
    /* Once more, later: it is the same, and stays longer. */
    (void)keep(&world, "abc", now + YX_SECOND);
    assert_int_equal(act(&world, FIND, &blob, now, &row), YX_OK);
    assert_int_equal(row.at, now);
    assert_int_equal(row.expires, now + YX_SECOND + YX_DAY);
    (void)keep(&world, "abc", now);
    assert_int_equal(act(&world, FIND, &blob, now, &row), YX_OK);
    assert_int_equal(row.expires, now + YX_SECOND + YX_DAY);
    blob.digest[0] ^= 1;
    assert_int_equal(act(&world, FIND, &blob, now, NULL), YX_NO_INPUT);
}

static void what_nobody_holds_goes_with_its_time(struct database *database)
{
    YX_CLEAN(world) struct world world;
    yx_time now = yx_now(), later = now + 2 * YX_DAY;
    struct yx_error err;
    int fd;

    world_make(&world, database);
    struct yx_blob held = keep(&world, "held", now);
    struct yx_blob loose = keep(&world, "loose", now);
    assert_int_equal(act(&world, HOLD, &held, now, NULL), YX_OK);
    assert_int_equal(sweep(&world, now, 100), 0);
    assert_int_equal(act(&world, HOLD, &loose, later, NULL), YX_NO_INPUT);
    assert_int_equal(act(&world, HOLD, &held, later, NULL), YX_OK);
    assert_int_equal(sweep(&world, later, 100), 1);
    expect_status(yx_blob_fetch(world.desk.blobs, loose.digest, &fd, &err), YX_NO_INPUT, &err);
    assert_int_equal(act(&world, HOLD, &loose, now, NULL), YX_NO_INPUT);
    blob_expect(world.desk.blobs, &held, (const uint8_t *)"held", 4);
    /* Two hold it: it goes a day after both have let it go. */
    assert_int_equal(act(&world, RELEASE, &held, later, NULL), YX_OK);
    assert_int_equal(sweep(&world, later + 9 * YX_DAY, 100), 0);
    assert_int_equal(act(&world, RELEASE, &held, later, NULL), YX_OK);
    assert_int_equal(act(&world, RELEASE, &held, later, NULL), YX_REFUSED);
    assert_int_equal(sweep(&world, later, 100), 0);
    assert_int_equal(sweep(&world, later + YX_DAY, 100), 1);
}

static void many_are_swept_and_no_more_than_asked(struct database *database)
{
    YX_CLEAN(world) struct world world;
    yx_time now = yx_now();

    world_make(&world, database);
    for (int i = 0; i < 70; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%d", i);
        (void)keep(&world, text, now);
    }
    assert_int_equal(sweep(&world, now + 2 * YX_DAY, 3), 3);
    assert_int_equal(sweep(&world, now + 2 * YX_DAY, 1000), 67);
    assert_int_equal(sweep(&world, now + 2 * YX_DAY, 1000), 0);
}

/* The file of a row is gone or shorter: whoever brings the content again mends it. */
static void what_was_lost_comes_again(struct database *database)
{
    YX_CLEAN(world) struct world world;
    yx_time now = yx_now();
    char path[600];

    world_make(&world, database);
    struct yx_blob blob = keep(&world, "abc", now);
    blob_path(&world.desk, &blob, "", path);
    assert_int_equal(unlink(path), 0);
    (void)keep(&world, "abc", now);
    blob_expect(world.desk.blobs, &blob, (const uint8_t *)"abc", 3);
    assert_int_equal(truncate(path, 1), 0);
    (void)keep(&world, "abc", now);
    blob_expect(world.desk.blobs, &blob, (const uint8_t *)"abc", 3);
}

/* --- Everything read again ------------------------------------------------------------------- */

static void note(void *self, const char *name, const struct yx_error *why)
{
    (void)why;
    (void)snprintf(self, 100, "%s", name);
}

static void verifying_finds_what_is_wrong(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char name[100] = "", hex[YX_BLOB_HEX], path[600];
    struct yx_blobs_verification seen = {.tell = note, .self = name};
    yx_time now = yx_now();
    struct yx_error err;
    struct yx_blob blobs[70];

    world_make(&world, database);
    for (int i = 0; i < 70; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%d", i);
        blobs[i] = keep(&world, text, now);
    }
    expect_ok(yx_blobs_verify(world.desk.blobs, world.store, &seen, &err), &err);
    assert_int_equal(seen.count, 70);
    assert_int_equal(seen.bytes, 130);
    assert_int_equal(seen.missing + seen.damaged + seen.strangers, 0);

    blob_path(&world.desk, &blobs[66], "", path);
    expect_ok(yx_file_write(path, false, YX_TEXT("67"), &err), &err);
    expect_ok(yx_blobs_verify(world.desk.blobs, world.store, &seen, &err), &err);
    assert_int_equal(seen.damaged, 1);
    yx_blob_hex(blobs[66].digest, hex);
    assert_string_equal(name, hex);

    assert_int_equal(unlink(path), 0);
    expect_ok(yx_blobs_verify(world.desk.blobs, world.store, &seen, &err), &err);
    assert_int_equal(seen.missing, 1);
    assert_int_equal(seen.damaged, 0);

    blob_path(&world.desk, &blobs[0], "x", path);
    expect_ok(yx_file_write(path, false, YX_TEXT("stranger"), &err), &err);
    expect_ok(yx_blobs_verify(world.desk.blobs, world.store, &seen, &err), &err);
    assert_int_equal(seen.strangers, 1);
    assert_int_equal(seen.missing, 1);
}

/* --- At the same time ------------------------------------------------------------------------ */

/* A content that comes too slowly is swept, and somebody else is bringing it again: the slow one
 * must not say that the other's has arrived. */
static void who_is_late_says_nothing_of_others(struct database *database)
{
    YX_CLEAN(world) struct world world;
    yx_time now = yx_now();
    struct yx_blob_about slow = about_at(now), other = about_at(now + 2 * YX_DAY);
    struct yx_blob_expected slow_row, other_row;
    struct yx_blob blob = {.size = 4, .digest = {1}};
    struct yx_error err;

    world_make(&world, database);
    expect_ok(yx_blob_row_expect(world.store, &blob, &slow, &slow_row, &err), &err);
    assert_int_equal(sweep(&world, other.now, 100), 1);
    expect_ok(yx_blob_row_expect(world.store, &blob, &other, &other_row, &err), &err);
    expect_status(yx_blob_row_arrived(world.store, &blob, &slow_row, &err), YX_REFUSED, &err);
    assert_int_equal(act(&world, HOLD, &blob, other.now, NULL), YX_NO_INPUT);
    expect_ok(yx_blob_row_arrived(world.store, &blob, &other_row, &err), &err);
    assert_int_equal(act(&world, HOLD, &blob, other.now, NULL), YX_OK);
}

struct race {
    struct world *world;
    bool failed;
    int held;
};

/* Brings the same content again and again, holds it when it can, and then it must be there. */
static void *bring(void *self)
{
    struct race *race = self;

    for (int i = 0; i < 60 && !race->failed; i++) {
        struct yx_blob_about about = about_at(yx_now());
        struct yx_blob blob;
        struct yx_error err;
        int fd = -1;

        about.lifetime = 0; /* swept at once */
        yx_status status = blob_keep(race->world->desk.blobs, race->world->store,
                                     (const uint8_t *)"race", 4, &about, &blob, &err);
        if (status == YX_REFUSED) /* swept while it came: it says so */
            continue;
        if (status != YX_OK) {
            race->failed = true;
            break;
        }
        if (act(race->world, HOLD, &blob, yx_now() - YX_SECOND, NULL) != YX_OK)
            continue;
        race->held++;
        race->failed = yx_blob_fetch(race->world->desk.blobs, blob.digest, &fd, &err) != YX_OK ||
                       act(race->world, RELEASE, &blob, yx_now() - YX_DAY, NULL) != YX_OK;
        if (fd >= 0)
            close(fd);
    }
    return NULL;
}

static void *sweep_on(void *self)
{
    struct race *race = self;

    for (int i = 0; i < 100 && !race->failed; i++) {
        struct yx_error err;
        int64_t count;

        race->failed = yx_blobs_sweep(race->world->desk.blobs, race->world->store, yx_now(), 100,
                                      &count, &err) != YX_OK;
    }
    return NULL;
}

static void what_is_held_is_there_whoever_sweeps(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct race races[6];
    pthread_t threads[6];
    int held = 0;

    world_make(&world, database);
    for (int i = 0; i < 6; i++) {
        races[i] = (struct race){.world = &world};
        assert_int_equal(pthread_create(&threads[i], NULL, i < 4 ? bring : sweep_on, &races[i]), 0);
    }
    for (int i = 0; i < 6; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_false(races[i].failed);
        held += races[i].held;
    }
    assert_true(held > 0);
}

int main(void)
{
    static const struct database_case cases[] = {
        {"a row tells about a content", a_row_tells_about_a_content, false},
        {"what nobody holds goes with its time", what_nobody_holds_goes_with_its_time, false},
        {"many are swept, no more than asked", many_are_swept_and_no_more_than_asked, false},
        {"what was lost comes again", what_was_lost_comes_again, false},
        {"verifying finds what is wrong", verifying_finds_what_is_wrong, false},
        {"who is late says nothing of others", who_is_late_says_nothing_of_others, false},
        {"what is held is there, whoever sweeps", what_is_held_is_there_whoever_sweeps, false},
    };

    return database_main("table", cases, sizeof cases / sizeof *cases, true);
}
