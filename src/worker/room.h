/* SPDX-License-Identifier: Apache-2.0 */
/* worker/room.h - what the files of worker/ share. Only worker/ includes it. */
#ifndef WORKER_ROOM_H
#define WORKER_ROOM_H

#include <jansson.h>

#include <yinxin/draw.h>

#include "program/program.h"
#include "worker/worker.h"

YX_DEFINE_CLEAN(yx_json, json_t *, json_decref);

/* --- Programs, by way of the launcher (remote.c) -----------------------------------------------
 */

/* How a worker has programs run; `line` must outlive it. */
struct yx_remote {
    struct yx_ipc_line *line;
    int launcher; /* -1: not connected */
};
struct yx_program_runner yx_remote_runner(struct yx_remote *remote);

/* The launcher's side of it: the arguments of a RUN, ended by NULL, which point into `bytes`. */
yx_status yx_launcher_unpack(struct yx_bytes bytes, const char *out[YX_PROGRAM_ARGUMENTS_MAX + 1],
                             struct yx_error *err);

/* --- Drawing (drawing.c) -----------------------------------------------------------------------
 */

struct yx_drawing {
    __typeof__(yx_draw_confine) *confine;
    __typeof__(yx_page_draw) *page_draw;
};
/* Opens libyinxin-draw. */
yx_status yx_drawing_open(struct yx_drawing *out, struct yx_error *err);

/* --- Lists (list.c) ----------------------------------------------------------------------------
 */

struct yx_list_entry {
    yx_list_kind kind;
    struct yx_bytes der;
};
/* The next entry; false at the end. */
yx_status yx_list_next(struct yx_bytes *rest, struct yx_list_entry *out, bool *found,
                       struct yx_error *err);
/* A list that was read: kept while the same one (the same file) comes. */
struct yx_kept_trust {
    int fd; /* holds the file, so that no other one gets its number; -1: none */
    struct yx_trust *trust;
};
/* What a list says; an empty one is NULL. Takes `fd`. */
yx_status yx_kept_trust_read(struct yx_kept_trust *kept, int fd, const struct yx_trust **out,
                             struct yx_error *err);

/* --- Jobs, on the worker's side ----------------------------------------------------------------
 */

struct yx_worker {
    struct yx_drawing drawing;
    struct yx_kept_trust trust, maker_trust;
    int web; /* who asked */
};
/* One job and what came of it. */
struct yx_work {
    struct yx_worker *worker;
    struct yx_ipc_message *request;
    struct yx_source *document; /* NULL: the job has none */
    struct yx_progress progress;
    struct yx_ipc_message reply; /* points into: */
    struct yx_buf out, plan, stamps;
    int fd; /* -1: none */
};
typedef yx_status (*yx_worker_do)(struct yx_work *work, struct yx_error *err);
yx_status yx_do_inspect(struct yx_work *work, struct yx_error *err); /* look.c */
yx_status yx_do_text(struct yx_work *work, struct yx_error *err);
yx_status yx_do_render(struct yx_work *work, struct yx_error *err);
yx_status yx_do_verify(struct yx_work *work, struct yx_error *err);
yx_status yx_do_seal(struct yx_work *work, struct yx_error *err);
yx_status yx_do_prepare(struct yx_work *work, struct yx_error *err); /* sign.c */
yx_status yx_do_finish(struct yx_work *work, struct yx_error *err);

/* The JSON is what comes back. */
yx_status yx_work_json(struct yx_work *work, const json_t *json, struct yx_error *err);

/* Bits of the flags of VERIFY. */
enum { YX_VERIFY_FOREIGN = 1 };
/* Dots per inch of RENDER are counted in these parts. */
#define YX_RENDER_DPI_UNIT 1000000
#define YX_RENDER_DPI_MAX 10000

/* --- Requests to sign, as they travel (wire.c) --------------------------------------------------
 */

/* What fits no field: everything but seal, certificates, trust and callbacks. */
yx_status yx_wire_put(const struct yx_sign_request *request, uint32_t number, bool stamped,
                      struct yx_buf *text, struct yx_error *err);
struct yx_wire {
    json_t *json; /* owns the texts */
    struct yx_sign_request request;
    struct yx_placement *placements;
    uint32_t number;
    bool stamped; /* somebody will make a time-stamp */
};
yx_status yx_wire_get(const char *text, struct yx_wire *out, struct yx_error *err);
void yx_wire_free(struct yx_wire *wire);
YX_DEFINE_CLEAN_VALUE(yx_wire, struct yx_wire, yx_wire_free);

/* Places of a seal; all bytes of one are read and written as they stand in memory. */
yx_status yx_wire_put_stamp(const struct yx_report_stamp *stamp, struct yx_buf *out,
                            struct yx_error *err);
/* false: these are no places of a seal. */
bool yx_wire_tell_stamps(struct yx_bytes stamps, const struct yx_sign_request *request);

#endif
