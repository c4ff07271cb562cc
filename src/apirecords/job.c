/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apirecords/job.c - what waits, runs, and has failed; and what comes by schedule.
 *
 *   GET   /api/v1/jobs?kind=&state=
 *   GET   /api/v1/jobs/{job}
 *   POST  /api/v1/jobs/{job}/retry
 *   POST  /api/v1/jobs/{job}/cancel
 *   GET   /api/v1/timers
 */
#include "apirecords/apirecords.h"
#include "jobs/jobs.h"

static const struct yx_json_member no_members[] = {YX_JSON_END};
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

/* Jobs are of all parties: whoever looks after one alone has nothing to do with them. */
static yx_status require(const struct yx_api_call *call, struct yx_tx *tx, struct yx_error *err)
{
    return yx_api_require(call, tx, &(struct yx_party_scope){0}, err);
}

/* --- Shown ----------------------------------------------------------------------------------- */

struct listing {
    const struct yx_api_call *call;
    struct yx_job_filter filter;
    struct yx_api_page page;
};
static void listing_free(struct listing *listing)
{
    yx_api_page_free(&listing->page);
}
YX_DEFINE_CLEAN_VALUE(listing, struct listing, listing_free);

static yx_status add_job(void *self, const struct yx_job_row *row, struct yx_error *err)
{
    struct listing *listing = self;

    return yx_api_page_add(&listing->page, row->id, describe(row), err);
}

static yx_status list_jobs(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct listing *listing = self;

    YX_TRY(yx_api_page_start(&listing->page, err));
    YX_TRY(require(listing->call, tx, err));
    listing->filter.below = listing->page.after[0] == '\0' ? NULL : listing->page.after;
    return yx_jobs_list(tx, &listing->filter, yx_api_page_rows(&listing->page), add_job, listing,
                        err);
}

static yx_status get_jobs(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(listing) struct listing listing = {.call = call};
    enum yx_job_state state;

    listing.filter.kind = yx_http_query(call->http, "kind");
    listing.filter.state = yx_http_query(call->http, "state");
    YX_REQUIRE(listing.filter.state == NULL ||
                   yx_job_state_read(listing.filter.state, &state, NULL) == YX_OK,
               err, YX_USAGE, YX_JSON_RULE, N_("{1}: {2} is no state of a job"), "?state",
               listing.filter.state);
    YX_TRY(yx_api_page_read(call, &listing.page, err));
    YX_TRY(yx_store_read(call->services->store, list_jobs, &listing, err));
    return yx_api_page_reply(call, &listing.page, err);
}

struct looking {
    const struct yx_api_call *call;
    const char *id;
    json_t *found;
};
static void looking_free(struct looking *looking)
{
    json_decref(looking->found);
}
YX_DEFINE_CLEAN_VALUE(looking, struct looking, looking_free);

static yx_status take_job(void *self, const struct yx_job_row *row, struct yx_error *err)
{
    struct looking *looking = self;

    json_decref(looking->found);
    looking->found = describe(row);
    return looking->found == NULL ? yx_fail_memory(err) : YX_OK;
}

static yx_status find_job(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct looking *looking = self;

    YX_TRY(require(looking->call, tx, err));
    return yx_job_get(tx, looking->id, take_job, self, err);
}

static yx_status get_job(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(looking) struct looking looking = {.call = call, .id = call->http->ids[0]};

    YX_TRY(yx_store_read(call->services->store, find_job, &looking, err));
    return yx_api_reply(call, 200, json_incref(looking.found), err);
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
    YX_CLEAN(looking) struct looking looking = {.id = changing->call->http->ids[0]};

    YX_TRY(require(changing->call, tx, err));
    YX_TRY(changing->change(tx, looking.id, changing->call->now, err));
    YX_TRY(yx_job_get(tx, looking.id, take_job, &looking, err));
    (void)snprintf(outcome->object, sizeof outcome->object, "job:%s", looking.id);
    outcome->body = json_incref(looking.found);
    return YX_OK;
}

static yx_status post_retry(struct yx_api_call *call, struct yx_error *err)
{
    struct changing changing = {call, yx_job_retry};

    YX_TRY(yx_json_members(call->body, no_members, &changing, err));
    return yx_api_change(call, change_job, &changing, err);
}

static yx_status post_cancel(struct yx_api_call *call, struct yx_error *err)
{
    struct changing changing = {call, yx_job_cancel};

    YX_TRY(yx_json_members(call->body, no_members, &changing, err));
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
    struct looking *looking = self;

    json_decref(looking->found);
    looking->found = json_array();
    YX_TRY(require(looking->call, tx, err));
    return yx_timers_list(tx, add_timer, looking->found, err);
}

static yx_status get_timers(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(looking) struct looking looking = {.call = call};

    YX_TRY(yx_store_read(call->services->store, list_timers, &looking, err));
    return yx_api_reply(call, 200, json_pack("{s:O}", "items", looking.found), err);
}

const struct yx_api_route yx_api_jobs[] = {
    {"GET", "/api/v1/jobs", "system.read", NULL, get_jobs},
    {"GET", "/api/v1/jobs/{job}", "system.read", NULL, get_job},
    {"POST", "/api/v1/jobs/{job}/retry", "system.operate", "job.retry", post_retry},
    {"POST", "/api/v1/jobs/{job}/cancel", "system.operate", "job.cancel", post_cancel},
    {"GET", "/api/v1/timers", "system.read", NULL, get_timers},
    YX_API_ROUTES_END,
};
