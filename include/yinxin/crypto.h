/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yinxin/crypto.h - digests, keys and signatures.
 *
 * Keys are objects with a type; a signature algorithm is a key type together with a digest. SM2
 * signatures always carry the signer ID "1234567812345678" (GM/T 0009), and the digest ZA of the
 * signer stands before the message; a signature made without it does not verify here.
 *
 * Whatever makes a signature takes a struct yx_signer, never a key: so a key in a file, a USB
 * key, a device, or another process all serve alike.
 */
#ifndef YINXIN_CRYPTO_H
#define YINXIN_CRYPTO_H

#include <yinxin/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    YX_DIGEST_NONE,
    YX_DIGEST_SM3,
    YX_DIGEST_SHA256,
    YX_DIGEST_SHA384,
    YX_DIGEST_SHA512,
    YX_DIGEST_SHA1, /* read only: a finding */
    YX_DIGEST_MD5   /* read only: a finding */
} yx_digest_algorithm;

#define YX_DIGEST_MAX 64
/* Bytes of a digest: 32 for SM3 and SHA-256, 48, 64, 20, 16; 0 for none. */
YX_API size_t yx_digest_size(yx_digest_algorithm algorithm);
/* "SM3", "SHA-256" ... */
YX_API const char *yx_digest_name(yx_digest_algorithm algorithm);
/* The digest of `bytes`; `out` holds yx_digest_size bytes. */
YX_API yx_status yx_digest(yx_digest_algorithm algorithm, struct yx_bytes bytes, uint8_t *out,
                           struct yx_error *err);

/* A digest over bytes that come in pieces. */
struct yx_hasher;
YX_API yx_status yx_hasher_new(yx_digest_algorithm algorithm, struct yx_hasher **out,
                               struct yx_error *err);
YX_API yx_status yx_hasher_update(struct yx_hasher *hasher, struct yx_bytes bytes,
                                  struct yx_error *err);
/* Writes the digest and starts anew. */
YX_API yx_status yx_hasher_finish(struct yx_hasher *hasher, uint8_t *out, struct yx_error *err);
YX_API void yx_hasher_free(struct yx_hasher *hasher);

typedef enum {
    YX_KEY_NONE,
    YX_KEY_SM2,
    YX_KEY_P256,
    YX_KEY_P384,
    YX_KEY_RSA, /* 2048 to 8192 bits; public keys are read from 1024 bits on */
    YX_KEY_ED25519
} yx_key_type;

typedef enum {
    YX_SIG_NONE,
    YX_SIG_SM2_SM3,
    YX_SIG_ECDSA_SHA256,
    YX_SIG_ECDSA_SHA384,
    YX_SIG_ECDSA_SHA512,
    YX_SIG_RSA_SHA256,
    YX_SIG_RSA_SHA384,
    YX_SIG_RSA_SHA512,
    YX_SIG_RSA_PSS_SHA256, /* RFC 4055: MGF1 with the same digest; salt as long as the digest */
    YX_SIG_RSA_PSS_SHA384,
    YX_SIG_RSA_PSS_SHA512,
    YX_SIG_ED25519,
    YX_SIG_RSA_SHA1,   /* verified only: a finding */
    YX_SIG_ECDSA_SHA1, /* verified only: a finding */
    YX_SIG_RSA_MD5     /* verified only: a finding */
} yx_signature_algorithm;

/* "SM2-with-SM3", "ECDSA-with-SHA-256" ... */
YX_API const char *yx_signature_name(yx_signature_algorithm algorithm);
/* The digest inside; YX_DIGEST_NONE for Ed25519. */
YX_API yx_digest_algorithm yx_signature_digest(yx_signature_algorithm algorithm);
/* The algorithm that a key of this type signs with unless told otherwise. */
YX_API yx_signature_algorithm yx_signature_default(yx_key_type type);
/* Can a key of this type make it? */
YX_API bool yx_signature_fits(yx_signature_algorithm algorithm, yx_key_type type);

/* --- Public keys ------------------------------------------------------------------------- */

struct yx_public_key;

/* Reads a SubjectPublicKeyInfo (DER). YX_DAMAGED when malformed or off the curve, YX_REFUSED when
 * of no type above. */
YX_API yx_status yx_public_key_from_spki(struct yx_bytes spki, struct yx_public_key **out,
                                         struct yx_error *err);
/* What a key says. NULL, the key of a certificate that is of no type above, has type YX_KEY_NONE,
 * no bits and no bytes, and verifies nothing. */
YX_API yx_key_type yx_public_key_type(const struct yx_public_key *key);
/* 256 for SM2 and P-256, the modulus size for RSA. */
YX_API unsigned yx_public_key_bits(const struct yx_public_key *key);
/* The SubjectPublicKeyInfo, as long as the key lives. */
YX_API struct yx_bytes yx_public_key_spki(const struct yx_public_key *key);
/*
 * Checks a signature over `message`. ECDSA and SM2 signatures are DER SEQUENCE { r, s }; for SM2
 * the raw 64 bytes r || s of some vendors are taken too. YX_REFUSED when it does not verify.
 */
YX_API yx_status yx_public_key_verify(const struct yx_public_key *key,
                                      yx_signature_algorithm algorithm, struct yx_bytes message,
                                      struct yx_bytes signature, struct yx_error *err);
/* SM3(ZA || message), the digest that an SM2 signature is made over (GB/T 32918.2 5.5, 6.1). SM2
 * keys only. */
YX_API yx_status yx_sm2_digest(const struct yx_public_key *key, struct yx_bytes message,
                               uint8_t out[32], struct yx_error *err);
YX_API void yx_public_key_free(struct yx_public_key *key);

/* --- Private keys ------------------------------------------------------------------------ */

struct yx_private_key;

/* A fresh key. `rsa_bits` counts for RSA only (2048 to 8192; 0: 3072). */
YX_API yx_status yx_private_key_generate(yx_key_type type, unsigned rsa_bits,
                                         struct yx_private_key **out, struct yx_error *err);
/*
 * Reads a key: PKCS#8 (encrypted or plain) or SEC 1, PEM or DER; or the private key of a PKCS#12,
 * the old password-based encryptions included. `passphrase` may be empty. YX_REFUSED when the
 * passphrase is wrong or missing.
 */
YX_API yx_status yx_private_key_read(struct yx_bytes file, struct yx_bytes passphrase,
                                     struct yx_private_key **out, struct yx_error *err);
/* Appends PEM "ENCRYPTED PRIVATE KEY" (PBES2: scrypt, AES-256-CBC). An empty passphrase is refused.
 */
YX_API yx_status yx_private_key_write(const struct yx_private_key *key, struct yx_bytes passphrase,
                                      struct yx_buf *out, struct yx_error *err);
/* How a passphrase becomes the key of a key file: the dearer, the slower a thief can guess. */
typedef enum { YX_KDF_SCRYPT, YX_KDF_PBKDF2 } yx_kdf;
struct yx_kdf_cost {
    yx_kdf kdf;
    /* 0: the usual. scrypt (RFC 7914): p, 1 to 64, usually 2, with N = 16384 and r = 8, which is 16
     * MiB and 50 ms of work each. PBKDF2 (RFC 8018) with HMAC-SHA-256: iterations, 100000 to
     * 10000000, usually 600000. */
    uint32_t cost;
};
/* yx_private_key_write with another cost; YX_USAGE when it is out of range. */
YX_API yx_status yx_private_key_write_with(const struct yx_private_key *key,
                                           struct yx_bytes passphrase,
                                           const struct yx_kdf_cost *cost, struct yx_buf *out,
                                           struct yx_error *err);
YX_API const struct yx_public_key *yx_private_key_public(const struct yx_private_key *key);
/* Signs `message`; appends DER SEQUENCE { r, s }, or the RSA or Ed25519 value. */
YX_API yx_status yx_private_key_sign(const struct yx_private_key *key,
                                     yx_signature_algorithm algorithm, struct yx_bytes message,
                                     struct yx_buf *signature, struct yx_error *err);
/* Wipes and releases. */
YX_API void yx_private_key_free(struct yx_private_key *key);

/* --- Signers ----------------------------------------------------------------------------- */

/* A record, kept by the caller, that allows a signature: what for, and its bytes. */
struct yx_signing_record {
    const char *purpose;
    struct yx_bytes leaf;
};
/*
 * Somebody who signs. `sign` appends the signature of `message` with `algorithm` to `signature`.
 * A device that takes digests computes the digest in its `sign` (for SM2 with yx_sm2_digest).
 */
struct yx_signer {
    yx_signature_algorithm algorithm;
    yx_status (*sign)(void *self, yx_signature_algorithm algorithm, struct yx_bytes message,
                      struct yx_buf *signature, struct yx_error *err);
    void *self;
    /* Of somebody who signs what binds others only when a record allows it; most are not, and both
     * are NULL: what records call the key, and `sign` with such a record. */
    const char *name;
    yx_status (*sign_recorded)(void *self, const struct yx_signing_record *record,
                               yx_signature_algorithm algorithm, struct yx_bytes message,
                               struct yx_buf *signature, struct yx_error *err);
};

/* A signer over a key, with the default algorithm of its type. The key must outlive it. */
YX_API struct yx_signer yx_signer_borrow_key(const struct yx_private_key *key);

/* Fills `out` with random bytes fit for keys and serials. */
YX_API yx_status yx_random(void *out, size_t len, struct yx_error *err);

#ifdef __cplusplus
}
#endif

#endif
