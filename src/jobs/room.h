/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jobs/room.h - what the files of jobs/ share, and what tests drive without threads.
 *
 *   schema.c     tables
 *   job.c        jobs added, shown, cancelled, tried again
 *   take.c       jobs taken by a node, and how they end
 *   node.c       beats, and nodes that are dead
 *   runner.c     the threads over these
 *   schedule.c   times by rules; calendar.c, the days that are not as the week says
 *   timer.c      jobs added by schedules
 */
#ifndef JOBS_ROOM_H
#define JOBS_ROOM_H

#include "jobs/jobs.h"

/* --- Nodes (node.c) ---------------------------------------------------------------------- */

#define YX_NODES_MAX 256

/* Another node, as this one has seen it. */
struct yx_seen {
    char id[YX_UUID_TEXT];
    int64_t beat;
    int64_t since; /* of the monotonic clock: when it was first seen with this beat */
    bool present;  /* still in the database */
};
struct yx_node {
    char id[YX_UUID_TEXT];
    int64_t beat_at;  /* of the monotonic clock: the last beat that is known to be written */
    int64_t watch_at; /* the same: the last look at the others */
    struct yx_seen seen[YX_NODES_MAX];
    size_t seen_count;
};
/* Takes a new identity, unknown to the database. */
yx_status yx_node_join(struct yx_node *node, struct yx_store *store, yx_time now,
                       struct yx_error *err);
/* Counts up. YX_REFUSED when the others have taken this node for dead: it must join anew. */
yx_status yx_node_beat(struct yx_node *node, struct yx_store *store, int64_t monotonic,
                       struct yx_error *err);
/* Looks at the others, and gives back the jobs of those that have not moved for `lease`. */
yx_status yx_node_watch(struct yx_node *node, struct yx_store *store, int64_t monotonic,
                        yx_time lease, yx_time now, struct yx_error *err);
/* Forgets what it has seen: while the database was away, nobody could beat. */
void yx_node_blink(struct yx_node *node);
/* Leaves, and its jobs with it. */
yx_status yx_node_leave(struct yx_node *node, struct yx_store *store, yx_time now,
                        struct yx_error *err);

/* --- Taking (take.c) --------------------------------------------------------------------- */

/* A job that was taken, with its texts. */
struct yx_taken {
    const struct yx_job_kind *kind;
    char id[YX_UUID_TEXT];
    char *payload, *key;
    int64_t tries;
    struct yx_taken *next;
};
void yx_taken_free(struct yx_taken *taken);
YX_DEFINE_CLEAN(yx_taken, struct yx_taken *, yx_taken_free);

/* How many of each kind may be taken, and of all together. */
struct yx_appetite {
    const struct yx_job_kind *kinds;
    size_t kind_count;
    size_t first; /* with which kind to begin */
    unsigned room[YX_JOB_KINDS_MAX];
    unsigned total;
};
/* Takes what is due; `*out` is a list, to be freed one by one. */
yx_status yx_jobs_take(struct yx_store *store, const char *node, const struct yx_appetite *appetite,
                       yx_time now, struct yx_taken **out, struct yx_error *err);
/* Is anything due? */
yx_status yx_jobs_due(struct yx_store *store, yx_time now, bool *due, struct yx_error *err);

/* How a run ended. */
struct yx_ending {
    enum yx_job_state state; /* done, failed, or waiting until `due` */
    yx_time due;
    bool uncounted;    /* the try is not counted */
    const char *error; /* NULL: none */
};
/* Notes it; nothing happens when the job is not the node's any more. A job that somebody wanted to
 * be cancelled does not wait again. */
yx_status yx_jobs_end(struct yx_store *store, const char *id, const char *node,
                      const struct yx_ending *ending, yx_time now, struct yx_error *err);
/* The pause after a number of tries, a little random. */
yx_time yx_jobs_pause(const struct yx_job_kind *kind, int64_t tries);

/* Each job that the database says this node runs. */
typedef yx_status (*yx_each_held)(void *self, const char *id, bool cancel, struct yx_error *err);
yx_status yx_jobs_held(struct yx_store *store, const char *node, yx_each_held each, void *self,
                       struct yx_error *err);

/* --- Mending (take.c, timer.c) ----------------------------------------------------------- */

/* After the clock was set back: what was counted from times to come is counted from now. */
yx_status yx_jobs_mend(struct yx_store *store, yx_time now, struct yx_error *err);
yx_status yx_timers_mend(struct yx_store *store, yx_time now, struct yx_error *err);
/* Deletes what was done before `until`, some at a time; `*more`: there may be more. */
yx_status yx_jobs_sweep(struct yx_store *store, yx_time until, bool *more, struct yx_error *err);

/* Adds the jobs of the timers that are due; `*fired` is how many. YX_USAGE: but for some whose
 * schedule cannot be read here. */
yx_status yx_timers_fire(struct yx_store *store, yx_time now, int64_t *fired, struct yx_error *err);

#endif
