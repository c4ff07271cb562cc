/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/main.c - the program `yinxin`: finds the command, parses its options, runs it, and turns how
 * it ended into an exit code (sysexits.h; docs: yinxin(1)).
 */
#include <signal.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "server/server.h"

/* In the order in which `yinxin help` lists them, one a line: so two branches may add to it. */
/* clang-format off */
static const struct cli_command *const commands[] = {
    /* Documents */
    &cli_sign,
    &cli_verify,
    &cli_extend,
    &cli_text,
    &cli_render,
    &cli_convert,
    /* Seals */
    &cli_seal_draw,
    &cli_seal_extract,
    &cli_seal_compare,
    &cli_seal_make,
    &cli_seal_show,
    &cli_seal_verify,
    /* Authorities */
    &cli_ca_init,
    &cli_ca_issue,
    &cli_ca_list,
    &cli_ca_revoke,
    &cli_ca_suspend,
    &cli_ca_restore,
    &cli_ca_renew,
    &cli_ca_crl,
    &cli_ca_serve,
    &cli_ca_ceremony,
    &cli_ca_user_add,
    &cli_ca_user_list,
    &cli_ca_user_passwd,
    &cli_ca_user_remove,
    &cli_ca_user_unlock,
    &cli_ca_pending_list,
    &cli_ca_pending_approve,
    &cli_ca_pending_refuse,
    /* Key escrow */
    &cli_escrow_init,
    &cli_escrow_list,
    &cli_escrow_ask,
    &cli_escrow_show,
    &cli_escrow_answer,
    &cli_escrow_recover,
    &cli_escrow_open,
    /* Answers to requests in files */
    &cli_tsa_reply,
    &cli_ocsp_reply,
    /* Keys */
    &cli_key_protect,
    &cli_request,
    &cli_token_list,
    &cli_token_init,
    &cli_token_generate,
    &cli_token_import,
    &cli_token_delete,
    &cli_token_test,
    &cli_token_change_pin,
    &cli_token_unlock,
    /* The service */
    &cli_serve,
    /* Records */
    &cli_audit_list,
    &cli_audit_verify,
    &cli_audit_checkpoint,
    &cli_audit_prove,
    &cli_audit_check,
    &cli_audit_export,
    &cli_audit_review,
    &cli_audit_growth,
    &cli_audit_witness,
    &cli_audit_cosigned,
    /* Services */
    &cli_config_show,
    &cli_config_check,
    &cli_account_add,
    &cli_account_list,
    &cli_account_link,
    &cli_account_reset,
    &cli_account_lock,
    &cli_account_unlock,
    &cli_account_remove,
    &cli_backup,
    &cli_restore,
    &cli_doctor,
    &cli_database_move,
    &cli_help,
};
/* clang-format on */
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

const struct cli_command *const *cli_commands(size_t *count)
{
    *count = COMMAND_COUNT;
    return commands;
}

/* How many of the words spell the command's name; 0 when they do not. */
static size_t match(const char *name, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(words[i]);

        if (strncmp(name, words[i], len) != 0 || len == 0)
            return 0;
        if (name[len] == '\0')
            return i + 1;
        if (name[len] != ' ')
            return 0;
        name += len + 1;
    }
    return 0;
}

const struct cli_command *cli_command_find(const char *const *words, size_t count, size_t *used)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        *used = match(commands[i]->name, words, count);
        if (*used > 0)
            return commands[i];
    }
    return NULL;
}

static void hint(const struct cli_command *command)
{
    fputs("yinxin: ", stderr);
    cli_say(stderr, _("see `yinxin help {1}`\n"), command == NULL ? "" : command->name);
}

static yx_status run(const struct cli_command *command, struct cli_args *args, struct yx_error *err)
{
    if (cli_has(args, "help"))
        cli_help_show(stdout, command);
    else
        YX_TRY(command->run(args, err));
    return cli_flush(err);
}

static int run_command(const struct cli_command *command, const char *const *argv, size_t count)
{
    YX_CLEAN(cli_args) struct cli_args args = {0};
    struct yx_error err = {0};
    yx_status status = cli_args_parse(command, argv, count, &args, &err);

    if (status == YX_OK)
        status = run(command, &args, &err);
    if (status == YX_OK)
        return args.verdict;
    (void)cli_complain(&err, NULL);
    if (status == YX_USAGE)
        hint(command);
    return cli_exit_code(status);
}

static int run_option(const char *option)
{
    struct yx_error err = {0};

    if (strcmp(option, "--version") == 0)
        cli_say(stdout, "yinxin {1}\n", YX_VERSION);
    else
        cli_help_show(stdout, NULL);
    return cli_flush(&err) == YX_OK ? 0 : cli_complain(&err, NULL);
}

/* What the parent of the service starts; nobody else needs to know of it. */
static int run_process(const char *const *words, size_t count)
{
    struct yx_error err = {0};
    yx_status status = yx_serve_process(words, count, &err);

    return status == YX_OK ? 0 : cli_complain(&err, NULL);
}

static bool is_program_option(const char *word)
{
    return strcmp(word, "--version") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* How many of the words begin the names of commands: "ca", "ca user". Shows those. */
static size_t show_group(const char *const *words, size_t count)
{
    char group[64];

    if (count > 1 && snprintf(group, sizeof group, "%s %s", words[0], words[1]) < 64 &&
        cli_help_group(stderr, group))
        return 2;
    return cli_help_group(stderr, words[0]) ? 1 : 0;
}

static int show_missing(const char *const *words, size_t count)
{
    size_t known = show_group(words, count);

    if (known == count)
        return cli_exit_code(YX_USAGE);
    fputs("yinxin: ", stderr);
    cli_say(stderr, _("there is no command {1}; `yinxin help` lists them"), words[known]);
    (void)fputc('\n', stderr);
    return cli_exit_code(YX_USAGE);
}

int main(int argc, char **argv)
{
    const char *const *words = (const char *const *)argv + 1;
    size_t count = argc > 0 ? (size_t)argc - 1 : 0;
    const struct cli_command *command;
    size_t used;

    /* A reader that goes away and a file that may not grow are errors of writing, not a silent
     * death. */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    cli_language_start();
    if (count == 0) {
        cli_help_show(stderr, NULL);
        return cli_exit_code(YX_USAGE);
    }
    if (strcmp(words[0], YX_SERVE_PROCESS) == 0)
        return run_process(words + 1, count - 1);
    if (is_program_option(words[0]))
        return run_option(words[0]);
    command = cli_command_find(words, count, &used);
    return command == NULL ? show_missing(words, count)
                           : run_command(command, words + used, count - used);
}
