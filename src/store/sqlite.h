/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite.h - one SQLite connection with its statements. A connection is used by one thread at a
 * time. */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include <sqlite3.h>

#include "store/room.h"

struct yx_sqlite {
    sqlite3 *db;
    struct yx_cache cache;
    bool reader;
};

/* Opens the file that is there (or is made, with `create`) with our settings. */
yx_status yx_sqlite_connect(const char *path, bool create, bool reader, struct yx_sqlite **out,
                            struct yx_error *err);
void yx_sqlite_close(struct yx_sqlite *c);
YX_DEFINE_CLEAN(yx_sqlite, struct yx_sqlite *, yx_sqlite_close);

/* Fails with the words of what this connection did last. */
yx_status yx_sqlite_fail(const struct yx_sqlite *c, struct yx_error *err);
/* Several statements that nobody keeps. */
yx_status yx_sqlite_script(struct yx_sqlite *c, const char *sql, struct yx_error *err);
/* `changed` and `reader` may be NULL. */
yx_status yx_sqlite_run(struct yx_sqlite *c, const char *sql, const struct yx_value *values,
                        size_t count, int64_t *changed, struct yx_reader *reader,
                        struct yx_error *err);
/* One of the few statements without values and rows: BEGIN, COMMIT ... */
yx_status yx_sqlite_control(struct yx_sqlite *c, const char *sql, struct yx_error *err);

#endif
