/* SPDX-License-Identifier: Apache-2.0 */
/* test_uploads.c - contents brought over HTTP: whole and in pieces, read again in parts, by their
 * owner alone; 200 MB in little memory; the settings shown. */
#include "support.h"

#include "tools.h"

#include "blob_desk.h"
#include "database.h"
#include "world.h"

#define UPLOADS "/api/v1/uploads"
#define LARGE (200u << 20)

/* --- The service: two accounts, one of which may read the settings ------------------------- */

struct service {
    struct world world;
    struct blob_desk desk;
    const struct world_person *people[2];
};

static void service_open(const struct database *database, struct service *service)
{
    static const char *const permissions[] = {"system.read"};
    struct world *world = &service->world;

    *service = (struct service){.world.services.upload_max = LARGE};
    world_prepare(database, world);
    blob_desk_make(&service->desk, database->folder.path, false);
    service->world.services.settings = service->desk.settings;
    service->world.services.blobs = service->desk.blobs;
    world_clerk(world, permissions, 1, true);
    service->people[0] = world_come(world);
    service->people[1] = world->clerk;
    world_serve(world, yx_resources);
}

static void service_close(struct service *service)
{
    world_close(&service->world);
    blob_desk_free(&service->desk);
}
YX_DEFINE_CLEAN_VALUE(service, struct service, service_close);

/* --- Requests ------------------------------------------------------------------------------ */

/* Connects, and sends the head of a request of a person; -1: of nobody. */
static int begin(const struct service *service, int person, const char *what, const char *headers,
                 size_t body)
{
    int fd = wire_connect(yx_listener_port(service->world.listener));

    world_send_head(&service->world, fd, person < 0 ? NULL : service->people[person], what, headers,
                    strncmp(what, "POST", 4) == 0 ? (ssize_t)body : -1);
    return fd;
}

static int ask(const struct service *service, int person, const char *what, const char *headers,
               const char *body, struct reply *out)
{
    int fd = begin(service, person, what, headers, strlen(body));

    (void)wire_send(fd, body, strlen(body));
    wire_hear(fd, out);
    (void)close(fd);
    return out->status;
}

/* "VERB /api/v1/uploads/ID" and what follows. */
static const char *at_upload(const char *verb, const char *id, const char *end)
{
    static char what[200];

    (void)snprintf(what, sizeof what, "%s " UPLOADS "/%s%s", verb, id, end);
    return what;
}

static void bring(const struct service *service, int person, const char *content, char id[128])
{
    struct reply reply;

    if (ask(service, person, "POST " UPLOADS, "Content-Type: text/plain\r\n", content, &reply) !=
        201)
        fail_msg("%s", reply.text);
    world_member(&reply, "id", id);
}

/* --- Tests --------------------------------------------------------------------------------- */

static void a_content_is_brought_and_read(struct database *database)
{
    YX_CLEAN(service) struct service service;
    struct reply reply;
    char id[128], text[128];

    service_open(database, &service);
    assert_int_equal(ask(&service, 0, "POST " UPLOADS,
                         "Content-Type: text/plain; charset=utf-8\r\n", "abc", &reply),
                     201);
    world_member(&reply, "id", id);
    assert_non_null(strstr(reply.text, "Location: " UPLOADS "/"));
    world_member(&reply, "digest", text);
    assert_string_equal(text, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    world_member(&reply, "media_type", text);
    assert_string_equal(text, "text/plain");
    assert_non_null(strstr(reply.body, "\"size\":3"));
    assert_int_equal(ask(&service, 0, at_upload("GET", id, ""), "", "", &reply), 200);
    assert_non_null(strstr(reply.body, id));
    assert_int_equal(ask(&service, 0, at_upload("GET", id, "/content"), "", "", &reply), 200);
    assert_string_equal(reply.body, "abc");
    assert_non_null(strstr(reply.text, "Content-Disposition: attachment\r\n"));
    assert_non_null(strstr(reply.text, "Content-Type: application/octet-stream\r\n"));
    assert_int_equal(
        ask(&service, 0, at_upload("GET", id, "/content"), "Range: bytes=1-1\r\n", "", &reply),
        206);
    assert_string_equal(reply.body, "b");
    assert_int_equal(
        ask(&service, 0, at_upload("GET", id, "/content"), "Range: bytes=3-\r\n", "", &reply), 416);
    assert_int_equal(ask(&service, 0, at_upload("DELETE", id, ""), "", "", &reply), 204);
    assert_int_equal(ask(&service, 0, at_upload("GET", id, ""), "", "", &reply), 404);
}

static void nobody_else_sees_it(struct database *database)
{
    YX_CLEAN(service) struct service service;
    struct reply reply;
    char id[128], other[128];

    service_open(database, &service);
    assert_int_equal(ask(&service, -1, "POST " UPLOADS, "", "abc", &reply), 401);
    bring(&service, 0, "abc", id);
    assert_int_equal(ask(&service, -1, at_upload("GET", id, ""), "", "", &reply), 401);
    assert_int_equal(ask(&service, 1, at_upload("GET", id, ""), "", "", &reply), 404);
    assert_int_equal(ask(&service, 1, at_upload("GET", id, "/content"), "", "", &reply), 404);
    assert_int_equal(ask(&service, 1, at_upload("DELETE", id, ""), "", "", &reply), 404);
    /* The same content, brought by another: two uploads of one content. */
    bring(&service, 1, "abc", other);
    assert_string_not_equal(id, other);
    assert_int_equal(ask(&service, 1, at_upload("DELETE", other, ""), "", "", &reply), 204);
    assert_int_equal(ask(&service, 0, at_upload("GET", id, "/content"), "", "", &reply), 200);
    assert_int_equal(ask(&service, 1, "GET " UPLOADS, "", "", &reply), 200);
    assert_non_null(strstr(reply.body, "\"items\":[]"));
    assert_int_equal(ask(&service, 0, "GET " UPLOADS, "", "", &reply), 200);
    assert_non_null(strstr(reply.body, id));
}

static void what_is_refused(struct database *database)
{
    static const char *const types[] = {"Content-Type: text\r\n", "Content-Type: text/\r\n",
                                        "Content-Type: /plain\r\n", "Content-Type: a/b/c\r\n",
                                        "Content-Type: a/b\"c\r\n"};
    YX_CLEAN(service) struct service service;
    struct reply reply;

    service_open(database, &service);
    assert_int_equal(ask(&service, 0, "POST " UPLOADS, "", "", &reply), 400);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        assert_int_equal(ask(&service, 0, "POST " UPLOADS, types[i], "abc", &reply), 400);
    int fd = begin(&service, 0, "POST " UPLOADS, "", (size_t)2 * LARGE);
    wire_hear(fd, &reply);
    (void)close(fd);
    assert_int_equal(reply.status, 413);
    assert_int_equal(ask(&service, 0, "GET " UPLOADS, "", "", &reply), 200);
    assert_non_null(strstr(reply.body, "\"items\":[]"));
}

static void a_request_that_comes_again(struct database *database)
{
    static const char key[] = "Idempotency-Key: one\r\n";
    YX_CLEAN(service) struct service service;
    struct reply first, again;

    service_open(database, &service);
    assert_int_equal(ask(&service, 0, "POST " UPLOADS, key, "abc", &first), 201);
    assert_int_equal(ask(&service, 0, "POST " UPLOADS, key, "abc", &again), 201);
    assert_string_equal(first.body, again.body);
    assert_int_equal(ask(&service, 0, "POST " UPLOADS, key, "abd", &again), 422);
}

static int64_t sweep_contents(struct service *service, yx_time now)
{
    struct yx_error err = {0};
    int64_t count;

    expect_ok(
        yx_blobs_sweep(service->desk.blobs, service->world.services.store, now, 100, &count, &err),
        &err);
    return count;
}

static void expire(struct service *service)
{
    struct yx_error err = {0};

    database_must(service->world.services.store, "UPDATE upload SET expires_at = 1");
    database_must(service->world.services.store, "UPDATE blob SET expires_at = 1");
    expect_ok(yx_uploads_sweep(service->world.services.store, yx_now(), &err), &err);
    assert_int_equal(sweep_contents(service, yx_now()), 1);
}

/* Its place on the disk is free soon, whatever time the upload had left; unless another needs it.
 */
static void what_is_deleted_takes_no_place(struct database *database)
{
    YX_CLEAN(service) struct service service;
    yx_time soon = yx_now() + 700 * YX_SECOND, long_after = yx_now() + 300 * YX_DAY;
    struct reply reply;
    char id[128], other[128];

    service_open(database, &service);
    bring(&service, 0, "abc", id);
    bring(&service, 1, "abc", other);
    assert_int_equal(sweep_contents(&service, long_after), 0);
    assert_int_equal(ask(&service, 0, at_upload("DELETE", id, ""), "", "", &reply), 204);
    assert_int_equal(ask(&service, 0, at_upload("DELETE", id, ""), "", "", &reply), 404);
    assert_int_equal(sweep_contents(&service, long_after), 0);
    assert_int_equal(ask(&service, 1, at_upload("GET", other, "/content"), "", "", &reply), 200);
    assert_int_equal(ask(&service, 1, at_upload("DELETE", other, ""), "", "", &reply), 204);
    assert_int_equal(sweep_contents(&service, soon), 1);
}

static void it_ends_with_its_time(struct database *database)
{
    YX_CLEAN(service) struct service service;
    struct reply reply;
    char id[128];

    service_open(database, &service);
    bring(&service, 0, "abc", id);
    expire(&service);
    assert_int_equal(ask(&service, 0, at_upload("GET", id, ""), "", "", &reply), 404);
    bring(&service, 0, "abc", id);
    assert_int_equal(ask(&service, 0, at_upload("GET", id, "/content"), "", "", &reply), 200);
}

static void no_more_than_two_hundred_wait(struct database *database)
{
    YX_CLEAN(service) struct service service;
    struct reply reply;
    char id[128];

    service_open(database, &service);
    for (int i = 0; i < 200; i++)
        bring(&service, 0, "abc", id);
    assert_int_equal(ask(&service, 0, "POST " UPLOADS, "", "abcd", &reply), 429);
    assert_int_equal(world_count(&service.world, "SELECT count(*) FROM blob"), 1);
    bring(&service, 1, "abc", id);
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
    YX_CLEAN(service) struct service service;
    struct reply reply;
    char piece[65536], id[128];
    long before;
    size_t got = 0;
    int fd;

    service_open(database, &service);
    bring(&service, 0, "abc", id);
    memset(piece, 'x', sizeof piece);
    before = peak();
    fd = begin(&service, 0, "POST " UPLOADS, "", LARGE);
    for (size_t sent = 0; sent < LARGE; sent += sizeof piece)
        assert_true(wire_send(fd, piece, sizeof piece));
    wire_hear(fd, &reply);
    (void)close(fd);
    assert_int_equal(reply.status, 201);
    world_member(&reply, "id", id);
    fd = begin(&service, 0, at_upload("GET", id, "/content"), "", 0);
    for (ssize_t now; (now = recv(fd, piece, sizeof piece, 0)) > 0;)
        got += (size_t)now;
    (void)close(fd);
    assert_true(got > LARGE && got < LARGE + 2000);
    if (getenv("ASAN_OPTIONS") == NULL)
        assert_true(peak() - before < 16384);
}

static void settings_are_shown_to_who_may_see_them(struct database *database)
{
    YX_CLEAN(service) struct service service;
    struct reply reply;

    service_open(database, &service);
    assert_int_equal(ask(&service, -1, "GET /api/v1/settings", "", "", &reply), 401);
    assert_int_equal(ask(&service, 0, "GET /api/v1/settings", "", "", &reply), 403);
    assert_int_equal(
        ask(&service, 1, "GET /api/v1/settings", "Accept-Language: en\r\n", "", &reply), 200);
    assert_non_null(strstr(reply.body, "\"name\":\"upload_max\""));
    assert_int_equal(
        ask(&service, 1, "GET /api/v1/settings", "Accept-Language: zh\r\n", "", &reply), 200);
    assert_non_null(strstr(reply.body, "该证书的私钥。"));
}

static void metrics_are_for_addresses_and_for_who_may(struct database *database)
{
    YX_CLEAN(service) struct service service;
    struct reply reply;
    struct yx_error err = {0};

    service_open(database, &service);
    assert_int_equal(ask(&service, -1, "GET /metrics", "", "", &reply), 200);
    assert_non_null(strstr(reply.body, "\nyinxin_store_up 1\n"));
    assert_non_null(strstr(reply.body, "\nyinxin_audit_leaves "));
    expect_ok(yx_settings_set(service.desk.settings, "test", "metrics_from", "192.0.2.1", &err),
              &err);
    assert_int_equal(ask(&service, -1, "GET /metrics", "", "", &reply), 401);
    assert_int_equal(ask(&service, 0, "GET /metrics", "", "", &reply), 403);
    assert_int_equal(ask(&service, 1, "GET /metrics", "", "", &reply), 200);
    /* Without its tables the database has nothing to tell, and the others have. */
    database_must(service.world.services.store, "DROP TABLE audit_waiting");
    assert_int_equal(ask(&service, 1, "GET /metrics", "", "", &reply), 200);
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
        {"what is deleted takes no place", what_is_deleted_takes_no_place, false},
        {"no more than two hundred wait", no_more_than_two_hundred_wait, false},
        {"large contents take no memory", large_contents_take_no_memory, false},
        {"settings are shown to who may see them", settings_are_shown_to_who_may_see_them, false},
        {"metrics are for addresses, and who may", metrics_are_for_addresses_and_for_who_may,
         false},
    };

    return database_main("uploads", cases, sizeof cases / sizeof *cases, true);
}
