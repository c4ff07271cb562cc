/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto/public_key.c - public keys out of a SubjectPublicKeyInfo. We take the structure apart
 * ourselves, so that only named curves, whole points and sane RSA keys reach libcrypto. Signatures
 * are checked in verify.c.
 */
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "crypto/libcrypto.h"

enum {
    RSA_BITS_MIN = 1024, /* to read what the field has; 2048 for new keys */
    RSA_BITS_MAX = 8192,
    RSA_EXPONENT_OCTETS_MAX = 8, /* verification time grows with it */
    UNCOMPRESSED = 0x04,
    ED25519_KEY = 32
};

YX_DEFINE_CLEAN(OSSL_PARAM_BLD, OSSL_PARAM_BLD *, OSSL_PARAM_BLD_free);
YX_DEFINE_CLEAN(OSSL_PARAM, OSSL_PARAM *, OSSL_PARAM_free);

/* --- SubjectPublicKeyInfo ---------------------------------------------------------------- */

static yx_status fail_point(struct yx_error *err, const struct yx_curve *curve)
{
    return yx_fail(err, YX_DAMAGED, "SEC 1 3.2.2.1",
                   N_("the public key is not a point on the curve {1}"), curve->group_name);
}

yx_status yx_ec_import(const struct yx_curve *curve, struct yx_bytes point, const uint8_t *secret,
                       EVP_PKEY **out, struct yx_error *err)
{
    /* libcrypto takes all of them as not const, and changes none. */
    uint8_t octets[1 + 2 * YX_CURVE_FIELD_MAX], number[YX_CURVE_FIELD_MAX] = {0};
    char group[16];
    snprintf(group, sizeof(group), "%s", curve->group_name);
    memcpy(octets, point.data, point.len);
    if (secret != NULL)
        memcpy(number, secret, curve->field);
    OSSL_PARAM params[] = {
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets, point.len),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_PRIV_KEY, number, curve->field),
        OSSL_PARAM_END,
    };
    if (secret == NULL)
        params[2] = (OSSL_PARAM)OSSL_PARAM_END;
    int selection = secret != NULL ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
    YX_CLEAN(EVP_PKEY_CTX)
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, curve->key_name, NULL);
    bool begun = context != NULL && EVP_PKEY_fromdata_init(context) == 1;
    bool done = begun && EVP_PKEY_fromdata(context, out, selection, params) == 1;
    yx_wipe(number, sizeof(number));
    if (done)
        return YX_OK;
    if (!begun || yx_libcrypto_out_of_memory())
        return yx_fail_libcrypto(err, "import a key");
    return fail_point(err, curve);
}

/* ECParameters ::= CHOICE { namedCurve OBJECT IDENTIFIER } (RFC 5480 2.1.1) */
static yx_status read_curve(struct yx_bytes parameters, const struct yx_curve **out,
                            struct yx_error *err)
{
    struct yx_der der = yx_der_reader(parameters, "ECParameters");
    YX_REQUIRE(yx_der_next_is(&der, YX_DER_OID), err, YX_REFUSED, "RFC 5480 2.1.1",
               N_("the key does not name its curve; explicit curve parameters are not accepted"));
    struct yx_bytes oid;
    YX_TRY(yx_der_oid_bytes(&der, &oid, err));
    YX_TRY(yx_der_end(&der, err));
    *out = yx_curve_from_oid(yx_oid_find(oid));
    char dotted[YX_OID_TEXT];
    yx_oid_to_dotted(oid, dotted);
    YX_REQUIRE(*out != NULL, err, YX_REFUSED, "RFC 5480 2.1.1.1",
               N_("keys on the curve {1} are not supported; use SM2, P-256 or P-384"), dotted);
    return YX_OK;
}

static yx_status read_ec(struct yx_public_key *key, struct yx_bytes parameters,
                         struct yx_bytes point, struct yx_error *err)
{
    const struct yx_curve *curve;
    YX_TRY(read_curve(parameters, &curve, err));
    YX_REQUIRE(point.len == 1 + 2 * curve->field && point.data[0] == UNCOMPRESSED, err, YX_DAMAGED,
               "RFC 5480 2.2", N_("the public key is not an uncompressed point of {1}"),
               curve->group_name);
    key->type = curve->type;
    key->bits = (unsigned)(8 * curve->field);
    if (key->type != YX_KEY_SM2)
        return yx_ec_import(curve, point, NULL, &key->pkey, err);
    if (!yx_sm2_public_read(point.data + 1, &key->sm2))
        return fail_point(err, curve);
    return yx_sm2_compute_za(YX_BYTES(point.data + 1, point.len - 1), key->za, err);
}

static yx_status import_rsa(BIGNUM *n, BIGNUM *e, EVP_PKEY **out, struct yx_error *err)
{
    YX_CLEAN(OSSL_PARAM_BLD) OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    YX_CLEAN(EVP_PKEY_CTX) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    YX_CLEAN(OSSL_PARAM) OSSL_PARAM *params = NULL;
    if (builder == NULL || context == NULL ||
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) != 1)
        return yx_fail_libcrypto(err, "prepare an RSA key");
    params = OSSL_PARAM_BLD_to_param(builder);
    if (params == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, out, EVP_PKEY_PUBLIC_KEY, params) != 1)
        return yx_fail_libcrypto(err, "import an RSA key");
    return YX_OK;
}

/* A positive odd number. */
static yx_status read_odd(struct yx_der *der, size_t max, BIGNUM **out, struct yx_error *err)
{
    struct yx_bytes octets;
    YX_TRY(yx_der_integer(der, &octets, err));
    YX_REQUIRE((octets.data[0] & 0x80) == 0 && (octets.data[octets.len - 1] & 1) == 1, err,
               YX_DAMAGED, "RFC 8017 3.1",
               N_("an RSA modulus or exponent is not positive and odd"));
    YX_REQUIRE(octets.len <= max, err, YX_REFUSED, "RFC 8017 3.1",
               N_("an RSA modulus or exponent is too large: {1} octets, at most {2} are accepted"),
               YX_NUM(octets.len), YX_NUM(max));
    *out = BN_bin2bn(octets.data, (int)octets.len, NULL);
    return *out != NULL ? YX_OK : yx_fail_memory(err);
}

/* RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER } (RFC 8017 A.1.1) */
static yx_status read_rsa(struct yx_public_key *key, struct yx_bytes parameters,
                          struct yx_bytes value, struct yx_error *err)
{
    YX_REQUIRE(parameters.len == 0, err, YX_DAMAGED, "RFC 3279 2.3.1",
               N_("the parameters of an RSA key must be NULL"));
    struct yx_der der = yx_der_reader(value, "RSAPublicKey");
    struct yx_der inner;
    YX_CLEAN(BIGNUM) BIGNUM *n = NULL;
    YX_CLEAN(BIGNUM) BIGNUM *e = NULL;
    YX_TRY(yx_der_enter(&der, YX_DER_SEQUENCE, &inner, err));
    YX_TRY(yx_der_end(&der, err));
    YX_TRY(read_odd(&inner, RSA_BITS_MAX / 8 + 1, &n, err));
    YX_TRY(read_odd(&inner, RSA_EXPONENT_OCTETS_MAX, &e, err));
    YX_TRY(yx_der_end(&inner, err));
    YX_REQUIRE(!BN_is_one(e), err, YX_DAMAGED, "RFC 8017 3.1", N_("an RSA exponent is 1"));
    key->bits = (unsigned)BN_num_bits(n);
    YX_REQUIRE(key->bits >= RSA_BITS_MIN && key->bits <= RSA_BITS_MAX, err, YX_REFUSED,
               "NIST SP 800-131A, RSA key length",
               N_("an RSA key of {1} bits is not accepted; {2} to {3} bits are"), YX_NUM(key->bits),
               YX_NUM(RSA_BITS_MIN), YX_NUM(RSA_BITS_MAX));
    key->type = YX_KEY_RSA;
    return import_rsa(n, e, &key->pkey, err);
}

static yx_status read_ed25519(struct yx_public_key *key, struct yx_bytes parameters,
                              struct yx_bytes value, struct yx_error *err)
{
    YX_REQUIRE(parameters.len == 0 && value.len == ED25519_KEY, err, YX_DAMAGED, "RFC 8410 3, 4",
               N_("an Ed25519 key must be 32 octets without parameters"));
    key->type = YX_KEY_ED25519;
    key->bits = 8 * ED25519_KEY;
    key->pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, value.data, value.len);
    return key->pkey != NULL ? YX_OK : yx_fail_libcrypto(err, "import an Ed25519 key");
}

static const struct {
    yx_oid algorithm;
    yx_status (*read)(struct yx_public_key *key, struct yx_bytes parameters, struct yx_bytes value,
                      struct yx_error *err);
} readers[] = {
    {YX_OID_EC_PUBLIC_KEY, read_ec},
    {YX_OID_RSA, read_rsa},
    {YX_OID_ED25519, read_ed25519},
};

/* SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING }
 */
static yx_status read_spki(struct yx_public_key *key, struct yx_bytes spki, struct yx_error *err)
{
    struct yx_der der = yx_der_reader(spki, "SubjectPublicKeyInfo");
    struct yx_der inner;
    yx_oid algorithm;
    struct yx_bytes parameters;
    struct yx_bytes value;
    YX_TRY(yx_der_enter(&der, YX_DER_SEQUENCE, &inner, err));
    YX_TRY(yx_der_end(&der, err));
    YX_TRY(yx_der_algorithm(&inner, &algorithm, &parameters, err));
    YX_TRY(yx_der_bit_string(&inner, &value, err));
    YX_TRY(yx_der_end(&inner, err));
    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
        if (readers[i].algorithm == algorithm)
            return readers[i].read(key, parameters, value, err);
    return yx_fail(err, YX_REFUSED, "RFC 5280 4.1.2.7",
                   N_("the key is of no supported type; use SM2, P-256, P-384, RSA or Ed25519"));
}

yx_status yx_public_key_from_spki(struct yx_bytes spki, struct yx_public_key **out,
                                  struct yx_error *err)
{
    YX_QUIET;
    YX_CLEAN(yx_public_key) struct yx_public_key *key = calloc(1, sizeof(*key));
    if (key == NULL)
        return yx_fail_memory(err);
    YX_TRY(read_spki(key, spki, err));
    if (yx_buf_append(&key->spki, spki) != YX_OK)
        return yx_fail_memory(err);
    *out = key;
    key = NULL;
    return YX_OK;
}

void yx_public_key_free(struct yx_public_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey);
    yx_buf_free(&key->spki);
    free(key);
}

yx_key_type yx_public_key_type(const struct yx_public_key *key)
{
    return key != NULL ? key->type : YX_KEY_NONE;
}

unsigned yx_public_key_bits(const struct yx_public_key *key)
{
    return key != NULL ? key->bits : 0;
}

struct yx_bytes yx_public_key_spki(const struct yx_public_key *key)
{
    return key != NULL ? yx_buf_bytes(&key->spki) : (struct yx_bytes){0};
}
