/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certify/request.c - certification requests (PKCS#10, RFC 2986), made, and read as they come in.
 *
 *   CertificationRequestInfo ::= SEQUENCE {
 *       version INTEGER (0), subject Name, subjectPKInfo SubjectPublicKeyInfo,
 *       attributes [0] IMPLICIT SET OF Attribute }
 *   CertificationRequest ::= SEQUENCE { info, signatureAlgorithm, signature BIT STRING }
 *
 * The signature shows that whoever asks holds the key, and the attribute extensionRequest (RFC 2985
 * 5.4.2) tells what they wish for:
 *
 *   Attribute ::= SEQUENCE { type OBJECT IDENTIFIER, values SET OF ANY }
 *   ExtensionRequest ::= Extensions
 *
 * Whether a wish is granted is for the profile of the authority to say.
 */
#include "certify/lint.h"

#define REQUEST_MAX (64u * 1024)

/* --- Making ------------------------------------------------------------------------------ */

yx_status yx_request_make(struct yx_bytes subject, const struct yx_public_key *key,
                          const struct yx_signer *signer, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t info = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_int(&w, 0);
    yx_der_put_raw(&w, subject);
    yx_der_put_raw(&w, yx_public_key_spki(key));
    yx_der_put(&w, YX_DER_CONTEXT_CONSTRUCTED(0), YX_BYTES(NULL, 0));
    yx_der_close(&w, info);
    YX_CLEAN(yx_buf) struct yx_buf to_be_signed = {0};
    YX_TRY(yx_der_finish(&w, &to_be_signed, err));
    return yx_sign_object(yx_buf_bytes(&to_be_signed), key, signer, out, err);
}

/* --- Wishes ------------------------------------------------------------------------------ */

enum wish { ALT_NAMES, KEY_USAGE, EXTENDED_USAGE, ASKS_FOR_CA, WISHES };

static yx_status read_alt_names(struct yx_der *value, struct yx_request *out, struct yx_error *err)
{
    YX_TRY(yx_der_get(value, YX_DER_SEQUENCE, &out->alt_names, err));
    return yx_lint_subject_alt_names(out->alt_names, err);
}

/* Bits from the left; encipherOnly and decipherOnly are beyond what is issued here. */
static yx_status read_key_usage(struct yx_der *value, struct yx_request *out, struct yx_error *err)
{
    struct yx_bytes bits;
    YX_TRY(yx_der_get(value, YX_DER_BIT_STRING, &bits, err));
    YX_REQUIRE(bits.len >= 2 && bits.len <= 3 && bits.data[0] <= 7, err, YX_DAMAGED,
               "RFC 5280 4.2.1.3", N_("the keyUsage extension names no use; set at least one bit"));
    out->key_usage = 0;
    for (unsigned bit = 0; bit < 7; bit++)
        if (bits.data[1] & (0x80u >> bit))
            out->key_usage |= 1 << bit;
    return YX_OK;
}

static yx_status read_extended_usage(struct yx_der *value, struct yx_request *out,
                                     struct yx_error *err)
{
    struct yx_der list;
    struct yx_bytes usage;
    YX_TRY(yx_der_get(value, YX_DER_SEQUENCE, &out->extended_usage, err));
    list = yx_der_reader(out->extended_usage, "ExtKeyUsageSyntax");
    do
        YX_TRY(yx_der_oid_bytes(&list, &usage, err));
    while (!yx_der_at_end(&list));
    return YX_OK;
}

static yx_status read_basic_constraints(struct yx_der *value, struct yx_request *out,
                                        struct yx_error *err)
{
    struct yx_der sequence;
    int64_t path_length;
    YX_TRY(yx_der_enter(value, YX_DER_SEQUENCE, &sequence, err));
    if (yx_der_next_is(&sequence, YX_DER_BOOLEAN))
        YX_TRY(yx_der_bool(&sequence, &out->ca, err));
    if (yx_der_next_is(&sequence, YX_DER_INTEGER))
        YX_TRY(yx_der_int(&sequence, &path_length, err));
    return yx_der_end(&sequence, err);
}

static const struct {
    yx_oid oid;
    yx_status (*read)(struct yx_der *value, struct yx_request *out, struct yx_error *err);
} wishes[WISHES] = {
    [ALT_NAMES] = {YX_OID_SUBJECT_ALT_NAME, read_alt_names},
    [KEY_USAGE] = {YX_OID_KEY_USAGE, read_key_usage},
    [EXTENDED_USAGE] = {YX_OID_EXTENDED_KEY_USAGE, read_extended_usage},
    [ASKS_FOR_CA] = {YX_OID_BASIC_CONSTRAINTS, read_basic_constraints},
};

/* Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }. Some
 * requests spell out critical FALSE; it is the authority that writes the certificate. */
static yx_status read_wish(struct yx_der *list, unsigned *seen, struct yx_request *out,
                           struct yx_error *err)
{
    struct yx_der extension;
    struct yx_bytes oid_bytes, content;
    bool critical;
    YX_TRY(yx_der_enter(list, YX_DER_SEQUENCE, &extension, err));
    YX_TRY(yx_der_oid_bytes(&extension, &oid_bytes, err));
    if (yx_der_next_is(&extension, YX_DER_BOOLEAN))
        YX_TRY(yx_der_bool(&extension, &critical, err));
    YX_TRY(yx_der_get(&extension, YX_DER_OCTET_STRING, &content, err));
    YX_TRY(yx_der_end(&extension, err));
    yx_oid oid = yx_oid_find(oid_bytes);
    size_t index = 0;
    while (index < WISHES && wishes[index].oid != oid)
        index++;
    if (index == WISHES) {
        out->asks_more = true;
        return YX_OK;
    }
    YX_REQUIRE(!(*seen & 1u << index), err, YX_DAMAGED, "RFC 5280 4.2",
               N_("an extension stands twice; each may stand once"));
    *seen |= 1u << index;
    struct yx_der value = yx_der_reader(content, yx_oid_name(oid));
    YX_TRY(wishes[index].read(&value, out, err));
    return yx_der_end(&value, err);
}

yx_status yx_request_wishes(struct yx_bytes extensions, struct yx_request *out,
                            struct yx_error *err)
{
    struct yx_der list = yx_der_reader(extensions, "Extensions");
    unsigned seen = 0;
    while (!yx_der_at_end(&list))
        YX_TRY(read_wish(&list, &seen, out, err));
    return YX_OK;
}

static yx_status read_wishes(struct yx_der *values, struct yx_request *out, struct yx_error *err)
{
    struct yx_der set;
    struct yx_bytes list;
    YX_TRY(yx_der_enter(values, YX_DER_SET, &set, err));
    YX_TRY(yx_der_get(&set, YX_DER_SEQUENCE, &list, err));
    YX_TRY(yx_der_end(&set, err));
    return yx_request_wishes(list, out, err);
}

static yx_status read_attributes(struct yx_der *attributes, struct yx_request *out,
                                 struct yx_error *err)
{
    bool asked = false;
    while (!yx_der_at_end(attributes)) {
        struct yx_der attribute;
        struct yx_bytes type;
        YX_TRY(yx_der_enter(attributes, YX_DER_SEQUENCE, &attribute, err));
        YX_TRY(yx_der_oid_bytes(&attribute, &type, err));
        yx_oid oid = yx_oid_find(type);
        out->names_key |= oid == YX_OID_DECRYPT_KEY_ID || oid == YX_OID_ASYMMETRIC_DECRYPT_KEY_ID;
        if (oid != YX_OID_EXTENSION_REQUEST)
            continue;
        YX_REQUIRE(!asked, err, YX_DAMAGED, "RFC 2985 5.4.2",
                   N_("the request has two lists of extensions"));
        asked = true;
        YX_TRY(read_wishes(&attribute, out, err));
        YX_TRY(yx_der_end(&attribute, err));
    }
    return YX_OK;
}

/* --- The request ------------------------------------------------------------------------- */

struct signature {
    struct yx_bytes to_be_signed, value;
    yx_signature_algorithm algorithm;
};

static yx_status parse_info(struct yx_der *der, struct yx_request *out, struct yx_error *err)
{
    int64_t version;
    uint8_t subject_tag, spki_tag;
    YX_TRY(yx_der_int(der, &version, err));
    YX_REQUIRE(version == 0, err, YX_REFUSED, "RFC 2986 4.1",
               N_("the request has version {1}; only 0 is defined"), YX_NUM(version));
    YX_TRY(yx_der_any(der, &subject_tag, NULL, &out->subject, err));
    YX_TRY(yx_der_any(der, &spki_tag, NULL, &out->spki, err));
    YX_REQUIRE(subject_tag == YX_DER_SEQUENCE && spki_tag == YX_DER_SEQUENCE, err, YX_DAMAGED,
               "RFC 2986 4.1", N_("the subject or the key of the request is no SEQUENCE"));
    struct yx_der attributes;
    YX_TRY(yx_der_enter(der, YX_DER_CONTEXT_CONSTRUCTED(0), &attributes, err));
    YX_TRY(read_attributes(&attributes, out, err));
    return yx_der_end(der, err);
}

static yx_status parse_request(struct yx_bytes der, struct yx_request *out, struct signature *sign,
                               struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(der, "CertificationRequest"), request, info;
    struct yx_bytes parameters;
    yx_oid algorithm;
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &request, err));
    YX_TRY(yx_der_end(&whole, err));
    struct yx_der same = request;
    YX_TRY(yx_der_any(&same, NULL, NULL, &sign->to_be_signed, err));
    YX_TRY(yx_der_enter(&request, YX_DER_SEQUENCE, &info, err));
    YX_TRY(parse_info(&info, out, err));
    YX_TRY(yx_der_algorithm(&request, &algorithm, &parameters, err));
    sign->algorithm = yx_signature_from_identifier(algorithm, parameters);
    YX_TRY(yx_der_bit_string(&request, &sign->value, err));
    return yx_der_end(&request, err);
}

/* RFC 2986 3: the signature shows that whoever asks holds the private key. */
static yx_status check_possession(const struct yx_request *request, const struct signature *sign,
                                  struct yx_error *err)
{
    YX_REQUIRE(sign->algorithm != YX_SIG_NONE && yx_signature_allowed(sign->algorithm), err,
               YX_REFUSED, "GB/T 33560, algorithms",
               N_("the request is signed with an algorithm that is not known or too weak; make it "
                  "anew with SM3 or SHA-2"));
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;
    YX_TRY(yx_public_key_from_spki(request->spki, &key, err));
    YX_REQUIRE(yx_signature_fits(sign->algorithm, yx_public_key_type(key)), err, YX_REFUSED,
               "RFC 2986 4.2",
               N_("the request is said to be signed with {1}, which its own key cannot make"),
               yx_signature_name(sign->algorithm));
    yx_status status =
        yx_public_key_verify(key, sign->algorithm, sign->to_be_signed, sign->value, err);
    YX_REQUIRE(status != YX_REFUSED && status != YX_DAMAGED, err, YX_REFUSED, "RFC 2986 3",
               N_("the signature of the request does not verify with the key inside: whoever "
                  "asks has not shown to hold it (SM2: signer ID 1234567812345678)"));
    return status;
}

/* The request out of a file: DER, or PEM under the name of RFC 7468 7 or the older one. */
static yx_status find_request(struct yx_bytes file, struct yx_buf *der, struct yx_error *err)
{
    static const char *const labels[] = {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"};
    YX_REQUIRE(file.len <= REQUEST_MAX, err, YX_DAMAGED, "RFC 2986 4.2",
               N_("the request has {1} bytes; at most {2} are read"), YX_NUM(file.len),
               YX_NUM(REQUEST_MAX));
    if (yx_pem_is_der(file))
        return yx_buf_append(der, file) == YX_OK ? YX_OK : yx_fail_memory(err);
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        struct yx_bytes rest = file;
        bool found;
        YX_TRY(yx_pem_next(&rest, labels[i], der, &found, err));
        if (found)
            return YX_OK;
    }
    return yx_fail(err, YX_DAMAGED, "RFC 7468 7",
                   N_("the file holds no certification request, neither PEM nor DER"));
}

static yx_status parse(struct yx_bytes file, bool has_key, struct yx_request *out,
                       struct yx_error *err)
{
    YX_CLEAN(yx_request) struct yx_request request = {.key_usage = -1};
    struct signature sign = {0};
    YX_TRY(find_request(file, &request.der, err));
    YX_TRY(parse_request(yx_buf_bytes(&request.der), &request, &sign, err));
    if (has_key)
        YX_TRY(check_possession(&request, &sign, err));
    *out = request;
    request = (struct yx_request){0};
    return YX_OK;
}

yx_status yx_request_parse(struct yx_bytes file, struct yx_request *out, struct yx_error *err)
{
    return parse(file, true, out, err);
}

yx_status yx_request_parse_template(struct yx_bytes file, struct yx_request *out,
                                    struct yx_error *err)
{
    return parse(file, false, out, err);
}

void yx_request_free(struct yx_request *request)
{
    yx_buf_free(&request->der);
    *request = (struct yx_request){.key_usage = -1};
}

yx_status yx_request_read(struct yx_bytes file, struct yx_buf *subject, struct yx_buf *spki,
                          struct yx_error *err)
{
    YX_CLEAN(yx_request) struct yx_request request = {0};
    YX_TRY(yx_request_parse(file, &request, err));
    size_t before = subject->len;
    if (yx_buf_append(subject, request.subject) != YX_OK)
        return yx_fail_memory(err);
    if (yx_buf_append(spki, request.spki) == YX_OK)
        return YX_OK;
    subject->len = before;
    return yx_fail_memory(err);
}
