/* SPDX-License-Identifier: Apache-2.0 */
/* test_people.c - sessions, accounts, keys and recoveries over HTTP, as people, systems and thieves
 * use them. */
#include "support.h"
#include "tools.h"

#include "browser.h"
#include "database.h"
#include "pki.h"
#include "world.h"

#define PASSWORD "korrekte Pferde 7"
#define OTHER_PASSWORD "sieben Wale 3"
#define NOWHERE "018f0000-0000-7000-8000-000000000000"

/* --- The service --------------------------------------------------------------------------- */

struct service {
    struct world world;
    char admin[YX_UUID_TEXT];
    struct yx_login_secret first;
};

/* A role for an account within a party; NULL: everywhere. */
static void grant(struct service *service, const char *account, const char *role, const char *party)
{
    world_grant(&service->world, account, role, (struct yx_party_scope){.party = party});
}

static yx_status fill(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct service *service = self;
    const struct yx_login_by by = {.actor = "cli:test", .now = yx_now()};
    bool made;

    YX_TRY(yx_login_first(tx, &service->first, 3600, &by, service->admin, &made, err));
    assert_true(made);
    return YX_OK;
}

static void service_open(const struct database *database, struct service *service)
{
    struct world *world = &service->world;
    struct yx_error err = {0};

    *service = (struct service){.admin = ""};
    world_prepare(database, world);
    world->policy.hash_kib = 64;
    world->policy.hash_passes = 1;
    yx_login_set_policy(world->services.login, &world->policy);
    expect_ok(yx_login_secret_make(&service->first, &err), &err);
    expect_ok(yx_store_write(world->services.store, fill, service, &err), &err);
    world_parties(world);
    grant(service, service->admin, "system-administrator", NULL);
    world_serve(world, yx_resources);
}

static void service_close(struct service *service)
{
    world_close(&service->world);
}
YX_DEFINE_CLEAN_VALUE(service, struct service, service_close);

static struct browser browser_of(const struct service *service)
{
    return (struct browser){.port = yx_listener_port(service->world.listener)};
}

static const char *login_body(const char *name, const char *password)
{
    return world_say("{\"name\":\"%s\",\"password\":\"%s\"}", name, password);
}

/* The administrator, by the link that the service printed. */
static void administrator(struct service *service, struct browser *out)
{
    *out = browser_of(service);
    expect_ask(out, "POST", "/api/v1/links",
               world_say("{\"token\":\"%s\",\"password\":\"" PASSWORD "\"}", service->first.text),
               204);
    expect_ask(out, "POST", "/api/v1/session", login_body("admin", PASSWORD), 201);
}

/* Somebody whom the administrator invites, and who comes in. */
static void person(struct service *service, struct browser *admin, const char *name,
                   const char *party, char id[YX_UUID_TEXT], struct browser *out)
{
    expect_ask(admin, "POST", "/api/v1/accounts",
               party == NULL ? world_say("{\"name\":\"%s\"}", name)
                             : world_say("{\"name\":\"%s\",\"party\":\"%s\"}", name, party),
               201);
    snprintf(id, YX_UUID_TEXT, "%s", member(admin, "id"));
    expect_ask(admin, "POST", world_say("/api/v1/accounts/%s/link", id), "{}", 201);
    *out = browser_of(service);
    expect_ask(
        out, "POST", "/api/v1/links",
        world_say("{\"token\":\"%s\",\"password\":\"" PASSWORD "\"}", member(admin, "token")), 204);
    expect_ask(out, "POST", "/api/v1/session", login_body(name, PASSWORD), 201);
}

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

/* --- Accounts ------------------------------------------------------------------------------ */

static void accounts_are_reached_through_their_party(struct database *database)
{
    YX_CLEAN(service) struct service service;
    YX_CLEAN(browser) struct browser admin = {0};
    YX_CLEAN(browser) struct browser local = {0};
    YX_CLEAN(browser) struct browser wang = {0};
    YX_CLEAN(browser) struct browser li = {0};
    char local_id[YX_UUID_TEXT], wang_id[YX_UUID_TEXT], li_id[YX_UUID_TEXT];
    static const char *const actions[] = {"lock", "remove", "unlock", "link", "sessions/end"};

    service_open(database, &service);
    administrator(&service, &admin);
    person(&service, &admin, "local", NULL, local_id, &local);
    person(&service, &admin, "wang", service.world.party, wang_id, &wang);
    person(&service, &admin, "li", service.world.other, li_id, &li);
    /* Nobody reaches them without a permission. */
    expect_problem(&wang, "GET", "/api/v1/accounts", NULL, 403, "permission");
    expect_problem(&wang, "GET", world_say("/api/v1/accounts/%s", wang_id), NULL, 403,
                   "permission");
    grant(&service, local_id, "system-administrator", service.world.party);
    expect_ask(&local, "GET", world_say("/api/v1/accounts/%s", wang_id), NULL, 200);
    expect_problem(&local, "GET", world_say("/api/v1/accounts/%s", li_id), NULL, 403, "permission");
    expect_problem(&local, "GET", world_say("/api/v1/accounts/%s", service.admin), NULL, 403,
                   "permission");
    expect_problem(&local, "GET", "/api/v1/accounts/" NOWHERE, NULL, 404, "not-found");
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        expect_problem(&local, "POST", world_say("/api/v1/accounts/%s/%s", li_id, actions[i]),
                       i < 2 ? "{\"reason\":\"x\"}" : "{}", 403, "permission");
    expect_problem(&local, "PATCH", world_say("/api/v1/accounts/%s", li_id),
                   world_say("{\"party\":\"%s\"}", service.world.party), 403, "permission");
    expect_problem(&local, "PATCH", world_say("/api/v1/accounts/%s", wang_id),
                   world_say("{\"party\":\"%s\"}", service.world.other), 403, "permission");
    expect_problem(&local, "POST", "/api/v1/accounts", "{\"name\":\"eve\"}", 403, "permission");
    expect_problem(&local, "POST", "/api/v1/accounts",
                   world_say("{\"name\":\"eve\",\"party\":\"%s\"}", service.world.other), 403,
                   "permission");
    expect_problem(&admin, "POST", "/api/v1/accounts",
                   "{\"name\":\"eve\",\"party\":\"" NOWHERE "\"}", 404, "not-found");
    expect_ask(&li, "GET", "/api/v1/session", NULL, 200);
    /* Nor does anybody come in as somebody who may more, elsewhere. */
    expect_ask(&local, "POST", world_say("/api/v1/accounts/%s/link", wang_id), "{}", 201);
    grant(&service, wang_id, "printer", service.world.party);
    expect_ask(&local, "POST", world_say("/api/v1/accounts/%s/link", wang_id), "{}", 201);
    grant(&service, wang_id, "printer", service.world.other);
    expect_problem(&local, "POST", world_say("/api/v1/accounts/%s/link", wang_id), "{}", 403,
                   "permission");
    expect_problem(&local, "POST", world_say("/api/v1/accounts/%s/password", wang_id),
                   "{\"password\":\"" OTHER_PASSWORD "\"}", 403, "permission");
    expect_ask(&admin, "POST", world_say("/api/v1/accounts/%s/link", wang_id), "{}", 201);
    /* Lists show what may be seen, page by page. */
    expect_ask(&local, "GET", "/api/v1/accounts", NULL, 200);
    const json_t *items = json_object_get(local.body, "items");
    assert_int_equal(json_array_size(items), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(items, 0), "name")),
                        "wang");
    expect_ask(&admin, "GET", "/api/v1/accounts?limit=3", NULL, 200);
    assert_int_equal(json_array_size(json_object_get(admin.body, "items")), 3);
    expect_ask(&admin, "GET",
               world_say("/api/v1/accounts?limit=3&cursor=%s", member(&admin, "next")), NULL, 200);
    assert_int_equal(json_array_size(json_object_get(admin.body, "items")), 1);
    assert_null(json_object_get(admin.body, "next"));
}

/* Of many accounts somebody may see two, who finds them part by part. */
static void few_of_many_accounts(struct database *database)
{
    YX_CLEAN(service) struct service service;
    YX_CLEAN(browser) struct browser admin = {0};
    YX_CLEAN(browser) struct browser local = {0};
    char id[YX_UUID_TEXT];
    const char *next = "";
    int found = 0, parts = 0;

    service_open(database, &service);
    administrator(&service, &admin);
    person(&service, &admin, "local", NULL, id, &local);
    grant(&service, id, "system-administrator", service.world.party);
    database_must(
        service.world.services.store,
        world_say("INSERT INTO login_account (id, name, party, language, kind, state, made_at)"
                  " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)"
                  " SELECT 'id-' || i, 'many-' || (10000 + i), CASE WHEN i IN (7, 2400) THEN '%s'"
                  " ELSE '%s' END, 'zh', 0, 1, 1 FROM n",
                  service.world.party, service.world.other));
    for (; next[0] != '\0' || parts == 0; parts++) {
        expect_ask(&local, "GET",
                   parts == 0 ? "/api/v1/accounts" : world_say("/api/v1/accounts?cursor=%s", next),
                   NULL, 200);
        found += (int)json_array_size(json_object_get(local.body, "items"));
        next = world_say("%s", member(&local, "next"));
    }
    assert_int_equal(found, 2);
    assert_int_equal(parts, 2);
}

/* Whoever manages accounts does not become another administrator by it. */
static void administrators_are_not_opened_by_one(struct database *database)
{
    YX_CLEAN(service) struct service service;
    YX_CLEAN(browser) struct browser admin = {0};
    YX_CLEAN(browser) struct browser auditor = {0};
    char id[YX_UUID_TEXT];

    service_open(database, &service);
    administrator(&service, &admin);
    person(&service, &admin, "auditor", NULL, id, &auditor);
    grant(&service, id, "auditor", NULL);
    expect_problem(&admin, "POST", world_say("/api/v1/accounts/%s/link", id), "{}", 403,
                   "two-people");
    expect_problem(&admin, "POST", world_say("/api/v1/accounts/%s/password", id),
                   "{\"password\":\"" OTHER_PASSWORD "\"}", 403, "two-people");
    /* Nor does anybody help themselves. */
    expect_ask(&admin, "POST", world_say("/api/v1/accounts/%s/lock", service.admin),
               "{\"reason\":\"x\"}", 422);
    expect_ask(&admin, "POST", world_say("/api/v1/accounts/%s/remove", service.admin),
               "{\"reason\":\"x\"}", 422);
    expect_problem(&admin, "PATCH", world_say("/api/v1/accounts/%s", service.admin),
                   world_say("{\"party\":\"%s\"}", service.world.party), 403, "two-people");
    expect_ask(&auditor, "GET", "/api/v1/session", NULL, 200);
    /* Removed, it has nothing any more. */
    expect_ask(&admin, "POST", world_say("/api/v1/accounts/%s/remove", id), "{\"reason\":\"left\"}",
               204);
    expect_ask(&auditor, "GET", "/api/v1/session", NULL, 401);
    assert_int_equal(
        world_count(&service.world, "SELECT count(*) FROM party_grant WHERE revoked_at IS NULL"),
        1);
}

/* REQ: SEC-16, whoever forgot the password gets a link from those who manage accounts. */
static void a_link_sets_a_forgotten_password(struct database *database)
{
    YX_CLEAN(service) struct service service;
    YX_CLEAN(browser) struct browser admin = {0};
    YX_CLEAN(browser) struct browser wang = {0};
    char id[YX_UUID_TEXT], token[64];

    service_open(database, &service);
    administrator(&service, &admin);
    person(&service, &admin, "wang", NULL, id, &wang);
    admin.headers = "Idempotency-Key: link\r\n";
    expect_ask(&admin, "POST", world_say("/api/v1/accounts/%s/link", id), "{}", 201);
    assert_string_equal(member(&admin, "purpose"), "reset");
    snprintf(token, sizeof token, "%s", member(&admin, "token"));
    assert_int_equal(strlen(token), 43);
    expect_ask(&admin, "POST", world_say("/api/v1/accounts/%s/link", id), "{}", 201);
    assert_string_equal(member(&admin, "token"), "");
    expect_ask(&wang, "POST", "/api/v1/links",
               world_say("{\"token\":\"%s\",\"password\":\"" OTHER_PASSWORD "\"}", token), 204);
    expect_ask(&wang, "GET", "/api/v1/session", NULL, 401);
    expect_ask(&wang, "POST", "/api/v1/session", login_body("wang", PASSWORD), 401);
    expect_ask(&wang, "POST", "/api/v1/session", login_body("wang", OTHER_PASSWORD), 201);
}

static void post_form(const struct service *service, const char *form, int status, const char *part)
{
    int fd = wire_connect(yx_listener_port(service->world.listener));
    struct reply reply;

    world_send_head(&service->world, fd, NULL, "POST /start?lang=en",
                    "Content-Type: application/x-www-form-urlencoded\r\n", (ssize_t)strlen(form));
    assert_true(wire_send(fd, form, strlen(form)));
    wire_hear(fd, &reply);
    (void)close(fd);
    if (reply.status != status || strstr(reply.text, part) == NULL)
        fail_msg("%s: %d, %s", form, reply.status, reply.text);
}

/* For people who have the link and a browser: the password is what they typed. */
static void a_link_leads_to_a_page(struct database *database)
{
    YX_CLEAN(service) struct service service;
    YX_CLEAN(browser) struct browser admin = {0};
    const char *token;
    char form[30000];
    size_t len;

    service_open(database, &service);
    token = service.first.text;
    admin = browser_of(&service);
    expect_ask(&admin, "GET", world_say("/start?token=%s", token), NULL, 200);
    assert_non_null(strstr(admin.reply.text, world_say("value=\"%s\"", token)));
    assert_non_null(strstr(admin.reply.text, "Referrer-Policy: no-referrer"));
    expect_ask(&admin, "GET", "/start?token=%22%3E%3Cscript%3E", NULL, 200);
    assert_null(strstr(admin.reply.text, "<script"));
    post_form(&service, "", 400, "the form is not filled in");
    post_form(&service, "token=%ZZ", 400, "the form cannot be read");
    post_form(&service, world_say("token=%s&password=a+b&again=a+c", token), 422,
              "the two passwords are not the same");
    post_form(&service, world_say("token=%s&password=a&again=a", token), 422, "<form");
    post_form(&service, "token=x&password=korrekte+Pferde+7&again=korrekte+Pferde+7", 422, "<form");
    /* As long as the page takes one: it is too long, but not for the form. */
    len = (size_t)snprintf(form, sizeof form, "token=%s&password=", token);
    for (int i = 0; i < 2000; i++)
        len += (size_t)snprintf(form + len, sizeof form - len, "%s%%E9%%A9%%AC",
                                i == 1000 ? "&again=" : "");
    post_form(&service, form, 422, "<form");
    post_form(
        &service,
        world_say("token=%s&password=korrekte+%%E9%%A9%%AC+7&again=korrekte+%%E9%%A9%%AC+7", token),
        200, "The password is set");
    expect_ask(&admin, "POST", "/api/v1/session", login_body("admin", "korrekte 马 7"), 201);
    post_form(&service,
              world_say("token=%s&password=korrekte+Pferde+7&again=korrekte+Pferde+7", token), 422,
              "<form");
}

/* --- Keys of systems ----------------------------------------------------------------------- */

static const char *authorization(const char *key, const char *secret, const char *method,
                                 const char *target, const char *body)
{
    static char header[600];
    static unsigned count;
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    uint8_t digest[32], mac[YX_DIGEST_MAX];
    char hex[65], mac_hex[65], nonce[32], time[YX_TIME_TEXT];
    struct yx_error err = {0};

    snprintf(nonce, sizeof nonce, "nonce-of-a-test-%u", count++);
    yx_time_format(yx_now(), time);
    expect_ok(yx_digest(YX_DIGEST_SM3, YX_TEXT(body), digest, &err), &err);
    expect_ok(yx_signed_request_text(method, target, time, nonce, digest, &text, &err), &err);
    expect_ok(yx_hmac(YX_DIGEST_SM3, YX_TEXT(secret), yx_buf_bytes(&text), mac, &err), &err);
    for (int i = 0; i < 32; i++) {
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
        snprintf(mac_hex + 2 * i, 3, "%02x", mac[i]);
    }
    snprintf(header, sizeof header, "YX1-HMAC-SM3 key=%s, time=%s, nonce=%s, body=%s, signature=%s",
             key, time, nonce, hex, mac_hex);
    return header;
}

static void systems_sign_their_requests(struct database *database)
{
    YX_CLEAN(service) struct service service;
    YX_CLEAN(browser) struct browser admin = {0};
    YX_CLEAN(browser) struct browser system = {0};
    char id[YX_UUID_TEXT], key[YX_UUID_TEXT], secret[64];

    service_open(database, &service);
    administrator(&service, &admin);
    expect_ask(&admin, "POST", "/api/v1/accounts", "{\"name\":\"filing\",\"kind\":\"system\"}",
               201);
    snprintf(id, sizeof id, "%s", member(&admin, "id"));
    admin.headers = "Idempotency-Key: key\r\n";
    const char *body =
        world_say("{\"account\":\"%s\",\"name\":\"k\",\"permissions\":[\"seal.read\"],"
                  "\"addresses\":[\"127.0.0.0/8\"],\"expires_at\":\"2099-01-01\"}",
                  id);
    expect_ask(&admin, "POST", "/api/v1/api-keys", body, 201);
    snprintf(key, sizeof key, "%s", member(&admin, "id"));
    snprintf(secret, sizeof secret, "%s", member(&admin, "secret"));
    assert_int_equal(strlen(secret), 43);
    expect_ask(&admin, "POST", "/api/v1/api-keys", body, 201);
    assert_string_equal(member(&admin, "secret"), "");
    assert_string_equal(member(&admin, "id"), key);
    admin.headers = NULL;
    expect_ask(&admin, "GET", world_say("/api/v1/api-keys/%s", key), NULL, 200);
    assert_null(json_object_get(admin.body, "secret"));
    expect_ask(&admin, "GET", world_say("/api/v1/api-keys?account=%s", id), NULL, 200);
    assert_int_equal(json_array_size(json_object_get(admin.body, "items")), 1);

    system = browser_of(&service);
    system.authorization = authorization(key, secret, "GET", "/api/v1/session?a=1", "");
    expect_ask(&system, "GET", "/api/v1/session?a=1", NULL, 200);
    assert_string_equal(member(&system, "account"), id);
    assert_string_equal(member(&system, "kind"), "system");
    expect_problem(&system, "GET", "/api/v1/session?a=1", NULL, 401, "log-in");
    system.authorization = authorization(key, secret, "GET", "/api/v1/session?a=1", "");
    expect_problem(&system, "GET", "/api/v1/session?a=2", NULL, 401, "log-in");
    system.authorization = authorization(key, secret, "POST", "/api/v1/session/codes", "{}");
    expect_problem(&system, "POST", "/api/v1/session/codes", "{\"algorithm\":\"SM3\"}", 401,
                   "log-in");
    /* What is for people is not for systems; and a key does only what it is for. */
    system.authorization = authorization(key, secret, "POST", "/api/v1/session/codes", "{}");
    expect_problem(&system, "POST", "/api/v1/session/codes", "{}", 403, "permission");
    grant(&service, id, "system-administrator", NULL);
    system.authorization = authorization(key, secret, "GET", "/api/v1/accounts", "");
    expect_problem(&system, "GET", "/api/v1/accounts", NULL, 403, "permission");
    system.authorization = authorization(key, secret, "GET", "/api/v1/permissions", "");
    expect_ask(&system, "GET", "/api/v1/permissions", NULL, 200);
    assert_int_equal(json_array_size(json_object_get(system.body, "mine")), 0);
    expect_ask(&admin, "DELETE", world_say("/api/v1/api-keys/%s", key), NULL, 204);
    system.authorization = authorization(key, secret, "GET", "/api/v1/session", "");
    expect_problem(&system, "GET", "/api/v1/session", NULL, 401, "log-in");
    static const char *const wrong[] = {
        "{\"account\":\"%s\",\"name\":\"k\",\"permissions\":[\"all\"],\"expires_at\":\"2099-01-"
        "01\"}",
        "{\"account\":\"%s\",\"name\":\"k\",\"permissions\":[],\"expires_at\":\"2099-01-01\"}",
        "{\"account\":\"%s\",\"name\":\"k\",\"permissions\":[\"seal.read\"]}",
        "{\"account\":\"%s\",\"name\":\"k\",\"permissions\":[\"seal.read\"],\"expires_at\":"
        "\"2001-01-01\"}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[400];
        const char *at = strstr(wrong[i], "%s");

        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - wrong[i]), wrong[i], id, at + 2);
        assert_true(ask(&admin, "POST", "/api/v1/api-keys", text) >= 400);
    }
}

/* --- Recovery ------------------------------------------------------------------------------ */

static void two_people_recover_an_account(struct database *database)
{
    YX_CLEAN(service) struct service service;
    YX_CLEAN(browser) struct browser admin = {0};
    YX_CLEAN(browser) struct browser first = {0};
    YX_CLEAN(browser) struct browser second = {0};
    YX_CLEAN(browser) struct browser wang = {0};
    char wang_id[YX_UUID_TEXT], id[YX_UUID_TEXT], recovery[YX_UUID_TEXT];

    service_open(database, &service);
    administrator(&service, &admin);
    person(&service, &admin, "wang", NULL, wang_id, &wang);
    person(&service, &admin, "first", NULL, id, &first);
    grant(&service, id, "system-administrator", NULL);
    person(&service, &admin, "second", NULL, id, &second);
    grant(&service, id, "system-administrator", NULL);
    expect_ask(
        &admin, "POST", "/api/v1/recoveries",
        world_say("{\"account\":\"%s\",\"evidence\":\"file 12\",\"reason\":\"lost\"}", wang_id),
        201);
    snprintf(recovery, sizeof recovery, "%s", member(&admin, "id"));
    expect_problem(&wang, "GET", world_say("/api/v1/recoveries/%s", recovery), NULL, 403,
                   "permission");
    expect_problem(&admin, "POST", world_say("/api/v1/recoveries/%s/approve", recovery), "{}", 403,
                   "two-people");
    expect_ask(&first, "POST", world_say("/api/v1/recoveries/%s/approve", recovery), "{}", 200);
    assert_string_equal(member(&first, "token"), "");
    assert_string_equal(member(&first, "state"), "approved-once");
    expect_problem(&first, "POST", world_say("/api/v1/recoveries/%s/approve", recovery), "{}", 403,
                   "two-people");
    expect_ask(&second, "POST", world_say("/api/v1/recoveries/%s/approve", recovery), "{}", 200);
    assert_string_equal(member(&second, "state"), "done");
    expect_ask(&wang, "POST", "/api/v1/links",
               world_say("{\"token\":\"%s\",\"password\":\"" OTHER_PASSWORD "\"}",
                         member(&second, "token")),
               204);
    expect_ask(&wang, "POST", "/api/v1/session", login_body("wang", OTHER_PASSWORD), 201);
    expect_ask(&admin, "GET", "/api/v1/recoveries", NULL, 200);
    assert_int_equal(json_array_size(json_object_get(admin.body, "items")), 1);
    expect_problem(&admin, "GET", "/api/v1/recoveries/" NOWHERE, NULL, 404, "not-found");
    expect_ask(&admin, "POST", world_say("/api/v1/recoveries/%s/refuse", recovery), "{}", 422);
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
    {"accounts are reached through their party", accounts_are_reached_through_their_party, false},
    {"few of many accounts", few_of_many_accounts, false},
    {"administrators are not opened by one", administrators_are_not_opened_by_one, false},
    {"a link sets a forgotten password", a_link_sets_a_forgotten_password, false},
    {"a link leads to a page", a_link_leads_to_a_page, false},
    {"systems sign their requests", systems_sign_their_requests, false},
    {"two people recover an account", two_people_recover_an_account, false},
};

int main(void)
{
    return database_main("api/people", cases, sizeof cases / sizeof cases[0], true);
}
