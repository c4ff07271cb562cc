/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/change.c - the one way in which a resource changes anything: work, audit leaf and the answer
 * for whoever repeats the request, in one transaction. Two requests with one key that come at the
 * same time run one after the other, and the second gets the answer of the first.
 */
#include "api/room.h"

#define KEY_MAX 64
#define ANSWERS_KEPT YX_DAY
#define KEY_RULE_ANOTHER "Idempotency-Key, one for each request"
#define KEY_RULE "Idempotency-Key, 1 to 64 visible characters"

struct change {
    const struct yx_api_call *call;
    yx_api_work work;
    void *self;
    const char *key; /* NULL: not given */
    char actor[YX_API_ACTOR];
    uint8_t request[32];
    struct yx_api_outcome outcome;
    /* The answer. */
    bool repeated;
    unsigned status;
    char location[160];
    struct yx_buf body;
};

static void outcome_free(struct yx_api_outcome *outcome)
{
    json_decref(outcome->body);
    json_decref(outcome->details);
    json_decref(outcome->once);
    *outcome = (struct yx_api_outcome){0};
}

static void change_free(struct change *change)
{
    outcome_free(&change->outcome);
    yx_buf_free(&change->body);
}
YX_DEFINE_CLEAN_VALUE(change, struct change, change_free);

/* --- Requests that come again ---------------------------------------------------------------- */

static yx_status read_key(struct change *change, struct yx_error *err)
{
    const char *key = yx_http_header_of(change->call->http, "Idempotency-Key");
    size_t len = strlen(key);

    if (len == 0 || (change->call->route->flags & YX_API_SECRET) != 0)
        return YX_OK;
    for (size_t i = 0; i < len; i++)
        YX_REQUIRE(key[i] > ' ' && key[i] < 0x7f, err, YX_USAGE, KEY_RULE,
                   N_("the Idempotency-Key holds a character that may not stand there"));
    YX_REQUIRE(len <= KEY_MAX, err, YX_USAGE, KEY_RULE, N_("the Idempotency-Key is too long"));
    change->key = key;
    return YX_OK;
}

/* Method, target and body: what makes two requests the same one. With a key, since a body may hold
 * what is easily guessed, such as the number of an identity card. */
static yx_status digest_request(struct change *change, struct yx_error *err)
{
    const struct yx_http_request *http = change->call->http;
    YX_CLEAN(yx_buf) struct yx_buf all = {0};
    uint8_t mac[YX_DIGEST_MAX];

    if (change->key == NULL)
        return YX_OK;
    if (yx_buf_printf(&all, "%s %s\n", http->method, http->target) != YX_OK ||
        yx_buf_append(&all, http->body) != YX_OK ||
        yx_buf_append(&all, change->call->body_digest) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(
        yx_hmac(YX_DIGEST_SM3, change->call->services->answer_key, yx_buf_bytes(&all), mac, err));
    memcpy(change->request, mac, sizeof change->request);
    return YX_OK;
}

static yx_status take_answer(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct change *change = self;

    YX_REQUIRE(yx_bytes_equal(yx_row_blob(row, 0), YX_BYTES(change->request, 32)), err, YX_REFUSED,
               KEY_RULE_ANOTHER,
               N_("this Idempotency-Key came with another request before: take a new one"));
    change->repeated = true;
    change->status = (unsigned)yx_row_integer(row, 1);
    (void)snprintf(change->location, sizeof change->location, "%s", yx_row_text(row, 2));
    return yx_buf_append(&change->body, yx_row_blob(row, 3)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* PostgreSQL lets two begin, and refuses the second one as it writes a row that is unique: whoever
 * asked would hear that what they make is there already. So they wait for each other. */
static yx_status lock_key(const struct change *change, struct yx_tx *tx, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    uint8_t digest[32];
    int64_t number;

    if (change->key == NULL)
        return YX_OK;
    if (yx_buf_printf(&name, "%s %s", change->actor, change->key) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_digest(YX_DIGEST_SM3, yx_buf_bytes(&name), digest, err));
    memcpy(&number, digest, sizeof number);
    return yx_tx_lock(tx, number, err);
}

static yx_status find_answer(struct change *change, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_value values[] = {
        yx_value_text(change->actor),
        yx_value_text(change->key),
        yx_value_time(change->call->now - ANSWERS_KEPT),
    };

    if (change->key == NULL)
        return YX_OK;
    return yx_tx_query(tx,
                       "SELECT request, status, location, body FROM api_answer"
                       " WHERE actor = $1 AND name = $2 AND at > $3",
                       values, 3, take_answer, change, err);
}

static yx_status keep_answer(struct change *change, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_value values[] = {
        yx_value_text(change->actor),
        yx_value_text(change->key),
        yx_value_blob(YX_BYTES(change->request, 32)),
        yx_value_time(change->call->now),
        yx_value_integer(change->status),
        yx_value_text(change->location),
        yx_value_blob(yx_buf_bytes(&change->body)),
    };

    if (change->key == NULL)
        return YX_OK;
    /* One that is too old to count gives way. */
    YX_TRY(yx_tx_run(tx, "DELETE FROM api_answer WHERE actor = $1 AND name = $2", values, 2, NULL,
                     err));
    return yx_tx_run(tx,
                     "INSERT INTO api_answer (actor, name, request, at, status, location, body)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                     values, 7, NULL, err);
}

/* --- The transaction ------------------------------------------------------------------------- */

/* C-18 of the requirements wants the union of what regulations ask for: when, who, from where. */
static yx_status write_leaf(struct change *change, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_api_call *call = change->call;
    YX_CLEAN(yx_buf) struct yx_buf details = {0};
    /* A copy: the same object may be the body. */
    YX_CLEAN(json) json_t *all =
        change->outcome.details == NULL ? json_object() : json_copy(change->outcome.details);
    struct yx_audit_event event = {
        .at = call->now,
        .actor = change->actor,
        .action = call->route->action,
        .object = change->outcome.object,
    };

    if (json_object_set_new(all, "from", json_string(call->http->peer)) != 0 ||
        json_object_set_new(all, "request", json_string(call->http->request_id)) != 0)
        return yx_fail_memory(err);
    YX_TRY(yx_api_write(all, &details, err));
    if (yx_buf_append(&details, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    event.details = (const char *)details.data;
    return yx_audit_append(tx, &event, err);
}

/* The event is the action, and says no more than what was changed: whoever may read it asks. */
static yx_status tell(const struct change *change, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_api_call *call = change->call;
    YX_CLEAN(yx_buf) struct yx_buf data = {0};
    YX_CLEAN(json) json_t *members = NULL;

    if (change->outcome.party[0] == '\0')
        return YX_OK;
    members = json_pack("{s:s, s:s}", "object", change->outcome.object, "request",
                        call->http->request_id);
    YX_TRY(yx_api_write(members, &data, err));
    if (yx_buf_append(&data, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    return yx_outbox_tell(tx,
                          &(struct yx_event){.party = change->outcome.party,
                                             .type = call->route->action,
                                             .data = (const char *)data.data},
                          call->now, err);
}

static yx_status take_outcome(struct change *change, struct yx_error *err)
{
    const struct yx_api_outcome *outcome = &change->outcome;

    if (outcome->status != 0 && outcome->body == NULL)
        return yx_fail_memory(err);
    change->status = outcome->status != 0 ? outcome->status : outcome->body == NULL ? 204 : 200;
    memcpy(change->location, outcome->location, sizeof change->location);
    return outcome->body == NULL ? YX_OK : yx_api_write(outcome->body, &change->body, err);
}

static yx_status run(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct change *change = self;

    /* It may run again. */
    change->repeated = false;
    change_free(change);
    YX_TRY(lock_key(change, tx, err));
    if ((change->call->route->flags & YX_API_EVERYWHERE) != 0)
        YX_TRY(yx_api_require_party(change->call, tx, NULL, err));
    YX_TRY(find_answer(change, tx, err));
    if (change->repeated)
        return YX_OK;
    YX_TRY(change->work(change->self, tx, &change->outcome, err));
    YX_TRY(take_outcome(change, err));
    YX_TRY(write_leaf(change, tx, err));
    YX_TRY(tell(change, tx, err));
    return keep_answer(change, tx, err);
}

/* The body for who asked: with what is given once, unless the request came again. */
static yx_status write_body(const struct change *change, struct yx_buf *out, struct yx_error *err)
{
    const struct yx_api_outcome *outcome = &change->outcome;

    if (change->repeated || outcome->once == NULL)
        return yx_buf_append(out, yx_buf_bytes(&change->body)) == YX_OK ? YX_OK
                                                                        : yx_fail_memory(err);
    if (json_object_update(outcome->once, outcome->body) != 0)
        return yx_fail_memory(err);
    return yx_api_write(outcome->once, out, err);
}

yx_status yx_api_change(struct yx_api_call *call, yx_api_work work, void *self,
                        struct yx_error *err)
{
    YX_CLEAN(change) struct change change = {.call = call, .work = work, .self = self};

    YX_REQUIRE(call->route->action != NULL, err, YX_INTERNAL, "", N_("{1} changes nothing"),
               call->route->path);
    yx_api_actor(&call->who, change.actor);
    YX_TRY(read_key(&change, err));
    YX_TRY(digest_request(&change, err));
    YX_TRY(yx_store_write(call->services->store, run, &change, err));
    call->reply->status = change.status;
    if (change.location[0] != '\0')
        yx_http_header(call->reply, "Location", change.location);
    if (change.repeated)
        yx_http_header(call->reply, "Idempotency-Replayed", "true");
    if (change.status == 204)
        return YX_OK;
    call->reply->content_type = "application/json";
    return write_body(&change, &call->reply->body, err);
}

/* --- What works say ------------------------------------------------------------------------ */

void yx_api_about(struct yx_api_outcome *outcome, const char *kind, const char *id)
{
    (void)snprintf(outcome->object, sizeof outcome->object, "%s:%s", kind, id);
}

void yx_api_concerns(struct yx_api_outcome *outcome, const char *party)
{
    (void)snprintf(outcome->party, sizeof outcome->party, "%s", party == NULL ? "" : party);
}

yx_status yx_api_details(struct yx_api_outcome *outcome, json_t *details, struct yx_error *err)
{
    json_decref(outcome->details);
    outcome->details = details;
    return details == NULL ? yx_fail_memory(err) : YX_OK;
}

void yx_api_made(struct yx_api_outcome *outcome, const char *path, const char *kind, const char *id)
{
    outcome->status = 201;
    (void)snprintf(outcome->location, sizeof outcome->location, "%s/%s", path, id);
    yx_api_about(outcome, kind, id);
}

/* --- Answers that are too old -------------------------------------------------------------- */

static yx_status sweep(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_value before = yx_value_time(*(yx_time *)self);

    return yx_tx_run(tx, "DELETE FROM api_answer WHERE at <= $1", &before, 1, NULL, err);
}

yx_status yx_api_sweep(struct yx_store *store, yx_time now, struct yx_error *err)
{
    yx_time before = now - ANSWERS_KEPT;

    return yx_store_write(store, sweep, &before, err);
}
