/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apipeople/recovery.c - accounts whose holders lost what opens them: asked for by one, approved by
 * two others. The reply to the second approval has the one-time link.
 *
 *   GET  /api/v1/recoveries
 *   POST /api/v1/recoveries                      {account, evidence, reason}
 *   GET  /api/v1/recoveries/{recovery}
 *   POST /api/v1/recoveries/{recovery}/approve
 *   POST /api/v1/recoveries/{recovery}/refuse
 */
#include "apipeople/room.h"

/* --- Shown ----------------------------------------------------------------------------------- */

static json_t *describe(const struct yx_login_recovery *recovery)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:s}", "id", recovery->id,
                     "account", recovery->account, "evidence", recovery->evidence, "reason",
                     recovery->reason, "asked_by", recovery->asked_by, "first_by",
                     recovery->first_by, "second_by", recovery->second_by, "asked_at",
                     yx_api_time(recovery->asked_at), "until", yx_api_time(recovery->until),
                     "state", yx_login_recovery_state_name(recovery->state));
}

static yx_status take(void *self, const struct yx_login_recovery *recovery, struct yx_error *err)
{
    return yx_api_found_take(self, describe(recovery), err);
}

static const char *account_of(const struct yx_api_found *found)
{
    return json_string_value(json_object_get(found->json, "account"));
}

/* The recovery that is asked about, when the asker may do this to its account. */
static yx_status find_recovery(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct yx_api_found *found = self;
    struct yx_login_account account;

    YX_TRY(yx_login_recovery_find(tx, found->call->http->ids[0], take, found, err));
    return yx_api_require_account(found->call, tx, account_of(found), &account, err);
}

static yx_status get_recovery(struct yx_api_call *call, struct yx_error *err)
{
    return yx_api_get(call, find_recovery, err);
}

static yx_status add(void *self, const struct yx_login_recovery *recovery, struct yx_error *err)
{
    return yx_api_page_add(self, recovery->id, describe(recovery), err);
}

static yx_status list_recoveries(void *self, struct yx_tx *tx, struct yx_api_page *page,
                                 struct yx_error *err)
{
    (void)self;
    return yx_login_recovery_list(tx, page->after, yx_api_page_rows(page), add, page, err);
}

static yx_status get_recoveries(struct yx_api_call *call, struct yx_error *err)
{
    return yx_api_list(call, list_recoveries, NULL, err);
}

/* --- Asked for ------------------------------------------------------------------------------- */

struct entry {
    const struct yx_api_call *call;
    const char *account, *evidence, *reason;
    int64_t seconds;
};
static const struct yx_json_member members[] = {
    {"account", YX_JSON_ID, true, 0, 0, YX_JSON_AT(struct entry, account)},
    {"evidence", YX_JSON_LINES, true, 1, 500, YX_JSON_AT(struct entry, evidence)},
    {"reason", YX_JSON_LINES, true, 1, 500, YX_JSON_AT(struct entry, reason)},
    YX_JSON_END,
};

static yx_status show(struct yx_tx *tx, const char *id, struct yx_api_outcome *outcome,
                      struct yx_error *err)
{
    YX_CLEAN(yx_api_found) struct yx_api_found found = {0};

    YX_TRY(yx_login_recovery_find(tx, id, take, &found, err));
    yx_api_about(outcome, "account", account_of(&found));
    outcome->body = json_incref(found.json);
    return yx_api_details(outcome, json_incref(found.json), err);
}

static yx_status note_kind(void *self, const struct yx_party *party, struct yx_error *err)
{
    (void)err;
    *(enum yx_party_kind *)self = party->kind;
    return YX_OK;
}

/* Two accounts of one organisation may be one person's, as those that name nobody (login/). */
static yx_status require_person(const struct yx_api_call *call, struct yx_tx *tx,
                                struct yx_error *err)
{
    enum yx_party_kind kind = YX_PARTY_PERSON;

    if (call->who.party[0] != '\0')
        YX_TRY(yx_party_find(tx, call->who.party, note_kind, &kind, err));
    YX_REQUIRE(kind == YX_PARTY_PERSON, err, YX_REFUSED, YX_LOGIN_TWO_PEOPLE,
               N_("the account {1} names no person: first let it name one"), call->who.name);
    return YX_OK;
}

static yx_status ask(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                     struct yx_error *err)
{
    const struct entry *entry = self;
    const struct yx_login_by by = yx_api_by(entry->call);
    const struct yx_login_new_recovery wanted = {.account = entry->account,
                                                 .evidence = entry->evidence,
                                                 .reason = entry->reason,
                                                 .seconds = entry->seconds};
    struct yx_login_account account;
    char id[YX_UUID_TEXT];

    YX_TRY(yx_api_require_account(entry->call, tx, entry->account, &account, err));
    YX_TRY(require_person(entry->call, tx, err));
    YX_TRY(yx_login_recovery_ask(tx, &wanted, &by, id, err));
    yx_api_made(outcome, "/api/v1/recoveries", "recovery", id);
    return show(tx, id, outcome, err);
}

static yx_status post_recovery(struct yx_api_call *call, struct yx_error *err)
{
    struct entry entry = {.call = call};
    struct yx_login_policy policy;

    YX_TRY(yx_json_members(call->body, members, &entry, err));
    yx_login_get_policy(call->services->login, &policy);
    entry.seconds = policy.recovery_seconds;
    return yx_api_change(call, ask, &entry, err);
}

/* --- Decided --------------------------------------------------------------------------------- */

struct decision {
    const struct yx_api_call *call;
    struct yx_login_secret secret;
    int64_t seconds;
};
static void decision_free(struct decision *decision)
{
    yx_wipe(&decision->secret, sizeof decision->secret);
}
YX_DEFINE_CLEAN_VALUE(decision, struct decision, decision_free);

static yx_status approve(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                         struct yx_error *err)
{
    const struct decision *decision = self;
    const struct yx_api_call *call = decision->call;
    YX_CLEAN(yx_api_found) struct yx_api_found found = {.call = call};
    const struct yx_login_by by = yx_api_by(call);
    bool done;

    YX_TRY(find_recovery(&found, tx, err));
    YX_TRY(require_person(call, tx, err));
    YX_TRY(yx_login_recovery_approve(tx, call->http->ids[0], &decision->secret, decision->seconds,
                                     &by, &done, err));
    if (done) {
        outcome->once = json_pack("{s:s}", "token", decision->secret.text);
        if (outcome->once == NULL)
            return yx_fail_memory(err);
    }
    return show(tx, call->http->ids[0], outcome, err);
}

static yx_status post_approve(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(decision) struct decision decision = {.call = call};
    struct yx_login_policy policy;

    YX_TRY(yx_api_nothing(call, err));
    yx_login_get_policy(call->services->login, &policy);
    decision.seconds = policy.link_seconds;
    YX_TRY(yx_login_secret_make(&decision.secret, err));
    return yx_api_change(call, approve, &decision, err);
}

static yx_status refuse(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                        struct yx_error *err)
{
    const struct yx_api_call *call = self;
    YX_CLEAN(yx_api_found) struct yx_api_found found = {.call = call};
    const struct yx_login_by by = yx_api_by(call);

    YX_TRY(find_recovery(&found, tx, err));
    YX_TRY(yx_login_recovery_refuse(tx, call->http->ids[0], &by, err));
    return show(tx, call->http->ids[0], outcome, err);
}

static yx_status post_refuse(struct yx_api_call *call, struct yx_error *err)
{
    YX_TRY(yx_api_nothing(call, err));
    return yx_api_change(call, refuse, call, err);
}

const struct yx_api_route yx_api_recoveries[] = {
    {"GET", "/api/v1/recoveries", "account.read", NULL, get_recoveries, YX_API_EVERYWHERE},
    {"POST", "/api/v1/recoveries", "account.manage", "recovery.ask", post_recovery, YX_API_PERSON},
    {"GET", "/api/v1/recoveries/{recovery}", "account.read", NULL, get_recovery},
    {"POST", "/api/v1/recoveries/{recovery}/approve", "account.manage", "recovery.approve",
     post_approve, YX_API_RECENT | YX_API_PERSON},
    {"POST", "/api/v1/recoveries/{recovery}/refuse", "account.manage", "recovery.refuse",
     post_refuse, YX_API_PERSON},
    YX_API_ROUTES_END,
};
