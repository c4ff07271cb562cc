/* SPDX-License-Identifier: Apache-2.0 */
/* login/account.c - accounts: made, found, locked, removed. */
#include "login/room.h"

#define RULE "accounts"
#define REASON_MAX 500

/* --- Names ----------------------------------------------------------------------------------- */

static const char *const kinds[] = {"person", "system"};
static const char *const states[] = {"invited", "active", "locked", "disabled"};

const char *yx_login_kind_name(enum yx_login_kind kind)
{
    return kinds[kind];
}

const char *yx_login_state_name(enum yx_login_state state)
{
    return states[state];
}

/* Characters that nobody can take for others: no letters of other scripts than these two. */
static bool may_stand_in_a_name(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '@' ||
           c == '-' || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF);
}

bool yx_login_name_fold(struct yx_bytes text, char out[YX_LOGIN_NAME_MAX + 1])
{
    uint32_t c;
    size_t len;

    if (text.len == 0 || text.len > YX_LOGIN_NAME_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++)
        out[i] = yx_lower(text.data[i]);
    out[text.len] = '\0';
    for (struct yx_bytes rest = YX_BYTES(out, text.len); rest.len > 0; rest.len -= len) {
        len = yx_utf8_next(rest, &c);
        if (len == 0 || !may_stand_in_a_name(c))
            return false;
        rest.data += len;
    }
    return true;
}

static yx_status check_id(const char *text, const char *what, struct yx_error *err)
{
    size_t len = strlen(text);

    YX_REQUIRE(len <= YX_LOGIN_ID_MAX && yx_utf8_valid(YX_TEXT(text)), err, YX_USAGE, RULE,
               N_("{1} is too long, or no text"), what);
    return YX_OK;
}

static yx_status check_language(const char *text, struct yx_error *err)
{
    YX_REQUIRE(strcmp(text, "zh") == 0 || strcmp(text, "en") == 0, err, YX_USAGE, RULE,
               N_("the language is zh or en"));
    return YX_OK;
}

/* --- Found ----------------------------------------------------------------------------------- */

#define COLUMNS                                                                       \
    "SELECT a.id, a.name, a.party, a.language, a.kind, a.state, a.made_at, p.set_at," \
    " p.initial, g.locked_at, t.confirmed_at FROM login_account a"                    \
    " LEFT JOIN login_password p ON p.account = a.id AND p.newest = 1"                \
    " LEFT JOIN login_guess g ON g.account = a.id LEFT JOIN login_totp t ON t.account = a.id"

static struct yx_login_account account_of(const struct yx_row *row)
{
    struct yx_login_account account = {
        .kind = (enum yx_login_kind)yx_row_integer(row, 4),
        .state = (enum yx_login_state)yx_row_integer(row, 5),
        .made_at = yx_row_time(row, 6),
        .password_at = yx_row_time(row, 7),
        .password_initial = yx_row_integer(row, 8) != 0,
        .password_locked_at = yx_row_time(row, 9),
        .totp = !yx_row_is_null(row, 10),
    };

    YX_LOGIN_COPY(account.id, yx_row_text(row, 0));
    YX_LOGIN_COPY(account.name, yx_row_text(row, 1));
    YX_LOGIN_COPY(account.party, yx_row_text(row, 2));
    YX_LOGIN_COPY(account.language, yx_row_text(row, 3));
    return account;
}

static yx_status take_account(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(struct yx_login_account *)self = account_of(row);
    return YX_OK;
}

static yx_status find(struct yx_tx *tx, const char *sql, const char *key,
                      struct yx_login_account *out, struct yx_error *err)
{
    const struct yx_value value = yx_value_text(key);
    struct yx_login_account account = {0};

    YX_TRY(yx_tx_query(tx, sql, &value, 1, take_account, &account, err));
    if (account.id[0] == '\0')
        return yx_login_none(err);
    *out = account;
    return YX_OK;
}

yx_status yx_login_account_find(struct yx_tx *tx, const char *id, struct yx_login_account *out,
                                struct yx_error *err)
{
    return find(tx, COLUMNS " WHERE a.id = $1", id, out, err);
}

yx_status yx_login_account_named(struct yx_tx *tx, const char *name, struct yx_login_account *out,
                                 struct yx_error *err)
{
    char folded[YX_LOGIN_NAME_MAX + 1];

    if (!yx_login_name_fold(YX_TEXT(name), folded))
        return yx_login_none(err);
    return find(tx, COLUMNS " WHERE a.name = $1", folded, out, err);
}

static yx_status note_found(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)row;
    (void)err;
    *(bool *)self = true;
    return YX_OK;
}

yx_status yx_login_same_person(struct yx_tx *tx, const char *a, const char *b, bool *out,
                               struct yx_error *err)
{
    const struct yx_value values[] = {yx_value_text(a), yx_value_text(b)};

    *out = false;
    return yx_tx_query(tx,
                       "SELECT 1 FROM login_account a JOIN login_account b"
                       " ON b.id = a.id OR (b.party = a.party AND a.party <> '')"
                       " WHERE a.id = $1 AND b.id = $2",
                       values, 2, note_found, out, err);
}

struct listing {
    yx_login_each_account each;
    void *self;
};

static yx_status give(void *self, const struct yx_row *row, struct yx_error *err)
{
    const struct listing *listing = self;
    const struct yx_login_account account = account_of(row);

    return listing->each(listing->self, &account, err);
}

yx_status yx_login_account_list(struct yx_tx *tx, const char *after, int64_t limit,
                                yx_login_each_account each, void *self, struct yx_error *err)
{
    const struct yx_value page[] = {yx_value_text(after), yx_value_integer(limit)};
    struct listing listing = {each, self};

    return yx_tx_query(tx, COLUMNS " WHERE a.name > $1 ORDER BY a.name LIMIT $2", page, 2, give,
                       &listing, err);
}

/* --- Made and changed ------------------------------------------------------------------------ */

static yx_status insert(struct yx_tx *tx, const struct yx_login_account *account,
                        struct yx_error *err)
{
    const struct yx_value row[] = {
        yx_value_text(account->id),      yx_value_text(account->name),
        yx_value_text(account->party),   yx_value_text(account->language),
        yx_value_integer(account->kind), yx_value_integer(account->state),
        yx_value_time(account->made_at),
    };
    int64_t changed = 0;

    YX_TRY(yx_tx_run(tx,
                     "INSERT INTO login_account (id, name, party, language, kind, state, made_at)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
                     row, 7, &changed, err));
    YX_REQUIRE(changed == 1, err, YX_REFUSED, RULE, N_("there is an account {1} already"),
               account->name);
    return YX_OK;
}

yx_status yx_login_account_make(struct yx_tx *tx, const struct yx_login_new_account *wanted,
                                const struct yx_login_by *by, char id[YX_UUID_TEXT],
                                struct yx_error *err)
{
    const char *party = wanted->party == NULL ? "" : wanted->party;
    const char *language = wanted->language == NULL ? "zh" : wanted->language;
    struct yx_login_account account = {
        .kind = wanted->kind,
        .state = wanted->kind == YX_LOGIN_SYSTEM ? YX_LOGIN_ACTIVE : YX_LOGIN_INVITED,
        .made_at = by->now,
    };

    YX_REQUIRE(yx_login_name_fold(YX_TEXT(wanted->name), account.name), err, YX_USAGE, RULE,
               N_("the name of an account has 1 to {1} bytes: letters, digits, . _ @ - and Chinese "
                  "characters"),
               YX_NUM(YX_LOGIN_NAME_MAX));
    YX_TRY(check_id(party, "party", err));
    YX_TRY(check_language(language, err));
    YX_LOGIN_COPY(account.party, party);
    YX_LOGIN_COPY(account.language, language);
    YX_TRY(yx_uuid_make(by->now, account.id, err));
    YX_TRY(insert(tx, &account, err));
    memcpy(id, account.id, YX_UUID_TEXT);
    return yx_login_leaf(tx, by, "account.make", id,
                         json_pack("{s:s, s:s, s:s}", "name", account.name, "kind",
                                   kinds[account.kind], "party", account.party),
                         err);
}

yx_status yx_login_account_change(struct yx_tx *tx, const char *id, const char *party,
                                  const char *language, const struct yx_login_by *by,
                                  struct yx_error *err)
{
    struct yx_login_account account = {0};

    YX_TRY(yx_login_account_find(tx, id, &account, err));
    /* Records go on naming the person that it was. */
    YX_REQUIRE(account.state != YX_LOGIN_DISABLED, err, YX_REFUSED, RULE,
               N_("the account {1} was removed"), account.name);
    if (party != NULL) {
        YX_TRY(check_id(party, "party", err));
        YX_LOGIN_COPY(account.party, party);
    }
    if (language != NULL) {
        YX_TRY(check_language(language, err));
        YX_LOGIN_COPY(account.language, language);
    }
    const struct yx_value row[] = {yx_value_text(id), yx_value_text(account.party),
                                   yx_value_text(account.language)};
    YX_TRY(yx_tx_run(tx, "UPDATE login_account SET party = $2, language = $3 WHERE id = $1", row, 3,
                     NULL, err));
    return yx_login_leaf(
        tx, by, "account.change", id,
        json_pack("{s:s, s:s}", "party", account.party, "language", account.language), err);
}

/* --- States ---------------------------------------------------------------------------------- */

yx_status yx_login_state_set(struct yx_tx *tx, const char *id, enum yx_login_state state,
                             struct yx_error *err)
{
    const struct yx_value row[] = {yx_value_text(id), yx_value_integer(state)};

    return yx_tx_run(tx, "UPDATE login_account SET state = $2 WHERE id = $1", row, 2, NULL, err);
}

/* Nobody locks themselves out, and nobody opens or ends an account that is their own. */
static yx_status not_own(const char *id, const struct yx_login_by *by, struct yx_error *err)
{
    YX_REQUIRE(by->account == NULL || strcmp(by->account, id) != 0, err, YX_REFUSED, RULE,
               N_("nobody does this to their own account"));
    return YX_OK;
}

static yx_status check_reason(const char *reason, struct yx_error *err)
{
    size_t len = reason == NULL ? 0 : strlen(reason);

    YX_REQUIRE(len > 0 && len <= REASON_MAX && yx_utf8_valid(YX_TEXT(reason)), err, YX_USAGE, RULE,
               N_("a reason of 1 to {1} bytes must be given"), YX_NUM(REASON_MAX));
    return YX_OK;
}

yx_status yx_login_account_lock(struct yx_tx *tx, const char *id, const char *reason,
                                const struct yx_login_by *by, struct yx_error *err)
{
    struct yx_login_account account = {0};

    YX_TRY(check_reason(reason, err));
    YX_TRY(not_own(id, by, err));
    YX_TRY(yx_login_account_find(tx, id, &account, err));
    YX_REQUIRE(account.state == YX_LOGIN_ACTIVE || account.state == YX_LOGIN_INVITED, err,
               YX_REFUSED, RULE, N_("the account {1} is locked, or was removed"), account.name);
    YX_TRY(yx_login_state_set(tx, id, YX_LOGIN_LOCKED, err));
    YX_TRY(yx_login_drop(tx, YX_LOGIN_DROP_SESSIONS, id, err));
    return yx_login_leaf(tx, by, "account.lock", id, json_pack("{s:s}", "reason", reason), err);
}

yx_status yx_login_account_unlock(struct yx_tx *tx, const char *id, const struct yx_login_by *by,
                                  struct yx_error *err)
{
    struct yx_login_account account = {0};
    bool invited;

    YX_TRY(not_own(id, by, err));
    YX_TRY(yx_login_account_find(tx, id, &account, err));
    YX_REQUIRE(account.state == YX_LOGIN_LOCKED || account.password_locked_at != YX_TIME_NONE, err,
               YX_REFUSED, RULE, N_("the account {1} is not locked"), account.name);
    YX_REQUIRE(account.state != YX_LOGIN_DISABLED, err, YX_REFUSED, RULE,
               N_("the account {1} was removed"), account.name);
    /* Somebody who never came in is waited for again. */
    invited = account.kind == YX_LOGIN_PERSON && account.password_at == YX_TIME_NONE &&
              account.state == YX_LOGIN_LOCKED;
    if (account.state == YX_LOGIN_LOCKED)
        YX_TRY(yx_login_state_set(tx, id, invited ? YX_LOGIN_INVITED : YX_LOGIN_ACTIVE, err));
    YX_TRY(yx_login_drop(tx, YX_LOGIN_DROP_GUESSES, id, err));
    return yx_login_leaf(tx, by, "account.unlock", id, json_object(), err);
}

yx_status yx_login_account_remove(struct yx_tx *tx, const char *id, const char *reason,
                                  const struct yx_login_by *by, struct yx_error *err)
{
    const struct yx_value key[] = {yx_value_text(id), yx_value_time(by->now)};
    struct yx_login_account account = {0};

    YX_TRY(check_reason(reason, err));
    YX_TRY(not_own(id, by, err));
    YX_TRY(yx_login_account_find(tx, id, &account, err));
    YX_REQUIRE(account.state != YX_LOGIN_DISABLED, err, YX_REFUSED, RULE,
               N_("the account {1} was removed"), account.name);
    YX_TRY(yx_login_state_set(tx, id, YX_LOGIN_DISABLED, err));
    for (int what = 0; what < YX_LOGIN_DROP_KINDS; what++)
        YX_TRY(yx_login_drop(tx, (enum yx_login_drop)what, id, err));
    YX_TRY(yx_tx_run(tx,
                     "UPDATE login_key SET revoked_at = $2 WHERE account = $1 AND revoked_at IS"
                     " NULL",
                     key, 2, NULL, err));
    return yx_login_leaf(tx, by, "account.remove", id, json_pack("{s:s}", "reason", reason), err);
}

/* --- What hangs on an account ---------------------------------------------------------------- */

yx_status yx_login_drop(struct yx_tx *tx, enum yx_login_drop what, const char *account,
                        struct yx_error *err)
{
    static const char *const sql[YX_LOGIN_DROP_KINDS] = {
        [YX_LOGIN_DROP_SESSIONS] = "DELETE FROM login_session WHERE account = $1",
        [YX_LOGIN_DROP_GUESSES] = "DELETE FROM login_guess WHERE account = $1",
        [YX_LOGIN_DROP_LINKS] = "DELETE FROM login_link WHERE account = $1",
        [YX_LOGIN_DROP_PASSWORDS] = "DELETE FROM login_password WHERE account = $1",
        [YX_LOGIN_DROP_TOTP] = "DELETE FROM login_totp WHERE account = $1",
        [YX_LOGIN_DROP_CODES] = "DELETE FROM login_code WHERE account = $1",
        [YX_LOGIN_DROP_CERTIFICATES] = "DELETE FROM login_certificate WHERE account = $1",
    };
    const struct yx_value key = yx_value_text(account);

    return yx_tx_run(tx, sql[what], &key, 1, NULL, err);
}
