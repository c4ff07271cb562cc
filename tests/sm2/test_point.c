/* SPDX-License-Identifier: Apache-2.0 */
/* test_point.c - points and their multiples against libcrypto's, at the exceptional cases too. */
#include "support.h"

#include "numbers.h"

struct curve {
    EC_GROUP *group;
    BN_CTX *ctx;
};

static int open_curve(void **state)
{
    static struct curve curve;
    curve = (struct curve){EC_GROUP_new_by_curve_name(NID_sm2), BN_CTX_new()};
    *state = &curve;
    return curve.group != NULL && curve.ctx != NULL ? 0 : -1;
}

static int close_curve(void **state)
{
    struct curve *curve = *state;
    EC_GROUP_free(curve->group);
    BN_CTX_free(curve->ctx);
    return 0;
}

static EC_POINT *their_multiple(const struct curve *curve, const BIGNUM *k)
{
    EC_POINT *point = EC_POINT_new(curve->group);
    must(point != NULL && EC_POINT_mul(curve->group, point, k, NULL, NULL, curve->ctx) == 1);
    return point;
}

static void affine_of(const struct curve *curve, const EC_POINT *theirs, struct yx_affine *out)
{
    uint8_t octets[64];
    point_octets(curve->group, theirs, octets);
    struct yx_num x = yx_num_read(octets), y = yx_num_read(octets + 32);
    yx_field_enter(&out->x, &x);
    yx_field_enter(&out->y, &y);
}

/* Their point as ours, with a Z that is not 1. */
static void point_of(const struct curve *curve, const EC_POINT *theirs, struct yx_point *out)
{
    struct yx_num z = edge(EDGES, &yx_sm2_p);
    if (EC_POINT_is_at_infinity(curve->group, theirs)) {
        *out = yx_point_infinity;
        yx_field_mul(&out->y, &out->y, &z);
        return;
    }
    struct yx_affine affine;
    affine_of(curve, theirs, &affine);
    yx_field_mul(&out->x, &affine.x, &z);
    yx_field_mul(&out->y, &affine.y, &z);
    out->z = z;
}

static void expect_point(const struct curve *curve, const struct yx_point *ours,
                         const EC_POINT *theirs)
{
    struct yx_affine got, want;
    if (EC_POINT_is_at_infinity(curve->group, theirs)) {
        must(yx_num_is_zero(&ours->z) && yx_num_is_zero(&ours->x) && !yx_num_is_zero(&ours->y));
        return;
    }
    must(!yx_num_is_zero(&ours->z));
    yx_point_to_affine(&got, ours);
    affine_of(curve, theirs, &want);
    must(yx_num_equal(&got.x, &want.x) && yx_num_equal(&got.y, &want.y));
}

/* --- The table --------------------------------------------------------------------------- */

static void test_table(void **state)
{
    const struct curve *curve = *state;
    YX_CLEAN(BIGNUM) BIGNUM *k = BN_new();
    for (int i = 0; i < YX_TABLE_ROWS; i++) {
        for (unsigned j = 0; j < YX_TABLE_COLUMNS; j++) {
            struct yx_affine want;
            must(k != NULL && BN_set_word(k, j + 1) == 1 &&
                 BN_lshift(k, k, YX_TABLE_BITS * i) == 1);
            YX_CLEAN(EC_POINT) EC_POINT *theirs = their_multiple(curve, k);
            affine_of(curve, theirs, &want);
            must(memcmp(&want, &yx_sm2_table[i][j], sizeof want) == 0);
            must(yx_affine_on_curve(&want));
            want.y.w[0] ^= 1;
            must(!yx_affine_on_curve(&want));
        }
    }
}

/* --- Sums -------------------------------------------------------------------------------- */

static void check_sum(const struct curve *curve, const EC_POINT *a, const EC_POINT *b)
{
    YX_CLEAN(EC_POINT) EC_POINT *want = EC_POINT_new(curve->group);
    struct yx_point left, right, out;
    point_of(curve, a, &left);
    point_of(curve, b, &right);
    must(want != NULL && EC_POINT_add(curve->group, want, a, b, curve->ctx) == 1);
    yx_point_add(&out, &left, &right);
    expect_point(curve, &out, want);
    if (!EC_POINT_is_at_infinity(curve->group, b)) {
        struct yx_affine affine;
        affine_of(curve, b, &affine);
        yx_point_add_affine(&out, &left, &affine);
        expect_point(curve, &out, want);
    }
    yx_point_add(&left, &left, &right); /* in place */
    expect_point(curve, &left, want);
    must(EC_POINT_dbl(curve->group, want, b, curve->ctx) == 1);
    yx_point_double_public(&right, 1);
    expect_point(curve, &right, want);
}

/* Infinity, G, -G, 2G, -2G and others, each with each: equal and opposite ones are among them. */
static void test_sums(void **state)
{
    enum { POINTS = 12 };
    const struct curve *curve = *state;
    EC_POINT *points[POINTS];
    for (int i = 0; i < POINTS; i++) {
        YX_CLEAN(BIGNUM) BIGNUM *k = BN_new();
        must(k != NULL && BN_set_word(k, (BN_ULONG)(i / 2)) == 1);
        if (i >= POINTS / 2)
            must(BN_rand_range(k, EC_GROUP_get0_order(curve->group)) == 1);
        points[i] = their_multiple(curve, k);
        if (i % 2 == 1 && i < POINTS / 2)
            must(EC_POINT_invert(curve->group, points[i], curve->ctx) == 1);
    }
    for (int i = 0; i < POINTS * POINTS; i++)
        check_sum(curve, points[i / POINTS], points[i % POINTS]);
    for (int i = 0; i < POINTS; i++)
        EC_POINT_free(points[i]);
}

/* --- Multiples --------------------------------------------------------------------------- */

/* Any number of 256 bits, those above n too. */
static struct yx_num multiplier(unsigned i)
{
    static const struct yx_num high = {{0, 0, 0, UINT64_C(0xFFFFFFFF00000000)}};
    struct yx_num out = edge(i / 2, &yx_sm2_n);
    if (i % 2 == 1)
        for (int j = 0; j < 4; j++)
            out.w[j] |= high.w[j];
    return out;
}

static void test_base_multiples(void **state)
{
    const struct curve *curve = *state;
    for (unsigned i = 0; i < 1000; i++) {
        struct yx_num k = multiplier(i);
        struct yx_point ours;
        YX_CLEAN(BIGNUM) BIGNUM *bn = bn_of(&k);
        YX_CLEAN(EC_POINT) EC_POINT *theirs = their_multiple(curve, bn);
        yx_point_base_multiple(&ours, &k);
        expect_point(curve, &ours, theirs);
    }
    /* every digit in every row */
    for (unsigned i = 0; i < 256; i++) {
        struct yx_num k = {{0}};
        struct yx_point ours;
        k.w[i / 64] = UINT64_C(31) << (i % 64);
        YX_CLEAN(BIGNUM) BIGNUM *bn = bn_of(&k);
        YX_CLEAN(EC_POINT) EC_POINT *theirs = their_multiple(curve, bn);
        yx_point_base_multiple(&ours, &k);
        expect_point(curve, &ours, theirs);
    }
}

static void test_public_sums(void **state)
{
    const struct curve *curve = *state;
    for (unsigned i = 0; i < 1000; i++) {
        struct yx_num q = edge(i < 400 ? 1 : EDGES, &yx_sm2_n); /* G itself, then others */
        struct yx_num s = multiplier(i < 400 ? i / 20 : i), t = multiplier(i < 400 ? i % 20 : i);
        struct yx_affine base;
        struct yx_point ours;
        YX_CLEAN(BIGNUM) BIGNUM *bn_q = bn_of(&q);
        YX_CLEAN(BIGNUM) BIGNUM *bn_s = bn_of(&s);
        YX_CLEAN(BIGNUM) BIGNUM *bn_t = bn_of(&t);
        YX_CLEAN(EC_POINT) EC_POINT *point = their_multiple(curve, bn_q);
        YX_CLEAN(EC_POINT) EC_POINT *want = EC_POINT_new(curve->group);
        must(EC_POINT_mul(curve->group, want, bn_s, point, bn_t, curve->ctx) == 1);
        affine_of(curve, point, &base);
        yx_point_public_sum(&ours, &s, &t, &base);
        expect_point(curve, &ours, want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_base_multiples),
        cmocka_unit_test(test_public_sums),
    };
    return cmocka_run_group_tests(tests, open_curve, close_curve);
}
