/* SPDX-License-Identifier: Apache-2.0 */
/*
 * launcher.c - the process that starts programs for the workers. For each it forks once more, so
 * that all workers are served at a time: that child runs the program, as program/ confines it,
 * hands back what was printed, and ends. The launcher itself looks at no document.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/sandbox.h"
#include "worker/room.h"

/* Workers that can be connected at a time. */
#define PEERS_MAX 256u

struct peer {
    int fd;
    pid_t child; /* 0: nothing is run for it */
};
struct launcher {
    int line, door;
    struct peer peers[PEERS_MAX];
    size_t count;
};

/* --- The child of a request
 * ----------------------------------------------------------------------- */

yx_status yx_launcher_unpack(struct yx_bytes bytes, const char *out[YX_PROGRAM_ARGUMENTS_MAX + 1],
                             struct yx_error *err)
{
    size_t count = 0;

    for (size_t at = 0; at < bytes.len; at += strlen((const char *)bytes.data + at) + 1) {
        YX_REQUIRE(count < YX_PROGRAM_ARGUMENTS_MAX && bytes.data[bytes.len - 1] == '\0', err,
                   YX_REFUSED, "", N_("no program is started so for a document"));
        out[count++] = (const char *)bytes.data + at;
    }
    out[count] = NULL;
    YX_REQUIRE(count > 0, err, YX_REFUSED, "", N_("no program is started so for a document"));
    return YX_OK;
}

static yx_status run(const struct yx_ipc_message *request, struct yx_buf *out, struct yx_error *err)
{
    const struct yx_ipc_field *fields = request->fields;
    const char *arguments[YX_PROGRAM_ARGUMENTS_MAX + 1];
    struct yx_program program = {
        .arguments = arguments,
        .output_max = fields[0].number,
        .seconds = fields[1].number > UINT32_MAX ? UINT32_MAX : (unsigned)fields[1].number,
        .memory_max = fields[2].number};
    YX_CLEAN(yx_source) struct yx_source *document = NULL;

    YX_REQUIRE(request->kind == YX_IPC_RUN, err, YX_USAGE, "",
               N_("a message between our processes is malformed"));
    YX_TRY(yx_launcher_unpack(fields[3].bytes, arguments, err));
    YX_TRY(yx_program_admit(&program, err));
    YX_TRY(yx_source_borrow_fd(fields[4].fd, &document, err));
    return yx_program_run(&program, document, out, err);
}

static void answer(int fd, const struct yx_ipc_message *request)
{
    YX_CLEAN(yx_buf) struct yx_buf printed = {0};
    struct yx_ipc_message reply = {.kind = YX_IPC_PRINTED};
    struct yx_error failure = {0};
    yx_status status = run(request, &printed, &failure);

    reply.fields[0].bytes = yx_buf_bytes(&printed);
    (void)yx_ipc_reply(fd, status, &reply, &failure, 0, NULL);
}

/* --- The launcher
 * ---------------------------------------------------------------------------------- */

/* What runs for a peer that is gone, nobody wants; the program ends with its parent. */
static void drop(struct launcher *launcher, size_t i)
{
    struct peer *peer = &launcher->peers[i];

    if (peer->child > 0)
        (void)kill(peer->child, SIGKILL);
    (void)close(peer->fd);
    *peer = launcher->peers[--launcher->count];
}

static yx_status welcome(struct launcher *launcher, struct yx_error *err)
{
    enum yx_process who;
    int fd;

    YX_TRY(yx_ipc_accept(launcher->door, 0, &who, &fd, err));
    if (launcher->count == PEERS_MAX)
        (void)close(fd);
    else
        launcher->peers[launcher->count++] = (struct peer){.fd = fd};
    return YX_OK;
}

/* `sleeping` is how signals were before SIGCHLD was blocked. */
static bool begin(struct peer *peer, const sigset_t *sleeping)
{
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message request = {0};
    pid_t parent = getpid();

    if (yx_ipc_receive(peer->fd, &request, 0, NULL) != YX_OK)
        return false;
    peer->child = fork();
    if (peer->child == 0) {
        (void)signal(SIGCHLD, SIG_DFL);
        (void)sigprocmask(SIG_SETMASK, sleeping, NULL);
        if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == parent)
            answer(peer->fd, &request);
        _exit(0);
    }
    return peer->child > 0;
}

static void reap(struct launcher *launcher)
{
    pid_t child;

    while ((child = waitpid(-1, NULL, WNOHANG)) > 0)
        for (size_t i = 0; i < launcher->count; i++)
            if (launcher->peers[i].child == child)
                launcher->peers[i].child = 0;
}

/* Requests of those for whom nothing runs, and ends of all. */
static void look_at_peers(struct launcher *launcher, const struct pollfd *wait, size_t count,
                          const sigset_t *sleeping)
{
    /* From the last one: a peer that leaves gives its place to one that was looked at. */
    for (size_t i = count; i-- > 0;) {
        bool gone = (wait[i].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
        bool asks = (wait[i].revents & POLLIN) != 0;

        if (gone || (asks && !begin(&launcher->peers[i], sleeping)))
            drop(launcher, i);
    }
}

static yx_status turn(struct launcher *launcher, const sigset_t *sleeping, bool *ended,
                      struct yx_error *err)
{
    struct pollfd wait[PEERS_MAX + 2] = {{.fd = launcher->line, .events = 0},
                                         {.fd = launcher->door, .events = POLLIN}};
    size_t count = launcher->count;

    for (size_t i = 0; i < count; i++)
        wait[2 + i] = (struct pollfd){.fd = launcher->peers[i].fd,
                                      .events = launcher->peers[i].child == 0 ? POLLIN : 0};
    if (ppoll(wait, 2 + count, NULL, sleeping) < 0 && errno != EINTR)
        return yx_fail_errno(err, YX_INTERNAL, N_("cannot look at {1}: {2}"), "poll", errno);
    reap(launcher);
    *ended = wait[0].revents != 0;
    if (*ended)
        return YX_OK;
    look_at_peers(launcher, wait + 2, count, sleeping);
    return wait[1].revents != 0 ? welcome(launcher, err) : YX_OK;
}

/* The end of a child only has to wake us. */
static void note(int signal)
{
    (void)signal;
}

yx_status yx_launcher_run(const struct yx_worker_process *process, struct yx_error *err)
{
    const struct sigaction wake = {.sa_handler = note};
    struct launcher launcher = {.line = process->line, .door = process->door};
    sigset_t child, sleeping;
    yx_status status = YX_OK;
    bool ended = false;

    YX_TRY(yx_sandbox_enter(&(struct yx_sandbox){.kind = YX_SANDBOX_LAUNCHER}, NULL, err));
    (void)sigemptyset(&child);
    (void)sigaddset(&child, SIGCHLD);
    (void)sigaction(SIGCHLD, &wake, NULL);
    (void)sigprocmask(SIG_BLOCK, &child, &sleeping);
    while (!ended && status == YX_OK)
        status = turn(&launcher, &sleeping, &ended, err);
    while (launcher.count > 0)
        drop(&launcher, launcher.count - 1);
    return status;
}
