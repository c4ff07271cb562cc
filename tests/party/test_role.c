/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_role.c - permissions, preset roles, own roles.
 * REQ: ROLE-08, ROLE-10, ROLE-17, ROLE-23, ROLE-25, ROLE-26, ROLE-31, ROLE-32
 * REQ: ROLE-33, ROLE-34, ROLE-35, ROLE-36, ROLE-37
 */
#include "support.h"
#include "tools.h"

#include "database.h"
#include "desk.h"

IN_TX(make_role, yx_party_role_make(tx, a->entry, a->by, a->now, a->made, err));
IN_TX(change_role, yx_party_role_change(tx, a->id, a->number, a->entry, a->by, a->now, err));
IN_TX(retire_role, yx_party_role_retire(tx, a->id, a->by, a->now, err));

/* --- Tables ---------------------------------------------------------------------------------- */

static const struct yx_party_preset *preset(const char *id)
{
    size_t count;
    const struct yx_party_preset *presets = yx_party_presets(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(presets[i].word.id, id) == 0)
            return &presets[i];
    fail_msg("there is no role %s", id);
    return NULL;
}

static void permissions_are_in_order(struct database *database)
{
    (void)database;
    const struct yx_permission *all = yx_permissions();
    for (size_t i = 0; all[i].word.id != NULL; i++) {
        if (i > 0)
            assert_true(strcmp(all[i - 1].word.id, all[i].word.id) < 0);
        assert_ptr_equal(yx_permission_find(all[i].word.id), &all[i]);
    }
    assert_null(yx_permission_find("seal.steal"));
}

static void every_role_of_the_regulations_is_there(struct database *database)
{
    /* Appendix A: records, and none at all. */
    static const unsigned no_account[] = {10, 16, 26, 27, 29, 30, 31, 33, 59};
    bool there[61] = {false};
    size_t count;
    const struct yx_party_preset *presets = yx_party_presets(&count);
    (void)database;
    for (size_t i = 0; i < count; i++) {
        bool account = true;
        assert_true(presets[i].number <= 60);
        there[presets[i].number] = true;
        for (size_t k = 0; k < sizeof no_account / sizeof *no_account; k++)
            account &= presets[i].number != no_account[k];
        assert_string_equal(presets[i].account, account ? "yes" : "record");
        assert_int_equal(presets[i].permissions[0] != '\0', account);
        assert_ptr_equal(preset(presets[i].word.id), &presets[i]); /* ids stand once */
    }
    for (unsigned number = 0; number <= 60; number++)
        assert_true(there[number]);
}

static void presets_name_permissions_that_exist(struct database *database)
{
    size_t count;
    const struct yx_party_preset *presets = yx_party_presets(&count);
    (void)database;
    for (size_t i = 0; i < count; i++) {
        char words[1024], *rest = words;
        strcpy(words, presets[i].permissions);
        for (char *word; (word = strtok_r(rest, " ", &rest)) != NULL;)
            if (yx_permission_find(word) == NULL)
                fail_msg("%s: %s", presets[i].word.id, word);
    }
}

/* Of two that the regulations tell apart, one has what the other has not. */
static void roles_that_are_told_apart_differ(struct database *database)
{
    static const struct {
        const char *role, *has, *has_not;
    } rows[] = {
        /* The three administrators. */
        {"system-administrator", "system.operate", "grant.manage"},
        {"security-administrator", "grant.manage", "system.operate"},
        {"auditor", "audit.read", "seal.make"},
        /* ROLE-25: operate, maintain, apply, manage, print. */
        {"seal-system-operation", "system.operate", "account.manage"},
        {"seal-system-maintenance", "account.manage", "system.operate"},
        {"seal-system-application", "use.apply", "use.sign"},
        {"seal-system-management", "use.sign", "use.apply"},
        {"seal-system-printing", "use.print", "use.sign"},
        /* ROLE-26: the roles around a document. */
        {"drafter", "use.apply", "use.approve"},
        {"approver", "use.approve", "use.sign"},
        {"issuing-signatory", "use.decide", "use.sign"},
        {"signer", "use.sign", "use.approve"},
        {"printer", "use.print", "use.sign"},
        {"seal-management", "seal.keep", "use.sign"},
        {"office-director", "seal.deputise", "use.sign"},
        {"it-staff", "account.manage", "use.sign"},
        /* ROLE-28: who decides and who keeps. */
        {"seal-decider", "use.decide", "seal.keep"},
        {"seal-custodian", "seal.keep", "use.decide"},
        /* ROLE-31, ROLE-32. */
        {"network-security-administrator", "certificate.review", "certificate.issue"},
        {"network-security-department", "supervise", "certificate.issue"},
        {"certificate-management-department", "certificate.review", "certificate.issue"},
        {"department-head", "certificate.review", "certificate.issue"},
        /* ROLE-33: three duties, and whoever records the filing. */
        {"certificate-handling", "certificate.apply", "certificate.lend"},
        {"certificate-management", "certificate.lend", "certificate.apply"},
        {"certificate-using", "use.sign", "certificate.lend"},
        {"administration-department", "filing.receive", "certificate.apply"},
        /* ROLE-34, ROLE-35, ROLE-37. */
        {"information-section", "certificate.issue", "seal.make"},
        {"certificate-person", "use.sign", "certificate.issue"},
        {"it-department", "certificate.revoke", "certificate.apply"},
        {"managing-unit", "use.approve", "certificate.issue"},
        /* ROLE-36: seven roles in Beijing. */
        {"registration-authority", "inspection.conclude", "inspection.report"},
        {"business-supervising-unit", "inspection.review", "inspection.conclude"},
        {"social-organisation", "inspection.report", "inspection.review"},
        {"audit-institution", "use.sign", "inspection.report"},
        {"ca-administrator", "certificate.review", "certificate.issue"},
        {"ca-counter-staff", "certificate.serve", "certificate.issue"},
        {"ca-registration-point", "certificate.issue", "certificate.review"},
        /* ROLE-14: five authorities in Wuhu; ROLE-08, ROLE-17, ROLE-23, ROLE-10. */
        {"seal-authority", "supervise", "seal.make"},
        {"big-data-centre", "seal.make", "platform.authorise"},
        {"public-security", "filing.receive", "seal.make"},
        {"cryptography-department", "supervise", "seal.make"},
        {"platform-owner", "platform.authorise", "seal.make"},
        {"platform-operator", "system.read", "seal.make"},
        {"seal-system-operator", "seal.read", "seal.make"},
        {"seal-service-agency", "seal.make", "supervise"},
        {"application-unit", "application.manage", "certificate.issue"},
        {"certification-authority", "certificate.issue", "application.manage"},
        {"certificate-holder", "certificate.apply", "certificate.issue"},
    };
    (void)database;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *permissions = preset(rows[i].role)->permissions;
        if (!has_word(permissions, rows[i].has) || has_word(permissions, rows[i].has_not))
            fail_msg("%s", rows[i].role);
    }
}

/* --- Rows ------------------------------------------------------------------------------------ */

static yx_status describe(void *self, const struct yx_party_role *role, struct yx_error *err)
{
    (void)err;
    snprintf(self, 512, "%s %s %s [%s] v%d%s%s", role->name_zh, role->name_en,
             role->type == NULL ? "-" : role->type, role->permissions, (int)role->version,
             role->preset ? " preset" : "", role->retired_at == YX_TIME_NONE ? "" : " retired");
    return YX_OK;
}
IN_TX(find_role, yx_party_roles(tx, a->id, NULL, 1, describe, a->out, err));

static void expect_role(struct desk *desk, const char *id, const char *want)
{
    char text[512] = "";
    struct arguments a = {.id = id, .out = text};
    expect_ok(find_role(desk, &a), &desk->err);
    assert_string_equal(text, want);
}

static yx_status compare_preset(void *self, const struct yx_party_role *role, struct yx_error *err)
{
    const struct yx_party_preset *want = preset(role->id);
    char words[1024], *rest = words;
    (void)err;
    ++*(size_t *)self;
    assert_true(role->preset);
    assert_int_equal(role->account, strcmp(want->account, "yes") == 0);
    assert_string_equal(role->name_zh, want->word.zh);
    strcpy(words, role->permissions);
    for (char *word; (word = strtok_r(rest, " ", &rest)) != NULL;)
        assert_true(has_word(want->permissions, word));
    strcpy(words, want->permissions);
    rest = words;
    for (char *word; (word = strtok_r(rest, " ", &rest)) != NULL;)
        assert_true(has_word(role->permissions, word));
    return YX_OK;
}
IN_TX(list_roles, yx_party_roles(tx, NULL, NULL, 1000, compare_preset, a->out, err));

static void the_presets_are_in_the_tables(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    size_t count, seen = 0;
    desk_open(&desk, database);
    (void)yx_party_presets(&count);
    struct arguments a = {.out = &seen};
    expect_ok(list_roles(&desk, &a), &desk.err);
    assert_int_equal(seen, count);
    /* A program with other presets writes its own; the same again changes nothing. */
    database_must(desk.store, "DELETE FROM party_role_permission WHERE role = 'printer'");
    expect_ok(yx_party_prepare(desk.store, &desk.err), &desk.err);
    assert_false(may(&desk, ANN, "use.print", (struct yx_party_scope){NULL}));
    database_must(desk.store, "DELETE FROM party_state");
    expect_ok(yx_party_prepare(desk.store, &desk.err), &desk.err);
    seen = 0;
    expect_ok(list_roles(&desk, &a), &desk.err);
    assert_int_equal(seen, count);
}

static const char *const make_seals[] = {"seal.read", "seal.make"};
static const struct yx_party_role_entry maker = {
    .name_zh = "制章员", .name_en = "maker", .permissions = make_seals, .count = 2};

static void own_roles_are_made_changed_retired(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    static const char *const more[] = {"seal.make", "seal.read", "seal.revoke"};
    const struct yx_party_role_entry wider = {.permissions = more, .count = 3};
    const struct yx_party_role_entry named = {.name_zh = "制章", .type = "seal-agency"};
    const struct yx_party_scope anything = {NULL};
    desk_open(&desk, database);
    struct arguments a = {.entry = &maker, .by = ANN, .now = NOW};
    expect_ok(make_role(&desk, &a), &desk.err);
    const char *id = kept(a.made);
    expect_role(&desk, id, "制章员 maker - [seal.make seal.read] v1");
    must_grant(&desk, BOB, id, anything);
    assert_true(may(&desk, BOB, "seal.make", anything));
    assert_false(may(&desk, BOB, "seal.revoke", anything));
    a = (struct arguments){.id = id, .entry = &wider, .by = ANN, .now = LATER, .number = 1};
    expect_ok(change_role(&desk, &a), &desk.err);
    assert_true(may(&desk, BOB, "seal.revoke", anything));
    expect_rule(&desk, change_role(&desk, &a), YX_PARTY_CHANGED);
    a.entry = &named;
    a.number = 2;
    expect_ok(change_role(&desk, &a), &desk.err);
    expect_role(&desk, id, "制章 maker seal-agency [seal.make seal.read seal.revoke] v3");
    expect_ok(retire_role(&desk, &a), &desk.err);
    expect_role(&desk, id, "制章 maker seal-agency [seal.make seal.read seal.revoke] v4 retired");
    assert_false(may_at(&desk, BOB, "seal.make", anything, LATER));
    expect_status(retire_role(&desk, &a), YX_REFUSED, &desk.err);
    const struct yx_party_grant late = {
        .account = BOB, .role = id, .from = YX_TIME_NONE, .until = YX_TIME_NONE};
    struct arguments grant = {.entry = &late, .by = MAKER, .now = LATER};
    expect_status(grant_role(&desk, &grant), YX_REFUSED, &desk.err);
}

static void roles_that_make_no_sense_are_refused(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    static const char *const unknown[] = {"seal.steal"};
    static const char *const mixed[] = {"system.operate", "grant.manage"};
    const struct yx_party_role_entry bad[] = {
        {.name_en = "a", .permissions = make_seals, .count = 2},
        {.name_zh = "甲", .permissions = make_seals, .count = 2},
        {.name_zh = "甲", .name_en = "a"},
        {.name_zh = "甲", .name_en = "a", .permissions = make_seals, .count = 0},
        {.name_zh = "甲", .name_en = "a", .permissions = unknown, .count = 1},
        {.name_zh = "甲", .name_en = "a", .permissions = make_seals, .count = 2, .type = "king"},
        {.name_zh = "\x01", .name_en = "a", .permissions = make_seals, .count = 2},
    };
    desk_open(&desk, database);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct arguments a = {.entry = &bad[i], .by = ANN, .now = NOW};
        expect_status(make_role(&desk, &a), YX_USAGE, &desk.err);
    }
    const struct yx_party_role_entry both = {
        .name_zh = "甲", .name_en = "a", .permissions = mixed, .count = 2};
    struct arguments a = {.entry = &both, .by = ANN, .now = NOW};
    expect_rule(&desk, make_role(&desk, &a), YX_PARTY_SEPARATION);
    a = (struct arguments){.id = "printer", .entry = &maker, .by = ANN, .now = NOW};
    expect_status(change_role(&desk, &a), YX_REFUSED, &desk.err);
    expect_status(retire_role(&desk, &a), YX_REFUSED, &desk.err);
    a.id = "nothing";
    expect_rule(&desk, retire_role(&desk, &a), YX_PARTY_MISSING);
}

/* A role that grows must not give anybody what excludes each other. */
static void a_change_looks_at_whoever_has_the_role(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    static const char *const operate[] = {"system.operate"};
    const struct yx_party_role_entry grown = {.permissions = operate, .count = 1};
    desk_open(&desk, database);
    struct arguments a = {.entry = &maker, .by = BOB, .now = NOW};
    expect_ok(make_role(&desk, &a), &desk.err);
    const char *id = kept(a.made);
    must_grant(&desk, ANN, id, (struct yx_party_scope){NULL});
    must_grant(&desk, ANN, YX_ROLE_SECURITY, (struct yx_party_scope){NULL});
    a = (struct arguments){.id = id, .entry = &grown, .by = BOB, .now = NOW};
    expect_rule(&desk, change_role(&desk, &a), YX_PARTY_SEPARATION);
    expect_role(&desk, id, "制章员 maker - [seal.make seal.read] v1");
}

static void the_last_security_role_stays(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    static const char *const manage[] = {"grant.manage", "role.manage"};
    static const char *const less[] = {"role.manage"};
    const struct yx_party_role_entry own = {
        .name_zh = "安全", .name_en = "security", .permissions = manage, .count = 2};
    const struct yx_party_role_entry weaker = {.permissions = less, .count = 1};
    desk_open(&desk, database);
    struct arguments a = {.entry = &own, .by = BOB, .now = NOW};
    expect_ok(make_role(&desk, &a), &desk.err);
    const char *id = kept(a.made);
    must_grant(&desk, ANN, id, (struct yx_party_scope){NULL});
    a = (struct arguments){.id = id, .entry = &weaker, .by = BOB, .now = NOW};
    expect_rule(&desk, change_role(&desk, &a), YX_PARTY_SEPARATION);
    expect_rule(&desk, retire_role(&desk, &a), YX_PARTY_SEPARATION);
    must_grant(&desk, EVE, YX_ROLE_SECURITY, (struct yx_party_scope){NULL});
    expect_ok(change_role(&desk, &a), &desk.err);
    expect_ok(retire_role(&desk, &a), &desk.err);
}

#define CASE(function)             \
    {                              \
#function, function, false \
    }

int main(void)
{
    static const struct database_case cases[] = {
        CASE(permissions_are_in_order),
        CASE(every_role_of_the_regulations_is_there),
        CASE(presets_name_permissions_that_exist),
        CASE(roles_that_are_told_apart_differ),
        CASE(the_presets_are_in_the_tables),
        CASE(own_roles_are_made_changed_retired),
        CASE(roles_that_make_no_sense_are_refused),
        CASE(a_change_looks_at_whoever_has_the_role),
        CASE(the_last_security_role_stays),
    };
    return database_main("role", cases, sizeof cases / sizeof *cases, true);
}
