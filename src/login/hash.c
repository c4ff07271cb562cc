/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login/hash.c - Argon2id (RFC 9106) by libsodium, which is opened when a struct yx_login is made:
 * no command that needs no passwords pays for it. Each hash takes tens of MiB for a tenth of a
 * second, so that only a few are worked out at the same time, and only so many wait.
 */
#include <dlfcn.h>
#include <sodium/core.h>
#include <sodium/crypto_pwhash_argon2id.h>

#include "login/room.h"

#define LIBRARY "libsodium.so.23"
#define AT_ONCE 2
#define WAITING_MAX 32
#define KIB ((size_t)1024)

_Static_assert(YX_LOGIN_HASH_TEXT >= crypto_pwhash_argon2id_STRBYTES, "a hash fits");

struct yx_login_sodium {
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
    struct yx_login_sodium sodium;
};
_Static_assert(sizeof(struct yx_login_sodium) == COUNT * sizeof(void *), "a name for each");

struct yx_login_hasher {
    struct yx_login_sodium sodium;
    pthread_mutex_t lock;
    pthread_cond_t done;
    unsigned at_once, running, waiting;
};

/* --- Made and freed -------------------------------------------------------------------------- */

/* It stays open until the program ends. */
static yx_status open_sodium(struct yx_login_sodium *out, struct yx_error *err)
{
    union symbols symbols;
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

    YX_REQUIRE(library != NULL, err, YX_IO, "",
               N_("{1}, which passwords are hashed with, is not installed"), LIBRARY);
    for (size_t i = 0; i < COUNT; i++) {
        symbols.list[i] = dlsym(library, names[i]);
        YX_REQUIRE(symbols.list[i] != NULL, err, YX_IO, "", N_("{1} has no {2}: it is too old"),
                   LIBRARY, names[i]);
    }
    *out = symbols.sodium;
    YX_REQUIRE(out->init() >= 0, err, YX_INTERNAL, "", N_("{1} does not start"), LIBRARY);
    return YX_OK;
}

yx_status yx_login_hasher_new(unsigned at_once, struct yx_login_hasher **out, struct yx_error *err)
{
    struct yx_login_sodium sodium;
    struct yx_login_hasher *hasher;

    YX_TRY(open_sodium(&sodium, err));
    hasher = calloc(1, sizeof *hasher);
    if (hasher == NULL)
        return yx_fail_memory(err);
    hasher->sodium = sodium;
    hasher->at_once = at_once == 0 ? AT_ONCE : at_once;
    (void)pthread_mutex_init(&hasher->lock, NULL);
    (void)pthread_cond_init(&hasher->done, NULL);
    *out = hasher;
    return YX_OK;
}

void yx_login_hasher_free(struct yx_login_hasher *hasher)
{
    if (hasher == NULL)
        return;
    (void)pthread_mutex_destroy(&hasher->lock);
    (void)pthread_cond_destroy(&hasher->done);
    free(hasher);
}

/* --- Only a few at once ---------------------------------------------------------------------- */

static yx_status enter(struct yx_login_hasher *hasher, struct yx_error *err)
{
    bool may;

    (void)pthread_mutex_lock(&hasher->lock);
    may = hasher->running < hasher->at_once || hasher->waiting < WAITING_MAX;
    if (may) {
        hasher->waiting++;
        while (hasher->running >= hasher->at_once)
            (void)pthread_cond_wait(&hasher->done, &hasher->lock);
        hasher->waiting--;
        hasher->running++;
    }
    (void)pthread_mutex_unlock(&hasher->lock);
    YX_REQUIRE(may, err, YX_REFUSED, YX_LOGIN_BUSY,
               N_("too many people log in at this moment: try again shortly"));
    return YX_OK;
}

static void leave(struct yx_login_hasher *hasher)
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

yx_status yx_login_hash(struct yx_login *login, struct yx_bytes password,
                        char out[YX_LOGIN_HASH_TEXT], struct yx_error *err)
{
    struct yx_login_hasher *hasher = login->hasher;
    struct yx_login_policy policy;
    int result;

    yx_login_get_policy(login, &policy);
    YX_TRY(enter(hasher, err));
    result = hasher->sodium.to_text(out, characters(password), password.len, policy.hash_passes,
                                    policy.hash_kib * KIB);
    leave(hasher);
    return result == 0 ? YX_OK : yx_fail_memory(err);
}

yx_status yx_login_hash_matches(struct yx_login *login, struct yx_bytes password, const char *hash,
                                bool *out, struct yx_error *err)
{
    static const uint8_t salt[crypto_pwhash_argon2id_SALTBYTES] = "nobody's salt";
    struct yx_login_hasher *hasher = login->hasher;
    struct yx_login_policy policy;
    uint8_t unused[crypto_pwhash_argon2id_BYTES_MIN];
    int result;

    *out = false;
    yx_login_get_policy(login, &policy);
    if (password.len > YX_PASSWORD_MAX)
        password.len = YX_PASSWORD_MAX + 1; /* nobody's, and no more work than others */
    YX_TRY(enter(hasher, err));
    if (hash != NULL)
        result = hasher->sodium.verify(hash, characters(password), password.len);
    else
        result = hasher->sodium.hash(unused, sizeof unused, characters(password), password.len,
                                     salt, policy.hash_passes, policy.hash_kib * KIB,
                                     crypto_pwhash_argon2id_ALG_ARGON2ID13);
    leave(hasher);
    *out = hash != NULL && result == 0;
    return YX_OK;
}
