/* SPDX-License-Identifier: Apache-2.0 */
/* login/key.c - keys of systems: made, shown once, checked, revoked. */
#include "login/room.h"

#define RULE "keys of systems"
#define NAME_MAX_BYTES 100

/* --- Checked --------------------------------------------------------------------------------- */

struct check {
    const struct yx_login_request *request;
    struct yx_signed_request claim;
    struct yx_login_policy policy;
    /* What the database has. */
    bool found;
    struct yx_buf closed;
    char account[YX_UUID_TEXT];
    char parties[YX_LOGIN_KEY_PARTIES * (YX_LOGIN_ID_MAX + 1)];
    char addresses[512];
    yx_time expires_at, revoked_at;
    enum yx_login_state state;
    struct yx_login_who who;
};

static void check_free(struct check *check)
{
    yx_buf_free(&check->closed);
}
YX_DEFINE_CLEAN_VALUE(check, struct check, check_free);

static yx_status take_key(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct check *check = self;
    struct yx_login_who *who = &check->who;

    check->found = true;
    YX_LOGIN_COPY(who->account, yx_row_text(row, 0));
    YX_LOGIN_COPY(who->name, yx_row_text(row, 1));
    YX_LOGIN_COPY(who->party, yx_row_text(row, 2));
    YX_LOGIN_COPY(who->language, yx_row_text(row, 3));
    who->kind = (enum yx_login_kind)yx_row_integer(row, 4);
    check->state = (enum yx_login_state)yx_row_integer(row, 5);
    YX_LOGIN_COPY(who->permissions, yx_row_text(row, 7));
    YX_LOGIN_COPY(check->parties, yx_row_text(row, 8));
    YX_LOGIN_COPY(check->addresses, yx_row_text(row, 9));
    check->expires_at = yx_row_time(row, 10);
    check->revoked_at = yx_row_time(row, 11);
    yx_buf_free(&check->closed);
    return yx_buf_append(&check->closed, yx_row_blob(row, 6)) == YX_OK ? YX_OK
                                                                       : yx_fail_memory(err);
}

static yx_status find_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct check *check = self;
    const struct yx_value key = yx_value_text(check->claim.key);

    check->found = false;
    return yx_tx_query(tx,
                       "SELECT a.id, a.name, a.party, a.language, a.kind, a.state, k.secret,"
                       " k.permissions, k.parties, k.addresses, k.expires_at, k.revoked_at"
                       " FROM login_key k JOIN login_account a ON a.id = k.account WHERE k.id = $1",
                       &key, 1, take_key, check, err);
}

static yx_status check_signature(const struct yx_login *login, struct check *check,
                                 struct yx_error *err)
{
    const struct yx_signed_request *claim = &check->claim;
    YX_CLEAN(yx_buf) struct yx_buf secret = {0};
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    uint8_t mac[YX_DIGEST_MAX];
    bool right = check->found;

    if (right) {
        YX_TRY(yx_secret_open(&login->closing, claim->key, yx_buf_bytes(&check->closed), &secret,
                              err));
        YX_TRY(yx_signed_request_text(check->request->method, check->request->target, claim->time,
                                      claim->nonce, claim->body, &text, err));
        YX_TRY(yx_hmac(YX_DIGEST_SM3, yx_buf_bytes(&secret), yx_buf_bytes(&text), mac, err));
        right = yx_bytes_equal_secret(YX_BYTES(mac, 32), YX_BYTES(claim->signature, 32));
    }
    YX_REQUIRE(right, err, YX_REFUSED, YX_LOGIN_RULE,
               N_("there is no such key, or the request is not signed with it"));
    return YX_OK;
}

/* Whoever is told this has the secret. */
static yx_status check_use(const struct check *check, struct yx_error *err)
{
    const struct yx_login_request *request = check->request;

    YX_REQUIRE(check->revoked_at == YX_TIME_NONE, err, YX_REFUSED, YX_LOGIN_RULE,
               N_("this key was revoked at {1}"), YX_WHEN(check->revoked_at));
    YX_REQUIRE(request->now < check->expires_at, err, YX_REFUSED, YX_LOGIN_RULE,
               N_("this key ran out at {1}"), YX_WHEN(check->expires_at));
    YX_REQUIRE(check->state == YX_LOGIN_ACTIVE, err, YX_REFUSED, YX_LOGIN_RULE,
               N_("the account of this key is not active"));
    YX_REQUIRE(yx_login_addresses_have(check->addresses, request->address), err, YX_REFUSED,
               YX_LOGIN_RULE, N_("this key does not serve the address {1}"),
               request->address == NULL ? "?" : request->address);
    YX_REQUIRE(yx_login_is_within(request->now, check->claim.at, check->policy.key_window), err,
               YX_REFUSED, YX_LOGIN_RULE, N_("the request says {1}, and it is {2}"),
               check->claim.time, YX_WHEN(request->now));
    return YX_OK;
}

/* The nonce comes once, over all nodes; and the key was used, to the minute. */
static yx_status use_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct check *check = self;
    const struct yx_value row[] = {yx_value_text(check->claim.key),
                                   yx_value_time(check->request->now),
                                   yx_value_time(check->request->now - 60 * YX_SECOND)};

    YX_TRY(yx_login_use_once(tx, check->claim.key, check->claim.nonce,
                             check->claim.at + (check->policy.key_window + 1) * YX_SECOND, err));
    return yx_tx_run(tx,
                     "UPDATE login_key SET used_at = $2 WHERE id = $1"
                     " AND (used_at IS NULL OR used_at < $3)",
                     row, 3, NULL, err);
}

static yx_status use(struct yx_login *login, struct check *check, struct yx_error *err)
{
    struct yx_error inner = {0};
    yx_status status = yx_store_write(login->store, use_work, check, &inner);

    YX_REQUIRE(status != YX_REFUSED || strcmp(inner.rule, YX_STORE_UNIQUE) != 0, err, YX_REFUSED,
               YX_LOGIN_RULE, N_("this nonce came before: every request has one of its own"));
    if (status != YX_OK && err != NULL)
        *err = inner;
    return status;
}

static void take_parties(struct yx_login_who *who, char *parties)
{
    char *rest = NULL;

    for (char *party = strtok_r(parties, " ", &rest);
         party != NULL && who->party_count < YX_LOGIN_KEY_PARTIES;
         party = strtok_r(NULL, " ", &rest))
        YX_LOGIN_COPY(who->parties[who->party_count++], party);
}

yx_status yx_login_key_check(struct yx_login *login, const struct yx_login_request *request,
                             struct yx_login_who *out, struct yx_error *err)
{
    YX_CLEAN(check) struct check check = {.request = request};

    YX_TRY(yx_signed_request_read(request->authorization, &check.claim, err));
    yx_login_get_policy(login, &check.policy);
    YX_TRY(yx_store_read(login->store, find_work, &check, err));
    YX_TRY(check_signature(login, &check, err));
    YX_TRY(check_use(&check, err));
    YX_TRY(use(login, &check, err));
    take_parties(&check.who, check.parties);
    check.who.methods = YX_LOGIN_BY_KEY;
    check.who.recent = true;
    check.who.until = check.expires_at;
    check.who.authenticated_at = request->now;
    YX_LOGIN_COPY(check.who.key, check.claim.key);
    memcpy(check.who.body, check.claim.body, sizeof check.who.body);
    *out = check.who;
    return YX_OK;
}

yx_status yx_login_body_matches(const struct yx_login_who *who, const uint8_t digest[32],
                                struct yx_error *err)
{
    YX_REQUIRE(yx_bytes_equal_secret(YX_BYTES(who->body, 32), YX_BYTES(digest, 32)), err,
               YX_REFUSED, YX_LOGIN_RULE, N_("the body is not the one that was signed"));
    return YX_OK;
}

bool yx_login_key_allows(const struct yx_login_who *who, const char *permission)
{
    size_t len = strlen(permission);

    if (who->key[0] == '\0')
        return true;
    for (const char *at = who->permissions; *at != '\0'; at += strspn(at, " ")) {
        size_t word = strcspn(at, " ");

        if (word == len && memcmp(at, permission, len) == 0)
            return true;
        at += word;
    }
    return false;
}

/* --- Made ------------------------------------------------------------------------------------ */

yx_status yx_login_secret_make(struct yx_login_secret *out, struct yx_error *err)
{
    return yx_token_make(out->text, err);
}

/* Words with one space between them; how many. */
static bool count_words(const char *text, const char *allowed, size_t longest, size_t *count)
{
    *count = 0;
    while (*text != '\0') {
        size_t len = strspn(text, allowed);

        if (len == 0 || len > longest)
            return false;
        text += len;
        ++*count;
        if (*text == ' ' && text[1] != '\0')
            text++;
        else if (*text != '\0')
            return false;
    }
    return true;
}

static yx_status check_wanted(const struct yx_login_new_key *wanted, yx_time now,
                              struct yx_error *err)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz.-";
    static const char ids[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    const char *parties = wanted->parties == NULL ? "" : wanted->parties;
    const char *addresses = wanted->addresses == NULL ? "" : wanted->addresses;
    size_t count, len = strlen(wanted->name);

    YX_REQUIRE(len > 0 && len <= NAME_MAX_BYTES && yx_utf8_valid(YX_TEXT(wanted->name)), err,
               YX_USAGE, RULE, N_("the name of a key has 1 to {1} bytes"), YX_NUM(NAME_MAX_BYTES));
    YX_REQUIRE(strlen(wanted->permissions) < YX_LOGIN_KEY_PERMISSIONS &&
                   count_words(wanted->permissions, letters, 64, &count) && count > 0,
               err, YX_USAGE, RULE, N_("a key needs permissions, by their names"));
    YX_REQUIRE(count_words(parties, ids, YX_LOGIN_ID_MAX, &count) && count <= YX_LOGIN_KEY_PARTIES,
               err, YX_USAGE, RULE, N_("a key is for {1} parties at most, by their ids"),
               YX_NUM(YX_LOGIN_KEY_PARTIES));
    YX_REQUIRE(strlen(addresses) < 512 && yx_login_addresses_valid(addresses), err, YX_USAGE, RULE,
               N_("addresses are written 192.0.2.0/24,2001:db8::/32"));
    YX_REQUIRE(wanted->expires_at > now, err, YX_USAGE, RULE, N_("a key ends in the future"));
    return YX_OK;
}

static yx_status check_account(struct yx_tx *tx, const char *id, struct yx_error *err)
{
    struct yx_login_account account;

    YX_TRY(yx_login_account_find(tx, id, &account, err));
    YX_REQUIRE(account.kind == YX_LOGIN_SYSTEM, err, YX_REFUSED, RULE,
               N_("{1} is a person: keys are for systems"), account.name);
    YX_REQUIRE(account.state == YX_LOGIN_ACTIVE, err, YX_REFUSED, RULE,
               N_("the account {1} is not active"), account.name);
    return YX_OK;
}

yx_status yx_login_key_make(struct yx_login *login, struct yx_tx *tx,
                            const struct yx_login_new_key *wanted,
                            const struct yx_login_secret *secret, const struct yx_login_by *by,
                            char id[YX_UUID_TEXT], struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf closed = {0};

    YX_TRY(check_wanted(wanted, by->now, err));
    YX_TRY(check_account(tx, wanted->account, err));
    YX_TRY(yx_uuid_make(by->now, id, err));
    YX_TRY(yx_secret_close(&login->closing, id, YX_TEXT(secret->text), &closed, err));
    const struct yx_value row[] = {
        yx_value_text(id),
        yx_value_text(wanted->account),
        yx_value_text(wanted->name),
        yx_value_blob(yx_buf_bytes(&closed)),
        yx_value_text(wanted->permissions),
        yx_value_text(wanted->parties == NULL ? "" : wanted->parties),
        yx_value_text(wanted->addresses == NULL ? "" : wanted->addresses),
        yx_value_time(by->now),
        yx_value_time(wanted->expires_at),
    };
    YX_TRY(yx_tx_run(tx,
                     "INSERT INTO login_key (id, account, name, secret, permissions, parties,"
                     " addresses, made_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                     row, 9, NULL, err));
    return yx_login_leaf(tx, by, "key.make", wanted->account,
                         json_pack("{s:s, s:s, s:s, s:s, s:s}", "key", id, "permissions",
                                   wanted->permissions, "parties",
                                   wanted->parties == NULL ? "" : wanted->parties, "addresses",
                                   wanted->addresses == NULL ? "" : wanted->addresses, "expires",
                                   YX_WHEN(wanted->expires_at)),
                         err);
}

/* --- Listed and revoked ---------------------------------------------------------------------- */

#define COLUMNS                                                                                \
    "SELECT id, account, name, permissions, parties, addresses, made_at, expires_at, used_at," \
    " revoked_at FROM login_key"

static struct yx_login_key key_of(const struct yx_row *row)
{
    struct yx_login_key key = {
        .made_at = yx_row_time(row, 6),
        .expires_at = yx_row_time(row, 7),
        .used_at = yx_row_time(row, 8),
        .revoked_at = yx_row_time(row, 9),
    };

    YX_LOGIN_COPY(key.id, yx_row_text(row, 0));
    YX_LOGIN_COPY(key.account, yx_row_text(row, 1));
    YX_LOGIN_COPY(key.name, yx_row_text(row, 2));
    YX_LOGIN_COPY(key.permissions, yx_row_text(row, 3));
    YX_LOGIN_COPY(key.parties, yx_row_text(row, 4));
    YX_LOGIN_COPY(key.addresses, yx_row_text(row, 5));
    return key;
}

struct listing {
    yx_login_each_key each;
    void *self;
};

static yx_status give(void *self, const struct yx_row *row, struct yx_error *err)
{
    const struct listing *listing = self;
    const struct yx_login_key key = key_of(row);

    return listing->each(listing->self, &key, err);
}

yx_status yx_login_key_list(struct yx_tx *tx, const char *account, const char *after, int64_t limit,
                            yx_login_each_key each, void *self, struct yx_error *err)
{
    const struct yx_value page[] = {yx_value_text(after), yx_value_integer(limit),
                                    yx_value_text(account)};
    struct listing listing = {each, self};

    if (account == NULL)
        return yx_tx_query(tx, COLUMNS " WHERE id > $1 ORDER BY id LIMIT $2", page, 2, give,
                           &listing, err);
    return yx_tx_query(tx, COLUMNS " WHERE account = $3 AND id > $1 ORDER BY id LIMIT $2", page, 3,
                       give, &listing, err);
}

static yx_status take_one(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(struct yx_login_key *)self = key_of(row);
    return YX_OK;
}

yx_status yx_login_key_find(struct yx_tx *tx, const char *id, struct yx_login_key *out,
                            struct yx_error *err)
{
    const struct yx_value key = yx_value_text(id);
    struct yx_login_key found = {0};

    YX_TRY(yx_tx_query(tx, COLUMNS " WHERE id = $1", &key, 1, take_one, &found, err));
    if (found.id[0] == '\0')
        return yx_login_none(err);
    *out = found;
    return YX_OK;
}

yx_status yx_login_key_revoke(struct yx_tx *tx, const char *id, const struct yx_login_by *by,
                              struct yx_error *err)
{
    const struct yx_value row[] = {yx_value_text(id), yx_value_time(by->now)};
    struct yx_login_key key = {0};

    YX_TRY(yx_login_key_find(tx, id, &key, err));
    YX_REQUIRE(key.revoked_at == YX_TIME_NONE, err, YX_REFUSED, RULE,
               N_("this key was revoked at {1}"), YX_WHEN(key.revoked_at));
    YX_TRY(yx_tx_run(tx, "UPDATE login_key SET revoked_at = $2 WHERE id = $1", row, 2, NULL, err));
    return yx_login_leaf(tx, by, "key.revoke", key.account, json_pack("{s:s}", "key", id), err);
}
