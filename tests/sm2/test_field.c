/* SPDX-License-Identifier: Apache-2.0 */
/* test_field.c - arithmetic mod p and mod n against libcrypto's. */
#include "support.h"

#include "numbers.h"

enum { PAIRS = 20000 };

/* One modulus and our functions for it. */
static const struct modulus {
    const struct yx_num *m;
    void (*mul)(struct yx_num *out, const struct yx_num *a, const struct yx_num *b);
    void (*invert)(struct yx_num *out, const struct yx_num *a);
    void (*enter)(struct yx_num *out, const struct yx_num *a);
} moduli[] = {
    {&yx_sm2_p, yx_field_mul, yx_field_invert, yx_field_enter},
    {&yx_sm2_n, yx_scalar_mul, yx_scalar_invert, yx_scalar_enter},
};

static void expect_number(const struct yx_num *got, const BIGNUM *want, const char *what)
{
    YX_CLEAN(BIGNUM) BIGNUM *bn = bn_of(got);
    if (BN_cmp(bn, want) != 0)
        fail_msg("%s: another number", what);
}

/* The numbers of the standard are those of libcrypto's curve. */
static void test_constants(void **state)
{
    (void)state;
    YX_CLEAN(EC_GROUP) EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_sm2);
    must(group != NULL);
    expect_number(&yx_sm2_p, EC_GROUP_get0_field(group), "p");
    expect_number(&yx_sm2_n, EC_GROUP_get0_order(group), "n");
    struct yx_num one = {{1}}, entered;
    yx_field_enter(&entered, &one);
    must(yx_num_equal(&entered, &yx_field_one));
    must(yx_num_equal(&yx_point_infinity.y, &yx_field_one));
}

static void check_pair(const struct modulus *of, const BIGNUM *m, const BIGNUM *minus_r,
                       const struct yx_num *a, const struct yx_num *b, BN_CTX *ctx)
{
    struct yx_num out;
    YX_CLEAN(BIGNUM) BIGNUM *x = bn_of(a);
    YX_CLEAN(BIGNUM) BIGNUM *y = bn_of(b);
    YX_CLEAN(BIGNUM) BIGNUM *want = BN_new();
    must(want != NULL && BN_mod_mul(want, x, y, m, ctx) == 1 &&
         BN_mod_mul(want, want, minus_r, m, ctx) == 1);
    of->mul(&out, a, b);
    expect_number(&out, want, "product");
    must(BN_mod_add(want, x, y, m, ctx) == 1);
    yx_num_mod_add(&out, a, b, of->m);
    expect_number(&out, want, "sum");
    must(BN_mod_sub(want, x, y, m, ctx) == 1);
    yx_num_mod_sub(&out, a, b, of->m);
    expect_number(&out, want, "difference");
    out = *a;
    of->mul(&out, &out, &out);
    must(BN_mod_sqr(want, x, m, ctx) == 1 && BN_mod_mul(want, want, minus_r, m, ctx) == 1);
    expect_number(&out, want, "square, in place");
}

static void test_pairs(void **state)
{
    (void)state;
    YX_CLEAN(BN_CTX) BN_CTX *ctx = BN_CTX_new();
    for (size_t k = 0; k < 2; k++) {
        YX_CLEAN(BIGNUM) BIGNUM *m = bn_of(moduli[k].m);
        YX_CLEAN(BIGNUM) BIGNUM *minus_r = bn_minus_r(m, ctx);
        for (unsigned i = 0; i < PAIRS; i++) { /* every edge with every edge first */
            struct yx_num a = edge(i < EDGES * EDGES ? i / EDGES : EDGES, moduli[k].m);
            struct yx_num b = edge(i < EDGES * EDGES ? i % EDGES : EDGES, moduli[k].m);
            check_pair(&moduli[k], m, minus_r, &a, &b, ctx);
        }
    }
}

static void test_inverses(void **state)
{
    (void)state;
    YX_CLEAN(BN_CTX) BN_CTX *ctx = BN_CTX_new();
    for (size_t k = 0; k < 2; k++) {
        YX_CLEAN(BIGNUM) BIGNUM *m = bn_of(moduli[k].m);
        for (unsigned i = 0; i < 500; i++) {
            struct yx_num a = edge(i, moduli[k].m), entered, inverse, product, one = {{1}};
            moduli[k].enter(&entered, &a);
            moduli[k].invert(&inverse, &entered);
            if (i == 0) {
                must(yx_num_is_zero(&inverse)); /* of zero */
                continue;
            }
            moduli[k].mul(&product, &inverse, &a); /* one of them in Montgomery's form */
            must(yx_num_equal(&product, &one));
            moduli[k].mul(&product, &inverse, &one);
            YX_CLEAN(BIGNUM) BIGNUM *want = bn_of(&a);
            must(BN_mod_inverse(want, want, m, ctx) != NULL);
            expect_number(&product, want, "inverse");
        }
    }
}

static void test_forms(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2000; i++) {
        struct yx_num a = edge(i, &yx_sm2_p), again;
        uint8_t octets[32];
        yx_field_enter(&again, &a);
        yx_field_leave(&again, &again);
        must(yx_num_equal(&a, &again));
        yx_num_write(&a, octets);
        again = yx_num_read(octets);
        must(yx_num_equal(&a, &again));
    }
}

/* Numbers above the modulus, which only a reduction sees. */
static void test_reduction(void **state)
{
    (void)state;
    static const struct yx_num most = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    static const struct yx_num one = {{1}};
    for (size_t k = 0; k < 2; k++) {
        const struct yx_num *m = moduli[k].m;
        struct yx_num out = most, want, less;
        yx_num_reduce_once(&out, 0, m);
        (void)yx_num_sub(&want, &most, m);
        must(yx_num_equal(&out, &want));
        out = *m;
        yx_num_reduce_once(&out, 0, m);
        must(yx_num_is_zero(&out));
        (void)yx_num_sub(&less, m, &one);
        out = less;
        yx_num_reduce_once(&out, 0, m);
        must(yx_num_equal(&out, &less));
        must(yx_num_is_below(&less, m) && !yx_num_is_below(m, m) && !yx_num_is_below(&most, m));
        must(yx_num_add(&out, &most, &one) == 1 && yx_num_is_zero(&out));
        must(yx_num_sub(&out, &out, &one) == 1 && yx_num_equal(&out, &most));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constants), cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_inverses),  cmocka_unit_test(test_forms),
        cmocka_unit_test(test_reduction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
