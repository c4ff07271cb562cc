/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apipeople/role.c - permissions and roles. A role holds for everybody who has it: it is changed by
 * those alone who may do so everywhere.
 *
 *   GET         /api/v1/permissions          all there are, and which the asker has somewhere
 *   GET, POST   /api/v1/roles
 *   GET, PATCH  /api/v1/roles/{role}
 *   POST        /api/v1/roles/{role}/retire
 *   GET         /api/v1/roles/{role}/history
 */
#include "apipeople/room.h"

#define PATH "/api/v1/roles"

/* --- Permissions --------------------------------------------------------------------------- */

static yx_status get_permissions(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(json) json_t *mine = NULL;
    YX_CLEAN(json) json_t *items = json_array();

    for (const struct yx_permission *p = yx_permissions(); p->word.id != NULL; p++)
        if (json_array_append_new(items, json_pack("{s:s, s:s, s:s, s:s}", "id", p->word.id, "zh",
                                                   p->word.zh, "en", p->word.en, "family",
                                                   yx_permission_family_name(p->family))) != 0)
            return yx_fail_memory(err);
    YX_TRY(yx_api_list_permissions(call, &mine, err));
    return yx_api_reply(call, 200, json_pack("{s:O, s:O}", "items", items, "mine", mine), err);
}

/* --- Roles --------------------------------------------------------------------------------- */

static json_t *describe(const struct yx_party_role *role)
{
    return json_pack("{s:s, s:s, s:s, s:s?, s:o, s:b, s:b, s:I, s:o}", "id", role->id, "name_zh",
                     role->name_zh, "name_en", role->name_en, "type", role->type, "permissions",
                     yx_api_words(role->permissions, ' '), "preset", role->preset, "account",
                     role->account, "version", (json_int_t)role->version, "retired_at",
                     yx_api_time(role->retired_at));
}

static yx_status take_role(void *self, const struct yx_party_role *role, struct yx_error *err)
{
    return yx_api_found_take(self, describe(role), err);
}

static yx_status find_role(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_api_found *found = self;

    return yx_party_roles(tx, found->call->http->ids[0], NULL, 1, take_role, self, err);
}

static yx_status get_role(struct yx_api_call *call, struct yx_error *err)
{
    return yx_api_get(call, find_role, err);
}

static yx_status add_role(void *self, const struct yx_party_role *role, struct yx_error *err)
{
    return yx_api_page_add(self, role->id, describe(role), err);
}

static yx_status list_roles(void *self, struct yx_tx *tx, struct yx_api_page *page,
                            struct yx_error *err)
{
    (void)self;
    return yx_party_roles(tx, NULL, page->after, yx_api_page_rows(page), add_role, page, err);
}

static yx_status get_roles(struct yx_api_call *call, struct yx_error *err)
{
    return yx_api_list(call, list_roles, NULL, err);
}

static yx_status list_past(void *self, struct yx_tx *tx, struct yx_api_page *page,
                           struct yx_error *err)
{
    (void)self;
    return yx_api_list_past(page, tx, err);
}

static yx_status get_history(struct yx_api_call *call, struct yx_error *err)
{
    return yx_api_list(call, list_past, NULL, err);
}

/* --- Changes ------------------------------------------------------------------------------- */

struct entry {
    struct yx_api_call *call;
    struct yx_party_role_entry role;
    json_t *permissions;
    const char *texts[YX_ROLE_PERMISSIONS_MAX];
    int64_t version;
};

#define MEMBERS(needed)                                                            \
    {                                                                              \
        "name_zh", YX_JSON_TEXT,      needed,                                      \
        1,         YX_PARTY_NAME_MAX, YX_JSON_AT(struct entry, role.name_zh)},     \
        {"name_en", YX_JSON_TEXT,      needed,                                     \
         1,         YX_PARTY_NAME_MAX, YX_JSON_AT(struct entry, role.name_en)},    \
        {"type", YX_JSON_TEXT, false, 1, 40, YX_JSON_AT(struct entry, role.type)}, \
    {                                                                              \
        "permissions", YX_JSON_LIST, needed, 1, YX_ROLE_PERMISSIONS_MAX,           \
            YX_JSON_AT(struct entry, permissions)                                  \
    }
static const struct yx_json_member new_members[] = {
    MEMBERS(true),
    YX_JSON_END,
};
static const struct yx_json_member change_members[] = {
    MEMBERS(false),
    {"version", YX_JSON_INT, false, 1, INT64_MAX, YX_JSON_AT(struct entry, version)},
    YX_JSON_END,
};

static yx_status show(struct yx_tx *tx, const char *id, struct yx_api_outcome *outcome,
                      struct yx_error *err)
{
    YX_CLEAN(yx_api_found) struct yx_api_found found = {0};

    YX_TRY(yx_party_roles(tx, id, NULL, 1, take_role, &found, err));
    yx_api_about(outcome, "role", id);
    outcome->body = json_incref(found.json);
    return yx_api_details(
        outcome, json_pack("{s:O}", "permissions", json_object_get(found.json, "permissions")),
        err);
}

static yx_status make_role(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                           struct yx_error *err)
{
    struct entry *entry = self;
    char id[YX_UUID_TEXT];

    YX_TRY(
        yx_party_role_make(tx, &entry->role, entry->call->who.account, entry->call->now, id, err));
    yx_api_made(outcome, PATH, "role", id);
    return show(tx, id, outcome, err);
}

static yx_status change_role(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                             struct yx_error *err)
{
    struct entry *entry = self;
    const char *id = entry->call->http->ids[0];

    YX_TRY(yx_party_role_change(tx, id, entry->version, &entry->role, entry->call->who.account,
                                entry->call->now, err));
    return show(tx, id, outcome, err);
}

static yx_status enter(struct yx_api_call *call, const struct yx_json_member *members,
                       yx_api_work work, struct yx_error *err)
{
    struct entry entry = {.call = call};

    YX_TRY(yx_json_members(call->body, members, &entry, err));
    if (entry.permissions != NULL)
        entry.role.permissions = entry.texts;
    entry.role.count = json_array_size(entry.permissions);
    for (size_t i = 0; i < entry.role.count; i++)
        entry.texts[i] = json_string_value(json_array_get(entry.permissions, i));
    return yx_api_change(call, work, &entry, err);
}

static yx_status post_role(struct yx_api_call *call, struct yx_error *err)
{
    return enter(call, new_members, make_role, err);
}

static yx_status patch_role(struct yx_api_call *call, struct yx_error *err)
{
    return enter(call, change_members, change_role, err);
}

static yx_status retire_role(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                             struct yx_error *err)
{
    struct yx_api_call *call = self;

    YX_TRY(yx_party_role_retire(tx, call->http->ids[0], call->who.account, call->now, err));
    return show(tx, call->http->ids[0], outcome, err);
}

static yx_status post_retire(struct yx_api_call *call, struct yx_error *err)
{
    YX_TRY(yx_api_nothing(call, err));
    return yx_api_change(call, retire_role, call, err);
}

const struct yx_api_route yx_api_roles[] = {
    {"GET", "/api/v1/permissions", YX_API_LOGGED_IN, NULL, get_permissions},
    {"GET", PATH, "role.read", NULL, get_roles},
    {"POST", PATH, "role.manage", "role.make", post_role, YX_API_RECENT | YX_API_EVERYWHERE},
    {"GET", PATH "/{role}", "role.read", NULL, get_role},
    {"PATCH", PATH "/{role}", "role.manage", "role.change", patch_role,
     YX_API_RECENT | YX_API_EVERYWHERE},
    {"POST", PATH "/{role}/retire", "role.manage", "role.retire", post_retire,
     YX_API_RECENT | YX_API_EVERYWHERE},
    {"GET", PATH "/{role}/history", "role.read", NULL, get_history},
    YX_API_ROUTES_END,
};
