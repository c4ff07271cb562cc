/* SPDX-License-Identifier: Apache-2.0 */
/* The lint on extensions, host names and URLs: tables of cases, each wrong in one way, each refused
 * with its clause. REQ: CERT-09 */
#include "support.h"

#include "tbs.h"

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
        cmocka_unit_test(test_extensions),
        cmocka_unit_test(test_list_of_extensions),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_urls),
    };
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
