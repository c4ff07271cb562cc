/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sm2/point.c - addition by the complete formulas of Renes, Costello and Batina ("Complete addition
 * formulas for prime order elliptic curves", EUROCRYPT 2016), algorithms 4 and 5 for a = -3; and,
 * for verification, doubling in Jacobi's coordinates (D. Bernstein's formulas of 2001 for a = -3).
 * Multiples are in multiple.c.
 */
#include "sm2/point.h"

const struct yx_point yx_point_infinity = {.y = {{1, 0x00000000FFFFFFFF, 0, 0x0000000100000000}}};

/* b of GB/T 32918.5 in Montgomery's form. */
static const struct yx_num curve_b = {
    {0x90D230632BC0DD42, 0x71CF379AE9B537AB, 0x527981505EA51C3C, 0x240FE188BA20E2C8}};

#define mul yx_field_mul
#define add yx_field_add
#define sub yx_field_sub

static inline void triple(struct yx_num *out, const struct yx_num *a)
{
    struct yx_num two;
    add(&two, a, a);
    add(out, &two, a);
}

/*
 * What both additions end with. Of the products of coordinates:
 *   xx = x1 x2, yy = y1 y2, zz3 = 3 z1 z2, bzz = b z1 z2,
 *   xy = x1 y2 + x2 y1, yz = y1 z2 + y2 z1, xz = x1 z2 + x2 z1.
 */
static inline void finish_addition(struct yx_point *out, const struct yx_num *xx,
                                   const struct yx_num *yy, const struct yx_num *zz3,
                                   const struct yx_num *bzz, const struct yx_num *xy,
                                   const struct yx_num *yz, const struct yx_num *xz)
{
    struct yx_num u, v, w, minus, plus, part;
    sub(&u, xz, bzz);
    triple(&u, &u);
    sub(&minus, yy, &u); /* y1 y2 - 3 (xz - b zz) */
    add(&plus, yy, &u);
    mul(&v, &curve_b, xz);
    sub(&v, &v, zz3);
    sub(&v, &v, xx);
    triple(&v, &v); /* 3 (b xz - 3 zz - xx) */
    triple(&w, xx);
    sub(&w, &w, zz3); /* 3 (xx - zz) */
    mul(&out->x, xy, &plus);
    mul(&part, yz, &v);
    sub(&out->x, &out->x, &part);
    mul(&out->y, &plus, &minus);
    mul(&part, &w, &v);
    add(&out->y, &out->y, &part);
    mul(&out->z, yz, &minus);
    mul(&part, xy, &w);
    add(&out->z, &out->z, &part);
}

/* a1 b2 + a2 b1 as (a1 + b1)(a2 + b2) - a1 a2 - b1 b2. */
static inline void cross(struct yx_num *out, const struct yx_num *a1, const struct yx_num *b1,
                         const struct yx_num *a2, const struct yx_num *b2, const struct yx_num *aa,
                         const struct yx_num *bb)
{
    struct yx_num first, second;
    add(&first, a1, b1);
    add(&second, a2, b2);
    mul(out, &first, &second);
    add(&first, aa, bb);
    sub(out, out, &first);
}

void yx_point_add(struct yx_point *out, const struct yx_point *a, const struct yx_point *b)
{
    struct yx_num xx, yy, zz, zz3, bzz, xy, yz, xz;
    mul(&xx, &a->x, &b->x);
    mul(&yy, &a->y, &b->y);
    mul(&zz, &a->z, &b->z);
    cross(&xy, &a->x, &a->y, &b->x, &b->y, &xx, &yy);
    cross(&yz, &a->y, &a->z, &b->y, &b->z, &yy, &zz);
    cross(&xz, &a->x, &a->z, &b->x, &b->z, &xx, &zz);
    mul(&bzz, &curve_b, &zz);
    triple(&zz3, &zz);
    finish_addition(out, &xx, &yy, &zz3, &bzz, &xy, &yz, &xz);
}

void yx_point_add_affine(struct yx_point *out, const struct yx_point *a, const struct yx_affine *b)
{
    struct yx_num xx, yy, zz3, bzz, xy, yz, xz;
    mul(&xx, &a->x, &b->x);
    mul(&yy, &a->y, &b->y);
    cross(&xy, &a->x, &a->y, &b->x, &b->y, &xx, &yy);
    mul(&yz, &b->y, &a->z);
    add(&yz, &yz, &a->y);
    mul(&xz, &b->x, &a->z);
    add(&xz, &xz, &a->x);
    mul(&bzz, &curve_b, &a->z);
    triple(&zz3, &a->z);
    finish_addition(out, &xx, &yy, &zz3, &bzz, &xy, &yz, &xz);
}

/* One doubling of x = X / Z^2, y = Y / Z^3: eight multiplications where the complete formulas take
 * thirteen. Right for every point but infinity: no point of the curve has y = 0. */
static void double_jacobian(struct yx_point *a)
{
    struct yx_num delta, gamma, beta, alpha, part;
    mul(&delta, &a->z, &a->z);
    mul(&gamma, &a->y, &a->y);
    mul(&beta, &a->x, &gamma);
    add(&part, &a->x, &delta);
    sub(&alpha, &a->x, &delta);
    mul(&alpha, &alpha, &part);
    triple(&alpha, &alpha); /* 3 (X - Z^2)(X + Z^2) */
    add(&a->z, &a->y, &a->z);
    mul(&a->z, &a->z, &a->z);
    add(&part, &gamma, &delta);
    sub(&a->z, &a->z, &part); /* 2 Y Z */
    add(&beta, &beta, &beta);
    add(&beta, &beta, &beta);
    add(&part, &beta, &beta);
    mul(&a->x, &alpha, &alpha);
    sub(&a->x, &a->x, &part); /* alpha^2 - 8 X Y^2 */
    add(&gamma, &gamma, &gamma);
    mul(&gamma, &gamma, &gamma);
    add(&gamma, &gamma, &gamma);
    sub(&beta, &beta, &a->x);
    mul(&a->y, &alpha, &beta);
    sub(&a->y, &a->y, &gamma); /* alpha (4 X Y^2 - X3) - 8 Y^4 */
}

void yx_point_double_public(struct yx_point *a, int times)
{
    struct yx_num square;
    if (times == 0 || yx_num_is_zero(&a->z))
        return;
    mul(&square, &a->z, &a->z); /* (X Z, Y Z^2, Z) is the same point after Jacobi */
    mul(&a->x, &a->x, &a->z);
    mul(&a->y, &a->y, &square);
    for (int i = 0; i < times; i++)
        double_jacobian(a);
    mul(&square, &a->z, &a->z); /* and (X Z, Y, Z^3) is it as we have it */
    mul(&a->x, &a->x, &a->z);
    mul(&a->z, &a->z, &square);
}

uint64_t yx_affine_on_curve(const struct yx_affine *a)
{
    struct yx_num left, right, part;
    mul(&left, &a->y, &a->y);
    mul(&right, &a->x, &a->x);
    mul(&right, &right, &a->x);
    triple(&part, &a->x);
    sub(&right, &right, &part);
    add(&right, &right, &curve_b);
    return yx_num_equal(&left, &right);
}

void yx_point_to_affine(struct yx_affine *out, const struct yx_point *a)
{
    struct yx_num inverse;
    yx_field_invert(&inverse, &a->z);
    mul(&out->x, &a->x, &inverse);
    mul(&out->y, &a->y, &inverse);
}
