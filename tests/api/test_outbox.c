/* SPDX-License-Identifier: Apache-2.0 */
/* test_outbox.c - jobs, webhooks, inboxes and events, over HTTP. */
#include "support.h"
#include "tools.h"

#include "database.h"
#include "world.h"

#define URL "\"url\":\"https://example.com/hook\""

static const struct yx_api_route *const tables[] = {yx_api_jobs, yx_api_webhooks, yx_api_messages,
                                                    yx_api_parties, NULL};
static const char *const permissions[] = {"party.manage", "system.operate", "system.read"};

/* `whole`: the clerk may do it everywhere, not only for one party. */
static void open_world(const struct database *database, bool whole, struct yx_settings *settings,
                       struct yx_outbox *outbox, struct world *world)
{
    *world = (struct world){.services.outbox = outbox};
    world_prepare(database, world);
    world_clerk(world, permissions, 3, whole);
    *outbox = (struct yx_outbox){.store = world->services.store,
                                 .settings = settings,
                                 .service_key = YX_TEXT("a key of 32 octets or more .....")};
    world_serve(world, tables);
}

__attribute__((format(printf, 4, 5))) static int go(const struct world *world, const char *body,
                                                    struct reply *reply, const char *format, ...)
{
    char what[256];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    world_ask(world, world->clerk, what, "", body, reply);
    return reply->status;
}

/* --- Webhooks ------------------------------------------------------------------------------ */

static void webhooks(struct database *database)
{
    static struct reply reply;
    struct yx_settings settings = {0};
    struct yx_outbox outbox;
    YX_CLEAN(world) struct world world;
    char id[128], secret[128], second[128], body[512];
    open_world(database, false, &settings, &outbox, &world);
    snprintf(body, sizeof body, "{\"party\":\"%s\"," URL ",\"events\":[\"seal.made\",\"x\"]}",
             world.party);
    assert_int_equal(go(&world, body, &reply, "POST /api/v1/webhooks"), 201);
    world_member(&reply, "id", id);
    world_member(&reply, "secret", secret);
    assert_true(strncmp(secret, "whsec_", 6) == 0);
    /* What the leaf tells besides is not for the reply. */
    assert_null(strstr(reply.body, "\"request\":"));
    assert_int_equal(world_count(&world, "SELECT count(*) FROM audit_leaf WHERE action = "
                                         "'webhook.make' AND details LIKE '%\"request\":%'"),
                     1);
    assert_non_null(strstr(reply.body, "\"events\":[\"seal.made\",\"x\"]"));
    assert_int_equal(go(&world, NULL, &reply, "GET /api/v1/webhooks/%s", id), 200);
    assert_null(strstr(reply.body, "whsec_"));
    assert_non_null(strstr(reply.body, "\"on\":true"));
    assert_int_equal(go(&world, NULL, &reply, "GET /api/v1/webhooks?party=%s", world.party), 200);
    assert_non_null(strstr(reply.body, id));
    assert_int_equal(go(&world, "{\"on\":false}", &reply, "PATCH /api/v1/webhooks/%s", id), 200);
    assert_int_equal(go(&world, "{}", &reply, "POST /api/v1/webhooks/%s/test", id), 422);
    assert_int_equal(go(&world, "{\"events\":[\"*\"]}", &reply, "PATCH /api/v1/webhooks/%s", id),
                     200);
    assert_non_null(strstr(reply.body, "\"on\":false")); /* as it was */
    assert_int_equal(go(&world, "{\"on\":true}", &reply, "PATCH /api/v1/webhooks/%s", id), 200);
    assert_int_equal(go(&world, "{}", &reply, "POST /api/v1/webhooks/%s/test", id), 202);
    assert_int_equal(go(&world, NULL, &reply, "GET /api/v1/webhooks/%s/deliveries", id), 200);
    assert_non_null(strstr(reply.body, "\"type\":\"test\""));
    assert_non_null(strstr(reply.body, "\"state\":\"waiting\""));
    assert_int_equal(go(&world, "{}", &reply, "POST /api/v1/webhooks/%s/secret", id), 200);
    world_member(&reply, "secret", second);
    assert_string_not_equal(secret, second);
    assert_int_equal(go(&world, NULL, &reply, "DELETE /api/v1/webhooks/%s", id), 204);
    assert_int_equal(go(&world, NULL, &reply, "GET /api/v1/webhooks/%s", id), 404);
    assert_int_equal(go(&world, NULL, &reply, "GET /api/v1/webhooks"), 400);
}

/* What is changed of a party is told to those of its webhooks that ask for it, once, and says no
 * more than what was changed. */
static void webhooks_hear_of_changes(struct database *database)
{
    static const char *const asked[] = {"[\"*\"]", "[\"party.change\",\"seal.made\"]",
                                        "[\"party\"]"};
    static const int heard[] = {2, 1, 0};
    static struct reply reply;
    struct yx_settings settings = {0};
    struct yx_outbox outbox;
    YX_CLEAN(world) struct world world;
    char ids[3][128], body[512], object[128];
    open_world(database, true, &settings, &outbox, &world);
    for (int i = 0; i < 3; i++) {
        snprintf(body, sizeof body, "{\"party\":\"%s\"," URL ",\"events\":%s}", world.party,
                 asked[i]);
        assert_int_equal(go(&world, body, &reply, "POST /api/v1/webhooks"), 201);
        world_member(&reply, "id", ids[i]);
    }
    assert_int_equal(
        go(&world, "{\"name_zh\":\"新名\"}", &reply, "PATCH /api/v1/parties/%s", world.other), 200);
    assert_int_equal(
        go(&world, "{\"name_zh\":\"秘密的名\"}", &reply, "PATCH /api/v1/parties/%s", world.party),
        200);
    /* Refused: nothing happened, and nobody is told. */
    assert_int_equal(go(&world, "{\"version\":99,\"name_zh\":\"名\"}", &reply,
                        "PATCH /api/v1/parties/%s", world.party),
                     412);
    assert_int_equal(go(&world, "{}", &reply, "POST /api/v1/parties/%s/end", world.party), 200);
    snprintf(object, sizeof object, "\\\"object\\\":\\\"party:%s\\\"", world.party);
    for (int i = 0; i < 3; i++) {
        int count = 0;
        assert_int_equal(go(&world, NULL, &reply, "GET /api/v1/webhooks/%s/deliveries", ids[i]),
                         200);
        for (const char *at = reply.body; (at = strstr(at, object)) != NULL; at++)
            count++;
        assert_int_equal(count, heard[i]);
        assert_true(i == 2 || strstr(reply.body, "\"type\":\"party.change\"") != NULL);
        assert_null(strstr(reply.body, "秘密的名"));
    }
}

static yx_status move_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct yx_value value = yx_value_text(((struct world *)self)->other);
    return yx_tx_run(tx, "UPDATE webhook SET party = $1", &value, 1, NULL, err);
}

/* Those of another party are out of reach, whatever is done to them. */
static void webhooks_of_others(struct database *database)
{
    static const char *const requests[][2] = {
        {"GET", ""},         {"DELETE", ""},    {"PATCH", ""},
        {"POST", "/secret"}, {"POST", "/test"}, {"GET", "/deliveries"},
    };
    static struct reply reply;
    struct yx_settings settings = {0};
    struct yx_outbox outbox;
    YX_CLEAN(world) struct world world;
    struct yx_error err = {0};
    char id[128], body[512];
    open_world(database, false, &settings, &outbox, &world);
    snprintf(body, sizeof body, "{\"party\":\"%s\"," URL ",\"events\":[\"*\"]}", world.other);
    assert_int_equal(go(&world, body, &reply, "POST /api/v1/webhooks"), 403);
    assert_int_equal(go(&world, NULL, &reply, "GET /api/v1/webhooks?party=%s", world.other), 403);
    snprintf(body, sizeof body, "{\"party\":\"%s\"," URL ",\"events\":[\"*\"]}", world.party);
    assert_int_equal(go(&world, body, &reply, "POST /api/v1/webhooks"), 201);
    world_member(&reply, "id", id);
    expect_ok(yx_store_write(outbox.store, move_work, &world, &err), &err);
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
        assert_int_equal(go(&world, requests[i][0][0] == 'P' ? "{}" : NULL, &reply,
                            "%s /api/v1/webhooks/%s%s", requests[i][0], id, requests[i][1]),
                         403);
}

static void what_is_no_webhook(struct database *database)
{
    static const char *const rest[] = {
        URL,
        URL ",\"events\":[]",
        URL ",\"events\":\"*\"",
        URL ",\"events\":[1]",
        URL ",\"events\":[\"a b\"]",
        URL ",\"events\":[\"\\\"}\"]",
        URL ",\"events\":[\"*\"],\"secret\":\"mine\"",
        URL ",\"events\":[\"*\"],\"purpose\":\"spam\"",
        "\"url\":\"http://user:secret@example.com/\",\"events\":[\"*\"]",
        "\"url\":\"gopher://example.com/\",\"events\":[\"*\"]",
    };
    static struct reply reply;
    struct yx_settings settings = {0};
    struct yx_outbox outbox;
    YX_CLEAN(world) struct world world;
    char body[512];
    open_world(database, false, &settings, &outbox, &world);
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) {
        snprintf(body, sizeof body, "{\"party\":\"%s\",%s}", world.party, rest[i]);
        if (go(&world, body, &reply, "POST /api/v1/webhooks") != 400)
            fail_msg("%s: %d", rest[i], reply.status);
    }
}

/* --- Jobs ---------------------------------------------------------------------------------- */

static yx_status fail_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct yx_job_request request = {.kind = "report", .payload = "{\"name\":\"secret\"}"};
    YX_TRY(yx_job_add(tx, &request, yx_now(), self, err));
    return yx_tx_run(tx, "UPDATE job SET state = 2, error = 'it did not work'", NULL, 0, NULL, err);
}

static void jobs(struct database *database)
{
    static struct reply reply;
    struct yx_settings settings = {0};
    struct yx_outbox outbox;
    YX_CLEAN(world) struct world world;
    struct yx_error err = {0};
    char id[YX_UUID_TEXT];
    open_world(database, true, &settings, &outbox, &world);
    expect_ok(yx_store_write(outbox.store, fail_work, id, &err), &err);
    assert_int_equal(go(&world, NULL, &reply, "GET /api/v1/jobs?state=failed&kind=report"), 200);
    assert_non_null(strstr(reply.body, id));
    assert_non_null(strstr(reply.body, "it did not work"));
    assert_null(strstr(reply.body, "secret"));
    assert_int_equal(go(&world, NULL, &reply, "GET /api/v1/jobs?state=waiting"), 200);
    assert_null(strstr(reply.body, id));
    assert_int_equal(go(&world, NULL, &reply, "GET /api/v1/jobs?state=asleep"), 400);
    assert_int_equal(go(&world, "{}", &reply, "POST /api/v1/jobs/%s/retry", id), 200);
    assert_non_null(strstr(reply.body, "\"state\":\"waiting\""));
    assert_int_equal(go(&world, "{}", &reply, "POST /api/v1/jobs/%s/retry", id), 422);
    assert_int_equal(go(&world, "{}", &reply, "POST /api/v1/jobs/%s/cancel", id), 200);
    assert_non_null(strstr(reply.body, "\"state\":\"cancelled\""));
    assert_int_equal(go(&world, NULL, &reply, "GET /api/v1/jobs/%s", id), 200);
    assert_int_equal(go(&world, NULL, &reply, "GET /api/v1/jobs/%s", world.party), 404);
    assert_int_equal(go(&world, NULL, &reply, "GET /api/v1/timers"), 200);
}

/* Who looks after one party alone sees no jobs. */
static void jobs_of_all(struct database *database)
{
    static struct reply reply;
    struct yx_settings settings = {0};
    struct yx_outbox outbox;
    YX_CLEAN(world) struct world world;
    struct yx_error err = {0};
    char id[YX_UUID_TEXT];
    open_world(database, false, &settings, &outbox, &world);
    expect_ok(yx_store_write(outbox.store, fail_work, id, &err), &err);
    assert_int_equal(go(&world, NULL, &reply, "GET /api/v1/jobs"), 403);
    assert_int_equal(go(&world, NULL, &reply, "GET /api/v1/jobs/%s", id), 403);
    assert_int_equal(go(&world, "{}", &reply, "POST /api/v1/jobs/%s/retry", id), 403);
    assert_int_equal(go(&world, "{}", &reply, "POST /api/v1/jobs/%s/cancel", id), 403);
    assert_int_equal(go(&world, NULL, &reply, "GET /api/v1/timers"), 403);
}

/* --- Messages ------------------------------------------------------------------------------ */

struct noticing {
    const struct yx_outbox *outbox;
    const char *account;
};

static yx_status notice_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    static const struct yx_notice_value values[] = {{"holder", "张三"},
                                                    {"object", "公章"},
                                                    {"number", "1"},
                                                    {"date", "今天"},
                                                    {"place", "窗口"}};
    const struct noticing *noticing = self;
    const struct yx_notice notice = {.kind = "collection",
                                     .account = noticing->account,
                                     .language = "zh",
                                     .values = values,
                                     .value_count = 5};
    return yx_notice_send(tx, noticing->outbox, &notice, yx_now(), err);
}

static void messages(struct database *database)
{
    static struct reply reply;
    struct yx_settings settings = {.smtp_url = ""};
    struct yx_outbox outbox;
    YX_CLEAN(world) struct world world;
    struct yx_error err = {0};
    char id[128];
    open_world(database, false, &settings, &outbox, &world);
    struct noticing own = {&outbox, world.clerk->account}, others = {&outbox, world.party};
    expect_ok(yx_store_write(outbox.store, notice_work, &others, &err), &err);
    assert_int_equal(go(&world, NULL, &reply, "GET /api/v1/messages"), 200);
    assert_string_equal(reply.body, "{\"items\":[]}");
    expect_ok(yx_store_write(outbox.store, notice_work, &own, &err), &err);
    expect_ok(yx_store_write(outbox.store, notice_work, &own, &err), &err);
    assert_int_equal(go(&world, NULL, &reply, "GET /api/v1/messages?unread=true&limit=1"), 200);
    assert_non_null(strstr(reply.body, "请领取公章"));
    assert_non_null(strstr(reply.body, "\"next\":"));
    world_member(&reply, "id", id);
    assert_int_equal(go(&world, "{}", &reply, "POST /api/v1/messages/%s/read", id), 204);
    assert_int_equal(go(&world, NULL, &reply, "GET /api/v1/messages?unread=true"), 200);
    assert_null(strstr(reply.body, id));
    assert_int_equal(go(&world, "{}", &reply, "POST /api/v1/messages/%s/read", world.party), 404);
    assert_int_equal(go(&world, "{}", &reply, "POST /api/v1/messages/read"), 204);
    assert_int_equal(go(&world, NULL, &reply, "GET /api/v1/messages?unread=true"), 200);
    assert_string_equal(reply.body, "{\"items\":[]}");
    assert_int_equal(world_status(&world, NULL, "GET /api/v1/messages", NULL), 401);
}

/* --- Events -------------------------------------------------------------------------------- */

/* Reads until the words come, for at most ten seconds. */
static void expect_event(int fd, const char *words)
{
    static char text[8192];
    size_t len = 0;
    const struct timeval patience = {.tv_sec = 10};
    ssize_t got = 1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    text[0] = '\0';
    while (strstr(text, words) == NULL && len + 1 < sizeof text && got > 0) {
        got = recv(fd, text + len, sizeof text - 1 - len, 0);
        if (got > 0)
            len += (size_t)got;
        text[len] = '\0';
    }
    if (strstr(text, words) == NULL)
        fail_msg("%s", text);
}

static void events(struct database *database)
{
    struct yx_settings settings = {.smtp_url = ""};
    struct yx_outbox outbox;
    YX_CLEAN(world) struct world world;
    struct yx_error err = {0};
    char request[512], id[YX_UUID_TEXT];
    open_world(database, true, &settings, &outbox, &world);
    struct noticing own = {&outbox, world.clerk->account};
    int fd = wire_connect(yx_listener_port(world.listener));
    snprintf(request, sizeof request,
             "GET /api/v1/events HTTP/1.1\r\nHost: a\r\nCookie: __Host-yinxin=%s\r\n\r\n",
             world.clerk->token);
    assert_true(wire_send(fd, request, strlen(request)));
    expect_event(fd, "{\"waiting\":0,\"running\":0,\"failed\":0}");
    expect_ok(yx_store_write(outbox.store, notice_work, &own, &err), &err);
    expect_event(fd, "event: unread\ndata: {\"unread\":1}");
    expect_ok(yx_store_write(outbox.store, fail_work, id, &err), &err);
    expect_event(fd, "event: jobs\ndata: {\"waiting\":0,\"running\":0,\"failed\":1}");
    close(fd);
    assert_int_equal(world_status(&world, NULL, "GET /api/v1/events", NULL), 401);
}

int main(void)
{
    const struct database_case cases[] = {
        {"webhooks", webhooks},
        {"webhooks hear of changes", webhooks_hear_of_changes},
        {"webhooks of others", webhooks_of_others},
        {"what is no webhook", what_is_no_webhook},
        {"jobs", jobs},
        {"jobs of all", jobs_of_all},
        {"messages", messages},
        {"events", events},
    };
    return database_main("outbox", cases, sizeof cases / sizeof *cases, true);
}
