/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_policy.c - settings, schemes and rule sets over HTTP.
 * REQ: REC-09, REC-10, REC-12
 */
#include "support.h"
#include "tools.h"

#include "database.h"
#include "house.h"

#define POLICIES "/api/v1/policies"

static const struct yx_party_scope everything = {NULL};

/* What holds for a key, as JSON text. */
static const char *value_at(struct house *house, const struct house_person *by, const char *query,
                            const char *key, char rule_set[128])
{
    static char out[512];
    YX_CLEAN(json)
    json_t *all =
        house_expect(house, by, 200, house_say("GET " POLICIES "/values?%s", query), NULL);
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

static const char *draft(struct house *house, const struct house_person *by, const char *values)
{
    return house_text(house, by, 201, "POST " POLICIES,
                      house_say("{\"scheme\":\"city\",\"name_zh\":\"市规则\",\"name_en\":\"city\","
                                "\"source\":\"市文件\",\"values\":[%s]}",
                                values),
                      "id");
}

static void tables_are_shown(struct database *database)
{
    YX_CLEAN(house) struct house house;
    char rule_set[128];
    house_open(database, &house);
    const struct house_person *ann = house_come_as(&house, "policy-drafter", everything);
    YX_CLEAN(json) json_t *settings =
        house_expect(&house, ann, 200, "GET " POLICIES "/settings", NULL);
    YX_CLEAN(json) json_t *schemes =
        house_expect(&house, ann, 200, "GET " POLICIES "/schemes", NULL);
    assert_true(json_array_size(json_object_get(settings, "items")) > 80);
    assert_true(json_array_size(json_object_get(schemes, "items")) > 25);
    assert_true(json_array_size(json_object_get(schemes, "laws")) > 30);
    /* Each kind of value is what it is. */
    assert_string_equal(value_at(&house, ann, "scheme=bureau", "seal.lending", rule_set), "true");
    assert_string_equal(rule_set, "preset:bureau");
    assert_string_equal(value_at(&house, ann, "", "pin.attempts", rule_set), "10");
    assert_string_equal(rule_set, "usual");
    assert_string_equal(value_at(&house, ann, "scheme=own-unit", "seal.categories", rule_set),
                        "[\"unit\",\"personal\"]");
    assert_string_equal(value_at(&house, ann, "scheme=bureau", "password.interval", rule_set),
                        "\"60 days\"");
    /* Wuhu is over. */
    (void)value_at(&house, ann, "scheme=wuhu&at=2022-06-01", "filing.seal-making", rule_set);
    assert_string_equal(rule_set, "preset:wuhu");
    (void)value_at(&house, ann, "scheme=wuhu&at=2024-06-01", "filing.seal-making", rule_set);
    assert_string_equal(rule_set, "usual");
    house_must(&house, ann, 400, "GET " POLICIES "/values?at=yesterday", NULL);
}

static void a_rule_set_is_proposed_by_one_and_approved_by_another(struct database *database)
{
    YX_CLEAN(house) struct house house;
    char rule_set[128];
    house_open(database, &house);
    const struct house_person *ann = house_come_as(&house, "policy-drafter", everything);
    const struct house_person *bob = house_come_as(&house, YX_ROLE_SECURITY, everything);
    const char *id = draft(&house, ann,
                           "{\"key\":\"pin.attempts\",\"value\":5,\"article\":\"art. 1\"},"
                           "{\"key\":\"seal.lending\",\"value\":true},"
                           "{\"key\":\"seal.families\",\"value\":[\"party\",\"union\"]},"
                           "{\"key\":\"password.interval\",\"value\":\"90 days\"}");
    const char *decisions = house_say("POST " POLICIES "/%s/decisions", id);
    house_must(&house, bob, 422, decisions, "{\"approves\":true}"); /* not proposed */
    assert_string_equal(
        house_text(&house, ann, 200, house_say("POST " POLICIES "/%s/proposal", id), "{}", "state"),
        "proposed");
    house_must(&house, ann, 403, decisions, "{\"approves\":true}"); /* she may not approve at all */
    assert_string_equal(value_at(&house, ann, "scheme=city", "pin.attempts", rule_set), "10");
    house_must(&house, bob, 400, decisions, "{\"approves\":false}"); /* and why? */
    assert_string_equal(
        house_text(&house, bob, 200, decisions,
                   "{\"approves\":true,\"department\":\"办公室\",\"text\":\"同意\"}", "state"),
        "in-force");
    assert_string_equal(value_at(&house, ann, "scheme=city", "pin.attempts", rule_set), "5");
    assert_string_equal(rule_set, id);
    assert_string_equal(value_at(&house, ann, "scheme=city", "seal.families", rule_set),
                        "[\"party\",\"union\"]");
    YX_CLEAN(json)
    json_t *seen = house_expect(&house, bob, 200, house_say("GET " POLICIES "/%s", id), NULL);
    assert_int_equal(json_array_size(json_object_get(seen, "values")), 4);
    assert_int_equal(json_array_size(json_object_get(seen, "opinions")), 1);
    /* What is in force is not changed. */
    house_must(&house, ann, 422, house_say("PUT " POLICIES "/%s", id),
               "{\"name_zh\":\"规则\",\"name_en\":\"rules\",\"values\":[]}");
    YX_CLEAN(json)
    json_t *list = house_expect(&house, bob, 200, "GET " POLICIES "?scheme=city", NULL);
    assert_int_equal(json_array_size(json_object_get(list, "items")), 1);
}

/* Somebody who has both permissions still needs another one. */
static void nobody_approves_his_own(struct database *database)
{
    YX_CLEAN(house) struct house house;
    house_open(database, &house);
    const struct house_person *ann = house_come_as(&house, "policy-drafter", everything);
    house_grant(&house, ann, YX_ROLE_SECURITY, everything);
    const char *id = draft(&house, ann, "{\"key\":\"pin.attempts\",\"value\":5}");
    house_must(&house, ann, 200, house_say("POST " POLICIES "/%s/proposal", id), "{}");
    YX_CLEAN(house_reply) struct house_reply reply = {0};
    house_ask(&house, ann, house_say("POST " POLICIES "/%s/decisions", id), "{\"approves\":true}",
              &reply);
    assert_int_equal(reply.status, 403);
    assert_non_null(strstr(reply.text, "urn:yinxin:problem:two-people"));
    house_must(&house, ann, 200, house_say("POST " POLICIES "/%s/withdrawal", id), "{}");
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
    YX_CLEAN(house) struct house house;
    house_open(database, &house);
    const struct house_person *ann = house_come_as(&house, "policy-drafter", everything);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        house_must(&house, ann, 400, "POST " POLICIES,
                   house_say("{\"scheme\":\"city\",\"name_zh\":\"规则\",\"name_en\":\"rules\","
                             "\"values\":[%s]}",
                             values[i]));
    house_must(&house, ann, 400, "POST " POLICIES,
               "{\"scheme\":\"City\",\"name_zh\":\"规则\",\"name_en\":\"rules\",\"values\":[]}");
    YX_CLEAN(json) json_t *list = house_expect(&house, ann, 200, "GET " POLICIES, NULL);
    assert_int_equal(json_array_size(json_object_get(list, "items")), 0);
}

static const struct database_case cases[] = {
    {"tables are shown", tables_are_shown, false},
    {"a rule set is proposed by one and approved by another",
     a_rule_set_is_proposed_by_one_and_approved_by_another, false},
    {"nobody approves his own", nobody_approves_his_own, false},
    {"drafts are read strictly", drafts_are_read_strictly, false},
};

int main(void)
{
    return database_main("api/policy", cases, sizeof cases / sizeof cases[0], true);
}
