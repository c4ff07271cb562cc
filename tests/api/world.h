/* SPDX-License-Identifier: Apache-2.0 */
/* world.h - a service on a listener, people who have logged in and may do this and that, and their
 * requests. Needs support.h, tools.h and database.h before it. */
#ifndef TESTS_API_WORLD_H
#define TESTS_API_WORLD_H

#include "listener/listener.h"
#include "login/room.h"
#include "web/resources.h"
#include "wire.h"

/* --- The service --------------------------------------------------------------------------- */

#define WORLD_PEOPLE 128

struct world_person {
    char account[YX_UUID_TEXT];
    char token[YX_TOKEN_TEXT];
    char csrf[YX_TOKEN_TEXT];
};

struct world {
    struct yx_api_services services;
    struct yx_party_vault vault;
    struct yx_api *api;
    struct yx_listener *listener;
    struct yx_login_policy policy;
    struct world_person people[WORLD_PEOPLE];
    size_t count;
    /* Of world_clerk: one who has logged in, the same without the token against forged requests,
     * and one with a session that there is not. */
    const struct world_person *clerk;
    struct world_person forger, stranger;
    char role[YX_UUID_TEXT]; /* of the clerk */
    char party[YX_UUID_TEXT], other[YX_UUID_TEXT];
};

/* Tables, and what everybody needs to come in; `world` may have services already. */
static inline void world_prepare(const struct database *database, struct world *world)
{
    static yx_status (*const prepare[])(struct yx_store * store, struct yx_error * err) = {
        yx_blobs_prepare, yx_jobs_prepare,  yx_outbox_prepare, yx_policy_prepare,
        yx_party_prepare, yx_login_prepare, yx_api_prepare,    yx_uploads_prepare,
    };
    const uint8_t secret[YX_PARTY_SECRET] = {1};
    const struct yx_login_setup setup = {.store = database_open(database),
                                         .service_key = YX_TEXT("a key of 32 octets or more ....."),
                                         .origin = "https://seal.example"};
    struct yx_error err = {0};

    world->services.store = setup.store;
    world->services.vault = &world->vault;
    world->services.answer_key = setup.service_key;
    for (size_t i = 0; i < sizeof prepare / sizeof *prepare; i++)
        expect_ok(prepare[i](setup.store, &err), &err);
    expect_ok(yx_login_new(&setup, &world->services.login, &err), &err);
    expect_ok(yx_party_vault_make(secret, &world->vault, &err), &err);
    yx_login_policy_usual(&world->policy);
}

/* From now on it answers. */
static inline void world_serve(struct world *world, const struct yx_api_route *const *tables)
{
    struct yx_error err = {0};
    const struct yx_http_route *routes;
    size_t count;

    expect_ok(yx_api_new(&world->services, tables, &world->api, &err), &err);
    routes = yx_api_routes(world->api, &count);
    expect_ok(
        yx_listener_new(&(struct yx_listener_settings){0}, routes, count, &world->listener, &err),
        &err);
}

static inline void world_open(const struct database *database, struct world *world)
{
    *world = (struct world){.count = 0};
    world_prepare(database, world);
    world_serve(world, yx_resources);
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

/* --- People -------------------------------------------------------------------------------- */

struct world_coming {
    const struct world *world;
    struct world_person *person;
    char name[32];
};

static inline yx_status world_come_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct world_coming *coming = self;
    const struct yx_login_by by = {.actor = "cli:test", .now = yx_now()};
    const struct yx_login_new_account wanted = {.name = coming->name};
    char id[YX_UUID_TEXT];
    const struct yx_login_opening opening = {.id = id,
                                             .token = coming->person->token,
                                             .account = coming->person->account,
                                             .methods = YX_LOGIN_BY_CERTIFICATE,
                                             .now = yx_now(),
                                             .policy = &coming->world->policy};

    YX_TRY(yx_login_account_make(tx, &wanted, &by, coming->person->account, err));
    YX_TRY(yx_tx_run(tx, "UPDATE login_account SET state = 1", NULL, 0, NULL, err));
    YX_TRY(yx_uuid_make(yx_now(), id, err));
    return yx_login_session_open(tx, &opening, err);
}

/* Somebody new, logged in just now, who may do nothing. */
static inline const struct world_person *world_come(struct world *world)
{
    struct world_person *person = &world->people[world->count];
    struct world_coming coming = {.world = world, .person = person};
    struct yx_login_who who;
    struct yx_error err = {0};

    assert_true(world->count < WORLD_PEOPLE);
    snprintf(coming.name, sizeof coming.name, "person-%zu", world->count);
    memset(person->token, 'A', sizeof person->token - 1);
    person->token[0] = (char)('a' + world->count / 16);
    person->token[1] = (char)('a' + world->count++ % 16);
    expect_ok(yx_store_write(world->services.store, world_come_work, &coming, &err), &err);
    expect_ok(yx_login_session_find(world->services.login, person->token, yx_now(), &who, &err),
              &err);
    memcpy(person->csrf, who.csrf, sizeof who.csrf);
    return person;
}

static inline yx_status world_grant_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    char id[YX_UUID_TEXT];

    return yx_party_grant(tx, self, "cli:test", yx_now(), id, err);
}

static inline void world_grant(struct world *world, const char *account, const char *role,
                               struct yx_party_scope scope)
{
    struct yx_party_grant grant = {.account = account,
                                   .role = role,
                                   .scope = scope,
                                   .from = YX_TIME_NONE,
                                   .until = YX_TIME_NONE};
    struct yx_error err = {0};

    expect_ok(yx_store_write(world->services.store, world_grant_work, &grant, &err), &err);
}

static inline const struct world_person *world_come_as(struct world *world, const char *role,
                                                       struct yx_party_scope scope)
{
    const struct world_person *person = world_come(world);

    world_grant(world, person->account, role, scope);
    return person;
}

/* --- A clerk of one of two organisations --------------------------------------------------- */

static inline yx_status world_parties_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct world *world = self;
    const yx_time now = yx_now();
    struct yx_party_entry entry = {.kind = YX_PARTY_ORGANISATION,
                                   .type = "user",
                                   .nature = "enterprise",
                                   .name_zh = "恒泰印务",
                                   .name_en = "Hengtai Printing",
                                   .internal_only = -1};

    YX_TRY(yx_party_make(tx, &world->vault, &entry, "cli:test", now, world->party, err));
    entry.name_zh = "另一家";
    return yx_party_make(tx, &world->vault, &entry, "cli:test", now, world->other, err);
}

static inline void world_parties(struct world *world)
{
    struct yx_error err = {0};

    expect_ok(yx_store_write(world->services.store, world_parties_work, world, &err), &err);
}

struct world_role {
    struct yx_party_role_entry entry;
    char *id;
};

static inline yx_status world_role_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct world_role *role = self;

    return yx_party_role_make(tx, &role->entry, "cli:test", yx_now(), role->id, err);
}

/* Makes both, and a clerk with these permissions in the first, or everywhere. */
static inline void world_clerk(struct world *world, const char *const *permissions, size_t count,
                               bool everywhere)
{
    struct world_role role = {
        .entry = {.name_zh = "试", .name_en = "Test", .permissions = permissions, .count = count},
        .id = world->role};
    struct yx_error err = {0};

    world_parties(world);
    world->clerk = world_come(world);
    if (count > 0) {
        expect_ok(yx_store_write(world->services.store, world_role_work, &role, &err), &err);
        world_grant(world, world->clerk->account, role.id,
                    (struct yx_party_scope){.party = everywhere ? NULL : world->party});
    }
    world->forger = world->stranger = *world->clerk;
    world->forger.csrf[0] = '\0';
    snprintf(world->stranger.token, sizeof world->stranger.token, "strange");
}

/* --- Requests ------------------------------------------------------------------------------ */

/* The head of a request; `person` NULL: of nobody; `len` of the body, -1: without one. */
static inline void world_send_head(const struct world *world, int fd,
                                   const struct world_person *person, const char *what,
                                   const char *headers, ssize_t len)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};

    (void)world;
    (void)yx_buf_printf(&text, "%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s", what, headers);
    if (person != NULL)
        (void)yx_buf_printf(&text, "Cookie: __Host-yinxin=%s\r\n", person->token);
    if (person != NULL && person->csrf[0] != '\0')
        (void)yx_buf_printf(&text, "X-CSRF-Token: %s\r\n", person->csrf);
    if (len >= 0)
        (void)yx_buf_printf(&text, "Content-Length: %zd\r\n", len);
    (void)yx_buf_append_text(&text, "\r\n");
    assert_true(wire_send(fd, text.data, text.len));
}

/* `what` is "GET /api/v1/parties"; `headers` are more of them; `body` is JSON, or NULL. */
static inline void world_ask(const struct world *world, const struct world_person *person,
                             const char *what, const char *headers, const char *body,
                             struct reply *out)
{
    int fd = wire_connect(yx_listener_port(world->listener));
    char all[1024];

    snprintf(all, sizeof all, "%s%s", headers,
             body == NULL ? "" : "Content-Type: application/json\r\n");
    world_send_head(world, fd, person, what, all, body == NULL ? -1 : (ssize_t)strlen(body));
    if (body != NULL)
        (void)wire_send(fd, body, strlen(body));
    wire_hear(fd, out);
    (void)close(fd);
}

static inline int world_status(const struct world *world, const struct world_person *person,
                               const char *what, const char *body)
{
    struct reply reply;

    world_ask(world, person, what, "", body, &reply);
    return reply.status;
}

/* One that must have this status; its body, which the caller gives back, or NULL. */
static inline json_t *world_expect(const struct world *world, const struct world_person *person,
                                   int status, const char *what, const char *body)
{
    struct reply reply;

    world_ask(world, person, what, "", body, &reply);
    if (reply.status != status)
        fail_msg("%s %s: %d, expected %d: %s", what, body == NULL ? "" : body, reply.status, status,
                 reply.text);
    return json_loads(reply.body, 0, NULL);
}

/* The same, of which only one text is wanted: kept until the next 64 calls. */
static inline const char *world_text(const struct world *world, const struct world_person *person,
                                     int status, const char *what, const char *body,
                                     const char *member)
{
    static char kept[64][256];
    static size_t next;
    YX_CLEAN(json) json_t *reply = world_expect(world, person, status, what, body);
    const char *text = json_string_value(json_object_get(reply, member));
    char *out = kept[next++ % 64];

    snprintf(out, 256, "%s", text == NULL ? "(null)" : text);
    return out;
}

static inline void world_must(const struct world *world, const struct world_person *person,
                              int status, const char *what, const char *body)
{
    json_decref(world_expect(world, person, status, what, body));
}

/* The text of a member of a reply, which must be there. */
static inline void world_member(const struct reply *reply, const char *name, char out[128])
{
    YX_CLEAN(json) json_t *all = json_loads(reply->body, 0, NULL);
    const json_t *found = json_object_get(all, name);

    /* Of a list, that of its first item. */
    if (found == NULL)
        found = json_object_get(json_array_get(json_object_get(all, "items"), 0), name);
    if (!json_is_string(found))
        fail_msg("no %s in %s", name, reply->body);
    snprintf(out, 128, "%s", json_string_value(found));
}

/* --- The database -------------------------------------------------------------------------- */

struct world_count {
    const char *sql;
    int64_t count;
};

static inline yx_status world_take_count(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

static inline yx_status world_count_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct world_count *counting = self;

    return yx_tx_query(tx, counting->sql, NULL, 0, world_take_count, &counting->count, err);
}

/* What a statement finds: "SELECT count(*) FROM ...". */
static inline int64_t world_count(const struct world *world, const char *sql)
{
    struct world_count counting = {.sql = sql};
    struct yx_error err = {0};

    expect_ok(yx_store_read(world->services.store, world_count_work, &counting, &err), &err);
    return counting.count;
}

/* printf into one of a few texts. */
static inline const char *world_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline const char *world_say(const char *format, ...)
{
    static char kept[64][8192];
    static size_t next;
    char *out = kept[next++ % 64];
    va_list args;

    va_start(args, format);
    vsnprintf(out, sizeof kept[0], format, args);
    va_end(args);
    return out;
}

#endif
