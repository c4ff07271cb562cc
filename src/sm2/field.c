/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sm2/field.c - multiplication mod p after Montgomery (Mathematics of Computation 44, 1985), and
 * inversion after Fermat. p = -1 mod 2^64, so that the factor of each step is the lowest word
 * itself, and its product with p takes shifts in the place of multiplications.
 */
#include "sm2/field.h"

const struct yx_num yx_sm2_p = {
    {0xFFFFFFFFFFFFFFFF, 0xFFFFFFFF00000000, 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFEFFFFFFFF}};
/* 2^256 mod p */
const struct yx_num yx_field_one = {{1, 0x00000000FFFFFFFF, 0, 0x0000000100000000}};
/* 2^512 mod p */
static const struct yx_num square_of_r = {
    {0x0000000200000003, 0x00000002FFFFFFFF, 0x0000000100000001, 0x0000000400000002}};

/*
 * Adds m p with m = t[0], which makes t[0] zero and leaves the rest in t[1..4]:
 *   m p + t[0] = m 2^256 - m 2^224 - m 2^96 + m 2^64.
 * `carry` stands at t[4], and comes back at t[5].
 */
static inline uint64_t reduce_word(uint64_t t[5], uint64_t carry)
{
    uint64_t m = t[0], low = m << 32, high = m >> 32, borrow = 0, rest = 0;
    uint64_t a = yx_sub_borrow(m, low, &borrow);
    uint64_t b = yx_sub_borrow(0, high, &borrow);
    uint64_t c = yx_sub_borrow(0, low, &borrow);
    uint64_t d = yx_sub_borrow(m, high, &borrow); /* never borrows: the sum is not negative */
    t[1] = yx_add_carry(t[1], a, &rest);
    t[2] = yx_add_carry(t[2], b, &rest);
    t[3] = yx_add_carry(t[3], c, &rest);
    yx_u128 top = (yx_u128)t[4] + d + carry + rest;
    t[4] = (uint64_t)top;
    return (uint64_t)(top >> 64);
}

/* t / 2^256 mod p, for t < p 2^256. */
static inline void reduce(struct yx_num *out, uint64_t t[8])
{
    uint64_t carry = reduce_word(t, 0);
    carry = reduce_word(t + 1, carry);
    carry = reduce_word(t + 2, carry);
    carry = reduce_word(t + 3, carry);
    *out = (struct yx_num){{t[4], t[5], t[6], t[7]}};
    yx_num_reduce_once(out, carry, &yx_sm2_p);
}

void yx_field_mul(struct yx_num *out, const struct yx_num *a, const struct yx_num *b)
{
    uint64_t t[8];
    yx_num_product(t, a, b);
    reduce(out, t);
}

void yx_field_enter(struct yx_num *out, const struct yx_num *a)
{
    yx_field_mul(out, a, &square_of_r);
}

void yx_field_leave(struct yx_num *out, const struct yx_num *a)
{
    uint64_t t[8] = {a->w[0], a->w[1], a->w[2], a->w[3]};
    reduce(out, t);
}

/* out = a^(2^times) b */
static void square_and_multiply(struct yx_num *out, const struct yx_num *a, int times,
                                const struct yx_num *b)
{
    struct yx_num power = *a;
    for (int i = 0; i < times; i++)
        yx_field_mul(&power, &power, &power);
    yx_field_mul(out, &power, b);
}

/*
 * a^(p - 2) with p - 2 = FFFFFFFE FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF 00000000 FFFFFFFF FFFFFFFD.
 * ones[i] is a to the power of 2^i ones in binary.
 */
void yx_field_invert(struct yx_num *out, const struct yx_num *a)
{
    struct yx_num ones2, ones4, ones8, ones16, ones30, ones31, ones32, x;
    square_and_multiply(&ones2, a, 1, a);
    square_and_multiply(&ones4, &ones2, 2, &ones2);
    square_and_multiply(&ones8, &ones4, 4, &ones4);
    square_and_multiply(&ones16, &ones8, 8, &ones8);
    square_and_multiply(&x, &ones16, 8, &ones8);       /* 24 ones */
    square_and_multiply(&x, &x, 4, &ones4);            /* 28 */
    square_and_multiply(&ones30, &x, 2, &ones2);       /* 30 */
    square_and_multiply(&ones31, &ones30, 1, a);       /* 31 */
    square_and_multiply(&ones32, &ones31, 1, a);       /* 32 */
    square_and_multiply(&x, &ones31, 1 + 32, &ones32); /* FFFFFFFE FFFFFFFF */
    for (int i = 0; i < 3; i++)
        square_and_multiply(&x, &x, 32, &ones32);  /* three times FFFFFFFF more */
    square_and_multiply(&x, &x, 32 + 32, &ones32); /* 00000000 FFFFFFFF */
    square_and_multiply(&x, &x, 30, &ones30);      /* FFFFFFFD: 30 ones, */
    square_and_multiply(out, &x, 2, a);            /* then 01 */
}
