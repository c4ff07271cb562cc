/* SPDX-License-Identifier: Apache-2.0 */
/* job.c - jobs added, shown, cancelled and tried again. */
#include "jobs/room.h"

static const char *const state_names[] = {
    [YX_JOB_WAITING] = "waiting", [YX_JOB_RUNNING] = "running",     [YX_JOB_FAILED] = "failed",
    [YX_JOB_DONE] = "done",       [YX_JOB_CANCELLED] = "cancelled",
};
#define STATES (sizeof state_names / sizeof *state_names)

/* The lane of a priority: the lowest is taken first. */
static const int lanes[] = {[YX_JOB_URGENT] = 0, [YX_JOB_USUAL] = 1, [YX_JOB_IDLE] = 2};

const char *yx_job_state_name(enum yx_job_state state)
{
    return (size_t)state < STATES ? state_names[state] : "";
}

yx_status yx_job_state_read(const char *name, enum yx_job_state *out, struct yx_error *err)
{
    for (size_t i = 0; i < STATES; i++)
        if (strcmp(name, state_names[i]) == 0) {
            *out = (enum yx_job_state)i;
            return YX_OK;
        }
    return yx_fail(err, YX_USAGE, "", N_("{1} is no state of a job"), name);
}

static enum yx_job_priority priority_of(int64_t lane)
{
    size_t priority = 0;

    while (priority < sizeof lanes / sizeof *lanes - 1 && lanes[priority] != lane)
        priority++;
    return (enum yx_job_priority)priority;
}

/* --- Adding ------------------------------------------------------------------------------ */

static yx_status take_id(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    (void)snprintf(self, YX_UUID_TEXT, "%s", yx_row_text(row, 0));
    return YX_OK;
}

static yx_status find_id(struct yx_tx *tx, const struct yx_job_request *request, char *id,
                         struct yx_error *err)
{
    const struct yx_value key[] = {yx_value_text(request->kind), yx_value_text(request->key)};

    return yx_tx_query(tx, "SELECT id FROM job WHERE kind = $1 AND key = $2", key, 2, take_id, id,
                       err);
}

yx_status yx_job_add(struct yx_tx *tx, const struct yx_job_request *request, yx_time now,
                     char id[YX_UUID_TEXT], struct yx_error *err)
{
    bool at_once = request->due == 0;
    char made[YX_UUID_TEXT];

    YX_TRY(yx_uuid_make(now, made, err));
    const struct yx_value values[] = {
        yx_value_text(made),
        yx_value_text(request->kind),
        yx_value_text(request->key),
        yx_value_text(request->payload == NULL ? "{}" : request->payload),
        yx_value_integer(lanes[request->priority]),
        yx_value_time(at_once ? now : request->due),
        yx_value_time(at_once ? now : YX_TIME_NONE),
        yx_value_time(now),
    };
    YX_TRY(yx_tx_run(tx,
                     "INSERT INTO job (id, kind, key, payload, lane, state, due, counted, tries,"
                     " cancel, created) VALUES ($1, $2, $3, $4, $5, 0, $6, $7, 0, 0, $8)"
                     " ON CONFLICT (kind, key) DO NOTHING",
                     values, 8, NULL, err));
    if (id == NULL)
        return YX_OK;
    memcpy(id, made, sizeof made);
    return request->key == NULL ? YX_OK : find_id(tx, request, id, err);
}

/* --- Showing ----------------------------------------------------------------------------- */

#define COLUMNS "id, kind, key, payload, lane, state, due, tries, created, finished, error"

struct showing {
    yx_each_job each;
    void *self;
    bool any;
};

static yx_status show(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct showing *showing = self;
    const struct yx_job_row job = {
        .id = yx_row_text(row, 0),
        .kind = yx_row_text(row, 1),
        .key = yx_row_text(row, 2),
        .payload = yx_row_text(row, 3),
        .priority = priority_of(yx_row_integer(row, 4)),
        .state = (enum yx_job_state)yx_row_integer(row, 5),
        .due = yx_row_time(row, 6),
        .tries = yx_row_integer(row, 7),
        .created = yx_row_time(row, 8),
        .finished = yx_row_time(row, 9),
        .error = yx_row_text(row, 10),
    };

    showing->any = true;
    return showing->each(showing->self, &job, err);
}

/* Behind the last of all ids. */
#define NO_ID "g"

yx_status yx_jobs_list(struct yx_tx *tx, const struct yx_job_filter *filter, int64_t limit,
                       yx_each_job each, void *self, struct yx_error *err)
{
    struct showing showing = {.each = each, .self = self};
    enum yx_job_state state = YX_JOB_WAITING;

    if (filter->state != NULL)
        YX_TRY(yx_job_state_read(filter->state, &state, err));
    const struct yx_value values[] = {
        yx_value_text(filter->below == NULL ? NO_ID : filter->below),
        yx_value_text(filter->kind),
        yx_value_integer(limit),
        yx_value_integer(state),
    };
    if (filter->state != NULL)
        return yx_tx_query(tx,
                           "SELECT " COLUMNS " FROM job WHERE id < $1 AND state = $4"
                           " AND (CAST($2 AS TEXT) IS NULL OR kind = $2)"
                           " ORDER BY id DESC LIMIT $3",
                           values, 4, show, &showing, err);
    return yx_tx_query(tx,
                       "SELECT " COLUMNS " FROM job WHERE id < $1"
                       " AND (CAST($2 AS TEXT) IS NULL OR kind = $2) ORDER BY id DESC LIMIT $3",
                       values, 3, show, &showing, err);
}

yx_status yx_job_get(struct yx_tx *tx, const char *id, yx_each_job each, void *self,
                     struct yx_error *err)
{
    struct showing showing = {.each = each, .self = self};
    struct yx_value key = yx_value_text(id);

    YX_TRY(
        yx_tx_query(tx, "SELECT " COLUMNS " FROM job WHERE id = $1", &key, 1, show, &showing, err));
    YX_REQUIRE(showing.any, err, YX_NO_INPUT, "", N_("there is no job {1}"), id);
    return YX_OK;
}

struct counting {
    yx_each_job_count each;
    void *self;
};

static yx_status count_row(void *self, const struct yx_row *row, struct yx_error *err)
{
    const struct counting *counting = self;
    const struct yx_job_count count = {
        .kind = yx_row_text(row, 0),
        .state = (enum yx_job_state)yx_row_integer(row, 1),
        .count = yx_row_integer(row, 2),
        .oldest_due = yx_row_time(row, 3),
    };

    return counting->each(counting->self, &count, err);
}

yx_status yx_jobs_count(struct yx_tx *tx, yx_each_job_count each, void *self, struct yx_error *err)
{
    struct counting counting = {each, self};

    return yx_tx_query(tx,
                       "SELECT kind, state, count(*), min(due) FROM job"
                       " WHERE state IN (0, 1, 2) GROUP BY kind, state ORDER BY kind, state",
                       NULL, 0, count_row, &counting, err);
}

/* --- Changing ---------------------------------------------------------------------------- */

static yx_status is_there(void *self, const struct yx_job_row *row, struct yx_error *err)
{
    (void)self, (void)row, (void)err;
    return YX_OK;
}

yx_status yx_job_retry(struct yx_tx *tx, const char *id, yx_time now, struct yx_error *err)
{
    const struct yx_value values[] = {yx_value_text(id), yx_value_time(now)};
    int64_t changed = 0;

    YX_TRY(yx_tx_run(tx,
                     "UPDATE job SET state = 0, due = $2, counted = $2, tries = 0, cancel = 0,"
                     " finished = NULL WHERE id = $1 AND state IN (2, 4)",
                     values, 2, &changed, err));
    if (changed == 1)
        return YX_OK;
    YX_TRY(yx_job_get(tx, id, is_there, NULL, err));
    return yx_fail(err, YX_REFUSED, "job state",
                   N_("job {1} has neither failed nor been cancelled"), id);
}

yx_status yx_job_cancel(struct yx_tx *tx, const char *id, yx_time now, struct yx_error *err)
{
    const struct yx_value values[] = {yx_value_text(id), yx_value_time(now)};
    int64_t ended = 0, asked = 0;

    YX_TRY(yx_tx_run(tx,
                     "UPDATE job SET state = 4, finished = $2 WHERE id = $1 AND state IN (0, 2)",
                     values, 2, &ended, err));
    if (ended == 0)
        YX_TRY(yx_tx_run(tx, "UPDATE job SET cancel = 1 WHERE id = $1 AND state = 1", values, 1,
                         &asked, err));
    if (ended + asked == 1)
        return YX_OK;
    YX_TRY(yx_job_get(tx, id, is_there, NULL, err));
    return yx_fail(err, YX_REFUSED, "job state", N_("job {1} has ended"), id);
}
