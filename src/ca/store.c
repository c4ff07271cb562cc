/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca/store.c - DIR/ca.db: the tables, their migrations, and the rows of certificates. Every
 * statement that changes something is durable when it returns (synchronous=FULL), and two
 * processes may work on one folder: the later waits for the earlier.
 */

#include "ca/room.h"

/* How long to wait for another process that writes, in milliseconds. */
#define BUSY_MS 30000

/* Migration i brings version i to version i + 1 (PRAGMA user_version); never change an old one. */
static const char *const migrations[] = {
    /* Times are microseconds since 1970 (UTC); serials are hex, upper case. */
    "CREATE TABLE certificate ("
    "  id INTEGER PRIMARY KEY,"
    "  serial TEXT NOT NULL UNIQUE,"
    "  subject TEXT NOT NULL,"
    "  profile TEXT NOT NULL,"
    "  not_before INTEGER NOT NULL,"
    "  not_after INTEGER NOT NULL,"
    "  der BLOB NOT NULL,"
    "  issued_at INTEGER NOT NULL,"
    "  status TEXT NOT NULL DEFAULT 'good' CHECK (status IN ('good', 'revoked')),"
    "  revoked_at INTEGER,"
    "  reason INTEGER,"
    "  CHECK ((status = 'revoked') = (revoked_at IS NOT NULL))"
    ") STRICT;"
    "CREATE TABLE crl ("
    "  number INTEGER PRIMARY KEY,"
    "  this_update INTEGER NOT NULL,"
    "  next_update INTEGER NOT NULL,"
    "  der BLOB NOT NULL"
    ") STRICT;",
};
#define VERSION ((int)(sizeof migrations / sizeof migrations[0]))

yx_status yx_ca_store_fail(sqlite3 *db, struct yx_error *err)
{
    int code = db == NULL ? SQLITE_NOMEM : sqlite3_errcode(db);

    switch (code & 0xFF) {
    case SQLITE_NOMEM:
        return yx_fail_memory(err);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return yx_fail(err, YX_DAMAGED, "",
                       N_("the database of the authority is damaged ({1}): restore it from a "
                          "backup"),
                       sqlite3_errmsg(db));
    default:
        return yx_fail(err, YX_IO, "", N_("the database of the authority cannot be used: {1}"),
                       sqlite3_errmsg(db));
    }
}

yx_status yx_ca_store_run(sqlite3 *db, const char *sql, struct yx_error *err)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? YX_OK : yx_ca_store_fail(db, err);
}

yx_status yx_ca_store_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out,
                              struct yx_error *err)
{
    return sqlite3_prepare_v2(db, sql, -1, out, NULL) == SQLITE_OK ? YX_OK
                                                                   : yx_ca_store_fail(db, err);
}

yx_status yx_ca_store_step(sqlite3 *db, sqlite3_stmt *statement, struct yx_error *err)
{
    return sqlite3_step(statement) == SQLITE_DONE ? YX_OK : yx_ca_store_fail(db, err);
}

static yx_status read_version(sqlite3 *db, int *version, struct yx_error *err)
{
    YX_CLEAN(sqlite3_stmt) sqlite3_stmt *statement = NULL;

    YX_TRY(yx_ca_store_prepare(db, "PRAGMA user_version", &statement, err));
    if (sqlite3_step(statement) != SQLITE_ROW)
        return yx_ca_store_fail(db, err);
    *version = sqlite3_column_int(statement, 0);
    YX_REQUIRE(*version >= 0 && *version <= VERSION, err, YX_DAMAGED, "",
               N_("the database of the authority was written by a newer version of Yinxin "
                  "(tables {1}, known up to {2}): use that version"),
               YX_NUM(*version), YX_NUM(VERSION));
    return YX_OK;
}

static yx_status migrate(sqlite3 *db, int version, struct yx_error *err)
{
    for (; version < VERSION; version++) {
        char pragma[48];

        YX_TRY(yx_ca_store_run(db, migrations[version], err));
        (void)snprintf(pragma, sizeof pragma, "PRAGMA user_version = %d", version + 1);
        YX_TRY(yx_ca_store_run(db, pragma, err));
    }
    return YX_OK;
}

/* One transaction for look and change: of two processes only one migrates. */
static yx_status bring_up_to_date(sqlite3 *db, struct yx_error *err)
{
    int version = 0;
    yx_status status;

    YX_TRY(read_version(db, &version, err));
    if (version == VERSION)
        return YX_OK;
    YX_TRY(yx_ca_store_run(db, "BEGIN IMMEDIATE", err));
    status = read_version(db, &version, err);
    if (status == YX_OK)
        status = migrate(db, version, err);
    if (status == YX_OK)
        return yx_ca_store_run(db, "COMMIT", err);
    (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

yx_status yx_ca_store_open(const char *folder, bool create, sqlite3 **out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    YX_CLEAN(yx_ca_store) sqlite3 *db = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0);

    YX_TRY(yx_ca_path(folder, "ca.db", &path, err));
    if (sqlite3_open_v2((const char *)path.data, &db, flags, NULL) != SQLITE_OK)
        return yx_fail(err, create ? YX_NO_OUTPUT : YX_NO_INPUT, "",
                       N_("{1} cannot be opened: {2}"), (const char *)path.data,
                       db == NULL ? "SQLite" : sqlite3_errmsg(db));
    (void)sqlite3_busy_timeout(db, BUSY_MS);
    YX_TRY(yx_ca_store_run(
        db, "PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON",
        err));
    YX_TRY(bring_up_to_date(db, err));
    *out = db;
    db = NULL;
    return YX_OK;
}

void yx_ca_store_close(sqlite3 *db)
{
    (void)sqlite3_close(db);
}

static void bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    (void)sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

yx_status yx_ca_store_add(sqlite3 *db, const struct yx_cert *certificate, const char *profile,
                          yx_time issued_at, struct yx_error *err)
{
    YX_CLEAN(sqlite3_stmt) sqlite3_stmt *insert = NULL;
    struct yx_bytes der = yx_cert_der(certificate);

    YX_TRY(yx_ca_store_prepare(
        db,
        "INSERT INTO certificate (serial, subject, profile, not_before, not_after, der, issued_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        &insert, err));
    bind_text(insert, 1, yx_cert_serial(certificate));
    bind_text(insert, 2, yx_cert_subject(certificate));
    bind_text(insert, 3, profile);
    (void)sqlite3_bind_int64(insert, 4, yx_cert_not_before(certificate));
    (void)sqlite3_bind_int64(insert, 5, yx_cert_not_after(certificate));
    (void)sqlite3_bind_blob64(insert, 6, der.data, der.len, SQLITE_STATIC);
    (void)sqlite3_bind_int64(insert, 7, issued_at);
    return yx_ca_store_step(db, insert, err);
}

static void read_record(sqlite3_stmt *row, struct yx_ca_record *out)
{
    bool revoked = sqlite3_column_type(row, 6) != SQLITE_NULL;

    *out = (struct yx_ca_record){
        .serial = (const char *)sqlite3_column_text(row, 0),
        .subject = (const char *)sqlite3_column_text(row, 1),
        .profile = (const char *)sqlite3_column_text(row, 2),
        .not_before = sqlite3_column_int64(row, 3),
        .not_after = sqlite3_column_int64(row, 4),
        .issued_at = sqlite3_column_int64(row, 5),
        .revoked_at = revoked ? sqlite3_column_int64(row, 6) : YX_TIME_NONE,
        .reason = sqlite3_column_int(row, 7),
    };
}

yx_status yx_ca_list(struct yx_ca *ca, bool (*each)(void *self, const struct yx_ca_record *record),
                     void *self, struct yx_error *err)
{
    YX_CLEAN(sqlite3_stmt) sqlite3_stmt *select = NULL;
    struct yx_ca_record record;
    int step;

    YX_TRY(yx_ca_store_prepare(
        ca->db,
        "SELECT serial, subject, profile, not_before, not_after, issued_at, revoked_at, reason"
        " FROM certificate ORDER BY id",
        &select, err));
    while ((step = sqlite3_step(select)) == SQLITE_ROW) {
        read_record(select, &record);
        if (!each(self, &record))
            return YX_OK;
    }
    return step == SQLITE_DONE ? YX_OK : yx_ca_store_fail(ca->db, err);
}
