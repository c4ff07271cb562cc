/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/output.c - text on its way to people: cleaned, measured, wrapped, coloured. Whatever comes
 * out of a document passes cli_put, so that no name can move the cursor or turn the writing.
 */
#include <errno.h>
#include <langinfo.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"

/* --- Characters -------------------------------------------------------------------------- */

struct range {
    uint32_t first, last;
};

static bool in_ranges(uint32_t c, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    return false;
}

/* C0 and C1 controls, line separators, and what changes the direction of writing (UAX #9). */
static bool is_unsafe(uint32_t c)
{
    static const struct range ranges[] = {{0x00, 0x1F},     {0x7F, 0x9F},      {0x061C, 0x061C},
                                          {0x200B, 0x200F}, {0x2028, 0x202E},  {0x2060, 0x206F},
                                          {0xFEFF, 0xFEFF}, {0xE0000, 0xE0FFF}};

    return in_ranges(c, ranges, sizeof ranges / sizeof ranges[0]);
}

/* East Asian wide and fullwidth characters (UAX #11). */
static bool is_wide(uint32_t c)
{
    static const struct range ranges[] = {{0x1100, 0x115F}, {0x2E80, 0xA4CF},   {0xAC00, 0xD7A3},
                                          {0xF900, 0xFAFF}, {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
                                          {0xFFE0, 0xFFE6}, {0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD}};

    return in_ranges(c, ranges, sizeof ranges / sizeof ranges[0]);
}

/* Punctuation that must not start a line (GB/T 15834). */
static bool sticks_to_left(uint32_t c)
{
    static const struct range ranges[] = {
        {')', ')'},       {',', ','},       {'.', '.'},       {':', ';'},       {0x3001, 0x3002},
        {0xFF0C, 0xFF0C}, {0xFF1A, 0xFF1B}, {0xFF01, 0xFF01}, {0xFF09, 0xFF09}, {0xFF1F, 0xFF1F},
        {0x300B, 0x300B}, {0x300D, 0x300D}, {0x201D, 0x201D}};

    return in_ranges(c, ranges, sizeof ranges / sizeof ranges[0]);
}

/* Takes one character; bytes that are no UTF-8 come one by one as '?'. */
static struct yx_bytes next_character(struct yx_bytes *rest, uint32_t *code_point)
{
    size_t len = yx_utf8_next(*rest, code_point);
    struct yx_bytes character = YX_BYTES(rest->data, len);

    if (len == 0 || is_unsafe(*code_point)) {
        character = YX_TEXT("?");
        *code_point = '?';
    }
    len = len == 0 ? 1 : len;
    *rest = YX_BYTES(rest->data + len, rest->len - len);
    return character;
}

void cli_put_bytes(FILE *out, struct yx_bytes text)
{
    uint32_t code_point;

    while (text.len > 0) {
        struct yx_bytes character = next_character(&text, &code_point);

        (void)fwrite(character.data, 1, character.len, out);
    }
}

void cli_put(FILE *out, const char *text)
{
    cli_put_bytes(out, YX_TEXT(text));
}

unsigned cli_width(const char *text)
{
    struct yx_bytes rest = YX_TEXT(text);
    unsigned width = 0;
    uint32_t code_point;

    while (rest.len > 0) {
        (void)next_character(&rest, &code_point);
        width += is_wide(code_point) ? 2 : 1;
    }
    return width;
}

void cli_pad(FILE *out, const char *text, unsigned columns)
{
    cli_put(out, text);
    for (unsigned width = cli_width(text); width < columns; width++)
        (void)fputc(' ', out);
}

/* --- Sentences --------------------------------------------------------------------------- */

void cli_say_va(FILE *out, const char *text, va_list list)
{
    const char *arguments[YX_MESSAGE_ARGS] = {0};

    for (size_t i = 0; i < YX_MESSAGE_ARGS && (arguments[i] = va_arg(list, const char *)) != NULL;)
        i++;
    while (*text != '\0') {
        bool place = text[0] == '{' && text[1] >= '1' && text[1] <= '6' && text[2] == '}';
        const char *argument = place ? arguments[text[1] - '1'] : NULL;

        if (argument != NULL)
            cli_put(out, argument);
        else
            (void)fputc(*text, out);
        text += argument != NULL ? 3 : 1;
    }
}

void cli_say_list(FILE *out, const char *text, ...)
{
    va_list list;

    va_start(list, text);
    cli_say_va(out, text, list);
    va_end(list);
}

/* The part up to the next place where a line may break, and its width with a following space. */
static size_t next_word(struct yx_bytes text, unsigned *width)
{
    struct yx_bytes rest = text;
    uint32_t code_point;

    *width = 0;
    while (rest.len > 0) {
        struct yx_bytes before = rest;
        bool wide;

        (void)next_character(&rest, &code_point);
        wide = is_wide(code_point);
        if (wide && !sticks_to_left(code_point) && before.len != text.len)
            return text.len - before.len;
        *width += wide ? 2 : 1;
        if (code_point == ' ')
            return text.len - rest.len;
        if (wide && rest.len > 0) {
            struct yx_bytes ahead = rest;
            uint32_t following;

            (void)next_character(&ahead, &following);
            if (!sticks_to_left(following))
                return text.len - rest.len;
        }
    }
    return text.len;
}

void cli_wrap(FILE *out, const char *text, unsigned indent, unsigned columns)
{
    struct yx_bytes rest = YX_TEXT(text);
    unsigned at = indent;
    bool owes_space = false;

    while (rest.len > 0) {
        unsigned width;
        size_t len = next_word(rest, &width);
        bool space = rest.data[len - 1] == ' ';

        if (columns > indent && at > indent && at + width - (space ? 1 : 0) > columns) {
            (void)fprintf(out, "\n%*s", (int)indent, "");
            at = indent;
            owes_space = false;
        }
        if (owes_space)
            (void)fputc(' ', out);
        cli_put_bytes(out, YX_BYTES(rest.data, len - (space ? 1 : 0)));
        owes_space = space;
        at += width;
        rest = YX_BYTES(rest.data + len, rest.len - len);
    }
}

/* --- Look -------------------------------------------------------------------------------- */

static unsigned terminal_columns(int fd)
{
    struct winsize size;
    unsigned columns = 80;

    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
        columns = size.ws_col;
    return columns > 110 ? 110 : columns;
}

yx_status cli_look_at(const struct cli_args *args, FILE *out, struct cli_look *look,
                      struct yx_error *err)
{
    const char *when = cli_value(args, "color");
    const char *no_color = getenv("NO_COLOR");
    bool terminal = isatty(fileno(out)) != 0;
    bool automatic = when == NULL || strcmp(when, "auto") == 0;

    YX_REQUIRE(automatic || strcmp(when, "always") == 0 || strcmp(when, "never") == 0, err,
               YX_USAGE, "", N_("--color takes auto, always or never, not {1}"), when);
    *look = (struct cli_look){
        .out = out,
        .color = automatic ? terminal && (no_color == NULL || no_color[0] == '\0')
                           : strcmp(when, "always") == 0,
        .unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
        .columns = terminal ? terminal_columns(fileno(out)) : 0,
    };
    return YX_OK;
}

void cli_style_on(const struct cli_look *look, cli_style style)
{
    static const char *const codes[] = {
        [CLI_PLAIN] = "",         [CLI_GOOD] = "\033[32m", [CLI_BAD] = "\033[1;31m",
        [CLI_DOUBT] = "\033[33m", [CLI_FAINT] = "\033[2m", [CLI_STRONG] = "\033[1m",
    };

    if (look->color)
        fputs(codes[style], look->out);
}

void cli_style_off(const struct cli_look *look)
{
    if (look->color)
        fputs("\033[0m", look->out);
}

/* --- Numbers ----------------------------------------------------------------------------- */

struct cli_short cli_mm_text(double millimetres)
{
    struct cli_short out;

    (void)snprintf(out.text, sizeof out.text, "%.1f", millimetres);
    return out;
}

struct cli_short cli_size_text(uint64_t bytes)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB"};
    struct cli_short out;
    double size = (double)bytes / 1000;
    size_t unit = 0;

    while (size >= 999.95 && unit + 1 < sizeof units / sizeof units[0]) {
        size /= 1000;
        unit++;
    }
    (void)snprintf(out.text, sizeof out.text, "%.1f %s", size, units[unit]);
    return out;
}

static bool local_time(yx_time time, struct tm *local)
{
    time_t seconds = (time_t)(time / YX_SECOND);

    return time != YX_TIME_NONE && localtime_r(&seconds, local) != NULL;
}

struct cli_short cli_day_text(yx_time time)
{
    struct cli_short out = {"-"};
    struct tm local;

    if (local_time(time, &local))
        (void)strftime(out.text, sizeof out.text, "%Y-%m-%d", &local);
    return out;
}

struct cli_short cli_moment_text(yx_time time)
{
    struct cli_short out = {"-"};
    struct tm local;
    size_t len;

    if (!local_time(time, &local))
        return out;
    len = strftime(out.text, sizeof out.text, "%Y-%m-%d %H:%M:%S %z", &local);
    /* +0800 -> +08:00 */
    if (len > 5 && len + 1 < sizeof out.text) {
        memmove(out.text + len - 1, out.text + len - 2, 3);
        out.text[len - 2] = ':';
    }
    return out;
}

/* --- Errors ------------------------------------------------------------------------------ */

int cli_exit_code(yx_status status)
{
    /* sysexits.h, and 1 for what a rule refuses */
    static const int codes[] = {
        [YX_OK] = 0,       [YX_REFUSED] = 1,    [YX_USAGE] = 64,
        [YX_DAMAGED] = 65, [YX_NO_INPUT] = 66,  [YX_NO_OUTPUT] = 73,
        [YX_IO] = 74,      [YX_NO_MEMORY] = 71, [YX_INTERNAL] = 70,
    };

    return codes[status];
}

int cli_complain(const struct yx_error *err, const char *about)
{
    char sentence[4096];

    yx_message_render(&err->message, cli_translate, sentence, sizeof sentence);
    (void)fflush(stdout);
    fputs("yinxin: ", stderr);
    if (about != NULL && strstr(sentence, about) == NULL)
        cli_say(stderr, "{1}: ", about);
    cli_put(stderr, sentence);
    if (err->rule != NULL && err->rule[0] != '\0')
        cli_say(stderr, " [{1}]", err->rule);
    (void)fputc('\n', stderr);
    return cli_exit_code(err->status);
}

yx_status cli_flush(struct yx_error *err)
{
    errno = 0;
    if (fflush(stdout) != 0 || ferror(stdout) != 0)
        return yx_fail_errno(err, YX_IO, N_("cannot write {1}: {2}"), "stdout",
                             errno == 0 ? EIO : errno);
    return YX_OK;
}
