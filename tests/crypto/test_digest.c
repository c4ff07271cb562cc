/* SPDX-License-Identifier: Apache-2.0 */
/* test_digest.c - digests against the examples of their standards, at once and in pieces. */
#include "support.h"

#include "crypto/crypto.h"
#include "hex.h"

static const struct {
    yx_digest_algorithm algorithm;
    const char *message;
    const char *digest;
} examples[] = {
    /* GB/T 32905, examples 1 and 2 */
    {YX_DIGEST_SM3, "abc", "66C7F0F462EEEDD9D1F2D46BDC10E4E24167C4875CF2F7A2297DA02B8F4BA8E0"},
    {YX_DIGEST_SM3, "abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd",
     "DEBE9FF92275B8A138604889C18E5A4D6FDB70E5387E5765293DCBA39C0C5732"},
    /* FIPS 180 and RFC 1321 examples of "abc" */
    {YX_DIGEST_SHA256, "abc", "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"},
    {YX_DIGEST_SHA384, "abc",
     "CB00753F45A35E8BB5A03D699AC65007272C32AB0EDED1631A8B605A43FF5BED"
     "8086072BA1E7CC2358BAECA134C825A7"},
    {YX_DIGEST_SHA512, "abc",
     "DDAF35A193617ABACC417349AE20413112E6FA4E89A97EA20A9EEEE64B55D39A"
     "2192992A274FC1A836BA3C23A3FEEBBD454D4423643CE80E2A9AC94FA54CA49F"},
    {YX_DIGEST_SHA1, "abc", "A9993E364706816ABA3E25717850C26C9CD0D89D"},
    {YX_DIGEST_MD5, "abc", "900150983CD24FB0D6963F7D28E17F72"},
};

static void test_examples(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        struct yx_error err = {0};
        uint8_t out[YX_DIGEST_MAX];
        expect_ok(yx_digest(examples[i].algorithm, YX_TEXT(examples[i].message), out, &err), &err);
        assert_bytes(YX_BYTES(out, yx_digest_size(examples[i].algorithm)), examples[i].digest);
    }
}

static void test_pieces_and_new_start(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        struct yx_error err = {0};
        uint8_t out[YX_DIGEST_MAX];
        YX_CLEAN(yx_hasher) struct yx_hasher *hasher = NULL;
        expect_ok(yx_hasher_new(examples[i].algorithm, &hasher, &err), &err);
        for (int round = 0; round < 2; round++) {
            for (const char *at = examples[i].message; *at != '\0'; at++)
                expect_ok(yx_hasher_update(hasher, YX_BYTES(at, 1), &err), &err);
            expect_ok(yx_hasher_update(hasher, (struct yx_bytes){NULL, 0}, &err), &err);
            expect_ok(yx_hasher_finish(hasher, out, &err), &err);
            assert_bytes(YX_BYTES(out, yx_digest_size(examples[i].algorithm)), examples[i].digest);
        }
    }
}

static void test_no_algorithm_is_refused(void **state)
{
    (void)state;
    struct yx_error err = {0};
    uint8_t out[YX_DIGEST_MAX];
    struct yx_hasher *hasher = NULL;
    expect_status(yx_digest(YX_DIGEST_NONE, YX_TEXT("abc"), out, &err), YX_USAGE, &err);
    expect_status(yx_hasher_new(YX_DIGEST_NONE, &hasher, &err), YX_USAGE, &err);
    assert_null(hasher);
    yx_hasher_free(NULL);
}

static void test_random_differs(void **state)
{
    (void)state;
    struct yx_error err = {0};
    uint8_t a[32] = {0};
    uint8_t b[32] = {0};
    expect_ok(yx_random(a, sizeof(a), &err), &err);
    expect_ok(yx_random(b, sizeof(b), &err), &err);
    assert_memory_not_equal(a, b, sizeof(a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_pieces_and_new_start),
        cmocka_unit_test(test_no_algorithm_is_refused),
        cmocka_unit_test(test_random_differs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
