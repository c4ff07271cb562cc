/* SPDX-License-Identifier: Apache-2.0 */
/* test_algorithm.c - the tables of digests and signature algorithms. */
#include "support.h"

#include "crypto/crypto.h"
#include "hex.h"

static void test_digests(void **state)
{
    (void)state;
    static const struct {
        yx_digest_algorithm algorithm;
        size_t size;
        const char *name;
        bool allowed;
    } cases[] = {
        {YX_DIGEST_SM3, 32, "SM3", true},        {YX_DIGEST_SHA256, 32, "SHA-256", true},
        {YX_DIGEST_SHA384, 48, "SHA-384", true}, {YX_DIGEST_SHA512, 64, "SHA-512", true},
        {YX_DIGEST_SHA1, 20, "SHA-1", false},    {YX_DIGEST_MD5, 16, "MD5", false},
        {YX_DIGEST_NONE, 0, "", false},          {(yx_digest_algorithm)99, 0, "", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(yx_digest_size(cases[i].algorithm), cases[i].size);
        assert_string_equal(yx_digest_name(cases[i].algorithm), cases[i].name);
        assert_int_equal(yx_digest_allowed(cases[i].algorithm), cases[i].allowed);
        if (cases[i].size == 0)
            continue;
        yx_oid oid = yx_digest_oid(cases[i].algorithm);
        assert_string_equal(yx_oid_name(oid), cases[i].name);
        assert_int_equal(yx_digest_from_oid(oid), cases[i].algorithm);
    }
    assert_int_equal(yx_digest_from_oid(YX_OID_RSA), YX_DIGEST_NONE);
    assert_int_equal(yx_digest_from_oid(YX_OID_UNKNOWN), YX_DIGEST_NONE);
}

static void test_signature_identifiers(void **state)
{
    (void)state;
    for (int i = YX_SIG_SM2_SM3; i <= YX_SIG_RSA_MD5; i++) {
        yx_signature_algorithm algorithm = (yx_signature_algorithm)i;
        assert_true(strlen(yx_signature_name(algorithm)) > 0);
        bool pss = i >= YX_SIG_RSA_PSS_SHA256 && i <= YX_SIG_RSA_PSS_SHA512;
        assert_int_equal(yx_signature_from_oid(yx_signature_oid(algorithm)),
                         pss ? YX_SIG_NONE : algorithm);
        bool old = i == YX_SIG_RSA_SHA1 || i == YX_SIG_ECDSA_SHA1 || i == YX_SIG_RSA_MD5;
        assert_int_equal(yx_signature_allowed(algorithm), !old);
    }
    assert_string_equal(yx_signature_name(YX_SIG_SM2_SM3), "SM2-with-SM3");
    assert_string_equal(yx_signature_name(YX_SIG_RSA_PSS_SHA384), "RSA-PSS-with-SHA-384");
    assert_int_equal(yx_signature_from_oid(YX_OID_SM3), YX_SIG_NONE);
    assert_int_equal(yx_signature_from_oid(YX_OID_UNKNOWN), YX_SIG_NONE);
    assert_false(yx_signature_allowed(YX_SIG_NONE));
    assert_false(yx_signature_allowed((yx_signature_algorithm)99));
}

static void test_which_key_makes_what(void **state)
{
    (void)state;
    static const struct {
        yx_key_type type;
        yx_digest_algorithm digest;
        yx_signature_algorithm signature;
    } cases[] = {
        {YX_KEY_SM2, YX_DIGEST_SM3, YX_SIG_SM2_SM3},
        {YX_KEY_SM2, YX_DIGEST_SHA256, YX_SIG_NONE},
        {YX_KEY_P256, YX_DIGEST_SHA256, YX_SIG_ECDSA_SHA256},
        {YX_KEY_P256, YX_DIGEST_SM3, YX_SIG_NONE},
        {YX_KEY_P384, YX_DIGEST_SHA384, YX_SIG_ECDSA_SHA384},
        {YX_KEY_P384, YX_DIGEST_SHA512, YX_SIG_ECDSA_SHA512},
        {YX_KEY_RSA, YX_DIGEST_SHA512, YX_SIG_RSA_SHA512},
        {YX_KEY_RSA, YX_DIGEST_SHA1, YX_SIG_RSA_SHA1},
        {YX_KEY_RSA, YX_DIGEST_MD5, YX_SIG_RSA_MD5},
        {YX_KEY_ED25519, YX_DIGEST_SHA512, YX_SIG_ED25519},
        {YX_KEY_NONE, YX_DIGEST_SM3, YX_SIG_NONE},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        yx_signature_algorithm got = yx_signature_from_parts(cases[i].type, cases[i].digest);
        assert_int_equal(got, cases[i].signature);
        assert_int_equal(yx_signature_fits(got, cases[i].type), got != YX_SIG_NONE);
    }
    for (int type = YX_KEY_SM2; type <= YX_KEY_ED25519; type++)
        assert_true(yx_signature_fits(yx_signature_default((yx_key_type)type), (yx_key_type)type));
    assert_int_equal(yx_signature_default(YX_KEY_NONE), YX_SIG_NONE);
    assert_false(yx_signature_fits(YX_SIG_SM2_SM3, YX_KEY_P256));
    assert_false(yx_signature_fits(YX_SIG_ECDSA_SHA256, YX_KEY_SM2));
}

static void identifier_is(yx_signature_algorithm algorithm, const char *hex)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    yx_der_put_signature_algorithm(&writer, algorithm);
    expect_ok(yx_der_finish(&writer, &out, &err), &err);
    assert_bytes(yx_buf_bytes(&out), hex);
}

static void test_algorithm_identifiers(void **state)
{
    (void)state;
    identifier_is(YX_SIG_SM2_SM3, "300A06082A811CCF55018375");
    identifier_is(YX_SIG_RSA_SHA256, "300D06092A864886F70D01010B0500");
    identifier_is(YX_SIG_ECDSA_SHA256, "300A06082A8648CE3D040302");
    identifier_is(YX_SIG_ED25519, "300506032B6570");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digests),
        cmocka_unit_test(test_signature_identifiers),
        cmocka_unit_test(test_which_key_makes_what),
        cmocka_unit_test(test_algorithm_identifiers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
