/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login/enter.c - somebody comes in. Password: looked at outside of any transaction, because that
 * takes long; then decided on in one, which reads the account again. Whoever is refused waits as
 * long and is told the same, whether the name, the password, the code or the state of the account
 * is wrong: there is always one hash to work out, and always a row to write.
 */
#include "login/room.h"

/* All decisions run one after the other; PostgreSQL would break off all but one otherwise. */
#define LOCK (INT64_C(0x4C4F47) << 32)
#define ENTER_ACTION "session.open"

enum outcome { WRONG, IN, CODE_WANTED };

struct entering {
    struct yx_login *login;
    const struct yx_login_attempt *attempt;
    struct yx_login_policy policy;
    const char *name;
    char session[YX_UUID_TEXT];
    char token[YX_TOKEN_TEXT];
    /* What was looked at. */
    char hash[YX_ARGON2_TEXT]; /* "": there is none */
    bool address_waits, matches;
    /* In the transaction. */
    unsigned methods;
    struct yx_login_account account;
    enum outcome outcome;
};

static void entering_free(struct entering *entering)
{
    yx_wipe(entering->token, sizeof entering->token);
}
YX_DEFINE_CLEAN_VALUE(entering, struct entering, entering_free);

/* --- Looking --------------------------------------------------------------------------------- */

static yx_status take_hash(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    (void)snprintf(self, YX_ARGON2_TEXT, "%s", yx_row_text(row, 0));
    return YX_OK;
}

static yx_status read_hash(struct yx_tx *tx, const char *account, char out[YX_ARGON2_TEXT],
                           struct yx_error *err)
{
    const struct yx_value key = yx_value_text(account);

    out[0] = '\0';
    return yx_tx_query(tx, "SELECT hash FROM login_password WHERE account = $1 AND newest = 1",
                       &key, 1, take_hash, out, err);
}

/* The account of that name; nobody's leaves `id` empty. */
static yx_status find(struct entering *entering, struct yx_tx *tx, struct yx_error *err)
{
    struct yx_error inner = {0};
    yx_status status;

    entering->account = (struct yx_login_account){0};
    status = yx_login_account_named(tx, entering->name, &entering->account, &inner);
    if (status == YX_OK || (status == YX_REFUSED && strcmp(inner.rule, YX_LOGIN_ACCOUNT) == 0))
        return YX_OK;
    if (err != NULL)
        *err = inner;
    return status;
}

static yx_status look(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct entering *entering = self;
    struct yx_login_guess guess;

    YX_TRY(find(entering, tx, err));
    YX_TRY(yx_login_guess_read(tx, &entering->policy, entering->account.id,
                               entering->attempt->address, entering->attempt->now, &guess, err));
    entering->address_waits = yx_login_address_waits(&guess);
    return read_hash(tx, entering->account.id, entering->hash, err);
}

/* --- Deciding -------------------------------------------------------------------------------- */

static struct yx_login_by by_of(const struct entering *entering, char actor[YX_UUID_TEXT + 16])
{
    (void)snprintf(actor, YX_UUID_TEXT + 16, "account:%s", entering->account.id);
    return (struct yx_login_by){
        .actor = actor, .from = entering->attempt->address, .now = entering->attempt->now};
}

static yx_status open_session(struct entering *entering, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_login_attempt *attempt = entering->attempt;
    const struct yx_login_opening opening = {
        .id = entering->session,
        .token = entering->token,
        .account = entering->account.id,
        .methods = entering->methods,
        .address = attempt->address,
        .agent = attempt->agent,
        .now = attempt->now,
        .policy = &entering->policy,
    };
    char actor[YX_UUID_TEXT + 16];
    struct yx_login_by by = by_of(entering, actor);

    YX_TRY(attempt->session == NULL ? yx_login_session_open(tx, &opening, err)
                                    : yx_login_session_renew(tx, &opening, err));
    return yx_login_leaf(
        tx, &by, attempt->session == NULL ? ENTER_ACTION : "session.confirm", entering->account.id,
        json_pack("{s:s, s:i}", "session", entering->session, "methods", (int)entering->methods),
        err);
}

/* The code, if the account asks for one; false when it is not right. */
static yx_status check_code(struct entering *entering, struct yx_tx *tx, struct yx_error *err)
{
    enum yx_login_code code;

    YX_TRY(yx_login_code_use(entering->login, tx, entering->account.id, entering->attempt->code,
                             entering->attempt->now, &code, err));
    entering->outcome = code == YX_LOGIN_CODE_WRONG    ? WRONG
                        : code == YX_LOGIN_CODE_WANTED ? CODE_WANTED
                                                       : IN;
    if (code == YX_LOGIN_CODE_RIGHT)
        entering->methods |= YX_LOGIN_BY_CODE;
    return YX_OK;
}

static yx_status count(struct entering *entering, struct yx_tx *tx,
                       const struct yx_login_guess *guess, struct yx_error *err)
{
    const char *account = entering->account.id;
    char actor[YX_UUID_TEXT + 16];
    struct yx_login_by by = by_of(entering, actor);
    bool locks;

    YX_TRY(yx_login_count_address(tx, guess, err));
    /* Guesses at what waits, or cannot be opened, change nothing. */
    if (entering->hash[0] == '\0' || entering->account.state != YX_LOGIN_ACTIVE ||
        yx_login_guess_waits(guess) || yx_login_address_waits(guess))
        return YX_OK;
    by.actor = "log-in";
    YX_TRY(yx_login_count_guess(tx, guess, &locks, err));
    YX_TRY(yx_login_leaf(tx, &by, "session.refuse", account,
                         json_pack("{s:s}", "wrong", entering->matches ? "code" : "password"),
                         err));
    return locks
               ? yx_login_leaf(tx, &by, "account.password.lock", account,
                               json_pack("{s:I}", "failures", (json_int_t)guess->failures + 1), err)
               : YX_OK;
}

static yx_status decide(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct entering *entering = self;
    struct yx_login_guess guess;
    char hash[YX_ARGON2_TEXT];
    bool may;

    entering->outcome = WRONG;
    entering->methods = YX_LOGIN_BY_PASSWORD;
    YX_TRY(yx_tx_lock(tx, LOCK, err));
    YX_TRY(find(entering, tx, err));
    YX_TRY(yx_login_guess_read(tx, &entering->policy, entering->account.id,
                               entering->attempt->address, entering->attempt->now, &guess, err));
    YX_TRY(read_hash(tx, entering->account.id, hash, err));
    /* What was looked at may have been changed since. */
    may = entering->matches && strcmp(hash, entering->hash) == 0 &&
          entering->account.state == YX_LOGIN_ACTIVE && !yx_login_guess_waits(&guess) &&
          !yx_login_address_waits(&guess);
    if (may)
        YX_TRY(check_code(entering, tx, err));
    if (entering->outcome == WRONG)
        return count(entering, tx, &guess, err);
    if (entering->outcome == CODE_WANTED)
        return YX_OK;
    YX_TRY(yx_login_drop(tx, YX_LOGIN_DROP_GUESSES, entering->account.id, err));
    return open_session(entering, tx, err);
}

/* --- The door -------------------------------------------------------------------------------- */

static yx_status prepare(struct entering *entering, struct yx_error *err)
{
    const struct yx_login_attempt *attempt = entering->attempt;

    yx_login_get_policy(entering->login, &entering->policy);
    entering->name = attempt->session == NULL ? attempt->name : attempt->session->name;
    YX_TRY(yx_token_make(entering->token, err));
    if (attempt->session == NULL)
        return yx_uuid_make(attempt->now, entering->session, err);
    YX_LOGIN_COPY(entering->session, attempt->session->session);
    return YX_OK;
}

static yx_status answer(const struct entering *entering, char token[YX_TOKEN_TEXT],
                        struct yx_error *err)
{
    YX_REQUIRE(entering->outcome != CODE_WANTED, err, YX_REFUSED, YX_LOGIN_CODE,
               N_("a code is needed, too"));
    YX_REQUIRE(entering->outcome == IN, err, YX_REFUSED, YX_LOGIN_RULE,
               N_("the name, the password or the code is wrong"));
    memcpy(token, entering->token, YX_TOKEN_TEXT);
    return YX_OK;
}

yx_status yx_login_enter(struct yx_login *login, const struct yx_login_attempt *attempt,
                         char token[YX_TOKEN_TEXT], struct yx_error *err)
{
    YX_CLEAN(entering) struct entering entering = {.login = login, .attempt = attempt};
    struct yx_argon2_cost cost;

    YX_TRY(prepare(&entering, err));
    YX_TRY(yx_store_read(login->store, look, &entering, err));
    YX_REQUIRE(!entering.address_waits, err, YX_REFUSED, YX_LOGIN_SLOWER,
               N_("too many wrong passwords came from this address: try again later"));
    cost = yx_login_cost(&entering.policy);
    YX_TRY(yx_argon2_matches(login->hasher, &cost, attempt->password,
                             entering.hash[0] == '\0' ? NULL : entering.hash, &entering.matches,
                             err));
    YX_TRY(yx_store_write(login->store, decide, &entering, err));
    return answer(&entering, token, err);
}
