/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token/key.c - an opened private key, wherever it lives: in a file, or on a token of any kind.
 */
#include <pthread.h>
#include <stdlib.h>

#include "token/token.h"

#define FILE_MAX_SIZE (16u * 1024 * 1024)

struct yx_token_key {
    const struct yx_token_kind *kind; /* NULL: a file */
    struct yx_private_key *file_key;
    struct yx_token_opened opened;
    pthread_mutex_t lock; /* tokens sign for one thread at a time */
};

yx_status yx_token_opened_take_cert(struct yx_token_opened *opened, struct yx_cert *cert,
                                    struct yx_error *err)
{
    struct yx_cert **grown =
        reallocarray(opened->certs, opened->cert_count + 1, sizeof(struct yx_cert *));

    if (grown == NULL) {
        yx_cert_free(cert);
        return yx_fail_memory(err);
    }
    opened->certs = grown;
    grown[opened->cert_count++] = cert;
    return YX_OK;
}

static yx_status key_new(struct yx_token_key **out, struct yx_error *err)
{
    struct yx_token_key *key = calloc(1, sizeof *key);

    if (key == NULL || pthread_mutex_init(&key->lock, NULL) != 0) {
        free(key);
        return yx_fail_memory(err);
    }
    *out = key;
    return YX_OK;
}

void yx_token_key_free(struct yx_token_key *key)
{
    if (key == NULL)
        return;
    if (key->kind != NULL)
        key->kind->close_key(key->opened.inside);
    yx_public_key_free(key->opened.public_key);
    for (size_t i = 0; i < key->opened.cert_count; i++)
        yx_cert_free(key->opened.certs[i]);
    free(key->opened.certs);
    yx_private_key_free(key->file_key);
    (void)pthread_mutex_destroy(&key->lock);
    free(key);
}

/* --- Opening ------------------------------------------------------------------------------ */

/* A key file may be unprotected, so it is tried before anybody is asked. */
static yx_status open_file(const struct yx_token_setup *setup, const char *path,
                           struct yx_private_key **out, struct yx_error *err)
{
    const struct yx_pin_question question = {YX_PIN_FILE, path, -1};
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_buf) struct yx_buf passphrase = {0};
    yx_status status;

    YX_TRY(yx_file_read(path, FILE_MAX_SIZE, &file, err));
    status = yx_private_key_read(yx_buf_bytes(&file), YX_BYTES("", 0), out, err);
    if (status != YX_REFUSED || setup->pin.ask == NULL)
        return status;
    YX_TRY(setup->pin.ask(setup->pin.self, &question, &passphrase, err));
    return yx_private_key_read(yx_buf_bytes(&file), yx_buf_bytes(&passphrase), out, err);
}

static yx_status open_on_token(const struct yx_token_setup *setup, const char *text,
                               struct yx_token_key *key, struct yx_error *err)
{
    struct yx_token_place place;

    YX_TRY(yx_token_place_read(text, &place, err));
    YX_TRY(place.kind->open_key(setup, &place, &key->opened, err));
    key->kind = place.kind;
    return YX_OK;
}

yx_status yx_token_key_open(const struct yx_token_setup *setup, const char *place,
                            struct yx_token_key **out, struct yx_error *err)
{
    YX_CLEAN(yx_token_key) struct yx_token_key *key = NULL;

    YX_TRY(key_new(&key, err));
    if (yx_token_is_place(place))
        YX_TRY(open_on_token(setup, place, key, err));
    else
        YX_TRY(open_file(setup, place, &key->file_key, err));
    *out = key;
    key = NULL;
    return YX_OK;
}

/* --- Using -------------------------------------------------------------------------------- */

const struct yx_public_key *yx_token_key_public(const struct yx_token_key *key)
{
    return key->kind != NULL ? key->opened.public_key : yx_private_key_public(key->file_key);
}

size_t yx_token_key_cert_count(const struct yx_token_key *key)
{
    return key->opened.cert_count;
}

const struct yx_cert *yx_token_key_cert(const struct yx_token_key *key, size_t index)
{
    return index < key->opened.cert_count ? key->opened.certs[index] : NULL;
}

static yx_status sign_on_token(void *self, yx_signature_algorithm algorithm,
                               struct yx_bytes message, struct yx_buf *signature,
                               struct yx_error *err)
{
    struct yx_token_key *key = self;
    const struct yx_public_key *public_key = key->opened.public_key;
    yx_key_type type = yx_public_key_type(public_key);
    yx_status status;

    YX_REQUIRE(yx_signature_fits(algorithm, type), err, YX_USAGE, "",
               N_("a key of type {1} cannot make a signature of type {2}"), yx_key_type_name(type),
               yx_signature_name(algorithm));
    YX_REQUIRE(yx_signature_allowed(algorithm), err, YX_REFUSED,
               "NIST SP 800-131A, SHA-1 and MD5 in signatures",
               N_("new signatures are not made with {1}; take SM3 or SHA-256"),
               yx_digest_name(yx_signature_digest(algorithm)));
    if (key->kind->parallel)
        return key->kind->sign(key->opened.inside, public_key, algorithm, message, signature, err);
    (void)pthread_mutex_lock(&key->lock);
    status = key->kind->sign(key->opened.inside, public_key, algorithm, message, signature, err);
    (void)pthread_mutex_unlock(&key->lock);
    return status;
}

struct yx_signer yx_token_key_signer(struct yx_token_key *key)
{
    if (key->kind == NULL)
        return yx_signer_borrow_key(key->file_key);
    return (struct yx_signer){
        .algorithm = yx_signature_default(yx_public_key_type(key->opened.public_key)),
        .sign = sign_on_token,
        .self = key,
    };
}

yx_status yx_token_key_sign_digest(const struct yx_token_key *key, yx_signature_algorithm algorithm,
                                   struct yx_bytes digest, struct yx_buf *signature,
                                   struct yx_error *err)
{
    YX_REQUIRE(key->kind == NULL, err, YX_REFUSED, "",
               N_("keys on tokens sign messages, not digests: take a key in a file"));
    return yx_private_key_sign_digest(key->file_key, algorithm, digest, signature, err);
}

bool yx_token_key_pin_initial(const struct yx_token_key *key)
{
    return key->opened.pin_initial;
}

yx_status yx_token_key_test(struct yx_token_key *key, struct yx_error *err)
{
    struct yx_signer signer = yx_token_key_signer(key);
    YX_CLEAN(yx_buf) struct yx_buf signature = {0};
    uint8_t message[32];

    YX_TRY(yx_random(message, sizeof message, err));
    YX_TRY(signer.sign(signer.self, signer.algorithm, YX_BYTES(message, sizeof message), &signature,
                       err));
    return yx_public_key_verify(yx_token_key_public(key), signer.algorithm,
                                YX_BYTES(message, sizeof message), yx_buf_bytes(&signature), err);
}
