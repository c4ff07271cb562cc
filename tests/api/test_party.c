/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_party.c - parties, posts, qualifications, roles and grants over HTTP.
 * REQ: ROLE-01, ROLE-15, ROLE-38
 */
#include "support.h"
#include "tools.h"

#include "database.h"
#include "world.h"

#define PARTIES "/api/v1/parties"
#define CODE "91110000600037341L"
#define CARD "11010519491231002X"
#define NOBODY_ID "018f0000-0000-7000-8000-0000000000ff"

static const struct yx_party_scope everything = {NULL};

/* An organisation of the type, and its id. */
static const char *organisation(struct world *world, const struct world_person *by,
                                const char *type, const char *parent)
{
    return world_text(world, by, 201, "POST " PARTIES,
                      world_say("{\"kind\":\"organisation\",\"type\":\"%s\",\"nature\":"
                                "\"enterprise\",\"name_zh\":\"单位\",\"region\":\"340200\"%s%s%s}",
                                type, parent == NULL ? "" : ",\"parent\":\"",
                                parent == NULL ? "" : parent, parent == NULL ? "" : "\""),
                      "id");
}

static const char *person_of(struct world *world, const struct world_person *by, const char *parent)
{
    return world_text(
        world, by, 201, "POST " PARTIES,
        world_say("{\"kind\":\"person\",\"name_zh\":\"人\",\"parent\":\"%s\"}", parent), "id");
}

/* Somebody who may do this in this scope: a role of its own. */
static const struct world_person *who_may(struct world *world, const char *permissions,
                                          struct yx_party_scope scope)
{
    static size_t count;
    const struct world_person *security = world_come_as(world, YX_ROLE_SECURITY, everything);
    const char *role = world_text(world, security, 201, "POST /api/v1/roles",
                                  world_say("{\"name_zh\":\"试%zu\",\"name_en\":\"test\","
                                            "\"permissions\":[%s]}",
                                            ++count, permissions),
                                  "id");
    return world_come_as(world, role, scope);
}

static const struct world_person *manager(struct world *world, struct yx_party_scope scope)
{
    return who_may(world, "\"party.manage\",\"party.read\"", scope);
}

static void parties_are_made_and_changed(struct database *database)
{
    YX_CLEAN(world) struct world world;
    world_open(database, &world);
    const struct world_person *ann = manager(&world, everything);
    const char *bureau =
        world_text(&world, ann, 201, "POST " PARTIES,
                   "{\"kind\":\"organisation\",\"type\":\"user\",\"nature\":\"foundation\","
                   "\"name_zh\":\"基金会\",\"name_en\":\"Foundation\",\"code\":\"" CODE "\","
                   "\"region\":\"340200\",\"scheme\":\"wuhu\"}",
                   "id");
    YX_CLEAN(json)
    json_t *seen = world_expect(&world, ann, 200, world_say("GET " PARTIES "/%s", bureau), NULL);
    assert_string_equal(json_string_value(json_object_get(seen, "tier")), "city");
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(seen, "nature"), "social")), "基金会");
    assert_string_equal(json_string_value(json_object_get(seen, "code")), CODE);
    /* There once. */
    world_must(&world, ann, 422, "POST " PARTIES,
               "{\"kind\":\"organisation\",\"type\":\"user\",\"nature\":\"foundation\","
               "\"name_zh\":\"基金会\",\"code\":\"" CODE "\"}");
    /* Changed, but not by somebody who saw another version. */
    const char *one = world_say("PATCH " PARTIES "/%s", bureau);
    assert_string_equal(world_text(&world, ann, 200, one,
                                   "{\"name_zh\":\"新名\",\"name_en\":\"\",\"version\":1}",
                                   "name_zh"),
                        "新名");
    world_must(&world, ann, 412, one, "{\"name_zh\":\"别名\",\"version\":1}");
    YX_CLEAN(json)
    json_t *past =
        world_expect(&world, ann, 200, world_say("GET " PARTIES "/%s/history", bureau), NULL);
    const json_t *was =
        json_object_get(json_array_get(json_object_get(past, "items"), 0), "before");
    assert_string_equal(json_string_value(json_object_get(was, "name_zh")), "基金会");
    /* What the tables do not know. */
    world_must(&world, ann, 400, one, "{\"colour\":\"red\"}");
    world_must(&world, ann, 400, one, "{\"name_zh\":\"\"}");
    world_must(&world, ann, 400, one, "{\"version\":0}");
    world_must(&world, ann, 400, "POST " PARTIES, "{\"kind\":\"ship\",\"name_zh\":\"a\"}");
    world_must(&world, ann, 400, "POST " PARTIES, "{}");
    world_must(&world, ann, 404, "GET " PARTIES "/" NOBODY_ID, NULL);
    world_must(&world, ann, 400, "GET " PARTIES "?colour=red", NULL);
    world_must(&world, ann, 200, "GET /api/v1/vocabulary", NULL);
    world_must(&world, ann, 200, world_say("POST " PARTIES "/%s/end", bureau), "{}");
    world_must(&world, ann, 422, one, "{\"name_zh\":\"名\"}");
}

static void the_tree_over_http(struct database *database)
{
    YX_CLEAN(world) struct world world;
    world_open(database, &world);
    const struct world_person *ann = manager(&world, everything);
    const char *a = organisation(&world, ann, "user", NULL);
    const char *b = organisation(&world, ann, "user", a);
    world_must(&world, ann, 422, world_say("POST " PARTIES "/%s/move", a),
               world_say("{\"parent\":\"%s\"}", b));
    world_must(&world, ann, 422, world_say("POST " PARTIES "/%s/end", a), "{}");
    world_must(&world, ann, 200, world_say("POST " PARTIES "/%s/move", b), "{}");
    world_must(&world, ann, 200, world_say("POST " PARTIES "/%s/end", a), "{}");
}

static void numbers_of_people_are_shown_on_record(struct database *database)
{
    YX_CLEAN(world) struct world world;
    world_open(database, &world);
    const struct world_person *ann = manager(&world, everything);
    const char *a = organisation(&world, ann, "user", NULL);
    const char *man = world_text(&world, ann, 201, "POST " PARTIES,
                                 world_say("{\"kind\":\"person\",\"name_zh\":\"王\",\"parent\":"
                                           "\"%s\",\"identity_kind\":\"resident-identity-card\","
                                           "\"identity_number\":\"" CARD "\"}",
                                           a),
                                 "id");
    struct reply reply;
    world_ask(&world, ann, world_say("GET " PARTIES "/%s", man), "", NULL, &reply);
    assert_null(strstr(reply.text, CARD));
    assert_string_equal(world_text(&world, ann, 200, world_say("POST " PARTIES "/%s/identity", man),
                                   "{}", "identity_number"),
                        CARD);
    /* Found by its number, by those alone whose it is. */
    const char *search =
        "{\"identity_kind\":\"resident-identity-card\",\"identity_number\":\"" CARD "\"}";
    const struct world_person *bob =
        manager(&world, (struct yx_party_scope){.party = organisation(&world, ann, "user", NULL)});
    YX_CLEAN(json)
    json_t *found = world_expect(&world, ann, 200, "POST " PARTIES "/search", search);
    YX_CLEAN(json)
    json_t *none = world_expect(&world, bob, 200, "POST " PARTIES "/search", search);
    assert_int_equal(json_array_size(json_object_get(found, "items")), 1);
    assert_int_equal(json_array_size(json_object_get(none, "items")), 0);
    world_must(&world, bob, 403, world_say("POST " PARTIES "/%s/identity", man), "{}");
    /* No leaf holds the number, and one says who looked. */
    assert_int_equal(
        world_count(&world, "SELECT count(*) FROM audit_leaf WHERE details LIKE '%" CARD "%'"), 0);
    assert_int_equal(world_count(&world, "SELECT count(*) FROM audit_leaf"
                                         " WHERE action = 'party.identity.show'"),
                     1);
}

/* --- Within one's own ---------------------------------------------------------------------- */

static void nobody_reaches_beyond_his_scope(struct database *database)
{
    YX_CLEAN(world) struct world world;
    world_open(database, &world);
    const struct world_person *all = manager(&world, everything);
    const char *a = organisation(&world, all, "user", NULL);
    const char *b = organisation(&world, all, "user", NULL);
    const char *b1 = organisation(&world, all, "user", b);
    const char *man_a = person_of(&world, all, a);
    const char *man_b = person_of(&world, all, b);
    const struct world_person *ann = manager(&world, (struct yx_party_scope){.party = a});
    const char *post_b =
        world_text(&world, all, 201, world_say("POST " PARTIES "/%s/posts", b),
                   world_say("{\"person\":\"%s\",\"position\":\"it-staff\"}", man_b), "id");
    const struct {
        const char *what, *body;
    } refused[] = {
        {world_say("GET " PARTIES "/%s", b), NULL},
        {world_say("GET " PARTIES "/%s", b1), NULL},
        {"GET " PARTIES "/" NOBODY_ID, NULL}, /* as if it were there */
        {world_say("PATCH " PARTIES "/%s", b), "{\"name_zh\":\"我的\"}"},
        {world_say("POST " PARTIES "/%s/move", b), world_say("{\"parent\":\"%s\"}", a)},
        {world_say("POST " PARTIES "/%s/move", man_a), world_say("{\"parent\":\"%s\"}", b)},
        {world_say("POST " PARTIES "/%s/move", man_a), "{}"},
        {world_say("POST " PARTIES "/%s/end", b), "{}"},
        {world_say("POST " PARTIES "/%s/identity", man_b), "{}"},
        {world_say("GET " PARTIES "/%s/history", b), NULL},
        {world_say("GET " PARTIES "/%s/posts", b), NULL},
        {world_say("POST " PARTIES "/%s/posts", b),
         world_say("{\"person\":\"%s\",\"position\":\"it-staff\"}", man_a)},
        {world_say("POST " PARTIES "/%s/posts", a),
         world_say("{\"person\":\"%s\",\"position\":\"it-staff\"}", man_b)},
        {world_say("POST /api/v1/posts/%s/end", post_b), "{}"},
        {"POST /api/v1/posts/" NOBODY_ID "/end", "{}"},
        {world_say("GET " PARTIES "/%s/qualifications", b), NULL},
        {"POST " PARTIES, world_say("{\"kind\":\"unit\",\"name_zh\":\"科\",\"parent\":\"%s\"}", b)},
        {"POST " PARTIES, "{\"kind\":\"person\",\"name_zh\":\"人\"}"}, /* at the top */
        {world_say("GET /api/v1/policies/values?party=%s", b), NULL},
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        world_must(&world, ann, 403, refused[i].what, refused[i].body);
    world_must(&world, ann, 200, world_say("GET " PARTIES "/%s", a), NULL);
    world_must(&world, ann, 201, world_say("POST " PARTIES "/%s/posts", a),
               world_say("{\"person\":\"%s\",\"position\":\"it-staff\"}", man_a));
    YX_CLEAN(json) json_t *list = world_expect(&world, ann, 200, "GET " PARTIES, NULL);
    assert_int_equal(json_array_size(json_object_get(list, "items")), 2);
    /* Nor does anybody who was not logged in. */
    world_must(&world, NULL, 401, "GET " PARTIES, NULL);
}

static void a_region_is_not_left(struct database *database)
{
    YX_CLEAN(world) struct world world;
    world_open(database, &world);
    const struct world_person *all = manager(&world, everything);
    const struct world_person *city = manager(&world, (struct yx_party_scope){.region = "340200"});
    const char *a = organisation(&world, all, "user", NULL);
    const char *one = world_say("PATCH " PARTIES "/%s", a);
    world_must(&world, city, 200, one, "{\"region\":\"340202\"}");
    world_must(&world, city, 403, one, "{\"region\":\"340300\"}");
    world_must(&world, city, 403, one, "{\"region\":\"\"}");
    world_must(&world, all, 200, one, "{\"region\":\"340300\"}");
    world_must(&world, city, 403, one, "{\"region\":\"340200\"}");
    world_must(&world, city, 201, "POST " PARTIES,
               "{\"kind\":\"organisation\",\"type\":\"user\",\"nature\":\"court\",\"name_zh\":"
               "\"院\",\"region\":\"340202\"}");
    world_must(&world, city, 403, "POST " PARTIES,
               "{\"kind\":\"organisation\",\"type\":\"user\",\"nature\":\"court\",\"name_zh\":"
               "\"院\",\"region\":\"340000\"}");
}

/* --- Posts and qualifications -------------------------------------------------------------- */

static void posts_over_http(struct database *database)
{
    YX_CLEAN(world) struct world world;
    world_open(database, &world);
    const struct world_person *ann = manager(&world, everything);
    const struct world_person *office = who_may(&world, "\"filing.receive\"", everything);
    const char *ca = organisation(&world, ann, "certification-authority", NULL);
    const char *man = person_of(&world, ann, ca);
    const char *posts = world_say("POST " PARTIES "/%s/posts", ca);
    const char *post =
        world_text(&world, ann, 201, posts,
                   world_say("{\"person\":\"%s\",\"position\":\"ca-security\"}", man), "id");
    world_must(&world, ann, 400, posts,
               world_say("{\"person\":\"%s\",\"position\":\"king\"}", man));
    world_must(&world, ann, 400, posts, "{\"position\":\"ca-security\"}");
    /* The authority files it, not whoever made it. */
    const char *filing = world_say("POST /api/v1/posts/%s/filing", post);
    world_must(&world, ann, 403, filing, "{\"with\":\"省密码管理局\"}");
    world_must(&world, office, 204, filing, "{\"with\":\"省密码管理局\"}");
    world_must(&world, office, 422, filing, "{\"with\":\"省密码管理局\"}");
    YX_CLEAN(json)
    json_t *of_man =
        world_expect(&world, ann, 200, world_say("GET " PARTIES "/%s/posts", man), NULL);
    const json_t *first = json_array_get(json_object_get(of_man, "items"), 0);
    assert_string_equal(json_string_value(json_object_get(first, "filed_with")), "省密码管理局");
    world_must(&world, ann, 204, world_say("POST /api/v1/posts/%s/end", post), "{}");
    world_must(&world, ann, 404, "POST /api/v1/posts/" NOBODY_ID "/end", "{}");
}

static void an_agency_does_not_qualify_itself(struct database *database)
{
    YX_CLEAN(world) struct world world;
    world_open(database, &world);
    const struct world_person *all = manager(&world, everything);
    const char *agency = organisation(&world, all, "seal-agency", NULL);
    const struct world_person *itself = manager(&world, (struct yx_party_scope){.party = agency});
    const struct world_person *city =
        world_come_as(&world, "seal-authority", (struct yx_party_scope){.region = "340200"});
    const char *path = world_say("POST " PARTIES "/%s/qualifications", agency);
    const char *body = "{\"kind\":\"electronic-certification\",\"number\":\"ECP1\",\"issuer\":"
                       "\"工业和信息化部\",\"from\":\"2026-01-01\"}";
    world_must(&world, itself, 403, path, body);
    const char *id = world_text(&world, city, 201, path, body, "id");
    world_must(&world, itself, 403, world_say("POST /api/v1/qualifications/%s/withdraw", id), "{}");
    world_must(&world, city, 204, world_say("POST /api/v1/qualifications/%s/withdraw", id), "{}");
    YX_CLEAN(json)
    json_t *seen = world_expect(&world, itself, 200,
                                world_say("GET " PARTIES "/%s/qualifications", agency), NULL);
    const json_t *first = json_array_get(json_object_get(seen, "items"), 0);
    assert_true(json_is_string(json_object_get(first, "withdrawn_at")));
}

/* --- Roles and grants ---------------------------------------------------------------------- */

static void roles_over_http(struct database *database)
{
    YX_CLEAN(world) struct world world;
    world_open(database, &world);
    const struct world_person *all = manager(&world, everything);
    const struct world_person *security = world_come_as(&world, YX_ROLE_SECURITY, everything);
    const char *a = organisation(&world, all, "user", NULL);
    const struct world_person *local =
        world_come_as(&world, YX_ROLE_SECURITY, (struct yx_party_scope){.party = a});
    const char *body =
        "{\"name_zh\":\"制章\",\"name_en\":\"maker\",\"permissions\":[\"seal.make\"]}";
    const char *role = world_text(&world, security, 201, "POST /api/v1/roles", body, "id");
    const char *one = world_say("PATCH /api/v1/roles/%s", role);
    world_must(&world, security, 200, one, "{\"permissions\":[\"seal.make\",\"seal.read\"]}");
    world_must(&world, security, 400, one, "{\"permissions\":[\"seal.steal\"]}");
    world_must(&world, security, 400, one, "{\"permissions\":[]}");
    world_must(&world, security, 409, one, "{\"permissions\":[\"system.operate\",\"audit.read\"]}");
    world_must(&world, security, 412, one, "{\"name_en\":\"a\",\"version\":1}");
    world_must(&world, security, 422, "PATCH /api/v1/roles/printer", "{\"name_en\":\"a\"}");
    world_must(&world, security, 404, "GET /api/v1/roles/nothing", NULL);
    world_must(&world, security, 200, "GET /api/v1/roles/printer", NULL);
    world_must(&world, security, 200, world_say("GET /api/v1/roles/%s/history", role), NULL);
    world_must(&world, security, 200, "GET /api/v1/roles?limit=200", NULL);
    /* A role is everybody's: who administers one unit does not change it. */
    world_must(&world, local, 403, "POST /api/v1/roles", body);
    world_must(&world, local, 403, one, "{\"name_en\":\"a\"}");
    world_must(&world, local, 403, world_say("POST /api/v1/roles/%s/retire", role), "{}");
    world_must(&world, security, 200, world_say("POST /api/v1/roles/%s/retire", role), "{}");
    YX_CLEAN(json) json_t *mine = world_expect(&world, local, 200, "GET /api/v1/permissions", NULL);
    assert_true(json_array_size(json_object_get(mine, "mine")) > 3);
    assert_true(json_array_size(json_object_get(mine, "items")) > 40);
}

static const char *grant_of(const char *account, const char *role, const char *party)
{
    return world_say("{\"account\":\"%s\",\"role\":\"%s\",\"scope\":{%s%s%s}}", account, role,
                     party == NULL ? "" : "\"party\":\"", party == NULL ? "" : party,
                     party == NULL ? "" : "\"");
}

static void grants_over_http(struct database *database)
{
    YX_CLEAN(world) struct world world;
    world_open(database, &world);
    const struct world_person *all = manager(&world, everything);
    const struct world_person *security = world_come_as(&world, YX_ROLE_SECURITY, everything);
    const struct world_person *clerk = world_come(&world);
    const char *a = organisation(&world, all, "user", NULL);
    const char *b = organisation(&world, all, "user", NULL);
    const struct world_person *local =
        world_come_as(&world, YX_ROLE_SECURITY, (struct yx_party_scope){.party = a});
    const char *path = "POST /api/v1/grants";
    const char *id =
        world_text(&world, local, 201, path, grant_of(clerk->account, "printer", a), "id");
    world_must(&world, local, 403, path, grant_of(clerk->account, "printer", b));
    world_must(&world, local, 403, path, grant_of(clerk->account, "printer", NULL));
    world_must(&world, local, 409, path, grant_of(local->account, "printer", a)); /* himself */
    world_must(&world, security, 409, path, grant_of(local->account, YX_ROLE_AUDIT, NULL));
    world_must(&world, security, 404, path, grant_of(clerk->account, "nothing", NULL));
    world_must(&world, security, 404, path, grant_of(NOBODY_ID, "printer", NULL));
    world_must(&world, security, 422, path, grant_of(clerk->account, "archives", NULL));
    world_must(&world, security, 400, path,
               world_say("{\"account\":\"%s\",\"role\":\"printer\"}", clerk->account));
    world_must(&world, clerk, 403, path, grant_of(all->account, "printer", a));
    /* Read within one's own, and revoked. */
    const char *far =
        world_text(&world, security, 201, path, grant_of(clerk->account, "signer", b), "id");
    world_must(&world, local, 200, world_say("GET /api/v1/grants/%s", id), NULL);
    world_must(&world, local, 403, world_say("GET /api/v1/grants/%s", far), NULL);
    world_must(&world, local, 403, "GET /api/v1/grants/" NOBODY_ID, NULL);
    world_must(&world, security, 404, "GET /api/v1/grants/" NOBODY_ID, NULL);
    world_must(&world, local, 403, "GET /api/v1/grants", NULL);
    world_must(&world, local, 200, world_say("GET /api/v1/grants?party=%s", a), NULL);
    world_must(&world, local, 403, world_say("POST /api/v1/grants/%s/revoke", far), "{}");
    world_must(&world, local, 204, world_say("POST /api/v1/grants/%s/revoke", id), "{}");
    world_must(&world, local, 422, world_say("POST /api/v1/grants/%s/revoke", id), "{}");
    YX_CLEAN(json)
    json_t *list =
        world_expect(&world, security, 200,
                     world_say("GET /api/v1/grants?account=%s&past=true", clerk->account), NULL);
    assert_int_equal(json_array_size(json_object_get(list, "items")), 2);
}

static const struct database_case cases[] = {
    {"parties are made and changed", parties_are_made_and_changed, false},
    {"the tree over HTTP", the_tree_over_http, false},
    {"numbers of people are shown on record", numbers_of_people_are_shown_on_record, false},
    {"nobody reaches beyond his scope", nobody_reaches_beyond_his_scope, false},
    {"a region is not left", a_region_is_not_left, false},
    {"posts over HTTP", posts_over_http, false},
    {"an agency does not qualify itself", an_agency_does_not_qualify_itself, false},
    {"roles over HTTP", roles_over_http, false},
    {"grants over HTTP", grants_over_http, false},
};

int main(void)
{
    return database_main("api/party", cases, sizeof cases / sizeof cases[0], true);
}
