/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/ca.c - `yinxin ca init|issue|list|revoke|crl`: the authority in a folder. The work is done
 * by ca/; here are options in and files out.
 */
#include <stdlib.h>
#include <unistd.h>

#include "ca/ca.h"
#include "cli/cli.h"

#define NEW_PASSPHRASE_OPTION                                                                   \
    {                                                                                           \
        .name = "new-passphrase-file", .value = "F",                                            \
        .help = N_("the first line of F is the passphrase of the key that is made; without it " \
                   "the passphrase of the authority serves for both")                           \
    }

static const struct {
    const char *name;
    yx_key_type type;
    unsigned rsa_bits;
} algorithms[] = {
    {"sm2", YX_KEY_SM2, 0},        {"p256", YX_KEY_P256, 0},      {"p384", YX_KEY_P384, 0},
    {"rsa3072", YX_KEY_RSA, 3072}, {"rsa4096", YX_KEY_RSA, 4096}, {"ed25519", YX_KEY_ED25519, 0},
};
#define ALGORITHM_HELP N_("sm2, p256, p384, rsa3072, rsa4096 or ed25519")

/* Leaves type and bits as they are when the option was not given. */
static yx_status read_algorithm(const struct cli_args *args, yx_key_type *type, unsigned *bits,
                                struct yx_error *err)
{
    const char *name = cli_value(args, "algorithm");

    if (name == NULL)
        return YX_OK;
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
        if (strcmp(algorithms[i].name, name) == 0) {
            *type = algorithms[i].type;
            *bits = algorithms[i].rsa_bits;
            return YX_OK;
        }
    return yx_fail(err, YX_USAGE, "", N_("there is no algorithm {1}; known are {2}"), name,
                   "sm2, p256, p384, rsa3072, rsa4096, ed25519");
}

static yx_status read_days(const struct cli_args *args, int64_t usual, int *out,
                           struct yx_error *err)
{
    int64_t days = usual;

    YX_TRY(cli_int(args, "days", 1, 36500, &days, err));
    *out = (int)days;
    return YX_OK;
}

static yx_status open_unlocked(const struct cli_args *args, const char *folder, struct yx_ca **out,
                               struct yx_error *err)
{
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    YX_CLEAN(yx_buf) struct yx_buf passphrase = {0};
    YX_CLEAN(yx_buf) struct yx_buf key = {0};

    YX_TRY(yx_ca_open(folder, &ca, err));
    if (yx_buf_printf(&key, "%s/ca.key", folder) != YX_OK ||
        yx_buf_append(&key, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(
        cli_passphrase(args, "passphrase-file", (const char *)key.data, false, &passphrase, err));
    YX_TRY(yx_ca_unlock(ca, yx_buf_bytes(&passphrase), err));
    *out = ca;
    ca = NULL;
    return YX_OK;
}

/* --- ca init ----------------------------------------------------------------------------- */

static yx_status run_init(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_ca) struct yx_ca *parent = NULL;
    YX_CLEAN(yx_ca) struct yx_ca *made = NULL;
    YX_CLEAN(yx_buf) struct yx_buf passphrase = {0};
    struct yx_ca_init_request request = {
        .folder = args->operands[0],
        .name = cli_value(args, "name"),
        .key_type = YX_KEY_SM2,
    };

    YX_TRY(read_algorithm(args, &request.key_type, &request.rsa_bits, err));
    YX_TRY(read_days(args, 0, &request.days, err));
    if (cli_has(args, "parent"))
        YX_TRY(open_unlocked(args, cli_value(args, "parent"), &parent, err));
    YX_TRY(cli_passphrase(args, "new-passphrase-file", request.folder, true, &passphrase, err));
    request.parent = parent;
    request.passphrase = yx_buf_bytes(&passphrase);
    YX_TRY(yx_ca_init(&request, err));
    YX_TRY(yx_ca_open(request.folder, &made, err));
    cli_say(stdout, _("{1}: {2}, until {3}\n"), request.folder,
            yx_cert_subject(yx_ca_certificate(made)),
            CLI_DAY(yx_cert_not_after(yx_ca_certificate(made))));
    return YX_OK;
}

static const struct cli_option init_options[] = {
    {.name = "name", .value = "NAME", .help = N_("its name: CN=...,O=...,C=CN"), .required = true},
    {.name = "algorithm", .value = "A", .help = ALGORITHM_HELP},
    {.name = "days", .value = "N", .help = N_("how long it lasts; 3650 unless told otherwise")},
    {.name = "parent", .value = "DIR", .help = N_("make it subordinate to the authority in DIR")},
    CLI_PASSPHRASE_OPTION,
    NEW_PASSPHRASE_OPTION,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_ca_init = {
    .name = "ca init",
    .operands = "DIR",
    .summary = N_("make a certification authority in a new folder"),
    .details = N_("DIR/ca.pem is its certificate (behind it the chain to the root), DIR/ca.key its "
                  "encrypted key, DIR/ca.db the record of everything that it issues. Keep DIR "
                  "private and backed up."),
    .options = init_options,
    .run = run_init,
};

/* --- ca issue ---------------------------------------------------------------------------- */

/* What is issued: to whom, and where the two files go. */
struct order {
    struct yx_ca_issue_request request;
    struct yx_buf subject;
    struct yx_buf spki;
    struct yx_private_key *key; /* NULL with a request of the holder */
    char pem_path[4096];
    char key_path[4096];
    struct yx_sink *pem;
    struct yx_sink *key_file;
};

static void order_free(struct order *order)
{
    yx_buf_free(&order->subject);
    yx_buf_free(&order->spki);
    yx_private_key_free(order->key);
    yx_sink_free(order->pem);
    yx_sink_free(order->key_file);
}
YX_DEFINE_CLEAN_VALUE(order, struct order, order_free);

static yx_status find_profile(const struct cli_args *args, const struct yx_ca_profile **out,
                              struct yx_error *err)
{
    const char *name = cli_value(args, "profile");

    *out = yx_ca_profile_find(name);
    YX_REQUIRE(*out != NULL, err, YX_USAGE, "",
               N_("there is no profile {1}; `yinxin help ca issue` lists them"), name);
    return YX_OK;
}

/* Both files are made first: no certificate is issued that cannot be written. A key that is there
 * is never written over. */
static yx_status open_outputs(const struct cli_args *args, struct order *order,
                              struct yx_error *err)
{
    const char *name = cli_value(args, "o");
    bool with_key = !cli_has(args, "csr");

    YX_REQUIRE(strlen(name) + 5 < sizeof order->pem_path, err, YX_NO_OUTPUT, "",
               N_("the name of the output is too long"));
    (void)snprintf(order->pem_path, sizeof order->pem_path, "%s.pem", name);
    (void)snprintf(order->key_path, sizeof order->key_path, "%s.key", name);
    YX_REQUIRE(access(order->pem_path, F_OK) != 0, err, YX_NO_OUTPUT, "",
               N_("{1} is there already: choose another name"), order->pem_path);
    YX_TRY(yx_sink_file(order->pem_path, false, &order->pem, err));
    if (!with_key)
        return YX_OK;
    YX_REQUIRE(access(order->key_path, F_OK) != 0, err, YX_NO_OUTPUT, "",
               N_("{1} is there already: choose another name"), order->key_path);
    return yx_sink_file(order->key_path, true, &order->key_file, err);
}

static yx_status read_request(const char *path, struct order *order, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};

    YX_TRY(yx_file_read(path, CLI_FILE_MAX, &file, err));
    return yx_request_read(yx_buf_bytes(&file), &order->subject, &order->spki, err);
}

static yx_status make_key(const struct cli_args *args, const struct yx_ca *ca, struct order *order,
                          struct yx_error *err)
{
    const struct yx_public_key *authority = yx_cert_public_key(yx_ca_certificate(ca));
    yx_key_type type = yx_public_key_type(authority);
    unsigned bits = yx_public_key_bits(authority);
    YX_CLEAN(yx_buf) struct yx_buf passphrase = {0};
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};

    YX_TRY(read_algorithm(args, &type, &bits, err));
    YX_TRY(cli_passphrase(args, "new-passphrase-file", order->key_path, true, &passphrase, err));
    YX_TRY(yx_private_key_generate(type, bits, &order->key, err));
    YX_TRY(yx_private_key_write(order->key, yx_buf_bytes(&passphrase), &pem, err));
    YX_TRY(yx_sink_write(order->key_file, yx_buf_bytes(&pem), err));
    return yx_buf_append(&order->spki, yx_public_key_spki(yx_private_key_public(order->key))) ==
                   YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

/* --subject stands before the subject of the request: the authority decides what it certifies. */
static yx_status fill_order(const struct cli_args *args, const struct yx_ca *ca,
                            struct order *order, struct yx_error *err)
{
    const char *subject = cli_value(args, "subject");
    const char *csr = cli_value(args, "csr");

    if (csr != NULL)
        YX_TRY(read_request(csr, order, err));
    else
        YX_TRY(make_key(args, ca, order, err));
    if (subject == NULL)
        return YX_OK;
    yx_buf_free(&order->subject);
    return yx_name_to_der(subject, &order->subject, err);
}

static yx_status write_chain(struct order *order, const struct yx_ca *ca, struct yx_bytes der,
                             struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};

    if (yx_pem_write("CERTIFICATE", der, &pem) != YX_OK ||
        yx_buf_append(&pem, yx_ca_chain(ca)) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_sink_write(order->pem, yx_buf_bytes(&pem), err));
    if (order->key_file != NULL)
        YX_TRY(yx_sink_commit(order->key_file, err));
    return yx_sink_commit(order->pem, err);
}

static yx_status issue(struct yx_ca *ca, struct order *order, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_cert) struct yx_cert *certificate = NULL;

    order->request.subject = yx_buf_bytes(&order->subject);
    order->request.spki = yx_buf_bytes(&order->spki);
    YX_TRY(yx_ca_issue(ca, &order->request, &der, err));
    YX_TRY(write_chain(order, ca, yx_buf_bytes(&der), err));
    YX_TRY(yx_cert_from_der(yx_buf_bytes(&der), &certificate, err));
    cli_say(stdout, _("{1}: {2}, serial {3}, until {4}\n"), order->pem_path,
            yx_cert_subject(certificate), yx_cert_serial(certificate),
            CLI_DAY(yx_cert_not_after(certificate)));
    return YX_OK;
}

static yx_status run_issue(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    YX_CLEAN(order) struct order order = {0};

    YX_REQUIRE(cli_has(args, "subject") || cli_has(args, "csr"), err, YX_USAGE, "",
               N_("ca issue needs --subject, or --csr with a subject inside"));
    YX_REQUIRE(!cli_has(args, "csr") || !cli_has(args, "algorithm"), err, YX_USAGE, "",
               N_("--algorithm is for a new key; the request of --csr brings its own"));
    YX_TRY(find_profile(args, &order.request.profile, err));
    YX_REQUIRE(!cli_has(args, "dns") || order.request.profile->has_dns_name, err, YX_USAGE, "",
               N_("--dns is for the profile tls-server"));
    YX_TRY(read_days(args, 0, &order.request.days, err));
    order.request.dns_name = cli_value(args, "dns");
    YX_TRY(open_unlocked(args, args->operands[0], &ca, err));
    YX_TRY(open_outputs(args, &order, err));
    YX_TRY(fill_order(args, ca, &order, err));
    return issue(ca, &order, err);
}

static const struct cli_option issue_options[] = {
    {.name = "profile",
     .value = "P",
     .help = N_("the kind of certificate, see below"),
     .required = true},
    {.name = "subject", .value = "NAME", .help = N_("the holder: CN=...,O=...,C=CN")},
    {.name = "csr",
     .value = "F",
     .help = N_("a PKCS#10 request with the holder's key; no key is made then")},
    {.name = "days", .value = "N", .help = N_("how long it lasts; each profile has its own usual")},
    {.name = "dns", .value = "NAME", .help = N_("the name of a web server; its CN unless given")},
    {.name = "algorithm", .value = "A", .help = ALGORITHM_HELP},
    {.name = "o",
     .value = "NAME",
     .help = N_("writes NAME.pem (the certificate and its chain) and NAME.key"),
     .required = true},
    CLI_PASSPHRASE_OPTION,
    NEW_PASSPHRASE_OPTION,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_ca_issue = {
    .name = "ca issue",
    .operands = "DIR",
    .summary = N_("issue a certificate"),
    .details = N_("The key is of the authority's algorithm unless --algorithm names another."),
    .options = issue_options,
    .run = run_issue,
};

/* --- ca list ----------------------------------------------------------------------------- */

static bool show_record(void *context, const struct yx_ca_record *record)
{
    const yx_time *now = context;
    const char *state = record->not_after < *now ? _("expired") : _("good");

    if (record->revoked_at != YX_TIME_NONE)
        state = _("revoked");
    cli_say(stdout, "{1}  {2}  ", record->serial, CLI_DAY(record->not_after));
    cli_pad(stdout, state, 8);
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
    return yx_ca_list(ca, show_record, &now, err);
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

/* A file, or a serial in hex as `ca list` shows it. */
static yx_status find_serial(const char *text, struct yx_buf *out, struct yx_error *err)
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

static yx_status run_revoke(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    YX_CLEAN(yx_buf) struct yx_buf serial = {0};
    const char *name = cli_value(args, "reason");
    int reason = yx_ca_reason_find(name);

    YX_REQUIRE(reason >= 0, err, YX_USAGE, "RFC 5280 5.3.1",
               N_("there is no reason {1}; known are {2}"), name,
               "unspecified, keyCompromise, cACompromise, affiliationChanged, superseded, "
               "cessationOfOperation, privilegeWithdrawn, aACompromise");
    YX_TRY(yx_ca_open(args->operands[0], &ca, err));
    YX_TRY(find_serial(args->operands[1], &serial, err));
    YX_TRY(yx_ca_revoke(ca, (const char *)serial.data, reason, 0, err));
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

/* --- ca crl ------------------------------------------------------------------------------ */

static yx_status run_crl(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    const char *path = cli_value(args, "o");
    int64_t days = 7;

    YX_TRY(cli_int(args, "days", 1, 3650, &days, err));
    YX_TRY(open_unlocked(args, args->operands[0], &ca, err));
    YX_TRY(yx_sink_file(path, false, &sink, err));
    YX_TRY(yx_ca_crl(ca, (int)days, 0, &der, err));
    YX_TRY(yx_sink_write(sink, yx_buf_bytes(&der), err));
    YX_TRY(yx_sink_commit(sink, err));
    cli_say(stdout, _("{1}: good for {2} days\n"), path, YX_NUM(days));
    return YX_OK;
}

static const struct cli_option crl_options[] = {
    {.name = "days", .value = "N", .help = N_("how long it is good for; 7 unless told otherwise")},
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
