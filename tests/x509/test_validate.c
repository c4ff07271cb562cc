/* SPDX-License-Identifier: Apache-2.0 */
/* test_validate.c - the findings about chain, validity and usage, and trust shared by threads. */
#include "libcrypto_pki.h"

#include <pthread.h>

#define CA_USAGE "critical,keyCertSign,cRLSign"
#define SIGN_USAGE "critical,digitalSignature,nonRepudiation"

static const struct cert_spec root_spec = {
    .name = "根CA", .constraints = "critical,CA:TRUE", .key_usage = CA_USAGE};
static const struct cert_spec sub_spec = {
    .name = "Sub CA", .constraints = "critical,CA:TRUE", .key_usage = CA_USAGE, .serial = 2};
static const struct cert_spec leaf_spec = {.name = "张三", .key_usage = SIGN_USAGE, .serial = 3};

/* Root, CA below it, end entity; any of them may be spoiled. */
struct pki {
    struct party root, sub, leaf;
    struct yx_trust *trust;
    struct yx_cert *cert;
};

static void pki_begin(struct pki *pki, yx_key_type type, const struct cert_spec *root,
                      const struct cert_spec *sub, const struct cert_spec *leaf)
{
    struct yx_error err;
    pki->root = pki_issue(root, pki_key(type), NULL);
    pki->sub = pki_issue(sub, pki_key(type), &pki->root);
    pki->leaf = pki_issue(leaf, pki_key(type), &pki->sub);
    YX_CLEAN(yx_cert) struct yx_cert *anchor = pki_cert(&pki->root);
    YX_CLEAN(yx_cert) struct yx_cert *helper = pki_cert(&pki->sub);
    expect_ok(yx_trust_new(&pki->trust, &err), &err);
    expect_ok(yx_trust_add_anchor(pki->trust, anchor, &err), &err);
    expect_ok(yx_trust_add_helper(pki->trust, helper, &err), &err);
    pki->cert = pki_cert(&pki->leaf);
}

static void pki_end(struct pki *pki)
{
    pki_free(&pki->root);
    pki_free(&pki->sub);
    pki_free(&pki->leaf);
    yx_trust_free(pki->trust);
    yx_cert_free(pki->cert);
}

static struct yx_cert_findings ask(const struct yx_trust *trust, const struct yx_cert *cert,
                                   yx_cert_use use, yx_time at)
{
    struct yx_cert_findings findings;
    struct yx_error err;
    expect_ok(yx_cert_validate(trust, cert, use, at, PKI_NOW, &findings, &err), &err);
    assert_non_null(findings.chain.rule);
    assert_non_null(findings.validity.rule);
    assert_non_null(findings.revocation.rule);
    assert_non_null(findings.usage.rule);
    return findings;
}

/* Fails with the finding's words. */
static void expect_finding(const struct yx_cert_finding *finding, yx_outcome outcome,
                           const char *words)
{
    char text[600] = "";
    if (finding->detail.text != NULL)
        yx_message_render(&finding->detail, NULL, text, sizeof(text));
    if (finding->outcome != outcome || (words != NULL && strstr(text, words) == NULL))
        fail_msg("finding %s \"%s\" (%s), expected %s \"%s\"", yx_outcome_name(finding->outcome),
                 text, finding->rule, yx_outcome_name(outcome), words != NULL ? words : "");
}

/* --- Sound chains ------------------------------------------------------------------------ */

static void test_sound_chains(void **state)
{
    static const yx_key_type types[] = {YX_KEY_SM2, YX_KEY_P256, YX_KEY_P384, YX_KEY_RSA,
                                        YX_KEY_ED25519};
    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct pki pki;
        pki_begin(&pki, types[i], &root_spec, &sub_spec, &leaf_spec);
        assert_int_equal(yx_public_key_type(yx_cert_public_key(pki.cert)), types[i]);
        struct yx_cert_findings findings = ask(pki.trust, pki.cert, YX_USE_SIGN, PKI_NOW);
        expect_finding(&findings.chain, YX_PASS, "CN=根CA,C=CN");
        expect_finding(&findings.validity, YX_PASS, NULL);
        expect_finding(&findings.revocation, YX_SKIP, "names no source");
        expect_finding(&findings.usage, YX_PASS, NULL);
        pki_end(&pki);
    }
}

static void test_intermediate_as_anchor(void **state)
{
    struct pki pki;
    struct yx_error err;
    YX_CLEAN(yx_trust) struct yx_trust *trust = NULL;
    (void)state;
    pki_begin(&pki, YX_KEY_SM2, &root_spec, &sub_spec, &leaf_spec);
    YX_CLEAN(yx_cert) struct yx_cert *sub = pki_cert(&pki.sub);
    expect_ok(yx_trust_new(&trust, &err), &err);
    expect_ok(yx_trust_add_anchor(trust, sub, &err), &err);
    struct yx_cert_findings findings = ask(trust, pki.cert, YX_USE_SIGN, PKI_NOW);
    expect_finding(&findings.chain, YX_PASS, "CN=Sub CA");
    pki_end(&pki);
}

static void test_leaf_as_anchor(void **state)
{
    struct party alone = pki_issue(&leaf_spec, pki_key(YX_KEY_SM2), NULL);
    struct yx_error err;
    YX_CLEAN(yx_trust) struct yx_trust *trust = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *cert = pki_cert(&alone);
    (void)state;
    expect_ok(yx_trust_new(&trust, &err), &err);
    assert_true(yx_trust_is_empty(trust));
    struct yx_cert_findings findings = ask(trust, cert, YX_USE_SIGN, PKI_NOW);
    expect_finding(&findings.chain, YX_UNKNOWN, "no trusted certificate was given");
    expect_ok(yx_trust_add_anchor(trust, cert, &err), &err);
    assert_false(yx_trust_is_empty(trust));
    findings = ask(trust, cert, YX_USE_SIGN, PKI_NOW);
    expect_finding(&findings.chain, YX_PASS, NULL);
    expect_finding(&findings.revocation, YX_SKIP, "itself trusted");
    pki_free(&alone);
}

/* A CA and its renewal with another key have one name; the certificate does not say which. */
static void test_renewed_anchor(void **state)
{
    struct cert_spec spec = leaf_spec;
    struct party roots[3];
    struct yx_error err;
    YX_CLEAN(yx_trust) struct yx_trust *trust = NULL;
    (void)state;
    spec.no_issuer_key = true;
    expect_ok(yx_trust_new(&trust, &err), &err);
    for (size_t i = 0; i < 3; i++) {
        roots[i] = pki_issue(&root_spec, pki_key(YX_KEY_SM2), NULL);
        YX_CLEAN(yx_cert) struct yx_cert *anchor = pki_cert(&roots[i]);
        if (i < 2)
            expect_ok(yx_trust_add_anchor(trust, anchor, &err), &err);
    }
    for (size_t i = 0; i < 3; i++) {
        struct party leaf = pki_issue(&spec, pki_key(YX_KEY_SM2), &roots[i]);
        YX_CLEAN(yx_cert) struct yx_cert *cert = pki_cert(&leaf);
        struct yx_cert_findings findings = ask(trust, cert, YX_USE_SIGN, PKI_NOW);
        expect_finding(&findings.chain, i < 2 ? YX_PASS : YX_FAIL, NULL);
        pki_free(&leaf);
    }
    for (size_t i = 0; i < 3; i++)
        pki_free(&roots[i]);
}

/* --- Untrusted is not broken ------------------------------------------------------------- */

/* REQ: CERT-20 */
static void test_untrusted(void **state)
{
    struct pki pki;
    struct yx_error err;
    (void)state;
    pki_begin(&pki, YX_KEY_SM2, &root_spec, &sub_spec, &leaf_spec);
    struct party alone = pki_issue(&leaf_spec, pki_key(YX_KEY_SM2), NULL);
    YX_CLEAN(yx_cert) struct yx_cert *self_signed = pki_cert(&alone);
    YX_CLEAN(yx_trust) struct yx_trust *other = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *root = pki_cert(&pki.root);
    YX_CLEAN(yx_cert) struct yx_cert *sub = pki_cert(&pki.sub);

    struct yx_cert_findings findings = ask(NULL, pki.cert, YX_USE_SIGN, PKI_NOW);
    expect_finding(&findings.chain, YX_UNKNOWN, "no trusted certificate was given");
    findings = ask(pki.trust, self_signed, YX_USE_SIGN, PKI_NOW);
    expect_finding(&findings.chain, YX_UNKNOWN, "self-signed");

    expect_ok(yx_trust_new(&other, &err), &err);
    expect_ok(yx_trust_add_anchor(other, self_signed, &err), &err);
    findings = ask(other, pki.cert, YX_USE_SIGN, PKI_NOW);
    expect_finding(&findings.chain, YX_UNKNOWN, "the issuer of CN=张三,C=CN");
    expect_ok(yx_trust_add_helper(other, sub, &err), &err);
    expect_ok(yx_trust_add_helper(other, root, &err), &err);
    findings = ask(other, pki.cert, YX_USE_SIGN, PKI_NOW);
    expect_finding(&findings.chain, YX_UNKNOWN, "the chain ends in CN=根CA");
    pki_free(&alone);
    pki_end(&pki);
}

/* --- Broken chains ----------------------------------------------------------------------- */

static const struct broken {
    const char *what;
    struct cert_spec sub, leaf;
    const char *words;
    yx_key_type type;
} broken[] = {
    {"issuer is not a CA",
     {.name = "Sub CA", .constraints = "critical,CA:FALSE", .key_usage = CA_USAGE},
     {.name = "L", .key_usage = SIGN_USAGE},
     "is not a CA",
     YX_KEY_SM2},
    {"issuer without basicConstraints",
     {.name = "Sub CA", .key_usage = CA_USAGE},
     {.name = "L", .key_usage = SIGN_USAGE},
     "is not a CA",
     YX_KEY_SM2},
    {"issuer may not sign certificates",
     {.name = "Sub CA", .constraints = "critical,CA:TRUE", .key_usage = "critical,cRLSign"},
     {.name = "L", .key_usage = SIGN_USAGE},
     "",
     YX_KEY_SM2},
    {"issuer has expired",
     {.name = "Sub CA",
      .constraints = "critical,CA:TRUE",
      .key_usage = CA_USAGE,
      .to = PKI_NOW - YX_DAY},
     {.name = "L", .key_usage = SIGN_USAGE},
     "CN=Sub CA,C=CN in the chain had expired at 2026-01-01T00:00:00Z: it was valid from "
     "2024-01-02T00:00:00Z to 2025-12-31T00:00:00Z",
     YX_KEY_SM2},
    {"issuer is not yet valid",
     {.name = "Sub CA",
      .constraints = "critical,CA:TRUE",
      .key_usage = CA_USAGE,
      .from = PKI_NOW + YX_DAY},
     {.name = "L", .key_usage = SIGN_USAGE},
     "CN=Sub CA,C=CN in the chain was not yet valid",
     YX_KEY_P256},
    {"name outside the constraints",
     {.name = "Sub CA",
      .constraints = "critical,CA:TRUE",
      .key_usage = CA_USAGE,
      .name_constraints = "critical,excluded;DNS:example.org"},
     {.name = "evil.example.org", .key_usage = SIGN_USAGE},
     "nameConstraints",
     YX_KEY_P256},
    {"unknown critical extension",
     {.name = "Sub CA",
      .constraints = "critical,CA:TRUE",
      .key_usage = CA_USAGE,
      .other_critical = "1.2.3.4"},
     {.name = "L", .key_usage = SIGN_USAGE},
     "critical extension",
     YX_KEY_SM2},
    {"unknown critical extension in the certificate itself",
     {.name = "Sub CA", .constraints = "critical,CA:TRUE", .key_usage = CA_USAGE},
     {.name = "L", .key_usage = SIGN_USAGE, .other_critical = "1.2.3.4"},
     "critical extension",
     YX_KEY_SM2},
    {"signed with SHA-1",
     {.name = "Sub CA", .constraints = "critical,CA:TRUE", .key_usage = CA_USAGE},
     {.name = "L", .key_usage = SIGN_USAGE, .digest = "SHA1"},
     "MD5 or SHA-1",
     YX_KEY_RSA},
    {"signed with MD5",
     {.name = "Sub CA", .constraints = "critical,CA:TRUE", .key_usage = CA_USAGE, .digest = "MD5"},
     {.name = "L", .key_usage = SIGN_USAGE},
     "MD5 or SHA-1",
     YX_KEY_RSA},
    {"SM2 signature made with another signer ID",
     {.name = "Sub CA", .constraints = "critical,CA:TRUE", .key_usage = CA_USAGE},
     {.name = "L", .key_usage = SIGN_USAGE, .sm2_id = "8765432187654321"},
     "signature on the certificate CN=L,C=CN is wrong",
     YX_KEY_SM2},
    {"CA's SM2 signature made without the signer ID",
     {.name = "Sub CA", .constraints = "critical,CA:TRUE", .key_usage = CA_USAGE, .sm2_id = ""},
     {.name = "L", .key_usage = SIGN_USAGE},
     "signature on the certificate CN=Sub CA,C=CN is wrong",
     YX_KEY_SM2},
};

static void test_broken_chains(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        struct pki pki;
        pki_begin(&pki, broken[i].type, &root_spec, &broken[i].sub, &broken[i].leaf);
        struct yx_cert_findings findings = ask(pki.trust, pki.cert, YX_USE_SIGN, PKI_NOW);
        if (findings.chain.outcome != YX_FAIL)
            print_message("%s\n", broken[i].what);
        expect_finding(&findings.chain, YX_FAIL, broken[i].words);
        expect_finding(&findings.validity, YX_PASS, NULL);
        pki_end(&pki);
    }
}

static void test_path_length(void **state)
{
    struct cert_spec root = root_spec, sub = sub_spec;
    struct pki pki;
    (void)state;
    root.constraints = "critical,CA:TRUE,pathlen:0";
    sub.constraints = "critical,CA:TRUE";
    pki_begin(&pki, YX_KEY_SM2, &root, &sub, &leaf_spec);
    struct yx_cert_findings findings = ask(pki.trust, pki.cert, YX_USE_SIGN, PKI_NOW);
    expect_finding(&findings.chain, YX_FAIL, "pathLenConstraint");
    pki_end(&pki);
}

static void test_short_rsa_key(void **state)
{
    struct party root = pki_issue(&root_spec, EVP_RSA_gen(2048), NULL);
    struct party leaf = pki_issue(&leaf_spec, EVP_RSA_gen(1024), &root);
    struct yx_error err;
    YX_CLEAN(yx_trust) struct yx_trust *trust = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *anchor = pki_cert(&root);
    YX_CLEAN(yx_cert) struct yx_cert *cert = pki_cert(&leaf);
    (void)state;
    expect_ok(yx_trust_new(&trust, &err), &err);
    expect_ok(yx_trust_add_anchor(trust, anchor, &err), &err);
    struct yx_cert_findings findings = ask(trust, cert, YX_USE_SIGN, PKI_NOW);
    expect_finding(&findings.chain, YX_FAIL, "shorter than 2048");
    pki_free(&root);
    pki_free(&leaf);
}

static void test_unknown_key_type(void **state)
{
    struct party root = pki_issue(&root_spec, pki_key(YX_KEY_P256), NULL);
    struct party leaf = pki_issue(&leaf_spec, EVP_EC_gen("P-521"), &root);
    struct yx_error err;
    YX_CLEAN(yx_trust) struct yx_trust *trust = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *anchor = pki_cert(&root);
    YX_CLEAN(yx_cert) struct yx_cert *cert = pki_cert(&leaf);
    (void)state;
    assert_null(yx_cert_public_key(cert));
    assert_int_equal(yx_public_key_type(yx_cert_public_key(cert)), YX_KEY_NONE);
    assert_int_equal(yx_public_key_spki(yx_cert_public_key(cert)).len, 0);
    expect_status(yx_public_key_verify(yx_cert_public_key(cert), YX_SIG_SM2_SM3, YX_TEXT("a"),
                                       YX_TEXT("b"), &err),
                  YX_REFUSED, &err);
    assert_string_equal(yx_cert_common_name(cert), "张三");
    expect_ok(yx_trust_new(&trust, &err), &err);
    expect_ok(yx_trust_add_anchor(trust, anchor, &err), &err);
    struct yx_cert_findings findings = ask(trust, cert, YX_USE_SIGN, PKI_NOW);
    expect_finding(&findings.chain, YX_UNKNOWN, "not supported");
    pki_free(&root);
    pki_free(&leaf);
}

/* REQ: VER-04. A flipped bit anywhere makes the certificate unreadable or its chain not hold. */
static void test_bit_flips(void **state)
{
    static const yx_key_type types[] = {YX_KEY_SM2, YX_KEY_P256};
    (void)state;
    for (size_t t = 0; t < 2; t++) {
        struct pki pki;
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        unsigned refused = 0, broken_chain = 0;
        pki_begin(&pki, types[t], &root_spec, &sub_spec, &leaf_spec);
        pki_der(&pki.leaf, &der);
        for (size_t i = 0; i < der.len; i++) {
            struct yx_cert *cert = NULL;
            uint8_t bit = (uint8_t)(1u << (i * 5 % 8));
            der.data[i] ^= bit;
            if (yx_cert_from_der(yx_buf_bytes(&der), &cert, NULL) != YX_OK) {
                refused++;
            } else {
                struct yx_cert_findings findings = ask(pki.trust, cert, YX_USE_SIGN, PKI_NOW);
                assert_true(findings.chain.outcome == YX_FAIL ||
                            findings.chain.outcome == YX_UNKNOWN);
                broken_chain++;
            }
            yx_cert_free(cert);
            der.data[i] ^= bit;
        }
        assert_true(refused > 50 && broken_chain > 50);
        pki_end(&pki);
    }
}

/* --- Validity ---------------------------------------------------------------------------- */

static void test_validity(void **state)
{
    struct cert_spec leaf = leaf_spec;
    struct pki pki;
    (void)state;
    leaf.from = PKI_NOW - 10 * YX_DAY;
    leaf.to = PKI_NOW - 5 * YX_DAY;
    pki_begin(&pki, YX_KEY_SM2, &root_spec, &sub_spec, &leaf);
    struct yx_cert_findings findings = ask(pki.trust, pki.cert, YX_USE_SIGN, PKI_NOW);
    expect_finding(&findings.validity, YX_FAIL,
                   "CN=张三,C=CN had expired at 2026-01-01T00:00:00Z: it was valid from "
                   "2025-12-22T00:00:00Z to 2025-12-27T00:00:00Z");
    expect_finding(&findings.chain, YX_PASS, NULL);
    findings = ask(pki.trust, pki.cert, YX_USE_SIGN, PKI_NOW - 11 * YX_DAY);
    expect_finding(&findings.validity, YX_FAIL, "was not yet valid");
    expect_finding(&findings.chain, YX_PASS, NULL);
    findings = ask(pki.trust, pki.cert, YX_USE_SIGN, leaf.from);
    expect_finding(&findings.validity, YX_PASS, NULL);
    findings = ask(pki.trust, pki.cert, YX_USE_SIGN, leaf.to);
    expect_finding(&findings.validity, YX_PASS, NULL);
    pki_end(&pki);
}

/* --- Usage ------------------------------------------------------------------------------- */

static const struct usage_case {
    const char *constraints, *key_usage, *extended_usage;
    yx_cert_use use;
    yx_outcome outcome;
    const char *words;
} usage_cases[] = {
    {NULL, "digitalSignature", NULL, YX_USE_SIGN, YX_PASS, ""},
    {NULL, "nonRepudiation", NULL, YX_USE_SIGN, YX_PASS, ""},
    {NULL, NULL, NULL, YX_USE_SIGN, YX_PASS, "no keyUsage"},
    {NULL, "digitalSignature", "clientAuth,emailProtection", YX_USE_SIGN, YX_PASS, ""},
    /* as met in the field */
    {"CA:FALSE", "digitalSignature,nonRepudiation,keyCertSign", NULL, YX_USE_SIGN, YX_PASS, ""},
    {NULL, "keyEncipherment,dataEncipherment,keyAgreement", NULL, YX_USE_SIGN, YX_FAIL,
     "may not sign"},
    {NULL, "digitalSignature", "critical,timeStamping", YX_USE_SIGN, YX_FAIL, "extKeyUsage"},
    {NULL, "digitalSignature", "serverAuth", YX_USE_SIGN, YX_FAIL, "extKeyUsage"},
    {NULL, "digitalSignature", "serverAuth,clientAuth", YX_USE_SIGN, YX_FAIL, "extKeyUsage"},
    {NULL, "digitalSignature", "serverAuth,emailProtection", YX_USE_SIGN, YX_PASS, ""},
    {NULL, "digitalSignature", "clientAuth", YX_USE_SIGN, YX_PASS, ""},
    {NULL, "digitalSignature", "OCSPSigning,clientAuth", YX_USE_SIGN, YX_FAIL, "extKeyUsage"},
    {"critical,CA:TRUE", CA_USAGE, NULL, YX_USE_SIGN, YX_FAIL, "is a CA"},
    {"critical,CA:TRUE", NULL, NULL, YX_USE_SIGN, YX_FAIL, "is a CA"},
    {"critical,CA:TRUE", "digitalSignature,keyCertSign", NULL, YX_USE_SIGN, YX_PASS, ""},
    {NULL, "digitalSignature", "critical,timeStamping", YX_USE_TIME_STAMP, YX_PASS, ""},
    {NULL, NULL, "critical,timeStamping", YX_USE_TIME_STAMP, YX_PASS, ""},
    {NULL, "digitalSignature", "timeStamping", YX_USE_TIME_STAMP, YX_FAIL, "critical"},
    {NULL, "digitalSignature", "critical,timeStamping,clientAuth", YX_USE_TIME_STAMP, YX_FAIL,
     "alone"},
    {NULL, "digitalSignature", NULL, YX_USE_TIME_STAMP, YX_FAIL, "extKeyUsage"},
    {NULL, "keyEncipherment", "critical,timeStamping", YX_USE_TIME_STAMP, YX_FAIL, "may not sign"},
    {"critical,CA:TRUE", CA_USAGE, NULL, YX_USE_ISSUE, YX_PASS, ""},
    {"critical,CA:TRUE", NULL, NULL, YX_USE_ISSUE, YX_PASS, ""},
    {"critical,CA:TRUE", "cRLSign", NULL, YX_USE_ISSUE, YX_FAIL, "keyUsage"},
    {"CA:FALSE", "digitalSignature,keyCertSign", NULL, YX_USE_ISSUE, YX_FAIL, "not a CA"},
    {NULL, "digitalSignature", NULL, YX_USE_ISSUE, YX_FAIL, "not a CA"},
};

static void test_usage(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(usage_cases) / sizeof(usage_cases[0]); i++) {
        const struct usage_case *c = &usage_cases[i];
        struct cert_spec spec = {.name = "U",
                                 .constraints = c->constraints,
                                 .key_usage = c->key_usage,
                                 .extended_usage = c->extended_usage};
        struct party party = pki_issue(&spec, pki_key(YX_KEY_SM2), NULL);
        YX_CLEAN(yx_cert) struct yx_cert *cert = pki_cert(&party);
        struct yx_cert_findings findings = ask(NULL, cert, c->use, PKI_NOW);
        expect_finding(&findings.usage, c->outcome, c->words);
        pki_free(&party);
    }
}

/* --- Threads ----------------------------------------------------------------------------- */

static void *validate_often(void *argument)
{
    const struct pki *pki = argument;
    for (int i = 0; i < 50; i++) {
        struct yx_cert_findings findings;
        if (yx_cert_validate(pki->trust, pki->cert, YX_USE_SIGN, PKI_NOW, PKI_NOW, &findings,
                             NULL) != YX_OK ||
            findings.chain.outcome != YX_PASS || findings.revocation.outcome != YX_PASS)
            return argument;
    }
    return NULL;
}

static void test_threads(void **state)
{
    struct pki pki;
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf crl = {0};
    YX_CLEAN(yx_buf) struct yx_buf root_crl = {0};
    pthread_t threads[4];
    (void)state;
    pki_begin(&pki, YX_KEY_SM2, &root_spec, &sub_spec, &leaf_spec);
    pki_crl(&(struct crl_spec){.serial = 99, .revoked_at = PKI_NOW}, &pki.sub, &crl);
    pki_crl(&(struct crl_spec){.serial = 98, .revoked_at = PKI_NOW}, &pki.root, &root_crl);
    expect_ok(yx_trust_add_crl(pki.trust, yx_buf_bytes(&crl), &err), &err);
    expect_ok(yx_trust_add_crl(pki.trust, yx_buf_bytes(&root_crl), &err), &err);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, validate_often, &pki), 0);
    for (size_t i = 0; i < 4; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    pki_end(&pki);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sound_chains),     cmocka_unit_test(test_intermediate_as_anchor),
        cmocka_unit_test(test_leaf_as_anchor),   cmocka_unit_test(test_renewed_anchor),
        cmocka_unit_test(test_untrusted),        cmocka_unit_test(test_broken_chains),
        cmocka_unit_test(test_path_length),      cmocka_unit_test(test_short_rsa_key),
        cmocka_unit_test(test_unknown_key_type), cmocka_unit_test(test_bit_flips),
        cmocka_unit_test(test_validity),         cmocka_unit_test(test_usage),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
