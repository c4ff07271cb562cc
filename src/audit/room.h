/* SPDX-License-Identifier: Apache-2.0 */
/* audit/room.h - what the files of audit/ share. */
#ifndef AUDIT_ROOM_H
#define AUDIT_ROOM_H

#include "audit/audit.h"

/* The tables (schema.c). */
const struct yx_schema *yx_audit_schema(void);

/* yx_audit_list inside a transaction, for leaves that have their numbers (audit.c). */
yx_status yx_audit_each(struct yx_tx *tx, int64_t first, int64_t limit, yx_audit_each_leaf each,
                        void *self, struct yx_error *err);
/* Adds the tiles that these many leaves complete, at most so many; *more: some are left
 * (growth.c). */
yx_status yx_audit_grow(struct yx_tx *tx, int64_t leaves, int64_t tiles_max, bool *more,
                        struct yx_error *err);

#endif
