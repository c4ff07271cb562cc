/* SPDX-License-Identifier: Apache-2.0 */
/* login/password.c - passwords set: by their holder, by somebody else for a start, by a link. */
#include "login/room.h"

#define RULE "passwords"

/* --- What there was before ------------------------------------------------------------------- */

#define HISTORY_MAX 50

struct history {
    const char *account;
    int64_t limit;
    struct yx_login_account found;
    size_t count;
    char hashes[HISTORY_MAX][YX_ARGON2_TEXT];
};

static yx_status take_hash(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct history *history = self;

    (void)err;
    if (history->count < HISTORY_MAX)
        YX_LOGIN_COPY(history->hashes[history->count++], yx_row_text(row, 0));
    return YX_OK;
}

static yx_status read_history(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct history *history = self;
    const struct yx_value key[] = {yx_value_text(history->account),
                                   yx_value_integer(history->limit)};

    history->count = 0;
    YX_TRY(yx_login_account_find(tx, history->account, &history->found, err));
    return yx_tx_query(tx,
                       "SELECT hash FROM login_password WHERE account = $1 ORDER BY id DESC LIMIT"
                       " $2",
                       key, 2, take_hash, history, err);
}

/* The one in force does not come again in any case. */
static int64_t kept(const struct yx_login_policy *policy)
{
    int64_t count = policy->password_history < 1 ? 1 : policy->password_history;

    return count < HISTORY_MAX ? count : HISTORY_MAX;
}

static yx_status check_history(struct yx_login *login, const struct yx_argon2_cost *cost,
                               struct yx_bytes password, const struct history *history,
                               struct yx_error *err)
{
    bool same;

    for (size_t i = 0; i < history->count; i++) {
        YX_TRY(yx_argon2_matches(login->hasher, cost, password, history->hashes[i], &same, err));
        YX_REQUIRE(!same, err, YX_REFUSED, RULE, N_("this password was used here before"));
    }
    return YX_OK;
}

/* --- Prepared, and put in its place ---------------------------------------------------------- */

yx_status yx_login_password_prepare(struct yx_login *login, const char *account,
                                    struct yx_bytes password, const char *const *names,
                                    struct yx_login_new_password *out, struct yx_error *err)
{
    struct history history = {.account = account};
    struct yx_login_policy policy;
    const char *about[YX_LOGIN_ABOUT_MAX + 2] = {history.found.name};
    struct yx_argon2_cost cost;

    yx_login_get_policy(login, &policy);
    cost = yx_login_cost(&policy);
    history.limit = kept(&policy);
    YX_TRY(yx_store_read(login->store, read_history, &history, err));
    for (size_t i = 0; names != NULL && names[i] != NULL && i < YX_LOGIN_ABOUT_MAX; i++)
        about[i + 1] = names[i];
    YX_TRY(yx_password_judge(password, policy.password_min, about, err));
    YX_TRY(check_history(login, &cost, password, &history, err));
    out->keep = history.limit;
    return yx_argon2_hash(login->hasher, &cost, password, out->hash, err);
}

/* The older ones, as many as there may be, stay for comparison. */
static yx_status put(struct yx_tx *tx, const char *account,
                     const struct yx_login_new_password *password, bool initial, yx_time now,
                     struct yx_error *err)
{
    const struct yx_value row[] = {
        yx_value_text(account),
        yx_value_text(password->hash),
        yx_value_time(now),
        yx_value_integer(initial),
    };
    const struct yx_value rest[] = {yx_value_text(account), yx_value_integer(password->keep)};

    YX_TRY(yx_tx_run(tx, "UPDATE login_password SET newest = 0 WHERE account = $1", row, 1, NULL,
                     err));
    YX_TRY(yx_tx_run(tx,
                     "INSERT INTO login_password (account, hash, set_at, initial, newest)"
                     " VALUES ($1, $2, $3, $4, 1)",
                     row, 4, NULL, err));
    return yx_tx_run(tx,
                     "DELETE FROM login_password WHERE account = $1 AND id NOT IN (SELECT id FROM"
                     " login_password WHERE account = $1 ORDER BY id DESC LIMIT $2)",
                     rest, 2, NULL, err);
}

yx_status yx_login_password_put(struct yx_tx *tx, const char *account,
                                const struct yx_login_new_password *password, const char *session,
                                const struct yx_login_by *by, struct yx_error *err)
{
    static const struct yx_login_by silent;
    struct yx_login_account found;

    YX_TRY(yx_login_account_find(tx, account, &found, err));
    YX_REQUIRE(found.state == YX_LOGIN_ACTIVE, err, YX_REFUSED, RULE,
               N_("the account {1} is not active"), found.name);
    YX_TRY(put(tx, account, password, false, by->now, err));
    YX_TRY(yx_login_drop(tx, YX_LOGIN_DROP_GUESSES, account, err));
    YX_TRY(yx_login_session_end_all(tx, account, session, &silent, err));
    return yx_login_leaf(tx, by, "account.password", account, json_object(), err);
}

yx_status yx_login_password_give(struct yx_tx *tx, const char *account,
                                 const struct yx_login_new_password *password,
                                 const struct yx_login_by *by, struct yx_error *err)
{
    struct yx_login_account found;

    YX_TRY(yx_login_account_find(tx, account, &found, err));
    YX_REQUIRE(found.kind == YX_LOGIN_PERSON &&
                   (found.state == YX_LOGIN_ACTIVE || found.state == YX_LOGIN_INVITED),
               err, YX_REFUSED, RULE,
               N_("{1} is a system, or locked, or was removed: it gets no password"), found.name);
    YX_REQUIRE(by->account == NULL || strcmp(by->account, account) != 0, err, YX_REFUSED, RULE,
               N_("nobody does this to their own account"));
    YX_TRY(put(tx, account, password, true, by->now, err));
    YX_TRY(yx_login_state_set(tx, account, YX_LOGIN_ACTIVE, err));
    YX_TRY(yx_login_drop(tx, YX_LOGIN_DROP_GUESSES, account, err));
    YX_TRY(yx_login_drop(tx, YX_LOGIN_DROP_LINKS, account, err));
    YX_TRY(yx_login_drop(tx, YX_LOGIN_DROP_SESSIONS, account, err));
    return yx_login_leaf(tx, by, "account.password.give", account, json_object(), err);
}
