/* SPDX-License-Identifier: Apache-2.0 */
/* test_cache.c - the newest CRLs in memory: the same bytes for all, a newer list when there is one,
 * and the last one while the database is away. */
#include "../ca/folder.h"

#include "publish/publish.h"

static void make_crl(struct yx_ca *ca, int64_t lifetime, yx_time now)
{
    const struct yx_crl_request request = {.lifetime = lifetime, .now = now, .actor = "test"};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_error err;

    expect_ok(yx_publish_crl(ca, &request, &der, &err), &err);
}

static void pass_poll(void)
{
    (void)usleep(300 * 1000);
}

static yx_status take_away(void *self, struct yx_tx *tx, struct yx_error *err)
{
    (void)self;
    return yx_tx_run(tx, "ALTER TABLE crl RENAME TO elsewhere", NULL, 0, NULL, err);
}

static void the_newest_is_given(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    YX_CLEAN(yx_crl_cache) struct yx_crl_cache *cache = NULL;
    struct yx_crl_copy one, same, newer;
    struct yx_error err;

    (void)state;
    expect_ok(yx_publish_prepare(ca, &err), &err);
    expect_ok(yx_crl_cache_new(ca, &cache, &err), &err);
    expect_status(yx_crl_cache_get(cache, 0, false, &one, &err), YX_NO_INPUT, &err);
    expect_status(yx_crl_cache_get(cache, 1, false, &one, &err), YX_NO_INPUT, &err);
    expect_status(yx_crl_cache_get(cache, -1, true, &one, &err), YX_NO_INPUT, &err);
    make_crl(ca, 0, 0);
    expect_ok(yx_crl_cache_get(cache, 0, false, &one, &err), &err);
    expect_ok(yx_crl_cache_get(cache, 0, false, &same, &err), &err);
    assert_ptr_equal(one.der.data, same.der.data);
    make_crl(ca, 0, 0);
    pass_poll();
    expect_ok(yx_crl_cache_get(cache, 0, false, &newer, &err), &err);
    assert_false(yx_bytes_equal(newer.der, one.der)); /* the old bytes are there still */
    assert_string_not_equal(newer.etag, one.etag);
    assert_string_equal(one.etag, same.etag);
    yx_crl_copy_release(one.owner);
    yx_crl_copy_release(same.owner);
    yx_crl_copy_release(newer.owner);
}

static void the_last_is_given_until_its_end(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    YX_CLEAN(yx_crl_cache) struct yx_crl_cache *cache = NULL;
    struct yx_crl_copy copy;
    struct yx_error err;

    (void)state;
    expect_ok(yx_publish_prepare(ca, &err), &err);
    expect_ok(yx_crl_cache_new(ca, &cache, &err), &err);
    make_crl(ca, 3, 0);
    expect_ok(yx_crl_cache_get(cache, 0, false, &copy, &err), &err);
    yx_crl_copy_release(copy.owner);
    expect_ok(yx_store_write(yx_ca_store(ca), take_away, NULL, &err), &err);
    pass_poll();
    expect_ok(yx_crl_cache_get(cache, 0, false, &copy, &err), &err);
    yx_crl_copy_release(copy.owner);
    (void)usleep(3300 * 1000);
    assert_int_not_equal(yx_crl_cache_get(cache, 0, false, &copy, &err), YX_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_is_given),
        cmocka_unit_test(the_last_is_given_until_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
