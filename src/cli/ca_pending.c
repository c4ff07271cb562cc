/* SPDX-License-Identifier: Apache-2.0 */
/* cli/ca_pending.c - `yinxin ca pending …`: requests for certificates that wait for a person. */
#include "cli/ca.h"
#include "enrol/enrol.h"

static const char *const states[] = {
    [YX_ENROL_WAITING] = N_("waiting"),
    [YX_ENROL_APPROVED] = N_("approved"),
    [YX_ENROL_REFUSED] = N_("refused"),
};

static bool show(void *context, const struct yx_enrol_pending *pending)
{
    (void)context;
    cli_say(stdout, "{1}  {2}  ", YX_NUM(pending->number), CLI_MOMENT(pending->asked_at));
    cli_pad(stdout, _(states[pending->state]), 8);
    cli_say(stdout, "  {1}  {2}  {3}", pending->actor, pending->profile, pending->subject);
    if (pending->names[0] != '\0')
        cli_say(stdout, "  {1}", pending->names);
    cli_say(stdout, _("  (key {1}"), pending->key);
    if (pending->decided_by != NULL)
        cli_say(stdout, "; {1}", pending->decided_by);
    fputs(")\n", stdout);
    return ferror(stdout) == 0;
}

static yx_status run_list(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;

    YX_TRY(yx_ca_open(args->operands[0], &ca, err));
    return yx_enrol_each_pending(ca, cli_has(args, "all"), show, NULL, err);
}

static const struct cli_option list_options[] = {
    {.name = "all", .help = N_("also those that were decided lately")},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_ca_pending_list = {
    .name = "ca pending list",
    .operands = "DIR",
    .summary = N_("list requests for certificates that wait for approval"),
    .details = N_("Number, when it came, state, who asks, profile, subject, further names, and the "
                  "SM3 of the public key, which the asker can be asked for."),
    .options = list_options,
    .run = run_list,
};

static yx_status decide(const struct cli_args *args, bool approve, struct yx_error *err)
{
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    int64_t number;

    YX_REQUIRE(cli_whole(args->operands[1], &number), err, YX_USAGE, "",
               N_("{1} is no number of a request; `yinxin ca pending list` shows them"),
               args->operands[1]);
    YX_TRY(yx_ca_open(args->operands[0], &ca, err));
    return yx_enrol_decide(ca, number, approve, cli_actor(), err);
}

static yx_status run_approve(struct cli_args *args, struct yx_error *err)
{
    YX_TRY(decide(args, true, err));
    cli_say(stdout,
            _("request {1} is approved: the certificate is issued when it is asked for "
              "again\n"),
            args->operands[1]);
    return YX_OK;
}

static yx_status run_refuse(struct cli_args *args, struct yx_error *err)
{
    YX_TRY(decide(args, false, err));
    cli_say(stdout, _("request {1} is refused\n"), args->operands[1]);
    return YX_OK;
}

static const struct cli_option plain_options[] = {CLI_HELP_OPTION, CLI_NO_MORE_OPTIONS};

const struct cli_command cli_ca_pending_approve = {
    .name = "ca pending approve",
    .operands = "DIR NUMBER",
    .summary = N_("let a certificate be issued that was asked for"),
    .details = N_("Exactly what `yinxin ca pending list` shows is issued, by the running service, "
                  "as soon as the asker comes again."),
    .options = plain_options,
    .run = run_approve,
};

const struct cli_command cli_ca_pending_refuse = {
    .name = "ca pending refuse",
    .operands = "DIR NUMBER",
    .summary = N_("refuse a certificate that was asked for"),
    .details = NULL,
    .options = plain_options,
    .run = run_refuse,
};
