/* SPDX-License-Identifier: Apache-2.0 */
/* role.c - roles as rows: the presets of this program, and those that were made here. */
#include <stdlib.h>

#include "party/room.h"

#define RULE "roles"

/* --- What excludes each other ---------------------------------------------------------------- */

static unsigned family_of(const char *permission)
{
    const struct yx_permission *found = yx_permission_find(permission);

    return found == NULL ? 0 : 1u << found->family;
}

unsigned yx_party_families(const char *const *permissions, size_t count)
{
    unsigned families = 0;

    for (size_t i = 0; i < count; i++)
        families |= family_of(permissions[i]);
    return families;
}

yx_status yx_party_check_families(unsigned families, struct yx_error *err)
{
    static const struct {
        unsigned a, b;
        const char *text;
    } pairs[] = {
        {1u << YX_PERMISSION_SYSTEM, 1u << YX_PERMISSION_SECURITY,
         N_("nobody administers both the system and its security")},
        {1u << YX_PERMISSION_SYSTEM, 1u << YX_PERMISSION_AUDIT,
         N_("nobody both administers the system and audits it")},
        {1u << YX_PERMISSION_SECURITY, 1u << YX_PERMISSION_AUDIT,
         N_("nobody both administers security and audits it")},
        {1u << YX_PERMISSION_WORK, 1u << YX_PERMISSION_AUDIT, N_("whoever audits changes nothing")},
    };

    for (size_t i = 0; i < COUNT_OF(pairs); i++)
        if ((families & pairs[i].a) != 0 && (families & pairs[i].b) != 0)
            return yx_fail(err, YX_REFUSED, YX_PARTY_SEPARATION, pairs[i].text);
    return YX_OK;
}

/* What an account has at some time within a period. */
struct holding {
    unsigned families;
    char type[40]; /* of the parties that its roles are for; "": any */
    bool mixed;
};

static yx_status note_permission(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct holding *holding = self;
    const char *type = yx_row_text(row, 1);

    (void)err;
    holding->families |= family_of(yx_row_text(row, 0));
    if (type == NULL)
        return YX_OK;
    if (holding->type[0] == '\0')
        (void)snprintf(holding->type, sizeof holding->type, "%s", type);
    holding->mixed |= strcmp(holding->type, type) != 0;
    return YX_OK;
}

yx_status yx_party_check_account(struct yx_tx *tx, const char *account, yx_time from, yx_time until,
                                 struct yx_error *err)
{
    struct holding holding = {0};
    const struct yx_value values[] = {yx_value_text(account), yx_value_integer(from),
                                      yx_value_integer(until)};

    YX_TRY(yx_tx_query(tx,
                       "SELECT DISTINCT p.permission, r.type FROM party_grant g"
                       " JOIN party_role r ON r.id = g.role"
                       " JOIN party_role_permission p ON p.role = g.role"
                       " WHERE g.account = $1 AND g.from_at < $3 AND g.until_at > $2"
                       " AND g.revoked_at IS NULL",
                       values, COUNT_OF(values), note_permission, &holding, err));
    YX_REQUIRE(!holding.mixed, err, YX_REFUSED, YX_PARTY_SEPARATION,
               N_("one account does not act for two types of parties"));
    return yx_party_check_families(holding.families, err);
}

yx_status yx_party_has_administrator(struct yx_tx *tx, const char *but, yx_time now, bool *out,
                                     struct yx_error *err)
{
    const struct yx_value values[] = {yx_value_integer(now), yx_value_integer(INT64_MAX),
                                      yx_value_text(but)};
    int64_t count = 0;

    YX_TRY(yx_tx_query(tx,
                       "SELECT count(*) FROM party_grant g JOIN party_role_permission p"
                       " ON p.role = g.role AND p.permission = 'grant.manage'"
                       " WHERE g.revoked_at IS NULL AND g.from_at <= $1 AND g.until_at = $2"
                       " AND g.party IS NULL AND g.region IS NULL AND g.seal IS NULL"
                       " AND g.document_class IS NULL AND g.platform IS NULL AND g.account <> $3",
                       values, COUNT_OF(values), yx_party_take_integer, &count, err));
    *out = count > 0;
    return YX_OK;
}

yx_status yx_party_keep_administrator(struct yx_tx *tx, bool before, yx_time now,
                                      struct yx_error *err)
{
    bool after = false;

    YX_TRY(yx_party_has_administrator(tx, "", now, &after, err));
    YX_REQUIRE(after || !before, err, YX_REFUSED, YX_PARTY_SEPARATION,
               N_("somebody must stay who administers security everywhere and without end"));
    return YX_OK;
}

/* --- Permissions of a role ------------------------------------------------------------------- */

static yx_status put_permission(struct yx_tx *tx, const char *role, struct yx_bytes permission,
                                struct yx_error *err)
{
    const struct yx_value row[] = {yx_value_text(role), yx_value_text_bytes(permission)};

    return yx_tx_run(tx,
                     "INSERT INTO party_role_permission (role, permission) VALUES ($1, $2)"
                     " ON CONFLICT DO NOTHING",
                     row, 2, NULL, err);
}

static yx_status put_permissions(struct yx_tx *tx, const char *role,
                                 const struct yx_party_role_entry *entry, struct yx_error *err)
{
    const struct yx_value key = yx_value_text(role);

    YX_TRY(yx_tx_run(tx, "DELETE FROM party_role_permission WHERE role = $1", &key, 1, NULL, err));
    for (size_t i = 0; i < entry->count; i++)
        YX_TRY(put_permission(tx, role, YX_TEXT(entry->permissions[i]), err));
    return YX_OK;
}

static yx_status check_entry(const struct yx_party_role_entry *entry, struct yx_error *err)
{
    if (entry->name_zh != NULL)
        YX_TRY(yx_party_check_name(entry->name_zh, err));
    if (entry->name_en != NULL)
        YX_TRY(yx_party_check_name(entry->name_en, err));
    YX_TRY(
        yx_party_check_word(yx_party_types(), entry->type, N_("{1} is no type of parties"), err));
    YX_REQUIRE(entry->permissions == NULL ||
                   (entry->count >= 1 && entry->count <= YX_ROLE_PERMISSIONS_MAX),
               err, YX_USAGE, RULE, N_("a role has 1 to {1} permissions"),
               YX_NUM(YX_ROLE_PERMISSIONS_MAX));
    for (size_t i = 0; i < entry->count; i++)
        YX_REQUIRE(yx_permission_find(entry->permissions[i]) != NULL, err, YX_USAGE, RULE,
                   N_("{1} is no permission"), entry->permissions[i]);
    return yx_party_check_families(yx_party_families(entry->permissions, entry->count), err);
}

/* --- Made ------------------------------------------------------------------------------------ */

static yx_status insert(struct yx_tx *tx, const char *id, const struct yx_party_role_entry *entry,
                        struct yx_error *err)
{
    const struct yx_value row[] = {yx_value_text(id), yx_value_text(entry->name_zh),
                                   yx_value_text(entry->name_en), yx_value_text(entry->type)};

    return yx_tx_run(tx,
                     "INSERT INTO party_role (id, name_zh, name_en, type, preset, account, version)"
                     " VALUES ($1, $2, $3, $4, 0, 1, 1)",
                     row, COUNT_OF(row), NULL, err);
}

yx_status yx_party_role_make(struct yx_tx *tx, const struct yx_party_role_entry *entry,
                             const char *by, yx_time now, char id[YX_UUID_TEXT],
                             struct yx_error *err)
{
    YX_TRY(yx_party_check_by(by, err));
    YX_REQUIRE(entry->name_zh != NULL && entry->name_en != NULL && entry->permissions != NULL, err,
               YX_USAGE, RULE, N_("a role has a Chinese name, an English name and permissions"));
    YX_TRY(check_entry(entry, err));
    YX_TRY(yx_uuid_make(now, id, err));
    YX_TRY(insert(tx, id, entry, err));
    return put_permissions(tx, id, entry, err);
}

/* --- Listed ---------------------------------------------------------------------------------- */

/* Rows come one for each permission; a role is given when the next one begins. */
struct giving {
    yx_party_take_role take;
    void *self;
    struct yx_party_role role;
    struct yx_buf names, permissions;
    bool found;
};

static void giving_free(struct giving *giving)
{
    yx_buf_free(&giving->names);
    yx_buf_free(&giving->permissions);
}
YX_DEFINE_CLEAN_VALUE(giving, struct giving, giving_free);

static yx_status give(struct giving *giving, struct yx_error *err)
{
    const char *names = (const char *)giving->names.data;

    if (giving->role.id[0] == '\0')
        return YX_OK;
    if (yx_buf_append(&giving->permissions, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    giving->role.name_zh = names;
    giving->role.name_en = names + strlen(names) + 1;
    giving->role.type = giving->role.name_en + strlen(giving->role.name_en) + 1;
    if (giving->role.type[0] == '\0')
        giving->role.type = NULL;
    giving->role.permissions = (const char *)giving->permissions.data;
    giving->found = true;
    return giving->take(giving->self, &giving->role, err);
}

static yx_status keep_text(struct yx_buf *buf, const char *text, struct yx_error *err)
{
    text = text == NULL ? "" : text;
    return yx_buf_append(buf, YX_BYTES(text, strlen(text) + 1)) == YX_OK ? YX_OK
                                                                         : yx_fail_memory(err);
}

static yx_status begin_role(struct giving *giving, const struct yx_row *row, struct yx_error *err)
{
    giving->names.len = giving->permissions.len = 0;
    giving->role = (struct yx_party_role){
        .preset = yx_row_integer(row, 4) != 0,
        .account = yx_row_integer(row, 5) != 0,
        .version = yx_row_integer(row, 6),
        .retired_at = yx_row_time(row, 7),
    };
    (void)snprintf(giving->role.id, sizeof giving->role.id, "%s", yx_row_text(row, 0));
    YX_TRY(keep_text(&giving->names, yx_row_text(row, 1), err));
    YX_TRY(keep_text(&giving->names, yx_row_text(row, 2), err));
    return keep_text(&giving->names, yx_row_text(row, 3), err);
}

static yx_status take_row(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct giving *giving = self;
    const char *permission = yx_row_text(row, 8);

    if (strcmp(giving->role.id, yx_row_text(row, 0)) != 0) {
        YX_TRY(give(giving, err));
        YX_TRY(begin_role(giving, row, err));
    }
    if (permission == NULL)
        return YX_OK;
    return (giving->permissions.len == 0 ||
            yx_buf_append_text(&giving->permissions, " ") == YX_OK) &&
                   yx_buf_append_text(&giving->permissions, permission) == YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

yx_status yx_party_roles(struct yx_tx *tx, const char *id, const char *after, int64_t limit,
                         yx_party_take_role take, void *self, struct yx_error *err)
{
    YX_CLEAN(giving) struct giving giving = {.take = take, .self = self};
    const struct yx_value values[] = {yx_value_text(id), yx_value_text(after == NULL ? "" : after),
                                      yx_value_integer(limit)};

    YX_TRY(yx_tx_query(tx,
                       "SELECT r.id, r.name_zh, r.name_en, r.type, r.preset, r.account, r.version,"
                       " r.retired_at, p.permission FROM (SELECT * FROM party_role"
                       " WHERE (CAST($1 AS TEXT) IS NULL OR id = $1) AND id > $2"
                       " ORDER BY id LIMIT $3) r"
                       " LEFT JOIN party_role_permission p ON p.role = r.id"
                       " ORDER BY r.id, p.permission",
                       values, COUNT_OF(values), take_row, &giving, err));
    YX_TRY(give(&giving, err));
    return id == NULL || giving.found ? YX_OK
                                      : yx_party_fail_missing(N_("there is no role {1}"), id, err);
}

/* --- Changed --------------------------------------------------------------------------------- */

struct was {
    json_t *before;
    int64_t version;
    bool preset, retired;
};

static yx_status note_was(void *self, const struct yx_party_role *role, struct yx_error *err)
{
    struct was *was = self;

    was->version = role->version;
    was->preset = role->preset;
    was->retired = role->retired_at != YX_TIME_NONE;
    was->before = json_pack("{s:I, s:s, s:s, s:s?, s:s}", "version", (json_int_t)role->version,
                            "name_zh", role->name_zh, "name_en", role->name_en, "type", role->type,
                            "permissions", role->permissions);
    return was->before == NULL ? yx_fail_memory(err) : YX_OK;
}

/* Keeps what it was, when it may be changed at all. */
static yx_status begin_change(struct yx_tx *tx, const char *id, int64_t version, const char *by,
                              yx_time now, struct yx_error *err)
{
    struct was was = {0};

    YX_TRY(yx_party_check_by(by, err));
    YX_TRY(yx_party_roles(tx, id, NULL, 1, note_was, &was, err));
    YX_TRY(yx_party_record(tx, id, by, now, was.before, err));
    YX_REQUIRE(!was.preset, err, YX_REFUSED, RULE, N_("{1} is a preset role: make one of your own"),
               id);
    YX_REQUIRE(!was.retired, err, YX_REFUSED, RULE, N_("the role {1} is retired"), id);
    YX_REQUIRE(version == 0 || version == was.version, err, YX_REFUSED, YX_PARTY_CHANGED,
               N_("somebody changed it meanwhile: it has version {1}, not {2}"),
               YX_NUM(was.version), YX_NUM(version));
    return YX_OK;
}

/* Ids with NULs: accounts that have the role, to be looked at one by one. */
static yx_status note_account(void *self, const struct yx_row *row, struct yx_error *err)
{
    return keep_text(self, yx_row_text(row, 0), err);
}

static yx_status check_holders(struct yx_tx *tx, const char *role, yx_time now,
                               struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf ids = {0};
    const struct yx_value values[] = {yx_value_text(role), yx_value_integer(now)};

    YX_TRY(yx_tx_query(tx,
                       "SELECT DISTINCT account FROM party_grant"
                       " WHERE role = $1 AND revoked_at IS NULL AND until_at > $2",
                       values, 2, note_account, &ids, err));
    for (size_t at = 0; at < ids.len; at += strlen((const char *)ids.data + at) + 1)
        YX_TRY(yx_party_check_account(tx, (const char *)ids.data + at, now, INT64_MAX, err));
    return YX_OK;
}

yx_status yx_party_role_change(struct yx_tx *tx, const char *id, int64_t version,
                               const struct yx_party_role_entry *entry, const char *by, yx_time now,
                               struct yx_error *err)
{
    const struct yx_value row[] = {yx_value_text(id), yx_value_text(entry->name_zh),
                                   yx_value_text(entry->name_en), yx_value_text(entry->type)};
    bool administered = false;

    YX_TRY(check_entry(entry, err));
    YX_TRY(begin_change(tx, id, version, by, now, err));
    YX_TRY(yx_party_has_administrator(tx, "", now, &administered, err));
    YX_TRY(yx_tx_run(tx,
                     "UPDATE party_role SET name_zh = coalesce($2, name_zh),"
                     " name_en = coalesce($3, name_en), type = coalesce($4, type),"
                     " version = version + 1 WHERE id = $1",
                     row, COUNT_OF(row), NULL, err));
    if (entry->permissions != NULL)
        YX_TRY(put_permissions(tx, id, entry, err));
    YX_TRY(check_holders(tx, id, now, err));
    return yx_party_keep_administrator(tx, administered, now, err);
}

yx_status yx_party_role_retire(struct yx_tx *tx, const char *id, const char *by, yx_time now,
                               struct yx_error *err)
{
    const struct yx_value row[] = {yx_value_text(id), yx_value_time(now), yx_value_text(by)};
    bool administered = false;

    YX_TRY(begin_change(tx, id, 0, by, now, err));
    YX_TRY(yx_party_has_administrator(tx, "", now, &administered, err));
    YX_TRY(yx_tx_run(tx,
                     "UPDATE party_role SET retired_at = $2, version = version + 1 WHERE id = $1",
                     row, 2, NULL, err));
    YX_TRY(yx_tx_run(tx,
                     "UPDATE party_grant SET revoked_at = $2, revoked_by = $3"
                     " WHERE role = $1 AND revoked_at IS NULL",
                     row, 3, NULL, err));
    return yx_party_keep_administrator(tx, administered, now, err);
}

/* --- Presets --------------------------------------------------------------------------------- */

#define STATE "presets"

static yx_status digest_presets(uint8_t out[YX_DIGEST_MAX], struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf all = {0};
    size_t count;
    const struct yx_party_preset *preset = yx_party_presets(&count);

    for (size_t i = 0; i < count; i++, preset++)
        if (yx_buf_printf(&all, "%s|%s|%s|%s|%s|%s\n", preset->word.id, preset->word.zh,
                          preset->word.en, preset->account,
                          preset->type == NULL ? "" : preset->type, preset->permissions) != YX_OK)
            return yx_fail_memory(err);
    return yx_digest(YX_DIGEST_SM3, yx_buf_bytes(&all), out, err);
}

struct sync {
    uint8_t digest[YX_DIGEST_MAX];
    bool known; /* the tables hold these presets */
};

static yx_status compare(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct sync *sync = self;

    (void)err;
    sync->known = yx_bytes_equal(yx_row_blob(row, 0), YX_BYTES(sync->digest, 32));
    return YX_OK;
}

static yx_status look(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct sync *sync = self;
    const struct yx_value key = yx_value_text(STATE);

    sync->known = false;
    return yx_tx_query(tx, "SELECT value FROM party_state WHERE name = $1", &key, 1, compare, sync,
                       err);
}

static yx_status put_preset(struct yx_tx *tx, const struct yx_party_preset *preset,
                            struct yx_error *err)
{
    const struct yx_value row[] = {yx_value_text(preset->word.id), yx_value_text(preset->word.zh),
                                   yx_value_text(preset->word.en), yx_value_text(preset->type),
                                   yx_value_integer(strcmp(preset->account, "yes") == 0)};
    const char *at = preset->permissions;

    YX_TRY(yx_tx_run(tx,
                     "INSERT INTO party_role (id, name_zh, name_en, type, preset, account, version)"
                     " VALUES ($1, $2, $3, $4, 1, $5, 1) ON CONFLICT (id) DO UPDATE SET"
                     " name_zh = excluded.name_zh, name_en = excluded.name_en,"
                     " type = excluded.type, account = excluded.account,"
                     " version = party_role.version + 1",
                     row, COUNT_OF(row), NULL, err));
    while (*at != '\0') {
        size_t len = strcspn(at, " ");

        YX_TRY(put_permission(tx, preset->word.id, YX_BYTES(at, len), err));
        at += len + strspn(at + len, " ");
    }
    return YX_OK;
}

static yx_status write_presets(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct sync *sync = self;
    const struct yx_value state[] = {yx_value_text(STATE),
                                     yx_value_blob(YX_BYTES(sync->digest, 32))};
    size_t count;
    const struct yx_party_preset *presets = yx_party_presets(&count);

    YX_TRY(look(sync, tx, err));
    if (sync->known)
        return YX_OK;
    YX_TRY(yx_tx_run(tx,
                     "DELETE FROM party_role_permission WHERE role IN"
                     " (SELECT id FROM party_role WHERE preset = 1)",
                     NULL, 0, NULL, err));
    for (size_t i = 0; i < count; i++)
        YX_TRY(put_preset(tx, &presets[i], err));
    YX_TRY(yx_tx_run(tx,
                     "INSERT INTO party_state (name, value) VALUES ($1, $2)"
                     " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                     state, 2, NULL, err));
    return yx_audit_append(
        tx,
        &(struct yx_audit_event){
            .at = yx_now(), .actor = "program", .action = "role.presets", .object = "roles"},
        err);
}

yx_status yx_party_sync_presets(struct yx_store *store, struct yx_error *err)
{
    struct sync sync = {0};

    YX_TRY(digest_presets(sync.digest, err));
    YX_TRY(yx_store_read(store, look, &sync, err));
    return sync.known ? YX_OK : yx_store_write(store, write_presets, &sync, err);
}
