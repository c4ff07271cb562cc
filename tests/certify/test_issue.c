/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an authority asks of a certificate: made in steps with a record in between, every extension
 * before openssl, and the lint's refusals by their clauses.
 */
#include "support.h"

#include "tbs.h"
#include "tools.h"

static struct folder folder;

/* --- Templates --------------------------------------------------------------------------- */

static struct yx_cert_template template_of(const struct pki_person *holder)
{
    return (struct yx_cert_template){
        .subject = yx_buf_bytes(&w.leaf_name),
        .spki = yx_public_key_spki(yx_private_key_public(holder->key)),
        .serial = LIT("\x42\x17"),
        .not_before = yx_now() - YX_DAY,
        .not_after = yx_now() + 100 * YX_DAY,
        .key_usage = YX_KU_DIGITAL_SIGNATURE,
        .path_length = -1,
    };
}

static yx_status make_by(const struct pki_person *issuer, const struct yx_cert_template *wanted,
                         struct yx_buf *out, struct yx_error *err)
{
    struct yx_signer signer = yx_signer_borrow_key(issuer->key);
    return yx_cert_make(wanted, issuer->cert, &signer, out, err);
}

static void refused(const char *what, const struct yx_cert_template *wanted, yx_status status,
                    const char *rule)
{
    struct yx_error err = {.rule = "none"};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    yx_status got = make_by(&w.ca, wanted, &out, &err);
    if (got != status || strcmp(err.rule, rule) != 0)
        fail_msg("%s: status %d by %s, expected %s", what, (int)got, err.rule, rule);
}

/* --- Lint, store, sign, compare ---------------------------------------------------------- */

static void test_steps(void **state)
{
    (void)state;
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf record = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    struct yx_cert_template wanted = template_of(&w.leaf);
    expect_ok(yx_cert_prepare(&wanted, w.ca.cert, YX_SIG_ECDSA_SHA256, &record, &err), &err);
    expect_ok(
        yx_private_key_sign(w.ca.key, YX_SIG_ECDSA_SHA256, yx_buf_bytes(&record), &value, &err),
        &err);
    expect_ok(yx_cert_finish(yx_buf_bytes(&record), w.ca.cert, yx_buf_bytes(&value), &der, &err),
              &err);
    expect_ok(yx_cert_from_der(yx_buf_bytes(&der), &cert, &err), &err);
    expect_ok(yx_cert_compare(yx_buf_bytes(&der), yx_buf_bytes(&record), &err), &err);

    /* A record that differs in one bit: neither finished nor compared. */
    record.data[record.len - 1] ^= 1;
    expect_status(yx_cert_compare(yx_buf_bytes(&der), yx_buf_bytes(&record), &err), YX_REFUSED,
                  &err);
    assert_string_equal(err.rule, "RFC 5280 4.1.1.1");
    size_t before = der.len;
    expect_status(
        yx_cert_finish(yx_buf_bytes(&record), w.ca.cert, yx_buf_bytes(&value), &der, &err),
        YX_REFUSED, &err);
    assert_string_equal(err.rule, "RFC 5280 4.1.1.3");
    assert_int_equal(der.len, before);
    record.data[record.len - 1] ^= 1;

    /* An issuer of another name. */
    expect_status(
        yx_cert_finish(yx_buf_bytes(&record), w.leaf.cert, yx_buf_bytes(&value), &der, &err),
        YX_REFUSED, &err);
    assert_string_equal(err.rule, "RFC 5280 4.1.2.4");

    /* The value of another key; bytes that are no certificate; an algorithm that is not the
     * issuer's. */
    value.len = 0;
    expect_ok(
        yx_private_key_sign(w.leaf.key, YX_SIG_ECDSA_SHA256, yx_buf_bytes(&record), &value, &err),
        &err);
    expect_status(
        yx_cert_finish(yx_buf_bytes(&record), w.ca.cert, yx_buf_bytes(&value), &der, &err),
        YX_REFUSED, &err);
    expect_status(yx_cert_finish(LIT("\x30\x00"), w.ca.cert, yx_buf_bytes(&value), &der, &err),
                  YX_DAMAGED, &err);
    record.len = 0;
    expect_status(yx_cert_prepare(&wanted, w.ca.cert, YX_SIG_SM2_SM3, &record, &err), YX_REFUSED,
                  &err);
    assert_string_equal(err.rule, "RFC 5280 4.1.1.2");
    assert_int_equal(record.len, 0);
}

/* A root: its own key signs, and finish takes the key from the record. */
static void test_steps_of_a_root(void **state)
{
    (void)state;
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf record = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_cert_template wanted = template_of(&w.sm2);
    wanted.ca = true;
    wanted.key_usage = YX_KU_KEY_CERT_SIGN | YX_KU_CRL_SIGN;
    expect_ok(yx_cert_prepare(&wanted, NULL, YX_SIG_SM2_SM3, &record, &err), &err);
    expect_ok(yx_private_key_sign(w.sm2.key, YX_SIG_SM2_SM3, yx_buf_bytes(&record), &value, &err),
              &err);
    expect_ok(yx_cert_finish(yx_buf_bytes(&record), NULL, yx_buf_bytes(&value), &der, &err), &err);
}

/* --- Extensions before openssl ----------------------------------------------------------- */

static void write_pem(const char *name, struct yx_bytes der)
{
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    assert_int_equal(yx_pem_write("CERTIFICATE", der, &pem), YX_OK);
    folder_write(&folder, name, yx_buf_bytes(&pem));
}

static void expect_all_words(const char *const *words)
{
    for (; *words; words++)
        expect_words(&folder, *words);
}

static struct yx_bytes oid_of(const char *dotted, struct yx_buf *buf)
{
    struct yx_error err;
    buf->len = 0;
    expect_ok(yx_oid_from_dotted(YX_TEXT(dotted), buf, &err), &err);
    return yx_buf_bytes(buf);
}

/* REQ: CERT-11, CERT-13 */
static void test_every_extension(void **state)
{
    (void)state;
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_buf) struct yx_buf first = {0};
    YX_CLEAN(yx_buf) struct yx_buf second = {0};
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    expect_ok(yx_name_to_der("CN=别名,C=CN", &name, &err), &err);
    const struct yx_general_name names[] = {{YX_NAME_DNS, LIT("b.seal.example")},
                                            {YX_NAME_EMAIL, LIT("li@seal.example")},
                                            {YX_NAME_URI, LIT("urn:seal:1")},
                                            {YX_NAME_IP, LIT("\x0A\x00\x00\x01")},
                                            {YX_NAME_DIRECTORY, yx_buf_bytes(&name)}};
    const struct yx_policy policies[] = {{oid_of("1.2.156.112559.1.7", &first), "http://ca.cn/cps"},
                                         {oid_of("2.25.1", &second), NULL}};
    static const char *const urls[] = {"http://ca.cn/1.crl", "ldap://ca.cn/cn=1", NULL};
    struct yx_cert_template wanted = template_of(&w.leaf);
    wanted.dns_name = "a.seal.example";
    wanted.alt_names = names;
    wanted.alt_name_count = 5;
    wanted.policies = policies;
    wanted.policy_count = 2;
    wanted.crl_urls = urls;
    wanted.freshest_url = "http://ca.cn/delta.crl";
    wanted.identity = (struct yx_identity){.resident_card = "11010119900101123X",
                                           .insurance = "A-1",
                                           .ic_registration = "110000001234567",
                                           .organization = "91110000100000001X",
                                           .taxation = "110101"};
    expect_ok(make_by(&w.ca, &wanted, &der, &err), &err);
    write_pem("all.pem", yx_buf_bytes(&der));
    expect_tool(&folder, "openssl x509 -in all.pem -noout -text");
    static const char *const words[] = {
        "DNS:a.seal.example, DNS:b.seal.example, email:li@seal.example, URI:urn:seal:1, "
        "IP Address:10.0.0.1, DirName:",
        "Policy: 1.2.156.112559.1.7",
        "CPS: http://ca.cn/cps",
        "Policy: 2.25.1",
        "URI:http://ca.cn/1.crl",
        "URI:ldap://ca.cn/cn=1",
        "X509v3 Freshest CRL",
        "URI:http://ca.cn/delta.crl",
        "1.2.156.10260.4.1.1",
        "11010119900101123X",
        "1.2.156.10260.4.1.2",
        "1.2.156.10260.4.1.3",
        "1.2.156.10260.4.1.4",
        "91110000100000001X",
        "1.2.156.10260.4.1.5",
        NULL};
    expect_all_words(words);
    /* IdentifyCode is [0] EXPLICIT PrintableString, a unit's code a PrintableString. */
    assert_non_null(memmem(der.data, der.len,
                           "\x04\x16\xA0\x14\x13\x12"
                           "11010119900101123X",
                           24));
    assert_non_null(memmem(der.data, der.len,
                           "\x04\x14\x13\x12"
                           "91110000100000001X",
                           22));
}

static void test_officer_and_passport(void **state)
{
    (void)state;
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_cert_template wanted = template_of(&w.leaf);
    wanted.identity.officer_card = "军字第1号";
    expect_ok(make_by(&w.ca, &wanted, &der, &err), &err);
    assert_non_null(memmem(der.data, der.len, "\xA1\x0F\x0C\x0D", 4));
    wanted.identity = (struct yx_identity){.passport = "E12345678"};
    expect_ok(make_by(&w.ca, &wanted, &der, &err), &err);
    assert_non_null(memmem(der.data, der.len,
                           "\xA2\x0B\x13\x09"
                           "E12345678",
                           13));
}

/* Encryption certificates, by what each type of key can serve; the twin has the same subject. */
static void test_encryption_certificates(void **state)
{
    (void)state;
    const int all = YX_KU_KEY_ENCIPHERMENT | YX_KU_DATA_ENCIPHERMENT | YX_KU_KEY_AGREEMENT;
    const struct {
        const struct pki_person *holder;
        int usage;
        const char *rule; /* NULL: made */
    } cases[] = {
        {&w.sm2, all, NULL},
        {&w.rsa, YX_KU_KEY_ENCIPHERMENT | YX_KU_DATA_ENCIPHERMENT, NULL},
        {&w.leaf, YX_KU_KEY_AGREEMENT, NULL},
        {&w.p384, YX_KU_KEY_AGREEMENT, NULL},
        {&w.rsa, all, "RFC 3279 2.3.1"},
        {&w.leaf, all, "RFC 8813 3"},
        {&w.p384, all, "RFC 8813 3"},
        {&w.ed25519, YX_KU_KEY_AGREEMENT, "RFC 8410 5"},
        {&w.sm2, YX_KU_DIGITAL_SIGNATURE | YX_KU_KEY_ENCIPHERMENT,
         "GB/T 25056, signing and encryption keys"},
        {&w.sm2, YX_KU_NON_REPUDIATION | YX_KU_KEY_AGREEMENT,
         "GB/T 25056, signing and encryption keys"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct yx_error err;
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        struct yx_cert_template wanted = template_of(cases[i].holder);
        wanted.key_usage = cases[i].usage;
        if (cases[i].rule)
            refused("usage", &wanted, YX_REFUSED, cases[i].rule);
        else
            expect_ok(make_by(&w.ca, &wanted, &der, &err), &err);
    }
}

/* --- Refusals by clause ------------------------------------------------------------------ */

static void test_refused_templates(void **state)
{
    (void)state;
    struct yx_cert_template wanted = template_of(&w.leaf);
    struct yx_general_name name = {YX_NAME_OTHER, LIT("x")};
    wanted.alt_names = &name;
    wanted.alt_name_count = 1;
    refused("form", &wanted, YX_USAGE, "RFC 5280 4.2.1.6");
    name = (struct yx_general_name){YX_NAME_IP, LIT("\x0A\x00\x01")};
    refused("address", &wanted, YX_REFUSED, "RFC 5280 4.2.1.6");

    wanted = template_of(&w.leaf);
    wanted.identity.resident_card = wanted.identity.passport = "1";
    refused("two codes", &wanted, YX_USAGE, "GM/T 0015, IdentifyCode");
    wanted.identity = (struct yx_identity){.taxation = ""};
    refused("empty number", &wanted, YX_REFUSED, "GM/T 0015, identity extensions");
    wanted.identity = (struct yx_identity){.organization = "统一"};
    refused("number not printable", &wanted, YX_REFUSED, "GM/T 0015, identity extensions");

    wanted = template_of(&w.leaf);
    wanted.freshest_url = "file:///a";
    refused("freshest", &wanted, YX_REFUSED, "RFC 5280 4.2.1.13 and RFC 3986");
    wanted = template_of(&w.leaf);
    struct yx_policy policy = {LIT("\x2A\x03"), "no url"};
    wanted.policies = &policy;
    wanted.policy_count = 1;
    refused("CPS", &wanted, YX_REFUSED, "RFC 5280 4.2.1.13 and RFC 3986");
}

#define OID_POLICIES "\x55\x1D\x20"
#define OID_CONSTRAINTS "\x55\x1D\x1E"
#define OID_FRESHEST "\x55\x1D\x2E"
#define OID_IDENTIFY "\x2A\x81\x1C\xD0\x14\x04\x01\x01"
#define OID_TAX "\x2A\x81\x1C\xD0\x14\x04\x01\x05"
#define POLICY "\x06\x02\x2A\x03"
#define DNS_BASE       \
    "\x30\x05\x82\x03" \
    "a.b"

static void test_lint(void **state)
{
    (void)state;
    static const char identity[] = "GM/T 0015, identity extensions";
    const struct {
        const char *what, *rule;
        bool ca;
        struct extension extension;
    } cases[] = {
        {"policy", NULL, false, {LIT(OID_POLICIES), 0, LIT("\x30\x06\x30\x04" POLICY)}},
        {"critical policy", NULL, false, {LIT(OID_POLICIES), 1, LIT("\x30\x06\x30\x04" POLICY)}},
        {"no policy", "RFC 5280 4.2.1.4", false, {LIT(OID_POLICIES), 0, LIT("\x30\x00")}},
        {"policy twice",
         "RFC 5280 4.2.1.4",
         false,
         {LIT(OID_POLICIES), 0, LIT("\x30\x0C\x30\x04" POLICY "\x30\x04" POLICY)}},
        {"empty qualifiers",
         "X.690 8.1",
         false,
         {LIT(OID_POLICIES), 0, LIT("\x30\x08\x30\x06" POLICY "\x30\x00")}},
        {"unknown qualifier",
         "RFC 5280 4.2.1.4",
         false,
         {LIT(OID_POLICIES), 0,
          LIT("\x30\x10\x30\x0E" POLICY "\x30\x08\x30\x06" POLICY "\x05\x00")}},
        {"constraints", NULL, true, {LIT(OID_CONSTRAINTS), 1, LIT("\x30\x09\xA0\x07" DNS_BASE)}},
        {"constraints of a leaf",
         "RFC 5280 4.2.1.10",
         false,
         {LIT(OID_CONSTRAINTS), 1, LIT("\x30\x09\xA0\x07" DNS_BASE)}},
        {"constraints not critical",
         "RFC 5280 4.2.1.10",
         true,
         {LIT(OID_CONSTRAINTS), 0, LIT("\x30\x09\xA0\x07" DNS_BASE)}},
        {"no constraints", "RFC 5280 4.2.1.10", true, {LIT(OID_CONSTRAINTS), 1, LIT("\x30\x00")}},
        {"no subtree", "X.690 8.1", true, {LIT(OID_CONSTRAINTS), 1, LIT("\x30\x02\xA0\x00")}},
        {"a minimum",
         "RFC 5280 4.2.1.10",
         true,
         {LIT(OID_CONSTRAINTS), 1,
          LIT("\x30\x0C\xA0\x0A\x30\x08\x82\x03"
              "a.b\x80\x01\x00")}},
        {"base that is no host",
         "RFC 5280 4.2.1.10",
         true,
         {LIT(OID_CONSTRAINTS), 1,
          LIT("\x30\x09\xA0\x07\x30\x05\x82\x03"
              "a b")}},
        {"base of another form",
         "RFC 5280 4.2.1.10",
         true,
         {LIT(OID_CONSTRAINTS), 1,
          LIT("\x30\x09\xA0\x07\x30\x05\x88\x03"
              "a.b")}},
        {"critical freshest",
         "RFC 5280 4.2.1.15",
         false,
         {LIT(OID_FRESHEST), 1, LIT("\x30\x11\x30\x0F\xA0\x0D\xA0\x0B\x86\x09http://a/")}},
        {"critical tax number",
         identity,
         false,
         {LIT(OID_TAX), 1,
          LIT("\x13\x01"
              "1")}},
        {"tax number as UTF8String",
         "X.690 8.1.2",
         false,
         {LIT(OID_TAX), 0,
          LIT("\x0C\x01"
              "1")}},
        {"empty tax number", identity, false, {LIT(OID_TAX), 0, LIT("\x13\x00")}},
        {"tax number with @", identity, false, {LIT(OID_TAX), 0, LIT("\x13\x01@")}},
        {"empty officer card", identity, false, {LIT(OID_IDENTIFY), 0, LIT("\xA1\x02\x0C\x00")}},
        {"code of no choice",
         "X.690 8.1.2",
         false,
         {LIT(OID_IDENTIFY), 0,
          LIT("\xA3\x03\x13\x01"
              "1")}},
        {"passport",
         NULL,
         false,
         {LIT(OID_IDENTIFY), 0,
          LIT("\xA2\x03\x13\x01"
              "1")}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct spec spec = cases[i].ca ? w.ca_spec : w.leaf_spec;
        spec.extensions[FREE] = cases[i].extension;
        lint(cases[i].what, &spec, w.ca.cert, cases[i].rule);
    }
}

/* --- Name constraints at work ------------------------------------------------------------ */

static void make_constrained(struct pki_person *out)
{
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_buf) struct yx_buf office = {0};
    expect_ok(yx_name_to_der("C=CN", &office, &err), &err);
    const struct yx_general_name permitted[] = {{YX_NAME_DNS, LIT("seal.example")},
                                                {YX_NAME_EMAIL, LIT("seal.example")},
                                                {YX_NAME_DIRECTORY, yx_buf_bytes(&office)}};
    const struct yx_general_name excluded[] = {{YX_NAME_DNS, LIT("secret.seal.example")}};
    expect_ok(yx_private_key_generate(YX_KEY_P256, 0, &out->key, &err), &err);
    struct yx_cert_template wanted = template_of(out);
    wanted.key_usage = YX_KU_KEY_CERT_SIGN | YX_KU_CRL_SIGN;
    wanted.ca = true;
    wanted.permitted = permitted;
    wanted.permitted_count = 3;
    wanted.excluded = excluded;
    wanted.excluded_count = 1;
    wanted.not_after = yx_now() + 200 * YX_DAY;
    expect_ok(make_by(&w.ca, &wanted, &der, &err), &err);
    write_pem("sub.pem", yx_buf_bytes(&der));
    expect_ok(yx_cert_from_der(yx_buf_bytes(&der), &out->cert, &err), &err);
}

static void test_name_constraints(void **state)
{
    (void)state;
    struct yx_error err;
    YX_CLEAN(pki_person) struct pki_person sub = {0};
    YX_CLEAN(yx_buf) struct yx_buf foreign = {0};
    make_constrained(&sub);
    expect_tool(&folder, "openssl x509 -in sub.pem -noout -text");
    static const char *const words[] = {"X509v3 Name Constraints: critical", "DNS:seal.example",
                                        "email:seal.example", "Excluded:", NULL};
    expect_all_words(words);
    expect_ok(yx_name_to_der("CN=holder,C=DE", &foreign, &err), &err);
    const struct {
        struct yx_bytes subject;
        struct yx_general_name name;
        bool good;
    } cases[] = {
        {yx_buf_bytes(&w.leaf_name), {YX_NAME_DNS, LIT("a.seal.example")}, true},
        {yx_buf_bytes(&w.leaf_name), {YX_NAME_EMAIL, LIT("li@seal.example")}, true},
        {yx_buf_bytes(&w.leaf_name), {YX_NAME_DNS, LIT("a.example")}, false},
        {yx_buf_bytes(&w.leaf_name), {YX_NAME_DNS, LIT("a.secret.seal.example")}, false},
        {yx_buf_bytes(&w.leaf_name), {YX_NAME_EMAIL, LIT("li@other.example")}, false},
        {yx_buf_bytes(&foreign), {YX_NAME_DNS, LIT("a.seal.example")}, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        struct yx_cert_template wanted = template_of(&w.leaf);
        wanted.subject = cases[i].subject;
        wanted.alt_names = &cases[i].name;
        wanted.alt_name_count = 1;
        yx_status status = make_by(&sub, &wanted, &der, &err);
        if (status != (cases[i].good ? YX_OK : YX_REFUSED))
            fail_msg("case %zu: status %d", i, (int)status);
        if (!cases[i].good)
            assert_string_equal(err.rule, "RFC 5280 4.2.1.10");
    }
}

/* --- Object identifiers ------------------------------------------------------------------ */

static void test_dotted(void **state)
{
    (void)state;
    static const char *const good[] = {"0.0", "1.39.1",
                                       "2.25.104201610379609441664470695900794223064", "2.999.3",
                                       "1.2.156.10260.4.1.1"};
    static const char *const bad[] = {"",     "1",    "1.",  ".1",   "1..2", "3.1", "1.40",
                                      "01.2", "1.02", "1.a", "1.2 ", "-1.2", "1.2."};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        char text[YX_OID_TEXT];
        yx_oid_to_dotted(oid_of(good[i], &der), text);
        assert_string_equal(text, good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct yx_error err;
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        if (yx_oid_from_dotted(YX_TEXT(bad[i]), &der, &err) != YX_USAGE || der.len != 0)
            fail_msg("\"%s\" was taken", bad[i]);
    }
}

static int set_up(void **state)
{
    folder_make(&folder);
    return world_set_up(state);
}

static int tear_down(void **state)
{
    folder_remove(&folder);
    return world_tear_down(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_steps_of_a_root),
        cmocka_unit_test(test_every_extension),
        cmocka_unit_test(test_officer_and_passport),
        cmocka_unit_test(test_encryption_certificates),
        cmocka_unit_test(test_refused_templates),
        cmocka_unit_test(test_lint),
        cmocka_unit_test(test_name_constraints),
        cmocka_unit_test(test_dotted),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
