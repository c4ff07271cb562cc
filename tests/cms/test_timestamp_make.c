/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_timestamp_make.c - our time-stamping authority and our client: tokens for every type of key,
 * judged by openssl where it can; every request that is refused; every answer that is not taken.
 */
#include "support.h"

#include "cms/cms.h"
#include "hex.h"
#include "pki.h"
#include "tools.h"

#define STAMPED YX_TEXT("the signature value")
#define NOTHING YX_BYTES(NULL, 0)

static struct folder folder;
static struct pki_person root, p256, p384, rsa, ed25519, sm2, no_tsa, expired;
static struct yx_trust *trust;

static struct yx_tsa tsa_of(const struct pki_person *person)
{
    return (struct yx_tsa){.cert = person->cert, .signer = yx_signer_borrow_key(person->key)};
}

static void write_cert(const char *name, const struct yx_cert *cert)
{
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    assert_int_equal(yx_pem_write("CERTIFICATE", yx_cert_der(cert), &pem), YX_OK);
    folder_write(&folder, name, yx_buf_bytes(&pem));
}

static void digest_stamped(yx_digest_algorithm algorithm, uint8_t out[YX_DIGEST_MAX])
{
    struct yx_error err;
    expect_ok(yx_digest(algorithm, STAMPED, out, &err), &err);
}

static void ask(yx_digest_algorithm algorithm, struct yx_buf *request)
{
    struct yx_error err;
    uint8_t digest[YX_DIGEST_MAX];
    digest_stamped(algorithm, digest);
    expect_ok(yx_timestamp_request_make(algorithm, YX_BYTES(digest, yx_digest_size(algorithm)),
                                        request, &err),
              &err);
}

/* The finding about a token must be a pass, and its time this one. */
static void expect_pass(struct yx_bytes token, yx_time want)
{
    struct yx_error err;
    struct yx_cert_finding finding = {.rule = ""};
    char words[600] = "";
    yx_time time;
    expect_ok(yx_timestamp_verify(token, STAMPED, trust, yx_now(), &time, &finding, &err), &err);
    yx_message_render(&finding.detail, NULL, words, sizeof words);
    if (finding.outcome != YX_PASS)
        fail_msg("%s: %s", finding.rule, words);
    assert_true(time == want);
}

/* --- Granted ----------------------------------------------------------------------------- */

static void test_every_key_stamps(void **state)
{
    (void)state;
    const struct pki_person *people[] = {&p256, &p384, &rsa, &ed25519, &sm2};
    static const yx_digest_algorithm digests[] = {YX_DIGEST_SM3, YX_DIGEST_SHA256, YX_DIGEST_SHA384,
                                                  YX_DIGEST_SHA512};
    yx_time now = yx_now() / YX_SECOND * YX_SECOND;
    for (size_t i = 0; i < sizeof people / sizeof *people; i++)
        for (size_t j = 0; j < sizeof digests / sizeof *digests; j++) {
            struct yx_error err;
            struct yx_tsa tsa = tsa_of(people[i]);
            YX_CLEAN(yx_buf) struct yx_buf request = {0};
            YX_CLEAN(yx_buf) struct yx_buf response = {0};
            YX_CLEAN(yx_buf) struct yx_buf token = {0};
            ask(digests[j], &request);
            expect_ok(yx_tsa_reply(&tsa, yx_buf_bytes(&request), now + 999999, &response, &err),
                      &err);
            expect_pass(yx_buf_bytes(&response), now);
            expect_ok(yx_timestamp_response_take(yx_buf_bytes(&response), yx_buf_bytes(&request),
                                                 &token, &err),
                      &err);
            expect_pass(yx_buf_bytes(&token), now);
        }
}

static void test_pss_key_stamps(void **state)
{
    (void)state;
    struct yx_error err;
    struct yx_tsa tsa = tsa_of(&rsa);
    YX_CLEAN(yx_buf) struct yx_buf request = {0};
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    tsa.signer.algorithm = YX_SIG_RSA_PSS_SHA384;
    ask(YX_DIGEST_SHA256, &request);
    expect_ok(yx_tsa_reply(&tsa, yx_buf_bytes(&request), 0 + yx_now(), &response, &err), &err);
    yx_time time;
    struct yx_cert_finding finding;
    expect_ok(yx_timestamp_verify(yx_buf_bytes(&response), STAMPED, trust, yx_now(), &time,
                                  &finding, &err),
              &err);
    assert_int_equal(finding.outcome, YX_PASS);
}

/* The key at hand as a time-stamper; over digests as over bytes. */
static void test_timestamper(void **state)
{
    (void)state;
    const struct pki_person *people[] = {&p256, &sm2};
    for (size_t i = 0; i < 2; i++) {
        struct yx_error err;
        struct yx_tsa tsa = tsa_of(people[i]);
        struct yx_timestamper stamper = yx_timestamper_borrow_tsa(&tsa);
        uint8_t digest[YX_DIGEST_MAX];
        YX_CLEAN(yx_buf) struct yx_buf token = {0};
        yx_digest_algorithm algorithm = YX_DIGEST_NONE;
        struct yx_cert_finding finding;
        yx_time time;
        assert_int_equal(stamper.algorithm, i == 0 ? YX_DIGEST_SHA256 : YX_DIGEST_SM3);
        digest_stamped(stamper.algorithm, digest);
        expect_ok(
            stamper.stamp(stamper.self, stamper.algorithm, YX_BYTES(digest, 32), &token, &err),
            &err);
        expect_ok(yx_timestamp_algorithm(yx_buf_bytes(&token), &algorithm, &err), &err);
        assert_int_equal(algorithm, stamper.algorithm);
        expect_ok(yx_timestamp_verify_digest(yx_buf_bytes(&token), YX_BYTES(digest, 32), trust,
                                             yx_now(), &time, &finding, &err),
                  &err);
        assert_int_equal(finding.outcome, YX_PASS);
        assert_true(yx_now() - time >= 0 && yx_now() - time < 60 * YX_SECOND);
        digest[0] ^= 1;
        expect_ok(yx_timestamp_verify_digest(yx_buf_bytes(&token), YX_BYTES(digest, 32), trust,
                                             yx_now(), &time, &finding, &err),
                  &err);
        assert_int_equal(finding.outcome, YX_FAIL);
        expect_status(
            stamper.stamp(stamper.self, YX_DIGEST_SHA1, YX_BYTES(digest, 20), &token, &err),
            YX_USAGE, &err);
        expect_status(
            stamper.stamp(stamper.self, YX_DIGEST_SHA256, YX_BYTES(digest, 20), &token, &err),
            YX_USAGE, &err);
    }
}

/* RFC 3161 4.1: whoever has the key of an authority can put any time into a token. */
static const struct {
    int reason;
    yx_outcome before, after; /* for tokens that say they are older, or younger, than it */
    const char *rule;
} revocations[] = {
    {0, YX_FAIL, YX_FAIL, "RFC 3161 4.1"}, /* none */
    {1, YX_FAIL, YX_FAIL, "RFC 3161 4.1"}, /* keyCompromise */
    {9, YX_FAIL, YX_FAIL, "RFC 3161 4.1"}, /* privilegeWithdrawn */
    {3, YX_PASS, YX_FAIL, "RFC 5280 6.3.3"}, {4, YX_PASS, YX_FAIL, "RFC 5280 6.3.3"},
    {5, YX_PASS, YX_FAIL, "RFC 5280 6.3.3"},
};

static void expect_after_revocation(size_t i, yx_time at, yx_outcome want)
{
    struct yx_error err;
    struct yx_tsa tsa = tsa_of(&p256);
    struct yx_timestamper stamper = yx_timestamper_borrow_tsa(&tsa);
    uint8_t digest[YX_DIGEST_MAX];
    YX_CLEAN(yx_buf) struct yx_buf token = {0};
    YX_CLEAN(yx_buf) struct yx_buf crl = {0};
    YX_CLEAN(yx_trust) struct yx_trust *informed = NULL;
    struct yx_crl_entry entry = {
        .serial = yx_cert_serial_der(p256.cert), .revoked_at = at, .reason = revocations[i].reason};
    struct yx_crl_template wanted = {
        .number = 1,
        .this_update = at,
        .next_update = yx_now() + YX_DAY,
        .entries = &entry,
        .entry_count = 1,
    };
    struct yx_signer signer = pki_signer(&root);
    struct yx_cert_finding finding;
    yx_time time;
    expect_ok(yx_crl_make(&wanted, root.cert, &signer, &crl, &err), &err);
    expect_ok(yx_trust_copy(trust, &informed, &err), &err);
    expect_ok(yx_trust_add_crl(informed, yx_buf_bytes(&crl), &err), &err);
    digest_stamped(YX_DIGEST_SHA256, digest);
    expect_ok(stamper.stamp(stamper.self, YX_DIGEST_SHA256, YX_BYTES(digest, 32), &token, &err),
              &err);
    expect_ok(yx_timestamp_verify_digest(yx_buf_bytes(&token), YX_BYTES(digest, 32), informed,
                                         yx_now() + 3600 * YX_SECOND, &time, &finding, &err),
              &err);
    if (finding.outcome != want)
        fail_msg("reason %d: %s", revocations[i].reason, yx_outcome_name(finding.outcome));
    if (want == YX_FAIL)
        assert_string_equal(finding.rule, revocations[i].rule);
}

static void test_revoked_authority(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof revocations / sizeof revocations[0]; i++) {
        expect_after_revocation(i, yx_now() + 600 * YX_SECOND, revocations[i].before);
        expect_after_revocation(i, yx_now() - 600 * YX_SECOND, revocations[i].after);
    }
}

/* openssl asks, we answer, openssl judges: response and bare token, with certificate and without.
 */
static void test_openssl_judges(void **state)
{
    (void)state;
    const struct pki_person *people[] = {&p256, &p384, &rsa};
    static const char *const wishes[] = {"-cert -sha256", "-cert -sha512 -no_nonce", "-sha384",
                                         "-cert -sm3"};
    write_cert("root.pem", root.cert);
    folder_write(&folder, "stamped", STAMPED);
    folder_write(&folder, "other", YX_TEXT("something else"));
    for (size_t i = 0; i < sizeof people / sizeof *people; i++)
        for (size_t j = 0; j < sizeof wishes / sizeof *wishes; j++) {
            struct yx_error err;
            struct yx_tsa tsa = tsa_of(people[i]);
            YX_CLEAN(yx_buf) struct yx_buf query = {0};
            YX_CLEAN(yx_buf) struct yx_buf response = {0};
            write_cert("tsa.pem", people[i]->cert);
            expect_tool(&folder, "openssl ts -query -data stamped %s -out query", wishes[j]);
            folder_read(&folder, "query", &query);
            expect_ok(yx_tsa_reply(&tsa, yx_buf_bytes(&query), yx_now(), &response, &err), &err);
            folder_write(&folder, "reply", yx_buf_bytes(&response));
            tool(&folder, "openssl ts -verify -queryfile query -in reply -CAfile root.pem "
                          "-untrusted tsa.pem");
            expect_words(&folder, "Verification: OK");
            tool(&folder, "openssl ts -verify -data other -in reply -CAfile root.pem -untrusted "
                          "tsa.pem");
            expect_words(&folder, "Verification: FAILED");
            expect_tool(&folder, "openssl ts -reply -in reply -token_out -out token");
            tool(&folder, "openssl ts -verify -data stamped -in token -token_in -CAfile root.pem "
                          "-untrusted tsa.pem");
            expect_words(&folder, "Verification: OK");
            expect_tool(&folder, "openssl ts -reply -in reply -text");
            expect_words(&folder, "Policy OID: "
                                  "2.25.104201610379609441664470695900794223064.2");
            expect_words(&folder, "Accuracy: 0x01 seconds");
        }
}

static void test_certificates_as_asked_for(void **state)
{
    (void)state;
    for (int wanted = 0; wanted < 2; wanted++) {
        struct yx_error err;
        struct yx_tsa tsa = tsa_of(&sm2);
        const struct yx_cert *chain[] = {sm2.cert, root.cert};
        tsa.chain = chain;
        tsa.chain_count = 2;
        YX_CLEAN(yx_buf) struct yx_buf query = {0};
        YX_CLEAN(yx_buf) struct yx_buf response = {0};
        folder_write(&folder, "stamped", STAMPED);
        expect_tool(&folder, "openssl ts -query -data stamped -sm3 %s -out query",
                    wanted ? "-cert" : "");
        folder_read(&folder, "query", &query);
        expect_ok(yx_tsa_reply(&tsa, yx_buf_bytes(&query), yx_now(), &response, &err), &err);
        folder_write(&folder, "reply", yx_buf_bytes(&response));
        expect_tool(&folder, "openssl ts -reply -in reply -token_out -out token && openssl pkcs7 "
                             "-inform DER -in token -print_certs");
        bool carries = strstr(folder.output, "BEGIN CERTIFICATE") != NULL;
        assert_int_equal(carries, wanted);
        /* Each once, although the chain starts with the authority's own. */
        char *first = strstr(folder.output, "CN = SM2 TSA");
        assert_int_equal(first != NULL, wanted);
        if (first != NULL)
            assert_null(strstr(first + 1, "subject=CN = SM2 TSA"));
    }
}

static void test_serials_differ(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf first = {0};
    YX_CLEAN(yx_buf) struct yx_buf second = {0};
    struct yx_error err;
    struct yx_cms a, b;
    struct yx_tsa tsa = tsa_of(&p256);
    struct yx_timestamper stamper = yx_timestamper_borrow_tsa(&tsa);
    uint8_t digest[32] = {1};
    expect_ok(stamper.stamp(stamper.self, YX_DIGEST_SHA256, YX_BYTES(digest, 32), &first, &err),
              &err);
    expect_ok(stamper.stamp(stamper.self, YX_DIGEST_SHA256, YX_BYTES(digest, 32), &second, &err),
              &err);
    expect_ok(yx_cms_parse(yx_buf_bytes(&first), &a, &err), &err);
    expect_ok(yx_cms_parse(yx_buf_bytes(&second), &b, &err), &err);
    assert_false(yx_bytes_equal(a.content, b.content));
}

/* --- Requests that are refused ----------------------------------------------------------- */

#define SHA256_ID "300D 0609 608648016503040201 0500"
#define ZEROS_20 "00000000000000000000 00000000000000000000"
#define ZEROS_32 ZEROS_20 "000000000000000000000000"
#define IMPRINT "3031 " SHA256_ID " 0420 " ZEROS_32

static void test_refused_requests(void **state)
{
    (void)state;
    static const struct {
        const char *what, *hex, *failure; /* NULL: granted */
    } cases[] = {
        {"the least", "3036 020101 " IMPRINT, NULL},
        {"certReq FALSE spelled out", "3039 020101 " IMPRINT " 010100", NULL},
        {"a negative nonce", "3039 020101 " IMPRINT " 0201FF", NULL},
        {"version 2", "3036 020102 " IMPRINT, "badRequest"},
        {"SHA-1", "3026 020101 3021 3009 0605 2B0E03021A 0500 0414 " ZEROS_20, "badAlg"},
        {"an unknown digest", "302A 020101 3025 3004 0602 2A03 041D " ZEROS_20 "000000000000000000",
         "badAlg"},
        {"a digest that is too short", "302A 020101 3025 " SHA256_ID " 0414 " ZEROS_20,
         "badDataFormat"},
        {"another policy", "303A 020101 " IMPRINT " 0602 2A03", "unacceptedPolicy"},
        {"an extension", "303C 020101 " IMPRINT " A004 3002 0600", "unacceptedExtension"},
        {"an extension", "3042 020101 " IMPRINT " A00A 3008 0602 2A03 0402 0500",
         "unacceptedExtension"},
        {"more behind it", "3036 020101 " IMPRINT " 00", "badDataFormat"},
        {"fields in another order", "303C 020101 " IMPRINT " 0101FF 020107", "badDataFormat"},
        {"no request", "0500", "badDataFormat"},
        {"nothing", "", "badDataFormat"},
    };
    struct yx_tsa tsa = tsa_of(&p256);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct yx_error err;
        YX_CLEAN(yx_buf) struct yx_buf request = from_hex(cases[i].hex);
        YX_CLEAN(yx_buf) struct yx_buf response = {0};
        yx_status got = yx_tsa_reply(&tsa, yx_buf_bytes(&request), yx_now(), &response, &err);
        if (got != (cases[i].failure ? YX_REFUSED : YX_OK))
            fail_msg("%s: status %d", cases[i].what, (int)got);
        assert_true(got == YX_OK || err.message.text != NULL);
        assert_true(response.len > 0);
        if (cases[i].failure == NULL)
            continue;
        /* openssl reads the reason, and so does our client. */
        folder_write(&folder, "reply", yx_buf_bytes(&response));
        tool(&folder, "openssl ts -reply -in reply -text");
        expect_words(&folder, "Status: Rejected.");
        YX_CLEAN(yx_buf) struct yx_buf good = {0};
        YX_CLEAN(yx_buf) struct yx_buf token = {0};
        ask(YX_DIGEST_SHA256, &good);
        char words[800];
        expect_status(
            yx_timestamp_response_take(yx_buf_bytes(&response), yx_buf_bytes(&good), &token, &err),
            YX_REFUSED, &err);
        yx_message_render(&err.message, NULL, words, sizeof words);
        if (strstr(words, cases[i].failure) == NULL)
            fail_msg("%s: %s", cases[i].what, words);
    }
}

static void test_authority_that_may_not(void **state)
{
    (void)state;
    const struct pki_person *people[] = {&no_tsa, &expired};
    for (size_t i = 0; i < 2; i++) {
        struct yx_error err;
        struct yx_tsa tsa = tsa_of(people[i]);
        struct yx_timestamper stamper = yx_timestamper_borrow_tsa(&tsa);
        uint8_t digest[32] = {0};
        YX_CLEAN(yx_buf) struct yx_buf request = {0};
        YX_CLEAN(yx_buf) struct yx_buf out = {0};
        ask(YX_DIGEST_SHA256, &request);
        expect_status(yx_tsa_reply(&tsa, yx_buf_bytes(&request), yx_now(), &out, &err), YX_REFUSED,
                      &err);
        expect_status(
            stamper.stamp(stamper.self, YX_DIGEST_SHA256, YX_BYTES(digest, 32), &out, &err),
            YX_REFUSED, &err);
        assert_int_equal(out.len, 0);
    }
    /* A key that is not the certificate's. */
    struct yx_error err;
    struct yx_tsa tsa = tsa_of(&p256);
    tsa.signer = yx_signer_borrow_key(root.key);
    tsa.signer.algorithm = YX_SIG_ECDSA_SHA256;
    YX_CLEAN(yx_buf) struct yx_buf request = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    ask(YX_DIGEST_SHA256, &request);
    assert_int_not_equal(yx_tsa_reply(&tsa, yx_buf_bytes(&request), yx_now(), &out, &err), YX_OK);
    assert_int_equal(out.len, 0);
}

/* --- Answers that are not taken ---------------------------------------------------------- */

static void test_answers_not_taken(void **state)
{
    (void)state;
    struct yx_error err;
    struct yx_tsa tsa = tsa_of(&p256);
    YX_CLEAN(yx_buf) struct yx_buf asked = {0};
    YX_CLEAN(yx_buf) struct yx_buf again = {0};
    YX_CLEAN(yx_buf) struct yx_buf other = {0};
    YX_CLEAN(yx_buf) struct yx_buf answer = {0};
    YX_CLEAN(yx_buf) struct yx_buf token = {0};
    ask(YX_DIGEST_SHA256, &asked);
    ask(YX_DIGEST_SHA256, &again);
    ask(YX_DIGEST_SM3, &other);
    expect_ok(yx_tsa_reply(&tsa, yx_buf_bytes(&asked), yx_now(), &answer, &err), &err);
    /* Another nonce, another imprint: an old answer replayed. */
    expect_status(
        yx_timestamp_response_take(yx_buf_bytes(&answer), yx_buf_bytes(&again), &token, &err),
        YX_REFUSED, &err);
    expect_status(
        yx_timestamp_response_take(yx_buf_bytes(&answer), yx_buf_bytes(&other), &token, &err),
        YX_REFUSED, &err);
    /* Cut off, changed, or something else altogether. */
    for (size_t len = 0; len < answer.len; len += 7)
        expect_status(yx_timestamp_response_take(YX_BYTES(answer.data, len), yx_buf_bytes(&asked),
                                                 &token, &err),
                      YX_DAMAGED, &err);
    answer.data[answer.len - 1] ^= 1;
    assert_int_not_equal(
        yx_timestamp_response_take(yx_buf_bytes(&answer), yx_buf_bytes(&asked), &token, &err),
        YX_OK);
    expect_status(yx_timestamp_response_take(YX_TEXT("<html>"), yx_buf_bytes(&asked), &token, &err),
                  YX_DAMAGED, &err);
    expect_status(yx_timestamp_response_take(NOTHING, yx_buf_bytes(&asked), &token, &err),
                  YX_DAMAGED, &err);
    assert_int_equal(token.len, 0);
}

/* A request without certReq is answered without a certificate, which our client never asks for. */
static void test_answer_without_certificate(void **state)
{
    (void)state;
    struct yx_error err;
    struct yx_tsa tsa = tsa_of(&p256);
    YX_CLEAN(yx_buf) struct yx_buf request = from_hex("3036 020101 " IMPRINT);
    YX_CLEAN(yx_buf) struct yx_buf answer = {0};
    YX_CLEAN(yx_buf) struct yx_buf token = {0};
    expect_ok(yx_tsa_reply(&tsa, yx_buf_bytes(&request), yx_now(), &answer, &err), &err);
    expect_status(
        yx_timestamp_response_take(yx_buf_bytes(&answer), yx_buf_bytes(&request), &token, &err),
        YX_REFUSED, &err);
}

static void test_requests_that_make_no_sense(void **state)
{
    (void)state;
    struct yx_error err;
    uint8_t digest[64] = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    expect_status(yx_timestamp_request_make(YX_DIGEST_SHA1, YX_BYTES(digest, 20), &out, &err),
                  YX_USAGE, &err);
    expect_status(yx_timestamp_request_make(YX_DIGEST_SM3, YX_BYTES(digest, 31), &out, &err),
                  YX_USAGE, &err);
    assert_int_equal(out.len, 0);
}

/* --- The world --------------------------------------------------------------------------- */

static void make_tsa(const char *name, yx_key_type type, bool for_stamps, yx_time not_after,
                     struct pki_person *out)
{
    struct yx_error err;
    struct pki_wish wish = {
        .name = name,
        .type = type,
        .tsa = for_stamps,
        .key_usage = for_stamps ? YX_KU_DIGITAL_SIGNATURE : 0,
        .not_before = yx_now() - 100 * YX_DAY,
        .not_after = not_after,
    };
    expect_ok(pki_person_make(&wish, &root, out, &err), &err);
}

static int set_up(void **state)
{
    (void)state;
    struct yx_error err;
    struct pki_wish wish = {.name = "CN=Root",
                            .type = YX_KEY_P256,
                            .ca = true,
                            .not_before = yx_now() - 1000 * YX_DAY,
                            .not_after = yx_now() + 3000 * YX_DAY};
    folder_make(&folder);
    expect_ok(pki_person_make(&wish, NULL, &root, &err), &err);
    make_tsa("CN=P-256 TSA", YX_KEY_P256, true, 0, &p256);
    make_tsa("CN=P-384 TSA", YX_KEY_P384, true, 0, &p384);
    make_tsa("CN=RSA TSA", YX_KEY_RSA, true, 0, &rsa);
    make_tsa("CN=Ed25519 TSA", YX_KEY_ED25519, true, 0, &ed25519);
    make_tsa("CN=SM2 TSA", YX_KEY_SM2, true, 0, &sm2);
    make_tsa("CN=Signer", YX_KEY_P256, false, 0, &no_tsa);
    make_tsa("CN=Expired TSA", YX_KEY_P256, true, yx_now() - YX_DAY, &expired);
    expect_ok(yx_trust_new(&trust, &err), &err);
    expect_ok(yx_trust_add_anchor(trust, root.cert, &err), &err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    struct pki_person *all[] = {&root, &p256, &p384, &rsa, &ed25519, &sm2, &no_tsa, &expired};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        pki_person_free(all[i]);
    yx_trust_free(trust);
    folder_remove(&folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_key_stamps),
        cmocka_unit_test(test_pss_key_stamps),
        cmocka_unit_test(test_timestamper),
        cmocka_unit_test(test_revoked_authority),
        cmocka_unit_test(test_openssl_judges),
        cmocka_unit_test(test_certificates_as_asked_for),
        cmocka_unit_test(test_serials_differ),
        cmocka_unit_test(test_refused_requests),
        cmocka_unit_test(test_authority_that_may_not),
        cmocka_unit_test(test_answers_not_taken),
        cmocka_unit_test(test_answer_without_certificate),
        cmocka_unit_test(test_requests_that_make_no_sense),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
