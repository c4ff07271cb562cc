/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish/crl_cache.c - the newest CRLs in memory. A list may have many megabytes and is asked for
 * by many at once: all are given the same bytes, which go when the last of them has read them and a
 * newer list is there.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "publish/room.h"

/* How often the database is asked whether there is a newer one. */
#define POLL (YX_SECOND / 4)

/* The bytes of one list. */
struct held {
    _Atomic unsigned owners;
    int64_t number;
    char etag[40];
    yx_time this_update, next_update;
    struct yx_buf der;
};

struct kind {
    struct held *held; /* NULL: none was read yet */
    int64_t asked_at;  /* of the monotonic clock */
    bool asking;       /* some thread reads the database */
};

struct yx_crl_cache {
    struct yx_ca *ca;
    pthread_mutex_t lock;
    size_t count;
    struct kind kinds[]; /* full and delta of each partition */
};

void yx_crl_copy_release(void *owner)
{
    struct held *held = owner;

    if (held == NULL || atomic_fetch_sub(&held->owners, 1) > 1)
        return;
    yx_buf_free(&held->der);
    free(held);
}
YX_DEFINE_CLEAN(held, struct held *, yx_crl_copy_release);

yx_status yx_crl_cache_new(struct yx_ca *ca, struct yx_crl_cache **out, struct yx_error *err)
{
    size_t count = 2 * (size_t)yx_ca_settings(ca)->partitions;
    struct yx_crl_cache *cache = calloc(1, sizeof *cache + count * sizeof cache->kinds[0]);

    if (cache == NULL)
        return yx_fail_memory(err);
    cache->ca = ca;
    cache->count = count;
    (void)pthread_mutex_init(&cache->lock, NULL);
    *out = cache;
    return YX_OK;
}

void yx_crl_cache_free(struct yx_crl_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < cache->count; i++)
        yx_crl_copy_release(cache->kinds[i].held);
    (void)pthread_mutex_destroy(&cache->lock);
    free(cache);
}

/* --- Reading a newer one -----------------------------------------------------------------------
 */

struct reading {
    const struct yx_crl_cache *cache;
    int partition;
    bool delta;
    int64_t known; /* number of the list that is held; 0: none */
    struct held *fresh;
};

static yx_status read_newer(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct reading *reading = self;
    struct held *fresh = reading->fresh;
    struct yx_crl_row row;

    YX_TRY(yx_crl_newest(tx, reading->cache->ca, reading->partition, reading->delta, &row, err));
    fresh->number = row.number;
    fresh->this_update = row.this_update;
    fresh->next_update = row.next_update;
    fresh->der.len = 0;
    if (!row.found || row.number == reading->known)
        return YX_OK;
    return yx_crl_body(tx, reading->cache->ca, reading->partition, row.number, &fresh->der, err);
}

/* What tells two lists apart, also when a database was restored and their numbers are the same. */
static yx_status name_bytes(struct held *held, struct yx_error *err)
{
    uint8_t digest[YX_DIGEST_MAX];
    char hex[2 * 16 + 1];

    YX_TRY(yx_digest(YX_DIGEST_SHA256, yx_buf_bytes(&held->der), digest, err));
    yx_hex(YX_BYTES(digest, 16), hex);
    (void)snprintf(held->etag, sizeof held->etag, "\"%s\"", hex);
    return YX_OK;
}

/* *out is NULL when there is none that is newer than the one that is held. */
static yx_status read_kind(struct reading *reading, struct held **out, struct yx_error *err)
{
    YX_CLEAN(held) struct held *fresh = calloc(1, sizeof *fresh);

    if (fresh == NULL)
        return yx_fail_memory(err);
    atomic_store(&fresh->owners, 1);
    reading->fresh = fresh;
    YX_TRY(yx_store_read(yx_ca_store(reading->cache->ca), read_newer, reading, err));
    if (fresh->der.len == 0)
        return YX_OK;
    YX_TRY(name_bytes(fresh, err));
    *out = fresh;
    fresh = NULL;
    return YX_OK;
}

/* --- Handing out ------------------------------------------------------------------------------ */

/* The caller holds the lock. */
static void hand_out(struct held *held, struct yx_crl_copy *out)
{
    atomic_fetch_add(&held->owners, 1);
    *out = (struct yx_crl_copy){
        .der = yx_buf_bytes(&held->der),
        .this_update = held->this_update,
        .next_update = held->next_update,
        .owner = held,
    };
    memcpy(out->etag, held->etag, sizeof out->etag);
}

/* Is what is held good enough without asking the database? Else the caller asks it. */
static bool take_held(struct yx_crl_cache *cache, struct kind *kind, struct reading *reading,
                      struct yx_crl_copy *out)
{
    bool enough;

    (void)pthread_mutex_lock(&cache->lock);
    enough = kind->held != NULL && (kind->asking || yx_monotonic() - kind->asked_at < POLL);
    if (enough) {
        hand_out(kind->held, out);
    } else {
        kind->asking = true;
        reading->known = kind->held == NULL ? 0 : kind->held->number;
    }
    (void)pthread_mutex_unlock(&cache->lock);
    return enough;
}

/* Puts a newer list, if there is one, in the place of the one that is held. */
static struct held *put_fresh(struct kind *kind, struct held *fresh)
{
    struct held *old = NULL;

    kind->asking = false;
    kind->asked_at = yx_monotonic();
    if (fresh != NULL) {
        old = kind->held;
        kind->held = fresh;
    }
    return old;
}

yx_status yx_crl_cache_get(struct yx_crl_cache *cache, int partition, bool delta,
                           struct yx_crl_copy *out, struct yx_error *err)
{
    struct reading reading = {.cache = cache, .partition = partition, .delta = delta};
    size_t index = 2 * (size_t)partition + delta;
    struct held *fresh = NULL, *old;
    struct kind *kind;
    yx_status status;

    YX_REQUIRE(partition >= 0 && index < cache->count, err, YX_NO_INPUT, "RFC 5280 5.2.5",
               N_("the authority has issued no such CRL yet"));
    kind = &cache->kinds[index];
    if (take_held(cache, kind, &reading, out))
        return YX_OK;
    status = read_kind(&reading, &fresh, err);
    (void)pthread_mutex_lock(&cache->lock);
    old = put_fresh(kind, fresh);
    /* A list is good until its nextUpdate, whatever became of the database. */
    if (kind->held != NULL && (status == YX_OK || yx_now() < kind->held->next_update)) {
        hand_out(kind->held, out);
        status = YX_OK;
    } else if (status == YX_OK) {
        status =
            yx_fail(err, YX_NO_INPUT, "RFC 5280 5", N_("the authority has issued no such CRL yet"));
    }
    (void)pthread_mutex_unlock(&cache->lock);
    yx_crl_copy_release(old);
    return status;
}
