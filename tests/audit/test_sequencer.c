/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_sequencer.c - who numbers and signs what was added: one node in each period, and nothing
 * when nothing was added; and when audit cannot be written, nothing is done. REQ: AUD-01, AUD-02
 */
#include "support.h"
#include "tools.h"

#include <pthread.h>

#include "list.h"

#define PERIOD YX_SECOND

static bool sequence(struct yx_store *store, const struct party *log, yx_time now)
{
    struct yx_error err = {0};
    bool done = false;

    expect_ok(yx_audit_sequence(store, &log->as, now, PERIOD, &done, &err), &err);
    return done;
}

static int64_t signed_size(struct yx_store *store)
{
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    struct yx_audit_checkpoint read = {.head = {0}};
    struct yx_error err = {0};

    expect_ok(yx_audit_checkpoint_last(store, &note, &err), &err);
    if (note.len > 0)
        expect_ok(yx_audit_checkpoint_read(yx_buf_bytes(&note), &read, &err), &err);
    return read.head.size;
}

static void one_node_does_it_in_a_period(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *one = open_audit(database);
    YX_CLEAN(yx_store) struct yx_store *two = open_audit(database);
    YX_CLEAN(party) struct party log = party_make(NAME, YX_KEY_SM2);

    assert_false(sequence(one, &log, AT));
    tell(one, 0, 3);
    assert_true(sequence(one, &log, AT));
    assert_int_equal(signed_size(two), 3);
    tell(two, 3, 2);
    assert_false(sequence(two, &log, AT + PERIOD / 2));
    assert_false(sequence(one, &log, AT + PERIOD / 2));
    assert_int_equal(signed_size(two), 3);
    assert_true(sequence(two, &log, AT + PERIOD));
    assert_int_equal(signed_size(one), 5);
    /* Nothing was added. */
    assert_false(sequence(one, &log, AT + 3 * PERIOD));
    /* A clock went back by a day. */
    tell(one, 5, 1);
    assert_true(sequence(one, &log, AT - YX_DAY));
    assert_int_equal(signed_size(one), 6);
}

/* --- The thread ------------------------------------------------------------------------------ */

static struct yx_audit_sequencer *start(struct yx_store *store, const struct party *log)
{
    struct yx_audit_sequencer *sequencer = NULL;
    struct yx_error err = {0};

    expect_ok(yx_audit_sequencer_start(store, &log->as, YX_SECOND / 50, &sequencer, &err), &err);
    return sequencer;
}

static void wait_for(struct yx_store *store, int64_t size)
{
    for (int i = 0; i < 1000 && signed_size(store) < size; i++) {
        struct timespec pause = {.tv_nsec = 10000000};

        (void)nanosleep(&pause, NULL);
    }
    assert_int_equal(signed_size(store), size);
}

struct teller {
    struct yx_store *store;
    unsigned failed;
};

static yx_status tell_one(void *self, struct yx_tx *tx, struct yx_error *err)
{
    (void)self;
    return yx_audit_append(tx, &(struct yx_audit_event){.at = AT, .actor = "a", .action = "x.y"},
                           err);
}

static void *tell_many(void *self)
{
    struct teller *teller = self;

    for (int i = 0; i < 50; i++) {
        struct yx_error err = {0};

        teller->failed += yx_store_write(teller->store, tell_one, NULL, &err) != YX_OK;
    }
    return NULL;
}

/* Two nodes sequence while four others write. */
static void two_sequencers_and_many_writers(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *one = open_audit(database);
    YX_CLEAN(yx_store) struct yx_store *two = open_audit(database);
    YX_CLEAN(party) struct party log = party_make(NAME, YX_KEY_SM2);
    struct yx_audit_verification done = {.name = NAME, .key = log.as.key};
    struct yx_audit_pulse pulses[2];
    struct yx_error err = {0};
    pthread_t threads[4];
    struct teller tellers[4];

    {
        YX_CLEAN(yx_audit_sequencer) struct yx_audit_sequencer *first = start(one, &log);
        YX_CLEAN(yx_audit_sequencer) struct yx_audit_sequencer *second = start(two, &log);

        for (int i = 0; i < 4; i++) {
            tellers[i] = (struct teller){.store = i % 2 ? one : two};
            assert_int_equal(pthread_create(&threads[i], NULL, tell_many, &tellers[i]), 0);
        }
        for (int i = 0; i < 4; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
            assert_int_equal(tellers[i].failed, 0);
        }
        wait_for(one, 200);
        /* A turn counts when it is over, which is after its checkpoint can be seen. */
        for (int i = 0; i < 1000; i++) {
            struct timespec pause = {.tv_nsec = 10000000};

            yx_audit_sequencer_state(first, &pulses[0]);
            yx_audit_sequencer_state(second, &pulses[1]);
            if (pulses[0].turns + pulses[1].turns > 0)
                break;
            (void)nanosleep(&pause, NULL);
        }
    }
    assert_true(pulses[0].turns + pulses[1].turns > 0);
    expect_ok(yx_audit_verify(one, &done, &err), &err);
    assert_int_equal(done.head.size, 200);
}

static yx_status refuse_to_sign(void *self, yx_signature_algorithm algorithm,
                                struct yx_bytes message, struct yx_buf *signature,
                                struct yx_error *err)
{
    (void)algorithm, (void)message, (void)signature;
    YX_REQUIRE(*(bool *)self, err, YX_IO, "", "the keeper is away");
    return YX_OK;
}

/* A keeper that is away for a while costs nothing but time, and is told. */
static void a_turn_that_fails_is_tried_again(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    YX_CLEAN(party) struct party log = party_make(NAME, YX_KEY_SM2), away = log;
    bool there = false;
    struct yx_audit_pulse pulse = {0};

    away.key = NULL;
    away.as.signer.sign = refuse_to_sign;
    away.as.signer.self = &there;
    tell(store, 0, 3);
    {
        YX_CLEAN(yx_audit_sequencer) struct yx_audit_sequencer *sequencer = start(store, &away);

        for (int i = 0; i < 1000 && pulse.failures < 2; i++) {
            struct timespec pause = {.tv_nsec = 10000000};

            (void)nanosleep(&pause, NULL);
            yx_audit_sequencer_state(sequencer, &pulse);
        }
    }
    assert_true(pulse.failures >= 2);
    assert_int_equal(pulse.error.status, YX_IO);
    assert_int_equal(signed_size(store), 0);
    struct yx_audit_sequencer *sequencer = start(store, &log);
    wait_for(store, 3);
    yx_audit_sequencer_free(sequencer);
}

/* --- If audit cannot be written, nothing is done ----------------------------------------- */

static yx_status change_and_tell(void *self, struct yx_tx *tx, struct yx_error *err)
{
    (void)self;
    YX_TRY(yx_tx_run(tx, "INSERT INTO done (what) VALUES ('x')", NULL, 0, NULL, err));
    return tell_one(NULL, tx, err);
}

static yx_status take_count(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

static yx_status count_done(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_tx_query(tx, "SELECT count(*) FROM done", NULL, 0, take_count, self, err);
}

/* REQ: AUD-01 */
static void what_cannot_be_told_is_not_done(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_audit(database);
    struct yx_error err = {0};
    int64_t count = -1;

    database_must(store, "CREATE TABLE done (what TEXT)");
    expect_ok(yx_store_write(store, change_and_tell, NULL, &err), &err);
    if (database->postgres) {
        database_must(store, "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$"
                             " BEGIN RAISE EXCEPTION 'no'; END $$");
        database_must(store, "CREATE TRIGGER full_disk BEFORE INSERT ON audit_leaf"
                             " FOR EACH ROW EXECUTE FUNCTION full_disk()");
    } else {
        database_must(store, "CREATE TRIGGER full_disk BEFORE INSERT ON audit_leaf"
                             " BEGIN SELECT RAISE(ABORT, 'no'); END");
    }
    assert_int_not_equal(yx_store_write(store, change_and_tell, NULL, &err), YX_OK);
    expect_ok(yx_store_read(store, count_done, &count, &err), &err);
    assert_int_equal(count, 1);
}

int main(void)
{
    const struct database_case cases[] = {
        {"one node does it in a period", one_node_does_it_in_a_period},
        {"two sequencers and many writers", two_sequencers_and_many_writers},
        {"a turn that fails is tried again", a_turn_that_fails_is_tried_again},
        {"what cannot be told is not done", what_cannot_be_told_is_not_done},
    };
    return database_main("sequencer", cases, sizeof cases / sizeof *cases, true);
}
