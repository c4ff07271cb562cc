/* SPDX-License-Identifier: Apache-2.0 */
/* test_argon2.c - hashes of passwords, and how many are worked out at the same time. */
#include "support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "proof/proof.h"

#if defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

#define PASSWORD "korrekte Pferde 7"

static const struct yx_argon2_cost little = {64, 1};

static struct yx_argon2 *make(unsigned wait)
{
    struct yx_argon2 *hasher = NULL;
    struct yx_error err = {0};

    expect_ok(yx_argon2_new(wait, &hasher, &err), &err);
    return hasher;
}

static bool matches(struct yx_argon2 *hasher, const char *password, const char *hash)
{
    struct yx_error err = {0};
    bool same = true;

    expect_ok(yx_argon2_matches(hasher, &little, YX_TEXT(password), hash, &same, &err), &err);
    return same;
}

static void a_hash_costs_what_is_said(void **state)
{
    YX_CLEAN(yx_argon2) struct yx_argon2 *hasher = make(0);
    const struct yx_argon2_cost cost = {128, 2};
    char first[YX_ARGON2_TEXT], second[YX_ARGON2_TEXT];
    struct yx_error err = {0};

    (void)state;
    expect_ok(yx_argon2_hash(hasher, &cost, YX_TEXT(PASSWORD), first, &err), &err);
    expect_ok(yx_argon2_hash(hasher, &cost, YX_TEXT(PASSWORD), second, &err), &err);
    assert_memory_equal(first, "$argon2id$v=19$m=128,t=2,p=1$", 29);
    assert_string_not_equal(first, second);
    assert_true(matches(hasher, PASSWORD, first));
    assert_false(matches(hasher, PASSWORD "x", first));
    assert_false(matches(hasher, "", first));
    assert_false(matches(hasher, PASSWORD, NULL));
    assert_false(matches(hasher, PASSWORD, "$argon2id$"));
}

/* The hash of another program: argon2 of the reference implementation, "password", salt
 * "somesalt" (its README). */
static void hashes_of_others_are_read(void **state)
{
    static const char hash[] = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$"
                               "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    YX_CLEAN(yx_argon2) struct yx_argon2 *hasher = make(0);

    (void)state;
    assert_true(matches(hasher, "password", hash));
    assert_false(matches(hasher, "Password", hash));
}

/* A password that was not looked at for want of memory is no wrong one: it would lock the account.
 */
static void no_memory_is_no_wrong_password(void **state)
{
#if SANITIZED
    (void)state;
    skip(); /* the sanitizer itself takes more addresses than are left here */
#else
    YX_CLEAN(yx_argon2) struct yx_argon2 *hasher = make(0);
    const struct yx_argon2_cost much = {64 * 1024, 1};
    char hash[YX_ARGON2_TEXT];
    struct rlimit before, tight;
    struct yx_error err = {0}, nobodys = {0};
    bool same = false;
    yx_status status, nobody;

    (void)state;
    expect_ok(yx_argon2_hash(hasher, &much, YX_TEXT(PASSWORD), hash, &err), &err);
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    tight = (struct rlimit){.rlim_cur = 1024 * 1024, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_AS, &tight), 0);
    status = yx_argon2_matches(hasher, &much, YX_TEXT(PASSWORD), hash, &same, &err);
    nobody = yx_argon2_matches(hasher, &much, YX_TEXT(PASSWORD), NULL, &same, &nobodys);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    expect_status(status, YX_NO_MEMORY, &err);
    expect_status(nobody, YX_NO_MEMORY, &nobodys);
    assert_true(matches(hasher, PASSWORD, hash));
#endif
}

/* --- Many at once ------------------------------------------------------------------------------
 */

struct crowd {
    struct yx_argon2 *hasher;
    _Atomic unsigned done, busy;
};

static void *come(void *self)
{
    static const struct yx_argon2_cost cost = {16 * 1024, 2};
    struct crowd *crowd = self;
    struct yx_error err = {0};
    bool same;
    yx_status status =
        yx_argon2_matches(crowd->hasher, &cost, YX_TEXT(PASSWORD), NULL, &same, &err);

    if (status == YX_OK)
        crowd->done++;
    else if (status == YX_REFUSED && strcmp(err.rule, YX_PROOF_BUSY) == 0)
        crowd->busy++;
    return NULL;
}

/* Whoever comes when too many wait is sent away: neither memory nor threads go to the crowd. */
static void a_crowd_waits_or_is_sent_away(void **state)
{
    static const struct {
        unsigned wait, least;
    } rows[] = {{0, 34}, {2, 4}};

    (void)state;
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        YX_CLEAN(yx_argon2)
        struct yx_argon2 *hasher = make(rows[row].wait);
        struct crowd crowd = {.hasher = hasher};
        pthread_t threads[60];

        for (size_t i = 0; i < 60; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, come, &crowd), 0);
        for (size_t i = 0; i < 60; i++)
            (void)pthread_join(threads[i], NULL);
        assert_int_equal(crowd.done + crowd.busy, 60);
        assert_true(crowd.busy > 0);
        assert_true(crowd.done >= rows[row].least);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hash_costs_what_is_said),
        cmocka_unit_test(hashes_of_others_are_read),
        cmocka_unit_test(no_memory_is_no_wrong_password),
        cmocka_unit_test(a_crowd_waits_or_is_sent_away),
    };

    return cmocka_run_group_tests_name("proof/argon2", tests, NULL, NULL);
}
