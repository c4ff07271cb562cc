/* SPDX-License-Identifier: Apache-2.0 */
/* test_threads.c - one key signs and verifies in several threads at the same time. */
#include "support.h"

#include <pthread.h>

#include "crypto/crypto.h"

enum { THREADS = 4, ROUNDS = 25 };

struct work {
    const struct yx_private_key *key;
    int number;
    int failures;
};

static void one_round(struct work *work, int round)
{
    char message[32];
    snprintf(message, sizeof(message), "thread %d round %d", work->number, round);
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    const struct yx_public_key *half = yx_private_key_public(work->key);
    yx_signature_algorithm algorithm = yx_signature_default(yx_public_key_type(half));
    yx_status made = yx_private_key_sign(work->key, algorithm, YX_TEXT(message), &value, NULL);
    if (made != YX_OK || yx_public_key_verify(half, algorithm, YX_TEXT(message),
                                              yx_buf_bytes(&value), NULL) != YX_OK)
        work->failures++;
}

static void *run(void *argument)
{
    for (int round = 0; round < ROUNDS; round++)
        one_round(argument, round);
    return NULL;
}

static void test_one_key_in_many_threads(void **state)
{
    (void)state;
    for (int type = YX_KEY_SM2; type <= YX_KEY_ED25519; type++) {
        struct yx_error err = {0};
        YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
        expect_ok(yx_private_key_generate((yx_key_type)type, 2048, &key, &err), &err);
        pthread_t threads[THREADS];
        struct work works[THREADS];
        for (int i = 0; i < THREADS; i++) {
            works[i] = (struct work){key, i, 0};
            assert_int_equal(pthread_create(&threads[i], NULL, run, &works[i]), 0);
        }
        for (int i = 0; i < THREADS; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
            assert_int_equal(works[i].failures, 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_key_in_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
