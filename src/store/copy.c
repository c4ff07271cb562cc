/* SPDX-License-Identifier: Apache-2.0 */
/* copy.c - whole databases: copied while they are used, and checked. */
#include <stdlib.h>

#include "store/postgres.h"
#include "store/sqlite.h"

#define PAGES_AT_ONCE 1000

/* --- SQLite -------------------------------------------------------------------------------- */

/* The file format of SQLite, 1.3. */
#define HEADER 100
#define APPLICATION_AT 68

/*
 * By SQLite's own means. Whoever closes a file lets all POSIX locks go that the process has on it:
 * had it been opened by open(), a connection that this process has to the database would be
 * without its lock, and the next process to close the database would throw the log away under it.
 */
static bool read_header(const char *path, uint8_t out[HEADER])
{
    sqlite3_vfs *vfs = sqlite3_initialize() == SQLITE_OK ? sqlite3_vfs_find(NULL) : NULL;
    sqlite3_file *file = vfs == NULL ? NULL : calloc(1, (size_t)vfs->szOsFile);
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    bool is_read = false;

    /* sqlite3_vfs wants a second NUL behind the name. */
    if (file != NULL && yx_buf_append_text(&name, path) == YX_OK &&
        yx_buf_append(&name, YX_BYTES("\0", 2)) == YX_OK &&
        vfs->xOpen(vfs, (const char *)name.data, file, SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_READONLY,
                   NULL) == SQLITE_OK)
        is_read = file->pMethods->xRead(file, out, HEADER, 0) == SQLITE_OK;
    if (file != NULL && file->pMethods != NULL)
        (void)file->pMethods->xClose(file);
    free(file);
    return is_read;
}

enum yx_store_file yx_store_look(const char *path)
{
    static const char magic[16] = "SQLite format 3", ours[4] = {'Y', 'X', 'S', 'T'};
    uint8_t header[HEADER];

    if (!read_header(path, header) || memcmp(header, magic, sizeof magic) != 0)
        return YX_STORE_FILE_NONE;
    return memcmp(header + APPLICATION_AT, ours, sizeof ours) == 0 ? YX_STORE_FILE_OURS
                                                                   : YX_STORE_FILE_OTHER;
}

struct copying {
    struct yx_sqlite *from;
    sqlite3 *to;
    sqlite3_backup *backup;
};
static void copying_free(struct copying *copying)
{
    (void)sqlite3_backup_finish(copying->backup);
    (void)sqlite3_close(copying->to);
    yx_sqlite_close(copying->from);
}
YX_DEFINE_CLEAN_VALUE(copying, struct copying, copying_free);

static yx_status fail_copy(const struct copying *copying, struct yx_error *err)
{
    return yx_fail(err, YX_IO, "", N_("the database cannot be copied: {1}"),
                   sqlite3_errmsg(copying->to));
}

static yx_status copy_pages(struct copying *copying, const struct yx_progress *progress,
                            struct yx_error *err)
{
    int code;

    do {
        code = sqlite3_backup_step(copying->backup, PAGES_AT_ONCE);
        int total = sqlite3_backup_pagecount(copying->backup);

        if (progress != NULL && progress->tell != NULL)
            progress->tell(progress->self,
                           (uint64_t)(total - sqlite3_backup_remaining(copying->backup)),
                           (uint64_t)total);
    } while (code == SQLITE_OK);
    return code == SQLITE_DONE ? YX_OK : fail_copy(copying, err);
}

/* The transaction holds one state: what others write meanwhile does not make it begin again. */
yx_status yx_store_copy(const char *path, const char *copy, const struct yx_progress *progress,
                        struct yx_error *err)
{
    YX_CLEAN(copying) struct copying copying = {0};

    YX_TRY(yx_sqlite_connect(path, false, true, &copying.from, err));
    YX_TRY(yx_sqlite_script(copying.from, "BEGIN; SELECT count(*) FROM sqlite_master", err));
    if (sqlite3_open_v2(copy, &copying.to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
        SQLITE_OK)
        return yx_fail(err, YX_NO_OUTPUT, "", N_("cannot create {1}: {2}"), copy,
                       copying.to == NULL ? "SQLite" : sqlite3_errmsg(copying.to));
    copying.backup = sqlite3_backup_init(copying.to, "main", copying.from->db, "main");
    if (copying.backup == NULL)
        return fail_copy(&copying, err);
    return copy_pages(&copying, progress, err);
}

/* --- Checking ------------------------------------------------------------------------------ */

static yx_status see_damage(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)self;
    return yx_store_fail(err, YX_FAILURE_DAMAGED, yx_row_text(row, 0));
}

static yx_status check(void *self, struct yx_tx *tx, struct yx_error *err)
{
    (void)self;
    for (const char *const *sql = tx->backend->dialect->checks; *sql != NULL; sql++)
        YX_TRY(yx_tx_query(tx, *sql, NULL, 0, see_damage, NULL, err));
    return YX_OK;
}

yx_status yx_store_check(struct yx_store *store, struct yx_error *err)
{
    return yx_store_read(store, check, NULL, err);
}

/* --- PostgreSQL ---------------------------------------------------------------------------- */

static yx_status put_options(const PQconninfoOption *options, struct yx_buf *out)
{
    for (const PQconninfoOption *option = options; option->keyword != NULL; option++) {
        if (option->val == NULL || option->envvar == NULL)
            continue;
        YX_TRY(yx_buf_printf(out, "%s=%s", option->envvar, option->val));
        YX_TRY(yx_buf_append(out, YX_BYTES("", 1)));
    }
    return YX_OK;
}

yx_status yx_store_environment(const char *uri, struct yx_buf *out, struct yx_error *err)
{
    struct yx_libpq pq;
    PQconninfoOption *options;
    char *error = NULL;
    yx_status status;

    YX_TRY(yx_libpq_open(&pq, err));
    options = pq.conninfo_parse(uri, &error);
    pq.free_memory(error);
    YX_REQUIRE(options != NULL, err, YX_NO_INPUT, "",
               N_("the URI of the database is malformed; it is written like "
                  "postgresql://user@host/name"));
    status = put_options(options, out);
    pq.conninfo_free(options);
    return status == YX_OK ? YX_OK : yx_fail_memory(err);
}
