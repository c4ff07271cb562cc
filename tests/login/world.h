/* SPDX-License-Identifier: Apache-2.0 */
/* world.h - a database with accounts in it, and short ways to change and to ask it. Include
 * support.h, tools.h and database.h before it. */
#ifndef TESTS_LOGIN_WORLD_H
#define TESTS_LOGIN_WORLD_H

#include "login/room.h"

#define AT INT64_C(1795305600000000) /* 2026-11-22T00:00:00Z */
#define NOWHERE "018f0000-0000-7000-8000-000000000000"

struct world {
    struct yx_store *store;
    struct yx_login *login;
    struct yx_login_policy policy;
};

static inline void world_policy(struct world *world)
{
    yx_login_set_policy(world->login, &world->policy);
}

/* Passwords cost little here. */
static inline void world_open(const struct database *database, struct world *out)
{
    const struct yx_login_setup setup = {.store = database_open(database),
                                         .service_key = YX_TEXT("a key of 32 octets or more ....."),
                                         .origin = "https://seal.example"};
    struct yx_error err = {0};

    *out = (struct world){.store = setup.store};
    expect_ok(yx_audit_prepare(out->store, &err), &err);
    expect_ok(yx_login_prepare(out->store, &err), &err);
    expect_ok(yx_login_new(&setup, &out->login, &err), &err);
    yx_login_policy_usual(&out->policy);
    out->policy.hash_kib = 64;
    out->policy.hash_passes = 1;
    world_policy(out);
}

static inline void world_close(struct world *world)
{
    yx_login_free(world->login);
    yx_store_free(world->store);
}
YX_DEFINE_CLEAN_VALUE(world, struct world, world_close);

/* --- Changes, each in a transaction of its own ----------------------------------------------- */

static const struct yx_login_by somebody = {.actor = "test", .now = AT};

enum change_kind {
    MAKE,
    LOCK,
    UNLOCK,
    REMOVE,
    END_SESSION,
    END_SESSIONS,
    OPEN_SESSION,
    RENEW_SESSION,
    MAKE_KEY,
    REVOKE_KEY,
    GIVE_PASSWORD,
    PUT_PASSWORD,
    MAKE_LINK,
    MAKE_FIRST,
    NAME_PARTY
};
struct change {
    enum change_kind kind;
    struct world *world;
    struct yx_login_by by;
    const char *account, *other;
    struct yx_login_new_account wanted;
    struct yx_login_opening opening;
    struct yx_login_new_key key;
    struct yx_login_secret secret;
    struct yx_login_new_password password;
    enum yx_login_purpose purpose;
    bool made;
    char id[YX_UUID_TEXT];
};

static inline yx_status change_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct change *c = self;

    switch (c->kind) {
    case MAKE:
        return yx_login_account_make(tx, &c->wanted, &c->by, c->id, err);
    case LOCK:
        return yx_login_account_lock(tx, c->account, "a test", &c->by, err);
    case UNLOCK:
        return yx_login_account_unlock(tx, c->account, &c->by, err);
    case REMOVE:
        return yx_login_account_remove(tx, c->account, "a test", &c->by, err);
    case END_SESSION:
        return yx_login_session_end(tx, c->account, c->other, &c->by, err);
    case END_SESSIONS:
        return yx_login_session_end_all(tx, c->account, c->other, &c->by, err);
    case OPEN_SESSION:
        return yx_login_session_open(tx, &c->opening, err);
    case RENEW_SESSION:
        return yx_login_session_renew(tx, &c->opening, err);
    case MAKE_KEY:
        return yx_login_key_make(c->world->login, tx, &c->key, &c->secret, &c->by, c->id, err);
    case REVOKE_KEY:
        return yx_login_key_revoke(tx, c->other, &c->by, err);
    case GIVE_PASSWORD:
        return yx_login_password_give(tx, c->account, &c->password, &c->by, err);
    case PUT_PASSWORD:
        return yx_login_password_put(tx, c->account, &c->password, c->other, &c->by, err);
    case MAKE_LINK:
        return yx_login_link_make(tx, c->account, c->purpose, &c->secret, 3600, &c->by, err);
    case MAKE_FIRST:
        return yx_login_first(tx, &c->secret, 3600, &c->by, c->id, &c->made, err);
    case NAME_PARTY:
        return yx_login_account_change(tx, c->account, c->other, NULL, &c->by, err);
    }
    return YX_INTERNAL;
}

static inline yx_status try_change(struct world *world, struct change *change, struct yx_error *err)
{
    change->world = world;
    if (change->by.actor == NULL)
        change->by = somebody;
    return yx_store_write(world->store, change_work, change, err);
}

static inline yx_status try_on(struct world *world, enum change_kind kind, const char *account,
                               struct yx_error *err)
{
    struct change change = {.kind = kind, .account = account};

    return try_change(world, &change, err);
}

static inline void must_on(struct world *world, enum change_kind kind, const char *account)
{
    struct yx_error err = {0};

    expect_ok(try_on(world, kind, account, &err), &err);
}

/* An account, active as if somebody had been here before. */
static inline void account_make(struct world *world, const char *name, enum yx_login_kind kind,
                                char id[YX_UUID_TEXT])
{
    struct change change = {.kind = MAKE,
                            .wanted = {.name = name, .kind = kind, .party = "the-party"}};
    struct yx_error err = {0};

    expect_ok(try_change(world, &change, &err), &err);
    memcpy(id, change.id, YX_UUID_TEXT);
    database_must(world->store, "UPDATE login_account SET state = 1 WHERE state = 0");
}

/* --- Passwords ------------------------------------------------------------------------------ */

#define PASSWORD "korrekte Pferde 7"

static inline yx_status try_password(struct world *world, enum change_kind kind,
                                     const char *account, const char *password, yx_time at,
                                     struct yx_error *err)
{
    struct change change = {.kind = kind, .account = account, .by = {.actor = "test", .now = at}};

    YX_TRY(yx_login_password_prepare(world->login, account, YX_TEXT(password), NULL,
                                     &change.password, err));
    return try_change(world, &change, err);
}

/* An account whose holder has set the password PASSWORD. */
static inline void holder_make(struct world *world, const char *name, char id[YX_UUID_TEXT])
{
    struct yx_error err = {0};

    account_make(world, name, YX_LOGIN_PERSON, id);
    expect_ok(try_password(world, PUT_PASSWORD, id, PASSWORD, AT, &err), &err);
}

struct attempt {
    const char *name, *password, *code, *address;
    yx_time at; /* 0: AT */
    const struct yx_login_who *session;
};

static inline yx_status enter(struct world *world, const struct attempt *attempt,
                              char token[YX_TOKEN_TEXT], struct yx_error *err)
{
    const struct yx_login_attempt all = {
        .name = attempt->name,
        .password = YX_TEXT(attempt->password),
        .code = attempt->code,
        .address = attempt->address == NULL ? "192.0.2.1" : attempt->address,
        .agent = "a test",
        .now = attempt->at == 0 ? AT : attempt->at,
        .session = attempt->session,
    };

    return yx_login_enter(world->login, &all, token, err);
}

/* "": in; otherwise the rule. */
static inline const char *try_enter(struct world *world, const struct attempt *attempt)
{
    static _Thread_local struct yx_error err;
    char token[YX_TOKEN_TEXT];
    yx_status status;

    err = (struct yx_error){0};
    status = enter(world, attempt, token, &err);
    if (status != YX_OK)
        assert_int_equal(status, YX_REFUSED);
    return status == YX_OK ? "" : err.rule;
}

static inline struct yx_login_who must_enter(struct world *world, const struct attempt *attempt)
{
    char token[YX_TOKEN_TEXT];
    struct yx_login_who who;
    struct yx_error err = {0};

    expect_ok(enter(world, attempt, token, &err), &err);
    expect_ok(
        yx_login_session_find(world->login, token, attempt->at == 0 ? AT : attempt->at, &who, &err),
        &err);
    return who;
}

/* --- What is there --------------------------------------------------------------------------- */

struct look {
    const char *id;
    struct yx_login_account account;
};

static inline yx_status look_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct look *look = self;

    return yx_login_account_find(tx, look->id, &look->account, err);
}

static inline struct yx_login_account account_of(struct world *world, const char *id)
{
    struct look look = {.id = id};
    struct yx_error err = {0};

    expect_ok(yx_store_read(world->store, look_work, &look, &err), &err);
    return look.account;
}

struct leaves {
    const char *action;
    int count;
    char details[1024]; /* of the last one */
    char object[128];
};

static inline yx_status count_leaf(void *self, const struct yx_audit_leaf *leaf,
                                   struct yx_error *err)
{
    struct leaves *leaves = self;

    (void)err;
    if (strcmp(leaf->action, leaves->action) != 0)
        return YX_OK;
    leaves->count++;
    snprintf(leaves->details, sizeof leaves->details, "%s", leaf->details);
    snprintf(leaves->object, sizeof leaves->object, "%s", leaf->object);
    return YX_OK;
}

static inline struct leaves leaves_of(struct world *world, const char *action)
{
    struct leaves leaves = {.action = action};
    struct yx_error err = {0};

    expect_ok(yx_audit_list(world->store, 1, 100000, count_leaf, &leaves, &err), &err);
    return leaves;
}

static inline yx_status take_count(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

struct counting {
    const char *sql;
    int64_t count;
};

static inline yx_status count_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct counting *counting = self;

    return yx_tx_query(tx, counting->sql, NULL, 0, take_count, &counting->count, err);
}

static inline int64_t count_of(struct world *world, const char *sql)
{
    struct counting counting = {.sql = sql};
    struct yx_error err = {0};

    expect_ok(yx_store_read(world->store, count_work, &counting, &err), &err);
    return counting.count;
}

static inline void expect_rule(const struct yx_error *err, const char *rule)
{
    assert_string_equal(err->rule, rule);
}

#endif
