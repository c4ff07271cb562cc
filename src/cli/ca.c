/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/ca.c - `yinxin ca init|issue`: the authority in a folder. The work is done by ca/; here are
 * options in and files out. What becomes of certificates is in ca_life.c.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/ca.h"

#define NEW_PASSPHRASE_OPTION                                                                   \
    {                                                                                           \
        .name = "new-passphrase-file", .value = "F",                                            \
        .help = N_("the first line of F is the passphrase of the key that is made; without it " \
                   "the passphrase of the authority serves for both")                           \
    }

#define ALGORITHM_HELP N_("sm2, p256, p384, rsa3072, rsa4096 or ed25519")

yx_status cli_ca_algorithm(const char *name, yx_key_type *type, unsigned *bits,
                           struct yx_error *err)
{
    if (name == NULL)
        return YX_OK;
    if (yx_ca_algorithm_find(name, type, bits))
        return YX_OK;
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

const char *cli_actor(void)
{
    static char actor[32]; /* the same for the whole process */

    (void)snprintf(actor, sizeof actor, "cli:uid=%lu", (unsigned long)getuid());
    return actor;
}

yx_status cli_ca_unlocked(const struct cli_args *args, const char *folder, struct yx_ca **out,
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

static yx_status read_path_length(const struct cli_args *args, int *out, struct yx_error *err)
{
    int64_t length = *out;

    YX_TRY(cli_int(args, "path-length", 0, 10, &length, err));
    *out = (int)length;
    return YX_OK;
}

static yx_status read_settings(const struct cli_args *args, struct yx_buf *out,
                               struct yx_error *err)
{
    if (!cli_has(args, "config"))
        return YX_OK;
    YX_TRY(yx_file_read(cli_value(args, "config"), CLI_FILE_MAX, out, err));
    return yx_buf_append(out, YX_BYTES("", 1)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status run_init(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_ca) struct yx_ca *parent = NULL;
    YX_CLEAN(yx_ca) struct yx_ca *made = NULL;
    YX_CLEAN(yx_buf) struct yx_buf passphrase = {0};
    YX_CLEAN(yx_buf) struct yx_buf settings = {0};
    struct yx_ca_init_request request = {
        .folder = args->operands[0],
        .name = cli_value(args, "name"),
        .key_type = YX_KEY_SM2,
        .path_length = -1,
        .actor = cli_actor(),
    };

    YX_TRY(
        cli_ca_algorithm(cli_value(args, "algorithm"), &request.key_type, &request.rsa_bits, err));
    YX_TRY(read_days(args, 0, &request.days, err));
    YX_TRY(read_path_length(args, &request.path_length, err));
    YX_TRY(read_settings(args, &settings, err));
    if (settings.len > 0)
        request.settings = (const char *)settings.data;
    if (cli_has(args, "parent"))
        YX_TRY(cli_ca_unlocked(args, cli_value(args, "parent"), &parent, err));
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
    {.name = "path-length",
     .value = "N",
     .help = N_("how many authorities may stand below it; no limit unless given")},
    {.name = "config",
     .value = "F",
     .help = N_("settings, see yinxin-ca.conf(5); becomes DIR/ca.conf")},
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
                  "private and backed up. When the settings name a key on a token, that key is "
                  "certified, and the passphrase is its PIN."),
    .options = init_options,
    .run = run_init,
};

/* --- ca issue ---------------------------------------------------------------------------- */

#define NAMES_MAX 100

/* What is issued: to whom, and where the two files go. */
struct order {
    struct yx_ca_issue_request request;
    struct yx_general_name names[NAMES_MAX];
    struct ip {
        uint8_t octets[16];
    } ips[NAMES_MAX];
    size_t name_count;
    struct yx_buf subject;
    struct yx_buf spki;
    struct yx_private_key *key; /* NULL with a request of the holder */
    char pem_path[4096];
    char key_path[4096];
    struct yx_sink *pem;
    struct yx_sink *key_file;
    struct yx_identity identity;
    struct yx_escrow *escrow; /* NULL: one certificate is enough */
    struct cli_twin twin;
};

static void order_free(struct order *order)
{
    yx_buf_free(&order->subject);
    yx_buf_free(&order->spki);
    yx_private_key_free(order->key);
    yx_sink_free(order->pem);
    yx_sink_free(order->key_file);
    yx_escrow_free(order->escrow);
    cli_twin_free(&order->twin);
}
YX_DEFINE_CLEAN_VALUE(order, struct order, order_free);

static yx_status find_profile(const struct cli_args *args, const struct yx_ca *ca,
                              const struct yx_ca_profile **out, struct yx_error *err)
{
    const char *name = cli_value(args, "profile");

    *out = yx_ca_profile_find(ca, name);
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
    if (order->escrow != NULL)
        YX_TRY(cli_twin_open(name, &order->twin, err));
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

    YX_TRY(cli_ca_algorithm(cli_value(args, "algorithm"), &type, &bits, err));
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

static yx_status issue_twin(struct yx_ca *ca, struct order *order, struct yx_buf *der,
                            struct yx_error *err)
{
    YX_CLEAN(yx_escrow_twin) struct yx_escrow_twin twin = {0};

    YX_TRY(yx_escrow_issue_twin(order->escrow, ca, &order->request, &twin, err));
    if (yx_buf_append(der, yx_buf_bytes(&twin.signing)) != YX_OK)
        return yx_fail_memory(err);
    return cli_twin_write(&order->twin, ca, &twin, err);
}

static yx_status issue(struct yx_ca *ca, struct order *order, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_cert) struct yx_cert *certificate = NULL;

    order->request.actor = cli_actor();
    order->request.subject = yx_buf_bytes(&order->subject);
    order->request.spki = yx_buf_bytes(&order->spki);
    order->request.identity = &order->identity;
    if (order->escrow != NULL)
        YX_TRY(issue_twin(ca, order, &der, err));
    else
        YX_TRY(yx_ca_issue(ca, &order->request, &der, err));
    YX_TRY(write_chain(order, ca, yx_buf_bytes(&der), err));
    YX_TRY(yx_cert_from_der(yx_buf_bytes(&der), &certificate, err));
    cli_say(stdout, _("{1}: {2}, serial {3}, until {4}\n"), order->pem_path,
            yx_cert_subject(certificate), yx_cert_serial(certificate),
            CLI_DAY(yx_cert_not_after(certificate)));
    return YX_OK;
}

/* The further names of the holder: --dns, --email, --ip, each as often as there are. */
static yx_status add_name(struct order *order, yx_name_form form, struct yx_bytes value,
                          struct yx_error *err)
{
    YX_REQUIRE(order->name_count < NAMES_MAX, err, YX_USAGE, "",
               N_("a certificate can have at most {1} further names"), YX_NUM(NAMES_MAX));
    order->names[order->name_count++] = (struct yx_general_name){.form = form, .value = value};
    return YX_OK;
}

static yx_status read_ip(struct order *order, const char *text, struct yx_error *err)
{
    struct ip *ip = &order->ips[order->name_count % NAMES_MAX];
    size_t len = inet_pton(AF_INET, text, ip->octets) == 1    ? 4
                 : inet_pton(AF_INET6, text, ip->octets) == 1 ? 16
                                                              : 0;

    YX_REQUIRE(len > 0, err, YX_USAGE, "RFC 5280 4.2.1.6", N_("{1} is no IP address"), text);
    return add_name(order, YX_NAME_IP, YX_BYTES(ip->octets, len), err);
}

static yx_status read_names(const struct cli_args *args, struct order *order, struct yx_error *err)
{
    const char *text;
    size_t at = 0;

    while ((text = cli_next_value(args, "dns", &at)) != NULL)
        YX_TRY(add_name(order, YX_NAME_DNS, YX_TEXT(text), err));
    at = 0;
    while ((text = cli_next_value(args, "email", &at)) != NULL)
        YX_TRY(add_name(order, YX_NAME_EMAIL, YX_TEXT(text), err));
    at = 0;
    while ((text = cli_next_value(args, "ip", &at)) != NULL)
        YX_TRY(read_ip(order, text, err));
    order->request.alt_names = order->names;
    order->request.alt_name_count = order->name_count;
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
    YX_TRY(read_days(args, 0, &order.request.days, err));
    YX_TRY(read_names(args, &order, err));
    YX_TRY(cli_identity(args, &order.identity, err));
    if (cli_has(args, "escrow"))
        YX_TRY(yx_escrow_open(cli_value(args, "escrow"), &order.escrow, err));
    YX_TRY(cli_ca_unlocked(args, args->operands[0], &ca, err));
    YX_TRY(find_profile(args, ca, &order.request.profile, err));
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
    {.name = "dns",
     .value = "NAME",
     .help = N_("a name of the server; its CN unless given"),
     .many = true},
    {.name = "email",
     .value = "ADDRESS",
     .help = N_("an e-mail address of the holder"),
     .many = true},
    {.name = "ip", .value = "ADDRESS", .help = N_("an IP address of the server"), .many = true},
    CLI_IDENTITY_OPTION,
    {.name = "escrow",
     .value = "PLACE",
     .help = N_("issue an encryption certificate, too, and keep its key in this key-escrow "
                "store; writes NAME-enc.pem, NAME-enc.p7 and for USB keys NAME-enc.sm2")},
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
