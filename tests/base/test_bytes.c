/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

static void buffer_grows_and_keeps_its_content(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf buf = {0};
    for (int i = 0; i < 1000; i++)
        assert_int_equal(yx_buf_append_text(&buf, "印信"), YX_OK);
    assert_int_equal(buf.len, 6000);
    assert_memory_equal(buf.data + 5994, "印信", 6);
    assert_int_equal(yx_buf_printf(&buf, "%d-%s", 7, "x"), YX_OK);
    assert_memory_equal(buf.data + 6000, "7-x", 3);
}

static void impossible_sizes_are_refused(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf buf = {0};
    assert_int_equal(yx_buf_append_text(&buf, "x"), YX_OK);
    assert_int_equal(yx_buf_reserve(&buf, SIZE_MAX), YX_NO_MEMORY);
    assert_int_equal(buf.len, 1);
}

static void comparison_sees_every_byte(void **state)
{
    (void)state;
    uint8_t a[33], b[33];
    memset(a, 0xA5, sizeof a);
    for (size_t i = 0; i < sizeof a; i++) {
        memcpy(b, a, sizeof a);
        b[i] ^= 1;
        assert_false(yx_bytes_equal(YX_BYTES(a, 33), YX_BYTES(b, 33)));
        assert_false(yx_bytes_equal_secret(YX_BYTES(a, 33), YX_BYTES(b, 33)));
    }
    assert_true(yx_bytes_equal_secret(YX_BYTES(a, 33), YX_BYTES(a, 33)));
    assert_false(yx_bytes_equal_secret(YX_BYTES(a, 33), YX_BYTES(a, 32)));
    assert_true(yx_bytes_equal(YX_BYTES(NULL, 0), YX_BYTES(NULL, 0)));
    assert_true(yx_bytes_are(YX_TEXT("ES"), "ES"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buffer_grows_and_keeps_its_content),
        cmocka_unit_test(impossible_sizes_are_refused),
        cmocka_unit_test(comparison_sees_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
