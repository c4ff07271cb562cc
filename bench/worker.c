/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker.c - what it costs to have a document read by another process: the same work here and by
 * way of the pool, in one run. It starts a worker and a launcher, and plays their parent.
 *
 *   bench_worker ROUNDS FILE...
 */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <pthread.h>

#include <yinxin/draw.h>

#include "worker/worker.h"

/* --- The parent
 * ------------------------------------------------------------------------------------- */

enum { LAUNCHER, PAGE, MEMBERS };

struct house {
    pid_t pids[MEMBERS];
    int lines[MEMBERS + 1], doors[MEMBERS]; /* the last line is ours */
};

static void start(struct house *house, int which)
{
    int line[2], door[2];

    if (yx_ipc_pair(line, NULL) != YX_OK || yx_ipc_pair(door, NULL) != YX_OK)
        abort();
    house->pids[which] = fork();
    if (house->pids[which] == 0) {
        const struct yx_worker_process process = {.line = line[1], .door = door[1]};

        (void)close(line[0]);
        (void)close(door[0]);
        _exit((which == PAGE ? yx_page_run : yx_launcher_run)(&process, NULL) == YX_OK ? 0 : 1);
    }
    (void)close(line[1]);
    (void)close(door[1]);
    house->lines[which] = line[0];
    house->doors[which] = door[0];
}

static void connect_one(struct house *house, int line)
{
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message asked = {0};
    struct yx_ipc_message reply = {.kind = YX_IPC_CONNECTED};
    struct yx_ipc_message peer = {.kind = YX_IPC_PEER, .fields = {{.number = YX_WEB}}};
    int ends[2];

    if (yx_ipc_receive(line, &asked, 0, NULL) != YX_OK || yx_ipc_pair(ends, NULL) != YX_OK)
        return;
    reply.fields[0].fd = ends[0];
    peer.fields[1].fd = ends[1];
    (void)yx_ipc_send(house->doors[asked.fields[0].number == YX_PAGE ? PAGE : LAUNCHER], &peer, 0,
                      NULL);
    (void)yx_ipc_send(line, &reply, 0, NULL);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void *be_parent(void *argument)
{
    struct house *house = argument;

    for (;;) {
        struct pollfd wait[MEMBERS + 1];

        for (int i = 0; i < MEMBERS + 1; i++)
            wait[i] = (struct pollfd){.fd = house->lines[i], .events = POLLIN};
        (void)poll(wait, MEMBERS + 1, -1);
        for (int i = 0; i < MEMBERS + 1; i++)
            if ((wait[i].revents & POLLIN) != 0)
                connect_one(house, wait[i].fd);
    }
    return NULL;
}

/* --- The work
 * ----------------------------------------------------------------------------------------- */

struct work {
    struct yx_worker_job job;
    const char *name;
};

static yx_status verify_here(const struct work *work, struct yx_error *err)
{
    const struct yx_verify_options options = {0};
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    YX_CLEAN(yx_buf) struct yx_buf json = {0};

    YX_TRY(yx_source_borrow_fd(work->job.document, &source, err));
    YX_TRY(yx_verify(source, &options, &report, err));
    return yx_report_json(report, work->name, NULL, &json, err);
}

static yx_status verify_there(const struct work *work, struct yx_error *err)
{
    const struct yx_worker_question question = {
        .name = work->name, .language = "en", .trust = -1, .maker_trust = -1};
    YX_CLEAN(yx_buf) struct yx_buf json = {0};

    return yx_worker_verify(&work->job, &question, &json, err);
}

static yx_status render_here(const struct work *work, struct yx_error *err)
{
    const struct yx_page_options options = {.dpi = 96};
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    YX_CLEAN(yx_buf) struct yx_buf picture = {0};

    YX_TRY(yx_source_borrow_fd(work->job.document, &source, err));
    YX_TRY(yx_sink_memory(&picture, &sink, err));
    return yx_page_draw(source, 1, YX_DRAW_PNG, &options, sink, err);
}

static yx_status render_there(const struct work *work, struct yx_error *err)
{
    const struct yx_worker_picture what = {.page = 1, .format = YX_DRAW_PNG, .dpi = 96};
    YX_CLEAN(yx_buf) struct yx_buf picture = {0};

    return yx_worker_render(&work->job, &what, &picture, err);
}

/* Microseconds for one. */
static double measure(const struct work *work,
                      yx_status (*run)(const struct work *work, struct yx_error *err), int rounds)
{
    struct yx_error err;
    int64_t begun = 0;

    for (int i = -1; i < rounds; i++) { /* the first does not count */
        begun = i <= 0 ? yx_monotonic() : begun;
        if (run(work, &err) != YX_OK) {
            (void)fprintf(stderr, "%s: %s\n", work->name, err.message.text);
            exit(1);
        }
    }
    return (double)(yx_monotonic() - begun) / rounds;
}

static void compare(const struct work *work, int rounds)
{
    double here = measure(work, verify_here, rounds), there = measure(work, verify_there, rounds);

    (void)printf("%-24s verify  here %8.0f us, by a worker %8.0f us: %.2f\n", work->name, here,
                 there, there / here);
    here = measure(work, render_here, rounds);
    there = measure(work, render_there, rounds);
    (void)printf("%-24s render  here %8.0f us, by a worker %8.0f us: %.2f\n", work->name, here,
                 there, there / here);
}

int main(int argc, char **argv)
{
    struct house house = {.lines = {-1, -1, -1}};
    YX_CLEAN(yx_ipc_line) struct yx_ipc_line *line = NULL;
    YX_CLEAN(yx_worker_pool) struct yx_worker_pool *pool = NULL;
    pthread_t thread;
    int ours[2];

    if (argc < 3)
        return 64;
    start(&house, LAUNCHER);
    start(&house, PAGE);
    if (yx_ipc_pair(ours, NULL) != YX_OK || yx_ipc_line_new(ours[1], &line, NULL) != YX_OK ||
        yx_worker_pool_new(line, 1, 1, &pool, NULL) != YX_OK)
        return 1;
    house.lines[MEMBERS] = ours[0];
    if (pthread_create(&thread, NULL, be_parent, &house) != 0)
        return 1;
    for (int i = 2; i < argc; i++) {
        YX_CLEAN(yx_buf) struct yx_buf file = {0};
        struct work work = {.job.pool = pool, .name = argv[i]};

        if (yx_file_read(argv[i], 1u << 30, &file, NULL) != YX_OK ||
            yx_ipc_seal(yx_buf_bytes(&file), &work.job.document, NULL) != YX_OK)
            return 66;
        compare(&work, atoi(argv[1]));
        (void)close(work.job.document);
    }
    for (int i = 0; i < MEMBERS; i++)
        (void)kill(house.pids[i], SIGKILL);
    return 0;
}
