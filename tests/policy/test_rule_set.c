/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_rule_set.c - rule sets on both databases: what holds when, and who puts it into force.
 * REQ: REC-09, REC-10
 */
#include "support.h"
#include "tools.h"

#include <pthread.h>

#include "database.h"
#include "policy/policy.h"

#define NOW (INT64_C(1795000000) * YX_SECOND) /* 2026-11-18 */
#define ANN "018f0000-0000-7000-8000-00000000000a"
#define BOB "018f0000-0000-7000-8000-00000000000b"
#define EVE "018f0000-0000-7000-8000-00000000000e"

struct desk {
    struct yx_store *store;
    struct yx_error err;
};

static void desk_open(struct desk *desk, const struct database *database)
{
    *desk = (struct desk){.store = database_open(database)};
    expect_ok(yx_policy_prepare(desk->store, &desk->err), &desk->err);
}

static void desk_close(struct desk *desk)
{
    yx_store_free(desk->store);
}
YX_DEFINE_CLEAN_VALUE(desk, struct desk, desk_close);

/* --- Each call in a transaction -------------------------------------------------------------- */

struct arguments {
    const char *id, *by, *scheme, *key, *text;
    const struct yx_policy_entry *entry;
    int64_t version;
    yx_time now;
    bool approves;
    void *out;
    enum yx_policy_state state;
    char made[YX_UUID_TEXT];
};
#define IN_TX(name, call)                                                            \
    static yx_status name##_work(void *self, struct yx_tx *tx, struct yx_error *err) \
    {                                                                                \
        struct arguments *a = self;                                                  \
        return call;                                                                 \
    }                                                                                \
    static yx_status name(struct desk *desk, struct arguments a)                     \
    {                                                                                \
        desk->err = (struct yx_error){0};                                            \
        return yx_store_write(desk->store, name##_work, &a, &desk->err);             \
    }                                                                                \
    struct yx_end_of_definition
#define OPINION                                           \
    (&(struct yx_policy_opinion){.by = a->by,             \
                                 .department = "办公室",  \
                                 .text = a->text,         \
                                 .approves = a->approves, \
                                 .at = a->now})

IN_TX(redraft, yx_policy_redraft(tx, a->id, a->version, a->entry, a->by, err));
IN_TX(propose, yx_policy_propose(tx, a->id, a->by, a->now, err));
IN_TX(withdraw, yx_policy_withdraw(tx, a->id, a->by, err));
IN_TX(decide, yx_policy_decide(tx, a->id, OPINION, &a->state, err));
IN_TX(find, yx_policy_find(tx, a->scheme, a->key, a->now, a->out, err));

static yx_status draft_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct arguments *a = self;
    return yx_policy_draft(tx, a->entry, a->by, a->now, a->made, err);
}

/* --- Short words ----------------------------------------------------------------------------- */

static struct yx_policy_entry entry_of(const char *scheme, const struct yx_policy_value *values,
                                       size_t count)
{
    return (struct yx_policy_entry){.scheme = scheme,
                                    .name_zh = "规则",
                                    .name_en = "rules",
                                    .source = "文件",
                                    .from = YX_TIME_NONE,
                                    .until = YX_TIME_NONE,
                                    .values = values,
                                    .count = count};
}

static yx_status try_draft(struct desk *desk, struct yx_policy_entry entry)
{
    struct arguments a = {.entry = &entry, .by = ANN, .now = NOW};
    desk->err = (struct yx_error){0};
    return yx_store_write(desk->store, draft_work, &a, &desk->err);
}

/* One value, from a time on. */
static void must_draft(struct desk *desk, const char *scheme, const char *key, const char *value,
                       yx_time from, yx_time until, char id[YX_UUID_TEXT])
{
    const struct yx_policy_value values[] = {{key, value, "art. 1"}};
    struct yx_policy_entry entry = entry_of(scheme, values, 1);
    struct arguments a = {.entry = &entry, .by = ANN, .now = NOW};
    entry.from = from;
    entry.until = until;
    expect_ok(yx_store_write(desk->store, draft_work, &a, &desk->err), &desk->err);
    strcpy(id, a.made);
}

static void must_approve(struct desk *desk, const char *id, yx_time now)
{
    expect_ok(propose(desk, (struct arguments){.id = id, .by = ANN, .now = now}), &desk->err);
    expect_ok(
        decide(desk,
               (struct arguments){.id = id, .by = BOB, .text = "", .approves = true, .now = now}),
        &desk->err);
}

static void expect_holds(struct desk *desk, const char *scheme, const char *key, yx_time at,
                         const char *value, const char *rule_set)
{
    struct yx_policy_answer answer;
    expect_ok(
        find(desk, (struct arguments){.scheme = scheme, .key = key, .now = at, .out = &answer}),
        &desk->err);
    assert_string_equal(answer.value, value);
    assert_string_equal(answer.rule_set, rule_set);
}

static yx_status note_state(void *self, const struct yx_policy_rule_set *set, struct yx_error *err)
{
    (void)err;
    snprintf(self, 128, "%s%s", yx_policy_state_name(set->state),
             set->replaced_by == NULL ? "" : " replaced");
    return YX_OK;
}

static yx_status state_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct arguments *a = self;
    const struct yx_policy_filter filter = {.id = a->id, .limit = 1};
    return yx_policy_list(tx, &filter, a->now, note_state, a->out, err);
}

static void expect_state(struct desk *desk, const char *id, yx_time now, const char *want)
{
    char text[128] = "";
    struct arguments a = {.id = id, .now = now, .out = text};
    expect_ok(yx_store_read(desk->store, state_work, &a, &desk->err), &desk->err);
    assert_string_equal(text, want);
}

#define expect_rule(desk, call, want)                    \
    do {                                                 \
        expect_status((call), YX_REFUSED, &(desk)->err); \
        assert_string_equal((desk)->err.rule, (want));   \
    } while (0)

/* --- What holds ------------------------------------------------------------------------------ */

static void a_preset_holds_within_its_dates(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    yx_time in_2022, in_2024;
    desk_open(&desk, database);
    expect_ok(yx_time_parse("2022-06-01", &in_2022, &desk.err), &desk.err);
    expect_ok(yx_time_parse("2024-06-01", &in_2024, &desk.err), &desk.err);
    expect_holds(&desk, "wuhu", "seal.renewal-after-expiry", in_2022, "yes", "preset:wuhu");
    expect_holds(&desk, "wuhu", "seal.renewal-after-expiry", in_2024, "no", "usual");
    /* What it does not say is the usual. */
    expect_holds(&desk, "wuhu", "pin.attempts", in_2022, "10", "usual");
    expect_holds(&desk, "bureau", "password.interval", NOW, "60 days", "preset:bureau");
    expect_holds(&desk, "", "seal.lending", NOW, "no", "usual");
    expect_holds(&desk, "atlantis", "seal.lending", NOW, "no", "usual");
    struct yx_policy_answer answer;
    expect_status(find(&desk, (struct arguments){.scheme = "", .key = "x", .out = &answer}),
                  YX_INTERNAL, &desk.err);
}

static void what_is_approved_here_comes_before_the_preset(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    char id[YX_UUID_TEXT], house[YX_UUID_TEXT];
    desk_open(&desk, database);
    must_draft(&desk, "bureau", "seal.lending", "no", YX_TIME_NONE, NOW + YX_DAY, id);
    expect_holds(&desk, "bureau", "seal.lending", NOW, "yes", "preset:bureau");
    must_approve(&desk, id, NOW);
    expect_holds(&desk, "bureau", "seal.lending", NOW, "no", id);
    /* The whole preset gives way, not one line of it. */
    expect_holds(&desk, "bureau", "seal.maker", NOW, "service-agency", "usual");
    expect_holds(&desk, "bureau", "seal.lending", NOW - 1, "yes", "preset:bureau");
    expect_holds(&desk, "bureau", "seal.lending", NOW + YX_DAY, "yes", "preset:bureau");
    /* The house is for everybody whose scheme says nothing. */
    must_draft(&desk, YX_POLICY_HOUSE, "seal.maker", "office", YX_TIME_NONE, YX_TIME_NONE, house);
    must_approve(&desk, house, NOW);
    expect_holds(&desk, "bureau", "seal.maker", NOW, "office", house);
    expect_holds(&desk, "ningxia", "seal.maker", NOW, "designated-centre", "preset:ningxia");
    expect_holds(&desk, "", "seal.maker", NOW, "office", house);
}

static void one_follows_the_other(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    char first[YX_UUID_TEXT], second[YX_UUID_TEXT], third[YX_UUID_TEXT];
    const char *const key = "pin.attempts";
    desk_open(&desk, database);
    must_draft(&desk, "city", key, "5", NOW + YX_DAY, YX_TIME_NONE, first);
    must_approve(&desk, first, NOW);
    expect_state(&desk, first, NOW, "approved");
    expect_state(&desk, first, NOW + YX_DAY, "in-force");
    /* A later one that is approved already ends one that comes between. */
    must_draft(&desk, "city", key, "7", NOW + 10 * YX_DAY, YX_TIME_NONE, third);
    must_approve(&desk, third, NOW);
    must_draft(&desk, "city", key, "6", NOW + 5 * YX_DAY, YX_TIME_NONE, second);
    must_approve(&desk, second, NOW);
    expect_holds(&desk, "city", key, NOW, "10", "usual");
    expect_holds(&desk, "city", key, NOW + YX_DAY, "5", first);
    expect_holds(&desk, "city", key, NOW + 5 * YX_DAY - 1, "5", first);
    expect_holds(&desk, "city", key, NOW + 5 * YX_DAY, "6", second);
    expect_holds(&desk, "city", key, NOW + 10 * YX_DAY - 1, "6", second);
    expect_holds(&desk, "city", key, NOW + 10 * YX_DAY, "7", third);
    expect_state(&desk, first, NOW + 6 * YX_DAY, "ended replaced");
    /* From the same day on: the other one never begins. */
    char again[YX_UUID_TEXT];
    must_draft(&desk, "city", key, "8", NOW + 10 * YX_DAY, YX_TIME_NONE, again);
    must_approve(&desk, again, NOW);
    expect_holds(&desk, "city", key, NOW + 10 * YX_DAY, "8", again);
}

static yx_status typed_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    char rule_set[YX_POLICY_RULE_SET];
    struct yx_policy_duration duration;
    struct yx_policy_answer answer;
    int64_t number = 0;
    bool yes = false;
    (void)self;
    YX_TRY(yx_policy_integer(tx, "bureau", "seal.lending-approvals", NOW, &number, rule_set, err));
    assert_int_equal(number, 2);
    assert_string_equal(rule_set, "preset:bureau");
    YX_TRY(yx_policy_boolean(tx, "bureau", "seal.lending", NOW, &yes, NULL, err));
    assert_true(yes);
    YX_TRY(yx_policy_duration(tx, "bureau", "password.interval", NOW, &duration, rule_set, err));
    assert_int_equal(duration.count, 60);
    assert_int_equal(duration.unit, YX_POLICY_DAYS);
    YX_TRY(yx_policy_duration(tx, "", "retention.seal-making", NOW, &duration, NULL, err));
    assert_int_equal(duration.unit, YX_POLICY_WORD);
    YX_TRY(yx_policy_find(tx, "group", "seal.families", NOW, &answer, err));
    assert_true(yx_policy_has(&answer, "party") && yx_policy_has(&answer, "youth-league"));
    assert_false(yx_policy_has(&answer, "youth"));
    expect_status(yx_policy_integer(tx, "", "seal.lending", NOW, &number, NULL, err), YX_INTERNAL,
                  err);
    return YX_OK;
}

static void values_come_as_what_they_are(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    expect_ok(yx_store_read(desk.store, typed_work, NULL, &desk.err), &desk.err);
}

/* --- Drafts ---------------------------------------------------------------------------------- */

static void drafts_that_make_no_sense_are_refused(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    static const struct yx_policy_value unknown[] = {{"seal.colour", "red", ""}};
    static const struct yx_policy_value wrong[] = {{"pin.attempts", "many", ""}};
    static const struct yx_policy_value twice[] = {{"pin.attempts", "5", ""},
                                                   {"pin.attempts", "6", ""}};
    static struct yx_policy_value many[YX_POLICY_VALUES_MAX + 1];
    struct yx_policy_entry entry = entry_of("city", NULL, 0);
    desk_open(&desk, database);
    expect_status(try_draft(&desk, entry_of(NULL, NULL, 0)), YX_USAGE, &desk.err);
    expect_status(try_draft(&desk, entry_of("", NULL, 0)), YX_USAGE, &desk.err);
    expect_status(try_draft(&desk, entry_of("City", NULL, 0)), YX_USAGE, &desk.err);
    expect_status(try_draft(&desk, entry_of("preset:wuhu", NULL, 0)), YX_USAGE, &desk.err);
    expect_status(try_draft(&desk, entry_of("city", unknown, 1)), YX_USAGE, &desk.err);
    expect_status(try_draft(&desk, entry_of("city", wrong, 1)), YX_USAGE, &desk.err);
    expect_status(try_draft(&desk, entry_of("city", twice, 2)), YX_USAGE, &desk.err);
    expect_status(try_draft(&desk, entry_of("city", many, YX_POLICY_VALUES_MAX + 1)), YX_USAGE,
                  &desk.err);
    entry.name_zh = NULL;
    expect_status(try_draft(&desk, entry), YX_USAGE, &desk.err);
    entry.name_zh = "a\nb";
    expect_status(try_draft(&desk, entry), YX_USAGE, &desk.err);
    entry = entry_of("city", NULL, 0);
    entry.from = NOW;
    entry.until = NOW;
    expect_status(try_draft(&desk, entry), YX_USAGE, &desk.err);
}

static void a_draft_is_its_authors(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    char id[YX_UUID_TEXT];
    static const struct yx_policy_value values[] = {{"pin.attempts", "5", "art. 2"}};
    const struct yx_policy_entry entry = entry_of("city", values, 1);
    desk_open(&desk, database);
    must_draft(&desk, "city", "seal.lending", "no", YX_TIME_NONE, YX_TIME_NONE, id);
    expect_status(redraft(&desk, (struct arguments){.id = id, .entry = &entry, .by = BOB}),
                  YX_REFUSED, &desk.err);
    expect_rule(
        &desk,
        redraft(&desk, (struct arguments){.id = id, .entry = &entry, .by = ANN, .version = 9}),
        YX_POLICY_CHANGED);
    expect_ok(
        redraft(&desk, (struct arguments){.id = id, .entry = &entry, .by = ANN, .version = 1}),
        &desk.err);
    expect_status(propose(&desk, (struct arguments){.id = id, .by = BOB, .now = NOW}), YX_REFUSED,
                  &desk.err);
    must_approve(&desk, id, NOW);
    expect_holds(&desk, "city", "pin.attempts", NOW, "5", id);
    expect_holds(&desk, "city", "seal.lending", NOW, "no", "usual");
    /* What is in force is not changed. */
    expect_status(redraft(&desk, (struct arguments){.id = id, .entry = &entry, .by = ANN}),
                  YX_REFUSED, &desk.err);
    expect_status(propose(&desk, (struct arguments){.id = id, .by = ANN, .now = NOW}), YX_REFUSED,
                  &desk.err);
    expect_status(withdraw(&desk, (struct arguments){.id = id, .by = ANN}), YX_REFUSED, &desk.err);
    expect_rule(&desk, propose(&desk, (struct arguments){.id = EVE, .by = ANN, .now = NOW}),
                YX_POLICY_MISSING);
}

/* --- Approval -------------------------------------------------------------------------------- */

static yx_status give_opinion(struct desk *desk, const char *id, const char *by, bool approves,
                              yx_time now)
{
    return decide(
        desk,
        (struct arguments){
            .id = id, .by = by, .text = approves ? "" : "太短", .approves = approves, .now = now});
}

static void nothing_is_in_force_without_approval(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    char id[YX_UUID_TEXT];
    desk_open(&desk, database);
    must_draft(&desk, "city", "pin.attempts", "5", YX_TIME_NONE, YX_TIME_NONE, id);
    expect_state(&desk, id, NOW, "draft");
    expect_status(give_opinion(&desk, id, BOB, true, NOW), YX_REFUSED, &desk.err); /* no proposal */
    expect_ok(propose(&desk, (struct arguments){.id = id, .by = ANN, .now = NOW}), &desk.err);
    expect_state(&desk, id, NOW, "proposed");
    expect_holds(&desk, "city", "pin.attempts", NOW, "10", "usual");
    expect_rule(&desk, give_opinion(&desk, id, ANN, true, NOW), YX_POLICY_TWO_PEOPLE);
    expect_rule(&desk, give_opinion(&desk, id, ANN, false, NOW), YX_POLICY_TWO_PEOPLE);
    expect_holds(&desk, "city", "pin.attempts", NOW, "10", "usual");
    expect_ok(give_opinion(&desk, id, BOB, true, NOW), &desk.err);
    expect_state(&desk, id, NOW, "in-force");
    expect_holds(&desk, "city", "pin.attempts", NOW, "5", id);
}

static void who_refuses_says_why(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    char id[YX_UUID_TEXT];
    desk_open(&desk, database);
    must_draft(&desk, "city", "pin.attempts", "5", YX_TIME_NONE, YX_TIME_NONE, id);
    expect_ok(propose(&desk, (struct arguments){.id = id, .by = ANN, .now = NOW}), &desk.err);
    expect_status(decide(&desk, (struct arguments){.id = id, .by = BOB, .text = "", .now = NOW}),
                  YX_USAGE, &desk.err);
    expect_ok(give_opinion(&desk, id, BOB, false, NOW), &desk.err);
    expect_state(&desk, id, NOW, "draft");
    /* Proposed anew, the same person decides anew. */
    expect_ok(propose(&desk, (struct arguments){.id = id, .by = ANN, .now = NOW + 1}), &desk.err);
    expect_ok(give_opinion(&desk, id, BOB, true, NOW + 2), &desk.err);
    expect_state(&desk, id, NOW + 2, "in-force");
}

static void rules_do_not_begin_before_they_are_approved(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    char id[YX_UUID_TEXT];
    desk_open(&desk, database);
    must_draft(&desk, "city", "pin.attempts", "5", NOW + YX_DAY, YX_TIME_NONE, id);
    expect_ok(propose(&desk, (struct arguments){.id = id, .by = ANN, .now = NOW}), &desk.err);
    expect_rule(&desk, give_opinion(&desk, id, BOB, true, NOW + 2 * YX_DAY), "REC-10");
    expect_state(&desk, id, NOW + 2 * YX_DAY, "proposed");
    expect_ok(withdraw(&desk, (struct arguments){.id = id, .by = ANN}), &desk.err);
    expect_state(&desk, id, NOW + 2 * YX_DAY, "draft");
}

static void as_many_approve_as_the_rules_say(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    char two[YX_UUID_TEXT], id[YX_UUID_TEXT];
    desk_open(&desk, database);
    must_draft(&desk, YX_POLICY_HOUSE, "policy.approvals", "2", YX_TIME_NONE, YX_TIME_NONE, two);
    must_approve(&desk, two, NOW);
    must_draft(&desk, "city", "pin.attempts", "5", YX_TIME_NONE, YX_TIME_NONE, id);
    expect_ok(propose(&desk, (struct arguments){.id = id, .by = ANN, .now = NOW}), &desk.err);
    expect_ok(give_opinion(&desk, id, BOB, true, NOW), &desk.err);
    expect_state(&desk, id, NOW, "proposed");
    expect_rule(&desk, give_opinion(&desk, id, BOB, true, NOW), YX_POLICY_TWO_PEOPLE);
    /* Approvals of a proposal that was withdrawn count no more. */
    expect_ok(withdraw(&desk, (struct arguments){.id = id, .by = ANN}), &desk.err);
    expect_ok(propose(&desk, (struct arguments){.id = id, .by = ANN, .now = NOW + 1}), &desk.err);
    expect_ok(give_opinion(&desk, id, EVE, true, NOW + 1), &desk.err);
    expect_state(&desk, id, NOW + 1, "proposed");
    expect_ok(give_opinion(&desk, id, BOB, true, NOW + 1), &desk.err);
    expect_state(&desk, id, NOW + 1, "in-force");
    /* It takes two to make it one again. */
    must_draft(&desk, YX_POLICY_HOUSE, "policy.approvals", "1", YX_TIME_NONE, YX_TIME_NONE, two);
    expect_ok(propose(&desk, (struct arguments){.id = two, .by = ANN, .now = NOW + 2}), &desk.err);
    expect_ok(give_opinion(&desk, two, BOB, true, NOW + 2), &desk.err);
    expect_state(&desk, two, NOW + 2, "proposed");
}

static yx_status note_opinion(void *self, const struct yx_policy_opinion *opinion,
                              struct yx_error *err)
{
    size_t len = strlen(self);
    (void)err;
    snprintf((char *)self + len, 256 - len, "%s %s %s;", opinion->by + 35,
             opinion->approves ? "yes" : "no", opinion->text);
    return YX_OK;
}

static yx_status opinions_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct arguments *a = self;
    return yx_policy_opinions(tx, a->id, note_opinion, a->out, err);
}

static yx_status note_value(void *self, const struct yx_policy_value *value, struct yx_error *err)
{
    (void)err;
    snprintf(self, 256, "%s=%s (%s)", value->key, value->value, value->article);
    return YX_OK;
}

static yx_status values_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct arguments *a = self;
    return yx_policy_values(tx, a->id, note_value, a->out, err);
}

static void what_was_said_stays(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    char id[YX_UUID_TEXT], text[256] = "", value[256] = "";
    desk_open(&desk, database);
    must_draft(&desk, "city", "pin.attempts", "5", YX_TIME_NONE, YX_TIME_NONE, id);
    expect_ok(propose(&desk, (struct arguments){.id = id, .by = ANN, .now = NOW}), &desk.err);
    expect_ok(give_opinion(&desk, id, EVE, false, NOW), &desk.err);
    expect_ok(propose(&desk, (struct arguments){.id = id, .by = ANN, .now = NOW + 1}), &desk.err);
    expect_ok(give_opinion(&desk, id, BOB, true, NOW + 1), &desk.err);
    struct arguments a = {.id = id, .out = text};
    expect_ok(yx_store_read(desk.store, opinions_work, &a, &desk.err), &desk.err);
    assert_string_equal(text, "e no 太短;b yes ;");
    a.out = value;
    expect_ok(yx_store_read(desk.store, values_work, &a, &desk.err), &desk.err);
    assert_string_equal(value, "pin.attempts=5 (art. 1)");
}

struct approver {
    pthread_t thread;
    struct desk desk;
    const char *id;
    yx_status status;
};

static void *approve_thread(void *self)
{
    struct approver *approver = self;
    approver->status = give_opinion(&approver->desk, approver->id, BOB, true, NOW);
    return NULL;
}

/* Two of one scheme, approved at the same time: one follows the other, or is refused. */
static void two_at_a_time_do_not_overlap(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    char ids[2][YX_UUID_TEXT];
    struct approver approvers[2];
    int in_force = 0;
    desk_open(&desk, database);
    for (int i = 0; i < 2; i++) {
        must_draft(&desk, "city", "pin.attempts", i == 0 ? "5" : "6", YX_TIME_NONE, YX_TIME_NONE,
                   ids[i]);
        expect_ok(propose(&desk, (struct arguments){.id = ids[i], .by = ANN, .now = NOW}),
                  &desk.err);
        approvers[i] = (struct approver){.desk = desk, .id = ids[i]};
    }
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&approvers[i].thread, NULL, approve_thread, &approvers[i]),
                         0);
    for (int i = 0; i < 2; i++)
        pthread_join(approvers[i].thread, NULL);
    for (int i = 0; i < 2; i++) {
        char text[128] = "";
        struct arguments a = {.id = ids[i], .now = NOW, .out = text};
        expect_ok(yx_store_read(desk.store, state_work, &a, &desk.err), &desk.err);
        in_force += strcmp(text, "in-force") == 0;
        assert_int_equal(approvers[i].status, YX_OK);
    }
    assert_int_equal(in_force, 1);
}

#define CASE(function)             \
    {                              \
#function, function, false \
    }

int main(void)
{
    static const struct database_case cases[] = {
        CASE(a_preset_holds_within_its_dates),
        CASE(what_is_approved_here_comes_before_the_preset),
        CASE(one_follows_the_other),
        CASE(values_come_as_what_they_are),
        CASE(drafts_that_make_no_sense_are_refused),
        CASE(a_draft_is_its_authors),
        CASE(nothing_is_in_force_without_approval),
        CASE(who_refuses_says_why),
        CASE(rules_do_not_begin_before_they_are_approved),
        CASE(as_many_approve_as_the_rules_say),
        CASE(what_was_said_stays),
        CASE(two_at_a_time_do_not_overlap),
    };
    return database_main("rule_set", cases, sizeof cases / sizeof *cases, true);
}
