/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sm2/sign.c - keys, signing and verifying (GB/T 32918.1 6, GB/T 32918.2 6 and 7). Names are those
 * of the standard: e the digest, k the nonce, (x1, y1) = kG or sG + tP.
 */
#include "sm2/point.h"
#include "sm2/sm2.h"

static struct yx_num num_of(const uint64_t words[4])
{
    return (struct yx_num){{words[0], words[1], words[2], words[3]}};
}

/* Any number of 256 bits mod n: n is above 2^255. */
static struct yx_num read_mod_n(const uint8_t octets[32])
{
    struct yx_num out = yx_num_read(octets);
    yx_num_reduce_once(&out, 0, &yx_sm2_n);
    return out;
}

/* 1 when a is from 1 to n - 1. */
static uint64_t is_scalar(const struct yx_num *a)
{
    return yx_num_is_below(a, &yx_sm2_n) & (yx_num_is_zero(a) ^ 1);
}

/* --- Keys -------------------------------------------------------------------------------- */

bool yx_sm2_public_read(const uint8_t point[YX_SM2_POINT], struct yx_sm2_public *out)
{
    struct yx_num x = yx_num_read(point), y = yx_num_read(point + YX_SM2_SCALAR);
    struct yx_affine a;
    if (!yx_num_is_below(&x, &yx_sm2_p) || !yx_num_is_below(&y, &yx_sm2_p))
        return false;
    yx_field_enter(&a.x, &x);
    yx_field_enter(&a.y, &y);
    if (!yx_affine_on_curve(&a))
        return false;
    memcpy(out->x, a.x.w, sizeof out->x);
    memcpy(out->y, a.y.w, sizeof out->y);
    return true;
}

/* (1 + d)^-1 as b (b (1 + d))^-1 */
static void invert_blinded(const struct yx_num *d, const uint8_t blind[YX_SM2_BLIND],
                           struct yx_num *out)
{
    static const struct yx_num one = {{1}};
    struct yx_num b = {{1}}, sum; /* odd and below 2^128: not zero mod n */
    for (int i = 0; i < YX_SM2_BLIND; i++)
        b.w[i / 8] |= (uint64_t)blind[i] << (8 * (i % 8));
    yx_scalar_enter(&b, &b);
    yx_scalar_add(&sum, d, &one);
    yx_scalar_enter(&sum, &sum);
    yx_scalar_mul(&sum, &sum, &b);
    yx_scalar_invert(&sum, &sum);
    yx_scalar_mul(out, &sum, &b);
    yx_wipe(&b, sizeof b);
    yx_wipe(&sum, sizeof sum);
}

bool yx_sm2_secret_read(const uint8_t d[YX_SM2_SCALAR], const uint8_t blind[YX_SM2_BLIND],
                        struct yx_sm2_secret *out)
{
    static const struct yx_num one = {{1}};
    struct yx_num number = yx_num_read(d), last, inverse;
    (void)yx_num_sub(&last, &yx_sm2_n, &one);
    uint64_t ok = yx_num_is_below(&number, &last) & (yx_num_is_zero(&number) ^ 1);
    /* What is too large is computed with as well, so that the time says nothing. */
    yx_num_reduce_once(&number, 0, &yx_sm2_n);
    invert_blinded(&number, blind, &inverse);
    memcpy(out->d, d, sizeof out->d);
    memcpy(out->inverse, inverse.w, sizeof out->inverse);
    yx_wipe(&number, sizeof number);
    yx_wipe(&inverse, sizeof inverse);
    return ok != 0;
}

void yx_sm2_secret_public(const struct yx_sm2_secret *secret, uint8_t out[YX_SM2_POINT])
{
    struct yx_num d = yx_num_read(secret->d);
    struct yx_point product;
    struct yx_affine point;
    yx_point_base_multiple(&product, &d);
    yx_point_to_affine(&point, &product);
    yx_field_leave(&point.x, &point.x);
    yx_field_leave(&point.y, &point.y);
    yx_num_write(&point.x, out);
    yx_num_write(&point.y, out + YX_SM2_SCALAR);
    yx_wipe(&d, sizeof d);
    yx_wipe(&product, sizeof product);
}

/* --- Signing (GB/T 32918.2 6.1) ---------------------------------------------------------- */

/* r = e + x1 mod n */
static void first_half(const struct yx_num *k, const uint8_t digest[YX_SM2_SCALAR],
                       struct yx_num *r)
{
    struct yx_point product;
    struct yx_affine point;
    struct yx_num e = read_mod_n(digest);
    yx_point_base_multiple(&product, k);
    yx_point_to_affine(&point, &product);
    yx_field_leave(r, &point.x);
    yx_num_reduce_once(r, 0, &yx_sm2_n);
    yx_scalar_add(r, r, &e);
    yx_wipe(&product, sizeof product);
    yx_wipe(&point, sizeof point);
}

bool yx_sm2_sign_with(const struct yx_sm2_secret *secret, const uint8_t digest[YX_SM2_SCALAR],
                      const uint8_t k[YX_SM2_SCALAR], uint8_t signature[2 * YX_SM2_SCALAR])
{
    static const struct yx_num zero = {{0}};
    struct yx_num nonce = yx_num_read(k), inverse = num_of(secret->inverse), r, s, sum;
    uint64_t ok = is_scalar(&nonce);
    yx_num_reduce_once(&nonce, 0, &yx_sm2_n);
    first_half(&nonce, digest, &r);
    /* s = (1 + d)^-1 (k - r d) = (1 + d)^-1 (k + r) - r */
    yx_scalar_add(&sum, &nonce, &r);
    yx_scalar_mul(&s, &inverse, &sum);
    yx_scalar_sub(&s, &s, &r);
    ok &= (yx_num_is_zero(&r) ^ 1) & (yx_num_is_zero(&sum) ^ 1) & (yx_num_is_zero(&s) ^ 1);
    yx_wipe(&nonce, sizeof nonce);
    yx_wipe(&inverse, sizeof inverse);
    yx_wipe(&sum, sizeof sum);
    yx_num_select(&r, &zero, yx_mask(ok ^ 1));
    yx_num_select(&s, &zero, yx_mask(ok ^ 1));
    yx_num_write(&r, signature);
    yx_num_write(&s, signature + YX_SM2_SCALAR);
    yx_wipe(&s, sizeof s);
    return ok != 0;
}

/* --- Verifying (GB/T 32918.2 7.1) -------------------------------------------------------- */

/* Is X / Z = x? */
static bool has_x(const struct yx_point *point, const struct yx_num *x)
{
    struct yx_num product;
    yx_field_enter(&product, x);
    yx_field_mul(&product, &product, &point->z);
    return yx_num_equal(&product, &point->x) != 0;
}

/* Is x1 of the point, mod n, the given number? It is x or x + n, as long as that is below p. */
static bool has_x_mod_n(const struct yx_point *point, const struct yx_num *x)
{
    struct yx_num more;
    if (yx_num_is_zero(&point->z))
        return false;
    if (has_x(point, x))
        return true;
    uint64_t carry = yx_num_add(&more, x, &yx_sm2_n);
    return carry == 0 && yx_num_is_below(&more, &yx_sm2_p) && has_x(point, &more);
}

bool yx_sm2_check(const struct yx_sm2_public *key, const uint8_t digest[YX_SM2_SCALAR],
                  const uint8_t signature[2 * YX_SM2_SCALAR])
{
    struct yx_num r = yx_num_read(signature), s = yx_num_read(signature + YX_SM2_SCALAR);
    struct yx_num e = read_mod_n(digest), t, x;
    struct yx_affine point = {num_of(key->x), num_of(key->y)};
    struct yx_point sum;
    if (!is_scalar(&r) || !is_scalar(&s))
        return false;
    yx_scalar_add(&t, &r, &s);
    if (yx_num_is_zero(&t))
        return false;
    yx_point_public_sum(&sum, &s, &t, &point);
    yx_scalar_sub(&x, &r, &e);
    return has_x_mod_n(&sum, &x);
}
