/* SPDX-License-Identifier: Apache-2.0 */
/* test_uploads.c - contents brought over HTTP: whole and in pieces, read again in parts, by their
 * owner alone; 200 MB in little memory; the settings shown. */
#include "support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tools.h"

#include "blob_desk.h"
#include "database.h"
#include "jobs/jobs.h"
#include "login/room.h"
#include "web/resources.h"

#define UPLOADS "/api/v1/uploads"
#define LARGE (200u << 20)

/* --- The service: two accounts, one of which may read the settings
 * -------------------------------- */

struct person {
    char account[YX_UUID_TEXT];
    char token[64];
    char csrf[YX_TOKEN_TEXT];
};
struct world {
    struct yx_api_services services;
    struct yx_party_vault vault;
    struct yx_login_policy policy;
    struct blob_desk desk;
    struct yx_api *api;
    struct yx_listener *listener;
    struct person people[2];
};

struct joining {
    struct world *world;
    struct person *person;
    char letter;
};

static yx_status join(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct joining *joining = self;
    struct person *person = joining->person;
    char name[] = "clerk ", id[YX_UUID_TEXT];
    const struct yx_login_by by = {.actor = "cli:test", .now = yx_now()};
    const struct yx_login_new_account wanted = {.name = name};
    const struct yx_login_opening opening = {
        .id = id,
        .token = person->token,
        .account = person->account,
        .methods = YX_LOGIN_BY_CERTIFICATE,
        .now = yx_now(),
        .policy = &joining->world->policy,
    };

    name[5] = joining->letter;
    YX_TRY(yx_login_account_make(tx, &wanted, &by, person->account, err));
    YX_TRY(yx_tx_run(tx, "UPDATE login_account SET state = 1", NULL, 0, NULL, err));
    YX_TRY(yx_uuid_make(yx_now(), id, err));
    return yx_login_session_open(tx, &opening, err);
}

static void add_person(struct world *world, int number)
{
    struct joining joining = {world, &world->people[number], (char)('A' + 4 * number)};
    struct person *person = &world->people[number];
    struct yx_login_who who;
    struct yx_error err = {0};

    memset(person->token, joining.letter, YX_TOKEN_TEXT - 1);
    expect_ok(yx_store_write(world->services.store, join, &joining, &err), &err);
    expect_ok(yx_login_session_find(world->services.login, person->token, yx_now(), &who, &err),
              &err);
    memcpy(person->csrf, who.csrf, sizeof who.csrf);
}

static yx_status grant_reading(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const char *const permissions[] = {"system.read"};
    const struct yx_party_role_entry role = {
        .name_zh = "试", .name_en = "Test", .permissions = permissions, .count = 1};
    struct yx_party_grant grant = {.account = self, .from = YX_TIME_NONE, .until = YX_TIME_NONE};
    char made[YX_UUID_TEXT], id[YX_UUID_TEXT];

    YX_TRY(yx_party_role_make(tx, &role, "cli:test", yx_now(), made, err));
    grant.role = made;
    return yx_party_grant(tx, &grant, "cli:test", yx_now(), id, err);
}

static void prepare(struct yx_store *store)
{
    struct yx_error err = {0};

    expect_ok(yx_audit_prepare(store, &err), &err);
    expect_ok(yx_party_prepare(store, &err), &err);
    expect_ok(yx_login_prepare(store, &err), &err);
    expect_ok(yx_blobs_prepare(store, &err), &err);
    expect_ok(yx_api_prepare(store, &err), &err);
    expect_ok(yx_uploads_prepare(store, &err), &err);
}

static void world_open(const struct database *database, struct world *world)
{
    const uint8_t secret[YX_PARTY_SECRET] = {1};
    const struct yx_login_setup setup = {.store = database_open(database),
                                         .service_key = YX_TEXT("a key of 32 octets or more ....."),
                                         .origin = "https://seal.example"};
    struct yx_error err = {0};
    const struct yx_http_route *routes;
    size_t count;

    *world = (struct world){.services.store = setup.store, .services.vault = &world->vault};
    prepare(setup.store);
    blob_desk_make(&world->desk, database->folder.path, false);
    world->services.settings = world->desk.settings;
    world->services.upload_max = LARGE;
    world->services.blobs = world->desk.blobs;
    expect_ok(yx_login_new(&setup, &world->services.login, &err), &err);
    expect_ok(yx_party_vault_make(secret, &world->vault, &err), &err);
    yx_login_policy_usual(&world->policy);
    add_person(world, 0);
    add_person(world, 1);
    expect_ok(yx_store_write(setup.store, grant_reading, world->people[1].account, &err), &err);
    expect_ok(yx_api_new(&world->services, yx_resources, &world->api, &err), &err);
    routes = yx_api_routes(world->api, &count);
    expect_ok(
        yx_listener_new(&(struct yx_listener_settings){0}, routes, count, &world->listener, &err),
        &err);
}

static void world_close(struct world *world)
{
    yx_listener_free(world->listener);
    yx_api_free(world->api);
    yx_login_free(world->services.login);
    yx_store_free(world->services.store);
    blob_desk_free(&world->desk);
    yx_party_vault_wipe(&world->vault);
}
YX_DEFINE_CLEAN_VALUE(world, struct world, world_close);

/* --- Requests ------------------------------------------------------------------------------------
 */

struct reply {
    int status;
    char text[16384];
    const char *body;
    size_t len; /* of the body */
};

static int call_service(const struct world *world)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(yx_listener_port(world->listener)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(fd, (const struct sockaddr *)(const void *)&address, sizeof address),
                     0);
    return fd;
}

static void hear(int fd, struct reply *out)
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
    out->len = len - (size_t)(out->body - out->text);
}

static void send_all(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;

    while (len > 0) {
        ssize_t put = send(fd, at, len, MSG_NOSIGNAL);
        assert_true(put > 0);
        at += put;
        len -= (size_t)put;
    }
}

/* The head of a request of a person; -1: of nobody. */
static void send_head(const struct world *world, int fd, int person, const char *what,
                      const char *headers, size_t body)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};

    (void)yx_buf_printf(&text, "%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s", what, headers);
    if (person >= 0)
        (void)yx_buf_printf(&text, "Cookie: __Host-yinxin=%s\r\nX-CSRF-Token: %s\r\n",
                            world->people[person].token, world->people[person].csrf);
    if (strncmp(what, "POST", 4) == 0)
        (void)yx_buf_printf(&text, "Content-Length: %zu\r\n", body);
    (void)yx_buf_append_text(&text, "\r\n");
    send_all(fd, text.data, text.len);
}

static int ask(const struct world *world, int person, const char *what, const char *headers,
               const char *body, struct reply *out)
{
    int fd = call_service(world);

    send_head(world, fd, person, what, headers, strlen(body));
    send_all(fd, body, strlen(body));
    hear(fd, out);
    (void)close(fd);
    return out->status;
}

/* The member of a reply, which is text. */
static void member(const struct reply *reply, const char *name, char out[100])
{
    json_t *all = json_loads(reply->body, 0, NULL);
    const char *text = json_string_value(json_object_get(all, name));

    assert_non_null(text);
    (void)snprintf(out, 100, "%s", text);
    json_decref(all);
}

/* "VERB /api/v1/uploads/ID" and what follows. */
static const char *at_upload(const char *verb, const char *id, const char *end)
{
    static char what[200];

    (void)snprintf(what, sizeof what, "%s " UPLOADS "/%s%s", verb, id, end);
    return what;
}

static void bring(const struct world *world, int person, const char *content, char id[100])
{
    struct reply reply;

    if (ask(world, person, "POST " UPLOADS, "Content-Type: text/plain\r\n", content, &reply) != 201)
        fail_msg("%s", reply.text);
    member(&reply, "id", id);
}

/* --- Tests ---------------------------------------------------------------------------------------
 */

static void a_content_is_brought_and_read(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct reply reply;
    char id[100], text[100];

    world_open(database, &world);
    assert_int_equal(ask(&world, 0, "POST " UPLOADS, "Content-Type: text/plain; charset=utf-8\r\n",
                         "abc", &reply),
                     201);
    member(&reply, "id", id);
    assert_non_null(strstr(reply.text, "Location: " UPLOADS "/"));
    member(&reply, "digest", text);
    assert_string_equal(text, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    member(&reply, "media_type", text);
    assert_string_equal(text, "text/plain");
    assert_non_null(strstr(reply.body, "\"size\":3"));
    assert_int_equal(ask(&world, 0, at_upload("GET", id, ""), "", "", &reply), 200);
    assert_non_null(strstr(reply.body, id));
    assert_int_equal(ask(&world, 0, at_upload("GET", id, "/content"), "", "", &reply), 200);
    assert_string_equal(reply.body, "abc");
    assert_non_null(strstr(reply.text, "Content-Disposition: attachment\r\n"));
    assert_non_null(strstr(reply.text, "Content-Type: application/octet-stream\r\n"));
    assert_int_equal(
        ask(&world, 0, at_upload("GET", id, "/content"), "Range: bytes=1-1\r\n", "", &reply), 206);
    assert_string_equal(reply.body, "b");
    assert_int_equal(
        ask(&world, 0, at_upload("GET", id, "/content"), "Range: bytes=3-\r\n", "", &reply), 416);
    assert_int_equal(ask(&world, 0, at_upload("DELETE", id, ""), "", "", &reply), 204);
    assert_int_equal(ask(&world, 0, at_upload("GET", id, ""), "", "", &reply), 404);
}

static void nobody_else_sees_it(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct reply reply;
    char id[100], other[100];

    world_open(database, &world);
    assert_int_equal(ask(&world, -1, "POST " UPLOADS, "", "abc", &reply), 401);
    bring(&world, 0, "abc", id);
    assert_int_equal(ask(&world, -1, at_upload("GET", id, ""), "", "", &reply), 401);
    assert_int_equal(ask(&world, 1, at_upload("GET", id, ""), "", "", &reply), 404);
    assert_int_equal(ask(&world, 1, at_upload("GET", id, "/content"), "", "", &reply), 404);
    assert_int_equal(ask(&world, 1, at_upload("DELETE", id, ""), "", "", &reply), 404);
    /* The same content, brought by another: two uploads of one content. */
    bring(&world, 1, "abc", other);
    assert_string_not_equal(id, other);
    assert_int_equal(ask(&world, 1, at_upload("DELETE", other, ""), "", "", &reply), 204);
    assert_int_equal(ask(&world, 0, at_upload("GET", id, "/content"), "", "", &reply), 200);
    assert_int_equal(ask(&world, 1, "GET " UPLOADS, "", "", &reply), 200);
    assert_non_null(strstr(reply.body, "\"items\":[]"));
    assert_int_equal(ask(&world, 0, "GET " UPLOADS, "", "", &reply), 200);
    assert_non_null(strstr(reply.body, id));
}

static void what_is_refused(struct database *database)
{
    static const char *const types[] = {"Content-Type: text\r\n", "Content-Type: text/\r\n",
                                        "Content-Type: /plain\r\n", "Content-Type: a/b/c\r\n",
                                        "Content-Type: a/b\"c\r\n"};
    YX_CLEAN(world) struct world world;
    struct reply reply;

    world_open(database, &world);
    assert_int_equal(ask(&world, 0, "POST " UPLOADS, "", "", &reply), 400);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        assert_int_equal(ask(&world, 0, "POST " UPLOADS, types[i], "abc", &reply), 400);
    int fd = call_service(&world);
    send_head(&world, fd, 0, "POST " UPLOADS, "", (size_t)2 * LARGE);
    hear(fd, &reply);
    (void)close(fd);
    assert_int_equal(reply.status, 413);
    assert_int_equal(ask(&world, 0, "GET " UPLOADS, "", "", &reply), 200);
    assert_non_null(strstr(reply.body, "\"items\":[]"));
}

static void a_request_that_comes_again(struct database *database)
{
    static const char key[] = "Idempotency-Key: one\r\n";
    YX_CLEAN(world) struct world world;
    struct reply first, again;

    world_open(database, &world);
    assert_int_equal(ask(&world, 0, "POST " UPLOADS, key, "abc", &first), 201);
    assert_int_equal(ask(&world, 0, "POST " UPLOADS, key, "abc", &again), 201);
    assert_string_equal(first.body, again.body);
    assert_int_equal(ask(&world, 0, "POST " UPLOADS, key, "abd", &again), 422);
}

static void expire(struct world *world)
{
    struct yx_error err = {0};
    int64_t count;

    database_must(world->services.store, "UPDATE upload SET expires_at = 1");
    database_must(world->services.store, "UPDATE blob SET expires_at = 1");
    expect_ok(yx_uploads_sweep(world->services.store, yx_now(), &err), &err);
    expect_ok(yx_blobs_sweep(world->desk.blobs, world->services.store, yx_now(), 100, &count, &err),
              &err);
    assert_int_equal(count, 1);
}

static void it_ends_with_its_time(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct reply reply;
    char id[100];

    world_open(database, &world);
    bring(&world, 0, "abc", id);
    expire(&world);
    assert_int_equal(ask(&world, 0, at_upload("GET", id, ""), "", "", &reply), 404);
    bring(&world, 0, "abc", id);
    assert_int_equal(ask(&world, 0, at_upload("GET", id, "/content"), "", "", &reply), 200);
}

static void no_more_than_two_hundred_wait(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct reply reply;
    char id[100];

    world_open(database, &world);
    for (int i = 0; i < 200; i++)
        bring(&world, 0, "abc", id);
    assert_int_equal(ask(&world, 0, "POST " UPLOADS, "", "abc", &reply), 429);
    bring(&world, 1, "abc", id);
}

/* The most memory that this program ever had, in kB. */
static long peak(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[200];
    long kilobytes = 0;

    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "VmHWM:", 6) == 0)
            kilobytes = strtol(line + 6, NULL, 10);
    (void)fclose(file);
    return kilobytes;
}

static void large_contents_take_no_memory(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct reply reply;
    char piece[65536], id[100];
    long before;
    size_t got = 0;
    int fd;

    world_open(database, &world);
    bring(&world, 0, "abc", id);
    memset(piece, 'x', sizeof piece);
    before = peak();
    fd = call_service(&world);
    send_head(&world, fd, 0, "POST " UPLOADS, "", LARGE);
    for (size_t sent = 0; sent < LARGE; sent += sizeof piece)
        send_all(fd, piece, sizeof piece);
    hear(fd, &reply);
    (void)close(fd);
    assert_int_equal(reply.status, 201);
    member(&reply, "id", id);
    fd = call_service(&world);
    send_head(&world, fd, 0, at_upload("GET", id, "/content"), "", 0);
    for (ssize_t now; (now = recv(fd, piece, sizeof piece, 0)) > 0;)
        got += (size_t)now;
    (void)close(fd);
    assert_true(got > LARGE && got < LARGE + 2000);
    if (getenv("ASAN_OPTIONS") == NULL)
        assert_true(peak() - before < 16384);
}

static void settings_are_shown_to_who_may_see_them(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct reply reply;

    world_open(database, &world);
    assert_int_equal(ask(&world, -1, "GET /api/v1/settings", "", "", &reply), 401);
    assert_int_equal(ask(&world, 0, "GET /api/v1/settings", "", "", &reply), 403);
    assert_int_equal(ask(&world, 1, "GET /api/v1/settings", "Accept-Language: en\r\n", "", &reply),
                     200);
    assert_non_null(strstr(reply.body, "\"name\":\"upload_max\""));
    assert_int_equal(ask(&world, 1, "GET /api/v1/settings", "Accept-Language: zh\r\n", "", &reply),
                     200);
    assert_non_null(strstr(reply.body, "该证书的私钥。"));
}

static void metrics_are_for_addresses_and_for_who_may(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct reply reply;
    struct yx_error err = {0};

    world_open(database, &world);
    expect_ok(yx_jobs_prepare(world.services.store, &err), &err);
    assert_int_equal(ask(&world, -1, "GET /metrics", "", "", &reply), 200);
    assert_non_null(strstr(reply.body, "\nyinxin_store_up 1\n"));
    assert_non_null(strstr(reply.body, "\nyinxin_audit_leaves "));
    expect_ok(yx_settings_set(world.desk.settings, "test", "metrics_from", "192.0.2.1", &err),
              &err);
    assert_int_equal(ask(&world, -1, "GET /metrics", "", "", &reply), 401);
    assert_int_equal(ask(&world, 0, "GET /metrics", "", "", &reply), 403);
    assert_int_equal(ask(&world, 1, "GET /metrics", "", "", &reply), 200);
    /* Without its tables the database has nothing to tell, and the others have. */
    database_must(world.services.store, "DROP TABLE audit_waiting");
    assert_int_equal(ask(&world, 1, "GET /metrics", "", "", &reply), 200);
    assert_non_null(strstr(reply.body, "\nyinxin_store_up 0\n"));
    assert_non_null(strstr(reply.body, "\nyinxin_build_info"));
}

int main(void)
{
    static const struct database_case cases[] = {
        {"a content is brought and read", a_content_is_brought_and_read, false},
        {"nobody else sees it", nobody_else_sees_it, false},
        {"what is refused", what_is_refused, false},
        {"a request that comes again", a_request_that_comes_again, false},
        {"it ends with its time", it_ends_with_its_time, false},
        {"no more than two hundred wait", no_more_than_two_hundred_wait, false},
        {"large contents take no memory", large_contents_take_no_memory, false},
        {"settings are shown to who may see them", settings_are_shown_to_who_may_see_them, false},
        {"metrics are for addresses, and who may", metrics_are_for_addresses_and_for_who_may,
         false},
    };

    return database_main("uploads", cases, sizeof cases / sizeof *cases, true);
}
