/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login/recovery.c - an account whose holder lost everything that opens it, and gets in again with
 * proof: somebody files a request that names the evidence, two officers look at it, each of them
 * another person than the holder, than who filed it, and than the other. The second approval makes
 * a one-time link.
 */
#include "login/room.h"

#define RULE "recovery by two people"
#define TEXT_MAX 2000

static const char *const states[] = {"open", "approved-once", "done", "refused"};

const char *yx_login_recovery_state_name(enum yx_login_recovery_state state)
{
    return states[state];
}

/* --- Found ----------------------------------------------------------------------------------- */

#define COLUMNS                                                                            \
    "SELECT id, account, evidence, reason, asked_by, asked_at, until_at, state, first_by," \
    " second_by, decided_at FROM login_recovery"

static struct yx_login_recovery recovery_of(const struct yx_row *row)
{
    return (struct yx_login_recovery){
        .id = yx_row_text(row, 0),
        .account = yx_row_text(row, 1),
        .evidence = yx_row_text(row, 2),
        .reason = yx_row_text(row, 3),
        .asked_by = yx_row_text(row, 4),
        .asked_at = yx_row_time(row, 5),
        .until = yx_row_time(row, 6),
        .state = (enum yx_login_recovery_state)yx_row_integer(row, 7),
        .first_by = yx_row_text(row, 8),
        .second_by = yx_row_text(row, 9),
        .decided_at = yx_row_time(row, 10),
    };
}

struct listing {
    yx_login_each_recovery each;
    void *self;
    bool found;
};

static yx_status give(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct listing *listing = self;
    const struct yx_login_recovery recovery = recovery_of(row);

    listing->found = true;
    return listing->each(listing->self, &recovery, err);
}

yx_status yx_login_recovery_list(struct yx_tx *tx, const char *after, int64_t limit,
                                 yx_login_each_recovery each, void *self, struct yx_error *err)
{
    const struct yx_value page[] = {yx_value_text(after), yx_value_integer(limit)};
    struct listing listing = {.each = each, .self = self};

    return yx_tx_query(tx, COLUMNS " WHERE id > $1 ORDER BY id LIMIT $2", page, 2, give, &listing,
                       err);
}

yx_status yx_login_recovery_find(struct yx_tx *tx, const char *id, yx_login_each_recovery each,
                                 void *self, struct yx_error *err)
{
    const struct yx_value key = yx_value_text(id);
    struct listing listing = {.each = each, .self = self};

    YX_TRY(yx_tx_query(tx, COLUMNS " WHERE id = $1", &key, 1, give, &listing, err));
    return listing.found ? YX_OK : yx_login_none(err);
}

/* --- Asked for ------------------------------------------------------------------------------- */

static yx_status check_text(const char *text, const char *what, struct yx_error *err)
{
    size_t len = text == NULL ? 0 : strlen(text);

    YX_REQUIRE(len > 0 && len <= TEXT_MAX && yx_utf8_valid(YX_TEXT(text)), err, YX_USAGE, RULE,
               N_("{1} has 1 to {2} bytes"), what, YX_NUM(TEXT_MAX));
    return YX_OK;
}

static yx_status count_row(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

/* Somebody of whom it is known who they are: without that nobody can be told from another. */
static yx_status is_named_person(struct yx_tx *tx, const struct yx_login_by *by,
                                 struct yx_error *err)
{
    struct yx_login_account account;

    YX_REQUIRE(by->account != NULL, err, YX_USAGE, RULE,
               N_("a recovery is decided by people with accounts"));
    YX_TRY(yx_login_account_find(tx, by->account, &account, err));
    YX_REQUIRE(account.kind == YX_LOGIN_PERSON && account.party[0] != '\0', err, YX_REFUSED,
               YX_LOGIN_TWO_PEOPLE, N_("the account {1} names no person: first let it name one"),
               account.name);
    return YX_OK;
}

static yx_status none_is_open(struct yx_tx *tx, const char *account, yx_time now,
                              struct yx_error *err)
{
    const struct yx_value key[] = {yx_value_text(account), yx_value_time(now)};
    int64_t count = 0;

    YX_TRY(yx_tx_query(tx,
                       "SELECT count(*) FROM login_recovery WHERE account = $1 AND state <= 1 AND"
                       " until_at > $2",
                       key, 2, count_row, &count, err));
    YX_REQUIRE(count == 0, err, YX_REFUSED, RULE,
               N_("the recovery of this account was asked for already"));
    return YX_OK;
}

static yx_status may_be_recovered(struct yx_tx *tx, const char *id, struct yx_login_account *out,
                                  struct yx_error *err)
{
    YX_TRY(yx_login_account_find(tx, id, out, err));
    YX_REQUIRE(out->kind == YX_LOGIN_PERSON && out->state == YX_LOGIN_ACTIVE, err, YX_REFUSED, RULE,
               N_("the account {1} is not that of a person, or not active"), out->name);
    YX_REQUIRE(out->party[0] != '\0', err, YX_REFUSED, YX_LOGIN_TWO_PEOPLE,
               N_("the account {1} names no person: first let it name one"), out->name);
    return YX_OK;
}

yx_status yx_login_recovery_ask(struct yx_tx *tx, const struct yx_login_new_recovery *wanted,
                                const struct yx_login_by *by, char id[YX_UUID_TEXT],
                                struct yx_error *err)
{
    struct yx_login_account account;

    YX_TRY(check_text(wanted->evidence, "evidence", err));
    YX_TRY(check_text(wanted->reason, "reason", err));
    YX_TRY(is_named_person(tx, by, err));
    YX_TRY(may_be_recovered(tx, wanted->account, &account, err));
    YX_TRY(none_is_open(tx, wanted->account, by->now, err));
    YX_TRY(yx_uuid_make(by->now, id, err));
    const struct yx_value row[] = {
        yx_value_text(id),
        yx_value_text(wanted->account),
        yx_value_text(wanted->evidence),
        yx_value_text(wanted->reason),
        yx_value_text(by->account),
        yx_value_time(by->now),
        yx_value_time(by->now + wanted->seconds * YX_SECOND),
    };
    YX_TRY(yx_tx_run(tx,
                     "INSERT INTO login_recovery (id, account, evidence, reason, asked_by,"
                     " asked_at, until_at, state, first_by, second_by)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7, 0, '', '')",
                     row, 7, NULL, err));
    return yx_login_leaf(tx, by, "recovery.ask", wanted->account,
                         json_pack("{s:s, s:s, s:s}", "recovery", id, "evidence", wanted->evidence,
                                   "reason", wanted->reason),
                         err);
}

/* --- Decided --------------------------------------------------------------------------------- */

/* A copy of what is needed behind the row. */
struct open_one {
    char account[YX_UUID_TEXT], asked_by[YX_UUID_TEXT], first_by[YX_UUID_TEXT];
    yx_time until;
    enum yx_login_recovery_state state;
};

static yx_status take_open(void *self, const struct yx_login_recovery *recovery,
                           struct yx_error *err)
{
    struct open_one *open = self;

    (void)err;
    YX_LOGIN_COPY(open->account, recovery->account);
    YX_LOGIN_COPY(open->asked_by, recovery->asked_by);
    YX_LOGIN_COPY(open->first_by, recovery->first_by);
    open->until = recovery->until;
    open->state = recovery->state;
    return YX_OK;
}

static yx_status find_open(struct yx_tx *tx, const char *id, yx_time now, struct open_one *out,
                           struct yx_error *err)
{
    YX_TRY(yx_login_recovery_find(tx, id, take_open, out, err));
    YX_REQUIRE(out->state <= YX_LOGIN_RECOVERY_ONCE && now < out->until, err, YX_REFUSED, RULE,
               N_("this recovery was decided already, or its time is over"));
    return YX_OK;
}

static yx_status is_somebody_else(struct yx_tx *tx, const struct open_one *open,
                                  const struct yx_login_by *by, struct yx_error *err)
{
    const char *const others[] = {open->account, open->asked_by, open->first_by};
    bool same;

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        YX_TRY(yx_login_same_person(tx, others[i], by->account, &same, err));
        YX_REQUIRE(!same, err, YX_REFUSED, YX_LOGIN_TWO_PEOPLE,
                   N_("two people approve a recovery, and neither is its holder or who asked"));
    }
    return YX_OK;
}

static yx_status set_state(struct yx_tx *tx, const char *id, enum yx_login_recovery_state state,
                           const struct yx_login_by *by, struct yx_error *err)
{
    const struct yx_value row[] = {yx_value_text(id), yx_value_integer(state),
                                   yx_value_text(by->account), yx_value_time(by->now)};

    if (state == YX_LOGIN_RECOVERY_ONCE)
        return yx_tx_run(tx, "UPDATE login_recovery SET state = $2, first_by = $3 WHERE id = $1",
                         row, 3, NULL, err);
    return yx_tx_run(tx,
                     "UPDATE login_recovery SET state = $2, second_by = $3, decided_at = $4"
                     " WHERE id = $1",
                     row, 4, NULL, err);
}

yx_status yx_login_recovery_approve(struct yx_tx *tx, const char *id,
                                    const struct yx_login_secret *secret, int64_t seconds,
                                    const struct yx_login_by *by, bool *done, struct yx_error *err)
{
    const struct yx_login_by quiet = {.now = by->now};
    struct yx_login_account account;
    struct open_one open;

    *done = false;
    YX_TRY(find_open(tx, id, by->now, &open, err));
    YX_TRY(is_named_person(tx, by, err));
    YX_TRY(is_somebody_else(tx, &open, by, err));
    YX_TRY(may_be_recovered(tx, open.account, &account, err));
    *done = open.state == YX_LOGIN_RECOVERY_ONCE;
    if (*done) {
        YX_TRY(set_state(tx, id, YX_LOGIN_RECOVERY_DONE, by, err));
        YX_TRY(
            yx_login_link_make(tx, open.account, YX_LOGIN_RECOVER, secret, seconds, &quiet, err));
    } else {
        YX_TRY(set_state(tx, id, YX_LOGIN_RECOVERY_ONCE, by, err));
    }
    return yx_login_leaf(tx, by, "recovery.approve", open.account,
                         json_pack("{s:s, s:b}", "recovery", id, "done", *done), err);
}

yx_status yx_login_recovery_refuse(struct yx_tx *tx, const char *id, const struct yx_login_by *by,
                                   struct yx_error *err)
{
    struct open_one open;

    YX_TRY(find_open(tx, id, by->now, &open, err));
    YX_TRY(is_named_person(tx, by, err));
    YX_TRY(set_state(tx, id, YX_LOGIN_RECOVERY_REFUSED, by, err));
    return yx_login_leaf(tx, by, "recovery.refuse", open.account,
                         json_pack("{s:s}", "recovery", id), err);
}
