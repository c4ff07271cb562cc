/* SPDX-License-Identifier: Apache-2.0 */
/* api/schema.c - the table of api/: answers that are kept for requests that come again. */
#include "api/room.h"

static const struct yx_migration steps[] = {
    /* `request` is a keyed digest of what was asked; the answer is the whole of it. */
    {"answers", "CREATE TABLE api_answer ("
                "  actor TEXT NOT NULL,"
                "  name TEXT NOT NULL,"
                "  request {blob} NOT NULL,"
                "  at INTEGER NOT NULL,"
                "  status INTEGER NOT NULL,"
                "  location TEXT NOT NULL,"
                "  body {blob} NOT NULL,"
                "  PRIMARY KEY (actor, name)"
                ");"
                "CREATE INDEX api_answer_at ON api_answer (at)"},
};
static const struct yx_schema schema = {"api", steps, sizeof steps / sizeof steps[0]};

yx_status yx_api_prepare(struct yx_store *store, struct yx_error *err)
{
    return yx_store_migrate(store, &schema, err);
}
