/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cms/signer.c - who signed a SignedData: the certificates that it carries, which of them is
 * the signer's, whether the signature itself names that one, and whether it is to be trusted.
 */
#include "cms/cms.h"

/* --- Certificates ------------------------------------------------------------------------ */

struct yx_der yx_cms_certificates(const struct yx_cms *cms)
{
    return yx_der_reader(cms->certificates, "certificates");
}

/* The other forms of CertificateChoices (RFC 5652 10.2.2) are tagged. `*why` is written when a
 * certificate could not be read. */
static yx_status next_certificate(struct yx_der *list, struct yx_cert **out, struct yx_error *why,
                                  struct yx_error *err)
{
    *out = NULL;
    while (!yx_der_at_end(list)) {
        uint8_t tag;
        struct yx_bytes whole;
        struct yx_error reason;
        YX_TRY(yx_der_any(list, &tag, NULL, &whole, err));
        if (tag != YX_DER_SEQUENCE)
            continue;
        yx_status status = yx_cert_from_der(whole, out, &reason);
        if (status == YX_OK)
            return YX_OK;
        if (status != YX_REFUSED && status != YX_DAMAGED) {
            if (err)
                *err = reason;
            return status;
        }
        *why = reason;
    }
    return YX_OK;
}

yx_status yx_cms_next_certificate(struct yx_der *list, struct yx_cert **out, struct yx_error *err)
{
    struct yx_error why;
    return next_certificate(list, out, &why, err);
}

static bool is_signer(const struct yx_cms *cms, const struct yx_cert *cert)
{
    if (cms->subject_key_id.len > 0)
        return yx_bytes_equal(cms->subject_key_id, yx_cert_key_identifier(cert));
    return yx_bytes_equal(cms->issuer, yx_cert_issuer_der(cert)) &&
           yx_bytes_equal(cms->serial, yx_cert_serial_der(cert));
}

yx_status yx_cms_signer(const struct yx_cms *cms, struct yx_cert **out, struct yx_error *err)
{
    struct yx_der list = yx_cms_certificates(cms);
    struct yx_error unreadable = {.status = YX_OK}; /* perhaps it was the signer's */
    for (;;) {
        YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
        YX_TRY(next_certificate(&list, &cert, &unreadable, err));
        if (cert == NULL)
            break;
        if (!is_signer(cms, cert))
            continue;
        *out = cert;
        cert = NULL;
        return YX_OK;
    }
    YX_REQUIRE(unreadable.status != YX_OK, err, YX_DAMAGED, "RFC 5652 5.3",
               N_("the signature does not carry the certificate of its signer"));
    if (err)
        *err = unreadable;
    return unreadable.status;
}

/* --- The certificate that the signature names -------------------------------------------- */

#define NAMED "RFC 5035, signing certificate"

/* IssuerSerial ::= SEQUENCE { issuer GeneralNames, serialNumber INTEGER }, where the one name is a
 * directoryName [4] EXPLICIT Name (RFC 5035 5). */
static yx_status check_issuer_serial(struct yx_der *id, const struct yx_cert *signer,
                                     struct yx_error *err)
{
    struct yx_der both, names, name;
    struct yx_bytes issuer, serial;
    YX_TRY(yx_der_enter(id, YX_DER_SEQUENCE, &both, err));
    YX_TRY(yx_der_enter(&both, YX_DER_SEQUENCE, &names, err));
    YX_TRY(yx_der_enter(&names, YX_DER_CONTEXT_CONSTRUCTED(4), &name, err));
    YX_TRY(yx_der_any(&name, NULL, NULL, &issuer, err));
    YX_TRY(yx_der_end(&name, err));
    YX_TRY(yx_der_end(&names, err));
    YX_TRY(yx_der_integer(&both, &serial, err));
    YX_TRY(yx_der_end(&both, err));
    bool same = yx_bytes_equal(issuer, yx_cert_issuer_der(signer)) &&
                yx_bytes_equal(serial, yx_cert_serial_der(signer));
    YX_REQUIRE(same, err, YX_REFUSED, NAMED,
               N_("the signature names a certificate of another issuer or with another serial than "
                  "the one that it carries"));
    return YX_OK;
}

/* ESSCertID ::= SEQUENCE { certHash OCTET STRING (SHA-1), issuerSerial OPTIONAL } (RFC 2634); in
 * version 2 (RFC 5035) hashAlgorithm DEFAULT SHA-256 stands in front. */
static yx_status check_certificate_id(struct yx_der *id, bool version_2,
                                      const struct yx_cert *signer, struct yx_error *err)
{
    struct yx_bytes hash;
    uint8_t digest[YX_DIGEST_MAX];
    yx_digest_algorithm algorithm = version_2 ? YX_DIGEST_SHA256 : YX_DIGEST_SHA1;
    if (version_2 && yx_der_next_is(id, YX_DER_SEQUENCE)) {
        yx_oid oid;
        YX_TRY(yx_der_algorithm(id, &oid, NULL, err));
        algorithm = yx_digest_from_oid(oid);
    }
    YX_TRY(yx_der_get(id, YX_DER_OCTET_STRING, &hash, err));
    YX_REQUIRE(algorithm != YX_DIGEST_NONE, err, YX_REFUSED, NAMED,
               N_("the signature names its certificate by a digest that is not known here"));
    YX_TRY(yx_digest(algorithm, yx_cert_der(signer), digest, err));
    YX_REQUIRE(yx_bytes_equal(hash, YX_BYTES(digest, yx_digest_size(algorithm))), err, YX_REFUSED,
               NAMED, N_("the signature names another certificate than the one that it carries"));
    if (yx_der_next_is(id, YX_DER_SEQUENCE))
        YX_TRY(check_issuer_serial(id, signer, err));
    return yx_der_end(id, err);
}

/* SigningCertificate ::= SEQUENCE { certs SEQUENCE OF ESSCertID, policies OPTIONAL }. The first
 * one is the signer's certificate. */
static yx_status check_attribute(struct yx_bytes attribute, bool version_2,
                                 const struct yx_cert *signer, struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(attribute, "SigningCertificate"), value, list, first;
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &value, err));
    YX_TRY(yx_der_enter(&value, YX_DER_SEQUENCE, &list, err));
    YX_TRY(yx_der_enter(&list, YX_DER_SEQUENCE, &first, err));
    return check_certificate_id(&first, version_2, signer, err);
}

yx_status yx_cms_check_signing_certificate(const struct yx_cms *cms, const struct yx_cert *signer,
                                           bool *present, struct yx_error *err)
{
    static const yx_oid types[] = {YX_OID_SIGNING_CERTIFICATE, YX_OID_SIGNING_CERTIFICATE_V2};
    bool found = false;
    for (size_t i = 0; i < 2; i++) {
        struct yx_bytes value;
        YX_TRY(yx_cms_attribute(cms->attributes, types[i], &value, err));
        if (value.len == 0)
            continue;
        YX_TRY(check_attribute(value, i == 1, signer, err));
        found = true;
    }
    *present = found;
    return YX_OK;
}

/* --- Trust ------------------------------------------------------------------------------- */

yx_status yx_cms_validate_signer(const struct yx_cms *cms, const struct yx_cert *signer,
                                 const struct yx_trust *trust, yx_cert_use use, yx_time at,
                                 yx_time now, struct yx_cert_findings *out, struct yx_error *err)
{
    return yx_cert_validate_with(trust, signer, cms->certificates, use, at, now, out, err);
}
