/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema.c - the tables.
 *
 *   policy_set      rule sets; policy_value: what they say
 *   policy_opinion  what was said about a proposal; rows are only ever added
 */
#include "policy/room.h"

static const struct yx_migration steps[] = {
    {.name = "rule sets",
     .sql = "CREATE TABLE policy_set ("
            "  id TEXT NOT NULL PRIMARY KEY,"
            "  scheme TEXT NOT NULL,"
            "  name_zh TEXT NOT NULL,"
            "  name_en TEXT NOT NULL,"
            "  source TEXT NOT NULL,"
            "  stage INTEGER NOT NULL,"
            "  from_at INTEGER,"
            "  until_at INTEGER NOT NULL,"
            "  author TEXT NOT NULL,"
            "  made_at INTEGER NOT NULL,"
            "  proposed_at INTEGER,"
            "  approved_at INTEGER,"
            "  replaced_by TEXT REFERENCES policy_set (id),"
            "  version INTEGER NOT NULL"
            ");"
            "CREATE INDEX policy_set_scheme ON policy_set (scheme, from_at);"
            "CREATE TABLE policy_value ("
            "  rule_set TEXT NOT NULL REFERENCES policy_set (id),"
            "  name TEXT NOT NULL,"
            "  value TEXT NOT NULL,"
            "  article TEXT NOT NULL,"
            "  PRIMARY KEY (rule_set, name)"
            ");"
            "CREATE TABLE policy_opinion ("
            "  id {serial},"
            "  rule_set TEXT NOT NULL REFERENCES policy_set (id),"
            "  made_by TEXT NOT NULL,"
            "  department TEXT NOT NULL,"
            "  opinion TEXT NOT NULL,"
            "  approves INTEGER NOT NULL,"
            "  at INTEGER NOT NULL,"
            "  round INTEGER NOT NULL," /* which proposal it was about: when that was made */
            "  UNIQUE (rule_set, made_by, round)"
            ");"},
};
static const struct yx_schema schema = {"policy", steps, COUNT_OF(steps)};

yx_status yx_policy_prepare(struct yx_store *store, struct yx_error *err)
{
    YX_TRY(yx_audit_prepare(store, err));
    return yx_store_migrate(store, &schema, err);
}
