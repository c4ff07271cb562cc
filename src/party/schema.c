/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema.c - the tables.
 *
 *   party                persons, organisations, units: a tree by `parent`
 *   party_post           who holds which position where, from when to when
 *   party_qualification  what an agency may do, and until when
 *   party_role           roles; party_role_permission: what they may do
 *   party_grant          which account has which role, where, from when to when
 *   party_history        what stood there before; rows are only ever added
 *   party_state          which presets the tables hold
 */
#include "party/room.h"

static const struct yx_migration steps[] = {
    {.name = "parties",
     .sql = "CREATE TABLE party ("
            "  id TEXT NOT NULL PRIMARY KEY,"
            "  kind INTEGER NOT NULL,"
            "  type TEXT NOT NULL,"
            "  nature TEXT,"
            "  authority TEXT,"
            "  parent TEXT REFERENCES party (id),"
            "  region TEXT,"
            "  name_zh TEXT NOT NULL,"
            "  name_en TEXT,"
            "  code TEXT,"
            "  identity_kind TEXT,"
            "  identity_digest {blob},"
            "  identity_sealed {blob},"
            "  scheme TEXT,"
            "  internal_only INTEGER NOT NULL,"
            "  version INTEGER NOT NULL,"
            "  made_at INTEGER NOT NULL,"
            "  ended_at INTEGER"
            ");"
            "CREATE INDEX party_parent ON party (parent);"
            /* One that has ended may come again. */
            "CREATE UNIQUE INDEX party_code ON party (code, type)"
            " WHERE code IS NOT NULL AND ended_at IS NULL;"
            "CREATE UNIQUE INDEX party_identity ON party (identity_digest)"
            " WHERE identity_digest IS NOT NULL AND ended_at IS NULL;"
            "CREATE TABLE party_post ("
            "  id TEXT NOT NULL PRIMARY KEY,"
            "  party TEXT NOT NULL REFERENCES party (id),"
            "  person TEXT NOT NULL REFERENCES party (id),"
            "  position TEXT NOT NULL,"
            "  title TEXT,"
            "  authorised_by TEXT REFERENCES party (id),"
            "  from_at INTEGER NOT NULL,"
            "  until_at INTEGER NOT NULL," /* INT64_MAX: open */
            "  filed_at INTEGER,"
            "  filed_with TEXT"
            ");"
            "CREATE INDEX party_post_party ON party_post (party);"
            "CREATE INDEX party_post_person ON party_post (person);"
            "CREATE TABLE party_qualification ("
            "  id TEXT NOT NULL PRIMARY KEY,"
            "  party TEXT NOT NULL REFERENCES party (id),"
            "  kind TEXT NOT NULL,"
            "  number TEXT NOT NULL,"
            "  issuer TEXT NOT NULL,"
            "  from_at INTEGER NOT NULL,"
            "  until_at INTEGER NOT NULL,"
            "  withdrawn_at INTEGER"
            ");"
            "CREATE INDEX party_qualification_party ON party_qualification (party);"
            "CREATE TABLE party_history ("
            "  id {serial},"
            "  object TEXT NOT NULL,"
            "  at INTEGER NOT NULL,"
            "  made_by TEXT NOT NULL,"
            "  was TEXT NOT NULL"
            ");"
            "CREATE INDEX party_history_object ON party_history (object, id);"},
    {.name = "roles and grants",
     .sql = "CREATE TABLE party_role ("
            "  id TEXT NOT NULL PRIMARY KEY,"
            "  name_zh TEXT NOT NULL,"
            "  name_en TEXT NOT NULL,"
            "  type TEXT,"
            "  preset INTEGER NOT NULL,"
            "  account INTEGER NOT NULL,"
            "  version INTEGER NOT NULL,"
            "  retired_at INTEGER"
            ");"
            "CREATE TABLE party_role_permission ("
            "  role TEXT NOT NULL REFERENCES party_role (id),"
            "  permission TEXT NOT NULL,"
            "  PRIMARY KEY (role, permission)"
            ");"
            "CREATE TABLE party_grant ("
            "  id TEXT NOT NULL PRIMARY KEY,"
            "  account TEXT NOT NULL,"
            "  role TEXT NOT NULL REFERENCES party_role (id),"
            "  party TEXT REFERENCES party (id),"
            "  region TEXT," /* as many digits as its tier has */
            "  seal TEXT,"
            "  document_class TEXT,"
            "  platform TEXT,"
            "  from_at INTEGER NOT NULL,"
            "  until_at INTEGER NOT NULL,"
            "  made_at INTEGER NOT NULL,"
            "  made_by TEXT NOT NULL,"
            "  revoked_at INTEGER,"
            "  revoked_by TEXT"
            ");"
            "CREATE INDEX party_grant_account ON party_grant (account);"
            "CREATE INDEX party_grant_role ON party_grant (role);"
            "CREATE TABLE party_state ("
            "  name TEXT NOT NULL PRIMARY KEY,"
            "  value {blob} NOT NULL"
            ");"},
};
static const struct yx_schema schema = {"party", steps, COUNT_OF(steps)};

yx_status yx_party_prepare(struct yx_store *store, struct yx_error *err)
{
    YX_TRY(yx_audit_prepare(store, err));
    YX_TRY(yx_store_migrate(store, &schema, err));
    return yx_party_sync_presets(store, err);
}
