/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509/request.c - certification requests (PKCS#10, RFC 2986), made and read.
 *
 *   CertificationRequestInfo ::= SEQUENCE {
 *       version INTEGER (0), subject Name, subjectPKInfo SubjectPublicKeyInfo,
 *       attributes [0] IMPLICIT SET OF Attribute }
 *   CertificationRequest ::= SEQUENCE { info, signatureAlgorithm, signature BIT STRING }
 *
 * Attributes that ask for extensions are read past: the profile of the CA decides on those.
 */
#include "x509/cert_internal.h"
#include "x509/make.h"

#define REQUEST_MAX (64u * 1024)

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

struct request {
    struct yx_bytes to_be_signed, subject, spki, signature;
    yx_signature_algorithm algorithm;
};

static yx_status parse_info(struct yx_der *der, struct request *out, struct yx_error *err)
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
    while (!yx_der_at_end(&attributes))
        YX_TRY(yx_der_get(&attributes, YX_DER_SEQUENCE, NULL, err));
    return yx_der_end(der, err);
}

static yx_status parse_request(struct yx_bytes der, struct request *out, struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(der, "CertificationRequest"), request, info;
    struct yx_bytes parameters;
    yx_oid algorithm;
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &request, err));
    YX_TRY(yx_der_end(&whole, err));
    struct yx_der same = request;
    YX_TRY(yx_der_any(&same, NULL, NULL, &out->to_be_signed, err));
    YX_TRY(yx_der_enter(&request, YX_DER_SEQUENCE, &info, err));
    YX_TRY(parse_info(&info, out, err));
    YX_TRY(yx_der_algorithm(&request, &algorithm, &parameters, err));
    out->algorithm = yx_signature_from_identifier(algorithm, parameters);
    YX_TRY(yx_der_bit_string(&request, &out->signature, err));
    return yx_der_end(&request, err);
}

/* RFC 2986 3: the signature shows that whoever asks holds the private key. */
static yx_status check_possession(const struct request *request, struct yx_error *err)
{
    YX_REQUIRE(request->algorithm != YX_SIG_NONE && yx_signature_allowed(request->algorithm), err,
               YX_REFUSED, "GB/T 33560, algorithms",
               N_("the request is signed with an algorithm that is not known or too weak; make it "
                  "anew with SM3 or SHA-2"));
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;
    YX_TRY(yx_public_key_from_spki(request->spki, &key, err));
    YX_REQUIRE(yx_signature_fits(request->algorithm, yx_public_key_type(key)), err, YX_REFUSED,
               "RFC 2986 4.2",
               N_("the request is said to be signed with {1}, which its own key cannot make"),
               yx_signature_name(request->algorithm));
    yx_status status = yx_public_key_verify(key, request->algorithm, request->to_be_signed,
                                            request->signature, err);
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

yx_status yx_request_read(struct yx_bytes file, struct yx_buf *subject, struct yx_buf *spki,
                          struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct request request = {0};
    YX_TRY(find_request(file, &der, err));
    YX_TRY(parse_request(yx_buf_bytes(&der), &request, err));
    YX_TRY(check_possession(&request, err));
    size_t before = subject->len;
    if (yx_buf_append(subject, request.subject) != YX_OK)
        return yx_fail_memory(err);
    if (yx_buf_append(spki, request.spki) == YX_OK)
        return YX_OK;
    subject->len = before;
    return yx_fail_memory(err);
}
