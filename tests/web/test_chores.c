/* SPDX-License-Identifier: Apache-2.0 */
/* The first people of a service, and what rule sets say about their passwords. */
#include "support.h"

#include "tools.h"

#include "database.h"

#include "web/services.h"

#define AUTHOR "01930000-0000-7000-8000-000000000001"
#define OTHER "01930000-0000-7000-8000-000000000002"

struct world {
    struct yx_store *store;
    struct yx_login *login;
};

static void world_open(const struct database *database, struct world *out)
{
    const struct yx_login_setup setup = {.store = database_open(database),
                                         .service_key = YX_TEXT("a key of 32 octets or more ....."),
                                         .origin = "https://seal.example"};
    struct yx_error err = {0};

    *out = (struct world){.store = setup.store};
    expect_ok(yx_audit_prepare(out->store, &err), &err);
    expect_ok(yx_jobs_prepare(out->store, &err), &err);
    expect_ok(yx_policy_prepare(out->store, &err), &err);
    expect_ok(yx_party_prepare(out->store, &err), &err);
    expect_ok(yx_login_prepare(out->store, &err), &err);
    expect_ok(yx_login_new(&setup, &out->login, &err), &err);
}

static void world_close(struct world *world)
{
    yx_login_free(world->login);
    yx_store_free(world->store);
}
YX_DEFINE_CLEAN_VALUE(world, struct world, world_close);

/* --- The first people ---------------------------------------------------------------------------
 */

struct look {
    const char *name;
    struct yx_login_account account;
    char permissions[512];
};

static yx_status take_permission(void *self, const char *permission, struct yx_error *err)
{
    struct look *look = self;
    size_t len = strlen(look->permissions);

    (void)err;
    (void)snprintf(look->permissions + len, sizeof look->permissions - len, "%s ", permission);
    return YX_OK;
}

static yx_status look_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct look *look = self;

    look->permissions[0] = '\0';
    YX_TRY(yx_login_account_named(tx, look->name, &look->account, err));
    return yx_party_permissions(tx, look->account.id, yx_now(), take_permission, look, err);
}

/* REQ: SEC-12 - nobody begins with a password that somebody else knows. */
static void three_administrators(struct database *database)
{
    static const struct {
        const char *name, *may, *may_not;
    } offices[YX_FIRST_ACCOUNTS] = {
        {"admin", "account.manage", "grant.manage"},
        {"security", "grant.manage", "account.manage"},
        {"auditor", "audit.read", "manage"},
    };
    YX_CLEAN(world) struct world world;
    struct yx_first first[YX_FIRST_ACCOUNTS], again[YX_FIRST_ACCOUNTS];
    bool made = false;
    struct yx_error err = {0};

    world_open(database, &world);
    expect_ok(yx_first_accounts(world.store, first, &made, &err), &err);
    assert_true(made);
    for (size_t i = 0; i < YX_FIRST_ACCOUNTS; i++) {
        struct look look = {.name = offices[i].name};
        const struct yx_login_redemption redemption = {
            .token = first[i].secret.text,
            .password = YX_TEXT("Korrekt-Pferd-Batterie-7"),
            .now = yx_now(),
        };
        char account[YX_UUID_TEXT];

        assert_string_equal(first[i].name, offices[i].name);
        expect_ok(yx_store_read(world.store, look_work, &look, &err), &err);
        assert_int_equal(look.account.state, YX_LOGIN_INVITED);
        assert_non_null(strstr(look.permissions, offices[i].may));
        assert_null(strstr(look.permissions, offices[i].may_not));
        /* The link opens this account, once. */
        expect_ok(yx_login_redeem(world.login, &redemption, account, &err), &err);
        assert_string_equal(account, look.account.id);
        assert_int_equal(yx_login_redeem(world.login, &redemption, account, &err), YX_REFUSED);
    }
    /* Once there is somebody, nobody comes by this way. */
    expect_ok(yx_first_accounts(world.store, again, &made, &err), &err);
    assert_false(made);
}

/* --- Rules
 * ---------------------------------------------------------------------------------------- */

struct ruling {
    struct yx_policy_entry entry;
    yx_time now;
};

static yx_status put_in_force(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct ruling *ruling = self;
    const struct yx_policy_opinion opinion = {
        .by = OTHER, .department = "", .text = "", .approves = true, .at = ruling->now};
    enum yx_policy_state state;
    char id[YX_UUID_TEXT];

    YX_TRY(yx_policy_draft(tx, &ruling->entry, AUTHOR, ruling->now, id, err));
    YX_TRY(yx_policy_propose(tx, id, AUTHOR, ruling->now, err));
    return yx_policy_decide(tx, id, &opinion, &state, err);
}

static struct yx_login_policy policy_of(const struct world *world)
{
    struct yx_login_policy policy;
    struct yx_error err = {0};

    expect_ok(yx_login_rules(world->store, world->login, &err), &err);
    yx_login_get_policy(world->login, &policy);
    return policy;
}

/* REQ: SEC-10, SEC-11 - these are settings of a rule set. */
static void rules_reach_log_ins(struct database *database)
{
    static const struct yx_policy_value values[] = {
        {"pin.attempts", "5", ""},
        {"password.interval-forced", "yes", ""},
        {"password.interval", "90 days", ""},
        {"password.first-use", "no", ""},
        {"password.code", "yes", ""},
        {"login.revocation-known", "yes", ""},
    };
    YX_CLEAN(world) struct world world;
    struct ruling ruling = {
        .entry = {.scheme = YX_POLICY_HOUSE,
                  .name_zh = "口令",
                  .name_en = "Passwords",
                  .source = "",
                  .from = YX_TIME_NONE,
                  .until = YX_TIME_NONE,
                  .values = values,
                  .count = sizeof values / sizeof values[0]},
        .now = yx_now() - YX_SECOND,
    };
    struct yx_error err = {0};

    world_open(database, &world);
    struct yx_login_policy policy = policy_of(&world);
    assert_int_equal(policy.attempts, 10);
    assert_int_equal(policy.password_days, 60);
    assert_false(policy.password_forced); /* recommended */
    assert_true(policy.password_first);
    assert_false(policy.totp_required);
    assert_false(policy.revocation_required);
    expect_ok(yx_store_write(world.store, put_in_force, &ruling, &err), &err);
    policy = policy_of(&world);
    assert_int_equal(policy.attempts, 5);
    assert_int_equal(policy.password_days, 90);
    assert_true(policy.password_forced);
    assert_false(policy.password_first);
    assert_true(policy.totp_required);
    assert_true(policy.revocation_required);
}

static yx_status count_timer(void *self, const struct yx_timer *timer, struct yx_error *err)
{
    (void)timer, (void)err;
    ++*(int *)self;
    return YX_OK;
}

static yx_status count_timers(void *self, struct yx_tx *tx, struct yx_error *err)
{
    *(int *)self = 0;
    return yx_timers_list(tx, count_timer, self, err);
}

static void chores_are_timers(struct database *database)
{
    YX_CLEAN(world) struct world world;
    int count = 0;
    struct yx_error err = {0};

    world_open(database, &world);
    expect_ok(yx_chores_set(world.store, &err), &err);
    /* Another node, or another start. */
    expect_ok(yx_chores_set(world.store, &err), &err);
    expect_ok(yx_store_read(world.store, count_timers, &count, &err), &err);
    assert_int_equal(count, YX_CHORES);
}

static const struct database_case cases[] = {
    {"three administrators", three_administrators, false},
    {"rules reach log-ins", rules_reach_log_ins, false},
    {"chores are timers", chores_are_timers, false},
};

int main(void)
{
    return database_main("web/chores", cases, sizeof cases / sizeof cases[0], true);
}
