/* SPDX-License-Identifier: Apache-2.0 */
/* world.h - a service with tables of routes on a listener, somebody who has logged in and may do
 * this and that, and requests. Needs support.h, tools.h and database.h before it. */
#ifndef TESTS_API_WORLD_H
#define TESTS_API_WORLD_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "login/room.h"
#include "web/resources.h"

/* --- The service --------------------------------------------------------------------------------
 */

struct world {
    struct yx_api_services services;
    struct yx_party_vault vault;
    struct yx_api *api;
    struct yx_listener *listener;
    struct yx_login_policy policy;
    const char *const *permissions; /* of the account, for `party` */
    size_t permission_count;
    char account[YX_UUID_TEXT];
    char token[64];
    char csrf[YX_TOKEN_TEXT];
    char party[YX_UUID_TEXT], other[YX_UUID_TEXT];
};

static inline yx_status fill(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct world *world = self;
    const yx_time now = yx_now();
    const struct yx_login_by by = {.actor = "cli:test", .now = now};
    const struct yx_login_new_account wanted = {.name = "clerk"};
    const struct yx_party_entry entry = {.kind = YX_PARTY_ORGANISATION,
                                         .type = "user",
                                         .nature = "enterprise",
                                         .name_zh = "示例",
                                         .internal_only = -1};
    const struct yx_party_role_entry role = {.name_zh = "试",
                                             .name_en = "Test",
                                             .permissions = world->permissions,
                                             .count = world->permission_count};
    struct yx_party_grant grant = {.account = world->account,
                                   .scope.party = world->party,
                                   .from = YX_TIME_NONE,
                                   .until = YX_TIME_NONE};
    char made[YX_UUID_TEXT], id[YX_UUID_TEXT];

    YX_TRY(yx_login_account_make(tx, &wanted, &by, world->account, err));
    YX_TRY(yx_tx_run(tx, "UPDATE login_account SET state = 1", NULL, 0, NULL, err));
    YX_TRY(yx_party_make(tx, &world->vault, &entry, "cli:test", now, world->party, err));
    YX_TRY(yx_party_make(tx, &world->vault, &entry, "cli:test", now, world->other, err));
    YX_TRY(yx_party_role_make(tx, &role, "cli:test", now, made, err));
    grant.role = made;
    return yx_party_grant(tx, &grant, "cli:test", now, id, err);
}

static inline yx_status open_session(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct world *world = self;
    char id[YX_UUID_TEXT];
    const struct yx_login_opening opening = {
        .id = id,
        .token = world->token,
        .account = world->account,
        .methods = YX_LOGIN_BY_CERTIFICATE,
        .now = yx_now(),
        .policy = &world->policy,
    };

    YX_TRY(yx_uuid_make(yx_now(), id, err));
    return yx_login_session_open(tx, &opening, err);
}

/* `world` says what the account may do, and whom checkpoints may be signed by. */
static inline void world_open(const struct database *database,
                              const struct yx_api_route *const *tables, struct world *world)
{
    const uint8_t secret[YX_PARTY_SECRET] = {1};
    const struct yx_login_setup setup = {.store = database_open(database),
                                         .service_key = YX_TEXT("a key of 32 octets or more ....."),
                                         .origin = "https://seal.example"};
    struct yx_login_who who;
    struct yx_error err = {0};
    size_t count;
    const struct yx_http_route *routes;

    world->services.store = setup.store;
    world->services.vault = &world->vault;
    expect_ok(yx_audit_prepare(setup.store, &err), &err);
    expect_ok(yx_party_prepare(setup.store, &err), &err);
    expect_ok(yx_login_prepare(setup.store, &err), &err);
    expect_ok(yx_api_prepare(setup.store, &err), &err);
    expect_ok(yx_login_new(&setup, &world->services.login, &err), &err);
    expect_ok(yx_party_vault_make(secret, &world->vault, &err), &err);
    yx_login_policy_usual(&world->policy);
    expect_ok(yx_store_write(setup.store, fill, world, &err), &err);
    memset(world->token, 'A', YX_TOKEN_TEXT - 1);
    expect_ok(yx_store_write(setup.store, open_session, world, &err), &err);
    expect_ok(yx_login_session_find(world->services.login, world->token, yx_now(), &who, &err),
              &err);
    memcpy(world->csrf, who.csrf, sizeof who.csrf);
    expect_ok(yx_api_new(&world->services, tables, &world->api, &err), &err);
    routes = yx_api_routes(world->api, &count);
    expect_ok(
        yx_listener_new(&(struct yx_listener_settings){0}, routes, count, &world->listener, &err),
        &err);
}

static inline void world_close(struct world *world)
{
    yx_listener_free(world->listener);
    yx_api_free(world->api);
    yx_login_free(world->services.login);
    yx_store_free(world->services.store);
    yx_party_vault_wipe(&world->vault);
}
YX_DEFINE_CLEAN_VALUE(world, struct world, world_close);

/* --- Requests -----------------------------------------------------------------------------------
 */

#define FORGED 1u  /* without the token against forged requests */
#define NOBODY 2u  /* without a session */
#define STRANGE 4u /* with a session that there is not */

struct reply {
    int status;
    char text[8192];
    const char *body;
};

static inline void hear(int fd, struct reply *out)
{
    size_t len = 0;
    ssize_t got;

    while (len + 1 < sizeof out->text &&
           (got = recv(fd, out->text + len, sizeof out->text - 1 - len, 0)) > 0)
        len += (size_t)got;
    out->text[len] = '\0';
    assert_int_equal(sscanf(out->text, "HTTP/1.1 %d", &out->status), 1);
    out->body = strstr(out->text, "\r\n\r\n");
    assert_non_null(out->body);
    out->body += 4;
}

static inline void ask(const struct world *world, unsigned how, const char *what,
                       const char *headers, const char *body, struct reply *out)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(yx_listener_port(world->listener)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)yx_buf_printf(&text, "%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s", what, headers);
    if ((how & NOBODY) == 0)
        (void)yx_buf_printf(&text, "Cookie: __Host-yinxin=%s\r\n",
                            (how & STRANGE) != 0 ? "strange" : world->token);
    if ((how & FORGED) == 0)
        (void)yx_buf_printf(&text, "X-CSRF-Token: %s\r\n", world->csrf);
    if (body != NULL)
        (void)yx_buf_printf(&text, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
                            strlen(body));
    (void)yx_buf_printf(&text, "\r\n%s", body == NULL ? "" : body);
    assert_int_equal(connect(fd, (const struct sockaddr *)(const void *)&address, sizeof address),
                     0);
    assert_int_equal(send(fd, text.data, text.len, MSG_NOSIGNAL), (ssize_t)text.len);
    hear(fd, out);
    (void)close(fd);
}

static inline int status_of(const struct world *world, unsigned how, const char *what,
                            const char *body)
{
    struct reply reply;

    ask(world, how, what, "", body, &reply);
    return reply.status;
}

#endif
