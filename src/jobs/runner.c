/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runner.c - the threads of a node: one that keeps it alive, fires timers and takes jobs, and those
 * that run them, each with a place for one.
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "jobs/room.h"

#define THREADS_USUAL 4u
#define LEASE_USUAL (30 * YX_SECOND)
#define POLL_USUAL YX_SECOND
#define KEEP_USUAL (30 * YX_DAY)
#define TRIES_USUAL 10
/* A node that dies is seldom the doing of its job: so many more tries than the kind has. */
#define DEATHS 3
/* In a lease, a node beats so many times. */
#define BEATS 4
/* Of the wall clock against the monotonic one: what is not a step, but its being set right. */
#define STEP YX_SECOND
#define SWEEP_EVERY (600 * YX_SECOND)
/* How an ending is noted that the database does not take. */
#define NOTE_PAUSE (YX_SECOND / 5)
#define NOTE_PATIENCE (5 * YX_SECOND)

struct place {
    struct yx_jobs *jobs;
    pthread_t thread;
    struct yx_taken *taken;    /* NULL: idle */
    char holder[YX_UUID_TEXT]; /* who the node was when it took it */
    bool must_end;             /* atomic */
};

struct yx_jobs {
    struct yx_jobs_options options;
    struct yx_node node;
    bool joined, mends;
    int64_t offset; /* of the wall clock to the monotonic one, when it was looked at */
    int64_t timers_at, swept_at;
    size_t turn;
    pthread_t dispatcher;
    pthread_mutex_t mutex; /* of all that follows */
    pthread_cond_t given;  /* a place has a job, or all is to end */
    pthread_cond_t event;  /* for the dispatcher */
    bool stopping, woken;
    bool closed; /* nothing will be handed out any more */
    yx_status health;
    struct yx_error error;
    unsigned threads;
    struct place places[YX_JOB_THREADS_MAX];
};

static void set_ending(struct place *place)
{
    __atomic_store_n(&place->must_end, true, __ATOMIC_RELAXED);
}

bool yx_job_must_end(const struct yx_job *job)
{
    return __atomic_load_n(&((const struct place *)job->place)->must_end, __ATOMIC_RELAXED);
}

static bool is_stopping(struct yx_jobs *jobs)
{
    bool stopping;

    (void)pthread_mutex_lock(&jobs->mutex);
    stopping = jobs->stopping;
    (void)pthread_mutex_unlock(&jobs->mutex);
    return stopping;
}

/* --- Running ----------------------------------------------------------------------------- */

static int64_t tries_of(const struct yx_job_kind *kind)
{
    return kind->tries == 0 ? TRIES_USUAL : kind->tries;
}

static bool is_final(yx_status status)
{
    return status == YX_REFUSED || status == YX_USAGE || status == YX_DAMAGED;
}

/* What the end of a run means for its job. */
static struct yx_ending ending_of(struct place *place, const struct yx_job *job, yx_status status,
                                  yx_time now)
{
    const struct yx_job_kind *kind = place->taken->kind;

    if (job->later != 0)
        return (struct yx_ending){.due = job->later, .uncounted = true};
    if (status == YX_OK)
        return (struct yx_ending){.state = YX_JOB_DONE};
    if (!is_final(status) && is_stopping(place->jobs))
        return (struct yx_ending){.due = now, .uncounted = true};
    if (is_final(status) || job->tries >= tries_of(kind))
        return (struct yx_ending){.state = YX_JOB_FAILED};
    return (struct yx_ending){.due = now + yx_jobs_pause(kind, job->tries)};
}

static void pause_for(yx_time pause)
{
    struct timespec time = {pause / YX_SECOND, (long)(pause % YX_SECOND) * 1000};

    (void)nanosleep(&time, NULL);
}

/* A job that ran stays this node's until the database says how it ended; so this tries as long as
 * it may. When the service stops meanwhile, the job comes back with the end of the lease. */
static void note_ending(struct place *place, const struct yx_ending *ending)
{
    const struct yx_jobs_options *options = &place->jobs->options;
    int64_t began = yx_monotonic();

    while (yx_jobs_end(options->store, place->taken->id, place->holder, ending, options->clock(),
                       NULL) != YX_OK) {
        if (is_stopping(place->jobs) && yx_monotonic() - began > NOTE_PATIENCE)
            return;
        pause_for(NOTE_PAUSE);
    }
}

/* A job that was begun more often than it is tried has taken its nodes with it. */
static yx_status run(const struct yx_taken *taken, struct yx_job *job, struct yx_error *err)
{
    YX_REQUIRE(taken->tries <= tries_of(taken->kind) + DEATHS, err, YX_REFUSED, "",
               N_("the nodes that ran this job have died"));
    return taken->kind->run(taken->kind->self, job, err);
}

static void run_place(struct place *place)
{
    const struct yx_taken *taken = place->taken;
    struct yx_error err = {0};
    char words[sizeof err.message.args] = "";
    struct yx_job job = {
        .id = taken->id,
        .kind = taken->kind->kind,
        .payload = taken->payload,
        .key = taken->key,
        .tries = taken->tries,
        .holder = place->holder,
        .place = place,
    };
    yx_status status = run(taken, &job, &err);
    struct yx_ending ending = ending_of(place, &job, status, place->jobs->options.clock());

    if (status != YX_OK && err.message.text != NULL) {
        yx_message_render(&err.message, NULL, words, sizeof words);
        ending.error = words;
    }
    note_ending(place, &ending);
}

static void *work(void *self)
{
    struct place *place = self;
    struct yx_jobs *jobs = place->jobs;

    (void)pthread_mutex_lock(&jobs->mutex);
    for (;;) {
        while (place->taken == NULL && !jobs->closed)
            (void)pthread_cond_wait(&jobs->given, &jobs->mutex);
        if (place->taken == NULL)
            break;
        (void)pthread_mutex_unlock(&jobs->mutex);
        run_place(place);
        (void)pthread_mutex_lock(&jobs->mutex);
        yx_taken_free(place->taken);
        place->taken = NULL;
        jobs->woken = true;
        (void)pthread_cond_signal(&jobs->event);
    }
    (void)pthread_mutex_unlock(&jobs->mutex);
    return NULL;
}

/* --- Staying alive ----------------------------------------------------------------------- */

static void end_all(struct yx_jobs *jobs)
{
    for (unsigned i = 0; i < jobs->threads; i++)
        set_ending(&jobs->places[i]);
}

static yx_status join(struct yx_jobs *jobs, struct yx_error *err)
{
    YX_TRY(yx_node_join(&jobs->node, jobs->options.store, jobs->options.clock(), err));
    jobs->joined = true;
    return YX_OK;
}

/* Whoever is taken for dead has lost what it was running, and begins anew. */
static yx_status beat(struct yx_jobs *jobs, int64_t monotonic, struct yx_error *err)
{
    yx_status status = yx_node_beat(&jobs->node, jobs->options.store, monotonic, err);

    if (status != YX_REFUSED)
        return status;
    (void)pthread_mutex_lock(&jobs->mutex);
    end_all(jobs);
    (void)pthread_mutex_unlock(&jobs->mutex);
    jobs->joined = false;
    return join(jobs, err);
}

/* A job that is this node's, though no place has it: the database was lost when it was taken. */
struct stray {
    char id[YX_UUID_TEXT];
};
struct strays {
    struct yx_jobs *jobs;
    struct stray list[YX_JOB_THREADS_MAX];
    size_t count;
};

static yx_status compare_held(void *self, const char *id, bool cancel, struct yx_error *err)
{
    struct strays *strays = self;
    struct yx_jobs *jobs = strays->jobs;
    bool found = false;

    (void)err;
    (void)pthread_mutex_lock(&jobs->mutex);
    for (unsigned i = 0; i < jobs->threads && !found; i++) {
        struct place *place = &jobs->places[i];

        found = place->taken != NULL && strcmp(place->taken->id, id) == 0;
        if (found && cancel)
            set_ending(place);
    }
    (void)pthread_mutex_unlock(&jobs->mutex);
    if (!found && strays->count < YX_JOB_THREADS_MAX)
        (void)snprintf(strays->list[strays->count++].id, YX_UUID_TEXT, "%s", id);
    return YX_OK;
}

static yx_status look_at_held(struct yx_jobs *jobs, struct yx_error *err)
{
    const struct yx_jobs_options *options = &jobs->options;
    struct strays strays = {.jobs = jobs};
    yx_time now = options->clock();
    const struct yx_ending again = {.due = now, .uncounted = true};

    YX_TRY(yx_jobs_held(options->store, jobs->node.id, compare_held, &strays, err));
    for (size_t i = 0; i < strays.count; i++)
        YX_TRY(yx_jobs_end(options->store, strays.list[i].id, jobs->node.id, &again, now, err));
    return YX_OK;
}

static yx_status mend(struct yx_jobs *jobs, int64_t monotonic, struct yx_error *err)
{
    yx_time now = jobs->options.clock();
    int64_t offset = now - monotonic;

    jobs->mends = jobs->mends || offset < jobs->offset - STEP;
    jobs->offset = offset;
    if (!jobs->mends)
        return YX_OK;
    YX_TRY(yx_jobs_mend(jobs->options.store, now, err));
    YX_TRY(yx_timers_mend(jobs->options.store, now, err));
    jobs->mends = false;
    return YX_OK;
}

static yx_status sweep(struct yx_jobs *jobs, int64_t monotonic, struct yx_error *err)
{
    bool more = false;

    if (jobs->swept_at != 0 && monotonic - jobs->swept_at < SWEEP_EVERY)
        return YX_OK;
    YX_TRY(
        yx_jobs_sweep(jobs->options.store, jobs->options.clock() - jobs->options.keep, &more, err));
    if (!more)
        jobs->swept_at = monotonic;
    return YX_OK;
}

static yx_status stay_alive(struct yx_jobs *jobs, int64_t monotonic, struct yx_error *err)
{
    const struct yx_jobs_options *options = &jobs->options;

    YX_TRY(mend(jobs, monotonic, err));
    if (jobs->joined && monotonic - jobs->node.beat_at < options->lease / BEATS)
        return YX_OK;
    if (!jobs->joined)
        YX_TRY(join(jobs, err));
    else
        YX_TRY(beat(jobs, monotonic, err));
    YX_TRY(yx_node_watch(&jobs->node, options->store, monotonic, options->lease, options->clock(),
                         err));
    YX_TRY(look_at_held(jobs, err));
    return sweep(jobs, monotonic, err);
}

/* --- Taking ------------------------------------------------------------------------------ */

/* How many more of each kind, and of all; with the mutex held. */
static void look_for_room(const struct yx_jobs *jobs, struct yx_appetite *appetite)
{
    for (size_t i = 0; i < appetite->kind_count; i++)
        appetite->room[i] =
            appetite->kinds[i].at_once == 0 ? jobs->threads : appetite->kinds[i].at_once;
    for (unsigned i = 0; i < jobs->threads; i++) {
        const struct yx_taken *taken = jobs->places[i].taken;

        if (taken == NULL)
            appetite->total++;
        else if (appetite->room[taken->kind - appetite->kinds] > 0)
            appetite->room[taken->kind - appetite->kinds]--;
    }
}

static struct place *idle_place(struct yx_jobs *jobs)
{
    struct place *place = jobs->places;

    while (place->taken != NULL)
        place++;
    return place;
}

/* There is a place for each: nobody else gives them away. */
static void hand_out(struct yx_jobs *jobs, struct yx_taken *taken)
{
    (void)pthread_mutex_lock(&jobs->mutex);
    while (taken != NULL) {
        struct place *place = idle_place(jobs);

        place->taken = taken;
        taken = taken->next;
        memcpy(place->holder, jobs->node.id, sizeof place->holder);
        __atomic_store_n(&place->must_end, jobs->stopping, __ATOMIC_RELAXED);
    }
    (void)pthread_cond_broadcast(&jobs->given);
    (void)pthread_mutex_unlock(&jobs->mutex);
}

static yx_status take(struct yx_jobs *jobs, struct yx_error *err)
{
    const struct yx_jobs_options *options = &jobs->options;
    struct yx_appetite appetite = {.kinds = options->kinds, .kind_count = options->kind_count};
    struct yx_taken *taken = NULL;
    bool due = false;

    (void)pthread_mutex_lock(&jobs->mutex);
    look_for_room(jobs, &appetite);
    (void)pthread_mutex_unlock(&jobs->mutex);
    if (appetite.total == 0 || appetite.kind_count == 0)
        return YX_OK;
    YX_TRY(yx_jobs_due(options->store, options->clock(), &due, err));
    if (!due)
        return YX_OK;
    appetite.first = jobs->turn++ % appetite.kind_count;
    YX_TRY(yx_jobs_take(options->store, jobs->node.id, &appetite, options->clock(), &taken, err));
    hand_out(jobs, taken);
    return YX_OK;
}

static yx_status fire(struct yx_jobs *jobs, int64_t monotonic, struct yx_error *err)
{
    int64_t fired = 0;

    if (jobs->timers_at != 0 && monotonic - jobs->timers_at < jobs->options.poll)
        return YX_OK;
    YX_TRY(yx_timers_fire(jobs->options.store, jobs->options.clock(), &fired, err));
    jobs->timers_at = monotonic;
    return YX_OK;
}

/* --- The dispatcher ---------------------------------------------------------------------- */

static yx_status go_round(struct yx_jobs *jobs, struct yx_error *err)
{
    int64_t monotonic = yx_monotonic();
    yx_status fired;

    YX_TRY(stay_alive(jobs, monotonic, err));
    if (is_stopping(jobs))
        return YX_OK;
    fired = fire(jobs, monotonic, err);
    if (fired != YX_OK && fired != YX_USAGE)
        return fired;
    YX_TRY(take(jobs, err));
    return fired;
}

static bool is_busy(const struct yx_jobs *jobs)
{
    for (unsigned i = 0; i < jobs->threads; i++)
        if (jobs->places[i].taken != NULL)
            return true;
    return false;
}

/* Until the next look, or until something happens; false when all has ended. */
static bool wait_for_event(struct yx_jobs *jobs, yx_status health, const struct yx_error *error)
{
    struct timespec until;
    bool goes_on;

    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += jobs->options.poll / YX_SECOND;
    until.tv_nsec += (long)(jobs->options.poll % YX_SECOND) * 1000;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    (void)pthread_mutex_lock(&jobs->mutex);
    jobs->health = health;
    jobs->error = *error;
    /* When the database is away, what ends meanwhile is no reason to ask it more often. */
    while ((!jobs->woken || health != YX_OK) && !(jobs->stopping && !is_busy(jobs)) &&
           pthread_cond_timedwait(&jobs->event, &jobs->mutex, &until) == 0)
        continue;
    jobs->woken = false;
    goes_on = !jobs->stopping || is_busy(jobs);
    (void)pthread_mutex_unlock(&jobs->mutex);
    return goes_on;
}

static void *dispatch(void *self)
{
    struct yx_jobs *jobs = self;
    struct yx_error err = {0};
    yx_status status;

    do {
        err = (struct yx_error){0};
        status = go_round(jobs, &err);
        if (status != YX_OK && status != YX_USAGE)
            yx_node_blink(&jobs->node);
    } while (wait_for_event(jobs, status, &err));
    if (jobs->joined)
        (void)yx_node_leave(&jobs->node, jobs->options.store, jobs->options.clock(), NULL);
    return NULL;
}

void yx_jobs_wake(struct yx_jobs *jobs)
{
    (void)pthread_mutex_lock(&jobs->mutex);
    jobs->woken = true;
    (void)pthread_cond_signal(&jobs->event);
    (void)pthread_mutex_unlock(&jobs->mutex);
}

yx_status yx_jobs_health(struct yx_jobs *jobs, struct yx_error *err)
{
    yx_status status;

    (void)pthread_mutex_lock(&jobs->mutex);
    status = jobs->health;
    if (status != YX_OK && err != NULL)
        *err = jobs->error;
    (void)pthread_mutex_unlock(&jobs->mutex);
    return status;
}

/* --- Beginning and end ------------------------------------------------------------------- */

static yx_time usual(yx_time given, yx_time otherwise)
{
    return given == 0 ? otherwise : given;
}

static void set_options(struct yx_jobs *jobs, const struct yx_jobs_options *options)
{
    jobs->options = *options;
    jobs->options.lease = usual(options->lease, LEASE_USUAL);
    jobs->options.poll = usual(options->poll, POLL_USUAL);
    jobs->options.keep = usual(options->keep, KEEP_USUAL);
    if (options->clock == NULL)
        jobs->options.clock = yx_now;
    jobs->mends = true; /* nobody knows what the clock did before */
}

static void init_locks(struct yx_jobs *jobs)
{
    pthread_condattr_t monotonic;

    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&jobs->mutex, NULL);
    (void)pthread_cond_init(&jobs->given, NULL);
    (void)pthread_cond_init(&jobs->event, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
}

static void destroy(struct yx_jobs *jobs)
{
    (void)pthread_cond_destroy(&jobs->event);
    (void)pthread_cond_destroy(&jobs->given);
    (void)pthread_mutex_destroy(&jobs->mutex);
    free(jobs);
}

/* Tells all threads to end, and waits for those that run: first for the one that hands out, which
 * may just have taken jobs, then for those that it hands them to. */
static void end_threads(struct yx_jobs *jobs, bool dispatches)
{
    (void)pthread_mutex_lock(&jobs->mutex);
    jobs->stopping = true;
    end_all(jobs);
    (void)pthread_cond_signal(&jobs->event);
    (void)pthread_mutex_unlock(&jobs->mutex);
    if (dispatches)
        (void)pthread_join(jobs->dispatcher, NULL);
    (void)pthread_mutex_lock(&jobs->mutex);
    jobs->closed = true;
    (void)pthread_cond_broadcast(&jobs->given);
    (void)pthread_mutex_unlock(&jobs->mutex);
    for (unsigned i = 0; i < jobs->threads; i++)
        (void)pthread_join(jobs->places[i].thread, NULL);
}

static yx_status start_threads(struct yx_jobs *jobs, unsigned threads, struct yx_error *err)
{
    int failed = 0;

    for (unsigned i = 0; i < threads && failed == 0; i++) {
        jobs->places[i].jobs = jobs;
        failed = pthread_create(&jobs->places[i].thread, NULL, work, &jobs->places[i]);
        if (failed == 0)
            jobs->threads++;
    }
    if (failed == 0)
        failed = pthread_create(&jobs->dispatcher, NULL, dispatch, jobs);
    if (failed == 0)
        return YX_OK;
    end_threads(jobs, false);
    return yx_fail_errno(err, YX_NO_MEMORY, N_("{1} cannot be started: {2}"), "a thread", failed);
}

yx_status yx_jobs_start(const struct yx_jobs_options *options, struct yx_jobs **out,
                        struct yx_error *err)
{
    unsigned threads = options->threads == 0 ? THREADS_USUAL : options->threads;
    struct yx_jobs *jobs;
    yx_status status;

    YX_REQUIRE(threads <= YX_JOB_THREADS_MAX && options->kind_count <= YX_JOB_KINDS_MAX, err,
               YX_USAGE, "", N_("at most {1} threads run jobs of at most {2} kinds"),
               YX_NUM(YX_JOB_THREADS_MAX), YX_NUM(YX_JOB_KINDS_MAX));
    jobs = calloc(1, sizeof *jobs);
    if (jobs == NULL)
        return yx_fail_memory(err);
    set_options(jobs, options);
    init_locks(jobs);
    status = start_threads(jobs, threads, err);
    if (status == YX_OK)
        *out = jobs;
    else
        destroy(jobs);
    return status;
}

void yx_jobs_stop(struct yx_jobs *jobs)
{
    if (jobs == NULL)
        return;
    end_threads(jobs, true);
    destroy(jobs);
}
