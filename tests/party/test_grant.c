/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_grant.c - grants and the question: where a grant holds and where not, since and until
 * when, who may give it, what excludes each other.
 * REQ: ROLE-01, ROLE-21, ROLE-22
 */
#include "support.h"
#include "tools.h"

#include "database.h"
#include "desk.h"

IN_TX(revoke_grant, yx_party_revoke(tx, a->id, a->by, a->now, err));
IN_TX(revoke_all, yx_party_revoke_all(tx, a->id, a->by, a->now, err));
IN_TX(is_last, yx_party_is_last_administrator(tx, a->id, a->now, a->out, err));

static const struct yx_party_scope anything = {NULL};

static yx_status try_grant(struct desk *desk, const char *by, const char *account, const char *role,
                           struct yx_party_scope scope)
{
    const struct yx_party_grant grant = {.account = account,
                                         .role = role,
                                         .scope = scope,
                                         .from = YX_TIME_NONE,
                                         .until = YX_TIME_NONE};
    struct arguments a = {.entry = &grant, .by = by, .now = NOW};
    return grant_role(desk, &a);
}

/* --- Where ----------------------------------------------------------------------------------- */

static void a_grant_holds_below_its_party_only(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    const char *a = organisation(&desk, "user", "甲", NULL);
    const char *a1 = unit(&desk, "甲一", a);
    const char *a11 = unit(&desk, "甲一一", a1);
    const char *a2 = unit(&desk, "甲二", a);
    const char *b = organisation(&desk, "user", "乙", NULL);
    must_grant(&desk, ANN, "printer", (struct yx_party_scope){.party = a1});
    assert_true(may(&desk, ANN, "use.print", (struct yx_party_scope){.party = a1}));
    assert_true(may(&desk, ANN, "use.print", (struct yx_party_scope){.party = a11}));
    assert_false(may(&desk, ANN, "use.print", (struct yx_party_scope){.party = a}));
    assert_false(may(&desk, ANN, "use.print", (struct yx_party_scope){.party = a2}));
    assert_false(may(&desk, ANN, "use.print", (struct yx_party_scope){.party = b}));
    assert_false(may(&desk, ANN, "use.print", (struct yx_party_scope){.party = EVE}));
    assert_false(may(&desk, ANN, "use.print", anything)); /* of nobody known */
    assert_false(may(&desk, ANN, "use.sign", (struct yx_party_scope){.party = a1}));
    assert_false(may(&desk, BOB, "use.print", (struct yx_party_scope){.party = a1}));
}

static void every_restriction_counts(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    const char *a = organisation(&desk, "user", "甲", NULL);
    const char *b = organisation(&desk, "user", "乙", NULL);
    must_grant(&desk, ANN, "signer",
               (struct yx_party_scope){
                   .party = a, .seal = "s1", .document_class = "contract", .platform = "p1"});
    struct yx_party_scope on = {
        .party = a, .seal = "s1", .document_class = "contract", .platform = "p1"};
    assert_true(may(&desk, ANN, "use.sign", on));
    on.party = b;
    assert_false(may(&desk, ANN, "use.sign", on));
    on.party = a;
    on.seal = "s2";
    assert_false(may(&desk, ANN, "use.sign", on));
    on.seal = NULL;
    assert_false(may(&desk, ANN, "use.sign", on));
    on.seal = "s1";
    on.document_class = "letter";
    assert_false(may(&desk, ANN, "use.sign", on));
    on.document_class = "contract";
    on.platform = NULL;
    assert_false(may(&desk, ANN, "use.sign", on));
}

static void a_regulator_sees_its_region(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    const char *city = organisation(&desk, "user", "市单位", NULL); /* 340200 */
    const char *section = unit(&desk, "科", city);
    const char *county = must_make(&desk, &(struct yx_party_entry){.kind = YX_PARTY_ORGANISATION,
                                                                   .type = "user",
                                                                   .nature = "enterprise",
                                                                   .name_zh = "县公司",
                                                                   .region = "340202",
                                                                   .internal_only = -1});
    const char *nowhere = person(&desk, "人", NULL);
    must_grant(&desk, ANN, "seal-authority", (struct yx_party_scope){.region = "340000"});
    must_grant(&desk, BOB, "seal-authority", (struct yx_party_scope){.region = "340202"});
    must_grant(&desk, EVE, "seal-authority", (struct yx_party_scope){.region = "000000"});
    const struct {
        const char *account, *party;
        bool may;
    } cases[] = {{ANN, city, true},     {ANN, section, true}, {ANN, county, true},
                 {ANN, nowhere, false}, {BOB, city, false},   {BOB, county, true},
                 {EVE, county, true},   {EVE, nowhere, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(may(&desk, cases[i].account, "supervise",
                             (struct yx_party_scope){.party = cases[i].party}),
                         cases[i].may);
}

static yx_status note_grant(void *self, const struct yx_party_grant *grant, struct yx_error *err)
{
    (void)err;
    snprintf((char *)self + strlen(self), 512 - strlen(self), "%s %s %s%s;", grant->role,
             grant->scope.region == NULL ? "-" : grant->scope.region, grant->made_by,
             grant->revoked_at == YX_TIME_NONE ? "" : " revoked");
    return YX_OK;
}
IN_TX(list_grants, yx_party_grants(tx, a->entry, note_grant, a->out, err));

static void expect_grants(struct desk *desk, struct yx_party_grant_filter filter, const char *want)
{
    char text[512] = "";
    struct arguments a = {.entry = &filter, .out = text};
    filter.limit = 100;
    expect_ok(list_grants(desk, &a), &desk->err);
    assert_string_equal(text, want);
}

static void grants_are_listed(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    const char *id =
        must_grant(&desk, ANN, "seal-authority", (struct yx_party_scope){.region = "340200"});
    must_grant(&desk, BOB, "public-security", (struct yx_party_scope){.region = "000000"});
    expect_grants(&desk, (struct yx_party_grant_filter){.account = ANN, .at = NOW},
                  "seal-authority 340200 " MAKER ";");
    expect_grants(&desk, (struct yx_party_grant_filter){.role = "public-security", .at = NOW},
                  "public-security 000000 " MAKER ";");
    struct arguments a = {.id = id, .by = MAKER, .now = NOW};
    expect_ok(revoke_grant(&desk, &a), &desk.err);
    expect_grants(&desk, (struct yx_party_grant_filter){.account = ANN, .at = NOW}, "");
    expect_grants(&desk, (struct yx_party_grant_filter){.account = ANN, .at = YX_TIME_NONE},
                  "seal-authority 340200 " MAKER " revoked;");
}

/* --- When ------------------------------------------------------------------------------------ */

static void a_grant_holds_from_to(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    struct yx_party_grant grant = {
        .account = ANN, .role = "printer", .from = LATER, .until = LATER + YX_DAY};
    struct arguments a = {.entry = &grant, .by = MAKER, .now = NOW};
    desk_open(&desk, database);
    expect_ok(grant_role(&desk, &a), &desk.err);
    assert_false(may_at(&desk, ANN, "use.print", anything, LATER - 1));
    assert_true(may_at(&desk, ANN, "use.print", anything, LATER));
    assert_true(may_at(&desk, ANN, "use.print", anything, LATER + YX_DAY - 1));
    assert_false(may_at(&desk, ANN, "use.print", anything, LATER + YX_DAY));
    grant.until = LATER;
    expect_status(grant_role(&desk, &a), YX_USAGE, &desk.err);
    grant.from = NOW - 1; /* nobody could have done before what he did */
    expect_status(grant_role(&desk, &a), YX_USAGE, &desk.err);
}

static void a_revoked_grant_is_over_at_once(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    const char *id = must_grant(&desk, ANN, "printer", anything);
    must_grant(&desk, ANN, "signer", anything);
    struct arguments a = {.id = id, .by = MAKER, .now = NOW};
    expect_ok(revoke_grant(&desk, &a), &desk.err);
    assert_false(may(&desk, ANN, "use.print", anything));
    assert_true(may(&desk, ANN, "use.sign", anything));
    expect_status(revoke_grant(&desk, &a), YX_REFUSED, &desk.err);
    a.id = BOB;
    expect_rule(&desk, revoke_grant(&desk, &a), YX_PARTY_MISSING);
    a = (struct arguments){.id = ANN, .by = BOB, .now = NOW};
    expect_ok(revoke_all(&desk, &a), &desk.err);
    assert_false(may(&desk, ANN, "use.sign", anything));
}

/* --- Who ------------------------------------------------------------------------------------- */

static void nobody_grants_to_himself(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    must_grant(&desk, ANN, YX_ROLE_SECURITY, anything);
    expect_rule(&desk, try_grant(&desk, ANN, ANN, "printer", anything), YX_PARTY_SEPARATION);
    expect_ok(try_grant(&desk, ANN, BOB, "printer", anything), &desk.err);
    /* Whoever may not grant is told so, whatever it is. */
    expect_rule(&desk, try_grant(&desk, BOB, BOB, "printer", anything), YX_PARTY_NOT_PERMITTED);
    expect_rule(&desk, try_grant(&desk, BOB, EVE, "printer", anything), YX_PARTY_NOT_PERMITTED);
}

static void nobody_grants_beyond_where_he_may(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    const char *a = organisation(&desk, "user", "甲", NULL);
    const char *a1 = unit(&desk, "甲一", a);
    const char *b = organisation(&desk, "user", "乙", NULL);
    must_grant(&desk, ANN, YX_ROLE_SECURITY, (struct yx_party_scope){.party = a});
    expect_ok(try_grant(&desk, ANN, BOB, "printer", (struct yx_party_scope){.party = a}),
              &desk.err);
    expect_ok(try_grant(&desk, ANN, BOB, "signer", (struct yx_party_scope){.party = a1}),
              &desk.err);
    const struct yx_party_scope beyond[] = {
        {NULL}, {.party = b}, {.region = "340200"}, {.seal = "s1"}, {.platform = "p"}};
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++)
        expect_rule(&desk, try_grant(&desk, ANN, BOB, "printer", beyond[i]),
                    YX_PARTY_NOT_PERMITTED);
    /* Nor takes away. */
    const char *far = must_grant(&desk, EVE, "printer", (struct yx_party_scope){.party = b});
    struct arguments take = {.id = far, .by = ANN, .now = NOW};
    expect_rule(&desk, revoke_grant(&desk, &take), YX_PARTY_NOT_PERMITTED);
    /* A region within a region, not the one around it. */
    must_grant(&desk, EVE, YX_ROLE_SECURITY, (struct yx_party_scope){.region = "340000"});
    expect_ok(try_grant(&desk, EVE, BOB, "printer", (struct yx_party_scope){.region = "340200"}),
              &desk.err);
    expect_rule(&desk,
                try_grant(&desk, EVE, BOB, "printer", (struct yx_party_scope){.region = "000000"}),
                YX_PARTY_NOT_PERMITTED);
    expect_rule(&desk, try_grant(&desk, EVE, BOB, "printer", anything), YX_PARTY_NOT_PERMITTED);
}

static void grants_that_make_no_sense_are_refused(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    static char long_word[300];
    desk_open(&desk, database);
    memset(long_word, 'a', sizeof long_word - 1);
    expect_rule(&desk, try_grant(&desk, MAKER, ANN, "nothing", anything), YX_PARTY_MISSING);
    expect_status(try_grant(&desk, MAKER, "ann", "printer", anything), YX_USAGE, &desk.err);
    expect_status(try_grant(&desk, MAKER, ANN, "archives", anything), YX_REFUSED, &desk.err);
    expect_rule(&desk,
                try_grant(&desk, MAKER, ANN, "printer", (struct yx_party_scope){.party = EVE}),
                YX_PARTY_MISSING);
    expect_status(try_grant(&desk, MAKER, ANN, "printer", (struct yx_party_scope){.region = "34"}),
                  YX_USAGE, &desk.err);
    expect_status(try_grant(&desk, MAKER, ANN, "printer", (struct yx_party_scope){.seal = ""}),
                  YX_USAGE, &desk.err);
    expect_status(
        try_grant(&desk, MAKER, ANN, "printer", (struct yx_party_scope){.platform = long_word}),
        YX_USAGE, &desk.err);
    expect_status(try_grant(&desk, "", ANN, "printer", anything), YX_USAGE, &desk.err);
}

/* --- What excludes each other ---------------------------------------------------------------- */

static void the_three_administrators_are_three(struct database *database)
{
    static const char *const roles[] = {YX_ROLE_SYSTEM, YX_ROLE_SECURITY, YX_ROLE_AUDIT};
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++) {
            char account[YX_UUID_TEXT];
            snprintf(account, sizeof account, "018f0000-0000-7000-8000-0000000000%zu%zu", i, k);
            must_grant(&desk, account, roles[i], anything);
            if (i != k)
                expect_rule(&desk, try_grant(&desk, MAKER, account, roles[k], anything),
                            YX_PARTY_SEPARATION);
        }
    must_grant(&desk, ANN, YX_ROLE_AUDIT, anything);
    expect_rule(&desk, try_grant(&desk, MAKER, ANN, "printer", anything), YX_PARTY_SEPARATION);
}

static void roles_exclude_each_other_at_the_same_time(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    const struct yx_party_grant today = {
        .account = ANN, .role = YX_ROLE_SYSTEM, .from = NOW, .until = LATER};
    struct yx_party_grant after = {
        .account = ANN, .role = YX_ROLE_AUDIT, .from = LATER - 1, .until = YX_TIME_NONE};
    struct arguments a = {.entry = &today, .by = MAKER, .now = NOW};
    desk_open(&desk, database);
    expect_ok(grant_role(&desk, &a), &desk.err);
    a.entry = &after;
    expect_rule(&desk, grant_role(&desk, &a), YX_PARTY_SEPARATION);
    after.from = LATER;
    expect_ok(grant_role(&desk, &a), &desk.err);
}

static void one_account_acts_for_one_type_of_parties(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    const char *user = organisation(&desk, "user", "用户", NULL);
    const char *ca = organisation(&desk, "certification-authority", "认证机构", NULL);
    const char *application = organisation(&desk, "application-unit", "应用单位", NULL);
    must_grant(&desk, ANN, "certificate-holder", (struct yx_party_scope){.party = user});
    must_grant(&desk, BOB, "certification-authority", (struct yx_party_scope){.party = ca});
    must_grant(&desk, EVE, "application-unit", (struct yx_party_scope){.party = application});
    expect_rule(&desk,
                try_grant(&desk, MAKER, ANN, "application-unit",
                          (struct yx_party_scope){.party = application}),
                YX_PARTY_SEPARATION);
    expect_rule(
        &desk,
        try_grant(&desk, MAKER, BOB, "certificate-holder", (struct yx_party_scope){.party = user}),
        YX_PARTY_SEPARATION);
    /* The role of one type in a party of another one. */
    expect_status(
        try_grant(&desk, MAKER, EVE, "application-unit", (struct yx_party_scope){.party = user}),
        YX_REFUSED, &desk.err);
}

/* --- The last one ---------------------------------------------------------------------------- */

static void the_last_administrator_of_security_stays(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    bool last = false;
    desk_open(&desk, database);
    const char *a = organisation(&desk, "user", "甲", NULL);
    const char *ann = must_grant(&desk, ANN, YX_ROLE_SECURITY, anything);
    /* Neither of these is one: one is for a party, one ends. */
    must_grant(&desk, BOB, YX_ROLE_SECURITY, (struct yx_party_scope){.party = a});
    const struct yx_party_grant ends = {
        .account = EVE, .role = YX_ROLE_SECURITY, .from = YX_TIME_NONE, .until = LATER};
    struct arguments grant = {.entry = &ends, .by = MAKER, .now = NOW};
    expect_ok(grant_role(&desk, &grant), &desk.err);
    struct arguments take = {.id = ann, .by = MAKER, .now = NOW};
    expect_rule(&desk, revoke_grant(&desk, &take), YX_PARTY_SEPARATION);
    struct arguments all = {.id = ANN, .by = MAKER, .now = NOW};
    expect_rule(&desk, revoke_all(&desk, &all), YX_PARTY_SEPARATION);
    assert_true(may(&desk, ANN, "grant.manage", anything));
    struct arguments ask = {.id = ANN, .now = NOW, .out = &last};
    expect_ok(is_last(&desk, &ask), &desk.err);
    assert_true(last);
    must_grant(&desk, EVE, YX_ROLE_SECURITY, anything);
    expect_ok(is_last(&desk, &ask), &desk.err);
    assert_false(last);
    expect_ok(revoke_grant(&desk, &take), &desk.err);
}

struct taker {
    pthread_t thread;
    struct desk desk;
    const char *grant;
    yx_status status;
};

static void *take_thread(void *self)
{
    struct taker *taker = self;
    struct arguments a = {.id = taker->grant, .by = MAKER, .now = NOW};
    taker->status = revoke_grant(&taker->desk, &a);
    return NULL;
}

/* Two are there, both are taken away at the same time: one must stay. */
static void two_at_a_time_leave_one(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    for (int round = 0; round < 10; round++) {
        struct taker takers[2];
        for (int i = 0; i < 2; i++)
            takers[i] = (struct taker){
                .desk = desk,
                .grant = must_grant(&desk, i == 0 ? ANN : BOB, YX_ROLE_SECURITY, anything)};
        for (int i = 0; i < 2; i++)
            assert_int_equal(pthread_create(&takers[i].thread, NULL, take_thread, &takers[i]), 0);
        for (int i = 0; i < 2; i++)
            pthread_join(takers[i].thread, NULL);
        assert_int_equal((takers[0].status == YX_OK) + (takers[1].status == YX_OK), 1);
        database_must(desk.store, "DELETE FROM party_grant");
    }
}

struct granter {
    pthread_t thread;
    struct desk desk;
    const char *role;
    yx_status status;
};

static void *grant_thread(void *self)
{
    struct granter *granter = self;
    granter->status = try_grant(&granter->desk, MAKER, EVE, granter->role, anything);
    return NULL;
}

/* Each of two is right alone; both exclude each other. */
static void two_at_a_time_do_not_mix(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    for (int round = 0; round < 10; round++) {
        struct granter granters[2] = {{.desk = desk, .role = YX_ROLE_SYSTEM},
                                      {.desk = desk, .role = YX_ROLE_AUDIT}};
        for (int i = 0; i < 2; i++)
            assert_int_equal(pthread_create(&granters[i].thread, NULL, grant_thread, &granters[i]),
                             0);
        for (int i = 0; i < 2; i++)
            pthread_join(granters[i].thread, NULL);
        assert_int_equal((granters[0].status == YX_OK) + (granters[1].status == YX_OK), 1);
        struct arguments all = {.id = EVE, .by = MAKER, .now = NOW};
        expect_ok(revoke_all(&desk, &all), &desk.err);
    }
}

/* --- The question ---------------------------------------------------------------------------- */

static yx_status note_permission(void *self, const char *permission, struct yx_error *err)
{
    (void)err;
    strcat(strcat(self, permission), " ");
    return YX_OK;
}
IN_TX(list_permissions, yx_party_permissions(tx, a->id, a->now, note_permission, a->out, err));

static void permissions_of_an_account_are_listed_once(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    char text[512] = "";
    struct arguments a = {.id = ANN, .now = NOW, .out = text};
    desk_open(&desk, database);
    must_grant(&desk, ANN, "printer", (struct yx_party_scope){.seal = "s1"});
    must_grant(&desk, ANN, "seal-decider", anything);
    expect_ok(list_permissions(&desk, &a), &desk.err);
    assert_string_equal(text, "document.read seal.read use.decide use.print use.read ");
}

static yx_status ask_anywhere(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct arguments *a = self;
    const struct yx_party_question question = {
        .account = a->id, .permission = a->other, .anywhere = true, .now = a->now};
    return yx_party_require(tx, &question, err);
}

static void a_route_asks_whether_there_is_anything_at_all(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    struct arguments a = {.id = ANN, .other = "use.print", .now = NOW};
    desk_open(&desk, database);
    expect_rule(&desk, yx_store_read(desk.store, ask_anywhere, &a, &desk.err),
                YX_PARTY_NOT_PERMITTED);
    must_grant(&desk, ANN, "printer", (struct yx_party_scope){.seal = "s1"});
    expect_ok(yx_store_read(desk.store, ask_anywhere, &a, &desk.err), &desk.err);
    a.other = "use.sign";
    expect_rule(&desk, yx_store_read(desk.store, ask_anywhere, &a, &desk.err),
                YX_PARTY_NOT_PERMITTED);
    a.other = "use.anything"; /* a mistake of the program's */
    expect_status(yx_store_read(desk.store, ask_anywhere, &a, &desk.err), YX_INTERNAL, &desk.err);
}

static void the_checker_is_another_person(struct database *database)
{
    struct yx_error err = {0};
    (void)database;
    expect_ok(yx_party_require_other(ANN, BOB, &err), &err);
    expect_status(yx_party_require_other(ANN, ANN, &err), YX_REFUSED, &err);
    assert_string_equal(err.rule, YX_PARTY_TWO_PEOPLE);
}

#define CASE(function)             \
    {                              \
#function, function, false \
    }

int main(void)
{
    static const struct database_case cases[] = {
        CASE(a_grant_holds_below_its_party_only),
        CASE(every_restriction_counts),
        CASE(a_regulator_sees_its_region),
        CASE(grants_are_listed),
        CASE(a_grant_holds_from_to),
        CASE(a_revoked_grant_is_over_at_once),
        CASE(nobody_grants_to_himself),
        CASE(nobody_grants_beyond_where_he_may),
        CASE(grants_that_make_no_sense_are_refused),
        CASE(the_three_administrators_are_three),
        CASE(roles_exclude_each_other_at_the_same_time),
        CASE(one_account_acts_for_one_type_of_parties),
        CASE(the_last_administrator_of_security_stays),
        CASE(two_at_a_time_leave_one),
        CASE(two_at_a_time_do_not_mix),
        CASE(permissions_of_an_account_are_listed_once),
        CASE(a_route_asks_whether_there_is_anything_at_all),
        CASE(the_checker_is_another_person),
    };
    return database_main("grant", cases, sizeof cases / sizeof *cases, true);
}
