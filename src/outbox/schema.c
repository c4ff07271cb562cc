/* SPDX-License-Identifier: Apache-2.0 */
/* schema.c - the tables of outbox/. */
#include "outbox/room.h"

static const struct yx_migration steps[] = {
    {.name = "webhooks, deliveries and messages",
     .sql = "CREATE TABLE webhook ("
            "  id TEXT PRIMARY KEY,"
            "  party TEXT NOT NULL,"
            "  purpose INTEGER NOT NULL,"
            "  url TEXT NOT NULL,"
            "  events TEXT NOT NULL,"
            "  generation INTEGER NOT NULL,"
            "  off_because TEXT,"
            "  removed INTEGER NOT NULL,"
            "  failures INTEGER NOT NULL,"
            "  pause_until INTEGER,"
            "  made_at INTEGER NOT NULL"
            ");"
            "CREATE INDEX webhook_party ON webhook (party, id) WHERE removed = 0;"
            "CREATE TABLE delivery ("
            "  id TEXT PRIMARY KEY,"
            "  channel TEXT NOT NULL,"
            "  webhook TEXT REFERENCES webhook (id),"
            "  receiver TEXT NOT NULL,"
            "  type TEXT NOT NULL,"
            "  title TEXT,"
            "  body TEXT NOT NULL,"
            "  state INTEGER NOT NULL,"
            "  tries INTEGER NOT NULL,"
            "  status INTEGER NOT NULL,"
            "  made_at INTEGER NOT NULL,"
            "  tried_at INTEGER,"
            "  receipt TEXT,"
            "  error TEXT"
            ");"
            "CREATE INDEX delivery_webhook ON delivery (webhook, id);"
            "CREATE TABLE message ("
            "  id TEXT PRIMARY KEY,"
            "  account TEXT NOT NULL,"
            "  kind TEXT NOT NULL,"
            "  title TEXT NOT NULL,"
            "  text TEXT NOT NULL,"
            "  about TEXT,"
            "  at INTEGER NOT NULL,"
            "  read_at INTEGER"
            ");"
            "CREATE INDEX message_account ON message (account, id);"
            "CREATE INDEX message_unread ON message (account, id) WHERE read_at IS NULL;"},
};
static const struct yx_schema schema = {"outbox", steps, sizeof steps / sizeof *steps};

yx_status yx_outbox_prepare(struct yx_store *store, struct yx_error *err)
{
    return yx_store_migrate(store, &schema, err);
}
