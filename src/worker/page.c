/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page.c - a page process: takes one document at a time from whoever comes through its door. What
 * the jobs do is in look.c and sign.c; here are its life, its timer, and its end.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "sandbox/sandbox.h"
#include "worker/room.h"

/* A worker that has done so much, or has grown so far, makes room for a fresh one: what a document
 * left behind does not stay. */
#define JOBS_MAX 500u
#define GROWN_MAX_KIB (256L * 1024)
/* Beside what is mapped at the start. */
#define MEMORY_USUAL ((uint64_t)1024 * 1024 * 1024)
/* Descriptors: those of a message, and of the memory for what comes of it. */
#define FILES_MAX 64
#define MILLISECONDS_MAX (600u * 1000)
/* Between two tellings of how far it is. */
#define TELL_EVERY (YX_SECOND / 5)

struct life {
    int line, door;
    struct yx_worker worker;
    struct yx_ipc_message request; /* keeps its memory */
    unsigned jobs;
    long resident; /* KiB at most, at the start */
};

/* --- Before it is confined ----------------------------------------------------------------------
 */

/* libcrypto reads its settings and opens its providers at the first call. */
static yx_status warm_up(struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    uint8_t digest[32];

    YX_TRY(yx_source_borrow(YX_TEXT("warm"), &source, err));
    YX_TRY(yx_source_digest(source, NULL, digest, err));
    return yx_private_key_generate(YX_KEY_P256, 0, &key, err);
}

static long resident(void)
{
    struct rusage usage;

    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss : 0;
}

/* Address space in bytes: the first number of /proc/self/statm counts pages. */
static uint64_t mapped(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    char text[64] = "0";

    if (file == NULL || fgets(text, sizeof text, file) == NULL)
        text[0] = '\0';
    if (file != NULL)
        (void)fclose(file);
    return strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* From here on there are no files, no network, no other processes. */
static yx_status confine(uint64_t memory_max, struct yx_error *err)
{
    const uint64_t most = memory_max == 0 ? MEMORY_USUAL : memory_max;
    const struct yx_sandbox sandbox = {
        .kind = YX_SANDBOX_PAGE, .memory_max = mapped() + most, .files_max = FILES_MAX};

    return yx_sandbox_enter(&sandbox, NULL, err);
}

/* --- One job -------------------------------------------------------------------------------------
 */

static const struct {
    enum yx_ipc_kind kind;
    int document; /* the field; 0: none */
    yx_worker_do work;
} jobs[] = {
    {YX_IPC_VERIFY, 1, yx_do_verify},   {YX_IPC_INSPECT, 1, yx_do_inspect},
    {YX_IPC_RENDER, 1, yx_do_render},   {YX_IPC_TEXT, 1, yx_do_text},
    {YX_IPC_PREPARE, 1, yx_do_prepare}, {YX_IPC_FINISH, 1, yx_do_finish},
    {YX_IPC_SEAL, 0, yx_do_seal},
};
#define JOB_COUNT (sizeof jobs / sizeof jobs[0])

/* By the default action of SIGALRM: whatever the document made of this process, it ends. */
static void set_timer(uint64_t milliseconds)
{
    uint64_t most = milliseconds < MILLISECONDS_MAX ? milliseconds : MILLISECONDS_MAX;
    const struct itimerval timer = {
        .it_value = {(time_t)(most / 1000), (suseconds_t)(most % 1000 * 1000)}};

    (void)setitimer(ITIMER_REAL, &timer, NULL);
}

struct telling {
    int web;
    int64_t last; /* of yx_monotonic */
};

/* Whoever asked is gone when it cannot be told: nobody wants the rest. */
static void tell(void *self, uint64_t done, uint64_t total)
{
    struct telling *telling = self;
    const struct yx_ipc_message progress = {.kind = YX_IPC_PROGRESS,
                                            .fields = {{.number = done}, {.number = total}}};
    int64_t now = yx_monotonic();

    if (done < total && now - telling->last < TELL_EVERY)
        return;
    telling->last = now;
    if (yx_ipc_send(telling->web, &progress, now + YX_SECOND, NULL) != YX_OK)
        _exit(0);
}

static void work_free(struct yx_work *work)
{
    yx_source_free(work->document);
    yx_buf_free(&work->out);
    yx_buf_free(&work->plan);
    yx_buf_free(&work->stamps);
    if (work->fd >= 0)
        (void)close(work->fd);
}
YX_DEFINE_CLEAN_VALUE(work, struct yx_work, work_free);

static yx_status do_job(struct yx_work *work, struct yx_error *err)
{
    for (size_t i = 0; i < JOB_COUNT; i++) {
        if (jobs[i].kind != work->request->kind)
            continue;
        if (jobs[i].document > 0)
            YX_TRY(yx_source_borrow_fd(work->request->fields[jobs[i].document].fd, &work->document,
                                       err));
        return jobs[i].work(work, err);
    }
    return yx_fail(err, YX_USAGE, "", N_("a message between our processes is malformed"));
}

static yx_status answer(struct life *life, struct yx_error *err)
{
    struct telling telling = {.web = life->worker.web};
    YX_CLEAN(work) struct yx_work work = {
        .worker = &life->worker, .request = &life->request, .progress = {tell, &telling}, .fd = -1};
    struct yx_error failure = {0};
    yx_status status;

    set_timer(life->request.fields[0].number);
    tell(&telling, 0, 0); /* begun: from here on the document is to blame */
    status = do_job(&work, &failure);
    set_timer(0);
    life->jobs += status == YX_NO_MEMORY ? JOBS_MAX : 1;
    return yx_ipc_reply(life->worker.web, status, &work.reply, &failure, 0, err);
}

/* --- Its life ------------------------------------------------------------------------------------
 */

static void part(struct life *life)
{
    if (life->worker.web >= 0)
        (void)close(life->worker.web);
    life->worker.web = -1;
}

/* Whoever comes takes the place of the one before: web, started anew. */
static yx_status welcome(struct life *life, struct yx_error *err)
{
    enum yx_process who;
    int fd;

    YX_TRY(yx_ipc_accept(life->door, 0, &who, &fd, err));
    part(life);
    life->worker.web = fd;
    return YX_OK;
}

static void serve(struct life *life)
{
    struct yx_error err;

    if (yx_ipc_receive(life->worker.web, &life->request, 0, &err) != YX_OK ||
        answer(life, &err) != YX_OK)
        part(life);
    /* Descriptors of the request are closed before the next one comes, and its memory is given
     * back. */
    yx_ipc_message_free(&life->request);
}

static bool is_worn(const struct life *life)
{
    return life->jobs >= JOBS_MAX || resident() - life->resident > GROWN_MAX_KIB;
}

static yx_status live(struct life *life, struct yx_error *err)
{
    while (!is_worn(life)) {
        struct pollfd wait[] = {{.fd = life->line, .events = 0},
                                {.fd = life->door, .events = POLLIN},
                                {.fd = life->worker.web, .events = POLLIN}};

        if (poll(wait, 3, -1) < 0 && errno != EINTR)
            return yx_fail_errno(err, YX_INTERNAL, N_("cannot look at {1}: {2}"), "poll", errno);
        if (wait[0].revents != 0)
            return YX_OK;
        /* Who asks first: two web processes, one of which takes over from the other, would else
         * take the place of each other for ever. */
        if (wait[2].revents != 0)
            serve(life);
        else if (wait[1].revents != 0)
            YX_TRY(welcome(life, err));
    }
    return YX_OK;
}

yx_status yx_page_run(const struct yx_worker_process *process, struct yx_error *err)
{
    YX_CLEAN(yx_ipc_line) struct yx_ipc_line *line = NULL;
    struct yx_remote remote = {.launcher = -1};
    struct yx_program_runner runner = yx_remote_runner(&remote);
    struct life life = {.line = process->line,
                        .door = process->door,
                        .worker = {.web = -1, .trust = {.fd = -1}, .maker_trust = {.fd = -1}}};

    YX_TRY(yx_ipc_line_new(process->line, &line, err));
    remote.line = line;
    yx_program_delegate(&runner);
    YX_TRY(yx_drawing_open(&life.worker.drawing, err));
    YX_TRY(life.worker.drawing.confine(&runner, err));
    YX_TRY(warm_up(err));
    YX_TRY(confine(process->memory_max, err));
    life.resident = resident();
    return live(&life, err);
}
