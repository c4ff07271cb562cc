/* SPDX-License-Identifier: Apache-2.0 */
/* test_account.c - accounts: their names, their states, and who may not change which. */
#include "support.h"
#include "tools.h"

#include "database.h"
#include "world.h"

static void names(struct database *database)
{
    static const char *const good[] = {"a", "wang.wei", "张伟", "li_1@wuhu-seal", "0"};
    static const char *const bad[] = {
        "",
        "wang wei",
        "w\xC3\xA4ng",
        "вася",
        "a/b",
        "<b>",
        "\xFF",
        "\"",
        "a\n",
        "張\xE2\x80\xAE伟",
        "０",
        "ａdmin",
        "0123456789012345678901234567890123456789012345678901234567890123x",
    };
    YX_CLEAN(world) struct world world;
    char id[YX_UUID_TEXT];
    struct yx_error err = {0};

    world_open(database, &world);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        account_make(&world, good[i], YX_LOGIN_PERSON, id);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct change change = {.kind = MAKE, .wanted = {.name = bad[i]}};

        if (try_change(&world, &change, &err) != YX_USAGE)
            fail_msg("%s is a name", bad[i]);
    }
    /* In either case it is the same. */
    struct change twice = {.kind = MAKE, .wanted = {.name = "Wang.WEI"}};
    expect_status(try_change(&world, &twice, &err), YX_REFUSED, &err);
    struct change language = {.kind = MAKE, .wanted = {.name = "x", .language = "fr"}};
    expect_status(try_change(&world, &language, &err), YX_USAGE, &err);
}

struct listed {
    struct world *world;
    const char *after;
    int64_t limit;
    char names[256];
};

static yx_status note(void *self, const struct yx_login_account *account, struct yx_error *err)
{
    struct listed *listed = self;
    size_t used = strlen(listed->names);

    (void)err;
    snprintf(listed->names + used, sizeof listed->names - used, "%s %s;", account->name,
             yx_login_kind_name(account->kind));
    return YX_OK;
}

static yx_status list_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct listed *listed = self;

    return yx_login_account_list(tx, listed->after, listed->limit, note, listed, err);
}

static void lists_come_in_pages(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char id[YX_UUID_TEXT];
    struct yx_error err = {0};

    world_open(database, &world);
    account_make(&world, "b", YX_LOGIN_SYSTEM, id);
    account_make(&world, "c", YX_LOGIN_PERSON, id);
    account_make(&world, "a", YX_LOGIN_PERSON, id);
    struct listed first = {.after = "", .limit = 2}, rest = {.after = "b", .limit = 2};
    expect_ok(yx_store_read(world.store, list_work, &first, &err), &err);
    assert_string_equal(first.names, "a person;b system;");
    expect_ok(yx_store_read(world.store, list_work, &rest, &err), &err);
    assert_string_equal(rest.names, "c person;");
}

static void states(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char id[YX_UUID_TEXT];
    struct yx_error err = {0};

    world_open(database, &world);
    holder_make(&world, "wang", id);
    expect_status(try_on(&world, UNLOCK, id, &err), YX_REFUSED, &err);
    must_on(&world, LOCK, id);
    assert_int_equal(account_of(&world, id).state, YX_LOGIN_LOCKED);
    expect_status(try_on(&world, LOCK, id, &err), YX_REFUSED, &err);
    must_on(&world, UNLOCK, id);
    assert_int_equal(account_of(&world, id).state, YX_LOGIN_ACTIVE);
    must_on(&world, REMOVE, id);
    assert_int_equal(account_of(&world, id).state, YX_LOGIN_DISABLED);
    /* For ever, and the name stays taken. */
    expect_status(try_on(&world, UNLOCK, id, &err), YX_REFUSED, &err);
    expect_status(try_on(&world, LOCK, id, &err), YX_REFUSED, &err);
    expect_status(try_on(&world, REMOVE, id, &err), YX_REFUSED, &err);
    struct change other = {.kind = NAME_PARTY, .account = id, .other = "somebody-else"};
    expect_status(try_change(&world, &other, &err), YX_REFUSED, &err);
    assert_string_equal(account_of(&world, id).party, "the-party");
    struct change again = {.kind = MAKE, .wanted = {.name = "wang"}};
    expect_status(try_change(&world, &again, &err), YX_REFUSED, &err);
    expect_status(try_on(&world, LOCK, NOWHERE, &err), YX_REFUSED, &err);
    expect_rule(&err, YX_LOGIN_ACCOUNT);
    static const char *const actions[] = {"account.lock", "account.unlock", "account.remove"};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(leaves_of(&world, actions[i]).count, 1);
    assert_non_null(strstr(leaves_of(&world, "account.lock").details, "a test"));
    assert_int_equal(count_of(&world, "SELECT count(*) FROM login_password"), 0);
}

/* Whoever never came in is waited for again. */
static void an_invitation_outlives_a_lock(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct change make = {.kind = MAKE, .wanted = {.name = "wang"}};
    struct yx_error err = {0};

    world_open(database, &world);
    expect_ok(try_change(&world, &make, &err), &err);
    must_on(&world, LOCK, make.id);
    must_on(&world, UNLOCK, make.id);
    assert_int_equal(account_of(&world, make.id).state, YX_LOGIN_INVITED);
}

static void nobody_changes_their_own(struct database *database)
{
    static const enum change_kind kinds[] = {LOCK, UNLOCK, REMOVE};
    YX_CLEAN(world) struct world world;
    char id[YX_UUID_TEXT];
    struct yx_error err = {0};

    world_open(database, &world);
    holder_make(&world, "wang", id);
    for (size_t i = 0; i < 3; i++) {
        struct change own = {
            .kind = kinds[i], .account = id, .by = {.actor = "test", .account = id, .now = AT}};

        expect_status(try_change(&world, &own, &err), YX_REFUSED, &err);
        assert_int_equal(account_of(&world, id).state, YX_LOGIN_ACTIVE);
    }
}

/* A caller who writes the leaf itself gets none from here. */
static void leaves_are_written_once(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct change make = {.kind = MAKE, .by = {.actor = "x", .now = AT}, .wanted = {.name = "a"}};
    char id[YX_UUID_TEXT];
    struct yx_error err = {0};

    world_open(database, &world);
    expect_ok(try_change(&world, &make, &err), &err);
    struct leaves leaves = leaves_of(&world, "account.make");
    assert_string_equal(leaves.details, "{\"name\":\"a\",\"kind\":\"person\",\"party\":\"\"}");
    make.wanted.name = "b";
    make.world = &world;
    make.by.actor = NULL;
    expect_ok(yx_store_write(world.store, change_work, &make, &err), &err);
    memcpy(id, make.id, sizeof id);
    assert_string_equal(account_of(&world, id).name, "b");
    assert_int_equal(leaves_of(&world, "account.make").count, 1);
}

static const struct database_case cases[] = {
    {"names", names, false},
    {"lists come in pages", lists_come_in_pages, false},
    {"states", states, false},
    {"an invitation outlives a lock", an_invitation_outlives_a_lock, false},
    {"nobody changes their own", nobody_changes_their_own, false},
    {"leaves are written once", leaves_are_written_once, false},
};

int main(void)
{
    return database_main("login/account", cases, sizeof cases / sizeof cases[0], true);
}
