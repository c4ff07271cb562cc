/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apipeople/key.c - keys of systems. The secret is in the reply that makes a key, and nowhere else.
 *
 *   GET    /api/v1/api-keys?account=
 *   POST   /api/v1/api-keys          {account, name, permissions, parties, addresses, expires_at}
 *   GET    /api/v1/api-keys/{key}
 *   DELETE /api/v1/api-keys/{key}
 */
#include "apipeople/room.h"

static json_t *describe(const struct yx_login_key *key)
{
    return json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id", key->id, "account",
        key->account, "name", key->name, "permissions", yx_api_words(key->permissions, ' '),
        "parties", yx_api_words(key->parties, ' '), "addresses", yx_api_words(key->addresses, ','),
        "made_at", yx_api_time(key->made_at), "expires_at", yx_api_time(key->expires_at), "used_at",
        yx_api_time(key->used_at), "revoked_at", yx_api_time(key->revoked_at));
}

/* --- Shown ----------------------------------------------------------------------------------- */

static yx_status look(const struct yx_api_call *call, struct yx_tx *tx, struct yx_login_key *out,
                      struct yx_login_account *account, struct yx_error *err)
{
    YX_TRY(yx_login_key_find(tx, call->http->ids[0], out, err));
    return yx_api_require_account(call, tx, out->account, account, err);
}

static yx_status find_key(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct yx_api_found *found = self;
    struct yx_login_account account;
    struct yx_login_key key;

    YX_TRY(look(found->call, tx, &key, &account, err));
    return yx_api_found_take(found, describe(&key), err);
}

static yx_status get_key(struct yx_api_call *call, struct yx_error *err)
{
    return yx_api_get(call, find_key, err);
}

struct listing {
    const char *account, *paged;
};
static const struct yx_json_member filters[] = {
    {"account", YX_JSON_ID, true, 0, 0, YX_JSON_AT(struct listing, account)},
    YX_API_PAGE_MEMBERS(struct listing, paged),
    YX_JSON_END,
};

static yx_status add_key(void *self, const struct yx_login_key *key, struct yx_error *err)
{
    return yx_api_page_add(self, key->id, describe(key), err);
}

static yx_status list_keys(void *self, struct yx_tx *tx, struct yx_api_page *page,
                           struct yx_error *err)
{
    const struct listing *listing = self;
    struct yx_login_account account;

    YX_TRY(yx_api_require_account(page->call, tx, listing->account, &account, err));
    return yx_login_key_list(tx, listing->account, page->after, yx_api_page_rows(page), add_key,
                             page, err);
}

static yx_status get_keys(struct yx_api_call *call, struct yx_error *err)
{
    struct listing listing = {0};

    YX_TRY(yx_http_query_members(call->http, filters, &listing, err));
    return yx_api_list(call, list_keys, &listing, err);
}

/* --- Made ------------------------------------------------------------------------------------ */

struct entry {
    const struct yx_api_call *call;
    const char *account, *name;
    json_t *permissions, *parties, *addresses;
    yx_time expires_at;
    struct yx_buf permission_text, party_text, address_text;
    struct yx_login_secret secret;
};
static void entry_free(struct entry *entry)
{
    yx_buf_free(&entry->permission_text);
    yx_buf_free(&entry->party_text);
    yx_buf_free(&entry->address_text);
    yx_wipe(&entry->secret, sizeof entry->secret);
}
YX_DEFINE_CLEAN_VALUE(entry, struct entry, entry_free);

static const struct yx_json_member members[] = {
    {"account", YX_JSON_ID, true, 0, 0, YX_JSON_AT(struct entry, account)},
    {"name", YX_JSON_TEXT, true, 1, 30, YX_JSON_AT(struct entry, name)},
    {"permissions", YX_JSON_LIST, true, 1, 60, YX_JSON_AT(struct entry, permissions)},
    {"parties", YX_JSON_LIST, false, 0, YX_LOGIN_KEY_PARTIES, YX_JSON_AT(struct entry, parties)},
    {"addresses", YX_JSON_LIST, false, 0, 20, YX_JSON_AT(struct entry, addresses)},
    {"expires_at", YX_JSON_TIME, true, 0, 0, YX_JSON_AT(struct entry, expires_at)},
    YX_JSON_END,
};

static yx_status check_permissions(const struct entry *entry, struct yx_error *err)
{
    for (size_t i = 0; i < json_array_size(entry->permissions); i++) {
        const char *name = json_string_value(json_array_get(entry->permissions, i));

        YX_REQUIRE(yx_permission_find(name) != NULL, err, YX_USAGE, YX_JSON_RULE,
                   N_("{1}: there is no permission {2}"), "/permissions", name);
    }
    return YX_OK;
}

static yx_status make(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                      struct yx_error *err)
{
    const struct entry *entry = self;
    const struct yx_api_call *call = entry->call;
    const struct yx_login_by by = yx_api_by(call);
    const struct yx_login_new_key wanted = {
        .account = entry->account,
        .name = entry->name,
        .permissions = (const char *)entry->permission_text.data,
        .parties = (const char *)entry->party_text.data,
        .addresses = (const char *)entry->address_text.data,
        .expires_at = entry->expires_at,
    };
    struct yx_login_account account;
    struct yx_login_key key;
    char id[YX_UUID_TEXT];

    YX_TRY(yx_api_require_opening(call, tx, entry->account, &account, err));
    YX_TRY(yx_login_key_make(call->services->login, tx, &wanted, &entry->secret, &by, id, err));
    YX_TRY(yx_login_key_find(tx, id, &key, err));
    yx_api_made(outcome, "/api/v1/api-keys", "account", id);
    yx_api_about(outcome, "account", entry->account);
    yx_api_concerns(outcome, account.party);
    outcome->body = describe(&key);
    outcome->once = json_pack("{s:s}", "secret", entry->secret.text);
    YX_TRY(yx_api_details(outcome, json_incref(outcome->body), err));
    return outcome->once == NULL ? yx_fail_memory(err) : YX_OK;
}

static yx_status post_key(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(entry) struct entry entry = {.call = call};

    YX_TRY(yx_json_members(call->body, members, &entry, err));
    YX_TRY(check_permissions(&entry, err));
    YX_TRY(yx_api_join(entry.permissions, " ", &entry.permission_text, err));
    YX_TRY(yx_api_join(entry.parties, " ", &entry.party_text, err));
    YX_TRY(yx_api_join(entry.addresses, ",", &entry.address_text, err));
    YX_TRY(yx_login_secret_make(&entry.secret, err));
    return yx_api_change(call, make, &entry, err);
}

static yx_status revoke(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                        struct yx_error *err)
{
    const struct yx_api_call *call = self;
    const struct yx_login_by by = yx_api_by(call);
    struct yx_login_account account;
    struct yx_login_key key;

    YX_TRY(look(call, tx, &key, &account, err));
    yx_api_about(outcome, "account", key.account);
    yx_api_concerns(outcome, account.party);
    YX_TRY(yx_api_details(outcome, json_pack("{s:s}", "key", key.id), err));
    return yx_login_key_revoke(tx, key.id, &by, err);
}

static yx_status delete_key(struct yx_api_call *call, struct yx_error *err)
{
    return yx_api_change(call, revoke, call, err);
}

const struct yx_api_route yx_api_keys[] = {
    {"GET", "/api/v1/api-keys", "account.read", NULL, get_keys},
    {"POST", "/api/v1/api-keys", "account.manage", "key.make", post_key, YX_API_RECENT},
    {"GET", "/api/v1/api-keys/{key}", "account.read", NULL, get_key},
    {"DELETE", "/api/v1/api-keys/{key}", "account.manage", "key.revoke", delete_key},
    YX_API_ROUTES_END,
};
