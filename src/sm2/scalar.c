/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sm2/scalar.c - multiplication and inversion mod n, the order of the group, after Montgomery and
 * Fermat.
 */
#include "base/base.h"
#include "sm2/field.h"

const struct yx_num yx_sm2_n = {
    {0x53BBF40939D54123, 0x7203DF6B21C6052B, 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFEFFFFFFFF}};
/* -1/n mod 2^64 */
static const uint64_t minus_inverse = 0x327F9E8872350975;
/* 2^256 and 2^512 mod n */
static const struct yx_num one = {{0xAC440BF6C62ABEDD, 0x8DFC2094DE39FAD4, 0, 0x0000000100000000}};
static const struct yx_num square_of_r = {
    {0x901192AF7C114F20, 0x3464504ADE6FA2FA, 0x620FC84C3AFFE0D4, 0x1EB5E412A22B3D3B}};

/* Adds the multiple of n that makes t[0] zero. `carry` stands at t[4], and comes back at t[5]. */
static inline uint64_t reduce_word(uint64_t t[5], uint64_t carry)
{
    uint64_t top = t[4];
    yx_mul_row(t, &yx_sm2_n, t[0] * minus_inverse);
    t[4] = yx_add_carry(t[4], top, &carry);
    return carry;
}

void yx_scalar_mul(struct yx_num *out, const struct yx_num *a, const struct yx_num *b)
{
    uint64_t t[8];
    yx_num_product(t, a, b);
    uint64_t carry = reduce_word(t, 0);
    carry = reduce_word(t + 1, carry);
    carry = reduce_word(t + 2, carry);
    carry = reduce_word(t + 3, carry);
    *out = (struct yx_num){{t[4], t[5], t[6], t[7]}};
    yx_num_reduce_once(out, carry, &yx_sm2_n);
}

void yx_scalar_enter(struct yx_num *out, const struct yx_num *a)
{
    yx_scalar_mul(out, a, &square_of_r);
}

/* a^(n - 2), four bits of the exponent at a time; which they are is no secret. */
void yx_scalar_invert(struct yx_num *out, const struct yx_num *a)
{
    struct yx_num powers[16], exponent = yx_sm2_n, result = one;
    exponent.w[0] -= 2;
    powers[0] = one;
    for (int i = 1; i < 16; i++)
        yx_scalar_mul(&powers[i], &powers[i - 1], a);
    for (int i = 63; i >= 0; i--) {
        for (int j = 0; j < 4; j++)
            yx_scalar_mul(&result, &result, &result);
        yx_scalar_mul(&result, &result, &powers[exponent.w[i / 16] >> (4 * (i % 16)) & 15]);
    }
    *out = result;
    yx_wipe(powers, sizeof powers);
    yx_wipe(&result, sizeof result);
}
