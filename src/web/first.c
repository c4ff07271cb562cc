/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web/first.c - the first accounts. A service that nobody can administer is of no use, and one
 * whose first administrator may do everything is never undone: so there are three from the start
 * (GB/T 22239-2019 8.1.5), each with a link of its own.
 */
#include "web/services.h"

#define ACTOR "serve"
#define LINK_SECONDS INT64_C(86400)

static const struct {
    const char *name, *role;
} offices[YX_FIRST_ACCOUNTS] = {
    {"admin", YX_ROLE_SYSTEM},
    {"security", YX_ROLE_SECURITY},
    {"auditor", YX_ROLE_AUDIT},
};

struct making {
    const struct yx_first *first;
    bool made;
};

static yx_status invite(struct yx_tx *tx, size_t office, const struct yx_first *first,
                        const struct yx_login_by *by, char account[YX_UUID_TEXT],
                        struct yx_error *err)
{
    const struct yx_login_new_account wanted = {.name = offices[office].name};

    YX_TRY(yx_login_account_make(tx, &wanted, by, account, err));
    return yx_login_link_make(tx, account, YX_LOGIN_INVITE, &first->secret, LINK_SECONDS, by, err);
}

static yx_status make(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct making *making = self;
    const struct yx_login_by by = {.actor = ACTOR, .now = yx_now()};

    for (size_t i = 0; i < YX_FIRST_ACCOUNTS; i++) {
        char account[YX_UUID_TEXT], id[YX_UUID_TEXT];
        const struct yx_party_grant grant = {.account = account,
                                             .role = offices[i].role,
                                             .from = YX_TIME_NONE,
                                             .until = YX_TIME_NONE};

        if (i == 0) {
            YX_TRY(yx_login_first(tx, &making->first[i].secret, LINK_SECONDS, &by, account,
                                  &making->made, err));
            if (!making->made)
                return YX_OK;
        } else {
            YX_TRY(invite(tx, i, &making->first[i], &by, account, err));
        }
        YX_TRY(yx_party_grant(tx, &grant, ACTOR, by.now, id, err));
    }
    return YX_OK;
}

yx_status yx_first_accounts(struct yx_store *store, struct yx_first out[YX_FIRST_ACCOUNTS],
                            bool *made, struct yx_error *err)
{
    struct making making = {.first = out};

    for (size_t i = 0; i < YX_FIRST_ACCOUNTS; i++) {
        out[i].name = offices[i].name;
        YX_TRY(yx_login_secret_make(&out[i].secret, err));
    }
    YX_TRY(yx_store_write(store, make, &making, err));
    *made = making.made;
    return YX_OK;
}
