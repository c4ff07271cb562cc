/* SPDX-License-Identifier: Apache-2.0 */
/* test_link.c - one-time links: invited, forgotten (SEC-16), recovered; the first administrator. */
#include "support.h"
#include "tools.h"

#include "database.h"
#include "world.h"

#define NEW_PASSWORD "sieben Wale 3"

static yx_status try_link(struct world *world, const char *account, enum yx_login_purpose purpose,
                          struct yx_login_secret *secret, struct yx_error *err)
{
    struct change change = {.kind = MAKE_LINK, .account = account, .purpose = purpose};

    YX_TRY(yx_login_secret_make(secret, err));
    change.secret = *secret;
    return try_change(world, &change, err);
}

static yx_status redeem(struct world *world, const char *token, const char *password, yx_time at,
                        struct yx_error *err)
{
    const struct yx_login_redemption redemption = {
        .token = token, .password = YX_TEXT(password), .address = "192.0.2.3", .now = at};
    char account[YX_UUID_TEXT];

    return yx_login_redeem(world->login, &redemption, account, err);
}

static void an_invited_person_comes_in(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct change make = {.kind = MAKE, .wanted = {.name = "wang"}};
    struct yx_login_secret secret;
    struct yx_error err = {0};

    world_open(database, &world);
    expect_ok(try_change(&world, &make, &err), &err);
    assert_int_equal(account_of(&world, make.id).state, YX_LOGIN_INVITED);
    expect_ok(try_link(&world, make.id, YX_LOGIN_INVITE, &secret, &err), &err);
    /* A password that is too simple leaves the link good. */
    expect_status(redeem(&world, secret.text, "1234567890", AT, &err), YX_REFUSED, &err);
    expect_rule(&err, "SEC-14");
    assert_int_equal(account_of(&world, make.id).state, YX_LOGIN_INVITED);
    expect_ok(redeem(&world, secret.text, NEW_PASSWORD, AT, &err), &err);
    assert_int_equal(account_of(&world, make.id).state, YX_LOGIN_ACTIVE);
    struct yx_login_who who =
        must_enter(&world, &(struct attempt){.name = "wang", .password = NEW_PASSWORD});
    assert_int_equal(who.duty, YX_LOGIN_FREE);
    assert_string_equal(leaves_of(&world, "account.link").details, "{\"purpose\":\"invite\"}");
}

static void a_link_is_good_once_and_for_a_while(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char account[YX_UUID_TEXT];
    struct yx_login_secret first, second;
    struct yx_error err = {0};

    world_open(database, &world);
    holder_make(&world, "wang", account);
    expect_ok(try_link(&world, account, YX_LOGIN_RESET, &first, &err), &err);
    expect_status(redeem(&world, first.text, NEW_PASSWORD, AT + 3600 * YX_SECOND, &err), YX_REFUSED,
                  &err);
    expect_rule(&err, YX_LOGIN_RULE);
    expect_status(redeem(&world, "", NEW_PASSWORD, AT, &err), YX_REFUSED, &err);
    /* The next one takes the place of the one before. */
    expect_ok(try_link(&world, account, YX_LOGIN_RESET, &second, &err), &err);
    expect_status(redeem(&world, first.text, NEW_PASSWORD, AT, &err), YX_REFUSED, &err);
    expect_ok(redeem(&world, second.text, NEW_PASSWORD, AT, &err), &err);
    expect_status(redeem(&world, second.text, "noch ein Wal 4", AT, &err), YX_REFUSED, &err);
    expect_rule(&err, YX_LOGIN_RULE);
    assert_string_equal(
        try_enter(&world, &(struct attempt){.name = "wang", .password = NEW_PASSWORD}), "");
}

struct racer {
    struct world *world;
    const char *token;
    _Atomic int number, in;
};

static void *race(void *self)
{
    struct racer *racer = self;
    char password[32];
    struct yx_error err = {0};

    snprintf(password, sizeof password, "kleiner Wal %d", ++racer->number);
    if (redeem(racer->world, racer->token, password, AT, &err) == YX_OK)
        racer->in++;
    return NULL;
}

static void of_two_with_one_link_one_wins(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char account[YX_UUID_TEXT];
    struct yx_login_secret secret;
    pthread_t threads[6];
    struct yx_error err = {0};

    world_open(database, &world);
    holder_make(&world, "wang", account);
    expect_ok(try_link(&world, account, YX_LOGIN_RESET, &secret, &err), &err);
    struct racer racer = {.world = &world, .token = secret.text};
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, race, &racer), 0);
    for (size_t i = 0; i < 6; i++)
        (void)pthread_join(threads[i], NULL);
    assert_int_equal(racer.in, 1);
    assert_int_equal(leaves_of(&world, "account.password").count, 2);
}

/* REQ: SEC-16, a forgotten password is reset by somebody else; what else opens the account stays.
 */
static void a_forgotten_password_is_reset(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char account[YX_UUID_TEXT];
    struct attempt wrong = {.name = "wang", .password = "falsche Pferde 7"};
    struct yx_login_secret secret;
    struct yx_error err = {0};

    world_open(database, &world);
    world.policy.delay_seconds = 0;
    world_policy(&world);
    holder_make(&world, "wang", account);
    (void)must_enter(&world, &(struct attempt){.name = "wang", .password = PASSWORD});
    for (int i = 0; i < 10; i++)
        assert_string_equal(try_enter(&world, &wrong), YX_LOGIN_RULE);
    database_must(world.store, "INSERT INTO login_totp (account, secret, algorithm, step)"
                               " SELECT id, secret, 0, 0 FROM login_account,"
                               " (SELECT digest AS secret FROM login_session) AS any_octets");
    expect_ok(try_link(&world, account, YX_LOGIN_RESET, &secret, &err), &err);
    expect_ok(redeem(&world, secret.text, NEW_PASSWORD, AT, &err), &err);
    assert_true(account_of(&world, account).password_locked_at == YX_TIME_NONE);
    assert_int_equal(count_of(&world, "SELECT count(*) FROM login_session"), 0);
    assert_int_equal(count_of(&world, "SELECT count(*) FROM login_totp"), 1);
    assert_string_equal(
        try_enter(&world, &(struct attempt){.name = "wang", .password = NEW_PASSWORD}), "");
    expect_ok(try_link(&world, account, YX_LOGIN_RECOVER, &secret, &err), &err);
    expect_ok(redeem(&world, secret.text, "noch ein Wal 4", AT, &err), &err);
    assert_int_equal(count_of(&world, "SELECT count(*) FROM login_totp"), 0);
}

static void who_gets_no_link(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char person[YX_UUID_TEXT], system[YX_UUID_TEXT];
    struct yx_login_secret secret;
    struct yx_error err = {0};

    world_open(database, &world);
    holder_make(&world, "wang", person);
    account_make(&world, "filing", YX_LOGIN_SYSTEM, system);
    struct change own = {.kind = MAKE_LINK,
                         .account = person,
                         .by = {.actor = "test", .account = person, .now = AT}};
    expect_status(try_change(&world, &own, &err), YX_REFUSED, &err);
    expect_status(try_link(&world, system, YX_LOGIN_RESET, &secret, &err), YX_REFUSED, &err);
    expect_status(try_link(&world, NOWHERE, YX_LOGIN_RESET, &secret, &err), YX_REFUSED, &err);
    /* A link that is on its way opens no account that was locked meanwhile. */
    expect_ok(try_link(&world, person, YX_LOGIN_RESET, &secret, &err), &err);
    must_on(&world, LOCK, person);
    expect_status(redeem(&world, secret.text, NEW_PASSWORD, AT, &err), YX_REFUSED, &err);
    expect_status(try_link(&world, person, YX_LOGIN_RESET, &secret, &err), YX_REFUSED, &err);
    must_on(&world, REMOVE, person);
    assert_int_equal(count_of(&world, "SELECT count(*) FROM login_link"), 0);
    expect_status(try_link(&world, person, YX_LOGIN_RESET, &secret, &err), YX_REFUSED, &err);
}

static void the_first_administrator_comes_by_a_link(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct change first = {.kind = MAKE_FIRST};
    struct yx_error err = {0};

    world_open(database, &world);
    expect_ok(yx_login_secret_make(&first.secret, &err), &err);
    expect_ok(try_change(&world, &first, &err), &err);
    assert_true(first.made);
    expect_ok(redeem(&world, first.secret.text, NEW_PASSWORD, AT, &err), &err);
    struct yx_login_who who =
        must_enter(&world, &(struct attempt){.name = "admin", .password = NEW_PASSWORD});
    assert_string_equal(who.account, first.id);
    expect_ok(try_change(&world, &first, &err), &err);
    assert_false(first.made);
    assert_int_equal(count_of(&world, "SELECT count(*) FROM login_account"), 1);
}

static const struct database_case cases[] = {
    {"an invited person comes in", an_invited_person_comes_in, false},
    {"a link is good once and for a while", a_link_is_good_once_and_for_a_while, false},
    {"of two with one link one wins", of_two_with_one_link_one_wins, false},
    {"a forgotten password is reset", a_forgotten_password_is_reset, false},
    {"who gets no link", who_gets_no_link, false},
    {"the first administrator comes by a link", the_first_administrator_comes_by_a_link, false},
};

int main(void)
{
    return database_main("login/link", cases, sizeof cases / sizeof cases[0], true);
}
