/* SPDX-License-Identifier: Apache-2.0 */
/*
 * constant_time.c - no branch and no address depends on a secret. Valgrind's memcheck complains of
 * those that depend on memory without a value; here it is told that secrets have none. What becomes
 * public in the end is given back its value.
 */
#include <stdio.h>

#include "sm2/point.h"
#include "sm2/sm2.h"

#ifdef YX_HAVE_MEMCHECK
#include <valgrind/memcheck.h>

static void hide(void *data, size_t len)
{
    VALGRIND_MAKE_MEM_UNDEFINED(data, len);
}

static void reveal(void *data, size_t len)
{
    VALGRIND_MAKE_MEM_DEFINED(data, len);
}

/* Does memcheck run, and does it take what is computed from a secret for one? */
static int follows_secrets(void)
{
    uint8_t secret = 3, product = 0, bits = 0;
    hide(&secret, sizeof secret);
    product = (uint8_t)(secret * 5);
    return VALGRIND_GET_VBITS(&product, &bits, 1) == 1 && bits != 0;
}

static int watch(int round)
{
    uint8_t d[YX_SM2_SCALAR], k[YX_SM2_SCALAR], digest[YX_SM2_SCALAR], blind[YX_SM2_BLIND];
    uint8_t point[YX_SM2_POINT], signature[2 * YX_SM2_SCALAR];
    struct yx_sm2_secret secret;
    struct yx_sm2_public key;
    for (int i = 0; i < YX_SM2_SCALAR; i++) {
        d[i] = (uint8_t)(i * 7 + round + 1);
        k[i] = (uint8_t)(i * 13 + 5 * round + 1);
        digest[i] = (uint8_t)(i + round);
    }
    for (int i = 0; i < YX_SM2_BLIND; i++)
        blind[i] = (uint8_t)(3 * i + round);
    if (round == 0) /* digits that are zero */
        for (int i = 8; i < YX_SM2_SCALAR; i++)
            d[i] = k[i] = 0;
    hide(d, sizeof d);
    hide(k, sizeof k);
    hide(blind, sizeof blind);

    bool taken = yx_sm2_secret_read(d, blind, &secret);
    reveal(&taken, sizeof taken);
    yx_sm2_secret_public(&secret, point);
    reveal(point, sizeof point);
    bool made = yx_sm2_sign_with(&secret, digest, k, signature);
    reveal(&made, sizeof made);
    reveal(signature, sizeof signature);
    return taken && made && yx_sm2_public_read(point, &key) &&
           yx_sm2_check(&key, digest, signature);
}

int main(void)
{
    if (!follows_secrets()) {
        fputs("constant_time: run it under valgrind\n", stderr);
        return 1;
    }
    for (int i = 0; i < 4; i++)
        if (!watch(i))
            return 1;
    puts("keys, points and signatures of SM2: no branch and no address depends on a secret");
    puts("[  PASSED  ] 1 test(s)."); /* counted like the tests by cmocka */
    return 0;
}
#else
int main(void)
{
    puts("skipped: needs valgrind (Debian package valgrind) and a build by gcc without sanitizers");
    puts("[  SKIPPED ] 1 test(s).");
    return 0;
}
#endif
