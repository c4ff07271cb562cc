/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apirecords/message.c - the inbox of whoever asks, and events as they come.
 *
 *   GET   /api/v1/messages?unread=true
 *   POST  /api/v1/messages/{message}/read
 *   POST  /api/v1/messages/read            all of them
 *   GET   /api/v1/events                   server-sent events: "unread", and for who may see the
 *                                          state of the system "jobs"
 */
#include <stdlib.h>

#include "apirecords/apirecords.h"
#include "outbox/outbox.h"

static json_t *describe(const struct yx_inbox_message *message)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s?, s:o, s:o}", "id", message->id, "kind",
                     message->kind, "title", message->title, "text", message->text, "about",
                     message->about, "at", yx_api_time(message->at), "read_at",
                     yx_api_time(message->read_at));
}

/* --- The inbox ------------------------------------------------------------------------------- */

struct listing {
    const char *paged;
    bool unread;
};
static const struct yx_json_member filters[] = {
    {"unread", YX_JSON_BOOL, false, 0, 0, YX_JSON_AT(struct listing, unread)},
    YX_API_PAGE_MEMBERS(struct listing, paged),
    YX_JSON_END,
};

static yx_status add_message(void *self, const struct yx_inbox_message *message,
                             struct yx_error *err)
{
    return yx_api_page_add(self, message->id, describe(message), err);
}

static yx_status list_messages(void *self, struct yx_tx *tx, struct yx_api_page *page,
                               struct yx_error *err)
{
    const struct listing *listing = self;

    return yx_inbox_list(tx, page->call->who.account, listing->unread,
                         page->after[0] == '\0' ? NULL : page->after, yx_api_page_rows(page),
                         add_message, page, err);
}

static yx_status get_messages(struct yx_api_call *call, struct yx_error *err)
{
    struct listing listing = {0};

    YX_TRY(yx_http_query_members(call->http, filters, &listing, err));
    return yx_api_list(call, list_messages, &listing, err);
}

struct marking {
    const struct yx_api_call *call;
    const char *id; /* NULL: all */
};

static yx_status mark(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                      struct yx_error *err)
{
    const struct marking *marking = self;
    const struct yx_api_call *call = marking->call;

    if (marking->id != NULL)
        yx_api_about(outcome, "message", marking->id);
    return yx_inbox_read(tx, call->who.account, marking->id, call->now, err);
}

static yx_status read_some(struct yx_api_call *call, const char *id, struct yx_error *err)
{
    struct marking marking = {call, id};

    YX_TRY(yx_api_nothing(call, err));
    return yx_api_change(call, mark, &marking, err);
}

static yx_status post_read(struct yx_api_call *call, struct yx_error *err)
{
    return read_some(call, call->http->ids[0], err);
}

static yx_status post_read_all(struct yx_api_call *call, struct yx_error *err)
{
    return read_some(call, NULL, err);
}

/* --- Events ---------------------------------------------------------------------------------- */

/* What a client was told last. */
struct watching {
    struct yx_store *store;
    char account[YX_UUID_TEXT];
    bool system;
    int64_t unread, told_unread; /* -1: nothing yet */
    int64_t counts[3], told_counts[3];
    yx_time until; /* then it comes back, and is asked again who it is */
};

#define WATCH_SECONDS 300

static yx_status take_count(void *self, const struct yx_job_count *count, struct yx_error *err)
{
    struct watching *watching = self;

    (void)err;
    watching->counts[count->state] += count->count;
    return YX_OK;
}

static yx_status look(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct watching *watching = self;

    memset(watching->counts, 0, sizeof watching->counts);
    YX_TRY(yx_inbox_unread(tx, watching->account, &watching->unread, err));
    return watching->system ? yx_jobs_count(tx, take_count, watching, err) : YX_OK;
}

static yx_status poll_events(void *self, struct yx_buf *out, bool *ended, struct yx_error *err)
{
    struct watching *watching = self;
    const int64_t *counts = watching->counts;
    char data[160];

    *ended = yx_monotonic() > watching->until;
    YX_TRY(yx_store_read(watching->store, look, watching, err));
    if (watching->unread != watching->told_unread) {
        (void)snprintf(data, sizeof data, "{\"unread\":%lld}", (long long)watching->unread);
        YX_TRY(yx_http_event(out, "unread", "", data));
        watching->told_unread = watching->unread;
    }
    if (!watching->system ||
        memcmp(counts, watching->told_counts, sizeof watching->told_counts) == 0)
        return YX_OK;
    (void)snprintf(data, sizeof data, "{\"waiting\":%lld,\"running\":%lld,\"failed\":%lld}",
                   (long long)counts[YX_JOB_WAITING], (long long)counts[YX_JOB_RUNNING],
                   (long long)counts[YX_JOB_FAILED]);
    YX_TRY(yx_http_event(out, "jobs", "", data));
    memcpy(watching->told_counts, counts, sizeof watching->told_counts);
    return YX_OK;
}

/* Whoever may not see the state of the system is told of their inbox alone. */
static yx_status ask_system(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_api_call *call = self;

    return yx_api_require_also(call, tx, "system.read", err);
}

static yx_status may_see_system(struct yx_api_call *call, bool *may, struct yx_error *err)
{
    struct yx_error inner = {0};
    yx_status status = yx_store_read(call->services->store, ask_system, call, &inner);

    *may = status == YX_OK;
    if (status == YX_OK || status == YX_REFUSED)
        return YX_OK;
    if (err != NULL)
        *err = inner;
    return status;
}

static yx_status get_events(struct yx_api_call *call, struct yx_error *err)
{
    struct watching *watching;
    bool system;

    YX_TRY(may_see_system(call, &system, err));
    watching = calloc(1, sizeof *watching);
    if (watching == NULL)
        return yx_fail_memory(err);
    *watching = (struct watching){.store = call->services->store,
                                  .system = system,
                                  .told_unread = -1,
                                  .told_counts = {-1},
                                  .until = yx_monotonic() + WATCH_SECONDS * YX_SECOND};
    (void)snprintf(watching->account, sizeof watching->account, "%s", call->who.account);
    call->reply->content_type = "text/event-stream";
    call->reply->events = (struct yx_http_events){poll_events, free, watching};
    return YX_OK;
}

const struct yx_api_route yx_api_messages[] = {
    {"GET", "/api/v1/messages", YX_API_LOGGED_IN, NULL, get_messages},
    {"POST", "/api/v1/messages/read", YX_API_LOGGED_IN, "message.read", post_read_all},
    {"POST", "/api/v1/messages/{message}/read", YX_API_LOGGED_IN, "message.read", post_read},
    {"GET", "/api/v1/events", YX_API_LOGGED_IN, NULL, get_events},
    YX_API_ROUTES_END,
};
