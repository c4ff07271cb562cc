/* SPDX-License-Identifier: Apache-2.0 */
/* table.c - the tables of settings, presets and laws, and the check of a value. */
#include <stdlib.h>

#include "policy/room.h"

#define SETTING(key, type, words, least, most, usual, zh, en, source) \
    {key, YX_POLICY_##type, words, least, most, usual, zh, en, source},
static const struct yx_policy_setting settings[] = {
#include "policy/setting.inc"
};

#define PRESET(scheme, zh, en, from, until, basis) {scheme, zh, en, from, until, basis},
#define VALUE(scheme, key, value, article)
static const struct yx_policy_preset presets[] = {
#include "policy/preset.inc"
};
#undef PRESET
#undef VALUE
#define PRESET(scheme, zh, en, from, until, basis)
#define VALUE(scheme, key, value, article) {scheme, key, value, article},
static const struct yx_policy_preset_value values[] = {
#include "policy/preset.inc"
};

#define LAW(id, name, version) {id, name, version},
static const struct yx_policy_law laws[] = {
#include "policy/law.inc"
};

const struct yx_policy_setting *yx_policy_settings(size_t *count)
{
    *count = COUNT_OF(settings);
    return settings;
}

const struct yx_policy_setting *yx_policy_setting_find(const char *key)
{
    for (size_t i = 0; i < COUNT_OF(settings); i++)
        if (strcmp(settings[i].key, key) == 0)
            return &settings[i];
    return NULL;
}

const struct yx_policy_preset *yx_policy_presets(size_t *count)
{
    *count = COUNT_OF(presets);
    return presets;
}

const struct yx_policy_preset *yx_policy_preset_find(const char *scheme)
{
    for (size_t i = 0; i < COUNT_OF(presets); i++)
        if (strcmp(presets[i].scheme, scheme) == 0)
            return &presets[i];
    return NULL;
}

const struct yx_policy_preset_value *yx_policy_preset_values(size_t *count)
{
    *count = COUNT_OF(values);
    return values;
}

const struct yx_policy_law *yx_policy_laws(size_t *count)
{
    *count = COUNT_OF(laws);
    return laws;
}

bool yx_policy_preset_holds(const struct yx_policy_preset *preset, yx_time at)
{
    yx_time first, last;

    if (yx_policy_date(YX_TEXT(preset->from), &first) && at < first)
        return false;
    return !yx_policy_date(YX_TEXT(preset->until), &last) || at < last + YX_DAY;
}

const char *yx_policy_type_name(enum yx_policy_type type)
{
    static const char *const names[] = {"integer", "duration", "boolean", "enumeration",
                                        "list",    "text",     "date",    "day"};

    return names[type];
}

/* --- Pieces of a text ------------------------------------------------------------------------ */

bool yx_policy_next(const char **rest, char separator, struct yx_bytes *piece)
{
    const char *end;

    if (*rest == NULL || **rest == '\0')
        return false;
    end = strchr(*rest, separator);
    *piece = YX_BYTES(*rest, end == NULL ? strlen(*rest) : (size_t)(end - *rest));
    *rest = end == NULL ? NULL : end + 1;
    return true;
}

bool yx_policy_word_in(const char *words, char separator, struct yx_bytes word)
{
    struct yx_bytes piece;

    while (yx_policy_next(&words, separator, &piece))
        if (yx_bytes_equal(piece, word))
            return true;
    return false;
}

/* --- Values ---------------------------------------------------------------------------------- */

#define LIST_WORD_MAX 100

static yx_status fail_value(const struct yx_policy_setting *setting, const char *value,
                            struct yx_error *err)
{
    return yx_fail(err, YX_USAGE, RULE, N_("{1} is no value of {2}"), value, setting->key);
}

static bool is_integer(const struct yx_policy_setting *setting, const char *value)
{
    char *end, again[24];
    long long number = strtoll(value, &end, 10);

    /* In the one form that it has: no sign, no zeros in front. */
    (void)snprintf(again, sizeof again, "%lld", number);
    return strcmp(again, value) == 0 && number >= setting->least && number <= setting->most;
}

static bool has_control(struct yx_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < 0x20 || text.data[i] == 0x7F)
            return true;
    return false;
}

/* Words of the table, or any when it has none; each once. */
static bool is_list(const struct yx_policy_setting *setting, const char *value)
{
    const char *rest = value;
    struct yx_bytes piece;

    while (yx_policy_next(&rest, ',', &piece)) {
        bool known = setting->words[0] == '\0' || yx_policy_word_in(setting->words, ' ', piece);

        if (!known || piece.len == 0 || piece.len > LIST_WORD_MAX || has_control(piece))
            return false;
        if (rest != NULL && (*rest == '\0' || yx_policy_word_in(rest, ',', piece)))
            return false;
    }
    return true;
}

/* "01-31"; 29 February is none of every year. */
static bool is_day(const char *value)
{
    char date[16];
    yx_time ignored;

    (void)snprintf(date, sizeof date, "2001-%.6s", value);
    return strlen(value) == 5 && yx_policy_date(YX_TEXT(date), &ignored);
}

static bool is_value(const struct yx_policy_setting *setting, const char *value)
{
    struct yx_policy_duration duration;
    yx_time date;

    switch (setting->type) {
    case YX_POLICY_INTEGER:
        return is_integer(setting, value);
    case YX_POLICY_BOOLEAN:
        return strcmp(value, "yes") == 0 || strcmp(value, "no") == 0;
    case YX_POLICY_DURATION:
        return yx_policy_word_in(setting->words, ' ', YX_TEXT(value)) ||
               yx_policy_duration_read(value, &duration, NULL) == YX_OK;
    case YX_POLICY_ENUMERATION:
        return yx_policy_word_in(setting->words, ' ', YX_TEXT(value));
    case YX_POLICY_LIST:
        return is_list(setting, value);
    case YX_POLICY_DATE:
        return yx_policy_word_in(setting->words, ' ', YX_TEXT(value)) ||
               yx_policy_date(YX_TEXT(value), &date);
    case YX_POLICY_DAY:
        return is_day(value);
    case YX_POLICY_TEXT:
        return !has_control(YX_TEXT(value));
    }
    return false;
}

yx_status yx_policy_check_value(const struct yx_policy_setting *setting, const char *value,
                                struct yx_error *err)
{
    YX_REQUIRE(strlen(value) <= YX_POLICY_VALUE_MAX && yx_utf8_valid(YX_TEXT(value)), err, YX_USAGE,
               RULE, N_("a value of {1} has at most {2} bytes of UTF-8"), setting->key,
               YX_NUM(YX_POLICY_VALUE_MAX));
    return is_value(setting, value) ? YX_OK : fail_value(setting, value, err);
}
