/* SPDX-License-Identifier: Apache-2.0 */
/* desk.h - what the tests of party/ share: each call in a transaction of its own, and a town to
 * work in. Needs support.h, tools.h and database.h before it. */
#ifndef PARTY_DESK_H
#define PARTY_DESK_H

#include <pthread.h>

#include "party/party.h"

#define NOW (INT64_C(1795000000) * YX_SECOND) /* 2026-11-18 */
#define LATER (NOW + YX_DAY)
#define MAKER "cli:uid=0"
/* Accounts. */
#define ANN "018f0000-0000-7000-8000-00000000000a"
#define BOB "018f0000-0000-7000-8000-00000000000b"
#define EVE "018f0000-0000-7000-8000-00000000000e"

struct desk {
    struct yx_store *store;
    struct yx_party_vault vault;
    struct yx_error err;
};

static inline void desk_open(struct desk *desk, const struct database *database)
{
    static const uint8_t secret[YX_PARTY_SECRET] = "a secret for tests, 32 octets..";
    *desk = (struct desk){.store = database_open(database)};
    expect_ok(yx_party_prepare(desk->store, &desk->err), &desk->err);
    expect_ok(yx_party_vault_make(secret, &desk->vault, &desk->err), &desk->err);
}

static inline void desk_close(struct desk *desk)
{
    yx_store_free(desk->store);
    yx_party_vault_wipe(&desk->vault);
}
YX_DEFINE_CLEAN_VALUE(desk, struct desk, desk_close);

/*
 * IN_TX(desk, name, call): a function that makes a call in a transaction: `call` sees `desk`, `tx`,
 * `err`, and `a`, the arguments.
 */
struct arguments {
    struct desk *desk;
    const void *entry;
    const char *id, *by, *other;
    int64_t number;
    yx_time now;
    void *out;
    char made[YX_UUID_TEXT];
};
#define IN_TX(name, call)                                                                   \
    static inline yx_status name##_work(void *self, struct yx_tx *tx, struct yx_error *err) \
    {                                                                                       \
        struct arguments *a = self;                                                         \
        return call;                                                                        \
    }                                                                                       \
    static inline yx_status name(struct desk *desk, struct arguments *a)                    \
    {                                                                                       \
        a->desk = desk;                                                                     \
        desk->err = (struct yx_error){0};                                                   \
        return yx_store_write(desk->store, name##_work, a, &desk->err);                     \
    }                                                                                       \
    struct yx_end_of_definition

IN_TX(make_party, yx_party_make(tx, &a->desk->vault, a->entry, a->by, a->now, a->made, err));
IN_TX(grant_role, yx_party_grant(tx, a->entry, a->by, a->now, a->made, err));
IN_TX(make_post, yx_party_post_make(tx, a->entry, a->by, a->now, a->made, err));

/* Makes one that must be there; gives its id, which lives as long as the test program. */
static inline const char *kept(const char *text)
{
    static char ids[4096][YX_UUID_TEXT];
    static size_t count;
    assert_true(count < 4096);
    return strcpy(ids[count++], text);
}

static inline const char *must_make(struct desk *desk, const struct yx_party_entry *entry)
{
    static yx_time tick; /* ids are in the order of time */
    struct arguments a = {.entry = entry, .by = MAKER, .now = NOW - YX_DAY + ++tick};
    expect_ok(make_party(desk, &a), &desk->err);
    return kept(a.made);
}

static inline const char *organisation(struct desk *desk, const char *type, const char *name,
                                       const char *parent)
{
    return must_make(desk, &(struct yx_party_entry){.kind = YX_PARTY_ORGANISATION,
                                                    .type = type,
                                                    .nature = "administrative-organ",
                                                    .name_zh = name,
                                                    .parent = parent,
                                                    .region = "340200",
                                                    .internal_only = -1});
}

static inline const char *unit(struct desk *desk, const char *name, const char *parent)
{
    return must_make(
        desk, &(struct yx_party_entry){
                  .kind = YX_PARTY_UNIT, .name_zh = name, .parent = parent, .internal_only = -1});
}

static inline const char *person(struct desk *desk, const char *name, const char *parent)
{
    return must_make(
        desk, &(struct yx_party_entry){
                  .kind = YX_PARTY_PERSON, .name_zh = name, .parent = parent, .internal_only = -1});
}

static inline const char *must_grant(struct desk *desk, const char *account, const char *role,
                                     struct yx_party_scope scope)
{
    const struct yx_party_grant grant = {.account = account,
                                         .role = role,
                                         .scope = scope,
                                         .from = YX_TIME_NONE,
                                         .until = YX_TIME_NONE};
    struct arguments a = {.entry = &grant, .by = MAKER, .now = NOW};
    expect_ok(grant_role(desk, &a), &desk->err);
    return kept(a.made);
}

static inline yx_status may_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct arguments *a = self;
    return yx_party_may(tx, a->entry, a->out, err);
}

static inline bool may_at(struct desk *desk, const char *account, const char *permission,
                          struct yx_party_scope on, yx_time now)
{
    const struct yx_party_question question = {
        .account = account, .permission = permission, .on = on, .now = now};
    bool may = false;
    struct arguments a = {.entry = &question, .out = &may};
    expect_ok(yx_store_read(desk->store, may_work, &a, &desk->err), &desk->err);
    return may;
}

static inline bool may(struct desk *desk, const char *account, const char *permission,
                       struct yx_party_scope on)
{
    return may_at(desk, account, permission, on, NOW);
}

/* Refused, for this rule. */
#define expect_rule(desk, call, want)                    \
    do {                                                 \
        expect_status((call), YX_REFUSED, &(desk)->err); \
        assert_string_equal((desk)->err.rule, (want));   \
    } while (0)

#endif
