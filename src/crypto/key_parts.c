/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto/key_parts.c - keys in pieces: what devices tell of a public key becomes a
 * SubjectPublicKeyInfo, and a private key becomes the numbers that a device takes in.
 */
#include <openssl/core_names.h>

#include "crypto/libcrypto.h"

enum {
    UNCOMPRESSED = 4, /* SEC 1 2.3.3 */
    ED25519_KEY = 32,
    RSA_PARTS = 8
};

/* --- Public keys ------------------------------------------------------------------------- */

static void put_bits(struct yx_der_writer *writer, struct yx_bytes head, struct yx_bytes tail)
{
    size_t bits = yx_der_begin(writer, YX_DER_BIT_STRING);
    yx_der_put_raw(writer, YX_BYTES("\0", 1)); /* no unused bits */
    yx_der_put_raw(writer, head);
    yx_der_put_raw(writer, tail);
    yx_der_close(writer, bits);
}

yx_status yx_spki_from_point(yx_key_type type, struct yx_bytes point, struct yx_buf *out,
                             struct yx_error *err)
{
    static const uint8_t uncompressed[] = {UNCOMPRESSED};
    const struct yx_curve *curve = yx_curve_of(type);
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    size_t spki = yx_der_begin(&writer, YX_DER_SEQUENCE);
    size_t algorithm = yx_der_begin(&writer, YX_DER_SEQUENCE);
    yx_der_put_oid(&writer, curve != NULL ? YX_OID_EC_PUBLIC_KEY : YX_OID_ED25519);
    if (curve != NULL)
        yx_der_put_oid(&writer, curve->oid);
    yx_der_close(&writer, algorithm);
    put_bits(&writer, YX_BYTES(uncompressed, curve != NULL ? 1 : 0), point);
    yx_der_close(&writer, spki);
    return yx_der_finish(&writer, out, err);
}

/* RSAPublicKey ::= SEQUENCE { modulus, publicExponent INTEGER } (RFC 8017 A.1.1) */
yx_status yx_spki_from_rsa(struct yx_bytes modulus, struct yx_bytes exponent, struct yx_buf *out,
                           struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    size_t spki = yx_der_begin(&writer, YX_DER_SEQUENCE);
    size_t algorithm = yx_der_begin(&writer, YX_DER_SEQUENCE);
    yx_der_put_oid(&writer, YX_OID_RSA);
    yx_der_put(&writer, YX_DER_NULL, (struct yx_bytes){NULL, 0});
    yx_der_close(&writer, algorithm);
    size_t bits = yx_der_begin(&writer, YX_DER_BIT_STRING);
    yx_der_put_raw(&writer, YX_BYTES("\0", 1));
    size_t key = yx_der_begin(&writer, YX_DER_SEQUENCE);
    yx_der_put_unsigned(&writer, modulus);
    yx_der_put_unsigned(&writer, exponent);
    yx_der_close(&writer, key);
    yx_der_close(&writer, bits);
    yx_der_close(&writer, spki);
    return yx_der_finish(&writer, out, err);
}

struct yx_bytes yx_public_key_point(const struct yx_public_key *key)
{
    struct yx_bytes spki = yx_public_key_spki(key);
    const struct yx_curve *curve = yx_curve_of(yx_public_key_type(key));
    size_t len = curve != NULL ? 2 * curve->field : ED25519_KEY;
    if (curve == NULL && yx_public_key_type(key) != YX_KEY_ED25519)
        return (struct yx_bytes){NULL, 0};
    /* The key stands at the end of its SubjectPublicKeyInfo. */
    return YX_BYTES(spki.data + spki.len - len, len);
}

/* --- Private keys ------------------------------------------------------------------------ */

/* Appends a number in `len` octets, 0: as many as it has. The buffer was reserved, and stays. */
static yx_status append_number(const BIGNUM *number, size_t len, struct yx_buf *buf,
                               struct yx_bytes *out, struct yx_error *err)
{
    if (len == 0)
        len = (size_t)BN_num_bytes(number);
    uint8_t *at = buf->data + buf->len;
    YX_REQUIRE(len <= buf->cap - buf->len && BN_bn2binpad(number, at, (int)len) >= 0, err,
               YX_INTERNAL, "", N_("libcrypto failed to {1}: {2}"), "write a private key", "?");
    buf->len += len;
    *out = YX_BYTES(at, len);
    return YX_OK;
}

static yx_status get_number(const struct yx_private_key *key, const char *name, size_t len,
                            struct yx_buf *buf, struct yx_bytes *out, struct yx_error *err)
{
    YX_CLEAN(BIGNUM) BIGNUM *number = NULL;
    if (EVP_PKEY_get_bn_param(key->pkey, name, &number) != 1)
        return yx_fail_libcrypto(err, "take a private key apart");
    return append_number(number, len, buf, out, err);
}

static yx_status rsa_parts(const struct yx_private_key *key, struct yx_key_parts *out,
                           struct yx_error *err)
{
    const size_t modulus = (key->public_key->bits + 7) / 8;
    const struct {
        const char *name;
        size_t len;
        struct yx_bytes *number;
    } numbers[RSA_PARTS] = {
        {OSSL_PKEY_PARAM_RSA_N, modulus, &out->n},
        {OSSL_PKEY_PARAM_RSA_E, 0, &out->e},
        {OSSL_PKEY_PARAM_RSA_D, modulus, &out->d},
        {OSSL_PKEY_PARAM_RSA_FACTOR1, 0, &out->p},
        {OSSL_PKEY_PARAM_RSA_FACTOR2, 0, &out->q},
        {OSSL_PKEY_PARAM_RSA_EXPONENT1, 0, &out->dp},
        {OSSL_PKEY_PARAM_RSA_EXPONENT2, 0, &out->dq},
        {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, 0, &out->qinv},
    };
    if (yx_buf_reserve(&out->buf, RSA_PARTS * (modulus + 1)) != YX_OK)
        return yx_fail_memory(err);
    for (size_t i = 0; i < RSA_PARTS; i++)
        YX_TRY(get_number(key, numbers[i].name, numbers[i].len, &out->buf, numbers[i].number, err));
    return YX_OK;
}

static yx_status ed25519_seed(const struct yx_private_key *key, struct yx_key_parts *out,
                              struct yx_error *err)
{
    size_t len = ED25519_KEY;
    if (EVP_PKEY_get_raw_private_key(key->pkey, out->buf.data, &len) != 1)
        return yx_fail_libcrypto(err, "take a private key apart");
    out->buf.len = len;
    out->d = yx_buf_bytes(&out->buf);
    return YX_OK;
}

static yx_status take_apart(const struct yx_private_key *key, struct yx_key_parts *out,
                            struct yx_error *err)
{
    const struct yx_curve *curve = yx_curve_of(key->public_key->type);
    if (key->public_key->type == YX_KEY_RSA)
        return rsa_parts(key, out, err);
    if (yx_buf_reserve(&out->buf, curve != NULL ? curve->field : ED25519_KEY) != YX_OK)
        return yx_fail_memory(err);
    if (curve == NULL)
        return ed25519_seed(key, out, err);
    if (curve->type == YX_KEY_SM2) {
        memcpy(out->buf.data, key->sm2.d, sizeof(key->sm2.d));
        out->buf.len = sizeof(key->sm2.d);
        out->d = yx_buf_bytes(&out->buf);
        return YX_OK;
    }
    return get_number(key, OSSL_PKEY_PARAM_PRIV_KEY, curve->field, &out->buf, &out->d, err);
}

yx_status yx_private_key_parts(const struct yx_private_key *key, struct yx_key_parts *out,
                               struct yx_error *err)
{
    YX_QUIET;
    YX_CLEAN(yx_key_parts) struct yx_key_parts parts = {0};
    YX_TRY(take_apart(key, &parts, err));
    *out = parts;
    parts = (struct yx_key_parts){0};
    return YX_OK;
}

void yx_key_parts_free(struct yx_key_parts *parts)
{
    yx_buf_free(&parts->buf);
    *parts = (struct yx_key_parts){0};
}
