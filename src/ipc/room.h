/* SPDX-License-Identifier: Apache-2.0 */
/* ipc/room.h - what the files of ipc/ share. */
#ifndef IPC_ROOM_H
#define IPC_ROOM_H

#include "ipc/ipc.h"

/* What is wrong with the other side: the rule by which yx_ipc_is_broken knows it. */
#define YX_IPC_BROKEN "ipc/messages.inc"

/* The letters of the fields of a kind; NULL: there is no such kind. */
const char *yx_ipc_fields(uint32_t kind);

/* A record with the descriptors that go beside it; those of `sealed` are its own. */
struct yx_ipc_parcel {
    struct yx_buf record;
    int descriptors[YX_IPC_DESCRIPTORS];
    size_t count;
    int sealed[YX_IPC_DESCRIPTORS];
    size_t sealed_count;
};
yx_status yx_ipc_pack(const struct yx_ipc_message *message, struct yx_ipc_parcel *out,
                      struct yx_error *err);
void yx_ipc_parcel_free(struct yx_ipc_parcel *parcel);
YX_DEFINE_CLEAN_VALUE(yx_ipc_parcel, struct yx_ipc_parcel, yx_ipc_parcel_free);

/* --- Errors as messages (failure.c) --------------------------------------------------------- */

/* Fills an ERROR; its fields point into `err` and `args`. */
void yx_ipc_failure_put(const struct yx_error *err, struct yx_ipc_message *out);
/* The error that an ERROR tells of, as this process's own. */
yx_status yx_ipc_failure_take(const struct yx_ipc_message *message, struct yx_error *err);

#endif
