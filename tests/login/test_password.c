/* SPDX-License-Identifier: Apache-2.0 */
/* test_password.c - how long passwords last, and how somebody gets one. */
#include "support.h"
#include "tools.h"

#include "database.h"
#include "world.h"

/* --- REQ: SEC-14, simple passwords ----------------------------------------------------------- */

static void the_name_of_the_account_counts(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char account[YX_UUID_TEXT];
    struct yx_error err = {0};

    world_open(database, &world);
    account_make(&world, "li.xiaoming", YX_LOGIN_PERSON, account);
    expect_status(try_password(&world, PUT_PASSWORD, account, "XiaoMing-445", AT, &err), YX_REFUSED,
                  &err);
    expect_rule(&err, "SEC-14");
}

/* --- REQ: SEC-12, the first password --------------------------------------------------------- */

static void a_given_password_must_be_changed(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char account[YX_UUID_TEXT];
    struct yx_login_who who;
    struct yx_error err = {0};

    world_open(database, &world);
    account_make(&world, "wang", YX_LOGIN_PERSON, account);
    expect_ok(try_password(&world, GIVE_PASSWORD, account, PASSWORD, AT, &err), &err);
    assert_true(account_of(&world, account).password_initial);
    who = must_enter(&world, &(struct attempt){.name = "wang", .password = PASSWORD});
    assert_int_equal(who.duty, YX_LOGIN_MUST_CHANGE_FIRST);
    /* Nor does the same one again. */
    expect_status(try_password(&world, PUT_PASSWORD, account, PASSWORD, AT, &err), YX_REFUSED,
                  &err);
    expect_ok(try_password(&world, PUT_PASSWORD, account, "sieben Wale 3", AT, &err), &err);
    assert_false(account_of(&world, account).password_initial);
    who = must_enter(&world, &(struct attempt){.name = "wang", .password = "sieben Wale 3"});
    assert_int_equal(who.duty, YX_LOGIN_FREE);
    assert_int_equal(leaves_of(&world, "account.password.give").count, 1);
    assert_int_equal(leaves_of(&world, "account.password").count, 1);
}

static void who_gets_no_password(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char person[YX_UUID_TEXT], system[YX_UUID_TEXT];
    struct yx_error err = {0};
    struct change own = {.kind = GIVE_PASSWORD,
                         .account = person,
                         .password = {.hash = "x", .keep = 1},
                         .by = {.actor = "test", .account = person, .now = AT}};

    world_open(database, &world);
    account_make(&world, "wang", YX_LOGIN_PERSON, person);
    account_make(&world, "filing", YX_LOGIN_SYSTEM, system);
    expect_status(try_password(&world, GIVE_PASSWORD, system, PASSWORD, AT, &err), YX_REFUSED,
                  &err);
    expect_status(try_password(&world, GIVE_PASSWORD, NOWHERE, PASSWORD, AT, &err), YX_REFUSED,
                  &err);
    expect_status(try_change(&world, &own, &err), YX_REFUSED, &err);
    must_on(&world, LOCK, person);
    expect_status(try_password(&world, GIVE_PASSWORD, person, PASSWORD, AT, &err), YX_REFUSED,
                  &err);
    expect_status(try_password(&world, PUT_PASSWORD, person, PASSWORD, AT, &err), YX_REFUSED, &err);
}

/* --- REQ: SEC-11, the interval --------------------------------------------------------------- */

static void an_old_password_must_be_changed(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char account[YX_UUID_TEXT];
    struct attempt attempt = {.name = "wang", .password = PASSWORD};

    world_open(database, &world);
    holder_make(&world, "wang", account);
    attempt.at = AT + 60 * YX_DAY - 1;
    assert_int_equal(must_enter(&world, &attempt).duty, YX_LOGIN_FREE);
    attempt.at = AT + 60 * YX_DAY;
    assert_int_equal(must_enter(&world, &attempt).duty, YX_LOGIN_MUST_CHANGE_OLD);
    world.policy.password_days = 90;
    world_policy(&world);
    assert_int_equal(must_enter(&world, &attempt).duty, YX_LOGIN_FREE);
    world.policy.password_days = 0;
    world_policy(&world);
    attempt.at = AT + 4000 * YX_DAY;
    assert_int_equal(must_enter(&world, &attempt).duty, YX_LOGIN_FREE);
    /* Where the change is recommended, it is told, and nothing waits for it. */
    world.policy.password_days = 60;
    world.policy.password_forced = false;
    world_policy(&world);
    struct yx_login_who who = must_enter(&world, &attempt);
    assert_int_equal(who.duty, YX_LOGIN_FREE);
    assert_true(who.password_old);
    attempt.at = AT + 60 * YX_DAY - 1;
    assert_false(must_enter(&world, &attempt).password_old);
}

static void old_passwords_do_not_come_again(struct database *database)
{
    static const char *const passwords[] = {"erstes Haus 3", "zweites Tor 8", "drittes Bad 4"};
    YX_CLEAN(world) struct world world;
    char account[YX_UUID_TEXT];
    struct yx_error err = {0};

    world_open(database, &world);
    world.policy.password_history = 2;
    world_policy(&world);
    account_make(&world, "wang", YX_LOGIN_PERSON, account);
    for (size_t i = 0; i < 3; i++)
        expect_ok(try_password(&world, PUT_PASSWORD, account, passwords[i], AT, &err), &err);
    expect_status(try_password(&world, PUT_PASSWORD, account, passwords[2], AT, &err), YX_REFUSED,
                  &err);
    expect_status(try_password(&world, PUT_PASSWORD, account, passwords[1], AT, &err), YX_REFUSED,
                  &err);
    expect_ok(try_password(&world, PUT_PASSWORD, account, passwords[0], AT, &err), &err);
    assert_int_equal(count_of(&world, "SELECT count(*) FROM login_password"), 2);
    assert_int_equal(count_of(&world, "SELECT count(*) FROM login_password WHERE newest = 1"), 1);
}

static void other_sessions_end_with_a_change(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char account[YX_UUID_TEXT], here[YX_TOKEN_TEXT], there[YX_TOKEN_TEXT];
    const struct attempt attempt = {.name = "wang", .password = PASSWORD};
    struct yx_login_who who;
    struct yx_error err = {0};
    struct change change = {.kind = PUT_PASSWORD, .account = account};

    world_open(database, &world);
    holder_make(&world, "wang", account);
    expect_ok(enter(&world, &attempt, here, &err), &err);
    expect_ok(enter(&world, &attempt, there, &err), &err);
    expect_ok(yx_login_session_find(world.login, here, AT, &who, &err), &err);
    expect_ok(yx_login_password_prepare(world.login, account, YX_TEXT("sieben Wale 3"), NULL,
                                        &change.password, &err),
              &err);
    change.other = who.session;
    expect_ok(try_change(&world, &change, &err), &err);
    expect_ok(yx_login_session_find(world.login, here, AT, &who, &err), &err);
    expect_status(yx_login_session_find(world.login, there, AT, &who, &err), YX_REFUSED, &err);
}

static const struct database_case cases[] = {
    {"the name of the account counts", the_name_of_the_account_counts, false},
    {"a given password must be changed", a_given_password_must_be_changed, false},
    {"who gets no password", who_gets_no_password, false},
    {"an old password must be changed", an_old_password_must_be_changed, false},
    {"old passwords do not come again", old_passwords_do_not_come_again, false},
    {"other sessions end with a change", other_sessions_end_with_a_change, false},
};

int main(void)
{
    return database_main("login/password", cases, sizeof cases / sizeof cases[0], true);
}
