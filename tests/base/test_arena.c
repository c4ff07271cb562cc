/* SPDX-License-Identifier: Apache-2.0 */
#include <stdalign.h>

#include "support.h"

static void memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    YX_CLEAN(yx_arena) struct yx_arena *arena = yx_arena_new(1u << 24);
    for (size_t size = 1; size < 9000; size += 37) {
        uint8_t *memory = yx_arena_alloc(arena, size);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 0xFF, size);
    }
}

static void the_limit_holds(void **state)
{
    (void)state;
    YX_CLEAN(yx_arena) struct yx_arena *arena = yx_arena_new(1000);
    assert_non_null(yx_arena_alloc(arena, 600));
    assert_null(yx_arena_alloc(arena, 600));
    assert_null(yx_arena_alloc(arena, SIZE_MAX));
    assert_null(yx_arena_calloc(arena, SIZE_MAX / 2, 3));
    assert_non_null(yx_arena_alloc(arena, 100));
}

static void text_ends_with_nul(void **state)
{
    (void)state;
    YX_CLEAN(yx_arena) struct yx_arena *arena = yx_arena_new(1000);
    assert_string_equal(yx_arena_text(arena, YX_BYTES("abcdef", 3)), "abc");
    assert_string_equal(yx_arena_text(arena, YX_BYTES(NULL, 0)), "");
    assert_int_equal(yx_arena_bytes(arena, YX_TEXT("xy")).len, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(the_limit_holds),
        cmocka_unit_test(text_ends_with_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
