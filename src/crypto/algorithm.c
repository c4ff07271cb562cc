/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto/algorithm.c - the tables of digests, signature algorithms, key types and curves, and
 * every question that they answer alone.
 */
#include <openssl/obj_mac.h>

#include "crypto/libcrypto.h"

/* --- Digests ----------------------------------------------------------------------------- */

static const struct {
    const char *name;
    size_t size;
    yx_oid oid;
    const EVP_MD *(*md)(void);
    bool allowed;
} digests[] = {
    [YX_DIGEST_NONE] = {"", 0, YX_OID_UNKNOWN, NULL, false},
    [YX_DIGEST_SM3] = {"SM3", 32, YX_OID_SM3, EVP_sm3, true},
    [YX_DIGEST_SHA256] = {"SHA-256", 32, YX_OID_SHA256, EVP_sha256, true},
    [YX_DIGEST_SHA384] = {"SHA-384", 48, YX_OID_SHA384, EVP_sha384, true},
    [YX_DIGEST_SHA512] = {"SHA-512", 64, YX_OID_SHA512, EVP_sha512, true},
    [YX_DIGEST_SHA1] = {"SHA-1", 20, YX_OID_SHA1, EVP_sha1, false},
    [YX_DIGEST_MD5] = {"MD5", 16, YX_OID_MD5, EVP_md5, false},
};
#define DIGEST_COUNT (sizeof(digests) / sizeof(digests[0]))

static size_t digest_index(yx_digest_algorithm algorithm)
{
    return (size_t)algorithm < DIGEST_COUNT ? (size_t)algorithm : YX_DIGEST_NONE;
}

size_t yx_digest_size(yx_digest_algorithm algorithm)
{
    return digests[digest_index(algorithm)].size;
}

const char *yx_digest_name(yx_digest_algorithm algorithm)
{
    return digests[digest_index(algorithm)].name;
}

yx_oid yx_digest_oid(yx_digest_algorithm algorithm)
{
    return digests[digest_index(algorithm)].oid;
}

bool yx_digest_allowed(yx_digest_algorithm algorithm)
{
    return digests[digest_index(algorithm)].allowed;
}

const EVP_MD *yx_digest_md(yx_digest_algorithm algorithm)
{
    const EVP_MD *(*md)(void) = digests[digest_index(algorithm)].md;
    return md != NULL ? md() : NULL;
}

yx_digest_algorithm yx_digest_from_oid(yx_oid oid)
{
    for (size_t i = YX_DIGEST_NONE + 1; i < DIGEST_COUNT; i++)
        if (digests[i].oid == oid)
            return (yx_digest_algorithm)i;
    return YX_DIGEST_NONE;
}

/* --- Signature algorithms ---------------------------------------------------------------- */

#define KEY(type) (1u << (type))
#define ECDSA_KEYS (KEY(YX_KEY_P256) | KEY(YX_KEY_P384))

#define SM2_RULE "GB/T 32918.2 7"
#define ECDSA_RULE "FIPS 186-5 6.4.2"
#define RSA_RULE "RFC 8017 8.2.2"
#define PSS_RULE "RFC 8017 8.1.2"
#define ED25519_RULE "RFC 8032 5.1.7"

static const struct {
    yx_oid oid;
    yx_digest_algorithm digest;
    unsigned keys; /* KEY() of every type that can make it */
    const char *rule;
    const char *name; /* NULL: that of the identifier */
} signatures[] = {
    [YX_SIG_NONE] = {YX_OID_UNKNOWN, YX_DIGEST_NONE, 0, "", NULL},
    [YX_SIG_SM2_SM3] = {YX_OID_SM2_WITH_SM3, YX_DIGEST_SM3, KEY(YX_KEY_SM2), SM2_RULE, NULL},
    [YX_SIG_ECDSA_SHA256] = {YX_OID_ECDSA_SHA256, YX_DIGEST_SHA256, ECDSA_KEYS, ECDSA_RULE, NULL},
    [YX_SIG_ECDSA_SHA384] = {YX_OID_ECDSA_SHA384, YX_DIGEST_SHA384, ECDSA_KEYS, ECDSA_RULE, NULL},
    [YX_SIG_ECDSA_SHA512] = {YX_OID_ECDSA_SHA512, YX_DIGEST_SHA512, ECDSA_KEYS, ECDSA_RULE, NULL},
    [YX_SIG_RSA_SHA256] = {YX_OID_RSA_SHA256, YX_DIGEST_SHA256, KEY(YX_KEY_RSA), RSA_RULE, NULL},
    [YX_SIG_RSA_SHA384] = {YX_OID_RSA_SHA384, YX_DIGEST_SHA384, KEY(YX_KEY_RSA), RSA_RULE, NULL},
    [YX_SIG_RSA_SHA512] = {YX_OID_RSA_SHA512, YX_DIGEST_SHA512, KEY(YX_KEY_RSA), RSA_RULE, NULL},
    [YX_SIG_RSA_PSS_SHA256] = {YX_OID_RSA_PSS, YX_DIGEST_SHA256, KEY(YX_KEY_RSA), PSS_RULE,
                               "RSA-PSS-with-SHA-256"},
    [YX_SIG_RSA_PSS_SHA384] = {YX_OID_RSA_PSS, YX_DIGEST_SHA384, KEY(YX_KEY_RSA), PSS_RULE,
                               "RSA-PSS-with-SHA-384"},
    [YX_SIG_RSA_PSS_SHA512] = {YX_OID_RSA_PSS, YX_DIGEST_SHA512, KEY(YX_KEY_RSA), PSS_RULE,
                               "RSA-PSS-with-SHA-512"},
    [YX_SIG_ED25519] = {YX_OID_ED25519, YX_DIGEST_NONE, KEY(YX_KEY_ED25519), ED25519_RULE, NULL},
    [YX_SIG_RSA_SHA1] = {YX_OID_RSA_SHA1, YX_DIGEST_SHA1, KEY(YX_KEY_RSA), RSA_RULE, NULL},
    [YX_SIG_ECDSA_SHA1] = {YX_OID_ECDSA_SHA1, YX_DIGEST_SHA1, ECDSA_KEYS, ECDSA_RULE, NULL},
    [YX_SIG_RSA_MD5] = {YX_OID_RSA_MD5, YX_DIGEST_MD5, KEY(YX_KEY_RSA), RSA_RULE, NULL},
};
#define SIGNATURE_COUNT (sizeof(signatures) / sizeof(signatures[0]))

static size_t signature_index(yx_signature_algorithm algorithm)
{
    return (size_t)algorithm < SIGNATURE_COUNT ? (size_t)algorithm : YX_SIG_NONE;
}

const char *yx_signature_name(yx_signature_algorithm algorithm)
{
    const char *name = signatures[signature_index(algorithm)].name;
    return name != NULL ? name : yx_oid_name(yx_signature_oid(algorithm));
}

yx_digest_algorithm yx_signature_digest(yx_signature_algorithm algorithm)
{
    return signatures[signature_index(algorithm)].digest;
}

yx_oid yx_signature_oid(yx_signature_algorithm algorithm)
{
    return signatures[signature_index(algorithm)].oid;
}

const char *yx_signature_rule(yx_signature_algorithm algorithm)
{
    return signatures[signature_index(algorithm)].rule;
}

bool yx_signature_fits(yx_signature_algorithm algorithm, yx_key_type type)
{
    return (signatures[signature_index(algorithm)].keys & KEY(type)) != 0;
}

bool yx_signature_allowed(yx_signature_algorithm algorithm)
{
    return algorithm == YX_SIG_ED25519 || yx_digest_allowed(yx_signature_digest(algorithm));
}

bool yx_signature_is_pss(yx_signature_algorithm algorithm)
{
    return yx_signature_oid(algorithm) == YX_OID_RSA_PSS;
}

/* The identifier of RSA-PSS names no algorithm without its parameters. */
yx_signature_algorithm yx_signature_from_oid(yx_oid oid)
{
    if (oid == YX_OID_RSA_PSS)
        return YX_SIG_NONE;
    for (size_t i = YX_SIG_NONE + 1; i < SIGNATURE_COUNT; i++)
        if (signatures[i].oid == oid)
            return (yx_signature_algorithm)i;
    return YX_SIG_NONE;
}

/* Ed25519 digests for itself, so any digest of CMS goes with it (RFC 8419 2.3). */
yx_signature_algorithm yx_signature_from_parts(yx_key_type type, yx_digest_algorithm digest)
{
    for (size_t i = YX_SIG_NONE + 1; i < SIGNATURE_COUNT; i++)
        if ((signatures[i].keys & KEY(type)) != 0 &&
            (signatures[i].digest == digest || i == YX_SIG_ED25519))
            return (yx_signature_algorithm)i;
    return YX_SIG_NONE;
}

yx_signature_algorithm yx_signature_from_identifier(yx_oid oid, struct yx_bytes parameters)
{
    return oid == YX_OID_RSA_PSS ? yx_pss_from_parameters(parameters) : yx_signature_from_oid(oid);
}

/* RSA: the parameters are NULL (RFC 4055 5), PSS has its own; ECDSA, Ed25519, SM2: absent (RFC
 * 5758 3.2, RFC 8410 3, GB/T 33560). */
void yx_der_put_signature_algorithm(struct yx_der_writer *writer, yx_signature_algorithm algorithm)
{
    size_t identifier = yx_der_begin(writer, YX_DER_SEQUENCE);
    yx_der_put_oid(writer, yx_signature_oid(algorithm));
    if (yx_signature_is_pss(algorithm))
        yx_pss_put_parameters(writer, yx_signature_digest(algorithm));
    else if (yx_signature_fits(algorithm, YX_KEY_RSA))
        yx_der_put(writer, YX_DER_NULL, (struct yx_bytes){NULL, 0});
    yx_der_close(writer, identifier);
}

/* --- Key types --------------------------------------------------------------------------- */

static const struct {
    const char *name;
    yx_signature_algorithm signature;
} key_types[] = {
    [YX_KEY_NONE] = {"", YX_SIG_NONE},
    [YX_KEY_SM2] = {"SM2", YX_SIG_SM2_SM3},
    [YX_KEY_P256] = {"P-256", YX_SIG_ECDSA_SHA256},
    [YX_KEY_P384] = {"P-384", YX_SIG_ECDSA_SHA384},
    [YX_KEY_RSA] = {"RSA", YX_SIG_RSA_SHA256},
    [YX_KEY_ED25519] = {"Ed25519", YX_SIG_ED25519},
};
#define KEY_TYPE_COUNT (sizeof(key_types) / sizeof(key_types[0]))

static size_t key_type_index(yx_key_type type)
{
    return (size_t)type < KEY_TYPE_COUNT ? (size_t)type : YX_KEY_NONE;
}

yx_signature_algorithm yx_signature_default(yx_key_type type)
{
    return key_types[key_type_index(type)].signature;
}

const char *yx_key_type_name(yx_key_type type)
{
    return key_types[key_type_index(type)].name;
}

static const struct yx_curve curves[] = {
    {YX_KEY_SM2, YX_OID_SM2, NID_sm2, "SM2", "SM2", 32},
    {YX_KEY_P256, YX_OID_P256, NID_X9_62_prime256v1, "EC", "P-256", 32},
    {YX_KEY_P384, YX_OID_P384, NID_secp384r1, "EC", "P-384", 48},
};
#define CURVE_COUNT (sizeof(curves) / sizeof(curves[0]))

const struct yx_curve *yx_curve_of(yx_key_type type)
{
    for (size_t i = 0; i < CURVE_COUNT; i++)
        if (curves[i].type == type)
            return &curves[i];
    return NULL;
}

const struct yx_curve *yx_curve_from_oid(yx_oid oid)
{
    for (size_t i = 0; i < CURVE_COUNT; i++)
        if (curves[i].oid == oid)
            return &curves[i];
    return NULL;
}
