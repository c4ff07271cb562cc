/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apipeople/account.c - accounts, by those who manage them. An account is reached through the party
 * behind it: who manages the people of one organisation finds no others.
 *
 *   GET   /api/v1/accounts
 *   POST  /api/v1/accounts                      {name, kind, party, language}
 *   GET   /api/v1/accounts/{account}
 *   PATCH /api/v1/accounts/{account}            {party, language}
 *   POST  /api/v1/accounts/{account}/lock       {reason}; also /remove
 *   POST  /api/v1/accounts/{account}/unlock
 *   POST  /api/v1/accounts/{account}/link       a one-time link for a first or another password
 *   POST  /api/v1/accounts/{account}/password   {password}: for a start
 *   POST  /api/v1/accounts/{account}/sessions/end
 */
#include <stdlib.h>

#include "apipeople/room.h"

#define PATH "/api/v1/accounts"

/* --- Shown ----------------------------------------------------------------------------------- */

static json_t *describe(const struct yx_login_account *account)
{
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:b, s:b, s:b}", "id", account->id, "name",
        account->name, "party", account->party, "kind", yx_login_kind_name(account->kind), "state",
        yx_login_state_name(account->state), "language", account->language, "made_at",
        yx_api_time(account->made_at), "password_at", yx_api_time(account->password_at),
        "password_initial", account->password_initial, "password_locked",
        account->password_locked_at != YX_TIME_NONE, "codes", account->totp);
}

static yx_status find_account(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct yx_api_found *found = self;
    struct yx_login_account account;

    YX_TRY(yx_api_require_account(found->call, tx, found->call->http->ids[0], &account, err));
    return yx_api_found_take(found, describe(&account), err);
}

static yx_status get_account(struct yx_api_call *call, struct yx_error *err)
{
    return yx_api_get(call, find_account, err);
}

/* --- Listed: those that the asker may see -------------------------------------------------- */

/* Each part looks at so many batches of accounts, so that whoever may see few of many does not keep
 * the service busy: a part may be short, or empty, and yet not be the last one. */
#define BATCHES_MAX 10

struct batch {
    struct yx_login_account *accounts;
    size_t count;
    bool all; /* without a look at each */
};

static yx_status take_account(void *self, const struct yx_login_account *account,
                              struct yx_error *err)
{
    struct batch *batch = self;

    (void)err;
    batch->accounts[batch->count++] = *account;
    return YX_OK;
}

/* Whether the asker may; an error is what went wrong while that was asked. */
static yx_status may_see(const struct yx_api_call *call, struct yx_tx *tx, const char *party,
                         bool *may, struct yx_error *err)
{
    struct yx_error inner = {0};
    yx_status status = yx_api_require_party(call, tx, party, &inner);

    *may = status == YX_OK;
    if (status == YX_OK || status == YX_REFUSED)
        return YX_OK;
    if (err != NULL)
        *err = inner;
    return status;
}

static yx_status add_batch(const struct batch *batch, struct yx_tx *tx, struct yx_api_page *page,
                           struct yx_error *err)
{
    for (size_t i = 0; i < batch->count && !page->more; i++) {
        const struct yx_login_account *account = &batch->accounts[i];
        bool may = batch->all;

        if (!may && account->party[0] != '\0')
            YX_TRY(may_see(page->call, tx, account->party, &may, err));
        if (may)
            YX_TRY(yx_api_page_add(page, account->name, describe(account), err));
    }
    return YX_OK;
}

static yx_status list_accounts(void *self, struct yx_tx *tx, struct yx_api_page *page,
                               struct yx_error *err)
{
    struct batch *batch = self;
    char after[YX_API_AFTER_MAX];

    YX_TRY(may_see(page->call, tx, NULL, &batch->all, err));
    (void)snprintf(after, sizeof after, "%s", page->after);
    for (int i = 0; i < BATCHES_MAX; i++) {
        batch->count = 0;
        YX_TRY(yx_login_account_list(tx, after, YX_API_PAGE_MAX, take_account, batch, err));
        YX_TRY(add_batch(batch, tx, page, err));
        if (batch->count < YX_API_PAGE_MAX || page->more)
            return YX_OK;
        (void)snprintf(after, sizeof after, "%s", batch->accounts[batch->count - 1].name);
    }
    yx_api_page_more(page, after);
    return YX_OK;
}

static yx_status get_accounts(struct yx_api_call *call, struct yx_error *err)
{
    struct batch batch = {.accounts = calloc(YX_API_PAGE_MAX, sizeof *batch.accounts)};
    yx_status status = batch.accounts == NULL ? yx_fail_memory(err)
                                              : yx_api_list(call, list_accounts, &batch, err);

    free(batch.accounts);
    return status;
}

/* --- Made and changed ------------------------------------------------------------------------ */

struct entry {
    const struct yx_api_call *call;
    const char *name, *party, *language;
    int kind;
};
static const char *const kinds[] = {
    [YX_LOGIN_PERSON] = "person", [YX_LOGIN_SYSTEM] = "system", NULL};
static const struct yx_json_member make_members[] = {
    {"name", YX_JSON_TEXT, true, 1, YX_LOGIN_NAME_MAX, YX_JSON_AT(struct entry, name)},
    {"kind", YX_JSON_CHOICE, false, 0, 0, YX_JSON_AT(struct entry, kind), kinds},
    {"party", YX_JSON_ID, false, 0, 0, YX_JSON_AT(struct entry, party)},
    {"language", YX_JSON_TEXT, false, 2, 2, YX_JSON_AT(struct entry, language)},
    YX_JSON_END,
};
static const struct yx_json_member change_members[] = {
    {"party", YX_JSON_ID, false, 0, 0, YX_JSON_AT(struct entry, party)},
    {"language", YX_JSON_TEXT, false, 2, 2, YX_JSON_AT(struct entry, language)},
    YX_JSON_END,
};

/* There is such a party, and the asker may do this to it; NULL: to everything. */
static yx_status require_party(const struct entry *entry, struct yx_tx *tx, struct yx_error *err)
{
    bool is_there = true;

    if (entry->party != NULL)
        YX_TRY(yx_party_is_within(tx, entry->party, entry->party, &is_there, err));
    YX_REQUIRE(is_there, err, YX_REFUSED, YX_PARTY_MISSING, N_("there is no party {1}"),
               entry->party);
    return yx_api_require_party(entry->call, tx, entry->party, err);
}

static yx_status make(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                      struct yx_error *err)
{
    const struct entry *entry = self;
    const struct yx_login_by by = yx_api_by(entry->call);
    const struct yx_login_new_account wanted = {.name = entry->name,
                                                .party = entry->party,
                                                .language = entry->language,
                                                .kind = (enum yx_login_kind)entry->kind};
    struct yx_login_account account;
    char id[YX_UUID_TEXT];

    YX_TRY(require_party(entry, tx, err));
    YX_TRY(yx_login_account_make(tx, &wanted, &by, id, err));
    YX_TRY(yx_login_account_find(tx, id, &account, err));
    yx_api_made(outcome, PATH, "account", id);
    yx_api_concerns(outcome, account.party);
    outcome->body = describe(&account);
    return yx_api_details(outcome,
                          json_pack("{s:s, s:s, s:s}", "name", account.name, "kind",
                                    yx_login_kind_name(account.kind), "party", account.party),
                          err);
}

static yx_status post_account(struct yx_api_call *call, struct yx_error *err)
{
    struct entry entry = {.call = call};

    YX_TRY(yx_json_members(call->body, make_members, &entry, err));
    return yx_api_change(call, make, &entry, err);
}

static yx_status change(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                        struct yx_error *err)
{
    const struct entry *entry = self;
    const struct yx_login_by by = yx_api_by(entry->call);
    const char *id = entry->call->http->ids[0];
    struct yx_login_account account;

    YX_TRY(yx_api_require_account(entry->call, tx, id, &account, err));
    YX_REQUIRE(entry->party == NULL || strcmp(by.account, id) != 0, err, YX_REFUSED,
               YX_LOGIN_TWO_PEOPLE, N_("nobody does this to their own account"));
    if (entry->party != NULL)
        YX_TRY(require_party(entry, tx, err));
    YX_TRY(yx_login_account_change(tx, id, entry->party, entry->language, &by, err));
    YX_TRY(yx_login_account_find(tx, id, &account, err));
    yx_api_about(outcome, "account", id);
    yx_api_concerns(outcome, account.party);
    outcome->body = describe(&account);
    YX_TRY(yx_api_details(
        outcome, json_pack("{s:s, s:s}", "party", account.party, "language", account.language),
        err));
    return outcome->body == NULL ? yx_fail_memory(err) : YX_OK;
}

static yx_status patch_account(struct yx_api_call *call, struct yx_error *err)
{
    struct entry entry = {.call = call};

    YX_TRY(yx_json_members(call->body, change_members, &entry, err));
    return yx_api_change(call, change, &entry, err);
}

/* --- Acts upon an account ------------------------------------------------------------------ */

struct act {
    const struct yx_api_call *call;
    yx_status (*run)(struct yx_tx *tx, const struct act *act, const struct yx_login_by *by,
                     struct yx_error *err);
    const char *id;
    const char *reason, *password;
    struct yx_login_new_password prepared;
};
static const struct yx_json_member reason_members[] = {
    {"reason", YX_JSON_LINES, true, 1, 150, YX_JSON_AT(struct act, reason)},
    YX_JSON_END,
};

static yx_status act_work(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                          struct yx_error *err)
{
    const struct act *act = self;
    const struct yx_login_by by = yx_api_by(act->call);
    struct yx_login_account account;

    YX_TRY(yx_api_require_account(act->call, tx, act->id, &account, err));
    yx_api_about(outcome, "account", act->id);
    yx_api_concerns(outcome, account.party);
    if (act->reason != NULL)
        YX_TRY(yx_api_details(outcome, json_pack("{s:s}", "reason", act->reason), err));
    return act->run(tx, act, &by, err);
}

/* With a reason in the body, or without. */
static yx_status do_act(struct yx_api_call *call, struct act *act, bool reason,
                        struct yx_error *err)
{
    static const struct yx_json_member nothing[] = {YX_JSON_END};

    act->call = call;
    act->id = call->http->ids[0];
    YX_TRY(yx_json_members(call->body, reason ? reason_members : nothing, act, err));
    return yx_api_change(call, act_work, act, err);
}

static yx_status lock(struct yx_tx *tx, const struct act *act, const struct yx_login_by *by,
                      struct yx_error *err)
{
    bool last;

    YX_TRY(yx_party_is_last_administrator(tx, act->id, act->call->now, &last, err));
    YX_REQUIRE(!last, err, YX_REFUSED, YX_PARTY_SEPARATION,
               N_("somebody must stay who administers security everywhere and without end"));
    return yx_login_account_lock(tx, act->id, act->reason, by, err);
}

static yx_status post_lock(struct yx_api_call *call, struct yx_error *err)
{
    return do_act(call, &(struct act){.run = lock}, true, err);
}

static yx_status unlock(struct yx_tx *tx, const struct act *act, const struct yx_login_by *by,
                        struct yx_error *err)
{
    return yx_login_account_unlock(tx, act->id, by, err);
}

static yx_status post_unlock(struct yx_api_call *call, struct yx_error *err)
{
    return do_act(call, &(struct act){.run = unlock}, false, err);
}

/* Its grants end with it; the last administrator of security stays. */
static yx_status end_account(struct yx_tx *tx, const struct act *act, const struct yx_login_by *by,
                             struct yx_error *err)
{
    char actor[YX_API_ACTOR];

    yx_api_actor(&act->call->who, actor);
    YX_TRY(yx_login_account_remove(tx, act->id, act->reason, by, err));
    return yx_party_revoke_all(tx, act->id, actor, act->call->now, err);
}

static yx_status post_remove(struct yx_api_call *call, struct yx_error *err)
{
    return do_act(call, &(struct act){.run = end_account}, true, err);
}

static yx_status end_sessions(struct yx_tx *tx, const struct act *act, const struct yx_login_by *by,
                              struct yx_error *err)
{
    return yx_login_session_end_all(tx, act->id, NULL, by, err);
}

static yx_status post_end_sessions(struct yx_api_call *call, struct yx_error *err)
{
    return do_act(call, &(struct act){.run = end_sessions}, false, err);
}

/* --- What opens it --------------------------------------------------------------------------- */

struct link {
    const struct yx_api_call *call;
    struct yx_login_secret secret;
    int64_t seconds;
};
static void link_free(struct link *link)
{
    yx_wipe(&link->secret, sizeof link->secret);
}
YX_DEFINE_CLEAN_VALUE(link, struct link, link_free);

static yx_status make_link(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                           struct yx_error *err)
{
    const struct link *link = self;
    const struct yx_login_by by = yx_api_by(link->call);
    const char *id = link->call->http->ids[0];
    struct yx_login_account account;
    enum yx_login_purpose purpose;

    YX_TRY(yx_api_require_reset(link->call, tx, id, &account, err));
    purpose = account.state == YX_LOGIN_INVITED ? YX_LOGIN_INVITE : YX_LOGIN_RESET;
    YX_TRY(yx_login_link_make(tx, id, purpose, &link->secret, link->seconds, &by, err));
    yx_api_about(outcome, "account", id);
    outcome->status = 201;
    outcome->body = json_pack("{s:s, s:o}", "purpose", yx_login_purpose_name(purpose), "until",
                              yx_api_time(link->call->now + link->seconds * YX_SECOND));
    outcome->once = json_pack("{s:s}", "token", link->secret.text);
    YX_TRY(yx_api_details(outcome, json_pack("{s:s}", "purpose", yx_login_purpose_name(purpose)),
                          err));
    return outcome->once == NULL ? yx_fail_memory(err) : YX_OK;
}

static yx_status post_account_link(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(link) struct link link = {.call = call};
    struct yx_login_policy policy;

    YX_TRY(yx_api_nothing(call, err));
    yx_login_get_policy(call->services->login, &policy);
    link.seconds = policy.link_seconds;
    YX_TRY(yx_login_secret_make(&link.secret, err));
    return yx_api_change(call, make_link, &link, err);
}

static const struct yx_json_member password_members[] = {
    {"password", YX_JSON_TEXT, true, 1, 1000, YX_JSON_AT(struct act, password)},
    YX_JSON_END,
};

static yx_status give_password(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                               struct yx_error *err)
{
    const struct act *act = self;
    const struct yx_login_by by = yx_api_by(act->call);
    struct yx_login_account account;

    YX_TRY(yx_api_require_reset(act->call, tx, act->id, &account, err));
    yx_api_about(outcome, "account", act->id);
    return yx_login_password_give(tx, act->id, &act->prepared, &by, err);
}

struct looking {
    const struct yx_api_call *call;
    struct yx_login_account account;
};

static yx_status look_opening(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct looking *looking = self;

    return yx_api_require_reset(looking->call, tx, looking->call->http->ids[0], &looking->account,
                                err);
}

/* Asked before, too: hashing takes long, and tells whether a password was used before. */
static yx_status post_password(struct yx_api_call *call, struct yx_error *err)
{
    struct act act = {.call = call, .id = call->http->ids[0]};
    struct looking looking = {.call = call};
    struct yx_api_names names;

    YX_TRY(yx_json_members(call->body, password_members, &act, err));
    YX_TRY(yx_store_read(call->services->store, look_opening, &looking, err));
    YX_TRY(yx_api_names_of(call, looking.account.party, &names, err));
    YX_TRY(yx_login_password_prepare(call->services->login, looking.account.id,
                                     YX_TEXT(act.password), names.list, &act.prepared, err));
    return yx_api_change(call, give_password, &act, err);
}

const struct yx_api_route yx_api_accounts[] = {
    {"GET", PATH, "account.read", NULL, get_accounts},
    {"POST", PATH, "account.manage", "account.make", post_account},
    {"GET", PATH "/{account}", "account.read", NULL, get_account},
    {"PATCH", PATH "/{account}", "account.manage", "account.change", patch_account},
    {"POST", PATH "/{account}/lock", "account.manage", "account.lock", post_lock},
    {"POST", PATH "/{account}/unlock", "account.manage", "account.unlock", post_unlock},
    {"POST", PATH "/{account}/remove", "account.manage", "account.remove", post_remove,
     YX_API_RECENT},
    {"POST", PATH "/{account}/link", "account.manage", "account.link", post_account_link,
     YX_API_RECENT},
    {"POST", PATH "/{account}/password", "account.manage", "account.password.give", post_password,
     YX_API_RECENT | YX_API_SECRET},
    {"POST", PATH "/{account}/sessions/end", "account.manage", "session.end", post_end_sessions},
    YX_API_ROUTES_END,
};
