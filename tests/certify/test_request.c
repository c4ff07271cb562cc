/* SPDX-License-Identifier: Apache-2.0 */
/* Certification requests: ours before openssl, openssl's before us, and every refusal. */
#include "support.h"

#include "certify/certify.h"
#include "crypto/crypto.h"
#include "tools.h"

static const yx_key_type key_types[] = {YX_KEY_SM2, YX_KEY_P256, YX_KEY_P384, YX_KEY_RSA,
                                        YX_KEY_ED25519};

static struct folder folder;

static struct request {
    struct yx_private_key *key;
    struct yx_buf subject, der;
} made;

static void request_clear(void)
{
    yx_private_key_free(made.key);
    yx_buf_free(&made.subject);
    yx_buf_free(&made.der);
    memset(&made, 0, sizeof made);
}

static void make_request(yx_key_type type)
{
    struct yx_error err;
    request_clear();
    expect_ok(yx_private_key_generate(type, 2048, &made.key, &err), &err);
    expect_ok(yx_name_to_der("CN=李四,O=测试机构,C=CN", &made.subject, &err), &err);
    struct yx_signer signer = yx_signer_borrow_key(made.key);
    expect_ok(yx_request_make(yx_buf_bytes(&made.subject), yx_private_key_public(made.key), &signer,
                              &made.der, &err),
              &err);
}

/* Reads, and puts the outcome's rule into `rule` when it is refused. */
static yx_status read_request(struct yx_bytes file, const char **rule)
{
    struct yx_error err = {.rule = ""};
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    YX_CLEAN(yx_buf) struct yx_buf spki = {0};
    yx_status status = yx_request_read(file, &subject, &spki, &err);
    if (status != YX_OK)
        assert_true(subject.len == 0 && spki.len == 0);
    if (rule)
        *rule = err.rule;
    return status;
}

static void test_ours_round_trip_and_openssl_verifies(void **state)
{
    (void)state;
    struct yx_error err;
    for (size_t i = 0; i < sizeof key_types / sizeof *key_types; i++) {
        make_request(key_types[i]);
        YX_CLEAN(yx_buf) struct yx_buf subject = {0};
        YX_CLEAN(yx_buf) struct yx_buf spki = {0};
        expect_ok(yx_request_read(yx_buf_bytes(&made.der), &subject, &spki, &err), &err);
        assert_true(yx_bytes_equal(yx_buf_bytes(&subject), yx_buf_bytes(&made.subject)));
        assert_true(yx_bytes_equal(yx_buf_bytes(&spki),
                                   yx_public_key_spki(yx_private_key_public(made.key))));
        folder_write(&folder, "a.der", yx_buf_bytes(&made.der));
        expect_tool(&folder, "openssl req -inform DER -in a.der -verify -noout %s",
                    key_types[i] == YX_KEY_SM2 ? "-vfyopt distid:1234567812345678" : "");
        expect_words(&folder, "Certificate request self-signature verify OK");
    }
}

static void test_openssls_are_read(void **state)
{
    (void)state;
    static const char sm2[] = "-key sm2 -sm3 -sigopt distid:1234567812345678";
    static const struct {
        const char *options, *form;
    } cases[] = {
        {sm2, "PEM"},
        {sm2, "DER"},
        {"-newkey ec -pkeyopt ec_paramgen_curve:P-256", "PEM"},
        {"-newkey rsa:2048 -sha512", "DER"},
        {"-newkey ed25519", "PEM"},
        {"-newkey rsa:2048 -newhdr", "PEM"}, /* NEW CERTIFICATE REQUEST */
        {"-newkey rsa:2048 -text", "PEM"},   /* text in front */
        {"-newkey rsa:2048 -addext subjectAltName=DNS:a.cn", "PEM"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        YX_CLEAN(yx_buf) struct yx_buf file = {0};
        YX_CLEAN(yx_buf) struct yx_buf subject = {0};
        YX_CLEAN(yx_buf) struct yx_buf spki = {0};
        struct yx_error err;
        expect_tool(&folder,
                    "openssl req -new -nodes -keyout k -subj /C=CN/CN=x %s -outform %s -out r",
                    cases[i].options, cases[i].form);
        folder_read(&folder, "r", &file);
        expect_ok(yx_request_read(yx_buf_bytes(&file), &subject, &spki, &err), &err);
        YX_CLEAN(yx_buf) struct yx_buf text = {0};
        expect_ok(yx_name_from_der(yx_buf_bytes(&subject), &text, &err), &err);
        assert_true(yx_bytes_are(yx_buf_bytes(&text), "CN=x,C=CN"));
    }
}

/* Requests of openssl that must be refused: SM2 with another signer ID, weak digests, foreign
 * keys. */
static void test_openssls_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *options, *rule;
    } cases[] = {
        {"-key sm2 -sm3", "RFC 2986 3"},
        {"-key sm2 -sm3 -sigopt distid:1", "RFC 2986 3"},
        {"-newkey rsa:2048 -sha1", "GB/T 33560, algorithms"},
        {"-newkey rsa:2048 -md5", "GB/T 33560, algorithms"},
        {"-newkey rsa:2048 -sha224", "GB/T 33560, algorithms"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        YX_CLEAN(yx_buf) struct yx_buf file = {0};
        const char *rule;
        expect_tool(&folder, "openssl req -new -nodes -keyout k -subj /CN=x %s -out r",
                    cases[i].options);
        folder_read(&folder, "r", &file);
        assert_int_equal(read_request(yx_buf_bytes(&file), &rule), YX_REFUSED);
        assert_string_equal(rule, cases[i].rule);
    }
}

/* No bit can change without being noticed. */
static void test_every_flip_is_refused(void **state)
{
    (void)state;
    make_request(YX_KEY_P256);
    for (size_t i = 0; i < made.der.len; i++) {
        made.der.data[i] ^= (uint8_t)(1u << i % 8);
        assert_int_not_equal(read_request(yx_buf_bytes(&made.der), NULL), YX_OK);
        made.der.data[i] ^= (uint8_t)(1u << i % 8);
    }
    assert_int_equal(read_request(yx_buf_bytes(&made.der), NULL), YX_OK);
}

static void test_damaged_files(void **state)
{
    (void)state;
    const char *rule;
    make_request(YX_KEY_SM2);
    for (size_t len = 0; len < made.der.len; len++)
        assert_int_equal(read_request(YX_BYTES(made.der.data, len), NULL), YX_DAMAGED);
    assert_int_equal(yx_buf_append_text(&made.der, "x"), YX_OK);
    assert_int_equal(read_request(yx_buf_bytes(&made.der), NULL), YX_DAMAGED);

    assert_int_equal(read_request(YX_TEXT("no request at all"), &rule), YX_DAMAGED);
    assert_string_equal(rule, "RFC 7468 7");
    static const char broken[] =
        "-----BEGIN CERTIFICATE REQUEST-----\nMII*\n-----END CERTIFICATE REQUEST-----\n";
    assert_int_equal(read_request(YX_TEXT(broken), NULL), YX_DAMAGED);
    static const char empty[] =
        "-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n";
    assert_int_equal(read_request(YX_TEXT(empty), NULL), YX_DAMAGED);

    static uint8_t large[64 * 1024 + 1];
    assert_int_equal(read_request(YX_BYTES(large, sizeof large), &rule), YX_DAMAGED);
    assert_string_equal(rule, "RFC 2986 4.2");
}

/* Version 1, signed properly all the same; and an algorithm that the key cannot make. */
static void test_signed_but_wrong(void **state)
{
    (void)state;
    struct yx_error err;
    static const struct {
        int64_t version;
        yx_signature_algorithm named;
        const char *rule;
    } cases[] = {{0, YX_SIG_ECDSA_SHA256, NULL},
                 {1, YX_SIG_ECDSA_SHA256, "RFC 2986 4.1"},
                 {0, YX_SIG_RSA_SHA256, "RFC 2986 4.2"},
                 {0, YX_SIG_ECDSA_SHA512, "RFC 2986 3"}};
    make_request(YX_KEY_P256);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
        YX_CLEAN(yx_buf) struct yx_buf info = {0};
        YX_CLEAN(yx_buf) struct yx_buf value = {0};
        YX_CLEAN(yx_buf) struct yx_buf whole = {0};
        const char *rule;
        size_t sequence = yx_der_begin(&w, YX_DER_SEQUENCE);
        yx_der_put_int(&w, cases[i].version);
        yx_der_put_raw(&w, yx_buf_bytes(&made.subject));
        yx_der_put_raw(&w, yx_public_key_spki(yx_private_key_public(made.key)));
        yx_der_put(&w, YX_DER_CONTEXT_CONSTRUCTED(0), YX_BYTES(NULL, 0));
        yx_der_close(&w, sequence);
        expect_ok(yx_der_finish(&w, &info, &err), &err);
        expect_ok(
            yx_private_key_sign(made.key, YX_SIG_ECDSA_SHA256, yx_buf_bytes(&info), &value, &err),
            &err);
        sequence = yx_der_begin(&w, YX_DER_SEQUENCE);
        yx_der_put_raw(&w, yx_buf_bytes(&info));
        yx_der_put_signature_algorithm(&w, cases[i].named);
        yx_der_put_bit_string(&w, yx_buf_bytes(&value));
        yx_der_close(&w, sequence);
        expect_ok(yx_der_finish(&w, &whole, &err), &err);
        yx_status status = read_request(yx_buf_bytes(&whole), &rule);
        assert_int_equal(status, cases[i].rule ? YX_REFUSED : YX_OK);
        if (cases[i].rule)
            assert_string_equal(rule, cases[i].rule);
    }
}

/* The signer is not the key's owner. */
static void test_making_with_a_strange_key(void **state)
{
    (void)state;
    struct yx_error err;
    YX_CLEAN(yx_private_key) struct yx_private_key *other = NULL;
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    make_request(YX_KEY_SM2);
    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &other, &err), &err);
    struct yx_signer signer = yx_signer_borrow_key(other);
    expect_status(yx_request_make(yx_buf_bytes(&made.subject), yx_private_key_public(made.key),
                                  &signer, &out, &err),
                  YX_REFUSED, &err);
    assert_int_equal(out.len, 0);
}

static int set_up(void **state)
{
    (void)state;
    folder_make(&folder);
    expect_tool(&folder, "openssl genpkey -algorithm SM2 -out sm2");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    request_clear();
    folder_remove(&folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ours_round_trip_and_openssl_verifies),
        cmocka_unit_test(test_openssls_are_read),
        cmocka_unit_test(test_openssls_are_refused),
        cmocka_unit_test(test_every_flip_is_refused),
        cmocka_unit_test(test_damaged_files),
        cmocka_unit_test(test_signed_but_wrong),
        cmocka_unit_test(test_making_with_a_strange_key),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
