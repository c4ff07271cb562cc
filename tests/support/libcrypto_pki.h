/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcrypto_pki.h - certificates and CRLs for tests, good and bad, made by libcrypto alone: what is
 * tested is not used to make what it is tested with.
 */
#ifndef SUPPORT_LIBCRYPTO_PKI_H
#define SUPPORT_LIBCRYPTO_PKI_H

#include "support.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "x509/x509.h"

#define PKI_ID "1234567812345678"
#define PKI_YEAR (365 * YX_DAY)
/* 2026-01-01T00:00:00Z */
#define PKI_NOW INT64_C(1767225600000000)

struct party {
    EVP_PKEY *key;
    X509 *x509;
};

/* What a certificate is to say; zero means the usual. */
struct cert_spec {
    const char *name;        /* CN */
    const char *constraints; /* basicConstraints as libcrypto's configuration writes it */
    const char *key_usage;
    const char *extended_usage;
    const char *name_constraints;
    const char *distribution_points;
    const char *info_access;
    const char *no_check;       /* ocsp-nocheck: "yes" */
    const char *other_critical; /* a critical extension 1.2.3.4 */
    long serial;
    yx_time from; /* 0: two years before PKI_NOW */
    yx_time to;   /* 0: two years after */
    const char *digest;
    const char *sm2_id; /* NULL: PKI_ID */
    bool no_issuer_key; /* leaves the authorityKeyIdentifier out */
};

static inline EVP_PKEY *pki_key(yx_key_type type)
{
    switch (type) {
    case YX_KEY_SM2:
        return EVP_PKEY_Q_keygen(NULL, NULL, "SM2");
    case YX_KEY_P256:
        return EVP_EC_gen("P-256");
    case YX_KEY_P384:
        return EVP_EC_gen("P-384");
    case YX_KEY_RSA:
        return EVP_RSA_gen(2048);
    case YX_KEY_ED25519:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    default:
        return NULL;
    }
}

static inline void pki_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    if (value == NULL)
        return;
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(cert, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static inline void pki_unknown_critical(X509 *cert, const char *oid)
{
    if (oid == NULL)
        return;
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(value, (const uint8_t *)"\x05", 2);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, object, 1, value);
    assert_int_equal(X509_add_ext(cert, extension, -1), 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(object);
}

/* A context ready to sign with this key, the SM2 signer ID set. */
static inline EVP_MD_CTX *pki_signing(EVP_PKEY *key, const char *digest, const char *sm2_id)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *key_ctx = EVP_PKEY_CTX_new(key, NULL);
    bool sm2 = EVP_PKEY_is_a(key, "SM2");
    const char *id = sm2_id != NULL ? sm2_id : PKI_ID;
    if (digest == NULL && !EVP_PKEY_is_a(key, "ED25519"))
        digest = sm2 ? "SM3" : "SHA256";
    if (sm2)
        assert_int_equal(EVP_PKEY_CTX_set1_id(key_ctx, id, (int)strlen(id)), 1);
    EVP_MD_CTX_set_pkey_ctx(ctx, key_ctx);
    assert_int_equal(EVP_DigestSignInit_ex(ctx, NULL, digest, NULL, NULL, key, NULL), 1);
    return ctx;
}

static inline void pki_signing_free(EVP_MD_CTX *ctx)
{
    EVP_PKEY_CTX *key_ctx = EVP_MD_CTX_get_pkey_ctx(ctx);
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_CTX_free(key_ctx);
}

static inline void pki_time(ASN1_TIME *time, yx_time value)
{
    assert_non_null(ASN1_TIME_adj(time, (time_t)(value / YX_SECOND), 0, 0));
}

static inline void pki_name(X509_NAME *name, const char *common_name)
{
    X509_NAME_add_entry_by_txt(name, "C", MBSTRING_ASC, (const uint8_t *)"CN", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const uint8_t *)common_name, -1, -1, 0);
}

/* A certificate for `key`, signed by `issuer`; NULL: by itself. */
static inline struct party pki_issue(const struct cert_spec *spec, EVP_PKEY *key,
                                     const struct party *issuer)
{
    struct party party = {key, X509_new()};
    const struct party *signer = issuer != NULL ? issuer : &party;
    X509 *cert = party.x509;
    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), spec->serial != 0 ? spec->serial : 1);
    pki_name(X509_get_subject_name(cert), spec->name);
    X509_set_issuer_name(cert, X509_get_subject_name(signer->x509));
    pki_time(X509_getm_notBefore(cert), spec->from != 0 ? spec->from : PKI_NOW - 2 * PKI_YEAR);
    pki_time(X509_getm_notAfter(cert), spec->to != 0 ? spec->to : PKI_NOW + 2 * PKI_YEAR);
    X509_set_pubkey(cert, key);
    pki_extension(cert, signer->x509, NID_subject_key_identifier, "hash");
    if (issuer != NULL && !spec->no_issuer_key)
        pki_extension(cert, signer->x509, NID_authority_key_identifier, "keyid");
    pki_extension(cert, signer->x509, NID_basic_constraints, spec->constraints);
    pki_extension(cert, signer->x509, NID_key_usage, spec->key_usage);
    pki_extension(cert, signer->x509, NID_ext_key_usage, spec->extended_usage);
    pki_extension(cert, signer->x509, NID_name_constraints, spec->name_constraints);
    pki_extension(cert, signer->x509, NID_crl_distribution_points, spec->distribution_points);
    pki_extension(cert, signer->x509, NID_info_access, spec->info_access);
    pki_extension(cert, signer->x509, NID_id_pkix_OCSP_noCheck, spec->no_check);
    pki_unknown_critical(cert, spec->other_critical);
    EVP_MD_CTX *ctx = pki_signing(signer->key, spec->digest, spec->sm2_id);
    assert_true(X509_sign_ctx(cert, ctx) > 0);
    pki_signing_free(ctx);
    return party;
}

static inline void pki_free(struct party *party)
{
    EVP_PKEY_free(party->key);
    X509_free(party->x509);
}

static inline void pki_der(const struct party *party, struct yx_buf *out)
{
    unsigned char *der = NULL;
    int len = i2d_X509(party->x509, &der);
    assert_true(len > 0);
    assert_int_equal(yx_buf_append(out, YX_BYTES(der, (size_t)len)), YX_OK);
    OPENSSL_free(der);
}

/* The key in our own form. */
static inline struct yx_private_key *pki_private_key(const struct party *party)
{
    unsigned char *der = NULL;
    struct yx_private_key *key = NULL;
    struct yx_error err;
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(party->key);
    int len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    assert_true(len > 0);
    expect_ok(yx_private_key_read(YX_BYTES(der, (size_t)len), YX_BYTES("", 0), &key, &err), &err);
    PKCS8_PRIV_KEY_INFO_free(info);
    OPENSSL_free(der);
    return key;
}

static inline struct yx_cert *pki_cert(const struct party *party)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_cert *cert = NULL;
    struct yx_error err;
    pki_der(party, &der);
    expect_ok(yx_cert_from_der(yx_buf_bytes(&der), &cert, &err), &err);
    return cert;
}

/* --- CRLs -------------------------------------------------------------------------------- */

struct crl_spec {
    yx_time from; /* 0: PKI_NOW less a day */
    yx_time to;   /* 0: 30 days later */
    long serial;  /* of the one entry; 0: none */
    yx_time revoked_at;
    int reason;         /* CRLReason; 0: none */
    yx_time invalid_at; /* 0: no invalidityDate */
    bool other_critical;
    bool entry_other_critical;
    bool without_next;
    const char *scope; /* issuingDistributionPoint as libcrypto's configuration writes it */
    const char *sm2_id;
};

static inline X509_REVOKED *pki_entry(const struct crl_spec *spec)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    ASN1_TIME *time = ASN1_TIME_new();
    ASN1_INTEGER_set(serial, spec->serial);
    pki_time(time, spec->revoked_at);
    X509_REVOKED_set_serialNumber(entry, serial);
    X509_REVOKED_set_revocationDate(entry, time);
    if (spec->reason != 0) {
        ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();
        ASN1_ENUMERATED_set(reason, spec->reason);
        X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0);
        ASN1_ENUMERATED_free(reason);
    }
    if (spec->invalid_at != 0) {
        ASN1_GENERALIZEDTIME *date =
            ASN1_GENERALIZEDTIME_set(NULL, (time_t)(spec->invalid_at / YX_SECOND));
        X509_REVOKED_add1_ext_i2d(entry, NID_invalidity_date, date, 0, 0);
        ASN1_GENERALIZEDTIME_free(date);
    }
    if (spec->entry_other_critical) {
        ASN1_OBJECT *object = OBJ_txt2obj("1.2.3.4", 1);
        ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
        X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, object, 1, value);
        X509_REVOKED_add_ext(entry, extension, -1);
        X509_EXTENSION_free(extension);
        ASN1_OCTET_STRING_free(value);
        ASN1_OBJECT_free(object);
    }
    ASN1_INTEGER_free(serial);
    ASN1_TIME_free(time);
    return entry;
}

static inline void pki_crl_extensions(X509_CRL *crl, const struct crl_spec *spec)
{
    if (spec->scope != NULL) {
        X509V3_CTX ctx;
        X509V3_set_ctx(&ctx, NULL, NULL, NULL, crl, 0);
        X509_EXTENSION *scope =
            X509V3_EXT_conf_nid(NULL, &ctx, NID_issuing_distribution_point, spec->scope);
        assert_non_null(scope);
        X509_CRL_add_ext(crl, scope, -1);
        X509_EXTENSION_free(scope);
    }
    if (spec->other_critical) {
        ASN1_OBJECT *object = OBJ_txt2obj("1.2.3.4", 1);
        ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
        X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, object, 1, value);
        X509_CRL_add_ext(crl, extension, -1);
        X509_EXTENSION_free(extension);
        ASN1_OCTET_STRING_free(value);
        ASN1_OBJECT_free(object);
    }
}

static inline void pki_crl(const struct crl_spec *spec, const struct party *issuer,
                           struct yx_buf *out)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *time = ASN1_TIME_new();
    yx_time from = spec->from != 0 ? spec->from : PKI_NOW - YX_DAY;
    X509_CRL_set_version(crl, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer->x509));
    pki_time(time, from);
    X509_CRL_set1_lastUpdate(crl, time);
    pki_time(time, spec->to != 0 ? spec->to : from + 30 * YX_DAY);
    if (!spec->without_next)
        X509_CRL_set1_nextUpdate(crl, time);
    if (spec->serial != 0)
        X509_CRL_add0_revoked(crl, pki_entry(spec));
    pki_crl_extensions(crl, spec);
    EVP_MD_CTX *ctx = pki_signing(issuer->key, NULL, spec->sm2_id);
    assert_true(X509_CRL_sign_ctx(crl, ctx) > 0);
    pki_signing_free(ctx);
    unsigned char *der = NULL;
    int len = i2d_X509_CRL(crl, &der);
    assert_true(len > 0);
    assert_int_equal(yx_buf_append(out, YX_BYTES(der, (size_t)len)), YX_OK);
    OPENSSL_free(der);
    ASN1_TIME_free(time);
    X509_CRL_free(crl);
}

#endif
