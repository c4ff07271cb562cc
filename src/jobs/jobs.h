/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jobs/jobs.h - the door to jobs/: work for later, which all nodes on one database share.
 *
 * A job is a row that is written in the transaction of what asks for it, so that both are there or
 * none. Some node takes it when it is due, runs the function that is registered for its kind, and
 * notes how that ended. A job is run at least once: a node may die when all is done but noted, so
 * whatever a job does can be done twice, or is noted by yx_job_finish in the same transaction.
 *
 *   waiting --taken--> running --YX_OK--> done
 *      ^                  |--another try may help--> waiting, after a pause that grows
 *      |<--its node died--|--no try is left, or none would help--> failed --retried--> waiting
 *   waiting, running, failed --cancelled--> cancelled
 *
 * Who holds a job is a node, not a time. Each node counts up a number in the database every few
 * seconds (its beat), and the others watch that by their own monotonic clocks: when a beat has not
 * moved for the length of a lease while the watcher's own did, the node is taken for dead, and its
 * jobs wait again. So no two clocks are ever compared, and none that jumps ends a lease.
 * When a job is due is a time of the wall clock; pauses and "at once" that were counted before the
 * clock was set back are counted anew.
 */
#ifndef JOBS_JOBS_H
#define JOBS_JOBS_H

#include "crypto/crypto.h"
#include "store/store.h"

/* Makes the tables; call it after yx_store_open. */
yx_status yx_jobs_prepare(struct yx_store *store, struct yx_error *err);

/* --- Jobs (job.c) ------------------------------------------------------------------------ */

enum yx_job_priority { YX_JOB_USUAL, YX_JOB_URGENT, YX_JOB_IDLE };
enum yx_job_state { YX_JOB_WAITING, YX_JOB_RUNNING, YX_JOB_FAILED, YX_JOB_DONE, YX_JOB_CANCELLED };
/* "waiting", ... */
const char *yx_job_state_name(enum yx_job_state state);
/* YX_USAGE when no state is called so. */
yx_status yx_job_state_read(const char *name, enum yx_job_state *out, struct yx_error *err);

struct yx_job_request {
    const char *kind;    /* who is to run it: "webhook" */
    const char *payload; /* a JSON object for that function; NULL: {} */
    const char *key;     /* there is one job of that kind and key, as long as it is kept; or NULL */
    yx_time due;         /* 0: at once */
    enum yx_job_priority priority; /* before others of all kinds */
};
/* Adds a job inside the transaction of what asks for it; nothing is added when its key is there
 * already. `id`, the job's, may be NULL: then nobody waits for an answer. */
yx_status yx_job_add(struct yx_tx *tx, const struct yx_job_request *request, yx_time now,
                     char id[YX_UUID_TEXT], struct yx_error *err);

/* A job as its row shows it. */
struct yx_job_row {
    const char *id, *kind, *payload, *key; /* key: NULL when it has none */
    enum yx_job_state state;
    enum yx_job_priority priority;
    int64_t tries;
    yx_time due, created, finished; /* finished: YX_TIME_NONE while it is not */
    const char *error;              /* of the last try; NULL */
};
typedef yx_status (*yx_each_job)(void *self, const struct yx_job_row *row, struct yx_error *err);
struct yx_job_filter {
    const char *kind;  /* NULL: all */
    const char *state; /* NULL: all */
    const char *below; /* only those older than this id; NULL: from the newest on */
};
/* The newest first, at most `limit`. */
yx_status yx_jobs_list(struct yx_tx *tx, const struct yx_job_filter *filter, int64_t limit,
                       yx_each_job each, void *self, struct yx_error *err);
/* YX_NO_INPUT when there is none. */
yx_status yx_job_get(struct yx_tx *tx, const char *id, yx_each_job each, void *self,
                     struct yx_error *err);
/* A job that failed or was cancelled waits again, with all its tries. YX_REFUSED when it did
 * neither. */
yx_status yx_job_retry(struct yx_tx *tx, const char *id, yx_time now, struct yx_error *err);
/* A job that waits or has failed is not run any more; one that runs is asked to end
 * (yx_job_must_end), and not tried again. YX_REFUSED when it has ended. */
yx_status yx_job_cancel(struct yx_tx *tx, const char *id, yx_time now, struct yx_error *err);

/* What is in hand, for one kind and state of waiting, running and failed. */
struct yx_job_count {
    const char *kind;
    enum yx_job_state state;
    int64_t count;
    yx_time oldest_due;
};
typedef yx_status (*yx_each_job_count)(void *self, const struct yx_job_count *count,
                                       struct yx_error *err);
yx_status yx_jobs_count(struct yx_tx *tx, yx_each_job_count each, void *self, struct yx_error *err);

/* --- Running them (runner.c) ------------------------------------------------------------- */

/* A job in the hands of the function that runs it. */
struct yx_job {
    const char *id, *kind, *payload, *key; /* key: "" when it has none */
    int64_t tries;                         /* with this one */
    const char *holder;                    /* the node */
    yx_time later;                         /* see yx_job_run */
    void *place;                           /* the runner's */
};
/*
 * Runs a job. YX_OK: done. YX_REFUSED, YX_USAGE and YX_DAMAGED: failed, since no other try would
 * end otherwise. Any other status: tried again after a pause, until the tries of the kind are used
 * up. Whoever finds that it is not the time yet sets `later`: the job waits until then, whatever is
 * returned, and the try is not counted.
 */
typedef yx_status (*yx_job_run)(void *self, struct yx_job *job, struct yx_error *err);

/* What is registered for a kind. Jobs of kinds that a node does not know are left to others. */
struct yx_job_kind {
    const char *kind;
    yx_job_run run;
    void *self;
    unsigned at_once;         /* how many of them a node runs at the same time; 0: any number */
    unsigned tries;           /* 0: 10 */
    yx_time pause, pause_max; /* after the first try, and at most; 0: 10 s and an hour */
};

struct yx_jobs;
struct yx_jobs_options {
    struct yx_store *store;          /* must outlive the runner */
    const struct yx_job_kind *kinds; /* the same */
    size_t kind_count;               /* at most YX_JOB_KINDS_MAX */
    unsigned threads;                /* 0: 4 */
    yx_time lease;                   /* the same on all nodes; 0: 30 s */
    yx_time poll;                    /* how often to look for jobs of others; 0: 1 s */
    yx_time keep;                    /* how long what is done stays; 0: 30 days */
    yx_time (*clock)(void);          /* NULL: yx_now */
};
#define YX_JOB_KINDS_MAX 64
#define YX_JOB_THREADS_MAX 64

/* Starts the threads. The database may go away and come back meanwhile. */
yx_status yx_jobs_start(const struct yx_jobs_options *options, struct yx_jobs **out,
                        struct yx_error *err);
/* Looks at once: somebody has added a job. */
void yx_jobs_wake(struct yx_jobs *jobs);
/* Why the last look at the database failed; YX_OK when it did not. */
yx_status yx_jobs_health(struct yx_jobs *jobs, struct yx_error *err);
/* Takes no more jobs, asks those that run to end, waits for them, and lets the others have what was
 * not run. */
void yx_jobs_stop(struct yx_jobs *jobs);
YX_DEFINE_CLEAN(yx_jobs, struct yx_jobs *, yx_jobs_stop);

/* Should a long job end: the service stops, the job was cancelled, or its node has lost it? */
bool yx_job_must_end(const struct yx_job *job);
/* Notes in the transaction of its effects that the job is done: then it is done exactly once.
 * YX_REFUSED when it is not its node's any more, and nothing may be done. */
yx_status yx_job_finish(struct yx_tx *tx, const struct yx_job *job, yx_time now,
                        struct yx_error *err);

/* --- Schedules (schedule.c, calendar.c) --------------------------------------------------
 *
 *   each 30 s | each 5 min | each 2 h     from the time before
 *   daily 02:30
 *   workdays 09:00
 *   monthly 10 24:00                      the end of the 10th
 *   monthly last 18:00                    a month that is shorter counts with its last day
 *   yearly 01-31 24:00
 *   after 24 h                            from what it counts from
 *   after 5 workdays                      the end of the fifth working day behind that day
 *
 * The last word may be a zone: Asia/Shanghai unless it says so, UTC, or +08:00. Zones with summer
 * time are none of ours. 24:00 is the end of a day.
 */
enum yx_schedule_kind {
    YX_SCHEDULE_EACH,
    YX_SCHEDULE_DAILY,
    YX_SCHEDULE_WORKDAYS,
    YX_SCHEDULE_MONTHLY,
    YX_SCHEDULE_YEARLY,
    YX_SCHEDULE_AFTER_WORKDAYS,
};
struct yx_schedule {
    enum yx_schedule_kind kind;
    int64_t count;       /* each: microseconds; after: working days */
    unsigned month, day; /* day above the month's last: that */
    unsigned minute;     /* of the day */
    int64_t offset;      /* of the zone, in microseconds east of UTC */
    bool repeats;        /* false: after */
};
yx_status yx_schedule_read(const char *text, struct yx_schedule *out, struct yx_error *err);

/* Days on which people work though it is a weekend, or do not though it is none: what the State
 * Council orders each year. Days that are not in it go by the week. */
struct yx_calendar {
    size_t count;
    struct yx_calendar_day {
        int64_t day; /* since 1970-01-01 */
        bool working;
    } * days; /* in order */
};
yx_status yx_calendar_load(struct yx_tx *tx, struct yx_calendar *out, struct yx_error *err);
/* One day more, or another word on one. `date` is "2026-10-01". */
yx_status yx_calendar_set(struct yx_tx *tx, const char *date, bool working, const char *name,
                          struct yx_error *err);
bool yx_calendar_works(const struct yx_calendar *calendar, int64_t day);
void yx_calendar_free(struct yx_calendar *calendar);
YX_DEFINE_CLEAN_VALUE(yx_calendar, struct yx_calendar, yx_calendar_free);

/* The first time of a schedule after `from`. */
yx_time yx_schedule_next(const struct yx_schedule *schedule, const struct yx_calendar *calendar,
                         yx_time from);

/* --- Timers (timer.c) -------------------------------------------------------------------- */

/*
 * A timer adds a job at each time of its schedule; of all nodes one does. The job's key is NAME and
 * the time that was meant. What was missed while nobody ran is made up for once, with the last time
 * that was missed. A time of a calendar is never used twice, even if the clock is set back (by less
 * than a day: then it had been wrong).
 */
struct yx_timer {
    const char *name;
    const char *schedule;
    const char *kind;    /* of its jobs */
    const char *payload; /* NULL: {} */
    yx_time last, next;  /* given by yx_timers_list; last: YX_TIME_NONE when it never was */
};
/* Makes a timer, or changes the one of that name; an unchanged schedule goes on. */
yx_status yx_timer_set(struct yx_tx *tx, const struct yx_timer *timer, yx_time now,
                       struct yx_error *err);
/* YX_NO_INPUT when there is none of that name. */
yx_status yx_timer_remove(struct yx_tx *tx, const char *name, struct yx_error *err);
typedef yx_status (*yx_each_timer)(void *self, const struct yx_timer *timer, struct yx_error *err);
yx_status yx_timers_list(struct yx_tx *tx, yx_each_timer each, void *self, struct yx_error *err);

#endif
