/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apirecords/audit.c - the audit list: records for auditors; checkpoint, growth, tiles and proofs
 * for whoever checks them; what witnesses sign; reviews. Nobody changes a record here: a review is
 * one more. Records are of all parties: they are read by those alone who may do so everywhere.
 */
#include <stdlib.h>

#include "apirecords/apirecords.h"
#include "language/language.h"

#define NUMBER_MAX INT64_C(1000000000000)

static yx_status answer_text(struct yx_api_call *call, struct yx_buf *text, const char *type,
                             struct yx_error *err)
{
    (void)err;
    call->reply->content_type = type;
    call->reply->body = *text;
    *text = (struct yx_buf){0};
    return YX_OK;
}

/* --- Records ------------------------------------------------------------------------------- */

static const char *says(const struct yx_api_call *call, const char *action)
{
    yx_translate translate = yx_language(call->http->language);
    const char *text = yx_audit_says(action);

    return translate == NULL || text == action ? text : translate(text);
}

static json_t *record_to_json(const struct yx_api_call *call, const struct yx_audit_leaf *leaf)
{
    char hash[2 * YX_AUDIT_HASH_SIZE + 1];

    yx_hex(leaf->hash, hash);
    return json_pack("{s:I, s:o, s:I, s:s, s:s, s:s, s:s, s:s, s:s}", "number",
                     (json_int_t)leaf->number, "at", yx_api_time(leaf->at), "microseconds",
                     (json_int_t)leaf->at, "actor", leaf->actor, "action", leaf->action, "says",
                     says(call, leaf->action), "object", leaf->object, "details", leaf->details,
                     "hash", hash);
}

static yx_status take_record(void *self, const struct yx_audit_leaf *leaf, struct yx_error *err)
{
    struct yx_api_page *page = self;
    char key[YX_API_AFTER_MAX];

    (void)snprintf(key, sizeof key, "%lld %lld", (long long)leaf->at, (long long)leaf->id);
    return yx_api_page_add(page, key, record_to_json(page->call, leaf), err);
}

static yx_status read_time(const struct yx_api_call *call, const char *name, yx_time *out,
                           struct yx_error *err)
{
    const char *text = yx_http_query(call->http, name);
    char parameter[32];

    if (text == NULL)
        return YX_OK;
    (void)snprintf(parameter, sizeof parameter, "?%s", name);
    YX_REQUIRE(yx_time_parse(text, out, NULL) == YX_OK, err, YX_USAGE, YX_JSON_RULE,
               N_("{1}: {2} is no time"), parameter, text);
    return YX_OK;
}

/* A cursor is the place in the list, which is ordered by time. */
static yx_status read_search(const struct yx_api_call *call, const struct yx_api_page *page,
                             struct yx_audit_search *out, struct yx_error *err)
{
    char *end = NULL;

    *out = (struct yx_audit_search){.actor = yx_http_query(call->http, "actor"),
                                    .action = yx_http_query(call->http, "action"),
                                    .object = yx_http_query(call->http, "object"),
                                    .from = YX_TIME_NONE,
                                    .before_at = YX_TIME_NONE,
                                    .limit = yx_api_page_rows(page)};
    YX_TRY(read_time(call, "since", &out->from, err));
    YX_TRY(read_time(call, "until", &out->before_at, err));
    if (page->after[0] != '\0') {
        out->before_at = strtoll(page->after, &end, 10);
        out->before_id = strtoll(end, NULL, 10);
    }
    return YX_OK;
}

static yx_status get_records(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(yx_api_page) struct yx_api_page page = {0};
    struct yx_audit_search what;

    YX_TRY(yx_api_page_read(call, &page, err));
    YX_TRY(read_search(call, &page, &what, err));
    YX_TRY(yx_api_page_start(&page, err));
    YX_TRY(yx_audit_find(call->services->store, &what, take_record, &page, err));
    return yx_api_page_reply(call, &page, err);
}

static yx_status get_actions(struct yx_api_call *call, struct yx_error *err)
{
    size_t count;
    const struct yx_audit_action *actions = yx_audit_actions(&count);
    YX_CLEAN(json) json_t *items = json_array();

    for (size_t i = 0; i < count; i++)
        if (json_array_append_new(items, json_pack("{s:s, s:s}", "action", actions[i].name, "says",
                                                   says(call, actions[i].name))) != 0)
            return yx_fail_memory(err);
    return yx_api_reply(call, 200, json_pack("{s:O}", "items", items), err);
}

/* --- Proofs -------------------------------------------------------------------------------- */

static bool read_number(const char *text, int64_t *out)
{
    size_t len = text == NULL ? 0 : strlen(text);

    if (len == 0 || len > 12 || strspn(text, "0123456789") != len)
        return false;
    *out = strtoll(text, NULL, 10);
    return true;
}

/* What `yinxin audit check` reads. */
static yx_status get_proof(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf evidence = {0};
    int64_t number = 0;

    YX_REQUIRE(read_number(call->http->ids[0], &number), err, YX_REFUSED, YX_PARTY_MISSING,
               N_("there is no record {1}"), call->http->ids[0]);
    YX_TRY(yx_audit_evidence_make(call->services->store, number, &evidence, err));
    return answer_text(call, &evidence, "text/plain; charset=utf-8", err);
}

static yx_status get_checkpoint(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf note = {0};

    YX_TRY(yx_audit_checkpoint_last(call->services->store, &note, err));
    YX_REQUIRE(note.len > 0, err, YX_REFUSED, YX_PARTY_MISSING,
               N_("the audit list has no checkpoint yet"));
    return answer_text(call, &note, "text/plain; charset=utf-8", err);
}

static yx_status get_growth(struct yx_api_call *call, struct yx_error *err)
{
    const char *old = yx_http_query(call->http, "old");
    YX_CLEAN(yx_buf) struct yx_buf growth = {0};
    int64_t seen = 0;

    YX_REQUIRE(old == NULL || read_number(old, &seen), err, YX_USAGE, YX_JSON_RULE,
               N_("{1}: {2} is no number of records"), "?old", old);
    YX_TRY(yx_audit_growth_make(call->services->store, seen, &growth, err));
    return answer_text(call, &growth, "text/plain; charset=utf-8", err);
}

/* Whoever gets it from here believes us: it is to be compared with what was told otherwise. */
static yx_status get_key(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};

    YX_REQUIRE(call->services->audit_key != NULL, err, YX_REFUSED, YX_PARTY_MISSING,
               N_("nobody signs checkpoints here"));
    YX_TRY(yx_audit_key_write(call->services->audit_key, &pem, err));
    return answer_text(call, &pem, "application/x-pem-file", err);
}

/* What a tile says never changes. */
static yx_status get_tile(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf tile = {0};
    yx_status status = yx_audit_tile(call->services->store, call->http->rest, &tile, err);

    if (status == YX_REFUSED || status == YX_USAGE) {
        call->reply->status = 404;
        call->reply->problem = "not-found";
    }
    YX_TRY(status);
    yx_http_header(call->reply, "Cache-Control", "private, max-age=31536000, immutable");
    return answer_text(call, &tile, "application/octet-stream", err);
}

/* --- Witnesses ----------------------------------------------------------------------------- */

struct cosignature {
    const char *note;
};
static const struct yx_json_member cosignature_members[] = {
    {"note", YX_JSON_LINES, true, 1, YX_AUDIT_NOTE_MAX, YX_JSON_AT(struct cosignature, note)},
    YX_JSON_END,
};

/* Nobody logs in for this: only signatures of witnesses whom we trust are kept. */
static yx_status post_cosignature(struct yx_api_call *call, struct yx_error *err)
{
    const struct yx_api_services *services = call->services;
    struct cosignature given = {NULL};
    int64_t kept = 0;

    YX_TRY(yx_json_members(call->body, cosignature_members, &given, err));
    YX_TRY(yx_audit_witness_keep(services->store, YX_TEXT(given.note), services->witnesses,
                                 services->witness_count, call->now, &kept, err));
    return yx_api_reply(call, 200, json_pack("{s:I}", "kept", (json_int_t)kept), err);
}

/* --- Reviews ------------------------------------------------------------------------------- */

struct review {
    int64_t first, last;
    const char *finding, *handling;
};
static const struct yx_json_member review_members[] = {
    {"first", YX_JSON_INT, true, 1, NUMBER_MAX, YX_JSON_AT(struct review, first)},
    {"last", YX_JSON_INT, true, 1, NUMBER_MAX, YX_JSON_AT(struct review, last)},
    {"finding", YX_JSON_LINES, true, 1, 4000, YX_JSON_AT(struct review, finding)},
    {"handling", YX_JSON_LINES, false, 1, 4000, YX_JSON_AT(struct review, handling)},
    YX_JSON_END,
};

static yx_status make_review(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                             struct yx_error *err)
{
    const struct review *review = self;

    (void)tx;
    outcome->status = 201;
    outcome->body = json_pack("{s:I, s:I, s:s, s:s*}", "first", (json_int_t)review->first, "last",
                              (json_int_t)review->last, "finding", review->finding, "handling",
                              review->handling);
    (void)snprintf(outcome->object, sizeof outcome->object, "audit:%lld-%lld",
                   (long long)review->first, (long long)review->last);
    return yx_api_details(
        outcome, json_pack("{s:s, s:s*}", "finding", review->finding, "handling", review->handling),
        err);
}

/* Only records that are there can have been looked at. */
static yx_status post_review(struct yx_api_call *call, struct yx_error *err)
{
    struct review review = {.first = 0};
    struct yx_audit_head head;

    YX_TRY(yx_json_members(call->body, review_members, &review, err));
    YX_TRY(yx_audit_head_now(call->services->store, &head, err));
    YX_REQUIRE(review.first <= review.last && review.last <= head.size, err, YX_USAGE, YX_JSON_RULE,
               N_("{1}: the audit list has {2} records"), "/last", YX_NUM(head.size));
    return yx_api_change(call, make_review, &review, err);
}

const struct yx_api_route yx_api_audit[] = {
    {"GET", "/api/v1/audit/records", "audit.read", NULL, get_records, YX_API_EVERYWHERE},
    {"GET", "/api/v1/audit/records/{number}/proof", "audit.read", NULL, get_proof,
     YX_API_EVERYWHERE},
    {"GET", "/api/v1/audit/actions", "audit.read", NULL, get_actions, YX_API_EVERYWHERE},
    {"GET", "/api/v1/audit/tiles/*", "audit.read", NULL, get_tile, YX_API_EVERYWHERE},
    {"GET", "/api/v1/audit/checkpoint", YX_API_PUBLIC, NULL, get_checkpoint, YX_API_ANYBODY},
    {"GET", "/api/v1/audit/key", YX_API_PUBLIC, NULL, get_key, YX_API_ANYBODY},
    {"GET", "/api/v1/audit/growth", YX_API_PUBLIC, NULL, get_growth, YX_API_ANYBODY},
    {"POST", "/api/v1/audit/cosignatures", YX_API_PUBLIC, NULL, post_cosignature, YX_API_ANYBODY},
    {"POST", "/api/v1/audit/reviews", "audit.read", "audit.review.make", post_review,
     YX_API_EVERYWHERE},
    YX_API_ROUTES_END,
};
