/* SPDX-License-Identifier: Apache-2.0 */
/* worker/parts.h - what pool.c has for ask.c: web's side of the room. */
#ifndef WORKER_PARTS_H
#define WORKER_PARTS_H

#include "worker/worker.h"

/* Has a job done; the first field of the request is filled in. */
yx_status yx_worker_ask(const struct yx_worker_job *job, struct yx_ipc_message *request,
                        enum yx_ipc_kind expected, struct yx_ipc_message *reply,
                        struct yx_error *err);

#endif
