/* SPDX-License-Identifier: Apache-2.0 */
/* test_cert_cache.c - certificates that are read once, and what shares them. */
#include "support.h"

#include "pki.h"

static struct pki_person people[YX_CERT_CACHE_MAX + 2];
#define PEOPLE (sizeof(people) / sizeof(people[0]))

static struct yx_cert *read_by(struct yx_cert_cache *cache, const struct pki_person *person)
{
    struct yx_error err;
    struct yx_cert *cert = NULL;
    expect_ok(yx_cert_cache_read(cache, yx_cert_der(person->cert), &cert, &err), &err);
    assert_true(yx_bytes_equal(yx_cert_der(cert), yx_cert_der(person->cert)));
    return cert;
}

static void test_same_bytes_are_read_once(void **state)
{
    (void)state;
    YX_CLEAN(yx_cert_cache) struct yx_cert_cache cache = {0};
    YX_CLEAN(yx_cert) struct yx_cert *first = read_by(&cache, &people[0]);
    YX_CLEAN(yx_cert) struct yx_cert *other = read_by(&cache, &people[1]);
    YX_CLEAN(yx_cert) struct yx_cert *again = read_by(&cache, &people[0]);
    assert_ptr_equal(first, again);
    assert_ptr_not_equal(first, other);
    assert_string_not_equal(yx_cert_subject(first), yx_cert_subject(other));
}

static void test_knows_what_was_read_elsewhere(void **state)
{
    (void)state;
    YX_CLEAN(yx_cert_cache) struct yx_cert_cache cache = {0};
    yx_cert_cache_add(&cache, people[0].cert);
    YX_CLEAN(yx_cert) struct yx_cert *same = read_by(&cache, &people[0]);
    assert_ptr_equal(same, people[0].cert);
}

/* Each owner frees; the last one ends it (AddressSanitizer watches). */
static void test_outlives_the_cache(void **state)
{
    (void)state;
    struct yx_cert_cache cache = {0};
    YX_CLEAN(yx_cert) struct yx_cert *cert = read_by(&cache, &people[0]);
    yx_cert_cache_free(&cache);
    assert_int_equal(cache.count, 0);
    assert_non_null(yx_cert_subject(cert));
}

static void test_works_without_a_cache_and_with_a_full_one(void **state)
{
    (void)state;
    YX_CLEAN(yx_cert_cache) struct yx_cert_cache cache = {0};
    YX_CLEAN(yx_cert) struct yx_cert *alone = read_by(NULL, &people[0]);
    assert_non_null(alone);
    for (size_t i = 0; i < PEOPLE; i++) {
        YX_CLEAN(yx_cert) struct yx_cert *cert = read_by(&cache, &people[i]);
        assert_ptr_not_equal(cert, people[i].cert);
    }
    assert_int_equal(cache.count, YX_CERT_CACHE_MAX);
    YX_CLEAN(yx_cert) struct yx_cert *last = read_by(&cache, &people[PEOPLE - 1]);
    YX_CLEAN(yx_cert) struct yx_cert *last_again = read_by(&cache, &people[PEOPLE - 1]);
    assert_ptr_not_equal(last, last_again);
}

/* One bit makes another certificate: it is read, or refused, for itself. */
static void test_keeps_nothing_damaged(void **state)
{
    (void)state;
    struct yx_error err;
    YX_CLEAN(yx_cert_cache) struct yx_cert_cache cache = {0};
    YX_CLEAN(yx_buf) struct yx_buf changed = {0};
    YX_CLEAN(yx_cert) struct yx_cert *good = read_by(&cache, &people[0]);
    YX_CLEAN(yx_cert) struct yx_cert *bad = NULL;
    assert_int_equal(yx_buf_append(&changed, yx_cert_der(people[0].cert)), YX_OK);
    changed.data[0] ^= 1;
    expect_status(yx_cert_cache_read(&cache, yx_buf_bytes(&changed), &bad, &err), YX_DAMAGED, &err);
    assert_null(bad);
    changed.data[0] ^= 1;
    changed.data[changed.len - 1] ^= 1; /* in the signature's value */
    expect_ok(yx_cert_cache_read(&cache, yx_buf_bytes(&changed), &bad, &err), &err);
    assert_ptr_not_equal(good, bad);
    assert_int_equal(cache.count, 2);
}

static int make_people(void **state)
{
    (void)state;
    struct yx_error err;
    for (size_t i = 0; i < PEOPLE; i++) {
        char name[32];
        snprintf(name, sizeof name, "CN=Number %zu,C=CN", i);
        expect_ok(person_make(name, NULL, YX_KEY_P256, &people[i], &err), &err);
    }
    return 0;
}

static int free_people(void **state)
{
    (void)state;
    for (size_t i = 0; i < PEOPLE; i++)
        pki_person_free(&people[i]);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_bytes_are_read_once),
        cmocka_unit_test(test_knows_what_was_read_elsewhere),
        cmocka_unit_test(test_outlives_the_cache),
        cmocka_unit_test(test_works_without_a_cache_and_with_a_full_one),
        cmocka_unit_test(test_keeps_nothing_damaged),
    };
    return cmocka_run_group_tests(tests, make_people, free_people);
}
