/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/audit.h - the door to audit/: an append-only list of everything that is done. Whoever
 * changes something writes a leaf in the same transaction: if it cannot be written, nothing is
 * done.
 *
 * Leaves get their numbers after the transactions that wrote them, in one place, one after the
 * other (yx_audit_number): from 1, without gaps, whatever was rolled back meanwhile, and no writer
 * waits for another to get one. A leaf keeps its number for ever, and its hash does not cover it:
 * the number is its place in the Merkle tree that grows over the hashes (RFC 9162 2.1).
 *
 * The hash of a leaf is SM3(0x00 || canonical bytes). The canonical bytes are the DER of
 *
 *   Leaf ::= SEQUENCE {
 *     version  INTEGER (1),
 *     at       INTEGER,           -- microseconds since 1970-01-01T00:00:00Z
 *     actor    UTF8String,
 *     action   UTF8String,
 *     object   UTF8String,        -- empty: nothing in particular
 *     details  UTF8String }       -- a JSON object, byte for byte as it was given
 *
 * Neither of the databases lets anybody change or delete a leaf (triggers). That stops mistakes;
 * whoever owns the database can take the triggers away, and is found out by the hashes.
 */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include "store/store.h"

#define YX_AUDIT_HASH_SIZE 32

/* One event. */
struct yx_audit_event {
    yx_time at;
    const char *actor;   /* who: "cli:uid=1000", "cmp:CN=..." */
    const char *action;  /* what: "ca.certificate.issue" */
    const char *object;  /* on what: "certificate:SERIAL"; NULL: nothing in particular */
    const char *details; /* a JSON object; NULL: {} */
};

/* Makes the tables; call it after yx_store_open. */
yx_status yx_audit_prepare(struct yx_store *store, struct yx_error *err);
/* Appends a leaf inside the transaction of what it tells. Nothing waits for an answer: a refusal of
 * the database comes at the end, from yx_store_write. */
yx_status yx_audit_append(struct yx_tx *tx, const struct yx_audit_event *event,
                          struct yx_error *err);
/* The leaf hash of an event; what was written can be checked with it. */
yx_status yx_audit_hash(const struct yx_audit_event *event, uint8_t out[YX_AUDIT_HASH_SIZE],
                        struct yx_error *err);

/* Gives numbers to the leaves that wait for them, in the order in which they were written. A
 * server calls it every now and then; yx_audit_list does first. */
yx_status yx_audit_number(struct yx_store *store, struct yx_error *err);

/* A leaf as it was written. */
struct yx_audit_leaf {
    int64_t number; /* from 1, without gaps within one database */
    yx_time at;
    const char *actor, *action, *object, *details; /* object: "" when nothing in particular */
    struct yx_bytes hash;
};
/*
 * Calls `each` for the leaves from number `first` on, at most `limit`. YX_DAMAGED when a leaf does
 * not have the hash that it was written with, or a number is missing.
 */
yx_status yx_audit_list(struct yx_store *store, int64_t first, int64_t limit,
                        yx_status (*each)(void *self, const struct yx_audit_leaf *leaf,
                                          struct yx_error *err),
                        void *self, struct yx_error *err);

#endif
