/* SPDX-License-Identifier: Apache-2.0 */
/* test_audit.c - the audit list over the API: who may read it, what is found in it, and proofs for
 * those who may not. REQ: AUD-01, AUD-03, AUD-04 */
#include "support.h"

#include "tools.h"

#include "database.h"

#include "world.h"

#define AT INT64_C(1795305600000000)
#define RECORDS "/api/v1/audit/records"

struct desk {
    struct world world;
    struct yx_private_key *key, *witness_key;
    struct yx_audit_signer log, witness;
    struct yx_audit_party trusted;
};

static void desk_close(struct desk *desk)
{
    world_close(&desk->world);
    yx_private_key_free(desk->key);
    yx_private_key_free(desk->witness_key);
}
YX_DEFINE_CLEAN_VALUE(desk, struct desk, desk_close);

static struct yx_audit_signer signer_of(const char *name, struct yx_private_key **key)
{
    struct yx_error err = {0};

    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, key, &err), &err);
    return (struct yx_audit_signer){name, yx_private_key_public(*key), yx_signer_borrow_key(*key)};
}

static void open_for(const struct database *database, const char *permission, bool everywhere,
                     struct desk *desk)
{
    static const struct yx_api_route *const tables[] = {yx_api_audit, NULL};

    *desk = (struct desk){.key = NULL};
    desk->log = signer_of("log", &desk->key);
    desk->witness = signer_of("witness", &desk->witness_key);
    desk->trusted = (struct yx_audit_party){desk->witness.name, desk->witness.key};
    desk->world.services.witnesses = &desk->trusted;
    desk->world.services.witness_count = 1;
    desk->world.services.audit_key = desk->log.key;
    world_prepare(database, &desk->world);
    world_clerk(&desk->world, &permission, 1, everywhere);
    world_serve(&desk->world, tables);
}

static void desk_open(const struct database *database, struct desk *desk)
{
    open_for(database, "audit.read", true, desk);
}

static yx_status append(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_audit_append(tx, self, err);
}

/* Seven records, and a checkpoint over what is there. */
static int64_t tell(const struct desk *desk)
{
    struct yx_store *store = desk->world.services.store;
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    struct yx_audit_head head;
    struct yx_error err = {0};

    for (int i = 0; i < 7; i++) {
        struct yx_audit_event event = {.at = AT + i * YX_SECOND,
                                       .actor = i % 2 ? "a:odd" : "a:even",
                                       .action = "ca.certificate.issue"};

        expect_ok(yx_store_write(store, append, &event, &err), &err);
    }
    expect_ok(yx_audit_checkpoint_make(store, &desk->log, AT, &note, &err), &err);
    expect_ok(yx_audit_head_now(store, &head, &err), &err);
    return head.size;
}

static json_t *get_json(const struct desk *desk, const char *what)
{
    struct reply reply;
    json_t *object;

    world_ask(&desk->world, desk->world.clerk, what, "", NULL, &reply);
    if (reply.status != 200)
        fail_msg("%s: %s", what, reply.text);
    object = json_loads(reply.body, 0, NULL);
    assert_non_null(object);
    return object;
}

static size_t count_of(const struct desk *desk, const char *query)
{
    char what[512];

    (void)snprintf(what, sizeof what, "GET " RECORDS "?%s", query);
    YX_CLEAN(json) json_t *list = get_json(desk, what);

    return json_array_size(json_object_get(list, "items"));
}

/* --- Records ------------------------------------------------------------------------------- */

static void auditors_find_records(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;

    desk_open(database, &desk);
    (void)tell(&desk);
    assert_int_equal(count_of(&desk, "action=ca.certificate.issue"), 7);
    assert_int_equal(count_of(&desk, "action=ca."), 7);
    assert_int_equal(count_of(&desk, "actor=a:odd"), 3);
    assert_int_equal(count_of(&desk, "actor=a:odd&action=ca.&limit=2"), 2);
    assert_int_equal(count_of(&desk, "actor=nobody"), 0);
    assert_int_equal(count_of(&desk, "action=ca.&since=2026-11-22T00:00:03Z&until=2026-11-23"), 4);
    assert_int_equal(
        world_status(&desk.world, desk.world.clerk, "GET " RECORDS "?since=yesterday", NULL), 400);
    assert_int_equal(world_status(&desk.world, desk.world.clerk, "GET " RECORDS "?cursor=00", NULL),
                     400);

    YX_CLEAN(json) json_t *list = get_json(&desk, "GET " RECORDS "?actor=a:even&limit=1");
    const json_t *record = json_array_get(json_object_get(list, "items"), 0);

    assert_string_equal(json_string_value(json_object_get(record, "action")),
                        "ca.certificate.issue");
    assert_string_equal(json_string_value(json_object_get(record, "actor")), "a:even");
    assert_string_equal(json_string_value(json_object_get(record, "details")), "{}");
    assert_int_equal(json_integer_value(json_object_get(record, "microseconds")),
                     AT + 6 * YX_SECOND);
    assert_non_null(json_object_get(list, "next"));
}

/* Everything once, page by page. */
static void a_list_goes_on(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    char what[512] = "GET " RECORDS "?action=ca.&limit=3";
    size_t seen = 0;
    int64_t before = INT64_MAX;

    desk_open(database, &desk);
    (void)tell(&desk);
    for (const char *next = ""; next != NULL;) {
        YX_CLEAN(json) json_t *list = get_json(&desk, what);
        json_t *record;
        size_t i;

        json_array_foreach(json_object_get(list, "items"), i, record)
        {
            int64_t at = json_integer_value(json_object_get(record, "microseconds"));

            assert_true(at < before);
            before = at;
            seen++;
        }
        next = json_string_value(json_object_get(list, "next"));
        (void)snprintf(what, sizeof what, "GET " RECORDS "?action=ca.&limit=3&cursor=%s",
                       next == NULL ? "" : next);
    }
    assert_int_equal(seen, 7);
}

static void actions_in_both_languages(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    struct reply reply;

    desk_open(database, &desk);
    world_ask(&desk.world, desk.world.clerk, "GET /api/v1/audit/actions", "Accept-Language: zh\r\n",
              NULL, &reply);
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply.body, "证书"));
    world_ask(&desk.world, desk.world.clerk, "GET /api/v1/audit/actions", "Accept-Language: en\r\n",
              NULL, &reply);
    assert_non_null(strstr(reply.body, "a certificate was issued"));
}

static void expect_no_reading(struct database *database, const char *permission, bool everywhere)
{
    static const char *const paths[] = {
        "GET " RECORDS, "GET " RECORDS "/1/proof", "GET /api/v1/audit/actions",
        "GET /api/v1/audit/tiles/0/000.p/1", "POST /api/v1/audit/reviews"};
    YX_CLEAN(desk) struct desk desk;

    open_for(database, permission, everywhere, &desk);
    (void)tell(&desk);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const char *body = paths[i][0] == 'P' ? "{}" : NULL;

        assert_int_equal(world_status(&desk.world, desk.world.clerk, paths[i], body), 403);
        assert_int_equal(world_status(&desk.world, NULL, paths[i], body), 401);
    }
}

/* REQ: AUD-01 */
static void others_do_not_read(struct database *database)
{
    expect_no_reading(database, "party.read", true);
}

/* REQ: AUD-01, records of one party are not told from those of others. */
static void auditors_of_one_party_do_not_read(struct database *database)
{
    expect_no_reading(database, "audit.read", false);
}

/* --- Proofs -------------------------------------------------------------------------------- */

/* The PEM is read back as this key. */
static void expect_key(const char *pem, const struct yx_public_key *wanted)
{
    struct folder folder;
    YX_CLEAN(yx_audit_parties) struct yx_audit_parties parties = {.count = 0};
    struct yx_error err = {0};
    char path[128];
    const char *paths[1] = {path};

    folder_make(&folder);
    folder_write(&folder, "log.key.pem", YX_TEXT(pem));
    (void)snprintf(path, sizeof path, "%s/log.key.pem", folder.path);
    expect_ok(yx_audit_parties_read(paths, 1, &parties, &err), &err);
    assert_string_equal(parties.items[0].name, "log");
    assert_true(
        yx_bytes_equal(yx_public_key_spki(parties.items[0].key), yx_public_key_spki(wanted)));
    folder_write(&folder, "log.key.pem", YX_BYTES(pem, 60));
    yx_audit_parties_free(&parties);
    expect_status(yx_audit_parties_read(paths, 1, &parties, &err), YX_DAMAGED, &err);
    folder_remove(&folder);
}

static void proofs_and_tiles(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    YX_CLEAN(yx_audit_evidence) struct yx_audit_evidence evidence = {0};
    struct reply reply;
    struct yx_error err = {0};
    char what[128];
    int64_t size;

    desk_open(database, &desk);
    assert_int_equal(world_status(&desk.world, NULL, "GET /api/v1/audit/checkpoint", NULL), 404);
    size = tell(&desk);
    (void)snprintf(what, sizeof what, "GET " RECORDS "/%lld/proof", (long long)size);
    world_ask(&desk.world, desk.world.clerk, what, "", NULL, &reply);
    assert_int_equal(reply.status, 200);
    expect_ok(yx_audit_evidence_read(YX_TEXT(reply.body), &evidence, &err), &err);
    expect_ok(yx_audit_checkpoint_check(&evidence.checkpoint, "log", desk.log.key, &err), &err);
    assert_int_equal(evidence.number, size);
    assert_int_equal(world_status(&desk.world, desk.world.clerk, "GET " RECORDS "/999/proof", NULL),
                     422);
    assert_int_equal(world_status(&desk.world, desk.world.clerk, "GET " RECORDS "/x/proof", NULL),
                     404);

    world_ask(&desk.world, NULL, "GET /api/v1/audit/key", "", NULL, &reply);
    expect_key(reply.body, desk.log.key);
    (void)snprintf(what, sizeof what, "GET /api/v1/audit/tiles/0/000.p/%lld", (long long)size);
    world_ask(&desk.world, desk.world.clerk, what, "", NULL, &reply);
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply.text, "immutable"));
    (void)snprintf(what, sizeof what, "Content-Length: %lld\r\n", (long long)size * 32);
    assert_non_null(strstr(reply.text, what));
    assert_int_equal(
        world_status(&desk.world, desk.world.clerk, "GET /api/v1/audit/tiles/0/001", NULL), 404);
    assert_int_equal(world_status(&desk.world, desk.world.clerk, "GET /api/v1/audit/tiles/x", NULL),
                     404);
}

/* A witness needs no account, and a stranger gets nowhere. */
static void witnesses(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    YX_CLEAN(json) json_t *body = NULL;
    struct yx_audit_party log;
    struct yx_audit_growth growth;
    struct yx_error err = {0};
    struct reply reply, kept;
    char *text;

    desk_open(database, &desk);
    (void)tell(&desk);
    world_ask(&desk.world, NULL, "GET /api/v1/audit/growth?old=0", "", NULL, &reply);
    assert_int_equal(reply.status, 200);
    expect_ok(yx_audit_growth_read(YX_TEXT(reply.body), &growth, &err), &err);
    log = (struct yx_audit_party){"log", desk.log.key};
    expect_ok(yx_audit_witness_sign(&growth, YX_BYTES(NULL, 0), &log, &desk.witness, &note, &err),
              &err);
    body = json_pack("{s:s%}", "note", (char *)note.data, note.len);
    text = json_dumps(body, JSON_COMPACT);
    world_ask(&desk.world, NULL, "POST /api/v1/audit/cosignatures", "", text, &kept);
    assert_int_equal(kept.status, 200);
    assert_string_equal(kept.body, "{\"kept\":1}");
    world_ask(&desk.world, NULL, "POST /api/v1/audit/cosignatures", "", text, &kept);
    assert_string_equal(kept.body, "{\"kept\":0}");
    free(text);
    assert_int_equal(world_status(&desk.world, NULL, "POST /api/v1/audit/cosignatures",
                                  "{\"note\":\"nothing\"}"),
                     400);
    world_ask(&desk.world, NULL, "GET /api/v1/audit/checkpoint", "", NULL, &reply);
    assert_non_null(strstr(reply.body, "witness "));
    assert_int_equal(world_status(&desk.world, NULL, "GET /api/v1/audit/growth?old=x", NULL), 400);
    assert_int_equal(world_status(&desk.world, NULL, "GET /api/v1/audit/growth?old=99", NULL), 422);
}

/* --- Reviews ------------------------------------------------------------------------------- */

/* REQ: AUD-03 */
static void reviews_are_records(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;

    desk_open(database, &desk);
    (void)tell(&desk);
    assert_int_equal(world_status(&desk.world, desk.world.clerk, "POST /api/v1/audit/reviews",
                                  "{\"first\":1,\"last\":7,\"finding\":\"印章超期\","
                                  "\"handling\":\"已注销\"}"),
                     201);
    assert_int_equal(world_status(&desk.world, desk.world.clerk, "POST /api/v1/audit/reviews",
                                  "{\"first\":1,\"last\":999,\"finding\":\"-\"}"),
                     400);
    assert_int_equal(world_status(&desk.world, desk.world.clerk, "POST /api/v1/audit/reviews",
                                  "{\"first\":3,\"last\":2,\"finding\":\"-\"}"),
                     400);
    assert_int_equal(world_status(&desk.world, desk.world.clerk, "POST /api/v1/audit/reviews",
                                  "{\"first\":1,\"last\":2}"),
                     400);
    struct yx_error err = {0};
    expect_ok(yx_audit_number(desk.world.services.store, &err), &err);

    YX_CLEAN(json) json_t *list = get_json(&desk, "GET " RECORDS "?action=audit.review.make");
    const json_t *items = json_object_get(list, "items"), *review = json_array_get(items, 0);

    assert_int_equal(json_array_size(items), 1);
    assert_string_equal(json_string_value(json_object_get(review, "object")), "audit:1-7");
    assert_non_null(strstr(json_string_value(json_object_get(review, "details")), "已注销"));
    assert_non_null(strstr(json_string_value(json_object_get(review, "actor")), "account:"));
}

int main(void)
{
    const struct database_case cases[] = {
        {"auditors find records", auditors_find_records},
        {"a list goes on", a_list_goes_on},
        {"actions in both languages", actions_in_both_languages},
        {"others do not read", others_do_not_read},
        {"auditors of one party do not read", auditors_of_one_party_do_not_read},
        {"proofs and tiles", proofs_and_tiles},
        {"witnesses", witnesses},
        {"reviews are records", reviews_are_records},
    };
    return database_main("audit", cases, sizeof cases / sizeof *cases, true);
}
