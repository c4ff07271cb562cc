/* SPDX-License-Identifier: Apache-2.0 */
/* server/child.c - a process that the parent started: reads its words, and becomes what they say.
 */
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "keeper/keeper.h"
#include "sandbox/sandbox.h"
#include "server/room.h"
#include "web/web.h"
#include "worker/worker.h"

#define WORDS 4
#define PATH_SIZE 4096

/* What the words say: which one of its kind it is, sockets with TLS and without, page processes. */
enum { NUMBER, TLS_SOCKETS, PLAIN_SOCKETS, PAGES, NUMBERS };

struct child {
    const char *folder, *config;
    struct yx_settings *settings;
    unsigned numbers[NUMBERS];
};

/* --- The keeper ------------------------------------------------------------------------------- */

/* What it may open: its folder, the authorities, and keys in files elsewhere. */
static yx_status confine_keeper(void *self, const char *const *places, size_t count, bool tokens,
                                struct yx_error *err)
{
    const struct child *child = self;
    char keys[PATH_SIZE], authorities[PATH_SIZE];
    const struct yx_sandbox_path always[] = {
        {keys, true}, {authorities, false}, {"/etc/localtime", false}, {"/etc/ssl", false}};
    const size_t known = sizeof always / sizeof always[0];
    struct yx_sandbox_path *paths = calloc(known + count, sizeof *paths);
    struct yx_sandbox sandbox = {.kind = tokens ? YX_SANDBOX_KEEPER_TOKENS : YX_SANDBOX_KEEPER,
                                 .paths = paths,
                                 .path_count = known + count};
    yx_status status;

    if (paths == NULL)
        return yx_fail_memory(err);
    (void)snprintf(keys, sizeof keys, "%s/keys", child->folder);
    (void)snprintf(authorities, sizeof authorities, "%s/ca", child->folder);
    memcpy(paths, always, sizeof always);
    for (size_t i = 0; i < count; i++)
        paths[known + i] = (struct yx_sandbox_path){places[i], false};
    status = yx_sandbox_enter(&sandbox, NULL, err);
    free(paths);
    return status;
}

static yx_status run_keeper(struct child *child, struct yx_error *err)
{
    const struct yx_keeper_process process = {
        .folder = child->folder,
        .tls_key = child->settings->tls_key,
        .tls_certificate = child->settings->tls_certificate,
        .line = YX_IPC_LINE_FD,
        .door = YX_IPC_DOOR_FD,
        .confine = confine_keeper,
        .self = child,
    };

    YX_TRY(yx_keeper_run(&process, err));
    /* Its threads may be at work for others, who ask again: nothing is taken down under them. */
    _exit(0);
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
    int sockets[YX_SOCKETS_MAX];
    const struct yx_web_process process = {
        .folder = child->folder,
        .settings = child->settings,
        .line = YX_IPC_LINE_FD,
        .sockets = sockets,
        .tls_count = child->numbers[TLS_SOCKETS],
        .plain_count = child->numbers[PLAIN_SOCKETS],
        .pages = child->numbers[PAGES],
    };

    for (int i = 0; i < YX_SOCKETS_MAX; i++)
        sockets[i] = YX_SOCKETS_FD + i;
    return yx_web_run(&process, err);
}

/* --- Words ------------------------------------------------------------------------------------ */

static yx_status (*const bodies[YX_PROCESSES])(struct child *child, struct yx_error *err) = {
    [YX_KEEPER] = run_keeper,
    [YX_LAUNCHER] = run_launcher,
    [YX_PAGE] = run_page,
    [YX_WEB] = run_web,
};

static bool read_numbers(const char *text, unsigned out[NUMBERS])
{
    for (int i = 0; i < NUMBERS; i++) {
        char *end;

        out[i] = (unsigned)strtoul(text, &end, 10);
        if (end == text || *end != (i + 1 < NUMBERS ? '/' : '\0'))
            return false;
        text = end + 1;
    }
    return out[TLS_SOCKETS] <= YX_SOCKETS_MAX &&
           out[PLAIN_SOCKETS] <= YX_SOCKETS_MAX - out[TLS_SOCKETS];
}

/* KIND NUMBER/TLS/PLAIN/PAGES DIR FILE: as spawn.c writes them. */
static yx_status read_words(const char *const *words, size_t count, struct child *child,
                            enum yx_process *process, struct yx_error *err)
{
    unsigned kind = 0;

    YX_REQUIRE(count == WORDS && read_numbers(words[1], child->numbers), err, YX_USAGE, "",
               N_("{1} is for the service alone"), YX_SERVE_PROCESS);
    while (kind < YX_PROCESSES && strcmp(words[0], yx_process_name((enum yx_process)kind)) != 0)
        kind++;
    YX_REQUIRE(kind < YX_PROCESSES && bodies[kind] != NULL, err, YX_USAGE, "",
               N_("{1} is for the service alone"), YX_SERVE_PROCESS);
    *process = (enum yx_process)kind;
    child->folder = words[2];
    child->config = words[3][0] == '\0' ? NULL : words[3];
    return YX_OK;
}

/* The parent has found them good. */
static yx_status read_settings(struct child *child, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    char path[32];

    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", YX_SETTINGS_FD);
    YX_TRY(yx_settings_text(child->folder, path, &text, err));
    (void)close(YX_SETTINGS_FD);
    return yx_settings_parse(child->folder, child->config, yx_buf_bytes(&text), &child->settings,
                             err);
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
    YX_TRY(read_settings(&child, err));
    return bodies[process](&child, err);
}
