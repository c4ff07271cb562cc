/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apipeople/credential.c - what opens the account of who asks, changed by its holder.
 *
 *   PUT     /api/v1/session/password       {old, new, code}
 *   POST    /api/v1/session/codes          {algorithm}: a secret for an app; not yet asked for
 *   PUT     /api/v1/session/codes          {code}: from now on; the reply has the recovery codes
 *   DELETE  /api/v1/session/codes
 *   GET     /api/v1/session/certificates
 *   POST    /api/v1/session/certificates   {kind, challenge, signature, certificate} | {kind, tls}
 *   DELETE  /api/v1/session/certificates/{binding}
 */
#include "apipeople/room.h"

/* --- The password ---------------------------------------------------------------------------- */

struct password {
    const struct yx_api_call *call;
    const char *old, *new, *code;
    struct yx_login_new_password prepared;
};
static const struct yx_json_member password_members[] = {
    {"old", YX_JSON_TEXT, true, 1, 1000, YX_JSON_AT(struct password, old)},
    {"new", YX_JSON_TEXT, true, 1, 1000, YX_JSON_AT(struct password, new)},
    {"code", YX_JSON_TEXT, false, 0, 40, YX_JSON_AT(struct password, code)},
    YX_JSON_END,
};

static yx_status set_password(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                              struct yx_error *err)
{
    const struct password *password = self;
    const struct yx_api_call *call = password->call;
    const struct yx_login_by by = yx_api_by(call);

    yx_api_about(outcome, "account", call->who.account);
    YX_TRY(yx_login_password_put(tx, call->who.account, &password->prepared, call->who.session, &by,
                                 err));
    outcome->body = json_pack("{s:s}", "csrf", call->who.csrf);
    return outcome->body == NULL ? yx_fail_memory(err) : YX_OK;
}

/* The old one first: whoever found an open browser learns nothing about it, and guesses count. */
static yx_status put_password(struct yx_api_call *call, struct yx_error *err)
{
    struct password password = {.call = call};
    struct yx_api_names names;

    YX_TRY(yx_json_members(call->body, password_members, &password, err));
    const struct yx_api_proof proof = {.password = password.old, .code = password.code};
    YX_TRY(yx_api_show(call, &proof, true, err));
    YX_TRY(yx_api_names_of(call, call->who.party, &names, err));
    YX_TRY(yx_login_password_prepare(call->services->login, call->who.account,
                                     YX_TEXT(password.new), names.list, &password.prepared, err));
    return yx_api_change(call, set_password, &password, err);
}

/* --- Codes ----------------------------------------------------------------------------------- */

struct codes {
    const struct yx_api_call *call;
    int algorithm;
    const char *code;
    struct yx_totp_secret secret;
    struct yx_recovery_codes recovery;
    struct yx_buf uri;
};
static void codes_free(struct codes *codes)
{
    yx_buf_free(&codes->uri);
    yx_wipe(&codes->secret, sizeof codes->secret);
    yx_wipe(&codes->recovery, sizeof codes->recovery);
}
YX_DEFINE_CLEAN_VALUE(codes, struct codes, codes_free);

static const char *const algorithms[] = {
    [YX_TOTP_SHA1] = "SHA1",
    [YX_TOTP_SHA256] = "SHA256",
    [YX_TOTP_SM3] = "SM3",
    NULL,
};
static const struct yx_json_member begin_members[] = {
    {"algorithm", YX_JSON_CHOICE, false, 0, 0, YX_JSON_AT(struct codes, algorithm), algorithms},
    YX_JSON_END,
};
static const struct yx_json_member confirm_members[] = {
    {"code", YX_JSON_TEXT, true, 6, 6, YX_JSON_AT(struct codes, code)},
    YX_JSON_END,
};

static yx_status begin_codes(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                             struct yx_error *err)
{
    const struct codes *codes = self;
    const struct yx_api_call *call = codes->call;

    yx_api_about(outcome, "account", call->who.account);
    YX_TRY(yx_login_totp_begin(call->services->login, tx, call->who.account, &codes->secret, err));
    outcome->body = json_pack("{s:s}", "algorithm", algorithms[codes->secret.algorithm]);
    outcome->once = json_pack("{s:s%}", "uri", (const char *)codes->uri.data, codes->uri.len);
    return outcome->body == NULL || outcome->once == NULL ? yx_fail_memory(err) : YX_OK;
}

static yx_status post_codes(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(codes) struct codes codes = {.call = call, .algorithm = YX_TOTP_SHA1};

    YX_TRY(yx_json_members(call->body, begin_members, &codes, err));
    YX_TRY(yx_totp_make((enum yx_totp_algorithm)codes.algorithm, &codes.secret, err));
    YX_TRY(
        yx_login_totp_uri(call->services->login, call->who.name, &codes.secret, &codes.uri, err));
    return yx_api_change(call, begin_codes, &codes, err);
}

static yx_status confirm_codes(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                               struct yx_error *err)
{
    const struct codes *codes = self;
    const struct yx_api_call *call = codes->call;
    const struct yx_login_by by = yx_api_by(call);
    YX_CLEAN(json) json_t *list = json_array();

    yx_api_about(outcome, "account", call->who.account);
    YX_TRY(yx_login_totp_confirm(call->services->login, tx, call->who.account, codes->code,
                                 &codes->recovery, &by, err));
    for (size_t i = 0; i < YX_RECOVERY_CODES; i++)
        if (json_array_append_new(list, json_string(codes->recovery.text[i])) != 0)
            return yx_fail_memory(err);
    outcome->body = json_object();
    outcome->once = json_pack("{s:O}", "recovery_codes", list);
    return outcome->body == NULL || outcome->once == NULL ? yx_fail_memory(err) : YX_OK;
}

static yx_status put_codes(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(codes) struct codes codes = {.call = call};

    YX_TRY(yx_json_members(call->body, confirm_members, &codes, err));
    YX_TRY(yx_recovery_codes_make(&codes.recovery, err));
    return yx_api_change(call, confirm_codes, &codes, err);
}

static yx_status remove_codes(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                              struct yx_error *err)
{
    const struct yx_api_call *call = self;
    const struct yx_login_by by = yx_api_by(call);

    yx_api_about(outcome, "account", call->who.account);
    return yx_login_totp_remove(tx, call->who.account, &by, err);
}

static yx_status delete_codes(struct yx_api_call *call, struct yx_error *err)
{
    return yx_api_change(call, remove_codes, call, err);
}

/* --- Certificates ---------------------------------------------------------------------------- */

static const char *const kinds[] = {"certificate", "person", "organisation", NULL};

struct binding {
    struct yx_api_proof proof; /* first: the table of proofs takes it */
    const struct yx_api_call *call;
    int kind;
    struct yx_cert *cert;
};
static void binding_free(struct binding *binding)
{
    yx_cert_free(binding->cert);
}
YX_DEFINE_CLEAN_VALUE(binding, struct binding, binding_free);

static const struct yx_json_member binding_members[] = {
    {"kind", YX_JSON_CHOICE, false, 0, 0, YX_JSON_AT(struct binding, kind), kinds},
    {"challenge", YX_JSON_LINES, false, 1, 1000, YX_JSON_AT(struct binding, proof.challenge)},
    {"signature", YX_JSON_LINES, false, 1, 100000, YX_JSON_AT(struct binding, proof.signature)},
    {"certificate", YX_JSON_LINES, false, 1, 100000, YX_JSON_AT(struct binding, proof.certificate)},
    {"tls", YX_JSON_BOOL, false, 0, 0, YX_JSON_AT(struct binding, proof.tls)},
    YX_JSON_END,
};

static yx_status bind(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                      struct yx_error *err)
{
    const struct binding *binding = self;
    const struct yx_api_call *call = binding->call;
    const struct yx_login_new_binding wanted = {
        .account = call->who.account,
        .cert = binding->cert,
        .kind = (enum yx_login_binding_kind)binding->kind,
    };
    const struct yx_login_by by = yx_api_by(call);
    char id[YX_UUID_TEXT];

    YX_TRY(yx_login_binding_make(call->services->login, tx, &wanted, &by, id, err));
    yx_api_about(outcome, "account", call->who.account);
    outcome->status = 201;
    outcome->body = json_pack("{s:s, s:s}", "id", id, "kind", kinds[binding->kind]);
    return yx_api_details(outcome,
                          json_pack("{s:s, s:s, s:s}", "binding", id, "kind", kinds[binding->kind],
                                    "serial", yx_cert_serial(binding->cert)),
                          err);
}

static yx_status post_certificate(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(binding) struct binding binding = {.call = call};
    YX_CLEAN(yx_api_signed) struct yx_api_signed sent = {0};

    YX_TRY(yx_json_members(call->body, binding_members, &binding, err));
    YX_TRY(yx_api_signed_read(call, &binding.proof, &sent, err));
    YX_TRY(yx_login_prove_key(call->services->login, &sent.proof, &binding.cert, err));
    return yx_api_change(call, bind, &binding, err);
}

static json_t *describe(const struct yx_login_binding *binding)
{
    return json_pack("{s:s, s:s, s:s, s:o}", "id", binding->id, "kind",
                     yx_login_binding_name(binding->kind), "label", binding->label, "made_at",
                     yx_api_time(binding->made_at));
}

static yx_status add_binding(void *self, const struct yx_login_binding *binding,
                             struct yx_error *err)
{
    return yx_api_page_add(self, binding->id, describe(binding), err);
}

static yx_status list_bindings(void *self, struct yx_tx *tx, struct yx_api_page *page,
                               struct yx_error *err)
{
    (void)self;
    return yx_login_binding_list(tx, page->call->who.account, page->after, yx_api_page_rows(page),
                                 add_binding, page, err);
}

static yx_status get_certificates(struct yx_api_call *call, struct yx_error *err)
{
    return yx_api_list(call, list_bindings, NULL, err);
}

static yx_status unbind(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                        struct yx_error *err)
{
    const struct yx_api_call *call = self;
    const struct yx_login_by by = yx_api_by(call);

    yx_api_about(outcome, "account", call->who.account);
    YX_TRY(yx_api_details(outcome, json_pack("{s:s}", "binding", call->http->ids[0]), err));
    return yx_login_binding_remove(tx, call->who.account, call->http->ids[0], &by, err);
}

static yx_status delete_certificate(struct yx_api_call *call, struct yx_error *err)
{
    return yx_api_change(call, unbind, call, err);
}

const struct yx_api_route yx_api_credentials[] = {
    {"PUT", "/api/v1/session/password", YX_API_LOGGED_IN, "account.password", put_password,
     YX_API_UNFINISHED | YX_API_PERSON | YX_API_SECRET},
    {"POST", "/api/v1/session/codes", YX_API_LOGGED_IN, "account.codes.begin", post_codes,
     YX_API_UNFINISHED | YX_API_RECENT | YX_API_PERSON},
    {"PUT", "/api/v1/session/codes", YX_API_LOGGED_IN, "account.codes.add", put_codes,
     YX_API_UNFINISHED | YX_API_RECENT | YX_API_PERSON},
    {"DELETE", "/api/v1/session/codes", YX_API_LOGGED_IN, "account.codes.remove", delete_codes,
     YX_API_RECENT | YX_API_PERSON},
    {"GET", "/api/v1/session/certificates", YX_API_LOGGED_IN, NULL, get_certificates},
    {"POST", "/api/v1/session/certificates", YX_API_LOGGED_IN, "account.certificate.add",
     post_certificate, YX_API_RECENT | YX_API_PERSON, YX_API_PROOF_BODY},
    {"DELETE", "/api/v1/session/certificates/{binding}", YX_API_LOGGED_IN,
     "account.certificate.remove", delete_certificate, YX_API_RECENT | YX_API_PERSON},
    YX_API_ROUTES_END,
};
