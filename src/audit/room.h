/* SPDX-License-Identifier: Apache-2.0 */
/* audit/room.h - what the files of audit/ share. */
#ifndef AUDIT_ROOM_H
#define AUDIT_ROOM_H

#include "audit/audit.h"

/* The tables (schema.c). */
const struct yx_schema *yx_audit_schema(void);

#endif
