/* SPDX-License-Identifier: Apache-2.0 */
/* cli/audit_proof.c - `yinxin audit checkpoint|prove|export|check`: signed notes about the list
 * that are kept elsewhere, and records as evidence. */
#include "cli/data.h"

/* --- audit checkpoint -------------------------------------------------------------------- */

static yx_status run_checkpoint(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(cli_data) struct cli_data data = {0};
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    YX_CLEAN(yx_token_key) struct yx_token_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    struct yx_audit_signer log = {.name = cli_value(args, "name")};

    YX_TRY(cli_data_open(cli_value(args, "data"), cli_value(args, "config"), &data, err));
    YX_TRY(cli_certificate(cli_value(args, "cert"), &cert, err));
    YX_TRY(cli_private_key(args, cli_value(args, "key"), &key, err));
    if (log.name == NULL) {
        YX_TRY(cli_data_log(&data, &name, err));
        log.name = (const char *)name.data;
    }
    log.key = yx_cert_public_key(cert);
    log.signer = yx_token_key_signer(key);
    YX_TRY(yx_audit_checkpoint_make(data.store, &log, yx_now(), &note, err));
    return yx_file_write(cli_value(args, "o"), false, yx_buf_bytes(&note), err);
}

static const struct cli_option checkpoint_options[] = {
    CLI_DATA_OPTION,
    CLI_CONFIG_OPTION,
    {.name = "cert",
     .value = "CERT",
     .help = N_("whose key signs the checkpoint"),
     .required = true},
    {.name = "key", .value = "KEY", .help = N_("its private key"), .required = true},
    CLI_LOG_OPTION,
    {.name = "o", .value = "F", .help = N_("the checkpoint to write"), .required = true},
    CLI_KEY_OPTIONS,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_audit_checkpoint = {
    .name = "audit checkpoint",
    .operands = "",
    .summary = N_("sign how many records there are, and their root"),
    .details = N_("Keep the file where the owner of the database cannot reach it, and give it to "
                  "`yinxin audit verify --checkpoint`. Nothing is signed when the records are not "
                  "those of the last checkpoint any more."),
    .options = checkpoint_options,
    .run = run_checkpoint,
};

/* --- audit export ------------------------------------------------------------------------ */

static yx_status run_export(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(cli_data) struct cli_data data = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    YX_CLEAN(cli_progress) struct cli_progress progress = {0};
    struct yx_progress tell;
    int64_t from = 1, to = 0;

    YX_TRY(cli_int(args, "from", 1, CLI_RECORDS_MAX, &from, err));
    YX_TRY(cli_int(args, "to", 1, CLI_RECORDS_MAX, &to, err));
    YX_TRY(cli_data_open(cli_value(args, "data"), cli_value(args, "config"), &data, err));
    YX_TRY(yx_sink_file(cli_value(args, "o"), true, &sink, err));
    tell = cli_progress_start(&progress, cli_value(args, "o"));
    YX_TRY(yx_audit_export(data.store, from, to, &tell, sink, err));
    return yx_sink_commit(sink, err);
}

static const struct cli_option export_options[] = {
    CLI_DATA_OPTION,
    CLI_CONFIG_OPTION,
    {.name = "from", .value = "N", .help = N_("the first record; usually 1")},
    {.name = "to",
     .value = "N",
     .help = N_("the last record; usually the last one that a checkpoint covers")},
    {.name = "o", .value = "F", .help = N_("the file to write"), .required = true},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_audit_export = {
    .name = "audit export",
    .operands = "",
    .summary = N_("write records as lines of JSON, with the proof that they are in the list"),
    .details = N_("For an auditor who has no database: `yinxin audit check` proves all of the "
                  "records by the checkpoint in the first line."),
    .options = export_options,
    .run = run_export,
};

/* --- audit prove, audit check ------------------------------------------------------------ */

static yx_status run_prove(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(cli_data) struct cli_data data = {0};
    YX_CLEAN(yx_buf) struct yx_buf evidence = {0};
    int64_t number = 0;

    YX_TRY(cli_int(args, "record", 1, CLI_RECORDS_MAX, &number, err));
    YX_TRY(cli_data_open(cli_value(args, "data"), cli_value(args, "config"), &data, err));
    YX_TRY(yx_audit_evidence_make(data.store, number, &evidence, err));
    return yx_file_write(cli_value(args, "o"), false, yx_buf_bytes(&evidence), err);
}

static const struct cli_option prove_options[] = {
    CLI_DATA_OPTION,
    CLI_CONFIG_OPTION,
    {.name = "record", .value = "N", .help = N_("the number of the record"), .required = true},
    {.name = "o", .value = "F", .help = N_("the file to write"), .required = true},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_audit_prove = {
    .name = "audit prove",
    .operands = "",
    .summary = N_("write one record with the proof that it is in the list"),
    .details = N_("Whoever has the file and the certificate of the log's key can check it with "
                  "`yinxin audit check`, without the database and without the other records."),
    .options = prove_options,
    .run = run_prove,
};

static void show_event(int64_t number, const struct yx_audit_event *event)
{
    const char *says = yx_audit_says(event->action);

    cli_say(stdout, "{1}  {2}  {3}  ", YX_NUM(number), CLI_MOMENT(event->at), event->actor);
    cli_say(stdout, says == event->action ? "{2}" : "{1} ({2})", _(says), event->action);
    cli_say(stdout, "  {1}  {2}\n", event->object, event->details);
}

static yx_status check_record(const struct yx_source *file, const struct yx_audit_party *log,
                              struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
    YX_CLEAN(yx_audit_evidence) struct yx_audit_evidence evidence = {0};

    YX_TRY(yx_source_read_all(file, YX_AUDIT_EVIDENCE_MAX, &bytes, err));
    YX_TRY(yx_audit_evidence_read(yx_buf_bytes(&bytes), &evidence, err));
    YX_TRY(yx_audit_checkpoint_check(&evidence.checkpoint, log->name, log->key, err));
    show_event(evidence.number, &evidence.event);
    cli_say(stdout, _("is one of the {1} records that {2} had at {3}\n"),
            YX_NUM(evidence.checkpoint.head.size), log->name, CLI_MOMENT(evidence.checkpoint.at));
    return YX_OK;
}

static yx_status check_export(const struct yx_source *file, const struct yx_audit_party *log,
                              struct yx_error *err)
{
    YX_CLEAN(yx_audit_exported) struct yx_audit_exported exported = {0};

    YX_TRY(yx_audit_export_read(file, NULL, NULL, &exported, err));
    YX_TRY(yx_audit_checkpoint_check(&exported.checkpoint, log->name, log->key, err));
    cli_say(stdout, _("the records {1} to {2} are those that {3} had at {4}\n"),
            YX_NUM(exported.first), YX_NUM(exported.last), log->name,
            CLI_MOMENT(exported.checkpoint.at));
    return YX_OK;
}

/* An export is lines of JSON; a record begins with its title. */
static yx_status run_check(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *file = NULL;
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;
    struct yx_audit_party log = {.name = cli_value(args, "name")};
    uint8_t first = 0;

    YX_TRY(yx_source_open(args->operands[0], &file, err));
    YX_TRY(cli_audit_key(cli_value(args, "cert"), &key, err));
    log.key = key;
    if (yx_source_size(file) > 0)
        YX_TRY(yx_source_read(file, 0, &first, 1, err));
    return first == '{' ? check_export(file, &log, err) : check_record(file, &log, err);
}

static const struct cli_option check_options[] = {
    {.name = "cert",
     .value = "CERT",
     .help = N_("the certificate of the key that signs the checkpoints"),
     .required = true},
    {.name = "name", .value = "N", .help = N_("the name of the log"), .required = true},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_audit_check = {
    .name = "audit check",
    .operands = "F",
    .summary = N_(
        "check a record that `audit prove` wrote, and show it; or all that `audit export` wrote"),
    .details = N_("Ends in 1 when a record is not in the list, or the checkpoint is not signed "
                  "with this key. The certificate itself is not validated."),
    .options = check_options,
    .run = run_check,
};
