/* SPDX-License-Identifier: Apache-2.0 */
/* parts.c - the files of a package by name, and their digests. What a signature says about them is
 * read in signed.c and judged in verify_references.c. */
#include <stdlib.h>

#include "ofd/model.h"

/*
 * One digest of each part is what everybody needs. Digests with a prefix (ZA) cannot be shared
 * between signatures, nor those of another algorithm: for them there is as much work again, and
 * more for a large file. A small file that unpacks to gigabytes shall not keep us for minutes.
 */
#define EXTRA_PER_BYTE 64u /* of the file */
#define EXTRA_SPARE (UINT64_C(256) << 20)

static int compare_names(struct yx_bytes a, struct yx_bytes b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len == 0 ? 0 : memcmp(a.data, b.data, len);
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

static int compare_parts(const void *a, const void *b)
{
    const struct yx_ofd_part *left = a, *right = b;
    return compare_names(left->entry->name, right->entry->name);
}

yx_status yx_ofd_parts_index(struct yx_ofd *ofd, struct yx_arena *arena,
                             const struct yx_progress *progress, struct yx_ofd_parts *out,
                             struct yx_error *err)
{
    size_t entries = yx_zip_count(ofd->zip);
    struct yx_ofd_parts parts = {.ofd = ofd, .arena = arena, .progress = progress};
    parts.items = yx_arena_calloc(arena, entries + 1, sizeof *parts.items);
    if (parts.items == NULL)
        return yx_fail_memory(err);
    for (size_t i = 0; i < entries; i++) {
        const struct yx_zip_entry *entry = yx_zip_entry(ofd->zip, i);
        if (entry->is_folder)
            continue;
        parts.items[parts.count++].entry = entry;
        parts.size += entry->size;
    }
    qsort(parts.items, parts.count, sizeof *parts.items, compare_parts);
    parts.total = parts.size;
    *out = parts;
    return YX_OK;
}

size_t yx_ofd_parts_find(const struct yx_ofd_parts *parts, struct yx_bytes path)
{
    size_t low = 0, high = parts->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_names(path, parts->items[middle].entry->name);
        if (order == 0)
            return middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return YX_NO_PART;
}

/* --- Digests ----------------------------------------------------------------------------- */

struct hashing {
    struct yx_hasher *hasher;
    struct yx_ofd_parts *parts;
};

static yx_status hash_piece(void *self, struct yx_bytes bytes, struct yx_error *err)
{
    struct hashing *hashing = self;
    struct yx_ofd_parts *parts = hashing->parts;
    parts->done += bytes.len;
    if (parts->done > parts->total)
        parts->done = parts->total;
    if (parts->progress != NULL && parts->progress->tell != NULL)
        parts->progress->tell(parts->progress->self, parts->done, parts->total);
    return yx_hasher_update(hashing->hasher, bytes, err);
}

static yx_status digest_part(struct yx_ofd_parts *parts, const struct yx_ofd_part *part,
                             yx_digest_algorithm algorithm, struct yx_bytes prefix, uint8_t *out,
                             struct yx_error *err)
{
    YX_CLEAN(yx_hasher) struct yx_hasher *hasher = NULL;
    YX_TRY(yx_hasher_new(algorithm, &hasher, err));
    YX_TRY(yx_hasher_update(hasher, prefix, err));
    struct hashing hashing = {hasher, parts};
    YX_TRY(yx_zip_stream(parts->ofd->zip, part->entry, hash_piece, &hashing, err));
    return yx_hasher_finish(hasher, out, err);
}

/* A part that could not be read once is not read again for every signature. */
static yx_status remember_damage(struct yx_ofd_parts *parts, struct yx_ofd_part *part,
                                 const struct yx_error *why, struct yx_error *err)
{
    if (why->status == YX_DAMAGED) {
        struct yx_error *copy = yx_arena_alloc(parts->arena, sizeof *copy);
        if (copy == NULL)
            return yx_fail_memory(err);
        *copy = *why;
        part->unreadable = copy;
    }
    return yx_ofd_pass_on(err, why);
}

static yx_status count_extra(struct yx_ofd_parts *parts, const struct yx_ofd_part *part,
                             struct yx_error *err)
{
    uint64_t file = yx_source_size(parts->ofd->source);
    parts->extra += part->entry->size;
    YX_REQUIRE(parts->extra <= parts->size + file * EXTRA_PER_BYTE + EXTRA_SPARE, err, YX_REFUSED,
               "GB/T 33190-2016, signatures",
               N_("the signatures of this package digest its parts again and again, {1} bytes so "
                  "far; a package that asks for so much work is not checked further"),
               YX_NUM(parts->extra));
    return YX_OK;
}

static bool has_digest(const struct yx_ofd_part *part)
{
    for (size_t i = 0; i < sizeof part->digests / sizeof *part->digests; i++)
        if (part->digests[i] != NULL)
            return true;
    return false;
}

yx_status yx_ofd_parts_digest(struct yx_ofd_parts *parts, size_t index,
                              yx_digest_algorithm algorithm, const uint8_t **out,
                              struct yx_error *err)
{
    struct yx_ofd_part *part = &parts->items[index];
    if (part->digests[algorithm] != NULL) {
        *out = part->digests[algorithm];
        return YX_OK;
    }
    if (part->unreadable != NULL)
        return yx_ofd_pass_on(err, part->unreadable);
    if (has_digest(part))
        YX_TRY(count_extra(parts, part, err));
    uint8_t *digest = yx_arena_alloc(parts->arena, YX_DIGEST_MAX);
    if (digest == NULL)
        return yx_fail_memory(err);
    struct yx_error why;
    if (digest_part(parts, part, algorithm, YX_BYTES(NULL, 0), digest, &why) != YX_OK)
        return remember_damage(parts, part, &why, err);
    *out = part->digests[algorithm] = digest;
    return YX_OK;
}

yx_status yx_ofd_parts_digest_prefixed(struct yx_ofd_parts *parts, size_t index,
                                       struct yx_bytes prefix, uint8_t out[32],
                                       struct yx_error *err)
{
    struct yx_ofd_part *part = &parts->items[index];
    if (part->unreadable != NULL)
        return yx_ofd_pass_on(err, part->unreadable);
    YX_TRY(count_extra(parts, part, err));
    struct yx_error why;
    if (digest_part(parts, part, YX_DIGEST_SM3, prefix, out, &why) != YX_OK)
        return remember_damage(parts, part, &why, err);
    return YX_OK;
}
