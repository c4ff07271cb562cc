/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proof/hash.c - Argon2id (RFC 9106) by libsodium, which is opened when a struct yx_argon2 is made:
 * no command that needs no passwords pays for it. Each hash takes tens of MiB for a tenth of a
 * second, so that only a few are worked out at the same time, and only so many wait.
 */
#include <pthread.h>
#include <sodium/core.h>
#include <sodium/crypto_pwhash_argon2id.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "proof/proof.h"

#define LIBRARY "libsodium.so.23"
#define AT_ONCE 2
#define WAIT 32
#define KIB ((size_t)1024)

_Static_assert(YX_ARGON2_TEXT >= crypto_pwhash_argon2id_STRBYTES, "a hash fits");

struct sodium {
    __typeof__(sodium_init) *init;
    __typeof__(crypto_pwhash_argon2id) *hash;
    __typeof__(crypto_pwhash_argon2id_str) *to_text;
    __typeof__(crypto_pwhash_argon2id_str_verify) *verify;
};
static const char *const names[] = {"sodium_init", "crypto_pwhash_argon2id",
                                    "crypto_pwhash_argon2id_str",
                                    "crypto_pwhash_argon2id_str_verify"};
#define COUNT (sizeof names / sizeof *names)
union symbols {
    void *list[COUNT];
    struct sodium sodium;
};
_Static_assert(sizeof(struct sodium) == COUNT * sizeof(void *), "a name for each");
static const struct yx_library library = {
    LIBRARY, N_("{1}, which passwords are hashed with, is not installed"), names, COUNT};

struct yx_argon2 {
    struct sodium sodium;
    pthread_mutex_t lock;
    pthread_cond_t done;
    unsigned wait, running, waiting;
};

/* --- Made and freed -------------------------------------------------------------------------- */

/* It stays open until the program ends. */
static yx_status open_sodium(struct sodium *out, struct yx_error *err)
{
    union symbols symbols;

    YX_TRY(yx_library_open(&library, symbols.list, err));
    *out = symbols.sodium;
    YX_REQUIRE(out->init() >= 0, err, YX_INTERNAL, "", N_("{1} does not start"), LIBRARY);
    return YX_OK;
}

yx_status yx_argon2_new(unsigned wait, struct yx_argon2 **out, struct yx_error *err)
{
    struct sodium sodium;
    struct yx_argon2 *hasher;

    YX_TRY(open_sodium(&sodium, err));
    hasher = calloc(1, sizeof *hasher);
    if (hasher == NULL)
        return yx_fail_memory(err);
    hasher->sodium = sodium;
    hasher->wait = wait == 0 ? WAIT : wait;
    (void)pthread_mutex_init(&hasher->lock, NULL);
    (void)pthread_cond_init(&hasher->done, NULL);
    *out = hasher;
    return YX_OK;
}

void yx_argon2_free(struct yx_argon2 *hasher)
{
    if (hasher == NULL)
        return;
    (void)pthread_mutex_destroy(&hasher->lock);
    (void)pthread_cond_destroy(&hasher->done);
    free(hasher);
}

/* --- Only a few at once ---------------------------------------------------------------------- */

static yx_status enter(struct yx_argon2 *hasher, struct yx_error *err)
{
    bool may;

    (void)pthread_mutex_lock(&hasher->lock);
    may = hasher->running < AT_ONCE || hasher->waiting < hasher->wait;
    if (may) {
        hasher->waiting++;
        while (hasher->running >= AT_ONCE)
            (void)pthread_cond_wait(&hasher->done, &hasher->lock);
        hasher->waiting--;
        hasher->running++;
    }
    (void)pthread_mutex_unlock(&hasher->lock);
    YX_REQUIRE(may, err, YX_REFUSED, YX_PROOF_BUSY,
               N_("too many people log in at this moment: try again shortly"));
    return YX_OK;
}

static void leave(struct yx_argon2 *hasher)
{
    (void)pthread_mutex_lock(&hasher->lock);
    hasher->running--;
    (void)pthread_cond_signal(&hasher->done);
    (void)pthread_mutex_unlock(&hasher->lock);
}

/* --- Hashes ---------------------------------------------------------------------------------- */

static const char *characters(struct yx_bytes bytes)
{
    return bytes.len == 0 ? "" : (const char *)bytes.data;
}

yx_status yx_argon2_hash(struct yx_argon2 *hasher, const struct yx_argon2_cost *cost,
                         struct yx_bytes password, char out[YX_ARGON2_TEXT], struct yx_error *err)
{
    int result;

    YX_TRY(enter(hasher, err));
    result = hasher->sodium.to_text(out, characters(password), password.len, cost->passes,
                                    cost->kib * KIB);
    leave(hasher);
    return result == 0 ? YX_OK : yx_fail_memory(err);
}

/* libsodium says the same of a wrong password and of too little memory for it, and who has too
 * little must not lock accounts by it: so it is looked at before. */
static bool has_room(const struct yx_argon2_cost *cost)
{
    size_t size = cost->kib * KIB;
    void *room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return room != MAP_FAILED && munmap(room, size) == 0;
}

/* 0: right. */
static int compare(const struct yx_argon2 *hasher, const struct yx_argon2_cost *cost,
                   struct yx_bytes password, const char *hash)
{
    static const uint8_t salt[crypto_pwhash_argon2id_SALTBYTES] = "nobody's salt";
    uint8_t unused[crypto_pwhash_argon2id_BYTES_MIN];

    if (hash != NULL)
        return hasher->sodium.verify(hash, characters(password), password.len);
    return hasher->sodium.hash(unused, sizeof unused, characters(password), password.len, salt,
                               cost->passes, cost->kib * KIB,
                               crypto_pwhash_argon2id_ALG_ARGON2ID13);
}

yx_status yx_argon2_matches(struct yx_argon2 *hasher, const struct yx_argon2_cost *cost,
                            struct yx_bytes password, const char *hash, bool *out,
                            struct yx_error *err)
{
    bool room, same = false;

    *out = false;
    if (password.len > YX_PASSWORD_MAX)
        password.len = YX_PASSWORD_MAX + 1; /* nobody's, and no more work than others */
    YX_TRY(enter(hasher, err));
    room = has_room(cost);
    if (room)
        same = compare(hasher, cost, password, hash) == 0;
    leave(hasher);
    if (!room)
        return yx_fail_memory(err);
    *out = hash != NULL && same;
    return YX_OK;
}
