/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto/private_key.c - private keys: generating and signing. Key files are read and written in
 * key_file.c; those of SM2 are in sm2_key.c and sm2.c.
 */
#include <stdlib.h>

#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypto/libcrypto.h"

enum { RSA_BITS_MIN = 2048, RSA_BITS_DEFAULT = 3072, RSA_BITS_MAX = 8192 };

static yx_status public_half(EVP_PKEY *pkey, struct yx_public_key **out, struct yx_error *err)
{
    uint8_t *spki = NULL;
    int len = i2d_PUBKEY(pkey, &spki);
    if (len <= 0)
        return yx_fail_libcrypto(err, "write a public key");
    yx_status status = yx_public_key_from_spki(YX_BYTES(spki, (size_t)len), out, err);
    OPENSSL_free(spki);
    return status;
}

yx_status yx_private_key_take(EVP_PKEY *pkey, struct yx_private_key **out, struct yx_error *err)
{
    YX_CLEAN(EVP_PKEY) EVP_PKEY *taken = pkey;
    YX_CLEAN(yx_private_key) struct yx_private_key *key = calloc(1, sizeof(*key));
    if (key == NULL)
        return yx_fail_memory(err);
    YX_TRY(public_half(pkey, &key->public_key, err));
    key->pkey = taken;
    taken = NULL;
    *out = key;
    key = NULL;
    return YX_OK;
}

void yx_private_key_free(struct yx_private_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey); /* clears the secret numbers */
    yx_wipe(&key->sm2, sizeof(key->sm2));
    yx_public_key_free(key->public_key);
    free(key);
}

const struct yx_public_key *yx_private_key_public(const struct yx_private_key *key)
{
    return key->public_key;
}

static EVP_PKEY *generate(yx_key_type type, size_t rsa_bits)
{
    if (type == YX_KEY_RSA)
        return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", rsa_bits);
    if (type == YX_KEY_ED25519)
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    return EVP_PKEY_Q_keygen(NULL, NULL, "EC", yx_curve_of(type)->group_name);
}

yx_status yx_private_key_generate(yx_key_type type, unsigned rsa_bits, struct yx_private_key **out,
                                  struct yx_error *err)
{
    YX_QUIET;
    YX_REQUIRE(yx_signature_default(type) != YX_SIG_NONE, err, YX_USAGE, "",
               N_("no key type is given"));
    if (rsa_bits == 0)
        rsa_bits = RSA_BITS_DEFAULT;
    YX_REQUIRE(type != YX_KEY_RSA || (rsa_bits >= RSA_BITS_MIN && rsa_bits <= RSA_BITS_MAX), err,
               YX_USAGE, "NIST SP 800-131A, RSA key length",
               N_("RSA keys are made with {1} to {2} bits, not {3}"), YX_NUM(RSA_BITS_MIN),
               YX_NUM(RSA_BITS_MAX), YX_NUM(rsa_bits));
    if (type == YX_KEY_SM2)
        return yx_sm2_generate(out, err);
    EVP_PKEY *pkey = generate(type, rsa_bits);
    if (pkey == NULL)
        return yx_fail_libcrypto(err, "generate a key");
    return yx_private_key_take(pkey, out, err);
}

static yx_status sign_message(const struct yx_private_key *key, yx_signature_algorithm algorithm,
                              struct yx_bytes message, struct yx_buf *signature,
                              struct yx_error *err)
{
    const EVP_MD *md = yx_digest_md(yx_signature_digest(algorithm));
    size_t len = (size_t)EVP_PKEY_get_size(key->pkey);
    if (yx_buf_reserve(signature, len) != YX_OK)
        return yx_fail_memory(err);
    YX_CLEAN(EVP_MD_CTX) EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *inner = NULL; /* belongs to context */
    if (context == NULL || EVP_DigestSignInit(context, &inner, md, NULL, key->pkey) != 1 ||
        !yx_pss_prepare_sign(inner, algorithm) ||
        EVP_DigestSign(context, signature->data + signature->len, &len, message.data,
                       message.len) != 1)
        return yx_fail_libcrypto(err, "sign");
    signature->len += len;
    return YX_OK;
}

yx_status yx_private_key_sign_digest(const struct yx_private_key *key,
                                     yx_signature_algorithm algorithm, struct yx_bytes digest,
                                     struct yx_buf *signature, struct yx_error *err)
{
    YX_QUIET;
    yx_digest_algorithm hash = yx_signature_digest(algorithm);
    YX_REQUIRE(key->pkey != NULL && yx_signature_fits(algorithm, key->public_key->type) &&
                   yx_signature_allowed(algorithm) && hash != YX_DIGEST_NONE &&
                   digest.len == yx_digest_size(hash),
               err, YX_USAGE, "", N_("this is no digest that the key can sign"));
    size_t len = (size_t)EVP_PKEY_get_size(key->pkey);
    if (yx_buf_reserve(signature, len) != YX_OK)
        return yx_fail_memory(err);
    YX_CLEAN(EVP_PKEY_CTX) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key->pkey, NULL);
    if (context == NULL || EVP_PKEY_sign_init(context) != 1 ||
        EVP_PKEY_CTX_set_signature_md(context, yx_digest_md(hash)) != 1 ||
        !yx_pss_prepare_sign(context, algorithm) ||
        EVP_PKEY_sign(context, signature->data + signature->len, &len, digest.data, digest.len) !=
            1)
        return yx_fail_libcrypto(err, "sign");
    signature->len += len;
    return YX_OK;
}

yx_status yx_private_key_sign(const struct yx_private_key *key, yx_signature_algorithm algorithm,
                              struct yx_bytes message, struct yx_buf *signature,
                              struct yx_error *err)
{
    YX_QUIET;
    yx_key_type type = key->public_key->type;
    YX_REQUIRE(yx_signature_fits(algorithm, type), err, YX_USAGE, yx_signature_rule(algorithm),
               N_("a key of type {1} cannot make a signature of type {2}"), yx_key_type_name(type),
               yx_signature_name(algorithm));
    YX_REQUIRE(yx_signature_allowed(algorithm), err, YX_REFUSED,
               "NIST SP 800-131A, SHA-1 and MD5 in signatures",
               N_("new signatures are not made with {1}; take SM3 or SHA-256"),
               yx_digest_name(yx_signature_digest(algorithm)));
    YX_REQUIRE(type != YX_KEY_RSA || key->public_key->bits >= RSA_BITS_MIN, err, YX_REFUSED,
               "NIST SP 800-131A, RSA key length",
               N_("an RSA key of {1} bits is too short to sign with; {2} bits are needed"),
               YX_NUM(key->public_key->bits), YX_NUM(RSA_BITS_MIN));
    if (algorithm == YX_SIG_SM2_SM3)
        return yx_sm2_sign(key, message, signature, err);
    return sign_message(key, algorithm, message, signature, err);
}
