/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pki.h - people with certificates, made in memory: a CA, a seal maker, a holder, and trust in the
 * CA; people with odd certificates; CRLs; a small picture. No cmocka here.
 */
#ifndef SUPPORT_PKI_H
#define SUPPORT_PKI_H

#include "certify/certify.h"

struct pki_person {
    struct yx_private_key *key;
    struct yx_cert *cert;
};

static inline void pki_person_free(struct pki_person *person)
{
    yx_private_key_free(person->key);
    yx_cert_free(person->cert);
    *person = (struct pki_person){0};
}
YX_DEFINE_CLEAN_VALUE(pki_person, struct pki_person, pki_person_free);

/* What is special about somebody; zero means the usual. */
struct pki_wish {
    const char *name;    /* "CN=Holder,O=Test,C=CN" */
    yx_key_type type;    /* YX_KEY_NONE: SM2 */
    yx_time not_before;  /* 0: yesterday */
    yx_time not_after;   /* 0: in 300 days */
    int key_usage;       /* 0: digitalSignature and nonRepudiation; of a CA its own */
    bool ca;             /* issues certificates */
    bool tsa;            /* makes time-stamps */
    bool ocsp;           /* answers OCSP requests, and is not asked for its own status */
    const char *crl_url; /* NULL: names no CRL */
    const char *ocsp_url;
};

static inline struct yx_signer pki_signer(const struct pki_person *person)
{
    return yx_signer_borrow_key(person->key);
}

static inline int pki_usage(const struct pki_wish *wish)
{
    if (wish->key_usage != 0)
        return wish->key_usage;
    return wish->ca ? YX_KU_KEY_CERT_SIGN | YX_KU_CRL_SIGN
                    : YX_KU_DIGITAL_SIGNATURE | YX_KU_NON_REPUDIATION;
}

/* `issuer` NULL: self-signed. */
static inline yx_status pki_person_make(const struct pki_wish *wish,
                                        const struct pki_person *issuer, struct pki_person *out,
                                        struct yx_error *err)
{
    static const yx_oid time_stamping[] = {YX_OID_KP_TIME_STAMPING, YX_OID_UNKNOWN};
    static const yx_oid ocsp_signing[] = {YX_OID_KP_OCSP_SIGNING, YX_OID_UNKNOWN};
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    uint8_t serial[12];
    YX_TRY(yx_random(serial, sizeof serial, err));
    serial[0] = 0x40 | (serial[0] & 0x3F);
    YX_TRY(yx_private_key_generate(wish->type != YX_KEY_NONE ? wish->type : YX_KEY_SM2, 2048,
                                   &out->key, err));
    YX_TRY(yx_name_to_der(wish->name, &subject, err));
    struct yx_cert_template wanted = {
        .subject = yx_buf_bytes(&subject),
        .spki = yx_public_key_spki(yx_private_key_public(out->key)),
        .serial = YX_BYTES(serial, sizeof serial),
        .not_before = wish->not_before != 0 ? wish->not_before : yx_now() - YX_DAY,
        .not_after = wish->not_after != 0 ? wish->not_after : yx_now() + 300 * YX_DAY,
        .key_usage = pki_usage(wish),
        .extended_usage = wish->tsa    ? time_stamping
                          : wish->ocsp ? ocsp_signing
                                       : NULL,
        .extended_usage_critical = wish->tsa,
        .ca = wish->ca,
        .path_length = -1,
        .ocsp_nocheck = wish->ocsp,
        .crl_url = wish->crl_url,
        .ocsp_url = wish->ocsp_url,
    };
    struct yx_signer signer = pki_signer(issuer != NULL ? issuer : out);
    YX_TRY(yx_cert_make(&wanted, issuer != NULL ? issuer->cert : NULL, &signer, &der, err));
    return yx_cert_from_der(yx_buf_bytes(&der), &out->cert, err);
}

/* Nothing special about them. `issuer` NULL: a self-signed CA, which outlives everybody else. */
static inline yx_status person_make(const char *name, const struct pki_person *issuer,
                                    yx_key_type type, struct pki_person *out, struct yx_error *err)
{
    struct pki_wish wish = {
        .name = name,
        .type = type,
        .ca = issuer == NULL,
        .not_after = yx_now() + (issuer == NULL ? 400 : 300) * YX_DAY,
    };
    return pki_person_make(&wish, issuer, out, err);
}

struct pki {
    struct pki_person ca, maker, holder;
    struct yx_trust *trust;
};

static inline void pki_free(struct pki *pki)
{
    pki_person_free(&pki->ca);
    pki_person_free(&pki->maker);
    pki_person_free(&pki->holder);
    yx_trust_free(pki->trust);
    *pki = (struct pki){0};
}
YX_DEFINE_CLEAN_VALUE(pki, struct pki, pki_free);

/* Everybody has keys of one type. */
static inline yx_status pki_open(yx_key_type type, struct pki *out, struct yx_error *err)
{
    /* Long-lived, so that tests can look at the past and the future. */
    struct pki_wish ca = {.name = "CN=Test Root,O=Test,C=CN",
                          .type = type,
                          .ca = true,
                          .not_before = yx_now() - 2000 * YX_DAY,
                          .not_after = yx_now() + 4000 * YX_DAY};
    struct pki_wish maker = {.name = "CN=Test Maker,O=Test,C=CN", .type = type};
    struct pki_wish holder = {.name = "CN=Test Holder,O=Test,C=CN", .type = type};
    YX_TRY(pki_person_make(&ca, NULL, &out->ca, err));
    YX_TRY(pki_person_make(&maker, &out->ca, &out->maker, err));
    YX_TRY(pki_person_make(&holder, &out->ca, &out->holder, err));
    YX_TRY(yx_trust_new(&out->trust, err));
    return yx_trust_add_anchor(out->trust, out->ca.cert, err);
}

/* Adds a CRL of the CA to the trust, in which `cert` is revoked at `at`. */
static inline yx_status pki_revoke(const struct pki *pki, const struct yx_cert *cert, yx_time at,
                                   struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf crl = {0};
    struct yx_crl_entry entry = {.serial = yx_cert_serial_der(cert), .revoked_at = at, .reason = 1};
    struct yx_crl_template wanted = {
        .number = 1,
        .this_update = yx_now() - YX_SECOND * 60,
        .next_update = yx_now() + 3000 * YX_DAY,
        .entries = &entry,
        .entry_count = 1,
    };
    struct yx_signer signer = pki_signer(&pki->ca);
    YX_TRY(yx_crl_make(&wanted, pki->ca.cert, &signer, &crl, err));
    return yx_trust_add_crl(pki->trust, yx_buf_bytes(&crl), err);
}

/* The smallest PNG that a seal may carry: one white pixel. */
static inline struct yx_bytes pki_picture(void)
{
    static const uint8_t png[] = {
        0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48,
        0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00,
        0x00, 0x3A, 0x7E, 0x9B, 0x55, 0x00, 0x00, 0x00, 0x0A, 0x49, 0x44, 0x41, 0x54, 0x78,
        0xDA, 0x63, 0xF8, 0x0F, 0x00, 0x01, 0x01, 0x01, 0x00, 0x1C, 0xB0, 0x8C, 0x99, 0x00,
        0x00, 0x00, 0x00, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82};
    return YX_BYTES(png, sizeof png);
}

#endif
