/* SPDX-License-Identifier: Apache-2.0 */
/* The lint: a good certificate passes, and for each rule a certificate that breaks this rule alone
 * is refused with its clause. Tables of cases; the to-be-signed bytes are put together here, so
 * that they can be as wrong as they like. */
#include "support.h"

#include "people.h"

/* --- A TBSCertificate that can be wrong -------------------------------------------------- */

#define EXTENSIONS 12
/* Spelled-out FALSE, which DER leaves out. */
enum { NOT_CRITICAL, CRITICAL, CRITICAL_FALSE };

struct extension {
    struct yx_bytes oid; /* content octets; empty: not written */
    int critical;
    struct yx_bytes value;
};

/* Whole elements, but for the version. */
struct spec {
    int version; /* -1: left out */
    struct yx_bytes serial, algorithm, issuer, not_before, not_after, subject, spki, unique;
    bool no_extensions;
    struct extension extensions[EXTENSIONS];
};

static void put_extension(struct yx_der_writer *w, const struct extension *extension)
{
    if (extension->oid.len == 0)
        return;
    size_t sequence = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put(w, YX_DER_OID, extension->oid);
    if (extension->critical != NOT_CRITICAL)
        yx_der_put_bool(w, extension->critical == CRITICAL);
    yx_der_put(w, YX_DER_OCTET_STRING, extension->value);
    yx_der_close(w, sequence);
}

static void write_spec(const struct spec *spec, struct yx_buf *out)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t sequence = yx_der_begin(&w, YX_DER_SEQUENCE);
    if (spec->version >= 0) {
        size_t version = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(0));
        yx_der_put_int(&w, spec->version);
        yx_der_close(&w, version);
    }
    yx_der_put_raw(&w, spec->serial);
    yx_der_put_raw(&w, spec->algorithm);
    yx_der_put_raw(&w, spec->issuer);
    size_t validity = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_raw(&w, spec->not_before);
    yx_der_put_raw(&w, spec->not_after);
    yx_der_close(&w, validity);
    yx_der_put_raw(&w, spec->subject);
    yx_der_put_raw(&w, spec->spki);
    yx_der_put_raw(&w, spec->unique);
    if (!spec->no_extensions) {
        size_t tagged = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(3));
        size_t list = yx_der_begin(&w, YX_DER_SEQUENCE);
        for (size_t i = 0; i < EXTENSIONS; i++)
            put_extension(&w, &spec->extensions[i]);
        yx_der_close(&w, list);
        yx_der_close(&w, tagged);
    }
    yx_der_close(&w, sequence);
    struct yx_error err;
    out->len = 0;
    expect_ok(yx_der_finish(&w, out, &err), &err);
}

/* --- The world --------------------------------------------------------------------------- */

#define LIT(text) YX_BYTES("" text, sizeof(text) - 1)

/* Where the base specs keep their extensions. */
enum { AKI, SKI, KU, BC, FREE };

static struct world {
    struct pki_person ca, ca_of_length_0, leaf, p384, rsa, ed25519, sm2;
    struct yx_buf leaf_name, aki, root_aki;
    struct spec leaf_spec, ca_spec, root_spec;
} w;

static void make_ca_of_length_0(void)
{
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    expect_ok(yx_private_key_generate(YX_KEY_P256, 0, &w.ca_of_length_0.key, &err), &err);
    expect_ok(yx_name_to_der("CN=short", &name, &err), &err);
    struct yx_cert_template wanted = {
        .subject = yx_buf_bytes(&name),
        .spki = yx_public_key_spki(yx_private_key_public(w.ca_of_length_0.key)),
        .serial = LIT("\x01"),
        .not_before = yx_now() - YX_DAY,
        .not_after = yx_now() + 3000 * YX_DAY,
        .key_usage = YX_KU_KEY_CERT_SIGN,
        .ca = true,
        .path_length = 0,
    };
    struct yx_signer signer = yx_signer_borrow_key(w.ca_of_length_0.key);
    expect_ok(yx_cert_make(&wanted, NULL, &signer, &der, &err), &err);
    expect_ok(yx_cert_from_der(yx_buf_bytes(&der), &w.ca_of_length_0.cert, &err), &err);
}

/* AuthorityKeyIdentifier with the key identifier of `cert`. */
static void write_aki(const struct yx_cert *cert, struct yx_buf *out)
{
    struct yx_error err;
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    size_t sequence = yx_der_begin(&writer, YX_DER_SEQUENCE);
    yx_der_put(&writer, YX_DER_CONTEXT(0), yx_cert_key_identifier(cert));
    yx_der_close(&writer, sequence);
    out->len = 0;
    expect_ok(yx_der_finish(&writer, out, &err), &err);
}

#define ECDSA_SHA256 LIT("\x30\x0A\x06\x08\x2A\x86\x48\xCE\x3D\x04\x03\x02")
#define KEY_A LIT("\x04\x03KEY")

static int set_up(void **state)
{
    (void)state;
    struct yx_error err;
    static const struct {
        const char *name;
        yx_key_type type;
        struct pki_person *out;
    } others[] = {{"CN=leaf", YX_KEY_P256, &w.leaf},
                  {"CN=p384", YX_KEY_P384, &w.p384},
                  {"CN=rsa", YX_KEY_RSA, &w.rsa},
                  {"CN=ed", YX_KEY_ED25519, &w.ed25519},
                  {"CN=sm2", YX_KEY_SM2, &w.sm2}};
    expect_ok(person_make("CN=Root,C=CN", NULL, YX_KEY_P256, &w.ca, &err), &err);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        expect_ok(person_make(others[i].name, &w.ca, others[i].type, others[i].out, &err), &err);
    make_ca_of_length_0();
    expect_ok(yx_name_to_der("CN=holder,O=office,C=CN", &w.leaf_name, &err), &err);
    write_aki(w.ca.cert, &w.aki);

    w.leaf_spec = (struct spec){
        .version = 2,
        .serial = LIT("\x02\x01\x05"),
        .algorithm = ECDSA_SHA256,
        .issuer = yx_cert_subject_der(w.ca.cert),
        .not_before = LIT("\x17\x0D"
                          "260101000000Z"),
        .not_after = LIT("\x17\x0D"
                         "261201000000Z"),
        .subject = yx_buf_bytes(&w.leaf_name),
        .spki = yx_public_key_spki(yx_cert_public_key(w.leaf.cert)),
        .extensions = {[AKI] = {LIT("\x55\x1D\x23"), 0, yx_buf_bytes(&w.aki)},
                       [SKI] = {LIT("\x55\x1D\x0E"), 0, KEY_A},
                       [KU] = {LIT("\x55\x1D\x0F"), CRITICAL, LIT("\x03\x02\x06\xC0")}},
    };
    w.ca_spec = w.leaf_spec;
    w.ca_spec.extensions[KU].value = LIT("\x03\x02\x01\x06"); /* keyCertSign, cRLSign */
    w.ca_spec.extensions[BC] =
        (struct extension){LIT("\x55\x1D\x13"), CRITICAL, LIT("\x30\x03\x01\x01\xFF")};
    w.root_spec = w.ca_spec;
    w.root_spec.issuer = w.root_spec.subject;
    w.root_spec.extensions[AKI].value = LIT("\x30\x05\x80\x03KEY");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    struct pki_person *all[] = {&w.ca,  &w.ca_of_length_0, &w.leaf, &w.p384,
                                &w.rsa, &w.ed25519,        &w.sm2};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        pki_person_free(all[i]);
    yx_buf_free(&w.leaf_name);
    yx_buf_free(&w.aki);
    yx_buf_free(&w.root_aki);
    return 0;
}

/* `rule` NULL: must pass. Otherwise the lint must refuse by this rule. */
static void lint(const char *what, const struct spec *spec, const struct yx_cert *issuer,
                 const char *rule)
{
    struct yx_error err = {.rule = "none"};
    char words[600] = "";
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    write_spec(spec, &der);
    yx_status status = yx_cert_lint(yx_buf_bytes(&der), issuer, &err);
    if (status != YX_OK)
        yx_message_render(&err.message, NULL, words, sizeof words);
    if (!rule && status != YX_OK)
        fail_msg("%s: refused by %s: %s", what, err.rule, words);
    if (rule && (status == YX_OK || strcmp(err.rule, rule) != 0))
        fail_msg("%s: status %d by %s, expected %s: %s", what, (int)status, err.rule, rule, words);
}

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

/* --- Extensions -------------------------------------------------------------------------- */

#define OID_AKI "\x55\x1D\x23"
#define OID_SKI "\x55\x1D\x0E"
#define OID_KU "\x55\x1D\x0F"
#define OID_BC "\x55\x1D\x13"
#define OID_SAN "\x55\x1D\x11"
#define OID_EKU "\x55\x1D\x25"
#define OID_CRLDP "\x55\x1D\x1F"
#define OID_AIA "\x2B\x06\x01\x05\x05\x07\x01\x01"
#define OID_NO_CHECK "\x2B\x06\x01\x05\x05\x07\x30\x01\x05"
#define TIME_STAMPING "\x06\x08\x2B\x06\x01\x05\x05\x07\x03\x08"
#define SERVER_AUTH "\x06\x08\x2B\x06\x01\x05\x05\x07\x03\x01"
#define OCSP_SIGNING "\x06\x08\x2B\x06\x01\x05\x05\x07\x03\x09"
#define AD_OCSP "\x06\x08\x2B\x06\x01\x05\x05\x07\x30\x01"

enum base { LEAF, SUB_CA, ROOT };

static void test_extensions(void **state)
{
    (void)state;
    static const struct {
        const char *what, *rule;
        enum base base;
        int place;
        struct extension extension;
    } cases[] = {
#define BYTES(text)                               \
    {                                             \
        (const uint8_t *)(text), sizeof(text) - 1 \
    }
#define CASE(what, rule, base, place, oid, critical, value) \
    {                                                       \
        what, rule, base, place,                            \
        {                                                   \
            BYTES(oid), critical, BYTES(value)              \
        }                                                   \
    }
#define GONE(what, rule, base, place) \
    {                                 \
        what, rule, base, place,      \
        {                             \
            {NULL, 0}, 0,             \
            {                         \
                NULL, 0               \
            }                         \
        }                             \
    }
        /* What may be critical. */
        CASE("critical AKI", "RFC 5280 4.2.1.1", ROOT, AKI, OID_AKI, CRITICAL,
             "\x30\x05\x80\x03KEY"),
        CASE("critical SKI", "RFC 5280 4.2.1.2", LEAF, SKI, OID_SKI, CRITICAL, "\x04\x03KEY"),
        CASE("KU not critical", "RFC 5280 4.2.1.3", LEAF, KU, OID_KU, 0, "\x03\x02\x06\xC0"),
        CASE("critical CRL points", "RFC 5280 4.2.1.13", LEAF, FREE, OID_CRLDP, CRITICAL,
             "\x30\x11\x30\x0F\xA0\x0D\xA0\x0B\x86\x09http://a/"),
        CASE("critical AIA", "RFC 5280 4.2.2.1", LEAF, FREE, OID_AIA, CRITICAL, "\x30\x00"),
        CASE("critical no-check", "RFC 6960 4.2.2.2.1", LEAF, FREE, OID_NO_CHECK, CRITICAL,
             "\x05\x00"),
        CASE("critical FALSE spelled out", "X.690 11.5", LEAF, FREE, "\x2A\x03", CRITICAL_FALSE,
             ""),
        CASE("unknown and critical", "RFC 5280 4.2", LEAF, FREE, "\x2A\x03", CRITICAL, ""),
        CASE("twice", "RFC 5280 4.2", LEAF, FREE, OID_SKI, 0, "\x04\x03KEY"),
        /* keyUsage */
        CASE("no bit", "RFC 5280 4.2.1.3", LEAF, KU, OID_KU, CRITICAL, "\x03\x01\x00"),
        CASE("zero bits at the end", "X.690 11.2.2", LEAF, KU, OID_KU, CRITICAL,
             "\x03\x02\x00\xC0"),
        CASE("bits in the padding", "X.690 11.2.2", LEAF, KU, OID_KU, CRITICAL, "\x03\x02\x06\xC1"),
        CASE("keyCertSign without CA", "RFC 5280 4.2.1.3", LEAF, KU, OID_KU, CRITICAL,
             "\x03\x02\x02\x04"),
        CASE("CA without keyCertSign", "RFC 5280 4.2.1.3", SUB_CA, KU, OID_KU, CRITICAL,
             "\x03\x02\x01\x02"),
        GONE("CA without keyUsage", "RFC 5280 4.2.1.3", SUB_CA, KU),
        GONE("root without keyUsage", "RFC 5280 4.2.1.3", ROOT, KU),
        GONE("leaf without keyUsage", NULL, LEAF, KU),
        /* basicConstraints */
        GONE("keyCertSign without basicConstraints", "RFC 5280 4.2.1.3", SUB_CA, BC),
        CASE("CA not critical", "RFC 5280 4.2.1.9", SUB_CA, BC, OID_BC, 0, "\x30\x03\x01\x01\xFF"),
        CASE("path length without CA", "RFC 5280 4.2.1.9", LEAF, BC, OID_BC, CRITICAL,
             "\x30\x03\x02\x01\x00"),
        CASE("negative path length", "RFC 5280 4.2.1.9", SUB_CA, BC, OID_BC, CRITICAL,
             "\x30\x06\x01\x01\xFF\x02\x01\xFF"),
        CASE("path length", NULL, SUB_CA, BC, OID_BC, CRITICAL, "\x30\x06\x01\x01\xFF\x02\x01\x03"),
        CASE("CA FALSE spelled out", "X.690 11.5", LEAF, BC, OID_BC, 0, "\x30\x03\x01\x01\x00"),
        CASE("empty: no CA", NULL, LEAF, BC, OID_BC, 0, "\x30\x00"),
        CASE("bytes behind it", "X.690", SUB_CA, BC, OID_BC, CRITICAL,
             "\x30\x03\x01\x01\xFF\x05\x00"),
        /* key identifiers */
        GONE("leaf without AKI", "RFC 5280 4.2.1.1", LEAF, AKI),
        CASE("AKI of another key", "RFC 5280 4.2.1.1", LEAF, AKI, OID_AKI, 0,
             "\x30\x05\x80\x03KEY"),
        CASE("empty AKI", "RFC 5280 4.2.1.1", LEAF, AKI, OID_AKI, 0, "\x30\x02\x80\x00"),
        CASE("AKI without key", "X.690 8.1", LEAF, AKI, OID_AKI, 0, "\x30\x00"),
        CASE("root with a foreign AKI", "RFC 5280 4.2.1.1", ROOT, AKI, OID_AKI, 0,
             "\x30\x05\x80\x03LEY"),
        GONE("CA without SKI", "RFC 5280 4.2.1.2", SUB_CA, SKI),
        GONE("leaf without SKI", NULL, LEAF, SKI),
        CASE("empty SKI", "RFC 5280 4.2.1.2", LEAF, SKI, OID_SKI, 0, "\x04\x00"),
        /* extendedKeyUsage */
        CASE("no usage", "RFC 5280 4.2.1.12", LEAF, FREE, OID_EKU, 0, "\x30\x00"),
        CASE("timeStamping", NULL, LEAF, FREE, OID_EKU, CRITICAL, "\x30\x0A" TIME_STAMPING),
        CASE("timeStamping not critical", "RFC 3161 2.3", LEAF, FREE, OID_EKU, 0,
             "\x30\x0A" TIME_STAMPING),
        CASE("timeStamping not alone", "RFC 3161 2.3", LEAF, FREE, OID_EKU, CRITICAL,
             "\x30\x14" SERVER_AUTH TIME_STAMPING),
        CASE("no-check without OCSPSigning", "RFC 6960 4.2.2.2.1", LEAF, FREE, OID_NO_CHECK, 0,
             "\x05\x00"),
        CASE("no-check that is not NULL", "RFC 6960 4.2.2.2.1", LEAF, FREE, OID_NO_CHECK, 0,
             "\x05\x01x"),
        CASE("OCSPSigning", NULL, LEAF, FREE, OID_EKU, 0, "\x30\x0A" OCSP_SIGNING),
        /* places to fetch from */
        CASE("no CRL point", "X.690 8.1", LEAF, FREE, OID_CRLDP, 0, "\x30\x00"),
        CASE("CRL point without a name", "X.690 8.1", LEAF, FREE, OID_CRLDP, 0, "\x30\x02\x30\x00"),
        CASE("CRL point", NULL, LEAF, FREE, OID_CRLDP, 0,
             "\x30\x11\x30\x0F\xA0\x0D\xA0\x0B\x86\x09http://a/"),
        CASE("CRL point that is no URL", "RFC 5280 4.2.1.13 and RFC 3986", LEAF, FREE, OID_CRLDP, 0,
             "\x30\x11\x30\x0F\xA0\x0D\xA0\x0B\x86\x09"
             "file:///a"),
        CASE("CRL point relative to the issuer", "X.690 8.1.2", LEAF, FREE, OID_CRLDP, 0,
             "\x30\x06\x30\x04\xA0\x02\xA1\x00"),
        CASE("no access", "X.690 8.1", LEAF, FREE, OID_AIA, 0, "\x30\x00"),
        CASE("access", NULL, LEAF, FREE, OID_AIA, 0,
             "\x30\x17\x30\x15" AD_OCSP "\x86\x09http://a/"),
        CASE("access by other means", "RFC 5280 4.2.1.13 and RFC 3986", LEAF, FREE, OID_AIA, 0,
             "\x30\x17\x30\x15" AD_OCSP "\x86\x09gopher://"),
        CASE("access to a DNS name", "X.690 8.1.2", LEAF, FREE, OID_AIA, 0,
             "\x30\x11\x30\x0F" AD_OCSP "\x82\x03"
             "a.b"),
        /* subjectAltName */
        CASE("no name", "RFC 5280 4.2.1.6", LEAF, FREE, OID_SAN, 0, "\x30\x00"),
        CASE("mailbox", NULL, LEAF, FREE, OID_SAN, 0,
             "\x30\x05\x81\x03"
             "a@b"),
        CASE("no mailbox", "RFC 5280 4.2.1.6", LEAF, FREE, OID_SAN, 0,
             "\x30\x05\x81\x03"
             "a.b"),
        CASE("mailbox without a name", "RFC 5280 4.2.1.6", LEAF, FREE, OID_SAN, 0,
             "\x30\x05\x81\x03"
             "@ab"),
        CASE("IPv4", NULL, LEAF, FREE, OID_SAN, 0, "\x30\x06\x87\x04\x0A\x00\x00\x01"),
        CASE("IP of five octets", "RFC 5280 4.2.1.6", LEAF, FREE, OID_SAN, 0,
             "\x30\x07\x87\x05\x0A\x00\x00\x01\x02"),
        CASE("URI", NULL, LEAF, FREE, OID_SAN, 0, "\x30\x07\x86\x05urn:x"),
        CASE("URI without a scheme", "RFC 5280 4.2.1.6", LEAF, FREE, OID_SAN, 0,
             "\x30\x05\x86\x03"
             "a/b"),
        CASE("no GeneralName", "RFC 5280 4.2.1.6", LEAF, FREE, OID_SAN, 0, "\x30\x02\x05\x00"),
#undef CASE
#undef GONE
    };
    const struct spec *bases[] = {&w.leaf_spec, &w.ca_spec, &w.root_spec};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct spec spec = *bases[cases[i].base];
        spec.extensions[cases[i].place] = cases[i].extension;
        lint(cases[i].what, &spec, cases[i].base == ROOT ? NULL : w.ca.cert, cases[i].rule);
    }
}

static void test_list_of_extensions(void **state)
{
    (void)state;
    struct spec spec = w.leaf_spec;
    memset(spec.extensions, 0, sizeof spec.extensions);
    lint("empty list", &spec, w.ca.cert, "RFC 5280 4.1");
}

/* --- Hosts and URLs ---------------------------------------------------------------------- */

/* The text as `tag` inside `open`, whose headers are all of one octet of length. */
static void lint_text(const char *text, uint8_t tag, struct yx_bytes oid, const char *rule)
{
    struct yx_error err;
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    bool url = tag == YX_DER_CONTEXT(6);
    size_t list = yx_der_begin(&writer, YX_DER_SEQUENCE);
    size_t access = 0;
    if (url) {
        access = yx_der_begin(&writer, YX_DER_SEQUENCE);
        yx_der_put_oid(&writer, YX_OID_AD_OCSP);
    }
    yx_der_put(&writer, tag, YX_TEXT(text));
    if (url)
        yx_der_close(&writer, access);
    yx_der_close(&writer, list);
    expect_ok(yx_der_finish(&writer, &value, &err), &err);
    struct spec spec = w.leaf_spec;
    spec.extensions[FREE] = (struct extension){oid, 0, yx_buf_bytes(&value)};
    lint(text, &spec, w.ca.cert, rule);
}

#define LABEL_63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz01234567890"

static void test_hosts(void **state)
{
    (void)state;
    static const char *const good[] = {"a",
                                       "seal.example",
                                       "*.example.cn",
                                       "xn--fiqs8s.cn",
                                       "1.2-3.x",
                                       LABEL_63 ".cn",
                                       LABEL_63 "." LABEL_63 "." LABEL_63 ".abcdefghijklmnopqrs"};
    static const char *const bad[] = {"",
                                      ".",
                                      "a.",
                                      ".a",
                                      "a..b",
                                      "-a.cn",
                                      "a-.cn",
                                      "a_b",
                                      "a b",
                                      "*",
                                      "*.",
                                      "a.*.b",
                                      "x*.cn",
                                      "印.cn",
                                      "a\nb",
                                      "a/b",
                                      "a:80",
                                      LABEL_63 "x.cn",
                                      LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        lint_text(good[i], YX_DER_CONTEXT(2), LIT(OID_SAN), NULL);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        lint_text(bad[i], YX_DER_CONTEXT(2), LIT(OID_SAN), "RFC 5280 4.2.1.6");
}

static void test_urls(void **state)
{
    (void)state;
    static const char *const good[] = {"http://a",
                                       "http://ca.example/ca.crl",
                                       "https://ca.example:8443/ocsp?x=1#y",
                                       "ldap://ca.example/cn=ca,o=x?certificateRevocationList",
                                       "ldaps://1.2.3.4:636",
                                       "http://[2001:db8::1]/",
                                       "http://[::1]:80/"};
    static const char *const bad[] = {"",
                                      "http",
                                      "http://",
                                      "http:///x",
                                      "ldap:///cn=ca",
                                      "http:// a",
                                      "http://a b/",
                                      "http://a/\n",
                                      "http://a/印",
                                      "http://印/",
                                      "http://a:x/",
                                      "http://:80/",
                                      "http://u@a/",
                                      "http://[::1/",
                                      "http://[]/",
                                      "http://[g!]/",
                                      "http://[::1]x/",
                                      "HTTP//a",
                                      "ftp://a/",
                                      "javascript:alert(1)",
                                      "//a/b"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        lint_text(good[i], YX_DER_CONTEXT(6), LIT(OID_AIA), NULL);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        lint_text(bad[i], YX_DER_CONTEXT(6), LIT(OID_AIA), "RFC 5280 4.2.1.13 and RFC 3986");
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
        cmocka_unit_test(test_extensions),
        cmocka_unit_test(test_list_of_extensions),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_urls),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
