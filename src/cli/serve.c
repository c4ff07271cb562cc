/* SPDX-License-Identifier: Apache-2.0 */
/* cli/serve.c - `yinxin serve`, and the processes that it starts. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "server/server.h"

/* The whole path of DIR, for processes and settings that know no current folder. */
static yx_status make_folder(const char *name, char **out, bool *fresh, struct yx_error *err)
{
    *fresh = mkdir(name, 0700) == 0;
    if (!*fresh && errno != EEXIST)
        return yx_fail_errno(err, YX_NO_OUTPUT, N_("{1} cannot be made: {2}"), name, errno);
    *out = realpath(name, NULL);
    return *out == NULL
               ? yx_fail_errno(err, YX_NO_OUTPUT, N_("{1} cannot be made: {2}"), name, errno)
               : YX_OK;
}

static yx_status run_serve(struct cli_args *args, struct yx_error *err)
{
    char *folder = NULL;
    struct yx_serve serve = {
        .config = cli_value(args, "config"),
        .listen = cli_value(args, "listen"),
        .demo = cli_has(args, "demo"),
    };
    yx_status status;

    YX_TRY(make_folder(cli_value(args, "data"), &folder, &serve.fresh, err));
    serve.folder = folder;
    status = yx_serve_run(&serve, err);
    free(folder);
    return status;
}

static const struct cli_option serve_options[] = {
    {.name = "data",
     .value = "DIR",
     .required = true,
     .help = N_("everything of the service lives in DIR, which is made when it is not there")},
    {.name = "config",
     .value = "F",
     .help = N_("settings; DIR/yinxin.conf unless told otherwise, see yinxin.conf(5)")},
    {.name = "listen",
     .value = "ADDR:PORT",
     .help = N_("where, instead of what the settings say; port 0 is any that is free")},
    {.name = "demo", .help = N_("with an authority in it, to try things out")},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_serve = {
    .name = "serve",
    .operands = "",
    .summary = N_("run the service: HTTPS, documents and keys in processes of their own"),
    .details = N_("At the first start it makes its database, its keys and a certificate for TLS. "
                  "It says on stdout where it answers, once it does. SIGTERM ends it; SIGHUP has "
                  "it read settings, certificate and keys again."),
    .options = serve_options,
    .run = run_serve,
};
