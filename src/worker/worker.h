/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker/worker.h - the door to worker/: documents in processes of their own. Whoever sends a
 * document may take over what reads it, so that happens in a process that has no files, no network,
 * no keys and no database: the document comes to it as a descriptor, what it makes of it goes back
 * as memory that nobody can change any more.
 *
 *   the launcher   starts other people's programs for the workers, as program/ confines them, and
 *                  touches no document itself
 *   a worker       a page process: one document at a time; a timer ends it when that takes too
 *                  long, and after some hundreds of documents it makes room for a fresh one
 *   the pool       through which the threads of web ask the workers
 */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include "document/document.h"
#include "ipc/ipc.h"
#include "language/language.h"

/* --- The processes (launcher.c, page.c) ------------------------------------------------------- */

/*
 * They serve whoever comes through `door` until the parent's end of `line` is closed, or until the
 * worker is worn out: YX_OK. What has to be opened is opened first, then they go into their
 * sandbox; only for one thread, therefore. `line` and `door` are theirs.
 */
struct yx_worker_process {
    int line, door;
    uint64_t memory_max; /* bytes that a worker may take for its documents; 0: 1 GiB */
};
yx_status yx_launcher_run(const struct yx_worker_process *process, struct yx_error *err);
yx_status yx_page_run(const struct yx_worker_process *process, struct yx_error *err);

/* --- The pool (pool.c) ------------------------------------------------------------------------ */

/* For any number of threads. */
struct yx_worker_pool;
/* `line` must outlive it. Page processes count from 0. Who would be behind `waiting_max` others is
 * refused. */
yx_status yx_worker_pool_new(struct yx_ipc_line *line, unsigned workers, unsigned waiting_max,
                             struct yx_worker_pool **out, struct yx_error *err);
/* When nobody asks any more. */
void yx_worker_pool_free(struct yx_worker_pool *pool);
YX_DEFINE_CLEAN(yx_worker_pool, struct yx_worker_pool *, yx_worker_pool_free);

/* What counts: jobs, those that ended a worker, those that took too long, those that were given up,
 * and those that were refused because too many waited. */
struct yx_worker_counts {
    uint64_t jobs, died, late, given_up, refused;
    unsigned working, waiting;
};
void yx_worker_pool_counts(struct yx_worker_pool *pool, struct yx_worker_counts *out);

/*
 * How a job is asked for. A job that ends its worker, or would take longer than it may, is
 * YX_DAMAGED: the document is at fault. YX_REFUSED with the rule YX_WORKER_BUSY: too many wait
 * already, or no worker was free in time. YX_IO: nobody waits any more.
 */
#define YX_WORKER_BUSY "documents at a time"
struct yx_worker_job {
    struct yx_worker_pool *pool;
    int document;      /* read-only, or memory that nobody can change; stays the caller's */
    uint32_t number;   /* of a package that holds several documents, from 1; 0: the first */
    unsigned seconds;  /* for the work itself; 0: 30 */
    unsigned patience; /* for a worker to begin with it; 0: 30 */
    bool (*is_wanted)(void *self);        /* asked now and then; NULL: always */
    void *self;                           /* of is_wanted */
    struct yx_progress progress;          /* on the thread that asked */
    const struct yx_timestamper *stamper; /* of yx_worker_finish; NULL: nobody */
};

/* --- Whom to trust, as one file (list.c) ------------------------------------------------------ */

typedef enum {
    YX_LIST_ANCHOR = 'a',
    YX_LIST_HELPER = 'h', /* may stand between signer and anchor */
    YX_LIST_CRL = 'c',
    YX_LIST_OCSP = 'o'
} yx_list_kind;
/* Appends a certificate, a CRL or an OCSP response, DER, to a list: yx_ipc_seal makes it the
 * descriptor that jobs take. A worker keeps what it read of it for the next one. */
yx_status yx_list_add(struct yx_buf *list, yx_list_kind kind, struct yx_bytes der,
                      struct yx_error *err);

/* What a list says; NULL for an empty one. */
yx_status yx_list_read(struct yx_bytes list, struct yx_trust **out, struct yx_error *err);

/* Every certificate of a file (PEM, one or many, or DER), or of the files .pem, .crt, .cer and .der
 * of a folder, as an anchor. */
yx_status yx_list_add_path(struct yx_buf *list, const char *path, struct yx_error *err);

/* The list that counts now, for threads that take it and one that changes it. */
struct yx_worker_trust;
yx_status yx_worker_trust_new(struct yx_worker_trust **out, struct yx_error *err);
void yx_worker_trust_free(struct yx_worker_trust *trust);
YX_DEFINE_CLEAN(yx_worker_trust, struct yx_worker_trust *, yx_worker_trust_free);
yx_status yx_worker_trust_set(struct yx_worker_trust *trust, struct yx_bytes list,
                              struct yx_error *err);
/* The descriptor is the caller's; -1: there is no list. */
int yx_worker_trust_take(struct yx_worker_trust *trust);

/* --- The jobs (ask.c) ------------------------------------------------------------------------- */

/* Appends JSON: format, digest, pages with their sizes in millimetres, and the signatures that are
 * there, unjudged: docs/verification-report.md, without result and checks. */
yx_status yx_worker_inspect(const struct yx_worker_job *job, struct yx_buf *json,
                            struct yx_error *err);
/* Appends JSON, as `yinxin text --json` prints it: the texts of a page (0: of all), or where
 * `search` stands ("": all text). */
yx_status yx_worker_text(const struct yx_worker_job *job, uint32_t page, const char *search,
                         struct yx_buf *json, struct yx_error *err);

struct yx_worker_picture {
    uint32_t page;
    int format;       /* yx_draw_format: PNG or SVG */
    double dpi;       /* 0: 150 */
    uint32_t longest; /* pixels of the longer side instead; 0: by dpi */
};
/* Appends the picture of a page. */
yx_status yx_worker_render(const struct yx_worker_job *job, const struct yx_worker_picture *what,
                           struct yx_buf *picture, struct yx_error *err);

struct yx_worker_question {
    const char *name;     /* to show */
    yx_time at;           /* 0: the clock */
    const char *language; /* of the sentences: "zh", "en" */
    bool allow_foreign_algorithms;
    int trust, maker_trust; /* lists; -1: none */
};
/* Appends the report as JSON (docs/verification-report.md). */
yx_status yx_worker_verify(const struct yx_worker_job *job,
                           const struct yx_worker_question *question, struct yx_buf *json,
                           struct yx_error *err);

/*
 * The two halves of a signature: yx_document_prepare and yx_document_finish. Of the request, the
 * trust is the list `trust` (-1: none), and progress is the job's; whether there will be a
 * time-stamp is what the job's stamper tells. `out` is memory with the signed document, the
 * caller's; it is to be verified before anybody gets it.
 */
yx_status yx_worker_prepare(const struct yx_worker_job *job, const struct yx_sign_request *request,
                            int trust, struct yx_buf *plan, struct yx_buf *to_be_signed,
                            struct yx_error *err);
yx_status yx_worker_finish(const struct yx_worker_job *job, struct yx_bytes plan,
                           struct yx_bytes signature, int *out, struct yx_error *err);

/* Appends JSON: what a seal says, unjudged. `job->document` is not looked at. */
yx_status yx_worker_seal(const struct yx_worker_job *job, struct yx_bytes seal, struct yx_buf *json,
                         struct yx_error *err);

#endif
