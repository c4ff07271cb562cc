/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/audit.c - `yinxin audit ...`: what was done, whether the list of it is whole, signed notes
 * about it that are kept elsewhere, and single records as evidence.
 */
#include <jansson.h>

#include "audit/audit.h"
#include "ca/ca.h"
#include "cli/cli.h"

#define LIST_MAX INT64_C(1000000000)
#define DATA_OPTION                                                                \
    {                                                                              \
        .name = "data", .value = "DIR", .help = N_("the folder of the authority"), \
        .required = true                                                           \
    }

/* --- audit list -------------------------------------------------------------------------- */

static yx_status show_line(const struct yx_audit_leaf *leaf)
{
    cli_say(stdout, "{1}  {2}  {3}  {4}  {5}  {6}\n", YX_NUM(leaf->number), CLI_MOMENT(leaf->at),
            leaf->actor, leaf->action, leaf->object, leaf->details);
    return YX_OK;
}

/* One object a line; the details stay the text that was hashed. */
static yx_status show_json(const struct yx_audit_leaf *leaf, struct yx_error *err)
{
    char hash[2 * YX_AUDIT_HASH_SIZE + 1];
    json_t *object;
    char *text;

    yx_hex(leaf->hash, hash);
    object = json_pack("{s:I, s:s, s:I, s:s, s:s, s:s, s:s, s:s}", "number",
                       (json_int_t)leaf->number, "at", YX_WHEN(leaf->at), "microseconds",
                       (json_int_t)leaf->at, "actor", leaf->actor, "action", leaf->action, "object",
                       leaf->object, "details", leaf->details, "hash", hash);
    text = object == NULL ? NULL : json_dumps(object, JSON_COMPACT);
    json_decref(object);
    if (text == NULL)
        return yx_fail_memory(err);
    (void)puts(text);
    free(text);
    return YX_OK;
}

static yx_status show_leaf(void *self, const struct yx_audit_leaf *leaf, struct yx_error *err)
{
    const bool *json = self;

    YX_TRY(*json ? show_json(leaf, err) : show_line(leaf));
    YX_REQUIRE(ferror(stdout) == 0, err, YX_IO, "", N_("the output cannot be written"));
    return YX_OK;
}

static yx_status run_list(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    int64_t from = 1, count = LIST_MAX;
    bool json = cli_has(args, "json");

    YX_TRY(cli_int(args, "from", 1, LIST_MAX, &from, err));
    YX_TRY(cli_int(args, "count", 1, LIST_MAX, &count, err));
    YX_TRY(yx_ca_open(cli_value(args, "data"), &ca, err));
    return yx_audit_list(yx_ca_store(ca), from, count, show_leaf, &json, err);
}

static const struct cli_option list_options[] = {
    DATA_OPTION,
    {.name = "from", .value = "N", .help = N_("begin with the record of this number")},
    {.name = "count", .value = "N", .help = N_("so many records at most")},
    {.name = "json", .help = N_("one JSON object for each record, one a line")},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_audit_list = {
    .name = "audit list",
    .operands = "",
    .summary = N_("list what was done, one record a line"),
    .details =
        N_("Number, time, who, what, on what, and details. Every record is compared with the "
           "hash that it was written with."),
    .options = list_options,
    .run = run_list,
};

/* --- audit verify ------------------------------------------------------------------------ */

/* The note that was kept, and whom the notes must be of. */
struct expected {
    struct yx_buf note;
    struct yx_cert *cert;
};
static void expected_free(struct expected *expected)
{
    yx_buf_free(&expected->note);
    yx_cert_free(expected->cert);
}
YX_DEFINE_CLEAN_VALUE(expected, struct expected, expected_free);

static yx_status read_expected(const struct cli_args *args, const struct yx_ca *ca,
                               struct expected *expected, struct yx_audit_verification *out,
                               struct yx_error *err)
{
    const char *note = cli_value(args, "checkpoint"), *cert = cli_value(args, "cert");

    if (note != NULL)
        YX_TRY(yx_file_read(note, YX_AUDIT_NOTE_MAX, &expected->note, err));
    out->kept = yx_buf_bytes(&expected->note);
    if (cert == NULL)
        return YX_OK;
    YX_TRY(cli_certificate(cert, &expected->cert, err));
    out->key = yx_cert_public_key(expected->cert);
    out->name = cli_has(args, "name") ? cli_value(args, "name") : yx_ca_name(ca);
    return YX_OK;
}

static yx_status run_verify(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    YX_CLEAN(expected) struct expected expected = {0};
    YX_CLEAN(cli_progress) struct cli_progress progress = {0};
    struct yx_audit_verification verification = {0};
    char root[2 * YX_AUDIT_HASH_SIZE + 1];

    YX_TRY(yx_ca_open(cli_value(args, "data"), &ca, err));
    YX_TRY(read_expected(args, ca, &expected, &verification, err));
    verification.progress = cli_progress_start(&progress, cli_value(args, "data"));
    YX_TRY(yx_audit_verify(yx_ca_store(ca), &verification, err));
    cli_progress_end(&progress);
    yx_hex(YX_BYTES(verification.head.root.octets, sizeof root / 2), root);
    cli_say(stdout, _("{1} records and {2} checkpoints are sound; root {3}\n"),
            YX_NUM(verification.head.size), YX_NUM(verification.checkpoints), root);
    return YX_OK;
}

#define NAME_OPTION                                                                           \
    {                                                                                         \
        .name = "name", .value = "N",                                                         \
        .help = N_("the name of the log in its checkpoints; otherwise that of the authority") \
    }

static const struct cli_option verify_options[] = {
    DATA_OPTION,
    {.name = "checkpoint", .value = "F", .help = N_("a checkpoint that was kept elsewhere")},
    {.name = "cert", .value = "CERT", .help = N_("the checkpoints must be signed with its key")},
    NAME_OPTION,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_audit_verify = {
    .name = "audit verify",
    .operands = "",
    .summary = N_("check that no record was changed, taken away or put in"),
    .details =
        N_("Builds the Merkle tree (RFC 9162, with SM3) anew from the records and compares it with "
           "the checkpoints. Whoever owns the database could have rewritten all of it: only a "
           "checkpoint that was kept elsewhere (--checkpoint) finds that out."),
    .options = verify_options,
    .run = run_verify,
};

/* --- audit checkpoint -------------------------------------------------------------------- */

static yx_status run_checkpoint(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    YX_CLEAN(yx_token_key) struct yx_token_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    struct yx_audit_signer log = {.name = cli_value(args, "name")};

    YX_TRY(yx_ca_open(cli_value(args, "data"), &ca, err));
    YX_TRY(cli_certificate(cli_value(args, "cert"), &cert, err));
    YX_TRY(cli_private_key(args, cli_value(args, "key"), &key, err));
    if (log.name == NULL)
        log.name = yx_ca_name(ca);
    log.key = yx_cert_public_key(cert);
    log.signer = yx_token_key_signer(key);
    YX_TRY(yx_audit_checkpoint_make(yx_ca_store(ca), &log, yx_now(), &note, err));
    return yx_file_write(cli_value(args, "o"), false, yx_buf_bytes(&note), err);
}

static const struct cli_option checkpoint_options[] = {
    DATA_OPTION,
    {.name = "cert",
     .value = "CERT",
     .help = N_("whose key signs the checkpoint"),
     .required = true},
    {.name = "key", .value = "KEY", .help = N_("its private key"), .required = true},
    NAME_OPTION,
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

/* --- audit prove, audit check ------------------------------------------------------------ */

static yx_status run_prove(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    YX_CLEAN(yx_buf) struct yx_buf evidence = {0};
    int64_t number = 0;

    YX_TRY(cli_int(args, "record", 1, LIST_MAX, &number, err));
    YX_TRY(yx_ca_open(cli_value(args, "data"), &ca, err));
    YX_TRY(yx_audit_evidence_make(yx_ca_store(ca), number, &evidence, err));
    return yx_file_write(cli_value(args, "o"), false, yx_buf_bytes(&evidence), err);
}

static const struct cli_option prove_options[] = {
    DATA_OPTION,
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

static yx_status run_check(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_audit_evidence) struct yx_audit_evidence evidence = {0};
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    const struct yx_audit_event *event = &evidence.event;

    YX_TRY(yx_file_read(args->operands[0], YX_AUDIT_EVIDENCE_MAX, &file, err));
    YX_TRY(cli_certificate(cli_value(args, "cert"), &cert, err));
    YX_TRY(yx_audit_evidence_read(yx_buf_bytes(&file), &evidence, err));
    YX_TRY(yx_audit_checkpoint_check(&evidence.checkpoint, cli_value(args, "name"),
                                     yx_cert_public_key(cert), err));
    cli_say(stdout, "{1}  {2}  {3}  {4}  {5}  {6}\n", YX_NUM(evidence.number),
            CLI_MOMENT(event->at), event->actor, event->action, event->object, event->details);
    cli_say(stdout, _("is one of the {1} records that {2} had at {3}\n"),
            YX_NUM(evidence.checkpoint.head.size), cli_value(args, "name"),
            CLI_MOMENT(evidence.checkpoint.at));
    return YX_OK;
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
    .summary = N_("check a record that `audit prove` wrote, and show it"),
    .details = N_("Ends in 1 when the record is not in the list, or the checkpoint is not signed "
                  "with this key. The certificate itself is not validated."),
    .options = check_options,
    .run = run_check,
};
