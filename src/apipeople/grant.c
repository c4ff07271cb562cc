/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apipeople/grant.c - who has which role, where, and until when.
 *
 *   GET, POST  /api/v1/grants                 ?account=, ?role=, ?party=, ?past=
 *   GET        /api/v1/grants/{grant}
 *   POST       /api/v1/grants/{grant}/revoke
 */
#include "apipeople/room.h"

#define PATH "/api/v1/grants"

static json_t *describe(const struct yx_party_grant *grant)
{
    const struct yx_party_scope *scope = &grant->scope;

    return json_pack("{s:s, s:s, s:s, s:{s:s?, s:s?, s:s?, s:s?, s:s?}, s:o, s:o, s:o, s:s, s:o,"
                     " s:s?}",
                     "id", grant->id, "account", grant->account, "role", grant->role, "scope",
                     "party", scope->party, "region", scope->region, "seal", scope->seal,
                     "document_class", scope->document_class, "platform", scope->platform, "from",
                     yx_api_time(grant->from), "until", yx_api_time(grant->until), "made_at",
                     yx_api_time(grant->made_at), "made_by", grant->made_by, "revoked_at",
                     yx_api_time(grant->revoked_at), "revoked_by", grant->revoked_by);
}

/* --- Lists --------------------------------------------------------------------------------- */

struct listing {
    const char *account, *role, *party, *paged;
    bool past;
};
static const struct yx_json_member filters[] = {
    {"account", YX_JSON_ID, false, 0, 0, YX_JSON_AT(struct listing, account)},
    {"role", YX_JSON_TEXT, false, 1, 64, YX_JSON_AT(struct listing, role)},
    {"party", YX_JSON_ID, false, 0, 0, YX_JSON_AT(struct listing, party)},
    {"past", YX_JSON_BOOL, false, 0, 0, YX_JSON_AT(struct listing, past)},
    YX_API_PAGE_MEMBERS(struct listing, paged),
    YX_JSON_END,
};

static yx_status add_grant(void *self, const struct yx_party_grant *grant, struct yx_error *err)
{
    return yx_api_page_add(self, grant->id, describe(grant), err);
}

/* All of them are for those who may read them everywhere; others name their party. */
static yx_status list_grants(void *self, struct yx_tx *tx, struct yx_api_page *page,
                             struct yx_error *err)
{
    const struct listing *listing = self;
    const struct yx_party_grant_filter filter = {
        .account = listing->account,
        .role = listing->role,
        .party = listing->party,
        .at = listing->past ? YX_TIME_NONE : page->call->now,
        .after = page->after,
        .limit = yx_api_page_rows(page),
    };

    YX_TRY(yx_api_require_party(page->call, tx, listing->party, err));
    return yx_party_grants(tx, &filter, add_grant, page, err);
}

static yx_status get_grants(struct yx_api_call *call, struct yx_error *err)
{
    struct listing listing = {0};

    YX_TRY(yx_http_query_members(call->http, filters, &listing, err));
    return yx_api_list(call, list_grants, &listing, err);
}

/* --- One ----------------------------------------------------------------------------------- */

static yx_status take_grant(void *self, const struct yx_party_grant *grant, struct yx_error *err)
{
    return yx_api_found_take(self, describe(grant), err);
}

static const char *text_of(const json_t *scope, const char *name)
{
    return json_string_value(json_object_get(scope, name));
}

/* May the asker do this where the grant holds? One that is not there holds nowhere. */
static yx_status require_scope(const struct yx_api_found *found, struct yx_tx *tx,
                               struct yx_error *err)
{
    const json_t *scope = json_object_get(found->json, "scope");

    return yx_api_require(found->call, tx,
                          &(struct yx_party_scope){
                              .party = text_of(scope, "party"),
                              .region = text_of(scope, "region"),
                              .seal = text_of(scope, "seal"),
                              .document_class = text_of(scope, "document_class"),
                              .platform = text_of(scope, "platform"),
                          },
                          err);
}

static yx_status find_grant(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct yx_api_found *found = self;
    const char *id = found->call->http->ids[0];
    const struct yx_party_grant_filter filter = {.id = id, .at = YX_TIME_NONE, .limit = 1};

    yx_api_found_free(found);
    YX_TRY(yx_party_grants(tx, &filter, take_grant, found, err));
    YX_TRY(require_scope(found, tx, err));
    YX_REQUIRE(found->json != NULL, err, YX_REFUSED, YX_PARTY_MISSING, N_("there is no grant {1}"),
               id);
    return YX_OK;
}

yx_status yx_api_require_grants(const struct yx_api_call *call, struct yx_tx *tx,
                                const char *account, struct yx_error *err)
{
    YX_CLEAN(yx_api_found) struct yx_api_found found = {.call = call};
    char after[YX_UUID_TEXT] = "";

    for (;;) {
        const struct yx_party_grant_filter filter = {
            .account = account, .at = call->now, .after = after, .limit = 1};

        yx_api_found_free(&found);
        YX_TRY(yx_party_grants(tx, &filter, take_grant, &found, err));
        if (found.json == NULL)
            return YX_OK;
        YX_TRY(require_scope(&found, tx, err));
        (void)snprintf(after, sizeof after, "%s", text_of(found.json, "id"));
    }
}

static yx_status get_grant(struct yx_api_call *call, struct yx_error *err)
{
    return yx_api_get(call, find_grant, err);
}

/* --- Made and revoked ---------------------------------------------------------------------- */

struct entry {
    struct yx_api_call *call;
    struct yx_party_grant grant;
};
#define SCOPE(name, most, at)                                                        \
    {                                                                                \
        name, YX_JSON_TEXT, false, 1, most, YX_JSON_AT(struct entry, grant.scope.at) \
    }
static const struct yx_json_member scope_members[] = {
    {"party", YX_JSON_ID, false, 0, 0, YX_JSON_AT(struct entry, grant.scope.party)},
    SCOPE("region", YX_PARTY_REGION, region),
    SCOPE("seal", 200, seal),
    SCOPE("document_class", 200, document_class),
    SCOPE("platform", 200, platform),
    YX_JSON_END,
};
/* The scope is always said: {} is everything. */
static const struct yx_json_member members[] = {
    {"account", YX_JSON_ID, true, 0, 0, YX_JSON_AT(struct entry, grant.account)},
    {"role", YX_JSON_TEXT, true, 1, 64, YX_JSON_AT(struct entry, grant.role)},
    {"scope", YX_JSON_OBJECT, true, .items = scope_members},
    {"from", YX_JSON_TIME, false, 0, 0, YX_JSON_AT(struct entry, grant.from)},
    {"until", YX_JSON_TIME, false, 0, 0, YX_JSON_AT(struct entry, grant.until)},
    YX_JSON_END,
};

static yx_status make_grant(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                            struct yx_error *err)
{
    struct entry *entry = self;
    struct yx_api_call *call = entry->call;
    struct yx_login_account account;
    char id[YX_UUID_TEXT];
    bool same;

    YX_TRY(yx_api_require(call, tx, &entry->grant.scope, err));
    YX_TRY(yx_login_account_find(tx, entry->grant.account, &account, err));
    YX_TRY(yx_login_same_person(tx, entry->grant.account, call->who.account, &same, err));
    YX_REQUIRE(!same, err, YX_REFUSED, YX_PARTY_SEPARATION,
               N_("nobody grants anything to themselves, by another account neither"));
    YX_TRY(yx_party_grant(tx, &entry->grant, call->who.account, call->now, id, err));
    yx_api_made(outcome, PATH, "grant", id);
    yx_api_concerns(outcome, entry->grant.scope.party);
    outcome->body = json_pack("{s:s}", "id", id);
    return yx_api_details(outcome,
                          json_pack("{s:s, s:s, s:O}", "account", entry->grant.account, "role",
                                    entry->grant.role, "scope",
                                    json_object_get(call->body, "scope")),
                          err);
}

static yx_status post_grant(struct yx_api_call *call, struct yx_error *err)
{
    struct entry entry = {.call = call, .grant = {.from = YX_TIME_NONE, .until = YX_TIME_NONE}};

    YX_TRY(yx_json_members(call->body, members, &entry, err));
    return yx_api_change(call, make_grant, &entry, err);
}

static yx_status revoke_grant(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                              struct yx_error *err)
{
    struct yx_api_call *call = self;
    YX_CLEAN(yx_api_found) struct yx_api_found found = {.call = call};

    YX_TRY(find_grant(&found, tx, err));
    YX_TRY(yx_party_revoke(tx, call->http->ids[0], call->who.account, call->now, err));
    yx_api_about(outcome, "grant", call->http->ids[0]);
    yx_api_concerns(outcome, text_of(json_object_get(found.json, "scope"), "party"));
    return yx_api_details(outcome,
                          json_pack("{s:O, s:O}", "account", json_object_get(found.json, "account"),
                                    "role", json_object_get(found.json, "role")),
                          err);
}

static yx_status post_revoke(struct yx_api_call *call, struct yx_error *err)
{
    YX_TRY(yx_api_nothing(call, err));
    return yx_api_change(call, revoke_grant, call, err);
}

const struct yx_api_route yx_api_grants[] = {
    {"GET", PATH, "role.read", NULL, get_grants},
    {"POST", PATH, "grant.manage", "grant.make", post_grant, YX_API_RECENT},
    {"GET", PATH "/{grant}", "role.read", NULL, get_grant},
    {"POST", PATH "/{grant}/revoke", "grant.manage", "grant.revoke", post_revoke, YX_API_RECENT},
    YX_API_ROUTES_END,
};
