/* SPDX-License-Identifier: Apache-2.0 */
/* SignedData that is odd and yet holds, and SignedData that is wrong in one way each: put together
 * here, signed properly with an SM2 key, so that nothing but the one wrong thing is refused. */
#include "support.h"

#include "cms/cms.h"
#include "pki.h"

static struct pki_person ca, sm2, p256, rsa, ed25519;

#define CONTENT YX_TEXT("<Signature/>")
#define LIT(text) YX_BYTES("" text, sizeof(text) - 1)

/* What a verifier that forgets nothing would say; the reason is not asked. */
static bool holds(struct yx_bytes der, struct yx_bytes content)
{
    struct yx_cms cms;
    YX_CLEAN(yx_cert) struct yx_cert *signer = NULL;
    bool digest = false, value = false;
    if (yx_cms_parse(der, &cms, NULL) != YX_OK || yx_cms_signer(&cms, &signer, NULL) != YX_OK)
        return false;
    return yx_cms_verify(&cms, signer, content, &digest, &value, NULL, NULL) == YX_OK && digest &&
           value;
}

/* --- SignedData that can be wrong -------------------------------------------------------- */

/* Whole elements, where nothing else is said. Everything is signed properly with the SM2 key. */
struct spec {
    struct yx_bytes content_type;
    int64_t version;
    struct yx_bytes encapsulated; /* the whole EncapsulatedContentInfo */
    bool no_certificate;
    struct yx_bytes more_certificates;
    int signers;
    int64_t signer_version;
    struct yx_bytes sid; /* empty: issuer and serial */
    struct yx_bytes digest;
    bool no_attributes;
    struct yx_bytes attributes[5]; /* empty: left out */
    struct yx_bytes algorithm;
    bool raw;                /* r || s */
    struct yx_bytes message; /* what the signature is over without attributes */
    struct yx_bytes unsigned_attributes;
    struct yx_bytes behind; /* inside SignedData */
};

#define OID_GM_DATA "\x06\x0A\x2A\x81\x1C\xCF\x55\x06\x01\x04\x02\x01"
#define OID_GM_SIGNED "\x06\x0A\x2A\x81\x1C\xCF\x55\x06\x01\x04\x02\x02"
#define OID_PKCS7_DATA "\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01"
#define OID_TST_INFO "\x06\x0B\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x04"
#define ATTR_TYPE(n) "\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x09" n
#define ATTR_CONTENT_TYPE LIT("\x30\x19" ATTR_TYPE("\x03") "\x31\x0C" OID_GM_DATA)
#define ATTR_SIGNING_TIME                               \
    LIT("\x30\x1C" ATTR_TYPE("\x05") "\x31\x0F\x17\x0D" \
                                     "261121080000Z")
#define ATTR_OTHER LIT("\x30\x09\x06\x02\x2A\x03\x31\x03\x02\x01\x01")
#define ALG_SM3 LIT("\x30\x0A\x06\x08\x2A\x81\x1C\xCF\x55\x01\x83\x11")

static uint8_t message_digest[49] =
    "\x30\x2F" ATTR_TYPE("\x04") "\x31\x22\x04\x20"; /* SM3 of CONTENT behind it */
#define ATTR_MESSAGE_DIGEST YX_BYTES(message_digest, sizeof message_digest)

static struct spec good_spec(void)
{
    return (struct spec){
        .content_type = LIT(OID_GM_SIGNED),
        .version = 1,
        .encapsulated = LIT("\x30\x0C" OID_GM_DATA),
        .signers = 1,
        .signer_version = 1,
        .digest = ALG_SM3,
        .attributes = {ATTR_CONTENT_TYPE, ATTR_SIGNING_TIME, ATTR_MESSAGE_DIGEST},
        .algorithm = LIT("\x30\x0B\x06\x09\x2A\x81\x1C\xCF\x55\x01\x82\x2D\x01"), /* SM2-sign */
        .message = CONTENT,
    };
}

/* DER SEQUENCE { r, s } of 32 octets each, sign octets dropped, short ones filled up. */
static void make_raw(struct yx_buf *value)
{
    struct yx_error err;
    uint8_t raw[64] = {0};
    struct yx_der whole = yx_der_reader(yx_buf_bytes(value), "signature"), inner;
    expect_ok(yx_der_enter(&whole, YX_DER_SEQUENCE, &inner, &err), &err);
    for (size_t i = 0; i < 2; i++) {
        struct yx_bytes n;
        expect_ok(yx_der_integer(&inner, &n, &err), &err);
        size_t skip_octets = n.len > 32 ? n.len - 32 : 0;
        memcpy(raw + 32 * i + 32 - (n.len - skip_octets), n.data + skip_octets,
               n.len - skip_octets);
    }
    value->len = 0;
    assert_int_equal(yx_buf_append(value, YX_BYTES(raw, 64)), YX_OK);
}

static void put_signer(struct yx_der_writer *w, const struct spec *spec)
{
    struct yx_error err;
    YX_CLEAN(yx_der_writer) struct yx_der_writer set = {0};
    YX_CLEAN(yx_buf) struct yx_buf attributes = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    size_t mark = yx_der_begin(&set, YX_DER_SET);
    for (size_t i = 0; i < 5; i++)
        yx_der_put_raw(&set, spec->attributes[i]);
    yx_der_close(&set, mark);
    expect_ok(yx_der_finish(&set, &attributes, &err), &err);
    expect_ok(yx_private_key_sign(sm2.key, YX_SIG_SM2_SM3,
                                  spec->no_attributes ? spec->message : yx_buf_bytes(&attributes),
                                  &value, &err),
              &err);
    if (spec->raw)
        make_raw(&value);

    size_t info = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_int(w, spec->signer_version);
    yx_der_put_raw(w, spec->sid);
    if (spec->sid.len == 0) {
        size_t name = yx_der_begin(w, YX_DER_SEQUENCE);
        yx_der_put_raw(w, yx_cert_issuer_der(sm2.cert));
        yx_der_put(w, YX_DER_INTEGER, yx_cert_serial_der(sm2.cert));
        yx_der_close(w, name);
    }
    yx_der_put_raw(w, spec->digest);
    if (!spec->no_attributes) {
        attributes.data[0] = YX_DER_CONTEXT_CONSTRUCTED(0);
        yx_der_put_raw(w, yx_buf_bytes(&attributes));
    }
    yx_der_put_raw(w, spec->algorithm);
    yx_der_put(w, YX_DER_OCTET_STRING, yx_buf_bytes(&value));
    yx_der_put_raw(w, spec->unsigned_attributes);
    yx_der_close(w, info);
}

static void write_spec(const struct spec *spec, struct yx_buf *out)
{
    struct yx_error err;
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t info = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_raw(&w, spec->content_type);
    size_t tagged = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(0));
    size_t data = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_int(&w, spec->version);
    size_t digests = yx_der_begin(&w, YX_DER_SET);
    yx_der_put_raw(&w, ALG_SM3);
    yx_der_close(&w, digests);
    yx_der_put_raw(&w, spec->encapsulated);
    size_t certificates = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(0));
    yx_der_put_raw(&w, spec->more_certificates);
    if (!spec->no_certificate)
        yx_der_put_raw(&w, yx_cert_der(sm2.cert));
    yx_der_close(&w, certificates);
    size_t signers = yx_der_begin(&w, YX_DER_SET);
    for (int i = 0; i < spec->signers; i++)
        put_signer(&w, spec);
    yx_der_close(&w, signers);
    yx_der_put_raw(&w, spec->behind);
    yx_der_close(&w, data);
    yx_der_close(&w, tagged);
    yx_der_close(&w, info);
    out->len = 0;
    expect_ok(yx_der_finish(&w, out, &err), &err);
}

static void expect_holds(const char *what, const struct spec *spec)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    write_spec(spec, &der);
    if (!holds(yx_buf_bytes(&der), CONTENT))
        fail_msg("%s: does not hold", what);
}

static void expect_parse(const char *what, const struct spec *spec, yx_status want,
                         const char *rule)
{
    struct yx_error err = {.rule = "none"};
    struct yx_cms cms;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    write_spec(spec, &der);
    yx_status status = yx_cms_parse(yx_buf_bytes(&der), &cms, &err);
    if (status != want || strcmp(err.rule, rule) != 0)
        fail_msg("%s: status %d by %s, expected %d by %s", what, (int)status, err.rule, (int)want,
                 rule);
}

/* Odd, but met or allowed. */
static void test_odd_ones_hold(void **state)
{
    (void)state;
    struct spec spec = good_spec();
    expect_holds("the good one", &spec);
    spec.raw = true;
    expect_holds("raw r || s", &spec);
    spec = good_spec();
    spec.attributes[0] = ATTR_MESSAGE_DIGEST; /* not the order of DER: verified as received */
    spec.attributes[2] = ATTR_CONTENT_TYPE;
    expect_holds("attributes in another order", &spec);
    spec = good_spec();
    spec.attributes[1] = ATTR_OTHER;
    expect_holds("an unknown attribute, no time", &spec);
    spec = good_spec();
    spec.algorithm = LIT("\x30\x0A\x06\x08\x2A\x81\x1C\xCF\x55\x01\x83\x75"); /* SM2-with-SM3 */
    expect_holds("SM2-with-SM3", &spec);
    spec.algorithm = LIT("\x30\x0A\x06\x08\x2A\x81\x1C\xCF\x55\x01\x82\x2D"); /* SM2 */
    expect_holds("SM2", &spec);
    spec = good_spec();
    spec.no_attributes = true;
    expect_holds("detached without attributes", &spec);
    spec.encapsulated = LIT("\x30\x0B" OID_PKCS7_DATA);
    expect_holds("PKCS#7 data inside", &spec);
    spec = good_spec();
    spec.unsigned_attributes =
        LIT("\xA1\x16\x30\x09\x06\x02\x2A\x03\x31\x03\x02\x01\x01\x30\x09\x06\x02\x2A\x03\x31\x03"
            "\x02\x01\x02");
    expect_holds("unsigned attributes, twice the same", &spec);
    spec = good_spec();
    spec.more_certificates = LIT("\xA1\x02\x05\x00\x30\x00"); /* other forms, and a broken one */
    expect_holds("other things among the certificates", &spec);
    spec = good_spec();
    uint8_t sid[22] = {0x80, 20};
    struct yx_bytes key = yx_cert_key_identifier(sm2.cert);
    assert_int_equal(key.len, 20);
    memcpy(sid + 2, key.data, 20);
    spec.sid = YX_BYTES(sid, sizeof sid);
    spec.signer_version = 3;
    expect_holds("named by key identifier", &spec);
}

static void test_wrong_attributes_are_refused(void **state)
{
    (void)state;
    const struct {
        const char *what, *rule;
        struct yx_bytes attributes[5];
    } cases[] = {
        {"none", "RFC 5652 5.3", {{NULL, 0}}},
        {"no contentType", "RFC 5652 5.3", {ATTR_SIGNING_TIME, ATTR_MESSAGE_DIGEST}},
        {"no messageDigest", "RFC 5652 5.3", {ATTR_CONTENT_TYPE, ATTR_SIGNING_TIME}},
        {"contentType twice",
         "RFC 5652 11",
         {ATTR_CONTENT_TYPE, ATTR_CONTENT_TYPE, ATTR_MESSAGE_DIGEST}},
        {"messageDigest twice",
         "RFC 5652 11",
         {ATTR_CONTENT_TYPE, ATTR_MESSAGE_DIGEST, ATTR_MESSAGE_DIGEST}},
        {"an unknown one twice",
         "RFC 5652 11",
         {ATTR_CONTENT_TYPE, ATTR_MESSAGE_DIGEST, ATTR_OTHER, ATTR_OTHER}},
        {"another contentType",
         "RFC 5652 11.1",
         {LIT("\x30\x18" ATTR_TYPE("\x03") "\x31\x0B" OID_PKCS7_DATA), ATTR_MESSAGE_DIGEST}},
        {"contentType with two values",
         "RFC 5652 11",
         {LIT("\x30\x25" ATTR_TYPE("\x03") "\x31\x18" OID_GM_DATA OID_GM_DATA),
          ATTR_MESSAGE_DIGEST}},
        {"contentType without a value",
         "X.690 8.1",
         {LIT("\x30\x0D" ATTR_TYPE("\x03") "\x31\x00"), ATTR_MESSAGE_DIGEST}},
        {"contentType that is none",
         "X.690 8.1.2",
         {LIT("\x30\x0F" ATTR_TYPE("\x03") "\x31\x02\x05\x00"), ATTR_MESSAGE_DIGEST}},
        {"messageDigest of 2 octets",
         "RFC 5652 11.2",
         {ATTR_CONTENT_TYPE, LIT("\x30\x11" ATTR_TYPE("\x04") "\x31\x04\x04\x02xx")}},
        {"signingTime without seconds",
         "X.690 11.8",
         {ATTR_CONTENT_TYPE, ATTR_MESSAGE_DIGEST,
          LIT("\x30\x1A" ATTR_TYPE("\x05") "\x31\x0D\x17\x0B"
                                           "2611210800Z")}},
        {"an attribute with a tail",
         "X.690",
         {ATTR_CONTENT_TYPE, ATTR_MESSAGE_DIGEST,
          LIT("\x30\x0B\x06\x02\x2A\x03\x31\x03\x02\x01\x01\x05\x00")}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct spec spec = good_spec();
        memcpy(spec.attributes, cases[i].attributes, sizeof spec.attributes);
        expect_parse(cases[i].what, &spec, YX_DAMAGED, cases[i].rule);
    }
}

static void test_too_many_things_are_refused(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf many = {0};
    for (unsigned i = 0; i < 65; i++) {
        uint8_t attribute[] = {0x30, 9, 6, 2, 0x2A, (uint8_t)i, 0x31, 3, 2, 1, 1};
        assert_int_equal(yx_buf_append(&many, YX_BYTES(attribute, sizeof attribute)), YX_OK);
    }
    struct spec spec = good_spec();
    spec.attributes[3] = yx_buf_bytes(&many);
    expect_parse("68 attributes", &spec, YX_DAMAGED, "RFC 5652 5.3");
    spec = good_spec();
    many.len = 0;
    for (unsigned i = 0; i < 65; i++)
        assert_int_equal(yx_buf_append(&many, LIT("\x30\x00")), YX_OK);
    spec.more_certificates = yx_buf_bytes(&many);
    expect_parse("66 certificates", &spec, YX_DAMAGED, "RFC 5652 5.1");
}

static void test_wrong_structures_are_refused(void **state)
{
    (void)state;
#define FIELD(name) offsetof(struct spec, name)
    static const struct {
        const char *what, *rule;
        yx_status status;
        size_t field;
        struct yx_bytes value;
    } cases[] = {
#define CASE(what, rule, status, field, text)         \
    {                                                 \
        what, rule, status, FIELD(field),             \
        {                                             \
            (const uint8_t *)(text), sizeof(text) - 1 \
        }                                             \
    }
        CASE("no SignedData", "RFC 5652 5.1, GB/T 35275", YX_DAMAGED, content_type, OID_GM_DATA),
        CASE("another content", "RFC 5652 11.1", YX_DAMAGED, encapsulated,
             "\x30\x0B" OID_PKCS7_DATA),
        CASE("content that is no OCTET STRING", "X.690 8.1.2", YX_DAMAGED, encapsulated,
             "\x30\x10" OID_GM_DATA "\xA0\x02\x05\x00"),
        CASE("two contents", "X.690", YX_DAMAGED, encapsulated,
             "\x30\x12" OID_GM_DATA "\xA0\x04\x04\x00\x04\x00"),
        CASE("unknown digest", "RFC 5652 10.1", YX_REFUSED, digest, "\x30\x04\x06\x02\x2A\x03"),
        CASE("a digest that is a signature", "RFC 5652 5.3", YX_REFUSED, digest,
             "\x30\x0A\x06\x08\x2A\x81\x1C\xCF\x55\x01\x83\x75"),
        CASE("unknown signature algorithm", "RFC 5652 10.1", YX_REFUSED, algorithm,
             "\x30\x04\x06\x02\x2A\x03"),
        CASE("empty key identifier", "X.690 8.1.2", YX_DAMAGED, sid, "\x80\x00"),
        CASE("unsigned attributes that are none", "X.690 8.1.2", YX_DAMAGED, unsigned_attributes,
             "\xA1\x02\x05\x00"),
        CASE("another element behind SignerInfo", "X.690", YX_DAMAGED, unsigned_attributes,
             "\x05\x00"),
        CASE("another element behind", "X.690", YX_DAMAGED, behind, "\x05\x00"),
#undef CASE
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct spec spec = good_spec();
        memcpy((char *)&spec + cases[i].field, &cases[i].value, sizeof cases[i].value);
        expect_parse(cases[i].what, &spec, cases[i].status, cases[i].rule);
    }
    struct spec spec = good_spec();
    spec.version = 0;
    expect_parse("version 0", &spec, YX_DAMAGED, "RFC 5652 5.1");
    spec.version = 6;
    expect_parse("version 6", &spec, YX_DAMAGED, "RFC 5652 5.1");
    spec = good_spec();
    spec.signer_version = 2;
    expect_parse("signer version 2", &spec, YX_DAMAGED, "RFC 5652 5.3");
    spec.signer_version = 3;
    expect_parse("version 3 with issuer and serial", &spec, YX_DAMAGED, "X.690 8.1.2");
    spec.sid = LIT("\x80\x00");
    expect_parse("empty key identifier", &spec, YX_DAMAGED, "RFC 5652 5.3");
    spec = good_spec();
    spec.signers = 0;
    expect_parse("no signer", &spec, YX_DAMAGED, "RFC 5652 5.1");
    spec.signers = 2;
    expect_parse("two signers", &spec, YX_DAMAGED, "GB/T 35275, one signer");
}

/*
 * A signature over attributes is also one over the content that looks like these attributes. What
 * is not plain data must not pass without attributes.
 */
static void test_other_content_needs_attributes(void **state)
{
    (void)state;
    struct spec spec = good_spec();
    spec.encapsulated = LIT("\x30\x11" OID_TST_INFO "\xA0\x02\x04\x00");
    spec.no_attributes = true;
    expect_parse("TSTInfo without attributes", &spec, YX_DAMAGED, "RFC 5652 5.3");
}

static void test_trailing_bytes_are_refused(void **state)
{
    (void)state;
    struct yx_error err;
    struct yx_cms cms;
    struct spec spec = good_spec();
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    write_spec(&spec, &der);
    assert_int_equal(yx_buf_append(&der, LIT("\0")), YX_OK);
    expect_status(yx_cms_parse(yx_buf_bytes(&der), &cms, &err), YX_DAMAGED, &err);
}

/* Every byte changed in turn: never a crash; and where it still holds, the change was in what no
 * signature covers (versions, the list of digests, the certificate), never in attributes or value.
 */
static void test_flips_everywhere(void **state)
{
    (void)state;
    struct yx_error err;
    struct yx_cms good, cms;
    struct spec spec = good_spec();
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_buf) struct yx_buf same = {0};
    size_t unsigned_places = 0;
    write_spec(&spec, &der);
    assert_int_equal(yx_buf_append(&same, yx_buf_bytes(&der)), YX_OK);
    expect_ok(yx_cms_parse(yx_buf_bytes(&same), &good, &err), &err);
    for (size_t i = 0; i < der.len; i++) {
        der.data[i] ^= (uint8_t)(1u << i % 8);
        if (holds(yx_buf_bytes(&der), CONTENT)) {
            expect_ok(yx_cms_parse(yx_buf_bytes(&der), &cms, &err), &err);
            assert_true(yx_bytes_equal(cms.attributes, good.attributes));
            assert_true(yx_bytes_equal(cms.signature, good.signature));
            unsigned_places++;
        }
        der.data[i] ^= (uint8_t)(1u << i % 8);
    }
    assert_true(unsigned_places > 0 && unsigned_places < der.len / 2);
}

/* --- Signer and algorithms --------------------------------------------------------------- */

static void test_signers_certificate_must_be_there(void **state)
{
    (void)state;
    struct yx_error err;
    struct yx_cms cms;
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_cert) struct yx_cert *signer = NULL;
    struct spec spec = good_spec();
    spec.no_certificate = true;
    write_spec(&spec, &der);
    expect_ok(yx_cms_parse(yx_buf_bytes(&der), &cms, &err), &err);
    expect_status(yx_cms_signer(&cms, &signer, &err), YX_DAMAGED, &err);
    assert_string_equal(err.rule, "RFC 5652 5.3");
    spec.more_certificates = yx_cert_der(rsa.cert); /* somebody else's */
    write_spec(&spec, &der);
    expect_ok(yx_cms_parse(yx_buf_bytes(&der), &cms, &err), &err);
    expect_status(yx_cms_signer(&cms, &signer, &err), YX_DAMAGED, &err);
    spec.more_certificates = LIT("\x30\x00"); /* perhaps it was the signer's: says what is wrong */
    write_spec(&spec, &der);
    expect_ok(yx_cms_parse(yx_buf_bytes(&der), &cms, &err), &err);
    assert_int_not_equal(yx_cms_signer(&cms, &signer, &err), YX_OK);
    assert_null(signer);
}

static void test_algorithms_must_go_together(void **state)
{
    (void)state;
    const struct {
        const struct pki_person *signer;
        yx_digest_algorithm digest;
        yx_oid algorithm;
        yx_signature_algorithm want;
    } cases[] = {
        {&sm2, YX_DIGEST_SM3, YX_OID_SM2_SIGN, YX_SIG_SM2_SM3},
        {&sm2, YX_DIGEST_SM3, YX_OID_SM2_WITH_SM3, YX_SIG_SM2_SM3},
        {&sm2, YX_DIGEST_SHA256, YX_OID_SM2_SIGN, YX_SIG_NONE},
        {&sm2, YX_DIGEST_SHA256, YX_OID_SM2_WITH_SM3, YX_SIG_NONE},
        {&sm2, YX_DIGEST_SM3, YX_OID_RSA, YX_SIG_NONE},
        {&sm2, YX_DIGEST_SHA256, YX_OID_ECDSA_SHA256, YX_SIG_NONE},
        {&rsa, YX_DIGEST_SHA512, YX_OID_RSA, YX_SIG_RSA_SHA512},
        {&rsa, YX_DIGEST_SHA256, YX_OID_RSA_SHA256, YX_SIG_RSA_SHA256},
        {&rsa, YX_DIGEST_SHA512, YX_OID_RSA_SHA256, YX_SIG_NONE},
        {&rsa, YX_DIGEST_SM3, YX_OID_RSA, YX_SIG_NONE},
        {&rsa, YX_DIGEST_SHA256, YX_OID_RSA_PSS, YX_SIG_NONE},
        {&p256, YX_DIGEST_SHA256, YX_OID_EC_PUBLIC_KEY, YX_SIG_ECDSA_SHA256},
        {&p256, YX_DIGEST_SHA256, YX_OID_SM2_SIGN, YX_SIG_NONE},
        {&ed25519, YX_DIGEST_SHA512, YX_OID_ED25519, YX_SIG_ED25519},
        {&ed25519, YX_DIGEST_SHA512, YX_OID_SHA512, YX_SIG_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct yx_error err;
        struct yx_cms cms = {.digest = cases[i].digest, .signature_algorithm = cases[i].algorithm};
        yx_signature_algorithm algorithm = YX_SIG_NONE;
        bool digest, value;
        yx_status status = yx_cms_algorithm(&cms, cases[i].signer->cert, &algorithm, &err);
        assert_int_equal(status, cases[i].want == YX_SIG_NONE ? YX_REFUSED : YX_OK);
        assert_int_equal(algorithm, cases[i].want);
        if (status != YX_OK)
            expect_status(
                yx_cms_verify(&cms, cases[i].signer->cert, CONTENT, &digest, &value, NULL, &err),
                YX_REFUSED, &err);
    }
}

/* Another certificate than the signer's. */
static void test_another_key_does_not_verify(void **state)
{
    (void)state;
    struct yx_error err;
    struct yx_cms cms;
    struct spec spec = good_spec();
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    bool digest = false, value = true;
    write_spec(&spec, &der);
    expect_ok(yx_cms_parse(yx_buf_bytes(&der), &cms, &err), &err);
    expect_ok(yx_cms_verify(&cms, ca.cert, CONTENT, &digest, &value, NULL, &err), &err);
    assert_true(digest && !value);
}

static int set_up(void **state)
{
    (void)state;
    struct yx_error err;
    expect_ok(person_make("CN=Root,C=CN", NULL, YX_KEY_SM2, &ca, &err), &err);
    expect_ok(person_make("CN=sm2", &ca, YX_KEY_SM2, &sm2, &err), &err);
    expect_ok(person_make("CN=p256", &ca, YX_KEY_P256, &p256, &err), &err);
    expect_ok(person_make("CN=rsa", &ca, YX_KEY_RSA, &rsa, &err), &err);
    expect_ok(person_make("CN=ed25519", &ca, YX_KEY_ED25519, &ed25519, &err), &err);
    return yx_digest(YX_DIGEST_SM3, CONTENT, message_digest + 17, &err) == YX_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    struct pki_person *all[] = {&ca, &sm2, &p256, &rsa, &ed25519};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        pki_person_free(all[i]);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_odd_ones_hold),
        cmocka_unit_test(test_wrong_attributes_are_refused),
        cmocka_unit_test(test_too_many_things_are_refused),
        cmocka_unit_test(test_wrong_structures_are_refused),
        cmocka_unit_test(test_other_content_needs_attributes),
        cmocka_unit_test(test_trailing_bytes_are_refused),
        cmocka_unit_test(test_flips_everywhere),
        cmocka_unit_test(test_signers_certificate_must_be_there),
        cmocka_unit_test(test_algorithms_must_go_together),
        cmocka_unit_test(test_another_key_does_not_verify),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
