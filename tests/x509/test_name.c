/* SPDX-License-Identifier: Apache-2.0 */
/* test_name.c - names between RFC 4514 text and DER. */
#include "support.h"

#include <openssl/x509.h>

#include "x509/x509.h"

static void expect_text(struct yx_bytes der, const char *want)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    struct yx_error err;
    expect_ok(yx_name_from_der(der, &text, &err), &err);
    assert_int_equal(yx_buf_append(&text, YX_BYTES("", 1)), YX_OK);
    assert_string_equal((const char *)text.data, want);
}

/* What goes in, and how it comes out again; NULL: the same. */
static const struct {
    const char *in, *out;
} both_ways[] = {
    {"CN=测试根CA,O=测试机构,C=CN", NULL},
    {"CN=a, O=b , C=CN", "CN=a,O=b,C=CN"},
    {" cn=a,o=b,c=CN", "CN=a,O=b,C=CN"},
    {"CN=a\\, b,C=CN", NULL},
    {"CN=a\\2C b,C=CN", "CN=a\\, b,C=CN"},
    {"CN=\\E6\\B5\\8B,C=CN", "CN=测,C=CN"},
    {"CN=\\#1,C=CN", NULL},
    {"CN=\\ a\\ ,C=CN", NULL},
    {"CN=a=b,C=CN", NULL},
    {"CN=\\\"\\+\\;\\<\\>\\\\,C=CN", NULL},
    {"CN=a\\0Ab", NULL},
    {"2.5.4.3=a,C=CN", "CN=a,C=CN"},
    {"emailAddress=a@example.cn,DC=example,DC=cn", NULL},
    {"serialNumber=91310000MA1FL0XX0X,UID=1,title=总经理,GN=三,SN=张", NULL},
    {"OU=a,OU=b,OU=c,L=芜湖,ST=安徽,street=x,postalCode=241000,organizationIdentifier=y", NULL},
};

static void test_both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(both_ways) / sizeof(both_ways[0]); i++) {
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        struct yx_error err;
        expect_ok(yx_name_to_der(both_ways[i].in, &der, &err), &err);
        expect_text(yx_buf_bytes(&der),
                    both_ways[i].out != NULL ? both_ways[i].out : both_ways[i].in);
    }
}

/* libcrypto reads the same name, with the string types of RFC 5280 4.1.2.4. */
static void test_string_types(void **state)
{
    static const int types[] = {V_ASN1_PRINTABLESTRING, V_ASN1_UTF8STRING, V_ASN1_UTF8STRING,
                                V_ASN1_IA5STRING};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_error err;
    (void)state;
    expect_ok(yx_name_to_der("emailAddress=a@b.cn,CN=测试,O=ASCII,C=CN", &der, &err), &err);
    const uint8_t *p = der.data;
    X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)der.len);
    assert_non_null(name);
    assert_ptr_equal(p, der.data + der.len);
    assert_int_equal(X509_NAME_entry_count(name), 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(ASN1_STRING_type(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i))),
                         types[i]);
    X509_NAME_free(name);
}

static const struct {
    const char *text, *part;
} refused[] = {
    {"", "TYPE=VALUE"},
    {"CN", "\"CN\""},
    {"=a", "TYPE=VALUE"},
    {"CN=a,", "TYPE=VALUE"},
    {"CN=a,,C=CN", "TYPE=VALUE"},
    {"CN=,C=CN", "CN in the name is empty"},
    {"CN=  ", "CN in the name is empty"},
    {"XX=a", "\"XX\""},
    {"1.2.3.4=a", "1.2.3.4"},
    {"SM2=a", "\"SM2\""},
    {"CN=a+O=b", "several values"},
    {"CN=#0C0161", "hex"},
    {"CN=\"a\"", "needs a '\\'"},
    {"CN=a;C=CN", "needs a '\\'"},
    {"CN=a\\", "stands before"},
    {"CN=a\\x", "stands before"},
    {"CN=\\FF", "not valid UTF-8"},
    {"CN=\xC3", "not valid UTF-8"},
    {"CN=a\\00", "not valid UTF-8"},
    {"C=CHN", "two letters"},
    {"C=中", "two letters"},
    {"C=*?", "plain ASCII"},
    {"emailAddress=张@b.cn", "plain ASCII"},
    {"serialNumber=张", "plain ASCII"},
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        struct yx_error err;
        char sentence[600];
        expect_status(yx_name_to_der(refused[i].text, &der, &err), YX_USAGE, &err);
        yx_message_render(&err.message, NULL, sentence, sizeof(sentence));
        if (strstr(sentence, refused[i].part) == NULL)
            fail_msg("\"%s\": \"%s\" does not name \"%s\"", refused[i].text, sentence,
                     refused[i].part);
        assert_int_equal(der.len, 0);
    }
}

static void test_too_many_parts(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_error err;
    (void)state;
    for (int i = 0; i < 40; i++)
        assert_int_equal(yx_buf_append_text(&text, "OU=a,"), YX_OK);
    assert_int_equal(yx_buf_append(&text, YX_BYTES("CN=b", 5)), YX_OK);
    expect_status(yx_name_to_der((const char *)text.data, &der, &err), YX_USAGE, &err);
}

/* One value of each string type, good and bad: SEQUENCE { SET { SEQUENCE { CN, value } } }. */
static const struct {
    uint8_t tag;
    const char *value;
    size_t len;
    const char *text;
} values[] = {
    {0x1E, "\x6D\x4B\x8B\xD5", 4, "CN=测试"},          /* BMPString */
    {0x1E, "\x6D\x4B\x8B", 3, "CN=#1E036D4B8B"},       /* half a character */
    {0x1E, "\xD8\x00", 2, "CN=#1E02D800"},             /* a lone surrogate */
    {0x1C, "\x00\x01\xF6\x00", 4, "CN=😀"},             /* UniversalString */
    {0x1C, "\x00\x11\x00\x00", 4, "CN=#1C0400110000"}, /* beyond Unicode */
    {0x14, "caf\xE9", 4, "CN=café"},                   /* T61String, Latin-1 */
    {0x14, "\xE6\xB5\x8B", 3, "CN=测"},                /* T61String, UTF-8 */
    {0x13, "abc", 3, "CN=abc"},                        /* PrintableString */
    {0x13, "\xE6\xB5\x8B", 3, "CN=测"},                /* against X.680 */
    {0x12, "123", 3, "CN=123"},                        /* NumericString */
    {0x1A, "abc", 3, "CN=abc"},                        /* VisibleString */
    {0x16, "a@b", 3, "CN=a@b"},                        /* IA5String */
    {0x0C, "\xE6\xB5\x8B", 3, "CN=测"},                /* UTF8String */
    {0x0C, "\xC0\x80", 2, "CN=#0C02C080"},             /* overlong */
    {0x0C, "a\0b", 3, "CN=#0C03610062"},               /* NUL inside */
    {0x0C, "a\x1B[31m", 6, "CN=a\\1B[31m"},            /* a control character */
    {0x0C, "", 0, "CN="},                              /* nothing */
    {0x02, "\x05", 1, "CN=#020105"},                   /* INTEGER */
    {0x03, "\x00\x80", 2, "CN=#03020080"},             /* BIT STRING */
};

static void put_pair(struct yx_der_writer *w, struct yx_bytes type, uint8_t tag,
                     struct yx_bytes value)
{
    size_t pair = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put(w, YX_DER_OID, type);
    yx_der_put(w, tag, value);
    yx_der_close(w, pair);
}

static void test_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
        size_t name = yx_der_begin(&w, YX_DER_SEQUENCE);
        size_t set = yx_der_begin(&w, YX_DER_SET);
        put_pair(&w, yx_oid_der(YX_OID_COMMON_NAME), values[i].tag,
                 YX_BYTES(values[i].value, values[i].len));
        yx_der_close(&w, set);
        yx_der_close(&w, name);
        expect_text(yx_buf_bytes(&w.buf), values[i].text);
    }
}

static void test_unknown_type_and_several_values(void **state)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    (void)state;
    size_t name = yx_der_begin(&w, YX_DER_SEQUENCE);
    size_t set = yx_der_begin(&w, YX_DER_SET);
    put_pair(&w, YX_BYTES("\x2A\x03\x04", 3), YX_DER_UTF8_STRING, YX_TEXT("x"));
    put_pair(&w, yx_oid_der(YX_OID_SM2), YX_DER_UTF8_STRING, YX_TEXT("y"));
    yx_der_close(&w, set);
    yx_der_close(&w, name);
    expect_text(yx_buf_bytes(&w.buf), "1.2.3.4=x+1.2.156.10197.1.301=y");
}

static void test_empty_name(void **state)
{
    (void)state;
    expect_text(YX_BYTES("\x30\x00", 2), "");
}

static const struct {
    const char *der;
    size_t len;
} malformed[] = {
    {"", 0},
    {"\x30", 1},
    {"\x31\x00", 2},
    {"\x30\x00\x00", 3},
    {"\x30\x02\x31\x00", 4},                                              /* an empty SET */
    {"\x30\x04\x31\x02\x30\x00", 6},                                      /* no type */
    {"\x30\x09\x31\x07\x30\x05\x06\x03\x55\x04\x03", 11},                 /* no value */
    {"\x30\x80\x00\x00", 4},                                              /* indefinite length */
    {"\x30\x0D\x31\x0B\x30\x09\x06\x03\x55\x04\x03\x0C\x00\x05\x00", 15}, /* one thing more */
};

static void test_malformed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        YX_CLEAN(yx_buf) struct yx_buf text = {0};
        struct yx_error err;
        expect_status(yx_name_from_der(YX_BYTES(malformed[i].der, malformed[i].len), &text, &err),
                      YX_DAMAGED, &err);
        assert_int_equal(text.len, 0);
    }
}

/* A name of thousands of parts costs more to write than the whole rest of a document. */
static void test_endless_names(void **state)
{
    (void)state;
    static const uint8_t part[] = {0x30, 0x08, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0C, 0x01, 'a'};
    static const unsigned counts[][2] = {{100, 1}, {101, 1}, {1, 100}, {1, 101}};
    for (size_t i = 0; i < 4; i++) {
        YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
        YX_CLEAN(yx_buf) struct yx_buf der = {0};
        YX_CLEAN(yx_buf) struct yx_buf text = {0};
        struct yx_error err;
        size_t name = yx_der_begin(&w, YX_DER_SEQUENCE);
        for (unsigned k = 0; k < counts[i][0]; k++) {
            size_t set = yx_der_begin(&w, YX_DER_SET);
            for (unsigned n = 0; n < counts[i][1]; n++)
                yx_der_put_raw(&w, YX_BYTES(part, sizeof part));
            yx_der_close(&w, set);
        }
        yx_der_close(&w, name);
        expect_ok(yx_der_finish(&w, &der, &err), &err);
        bool endless = counts[i][0] * counts[i][1] > 100;
        expect_status(yx_name_from_der(yx_buf_bytes(&der), &text, &err),
                      endless ? YX_DAMAGED : YX_OK, &err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_ways),
        cmocka_unit_test(test_string_types),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_too_many_parts),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_unknown_type_and_several_values),
        cmocka_unit_test(test_empty_name),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_endless_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
