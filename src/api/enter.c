/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/enter.c - the one way in: who asks, may they, and what do they say. Only then a handler runs.
 * What it refuses gets the HTTP status that its rule stands for.
 */
#include <stdlib.h>

#include "api/room.h"

#define RULE_FORGED "X-CSRF-Token"
#define RULE_RECENT "log-in, a short while ago"
#define RULE_DUTY "log-in, unfinished"

/* --- The status of a refusal ----------------------------------------------------------------- */

static const struct {
    const char *rule;
    unsigned http;
    const char *problem;
} refusals[] = {
    {YX_LOGIN_RULE, 401, "log-in"},
    {YX_LOGIN_CODE, 401, "code"},
    {YX_LOGIN_TWO_PEOPLE, 403, "two-people"},
    {YX_LOGIN_BUSY, 503, "busy"},
    {YX_LOGIN_SLOWER, 429, "too-many"},
    {YX_LOGIN_ACCOUNT, 404, "not-found"},
    {RULE_FORGED, 403, "forged"},
    {RULE_RECENT, 403, "log-in-again"},
    {RULE_DUTY, 403, "unfinished"},
    {YX_PARTY_NOT_PERMITTED, 403, "permission"},
    {YX_PARTY_MISSING, 404, "not-found"},
    {YX_PARTY_CHANGED, 412, "changed"},
    {YX_PARTY_TWO_PEOPLE, 403, "two-people"},
    {YX_PARTY_SEPARATION, 409, "separation"},
    {YX_STORE_UNIQUE, 409, "there-already"},
    {YX_API_RULE_TOO_LARGE, 413, "too-large"},
    {YX_WORKER_BUSY, 503, "busy"},
    {YX_BLOB_LIMIT, 413, "too-large"},
    {YX_API_RULE_MANY, 429, "too-many"},
};

static void settle(struct yx_http_reply *reply, const struct yx_error *err)
{
    if (err->status != YX_REFUSED || reply->status >= 400)
        return;
    reply->status = 422;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        if (strcmp(err->rule, refusals[i].rule) == 0) {
            reply->status = refusals[i].http;
            reply->problem = refusals[i].problem;
        }
}

/* --- Who asks --------------------------------------------------------------------------------- */

void yx_api_actor(const struct yx_login_who *who, char out[YX_API_ACTOR])
{
    if (who->account[0] == '\0')
        (void)snprintf(out, YX_API_ACTOR, "anybody");
    else if (who->key[0] != '\0')
        (void)snprintf(out, YX_API_ACTOR, "key:%s", who->key);
    else
        (void)snprintf(out, YX_API_ACTOR, "account:%s", who->account);
}

static bool only_reads(const struct yx_http_request *http)
{
    return strcmp(http->method, "GET") == 0 || strcmp(http->method, "HEAD") == 0;
}

static bool is_public(const struct yx_api_call *call)
{
    return call->route->permission == YX_API_PUBLIC;
}

/* A system signs each of its requests, the body too. */
static yx_status identify_system(struct yx_api_call *call, struct yx_error *err)
{
    const struct yx_login_request request = {
        .method = call->http->method,
        .target = call->http->target,
        .authorization = call->http->authorization,
        .address = call->http->peer,
        .now = call->now,
    };
    uint8_t digest[32];

    YX_TRY(yx_login_key_check(call->services->login, &request, &call->who, err));
    /* Whoever takes the body piece by piece compares its digest in the end. */
    if (call->route->intake != NULL)
        return YX_OK;
    YX_TRY(yx_digest(YX_DIGEST_SM3, call->http->body, digest, err));
    return yx_login_body_matches(&call->who, digest, err);
}

/* A browser sends the cookie along with whatever another site makes it send; the token in the
 * header it does not. */
static yx_status identify_person(struct yx_api_call *call, struct yx_error *err)
{
    const char *cookie = yx_http_cookie(call->http, YX_API_COOKIE);
    yx_status status;

    if (cookie == NULL && is_public(call))
        return YX_OK;
    status = yx_login_session_find(call->services->login, cookie, call->now, &call->who, err);
    if (status == YX_REFUSED && is_public(call)) {
        call->who = (struct yx_login_who){0};
        return YX_OK;
    }
    YX_TRY(status);
    YX_REQUIRE(only_reads(call->http) ||
                   yx_login_csrf_matches(&call->who, yx_http_header_of(call->http, "X-CSRF-Token")),
               err, YX_REFUSED, RULE_FORGED,
               N_("the header X-CSRF-Token does not hold the token of this session"));
    return YX_OK;
}

/* --- May they ------------------------------------------------------------------------------ */

static yx_status require_session(const struct yx_api_call *call, struct yx_error *err)
{
    const struct yx_login_who *who = &call->who;

    YX_REQUIRE(who->session[0] != '\0' || (call->route->flags & YX_API_PERSON) == 0, err,
               YX_REFUSED, YX_PARTY_NOT_PERMITTED, N_("this is for people, not for systems"));
    if (who->session[0] == '\0')
        return YX_OK;
    YX_REQUIRE(who->duty == YX_LOGIN_FREE || (call->route->flags & YX_API_UNFINISHED) != 0, err,
               YX_REFUSED, RULE_DUTY,
               N_("first set a password of your own, or codes, as the rules ask for"));
    YX_REQUIRE(who->recent || (call->route->flags & YX_API_RECENT) == 0, err, YX_REFUSED,
               RULE_RECENT, N_("show once more who you are: this needs a fresh log-in"));
    return YX_OK;
}

/* A key may be for some parties alone, and what is below them. */
static yx_status require_key(const struct yx_api_call *call, struct yx_tx *tx,
                             const char *permission, const struct yx_party_scope *on,
                             struct yx_error *err)
{
    const struct yx_login_who *who = &call->who;
    bool within = on == NULL || who->party_count == 0;

    if (who->key[0] == '\0')
        return YX_OK;
    YX_REQUIRE(yx_login_key_allows(who, permission), err, YX_REFUSED, YX_PARTY_NOT_PERMITTED,
               N_("this key is not for {1}"), permission);
    for (size_t i = 0; !within && on->party != NULL && i < who->party_count; i++)
        YX_TRY(yx_party_is_within(tx, on->party, who->parties[i], &within, err));
    YX_REQUIRE(within, err, YX_REFUSED, YX_PARTY_NOT_PERMITTED,
               N_("this key is not for that party"));
    return YX_OK;
}

/* On what; NULL: on anything. */
static yx_status require_permission(const struct yx_api_call *call, struct yx_tx *tx,
                                    const char *permission, const struct yx_party_scope *on,
                                    struct yx_error *err)
{
    struct yx_party_question question = {
        .account = call->who.account,
        .permission = permission,
        .anywhere = on == NULL,
        .now = call->now,
    };

    if (on != NULL)
        question.on = *on;
    YX_TRY(require_key(call, tx, permission, on, err));
    return yx_party_require(tx, &question, err);
}

yx_status yx_api_require(const struct yx_api_call *call, struct yx_tx *tx,
                         const struct yx_party_scope *on, struct yx_error *err)
{
    return require_permission(call, tx, call->route->permission, on, err);
}

yx_status yx_api_require_party(const struct yx_api_call *call, struct yx_tx *tx, const char *party,
                               struct yx_error *err)
{
    return yx_api_require(call, tx, &(struct yx_party_scope){.party = party}, err);
}

yx_status yx_api_require_also(const struct yx_api_call *call, struct yx_tx *tx,
                              const char *permission, struct yx_error *err)
{
    YX_TRY(require_session(call, err));
    return require_permission(call, tx, permission, &(struct yx_party_scope){NULL}, err);
}

/* Before anything is read: somewhere at least, and where nothing belongs to a party everywhere. */
static yx_status ask_route(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_api_call *call = self;

    if ((call->route->flags & YX_API_EVERYWHERE) != 0)
        return yx_api_require_party(call, tx, NULL, err);
    return yx_api_require(call, tx, NULL, err);
}

static yx_status identify(struct yx_api_call *call, struct yx_error *err)
{
    if ((call->route->flags & YX_API_ANYBODY) != 0)
        return YX_OK;
    if (yx_signed_request_is(call->http->authorization))
        YX_TRY(identify_system(call, err));
    else
        YX_TRY(identify_person(call, err));
    if (is_public(call))
        return YX_OK;
    YX_TRY(require_session(call, err));
    if (call->route->permission[0] == '\0')
        return YX_OK;
    return yx_store_read(call->services->store, ask_route, call, err);
}

/* --- What they say ---------------------------------------------------------------------------- */

static yx_status read_body(struct yx_api_call *call, struct yx_error *err)
{
    if (only_reads(call->http) || call->http->body.len == 0 ||
        (call->route->flags & YX_API_FORM) != 0)
        return YX_OK;
    return yx_json_read(call->http->body, &call->body, err);
}

static struct yx_api_call call_of(const struct yx_api *api, const struct yx_http_request *request,
                                  struct yx_http_reply *reply)
{
    return (struct yx_api_call){
        .services = &api->services,
        .route = request->route->context,
        .http = request,
        .reply = reply,
        .now = yx_now(),
    };
}

static yx_status leave(struct yx_api_call *call, yx_status status, const struct yx_error *err)
{
    json_decref(call->body);
    yx_wipe(&call->who, sizeof call->who);
    if (status != YX_OK)
        settle(call->reply, err);
    return status;
}

/* --- Bodies that are taken piece by piece -------------------------------------------------- */

/* Who asks is found out before the first piece is taken, and once: what a system signed is good for
 * one time. */
struct taking {
    const struct yx_api_intake *intake;
    struct yx_login_who who;
    void *taker;
};

static yx_status begin(struct yx_api_call *call, struct taking **out, struct yx_error *err)
{
    struct taking *taking;
    yx_status status;

    YX_TRY(identify(call, err));
    taking = calloc(1, sizeof *taking);
    if (taking == NULL)
        return yx_fail_memory(err);
    taking->intake = call->route->intake;
    taking->who = call->who;
    status = taking->intake->begin(call, &taking->taker, err);
    if (status == YX_OK)
        *out = taking;
    else
        free(taking);
    return status;
}

static yx_status begin_taking(void *self, const struct yx_http_request *request,
                              struct yx_http_reply *reply, void **taker, struct yx_error *err)
{
    struct yx_api_call call = call_of(self, request, reply);
    struct taking *taking = NULL;
    yx_status status = begin(&call, &taking, err);

    *taker = taking;
    return leave(&call, status, err);
}

static yx_status take_piece(void *taker, struct yx_bytes piece, struct yx_error *err)
{
    struct taking *taking = taker;

    return taking->intake->take(taking->taker, piece, err);
}

static void end_taking(void *taker)
{
    struct taking *taking = taker;

    taking->intake->end(taking->taker);
    yx_wipe(&taking->who, sizeof taking->who);
    free(taking);
}

const struct yx_http_intake yx_api_taking = {begin_taking, take_piece, end_taking};

/* --- The way in ---------------------------------------------------------------------------- */

static yx_status enter(struct yx_api_call *call, struct yx_error *err)
{
    const struct taking *taking = call->http->taker;

    if (taking != NULL) {
        call->who = taking->who;
        call->taker = taking->taker;
    } else {
        YX_TRY(identify(call, err));
        YX_TRY(read_body(call, err));
    }
    return call->route->handle(call, err);
}

yx_status yx_api_enter(void *self, const struct yx_http_request *request,
                       struct yx_http_reply *reply, struct yx_error *err)
{
    struct yx_api_call call = call_of(self, request, reply);

    return leave(&call, enter(&call, err), err);
}
