/* SPDX-License-Identifier: Apache-2.0 */
/* test_accounts.c - accounts as those who manage them see them; keys of systems, recoveries. */
#include "support.h"
#include "tools.h"

#include "browser.h"
#include "database.h"
#include "signed_request.h"
#include "world.h"

#include "people.h"

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
    char id[YX_UUID_TEXT], next[YX_UUID_TEXT];

    service_open(database, &service);
    administrator(&service, &admin);
    person(&service, &admin, "auditor", NULL, id, &auditor);
    grant(&service, id, "auditor", NULL);
    expect_problem(&admin, "POST", world_say("/api/v1/accounts/%s/link", id), "{}", 403,
                   "two-people");
    expect_problem(&admin, "POST", world_say("/api/v1/accounts/%s/password", id),
                   "{\"password\":\"" OTHER_PASSWORD "\"}", 403, "two-people");
    /* Nor is one that was invited and has not come in yet. */
    expect_ask(&admin, "POST", "/api/v1/accounts", "{\"name\":\"next\"}", 201);
    snprintf(next, sizeof next, "%s", member(&admin, "id"));
    expect_ask(&admin, "POST", world_say("/api/v1/accounts/%s/link", next), "{}", 201);
    grant(&service, next, "security-administrator", NULL);
    expect_problem(&admin, "POST", world_say("/api/v1/accounts/%s/link", next), "{}", 403,
                   "two-people");
    expect_problem(&admin, "POST", world_say("/api/v1/accounts/%s/password", next),
                   "{\"password\":\"" OTHER_PASSWORD "\"}", 403, "two-people");
    /* The last who administers security is not locked away by who administers the system. */
    expect_problem(&admin, "POST", world_say("/api/v1/accounts/%s/lock", next),
                   "{\"reason\":\"x\"}", 409, "separation");
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
        2);
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

/* C-06: where the rules want two people, one resets nothing; a first password is no reset. */
static yx_status rule_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    static const struct yx_policy_value value = {"password.reset", "two-people", ""};
    const yx_time *now = self;
    const struct yx_policy_entry entry = {.scheme = YX_POLICY_HOUSE,
                                          .name_zh = "重置",
                                          .name_en = "Resets",
                                          .source = "",
                                          .from = YX_TIME_NONE,
                                          .until = YX_TIME_NONE,
                                          .values = &value,
                                          .count = 1};
    const struct yx_policy_opinion opinion = {
        .by = "cli:other", .department = "", .text = "", .approves = true, .at = *now};
    enum yx_policy_state state;
    char id[YX_UUID_TEXT];

    YX_TRY(yx_policy_draft(tx, &entry, "cli:test", *now, id, err));
    YX_TRY(yx_policy_propose(tx, id, "cli:test", *now, err));
    return yx_policy_decide(tx, id, &opinion, &state, err);
}

static void rules_may_want_two_people_for_every_reset(struct database *database)
{
    YX_CLEAN(service) struct service service;
    YX_CLEAN(browser) struct browser admin = {0};
    YX_CLEAN(browser) struct browser wang = {0};
    YX_CLEAN(browser) struct browser li = {0};
    yx_time now = yx_now() - YX_SECOND;
    struct yx_error err = {0};
    char id[YX_UUID_TEXT];

    service_open(database, &service);
    administrator(&service, &admin);
    person(&service, &admin, "wang", service.world.party, id, &wang);
    expect_ask(&admin, "POST", world_say("/api/v1/accounts/%s/link", id), "{}", 201);
    expect_ok(yx_store_write(service.world.services.store, rule_work, &now, &err), &err);
    expect_problem(&admin, "POST", world_say("/api/v1/accounts/%s/link", id), "{}", 403,
                   "two-people");
    expect_problem(&admin, "POST", world_say("/api/v1/accounts/%s/password", id),
                   "{\"password\":\"" OTHER_PASSWORD "\"}", 403, "two-people");
    person(&service, &admin, "li", service.world.party, id, &li);
}

/* --- Keys of systems ----------------------------------------------------------------------- */

static const char *authorization(const char *key, const char *secret, const char *method,
                                 const char *target, const char *body)
{
    static char header[SIGNED_REQUEST_TEXT];
    char time[YX_TIME_TEXT];

    yx_time_format(yx_now(), time);
    sign_request(&(struct signing){.key = key,
                                   .secret = secret,
                                   .method = method,
                                   .target = target,
                                   .time = time,
                                   .body = body},
                 header);
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
    name_person(&service, id, "甲");
    person(&service, &admin, "second", NULL, id, &second);
    grant(&service, id, "system-administrator", NULL);
    const char *body =
        world_say("{\"account\":\"%s\",\"evidence\":\"file 12\",\"reason\":\"lost\"}", wang_id);
    /* Of whom nobody knows who they are, nobody knows that they are two. */
    expect_problem(&admin, "POST", "/api/v1/recoveries", body, 403, "two-people");
    name_person(&service, service.admin, "丙");
    expect_problem(&admin, "POST", "/api/v1/recoveries", body, 403, "two-people");
    name_person(&service, wang_id, "王");
    expect_ask(&admin, "POST", "/api/v1/recoveries", body, 201);
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
    expect_problem(&second, "POST", world_say("/api/v1/recoveries/%s/approve", recovery), "{}", 403,
                   "two-people");
    expect_ask(&admin, "PATCH", world_say("/api/v1/accounts/%s", id),
               world_say("{\"party\":\"%s\"}", service.world.party), 200);
    expect_problem(&second, "POST", world_say("/api/v1/recoveries/%s/approve", recovery), "{}", 403,
                   "two-people");
    name_person(&service, id, "乙");
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
    {"accounts are reached through their party", accounts_are_reached_through_their_party, false},
    {"few of many accounts", few_of_many_accounts, false},
    {"administrators are not opened by one", administrators_are_not_opened_by_one, false},
    {"a link sets a forgotten password", a_link_sets_a_forgotten_password, false},
    {"a link leads to a page", a_link_leads_to_a_page, false},
    {"rules may want two people for every reset", rules_may_want_two_people_for_every_reset, false},
    {"systems sign their requests", systems_sign_their_requests, false},
    {"two people recover an account", two_people_recover_an_account, false},
};

int main(void)
{
    return database_main("api/accounts", cases, sizeof cases / sizeof cases[0], true);
}
