/* SPDX-License-Identifier: Apache-2.0 */
/* test_recovery.c - accounts recovered with proof, by two people who are somebody else. */
#include "support.h"
#include "tools.h"

#include "database.h"
#include "world.h"

#define OFFICERS 4

struct office {
    struct world world;
    char holder[YX_UUID_TEXT], clerk[YX_UUID_TEXT], officers[OFFICERS][YX_UUID_TEXT];
    /* Of the call at hand. */
    enum { ASK, APPROVE, REFUSE } what;
    const char *by;
    yx_time at;
    char id[YX_UUID_TEXT];
    struct yx_login_secret secret;
    bool done;
};

static void office_close(struct office *office)
{
    world_close(&office->world);
}
YX_DEFINE_CLEAN_VALUE(office, struct office, office_close);

static void set_party(struct office *office, const char *account, const char *party);

static void office_open(const struct database *database, struct office *out)
{
    static const char *const parties[] = {"person-1", "person-2", "person-3", "person-1"};
    char name[16];
    struct yx_error err = {0};

    *out = (struct office){.at = AT};
    world_open(database, &out->world);
    holder_make(&out->world, "holder", out->holder);
    set_party(out, out->holder, "person-0");
    holder_make(&out->world, "clerk", out->clerk);
    set_party(out, out->clerk, "person-9");
    for (size_t i = 0; i < OFFICERS; i++) {
        snprintf(name, sizeof name, "officer-%d", (int)i);
        holder_make(&out->world, name, out->officers[i]);
        set_party(out, out->officers[i], parties[i]);
    }
    expect_ok(yx_login_secret_make(&out->secret, &err), &err);
}

static void set_party(struct office *office, const char *account, const char *party)
{
    struct change change = {.kind = NAME_PARTY, .account = account, .other = party};
    struct yx_error err = {0};

    expect_ok(try_change(&office->world, &change, &err), &err);
}

static yx_status work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct office *office = self;
    const struct yx_login_by by = {.actor = "test", .account = office->by, .now = office->at};
    const struct yx_login_new_recovery wanted = {.account = office->holder,
                                                 .evidence = "file 12, page 3",
                                                 .reason = "USB key and telephone lost",
                                                 .seconds = 7 * 86400};

    if (office->what == ASK)
        return yx_login_recovery_ask(tx, &wanted, &by, office->id, err);
    if (office->what == APPROVE)
        return yx_login_recovery_approve(tx, office->id, &office->secret, 3600, &by, &office->done,
                                         err);
    return yx_login_recovery_refuse(tx, office->id, &by, err);
}

static yx_status call(struct office *office, int what, const char *by, struct yx_error *err)
{
    office->what = what;
    office->by = by;
    return yx_store_write(office->world.store, work, office, err);
}

static yx_status redeem(struct office *office, struct yx_error *err)
{
    const struct yx_login_redemption redemption = {
        .token = office->secret.text, .password = YX_TEXT("sieben Wale 3"), .now = office->at};
    char account[YX_UUID_TEXT];

    return yx_login_redeem(office->world.login, &redemption, account, err);
}

static void two_others_open_it(struct database *database)
{
    YX_CLEAN(office) struct office office;
    struct yx_error err = {0};

    office_open(database, &office);
    expect_ok(call(&office, ASK, office.clerk, &err), &err);
    expect_ok(call(&office, APPROVE, office.officers[0], &err), &err);
    assert_false(office.done);
    /* One alone has opened nothing. */
    expect_status(redeem(&office, &err), YX_REFUSED, &err);
    expect_ok(call(&office, APPROVE, office.officers[1], &err), &err);
    assert_true(office.done);
    expect_ok(redeem(&office, &err), &err);
    assert_string_equal(
        try_enter(&office.world, &(struct attempt){.name = "holder", .password = "sieben Wale 3"}),
        "");
    assert_int_equal(leaves_of(&office.world, "recovery.approve").count, 2);
    assert_non_null(strstr(leaves_of(&office.world, "recovery.ask").details, "file 12, page 3"));
    expect_status(call(&office, APPROVE, office.officers[2], &err), YX_REFUSED, &err);
}

static void the_same_person_does_not_count_twice(struct database *database)
{
    YX_CLEAN(office) struct office office;
    struct yx_error err = {0};

    office_open(database, &office);
    expect_ok(call(&office, ASK, office.clerk, &err), &err);
    /* Neither the holder, nor who asked. */
    expect_status(call(&office, APPROVE, office.holder, &err), YX_REFUSED, &err);
    expect_rule(&err, YX_LOGIN_TWO_PEOPLE);
    expect_status(call(&office, APPROVE, office.clerk, &err), YX_REFUSED, &err);
    expect_rule(&err, YX_LOGIN_TWO_PEOPLE);
    expect_status(call(&office, APPROVE, NULL, &err), YX_USAGE, &err);
    expect_ok(call(&office, APPROVE, office.officers[0], &err), &err);
    expect_status(call(&office, APPROVE, office.officers[0], &err), YX_REFUSED, &err);
    expect_rule(&err, YX_LOGIN_TWO_PEOPLE);
    /* Nor by the other account of the same person. */
    expect_status(call(&office, APPROVE, office.officers[3], &err), YX_REFUSED, &err);
    expect_rule(&err, YX_LOGIN_TWO_PEOPLE);
    set_party(&office, office.officers[2], "person-0");
    expect_status(call(&office, APPROVE, office.officers[2], &err), YX_REFUSED, &err);
    expect_rule(&err, YX_LOGIN_TWO_PEOPLE);
    expect_ok(call(&office, APPROVE, office.officers[1], &err), &err);
    assert_true(office.done);
}

/* Two accounts that name nobody may be one person's, and systems are no people. */
static void who_is_nobody_decides_nothing(struct database *database)
{
    YX_CLEAN(office) struct office office;
    struct yx_error err = {0};

    office_open(database, &office);
    set_party(&office, office.clerk, "");
    expect_status(call(&office, ASK, office.clerk, &err), YX_REFUSED, &err);
    expect_rule(&err, YX_LOGIN_TWO_PEOPLE);
    expect_status(call(&office, ASK, NULL, &err), YX_USAGE, &err);
    set_party(&office, office.clerk, "person-9");
    set_party(&office, office.holder, "");
    expect_status(call(&office, ASK, office.clerk, &err), YX_REFUSED, &err);
    expect_rule(&err, YX_LOGIN_TWO_PEOPLE);
    set_party(&office, office.holder, "person-0");
    expect_ok(call(&office, ASK, office.clerk, &err), &err);
    set_party(&office, office.officers[0], "");
    expect_status(call(&office, APPROVE, office.officers[0], &err), YX_REFUSED, &err);
    expect_rule(&err, YX_LOGIN_TWO_PEOPLE);
    database_must(office.world.store, "UPDATE login_account SET kind = 1 WHERE name = 'officer-1'");
    expect_status(call(&office, APPROVE, office.officers[1], &err), YX_REFUSED, &err);
    expect_rule(&err, YX_LOGIN_TWO_PEOPLE);
    expect_status(call(&office, REFUSE, NULL, &err), YX_USAGE, &err);
    assert_int_equal(count_of(&office.world, "SELECT state FROM login_recovery"), 0);
}

static void a_refusal_ends_it(struct database *database)
{
    YX_CLEAN(office) struct office office;
    struct yx_error err = {0};

    office_open(database, &office);
    expect_ok(call(&office, ASK, office.clerk, &err), &err);
    expect_status(call(&office, ASK, office.clerk, &err), YX_REFUSED, &err);
    expect_ok(call(&office, APPROVE, office.officers[0], &err), &err);
    expect_ok(call(&office, REFUSE, office.officers[1], &err), &err);
    expect_status(call(&office, APPROVE, office.officers[2], &err), YX_REFUSED, &err);
    expect_status(call(&office, REFUSE, office.officers[2], &err), YX_REFUSED, &err);
    expect_status(redeem(&office, &err), YX_REFUSED, &err);
    /* And another one may be asked for. */
    expect_ok(call(&office, ASK, office.clerk, &err), &err);
    snprintf(office.id, sizeof office.id, NOWHERE);
    expect_status(call(&office, APPROVE, office.officers[0], &err), YX_REFUSED, &err);
    expect_rule(&err, YX_LOGIN_ACCOUNT);
}

static void its_time_ends(struct database *database)
{
    YX_CLEAN(office) struct office office;
    struct yx_error err = {0};

    office_open(database, &office);
    expect_ok(call(&office, ASK, office.clerk, &err), &err);
    expect_ok(call(&office, APPROVE, office.officers[0], &err), &err);
    office.at = AT + 7 * YX_DAY;
    expect_status(call(&office, APPROVE, office.officers[1], &err), YX_REFUSED, &err);
    expect_ok(call(&office, ASK, office.clerk, &err), &err);
}

static void only_active_accounts_are_recovered(struct database *database)
{
    YX_CLEAN(office) struct office office;
    struct yx_error err = {0};

    office_open(database, &office);
    expect_ok(call(&office, ASK, office.clerk, &err), &err);
    expect_ok(call(&office, APPROVE, office.officers[0], &err), &err);
    must_on(&office.world, LOCK, office.holder);
    /* What an administrator locked is not opened past him. */
    expect_status(call(&office, APPROVE, office.officers[1], &err), YX_REFUSED, &err);
    expect_status(call(&office, ASK, office.clerk, &err), YX_REFUSED, &err);
}

static const struct database_case cases[] = {
    {"two others open it", two_others_open_it, false},
    {"the same person does not count twice", the_same_person_does_not_count_twice, false},
    {"who is nobody decides nothing", who_is_nobody_decides_nothing, false},
    {"a refusal ends it", a_refusal_ends_it, false},
    {"its time ends", its_time_ends, false},
    {"only active accounts are recovered", only_active_accounts_are_recovered, false},
};

int main(void)
{
    return database_main("login/recovery", cases, sizeof cases / sizeof cases[0], true);
}
