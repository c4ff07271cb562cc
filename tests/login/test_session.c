/* SPDX-License-Identifier: Apache-2.0 */
/* test_session.c - sessions: found by their cookie alone, ended by time, by hand, and with the
 * account. */
#include "support.h"
#include "tools.h"

#include "database.h"
#include "world.h"

struct open_session {
    char id[YX_UUID_TEXT], token[YX_TOKEN_TEXT];
};

static struct open_session open_session(struct world *world, const char *account, unsigned methods,
                                        yx_time at)
{
    struct open_session session;
    struct yx_error err = {0};

    expect_ok(yx_uuid_make(at, session.id, &err), &err);
    expect_ok(yx_token_make(session.token, &err), &err);
    struct change change = {.kind = OPEN_SESSION,
                            .opening = {.id = session.id,
                                        .token = session.token,
                                        .account = account,
                                        .methods = methods,
                                        .address = "192.0.2.7",
                                        .agent = "a browser",
                                        .now = at,
                                        .policy = &world->policy}};
    expect_ok(try_change(world, &change, &err), &err);
    return session;
}

static bool is_alive(struct world *world, const char *token, yx_time at)
{
    struct yx_login_who who;
    struct yx_error err = {0};
    yx_status status = yx_login_session_find(world->login, token, at, &who, &err);

    if (status != YX_OK) {
        assert_int_equal(status, YX_REFUSED);
        expect_rule(&err, YX_LOGIN_RULE);
    }
    return status == YX_OK;
}

static void a_cookie_tells_who_asks(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char account[YX_UUID_TEXT];
    struct yx_login_who who = {0};
    struct yx_error err = {0};

    world_open(database, &world);
    account_make(&world, "Wang.Wei", YX_LOGIN_PERSON, account);
    struct open_session session = open_session(&world, account, YX_LOGIN_BY_CERTIFICATE, AT);
    expect_ok(yx_login_session_find(world.login, session.token, AT + YX_SECOND, &who, &err), &err);
    assert_string_equal(who.account, account);
    assert_string_equal(who.name, "wang.wei");
    assert_string_equal(who.party, "the-party");
    assert_string_equal(who.language, "zh");
    assert_string_equal(who.session, session.id);
    assert_string_equal(who.key, "");
    assert_int_equal(who.methods, YX_LOGIN_BY_CERTIFICATE);
    assert_true(who.recent);
    assert_int_equal(who.duty, YX_LOGIN_FREE);
    assert_true(who.authenticated_at == AT);
    assert_true(yx_login_key_allows(&who, "whatever"));
}

/* What stands in the database opens nothing. */
static void the_token_is_not_kept(struct database *database)
{
    YX_CLEAN(world) struct world world;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    char account[YX_UUID_TEXT];
    struct yx_error err = {0};
    uint8_t octets[32];

    world_open(database, &world);
    if (database->postgres)
        return; /* its files are elsewhere */
    account_make(&world, "wang", YX_LOGIN_PERSON, account);
    struct open_session session = open_session(&world, account, YX_LOGIN_BY_PASSWORD, AT);
    database_must(world.store, "UPDATE login_session SET agent = 'found'");
    expect_ok(yx_file_read(database->place, 1 << 24, &file, &err), &err);
    char wal[600];
    snprintf(wal, sizeof wal, "%s-wal", database->place);
    expect_ok(yx_file_read(wal, 1 << 24, &file, &err), &err);
    assert_true(yx_token_read(session.token, octets));
    assert_non_null(memmem(file.data, file.len, "found", 5));
    assert_null(memmem(file.data, file.len, session.token, strlen(session.token)));
    assert_null(memmem(file.data, file.len, octets, sizeof octets));
}

static void other_cookies_are_nobodys(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char account[YX_UUID_TEXT], other[YX_TOKEN_TEXT];
    struct yx_error err = {0};

    world_open(database, &world);
    account_make(&world, "wang", YX_LOGIN_PERSON, account);
    struct open_session session = open_session(&world, account, YX_LOGIN_BY_PASSWORD, AT);
    assert_true(is_alive(&world, session.token, AT));
    assert_false(is_alive(&world, NULL, AT));
    assert_false(is_alive(&world, "", AT));
    assert_false(is_alive(&world, session.id, AT));
    expect_ok(yx_token_make(other, &err), &err);
    assert_false(is_alive(&world, other, AT));
    /* A second way to write the same octets is none. */
    memcpy(other, session.token, sizeof other);
    other[42] = other[42] == '_' ? '-' : (char)(other[42] + 1);
    assert_false(is_alive(&world, other, AT));
    other[42] = '\0';
    assert_false(is_alive(&world, other, AT));
}

static void time_ends_sessions(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char account[YX_UUID_TEXT];
    struct yx_error err = {0};

    world_open(database, &world);
    account_make(&world, "wang", YX_LOGIN_PERSON, account);
    struct open_session idle = open_session(&world, account, YX_LOGIN_BY_PASSWORD, AT);
    struct open_session used = open_session(&world, account, YX_LOGIN_BY_PASSWORD, AT + 1);
    /* Used every 20 minutes, it lives for 12 hours; unused, for 30 minutes. */
    for (yx_time at = AT; at < AT + 12 * 3600 * YX_SECOND; at += 1200 * YX_SECOND)
        assert_true(is_alive(&world, used.token, at));
    assert_false(is_alive(&world, used.token, AT + 1 + 12 * 3600 * YX_SECOND));
    assert_true(is_alive(&world, idle.token, AT + 1799 * YX_SECOND));
    assert_true(is_alive(&world, idle.token, AT + 3598 * YX_SECOND));
    assert_false(is_alive(&world, idle.token, AT + 3600 * 2 * YX_SECOND));
    /* The sweeper takes what is over, and nothing else. */
    struct open_session fresh = open_session(&world, account, 0, AT + 13 * 3600 * YX_SECOND);
    expect_ok(yx_login_sweep(world.login, AT + 13 * 3600 * YX_SECOND, &err), &err);
    assert_int_equal(count_of(&world, "SELECT count(*) FROM login_session"), 1);
    assert_true(is_alive(&world, fresh.token, AT + 13 * 3600 * YX_SECOND));
}

static void without_an_idle_limit_the_life_counts(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char account[YX_UUID_TEXT];
    struct yx_error err = {0};

    world_open(database, &world);
    world.policy.session_idle = 0;
    world_policy(&world);
    account_make(&world, "wang", YX_LOGIN_PERSON, account);
    struct open_session session = open_session(&world, account, 0, AT);
    expect_ok(yx_login_sweep(world.login, AT + 11 * 3600 * YX_SECOND, &err), &err);
    assert_true(is_alive(&world, session.token, AT + 11 * 3600 * YX_SECOND));
    assert_false(is_alive(&world, session.token, AT + 12 * 3600 * YX_SECOND));
}

/* Looking costs a write once a minute, however often somebody asks. */
static void use_is_written_now_and_then(struct database *database)
{
    static const char used[] = "SELECT used_at FROM login_session";
    YX_CLEAN(world) struct world world;
    char account[YX_UUID_TEXT];

    world_open(database, &world);
    account_make(&world, "wang", YX_LOGIN_PERSON, account);
    struct open_session session = open_session(&world, account, YX_LOGIN_BY_PASSWORD, AT);
    assert_true(is_alive(&world, session.token, AT + 59 * YX_SECOND));
    assert_true(count_of(&world, used) == AT);
    assert_true(is_alive(&world, session.token, AT + 60 * YX_SECOND));
    assert_true(count_of(&world, used) == AT + 60 * YX_SECOND);
    assert_true(is_alive(&world, session.token, AT + 90 * YX_SECOND));
    assert_true(count_of(&world, used) == AT + 60 * YX_SECOND);
}

static void a_locked_account_has_no_sessions(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char account[YX_UUID_TEXT];

    world_open(database, &world);
    account_make(&world, "wang", YX_LOGIN_PERSON, account);
    struct open_session session = open_session(&world, account, YX_LOGIN_BY_PASSWORD, AT);
    assert_true(is_alive(&world, session.token, AT));
    must_on(&world, LOCK, account);
    assert_false(is_alive(&world, session.token, AT));
    must_on(&world, UNLOCK, account);
    assert_false(is_alive(&world, session.token, AT));
    /* The state counts by itself, whatever became of the rows. */
    session = open_session(&world, account, YX_LOGIN_BY_PASSWORD, AT);
    database_must(world.store, "UPDATE login_account SET state = 2");
    assert_false(is_alive(&world, session.token, AT));
    database_must(world.store, "UPDATE login_account SET state = 3");
    assert_false(is_alive(&world, session.token, AT));
    database_must(world.store, "UPDATE login_account SET state = 0");
    assert_false(is_alive(&world, session.token, AT));
}

static void sessions_are_ended_by_hand(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char account[YX_UUID_TEXT], other[YX_UUID_TEXT];
    struct yx_error err = {0};

    world_open(database, &world);
    account_make(&world, "wang", YX_LOGIN_PERSON, account);
    account_make(&world, "li", YX_LOGIN_PERSON, other);
    struct open_session a = open_session(&world, account, 0, AT);
    struct open_session b = open_session(&world, account, 0, AT + 1);
    struct open_session c = open_session(&world, account, 0, AT + 2);
    struct open_session strange = open_session(&world, other, 0, AT + 3);
    struct change end = {.kind = END_SESSION, .account = account, .other = a.id};
    struct change rest = {.kind = END_SESSIONS, .account = account, .other = c.id};
    struct change wrong = {.kind = END_SESSION, .account = account, .other = strange.id};

    expect_ok(try_change(&world, &end, &err), &err);
    assert_false(is_alive(&world, a.token, AT));
    assert_true(is_alive(&world, b.token, AT));
    expect_status(try_change(&world, &end, &err), YX_REFUSED, &err);
    expect_rule(&err, YX_LOGIN_ACCOUNT);
    /* Nobody ends those of others by guessing their ids. */
    expect_status(try_change(&world, &wrong, &err), YX_REFUSED, &err);
    assert_true(is_alive(&world, strange.token, AT));
    expect_ok(try_change(&world, &rest, &err), &err);
    assert_false(is_alive(&world, b.token, AT));
    assert_true(is_alive(&world, c.token, AT));
    assert_true(is_alive(&world, strange.token, AT));
    assert_int_equal(leaves_of(&world, "session.end").count, 2);
}

/* What a thief has is worth nothing behind a rotation. */
static void a_renewed_session_has_another_token(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char account[YX_UUID_TEXT], token[YX_TOKEN_TEXT];
    struct yx_login_who before = {0}, after = {0};
    struct yx_error err = {0};
    yx_time later = AT + 1200 * YX_SECOND;

    world_open(database, &world);
    account_make(&world, "wang", YX_LOGIN_PERSON, account);
    struct open_session session = open_session(&world, account, YX_LOGIN_BY_PASSWORD, AT);
    expect_ok(yx_login_session_find(world.login, session.token, later, &before, &err), &err);
    assert_false(before.recent);
    expect_ok(yx_token_make(token, &err), &err);
    struct change renew = {.kind = RENEW_SESSION,
                           .opening = {.id = session.id,
                                       .token = token,
                                       .account = account,
                                       .methods = YX_LOGIN_BY_PASSWORD | YX_LOGIN_BY_CODE,
                                       .now = later,
                                       .policy = &world.policy}};
    expect_ok(try_change(&world, &renew, &err), &err);
    assert_false(is_alive(&world, session.token, later));
    expect_ok(yx_login_session_find(world.login, token, later, &after, &err), &err);
    assert_true(after.recent);
    assert_string_equal(after.session, session.id);
    assert_true(after.until == before.until);
    assert_string_not_equal(after.csrf, before.csrf);
}

static void forged_requests_lack_the_token(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char account[YX_UUID_TEXT];
    struct yx_login_who a = {0}, b = {0}, key = {0};
    struct yx_error err = {0};

    world_open(database, &world);
    account_make(&world, "wang", YX_LOGIN_PERSON, account);
    struct open_session one = open_session(&world, account, 0, AT);
    struct open_session two = open_session(&world, account, 0, AT);
    expect_ok(yx_login_session_find(world.login, one.token, AT, &a, &err), &err);
    expect_ok(yx_login_session_find(world.login, two.token, AT, &b, &err), &err);
    assert_true(yx_login_csrf_matches(&a, a.csrf));
    assert_false(yx_login_csrf_matches(&a, b.csrf));
    assert_false(yx_login_csrf_matches(&a, one.token));
    assert_false(yx_login_csrf_matches(&a, ""));
    assert_false(yx_login_csrf_matches(&a, NULL));
    assert_false(yx_login_csrf_matches(&key, ""));
}

static void the_oldest_gives_way(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct open_session sessions[4];
    char account[YX_UUID_TEXT];

    world_open(database, &world);
    world.policy.session_max = 3;
    account_make(&world, "wang", YX_LOGIN_PERSON, account);
    for (int i = 0; i < 4; i++)
        sessions[i] = open_session(&world, account, 0, AT + i * YX_SECOND);
    assert_false(is_alive(&world, sessions[0].token, AT));
    for (int i = 1; i < 4; i++)
        assert_true(is_alive(&world, sessions[i].token, AT));
}

static const struct database_case cases[] = {
    {"a cookie tells who asks", a_cookie_tells_who_asks, false},
    {"the token is not kept", the_token_is_not_kept, false},
    {"other cookies are nobody's", other_cookies_are_nobodys, false},
    {"time ends sessions", time_ends_sessions, false},
    {"without an idle limit the life counts", without_an_idle_limit_the_life_counts, false},
    {"use is written now and then", use_is_written_now_and_then, false},
    {"a locked account has no sessions", a_locked_account_has_no_sessions, false},
    {"sessions are ended by hand", sessions_are_ended_by_hand, false},
    {"a renewed session has another token", a_renewed_session_has_another_token, false},
    {"forged requests lack the token", forged_requests_lack_the_token, false},
    {"the oldest gives way", the_oldest_gives_way, false},
};

int main(void)
{
    return database_main("login/session", cases, sizeof cases / sizeof cases[0], true);
}
