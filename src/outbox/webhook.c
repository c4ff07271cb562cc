/* SPDX-License-Identifier: Apache-2.0 */
/* webhook.c - webhooks, and how their secrets come about. */
#include <ctype.h>

#include "outbox/room.h"

const char *yx_webhook_purpose_name(enum yx_webhook_purpose purpose)
{
    return purpose == YX_WEBHOOK_FILINGS ? "filings" : "events";
}

/* --- What is asked for ----------------------------------------------------------------------- */

/* libcurl reads the URL later, and the address is looked at when it is known; this refuses what
 * can be told at once. */
static yx_status check_url(const char *url, struct yx_error *err)
{
    bool known = strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0;
    const char *host = known ? strchr(url, ':') + 3 : url;
    size_t host_len = strcspn(host, "/?#");

    YX_REQUIRE(known && host_len > 0 && strlen(url) <= YX_WEBHOOK_URL_MAX, err, YX_USAGE,
               "RFC 3986 3", N_("{1} is no URL of http or https"), url);
    for (const char *c = url; *c != '\0'; c++)
        YX_REQUIRE(*c > ' ' && *c < 0x7F, err, YX_USAGE, "RFC 3986 2",
                   N_("{1} is no URL of http or https"), url);
    YX_REQUIRE(memchr(host, '@', host_len) == NULL, err, YX_USAGE, "RFC 9110 4.2.4",
               N_("a URL with a name or a password in it is not taken"));
    return YX_OK;
}

static bool is_event(const char *name, size_t len)
{
    if (len == 0)
        return false;
    for (size_t i = 0; i < len; i++)
        if (!islower((unsigned char)name[i]) && !isdigit((unsigned char)name[i]) &&
            strchr(".-_", name[i]) == NULL)
            return false;
    return true;
}

static yx_status check_events(const char *events, struct yx_error *err)
{
    const char *name = events;

    YX_REQUIRE(strlen(events) <= YX_WEBHOOK_EVENTS_MAX, err, YX_USAGE, "",
               N_("the names of events are longer than {1} bytes"), YX_NUM(YX_WEBHOOK_EVENTS_MAX));
    if (strcmp(events, "*") == 0)
        return YX_OK;
    for (;;) {
        size_t len = strcspn(name, " ");

        YX_REQUIRE(is_event(name, len), err, YX_USAGE, "",
                   N_("\"{1}\" is no list of events: names with one space between, or *"), events);
        if (name[len] == '\0')
            return YX_OK;
        name += len + 1;
    }
}

/* --- Rows ------------------------------------------------------------------------------------- */

static yx_status take_count(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

static yx_status require_room(struct yx_tx *tx, const char *party, struct yx_error *err)
{
    struct yx_value value = yx_value_text(party);
    int64_t count = 0;

    YX_TRY(yx_tx_query(tx, "SELECT count(*) FROM webhook WHERE party = $1 AND removed = 0", &value,
                       1, take_count, &count, err));
    YX_REQUIRE(count < YX_WEBHOOKS_MAX, err, YX_REFUSED, "webhook count",
               N_("a party has at most {1} webhooks"), YX_NUM(YX_WEBHOOKS_MAX));
    return YX_OK;
}

yx_status yx_webhook_make(struct yx_tx *tx, const struct yx_webhook *wanted, yx_time now,
                          char id[YX_UUID_TEXT], struct yx_error *err)
{
    char made[YX_UUID_TEXT];

    YX_TRY(check_url(wanted->url, err));
    YX_TRY(check_events(wanted->events, err));
    YX_TRY(require_room(tx, wanted->party, err));
    YX_TRY(yx_uuid_make(now, made, err));
    const struct yx_value values[] = {
        yx_value_text(made),
        yx_value_text(wanted->party),
        yx_value_integer(wanted->purpose),
        yx_value_text(wanted->url),
        yx_value_text(wanted->events),
        yx_value_time(now),
    };
    YX_TRY(yx_tx_run(tx,
                     "INSERT INTO webhook (id, party, purpose, url, events, generation, removed,"
                     " failures, made_at) VALUES ($1, $2, $3, $4, $5, 1, 0, 0, $6)",
                     values, 6, NULL, err));
    memcpy(id, made, sizeof made);
    return YX_OK;
}

static yx_status require_one(int64_t changed, const char *id, struct yx_error *err)
{
    YX_REQUIRE(changed == 1, err, YX_NO_INPUT, "", N_("there is no webhook {1}"), id);
    return YX_OK;
}

/* Whoever is changed begins without a past. */
yx_status yx_webhook_change(struct yx_tx *tx, const char *id, const char *url, const char *events,
                            const bool *on, struct yx_error *err)
{
    const struct yx_value values[] = {
        yx_value_text(id),
        yx_value_text(url),
        yx_value_text(events),
        yx_value_integer(on == NULL),
        yx_value_text(on == NULL || *on ? NULL : "its party switched it off"),
    };
    int64_t changed = 0;

    if (url != NULL)
        YX_TRY(check_url(url, err));
    if (events != NULL)
        YX_TRY(check_events(events, err));
    YX_TRY(yx_tx_run(tx,
                     "UPDATE webhook SET url = COALESCE($2, url), events = COALESCE($3, events),"
                     " off_because = CASE WHEN $4 = 1 THEN off_because ELSE $5 END, failures = 0, "
                     "pause_until = NULL"
                     " WHERE id = $1 AND removed = 0",
                     values, 5, &changed, err));
    return require_one(changed, id, err);
}

yx_status yx_webhook_renew(struct yx_tx *tx, const char *id, struct yx_error *err)
{
    struct yx_value value = yx_value_text(id);
    int64_t changed = 0;

    YX_TRY(yx_tx_run(tx,
                     "UPDATE webhook SET generation = generation + 1 WHERE id = $1 AND removed = 0",
                     &value, 1, &changed, err));
    return require_one(changed, id, err);
}

yx_status yx_webhook_remove(struct yx_tx *tx, const char *id, struct yx_error *err)
{
    struct yx_value value = yx_value_text(id);
    int64_t changed = 0;

    YX_TRY(yx_tx_run(tx,
                     "UPDATE webhook SET removed = 1, off_because = 'removed'"
                     " WHERE id = $1 AND removed = 0",
                     &value, 1, &changed, err));
    return require_one(changed, id, err);
}

/* --- Showing ---------------------------------------------------------------------------------- */

#define COLUMNS                                                                                \
    "id, party, purpose, url, events, generation, off_because, failures, pause_until, made_at" \
    " FROM webhook"

struct showing {
    yx_each_webhook each;
    void *self;
    bool any;
};

static yx_status show(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct showing *showing = self;
    struct yx_webhook webhook = {
        .party = yx_row_text(row, 1),
        .purpose = (enum yx_webhook_purpose)yx_row_integer(row, 2),
        .url = yx_row_text(row, 3),
        .events = yx_row_text(row, 4),
        .generation = yx_row_integer(row, 5),
        .on = yx_row_is_null(row, 6),
        .off_because = yx_row_text(row, 6),
        .failures = yx_row_integer(row, 7),
        .pause_until = yx_row_time(row, 8),
        .made_at = yx_row_time(row, 9),
    };

    (void)snprintf(webhook.id, sizeof webhook.id, "%s", yx_row_text(row, 0));
    showing->any = true;
    return showing->each(showing->self, &webhook, err);
}

yx_status yx_webhook_get(struct yx_tx *tx, const char *id, yx_each_webhook each, void *self,
                         struct yx_error *err)
{
    struct showing showing = {.each = each, .self = self};
    struct yx_value value = yx_value_text(id);

    YX_TRY(yx_tx_query(tx, "SELECT " COLUMNS " WHERE id = $1 AND removed = 0", &value, 1, show,
                       &showing, err));
    return require_one(showing.any, id, err);
}

yx_status yx_webhook_list(struct yx_tx *tx, const char *party, const char *after, int64_t limit,
                          yx_each_webhook each, void *self, struct yx_error *err)
{
    struct showing showing = {.each = each, .self = self};
    const struct yx_value values[] = {yx_value_text(party), yx_value_text(after),
                                      yx_value_integer(limit)};

    return yx_tx_query(tx,
                       "SELECT " COLUMNS " WHERE party = $1 AND id > $2 AND removed = 0"
                       " ORDER BY id LIMIT $3",
                       values, 3, show, &showing, err);
}

/* --- Secrets ------------------------------------------------------------------------------------
 */

yx_status yx_webhook_key(const struct yx_outbox *outbox, const char *id, int64_t generation,
                         uint8_t out[YX_WEBHOOK_KEY], struct yx_error *err)
{
    char name[YX_UUID_TEXT + 48];
    uint8_t mac[YX_DIGEST_MAX];

    (void)snprintf(name, sizeof name, "webhook %s %lld", id, (long long)generation);
    YX_TRY(yx_hmac(YX_DIGEST_SM3, outbox->service_key, YX_TEXT(name), mac, err));
    memcpy(out, mac, YX_WEBHOOK_KEY);
    yx_wipe(mac, sizeof mac);
    return YX_OK;
}

yx_status yx_webhook_secret(const struct yx_outbox *outbox, const char *id, int64_t generation,
                            char out[YX_WEBHOOK_SECRET_TEXT], struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    uint8_t key[YX_WEBHOOK_KEY];
    yx_status status;

    YX_TRY(yx_webhook_key(outbox, id, generation, key, err));
    status = yx_base64_encode(YX_BYTES(key, sizeof key), &text);
    yx_wipe(key, sizeof key);
    if (status != YX_OK)
        return yx_fail_memory(err);
    (void)snprintf(out, YX_WEBHOOK_SECRET_TEXT, "whsec_%.*s", (int)text.len,
                   (const char *)text.data);
    yx_wipe(text.data, text.len);
    return YX_OK;
}
