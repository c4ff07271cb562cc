/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto/key_info.c - unencrypted private keys in DER: PrivateKeyInfo (PKCS#8, RFC 5958),
 * ECPrivateKey (SEC 1, RFC 5915) and RSAPrivateKey (RFC 8017). What is read is checked to be a
 * pair. Files, PEM and decryption are in key_file.c and key_encrypted.c.
 */
#include <openssl/core_names.h>

#include "crypto/libcrypto.h"

YX_DEFINE_CLEAN(EC_GROUP, EC_GROUP *, EC_GROUP_free);
YX_DEFINE_CLEAN(EC_POINT, EC_POINT *, EC_POINT_free);

enum {
    ED25519_KEY = 32,
    POINT_OCTETS_MAX = 1 + 2 * YX_CURVE_FIELD_MAX,
    RSA_OCTETS_MAX = 8192 / 8 + 1,
    RSA_NUMBERS = 8 /* n, e, d, p, q, dP, dQ, qInv */
};

static yx_status fail_pair(struct yx_error *err, const char *rule)
{
    return yx_fail(err, YX_DAMAGED, rule,
                   N_("the private key and the public key in the file do not belong together"));
}

/* --- Elliptic curves --------------------------------------------------------------------- */

struct ec_numbers {
    const struct yx_curve *curve;
    struct yx_bytes secret;     /* big-endian */
    struct yx_bytes public_key; /* as written in the file; empty when absent */
};

/* d is from 1 to n - 1. */
static yx_status check_secret(const EC_GROUP *group, const BIGNUM *d, struct yx_error *err)
{
    YX_REQUIRE(!BN_is_zero(d) && BN_cmp(d, EC_GROUP_get0_order(group)) < 0, err, YX_DAMAGED,
               "SEC 1 3.2.1", N_("the private key is 0 or not below the order of its curve"));
    return YX_OK;
}

/* Writes dG, uncompressed, to `out`, and compares it with the public key that the file names. */
static yx_status derive_point(const struct ec_numbers *key, const BIGNUM *d,
                              uint8_t out[POINT_OCTETS_MAX], struct yx_error *err)
{
    YX_CLEAN(EC_GROUP) EC_GROUP *group = EC_GROUP_new_by_curve_name(key->curve->nid);
    if (group == NULL)
        return yx_fail_libcrypto(err, "find a curve");
    YX_TRY(check_secret(group, d, err));
    YX_CLEAN(EC_POINT) EC_POINT *derived = EC_POINT_new(group);
    YX_CLEAN(EC_POINT) EC_POINT *written = EC_POINT_new(group);
    size_t len = 1 + 2 * key->curve->field;
    if (derived == NULL || written == NULL ||
        EC_POINT_mul(group, derived, d, NULL, NULL, NULL) != 1 ||
        EC_POINT_point2oct(group, derived, POINT_CONVERSION_UNCOMPRESSED, out, len, NULL) != len)
        return yx_fail_libcrypto(err, "derive a public key");
    if (key->public_key.len == 0)
        return YX_OK;
    bool pair =
        EC_POINT_oct2point(group, written, key->public_key.data, key->public_key.len, NULL) == 1 &&
        EC_POINT_cmp(group, derived, written, NULL) == 0;
    return pair ? YX_OK : fail_pair(err, "RFC 5915 3");
}

/* The public key that a file names, in one of the forms of SEC 1 2.3.3, is `point`. */
static bool names_point(struct yx_bytes written, struct yx_bytes point)
{
    size_t half = point.len / 2;
    uint8_t odd = point.data[point.len - 1] & 1;
    if (written.len == 1 + half) /* compressed */
        return written.data[0] == (2 | odd) && memcmp(written.data + 1, point.data, half) == 0;
    return written.len == 1 + point.len && (written.data[0] == 4 || written.data[0] == (6 | odd)) &&
           memcmp(written.data + 1, point.data, point.len) == 0;
}

static yx_status take_sm2(const struct ec_numbers *numbers, struct yx_private_key **out,
                          struct yx_error *err)
{
    uint8_t d[YX_SM2_SCALAR] = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    memcpy(d + sizeof(d) - numbers->secret.len, numbers->secret.data, numbers->secret.len);
    yx_status status = yx_sm2_private_key(d, &key, err);
    yx_wipe(d, sizeof(d));
    YX_TRY(status);
    if (numbers->public_key.len > 0 &&
        !names_point(numbers->public_key, yx_public_key_point(key->public_key)))
        return fail_pair(err, "RFC 5915 3");
    *out = key;
    key = NULL;
    return YX_OK;
}

static yx_status take_ec(const struct ec_numbers *key, struct yx_private_key **out,
                         struct yx_error *err)
{
    YX_REQUIRE(key->secret.len > 0 && key->secret.len <= key->curve->field, err, YX_DAMAGED,
               "RFC 5915 3", N_("the private key is empty or longer than its curve asks for"));
    if (key->curve->type == YX_KEY_SM2)
        return take_sm2(key, out, err);
    YX_CLEAN(BIGNUM) BIGNUM *d = BN_secure_new();
    if (d == NULL || BN_bin2bn(key->secret.data, (int)key->secret.len, d) == NULL)
        return yx_fail_memory(err);
    uint8_t point[POINT_OCTETS_MAX];
    YX_TRY(derive_point(key, d, point, err));
    uint8_t secret[YX_CURVE_FIELD_MAX]; /* in the byte order of the machine, as OSSL_PARAM asks */
    EVP_PKEY *pkey = NULL;
    yx_status status = YX_OK;
    if (BN_bn2nativepad(d, secret, (int)key->curve->field) < 0)
        status = yx_fail_libcrypto(err, "write a private key");
    if (status == YX_OK)
        status = yx_ec_import(key->curve, YX_BYTES(point, 1 + 2 * key->curve->field), secret, &pkey,
                              err);
    yx_wipe(secret, sizeof(secret));
    YX_TRY(status);
    return yx_private_key_take(pkey, out, err);
}

/* namedCurve OBJECT IDENTIFIER; nothing else is accepted. */
static yx_status read_curve(struct yx_der *der, const struct yx_curve **out, struct yx_error *err)
{
    YX_REQUIRE(yx_der_next_is(der, YX_DER_OID), err, YX_REFUSED, "RFC 5915 3",
               N_("the key does not name its curve; explicit curve parameters are not accepted"));
    yx_oid oid;
    YX_TRY(yx_der_oid(der, &oid, err));
    YX_TRY(yx_der_end(der, err));
    *out = yx_curve_from_oid(oid);
    YX_REQUIRE(*out != NULL, err, YX_REFUSED, "RFC 5915 3",
               N_("the curve of the key is not supported; use SM2, P-256 or P-384"));
    return YX_OK;
}

/* The optional tail of ECPrivateKey. */
static yx_status read_ec_optional(struct yx_der *der, struct ec_numbers *key, struct yx_error *err)
{
    if (yx_der_next_is(der, YX_DER_CONTEXT_CONSTRUCTED(0))) {
        struct yx_der parameters;
        const struct yx_curve *curve;
        YX_TRY(yx_der_enter(der, YX_DER_CONTEXT_CONSTRUCTED(0), &parameters, err));
        YX_TRY(read_curve(&parameters, &curve, err));
        YX_REQUIRE(key->curve == NULL || key->curve == curve, err, YX_DAMAGED, "RFC 5915 3",
                   N_("the key names two different curves"));
        key->curve = curve;
    }
    if (yx_der_next_is(der, YX_DER_CONTEXT_CONSTRUCTED(1))) {
        struct yx_der public_key;
        YX_TRY(yx_der_enter(der, YX_DER_CONTEXT_CONSTRUCTED(1), &public_key, err));
        YX_TRY(yx_der_bit_string(&public_key, &key->public_key, err));
        YX_TRY(yx_der_end(&public_key, err));
    }
    return yx_der_end(der, err);
}

/*
 * ECPrivateKey ::= SEQUENCE { version INTEGER (1), privateKey OCTET STRING,
 *     parameters [0] ECParameters OPTIONAL, publicKey [1] BIT STRING OPTIONAL }
 */
static yx_status read_ec(struct yx_bytes bytes, const struct yx_curve *curve,
                         struct yx_private_key **out, struct yx_error *err)
{
    struct yx_der der = yx_der_reader(bytes, "ECPrivateKey");
    struct yx_der inner;
    int64_t version;
    struct ec_numbers key = {.curve = curve};
    YX_TRY(yx_der_enter(&der, YX_DER_SEQUENCE, &inner, err));
    YX_TRY(yx_der_end(&der, err));
    YX_TRY(yx_der_int(&inner, &version, err));
    YX_REQUIRE(version == 1, err, YX_DAMAGED, "RFC 5915 3",
               N_("the version of an ECPrivateKey must be 1"));
    YX_TRY(yx_der_get(&inner, YX_DER_OCTET_STRING, &key.secret, err));
    YX_TRY(read_ec_optional(&inner, &key, err));
    YX_REQUIRE(key.curve != NULL, err, YX_REFUSED, "RFC 5915 3",
               N_("the key does not name its curve; explicit curve parameters are not accepted"));
    return take_ec(&key, out, err);
}

/* --- RSA --------------------------------------------------------------------------------- */

/* Checks form and sizes before libcrypto computes with the numbers. */
static yx_status check_rsa_form(struct yx_bytes bytes, struct yx_error *err)
{
    struct yx_der der = yx_der_reader(bytes, "RSAPrivateKey");
    struct yx_der inner;
    int64_t version;
    YX_TRY(yx_der_enter(&der, YX_DER_SEQUENCE, &inner, err));
    YX_TRY(yx_der_end(&der, err));
    YX_TRY(yx_der_int(&inner, &version, err));
    YX_REQUIRE(version == 0, err, YX_REFUSED, "RFC 8017 A.1.2",
               N_("RSA keys of more than two primes are not supported"));
    for (int i = 0; i < RSA_NUMBERS; i++) {
        struct yx_bytes number;
        YX_TRY(yx_der_integer(&inner, &number, err));
        YX_REQUIRE((number.data[0] & 0x80) == 0 && number.len <= RSA_OCTETS_MAX, err, YX_DAMAGED,
                   "RFC 8017 A.1.2", N_("a number of the RSA key is negative or too large"));
    }
    return yx_der_end(&inner, err);
}

/* The numbers of an RSA key, and room to reckon with them. */
enum { RSA_N, RSA_E, RSA_D, RSA_P, RSA_Q, RSA_DP, RSA_DQ, RSA_QINV, RSA_PARTS };
struct rsa_numbers {
    BIGNUM *values[RSA_PARTS];
    BIGNUM *result, *less;
    BN_CTX *room;
};

static void rsa_numbers_free(struct rsa_numbers *numbers)
{
    for (size_t i = 0; i < RSA_PARTS; i++)
        BN_clear_free(numbers->values[i]);
    BN_clear_free(numbers->result);
    BN_clear_free(numbers->less);
    BN_CTX_free(numbers->room);
}
YX_DEFINE_CLEAN_VALUE(rsa_numbers, struct rsa_numbers, rsa_numbers_free);

static bool rsa_numbers_get(const EVP_PKEY *pkey, struct rsa_numbers *out)
{
    static const char *const names[RSA_PARTS] = {
        OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
        OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
        OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
        OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
    for (size_t i = 0; i < RSA_PARTS; i++)
        if (EVP_PKEY_get_bn_param(pkey, names[i], &out->values[i]) != 1)
            return false;
    out->result = BN_secure_new();
    out->less = BN_secure_new();
    out->room = BN_CTX_secure_new();
    return out->result != NULL && out->less != NULL && out->room != NULL;
}

/* e d = 1 mod (prime - 1) */
static bool is_inverse(struct rsa_numbers *n, const BIGNUM *prime)
{
    return BN_cmp(prime, BN_value_one()) > 0 && BN_sub(n->less, prime, BN_value_one()) == 1 &&
           BN_mod_mul(n->result, n->values[RSA_E], n->values[RSA_D], n->less, n->room) == 1 &&
           BN_is_one(n->result);
}

/* The exponent for one prime: d mod (prime - 1). */
static bool is_reduced(struct rsa_numbers *n, const BIGNUM *prime, const BIGNUM *exponent)
{
    return BN_sub(n->less, prime, BN_value_one()) == 1 &&
           BN_mod(n->result, n->values[RSA_D], n->less, n->room) == 1 &&
           BN_cmp(n->result, exponent) == 0;
}

/* What signing reckons with by the Chinese remainder theorem: a wrong number there would not only
 * make wrong signatures, they would also give the primes away. */
static bool remainders_fit(struct rsa_numbers *n)
{
    return is_reduced(n, n->values[RSA_P], n->values[RSA_DP]) &&
           is_reduced(n, n->values[RSA_Q], n->values[RSA_DQ]) &&
           BN_mod_mul(n->result, n->values[RSA_Q], n->values[RSA_QINV], n->values[RSA_P],
                      n->room) == 1 &&
           BN_is_one(n->result);
}

/*
 * n = p q, and d undoes e (RFC 8017 3.2). libcrypto's own check proves p and q prime as well, which
 * takes longer than all else that a signature needs.
 */
static yx_status check_rsa_pair(const struct yx_private_key *key, struct yx_error *err)
{
    YX_CLEAN(rsa_numbers) struct rsa_numbers n = {{0}, NULL, NULL, NULL};
    if (!rsa_numbers_get(key->pkey, &n))
        return yx_fail_memory(err);
    bool pair = BN_mul(n.result, n.values[RSA_P], n.values[RSA_Q], n.room) == 1 &&
                BN_cmp(n.result, n.values[RSA_N]) == 0 && is_inverse(&n, n.values[RSA_P]) &&
                is_inverse(&n, n.values[RSA_Q]) && remainders_fit(&n);
    return pair ? YX_OK : fail_pair(err, "RFC 8017 3.2");
}

/*
 * RSAPrivateKey ::= SEQUENCE { version, modulus, publicExponent, privateExponent, prime1, prime2,
 *     exponent1, exponent2, coefficient INTEGER } (RFC 8017 A.1.2)
 */
static yx_status read_rsa(struct yx_bytes bytes, struct yx_private_key **out, struct yx_error *err)
{
    YX_TRY(check_rsa_form(bytes, err));
    const uint8_t *at = bytes.data;
    EVP_PKEY *pkey = d2i_PrivateKey(EVP_PKEY_RSA, NULL, &at, (long)bytes.len);
    if (pkey == NULL)
        return yx_fail(err, YX_DAMAGED, "RFC 8017 A.1.2", N_("the RSA key cannot be read"));
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_TRY(yx_private_key_take(pkey, &key, err));
    YX_TRY(check_rsa_pair(key, err));
    *out = key;
    key = NULL;
    return YX_OK;
}

/* --- Ed25519 ----------------------------------------------------------------------------- */

/* CurvePrivateKey ::= OCTET STRING (RFC 8410 7). `public_key` is empty when absent. */
static yx_status read_ed25519(struct yx_bytes bytes, struct yx_bytes public_key,
                              struct yx_private_key **out, struct yx_error *err)
{
    struct yx_der der = yx_der_reader(bytes, "CurvePrivateKey");
    struct yx_bytes secret;
    YX_TRY(yx_der_get(&der, YX_DER_OCTET_STRING, &secret, err));
    YX_TRY(yx_der_end(&der, err));
    YX_REQUIRE(secret.len == ED25519_KEY, err, YX_DAMAGED, "RFC 8410 7",
               N_("an Ed25519 private key must be 32 octets"));
    EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret.data, secret.len);
    if (pkey == NULL)
        return yx_fail_libcrypto(err, "import an Ed25519 key");
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_TRY(yx_private_key_take(pkey, &key, err));
    struct yx_bytes spki = yx_public_key_spki(key->public_key);
    /* The key itself is the last 32 octets of its SubjectPublicKeyInfo. */
    struct yx_bytes derived = YX_BYTES(spki.data + spki.len - ED25519_KEY, ED25519_KEY);
    if (public_key.len > 0 && !yx_bytes_equal(public_key, derived))
        return fail_pair(err, "RFC 8410 7");
    *out = key;
    key = NULL;
    return YX_OK;
}

/* --- PKCS#8 ------------------------------------------------------------------------------ */

struct key_info {
    yx_oid algorithm;
    struct yx_bytes parameters;
    struct yx_bytes private_key;
    struct yx_bytes public_key; /* empty when absent */
};

/*
 * OneAsymmetricKey ::= SEQUENCE { version INTEGER (0, 1), privateKeyAlgorithm AlgorithmIdentifier,
 *     privateKey OCTET STRING, attributes [0] IMPLICIT SET OPTIONAL,
 *     publicKey [1] IMPLICIT BIT STRING OPTIONAL } (RFC 5958 2)
 */
static yx_status parse_key_info(struct yx_der *der, struct key_info *out, struct yx_error *err)
{
    int64_t version;
    YX_TRY(yx_der_int(der, &version, err));
    YX_REQUIRE(version == 0 || version == 1, err, YX_DAMAGED, "RFC 5958 2",
               N_("the version of a PrivateKeyInfo must be 0 or 1"));
    YX_TRY(yx_der_algorithm(der, &out->algorithm, &out->parameters, err));
    YX_TRY(yx_der_get(der, YX_DER_OCTET_STRING, &out->private_key, err));
    if (yx_der_next_is(der, YX_DER_CONTEXT_CONSTRUCTED(0)))
        YX_TRY(yx_der_any(der, NULL, NULL, NULL, err));
    out->public_key = (struct yx_bytes){NULL, 0};
    if (yx_der_next_is(der, YX_DER_CONTEXT(1))) {
        struct yx_bytes bits;
        YX_TRY(yx_der_get(der, YX_DER_CONTEXT(1), &bits, err));
        YX_REQUIRE(bits.len > 1 && bits.data[0] == 0, err, YX_DAMAGED, "RFC 5958 2",
                   N_("the public key in a PrivateKeyInfo is malformed"));
        out->public_key = YX_BYTES(bits.data + 1, bits.len - 1);
    }
    return yx_der_end(der, err);
}

static yx_status read_key_info(struct yx_der *der, struct yx_private_key **out,
                               struct yx_error *err)
{
    struct key_info info;
    YX_TRY(parse_key_info(der, &info, err));
    if (info.algorithm == YX_OID_RSA)
        return read_rsa(info.private_key, out, err);
    if (info.algorithm == YX_OID_ED25519)
        return read_ed25519(info.private_key, info.public_key, out, err);
    YX_REQUIRE(info.algorithm == YX_OID_EC_PUBLIC_KEY, err, YX_REFUSED, "RFC 5958 2",
               N_("the key is of no supported type; use SM2, P-256, P-384, RSA or Ed25519"));
    struct yx_der parameters = yx_der_reader(info.parameters, "ECParameters");
    const struct yx_curve *curve;
    YX_TRY(read_curve(&parameters, &curve, err));
    return read_ec(info.private_key, curve, out, err);
}

/* All three forms start with a version; what follows it tells them apart. */
yx_status yx_private_key_from_der(struct yx_bytes bytes, struct yx_private_key **out,
                                  struct yx_error *err)
{
    struct yx_der der = yx_der_reader(bytes, "private key");
    struct yx_der inner;
    YX_TRY(yx_der_enter(&der, YX_DER_SEQUENCE, &inner, err));
    YX_TRY(yx_der_end(&der, err));
    struct yx_der behind_version = inner;
    int64_t version;
    YX_TRY(yx_der_int(&behind_version, &version, err));
    if (yx_der_next_is(&behind_version, YX_DER_SEQUENCE))
        return read_key_info(&inner, out, err);
    if (yx_der_next_is(&behind_version, YX_DER_OCTET_STRING))
        return read_ec(bytes, NULL, out, err);
    return read_rsa(bytes, out, err);
}
