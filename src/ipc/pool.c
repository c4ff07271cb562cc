/* SPDX-License-Identifier: Apache-2.0 */
/* ipc/pool.c - the line to the parent, the door, and the connections of callers of several threads.
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "ipc/room.h"

/* The parent answers at once, or is gone. */
#define PARENT_SECONDS 10

/* --- The line --------------------------------------------------------------------------------- */

struct yx_ipc_line {
    int fd;
    pthread_mutex_t lock; /* one call at a time */
};

yx_status yx_ipc_line_new(int fd, struct yx_ipc_line **out, struct yx_error *err)
{
    struct yx_ipc_line *line = calloc(1, sizeof *line);

    if (line == NULL || pthread_mutex_init(&line->lock, NULL) != 0) {
        free(line);
        return yx_fail_memory(err);
    }
    line->fd = fd;
    *out = line;
    return YX_OK;
}

void yx_ipc_line_free(struct yx_ipc_line *line)
{
    if (line == NULL)
        return;
    (void)close(line->fd);
    (void)pthread_mutex_destroy(&line->lock);
    free(line);
}

static yx_status ask(struct yx_ipc_line *line, const struct yx_ipc_message *request,
                     enum yx_ipc_kind expected, struct yx_ipc_message *reply, struct yx_error *err)
{
    yx_status status;

    (void)pthread_mutex_lock(&line->lock);
    status = yx_ipc_call(line->fd, request, expected, reply,
                         yx_monotonic() + PARENT_SECONDS * YX_SECOND, err);
    (void)pthread_mutex_unlock(&line->lock);
    return status;
}

/* What is only told. */
static yx_status tell(struct yx_ipc_line *line, const struct yx_ipc_message *request,
                      struct yx_error *err)
{
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message reply = {0};

    return ask(line, request, YX_IPC_DONE, &reply, err);
}

yx_status yx_ipc_connect(struct yx_ipc_line *line, enum yx_process process, unsigned number,
                         int *out, struct yx_error *err)
{
    const struct yx_ipc_message request = {.kind = YX_IPC_CONNECT,
                                           .fields = {{.number = process}, {.number = number}}};
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message reply = {0};

    YX_TRY(ask(line, &request, YX_IPC_CONNECTED, &reply, err));
    *out = yx_ipc_take_fd(&reply, 0);
    return YX_OK;
}

yx_status yx_ipc_kill(struct yx_ipc_line *line, enum yx_process process, unsigned number,
                      struct yx_error *err)
{
    const struct yx_ipc_message request = {.kind = YX_IPC_KILL,
                                           .fields = {{.number = process}, {.number = number}}};

    return tell(line, &request, err);
}

yx_status yx_ipc_ready(struct yx_ipc_line *line, const char *what, struct yx_error *err)
{
    const struct yx_ipc_message request = {.kind = YX_IPC_READY, .fields = {{.text = what}}};

    return tell(line, &request, err);
}

yx_status yx_ipc_alive(struct yx_ipc_line *line, struct yx_error *err)
{
    const struct yx_ipc_message request = {.kind = YX_IPC_ALIVE};

    return tell(line, &request, err);
}

/* --- The door --------------------------------------------------------------------------------- */

yx_status yx_ipc_accept(int door, int64_t deadline, enum yx_process *who, int *out,
                        struct yx_error *err)
{
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message message = {0};

    YX_TRY(yx_ipc_receive(door, &message, deadline, err));
    YX_REQUIRE(message.kind == YX_IPC_PEER && message.fields[0].number < YX_PROCESSES, err, YX_IO,
               YX_IPC_BROKEN, N_("a message between our processes is malformed"));
    *who = (enum yx_process)message.fields[0].number;
    *out = yx_ipc_take_fd(&message, 1);
    return YX_OK;
}

/* --- The pool --------------------------------------------------------------------------------- */

struct yx_ipc_pool {
    struct yx_ipc_line *line;
    enum yx_process process;
    unsigned number;
    pthread_mutex_t lock;
    pthread_cond_t given_back;
    unsigned max, in_use; /* of connections */
    size_t idle_count;
    int idle[];
};

yx_status yx_ipc_pool_new(struct yx_ipc_line *line, enum yx_process process, unsigned number,
                          unsigned max, struct yx_ipc_pool **out, struct yx_error *err)
{
    struct yx_ipc_pool *pool = calloc(1, sizeof *pool + max * sizeof(int));
    pthread_condattr_t attributes;

    if (pool == NULL)
        return yx_fail_memory(err);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&pool->lock, NULL);
    (void)pthread_cond_init(&pool->given_back, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    pool->line = line;
    pool->process = process;
    pool->number = number;
    pool->max = max;
    *out = pool;
    return YX_OK;
}

void yx_ipc_pool_free(struct yx_ipc_pool *pool)
{
    if (pool == NULL)
        return;
    for (size_t i = 0; i < pool->idle_count; i++)
        (void)close(pool->idle[i]);
    (void)pthread_cond_destroy(&pool->given_back);
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool);
}

/* A place among those in use, and an idle connection if there is one (-1: none). */
static yx_status enter(struct yx_ipc_pool *pool, int64_t deadline, int *out, struct yx_error *err)
{
    const struct timespec until = {deadline / YX_SECOND, deadline % YX_SECOND * 1000};
    bool entered;

    (void)pthread_mutex_lock(&pool->lock);
    while (pool->in_use == pool->max &&
           pthread_cond_timedwait(&pool->given_back, &pool->lock, &until) == 0)
        continue;
    entered = pool->in_use < pool->max;
    if (entered)
        pool->in_use++;
    *out = entered && pool->idle_count > 0 ? pool->idle[--pool->idle_count] : -1;
    (void)pthread_mutex_unlock(&pool->lock);
    YX_REQUIRE(entered, err, YX_IO, YX_IPC_BROKEN,
               N_("another process of the service does not answer in time"));
    return YX_OK;
}

/* `fd` -1: the connection is of no more use. */
static void leave(struct yx_ipc_pool *pool, int fd)
{
    (void)pthread_mutex_lock(&pool->lock);
    pool->in_use--;
    if (fd >= 0)
        pool->idle[pool->idle_count++] = fd;
    (void)pthread_cond_signal(&pool->given_back);
    (void)pthread_mutex_unlock(&pool->lock);
}

/* One try. *taken: the other side may have begun with it. */
static yx_status try_call(struct yx_ipc_pool *pool, int *fd, const struct yx_ipc_message *request,
                          struct yx_ipc_message *reply, int64_t deadline, bool *taken,
                          struct yx_error *err)
{
    *taken = false;
    if (*fd < 0)
        YX_TRY(yx_ipc_connect(pool->line, pool->process, pool->number, fd, err));
    YX_TRY(yx_ipc_send(*fd, request, deadline, err));
    *taken = true;
    return yx_ipc_receive(*fd, reply, deadline, err);
}

static yx_status call(struct yx_ipc_pool *pool, int *fd, const struct yx_ipc_message *request,
                      struct yx_ipc_message *reply, int64_t deadline, bool again,
                      struct yx_error *err)
{
    const struct timespec pause = {.tv_nsec = 1000 * 1000};

    for (;;) {
        struct yx_error failure = {0};
        bool taken;
        yx_status status = try_call(pool, fd, request, reply, deadline, &taken, &failure);
        bool broken = status != YX_OK && yx_ipc_is_broken(&failure);

        if (broken && *fd >= 0) {
            (void)close(*fd);
            *fd = -1;
        }
        if (broken && (again || !taken) && yx_monotonic() < deadline) {
            (void)nanosleep(&pause, NULL);
            continue;
        }
        if (status != YX_OK && err != NULL)
            *err = failure;
        return status;
    }
}

yx_status yx_ipc_pool_call(struct yx_ipc_pool *pool, const struct yx_ipc_message *request,
                           enum yx_ipc_kind expected, struct yx_ipc_message *reply,
                           unsigned seconds, bool again, struct yx_error *err)
{
    int64_t deadline = yx_monotonic() + (int64_t)seconds * YX_SECOND;
    yx_status status;
    int fd;

    YX_TRY(enter(pool, deadline, &fd, err));
    status = call(pool, &fd, request, reply, deadline, again, err);
    if (status != YX_OK && fd >= 0) {
        (void)close(fd);
        fd = -1;
    }
    leave(pool, fd);
    YX_TRY(status);
    return yx_ipc_expect(reply, expected, err);
}
