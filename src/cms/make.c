/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cms/make.c - makes SignedData with signed attributes (RFC 5652, CAdES of ETSI EN 319 122-1,
 * GB/T 35275), in two steps, so that any key anywhere can sign in between. Reading is in
 * parse.c.
 */
#include <stdlib.h>

#include "cms/cms.h"

#define ATTRIBUTES_MAX 16
#define CERTIFICATES_MAX 64

/* What is written, after the request has been looked at. */
struct flavour {
    yx_oid signed_data, data;
    yx_signature_algorithm algorithm;
    yx_digest_algorithm digest;
};

/* RFC 8419 2.3: Ed25519 goes with SHA-512. */
yx_digest_algorithm yx_cms_digest(yx_signature_algorithm algorithm)
{
    return algorithm == YX_SIG_ED25519 ? YX_DIGEST_SHA512 : yx_signature_digest(algorithm);
}

static yx_status choose_flavour(const struct yx_cms_request *request, struct flavour *out,
                                struct yx_error *err)
{
    const struct yx_public_key *key = yx_cert_public_key(request->signer);
    YX_REQUIRE(key, err, YX_REFUSED, "RFC 5652 5.4",
               N_("the key of the signer's certificate is of no type that is known here"));
    yx_key_type type = yx_public_key_type(key);
    yx_signature_algorithm algorithm = request->algorithm;
    if (algorithm == YX_SIG_NONE)
        algorithm = yx_signature_default(type);
    YX_REQUIRE(yx_signature_fits(algorithm, type), err, YX_REFUSED, "RFC 5652 5.4",
               N_("the key of {1} does not sign with {2}"), yx_cert_subject(request->signer),
               yx_signature_name(algorithm));
    bool gm = request->gm_content_types;
    out->signed_data = gm ? YX_OID_GM_SIGNED_DATA : YX_OID_PKCS7_SIGNED_DATA;
    out->data = gm ? YX_OID_GM_DATA : YX_OID_PKCS7_DATA;
    if (request->content_type != YX_OID_UNKNOWN)
        out->data = request->content_type;
    out->algorithm = algorithm;
    out->digest = yx_cms_digest(algorithm);
    return YX_OK;
}

/* --- SET OF ------------------------------------------------------------------------------ */

/* X.690 11.6: by their octets. One element is never the beginning of another. */
static int by_octets(const void *a, const void *b)
{
    const struct yx_bytes *left = a, *right = b;
    size_t common = left->len < right->len ? left->len : right->len;
    int order = memcmp(left->data, right->data, common);
    return order != 0 ? order : (left->len > right->len) - (left->len < right->len);
}

static void put_set_of(struct yx_der_writer *w, uint8_t tag, struct yx_bytes *elements,
                       size_t count)
{
    qsort(elements, count, sizeof *elements, by_octets);
    size_t set = yx_der_begin(w, tag);
    for (size_t i = 0; i < count; i++)
        yx_der_put_raw(w, elements[i]);
    yx_der_close(w, set);
}

/* --- Attributes -------------------------------------------------------------------------- */

static void put_algorithm(struct yx_der_writer *w, yx_oid oid)
{
    size_t sequence = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_oid(w, oid);
    yx_der_close(w, sequence);
}

struct attribute_marks {
    size_t sequence, set;
};

static struct attribute_marks begin_attribute(struct yx_der_writer *w, yx_oid type)
{
    struct attribute_marks marks;
    marks.sequence = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_oid(w, type);
    marks.set = yx_der_begin(w, YX_DER_SET);
    return marks;
}

static void close_attribute(struct yx_der_writer *w, struct attribute_marks marks)
{
    yx_der_close(w, marks.set);
    yx_der_close(w, marks.sequence);
}

static void put_attribute(struct yx_der_writer *w, yx_oid type, struct yx_bytes value)
{
    struct attribute_marks marks = begin_attribute(w, type);
    yx_der_put_raw(w, value);
    close_attribute(w, marks);
}

/*
 * SigningCertificateV2 ::= SEQUENCE { certs SEQUENCE OF ESSCertIDv2, policies OPTIONAL }
 * ESSCertIDv2 ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier DEFAULT SHA-256, certHash OCTET
 * STRING, issuerSerial OPTIONAL } (RFC 5035 4). An issuerSerial would say again what SignerInfo
 * says.
 */
static yx_status put_signing_certificate(struct yx_der_writer *w, const struct yx_cert *signer,
                                         yx_signature_algorithm signature, struct yx_error *err)
{
    yx_digest_algorithm algorithm = signature == YX_SIG_SM2_SM3 ? YX_DIGEST_SM3 : YX_DIGEST_SHA256;
    uint8_t digest[YX_DIGEST_MAX];
    YX_TRY(yx_digest(algorithm, yx_cert_der(signer), digest, err));
    struct attribute_marks marks = begin_attribute(w, YX_OID_SIGNING_CERTIFICATE_V2);
    size_t value = yx_der_begin(w, YX_DER_SEQUENCE);
    size_t list = yx_der_begin(w, YX_DER_SEQUENCE);
    size_t id = yx_der_begin(w, YX_DER_SEQUENCE);
    if (algorithm != YX_DIGEST_SHA256)
        put_algorithm(w, yx_digest_oid(algorithm));
    yx_der_put(w, YX_DER_OCTET_STRING, YX_BYTES(digest, yx_digest_size(algorithm)));
    yx_der_close(w, id);
    yx_der_close(w, list);
    yx_der_close(w, value);
    close_attribute(w, marks);
    return YX_OK;
}

/* All of them one behind the other, in no order yet. */
static yx_status put_attributes(struct yx_der_writer *w, const struct yx_cms_request *request,
                                const struct flavour *flavour, struct yx_error *err)
{
    struct attribute_marks marks = begin_attribute(w, YX_OID_CONTENT_TYPE);
    yx_der_put_oid(w, flavour->data);
    close_attribute(w, marks);
    marks = begin_attribute(w, YX_OID_MESSAGE_DIGEST);
    yx_der_put(w, YX_DER_OCTET_STRING, request->content_digest);
    close_attribute(w, marks);
    if (request->signing_time != YX_TIME_NONE) {
        marks = begin_attribute(w, YX_OID_SIGNING_TIME);
        yx_der_put_time(w, yx_der_time_tag(request->signing_time), request->signing_time);
        close_attribute(w, marks);
    }
    for (size_t i = 0; i < request->attribute_count; i++)
        put_attribute(w, request->attributes[i].type, request->attributes[i].value);
    if (!request->signing_certificate)
        return YX_OK;
    return put_signing_certificate(w, request->signer, flavour->algorithm, err);
}

static yx_status sort_attributes(struct yx_bytes unsorted, struct yx_buf *out, struct yx_error *err)
{
    struct yx_bytes attributes[ATTRIBUTES_MAX];
    struct yx_der list = yx_der_reader(unsorted, "SignedAttributes");
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t count = 0;
    while (!yx_der_at_end(&list)) {
        YX_REQUIRE(count < ATTRIBUTES_MAX, err, YX_USAGE, "RFC 5652 5.3",
                   N_("a signature is to carry more than {1} attributes"), YX_NUM(ATTRIBUTES_MAX));
        YX_TRY(yx_der_any(&list, NULL, NULL, &attributes[count++], err));
    }
    put_set_of(&w, YX_DER_SET, attributes, count);
    return yx_der_finish(&w, out, err);
}

yx_status yx_cms_prepare(const struct yx_cms_request *request, struct yx_buf *to_be_signed,
                         struct yx_error *err)
{
    struct flavour flavour = {0};
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    YX_CLEAN(yx_buf) struct yx_buf unsorted = {0};
    YX_TRY(choose_flavour(request, &flavour, err));
    size_t given = request->content_digest.len;
    YX_REQUIRE(given == yx_digest_size(flavour.digest), err, YX_USAGE, "RFC 5652 11.2",
               N_("the content digest has {1} octets; {2} has {3}"), YX_NUM(given),
               yx_digest_name(flavour.digest), YX_NUM(yx_digest_size(flavour.digest)));
    YX_TRY(put_attributes(&w, request, &flavour, err));
    YX_TRY(yx_der_finish(&w, &unsorted, err));
    return sort_attributes(yx_buf_bytes(&unsorted), to_be_signed, err);
}

/* --- SignedData -------------------------------------------------------------------------- */

/* SM2 has an identifier of its own for signatures in GB/T 35275 (SM2-sign); everywhere else the
 * whole algorithm is written, as RFC 5754 3 and RFC 8419 allow. */
static void put_signature_algorithm(struct yx_der_writer *w, const struct flavour *flavour)
{
    if (flavour->signed_data == YX_OID_GM_SIGNED_DATA && flavour->algorithm == YX_SIG_SM2_SM3)
        put_algorithm(w, YX_OID_SM2_SIGN);
    else
        yx_der_put_signature_algorithm(w, flavour->algorithm);
}

static void put_signer_info(struct yx_der_writer *w, const struct yx_cms_request *request,
                            const struct flavour *flavour, struct yx_bytes attributes,
                            struct yx_bytes signature, struct yx_bytes timestamp)
{
    size_t set = yx_der_begin(w, YX_DER_SET);
    size_t info = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_int(w, 1);
    size_t name = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_raw(w, yx_cert_issuer_der(request->signer));
    yx_der_put(w, YX_DER_INTEGER, yx_cert_serial_der(request->signer));
    yx_der_close(w, name);
    put_algorithm(w, yx_digest_oid(flavour->digest));
    yx_der_put(w, YX_DER_CONTEXT_CONSTRUCTED(0), attributes);
    put_signature_algorithm(w, flavour);
    yx_der_put(w, YX_DER_OCTET_STRING, signature);
    if (timestamp.len > 0) {
        size_t unsigned_attributes = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(1));
        put_attribute(w, YX_OID_TIME_STAMP_TOKEN, timestamp);
        yx_der_close(w, unsigned_attributes);
    }
    yx_der_close(w, info);
    yx_der_close(w, set);
}

/* Each certificate once: callers hand over chains that may start with the signer's. */
static yx_status put_certificates(struct yx_der_writer *w, const struct yx_cms_request *request,
                                  struct yx_error *err)
{
    struct yx_bytes all[CERTIFICATES_MAX] = {yx_cert_der(request->signer)};
    size_t count = 1;
    for (size_t i = 0; i < request->chain_count; i++) {
        struct yx_bytes der = yx_cert_der(request->chain[i]);
        bool known = false;
        for (size_t j = 0; j < count && !known; j++)
            known = yx_bytes_equal(all[j], der);
        if (known)
            continue;
        YX_REQUIRE(count < CERTIFICATES_MAX, err, YX_USAGE, "RFC 5652 5.1",
                   N_("a signature is to carry more than {1} certificates"),
                   YX_NUM(CERTIFICATES_MAX));
        all[count++] = der;
    }
    put_set_of(w, YX_DER_CONTEXT_CONSTRUCTED(0), all, count);
    return YX_OK;
}

/* EncapsulatedContentInfo ::= SEQUENCE { eContentType, eContent [0] EXPLICIT OCTET STRING } */
static void put_content(struct yx_der_writer *w, yx_oid type, struct yx_bytes content)
{
    size_t info = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_oid(w, type);
    if (content.len > 0) {
        size_t tagged = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(0));
        yx_der_put(w, YX_DER_OCTET_STRING, content);
        yx_der_close(w, tagged);
    }
    yx_der_close(w, info);
}

static yx_status write_signed_data(const struct yx_cms_request *request,
                                   const struct flavour *flavour, struct yx_bytes attributes,
                                   struct yx_bytes signature, struct yx_bytes timestamp,
                                   struct yx_buf *out, struct yx_error *err)
{
    /* RFC 5652 5.1: version 3 for content that is not data. */
    bool is_data = flavour->data == YX_OID_PKCS7_DATA || flavour->data == YX_OID_GM_DATA;
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t info = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_oid(&w, flavour->signed_data);
    size_t tagged = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(0));
    size_t data = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_int(&w, is_data ? 1 : 3);
    size_t digests = yx_der_begin(&w, YX_DER_SET);
    put_algorithm(&w, yx_digest_oid(flavour->digest));
    yx_der_close(&w, digests);
    put_content(&w, flavour->data, request->content);
    if (!request->leave_out_certificates)
        YX_TRY(put_certificates(&w, request, err));
    put_signer_info(&w, request, flavour, attributes, signature, timestamp);
    yx_der_close(&w, data);
    yx_der_close(&w, tagged);
    yx_der_close(&w, info);
    return yx_der_finish(&w, out, err);
}

yx_status yx_cms_finish(const struct yx_cms_request *request, struct yx_bytes to_be_signed,
                        struct yx_bytes signature, struct yx_bytes timestamp, struct yx_buf *out,
                        struct yx_error *err)
{
    struct flavour flavour = {0};
    struct yx_bytes attributes;
    struct yx_cms read_back;
    YX_CLEAN(yx_buf) struct yx_buf made = {0};
    struct yx_der der = yx_der_reader(to_be_signed, "SignedAttributes");
    YX_TRY(choose_flavour(request, &flavour, err));
    YX_TRY(yx_der_get(&der, YX_DER_SET, &attributes, err));
    YX_TRY(yx_der_end(&der, err));
    YX_TRY(yx_public_key_verify(yx_cert_public_key(request->signer), flavour.algorithm,
                                to_be_signed, signature, err));
    YX_TRY(write_signed_data(request, &flavour, attributes, signature, timestamp, &made, err));
    YX_TRY(yx_cms_parse(yx_buf_bytes(&made), &read_back, err));
    return yx_buf_append(out, yx_buf_bytes(&made)) == YX_OK ? YX_OK : yx_fail_memory(err);
}
