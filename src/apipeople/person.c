/* SPDX-License-Identifier: Apache-2.0 */
/* apipeople/person.c - what the resources about people share. */
#include "apipeople/room.h"

struct yx_login_by yx_api_by(const struct yx_api_call *call)
{
    return (struct yx_login_by){
        .account = call->who.account, .from = call->http->peer, .now = call->now};
}

/* --- May they -------------------------------------------------------------------------------- */

yx_status yx_api_require_account(const struct yx_api_call *call, struct yx_tx *tx, const char *id,
                                 struct yx_login_account *out, struct yx_error *err)
{
    YX_TRY(yx_login_account_find(tx, id, out, err));
    return yx_api_require_party(call, tx, out->party[0] == '\0' ? NULL : out->party, err);
}

static yx_status note_administrator(void *self, const char *permission, struct yx_error *err)
{
    const struct yx_permission *found = yx_permission_find(permission);
    bool *administers = self;

    (void)err;
    if (found != NULL &&
        (found->family == YX_PERMISSION_SYSTEM || found->family == YX_PERMISSION_SECURITY ||
         found->family == YX_PERMISSION_AUDIT))
        *administers = true;
    return YX_OK;
}

yx_status yx_api_require_opening(const struct yx_api_call *call, struct yx_tx *tx, const char *id,
                                 struct yx_login_account *out, struct yx_error *err)
{
    bool administers = false;

    YX_TRY(yx_api_require_account(call, tx, id, out, err));
    YX_TRY(yx_party_permissions(tx, id, call->now, note_administrator, &administers, err));
    YX_REQUIRE(!administers, err, YX_REFUSED, YX_LOGIN_TWO_PEOPLE,
               N_("{1} is an administrator: two people recover such an account"), out->name);
    return yx_api_require_grants(call, tx, id, err);
}

yx_status yx_api_require_reset(const struct yx_api_call *call, struct yx_tx *tx, const char *id,
                               struct yx_login_account *out, struct yx_error *err)
{
    char scheme[YX_POLICY_SCHEME_MAX + 1] = "";
    struct yx_policy_answer answer;

    YX_TRY(yx_api_require_opening(call, tx, id, out, err));
    if (out->state == YX_LOGIN_INVITED)
        return YX_OK;
    if (out->party[0] != '\0')
        YX_TRY(yx_party_scheme(tx, out->party, scheme, sizeof scheme, err));
    YX_TRY(yx_policy_find(tx, scheme, "password.reset", call->now, &answer, err));
    YX_REQUIRE(yx_policy_has(&answer, "it-staff") || yx_policy_has(&answer, "agency"), err,
               YX_REFUSED, YX_LOGIN_TWO_PEOPLE,
               N_("two people recover an account here, as the rules say (password.reset)"));
    return YX_OK;
}

/* --- Names ----------------------------------------------------------------------------------- */

struct naming {
    const char *party;
    struct yx_api_names *names;
};

static yx_status take_names(void *self, const struct yx_party *party, struct yx_error *err)
{
    struct yx_api_names *names = self;
    const char *const texts[] = {party->name_zh, party->name_en};
    size_t count = 0;

    (void)err;
    for (size_t i = 0; i < 2; i++)
        if (texts[i] != NULL) {
            (void)snprintf(names->texts[count], sizeof names->texts[count], "%s", texts[i]);
            names->list[count] = names->texts[count];
            count++;
        }
    names->list[count] = NULL;
    return YX_OK;
}

static yx_status find_names(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct naming *naming = self;
    struct yx_error inner = {0};
    yx_status status = yx_party_find(tx, naming->party, take_names, naming->names, &inner);

    if (status == YX_OK || (status == YX_REFUSED && strcmp(inner.rule, YX_PARTY_MISSING) == 0))
        return YX_OK;
    if (err != NULL)
        *err = inner;
    return status;
}

yx_status yx_api_names_of(const struct yx_api_call *call, const char *party,
                          struct yx_api_names *out, struct yx_error *err)
{
    struct naming naming = {party, out};

    *out = (struct yx_api_names){0};
    return party[0] == '\0' ? YX_OK
                            : yx_store_read(call->services->store, find_names, &naming, err);
}

/* --- JSON ------------------------------------------------------------------------------------ */

static const struct {
    unsigned bit;
    const char *name;
} methods[] = {
    {YX_LOGIN_BY_PASSWORD, "password"},
    {YX_LOGIN_BY_CODE, "code"},
    {YX_LOGIN_BY_CERTIFICATE, "certificate"},
    {YX_LOGIN_BY_TLS, "tls"},
    {YX_LOGIN_BY_KEY, "key"},
};

json_t *yx_api_methods_json(unsigned bits)
{
    json_t *list = json_array();

    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if ((bits & methods[i].bit) != 0)
            (void)json_array_append_new(list, json_string(methods[i].name));
    return list;
}

static yx_status add_permission(void *self, const char *permission, struct yx_error *err)
{
    const struct yx_api_found *found = self;

    if (!yx_login_key_allows(&found->call->who, permission))
        return YX_OK;
    return json_array_append_new(found->json, json_string(permission)) == 0 ? YX_OK
                                                                            : yx_fail_memory(err);
}

static yx_status list_permissions(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct yx_api_found *found = self;
    const struct yx_api_call *call = found->call;

    YX_TRY(yx_api_found_take(found, json_array(), err));
    return yx_party_permissions(tx, call->who.account, call->now, add_permission, found, err);
}

yx_status yx_api_list_permissions(const struct yx_api_call *call, json_t **out,
                                  struct yx_error *err)
{
    YX_CLEAN(yx_api_found) struct yx_api_found found = {.call = call};

    YX_TRY(yx_store_read(call->services->store, list_permissions, &found, err));
    *out = json_incref(found.json);
    return YX_OK;
}

/* --- Proofs ---------------------------------------------------------------------------------- */

const struct yx_json_member yx_api_proof_members[] = {
    {"name", YX_JSON_TEXT, false, 1, 64, YX_JSON_AT(struct yx_api_proof, name)},
    {"password", YX_JSON_TEXT, false, 1, 1000, YX_JSON_AT(struct yx_api_proof, password)},
    {"code", YX_JSON_TEXT, false, 0, 40, YX_JSON_AT(struct yx_api_proof, code)},
    {"challenge", YX_JSON_LINES, false, 1, 1000, YX_JSON_AT(struct yx_api_proof, challenge)},
    {"signature", YX_JSON_LINES, false, 1, 100000, YX_JSON_AT(struct yx_api_proof, signature)},
    {"certificate", YX_JSON_LINES, false, 1, 100000, YX_JSON_AT(struct yx_api_proof, certificate)},
    {"tls", YX_JSON_BOOL, false, 0, 0, YX_JSON_AT(struct yx_api_proof, tls)},
    YX_JSON_END,
};

/* PEM, or base64 of DER. */
static yx_status read_certificate(const char *text, struct yx_buf *out, struct yx_error *err)
{
    if (strncmp(text, "-----", 5) != 0)
        return yx_base64_decode(YX_TEXT(text), out, err);
    return yx_buf_append_text(out, text) == YX_OK ? YX_OK : yx_fail_memory(err);
}

void yx_api_signed_free(struct yx_api_signed *signed_)
{
    yx_buf_free(&signed_->signature);
    yx_buf_free(&signed_->certificate);
}

yx_status yx_api_signed_read(const struct yx_api_call *call, const struct yx_api_proof *proof,
                             struct yx_api_signed *out, struct yx_error *err)
{
    out->proof = (struct yx_login_proof){
        .address = call->http->peer,
        .agent = yx_http_header_of(call->http, "User-Agent"),
        .now = call->now,
    };
    if (proof->tls) {
        out->proof.tls = call->http->client_certificate;
        YX_REQUIRE(out->proof.tls.len > 0, err, YX_REFUSED, YX_LOGIN_RULE,
                   N_("no certificate was shown over TLS"));
        return YX_OK;
    }
    YX_REQUIRE(proof->challenge != NULL && proof->signature != NULL, err, YX_USAGE, YX_JSON_RULE,
               N_("{1}: a password, a signed challenge, or tls is needed"), "/password");
    YX_TRY(yx_base64_decode(YX_TEXT(proof->signature), &out->signature, err));
    if (proof->certificate != NULL)
        YX_TRY(read_certificate(proof->certificate, &out->certificate, err));
    out->proof.answer.challenge = YX_TEXT(proof->challenge);
    out->proof.answer.signature = yx_buf_bytes(&out->signature);
    out->proof.answer.certificate = yx_buf_bytes(&out->certificate);
    return YX_OK;
}

static yx_status enter(const struct yx_api_call *call, const struct yx_api_proof *proof, bool again,
                       char token[YX_TOKEN_TEXT], struct yx_error *err)
{
    const struct yx_login_attempt attempt = {
        .name = proof->name == NULL ? "" : proof->name,
        .password = YX_TEXT(proof->password),
        .code = proof->code,
        .address = call->http->peer,
        .agent = yx_http_header_of(call->http, "User-Agent"),
        .now = call->now,
        .session = again ? &call->who : NULL,
    };

    return yx_login_enter(call->services->login, &attempt, token, err);
}

static yx_status prove(const struct yx_api_call *call, const struct yx_api_proof *proof, bool again,
                       char token[YX_TOKEN_TEXT], struct yx_error *err)
{
    YX_CLEAN(yx_api_signed) struct yx_api_signed sent = {0};

    YX_TRY(yx_api_signed_read(call, proof, &sent, err));
    sent.proof.session = again ? &call->who : NULL;
    return yx_login_prove(call->services->login, &sent.proof, token, err);
}

yx_status yx_api_show(struct yx_api_call *call, const struct yx_api_proof *proof, bool again,
                      struct yx_error *err)
{
    char token[YX_TOKEN_TEXT], cookie[160];
    struct yx_login_who who;

    YX_TRY(proof->password != NULL ? enter(call, proof, again, token, err)
                                   : prove(call, proof, again, token, err));
    (void)snprintf(cookie, sizeof cookie, YX_API_COOKIE "=%s" YX_API_COOKIE_TERMS, token);
    yx_http_header(call->reply, "Set-Cookie", cookie);
    YX_TRY(yx_login_session_find(call->services->login, token, call->now, &who, err));
    call->who = who;
    yx_wipe(token, sizeof token);
    yx_wipe(cookie, sizeof cookie);
    return YX_OK;
}
