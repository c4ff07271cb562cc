/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox/outbox.h - the door to outbox/: what the service tells others. A message is written in the
 * transaction of what it tells, so that both are there or none, and is carried out by jobs:
 *
 *   webhooks   events, to the systems of parties that asked for them
 *   filings    reports to authorities, whose answer is kept as the receipt
 *   mail       notices to people, where there is a mail server
 *   messages   the same notices, in the inbox of an account, whether there is one or not
 *
 * A delivery is a row: what was sent where, how often it was tried, and the receiver's own words
 * when it took it. Together with the audit leaf that is written with the receipt (SM3 of both) it
 * is the proof of sending. Deliveries are never deleted here.
 *
 * Requests are signed as Standard Webhooks describes, over "ID.TIME.BODY":
 *
 *   webhook-id: ID               the same in each try: whoever has seen it passes it over
 *   webhook-timestamp: SECONDS   of the try
 *   webhook-signature: v1,BASE64 sm3,BASE64     HMAC-SHA-256 and HMAC-SM3 under the secret
 *
 * Any 2xx takes it, whose answer is at most 64 KiB: the receipt. 410 switches the webhook off,
 * redirects are refused, and whatever else is tried again. Receivers are named by people who could
 * name anything: a connection goes to a public address, or into a network that `webhook_networks`
 * allows, which is looked at when it is made.
 */
#ifndef OUTBOX_OUTBOX_H
#define OUTBOX_OUTBOX_H

#include "audit/audit.h"
#include "jobs/jobs.h"
#include "settings/settings.h"

/* Makes the tables; behind yx_jobs_prepare and yx_audit_prepare. */
yx_status yx_outbox_prepare(struct yx_store *store, struct yx_error *err);

/* What deliveries need; all of it outlives the runner. */
struct yx_outbox {
    struct yx_store *store;
    const struct yx_settings *settings; /* smtp_*, mail_from, webhook_networks */
    struct yx_bytes service_key; /* 32 octets or more: the secrets of webhooks come from it */
    const char *service;         /* what the service is called in mail */
};
/* The kinds of jobs, for struct yx_jobs_options. */
#define YX_OUTBOX_KINDS 3
void yx_outbox_kinds(const struct yx_outbox *outbox, struct yx_job_kind out[YX_OUTBOX_KINDS]);

/* --- Webhooks and receivers of filings (webhook.c) ------------------------------------------- */

enum yx_webhook_purpose { YX_WEBHOOK_EVENTS, YX_WEBHOOK_FILINGS };
/* "events", "filings" */
const char *yx_webhook_purpose_name(enum yx_webhook_purpose purpose);

#define YX_WEBHOOK_URL_MAX 500
#define YX_WEBHOOK_EVENTS_MAX 1000
/* Of one party: each of its events is told to all of them. */
#define YX_WEBHOOKS_MAX 50
struct yx_webhook {
    char id[YX_UUID_TEXT];
    const char *party;
    enum yx_webhook_purpose purpose;
    const char *url;
    const char *events; /* names with spaces between; "*": all */
    bool on;
    const char *off_because; /* NULL while it is on */
    int64_t generation;      /* of the secret */
    int64_t failures;        /* in a row */
    yx_time pause_until;     /* YX_TIME_NONE: none */
    yx_time made_at;
};
/* YX_USAGE when the URL is none of http or https, carries a password, or an event has no name;
 * YX_REFUSED when the party has YX_WEBHOOKS_MAX of them. */
yx_status yx_webhook_make(struct yx_tx *tx, const struct yx_webhook *wanted, yx_time now,
                          char id[YX_UUID_TEXT], struct yx_error *err);
/* Another URL or other events, on or off; NULL: as it is. What waits is sent there. */
yx_status yx_webhook_change(struct yx_tx *tx, const char *id, const char *url, const char *events,
                            const bool *on, struct yx_error *err);
/* Another secret: the old one is not used any more from now on. */
yx_status yx_webhook_renew(struct yx_tx *tx, const char *id, struct yx_error *err);
/* It is asked for no more; its deliveries stay. */
yx_status yx_webhook_remove(struct yx_tx *tx, const char *id, struct yx_error *err);
typedef yx_status (*yx_each_webhook)(void *self, const struct yx_webhook *webhook,
                                     struct yx_error *err);
/* YX_NO_INPUT when there is none. */
yx_status yx_webhook_get(struct yx_tx *tx, const char *id, yx_each_webhook each, void *self,
                         struct yx_error *err);
/* Of a party, behind the id `after` ("": from the start). */
yx_status yx_webhook_list(struct yx_tx *tx, const char *party, const char *after, int64_t limit,
                          yx_each_webhook each, void *self, struct yx_error *err);
/* The secret as it is shown once: "whsec_" and base64. It is derived, and stands nowhere. */
#define YX_WEBHOOK_SECRET_TEXT 64
yx_status yx_webhook_secret(const struct yx_outbox *outbox, const char *id, int64_t generation,
                            char out[YX_WEBHOOK_SECRET_TEXT], struct yx_error *err);

/* --- Telling (delivery.c) --------------------------------------------------------------------- */

/* Tells the webhooks of a party, inside the transaction of the event. `data` is a JSON object, or
 * NULL. The body is {"type": event, "timestamp": ..., "data": ...}. */
struct yx_event {
    const char *party, *type, *data;
};
yx_status yx_outbox_tell(struct yx_tx *tx, const struct yx_event *event, yx_time now,
                         struct yx_error *err);
/* The same to one webhook or receiver, whatever it asked for: filings, and trying a webhook out.
 * YX_REFUSED when it is switched off. */
yx_status yx_outbox_send(struct yx_tx *tx, const char *webhook, const char *type, const char *data,
                         yx_time now, char id[YX_UUID_TEXT], struct yx_error *err);

enum yx_delivery_state { YX_DELIVERY_WAITING, YX_DELIVERY_SENT, YX_DELIVERY_FAILED };
/* "waiting", "sent", "failed" */
const char *yx_delivery_state_name(enum yx_delivery_state state);
struct yx_delivery {
    const char *id, *channel; /* "webhook", "filing", "mail" */
    const char *webhook;      /* NULL for mail */
    const char *to;           /* the URL, or the address */
    const char *type, *body;  /* of mail: the notice's kind, and the text */
    const char *title;        /* of mail; NULL */
    enum yx_delivery_state state;
    int64_t tries, status;     /* status: of the last answer; 0: there was none */
    yx_time made_at, tried_at; /* tried_at: YX_TIME_NONE: not yet */
    const char *receipt;       /* what the receiver said when it took it; NULL */
    const char *error;         /* why the last try failed; NULL */
};
typedef yx_status (*yx_each_delivery)(void *self, const struct yx_delivery *delivery,
                                      struct yx_error *err);
yx_status yx_delivery_get(struct yx_tx *tx, const char *id, yx_each_delivery each, void *self,
                          struct yx_error *err);
/* Of a webhook, the newest first, older than the id `below` (NULL: from the newest). */
yx_status yx_delivery_list(struct yx_tx *tx, const char *webhook, const char *below, int64_t limit,
                           yx_each_delivery each, void *self, struct yx_error *err);

/* --- Notices (notice.c) ------------------------------------------------------------------------
 */

/* The kinds of notices: one table of titles and texts, in Chinese and English. */
struct yx_notice_kind {
    const char *kind; /* "expiry", "revocation", "incident", "refusal", "collection" */
    const char *zh_title, *zh_text, *en_title, *en_text; /* with {names} of values */
};
const struct yx_notice_kind *yx_notice_kinds(size_t *count);

struct yx_notice_value {
    const char *name, *value;
};
struct yx_notice {
    const char *kind;
    const char *account;  /* whose inbox; NULL: nobody's */
    const char *mail;     /* address; NULL: none */
    const char *language; /* "zh" or "en" */
    const char *about;    /* what it is about: "seal:..."; NULL */
    const struct yx_notice_value *values;
    size_t value_count;
};
/* Puts a notice into the inbox and, where there is a mail server, on its way. YX_USAGE when there
 * is no such kind, a value is missing, or the address is none. */
yx_status yx_notice_send(struct yx_tx *tx, const struct yx_outbox *outbox,
                         const struct yx_notice *notice, yx_time now, struct yx_error *err);

/* --- The inbox (inbox.c) ------------------------------------------------------------------------
 */

struct yx_inbox_message {
    const char *id, *kind, *title, *text;
    const char *about; /* NULL: nothing */
    yx_time at, read_at;
};
typedef yx_status (*yx_each_message)(void *self, const struct yx_inbox_message *message,
                                     struct yx_error *err);
/* The newest first, older than the id `below` (NULL: from the newest). */
yx_status yx_inbox_list(struct yx_tx *tx, const char *account, bool unread, const char *below,
                        int64_t limit, yx_each_message each, void *self, struct yx_error *err);
yx_status yx_inbox_unread(struct yx_tx *tx, const char *account, int64_t *out,
                          struct yx_error *err);
/* One, or all with NULL. YX_NO_INPUT when the account has no such message. */
yx_status yx_inbox_read(struct yx_tx *tx, const char *account, const char *id, yx_time now,
                        struct yx_error *err);

#endif
