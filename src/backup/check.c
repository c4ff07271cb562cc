/* SPDX-License-Identifier: Apache-2.0 */
/* backup/check.c - is what came out of a backup sound: databases, and the audit lists in them? */
#include "audit/audit.h"
#include "backup/room.h"

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

static yx_status tell(struct yx_store *store, const struct yx_backup_where *where,
                      struct yx_error *err)
{
    struct yx_audit_event event = {
        .at = where->now, .actor = where->actor, .action = "backup.restore", .object = "service"};

    YX_TRY(yx_store_write(store, tell_work, &event, err));
    return yx_audit_number(store, err);
}

yx_status yx_backup_check_database(const char *place, bool is_main, const struct yx_about *about,
                                   const struct yx_backup_where *where, struct yx_error *err)
{
    YX_CLEAN(yx_store) struct yx_store *store = NULL;
    struct yx_audit_verification verification = {0};
    int64_t steps = 0;

    YX_TRY(yx_store_open(place, false, &store, err));
    YX_TRY(yx_store_check(store, err));
    YX_TRY(yx_store_read(store, has_audit, &steps, err));
    YX_REQUIRE(steps > 0 || !is_main, err, YX_DAMAGED, "",
               N_("the database of the backup has no audit list"));
    if (steps == 0)
        return YX_OK;
    YX_TRY(yx_audit_prepare(store, err));
    if (is_main)
        verification.kept = yx_buf_bytes(&about->checkpoint);
    YX_TRY(yx_audit_verify(store, &verification, err));
    return is_main && where->keep ? tell(store, where, err) : YX_OK;
}
