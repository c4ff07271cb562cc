/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool.c - the workers as web's threads see them: each does one job at a time, whoever comes later
 * waits, and who would have to wait behind too many is refused. What the jobs are is in ask.c.
 *
 * A worker says that it has begun. Until then a connection that breaks is no reason to worry: the
 * worker was started anew, and the job is asked for again. Afterwards the document is at fault.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "worker/parts.h"

/* How often it is asked whether the result is still wanted. */
#define LOOK_EVERY (YX_SECOND / 4)
#define SECONDS_USUAL 30u
/* A worker ends itself in time; the parent does it for one that was taken over. */
#define MORE_TIME (2 * YX_SECOND)
#define STAMP_ALGORITHM_MAX 64u

struct worker {
    int fd; /* -1: not connected */
    bool working;
    bool failed; /* its last connection broke: others come first */
};

struct yx_worker_pool {
    struct yx_ipc_line *line;
    pthread_mutex_t lock;
    pthread_cond_t freed;
    unsigned waiting_max;
    struct yx_worker_counts counts;
    unsigned count;
    struct worker workers[];
};

yx_status yx_worker_pool_new(struct yx_ipc_line *line, unsigned workers, unsigned waiting_max,
                             struct yx_worker_pool **out, struct yx_error *err)
{
    struct yx_worker_pool *pool = calloc(1, sizeof *pool + workers * sizeof(struct worker));
    pthread_condattr_t attributes;

    if (pool == NULL)
        return yx_fail_memory(err);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&pool->lock, NULL);
    (void)pthread_cond_init(&pool->freed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    pool->line = line;
    pool->waiting_max = waiting_max;
    pool->count = workers;
    for (unsigned i = 0; i < workers; i++)
        pool->workers[i].fd = -1;
    *out = pool;
    return YX_OK;
}

void yx_worker_pool_free(struct yx_worker_pool *pool)
{
    if (pool == NULL)
        return;
    for (unsigned i = 0; i < pool->count; i++)
        if (pool->workers[i].fd >= 0)
            (void)close(pool->workers[i].fd);
    (void)pthread_cond_destroy(&pool->freed);
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool);
}

void yx_worker_pool_counts(struct yx_worker_pool *pool, struct yx_worker_counts *out)
{
    (void)pthread_mutex_lock(&pool->lock);
    *out = pool->counts;
    (void)pthread_mutex_unlock(&pool->lock);
}

/* --- Who works, who waits ------------------------------------------------------------------------
 */

static struct worker *idle(struct yx_worker_pool *pool)
{
    struct worker *found = NULL;

    for (unsigned i = 0; i < pool->count; i++) {
        struct worker *worker = &pool->workers[i];

        if (!worker->working && (found == NULL || (found->failed && !worker->failed)))
            found = worker;
    }
    return found;
}

static bool is_wanted(const struct yx_worker_job *job)
{
    return job->is_wanted == NULL || job->is_wanted(job->self);
}

static yx_status give_up(struct yx_error *err)
{
    return yx_fail(err, YX_IO, "", N_("nobody waits for the result any more"));
}

/* With the lock held. */
static yx_status wait_for_worker(const struct yx_worker_job *job, int64_t deadline,
                                 struct worker **out, struct yx_error *err)
{
    struct yx_worker_pool *pool = job->pool;

    while ((*out = idle(pool)) == NULL) {
        int64_t next = yx_monotonic() + LOOK_EVERY;
        const struct timespec until = {next / YX_SECOND, next % YX_SECOND * 1000};

        YX_REQUIRE(next - LOOK_EVERY < deadline, err, YX_REFUSED, YX_WORKER_BUSY,
                   N_("no worker was free for the document in time"));
        if (pthread_cond_timedwait(&pool->freed, &pool->lock, &until) == ETIMEDOUT &&
            !is_wanted(job)) {
            pool->counts.given_up++;
            return give_up(err);
        }
    }
    return YX_OK;
}

static yx_status enter(const struct yx_worker_job *job, int64_t deadline, struct worker **out,
                       struct yx_error *err)
{
    struct yx_worker_pool *pool = job->pool;
    yx_status status;

    (void)pthread_mutex_lock(&pool->lock);
    if (pool->counts.waiting >= pool->waiting_max && idle(pool) == NULL) {
        pool->counts.refused++;
        (void)pthread_mutex_unlock(&pool->lock);
        return yx_fail(err, YX_REFUSED, YX_WORKER_BUSY,
                       N_("too many documents wait already; try again later"));
    }
    pool->counts.waiting++;
    status = wait_for_worker(job, deadline, out, err);
    pool->counts.waiting--;
    if (status == YX_OK) {
        (*out)->working = true;
        pool->counts.working++;
        pool->counts.jobs++;
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return status;
}

static void leave(struct yx_worker_pool *pool, struct worker *worker)
{
    (void)pthread_mutex_lock(&pool->lock);
    worker->working = false;
    pool->counts.working--;
    (void)pthread_cond_signal(&pool->freed);
    (void)pthread_mutex_unlock(&pool->lock);
}

static void count(struct yx_worker_pool *pool, uint64_t *counter)
{
    (void)pthread_mutex_lock(&pool->lock);
    (*counter)++;
    (void)pthread_mutex_unlock(&pool->lock);
}

/* --- One try
 * -------------------------------------------------------------------------------------- */

struct attempt {
    const struct yx_worker_job *job;
    struct worker *worker;
    int64_t deadline;
    int64_t begun; /* when the worker said so; 0: not yet */
};

static unsigned seconds_of(const struct yx_worker_job *job)
{
    return job->seconds == 0 ? SECONDS_USUAL : job->seconds;
}

static void hang_up(struct worker *worker)
{
    if (worker->fd >= 0)
        (void)close(worker->fd);
    worker->fd = -1;
}

/* It would go on working for nobody. */
static void end_worker(struct attempt *attempt)
{
    struct yx_worker_pool *pool = attempt->job->pool;

    hang_up(attempt->worker);
    if (attempt->begun != 0)
        (void)yx_ipc_kill(pool->line, YX_PAGE, (unsigned)(attempt->worker - pool->workers), NULL);
}

static yx_status too_late(const struct attempt *attempt, struct yx_error *err)
{
    YX_REQUIRE(attempt->begun != 0, err, YX_REFUSED, YX_WORKER_BUSY,
               N_("no worker was free for the document in time"));
    count(attempt->job->pool, &attempt->job->pool->counts.late);
    return yx_fail(err, YX_DAMAGED, "", N_("the document was not done with within {1} seconds"),
                   YX_NUM(seconds_of(attempt->job)));
}

/* What it means that the connection broke. */
static yx_status broke(struct attempt *attempt, const struct yx_error *why, struct yx_error *err)
{
    const struct yx_worker_job *job = attempt->job;
    int64_t most = seconds_of(job) * YX_SECOND;
    int64_t taken = yx_monotonic() - attempt->begun;

    hang_up(attempt->worker);
    if (attempt->begun == 0) {
        *err = *why;
        return why->status;
    }
    /* Its timer began a little earlier than we heard of it. */
    if (taken >= most - most / 10)
        return too_late(attempt, err);
    count(job->pool, &job->pool->counts.died);
    return yx_fail(err, YX_DAMAGED, "",
                   N_("the process that read the document died of it: it is damaged, or made to "
                      "do harm"));
}

/* Waits for the next record, in steps. One that says more and more has no more time than others. */
static yx_status next(struct attempt *attempt, struct yx_ipc_message *reply, struct yx_error *err)
{
    const struct yx_worker_job *job = attempt->job;
    struct yx_error why = {0};

    for (;;) {
        struct pollfd wait = {.fd = attempt->worker->fd, .events = POLLIN};

        if (yx_monotonic() > attempt->deadline) {
            end_worker(attempt);
            return too_late(attempt, err);
        }
        if (poll(&wait, 1, (int)(LOOK_EVERY / 1000)) > 0)
            break;
        if (!is_wanted(job)) {
            end_worker(attempt);
            count(job->pool, &job->pool->counts.given_up);
            return give_up(err);
        }
    }
    if (yx_ipc_receive(attempt->worker->fd, reply, attempt->deadline, &why) != YX_OK)
        return broke(attempt, &why, err);
    return YX_OK;
}

static void note_progress(struct attempt *attempt, const struct yx_ipc_message *progress)
{
    const struct yx_worker_job *job = attempt->job;
    uint64_t done = progress->fields[0].number, total = progress->fields[1].number;

    if (attempt->begun == 0) {
        attempt->begun = yx_monotonic();
        attempt->deadline = attempt->begun + seconds_of(job) * YX_SECOND + MORE_TIME;
    } else if (job->progress.tell != NULL && done <= total) {
        job->progress.tell(job->progress.self, done, total);
    }
}

static yx_status make_stamp(const struct yx_worker_job *job, const struct yx_ipc_message *asked,
                            struct yx_buf *token, struct yx_error *err)
{
    const struct yx_timestamper *stamper = job->stamper;
    uint64_t algorithm = asked->fields[0].number;

    YX_REQUIRE(stamper != NULL && algorithm < STAMP_ALGORITHM_MAX &&
                   asked->fields[1].bytes.len <= YX_DIGEST_MAX,
               err, YX_USAGE, "", N_("a message between our processes is malformed"));
    return stamper->stamp(stamper->self, (yx_digest_algorithm)algorithm, asked->fields[1].bytes,
                          token, err);
}

static yx_status answer_stamp(struct attempt *attempt, const struct yx_ipc_message *asked)
{
    YX_CLEAN(yx_buf) struct yx_buf token = {0};
    struct yx_ipc_message reply = {.kind = YX_IPC_STAMPED};
    struct yx_error failure = {0};
    yx_status status = make_stamp(attempt->job, asked, &token, &failure);

    reply.fields[0].bytes = yx_buf_bytes(&token);
    return yx_ipc_reply(attempt->worker->fd, status, &reply, &failure, attempt->deadline, NULL);
}

static yx_status follow(struct attempt *attempt, enum yx_ipc_kind expected,
                        struct yx_ipc_message *reply, struct yx_error *err)
{
    for (;;) {
        YX_TRY(next(attempt, reply, err));
        if (reply->kind == YX_IPC_PROGRESS)
            note_progress(attempt, reply);
        else if (reply->kind == YX_IPC_STAMP && attempt->begun != 0)
            (void)answer_stamp(attempt, reply); /* a broken connection shows at the next record */
        else
            break;
    }
    yx_status status = yx_ipc_expect(reply, expected, err);

    if (status != YX_OK && reply->kind != YX_IPC_ERROR)
        end_worker(attempt);
    return status;
}

static yx_status try_once(struct attempt *attempt, const struct yx_ipc_message *request,
                          enum yx_ipc_kind expected, struct yx_ipc_message *reply,
                          struct yx_error *err)
{
    struct yx_worker_pool *pool = attempt->job->pool;
    struct worker *worker = attempt->worker;
    struct yx_error why = {0};

    if (worker->fd < 0)
        YX_TRY(yx_ipc_connect(pool->line, YX_PAGE, (unsigned)(worker - pool->workers), &worker->fd,
                              err));
    if (yx_ipc_send(worker->fd, request, attempt->deadline, &why) != YX_OK)
        return broke(attempt, &why, err);
    return follow(attempt, expected, reply, err);
}

/* --- A job
 * ---------------------------------------------------------------------------------------- */

static yx_status work(const struct yx_worker_job *job, struct worker *worker, int64_t deadline,
                      const struct yx_ipc_message *request, enum yx_ipc_kind expected,
                      struct yx_ipc_message *reply, struct yx_error *err)
{
    for (;;) {
        struct attempt attempt = {.job = job, .worker = worker, .deadline = deadline};
        struct yx_error why = {0};
        yx_status status = try_once(&attempt, request, expected, reply, &why);

        worker->failed = worker->fd < 0;
        if (status != YX_OK && attempt.begun == 0 && yx_ipc_is_broken(&why) &&
            yx_monotonic() < deadline)
            continue;
        if (status != YX_OK && err != NULL)
            *err = why;
        return status;
    }
}

yx_status yx_worker_ask(const struct yx_worker_job *job, struct yx_ipc_message *request,
                        enum yx_ipc_kind expected, struct yx_ipc_message *reply,
                        struct yx_error *err)
{
    unsigned patience = job->patience == 0 ? SECONDS_USUAL : job->patience;
    int64_t deadline = yx_monotonic() + patience * YX_SECOND;
    struct worker *worker;
    yx_status status;

    request->fields[0].number = (uint64_t)seconds_of(job) * 1000;
    YX_TRY(enter(job, deadline, &worker, err));
    status = work(job, worker, deadline, request, expected, reply, err);
    leave(job->pool, worker);
    return status;
}
