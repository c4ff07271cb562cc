/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509/make.c - makes certificates: writes the to-be-signed bytes (RFC 5280 4.1), has them linted
 * (lint.c), has them signed, and reads the result back before anybody sees it.
 *
 * Which extensions a certificate gets is the template's affair; whether they are right is lint.c's.
 */
#include "x509/make.h"

#include "x509/cert_internal.h"

/* --- What all signed objects share ------------------------------------------------------- */

static yx_status check_algorithm(const struct yx_public_key *key, const struct yx_signer *signer,
                                 struct yx_error *err)
{
    YX_REQUIRE(key, err, YX_REFUSED, "GB/T 33560, algorithms",
               N_("the issuer's key is of no type that Yinxin can sign with"));
    YX_REQUIRE(yx_signature_allowed(signer->algorithm), err, YX_REFUSED, "GB/T 33560, algorithms",
               N_("the signature algorithm {1} may not be used for new signatures; use one with "
                  "SM3 or SHA-2"),
               yx_signature_name(signer->algorithm));
    YX_REQUIRE(yx_signature_fits(signer->algorithm, yx_public_key_type(key)), err, YX_REFUSED,
               "RFC 5280 4.1.1.2",
               N_("the issuer's key cannot make signatures of the algorithm {1}; sign with the "
                  "key that belongs to the certificate"),
               yx_signature_name(signer->algorithm));
    return YX_OK;
}

yx_status yx_sign_object(struct yx_bytes to_be_signed, const struct yx_public_key *key,
                         const struct yx_signer *signer, struct yx_buf *out, struct yx_error *err)
{
    YX_TRY(check_algorithm(key, signer, err));
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    YX_TRY(signer->sign(signer->self, signer->algorithm, to_be_signed, &value, err));
    yx_status status =
        yx_public_key_verify(key, signer->algorithm, to_be_signed, yx_buf_bytes(&value), err);
    YX_REQUIRE(status != YX_REFUSED && status != YX_DAMAGED, err, YX_REFUSED, "RFC 5280 4.1.1.3",
               N_("the signature just made does not verify with the public key it should belong "
                  "to; sign with the key that belongs to the certificate"));
    YX_TRY(status);
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t sequence = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_raw(&w, to_be_signed);
    yx_der_put_signature_algorithm(&w, signer->algorithm);
    yx_der_put_bit_string(&w, yx_buf_bytes(&value));
    yx_der_close(&w, sequence);
    return yx_der_finish(&w, out, err);
}

yx_status yx_key_identifier(struct yx_bytes spki, uint8_t out[YX_KEY_IDENTIFIER],
                            struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(spki, "SubjectPublicKeyInfo"), info;
    struct yx_bytes bits;
    uint8_t digest[YX_DIGEST_MAX];
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &info, err));
    YX_TRY(yx_der_get(&info, YX_DER_SEQUENCE, NULL, err));
    YX_TRY(yx_der_bit_string(&info, &bits, err));
    YX_TRY(yx_digest(YX_DIGEST_SHA256, bits, digest, err));
    memcpy(out, digest, YX_KEY_IDENTIFIER);
    return YX_OK;
}

yx_status yx_issuer_key_identifier(const struct yx_cert *issuer, struct yx_buf *out,
                                   struct yx_error *err)
{
    struct yx_bytes own = yx_cert_key_identifier(issuer);
    uint8_t derived[YX_KEY_IDENTIFIER];
    if (own.len == 0) {
        YX_TRY(yx_key_identifier(issuer->spki, derived, err));
        own = YX_BYTES(derived, sizeof derived);
    }
    return yx_buf_append(out, own) == YX_OK ? YX_OK : yx_fail_memory(err);
}

struct yx_extension_marks yx_extension_begin(struct yx_der_writer *writer, yx_oid oid,
                                             bool critical)
{
    struct yx_extension_marks marks;
    marks.sequence = yx_der_begin(writer, YX_DER_SEQUENCE);
    yx_der_put_oid(writer, oid);
    if (critical)
        yx_der_put_bool(writer, true);
    marks.value = yx_der_begin(writer, YX_DER_OCTET_STRING);
    return marks;
}

void yx_extension_close(struct yx_der_writer *writer, struct yx_extension_marks marks)
{
    yx_der_close(writer, marks.value);
    yx_der_close(writer, marks.sequence);
}

void yx_put_authority_key_identifier(struct yx_der_writer *writer, struct yx_bytes identifier)
{
    struct yx_extension_marks marks =
        yx_extension_begin(writer, YX_OID_AUTHORITY_KEY_IDENTIFIER, false);
    size_t sequence = yx_der_begin(writer, YX_DER_SEQUENCE);
    yx_der_put(writer, YX_DER_CONTEXT(0), identifier);
    yx_der_close(writer, sequence);
    yx_extension_close(writer, marks);
}

/* --- Extensions of a certificate (RFC 5280 4.2) ------------------------------------------ */

static void put_subject_key_identifier(struct yx_der_writer *w, struct yx_bytes identifier)
{
    struct yx_extension_marks marks = yx_extension_begin(w, YX_OID_SUBJECT_KEY_IDENTIFIER, false);
    yx_der_put(w, YX_DER_OCTET_STRING, identifier);
    yx_extension_close(w, marks);
}

/*
 * KeyUsage ::= BIT STRING { digitalSignature (0), ... }: a list of named bits, so X.690 11.2.2
 * drops the zero bits at its end. YX_KU_ bit n is the n-th bit from the left; all fit one octet.
 */
static void put_key_usage(struct yx_der_writer *w, int key_usage)
{
    uint8_t octets[2] = {7, 0};
    for (unsigned bit = 0; bit < 7; bit++)
        if (key_usage & (1 << bit)) {
            octets[0] = (uint8_t)(7 - bit);
            octets[1] |= (uint8_t)(0x80u >> bit);
        }
    struct yx_extension_marks marks = yx_extension_begin(w, YX_OID_KEY_USAGE, true);
    yx_der_put(w, YX_DER_BIT_STRING, YX_BYTES(octets, sizeof octets));
    yx_extension_close(w, marks);
}

/* SubjectAltName ::= SEQUENCE OF GeneralName; dNSName is [2] IA5String */
static void put_dns_name(struct yx_der_writer *w, const char *name)
{
    struct yx_extension_marks marks = yx_extension_begin(w, YX_OID_SUBJECT_ALT_NAME, false);
    size_t names = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put(w, YX_DER_CONTEXT(2), YX_TEXT(name));
    yx_der_close(w, names);
    yx_extension_close(w, marks);
}

/* BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL } */
static void put_basic_constraints(struct yx_der_writer *w, int path_length)
{
    struct yx_extension_marks marks = yx_extension_begin(w, YX_OID_BASIC_CONSTRAINTS, true);
    size_t sequence = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_bool(w, true);
    if (path_length >= 0)
        yx_der_put_int(w, path_length);
    yx_der_close(w, sequence);
    yx_extension_close(w, marks);
}

static void put_extended_usage(struct yx_der_writer *w, const yx_oid *usages, bool critical)
{
    struct yx_extension_marks marks = yx_extension_begin(w, YX_OID_EXTENDED_KEY_USAGE, critical);
    size_t sequence = yx_der_begin(w, YX_DER_SEQUENCE);
    for (; *usages != YX_OID_UNKNOWN; usages++)
        yx_der_put_oid(w, *usages);
    yx_der_close(w, sequence);
    yx_extension_close(w, marks);
}

/*
 * CRLDistributionPoints ::= SEQUENCE OF DistributionPoint
 * DistributionPoint ::= SEQUENCE { distributionPoint [0] EXPLICIT { fullName [0] GeneralNames } }
 */
static void put_crl_url(struct yx_der_writer *w, const char *url)
{
    struct yx_extension_marks marks = yx_extension_begin(w, YX_OID_CRL_DISTRIBUTION_POINTS, false);
    size_t points = yx_der_begin(w, YX_DER_SEQUENCE);
    size_t point = yx_der_begin(w, YX_DER_SEQUENCE);
    size_t name = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(0));
    size_t full_name = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(0));
    yx_der_put(w, YX_DER_CONTEXT(6), YX_TEXT(url));
    yx_der_close(w, full_name);
    yx_der_close(w, name);
    yx_der_close(w, point);
    yx_der_close(w, points);
    yx_extension_close(w, marks);
}

/* AccessDescription ::= SEQUENCE { accessMethod OBJECT IDENTIFIER, accessLocation GeneralName } */
static void put_access(struct yx_der_writer *w, yx_oid method, const char *url)
{
    if (!url)
        return;
    size_t sequence = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_oid(w, method);
    yx_der_put(w, YX_DER_CONTEXT(6), YX_TEXT(url));
    yx_der_close(w, sequence);
}

static void put_authority_info(struct yx_der_writer *w, const struct yx_cert_template *t)
{
    struct yx_extension_marks marks = yx_extension_begin(w, YX_OID_AUTHORITY_INFO_ACCESS, false);
    size_t list = yx_der_begin(w, YX_DER_SEQUENCE);
    put_access(w, YX_OID_AD_OCSP, t->ocsp_url);
    put_access(w, YX_OID_AD_CA_ISSUERS, t->issuer_url);
    yx_der_close(w, list);
    yx_extension_close(w, marks);
}

/* id-pkix-ocsp-nocheck: its value is NULL (RFC 6960 4.2.2.2.1). */
static void put_ocsp_nocheck(struct yx_der_writer *w)
{
    struct yx_extension_marks marks = yx_extension_begin(w, YX_OID_OCSP_NOCHECK, false);
    yx_der_put(w, YX_DER_NULL, YX_BYTES(NULL, 0));
    yx_extension_close(w, marks);
}

/* In the order in which RFC 5280 4.2 describes them. */
static void put_extensions(struct yx_der_writer *w, const struct yx_cert_template *t,
                           struct yx_bytes authority_key, struct yx_bytes subject_key)
{
    size_t tagged = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(3));
    size_t list = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_put_authority_key_identifier(w, authority_key);
    put_subject_key_identifier(w, subject_key);
    if (t->key_usage)
        put_key_usage(w, t->key_usage);
    if (t->dns_name)
        put_dns_name(w, t->dns_name);
    if (t->ca)
        put_basic_constraints(w, t->path_length);
    if (t->extended_usage)
        put_extended_usage(w, t->extended_usage, t->extended_usage_critical);
    if (t->crl_url)
        put_crl_url(w, t->crl_url);
    if (t->ocsp_url || t->issuer_url)
        put_authority_info(w, t);
    if (t->ocsp_nocheck)
        put_ocsp_nocheck(w);
    yx_der_close(w, list);
    yx_der_close(w, tagged);
}

/* --- Certificates ------------------------------------------------------------------------ */

static void put_validity(struct yx_der_writer *w, yx_time not_before, yx_time not_after)
{
    size_t validity = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_time(w, yx_der_time_tag(not_before), not_before);
    yx_der_put_time(w, yx_der_time_tag(not_after), not_after);
    yx_der_close(w, validity);
}

/*
 * TBSCertificate ::= SEQUENCE {
 *     version [0] EXPLICIT INTEGER (2), serialNumber INTEGER, signature AlgorithmIdentifier,
 *     issuer Name, validity SEQUENCE { notBefore, notAfter }, subject Name,
 *     subjectPublicKeyInfo SubjectPublicKeyInfo, extensions [3] EXPLICIT SEQUENCE OF Extension }
 */
static yx_status write_to_be_signed(const struct yx_cert_template *t, const struct yx_cert *issuer,
                                    yx_signature_algorithm algorithm, struct yx_buf *out,
                                    struct yx_error *err)
{
    uint8_t subject_key[YX_KEY_IDENTIFIER];
    YX_TRY(yx_key_identifier(t->spki, subject_key, err));
    struct yx_bytes own = YX_BYTES(subject_key, sizeof subject_key);
    YX_CLEAN(yx_buf) struct yx_buf authority_key = {0};
    if (issuer)
        YX_TRY(yx_issuer_key_identifier(issuer, &authority_key, err));

    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t sequence = yx_der_begin(&w, YX_DER_SEQUENCE);
    size_t version = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(0));
    yx_der_put_int(&w, 2);
    yx_der_close(&w, version);
    yx_der_put_unsigned(&w, t->serial);
    yx_der_put_signature_algorithm(&w, algorithm);
    yx_der_put_raw(&w, issuer ? yx_cert_subject_der(issuer) : t->subject);
    put_validity(&w, t->not_before, t->not_after);
    yx_der_put_raw(&w, t->subject);
    yx_der_put_raw(&w, t->spki);
    put_extensions(&w, t, issuer ? yx_buf_bytes(&authority_key) : own, own);
    yx_der_close(&w, sequence);
    return yx_der_finish(&w, out, err);
}

/* What the lint cannot see, because it would not be in the bytes. */
static yx_status check_template(const struct yx_cert_template *t, struct yx_error *err)
{
    YX_REQUIRE((t->key_usage & ~0x7F) == 0, err, YX_USAGE, "RFC 5280 4.2.1.3",
               N_("the template asks for key usage bits that are not known"));
    YX_REQUIRE(t->ca || t->path_length < 0, err, YX_USAGE, "RFC 5280 4.2.1.9",
               N_("only a CA certificate can limit the length of paths; set the length to -1"));
    return YX_OK;
}

yx_status yx_cert_make(const struct yx_cert_template *cert_template, const struct yx_cert *issuer,
                       const struct yx_signer *signer, struct yx_buf *out, struct yx_error *err)
{
    YX_TRY(check_template(cert_template, err));
    YX_CLEAN(yx_public_key) struct yx_public_key *own_key = NULL;
    if (!issuer)
        YX_TRY(yx_public_key_from_spki(cert_template->spki, &own_key, err));
    const struct yx_public_key *key = issuer ? yx_cert_public_key(issuer) : own_key;

    YX_CLEAN(yx_buf) struct yx_buf to_be_signed = {0};
    YX_CLEAN(yx_buf) struct yx_buf made = {0};
    YX_CLEAN(yx_cert) struct yx_cert *read_back = NULL;
    YX_TRY(check_algorithm(key, signer, err));
    YX_TRY(write_to_be_signed(cert_template, issuer, signer->algorithm, &to_be_signed, err));
    YX_TRY(yx_cert_lint(yx_buf_bytes(&to_be_signed), issuer, err));
    YX_TRY(yx_sign_object(yx_buf_bytes(&to_be_signed), key, signer, &made, err));
    YX_TRY(yx_cert_from_der(yx_buf_bytes(&made), &read_back, err));
    YX_TRY(yx_cert_verify_issued(read_back, issuer ? issuer : read_back, err));
    return yx_buf_append(out, yx_buf_bytes(&made)) == YX_OK ? YX_OK : yx_fail_memory(err);
}
