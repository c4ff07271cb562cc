/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509/cms_make.c - makes detached SignedData with signed attributes, in two steps, so that any
 * key anywhere can sign in between. SM2 keys get the content types and algorithm identifiers of
 * GB/T 35275, all others those of PKCS#7 and CMS. Reading is in cms_parse.c.
 */
#include "x509/x509.h"

/* What a kind of key writes. RFC 8419 2.3: Ed25519 goes with SHA-512. */
struct flavour {
    yx_oid signed_data, data;
    yx_signature_algorithm algorithm;
    yx_digest_algorithm digest;
};

static yx_status choose_flavour(const struct yx_cert *signer, struct flavour *out,
                                struct yx_error *err)
{
    const struct yx_public_key *key = yx_cert_public_key(signer);
    YX_REQUIRE(key, err, YX_REFUSED, "RFC 5652 5.4",
               N_("The key of the signer's certificate is of no type that is known here"));
    yx_key_type type = yx_public_key_type(key);
    bool gm = type == YX_KEY_SM2;
    out->signed_data = gm ? YX_OID_GM_SIGNED_DATA : YX_OID_PKCS7_SIGNED_DATA;
    out->data = gm ? YX_OID_GM_DATA : YX_OID_PKCS7_DATA;
    out->algorithm = yx_signature_default(type);
    out->digest = type == YX_KEY_ED25519 ? YX_DIGEST_SHA512 : yx_signature_digest(out->algorithm);
    return YX_OK;
}

/* --- Attributes -------------------------------------------------------------------------- */

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

/*
 * DER sorts a SET OF by its elements' octets (X.690 11.6). All start with 30 and then their length,
 * and contentType (26 or 27 octets) is shorter than signingTime (30 or 32), which is shorter than
 * messageDigest (49 or more): so this order is the one of DER.
 */
yx_status yx_cms_prepare(const struct yx_cert *signer, struct yx_bytes content_digest,
                         yx_time signing_time, struct yx_buf *to_be_signed, struct yx_error *err)
{
    struct flavour flavour = {0};
    YX_TRY(choose_flavour(signer, &flavour, err));
    YX_REQUIRE(content_digest.len == yx_digest_size(flavour.digest), err, YX_USAGE, "RFC 5652 11.2",
               N_("The content digest has {1} octets; {2} has {3}"), YX_NUM(content_digest.len),
               yx_digest_name(flavour.digest), YX_NUM(yx_digest_size(flavour.digest)));
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t set = yx_der_begin(&w, YX_DER_SET);
    struct attribute_marks marks = begin_attribute(&w, YX_OID_CONTENT_TYPE);
    yx_der_put_oid(&w, flavour.data);
    close_attribute(&w, marks);
    marks = begin_attribute(&w, YX_OID_SIGNING_TIME);
    yx_der_put_time(&w, yx_der_time_tag(signing_time), signing_time);
    close_attribute(&w, marks);
    marks = begin_attribute(&w, YX_OID_MESSAGE_DIGEST);
    yx_der_put(&w, YX_DER_OCTET_STRING, content_digest);
    close_attribute(&w, marks);
    yx_der_close(&w, set);
    return yx_der_finish(&w, to_be_signed, err);
}

/* --- SignedData -------------------------------------------------------------------------- */

static void put_algorithm(struct yx_der_writer *w, yx_oid oid)
{
    size_t sequence = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_oid(w, oid);
    yx_der_close(w, sequence);
}

/* SM2 has an identifier of its own for signatures in GB/T 35275 (SM2-sign); the others write the
 * whole algorithm, as RFC 5754 3 and RFC 8419 allow. */
static void put_signature_algorithm(struct yx_der_writer *w, const struct flavour *flavour)
{
    if (flavour->algorithm == YX_SIG_SM2_SM3)
        put_algorithm(w, YX_OID_SM2_SIGN);
    else
        yx_der_put_signature_algorithm(w, flavour->algorithm);
}

static void put_signer_info(struct yx_der_writer *w, const struct yx_cert *signer,
                            const struct flavour *flavour, struct yx_bytes attributes,
                            struct yx_bytes signature)
{
    size_t set = yx_der_begin(w, YX_DER_SET);
    size_t info = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_int(w, 1);
    size_t name = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_raw(w, yx_cert_issuer_der(signer));
    yx_der_put(w, YX_DER_INTEGER, yx_cert_serial_der(signer));
    yx_der_close(w, name);
    put_algorithm(w, yx_digest_oid(flavour->digest));
    yx_der_put(w, YX_DER_CONTEXT_CONSTRUCTED(0), attributes);
    put_signature_algorithm(w, flavour);
    yx_der_put(w, YX_DER_OCTET_STRING, signature);
    yx_der_close(w, info);
    yx_der_close(w, set);
}

static yx_status write_signed_data(const struct yx_cert *signer, const struct flavour *flavour,
                                   struct yx_bytes attributes, struct yx_bytes signature,
                                   struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t info = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_oid(&w, flavour->signed_data);
    size_t tagged = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(0));
    size_t data = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_int(&w, 1);
    size_t digests = yx_der_begin(&w, YX_DER_SET);
    put_algorithm(&w, yx_digest_oid(flavour->digest));
    yx_der_close(&w, digests);
    put_algorithm(&w, flavour->data); /* EncapsulatedContentInfo without content: the same shape */
    yx_der_put(&w, YX_DER_CONTEXT_CONSTRUCTED(0), yx_cert_der(signer));
    put_signer_info(&w, signer, flavour, attributes, signature);
    yx_der_close(&w, data);
    yx_der_close(&w, tagged);
    yx_der_close(&w, info);
    return yx_der_finish(&w, out, err);
}

yx_status yx_cms_finish(const struct yx_cert *signer, struct yx_bytes to_be_signed,
                        struct yx_bytes signature, struct yx_buf *out, struct yx_error *err)
{
    struct flavour flavour = {0};
    struct yx_bytes attributes;
    struct yx_der der = yx_der_reader(to_be_signed, "SignedAttributes");
    YX_TRY(choose_flavour(signer, &flavour, err));
    YX_TRY(yx_der_get(&der, YX_DER_SET, &attributes, err));
    YX_TRY(yx_der_end(&der, err));
    YX_TRY(yx_public_key_verify(yx_cert_public_key(signer), flavour.algorithm, to_be_signed,
                                signature, err));
    YX_CLEAN(yx_buf) struct yx_buf made = {0};
    struct yx_cms read_back;
    YX_TRY(write_signed_data(signer, &flavour, attributes, signature, &made, err));
    YX_TRY(yx_cms_parse(yx_buf_bytes(&made), &read_back, err));
    return yx_buf_append(out, yx_buf_bytes(&made)) == YX_OK ? YX_OK : yx_fail_memory(err);
}
