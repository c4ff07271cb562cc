/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program/program.c - runs a program on a hostile document: fork, confinement, exec, and a pipe
 * that is read until its end or until patience is. What it may do is in confine.c, what its output
 * means is the caller's.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "program/confine.h"

#define PIECE (64u * 1024)
#define CANNOT_START N_("{1} cannot be started: {2}")

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}
YX_DEFINE_CLEAN_VALUE(fd, int, close_fd);

/* --- The child ---------------------------------------------------------------------------- */

/* How it did not come to exec: said in a pipe that exec closes. */
struct report {
    bool confined;
    int why; /* errno */
};

/* The ends of the pipes on both sides; -1: closed. */
struct pipes {
    int output[2];
    int report[2];
};

/* Out of the way of the numbers that the program gets. */
static int away(int fd)
{
    return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, YX_CONFINE_PROGRAM_FD + 1);
}

/* 0, 1 and 2 as the program expects them, and the program itself; all but the first three close
 * at exec. */
static bool arrange(int program, int document, int output)
{
    int file = away(program);
    int in = away(document);
    int out = away(output);
    int nothing = away(open("/dev/null", O_WRONLY | O_CLOEXEC));

    return file >= 0 && in >= 0 && out >= 0 && nothing >= 0 && dup2(in, 0) == 0 &&
           dup2(out, 1) == 1 && dup2(nothing, 2) == 2 && dup2(file, YX_CONFINE_PROGRAM_FD) >= 0 &&
           close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) == 0;
}

/* Between fork and exec only system calls: other threads may have held any lock
 * (signal-safety(7)). */
static void become(const struct yx_program *program, const struct yx_confinement *confinement,
                   int file, int document, const struct pipes *pipes)
{
    static char language[] = "LC_ALL=C.UTF-8";
    char *environment[] = {language, NULL};
    /* exec does not write through them; its type lacks the const. */
    union {
        const char *const *given;
        char *const *exec;
    } arguments = {program->arguments};
    struct report report = {.confined = false};
    int tell = away(pipes->report[1]);

    if (arrange(file, document, pipes->output[1])) {
        report.confined = yx_confinement_enter(confinement, program);
        if (report.confined)
            (void)execveat(YX_CONFINE_PROGRAM_FD, "", arguments.exec, environment, AT_EMPTY_PATH);
    }
    report.why = errno;
    while (write(tell, &report, sizeof report) < 0 && errno == EINTR)
        continue;
    _exit(127);
}

/* --- The parent --------------------------------------------------------------------------- */

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
        int64_t left = (deadline - yx_monotonic() + 999) / 1000;
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
    int64_t deadline = yx_monotonic() + (int64_t)program->seconds * YX_SECOND;
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
    struct report report;
    ssize_t got;

    do
        got = read(fd, &report, sizeof report);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof report)
        return YX_OK;
    return yx_fail_errno(err, YX_INTERNAL, report.confined ? CANNOT_START : YX_CANNOT_CONFINE,
                         program->arguments[0], report.why);
}

/* Whoever ignores SIGCHLD has no exit codes; then the caller's look at the output must do. */
static yx_status reap(const struct yx_program *program, pid_t child, struct yx_error *err)
{
    int status = 0;
    pid_t got;

    do
        got = waitpid(child, &status, 0);
    while (got < 0 && errno == EINTR);
    YX_REQUIRE(got < 0 || !WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS, err, YX_DAMAGED, "",
               N_("{1} tried what no reader of a document needs to do, and was ended"),
               program->arguments[0]);
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

static yx_status start(const struct yx_program *program, int file, int document,
                       struct pipes *pipes, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_confinement) struct yx_confinement confinement = {.folders = -1};
    pid_t child;

    YX_TRY(yx_confinement_prepare(program, file, document, &confinement, err));
    if (pipe2(pipes->output, O_CLOEXEC) != 0 || pipe2(pipes->report, O_CLOEXEC) != 0)
        return yx_fail_errno(err, YX_INTERNAL, CANNOT_START, program->arguments[0], errno);
    child = fork();
    if (child == 0)
        become(program, &confinement, file, document, pipes);
    if (child < 0)
        return yx_fail_errno(err, YX_INTERNAL, CANNOT_START, program->arguments[0], errno);
    return follow(program, child, pipes, out, err);
}

/* --- The program -------------------------------------------------------------------------- */

/* The descriptor of a file that can be executed, or -1. */
static int open_executable(const char *path)
{
    struct stat status;
    int fd = open(path, O_PATH | O_CLOEXEC);

    if (fd >= 0 && (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
                    faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) != 0)) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

/* Looks through PATH as a shell does, but never in the current folder. */
static int look_up(const char *name)
{
    const char *folder = getenv("PATH");
    char path[PATH_MAX];
    int fd = -1;

    if (strchr(name, '/') != NULL)
        return open_executable(name);
    folder = folder == NULL ? "/usr/local/bin:/usr/bin:/bin" : folder;
    while (*folder != '\0' && fd < 0) {
        int len = (int)strcspn(folder, ":");

        if (*folder == '/' && snprintf(path, sizeof path, "%.*s/%s", len, folder, name) < PATH_MAX)
            fd = open_executable(path);
        folder += len + (folder[len] == ':');
    }
    return fd;
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

/* --- Here or elsewhere -------------------------------------------------------------------- */

/* How this process starts programs is one of its traits, as its confinement is: set once, before
 * it works. */
static struct yx_program_runner elsewhere;

void yx_program_delegate(const struct yx_program_runner *runner)
{
    elsewhere = *runner;
}

static yx_status run_here(const struct yx_program *program, int document, struct yx_buf *out,
                          struct yx_error *err)
{
    YX_CLEAN(pipes) struct pipes pipes = {{-1, -1}, {-1, -1}};
    YX_CLEAN(fd) int file = look_up(program->arguments[0]);

    YX_REQUIRE(file >= 0, err, YX_REFUSED, "",
               N_("the program {1} is not installed; it comes with the package {2}"),
               program->arguments[0], program->package);
    return start(program, file, document, &pipes, out, err);
}

yx_status yx_program_run(const struct yx_program *program, const struct yx_source *document,
                         struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(fd) int memory = -1;
    int input = yx_source_fd(document);

    if (input < 0) {
        YX_TRY(spill(yx_source_memory(document), &memory, err));
        input = memory;
    }
    if (elsewhere.run != NULL)
        return elsewhere.run(elsewhere.self, program, input, out, err);
    return run_here(program, input, out, err);
}
