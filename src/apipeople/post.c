/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apipeople/post.c - posts in a party, and what agencies are qualified for.
 *
 *   GET, POST  /api/v1/parties/{party}/posts            ?at=; of a person: theirs
 *   POST       /api/v1/posts/{post}/end                 {"until": "…"}, or {}: now
 *   POST       /api/v1/posts/{post}/filing              {"with": "…"}: the authority has it on file
 *   GET, POST  /api/v1/parties/{party}/qualifications   recorded by whoever supervises the agency
 *   POST       /api/v1/qualifications/{qualification}/withdraw
 */
#include "apipeople/room.h"

#define PARTY "/api/v1/parties/{party}"

/* --- Posts ------------------------------------------------------------------------------------ */

static json_t *describe_post(const struct yx_party_post *post)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s?, s:o, s:o, s:o, s:s?}", "id", post->id,
                     "party", post->party, "person", post->person, "position", post->position,
                     "title", post->title, "authorised_by", post->authorised_by, "from",
                     yx_api_time(post->from), "until", yx_api_time(post->until), "filed_at",
                     yx_api_time(post->filed_at), "filed_with", post->filed_with);
}

struct listing {
    const char *paged;
    yx_time at;
};
static const struct yx_json_member filters[] = {
    {"at", YX_JSON_TIME, false, 0, 0, YX_JSON_AT(struct listing, at)},
    YX_API_PAGE_MEMBERS(struct listing, paged),
    YX_JSON_END,
};

static yx_status add_post(void *self, const struct yx_party_post *post, struct yx_error *err)
{
    return yx_api_page_add(self, post->id, describe_post(post), err);
}

static yx_status note_kind(void *self, const struct yx_party *party, struct yx_error *err)
{
    (void)err;
    *(enum yx_party_kind *)self = party->kind;
    return YX_OK;
}

static yx_status list_posts(void *self, struct yx_tx *tx, struct yx_api_page *page,
                            struct yx_error *err)
{
    const struct listing *listing = self;
    const char *id = page->call->http->ids[0];
    enum yx_party_kind kind = YX_PARTY_UNIT;
    struct yx_party_post_filter filter = {
        .at = listing->at, .after = page->after, .limit = yx_api_page_rows(page)};

    YX_TRY(yx_api_require_party(page->call, tx, id, err));
    YX_TRY(yx_party_find(tx, id, note_kind, &kind, err));
    *(kind == YX_PARTY_PERSON ? &filter.person : &filter.party) = id;
    return yx_party_posts(tx, &filter, add_post, page, err);
}

static yx_status get_posts(struct yx_api_call *call, struct yx_error *err)
{
    struct listing listing = {.at = YX_TIME_NONE};

    YX_TRY(yx_http_query_members(call->http, filters, &listing, err));
    return yx_api_list(call, list_posts, &listing, err);
}

struct entry {
    struct yx_api_call *call;
    struct yx_party_post post;
};
static const struct yx_json_member members[] = {
    {"person", YX_JSON_ID, true, 0, 0, YX_JSON_AT(struct entry, post.person)},
    {"position", YX_JSON_TEXT, true, 1, 40, YX_JSON_AT(struct entry, post.position)},
    {"title", YX_JSON_TEXT, false, 1, YX_PARTY_NAME_MAX, YX_JSON_AT(struct entry, post.title)},
    {"authorised_by", YX_JSON_ID, false, 0, 0, YX_JSON_AT(struct entry, post.authorised_by)},
    {"from", YX_JSON_TIME, false, 0, 0, YX_JSON_AT(struct entry, post.from)},
    {"until", YX_JSON_TIME, false, 0, 0, YX_JSON_AT(struct entry, post.until)},
    YX_JSON_END,
};

/* The party is theirs, and so is the person: nobody reaches for people of elsewhere. */
static yx_status make_post(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                           struct yx_error *err)
{
    struct entry *entry = self;
    struct yx_api_call *call = entry->call;
    char id[YX_UUID_TEXT];

    YX_TRY(yx_api_require_party(call, tx, entry->post.party, err));
    YX_TRY(yx_api_require_party(call, tx, entry->post.person, err));
    YX_TRY(yx_party_post_make(tx, &entry->post, call->who.account, call->now, id, err));
    yx_api_made(outcome, "/api/v1/posts", "post", id);
    yx_api_concerns(outcome, entry->post.party);
    outcome->location[0] = '\0'; /* it is listed with its party */
    outcome->body = json_pack("{s:s}", "id", id);
    return yx_api_details(outcome,
                          json_pack("{s:s, s:s, s:s}", "party", entry->post.party, "person",
                                    entry->post.person, "position", entry->post.position),
                          err);
}

static yx_status post_post(struct yx_api_call *call, struct yx_error *err)
{
    struct entry entry = {
        .call = call,
        .post = {.party = call->http->ids[0], .from = YX_TIME_NONE, .until = YX_TIME_NONE}};

    YX_TRY(yx_json_members(call->body, members, &entry, err));
    return yx_api_change(call, make_post, &entry, err);
}

/* --- One post ------------------------------------------------------------------------------ */

struct act {
    struct yx_api_call *call;
    yx_time until;
    const char *with;
    char party[YX_UUID_TEXT];
};
static const struct yx_json_member end_members[] = {
    {"until", YX_JSON_TIME, false, 0, 0, YX_JSON_AT(struct act, until)},
    YX_JSON_END,
};
static const struct yx_json_member filing_members[] = {
    {"with", YX_JSON_TEXT, true, 1, YX_PARTY_NAME_MAX, YX_JSON_AT(struct act, with)},
    YX_JSON_END,
};

static yx_status note_party(void *self, const struct yx_party_post *post, struct yx_error *err)
{
    struct act *act = self;

    (void)err;
    (void)snprintf(act->party, sizeof act->party, "%s", post->party);
    return YX_OK;
}

/* One that is not there is in no party: only whoever may everything hears that it is missing. */
static yx_status require_post(struct act *act, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_party_post_filter filter = {
        .id = act->call->http->ids[0], .at = YX_TIME_NONE, .limit = 1};

    act->party[0] = '\0';
    YX_TRY(yx_party_posts(tx, &filter, note_party, act, err));
    return yx_api_require_party(act->call, tx, act->party, err);
}

static yx_status end_post(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                          struct yx_error *err)
{
    struct act *act = self;
    const char *id = act->call->http->ids[0];

    YX_TRY(require_post(act, tx, err));
    yx_api_about(outcome, "post", id);
    yx_api_concerns(outcome, act->party);
    return yx_party_post_end(tx, id, act->until, act->call->who.account, act->call->now, err);
}

static yx_status file_post(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                           struct yx_error *err)
{
    struct act *act = self;
    const char *id = act->call->http->ids[0];

    YX_TRY(require_post(act, tx, err));
    yx_api_about(outcome, "post", id);
    yx_api_concerns(outcome, act->party);
    YX_TRY(yx_api_details(outcome, json_pack("{s:s}", "with", act->with), err));
    return yx_party_post_file(tx, id, act->with, act->call->who.account, act->call->now, err);
}

static yx_status post_end(struct yx_api_call *call, struct yx_error *err)
{
    struct act act = {.call = call, .until = YX_TIME_NONE};

    YX_TRY(yx_json_members(call->body, end_members, &act, err));
    return yx_api_change(call, end_post, &act, err);
}

static yx_status post_filing(struct yx_api_call *call, struct yx_error *err)
{
    struct act act = {.call = call};

    YX_TRY(yx_json_members(call->body, filing_members, &act, err));
    return yx_api_change(call, file_post, &act, err);
}

/* --- Qualifications ------------------------------------------------------------------------ */

struct qualifications {
    struct yx_api_call *call;
    json_t *items;
};

static yx_status add_qualification(void *self, const struct yx_party_qualification *q,
                                   struct yx_error *err)
{
    const struct qualifications *all = self;
    json_t *item =
        json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "id", q->id, "kind", q->kind, "number",
                  q->number, "issuer", q->issuer, "from", yx_api_time(q->from), "until",
                  yx_api_time(q->until), "withdrawn_at", yx_api_time(q->withdrawn_at));

    return json_array_append_new(all->items, item) == 0 ? YX_OK : yx_fail_memory(err);
}

static yx_status list_qualifications(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct qualifications *all = self;
    const char *id = all->call->http->ids[0];

    (void)json_array_clear(all->items);
    YX_TRY(yx_api_require_party(all->call, tx, id, err));
    return yx_party_qualifications(tx, id, NULL, add_qualification, all, err);
}

static yx_status get_qualifications(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(json) json_t *items = json_array();
    struct qualifications all = {call, items};

    YX_TRY(yx_store_read(call->services->store, list_qualifications, &all, err));
    return yx_api_reply(call, 200, json_pack("{s:O}", "items", items), err);
}

struct qualifying {
    struct yx_api_call *call;
    struct yx_party_qualification qualification;
    char party[YX_UUID_TEXT];
};
static const struct yx_json_member qualification_members[] = {
    {"kind", YX_JSON_TEXT, true, 1, 40, YX_JSON_AT(struct qualifying, qualification.kind)},
    {"number", YX_JSON_TEXT, true, 1, YX_PARTY_NAME_MAX,
     YX_JSON_AT(struct qualifying, qualification.number)},
    {"issuer", YX_JSON_TEXT, true, 1, YX_PARTY_NAME_MAX,
     YX_JSON_AT(struct qualifying, qualification.issuer)},
    {"from", YX_JSON_TIME, true, 0, 0, YX_JSON_AT(struct qualifying, qualification.from)},
    {"until", YX_JSON_TIME, false, 0, 0, YX_JSON_AT(struct qualifying, qualification.until)},
    YX_JSON_END,
};

static yx_status qualify(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                         struct yx_error *err)
{
    struct qualifying *wanted = self;
    struct yx_api_call *call = wanted->call;
    const char *party = wanted->qualification.party;
    char id[YX_UUID_TEXT];

    YX_TRY(yx_api_require_party(call, tx, party, err));
    YX_TRY(yx_party_qualify(tx, &wanted->qualification, call->who.account, call->now, id, err));
    yx_api_made(outcome, "/api/v1/qualifications", "qualification", id);
    yx_api_concerns(outcome, party);
    outcome->location[0] = '\0'; /* it is listed with its party */
    outcome->body = json_pack("{s:s}", "id", id);
    return yx_api_details(outcome,
                          json_pack("{s:s, s:s, s:s}", "party", party, "kind",
                                    wanted->qualification.kind, "number",
                                    wanted->qualification.number),
                          err);
}

static yx_status post_qualification(struct yx_api_call *call, struct yx_error *err)
{
    struct qualifying wanted = {
        .call = call, .qualification = {.party = call->http->ids[0], .until = YX_TIME_NONE}};

    YX_TRY(yx_json_members(call->body, qualification_members, &wanted, err));
    return yx_api_change(call, qualify, &wanted, err);
}

static yx_status note_qualified(void *self, const struct yx_party_qualification *q,
                                struct yx_error *err)
{
    struct qualifying *wanted = self;

    (void)err;
    (void)snprintf(wanted->party, sizeof wanted->party, "%s", q->party);
    return YX_OK;
}

static yx_status withdraw(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                          struct yx_error *err)
{
    struct qualifying *wanted = self;
    struct yx_api_call *call = wanted->call;
    const char *id = call->http->ids[0];

    wanted->party[0] = '\0';
    YX_TRY(yx_party_qualifications(tx, NULL, id, note_qualified, wanted, err));
    YX_TRY(yx_api_require_party(call, tx, wanted->party, err));
    yx_api_about(outcome, "qualification", id);
    yx_api_concerns(outcome, wanted->party);
    return yx_party_disqualify(tx, id, call->who.account, call->now, err);
}

static yx_status post_withdraw(struct yx_api_call *call, struct yx_error *err)
{
    struct qualifying wanted = {.call = call};

    YX_TRY(yx_api_nothing(call, err));
    return yx_api_change(call, withdraw, &wanted, err);
}

const struct yx_api_route yx_api_posts[] = {
    {"GET", PARTY "/posts", "party.read", NULL, get_posts},
    {"POST", PARTY "/posts", "party.manage", "post.make", post_post},
    {"POST", "/api/v1/posts/{post}/end", "party.manage", "post.end", post_end},
    {"POST", "/api/v1/posts/{post}/filing", "filing.receive", "post.file", post_filing},
    {"GET", PARTY "/qualifications", "party.read", NULL, get_qualifications},
    {"POST", PARTY "/qualifications", "supervise", "qualification.make", post_qualification},
    {"POST", "/api/v1/qualifications/{qualification}/withdraw", "supervise",
     "qualification.withdraw", post_withdraw},
    YX_API_ROUTES_END,
};
