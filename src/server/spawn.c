/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/spawn.c - starts a process of ours: fork, fixed numbers for what it gets, exec of this
 * program. child.c reads the words that it gets.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "server/room.h"

#define CANNOT_START N_("{1} cannot be started: {2}")
#define WORDS 6

/* What belongs to the keeper or the parent alone. */
static const struct {
    const char *name;
    bool keeper;
} withheld[] = {
    {"YINXIN_PASSPHRASE=", true}, {"YINXIN_PIN=", true},     {"CREDENTIALS_DIRECTORY=", true},
    {"NOTIFY_SOCKET=", false},    {"WATCHDOG_USEC=", false}, {"WATCHDOG_PID=", false},
    {"LISTEN_PID=", false},       {"LISTEN_FDS=", false},    {"LISTEN_FDNAMES=", false},
};

static bool may_have(const char *variable, enum yx_process process)
{
    for (size_t i = 0; i < sizeof withheld / sizeof withheld[0]; i++)
        if (strncmp(variable, withheld[i].name, strlen(withheld[i].name)) == 0)
            return withheld[i].keeper && process == YX_KEEPER;
    return true;
}

static yx_status choose_environment(enum yx_process process, char ***out, struct yx_error *err)
{
    size_t count = 0;

    while (environ[count] != NULL)
        count++;
    *out = calloc(count + 1, sizeof(char *));
    if (*out == NULL)
        return yx_fail_memory(err);
    count = 0;
    for (char **variable = environ; *variable != NULL; variable++)
        if (may_have(*variable, process))
            (*out)[count++] = *variable;
    return YX_OK;
}

/* --- The child: between fork and exec -----------------------------------------------------------
 */

/* Above all numbers that the process gets. */
static int away(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, YX_SOCKETS_FD + YX_SOCKETS_MAX);
}

static size_t socket_count(const struct yx_spawn *spawn)
{
    return spawn->sockets == NULL ? 0 : spawn->sockets->tls_count + spawn->sockets->plain_count;
}

static bool arrange(const struct yx_spawn *spawn)
{
    int moved[YX_SOCKETS_MAX], line = away(spawn->line), door = away(spawn->door);
    int settings = away(spawn->settings);
    size_t count = socket_count(spawn);
    bool done;

    for (size_t i = 0; i < count; i++)
        moved[i] = away(spawn->sockets->fds[i]);
    done = dup2(line, YX_IPC_LINE_FD) >= 0 && dup2(door, YX_IPC_DOOR_FD) >= 0 &&
           dup2(settings, YX_SETTINGS_FD) >= 0;
    for (size_t i = 0; i < count && done; i++)
        done = dup2(moved[i], YX_SOCKETS_FD + (int)i) >= 0;
    return done && close_range(YX_SOCKETS_FD + (unsigned)count, ~0u, CLOSE_RANGE_CLOEXEC) == 0;
}

_Noreturn static void become(int self, const struct yx_spawn *spawn, pid_t parent,
                             char *const *words, char *const *environment)
{
    sigset_t none;
    int program = away(self);

    (void)sigemptyset(&none);
    /* It may have died before we asked to be told. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent)
        _exit(127);
    /* Out of the group that a terminal signals: the parent says when to end. */
    (void)setsid();
    if (arrange(spawn) && sigprocmask(SIG_SETMASK, &none, NULL) == 0)
        (void)execveat(program, "", words, environment, AT_EMPTY_PATH);
    _exit(127);
}

yx_status yx_spawn(int self, const struct yx_spawn *spawn, pid_t *out, struct yx_error *err)
{
    const struct yx_sockets none = {.tls_count = 0};
    const struct yx_sockets *sockets = spawn->sockets == NULL ? &none : spawn->sockets;
    const char *name = yx_process_name(spawn->process);
    char numbers[64], **environment = NULL;
    /* exec does not write through them; its type lacks the const. */
    union {
        const char *given[WORDS + 1];
        char *exec[WORDS + 1];
    } words = {{"yinxin", YX_SERVE_PROCESS, name, numbers, spawn->folder,
                spawn->config == NULL ? "" : spawn->config, NULL}};
    pid_t parent = getpid(), child;

    (void)snprintf(numbers, sizeof numbers, "%u/%zu/%zu/%u", spawn->number, sockets->tls_count,
                   sockets->plain_count, spawn->pages);
    YX_TRY(choose_environment(spawn->process, &environment, err));
    child = fork();
    if (child == 0)
        become(self, spawn, parent, words.exec, environment);
    free(environment);
    if (child < 0)
        return yx_fail_errno(err, YX_INTERNAL, CANNOT_START, name, errno);
    *out = child;
    return YX_OK;
}
