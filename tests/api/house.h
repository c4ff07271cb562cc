/* SPDX-License-Identifier: Apache-2.0 */
/* house.h - the API on a listener, with people who are logged in. Needs support.h, tools.h and
 * database.h before it. */
#ifndef API_HOUSE_H
#define API_HOUSE_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "login/room.h"
#include "web/resources.h"

#define HOUSE_PEOPLE 128

struct house_person {
    char account[YX_UUID_TEXT];
    char token[YX_TOKEN_TEXT];
    char csrf[YX_TOKEN_TEXT];
};

struct house {
    struct yx_api_services services;
    struct yx_party_vault vault;
    struct yx_api *api;
    struct yx_listener *listener;
    struct yx_login_policy policy;
    struct house_person people[HOUSE_PEOPLE];
    size_t count;
};

static inline void house_open_with(const struct database *database, struct house *house,
                                   const struct yx_api_route *const *tables)
{
    const uint8_t secret[YX_PARTY_SECRET] = {1};
    const struct yx_login_setup setup = {.store = database_open(database),
                                         .service_key = YX_TEXT("a key of 32 octets or more ....."),
                                         .origin = "https://seal.example"};
    struct yx_error err = {0};
    size_t count;
    const struct yx_http_route *routes;

    *house = (struct house){.services.store = setup.store, .services.vault = &house->vault};
    expect_ok(yx_policy_prepare(setup.store, &err), &err);
    expect_ok(yx_jobs_prepare(setup.store, &err), &err);
    expect_ok(yx_outbox_prepare(setup.store, &err), &err);
    expect_ok(yx_party_prepare(setup.store, &err), &err);
    expect_ok(yx_login_prepare(setup.store, &err), &err);
    expect_ok(yx_api_prepare(setup.store, &err), &err);
    expect_ok(yx_login_new(&setup, &house->services.login, &err), &err);
    expect_ok(yx_party_vault_make(secret, &house->vault, &err), &err);
    yx_login_policy_usual(&house->policy);
    expect_ok(yx_api_new(&house->services, tables, &house->api, &err), &err);
    routes = yx_api_routes(house->api, &count);
    expect_ok(
        yx_listener_new(&(struct yx_listener_settings){0}, routes, count, &house->listener, &err),
        &err);
}

static inline void house_open(const struct database *database, struct house *house)
{
    house_open_with(database, house, yx_resources);
}

static inline void house_close(struct house *house)
{
    yx_listener_free(house->listener);
    yx_api_free(house->api);
    yx_login_free(house->services.login);
    yx_store_free(house->services.store);
    yx_party_vault_wipe(&house->vault);
}
YX_DEFINE_CLEAN_VALUE(house, struct house, house_close);

/* --- People -------------------------------------------------------------------------------------
 */

struct house_coming {
    const struct house *house;
    struct house_person *person;
    char name[32];
};

static inline yx_status house_come_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct house_coming *coming = self;
    const struct yx_login_by by = {.actor = "cli:test", .now = yx_now()};
    const struct yx_login_new_account wanted = {.name = coming->name};
    char id[YX_UUID_TEXT];
    const struct yx_login_opening opening = {.id = id,
                                             .token = coming->person->token,
                                             .account = coming->person->account,
                                             .methods = YX_LOGIN_BY_CERTIFICATE,
                                             .now = yx_now(),
                                             .policy = &coming->house->policy};

    YX_TRY(yx_login_account_make(tx, &wanted, &by, coming->person->account, err));
    YX_TRY(yx_tx_run(tx, "UPDATE login_account SET state = 1", NULL, 0, NULL, err));
    YX_TRY(yx_uuid_make(yx_now(), id, err));
    return yx_login_session_open(tx, &opening, err);
}

/* Somebody new, logged in just now, who may do nothing. */
static inline const struct house_person *house_come(struct house *house)
{
    struct house_person *person = &house->people[house->count];
    struct house_coming coming = {.house = house, .person = person};
    struct yx_login_who who;
    struct yx_error err = {0};

    assert_true(house->count < HOUSE_PEOPLE);
    snprintf(coming.name, sizeof coming.name, "person-%zu", house->count);
    memset(person->token, 'A', sizeof person->token - 1);
    person->token[0] = (char)('a' + house->count / 16);
    person->token[1] = (char)('a' + house->count++ % 16);
    expect_ok(yx_store_write(house->services.store, house_come_work, &coming, &err), &err);
    expect_ok(yx_login_session_find(house->services.login, person->token, yx_now(), &who, &err),
              &err);
    memcpy(person->csrf, who.csrf, sizeof who.csrf);
    return person;
}

static inline yx_status house_grant_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    char id[YX_UUID_TEXT];
    return yx_party_grant(tx, self, "cli:test", yx_now(), id, err);
}

static inline void house_grant(struct house *house, const struct house_person *person,
                               const char *role, struct yx_party_scope scope)
{
    struct yx_party_grant grant = {.account = person->account,
                                   .role = role,
                                   .scope = scope,
                                   .from = YX_TIME_NONE,
                                   .until = YX_TIME_NONE};
    struct yx_error err = {0};
    expect_ok(yx_store_write(house->services.store, house_grant_work, &grant, &err), &err);
}

static inline const struct house_person *house_come_as(struct house *house, const char *role,
                                                       struct yx_party_scope scope)
{
    const struct house_person *person = house_come(house);
    house_grant(house, person, role, scope);
    return person;
}

/* --- Requests -----------------------------------------------------------------------------------
 */

struct house_reply {
    int status;
    char text[262144];
    json_t *body; /* NULL: none, or no JSON */
};

static inline void house_reply_free(struct house_reply *reply)
{
    json_decref(reply->body);
}
YX_DEFINE_CLEAN_VALUE(house_reply, struct house_reply, house_reply_free);

static inline void house_hear(int fd, struct house_reply *out)
{
    const char *body;
    size_t len = 0;
    ssize_t got;

    while (len + 1 < sizeof out->text &&
           (got = recv(fd, out->text + len, sizeof out->text - 1 - len, 0)) > 0)
        len += (size_t)got;
    out->text[len] = '\0';
    assert_int_equal(sscanf(out->text, "HTTP/1.1 %d", &out->status), 1);
    body = strstr(out->text, "\r\n\r\n");
    assert_non_null(body);
    json_decref(out->body);
    out->body = json_loads(body + 4, 0, NULL);
}

/* `what` is "GET /api/v1/parties"; `body` may be NULL. */
static inline void house_ask(const struct house *house, const struct house_person *person,
                             const char *what, const char *body, struct house_reply *out)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(yx_listener_port(house->listener)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)yx_buf_printf(&text, "%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n", what);
    if (person != NULL)
        (void)yx_buf_printf(&text, "Cookie: __Host-yinxin=%s\r\nX-CSRF-Token: %s\r\n",
                            person->token, person->csrf);
    if (body != NULL)
        (void)yx_buf_printf(&text, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
                            strlen(body));
    (void)yx_buf_printf(&text, "\r\n%s", body == NULL ? "" : body);
    assert_int_equal(connect(fd, (const struct sockaddr *)(const void *)&address, sizeof address),
                     0);
    assert_int_equal(send(fd, text.data, text.len, MSG_NOSIGNAL), (ssize_t)text.len);
    house_hear(fd, out);
    (void)close(fd);
}

/* One that must have this status; its body, which the caller gives back, or NULL. */
static inline json_t *house_expect(const struct house *house, const struct house_person *person,
                                   int status, const char *what, const char *body)
{
    static struct house_reply reply; /* it is large */
    json_t *out;
    house_ask(house, person, what, body, &reply);
    if (reply.status != status)
        fail_msg("%s %s: %d, expected %d: %s", what, body == NULL ? "" : body, reply.status, status,
                 reply.text);
    out = reply.body;
    reply.body = NULL;
    return out;
}

/* The same, of which only one text is wanted: kept until the next 64 calls. */
static inline const char *house_text(const struct house *house, const struct house_person *person,
                                     int status, const char *what, const char *body,
                                     const char *member)
{
    static char kept[64][256];
    static size_t next;
    YX_CLEAN(json) json_t *reply = house_expect(house, person, status, what, body);
    const char *text = json_string_value(json_object_get(reply, member));
    char *out = kept[next++ % 64];
    snprintf(out, 256, "%s", text == NULL ? "(null)" : text);
    return out;
}

static inline void house_must(const struct house *house, const struct house_person *person,
                              int status, const char *what, const char *body)
{
    json_decref(house_expect(house, person, status, what, body));
}

/* printf into one of a few texts. */
static inline const char *house_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline const char *house_say(const char *format, ...)
{
    static char kept[64][1024];
    static size_t next;
    char *out = kept[next++ % 64];
    va_list args;
    va_start(args, format);
    vsnprintf(out, 1024, format, args);
    va_end(args);
    return out;
}

#endif
