/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/escrow.c - `yinxin escrow ...`: encryption keys kept for their holders, and recovered by two
 * administrators in steps that need not be taken at one machine. The work is done by escrow/.
 */
#include <stdlib.h>
#include <unistd.h>

#include "cli/ca.h"

#define PLACE_DETAILS                                                                       \
    N_("PLACE is a folder, or a PostgreSQL URI (postgresql://...). Keep it apart from the " \
       "authority: another machine, other people.")

/* --- Files ---------------------------------------------------------------------------------- */

static yx_status open_file(const char *name, const char *ending, struct cli_twin_file *out,
                           struct yx_error *err)
{
    int len = snprintf(out->path, sizeof out->path, "%s%s", name, ending);

    YX_REQUIRE(len > 0 && (size_t)len < sizeof out->path, err, YX_NO_OUTPUT, "",
               N_("the name of the output is too long"));
    YX_REQUIRE(access(out->path, F_OK) != 0, err, YX_NO_OUTPUT, "",
               N_("{1} is there already: choose another name"), out->path);
    return yx_sink_file(out->path, false, &out->sink, err);
}

static yx_status write_file(struct cli_twin_file *file, struct yx_bytes bytes, struct yx_error *err)
{
    if (bytes.len == 0)
        return YX_OK;
    YX_TRY(yx_sink_write(file->sink, bytes, err));
    return yx_sink_commit(file->sink, err);
}

yx_status cli_twin_open(const char *name, struct cli_twin *out, struct yx_error *err)
{
    YX_TRY(open_file(name, "-enc.pem", &out->cert, err));
    YX_TRY(open_file(name, "-enc.p7", &out->envelope, err));
    return open_file(name, "-enc.sm2", &out->sm2_envelope, err);
}

yx_status cli_twin_write(struct cli_twin *files, const struct yx_ca *ca,
                         const struct yx_escrow_twin *twin, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};

    if (yx_pem_write("CERTIFICATE", yx_buf_bytes(&twin->encryption), &pem) != YX_OK ||
        yx_buf_append(&pem, yx_ca_chain(ca)) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(write_file(&files->envelope, yx_buf_bytes(&twin->envelope), err));
    YX_TRY(write_file(&files->sm2_envelope, yx_buf_bytes(&twin->sm2_envelope), err));
    YX_TRY(write_file(&files->cert, yx_buf_bytes(&pem), err));
    cli_say(stdout, _("{1}: the encryption certificate; its key is in {2}\n"), files->cert.path,
            files->envelope.path);
    return YX_OK;
}

void cli_twin_free(struct cli_twin *twin)
{
    yx_sink_free(twin->cert.sink);
    yx_sink_free(twin->envelope.sink);
    yx_sink_free(twin->sm2_envelope.sink);
}

/* --- escrow init ----------------------------------------------------------------------------- */

struct admins {
    struct yx_cert *items[YX_ESCROW_ADMINS_MAX];
    size_t count;
};

static void admins_free(struct admins *admins)
{
    for (size_t i = 0; i < admins->count; i++)
        yx_cert_free(admins->items[i]);
}
YX_DEFINE_CLEAN_VALUE(admins, struct admins, admins_free);

static yx_status run_init(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(admins) struct admins admins = {0};
    const char *path;

    for (size_t at = 0; (path = cli_next_value(args, "admin", &at)) != NULL;) {
        YX_REQUIRE(admins.count < YX_ESCROW_ADMINS_MAX, err, YX_USAGE, "",
                   N_("a key-escrow store has at most {1} administrators"),
                   YX_NUM(YX_ESCROW_ADMINS_MAX));
        YX_TRY(cli_certificate(path, &admins.items[admins.count], err));
        admins.count++;
    }
    YX_TRY(yx_escrow_init(args->operands[0], (const struct yx_cert *const *)admins.items,
                          admins.count, cli_actor(), err));
    cli_say(stdout, _("{1}: {2} administrators, any two of whom recover a key\n"),
            args->operands[0], YX_NUM(admins.count));
    return YX_OK;
}

static const struct cli_option init_options[] = {
    {.name = "admin",
     .value = "CERT",
     .help = N_("the certificate of an administrator; two of them at least"),
     .required = true,
     .many = true},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_escrow_init = {
    .name = "escrow init",
    .operands = "PLACE",
    .summary = N_("make a key-escrow store"),
    .details = PLACE_DETAILS,
    .options = init_options,
    .run = run_init,
};

/* --- escrow list ----------------------------------------------------------------------------- */

static bool show_key(void *self, const struct yx_escrow_record *record)
{
    (void)self;
    cli_pad(stdout, record->serial[0] == '\0' ? _("not issued") : record->serial, 42);
    cli_say(stdout, "{1}  {2}", CLI_DAY(record->kept_at), record->holder);
    if (record->recoveries > 0)
        cli_say(stdout, _("  (recovered: {1})"), YX_NUM(record->recoveries));
    (void)fputc('\n', stdout);
    return ferror(stdout) == 0;
}

static yx_status run_list(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_escrow) struct yx_escrow *escrow = NULL;

    YX_TRY(yx_escrow_open(args->operands[0], &escrow, err));
    return yx_escrow_list(escrow, show_key, NULL, err);
}

static const struct cli_option list_options[] = {CLI_HELP_OPTION, CLI_NO_MORE_OPTIONS};

const struct cli_command cli_escrow_list = {
    .name = "escrow list",
    .operands = "PLACE",
    .summary = N_("list the keys that are kept, one a line"),
    .details = N_("Serial of the certificate, the day on which the key was made, and the holder."),
    .options = list_options,
    .run = run_list,
};

/* --- escrow ask ------------------------------------------------------------------------------ */

static yx_status run_ask(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_escrow) struct yx_escrow *escrow = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *recipient = NULL;
    YX_CLEAN(yx_buf) struct yx_buf serial = {0};
    YX_CLEAN(yx_buf) struct yx_buf passphrase = {0};
    YX_CLEAN(yx_buf) struct yx_buf request = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_escrow_ask ask = {.reason = cli_value(args, "reason"), .actor = cli_actor()};
    const char *path = cli_value(args, "o");

    YX_TRY(yx_escrow_open(args->operands[0], &escrow, err));
    YX_TRY(cli_ca_serial(args->operands[1], &serial, err));
    YX_TRY(cli_certificate(cli_value(args, "to"), &recipient, err));
    YX_TRY(yx_sink_file(path, false, &sink, err));
    YX_TRY(cli_passphrase(args, "passphrase-file", path, true, &passphrase, err));
    ask.serial = (const char *)serial.data;
    ask.recipient = recipient;
    ask.passphrase = yx_buf_bytes(&passphrase);
    YX_TRY(yx_escrow_ask(escrow, &ask, &request, err));
    YX_TRY(yx_sink_write(sink, yx_buf_bytes(&request), err));
    YX_TRY(yx_sink_commit(sink, err));
    cli_say(stdout, _("{1}: give it to two administrators, for `yinxin escrow answer`\n"), path);
    return YX_OK;
}

static const struct cli_option ask_options[] = {
    {.name = "to",
     .value = "CERT",
     .help = N_("to whom the key goes: it is closed for this certificate's key"),
     .required = true},
    {.name = "reason",
     .value = "T",
     .help = N_("why, for the administrators and the record"),
     .required = true},
    {.name = "o", .value = "F", .help = N_("the request to write"), .required = true},
    {.name = "passphrase-file",
     .value = "F",
     .help = N_("the first line of F is a passphrase for this recovery, asked for again by "
                "`escrow recover`; otherwise YINXIN_PASSPHRASE holds it, or the terminal asks for "
                "it")},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_escrow_ask = {
    .name = "escrow ask",
    .operands = "PLACE CERT|SERIAL",
    .summary = N_("ask for a key that is kept"),
    .details = N_("The first of three steps: two administrators answer the request where they "
                  "are, and `yinxin escrow recover` puts their answers together. A request is good "
                  "for seven days."),
    .options = ask_options,
    .run = run_ask,
};

/* --- escrow show, escrow answer ----------------------------------------------------------------
 */

static void say_bytes(const char *title, struct yx_bytes text)
{
    cli_pad(stdout, title, 12);
    cli_put_bytes(stdout, text);
    (void)fputc('\n', stdout);
}

static yx_status show_request(const struct yx_escrow_request *request, struct yx_error *err)
{
    YX_CLEAN(yx_cert) struct yx_cert *recipient = NULL;

    YX_TRY(yx_cert_from_der(request->recipient, &recipient, err));
    say_bytes(_("Key of"), request->holder);
    say_bytes(_("Serial"), request->serial);
    say_bytes(_("Goes to"), YX_TEXT(yx_cert_subject(recipient)));
    say_bytes(_("issued by"), YX_TEXT(yx_cert_issuer(recipient)));
    say_bytes(_("Serial"), YX_TEXT(yx_cert_serial(recipient)));
    say_bytes(_("Reason"), request->reason);
    say_bytes(_("Asked at"), YX_TEXT(CLI_MOMENT(request->asked_at)));
    say_bytes(_("Good until"), YX_TEXT(CLI_MOMENT(request->expires_at)));
    return YX_OK;
}

static yx_status run_show(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct yx_escrow_request request;

    YX_TRY(yx_file_read(args->operands[0], YX_ESCROW_FILE_MAX, &file, err));
    YX_TRY(yx_escrow_request_parse(yx_buf_bytes(&file), &request, err));
    return show_request(&request, err);
}

static const struct cli_option show_options[] = {CLI_HELP_OPTION, CLI_NO_MORE_OPTIONS};

const struct cli_command cli_escrow_show = {
    .name = "escrow show",
    .operands = "REQUEST",
    .summary = N_("show whose key is asked for, for whom, and why"),
    .details = NULL,
    .options = show_options,
    .run = run_show,
};

static yx_status run_answer(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_buf) struct yx_buf answer = {0};
    YX_CLEAN(yx_cert) struct yx_cert *admin = NULL;
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_escrow_request request;

    YX_TRY(yx_file_read(args->operands[0], YX_ESCROW_FILE_MAX, &file, err));
    YX_TRY(yx_escrow_request_parse(yx_buf_bytes(&file), &request, err));
    YX_TRY(show_request(&request, err));
    YX_TRY(cli_certificate(cli_value(args, "cert"), &admin, err));
    YX_TRY(yx_sink_file(cli_value(args, "o"), false, &sink, err));
    YX_TRY(cli_key_file(args, cli_value(args, "key"), &key, err));
    YX_TRY(yx_escrow_answer(&request, admin, key, 0, &answer, err));
    YX_TRY(yx_sink_write(sink, yx_buf_bytes(&answer), err));
    return yx_sink_commit(sink, err);
}

static const struct cli_option answer_options[] = {
    {.name = "cert",
     .value = "CERT",
     .help = N_("the administrator's certificate"),
     .required = true},
    {.name = "key", .value = "F", .help = N_("and the key, in a file"), .required = true},
    {.name = "o", .value = "F", .help = N_("the answer to write"), .required = true},
    CLI_PASSPHRASE_OPTION,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_escrow_answer = {
    .name = "escrow answer",
    .operands = "REQUEST",
    .summary = N_("let a key be recovered, as one of two administrators"),
    .details = N_("Read the request first, with `yinxin escrow show`: whoever answers agrees. "
                  "The answer can be read by nobody but the one who asked."),
    .options = answer_options,
    .run = run_answer,
};

/* --- escrow recover ----------------------------------------------------------------------------
 */

struct results {
    struct cli_twin_file envelope, sm2_envelope;
};

static void results_free(struct results *results)
{
    yx_sink_free(results->envelope.sink);
    yx_sink_free(results->sm2_envelope.sink);
}
YX_DEFINE_CLEAN_VALUE(results, struct results, results_free);

static yx_status run_recover(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_escrow) struct yx_escrow *escrow = NULL;
    YX_CLEAN(results) struct results results = {0};
    YX_CLEAN(yx_escrow_delivery) struct yx_escrow_delivery got = {0};
    YX_CLEAN(yx_buf) struct yx_buf first = {0};
    YX_CLEAN(yx_buf) struct yx_buf second = {0};
    YX_CLEAN(yx_buf) struct yx_buf passphrase = {0};
    const char *name = cli_value(args, "o");

    YX_TRY(yx_escrow_open(args->operands[0], &escrow, err));
    YX_TRY(yx_file_read(args->operands[1], YX_ESCROW_FILE_MAX, &first, err));
    YX_TRY(yx_file_read(args->operands[2], YX_ESCROW_FILE_MAX, &second, err));
    YX_TRY(open_file(name, ".p7", &results.envelope, err));
    YX_TRY(open_file(name, ".sm2", &results.sm2_envelope, err));
    YX_TRY(cli_passphrase(args, "passphrase-file", args->operands[0], false, &passphrase, err));
    const struct yx_bytes answers[2] = {yx_buf_bytes(&first), yx_buf_bytes(&second)};
    YX_TRY(
        yx_escrow_recover(escrow, answers, yx_buf_bytes(&passphrase), 0, cli_actor(), &got, err));
    YX_TRY(write_file(&results.envelope, yx_buf_bytes(&got.envelope), err));
    YX_TRY(write_file(&results.sm2_envelope, yx_buf_bytes(&got.sm2_envelope), err));
    cli_say(stdout, _("{1}: the key, for the recipient alone; `yinxin escrow open` opens it\n"),
            results.envelope.path);
    return YX_OK;
}

static const struct cli_option recover_options[] = {
    {.name = "o",
     .value = "NAME",
     .help = N_("writes NAME.p7, and for USB keys NAME.sm2"),
     .required = true},
    {.name = "passphrase-file",
     .value = "F",
     .help = N_("the first line of F is the passphrase of this recovery; otherwise "
                "YINXIN_PASSPHRASE holds it, or the terminal asks for it")},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_escrow_recover = {
    .name = "escrow recover",
    .operands = "PLACE ANSWER ANSWER",
    .summary = N_("put the answers of two administrators together"),
    .details = N_("The key is closed for the recipient of the request at once. An answer that is "
                  "refused is recorded, too."),
    .options = recover_options,
    .run = run_recover,
};

/* --- escrow open -------------------------------------------------------------------------------
 */

static yx_status run_open(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf envelope = {0};
    YX_CLEAN(yx_buf) struct yx_buf passphrase = {0};
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    YX_CLEAN(yx_cert) struct yx_cert *holder = NULL;
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_private_key) struct yx_private_key *opened = NULL;
    const char *path = cli_value(args, "o");

    YX_TRY(yx_file_read(args->operands[0], CLI_FILE_MAX, &envelope, err));
    YX_TRY(cli_certificate(cli_value(args, "cert"), &holder, err));
    YX_REQUIRE(access(path, F_OK) != 0, err, YX_NO_OUTPUT, "",
               N_("{1} is there already: choose another name"), path);
    YX_TRY(cli_key_file(args, cli_value(args, "key"), &key, err));
    YX_TRY(yx_escrow_open_key(yx_buf_bytes(&envelope), holder, key, &opened, err));
    YX_TRY(cli_passphrase(args, "new-passphrase-file", path, true, &passphrase, err));
    YX_TRY(yx_private_key_write(opened, yx_buf_bytes(&passphrase), &pem, err));
    return yx_file_write(path, true, yx_buf_bytes(&pem), err);
}

static const struct cli_option open_options[] = {
    {.name = "cert",
     .value = "CERT",
     .help = N_("the certificate that the key was closed for: of the holder's signing key"),
     .required = true},
    {.name = "key", .value = "F", .help = N_("and the key, in a file"), .required = true},
    {.name = "o",
     .value = "F",
     .help = N_("the key file to write, PKCS#8 under a passphrase"),
     .required = true},
    CLI_PASSPHRASE_OPTION,
    {.name = "new-passphrase-file",
     .value = "F",
     .help = N_("the first line of F is the new passphrase; without it the old one stays")},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_escrow_open = {
    .name = "escrow open",
    .operands = "FILE",
    .summary = N_("open an encryption key that was handed over"),
    .details = N_("FILE is the NAME-enc.p7 of `ca issue --escrow`, or what `escrow recover` wrote. "
                  "On a USB key the .sm2 file is put with `yinxin token import --envelope`."),
    .options = open_options,
    .run = run_open,
};
