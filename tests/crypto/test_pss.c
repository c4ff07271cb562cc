/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_pss.c - RSA-PSS: parameters that are ours, others' that are accepted, and all that are not;
 * signatures made here and checked by openssl, and the other way round.
 */
#include "support.h"

#include "crypto/crypto.h"
#include "hex.h"
#include "tools.h"

#define MESSAGE YX_TEXT("bytes that somebody signs")

static const yx_signature_algorithm all[] = {YX_SIG_RSA_PSS_SHA256, YX_SIG_RSA_PSS_SHA384,
                                             YX_SIG_RSA_PSS_SHA512};
static struct yx_private_key *key;

/* --- Parameters -------------------------------------------------------------------------- */

static void test_parameters_are_read_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct yx_error err;
        YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        yx_oid oid;
        struct yx_bytes parameters;
        yx_der_put_signature_algorithm(&w, all[i]);
        expect_ok(yx_der_finish(&w, &der, &err), &err);
        struct yx_der reader = yx_der_reader(yx_buf_bytes(&der), "AlgorithmIdentifier");
        expect_ok(yx_der_algorithm(&reader, &oid, &parameters, &err), &err);
        assert_int_equal(oid, YX_OID_RSA_PSS);
        assert_int_equal(yx_signature_from_identifier(oid, parameters), all[i]);
        /* Cut off anywhere, they are those of no algorithm. */
        for (size_t len = 0; len < parameters.len; len++)
            assert_int_equal(yx_signature_from_identifier(oid, YX_BYTES(parameters.data, len)),
                             YX_SIG_NONE);
    }
    assert_int_equal(yx_signature_from_identifier(YX_OID_RSA_SHA256, YX_BYTES(NULL, 0)),
                     YX_SIG_RSA_SHA256);
}

#define SHA1 "3009 0605 2B0E03021A 0500"
#define SHA256 "300D 0609 608648016503040201 0500"
#define SHA256_BARE "300B 0609 608648016503040201"
#define SHA384 "300D 0609 608648016503040202 0500"
#define MGF1(length, digest) "30" length " 0609 2A864886F70D010108 " digest

static void test_forms_of_parameters(void **state)
{
    (void)state;
    static const struct {
        const char *what, *hex;
        yx_signature_algorithm want;
    } cases[] = {
        {"all as RFC 4055 writes it",
         "3034 A00F " SHA256 " A11C " MGF1("1A", SHA256) " A203 020120", YX_SIG_RSA_PSS_SHA256},
        {"NULL left out", "3030 A00D " SHA256_BARE " A11A " MGF1("18", SHA256_BARE) " A203 020120",
         YX_SIG_RSA_PSS_SHA256},
        {"trailerField spelled out",
         "3039 A00F " SHA256 " A11C " MGF1("1A", SHA256) " A203 020120 A303 020101",
         YX_SIG_RSA_PSS_SHA256},
        {"a longer salt", "3035 A00F " SHA256 " A11C " MGF1("1A", SHA256) " A204 020200DE",
         YX_SIG_RSA_PSS_SHA256},
        {"a shorter salt", "3034 A00F " SHA256 " A11C " MGF1("1A", SHA256) " A203 02011F",
         YX_SIG_NONE},
        {"a negative salt", "3034 A00F " SHA256 " A11C " MGF1("1A", SHA256) " A203 0201FF",
         YX_SIG_NONE},
        {"no salt given: 20", "302F A00F " SHA256 " A11C " MGF1("1A", SHA256), YX_SIG_NONE},
        {"another digest in MGF1", "3034 A00F " SHA256 " A11C " MGF1("1A", SHA384) " A203 020130",
         YX_SIG_NONE},
        {"no MGF1 given: SHA-1", "3016 A00F " SHA256 " A203 020120", YX_SIG_NONE},
        {"SHA-1 throughout", "302C A00B " SHA1 " A118 " MGF1("16", SHA1) " A203 020120",
         YX_SIG_NONE},
        {"all defaults: SHA-1", "3000", YX_SIG_NONE},
        {"another mask function",
         "3034 A00F " SHA256 " A11C 301A 0609 2A864886F70D010107 " SHA256 " A203 020120",
         YX_SIG_NONE},
        {"another trailer",
         "3039 A00F " SHA256 " A11C " MGF1("1A", SHA256) " A203 020120 A303 020102", YX_SIG_NONE},
        {"more behind it", "3036 A00F " SHA256 " A11C " MGF1("1A", SHA256) " A203 020120 0500",
         YX_SIG_NONE},
        {"no SEQUENCE", "0500", YX_SIG_NONE},
        {"nothing", "", YX_SIG_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        YX_CLEAN(yx_buf) struct yx_buf der = from_hex(cases[i].hex);
        yx_signature_algorithm got =
            yx_signature_from_identifier(YX_OID_RSA_PSS, yx_buf_bytes(&der));
        if (got != cases[i].want)
            fail_msg("%s: %s", cases[i].what, yx_signature_name(got));
    }
}

/* --- Signatures -------------------------------------------------------------------------- */

static void test_each_algorithm_is_its_own(void **state)
{
    (void)state;
    static const yx_signature_algorithm others[] = {YX_SIG_RSA_SHA256,     YX_SIG_RSA_SHA384,
                                                    YX_SIG_RSA_SHA512,     YX_SIG_RSA_PSS_SHA256,
                                                    YX_SIG_RSA_PSS_SHA384, YX_SIG_RSA_PSS_SHA512};
    const struct yx_public_key *public_key = yx_private_key_public(key);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct yx_error err;
        YX_CLEAN(yx_buf) struct yx_buf value = {0};
        expect_ok(yx_private_key_sign(key, all[i], MESSAGE, &value, &err), &err);
        for (size_t j = 0; j < sizeof others / sizeof *others; j++)
            expect_status(
                yx_public_key_verify(public_key, others[j], MESSAGE, yx_buf_bytes(&value), &err),
                others[j] == all[i] ? YX_OK : YX_REFUSED, &err);
        expect_status(
            yx_public_key_verify(public_key, all[i], YX_TEXT("x"), yx_buf_bytes(&value), &err),
            YX_REFUSED, &err);
        value.data[value.len / 2] ^= 1;
        expect_status(yx_public_key_verify(public_key, all[i], MESSAGE, yx_buf_bytes(&value), &err),
                      YX_REFUSED, &err);
        assert_false(yx_signature_fits(all[i], YX_KEY_P256));
        assert_true(yx_signature_allowed(all[i]));
    }
}

static void test_openssl_agrees(void **state)
{
    (void)state;
    static const char *const names[] = {"sha256", "sha384", "sha512"};
    struct folder folder;
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    folder_make(&folder);
    expect_ok(yx_private_key_write(key, YX_TEXT("secret"), &pem, &err), &err);
    folder_write(&folder, "key", yx_buf_bytes(&pem));
    folder_write(&folder, "message", MESSAGE);
    expect_tool(&folder, "openssl pkey -in key -passin pass:secret -pubout -out public");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        YX_CLEAN(yx_buf) struct yx_buf ours = {0};
        YX_CLEAN(yx_buf) struct yx_buf theirs = {0};
        expect_ok(yx_private_key_sign(key, all[i], MESSAGE, &ours, &err), &err);
        folder_write(&folder, "ours", yx_buf_bytes(&ours));
        expect_tool(&folder,
                    "openssl dgst -%s -verify public -sigopt rsa_padding_mode:pss -sigopt "
                    "rsa_pss_saltlen:digest -signature ours message",
                    names[i]);
        expect_tool(&folder,
                    "openssl dgst -%s -sign key -passin pass:secret -sigopt rsa_padding_mode:pss "
                    "-out theirs message",
                    names[i]);
        folder_read(&folder, "theirs", &theirs);
        expect_ok(yx_public_key_verify(yx_private_key_public(key), all[i], MESSAGE,
                                       yx_buf_bytes(&theirs), &err),
                  &err);
    }
    folder_remove(&folder);
}

static int set_up(void **state)
{
    (void)state;
    return yx_private_key_generate(YX_KEY_RSA, 2048, &key, NULL) == YX_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    yx_private_key_free(key);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameters_are_read_back),
        cmocka_unit_test(test_forms_of_parameters),
        cmocka_unit_test(test_each_algorithm_is_its_own),
        cmocka_unit_test(test_openssl_agrees),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
