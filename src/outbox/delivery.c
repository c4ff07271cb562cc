/* SPDX-License-Identifier: Apache-2.0 */
/* delivery.c - rows of what is to be sent, and the jobs that carry it. */
#include <stdlib.h>

#include "outbox/room.h"

/* A receiver that fails is left alone for so long at first, and at most. */
#define PAUSE_FIRST (10 * YX_SECOND)
#define PAUSE_MAX (3600 * YX_SECOND)
/* About a day of them: a receiver that is away over night still gets what it missed. */
#define TRIES 36

static const char *const states[] = {
    [YX_DELIVERY_WAITING] = "waiting",
    [YX_DELIVERY_SENT] = "sent",
    [YX_DELIVERY_FAILED] = "failed",
};

const char *yx_delivery_state_name(enum yx_delivery_state state)
{
    return (size_t)state < sizeof states / sizeof *states ? states[state] : "";
}

/* --- Adding ------------------------------------------------------------------------------------
 */

yx_status yx_delivery_add(struct yx_tx *tx, const struct yx_packet *packet, yx_time now,
                          const char *id, struct yx_error *err)
{
    const struct yx_value values[] = {
        yx_value_text(id),
        yx_value_text(packet->channel),
        yx_value_text(packet->webhook),
        yx_value_text(packet->to),
        yx_value_text(packet->type),
        yx_value_text(packet->title),
        yx_value_text(packet->body),
        yx_value_time(now),
    };
    char payload[YX_UUID_TEXT + 32];

    YX_TRY(yx_tx_run(tx,
                     "INSERT INTO delivery (id, channel, webhook, receiver, type, title, body,"
                     " state, tries, status, made_at)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, $8)",
                     values, 8, NULL, err));
    (void)snprintf(payload, sizeof payload, "{\"delivery\":\"%s\"}", id);
    const struct yx_job_request request = {.kind = packet->channel, .key = id, .payload = payload};
    return yx_job_add(tx, &request, now, NULL, err);
}

/* A webhook that is told something. */
struct told {
    char id[YX_UUID_TEXT], url[YX_WEBHOOK_URL_MAX + 1];
    bool filings;
};
struct audience {
    const struct yx_event *event;
    struct told *list;
    size_t count;
};

static void audience_free(struct audience *audience)
{
    free(audience->list);
    audience->list = NULL;
    audience->count = 0;
}
YX_DEFINE_CLEAN_VALUE(audience, struct audience, audience_free);

/* Is the event one of those in the list? */
static bool asks_for(const char *events, const char *type)
{
    size_t len = strlen(type);

    if (strcmp(events, "*") == 0)
        return true;
    for (const char *at = strstr(events, type); at != NULL; at = strstr(at + 1, type))
        if ((at == events || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
            return true;
    return false;
}

static yx_status add_told(struct audience *audience, const struct yx_webhook *webhook,
                          struct yx_error *err)
{
    struct told *longer = realloc(audience->list, (audience->count + 1) * sizeof *longer);

    if (longer == NULL)
        return yx_fail_memory(err);
    audience->list = longer;
    longer += audience->count++;
    memcpy(longer->id, webhook->id, sizeof longer->id);
    (void)snprintf(longer->url, sizeof longer->url, "%s", webhook->url);
    longer->filings = webhook->purpose == YX_WEBHOOK_FILINGS;
    return YX_OK;
}

static yx_status choose(void *self, const struct yx_webhook *webhook, struct yx_error *err)
{
    struct audience *audience = self;

    if (!webhook->on || webhook->purpose != YX_WEBHOOK_EVENTS ||
        !asks_for(webhook->events, audience->event->type))
        return YX_OK;
    return add_told(audience, webhook, err);
}

static yx_status choose_it(void *self, const struct yx_webhook *webhook, struct yx_error *err)
{
    YX_REQUIRE(webhook->on, err, YX_REFUSED, "webhook state", N_("webhook {1} is switched off"),
               webhook->id);
    return add_told(self, webhook, err);
}

static yx_status tell(struct yx_tx *tx, const struct told *told, const char *type, const char *data,
                      yx_time now, const char *id, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    const char *channel = told->filings ? YX_JOB_FILING : YX_JOB_WEBHOOK;

    if (yx_buf_printf(&body, "{\"type\":\"%s\",\"timestamp\":\"%s\",\"data\":", type,
                      YX_WHEN(now)) != YX_OK ||
        yx_buf_append_text(&body, data == NULL ? "{}" : data) != YX_OK ||
        yx_buf_append(&body, YX_BYTES("}", 2)) != YX_OK)
        return yx_fail_memory(err);
    const struct yx_packet packet = {.channel = channel,
                                     .webhook = told->id,
                                     .to = told->url,
                                     .type = type,
                                     .body = (const char *)body.data};
    return yx_delivery_add(tx, &packet, now, id, err);
}

yx_status yx_outbox_tell(struct yx_tx *tx, const struct yx_event *event, yx_time now,
                         struct yx_error *err)
{
    YX_CLEAN(audience) struct audience audience = {.event = event};

    YX_TRY(yx_webhook_list(tx, event->party, "", INT64_MAX, choose, &audience, err));
    for (size_t i = 0; i < audience.count; i++) {
        char id[YX_UUID_TEXT];

        YX_TRY(yx_uuid_make(now, id, err));
        YX_TRY(tell(tx, &audience.list[i], event->type, event->data, now, id, err));
    }
    return YX_OK;
}

yx_status yx_outbox_send(struct yx_tx *tx, const char *webhook, const char *type, const char *data,
                         yx_time now, char id[YX_UUID_TEXT], struct yx_error *err)
{
    YX_CLEAN(audience) struct audience audience = {0};
    char made[YX_UUID_TEXT];

    YX_TRY(yx_webhook_get(tx, webhook, choose_it, &audience, err));
    YX_TRY(yx_uuid_make(now, made, err));
    YX_TRY(tell(tx, &audience.list[0], type, data, now, made, err));
    memcpy(id, made, sizeof made);
    return YX_OK;
}

/* --- Showing ------------------------------------------------------------------------------------
 */

#define COLUMNS                                                                         \
    "id, channel, webhook, receiver, type, title, body, state, tries, status, made_at," \
    " tried_at, receipt, error FROM delivery"

struct showing {
    yx_each_delivery each;
    void *self;
    bool any;
};

static yx_status show(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct showing *showing = self;
    const struct yx_delivery delivery = {
        .id = yx_row_text(row, 0),
        .channel = yx_row_text(row, 1),
        .webhook = yx_row_text(row, 2),
        .to = yx_row_text(row, 3),
        .type = yx_row_text(row, 4),
        .title = yx_row_text(row, 5),
        .body = yx_row_text(row, 6),
        .state = (enum yx_delivery_state)yx_row_integer(row, 7),
        .tries = yx_row_integer(row, 8),
        .status = yx_row_integer(row, 9),
        .made_at = yx_row_time(row, 10),
        .tried_at = yx_row_time(row, 11),
        .receipt = yx_row_text(row, 12),
        .error = yx_row_text(row, 13),
    };

    showing->any = true;
    return showing->each(showing->self, &delivery, err);
}

yx_status yx_delivery_get(struct yx_tx *tx, const char *id, yx_each_delivery each, void *self,
                          struct yx_error *err)
{
    struct showing showing = {.each = each, .self = self};
    struct yx_value value = yx_value_text(id);

    YX_TRY(yx_tx_query(tx, "SELECT " COLUMNS " WHERE id = $1", &value, 1, show, &showing, err));
    YX_REQUIRE(showing.any, err, YX_NO_INPUT, "", N_("there is no delivery {1}"), id);
    return YX_OK;
}

/* Behind the last of all ids. */
#define NO_ID "g"

yx_status yx_delivery_list(struct yx_tx *tx, const char *webhook, const char *below, int64_t limit,
                           yx_each_delivery each, void *self, struct yx_error *err)
{
    struct showing showing = {.each = each, .self = self};
    const struct yx_value values[] = {yx_value_text(webhook),
                                      yx_value_text(below == NULL ? NO_ID : below),
                                      yx_value_integer(limit)};

    return yx_tx_query(
        tx, "SELECT " COLUMNS " WHERE webhook = $1 AND id < $2 ORDER BY id DESC LIMIT $3", values,
        3, show, &showing, err);
}

/* --- Carrying ------------------------------------------------------------------------------------
 */

void yx_carry_free(struct yx_carry *carry)
{
    free(carry->to);
    free(carry->type);
    free(carry->title);
    free(carry->body);
    yx_buf_free(&carry->receipt);
    carry->to = carry->type = carry->title = carry->body = NULL;
}

static char *copy(const char *text)
{
    return strdup(text == NULL ? "" : text);
}

static yx_status take_row(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct yx_carry *carry = self;

    (void)snprintf(carry->webhook, sizeof carry->webhook, "%s",
                   yx_row_is_null(row, 0) ? "" : yx_row_text(row, 0));
    carry->to = copy(yx_row_text(row, 1));
    carry->type = copy(yx_row_text(row, 2));
    carry->title = copy(yx_row_text(row, 3));
    carry->body = copy(yx_row_text(row, 4));
    carry->state = (enum yx_delivery_state)yx_row_integer(row, 5);
    carry->generation = yx_row_integer(row, 6);
    carry->failures = yx_row_integer(row, 7);
    carry->on = yx_row_is_null(row, 8);
    carry->pause_until = yx_row_time(row, 9);
    return carry->to == NULL || carry->type == NULL || carry->title == NULL || carry->body == NULL
               ? yx_fail_memory(err)
               : YX_OK;
}

static yx_status read_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct yx_carry *carry = self;
    struct yx_value id = yx_value_text(carry->id);

    yx_carry_free(carry);
    return yx_tx_query(tx,
                       "SELECT d.webhook, COALESCE(w.url, d.receiver), d.type, d.title, d.body,"
                       " d.state, w.generation, w.failures, w.off_because, w.pause_until"
                       " FROM delivery d LEFT JOIN webhook w ON w.id = d.webhook WHERE d.id = $1",
                       &id, 1, take_row, carry, err);
}

/* What came of a try, to be noted. */
struct outcome {
    const struct yx_carry *carry;
    yx_status status;
    const char *error; /* NULL when it was taken */
    bool last;         /* there is no other try */
    yx_time now;
};

/* The proof: what was sent and what the receiver said, as digests in the audit list. */
static yx_status append_proof(const struct outcome *outcome, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_carry *carry = outcome->carry;
    struct yx_bytes parts[] = {YX_TEXT(carry->body), yx_buf_bytes(&carry->receipt)};
    char object[YX_UUID_TEXT + 16], details[4 * YX_DIGEST_MAX + 96], hex[2][2 * YX_DIGEST_MAX + 1];

    for (int i = 0; i < 2; i++) {
        uint8_t digest[YX_DIGEST_MAX];

        YX_TRY(yx_digest(YX_DIGEST_SM3, parts[i], digest, err));
        yx_hex(YX_BYTES(digest, yx_digest_size(YX_DIGEST_SM3)), hex[i]);
    }
    (void)snprintf(object, sizeof object, "delivery:%s", carry->id);
    (void)snprintf(details, sizeof details, "{\"body\":\"%s\",\"receipt\":\"%s\",\"status\":%ld}",
                   hex[0], hex[1], carry->status);
    const struct yx_audit_event event = {.at = outcome->now,
                                         .actor = "outbox",
                                         .action = "delivery.send",
                                         .object = object,
                                         .details = details};
    return yx_audit_append(tx, &event, err);
}

static yx_status note_delivery(const struct outcome *outcome, struct yx_tx *tx,
                               struct yx_error *err)
{
    const struct yx_carry *carry = outcome->carry;
    bool sent = outcome->status == YX_OK;
    enum yx_delivery_state state = sent            ? YX_DELIVERY_SENT
                                   : outcome->last ? YX_DELIVERY_FAILED
                                                   : YX_DELIVERY_WAITING;
    /* Bytes of others: what is no text is not shown as one. */
    bool text = yx_utf8_valid(yx_buf_bytes(&carry->receipt));
    const struct yx_value values[] = {
        yx_value_text(carry->id),
        yx_value_integer(state),
        yx_value_integer(carry->status),
        yx_value_time(outcome->now),
        sent && text ? yx_value_text_bytes(yx_buf_bytes(&carry->receipt)) : yx_value_null(),
        yx_value_text(outcome->error),
        yx_value_text(carry->to),
    };

    /* What another node has sent meanwhile, which took this one for dead, stays sent. */
    return yx_tx_run(tx,
                     "UPDATE delivery SET state = $2, status = $3, tries = tries + 1,"
                     " tried_at = $4, receipt = COALESCE($5, receipt), error = $6, receiver = $7"
                     " WHERE id = $1 AND state <> 1",
                     values, 7, NULL, err);
}

static yx_time pause_after(int64_t failures)
{
    yx_time pause = PAUSE_FIRST;

    for (int64_t i = 0; i < failures && pause < PAUSE_MAX; i++)
        pause *= 2;
    return pause < PAUSE_MAX ? pause : PAUSE_MAX;
}

/* A receiver that failed is left alone for a while by all its deliveries, so that they do not keep
 * threads from others. What an address did says nothing about another one that was named since. */
static yx_status note_webhook(const struct outcome *outcome, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_carry *carry = outcome->carry;
    bool sent = outcome->status == YX_OK;
    const struct yx_value values[] = {
        yx_value_text(carry->webhook),
        yx_value_integer(sent ? 0 : carry->failures + 1),
        yx_value_time(sent ? YX_TIME_NONE : outcome->now + pause_after(carry->failures)),
        yx_value_text(outcome->status == YX_REFUSED ? outcome->error : NULL),
        yx_value_text(carry->to),
    };

    if (*carry->webhook == '\0' || (sent && carry->failures == 0))
        return YX_OK;
    return yx_tx_run(tx,
                     "UPDATE webhook SET failures = $2, pause_until = $3,"
                     " off_because = COALESCE(off_because, $4) WHERE id = $1 AND url = $5",
                     values, 5, NULL, err);
}

static yx_status note_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct outcome *outcome = self;

    YX_TRY(note_delivery(outcome, tx, err));
    YX_TRY(note_webhook(outcome, tx, err));
    if (outcome->status != YX_OK)
        return YX_OK;
    YX_TRY(append_proof(outcome, tx, err));
    return yx_job_finish(tx, outcome->carry->job, outcome->now, err);
}

/* Would no other try end otherwise? As jobs/ has it. */
static bool is_final(yx_status status)
{
    return status == YX_REFUSED || status == YX_USAGE || status == YX_DAMAGED;
}

static yx_status note(const struct yx_carry *carry, yx_status status, struct yx_error *why,
                      struct yx_error *err)
{
    char words[sizeof why->message.args];
    struct outcome outcome = {
        .carry = carry,
        .status = status,
        .last = is_final(status) || carry->job->tries >= TRIES,
        .now = yx_now(),
    };

    if (status != YX_OK) {
        yx_message_render(&why->message, NULL, words, sizeof words);
        outcome.error = words;
    }
    return yx_store_write(carry->outbox->store, note_work, &outcome, err);
}

/* Is the receiver to be left alone now? A pause that is longer than any was counted before the
 * clock was set back, and counts no more. */
static bool is_paused(const struct yx_carry *carry)
{
    yx_time now = yx_now();

    return carry->job->tries == 1 && carry->pause_until != YX_TIME_NONE &&
           carry->pause_until > now && carry->pause_until <= now + PAUSE_MAX;
}

typedef yx_status (*yx_sender)(struct yx_carry *carry, struct yx_error *err);

static yx_status carry_by(yx_sender send, const struct yx_outbox *outbox, struct yx_job *job,
                          struct yx_error *err)
{
    YX_CLEAN(yx_carry) struct yx_carry carry = {.outbox = outbox, .job = job};
    struct yx_error why = {0};
    yx_status status;

    (void)snprintf(carry.id, sizeof carry.id, "%s", job->key);
    YX_TRY(yx_store_read(outbox->store, read_work, &carry, err));
    YX_REQUIRE(carry.body != NULL, err, YX_DAMAGED, "", N_("there is no delivery {1}"), job->key);
    if (carry.state == YX_DELIVERY_SENT)
        return YX_OK;
    if (is_paused(&carry)) {
        job->later = carry.pause_until;
        return YX_OK;
    }
    if (*carry.webhook != '\0' && !carry.on)
        status = yx_fail(&why, YX_REFUSED, "webhook state", N_("webhook {1} is switched off"),
                         carry.webhook);
    else
        status = send(&carry, &why);
    /* What was cut off by us is nobody's failure; what the receiver said counts all the same. */
    if (status == YX_OK || is_final(status) || !yx_job_must_end(job))
        YX_TRY(note(&carry, status, &why, err));
    if (status != YX_OK)
        *err = why;
    return status;
}

static yx_status run_post(void *self, struct yx_job *job, struct yx_error *err)
{
    return carry_by(yx_post, self, job, err);
}

static yx_status run_mail(void *self, struct yx_job *job, struct yx_error *err)
{
    return carry_by(yx_smtp, self, job, err);
}

void yx_outbox_kinds(const struct yx_outbox *outbox, struct yx_job_kind out[YX_OUTBOX_KINDS])
{
    static const struct yx_job_kind kinds[] = {
        {.kind = YX_JOB_WEBHOOK, .run = run_post, .at_once = 2},
        {.kind = YX_JOB_FILING, .run = run_post, .at_once = 2},
        {.kind = YX_JOB_MAIL, .run = run_mail, .at_once = 1},
    };

    _Static_assert(sizeof kinds / sizeof *kinds == YX_OUTBOX_KINDS, "all of them");
    for (size_t i = 0; i < YX_OUTBOX_KINDS; i++) {
        out[i] = kinds[i];
        out[i].self = (void *)(uintptr_t)outbox;
        out[i].tries = TRIES;
        out[i].pause = PAUSE_FIRST;
        out[i].pause_max = PAUSE_MAX;
    }
}
