/* SPDX-License-Identifier: Apache-2.0 */
/* test_people.c - log-ins and sessions over HTTP, and what opens an account, as people and thieves
 * use them. */
#include "support.h"
#include "tools.h"

#include "browser.h"
#include "database.h"
#include "pki.h"
#include "world.h"

#include "people.h"

/* --- In and out ---------------------------------------------------------------------------- */

static void in_and_out(struct database *database)
{
    YX_CLEAN(service) struct service service;
    YX_CLEAN(browser) struct browser admin = {0};

    service_open(database, &service);
    administrator(&service, &admin);
    assert_string_equal(member(&admin, "name"), "admin");
    assert_string_equal(member(&admin, "duty"), "none");
    assert_int_equal(strlen(admin.cookie), 43);
    assert_null(strstr(strstr(admin.reply.text, "\r\n\r\n"), admin.cookie));
    expect_ask(&admin, "GET", "/api/v1/session", NULL, 200);
    assert_string_equal(member(&admin, "account"), service.admin);
    const json_t *permissions = json_object_get(admin.body, "permissions");
    assert_int_equal(json_array_size(permissions), 4);
    assert_string_equal(json_string_value(json_array_get(permissions, 0)), "account.manage");
    /* The link is used up. */
    expect_problem(
        &admin, "POST", "/api/v1/links",
        world_say("{\"token\":\"%s\",\"password\":\"" PASSWORD "\"}", service.first.text), 401,
        "log-in");
    struct browser thief = admin;
    thief.body = NULL;
    expect_ask(&admin, "DELETE", "/api/v1/session", NULL, 204);
    assert_string_equal(admin.cookie, "");
    /* What was stolen before is worth nothing behind the log-out. */
    expect_problem(&thief, "GET", "/api/v1/session", NULL, 401, "log-in");
    json_decref(thief.body);
}

static void who_is_refused_learns_nothing(struct database *database)
{
    YX_CLEAN(service) struct service service;
    YX_CLEAN(browser) struct browser admin = {0};
    YX_CLEAN(browser) struct browser stranger = {0};
    char first[300] = "";
    static const char *const names[] = {"admin", "nobody", "", "wa/ng"};

    service_open(database, &service);
    administrator(&service, &admin);
    stranger = browser_of(&service);
    for (size_t i = 0; i < 4; i++) {
        int status = ask(&stranger, "POST", "/api/v1/session", login_body(names[i], "wrong one 7"));

        assert_int_equal(status, i == 2 ? 400 : 401); /* an empty name is no name */
        if (i == 2)
            continue;
        assert_string_equal(stranger.cookie, "");
        if (first[0] == '\0')
            snprintf(first, sizeof first, "%s", member(&stranger, "detail"));
        assert_string_equal(member(&stranger, "detail"), first);
    }
    static const char *const odd[] = {
        "{}", "{\"name\":\"admin\"}", "{\"name\":\"admin\",\"password\":1}",
        "{\"name\":\"admin\",\"password\":\"x\",\"more\":1}", "{\"challenge\":\"x\"}"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        expect_ask(&stranger, "POST", "/api/v1/session", odd[i], 400);
    expect_problem(&stranger, "POST", "/api/v1/session", "{\"tls\":true}", 401, "log-in");
}

/* --- Forged requests, fixed and stolen sessions -------------------------------------------- */

static void forged_requests_do_nothing(struct database *database)
{
    YX_CLEAN(service) struct service service;
    YX_CLEAN(browser) struct browser admin = {0};
    char csrf[64];
    static const struct {
        const char *method, *target, *body;
    } rows[] = {
        {"DELETE", "/api/v1/session", NULL},
        {"DELETE", "/api/v1/sessions", NULL},
        {"PUT", "/api/v1/session/password", "{\"old\":\"a\",\"new\":\"b\"}"},
        {"POST", "/api/v1/session/codes", "{}"},
        {"POST", "/api/v1/session/confirm", "{\"password\":\"" PASSWORD "\"}"},
        {"POST", "/api/v1/accounts", "{\"name\":\"eve\"}"},
        {"POST", "/api/v1/session", "{\"name\":\"admin\",\"password\":\"" PASSWORD "\"}"},
    };

    service_open(database, &service);
    administrator(&service, &admin);
    snprintf(csrf, sizeof csrf, "%s", admin.csrf);
    for (int kind = 0; kind < 2; kind++) {
        snprintf(admin.csrf, sizeof admin.csrf, "%s", kind == 0 ? "" : "x");
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
            expect_problem(&admin, rows[i].method, rows[i].target, rows[i].body, 403, "forged");
    }
    snprintf(admin.csrf, sizeof admin.csrf, "%s", csrf);
    expect_ask(&admin, "GET", "/api/v1/session", NULL, 200);
    assert_int_equal(world_count(&service.world, "SELECT count(*) FROM login_account"), 1);
}

static void nobody_chooses_the_cookie_of_another(struct database *database)
{
    static const char chosen[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    YX_CLEAN(service) struct service service;
    YX_CLEAN(browser) struct browser admin = {0};
    YX_CLEAN(browser) struct browser before = {0};

    service_open(database, &service);
    administrator(&service, &admin);
    before = browser_of(&service);
    snprintf(before.cookie, sizeof before.cookie, "%s", admin.cookie);
    snprintf(before.csrf, sizeof before.csrf, "%s", admin.csrf);
    snprintf(admin.cookie, sizeof admin.cookie, "%s", chosen);
    expect_ask(&admin, "POST", "/api/v1/session", login_body("admin", PASSWORD), 201);
    assert_string_not_equal(admin.cookie, chosen);
    /* A log-in over a session that is there ends that one. */
    snprintf(admin.cookie, sizeof admin.cookie, "%s", before.cookie);
    snprintf(admin.csrf, sizeof admin.csrf, "%s", before.csrf);
    expect_ask(&admin, "POST", "/api/v1/session", login_body("admin", PASSWORD), 201);
    expect_ask(&before, "GET", "/api/v1/session", NULL, 401);
    expect_ask(&admin, "GET", "/api/v1/session", NULL, 200);
}

static void sessions_are_listed_and_ended(struct database *database)
{
    YX_CLEAN(service) struct service service;
    YX_CLEAN(browser) struct browser admin = {0};
    YX_CLEAN(browser) struct browser wang = {0};
    YX_CLEAN(browser) struct browser second = {0};
    char id[YX_UUID_TEXT], session[YX_UUID_TEXT];

    service_open(database, &service);
    administrator(&service, &admin);
    person(&service, &admin, "wang", NULL, id, &wang);
    snprintf(session, sizeof session, "%s", member(&wang, "session"));
    second = browser_of(&service);
    expect_ask(&second, "POST", "/api/v1/session", login_body("wang", PASSWORD), 201);
    expect_ask(&second, "GET", "/api/v1/sessions", NULL, 200);
    const json_t *items = json_object_get(second.body, "items");
    assert_int_equal(json_array_size(items), 2);
    assert_string_equal(json_string_value(json_object_get(json_array_get(items, 0), "id")),
                        session);
    assert_true(json_is_false(json_object_get(json_array_get(items, 0), "current")));
    assert_true(json_is_true(json_object_get(json_array_get(items, 1), "current")));
    /* Those of others are not there for anybody who guesses. */
    expect_problem(&admin, "DELETE", world_say("/api/v1/sessions/%s", session), NULL, 404,
                   "not-found");
    expect_ask(&wang, "GET", "/api/v1/session", NULL, 200);
    expect_ask(&second, "DELETE", world_say("/api/v1/sessions/%s", session), NULL, 204);
    expect_ask(&wang, "GET", "/api/v1/session", NULL, 401);
    expect_ask(&second, "GET", "/api/v1/session", NULL, 200);
    /* An administrator ends them all, and a lock does. */
    expect_ask(&admin, "POST", world_say("/api/v1/accounts/%s/sessions/end", id), "{}", 204);
    expect_ask(&second, "GET", "/api/v1/session", NULL, 401);
    expect_ask(&wang, "POST", "/api/v1/session", login_body("wang", PASSWORD), 201);
    expect_ask(&admin, "POST", world_say("/api/v1/accounts/%s/lock", id), "{\"reason\":\"left\"}",
               204);
    expect_ask(&wang, "GET", "/api/v1/session", NULL, 401);
    expect_ask(&wang, "POST", "/api/v1/session", login_body("wang", PASSWORD), 401);
    expect_ask(&admin, "POST", world_say("/api/v1/accounts/%s/unlock", id), "{}", 204);
    expect_ask(&wang, "POST", "/api/v1/session", login_body("wang", PASSWORD), 201);
}

/* --- Passwords and codes ------------------------------------------------------------------- */

/* REQ: SEC-12, a password that somebody else set is good for its change alone. */
static void a_first_password_must_be_changed(struct database *database)
{
    YX_CLEAN(service) struct service service;
    YX_CLEAN(browser) struct browser admin = {0};
    YX_CLEAN(browser) struct browser wang = {0};
    char id[YX_UUID_TEXT];

    service_open(database, &service);
    administrator(&service, &admin);
    expect_ask(&admin, "POST", "/api/v1/accounts",
               world_say("{\"name\":\"wang\",\"party\":\"%s\"}", service.world.party), 201);
    snprintf(id, sizeof id, "%s", member(&admin, "id"));
    expect_ask(&admin, "POST", world_say("/api/v1/accounts/%s/password", id),
               "{\"password\":\"hengtai1234\"}", 422); /* SEC-14: it leans on the party */
    expect_ask(&admin, "POST", world_say("/api/v1/accounts/%s/password", id),
               "{\"password\":\"" OTHER_PASSWORD "\"}", 204);
    wang = browser_of(&service);
    expect_ask(&wang, "POST", "/api/v1/session", login_body("wang", OTHER_PASSWORD), 201);
    assert_string_equal(member(&wang, "duty"), "change-first-password");
    expect_problem(&wang, "GET", "/api/v1/sessions", NULL, 403, "unfinished");
    expect_problem(&wang, "PUT", "/api/v1/session/password",
                   "{\"old\":\"wrong one 7\",\"new\":\"" PASSWORD "\"}", 401, "log-in");
    expect_ask(&wang, "PUT", "/api/v1/session/password",
               "{\"old\":\"" OTHER_PASSWORD "\",\"new\":\"1234567890\"}", 422);
    /* The cookie went on to another one nevertheless, and is known. */
    expect_ask(&wang, "GET", "/api/v1/session", NULL, 200);
    expect_ask(&wang, "PUT", "/api/v1/session/password",
               "{\"old\":\"" OTHER_PASSWORD "\",\"new\":\"" PASSWORD "\"}", 200);
    expect_ask(&wang, "GET", "/api/v1/session", NULL, 200);
    assert_string_equal(member(&wang, "duty"), "none");
    expect_ask(&wang, "GET", "/api/v1/sessions", NULL, 200);
    assert_int_equal(
        world_count(&service.world,
                    "SELECT count(*) FROM audit_leaf WHERE action = 'account.password'"),
        2);
}

static void code_of(const char *uri, int64_t ahead, char out[YX_TOTP_TEXT])
{
    static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    struct yx_totp_secret secret = {.algorithm = YX_TOTP_SM3};
    uint32_t bits = 0;
    unsigned held = 0;
    struct yx_error err = {0};

    for (const char *at = strstr(uri, "secret=") + 7; *at != '&'; at++) {
        bits = bits << 5 | (uint32_t)(strchr(base32, *at) - base32);
        held += 5;
        if (held >= 8)
            secret.octets[secret.len++] = (uint8_t)(bits >> (held -= 8));
    }
    expect_ok(yx_totp_code(&secret, yx_now() / YX_SECOND / 30 + ahead, out, &err), &err);
}

static void codes_are_set_up_and_asked_for(struct database *database)
{
    YX_CLEAN(service) struct service service;
    YX_CLEAN(browser) struct browser admin = {0};
    char code[YX_TOTP_TEXT], uri[512], recovery[32];

    service_open(database, &service);
    administrator(&service, &admin);
    admin.headers = "Idempotency-Key: once\r\n";
    expect_ask(&admin, "POST", "/api/v1/session/codes", "{\"algorithm\":\"SM3\"}", 200);
    snprintf(uri, sizeof uri, "%s", member(&admin, "uri"));
    assert_memory_equal(uri, "otpauth://totp/Yinxin:admin?secret=", 35);
    /* Asked again, the secret is not told again: nobody kept it. */
    expect_ask(&admin, "POST", "/api/v1/session/codes", "{\"algorithm\":\"SM3\"}", 200);
    assert_string_equal(member(&admin, "uri"), "");
    admin.headers = NULL;
    expect_ask(&admin, "PUT", "/api/v1/session/codes", "{\"code\":\"000000\"}", 422);
    code_of(uri, 0, code);
    expect_ask(&admin, "PUT", "/api/v1/session/codes", world_say("{\"code\":\"%s\"}", code), 200);
    const json_t *codes = json_object_get(admin.body, "recovery_codes");
    assert_int_equal(json_array_size(codes), 10);
    snprintf(recovery, sizeof recovery, "%s", json_string_value(json_array_get(codes, 0)));
    expect_problem(&admin, "POST", "/api/v1/session", login_body("admin", PASSWORD), 401, "code");
    expect_ask(
        &admin, "POST", "/api/v1/session",
        world_say("{\"name\":\"admin\",\"password\":\"" PASSWORD "\",\"code\":\"%s\"}", code), 401);
    code_of(uri, 1, code);
    expect_ask(
        &admin, "POST", "/api/v1/session",
        world_say("{\"name\":\"admin\",\"password\":\"" PASSWORD "\",\"code\":\"%s\"}", code), 201);
    expect_ask(
        &admin, "POST", "/api/v1/session",
        world_say("{\"name\":\"admin\",\"password\":\"" PASSWORD "\",\"code\":\"%s\"}", recovery),
        201);
    expect_ask(&admin, "DELETE", "/api/v1/session/codes", NULL, 204);
    expect_ask(&admin, "POST", "/api/v1/session", login_body("admin", PASSWORD), 201);
}

/* Dangerous things want somebody who was just here. */
static void a_fresh_log_in_is_asked_for(struct database *database)
{
    YX_CLEAN(service) struct service service;
    YX_CLEAN(browser) struct browser admin = {0};
    char cookie[64];

    service_open(database, &service);
    administrator(&service, &admin);
    database_must(service.world.services.store,
                  "UPDATE login_session SET authenticated_at = authenticated_at - 601000000");
    expect_problem(&admin, "POST", "/api/v1/session/codes", "{}", 403, "log-in-again");
    snprintf(cookie, sizeof cookie, "%s", admin.cookie);
    expect_problem(&admin, "POST", "/api/v1/session/confirm", "{\"password\":\"wrong one 7\"}", 401,
                   "log-in");
    expect_ask(&admin, "POST", "/api/v1/session/confirm", "{\"password\":\"" PASSWORD "\"}", 200);
    assert_string_not_equal(admin.cookie, cookie);
    expect_ask(&admin, "POST", "/api/v1/session/codes", "{}", 200);
    snprintf(admin.cookie, sizeof admin.cookie, "%s", cookie);
    expect_ask(&admin, "GET", "/api/v1/session", NULL, 401);
}

/* --- Certificates -------------------------------------------------------------------------- */

static const char *signed_body(struct browser *browser, const struct pki_person *signer,
                               const char *more)
{
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    YX_CLEAN(yx_buf) struct yx_buf value_text = {0};
    YX_CLEAN(yx_buf) struct yx_buf cert_text = {0};
    struct yx_signer by = pki_signer(signer);
    struct yx_error err = {0};
    char *quoted;
    const char *body;

    expect_ask(browser, "POST", "/api/v1/challenges", "{}", 201);
    const json_t *challenge = json_object_get(browser->body, "challenge");
    expect_ok(by.sign(by.self, by.algorithm, YX_TEXT(json_string_value(challenge)), &value, &err),
              &err);
    (void)yx_base64_encode(yx_buf_bytes(&value), &value_text);
    (void)yx_base64_encode(yx_cert_der(signer->cert), &cert_text);
    quoted = json_dumps(challenge, JSON_ENCODE_ANY);
    body = world_say("{\"challenge\":%s,\"signature\":\"%.*s\",\"certificate\":\"%.*s\"%s}", quoted,
                     (int)value_text.len, (const char *)value_text.data, (int)cert_text.len,
                     (const char *)cert_text.data, more);
    free(quoted);
    return body;
}

static void certificates_open_accounts(struct database *database)
{
    YX_CLEAN(service) struct service service;
    YX_CLEAN(browser) struct browser admin = {0};
    YX_CLEAN(browser) struct browser holder = {0};
    YX_CLEAN(pki) struct pki pki = {0};
    struct yx_trust *trust = NULL;
    struct yx_error err = {0};
    char binding[YX_UUID_TEXT];
    const char *body;

    service_open(database, &service);
    administrator(&service, &admin);
    expect_ok(pki_open(YX_KEY_SM2, &pki, &err), &err);
    expect_ok(yx_trust_copy(pki.trust, &trust, &err), &err);
    yx_login_set_trust(service.world.services.login, trust);
    holder = browser_of(&service);
    body = signed_body(&holder, &pki.holder, "");
    expect_problem(&holder, "POST", "/api/v1/session", body, 401, "log-in");
    expect_ask(&admin, "POST", "/api/v1/session/certificates",
               signed_body(&admin, &pki.holder, ",\"kind\":\"certificate\""), 201);
    snprintf(binding, sizeof binding, "%s", member(&admin, "id"));
    body = signed_body(&holder, &pki.holder, "");
    expect_ask(&holder, "POST", "/api/v1/session", body, 201);
    assert_string_equal(member(&holder, "account"), service.admin);
    /* The same answer a second time, by whoever saw it. */
    holder.cookie[0] = '\0';
    expect_problem(&holder, "POST", "/api/v1/session", body, 401, "log-in");
    body = signed_body(&holder, &pki.maker, "");
    expect_problem(&holder, "POST", "/api/v1/session", body, 401, "log-in");
    expect_ask(&admin, "GET", "/api/v1/session/certificates", NULL, 200);
    assert_int_equal(json_array_size(json_object_get(admin.body, "items")), 1);
    expect_ask(&admin, "DELETE", world_say("/api/v1/session/certificates/%s", binding), NULL, 204);
    expect_problem(&admin, "DELETE", world_say("/api/v1/session/certificates/%s", binding), NULL,
                   404, "not-found");
    body = signed_body(&holder, &pki.holder, "");
    expect_problem(&holder, "POST", "/api/v1/session", body, 401, "log-in");
}

static const struct database_case cases[] = {
    {"in and out", in_and_out, false},
    {"who is refused learns nothing", who_is_refused_learns_nothing, false},
    {"forged requests do nothing", forged_requests_do_nothing, false},
    {"nobody chooses the cookie of another", nobody_chooses_the_cookie_of_another, false},
    {"sessions are listed and ended", sessions_are_listed_and_ended, false},
    {"a first password must be changed", a_first_password_must_be_changed, false},
    {"codes are set up and asked for", codes_are_set_up_and_asked_for, false},
    {"a fresh log-in is asked for", a_fresh_log_in_is_asked_for, false},
    {"certificates open accounts", certificates_open_accounts, false},
};

int main(void)
{
    return database_main("api/people", cases, sizeof cases / sizeof cases[0], true);
}
