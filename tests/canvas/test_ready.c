/* SPDX-License-Identifier: Apache-2.0 */
/* test_ready.c - fonts for a process that can open no files any more. */
#include "support.h"

#include <fcntl.h>
#include <sys/resource.h>

#include "canvas/canvas.h"

static void fonts_without_files(void **state)
{
    const struct yx_font_wish wish = {.family = "宋体"};
    struct rlimit before, none;
    YX_CLEAN(yx_fonts) struct yx_fonts *fonts = NULL;
    const struct yx_font *font, *other = NULL;
    struct yx_error err;

    (void)state;
    expect_ok(yx_fonts_ready(&err), &err);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){0, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_true(open("/dev/null", O_RDONLY) < 0);
    expect_ok(yx_fonts_new(&fonts, &err), &err);
    expect_ok(yx_fonts_find(fonts, &wish, &font, &err), &err);
    assert_true(yx_font_glyph(font, 0x7ae0) != 0); /* 章 */
    expect_ok(yx_fonts_cover(fonts, font, 'A', &other, &err), &err);
    assert_true(other != NULL && yx_font_glyph(other, 'A') != 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(fonts_without_files)};
    return cmocka_run_group_tests_name("canvas/ready", tests, NULL, NULL);
}
