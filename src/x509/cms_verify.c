/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509/cms_verify.c - finds the signer of a SignedData and checks digest and value, over the bytes
 * as they were received. Whether the signer is to be trusted is the business of validate.c.
 *
 * Met in the field (GB/T 35275 signatures of OFD documents): without attributes, the content is
 * the 32 octets SM3(Signature.xml) and is signed as a message; with attributes, messageDigest is
 * SM3(Signature.xml), plain, and the value is over the SET OF. Others put ZA in front of the
 * digest, so both readings are tried and told apart.
 */
#include "x509/x509.h"

/* --- The signer -------------------------------------------------------------------------- */

static bool is_signer(const struct yx_cms *cms, const struct yx_cert *cert)
{
    if (cms->subject_key_id.len > 0)
        return yx_bytes_equal(cms->subject_key_id, yx_cert_key_identifier(cert));
    return yx_bytes_equal(cms->issuer, yx_cert_issuer_der(cert)) &&
           yx_bytes_equal(cms->serial, yx_cert_serial_der(cert));
}

yx_status yx_cms_signer(const struct yx_cms *cms, struct yx_cert **out, struct yx_error *err)
{
    struct yx_der list = yx_der_reader(cms->certificates, "certificates");
    struct yx_error unreadable = {.status = YX_OK}; /* perhaps it was the signer's */
    while (!yx_der_at_end(&list)) {
        uint8_t tag;
        struct yx_bytes whole;
        YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
        YX_TRY(yx_der_any(&list, &tag, NULL, &whole, err));
        if (tag != YX_DER_SEQUENCE)
            continue; /* the other forms of CertificateChoices, RFC 5652 10.2.2 */
        yx_status status = yx_cert_from_der(whole, &cert, &unreadable);
        if (status != YX_OK && status != YX_REFUSED && status != YX_DAMAGED)
            break;
        if (status != YX_OK || !is_signer(cms, cert))
            continue;
        *out = cert;
        cert = NULL;
        return YX_OK;
    }
    YX_REQUIRE(unreadable.status != YX_OK, err, YX_DAMAGED, "RFC 5652 5.3",
               N_("The signature does not carry the certificate of its signer"));
    if (err)
        *err = unreadable;
    return unreadable.status;
}

/* --- Algorithms -------------------------------------------------------------------------- */

/* Identifiers that name the key alone; the digest comes from digestAlgorithm. */
static const struct {
    yx_oid oid;
    yx_key_type type;
} key_only[] = {
    {YX_OID_SM2, YX_KEY_SM2},
    {YX_OID_SM2_SIGN, YX_KEY_SM2},
    {YX_OID_RSA, YX_KEY_RSA},
    {YX_OID_EC_PUBLIC_KEY, YX_KEY_P256},
    {YX_OID_EC_PUBLIC_KEY, YX_KEY_P384},
};

static yx_signature_algorithm choose_algorithm(const struct yx_cms *cms, yx_key_type type)
{
    for (size_t i = 0; i < sizeof key_only / sizeof *key_only; i++)
        if (key_only[i].oid == cms->signature_algorithm && key_only[i].type == type)
            return yx_signature_from_parts(type, cms->digest);
    yx_signature_algorithm algorithm = yx_signature_from_oid(cms->signature_algorithm);
    yx_digest_algorithm digest = yx_signature_digest(algorithm);
    bool agree = digest == YX_DIGEST_NONE || digest == cms->digest;
    return agree && yx_signature_fits(algorithm, type) ? algorithm : YX_SIG_NONE;
}

yx_status yx_cms_algorithm(const struct yx_cms *cms, const struct yx_cert *signer,
                           yx_signature_algorithm *out, struct yx_error *err)
{
    const struct yx_public_key *key = yx_cert_public_key(signer);
    YX_REQUIRE(key, err, YX_REFUSED, "RFC 5652 5.4",
               N_("The key of the signer's certificate is of no type that is known here"));
    *out = choose_algorithm(cms, yx_public_key_type(key));
    YX_REQUIRE(*out != YX_SIG_NONE, err, YX_REFUSED, "RFC 5652 5.4",
               N_("The digest algorithm {1}, the signature algorithm {2} and the key of the "
                  "signer's certificate do not go together"),
               yx_digest_name(cms->digest), yx_oid_name(cms->signature_algorithm));
    return YX_OK;
}

/* --- Digest and value -------------------------------------------------------------------- */

static yx_status match_digest(const struct yx_cms *cms, const struct yx_public_key *key,
                              struct yx_bytes content, bool *matches, bool *with_za,
                              struct yx_error *err)
{
    uint8_t digest[YX_DIGEST_MAX];
    *with_za = false;
    YX_TRY(yx_digest(cms->digest, content, digest, err));
    *matches = yx_bytes_equal(cms->message_digest, YX_BYTES(digest, yx_digest_size(cms->digest)));
    if (*matches || cms->digest != YX_DIGEST_SM3 || yx_public_key_type(key) != YX_KEY_SM2)
        return YX_OK;
    YX_TRY(yx_sm2_digest(key, content, digest, err));
    *matches = yx_bytes_equal(cms->message_digest, YX_BYTES(digest, 32));
    *with_za = *matches;
    return YX_OK;
}

static yx_status match_value(const struct yx_cms *cms, const struct yx_public_key *key,
                             yx_signature_algorithm algorithm, struct yx_bytes message,
                             bool *matches, struct yx_error *err)
{
    struct yx_error reason;
    yx_status status = yx_public_key_verify(key, algorithm, message, cms->signature, &reason);
    *matches = status == YX_OK;
    if (status == YX_OK || status == YX_REFUSED || status == YX_DAMAGED)
        return YX_OK;
    if (err)
        *err = reason;
    return status;
}

/* RFC 5652 5.4: the value is over the attributes as a SET OF, not as the [0] that stands in the
 * file. The order stays as it was received: one vendor's is not that of DER. */
static yx_status attributes_as_set(const struct yx_cms *cms, struct yx_buf *out,
                                   struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    yx_der_put(&w, YX_DER_SET, cms->attributes);
    return yx_der_finish(&w, out, err);
}

yx_status yx_cms_verify(const struct yx_cms *cms, const struct yx_cert *signer,
                        struct yx_bytes content, bool *digest_matches, bool *value_matches,
                        bool *digest_with_za, struct yx_error *err)
{
    yx_signature_algorithm algorithm;
    bool digest = true, value = false, with_za = false;
    YX_CLEAN(yx_buf) struct yx_buf set = {0};
    const struct yx_public_key *key = yx_cert_public_key(signer);
    YX_TRY(yx_cms_algorithm(cms, signer, &algorithm, err));
    if (cms->has_attributes) {
        YX_TRY(match_digest(cms, key, content, &digest, &with_za, err));
        YX_TRY(attributes_as_set(cms, &set, err));
    }
    struct yx_bytes message = cms->has_attributes ? yx_buf_bytes(&set) : content;
    YX_TRY(match_value(cms, key, algorithm, message, &value, err));
    *digest_matches = digest;
    *value_matches = value;
    if (digest_with_za)
        *digest_with_za = with_za;
    return YX_OK;
}
