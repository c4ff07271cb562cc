/* SPDX-License-Identifier: Apache-2.0 */
/* lookup.c - what holds for a setting, in a scheme, at an instant; and who said so. */
#include <stdlib.h>

#include "policy/room.h"

/* What the scheme's own rule set says; `in_force` though it says nothing of this setting. */
struct found {
    struct yx_policy_answer *answer;
    bool in_force, says;
};

static yx_status take(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct found *found = self;

    (void)err;
    found->in_force = true;
    if (yx_row_is_null(row, 1))
        return YX_OK;
    found->says = true;
    (void)snprintf(found->answer->rule_set, sizeof found->answer->rule_set, "%s",
                   yx_row_text(row, 0));
    (void)snprintf(found->answer->value, sizeof found->answer->value, "%s", yx_row_text(row, 1));
    return YX_OK;
}

/* A preset says something only while no rule set of its scheme was approved here. */
static bool ask_preset(const char *scheme, const char *key, yx_time at,
                       struct yx_policy_answer *out)
{
    const struct yx_policy_preset *preset = yx_policy_preset_find(scheme);
    size_t count;
    const struct yx_policy_preset_value *values = yx_policy_preset_values(&count);

    if (preset == NULL || !yx_policy_preset_holds(preset, at))
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(values[i].scheme, scheme) == 0 && strcmp(values[i].key, key) == 0) {
            (void)snprintf(out->rule_set, sizeof out->rule_set, "preset:%s", scheme);
            (void)snprintf(out->value, sizeof out->value, "%s", values[i].value);
            return true;
        }
    return false;
}

static yx_status ask_scheme(struct yx_tx *tx, const char *scheme, const char *key, yx_time at,
                            struct yx_policy_answer *out, bool *says, struct yx_error *err)
{
    const struct yx_value values[] = {yx_value_text(scheme), yx_value_text(key),
                                      yx_value_integer(at), yx_value_integer(YX_STAGE_APPROVED)};
    struct found found = {.answer = out};

    YX_TRY(yx_tx_query(tx,
                       "SELECT s.id, v.value FROM policy_set s"
                       " LEFT JOIN policy_value v ON v.rule_set = s.id AND v.name = $2"
                       " WHERE s.scheme = $1 AND s.stage = $4 AND s.from_at <= $3"
                       " AND s.until_at > $3 ORDER BY s.from_at DESC LIMIT 1",
                       values, COUNT_OF(values), take, &found, err));
    *says = found.says || (!found.in_force && ask_preset(scheme, key, at, out));
    return YX_OK;
}

yx_status yx_policy_find(struct yx_tx *tx, const char *scheme, const char *key, yx_time at,
                         struct yx_policy_answer *out, struct yx_error *err)
{
    const char *const schemes[] = {scheme, YX_POLICY_HOUSE};
    bool says = false;

    out->setting = yx_policy_setting_find(key);
    YX_REQUIRE(out->setting != NULL, err, YX_INTERNAL, RULE, N_("{1} is no setting"), key);
    for (size_t i = 0; i < COUNT_OF(schemes) && !says; i++)
        YX_TRY(ask_scheme(tx, schemes[i], key, at, out, &says, err));
    if (says)
        return YX_OK;
    (void)snprintf(out->rule_set, sizeof out->rule_set, "usual");
    (void)snprintf(out->value, sizeof out->value, "%s", out->setting->usual);
    return YX_OK;
}

/* --- With the value read --------------------------------------------------------------------- */

static yx_status find_of(struct yx_tx *tx, const char *scheme, const char *key, yx_time at,
                         enum yx_policy_type type, struct yx_policy_answer *out, char *rule_set,
                         struct yx_error *err)
{
    YX_TRY(yx_policy_find(tx, scheme, key, at, out, err));
    YX_REQUIRE(out->setting->type == type, err, YX_INTERNAL, RULE,
               N_("the setting {1} is of another type"), key);
    if (rule_set != NULL)
        (void)snprintf(rule_set, YX_POLICY_RULE_SET, "%s", out->rule_set);
    return YX_OK;
}

yx_status yx_policy_integer(struct yx_tx *tx, const char *scheme, const char *key, yx_time at,
                            int64_t *value, char rule_set[YX_POLICY_RULE_SET], struct yx_error *err)
{
    struct yx_policy_answer answer;

    YX_TRY(find_of(tx, scheme, key, at, YX_POLICY_INTEGER, &answer, rule_set, err));
    *value = strtoll(answer.value, NULL, 10);
    return YX_OK;
}

yx_status yx_policy_boolean(struct yx_tx *tx, const char *scheme, const char *key, yx_time at,
                            bool *value, char rule_set[YX_POLICY_RULE_SET], struct yx_error *err)
{
    struct yx_policy_answer answer;

    YX_TRY(find_of(tx, scheme, key, at, YX_POLICY_BOOLEAN, &answer, rule_set, err));
    *value = strcmp(answer.value, "yes") == 0;
    return YX_OK;
}

yx_status yx_policy_duration(struct yx_tx *tx, const char *scheme, const char *key, yx_time at,
                             struct yx_policy_duration *value, char rule_set[YX_POLICY_RULE_SET],
                             struct yx_error *err)
{
    struct yx_policy_answer answer;

    YX_TRY(find_of(tx, scheme, key, at, YX_POLICY_DURATION, &answer, rule_set, err));
    *value = (struct yx_policy_duration){0, YX_POLICY_WORD};
    return yx_policy_word_in(answer.setting->words, ' ', YX_TEXT(answer.value))
               ? YX_OK
               : yx_policy_duration_read(answer.value, value, err);
}

bool yx_policy_has(const struct yx_policy_answer *answer, const char *word)
{
    return yx_policy_word_in(answer->value, ',', YX_TEXT(word));
}
