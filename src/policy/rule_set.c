/* SPDX-License-Identifier: Apache-2.0 */
/* rule_set.c - rule sets drafted, changed and listed; approval.c puts them into force. */
#include "policy/room.h"

#define NAME_MAX_BYTES 600
#define SCHEME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

yx_status yx_policy_take_integer(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

/* --- What may stand in one ------------------------------------------------------------------- */

static yx_status check_text(const char *text, bool needed, struct yx_error *err)
{
    struct yx_bytes bytes = YX_TEXT(text == NULL ? "" : text);

    YX_REQUIRE(!needed || bytes.len > 0, err, YX_USAGE, RULE,
               N_("a rule set has a Chinese name and an English name"));
    YX_REQUIRE(bytes.len <= NAME_MAX_BYTES && yx_utf8_valid(bytes), err, YX_USAGE, RULE,
               N_("the names and the source of a rule set have at most {1} bytes of UTF-8"),
               YX_NUM(NAME_MAX_BYTES));
    for (size_t i = 0; i < bytes.len; i++)
        YX_REQUIRE(bytes.data[i] >= 0x20 && bytes.data[i] != 0x7F, err, YX_USAGE, RULE,
                   N_("the names and the source of a rule set hold no control characters"));
    return YX_OK;
}

static yx_status check_value(const struct yx_policy_entry *entry, size_t i, struct yx_error *err)
{
    const struct yx_policy_value *value = &entry->values[i];
    const struct yx_policy_setting *setting = yx_policy_setting_find(value->key);

    YX_REQUIRE(setting != NULL, err, YX_USAGE, RULE, N_("{1} is no setting"), value->key);
    for (size_t k = 0; k < i; k++)
        YX_REQUIRE(strcmp(entry->values[k].key, value->key) != 0, err, YX_USAGE, RULE,
                   N_("the setting {1} stands there twice"), value->key);
    YX_TRY(check_text(value->article, false, err));
    return yx_policy_check_value(setting, value->value, err);
}

static yx_status check_entry(const struct yx_policy_entry *entry, struct yx_error *err)
{
    YX_TRY(check_text(entry->name_zh, true, err));
    YX_TRY(check_text(entry->name_en, true, err));
    YX_TRY(check_text(entry->source, false, err));
    YX_REQUIRE(entry->from == YX_TIME_NONE || entry->until == YX_TIME_NONE ||
                   entry->until > entry->from,
               err, YX_USAGE, RULE, N_("a rule set ends after it begins"));
    YX_REQUIRE(entry->count <= YX_POLICY_VALUES_MAX, err, YX_USAGE, RULE,
               N_("a rule set has at most {1} values"), YX_NUM(YX_POLICY_VALUES_MAX));
    for (size_t i = 0; i < entry->count; i++)
        YX_TRY(check_value(entry, i, err));
    return YX_OK;
}

static yx_status check_by(const char *by, struct yx_error *err)
{
    YX_REQUIRE(by != NULL && by[0] != '\0', err, YX_USAGE, "",
               N_("who asks must be told: every change is recorded with its author"));
    return YX_OK;
}

/* --- Drafted --------------------------------------------------------------------------------- */

static yx_status put_values(struct yx_tx *tx, const char *id, const struct yx_policy_entry *entry,
                            struct yx_error *err)
{
    for (size_t i = 0; i < entry->count; i++) {
        const char *article = entry->values[i].article;
        const struct yx_value row[] = {yx_value_text(id), yx_value_text(entry->values[i].key),
                                       yx_value_text(entry->values[i].value),
                                       yx_value_text(article == NULL ? "" : article)};

        YX_TRY(yx_tx_run(tx,
                         "INSERT INTO policy_value (rule_set, name, value, article)"
                         " VALUES ($1, $2, $3, $4)",
                         row, COUNT_OF(row), NULL, err));
    }
    return YX_OK;
}

yx_status yx_policy_draft(struct yx_tx *tx, const struct yx_policy_entry *entry, const char *by,
                          yx_time now, char id[YX_UUID_TEXT], struct yx_error *err)
{
    size_t len = entry->scheme == NULL ? 0 : strlen(entry->scheme);

    YX_TRY(check_by(by, err));
    YX_REQUIRE(len >= 1 && len <= YX_POLICY_SCHEME_MAX &&
                   strspn(entry->scheme, SCHEME_CHARACTERS) == len,
               err, YX_USAGE, RULE,
               N_("the name of a scheme is of 1 to {1} small letters, digits and '-'"),
               YX_NUM(YX_POLICY_SCHEME_MAX));
    YX_TRY(check_entry(entry, err));
    YX_TRY(yx_uuid_make(now, id, err));
    const struct yx_value row[] = {
        yx_value_text(id),
        yx_value_text(entry->scheme),
        yx_value_text(entry->name_zh),
        yx_value_text(entry->name_en),
        yx_value_text(entry->source == NULL ? "" : entry->source),
        yx_value_integer(YX_STAGE_DRAFT),
        yx_value_time(entry->from),
        yx_value_integer(entry->until == YX_TIME_NONE ? OPEN : entry->until),
        yx_value_text(by),
        yx_value_time(now),
    };
    YX_TRY(yx_tx_run(tx,
                     "INSERT INTO policy_set (id, scheme, name_zh, name_en, source, stage, from_at,"
                     " until_at, author, made_at, version)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)",
                     row, COUNT_OF(row), NULL, err));
    return put_values(tx, id, entry, err);
}

/* --- One as it stands ------------------------------------------------------------------------ */

static yx_status take_standing(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct yx_policy_standing *out = self;

    (void)err;
    out->stage = (enum yx_policy_stage)yx_row_integer(row, 0);
    out->from = yx_row_time(row, 1);
    out->until = yx_row_integer(row, 2);
    out->proposed_at = yx_row_time(row, 3);
    out->version = yx_row_integer(row, 4);
    (void)snprintf(out->scheme, sizeof out->scheme, "%s", yx_row_text(row, 5));
    (void)snprintf(out->author, sizeof out->author, "%s", yx_row_text(row, 6));
    return YX_OK;
}

yx_status yx_policy_stand(struct yx_tx *tx, const char *id, struct yx_policy_standing *out,
                          struct yx_error *err)
{
    const struct yx_value key = yx_value_text(id);

    *out = (struct yx_policy_standing){0};
    YX_TRY(yx_tx_query(tx,
                       "SELECT stage, from_at, until_at, proposed_at, version, scheme, author"
                       " FROM policy_set WHERE id = $1",
                       &key, 1, take_standing, out, err));
    YX_REQUIRE(out->version != 0, err, YX_REFUSED, YX_POLICY_MISSING,
               N_("there is no rule set {1}"), id);
    return YX_OK;
}

yx_status yx_policy_redraft(struct yx_tx *tx, const char *id, int64_t version,
                            const struct yx_policy_entry *entry, const char *by,
                            struct yx_error *err)
{
    struct yx_policy_standing was;
    const struct yx_value row[] = {
        yx_value_text(id),
        yx_value_text(entry->name_zh),
        yx_value_text(entry->name_en),
        yx_value_text(entry->source == NULL ? "" : entry->source),
        yx_value_time(entry->from),
        yx_value_integer(entry->until == YX_TIME_NONE ? OPEN : entry->until),
    };

    YX_TRY(check_by(by, err));
    YX_TRY(check_entry(entry, err));
    YX_TRY(yx_policy_stand(tx, id, &was, err));
    YX_REQUIRE(was.stage == YX_STAGE_DRAFT, err, YX_REFUSED, RULE,
               N_("a rule set that was proposed is not changed: make another one"));
    YX_REQUIRE(strcmp(was.author, by) == 0, err, YX_REFUSED, RULE,
               N_("a draft is changed by its author alone"));
    YX_REQUIRE(version == 0 || version == was.version, err, YX_REFUSED, YX_POLICY_CHANGED,
               N_("somebody changed it meanwhile: it has version {1}, not {2}"),
               YX_NUM(was.version), YX_NUM(version));
    YX_TRY(yx_tx_run(tx,
                     "UPDATE policy_set SET name_zh = $2, name_en = $3, source = $4, from_at = $5,"
                     " until_at = $6, version = version + 1 WHERE id = $1",
                     row, COUNT_OF(row), NULL, err));
    YX_TRY(yx_tx_run(tx, "DELETE FROM policy_value WHERE rule_set = $1", row, 1, NULL, err));
    return put_values(tx, id, entry, err);
}

/* --- Listed ---------------------------------------------------------------------------------- */

const char *yx_policy_state_name(enum yx_policy_state state)
{
    static const char *const names[] = {"draft", "proposed", "approved", "in-force", "ended"};

    return names[state];
}

static enum yx_policy_state state_of(enum yx_policy_stage stage, yx_time from, yx_time until,
                                     yx_time now)
{
    if (stage == YX_STAGE_DRAFT)
        return YX_POLICY_DRAFT;
    if (stage == YX_STAGE_PROPOSED)
        return YX_POLICY_PROPOSED;
    if (until <= now)
        return YX_POLICY_ENDED;
    return from <= now ? YX_POLICY_IN_FORCE : YX_POLICY_APPROVED;
}

struct giving {
    yx_policy_take take;
    void *self;
    yx_time now;
    bool found;
};

static yx_status give(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct giving *giving = self;
    yx_time until = yx_row_integer(row, 7);
    struct yx_policy_rule_set set = {
        .scheme = yx_row_text(row, 1),
        .name_zh = yx_row_text(row, 2),
        .name_en = yx_row_text(row, 3),
        .source = yx_row_text(row, 4),
        .from = yx_row_time(row, 6),
        .until = until == OPEN ? YX_TIME_NONE : until,
        .author = yx_row_text(row, 8),
        .made_at = yx_row_time(row, 9),
        .proposed_at = yx_row_time(row, 10),
        .approved_at = yx_row_time(row, 11),
        .replaced_by = yx_row_text(row, 12),
        .version = yx_row_integer(row, 13),
    };

    set.state =
        state_of((enum yx_policy_stage)yx_row_integer(row, 5), set.from, until, giving->now);
    (void)snprintf(set.id, sizeof set.id, "%s", yx_row_text(row, 0));
    giving->found = true;
    return giving->take(giving->self, &set, err);
}

yx_status yx_policy_list(struct yx_tx *tx, const struct yx_policy_filter *filter, yx_time now,
                         yx_policy_take take, void *self, struct yx_error *err)
{
    struct giving giving = {take, self, now, false};
    const struct yx_value values[] = {
        yx_value_text(filter->id),
        yx_value_text(filter->scheme),
        yx_value_text(filter->after == NULL ? "" : filter->after),
        yx_value_integer(filter->limit),
    };

    YX_TRY(yx_tx_query(tx,
                       "SELECT id, scheme, name_zh, name_en, source, stage, from_at, until_at,"
                       " author, made_at, proposed_at, approved_at, replaced_by, version"
                       " FROM policy_set WHERE (CAST($1 AS TEXT) IS NULL OR id = $1)"
                       " AND (CAST($2 AS TEXT) IS NULL OR scheme = $2) AND id > $3"
                       " ORDER BY id LIMIT $4",
                       values, COUNT_OF(values), give, &giving, err));
    YX_REQUIRE(filter->id == NULL || giving.found, err, YX_REFUSED, YX_POLICY_MISSING,
               N_("there is no rule set {1}"), filter->id);
    return YX_OK;
}

struct giving_values {
    yx_policy_take_value take;
    void *self;
};

static yx_status give_value(void *self, const struct yx_row *row, struct yx_error *err)
{
    const struct giving_values *giving = self;
    const struct yx_policy_value value = {yx_row_text(row, 0), yx_row_text(row, 1),
                                          yx_row_text(row, 2)};

    return giving->take(giving->self, &value, err);
}

yx_status yx_policy_values(struct yx_tx *tx, const char *id, yx_policy_take_value take, void *self,
                           struct yx_error *err)
{
    struct giving_values giving = {take, self};
    const struct yx_value key = yx_value_text(id);

    return yx_tx_query(tx,
                       "SELECT name, value, article FROM policy_value WHERE rule_set = $1"
                       " ORDER BY name",
                       &key, 1, give_value, &giving, err);
}
