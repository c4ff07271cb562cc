/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/audit_witness.c - `yinxin audit growth|witness|cosigned`: what a witness is given, what it
 * signs, and what the log keeps of that.
 */
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/data.h"
#include "fetch/fetch.h"

#define GROWTH_MAX (2 * YX_AUDIT_NOTE_MAX)

/* --- audit growth ------------------------------------------------------------------------- */

static yx_status run_growth(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(cli_data) struct cli_data data = {0};
    YX_CLEAN(yx_buf) struct yx_buf growth = {0};
    int64_t old = 0;

    YX_TRY(cli_int(args, "old", 0, CLI_RECORDS_MAX, &old, err));
    YX_TRY(cli_data_open(cli_value(args, "data"), cli_value(args, "config"), &data, err));
    YX_TRY(yx_audit_growth_make(data.store, old, &growth, err));
    return yx_file_write(cli_value(args, "o"), false, yx_buf_bytes(&growth), err);
}

static const struct cli_option growth_options[] = {
    CLI_DATA_OPTION,
    CLI_CONFIG_OPTION,
    {.name = "old", .value = "N", .help = N_("so many records has the witness seen; usually 0")},
    {.name = "o", .value = "F", .help = N_("the file to write"), .required = true},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_audit_growth = {
    .name = "audit growth",
    .operands = "",
    .summary = N_("write the last checkpoint for a witness, with the proof of what it grew out of"),
    .details = N_("In the form of C2SP tlog-witness. The witness signs it by `yinxin audit "
                  "witness`."),
    .options = growth_options,
    .run = run_growth,
};

/* --- audit witness ------------------------------------------------------------------------ */

/* What it signed before, if it did; *seen says how many records that were. */
static yx_status read_state(const char *path, struct yx_buf *last, int64_t *seen,
                            struct yx_error *err)
{
    struct yx_audit_checkpoint checkpoint;

    *seen = 0;
    if (access(path, F_OK) != 0)
        return YX_OK;
    YX_TRY(yx_file_read(path, YX_AUDIT_NOTE_MAX, last, err));
    YX_TRY(yx_audit_checkpoint_read(yx_buf_bytes(last), &checkpoint, err));
    *seen = checkpoint.head.size;
    return YX_OK;
}

static bool is_url(const char *place)
{
    return strncmp(place, "http://", 7) == 0 || strncmp(place, "https://", 8) == 0;
}

/* Nobody writes there. */
static void *trust_of(const struct cli_args *args)
{
    return (void *)(uintptr_t)cli_value(args, "tls-ca");
}

/* From a file, or from the service at a URL. */
static yx_status read_growth(const struct cli_args *args, const char *place, int64_t seen,
                             struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf url = {0};
    struct yx_fetch what = {.accepted_type = "text/plain", .limit = GROWTH_MAX};

    if (!is_url(place))
        return yx_file_read(place, GROWTH_MAX, out, err);
    if (yx_buf_printf(&url, "%s/api/v1/audit/growth?old=%lld", place, (long long)seen) != YX_OK ||
        yx_buf_append(&url, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    what.url = (const char *)url.data;
    return yx_fetch_http(trust_of(args), &what, out, err);
}

static yx_status send_note(const struct cli_args *args, const char *place, struct yx_bytes note,
                           struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf url = {0};
    YX_CLEAN(yx_buf) struct yx_buf answer = {0};
    struct yx_fetch what = {.content_type = "application/json",
                            .accepted_type = "application/json",
                            .limit = GROWTH_MAX};
    json_t *body = json_pack("{s:s%}", "note", (const char *)note.data, note.len);
    char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
    yx_status status = YX_OK;

    json_decref(body);
    if (text == NULL || yx_buf_printf(&url, "%s/api/v1/audit/cosignatures", place) != YX_OK ||
        yx_buf_append(&url, YX_BYTES("", 1)) != YX_OK)
        status = yx_fail_memory(err);
    if (status == YX_OK) {
        what.url = (const char *)url.data;
        what.body = YX_TEXT(text);
        status = yx_fetch_http(trust_of(args), &what, &answer, err);
    }
    free(text);
    return status;
}

/* Who the witness is, and whose log it watches. */
struct watch {
    struct yx_cert *cert;
    struct yx_public_key *log_key;
    struct yx_token_key *key;
};
static void watch_free(struct watch *watch)
{
    yx_token_key_free(watch->key);
    yx_cert_free(watch->cert);
    yx_public_key_free(watch->log_key);
}
YX_DEFINE_CLEAN_VALUE(watch, struct watch, watch_free);

static yx_status sign(const struct cli_args *args, const struct watch *watch,
                      const struct yx_audit_growth *growth, struct yx_bytes last,
                      struct yx_buf *note, struct yx_error *err)
{
    const struct yx_audit_party log = {cli_value(args, "log-name"), watch->log_key};
    const struct yx_audit_signer witness = {
        cli_value(args, "name"), yx_cert_public_key(watch->cert), yx_token_key_signer(watch->key)};

    return yx_audit_witness_sign(growth, last, &log, &witness, note, err);
}

/* The state is on the disk before anybody sees the signature: after a crash nothing else is signed.
 */
static yx_status run_witness(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(watch) struct watch watch = {0};
    YX_CLEAN(yx_buf) struct yx_buf last = {0};
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    const char *place = args->operands[0], *state = cli_value(args, "state");
    struct yx_audit_growth growth;
    int64_t seen;

    YX_REQUIRE(is_url(place) || cli_has(args, "o"), err, YX_USAGE, "",
               N_("say by -o where the signed checkpoint goes"));
    YX_TRY(cli_certificate(cli_value(args, "cert"), &watch.cert, err));
    YX_TRY(cli_audit_key(cli_value(args, "log-cert"), &watch.log_key, err));
    YX_TRY(cli_private_key(args, cli_value(args, "key"), &watch.key, err));
    YX_TRY(read_state(state, &last, &seen, err));
    YX_TRY(read_growth(args, place, seen, &bytes, err));
    YX_TRY(yx_audit_growth_read(yx_buf_bytes(&bytes), &growth, err));
    YX_TRY(sign(args, &watch, &growth, yx_buf_bytes(&last), &note, err));
    YX_TRY(yx_file_write(state, false, yx_buf_bytes(&note), err));
    if (cli_has(args, "o"))
        YX_TRY(yx_file_write(cli_value(args, "o"), false, yx_buf_bytes(&note), err));
    return is_url(place) ? send_note(args, place, yx_buf_bytes(&note), err) : YX_OK;
}

static const struct cli_option witness_options[] = {
    {.name = "state",
     .value = "F",
     .required = true,
     .help = N_("what was signed last; it is kept here, and made at the first time")},
    {.name = "name", .value = "N", .help = N_("the name of the witness"), .required = true},
    {.name = "cert",
     .value = "CERT",
     .help = N_("the certificate of the witness"),
     .required = true},
    {.name = "key", .value = "KEY", .help = N_("its private key"), .required = true},
    {.name = "log-name", .value = "N", .help = N_("the name of the log"), .required = true},
    {.name = "log-cert",
     .value = "CERT",
     .required = true,
     .help = N_("the certificate of the key that signs the checkpoints")},
    {.name = "tls-ca",
     .value = "F",
     .help = N_("the certificates that the service at URL is trusted by, PEM; usually those of the "
                "system")},
    {.name = "o", .value = "F", .help = N_("where the signed checkpoint goes")},
    CLI_KEY_OPTIONS,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_audit_witness = {
    .name = "audit witness",
    .operands = "F|URL",
    .summary = N_("sign a checkpoint as a witness, when the list has grown out of the last one"),
    .details =
        N_("F is what `yinxin audit growth` wrote; URL is that of a service, which gets the "
           "signature at once. A log that shows different lists to different people, or takes a "
           "record back, gets no signature (exit 1). Run it from a timer on a machine of somebody "
           "else."),
    .options = witness_options,
    .run = run_witness,
};

/* --- audit cosigned ----------------------------------------------------------------------- */

static yx_status run_cosigned(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(cli_data) struct cli_data data = {0};
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    struct yx_audit_party witness = {.name = cli_value(args, "name")};
    int64_t kept = 0;

    YX_TRY(yx_file_read(args->operands[0], YX_AUDIT_NOTE_MAX, &note, err));
    YX_TRY(cli_audit_key(cli_value(args, "cert"), &key, err));
    witness.key = key;
    YX_TRY(cli_data_open(cli_value(args, "data"), cli_value(args, "config"), &data, err));
    YX_TRY(
        yx_audit_witness_keep(data.store, yx_buf_bytes(&note), &witness, 1, yx_now(), &kept, err));
    cli_say(stdout, _("{1} signatures of the witness are new\n"), YX_NUM(kept));
    return YX_OK;
}

static const struct cli_option cosigned_options[] = {
    CLI_DATA_OPTION,
    CLI_CONFIG_OPTION,
    {.name = "name", .value = "N", .help = N_("the name of the witness"), .required = true},
    {.name = "cert",
     .value = "CERT",
     .help = N_("the certificate of the witness"),
     .required = true},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_audit_cosigned = {
    .name = "audit cosigned",
    .operands = "F",
    .summary = N_("keep what a witness has signed beside our checkpoint"),
    .details = N_("Evidence and exports that are made afterwards carry its signature."),
    .options = cosigned_options,
    .run = run_cosigned,
};
