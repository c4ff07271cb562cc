/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apirecords/webhook.c - whom a party wants to be told, and what became of that. The secret is in
 * the reply that makes a webhook, or another secret, and nowhere else.
 *
 *   GET    /api/v1/webhooks?party=
 *   POST   /api/v1/webhooks                        {party, purpose, url, events}
 *   GET    /api/v1/webhooks/{webhook}
 *   PATCH  /api/v1/webhooks/{webhook}              {url, events, on}
 *   DELETE /api/v1/webhooks/{webhook}
 *   POST   /api/v1/webhooks/{webhook}/secret       another one, from now on
 *   POST   /api/v1/webhooks/{webhook}/test         sends an event of type "test"
 *   GET    /api/v1/webhooks/{webhook}/deliveries
 */
#include "apirecords/apirecords.h"
#include "outbox/outbox.h"

#define PATH "/api/v1/webhooks"

static const char *const purposes[] = {"events", "filings", NULL};

/* --- As JSON --------------------------------------------------------------------------------- */

static json_t *describe(const struct yx_webhook *webhook)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:b, s:s?, s:I, s:o, s:o}", "id", webhook->id,
                     "party", webhook->party, "purpose", yx_webhook_purpose_name(webhook->purpose),
                     "url", webhook->url, "events", yx_api_words(webhook->events, ' '), "on",
                     webhook->on, "off_because", webhook->off_because, "failures",
                     (json_int_t)webhook->failures, "pause_until",
                     yx_api_time(webhook->pause_until), "made_at", yx_api_time(webhook->made_at));
}

static json_t *describe_delivery(const struct yx_delivery *delivery)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:o, s:o, s:s?, s:s?}", "id",
                     delivery->id, "type", delivery->type, "to", delivery->to, "body",
                     delivery->body, "state", yx_delivery_state_name(delivery->state), "tries",
                     (json_int_t)delivery->tries, "status", (json_int_t)delivery->status, "made_at",
                     yx_api_time(delivery->made_at), "tried_at", yx_api_time(delivery->tried_at),
                     "receipt", delivery->receipt, "error", delivery->error);
}

/* --- The webhook at hand --------------------------------------------------------------------- */

struct hand {
    const struct yx_api_call *call;
    json_t *found;
    int64_t generation;
    char party[YX_UUID_TEXT], id[YX_UUID_TEXT];
};
static void hand_free(struct hand *hand)
{
    json_decref(hand->found);
}
YX_DEFINE_CLEAN_VALUE(hand, struct hand, hand_free);

static yx_status take(void *self, const struct yx_webhook *webhook, struct yx_error *err)
{
    struct hand *hand = self;

    json_decref(hand->found);
    hand->found = describe(webhook);
    hand->generation = webhook->generation;
    (void)snprintf(hand->party, sizeof hand->party, "%s", webhook->party);
    return hand->found == NULL ? yx_fail_memory(err) : YX_OK;
}

/* Finds the one in the path, of a party that the asker has to do with. */
static yx_status find(struct hand *hand, struct yx_tx *tx, struct yx_error *err)
{
    (void)snprintf(hand->id, sizeof hand->id, "%s", hand->call->http->ids[0]);
    YX_TRY(yx_webhook_get(tx, hand->id, take, hand, err));
    return yx_api_require_party(hand->call, tx, hand->party, err);
}

static yx_status find_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return find(self, tx, err);
}

static yx_status get_webhook(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(hand) struct hand hand = {.call = call};

    YX_TRY(yx_store_read(call->services->store, find_work, &hand, err));
    return yx_api_reply(call, 200, json_incref(hand.found), err);
}

/* What is told of a change: the webhook as it is now. */
static yx_status tell(struct hand *hand, struct yx_tx *tx, struct yx_api_outcome *outcome,
                      struct yx_error *err)
{
    YX_TRY(yx_webhook_get(tx, hand->id, take, hand, err));
    yx_api_about(outcome, "webhook", hand->id);
    outcome->body = json_incref(hand->found);
    return yx_api_details(outcome, json_incref(hand->found), err);
}

static yx_status tell_secret(const struct hand *hand, struct yx_api_outcome *outcome,
                             struct yx_error *err)
{
    char secret[YX_WEBHOOK_SECRET_TEXT];

    YX_TRY(
        yx_webhook_secret(hand->call->services->outbox, hand->id, hand->generation, secret, err));
    outcome->once = json_pack("{s:s}", "secret", secret);
    yx_wipe(secret, sizeof secret);
    return outcome->once == NULL ? yx_fail_memory(err) : YX_OK;
}

/* --- Made ------------------------------------------------------------------------------------ */

struct entry {
    const struct yx_api_call *call;
    const char *party, *url;
    int purpose;
    json_t *events;
    bool on;
    struct yx_buf words;
};
static void entry_free(struct entry *entry)
{
    yx_buf_free(&entry->words);
}
YX_DEFINE_CLEAN_VALUE(entry, struct entry, entry_free);

static const struct yx_json_member made_members[] = {
    {"party", YX_JSON_ID, true, 0, 0, YX_JSON_AT(struct entry, party)},
    {"purpose", YX_JSON_CHOICE, false, 0, 0, YX_JSON_AT(struct entry, purpose), purposes},
    {"url", YX_JSON_TEXT, true, 1, YX_WEBHOOK_URL_MAX, YX_JSON_AT(struct entry, url)},
    {"events", YX_JSON_LIST, true, 1, 50, YX_JSON_AT(struct entry, events)},
    YX_JSON_END,
};

/* As one text, with spaces between them. */
static yx_status read_events(struct entry *entry, struct yx_error *err)
{
    size_t i;
    json_t *event;

    json_array_foreach(entry->events, i, event)
    {
        YX_REQUIRE(strchr(json_string_value(event), ' ') == NULL, err, YX_USAGE, YX_JSON_RULE,
                   N_("{1}: {2} is no name of an event"), "/events", json_string_value(event));
    }
    return yx_api_join(entry->events, " ", &entry->words, err);
}

static yx_status make(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                      struct yx_error *err)
{
    const struct entry *entry = self;
    YX_CLEAN(hand) struct hand hand = {.call = entry->call};
    const struct yx_webhook wanted = {
        .party = entry->party,
        .purpose = (enum yx_webhook_purpose)entry->purpose,
        .url = entry->url,
        .events = (const char *)entry->words.data,
    };

    YX_TRY(yx_api_require_party(entry->call, tx, entry->party, err));
    YX_TRY(yx_webhook_make(tx, &wanted, entry->call->now, hand.id, err));
    yx_api_made(outcome, PATH, "webhook", hand.id);
    YX_TRY(tell(&hand, tx, outcome, err));
    return tell_secret(&hand, outcome, err);
}

static yx_status post_webhook(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(entry) struct entry entry = {.call = call};

    YX_TRY(yx_json_members(call->body, made_members, &entry, err));
    YX_TRY(read_events(&entry, err));
    return yx_api_change(call, make, &entry, err);
}

/* --- Changed --------------------------------------------------------------------------------- */

static const struct yx_json_member changed_members[] = {
    {"url", YX_JSON_TEXT, false, 1, YX_WEBHOOK_URL_MAX, YX_JSON_AT(struct entry, url)},
    {"events", YX_JSON_LIST, false, 1, 50, YX_JSON_AT(struct entry, events)},
    {"on", YX_JSON_BOOL, false, 0, 0, YX_JSON_AT(struct entry, on)},
    YX_JSON_END,
};

static yx_status change(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                        struct yx_error *err)
{
    const struct entry *entry = self;
    YX_CLEAN(hand) struct hand hand = {.call = entry->call};
    const char *events = entry->events == NULL ? NULL : (const char *)entry->words.data;
    const bool *on = json_object_get(entry->call->body, "on") == NULL ? NULL : &entry->on;

    YX_TRY(find(&hand, tx, err));
    YX_TRY(yx_webhook_change(tx, hand.id, entry->url, events, on, err));
    return tell(&hand, tx, outcome, err);
}

static yx_status patch_webhook(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(entry) struct entry entry = {.call = call};

    YX_TRY(yx_json_members(call->body, changed_members, &entry, err));
    YX_TRY(read_events(&entry, err));
    return yx_api_change(call, change, &entry, err);
}

static yx_status renew(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                       struct yx_error *err)
{
    YX_CLEAN(hand) struct hand hand = {.call = self};

    YX_TRY(find(&hand, tx, err));
    YX_TRY(yx_webhook_renew(tx, hand.id, err));
    YX_TRY(tell(&hand, tx, outcome, err));
    return tell_secret(&hand, outcome, err);
}

static yx_status post_secret(struct yx_api_call *call, struct yx_error *err)
{
    YX_TRY(yx_api_nothing(call, err));
    return yx_api_change(call, renew, call, err);
}

static yx_status take_away(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                           struct yx_error *err)
{
    YX_CLEAN(hand) struct hand hand = {.call = self};

    YX_TRY(find(&hand, tx, err));
    yx_api_about(outcome, "webhook", hand.id);
    return yx_webhook_remove(tx, hand.id, err);
}

static yx_status delete_webhook(struct yx_api_call *call, struct yx_error *err)
{
    return yx_api_change(call, take_away, call, err);
}

static yx_status try_out(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                         struct yx_error *err)
{
    YX_CLEAN(hand) struct hand hand = {.call = self};
    char id[YX_UUID_TEXT];

    YX_TRY(find(&hand, tx, err));
    YX_TRY(yx_outbox_send(tx, hand.id, "test", NULL, hand.call->now, id, err));
    yx_api_about(outcome, "webhook", hand.id);
    outcome->status = 202;
    outcome->body = json_pack("{s:s}", "delivery", id);
    return outcome->body == NULL ? yx_fail_memory(err) : YX_OK;
}

static yx_status post_test(struct yx_api_call *call, struct yx_error *err)
{
    YX_TRY(yx_api_nothing(call, err));
    return yx_api_change(call, try_out, call, err);
}

/* --- Lists ----------------------------------------------------------------------------------- */

struct listing {
    const char *party, *paged;
};
static const struct yx_json_member filters[] = {
    {"party", YX_JSON_ID, true, 0, 0, YX_JSON_AT(struct listing, party)},
    YX_API_PAGE_MEMBERS(struct listing, paged),
    YX_JSON_END,
};

static yx_status add_webhook(void *self, const struct yx_webhook *webhook, struct yx_error *err)
{
    return yx_api_page_add(self, webhook->id, describe(webhook), err);
}

static yx_status list_webhooks(void *self, struct yx_tx *tx, struct yx_api_page *page,
                               struct yx_error *err)
{
    const struct listing *listing = self;

    YX_TRY(yx_api_require_party(page->call, tx, listing->party, err));
    return yx_webhook_list(tx, listing->party, page->after, yx_api_page_rows(page), add_webhook,
                           page, err);
}

static yx_status get_webhooks(struct yx_api_call *call, struct yx_error *err)
{
    struct listing listing = {0};

    YX_TRY(yx_http_query_members(call->http, filters, &listing, err));
    return yx_api_list(call, list_webhooks, &listing, err);
}

static yx_status add_delivery(void *self, const struct yx_delivery *delivery, struct yx_error *err)
{
    return yx_api_page_add(self, delivery->id, describe_delivery(delivery), err);
}

static yx_status list_deliveries(void *self, struct yx_tx *tx, struct yx_api_page *page,
                                 struct yx_error *err)
{
    YX_CLEAN(hand) struct hand hand = {.call = page->call};

    (void)self;
    YX_TRY(find(&hand, tx, err));
    return yx_delivery_list(tx, hand.id, page->after[0] == '\0' ? NULL : page->after,
                            yx_api_page_rows(page), add_delivery, page, err);
}

static yx_status get_deliveries(struct yx_api_call *call, struct yx_error *err)
{
    return yx_api_list(call, list_deliveries, NULL, err);
}

const struct yx_api_route yx_api_webhooks[] = {
    {"GET", PATH, "party.manage", NULL, get_webhooks},
    {"POST", PATH, "party.manage", "webhook.make", post_webhook},
    {"GET", PATH "/{webhook}", "party.manage", NULL, get_webhook},
    {"PATCH", PATH "/{webhook}", "party.manage", "webhook.change", patch_webhook},
    {"DELETE", PATH "/{webhook}", "party.manage", "webhook.remove", delete_webhook},
    {"POST", PATH "/{webhook}/secret", "party.manage", "webhook.secret", post_secret},
    {"POST", PATH "/{webhook}/test", "party.manage", "webhook.test", post_test},
    {"GET", PATH "/{webhook}/deliveries", "party.manage", NULL, get_deliveries},
    YX_API_ROUTES_END,
};
