/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

static void hex_is_upper_case(void **state)
{
    (void)state;
    char out[7];
    yx_hex(YX_BYTES("\x00\xaf\x5b", 3), out);
    assert_string_equal(out, "00AF5B");
}

/* The vectors of RFC 4648 10. */
static void hex_is_read_in_either_case(void **state)
{
    static const char *const wrong[] = {"0", "0g", " 00", "0x00", "00\n0"};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_error err;

    (void)state;
    expect_ok(yx_hex_decode(YX_TEXT("00aF5b"), &out, &err), &err);
    assert_int_equal(out.len, 3);
    assert_memory_equal(out.data, "\x00\xaf\x5b", 3);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(yx_hex_decode(YX_TEXT(wrong[i]), &out, &err), YX_DAMAGED);
}

static void base64_vectors(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    struct yx_error err;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        YX_CLEAN(yx_buf) struct yx_buf text = {0};
        YX_CLEAN(yx_buf) struct yx_buf back = {0};
        assert_int_equal(yx_base64_encode(YX_TEXT(pairs[i][0]), &text), YX_OK);
        assert_true(yx_bytes_are(yx_buf_bytes(&text), pairs[i][1]));
        expect_ok(yx_base64_decode(yx_buf_bytes(&text), &back, &err), &err);
        assert_true(yx_bytes_are(yx_buf_bytes(&back), pairs[i][0]));
    }
}

static void bad_base64_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "Zg=", "Zg==Zg==", "Z===", "====", "Zh==", "Zm9=", "Zm9v*", "Z", "Zm\x01v"};
    struct yx_error err;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        YX_CLEAN(yx_buf) struct yx_buf out = {0};
        expect_status(yx_base64_decode(YX_TEXT(bad[i]), &out, &err), YX_DAMAGED, &err);
    }
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    expect_ok(yx_base64_decode(YX_TEXT(" Zm9v\r\nYmFy\n"), &out, &err), &err);
    assert_true(yx_bytes_are(yx_buf_bytes(&out), "foobar"));
}

static void utf8_is_strict(void **state)
{
    (void)state;
    static const char *const good[] = {"", "a", "é", "章", "𠀀", "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80",         "\xc0\x80",         "\xc1\xbf",
                                      "\xe0\x9f\xbf", "\xed\xa0\x80",     "\xf0\x8f\xbf\xbf",
                                      "\xe7\xab",     "\xf4\x90\x80\x80", "\xff",
                                      "a\xe7"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(yx_utf8_valid(YX_TEXT(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(yx_utf8_valid(YX_TEXT(bad[i])));
    assert_false(yx_utf8_valid(YX_BYTES("a\0b", 3)));
}

static void utf8_round_trip(void **state)
{
    (void)state;
    static const uint32_t points[] = {1, 0x7F, 0x80, 0x7FF, 0x800, 0xFFFF, 0x10000, 0x10FFFF};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        YX_CLEAN(yx_buf) struct yx_buf buf = {0};
        assert_int_equal(yx_utf8_append(&buf, points[i]), YX_OK);
        uint32_t back;
        assert_int_equal(yx_utf8_next(yx_buf_bytes(&buf), &back), buf.len);
        assert_int_equal(back, points[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_is_upper_case), cmocka_unit_test(hex_is_read_in_either_case),
        cmocka_unit_test(base64_vectors),    cmocka_unit_test(bad_base64_is_refused),
        cmocka_unit_test(utf8_is_strict),    cmocka_unit_test(utf8_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
