/* SPDX-License-Identifier: Apache-2.0 */
/* backup/check.c - is what came out of a backup sound: databases, and the audit lists in them? */
#include <sys/stat.h>
#include <unistd.h>

#include "audit/audit.h"
#include "backup/room.h"

/* --- One database -------------------------------------------------------------------------- */

static yx_status take_count(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

static yx_status has_audit(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_tx_query(tx, "SELECT count(*) FROM yx_migration WHERE schema = 'audit'", NULL, 0,
                       take_count, self, err);
}

static yx_status tell_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_audit_append(tx, self, err);
}

static yx_status tell(struct yx_store *store, yx_time now, struct yx_error *err)
{
    struct yx_audit_event event = {
        .at = now, .actor = "cli:restore", .action = "backup.restore", .object = "service"};

    YX_TRY(yx_store_write(store, tell_work, &event, err));
    return yx_audit_number(store, err);
}

/* `main`: the database of the service, whose list is the one of the checkpoint. */
static yx_status check_database(const char *place, bool is_main, const struct yx_about *about,
                                const struct yx_backup_where *where, struct yx_error *err)
{
    YX_CLEAN(yx_store) struct yx_store *store = NULL;
    struct yx_audit_verification verification = {0};
    int64_t steps = 0;

    YX_TRY(yx_store_open(place, false, &store, err));
    YX_TRY(yx_store_check(store, err));
    YX_TRY(yx_store_read(store, has_audit, &steps, err));
    if (steps == 0)
        return YX_OK;
    YX_TRY(yx_audit_prepare(store, err));
    if (is_main)
        verification.kept = yx_buf_bytes(&about->checkpoint);
    YX_TRY(yx_audit_verify(store, &verification, err));
    return is_main && where->keep ? tell(store, where->now, err) : YX_OK;
}

/* --- All of them --------------------------------------------------------------------------- */

struct checking {
    const struct yx_about *about;
    const struct yx_backup_where *where;
    bool found; /* the database of the service */
};

static yx_status check_one(void *self, const char *whole, const char *path, unsigned mode,
                           uint64_t size, bool is_folder, struct yx_error *err)
{
    struct checking *checking = self;
    bool is_main = strcmp(path, checking->about->database) == 0;
    yx_status status;

    (void)size;
    if (is_folder || !yx_store_is_file(whole))
        return YX_OK;
    checking->found |= is_main;
    /* Whoever may only read a database gets it so again. */
    if (chmod(whole, 0600) != 0)
        return yx_backup_fail_damaged(err);
    status = check_database(whole, is_main, checking->about, checking->where, err);
    (void)chmod(whole, mode & 0777);
    return status;
}

yx_status yx_backup_check_folder(const char *folder, const char *uri, const struct yx_about *about,
                                 const struct yx_backup_where *where, struct yx_error *err)
{
    struct checking checking = {.about = about, .where = where};
    const struct yx_walker walker = {check_one, &checking};

    YX_TRY(yx_tree_walk(folder, &walker, err));
    if (uri != NULL)
        return check_database(uri, true, about, where, err);
    YX_REQUIRE(checking.found, err, YX_DAMAGED, "", N_("the backup has no database"));
    return YX_OK;
}
