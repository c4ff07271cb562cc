/* SPDX-License-Identifier: Apache-2.0 */
/* The way in and the way out of the API, shown by a small resource: names on a list. */
#include "support.h"

#include <pthread.h>

#include "tools.h"

#include "database.h"

#include "world.h"

#define PATH "/api/v1/names"

/* --- The resource ---------------------------------------------------------------------------- */

static const struct yx_migration steps[] = {
    {"names", "CREATE TABLE name (id {serial}, name TEXT NOT NULL UNIQUE, party TEXT)"},
};
static const struct yx_schema schema = {"names", steps, 1};

struct new_name {
    const struct yx_api_call *call;
    const char *name, *party;
};

static yx_status make_name(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                           struct yx_error *err)
{
    const struct new_name *wanted = self;
    const struct yx_value values[] = {yx_value_text(wanted->name), yx_value_text(wanted->party)};
    const struct yx_party_scope scope = {.party = wanted->party};
    int64_t id = 0;

    if (wanted->party != NULL)
        YX_TRY(yx_api_require(wanted->call, tx, &scope, err));
    YX_TRY(yx_tx_query(tx, "INSERT INTO name (name, party) VALUES ($1, $2) RETURNING id", values, 2,
                       world_take_count, &id, err));
    outcome->status = 201;
    outcome->body = json_pack("{s:I, s:s}", "id", (json_int_t)id, "name", wanted->name);
    outcome->details = json_pack("{s:s}", "name", wanted->name);
    (void)snprintf(outcome->object, sizeof outcome->object, "name:%lld", (long long)id);
    (void)snprintf(outcome->location, sizeof outcome->location, PATH "/%lld", (long long)id);
    return YX_OK;
}

static const struct yx_json_member members[] = {
    {"name", YX_JSON_TEXT, true, 1, 20, YX_JSON_AT(struct new_name, name)},
    {"party", YX_JSON_ID, false, 0, 0, YX_JSON_AT(struct new_name, party)},
    YX_JSON_END,
};

static yx_status post_name(struct yx_api_call *call, struct yx_error *err)
{
    struct new_name wanted = {.call = call};

    YX_TRY(yx_json_members(call->body, members, &wanted, err));
    return yx_api_change(call, make_name, &wanted, err);
}

static yx_status take_name(void *self, const struct yx_row *row, struct yx_error *err)
{
    char key[YX_API_AFTER_MAX];

    (void)snprintf(key, sizeof key, "%020lld", (long long)yx_row_integer(row, 0));
    return yx_api_page_add(self, key, json_string(yx_row_text(row, 1)), err);
}

static yx_status list_names(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct yx_api_page *page = self;
    const struct yx_value values[] = {
        yx_value_integer(strtoll(page->after, NULL, 10)),
        yx_value_integer(yx_api_page_rows(page)),
    };

    YX_TRY(yx_api_page_start(page, err));
    return yx_tx_query(tx, "SELECT id, name FROM name WHERE id > $1 ORDER BY id LIMIT $2", values,
                       2, take_name, page, err);
}

static yx_status get_names(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(yx_api_page) struct yx_api_page page = {0};

    YX_TRY(yx_api_page_read(call, &page, err));
    YX_TRY(yx_store_read(call->services->store, list_names, &page, err));
    return yx_api_page_reply(call, &page, err);
}

static yx_status get_who(struct yx_api_call *call, struct yx_error *err)
{
    char actor[YX_API_ACTOR];

    yx_api_actor(&call->who, actor);
    return yx_api_reply(call, 200, json_pack("{s:s}", "who", actor), err);
}

static yx_status begin(struct yx_api_call *call, void **taker, struct yx_error *err)
{
    (void)call;
    *taker = calloc(1, sizeof(size_t));
    return *taker == NULL ? yx_fail_memory(err) : YX_OK;
}

static yx_status take(void *taker, struct yx_bytes piece, struct yx_error *err)
{
    (void)err;
    *(size_t *)taker += piece.len;
    return YX_OK;
}

static const struct yx_api_intake intake = {begin, take, free};

static yx_status post_bytes(struct yx_api_call *call, struct yx_error *err)
{
    const size_t *len = call->taker;

    return yx_api_reply(call, 200, json_pack("{s:I}", "bytes", (json_int_t)*len), err);
}

static const struct yx_api_route names[] = {
    {"POST", PATH, "party.manage", "test.name.make", post_name},
    {"GET", PATH, "party.read", NULL, get_names},
    {"GET", "/api/v1/who", YX_API_PUBLIC, NULL, get_who},
    {"GET", "/api/v1/me", YX_API_LOGGED_IN, NULL, get_who, YX_API_UNFINISHED},
    {"GET", "/api/v1/danger", YX_API_LOGGED_IN, NULL, get_who, YX_API_RECENT},
    {"POST", "/api/v1/bytes", "document.manage", NULL, post_bytes, 0, 1000000, &intake},
    YX_API_ROUTES_END,
};
static const struct yx_api_route *const tables[] = {names, NULL};

static void names_open(const struct database *database, struct world *world)
{
    static const char *const permissions[] = {"party.manage", "party.read"};
    struct yx_error err = {0};

    *world = (struct world){.count = 0};
    world_prepare(database, world);
    world_clerk(world, permissions, 2, false);
    world_serve(world, tables);
    expect_ok(yx_store_migrate(world->services.store, &schema, &err), &err);
}

/* So many names are there, and leaves that tell of them. */
static void expect_counts(const struct world *world, int64_t names_there, int64_t leaves)
{
    assert_int_equal(world_count(world, "SELECT count(*) FROM name"), names_there);
    assert_int_equal(world_count(world, "SELECT count(*) FROM audit_leaf"
                                        " WHERE action = 'test.name.make'"),
                     leaves);
}

/* --- Tests --------------------------------------------------------------------------------- */

#define ONE "{\"name\":\"one\"}"

static void who_may_come_in(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct reply reply;

    names_open(database, &world);
    world_ask(&world, NULL, "GET /api/v1/who", "", NULL, &reply);
    assert_non_null(strstr(reply.body, "\"anybody\""));
    world_ask(&world, &world.stranger, "GET /api/v1/who", "", NULL, &reply);
    assert_non_null(strstr(reply.body, "\"anybody\""));
    world_ask(&world, world.clerk, "GET /api/v1/who", "", NULL, &reply);
    assert_non_null(strstr(reply.body, world.clerk->account));
    assert_int_equal(world_status(&world, NULL, "GET /api/v1/me", NULL), 401);
    assert_int_equal(world_status(&world, &world.stranger, "GET /api/v1/me", NULL), 401);
    assert_int_equal(world_status(&world, world.clerk, "GET /api/v1/me", NULL), 200);
    /* Reading needs no token against forged requests, changing does. */
    assert_int_equal(world_status(&world, &world.forger, "GET " PATH, NULL), 200);
    world_ask(&world, &world.forger, "POST " PATH, "", ONE, &reply);
    assert_int_equal(reply.status, 403);
    assert_non_null(strstr(reply.body, "urn:yinxin:problem:forged"));
    expect_counts(&world, 0, 0);
    /* A permission that nobody gave. */
    world_ask(&world, world.clerk, "POST /api/v1/bytes", "", "0123456789", &reply);
    assert_int_equal(reply.status, 403);
    assert_non_null(strstr(reply.body, "urn:yinxin:problem:permission"));
}

static void what_is_changed_is_on_record(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct reply reply;
    char body[128];

    names_open(database, &world);
    world_ask(&world, world.clerk, "POST " PATH, "", ONE, &reply);
    assert_int_equal(reply.status, 201);
    assert_non_null(strstr(reply.text, "Location: " PATH "/1\r\n"));
    assert_string_equal(reply.body, "{\"id\":1,\"name\":\"one\"}");
    expect_counts(&world, 1, 1);
    /* What a rule refuses leaves nothing. */
    assert_int_equal(world_status(&world, world.clerk, "POST " PATH, ONE), 409);
    expect_counts(&world, 1, 1);
    /* Within the party of the grant, and not in another one. */
    (void)snprintf(body, sizeof body, "{\"name\":\"two\",\"party\":\"%s\"}", world.party);
    assert_int_equal(world_status(&world, world.clerk, "POST " PATH, body), 201);
    (void)snprintf(body, sizeof body, "{\"name\":\"three\",\"party\":\"%s\"}", world.other);
    assert_int_equal(world_status(&world, world.clerk, "POST " PATH, body), 403);
    expect_counts(&world, 2, 2);
    /* What cannot be written down is not done. */
    database_must(world.services.store, "DROP TABLE audit_waiting");
    assert_true(world_status(&world, world.clerk, "POST " PATH, "{\"name\":\"four\"}") >= 500);
    expect_counts(&world, 2, 2);
}

static void bodies_are_read_strictly(struct database *database)
{
    static const struct {
        const char *body;
        int status;
    } cases[] = {
        {"", 400},
        {"{", 400},
        {"[]", 400},
        {"{\"name\":1}", 400},
        {"{\"name\":\"\"}", 400},
        {"{\"name\":\"012345678901234567890\"}", 400},
        {"{\"name\":\"a\",\"name\":\"b\"}", 400},
        {"{\"name\":\"a\",\"strange\":1}", 400},
        {"{\"name\":null}", 400},
        {"{\"name\":\"a\\u0000b\"}", 400},
    };
    YX_CLEAN(world) struct world world;

    names_open(database, &world);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(world_status(&world, world.clerk, "POST " PATH, cases[i].body),
                         cases[i].status);
    expect_counts(&world, 0, 0);
}

static void a_request_that_comes_again(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct reply first, again;
    struct yx_error err = {0};

    names_open(database, &world);
    world_ask(&world, world.clerk, "POST " PATH, "Idempotency-Key: k1\r\n", ONE, &first);
    assert_int_equal(first.status, 201);
    world_ask(&world, world.clerk, "POST " PATH, "Idempotency-Key: k1\r\n", ONE, &again);
    assert_int_equal(again.status, 201);
    assert_string_equal(again.body, first.body);
    assert_non_null(strstr(again.text, "Location: " PATH "/1\r\n"));
    assert_non_null(strstr(again.text, "Idempotency-Replayed: true\r\n"));
    expect_counts(&world, 1, 1);
    /* With another request it is refused, and nothing is done. */
    world_ask(&world, world.clerk, "POST " PATH, "Idempotency-Key: k1\r\n", "{\"name\":\"two\"}",
              &again);
    assert_int_equal(again.status, 422);
    world_ask(&world, world.clerk, "POST " PATH, "Idempotency-Key: a b\r\n", ONE, &again);
    assert_int_equal(again.status, 400);
    expect_counts(&world, 1, 1);
    /* The key of somebody else says nothing about one's own request. */
    const struct world_person *other =
        world_come_as(&world, world.role, (struct yx_party_scope){.party = world.party});
    world_ask(&world, other, "POST " PATH, "Idempotency-Key: k1\r\n", ONE, &again);
    assert_int_equal(again.status, 409);
    assert_null(strstr(again.text, "Idempotency-Replayed"));
    /* A request that was refused may be made again with its key. */
    world_ask(&world, world.clerk, "POST " PATH, "Idempotency-Key: k2\r\n", ONE, &again);
    assert_int_equal(again.status, 409);
    database_must(world.services.store, "DELETE FROM name");
    world_ask(&world, world.clerk, "POST " PATH, "Idempotency-Key: k2\r\n", ONE, &again);
    assert_int_equal(again.status, 201);
    /* A day later the key is free. */
    expect_ok(yx_api_sweep(world.services.store, yx_now() + 2 * YX_DAY, &err), &err);
    database_must(world.services.store, "DELETE FROM name");
    world_ask(&world, world.clerk, "POST " PATH, "Idempotency-Key: k1\r\n", ONE, &again);
    assert_int_equal(again.status, 201);
    assert_null(strstr(again.text, "Idempotency-Replayed"));
}

static yx_status take_request(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct yx_bytes request = yx_row_blob(row, 0);

    (void)err;
    assert_int_equal(request.len, 32);
    memcpy(self, request.data, 32);
    return YX_OK;
}

static yx_status read_request(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_tx_query(tx, "SELECT request FROM api_answer", NULL, 0, take_request, self, err);
}

/* What is kept of a request tells nobody, who guesses what it was, that they are right. */
static void what_is_kept_of_a_request(struct database *database)
{
    static const char text[] = "POST " PATH "\n" ONE;
    YX_CLEAN(world) struct world world;
    struct reply reply;
    struct yx_error err = {0};
    uint8_t kept[32], plain[YX_DIGEST_MAX], keyed[YX_DIGEST_MAX];

    names_open(database, &world);
    world_ask(&world, world.clerk, "POST " PATH, "Idempotency-Key: k1\r\n", ONE, &reply);
    assert_int_equal(reply.status, 201);
    expect_ok(yx_store_read(world.services.store, read_request, kept, &err), &err);
    expect_ok(yx_digest(YX_DIGEST_SM3, YX_TEXT(text), plain, &err), &err);
    expect_ok(yx_hmac(YX_DIGEST_SM3, world.services.answer_key, YX_TEXT(text), keyed, &err), &err);
    assert_memory_not_equal(kept, plain, 32);
    assert_memory_equal(kept, keyed, 32);
}

/* --- At the same time --- */

struct racer {
    const struct world *world;
    int status;
    pthread_t thread;
};

static void *race(void *self)
{
    struct racer *racer = self;
    struct reply reply;

    world_ask(racer->world, racer->world->clerk, "POST " PATH, "Idempotency-Key: same\r\n", ONE,
              &reply);
    racer->status = reply.status;
    return NULL;
}

static void one_key_at_the_same_time(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct racer racers[8];

    names_open(database, &world);
    for (size_t i = 0; i < 8; i++) {
        racers[i].world = &world;
        assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
    }
    for (size_t i = 0; i < 8; i++) {
        (void)pthread_join(racers[i].thread, NULL);
        assert_int_equal(racers[i].status, 201);
    }
    expect_counts(&world, 1, 1);
}

/* --- Lists --- */

static void lists_come_in_parts(struct database *database)
{
    static const char *const wrong[] = {"limit=0", "limit=201", "limit=1x",
                                        "limit=",  "cursor=00", "cursor=zz"};
    YX_CLEAN(world) struct world world;
    struct reply reply;
    char target[512], cursor[400];
    int items = 0, pages = 0;

    names_open(database, &world);
    for (int i = 0; i < 5; i++) {
        char body[64];

        (void)snprintf(body, sizeof body, "{\"name\":\"n%d\"}", i);
        assert_int_equal(world_status(&world, world.clerk, "POST " PATH, body), 201);
    }
    (void)snprintf(target, sizeof target, "GET " PATH "?limit=2");
    for (;;) {
        const char *next;

        world_ask(&world, world.clerk, target, "", NULL, &reply);
        assert_int_equal(reply.status, 200);
        for (const char *at = reply.body; (at = strstr(at, "\"n")) != NULL && at[2] != 'e'; at++)
            items++;
        pages++;
        next = strstr(reply.body, "\"next\":\"");
        if (next == NULL)
            break;
        assert_int_equal(sscanf(next, "\"next\":\"%399[0-9A-F]", cursor), 1);
        (void)snprintf(target, sizeof target, "GET " PATH "?limit=2&cursor=%s", cursor);
    }
    assert_int_equal(items, 5);
    assert_int_equal(pages, 3);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        (void)snprintf(target, sizeof target, "GET " PATH "?%s", wrong[i]);
        assert_int_equal(world_status(&world, world.clerk, target, NULL), 400);
    }
}

static const struct database_case cases[] = {
    {"who may come in", who_may_come_in, false},
    {"what is changed is on record", what_is_changed_is_on_record, false},
    {"bodies are read strictly", bodies_are_read_strictly, false},
    {"a request that comes again", a_request_that_comes_again, false},
    {"what is kept of a request", what_is_kept_of_a_request, false},
    {"one key at the same time", one_key_at_the_same_time, false},
    {"lists come in parts", lists_come_in_parts, false},
};

int main(void)
{
    return database_main("api/core", cases, sizeof cases / sizeof cases[0], true);
}
