/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/args.c - the command line against the table of a command's options. Long options are taken
 * by their whole name only (getopt_long would take any unique beginning, and scripts that rely on
 * one break when an option is added).
 */
#include <stdlib.h>

#include "cli/cli.h"

static const struct cli_option *find(const struct cli_command *command, const char *name,
                                     size_t len)
{
    const struct cli_option *option = command->options;

    while (option->name != NULL && !yx_bytes_equal(YX_TEXT(option->name), YX_BYTES(name, len)))
        option++;
    return option->name == NULL ? NULL : option;
}

struct scan {
    const char *const *argv;
    size_t count;
    size_t at;
};

static yx_status add_given(struct cli_args *args, const struct cli_option *option,
                           const char *value, struct yx_error *err)
{
    YX_REQUIRE(option->many || !cli_has(args, option->name), err, YX_USAGE, "",
               N_("option {1} stands twice"), option->name);
    args->given[args->given_count++] = (struct cli_given){option, value};
    return YX_OK;
}

/* `text` is the argument as written, `name` of `len` bytes the option in it, `value` what follows
 * its '=' or letter; NULL when nothing does. */
static yx_status take_option(struct scan *scan, struct cli_args *args, const char *text,
                             struct yx_bytes name, const char *value, struct yx_error *err)
{
    const struct cli_option *option = find(args->command, (const char *)name.data, name.len);

    YX_REQUIRE(option != NULL, err, YX_USAGE, "", N_("{1} has no option {2}"), args->command->name,
               text);
    if (option->value == NULL) {
        YX_REQUIRE(value == NULL, err, YX_USAGE, "", N_("option {1} takes no value"), option->name);
        return add_given(args, option, NULL, err);
    }
    if (value == NULL && scan->at < scan->count)
        value = scan->argv[scan->at++];
    YX_REQUIRE(value != NULL, err, YX_USAGE, "", N_("option {1} needs a value"), text);
    return add_given(args, option, value, err);
}

static yx_status take_long(struct scan *scan, struct cli_args *args, const char *text,
                           struct yx_error *err)
{
    const char *name = text + 2;
    size_t len = strcspn(name, "=");

    YX_REQUIRE(len > 1, err, YX_USAGE, "", N_("{1} has no option {2}"), args->command->name, text);
    return take_option(scan, args, text, YX_BYTES(name, len),
                       name[len] == '=' ? name + len + 1 : NULL, err);
}

static yx_status take_argument(struct scan *scan, struct cli_args *args, bool *only_operands,
                               struct yx_error *err)
{
    const char *text = scan->argv[scan->at++];

    if (*only_operands || text[0] != '-' || text[1] == '\0') {
        args->operands[args->operand_count++] = text;
        return YX_OK;
    }
    if (strcmp(text, "--") == 0) {
        *only_operands = true;
        return YX_OK;
    }
    if (text[1] == '-')
        return take_long(scan, args, text, err);
    return take_option(scan, args, text, YX_BYTES(text + 1, 1), text[2] == '\0' ? NULL : text + 2,
                       err);
}

/* "IN" wants one, "DIR CERT|SERIAL" two, "FILE..." one or more, "[COMMAND]..." any number. */
static yx_status check_operands(const struct cli_args *args, struct yx_error *err)
{
    const char *pattern = args->command->operands;
    bool many = strstr(pattern, "...") != NULL;
    size_t wanted = pattern[0] != '\0' && pattern[0] != '[' ? 1 : 0;

    for (const char *c = pattern; *c != '\0'; c++)
        wanted += *c == ' ' ? 1 : 0;
    YX_REQUIRE(args->operand_count >= wanted, err, YX_USAGE, "", N_("{1} wants {2}"),
               args->command->name, pattern);
    YX_REQUIRE(many || args->operand_count == wanted, err, YX_USAGE, "",
               N_("{1} does not know what to do with {2}"), args->command->name,
               args->operands[args->operand_count - 1]);
    return YX_OK;
}

static yx_status check_required(const struct cli_args *args, struct yx_error *err)
{
    for (const struct cli_option *option = args->command->options; option->name != NULL; option++)
        YX_REQUIRE(!option->required || cli_has(args, option->name), err, YX_USAGE, "",
                   N_("{1} needs the option {2}{3}"), args->command->name,
                   option->name[1] == '\0' ? "-" : "--", option->name);
    return YX_OK;
}

yx_status cli_args_parse(const struct cli_command *command, const char *const *argv, size_t count,
                         struct cli_args *out, struct yx_error *err)
{
    YX_CLEAN(cli_args) struct cli_args args = {.command = command};
    struct scan scan = {.argv = argv, .count = count};
    bool only_operands = false;

    args.operands = calloc(count + 1, sizeof *args.operands);
    args.given = calloc(count + 1, sizeof *args.given);
    if (args.operands == NULL || args.given == NULL)
        return yx_fail_memory(err);
    while (scan.at < scan.count)
        YX_TRY(take_argument(&scan, &args, &only_operands, err));
    if (!cli_has(&args, "help")) {
        YX_TRY(check_operands(&args, err));
        YX_TRY(check_required(&args, err));
    }
    *out = args;
    args = (struct cli_args){0};
    return YX_OK;
}

void cli_args_free(struct cli_args *args)
{
    free(args->operands);
    free(args->given);
}

/* --- Values ------------------------------------------------------------------------------ */

const char *cli_next_value(const struct cli_args *args, const char *option, size_t *at)
{
    while (*at < args->given_count) {
        const struct cli_given *given = &args->given[(*at)++];

        if (strcmp(given->option->name, option) == 0)
            return given->value == NULL ? "" : given->value;
    }
    return NULL;
}

const char *cli_value(const struct cli_args *args, const char *option)
{
    size_t at = 0;

    return cli_next_value(args, option, &at);
}

bool cli_has(const struct cli_args *args, const char *option)
{
    return cli_value(args, option) != NULL;
}

bool cli_whole(const char *text, int64_t *out)
{
    size_t len = strspn(text, "0123456789");
    int64_t value = 0;

    if (len == 0 || len > 18 || text[len] != '\0')
        return false;
    for (const char *c = text; *c != '\0'; c++)
        value = value * 10 + (*c - '0');
    *out = value;
    return true;
}

yx_status cli_int(const struct cli_args *args, const char *option, int64_t min, int64_t max,
                  int64_t *out, struct yx_error *err)
{
    const char *text = cli_value(args, option);
    int64_t value;

    if (text == NULL)
        return YX_OK;
    YX_REQUIRE(cli_whole(text, &value) && value >= min && value <= max, err, YX_USAGE, "",
               N_("--{1} takes a whole number from {2} to {3}, not {4}"), option, YX_NUM(min),
               YX_NUM(max), text);
    *out = value;
    return YX_OK;
}

yx_status cli_time(const struct cli_args *args, const char *option, yx_time *out,
                   struct yx_error *err)
{
    const char *text = cli_value(args, option);

    if (text == NULL)
        return YX_OK;
    YX_REQUIRE(yx_time_parse(text, out, NULL) == YX_OK, err, YX_USAGE, "RFC 3339",
               N_("--{1} takes a date (2026-11-21) or a time (2026-11-21T08:00:00Z), not {2}"),
               option, text);
    return YX_OK;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

const char *cli_decimal(const char *text, char stop, double *out)
{
    bool negative = *text == '-';
    const char *c = text + (negative ? 1 : 0);
    const char *digits = c;
    double value = 0, unit = 1;

    for (; is_digit(*c); c++)
        value = value * 10 + (*c - '0');
    if (c == digits || c - digits > 6)
        return NULL;
    if (*c == '.') {
        for (c++; is_digit(*c); c++)
            value += (*c - '0') * (unit /= 10);
        if (!is_digit(c[-1]))
            return NULL;
    }
    if (*c != stop && *c != '\0')
        return NULL;
    *out = negative ? -value : value;
    return c;
}
