/* SPDX-License-Identifier: Apache-2.0 */
/* test_password.c - which passwords may be, how long they last, and how somebody gets one. */
#include "support.h"
#include "tools.h"

#include "database.h"
#include "world.h"

/* --- REQ: SEC-14, simple passwords ----------------------------------------------------------- */

static void simple_passwords_are_refused(struct database *database)
{
    static const char *const about[] = {"zhang.wei", "Zhang Wei", "Hengtai Printing (Wuhu)", NULL};
    static const char *const simple[] = {
        "",
        "short7!",
        "aaaaaaaaaaaaaaaa",
        "1234567890",
        "0987654321",
        "abcdefghijkl",
        "qwertyuiop",
        "asdfghjkl;",
        "password2026",
        "Password!2026",
        "P@ssw0rd1234",
        "admin@123456",
        "Admin123456789",
        "woaini1314520",
        "zhangwei1990",
        "ZhangWei-2026",
        "hengtai123456",
        "wuhuPrinting1",
        "qwe123asd456",
        "印章管理员密码公章666",
        "1qaz2wsx3456",
        "tab\tin the middle of it",
    };
    static const char *const good[] = {
        PASSWORD, "7 kleine Wale", "V9#tq!zLm2", "落霞与孤鹜齐飞秋水", "mein Haus ist am See",
    };
    YX_CLEAN(world) struct world world;
    struct yx_error err = {0};

    world_open(database, &world);
    for (size_t i = 0; i < sizeof simple / sizeof simple[0]; i++) {
        if (yx_login_password_rules(&world.policy, YX_TEXT(simple[i]), about, &err) != YX_REFUSED)
            fail_msg("%s may be", simple[i]);
        expect_rule(&err, "SEC-14");
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (world.policy.password_min = strlen(good[i]) > 20 ? 9 : 10,
            yx_login_password_rules(&world.policy, YX_TEXT(good[i]), about, &err) != YX_OK)
            fail_msg("%s may not be", good[i]);
}

static void bytes_that_are_no_text_are_refused(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct yx_error err = {0};
    char longer[YX_PASSWORD_MAX + 1];

    world_open(database, &world);
    memset(longer, 'x', sizeof longer);
    expect_status(yx_login_password_rules(&world.policy,
                                          YX_BYTES("abc\xFF"
                                                   "defghijk",
                                                   12),
                                          NULL, &err),
                  YX_REFUSED, &err);
    expect_status(yx_login_password_rules(&world.policy, YX_BYTES("abc\0defghijk", 12), NULL, &err),
                  YX_REFUSED, &err);
    expect_status(
        yx_login_password_rules(&world.policy, YX_BYTES(longer, sizeof longer), NULL, &err),
        YX_REFUSED, &err);
}

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

/* --- Hashes ---------------------------------------------------------------------------------- */

static void the_hash_costs_what_the_policy_says(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char first[YX_LOGIN_HASH_TEXT], second[YX_LOGIN_HASH_TEXT];
    struct yx_error err = {0};
    bool same;

    world_open(database, &world);
    world.policy.hash_kib = 128;
    world.policy.hash_passes = 2;
    world_policy(&world);
    expect_ok(yx_login_hash(world.login, YX_TEXT(PASSWORD), first, &err), &err);
    expect_ok(yx_login_hash(world.login, YX_TEXT(PASSWORD), second, &err), &err);
    assert_memory_equal(first, "$argon2id$v=19$m=128,t=2,p=1$", 29);
    assert_string_not_equal(first, second);
    expect_ok(yx_login_hash_matches(world.login, YX_TEXT(PASSWORD), first, &same, &err), &err);
    assert_true(same);
    expect_ok(yx_login_hash_matches(world.login, YX_TEXT(PASSWORD "x"), first, &same, &err), &err);
    assert_false(same);
    expect_ok(yx_login_hash_matches(world.login, YX_TEXT(PASSWORD), NULL, &same, &err), &err);
    assert_false(same);
    expect_ok(yx_login_hash_matches(world.login, YX_TEXT(PASSWORD), "$argon2id$", &same, &err),
              &err);
    assert_false(same);
}

/* The hash of another program: argon2 of the reference implementation, "password", salt
 * "somesalt" (its README). */
static void hashes_of_others_are_read(struct database *database)
{
    static const char hash[] = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$"
                               "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    YX_CLEAN(world) struct world world;
    struct yx_error err = {0};
    bool same;

    world_open(database, &world);
    expect_ok(yx_login_hash_matches(world.login, YX_TEXT("password"), hash, &same, &err), &err);
    assert_true(same);
}

struct crowd {
    struct world *world;
    _Atomic int done, busy;
};

static void *come(void *self)
{
    struct crowd *crowd = self;
    struct yx_error err = {0};
    bool same;
    yx_status status =
        yx_login_hash_matches(crowd->world->login, YX_TEXT(PASSWORD), NULL, &same, &err);

    if (status == YX_OK)
        crowd->done++;
    else if (status == YX_REFUSED && strcmp(err.rule, YX_LOGIN_BUSY) == 0)
        crowd->busy++;
    return NULL;
}

/* Whoever comes when too many wait is sent away: memory does not grow with the crowd. */
static void a_crowd_waits_or_is_sent_away(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct crowd crowd = {.world = &world};
    pthread_t threads[60];

    world_open(database, &world);
    world.policy.hash_kib = 16 * 1024;
    world.policy.hash_passes = 2;
    world_policy(&world);
    for (size_t i = 0; i < 60; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, come, &crowd), 0);
    for (size_t i = 0; i < 60; i++)
        (void)pthread_join(threads[i], NULL);
    assert_int_equal(crowd.done + crowd.busy, 60);
    assert_true(crowd.busy > 0);
    assert_true(crowd.done >= 34);
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
    char account[YX_UUID_TEXT], here[YX_LOGIN_TOKEN_TEXT], there[YX_LOGIN_TOKEN_TEXT];
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
    {"simple passwords are refused", simple_passwords_are_refused, false},
    {"bytes that are no text are refused", bytes_that_are_no_text_are_refused, false},
    {"the name of the account counts", the_name_of_the_account_counts, false},
    {"the hash costs what the policy says", the_hash_costs_what_the_policy_says, false},
    {"hashes of others are read", hashes_of_others_are_read, false},
    {"a crowd waits or is sent away", a_crowd_waits_or_is_sent_away, false},
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
