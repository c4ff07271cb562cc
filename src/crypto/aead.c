/* SPDX-License-Identifier: Apache-2.0 */
/* crypto/aead.c - AES-256-GCM (NIST SP 800-38D), and scrypt (RFC 7914) for the keys of it. */
#include "crypto/libcrypto.h"

YX_DEFINE_CLEAN(EVP_CIPHER_CTX, EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free);

#define RULE "NIST SP 800-38D"

static yx_status begin(bool encrypt, const uint8_t key[YX_GCM_KEY],
                       const uint8_t nonce[YX_GCM_NONCE], struct yx_bytes bound,
                       EVP_CIPHER_CTX **out, struct yx_error *err)
{
    YX_CLEAN(EVP_CIPHER_CTX) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int len = 0;

    if (context == NULL ||
        EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce, encrypt) != 1 ||
        EVP_CipherUpdate(context, NULL, &len, bound.data, (int)bound.len) != 1)
        return yx_fail_libcrypto(err, "begin AES-GCM");
    *out = context;
    context = NULL;
    return YX_OK;
}

yx_status yx_gcm_seal(const uint8_t key[YX_GCM_KEY], const uint8_t nonce[YX_GCM_NONCE],
                      struct yx_bytes bound, struct yx_bytes plain, struct yx_buf *out,
                      struct yx_error *err)
{
    YX_QUIET;
    YX_CLEAN(EVP_CIPHER_CTX) EVP_CIPHER_CTX *context = NULL;
    uint8_t *at;
    int len = 0, more = 0;

    YX_REQUIRE(plain.len <= INT32_MAX && bound.len <= INT32_MAX, err, YX_USAGE, RULE,
               N_("too many bytes for one encryption"));
    if (yx_buf_reserve(out, plain.len + YX_GCM_TAG) != YX_OK)
        return yx_fail_memory(err);
    at = out->data + out->len;
    YX_TRY(begin(true, key, nonce, bound, &context, err));
    if ((plain.len > 0 && EVP_CipherUpdate(context, at, &len, plain.data, (int)plain.len) != 1) ||
        EVP_CipherFinal_ex(context, at + len, &more) != 1 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, YX_GCM_TAG, at + plain.len) != 1)
        return yx_fail_libcrypto(err, "run AES-GCM");
    out->len += plain.len + YX_GCM_TAG;
    return YX_OK;
}

yx_status yx_gcm_open(const uint8_t key[YX_GCM_KEY], const uint8_t nonce[YX_GCM_NONCE],
                      struct yx_bytes bound, struct yx_bytes sealed, struct yx_buf *out,
                      struct yx_error *err)
{
    YX_QUIET;
    YX_CLEAN(EVP_CIPHER_CTX) EVP_CIPHER_CTX *context = NULL;
    uint8_t tag[YX_GCM_TAG], *at;
    size_t plain = sealed.len - YX_GCM_TAG;
    int len = 0, more = 0;

    YX_REQUIRE(sealed.len >= YX_GCM_TAG && sealed.len <= INT32_MAX && bound.len <= INT32_MAX, err,
               YX_REFUSED, RULE, N_("the encrypted bytes were changed, or the key is another"));
    memcpy(tag, sealed.data + plain, sizeof tag);
    if (yx_buf_reserve(out, plain + 1) != YX_OK)
        return yx_fail_memory(err);
    at = out->data + out->len;
    YX_TRY(begin(false, key, nonce, bound, &context, err));
    if ((plain > 0 && EVP_CipherUpdate(context, at, &len, sealed.data, (int)plain) != 1) ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, YX_GCM_TAG, tag) != 1)
        return yx_fail_libcrypto(err, "run AES-GCM");
    if (EVP_CipherFinal_ex(context, at + len, &more) != 1) {
        /* Nobody sees what was not proved to be whole. */
        yx_wipe(at, plain);
        return yx_fail(err, YX_REFUSED, RULE,
                       N_("the encrypted bytes were changed, or the key is another"));
    }
    out->len += plain;
    return YX_OK;
}

yx_status yx_scrypt(struct yx_bytes password, struct yx_bytes salt,
                    const struct yx_scrypt_cost *cost, uint8_t *out, size_t len,
                    struct yx_error *err)
{
    YX_QUIET;
    YX_REQUIRE(cost->log_n >= 10 && cost->log_n <= YX_SCRYPT_LOG_N_MAX && cost->r >= 1 &&
                   cost->r <= 8 && cost->p >= 1 && cost->p <= 16,
               err, YX_REFUSED, "RFC 7914 2", N_("the numbers of scrypt ask for too much work"));
    if (EVP_PBE_scrypt((const char *)password.data, password.len, salt.data, salt.len,
                       UINT64_C(1) << cost->log_n, cost->r, cost->p,
                       UINT64_C(192) << cost->log_n << 3, out, len) != 1)
        return yx_fail_libcrypto(err, "run scrypt");
    return YX_OK;
}
