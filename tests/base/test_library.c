/* SPDX-License-Identifier: Apache-2.0 */
/* test_library.c - libraries opened when they are needed. */
#include "support.h"

#include "base/base.h"

static void functions_are_found(void **state)
{
    static const char *const names[] = {"strlen", "memchr"};
    static const struct yx_library c = {"libc.so.6", "", names, 2};
    union {
        void *list[2];
        struct {
            size_t (*len)(const char *text);
            void *(*chr)(const void *bytes, int byte, size_t len);
        } functions;
    } found;
    struct yx_error err;

    (void)state;
    expect_ok(yx_library_open(&c, found.list, &err), &err);
    assert_int_equal(found.functions.len("four"), 4);
    assert_ptr_equal(found.functions.chr("x", 'y', 1), NULL);
}

static void what_is_missing_is_named(void **state)
{
    static const char *const names[] = {"strlen", "yx_no_such_function"};
    static const struct yx_library c = {"libc.so.6", "", names, 2},
                                   none = {"libnone.so.0", "{1} is not there: {2}", names, 2};
    void *found[2];
    char words[400];
    struct yx_error err;

    (void)state;
    expect_status(yx_library_open(&c, found, &err), YX_IO, &err);
    yx_message_render(&err.message, NULL, words, sizeof words);
    assert_string_equal(words, "libc.so.6 has no yx_no_such_function: it is too old");
    expect_status(yx_library_open(&none, found, &err), YX_IO, &err);
    yx_message_render(&err.message, NULL, words, sizeof words);
    assert_ptr_equal(strstr(words, "libnone.so.0 is not there: libnone.so.0: cannot open"), words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_are_found),
        cmocka_unit_test(what_is_missing_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
