/* SPDX-License-Identifier: Apache-2.0 */
/* numbers.h - numbers of sm2/ and of libcrypto, and values at the edges. Include it behind
 * support.h. */
#ifndef SM2_NUMBERS_H
#define SM2_NUMBERS_H

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/rand.h>

#include "sm2/point.h"
#include "sm2/sm2.h"

YX_DEFINE_CLEAN(BIGNUM, BIGNUM *, BN_free);
YX_DEFINE_CLEAN(BN_CTX, BN_CTX *, BN_CTX_free);
YX_DEFINE_CLEAN(EC_GROUP, EC_GROUP *, EC_GROUP_free);
YX_DEFINE_CLEAN(EC_POINT, EC_POINT *, EC_POINT_free);

#define must(condition) assert_true(condition)

static inline BIGNUM *bn_of_octets(const uint8_t octets[32])
{
    BIGNUM *bn = BN_bin2bn(octets, 32, NULL);
    must(bn != NULL);
    return bn;
}

static inline BIGNUM *bn_of(const struct yx_num *a)
{
    uint8_t octets[32];
    yx_num_write(a, octets);
    return bn_of_octets(octets);
}

static inline struct yx_num num_of_bn(const BIGNUM *bn)
{
    uint8_t octets[32];
    must(BN_bn2binpad(bn, octets, 32) == 32);
    return yx_num_read(octets);
}

/* 2^256 inverted mod m, as Montgomery's form asks for. */
static inline BIGNUM *bn_minus_r(const BIGNUM *m, BN_CTX *ctx)
{
    BIGNUM *r = BN_new();
    must(r != NULL && BN_set_bit(r, 256) == 1 && BN_mod_inverse(r, r, m, ctx) != NULL);
    return r;
}

/* 0, 1, 2, m - 1, m - 2, numbers with words of ones and zeros, then random ones; all below m. */
enum { EDGES = 22 };
static inline struct yx_num edge(unsigned i, const struct yx_num *m)
{
    static const struct yx_num fixed[] = {
        {{0}},
        {{1}},
        {{2}},
        {{UINT64_MAX}},
        {{0, UINT64_MAX}},
        {{0, 0, UINT64_MAX}},
        {{0, 0, 0, 1}},
        {{0, 0, 0, UINT64_C(0x8000000000000000)}},
        {{UINT64_MAX, UINT64_MAX, UINT64_MAX}},
        {{UINT64_MAX, UINT64_MAX, 0, 1}},
        {{UINT64_C(0xFFFFFFFF00000000), UINT64_C(0xFFFFFFFF00000000), UINT64_C(0xFFFFFFFF00000000),
          UINT64_C(0xFFFFFFFD00000000)}},
        {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_C(0xFFFFFFFDFFFFFFFF)}},
        {{UINT64_MAX, UINT64_C(0xFFFFFFFF), UINT64_MAX, UINT64_C(0xFFFFFFFE)}},
    };
    enum { FIXED = sizeof fixed / sizeof fixed[0] };
    struct yx_num out;
    if (i < FIXED)
        return fixed[i];
    if (i < EDGES) { /* m - 1, m - 2 ... */
        struct yx_num less = {{i - FIXED + 1}};
        (void)yx_num_sub(&out, m, &less);
        return out;
    }
    must(RAND_bytes((unsigned char *)&out, sizeof out) == 1);
    yx_num_reduce_once(&out, 0, m);
    return out;
}

/* x || y of the point. */
static inline void point_octets(const EC_GROUP *group, const EC_POINT *point, uint8_t out[64])
{
    uint8_t octets[65];
    must(EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, octets, 65, NULL) == 65);
    memcpy(out, octets + 1, 64);
}

#endif
