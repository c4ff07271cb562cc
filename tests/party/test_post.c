/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_post.c - posts, qualifications, and whom an authority may serve.
 * REQ: ROLE-15, ROLE-19, ROLE-28, ROLE-34, ROLE-38, ROLE-39
 */
#include "support.h"
#include "tools.h"

#include "database.h"
#include "desk.h"

IN_TX(end_post, yx_party_post_end(tx, a->id, *(const yx_time *)a->entry, a->by, a->now, err));
IN_TX(file_post, yx_party_post_file(tx, a->id, a->other, a->by, a->now, err));
IN_TX(qualify, yx_party_qualify(tx, a->entry, a->by, a->now, a->made, err));
IN_TX(disqualify, yx_party_disqualify(tx, a->id, a->by, a->now, err));
IN_TX(require_agency, yx_party_require_seal_agency(tx, a->id, a->now, err));
IN_TX(require_served, yx_party_require_served(tx, a->id, a->other, err));
IN_TX(end_party, yx_party_end(tx, a->id, a->by, a->now, err));

/* A unit in an organisation, and four people. */
struct town {
    const char *bureau, *office;
    const char *head, *ann, *bob, *eve;
};

static struct town town_make(struct desk *desk)
{
    struct town town = {.bureau = organisation(desk, "user", "局", NULL)};
    town.office = unit(desk, "办公室", town.bureau);
    town.head = person(desk, "局长", town.bureau);
    town.ann = person(desk, "安", town.office);
    town.bob = person(desk, "包", town.office);
    town.eve = person(desk, "伊", NULL);
    return town;
}

static yx_status try_post(struct desk *desk, const char *party, const char *who,
                          const char *position, const char *authorised_by, char *id)
{
    const struct yx_party_post post = {.party = party,
                                       .person = who,
                                       .position = position,
                                       .authorised_by = authorised_by,
                                       .from = YX_TIME_NONE,
                                       .until = YX_TIME_NONE};
    struct arguments a = {.entry = &post, .by = MAKER, .now = NOW};
    yx_status status = make_post(desk, &a);
    if (id != NULL && status == YX_OK)
        strcpy(id, a.made);
    return status;
}

static void must_post(struct desk *desk, const char *party, const char *who, const char *position,
                      const char *authorised_by, char *id)
{
    expect_ok(try_post(desk, party, who, position, authorised_by, id), &desk->err);
}

static yx_status count_post(void *self, const struct yx_party_post *post, struct yx_error *err)
{
    (void)post, (void)err;
    ++*(int *)self;
    return YX_OK;
}
IN_TX(list_posts, yx_party_posts(tx, a->entry, count_post, a->out, err));

static int posts(struct desk *desk, struct yx_party_post_filter filter)
{
    int count = 0;
    struct arguments a = {.entry = &filter, .out = &count};
    filter.limit = 100;
    expect_ok(list_posts(desk, &a), &desk->err);
    return count;
}

static yx_status holds_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct arguments *a = self;
    return yx_party_holds(tx, a->id, a->other, a->entry, a->now, a->out, err);
}

static bool holds(struct desk *desk, const char *who, const char *party, const char *position,
                  yx_time at)
{
    bool out = false;
    struct arguments a = {.id = who, .other = party, .entry = position, .now = at, .out = &out};
    expect_ok(yx_store_read(desk->store, holds_work, &a, &desk->err), &desk->err);
    return out;
}

/* --- Posts ----------------------------------------------------------------------------------- */

static void posts_are_held_from_to(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    char id[YX_UUID_TEXT];
    yx_time end = LATER;
    desk_open(&desk, database);
    struct town town = town_make(&desk);
    must_post(&desk, town.bureau, town.head, "principal", NULL, id);
    assert_true(holds(&desk, town.head, town.bureau, "principal", NOW));
    assert_false(holds(&desk, town.head, town.bureau, "principal", NOW - 1));
    assert_false(holds(&desk, town.head, town.bureau, "operator", NOW));
    assert_false(holds(&desk, town.ann, town.bureau, "principal", NOW));
    /* The head of the bureau is that of its office, not the other way round. */
    assert_true(holds(&desk, town.head, town.office, "principal", NOW));
    must_post(&desk, town.office, town.ann, "department-head", NULL, NULL);
    assert_false(holds(&desk, town.ann, town.bureau, "department-head", NOW));
    struct arguments a = {.id = id, .entry = &end, .by = ANN, .now = NOW};
    expect_ok(end_post(&desk, &a), &desk.err);
    assert_true(holds(&desk, town.head, town.bureau, "principal", LATER - 1));
    assert_false(holds(&desk, town.head, town.bureau, "principal", LATER));
    assert_int_equal(posts(&desk, (struct yx_party_post_filter){.party = town.bureau, .at = NOW}),
                     1);
    assert_int_equal(posts(&desk, (struct yx_party_post_filter){.party = town.bureau, .at = LATER}),
                     0);
    assert_int_equal(
        posts(&desk, (struct yx_party_post_filter){.person = town.head, .at = YX_TIME_NONE}), 1);
}

static void what_was_is_not_rewritten(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    char id[YX_UUID_TEXT];
    const yx_time past = NOW - YX_DAY, longer = NOW + 3 * YX_DAY, sooner = LATER;
    desk_open(&desk, database);
    struct town town = town_make(&desk);
    must_post(&desk, town.bureau, town.head, "principal", NULL, id);
    struct arguments a = {.id = id, .entry = &past, .by = ANN, .now = NOW};
    expect_status(end_post(&desk, &a), YX_USAGE, &desk.err);
    a.entry = &sooner;
    expect_ok(end_post(&desk, &a), &desk.err);
    a.entry = &longer;
    expect_status(end_post(&desk, &a), YX_USAGE, &desk.err);
    a.now = LATER;
    expect_status(end_post(&desk, &a), YX_REFUSED, &desk.err);
    a.id = ANN;
    expect_rule(&desk, end_post(&desk, &a), YX_PARTY_MISSING);
}

static void some_posts_have_one_holder(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    struct town town = town_make(&desk);
    /* One certificate person for each department; another department has another. */
    must_post(&desk, town.office, town.ann, "certificate-person", NULL, NULL);
    expect_status(try_post(&desk, town.office, town.bob, "certificate-person", NULL, NULL),
                  YX_REFUSED, &desk.err);
    must_post(&desk, unit(&desk, "财务科", town.bureau), town.bob, "certificate-person", NULL,
              NULL);
    must_post(&desk, town.bureau, town.ann, "leader-in-charge", NULL, NULL);
    must_post(&desk, town.bureau, town.bob, "leader-in-charge", NULL, NULL);
    expect_status(try_post(&desk, town.bureau, town.bob, "leader-in-charge", NULL, NULL),
                  YX_REFUSED, &desk.err);
}

static void a_head_authorises_the_seal_officer(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    struct town town = town_make(&desk);
    expect_status(try_post(&desk, town.office, town.ann, "seal-officer", NULL, NULL), YX_REFUSED,
                  &desk.err);
    expect_status(try_post(&desk, town.office, town.ann, "seal-officer", town.head, NULL),
                  YX_REFUSED, &desk.err); /* who is no head yet */
    must_post(&desk, town.bureau, town.head, "principal", NULL, NULL);
    must_post(&desk, town.office, town.ann, "seal-officer", town.head, NULL);
    /* Nor is the officer one, or a head of somewhere else. */
    expect_status(try_post(&desk, town.office, town.bob, "seal-deputy", town.ann, NULL), YX_REFUSED,
                  &desk.err);
    const char *other = organisation(&desk, "user", "他局", NULL);
    must_post(&desk, other, town.eve, "principal", NULL, NULL);
    expect_status(try_post(&desk, town.office, town.bob, "seal-deputy", town.eve, NULL), YX_REFUSED,
                  &desk.err);
    expect_status(try_post(&desk, town.office, town.bob, "handling-person", town.head, NULL),
                  YX_USAGE, &desk.err);
}

static void whoever_decides_does_not_keep(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    char id[YX_UUID_TEXT];
    const yx_time now = NOW;
    desk_open(&desk, database);
    struct town town = town_make(&desk);
    must_post(&desk, town.office, town.ann, "seal-decider", NULL, id);
    must_post(&desk, town.office, town.bob, "seal-custodian", NULL, NULL);
    expect_rule(&desk, try_post(&desk, town.office, town.ann, "seal-custodian", NULL, NULL),
                YX_PARTY_SEPARATION);
    expect_rule(&desk, try_post(&desk, town.office, town.bob, "seal-decider", NULL, NULL),
                YX_PARTY_SEPARATION);
    struct arguments end = {.id = id, .entry = &now, .by = ANN, .now = NOW};
    expect_ok(end_post(&desk, &end), &desk.err);
    must_post(&desk, town.office, town.ann, "seal-custodian", NULL, NULL);
}

static void posts_that_make_no_sense_are_refused(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    struct town town = town_make(&desk);
    expect_status(try_post(&desk, town.office, town.ann, "king", NULL, NULL), YX_USAGE, &desk.err);
    expect_status(try_post(&desk, town.office, town.bureau, "operator", NULL, NULL), YX_USAGE,
                  &desk.err);
    expect_status(try_post(&desk, town.ann, town.bob, "operator", NULL, NULL), YX_USAGE, &desk.err);
    expect_rule(&desk, try_post(&desk, ANN, town.bob, "operator", NULL, NULL), YX_PARTY_MISSING);
    const struct yx_party_post backwards = {.party = town.office,
                                            .person = town.ann,
                                            .position = "operator",
                                            .from = NOW,
                                            .until = NOW};
    struct arguments a = {.entry = &backwards, .by = MAKER, .now = NOW};
    expect_status(make_post(&desk, &a), YX_USAGE, &desk.err);
}

static void posts_end_with_the_person(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    struct town town = town_make(&desk);
    must_post(&desk, town.office, town.eve, "seal-custodian", NULL, NULL);
    struct arguments end = {.id = town.eve, .by = ANN, .now = LATER};
    expect_ok(end_party(&desk, &end), &desk.err);
    assert_false(holds(&desk, town.eve, town.office, "seal-custodian", LATER));
    assert_true(holds(&desk, town.eve, town.office, "seal-custodian", LATER - 1));
}

static void staff_of_authorities_is_filed(struct database *database)
{
    static const char *const categories[] = {"ca-key-personnel", "ca-professional", "ca-operation",
                                             "ca-security", "ca-service"};
    YX_CLEAN(desk) struct desk desk;
    char id[YX_UUID_TEXT];
    desk_open(&desk, database);
    struct town town = town_make(&desk);
    const char *ca = organisation(&desk, "certification-authority", "认证中心", NULL);
    for (size_t i = 0; i < 5; i++) {
        expect_status(try_post(&desk, town.bureau, town.ann, categories[i], NULL, NULL), YX_USAGE,
                      &desk.err);
        must_post(&desk, ca, town.ann, categories[i], NULL, id);
        struct arguments a = {.id = id, .other = "省密码管理局", .by = ANN, .now = LATER};
        expect_ok(file_post(&desk, &a), &desk.err);
        expect_status(file_post(&desk, &a), YX_REFUSED, &desk.err);
    }
    must_post(&desk, ca, town.bob, "it-staff", NULL, id);
    struct arguments a = {.id = id, .other = "省密码管理局", .by = ANN, .now = LATER};
    expect_status(file_post(&desk, &a), YX_USAGE, &desk.err);
}

/* --- Qualifications -------------------------------------------------------------------------- */

static yx_status agency_at(struct desk *desk, const char *agency, yx_time at)
{
    struct arguments a = {.id = agency, .now = at};
    return require_agency(desk, &a);
}

static void an_agency_needs_a_qualification(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    const char *agency = organisation(&desk, "seal-agency", "签章公司", NULL);
    const char *company = organisation(&desk, "user", "公司", NULL);
    struct yx_party_qualification qualification = {.party = agency,
                                                   .kind = YX_QUALIFICATION_CERTIFICATION,
                                                   .number = "ECP0001",
                                                   .issuer = "工业和信息化部",
                                                   .from = NOW,
                                                   .until = LATER};
    struct arguments a = {.entry = &qualification, .by = ANN, .now = NOW};
    expect_rule(&desk, agency_at(&desk, agency, NOW), "Wuhu, article 6");
    expect_ok(qualify(&desk, &a), &desk.err);
    expect_ok(agency_at(&desk, agency, NOW), &desk.err);
    expect_ok(agency_at(&desk, agency, LATER - 1), &desk.err);
    expect_rule(&desk, agency_at(&desk, agency, NOW - 1), "Wuhu, article 6");
    expect_rule(&desk, agency_at(&desk, agency, LATER), "Wuhu, article 6");
    /* Withdrawn: from then on. */
    struct arguments withdraw = {.id = a.made, .by = BOB, .now = NOW + YX_SECOND};
    expect_ok(disqualify(&desk, &withdraw), &desk.err);
    expect_rule(&desk, disqualify(&desk, &withdraw), YX_PARTY_MISSING);
    expect_ok(agency_at(&desk, agency, NOW), &desk.err);
    expect_rule(&desk, agency_at(&desk, agency, NOW + YX_SECOND), "Wuhu, article 6");
    /* Whoever is no agency makes no seals, however qualified. */
    qualification.party = company;
    expect_ok(qualify(&desk, &a), &desk.err);
    expect_rule(&desk, agency_at(&desk, company, NOW), "Wuhu, article 6");
    qualification.until = NOW;
    expect_status(qualify(&desk, &a), YX_USAGE, &desk.err);
    qualification.until = LATER;
    qualification.kind = "swimming";
    expect_status(qualify(&desk, &a), YX_USAGE, &desk.err);
}

static void an_internal_authority_serves_its_house(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    const char *group = organisation(&desk, "user", "集团", NULL);
    const char *office = unit(&desk, "办公室", group);
    const char *other = organisation(&desk, "user", "他人", NULL);
    const char *ca = must_make(&desk, &(struct yx_party_entry){.kind = YX_PARTY_ORGANISATION,
                                                               .type = "certification-authority",
                                                               .nature = "enterprise",
                                                               .name_zh = "内部认证中心",
                                                               .parent = group,
                                                               .internal_only = 1});
    const char *open = organisation(&desk, "certification-authority", "认证中心", group);
    const struct {
        const char *ca, *party;
        bool served;
    } cases[] = {{ca, group, true},  {ca, office, true},  {ca, ca, true},
                 {ca, other, false}, {open, other, true}, {open, office, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arguments a = {.id = cases[i].ca, .other = cases[i].party};
        if (cases[i].served)
            expect_ok(require_served(&desk, &a), &desk.err);
        else
            expect_rule(&desk, require_served(&desk, &a), "Henan, article 19");
    }
}

#define CASE(function)             \
    {                              \
#function, function, false \
    }

int main(void)
{
    static const struct database_case cases[] = {
        CASE(posts_are_held_from_to),          CASE(what_was_is_not_rewritten),
        CASE(some_posts_have_one_holder),      CASE(a_head_authorises_the_seal_officer),
        CASE(whoever_decides_does_not_keep),   CASE(posts_that_make_no_sense_are_refused),
        CASE(posts_end_with_the_person),       CASE(staff_of_authorities_is_filed),
        CASE(an_agency_needs_a_qualification), CASE(an_internal_authority_serves_its_house),
    };
    return database_main("post", cases, sizeof cases / sizeof *cases, true);
}
