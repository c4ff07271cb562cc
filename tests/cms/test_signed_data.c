/* SPDX-License-Identifier: Apache-2.0 */
/* SignedData of CMS and GB/T 35275: another implementation's from real packages, openssl's, and
 * ours before us and before openssl. SignedData that is wrong is in test_refuse.c. */
#include "support.h"

#include "cms/cms.h"
#include "pki.h"
#include "tools.h"
#include "zip/zip.h"

static struct folder folder;
static struct pki_person ca, sm2_ca, sm2, p256, p384, rsa, ed25519;

#define CONTENT YX_TEXT("<Signature/>")
#define LIT(text) YX_BYTES("" text, sizeof(text) - 1)

static struct yx_bytes inside(const struct yx_buf *whole, struct yx_bytes part, uint8_t **at)
{
    assert_true(part.data >= whole->data && part.data + part.len <= whole->data + whole->len);
    *at = whole->data + (part.data - whole->data);
    return part;
}

/* What a verifier that forgets nothing would say; the reason is not asked. */
static bool holds(struct yx_bytes der, struct yx_bytes content)
{
    struct yx_cms cms;
    YX_CLEAN(yx_cert) struct yx_cert *signer = NULL;
    bool digest = false, value = false;
    if (yx_cms_parse(der, &cms, NULL) != YX_OK || yx_cms_signer(&cms, &signer, NULL) != YX_OK)
        return false;
    if (cms.has_content)
        content = cms.content;
    return yx_cms_verify(&cms, signer, content, &digest, &value, NULL, NULL) == YX_OK && digest &&
           value;
}

/* --- Other people's ---------------------------------------------------------------------- */

/* Two parts of a package: the SignedData and what it is about. */
static bool read_package(const char *name, struct yx_buf *signed_value, struct yx_buf *xml)
{
    struct yx_error err;
    char path[512];
    if (!interop_path(path, name))
        return false;
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_zip) struct yx_zip *zip = NULL;
    expect_ok(yx_source_open(path, &source, &err), &err);
    expect_ok(yx_zip_open(source, &zip, &err), &err);
    const struct yx_zip_entry *value =
        yx_zip_find(zip, YX_TEXT("Doc_0/Signs/Sign_0/SignedValue.dat"));
    const struct yx_zip_entry *signature =
        yx_zip_find(zip, YX_TEXT("Doc_0/Signs/Sign_0/Signature.xml"));
    assert_true(value && signature);
    expect_ok(yx_zip_read(zip, value, 1u << 20, signed_value, &err), &err);
    expect_ok(yx_zip_read(zip, signature, 1u << 20, xml, &err), &err);
    return true;
}

/* The content is SM3(Signature.xml), and is signed as a message. */
static void test_encapsulated_from_the_field(void **state)
{
    (void)state;
    struct yx_error err;
    struct yx_cms cms;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_buf) struct yx_buf xml = {0};
    YX_CLEAN(yx_cert) struct yx_cert *signer = NULL;
    uint8_t digest[32], *at;
    bool digest_matches = false, value_matches = false, with_za = true;
    if (!read_package("ofd-sealed/ofdrw-gbt35275.ofd", &der, &xml))
        skip();
    expect_ok(yx_cms_parse(yx_buf_bytes(&der), &cms, &err), &err);
    assert_int_equal(cms.content_type, YX_OID_GM_SIGNED_DATA);
    assert_int_equal(cms.encapsulated, YX_OID_GM_DATA);
    assert_true(cms.has_content && !cms.has_attributes);
    expect_ok(yx_digest(YX_DIGEST_SM3, yx_buf_bytes(&xml), digest, &err), &err);
    assert_true(yx_bytes_equal(cms.content, YX_BYTES(digest, 32)));
    expect_ok(yx_cms_signer(&cms, &signer, &err), &err);
    assert_string_equal(yx_cert_common_name(signer), "Test Certificate");
    expect_ok(
        yx_cms_verify(&cms, signer, cms.content, &digest_matches, &value_matches, &with_za, &err),
        &err);
    assert_true(digest_matches && value_matches && !with_za);

    const struct yx_bytes parts[] = {cms.content, cms.signature};
    for (size_t p = 0; p < 2; p++)
        for (size_t i = 0; i < 8 * inside(&der, parts[p], &at).len; i += 3) {
            at[i / 8] ^= (uint8_t)(1u << i % 8);
            assert_false(holds(yx_buf_bytes(&der), CONTENT));
            at[i / 8] ^= (uint8_t)(1u << i % 8);
        }
    assert_true(holds(yx_buf_bytes(&der), CONTENT));
}

/* Detached, with attributes: messageDigest is SM3(Signature.xml), plain. */
static void test_attributes_from_the_field(void **state)
{
    (void)state;
    struct yx_error err;
    struct yx_cms cms;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_buf) struct yx_buf xml = {0};
    YX_CLEAN(yx_cert) struct yx_cert *signer = NULL;
    uint8_t *at;
    char when[YX_TIME_TEXT];
    bool digest_matches = false, value_matches = false, with_za = true;
    if (!read_package("ofd-sealed/ofdrw-gbt35275-attrs.ofd", &der, &xml))
        skip();
    expect_ok(yx_cms_parse(yx_buf_bytes(&der), &cms, &err), &err);
    assert_true(!cms.has_content && cms.has_attributes);
    assert_int_equal(cms.signature_algorithm, YX_OID_SM2_SIGN);
    yx_time_format(cms.signing_time, when);
    assert_string_equal(when, "2026-11-21T19:20:32Z");
    expect_ok(yx_cms_signer(&cms, &signer, &err), &err);
    expect_ok(yx_cms_verify(&cms, signer, yx_buf_bytes(&xml), &digest_matches, &value_matches,
                            &with_za, &err),
              &err);
    assert_true(digest_matches && value_matches && !with_za);

    const struct yx_bytes parts[] = {cms.attributes, cms.signature};
    for (size_t p = 0; p < 2; p++)
        for (size_t i = 0; i < 8 * inside(&der, parts[p], &at).len; i += 3) {
            at[i / 8] ^= (uint8_t)(1u << i % 8);
            assert_false(holds(yx_buf_bytes(&der), yx_buf_bytes(&xml)));
            at[i / 8] ^= (uint8_t)(1u << i % 8);
        }
    for (size_t i = 0; i < xml.len; i += 7) {
        xml.data[i] ^= 1;
        expect_ok(yx_cms_verify(&cms, signer, yx_buf_bytes(&xml), &digest_matches, &value_matches,
                                &with_za, &err),
                  &err);
        assert_true(!digest_matches && value_matches && !with_za); /* told apart */
        xml.data[i] ^= 1;
    }
    assert_true(holds(yx_buf_bytes(&der), yx_buf_bytes(&xml)));
    for (size_t len = 0; len < der.len; len++)
        assert_int_equal(yx_cms_parse(YX_BYTES(der.data, len), &cms, &err), YX_DAMAGED);
}

static void test_openssls_verify_here(void **state)
{
    (void)state;
    static const struct {
        const char *key, *options;
        bool holds;
    } cases[] = {
        {"rsa:2048", "", true},
        {"rsa:2048", "-keyid", true}, /* SignerInfo version 3 */
        {"rsa:2048", "-noattr", true},
        {"rsa:2048", "-nodetach", true},
        {"rsa:2048", "-md sha512", true},
        {"rsa:2048", "-md sha1", true}, /* works out; that it is weak is asked elsewhere */
        {"ec -pkeyopt ec_paramgen_curve:P-256", "", true},
        {"ec -pkeyopt ec_paramgen_curve:P-256", "-noattr -nodetach", true},
        {"ec -pkeyopt ec_paramgen_curve:P-384", "-md sha384", true},
        {"rsa:2048", "-keyopt rsa_padding_mode:pss", true}, /* the longest salt */
        {"rsa:2048", "-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:digest", true},
        {"rsa:2048", "-md sha384 -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:48", true},
        {"rsa:2048", "-md sha512 -noattr -keyopt rsa_padding_mode:pss", true},
        /* A salt that is too short, two digests, a weak one */
        {"rsa:2048", "-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:20", false},
        {"rsa:2048", "-keyopt rsa_padding_mode:pss -keyopt rsa_mgf1_md:sha512", false},
        {"rsa:2048", "-md sha1 -keyopt rsa_padding_mode:pss", false},
        {"rsa:2048", "-nocerts", false},
        {"rsa:2048", "-md md5", true},
    };
    folder_write(&folder, "content", CONTENT);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        expect_tool(&folder, "openssl req -x509 -nodes -newkey %s -keyout k -subj /CN=x -out c",
                    cases[i].key);
        expect_tool(&folder,
                    "openssl cms -sign -binary -in content -signer c -inkey k -outform DER -out s "
                    "%s",
                    cases[i].options);
        folder_read(&folder, "s", &der);
        if (holds(yx_buf_bytes(&der), CONTENT) != cases[i].holds)
            fail_msg("%s %s: expected %d", cases[i].key, cases[i].options, cases[i].holds);
    }
}

/* --- Ours -------------------------------------------------------------------------------- */

static yx_digest_algorithm digest_of(const struct pki_person *signer)
{
    yx_key_type type = yx_public_key_type(yx_cert_public_key(signer->cert));
    return type == YX_KEY_ED25519 ? YX_DIGEST_SHA512
                                  : yx_signature_digest(yx_signature_default(type));
}

static void make_over_digest(const struct pki_person *signer, struct yx_bytes digest,
                             struct yx_buf *out)
{
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf to_be_signed = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    struct yx_signer s = yx_signer_borrow_key(signer->key);
    struct yx_cms_request request = {.signer = signer->cert,
                                     .gm_content_types = signer == &sm2,
                                     .content_digest = digest,
                                     .signing_time = yx_now()};
    expect_ok(yx_cms_prepare(&request, &to_be_signed, &err), &err);
    expect_ok(s.sign(s.self, s.algorithm, yx_buf_bytes(&to_be_signed), &value, &err), &err);
    expect_ok(yx_cms_finish(&request, yx_buf_bytes(&to_be_signed), yx_buf_bytes(&value),
                            YX_BYTES(NULL, 0), out, &err),
              &err);
}

static void make(const struct pki_person *signer, struct yx_bytes content, struct yx_buf *out)
{
    struct yx_error err;
    uint8_t digest[YX_DIGEST_MAX];
    yx_digest_algorithm algorithm = digest_of(signer);
    expect_ok(yx_digest(algorithm, content, digest, &err), &err);
    make_over_digest(signer, YX_BYTES(digest, yx_digest_size(algorithm)), out);
}

static void test_ours_hold(void **state)
{
    (void)state;
    const struct pki_person *signers[] = {&sm2, &p256, &p384, &rsa, &ed25519};
    for (size_t i = 0; i < sizeof signers / sizeof *signers; i++) {
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        struct yx_cms cms;
        struct yx_error err;
        make(signers[i], CONTENT, &der);
        assert_true(holds(yx_buf_bytes(&der), CONTENT));
        assert_false(holds(yx_buf_bytes(&der), YX_TEXT("<signature/>")));
        expect_ok(yx_cms_parse(yx_buf_bytes(&der), &cms, &err), &err);
        bool gm = signers[i] == &sm2;
        assert_int_equal(cms.content_type, gm ? YX_OID_GM_SIGNED_DATA : YX_OID_PKCS7_SIGNED_DATA);
        assert_int_equal(cms.encapsulated, gm ? YX_OID_GM_DATA : YX_OID_PKCS7_DATA);
        assert_true(yx_now() - cms.signing_time < 60 * YX_SECOND);
    }
}

static void test_openssl_verifies_ours(void **state)
{
    (void)state;
    /* Not Ed25519: openssl 3.0 cannot do it in CMS (RFC 8419). */
    const struct pki_person *signers[] = {&p256, &p384, &rsa};
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    assert_int_equal(yx_pem_write("CERTIFICATE", yx_cert_der(ca.cert), &pem), YX_OK);
    folder_write(&folder, "ca.pem", yx_buf_bytes(&pem));
    for (size_t i = 0; i < sizeof signers / sizeof *signers; i++) {
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        make(signers[i], CONTENT, &der);
        folder_write(&folder, "s", yx_buf_bytes(&der));
        folder_write(&folder, "content", CONTENT);
        expect_tool(&folder, "openssl cms -verify -binary -inform DER -in s -content content "
                             "-CAfile ca.pem -purpose any -out /dev/null");
        expect_words(&folder, "CMS Verification successful");
        folder_write(&folder, "content", YX_TEXT("something else"));
        tool(&folder, "openssl cms -verify -binary -inform DER -in s -content content "
                      "-CAfile ca.pem -purpose any -out /dev/null");
        assert_null(strstr(folder.output, "successful"));
    }
}

/* GB/T 38540's other reading: ZA of the signer stands in front of the content. */
static void test_digest_with_za(void **state)
{
    (void)state;
    struct yx_error err;
    struct yx_cms cms;
    uint8_t digest[32];
    bool digest_matches = false, value_matches = false, with_za = false;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    expect_ok(yx_sm2_digest(yx_cert_public_key(sm2.cert), CONTENT, digest, &err), &err);
    make_over_digest(&sm2, YX_BYTES(digest, 32), &der);
    expect_ok(yx_cms_parse(yx_buf_bytes(&der), &cms, &err), &err);
    expect_ok(
        yx_cms_verify(&cms, sm2.cert, CONTENT, &digest_matches, &value_matches, &with_za, &err),
        &err);
    assert_true(digest_matches && value_matches && with_za);
}

static yx_status finish(const struct yx_cms_request *request, struct yx_bytes to_be_signed,
                        struct yx_bytes value, struct yx_buf *out, struct yx_error *err)
{
    return yx_cms_finish(request, to_be_signed, value, YX_BYTES(NULL, 0), out, err);
}

static void test_making_refuses(void **state)
{
    (void)state;
    struct yx_error err;
    uint8_t digest[32] = {0};
    YX_CLEAN(yx_buf) struct yx_buf tbs = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    struct yx_cms_request request = {.signer = sm2.cert, .content_digest = YX_BYTES(digest, 20)};
    expect_status(yx_cms_prepare(&request, &tbs, &err), YX_USAGE, &err);
    assert_int_equal(tbs.len, 0);
    request.content_digest.len = 32;
    expect_ok(yx_cms_prepare(&request, &tbs, &err), &err);
    struct yx_signer wrong = yx_signer_borrow_key(ca.key), right = yx_signer_borrow_key(sm2.key);
    /* Another key's value, none at all, and one over other attributes. */
    expect_ok(wrong.sign(wrong.self, wrong.algorithm, yx_buf_bytes(&tbs), &value, &err), &err);
    expect_status(finish(&request, yx_buf_bytes(&tbs), yx_buf_bytes(&value), &out, &err),
                  YX_REFUSED, &err);
    assert_int_not_equal(finish(&request, yx_buf_bytes(&tbs), YX_BYTES(NULL, 0), &out, &err),
                         YX_OK);
    value.len = 0;
    expect_ok(right.sign(right.self, right.algorithm, CONTENT, &value, &err), &err);
    expect_status(finish(&request, yx_buf_bytes(&tbs), yx_buf_bytes(&value), &out, &err),
                  YX_REFUSED, &err);
    /* Bytes that were never prepared. */
    expect_status(finish(&request, CONTENT, yx_buf_bytes(&value), &out, &err), YX_DAMAGED, &err);
    value.len = 0;
    expect_ok(right.sign(right.self, right.algorithm, LIT("\x31\x00"), &value, &err), &err);
    expect_status(finish(&request, LIT("\x31\x00"), yx_buf_bytes(&value), &out, &err), YX_DAMAGED,
                  &err);
    assert_int_equal(out.len, 0);
}

static int set_up(void **state)
{
    (void)state;
    struct yx_error err;
    static const struct {
        const char *name;
        const struct pki_person *issuer;
        yx_key_type type;
        struct pki_person *out;
    } people[] = {{"CN=Root,C=CN", NULL, YX_KEY_P256, &ca},
                  {"CN=SM2 Root,C=CN", NULL, YX_KEY_SM2, &sm2_ca},
                  {"CN=sm2", &sm2_ca, YX_KEY_SM2, &sm2},
                  {"CN=p256", &ca, YX_KEY_P256, &p256},
                  {"CN=p384", &ca, YX_KEY_P384, &p384},
                  {"CN=rsa", &ca, YX_KEY_RSA, &rsa},
                  {"CN=ed25519", &ca, YX_KEY_ED25519, &ed25519}};
    folder_make(&folder);
    for (size_t i = 0; i < sizeof people / sizeof *people; i++)
        expect_ok(
            person_make(people[i].name, people[i].issuer, people[i].type, people[i].out, &err),
            &err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    struct pki_person *all[] = {&ca, &sm2_ca, &sm2, &p256, &p384, &rsa, &ed25519};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        pki_person_free(all[i]);
    folder_remove(&folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encapsulated_from_the_field),
        cmocka_unit_test(test_attributes_from_the_field),
        cmocka_unit_test(test_openssls_verify_here),
        cmocka_unit_test(test_ours_hold),
        cmocka_unit_test(test_openssl_verifies_ours),
        cmocka_unit_test(test_digest_with_za),
        cmocka_unit_test(test_making_refuses),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
