/* SPDX-License-Identifier: Apache-2.0 */
/* Time-stamp tokens: openssl's (RSA, P-256), and tokens put together here with an SM2 key that are
 * sound or wrong in one way each. */
#include "support.h"

#include "cms/cms.h"
#include "pki.h"
#include "tools.h"

static struct folder folder;
static struct pki_person root, sub, p256, rsa;       /* for openssl */
static struct pki_person sm2_root, sm2, sm2_not_tsa; /* for our own tokens */
static struct yx_trust *trust, *sm2_trust;

#define STAMPED YX_TEXT("the signature value")
#define LIT(text) YX_BYTES("" text, sizeof(text) - 1)

static yx_outcome judge(struct yx_bytes token, struct yx_bytes stamped, const struct yx_trust *by,
                        yx_time *time, struct yx_cert_finding *finding)
{
    struct yx_error err;
    *finding = (struct yx_cert_finding){.rule = "none"};
    expect_ok(yx_timestamp_verify(token, stamped, by, yx_now(), time, finding, &err), &err);
    return finding->outcome;
}

static void expect_judged(const char *what, struct yx_bytes token, const struct yx_trust *by,
                          yx_outcome want, const char *rule)
{
    yx_time time;
    struct yx_cert_finding finding;
    char words[600] = "";
    yx_outcome got = judge(token, STAMPED, by, &time, &finding);
    if (finding.detail.text)
        yx_message_render(&finding.detail, NULL, words, sizeof words);
    if (got != want || (rule && strcmp(rule, finding.rule) != 0))
        fail_msg("%s: %s by %s, expected %s by %s: %s", what, yx_outcome_name(got), finding.rule,
                 yx_outcome_name(want), rule ? rule : "any rule", words);
    assert_non_null(finding.detail.text);
}

/* --- openssl's --------------------------------------------------------------------------- */

static void write_cert(const char *name, const struct yx_cert *cert)
{
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    assert_int_equal(yx_pem_write("CERTIFICATE", yx_cert_der(cert), &pem), YX_OK);
    folder_write(&folder, name, yx_buf_bytes(&pem));
}

static void write_key(const char *name, const struct yx_private_key *key)
{
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    expect_ok(yx_private_key_write(key, YX_TEXT("secret"), &pem, &err), &err);
    folder_write(&folder, name, yx_buf_bytes(&pem));
}

/* Has openssl stamp STAMPED; `form` is "-token_out" for the bare token. */
static void openssl_stamp(const struct pki_person *tsa, const char *digest, const char *config,
                          const char *form, struct yx_buf *out)
{
    char text[1024];
    snprintf(text, sizeof text,
             "[tsa]\ndefault_tsa = t\n[t]\nserial = serial\nsigner_cert = tsa.pem\n"
             "certs = sub.pem\nsigner_key = key.pem\nsigner_digest = sha256\n"
             "default_policy = 1.2.3.4\ndigests = sha1, sha256, sha384, sha512, sm3\n%s\n",
             config);
    folder_write(&folder, "tsa.cnf", YX_TEXT(text));
    folder_write(&folder, "serial", YX_TEXT("01\n"));
    folder_write(&folder, "stamped", STAMPED);
    write_cert("tsa.pem", tsa->cert);
    write_cert("sub.pem", sub.cert);
    write_key("key.pem", tsa->key);
    /* Its exit code lies, and it mentions errors when all is well. */
    tool(&folder,
         "rm -f reply; openssl ts -query -data stamped -%s -cert -out query && openssl ts -reply "
         "-config tsa.cnf -queryfile query -passin pass:secret %s -out reply",
         digest, form);
    expect_words(&folder, "Response has been generated.");
    folder_read(&folder, "reply", out);
}

static void test_openssls_tokens_pass(void **state)
{
    (void)state;
    static const struct {
        const struct pki_person *tsa;
        const char *digest, *config, *form;
    } cases[] = {
        {&p256, "sha256", "", "-token_out"},
        {&p256, "sha512", "ess_cert_id_alg = sha512", "-token_out"},
        {&p256, "sm3", "accuracy = secs:1, millisecs:500, microsecs:100", "-token_out"},
        {&p256, "sha384", "ordering = yes\ntsa_name = yes", ""},
        {&p256, "sha256", "clock_precision_digits = 6\ness_cert_id_alg = sha1", ""},
        {&rsa, "sha256", "ess_cert_id_chain = yes", "-token_out"},
        {&rsa, "sha256", "", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        yx_time time;
        struct yx_cert_finding finding;
        char words[600];
        YX_CLEAN(yx_buf) struct yx_buf token = {0};
        openssl_stamp(cases[i].tsa, cases[i].digest, cases[i].config, cases[i].form, &token);
        expect_judged(cases[i].config, yx_buf_bytes(&token), trust, YX_PASS, "RFC 3161 2.4.2");
        judge(yx_buf_bytes(&token), STAMPED, trust, &time, &finding);
        assert_true(yx_now() - time < 60 * YX_SECOND && yx_now() - time > -YX_SECOND);
        yx_message_render(&finding.detail, NULL, words, sizeof words);
        assert_string_equal(words, cases[i].tsa == &p256 ? "time-stamped by CN=p256 TSA"
                                                         : "time-stamped by CN=rsa TSA");
        expect_judged("no trust", yx_buf_bytes(&token), NULL, YX_UNKNOWN, NULL);
        expect_judged("trust in others", yx_buf_bytes(&token), sm2_trust, YX_UNKNOWN, NULL);
    }
}

static void test_weak_imprint_fails(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf token = {0};
    openssl_stamp(&p256, "sha1", "", "", &token);
    expect_judged("SHA-1", yx_buf_bytes(&token), trust, YX_FAIL, "RFC 3161 2.4.1");
}

static void test_openssls_token_over_something_else_fails(void **state)
{
    (void)state;
    yx_time time;
    struct yx_cert_finding finding;
    YX_CLEAN(yx_buf) struct yx_buf token = {0};
    openssl_stamp(&p256, "sha256", "", "-token_out", &token);
    assert_int_equal(judge(yx_buf_bytes(&token), YX_TEXT("another value"), trust, &time, &finding),
                     YX_FAIL);
    assert_string_equal(finding.rule, "RFC 3161 2.4.2");
    assert_true(time != YX_TIME_NONE);
}

static void test_truncated_token_fails(void **state)
{
    (void)state;
    yx_time time;
    struct yx_cert_finding finding;
    YX_CLEAN(yx_buf) struct yx_buf token = {0};
    openssl_stamp(&p256, "sha256", "", "-token_out", &token);
    for (size_t len = 0; len < token.len; len++) {
        assert_int_equal(judge(YX_BYTES(token.data, len), STAMPED, trust, &time, &finding),
                         YX_FAIL);
        assert_true(time == YX_TIME_NONE);
    }
    assert_int_equal(judge(YX_TEXT("garbage-timestamp"), STAMPED, trust, &time, &finding), YX_FAIL);
}

/* A changed token passes only where the change is in what the signature does not cover. */
static void test_flipped_token_fails(void **state)
{
    (void)state;
    struct yx_error err;
    struct yx_cms good, cms;
    YX_CLEAN(yx_buf) struct yx_buf token = {0};
    YX_CLEAN(yx_buf) struct yx_buf same = {0};
    openssl_stamp(&p256, "sha256", "", "-token_out", &token);
    assert_int_equal(yx_buf_append(&same, yx_buf_bytes(&token)), YX_OK);
    expect_ok(yx_cms_parse(yx_buf_bytes(&same), &good, &err), &err);
    for (size_t i = 0; i < token.len; i++) {
        yx_time time;
        struct yx_cert_finding finding;
        token.data[i] ^= (uint8_t)(1u << i % 8);
        if (judge(yx_buf_bytes(&token), STAMPED, trust, &time, &finding) == YX_PASS) {
            expect_ok(yx_cms_parse(yx_buf_bytes(&token), &cms, &err), &err);
            assert_true(yx_bytes_equal(cms.content, good.content));
            assert_true(yx_bytes_equal(cms.attributes, good.attributes));
            assert_true(yx_bytes_equal(cms.signature, good.signature));
        }
        token.data[i] ^= (uint8_t)(1u << i % 8);
    }
}

/* --- Our own, which can be wrong --------------------------------------------------------- */

#define OID_TST_INFO "\x06\x0B\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x04"
#define OID_PKCS7_DATA "\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01"
#define ALG_SM3 LIT("\x30\x0A\x06\x08\x2A\x81\x1C\xCF\x55\x01\x83\x11")
#define ALG_SHA256 LIT("\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00")

struct spec {
    const struct pki_person *tsa;
    bool no_certificate;
    bool is_data, detached;
    int64_t version;
    struct yx_bytes imprint_algorithm; /* AlgorithmIdentifier */
    bool wrong_imprint;
    struct yx_bytes time; /* text */
    struct yx_bytes rest; /* behind genTime */
    int ess;              /* version of SigningCertificate; 0: none */
    struct yx_bytes ess_algorithm;
    bool wrong_ess;
};

static struct spec good_spec(void)
{
    return (struct spec){.tsa = &sm2,
                         .version = 1,
                         .imprint_algorithm = ALG_SM3,
                         .time = LIT("20261121080000Z"),
                         .ess = 2};
}

static yx_digest_algorithm algorithm_of(struct yx_bytes identifier)
{
    struct yx_error err;
    yx_oid oid;
    struct yx_der der = yx_der_reader(identifier, "algorithm");
    expect_ok(yx_der_algorithm(&der, &oid, NULL, &err), &err);
    return yx_digest_from_oid(oid);
}

static void write_info(const struct spec *spec, struct yx_buf *out)
{
    struct yx_error err;
    uint8_t imprint[YX_DIGEST_MAX] = {0};
    yx_digest_algorithm algorithm = algorithm_of(spec->imprint_algorithm);
    if (algorithm != YX_DIGEST_NONE)
        expect_ok(yx_digest(algorithm, STAMPED, imprint, &err), &err);
    imprint[0] ^= spec->wrong_imprint;
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t info = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_int(&w, spec->version);
    yx_der_put(&w, YX_DER_OID, LIT("\x2A\x03"));
    size_t sequence = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_raw(&w, spec->imprint_algorithm);
    yx_der_put(&w, YX_DER_OCTET_STRING, YX_BYTES(imprint, yx_digest_size(algorithm)));
    yx_der_close(&w, sequence);
    yx_der_put_int(&w, 42);
    yx_der_put(&w, YX_DER_GENERALIZED_TIME, spec->time);
    yx_der_put_raw(&w, spec->rest);
    yx_der_close(&w, info);
    expect_ok(yx_der_finish(&w, out, &err), &err);
}

/* SigningCertificate or its version 2, over the SM2 TSA's certificate. */
static void put_signing_certificate(struct yx_der_writer *w, const struct spec *spec)
{
    struct yx_error err;
    uint8_t hash[YX_DIGEST_MAX] = {0};
    yx_digest_algorithm algorithm = spec->ess == 1 ? YX_DIGEST_SHA1 : YX_DIGEST_SHA256;
    if (spec->ess_algorithm.len > 0)
        algorithm = algorithm_of(spec->ess_algorithm);
    if (algorithm != YX_DIGEST_NONE)
        expect_ok(yx_digest(algorithm, yx_cert_der(spec->tsa->cert), hash, &err), &err);
    hash[0] ^= spec->wrong_ess;
    size_t attribute = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_oid(w, spec->ess == 1 ? YX_OID_SIGNING_CERTIFICATE : YX_OID_SIGNING_CERTIFICATE_V2);
    size_t set = yx_der_begin(w, YX_DER_SET);
    size_t value = yx_der_begin(w, YX_DER_SEQUENCE);
    size_t list = yx_der_begin(w, YX_DER_SEQUENCE);
    size_t first = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_raw(w, spec->ess_algorithm);
    yx_der_put(w, YX_DER_OCTET_STRING, YX_BYTES(hash, yx_digest_size(algorithm)));
    yx_der_close(w, first);
    yx_der_close(w, list);
    yx_der_close(w, value);
    yx_der_close(w, set);
    yx_der_close(w, attribute);
}

static void write_attributes(const struct spec *spec, struct yx_bytes info, struct yx_buf *out)
{
    struct yx_error err;
    uint8_t digest[32];
    expect_ok(yx_digest(YX_DIGEST_SM3, info, digest, &err), &err);
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t set = yx_der_begin(&w, YX_DER_SET);
    yx_der_put_raw(&w, spec->is_data
                           ? LIT("\x30\x18\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x09\x03\x31"
                                 "\x0B" OID_PKCS7_DATA)
                           : LIT("\x30\x1A\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x09\x03\x31"
                                 "\x0D" OID_TST_INFO));
    yx_der_put_raw(&w, LIT("\x30\x2F\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x09\x04\x31\x22"));
    yx_der_put(&w, YX_DER_OCTET_STRING, YX_BYTES(digest, 32));
    if (spec->ess)
        put_signing_certificate(&w, spec);
    yx_der_close(&w, set);
    expect_ok(yx_der_finish(&w, out, &err), &err);
}

static void put_signer_info(struct yx_der_writer *w, const struct spec *spec,
                            struct yx_buf *attributes)
{
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    expect_ok(
        yx_private_key_sign(spec->tsa->key, YX_SIG_SM2_SM3, yx_buf_bytes(attributes), &value, &err),
        &err);
    size_t set = yx_der_begin(w, YX_DER_SET);
    size_t signer = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_int(w, 1);
    size_t name = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_raw(w, yx_cert_issuer_der(spec->tsa->cert));
    yx_der_put(w, YX_DER_INTEGER, yx_cert_serial_der(spec->tsa->cert));
    yx_der_close(w, name);
    yx_der_put_raw(w, ALG_SM3);
    attributes->data[0] = YX_DER_CONTEXT_CONSTRUCTED(0);
    yx_der_put_raw(w, yx_buf_bytes(attributes));
    yx_der_put_signature_algorithm(w, YX_SIG_SM2_SM3);
    yx_der_put(w, YX_DER_OCTET_STRING, yx_buf_bytes(&value));
    yx_der_close(w, signer);
    yx_der_close(w, set);
}

static void put_content(struct yx_der_writer *w, const struct spec *spec, struct yx_bytes info)
{
    size_t sequence = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_raw(w, spec->is_data ? LIT(OID_PKCS7_DATA) : LIT(OID_TST_INFO));
    if (!spec->detached) {
        size_t tagged = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(0));
        yx_der_put(w, YX_DER_OCTET_STRING, info);
        yx_der_close(w, tagged);
    }
    yx_der_close(w, sequence);
}

static void write_token(const struct spec *spec, struct yx_buf *out)
{
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf info = {0};
    YX_CLEAN(yx_buf) struct yx_buf attributes = {0};
    write_info(spec, &info);
    write_attributes(spec, yx_buf_bytes(&info), &attributes);
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t whole = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_oid(&w, YX_OID_PKCS7_SIGNED_DATA);
    size_t tagged = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(0));
    size_t data = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_int(&w, 3);
    size_t digests = yx_der_begin(&w, YX_DER_SET);
    yx_der_put_raw(&w, ALG_SM3);
    yx_der_close(&w, digests);
    put_content(&w, spec, yx_buf_bytes(&info));
    if (!spec->no_certificate)
        yx_der_put(&w, YX_DER_CONTEXT_CONSTRUCTED(0), yx_cert_der(spec->tsa->cert));
    put_signer_info(&w, spec, &attributes);
    yx_der_close(&w, data);
    yx_der_close(&w, tagged);
    yx_der_close(&w, whole);
    expect_ok(yx_der_finish(&w, out, &err), &err);
}

static void expect_spec(const char *what, const struct spec *spec, yx_outcome want,
                        const char *rule)
{
    YX_CLEAN(yx_buf) struct yx_buf token = {0};
    write_token(spec, &token);
    expect_judged(what, yx_buf_bytes(&token), sm2_trust, want, rule);
}

static void test_sm2_token_passes(void **state)
{
    (void)state;
    struct spec spec = good_spec();
    yx_time time;
    struct yx_cert_finding finding;
    char when[YX_TIME_TEXT];
    YX_CLEAN(yx_buf) struct yx_buf token = {0};
    write_token(&spec, &token);
    expect_judged("SM2", yx_buf_bytes(&token), sm2_trust, YX_PASS, "RFC 3161 2.4.2");
    judge(yx_buf_bytes(&token), STAMPED, sm2_trust, &time, &finding);
    yx_time_format(time, when);
    assert_string_equal(when, "2026-11-21T08:00:00Z");
}

static void test_forms_of_time(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t micros; /* -1: refused */
    } cases[] = {
        {"20261121080000Z", 0},
        {"20261121080000.5Z", 500000},
        {"20261121080000.000001Z", 1},
        {"20261121080000.1234567Z", 123456},
        {"20261121080000.50Z", -1},
        {"20261121080000.0Z", -1},
        {"20261121080000.Z", -1},
        {"20261121080000,5Z", -1},
        {"20261121080000.xZ", -1},
        {"20261121080000", -1},
        {"20261121080000+0800", -1},
        {"202611210800Z", -1},
        {"20261321080000Z", -1},
        {"20260230080000Z", -1},
        {"20261121240000Z", -1},
        {"2026112108000xZ", -1},
        {"20261121080000.1234567890123456789012345678901234567891Z", -1},
        {"", -1},
    };
    yx_time whole;
    struct yx_error err;
    expect_ok(yx_time_parse("2026-11-21T08:00:00Z", &whole, &err), &err);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct spec spec = good_spec();
        yx_time time;
        struct yx_cert_finding finding;
        YX_CLEAN(yx_buf) struct yx_buf token = {0};
        spec.time = YX_TEXT(cases[i].text);
        write_token(&spec, &token);
        yx_outcome outcome = judge(yx_buf_bytes(&token), STAMPED, sm2_trust, &time, &finding);
        assert_int_equal(outcome, cases[i].micros < 0 ? YX_FAIL : YX_PASS);
        if (cases[i].micros < 0) {
            assert_string_equal(finding.rule, "X.690 11.7");
            assert_true(time == YX_TIME_NONE);
        } else {
            assert_true(time == whole + cases[i].micros);
        }
    }
}

static void test_optional_fields(void **state)
{
    (void)state;
    static const struct {
        const char *what, *rule; /* NULL: passes */
        struct yx_bytes rest;
    } cases[] = {
#define CASE(what, rule, text)                        \
    {                                                 \
        what, rule,                                   \
        {                                             \
            (const uint8_t *)(text), sizeof(text) - 1 \
        }                                             \
    }
        CASE("accuracy, ordering, nonce", NULL, "\x30\x03\x02\x01\x01\x01\x01\xFF\x02\x01\x07"),
        CASE("tsa", NULL, "\xA0\x05\x82\x03tsa"),
        CASE("an extension", NULL, "\xA1\x08\x30\x06\x06\x02\x2A\x03\x04\x00"),
        CASE("a critical extension", "RFC 3161 2.4.2",
             "\xA1\x0B\x30\x09\x06\x02\x2A\x03\x01\x01\xFF\x04\x00"),
        CASE("fields in another order", "X.690", "\x02\x01\x07\x01\x01\xFF"),
        CASE("an unknown field", "X.690", "\x05\x00"),
#undef CASE
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct spec spec = good_spec();
        spec.rest = cases[i].rest;
        expect_spec(cases[i].what, &spec, cases[i].rule ? YX_FAIL : YX_PASS,
                    cases[i].rule ? cases[i].rule : "RFC 3161 2.4.2");
    }
}

static void test_wrong_tokens_fail(void **state)
{
    (void)state;
    struct spec spec = good_spec();
    spec.version = 2;
    expect_spec("version 2", &spec, YX_FAIL, "RFC 3161 2.4.2");
    spec = good_spec();
    spec.wrong_imprint = true;
    expect_spec("wrong imprint", &spec, YX_FAIL, "RFC 3161 2.4.2");
    spec = good_spec();
    spec.imprint_algorithm = LIT("\x30\x04\x06\x02\x2A\x03");
    expect_spec("unknown imprint algorithm", &spec, YX_FAIL, "RFC 3161 2.4.1");
    spec = good_spec();
    spec.imprint_algorithm = ALG_SHA256;
    expect_spec("SHA-256 with an SM2 signature", &spec, YX_PASS, NULL);
    spec = good_spec();
    spec.is_data = true;
    expect_spec("signed data, but no token", &spec, YX_FAIL, "RFC 3161 2.4.2");
    spec = good_spec();
    spec.detached = true;
    expect_spec("TSTInfo left out", &spec, YX_FAIL, "RFC 3161 2.4.2");
    spec = good_spec();
    spec.no_certificate = true;
    expect_spec("certificate not carried", &spec, YX_UNKNOWN, "RFC 3161 2.4.2");
}

static void test_signing_certificate_attribute(void **state)
{
    (void)state;
    struct spec spec = good_spec();
    spec.ess = 0;
    expect_spec("none", &spec, YX_PASS, NULL);
    spec.ess = 1;
    expect_spec("version 1", &spec, YX_PASS, NULL);
    spec.wrong_ess = true;
    expect_spec("version 1 of another", &spec, YX_FAIL, "RFC 5035, signing certificate");
    spec.ess = 2;
    expect_spec("version 2 of another", &spec, YX_FAIL, "RFC 5035, signing certificate");
    spec.wrong_ess = false;
    spec.ess_algorithm = ALG_SM3;
    expect_spec("version 2 with SM3", &spec, YX_PASS, NULL);
    spec.ess_algorithm = LIT("\x30\x04\x06\x02\x2A\x03");
    expect_spec("version 2 with an unknown digest", &spec, YX_FAIL,
                "RFC 5035, signing certificate");
}

static void test_authoritys_certificate(void **state)
{
    (void)state;
    struct spec spec = good_spec();
    spec.tsa = &sm2_not_tsa;
    expect_spec("no id-kp-timeStamping", &spec, YX_FAIL, "RFC 3161 2.3");
    spec = good_spec();
    spec.time = LIT("20150101000000Z");
    expect_spec("before the certificate", &spec, YX_FAIL, NULL);
    YX_CLEAN(yx_buf) struct yx_buf token = {0};
    spec = good_spec();
    write_token(&spec, &token);
    expect_judged("not trusted", yx_buf_bytes(&token), trust, YX_UNKNOWN, NULL);
}

static void test_responses(void **state)
{
    (void)state;
    struct spec spec = good_spec();
    YX_CLEAN(yx_buf) struct yx_buf token = {0};
    write_token(&spec, &token);
    static const struct {
        const char *what, *rule;
        struct yx_bytes status;
        bool token, more;
        yx_outcome want;
    } cases[] = {
#define STATUS(n) {(const uint8_t *)("\x30\x03\x02\x01" n), 5}
        {"granted", "RFC 3161 2.4.2", STATUS("\x00"), true, false, YX_PASS},
        {"granted with changes", "RFC 3161 2.4.2", STATUS("\x01"), true, false, YX_PASS},
        {"granted without a token", "RFC 3161 2.4.2", STATUS("\x00"), false, false, YX_FAIL},
        {"rejected", "RFC 3161 2.4.2", STATUS("\x02"), false, false, YX_FAIL},
        {"rejected with a token", "RFC 3161 2.4.2", STATUS("\x02"), true, false, YX_FAIL},
        {"two tokens", "X.690", STATUS("\x00"), true, true, YX_FAIL},
#undef STATUS
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct yx_error err;
        YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
        YX_CLEAN(yx_buf) struct yx_buf response = {0};
        size_t sequence = yx_der_begin(&w, YX_DER_SEQUENCE);
        yx_der_put_raw(&w, cases[i].status);
        if (cases[i].token)
            yx_der_put_raw(&w, yx_buf_bytes(&token));
        if (cases[i].more)
            yx_der_put_raw(&w, yx_buf_bytes(&token));
        yx_der_close(&w, sequence);
        expect_ok(yx_der_finish(&w, &response, &err), &err);
        expect_judged(cases[i].what, yx_buf_bytes(&response), sm2_trust, cases[i].want,
                      cases[i].rule);
    }
}

/* --- The world --------------------------------------------------------------------------- */

static void make_person(const char *name, yx_key_type type, bool is_ca, bool tsa,
                        const struct pki_person *issuer, struct pki_person *out)
{
    struct yx_error err;
    struct pki_wish wish = {
        .name = name,
        .type = type,
        .ca = is_ca,
        .tsa = tsa,
        .key_usage = tsa ? YX_KU_DIGITAL_SIGNATURE : 0,
        .not_before = yx_now() - 1000 * YX_DAY,
        .not_after = yx_now() + (issuer ? 100 : 4000) * YX_DAY,
    };
    if (is_ca)
        wish.not_after = yx_now() + (issuer ? 2000 : 4000) * YX_DAY;
    expect_ok(pki_person_make(&wish, issuer, out, &err), &err);
}

static int set_up(void **state)
{
    (void)state;
    struct yx_error err;
    folder_make(&folder);
    make_person("CN=root", YX_KEY_P256, true, false, NULL, &root);
    make_person("CN=sub", YX_KEY_P256, true, false, &root, &sub);
    make_person("CN=p256 TSA", YX_KEY_P256, false, true, &sub, &p256);
    make_person("CN=rsa TSA", YX_KEY_RSA, false, true, &root, &rsa);
    make_person("CN=SM2 root", YX_KEY_SM2, true, false, NULL, &sm2_root);
    make_person("CN=SM2 TSA", YX_KEY_SM2, false, true, &sm2_root, &sm2);
    make_person("CN=no TSA", YX_KEY_SM2, false, false, &sm2_root, &sm2_not_tsa);
    expect_ok(yx_trust_new(&trust, &err), &err);
    expect_ok(yx_trust_add_anchor(trust, root.cert, &err), &err);
    expect_ok(yx_trust_new(&sm2_trust, &err), &err);
    expect_ok(yx_trust_add_anchor(sm2_trust, sm2_root.cert, &err), &err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    struct pki_person *all[] = {&root, &sub, &p256, &rsa, &sm2_root, &sm2, &sm2_not_tsa};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        pki_person_free(all[i]);
    yx_trust_free(trust);
    yx_trust_free(sm2_trust);
    folder_remove(&folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_openssls_tokens_pass),
        cmocka_unit_test(test_weak_imprint_fails),
        cmocka_unit_test(test_openssls_token_over_something_else_fails),
        cmocka_unit_test(test_truncated_token_fails),
        cmocka_unit_test(test_flipped_token_fails),
        cmocka_unit_test(test_sm2_token_passes),
        cmocka_unit_test(test_forms_of_time),
        cmocka_unit_test(test_optional_fields),
        cmocka_unit_test(test_wrong_tokens_fail),
        cmocka_unit_test(test_signing_certificate_attribute),
        cmocka_unit_test(test_authoritys_certificate),
        cmocka_unit_test(test_responses),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
