/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apirecords/policy.c - what the rules are, and how they come to be. Rules are everybody's: they
 * are proposed and approved by those alone who may do so everywhere.
 *
 *   GET        /api/v1/policies/settings              every setting, and what each regulation says
 *   GET        /api/v1/policies/schemes               the regulations, and the laws they rest on
 *   GET        /api/v1/policies/values                ?scheme= or ?party=, ?at=: what holds, and
 * why GET, POST  /api/v1/policies                       rule sets made here; ?scheme= GET, PUT
 * /api/v1/policies/{policy} POST       /api/v1/policies/{policy}/proposal     by its author POST
 * /api/v1/policies/{policy}/withdrawal   by its author POST /api/v1/policies/{policy}/decisions by
 * others; {"approves": true, "text": "…"}
 */
#include <stdlib.h>

#include "apirecords/apirecords.h"

#define PATH "/api/v1/policies"

/* --- Values as JSON: numbers, true and false, lists; the rest as text ---------------------- */

static json_t *value_of(const struct yx_policy_setting *setting, const char *value)
{
    switch (setting->type) {
    case YX_POLICY_INTEGER:
        return json_integer(strtoll(value, NULL, 10));
    case YX_POLICY_BOOLEAN:
        return json_boolean(strcmp(value, "yes") == 0);
    case YX_POLICY_LIST:
        return yx_api_words(value, ',');
    default:
        return json_string(value);
    }
}

static yx_status text_of_list(const json_t *list, struct yx_buf *out, struct yx_error *err)
{
    size_t i;
    json_t *word;

    json_array_foreach(list, i, word)
    {
        if (!json_is_string(word) || strchr(json_string_value(word), ',') != NULL)
            return yx_fail(err, YX_USAGE, "", N_("a list is of texts without commas"));
        if ((i > 0 && yx_buf_append_text(out, ",") != YX_OK) ||
            yx_buf_append_text(out, json_string_value(word)) != YX_OK)
            return yx_fail_memory(err);
    }
    return YX_OK;
}

/* Appends the text of a value with a NUL; whether the setting takes it says policy/. */
static yx_status text_of(const json_t *value, struct yx_buf *out, struct yx_error *err)
{
    yx_status status = YX_OK;

    if (json_is_array(value))
        YX_TRY(text_of_list(value, out, err));
    else if (json_is_integer(value))
        status = yx_buf_printf(out, "%lld", (long long)json_integer_value(value));
    else if (json_is_boolean(value))
        status = yx_buf_append_text(out, json_is_true(value) ? "yes" : "no");
    else if (json_is_string(value))
        status = yx_buf_append_text(out, json_string_value(value));
    else
        return yx_fail(err, YX_USAGE, "",
                       N_("a value is a text, a whole number, true, false or a list of texts"));
    return status == YX_OK && yx_buf_append(out, YX_BYTES("", 1)) == YX_OK ? YX_OK
                                                                           : yx_fail_memory(err);
}

/* --- Tables -------------------------------------------------------------------------------- */

static json_t *regulations_on(const struct yx_policy_setting *setting)
{
    json_t *all = json_array();
    size_t count;
    const struct yx_policy_preset_value *values = yx_policy_preset_values(&count);

    for (size_t i = 0; i < count; i++)
        if (strcmp(values[i].key, setting->key) == 0)
            (void)json_array_append_new(
                all, json_pack("{s:s, s:o, s:s}", "scheme", values[i].scheme, "value",
                               value_of(setting, values[i].value), "article", values[i].article));
    return all;
}

static json_t *describe_setting(const struct yx_policy_setting *setting)
{
    json_t *item =
        json_pack("{s:s, s:s, s:o, s:o, s:s, s:s, s:s, s:o}", "key", setting->key, "type",
                  yx_policy_type_name(setting->type), "words", yx_api_words(setting->words, ' '),
                  "usual", value_of(setting, setting->usual), "zh", setting->zh, "en", setting->en,
                  "source", setting->source, "regulations", regulations_on(setting));

    if (item != NULL && setting->type == YX_POLICY_INTEGER) {
        (void)json_object_set_new(item, "least", json_integer(setting->least));
        (void)json_object_set_new(item, "most", json_integer(setting->most));
    }
    return item;
}

static yx_status get_settings(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(json) json_t *items = json_array();
    size_t count;
    const struct yx_policy_setting *settings = yx_policy_settings(&count);

    for (size_t i = 0; i < count; i++)
        if (json_array_append_new(items, describe_setting(&settings[i])) != 0)
            return yx_fail_memory(err);
    return yx_api_reply(call, 200, json_pack("{s:O}", "items", items), err);
}

static const char *or_null(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

static yx_status get_schemes(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(json) json_t *items = json_array();
    YX_CLEAN(json) json_t *laws = json_array();
    size_t count, law_count;
    const struct yx_policy_preset *presets = yx_policy_presets(&count);
    const struct yx_policy_law *law = yx_policy_laws(&law_count);

    for (size_t i = 0; i < count; i++)
        if (json_array_append_new(items,
                                  json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:b, s:o}", "scheme",
                                            presets[i].scheme, "zh", presets[i].zh, "en",
                                            presets[i].en, "from", or_null(presets[i].from),
                                            "until", or_null(presets[i].until), "holds",
                                            yx_policy_preset_holds(&presets[i], call->now), "laws",
                                            yx_api_words(presets[i].basis, ' '))) != 0)
            return yx_fail_memory(err);
    for (size_t i = 0; i < law_count; i++)
        if (json_array_append_new(laws,
                                  json_pack("{s:s, s:s, s:s?}", "id", law[i].id, "name",
                                            law[i].name, "version", or_null(law[i].version))) != 0)
            return yx_fail_memory(err);
    return yx_api_reply(call, 200, json_pack("{s:O, s:O}", "items", items, "laws", laws), err);
}

/* --- What holds ---------------------------------------------------------------------------- */

struct holding {
    struct yx_api_call *call;
    const char *scheme, *party;
    yx_time at;
    json_t *items;
};
static const struct yx_json_member holding_members[] = {
    {"scheme", YX_JSON_TEXT, false, 1, YX_POLICY_SCHEME_MAX, YX_JSON_AT(struct holding, scheme)},
    {"party", YX_JSON_ID, false, 0, 0, YX_JSON_AT(struct holding, party)},
    {"at", YX_JSON_TIME, false, 0, 0, YX_JSON_AT(struct holding, at)},
    YX_JSON_END,
};

static yx_status list_values(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct holding *holding = self;
    char scheme[YX_POLICY_SCHEME_MAX + 1] = "";
    size_t count;
    const struct yx_policy_setting *settings = yx_policy_settings(&count);
    struct yx_policy_answer answer;

    (void)json_array_clear(holding->items);
    if (holding->party != NULL) {
        YX_TRY(yx_api_require_party(holding->call, tx, holding->party, err));
        YX_TRY(yx_party_scheme(tx, holding->party, scheme, sizeof scheme, err));
    } else if (holding->scheme != NULL) {
        (void)snprintf(scheme, sizeof scheme, "%s", holding->scheme);
    }
    for (size_t i = 0; i < count; i++) {
        YX_TRY(yx_policy_find(tx, scheme, settings[i].key, holding->at, &answer, err));
        if (json_array_append_new(holding->items,
                                  json_pack("{s:s, s:o, s:s}", "key", settings[i].key, "value",
                                            value_of(&settings[i], answer.value), "rule_set",
                                            answer.rule_set)) != 0)
            return yx_fail_memory(err);
    }
    return YX_OK;
}

static yx_status get_values(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(json) json_t *items = json_array();
    struct holding holding = {.call = call, .at = call->now, .items = items};

    YX_TRY(yx_http_query_members(call->http, holding_members, &holding, err));
    YX_TRY(yx_store_read(call->services->store, list_values, &holding, err));
    return yx_api_reply(call, 200, json_pack("{s:O}", "items", items), err);
}

/* --- Rule sets ----------------------------------------------------------------------------- */

static json_t *describe(const struct yx_policy_rule_set *set)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:s?, s:I}",
                     "id", set->id, "scheme", set->scheme, "name_zh", set->name_zh, "name_en",
                     set->name_en, "source", set->source, "state", yx_policy_state_name(set->state),
                     "from", yx_api_time(set->from), "until", yx_api_time(set->until), "author",
                     set->author, "made_at", yx_api_time(set->made_at), "proposed_at",
                     yx_api_time(set->proposed_at), "approved_at", yx_api_time(set->approved_at),
                     "replaced_by", set->replaced_by, "version", (json_int_t)set->version);
}

struct listing {
    const char *scheme, *paged;
};
static const struct yx_json_member filters[] = {
    {"scheme", YX_JSON_TEXT, false, 1, YX_POLICY_SCHEME_MAX, YX_JSON_AT(struct listing, scheme)},
    YX_API_PAGE_MEMBERS(struct listing, paged),
    YX_JSON_END,
};

static yx_status add_set(void *self, const struct yx_policy_rule_set *set, struct yx_error *err)
{
    return yx_api_page_add(self, set->id, describe(set), err);
}

static yx_status list_sets(void *self, struct yx_tx *tx, struct yx_api_page *page,
                           struct yx_error *err)
{
    const struct listing *listing = self;
    const struct yx_policy_filter filter = {
        .scheme = listing->scheme, .after = page->after, .limit = yx_api_page_rows(page)};

    return yx_policy_list(tx, &filter, page->call->now, add_set, page, err);
}

static yx_status get_policies(struct yx_api_call *call, struct yx_error *err)
{
    struct listing listing = {0};

    YX_TRY(yx_http_query_members(call->http, filters, &listing, err));
    return yx_api_list(call, list_sets, &listing, err);
}

/* One, with its values and what was said about it. */
struct reading {
    const char *id;
    yx_time now;
    json_t *set, *values, *opinions;
};

static void reading_free(struct reading *reading)
{
    json_decref(reading->set);
    json_decref(reading->values);
    json_decref(reading->opinions);
    reading->set = reading->values = reading->opinions = NULL;
}
YX_DEFINE_CLEAN_VALUE(reading, struct reading, reading_free);

static yx_status take_set(void *self, const struct yx_policy_rule_set *set, struct yx_error *err)
{
    struct reading *reading = self;

    reading->set = describe(set);
    return reading->set == NULL ? yx_fail_memory(err) : YX_OK;
}

static yx_status take_value(void *self, const struct yx_policy_value *value, struct yx_error *err)
{
    const struct yx_policy_setting *setting = yx_policy_setting_find(value->key);
    const struct reading *reading = self;
    json_t *shown = setting == NULL ? json_string(value->value) : value_of(setting, value->value);

    return json_array_append_new(reading->values,
                                 json_pack("{s:s, s:o, s:s}", "key", value->key, "value", shown,
                                           "article", value->article)) == 0
               ? YX_OK
               : yx_fail_memory(err);
}

static yx_status take_opinion(void *self, const struct yx_policy_opinion *opinion,
                              struct yx_error *err)
{
    const struct reading *reading = self;

    return json_array_append_new(reading->opinions,
                                 json_pack("{s:s, s:s, s:s, s:b, s:o}", "by", opinion->by,
                                           "department", opinion->department, "text", opinion->text,
                                           "approves", opinion->approves, "at",
                                           yx_api_time(opinion->at))) == 0
               ? YX_OK
               : yx_fail_memory(err);
}

static yx_status read_set(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct reading *reading = self;
    const struct yx_policy_filter filter = {.id = reading->id, .limit = 1};

    reading_free(reading);
    reading->values = json_array();
    reading->opinions = json_array();
    YX_TRY(yx_policy_list(tx, &filter, reading->now, take_set, reading, err));
    YX_TRY(yx_policy_values(tx, reading->id, take_value, reading, err));
    YX_TRY(yx_policy_opinions(tx, reading->id, take_opinion, reading, err));
    return json_object_set(reading->set, "values", reading->values) == 0 &&
                   json_object_set(reading->set, "opinions", reading->opinions) == 0
               ? YX_OK
               : yx_fail_memory(err);
}

static yx_status get_policy(struct yx_api_call *call, struct yx_error *err)
{
    YX_CLEAN(reading) struct reading reading = {.id = call->http->ids[0], .now = call->now};

    YX_TRY(yx_store_read(call->services->store, read_set, &reading, err));
    return yx_api_reply(call, 200, json_incref(reading.set), err);
}

/* --- Drafts -------------------------------------------------------------------------------- */

struct entry {
    struct yx_api_call *call;
    struct yx_policy_entry policy;
    json_t *list;
    int64_t version;
    struct yx_policy_value values[YX_POLICY_VALUES_MAX];
    struct yx_buf texts;
};

static void entry_free(struct entry *entry)
{
    yx_buf_free(&entry->texts);
}
YX_DEFINE_CLEAN_VALUE(entry, struct entry, entry_free);

struct one_value {
    const char *key, *article;
    json_t *value;
};
static const struct yx_json_member value_members[] = {
    {"key", YX_JSON_TEXT, true, 1, 100, YX_JSON_AT(struct one_value, key)},
    {"value", YX_JSON_ANY, true, 0, 0, YX_JSON_AT(struct one_value, value)},
    {"article", YX_JSON_TEXT, false, 0, 200, YX_JSON_AT(struct one_value, article)},
    YX_JSON_END,
};
#define MEMBERS                                                                                \
    {"name_zh", YX_JSON_TEXT, true, 1, 200, YX_JSON_AT(struct entry, policy.name_zh)},         \
        {"name_en", YX_JSON_TEXT, true, 1, 200, YX_JSON_AT(struct entry, policy.name_en)},     \
        {"source", YX_JSON_TEXT, false, 0, 200, YX_JSON_AT(struct entry, policy.source)},      \
        {"from", YX_JSON_TIME, false, 0, 0, YX_JSON_AT(struct entry, policy.from)},            \
        {"until", YX_JSON_TIME, false, 0, 0, YX_JSON_AT(struct entry, policy.until)},          \
    {                                                                                          \
        "values", YX_JSON_LIST, true, 0, YX_POLICY_VALUES_MAX, YX_JSON_AT(struct entry, list), \
            .items = value_members                                                             \
    }
static const struct yx_json_member draft_members[] = {
    {"scheme", YX_JSON_TEXT, true, 1, YX_POLICY_SCHEME_MAX,
     YX_JSON_AT(struct entry, policy.scheme)},
    MEMBERS,
    YX_JSON_END,
};
static const struct yx_json_member redraft_members[] = {
    {"version", YX_JSON_INT, false, 1, INT64_MAX, YX_JSON_AT(struct entry, version)},
    MEMBERS,
    YX_JSON_END,
};

/* Texts of values lie in one buffer: their addresses are known when all are there. */
static yx_status read_values(struct entry *entry, struct yx_error *err)
{
    size_t at = 0, i;
    json_t *item;

    json_array_foreach(entry->list, i, item)
    {
        struct one_value one = {.article = ""};

        YX_TRY(yx_json_members(item, value_members, &one, err));
        YX_TRY(text_of(one.value, &entry->texts, err));
        entry->values[i] = (struct yx_policy_value){.key = one.key, .article = one.article};
    }
    entry->policy.count = json_array_size(entry->list);
    entry->policy.values = entry->values;
    for (i = 0; i < entry->policy.count; i++) {
        entry->values[i].value = (const char *)entry->texts.data + at;
        at += strlen(entry->values[i].value) + 1;
    }
    return YX_OK;
}

static yx_status show(const struct yx_api_call *call, struct yx_tx *tx, const char *id,
                      struct yx_api_outcome *outcome, struct yx_error *err)
{
    YX_CLEAN(reading) struct reading reading = {.id = id, .now = call->now};

    YX_TRY(read_set(&reading, tx, err));
    yx_api_about(outcome, "policy", id);
    outcome->body = json_incref(reading.set);
    return yx_api_details(outcome,
                          json_pack("{s:O, s:O}", "scheme", json_object_get(reading.set, "scheme"),
                                    "state", json_object_get(reading.set, "state")),
                          err);
}

static yx_status draft(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                       struct yx_error *err)
{
    struct entry *entry = self;
    char id[YX_UUID_TEXT];

    YX_TRY(
        yx_policy_draft(tx, &entry->policy, entry->call->who.account, entry->call->now, id, err));
    yx_api_made(outcome, PATH, "policy", id);
    return show(entry->call, tx, id, outcome, err);
}

static yx_status redraft(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                         struct yx_error *err)
{
    struct entry *entry = self;
    const char *id = entry->call->http->ids[0];

    YX_TRY(
        yx_policy_redraft(tx, id, entry->version, &entry->policy, entry->call->who.account, err));
    return show(entry->call, tx, id, outcome, err);
}

static yx_status enter(struct yx_api_call *call, const struct yx_json_member *members,
                       yx_api_work work, struct yx_error *err)
{
    YX_CLEAN(entry)
    struct entry entry = {.call = call, .policy = {.from = YX_TIME_NONE, .until = YX_TIME_NONE}};

    YX_TRY(yx_json_members(call->body, members, &entry, err));
    YX_TRY(read_values(&entry, err));
    return yx_api_change(call, work, &entry, err);
}

static yx_status post_policy(struct yx_api_call *call, struct yx_error *err)
{
    return enter(call, draft_members, draft, err);
}

static yx_status put_policy(struct yx_api_call *call, struct yx_error *err)
{
    return enter(call, redraft_members, redraft, err);
}

/* --- Proposed and decided ------------------------------------------------------------------ */

static yx_status propose(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                         struct yx_error *err)
{
    struct yx_api_call *call = self;
    const char *id = call->http->ids[0];

    YX_TRY(yx_policy_propose(tx, id, call->who.account, call->now, err));
    return show(call, tx, id, outcome, err);
}

static yx_status withdraw(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                          struct yx_error *err)
{
    struct yx_api_call *call = self;
    const char *id = call->http->ids[0];

    YX_TRY(yx_policy_withdraw(tx, id, call->who.account, err));
    return show(call, tx, id, outcome, err);
}

static yx_status post_proposal(struct yx_api_call *call, struct yx_error *err)
{
    YX_TRY(yx_api_nothing(call, err));
    return yx_api_change(call, propose, call, err);
}

static yx_status post_withdrawal(struct yx_api_call *call, struct yx_error *err)
{
    YX_TRY(yx_api_nothing(call, err));
    return yx_api_change(call, withdraw, call, err);
}

struct decision {
    struct yx_api_call *call;
    struct yx_policy_opinion opinion;
};
static const struct yx_json_member decision_members[] = {
    {"approves", YX_JSON_BOOL, true, 0, 0, YX_JSON_AT(struct decision, opinion.approves)},
    {"department", YX_JSON_TEXT, false, 0, 200, YX_JSON_AT(struct decision, opinion.department)},
    {"text", YX_JSON_LINES, false, 0, 1000, YX_JSON_AT(struct decision, opinion.text)},
    YX_JSON_END,
};

/* Whoever made it, or said something about it, has no second voice through another account. */
static yx_status require_other(struct yx_tx *tx, const char *by, const char *other,
                               struct yx_error *err)
{
    bool same;

    if (strcmp(by, other) == 0) /* yx_policy_decide knows */
        return YX_OK;
    YX_TRY(yx_login_same_person(tx, by, other, &same, err));
    YX_REQUIRE(!same, err, YX_REFUSED, YX_POLICY_TWO_PEOPLE,
               N_("another account of yours made it or decided about it already"));
    return YX_OK;
}

static yx_status require_others(struct yx_tx *tx, const struct decision *decision,
                                struct yx_error *err)
{
    const struct yx_api_call *call = decision->call;
    YX_CLEAN(reading) struct reading reading = {.id = call->http->ids[0], .now = call->now};
    const json_t *opinion;
    size_t i;

    YX_TRY(read_set(&reading, tx, err));
    YX_TRY(require_other(tx, call->who.account,
                         json_string_value(json_object_get(reading.set, "author")), err));
    json_array_foreach(reading.opinions, i, opinion)
    {
        YX_TRY(require_other(tx, call->who.account,
                             json_string_value(json_object_get(opinion, "by")), err));
    }
    return YX_OK;
}

static yx_status decide(void *self, struct yx_tx *tx, struct yx_api_outcome *outcome,
                        struct yx_error *err)
{
    const struct decision *decision = self;
    const char *id = decision->call->http->ids[0];
    enum yx_policy_state state;

    YX_TRY(require_others(tx, decision, err));
    YX_TRY(yx_policy_decide(tx, id, &decision->opinion, &state, err));
    return show(decision->call, tx, id, outcome, err);
}

static yx_status post_decision(struct yx_api_call *call, struct yx_error *err)
{
    struct decision decision = {
        .call = call,
        .opinion = {.by = call->who.account, .department = "", .text = "", .at = call->now}};

    YX_TRY(yx_json_members(call->body, decision_members, &decision, err));
    return yx_api_change(call, decide, &decision, err);
}

const struct yx_api_route yx_api_policies[] = {
    {"GET", PATH "/settings", "policy.read", NULL, get_settings},
    {"GET", PATH "/schemes", "policy.read", NULL, get_schemes},
    {"GET", PATH "/values", "policy.read", NULL, get_values},
    {"GET", PATH, "policy.read", NULL, get_policies},
    {"POST", PATH, "policy.propose", "policy.draft", post_policy, YX_API_EVERYWHERE, 256 * 1024},
    {"GET", PATH "/{policy}", "policy.read", NULL, get_policy},
    {"PUT", PATH "/{policy}", "policy.propose", "policy.redraft", put_policy, YX_API_EVERYWHERE,
     256 * 1024},
    {"POST", PATH "/{policy}/proposal", "policy.propose", "policy.propose", post_proposal,
     YX_API_EVERYWHERE},
    {"POST", PATH "/{policy}/withdrawal", "policy.propose", "policy.withdraw", post_withdrawal,
     YX_API_EVERYWHERE},
    {"POST", PATH "/{policy}/decisions", "policy.approve", "policy.decide", post_decision,
     YX_API_RECENT | YX_API_EVERYWHERE},
    YX_API_ROUTES_END,
};
