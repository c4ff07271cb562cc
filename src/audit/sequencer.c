/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/sequencer.c - a thread that numbers what was added and signs the tree, at most once a
 * period. Of several nodes one does it in each period: whoever finds the turn free takes it for a
 * period. Nothing that is true depends on turns: numbers are given under a lock, and of two
 * checkpoints of one tree the first is kept. They only spare nodes from doing the same work.
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "audit/room.h"

/* "yxaturn", for whoever takes the turn. */
#define LOCK_KEY INT64_C(0x7978617475726e)

/* --- One turn ------------------------------------------------------------------------------ */

struct turn {
    yx_time now;
    int64_t period;
    int64_t pending; /* is there anything to do? */
    int64_t taken;
};

static yx_status is_pending(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct turn *turn = self;

    return yx_tx_query(tx,
                       "SELECT CASE WHEN EXISTS (SELECT 1 FROM audit_waiting)"
                       " OR (SELECT coalesce(max(number), 0) FROM audit_number) >"
                       " (SELECT coalesce(max(size), 0) FROM audit_checkpoint) THEN 1 ELSE 0 END",
                       NULL, 0, yx_audit_take_integer, &turn->pending, err);
}

/* A turn that lies further ahead than anybody takes one was taken by a clock that was wrong. */
static yx_status take(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct turn *turn = self;
    const struct yx_value values[] = {yx_value_integer(turn->now),
                                      yx_value_integer(turn->now + turn->period)};

    YX_TRY(yx_tx_lock(tx, LOCK_KEY, err));
    return yx_tx_run(tx, "UPDATE audit_turn SET until = $2 WHERE until <= $1 OR until > $2", values,
                     2, &turn->taken, err);
}

yx_status yx_audit_sequence(struct yx_store *store, const struct yx_audit_signer *log, yx_time now,
                            int64_t period, bool *done, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    struct turn turn = {.now = now, .period = period};

    *done = false;
    YX_TRY(yx_store_read(store, is_pending, &turn, err));
    if (turn.pending == 0)
        return YX_OK;
    YX_TRY(yx_store_write(store, take, &turn, err));
    if (turn.taken == 0)
        return YX_OK;
    YX_TRY(yx_audit_checkpoint_make(store, log, now, &note, err));
    *done = true;
    return YX_OK;
}

/* --- The thread ---------------------------------------------------------------------------- */

struct yx_audit_sequencer {
    struct yx_store *store;
    const struct yx_audit_signer *log;
    int64_t period;
    pthread_t thread;
    pthread_mutex_t mutex; /* of all that follows */
    pthread_cond_t wake;
    bool stop;
    struct yx_audit_pulse pulse;
};

static void note_end(struct yx_audit_sequencer *sequencer, bool done, yx_status status,
                     const struct yx_error *error)
{
    struct yx_audit_pulse *pulse = &sequencer->pulse;

    pulse->turns += done;
    pulse->failures = status == YX_OK ? 0 : pulse->failures + 1;
    if (status == YX_OK)
        pulse->sound_at = yx_now();
    else
        pulse->error = *error;
}

/* With the mutex held: until the time has come, or somebody wants an end. */
static void wait_until(struct yx_audit_sequencer *sequencer, int64_t monotonic)
{
    const struct timespec until = {.tv_sec = (time_t)(monotonic / YX_SECOND),
                                   .tv_nsec = (long)(monotonic % YX_SECOND) * 1000};

    while (!sequencer->stop && yx_monotonic() < monotonic)
        (void)pthread_cond_timedwait(&sequencer->wake, &sequencer->mutex, &until);
}

static void *run(void *self)
{
    struct yx_audit_sequencer *sequencer = self;

    (void)pthread_mutex_lock(&sequencer->mutex);
    while (!sequencer->stop) {
        int64_t started = yx_monotonic();
        struct yx_error error = {0};
        bool done;
        yx_status status;

        (void)pthread_mutex_unlock(&sequencer->mutex);
        status = yx_audit_sequence(sequencer->store, sequencer->log, yx_now(), sequencer->period,
                                   &done, &error);
        (void)pthread_mutex_lock(&sequencer->mutex);
        note_end(sequencer, done, status, &error);
        wait_until(sequencer, started + sequencer->period);
    }
    (void)pthread_mutex_unlock(&sequencer->mutex);
    return NULL;
}

static yx_status start_thread(struct yx_audit_sequencer *sequencer, struct yx_error *err)
{
    pthread_condattr_t attributes;
    bool ok;

    (void)pthread_mutex_init(&sequencer->mutex, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&sequencer->wake, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    ok = pthread_create(&sequencer->thread, NULL, run, sequencer) == 0;
    if (!ok) {
        (void)pthread_cond_destroy(&sequencer->wake);
        (void)pthread_mutex_destroy(&sequencer->mutex);
    }
    return ok ? YX_OK : yx_fail_memory(err);
}

yx_status yx_audit_sequencer_start(struct yx_store *store, const struct yx_audit_signer *log,
                                   int64_t period, struct yx_audit_sequencer **out,
                                   struct yx_error *err)
{
    struct yx_audit_sequencer *sequencer = calloc(1, sizeof *sequencer);
    yx_status status;

    if (sequencer == NULL)
        return yx_fail_memory(err);
    sequencer->store = store;
    sequencer->log = log;
    sequencer->period = period > 0 ? period : YX_SECOND;
    status = start_thread(sequencer, err);
    if (status == YX_OK)
        *out = sequencer;
    else
        free(sequencer);
    return status;
}

void yx_audit_sequencer_state(struct yx_audit_sequencer *sequencer, struct yx_audit_pulse *out)
{
    (void)pthread_mutex_lock(&sequencer->mutex);
    *out = sequencer->pulse;
    (void)pthread_mutex_unlock(&sequencer->mutex);
}

void yx_audit_sequencer_free(struct yx_audit_sequencer *sequencer)
{
    if (sequencer == NULL)
        return;
    (void)pthread_mutex_lock(&sequencer->mutex);
    sequencer->stop = true;
    (void)pthread_cond_broadcast(&sequencer->wake);
    (void)pthread_mutex_unlock(&sequencer->mutex);
    (void)pthread_join(sequencer->thread, NULL);
    (void)pthread_cond_destroy(&sequencer->wake);
    (void)pthread_mutex_destroy(&sequencer->mutex);
    free(sequencer);
}
