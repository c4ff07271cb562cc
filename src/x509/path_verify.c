/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path_verify.c - the signatures and periods along a path (RFC 5280 6.1.3 a 1 and 2, 6.1.4 n), in
 * the place of libcrypto's function for it, so that SM2 signatures are checked by our own code,
 * which is faster; all others are still libcrypto's. What libcrypto would report, this reports.
 */
#include "x509/cert_internal.h"

/* --- One signature ----------------------------------------------------------------------- */

/* Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue BIT STRING } */
struct signed_parts {
    struct yx_bytes to_be_signed, inner_algorithm, outer_algorithm, signature;
};

static yx_status take_apart(struct yx_bytes der, struct signed_parts *out)
{
    struct yx_der reader = yx_der_reader(der, "Certificate"), outer, tbs;
    struct yx_bytes unused;
    YX_TRY(yx_der_enter(&reader, YX_DER_SEQUENCE, &outer, NULL));
    tbs = outer;
    YX_TRY(yx_der_any(&outer, NULL, NULL, &out->to_be_signed, NULL));
    YX_TRY(yx_der_any(&outer, NULL, NULL, &out->outer_algorithm, NULL));
    YX_TRY(yx_der_bit_string(&outer, &out->signature, NULL));
    YX_TRY(yx_der_enter(&tbs, YX_DER_SEQUENCE, &tbs, NULL));
    if (yx_der_next_is(&tbs, YX_DER_CONTEXT_CONSTRUCTED(0)))
        YX_TRY(yx_der_any(&tbs, NULL, NULL, NULL, NULL));
    YX_TRY(yx_der_integer(&tbs, &unused, NULL));
    return yx_der_any(&tbs, NULL, NULL, &out->inner_algorithm, NULL);
}

/* YX_REFUSED when the signature is wrong. */
static yx_status verify_sm2(struct yx_bytes der, const struct yx_public_key *key)
{
    struct signed_parts parts;
    uint8_t raw[64];
    YX_TRY(take_apart(der, &parts));
    /* The two algorithms are the same (RFC 5280 4.1.1.2), and the value is DER, not a device's. */
    YX_REQUIRE(yx_bytes_equal(parts.inner_algorithm, parts.outer_algorithm), NULL, YX_REFUSED,
               "RFC 5280 4.1.1.2", "");
    YX_TRY(yx_signature_to_raw(parts.signature, sizeof raw / 2, raw, NULL));
    return yx_public_key_verify(key, YX_SIG_SM2_SM3, parts.to_be_signed, parts.signature, NULL);
}

static yx_status key_of(const X509 *issuer, struct yx_public_key **out)
{
    uint8_t *spki = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(issuer), &spki);
    if (len <= 0)
        return YX_NO_MEMORY;
    yx_status status = yx_public_key_from_spki(YX_BYTES(spki, (size_t)len), out, NULL);
    OPENSSL_free(spki);
    return status;
}

static bool is_sm2(const X509 *cert, const X509 *issuer)
{
    return X509_get_signature_nid(cert) == NID_SM2_with_SM3 &&
           EVP_PKEY_is_a(X509_get0_pubkey(issuer), "SM2");
}

yx_status yx_path_signature(X509 *cert, X509 *issuer)
{
    if (!is_sm2(cert, issuer))
        return X509_verify(cert, X509_get0_pubkey(issuer)) == 1 ? YX_OK : YX_REFUSED;
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;
    YX_TRY(key_of(issuer, &key));
    uint8_t *der = NULL;
    int len = i2d_X509(cert, &der);
    if (len <= 0)
        return YX_NO_MEMORY;
    yx_status status = verify_sm2(YX_BYTES(der, (size_t)len), key);
    OPENSSL_free(der);
    return status;
}

/* --- All of a path ----------------------------------------------------------------------- */

/* Goes on where the callback of validate.c says so. */
static bool report(X509_STORE_CTX *ctx, X509 *cert, int depth, int error)
{
    X509_STORE_CTX_set_error_depth(ctx, depth);
    X509_STORE_CTX_set_current_cert(ctx, cert);
    if (error != X509_V_OK)
        X509_STORE_CTX_set_error(ctx, error);
    return X509_STORE_CTX_get_verify_cb(ctx)(error == X509_V_OK, ctx) != 0;
}

/* The certificate at `depth` is signed by the next, and that one may sign it. */
static bool check_link(X509_STORE_CTX *ctx, X509 *cert, X509 *issuer, int depth)
{
    /* Every bit is set when there is no keyUsage. */
    if ((X509_get_key_usage(issuer) & X509v3_KU_KEY_CERT_SIGN) == 0 &&
        !report(ctx, issuer, depth + 1, X509_V_ERR_KEYUSAGE_NO_CERTSIGN))
        return false;
    if (X509_get0_pubkey(issuer) == NULL)
        return report(ctx, issuer, depth + 1, X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY);
    yx_status status = yx_path_signature(cert, issuer);
    if (status == YX_NO_MEMORY) {
        X509_STORE_CTX_set_error(ctx, X509_V_ERR_OUT_OF_MEM);
        return false;
    }
    return status == YX_OK || report(ctx, cert, depth, X509_V_ERR_CERT_SIGNATURE_FAILURE);
}

static bool check_period(X509_STORE_CTX *ctx, X509 *cert, int depth)
{
    time_t at = X509_VERIFY_PARAM_get_time(X509_STORE_CTX_get0_param(ctx));
    int begins = X509_cmp_time(X509_get0_notBefore(cert), &at);
    int ends = X509_cmp_time(X509_get0_notAfter(cert), &at);
    return (begins != 0 || report(ctx, cert, depth, X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD)) &&
           (begins <= 0 || report(ctx, cert, depth, X509_V_ERR_CERT_NOT_YET_VALID)) &&
           (ends != 0 || report(ctx, cert, depth, X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD)) &&
           (ends >= 0 || report(ctx, cert, depth, X509_V_ERR_CERT_HAS_EXPIRED));
}

/* From the last certificate, whose own signature says nothing, to the first. */
int yx_path_verify(X509_STORE_CTX *ctx)
{
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
    int last = sk_X509_num(chain) - 1;
    for (int i = last; i >= 0; i--) {
        X509 *cert = sk_X509_value(chain, i);
        if ((i < last && !check_link(ctx, cert, sk_X509_value(chain, i + 1), i)) ||
            !check_period(ctx, cert, i) || !report(ctx, cert, i, X509_V_OK))
            return 0;
    }
    return 1;
}
