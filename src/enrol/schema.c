/* SPDX-License-Identifier: Apache-2.0 */
/* enrol/schema.c - the tables of enrol/, in the database of the authority. */
#include "enrol/room.h"

static const struct yx_migration steps[] = {
    {"guesses", "CREATE TABLE enrol_person ("
                "  authority INTEGER NOT NULL REFERENCES authority (id),"
                "  name TEXT NOT NULL,"
                "  failures INTEGER NOT NULL,"
                "  last_at INTEGER NOT NULL,"
                "  last_from TEXT NOT NULL,"
                "  locked_at INTEGER,"
                "  PRIMARY KEY (authority, name)"
                ");"
                "CREATE TABLE enrol_address ("
                "  authority INTEGER NOT NULL REFERENCES authority (id),"
                "  address TEXT NOT NULL,"
                "  failures INTEGER NOT NULL,"
                "  since INTEGER NOT NULL,"
                "  PRIMARY KEY (authority, address)"
                ")"},
    /* `subject`, `alt_names` and `spki` are what is issued; the texts are for whoever approves. */
    {"requests", "CREATE TABLE enrol_request ("
                 "  id {serial},"
                 "  authority INTEGER NOT NULL REFERENCES authority (id),"
                 "  digest {blob} NOT NULL,"
                 "  request_id TEXT NOT NULL,"
                 "  actor TEXT NOT NULL,"
                 "  profile TEXT NOT NULL,"
                 "  subject {blob} NOT NULL,"
                 "  alt_names {blob} NOT NULL,"
                 "  spki {blob} NOT NULL,"
                 "  replaces TEXT,"
                 "  changed INTEGER NOT NULL,"
                 "  subject_text TEXT NOT NULL,"
                 "  names_text TEXT NOT NULL,"
                 "  asked_at INTEGER NOT NULL,"
                 "  until_at INTEGER NOT NULL,"
                 "  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),"
                 "  decided_at INTEGER,"
                 "  decided_by TEXT"
                 ");"
                 "CREATE INDEX enrol_request_same ON enrol_request (authority, digest);"
                 "CREATE INDEX enrol_request_waiting ON enrol_request (authority, actor)"
                 " WHERE state = 0"},
};
static const struct yx_schema schema = {"enrol", steps, sizeof steps / sizeof steps[0]};

yx_status yx_enrol_prepare(struct yx_ca *ca, struct yx_error *err)
{
    return yx_store_migrate(yx_ca_store(ca), &schema, err);
}
