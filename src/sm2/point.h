/* SPDX-License-Identifier: Apache-2.0 */
/* sm2/point.h - points of the curve y^2 = x^3 - 3x + b, coordinates in Montgomery's form. */
#ifndef SM2_POINT_H
#define SM2_POINT_H

#include "sm2/field.h"

/* x = X / Z, y = Y / Z; Z = 0 is the point at infinity. */
struct yx_point {
    struct yx_num x, y, z;
};

struct yx_affine {
    struct yx_num x, y;
};

extern const struct yx_point yx_point_infinity;

/* Right for all points of the curve, equal, opposite and infinite ones included, without branches.
 * `out` may be an argument. */
void yx_point_add(struct yx_point *out, const struct yx_point *a, const struct yx_point *b);
void yx_point_add_affine(struct yx_point *out, const struct yx_point *a, const struct yx_affine *b);
/* Doubles a public point so many times: it branches at infinity. */
void yx_point_double_public(struct yx_point *a, int times);
/* 1 when it is on the curve. */
uint64_t yx_affine_on_curve(const struct yx_affine *a);

/* The multiples of G: row i holds 1, 2 ... 16 times 2^(5 i) G. table.py makes it. */
enum { YX_TABLE_BITS = 5, YX_TABLE_ROWS = 52, YX_TABLE_COLUMNS = 16 };
extern const struct yx_affine yx_sm2_table[YX_TABLE_ROWS][YX_TABLE_COLUMNS];

/* kG, constant-time, for every k below 2^256. */
void yx_point_base_multiple(struct yx_point *out, const struct yx_num *k);
/* sG + tQ for public numbers: its time tells which. */
void yx_point_public_sum(struct yx_point *out, const struct yx_num *s, const struct yx_num *t,
                         const struct yx_affine *q);
/* Not of the point at infinity. */
void yx_point_to_affine(struct yx_affine *out, const struct yx_point *a);

#endif
