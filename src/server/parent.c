/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/parent.c - the parent: starts the processes of the service and starts them anew, brings
 * together those who may talk to each other, and passes signals on. It reads a few small records of
 * its children, and nothing of anybody else.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http/http.h"
#include "sandbox/sandbox.h"
#include "server/room.h"

#define PAUSE_FIRST (YX_SECOND / 10)
#define PAUSE_MAX (10 * YX_SECOND)
#define PAGE_PAUSE_MAX (YX_SECOND / 2)
/* Who lived so long has not died of how it was started. */
#define LIVED (10 * YX_SECOND)
/* Beside the time that requests under way have (stop_deadline): for what web does at its end. */
#define STOP_MORE (10 * YX_SECOND)
#define PAGES_LATER (YX_SECOND / 4)
/* Between the end of its line and its own. */
#define LAST_WORDS (5 * YX_SECOND)
/* As page_workers allows. */
#define PAGES_MAX 64
/* Keeper, launcher, pages, and web twice: when the settings are read anew, one takes over from the
 * other. */
#define CHILDREN_MAX (PAGES_MAX + 4)

/* Who may call whom: bits of the numbers of enum yx_process. */
static const unsigned callers[YX_PROCESSES] = {
    [YX_KEEPER] = 1u << YX_WEB,
    [YX_LAUNCHER] = 1u << YX_PAGE,
    [YX_PAGE] = 1u << YX_WEB,
};

struct child {
    enum yx_process process;
    unsigned number;
    bool wanted;      /* to be started anew when it ends */
    unsigned reading; /* which reading of the settings it was started with */
    pid_t pid;        /* 0: it does not run */
    int line;         /* our end; -1 */
    int door[2]; /* ours, and its own, which outlives the process; those who stand before the door
                    are served by the next one */
    int64_t started, start_at, pause, alive, end_by;
};

struct parent {
    const struct yx_serve *serve;
    struct yx_settings *settings;
    int self, signals, settings_text;
    struct yx_sockets sockets;
    unsigned pages;
    struct child children[CHILDREN_MAX];
    size_t count;
    bool stopping, told;
    bool failed;      /* a process ended by itself before all served */
    unsigned reading; /* how often the settings were read */
    bool renew;       /* no web process has those of the last time yet */
    int64_t watchdog, notified;
};

/* --- News for the operator -----------------------------------------------------------------------
 */

static void say(const struct yx_error *err)
{
    yx_tell("yinxin", err);
}

#define tell(...)                                           \
    do {                                                    \
        struct yx_error news;                               \
        (void)yx_fail(&news, YX_INTERNAL, "", __VA_ARGS__); \
        say(&news);                                         \
    } while (0)

/* --- Starting -------------------------------------------------------------------------------- */

static void close_end(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static yx_status start(struct parent *parent, struct child *child, struct yx_error *err)
{
    struct yx_spawn spawn = {.process = child->process,
                             .number = child->number,
                             .door = child->door[1],
                             .sockets = child->process == YX_WEB ? &parent->sockets : NULL,
                             .settings = parent->settings_text,
                             .pages = parent->pages,
                             .folder = parent->serve->folder,
                             .config = parent->serve->config};
    int line[2];
    yx_status status;

    YX_TRY(yx_ipc_pair(line, err));
    spawn.line = line[1];
    status = yx_spawn(parent->self, &spawn, &child->pid, err);
    (void)close(line[1]);
    if (status != YX_OK) {
        (void)close(line[0]);
        return status;
    }
    child->line = line[0];
    child->reading = parent->reading;
    child->end_by = 0;
    child->started = child->alive = yx_monotonic();
    return YX_OK;
}

/* The pause before the next start grows while it keeps dying. Documents may be what pages die of:
 * those of others shall not wait for that. */
static void plan_start(struct child *child, bool at_once)
{
    const int64_t most = child->process == YX_PAGE ? PAGE_PAUSE_MAX : PAUSE_MAX;
    int64_t now = yx_monotonic();

    if (at_once || now - child->started > LIVED)
        child->pause = 0;
    child->start_at = now + (at_once ? 0 : child->pause == 0 ? PAUSE_FIRST : child->pause);
    child->pause = at_once                   ? 0
                   : child->pause == 0       ? 2 * PAUSE_FIRST
                   : child->pause * 2 > most ? most
                                             : child->pause * 2;
}

static void start_due(struct parent *parent)
{
    for (size_t i = 0; i < parent->count; i++) {
        struct child *child = &parent->children[i];
        struct yx_error err;

        if (!child->wanted || child->pid != 0 || parent->stopping ||
            child->start_at > yx_monotonic() || start(parent, child, &err) == YX_OK)
            continue;
        say(&err);
        plan_start(child, false);
    }
}

static yx_status add(struct parent *parent, enum yx_process process, unsigned number, bool wanted,
                     struct yx_error *err)
{
    struct child *child = &parent->children[parent->count];

    *child = (struct child){
        .process = process, .number = number, .wanted = wanted, .line = -1, .door = {-1, -1}};
    YX_TRY(yx_ipc_pair(child->door, err));
    /* Fonts and libraries of the pages take time that the first answer does not wait for. */
    if (process == YX_PAGE)
        child->start_at = yx_monotonic() + PAGES_LATER;
    parent->count++;
    return YX_OK;
}

static struct child *find(struct parent *parent, uint64_t process, uint64_t number)
{
    for (size_t i = 0; i < parent->count; i++)
        if (parent->children[i].process == process && parent->children[i].number == number)
            return &parent->children[i];
    return NULL;
}

/* The web process that does not run; it is wanted once it serves. While both run, one of them will
 * end: then the settings are still the newest. The keeper goes first: it may have other keys. */
static void renew_web(struct parent *parent)
{
    const struct child *keeper = find(parent, YX_KEEPER, 0);

    if (keeper->pid == 0 || keeper->reading != parent->reading)
        return;
    for (size_t i = 0; i < parent->count && parent->renew && !parent->stopping; i++) {
        struct child *child = &parent->children[i];
        struct yx_error err;

        if (child->process != YX_WEB || child->pid != 0 || child->wanted)
            continue;
        parent->renew = false;
        if (start(parent, child, &err) != YX_OK)
            say(&err);
    }
}

/* --- What children say --------------------------------------------------------------------------
 */

static yx_status refuse_call(struct yx_error *err)
{
    return yx_fail(err, YX_REFUSED, "", N_("this process may not call that one"));
}

static yx_status connect_to(struct parent *parent, const struct child *caller,
                            const struct yx_ipc_message *request, struct yx_ipc_message *reply,
                            struct yx_error *err)
{
    const struct child *called = find(parent, request->fields[0].number, request->fields[1].number);
    struct yx_ipc_message peer = {.kind = YX_IPC_PEER, .fields = {{.number = caller->process}}};
    yx_status status;
    int pair[2];

    if (called == NULL || (callers[called->process] >> caller->process & 1) == 0)
        return refuse_call(err);
    YX_TRY(yx_ipc_pair(pair, err));
    peer.fields[1].fd = pair[0];
    /* It does not wait: a door that is crowded turns away. */
    status = yx_ipc_send(called->door[0], &peer, yx_monotonic(), err);
    (void)close(pair[0]);
    *reply = (struct yx_ipc_message){.kind = YX_IPC_CONNECTED, .fields = {{.fd = pair[1]}}};
    if (status != YX_OK)
        (void)close(pair[1]);
    return status;
}

static yx_status kill_one(struct parent *parent, const struct child *caller,
                          const struct yx_ipc_message *request, struct yx_error *err)
{
    const struct child *called = find(parent, request->fields[0].number, request->fields[1].number);

    if (caller->process != YX_WEB || called == NULL || called->process != YX_PAGE)
        return refuse_call(err);
    if (called->pid != 0)
        (void)kill(called->pid, SIGKILL);
    return YX_OK;
}

/* All that run serve: whoever started us learns of it, once. */
static void tell_ready(struct parent *parent, const char *where)
{
    if (where[0] != '\0' && !parent->told) {
        (void)printf("%s\n", where);
        (void)fflush(stdout);
        yx_notify("READY=1");
        parent->told = true;
    }
}

static int64_t stop_at(const struct parent *parent)
{
    return yx_monotonic() + parent->settings->stop_deadline * YX_SECOND + STOP_MORE;
}

/* A web process serves: one with older settings may end, one with newer ones will take over. */
static void hand_over(struct parent *parent, struct child *child)
{
    for (size_t i = 0; i < parent->count; i++) {
        struct child *other = &parent->children[i];

        if (other->process != YX_WEB || other == child ||
            (other->pid != 0 && other->reading > child->reading))
            continue;
        other->wanted = false;
        if (other->pid == 0)
            continue;
        other->end_by = stop_at(parent);
        (void)kill(other->pid, SIGTERM);
    }
    child->wanted = true;
}

static yx_status answer(struct parent *parent, struct child *child,
                        const struct yx_ipc_message *request, struct yx_ipc_message *reply,
                        struct yx_error *err)
{
    reply->kind = YX_IPC_DONE;
    switch (request->kind) {
    case YX_IPC_CONNECT:
        return connect_to(parent, child, request, reply, err);
    case YX_IPC_KILL:
        return kill_one(parent, child, request, err);
    case YX_IPC_READY:
        if (child->process == YX_WEB) {
            hand_over(parent, child);
            tell_ready(parent, request->fields[0].text);
        }
        return YX_OK;
    case YX_IPC_ALIVE:
        child->alive = yx_monotonic();
        return YX_OK;
    default:
        return refuse_call(err);
    }
}

/* What a child asks. false: it says what is no message, or takes no answer. */
static bool serve_child(struct parent *parent, struct child *child)
{
    YX_CLEAN(yx_ipc_message) struct yx_ipc_message request = {0};
    struct yx_ipc_message reply = {0};
    struct yx_error err, failure;
    int64_t soon = yx_monotonic() + YX_SECOND / 100;
    yx_status status, sent;

    if (yx_ipc_receive(child->line, &request, soon, &err) != YX_OK)
        return false;
    status = answer(parent, child, &request, &reply, &failure);
    /* A line has one call at a time, so there is room for its answer: nobody makes us wait. */
    sent = yx_ipc_reply(child->line, status, &reply, &failure, yx_monotonic(), &err);
    if (reply.kind == YX_IPC_CONNECTED && status == YX_OK)
        (void)close(reply.fields[0].fd);
    return sent == YX_OK;
}

/* Otherwise it has been taken over, or is about to go. */
static void listen_to(struct parent *parent, struct child *child)
{
    if (serve_child(parent, child))
        return;
    close_end(&child->line);
    child->end_by = yx_monotonic() + LAST_WORDS;
}

/* --- Ends ------------------------------------------------------------------------------------- */

/* Ended by itself with 0: a worker that is worn out, a keeper that reads its keys anew. */
static void take_end(struct parent *parent, struct child *child, int status)
{
    bool quietly = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    const char *name = yx_process_name(child->process);

    close_end(&child->line);
    child->pid = 0;
    if (parent->stopping || (child->end_by != 0 && !child->wanted))
        return;
    if (WIFSIGNALED(status))
        tell(N_("the process {1} was ended by the signal {2}"), name, YX_NUM(WTERMSIG(status)));
    else if (!quietly)
        tell(N_("the process {1} ended with exit code {2}"), name, YX_NUM(WEXITSTATUS(status)));
    /* What keeps it from the first start on, it has said: a setting, a key, the database. */
    if (WIFEXITED(status) && !quietly && !parent->told)
        parent->stopping = parent->failed = true;
    plan_start(child, quietly);
}

static void reap(struct parent *parent)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (size_t i = 0; i < parent->count; i++)
            if (parent->children[i].pid == pid)
                take_end(parent, &parent->children[i], status);
}

static void end(const struct parent *parent, struct child *child)
{
    if (child->pid == 0 || child->end_by != 0)
        return;
    child->end_by = stop_at(parent);
    (void)kill(child->pid, SIGTERM);
}

/* First web, then those it works with. *left: somebody still runs. */
static void stop_next(struct parent *parent, bool *left)
{
    bool web = false;

    *left = false;
    for (size_t i = 0; i < parent->count; i++) {
        *left |= parent->children[i].pid != 0;
        web |= parent->children[i].process == YX_WEB && parent->children[i].pid != 0;
    }
    for (size_t i = 0; i < parent->count; i++)
        if (!web || parent->children[i].process == YX_WEB)
            end(parent, &parent->children[i]);
}

static void kill_overdue(struct parent *parent)
{
    for (size_t i = 0; i < parent->count; i++) {
        const struct child *child = &parent->children[i];

        if (child->pid != 0 && child->end_by != 0 && child->end_by < yx_monotonic())
            (void)kill(child->pid, SIGKILL);
    }
}

/* --- Signals ---------------------------------------------------------------------------------- */

/* Settings that are wrong leave everything as it is. */
static yx_status read_settings_again(struct parent *parent, struct yx_error *err)
{
    YX_CLEAN(yx_settings) struct yx_settings *settings = NULL;
    int text;

    YX_TRY(yx_serve_settings(parent->serve, &settings, &text, err));
    close_end(&parent->settings_text);
    parent->settings_text = text;
    yx_settings_free(parent->settings);
    parent->settings = settings;
    settings = NULL;
    return YX_OK;
}

static void reload(struct parent *parent)
{
    struct yx_error failure;

    if (read_settings_again(parent, &failure) != YX_OK) {
        say(&failure);
        return;
    }
    for (size_t i = 0; i < parent->count; i++) {
        const struct child *child = &parent->children[i];

        if (child->process == YX_KEEPER && child->pid != 0)
            (void)kill(child->pid, SIGHUP);
    }
    parent->reading++;
    parent->renew = true;
}

static void take_signals(struct parent *parent)
{
    struct signalfd_siginfo info;

    while (read(parent->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGHUP && !parent->stopping)
            reload(parent);
        if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT) {
            parent->stopping = true;
            yx_notify("STOPPING=1");
        }
    }
    reap(parent);
}

/* --- The watchdog ------------------------------------------------------------------------------
 */

/* Web says that it is alive; then so do we. */
static void notify_watchdog(struct parent *parent)
{
    int64_t now = yx_monotonic();

    if (parent->watchdog == 0 || !parent->told || now - parent->notified < parent->watchdog)
        return;
    for (size_t i = 0; i < parent->count; i++) {
        const struct child *child = &parent->children[i];

        if (child->process == YX_WEB && child->pid != 0 &&
            now - child->alive > 3 * YX_IPC_ALIVE_SECONDS * YX_SECOND)
            return;
    }
    parent->notified = now;
    yx_notify("WATCHDOG=1");
}

/* --- The rounds ------------------------------------------------------------------------------- */

/* Milliseconds until something is due. */
static int patience(const struct parent *parent)
{
    int64_t now = yx_monotonic(), next = now + YX_SECOND;

    for (size_t i = 0; i < parent->count; i++) {
        const struct child *child = &parent->children[i];

        if (child->wanted && child->pid == 0 && child->start_at < next)
            next = child->start_at;
    }
    return next <= now ? 0 : (int)((next - now) / 1000 + 1);
}

static void wait_for_something(struct parent *parent)
{
    struct pollfd wait[CHILDREN_MAX + 1] = {{.fd = parent->signals, .events = POLLIN}};

    for (size_t i = 0; i < parent->count; i++)
        wait[i + 1] = (struct pollfd){.fd = parent->children[i].line, .events = POLLIN};
    if (poll(wait, parent->count + 1, patience(parent)) <= 0)
        return;
    for (size_t i = 0; i < parent->count; i++)
        if (wait[i + 1].revents != 0 && wait[i + 1].fd == parent->children[i].line)
            listen_to(parent, &parent->children[i]);
    if (wait[0].revents != 0)
        take_signals(parent);
}

static void serve(struct parent *parent)
{
    bool left = true;

    while (left) {
        start_due(parent);
        renew_web(parent);
        wait_for_something(parent);
        kill_overdue(parent);
        notify_watchdog(parent);
        if (parent->stopping)
            stop_next(parent, &left);
    }
}

/* --- Beginning ----------------------------------------------------------------------------------
 */

static yx_status take_signals_as_files(struct parent *parent, struct yx_error *err)
{
    sigset_t all;

    (void)sigemptyset(&all);
    (void)sigaddset(&all, SIGCHLD);
    (void)sigaddset(&all, SIGTERM);
    (void)sigaddset(&all, SIGINT);
    (void)sigaddset(&all, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &all, NULL);
    parent->signals = signalfd(-1, &all, SFD_NONBLOCK | SFD_CLOEXEC);
    parent->self = open("/proc/self/exe", O_PATH | O_CLOEXEC);
    if (parent->signals < 0 || parent->self < 0)
        return yx_fail_errno(err, YX_INTERNAL, N_("{1} cannot be opened: {2}"), "/proc/self/exe",
                             errno);
    return YX_OK;
}

static unsigned count_pages(const struct yx_settings *settings)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t wanted = settings->page_workers != 0 ? settings->page_workers : processors;

    return wanted < 1 ? 1 : wanted > PAGES_MAX ? PAGES_MAX : (unsigned)wanted;
}

static yx_status add_all(struct parent *parent, struct yx_error *err)
{
    YX_TRY(add(parent, YX_KEEPER, 0, true, err));
    YX_TRY(add(parent, YX_LAUNCHER, 0, true, err));
    for (unsigned i = 0; i < parent->pages; i++)
        YX_TRY(add(parent, YX_PAGE, i, true, err));
    YX_TRY(add(parent, YX_WEB, 0, true, err));
    return add(parent, YX_WEB, 1, false, err);
}

static yx_status begin(struct parent *parent, struct yx_error *err)
{
    const struct yx_sandbox sandbox = {.kind = YX_SANDBOX_PARENT};

    YX_TRY(yx_serve_settings(parent->serve, &parent->settings, &parent->settings_text, err));
    YX_TRY(yx_sockets_open(parent->settings, &parent->sockets, err));
    YX_TRY(yx_folder_prepare(parent->serve, parent->settings->user, err));
    if (parent->settings->user[0] != '\0')
        YX_TRY(yx_sandbox_become(parent->settings->user, err));
    if (parent->serve->demo)
        YX_TRY(yx_demo_prepare(parent->serve->folder, err));
    YX_TRY(take_signals_as_files(parent, err));
    YX_TRY(yx_sandbox_enter(&sandbox, NULL, err));
    parent->watchdog = yx_notify_watchdog();
    parent->pages = count_pages(parent->settings);
    return add_all(parent, err);
}

static void parent_free(struct parent *parent)
{
    for (size_t i = 0; i < parent->count; i++) {
        close_end(&parent->children[i].line);
        close_end(&parent->children[i].door[0]);
        close_end(&parent->children[i].door[1]);
    }
    for (size_t i = 0; i < parent->sockets.tls_count + parent->sockets.plain_count; i++)
        (void)close(parent->sockets.fds[i]);
    close_end(&parent->self);
    close_end(&parent->signals);
    close_end(&parent->settings_text);
    yx_settings_free(parent->settings);
    free(parent);
}
YX_DEFINE_CLEAN(parent, struct parent *, parent_free);

yx_status yx_serve_run(const struct yx_serve *what, struct yx_error *err)
{
    YX_CLEAN(parent) struct parent *parent = calloc(1, sizeof *parent);

    if (parent == NULL)
        return yx_fail_memory(err);
    parent->serve = what;
    parent->self = parent->signals = parent->settings_text = -1;
    YX_TRY(begin(parent, err));
    serve(parent);
    YX_REQUIRE(!parent->failed, err, YX_INTERNAL, "", N_("the service cannot start"));
    return YX_OK;
}
