/* SPDX-License-Identifier: Apache-2.0 */
/* cli/doctor.c - `yinxin doctor`: is everything as it should be, and what to do when it is not? */
#include <jansson.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "doctor/doctor.h"
#include "settings/settings.h"

/* Exit codes: something is broken, something should be looked after. */
enum { GOOD = 0, BROKEN = 1, DOUBTFUL = 2 };

static void show_line(const struct cli_look *look, const struct yx_finding *finding)
{
    static const struct {
        cli_style style;
        const char *word;
    } grades[] = {{CLI_GOOD, N_("ok")}, {CLI_DOUBT, N_("warning")}, {CLI_BAD, N_("failure")}};
    char text[1024];

    yx_message_render(&finding->message, cli_translate, text, sizeof text);
    cli_style_on(look, grades[finding->grade].style);
    cli_pad(stdout, _(grades[finding->grade].word), 9);
    cli_style_off(look);
    cli_pad(stdout, finding->check, 14);
    cli_wrap(stdout, text, 23, look->columns);
    (void)putchar('\n');
}

static json_t *to_json(const struct yx_finding *finding)
{
    char text[1024];

    yx_message_render(&finding->message, cli_translate, text, sizeof text);
    return json_pack("{s:s, s:s, s:s}", "check", finding->check, "result",
                     yx_finding_name(finding->grade), "detail", text);
}

static yx_status show_json(const struct yx_doctor_report *report, struct yx_error *err)
{
    json_t *findings = json_array(), *object;
    char *text;

    for (size_t i = 0; i < report->count; i++)
        if (json_array_append_new(findings, to_json(&report->findings[i])) != 0) {
            json_decref(findings);
            return yx_fail_memory(err);
        }
    object =
        json_pack("{s:s, s:o}", "result", yx_finding_name(report->worst), "findings", findings);
    text = json_dumps(object, JSON_INDENT(2));
    json_decref(object);
    if (text == NULL)
        return yx_fail_memory(err);
    (void)puts(text);
    free(text);
    return YX_OK;
}

static yx_status show(const struct cli_args *args, const struct yx_doctor_report *report,
                      struct yx_error *err)
{
    struct cli_look look;

    if (cli_has(args, "json"))
        return show_json(report, err);
    YX_TRY(cli_look_at(args, stdout, &look, err));
    for (size_t i = 0; i < report->count; i++)
        show_line(&look, &report->findings[i]);
    return YX_OK;
}

static yx_status run_doctor(struct cli_args *args, struct yx_error *err)
{
    static const int verdicts[] = {GOOD, DOUBTFUL, BROKEN};
    YX_CLEAN(yx_settings) struct yx_settings *settings = NULL;
    YX_CLEAN(yx_doctor_report) struct yx_doctor_report report = {.findings = NULL};
    YX_CLEAN(yx_buf) struct yx_buf passphrase = {0};
    struct yx_doctor_visit visit = {
        .folder = cli_value(args, "data"), .full = cli_has(args, "full"), .now = yx_now()};

    YX_TRY(yx_settings_read(visit.folder, cli_value(args, "config"), &settings, err));
    if (cli_has(args, "passphrase-file"))
        YX_TRY(cli_passphrase_file(cli_value(args, "passphrase-file"), &passphrase, err));
    visit.settings = settings;
    visit.passphrase = yx_buf_bytes(&passphrase);
    YX_TRY(yx_doctor_look(&visit, &report, err));
    args->verdict = verdicts[report.worst];
    return show(args, &report, err);
}

static const struct cli_option options[] = {
    {.name = "data", .value = "DIR", .help = N_("the folder of the service"), .required = true},
    {.name = "config", .value = "F", .help = N_("the settings; usually DIR/yinxin.conf")},
    {.name = "full",
     .help = N_("every audit record, every document and every page of the "
                "database, not only the last or some")},
    {.name = "json", .help = N_("for machines")},
    {.name = "passphrase-file",
     .value = "F",
     .help = N_("the first line of F is the passphrase of the keys; otherwise it is looked for "
                "where the service does")},
    CLI_COLOR_OPTION,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_doctor = {
    .name = "doctor",
    .operands = "",
    .summary = N_("look at a service from all sides, and say what to do"),
    .details =
        N_("Clock, disk, folder, keys, certificates, database, audit list, jobs, "
           "backups, documents, mail, kernel, programs and fonts. Ends in 0 when all is well, in 2 "
           "when something should be looked after, in 1 when something is broken."),
    .options = options,
    .run = run_doctor,
};
