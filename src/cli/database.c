/* SPDX-License-Identifier: Apache-2.0 */
/* cli/database.c - `yinxin database move`: from a SQLite file to a PostgreSQL database. */
#include <unistd.h>

#include "cli/data.h"
#include "keeper/keeper.h"
#include "web/web.h"

static yx_status append_event(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_audit_append(tx, self, err);
}

/* The list goes on in its new place, and begins by saying how it came there. */
static yx_status tell(const char *place, int64_t rows, struct yx_error *err)
{
    YX_CLEAN(yx_store) struct yx_store *store = NULL;
    char details[64];
    struct yx_audit_event event = {.at = yx_now(),
                                   .actor = cli_actor(),
                                   .action = "database.move",
                                   .object = "service",
                                   .details = details};

    (void)snprintf(details, sizeof details, "{\"rows\":%lld}", (long long)rows);
    YX_TRY(yx_store_open(place, false, &store, err));
    return yx_store_write(store, append_event, &event, err);
}

static yx_status move(const struct cli_args *args, struct yx_error *err)
{
    const char *folder = cli_value(args, "data"), *to = cli_value(args, "to");
    YX_CLEAN(cli_progress) struct cli_progress progress = {0};
    YX_CLEAN(yx_settings) struct yx_settings *settings = NULL;
    struct yx_progress teller;
    int64_t rows = 0;

    YX_TRY(yx_settings_read(folder, cli_value(args, "config"), &settings, err));
    teller = cli_progress_start(&progress, settings->database);
    YX_TRY(yx_store_move(settings->database, to, yx_web_prepare, &teller, &rows, err));
    cli_progress_end(&progress);
    YX_TRY(tell(to, rows, err));
    cli_say(stdout,
            _("{1} rows are in the PostgreSQL database. Before the service starts again, "
              "{2}/yinxin.conf must name it as `database`; {3} is not used any more.\n"),
            YX_NUM(rows), folder, settings->database);
    return YX_OK;
}

static yx_status run_move(struct cli_args *args, struct yx_error *err)
{
    int claim = -1;
    yx_status status = yx_keeper_claim(cli_value(args, "data"), &claim, err);

    if (status == YX_OK)
        status = move(args, err);
    if (claim >= 0)
        (void)close(claim);
    return status;
}

static const struct cli_option move_options[] = {
    {.name = "data", .value = "DIR", .help = N_("the folder of the service"), .required = true},
    CLI_CONFIG_OPTION,
    {.name = "to",
     .value = "URI",
     .help = N_("the PostgreSQL database, which is empty: postgresql://user@host/name"),
     .required = true},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_database_move = {
    .name = "database move",
    .operands = "",
    .summary = N_("move the records of a service from its SQLite file to PostgreSQL"),
    .details = N_("While the service stands still. All rows come, or none; the file stays as it "
                  "is. Documents and keys stay where they are."),
    .options = move_options,
    .run = run_move,
};
