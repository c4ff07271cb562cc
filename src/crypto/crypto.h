/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto/crypto.h - the door to crypto/: our one face over libcrypto. No other room but x509/
 * (certificates and path validation) includes OpenSSL headers.
 */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include <yinxin/crypto.h>

#include "asn1/asn1.h"
#include "base/base.h"

YX_DEFINE_CLEAN(yx_hasher, struct yx_hasher *, yx_hasher_free);
YX_DEFINE_CLEAN(yx_public_key, struct yx_public_key *, yx_public_key_free);
YX_DEFINE_CLEAN(yx_private_key, struct yx_private_key *, yx_private_key_free);

/* Object identifiers <-> our names; ..._NONE and YX_OID_UNKNOWN when there is no such pair. */
yx_oid yx_digest_oid(yx_digest_algorithm algorithm);
yx_digest_algorithm yx_digest_from_oid(yx_oid oid);
yx_oid yx_signature_oid(yx_signature_algorithm algorithm);
yx_signature_algorithm yx_signature_from_oid(yx_oid oid);
/* The same with the parameters of the AlgorithmIdentifier (a whole element, empty when absent or
 * NULL), without which RSA-PSS is nothing. */
yx_signature_algorithm yx_signature_from_identifier(yx_oid oid, struct yx_bytes parameters);
/* The signature algorithm that a key of `type` makes with `digest`, as CMS splits the two. */
yx_signature_algorithm yx_signature_from_parts(yx_key_type type, yx_digest_algorithm digest);
/* Appends a signature in its standard form: the r || s of some devices becomes SEQUENCE { r, s }.
 */
yx_status yx_signature_to_der(yx_signature_algorithm algorithm, struct yx_bytes signature,
                              struct yx_buf *out, struct yx_error *err);
/* Appends SEQUENCE { r, s } of a value that is known to be r || s, each half as long. */
yx_status yx_signature_from_raw(struct yx_bytes raw, struct yx_buf *out, struct yx_error *err);
/* Writes the AlgorithmIdentifier (RSA with NULL parameters or those of PSS, the others
 * without: RFC 4055, 5758). */
void yx_der_put_signature_algorithm(struct yx_der_writer *writer, yx_signature_algorithm algorithm);
/* ZA of GB/T 32918.2 5.5 with the ID of GM/T 0009, for digests that carry it. SM2 keys only. */
yx_status yx_sm2_za(const struct yx_public_key *key, uint8_t out[32], struct yx_error *err);

/* A signature of a digest that holds ZA already, DER SEQUENCE { r, s }; and its check. For devices,
 * which take digests; everybody else signs messages. */
yx_status yx_sm2_sign_digest(const struct yx_private_key *key, const uint8_t digest[32],
                             struct yx_buf *signature, struct yx_error *err);
yx_status yx_sm2_verify_digest(const struct yx_public_key *key, const uint8_t digest[32],
                               struct yx_bytes der, struct yx_error *err);
/* A signature of the digest of a message by ECDSA or RSA, the algorithm's own: for TLS libraries,
 * which hash for themselves. */
yx_status yx_private_key_sign_digest(const struct yx_private_key *key,
                                     yx_signature_algorithm algorithm, struct yx_bytes digest,
                                     struct yx_buf *signature, struct yx_error *err);
/* r || s of SEQUENCE { r, s }, each in `field` octets. */
yx_status yx_signature_to_raw(struct yx_bytes der, size_t field, uint8_t *out,
                              struct yx_error *err);
/* May new signatures be trusted to it: everything but MD5 and SHA-1? */
bool yx_digest_allowed(yx_digest_algorithm algorithm);
bool yx_signature_allowed(yx_signature_algorithm algorithm);

/* --- Keys in pieces, as devices give and take them (key_parts.c) ------------------------- */

/* Appends the SubjectPublicKeyInfo of the point x || y of an SM2, P-256 or P-384 key, or of the 32
 * octets of an Ed25519 key. Whether they are a key says yx_public_key_from_spki. */
yx_status yx_spki_from_point(yx_key_type type, struct yx_bytes point, struct yx_buf *out,
                             struct yx_error *err);
/* The same of an RSA key; modulus and exponent are big-endian, leading zeros allowed. */
yx_status yx_spki_from_rsa(struct yx_bytes modulus, struct yx_bytes exponent, struct yx_buf *out,
                           struct yx_error *err);

/* The numbers of a private key, big-endian, for a device that takes the key in. RSA: all but `d`
 * have their own length, without leading zeros. Curves: `d` alone, as long as a coordinate;
 * Ed25519: the seed. Views of `buf`, whose freeing wipes them; zeroed, it is empty. */
struct yx_key_parts {
    struct yx_bytes n, e, d, p, q, dp, dq, qinv;
    struct yx_buf buf;
};
yx_status yx_private_key_parts(const struct yx_private_key *key, struct yx_key_parts *out,
                               struct yx_error *err);
void yx_key_parts_free(struct yx_key_parts *parts);
YX_DEFINE_CLEAN_VALUE(yx_key_parts, struct yx_key_parts, yx_key_parts_free);
/* x || y of a key on a curve, the 32 octets of Ed25519; a view of its SubjectPublicKeyInfo. Empty
 * for RSA. */
struct yx_bytes yx_public_key_point(const struct yx_public_key *key);
/* "SM2", "P-256" ... */
const char *yx_key_type_name(yx_key_type type);

/* --- Encryption: for keys on their way to their holders ----------------------------------- */

/* Appends the PrivateKeyInfo (RFC 5958) in the clear: for an envelope that is closed at once, and
 * to be wiped. yx_private_key_read reads it. */
yx_status yx_private_key_to_info(const struct yx_private_key *key, struct yx_buf *out,
                                 struct yx_error *err);
/*
 * SM2 encryption (GB/T 32918.4), in the form of GB/T 35276 (GM/T 0009):
 *   SM2Cipher ::= SEQUENCE { x INTEGER, y INTEGER, hash OCTET STRING, cipherText OCTET STRING }
 * At most YX_SM2_PLAIN_MAX octets, one at least: it is made for keys. Decryption fails with one
 * and the same refusal whatever is wrong with a well-formed cipher.
 */
#define YX_SM2_PLAIN_MAX 1024
yx_status yx_sm2_cipher_make(const struct yx_public_key *key, struct yx_bytes plain,
                             struct yx_buf *out, struct yx_error *err);
yx_status yx_sm2_cipher_open(const struct yx_private_key *key, struct yx_bytes cipher,
                             struct yx_buf *out, struct yx_error *err);
/* SM4-CBC with the padding of RFC 5652 6.3 (GB/T 17964). */
#define YX_SM4_BLOCK 16
yx_status yx_sm4_cbc(bool encrypt, const uint8_t key[YX_SM4_BLOCK], const uint8_t iv[YX_SM4_BLOCK],
                     struct yx_bytes in, struct yx_buf *out, struct yx_error *err);
/* SM4-CTR (GB/T 17964), which is its own inverse; `iv` is the first counter. `out` holds as much as
 * `in`, and may be it. */
yx_status yx_sm4_ctr(const uint8_t key[YX_SM4_BLOCK], const uint8_t iv[YX_SM4_BLOCK],
                     struct yx_bytes in, uint8_t *out, struct yx_error *err);
/*
 * The SM2EnvelopedKey of GB/T 35276 (GM/T 0009), in which a key centre hands an SM2 encryption key
 * to its holder: the private key under SM4, the SM4 key under the holder's signing key.
 * yx_sm2_envelope_open checks that private and public key belong together. YX_REFUSED when it is
 * meant for another key.
 */
yx_status yx_sm2_envelope_make(const struct yx_private_key *key, const struct yx_public_key *holder,
                               struct yx_buf *out, struct yx_error *err);
yx_status yx_sm2_envelope_open(struct yx_bytes der, const struct yx_private_key *holder,
                               struct yx_private_key **out, struct yx_error *err);

/*
 * EnvelopedData of CMS (RFC 5652 6) for the RSA, P-256 or P-384 key of a certificate, DER
 * (envelope.c): content in AES-256-CBC, its key by RSAES-OAEP with SHA-256 (RFC 8017), or by
 * ephemeral-static ECDH, the X9.63 KDF with SHA-256 and AES-256 wrap (RFC 5753).
 * yx_cms_decrypt: YX_REFUSED, with one and the same sentence, when it cannot be opened with this
 * key.
 */
yx_status yx_cms_encrypt(struct yx_bytes certificate, struct yx_bytes content, struct yx_buf *out,
                         struct yx_error *err);
yx_status yx_cms_decrypt(struct yx_bytes der, struct yx_bytes certificate,
                         const struct yx_private_key *key, struct yx_buf *content,
                         struct yx_error *err);

/* --- Shared secrets (mac.c, password.c) -------------------------------------------------- */

/* HMAC of a message; `out` gets yx_digest_size octets. SHA-1 too: nothing is known against it in
 * this place. */
yx_status yx_hmac(yx_digest_algorithm algorithm, struct yx_bytes key, struct yx_bytes message,
                  uint8_t out[YX_DIGEST_MAX], struct yx_error *err);
/* PBKDF2 with HMAC; who calls it limits the iterations. */
yx_status yx_pbkdf2(yx_digest_algorithm algorithm, struct yx_bytes password, struct yx_bytes salt,
                    uint32_t iterations, uint8_t *out, size_t len, struct yx_error *err);
/* A password as text to be kept, without a NUL: scrypt with a fresh salt. Its check takes about 100
 * ms and 16 MiB; `hash` NULL, of nobody: takes as long and says no. An empty or overlong password
 * is wrong at once. YX_DAMAGED when the text is none that yx_password_hash makes. */
#define YX_PASSWORD_MAX 1024
yx_status yx_password_hash(struct yx_bytes password, struct yx_buf *out, struct yx_error *err);
yx_status yx_password_check(struct yx_bytes password, const char *hash, bool *matches,
                            struct yx_error *err);

/* --- Identifiers of rows (uuid.c) -------------------------------------------------------- */

/* With the NUL. */
#define YX_UUID_TEXT 37
/* A UUID of version 7 (RFC 9562 5.7) in lower case. Those of one process that are made at different
 * microseconds are in order as text, too; 62 bits are random. */
yx_status yx_uuid_make(yx_time now, char out[YX_UUID_TEXT], struct yx_error *err);
/* Is it a UUID as yx_uuid_make writes it, of any version? */
bool yx_uuid_valid(const char *text);

/* --- Encryption with a key that both ends have (aead.c) ------------------------------------ */

/* AES-256-GCM. `bound` is not encrypted, and proved along; a nonce serves a key once. What is
 * appended, or given, is the cipher text with the tag behind it. yx_gcm_open: YX_REFUSED when a bit
 * of anything differs; then nothing is appended. */
#define YX_GCM_KEY 32
#define YX_GCM_NONCE 12
#define YX_GCM_TAG 16
yx_status yx_gcm_seal(const uint8_t key[YX_GCM_KEY], const uint8_t nonce[YX_GCM_NONCE],
                      struct yx_bytes bound, struct yx_bytes plain, struct yx_buf *out,
                      struct yx_error *err);
yx_status yx_gcm_open(const uint8_t key[YX_GCM_KEY], const uint8_t nonce[YX_GCM_NONCE],
                      struct yx_bytes bound, struct yx_bytes sealed, struct yx_buf *out,
                      struct yx_error *err);
/* scrypt (RFC 7914): N is 2^log_n. YX_REFUSED when the numbers ask for less than 2^10 or more than
 * these 256 MiB. */
#define YX_SCRYPT_LOG_N_MAX 18
struct yx_scrypt_cost {
    unsigned log_n, r, p;
};
yx_status yx_scrypt(struct yx_bytes password, struct yx_bytes salt,
                    const struct yx_scrypt_cost *cost, uint8_t *out, size_t len,
                    struct yx_error *err);

/* --- Passes over a whole file (pass.c) --------------------------------------------------- */

/* SM3 over the whole source. `progress` may be NULL. */
yx_status yx_source_digest(const struct yx_source *source, const struct yx_progress *progress,
                           uint8_t out[32], struct yx_error *err);

/* Shows `count` passes over `size` bytes each to `outer` as one work. */
struct yx_passes {
    const struct yx_progress *outer;
    uint64_t size;
    unsigned count, current; /* from 0 */
};
/* The progress of the current pass; `passes` must outlive it. */
struct yx_progress yx_pass(struct yx_passes *passes);
/* Tells that all is done. */
void yx_passes_end(const struct yx_passes *passes);

#endif
