/* SPDX-License-Identifier: Apache-2.0 */
/* login/sweep.c - what is too old to count leaves the tables. */
#include "login/room.h"

struct sweep {
    yx_time now;
    struct yx_login_policy policy;
};

static yx_status sweep_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct sweep *sweep = self;
    const struct yx_value ends[] = {
        yx_value_time(sweep->now),
        yx_value_time(sweep->policy.session_idle == 0
                          ? 0
                          : sweep->now - sweep->policy.session_idle * YX_SECOND),
        yx_value_time(sweep->now - sweep->policy.address_seconds * YX_SECOND),
    };

    YX_TRY(yx_tx_run(tx, "DELETE FROM login_session WHERE until_at <= $1 OR used_at <= $2", ends, 2,
                     NULL, err));
    YX_TRY(yx_tx_run(tx, "DELETE FROM login_once WHERE until_at <= $1", ends, 1, NULL, err));
    YX_TRY(yx_tx_run(tx, "DELETE FROM login_link WHERE until_at <= $1", ends, 1, NULL, err));
    return yx_tx_run(tx, "DELETE FROM login_address WHERE since <= $1", &ends[2], 1, NULL, err);
}

yx_status yx_login_sweep(struct yx_login *login, yx_time now, struct yx_error *err)
{
    struct sweep sweep = {.now = now};

    yx_login_get_policy(login, &sweep.policy);
    return yx_store_write(login->store, sweep_work, &sweep, err);
}
