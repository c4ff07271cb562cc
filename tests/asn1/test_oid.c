/* SPDX-License-Identifier: Apache-2.0 */
/* test_oid.c - the table of object identifiers agrees with itself, and dotted forms are right. */
#include "support.h"

#include "asn1/asn1.h"
#include "hex.h"

static void test_octets_agree_with_dotted_form(void **state)
{
    (void)state;
    for (int i = YX_OID_UNKNOWN + 1; i < YX_OID_COUNT; i++) {
        char dotted[YX_OID_TEXT];
        yx_oid_to_dotted(yx_oid_der((yx_oid)i), dotted);
        assert_string_equal(dotted, yx_oid_dotted((yx_oid)i));
    }
}

static void test_every_entry_is_found(void **state)
{
    (void)state;
    for (int i = YX_OID_UNKNOWN + 1; i < YX_OID_COUNT; i++) {
        yx_oid oid = (yx_oid)i;
        assert_int_equal(yx_oid_find(yx_oid_der(oid)), oid);
        assert_int_equal(yx_oid_find_dotted(YX_TEXT(yx_oid_dotted(oid))), oid);
        assert_true(strlen(yx_oid_name(oid)) > 0);
    }
}

static void test_unknown(void **state)
{
    (void)state;
    assert_int_equal(yx_oid_find((struct yx_bytes){NULL, 0}), YX_OID_UNKNOWN);
    assert_int_equal(yx_oid_find(YX_TEXT("\x2A\x03")), YX_OID_UNKNOWN);
    assert_int_equal(yx_oid_find_dotted(YX_TEXT("")), YX_OID_UNKNOWN);
    assert_int_equal(yx_oid_find_dotted(YX_TEXT("1.2.156.10197.1.40")), YX_OID_UNKNOWN);
    assert_int_equal(yx_oid_der(YX_OID_UNKNOWN).len, 0);
    assert_int_equal(yx_oid_der(YX_OID_COUNT).len, 0);
    assert_string_equal(yx_oid_name((yx_oid)-1), "");
}

static void test_dotted(void **state)
{
    (void)state;
    static const struct {
        const char *der;
        const char *dotted;
    } cases[] = {
        {"00", "0.0"},
        {"27", "0.39"},
        {"28", "1.0"},
        {"4F", "1.39"},
        {"50", "2.0"},
        {"8837", "2.999"},
        {"2A864886F70D010702", "1.2.840.113549.1.7.2"},
        /* An arc of 128 bits, as in OIDs made of UUIDs */
        {"6983FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF7F",
         "2.25.340282366920938463463374607431768211455"},
        /* 129 bits are not written */
        {"6987FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF7F", "2.25.?"},
        {"", "?"},
        {"80", "?"},
        {"2A86", "1.2.?"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        YX_CLEAN(yx_buf) struct yx_buf der = from_hex(cases[i].der);
        char dotted[YX_OID_TEXT];
        yx_oid_to_dotted(yx_buf_bytes(&der), dotted);
        assert_string_equal(dotted, cases[i].dotted);
    }
}

static void test_dotted_is_cut(void **state)
{
    (void)state;
    uint8_t der[100000];
    memset(der, 0x7F, sizeof(der));
    char dotted[YX_OID_TEXT];
    yx_oid_to_dotted(YX_BYTES(der, sizeof(der)), dotted);
    assert_int_equal(strlen(dotted), YX_OID_TEXT - 1);
    assert_memory_equal(dotted, "2.47.127.127", 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_octets_agree_with_dotted_form),
        cmocka_unit_test(test_every_entry_is_found),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_dotted),
        cmocka_unit_test(test_dotted_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
