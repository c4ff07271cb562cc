/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509/ocsp_check.c - who signed an OCSP response, and may they (RFC 6960 4.2.2.2): the issuer of
 * the certificate itself, or a delegate with a certificate that this issuer signed directly. A
 * responder that is trusted for other reasons is none. The client's check of an answer to a request
 * stands here too; revocation.c asks the same questions for many responses and moments.
 */
#include <openssl/err.h>

#include "x509/ocsp.h"

#define RULE_CHECK "RFC 6960 3.2"
#define RULE_SIGNER "RFC 6960 4.2.2.2"
#define RSA_BITS_MIN 2048

/* --- Is this certificate the responder? -------------------------------------------------- */

/* byKey is the SHA-1 of the key; responders of SM2 are met with SM3. */
static yx_status has_key(const struct yx_ocsp *ocsp, const struct yx_cert *cert, bool *has,
                         struct yx_error *err)
{
    static const yx_digest_algorithm algorithms[] = {YX_DIGEST_SHA1, YX_DIGEST_SM3,
                                                     YX_DIGEST_SHA256};
    struct yx_bytes bits;
    uint8_t digest[YX_DIGEST_MAX];
    *has = false;
    if (yx_spki_key_bits(cert->spki, &bits, NULL) != YX_OK)
        return YX_OK;
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms && !*has; i++) {
        struct yx_bytes own = YX_BYTES(digest, yx_digest_size(algorithms[i]));
        if (ocsp->responder_key.len != own.len)
            continue;
        YX_TRY(yx_digest(algorithms[i], bits, digest, err));
        *has = yx_bytes_equal(ocsp->responder_key, own);
    }
    return YX_OK;
}

static yx_status is_responder(const struct yx_ocsp *ocsp, const struct yx_cert *cert, bool *is,
                              struct yx_error *err)
{
    if (ocsp->responder_name.len == 0)
        return has_key(ocsp, cert, is, err);
    *is = yx_bytes_equal(ocsp->responder_name, cert->subject);
    return YX_OK;
}

static yx_status signed_it(const struct yx_ocsp *ocsp, const struct yx_cert *cert, bool *did,
                           struct yx_error *err)
{
    struct yx_error why;
    *did = false;
    if (cert->key == NULL || !yx_signature_allowed(ocsp->algorithm))
        return YX_OK;
    yx_status status =
        yx_public_key_verify(cert->key, ocsp->algorithm, ocsp->to_be_signed, ocsp->signature, &why);
    *did = status == YX_OK;
    return status == YX_NO_MEMORY ? yx_fail_memory(err) : YX_OK;
}

/* --- Delegates --------------------------------------------------------------------------- */

/* Everything that can be said of the certificate alone. */
static bool is_delegate(const struct yx_ocsp *ocsp, const struct yx_cert *cert)
{
    const int usage = YX_KU_DIGITAL_SIGNATURE | YX_KU_NON_REPUDIATION;
    bool strong = yx_public_key_type(cert->key) != YX_KEY_RSA ||
                  yx_public_key_bits(cert->key) >= RSA_BITS_MIN;
    X509 *x509;
    return strong && yx_cert_x509(cert, &x509, NULL) == YX_OK &&
           yx_cert_has_extended_usage(cert, YX_OID_KP_OCSP_SIGNING) &&
           (cert->key_usage == -1 || (cert->key_usage & usage) != 0) &&
           yx_signature_allowed(cert->algorithm) &&
           (X509_get_extension_flags(x509) & (EXFLAG_CRITICAL | EXFLAG_INVALID)) == 0 &&
           ocsp->produced_at >= cert->not_before && ocsp->produced_at <= cert->not_after;
}

static yx_status try_delegate(const struct yx_ocsp *ocsp, const struct yx_cert *issuer,
                              const struct yx_cert *cert, bool *holds, struct yx_error *err)
{
    struct yx_error why;
    *holds = false;
    YX_TRY(is_responder(ocsp, cert, holds, err));
    if (!*holds || !is_delegate(ocsp, cert)) {
        *holds = false;
        return YX_OK;
    }
    YX_TRY(signed_it(ocsp, cert, holds, err));
    if (!*holds)
        return YX_OK;
    yx_status status = yx_cert_verify_issued(cert, issuer, &why);
    *holds = status == YX_OK;
    return status == YX_NO_MEMORY ? yx_fail_memory(err) : YX_OK;
}

/* `*out` stays NULL when none of the carried certificates is the one. */
static yx_status find_carried(const struct yx_ocsp *ocsp, const struct yx_cert *issuer,
                              struct yx_cert **out, struct yx_error *err)
{
    struct yx_der list = yx_der_reader(ocsp->certificates, "Certificates");
    for (int i = 0; i < YX_OCSP_CERTS_MAX && !yx_der_at_end(&list); i++) {
        YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
        struct yx_bytes der;
        struct yx_error why;
        bool holds;
        if (yx_der_any(&list, NULL, NULL, &der, &why) != YX_OK)
            return YX_OK;
        yx_status status = yx_cert_from_der(der, &cert, &why);
        if (status == YX_NO_MEMORY)
            return yx_fail_memory(err);
        if (status != YX_OK)
            continue;
        YX_TRY(try_delegate(ocsp, issuer, cert, &holds, err));
        if (!holds)
            continue;
        *out = cert;
        cert = NULL;
        return YX_OK;
    }
    return YX_OK;
}

/* Some responders leave their certificate out; it may be among those that are known. */
static yx_status find_known(const struct yx_ocsp *ocsp, const struct yx_cert *issuer,
                            const STACK_OF(X509) * known, struct yx_cert **out,
                            struct yx_error *err)
{
    for (int i = 0; i < sk_X509_num(known); i++) {
        YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
        X509 *x509 = sk_X509_value(known, i);
        bool holds;
        if ((X509_get_extended_key_usage(x509) & XKU_OCSP_SIGN) == 0 ||
            (X509_get_extension_flags(x509) & EXFLAG_XKUSAGE) == 0)
            continue;
        YX_TRY(yx_cert_from_x509(x509, &cert, err));
        YX_TRY(try_delegate(ocsp, issuer, cert, &holds, err));
        if (!holds)
            continue;
        *out = cert;
        cert = NULL;
        return YX_OK;
    }
    return YX_OK;
}

bool yx_ocsp_is_unchecked(const struct yx_cert *delegate)
{
    return yx_cert_extension(delegate, YX_OID_OCSP_NOCHECK).data != NULL;
}

yx_status yx_ocsp_signer(const struct yx_ocsp *ocsp, const struct yx_cert *issuer,
                         const STACK_OF(X509) * known, struct yx_cert **delegate,
                         struct yx_error *err)
{
    bool holds;
    *delegate = NULL;
    YX_TRY(is_responder(ocsp, issuer, &holds, err));
    if (holds)
        YX_TRY(signed_it(ocsp, issuer, &holds, err));
    if (holds)
        return YX_OK;
    YX_TRY(find_carried(ocsp, issuer, delegate, err));
    if (*delegate == NULL)
        YX_TRY(find_known(ocsp, issuer, known, delegate, err));
    YX_REQUIRE(*delegate != NULL, err, YX_REFUSED, RULE_SIGNER,
               N_("the OCSP response is signed neither by {1} nor by somebody whom it has "
                  "certified for OCSP, or its signature does not hold"),
               yx_cert_subject(issuer));
    return YX_OK;
}

/* --- The client's check ------------------------------------------------------------------ */

static yx_status check_extensions(const struct yx_ocsp *ocsp, const struct yx_ocsp_single *single,
                                  struct yx_error *err)
{
    YX_REQUIRE(!ocsp->extensions.unknown_critical && !single->unknown_critical, err, YX_REFUSED,
               "RFC 6960 4.4",
               N_("the OCSP response has a critical extension that is not known here"));
    return YX_OK;
}

static yx_status check_nonce(const struct yx_ocsp *ocsp, const struct yx_ocsp_question *question,
                             struct yx_error *err)
{
    struct yx_ocsp_request request;
    if (question->request.len == 0)
        return YX_OK;
    YX_TRY(yx_ocsp_request_parse(question->request, &request, err));
    bool left_out = !ocsp->extensions.has_nonce && !question->nonce_required;
    YX_REQUIRE(left_out || yx_bytes_equal(ocsp->extensions.nonce, request.nonce), err, YX_REFUSED,
               "RFC 6960 4.4.1",
               N_("the OCSP response does not repeat the nonce of the request: it answers another "
                  "one"));
    return YX_OK;
}

static yx_status check_times(const struct yx_ocsp_answer *answer,
                             const struct yx_ocsp_question *question, struct yx_error *err)
{
    yx_time last = answer->next_update != YX_TIME_NONE ? answer->next_update : answer->this_update;
    YX_REQUIRE(answer->this_update <= question->now + YX_OCSP_SKEW && last >= question->at, err,
               YX_REFUSED, RULE_CHECK,
               N_("the OCSP response does not cover {1}: it is of {2}, the next was due {3}"),
               YX_WHEN(question->at), YX_WHEN(answer->this_update), YX_WHEN(answer->next_update));
    return YX_OK;
}

yx_status yx_ocsp_response_check(struct yx_bytes response, const struct yx_ocsp_question *question,
                                 struct yx_ocsp_answer *out, struct yx_error *err)
{
    YX_CLEAN(yx_ocsp) struct yx_ocsp *ocsp = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *delegate = NULL;
    struct yx_ocsp_single single;
    const struct yx_ocsp_pair *about = &question->about;
    bool found;
    YX_TRY(yx_ocsp_read(response, &ocsp, err));
    YX_TRY(yx_ocsp_signer(ocsp, about->issuer, NULL, &delegate, err));
    YX_TRY(yx_ocsp_find(ocsp, about->cert, about->issuer, &single, &found, err));
    YX_REQUIRE(found, err, YX_REFUSED, RULE_CHECK, N_("the OCSP response says nothing about {1}"),
               yx_cert_subject(about->cert));
    YX_TRY(check_extensions(ocsp, &single, err));
    YX_TRY(check_nonce(ocsp, question, err));
    YX_TRY(check_times(&single.answer, question, err));
    *out = single.answer;
    return YX_OK;
}
