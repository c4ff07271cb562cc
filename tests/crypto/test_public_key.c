/* SPDX-License-Identifier: Apache-2.0 */
/* test_public_key.c - which SubjectPublicKeyInfo is read and which is refused. */
#include "support.h"

#include "crypto/crypto.h"
#include "hex.h"
#include "sm2_example.h"

#define HEAD SM2_EXAMPLE_SPKI_HEAD
#define X SM2_EXAMPLE_X
#define Y SM2_EXAMPLE_Y
/* The public key of RFC 8032 7.1, test 1 */
#define ED25519_KEY "D75A980182B10AB7D54BFED3C964073A0EE172F3DAA62325AF021A68F707511A"

static const struct {
    const char *what;
    const char *hex;
    yx_status status;
} cases[] = {
    {"SM2", SM2_EXAMPLE_SPKI, YX_OK},
    {"Ed25519", "302A300506032B6570032100" ED25519_KEY, YX_OK},
    {"bytes behind it", SM2_EXAMPLE_SPKI "00", YX_DAMAGED},
    {"off the curve",
     HEAD "04" X "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD14", YX_DAMAGED},
    {"x above p", HEAD "04 FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF" Y,
     YX_DAMAGED},
    {"x and y 0",
     HEAD "04 0000000000000000000000000000000000000000000000000000000000000000"
          "0000000000000000000000000000000000000000000000000000000000000000",
     YX_DAMAGED},
    {"the point at infinity", "3019301306072A8648CE3D020106082A811CCF5501822D03020000", YX_DAMAGED},
    {"compressed", "3039301306072A8648CE3D020106082A811CCF5501822D03220003" X, YX_DAMAGED},
    {"hybrid", HEAD "07" X Y, YX_DAMAGED},
    {"unused bits",
     "3059301306072A8648CE3D020106082A811CCF5501822D034201"
     "04" X Y,
     YX_DAMAGED},
    {"an SM2 point on P-256",
     "3059301306072A8648CE3D020106082A8648CE3D030107034200"
     "04" X Y,
     YX_DAMAGED},
    {"the curve secp256k1",
     "3056301006072A8648CE3D020106052B8104000A034200"
     "04" X Y,
     YX_REFUSED},
    {"no curve",
     "304F300906072A8648CE3D0201034200"
     "04" X Y,
     YX_REFUSED},
    {"curve NULL",
     "3051300B06072A8648CE3D02010500034200"
     "04" X Y,
     YX_REFUSED},
    {"explicit parameters",
     "3054300E06072A8648CE3D02013003020101034200"
     "04" X Y,
     YX_REFUSED},
    {"X25519", "302A300506032B656E032100" ED25519_KEY, YX_REFUSED},
    {"Ed25519 with parameters", "302D300806032B6570020100032100" ED25519_KEY, YX_DAMAGED},
    {"Ed25519 of 33 octets",
     "302B300506032B6570032200"
     "00" ED25519_KEY,
     YX_DAMAGED},
    {"nothing", "", YX_DAMAGED},
};

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct yx_error err = {0};
        YX_CLEAN(yx_buf) struct yx_buf spki = from_hex(cases[i].hex);
        YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;
        yx_status status = yx_public_key_from_spki(yx_buf_bytes(&spki), &key, &err);
        if (status != cases[i].status)
            fail_msg("%s: status %d, expected %d", cases[i].what, (int)status,
                     (int)cases[i].status);
        assert_int_equal(key != NULL, status == YX_OK);
        if (status == YX_OK)
            assert_bytes(yx_public_key_spki(key), cases[i].hex);
    }
}

static void test_truncations_are_refused(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf spki = from_hex(SM2_EXAMPLE_SPKI);
    for (size_t len = 0; len < spki.len; len++) {
        struct yx_error err = {0};
        struct yx_public_key *key = NULL;
        yx_status status = yx_public_key_from_spki(YX_BYTES(spki.data, len), &key, &err);
        expect_status(status, YX_DAMAGED, &err);
    }
}

static void test_type_and_bits(void **state)
{
    (void)state;
    static const struct {
        yx_key_type type;
        unsigned bits;
    } types[] = {{YX_KEY_SM2, 256},
                 {YX_KEY_P256, 256},
                 {YX_KEY_P384, 384},
                 {YX_KEY_RSA, 2048},
                 {YX_KEY_ED25519, 256}};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct yx_error err = {0};
        YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
        YX_CLEAN(yx_public_key) struct yx_public_key *copy = NULL;
        expect_ok(yx_private_key_generate(types[i].type, 2048, &key, &err), &err);
        struct yx_bytes spki = yx_public_key_spki(yx_private_key_public(key));
        expect_ok(yx_public_key_from_spki(spki, &copy, &err), &err);
        assert_int_equal(yx_public_key_type(copy), types[i].type);
        assert_int_equal(yx_public_key_bits(copy), types[i].bits);
        assert_true(yx_bytes_equal(yx_public_key_spki(copy), spki));
    }
    yx_public_key_free(NULL);
}

/* --- RSA --------------------------------------------------------------------------------- */

/* A modulus of `bits` with its ends set; never used to compute. */
static void put_modulus(struct yx_der_writer *writer, size_t bits, uint8_t last)
{
    uint8_t octets[2048];
    size_t len = bits / 8;
    assert_true(len <= sizeof(octets));
    memset(octets, 0xA5, len);
    octets[len - 1] = last;
    yx_der_put_unsigned(writer, YX_BYTES(octets, len));
}

struct rsa_case {
    size_t bits;
    uint8_t last; /* octet of the modulus */
    const char *exponent;
    const char *parameters;
    yx_status status;
};

static yx_status read_rsa(const struct rsa_case *test, struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    YX_CLEAN(yx_buf) struct yx_buf spki = {0};
    YX_CLEAN(yx_buf) struct yx_buf exponent = from_hex(test->exponent);
    YX_CLEAN(yx_buf) struct yx_buf parameters = from_hex(test->parameters);
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;
    size_t rsa = yx_der_begin(&writer, YX_DER_SEQUENCE);
    put_modulus(&writer, test->bits, test->last);
    yx_der_put_raw(&writer, yx_buf_bytes(&exponent));
    yx_der_close(&writer, rsa);
    expect_ok(yx_der_finish(&writer, &value, err), err);
    size_t whole = yx_der_begin(&writer, YX_DER_SEQUENCE);
    size_t algorithm = yx_der_begin(&writer, YX_DER_SEQUENCE);
    yx_der_put_oid(&writer, YX_OID_RSA);
    yx_der_put_raw(&writer, yx_buf_bytes(&parameters));
    yx_der_close(&writer, algorithm);
    yx_der_put_bit_string(&writer, yx_buf_bytes(&value));
    yx_der_close(&writer, whole);
    expect_ok(yx_der_finish(&writer, &spki, err), err);
    return yx_public_key_from_spki(yx_buf_bytes(&spki), &key, err);
}

static void test_rsa(void **state)
{
    (void)state;
    static const struct rsa_case rsa_cases[] = {
        {1024, 0x01, "0203010001", "0500", YX_OK},
        {8192, 0x01, "020103", "0500", YX_OK},
        {1016, 0x01, "0203010001", "0500", YX_REFUSED},
        {512, 0x01, "0203010001", "0500", YX_REFUSED},
        {8200, 0x01, "0203010001", "0500", YX_REFUSED},
        {16384, 0x01, "0203010001", "0500", YX_REFUSED},
        {2048, 0x02, "0203010001", "0500", YX_DAMAGED},
        {2048, 0x01, "020101", "0500", YX_DAMAGED},
        {2048, 0x01, "0203010000", "0500", YX_DAMAGED},
        {2048, 0x01, "020181", "0500", YX_DAMAGED},
        {2048, 0x01, "0209010000000000000001", "0500", YX_REFUSED},
        {2048, 0x01, "", "0500", YX_DAMAGED},
        {2048, 0x01, "0203010001 020101", "0500", YX_DAMAGED},
        {2048, 0x01, "0203010001", "3000", YX_DAMAGED},
    };
    for (size_t i = 0; i < sizeof(rsa_cases) / sizeof(rsa_cases[0]); i++) {
        struct yx_error err = {0};
        yx_status status = read_rsa(&rsa_cases[i], &err);
        if (status != rsa_cases[i].status)
            fail_msg("RSA case %zu: status %d, expected %d", i, (int)status,
                     (int)rsa_cases[i].status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_truncations_are_refused),
        cmocka_unit_test(test_type_and_bits),
        cmocka_unit_test(test_rsa),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
