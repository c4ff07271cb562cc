/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sm2.c - our SM2 against libcrypto's: which points are keys, what a private key's point is, and
 * which signatures verify, of numbers that the fuzzer chooses.
 */
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "crypto/crypto.h"
#include "sm2/sm2.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

YX_DEFINE_CLEAN(BIGNUM, BIGNUM *, BN_free);
YX_DEFINE_CLEAN(BN_CTX, BN_CTX *, BN_CTX_free);
YX_DEFINE_CLEAN(EC_GROUP, EC_GROUP *, EC_GROUP_free);
YX_DEFINE_CLEAN(EC_POINT, EC_POINT *, EC_POINT_free);

/* What the fuzzer gives; what is missing is zero. */
struct input {
    uint8_t digest[32], d[32], k[32], change[64], point[64];
};

static void must(bool holds)
{
    if (!holds)
        __builtin_trap();
}

static EC_POINT *their_point(const EC_GROUP *group, const uint8_t point[64])
{
    uint8_t octets[65] = {4};
    YX_CLEAN(EC_POINT) EC_POINT *out = EC_POINT_new(group);
    memcpy(octets + 1, point, 64);
    must(out != NULL);
    if (EC_POINT_oct2point(group, out, octets, sizeof octets, NULL) != 1)
        return NULL;
    EC_POINT *found = out;
    out = NULL;
    return found;
}

/* GB/T 32918.2 7.1 with libcrypto's numbers. */
static bool they_accept(const EC_GROUP *group, const EC_POINT *key, const uint8_t digest[32],
                        const uint8_t signature[64])
{
    const BIGNUM *n = EC_GROUP_get0_order(group);
    YX_CLEAN(BN_CTX) BN_CTX *ctx = BN_CTX_new();
    YX_CLEAN(BIGNUM) BIGNUM *r = BN_bin2bn(signature, 32, NULL);
    YX_CLEAN(BIGNUM) BIGNUM *s = BN_bin2bn(signature + 32, 32, NULL);
    YX_CLEAN(BIGNUM) BIGNUM *e = BN_bin2bn(digest, 32, NULL);
    YX_CLEAN(BIGNUM) BIGNUM *t = BN_new();
    YX_CLEAN(EC_POINT) EC_POINT *sum = EC_POINT_new(group);
    must(ctx != NULL && r != NULL && s != NULL && e != NULL && t != NULL && sum != NULL);
    if (BN_is_zero(r) || BN_is_zero(s) || BN_cmp(r, n) >= 0 || BN_cmp(s, n) >= 0)
        return false;
    must(BN_mod_add(t, r, s, n, ctx) == 1);
    if (BN_is_zero(t))
        return false;
    must(EC_POINT_mul(group, sum, s, key, t, ctx) == 1);
    if (EC_POINT_get_affine_coordinates(group, sum, t, NULL, ctx) != 1)
        return false; /* at infinity */
    must(BN_mod_add(t, t, e, n, ctx) == 1);
    return BN_cmp(t, r) == 0;
}

static void compare_check(const EC_GROUP *group, const uint8_t point[64], const uint8_t digest[32],
                          const uint8_t signature[64])
{
    struct yx_sm2_public key;
    YX_CLEAN(EC_POINT) EC_POINT *theirs = their_point(group, point);
    must(yx_sm2_public_read(point, &key) == (theirs != NULL));
    if (theirs != NULL)
        must(yx_sm2_check(&key, digest, signature) ==
             they_accept(group, theirs, digest, signature));
}

static void compare_signing(const EC_GROUP *group, const struct input *in)
{
    uint8_t point[64], theirs[65], signature[64];
    struct yx_sm2_secret secret;
    struct yx_sm2_public key;
    if (!yx_sm2_secret_read(in->d, in->change, &secret))
        return;
    yx_sm2_secret_public(&secret, point);
    YX_CLEAN(BIGNUM) BIGNUM *d = BN_bin2bn(in->d, 32, NULL);
    YX_CLEAN(EC_POINT) EC_POINT *product = EC_POINT_new(group);
    must(EC_POINT_mul(group, product, d, NULL, NULL, NULL) == 1 &&
         EC_POINT_point2oct(group, product, POINT_CONVERSION_UNCOMPRESSED, theirs, 65, NULL) == 65);
    must(memcmp(point, theirs + 1, 64) == 0);
    if (!yx_sm2_sign_with(&secret, in->digest, in->k, signature))
        return;
    must(yx_sm2_public_read(point, &key) && yx_sm2_check(&key, in->digest, signature) &&
         they_accept(group, product, in->digest, signature));
    for (size_t i = 0; i < sizeof signature; i++)
        signature[i] ^= in->change[i];
    compare_check(group, point, in->digest, signature);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {{0}, {0}, {0}, {0}, {0}};
    YX_CLEAN(EC_GROUP) EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_sm2);
    must(group != NULL);
    memcpy(&in, data, size < sizeof in ? size : sizeof in);
    compare_signing(group, &in);
    compare_check(group, in.point, in.digest, in.change);
    return 0;
}
