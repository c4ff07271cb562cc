/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document/program.c - runs a program on a hostile document: fork, limits, exec, and a pipe that is
 * read until its end or until patience is. What the output means is the caller's.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "document/program.h"

#define PIECE (64u * 1024)
/* What the child says when exec fails: errno, in a pipe that exec closes. */
#define REPORT_SIZE sizeof(int)

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}
YX_DEFINE_CLEAN_VALUE(fd, int, close_fd);

/* --- The child ---------------------------------------------------------------------------- */

/* The ends of the pipes on both sides; -1: closed. */
struct pipes {
    int output[2];
    int report[2];
};

static bool limit(int resource, uint64_t value)
{
    struct rlimit both = {(rlim_t)value, (rlim_t)value};

    return setrlimit((__rlimit_resource_t)resource, &both) == 0;
}

static bool confine(const struct yx_program *program)
{
    return limit(RLIMIT_CPU, program->seconds) && limit(RLIMIT_AS, program->memory_max) &&
           limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_CORE, 0) && limit(RLIMIT_NOFILE, 64) &&
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0;
}

/* 0, 1 and 2 as the program expects them; all others close at exec. The originals may be below 3
 * themselves, so they move out of the way first. */
static bool arrange(int document, int output)
{
    int in = fcntl(document, F_DUPFD_CLOEXEC, 3);
    int out = fcntl(output, F_DUPFD_CLOEXEC, 3);
    int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);

    return in >= 0 && out >= 0 && nothing >= 0 && dup2(in, 0) == 0 && dup2(out, 1) == 1 &&
           dup2(nothing, 2) == 2 && close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) == 0;
}

/* Between fork and exec only system calls: other threads may have held any lock (signal-safety(7);
 * execvpe of glibc takes none and allocates nothing). */
static void become(const struct yx_program *program, int document, const struct pipes *pipes)
{
    static char language[] = "LC_ALL=C.UTF-8";
    char *environment[] = {language, NULL};
    /* exec does not write through them; its type lacks the const. */
    union {
        const char *const *given;
        char *const *exec;
    } arguments = {program->arguments};
    int report = fcntl(pipes->report[1], F_DUPFD_CLOEXEC, 3);
    int why;

    if (report >= 0 && arrange(document, pipes->output[1]) && confine(program))
        (void)execvpe(program->arguments[0], arguments.exec, environment);
    why = errno;
    while (write(report, &why, REPORT_SIZE) < 0 && errno == EINTR)
        continue;
    _exit(127);
}

/* --- The parent --------------------------------------------------------------------------- */

static int64_t monotonic_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void shut(int *fd)
{
    close_fd(fd);
    *fd = -1;
}

/* The next piece of output; *len 0 at its end. */
static yx_status read_piece(int fd, int64_t deadline, uint8_t *piece, size_t *len,
                            const struct yx_program *program, struct yx_error *err)
{
    for (;;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        int64_t left = deadline - monotonic_ms();
        int ready = left <= 0 ? 0 : poll(&wait, 1, (int)left);
        ssize_t got;

        if (ready < 0 && errno == EINTR)
            continue;
        YX_REQUIRE(ready > 0, err, YX_DAMAGED, "",
                   N_("{1} did not finish with the document within {2} seconds"),
                   program->arguments[0], YX_NUM(program->seconds));
        got = read(fd, piece, PIECE);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return yx_fail_errno(err, YX_IO, N_("the output of {1} cannot be read: {2}"),
                                 program->arguments[0], errno);
        *len = (size_t)got;
        return YX_OK;
    }
}

static yx_status read_output(const struct yx_program *program, int fd, struct yx_buf *out,
                             struct yx_error *err)
{
    int64_t deadline = monotonic_ms() + (int64_t)program->seconds * 1000;
    size_t before = out->len;
    uint8_t piece[PIECE];
    size_t len = 0;

    do {
        YX_TRY(read_piece(fd, deadline, piece, &len, program, err));
        YX_REQUIRE(len <= program->output_max - (out->len - before), err, YX_DAMAGED, "",
                   N_("{1} finds more than {2} bytes in the document"), program->arguments[0],
                   YX_NUM(program->output_max));
        if (yx_buf_append(out, YX_BYTES(piece, len)) != YX_OK)
            return yx_fail_memory(err);
    } while (len > 0);
    return YX_OK;
}

/* Did exec fail? Its end of the pipe is closed by now, one way or the other. */
static yx_status read_report(const struct yx_program *program, int fd, struct yx_error *err)
{
    int why = 0;
    ssize_t got;

    do
        got = read(fd, &why, REPORT_SIZE);
    while (got < 0 && errno == EINTR);
    if (got != REPORT_SIZE)
        return YX_OK;
    YX_REQUIRE(why != ENOENT, err, YX_REFUSED, "",
               N_("the program {1} is not installed; it comes with the package {2}"),
               program->arguments[0], program->package);
    return yx_fail_errno(err, YX_INTERNAL, N_("{1} cannot be started: {2}"), program->arguments[0],
                         why);
}

/* Whoever ignores SIGCHLD has no exit codes; then the caller's look at the output must do. */
static yx_status reap(const struct yx_program *program, pid_t child, struct yx_error *err)
{
    int status = 0;
    pid_t got;

    do
        got = waitpid(child, &status, 0);
    while (got < 0 && errno == EINTR);
    YX_REQUIRE(got < 0 || !WIFSIGNALED(status), err, YX_DAMAGED, "",
               N_("{1} was ended by the signal {2}, probably over a limit on time or memory"),
               program->arguments[0], YX_NUM(WTERMSIG(status)));
    YX_REQUIRE(got < 0 || WEXITSTATUS(status) == 0, err, YX_DAMAGED, "",
               N_("{1} cannot read the document (exit code {2})"), program->arguments[0],
               YX_NUM(WEXITSTATUS(status)));
    return YX_OK;
}

static yx_status follow(const struct yx_program *program, pid_t child, struct pipes *pipes,
                        struct yx_buf *out, struct yx_error *err)
{
    yx_status status;

    shut(&pipes->output[1]);
    shut(&pipes->report[1]);
    status = read_output(program, pipes->output[0], out, err);
    if (status != YX_OK)
        (void)kill(child, SIGKILL);
    if (status == YX_OK)
        status = read_report(program, pipes->report[0], err);
    if (status == YX_OK)
        return reap(program, child, err);
    (void)reap(program, child, NULL);
    return status;
}

static yx_status start(const struct yx_program *program, int document, struct pipes *pipes,
                       struct yx_buf *out, struct yx_error *err)
{
    pid_t child;

    if (pipe2(pipes->output, O_CLOEXEC) != 0 || pipe2(pipes->report, O_CLOEXEC) != 0)
        return yx_fail_errno(err, YX_INTERNAL, N_("{1} cannot be started: {2}"),
                             program->arguments[0], errno);
    child = fork();
    if (child == 0)
        become(program, document, pipes);
    if (child < 0)
        return yx_fail_errno(err, YX_INTERNAL, N_("{1} cannot be started: {2}"),
                             program->arguments[0], errno);
    return follow(program, child, pipes, out, err);
}

/* --- The document ------------------------------------------------------------------------- */

/* Memory as a file; the descriptor is the caller's also when it failed. */
static yx_status spill(struct yx_bytes bytes, int *out, struct yx_error *err)
{
    *out = memfd_create("document", MFD_CLOEXEC);
    if (*out < 0)
        return yx_fail_memory(err);
    while (bytes.len > 0) {
        ssize_t put = write(*out, bytes.data, bytes.len);

        if (put < 0 && errno != EINTR)
            return yx_fail_memory(err);
        put = put < 0 ? 0 : put;
        bytes = YX_BYTES(bytes.data + put, bytes.len - (size_t)put);
    }
    return YX_OK;
}

static void pipes_close(const struct pipes *pipes)
{
    for (int i = 0; i < 2; i++) {
        close_fd(&pipes->output[i]);
        close_fd(&pipes->report[i]);
    }
}
YX_DEFINE_CLEAN_VALUE(pipes, struct pipes, pipes_close);

yx_status yx_program_run(const struct yx_program *program, const struct yx_source *document,
                         struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(pipes) struct pipes pipes = {{-1, -1}, {-1, -1}};
    YX_CLEAN(fd) int memory = -1;
    int input = yx_source_fd(document);

    if (input < 0) {
        YX_TRY(spill(yx_source_memory(document), &memory, err));
        input = memory;
    }
    return start(program, input, &pipes, out, err);
}
