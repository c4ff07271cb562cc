/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apipeople/party.c - parties.
 *
 *   GET, POST   /api/v1/parties
 *   GET, PATCH  /api/v1/parties/{party}
 *   POST        /api/v1/parties/{party}/move      {"parent": "…"}, or {}: to the top
 *   POST        /api/v1/parties/{party}/end
 *   POST        /api/v1/parties/{party}/identity  the number of the identity document; on record
 *   GET         /api/v1/parties/{party}/history
 *   POST        /api/v1/parties/search            by identity document: no number stands in an
 * address GET         /api/v1/vocabulary                the words that parties are described by
 */
#include <stdlib.h>

#include "apipeople/room.h"

#define PATH "/api/v1/parties"

static const char *const kinds[] = {"person", "organisation", "unit", NULL};

/* --- As JSON --------------------------------------------------------------------------------- */

/* What the lists of the regulations call an organisation of this kind. */
static json_t *describe_nature(const char *id)
{
    const struct yx_party_nature *nature = id == NULL ? NULL : yx_party_nature_find(id);

    if (nature == NULL)
        return json_null();
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?}", "id", nature->word.id, "zh",
                     nature->word.zh, "applicant", nature->applicant, "wuhu", nature->wuhu,
                     "hainan", nature->hainan, "social", nature->social);
}

static json_t *describe(const struct yx_party *party)
{
    const char *tier =
        party->region == NULL ? NULL : yx_party_tier_name(yx_party_region_tier(party->region));

    return json_pack(
        "{s:s, s:s, s:s, s:o, s:s?, s:s?, s:s?, s:s?, s:s, s:s?, s:s?, s:s?, s:s?,"
        " s:b, s:I, s:o, s:o}",
        "id", party->id, "kind", yx_party_kind_name(party->kind), "type", party->type, "nature",
        describe_nature(party->nature), "authority", party->authority, "parent", party->parent,
        "region", party->region, "tier", tier, "name_zh", party->name_zh, "name_en", party->name_en,
        "code", party->code, "identity_kind", party->identity_kind, "scheme", party->scheme,
        "internal_only", party->internal_only, "version", (json_int_t)party->version, "made_at",
        yx_api_time(party->made_at), "ended_at", yx_api_time(party->ended_at));
}

/* --- Reading --------------------------------------------------------------------------------- */

static yx_status take_party(void *self, const struct yx_party *party, struct yx_error *err)
{
    return yx_api_found_take(self, describe(party), err);
}

static yx_status find_party(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct yx_api_found *found = self;
    const char *id = found->call->http->ids[0];

    YX_TRY(yx_api_require_party(found->call, tx, id, err));
    return yx_party_find(tx, id, take_party, found, err);
}

static yx_status get_party(struct yx_api_call *call, struct yx_error *err)
{
    return yx_api_get(call, find_party, err);
}

/* --- Lists ----------------------------------------------------------------------------------- */

struct wanted {
    const char *type, *parent, *code, *paged;
    int kind;
    bool ended;
};
static const struct yx_json_member filters[] = {
    {"kind", YX_JSON_CHOICE, false, 0, 0, YX_JSON_AT(struct wanted, kind), kinds},
    {"type", YX_JSON_TEXT, false, 1, 40, YX_JSON_AT(struct wanted, type)},
    {"parent", YX_JSON_ID, false, 0, 0, YX_JSON_AT(struct wanted, parent)},
    {"code", YX_JSON_TEXT, false, 1, YX_PARTY_CODE, YX_JSON_AT(struct wanted, code)},
    {"ended", YX_JSON_BOOL, false, 0, 0, YX_JSON_AT(struct wanted, ended)},
    YX_API_PAGE_MEMBERS(struct wanted, paged),
    YX_JSON_END,
};

static yx_status add_party(void *self, const struct yx_party *party, struct yx_error *err)
{
    return yx_api_page_add(self, party->id, describe(party), err);
}

static yx_status list_parties(void *self, struct yx_tx *tx, struct yx_api_page *page,
                              struct yx_error *err)
{
    const struct wanted *wanted = self;
    const struct yx_api_call *call = page->call;
    const struct yx_party_filter filter = {
        .reader = call->who.account,
        .now = call->now,
        .parent = wanted->parent,
        .type = wanted->type,
        .code = wanted->code,
        .kind = wanted->kind,
        .ended = wanted->ended,
        .after = page->after,
        .limit = yx_api_page_rows(page),
    };

    /* A key that is for some parties alone names the one whose children it wants. */
    if (call->who.party_count > 0)
        YX_TRY(yx_api_require_party(call, tx, wanted->parent, err));
    return yx_party_list(tx, &filter, add_party, page, err);
}

static yx_status get_parties(struct yx_api_call *call, struct yx_error *err)
{
    struct wanted wanted = {.kind = -1};

    YX_TRY(yx_http_query_members(call->http, filters, &wanted, err));
    return yx_api_list(call, list_parties, &wanted, err);
}

/* --- Made and changed ------------------------------------------------------------------------ */

struct entry {
    struct yx_api_call *call;
    struct yx_party_entry party;
    int kind;
    bool internal_only;
    int64_t version;
};

#define TEXT(name, least, most, at)                                                \
    {                                                                              \
        name, YX_JSON_TEXT, false, least, most, YX_JSON_AT(struct entry, party.at) \
    }
/* An empty text takes away what need not be there. */
#define ENTRY                                                                                 \
    TEXT("nature", 1, 40, nature), TEXT("authority", 1, 40, authority),                       \
        TEXT("region", 0, YX_PARTY_REGION, region),                                           \
        TEXT("name_en", 0, YX_PARTY_NAME_MAX, name_en), TEXT("code", 0, YX_PARTY_CODE, code), \
        TEXT("scheme", 0, 64, scheme), TEXT("identity_kind", 1, 40, identity_kind),           \
        TEXT("identity_number", 1, YX_PARTY_IDENTITY_MAX, identity_number),                   \
    {                                                                                         \
        "internal_only", YX_JSON_BOOL, false, 0, 0, YX_JSON_AT(struct entry, internal_only)   \
    }

static const struct yx_json_member new_members[] = {
    {"kind", YX_JSON_CHOICE, true, 0, 0, YX_JSON_AT(struct entry, kind), kinds},
    TEXT("type", 1, 40, type),
    {"parent", YX_JSON_ID, false, 0, 0, YX_JSON_AT(struct entry, party.parent)},
    {"name_zh", YX_JSON_TEXT, true, 1, YX_PARTY_NAME_MAX, YX_JSON_AT(struct entry, party.name_zh)},
    ENTRY,
    YX_JSON_END,
};
static const struct yx_json_member change_members[] = {
    {"version", YX_JSON_INT, false, 1, INT64_MAX, YX_JSON_AT(struct entry, version)},
    TEXT("name_zh", 1, YX_PARTY_NAME_MAX, name_zh),
    ENTRY,
    YX_JSON_END,
};

/* The party as it is now, in the outcome of the change. */
static yx_status show(struct yx_tx *tx, const char *id, struct yx_api_outcome *outcome,
                      struct yx_error *err)
{
    YX_CLEAN(yx_api_found) struct yx_api_found found = {0};

    YX_TRY(yx_party_find(tx, id, take_party, &found, err));
    yx_api_about(outcome, "party", id);
    yx_api_concerns(outcome, id);
    outcome->body = json_incref(found.json);
    return YX_OK;
}

static yx_status make_party(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                            struct yx_error *err)
{
    struct entry *entry = self;
    const struct yx_party_scope below = {.party = entry->party.parent,
                                         .region = entry->party.region};
    char id[YX_UUID_TEXT];

    YX_TRY(yx_api_require(entry->call, tx, &below, err));
    YX_TRY(yx_party_make(tx, entry->call->services->vault, &entry->party, entry->call->who.account,
                         entry->call->now, id, err));
    yx_api_made(outcome, PATH, "party", id);
    return show(tx, id, outcome, err);
}

/* What was named in the body is on record by name; what it says is in the history. */
static json_t *names_of(json_t *body)
{
    json_t *names = json_array();
    const char *name;
    json_t *value;

    json_object_foreach(body, name,
                        value) if (json_array_append_new(names, json_string(name)) != 0) break;
    return json_pack("{s:o}", "changed", names);
}

static yx_status change_party(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                              struct yx_error *err)
{
    struct entry *entry = self;
    const char *id = entry->call->http->ids[0];
    const struct yx_party_scope there = {.party = id, .region = entry->party.region};

    YX_TRY(yx_api_require_party(entry->call, tx, id, err));
    /* Nobody moves a party out of, or into, a region that is not theirs. */
    if (entry->party.region != NULL)
        YX_TRY(yx_api_require(entry->call, tx, &there, err));
    YX_TRY(yx_party_change(tx, entry->call->services->vault, id, entry->version, &entry->party,
                           entry->call->who.account, entry->call->now, err));
    YX_TRY(yx_api_details(outcome, names_of(entry->call->body), err));
    return show(tx, id, outcome, err);
}

static yx_status enter(struct yx_api_call *call, const struct yx_json_member *members,
                       yx_api_work work, struct yx_error *err)
{
    struct entry entry = {.call = call};

    YX_TRY(yx_json_members(call->body, members, &entry, err));
    entry.party.kind = (enum yx_party_kind)entry.kind;
    entry.party.internal_only =
        json_object_get(call->body, "internal_only") == NULL ? -1 : entry.internal_only;
    return yx_api_change(call, work, &entry, err);
}

static yx_status post_party(struct yx_api_call *call, struct yx_error *err)
{
    return enter(call, new_members, make_party, err);
}

static yx_status patch_party(struct yx_api_call *call, struct yx_error *err)
{
    return enter(call, change_members, change_party, err);
}

/* --- Moved and ended -------------------------------------------------------------------------- */

struct move {
    struct yx_api_call *call;
    const char *parent;
};
static const struct yx_json_member move_members[] = {
    {"parent", YX_JSON_ID, false, 0, 0, YX_JSON_AT(struct move, parent)},
    YX_JSON_END,
};

/* It is theirs before, and where it goes is theirs, too. */
static yx_status move_party(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                            struct yx_error *err)
{
    struct move *move = self;
    const char *id = move->call->http->ids[0];

    YX_TRY(yx_api_require_party(move->call, tx, id, err));
    YX_TRY(yx_api_require_party(move->call, tx, move->parent, err));
    YX_TRY(yx_party_move(tx, id, move->parent, move->call->who.account, move->call->now, err));
    YX_TRY(yx_api_details(outcome, json_pack("{s:s?}", "parent", move->parent), err));
    return show(tx, id, outcome, err);
}

static yx_status post_move(struct yx_api_call *call, struct yx_error *err)
{
    struct move move = {.call = call};

    YX_TRY(yx_json_members(call->body, move_members, &move, err));
    return yx_api_change(call, move_party, &move, err);
}

static yx_status end_party(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                           struct yx_error *err)
{
    struct yx_api_call *call = self;
    const char *id = call->http->ids[0];

    YX_TRY(yx_api_require_party(call, tx, id, err));
    YX_TRY(yx_party_end(tx, id, call->who.account, call->now, err));
    return show(tx, id, outcome, err);
}

static yx_status post_end(struct yx_api_call *call, struct yx_error *err)
{
    YX_TRY(yx_api_nothing(call, err));
    return yx_api_change(call, end_party, call, err);
}

/* --- Identity documents -------------------------------------------------------------------- */

/* Whoever looks is on record. */
static yx_status show_identity(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                               struct yx_error *err)
{
    struct yx_api_call *call = self;
    const char *id = call->http->ids[0];
    YX_CLEAN(yx_buf) struct yx_buf number = {0};

    YX_TRY(yx_api_require_party(call, tx, id, err));
    YX_TRY(show(tx, id, outcome, err));
    YX_TRY(yx_party_identity(tx, call->services->vault, id, &number, err));
    json_decref(outcome->body);
    outcome->body = json_pack("{s:s?}", "identity_number", (const char *)number.data);
    if (number.data != NULL)
        yx_wipe(number.data, number.len);
    return outcome->body == NULL ? yx_fail_memory(err) : YX_OK;
}

static yx_status post_identity(struct yx_api_call *call, struct yx_error *err)
{
    /* What is kept for repeated requests lies in the open. */
    YX_REQUIRE(yx_http_header_of(call->http, "Idempotency-Key")[0] == '\0', err, YX_USAGE,
               "Idempotency-Key", N_("this takes no Idempotency-Key: its answer is not kept"));
    YX_TRY(yx_api_nothing(call, err));
    return yx_api_change(call, show_identity, call, err);
}

struct search {
    struct yx_api_found found; /* first: take_party takes it */
    const char *kind, *number;
};
static const struct yx_json_member search_members[] = {
    {"identity_kind", YX_JSON_TEXT, true, 1, 40, YX_JSON_AT(struct search, kind)},
    {"identity_number", YX_JSON_TEXT, true, 1, YX_PARTY_IDENTITY_MAX,
     YX_JSON_AT(struct search, number)},
    YX_JSON_END,
};

/* One that is not theirs is as good as none. */
static yx_status search_identity(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct search *search = self;
    const struct yx_api_call *call = search->found.call;
    struct yx_error inner = {0};
    yx_status status;

    yx_api_found_free(&search->found);
    YX_TRY(yx_party_find_identity(tx, call->services->vault, search->kind, search->number,
                                  take_party, &search->found, err));
    if (search->found.json == NULL)
        return YX_OK;
    status = yx_api_require_party(
        call, tx, json_string_value(json_object_get(search->found.json, "id")), &inner);
    if (status == YX_REFUSED)
        yx_api_found_free(&search->found);
    else if (status != YX_OK && err != NULL)
        *err = inner;
    return status == YX_REFUSED ? YX_OK : status;
}

static yx_status search_all(struct yx_api_call *call, struct search *search, struct yx_error *err)
{
    YX_CLEAN(json) json_t *items = json_array();

    YX_TRY(yx_json_members(call->body, search_members, search, err));
    YX_TRY(yx_store_read(call->services->store, search_identity, search, err));
    if (search->found.json != NULL && json_array_append(items, search->found.json) != 0)
        return yx_fail_memory(err);
    return yx_api_reply(call, 200, json_pack("{s:O}", "items", items), err);
}

static yx_status post_search(struct yx_api_call *call, struct yx_error *err)
{
    struct search search = {.found.call = call};
    yx_status status = search_all(call, &search, err);

    yx_api_found_free(&search.found);
    return status;
}

/* --- History ---------------------------------------------------------------------------------- */

static yx_status add_past(void *self, const struct yx_party_past *past, struct yx_error *err)
{
    char key[24];
    json_t *before = json_loads(past->before, 0, NULL);

    (void)snprintf(key, sizeof key, "%lld", (long long)past->number);
    return yx_api_page_add(
        self, key,
        json_pack("{s:o, s:s, s:o}", "at", yx_api_time(past->at), "by", past->by, "before", before),
        err);
}

yx_status yx_api_list_past(struct yx_api_page *page, struct yx_tx *tx, struct yx_error *err)
{
    return yx_party_history(tx, page->call->http->ids[0], strtoll(page->after, NULL, 10),
                            yx_api_page_rows(page), add_past, page, err);
}

static yx_status list_history(void *self, struct yx_tx *tx, struct yx_api_page *page,
                              struct yx_error *err)
{
    (void)self;
    YX_TRY(yx_api_require_party(page->call, tx, page->call->http->ids[0], err));
    return yx_api_list_past(page, tx, err);
}

static yx_status get_history(struct yx_api_call *call, struct yx_error *err)
{
    return yx_api_list(call, list_history, NULL, err);
}

/* --- Words --------------------------------------------------------------------------------- */

static json_t *describe_words(const struct yx_party_word *words)
{
    json_t *all = json_array();

    for (; words->id != NULL; words++)
        (void)json_array_append_new(
            all, json_pack("{s:s, s:s, s:s}", "id", words->id, "zh", words->zh, "en", words->en));
    return all;
}

static json_t *describe_natures(void)
{
    json_t *all = json_array();

    for (const struct yx_party_nature *n = yx_party_natures(); n->word.id != NULL; n++)
        (void)json_array_append_new(all, describe_nature(n->word.id));
    return all;
}

static json_t *describe_positions(void)
{
    json_t *all = json_array();

    for (const struct yx_party_position *p = yx_party_positions(); p->word.id != NULL; p++)
        (void)json_array_append_new(
            all, json_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:b}", "id", p->word.id, "zh",
                           p->word.zh, "en", p->word.en, "single", p->rules & YX_POST_SINGLE,
                           "authorised", p->rules & YX_POST_AUTHORISED, "filed",
                           p->rules & YX_POST_FILED, "seal", p->rules & YX_POST_SEAL));
    return all;
}

static yx_status get_vocabulary(struct yx_api_call *call, struct yx_error *err)
{
    return yx_api_reply(call, 200,
                        json_pack("{s:o, s:o, s:o, s:o, s:o}", "types",
                                  describe_words(yx_party_types()), "natures", describe_natures(),
                                  "authorities", describe_words(yx_party_authorities()),
                                  "identity_kinds", describe_words(yx_party_documents()),
                                  "positions", describe_positions()),
                        err);
}

const struct yx_api_route yx_api_parties[] = {
    {"GET", PATH, "party.read", NULL, get_parties},
    {"POST", PATH, "party.manage", "party.make", post_party},
    {"POST", PATH "/search", "party.read", NULL, post_search},
    {"GET", PATH "/{party}", "party.read", NULL, get_party},
    {"PATCH", PATH "/{party}", "party.manage", "party.change", patch_party},
    {"POST", PATH "/{party}/move", "party.manage", "party.move", post_move},
    {"POST", PATH "/{party}/end", "party.manage", "party.end", post_end},
    {"POST", PATH "/{party}/identity", "party.manage", "party.identity.show", post_identity},
    {"GET", PATH "/{party}/history", "party.read", NULL, get_history},
    {"GET", "/api/v1/vocabulary", YX_API_LOGGED_IN, NULL, get_vocabulary},
    YX_API_ROUTES_END,
};
