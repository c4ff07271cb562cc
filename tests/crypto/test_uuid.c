/* SPDX-License-Identifier: Apache-2.0 */
/* test_uuid.c - identifiers of rows. */
#include "support.h"

#include "crypto/crypto.h"

/* The instant of the example in RFC 9562 A.6. */
static void the_time_stands_first(void **state)
{
    char uuid[YX_UUID_TEXT];
    struct yx_error err = {0};

    (void)state;
    expect_ok(yx_uuid_make(INT64_C(0x017F22E279B0) * 1000, uuid, &err), &err);
    assert_memory_equal(uuid, "017f22e2-79b0-7000-", 19);
    assert_non_null(strchr("89ab", uuid[19]));
    assert_true(yx_uuid_valid(uuid));
}

static void later_ones_sort_behind(void **state)
{
    char before[YX_UUID_TEXT], after[YX_UUID_TEXT];
    struct yx_error err = {0};

    (void)state;
    for (yx_time at = INT64_C(1795305600000000); at < INT64_C(1795305600002000); at++) {
        expect_ok(yx_uuid_make(at, before, &err), &err);
        expect_ok(yx_uuid_make(at + 1, after, &err), &err);
        assert_true(strcmp(before, after) < 0);
        expect_ok(yx_uuid_make(at, after, &err), &err);
        assert_string_not_equal(before, after);
    }
}

static void others_are_told_apart(void **state)
{
    static const char *const wrong[] = {
        "",
        "017f22e2-79b0-7000-98c4-dc0c0c07398",
        "017f22e2-79b0-7000-98c4-dc0c0c07398ff",
        "017F22E2-79B0-7000-98C4-DC0C0C07398F",
        "017f22e2079b0-7000-98c4-dc0c0c07398f",
        "017f22e2-79b0-7000-98c4-dc0c0c07398g",
        "{17f22e2-79b0-7000-98c4-dc0c0c07398}",
    };

    (void)state;
    assert_true(yx_uuid_valid("017f22e2-79b0-7000-98c4-dc0c0c07398f"));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(yx_uuid_valid(wrong[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_time_stands_first),
        cmocka_unit_test(later_ones_sort_behind),
        cmocka_unit_test(others_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
