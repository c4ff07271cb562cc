/* SPDX-License-Identifier: Apache-2.0 */
/* test_revocation.c - which CRLs count, and what they say about a moment (RFC 5280 6.3.3,
 * GM/T 0031-2014 6.2.3). Deltas, indirect CRLs and reasons are in test_pkits.c. */
#include "libcrypto_pki.h"

#define CA_USAGE "critical,keyCertSign,cRLSign"
#define POINT "URI:http://crl.example.cn/ca.crl"
#define LEAF_SERIAL 7
#define SUB_SERIAL 5

struct pki {
    struct party root, sub, leaf;
    struct yx_trust *trust;
    struct yx_cert *cert;
};

static void pki_begin(struct pki *pki, yx_key_type type, const struct cert_spec *leaf_spec)
{
    static const struct cert_spec root = {
        .name = "Root", .constraints = "critical,CA:TRUE", .key_usage = CA_USAGE};
    static const struct cert_spec sub = {.name = "Sub",
                                         .constraints = "critical,CA:TRUE",
                                         .key_usage = CA_USAGE,
                                         .serial = SUB_SERIAL};
    struct yx_error err;
    pki->root = pki_issue(&root, pki_key(type), NULL);
    pki->sub = pki_issue(&sub, pki_key(type), &pki->root);
    pki->leaf = pki_issue(leaf_spec, pki_key(type), &pki->sub);
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

static void add_crl(struct pki *pki, const struct crl_spec *spec, const struct party *issuer)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_error err;
    pki_crl(spec, issuer, &der);
    expect_ok(yx_trust_add_crl(pki->trust, yx_buf_bytes(&der), &err), &err);
}

static void expect_revocation(const struct pki *pki, yx_time at, yx_outcome outcome,
                              const char *wanted)
{
    struct yx_cert_findings findings;
    struct yx_error err;
    char text[600] = "";
    expect_ok(yx_cert_validate(pki->trust, pki->cert, YX_USE_SIGN, at, PKI_NOW, &findings, &err),
              &err);
    assert_int_equal(findings.chain.outcome, YX_PASS);
    if (findings.revocation.detail.text != NULL)
        yx_message_render(&findings.revocation.detail, NULL, text, sizeof(text));
    if (findings.revocation.outcome != outcome || (wanted != NULL && strstr(text, wanted) == NULL))
        fail_msg("revocation %s \"%s\", expected %s \"%s\"",
                 yx_outcome_name(findings.revocation.outcome), text, yx_outcome_name(outcome),
                 wanted != NULL ? wanted : "");
}

/* --- One CRL of the issuer --------------------------------------------------------------- */

#define DAYS(n) ((n)*YX_DAY)

static const struct crl_case {
    const char *what;
    struct crl_spec crl;
    yx_time at; /* 0: PKI_NOW */
    yx_outcome outcome;
    const char *words;
} crl_cases[] = {
    {"not listed", {.serial = 99, .revoked_at = PKI_NOW}, 0, YX_PASS, NULL},
    {"empty", {.serial = 0}, 0, YX_PASS, NULL},
    {"revoked before",
     {.serial = LEAF_SERIAL, .revoked_at = PKI_NOW - DAYS(3)},
     0,
     YX_FAIL,
     "CN=Leaf,C=CN was revoked at 2025-12-29T00:00:00Z"},
    {"revoked at the very moment",
     {.serial = LEAF_SERIAL, .revoked_at = PKI_NOW - DAYS(3)},
     PKI_NOW - DAYS(3),
     YX_FAIL,
     NULL},
    {"revoked after signing",
     {.serial = LEAF_SERIAL, .revoked_at = PKI_NOW - DAYS(3)},
     PKI_NOW - DAYS(4),
     YX_PASS,
     "after the time that counts (2025-12-28T00:00:00Z)"},
    {"invalid since before signing",
     {.serial = LEAF_SERIAL, .revoked_at = PKI_NOW - DAYS(3), .invalid_at = PKI_NOW - DAYS(9)},
     PKI_NOW - DAYS(4),
     YX_FAIL,
     "2025-12-23T00:00:00Z"},
    {"on hold",
     {.serial = LEAF_SERIAL, .revoked_at = PKI_NOW - DAYS(3), .reason = 6},
     0,
     YX_FAIL,
     NULL},
    {"out of date",
     {.from = PKI_NOW - DAYS(40), .to = PKI_NOW - DAYS(10)},
     0,
     YX_UNKNOWN,
     "does not cover 2026-01-01T00:00:00Z: it is of 2025-11-22T00:00:00Z, the next was due "
     "2025-12-22T00:00:00Z"},
    {"out of date now, not when it was signed",
     {.from = PKI_NOW - DAYS(40), .to = PKI_NOW - DAYS(10)},
     PKI_NOW - DAYS(20),
     YX_PASS,
     NULL},
    {"issued after signing", {.from = PKI_NOW - DAYS(1)}, PKI_NOW - DAYS(90), YX_PASS, NULL},
    {"of the future", {.from = PKI_NOW + DAYS(1)}, 0, YX_UNKNOWN, "does not cover"},
    {"without nextUpdate, from before",
     {.from = PKI_NOW - DAYS(2), .without_next = true},
     0,
     YX_UNKNOWN,
     "does not cover"},
    {"without nextUpdate, from after",
     {.from = PKI_NOW - DAYS(2), .without_next = true},
     PKI_NOW - DAYS(3),
     YX_PASS,
     NULL},
    {"unknown critical extension", {.other_critical = true}, 0, YX_UNKNOWN, "critical extension"},
    {"unknown critical extension in an entry",
     {.serial = 99, .revoked_at = PKI_NOW - DAYS(1), .entry_other_critical = true},
     0,
     YX_UNKNOWN,
     "critical extension"},
    {"of CA certificates only", {.scope = "critical,onlyCA:TRUE"}, 0, YX_UNKNOWN, "names a source"},
    {"of user certificates only", {.scope = "critical,onlyuser:TRUE"}, 0, YX_PASS, NULL},
    {"of attribute certificates only",
     {.scope = "critical,onlyAA:TRUE"},
     0,
     YX_UNKNOWN,
     "names a source"},
    {"of this distribution point", {.scope = "critical,fullname:" POINT}, 0, YX_PASS, NULL},
    {"of another distribution point",
     {.scope = "critical,fullname:URI:http://other.example.cn/ca.crl"},
     0,
     YX_UNKNOWN,
     "names a source"},
    {"of some reasons",
     {.scope = "critical,onlysomereasons:keyCompromise"},
     0,
     YX_UNKNOWN,
     "only some of the reasons"},
};

static const struct cert_spec with_point = {.name = "Leaf",
                                            .key_usage = "digitalSignature",
                                            .serial = LEAF_SERIAL,
                                            .distribution_points = POINT};

static void test_one_crl(void **state)
{
    static const yx_key_type types[] = {YX_KEY_SM2, YX_KEY_P256};
    (void)state;
    for (size_t t = 0; t < 2; t++) {
        for (size_t i = 0; i < sizeof(crl_cases) / sizeof(crl_cases[0]); i++) {
            const struct crl_case *c = &crl_cases[i];
            struct pki pki;
            pki_begin(&pki, types[t], &with_point);
            add_crl(&pki, &c->crl, &pki.sub);
            expect_revocation(&pki, c->at != 0 ? c->at : PKI_NOW, c->outcome, c->words);
            pki_end(&pki);
        }
    }
}

/* --- None, or none that counts ----------------------------------------------------------- */

static void test_no_crl(void **state)
{
    static const struct cert_spec plain = {
        .name = "Leaf", .key_usage = "digitalSignature", .serial = LEAF_SERIAL};
    static const struct cert_spec with_ocsp = {.name = "Leaf",
                                               .key_usage = "digitalSignature",
                                               .serial = LEAF_SERIAL,
                                               .info_access = "OCSP;URI:http://ocsp.example.cn"};
    static const struct cert_spec with_issuers = {.name = "Leaf",
                                                  .key_usage = "digitalSignature",
                                                  .serial = LEAF_SERIAL,
                                                  .info_access =
                                                      "caIssuers;URI:http://ca.example.cn/ca.cer"};
    static const struct {
        const struct cert_spec *spec;
        yx_outcome outcome;
    } cases[] = {{&plain, YX_SKIP},
                 {&with_issuers, YX_SKIP},
                 {&with_ocsp, YX_UNKNOWN},
                 {&with_point, YX_UNKNOWN}};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct pki pki;
        pki_begin(&pki, YX_KEY_SM2, cases[i].spec);
        expect_revocation(&pki, PKI_NOW, cases[i].outcome, NULL);
        pki_end(&pki);
    }
}

/* A CRL in the issuer's name by another key, with another signer ID, or by a key without cRLSign.
 */
static void test_forged_crls(void **state)
{
    static const struct cert_spec impostor_spec = {
        .name = "Sub", .constraints = "critical,CA:TRUE", .key_usage = CA_USAGE};
    const struct crl_spec revokes = {.serial = LEAF_SERIAL, .revoked_at = PKI_NOW - DAYS(3)};
    struct crl_spec wrong_id = revokes;
    struct pki pki;
    struct yx_error err;
    (void)state;
    wrong_id.sm2_id = "";
    pki_begin(&pki, YX_KEY_SM2, &with_point);
    struct party impostor = pki_issue(&impostor_spec, pki_key(YX_KEY_SM2), NULL);
    add_crl(&pki, &revokes, &impostor);
    expect_revocation(&pki, PKI_NOW, YX_UNKNOWN, "does not hold");
    /* The impostor's certificate at hand makes no difference: it leads to no anchor. */
    YX_CLEAN(yx_cert) struct yx_cert *known = pki_cert(&impostor);
    expect_ok(yx_trust_add_helper(pki.trust, known, &err), &err);
    expect_revocation(&pki, PKI_NOW, YX_UNKNOWN, "does not hold");
    add_crl(&pki, &wrong_id, &pki.sub);
    expect_revocation(&pki, PKI_NOW, YX_UNKNOWN, "does not hold");
    add_crl(&pki, &revokes, &pki.sub);
    expect_revocation(&pki, PKI_NOW, YX_FAIL, "was revoked");
    pki_free(&impostor);
    pki_end(&pki);
}

static void test_tampered_crl(void **state)
{
    struct pki pki;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    unsigned refused = 0, unknown = 0;
    (void)state;
    pki_begin(&pki, YX_KEY_SM2, &with_point);
    pki_crl(&(struct crl_spec){.serial = LEAF_SERIAL, .revoked_at = PKI_NOW - DAYS(3)}, &pki.sub,
            &der);
    for (size_t i = 0; i < der.len; i++) {
        YX_CLEAN(yx_trust) struct yx_trust *trust = NULL;
        YX_CLEAN(yx_cert) struct yx_cert *anchor = pki_cert(&pki.sub);
        struct yx_cert_findings findings;
        struct yx_error err;
        der.data[i] ^= (uint8_t)(1u << i % 8);
        expect_ok(yx_trust_new(&trust, &err), &err);
        expect_ok(yx_trust_add_anchor(trust, anchor, &err), &err);
        if (yx_trust_add_crl(trust, yx_buf_bytes(&der), &err) != YX_OK) {
            refused++;
        } else {
            expect_ok(
                yx_cert_validate(trust, pki.cert, YX_USE_SIGN, PKI_NOW, PKI_NOW, &findings, &err),
                &err);
            assert_int_equal(findings.revocation.outcome, YX_UNKNOWN);
            unknown++;
        }
        der.data[i] ^= (uint8_t)(1u << i % 8);
    }
    assert_true(refused > 20 && unknown > 20);
    pki_end(&pki);
}

/* --- Several CRLs ------------------------------------------------------------------------ */

static void test_hold_and_release(void **state)
{
    struct pki pki;
    (void)state;
    pki_begin(&pki, YX_KEY_SM2, &with_point);
    add_crl(&pki,
            &(struct crl_spec){.from = PKI_NOW - DAYS(5),
                               .serial = LEAF_SERIAL,
                               .revoked_at = PKI_NOW - DAYS(6),
                               .reason = 6},
            &pki.sub);
    expect_revocation(&pki, PKI_NOW, YX_FAIL, NULL);
    add_crl(&pki, &(struct crl_spec){.from = PKI_NOW - DAYS(2)}, &pki.sub);
    expect_revocation(&pki, PKI_NOW, YX_PASS, NULL);
    pki_end(&pki);
}

/* A revocation for good stays one, even when a later CRL does not list it. */
static void test_revoked_stays_revoked(void **state)
{
    struct pki pki;
    (void)state;
    pki_begin(&pki, YX_KEY_SM2, &with_point);
    add_crl(&pki,
            &(struct crl_spec){.from = PKI_NOW - DAYS(5),
                               .serial = LEAF_SERIAL,
                               .revoked_at = PKI_NOW - DAYS(6),
                               .reason = 1},
            &pki.sub);
    add_crl(&pki, &(struct crl_spec){.from = PKI_NOW - DAYS(2)}, &pki.sub);
    expect_revocation(&pki, PKI_NOW, YX_FAIL, NULL);
    pki_end(&pki);
}

static void test_revoked_issuer(void **state)
{
    struct pki pki;
    (void)state;
    pki_begin(&pki, YX_KEY_SM2, &with_point);
    add_crl(&pki, &(struct crl_spec){.serial = 99, .revoked_at = PKI_NOW}, &pki.sub);
    expect_revocation(&pki, PKI_NOW, YX_PASS, NULL);
    add_crl(&pki, &(struct crl_spec){.serial = SUB_SERIAL, .revoked_at = PKI_NOW - DAYS(3)},
            &pki.root);
    expect_revocation(&pki, PKI_NOW, YX_FAIL, "CN=Sub,C=CN was revoked");
    expect_revocation(&pki, PKI_NOW - DAYS(4), YX_PASS, NULL);
    pki_end(&pki);
}

/* A certificate that had expired before the CRL was issued may have been dropped from it. */
static void test_crl_after_expiry(void **state)
{
    struct cert_spec expired = with_point;
    struct pki pki;
    (void)state;
    expired.to = PKI_NOW - DAYS(30);
    pki_begin(&pki, YX_KEY_SM2, &expired);
    add_crl(&pki, &(struct crl_spec){.from = PKI_NOW - DAYS(2)}, &pki.sub);
    expect_revocation(&pki, PKI_NOW - DAYS(60), YX_UNKNOWN, "had expired");
    add_crl(&pki, &(struct crl_spec){.from = PKI_NOW - DAYS(40)}, &pki.sub);
    expect_revocation(&pki, PKI_NOW - DAYS(60), YX_PASS, NULL);
    pki_end(&pki);
}

/* --- Refusals ---------------------------------------------------------------------------- */

static void test_refused_crls(void **state)
{
    struct party ca = pki_issue(&(struct cert_spec){.name = "CA"}, pki_key(YX_KEY_SM2), NULL);
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    YX_CLEAN(yx_trust) struct yx_trust *trust = NULL;
    struct yx_error err;
    (void)state;
    expect_ok(yx_trust_new(&trust, &err), &err);
    pki_crl(&(struct crl_spec){.serial = 1, .revoked_at = PKI_NOW}, &ca, &der);
    for (size_t len = 0; len < der.len; len++)
        expect_status(yx_trust_add_crl(trust, YX_BYTES(der.data, len), &err), YX_DAMAGED, &err);
    assert_int_equal(yx_pem_write("X509 CRL", yx_buf_bytes(&der), &pem), YX_OK);
    expect_ok(yx_trust_add_crl(trust, yx_buf_bytes(&pem), &err), &err);
    expect_status(yx_trust_add_crl(trust, YX_TEXT("nothing of the kind"), &err), YX_DAMAGED, &err);
    assert_int_equal(yx_buf_append_text(&der, "x"), YX_OK);
    expect_status(yx_trust_add_crl(trust, yx_buf_bytes(&der), &err), YX_DAMAGED, &err);
    der.len = 0;
    pki_crl(&(struct crl_spec){.scope = "critical,onlyCA:TRUE,onlyuser:TRUE"}, &ca, &der);
    expect_status(yx_trust_add_crl(trust, yx_buf_bytes(&der), &err), YX_DAMAGED, &err);
    assert_string_equal(err.rule, "RFC 5280 5.2.5");
    pki_free(&ca);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_crl),          cmocka_unit_test(test_no_crl),
        cmocka_unit_test(test_forged_crls),      cmocka_unit_test(test_tampered_crl),
        cmocka_unit_test(test_hold_and_release), cmocka_unit_test(test_revoked_stays_revoked),
        cmocka_unit_test(test_revoked_issuer),   cmocka_unit_test(test_crl_after_expiry),
        cmocka_unit_test(test_refused_crls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
