/* SPDX-License-Identifier: Apache-2.0 */
/* test_profile.c - every kind of certificate: what it may do, and whom it may name. */
#include "folder.h"

#define ENCRYPTING (YX_KU_KEY_ENCIPHERMENT | YX_KU_DATA_ENCIPHERMENT | YX_KU_KEY_AGREEMENT)

static const struct {
    const char *profile, *name;
    int usage;
    yx_oid purpose;
    bool ca;
} kinds[] = {
    {"sub-ca", UNIT_NAME, YX_KU_KEY_CERT_SIGN | YX_KU_CRL_SIGN, YX_OID_UNKNOWN, true},
    {"seal-maker", UNIT_NAME, YX_KU_DIGITAL_SIGNATURE | YX_KU_NON_REPUDIATION, YX_OID_UNKNOWN,
     false},
    {"unit", UNIT_NAME, YX_KU_DIGITAL_SIGNATURE | YX_KU_NON_REPUDIATION, YX_OID_UNKNOWN, false},
    {"person", "CN=张三", YX_KU_DIGITAL_SIGNATURE | YX_KU_NON_REPUDIATION, YX_OID_UNKNOWN, false},
    {"position", "CN=法定代表人,O=测试单位", YX_KU_DIGITAL_SIGNATURE | YX_KU_NON_REPUDIATION,
     YX_OID_UNKNOWN, false},
    {"unit-encryption", UNIT_NAME, ENCRYPTING, YX_OID_UNKNOWN, false},
    {"person-encryption", "CN=张三", ENCRYPTING, YX_OID_UNKNOWN, false},
    {"position-encryption", "CN=法定代表人,O=测试单位", ENCRYPTING, YX_OID_UNKNOWN, false},
    {"tls-server", "CN=a.example", YX_KU_DIGITAL_SIGNATURE, YX_OID_KP_SERVER_AUTH, false},
    {"tls-client", "CN=client", YX_KU_DIGITAL_SIGNATURE, YX_OID_KP_CLIENT_AUTH, false},
    {"tsa", UNIT_NAME, YX_KU_DIGITAL_SIGNATURE | YX_KU_NON_REPUDIATION, YX_OID_KP_TIME_STAMPING,
     false},
    {"ocsp", "CN=answers", YX_KU_DIGITAL_SIGNATURE, YX_OID_KP_OCSP_SIGNING, false},
    {"cmp", "CN=answers", YX_KU_DIGITAL_SIGNATURE, YX_OID_KP_CMC_CA, false},
};

/* REQ: CERT-01 */
static void every_kind_is_issued(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    struct yx_error err;
    size_t count;

    (void)state;
    (void)yx_ca_profiles(ca, &count);
    assert_int_equal(count, sizeof kinds / sizeof kinds[0]);
    for (size_t i = 0; i < count; i++) {
        YX_CLEAN(yx_cert) struct yx_cert *made = NULL;

        expect_ok(folder_issue(ca, kinds[i].profile, kinds[i].name, 0, 0, &made, &err), &err);
        assert_int_equal(yx_cert_key_usage(made), kinds[i].usage);
        assert_int_equal(yx_cert_is_ca(made), kinds[i].ca);
        if (kinds[i].purpose != YX_OID_UNKNOWN)
            assert_true(yx_cert_has_extended_usage(made, kinds[i].purpose));
        expect_ok(yx_cert_verify_issued(made, yx_ca_certificate(ca), &err), &err);
    }
}

/* What a profile names and the key can do; RFC 5246 7.4.2 for RSA servers. */
static void usage_goes_by_the_key(void **state)
{
    static const struct {
        const char *profile;
        yx_key_type type;
        int usage;
    } cases[] = {
        {"tls-server", YX_KEY_RSA, YX_KU_DIGITAL_SIGNATURE | YX_KU_KEY_ENCIPHERMENT},
        {"tls-server", YX_KEY_P256, YX_KU_DIGITAL_SIGNATURE},
        {"tls-server", YX_KEY_P384, YX_KU_DIGITAL_SIGNATURE},
        {"tls-server", YX_KEY_SM2, YX_KU_DIGITAL_SIGNATURE},
        {"tls-server", YX_KEY_ED25519, YX_KU_DIGITAL_SIGNATURE},
        {"tls-client", YX_KEY_RSA, YX_KU_DIGITAL_SIGNATURE},
        {"unit-encryption", YX_KEY_RSA, YX_KU_KEY_ENCIPHERMENT | YX_KU_DATA_ENCIPHERMENT},
        {"unit-encryption", YX_KEY_P256, YX_KU_KEY_AGREEMENT},
        {"unit-encryption", YX_KEY_SM2, ENCRYPTING},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(
            yx_ca_profile_key_usage(yx_ca_profile_find(NULL, cases[i].profile), cases[i].type),
            cases[i].usage);
}

/* REQ: CERT-10, CERT-11, CERT-13 */
static void what_it_says_is_what_was_asked(void **state)
{
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    YX_CLEAN(yx_cert) struct yx_cert *made = NULL;
    struct yx_error err;
    yx_time now = yx_now();

    (void)state;
    expect_ok(folder_issue(ca, "unit", UNIT_NAME, 30, now, &made, &err), &err);
    assert_string_equal(yx_cert_subject(made), UNIT_NAME);
    assert_string_equal(yx_cert_issuer(made), ROOT_NAME);
    assert_int_equal(yx_cert_not_before(made), now - now % YX_SECOND);
    assert_int_equal(yx_cert_not_after(made), now - now % YX_SECOND + 30 * YX_DAY);
}

static void a_subject_that_lacks_something_is_refused(void **state)
{
    static const struct {
        const char *profile, *name;
    } bad[] = {
        {"unit", "CN=x,C=CN"},      {"unit", "O=x,C=CN"}, {"unit", "CN=x,O=x"},
        {"seal-maker", "CN=x,O=x"}, {"person", "O=x"},    {"position", "CN=x"},
        {"sub-ca", "CN=x"},         {"tsa", "CN=x"},      {"tls-client", "O=x"},
    };
    YX_CLEAN(folder) struct folder folder;
    YX_CLEAN(yx_ca) struct yx_ca *ca = folder_authority(&folder);
    struct yx_error err;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct yx_cert *made = NULL;

        expect_status(folder_issue(ca, bad[i].profile, bad[i].name, 0, 0, &made, &err), YX_REFUSED,
                      &err);
        assert_string_equal(err.rule, "RFC 5280 4.1.2.6");
        assert_null(made);
    }
    assert_int_equal(folder_count(ca), 0);
}

static void names_of_profiles(void **state)
{
    (void)state;
    assert_null(yx_ca_profile_find(NULL, "Unit"));
    assert_null(yx_ca_profile_find(NULL, ""));
    assert_string_equal(yx_ca_profile_find(NULL, "ocsp")->name, "ocsp");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_issued),
        cmocka_unit_test(usage_goes_by_the_key),
        cmocka_unit_test(what_it_says_is_what_was_asked),
        cmocka_unit_test(a_subject_that_lacks_something_is_refused),
        cmocka_unit_test(names_of_profiles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
