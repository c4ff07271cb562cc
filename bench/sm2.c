/* SPDX-License-Identifier: Apache-2.0 */
/* sm2.c - SM2 of ours and of libcrypto in one run: signatures, verifications, keys read. */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "crypto/crypto.h"

#define ROUND_SECONDS 1.0

struct both {
    struct yx_private_key *key;
    EVP_PKEY *theirs;
    uint8_t digest[32];
    struct yx_buf value; /* signature of the digest */
};

static void must(bool holds)
{
    if (holds)
        return;
    fputs("bench: libcrypto failed\n", stderr);
    exit(1);
}

static void our_sign(struct both *self)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    bench_must(yx_sm2_sign_digest(self->key, self->digest, &value, &err), &err);
}

static void our_verify(struct both *self)
{
    struct yx_error err = {0};
    bench_must(yx_sm2_verify_digest(yx_private_key_public(self->key), self->digest,
                                    yx_buf_bytes(&self->value), &err),
               &err);
}

static void our_read(struct both *self)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;
    bench_must(
        yx_public_key_from_spki(yx_public_key_spki(yx_private_key_public(self->key)), &key, &err),
        &err);
}

static void our_generate(struct both *self)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    (void)self;
    bench_must(yx_private_key_generate(YX_KEY_SM2, 0, &key, &err), &err);
}

static void their_sign(struct both *self)
{
    uint8_t value[80];
    size_t len = sizeof value;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(self->theirs, NULL);
    must(ctx != NULL && EVP_PKEY_sign_init(ctx) == 1 &&
         EVP_PKEY_sign(ctx, value, &len, self->digest, sizeof self->digest) == 1);
    EVP_PKEY_CTX_free(ctx);
}

static void their_verify(struct both *self)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(self->theirs, NULL);
    must(ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
         EVP_PKEY_verify(ctx, self->value.data, self->value.len, self->digest,
                         sizeof self->digest) == 1);
    EVP_PKEY_CTX_free(ctx);
}

static void their_read(struct both *self)
{
    struct yx_bytes spki = yx_public_key_spki(yx_private_key_public(self->key));
    const uint8_t *at = spki.data;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki.len);
    must(key != NULL);
    EVP_PKEY_free(key);
}

static void their_generate(struct both *self)
{
    (void)self;
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");
    must(key != NULL);
    EVP_PKEY_free(key);
}

/* Microseconds for one. */
static double measure(void (*run)(struct both *self), struct both *self)
{
    unsigned long count = 0;
    run(self); /* warm */
    double start = bench_cpu(), spent = 0;
    while (spent < ROUND_SECONDS) {
        for (int i = 0; i < 20; i++)
            run(self);
        count += 20;
        spent = bench_cpu() - start;
    }
    return 1e6 * spent / (double)count;
}

static void begin(struct both *self)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf info = {0};
    bench_must(yx_private_key_generate(YX_KEY_SM2, 0, &self->key, &err), &err);
    bench_must(yx_private_key_to_info(self->key, &info, &err), &err);
    bench_must(yx_sm2_sign_digest(self->key, self->digest, &self->value, &err), &err);
    const uint8_t *at = info.data;
    self->theirs = d2i_AutoPrivateKey(NULL, &at, (long)info.len);
    must(self->theirs != NULL);
}

int bench_sm2(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*ours)(struct both *self), (*theirs)(struct both *self);
    } rows[] = {
        {"SM2 signature", our_sign, their_sign},
        {"SM2 verification", our_verify, their_verify},
        {"SM2 public key read", our_read, their_read},
        {"SM2 key made", our_generate, their_generate},
    };
    (void)argv;
    if (argc != 0)
        return 64;
    struct both self = {.digest = {1, 2, 3}};
    begin(&self);
    printf("%-24s %10s %10s %12s %10s %7s\n", "", "ours", "", "libcrypto", "", "");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double ours = measure(rows[i].ours, &self), theirs = measure(rows[i].theirs, &self);
        printf("%-24s %7.0f /s %7.1f us %9.0f /s %7.1f us %5.1f times\n", rows[i].name, 1e6 / ours,
               ours, 1e6 / theirs, theirs, theirs / ours);
    }
    EVP_PKEY_free(self.theirs);
    yx_private_key_free(self.key);
    yx_buf_free(&self.value);
    return 0;
}
