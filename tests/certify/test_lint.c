/* SPDX-License-Identifier: Apache-2.0 */
/* The lint on fields, keys and names: a good certificate passes, and for each rule a certificate
 * that breaks this rule alone is refused with its clause. Extensions are in test_lint_extension.c.
 */
#include "support.h"

#include "tbs.h"

/* --- Good ones --------------------------------------------------------------------------- */

static void test_good_ones_pass(void **state)
{
    (void)state;
    lint("leaf", &w.leaf_spec, w.ca.cert, NULL);
    lint("ca", &w.ca_spec, w.ca.cert, NULL);
    lint("root", &w.root_spec, NULL, NULL);
    struct spec spec = w.root_spec;
    spec.extensions[AKI].oid.len = 0; /* self-signed: may be left out */
    lint("root without authorityKeyIdentifier", &spec, NULL, NULL);
    spec = w.leaf_spec;
    spec.extensions[FREE] = (struct extension){LIT("\x2A\x03"), 0, LIT("anything")};
    lint("unknown extension, not critical", &spec, w.ca.cert, NULL);
    spec = (struct spec){.version = -1,
                         .serial = w.leaf_spec.serial,
                         .algorithm = w.leaf_spec.algorithm,
                         .issuer = w.leaf_spec.subject,
                         .not_before = w.leaf_spec.not_before,
                         .not_after = w.leaf_spec.not_after,
                         .subject = w.leaf_spec.subject,
                         .spki = w.leaf_spec.spki,
                         .no_extensions = true};
    lint("version 1, self-signed", &spec, NULL, NULL);
}

/* --- Fields ------------------------------------------------------------------------------ */

#define FIELD(name) offsetof(struct spec, name)

static void test_fields(void **state)
{
    (void)state;
    static const struct {
        const char *what, *rule;
        size_t field;
        struct yx_bytes value;
    } cases[] = {
#define CASE(what, rule, field, text)                 \
    {                                                 \
        what, rule, FIELD(field),                     \
        {                                             \
            (const uint8_t *)(text), sizeof(text) - 1 \
        }                                             \
    }
        CASE("negative serial", "RFC 5280 4.1.2.2", serial, "\x02\x01\x80"),
        CASE("zero serial", "RFC 5280 4.1.2.2", serial, "\x02\x01\x00"),
        CASE("21 octets of serial", "RFC 5280 4.1.2.2", serial,
             "\x02\x15"
             "\x01"
             "01234567890123456789"),
        CASE("21 octets with the sign", "RFC 5280 4.1.2.2", serial,
             "\x02\x15"
             "\x00\x80"
             "0123456789012345678"),
        CASE("20 octets of serial", NULL, serial,
             "\x02\x14"
             "01234567890123456789"),
        CASE("serial not in shortest form", "X.690 8.3.2", serial, "\x02\x02\x00\x01"),
        CASE("empty serial", "X.690 8.3.1", serial, "\x02\x00"),
        CASE("ECDSA with parameters", "RFC 5280 4.1.1.2", algorithm,
             "\x30\x0C\x06\x08\x2A\x86\x48\xCE\x3D\x04\x03\x02\x05\x00"),
        CASE("ECDSA with SHA-1", "GB/T 33560, algorithms", algorithm,
             "\x30\x09\x06\x07\x2A\x86\x48\xCE\x3D\x04\x01"),
        CASE("RSA with MD5", "GB/T 33560, algorithms", algorithm,
             "\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x04\x05\x00"),
        CASE("not the issuer's key type", "RFC 5280 4.1.1.2", algorithm,
             "\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0B\x05\x00"),
        CASE("unknown algorithm", "RFC 5280 4.1.2.3", algorithm, "\x30\x04\x06\x02\x2A\x03"),
        CASE("a key identifier as signature", "RFC 5280 4.1.2.3", algorithm,
             "\x30\x0B\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01"),
        CASE("another issuer", "RFC 5280 4.1.2.4", issuer,
             "\x30\x0C\x31\x0A\x30\x08\x06\x03\x55\x04\x03\x0C\x01x"),
        CASE("issuer in another encoding", "RFC 5280 4.1.2.4", issuer,
             "\x30\x1C\x31\x0B\x30\x09\x06\x03\x55\x04\x06\x13\x02"
             "CN"
             "\x31\x0D\x30\x0B\x06\x03\x55\x04\x03\x13\x04Root"),
        CASE("ends before it begins", "RFC 5280 4.1.2.5", not_after,
             "\x17\x0D"
             "251201000000Z"),
        CASE("ends when it begins", "RFC 5280 4.1.2.5", not_after,
             "\x17\x0D"
             "260101000000Z"),
        CASE("ends after the issuer", "GB/T 20518, validity", not_after,
             "\x17\x0D"
             "491201000000Z"),
        CASE("GeneralizedTime too early", "RFC 5280 4.1.2.5", not_after,
             "\x18\x0F"
             "20261201000000Z"),
        CASE("GeneralizedTime too early", "RFC 5280 4.1.2.5", not_before,
             "\x18\x0F"
             "20260101000000Z"),
        CASE("a key that is none", "X.690 8.1", spki, "\x30\x00"),
        CASE("issuerUniqueID", "RFC 5280 4.1.2.8", unique, "\x81\x02\x00\x01"),
        CASE("subjectUniqueID", "RFC 5280 4.1.2.8", unique, "\x82\x02\x00\x01"),
        CASE("empty subject", "RFC 5280 4.1.2.6", subject, "\x30\x00"),
        CASE("subject is no SEQUENCE", "RFC 5280 4.1", subject, "\x31\x00"),
#undef CASE
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct spec spec = w.leaf_spec;
        memcpy((char *)&spec + cases[i].field, &cases[i].value, sizeof cases[i].value);
        lint(cases[i].what, &spec, w.ca.cert, cases[i].rule);
    }
}

static void test_version(void **state)
{
    (void)state;
    static const int versions[] = {-1, 1, 3};
    struct spec spec = w.leaf_spec;
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        spec.version = versions[i];
        lint("extensions in another version", &spec, w.ca.cert, "RFC 5280 4.1.2.1");
    }
    spec.version = 0;
    lint("version 1 spelled out", &spec, w.ca.cert, "X.690 11.5");
    spec.version = 2;
    spec.no_extensions = true;
    lint("version 3 without extensions", &spec, w.ca.cert, "RFC 5280 4.1.2.1");
}

static void test_issuer_must_be_a_ca(void **state)
{
    (void)state;
    struct spec spec = w.leaf_spec;
    spec.issuer = yx_cert_subject_der(w.leaf.cert);
    lint("issued by a leaf", &spec, w.leaf.cert, "RFC 5280 4.2.1.9");
    spec = w.root_spec;
    spec.issuer = yx_cert_subject_der(w.ca.cert);
    lint("not self-signed after all", &spec, NULL, "RFC 5280 4.1.2.4");
    spec = w.ca_spec;
    spec.issuer = yx_cert_subject_der(w.ca_of_length_0.cert);
    YX_CLEAN(yx_buf) struct yx_buf aki = {0};
    write_aki(w.ca_of_length_0.cert, &aki);
    spec.extensions[AKI].value = yx_buf_bytes(&aki);
    lint("a CA below path length 0", &spec, w.ca_of_length_0.cert, "RFC 5280 4.2.1.9");
}

/* Bytes around the certificate, and too many of them. */
static void test_frame(void **state)
{
    (void)state;
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    write_spec(&w.leaf_spec, &der);
    for (size_t len = 0; len < der.len; len++)
        expect_status(yx_cert_lint(YX_BYTES(der.data, len), w.ca.cert, &err), YX_DAMAGED, &err);
    assert_int_equal(yx_buf_append_text(&der, "x"), YX_OK);
    expect_status(yx_cert_lint(yx_buf_bytes(&der), w.ca.cert, &err), YX_DAMAGED, &err);
    assert_int_equal(yx_buf_reserve(&der, YX_CERT_MAX), YX_OK);
    der.len = YX_CERT_MAX + 1;
    memset(der.data, 0, der.len);
    expect_status(yx_cert_lint(yx_buf_bytes(&der), w.ca.cert, &err), YX_REFUSED, &err);
    assert_string_equal(err.rule, "RFC 5280 4.1");
}

/* --- Keys -------------------------------------------------------------------------------- */

/* An RSA key with a modulus of `bits` and this exponent. */
static void write_rsa_spki(size_t bits, struct yx_bytes exponent, struct yx_buf *out)
{
    struct yx_error err;
    uint8_t modulus[512];
    memset(modulus, 0xA5, sizeof modulus); /* odd, and the high bit is set */
    YX_CLEAN(yx_der_writer) struct yx_der_writer inner = {0};
    YX_CLEAN(yx_der_writer) struct yx_der_writer outer = {0};
    YX_CLEAN(yx_buf) struct yx_buf key = {0};
    size_t sequence = yx_der_begin(&inner, YX_DER_SEQUENCE);
    yx_der_put_unsigned(&inner, YX_BYTES(modulus, bits / 8));
    yx_der_put_unsigned(&inner, exponent);
    yx_der_close(&inner, sequence);
    expect_ok(yx_der_finish(&inner, &key, &err), &err);
    sequence = yx_der_begin(&outer, YX_DER_SEQUENCE);
    yx_der_put_raw(&outer, LIT("\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01\x05\x00"));
    yx_der_put_bit_string(&outer, yx_buf_bytes(&key));
    yx_der_close(&outer, sequence);
    out->len = 0;
    expect_ok(yx_der_finish(&outer, out, &err), &err);
}

static void test_rsa_strength(void **state)
{
    (void)state;
    static const char length[] = "NIST SP 800-131A, RSA key length";
    static const char exponent[] = "FIPS 186-5, RSA public exponent";
    static const struct {
        size_t bits;
        uint8_t exponent[4];
        size_t len;
        const char *rule;
    } cases[] = {
        {1024, {1, 0, 1}, 3, length},
        {2040, {1, 0, 1}, 3, length},
        {2048, {1, 0, 1}, 3, NULL},
        {4096, {1, 0, 0, 1}, 4, NULL},
        {2048, {3}, 1, exponent},
        {2048, {0xFF, 0xFF}, 2, exponent},
        {2048, {1, 0, 2}, 3, "RFC 8017 3.1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct spec spec = w.leaf_spec;
        YX_CLEAN(yx_buf) struct yx_buf spki = {0};
        write_rsa_spki(cases[i].bits, YX_BYTES(cases[i].exponent, cases[i].len), &spki);
        spec.spki = yx_buf_bytes(&spki);
        lint("RSA strength", &spec, w.ca.cert, cases[i].rule);
    }
}

static void test_uses_that_a_key_cannot_serve(void **state)
{
    (void)state;
#define KEY_ENCIPHERMENT LIT("\x03\x02\x05\x20")
#define KEY_AGREEMENT LIT("\x03\x02\x03\x08")
    const struct {
        const struct pki_person *holder;
        struct yx_bytes usage;
        const char *rule;
    } cases[] = {
        {&w.rsa, KEY_AGREEMENT, "RFC 3279 2.3.1"}, {&w.rsa, KEY_ENCIPHERMENT, NULL},
        {&w.leaf, KEY_ENCIPHERMENT, "RFC 8813 3"}, {&w.leaf, KEY_AGREEMENT, NULL},
        {&w.p384, KEY_ENCIPHERMENT, "RFC 8813 3"}, {&w.ed25519, KEY_AGREEMENT, "RFC 8410 5"},
        {&w.sm2, KEY_ENCIPHERMENT, NULL}, /* SM2 encrypts: GB/T 32918.4 */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct spec spec = w.leaf_spec;
        spec.spki = yx_public_key_spki(yx_cert_public_key(cases[i].holder->cert));
        spec.extensions[KU].value = cases[i].usage;
        lint("key usage", &spec, w.ca.cert, cases[i].rule);
    }
}

/* --- Names ------------------------------------------------------------------------------- */

/* The attribute type is 2.5.4.n; n 0: emailAddress. The value is `text` `times` times. */
struct name_case {
    const char *what, *rule;
    uint8_t n, tag;
    const char *text;
    size_t times;
};

static void write_name(const struct name_case *c, struct yx_buf *out)
{
    struct yx_error err;
    uint8_t oid[] = {0x55, 0x04, c->n};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    for (size_t i = 0; i < c->times; i++)
        assert_int_equal(yx_buf_append_text(&value, c->text), YX_OK);
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    size_t name = yx_der_begin(&writer, YX_DER_SEQUENCE);
    size_t set = yx_der_begin(&writer, YX_DER_SET);
    size_t attribute = yx_der_begin(&writer, YX_DER_SEQUENCE);
    if (c->n == 0)
        yx_der_put_oid(&writer, YX_OID_EMAIL);
    else
        yx_der_put(&writer, YX_DER_OID, YX_BYTES(oid, 3));
    yx_der_put(&writer, c->tag, yx_buf_bytes(&value));
    yx_der_close(&writer, attribute);
    yx_der_close(&writer, set);
    yx_der_close(&writer, name);
    expect_ok(yx_der_finish(&writer, out, &err), &err);
}

static void test_names(void **state)
{
    (void)state;
    enum { UTF8 = YX_DER_UTF8_STRING, PRINT = YX_DER_PRINTABLE_STRING, IA5 = YX_DER_IA5_STRING };
    static const char characters[] = "RFC 3629, and no control characters";
    static const struct name_case cases[] = {
        {"64 characters of three octets", NULL, 3, UTF8, "印", 64},
        {"65 characters", "RFC 5280 A.1, ub-common-name", 3, UTF8, "x", 65},
        {"empty", "RFC 5280 A.1, ub-common-name", 3, UTF8, "", 1},
        {"O", "RFC 5280 A.1, ub-organization-name", 10, UTF8, "x", 65},
        {"OU", "RFC 5280 A.1, ub-organizational-unit-name", 11, UTF8, "x", 65},
        {"title", "RFC 5280 A.1, ub-title", 12, UTF8, "x", 65},
        {"L", "RFC 5280 A.1, ub-locality-name", 7, UTF8, "x", 129},
        {"ST", "RFC 5280 A.1, ub-state-name", 8, UTF8, "x", 129},
        {"street", "X.520, ub-street-address", 9, UTF8, "x", 129},
        {"postal code", "X.520, ub-postal-code", 17, UTF8, "1", 41},
        {"serialNumber", "RFC 5280 A.1, ub-serial-number", 5, PRINT, "1", 65},
        {"serialNumber as UTF8String", "RFC 5280 A.1, ub-serial-number", 5, UTF8, "1", 1},
        {"country", NULL, 6, PRINT, "CN", 1},
        {"country of three letters", "RFC 5280 A.1, X520countryName", 6, PRINT, "CHN", 1},
        {"country of one letter", "RFC 5280 A.1, X520countryName", 6, PRINT, "C", 1},
        {"country as UTF8String", "RFC 5280 A.1, X520countryName", 6, UTF8, "CN", 1},
        {"PrintableString", NULL, 3, PRINT, "A'()+,-./:=? z9", 1},
        {"'*' in PrintableString", "X.680 41.4", 3, PRINT, "*", 1},
        {"'@' in PrintableString", "X.680 41.4", 3, PRINT, "a@b", 1},
        {"TeletexString", "RFC 5280 A.1, ub-common-name", 3, 0x14, "x", 1},
        {"BMPString", "RFC 5280 A.1, ub-common-name", 3, 0x1E, "xx", 1},
        {"IA5String as CN", "RFC 5280 A.1, ub-common-name", 3, IA5, "x", 1},
        {"line feed", characters, 3, UTF8, "a\nb", 1},
        {"DEL", characters, 3, UTF8, "a\x7F", 1},
        {"C1 control", characters, 3, UTF8, "a\xC2\x85", 1},
        {"broken UTF-8", characters, 3, UTF8, "a\xC3", 1},
        {"overlong UTF-8", characters, 3, UTF8, "\xC0\xAF", 1},
        {"surrogate", characters, 3, UTF8, "\xED\xA0\x80", 1},
        {"mail", NULL, 0, IA5, "a@b.example", 1},
        {"mail as UTF8String", "RFC 5280 A.1, ub-emailaddress-length", 0, UTF8, "a@b", 1},
        {"mail not in ASCII", "RFC 5280 A.1, ub-emailaddress-length", 0, IA5, "\xC3\xA4@b", 1},
        {"mail of 256", "RFC 5280 A.1, ub-emailaddress-length", 0, IA5, "a@b.exam", 32},
        {"attribute without a rule", NULL, 120, UTF8, "x", 500},
        {"attribute without a rule, empty", "RFC 5280 4.1.2.4", 120, UTF8, "", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct spec spec = w.leaf_spec;
        YX_CLEAN(yx_buf) struct yx_buf name = {0};
        write_name(&cases[i], &name);
        spec.subject = yx_buf_bytes(&name);
        lint(cases[i].what, &spec, w.ca.cert, cases[i].rule);
    }
}

static void test_name_structure(void **state)
{
    (void)state;
    struct spec spec = w.leaf_spec;
    spec.subject = LIT("\x30\x02\x31\x00");
    lint("empty SET", &spec, w.ca.cert, "X.690 8.1");
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    struct yx_error err;
    size_t sequence = yx_der_begin(&writer, YX_DER_SEQUENCE);
    for (int i = 0; i < 33; i++)
        yx_der_put_raw(&writer, LIT("\x31\x0A\x30\x08\x06\x03\x55\x04\x03\x0C\x01x"));
    yx_der_close(&writer, sequence);
    expect_ok(yx_der_finish(&writer, &name, &err), &err);
    spec.subject = yx_buf_bytes(&name);
    lint("33 parts", &spec, w.ca.cert, "RFC 5280 4.1.2.6");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_ones_pass),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_issuer_must_be_a_ca),
        cmocka_unit_test(test_frame),
        cmocka_unit_test(test_rsa_strength),
        cmocka_unit_test(test_uses_that_a_key_cannot_serve),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_name_structure),
    };
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
