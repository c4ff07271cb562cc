/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cms/verify.c - checks digest and value of a SignedData, over the bytes as they were
 * received. Who the signer is stands in signer.c.
 *
 * Met in the field (GB/T 35275 signatures of OFD documents): without attributes, the content is
 * the 32 octets SM3(Signature.xml) and is signed as a message; with attributes, messageDigest is
 * SM3(Signature.xml), plain, and the value is over the SET OF. Others put ZA in front of the
 * digest, so both readings are tried and told apart.
 */
#include "cms/cms.h"

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
    yx_signature_algorithm algorithm =
        yx_signature_from_identifier(cms->signature_algorithm, cms->signature_parameters);
    yx_digest_algorithm digest = yx_signature_digest(algorithm);
    bool agree = digest == YX_DIGEST_NONE || digest == cms->digest;
    return agree && yx_signature_fits(algorithm, type) ? algorithm : YX_SIG_NONE;
}

yx_status yx_cms_algorithm(const struct yx_cms *cms, const struct yx_cert *signer,
                           yx_signature_algorithm *out, struct yx_error *err)
{
    const struct yx_public_key *key = yx_cert_public_key(signer);
    YX_REQUIRE(key, err, YX_REFUSED, "RFC 5652 5.4",
               N_("the key of the signer's certificate is of no type that is known here"));
    *out = choose_algorithm(cms, yx_public_key_type(key));
    bool is_pss = cms->signature_algorithm == YX_OID_RSA_PSS;
    YX_REQUIRE(*out != YX_SIG_NONE || !is_pss, err, YX_REFUSED, "RFC 4056 3",
               N_("the parameters of RSA-PSS are not accepted: the digest must be SHA-256, SHA-384 "
                  "or SHA-512, the same in MGF1 and in digestAlgorithm, and the salt no shorter "
                  "than the digest"));
    YX_REQUIRE(*out != YX_SIG_NONE, err, YX_REFUSED, "RFC 5652 5.4",
               N_("the digest algorithm {1}, the signature algorithm {2} and the key of the "
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

static yx_status verify_attributes(const struct yx_cms *cms, const struct yx_cert *signer,
                                   yx_signature_algorithm algorithm, bool *value_matches,
                                   struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf set = {0};
    YX_TRY(attributes_as_set(cms, &set, err));
    return match_value(cms, yx_cert_public_key(signer), algorithm, yx_buf_bytes(&set),
                       value_matches, err);
}

yx_status yx_cms_verify(const struct yx_cms *cms, const struct yx_cert *signer,
                        struct yx_bytes content, bool *digest_matches, bool *value_matches,
                        bool *digest_with_za, struct yx_error *err)
{
    yx_signature_algorithm algorithm = YX_SIG_NONE;
    bool digest = true, value = false, with_za = false;
    const struct yx_public_key *key = yx_cert_public_key(signer);
    YX_TRY(yx_cms_algorithm(cms, signer, &algorithm, err));
    if (cms->has_attributes) {
        YX_TRY(match_digest(cms, key, content, &digest, &with_za, err));
        YX_TRY(verify_attributes(cms, signer, algorithm, &value, err));
    } else {
        YX_TRY(match_value(cms, key, algorithm, content, &value, err));
    }
    *digest_matches = digest;
    *value_matches = value;
    if (digest_with_za)
        *digest_with_za = with_za;
    return YX_OK;
}

yx_status yx_cms_verify_digest(const struct yx_cms *cms, const struct yx_cert *signer,
                               struct yx_bytes digest, bool *digest_matches, bool *value_matches,
                               struct yx_error *err)
{
    yx_signature_algorithm algorithm = YX_SIG_NONE;
    bool value = false;
    YX_REQUIRE(cms->has_attributes, err, YX_USAGE, "RFC 5652 5.4",
               N_("a signature without signed attributes is over the content itself, and not over "
                  "its digest"));
    YX_TRY(yx_cms_algorithm(cms, signer, &algorithm, err));
    YX_TRY(verify_attributes(cms, signer, algorithm, &value, err));
    *digest_matches = yx_bytes_equal(cms->message_digest, digest);
    *value_matches = value;
    return YX_OK;
}
