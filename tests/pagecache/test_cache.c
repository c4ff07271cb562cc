/* SPDX-License-Identifier: Apache-2.0 */
/* test_cache.c - pages that are kept: by what they depend on, within the limit, by many threads. */
#include "support.h"

#include <pthread.h>

#include "pagecache/pagecache.h"

static struct yx_page_key key(uint32_t page)
{
    return (struct yx_page_key){.digest = {1, 2, 3}, .document = 1, .page = page, .dpi = 96};
}

static struct yx_page_cache *make(size_t bytes)
{
    struct yx_page_cache *cache = NULL;
    struct yx_error err;

    expect_ok(yx_page_cache_new(bytes, &cache, &err), &err);
    return cache;
}

static bool has(struct yx_page_cache *cache, const struct yx_page_key *wanted, const char *text)
{
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    bool found = yx_page_cache_find(cache, wanted, &out);

    if (found)
        assert_true(yx_bytes_are(yx_buf_bytes(&out), text));
    else
        assert_int_equal(out.len, 0);
    return found;
}

static void each_part_of_the_key_counts(void **state)
{
    YX_CLEAN(yx_page_cache) struct yx_page_cache *cache = make(10000);
    struct yx_page_key kept = key(1), other[5];

    (void)state;
    for (size_t i = 0; i < 5; i++)
        other[i] = kept;
    other[0].digest[31] = 1;
    other[1].document = 2;
    other[2].page = 2;
    other[3].format = YX_DRAW_SVG;
    other[4].dpi = 96.5;
    yx_page_cache_keep(cache, &kept, YX_TEXT("picture"));
    assert_true(has(cache, &kept, "picture"));
    for (size_t i = 0; i < 5; i++)
        assert_false(has(cache, &other[i], ""));
}

/* Room for four: what was not asked for longest goes. */
static void the_oldest_goes_first(void **state)
{
    static uint8_t big[5000];
    YX_CLEAN(yx_page_cache) struct yx_page_cache *cache = make(20500);
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_page_key keys[6];

    (void)state;
    for (uint32_t i = 0; i < 6; i++)
        keys[i] = key(i);
    for (size_t i = 0; i < 4; i++)
        yx_page_cache_keep(cache, &keys[i], YX_BYTES(big, sizeof big));
    assert_true(yx_page_cache_find(cache, &keys[0], &out));
    yx_page_cache_keep(cache, &keys[4], YX_BYTES(big, sizeof big));
    assert_true(yx_page_cache_find(cache, &keys[0], &out));
    assert_false(yx_page_cache_find(cache, &keys[1], &out));
    for (size_t i = 2; i < 5; i++)
        assert_true(yx_page_cache_find(cache, &keys[i], &out));
}

static void what_is_too_large_is_not_kept(void **state)
{
    static uint8_t big[5000];
    YX_CLEAN(yx_page_cache) struct yx_page_cache *cache = make(5000), *none = make(0);
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_page_key one = key(1), two = key(2);

    (void)state;
    yx_page_cache_keep(cache, &one, YX_TEXT("small"));
    yx_page_cache_keep(cache, &two, YX_BYTES(big, sizeof big));
    assert_true(has(cache, &one, "small"));
    assert_false(yx_page_cache_find(cache, &two, &out));
    yx_page_cache_keep(none, &one, YX_TEXT("small"));
    assert_false(has(none, &one, ""));
}

/* As if each had 4 KiB: a crowd of small ones would make every look through them slow. */
static void small_ones_count_for_more(void **state)
{
    YX_CLEAN(yx_page_cache) struct yx_page_cache *cache = make(4u * 4096);
    unsigned kept = 0;

    (void)state;
    for (uint32_t i = 0; i < 100; i++) {
        struct yx_page_key one = key(i);

        yx_page_cache_keep(cache, &one, YX_TEXT("small"));
    }
    for (uint32_t i = 0; i < 100; i++) {
        struct yx_page_key one = key(i);

        kept += has(cache, &one, "small");
    }
    assert_int_equal(kept, 4);
}

/* Twice the same: once in the row. */
static void kept_once(void **state)
{
    YX_CLEAN(yx_page_cache) struct yx_page_cache *cache = make(2u * 4096);
    struct yx_page_key one = key(1), two = key(2);

    (void)state;
    yx_page_cache_keep(cache, &one, YX_TEXT("one"));
    for (int i = 0; i < 10; i++)
        yx_page_cache_keep(cache, &two, YX_TEXT("two"));
    assert_true(has(cache, &one, "one"));
    assert_true(has(cache, &two, "two"));
}

static void *many_times(void *context)
{
    for (uint32_t i = 0; i < 2000; i++) {
        YX_CLEAN(yx_buf) struct yx_buf out = {0};
        struct yx_page_key wanted = key(i % 50);
        char text[16];

        (void)snprintf(text, sizeof text, "page %u", (unsigned)(i % 50));
        if (!yx_page_cache_find(context, &wanted, &out))
            yx_page_cache_keep(context, &wanted, YX_TEXT(text));
        else if (!yx_bytes_are(yx_buf_bytes(&out), text))
            return context;
    }
    return NULL;
}

static void by_many_threads(void **state)
{
    YX_CLEAN(yx_page_cache) struct yx_page_cache *cache = make(20u * 4096);
    pthread_t threads[4];
    void *wrong;

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, many_times, cache), 0);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_part_of_the_key_counts),
        cmocka_unit_test(the_oldest_goes_first),
        cmocka_unit_test(what_is_too_large_is_not_kept),
        cmocka_unit_test(small_ones_count_for_more),
        cmocka_unit_test(kept_once),
        cmocka_unit_test(by_many_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
