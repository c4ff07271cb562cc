/* SPDX-License-Identifier: Apache-2.0 */
/* audit/tree.c - roots and proofs of the Merkle tree, RFC 9162 2.1. */
#include "audit/tree.h"
#include "crypto/crypto.h"

#define NODE_PREFIX 0x01
#define RULE "RFC 9162 2.1"

yx_status yx_tree_join(const struct yx_audit_digest *left, const struct yx_audit_digest *right,
                       struct yx_audit_digest *out, struct yx_error *err)
{
    uint8_t node[1 + 2 * YX_AUDIT_HASH_SIZE] = {NODE_PREFIX};

    memcpy(node + 1, left->octets, YX_AUDIT_HASH_SIZE);
    memcpy(node + 1 + YX_AUDIT_HASH_SIZE, right->octets, YX_AUDIT_HASH_SIZE);
    return yx_digest(YX_DIGEST_SM3, YX_BYTES(node, sizeof node), out->octets, err);
}

/* --- Growing ------------------------------------------------------------------------------- */

static unsigned count_ones(uint64_t size)
{
    return (unsigned)__builtin_popcountll(size);
}

/* Like adding one to a binary number: each carry joins two subtrees of the same size. */
yx_status yx_tree_append(struct yx_tree_edge *edge, const struct yx_audit_digest *leaf,
                         struct yx_error *err)
{
    unsigned count = count_ones(edge->size);
    struct yx_audit_digest grown = *leaf;

    for (uint64_t carry = edge->size; carry & 1; carry >>= 1)
        YX_TRY(yx_tree_join(&edge->roots[--count], &grown, &grown, err));
    edge->roots[count] = grown;
    edge->size++;
    return YX_OK;
}

yx_status yx_tree_root(const struct yx_tree_edge *edge, struct yx_audit_digest *out,
                       struct yx_error *err)
{
    unsigned count = count_ones(edge->size);

    /* RFC 9162 2.1.1: the hash of an empty list is the hash of an empty string. */
    if (count == 0)
        return yx_digest(YX_DIGEST_SM3, YX_BYTES("", 0), out->octets, err);
    *out = edge->roots[--count];
    while (count > 0)
        YX_TRY(yx_tree_join(&edge->roots[--count], out, out, err));
    return YX_OK;
}

/* --- Out of complete subtrees ----------------------------------------------------------------- */

/* The largest power of two that is less than n > 1. */
static uint64_t split_of(uint64_t n)
{
    return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

/* The leaves [low, high), where low is where a complete subtree as large as that would begin: from
 * the right, complete subtree by complete subtree. */
static yx_status root_between(const struct yx_tree_source *source, uint64_t low, uint64_t high,
                              struct yx_audit_digest *out, struct yx_error *err)
{
    unsigned level = (unsigned)__builtin_ctzll(high - low);
    struct yx_audit_digest left;

    YX_TRY(source->subtree(source->self, level, (high >> level) - 1, out, err));
    for (high -= UINT64_C(1) << level; high > low; high -= UINT64_C(1) << level) {
        level = (unsigned)__builtin_ctzll(high - low);
        YX_TRY(source->subtree(source->self, level, (high >> level) - 1, &left, err));
        YX_TRY(yx_tree_join(&left, out, out, err));
    }
    return YX_OK;
}

yx_status yx_tree_root_of(const struct yx_tree_source *source, uint64_t size,
                          struct yx_audit_digest *out, struct yx_error *err)
{
    return root_between(source, 0, size, out, err);
}

/* --- Proofs -------------------------------------------------------------------------------- */

/* Proofs are found from the root down, and told from the leaf up. */
static void turn_round(struct yx_audit_proof *proof)
{
    for (size_t i = 0, j = proof->count; i + 1 < j--; i++) {
        struct yx_audit_digest kept = proof->path[i];

        proof->path[i] = proof->path[j];
        proof->path[j] = kept;
    }
}

static yx_status add(const struct yx_tree_source *source, uint64_t low, uint64_t high,
                     struct yx_audit_proof *out, struct yx_error *err)
{
    return root_between(source, low, high, &out->path[out->count++], err);
}

yx_status yx_tree_prove_leaf(const struct yx_tree_source *source, uint64_t index, uint64_t size,
                             struct yx_audit_proof *out, struct yx_error *err)
{
    uint64_t low = 0, high = size;

    out->count = 0;
    while (high - low > 1) {
        uint64_t middle = low + split_of(high - low);

        if (index < middle) {
            YX_TRY(add(source, middle, high, out, err));
            high = middle;
        } else {
            YX_TRY(add(source, low, middle, out, err));
            low = middle;
        }
    }
    turn_round(out);
    return YX_OK;
}

yx_status yx_tree_prove_growth(const struct yx_tree_source *source, uint64_t old, uint64_t size,
                               struct yx_audit_proof *out, struct yx_error *err)
{
    uint64_t low = 0, high = size;
    bool is_whole = true; /* the old tree's own root is known to whoever checks */

    out->count = 0;
    while (high != old) {
        uint64_t middle = low + split_of(high - low);

        if (old <= middle) {
            YX_TRY(add(source, middle, high, out, err));
            high = middle;
        } else {
            YX_TRY(add(source, low, middle, out, err));
            low = middle;
            is_whole = false;
        }
    }
    if (!is_whole)
        YX_TRY(add(source, low, high, out, err));
    turn_round(out);
    return YX_OK;
}

/* --- Checks -------------------------------------------------------------------------------- */

static bool is_same(const struct yx_audit_digest *a, const struct yx_audit_digest *b)
{
    return memcmp(a->octets, b->octets, sizeof a->octets) == 0;
}

static yx_status fail_proof(struct yx_error *err)
{
    return yx_fail(err, YX_REFUSED, RULE, N_("the proof does not lead to the root of the tree"));
}

/* RFC 9162 2.1.3.2 */
yx_status yx_audit_check_leaf(const struct yx_audit_digest *leaf, int64_t number,
                              const struct yx_audit_head *head, const struct yx_audit_proof *proof,
                              struct yx_error *err)
{
    uint64_t at = (uint64_t)number - 1, last = (uint64_t)head->size - 1;
    struct yx_audit_digest root = *leaf;

    YX_REQUIRE(number >= 1 && number <= head->size, err, YX_REFUSED, RULE,
               N_("a tree of {1} leaves has none with the number {2}"), YX_NUM(head->size),
               YX_NUM(number));
    for (size_t i = 0; i < proof->count; i++) {
        if (last == 0)
            return fail_proof(err);
        if ((at & 1) == 0 && at != last) {
            YX_TRY(yx_tree_join(&root, &proof->path[i], &root, err));
        } else {
            YX_TRY(yx_tree_join(&proof->path[i], &root, &root, err));
            for (; (at & 1) == 0 && at != 0; at >>= 1)
                last >>= 1;
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && is_same(&root, &head->root) ? YX_OK : fail_proof(err);
}

/* One step of RFC 9162 2.1.4.2, for both trees. */
static yx_status climb(uint64_t *at, uint64_t *last, const struct yx_audit_digest *sibling,
                       struct yx_audit_digest *old_root, struct yx_audit_digest *root,
                       struct yx_error *err)
{
    if ((*at & 1) != 0 || *at == *last) {
        YX_TRY(yx_tree_join(sibling, old_root, old_root, err));
        YX_TRY(yx_tree_join(sibling, root, root, err));
        for (; (*at & 1) == 0 && *at != 0; *at >>= 1)
            *last >>= 1;
    } else {
        YX_TRY(yx_tree_join(root, sibling, root, err));
    }
    *at >>= 1;
    *last >>= 1;
    return YX_OK;
}

/* RFC 9162 2.1.4.2 */
yx_status yx_audit_check_growth(const struct yx_audit_head *old, const struct yx_audit_head *head,
                                const struct yx_audit_proof *proof, struct yx_error *err)
{
    uint64_t at = (uint64_t)old->size - 1, last = (uint64_t)head->size - 1;
    bool is_whole = old->size > 0 && (old->size & (old->size - 1)) == 0;
    struct yx_audit_digest old_root, root;

    YX_REQUIRE(old->size >= 0 && old->size <= head->size, err, YX_REFUSED, RULE,
               N_("a tree of {1} leaves cannot have grown out of one with {2}"), YX_NUM(head->size),
               YX_NUM(old->size));
    if (old->size == 0 || old->size == head->size)
        return proof->count == 0 && (old->size == 0 || is_same(&old->root, &head->root))
                   ? YX_OK
                   : fail_proof(err);
    if (!is_whole && proof->count == 0)
        return fail_proof(err);
    old_root = root = is_whole ? old->root : proof->path[0];
    for (; (at & 1) != 0; at >>= 1)
        last >>= 1;
    for (size_t i = is_whole ? 0 : 1; i < proof->count; i++) {
        if (last == 0)
            return fail_proof(err);
        YX_TRY(climb(&at, &last, &proof->path[i], &old_root, &root, err));
    }
    return last == 0 && is_same(&old_root, &old->root) && is_same(&root, &head->root)
               ? YX_OK
               : fail_proof(err);
}
