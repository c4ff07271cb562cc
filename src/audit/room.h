/* SPDX-License-Identifier: Apache-2.0 */
/* audit/room.h - what the files of audit/ share. */
#ifndef AUDIT_ROOM_H
#define AUDIT_ROOM_H

#include "audit/audit.h"

/* The tables (schema.c). */
const struct yx_schema *yx_audit_schema(void);

/* Keeps the one integer of a row in an int64_t: a yx_each_row. */
yx_status yx_audit_take_integer(void *self, const struct yx_row *row, struct yx_error *err);

/* What yx_audit_leaf_of reads, of audit_number AS n and audit_leaf AS l. */
#define YX_AUDIT_LEAF_COLUMNS "n.number, l.at, l.actor, l.action, l.object, l.details, l.hash, l.id"
struct yx_audit_leaf yx_audit_leaf_of(const struct yx_row *row);
/* YX_DAMAGED when it does not have the hash that it was written with. */
yx_status yx_audit_check_hash(const struct yx_audit_leaf *leaf, struct yx_error *err);
/* yx_audit_list inside a transaction, for leaves that have their numbers (audit.c). */
yx_status yx_audit_each(struct yx_tx *tx, int64_t first, int64_t limit, yx_audit_each_leaf each,
                        void *self, struct yx_error *err);
/* Adds the tiles that these many leaves complete, at most so many; *more: some are left
 * (growth.c). */
yx_status yx_audit_grow(struct yx_tx *tx, int64_t leaves, int64_t tiles_max, bool *more,
                        struct yx_error *err);

/* --- Lines of notes (note.c) -------------------------------------------------------------- */

/* The next line without its end; false when there is none, or it has no end. */
bool yx_note_line(struct yx_bytes *rest, struct yx_bytes *line);
/* A number without zeros in front. */
bool yx_note_number(struct yx_bytes line, int64_t *out);
/* Appends the bytes. YX_DAMAGED when it is not base64, or written in another way than ours. */
yx_status yx_note_base64(struct yx_bytes text, struct yx_buf *out, struct yx_error *err);
yx_status yx_note_digest(struct yx_bytes line, struct yx_audit_digest *out, struct yx_error *err);
/* Digests, one a line, up to an empty line. */
yx_status yx_note_path(struct yx_bytes *rest, struct yx_audit_proof *out, struct yx_error *err);
yx_status yx_note_put_path(const struct yx_audit_proof *proof, struct yx_buf *out,
                           struct yx_error *err);
/* The line of NAME's signature with this key, with its end; empty when there is none. */
yx_status yx_note_signature(const struct yx_audit_checkpoint *checkpoint, const char *name,
                            const struct yx_public_key *key, struct yx_bytes *line,
                            struct yx_error *err);
/* Appends the kept checkpoint with the lines of its witnesses; size 0: the last one. Nothing when
 * there is none. */
yx_status yx_audit_note_of(struct yx_tx *tx, int64_t size, struct yx_buf *note,
                           struct yx_error *err);

#endif
