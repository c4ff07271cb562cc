/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sm2/limbs.h - numbers of 256 bits in four words, lowest first, without branches. Modular
 * arithmetic is in field.c (mod p) and scalar.c (mod n).
 */
#ifndef SM2_LIMBS_H
#define SM2_LIMBS_H

#ifdef __x86_64__
#include <immintrin.h>
#endif
#include <stdint.h>
#include <string.h>

#ifndef __SIZEOF_INT128__
#error "sm2/ needs a compiler and a machine with 128-bit products (gcc or clang, 64 bits)"
#endif
__extension__ typedef unsigned __int128 yx_u128;

struct yx_num {
    uint64_t w[4];
};

/* All ones when `bit` is 1, zero when 0. The empty assembler keeps the compiler from knowing that
 * there are but two cases, and from making a branch of them. */
static inline uint64_t yx_mask(uint64_t bit)
{
    __asm__("" : "+r"(bit));
    return 0 - bit;
}

/* mask ? b : a. The assembler keeps gcc from moving the words of a number into one vector, which
 * takes longer than all else. */
static inline uint64_t yx_word_select(uint64_t a, uint64_t b, uint64_t mask)
{
    uint64_t chosen = a ^ ((a ^ b) & mask);
    __asm__("" : "+r"(chosen));
    return chosen;
}

/* 1 when the word is zero, otherwise 0. */
static inline uint64_t yx_word_is_zero(uint64_t word)
{
    return ((word | (0 - word)) >> 63) ^ 1;
}

#ifdef __x86_64__
/* What gcc does not make of 128-bit sums by itself: a chain of adc. */
static inline uint64_t yx_add_carry(uint64_t a, uint64_t b, uint64_t *carry)
{
    unsigned long long sum;
    *carry = _addcarry_u64((unsigned char)*carry, a, b, &sum);
    return sum;
}

static inline uint64_t yx_sub_borrow(uint64_t a, uint64_t b, uint64_t *borrow)
{
    unsigned long long difference;
    *borrow = _subborrow_u64((unsigned char)*borrow, a, b, &difference);
    return difference;
}
#else
static inline uint64_t yx_add_carry(uint64_t a, uint64_t b, uint64_t *carry)
{
    yx_u128 sum = (yx_u128)a + b + *carry;
    *carry = (uint64_t)(sum >> 64);
    return (uint64_t)sum;
}

static inline uint64_t yx_sub_borrow(uint64_t a, uint64_t b, uint64_t *borrow)
{
    yx_u128 difference = (yx_u128)a - b - *borrow;
    *borrow = (uint64_t)(difference >> 64) & 1;
    return (uint64_t)difference;
}
#endif

/* a * b + c + *carry, which always fits. */
static inline uint64_t yx_mul_add(uint64_t a, uint64_t b, uint64_t c, uint64_t *carry)
{
    yx_u128 sum = (yx_u128)a * b + c + *carry;
    *carry = (uint64_t)(sum >> 64);
    return (uint64_t)sum;
}

/* Returns the carry. `out` may be an argument, here and below. */
static inline uint64_t yx_num_add(struct yx_num *out, const struct yx_num *a,
                                  const struct yx_num *b)
{
    uint64_t carry = 0;
    out->w[0] = yx_add_carry(a->w[0], b->w[0], &carry);
    out->w[1] = yx_add_carry(a->w[1], b->w[1], &carry);
    out->w[2] = yx_add_carry(a->w[2], b->w[2], &carry);
    out->w[3] = yx_add_carry(a->w[3], b->w[3], &carry);
    return carry;
}

/* Returns the borrow: 1 when a < b. */
static inline uint64_t yx_num_sub(struct yx_num *out, const struct yx_num *a,
                                  const struct yx_num *b)
{
    uint64_t borrow = 0;
    out->w[0] = yx_sub_borrow(a->w[0], b->w[0], &borrow);
    out->w[1] = yx_sub_borrow(a->w[1], b->w[1], &borrow);
    out->w[2] = yx_sub_borrow(a->w[2], b->w[2], &borrow);
    out->w[3] = yx_sub_borrow(a->w[3], b->w[3], &borrow);
    return borrow;
}

/* out = mask ? a : out */
static inline void yx_num_select(struct yx_num *out, const struct yx_num *a, uint64_t mask)
{
    out->w[0] = yx_word_select(out->w[0], a->w[0], mask);
    out->w[1] = yx_word_select(out->w[1], a->w[1], mask);
    out->w[2] = yx_word_select(out->w[2], a->w[2], mask);
    out->w[3] = yx_word_select(out->w[3], a->w[3], mask);
}

static inline uint64_t yx_num_is_zero(const struct yx_num *a)
{
    return yx_word_is_zero(a->w[0] | a->w[1] | a->w[2] | a->w[3]);
}

static inline uint64_t yx_num_equal(const struct yx_num *a, const struct yx_num *b)
{
    return yx_word_is_zero((a->w[0] ^ b->w[0]) | (a->w[1] ^ b->w[1]) | (a->w[2] ^ b->w[2]) |
                           (a->w[3] ^ b->w[3]));
}

static inline uint64_t yx_num_is_below(const struct yx_num *a, const struct yx_num *limit)
{
    struct yx_num unused;
    return yx_num_sub(&unused, a, limit);
}

/* Takes m off carry || a once unless it is below m. */
static inline void yx_num_reduce_once(struct yx_num *a, uint64_t carry, const struct yx_num *m)
{
    struct yx_num less;
    uint64_t borrow = yx_num_sub(&less, a, m);
    yx_num_select(a, &less, yx_mask(carry | (borrow ^ 1)));
}

/* a + b and a - b mod m, of numbers below m. */
static inline void yx_num_mod_add(struct yx_num *out, const struct yx_num *a,
                                  const struct yx_num *b, const struct yx_num *m)
{
    uint64_t carry = yx_num_add(out, a, b);
    yx_num_reduce_once(out, carry, m);
}

static inline void yx_num_mod_sub(struct yx_num *out, const struct yx_num *a,
                                  const struct yx_num *b, const struct yx_num *m)
{
    uint64_t mask = yx_mask(yx_num_sub(out, a, b));
    struct yx_num back = {{0}};
    yx_num_select(&back, m, mask);
    (void)yx_num_add(out, out, &back);
}

/* t[0..4] += a b; t[4] is written, not read. */
static inline void yx_mul_row(uint64_t t[5], const struct yx_num *a, uint64_t b)
{
    uint64_t carry = 0;
    t[0] = yx_mul_add(a->w[0], b, t[0], &carry);
    t[1] = yx_mul_add(a->w[1], b, t[1], &carry);
    t[2] = yx_mul_add(a->w[2], b, t[2], &carry);
    t[3] = yx_mul_add(a->w[3], b, t[3], &carry);
    t[4] = carry;
}

static inline void yx_num_product(uint64_t t[8], const struct yx_num *a, const struct yx_num *b)
{
    t[0] = t[1] = t[2] = t[3] = 0;
    yx_mul_row(t, a, b->w[0]);
    yx_mul_row(t + 1, a, b->w[1]);
    yx_mul_row(t + 2, a, b->w[2]);
    yx_mul_row(t + 3, a, b->w[3]);
}

/* Big-endian octets. */
static inline struct yx_num yx_num_read(const uint8_t octets[32])
{
    struct yx_num out = {{0}};
    for (int i = 0; i < 32; i++)
        out.w[3 - i / 8] = out.w[3 - i / 8] << 8 | octets[i];
    return out;
}

static inline void yx_num_write(const struct yx_num *a, uint8_t octets[32])
{
    for (int i = 0; i < 32; i++)
        octets[i] = (uint8_t)(a->w[3 - i / 8] >> (8 * (7 - i % 8)));
}

#endif
