/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/ca_renew.c - `yinxin ca renew`: a certificate that comes after another; and the numbers of a
 * holder that `ca issue` and it take.
 */
#include <unistd.h>

#include "cli/ca.h"

/* --- Identity ----------------------------------------------------------------------------- */

static const struct {
    const char *name;
    size_t offset;
} numbers[] = {
    {"resident-card", offsetof(struct yx_identity, resident_card)},
    {"officer-card", offsetof(struct yx_identity, officer_card)},
    {"passport", offsetof(struct yx_identity, passport)},
    {"insurance", offsetof(struct yx_identity, insurance)},
    {"registration", offsetof(struct yx_identity, ic_registration)},
    {"organization", offsetof(struct yx_identity, organization)},
    {"taxation", offsetof(struct yx_identity, taxation)},
};
#define NUMBERS (sizeof numbers / sizeof numbers[0])

static yx_status take_number(const char *text, struct yx_identity *out, struct yx_error *err)
{
    const char *sign = strchr(text, '=');
    size_t len = sign == NULL ? 0 : (size_t)(sign - text);

    for (size_t i = 0; i < NUMBERS; i++) {
        const char *known;

        if (strlen(numbers[i].name) != len || strncmp(numbers[i].name, text, len) != 0)
            continue;
        memcpy(&known, (char *)out + numbers[i].offset, sizeof known);
        YX_REQUIRE(known == NULL, err, YX_USAGE, "GM/T 0015, identity extensions",
                   N_("--identity {1} stands twice"), numbers[i].name);
        known = sign + 1;
        memcpy((char *)out + numbers[i].offset, &known, sizeof known);
        return YX_OK;
    }
    return yx_fail(err, YX_USAGE, "GM/T 0015, identity extensions",
                   N_("--identity takes WHAT=N, not {1}; WHAT is one of {2}"), text,
                   "resident-card, officer-card, passport, insurance, registration, organization, "
                   "taxation");
}

yx_status cli_identity(const struct cli_args *args, struct yx_identity *out, struct yx_error *err)
{
    const char *text;

    for (size_t at = 0; (text = cli_next_value(args, "identity", &at)) != NULL;)
        YX_TRY(take_number(text, out, err));
    return YX_OK;
}

/* --- ca renew ------------------------------------------------------------------------------ */

/* The other key, if there is one, and where the files go. */
struct renewal {
    struct yx_buf serial, subject, asked; /* `asked`: the subject of the request, not looked at */
    struct yx_buf spki;
    struct yx_identity identity;
    char pem_path[4096], key_path[4096];
    struct yx_sink *pem, *key_file;
    struct yx_escrow *escrow; /* NULL: one certificate is enough */
    struct cli_twin twin;
};

static void renewal_free(struct renewal *renewal)
{
    yx_buf_free(&renewal->serial);
    yx_buf_free(&renewal->subject);
    yx_buf_free(&renewal->asked);
    yx_buf_free(&renewal->spki);
    yx_sink_free(renewal->pem);
    yx_sink_free(renewal->key_file);
    yx_escrow_free(renewal->escrow);
    cli_twin_free(&renewal->twin);
}
YX_DEFINE_CLEAN_VALUE(renewal, struct renewal, renewal_free);

static yx_status open_new(const char *name, const char *ending, bool secret, char path[4096],
                          struct yx_sink **out, struct yx_error *err)
{
    int len = snprintf(path, 4096, "%s%s", name, ending);

    YX_REQUIRE(len > 0 && len < 4096, err, YX_NO_OUTPUT, "",
               N_("the name of the output is too long"));
    YX_REQUIRE(access(path, F_OK) != 0, err, YX_NO_OUTPUT, "",
               N_("{1} is there already: choose another name"), path);
    return yx_sink_file(path, secret, out, err);
}

static yx_status read_request(const char *path, struct renewal *renewal, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};

    YX_TRY(yx_file_read(path, CLI_FILE_MAX, &file, err));
    return yx_request_read(yx_buf_bytes(&file), &renewal->asked, &renewal->spki, err);
}

static yx_status make_key(const struct cli_args *args, const struct yx_ca *ca,
                          struct renewal *renewal, struct yx_error *err)
{
    const struct yx_public_key *authority = yx_cert_public_key(yx_ca_certificate(ca));
    yx_key_type type = yx_public_key_type(authority);
    unsigned bits = yx_public_key_bits(authority);
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf passphrase = {0};
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};

    YX_TRY(cli_ca_algorithm(cli_value(args, "algorithm"), &type, &bits, err));
    YX_TRY(
        open_new(cli_value(args, "o"), ".key", true, renewal->key_path, &renewal->key_file, err));
    YX_TRY(cli_passphrase(args, "new-passphrase-file", renewal->key_path, true, &passphrase, err));
    YX_TRY(yx_private_key_generate(type, bits, &key, err));
    YX_TRY(yx_private_key_write(key, yx_buf_bytes(&passphrase), &pem, err));
    YX_TRY(yx_sink_write(renewal->key_file, yx_buf_bytes(&pem), err));
    return yx_buf_append(&renewal->spki, yx_public_key_spki(yx_private_key_public(key))) == YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

static yx_status write_files(struct renewal *renewal, const struct yx_ca *ca, struct yx_bytes der,
                             struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};

    if (yx_pem_write("CERTIFICATE", der, &pem) != YX_OK ||
        yx_buf_append(&pem, yx_ca_chain(ca)) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_sink_write(renewal->pem, yx_buf_bytes(&pem), err));
    if (renewal->key_file != NULL)
        YX_TRY(yx_sink_commit(renewal->key_file, err));
    return yx_sink_commit(renewal->pem, err);
}

static yx_status renew_pair(struct yx_ca *ca, const struct yx_ca_renew_request *request,
                            struct renewal *renewal, struct yx_buf *der, struct yx_error *err)
{
    YX_CLEAN(yx_escrow_twin) struct yx_escrow_twin twin = {0};

    YX_TRY(yx_escrow_renew_twin(renewal->escrow, ca, request, &twin, err));
    if (yx_buf_append(der, yx_buf_bytes(&twin.signing)) != YX_OK)
        return yx_fail_memory(err);
    return cli_twin_write(&renewal->twin, ca, &twin, err);
}

static yx_status renew(const struct cli_args *args, struct yx_ca *ca, struct renewal *renewal,
                       struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_cert) struct yx_cert *made = NULL;
    int64_t days = 0;

    YX_TRY(cli_int(args, "days", 1, 36500, &days, err));
    const struct yx_ca_renew_request request = {
        .serial = (const char *)renewal->serial.data,
        .spki = yx_buf_bytes(&renewal->spki),
        .subject = yx_buf_bytes(&renewal->subject),
        .identity = cli_has(args, "identity") ? &renewal->identity : NULL,
        .reissue = cli_has(args, "reissue"),
        .days = (int)days,
        .actor = cli_actor(),
    };
    YX_TRY(renewal->escrow != NULL ? renew_pair(ca, &request, renewal, &der, err)
                                   : yx_ca_renew(ca, &request, &der, err));
    YX_TRY(write_files(renewal, ca, yx_buf_bytes(&der), err));
    YX_TRY(yx_cert_from_der(yx_buf_bytes(&der), &made, err));
    cli_say(stdout, _("{1}: {2}, serial {3}, until {4}\n"), renewal->pem_path,
            yx_cert_subject(made), yx_cert_serial(made), CLI_DAY(yx_cert_not_after(made)));
    if (request.reissue)
        cli_say(stdout, _("{1} is revoked; publish a new CRL with `yinxin ca crl`\n"),
                request.serial);
    return YX_OK;
}

static yx_status run(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    YX_CLEAN(renewal) struct renewal renewal = {0};

    YX_REQUIRE(!cli_has(args, "csr") || !cli_has(args, "rekey"), err, YX_USAGE, "",
               N_("--rekey makes a new key; the request of --csr brings its own"));
    YX_REQUIRE(cli_has(args, "rekey") || !cli_has(args, "algorithm"), err, YX_USAGE, "",
               N_("--algorithm is for the new key of --rekey"));
    YX_TRY(cli_identity(args, &renewal.identity, err));
    YX_TRY(cli_ca_serial(args->operands[1], &renewal.serial, err));
    if (cli_has(args, "subject"))
        YX_TRY(yx_name_to_der(cli_value(args, "subject"), &renewal.subject, err));
    YX_TRY(cli_ca_unlocked(args, args->operands[0], &ca, err));
    YX_TRY(open_new(cli_value(args, "o"), ".pem", false, renewal.pem_path, &renewal.pem, err));
    if (cli_has(args, "escrow")) {
        YX_TRY(yx_escrow_open(cli_value(args, "escrow"), &renewal.escrow, err));
        YX_TRY(cli_twin_open(cli_value(args, "o"), &renewal.twin, err));
    }
    if (cli_has(args, "csr"))
        YX_TRY(read_request(cli_value(args, "csr"), &renewal, err));
    if (cli_has(args, "rekey"))
        YX_TRY(make_key(args, ca, &renewal, err));
    return renew(args, ca, &renewal, err);
}

static const struct cli_option options[] = {
    {.name = "csr", .value = "F", .help = N_("a PKCS#10 request with another key of the holder")},
    {.name = "rekey", .help = N_("make another key, too: writes NAME.key")},
    {.name = "algorithm", .value = "A", .help = N_("sm2, p256, p384, rsa3072, rsa4096 or ed25519")},
    {.name = "reissue",
     .help = N_("revoke the old certificate in the same step: after a loss, or a change")},
    {.name = "subject",
     .value = "NAME",
     .help = N_("the holder's new name, with --reissue; further names are not taken over then")},
    CLI_IDENTITY_OPTION,
    {.name = "escrow",
     .value = "PLACE",
     .help = N_("replace the encryption certificate, too: another key, kept in this key-escrow "
                "store; writes NAME-enc.pem, NAME-enc.p7 and for USB keys NAME-enc.sm2")},
    {.name = "days", .value = "N", .help = N_("how long it lasts; each profile has its own usual")},
    {.name = "o",
     .value = "NAME",
     .help = N_("writes NAME.pem (the certificate and its chain)"),
     .required = true},
    CLI_PASSPHRASE_OPTION,
    {.name = "new-passphrase-file",
     .value = "F",
     .help = N_("the first line of F is the passphrase of the key that is made; without it the "
                "passphrase of the authority serves for both")},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_ca_renew = {
    .name = "ca renew",
    .operands = "DIR CERT|SERIAL",
    .summary = N_("issue a certificate that comes after another"),
    .details =
        N_("Subject, profile, further names and identity are those of the old one, and so "
           "is the key (an extension) unless --csr or --rekey bring another. The old "
           "certificate must be in force; a suspended one can be reissued with another key."),
    .options = options,
    .run = run,
};
