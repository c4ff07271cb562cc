/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cms/parse.c - reads SignedData, one signer of it: CMS (RFC 5652) and GB/T 35275, which
 * differ in the content types alone. Its signer is looked up in signer.c, checking it is in
 * verify.c, making it in make.c.
 *
 *   ContentInfo ::= SEQUENCE { contentType OBJECT IDENTIFIER, content [0] EXPLICIT SignedData }
 *   SignedData ::= SEQUENCE {
 *       version INTEGER, digestAlgorithms SET OF AlgorithmIdentifier,
 *       encapContentInfo SEQUENCE { eContentType OBJECT IDENTIFIER,
 *                                   eContent [0] EXPLICIT OCTET STRING OPTIONAL },
 *       certificates [0] IMPLICIT SET OPTIONAL, crls [1] IMPLICIT SET OPTIONAL,
 *       signerInfos SET OF SignerInfo }
 *   SignerInfo ::= SEQUENCE {
 *       version INTEGER,
 *       sid CHOICE { issuerAndSerialNumber SEQUENCE, subjectKeyIdentifier [0] OCTET STRING },
 *       digestAlgorithm AlgorithmIdentifier, signedAttrs [0] IMPLICIT SET OPTIONAL,
 *       signatureAlgorithm AlgorithmIdentifier, signature OCTET STRING,
 *       unsignedAttrs [1] IMPLICIT SET OPTIONAL }
 */
#include "cms/cms.h"

#define ATTRIBUTES_MAX 64
#define CERTIFICATES_MAX 64

/* --- Attributes -------------------------------------------------------------------------- */

/* Attribute ::= SEQUENCE { attrType OBJECT IDENTIFIER, attrValues SET OF ANY } */
static yx_status next_attribute(struct yx_der *list, struct yx_bytes *oid, struct yx_bytes *values,
                                struct yx_error *err)
{
    struct yx_der attribute;
    YX_TRY(yx_der_enter(list, YX_DER_SEQUENCE, &attribute, err));
    YX_TRY(yx_der_oid_bytes(&attribute, oid, err));
    YX_TRY(yx_der_get(&attribute, YX_DER_SET, values, err));
    return yx_der_end(&attribute, err);
}

yx_status yx_cms_attribute(struct yx_bytes attributes, yx_oid type, struct yx_bytes *value,
                           struct yx_error *err)
{
    struct yx_der list = yx_der_reader(attributes, "Attributes");
    *value = YX_BYTES(NULL, 0);
    while (!yx_der_at_end(&list)) {
        struct yx_bytes oid, values;
        YX_TRY(next_attribute(&list, &oid, &values, err));
        if (yx_oid_find(oid) != type)
            continue;
        struct yx_der set = yx_der_reader(values, yx_oid_name(type));
        YX_TRY(yx_der_any(&set, NULL, NULL, value, err));
        YX_REQUIRE(yx_der_at_end(&set), err, YX_DAMAGED, "RFC 5652 11",
                   N_("the attribute {1} has more than one value"), yx_oid_name(type));
        return YX_OK;
    }
    return YX_OK;
}

/* Each attribute well-formed, and each type once where `once` asks for it: among the unsigned ones
 * a type may be repeated (RFC 5652 11.4). */
static yx_status check_attributes(struct yx_bytes attributes, bool once, struct yx_error *err)
{
    struct yx_bytes seen[ATTRIBUTES_MAX];
    struct yx_der list = yx_der_reader(attributes, "Attributes");
    for (size_t count = 0; !yx_der_at_end(&list); count++) {
        struct yx_bytes values;
        YX_REQUIRE(count < ATTRIBUTES_MAX, err, YX_DAMAGED, "RFC 5652 5.3",
                   N_("the signature carries more than {1} attributes"), YX_NUM(ATTRIBUTES_MAX));
        YX_TRY(next_attribute(&list, &seen[count], &values, err));
        for (size_t i = 0; once && i < count; i++)
            YX_REQUIRE(!yx_bytes_equal(seen[i], seen[count]), err, YX_DAMAGED, "RFC 5652 11",
                       N_("an attribute of the signature stands twice; each may stand once"));
    }
    return YX_OK;
}

/* contentType and messageDigest must be there (RFC 5652 5.3), signingTime may. */
static yx_status read_signed_attributes(struct yx_cms *out, struct yx_error *err)
{
    struct yx_bytes value;
    struct yx_der der;
    YX_TRY(check_attributes(out->attributes, true, err));

    YX_TRY(yx_cms_attribute(out->attributes, YX_OID_CONTENT_TYPE, &value, err));
    YX_REQUIRE(value.len > 0, err, YX_DAMAGED, "RFC 5652 5.3",
               N_("the signed attributes lack contentType"));
    der = yx_der_reader(value, "contentType");
    YX_TRY(yx_der_oid_bytes(&der, &out->attribute_type, err));

    YX_TRY(yx_cms_attribute(out->attributes, YX_OID_MESSAGE_DIGEST, &value, err));
    YX_REQUIRE(value.len > 0, err, YX_DAMAGED, "RFC 5652 5.3",
               N_("the signed attributes lack messageDigest"));
    der = yx_der_reader(value, "messageDigest");
    YX_TRY(yx_der_get(&der, YX_DER_OCTET_STRING, &out->message_digest, err));
    YX_REQUIRE(out->message_digest.len == yx_digest_size(out->digest), err, YX_DAMAGED,
               "RFC 5652 11.2", N_("the message digest has {1} octets; {2} has {3}"),
               YX_NUM(out->message_digest.len), yx_digest_name(out->digest),
               YX_NUM(yx_digest_size(out->digest)));

    YX_TRY(yx_cms_attribute(out->attributes, YX_OID_SIGNING_TIME, &value, err));
    if (value.len == 0)
        return YX_OK;
    der = yx_der_reader(value, "signingTime");
    return yx_der_time(&der, &out->signing_time, err);
}

/* --- SignerInfo -------------------------------------------------------------------------- */

/* Version 1 names the signer by issuer and serial, version 3 by key (RFC 5652 5.3). */
static yx_status read_signer_identifier(struct yx_der *der, struct yx_cms *out,
                                        struct yx_error *err)
{
    int64_t version;
    YX_TRY(yx_der_int(der, &version, err));
    YX_REQUIRE(version == 1 || version == 3, err, YX_DAMAGED, "RFC 5652 5.3",
               N_("SignerInfo has version {1}; 1 and 3 are defined"), YX_NUM(version));
    if (version == 3) {
        YX_TRY(yx_der_get(der, YX_DER_CONTEXT(0), &out->subject_key_id, err));
        YX_REQUIRE(out->subject_key_id.len > 0, err, YX_DAMAGED, "RFC 5652 5.3",
                   N_("SignerInfo names its signer by an empty key identifier"));
        return YX_OK;
    }
    struct yx_der name;
    uint8_t tag;
    YX_TRY(yx_der_enter(der, YX_DER_SEQUENCE, &name, err));
    YX_TRY(yx_der_any(&name, &tag, NULL, &out->issuer, err));
    YX_REQUIRE(tag == YX_DER_SEQUENCE, err, YX_DAMAGED, "RFC 5652 10.2.4",
               N_("the issuer that SignerInfo names is no Name"));
    YX_TRY(yx_der_integer(&name, &out->serial, err));
    return yx_der_end(&name, err);
}

/* AlgorithmIdentifier that must be known; else the error names it in dotted form. */
static yx_status read_algorithm(struct yx_der *der, yx_oid *out, struct yx_bytes *parameters,
                                struct yx_error *err)
{
    struct yx_der same = *der, inner;
    struct yx_bytes oid;
    char dotted[YX_OID_TEXT];
    YX_TRY(yx_der_enter(&same, YX_DER_SEQUENCE, &inner, err));
    YX_TRY(yx_der_oid_bytes(&inner, &oid, err));
    YX_TRY(yx_der_algorithm(der, out, parameters, err));
    yx_oid_to_dotted(oid, dotted);
    YX_REQUIRE(*out != YX_OID_UNKNOWN, err, YX_REFUSED, "RFC 5652 10.1",
               N_("the signature uses an algorithm that is not known here, {1}"), dotted);
    return YX_OK;
}

static yx_status read_unsigned_attributes(struct yx_der *der, struct yx_cms *out,
                                          struct yx_error *err)
{
    if (!yx_der_next_is(der, YX_DER_CONTEXT_CONSTRUCTED(1)))
        return YX_OK;
    YX_TRY(yx_der_get(der, YX_DER_CONTEXT_CONSTRUCTED(1), &out->unsigned_attributes, err));
    return check_attributes(out->unsigned_attributes, false, err);
}

static yx_status read_signer_info(struct yx_der *der, struct yx_cms *out, struct yx_error *err)
{
    yx_oid digest;
    YX_TRY(read_signer_identifier(der, out, err));
    YX_TRY(read_algorithm(der, &digest, NULL, err));
    out->digest = yx_digest_from_oid(digest);
    YX_REQUIRE(out->digest != YX_DIGEST_NONE, err, YX_REFUSED, "RFC 5652 5.3",
               N_("{1} is given as digest algorithm and is none"), yx_oid_name(digest));
    out->has_attributes = yx_der_next_is(der, YX_DER_CONTEXT_CONSTRUCTED(0));
    if (out->has_attributes) {
        YX_TRY(yx_der_get(der, YX_DER_CONTEXT_CONSTRUCTED(0), &out->attributes, err));
        YX_TRY(read_signed_attributes(out, err));
    }
    YX_TRY(read_algorithm(der, &out->signature_algorithm, &out->signature_parameters, err));
    YX_TRY(yx_der_get(der, YX_DER_OCTET_STRING, &out->signature, err));
    YX_TRY(read_unsigned_attributes(der, out, err));
    return yx_der_end(der, err);
}

/* Reads the wanted one, from 0, and counts them all. */
static yx_status read_signer(struct yx_der *der, size_t wanted, struct yx_cms *out, size_t *count,
                             struct yx_error *err)
{
    struct yx_der signers, signer;
    YX_TRY(yx_der_enter(der, YX_DER_SET, &signers, err));
    YX_REQUIRE(!yx_der_at_end(&signers), err, YX_DAMAGED, "RFC 5652 5.1",
               N_("SignedData carries no signature"));
    for (*count = 0; !yx_der_at_end(&signers); (*count)++) {
        YX_REQUIRE(*count < YX_CMS_SIGNERS_MAX, err, YX_DAMAGED, "RFC 5652 5.1",
                   N_("SignedData carries more than {1} signatures"), YX_NUM(YX_CMS_SIGNERS_MAX));
        YX_TRY(yx_der_enter(&signers, YX_DER_SEQUENCE, &signer, err));
        if (*count == wanted)
            YX_TRY(read_signer_info(&signer, out, err));
    }
    YX_REQUIRE(wanted < *count, err, YX_USAGE, "RFC 5652 5.1",
               N_("SignedData carries {1} signatures; there is no signature {2}"), YX_NUM(*count),
               YX_NUM(wanted + 1));
    return YX_OK;
}

/* --- SignedData -------------------------------------------------------------------------- */

static yx_status read_content(struct yx_der *der, struct yx_cms *out, struct yx_bytes *type,
                              struct yx_error *err)
{
    struct yx_der info, tagged;
    YX_TRY(yx_der_enter(der, YX_DER_SEQUENCE, &info, err));
    YX_TRY(yx_der_oid_bytes(&info, type, err));
    out->encapsulated = yx_oid_find(*type);
    out->has_content = !yx_der_at_end(&info);
    if (!out->has_content)
        return YX_OK;
    YX_TRY(yx_der_enter(&info, YX_DER_CONTEXT_CONSTRUCTED(0), &tagged, err));
    YX_TRY(yx_der_end(&info, err));
    YX_TRY(yx_der_get(&tagged, YX_DER_OCTET_STRING, &out->content, err));
    return yx_der_end(&tagged, err);
}

static yx_status read_certificates(struct yx_der *der, struct yx_cms *out, struct yx_error *err)
{
    if (yx_der_next_is(der, YX_DER_CONTEXT_CONSTRUCTED(0)))
        YX_TRY(yx_der_get(der, YX_DER_CONTEXT_CONSTRUCTED(0), &out->certificates, err));
    if (yx_der_next_is(der, YX_DER_CONTEXT_CONSTRUCTED(1)))
        YX_TRY(yx_der_get(der, YX_DER_CONTEXT_CONSTRUCTED(1), NULL, err));
    struct yx_der list = yx_der_reader(out->certificates, "certificates");
    for (unsigned count = 0; !yx_der_at_end(&list); count++) {
        YX_REQUIRE(count < CERTIFICATES_MAX, err, YX_DAMAGED, "RFC 5652 5.1",
                   N_("SignedData carries more than {1} certificates"), YX_NUM(CERTIFICATES_MAX));
        YX_TRY(yx_der_any(&list, NULL, NULL, NULL, err));
    }
    return YX_OK;
}

/*
 * What the parts say together. The content type stands twice when there are attributes, and must
 * be the same (RFC 5652 11.1). Content other than data needs attributes (5.3): else a signature
 * over data could be passed off as one over, say, a TSTInfo.
 */
static yx_status check_types(const struct yx_cms *cms, struct yx_bytes type, struct yx_error *err)
{
    bool is_data = cms->encapsulated == YX_OID_GM_DATA || cms->encapsulated == YX_OID_PKCS7_DATA;
    YX_REQUIRE(cms->has_attributes || is_data, err, YX_DAMAGED, "RFC 5652 5.3",
               N_("content other than data is signed without signed attributes"));
    YX_REQUIRE(!cms->has_attributes || yx_bytes_equal(cms->attribute_type, type), err, YX_DAMAGED,
               "RFC 5652 11.1",
               N_("the signed attribute contentType does not agree with the content"));
    return YX_OK;
}

static yx_status read_signed_data(struct yx_der *der, size_t wanted, struct yx_cms *out,
                                  size_t *count, struct yx_error *err)
{
    int64_t version;
    struct yx_bytes type;
    struct yx_der digests;
    YX_TRY(yx_der_int(der, &version, err));
    YX_REQUIRE(version >= 1 && version <= 5, err, YX_DAMAGED, "RFC 5652 5.1",
               N_("SignedData has version {1}; 1 to 5 are defined"), YX_NUM(version));
    YX_TRY(yx_der_enter(der, YX_DER_SET, &digests, err));
    while (!yx_der_at_end(&digests))
        YX_TRY(yx_der_get(&digests, YX_DER_SEQUENCE, NULL, err));
    YX_TRY(read_content(der, out, &type, err));
    YX_TRY(read_certificates(der, out, err));
    YX_TRY(read_signer(der, wanted, out, count, err));
    YX_TRY(yx_der_end(der, err));
    return check_types(out, type, err);
}

yx_status yx_cms_parse_signer(struct yx_bytes der, size_t wanted, struct yx_cms *out, size_t *count,
                              struct yx_error *err)
{
    struct yx_cms cms = {.signing_time = YX_TIME_NONE};
    struct yx_der whole = yx_der_reader(der, "ContentInfo"), info, tagged, data;
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &info, err));
    YX_TRY(yx_der_end(&whole, err));
    YX_TRY(yx_der_oid(&info, &cms.content_type, err));
    YX_REQUIRE(cms.content_type == YX_OID_PKCS7_SIGNED_DATA ||
                   cms.content_type == YX_OID_GM_SIGNED_DATA,
               err, YX_DAMAGED, "RFC 5652 5.1, GB/T 35275",
               N_("the structure is no SignedData of CMS or GB/T 35275"));
    YX_TRY(yx_der_enter(&info, YX_DER_CONTEXT_CONSTRUCTED(0), &tagged, err));
    YX_TRY(yx_der_end(&info, err));
    YX_TRY(yx_der_enter(&tagged, YX_DER_SEQUENCE, &data, err));
    YX_TRY(yx_der_end(&tagged, err));
    data.what = "SignedData";
    YX_TRY(read_signed_data(&data, wanted, &cms, count, err));
    *out = cms;
    return YX_OK;
}

yx_status yx_cms_parse(struct yx_bytes der, struct yx_cms *out, struct yx_error *err)
{
    struct yx_cms cms;
    size_t count;
    YX_TRY(yx_cms_parse_signer(der, 0, &cms, &count, err));
    YX_REQUIRE(count == 1, err, YX_DAMAGED, "GB/T 35275, one signer",
               N_("SignedData carries more than one signature; documents carry one each"));
    *out = cms;
    return YX_OK;
}
