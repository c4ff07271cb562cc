/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/passphrase.c - where passphrases and PINs come from: a file, the environment, the terminal.
 * Never from the command line, where every user of the machine could read them.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "cli/cli.h"

#define PASSPHRASE_MAX 1024

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
    if (got < 0)
        return yx_fail_errno(err, YX_NO_INPUT, N_("the passphrase could not be read from {1}: {2}"),
                             name, errno);
    if (out->len > 0 && out->data[out->len - 1] == '\r')
        out->len--;
    YX_REQUIRE(out->len > 0, err, YX_USAGE, "", N_("the passphrase from {1} is empty"), name);
    return YX_OK;
}

/* Opened without looking at its kind: `--passphrase-file <(...)` is a pipe. */
yx_status cli_passphrase_file(const char *path, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(open_file) struct open_file file = {open(path, O_RDONLY | O_CLOEXEC)};

    if (file.fd < 0)
        return yx_fail_errno(err, YX_NO_INPUT, N_("cannot open {1}: {2}"), path, errno);
    return read_line(file.fd, path, out, err);
}

/* --- The terminal ------------------------------------------------------------------------ */

static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
#define STOP_COUNT (sizeof stops / sizeof stops[0])

/* The terminal and the signals as they were before the question. */
struct asking {
    int tty;
    struct termios terminal;
    sigset_t mask;
    struct sigaction actions[STOP_COUNT];
};

/* Does nothing: its being there ends the waiting, and then the terminal is put back. */
static void stop(int number)
{
    (void)number;
}

/* Echo off; signals that would leave it off are held back until somebody waits for them. */
static yx_status asking_start(struct asking *asking, int tty, struct yx_error *err)
{
    struct sigaction action = {.sa_handler = stop};
    struct termios hidden;
    sigset_t held;

    asking->tty = tty;
    if (tcgetattr(tty, &asking->terminal) != 0)
        return yx_fail_errno(err, YX_NO_INPUT, N_("cannot open {1}: {2}"), "/dev/tty", errno);
    (void)sigemptyset(&held);
    for (size_t i = 0; i < STOP_COUNT; i++)
        (void)sigaddset(&held, stops[i]);
    (void)sigprocmask(SIG_BLOCK, &held, &asking->mask);
    for (size_t i = 0; i < STOP_COUNT; i++)
        (void)sigaction(stops[i], &action, &asking->actions[i]);
    hidden = asking->terminal;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    (void)tcsetattr(tty, TCSAFLUSH, &hidden);
    return YX_OK;
}

static void asking_end(struct asking *asking)
{
    (void)tcsetattr(asking->tty, TCSAFLUSH, &asking->terminal);
    for (size_t i = 0; i < STOP_COUNT; i++)
        (void)sigaction(stops[i], &asking->actions[i], NULL);
    (void)sigprocmask(SIG_SETMASK, &asking->mask, NULL);
    (void)dprintf(asking->tty, "\n");
}

/* Waits for a whole line (the terminal edits it) or for a signal, whichever comes first. */
static yx_status read_answer(const struct asking *asking, struct yx_buf *out, struct yx_error *err)
{
    struct pollfd wait = {.fd = asking->tty, .events = POLLIN};

    YX_REQUIRE(ppoll(&wait, 1, NULL, &asking->mask) > 0, err, YX_REFUSED, "",
               N_("stopped at the question for a passphrase"));
    return read_line(asking->tty, "/dev/tty", out, err);
}

static yx_status ask_once(int tty, const char *question, const char *path, struct yx_buf *out,
                          struct yx_error *err)
{
    struct asking asking;
    struct yx_message message;
    char text[1024];
    yx_status status;

    yx_message_set(&message, question, path);
    yx_message_render(&message, cli_translate, text, sizeof text);
    YX_TRY(asking_start(&asking, tty, err));
    (void)dprintf(tty, "%s", text);
    status = read_answer(&asking, out, err);
    asking_end(&asking);
    return status;
}

/* A secret, and where it may come from. */
struct secret {
    const char *option;   /* names a file */
    const char *variable; /* of the environment */
    const char *question; /* N_(), {1} is whose it is */
    const char *missing;  /* N_(), what to do when there is no terminal: {1}, {2} the variable */
    bool fresh;           /* is typed twice */
};

static yx_status from_terminal(const struct secret *secret, const char *name, struct yx_buf *out,
                               struct yx_error *err)
{
    YX_CLEAN(open_file) struct open_file tty = {open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)};
    YX_CLEAN(yx_buf) struct yx_buf again = {0};

    YX_REQUIRE(tty.fd >= 0, err, YX_USAGE, "", secret->missing, name, secret->variable,
               secret->option);
    YX_TRY(ask_once(tty.fd, secret->question, name, out, err));
    if (!secret->fresh)
        return YX_OK;
    YX_TRY(ask_once(tty.fd, N_("The same again: "), name, &again, err));
    YX_REQUIRE(yx_bytes_equal_secret(yx_buf_bytes(out), yx_buf_bytes(&again)), err, YX_USAGE, "",
               N_("the two passphrases differ"));
    return YX_OK;
}

/* --- Choosing ---------------------------------------------------------------------------- */

static const char *from_environment(const char *variable)
{
    const char *value = getenv(variable);

    return value == NULL || value[0] == '\0' ? NULL : value;
}

static yx_status find_secret(const char *file, const struct secret *secret, const char *name,
                             struct yx_buf *out, struct yx_error *err)
{
    const char *value = from_environment(secret->variable);

    if (file != NULL)
        return cli_passphrase_file(file, out, err);
    if (value == NULL)
        return from_terminal(secret, name, out, err);
    return yx_buf_append(out, YX_TEXT(value)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

yx_status cli_passphrase(const struct cli_args *args, const char *option, const char *path,
                         bool fresh, struct yx_buf *out, struct yx_error *err)
{
    const struct secret secret = {
        .option = "passphrase-file",
        .variable = "YINXIN_PASSPHRASE",
        .question = fresh ? N_("New passphrase for {1}: ") : N_("Passphrase of {1}: "),
        .missing = N_("{1} needs a passphrase: give --passphrase-file, set {2}, or run this on a "
                      "terminal"),
        .fresh = fresh,
    };
    const char *file = cli_value(args, option);

    return find_secret(file != NULL ? file : cli_value(args, "passphrase-file"), &secret, path, out,
                       err);
}

yx_status cli_new_password(const struct cli_args *args, const char *name, struct yx_buf *out,
                           struct yx_error *err)
{
    static const struct secret password = {
        .option = "password-file",
        .variable = "YINXIN_PASSWORD",
        .question = N_("New password for {1}: "),
        .missing = N_("{1} needs a password: give --{3}, set {2}, or run this on a terminal"),
        .fresh = true,
    };

    return find_secret(cli_value(args, password.option), &password, name, out, err);
}

/* --- PINs -------------------------------------------------------------------------------- */

#define PIN_MISSING \
    N_("the token {1} asks for a PIN: give --{3}, set {2}, or run this on a terminal")

static const struct secret pins[] = {
    [YX_PIN_USER] = {"pin-file", "YINXIN_PIN", N_("PIN of the token {1}: "), PIN_MISSING, false},
    [YX_PIN_ADMIN] = {"so-pin-file", "YINXIN_SO_PIN", N_("Administrator PIN of the token {1}: "),
                      PIN_MISSING, false},
    [YX_PIN_NEW_USER] = {"new-pin-file", "YINXIN_NEW_PIN", N_("New PIN for the token {1}: "),
                         PIN_MISSING, true},
    [YX_PIN_NEW_ADMIN] = {"new-so-pin-file", "YINXIN_NEW_SO_PIN",
                          N_("New administrator PIN for the token {1}: "), PIN_MISSING, true},
};

yx_status cli_ask_pin(void *self, const struct yx_pin_question *question, struct yx_buf *pin,
                      struct yx_error *err)
{
    const struct cli_args *args = self;
    const struct secret *secret = &pins[question->role];

    if (question->role == YX_PIN_FILE)
        return cli_passphrase(args, "passphrase-file", question->name, false, pin, err);
    return find_secret(cli_value(args, secret->option), secret, question->name, pin, err);
}
