/* SPDX-License-Identifier: Apache-2.0 */
/* test_enter.c - log-ins by password: right ones, wrong ones, too many of them; and that nobody can
 * tell from outside why he is refused. */
#include "support.h"
#include "tools.h"

#include <time.h>

#include "database.h"
#include "world.h"

#define WRONG_ONE "falsche Pferde 7"

static void the_right_password_opens(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char account[YX_UUID_TEXT];
    struct yx_login_who who;

    world_open(database, &world);
    holder_make(&world, "wang", account);
    who = must_enter(&world, &(struct attempt){.name = "Wang", .password = PASSWORD});
    assert_string_equal(who.account, account);
    assert_int_equal(who.methods, YX_LOGIN_BY_PASSWORD);
    assert_int_equal(who.duty, YX_LOGIN_FREE);
    struct leaves leaves = leaves_of(&world, "session.open");
    assert_int_equal(leaves.count, 1);
    assert_non_null(strstr(leaves.details, who.session));
    assert_non_null(strstr(leaves.details, "\"from\":\"192.0.2.1\""));
    char object[64];
    snprintf(object, sizeof object, "account:%s", account);
    assert_string_equal(leaves.object, object);
}

/* Everything that is wrong has one answer. */
static void the_answer_is_one(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char wang[YX_UUID_TEXT], locked[YX_UUID_TEXT], gone[YX_UUID_TEXT], invited[YX_UUID_TEXT],
        system[YX_UUID_TEXT];
    static const struct attempt wrong[] = {
        {.name = "wang", .password = WRONG_ONE},   {.name = "wang", .password = ""},
        {.name = "wang2", .password = PASSWORD},   {.name = "", .password = PASSWORD},
        {.name = "wa ng", .password = PASSWORD},   {.name = "\xFF", .password = PASSWORD},
        {.name = "locked", .password = PASSWORD},  {.name = "gone", .password = PASSWORD},
        {.name = "invited", .password = PASSWORD}, {.name = "system", .password = PASSWORD},
    };
    struct yx_error first = {0};

    world_open(database, &world);
    world.policy.delay_after = 0;
    world.policy.delay_seconds = 0;
    world_policy(&world);
    holder_make(&world, "wang", wang);
    holder_make(&world, "locked", locked);
    holder_make(&world, "gone", gone);
    account_make(&world, "invited", YX_LOGIN_PERSON, invited);
    account_make(&world, "system", YX_LOGIN_SYSTEM, system);
    database_must(world.store, "UPDATE login_account SET state = 0 WHERE name = 'invited'");
    must_on(&world, LOCK, locked);
    must_on(&world, REMOVE, gone);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char token[YX_TOKEN_TEXT] = "untouched";
        struct yx_error err = {0};

        expect_status(enter(&world, &wrong[i], token, &err), YX_REFUSED, &err);
        expect_rule(&err, YX_LOGIN_RULE);
        if (i == 0)
            first = err;
        assert_ptr_equal(err.message.text, first.message.text);
        assert_int_equal(err.message.arg_count, 0);
        assert_string_equal(token, "untouched");
    }
    assert_int_equal(leaves_of(&world, "session.open").count, 0);
    /* Those of an account that could have been opened are told to the auditor. */
    assert_int_equal(leaves_of(&world, "session.refuse").count, 2);
}

/* --- REQ: SEC-10, wrong ones in a row -------------------------------------------------------- */

static void ten_wrong_ones_lock(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char account[YX_UUID_TEXT];
    struct attempt wrong = {.name = "wang", .password = WRONG_ONE, .at = AT};
    struct attempt right = {.name = "wang", .password = PASSWORD};

    world_open(database, &world);
    holder_make(&world, "wang", account);
    struct yx_login_who inside = must_enter(&world, &right);
    for (int i = 0; i < 10; i++, wrong.at += 3600 * YX_SECOND) {
        assert_int_equal(account_of(&world, account).password_locked_at == YX_TIME_NONE, 1);
        assert_string_equal(try_enter(&world, &wrong), YX_LOGIN_RULE);
    }
    right.at = wrong.at + 1000 * YX_DAY;
    assert_string_equal(try_enter(&world, &right), YX_LOGIN_RULE);
    assert_true(account_of(&world, account).password_locked_at != YX_TIME_NONE);
    assert_int_equal(account_of(&world, account).state, YX_LOGIN_ACTIVE);
    struct leaves leaves = leaves_of(&world, "account.password.lock");
    assert_int_equal(leaves.count, 1);
    assert_non_null(strstr(leaves.details, "\"failures\":10"));
    assert_int_equal(leaves_of(&world, "session.refuse").count, 10);
    /* Whoever was inside stays: nobody is driven out by guessing at him. */
    assert_int_equal(count_of(&world, "SELECT count(*) FROM login_session"), 1);
    assert_int_equal(inside.duty, YX_LOGIN_FREE);
    /* REQ: SEC-16, somebody else opens it. */
    must_on(&world, UNLOCK, account);
    right.at = wrong.at;
    assert_string_equal(try_enter(&world, &right), "");
}

static void a_lock_may_end_by_itself(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char account[YX_UUID_TEXT];
    struct attempt wrong = {.name = "wang", .password = WRONG_ONE};
    struct attempt right = {.name = "wang", .password = PASSWORD};

    world_open(database, &world);
    world.policy.attempts = 3;
    world.policy.lock_seconds = 600;
    world.policy.delay_seconds = 0;
    world_policy(&world);
    holder_make(&world, "wang", account);
    for (int i = 0; i < 3; i++)
        assert_string_equal(try_enter(&world, &wrong), YX_LOGIN_RULE);
    right.at = AT + 600 * YX_SECOND - 1;
    assert_string_equal(try_enter(&world, &right), YX_LOGIN_RULE);
    /* The count begins anew. */
    wrong.at = AT + 601 * YX_SECOND;
    assert_string_equal(try_enter(&world, &wrong), YX_LOGIN_RULE);
    right.at = AT + 602 * YX_SECOND;
    assert_string_equal(try_enter(&world, &right), "");
}

static void waiting_grows(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char account[YX_UUID_TEXT];
    struct attempt wrong = {.name = "wang", .password = WRONG_ONE, .at = AT};
    struct attempt right = {.name = "wang", .password = PASSWORD};
    int64_t wait = 1;

    world_open(database, &world);
    world.policy.attempts = 0;
    world.policy.delay_max_seconds = 20;
    world_policy(&world);
    holder_make(&world, "wang", account);
    assert_string_equal(try_enter(&world, &wrong), YX_LOGIN_RULE);
    assert_string_equal(try_enter(&world, &wrong), YX_LOGIN_RULE);
    assert_string_equal(try_enter(&world, &wrong), YX_LOGIN_RULE);
    for (int i = 0; i < 8; i++) {
        right.at = wrong.at + wait * YX_SECOND - 1;
        assert_string_equal(try_enter(&world, &right), YX_LOGIN_RULE);
        /* A guess in the pause neither counts nor makes it longer. */
        struct attempt early = wrong;
        early.at = right.at;
        assert_string_equal(try_enter(&world, &early), YX_LOGIN_RULE);
        wrong.at += wait * YX_SECOND;
        assert_string_equal(try_enter(&world, &wrong), YX_LOGIN_RULE);
        wait = wait * 2 < 20 ? wait * 2 : 20;
    }
    right.at = wrong.at + wait * YX_SECOND;
    assert_string_equal(try_enter(&world, &right), "");
    assert_int_equal(count_of(&world, "SELECT count(*) FROM login_guess"), 0);
}

static void addresses_that_guess_wait(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char account[YX_UUID_TEXT], name[16];
    struct attempt wrong = {.name = name, .password = WRONG_ONE, .address = "2001:db8::1"};
    struct attempt right = {.name = "wang", .password = PASSWORD, .address = "2001:db8::2"};
    struct yx_error err = {0};

    world_open(database, &world);
    world.policy.address_attempts = 5;
    world_policy(&world);
    holder_make(&world, "wang", account);
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "name-%d", i);
        assert_string_equal(try_enter(&world, &wrong), YX_LOGIN_RULE);
    }
    /* A neighbour of the same /64 is the same; others are not. */
    assert_string_equal(try_enter(&world, &right), YX_LOGIN_SLOWER);
    right.address = "2001:db8:0:1::1";
    assert_string_equal(try_enter(&world, &right), "");
    right.address = "2001:db8::2";
    right.at = AT + 900 * YX_SECOND;
    assert_string_equal(try_enter(&world, &right), "");
    expect_ok(yx_login_sweep(world.login, AT + 900 * YX_SECOND, &err), &err);
    assert_int_equal(count_of(&world, "SELECT count(*) FROM login_address"), 0);
}

/* --- Several at once ------------------------------------------------------------------------- */

struct guesser {
    struct world *world;
    _Atomic int in;
};

static void *guess(void *self)
{
    struct guesser *guesser = self;
    char token[YX_TOKEN_TEXT];
    struct yx_error err = {0};

    if (enter(guesser->world, &(struct attempt){.name = "wang", .password = WRONG_ONE}, token,
              &err) == YX_OK)
        guesser->in++;
    return NULL;
}

/* No wrong one is lost on the way. */
static void wrong_ones_at_once_all_count(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct guesser guesser = {.world = &world};
    char account[YX_UUID_TEXT];
    pthread_t threads[12];

    world_open(database, &world);
    world.policy.delay_seconds = 0;
    world_policy(&world);
    holder_make(&world, "wang", account);
    for (size_t i = 0; i < 12; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, guess, &guesser), 0);
    for (size_t i = 0; i < 12; i++)
        (void)pthread_join(threads[i], NULL);
    assert_int_equal(guesser.in, 0);
    assert_int_equal(count_of(&world, "SELECT failures FROM login_guess"), 10);
    assert_int_equal(leaves_of(&world, "account.password.lock").count, 1);
}

/* --- Shown once more ------------------------------------------------------------------------- */

static void showing_it_again_changes_the_cookie(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char account[YX_UUID_TEXT], before[YX_TOKEN_TEXT], after[YX_TOKEN_TEXT];
    struct attempt attempt = {.name = "wang", .password = PASSWORD};
    struct yx_login_who who = {0}, again = {0};
    struct yx_error err = {0};
    yx_time later = AT + 1000 * YX_SECOND;

    world_open(database, &world);
    holder_make(&world, "wang", account);
    expect_ok(enter(&world, &attempt, before, &err), &err);
    expect_ok(yx_login_session_find(world.login, before, later, &who, &err), &err);
    assert_false(who.recent);
    /* The name is that of the session, whatever is said. */
    attempt = (struct attempt){.name = "li", .password = PASSWORD, .at = later, .session = &who};
    expect_ok(enter(&world, &attempt, after, &err), &err);
    expect_ok(yx_login_session_find(world.login, after, later, &again, &err), &err);
    assert_true(again.recent);
    assert_string_equal(again.session, who.session);
    expect_status(yx_login_session_find(world.login, before, later, &who, &err), YX_REFUSED, &err);
    assert_int_equal(leaves_of(&world, "session.confirm").count, 1);
    /* Wrong ones count as at any log-in, and the session stays what it was. */
    attempt = (struct attempt){.password = WRONG_ONE, .at = later, .session = &again};
    expect_status(enter(&world, &attempt, before, &err), YX_REFUSED, &err);
    assert_int_equal(count_of(&world, "SELECT failures FROM login_guess"), 1);
    expect_ok(yx_login_session_find(world.login, after, later, &again, &err), &err);
}

/* --- Time ------------------------------------------------------------------------------------ */

static double milliseconds_of(struct world *world, const struct attempt *attempt)
{
    struct timespec start, end;

    clock_gettime(CLOCK_MONOTONIC, &start);
    (void)try_enter(world, attempt);
    clock_gettime(CLOCK_MONOTONIC, &end);
    return (double)(end.tv_sec - start.tv_sec) * 1e3 + (double)(end.tv_nsec - start.tv_nsec) / 1e6;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/*
 * Nobody can tell by the time whether a name exists: the medians of many refusals, taken in turn so
 * that a busy machine slows all of them, lie close together. A refusal that worked out no hash
 * would take less than a tenth.
 */
static void all_refusals_take_as_long(struct database *database)
{
    enum { KINDS = 4, ROUNDS = 21 };
    YX_CLEAN(world) struct world world;
    static const struct attempt attempts[KINDS] = {
        {.name = "wang", .password = WRONG_ONE},
        {.name = "nobody", .password = WRONG_ONE},
        {.name = "locked", .password = PASSWORD},
        {.name = "guessed", .password = PASSWORD},
    };
    static double times[KINDS][ROUNDS];
    char id[YX_UUID_TEXT];

    world_open(database, &world);
    world.policy.hash_kib = 8 * 1024;
    world.policy.hash_passes = 3;
    world.policy.attempts = 0;
    world.policy.delay_seconds = 0;
    world.policy.address_attempts = 0;
    world_policy(&world);
    holder_make(&world, "wang", id);
    holder_make(&world, "guessed", id);
    database_must(world.store, "INSERT INTO login_guess (account, failures, last_at, locked_at)"
                               " SELECT id, 10, 0, 0 FROM login_account WHERE name = 'guessed'");
    holder_make(&world, "locked", id);
    must_on(&world, LOCK, id);
    for (int round = 0; round < ROUNDS; round++)
        for (int kind = 0; kind < KINDS; kind++)
            times[kind][round] = milliseconds_of(&world, &attempts[kind]);
    for (int kind = 0; kind < KINDS; kind++)
        qsort(times[kind], ROUNDS, sizeof times[kind][0], compare);
    for (int kind = 1; kind < KINDS; kind++) {
        double ratio = times[kind][ROUNDS / 2] / times[0][ROUNDS / 2];

        if (ratio < 0.6 || ratio > 1.67)
            fail_msg("%s takes %.1f ms, a wrong password %.1f ms", attempts[kind].name,
                     times[kind][ROUNDS / 2], times[0][ROUNDS / 2]);
    }
}

static const struct database_case cases[] = {
    {"the right password opens", the_right_password_opens, false},
    {"the answer is one", the_answer_is_one, false},
    {"ten wrong ones lock", ten_wrong_ones_lock, false},
    {"a lock may end by itself", a_lock_may_end_by_itself, false},
    {"waiting grows", waiting_grows, false},
    {"addresses that guess wait", addresses_that_guess_wait, false},
    {"wrong ones at once all count", wrong_ones_at_once_all_count, false},
    {"showing it again changes the cookie", showing_it_again_changes_the_cookie, false},
    {"all refusals take as long", all_refusals_take_as_long, false},
};

int main(void)
{
    return database_main("login/enter", cases, sizeof cases / sizeof cases[0], true);
}
