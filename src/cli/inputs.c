/* SPDX-License-Identifier: Apache-2.0 */
/* cli/inputs.c - keys, certificates, seals and trust from the files that options name. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

static yx_status read_input(const char *path, size_t limit, struct yx_buf *out,
                            struct yx_error *err)
{
    bool token = strncmp(path, "pkcs11:", 7) == 0 || strncmp(path, "skf:", 4) == 0;

    YX_REQUIRE(!token, err, YX_USAGE, "",
               N_("{1}: this version reads keys and certificates from files only"), path);
    return yx_file_read(path, limit, out, err);
}

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

yx_status cli_certificate(const char *path, struct yx_cert **out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};

    YX_TRY(read_input(path, CLI_FILE_MAX, &file, err));
    return blame(path, yx_cert_read(yx_buf_bytes(&file), out, err), err);
}

static yx_status add_certificate(const char *path, struct yx_bytes file, struct cli_certs *out,
                                 struct yx_error *err)
{
    struct yx_cert **grown = reallocarray(out->items, out->count + 1, sizeof(void *));

    if (grown == NULL)
        return yx_fail_memory(err);
    out->items = grown;
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

    YX_TRY(read_input(path, CLI_FILE_MAX, &file, err));
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

    YX_TRY(read_input(path, YX_SEAL_MAX, &file, err));
    return blame(path, yx_seal_from_der(yx_buf_bytes(&file), out, err), err);
}

/* A key may be unprotected, so without a given passphrase the terminal is the last resort. */
yx_status cli_private_key(const struct cli_args *args, const char *path,
                          struct yx_private_key **out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_buf) struct yx_buf passphrase = {0};
    yx_status status;

    YX_TRY(read_input(path, CLI_FILE_MAX, &file, err));
    if (!cli_passphrase_is_given(args)) {
        status = yx_private_key_read(yx_buf_bytes(&file), YX_BYTES("", 0), out, err);
        if (status != YX_REFUSED)
            return blame(path, status, err);
    }
    YX_TRY(cli_passphrase(args, "passphrase-file", path, false, &passphrase, err));
    return blame(
        path, yx_private_key_read(yx_buf_bytes(&file), yx_buf_bytes(&passphrase), out, err), err);
}

/* --- Trust ------------------------------------------------------------------------------- */

static yx_status add_crl(struct yx_trust *trust, const char *path, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};

    YX_TRY(read_input(path, CLI_FILE_MAX, &file, err));
    return blame(path, yx_trust_add_crl(trust, yx_buf_bytes(&file), err), err);
}

static yx_status add_ocsp(struct yx_trust *trust, const char *path, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};

    YX_TRY(read_input(path, CLI_FILE_MAX, &file, err));
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
