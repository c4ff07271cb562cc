/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_party.c - parties, posts, qualifications, roles and grants over HTTP.
 * REQ: ROLE-01, ROLE-15, ROLE-38
 */
#include "support.h"
#include "tools.h"

#include "database.h"
#include "house.h"

#define PARTIES "/api/v1/parties"
#define CODE "91110000600037341L"
#define CARD "11010519491231002X"
#define NOBODY_ID "018f0000-0000-7000-8000-0000000000ff"

static const struct yx_party_scope everything = {NULL};

/* An organisation of the type, and its id. */
static const char *organisation(struct house *house, const struct house_person *by,
                                const char *type, const char *parent)
{
    return house_text(house, by, 201, "POST " PARTIES,
                      house_say("{\"kind\":\"organisation\",\"type\":\"%s\",\"nature\":"
                                "\"enterprise\",\"name_zh\":\"单位\",\"region\":\"340200\"%s%s%s}",
                                type, parent == NULL ? "" : ",\"parent\":\"",
                                parent == NULL ? "" : parent, parent == NULL ? "" : "\""),
                      "id");
}

static const char *person_of(struct house *house, const struct house_person *by, const char *parent)
{
    return house_text(
        house, by, 201, "POST " PARTIES,
        house_say("{\"kind\":\"person\",\"name_zh\":\"人\",\"parent\":\"%s\"}", parent), "id");
}

/* Somebody who may do this in this scope: a role of its own. */
static const struct house_person *who_may(struct house *house, const char *permissions,
                                          struct yx_party_scope scope)
{
    static size_t count;
    const struct house_person *security = house_come_as(house, YX_ROLE_SECURITY, everything);
    const char *role = house_text(house, security, 201, "POST /api/v1/roles",
                                  house_say("{\"name_zh\":\"试%zu\",\"name_en\":\"test\","
                                            "\"permissions\":[%s]}",
                                            ++count, permissions),
                                  "id");
    return house_come_as(house, role, scope);
}

static const struct house_person *manager(struct house *house, struct yx_party_scope scope)
{
    return who_may(house, "\"party.manage\",\"party.read\"", scope);
}

static void parties_are_made_and_changed(struct database *database)
{
    YX_CLEAN(house) struct house house;
    house_open(database, &house);
    const struct house_person *ann = manager(&house, everything);
    const char *bureau =
        house_text(&house, ann, 201, "POST " PARTIES,
                   "{\"kind\":\"organisation\",\"type\":\"user\",\"nature\":\"foundation\","
                   "\"name_zh\":\"基金会\",\"name_en\":\"Foundation\",\"code\":\"" CODE "\","
                   "\"region\":\"340200\",\"scheme\":\"wuhu\"}",
                   "id");
    YX_CLEAN(json)
    json_t *seen = house_expect(&house, ann, 200, house_say("GET " PARTIES "/%s", bureau), NULL);
    assert_string_equal(json_string_value(json_object_get(seen, "tier")), "city");
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(seen, "nature"), "social")), "基金会");
    assert_string_equal(json_string_value(json_object_get(seen, "code")), CODE);
    /* There once. */
    house_must(&house, ann, 422, "POST " PARTIES,
               "{\"kind\":\"organisation\",\"type\":\"user\",\"nature\":\"foundation\","
               "\"name_zh\":\"基金会\",\"code\":\"" CODE "\"}");
    /* Changed, but not by somebody who saw another version. */
    const char *one = house_say("PATCH " PARTIES "/%s", bureau);
    assert_string_equal(house_text(&house, ann, 200, one,
                                   "{\"name_zh\":\"新名\",\"name_en\":\"\",\"version\":1}",
                                   "name_zh"),
                        "新名");
    house_must(&house, ann, 412, one, "{\"name_zh\":\"别名\",\"version\":1}");
    YX_CLEAN(json)
    json_t *past =
        house_expect(&house, ann, 200, house_say("GET " PARTIES "/%s/history", bureau), NULL);
    const json_t *was =
        json_object_get(json_array_get(json_object_get(past, "items"), 0), "before");
    assert_string_equal(json_string_value(json_object_get(was, "name_zh")), "基金会");
    /* What the tables do not know. */
    house_must(&house, ann, 400, one, "{\"colour\":\"red\"}");
    house_must(&house, ann, 400, one, "{\"name_zh\":\"\"}");
    house_must(&house, ann, 400, one, "{\"version\":0}");
    house_must(&house, ann, 400, "POST " PARTIES, "{\"kind\":\"ship\",\"name_zh\":\"a\"}");
    house_must(&house, ann, 400, "POST " PARTIES, "{}");
    house_must(&house, ann, 404, "GET " PARTIES "/" NOBODY_ID, NULL);
    house_must(&house, ann, 400, "GET " PARTIES "?colour=red", NULL);
    house_must(&house, ann, 200, "GET /api/v1/vocabulary", NULL);
    house_must(&house, ann, 200, house_say("POST " PARTIES "/%s/end", bureau), "{}");
    house_must(&house, ann, 422, one, "{\"name_zh\":\"名\"}");
}

static void the_tree_over_http(struct database *database)
{
    YX_CLEAN(house) struct house house;
    house_open(database, &house);
    const struct house_person *ann = manager(&house, everything);
    const char *a = organisation(&house, ann, "user", NULL);
    const char *b = organisation(&house, ann, "user", a);
    house_must(&house, ann, 422, house_say("POST " PARTIES "/%s/move", a),
               house_say("{\"parent\":\"%s\"}", b));
    house_must(&house, ann, 422, house_say("POST " PARTIES "/%s/end", a), "{}");
    house_must(&house, ann, 200, house_say("POST " PARTIES "/%s/move", b), "{}");
    house_must(&house, ann, 200, house_say("POST " PARTIES "/%s/end", a), "{}");
}

static yx_status take_count(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

struct counting {
    const char *sql;
    int64_t count;
};

static yx_status count_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct counting *counting = self;
    return yx_tx_query(tx, counting->sql, NULL, 0, take_count, &counting->count, err);
}

static int64_t count(const struct house *house, const char *sql)
{
    struct counting counting = {sql, -1};
    struct yx_error err = {0};
    expect_ok(yx_store_read(house->services.store, count_work, &counting, &err), &err);
    return counting.count;
}

static void numbers_of_people_are_shown_on_record(struct database *database)
{
    YX_CLEAN(house) struct house house;
    house_open(database, &house);
    const struct house_person *ann = manager(&house, everything);
    const char *a = organisation(&house, ann, "user", NULL);
    const char *man = house_text(&house, ann, 201, "POST " PARTIES,
                                 house_say("{\"kind\":\"person\",\"name_zh\":\"王\",\"parent\":"
                                           "\"%s\",\"identity_kind\":\"resident-identity-card\","
                                           "\"identity_number\":\"" CARD "\"}",
                                           a),
                                 "id");
    YX_CLEAN(house_reply) struct house_reply reply = {0};
    house_ask(&house, ann, house_say("GET " PARTIES "/%s", man), NULL, &reply);
    assert_null(strstr(reply.text, CARD));
    assert_string_equal(house_text(&house, ann, 200, house_say("POST " PARTIES "/%s/identity", man),
                                   "{}", "identity_number"),
                        CARD);
    /* Found by its number, by those alone whose it is. */
    const char *search =
        "{\"identity_kind\":\"resident-identity-card\",\"identity_number\":\"" CARD "\"}";
    const struct house_person *bob =
        manager(&house, (struct yx_party_scope){.party = organisation(&house, ann, "user", NULL)});
    YX_CLEAN(json)
    json_t *found = house_expect(&house, ann, 200, "POST " PARTIES "/search", search);
    YX_CLEAN(json)
    json_t *none = house_expect(&house, bob, 200, "POST " PARTIES "/search", search);
    assert_int_equal(json_array_size(json_object_get(found, "items")), 1);
    assert_int_equal(json_array_size(json_object_get(none, "items")), 0);
    house_must(&house, bob, 403, house_say("POST " PARTIES "/%s/identity", man), "{}");
    /* No leaf holds the number, and one says who looked. */
    assert_int_equal(
        count(&house, "SELECT count(*) FROM audit_leaf WHERE details LIKE '%" CARD "%'"), 0);
    assert_int_equal(count(&house, "SELECT count(*) FROM audit_leaf"
                                   " WHERE action = 'party.identity.show'"),
                     1);
}

/* --- Within one's own ----------------------------------------------------------------------------
 */

static void nobody_reaches_beyond_his_scope(struct database *database)
{
    YX_CLEAN(house) struct house house;
    house_open(database, &house);
    const struct house_person *all = manager(&house, everything);
    const char *a = organisation(&house, all, "user", NULL);
    const char *b = organisation(&house, all, "user", NULL);
    const char *b1 = organisation(&house, all, "user", b);
    const char *man_a = person_of(&house, all, a);
    const char *man_b = person_of(&house, all, b);
    const struct house_person *ann = manager(&house, (struct yx_party_scope){.party = a});
    const char *post_b =
        house_text(&house, all, 201, house_say("POST " PARTIES "/%s/posts", b),
                   house_say("{\"person\":\"%s\",\"position\":\"it-staff\"}", man_b), "id");
    const struct {
        const char *what, *body;
    } refused[] = {
        {house_say("GET " PARTIES "/%s", b), NULL},
        {house_say("GET " PARTIES "/%s", b1), NULL},
        {"GET " PARTIES "/" NOBODY_ID, NULL}, /* as if it were there */
        {house_say("PATCH " PARTIES "/%s", b), "{\"name_zh\":\"我的\"}"},
        {house_say("POST " PARTIES "/%s/move", b), house_say("{\"parent\":\"%s\"}", a)},
        {house_say("POST " PARTIES "/%s/move", man_a), house_say("{\"parent\":\"%s\"}", b)},
        {house_say("POST " PARTIES "/%s/move", man_a), "{}"},
        {house_say("POST " PARTIES "/%s/end", b), "{}"},
        {house_say("POST " PARTIES "/%s/identity", man_b), "{}"},
        {house_say("GET " PARTIES "/%s/history", b), NULL},
        {house_say("GET " PARTIES "/%s/posts", b), NULL},
        {house_say("POST " PARTIES "/%s/posts", b),
         house_say("{\"person\":\"%s\",\"position\":\"it-staff\"}", man_a)},
        {house_say("POST " PARTIES "/%s/posts", a),
         house_say("{\"person\":\"%s\",\"position\":\"it-staff\"}", man_b)},
        {house_say("POST /api/v1/posts/%s/end", post_b), "{}"},
        {"POST /api/v1/posts/" NOBODY_ID "/end", "{}"},
        {house_say("GET " PARTIES "/%s/qualifications", b), NULL},
        {"POST " PARTIES, house_say("{\"kind\":\"unit\",\"name_zh\":\"科\",\"parent\":\"%s\"}", b)},
        {"POST " PARTIES, "{\"kind\":\"person\",\"name_zh\":\"人\"}"}, /* at the top */
        {house_say("GET /api/v1/policies/values?party=%s", b), NULL},
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        house_must(&house, ann, 403, refused[i].what, refused[i].body);
    house_must(&house, ann, 200, house_say("GET " PARTIES "/%s", a), NULL);
    house_must(&house, ann, 201, house_say("POST " PARTIES "/%s/posts", a),
               house_say("{\"person\":\"%s\",\"position\":\"it-staff\"}", man_a));
    YX_CLEAN(json) json_t *list = house_expect(&house, ann, 200, "GET " PARTIES, NULL);
    assert_int_equal(json_array_size(json_object_get(list, "items")), 2);
    /* Nor does anybody who was not logged in. */
    house_must(&house, NULL, 401, "GET " PARTIES, NULL);
}

static void a_region_is_not_left(struct database *database)
{
    YX_CLEAN(house) struct house house;
    house_open(database, &house);
    const struct house_person *all = manager(&house, everything);
    const struct house_person *city = manager(&house, (struct yx_party_scope){.region = "340200"});
    const char *a = organisation(&house, all, "user", NULL);
    const char *one = house_say("PATCH " PARTIES "/%s", a);
    house_must(&house, city, 200, one, "{\"region\":\"340202\"}");
    house_must(&house, city, 403, one, "{\"region\":\"340300\"}");
    house_must(&house, city, 403, one, "{\"region\":\"\"}");
    house_must(&house, all, 200, one, "{\"region\":\"340300\"}");
    house_must(&house, city, 403, one, "{\"region\":\"340200\"}");
    house_must(&house, city, 201, "POST " PARTIES,
               "{\"kind\":\"organisation\",\"type\":\"user\",\"nature\":\"court\",\"name_zh\":"
               "\"院\",\"region\":\"340202\"}");
    house_must(&house, city, 403, "POST " PARTIES,
               "{\"kind\":\"organisation\",\"type\":\"user\",\"nature\":\"court\",\"name_zh\":"
               "\"院\",\"region\":\"340000\"}");
}

/* --- Posts and qualifications
 * ------------------------------------------------------------------------ */

static void posts_over_http(struct database *database)
{
    YX_CLEAN(house) struct house house;
    house_open(database, &house);
    const struct house_person *ann = manager(&house, everything);
    const struct house_person *office = who_may(&house, "\"filing.receive\"", everything);
    const char *ca = organisation(&house, ann, "certification-authority", NULL);
    const char *man = person_of(&house, ann, ca);
    const char *posts = house_say("POST " PARTIES "/%s/posts", ca);
    const char *post =
        house_text(&house, ann, 201, posts,
                   house_say("{\"person\":\"%s\",\"position\":\"ca-security\"}", man), "id");
    house_must(&house, ann, 400, posts,
               house_say("{\"person\":\"%s\",\"position\":\"king\"}", man));
    house_must(&house, ann, 400, posts, "{\"position\":\"ca-security\"}");
    /* The authority files it, not whoever made it. */
    const char *filing = house_say("POST /api/v1/posts/%s/filing", post);
    house_must(&house, ann, 403, filing, "{\"with\":\"省密码管理局\"}");
    house_must(&house, office, 204, filing, "{\"with\":\"省密码管理局\"}");
    house_must(&house, office, 422, filing, "{\"with\":\"省密码管理局\"}");
    YX_CLEAN(json)
    json_t *of_man =
        house_expect(&house, ann, 200, house_say("GET " PARTIES "/%s/posts", man), NULL);
    const json_t *first = json_array_get(json_object_get(of_man, "items"), 0);
    assert_string_equal(json_string_value(json_object_get(first, "filed_with")), "省密码管理局");
    house_must(&house, ann, 204, house_say("POST /api/v1/posts/%s/end", post), "{}");
    house_must(&house, ann, 404, "POST /api/v1/posts/" NOBODY_ID "/end", "{}");
}

static void an_agency_does_not_qualify_itself(struct database *database)
{
    YX_CLEAN(house) struct house house;
    house_open(database, &house);
    const struct house_person *all = manager(&house, everything);
    const char *agency = organisation(&house, all, "seal-agency", NULL);
    const struct house_person *itself = manager(&house, (struct yx_party_scope){.party = agency});
    const struct house_person *city =
        house_come_as(&house, "seal-authority", (struct yx_party_scope){.region = "340200"});
    const char *path = house_say("POST " PARTIES "/%s/qualifications", agency);
    const char *body = "{\"kind\":\"electronic-certification\",\"number\":\"ECP1\",\"issuer\":"
                       "\"工业和信息化部\",\"from\":\"2026-01-01\"}";
    house_must(&house, itself, 403, path, body);
    const char *id = house_text(&house, city, 201, path, body, "id");
    house_must(&house, itself, 403, house_say("POST /api/v1/qualifications/%s/withdraw", id), "{}");
    house_must(&house, city, 204, house_say("POST /api/v1/qualifications/%s/withdraw", id), "{}");
    YX_CLEAN(json)
    json_t *seen = house_expect(&house, itself, 200,
                                house_say("GET " PARTIES "/%s/qualifications", agency), NULL);
    const json_t *first = json_array_get(json_object_get(seen, "items"), 0);
    assert_true(json_is_string(json_object_get(first, "withdrawn_at")));
}

/* --- Roles and grants
 * ----------------------------------------------------------------------------------- */

static void roles_over_http(struct database *database)
{
    YX_CLEAN(house) struct house house;
    house_open(database, &house);
    const struct house_person *all = manager(&house, everything);
    const struct house_person *security = house_come_as(&house, YX_ROLE_SECURITY, everything);
    const char *a = organisation(&house, all, "user", NULL);
    const struct house_person *local =
        house_come_as(&house, YX_ROLE_SECURITY, (struct yx_party_scope){.party = a});
    const char *body =
        "{\"name_zh\":\"制章\",\"name_en\":\"maker\",\"permissions\":[\"seal.make\"]}";
    const char *role = house_text(&house, security, 201, "POST /api/v1/roles", body, "id");
    const char *one = house_say("PATCH /api/v1/roles/%s", role);
    house_must(&house, security, 200, one, "{\"permissions\":[\"seal.make\",\"seal.read\"]}");
    house_must(&house, security, 400, one, "{\"permissions\":[\"seal.steal\"]}");
    house_must(&house, security, 400, one, "{\"permissions\":[]}");
    house_must(&house, security, 409, one, "{\"permissions\":[\"system.operate\",\"audit.read\"]}");
    house_must(&house, security, 412, one, "{\"name_en\":\"a\",\"version\":1}");
    house_must(&house, security, 422, "PATCH /api/v1/roles/printer", "{\"name_en\":\"a\"}");
    house_must(&house, security, 404, "GET /api/v1/roles/nothing", NULL);
    house_must(&house, security, 200, "GET /api/v1/roles/printer", NULL);
    house_must(&house, security, 200, house_say("GET /api/v1/roles/%s/history", role), NULL);
    house_must(&house, security, 200, "GET /api/v1/roles?limit=200", NULL);
    /* A role is everybody's: who administers one unit does not change it. */
    house_must(&house, local, 403, "POST /api/v1/roles", body);
    house_must(&house, local, 403, one, "{\"name_en\":\"a\"}");
    house_must(&house, local, 403, house_say("POST /api/v1/roles/%s/retire", role), "{}");
    house_must(&house, security, 200, house_say("POST /api/v1/roles/%s/retire", role), "{}");
    YX_CLEAN(json) json_t *mine = house_expect(&house, local, 200, "GET /api/v1/permissions", NULL);
    assert_true(json_array_size(json_object_get(mine, "mine")) > 3);
    assert_true(json_array_size(json_object_get(mine, "items")) > 40);
}

static const char *grant_of(const char *account, const char *role, const char *party)
{
    return house_say("{\"account\":\"%s\",\"role\":\"%s\",\"scope\":{%s%s%s}}", account, role,
                     party == NULL ? "" : "\"party\":\"", party == NULL ? "" : party,
                     party == NULL ? "" : "\"");
}

static void grants_over_http(struct database *database)
{
    YX_CLEAN(house) struct house house;
    house_open(database, &house);
    const struct house_person *all = manager(&house, everything);
    const struct house_person *security = house_come_as(&house, YX_ROLE_SECURITY, everything);
    const struct house_person *clerk = house_come(&house);
    const char *a = organisation(&house, all, "user", NULL);
    const char *b = organisation(&house, all, "user", NULL);
    const struct house_person *local =
        house_come_as(&house, YX_ROLE_SECURITY, (struct yx_party_scope){.party = a});
    const char *path = "POST /api/v1/grants";
    const char *id =
        house_text(&house, local, 201, path, grant_of(clerk->account, "printer", a), "id");
    house_must(&house, local, 403, path, grant_of(clerk->account, "printer", b));
    house_must(&house, local, 403, path, grant_of(clerk->account, "printer", NULL));
    house_must(&house, local, 409, path, grant_of(local->account, "printer", a)); /* himself */
    house_must(&house, security, 409, path, grant_of(local->account, YX_ROLE_AUDIT, NULL));
    house_must(&house, security, 404, path, grant_of(clerk->account, "nothing", NULL));
    house_must(&house, security, 404, path, grant_of(NOBODY_ID, "printer", NULL));
    house_must(&house, security, 422, path, grant_of(clerk->account, "archives", NULL));
    house_must(&house, security, 400, path,
               house_say("{\"account\":\"%s\",\"role\":\"printer\"}", clerk->account));
    house_must(&house, clerk, 403, path, grant_of(all->account, "printer", a));
    /* Read within one's own, and revoked. */
    const char *far =
        house_text(&house, security, 201, path, grant_of(clerk->account, "signer", b), "id");
    house_must(&house, local, 200, house_say("GET /api/v1/grants/%s", id), NULL);
    house_must(&house, local, 403, house_say("GET /api/v1/grants/%s", far), NULL);
    house_must(&house, local, 403, "GET /api/v1/grants/" NOBODY_ID, NULL);
    house_must(&house, security, 404, "GET /api/v1/grants/" NOBODY_ID, NULL);
    house_must(&house, local, 403, "GET /api/v1/grants", NULL);
    house_must(&house, local, 200, house_say("GET /api/v1/grants?party=%s", a), NULL);
    house_must(&house, local, 403, house_say("POST /api/v1/grants/%s/revoke", far), "{}");
    house_must(&house, local, 204, house_say("POST /api/v1/grants/%s/revoke", id), "{}");
    house_must(&house, local, 422, house_say("POST /api/v1/grants/%s/revoke", id), "{}");
    YX_CLEAN(json)
    json_t *list =
        house_expect(&house, security, 200,
                     house_say("GET /api/v1/grants?account=%s&past=true", clerk->account), NULL);
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
