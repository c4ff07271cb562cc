/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_table.c - the tables of settings, presets and laws, and which values are taken.
 * REQ: REC-12
 */
#include "support.h"

#include "policy/policy.h"

static void settings_have_usual_values(void **state)
{
    size_t count;
    const struct yx_policy_setting *settings = yx_policy_settings(&count);
    struct yx_error err = {0};
    (void)state;
    for (size_t i = 0; i < count; i++) {
        expect_ok(yx_policy_check_value(&settings[i], settings[i].usual, &err), &err);
        assert_ptr_equal(yx_policy_setting_find(settings[i].key), &settings[i]);
        assert_true(settings[i].source[0] != '\0');
        assert_true(settings[i].type != YX_POLICY_ENUMERATION || settings[i].words[0] != '\0');
    }
    assert_null(yx_policy_setting_find("seal.colour"));
}

static void every_conflict_is_a_setting(void **state)
{
    size_t count;
    const struct yx_policy_setting *settings = yx_policy_settings(&count);
    (void)state;
    for (int number = 1; number <= 34; number++) {
        char id[8];
        bool there = number == 29 || number == 30 || number == 32; /* no settings: setting.inc */
        snprintf(id, sizeof id, "C-%02d", number);
        for (size_t i = 0; i < count && !there; i++)
            there = strstr(settings[i].source, id) != NULL;
        if (!there)
            fail_msg("%s", id);
    }
}

static void presets_say_what_settings_take(void **state)
{
    size_t count, schemes;
    const struct yx_policy_preset_value *values = yx_policy_preset_values(&count);
    const struct yx_policy_preset *presets = yx_policy_presets(&schemes);
    struct yx_error err = {0};
    (void)state;
    for (size_t i = 0; i < count; i++) {
        const struct yx_policy_setting *setting = yx_policy_setting_find(values[i].key);
        if (setting == NULL)
            fail_msg("%s", values[i].key);
        if (yx_policy_check_value(setting, values[i].value, &err) != YX_OK)
            fail_msg("%s: %s: %s", values[i].scheme, values[i].key, values[i].value);
        assert_non_null(yx_policy_preset_find(values[i].scheme));
        assert_true(values[i].article[0] != '\0');
        for (size_t k = 0; k < i; k++)
            assert_true(strcmp(values[i].scheme, values[k].scheme) != 0 ||
                        strcmp(values[i].key, values[k].key) != 0);
    }
    for (size_t i = 0; i < schemes; i++)
        assert_ptr_equal(yx_policy_preset_find(presets[i].scheme), &presets[i]);
    assert_null(yx_policy_preset_find("atlantis"));
}

static void schemes_rest_on_laws_that_are_listed(void **state)
{
    size_t schemes, count;
    const struct yx_policy_preset *presets = yx_policy_presets(&schemes);
    const struct yx_policy_law *laws = yx_policy_laws(&count);
    (void)state;
    for (size_t i = 0; i < schemes; i++) {
        char words[512], *rest = words;
        snprintf(words, sizeof words, "%s", presets[i].basis);
        for (char *word; (word = strtok_r(rest, " ", &rest)) != NULL;) {
            bool there = false;
            for (size_t k = 0; k < count; k++)
                there |= strcmp(laws[k].id, word) == 0;
            if (!there)
                fail_msg("%s: %s", presets[i].scheme, word);
        }
    }
    /* C-32: both versions of an order are there. */
    size_t versions = 0;
    for (size_t k = 0; k < count; k++)
        versions += strcmp(laws[k].name, "电子认证服务管理办法") == 0 ||
                    strcmp(laws[k].name, "电子政务电子认证服务管理办法") == 0;
    assert_int_equal(versions, 4);
}

static yx_time day(const char *text)
{
    yx_time time;
    struct yx_error err = {0};
    expect_ok(yx_time_parse(text, &time, &err), &err);
    return time;
}

static void presets_hold_within_their_dates(void **state)
{
    const struct yx_policy_preset *wuhu = yx_policy_preset_find("wuhu");
    const struct yx_policy_preset *henan = yx_policy_preset_find("henan");
    (void)state;
    assert_false(yx_policy_preset_holds(wuhu, day("2020-12-31T23:59:59+08:00")));
    assert_true(yx_policy_preset_holds(wuhu, day("2021-01-01T00:00:00+08:00")));
    assert_true(yx_policy_preset_holds(wuhu, day("2023-12-31T23:59:59+08:00")));
    assert_false(yx_policy_preset_holds(wuhu, day("2024-01-01T00:00:00+08:00")));
    assert_false(yx_policy_preset_holds(henan, day("2010-09-20")));
    assert_true(yx_policy_preset_holds(henan, day("2030-01-01")));
    assert_true(yx_policy_preset_holds(yx_policy_preset_find("bureau"), day("1990-01-01")));
}

static void values_have_one_form(void **state)
{
    static char long_text[YX_POLICY_VALUE_MAX + 2];
    static const struct {
        const char *key, *value;
        bool good;
    } cases[] = {
        {"pin.attempts", "1", true},
        {"pin.attempts", "99", true},
        {"pin.attempts", "0", false},
        {"pin.attempts", "100", false},
        {"pin.attempts", "010", false},
        {"pin.attempts", "+5", false},
        {"pin.attempts", " 5", false},
        {"pin.attempts", "5 ", false},
        {"pin.attempts", "", false},
        {"pin.attempts", "99999999999999999999", false},
        {"seal.lending", "yes", true},
        {"seal.lending", "no", true},
        {"seal.lending", "true", false},
        {"seal.lending", "", false},
        {"password.interval", "60 days", true},
        {"password.interval", "never", true},
        {"password.interval", "permanent", false},
        {"retention.use", "permanent", true},
        {"certificate.validity", "as-applied-for", true},
        {"certificate.validity", "0 years", false},
        {"certificate.validity", "", false},
        {"seal.loss", "remedy", true},
        {"seal.loss", "remedy,revocation", false},
        {"seal.loss", "reme", false},
        {"seal.loss", "", false},
        {"seal.families", "party,union", true},
        {"seal.families", "", true},
        {"seal.families", "party,party", false},
        {"seal.families", "party,", false},
        {"seal.families", ",party", false},
        {"seal.families", "party,,union", false},
        {"seal.families", "party union", false},
        {"seal.families", "navy", false},
        {"application.activities", "申报,审批", true},
        {"application.activities", "a\nb", false},
        {"certificate.exchange-from", "2013-03-01", true},
        {"certificate.exchange-from", "none", true},
        {"certificate.exchange-from", "2013-02-29", false},
        {"certificate.exchange-from", "2013-3-1", false},
        {"filing.application-statistics", "01-31", true},
        {"filing.application-statistics", "02-29", false},
        {"filing.application-statistics", "1-31", false},
        {"filing.application-statistics", "01-31 ", false},
        {"seal.maker-name", "西部安全认证中心", true},
        {"seal.maker-name", "", true},
        {"seal.maker-name", "a\tb", false},
        {"seal.maker-name", "\xFF", false},
    };
    struct yx_error err = {0};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if ((yx_policy_check_value(yx_policy_setting_find(cases[i].key), cases[i].value, &err) ==
             YX_OK) != cases[i].good)
            fail_msg("%s: '%s'", cases[i].key, cases[i].value);
    memset(long_text, 'a', sizeof long_text - 1);
    expect_status(yx_policy_check_value(yx_policy_setting_find("seal.maker-name"), long_text, &err),
                  YX_USAGE, &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_have_usual_values),
        cmocka_unit_test(every_conflict_is_a_setting),
        cmocka_unit_test(presets_say_what_settings_take),
        cmocka_unit_test(schemes_rest_on_laws_that_are_listed),
        cmocka_unit_test(presets_hold_within_their_dates),
        cmocka_unit_test(values_have_one_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
