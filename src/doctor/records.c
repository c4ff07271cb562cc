/* SPDX-License-Identifier: Apache-2.0 */
/* doctor/records.c - the database, the audit list in it, and the documents. */
#include <sys/stat.h>
#include <unistd.h>

#include "audit/audit.h"
#include "blob/blob.h"
#include "doctor/room.h"
#include "jobs/jobs.h"
#include "policy/policy.h"

/* So many of the last records, and documents, unless all are asked for. */
#define LAST 10000
#define SAMPLE 50
/* A job that waits so long beyond its time waits for somebody. */
#define JOB_PATIENCE (3600 * YX_SECOND)

/* Nothing more can be said without a database. */
static bool has_store(struct yx_doctor *doctor)
{
    if (doctor->store == NULL)
        yx_doctor_note(doctor, YX_FINDING_WARNING, N_("cannot be looked at without the database"));
    return doctor->store != NULL;
}

/* --- The database -------------------------------------------------------------------------- */

void yx_doctor_database(struct yx_doctor *doctor)
{
    struct yx_error err = {0};
    size_t steps = 0;

    if (doctor->store == NULL)
        yx_doctor_note_error(doctor, YX_FINDING_FAILURE, &doctor->store_error);
    else if (doctor->visit->full && yx_store_check(doctor->store, &err) != YX_OK)
        yx_doctor_note_error(doctor, YX_FINDING_FAILURE, &err);
    else if (yx_audit_pending(doctor->store, &steps, &err) != YX_OK)
        yx_doctor_note_error(doctor, YX_FINDING_FAILURE, &err);
    else if (steps > 0)
        yx_doctor_note(doctor, YX_FINDING_WARNING,
                       N_("the tables of the database are of an older version: the next start of "
                          "the service brings them up to date"));
    else
        yx_doctor_note(doctor, YX_FINDING_OK, N_("the database answers, and its tables are known"));
}

/* --- The audit list ------------------------------------------------------------------------ */

static yx_status count(void *self, const struct yx_audit_leaf *leaf, struct yx_error *err)
{
    (void)leaf, (void)err;
    ++*(int64_t *)self;
    return YX_OK;
}

static yx_status verify_all(struct yx_doctor *doctor, int64_t *checked, struct yx_error *err)
{
    struct yx_audit_verification verification = {0};

    YX_TRY(yx_audit_verify(doctor->store, &verification, err));
    *checked = verification.head.size;
    return YX_OK;
}

/* The last records, and the root under the last checkpoint. */
static yx_status verify_last(struct yx_doctor *doctor, int64_t *checked, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    struct yx_audit_checkpoint checkpoint;
    struct yx_audit_head head, then;

    YX_TRY(yx_audit_head_now(doctor->store, &head, err));
    YX_TRY(yx_audit_list(doctor->store, head.size > LAST ? head.size - LAST + 1 : 1, LAST, count,
                         checked, err));
    YX_TRY(yx_audit_checkpoint_last(doctor->store, &note, err));
    if (note.len == 0)
        return YX_OK;
    YX_TRY(yx_audit_checkpoint_read(yx_buf_bytes(&note), &checkpoint, err));
    YX_TRY(yx_audit_head_at(doctor->store, checkpoint.head.size, &then, err));
    YX_REQUIRE(
        memcmp(&then.root, &checkpoint.head.root, sizeof then.root) == 0, err, YX_DAMAGED, "",
        N_("the audit list is not what the checkpoint of {1} leaves says: some were changed"),
        YX_NUM(checkpoint.head.size));
    return YX_OK;
}

void yx_doctor_audit(struct yx_doctor *doctor)
{
    struct yx_error err = {0};
    int64_t checked = 0;

    if (!has_store(doctor))
        return;
    if ((doctor->visit->full ? verify_all(doctor, &checked, &err)
                             : verify_last(doctor, &checked, &err)) != YX_OK)
        yx_doctor_note_error(doctor, YX_FINDING_FAILURE, &err);
    else
        yx_doctor_note(doctor, YX_FINDING_OK,
                       doctor->visit->full ? N_("all {1} records of the audit list are sound")
                                           : N_("the last {1} records of the audit list are sound"),
                       YX_NUM(checked));
}

/* --- Jobs ---------------------------------------------------------------------------------- */

struct piles {
    int64_t failed;
    yx_time oldest; /* that is due */
};

static yx_status take_pile(void *self, const struct yx_job_count *count, struct yx_error *err)
{
    struct piles *piles = self;

    (void)err;
    if (count->state == YX_JOB_FAILED)
        piles->failed += count->count;
    if (count->state == YX_JOB_WAITING && count->oldest_due < piles->oldest)
        piles->oldest = count->oldest_due;
    return YX_OK;
}

static yx_status ask_jobs(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_jobs_count(tx, take_pile, self, err);
}

/* Without their table there were none yet. */
void yx_doctor_jobs(struct yx_doctor *doctor)
{
    struct piles piles = {.oldest = doctor->visit->now};

    if (!has_store(doctor))
        return;
    (void)yx_store_read(doctor->store, ask_jobs, &piles, NULL);
    if (piles.failed > 0)
        yx_doctor_note(doctor, YX_FINDING_WARNING,
                       N_("{1} jobs have failed: look why, then try them again or cancel them"),
                       YX_NUM(piles.failed));
    if (piles.oldest < doctor->visit->now - JOB_PATIENCE)
        yx_doctor_note(doctor, YX_FINDING_WARNING,
                       N_("a job waits since {1}: does the service run, and with enough nodes?"),
                       YX_WHEN(piles.oldest));
    else if (piles.failed == 0)
        yx_doctor_note(doctor, YX_FINDING_OK, N_("no job has failed, and none is late"));
}

/* --- What is done regularly ---------------------------------------------------------------- */

static yx_status take_at(void *self, const struct yx_audit_leaf *leaf, struct yx_error *err)
{
    (void)err;
    *(yx_time *)self = leaf->at;
    return YX_OK;
}

static yx_time newest(struct yx_doctor *doctor, const char *action)
{
    const struct yx_audit_search what = {
        .action = action, .from = YX_TIME_NONE, .before_at = YX_TIME_NONE, .limit = 1};
    yx_time at = YX_TIME_NONE;

    (void)yx_audit_find(doctor->store, &what, take_at, &at, NULL);
    return at;
}

/* What people do regularly: by a rule, or, where none says how often, after `age`. `never` and
 * `late` say what to do; {1} is when it was last done. */
struct habit {
    const char *action;
    const char *rule;
    yx_time age;
    const char *never, *late, *good;
};
static const struct habit reviewing = {
    .action = "audit.review.make",
    .rule = "check.seal-audit",
    .never = N_("nobody has reviewed the audit list yet: `yinxin audit review` records that"),
    .late = N_("the audit list was last reviewed at {1}: it is time for another"),
    .good = N_("the audit list was reviewed at {1}")};
static const struct habit backing_up = {
    .action = "backup.make",
    .age = 7 * YX_DAY,
    .never = N_("there is no backup: make one by `yinxin backup`, on another machine"),
    .late = N_("the last backup was made at {1}: it is time for another"),
    .good = N_("a backup was made at {1}")};
static const struct habit trying = {
    .action = "backup.try",
    .rule = "check.backup",
    .never = N_("no backup was tried yet: `yinxin restore --verify --tell` does, and records it"),
    .late = N_("a backup was last tried at {1}: it is time to try another"),
    .good = N_("a backup was tried at {1}")};

struct waiting {
    const struct habit *habit;
    yx_time last, due, now;
};

static yx_status ask_rule(void *self, struct yx_tx *tx, struct yx_error *err)
{
    YX_CLEAN(yx_calendar) struct yx_calendar calendar = {0};
    struct waiting *waiting = self;
    struct yx_policy_duration interval;

    YX_TRY(yx_policy_duration(tx, "", waiting->habit->rule, waiting->now, &interval, NULL, err));
    YX_TRY(yx_calendar_load(tx, &calendar, err));
    return yx_policy_after(waiting->last, &interval, &calendar, &waiting->due, err);
}

/* Without the tables of the rules, what is usual holds. */
static yx_time due_by_rule(struct yx_doctor *doctor, const struct habit *habit, yx_time last)
{
    struct waiting waiting = {.habit = habit, .last = last, .due = last, .now = doctor->visit->now};
    const struct yx_calendar plain = {0};
    struct yx_policy_duration usual;

    if (yx_store_read(doctor->store, ask_rule, &waiting, NULL) != YX_OK &&
        yx_policy_duration_read(yx_policy_setting_find(habit->rule)->usual, &usual, NULL) == YX_OK)
        (void)yx_policy_after(last, &usual, &plain, &waiting.due, NULL);
    return waiting.due;
}

static void look_at_habit(struct yx_doctor *doctor, const struct habit *habit)
{
    yx_time last = newest(doctor, habit->action), due;

    if (last == YX_TIME_NONE) {
        yx_doctor_note(doctor, YX_FINDING_WARNING, habit->never);
        return;
    }
    due = habit->rule == NULL ? last + habit->age : due_by_rule(doctor, habit, last);
    if (due < doctor->visit->now)
        yx_doctor_note(doctor, YX_FINDING_WARNING, habit->late, YX_WHEN(last));
    else
        yx_doctor_note(doctor, YX_FINDING_OK, habit->good, YX_WHEN(last));
}

void yx_doctor_review(struct yx_doctor *doctor)
{
    if (has_store(doctor))
        look_at_habit(doctor, &reviewing);
}

void yx_doctor_backup(struct yx_doctor *doctor)
{
    if (!has_store(doctor))
        return;
    look_at_habit(doctor, &backing_up);
    look_at_habit(doctor, &trying);
}

/* --- Documents ----------------------------------------------------------------------------- */

struct sampling {
    struct yx_blobs *blobs;
    int64_t looked, wrong, every, seen;
    struct yx_error first; /* of what was wrong */
};

static yx_status look_at_blob(void *self, const struct yx_blob_row *row, struct yx_error *err)
{
    struct sampling *sampling = self;
    struct yx_error cause = {0};
    int fd = -1;

    (void)err;
    if (sampling->seen++ % sampling->every != 0)
        return YX_OK;
    sampling->looked++;
    if (yx_blob_fetch(sampling->blobs, row->digest, &fd, &cause) == YX_OK)
        (void)close(fd);
    else if (sampling->wrong++ == 0)
        sampling->first = cause;
    return YX_OK;
}

static yx_status take_count(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

/* -1: the tables are not there yet. */
static yx_status ask_count(void *self, struct yx_tx *tx, struct yx_error *err)
{
    int64_t *all = self;

    YX_TRY(yx_tx_query(tx, "SELECT count(*) FROM yx_migration WHERE schema = 'blob'", NULL, 0,
                       take_count, all, err));
    if (*all == 0) {
        *all = -1;
        return YX_OK;
    }
    return yx_tx_query(tx, "SELECT count(*) FROM blob", NULL, 0, take_count, all, err);
}

struct trouble {
    bool any;
    struct yx_error first;
};

static void note_trouble(void *self, const char *name, const struct yx_error *why)
{
    struct trouble *trouble = self;

    (void)name;
    if (!trouble->any)
        trouble->first = *why;
    trouble->any = true;
}

/* All of them, and files that no row knows. */
static void verify_blobs(struct yx_doctor *doctor, struct yx_blobs *blobs)
{
    struct trouble trouble = {.any = false};
    struct yx_blobs_verification seen = {.tell = note_trouble, .self = &trouble};
    struct yx_error err = {0};

    if (yx_blobs_verify(blobs, doctor->store, &seen, &err) != YX_OK)
        yx_doctor_note_error(doctor, YX_FINDING_FAILURE, &err);
    else if (seen.missing + seen.damaged > 0)
        yx_doctor_note_error(doctor, YX_FINDING_FAILURE, &trouble.first);
    else
        yx_doctor_note(doctor, YX_FINDING_OK, N_("{1} of {2} documents are what they were"),
                       YX_NUM(seen.count), YX_NUM(seen.count));
    if (seen.strangers > 0)
        yx_doctor_note(doctor, YX_FINDING_WARNING,
                       N_("{1} files in {2} belong to no document of the database: keep them until "
                          "it is known whether it was restored from an older backup"),
                       YX_NUM(seen.strangers), doctor->visit->settings->blobs);
}

static void look_at_blobs(struct yx_doctor *doctor, struct yx_blobs *blobs)
{
    struct sampling sampling = {.blobs = blobs, .every = 1};
    struct yx_error err = {0};
    int64_t all = 0;

    if (yx_store_read(doctor->store, ask_count, &all, &err) != YX_OK) {
        yx_doctor_note_error(doctor, YX_FINDING_FAILURE, &err);
        return;
    }
    if (all <= 0) {
        yx_doctor_note(doctor, YX_FINDING_OK, N_("there are no documents yet"));
        return;
    }
    if (doctor->visit->full) {
        verify_blobs(doctor, blobs);
        return;
    }
    if (all > SAMPLE)
        sampling.every = all / SAMPLE;
    if (yx_blobs_each(doctor->store, look_at_blob, &sampling, &err) != YX_OK)
        yx_doctor_note_error(doctor, YX_FINDING_FAILURE, &err);
    else if (sampling.wrong > 0)
        yx_doctor_note_error(doctor, YX_FINDING_FAILURE, &sampling.first);
    else
        yx_doctor_note(doctor, YX_FINDING_OK, N_("{1} of {2} documents are what they were"),
                       YX_NUM(sampling.looked), YX_NUM(all));
}

/* What another account makes there, the service could not use. */
static bool is_ours(struct yx_doctor *doctor)
{
    const struct yx_settings *settings = doctor->visit->settings;
    bool is_bucket = strncmp(settings->blobs, "s3://", 5) == 0;
    const char *place = is_bucket ? settings->s3_spool : settings->blobs;
    struct stat about;

    if (stat(place, &about) != 0)
        place = doctor->visit->folder;
    if (stat(place, &about) != 0 || about.st_uid == geteuid())
        return true;
    yx_doctor_note(doctor, YX_FINDING_WARNING,
                   N_("{1} belongs to another account: run this as the account of the service"),
                   place);
    return false;
}

void yx_doctor_documents(struct yx_doctor *doctor)
{
    YX_CLEAN(yx_blobs) struct yx_blobs *blobs = NULL;
    struct yx_error err = {0};

    if (!has_store(doctor) || !is_ours(doctor))
        return;
    if (yx_blobs_open(doctor->visit->settings, &blobs, &err) != YX_OK ||
        yx_blobs_try(blobs, &err) != YX_OK)
        yx_doctor_note_error(doctor, YX_FINDING_FAILURE, &err);
    else
        look_at_blobs(doctor, blobs);
}
