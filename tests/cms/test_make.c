/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_make.c - everything that a SignedData of ours can carry: chains, the certificate that it
 * names, further attributes, time-stamps, content; judged by openssl as CAdES where it can. What
 * test_signed_data.c shows of the plain kind is not shown again.
 */
#include "support.h"

#include "cms/cms.h"
#include "pki.h"
#include "tools.h"

#define CONTENT YX_TEXT("the bytes of a PDF file outside Contents")
#define NOTHING YX_BYTES(NULL, 0)
#define LIT(text) YX_BYTES("" text, sizeof(text) - 1)

static struct folder folder;
static struct pki_person ca, sub, sm2, p256, p384, rsa, other, tsa_person;
static struct yx_trust *trust;

/* --- Making ------------------------------------------------------------------------------ */

/* A digest lives as long as the request. */
struct making {
    struct yx_cms_request request;
    uint8_t digest[YX_DIGEST_MAX];
};

static void begin(const struct pki_person *signer, yx_signature_algorithm algorithm,
                  struct making *out)
{
    struct yx_error err;
    if (algorithm == YX_SIG_NONE)
        algorithm = yx_signature_default(yx_public_key_type(yx_cert_public_key(signer->cert)));
    *out = (struct making){.request = {.signer = signer->cert,
                                       .algorithm = algorithm,
                                       .signing_time = YX_TIME_NONE,
                                       .signing_certificate = true}};
    expect_ok(yx_digest(yx_cms_digest(algorithm), CONTENT, out->digest, &err), &err);
    out->request.content_digest = YX_BYTES(out->digest, yx_digest_size(yx_cms_digest(algorithm)));
}

static void sign(const struct pki_person *signer, const struct making *making,
                 struct yx_buf *to_be_signed, struct yx_buf *value)
{
    struct yx_error err;
    expect_ok(yx_cms_prepare(&making->request, to_be_signed, &err), &err);
    expect_ok(yx_private_key_sign(signer->key, making->request.algorithm,
                                  yx_buf_bytes(to_be_signed), value, &err),
              &err);
}

static void finish(const struct pki_person *signer, const struct making *making,
                   struct yx_bytes timestamp, struct yx_buf *out)
{
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf to_be_signed = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    sign(signer, making, &to_be_signed, &value);
    expect_ok(yx_cms_finish(&making->request, yx_buf_bytes(&to_be_signed), yx_buf_bytes(&value),
                            timestamp, out, &err),
              &err);
}

/* Parses, and the signature holds over CONTENT and nothing else. */
static void expect_holds(struct yx_bytes der, const struct pki_person *signer, struct yx_cms *cms)
{
    struct yx_error err;
    bool digest = false, value = false, present = false;
    uint8_t plain[YX_DIGEST_MAX];
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    expect_ok(yx_cms_parse(der, cms, &err), &err);
    expect_ok(yx_cms_signer(cms, &cert, &err), &err);
    assert_true(yx_bytes_equal(yx_cert_der(cert), yx_cert_der(signer->cert)));
    expect_ok(yx_cms_verify(cms, cert, CONTENT, &digest, &value, NULL, &err), &err);
    assert_true(digest && value);
    expect_ok(yx_digest(cms->digest, CONTENT, plain, &err), &err);
    struct yx_bytes bytes = YX_BYTES(plain, yx_digest_size(cms->digest));
    expect_ok(yx_cms_verify_digest(cms, cert, bytes, &digest, &value, &err), &err);
    assert_true(digest && value);
    plain[0] ^= 1;
    expect_ok(yx_cms_verify_digest(cms, cert, bytes, &digest, &value, &err), &err);
    assert_true(!digest && value);
    expect_ok(yx_cms_check_signing_certificate(cms, cert, &present, &err), &err);
    assert_true(present);
    expect_status(yx_cms_check_signing_certificate(cms, other.cert, &present, &err), YX_REFUSED,
                  &err);
}

/* --- What stands in it ------------------------------------------------------------------- */

static size_t count_certificates(const struct yx_cms *cms)
{
    struct yx_error err;
    struct yx_der list = yx_cms_certificates(cms);
    size_t count = 0;
    for (;; count++) {
        YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
        expect_ok(yx_cms_next_certificate(&list, &cert, &err), &err);
        if (cert == NULL)
            return count;
    }
}

/* X.690 11.6, looked at with fresh eyes: each element is not below the one before it. */
static void expect_sorted(struct yx_bytes set)
{
    struct yx_error err;
    struct yx_der list = yx_der_reader(set, "SET OF");
    struct yx_bytes before = {NULL, 0}, element;
    while (!yx_der_at_end(&list)) {
        expect_ok(yx_der_any(&list, NULL, NULL, &element, &err), &err);
        size_t common = before.len < element.len ? before.len : element.len;
        assert_true(common == 0 || memcmp(before.data, element.data, common) <= 0);
        before = element;
    }
}

static void test_pades_form(void **state)
{
    (void)state;
    static const struct {
        const struct pki_person *signer;
        yx_signature_algorithm algorithm;
    } cases[] = {
        {&sm2, YX_SIG_NONE},           {&p256, YX_SIG_NONE},          {&p256, YX_SIG_ECDSA_SHA512},
        {&p384, YX_SIG_NONE},          {&rsa, YX_SIG_NONE},           {&rsa, YX_SIG_RSA_SHA512},
        {&rsa, YX_SIG_RSA_PSS_SHA256}, {&rsa, YX_SIG_RSA_PSS_SHA384}, {&rsa, YX_SIG_RSA_PSS_SHA512},
    };
    const struct yx_cert *chain[] = {sm2.cert, sub.cert, ca.cert, sub.cert};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct making making;
        struct yx_cms cms;
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        begin(cases[i].signer, cases[i].algorithm, &making);
        making.request.chain = chain + 1;
        making.request.chain_count = 3;
        finish(cases[i].signer, &making, NOTHING, &der);
        expect_holds(yx_buf_bytes(&der), cases[i].signer, &cms);
        /* EN 319 142-1: the time stands in the dictionary, not in the signature. */
        assert_true(cms.signing_time == YX_TIME_NONE);
        assert_int_equal(cms.content_type, YX_OID_PKCS7_SIGNED_DATA);
        assert_int_equal(cms.encapsulated, YX_OID_PKCS7_DATA);
        assert_false(cms.has_content);
        assert_int_equal(cms.signature_algorithm, yx_signature_oid(making.request.algorithm));
        assert_int_equal(count_certificates(&cms), 3);
        expect_sorted(cms.attributes);
        expect_sorted(cms.certificates);
        assert_int_equal(cms.unsigned_attributes.len, 0);
    }
}

/* The seal travels inside the signature (docs/formats.md, the seal attribute). */
static void test_further_attributes(void **state)
{
    (void)state;
    struct yx_error err;
    struct making making;
    struct yx_cms cms;
    struct yx_bytes value;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    const struct yx_attribute seal = {YX_OID_SEAL_ATTRIBUTE, LIT("\x30\x03\x02\x01\x05")};
    begin(&sm2, YX_SIG_NONE, &making);
    making.request.attributes = &seal;
    making.request.attribute_count = 1;
    making.request.signing_time = yx_now();
    finish(&sm2, &making, NOTHING, &der);
    expect_holds(yx_buf_bytes(&der), &sm2, &cms);
    expect_sorted(cms.attributes);
    expect_ok(yx_cms_attribute(cms.attributes, YX_OID_SEAL_ATTRIBUTE, &value, &err), &err);
    assert_true(yx_bytes_equal(value, seal.value));
    assert_true(cms.signing_time != YX_TIME_NONE);
    /* Another seal in its place, and the signature does not hold any more. */
    bool digest = false, verified = true;
    der.data[value.data - der.data + 4] ^= 1;
    expect_ok(yx_cms_parse(yx_buf_bytes(&der), &cms, &err), &err);
    expect_ok(yx_cms_verify(&cms, sm2.cert, CONTENT, &digest, &verified, NULL, &err), &err);
    assert_true(digest);
    assert_false(verified);
}

static void test_timestamp_inside(void **state)
{
    (void)state;
    struct yx_error err;
    struct making making;
    struct yx_cms cms;
    struct yx_bytes token;
    struct yx_cert_finding finding;
    yx_time time;
    uint8_t digest[32];
    YX_CLEAN(yx_buf) struct yx_buf to_be_signed = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    YX_CLEAN(yx_buf) struct yx_buf stamp = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_tsa tsa = {.cert = tsa_person.cert, .signer = pki_signer(&tsa_person)};
    struct yx_timestamper stamper = yx_timestamper_borrow_tsa(&tsa);
    begin(&p256, YX_SIG_NONE, &making);
    sign(&p256, &making, &to_be_signed, &value);
    expect_ok(yx_digest(stamper.algorithm, yx_buf_bytes(&value), digest, &err), &err);
    expect_ok(stamper.stamp(stamper.self, stamper.algorithm, YX_BYTES(digest, 32), &stamp, &err),
              &err);
    expect_ok(yx_cms_finish(&making.request, yx_buf_bytes(&to_be_signed), yx_buf_bytes(&value),
                            yx_buf_bytes(&stamp), &der, &err),
              &err);
    expect_holds(yx_buf_bytes(&der), &p256, &cms);
    expect_ok(yx_cms_attribute(cms.unsigned_attributes, YX_OID_TIME_STAMP_TOKEN, &token, &err),
              &err);
    expect_ok(yx_timestamp_verify(token, cms.signature, trust, yx_now(), &time, &finding, &err),
              &err);
    assert_int_equal(finding.outcome, YX_PASS);
}

static void test_content_inside(void **state)
{
    (void)state;
    struct making making;
    struct yx_cms cms;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    begin(&p256, YX_SIG_NONE, &making);
    making.request.content = CONTENT;
    finish(&p256, &making, NOTHING, &der);
    expect_holds(yx_buf_bytes(&der), &p256, &cms);
    assert_true(cms.has_content);
    assert_true(yx_bytes_equal(cms.content, CONTENT));
}

/* --- openssl's opinion ------------------------------------------------------------------- */

static void write_cert(const char *name, const struct yx_cert *cert)
{
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    assert_int_equal(yx_pem_write("CERTIFICATE", yx_cert_der(cert), &pem), YX_OK);
    folder_write(&folder, name, yx_buf_bytes(&pem));
}

static void test_openssl_verifies_cades(void **state)
{
    (void)state;
    static const struct {
        const struct pki_person *signer;
        yx_signature_algorithm algorithm;
    } cases[] = {
        {&p256, YX_SIG_NONE},          {&p256, YX_SIG_ECDSA_SHA512}, {&p384, YX_SIG_NONE},
        {&rsa, YX_SIG_NONE},           {&rsa, YX_SIG_RSA_SHA384},    {&rsa, YX_SIG_RSA_PSS_SHA256},
        {&rsa, YX_SIG_RSA_PSS_SHA512},
    };
    const struct yx_attribute seal = {YX_OID_SEAL_ATTRIBUTE, LIT("\x30\x03\x02\x01\x05")};
    const char *verify = "openssl cms -verify -cades -binary -inform DER -in s -content content "
                         "-CAfile ca.pem -purpose any -out /dev/null";
    write_cert("ca.pem", ca.cert);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct making making;
        const struct yx_cert *chain[] = {sub.cert};
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        begin(cases[i].signer, cases[i].algorithm, &making);
        making.request.chain = chain;
        making.request.chain_count = 1;
        making.request.attributes = &seal;
        making.request.attribute_count = 1;
        finish(cases[i].signer, &making, NOTHING, &der);
        folder_write(&folder, "s", yx_buf_bytes(&der));
        folder_write(&folder, "content", CONTENT);
        tool(&folder, "%s", verify);
        expect_words(&folder, "CAdES Verification successful");
        folder_write(&folder, "content", YX_TEXT("something else"));
        tool(&folder, "%s", verify);
        assert_null(strstr(folder.output, "successful"));
    }
    /* Without the attribute it is no CAdES, and openssl says so. */
    struct making plain;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    begin(&p256, YX_SIG_NONE, &plain);
    plain.request.signing_certificate = false;
    finish(&p256, &plain, NOTHING, &der);
    folder_write(&folder, "s", yx_buf_bytes(&der));
    folder_write(&folder, "content", CONTENT);
    tool(&folder, "%s", verify);
    assert_null(strstr(folder.output, "successful"));
}

/* openssl's CAdES, with the digests that it can name the certificate by, before our eyes. */
static void test_openssls_cades_is_read(void **state)
{
    (void)state;
    folder_write(&folder, "content", CONTENT);
    expect_tool(&folder, "openssl req -x509 -nodes -newkey rsa:2048 -keyout k -subj /CN=x -out c");
    static const char *const digests[] = {"sha256", "sha1", "sha512"};
    for (size_t i = 0; i < 3; i++) {
        struct yx_error err;
        struct yx_cms cms;
        bool present = false;
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        YX_CLEAN(yx_cert) struct yx_cert *signer = NULL;
        expect_tool(&folder,
                    "openssl cms -sign -cades -md %s -binary -in content -signer c -inkey k "
                    "-outform DER -out s",
                    digests[i]);
        folder_read(&folder, "s", &der);
        expect_ok(yx_cms_parse(yx_buf_bytes(&der), &cms, &err), &err);
        expect_ok(yx_cms_signer(&cms, &signer, &err), &err);
        expect_ok(yx_cms_check_signing_certificate(&cms, signer, &present, &err), &err);
        assert_true(present);
        expect_status(yx_cms_check_signing_certificate(&cms, other.cert, &present, &err),
                      YX_REFUSED, &err);
    }
}

/* Signers that write while they sign leave the lengths open; what they signed is DER. */
static void test_ber_becomes_der(void **state)
{
    (void)state;
    static const char *const forms[] = {"", "-nodetach", "-noattr", "-nodetach -noattr"};
    folder_write(&folder, "content", CONTENT);
    expect_tool(&folder, "openssl req -x509 -nodes -newkey rsa:2048 -keyout k -subj /CN=x -out c");
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct yx_error err;
        struct yx_cms cms;
        bool digest = false, value = false;
        size_t used = 0;
        YX_CLEAN(yx_buf) struct yx_buf ber = {0};
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        YX_CLEAN(yx_cert) struct yx_cert *signer = NULL;
        expect_tool(&folder,
                    "openssl cms -sign -stream %s -binary -in content -signer c -inkey k "
                    "-outform DER -out s",
                    forms[i]);
        folder_read(&folder, "s", &ber);
        assert_int_equal(ber.data[1], 0x80);
        expect_status(yx_cms_parse(yx_buf_bytes(&ber), &cms, &err), YX_DAMAGED, &err);
        assert_string_equal(err.rule, "X.690 10.1");
        expect_ok(yx_ber_to_der(yx_buf_bytes(&ber), &der, &used, &err), &err);
        assert_int_equal(used, ber.len);
        expect_ok(yx_cms_parse(yx_buf_bytes(&der), &cms, &err), &err);
        expect_ok(yx_cms_signer(&cms, &signer, &err), &err);
        expect_ok(yx_cms_verify(&cms, signer, CONTENT, &digest, &value, NULL, &err), &err);
        assert_true(digest && value);
    }
}

/* --- Refusals ---------------------------------------------------------------------------- */

static void test_making_refuses(void **state)
{
    (void)state;
    struct yx_error err;
    struct making making;
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    begin(&p256, YX_SIG_NONE, &making);
    making.request.algorithm = YX_SIG_SM2_SM3;
    expect_status(yx_cms_prepare(&making.request, &out, &err), YX_REFUSED, &err);
    /* Too many attributes, and one that stands twice: finish reads back what it made. */
    struct yx_attribute many[20];
    for (size_t i = 0; i < 20; i++)
        many[i] = (struct yx_attribute){YX_OID_SEAL_ATTRIBUTE, LIT("\x05\x00")};
    begin(&p256, YX_SIG_NONE, &making);
    making.request.attributes = many;
    making.request.attribute_count = 20;
    expect_status(yx_cms_prepare(&making.request, &out, &err), YX_USAGE, &err);
    assert_int_equal(out.len, 0);
    YX_CLEAN(yx_buf) struct yx_buf to_be_signed = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    making.request.attribute_count = 2;
    sign(&p256, &making, &to_be_signed, &value);
    expect_status(yx_cms_finish(&making.request, yx_buf_bytes(&to_be_signed), yx_buf_bytes(&value),
                                NOTHING, &out, &err),
                  YX_DAMAGED, &err);
    assert_int_equal(out.len, 0);
}

/* The attributes were prepared for data, and are to be finished as something else. */
static void test_another_content_type(void **state)
{
    (void)state;
    struct yx_error err;
    struct making making;
    YX_CLEAN(yx_buf) struct yx_buf to_be_signed = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    begin(&p256, YX_SIG_NONE, &making);
    sign(&p256, &making, &to_be_signed, &value);
    making.request.gm_content_types = true;
    expect_status(yx_cms_finish(&making.request, yx_buf_bytes(&to_be_signed), yx_buf_bytes(&value),
                                NOTHING, &out, &err),
                  YX_DAMAGED, &err);
}

static void test_digest_needs_attributes(void **state)
{
    (void)state;
    struct yx_error err;
    struct yx_cms cms = {.digest = YX_DIGEST_SHA256};
    bool digest, value;
    expect_status(yx_cms_verify_digest(&cms, p256.cert, NOTHING, &digest, &value, &err), YX_USAGE,
                  &err);
}

/* The attribute that names the certificate, wrong in one way each. */
static void test_wrong_names_of_the_certificate(void **state)
{
    (void)state;
#define CASE(what, status, hex)                     \
    {                                               \
        what, status,                               \
        {                                           \
            (const uint8_t *)(hex), sizeof(hex) - 1 \
        }                                           \
    }
#define HASH   \
    "\x04\x20" \
    "0123456789abcdef0123456789abcdef"
    static const struct {
        const char *what;
        yx_status want;
        struct yx_bytes value;
    } cases[] = {
        CASE("another certificate", YX_REFUSED, "\x30\x26\x30\x24\x30\x22" HASH),
        CASE("an unknown digest", YX_REFUSED,
             "\x30\x2C\x30\x2A\x30\x28\x30\x04\x06\x02\x2A\x03" HASH),
        CASE("no certificate at all", YX_DAMAGED, "\x30\x02\x30\x00"),
        CASE("no list", YX_DAMAGED, "\x30\x00"),
        CASE("not even that", YX_DAMAGED, "\x05\x00"),
    };
#undef CASE
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct yx_error err;
        struct making making;
        struct yx_cms cms;
        bool present = false;
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        const struct yx_attribute named = {YX_OID_SIGNING_CERTIFICATE_V2, cases[i].value};
        begin(&p256, YX_SIG_NONE, &making);
        making.request.signing_certificate = false;
        making.request.attributes = &named;
        making.request.attribute_count = 1;
        finish(&p256, &making, NOTHING, &der);
        expect_ok(yx_cms_parse(yx_buf_bytes(&der), &cms, &err), &err);
        yx_status got = yx_cms_check_signing_certificate(&cms, p256.cert, &present, &err);
        if (got != cases[i].want)
            fail_msg("%s: status %d", cases[i].what, (int)got);
        assert_false(present);
    }
}

/* hash, then issuerSerial: of the signer, with another serial, of another issuer. */
static void test_issuer_and_serial(void **state)
{
    (void)state;
    const struct yx_cert *issuers[] = {p256.cert, p256.cert, ca.cert};
    const struct yx_cert *serials[] = {p256.cert, other.cert, p256.cert};
    for (size_t i = 0; i < 3; i++) {
        struct yx_error err;
        struct making making;
        struct yx_cms cms;
        bool present = false;
        uint8_t hash[32];
        YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
        YX_CLEAN(yx_buf) struct yx_buf value = {0};
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        expect_ok(yx_digest(YX_DIGEST_SHA256, yx_cert_der(p256.cert), hash, &err), &err);
        size_t whole = yx_der_begin(&w, YX_DER_SEQUENCE);
        size_t list = yx_der_begin(&w, YX_DER_SEQUENCE);
        size_t id = yx_der_begin(&w, YX_DER_SEQUENCE);
        yx_der_put(&w, YX_DER_OCTET_STRING, YX_BYTES(hash, 32));
        size_t both = yx_der_begin(&w, YX_DER_SEQUENCE);
        size_t names = yx_der_begin(&w, YX_DER_SEQUENCE);
        yx_der_put(&w, YX_DER_CONTEXT_CONSTRUCTED(4),
                   i == 2 ? yx_cert_subject_der(other.cert) : yx_cert_issuer_der(issuers[i]));
        yx_der_close(&w, names);
        yx_der_put(&w, YX_DER_INTEGER, yx_cert_serial_der(serials[i]));
        yx_der_close(&w, both);
        yx_der_close(&w, id);
        yx_der_close(&w, list);
        yx_der_close(&w, whole);
        expect_ok(yx_der_finish(&w, &value, &err), &err);
        const struct yx_attribute named = {YX_OID_SIGNING_CERTIFICATE_V2, yx_buf_bytes(&value)};
        begin(&p256, YX_SIG_NONE, &making);
        making.request.signing_certificate = false;
        making.request.attributes = &named;
        making.request.attribute_count = 1;
        finish(&p256, &making, NOTHING, &der);
        expect_ok(yx_cms_parse(yx_buf_bytes(&der), &cms, &err), &err);
        expect_status(yx_cms_check_signing_certificate(&cms, p256.cert, &present, &err),
                      i == 0 ? YX_OK : YX_REFUSED, &err);
        assert_int_equal(present, i == 0);
    }
}

/* --- Trust ------------------------------------------------------------------------------- */

/* The certificates that are carried along lead to the anchor; without them nobody knows. */
static void test_carried_certificates_help(void **state)
{
    (void)state;
    for (int carried = 0; carried < 2; carried++) {
        struct yx_error err;
        struct making making;
        struct yx_cms cms;
        struct yx_cert_findings findings;
        const struct yx_cert *chain[] = {sub.cert};
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        begin(&p256, YX_SIG_NONE, &making);
        making.request.chain = chain;
        making.request.chain_count = (size_t)carried;
        finish(&p256, &making, NOTHING, &der);
        expect_ok(yx_cms_parse(yx_buf_bytes(&der), &cms, &err), &err);
        expect_ok(yx_cms_validate_signer(&cms, p256.cert, trust, YX_USE_SIGN, yx_now(), yx_now(),
                                         &findings, &err),
                  &err);
        assert_int_equal(findings.chain.outcome, carried ? YX_PASS : YX_UNKNOWN);
        expect_ok(yx_cms_validate_signer(&cms, p256.cert, NULL, YX_USE_SIGN, yx_now(), yx_now(),
                                         &findings, &err),
                  &err);
        assert_int_equal(findings.chain.outcome, YX_UNKNOWN);
    }
}

/* --- The world --------------------------------------------------------------------------- */

static void make(const char *name, yx_key_type type, const struct pki_person *issuer,
                 struct pki_person *out)
{
    struct yx_error err;
    expect_ok(person_make(name, issuer, type, out, &err), &err);
}

static int set_up(void **state)
{
    (void)state;
    struct yx_error err;
    struct pki_wish wish = {.name = "CN=Sub", .ca = true, .not_after = yx_now() + 350 * YX_DAY};
    struct pki_wish tsa = {.name = "CN=TSA", .tsa = true, .key_usage = YX_KU_DIGITAL_SIGNATURE};
    folder_make(&folder);
    make("CN=CA", YX_KEY_P256, NULL, &ca);
    wish.type = YX_KEY_P256;
    expect_ok(pki_person_make(&wish, &ca, &sub, &err), &err);
    expect_ok(pki_person_make(&tsa, &ca, &tsa_person, &err), &err);
    make("CN=SM2", YX_KEY_SM2, &sub, &sm2);
    make("CN=P-256", YX_KEY_P256, &sub, &p256);
    make("CN=P-384", YX_KEY_P384, &sub, &p384);
    make("CN=RSA", YX_KEY_RSA, &sub, &rsa);
    make("CN=Other", YX_KEY_P256, &sub, &other);
    expect_ok(yx_trust_new(&trust, &err), &err);
    expect_ok(yx_trust_add_anchor(trust, ca.cert, &err), &err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    struct pki_person *all[] = {&ca, &sub, &sm2, &p256, &p384, &rsa, &other, &tsa_person};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        pki_person_free(all[i]);
    yx_trust_free(trust);
    folder_remove(&folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pades_form),
        cmocka_unit_test(test_further_attributes),
        cmocka_unit_test(test_timestamp_inside),
        cmocka_unit_test(test_content_inside),
        cmocka_unit_test(test_openssl_verifies_cades),
        cmocka_unit_test(test_openssls_cades_is_read),
        cmocka_unit_test(test_ber_becomes_der),
        cmocka_unit_test(test_making_refuses),
        cmocka_unit_test(test_another_content_type),
        cmocka_unit_test(test_digest_needs_attributes),
        cmocka_unit_test(test_wrong_names_of_the_certificate),
        cmocka_unit_test(test_issuer_and_serial),
        cmocka_unit_test(test_carried_certificates_help),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
