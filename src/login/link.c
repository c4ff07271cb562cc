/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login/link.c - one-time links, with which somebody who has no password sets one: who was invited,
 * who forgot it (SEC-16), whose account was recovered. The database has their digest alone; an
 * account has one at a time.
 */
#include "login/room.h"

#define RULE "one-time links"
#define FIRST_NAME "admin"

static const char *const purposes[] = {"invite", "reset", "recover"};

const char *yx_login_purpose_name(enum yx_login_purpose purpose)
{
    return purposes[purpose];
}

/* --- Made ------------------------------------------------------------------------------------ */

yx_status yx_login_link_make(struct yx_tx *tx, const char *account, enum yx_login_purpose purpose,
                             const struct yx_login_secret *secret, int64_t seconds,
                             const struct yx_login_by *by, struct yx_error *err)
{
    struct yx_login_account found;
    uint8_t digest[32];

    YX_TRY(yx_login_account_find(tx, account, &found, err));
    YX_REQUIRE(found.kind == YX_LOGIN_PERSON, err, YX_REFUSED, RULE,
               N_("{1} is a system: it has keys and no password"), found.name);
    YX_REQUIRE(found.state == YX_LOGIN_ACTIVE || found.state == YX_LOGIN_INVITED, err, YX_REFUSED,
               RULE, N_("the account {1} is locked, or was removed"), found.name);
    YX_REQUIRE(by->account == NULL || strcmp(by->account, account) != 0, err, YX_REFUSED, RULE,
               N_("nobody does this to their own account"));
    YX_TRY(yx_token_digest(secret->text, digest, err));
    const struct yx_value row[] = {yx_value_blob(YX_BYTES(digest, sizeof digest)),
                                   yx_value_text(account), yx_value_integer(purpose),
                                   yx_value_time(by->now + seconds * YX_SECOND)};
    YX_TRY(yx_login_drop(tx, YX_LOGIN_DROP_LINKS, account, err));
    YX_TRY(yx_tx_run(tx,
                     "INSERT INTO login_link (digest, account, purpose, until_at)"
                     " VALUES ($1, $2, $3, $4)",
                     row, 4, NULL, err));
    return yx_login_leaf(tx, by, "account.link", account,
                         json_pack("{s:s}", "purpose", purposes[purpose]), err);
}

static yx_status take_count(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

yx_status yx_login_first(struct yx_tx *tx, const struct yx_login_secret *secret, int64_t seconds,
                         const struct yx_login_by *by, char account[YX_UUID_TEXT], bool *made,
                         struct yx_error *err)
{
    const struct yx_login_new_account first = {.name = FIRST_NAME, .kind = YX_LOGIN_PERSON};
    int64_t count = 0;

    *made = false;
    YX_TRY(yx_tx_query(tx, "SELECT count(*) FROM login_account", NULL, 0, take_count, &count, err));
    if (count > 0)
        return YX_OK;
    YX_TRY(yx_login_account_make(tx, &first, by, account, err));
    YX_TRY(yx_login_link_make(tx, account, YX_LOGIN_INVITE, secret, seconds, by, err));
    *made = true;
    return YX_OK;
}

/* --- Used ------------------------------------------------------------------------------------ */

struct redeeming {
    uint8_t digest[32];
    const struct yx_login_redemption *redemption;
    struct yx_login_new_password password;
    /* What the database has. */
    char account[YX_UUID_TEXT]; /* "": there is no such link */
    enum yx_login_purpose purpose;
    yx_time until;
};

static yx_status take_link(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct redeeming *redeeming = self;

    (void)err;
    YX_LOGIN_COPY(redeeming->account, yx_row_text(row, 0));
    redeeming->purpose = (enum yx_login_purpose)yx_row_integer(row, 1);
    redeeming->until = yx_row_time(row, 2);
    return YX_OK;
}

static yx_status find(struct redeeming *redeeming, struct yx_tx *tx, yx_time now,
                      struct yx_error *err)
{
    const struct yx_value key = yx_value_blob(YX_BYTES(redeeming->digest, 32));

    redeeming->account[0] = '\0';
    YX_TRY(yx_tx_query(tx, "SELECT account, purpose, until_at FROM login_link WHERE digest = $1",
                       &key, 1, take_link, redeeming, err));
    YX_REQUIRE(redeeming->account[0] != '\0' && now < redeeming->until, err, YX_REFUSED,
               YX_LOGIN_RULE, N_("this link is not good, or not any more"));
    return YX_OK;
}

static yx_status find_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct redeeming *redeeming = self;

    return find(redeeming, tx, redeeming->redemption->now, err);
}

static yx_status redeem_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct redeeming *redeeming = self;
    const struct yx_login_redemption *redemption = redeeming->redemption;
    const char *account = redeeming->account;
    char actor[YX_UUID_TEXT + 16];
    struct yx_login_account found;

    YX_TRY(find(redeeming, tx, redemption->now, err));
    YX_TRY(yx_login_account_find(tx, account, &found, err));
    YX_TRY(yx_login_drop(tx, YX_LOGIN_DROP_LINKS, account, err));
    if (found.state == YX_LOGIN_INVITED)
        YX_TRY(yx_login_state_set(tx, account, YX_LOGIN_ACTIVE, err));
    /* What opened it before is lost, or in other hands. */
    if (redeeming->purpose == YX_LOGIN_RECOVER) {
        YX_TRY(yx_login_drop(tx, YX_LOGIN_DROP_TOTP, account, err));
        YX_TRY(yx_login_drop(tx, YX_LOGIN_DROP_CODES, account, err));
        YX_TRY(yx_login_drop(tx, YX_LOGIN_DROP_CERTIFICATES, account, err));
    }
    (void)snprintf(actor, sizeof actor, "account:%s", account);
    return yx_login_password_put(tx, account, &redeeming->password, NULL,
                                 &(struct yx_login_by){.actor = actor,
                                                       .account = account,
                                                       .from = redemption->address,
                                                       .now = redemption->now},
                                 err);
}

yx_status yx_login_redeem(struct yx_login *login, const struct yx_login_redemption *redemption,
                          char account[YX_UUID_TEXT], struct yx_error *err)
{
    struct redeeming redeeming = {.redemption = redemption};

    YX_TRY(yx_token_digest(redemption->token, redeeming.digest, err));
    YX_TRY(yx_store_read(login->store, find_work, &redeeming, err));
    YX_TRY(yx_login_password_prepare(login, redeeming.account, redemption->password,
                                     redemption->names, &redeeming.password, err));
    YX_TRY(yx_store_write(login->store, redeem_work, &redeeming, err));
    memcpy(account, redeeming.account, YX_UUID_TEXT);
    return YX_OK;
}

struct asking {
    struct redeeming redeeming;
    yx_time now;
    struct yx_login_account account;
};

static yx_status ask_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct asking *asking = self;

    YX_TRY(find(&asking->redeeming, tx, asking->now, err));
    return yx_login_account_find(tx, asking->redeeming.account, &asking->account, err);
}

yx_status yx_login_link_party(struct yx_login *login, const char *token, yx_time now,
                              char party[YX_LOGIN_ID_MAX + 1], struct yx_error *err)
{
    struct asking asking = {.now = now};

    YX_TRY(yx_token_digest(token, asking.redeeming.digest, err));
    YX_TRY(yx_store_read(login->store, ask_work, &asking, err));
    (void)snprintf(party, YX_LOGIN_ID_MAX + 1, "%s", asking.account.party);
    return YX_OK;
}
