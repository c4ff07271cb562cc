/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_sign.c - signatures against libcrypto's, the example of GB/T 32918.5, and what must be
 * refused. DER and ZA are tested in tests/crypto.
 */
#include "support.h"

#include "crypto/crypto.h"
#include "hex.h"
#include "numbers.h"
#include "sm2_example.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

enum { ROUNDS = 10000, KEYS = 20 };

static const uint8_t no_blind[YX_SM2_BLIND];

YX_DEFINE_CLEAN(EVP_PKEY_CTX, EVP_PKEY_CTX *, EVP_PKEY_CTX_free);

static void read_hex(const char *hex, uint8_t *out, size_t len)
{
    YX_CLEAN(yx_buf) struct yx_buf octets = from_hex(hex);
    assert_int_equal(octets.len, len);
    memcpy(out, octets.data, len);
}

/* --- The example ------------------------------------------------------------------------- */

/* GB/T 32918.5 A.2 (GM/T 0003.5). */
static void test_example(void **state)
{
    (void)state;
    uint8_t d[32], k[32], digest[32], point[64], signature[64];
    struct yx_sm2_secret secret;
    struct yx_sm2_public key;
    read_hex(SM2_EXAMPLE_SECRET, d, 32);
    read_hex("59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21", k, 32);
    read_hex(SM2_EXAMPLE_DIGEST, digest, 32);
    must(yx_sm2_secret_read(d, no_blind, &secret));
    yx_sm2_secret_public(&secret, point);
    assert_bytes(YX_BYTES(point, 64), SM2_EXAMPLE_X SM2_EXAMPLE_Y);
    must(yx_sm2_public_read(point, &key));
    must(yx_sm2_sign_with(&secret, digest, k, signature));
    assert_bytes(YX_BYTES(signature, 64), SM2_EXAMPLE_R SM2_EXAMPLE_S);
    must(yx_sm2_check(&key, digest, signature));
}

/* --- Keys -------------------------------------------------------------------------------- */

static void write_less(const struct yx_num *m, uint64_t less, uint8_t out[32])
{
    struct yx_num number = {{less}};
    (void)yx_num_sub(&number, m, &number);
    yx_num_write(&number, out);
}

static void test_secrets(void **state)
{
    (void)state;
    struct yx_sm2_secret plain, blinded;
    uint8_t d[32] = {0}, blind[YX_SM2_BLIND];
    must(!yx_sm2_secret_read(d, no_blind, &plain)); /* 0 */
    write_less(&yx_sm2_n, 0, d);
    must(!yx_sm2_secret_read(d, no_blind, &plain));
    write_less(&yx_sm2_n, 1, d); /* 1 + d = n has no inverse */
    must(!yx_sm2_secret_read(d, no_blind, &plain));
    memset(d, 0xFF, sizeof d);
    must(!yx_sm2_secret_read(d, no_blind, &plain));
    write_less(&yx_sm2_n, 2, d);
    must(yx_sm2_secret_read(d, no_blind, &plain));
    memset(d, 0, sizeof d);
    d[31] = 1;
    must(yx_sm2_secret_read(d, no_blind, &plain));
    for (int i = 0; i < 100; i++) {
        must(RAND_bytes(d, sizeof d) == 1 && RAND_bytes(blind, sizeof blind) == 1);
        if (i == 0)
            memset(blind, 0xFF, sizeof blind);
        d[0] &= 0x7F;
        must(yx_sm2_secret_read(d, no_blind, &plain) && yx_sm2_secret_read(d, blind, &blinded));
        assert_memory_equal(&plain, &blinded, sizeof plain);
    }
}

static void test_points(void **state)
{
    (void)state;
    uint8_t point[64], other[64] = {0};
    struct yx_sm2_public key;
    read_hex(SM2_EXAMPLE_X SM2_EXAMPLE_Y, point, 64);
    must(yx_sm2_public_read(point, &key));
    must(!yx_sm2_public_read(other, &key)); /* 0, 0 */
    memcpy(other, point, 64);
    other[63] ^= 1;
    must(!yx_sm2_public_read(other, &key));
    memset(other, 0xFF, 32);
    must(!yx_sm2_public_read(other, &key));
    memcpy(other, point, 32);
    write_less(&yx_sm2_p, 0, other + 32);
    must(!yx_sm2_public_read(other, &key));
    /* x and x + p are one number mod p; only the first of them may stand for it. The point with the
     * smallest x is found with libcrypto. */
    YX_CLEAN(EC_GROUP) EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_sm2);
    YX_CLEAN(EC_POINT) EC_POINT *small = EC_POINT_new(group);
    YX_CLEAN(BIGNUM) BIGNUM *x = BN_new();
    BN_zero(x);
    while (EC_POINT_set_compressed_coordinates(group, small, x, 0, NULL) != 1)
        must(BN_add_word(x, 1) == 1);
    point_octets(group, small, other);
    must(yx_sm2_public_read(other, &key));
    struct yx_num more = num_of_bn(x);
    must(yx_num_add(&more, &more, &yx_sm2_p) == 0);
    yx_num_write(&more, other);
    must(!yx_sm2_public_read(other, &key));
}

/* --- Against libcrypto ------------------------------------------------------------------- */

struct pair {
    struct yx_sm2_secret secret;
    struct yx_sm2_public key;
    EVP_PKEY *theirs;
};

static void pair_begin(struct pair *pair, uint8_t d[32])
{
    uint8_t octets[65] = {4}, number[32];
    char group[] = "SM2";
    must(yx_sm2_secret_read(d, no_blind, &pair->secret));
    yx_sm2_secret_public(&pair->secret, octets + 1);
    must(yx_sm2_public_read(octets + 1, &pair->key));
    YX_CLEAN(BIGNUM) BIGNUM *bn = bn_of_octets(d);
    must(BN_bn2nativepad(bn, number, 32) == 32);
    OSSL_PARAM params[] = {
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets, 65),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_PRIV_KEY, number, 32),
        OSSL_PARAM_END,
    };
    YX_CLEAN(EVP_PKEY_CTX) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "SM2", NULL);
    pair->theirs = NULL;
    must(ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
         EVP_PKEY_fromdata(ctx, &pair->theirs, EVP_PKEY_KEYPAIR, params) == 1);
}

static void their_signature(const struct pair *pair, const uint8_t digest[32], uint8_t out[64])
{
    uint8_t der[80];
    size_t len = sizeof der;
    YX_CLEAN(EVP_PKEY_CTX) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pair->theirs, NULL);
    must(ctx != NULL && EVP_PKEY_sign_init(ctx) == 1 &&
         EVP_PKEY_sign(ctx, der, &len, digest, 32) == 1);
    must(yx_signature_to_raw(YX_BYTES(der, len), 32, out, NULL) == YX_OK);
}

static bool they_accept(const struct pair *pair, const uint8_t digest[32],
                        const uint8_t signature[64])
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(EVP_PKEY_CTX) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pair->theirs, NULL);
    must(yx_signature_from_raw(YX_BYTES(signature, 64), &der, NULL) == YX_OK);
    must(ctx != NULL && EVP_PKEY_verify_init(ctx) == 1);
    return EVP_PKEY_verify(ctx, der.data, der.len, digest, 32) == 1;
}

static void test_both_ways(void **state)
{
    (void)state;
    for (int i = 0; i < KEYS; i++) {
        uint8_t d[32], k[32], digest[32], signature[64];
        struct pair pair;
        must(RAND_bytes(d, 32) == 1);
        d[0] &= 0x7F;
        pair_begin(&pair, d);
        for (int j = 0; j < ROUNDS / KEYS; j++) {
            must(RAND_bytes(k, 32) == 1 && RAND_bytes(digest, 32) == 1);
            k[0] &= 0x7F;
            if (j % 16 == 0)
                memset(digest, 0xFF, 4 + j % 29); /* digests above n */
            must(yx_sm2_sign_with(&pair.secret, digest, k, signature));
            must(they_accept(&pair, digest, signature));
            their_signature(&pair, digest, signature);
            must(yx_sm2_check(&pair.key, digest, signature));
            if (j % 8 != 0)
                continue;
            unsigned at = (unsigned)j / 8; /* every octet, every bit in turn */
            signature[at % 64] ^= (uint8_t)(1u << at % 8);
            must(!yx_sm2_check(&pair.key, digest, signature));
            signature[at % 64] ^= (uint8_t)(1u << at % 8);
            digest[at % 32] ^= (uint8_t)(1u << at % 8);
            must(!yx_sm2_check(&pair.key, digest, signature));
        }
        EVP_PKEY_free(pair.theirs);
    }
}

/* --- Nonces that do not serve ------------------------------------------------------------ */

struct numbers {
    BN_CTX *ctx;
    BIGNUM *n, *d, *k, *x1;
};

/* kG's x1 */
static void numbers_begin(struct numbers *of, const uint8_t d[32], const uint8_t k[32])
{
    YX_CLEAN(EC_GROUP) EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_sm2);
    YX_CLEAN(EC_POINT) EC_POINT *point = EC_POINT_new(group);
    *of = (struct numbers){BN_CTX_new(), bn_of(&yx_sm2_n), bn_of_octets(d), bn_of_octets(k),
                           BN_new()};
    must(EC_POINT_mul(group, point, of->k, NULL, NULL, of->ctx) == 1 &&
         EC_POINT_get_affine_coordinates(group, point, of->x1, NULL, of->ctx) == 1);
}

static void numbers_end(struct numbers *of)
{
    BN_CTX_free(of->ctx);
    BN_free(of->n);
    BN_free(of->d);
    BN_free(of->k);
    BN_free(of->x1);
}

/* The digest that makes r what is asked for. */
static void digest_for(const struct numbers *of, const BIGNUM *r, uint8_t digest[32])
{
    YX_CLEAN(BIGNUM) BIGNUM *e = BN_new();
    must(BN_mod_sub(e, r, of->x1, of->n, of->ctx) == 1 && BN_bn2binpad(e, digest, 32) == 32);
}

static void test_nonces(void **state)
{
    (void)state;
    static const uint8_t zeros[64];
    uint8_t d[32], k[32], digest[32] = {7}, signature[64];
    struct yx_sm2_secret secret;
    struct numbers of;
    must(RAND_bytes(d, 32) == 1 && RAND_bytes(k, 32) == 1);
    d[0] &= 0x7F;
    k[0] &= 0x7F;
    must(yx_sm2_secret_read(d, no_blind, &secret));
    numbers_begin(&of, d, k);
    must(yx_sm2_sign_with(&secret, digest, k, signature));
    YX_CLEAN(BIGNUM) BIGNUM *r = BN_new();
    BN_zero(r); /* r = 0 */
    digest_for(&of, r, digest);
    must(!yx_sm2_sign_with(&secret, digest, k, signature));
    assert_memory_equal(signature, zeros, 64);
    must(BN_sub(r, of.n, of.k) == 1); /* r + k = n */
    digest_for(&of, r, digest);
    must(!yx_sm2_sign_with(&secret, digest, k, signature));
    must(BN_mod_inverse(r, of.d, of.n, of.ctx) != NULL && /* s = 0, so that k = r d */
         BN_mod_mul(r, r, of.k, of.n, of.ctx) == 1);
    digest_for(&of, r, digest);
    must(!yx_sm2_sign_with(&secret, digest, k, signature));
    must(BN_set_word(r, 1) == 1);
    digest_for(&of, r, digest);
    must(yx_sm2_sign_with(&secret, digest, k, signature) && signature[31] == 1);
    memset(k, 0, 32); /* k out of range */
    must(!yx_sm2_sign_with(&secret, digest, k, signature));
    write_less(&yx_sm2_n, 0, k);
    must(!yx_sm2_sign_with(&secret, digest, k, signature));
    memset(k, 0xFF, 32);
    must(!yx_sm2_sign_with(&secret, digest, k, signature));
    write_less(&yx_sm2_n, 1, k);
    must(yx_sm2_sign_with(&secret, digest, k, signature));
    numbers_end(&of);
}

/* --- Signatures that must be refused ----------------------------------------------------- */

static void test_ranges(void **state)
{
    (void)state;
    uint8_t d[32] = {1}, k[32] = {2}, digest[32] = {3}, good[64], bad[64];
    struct pair pair, other;
    pair_begin(&pair, d);
    d[31] = 1;
    pair_begin(&other, d);
    must(yx_sm2_sign_with(&pair.secret, digest, k, good));
    must(yx_sm2_check(&pair.key, digest, good));
    must(!yx_sm2_check(&other.key, digest, good));
    for (int half = 0; half < 64; half += 32) {
        struct yx_num number = yx_num_read(good + half);
        memcpy(bad, good, 64);
        memset(bad + half, 0, 32);
        must(!yx_sm2_check(&pair.key, digest, bad));
        write_less(&yx_sm2_n, 0, bad + half);
        must(!yx_sm2_check(&pair.key, digest, bad));
        memset(bad + half, 0xFF, 32);
        must(!yx_sm2_check(&pair.key, digest, bad));
        if (yx_num_add(&number, &number, &yx_sm2_n) == 0) { /* the same number mod n */
            yx_num_write(&number, bad + half);
            must(!yx_sm2_check(&pair.key, digest, bad));
        }
    }
    struct yx_num r = yx_num_read(good), s; /* r + s = n */
    (void)yx_num_sub(&s, &yx_sm2_n, &r);
    memcpy(bad, good, 32);
    yx_num_write(&s, bad + 32);
    must(!yx_sm2_check(&pair.key, digest, bad));
    memset(bad, 0, 64);
    must(!yx_sm2_check(&pair.key, digest, bad));
    memcpy(bad, good + 32, 32); /* swapped */
    memcpy(bad + 32, good, 32);
    must(!yx_sm2_check(&pair.key, digest, bad));
    EVP_PKEY_free(pair.theirs);
    EVP_PKEY_free(other.theirs);
}

/* r = t - s, and e = r - x1. */
static void build(const struct numbers *of, const BIGNUM *s, const BIGNUM *t, uint8_t digest[32],
                  uint8_t signature[64])
{
    YX_CLEAN(BIGNUM) BIGNUM *r = BN_new();
    must(BN_mod_sub(r, t, s, of->n, of->ctx) == 1 && BN_bn2binpad(r, signature, 32) == 32 &&
         BN_bn2binpad(s, signature + 32, 32) == 32);
    digest_for(of, r, digest);
}

/* sG and tP equal, so that their sum is a doubling; and opposite, so that it is at infinity. */
static void test_exceptional_sums(void **state)
{
    (void)state;
    uint8_t d[32] = {5}, k[32], digest[32], signature[64];
    struct pair pair;
    struct numbers of;
    YX_CLEAN(BIGNUM) BIGNUM *t = BN_new();
    YX_CLEAN(BIGNUM) BIGNUM *s = BN_new();
    d[31] = 9;
    pair_begin(&pair, d);
    YX_CLEAN(BIGNUM) BIGNUM *bn_d = bn_of_octets(d);
    YX_CLEAN(BIGNUM) BIGNUM *bn_n = bn_of(&yx_sm2_n);
    YX_CLEAN(BN_CTX) BN_CTX *ctx = BN_CTX_new();
    must(BN_set_word(t, 12345) == 1 && BN_mod_mul(s, t, bn_d, bn_n, ctx) == 1);
    YX_CLEAN(BIGNUM) BIGNUM *sum = BN_dup(s);
    must(BN_mod_add(sum, sum, s, bn_n, ctx) == 1 && BN_bn2binpad(sum, k, 32) == 32);
    numbers_begin(&of, d, k); /* k = 2 s */
    build(&of, s, t, digest, signature);
    must(they_accept(&pair, digest, signature) && yx_sm2_check(&pair.key, digest, signature));
    digest[0] ^= 1;
    must(!yx_sm2_check(&pair.key, digest, signature));
    must(BN_sub(s, of.n, s) == 1);
    for (BN_ULONG x1 = 0; x1 < 2; x1++) { /* whatever x1 one may take infinity for */
        must(BN_set_word(of.x1, x1) == 1);
        build(&of, s, t, digest, signature);
        must(!they_accept(&pair, digest, signature));
        must(!yx_sm2_check(&pair.key, digest, signature));
    }
    numbers_end(&of);
    EVP_PKEY_free(pair.theirs);
}

/* A sum whose x1 is not below n: r is made of x1 - n. The key is made for it, P = (R - sG) / t. */
static void test_large_x(void **state)
{
    (void)state;
    static const uint8_t one[32] = {[31] = 1};
    uint8_t point[64], digest[32], signature[64];
    struct numbers of;
    struct yx_sm2_public key;
    numbers_begin(&of, one, one);
    YX_CLEAN(EC_GROUP) EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_sm2);
    YX_CLEAN(EC_POINT) EC_POINT *sum = EC_POINT_new(group);
    YX_CLEAN(EC_POINT) EC_POINT *public_key = EC_POINT_new(group);
    YX_CLEAN(BIGNUM) BIGNUM *s = BN_new();
    YX_CLEAN(BIGNUM) BIGNUM *t = BN_new();
    YX_CLEAN(BIGNUM) BIGNUM *inverse = BN_new();
    must(BN_set_word(s, 77) == 1 && BN_set_word(t, 99) == 1 && BN_copy(of.x1, of.n) != NULL);
    while (EC_POINT_set_compressed_coordinates(group, sum, of.x1, 0, of.ctx) != 1)
        must(BN_add_word(of.x1, 1) == 1);
    must(BN_cmp(of.x1, EC_GROUP_get0_field(group)) < 0 && BN_cmp(of.x1, of.n) >= 0);
    must(EC_POINT_mul(group, public_key, s, NULL, NULL, of.ctx) == 1 &&
         EC_POINT_invert(group, public_key, of.ctx) == 1 &&
         EC_POINT_add(group, public_key, public_key, sum, of.ctx) == 1 &&
         BN_mod_inverse(inverse, t, of.n, of.ctx) != NULL &&
         EC_POINT_mul(group, public_key, NULL, public_key, inverse, of.ctx) == 1);
    point_octets(group, public_key, point);
    build(&of, s, t, digest, signature);
    must(yx_sm2_public_read(point, &key));
    must(yx_sm2_check(&key, digest, signature));
    digest[31] ^= 1;
    must(!yx_sm2_check(&key, digest, signature));
    numbers_end(&of);
}

/* --- Through the door of crypto/ --------------------------------------------------------- */

/* Nonces differ: the same digest is signed differently each time. */
static void test_nonces_differ(void **state)
{
    (void)state;
    struct yx_error err = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf first = {0};
    YX_CLEAN(yx_buf) struct yx_buf second = {0};
    const uint8_t digest[32] = {1};
    uint8_t raw[2][64];
    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &key, &err), &err);
    expect_ok(yx_sm2_sign_digest(key, digest, &first, &err), &err);
    expect_ok(yx_sm2_sign_digest(key, digest, &second, &err), &err);
    must(yx_signature_to_raw(yx_buf_bytes(&first), 32, raw[0], NULL) == YX_OK &&
         yx_signature_to_raw(yx_buf_bytes(&second), 32, raw[1], NULL) == YX_OK);
    must(memcmp(raw[0], raw[1], 32) != 0 && memcmp(raw[0] + 32, raw[1] + 32, 32) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_example),          cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_points),           cmocka_unit_test(test_both_ways),
        cmocka_unit_test(test_nonces),           cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_exceptional_sums), cmocka_unit_test(test_large_x),
        cmocka_unit_test(test_nonces_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
