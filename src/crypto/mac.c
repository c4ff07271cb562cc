/* SPDX-License-Identifier: Apache-2.0 */
/* crypto/mac.c - HMAC (RFC 2104, GB/T 15852.2) and PBKDF2 (RFC 8018 5.2), for messages between
 * parties that share a secret. */
#include <openssl/hmac.h>

#include "crypto/libcrypto.h"

yx_status yx_hmac(yx_digest_algorithm algorithm, struct yx_bytes key, struct yx_bytes message,
                  uint8_t out[YX_DIGEST_MAX], struct yx_error *err)
{
    YX_QUIET;
    const EVP_MD *md = yx_digest_md(algorithm);
    unsigned len = 0;
    YX_REQUIRE(md != NULL, err, YX_USAGE, "", N_("no digest algorithm is given"));
    YX_REQUIRE(key.len <= INT32_MAX, err, YX_USAGE, "RFC 2104 3",
               N_("a secret of {1} bytes is too long"), YX_NUM(key.len));
    /* With a NULL key libcrypto would take the one of a call before. */
    if (HMAC(md, key.len > 0 ? key.data : (const uint8_t *)"", (int)key.len, message.data,
             message.len, out, &len) == NULL)
        return yx_fail_libcrypto(err, "compute an HMAC");
    return YX_OK;
}

yx_status yx_pbkdf2(yx_digest_algorithm algorithm, struct yx_bytes password, struct yx_bytes salt,
                    uint32_t iterations, uint8_t *out, size_t len, struct yx_error *err)
{
    YX_QUIET;
    const EVP_MD *md = yx_digest_md(algorithm);
    YX_REQUIRE(md != NULL, err, YX_USAGE, "", N_("no digest algorithm is given"));
    YX_REQUIRE(password.len <= INT32_MAX && salt.len <= INT32_MAX && iterations <= INT32_MAX &&
                   iterations > 0 && len <= INT32_MAX,
               err, YX_USAGE, "RFC 8018 5.2", N_("a secret of {1} bytes is too long"),
               YX_NUM(password.len));
    if (PKCS5_PBKDF2_HMAC((const char *)password.data, (int)password.len, salt.data, (int)salt.len,
                          (int)iterations, md, (int)len, out) != 1)
        return yx_fail_libcrypto(err, "run PBKDF2");
    return YX_OK;
}
