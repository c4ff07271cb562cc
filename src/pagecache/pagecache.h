/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pagecache/pagecache.h - the door to pagecache/: pictures of pages that were drawn, for those who
 * ask again. The public face is in yinxin/draw.h. A room of its own since a service keeps pictures
 * where it draws none: it links this alone.
 */
#ifndef PAGECACHE_PAGECACHE_H
#define PAGECACHE_PAGECACHE_H

#include <yinxin/draw.h>

#include "base/base.h"

YX_DEFINE_CLEAN(yx_page_cache, struct yx_page_cache *, yx_page_cache_free);

/* What a picture depends on. */
struct yx_page_key {
    uint8_t digest[32]; /* SM3 of the file */
    uint32_t document, page;
    yx_draw_format format;
    double dpi;
};
/* Appends the page to `out`; false when it is not there (or there is no memory for it). */
bool yx_page_cache_find(struct yx_page_cache *cache, const struct yx_page_key *key,
                        struct yx_buf *out);
/* Keeps a copy, unless it is too large. */
void yx_page_cache_keep(struct yx_page_cache *cache, const struct yx_page_key *key,
                        struct yx_bytes picture);

#endif
