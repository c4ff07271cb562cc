/* SPDX-License-Identifier: Apache-2.0 */
/* test_share.c - secrets split and joined: any two points give the secret, all numbers included. */
#include "support.h"

#include "escrow/room.h"

static void any_two_points_give_the_secret(void **state)
{
    uint8_t secret[YX_ESCROW_SECRET], points[YX_ESCROW_ADMINS_MAX][YX_ESCROW_SECRET];
    uint8_t joined[YX_ESCROW_SECRET];
    struct yx_error err;

    (void)state;
    for (int round = 0; round < 20; round++) {
        expect_ok(yx_random(secret, sizeof secret, &err), &err);
        expect_ok(yx_escrow_split(secret, YX_ESCROW_ADMINS_MAX, points, &err), &err);
        for (int a = 1; a <= YX_ESCROW_ADMINS_MAX; a++)
            for (int b = 1; b <= YX_ESCROW_ADMINS_MAX; b++) {
                if (a == b)
                    continue;
                yx_escrow_join(a, points[a - 1], b, points[b - 1], joined);
                assert_memory_equal(joined, secret, sizeof secret);
            }
    }
}

/* A line over GF(256) worked out by hand: secret 0x53, slope 0xCA, the inverse of 0x53 (FIPS 197).
 */
static void by_hand(void **state)
{
    uint8_t one[YX_ESCROW_SECRET] = {0x53 ^ 0xCA};
    /* 0xCA * 2 = 0x194 ^ 0x11B = 0x8F */
    uint8_t two[YX_ESCROW_SECRET] = {0x53 ^ 0x8F};
    uint8_t joined[YX_ESCROW_SECRET];

    (void)state;
    yx_escrow_join(1, one, 2, two, joined);
    assert_int_equal(joined[0], 0x53);
    assert_int_equal(joined[1], 0);
    /* 0xCA * 0x53 = 1: the point at 0x53 of the line with secret 0. */
    memset(one, 0, sizeof one);
    one[0] = 1;
    two[0] = 0xCA;
    yx_escrow_join(0x53, one, 1, two, joined);
    assert_int_equal(joined[0], 0);
}

static void two_wrong_points_give_another(void **state)
{
    uint8_t secret[YX_ESCROW_SECRET] = {1, 2, 3}, points[3][YX_ESCROW_SECRET];
    uint8_t joined[YX_ESCROW_SECRET];
    struct yx_error err;

    (void)state;
    expect_ok(yx_escrow_split(secret, 3, points, &err), &err);
    yx_escrow_join(1, points[0], 3, points[1], joined);
    assert_memory_not_equal(joined, secret, sizeof secret);
    points[1][0] ^= 1;
    yx_escrow_join(1, points[0], 2, points[1], joined);
    assert_memory_not_equal(joined, secret, sizeof secret);
}

/* One share alone says nothing: over many splits of one secret every octet comes up. */
static void one_point_is_random(void **state)
{
    const uint8_t secret[YX_ESCROW_SECRET] = {0};
    uint8_t points[2][YX_ESCROW_SECRET];
    bool seen[256] = {false};
    size_t count = 0;
    struct yx_error err;

    (void)state;
    for (int round = 0; round < 400; round++) {
        expect_ok(yx_escrow_split(secret, 2, points, &err), &err);
        for (size_t i = 0; i < YX_ESCROW_SECRET; i++)
            seen[points[1][i]] = true;
    }
    for (size_t i = 0; i < 256; i++)
        count += seen[i];
    assert_int_equal(count, 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_two_points_give_the_secret),
        cmocka_unit_test(by_hand),
        cmocka_unit_test(two_wrong_points_give_another),
        cmocka_unit_test(one_point_is_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
