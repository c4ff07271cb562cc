/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/passphrase.c - where passphrases come from: a file, the environment, the terminal. Never
 * from the command line, where every user of the machine could read them.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "cli/cli.h"

#define PASSPHRASE_MAX 1024
#define VARIABLE "YINXIN_PASSPHRASE"

struct open_file {
    int fd;
};
static void open_file_close(struct open_file *file)
{
    if (file->fd >= 0)
        (void)close(file->fd);
}
YX_DEFINE_CLEAN_VALUE(open_file, struct open_file, open_file_close);

/*
 * Reads up to the end of the line, byte by byte: what follows may be meant for others. The buffer
 * never moves, so no copy of the secret is left behind.
 */
static yx_status read_line(int fd, const char *name, struct yx_buf *out, struct yx_error *err)
{
    char c;
    ssize_t got;

    if (yx_buf_reserve(out, PASSPHRASE_MAX + 1) != YX_OK)
        return yx_fail_memory(err);
    while ((got = read(fd, &c, 1)) == 1 && c != '\n') {
        YX_REQUIRE(out->len < PASSPHRASE_MAX, err, YX_USAGE, "",
                   N_("the passphrase from {1} is longer than {2} bytes"), name,
                   YX_NUM(PASSPHRASE_MAX));
        YX_TRY(yx_buf_append(out, YX_BYTES(&c, 1)));
    }
    YX_REQUIRE(got >= 0 || errno != EINTR, err, YX_REFUSED, "",
               N_("stopped at the question for a passphrase"));
    if (got < 0)
        return yx_fail_errno(err, YX_NO_INPUT, N_("the passphrase could not be read from {1}: {2}"),
                             name, errno);
    if (out->len > 0 && out->data[out->len - 1] == '\r')
        out->len--;
    YX_REQUIRE(out->len > 0, err, YX_USAGE, "", N_("the passphrase from {1} is empty"), name);
    return YX_OK;
}

/* Opened without looking at its kind: `--passphrase-file <(...)` is a pipe. */
static yx_status from_file(const char *path, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(open_file) struct open_file file = {open(path, O_RDONLY | O_CLOEXEC)};

    if (file.fd < 0)
        return yx_fail_errno(err, YX_NO_INPUT, N_("cannot open {1}: {2}"), path, errno);
    return read_line(file.fd, path, out, err);
}

/* --- The terminal ------------------------------------------------------------------------ */

/* Does nothing: its being there makes read(2) return, and then the terminal is put back. */
static void interrupt(int number)
{
    (void)number;
}

static void catch_signals(const struct sigaction *action, struct sigaction old[3])
{
    static const int signals[3] = {SIGINT, SIGTERM, SIGHUP};

    for (size_t i = 0; i < 3; i++)
        (void)sigaction(signals[i], action == NULL ? &old[i] : action,
                        action == NULL ? NULL : &old[i]);
}

static yx_status ask_once(int tty, const char *question, const char *path, struct yx_buf *out,
                          struct yx_error *err)
{
    struct sigaction quiet = {.sa_handler = interrupt};
    struct sigaction old[3];
    struct termios before, hidden;
    struct yx_message message;
    char text[1024];
    yx_status status;

    yx_message_set(&message, question, path);
    yx_message_render(&message, cli_translate, text, sizeof text);
    if (tcgetattr(tty, &before) != 0)
        return yx_fail_errno(err, YX_NO_INPUT, N_("cannot open {1}: {2}"), "/dev/tty", errno);
    hidden = before;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    catch_signals(&quiet, old);
    (void)tcsetattr(tty, TCSAFLUSH, &hidden);
    (void)dprintf(tty, "%s", text);
    status = read_line(tty, "/dev/tty", out, err);
    (void)tcsetattr(tty, TCSAFLUSH, &before);
    catch_signals(NULL, old);
    (void)dprintf(tty, "\n");
    return status;
}

static yx_status from_terminal(const char *path, bool fresh, struct yx_buf *out,
                               struct yx_error *err)
{
    YX_CLEAN(open_file) struct open_file tty = {open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)};
    YX_CLEAN(yx_buf) struct yx_buf again = {0};

    YX_REQUIRE(tty.fd >= 0, err, YX_USAGE, "",
               N_("{1} needs a passphrase: give --passphrase-file, set {2}, or run this on a "
                  "terminal"),
               path, VARIABLE);
    if (!fresh)
        return ask_once(tty.fd, N_("Passphrase of {1}: "), path, out, err);
    YX_TRY(ask_once(tty.fd, N_("New passphrase for {1}: "), path, out, err));
    YX_TRY(ask_once(tty.fd, N_("The same again: "), path, &again, err));
    YX_REQUIRE(yx_bytes_equal_secret(yx_buf_bytes(out), yx_buf_bytes(&again)), err, YX_USAGE, "",
               N_("the two passphrases differ"));
    return YX_OK;
}

/* --- Choosing ---------------------------------------------------------------------------- */

static const char *from_environment(void)
{
    const char *value = getenv(VARIABLE);

    return value == NULL || value[0] == '\0' ? NULL : value;
}

bool cli_passphrase_is_given(const struct cli_args *args)
{
    return cli_has(args, "passphrase-file") || from_environment() != NULL;
}

yx_status cli_passphrase(const struct cli_args *args, const char *option, const char *path,
                         bool fresh, struct yx_buf *out, struct yx_error *err)
{
    const char *file = cli_value(args, option);
    const char *variable = from_environment();

    if (file == NULL)
        file = cli_value(args, "passphrase-file");
    if (file != NULL)
        return from_file(file, out, err);
    if (variable == NULL)
        return from_terminal(path, fresh, out, err);
    return yx_buf_append(out, YX_TEXT(variable)) == YX_OK ? YX_OK : yx_fail_memory(err);
}
