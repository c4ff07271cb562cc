/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto/libcrypto.h - what the files of this room share: OpenSSL's objects with cleanup, its
 * errors kept away from callers, and the inside of keys. No other room includes it.
 */
#ifndef CRYPTO_LIBCRYPTO_H
#define CRYPTO_LIBCRYPTO_H

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "crypto/crypto.h"
#include "sm2/sm2.h"

YX_DEFINE_CLEAN(EVP_PKEY, EVP_PKEY *, EVP_PKEY_free);
YX_DEFINE_CLEAN(EVP_PKEY_CTX, EVP_PKEY_CTX *, EVP_PKEY_CTX_free);
YX_DEFINE_CLEAN(EVP_MD_CTX, EVP_MD_CTX *, EVP_MD_CTX_free);
YX_DEFINE_CLEAN(BIGNUM, BIGNUM *, BN_clear_free);

/*
 * OpenSSL keeps errors in a queue of the thread, which belongs to the program around us. YX_QUIET
 * at the start of a block takes away, at its end, whatever the block left there.
 */
static inline void yx_quiet_clean(const int *mark)
{
    (void)mark;
    ERR_pop_to_mark();
}
#define YX_QUIET \
    __attribute__((cleanup(yx_quiet_clean), unused)) const int yx_quiet = ERR_set_mark()

/* The error after a failed call of libcrypto, with its reason from the queue. */
yx_status yx_fail_libcrypto(struct yx_error *err, const char *doing);
/* The error after a signature did not verify. */
yx_status yx_fail_verification(struct yx_error *err, yx_signature_algorithm algorithm);
/* Is the last error of the queue a lack of memory? */
bool yx_libcrypto_out_of_memory(void);

/* NULL for YX_DIGEST_NONE. */
const EVP_MD *yx_digest_md(yx_digest_algorithm algorithm);
/* The standard and clause that a signature of this algorithm is verified by. */
const char *yx_signature_rule(yx_signature_algorithm algorithm);

/* RSA-PSS (pss.c). */
bool yx_signature_is_pss(yx_signature_algorithm algorithm);
/* YX_SIG_NONE when the parameters are not of an algorithm that we have. */
yx_signature_algorithm yx_pss_from_parameters(struct yx_bytes parameters);
void yx_pss_put_parameters(struct yx_der_writer *writer, yx_digest_algorithm digest);
/* Sets padding and salt length of a context that is about to sign or verify with `algorithm`;
 * does nothing unless that is RSA-PSS. False when libcrypto fails. */
bool yx_pss_prepare_sign(EVP_PKEY_CTX *context, yx_signature_algorithm algorithm);
bool yx_pss_prepare_verify(EVP_PKEY_CTX *context, yx_signature_algorithm algorithm);

/* An elliptic curve that we have keys on. */
struct yx_curve {
    yx_key_type type;
    yx_oid oid;
    int nid;
    const char *key_name;   /* OpenSSL's name of the key type */
    const char *group_name; /* OpenSSL's name of the curve */
    size_t field;           /* octets of a coordinate */
};
#define YX_CURVE_FIELD_MAX 48
/* NULL when there is none. */
const struct yx_curve *yx_curve_of(yx_key_type type);
const struct yx_curve *yx_curve_from_oid(yx_oid oid);

#define YX_SM2_DIGEST 32

struct yx_public_key {
    yx_key_type type;
    unsigned bits;
    EVP_PKEY *pkey; /* NULL for SM2, which has what follows */
    struct yx_sm2_public sm2;
    uint8_t za[YX_SM2_DIGEST];
    struct yx_buf spki;
};

struct yx_private_key {
    EVP_PKEY *pkey; /* NULL for SM2 */
    struct yx_sm2_secret sm2;
    struct yx_public_key *public_key;
};

/* Makes the private key; takes the EVP_PKEY, whatever comes. Not for SM2. */
yx_status yx_private_key_take(EVP_PKEY *pkey, struct yx_private_key **out, struct yx_error *err);
/* libcrypto's key for what it does: a further hold of it, or, of an SM2 key, one made for this
 * use, which costs as much as several signatures. */
yx_status yx_public_key_pkey(const struct yx_public_key *key, EVP_PKEY **out, struct yx_error *err);
yx_status yx_private_key_pkey(const struct yx_private_key *key, EVP_PKEY **out,
                              struct yx_error *err);
/* The point is 04 || x || y; `secret`, as long as a coordinate and in the byte order of the machine
 * (OSSL_PARAM asks for that), may be NULL. YX_DAMAGED when libcrypto does not take the point. */
yx_status yx_ec_import(const struct yx_curve *curve, struct yx_bytes point, const uint8_t *secret,
                       EVP_PKEY **out, struct yx_error *err);
/* SM2 keys (sm2_key.c): of the number d, or fresh. */
yx_status yx_sm2_private_key(const uint8_t d[YX_SM2_SCALAR], struct yx_private_key **out,
                             struct yx_error *err);
yx_status yx_sm2_generate(struct yx_private_key **out, struct yx_error *err);

/* Unencrypted DER to key: PrivateKeyInfo, ECPrivateKey, RSAPrivateKey (key_info.c). */
yx_status yx_private_key_from_der(struct yx_bytes bytes, struct yx_private_key **out,
                                  struct yx_error *err);
/* EncryptedPrivateKeyInfo and PKCS#12: append the PrivateKeyInfo inside (key_encrypted.c). */
yx_status yx_pkcs8_decrypt(struct yx_bytes bytes, struct yx_bytes passphrase, struct yx_buf *out,
                           struct yx_error *err);
yx_status yx_pkcs12_decrypt(struct yx_bytes bytes, struct yx_bytes passphrase, struct yx_buf *out,
                            struct yx_error *err);

/* sm2.c. `point` is x || y. */
yx_status yx_sm2_compute_za(struct yx_bytes point, uint8_t out[YX_SM2_DIGEST],
                            struct yx_error *err);
/* `der` is SEQUENCE { r, s }. */
yx_status yx_sm2_verify(const struct yx_public_key *key, struct yx_bytes message,
                        struct yx_bytes der, struct yx_error *err);
yx_status yx_sm2_sign(const struct yx_private_key *key, struct yx_bytes message,
                      struct yx_buf *signature, struct yx_error *err);

#endif
