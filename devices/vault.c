/* SPDX-License-Identifier: Apache-2.0 */
/* devices/vault.c - secrets under the key of a PIN. */
#include <openssl/evp.h>

#include "store.h"

/* About 30 ms and 16 MB for a try. */
enum { SCRYPT_N = 16384, SCRYPT_R = 8, SCRYPT_P = 1, SCRYPT_MEMORY = 64 << 20 };

YX_DEFINE_CLEAN(EVP_CIPHER_CTX, EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free);

bool vault_derive(struct yx_bytes pin, const uint8_t salt[VAULT_SALT], uint8_t out[VAULT_KEY])
{
    return EVP_PBE_scrypt((const char *)pin.data, pin.len, salt, VAULT_SALT, SCRYPT_N, SCRYPT_R,
                          SCRYPT_P, SCRYPT_MEMORY, out, VAULT_KEY) == 1;
}

/* Sets key, nonce and name of a context that encrypts or decrypts. */
static bool begin(EVP_CIPHER_CTX *context, bool encrypt, const uint8_t key[VAULT_KEY],
                  const uint8_t *nonce, const char *name)
{
    int len = 0;
    return context != NULL &&
           EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce, encrypt) == 1 &&
           EVP_CipherUpdate(context, NULL, &len, (const uint8_t *)name, (int)strlen(name)) == 1;
}

bool vault_seal(const uint8_t key[VAULT_KEY], const char *name, struct yx_bytes plain,
                struct yx_buf *out)
{
    YX_CLEAN(EVP_CIPHER_CTX) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    struct yx_error err;
    int len = 0, rest = 0;
    if (plain.len > 65536 || yx_buf_reserve(out, plain.len + VAULT_MORE) != YX_OK)
        return false;
    uint8_t *nonce = out->data + out->len, *text = nonce + VAULT_NONCE;
    if (yx_random(nonce, VAULT_NONCE, &err) != YX_OK || !begin(context, true, key, nonce, name) ||
        EVP_CipherUpdate(context, text, &len, plain.data, (int)plain.len) != 1 ||
        EVP_CipherFinal_ex(context, text + len, &rest) != 1 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, VAULT_TAG, text + plain.len) != 1)
        return false;
    out->len += plain.len + VAULT_MORE;
    return true;
}

bool vault_open(const uint8_t key[VAULT_KEY], const char *name, struct yx_bytes sealed,
                struct yx_buf *out)
{
    YX_CLEAN(EVP_CIPHER_CTX) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t tag[VAULT_TAG];
    int len = 0, rest = 0;
    if (sealed.len < VAULT_MORE || sealed.len > 65536 + VAULT_MORE)
        return false;
    size_t plain = sealed.len - VAULT_MORE;
    memcpy(tag, sealed.data + sealed.len - VAULT_TAG, VAULT_TAG);
    if (yx_buf_reserve(out, plain + 1) != YX_OK || !begin(context, false, key, sealed.data, name) ||
        EVP_CipherUpdate(context, out->data + out->len, &len, sealed.data + VAULT_NONCE,
                         (int)plain) != 1 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, VAULT_TAG, tag) != 1 ||
        EVP_CipherFinal_ex(context, out->data + out->len + len, &rest) != 1)
        return false;
    out->len += plain;
    return true;
}
