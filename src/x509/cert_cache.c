/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cert_cache.c - certificates that one piece of work reads once. Decoding a key costs about as much
 * as a signature, and a sealed document carries the same few certificates again and again. Only
 * identical bytes are the same certificate. What does not fit into the cache is read each time.
 */
#include "x509/cert_internal.h"

void yx_cert_cache_free(struct yx_cert_cache *cache)
{
    for (size_t i = 0; i < cache->count; i++)
        yx_cert_free(cache->items[i]);
    *cache = (struct yx_cert_cache){0};
}

void yx_cert_cache_add(struct yx_cert_cache *cache, const struct yx_cert *cert)
{
    if (cache->count < YX_CERT_CACHE_MAX)
        cache->items[cache->count++] = yx_cert_share(cert);
}

yx_status yx_cert_cache_read(struct yx_cert_cache *cache, struct yx_bytes der, struct yx_cert **out,
                             struct yx_error *err)
{
    for (size_t i = 0; cache != NULL && i < cache->count; i++) {
        if (!yx_bytes_equal(yx_cert_der(cache->items[i]), der))
            continue;
        *out = yx_cert_share(cache->items[i]);
        return YX_OK;
    }
    YX_TRY(yx_cert_from_der(der, out, err));
    if (cache != NULL)
        yx_cert_cache_add(cache, *out);
    return YX_OK;
}
