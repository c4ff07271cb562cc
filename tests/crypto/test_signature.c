/* SPDX-License-Identifier: Apache-2.0 */
/* test_signature.c - signatures of every algorithm, and every value that must not verify. */
#include "support.h"

#include <openssl/err.h>

#include "crypto/crypto.h"
#include "hex.h"
#include "sm2_example.h"

static struct yx_public_key *example_key(void)
{
    struct yx_error err = {0};
    struct yx_public_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf spki = from_hex(SM2_EXAMPLE_SPKI);
    expect_ok(yx_public_key_from_spki(yx_buf_bytes(&spki), &key, &err), &err);
    return key;
}

/* --- Examples of the standards ----------------------------------------------------------- */

static void test_sm2_example(void **state)
{
    (void)state;
    struct yx_error err = {0};
    uint8_t out[32];
    YX_CLEAN(yx_public_key) struct yx_public_key *key = example_key();
    expect_ok(yx_sm2_za(key, out, &err), &err);
    assert_bytes(YX_BYTES(out, sizeof(out)), SM2_EXAMPLE_ZA);
    expect_ok(yx_sm2_digest(key, YX_TEXT(SM2_EXAMPLE_MESSAGE), out, &err), &err);
    assert_bytes(YX_BYTES(out, sizeof(out)), SM2_EXAMPLE_DIGEST);
}

static void test_ed25519_example(void **state)
{
    (void)state;
    struct yx_error err = {0};
    /* RFC 8032 7.1, test 1: the empty message */
    YX_CLEAN(yx_buf)
    struct yx_buf spki =
        from_hex("302A300506032B6570032100"
                 "D75A980182B10AB7D54BFED3C964073A0EE172F3DAA62325AF021A68F707511A");
    YX_CLEAN(yx_buf)
    struct yx_buf signature =
        from_hex("E5564300C360AC729086E2CC806E828A84877F1EB8E5D974D873E06522490155"
                 "5FB8821590A33BACC61E39701CF9B46BD25BF5F0595BBE24655141438E7A100B");
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;
    expect_ok(yx_public_key_from_spki(yx_buf_bytes(&spki), &key, &err), &err);
    struct yx_bytes value = yx_buf_bytes(&signature);
    struct yx_bytes empty = {NULL, 0};
    expect_ok(yx_public_key_verify(key, YX_SIG_ED25519, empty, value, &err), &err);
    expect_status(yx_public_key_verify(key, YX_SIG_ED25519, YX_TEXT("x"), value, &err), YX_REFUSED,
                  &err);
    uint8_t out[32];
    expect_status(yx_sm2_za(key, out, &err), YX_USAGE, &err);
    expect_status(yx_sm2_digest(key, empty, out, &err), YX_USAGE, &err);
}

/* --- Forms of an SM2 value --------------------------------------------------------------- */

/* Devices take the digest and give r || s. */
static void test_sm2_of_digest(void **state)
{
    (void)state;
    struct yx_error err = {0};
    uint8_t digest[32], raw[64];
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &key, &err), &err);
    const struct yx_public_key *public_key = yx_private_key_public(key);
    expect_ok(yx_sm2_digest(public_key, YX_TEXT("digest"), digest, &err), &err);
    for (int i = 0; i < 40; i++) { /* short and long numbers */
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        YX_CLEAN(yx_buf) struct yx_buf again = {0};
        expect_ok(yx_sm2_sign_digest(key, digest, &der, &err), &err);
        expect_ok(yx_sm2_verify_digest(public_key, digest, yx_buf_bytes(&der), &err), &err);
        expect_ok(yx_public_key_verify(public_key, YX_SIG_SM2_SM3, YX_TEXT("digest"),
                                       yx_buf_bytes(&der), &err),
                  &err);
        expect_ok(yx_signature_to_raw(yx_buf_bytes(&der), 32, raw, &err), &err);
        expect_ok(yx_signature_from_raw(YX_BYTES(raw, sizeof raw), &again, &err), &err);
        assert_true(yx_bytes_equal(yx_buf_bytes(&der), yx_buf_bytes(&again)));
        der.data[der.len - 1] ^= 1;
        expect_status(yx_sm2_verify_digest(public_key, digest, yx_buf_bytes(&der), &err),
                      YX_REFUSED, &err);
    }
    expect_status(
        yx_signature_to_raw(YX_BYTES("\x30\x06\x02\x01\xFF\x02\x01\x01", 8), 32, raw, &err),
        YX_DAMAGED, &err);
}

#define R SM2_EXAMPLE_R
#define S SM2_EXAMPLE_S
/* The order of the curve, GB/T 32918.5 */
#define N "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123"

static const struct {
    const char *what;
    const char *hex;
    yx_status status;
} values[] = {
    {"DER", "3046022100" R "022100" S, YX_OK},
    {"raw r || s", R S, YX_OK},
    {"raw, swapped", S R, YX_REFUSED},
    {"raw, one octet short", R "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1",
     YX_REFUSED},
    {"raw, one octet long", R S "00", YX_REFUSED},
    {"raw zeros",
     "0000000000000000000000000000000000000000000000000000000000000000"
     "0000000000000000000000000000000000000000000000000000000000000000",
     YX_REFUSED},
    {"bytes behind it", "3046022100" R "022100" S "00", YX_REFUSED},
    {"a third number", "3049022100" R "022100" S "020101", YX_REFUSED},
    {"one number", "3023022100" R, YX_REFUSED},
    {"negative r", "30450220" R "022100" S, YX_REFUSED},
    {"negative s", "3045022100" R "0220" S, YX_REFUSED},
    {"zero r", "3026020100022100" S, YX_REFUSED},
    {"zero s", "3026022100" R "020100", YX_REFUSED},
    {"r with a needless zero", "304702220000" R "022100" S, YX_REFUSED},
    {"a long form of the length", "308146022100" R "022100" S, YX_REFUSED},
    {"s = n", "3046022100" R "022100" N, YX_REFUSED},
    {"r of 40 octets", "304E0229000101010101010101" R "022100" S, YX_REFUSED},
    {"OCTET STRINGs", "3044 0420" R "0420" S, YX_REFUSED},
    {"nothing", "", YX_REFUSED},
    {"garbage", "FFFFFFFF", YX_REFUSED},
};

static void test_sm2_values(void **state)
{
    (void)state;
    YX_CLEAN(yx_public_key) struct yx_public_key *key = example_key();
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct yx_error err = {0};
        YX_CLEAN(yx_buf) struct yx_buf value = from_hex(values[i].hex);
        yx_status status = yx_public_key_verify(key, YX_SIG_SM2_SM3, YX_TEXT(SM2_EXAMPLE_MESSAGE),
                                                yx_buf_bytes(&value), &err);
        if (status != values[i].status)
            fail_msg("%s: status %d, expected %d", values[i].what, (int)status,
                     (int)values[i].status);
        if (status != YX_OK)
            assert_int_equal(err.status, status);
    }
}

static void test_damage_is_refused(void **state)
{
    (void)state;
    YX_CLEAN(yx_public_key) struct yx_public_key *key = example_key();
    YX_CLEAN(yx_buf) struct yx_buf value = from_hex("3046022100" R "022100" S);
    struct yx_bytes message = YX_TEXT(SM2_EXAMPLE_MESSAGE);
    struct yx_error err = {0};
    for (size_t len = 0; len < value.len; len++)
        expect_status(
            yx_public_key_verify(key, YX_SIG_SM2_SM3, message, YX_BYTES(value.data, len), &err),
            YX_REFUSED, &err);
    for (size_t bit = 0; bit < 8 * value.len; bit++) {
        value.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        expect_status(
            yx_public_key_verify(key, YX_SIG_SM2_SM3, message, yx_buf_bytes(&value), &err),
            YX_REFUSED, &err);
        value.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    expect_ok(yx_public_key_verify(key, YX_SIG_SM2_SM3, message, yx_buf_bytes(&value), &err), &err);
}

/* --- Every algorithm --------------------------------------------------------------------- */

static const struct {
    yx_key_type type;
    yx_signature_algorithm algorithm;
} algorithms[] = {
    {YX_KEY_SM2, YX_SIG_SM2_SM3},       {YX_KEY_P256, YX_SIG_ECDSA_SHA256},
    {YX_KEY_P256, YX_SIG_ECDSA_SHA384}, {YX_KEY_P384, YX_SIG_ECDSA_SHA384},
    {YX_KEY_P384, YX_SIG_ECDSA_SHA512}, {YX_KEY_RSA, YX_SIG_RSA_SHA256},
    {YX_KEY_RSA, YX_SIG_RSA_SHA384},    {YX_KEY_RSA, YX_SIG_RSA_SHA512},
    {YX_KEY_ED25519, YX_SIG_ED25519},
};

static void sign_and_verify(yx_key_type type, yx_signature_algorithm algorithm)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_private_key) struct yx_private_key *other = NULL;
    YX_CLEAN(yx_buf) struct yx_buf value = from_hex("AA");
    expect_ok(yx_private_key_generate(type, 2048, &key, &err), &err);
    expect_ok(yx_private_key_generate(type, 2048, &other, &err), &err);
    struct yx_signer signer = yx_signer_borrow_key(key);
    assert_int_equal(signer.algorithm, yx_signature_default(type));
    expect_ok(signer.sign(signer.self, algorithm, YX_TEXT("to be signed"), &value, &err), &err);
    assert_int_equal(value.data[0], 0xAA); /* it was appended */
    struct yx_bytes made = YX_BYTES(value.data + 1, value.len - 1);

    const struct yx_public_key *half = yx_private_key_public(key);
    expect_ok(yx_public_key_verify(half, algorithm, YX_TEXT("to be signed"), made, &err), &err);
    expect_status(yx_public_key_verify(half, algorithm, YX_TEXT("to be signed."), made, &err),
                  YX_REFUSED, &err);
    assert_true(strlen(err.rule) > 0);
    expect_status(yx_public_key_verify(yx_private_key_public(other), algorithm,
                                       YX_TEXT("to be signed"), made, &err),
                  YX_REFUSED, &err);
    expect_status(yx_public_key_verify(half, algorithm, YX_TEXT("to be signed"),
                                       YX_BYTES(made.data, made.len - 1), &err),
                  YX_REFUSED, &err);
    value.data[value.len - 1] ^= 1;
    expect_status(yx_public_key_verify(half, algorithm, YX_TEXT("to be signed"), made, &err),
                  YX_REFUSED, &err);
}

static void test_every_algorithm(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
        sign_and_verify(algorithms[i].type, algorithms[i].algorithm);
}

static void test_wrong_algorithm_is_refused(void **state)
{
    (void)state;
    struct yx_error err = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *rsa = NULL;
    YX_CLEAN(yx_private_key) struct yx_private_key *sm2 = NULL;
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    struct yx_bytes message = YX_TEXT("m");
    expect_ok(yx_private_key_generate(YX_KEY_RSA, 2048, &rsa, &err), &err);
    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &sm2, &err), &err);
    expect_status(yx_private_key_sign(sm2, YX_SIG_ECDSA_SHA256, message, &value, &err), YX_USAGE,
                  &err);
    expect_status(yx_private_key_sign(rsa, YX_SIG_RSA_SHA1, message, &value, &err), YX_REFUSED,
                  &err);
    expect_status(yx_private_key_sign(rsa, YX_SIG_RSA_MD5, message, &value, &err), YX_REFUSED,
                  &err);
    expect_status(yx_private_key_sign(rsa, YX_SIG_NONE, message, &value, &err), YX_USAGE, &err);
    assert_int_equal(value.len, 0);
    expect_ok(yx_private_key_sign(sm2, YX_SIG_SM2_SM3, message, &value, &err), &err);
    expect_status(yx_public_key_verify(yx_private_key_public(sm2), YX_SIG_ECDSA_SHA256, message,
                                       yx_buf_bytes(&value), &err),
                  YX_REFUSED, &err);
    expect_status(yx_public_key_verify(yx_private_key_public(sm2), YX_SIG_NONE, message,
                                       yx_buf_bytes(&value), &err),
                  YX_REFUSED, &err);
}

static void test_generation_limits(void **state)
{
    (void)state;
    struct yx_error err = {0};
    struct yx_private_key *key = NULL;
    expect_status(yx_private_key_generate(YX_KEY_RSA, 1024, &key, &err), YX_USAGE, &err);
    expect_status(yx_private_key_generate(YX_KEY_RSA, 8193, &key, &err), YX_USAGE, &err);
    expect_status(yx_private_key_generate(YX_KEY_NONE, 0, &key, &err), YX_USAGE, &err);
    assert_null(key);
    yx_private_key_free(NULL);
}

/* The queue belongs to the program around us: what was there stays, what failed here goes. */
static void test_error_queue_is_left_alone(void **state)
{
    (void)state;
    struct yx_error err = {0};
    YX_CLEAN(yx_public_key) struct yx_public_key *key = example_key();
    YX_CLEAN(yx_buf) struct yx_buf value = from_hex("3046022100" S "022100" R);
    struct yx_public_key *none = NULL;
    ERR_clear_error();
    for (int round = 0; round < 2; round++) {
        unsigned long before = ERR_peek_last_error();
        expect_status(
            yx_public_key_verify(key, YX_SIG_SM2_SM3, YX_TEXT("m"), yx_buf_bytes(&value), &err),
            YX_REFUSED, &err);
        YX_CLEAN(yx_buf) struct yx_buf off_curve = from_hex(SM2_EXAMPLE_SPKI);
        off_curve.data[off_curve.len - 1] ^= 1;
        expect_status(yx_public_key_from_spki(yx_buf_bytes(&off_curve), &none, &err), YX_DAMAGED,
                      &err);
        assert_true(ERR_peek_last_error() == before);
        ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
    }
    ERR_clear_error();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sm2_example),
        cmocka_unit_test(test_sm2_of_digest),
        cmocka_unit_test(test_ed25519_example),
        cmocka_unit_test(test_sm2_values),
        cmocka_unit_test(test_damage_is_refused),
        cmocka_unit_test(test_every_algorithm),
        cmocka_unit_test(test_wrong_algorithm_is_refused),
        cmocka_unit_test(test_generation_limits),
        cmocka_unit_test(test_error_queue_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
