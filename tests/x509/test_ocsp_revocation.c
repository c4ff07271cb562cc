/* SPDX-License-Identifier: Apache-2.0 */
/* test_ocsp_revocation.c - which OCSP responses count for a path, what they say about a moment, and
 * how they go together with CRLs (RFC 6960 3.2, RFC 5280 6.3.3, GM/T 0031-2014 6.2.3). */
#include "responder.h"

#define CA_USAGE "critical,keyCertSign,cRLSign"
#define ASK "OCSP;URI:http://ocsp.example.cn/"
#define DAYS(n) ((n)*YX_DAY)

static struct actor root, sub, leaf, delegate, far;

static struct yx_trust *make_trust(void)
{
    struct yx_error err;
    struct yx_trust *trust = NULL;
    expect_ok(yx_trust_new(&trust, &err), &err);
    expect_ok(yx_trust_add_anchor(trust, root.cert, &err), &err);
    expect_ok(yx_trust_add_helper(trust, sub.cert, &err), &err);
    return trust;
}

static void add_reply(struct yx_trust *trust, const struct actor *issuer, const struct actor *by,
                      const struct actor *about, const struct reply_spec *spec)
{
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    struct yx_error err;
    reply_make(issuer, by, about->cert, spec, &response);
    expect_ok(yx_trust_add_ocsp(trust, yx_buf_bytes(&response), &err), &err);
}

static void add_crl(struct yx_trust *trust, const struct crl_spec *spec, const struct actor *issuer)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_error err;
    pki_crl(spec, &issuer->party, &der);
    expect_ok(yx_trust_add_crl(trust, yx_buf_bytes(&der), &err), &err);
}

static void expect_revocation(const struct yx_trust *trust, yx_time at, yx_outcome outcome,
                              const char *rule, const char *words)
{
    struct yx_cert_findings findings;
    struct yx_error err;
    char text[600] = "";
    expect_ok(yx_cert_validate(trust, leaf.cert, YX_USE_SIGN, at != 0 ? at : PKI_NOW, PKI_NOW,
                               &findings, &err),
              &err);
    const struct yx_cert_finding *found = &findings.revocation;
    assert_int_equal(findings.chain.outcome, YX_PASS);
    if (found->detail.text != NULL)
        yx_message_render(&found->detail, NULL, text, sizeof text);
    if (found->outcome != outcome || (words != NULL && strstr(text, words) == NULL) ||
        (rule != NULL && strcmp(rule, found->rule) != 0))
        fail_msg("%s \"%s\" [%s], expected %s \"%s\"", yx_outcome_name(found->outcome), text,
                 found->rule, yx_outcome_name(outcome), words != NULL ? words : "");
}

/* --- One response ------------------------------------------------------------------------ */

static const struct reply_spec good = {.answer.status = YX_OCSP_GOOD};

static const struct reply_case {
    const char *what;
    struct reply_spec reply;
    yx_time at; /* 0: PKI_NOW */
    yx_outcome outcome;
    const char *rule, *words;
} reply_cases[] = {
    {"good", {.answer.status = YX_OCSP_GOOD}, 0, YX_PASS, "RFC 6960 3.2", NULL},
    {"good, of after signing",
     {.answer.status = YX_OCSP_GOOD},
     PKI_NOW - DAYS(90),
     YX_PASS,
     NULL,
     NULL},
    {"revoked before",
     {.answer = {.status = YX_OCSP_REVOKED, .revoked_at = PKI_NOW - DAYS(3), .reason = 1}},
     0,
     YX_FAIL,
     "RFC 6960 3.2",
     "CN=Leaf,C=CN was revoked at 2025-12-29T00:00:00Z"},
    {"revoked after signing",
     {.answer = {.status = YX_OCSP_REVOKED, .revoked_at = PKI_NOW - DAYS(3), .reason = 1}},
     PKI_NOW - DAYS(4),
     YX_PASS,
     "GM/T 0031-2014 6.2.3",
     "after the time that counts"},
    {"on hold",
     {.answer = {.status = YX_OCSP_REVOKED, .revoked_at = PKI_NOW - DAYS(3), .reason = 6}},
     0,
     YX_FAIL,
     NULL,
     NULL},
    {"unknown to the responder",
     {.answer.status = YX_OCSP_UNKNOWN},
     0,
     YX_UNKNOWN,
     "RFC 6960 2.2",
     "does not know CN=Leaf,C=CN"},
    {"stale",
     {.answer = {.this_update = PKI_NOW - DAYS(20), .next_update = PKI_NOW - DAYS(10)}},
     0,
     YX_UNKNOWN,
     "RFC 6960 3.2",
     "does not cover 2026-01-01T00:00:00Z"},
    {"stale now, not when it was signed",
     {.answer = {.this_update = PKI_NOW - DAYS(20), .next_update = PKI_NOW - DAYS(10)}},
     PKI_NOW - DAYS(12),
     YX_PASS,
     NULL,
     NULL},
    {"of the future",
     {.answer = {.this_update = PKI_NOW + DAYS(1)}},
     0,
     YX_UNKNOWN,
     NULL,
     "does not cover"},
};

static void test_one_response(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * sizeof reply_cases / sizeof *reply_cases; i++) {
        const struct reply_case *c = &reply_cases[i / 2];
        YX_CLEAN(yx_trust) struct yx_trust *trust = make_trust();
        YX_CLEAN(yx_trust) struct yx_trust *copy = NULL;
        struct yx_error err;
        print_message("%s\n", c->what);
        add_crl(trust, &(struct crl_spec){.serial = 99, .revoked_at = PKI_NOW}, &root);
        add_reply(trust, &sub, i % 2 == 0 ? NULL : &delegate, &leaf, &c->reply);
        expect_revocation(trust, c->at, c->outcome, c->rule, c->words);
        expect_ok(yx_trust_copy(trust, &copy, &err), &err);
        assert_int_equal(yx_trust_ocsp_count(copy), 1);
        assert_true(yx_bytes_equal(yx_trust_ocsp(copy, 0), yx_trust_ocsp(trust, 0)));
        expect_revocation(copy, c->at, c->outcome, c->rule, c->words);
    }
}

static void test_none(void **state)
{
    (void)state;
    YX_CLEAN(yx_trust) struct yx_trust *trust = make_trust();
    expect_revocation(trust, 0, YX_UNKNOWN, NULL, "names a source of revocation data");
}

/* --- Who may answer ---------------------------------------------------------------------- */

/* A delegate of the root, a twin of the CA with its name and another key, and its delegate: none of
 * them answers for the CA, whatever they claim. */
static void test_strangers(void **state)
{
    (void)state;
    static const struct cert_spec like_sub = {
        .name = "Sub", .constraints = "critical,CA:TRUE", .key_usage = CA_USAGE};
    static const struct cert_spec ocsp = {.name = "D", .extended_usage = "OCSPSigning"};
    static const struct crl_spec of_root = {.serial = 99, .revoked_at = PKI_NOW};
    YX_CLEAN(actor) struct actor twin = {0}, of_twin = {0};
    actor_make(&like_sub, YX_KEY_SM2, &root, &twin);
    actor_make(&ocsp, YX_KEY_SM2, &twin, &of_twin);
    const struct {
        const struct actor *ca, *by;
    } strangers[] = {{&root, &far}, {&root, NULL}, {&twin, &of_twin}, {&twin, NULL}};
    struct reply_spec claim = good;
    claim.named = sub.cert;
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
        YX_CLEAN(yx_trust) struct yx_trust *trust = make_trust();
        add_crl(trust, &of_root, &root);
        add_reply(trust, strangers[i].ca, strangers[i].by, &leaf, &claim);
        expect_revocation(trust, 0, YX_UNKNOWN, "RFC 6960 4.2.2.2",
                          "whoever signed it may not answer for CN=Sub,C=CN");
    }
}

/* The signature of a response changed: it is about the certificate, and holds for nobody. */
static void test_forged_value(void **state)
{
    (void)state;
    YX_CLEAN(yx_trust) struct yx_trust *trust = make_trust();
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    struct yx_error err;
    reply_make(&sub, NULL, leaf.cert, &good, &response);
    response.data[response.len - 1] ^= 1;
    add_crl(trust, &(struct crl_spec){.serial = 99, .revoked_at = PKI_NOW}, &root);
    expect_ok(yx_trust_add_ocsp(trust, yx_buf_bytes(&response), &err), &err);
    expect_revocation(trust, 0, YX_UNKNOWN, "RFC 6960 4.2.2.2",
                      "the signature on the OCSP response about CN=Leaf,C=CN does not hold");
}

/* RFC 6960 4.2.2.2.1: a delegate without ocsp-nocheck that was revoked does not answer any more. */
static void test_revoked_delegate(void **state)
{
    (void)state;
    static const struct cert_spec checked = {
        .name = "D", .extended_usage = "OCSPSigning", .serial = 44};
    static const struct cert_spec asks = {.name = "D",
                                          .extended_usage = "OCSPSigning",
                                          .serial = 45,
                                          .distribution_points = "URI:http://crl.example.cn/"};
    static const struct crl_spec of_root = {.serial = 99, .revoked_at = PKI_NOW};
    static const struct crl_spec revoked = {.serial = 44, .revoked_at = PKI_NOW - DAYS(3)};
    static const struct crl_spec fine = {.serial = 98, .revoked_at = PKI_NOW - DAYS(3)};
    YX_CLEAN(actor) struct actor by = {0}, asking = {0};
    actor_make(&checked, YX_KEY_SM2, &sub, &by);
    actor_make(&asks, YX_KEY_SM2, &sub, &asking);
    for (int i = 0; i < 4; i++) {
        YX_CLEAN(yx_trust) struct yx_trust *trust = make_trust();
        add_crl(trust, &of_root, &root);
        add_reply(trust, &sub, i < 2 ? &by : &asking, &leaf, &good);
        if (i == 1 || i == 3) /* made for no other certificates than the delegates' */
            add_crl(trust, i == 1 ? &revoked : &fine, &sub);
        if (i == 1)
            expect_revocation(trust, 0, YX_PASS, "RFC 5280 6.3.3", NULL); /* the CRL decides */
        else
            expect_revocation(trust, 0, i == 2 ? YX_UNKNOWN : YX_PASS, NULL, NULL);
    }
}

/* --- With CRLs, and further up ----------------------------------------------------------- */

static void test_either_decides(void **state)
{
    (void)state;
    static const struct reply_spec revoked = {
        .answer = {.status = YX_OCSP_REVOKED, .revoked_at = PKI_NOW - DAYS(2)}};
    static const struct reply_spec unknown = {.answer.status = YX_OCSP_UNKNOWN};
    static const struct crl_spec of_root = {.serial = 99, .revoked_at = PKI_NOW};
    static const struct crl_spec clean = {.serial = 99, .revoked_at = PKI_NOW};
    static const struct crl_spec listed = {.serial = 7, .revoked_at = PKI_NOW - DAYS(3)};
    static const struct crl_spec stale = {.from = PKI_NOW - DAYS(40), .to = PKI_NOW - DAYS(10)};
    static const struct {
        const struct reply_spec *reply;
        const struct crl_spec *crl;
        yx_outcome outcome;
        const char *words;
    } cases[] = {
        {&good, &clean, YX_PASS, NULL},
        {&good, &stale, YX_PASS, NULL},
        {&good, &listed, YX_FAIL, "2025-12-29T00:00:00Z"},
        {&revoked, &clean, YX_FAIL, "2025-12-30T00:00:00Z"},
        {&revoked, &listed, YX_FAIL, "2025-12-29T00:00:00Z"},
        {&unknown, &clean, YX_PASS, NULL},
        {&unknown, &stale, YX_UNKNOWN, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        YX_CLEAN(yx_trust) struct yx_trust *trust = make_trust();
        add_crl(trust, &of_root, &root);
        add_reply(trust, &sub, &delegate, &leaf, cases[i].reply);
        add_crl(trust, cases[i].crl, &sub);
        expect_revocation(trust, 0, cases[i].outcome, NULL, cases[i].words);
    }
}

static void test_hold_is_released(void **state)
{
    (void)state;
    static const struct crl_spec of_root = {.serial = 99, .revoked_at = PKI_NOW};
    static const struct reply_spec held = {.answer = {.status = YX_OCSP_REVOKED,
                                                      .revoked_at = PKI_NOW - DAYS(3),
                                                      .reason = 6,
                                                      .this_update = PKI_NOW - DAYS(2)}};
    YX_CLEAN(yx_trust) struct yx_trust *trust = make_trust();
    add_crl(trust, &of_root, &root);
    add_reply(trust, &sub, NULL, &leaf, &held);
    expect_revocation(trust, 0, YX_FAIL, NULL, NULL);
    add_reply(trust, &sub, NULL, &leaf, &good);
    expect_revocation(trust, 0, YX_PASS, NULL, NULL);
}

static void test_ca_of_the_path(void **state)
{
    (void)state;
    static const struct reply_spec revoked = {
        .answer = {.status = YX_OCSP_REVOKED, .revoked_at = PKI_NOW - DAYS(2)}};
    for (int i = 0; i < 2; i++) {
        YX_CLEAN(yx_trust) struct yx_trust *trust = make_trust();
        add_reply(trust, &sub, NULL, &leaf, &good);
        add_reply(trust, &root, &far, &sub, i == 0 ? &good : &revoked);
        expect_revocation(trust, 0, i == 0 ? YX_PASS : YX_FAIL, NULL,
                          i == 0 ? NULL : "CN=Sub,C=CN was revoked at 2025-12-30");
    }
}

/* A response from after the certificate's end: the responder need not know it any more. */
static void test_after_the_end(void **state)
{
    (void)state;
    static const struct crl_spec of_root = {.serial = 99, .revoked_at = PKI_NOW};
    static const struct cert_spec spec = {.name = "Leaf",
                                          .key_usage = "digitalSignature",
                                          .serial = 7,
                                          .info_access = ASK,
                                          .to = PKI_NOW - DAYS(30)};
    YX_CLEAN(actor) struct actor ended = {0};
    YX_CLEAN(yx_trust) struct yx_trust *trust = make_trust();
    struct yx_cert_findings findings;
    struct yx_error err;
    actor_make(&spec, YX_KEY_SM2, &sub, &ended);
    add_crl(trust, &of_root, &root);
    add_reply(trust, &sub, NULL, &ended, &good);
    expect_ok(yx_cert_validate(trust, ended.cert, YX_USE_SIGN, PKI_NOW - DAYS(40), PKI_NOW,
                               &findings, &err),
              &err);
    assert_int_equal(findings.revocation.outcome, YX_UNKNOWN);
    assert_string_equal(findings.revocation.rule, "RFC 5280 3.3");
}

/* --- What is no response ----------------------------------------------------------------- */

static void test_refused_bytes(void **state)
{
    (void)state;
    YX_CLEAN(yx_trust) struct yx_trust *trust = make_trust();
    struct yx_error err;
    expect_status(yx_trust_add_ocsp(trust, YX_BYTES("\x30\x03\x0A\x01\x03", 5), &err), YX_REFUSED,
                  &err);
    expect_status(yx_trust_add_ocsp(trust, YX_BYTES("\x30\x00", 2), &err), YX_DAMAGED, &err);
    expect_status(yx_trust_add_ocsp(trust, YX_BYTES("", 0), &err), YX_DAMAGED, &err);
    assert_int_equal(yx_trust_ocsp_count(trust), 0);
}

static int begin(void **state)
{
    (void)state;
    static const struct cert_spec root_spec = {
        .name = "Root", .constraints = "critical,CA:TRUE", .key_usage = CA_USAGE};
    static const struct cert_spec sub_spec = {.name = "Sub",
                                              .constraints = "critical,CA:TRUE",
                                              .key_usage = CA_USAGE,
                                              .info_access = ASK,
                                              .serial = 5};
    static const struct cert_spec leaf_spec = {
        .name = "Leaf", .key_usage = "digitalSignature", .info_access = ASK, .serial = 7};
    static const struct cert_spec ocsp = {.name = "OCSP",
                                          .key_usage = "critical,digitalSignature",
                                          .extended_usage = "OCSPSigning",
                                          .no_check = "yes",
                                          .serial = 33};
    actor_make(&root_spec, YX_KEY_SM2, NULL, &root);
    actor_make(&sub_spec, YX_KEY_SM2, &root, &sub);
    actor_make(&leaf_spec, YX_KEY_SM2, &sub, &leaf);
    actor_make(&ocsp, YX_KEY_SM2, &sub, &delegate);
    actor_make(&ocsp, YX_KEY_SM2, &root, &far);
    return 0;
}

static int end(void **state)
{
    (void)state;
    struct actor *all[] = {&root, &sub, &leaf, &delegate, &far};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        actor_free(all[i]);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_response),     cmocka_unit_test(test_none),
        cmocka_unit_test(test_strangers),        cmocka_unit_test(test_forged_value),
        cmocka_unit_test(test_revoked_delegate), cmocka_unit_test(test_either_decides),
        cmocka_unit_test(test_hold_is_released), cmocka_unit_test(test_ca_of_the_path),
        cmocka_unit_test(test_after_the_end),    cmocka_unit_test(test_refused_bytes),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
