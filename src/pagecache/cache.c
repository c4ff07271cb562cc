/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pagecache/cache.c - pages that were drawn, by the digest of their document, in the order in which
 * they were last asked for.
 */
#include <pthread.h>
#include <stdlib.h>

#include "pagecache/pagecache.h"

struct kept {
    struct kept *newer, *older;
    struct yx_page_key key;
    size_t len;
    uint8_t picture[];
};

struct yx_page_cache {
    pthread_mutex_t lock;
    size_t bytes, bytes_max;
    struct kept *newest, *oldest;
};

yx_status yx_page_cache_new(size_t bytes, struct yx_page_cache **out, struct yx_error *err)
{
    struct yx_page_cache *cache = calloc(1, sizeof *cache);

    if (cache == NULL || pthread_mutex_init(&cache->lock, NULL) != 0) {
        free(cache);
        return yx_fail_memory(err);
    }
    cache->bytes_max = bytes;
    *out = cache;
    return YX_OK;
}

/* --- The row of pictures ------------------------------------------------------------------ */

/* What is smaller counts as much, so that there are never too many to look through. */
#define LEAST ((size_t)4096)

static size_t size_of(size_t len)
{
    size_t size = sizeof(struct kept) + len;

    return size < LEAST ? LEAST : size;
}

static void unlink_kept(struct yx_page_cache *cache, struct kept *kept)
{
    *(kept->newer != NULL ? &kept->newer->older : &cache->newest) = kept->older;
    *(kept->older != NULL ? &kept->older->newer : &cache->oldest) = kept->newer;
    cache->bytes -= size_of(kept->len);
}

static void put_first(struct yx_page_cache *cache, struct kept *kept)
{
    kept->newer = NULL;
    kept->older = cache->newest;
    *(cache->newest != NULL ? &cache->newest->newer : &cache->oldest) = kept;
    cache->newest = kept;
    cache->bytes += size_of(kept->len);
}

static bool is_same(const struct yx_page_key *a, const struct yx_page_key *b)
{
    return a->page == b->page && a->document == b->document && a->format == b->format &&
           a->dpi == b->dpi && memcmp(a->digest, b->digest, sizeof a->digest) == 0;
}

/* A few thousand at most: comparing is nothing beside copying the picture. */
static struct kept *look_up(struct yx_page_cache *cache, const struct yx_page_key *key)
{
    struct kept *kept = cache->newest;

    while (kept != NULL && !is_same(&kept->key, key))
        kept = kept->older;
    return kept;
}

static void drop_oldest(struct yx_page_cache *cache)
{
    struct kept *kept = cache->oldest;

    unlink_kept(cache, kept);
    free(kept);
}

void yx_page_cache_free(struct yx_page_cache *cache)
{
    if (cache == NULL)
        return;
    while (cache->oldest != NULL)
        drop_oldest(cache);
    (void)pthread_mutex_destroy(&cache->lock);
    free(cache);
}

/* --- Asking and keeping ------------------------------------------------------------------- */

bool yx_page_cache_find(struct yx_page_cache *cache, const struct yx_page_key *key,
                        struct yx_buf *out)
{
    struct kept *kept;
    bool found = false;

    (void)pthread_mutex_lock(&cache->lock);
    kept = look_up(cache, key);
    if (kept != NULL) {
        unlink_kept(cache, kept);
        put_first(cache, kept);
        found = yx_buf_append(out, YX_BYTES(kept->picture, kept->len)) == YX_OK;
    }
    (void)pthread_mutex_unlock(&cache->lock);
    return found;
}

void yx_page_cache_keep(struct yx_page_cache *cache, const struct yx_page_key *key,
                        struct yx_bytes picture)
{
    struct kept *kept;

    if (picture.len > cache->bytes_max || size_of(picture.len) > cache->bytes_max)
        return;
    kept = malloc(sizeof *kept + picture.len);
    if (kept == NULL)
        return;
    *kept = (struct kept){.key = *key, .len = picture.len};
    memcpy(kept->picture, picture.data, picture.len);
    (void)pthread_mutex_lock(&cache->lock);
    if (look_up(cache, key) != NULL) { /* another thread was faster */
        free(kept);
    } else {
        while (cache->bytes > cache->bytes_max - size_of(picture.len))
            drop_oldest(cache);
        put_first(cache, kept);
    }
    (void)pthread_mutex_unlock(&cache->lock);
}
