/* SPDX-License-Identifier: Apache-2.0 */
/* cli/inputs.c - keys, certificates, seals and trust from the files that options name. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

/* Says which file the error is about. */
static yx_status blame(const char *path, yx_status status, struct yx_error *err)
{
    struct yx_error cause;
    char sentence[512];

    if (status == YX_OK || err == NULL || status == YX_NO_MEMORY)
        return status;
    cause = *err;
    yx_message_render(&cause.message, cli_translate, sentence, sizeof sentence);
    return yx_fail(err, status, cause.rule, "{1}: {2}", path, sentence);
}

struct yx_token_setup cli_token_setup(const struct cli_args *args)
{
    union { /* the arguments are only read */
        const struct cli_args *args;
        void *self;
    } borrowed = {.args = args};

    return (struct yx_token_setup){
        .pin = {args != NULL ? cli_ask_pin : NULL, borrowed.self},
        .pkcs11_module = getenv("YINXIN_PKCS11_MODULE"),
        .skf_module = getenv("YINXIN_SKF_MODULE"),
        .sdf_module = getenv("YINXIN_SDF_MODULE"),
    };
}

static yx_status certificate_on_token(const char *place, struct yx_cert **out, struct yx_error *err)
{
    const struct yx_token_setup setup = cli_token_setup(NULL);

    return blame(place, yx_token_cert_read(&setup, place, out, err), err);
}

yx_status cli_certificate(const char *path, struct yx_cert **out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};

    if (yx_token_is_place(path))
        return certificate_on_token(path, out, err);
    YX_TRY(yx_file_read(path, CLI_FILE_MAX, &file, err));
    return blame(path, yx_cert_read(yx_buf_bytes(&file), out, err), err);
}

/* `file` is what was read of the path; empty: the path is a place on a token. */
static yx_status add_certificate(const char *path, struct yx_bytes file, struct cli_certs *out,
                                 struct yx_error *err)
{
    struct yx_cert **grown = reallocarray(out->items, out->count + 1, sizeof(void *));

    if (grown == NULL)
        return yx_fail_memory(err);
    out->items = grown;
    if (yx_token_is_place(path))
        YX_TRY(certificate_on_token(path, &grown[out->count], err));
    else
        YX_TRY(blame(path, yx_cert_read(file, &grown[out->count], err), err));
    out->count++;
    return YX_OK;
}

yx_status cli_certificates(const char *path, struct cli_certs *out, struct yx_error *err)
{
    static const char mark[] = "-----BEGIN CERTIFICATE-----";
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct yx_bytes rest;
    const uint8_t *next;

    if (yx_token_is_place(path))
        return add_certificate(path, YX_BYTES(NULL, 0), out, err);
    YX_TRY(yx_file_read(path, CLI_FILE_MAX, &file, err));
    rest = yx_buf_bytes(&file);
    YX_TRY(add_certificate(path, rest, out, err));
    next = memmem(rest.data, rest.len, mark, sizeof mark - 1);
    while (next != NULL) {
        rest = YX_BYTES(next + 1, rest.len - (size_t)(next + 1 - rest.data));
        next = memmem(rest.data, rest.len, mark, sizeof mark - 1);
        if (next != NULL)
            YX_TRY(add_certificate(path, YX_BYTES(next, rest.len - (size_t)(next - rest.data)), out,
                                   err));
    }
    return YX_OK;
}

void cli_certs_free(struct cli_certs *certs)
{
    for (size_t i = 0; i < certs->count; i++)
        yx_cert_free(certs->items[i]);
    free(certs->items);
}

yx_status cli_seal(const char *path, struct yx_seal **out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};

    YX_TRY(yx_file_read(path, YX_SEAL_MAX, &file, err));
    return blame(path, yx_seal_from_der(yx_buf_bytes(&file), out, err), err);
}

yx_status cli_private_key(const struct cli_args *args, const char *place, struct yx_token_key **out,
                          struct yx_error *err)
{
    const struct yx_token_setup setup = cli_token_setup(args);

    return blame(place, yx_token_key_open(&setup, place, out, err), err);
}

/* Envelopes are opened by keys in files alone: a token does not give what it decrypts. */
yx_status cli_key_file(const struct cli_args *args, const char *path, struct yx_private_key **out,
                       struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_buf) struct yx_buf passphrase = {0};
    yx_status status;

    YX_REQUIRE(!yx_token_is_place(path), err, YX_USAGE, "",
               N_("the key must be in a file; `yinxin token import --envelope` puts an encryption "
                  "key on a USB key"));
    YX_TRY(yx_file_read(path, CLI_FILE_MAX, &file, err));
    status = yx_private_key_read(yx_buf_bytes(&file), YX_BYTES("", 0), out, err);
    if (status != YX_REFUSED)
        return status;
    YX_TRY(cli_passphrase(args, "passphrase-file", path, false, &passphrase, err));
    return yx_private_key_read(yx_buf_bytes(&file), yx_buf_bytes(&passphrase), out, err);
}

/* --- Trust ------------------------------------------------------------------------------- */

static yx_status add_crl(struct yx_trust *trust, const char *path, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};

    YX_TRY(yx_file_read(path, CLI_FILE_MAX, &file, err));
    return blame(path, yx_trust_add_crl(trust, yx_buf_bytes(&file), err), err);
}

static yx_status add_ocsp(struct yx_trust *trust, const char *path, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};

    YX_TRY(yx_file_read(path, CLI_FILE_MAX, &file, err));
    return blame(path, yx_trust_add_ocsp(trust, yx_buf_bytes(&file), err), err);
}

/* A default folder counts when it is there. */
static yx_status add_default(struct yx_trust *trust, const char *path, struct yx_error *err)
{
    struct stat about;

    if (stat(path, &about) != 0 || !S_ISDIR(about.st_mode))
        return YX_OK;
    return yx_trust_add_path(trust, path, err);
}

static yx_status add_defaults(struct yx_trust *trust, struct yx_error *err)
{
    const char *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    bool has_config = config != NULL && config[0] == '/';
    YX_CLEAN(yx_buf) struct yx_buf path = {0};

    if (has_config || (home != NULL && home[0] == '/')) {
        if (yx_buf_printf(&path, "%s%s/yinxin/trust", has_config ? config : home,
                          has_config ? "" : "/.config") != YX_OK ||
            yx_buf_append(&path, YX_BYTES("", 1)) != YX_OK)
            return yx_fail_memory(err);
        YX_TRY(add_default(trust, (const char *)path.data, err));
    }
    return add_default(trust, "/etc/yinxin/trust", err);
}

yx_status cli_trust(const struct cli_args *args, const char *option, bool defaults,
                    struct yx_trust **out, struct yx_error *err)
{
    YX_CLEAN(yx_trust) struct yx_trust *trust = NULL;
    const char *path;

    YX_TRY(yx_trust_new(&trust, err));
    for (size_t at = 0; (path = cli_next_value(args, option, &at)) != NULL;)
        YX_TRY(blame(path, yx_trust_add_path(trust, path, err), err));
    for (size_t at = 0; (path = cli_next_value(args, "crl", &at)) != NULL;)
        YX_TRY(add_crl(trust, path, err));
    for (size_t at = 0; (path = cli_next_value(args, "ocsp", &at)) != NULL;)
        YX_TRY(add_ocsp(trust, path, err));
    if (defaults)
        YX_TRY(add_defaults(trust, err));
    *out = trust;
    trust = NULL;
    return YX_OK;
}
