/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cert.c - a certificate as it was received: reading, and what it says.
 *
 * The bytes are kept and never encoded again. Our strict reader takes the structure apart;
 * libcrypto parses the same bytes when a path is built (libcrypto.c). Reading is lenient only where
 * certificates of the field are: any key usage, any serial number, DEFAULT values spelled out,
 * extensions we do not know. Whether a certificate is to be trusted is decided in validate.c.
 */
#include "x509/cert_internal.h"

/* --- Extensions -------------------------------------------------------------------------- */

static yx_status read_key_usage(struct yx_cert *cert, bool critical, struct yx_der *value,
                                struct yx_error *err);
static yx_status read_constraints(struct yx_cert *cert, bool critical, struct yx_der *value,
                                  struct yx_error *err);
static yx_status read_extended_usage(struct yx_cert *cert, bool critical, struct yx_der *value,
                                     struct yx_error *err);
static yx_status read_key_identifier(struct yx_cert *cert, bool critical, struct yx_der *value,
                                     struct yx_error *err);

/* The extensions that we read ourselves; libcrypto judges the rest when a path is built. */
static const struct extension_reader {
    yx_oid oid;
    yx_status (*read)(struct yx_cert *cert, bool critical, struct yx_der *value,
                      struct yx_error *err);
} extension_readers[] = {
    {YX_OID_KEY_USAGE, read_key_usage},
    {YX_OID_BASIC_CONSTRAINTS, read_constraints},
    {YX_OID_EXTENDED_KEY_USAGE, read_extended_usage},
    {YX_OID_SUBJECT_KEY_IDENTIFIER, read_key_identifier},
};
#define EXTENSION_READERS (sizeof(extension_readers) / sizeof(extension_readers[0]))

/*
 * KeyUsage ::= BIT STRING { digitalSignature (0), ... decipherOnly (8) }. Bit 0 is the highest
 * of the first octet. Trailing zero bits, which DER forbids, are met in the field.
 */
static yx_status read_key_usage(struct yx_cert *cert, bool critical, struct yx_der *value,
                                struct yx_error *err)
{
    struct yx_bytes bits;
    (void)critical;
    YX_TRY(yx_der_get(value, YX_DER_BIT_STRING, &bits, err));
    YX_REQUIRE(bits.len >= 1 && bits.len <= 3 && bits.data[0] <= 7, err, YX_DAMAGED,
               "RFC 5280 4.2.1.3", N_("the key usage of the certificate is malformed"));
    cert->key_usage = 0;
    for (size_t bit = 0; bit < 9 && bit + bits.data[0] < 8 * (bits.len - 1); bit++)
        if (bits.data[1 + bit / 8] & (0x80u >> bit % 8))
            cert->key_usage |= 1 << bit;
    return YX_OK;
}

/* BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL } */
static yx_status read_constraints(struct yx_cert *cert, bool critical, struct yx_der *value,
                                  struct yx_error *err)
{
    struct yx_der sequence;
    struct yx_bytes length;
    (void)critical;
    YX_TRY(yx_der_enter(value, YX_DER_SEQUENCE, &sequence, err));
    if (yx_der_next_is(&sequence, YX_DER_BOOLEAN))
        YX_TRY(yx_der_bool(&sequence, &cert->ca, err));
    if (yx_der_next_is(&sequence, YX_DER_INTEGER)) {
        YX_TRY(yx_der_get(&sequence, YX_DER_INTEGER, &length, err));
        bool negative = length.len == 0 || length.data[0] >= 0x80;
        bool zero = length.len == 1 && length.data[0] == 0;
        cert->path_length = negative ? YX_PATH_LENGTH_WRONG
                            : zero   ? YX_PATH_LENGTH_ZERO
                                     : YX_PATH_LENGTH_SOME;
    }
    return yx_der_end(&sequence, err);
}

/* ExtKeyUsageSyntax ::= SEQUENCE SIZE (1..MAX) OF OBJECT IDENTIFIER */
static yx_status read_extended_usage(struct yx_cert *cert, bool critical, struct yx_der *value,
                                     struct yx_error *err)
{
    YX_TRY(yx_der_get(value, YX_DER_SEQUENCE, &cert->extended_usage, err));
    cert->extended_usage_critical = critical;
    struct yx_der each = yx_der_reader(cert->extended_usage, "ExtKeyUsageSyntax");
    do {
        struct yx_bytes usage;
        YX_TRY(yx_der_oid_bytes(&each, &usage, err));
    } while (!yx_der_at_end(&each));
    return YX_OK;
}

static yx_status read_key_identifier(struct yx_cert *cert, bool critical, struct yx_der *value,
                                     struct yx_error *err)
{
    (void)critical;
    return yx_der_get(value, YX_DER_OCTET_STRING, &cert->key_identifier, err);
}

/* Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING } */
static yx_status read_extension(struct yx_cert *cert, struct yx_der *extensions,
                                struct yx_error *err)
{
    struct yx_der sequence, value;
    yx_oid oid;
    bool critical = false;
    YX_TRY(yx_der_enter(extensions, YX_DER_SEQUENCE, &sequence, err));
    YX_TRY(yx_der_oid(&sequence, &oid, err));
    if (yx_der_next_is(&sequence, YX_DER_BOOLEAN))
        YX_TRY(yx_der_bool(&sequence, &critical, err));
    YX_TRY(yx_der_enter(&sequence, YX_DER_OCTET_STRING, &value, err));
    YX_TRY(yx_der_end(&sequence, err));

    for (unsigned i = 0; i < EXTENSION_READERS; i++) {
        if (extension_readers[i].oid != oid)
            continue;
        YX_REQUIRE((cert->extensions_seen & 1u << i) == 0, err, YX_DAMAGED, "RFC 5280 4.2",
                   N_("the certificate has the extension {1} twice"), yx_oid_name(oid));
        cert->extensions_seen |= 1u << i;
        YX_TRY(extension_readers[i].read(cert, critical, &value, err));
        return yx_der_end(&value, err);
    }
    return YX_OK;
}

/* --- The structure ----------------------------------------------------------------------- */

static yx_status read_version(struct yx_der *tbs, int64_t *version, struct yx_error *err)
{
    struct yx_der inner;
    if (!yx_der_next_is(tbs, YX_DER_CONTEXT_CONSTRUCTED(0)))
        return YX_OK;
    YX_TRY(yx_der_enter(tbs, YX_DER_CONTEXT_CONSTRUCTED(0), &inner, err));
    YX_TRY(yx_der_int(&inner, version, err));
    YX_TRY(yx_der_end(&inner, err));
    YX_REQUIRE(*version >= 0 && *version <= 2, err, YX_DAMAGED, "RFC 5280 4.1.2.1",
               N_("there is no certificate version {1}"), YX_NUM(*version + 1));
    return YX_OK;
}

/* Takes a SEQUENCE whole. */
static yx_status read_sequence(struct yx_der *der, struct yx_bytes *whole, struct yx_error *err)
{
    if (!yx_der_next_is(der, YX_DER_SEQUENCE))
        return yx_der_get(der, YX_DER_SEQUENCE, NULL, err);
    return yx_der_any(der, NULL, NULL, whole, err);
}

static yx_status read_validity(struct yx_cert *cert, struct yx_der *tbs, struct yx_error *err)
{
    struct yx_der validity;
    YX_TRY(yx_der_enter(tbs, YX_DER_SEQUENCE, &validity, err));
    YX_TRY(yx_der_time(&validity, &cert->not_before, err));
    YX_TRY(yx_der_time(&validity, &cert->not_after, err));
    return yx_der_end(&validity, err);
}

static yx_status read_extensions(struct yx_cert *cert, struct yx_der *tbs, struct yx_error *err)
{
    struct yx_der tagged, same, extensions;
    if (!yx_der_next_is(tbs, YX_DER_CONTEXT_CONSTRUCTED(3)))
        return YX_OK;
    YX_TRY(yx_der_enter(tbs, YX_DER_CONTEXT_CONSTRUCTED(3), &tagged, err));
    same = tagged;
    YX_TRY(yx_der_enter(&tagged, YX_DER_SEQUENCE, &extensions, err));
    YX_TRY(yx_der_end(&tagged, err));
    YX_TRY(yx_der_any(&same, NULL, NULL, &cert->extensions, err));
    while (!yx_der_at_end(&extensions))
        YX_TRY(read_extension(cert, &extensions, err));
    return YX_OK;
}

/* [tag] IMPLICIT BIT STRING OPTIONAL */
static yx_status skip_unique_identifier(struct yx_der *tbs, uint8_t tag, struct yx_error *err)
{
    struct yx_bytes bits;
    if (!yx_der_next_is(tbs, tag))
        return YX_OK;
    YX_TRY(yx_der_get(tbs, tag, &bits, err));
    YX_REQUIRE(bits.len > 0 && bits.data[0] <= 7, err, YX_DAMAGED, "RFC 5280 4.1.2.8",
               N_("the certificate is malformed"));
    return YX_OK;
}

/*
 * TBSCertificate ::= SEQUENCE {
 *     version [0] EXPLICIT INTEGER DEFAULT v1, serialNumber INTEGER,
 *     signature AlgorithmIdentifier, issuer Name, validity SEQUENCE { notBefore, notAfter },
 *     subject Name, subjectPublicKeyInfo SubjectPublicKeyInfo,
 *     issuerUniqueID [1] IMPLICIT BIT STRING OPTIONAL,
 *     subjectUniqueID [2] IMPLICIT BIT STRING OPTIONAL,
 *     extensions [3] EXPLICIT SEQUENCE OF Extension OPTIONAL }
 */
static yx_status read_to_be_signed(struct yx_cert *cert, struct yx_error *err)
{
    struct yx_der outer = yx_der_reader(cert->to_be_signed, "TBSCertificate"), tbs;
    YX_TRY(yx_der_enter(&outer, YX_DER_SEQUENCE, &tbs, err));
    YX_TRY(read_version(&tbs, &cert->version, err));
    YX_TRY(yx_der_integer(&tbs, &cert->serial, err));
    YX_TRY(read_sequence(&tbs, &cert->inner_algorithm, err));
    YX_TRY(read_sequence(&tbs, &cert->issuer, err));
    YX_TRY(read_validity(cert, &tbs, err));
    YX_TRY(read_sequence(&tbs, &cert->subject, err));
    YX_TRY(read_sequence(&tbs, &cert->spki, err));
    for (uint8_t id = 1; id <= 2; id++)
        YX_TRY(skip_unique_identifier(&tbs, YX_DER_CONTEXT(id), err));
    YX_TRY(read_extensions(cert, &tbs, err));
    return yx_der_end(&tbs, err);
}

/* Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue BIT STRING } */
static yx_status read_certificate(struct yx_cert *cert, struct yx_error *err)
{
    struct yx_der outer = yx_der_reader(yx_buf_bytes(&cert->der), "Certificate"), sequence;
    YX_TRY(yx_der_enter(&outer, YX_DER_SEQUENCE, &sequence, err));
    YX_TRY(yx_der_end(&outer, err));
    YX_TRY(read_sequence(&sequence, &cert->to_be_signed, err));
    YX_TRY(read_sequence(&sequence, &cert->outer_algorithm, err));
    YX_TRY(yx_der_bit_string(&sequence, &cert->signature, err));
    YX_TRY(yx_der_end(&sequence, err));

    struct yx_der algorithm = yx_der_reader(cert->outer_algorithm, "AlgorithmIdentifier");
    struct yx_bytes parameters;
    yx_oid oid;
    YX_TRY(yx_der_algorithm(&algorithm, &oid, &parameters, err));
    cert->algorithm = yx_signature_from_identifier(oid, parameters);
    return read_to_be_signed(cert, err);
}

/* --- What people need -------------------------------------------------------------------- */

static yx_status end_text(struct yx_buf *text, struct yx_error *err)
{
    return yx_buf_append(text, YX_BYTES("", 1)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* The octets in hex, less the 00 that only keeps a number positive. */
static yx_status write_serial(struct yx_cert *cert, struct yx_error *err)
{
    struct yx_bytes serial = cert->serial;
    if (serial.len > 1 && serial.data[0] == 0)
        serial = YX_BYTES(serial.data + 1, serial.len - 1);
    if (yx_buf_reserve(&cert->serial_text, serial.len * 2 + 1) != YX_OK)
        return yx_fail_memory(err);
    yx_hex(serial, (char *)cert->serial_text.data);
    cert->serial_text.len = serial.len * 2 + 1;
    return YX_OK;
}

static yx_status write_texts(struct yx_cert *cert, struct yx_error *err)
{
    YX_TRY(yx_name_from_der(cert->subject, &cert->subject_text, err));
    YX_TRY(end_text(&cert->subject_text, err));
    YX_TRY(yx_name_from_der(cert->issuer, &cert->issuer_text, err));
    YX_TRY(end_text(&cert->issuer_text, err));
    YX_TRY(yx_name_find(cert->subject, YX_OID_COMMON_NAME, &cert->common_name, err));
    YX_TRY(end_text(&cert->common_name, err));
    return write_serial(cert, err);
}

/* A key of unknown type, or too small, does not keep the certificate from being read. */
static yx_status read_public_key(struct yx_cert *cert, struct yx_error *err)
{
    yx_status status = yx_public_key_from_spki(cert->spki, &cert->key, err);
    return status == YX_NO_MEMORY ? status : YX_OK;
}

static yx_status fill(struct yx_cert *cert, struct yx_bytes der, struct yx_error *err)
{
    cert->key_usage = -1;
    if (yx_buf_append(&cert->der, der) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(read_certificate(cert, err));
    YX_TRY(write_texts(cert, err)); /* refuses endless names, before libcrypto toils at them */
    YX_TRY(yx_cert_look_through(cert, err));
    return read_public_key(cert, err);
}

yx_status yx_cert_from_der(struct yx_bytes der, struct yx_cert **out, struct yx_error *err)
{
    YX_REQUIRE(der.len <= YX_CERT_MAX, err, YX_DAMAGED, "",
               N_("a certificate of {1} bytes is too long: at most {2} are read"), YX_NUM(der.len),
               YX_NUM(YX_CERT_MAX));
    YX_CLEAN(yx_cert) struct yx_cert *cert = calloc(1, sizeof(*cert));
    if (cert == NULL)
        return yx_fail_memory(err);
    atomic_init(&cert->owners, 1);
    YX_TRY(fill(cert, der, err));
    *out = cert;
    cert = NULL;
    return YX_OK;
}

yx_status yx_cert_read(struct yx_bytes file, struct yx_cert **out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    bool found = false;
    if (yx_pem_is_der(file))
        return yx_cert_from_der(file, out, err);
    YX_TRY(yx_pem_next(&file, "CERTIFICATE", &der, &found, err));
    YX_REQUIRE(found, err, YX_DAMAGED, "RFC 7468 5",
               N_("there is no certificate in the file, neither PEM nor DER"));
    return yx_cert_from_der(yx_buf_bytes(&der), out, err);
}

struct yx_cert *yx_cert_share(const struct yx_cert *cert)
{
    struct yx_cert *same = (struct yx_cert *)(uintptr_t)cert; /* all but `owners` stays const */
    atomic_fetch_add_explicit(&same->owners, 1, memory_order_relaxed);
    return same;
}

void yx_cert_free(struct yx_cert *cert)
{
    if (cert == NULL || atomic_fetch_sub_explicit(&cert->owners, 1, memory_order_acq_rel) > 1)
        return;
    X509_free(atomic_load(&cert->x509));
    yx_public_key_free(cert->key);
    yx_buf_free(&cert->der);
    yx_buf_free(&cert->subject_text);
    yx_buf_free(&cert->issuer_text);
    yx_buf_free(&cert->common_name);
    yx_buf_free(&cert->serial_text);
    free(cert);
}

/* --- What it says ------------------------------------------------------------------------ */

struct yx_bytes yx_cert_der(const struct yx_cert *cert)
{
    return yx_buf_bytes(&cert->der);
}

const char *yx_cert_subject(const struct yx_cert *cert)
{
    return (const char *)cert->subject_text.data;
}

const char *yx_cert_issuer(const struct yx_cert *cert)
{
    return (const char *)cert->issuer_text.data;
}

const char *yx_cert_common_name(const struct yx_cert *cert)
{
    return (const char *)cert->common_name.data;
}

const char *yx_cert_serial(const struct yx_cert *cert)
{
    return (const char *)cert->serial_text.data;
}

yx_time yx_cert_not_before(const struct yx_cert *cert)
{
    return cert->not_before;
}

yx_time yx_cert_not_after(const struct yx_cert *cert)
{
    return cert->not_after;
}

const struct yx_public_key *yx_cert_public_key(const struct yx_cert *cert)
{
    return cert->key;
}

yx_signature_algorithm yx_cert_signature_algorithm(const struct yx_cert *cert)
{
    return cert->algorithm;
}

bool yx_cert_is_ca(const struct yx_cert *cert)
{
    return cert->ca;
}

int yx_cert_key_usage(const struct yx_cert *cert)
{
    return cert->key_usage;
}

bool yx_cert_may_have_ca_below(const struct yx_cert *cert)
{
    return cert->ca &&
           (cert->path_length == YX_PATH_LENGTH_NONE || cert->path_length == YX_PATH_LENGTH_SOME);
}

struct yx_bytes yx_cert_subject_der(const struct yx_cert *cert)
{
    return cert->subject;
}

struct yx_bytes yx_cert_issuer_der(const struct yx_cert *cert)
{
    return cert->issuer;
}

struct yx_bytes yx_cert_serial_der(const struct yx_cert *cert)
{
    return cert->serial;
}

struct yx_bytes yx_cert_key_identifier(const struct yx_cert *cert)
{
    return cert->key_identifier;
}

struct yx_bytes yx_cert_spki(const struct yx_cert *cert)
{
    return cert->spki;
}

yx_status yx_spki_key_bits(struct yx_bytes spki, struct yx_bytes *out, struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(spki, "SubjectPublicKeyInfo"), info;
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &info, err));
    YX_TRY(yx_der_get(&info, YX_DER_SEQUENCE, NULL, err));
    return yx_der_bit_string(&info, out, err);
}

bool yx_cert_has_extended_usage(const struct yx_cert *cert, yx_oid usage)
{
    struct yx_der each = yx_der_reader(cert->extended_usage, "ExtKeyUsageSyntax");
    yx_oid found;
    while (!yx_der_at_end(&each) && yx_der_oid(&each, &found, NULL) == YX_OK)
        if (found == usage)
            return true;
    return false;
}

yx_status yx_cert_verify_issued(const struct yx_cert *cert, const struct yx_cert *issuer,
                                struct yx_error *err)
{
    bool same;
    YX_TRY(yx_name_same(cert->issuer, issuer->subject, &same, err));
    YX_REQUIRE(same, err, YX_REFUSED, "RFC 5280 6.1.3",
               N_("{1} was not issued by {2}: it names {3} as its issuer"), yx_cert_subject(cert),
               yx_cert_subject(issuer), yx_cert_issuer(cert));
    YX_REQUIRE(yx_bytes_equal(cert->inner_algorithm, cert->outer_algorithm), err, YX_REFUSED,
               "RFC 5280 4.1.1.2", N_("{1} names two different signature algorithms"),
               yx_cert_subject(cert));
    YX_REQUIRE(issuer->key != NULL && cert->algorithm != YX_SIG_NONE, err, YX_REFUSED,
               "RFC 5280 6.1.3", N_("the algorithm that {1} is signed with is not supported"),
               yx_cert_subject(cert));
    return yx_public_key_verify(issuer->key, cert->algorithm, cert->to_be_signed, cert->signature,
                                err);
}
