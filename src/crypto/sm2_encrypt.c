/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto/sm2_encrypt.c - SM2 public key encryption (GB/T 32918.4) and SM4 in CBC mode, both by
 * libcrypto, which compares the hash of SM2 in constant time. What they wrap is a key, so that
 * every buffer here is wiped. The envelope for SM2 keys is in sm2_envelope.c.
 */
#include "crypto/libcrypto.h"

YX_DEFINE_CLEAN(EVP_CIPHER_CTX, EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free);

/* --- SM2 --------------------------------------------------------------------------------- */

/* Room for the form around the plain text: point, hash, and their headers. */
#define CIPHER_MORE 128

static yx_status check_key(const struct yx_public_key *key, struct yx_error *err)
{
    YX_REQUIRE(yx_public_key_type(key) == YX_KEY_SM2, err, YX_USAGE, "GB/T 32918.4",
               N_("SM2 encryption needs an SM2 key, this one is of type {1}"),
               yx_key_type_name(yx_public_key_type(key)));
    return YX_OK;
}

yx_status yx_sm2_cipher_make(const struct yx_public_key *key, struct yx_bytes plain,
                             struct yx_buf *out, struct yx_error *err)
{
    YX_QUIET;
    YX_TRY(check_key(key, err));
    YX_REQUIRE(plain.len > 0 && plain.len <= YX_SM2_PLAIN_MAX, err, YX_USAGE, "GB/T 32918.4",
               N_("SM2 encrypts 1 to {1} octets here, not {2}"), YX_NUM(YX_SM2_PLAIN_MAX),
               YX_NUM(plain.len));
    uint8_t cipher[YX_SM2_PLAIN_MAX + CIPHER_MORE];
    size_t len = sizeof cipher;
    YX_CLEAN(EVP_PKEY) EVP_PKEY *pkey = NULL;
    YX_TRY(yx_public_key_pkey(key, &pkey, err));
    YX_CLEAN(EVP_PKEY_CTX) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pkey, NULL);
    if (context == NULL || EVP_PKEY_encrypt_init(context) != 1 ||
        EVP_PKEY_encrypt(context, cipher, &len, plain.data, plain.len) != 1)
        return yx_fail_libcrypto(err, "encrypt with SM2");
    return yx_buf_append(out, YX_BYTES(cipher, len)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* SM2Cipher, taken apart strictly before libcrypto sees it. */
static yx_status check_cipher(struct yx_bytes cipher, struct yx_error *err)
{
    struct yx_der der = yx_der_reader(cipher, "SM2Cipher"), inner;
    struct yx_bytes part;
    YX_TRY(yx_der_enter(&der, YX_DER_SEQUENCE, &inner, err));
    YX_TRY(yx_der_end(&der, err));
    for (int i = 0; i < 2; i++) {
        YX_TRY(yx_der_integer(&inner, &part, err));
        YX_REQUIRE((part.data[0] & 0x80) == 0 && part.len <= 33, err, YX_DAMAGED,
                   "GB/T 35276, SM2Cipher",
                   N_("a coordinate of an SM2 cipher is negative or too large"));
    }
    YX_TRY(yx_der_get(&inner, YX_DER_OCTET_STRING, &part, err));
    YX_REQUIRE(part.len == YX_SM2_DIGEST, err, YX_DAMAGED, "GB/T 35276, SM2Cipher",
               N_("the hash of an SM2 cipher has {1} octets, not 32"), YX_NUM(part.len));
    YX_TRY(yx_der_get(&inner, YX_DER_OCTET_STRING, &part, err));
    YX_REQUIRE(part.len > 0 && part.len <= YX_SM2_PLAIN_MAX, err, YX_DAMAGED,
               "GB/T 35276, SM2Cipher", N_("an SM2 cipher holds {1} octets; 1 to {2} are read"),
               YX_NUM(part.len), YX_NUM(YX_SM2_PLAIN_MAX));
    return yx_der_end(&inner, err);
}

yx_status yx_sm2_cipher_open(const struct yx_private_key *key, struct yx_bytes cipher,
                             struct yx_buf *out, struct yx_error *err)
{
    YX_QUIET;
    YX_TRY(check_key(key->public_key, err));
    YX_TRY(check_cipher(cipher, err));
    YX_CLEAN(EVP_PKEY) EVP_PKEY *pkey = NULL;
    YX_TRY(yx_private_key_pkey(key, &pkey, err));
    YX_CLEAN(EVP_PKEY_CTX) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pkey, NULL);
    if (context == NULL || EVP_PKEY_decrypt_init(context) != 1)
        return yx_fail_libcrypto(err, "begin an SM2 decryption");
    uint8_t plain[YX_SM2_PLAIN_MAX + CIPHER_MORE];
    size_t len = sizeof plain;
    yx_status status = YX_OK;
    if (EVP_PKEY_decrypt(context, plain, &len, cipher.data, cipher.len) != 1)
        status = yx_fail(err, YX_REFUSED, "GB/T 32918.4",
                         N_("the SM2 cipher cannot be opened with this key"));
    else if (yx_buf_append(out, YX_BYTES(plain, len)) != YX_OK)
        status = yx_fail_memory(err);
    yx_wipe(plain, sizeof plain);
    return status;
}

/* --- SM4 --------------------------------------------------------------------------------- */

yx_status yx_sm4_cbc(bool encrypt, const uint8_t key[YX_SM4_BLOCK], const uint8_t iv[YX_SM4_BLOCK],
                     struct yx_bytes in, struct yx_buf *out, struct yx_error *err)
{
    YX_QUIET;
    YX_REQUIRE(in.len <= INT32_MAX - YX_SM4_BLOCK, err, YX_USAGE, "GB/T 17964",
               N_("{1} bytes are too many for one SM4 cipher"), YX_NUM(in.len));
    if (yx_buf_reserve(out, in.len + YX_SM4_BLOCK) != YX_OK)
        return yx_fail_memory(err);
    int first = 0, last = 0;
    YX_CLEAN(EVP_CIPHER_CTX) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (context == NULL ||
        EVP_CipherInit_ex2(context, EVP_sm4_cbc(), key, iv, encrypt ? 1 : 0, NULL) != 1 ||
        EVP_CipherUpdate(context, out->data + out->len, &first, in.data, (int)in.len) != 1)
        return yx_fail_libcrypto(err, "run SM4");
    YX_REQUIRE(EVP_CipherFinal_ex(context, out->data + out->len + first, &last) == 1, err,
               YX_REFUSED, "GB/T 17964", N_("the SM4 cipher cannot be opened with this key"));
    out->len += (size_t)first + (size_t)last;
    return YX_OK;
}

yx_status yx_sm4_ctr(const uint8_t key[YX_SM4_BLOCK], const uint8_t iv[YX_SM4_BLOCK],
                     struct yx_bytes in, uint8_t *out, struct yx_error *err)
{
    YX_QUIET;
    YX_REQUIRE(in.len <= INT32_MAX, err, YX_USAGE, "GB/T 17964",
               N_("{1} bytes are too many for one SM4 cipher"), YX_NUM(in.len));
    int len = 0;
    YX_CLEAN(EVP_CIPHER_CTX) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (context == NULL || EVP_CipherInit_ex2(context, EVP_sm4_ctr(), key, iv, 1, NULL) != 1 ||
        EVP_CipherUpdate(context, out, &len, in.data, (int)in.len) != 1)
        return yx_fail_libcrypto(err, "run SM4");
    return YX_OK;
}
