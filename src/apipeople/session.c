/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apipeople/session.c - the session of who asks: log-in, log-out, who am I, and showing it once
 * more.
 *
 *   POST    /api/v1/challenges          a text to be signed with the key of a certificate
 *   POST    /api/v1/session             {name, password, code} | {challenge, signature,
 *                                       certificate} | {tls}; the cookie comes with the reply
 *   GET     /api/v1/session
 *   DELETE  /api/v1/session
 *   POST    /api/v1/session/confirm     as the log-in: for what needs a fresh one
 *   POST    /api/v1/links               {token, password}: a one-time link sets the first password
 *   GET     /api/v1/sessions            those of the account
 *   DELETE  /api/v1/sessions            all but this one
 *   DELETE  /api/v1/sessions/{session}
 */
#include "apipeople/room.h"

static const char *const duties[] = {
    [YX_LOGIN_FREE] = "none",
    [YX_LOGIN_MUST_CHANGE_FIRST] = "change-first-password",
    [YX_LOGIN_MUST_CHANGE_OLD] = "change-old-password",
    [YX_LOGIN_MUST_ADD_CODES] = "add-codes",
};

/* --- Who am I -------------------------------------------------------------------------------- */

static json_t *describe(const struct yx_login_who *who)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "account", who->account, "name",
                     who->name, "party", who->party, "kind", yx_login_kind_name(who->kind),
                     "language", who->language, "methods", yx_api_methods_json(who->methods),
                     "authenticated_at", yx_api_time(who->authenticated_at), "until",
                     yx_api_time(who->until));
}

static yx_status reply_who(struct yx_api_call *call, unsigned status, struct yx_error *err)
{
    YX_CLEAN(json) json_t *list = NULL;
    YX_CLEAN(json) json_t *body = describe(&call->who);
    const struct yx_login_who *who = &call->who;

    YX_TRY(yx_api_list_permissions(call, &list, err));
    if (json_object_set(body, "permissions", list) != 0)
        return yx_fail_memory(err);
    if (who->session[0] != '\0' &&
        (json_object_set_new(body, "session", json_string(who->session)) != 0 ||
         json_object_set_new(body, "csrf", json_string(who->csrf)) != 0 ||
         json_object_set_new(body, "duty", json_string(duties[who->duty])) != 0 ||
         json_object_set_new(body, "password_old", json_boolean(who->password_old)) != 0 ||
         json_object_set_new(body, "recent", json_boolean(who->recent)) != 0))
        return yx_fail_memory(err);
    return yx_api_reply(call, status, json_incref(body), err);
}

static yx_status get_session(struct yx_api_call *call, struct yx_error *err)
{
    return reply_who(call, 200, err);
}

/* --- In and out ------------------------------------------------------------------------------ */

static yx_status post_challenge(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};

    YX_TRY(yx_api_nothing(call, err));
    YX_TRY(yx_login_challenge_make(call->services->login, call->now, &text, err));
    return yx_api_reply(call, 201,
                        json_pack("{s:s%}", "challenge", (const char *)text.data, text.len), err);
}

struct ending {
    const char *account, *session;
    struct yx_login_by by;
};

static yx_status end_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct ending *ending = self;

    return yx_login_session_end(tx, ending->account, ending->session, &ending->by, err);
}

/* The session that was there before a log-in is not left behind; it may have ended meanwhile. */
static yx_status end_before(const struct yx_api_call *call, const struct yx_login_who *before,
                            struct yx_error *err)
{
    char actor[YX_API_ACTOR];
    struct ending ending = {before->account, before->session, yx_api_by(call)};
    struct yx_error inner = {0};
    yx_status status;

    if (before->session[0] == '\0')
        return YX_OK;
    yx_api_actor(before, actor);
    ending.by.actor = actor;
    status = yx_store_write(call->services->store, end_work, &ending, &inner);
    if (status == YX_REFUSED)
        return YX_OK;
    if (status != YX_OK && err != NULL)
        *err = inner;
    return status;
}

static yx_status post_session(struct yx_api_call *call, struct yx_error *err)
{
    struct yx_api_proof proof = {0};
    const struct yx_login_who before = call->who;

    YX_TRY(yx_json_members(call->body, yx_api_proof_members, &proof, err));
    YX_TRY(yx_api_show(call, &proof, false, err));
    YX_TRY(end_before(call, &before, err));
    return reply_who(call, 201, err);
}

static yx_status post_confirm(struct yx_api_call *call, struct yx_error *err)
{
    struct yx_api_proof proof = {0};

    YX_TRY(yx_json_members(call->body, yx_api_proof_members, &proof, err));
    YX_TRY(yx_api_show(call, &proof, true, err));
    return reply_who(call, 200, err);
}

static yx_status log_out(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                         struct yx_error *err)
{
    const struct yx_api_call *call = self;
    const struct yx_login_by by = yx_api_by(call);

    yx_api_about(outcome, "account", call->who.account);
    return yx_login_session_end(tx, call->who.account, call->who.session, &by, err);
}

static yx_status delete_session(struct yx_api_call *call, struct yx_error *err)
{
    YX_TRY(yx_api_change(call, log_out, call, err));
    yx_http_header(call->reply, "Set-Cookie", YX_API_COOKIE "=; Max-Age=0" YX_API_COOKIE_TERMS);
    yx_http_header(call->reply, "Clear-Site-Data", "\"cache\", \"storage\"");
    return YX_OK;
}

/* --- One-time links -------------------------------------------------------------------------- */

struct link {
    const char *token, *password;
};
static const struct yx_json_member link_members[] = {
    {"token", YX_JSON_TEXT, true, 1, 100, YX_JSON_AT(struct link, token)},
    {"password", YX_JSON_TEXT, true, 1, 1000, YX_JSON_AT(struct link, password)},
    YX_JSON_END,
};

yx_status yx_api_redeem(const struct yx_api_call *call, const char *token, const char *password,
                        struct yx_error *err)
{
    struct yx_api_names names;
    char account[YX_UUID_TEXT], party[YX_LOGIN_ID_MAX + 1];

    YX_TRY(yx_login_link_party(call->services->login, token, call->now, party, err));
    YX_TRY(yx_api_names_of(call, party, &names, err));
    const struct yx_login_redemption redemption = {
        .token = token,
        .password = YX_TEXT(password),
        .names = names.list,
        .address = call->http->peer,
        .now = call->now,
    };
    return yx_login_redeem(call->services->login, &redemption, account, err);
}

static yx_status post_link(struct yx_api_call *call, struct yx_error *err)
{
    struct link link = {0};

    YX_TRY(yx_json_members(call->body, link_members, &link, err));
    YX_TRY(yx_api_redeem(call, link.token, link.password, err));
    return yx_api_reply(call, 204, NULL, err);
}

/* --- All sessions of the account ------------------------------------------------------------- */

static json_t *describe_session(const struct yx_login_session *session, const char *own)
{
    return json_pack(
        "{s:s, s:b, s:o, s:o, s:o, s:o, s:s, s:s}", "id", session->id, "current",
        strcmp(session->id, own) == 0, "methods", yx_api_methods_json(session->methods),
        "opened_at", yx_api_time(session->opened_at), "used_at", yx_api_time(session->used_at),
        "until", yx_api_time(session->until), "address", session->address, "agent", session->agent);
}

static yx_status add_session(void *self, const struct yx_login_session *session,
                             struct yx_error *err)
{
    struct yx_api_page *page = self;

    return yx_api_page_add(page, session->id, describe_session(session, page->call->who.session),
                           err);
}

static yx_status list_sessions(void *self, struct yx_tx *tx, struct yx_api_page *page,
                               struct yx_error *err)
{
    (void)self;
    return yx_login_session_list(tx, page->call->who.account, page->after, yx_api_page_rows(page),
                                 add_session, page, err);
}

static yx_status get_sessions(struct yx_api_call *call, struct yx_error *err)
{
    return yx_api_list(call, list_sessions, NULL, err);
}

/* One's own: whatever id is guessed, those of others are not found. */
static yx_status end_one(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                         struct yx_error *err)
{
    const struct yx_api_call *call = self;
    const struct yx_login_by by = yx_api_by(call);

    yx_api_about(outcome, "account", call->who.account);
    YX_TRY(yx_api_details(outcome, json_pack("{s:s}", "session", call->http->ids[0]), err));
    return yx_login_session_end(tx, call->who.account, call->http->ids[0], &by, err);
}

static yx_status delete_one(struct yx_api_call *call, struct yx_error *err)
{
    return yx_api_change(call, end_one, call, err);
}

static yx_status end_others(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                            struct yx_error *err)
{
    const struct yx_api_call *call = self;
    const struct yx_login_by by = yx_api_by(call);

    yx_api_about(outcome, "account", call->who.account);
    return yx_login_session_end_all(tx, call->who.account, call->who.session, &by, err);
}

static yx_status delete_others(struct yx_api_call *call, struct yx_error *err)
{
    return yx_api_change(call, end_others, call, err);
}

const struct yx_api_route yx_api_session[] = {
    {"POST", "/api/v1/challenges", YX_API_PUBLIC, NULL, post_challenge},
    {"POST", "/api/v1/session", YX_API_PUBLIC, NULL, post_session, 0, YX_API_PROOF_BODY},
    {"GET", "/api/v1/session", YX_API_LOGGED_IN, NULL, get_session, YX_API_UNFINISHED},
    {"DELETE", "/api/v1/session", YX_API_LOGGED_IN, "session.end", delete_session,
     YX_API_UNFINISHED | YX_API_PERSON},
    {"POST", "/api/v1/session/confirm", YX_API_LOGGED_IN, NULL, post_confirm,
     YX_API_UNFINISHED | YX_API_PERSON, YX_API_PROOF_BODY},
    {"POST", "/api/v1/links", YX_API_PUBLIC, NULL, post_link},
    {"GET", "/api/v1/sessions", YX_API_LOGGED_IN, NULL, get_sessions},
    {"DELETE", "/api/v1/sessions", YX_API_LOGGED_IN, "session.end", delete_others},
    {"DELETE", "/api/v1/sessions/{session}", YX_API_LOGGED_IN, "session.end", delete_one},
    YX_API_ROUTES_END,
};
