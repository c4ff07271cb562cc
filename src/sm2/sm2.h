/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sm2/sm2.h - the door to sm2/: SM2 signatures (GB/T 32918.2) as numbers, on the standard curve of
 * GB/T 32918.5. Digests, random numbers, keys in files and DER belong to crypto/.
 *
 * Numbers are 32 octets big-endian, points x || y, signatures r || s. Nothing here allocates.
 *
 * What has a secret in it (yx_sm2_secret_*, yx_sm2_sign_with) runs the same instructions at the
 * same addresses whatever the secret is: no branch and no index depends on it, whether a call
 * succeeds aside; tests/sm2/constant_time.c watches it. What checks takes as long as it takes:
 * keys and signatures are public.
 */
#ifndef SM2_SM2_H
#define SM2_SM2_H

#include "base/base.h"

#define YX_SM2_SCALAR 32
#define YX_SM2_POINT 64
#define YX_SM2_BLIND 16

/* A point on the curve that is not at infinity. */
struct yx_sm2_public {
    uint64_t x[4], y[4];
};

/* A private key ready to sign. Whoever holds one wipes it. */
struct yx_sm2_secret {
    uint8_t d[YX_SM2_SCALAR];
    uint64_t inverse[4]; /* (1 + d)^-1 */
};

/* False when a coordinate is not below p, or the point not on the curve. The curve has a prime
 * number of points: every one of them is a key. */
bool yx_sm2_public_read(const uint8_t point[YX_SM2_POINT], struct yx_sm2_public *out);

/* False unless d is from 1 to n - 2. `blind` are random octets that hide d while 1 + d is inverted,
 * should the machine leak in spite of all; they may be known or zero, the result is the same. */
bool yx_sm2_secret_read(const uint8_t d[YX_SM2_SCALAR], const uint8_t blind[YX_SM2_BLIND],
                        struct yx_sm2_secret *out);
/* The public key dG. */
void yx_sm2_secret_public(const struct yx_sm2_secret *secret, uint8_t out[YX_SM2_POINT]);

/*
 * Signs a digest that holds ZA, with the nonce k. False when k does not serve (it is not from 1 to
 * n - 1, or r = 0, r + k = n or s = 0): then zeros are written and another k must be taken. A
 * nonce must be unpredictable, and never used for two digests: two such signatures give d away.
 */
bool yx_sm2_sign_with(const struct yx_sm2_secret *secret, const uint8_t digest[YX_SM2_SCALAR],
                      const uint8_t k[YX_SM2_SCALAR], uint8_t signature[2 * YX_SM2_SCALAR]);
/* Is it the key's signature of the digest? */
bool yx_sm2_check(const struct yx_sm2_public *key, const uint8_t digest[YX_SM2_SCALAR],
                  const uint8_t signature[2 * YX_SM2_SCALAR]);

#endif
