/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_policy.c - settings, schemes and rule sets over HTTP.
 * REQ: REC-09, REC-10, REC-12
 */
#include "support.h"
#include "tools.h"

#include "database.h"
#include "world.h"

#define POLICIES "/api/v1/policies"

static const struct yx_party_scope everything = {NULL};

/* What holds for a key, as JSON text. */
static const char *value_at(struct world *world, const struct world_person *by, const char *query,
                            const char *key, char rule_set[128])
{
    static char out[512];
    YX_CLEAN(json)
    json_t *all =
        world_expect(world, by, 200, world_say("GET " POLICIES "/values?%s", query), NULL);
    size_t i;
    json_t *item;

    out[0] = '\0';
    json_array_foreach(json_object_get(all, "items"), i, item)
    {
        char *text;
        if (strcmp(json_string_value(json_object_get(item, "key")), key) != 0)
            continue;
        text = json_dumps(json_object_get(item, "value"), JSON_COMPACT | JSON_ENCODE_ANY);
        snprintf(out, sizeof out, "%s", text);
        free(text);
        snprintf(rule_set, 128, "%s", json_string_value(json_object_get(item, "rule_set")));
    }
    return out;
}

static const char *draft(struct world *world, const struct world_person *by, const char *values)
{
    return world_text(world, by, 201, "POST " POLICIES,
                      world_say("{\"scheme\":\"city\",\"name_zh\":\"市规则\",\"name_en\":\"city\","
                                "\"source\":\"市文件\",\"values\":[%s]}",
                                values),
                      "id");
}

static void tables_are_shown(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char rule_set[128];
    world_open(database, &world);
    const struct world_person *ann = world_come_as(&world, "policy-drafter", everything);
    YX_CLEAN(json) json_t *settings =
        world_expect(&world, ann, 200, "GET " POLICIES "/settings", NULL);
    YX_CLEAN(json) json_t *schemes =
        world_expect(&world, ann, 200, "GET " POLICIES "/schemes", NULL);
    assert_true(json_array_size(json_object_get(settings, "items")) > 80);
    assert_true(json_array_size(json_object_get(schemes, "items")) > 25);
    assert_true(json_array_size(json_object_get(schemes, "laws")) > 30);
    /* Each kind of value is what it is. */
    assert_string_equal(value_at(&world, ann, "scheme=bureau", "seal.lending", rule_set), "true");
    assert_string_equal(rule_set, "preset:bureau");
    assert_string_equal(value_at(&world, ann, "", "pin.attempts", rule_set), "10");
    assert_string_equal(rule_set, "usual");
    assert_string_equal(value_at(&world, ann, "scheme=own-unit", "seal.categories", rule_set),
                        "[\"unit\",\"personal\"]");
    assert_string_equal(value_at(&world, ann, "scheme=bureau", "password.interval", rule_set),
                        "\"60 days\"");
    /* Wuhu is over. */
    (void)value_at(&world, ann, "scheme=wuhu&at=2022-06-01", "filing.seal-making", rule_set);
    assert_string_equal(rule_set, "preset:wuhu");
    (void)value_at(&world, ann, "scheme=wuhu&at=2024-06-01", "filing.seal-making", rule_set);
    assert_string_equal(rule_set, "usual");
    world_must(&world, ann, 400, "GET " POLICIES "/values?at=yesterday", NULL);
}

static void a_rule_set_is_proposed_by_one_and_approved_by_another(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char rule_set[128];
    world_open(database, &world);
    const struct world_person *ann = world_come_as(&world, "policy-drafter", everything);
    const struct world_person *bob = world_come_as(&world, YX_ROLE_SECURITY, everything);
    const char *id = draft(&world, ann,
                           "{\"key\":\"pin.attempts\",\"value\":5,\"article\":\"art. 1\"},"
                           "{\"key\":\"seal.lending\",\"value\":true},"
                           "{\"key\":\"seal.families\",\"value\":[\"party\",\"union\"]},"
                           "{\"key\":\"password.interval\",\"value\":\"90 days\"}");
    const char *decisions = world_say("POST " POLICIES "/%s/decisions", id);
    world_must(&world, bob, 422, decisions, "{\"approves\":true}"); /* not proposed */
    assert_string_equal(
        world_text(&world, ann, 200, world_say("POST " POLICIES "/%s/proposal", id), "{}", "state"),
        "proposed");
    world_must(&world, ann, 403, decisions, "{\"approves\":true}"); /* she may not approve at all */
    assert_string_equal(value_at(&world, ann, "scheme=city", "pin.attempts", rule_set), "10");
    world_must(&world, bob, 400, decisions, "{\"approves\":false}"); /* and why? */
    assert_string_equal(
        world_text(&world, bob, 200, decisions,
                   "{\"approves\":true,\"department\":\"办公室\",\"text\":\"同意\"}", "state"),
        "in-force");
    assert_string_equal(value_at(&world, ann, "scheme=city", "pin.attempts", rule_set), "5");
    assert_string_equal(rule_set, id);
    assert_string_equal(value_at(&world, ann, "scheme=city", "seal.families", rule_set),
                        "[\"party\",\"union\"]");
    YX_CLEAN(json)
    json_t *seen = world_expect(&world, bob, 200, world_say("GET " POLICIES "/%s", id), NULL);
    assert_int_equal(json_array_size(json_object_get(seen, "values")), 4);
    assert_int_equal(json_array_size(json_object_get(seen, "opinions")), 1);
    /* What is in force is not changed. */
    world_must(&world, ann, 422, world_say("PUT " POLICIES "/%s", id),
               "{\"name_zh\":\"规则\",\"name_en\":\"rules\",\"values\":[]}");
    YX_CLEAN(json)
    json_t *list = world_expect(&world, bob, 200, "GET " POLICIES "?scheme=city", NULL);
    assert_int_equal(json_array_size(json_object_get(list, "items")), 1);
}

/* Somebody who has both permissions still needs another one. */
static void nobody_approves_his_own(struct database *database)
{
    YX_CLEAN(world) struct world world;
    world_open(database, &world);
    const struct world_person *ann = world_come_as(&world, "policy-drafter", everything);
    world_grant(&world, ann->account, YX_ROLE_SECURITY, everything);
    const char *id = draft(&world, ann, "{\"key\":\"pin.attempts\",\"value\":5}");
    world_must(&world, ann, 200, world_say("POST " POLICIES "/%s/proposal", id), "{}");
    struct reply reply;
    world_ask(&world, ann, world_say("POST " POLICIES "/%s/decisions", id), "",
              "{\"approves\":true}", &reply);
    assert_int_equal(reply.status, 403);
    assert_non_null(strstr(reply.text, "urn:yinxin:problem:two-people"));
    world_must(&world, ann, 200, world_say("POST " POLICIES "/%s/withdrawal", id), "{}");
}

/* A person with two accounts is one person: neither for a second voice, nor to grant to themselves.
 */
static void another_account_is_no_other_person(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct reply reply;
    char body[200];
    world_open(database, &world);
    const struct world_person *ann = world_come_as(&world, "policy-drafter", everything);
    const struct world_person *annes = world_come_as(&world, YX_ROLE_SECURITY, everything);
    const struct world_person *bob = world_come_as(&world, YX_ROLE_SECURITY, everything);
    const char *id = draft(&world, ann, "{\"key\":\"pin.attempts\",\"value\":5}");
    const char *decisions = world_say("POST " POLICIES "/%s/decisions", id);
    database_must(world.services.store, "UPDATE login_account SET party ="
                                        " '01890000-0000-7000-8000-000000000001'"
                                        " WHERE name IN ('person-0', 'person-1')");
    world_must(&world, ann, 200, world_say("POST " POLICIES "/%s/proposal", id), "{}");
    world_ask(&world, annes, decisions, "", "{\"approves\":true}", &reply);
    assert_int_equal(reply.status, 403);
    assert_non_null(strstr(reply.text, "urn:yinxin:problem:two-people"));
    (void)snprintf(body, sizeof body,
                   "{\"account\":\"%s\",\"role\":\"policy-drafter\",\"scope\":{}}", ann->account);
    world_must(&world, annes, 409, "POST /api/v1/grants", body);
    world_must(&world, bob, 201, "POST /api/v1/grants", body);
    world_must(&world, bob, 200, decisions, "{\"approves\":true}");
}

static void drafts_are_read_strictly(struct database *database)
{
    static const char *const values[] = {
        "{\"key\":\"seal.colour\",\"value\":1}",
        "{\"key\":\"pin.attempts\",\"value\":\"many\"}",
        "{\"key\":\"pin.attempts\",\"value\":1000}",
        "{\"key\":\"pin.attempts\",\"value\":1.5}",
        "{\"key\":\"pin.attempts\",\"value\":null}",
        "{\"key\":\"pin.attempts\",\"value\":{}}",
        "{\"key\":\"pin.attempts\"}",
        "{\"value\":1}",
        "{\"key\":\"seal.lending\",\"value\":\"perhaps\"}",
        "{\"key\":\"seal.families\",\"value\":[\"party,union\"]}",
        "{\"key\":\"seal.families\",\"value\":[1]}",
        "{\"key\":\"seal.families\",\"value\":[\"party\",\"party\"]}",
        "{\"key\":\"pin.attempts\",\"value\":5},{\"key\":\"pin.attempts\",\"value\":6}",
        "{\"key\":\"pin.attempts\",\"value\":5,\"colour\":\"red\"}",
        "5",
    };
    YX_CLEAN(world) struct world world;
    world_open(database, &world);
    const struct world_person *ann = world_come_as(&world, "policy-drafter", everything);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        world_must(&world, ann, 400, "POST " POLICIES,
                   world_say("{\"scheme\":\"city\",\"name_zh\":\"规则\",\"name_en\":\"rules\","
                             "\"values\":[%s]}",
                             values[i]));
    world_must(&world, ann, 400, "POST " POLICIES,
               "{\"scheme\":\"City\",\"name_zh\":\"规则\",\"name_en\":\"rules\",\"values\":[]}");
    YX_CLEAN(json) json_t *list = world_expect(&world, ann, 200, "GET " POLICIES, NULL);
    assert_int_equal(json_array_size(json_object_get(list, "items")), 0);
}

static const struct database_case cases[] = {
    {"tables are shown", tables_are_shown, false},
    {"a rule set is proposed by one and approved by another",
     a_rule_set_is_proposed_by_one_and_approved_by_another, false},
    {"nobody approves his own", nobody_approves_his_own, false},
    {"another account is no other person", another_account_is_no_other_person, false},
    {"drafts are read strictly", drafts_are_read_strictly, false},
};

int main(void)
{
    return database_main("api/policy", cases, sizeof cases / sizeof cases[0], true);
}
