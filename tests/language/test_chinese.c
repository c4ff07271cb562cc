/* SPDX-License-Identifier: Apache-2.0 */
/* test_chinese.c - sentences in Chinese without a locale. */
#include "support.h"

#include "language/language.h"

static void sentences(void **state)
{
    (void)state;
    assert_string_equal(yx_chinese("not a regular file"), "不是普通文件");
    assert_string_equal(yx_chinese("the file ends too early"), "文件提前结束");
    assert_string_equal(yx_chinese("{1} bytes are too many: at most {2} are read"),
                        "{1} 字节过多：最多读取 {2} 字节");
    assert_string_equal(yx_chinese("nobody ever says this"), "nobody ever says this");
    assert_string_equal(yx_chinese("zzzz"), "zzzz");
    assert_string_equal(yx_chinese("!"), "!");
    assert_string_equal(yx_chinese(""), "");
    assert_string_equal(yx_chinese(NULL), "");
}

static void names(void **state)
{
    struct yx_error err;
    char words[100];

    (void)state;
    assert_ptr_equal(yx_language("zh"), yx_chinese);
    assert_ptr_equal(yx_language("zh-CN"), yx_chinese);
    assert_null(yx_language("en"));
    assert_null(yx_language("fr"));
    assert_null(yx_language(NULL));
    (void)yx_fail(&err, YX_DAMAGED, "", N_("the file ends too early"));
    yx_message_render(&err.message, yx_language("zh"), words, sizeof words);
    assert_string_equal(words, "文件提前结束");
    yx_message_render(&err.message, yx_language("en"), words, sizeof words);
    assert_string_equal(words, "the file ends too early");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sentences), cmocka_unit_test(names)};
    return cmocka_run_group_tests_name("language/chinese", tests, NULL, NULL);
}
