/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema.c - the tables of jobs/.
 *
 *   job         what is to be done; `state`, `priority` and `lane` are numbers: see job.c
 *   job_node    nodes that are alive, and how often each has beaten
 *   timer       jobs by schedules
 *   calendar    days that are not as the week says
 *
 * A job's `counted` is when `due` was counted from, NULL when `due` was named by somebody.
 */
#include "jobs/room.h"

static const struct yx_migration steps[] = {
    {.name = "jobs",
     .sql = "CREATE TABLE job ("
            "  id TEXT PRIMARY KEY,"
            "  kind TEXT NOT NULL,"
            "  key TEXT,"
            "  payload TEXT NOT NULL,"
            "  lane INTEGER NOT NULL," /* the priority: 0 is taken first */
            "  state INTEGER NOT NULL,"
            "  due INTEGER NOT NULL,"
            "  counted INTEGER,"
            "  tries INTEGER NOT NULL,"
            "  cancel INTEGER NOT NULL,"
            "  holder TEXT,"
            "  created INTEGER NOT NULL,"
            "  finished INTEGER,"
            "  error TEXT,"
            "  CHECK ((holder IS NOT NULL) = (state = 1)),"
            "  UNIQUE (kind, key)"
            ");"
            "CREATE INDEX job_ready ON job (kind, lane, due, id) WHERE state = 0;"
            "CREATE INDEX job_due ON job (due) WHERE state = 0;"
            "CREATE INDEX job_held ON job (holder) WHERE state = 1;"
            "CREATE INDEX job_state ON job (state, id);"
            "CREATE TABLE job_node ("
            "  node TEXT PRIMARY KEY,"
            "  beat INTEGER NOT NULL,"
            "  joined INTEGER NOT NULL"
            ");"},
    {.name = "timers and the calendar",
     .sql = "CREATE TABLE timer ("
            "  name TEXT PRIMARY KEY,"
            "  schedule TEXT NOT NULL,"
            "  kind TEXT NOT NULL,"
            "  payload TEXT NOT NULL,"
            "  last INTEGER,"
            "  next INTEGER NOT NULL"
            ");"
            "CREATE TABLE calendar ("
            "  day TEXT PRIMARY KEY,"
            "  working INTEGER NOT NULL,"
            "  name TEXT NOT NULL"
            ");"},
    {.name = "holidays of 2025 and 2026", .sql = "INSERT INTO calendar (day, working, name) VALUES "
#include "jobs/holidays.inc"
    },
};
static const struct yx_schema schema = {"jobs", steps, sizeof steps / sizeof *steps};

yx_status yx_jobs_prepare(struct yx_store *store, struct yx_error *err)
{
    return yx_store_migrate(store, &schema, err);
}
