/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apirecords/job.c - what waits, runs, and has failed; and what comes by schedule.
 *
 *   GET   /api/v1/jobs?kind=&state=
 *   GET   /api/v1/jobs/{job}
 *   POST  /api/v1/jobs/{job}/retry
 *   POST  /api/v1/jobs/{job}/cancel
 *   GET   /api/v1/timers
 *
 * Jobs are of all parties: whoever looks after one alone has nothing to do with them.
 */
#include "apirecords/apirecords.h"
#include "jobs/jobs.h"

static const char *const priorities[] = {
    [YX_JOB_USUAL] = "usual", [YX_JOB_URGENT] = "urgent", [YX_JOB_IDLE] = "idle"};

/* What a job is to do may name people: it is not shown. */
static json_t *describe(const struct yx_job_row *row)
{
    return json_pack("{s:s, s:s, s:s?, s:s, s:s, s:I, s:o, s:o, s:o, s:s?}", "id", row->id, "kind",
                     row->kind, "key", row->key, "state", yx_job_state_name(row->state), "priority",
                     priorities[row->priority], "tries", (json_int_t)row->tries, "due",
                     yx_api_time(row->due), "made_at", yx_api_time(row->created), "ended_at",
                     yx_api_time(row->finished), "error", row->error);
}

/* --- Shown ----------------------------------------------------------------------------------- */

struct listing {
    struct yx_job_filter filter;
    const char *paged;
};
static const struct yx_json_member filters[] = {
    {"kind", YX_JSON_TEXT, false, 0, 0, YX_JSON_AT(struct listing, filter.kind)},
    {"state", YX_JSON_TEXT, false, 0, 0, YX_JSON_AT(struct listing, filter.state)},
    YX_API_PAGE_MEMBERS(struct listing, paged),
    YX_JSON_END,
};

static yx_status add_job(void *self, const struct yx_job_row *row, struct yx_error *err)
{
    return yx_api_page_add(self, row->id, describe(row), err);
}

static yx_status list_jobs(void *self, struct yx_tx *tx, struct yx_api_page *page,
                           struct yx_error *err)
{
    struct listing *listing = self;

    listing->filter.below = page->after[0] == '\0' ? NULL : page->after;
    return yx_jobs_list(tx, &listing->filter, yx_api_page_rows(page), add_job, page, err);
}

static yx_status get_jobs(struct yx_api_call *call, struct yx_error *err)
{
    struct listing listing = {0};
    enum yx_job_state state;

    YX_TRY(yx_http_query_members(call->http, filters, &listing, err));
    YX_REQUIRE(listing.filter.state == NULL ||
                   yx_job_state_read(listing.filter.state, &state, NULL) == YX_OK,
               err, YX_USAGE, YX_JSON_RULE, N_("{1}: {2} is no state of a job"), "?state",
               listing.filter.state);
    return yx_api_list(call, list_jobs, &listing, err);
}

static yx_status take_job(void *self, const struct yx_job_row *row, struct yx_error *err)
{
    return yx_api_found_take(self, describe(row), err);
}

static yx_status find_job(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_api_found *found = self;

    return yx_job_get(tx, found->call->http->ids[0], take_job, self, err);
}

static yx_status get_job(struct yx_api_call *call, struct yx_error *err)
{
    return yx_api_get(call, find_job, err);
}

/* --- Changed --------------------------------------------------------------------------------- */

struct changing {
    const struct yx_api_call *call;
    yx_status (*change)(struct yx_tx *tx, const char *id, yx_time now, struct yx_error *err);
};

static yx_status change_job(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                            struct yx_error *err)
{
    const struct changing *changing = self;
    const struct yx_api_call *call = changing->call;
    YX_CLEAN(yx_api_found) struct yx_api_found found = {.call = call};

    YX_TRY(changing->change(tx, call->http->ids[0], call->now, err));
    YX_TRY(find_job(&found, tx, err));
    yx_api_about(outcome, "job", call->http->ids[0]);
    outcome->body = json_incref(found.json);
    return YX_OK;
}

static yx_status post_retry(struct yx_api_call *call, struct yx_error *err)
{
    struct changing changing = {call, yx_job_retry};

    YX_TRY(yx_api_nothing(call, err));
    return yx_api_change(call, change_job, &changing, err);
}

static yx_status post_cancel(struct yx_api_call *call, struct yx_error *err)
{
    struct changing changing = {call, yx_job_cancel};

    YX_TRY(yx_api_nothing(call, err));
    return yx_api_change(call, change_job, &changing, err);
}

/* --- Timers ---------------------------------------------------------------------------------- */

static yx_status add_timer(void *self, const struct yx_timer *timer, struct yx_error *err)
{
    json_t *item = json_pack("{s:s, s:s, s:s, s:o, s:o}", "name", timer->name, "schedule",
                             timer->schedule, "kind", timer->kind, "last", yx_api_time(timer->last),
                             "next", yx_api_time(timer->next));

    return json_array_append_new(self, item) == 0 ? YX_OK : yx_fail_memory(err);
}

static yx_status list_timers(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct yx_api_found *found = self;
    YX_CLEAN(json) json_t *items = json_array();

    YX_TRY(yx_timers_list(tx, add_timer, items, err));
    return yx_api_found_take(found, json_pack("{s:O}", "items", items), err);
}

static yx_status get_timers(struct yx_api_call *call, struct yx_error *err)
{
    return yx_api_get(call, list_timers, err);
}

const struct yx_api_route yx_api_jobs[] = {
    {"GET", "/api/v1/jobs", "system.read", NULL, get_jobs, YX_API_EVERYWHERE},
    {"GET", "/api/v1/jobs/{job}", "system.read", NULL, get_job, YX_API_EVERYWHERE},
    {"POST", "/api/v1/jobs/{job}/retry", "system.operate", "job.retry", post_retry,
     YX_API_EVERYWHERE},
    {"POST", "/api/v1/jobs/{job}/cancel", "system.operate", "job.cancel", post_cancel,
     YX_API_EVERYWHERE},
    {"GET", "/api/v1/timers", "system.read", NULL, get_timers, YX_API_EVERYWHERE},
    YX_API_ROUTES_END,
};
