/* SPDX-License-Identifier: Apache-2.0 */
/* server/child.c - a process that the parent started: reads its words, and becomes what they say.
 */
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "keeper/keeper.h"
#include "sandbox/sandbox.h"
#include "server/process.h"
#include "worker/worker.h"

#define WORDS 3
#define PATH_SIZE 4096

struct child {
    struct yx_serve serve;
    struct yx_settings *settings;
    char config[32]; /* where they are read */
    unsigned number, sockets;
};

/* --- The keeper ------------------------------------------------------------------------------- */

static yx_status confine_keeper(void *self, bool tokens, struct yx_error *err)
{
    const struct child *child = self;
    char keys[PATH_SIZE], authorities[PATH_SIZE];
    const struct yx_sandbox_path paths[] = {
        {keys, true},
        {authorities, false},
        {child->settings->tls_key, false},
        {"/etc/localtime", false},
        {"/etc/ssl", false},
    };
    const struct yx_sandbox sandbox = {
        .kind = tokens ? YX_SANDBOX_KEEPER_TOKENS : YX_SANDBOX_KEEPER,
        .paths = paths,
        .path_count = sizeof paths / sizeof paths[0],
    };

    (void)snprintf(keys, sizeof keys, "%s/keys", child->serve.folder);
    (void)snprintf(authorities, sizeof authorities, "%s/ca", child->serve.folder);
    return yx_sandbox_enter(&sandbox, NULL, err);
}

static yx_status run_keeper(struct child *child, struct yx_error *err)
{
    const struct yx_keeper_process process = {
        .folder = child->serve.folder,
        .tls_key = child->settings->tls_key,
        .tls_certificate = child->settings->tls_certificate,
        .line = YX_IPC_LINE_FD,
        .door = YX_IPC_DOOR_FD,
        .confine = confine_keeper,
        .self = child,
    };

    return yx_keeper_run(&process, err);
}

/* --- The others ------------------------------------------------------------------------------- */

static yx_status run_launcher(struct child *child, struct yx_error *err)
{
    const struct yx_worker_process process = {.line = YX_IPC_LINE_FD, .door = YX_IPC_DOOR_FD};

    (void)child;
    return yx_launcher_run(&process, err);
}

static yx_status run_page(struct child *child, struct yx_error *err)
{
    const struct yx_worker_process process = {
        .line = YX_IPC_LINE_FD,
        .door = YX_IPC_DOOR_FD,
        .memory_max = (uint64_t)child->settings->page_memory,
    };

    return yx_page_run(&process, err);
}

static yx_status run_web(struct child *child, struct yx_error *err)
{
    return yx_web_run(&child->serve, child->settings, child->sockets, err);
}

/* --- Words ------------------------------------------------------------------------------------ */

static yx_status (*const bodies[YX_PROCESSES])(struct child *child, struct yx_error *err) = {
    [YX_KEEPER] = run_keeper,
    [YX_LAUNCHER] = run_launcher,
    [YX_PAGE] = run_page,
    [YX_WEB] = run_web,
};

static bool read_numbers(const char *text, struct child *child)
{
    char *end;

    child->number = (unsigned)strtoul(text, &end, 10);
    if (end == text || *end != '/')
        return false;
    text = end + 1;
    child->sockets = (unsigned)strtoul(text, &end, 10);
    return end != text && *end == '\0';
}

/* KIND NUMBER/SOCKETS DIR: as spawn.c writes them. */
static yx_status read_words(const char *const *words, size_t count, struct child *child,
                            enum yx_process *process, struct yx_error *err)
{
    unsigned kind = 0;

    (void)snprintf(child->config, sizeof child->config, "/proc/self/fd/%d", YX_SETTINGS_FD);
    YX_REQUIRE(count == WORDS && read_numbers(words[1], child), err, YX_USAGE, "",
               N_("{1} is for the service alone"), YX_SERVE_PROCESS);
    while (kind < YX_PROCESSES && strcmp(words[0], yx_process_name((enum yx_process)kind)) != 0)
        kind++;
    YX_REQUIRE(kind < YX_PROCESSES && bodies[kind] != NULL, err, YX_USAGE, "",
               N_("{1} is for the service alone"), YX_SERVE_PROCESS);
    *process = (enum yx_process)kind;
    child->serve.folder = words[2];
    child->serve.config = child->config;
    return YX_OK;
}

static void child_free(struct child *child)
{
    yx_settings_free(child->settings);
}
YX_DEFINE_CLEAN_VALUE(child, struct child, child_free);

yx_status yx_serve_process(const char *const *words, size_t count, struct yx_error *err)
{
    YX_CLEAN(child) struct child child = {0};
    enum yx_process process;
    char name[16];

    YX_TRY(read_words(words, count, &child, &process, err));
    (void)snprintf(name, sizeof name, "yinxin-%.8s", yx_process_name(process));
    (void)prctl(PR_SET_NAME, name, 0, 0, 0);
    YX_TRY(yx_serve_settings(&child.serve, &child.settings, err));
    (void)close(YX_SETTINGS_FD);
    return bodies[process](&child, err);
}
