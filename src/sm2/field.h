/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sm2/field.h - arithmetic mod p and mod n in the form of Montgomery: a number a stands as
 * a 2^256 mod m, and is always below m. All of it is constant-time.
 */
#ifndef SM2_FIELD_H
#define SM2_FIELD_H

#include "sm2/limbs.h"

/* p = 2^256 - 2^224 - 2^96 + 2^64 - 1, and the order n of the group (GB/T 32918.5) */
extern const struct yx_num yx_sm2_p, yx_sm2_n;
/* 1 mod p in Montgomery's form. */
extern const struct yx_num yx_field_one;

static inline void yx_field_add(struct yx_num *out, const struct yx_num *a, const struct yx_num *b)
{
    yx_num_mod_add(out, a, b, &yx_sm2_p);
}

static inline void yx_field_sub(struct yx_num *out, const struct yx_num *a, const struct yx_num *b)
{
    yx_num_mod_sub(out, a, b, &yx_sm2_p);
}

void yx_field_mul(struct yx_num *out, const struct yx_num *a, const struct yx_num *b);
/* 0 for 0. */
void yx_field_invert(struct yx_num *out, const struct yx_num *a);
/* Into and out of Montgomery's form. */
void yx_field_enter(struct yx_num *out, const struct yx_num *a);
void yx_field_leave(struct yx_num *out, const struct yx_num *a);

static inline void yx_scalar_add(struct yx_num *out, const struct yx_num *a, const struct yx_num *b)
{
    yx_num_mod_add(out, a, b, &yx_sm2_n);
}

static inline void yx_scalar_sub(struct yx_num *out, const struct yx_num *a, const struct yx_num *b)
{
    yx_num_mod_sub(out, a, b, &yx_sm2_n);
}

/* a b / 2^256 mod n: of one number in Montgomery's form and one that is not, the product. */
void yx_scalar_mul(struct yx_num *out, const struct yx_num *a, const struct yx_num *b);
void yx_scalar_enter(struct yx_num *out, const struct yx_num *a);
/* In Montgomery's form both. */
void yx_scalar_invert(struct yx_num *out, const struct yx_num *a);

#endif
