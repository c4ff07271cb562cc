/* SPDX-License-Identifier: Apache-2.0 */
/*
 * house.h - a parent for tests: starts a launcher and workers as real processes, connects whoever
 * asks, and starts anew what died. Needs support.h before it.
 */
#ifndef WORKER_HOUSE_H
#define WORKER_HOUSE_H

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "worker/worker.h"

#define HOUSE_WORKERS 2
#define HOUSE_MEMBERS (1 + HOUSE_WORKERS) /* the launcher first */

struct member {
    pid_t pid;
    int line, door; /* our ends */
    atomic_uint starts;
};

struct house {
    struct member members[HOUSE_MEMBERS];
    int web; /* our end of web's line */
    pthread_t thread;
    atomic_bool ending;
    struct yx_ipc_line *line;
    struct yx_worker_pool *pool;
};

static inline const char *house_program(char out[512], const char *name)
{
    ssize_t len = readlink("/proc/self/exe", out, 400);

    assert_in_range(len, 1, 399);
    out[len] = 0;
    strcpy(strrchr(out, '/') + 1, name);
    return out;
}

static inline void house_start(struct member *member, const char *kind)
{
    int line[2], door[2];
    char path[512];

    if (yx_ipc_pair(line, NULL) != YX_OK || yx_ipc_pair(door, NULL) != YX_OK)
        abort();
    (void)house_program(path, "worker/worker_process");
    member->pid = fork();
    if (member->pid == 0) {
        /* Out of the way first: either may have the number of the other. */
        int line_end = fcntl(line[1], F_DUPFD, 10), door_end = fcntl(door[1], F_DUPFD, 10);

        (void)dup2(line_end, YX_IPC_LINE_FD);
        (void)dup2(door_end, YX_IPC_DOOR_FD);
        (void)close_range(5, ~0u, 0);
        (void)execl(path, path, kind, (char *)NULL);
        _exit(127);
    }
    (void)close(line[1]);
    (void)close(door[1]);
    member->line = line[0];
    member->door = door[0];
    member->starts++;
}

static inline const char *house_kind(const struct house *house, const struct member *member)
{
    return member == house->members ? "launcher" : "page";
}

static inline void house_replace(struct house *house)
{
    for (size_t i = 0; i < HOUSE_MEMBERS; i++) {
        struct member *member = &house->members[i];

        if (waitpid(member->pid, NULL, WNOHANG) != member->pid)
            continue;
        (void)close(member->line);
        (void)close(member->door);
        house_start(member, house_kind(house, member));
    }
}

/* What a member or web asks on its line. */
static inline void house_answer(struct house *house, int line)
{
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message asked = {0};
    struct yx_ipc_message reply = {.kind = YX_IPC_DONE};
    struct yx_ipc_message peer = {.kind = YX_IPC_PEER, .fields = {{.number = YX_WEB}}};
    struct member *member;
    int ends[2] = {-1, -1};

    if (yx_ipc_receive(line, &asked, yx_monotonic() + YX_SECOND, NULL) != YX_OK)
        return;
    member = asked.fields[0].number == YX_LAUNCHER
                 ? house->members
                 : &house->members[1 + asked.fields[1].number % HOUSE_WORKERS];
    if (asked.kind == YX_IPC_KILL)
        (void)kill(member->pid, SIGKILL);
    if (asked.kind == YX_IPC_CONNECT && yx_ipc_pair(ends, NULL) == YX_OK) {
        reply = (struct yx_ipc_message){.kind = YX_IPC_CONNECTED, .fields = {{.fd = ends[0]}}};
        peer.fields[1].fd = ends[1];
        (void)yx_ipc_send(member->door, &peer, yx_monotonic() + YX_SECOND, NULL);
    }
    (void)yx_ipc_send(line, &reply, yx_monotonic() + YX_SECOND, NULL);
    if (ends[0] >= 0) {
        (void)close(ends[0]);
        (void)close(ends[1]);
    }
}

static inline void *house_run(void *argument)
{
    struct house *house = argument;

    while (!house->ending) {
        struct pollfd wait[HOUSE_MEMBERS + 1] = {{.fd = house->web, .events = POLLIN}};

        for (size_t i = 0; i < HOUSE_MEMBERS; i++)
            wait[1 + i] = (struct pollfd){.fd = house->members[i].line, .events = POLLIN};
        (void)poll(wait, HOUSE_MEMBERS + 1, 10);
        for (size_t i = 0; i < HOUSE_MEMBERS + 1; i++)
            if ((wait[i].revents & POLLIN) != 0)
                house_answer(house, wait[i].fd);
        house_replace(house);
    }
    return NULL;
}

static inline void house_open(struct house *house, unsigned workers, unsigned waiting_max)
{
    struct yx_error err;
    int web[2];

    memset(house, 0, sizeof *house);
    for (size_t i = 0; i < HOUSE_MEMBERS; i++)
        house_start(&house->members[i], i == 0 ? "launcher" : "page");
    expect_ok(yx_ipc_pair(web, &err), &err);
    house->web = web[0];
    assert_int_equal(pthread_create(&house->thread, NULL, house_run, house), 0);
    expect_ok(yx_ipc_line_new(web[1], &house->line, &err), &err);
    expect_ok(yx_worker_pool_new(house->line, workers, waiting_max, &house->pool, &err), &err);
}

static inline void house_close(struct house *house)
{
    yx_worker_pool_free(house->pool);
    house->ending = true;
    (void)pthread_join(house->thread, NULL);
    yx_ipc_line_free(house->line);
    (void)close(house->web);
    for (size_t i = 0; i < HOUSE_MEMBERS; i++) {
        /* They end by themselves when the parent is gone. */
        (void)close(house->members[i].line);
        (void)close(house->members[i].door);
        (void)waitpid(house->members[i].pid, NULL, 0);
    }
}
YX_DEFINE_CLEAN_VALUE(house, struct house, house_close);

/* A job for a document in memory; the descriptor is the job's. */
static inline struct yx_worker_job house_job(struct house *house, struct yx_bytes document)
{
    struct yx_worker_job job = {.pool = house->pool, .seconds = 20};
    struct yx_error err;

    expect_ok(yx_ipc_seal(document, &job.document, &err), &err);
    return job;
}

static inline void job_end(const struct yx_worker_job *job)
{
    (void)close(job->document);
}
YX_DEFINE_CLEAN_VALUE(job, struct yx_worker_job, job_end);

#endif
