/* SPDX-License-Identifier: Apache-2.0 */
/* test_totp.c - codes of apps, and recovery codes. */
#include "support.h"
#include "tools.h"

#include "database.h"
#include "world.h"

#define STEP (30 * YX_SECOND)

/* --- Somebody with an app -------------------------------------------------------------------- */

struct app {
    struct world *world;
    char account[YX_UUID_TEXT];
    struct yx_totp_secret secret;
    struct yx_recovery_codes codes;
    const char *code;
    yx_time at;
};

static yx_status begin_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct app *app = self;

    return yx_login_totp_begin(app->world->login, tx, app->account, &app->secret, err);
}

static yx_status confirm_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct app *app = self;

    return yx_login_totp_confirm(app->world->login, tx, app->account, app->code, &app->codes,
                                 &(struct yx_login_by){.actor = "test", .now = app->at}, err);
}

static yx_status remove_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct app *app = self;

    return yx_login_totp_remove(tx, app->account, &somebody, err);
}

static void code_at(const struct app *app, yx_time at, char out[YX_TOTP_TEXT])
{
    struct yx_error err = {0};

    expect_ok(yx_totp_code(&app->secret, at / YX_SECOND / 30, out, &err), &err);
}

static yx_status confirm(struct app *app, const char *code, yx_time at, struct yx_error *err)
{
    app->code = code;
    app->at = at;
    return yx_store_write(app->world->store, confirm_work, app, err);
}

static void app_make(struct world *world, enum yx_totp_algorithm algorithm, struct app *out)
{
    char code[YX_TOTP_TEXT];
    struct yx_error err = {0};

    *out = (struct app){.world = world};
    holder_make(world, "wang", out->account);
    expect_ok(yx_totp_make(algorithm, &out->secret, &err), &err);
    expect_ok(yx_recovery_codes_make(&out->codes, &err), &err);
    expect_ok(yx_store_write(world->store, begin_work, out, &err), &err);
    code_at(out, AT - 10 * STEP, code);
    expect_ok(confirm(out, code, AT - 10 * STEP, &err), &err);
}

static const char *enter_with(struct world *world, const char *code, yx_time at)
{
    return try_enter(
        world, &(struct attempt){.name = "wang", .password = PASSWORD, .code = code, .at = at});
}

static void codes_are_asked_for(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct app app;
    struct yx_login_who who;
    char code[YX_TOTP_TEXT];

    world_open(database, &world);
    world.policy.totp_required = true;
    world_policy(&world);
    app_make(&world, YX_TOTP_SM3, &app);
    assert_true(account_of(&world, app.account).totp);
    assert_string_equal(enter_with(&world, NULL, AT), YX_LOGIN_CODE);
    assert_string_equal(enter_with(&world, "", AT), YX_LOGIN_CODE);
    /* A missing one is no guess; a wrong one is. */
    assert_int_equal(count_of(&world, "SELECT count(*) FROM login_guess"), 0);
    code_at(&app, AT + 20 * STEP, code);
    assert_string_equal(enter_with(&world, code, AT), YX_LOGIN_RULE);
    assert_int_equal(count_of(&world, "SELECT failures FROM login_guess"), 1);
    assert_non_null(strstr(leaves_of(&world, "session.refuse").details, "code"));
    /* Without the password nobody learns that there are codes. */
    assert_string_equal(
        try_enter(&world, &(struct attempt){.name = "wang", .password = "falsche Pferde 7"}),
        YX_LOGIN_RULE);
    code_at(&app, AT, code);
    who = must_enter(&world, &(struct attempt){.name = "wang", .password = PASSWORD, .code = code});
    assert_int_equal(who.methods, YX_LOGIN_BY_PASSWORD | YX_LOGIN_BY_CODE);
    assert_int_equal(who.duty, YX_LOGIN_FREE);
}

static void a_code_is_good_once(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct app app;
    char now[YX_TOTP_TEXT], before[YX_TOTP_TEXT], behind[YX_TOTP_TEXT];

    world_open(database, &world);
    world.policy.attempts = 0;
    world.policy.delay_seconds = 0;
    world_policy(&world);
    app_make(&world, YX_TOTP_SHA1, &app);
    code_at(&app, AT, now);
    code_at(&app, AT - STEP, before);
    code_at(&app, AT + STEP, behind);
    assert_string_equal(enter_with(&world, now, AT), "");
    assert_string_equal(enter_with(&world, now, AT), YX_LOGIN_RULE);
    assert_string_equal(enter_with(&world, now, AT + STEP), YX_LOGIN_RULE);
    /* Nor is one before it, that was never shown. */
    assert_string_equal(enter_with(&world, before, AT), YX_LOGIN_RULE);
    assert_string_equal(enter_with(&world, behind, AT), "");
    assert_string_equal(enter_with(&world, behind, AT + STEP), YX_LOGIN_RULE);
}

static void clocks_may_differ_a_little(struct database *database)
{
    static const int64_t aside[] = {-2, -1, 0, 1, 2};
    YX_CLEAN(world) struct world world;
    struct app app;
    char code[YX_TOTP_TEXT];

    world_open(database, &world);
    world.policy.attempts = 0;
    world.policy.delay_seconds = 0;
    world_policy(&world);
    app_make(&world, YX_TOTP_SHA256, &app);
    for (size_t i = 0; i < 5; i++) {
        yx_time at = AT + (yx_time)(10 * i) * STEP;

        code_at(&app, at + aside[i] * STEP, code);
        assert_string_equal(enter_with(&world, code, at),
                            aside[i] < -1 || aside[i] > 1 ? YX_LOGIN_RULE : "");
    }
}

struct racer {
    struct world *world;
    const char *code;
    _Atomic int in;
};

static void *race(void *self)
{
    struct racer *racer = self;

    if (enter_with(racer->world, racer->code, AT)[0] == '\0')
        racer->in++;
    return NULL;
}

static void of_two_with_one_code_one_wins(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct app app;
    char code[YX_TOTP_TEXT];
    pthread_t threads[6];

    world_open(database, &world);
    world.policy.attempts = 0;
    world.policy.delay_seconds = 0;
    world_policy(&world);
    app_make(&world, YX_TOTP_SHA1, &app);
    code_at(&app, AT, code);
    for (int round = 0; round < 2; round++) {
        struct racer racer = {.world = &world, .code = round == 0 ? code : app.codes.text[0]};

        for (size_t i = 0; i < 6; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, race, &racer), 0);
        for (size_t i = 0; i < 6; i++)
            (void)pthread_join(threads[i], NULL);
        assert_int_equal(racer.in, 1);
    }
}

/* What was used on one node is used up on the others, whatever their clocks say. */
static void a_code_is_good_once_on_all_nodes(struct database *database)
{
    YX_CLEAN(world) struct world here;
    YX_CLEAN(world) struct world there;
    struct app app;
    char code[YX_TOTP_TEXT];

    world_open(database, &here);
    here.policy.delay_seconds = 0;
    world_policy(&here);
    app_make(&here, YX_TOTP_SM3, &app);
    world_open(database, &there);
    there.policy.delay_seconds = 0;
    world_policy(&there);
    code_at(&app, AT, code);
    assert_string_equal(enter_with(&there, code, AT), "");
    assert_string_equal(enter_with(&here, code, AT), YX_LOGIN_RULE);
    assert_string_equal(enter_with(&here, code, AT - STEP), YX_LOGIN_RULE);
    code_at(&app, AT + STEP, code);
    assert_string_equal(enter_with(&here, code, AT), "");
    assert_string_equal(enter_with(&there, code, AT + STEP), YX_LOGIN_RULE);
    assert_string_equal(enter_with(&there, app.codes.text[0], AT), "");
    assert_string_equal(enter_with(&here, app.codes.text[0], AT), YX_LOGIN_RULE);
}

/* --- Recovery codes -------------------------------------------------------------------------- */

static void recovery_codes_open_once(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct app app;
    char typed[32];

    world_open(database, &world);
    world.policy.attempts = 0;
    world.policy.delay_seconds = 0;
    world_policy(&world);
    app_make(&world, YX_TOTP_SHA1, &app);
    assert_string_equal(enter_with(&world, app.codes.text[3], AT), "");
    assert_string_equal(enter_with(&world, app.codes.text[3], AT), YX_LOGIN_RULE);
    /* As people type them. */
    snprintf(typed, sizeof typed, "%.4s%.4s %.9s", app.codes.text[4], app.codes.text[4] + 5,
             app.codes.text[4] + 10);
    for (char *c = typed; *c != '\0'; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
    assert_string_equal(enter_with(&world, typed, AT), "");
    assert_int_equal(count_of(&world, "SELECT count(*) FROM login_code"), 8);
    static const char *const odd[] = {"1", "0000-0000-0000-0000", "ABCDEFGHIJKLMNOPQ",
                                      "AAAA-AAAA-AAAA-AAAA", "ABCD-EFGH-IJKL-MN!P"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        assert_string_equal(enter_with(&world, odd[i], AT), YX_LOGIN_RULE);
}

/* --- Set up and taken away ------------------------------------------------------------------- */

static void codes_begin_with_one_that_is_right(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct app app = {.world = &world};
    char code[YX_TOTP_TEXT];
    struct yx_error err = {0};

    world_open(database, &world);
    world.policy.totp_required = true;
    world_policy(&world);
    holder_make(&world, "wang", app.account);
    struct yx_login_who who =
        must_enter(&world, &(struct attempt){.name = "wang", .password = PASSWORD});
    assert_int_equal(who.duty, YX_LOGIN_MUST_ADD_CODES);
    expect_ok(yx_totp_make(YX_TOTP_SHA1, &app.secret, &err), &err);
    expect_ok(yx_recovery_codes_make(&app.codes, &err), &err);
    expect_status(confirm(&app, "123456", AT, &err), YX_REFUSED, &err);
    expect_ok(yx_store_write(world.store, begin_work, &app, &err), &err);
    /* Not asked for yet. */
    assert_string_equal(enter_with(&world, NULL, AT), "");
    code_at(&app, AT + 5 * STEP, code);
    expect_status(confirm(&app, code, AT, &err), YX_REFUSED, &err);
    /* Begun anew with another secret: that of before is good for nothing. */
    code_at(&app, AT, code);
    app.secret.octets[0] ^= 1;
    expect_ok(yx_store_write(world.store, begin_work, &app, &err), &err);
    expect_status(confirm(&app, code, AT, &err), YX_REFUSED, &err);
    code_at(&app, AT, code);
    expect_ok(confirm(&app, code, AT, &err), &err);
    /* And the one that confirmed is used up. */
    assert_string_equal(enter_with(&world, code, AT), YX_LOGIN_RULE);
    expect_status(confirm(&app, code, AT, &err), YX_REFUSED, &err);
    expect_status(yx_store_write(world.store, begin_work, &app, &err), YX_REFUSED, &err);
    assert_int_equal(leaves_of(&world, "account.codes.add").count, 1);
    expect_ok(yx_store_write(world.store, remove_work, &app, &err), &err);
    assert_int_equal(count_of(&world, "SELECT count(*) FROM login_code"), 0);
    expect_status(yx_store_write(world.store, remove_work, &app, &err), YX_REFUSED, &err);
}

/* Whoever writes in the database cannot give one account the codes of another. */
static void secrets_belong_to_their_account(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct app app;
    char other[YX_UUID_TEXT], code[YX_TOTP_TEXT], token[YX_TOKEN_TEXT];
    struct yx_error err = {0};

    world_open(database, &world);
    app_make(&world, YX_TOTP_SHA1, &app);
    holder_make(&world, "li", other);
    database_must(world.store, "UPDATE login_totp SET account = (SELECT id FROM login_account"
                               " WHERE name = 'li')");
    code_at(&app, AT, code);
    expect_status(enter(&world, &(struct attempt){.name = "li", .password = PASSWORD, .code = code},
                        token, &err),
                  YX_DAMAGED, &err);
}

static const struct database_case cases[] = {
    {"codes are asked for", codes_are_asked_for, false},
    {"a code is good once", a_code_is_good_once, false},
    {"a code is good once on all nodes", a_code_is_good_once_on_all_nodes, false},
    {"clocks may differ a little", clocks_may_differ_a_little, false},
    {"of two with one code one wins", of_two_with_one_code_one_wins, false},
    {"recovery codes open once", recovery_codes_open_once, false},
    {"codes begin with one that is right", codes_begin_with_one_that_is_right, false},
    {"secrets belong to their account", secrets_belong_to_their_account, false},
};

int main(void)
{
    return database_main("login/totp", cases, sizeof cases / sizeof cases[0], true);
}
