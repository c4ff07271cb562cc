/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto/verify.c - checks signatures with a public key. The values of ECDSA and SM2 are read
 * strictly before anything is computed with them. What SM2 digests is in sm2.c.
 */
#include "crypto/libcrypto.h"

enum { SM2_RAW_SIGNATURE = 64 };

/* One of r and s: positive, and no longer than the order of the curve. */
static yx_status check_scalar(struct yx_der *der, size_t field, const char *rule,
                              struct yx_error *err)
{
    struct yx_bytes scalar;
    YX_TRY(yx_der_integer(der, &scalar, err));
    bool negative = (scalar.data[0] & 0x80) != 0;
    bool zero = scalar.len == 1 && scalar.data[0] == 0;
    size_t octets = scalar.len - (scalar.data[0] == 0 ? 1 : 0);
    YX_REQUIRE(!negative && !zero && octets <= field, err, YX_DAMAGED, rule,
               N_("{1}: r and s must be positive and below the order of the curve"), der->what);
    return YX_OK;
}

/* SEQUENCE { r INTEGER, s INTEGER } (RFC 3279 2.2.3; GM/T 0009, signature value) */
static yx_status check_ecdsa_value(struct yx_bytes value, size_t field, const char *rule,
                                   struct yx_error *err)
{
    struct yx_der der = yx_der_reader(value, "signature value");
    struct yx_der inner;
    YX_TRY(yx_der_enter(&der, YX_DER_SEQUENCE, &inner, err));
    YX_TRY(yx_der_end(&der, err));
    YX_TRY(check_scalar(&inner, field, rule, err));
    YX_TRY(check_scalar(&inner, field, rule, err));
    return yx_der_end(&inner, err);
}

/* One vendor writes r || s. No DER that verifies has 64 octets but with a chance of 2^-40. */
static bool is_raw_sm2(struct yx_bytes signature)
{
    return signature.len == SM2_RAW_SIGNATURE &&
           check_ecdsa_value(signature, SM2_RAW_SIGNATURE / 2, "", NULL) != YX_OK;
}

yx_status yx_signature_from_raw(struct yx_bytes raw, struct yx_buf *out, struct yx_error *err)
{
    YX_REQUIRE(raw.len > 0 && raw.len % 2 == 0, err, YX_DAMAGED, "PKCS #11 v2.40 2.3.1",
               N_("a raw signature of {1} octets is not two numbers of one length"),
               YX_NUM(raw.len));
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    size_t value = yx_der_begin(&writer, YX_DER_SEQUENCE);
    yx_der_put_unsigned(&writer, YX_BYTES(raw.data, raw.len / 2));
    yx_der_put_unsigned(&writer, YX_BYTES(raw.data + raw.len / 2, raw.len / 2));
    yx_der_close(&writer, value);
    return yx_der_finish(&writer, out, err);
}

static yx_status take_scalar(struct yx_der *der, size_t field, uint8_t *out, struct yx_error *err)
{
    struct yx_bytes scalar;
    YX_TRY(yx_der_integer(der, &scalar, err));
    size_t sign = scalar.len > 1 && scalar.data[0] == 0 ? 1 : 0;
    memset(out, 0, field);
    memcpy(out + field - (scalar.len - sign), scalar.data + sign, scalar.len - sign);
    return YX_OK;
}

yx_status yx_signature_to_raw(struct yx_bytes der, size_t field, uint8_t *out, struct yx_error *err)
{
    struct yx_der outer = yx_der_reader(der, "signature value");
    struct yx_der inner;
    YX_TRY(check_ecdsa_value(der, field, "RFC 3279 2.2.3", err));
    YX_TRY(yx_der_enter(&outer, YX_DER_SEQUENCE, &inner, err));
    YX_TRY(take_scalar(&inner, field, out, err));
    return take_scalar(&inner, field, out + field, err);
}

yx_status yx_signature_to_der(yx_signature_algorithm algorithm, struct yx_bytes signature,
                              struct yx_buf *out, struct yx_error *err)
{
    if (algorithm == YX_SIG_SM2_SM3 && is_raw_sm2(signature))
        return yx_signature_from_raw(signature, out, err);
    return yx_buf_append(out, signature) == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status verify_sm2(const struct yx_public_key *key, struct yx_bytes message,
                            struct yx_bytes signature, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_TRY(yx_signature_to_der(YX_SIG_SM2_SM3, signature, &der, err));
    YX_TRY(check_ecdsa_value(yx_buf_bytes(&der), SM2_RAW_SIGNATURE / 2,
                             yx_signature_rule(YX_SIG_SM2_SM3), err));
    return yx_sm2_verify(key, message, yx_buf_bytes(&der), err);
}

static yx_status verify_message(const struct yx_public_key *key, yx_signature_algorithm algorithm,
                                struct yx_bytes message, struct yx_bytes signature,
                                struct yx_error *err)
{
    const EVP_MD *md = yx_digest_md(yx_signature_digest(algorithm));
    YX_CLEAN(EVP_MD_CTX) EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *inner = NULL; /* belongs to context */
    if (context == NULL || EVP_DigestVerifyInit(context, &inner, md, NULL, key->pkey) != 1 ||
        !yx_pss_prepare_verify(inner, algorithm))
        return yx_fail_libcrypto(err, "begin a verification");
    if (EVP_DigestVerify(context, signature.data, signature.len, message.data, message.len) == 1)
        return YX_OK;
    return yx_fail_verification(err, algorithm);
}

/* Whatever is wrong with the value itself means that it does not verify. */
static yx_status refuse_value(struct yx_error *err, yx_status status)
{
    if (status != YX_DAMAGED)
        return status;
    if (err != NULL)
        err->status = YX_REFUSED;
    return YX_REFUSED;
}

yx_status yx_public_key_verify(const struct yx_public_key *key, yx_signature_algorithm algorithm,
                               struct yx_bytes message, struct yx_bytes signature,
                               struct yx_error *err)
{
    YX_QUIET;
    YX_REQUIRE(yx_signature_fits(algorithm, yx_public_key_type(key)), err, YX_REFUSED,
               yx_signature_rule(algorithm),
               N_("a key of type {1} cannot have made a signature of type {2}"),
               yx_key_type_name(yx_public_key_type(key)), yx_signature_name(algorithm));
    if (algorithm == YX_SIG_SM2_SM3)
        return refuse_value(err, verify_sm2(key, message, signature, err));
    const struct yx_curve *curve = yx_curve_of(key->type);
    if (curve != NULL)
        YX_TRY(refuse_value(
            err, check_ecdsa_value(signature, curve->field, yx_signature_rule(algorithm), err)));
    return verify_message(key, algorithm, message, signature, err);
}
