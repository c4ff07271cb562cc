/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache.c - prepared statements of one connection, found by the address of their text. An address
 * whose text has changed since would run another statement than its author means, so the text is
 * compared, too; that costs nothing beside running it.
 */
#include <stdlib.h>

#include "store/room.h"

#define FIRST_SIZE 64 /* a power of two */

/* Where `sql` stands, or would stand. The table is never full. */
static struct yx_statement **slot_of(struct yx_statement **slots, size_t size, const char *sql)
{
    /* Addresses of strings differ in their low bits; the multiplier spreads them (2^64 / phi). */
    uint64_t hash = (uint64_t)(uintptr_t)sql * UINT64_C(0x9E3779B97F4A7C15);
    size_t at = (size_t)(hash >> 32) & (size - 1);

    while (slots[at] != NULL && slots[at]->sql != sql)
        at = (at + 1) & (size - 1);
    return &slots[at];
}

/* Twice the room as soon as half is used. */
static bool grow(struct yx_cache *cache)
{
    size_t size = cache->size == 0 ? FIRST_SIZE : cache->size * 2;
    struct yx_statement **slots;

    if (cache->count < cache->size / 2)
        return true;
    slots = calloc(size, sizeof *slots);
    if (slots == NULL)
        return false;
    for (size_t i = 0; i < cache->size; i++)
        if (cache->slots[i] != NULL)
            *slot_of(slots, size, cache->slots[i]->sql) = cache->slots[i];
    free(cache->slots);
    cache->slots = slots;
    cache->size = size;
    return true;
}

static struct yx_statement *add(struct yx_cache *cache, const char *sql)
{
    struct yx_statement *statement = calloc(1, sizeof *statement);

    if (statement == NULL)
        return NULL;
    statement->sql = sql;
    statement->copy = strdup(sql);
    if (statement->copy == NULL) {
        free(statement);
        return NULL;
    }
    *slot_of(cache->slots, cache->size, sql) = statement;
    cache->count++;
    return statement;
}

size_t yx_statement_length(const char *sql, bool *claims)
{
    size_t len = strlen(sql), end = strlen(YX_STORE_CLAIM);

    *claims = len >= end && strcmp(sql + len - end, YX_STORE_CLAIM) == 0;
    return *claims ? len - end : len;
}

yx_status yx_cache_find(struct yx_cache *cache, const char *sql, struct yx_statement **out,
                        struct yx_error *err)
{
    struct yx_statement *found;

    if (!grow(cache))
        return yx_fail_memory(err);
    found = *slot_of(cache->slots, cache->size, sql);
    if (found == NULL)
        found = add(cache, sql);
    if (found == NULL)
        return yx_fail_memory(err);
    if (strcmp(found->copy, sql) != 0)
        return yx_store_fail(err, YX_FAILURE_STATEMENT, sql);
    *out = found;
    return YX_OK;
}

void yx_cache_free(struct yx_cache *cache, void (*release)(void *handle))
{
    for (size_t i = 0; i < cache->size; i++) {
        struct yx_statement *statement = cache->slots[i];

        if (statement == NULL)
            continue;
        if (release != NULL)
            release(statement->handle);
        free(statement->copy);
        free(statement);
    }
    free(cache->slots);
    *cache = (struct yx_cache){0};
}
