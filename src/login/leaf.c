/* SPDX-License-Identifier: Apache-2.0 */
/* login/leaf.c - the audit leaves of login/. */
#include "login/room.h"

static yx_status write_leaf(struct yx_tx *tx, const struct yx_login_by *by, const char *action,
                            const char *account, json_t *details, struct yx_error *err)
{
    char object[YX_UUID_TEXT + 16];
    char *text;
    yx_status status;

    if (by->from != NULL && json_object_set_new(details, "from", json_string(by->from)) != 0)
        return yx_fail_memory(err);
    text = json_dumps(details, JSON_COMPACT);
    if (text == NULL)
        return yx_fail_memory(err);
    (void)snprintf(object, sizeof object, "account:%s", account);
    status = yx_audit_append(
        tx,
        &(struct yx_audit_event){
            .at = by->now, .actor = by->actor, .action = action, .object = object, .details = text},
        err);
    free(text);
    return status;
}

yx_status yx_login_leaf(struct yx_tx *tx, const struct yx_login_by *by, const char *action,
                        const char *account, json_t *details, struct yx_error *err)
{
    yx_status status = YX_OK;

    if (details == NULL)
        return yx_fail_memory(err);
    if (by->actor != NULL)
        status = write_leaf(tx, by, action, account, details, err);
    json_decref(details);
    return status;
}
