/* SPDX-License-Identifier: Apache-2.0 */
/* cli/key.c - `yinxin key protect`: a key file with another passphrase, or a dearer one. */
#include "cli/cli.h"

static yx_status read_cost(const struct cli_args *args, struct yx_kdf_cost *out,
                           struct yx_error *err)
{
    const char *name = cli_value(args, "kdf");
    int64_t cost = 0;

    out->kdf = name != NULL && strcmp(name, "pbkdf2") == 0 ? YX_KDF_PBKDF2 : YX_KDF_SCRYPT;
    YX_REQUIRE(name == NULL || out->kdf == YX_KDF_PBKDF2 || strcmp(name, "scrypt") == 0, err,
               YX_USAGE, "", N_("--kdf takes scrypt or pbkdf2, not {1}"), name);
    YX_TRY(cli_int(args, "kdf-cost", 1, 10000000, &cost, err));
    out->cost = (uint32_t)cost;
    return YX_OK;
}

static yx_status read_key(const struct cli_args *args, struct yx_private_key **out,
                          struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_buf) struct yx_buf passphrase = {0};
    const char *path = args->operands[0];
    yx_status status;

    YX_TRY(yx_file_read(path, CLI_FILE_MAX, &file, err));
    status = yx_private_key_read(yx_buf_bytes(&file), YX_BYTES("", 0), out, err);
    if (status != YX_REFUSED)
        return status;
    YX_TRY(cli_passphrase(args, "passphrase-file", path, false, &passphrase, err));
    return yx_private_key_read(yx_buf_bytes(&file), yx_buf_bytes(&passphrase), out, err);
}

static yx_status run(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf passphrase = {0};
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    struct yx_kdf_cost cost;
    const char *path = cli_value(args, "o");

    YX_TRY(read_cost(args, &cost, err));
    YX_TRY(read_key(args, &key, err));
    YX_TRY(cli_passphrase(args, "new-passphrase-file", path, true, &passphrase, err));
    YX_TRY(yx_private_key_write_with(key, yx_buf_bytes(&passphrase), &cost, &pem, err));
    return yx_file_write(path, true, yx_buf_bytes(&pem), err);
}

static const struct cli_option options[] = {
    {.name = "o", .value = "F", .help = N_("the key file to write"), .required = true},
    {.name = "kdf",
     .value = "K",
     .help = N_("how the passphrase becomes a key: scrypt, the usual, or pbkdf2")},
    {.name = "kdf-cost",
     .value = "N",
     .help = N_("scrypt: 1 to 64, usually 2 (16 MiB and 50 ms each); pbkdf2: iterations, 100000 "
                "to 10000000, usually 600000")},
    {.name = "new-passphrase-file",
     .value = "F",
     .help = N_("the first line of F is the new passphrase; without it the old one stays")},
    CLI_PASSPHRASE_OPTION,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_key_protect = {
    .name = "key protect",
    .operands = "KEYFILE",
    .summary = N_("write a key file with another passphrase or cost"),
    .details = N_("KEYFILE is PKCS#8, SEC 1 or PKCS#12; what is written is encrypted PKCS#8, PEM. "
                  "The dearer the passphrase, the slower a thief of the file can guess."),
    .options = options,
    .run = run,
};
