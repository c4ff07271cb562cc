/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/tree.h - the Merkle tree of RFC 9162 2.1 with SM3, as arithmetic: roots, proofs, and their
 * checks. Where hashes are kept is growth.c's. Leaves are counted from 0 here.
 */
#ifndef AUDIT_TREE_H
#define AUDIT_TREE_H

#include "audit/audit.h"

/* MTH({D[0]...D[n-1]}) of two subtrees: SM3(0x01 || left || right). `out` may be one of them. */
yx_status yx_tree_join(const struct yx_audit_digest *left, const struct yx_audit_digest *right,
                       struct yx_audit_digest *out, struct yx_error *err);

/* A tree that grows at its right end: the roots of the complete subtrees that it consists of,
 * largest first. All zero is the empty tree. */
struct yx_tree_edge {
    uint64_t size;
    struct yx_audit_digest roots[64];
};
yx_status yx_tree_append(struct yx_tree_edge *edge, const struct yx_audit_digest *leaf,
                         struct yx_error *err);
/* The edge of the tree as it was (growth.c). */
yx_status yx_audit_edge(struct yx_store *store, int64_t size, struct yx_tree_edge *out,
                        struct yx_error *err);
yx_status yx_tree_root(const struct yx_tree_edge *edge, struct yx_audit_digest *out,
                       struct yx_error *err);

/* Where the roots of complete subtrees come from: the one over the leaves [index << level,
 * (index + 1) << level). */
struct yx_tree_source {
    yx_status (*subtree)(void *self, unsigned level, uint64_t index, struct yx_audit_digest *out,
                         struct yx_error *err);
    void *self;
};
/* The root over the first `size` leaves; 1 at least. */
yx_status yx_tree_root_of(const struct yx_tree_source *source, uint64_t size,
                          struct yx_audit_digest *out, struct yx_error *err);
/* RFC 9162 2.1.3.1: leaf `index` is in the tree of `size` > index. */
yx_status yx_tree_prove_leaf(const struct yx_tree_source *source, uint64_t index, uint64_t size,
                             struct yx_audit_proof *out, struct yx_error *err);
/* RFC 9162 2.1.4.1: the tree of `size` begins with the tree of `old`, 0 < old <= size. */
yx_status yx_tree_prove_growth(const struct yx_tree_source *source, uint64_t old, uint64_t size,
                               struct yx_audit_proof *out, struct yx_error *err);

#endif
