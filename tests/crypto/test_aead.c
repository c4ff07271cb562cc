/* SPDX-License-Identifier: Apache-2.0 */
/* test_aead.c - AES-256-GCM and scrypt, with the vectors of their standards. */
#include "support.h"

#include "crypto/crypto.h"
#include "hex.h"

/* NIST, The Galois/Counter Mode of Operation, test case 16. */
static const char key_hex[] = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
static const char nonce_hex[] = "cafebabefacedbaddecaf888";
static const char bound_hex[] = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
static const char plain_hex[] = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c"
                                "3c0c95956809532fcf0e2449a6b52"
                                "5b16aedf5aa0de657ba637b39";
static const char sealed_hex[] = "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8"
                                 "cb08e48590dbb3da7b08b1056828838"
                                 "c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b";

struct vector {
    struct yx_buf key, nonce, bound, plain, sealed;
};
static void vector_free(struct vector *vector)
{
    yx_buf_free(&vector->key);
    yx_buf_free(&vector->nonce);
    yx_buf_free(&vector->bound);
    yx_buf_free(&vector->plain);
    yx_buf_free(&vector->sealed);
}
YX_DEFINE_CLEAN_VALUE(vector, struct vector, vector_free);

static void vector_read(struct vector *vector)
{
    *vector = (struct vector){{0}};
    append_hex(&vector->key, key_hex);
    append_hex(&vector->nonce, nonce_hex);
    append_hex(&vector->bound, bound_hex);
    append_hex(&vector->plain, plain_hex);
    append_hex(&vector->sealed, sealed_hex);
}

static yx_status open_it(const struct vector *vector, struct yx_bytes sealed, struct yx_buf *out,
                         struct yx_error *err)
{
    return yx_gcm_open(vector->key.data, vector->nonce.data, yx_buf_bytes(&vector->bound), sealed,
                       out, err);
}

static void the_vector_of_the_standard(void **state)
{
    YX_CLEAN(vector) struct vector vector;
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_error err = {0};

    (void)state;
    vector_read(&vector);
    expect_ok(yx_gcm_seal(vector.key.data, vector.nonce.data, yx_buf_bytes(&vector.bound),
                          yx_buf_bytes(&vector.plain), &out, &err),
              &err);
    assert_true(yx_bytes_equal(yx_buf_bytes(&out), yx_buf_bytes(&vector.sealed)));
    out.len = 0;
    expect_ok(open_it(&vector, yx_buf_bytes(&vector.sealed), &out, &err), &err);
    assert_true(yx_bytes_equal(yx_buf_bytes(&out), yx_buf_bytes(&vector.plain)));
}

static void any_bit_counts(void **state)
{
    YX_CLEAN(vector) struct vector vector;
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_error err = {0};

    (void)state;
    vector_read(&vector);
    for (size_t i = 0; i < 8 * vector.sealed.len; i++) {
        vector.sealed.data[i / 8] ^= (uint8_t)(1 << i % 8);
        expect_status(open_it(&vector, yx_buf_bytes(&vector.sealed), &out, &err), YX_REFUSED, &err);
        vector.sealed.data[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    for (size_t len = 0; len < vector.sealed.len; len++)
        expect_status(open_it(&vector, YX_BYTES(vector.sealed.data, len), &out, &err), YX_REFUSED,
                      &err);
    vector.bound.data[3] ^= 1;
    expect_status(open_it(&vector, yx_buf_bytes(&vector.sealed), &out, &err), YX_REFUSED, &err);
    vector.bound.data[3] ^= 1;
    vector.nonce.data[11] ^= 1;
    expect_status(open_it(&vector, yx_buf_bytes(&vector.sealed), &out, &err), YX_REFUSED, &err);
    assert_int_equal(out.len, 0);
}

static void nothing_is_sealed_too(void **state)
{
    YX_CLEAN(vector) struct vector vector;
    YX_CLEAN(yx_buf) struct yx_buf sealed = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_error err = {0};

    (void)state;
    vector_read(&vector);
    expect_ok(yx_gcm_seal(vector.key.data, vector.nonce.data, yx_buf_bytes(&vector.bound),
                          YX_BYTES(NULL, 0), &sealed, &err),
              &err);
    assert_int_equal(sealed.len, YX_GCM_TAG);
    expect_ok(open_it(&vector, yx_buf_bytes(&sealed), &out, &err), &err);
    assert_int_equal(out.len, 0);
}

/* RFC 7914 12: the third vector. */
static void scrypt_as_in_its_rfc(void **state)
{
    static const char expected[] =
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
        "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887";
    const struct yx_scrypt_cost cost = {14, 8, 1};
    const struct yx_scrypt_cost dear[] = {
        {19, 8, 1}, {9, 8, 1}, {14, 9, 1}, {14, 8, 17}, {14, 0, 1}};
    YX_CLEAN(yx_buf) struct yx_buf wanted = {0};
    struct yx_error err = {0};
    uint8_t out[64];

    (void)state;
    append_hex(&wanted, expected);
    expect_ok(yx_scrypt(YX_TEXT("pleaseletmein"), YX_TEXT("SodiumChloride"), &cost, out, 64, &err),
              &err);
    assert_memory_equal(out, wanted.data, 64);
    for (size_t i = 0; i < sizeof dear / sizeof dear[0]; i++)
        expect_status(yx_scrypt(YX_TEXT("a"), YX_TEXT("b"), &dear[i], out, 64, &err), YX_REFUSED,
                      &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vector_of_the_standard),
        cmocka_unit_test(any_bit_counts),
        cmocka_unit_test(nothing_is_sealed_too),
        cmocka_unit_test(scrypt_as_in_its_rfc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
