/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish/responder.c - answers OCSP requests about the certificates of one authority. certify/
 * makes the answers; here is what they say, and the answers that are given again.
 *
 * An answer without a nonce is the same for everybody who asks the same (RFC 5019), so it is kept
 * under the digest of the request: until half its life is over, or a state changed. Whether one
 * did is looked up in the database, but not more often than POLL: so long at most is an answer
 * behind a revocation by another process.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "publish/room.h"

#define SLOTS 16384u /* one request each; a later one takes the place of an earlier */
#define STRIPES 64u  /* locks: a slot has that of its number modulo this */
#define KEY_SIZE 32
#define POLL (YX_SECOND / 10)

struct slot {
    uint8_t key[KEY_SIZE];
    yx_time expires; /* 0: empty */
    int64_t generation;
    struct yx_buf response;
};

struct yx_responder {
    struct yx_ca *ca;
    const struct yx_cert *delegate; /* NULL: the authority itself */
    struct yx_signer signer;
    struct yx_ocsp_responder *maker;
    struct slot *slots;
    pthread_mutex_t locks[STRIPES];
    _Atomic int64_t generation;
    _Atomic yx_time polled_at;
};

yx_status yx_responder_new(struct yx_ca *ca, const struct yx_cert *delegate,
                           const struct yx_signer *signer, struct yx_responder **out,
                           struct yx_error *err)
{
    YX_CLEAN(yx_responder) struct yx_responder *responder = calloc(1, sizeof *responder);

    if (responder == NULL || (responder->slots = calloc(SLOTS, sizeof(struct slot))) == NULL) {
        free(responder);
        responder = NULL;
        return yx_fail_memory(err);
    }
    for (size_t i = 0; i < STRIPES; i++)
        (void)pthread_mutex_init(&responder->locks[i], NULL);
    responder->ca = ca;
    responder->delegate = delegate;
    responder->signer = signer == NULL ? yx_ca_signer(ca) : *signer;
    YX_TRY(yx_ocsp_responder_new(yx_ca_certificate(ca), delegate, &responder->signer,
                                 &responder->maker, err));
    *out = responder;
    responder = NULL;
    return YX_OK;
}

void yx_responder_free(struct yx_responder *responder)
{
    if (responder == NULL)
        return;
    for (size_t i = 0; i < SLOTS; i++)
        yx_buf_free(&responder->slots[i].response);
    for (size_t i = 0; i < STRIPES; i++)
        (void)pthread_mutex_destroy(&responder->locks[i]);
    yx_ocsp_responder_free(responder->maker);
    free(responder->slots);
    free(responder);
}

/* --- What an answer says ---------------------------------------------------------------------- */

struct asking {
    struct yx_responder *responder;
    yx_time now;
};

/* A certificate that was only recorded may have been signed: nobody should rely on it. */
static yx_status find(void *self, struct yx_bytes serial, struct yx_ocsp_answer *answer,
                      struct yx_error *err)
{
    const struct asking *asking = self;
    int64_t lifetime = yx_ca_settings(asking->responder->ca)->ocsp_lifetime;
    struct yx_ca_status status;

    YX_TRY(yx_ca_status(asking->responder->ca, serial, &status, err));
    *answer = (struct yx_ocsp_answer){
        .status = YX_OCSP_UNKNOWN,
        .this_update = asking->now,
        .next_update = asking->now + lifetime * YX_SECOND,
        .revoked_at = YX_TIME_NONE,
    };
    if (!status.known)
        return YX_OK;
    answer->status = status.state == YX_CA_GOOD ? YX_OCSP_GOOD : YX_OCSP_REVOKED;
    if (answer->status == YX_OCSP_REVOKED) {
        answer->revoked_at = status.revoked_at;
        answer->reason = status.reason;
    }
    return YX_OK;
}

/* --- Answers that are given again ---------------------------------------------------------------
 */

static yx_status current_generation(struct yx_responder *responder, yx_time now, int64_t *out,
                                    struct yx_error *err)
{
    yx_time polled_at = atomic_load(&responder->polled_at);

    /* A clock that went back asks again too. */
    if (now - polled_at < POLL && now >= polled_at) {
        *out = atomic_load(&responder->generation);
        return YX_OK;
    }
    YX_TRY(yx_ca_generation(responder->ca, out, err));
    atomic_store(&responder->generation, *out);
    atomic_store(&responder->polled_at, now);
    return YX_OK;
}

/* Where the answer to a request is kept. */
struct place {
    uint8_t key[KEY_SIZE];
    struct slot *slot;
    pthread_mutex_t *lock;
};

static yx_status find_place(struct yx_responder *responder, struct yx_bytes request,
                            struct place *out, struct yx_error *err)
{
    unsigned number;

    YX_TRY(yx_digest(YX_DIGEST_SHA256, request, out->key, err));
    number = (unsigned)out->key[0] << 8 | out->key[1];
    out->slot = &responder->slots[number % SLOTS];
    out->lock = &responder->locks[number % STRIPES];
    return YX_OK;
}

static bool take_kept(const struct place *place, int64_t generation, yx_time now,
                      struct yx_buf *response)
{
    const struct slot *slot = place->slot;
    bool fits;

    (void)pthread_mutex_lock(place->lock);
    fits = slot->expires > now && slot->generation == generation &&
           memcmp(slot->key, place->key, KEY_SIZE) == 0 &&
           yx_buf_append(response, yx_buf_bytes(&slot->response)) == YX_OK;
    (void)pthread_mutex_unlock(place->lock);
    return fits;
}

/* Out of memory is no failure: the answer is just not kept. */
static void keep(const struct place *place, int64_t generation, yx_time expires,
                 struct yx_bytes response)
{
    struct slot *slot = place->slot;

    (void)pthread_mutex_lock(place->lock);
    yx_buf_free(&slot->response);
    slot->expires = 0;
    if (yx_buf_append(&slot->response, response) == YX_OK) {
        memcpy(slot->key, place->key, KEY_SIZE);
        slot->generation = generation;
        slot->expires = expires;
    }
    (void)pthread_mutex_unlock(place->lock);
}

/* Only answers to requests that can be read and bring no nonce. */
bool yx_responder_may_keep(struct yx_bytes request)
{
    struct yx_ocsp_request parsed;

    return yx_ocsp_request_parse(request, &parsed, NULL) == YX_OK && parsed.nonce.len == 0;
}

static yx_status make(struct yx_responder *responder, struct yx_bytes request, yx_time now,
                      struct yx_buf *response, struct yx_error *err)
{
    struct asking asking = {.responder = responder, .now = now - now % YX_SECOND};
    struct yx_ocsp_records records = {find, &asking};

    return yx_ocsp_reply(responder->maker, &records, request, asking.now, response, err);
}

/* Clients would refuse what a delegate signs after its end. */
static yx_status check_delegate(const struct yx_responder *responder, yx_time now,
                                struct yx_error *err)
{
    const struct yx_cert *delegate = responder->delegate;

    YX_REQUIRE(delegate == NULL ||
                   (yx_cert_not_before(delegate) <= now && now <= yx_cert_not_after(delegate)),
               err, YX_INTERNAL, "RFC 6960 4.2.2.2",
               N_("the certificate of {1} is valid from {2} to {3}, and not at {4}"),
               yx_cert_subject(delegate), YX_WHEN(yx_cert_not_before(delegate)),
               YX_WHEN(yx_cert_not_after(delegate)), YX_WHEN(now));
    return YX_OK;
}

/* Appends the answer that is kept, or makes one and keeps it. */
static yx_status answer(struct yx_responder *responder, struct yx_bytes request, yx_time now,
                        struct yx_buf *response, struct yx_error *err)
{
    int64_t half = yx_ca_settings(responder->ca)->ocsp_lifetime * YX_SECOND / 2;
    struct place place;
    int64_t generation;
    size_t start = response->len;

    YX_TRY(check_delegate(responder, now, err));
    if (request.len > YX_OCSP_REQUEST_MAX)
        return make(responder, request, now, response, err);
    YX_TRY(find_place(responder, request, &place, err));
    YX_TRY(current_generation(responder, now, &generation, err));
    if (take_kept(&place, generation, now, response))
        return YX_OK;
    YX_TRY(make(responder, request, now, response, err));
    if (yx_responder_may_keep(request))
        keep(&place, generation, now + half,
             YX_BYTES(response->data + start, response->len - start));
    return YX_OK;
}

yx_status yx_responder_reply(struct yx_responder *responder, struct yx_bytes request, yx_time now,
                             struct yx_buf *response, struct yx_error *err)
{
    size_t start = response->len;
    yx_status status = answer(responder, request, now == 0 ? yx_now() : now, response, err);
    yx_ocsp_error error = status == YX_IO ? YX_OCSP_TRY_LATER : YX_OCSP_INTERNAL_ERROR;

    /* What the database or the token does not do now, it may do later. */
    if (status == YX_OK || (response->len > start && status != YX_IO))
        return status;
    response->len = start;
    return yx_ocsp_error_make(error, response, NULL) == YX_OK ? status : YX_NO_MEMORY;
}
