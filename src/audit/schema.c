/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema.c - the tables of the audit list.
 *
 *   audit_leaf     what was done; rows are only ever added
 *   audit_waiting  leaves without a number; a trigger adds them, so that none can be forgotten
 *   audit_number   which leaf has which number; rows are only ever added
 *   audit_tile     roots of complete subtrees of 256 leaves, 65536 leaves, ...: rows are only added
 *   audit_checkpoint  the notes that were signed, by the size of the tree
 *   audit_cosignature  what witnesses signed under them; rows are only added
 *   audit_turn     one row: until when nobody else need number and sign
 */
#include "audit/room.h"

#define REFUSE_SQLITE(table, verb)                                   \
    "CREATE TRIGGER " table "_no_" verb " BEFORE " verb " ON " table \
    " BEGIN SELECT RAISE(ABORT, '" table " is append-only: no " verb "'); END;"
#define REFUSE_POSTGRES(table)                                                           \
    "CREATE TRIGGER " table "_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON " table \
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();"

static const struct yx_migration steps[] = {
    {.name = "leaves and their numbers",
     .sql = "CREATE TABLE audit_leaf ("
            "  id {serial},"
            "  at INTEGER NOT NULL," /* microseconds since 1970 */
            "  actor TEXT NOT NULL,"
            "  action TEXT NOT NULL,"
            "  object TEXT NOT NULL,"
            "  details TEXT NOT NULL,"
            "  hash {blob} NOT NULL CHECK (length(hash) = 32)"
            ");"
            "CREATE TABLE audit_waiting (leaf INTEGER NOT NULL PRIMARY KEY);"
            "CREATE TABLE audit_number ("
            "  number INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),"
            "  leaf INTEGER NOT NULL UNIQUE REFERENCES audit_leaf (id)"
            ");",
     .sqlite = "CREATE TRIGGER audit_leaf_waits AFTER INSERT ON audit_leaf"
               " BEGIN INSERT INTO audit_waiting (leaf) VALUES (NEW.id); END;" REFUSE_SQLITE(
                   "audit_leaf", "update") REFUSE_SQLITE("audit_leaf", "delete")
                   REFUSE_SQLITE("audit_number", "update") REFUSE_SQLITE("audit_number", "delete"),
     .postgres = "CREATE FUNCTION audit_leaf_waits() RETURNS trigger LANGUAGE plpgsql AS $$"
                 " BEGIN INSERT INTO audit_waiting (leaf) VALUES (NEW.id); RETURN NULL; END $$;"
                 "CREATE TRIGGER audit_leaf_waits AFTER INSERT ON audit_leaf"
                 " FOR EACH ROW EXECUTE FUNCTION audit_leaf_waits();"
                 "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$"
                 " BEGIN RAISE EXCEPTION '% is append-only: no %', TG_TABLE_NAME, lower(TG_OP)"
                 " USING ERRCODE = 'restrict_violation'; END $$;" REFUSE_POSTGRES("audit_leaf")
                     REFUSE_POSTGRES("audit_number")},
    {.name = "the tree and its checkpoints",
     .sql = "CREATE TABLE audit_tile ("
            "  level INTEGER NOT NULL,"
            "  place INTEGER NOT NULL,"
            "  root {blob} NOT NULL CHECK (length(root) = 32),"
            "  PRIMARY KEY (level, place)"
            ");"
            "CREATE TABLE audit_checkpoint ("
            "  size INTEGER NOT NULL PRIMARY KEY CHECK (size > 0),"
            "  note TEXT NOT NULL"
            ");",
     .sqlite = REFUSE_SQLITE("audit_tile", "update") REFUSE_SQLITE("audit_tile", "delete")
         REFUSE_SQLITE("audit_checkpoint", "update") REFUSE_SQLITE("audit_checkpoint", "delete"),
     .postgres = REFUSE_POSTGRES("audit_tile") REFUSE_POSTGRES("audit_checkpoint")},
    {.name = "searching, turns and witnesses",
     .sql = "CREATE INDEX audit_leaf_by_at ON audit_leaf (at, id);"
            "CREATE INDEX audit_leaf_by_actor ON audit_leaf (actor, at, id);"
            "CREATE INDEX audit_leaf_by_action ON audit_leaf (action, at, id);"
            "CREATE INDEX audit_leaf_by_object ON audit_leaf (object, at, id);"
            "CREATE TABLE audit_turn ("
            "  one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),"
            "  until INTEGER NOT NULL" /* microseconds since 1970 */
            ");"
            "INSERT INTO audit_turn (one, until) VALUES (1, 0);"
            "CREATE TABLE audit_cosignature ("
            "  size INTEGER NOT NULL REFERENCES audit_checkpoint (size),"
            "  name TEXT NOT NULL,"
            "  at INTEGER NOT NULL," /* when it came */
            "  line TEXT NOT NULL,"  /* of the note, with its end */
            "  PRIMARY KEY (size, name)"
            ");",
     .sqlite =
         REFUSE_SQLITE("audit_cosignature", "update") REFUSE_SQLITE("audit_cosignature", "delete"),
     .postgres = REFUSE_POSTGRES("audit_cosignature")},
};

static const struct yx_schema schema = {
    .name = "audit", .steps = steps, .count = sizeof steps / sizeof *steps};

const struct yx_schema *yx_audit_schema(void)
{
    return &schema;
}
