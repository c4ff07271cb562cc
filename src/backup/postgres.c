/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backup/postgres.c - pg_dump and pg_restore as children. How they reach the database stands in
 * their environment, not on their command lines; what they say goes to our stderr.
 */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backup/room.h"

/* One snapshot, compressed by nobody: what is encrypted afterwards may be compressed by pg_dump. */
static const char *const dump[] = {"pg_dump",         "--format=custom", "--no-owner",
                                   "--no-privileges", "--no-password",   NULL};
/* All of it or nothing. */
static const char *const load[] = {
    "pg_restore",           "--dbname=",     "--no-owner", "--no-privileges", "--exit-on-error",
    "--single-transaction", "--no-password", NULL};
#define ENVIRONMENT_MAX 64

struct child {
    const char *name;
    pid_t pid; /* 0: none */
    int pipe;
};
/* A child that is left alone is ended, before it could take the end of the pipe for that of a dump.
 */
static void child_free(struct child *child)
{
    if (child->pid > 0) {
        (void)kill(child->pid, SIGTERM);
        (void)waitpid(child->pid, NULL, 0);
    }
    if (child->pipe >= 0)
        (void)close(child->pipe);
}
YX_DEFINE_CLEAN_VALUE(child, struct child, child_free);

/* Ours, without what would lead elsewhere, and what leads to the database. */
static size_t make_environment(const struct yx_buf *added, char *out[ENVIRONMENT_MAX + 1])
{
    static const char *const kept[] = {"PATH", "HOME", "LANG", "PGPASSFILE", "PGSSLROOTCERT"};
    size_t count = 0;

    for (char **entry = environ; *entry != NULL; entry++)
        for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
            if (count < ENVIRONMENT_MAX && strncmp(*entry, kept[i], strlen(kept[i])) == 0 &&
                (*entry)[strlen(kept[i])] == '=')
                out[count++] = *entry;
    for (size_t at = 0; at < added->len && count < ENVIRONMENT_MAX;
         at += strlen((char *)added->data + at) + 1)
        out[count++] = (char *)added->data + at;
    out[count] = NULL;
    return count;
}

static const char *database_of(const struct yx_buf *environment)
{
    static const char name[] = "PGDATABASE=";

    for (size_t at = 0; at < environment->len; at += strlen((char *)environment->data + at) + 1)
        if (strncmp((char *)environment->data + at, name, sizeof name - 1) == 0)
            return (char *)environment->data + at + sizeof name - 1;
    return "";
}

/* `end`: which end of the pipe is the child's: its stdin (0) or its stdout (1). */
static int spawn(struct child *child, char *const arguments[], char *const environment[], int end)
{
    posix_spawn_file_actions_t actions;
    int ends[2], failure;

    /* A socket: what writes to a pipe that nobody reads is ended by a signal. */
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return errno;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, ends[end], end);
    failure = posix_spawnp(&child->pid, arguments[0], &actions, NULL, arguments, environment);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(ends[end]);
    child->pipe = ends[1 - end];
    if (failure != 0)
        child->pid = 0;
    return failure;
}

static yx_status start(struct child *child, const char *const *program, const char *uri, int end,
                       struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf added = {0};
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    char *arguments[16] = {NULL}, *environment[ENVIRONMENT_MAX + 1];
    int failure;

    child->name = program[0];
    YX_TRY(yx_store_environment(uri, &added, err));
    if (yx_buf_printf(&name, "--dbname=%s", database_of(&added)) != YX_OK ||
        yx_buf_append(&name, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    for (size_t i = 0; program[i] != NULL; i++)
        arguments[i] = (char *)(uintptr_t)program[i];
    if (program == load)
        arguments[1] = (char *)name.data;
    (void)make_environment(&added, environment);
    failure = spawn(child, arguments, environment, end);
    YX_REQUIRE(failure != ENOENT, err, YX_REFUSED, "",
               N_("{1} is not installed; it comes with postgresql-client"), child->name);
    return failure == 0
               ? YX_OK
               : yx_fail_errno(err, YX_IO, N_("cannot start {1}: {2}"), child->name, failure);
}

/* The pipe is closed first: a child that reads gets its end. */
static yx_status finish(struct child *child, struct yx_error *err)
{
    int ended = 0;
    pid_t pid = child->pid;

    (void)close(child->pipe);
    child->pipe = -1;
    child->pid = 0;
    while (waitpid(pid, &ended, 0) < 0)
        if (errno != EINTR)
            return yx_fail_errno(err, YX_IO, N_("cannot start {1}: {2}"), child->name, errno);
    YX_REQUIRE(WIFEXITED(ended) && WEXITSTATUS(ended) == 0, err, YX_IO, "",
               N_("{1} has failed: it says why above"), child->name);
    return YX_OK;
}

yx_status yx_postgres_dump(const char *uri, struct yx_pack *pack, struct yx_error *err)
{
    YX_CLEAN(child) struct child child = {.pipe = -1};
    YX_CLEAN(yx_buf) struct yx_buf room = {0};
    ssize_t got;

    if (yx_buf_reserve(&room, YX_BACKUP_PIECE) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(start(&child, dump, uri, STDOUT_FILENO, err));
    while ((got = read(child.pipe, room.data, YX_BACKUP_PIECE)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return yx_fail_errno(err, YX_IO, N_("cannot read {1}: {2}"), child.name, errno);
        YX_TRY(yx_pack_content(pack, YX_BYTES(room.data, (size_t)got), err));
    }
    return finish(&child, err);
}

static yx_status write_all(const struct child *child, struct yx_bytes bytes, struct yx_error *err)
{
    while (bytes.len > 0) {
        ssize_t put = send(child->pipe, bytes.data, bytes.len, MSG_NOSIGNAL);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return yx_fail_errno(err, YX_IO, N_("cannot write {1}: {2}"), child->name, errno);
        bytes = YX_BYTES(bytes.data + put, bytes.len - (size_t)put);
    }
    return YX_OK;
}

/* Nothing is committed before the child has seen the end, which it gets when the digest was right.
 */
yx_status yx_postgres_load(const char *uri, struct yx_pack *pack, struct yx_error *err)
{
    YX_CLEAN(child) struct child child = {.pipe = -1};
    YX_CLEAN(yx_buf) struct yx_buf piece = {0};
    uint8_t digest[YX_BACKUP_DIGEST];
    yx_status status;

    YX_TRY(start(&child, load, uri, STDIN_FILENO, err));
    do {
        status = yx_unpack_piece(pack, &piece, digest, err);
        if (status == YX_OK)
            status = write_all(&child, yx_buf_bytes(&piece), err);
    } while (status == YX_OK && piece.len > 0);
    return status == YX_OK ? finish(&child, err) : status;
}
