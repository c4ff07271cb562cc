/* SPDX-License-Identifier: Apache-2.0 */
/* cli/help.c - `yinxin help [COMMAND]`, out of the same tables that parse the command line. */
#include "ca/ca.h"
#include "cli/cli.h"

#define COLUMNS 80
#define OPTION_COLUMN 24

/* Is it "GROUP something"? Every command is of the group "". */
static bool is_of_group(const struct cli_command *command, const char *group)
{
    size_t len = strlen(group);

    return len == 0 || (strncmp(command->name, group, len) == 0 && command->name[len] == ' ');
}

bool cli_help_group(FILE *out, const char *group)
{
    size_t count;
    const struct cli_command *const *commands = cli_commands(&count);
    unsigned widest = 0;

    for (size_t i = 0; i < count; i++)
        if (is_of_group(commands[i], group) && strlen(commands[i]->name) > widest)
            widest = (unsigned)strlen(commands[i]->name);
    for (size_t i = 0; i < count; i++) {
        if (!is_of_group(commands[i], group))
            continue;
        fputs("  yinxin ", out);
        cli_pad(out, commands[i]->name, widest + 2);
        cli_wrap(out, _(commands[i]->summary), widest + 11, COLUMNS);
        (void)fputc('\n', out);
    }
    return widest > 0;
}

static void show_overview(FILE *out)
{
    cli_say(out, _("Yinxin (印信): electronic seals and digital certificates.\n\n"));
    (void)cli_help_group(out, "");
    (void)fputc('\n', out);
    cli_wrap(out,
             _("`yinxin help COMMAND` says more about each. Passphrases come from "
               "--passphrase-file, from YINXIN_PASSPHRASE, or from the terminal; never from the "
               "command line."),
             0, COLUMNS);
    (void)fputc('\n', out);
}

static void show_option(FILE *out, const struct cli_option *option)
{
    char name[64];
    int len = snprintf(name, sizeof name, "  %s%s%s%s", option->name[1] == '\0' ? "-" : "--",
                       option->name, option->value == NULL ? "" : " ",
                       option->value == NULL ? "" : option->value);

    if (len + 2 > OPTION_COLUMN)
        (void)fprintf(out, "%s\n%*s", name, OPTION_COLUMN, "");
    else
        cli_pad(out, name, OPTION_COLUMN);
    cli_wrap(out, _(option->help), OPTION_COLUMN, COLUMNS);
    if (option->required)
        cli_say(out, _(" (needed)"));
    (void)fputc('\n', out);
}

static void show_profiles(FILE *out)
{
    size_t count;
    const struct yx_ca_profile *profiles = yx_ca_profiles(NULL, &count);

    cli_say(out, _("\nProfiles:\n"));
    for (size_t i = 0; i < count; i++) {
        fputs("  ", out);
        cli_pad(out, profiles[i].name, 20);
        cli_wrap(out, _(profiles[i].summary), 22, COLUMNS);
        cli_say(out, _(" ({1} days)\n"), YX_NUM(profiles[i].days));
    }
}

static void show_command(FILE *out, const struct cli_command *command)
{
    cli_say(out, "yinxin {1}{2}{3} [{4}]...\n\n", command->name,
            command->operands[0] == '\0' ? "" : " ", command->operands, _("OPTION"));
    cli_wrap(out, _(command->summary), 0, COLUMNS);
    fputs("\n\n", out);
    for (const struct cli_option *option = command->options; option->name != NULL; option++)
        show_option(out, option);
    if (command == &cli_ca_issue)
        show_profiles(out);
    if (command->details == NULL)
        return;
    (void)fputc('\n', out);
    cli_wrap(out, _(command->details), 0, COLUMNS);
    (void)fputc('\n', out);
}

void cli_help_show(FILE *out, const struct cli_command *command)
{
    if (command == NULL)
        show_overview(out);
    else
        show_command(out, command);
}

static yx_status run(struct cli_args *args, struct yx_error *err)
{
    size_t used;
    const struct cli_command *command =
        cli_command_find(args->operands, args->operand_count, &used);

    if (args->operand_count == 0) {
        cli_help_show(stdout, NULL);
        return YX_OK;
    }
    if (args->operand_count == 1 && command == NULL && cli_help_group(stdout, args->operands[0]))
        return YX_OK;
    YX_REQUIRE(command != NULL && used == args->operand_count, err, YX_USAGE, "",
               N_("there is no command {1}; `yinxin help` lists them"),
               args->operands[args->operand_count - 1]);
    cli_help_show(stdout, command);
    return YX_OK;
}

static const struct cli_option options[] = {CLI_HELP_OPTION, CLI_NO_MORE_OPTIONS};

const struct cli_command cli_help = {
    .name = "help",
    .operands = "[COMMAND]...",
    .summary = N_("list the commands, or explain one"),
    .details = NULL,
    .options = options,
    .run = run,
};
