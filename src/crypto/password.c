/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto/password.c - passwords kept as hashes by scrypt (RFC 7914), written as
 *
 *   $scrypt$ln=14,r=8,p=5$SALT$HASH        base64, 16 and 32 octets
 *
 * which is 16 MiB and some 100 ms of work for every guess.
 */
#include <stdlib.h>

#include "crypto/libcrypto.h"

#define LOG_N 14
#define BLOCK 8
#define LANES 5
#define SALT 16
#define HASH 32
/* What a file may ask for: 128 MiB and about as much work as ours ten times. */
#define LOG_N_MAX 17
#define LANES_MAX 16
#define MEMORY_MAX (160u * 1024 * 1024)
#define RULE "RFC 7914 6"

struct cost {
    unsigned log_n, r, p;
};
static const struct cost usual = {LOG_N, BLOCK, LANES};

static yx_status run(struct yx_bytes password, struct yx_bytes salt, const struct cost *cost,
                     uint8_t out[HASH], struct yx_error *err)
{
    YX_QUIET;
    if (EVP_PBE_scrypt((const char *)password.data, password.len, salt.data, salt.len,
                       UINT64_C(1) << cost->log_n, cost->r, cost->p, MEMORY_MAX, out, HASH) != 1)
        return yx_fail_libcrypto(err, "run scrypt");
    return YX_OK;
}

yx_status yx_password_hash(struct yx_bytes password, struct yx_buf *out, struct yx_error *err)
{
    uint8_t salt[SALT], hash[HASH];
    YX_REQUIRE(password.len > 0 && password.len <= YX_PASSWORD_MAX, err, YX_USAGE, RULE,
               N_("a password has 1 to {1} bytes"), YX_NUM(YX_PASSWORD_MAX));
    YX_TRY(yx_random(salt, sizeof salt, err));
    YX_TRY(run(password, YX_BYTES(salt, sizeof salt), &usual, hash, err));
    bool ok = yx_buf_printf(out, "$scrypt$ln=%d,r=%d,p=%d$", LOG_N, BLOCK, LANES) == YX_OK &&
              yx_base64_encode(YX_BYTES(salt, sizeof salt), out) == YX_OK &&
              yx_buf_append_text(out, "$") == YX_OK &&
              yx_base64_encode(YX_BYTES(hash, sizeof hash), out) == YX_OK;
    yx_wipe(hash, sizeof hash);
    return ok ? YX_OK : yx_fail_memory(err);
}

/* --- Checking ---------------------------------------------------------------------------- */

/* Takes "PREFIX" and one or two digits. */
static bool take_number(const char **at, const char *prefix, unsigned *out)
{
    size_t len = strlen(prefix), digits;
    if (strncmp(*at, prefix, len) != 0)
        return false;
    digits = strspn(*at + len, "0123456789");
    if (digits < 1 || digits > 2)
        return false;
    *out = (unsigned)strtoul(*at + len, NULL, 10);
    *at += len + digits;
    return true;
}

static yx_status read_hash(const char *text, struct cost *cost, struct yx_buf *salt,
                           struct yx_buf *hash, struct yx_error *err)
{
    const char *rest = text, *end = NULL;
    bool ok = take_number(&rest, "$scrypt$ln=", &cost->log_n) &&
              take_number(&rest, ",r=", &cost->r) && take_number(&rest, ",p=", &cost->p) &&
              *rest++ == '$';
    if (ok)
        end = strchr(rest, '$');
    ok = ok && end != NULL && cost->log_n >= 10 && cost->log_n <= LOG_N_MAX && cost->r == BLOCK &&
         cost->p >= 1 && cost->p <= LANES_MAX;
    YX_REQUIRE(ok, err, YX_DAMAGED, RULE, N_("a password hash does not read $scrypt$ln=...$...$"));
    YX_TRY(yx_base64_decode(YX_BYTES(rest, (size_t)(end - rest)), salt, err));
    YX_TRY(yx_base64_decode(YX_TEXT(end + 1), hash, err));
    YX_REQUIRE(salt->len >= 8 && hash->len == HASH, err, YX_DAMAGED, RULE,
               N_("a password hash does not read $scrypt$ln=...$...$"));
    return YX_OK;
}

yx_status yx_password_check(struct yx_bytes password, const char *hash_text, bool *matches,
                            struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf salt = {0};
    YX_CLEAN(yx_buf) struct yx_buf wanted = {0};
    struct cost cost = usual;
    uint8_t got[HASH];
    *matches = false;
    if (hash_text != NULL)
        YX_TRY(read_hash(hash_text, &cost, &salt, &wanted, err));
    else if (yx_buf_append_text(&salt, "nobody's own salt") != YX_OK)
        return yx_fail_memory(err);
    if (password.len == 0 || password.len > YX_PASSWORD_MAX)
        return YX_OK;
    YX_TRY(run(password, yx_buf_bytes(&salt), &cost, got, err));
    *matches = hash_text != NULL &&
               yx_bytes_equal_secret(yx_buf_bytes(&wanted), YX_BYTES(got, sizeof got));
    yx_wipe(got, sizeof got);
    return YX_OK;
}
