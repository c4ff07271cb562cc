/* SPDX-License-Identifier: Apache-2.0 */
/* arena.c - memory that is released all at once, with an upper limit. */
#include <stdalign.h>
#include <stdlib.h>

#include "base/base.h"

struct yx_arena_block {
    struct yx_arena_block *next;
    size_t used;
    size_t size;
    alignas(max_align_t) uint8_t memory[];
};

struct yx_arena {
    struct yx_arena_block *blocks;
    size_t left; /* what may still be handed out */
    bool starved;
};

static const size_t smallest_block = 4096;

struct yx_arena *yx_arena_new(size_t limit)
{
    struct yx_arena *arena = calloc(1, sizeof *arena);
    if (arena != NULL)
        arena->left = limit;
    return arena;
}

void yx_arena_free(struct yx_arena *arena)
{
    if (arena == NULL)
        return;
    while (arena->blocks != NULL) {
        struct yx_arena_block *block = arena->blocks;
        arena->blocks = block->next;
        free(block);
    }
    free(arena);
}

/* A block that holds at least `size`; each is twice the last, so that few are made. */
static struct yx_arena_block *add_block(struct yx_arena *arena, size_t size)
{
    size_t want = smallest_block;
    if (arena->blocks != NULL && arena->blocks->size < (1u << 20))
        want = arena->blocks->size * 2;
    if (want < size)
        want = size;
    size_t total;
    if (yx_add_overflows(want, sizeof(struct yx_arena_block), &total))
        return NULL;
    struct yx_arena_block *block = calloc(1, total);
    if (block == NULL)
        return NULL;
    block->size = want;
    block->next = arena->blocks;
    arena->blocks = block;
    return block;
}

void *yx_arena_alloc(struct yx_arena *arena, size_t size)
{
    const size_t step = alignof(max_align_t);
    size_t rounded;
    if (yx_add_overflows(size, step - 1, &rounded))
        return NULL;
    rounded -= rounded % step;
    if (rounded > arena->left)
        return NULL;
    struct yx_arena_block *block = arena->blocks;
    if (block == NULL || block->size - block->used < rounded)
        block = add_block(arena, rounded);
    arena->starved |= block == NULL;
    if (block == NULL)
        return NULL;
    void *memory = block->memory + block->used;
    block->used += rounded;
    arena->left -= rounded;
    return memory;
}

bool yx_arena_is_starved(const struct yx_arena *arena)
{
    return arena->starved;
}

void *yx_arena_calloc(struct yx_arena *arena, size_t count, size_t size)
{
    size_t total;
    if (yx_mul_overflows(count, size, &total))
        return NULL;
    return yx_arena_alloc(arena, total);
}

char *yx_arena_text(struct yx_arena *arena, struct yx_bytes text)
{
    size_t size;
    if (yx_add_overflows(text.len, 1, &size))
        return NULL;
    char *copy = yx_arena_alloc(arena, size);
    if (copy != NULL && text.len > 0)
        memcpy(copy, text.data, text.len);
    return copy;
}

struct yx_bytes yx_arena_bytes(struct yx_arena *arena, struct yx_bytes bytes)
{
    char *copy = yx_arena_text(arena, bytes);
    return YX_BYTES(copy, copy == NULL ? 0 : bytes.len);
}
