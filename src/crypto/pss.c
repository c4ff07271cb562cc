/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto/pss.c - the parameters of RSA-PSS (RFC 4055 3.1), and how libcrypto is told them. We have
 * PSS with one digest throughout: SHA-256, SHA-384 or SHA-512, the same in MGF1.
 *
 *   RSASSA-PSS-params ::= SEQUENCE {
 *       hashAlgorithm    [0] EXPLICIT AlgorithmIdentifier DEFAULT sha1,
 *       maskGenAlgorithm [1] EXPLICIT AlgorithmIdentifier DEFAULT mgf1SHA1,
 *       saltLength       [2] EXPLICIT INTEGER DEFAULT 20,
 *       trailerField     [3] EXPLICIT INTEGER DEFAULT 1 }
 *
 * The defaults mean SHA-1, which new signatures must not have, so all but the last must be there.
 */
#include <openssl/rsa.h>

#include "crypto/libcrypto.h"

/* Takes [n] EXPLICIT and gives a reader over what is in it. */
static yx_status enter_tagged(struct yx_der *der, unsigned n, struct yx_der *inner)
{
    return yx_der_enter(der, (uint8_t)YX_DER_CONTEXT_CONSTRUCTED(n), inner, NULL);
}

static yx_status read_digest(struct yx_der *der, yx_digest_algorithm *out)
{
    yx_oid oid;
    struct yx_bytes parameters;
    YX_TRY(yx_der_algorithm(der, &oid, &parameters, NULL));
    *out = yx_digest_from_oid(oid);
    if (*out == YX_DIGEST_NONE || parameters.len != 0)
        return YX_REFUSED;
    return yx_der_end(der, NULL);
}

/* maskGenAlgorithm ::= SEQUENCE { id-mgf1, parameters AlgorithmIdentifier } */
static yx_status read_mask_digest(struct yx_der *der, yx_digest_algorithm *out)
{
    yx_oid oid;
    struct yx_bytes parameters;
    YX_TRY(yx_der_algorithm(der, &oid, &parameters, NULL));
    if (oid != YX_OID_MGF1)
        return YX_REFUSED;
    YX_TRY(yx_der_end(der, NULL));
    struct yx_der inner = yx_der_reader(parameters, "MGF1");
    return read_digest(&inner, out);
}

static yx_status read_number(struct yx_der *der, unsigned n, int64_t *out)
{
    struct yx_der inner;
    YX_TRY(enter_tagged(der, n, &inner));
    YX_TRY(yx_der_int(&inner, out, NULL));
    return yx_der_end(&inner, NULL);
}

static yx_status read_parameters(struct yx_bytes parameters, yx_digest_algorithm *digest,
                                 yx_digest_algorithm *mask_digest, int64_t *salt, int64_t *trailer)
{
    struct yx_der whole = yx_der_reader(parameters, "RSASSA-PSS-params"), der, inner;
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &der, NULL));
    YX_TRY(yx_der_end(&whole, NULL));
    YX_TRY(enter_tagged(&der, 0, &inner));
    YX_TRY(read_digest(&inner, digest));
    YX_TRY(enter_tagged(&der, 1, &inner));
    YX_TRY(read_mask_digest(&inner, mask_digest));
    YX_TRY(read_number(&der, 2, salt));
    if (!yx_der_at_end(&der))
        YX_TRY(read_number(&der, 3, trailer));
    return yx_der_end(&der, NULL);
}

/* RFC 4055 3.1 recommends a salt as long as the digest. Longer ones are met: OpenSSL 3.0 makes the
 * longest that fits. */
yx_signature_algorithm yx_pss_from_parameters(struct yx_bytes parameters)
{
    static const yx_signature_algorithm known[] = {YX_SIG_RSA_PSS_SHA256, YX_SIG_RSA_PSS_SHA384,
                                                   YX_SIG_RSA_PSS_SHA512};
    yx_digest_algorithm digest = YX_DIGEST_NONE, mask_digest = YX_DIGEST_NONE;
    int64_t salt = 0, trailer = 1;
    if (read_parameters(parameters, &digest, &mask_digest, &salt, &trailer) != YX_OK)
        return YX_SIG_NONE;
    if (mask_digest != digest || trailer != 1 || salt < (int64_t)yx_digest_size(digest))
        return YX_SIG_NONE;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (yx_signature_digest(known[i]) == digest)
            return known[i];
    return YX_SIG_NONE;
}

static void put_digest(struct yx_der_writer *writer, yx_digest_algorithm digest)
{
    size_t identifier = yx_der_begin(writer, YX_DER_SEQUENCE);
    yx_der_put_oid(writer, yx_digest_oid(digest));
    yx_der_put(writer, YX_DER_NULL, (struct yx_bytes){NULL, 0}); /* RFC 4055 2.1 */
    yx_der_close(writer, identifier);
}

void yx_pss_put_parameters(struct yx_der_writer *writer, yx_digest_algorithm digest)
{
    size_t parameters = yx_der_begin(writer, YX_DER_SEQUENCE);
    size_t tagged = yx_der_begin(writer, YX_DER_CONTEXT_CONSTRUCTED(0));
    put_digest(writer, digest);
    yx_der_close(writer, tagged);
    tagged = yx_der_begin(writer, YX_DER_CONTEXT_CONSTRUCTED(1));
    size_t mask = yx_der_begin(writer, YX_DER_SEQUENCE);
    yx_der_put_oid(writer, YX_OID_MGF1);
    put_digest(writer, digest);
    yx_der_close(writer, mask);
    yx_der_close(writer, tagged);
    tagged = yx_der_begin(writer, YX_DER_CONTEXT_CONSTRUCTED(2));
    yx_der_put_int(writer, (int64_t)yx_digest_size(digest));
    yx_der_close(writer, tagged);
    yx_der_close(writer, parameters);
}

/* MGF1 takes the digest of the context unless told otherwise. */
static bool prepare(EVP_PKEY_CTX *context, yx_signature_algorithm algorithm, int salt)
{
    return !yx_signature_is_pss(algorithm) ||
           (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(context, salt) == 1);
}

bool yx_pss_prepare_sign(EVP_PKEY_CTX *context, yx_signature_algorithm algorithm)
{
    return prepare(context, algorithm, RSA_PSS_SALTLEN_DIGEST);
}

/* The salt stands in the signature itself, with its length. */
bool yx_pss_prepare_verify(EVP_PKEY_CTX *context, yx_signature_algorithm algorithm)
{
    return prepare(context, algorithm, RSA_PSS_SALTLEN_AUTO);
}
