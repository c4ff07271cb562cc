/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login/session.c - sessions. The cookie holds 32 random octets, of which the database knows the
 * SM3 alone; the token against forged requests is drawn from them too, and is kept nowhere. Every
 * request asks the database, so that a session that was ended is dead on all nodes at once.
 */
#include "login/room.h"

#define AGENT_MAX 200
/* That a session was used is written when so much of the idle time is over: 1/10, or a minute. */
#define WRITE_PART 10
#define WRITE_SECONDS 60

/* --- Who asks -------------------------------------------------------------------------------- */

struct finding {
    uint8_t digest[32];
    bool found;
    struct yx_login_who who;
    enum yx_login_state state;
    yx_time used_at, password_at;
    bool password_initial, totp;
};

static yx_status take_session(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct finding *finding = self;
    struct yx_login_who *who = &finding->who;

    (void)err;
    finding->found = true;
    YX_LOGIN_COPY(who->session, yx_row_text(row, 0));
    YX_LOGIN_COPY(who->account, yx_row_text(row, 1));
    YX_LOGIN_COPY(who->name, yx_row_text(row, 2));
    YX_LOGIN_COPY(who->party, yx_row_text(row, 3));
    YX_LOGIN_COPY(who->language, yx_row_text(row, 4));
    who->kind = (enum yx_login_kind)yx_row_integer(row, 5);
    finding->state = (enum yx_login_state)yx_row_integer(row, 6);
    who->methods = (unsigned)yx_row_integer(row, 7);
    who->authenticated_at = yx_row_time(row, 8);
    finding->used_at = yx_row_time(row, 9);
    who->until = yx_row_time(row, 10);
    finding->password_at = yx_row_time(row, 11);
    finding->password_initial = yx_row_integer(row, 12) != 0;
    finding->totp = !yx_row_is_null(row, 13);
    return YX_OK;
}

static yx_status find_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct finding *finding = self;
    const struct yx_value key = yx_value_blob(YX_BYTES(finding->digest, sizeof finding->digest));

    finding->found = false;
    return yx_tx_query(tx,
                       "SELECT s.id, a.id, a.name, a.party, a.language, a.kind, a.state, s.methods,"
                       " s.authenticated_at, s.used_at, s.until_at, p.set_at, p.initial,"
                       " t.confirmed_at FROM login_session s"
                       " JOIN login_account a ON a.id = s.account"
                       " LEFT JOIN login_password p ON p.account = a.id AND p.newest = 1"
                       " LEFT JOIN login_totp t ON t.account = a.id"
                       " WHERE s.digest = $1",
                       &key, 1, take_session, finding, err);
}

/* A certificate has no password that could be old. */
static bool is_old(const struct finding *finding, const struct yx_login_policy *policy, yx_time now)
{
    return (finding->who.methods & YX_LOGIN_BY_PASSWORD) != 0 && policy->password_days > 0 &&
           finding->password_at != YX_TIME_NONE &&
           now >= finding->password_at + policy->password_days * YX_DAY;
}

/* What must be done before anything else. */
static enum yx_login_duty duty_of(const struct finding *finding,
                                  const struct yx_login_policy *policy)
{
    if ((finding->who.methods & YX_LOGIN_BY_PASSWORD) == 0)
        return YX_LOGIN_FREE;
    if (finding->password_initial && policy->password_first)
        return YX_LOGIN_MUST_CHANGE_FIRST;
    if (finding->who.password_old && policy->password_forced)
        return YX_LOGIN_MUST_CHANGE_OLD;
    return policy->totp_required && !finding->totp ? YX_LOGIN_MUST_ADD_CODES : YX_LOGIN_FREE;
}

static bool is_alive(const struct finding *finding, const struct yx_login_policy *policy,
                     yx_time now)
{
    return finding->found && finding->state == YX_LOGIN_ACTIVE && now < finding->who.until &&
           (policy->session_idle == 0 ||
            yx_login_is_within(now, finding->used_at, policy->session_idle));
}

struct use {
    const char *session;
    yx_time now;
};

static yx_status use_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct use *use = self;
    const struct yx_value row[] = {yx_value_text(use->session), yx_value_time(use->now)};

    return yx_tx_run(tx, "UPDATE login_session SET used_at = $2 WHERE id = $1 AND used_at < $2",
                     row, 2, NULL, err);
}

/* When this fails, nothing is lost but that it was used. */
static void write_use(struct yx_login *login, const struct finding *finding,
                      const struct yx_login_policy *policy, yx_time now)
{
    int64_t part = policy->session_idle / WRITE_PART;
    int64_t pause = part == 0 || part > WRITE_SECONDS ? WRITE_SECONDS : part;
    struct use use = {finding->who.session, now};

    if (!yx_login_is_within(now, finding->used_at, pause))
        (void)yx_store_write(login->store, use_work, &use, NULL);
}

/* HMAC-SM3 of a fixed text with the cookie as the key. */
static yx_status draw_csrf(const char *cookie, char out[YX_TOKEN_TEXT], struct yx_error *err)
{
    uint8_t mac[YX_DIGEST_MAX];

    YX_TRY(yx_hmac(YX_DIGEST_SM3, YX_TEXT(cookie), YX_TEXT("yinxin: forged requests"), mac, err));
    yx_token_write(mac, out);
    return YX_OK;
}

yx_status yx_login_session_find(struct yx_login *login, const char *cookie, yx_time now,
                                struct yx_login_who *out, struct yx_error *err)
{
    struct finding finding = {0};
    struct yx_login_policy policy;
    uint8_t octets[YX_TOKEN_OCTETS];

    yx_login_get_policy(login, &policy);
    if (cookie != NULL && yx_token_read(cookie, octets)) {
        YX_TRY(yx_token_digest(cookie, finding.digest, err));
        YX_TRY(yx_store_read(login->store, find_work, &finding, err));
    }
    YX_REQUIRE(is_alive(&finding, &policy, now), err, YX_REFUSED, YX_LOGIN_RULE,
               N_("nobody is logged in here, or not any more"));
    finding.who.recent = yx_login_is_within(now, finding.who.authenticated_at, policy.recent);
    finding.who.password_old = is_old(&finding, &policy, now);
    finding.who.duty = duty_of(&finding, &policy);
    YX_TRY(draw_csrf(cookie, finding.who.csrf, err));
    write_use(login, &finding, &policy, now);
    *out = finding.who;
    return YX_OK;
}

bool yx_login_csrf_matches(const struct yx_login_who *who, const char *token)
{
    return token != NULL && who->csrf[0] != '\0' &&
           yx_bytes_equal_secret(YX_TEXT(token), YX_TEXT(who->csrf));
}

/* --- Opened ---------------------------------------------------------------------------------- */

/* The oldest ones give way, so that there are fewer than may be. */
static yx_status make_room(struct yx_tx *tx, const char *account, int64_t most,
                           struct yx_error *err)
{
    const struct yx_value key[] = {yx_value_text(account), yx_value_integer(most - 1)};

    if (most <= 0)
        return YX_OK;
    return yx_tx_run(tx,
                     "DELETE FROM login_session WHERE account = $1 AND id NOT IN"
                     " (SELECT id FROM login_session WHERE account = $1 ORDER BY id DESC LIMIT $2)",
                     key, 2, NULL, err);
}

yx_status yx_login_session_open(struct yx_tx *tx, const struct yx_login_opening *opening,
                                struct yx_error *err)
{
    const struct yx_login_policy *policy = opening->policy;
    yx_time now = opening->now;
    uint8_t digest[32];
    char agent[AGENT_MAX + 1];

    (void)snprintf(agent, sizeof agent, "%s", opening->agent == NULL ? "" : opening->agent);
    if (!yx_utf8_valid(YX_TEXT(agent)))
        agent[0] = '\0';
    YX_TRY(make_room(tx, opening->account, policy->session_max, err));
    YX_TRY(yx_token_digest(opening->token, digest, err));
    const struct yx_value row[] = {
        yx_value_text(opening->id),
        yx_value_blob(YX_BYTES(digest, sizeof digest)),
        yx_value_text(opening->account),
        yx_value_integer(opening->methods),
        yx_value_time(now),
        yx_value_time(now + policy->session_life * YX_SECOND),
        yx_value_text(opening->address == NULL ? "" : opening->address),
        yx_value_text(agent),
    };
    return yx_tx_run(tx,
                     "INSERT INTO login_session (id, digest, account, methods, opened_at,"
                     " authenticated_at, used_at, until_at, address, agent)"
                     " VALUES ($1, $2, $3, $4, $5, $5, $5, $6, $7, $8)",
                     row, 8, NULL, err);
}

yx_status yx_login_session_renew(struct yx_tx *tx, const struct yx_login_opening *opening,
                                 struct yx_error *err)
{
    uint8_t digest[32];
    int64_t changed = 0;

    YX_TRY(yx_token_digest(opening->token, digest, err));
    const struct yx_value row[] = {
        yx_value_text(opening->id),
        yx_value_text(opening->account),
        yx_value_blob(YX_BYTES(digest, sizeof digest)),
        yx_value_integer(opening->methods),
        yx_value_time(opening->now),
    };
    YX_TRY(yx_tx_run(tx,
                     "UPDATE login_session SET digest = $3, methods = $4, authenticated_at = $5,"
                     " used_at = $5 WHERE id = $1 AND account = $2",
                     row, 5, &changed, err));
    return changed == 1 ? YX_OK : yx_login_none(err);
}

/* --- Listed and ended ------------------------------------------------------------------------ */

struct listing {
    yx_login_each_session each;
    void *self;
};

static yx_status give(void *self, const struct yx_row *row, struct yx_error *err)
{
    const struct listing *listing = self;
    const struct yx_login_session session = {
        .id = yx_row_text(row, 0),
        .account = yx_row_text(row, 1),
        .methods = (unsigned)yx_row_integer(row, 2),
        .opened_at = yx_row_time(row, 3),
        .authenticated_at = yx_row_time(row, 4),
        .used_at = yx_row_time(row, 5),
        .until = yx_row_time(row, 6),
        .address = yx_row_text(row, 7),
        .agent = yx_row_text(row, 8),
    };

    return listing->each(listing->self, &session, err);
}

yx_status yx_login_session_list(struct yx_tx *tx, const char *account, const char *after,
                                int64_t limit, yx_login_each_session each, void *self,
                                struct yx_error *err)
{
    const struct yx_value page[] = {yx_value_text(account), yx_value_text(after),
                                    yx_value_integer(limit)};
    struct listing listing = {each, self};

    return yx_tx_query(tx,
                       "SELECT id, account, methods, opened_at, authenticated_at, used_at,"
                       " until_at, address, agent FROM login_session"
                       " WHERE account = $1 AND id > $2 ORDER BY id LIMIT $3",
                       page, 3, give, &listing, err);
}

yx_status yx_login_session_end(struct yx_tx *tx, const char *account, const char *session,
                               const struct yx_login_by *by, struct yx_error *err)
{
    const struct yx_value key[] = {yx_value_text(account), yx_value_text(session)};
    int64_t changed = 0;

    YX_TRY(yx_tx_run(tx, "DELETE FROM login_session WHERE account = $1 AND id = $2", key, 2,
                     &changed, err));
    if (changed == 0)
        return yx_login_none(err);
    return yx_login_leaf(tx, by, "session.end", account, json_pack("{s:s}", "session", session),
                         err);
}

yx_status yx_login_session_end_all(struct yx_tx *tx, const char *account, const char *except,
                                   const struct yx_login_by *by, struct yx_error *err)
{
    const struct yx_value key[] = {yx_value_text(account),
                                   yx_value_text(except == NULL ? "" : except)};
    int64_t changed = 0;

    YX_TRY(yx_tx_run(tx, "DELETE FROM login_session WHERE account = $1 AND id <> $2", key, 2,
                     &changed, err));
    return yx_login_leaf(tx, by, "session.end", account,
                         json_pack("{s:I}", "count", (json_int_t)changed), err);
}
