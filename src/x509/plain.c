/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509/plain.c - the plainest of all paths, which most certificates have that are met with their
 * authority among the anchors: a certificate and the anchor that issued it, with no extension that
 * path validation would have to work at (policies, name constraints, what is critical and unknown).
 * That it holds is seen here, by RFC 5280 6.1.3 and 6.1.4, and libcrypto need not read the
 * certificate. Nothing is refused here: a path that is not plain, or has any fault, is left to
 * libcrypto, which says what is wrong with it.
 */
#include "x509/cert_internal.h"

#define RSA_BITS_MIN 2048

time_t yx_path_seconds(yx_time time)
{
    return (time_t)(time / YX_SECOND - (time % YX_SECOND < 0));
}

static bool is_strong(const struct yx_public_key *key)
{
    return key != NULL &&
           (yx_public_key_type(key) != YX_KEY_RSA || yx_public_key_bits(key) >= RSA_BITS_MIN);
}

/* Plain extensions that contradict each other are a fault for libcrypto to name. */
static bool is_plain(const struct yx_cert *cert)
{
    bool sound_length = cert->path_length == YX_PATH_LENGTH_NONE ||
                        (cert->ca && cert->path_length != YX_PATH_LENGTH_WRONG);
    return cert->plain && cert->key_usage != 0 && sound_length && is_strong(cert->key);
}

/* AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0], ... }: absent, or the identifier alone
 * and that of the issuer. */
static bool key_identifier_fits(const struct yx_cert *cert, const struct yx_cert *issuer)
{
    struct yx_bytes value = yx_cert_extension(cert, YX_OID_AUTHORITY_KEY_IDENTIFIER), identifier;
    struct yx_der whole = yx_der_reader(value, "AuthorityKeyIdentifier"), sequence;
    if (value.data == NULL)
        return true;
    return yx_der_enter(&whole, YX_DER_SEQUENCE, &sequence, NULL) == YX_OK &&
           yx_der_get(&sequence, YX_DER_CONTEXT(0), &identifier, NULL) == YX_OK &&
           yx_der_at_end(&sequence) && yx_bytes_equal(identifier, issuer->key_identifier);
}

/* As libcrypto has it: in whole seconds, and the last one is not in it any more. */
static bool is_in_period(const struct yx_cert *cert, yx_time at)
{
    time_t moment = yx_path_seconds(at);
    return yx_path_seconds(cert->not_before) <= moment && moment < yx_path_seconds(cert->not_after);
}

static bool may_issue(const struct yx_cert *issuer, yx_time at)
{
    return is_plain(issuer) && issuer->ca &&
           (issuer->key_usage == -1 || (issuer->key_usage & YX_KU_KEY_CERT_SIGN) != 0) &&
           is_in_period(issuer, at);
}

static bool signed_by(const struct yx_cert *cert, const struct yx_cert *issuer)
{
    uint8_t raw[64];
    if (!yx_signature_allowed(cert->algorithm) ||
        !yx_bytes_equal(cert->inner_algorithm, cert->outer_algorithm))
        return false;
    /* The value is DER, not a device's. */
    if (cert->algorithm == YX_SIG_SM2_SM3 &&
        yx_signature_to_raw(cert->signature, sizeof raw / 2, raw, NULL) != YX_OK)
        return false;
    return yx_public_key_verify(issuer->key, cert->algorithm, cert->to_be_signed, cert->signature,
                                NULL) == YX_OK;
}

static bool was_issued(const struct yx_cert *cert, const struct yx_cert *issuer, yx_time at)
{
    return yx_bytes_equal(cert->issuer, issuer->subject) && key_identifier_fits(cert, issuer) &&
           may_issue(issuer, at) && signed_by(cert, issuer);
}

static bool is_anchor(const struct yx_trust *trust, const struct yx_cert *cert)
{
    for (size_t i = 0; i < trust->anchor_count; i++)
        if (yx_bytes_equal(yx_cert_der(trust->anchors[i]), yx_cert_der(cert)))
            return true;
    return false;
}

const struct yx_cert *yx_path_plain(const struct yx_trust *trust, const struct yx_cert *cert,
                                    yx_time at)
{
    if (!is_plain(cert) || yx_bytes_equal(cert->issuer, cert->subject) || is_anchor(trust, cert))
        return NULL;
    for (size_t i = 0; i < trust->anchor_count; i++)
        if (was_issued(cert, trust->anchors[i], at))
            return trust->anchors[i];
    return NULL;
}

bool yx_path_lone(const struct yx_trust *trust, const struct yx_cert *cert)
{
    return trust->anchor_count == 0 && sk_X509_num(trust->known) == 0 && is_plain(cert) &&
           !yx_bytes_equal(cert->issuer, cert->subject) && yx_signature_allowed(cert->algorithm);
}
