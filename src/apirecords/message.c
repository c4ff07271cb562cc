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
    const char *account;
    bool unread;
    struct yx_api_page page;
};
static void listing_free(struct listing *listing)
{
    yx_api_page_free(&listing->page);
}
YX_DEFINE_CLEAN_VALUE(listing, struct listing, listing_free);

static yx_status add_message(void *self, const struct yx_inbox_message *message,
                             struct yx_error *err)
{
    struct listing *listing = self;

    return yx_api_page_add(&listing->page, message->id, describe(message), err);
}

static yx_status list_messages(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct listing *listing = self;
    const char *after = listing->page.after;

    YX_TRY(yx_api_page_start(&listing->page, err));
    return yx_inbox_list(tx, listing->account, listing->unread, *after == '\0' ? NULL : after,
                         yx_api_page_rows(&listing->page), add_message, listing, err);
}

static const struct yx_json_member query[] = {
    {"unread", YX_JSON_BOOL, false, 0, 0, YX_JSON_AT(struct listing, unread)},
    {"limit", YX_JSON_TEXT, false, 0, 0, YX_JSON_AT(struct listing, account)},
    {"cursor", YX_JSON_TEXT, false, 0, 0, YX_JSON_AT(struct listing, account)},
    YX_JSON_END,
};

static yx_status get_messages(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(listing) struct listing listing = {0};

    YX_TRY(yx_http_query_members(call->http, query, &listing, err));
    YX_TRY(yx_api_page_read(call, &listing.page, err));
    listing.account = call->who.account;
    YX_TRY(yx_store_read(call->services->store, list_messages, &listing, err));
    return yx_api_page_reply(call, &listing.page, err);
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
        (void)snprintf(outcome->object, sizeof outcome->object, "message:%s", marking->id);
    return yx_inbox_read(tx, call->who.account, marking->id, call->now, err);
}

static yx_status read_some(struct yx_api_call *call, const char *id, struct yx_error *err)
{
    static const struct yx_json_member no_members[] = {YX_JSON_END};
    struct marking marking = {call, id};

    YX_TRY(yx_json_members(call->body, no_members, &marking, err));
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

/* May whoever asks see the state of the system? */
static yx_status ask_system(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct watching *watching = self;
    const struct yx_party_question question = {
        .account = watching->account, .permission = "system.read", .now = yx_now()};

    return yx_party_may(tx, &question, &watching->system, err);
}

static yx_status get_events(struct yx_api_call *call, struct yx_error *err)
{
    struct watching *watching = calloc(1, sizeof *watching);
    yx_status status;

    if (watching == NULL)
        return yx_fail_memory(err);
    *watching = (struct watching){.store = call->services->store,
                                  .told_unread = -1,
                                  .told_counts = {-1},
                                  .until = yx_monotonic() + WATCH_SECONDS * YX_SECOND};
    (void)snprintf(watching->account, sizeof watching->account, "%s", call->who.account);
    status = yx_store_read(watching->store, ask_system, watching, err);
    if (status != YX_OK) {
        free(watching);
        return status;
    }
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
