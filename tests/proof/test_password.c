/* SPDX-License-Identifier: Apache-2.0 */
/* test_password.c - REQ: SEC-14, which passwords may be. */
#include "support.h"

#include "proof/proof.h"

#define LEAST 10

static void simple_ones_are_refused(void **state)
{
    static const char *const about[] = {"zhang.wei", "Zhang Wei", "Hengtai Printing (Wuhu)", NULL};
    static const char *const simple[] = {
        "",
        "short7!",
        "aaaaaaaaaaaaaaaa",
        "1234567890",
        "0987654321",
        "abcdefghijkl",
        "qwertyuiop",
        "asdfghjkl;",
        "password2026",
        "Password!2026",
        "P@ssw0rd1234",
        "admin@123456",
        "Admin123456789",
        "woaini1314520",
        "zhangwei1990",
        "ZhangWei-2026",
        "hengtai123456",
        "wuhuPrinting1",
        "qwe123asd456",
        "印章管理员密码公章666",
        "1qaz2wsx3456",
        "tab\tin the middle of it",
    };
    static const char *const good[] = {
        "korrekte Pferde 7",  "7 kleine Wale",        "V9#tq!zLm2",
        "落霞与孤鹜齐飞秋水", "mein Haus ist am See",
    };
    struct yx_error err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof simple / sizeof simple[0]; i++) {
        if (yx_password_judge(YX_TEXT(simple[i]), LEAST, about, &err) != YX_REFUSED)
            fail_msg("%s may be", simple[i]);
        assert_string_equal(err.rule, "SEC-14");
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (yx_password_judge(YX_TEXT(good[i]), strlen(good[i]) > 20 ? LEAST - 1 : LEAST, about,
                              &err) != YX_OK)
            fail_msg("%s may not be", good[i]);
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    char longer[YX_PASSWORD_MAX + 1];
    struct yx_error err = {0};

    memset(longer, 'x', sizeof longer);
    const struct yx_bytes wrong[] = {
        YX_BYTES("abc\xFF"
                 "defghijk",
                 12),
        YX_BYTES("abc\0defghijk", 12),
        YX_BYTES(longer, sizeof longer),
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        expect_status(yx_password_judge(wrong[i], LEAST, NULL, &err), YX_REFUSED, &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simple_ones_are_refused),
        cmocka_unit_test(bytes_that_are_no_text_are_refused),
    };

    return cmocka_run_group_tests_name("proof/password", tests, NULL, NULL);
}
