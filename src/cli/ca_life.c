/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/ca_life.c - `yinxin ca list|revoke|suspend|restore|crl`: what became of the certificates of
 * an authority, and what the world is told about it.
 */
#include <unistd.h>

#include "cli/ca.h"
#include "publish/publish.h"

/* --- ca list ----------------------------------------------------------------------------- */

/* Words of ca list, by state. */
static const char *const states[] = {
    [YX_CA_RECORDED] = N_("recorded"),
    [YX_CA_GOOD] = N_("good"),
    [YX_CA_HELD] = N_("suspended"),
    [YX_CA_REVOKED] = N_("revoked"),
};

static bool show_record(void *context, const struct yx_ca_record *record)
{
    const yx_time *now = context;
    bool expired = record->state == YX_CA_GOOD && record->not_after < *now;

    cli_say(stdout, "{1}  {2}  ", record->serial, CLI_DAY(record->not_after));
    cli_pad(stdout, expired ? _("expired") : _(states[record->state]), 9);
    (void)fputc(' ', stdout);
    cli_pad(stdout, record->profile, 11);
    cli_say(stdout, "{1}", record->subject);
    if (record->revoked_at != YX_TIME_NONE)
        cli_say(stdout, "  ({1}, {2})", CLI_DAY(record->revoked_at),
                yx_ca_reason_name(record->reason));
    (void)fputc('\n', stdout);
    return ferror(stdout) == 0;
}

static yx_status run_list(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    yx_time now = yx_now();

    YX_TRY(yx_ca_open(args->operands[0], &ca, err));
    return yx_ca_list(ca, -1, show_record, &now, err);
}

static const struct cli_option list_options[] = {CLI_HELP_OPTION, CLI_NO_MORE_OPTIONS};

const struct cli_command cli_ca_list = {
    .name = "ca list",
    .operands = "DIR",
    .summary = N_("list what an authority issued, one a line"),
    .details = N_("Serial, last day, state, profile and subject; oldest first."),
    .options = list_options,
    .run = run_list,
};

/* --- ca revoke --------------------------------------------------------------------------- */

yx_status cli_ca_serial(const char *text, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_cert) struct yx_cert *certificate = NULL;
    size_t len = strlen(text);

    if (access(text, F_OK) != 0 && strspn(text, "0123456789abcdefABCDEF") == len && len > 0) {
        for (size_t i = 0; i < len; i++) {
            char c = (char)(text[i] >= 'a' ? text[i] - 'a' + 'A' : text[i]);

            if (yx_buf_append(out, YX_BYTES(&c, 1)) != YX_OK)
                return yx_fail_memory(err);
        }
    } else {
        YX_TRY(cli_certificate(text, &certificate, err));
        if (yx_buf_append_text(out, yx_cert_serial(certificate)) != YX_OK)
            return yx_fail_memory(err);
    }
    return yx_buf_append(out, YX_BYTES("", 1)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

#define REASONS                                                                  \
    "unspecified, keyCompromise, cACompromise, affiliationChanged, superseded, " \
    "cessationOfOperation, privilegeWithdrawn, aACompromise"

static yx_status read_reason(const struct cli_args *args, int *out, struct yx_error *err)
{
    const char *name = cli_value(args, "reason");

    *out = yx_ca_reason_find(name);
    YX_REQUIRE(*out >= 0, err, YX_USAGE, "RFC 5280 5.3.1",
               N_("there is no reason {1}; known are {2}"), name, REASONS);
    YX_REQUIRE(*out != YX_REASON_HOLD, err, YX_USAGE, "RFC 5280 5.3.1",
               N_("certificateHold is not for good: use `yinxin ca suspend`"));
    return YX_OK;
}

static yx_status change(const struct cli_args *args, int reason, struct yx_buf *serial,
                        struct yx_error *err)
{
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    struct yx_ca_revoke_request request = {
        .reason = reason, .invalid_since = YX_TIME_NONE, .actor = cli_actor()};

    YX_TRY(cli_time(args, "invalid-since", &request.invalid_since, err));
    YX_TRY(yx_ca_open(args->operands[0], &ca, err));
    YX_TRY(cli_ca_serial(args->operands[1], serial, err));
    request.serial = (const char *)serial->data;
    return yx_ca_revoke(ca, &request, err);
}

static yx_status run_revoke(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf serial = {0};
    int reason;

    YX_TRY(read_reason(args, &reason, err));
    YX_TRY(change(args, reason, &serial, err));
    cli_say(stdout, _("{1} is revoked; publish a new CRL with `yinxin ca crl`\n"),
            (const char *)serial.data);
    return YX_OK;
}

static const struct cli_option revoke_options[] = {
    {.name = "reason",
     .value = "R",
     .help = N_("unspecified, keyCompromise, cACompromise, affiliationChanged, superseded, "
                "cessationOfOperation, privilegeWithdrawn or aACompromise"),
     .required = true},
    {.name = "invalid-since",
     .value = "TIME",
     .help = N_("since when the key may have been in the wrong hands")},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_ca_revoke = {
    .name = "ca revoke",
    .operands = "DIR CERT|SERIAL",
    .summary = N_("revoke a certificate for good"),
    .details = NULL,
    .options = revoke_options,
    .run = run_revoke,
};

/* --- ca suspend, ca restore --------------------------------------------------------------------
 */

static yx_status run_suspend(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf serial = {0};

    YX_TRY(change(args, YX_REASON_HOLD, &serial, err));
    cli_say(stdout,
            _("{1} is suspended; `yinxin ca restore` takes it back, `yinxin ca revoke` ends it\n"),
            (const char *)serial.data);
    return YX_OK;
}

static yx_status run_restore(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    YX_CLEAN(yx_buf) struct yx_buf serial = {0};

    YX_TRY(yx_ca_open(args->operands[0], &ca, err));
    YX_TRY(cli_ca_serial(args->operands[1], &serial, err));
    YX_TRY(yx_ca_restore(ca, (const char *)serial.data, 0, cli_actor(), err));
    cli_say(stdout, _("{1} is in force again\n"), (const char *)serial.data);
    return YX_OK;
}

static const struct cli_option suspend_options[] = {
    {.name = "invalid-since",
     .value = "TIME",
     .help = N_("since when the key may have been in the wrong hands")},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};
static const struct cli_option restore_options[] = {CLI_HELP_OPTION, CLI_NO_MORE_OPTIONS};

const struct cli_command cli_ca_suspend = {
    .name = "ca suspend",
    .operands = "DIR CERT|SERIAL",
    .summary = N_("put a certificate out of force for a while"),
    .details = N_("For a loss that is reported and may yet turn out harmless."),
    .options = suspend_options,
    .run = run_suspend,
};

const struct cli_command cli_ca_restore = {
    .name = "ca restore",
    .operands = "DIR CERT|SERIAL",
    .summary = N_("put a suspended certificate back into force"),
    .details = NULL,
    .options = restore_options,
    .run = run_restore,
};

/* --- ca crl ------------------------------------------------------------------------------ */

static yx_status make_crl(const struct cli_args *args, struct yx_ca *ca, struct yx_buf *der,
                          int64_t *days, struct yx_error *err)
{
    struct yx_crl_request request = {.delta = cli_has(args, "delta"), .actor = cli_actor()};
    int64_t partition = 0;

    YX_TRY(cli_int(args, "partition", 0, yx_ca_settings(ca)->partitions - 1, &partition, err));
    request.partition = (int)partition;
    request.lifetime = *days * 86400;
    YX_TRY(yx_publish_prepare(ca, err));
    YX_TRY(yx_publish_crl(ca, &request, der, err));
    if (*days == 0)
        *days = (yx_ca_settings(ca)->crl_lifetime + 86399) / 86400;
    return YX_OK;
}

static yx_status run_crl(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    const char *path = cli_value(args, "o");
    int64_t days = 0;

    YX_TRY(cli_int(args, "days", 1, 3650, &days, err));
    YX_TRY(cli_ca_unlocked(args, args->operands[0], &ca, err));
    YX_TRY(yx_sink_file(path, false, &sink, err));
    YX_TRY(make_crl(args, ca, &der, &days, err));
    YX_TRY(yx_sink_write(sink, yx_buf_bytes(&der), err));
    YX_TRY(yx_sink_commit(sink, err));
    cli_say(stdout, _("{1}: good for {2} days\n"), path, YX_NUM(days));
    return YX_OK;
}

static const struct cli_option crl_options[] = {
    {.name = "days", .value = "N", .help = N_("how long it is good for; else as DIR/ca.conf says")},
    {.name = "delta", .help = N_("only what changed since the last full list")},
    {.name = "partition",
     .value = "N",
     .help = N_("the part of the certificates, from 0, of an authority with several")},
    {.name = "o", .value = "F", .help = N_("the file to write, DER"), .required = true},
    CLI_PASSPHRASE_OPTION,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_ca_crl = {
    .name = "ca crl",
    .operands = "DIR",
    .summary = N_("write the list of revoked certificates"),
    .details = NULL,
    .options = crl_options,
    .run = run_crl,
};
