/* SPDX-License-Identifier: Apache-2.0 */
/* cli/config.c - `yinxin config show` and `yinxin config check`: the settings of a service. */
#include <jansson.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "settings/settings.h"

#define SETTINGS_OPTIONS                                                                         \
    {.name = "data", .value = "DIR", .help = N_("the folder of the service"), .required = true}, \
    {                                                                                            \
        .name = "config", .value = "F", .help = N_("the settings; usually DIR/yinxin.conf")      \
    }

static yx_status open_settings(const struct cli_args *args, struct yx_settings **out,
                               struct yx_error *err)
{
    return yx_settings_read(cli_value(args, "data"), cli_value(args, "config"), out, err);
}

/* --- config show ----------------------------------------------------------------------------- */

/* A line that could stand in the file, and behind it where it comes from. */
static void show_line(const struct yx_setting *setting, bool explain)
{
    if (explain)
        cli_say(stdout, "\n# {1}\n", _(setting->help));
    cli_say(stdout, "{1} = {2}", setting->name, setting->value);
    if (setting->from[0] == '\0')
        cli_say(stdout, "  # {1}\n", _("usual"));
    else if (setting->line == 0)
        cli_say(stdout, "  # {1}\n", setting->from);
    else
        cli_say(stdout, "  # {1}:{2}\n", setting->from, YX_NUM(setting->line));
}

static void show_lines(const struct yx_settings *settings, bool explain)
{
    const char *section = "";

    for (size_t i = 0; i < yx_settings_count(); i++) {
        struct yx_setting setting = yx_settings_at(settings, i);

        if (strcmp(section, setting.section) != 0)
            cli_say(stdout, i == 0 ? "# --- {1} ---\n" : "\n# --- {1} ---\n", _(setting.section));
        section = setting.section;
        show_line(&setting, explain);
    }
}

static json_t *to_json(const struct yx_setting *setting)
{
    json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "section", _(setting->section),
                               "name", setting->name, "kind", _(setting->kind), "usual",
                               setting->usual, "value", setting->value, "help", _(setting->help));

    if (object != NULL && setting->from[0] != '\0')
        (void)json_object_set_new(
            object, "from", json_pack("{s:s, s:i}", "file", setting->from, "line", setting->line));
    return object;
}

static yx_status show_json(const struct yx_settings *settings, struct yx_error *err)
{
    json_t *list = json_array();
    char *text;

    for (size_t i = 0; i < yx_settings_count(); i++) {
        struct yx_setting setting = yx_settings_at(settings, i);

        if (json_array_append_new(list, to_json(&setting)) != 0) {
            json_decref(list);
            return yx_fail_memory(err);
        }
    }
    text = json_dumps(list, JSON_INDENT(2));
    json_decref(list);
    if (text == NULL)
        return yx_fail_memory(err);
    (void)puts(text);
    free(text);
    return YX_OK;
}

static yx_status run_show(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_settings) struct yx_settings *settings = NULL;

    YX_TRY(open_settings(args, &settings, err));
    if (cli_has(args, "json"))
        YX_TRY(show_json(settings, err));
    else
        show_lines(settings, cli_has(args, "explain"));
    return cli_flush(err);
}

static const struct cli_option show_options[] = {
    SETTINGS_OPTIONS,
    {.name = "explain", .help = N_("say above each what it is for")},
    {.name = "json", .help = N_("one JSON array, with everything about each")},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_config_show = {
    .name = "config show",
    .operands = "",
    .summary = N_("show every setting of a service, and where its value comes from"),
    .details =
        N_("What is shown could stand in yinxin.conf as it is: see yinxin.conf(5). Passwords "
           "in URLs are left out."),
    .options = show_options,
    .run = run_show,
};

/* --- config check ---------------------------------------------------------------------------- */

static yx_status run_check(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_settings) struct yx_settings *settings = NULL;
    size_t set = 0;

    YX_TRY(open_settings(args, &settings, err));
    YX_TRY(yx_settings_check(settings, err));
    for (size_t i = 0; i < yx_settings_count(); i++)
        set += yx_settings_at(settings, i).from[0] != '\0';
    cli_say(stdout, _("Nothing is wrong: {1} settings are set, {2} have their usual value.\n"),
            YX_NUM(set), YX_NUM(yx_settings_count() - set));
    return cli_flush(err);
}

static const struct cli_option check_options[] = {
    SETTINGS_OPTIONS,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_config_check = {
    .name = "config check",
    .operands = "",
    .summary = N_("check the settings of a service, before it is started with them"),
    .details = N_("Unknown names, values out of their limits and files that cannot be read are "
                  "refused; what is wrong is named with its line."),
    .options = check_options,
    .run = run_check,
};
