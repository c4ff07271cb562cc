/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto/sm2.c - SM2 signatures (GB/T 32918.2) with the signer ID of GM/T 0009. ZA, the
 * digest e and the nonce are made here, with SM3 and random numbers of libcrypto; the arithmetic is
 * in sm2/, and DER in verify.c.
 */
#include "crypto/libcrypto.h"

/* ENTL || ID || a || b || xG || yG of GB/T 32918.5: ZA goes on with the key's x || y. */
static const uint8_t za_prefix[] = {
    0x00, 0x80, /* ENTL: the ID has 128 bits */
    '1', '2', '3', '4', '5', '6', '7', '8', '1', '2', '3', '4', '5', '6', '7', '8',
    /* a */
    0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFC,
    /* b */
    0x28, 0xE9, 0xFA, 0x9E, 0x9D, 0x9F, 0x5E, 0x34, 0x4D, 0x5A, 0x9E, 0x4B, 0xCF, 0x65, 0x09, 0xA7,
    0xF3, 0x97, 0x89, 0xF5, 0x15, 0xAB, 0x8F, 0x92, 0xDD, 0xBC, 0xBD, 0x41, 0x4D, 0x94, 0x0E, 0x93,
    /* xG */
    0x32, 0xC4, 0xAE, 0x2C, 0x1F, 0x19, 0x81, 0x19, 0x5F, 0x99, 0x04, 0x46, 0x6A, 0x39, 0xC9, 0x94,
    0x8F, 0xE3, 0x0B, 0xBF, 0xF2, 0x66, 0x0B, 0xE1, 0x71, 0x5A, 0x45, 0x89, 0x33, 0x4C, 0x74, 0xC7,
    /* yG */
    0xBC, 0x37, 0x36, 0xA2, 0xF4, 0xF6, 0x77, 0x9C, 0x59, 0xBD, 0xCE, 0xE3, 0x6B, 0x69, 0x21, 0x53,
    0xD0, 0xA9, 0x87, 0x7C, 0xC6, 0x2A, 0x47, 0x40, 0x02, 0xDF, 0x32, 0xE5, 0x21, 0x39, 0xF0, 0xA0};

/* SM3 over two pieces. */
static yx_status sm3_both(struct yx_bytes first, struct yx_bytes second, uint8_t out[YX_SM2_DIGEST],
                          struct yx_error *err)
{
    YX_CLEAN(EVP_MD_CTX) EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context != NULL && EVP_DigestInit_ex(context, EVP_sm3(), NULL) == 1 &&
              EVP_DigestUpdate(context, first.data, first.len) == 1 &&
              EVP_DigestUpdate(context, second.data, second.len) == 1 &&
              EVP_DigestFinal_ex(context, out, NULL) == 1;
    return ok ? YX_OK : yx_fail_libcrypto(err, "compute an SM3 digest");
}

yx_status yx_sm2_compute_za(struct yx_bytes point, uint8_t out[YX_SM2_DIGEST], struct yx_error *err)
{
    return sm3_both(YX_BYTES(za_prefix, sizeof(za_prefix)), point, out, err);
}

static yx_status require_sm2(const struct yx_public_key *key, struct yx_error *err)
{
    YX_REQUIRE(yx_public_key_type(key) == YX_KEY_SM2, err, YX_USAGE, "GB/T 32918.2 5.5",
               N_("ZA is defined for SM2 keys only, this key is of type {1}"),
               yx_key_type_name(yx_public_key_type(key)));
    return YX_OK;
}

yx_status yx_sm2_za(const struct yx_public_key *key, uint8_t out[32], struct yx_error *err)
{
    YX_TRY(require_sm2(key, err));
    memcpy(out, key->za, YX_SM2_DIGEST);
    return YX_OK;
}

yx_status yx_sm2_digest(const struct yx_public_key *key, struct yx_bytes message, uint8_t out[32],
                        struct yx_error *err)
{
    YX_QUIET;
    YX_TRY(require_sm2(key, err));
    return sm3_both(YX_BYTES(key->za, YX_SM2_DIGEST), message, out, err);
}

yx_status yx_sm2_verify_digest(const struct yx_public_key *key, const uint8_t digest[YX_SM2_DIGEST],
                               struct yx_bytes der, struct yx_error *err)
{
    YX_QUIET;
    YX_TRY(require_sm2(key, err));
    uint8_t raw[2 * YX_SM2_SCALAR];
    if (yx_signature_to_raw(der, YX_SM2_SCALAR, raw, NULL) == YX_OK &&
        yx_sm2_check(&key->sm2, digest, raw))
        return YX_OK;
    return yx_fail_verification(err, YX_SIG_SM2_SM3);
}

yx_status yx_sm2_verify(const struct yx_public_key *key, struct yx_bytes message,
                        struct yx_bytes der, struct yx_error *err)
{
    uint8_t digest[YX_SM2_DIGEST];
    YX_TRY(yx_sm2_digest(key, message, digest, err));
    return yx_sm2_verify_digest(key, digest, der, err);
}

/*
 * A candidate for the nonce: SM3(d || random || digest || number of the try). Random octets alone
 * would do while the generator is good. When it repeats itself, as in a machine that was copied
 * while it ran, d and the digest keep nonces of different digests apart, and nobody without d can
 * tell them; and as there is randomness, a fault cannot be brought about twice over one nonce.
 */
static yx_status make_nonce(const struct yx_private_key *key, const uint8_t digest[YX_SM2_DIGEST],
                            uint8_t attempt, uint8_t out[YX_SM2_SCALAR], struct yx_error *err)
{
    struct {
        uint8_t d[YX_SM2_SCALAR], random[32], digest[YX_SM2_DIGEST], attempt;
    } of;
    yx_status status = yx_random(of.random, sizeof(of.random), err);
    memcpy(of.d, key->sm2.d, sizeof(of.d));
    memcpy(of.digest, digest, sizeof(of.digest));
    of.attempt = attempt;
    if (status == YX_OK)
        status = yx_digest(YX_DIGEST_SM3, YX_BYTES(&of, sizeof(of)), out, err);
    yx_wipe(&of, sizeof(of));
    return status;
}

/* A nonce is thrown away once in 2^32 times. */
#define ATTEMPTS 16

yx_status yx_sm2_sign_digest(const struct yx_private_key *key, const uint8_t digest[YX_SM2_DIGEST],
                             struct yx_buf *signature, struct yx_error *err)
{
    YX_QUIET;
    YX_TRY(require_sm2(key->public_key, err));
    uint8_t nonce[YX_SM2_SCALAR], raw[2 * YX_SM2_SCALAR];
    yx_status status = YX_OK;
    bool done = false;
    for (uint8_t i = 0; i < ATTEMPTS && status == YX_OK && !done; i++) {
        status = make_nonce(key, digest, i, nonce, err);
        done = status == YX_OK && yx_sm2_sign_with(&key->sm2, digest, nonce, raw);
    }
    yx_wipe(nonce, sizeof(nonce));
    YX_TRY(status);
    YX_REQUIRE(done, err, YX_INTERNAL, "GB/T 32918.2 6.1", N_("libcrypto failed to {1}: {2}"),
               "make random bytes", "?");
    return yx_signature_from_raw(YX_BYTES(raw, sizeof(raw)), signature, err);
}

yx_status yx_sm2_sign(const struct yx_private_key *key, struct yx_bytes message,
                      struct yx_buf *signature, struct yx_error *err)
{
    uint8_t digest[YX_SM2_DIGEST];
    YX_TRY(yx_sm2_digest(key->public_key, message, digest, err));
    return yx_sm2_sign_digest(key, digest, signature, err);
}
