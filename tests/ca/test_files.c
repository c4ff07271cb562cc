/* SPDX-License-Identifier: Apache-2.0 */
/* test_files.c - ca.conf and profiles.conf: what they may say, and where they are wrong. */
#include "folder.h"

static void write_part(const struct folder *folder, const char *name, const char *text)
{
    char path[128];
    struct yx_error err;

    (void)snprintf(path, sizeof path, "%s/%s", folder->ca, name);
    expect_ok(yx_file_write(path, false, YX_TEXT(text), &err), &err);
}

struct wrong_file {
    const char *text, *says;
};

/* The authority does not open with any of these texts in the file, and says where and why. */
static void expect_wrong(const char *name, const struct wrong_file *wrong, size_t count)
{
    YX_CLEAN(folder) struct folder folder;
    struct yx_error err;

    folder_root(&folder);
    for (size_t i = 0; i < count; i++) {
        struct yx_ca *none = NULL;
        char sentence[512];

        write_part(&folder, name, wrong[i].text);
        expect_status(yx_ca_open(folder.ca, &none, &err), YX_DAMAGED, &err);
        yx_message_render(&err.message, NULL, sentence, sizeof sentence);
        assert_non_null(strstr(sentence, wrong[i].says));
        assert_non_null(strstr(sentence, name));
        assert_null(none);
    }
}

static void settings_have_usual_values(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    const struct yx_ca_settings *settings = yx_ca_settings(ca);

    (void)state;
    assert_string_equal(yx_ca_name(ca), "ca");
    assert_string_equal(settings->base_url, "");
    assert_int_equal(settings->crl_lifetime, 7 * 86400);
    assert_int_equal(settings->partitions, 1);
    assert_int_equal(settings->delta_period, 0);
}

static void settings_are_read(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    struct yx_error err;

    (void)state;
    folder_needs_file();
    folder_root(&folder);
    write_part(&folder, "ca.conf",
               "name = \"unit-ca\"\n"
               "base_url = \"http://127.0.0.1:8080\"\n"
               "partitions = 8  # for many certificates\n"
               "delta_period = 3600\n");
    expect_ok(yx_ca_open(folder.ca, &ca, &err), &err);
    assert_string_equal(yx_ca_name(ca), "unit-ca");
    assert_int_equal(yx_ca_settings(ca)->partitions, 8);
    assert_int_equal(yx_ca_settings(ca)->delta_period, 3600);
}

static void wrong_settings_are_refused(void **state)
{
    static const struct wrong_file wrong[] = {
        {"colour = \"red\"\n", "colour"},
        {"\n\npartitions = many\n", "3"},
        {"partitions = 0\nbase_url = \"http://a\"\n", "partitions"},
        {"partitions = 4\n", "base_url"},
        {"name = \"../../etc\"\n", "../../etc"},
        {"name = \"a b\"\n", "a b"},
        {"crl_period = 86400\ncrl_lifetime = 3600\n", "crl_lifetime"},
        {"base_url = \"ftp://a\"\n", "base_url"},
        {"name = \"unclosed\n", ""},
        {"clock_step_max = -1\n", "clock_step_max"},
    };

    (void)state;
    expect_wrong("ca.conf", wrong, sizeof wrong / sizeof wrong[0]);
}

/* REQ: CERT-01 (further kinds), CERT-15 (validity by policy for each kind) */
static void profiles_of_the_operator(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *made = NULL;
    struct yx_cert *none = NULL;
    struct yx_error err;
    yx_time now = yx_now();

    (void)state;
    folder_root(&folder);
    write_part(&folder, "profiles.conf",
               "profile social-organisation {\n"
               "  like = \"unit\"\n"
               "  summary = \"社会组织\"\n"
               "  days = 365\n"
               "  days_max = 400\n"
               "  purposes = {\"clientAuth\", \"emailProtection\"}\n"
               "  policies = {\"1.2.156.10260.4.1\"}\n"
               "}\n"
               "profile person { like = \"person\" days = 90 }\n"
               "profile gateway { like = \"tls-server\" }\n"
               "profile modern { like = \"tls-server\" key_usage = {\"digitalSignature\"} }\n");
    expect_ok(yx_ca_open(folder.ca, &ca, &err), &err);
    assert_int_equal(yx_ca_profile_key_usage(yx_ca_profile_find(ca, "gateway"), YX_KEY_RSA),
                     YX_KU_DIGITAL_SIGNATURE | YX_KU_KEY_ENCIPHERMENT);
    assert_int_equal(yx_ca_profile_key_usage(yx_ca_profile_find(ca, "modern"), YX_KEY_RSA),
                     YX_KU_DIGITAL_SIGNATURE);
    expect_ok(yx_ca_unlock(ca, PASSPHRASE, &err), &err);
    expect_ok(folder_issue(ca, "social-organisation", UNIT_NAME, 0, now, &made, &err), &err);
    assert_int_equal(yx_cert_not_after(made) - yx_cert_not_before(made), 365 * YX_DAY);
    assert_true(yx_cert_has_extended_usage(made, YX_OID_KP_CLIENT_AUTH));
    expect_status(folder_issue(ca, "social-organisation", UNIT_NAME, 401, now, &none, &err),
                  YX_REFUSED, &err);
    assert_int_equal(yx_ca_profile_find(ca, "person")->days, 90);
    assert_int_equal(yx_ca_profile_find(NULL, "person")->days, 1095);
}

static void wrong_profiles_are_refused(void **state)
{
    static const struct wrong_file wrong[] = {
        {"profile a { like = \"king\" }", "king"},
        {"profile a { key_usage = {\"fly\"} }", "fly"},
        {"profile a { purposes = {\"anything\"} }", "anything"},
        {"profile a { subject = {\"CN\", \"XX\"} }", "XX"},
        {"profile a { names = {\"x400\"} }", "x400"},
        {"profile a { twin = \"b\" }", "b"},
        {"profile a { days = -5 }", "days"},
        {"profile a { days = 99999999 }", "days"},
        {"profile a { days = 100 days_max = 50 }", "days"},
        {"profile a { colour = \"red\" }", "colour"},
        {"profile a { }\nprofile a { }", "a"},
        {"profile a { policies = {\"1.2\", \"1.3\", \"1.4\", \"1.5\"} }", "policies"},
        {"profile {", ""},
    };

    (void)state;
    expect_wrong("profiles.conf", wrong, sizeof wrong / sizeof wrong[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_have_usual_values), cmocka_unit_test(settings_are_read),
        cmocka_unit_test(wrong_settings_are_refused), cmocka_unit_test(profiles_of_the_operator),
        cmocka_unit_test(wrong_profiles_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
