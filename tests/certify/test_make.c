/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that we make: parsed and verified by openssl, and every refusal of the making. What
 * the lint refuses is in test_lint.c. */
#include "support.h"

#include "pki.h"
#include "tools.h"

static const yx_key_type key_types[] = {YX_KEY_SM2, YX_KEY_P256, YX_KEY_P384, YX_KEY_RSA,
                                        YX_KEY_ED25519};
#define KEY_TYPES (sizeof key_types / sizeof *key_types)

static struct folder folder;

static void write_pem(const char *name, struct yx_bytes der)
{
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    assert_int_equal(yx_pem_write("CERTIFICATE", der, &pem), YX_OK);
    folder_write(&folder, name, yx_buf_bytes(&pem));
}

/* A template for a leaf with the key of `holder`; the name must outlive it. */
static struct yx_cert_template leaf_template(const struct pki_person *holder,
                                             struct yx_bytes subject)
{
    return (struct yx_cert_template){
        .subject = subject,
        .spki = yx_public_key_spki(yx_private_key_public(holder->key)),
        .serial = YX_BYTES("\x01\x02\x03", 3),
        .not_before = yx_now() - YX_DAY,
        .not_after = yx_now() + 30 * YX_DAY,
        .key_usage = YX_KU_DIGITAL_SIGNATURE,
        .path_length = -1,
    };
}

static void test_all_key_types_verify_with_openssl(void **state)
{
    (void)state;
    struct yx_error err;
    for (size_t i = 0; i < KEY_TYPES; i++) {
        YX_CLEAN(pki_person) struct pki_person ca = {0};
        YX_CLEAN(pki_person) struct pki_person holder = {0};
        expect_ok(person_make("CN=测试根CA,O=测试机构,C=CN", NULL, key_types[i], &ca, &err), &err);
        expect_ok(person_make("CN=张三,O=测试机构,C=CN", &ca, key_types[i], &holder, &err), &err);
        write_pem("ca.pem", yx_cert_der(ca.cert));
        write_pem("holder.pem", yx_cert_der(holder.cert));
        const char *id = key_types[i] == YX_KEY_SM2 ? "-vfyopt distid:1234567812345678" : "";
        expect_tool(&folder, "openssl verify %s -x509_strict -CAfile ca.pem holder.pem", id);
        expect_words(&folder, "holder.pem: OK");
        /* openssl cannot check a self-signed SM2 certificate: it does not pass the ID there. */
        if (key_types[i] != YX_KEY_SM2)
            expect_tool(&folder, "openssl verify -check_ss_sig -CAfile ca.pem ca.pem");
        expect_tool(&folder, "openssl x509 -in holder.pem -noout -text");
        expect_words(&folder, "Version: 3 (0x2)");
        expect_words(&folder, "X509v3 Key Usage: critical");
        expect_words(&folder, "Digital Signature, Non Repudiation");
    }
}

/* A signer of one key type, a holder of another. */
static void test_issuer_and_holder_of_different_types(void **state)
{
    (void)state;
    struct yx_error err;
    YX_CLEAN(pki_person) struct pki_person ca = {0};
    expect_ok(person_make("CN=Root", NULL, YX_KEY_RSA, &ca, &err), &err);
    write_pem("ca.pem", yx_cert_der(ca.cert));
    for (size_t i = 0; i < KEY_TYPES; i++) {
        YX_CLEAN(pki_person) struct pki_person holder = {0};
        YX_CLEAN(yx_buf) struct yx_buf subject = {0};
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        expect_ok(yx_private_key_generate(key_types[i], 2048, &holder.key, &err), &err);
        expect_ok(yx_name_to_der("CN=holder", &subject, &err), &err);
        struct yx_cert_template wanted = leaf_template(&holder, yx_buf_bytes(&subject));
        struct yx_signer signer = yx_signer_borrow_key(ca.key);
        signer.algorithm = YX_SIG_RSA_SHA512;
        expect_ok(yx_cert_make(&wanted, ca.cert, &signer, &der, &err), &err);
        write_pem("holder.pem", yx_buf_bytes(&der));
        expect_tool(&folder, "openssl verify -CAfile ca.pem holder.pem");
        expect_words(&folder, "holder.pem: OK");
    }
}

/* Every field of the template comes out as openssl reads it. */
static void test_every_extension(void **state)
{
    (void)state;
    struct yx_error err;
    static const yx_oid usages[] = {YX_OID_KP_SERVER_AUTH, YX_OID_KP_OCSP_SIGNING, YX_OID_UNKNOWN};
    YX_CLEAN(pki_person) struct pki_person ca = {0};
    YX_CLEAN(pki_person) struct pki_person holder = {0};
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    expect_ok(person_make("CN=Root", NULL, YX_KEY_P256, &ca, &err), &err);
    expect_ok(yx_private_key_generate(YX_KEY_P256, 0, &holder.key, &err), &err);
    expect_ok(yx_name_to_der("CN=host,serialNumber=123", &subject, &err), &err);
    struct yx_cert_template wanted = leaf_template(&holder, yx_buf_bytes(&subject));
    wanted.key_usage = YX_KU_DIGITAL_SIGNATURE | YX_KU_KEY_AGREEMENT;
    wanted.extended_usage = usages;
    wanted.ocsp_nocheck = true;
    wanted.dns_name = "*.seal.example";
    wanted.crl_url = "http://ca.example/a.crl";
    wanted.ocsp_url = "http://ocsp.example:8080/";
    wanted.issuer_url = "ldap://ca.example/cn=ca";
    struct yx_signer signer = yx_signer_borrow_key(ca.key);
    expect_ok(yx_cert_make(&wanted, ca.cert, &signer, &der, &err), &err);
    write_pem("holder.pem", yx_buf_bytes(&der));
    expect_tool(&folder, "openssl x509 -in holder.pem -noout -text");
    static const char *const words[] = {"Serial Number: 66051 (0x10203)",
                                        "Digital Signature, Key Agreement",
                                        "TLS Web Server Authentication, OCSP Signing",
                                        "DNS:*.seal.example",
                                        "URI:http://ca.example/a.crl",
                                        "OCSP - URI:http://ocsp.example:8080/",
                                        "CA Issuers - URI:ldap://ca.example/cn=ca",
                                        "OCSP No Check",
                                        "X509v3 Authority Key Identifier",
                                        "X509v3 Subject Key Identifier"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        expect_words(&folder, words[i]);
}

/* The key identifiers bind leaf to issuer, and are those of RFC 7093 2, method 1. */
static void test_key_identifiers(void **state)
{
    (void)state;
    struct yx_error err;
    YX_CLEAN(pki_person) struct pki_person ca = {0};
    expect_ok(person_make("CN=Root", NULL, YX_KEY_P256, &ca, &err), &err);
    struct yx_bytes spki = yx_public_key_spki(yx_cert_public_key(ca.cert));
    struct yx_bytes identifier = yx_cert_key_identifier(ca.cert);
    uint8_t digest[32];
    /* The key bits of P-256 are the 65 octets at the end. */
    expect_ok(yx_digest(YX_DIGEST_SHA256, YX_BYTES(spki.data + spki.len - 65, 65), digest, &err),
              &err);
    assert_int_equal(identifier.len, 20);
    assert_memory_equal(identifier.data, digest, 20);
}

static yx_time at(const char *text)
{
    yx_time time = 0;
    struct yx_error err;
    expect_ok(yx_time_parse(text, &time, &err), &err);
    return time;
}

/* RFC 5280 4.1.2.5: the last second of 2049 is a UTCTime, the next a GeneralizedTime. */
static void test_time_cut(void **state)
{
    (void)state;
    static const struct {
        const char *until, *der;
        size_t len;
    } cases[] = {{"2049-12-31T23:59:59Z",
                  "\x17\x0D"
                  "491231235959Z",
                  15},
                 {"2050-01-01T00:00:00Z",
                  "\x18\x0F"
                  "20500101000000Z",
                  17}};
    struct yx_error err;
    YX_CLEAN(pki_person) struct pki_person holder = {0};
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    expect_ok(yx_private_key_generate(YX_KEY_P256, 0, &holder.key, &err), &err);
    expect_ok(yx_name_to_der("CN=long", &subject, &err), &err);
    struct yx_signer signer = yx_signer_borrow_key(holder.key);
    for (size_t i = 0; i < 2; i++) {
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        struct yx_cert_template wanted = leaf_template(&holder, yx_buf_bytes(&subject));
        wanted.not_after = at(cases[i].until);
        expect_ok(yx_cert_make(&wanted, NULL, &signer, &der, &err), &err);
        assert_non_null(memmem(der.data, der.len, cases[i].der, cases[i].len));
    }
}

/* --- Refusals ---------------------------------------------------------------------------- */

static yx_status sign_garbage(void *self, yx_signature_algorithm algorithm, struct yx_bytes message,
                              struct yx_buf *signature, struct yx_error *err)
{
    (void)self, (void)algorithm, (void)message, (void)err;
    return yx_buf_append_text(signature, "no signature at all");
}

static yx_status sign_never(void *self, yx_signature_algorithm algorithm, struct yx_bytes message,
                            struct yx_buf *signature, struct yx_error *err)
{
    (void)self, (void)algorithm, (void)message, (void)signature;
    return yx_fail(err, YX_IO, "", "the device is gone");
}

static void test_refusals(void **state)
{
    (void)state;
    struct yx_error err;
    YX_CLEAN(pki_person) struct pki_person ca = {0};
    YX_CLEAN(pki_person) struct pki_person other = {0};
    YX_CLEAN(pki_person) struct pki_person rsa = {0};
    YX_CLEAN(pki_person) struct pki_person leaf = {0};
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    expect_ok(person_make("CN=Root", NULL, YX_KEY_P256, &ca, &err), &err);
    expect_ok(person_make("CN=Root", NULL, YX_KEY_P256, &other, &err), &err);
    expect_ok(person_make("CN=Root", NULL, YX_KEY_RSA, &rsa, &err), &err);
    expect_ok(person_make("CN=Leaf", &ca, YX_KEY_P256, &leaf, &err), &err);
    expect_ok(yx_name_to_der("CN=x", &subject, &err), &err);
    struct yx_cert_template good = leaf_template(&leaf, yx_buf_bytes(&subject)), bad;
    struct yx_signer signer = yx_signer_borrow_key(ca.key);
    struct yx_signer stranger = yx_signer_borrow_key(other.key);
    struct yx_signer by_rsa = yx_signer_borrow_key(rsa.key);
    struct yx_signer by_leaf = yx_signer_borrow_key(leaf.key);
    struct yx_signer garbage = {YX_SIG_ECDSA_SHA256, sign_garbage, NULL};
    struct yx_signer never = {YX_SIG_ECDSA_SHA256, sign_never, NULL};
    struct yx_signer weak = {YX_SIG_ECDSA_SHA1, sign_garbage, NULL};
    struct yx_signer none = {YX_SIG_NONE, sign_garbage, NULL};

    expect_ok(yx_cert_make(&good, ca.cert, &signer, &der, &err), &err);
    size_t len = der.len;

    /* The key is not that of the issuer's certificate; the value is none; the device fails. */
    expect_status(yx_cert_make(&good, ca.cert, &stranger, &der, &err), YX_REFUSED, &err);
    assert_string_equal(err.rule, "RFC 5280 4.1.1.3");
    expect_status(yx_cert_make(&good, ca.cert, &garbage, &der, &err), YX_REFUSED, &err);
    expect_status(yx_cert_make(&good, ca.cert, &never, &der, &err), YX_IO, &err);
    /* Algorithms: of another key type, weak, none. */
    expect_status(yx_cert_make(&good, ca.cert, &by_rsa, &der, &err), YX_REFUSED, &err);
    assert_string_equal(err.rule, "RFC 5280 4.1.1.2");
    expect_status(yx_cert_make(&good, ca.cert, &weak, &der, &err), YX_REFUSED, &err);
    assert_string_equal(err.rule, "GB/T 33560, algorithms");
    expect_status(yx_cert_make(&good, ca.cert, &none, &der, &err), YX_REFUSED, &err);
    /* A leaf may not issue; a self-signed one must be signed with its own key. */
    expect_status(yx_cert_make(&good, leaf.cert, &by_leaf, &der, &err), YX_REFUSED, &err);
    assert_string_equal(err.rule, "RFC 5280 4.2.1.9");
    expect_status(yx_cert_make(&good, NULL, &signer, &der, &err), YX_REFUSED, &err);
    /* The template. */
    bad = good;
    bad.key_usage = 1 << 7;
    expect_status(yx_cert_make(&bad, ca.cert, &signer, &der, &err), YX_USAGE, &err);
    bad = good;
    bad.path_length = 0;
    expect_status(yx_cert_make(&bad, ca.cert, &signer, &der, &err), YX_USAGE, &err);
    bad = good;
    bad.spki = YX_BYTES("\x30\x00", 2);
    expect_status(yx_cert_make(&bad, ca.cert, &signer, &der, &err), YX_DAMAGED, &err);
    bad = good;
    bad.spki = YX_BYTES(NULL, 0);
    expect_status(yx_cert_make(&bad, NULL, &signer, &der, &err), YX_DAMAGED, &err);
    /* And what reaches the lint. */
    bad = good;
    bad.not_after = yx_cert_not_after(ca.cert) + YX_SECOND;
    expect_status(yx_cert_make(&bad, ca.cert, &signer, &der, &err), YX_REFUSED, &err);
    bad = good;
    bad.crl_url = "file:///etc/passwd";
    expect_status(yx_cert_make(&bad, ca.cert, &signer, &der, &err), YX_REFUSED, &err);
    bad = good;
    bad.ca = true;
    expect_status(yx_cert_make(&bad, ca.cert, &signer, &der, &err), YX_REFUSED, &err);

    assert_int_equal(der.len, len); /* nothing was handed out */
}

static int set_up(void **state)
{
    (void)state;
    folder_make(&folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(&folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_key_types_verify_with_openssl),
        cmocka_unit_test(test_issuer_and_holder_of_different_types),
        cmocka_unit_test(test_every_extension),
        cmocka_unit_test(test_key_identifiers),
        cmocka_unit_test(test_time_cut),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
