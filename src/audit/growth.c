/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/growth.c - the tree in the database. Kept are the hashes of the leaves and, for every
 * complete tile of 256 entries, its root, which is an entry of the level above; whatever else is
 * asked for is worked out from one tile.
 */
#include "audit/room.h"
#include "audit/tree.h"

#define TILE_BITS 8
#define TILE_SIZE ((int64_t)1 << TILE_BITS)
/* 256^7 leaves are more than there will be. */
#define LEVELS 7

/* --- Entries ------------------------------------------------------------------------------- */

static yx_status join_entry(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct yx_bytes hash = yx_row_blob(row, 0);
    struct yx_audit_digest entry = {{0}};

    if (hash.len == sizeof entry.octets)
        memcpy(entry.octets, hash.data, sizeof entry.octets);
    return yx_tree_append(self, &entry, err);
}

/* The root over the entries [first, first + count) of a level: a complete subtree. */
static yx_status root_of_entries(struct yx_tx *tx, int level, int64_t first, int64_t count,
                                 struct yx_audit_digest *out, struct yx_error *err)
{
    struct yx_tree_edge edge = {0};
    const struct yx_value leaves[] = {yx_value_integer(first + 1), yx_value_integer(first + count)};
    const struct yx_value tiles[] = {yx_value_integer(level - 1), yx_value_integer(first),
                                     yx_value_integer(first + count)};

    if (level == 0)
        YX_TRY(yx_tx_query(tx,
                           "SELECT l.hash FROM audit_number AS n"
                           " JOIN audit_leaf AS l ON l.id = n.leaf"
                           " WHERE n.number BETWEEN $1 AND $2 ORDER BY n.number",
                           leaves, 2, join_entry, &edge, err));
    else
        YX_TRY(yx_tx_query(tx,
                           "SELECT root FROM audit_tile WHERE level = $1"
                           " AND place >= $2 AND place < $3 ORDER BY place",
                           tiles, 3, join_entry, &edge, err));
    YX_REQUIRE((int64_t)edge.size == count, err, YX_DAMAGED, "",
               N_("the tree of the audit list has gaps: run `yinxin audit verify`"));
    return yx_tree_root(&edge, out, err);
}

/* --- Growing ------------------------------------------------------------------------------- */

static yx_status add_tile(struct yx_tx *tx, int level, int64_t place, struct yx_error *err)
{
    struct yx_audit_digest root;

    YX_TRY(root_of_entries(tx, level, place * TILE_SIZE, TILE_SIZE, &root, err));
    const struct yx_value row[] = {yx_value_integer(level), yx_value_integer(place),
                                   yx_value_blob(YX_BYTES(root.octets, sizeof root.octets))};
    return yx_tx_run(tx, "INSERT INTO audit_tile (level, place, root) VALUES ($1, $2, $3)", row, 3,
                     NULL, err);
}

yx_status yx_audit_grow(struct yx_tx *tx, int64_t leaves, int64_t tiles_max, bool *more,
                        struct yx_error *err)
{
    *more = false;
    for (int level = 0; level < LEVELS; level++) {
        const struct yx_value key[] = {yx_value_integer(level)};
        int64_t complete = leaves >> (TILE_BITS * (level + 1)), next = 0;

        YX_TRY(yx_tx_query(tx,
                           "SELECT coalesce(max(place) + 1, 0) FROM audit_tile WHERE level = $1",
                           key, 1, yx_audit_take_integer, &next, err));
        for (; next < complete; next++) {
            *more = tiles_max-- == 0;
            if (*more)
                return YX_OK;
            YX_TRY(add_tile(tx, level, next, err));
        }
    }
    return YX_OK;
}

/* --- Asking -------------------------------------------------------------------------------- */

/* One question about the tree, in one state of the database. */
struct question {
    struct yx_tx *tx;
    int64_t size, other; /* other: a leaf's number, or the size of an older tree */
    struct yx_audit_head *head;
    struct yx_audit_proof *proof;
    struct yx_tree_edge *edge;
    yx_status (*ask)(struct question *question, const struct yx_tree_source *source,
                     struct yx_error *err);
};

static yx_status subtree(void *self, unsigned level, uint64_t index, struct yx_audit_digest *out,
                         struct yx_error *err)
{
    const struct question *question = self;
    unsigned within = level % TILE_BITS;

    return root_of_entries(question->tx, (int)(level / TILE_BITS), (int64_t)(index << within),
                           INT64_C(1) << within, out, err);
}

static yx_status ask(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct question *question = self;
    const struct yx_tree_source source = {subtree, question};
    int64_t last = 0;

    question->tx = tx;
    YX_TRY(yx_tx_query(tx, "SELECT coalesce(max(number), 0) FROM audit_number", NULL, 0,
                       yx_audit_take_integer, &last, err));
    if (question->size < 0)
        question->size = last;
    YX_REQUIRE(question->size <= last, err, YX_REFUSED, "RFC 9162 2.1",
               N_("the audit list has {1} leaves, not {2}"), YX_NUM(last), YX_NUM(question->size));
    return question->ask(question, &source, err);
}

static yx_status ask_head(struct question *question, const struct yx_tree_source *source,
                          struct yx_error *err)
{
    const struct yx_tree_edge none = {0};

    question->head->size = question->size;
    return question->size == 0
               ? yx_tree_root(&none, &question->head->root, err)
               : yx_tree_root_of(source, (uint64_t)question->size, &question->head->root, err);
}

static yx_status ask_leaf(struct question *question, const struct yx_tree_source *source,
                          struct yx_error *err)
{
    YX_REQUIRE(question->other >= 1 && question->other <= question->size, err, YX_REFUSED,
               "RFC 9162 2.1", N_("a tree of {1} leaves has none with the number {2}"),
               YX_NUM(question->size), YX_NUM(question->other));
    return yx_tree_prove_leaf(source, (uint64_t)question->other - 1, (uint64_t)question->size,
                              question->proof, err);
}

static yx_status ask_growth(struct question *question, const struct yx_tree_source *source,
                            struct yx_error *err)
{
    YX_REQUIRE(question->other >= 0 && question->other <= question->size, err, YX_REFUSED,
               "RFC 9162 2.1", N_("a tree of {1} leaves cannot have grown out of one with {2}"),
               YX_NUM(question->size), YX_NUM(question->other));
    question->proof->count = 0;
    return question->other == 0
               ? YX_OK
               : yx_tree_prove_growth(source, (uint64_t)question->other, (uint64_t)question->size,
                                      question->proof, err);
}

static yx_status ask_edge(struct question *question, const struct yx_tree_source *source,
                          struct yx_error *err)
{
    struct yx_tree_edge *edge = question->edge;
    uint64_t size = (uint64_t)question->size;
    unsigned count = 0;

    edge->size = size;
    for (unsigned level = 64; level-- > 0;)
        if ((size >> level & 1) != 0)
            YX_TRY(source->subtree(source->self, level, (size >> level) - 1, &edge->roots[count++],
                                   err));
    return YX_OK;
}

yx_status yx_audit_edge(struct yx_store *store, int64_t size, struct yx_tree_edge *out,
                        struct yx_error *err)
{
    struct question question = {.size = size, .edge = out, .ask = ask_edge};

    return yx_store_read(store, ask, &question, err);
}

yx_status yx_audit_head_now(struct yx_store *store, struct yx_audit_head *out, struct yx_error *err)
{
    struct question question = {.size = -1, .head = out, .ask = ask_head};

    YX_TRY(yx_audit_number(store, err));
    return yx_store_read(store, ask, &question, err);
}

yx_status yx_audit_head_at(struct yx_store *store, int64_t size, struct yx_audit_head *out,
                           struct yx_error *err)
{
    struct question question = {.size = size < 0 ? 0 : size, .head = out, .ask = ask_head};

    return yx_store_read(store, ask, &question, err);
}

yx_status yx_audit_prove_leaf(struct yx_store *store, int64_t number, int64_t size,
                              struct yx_audit_proof *out, struct yx_error *err)
{
    struct question question = {.size = size, .other = number, .proof = out, .ask = ask_leaf};

    return yx_store_read(store, ask, &question, err);
}

yx_status yx_audit_prove_growth(struct yx_store *store, int64_t old, int64_t size,
                                struct yx_audit_proof *out, struct yx_error *err)
{
    struct question question = {.size = size, .other = old, .proof = out, .ask = ask_growth};

    return yx_store_read(store, ask, &question, err);
}
