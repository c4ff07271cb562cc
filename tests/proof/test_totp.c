/* SPDX-License-Identifier: Apache-2.0 */
/* test_totp.c - codes of apps as the standard has them, and what apps read. */
#include "support.h"

#include "proof/proof.h"

static struct yx_totp_secret secret_of(enum yx_totp_algorithm algorithm, const char *octets)
{
    struct yx_totp_secret secret = {.algorithm = algorithm,
                                    .len = algorithm == YX_TOTP_SHA1 ? 20 : 32};

    memcpy(secret.octets, octets, secret.len);
    return secret;
}

/* RFC 6238, appendix B: the last six digits. */
static void codes_are_those_of_the_standard(void **state)
{
    static const struct {
        enum yx_totp_algorithm algorithm;
        int64_t seconds;
        const char *code;
    } rows[] = {
        {YX_TOTP_SHA1, 59, "287082"},           {YX_TOTP_SHA1, 1111111109, "081804"},
        {YX_TOTP_SHA1, 1111111111, "050471"},   {YX_TOTP_SHA1, 1234567890, "005924"},
        {YX_TOTP_SHA1, 2000000000, "279037"},   {YX_TOTP_SHA1, 20000000000, "353130"},
        {YX_TOTP_SHA256, 59, "119246"},         {YX_TOTP_SHA256, 1111111109, "084774"},
        {YX_TOTP_SHA256, 1234567890, "819424"}, {YX_TOTP_SHA256, 20000000000, "737706"},
    };
    char code[YX_TOTP_TEXT];
    struct yx_error err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct yx_totp_secret secret =
            secret_of(rows[i].algorithm, "12345678901234567890123456789012");

        expect_ok(yx_totp_code(&secret, rows[i].seconds / 30, code, &err), &err);
        assert_string_equal(code, rows[i].code);
    }
}

static void a_code_is_found_beside_its_time(void **state)
{
    struct yx_totp_secret secret = secret_of(YX_TOTP_SHA1, "12345678901234567890");
    static const struct {
        int64_t now, after, step;
    } rows[] = {
        {59, -1, 1}, {89, -1, 1}, {29, -1, 1}, {59, 0, 1}, {59, 1, -1}, {119, -1, 3}, {90, -1, -1},
    };
    struct yx_error err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t step = 0;

        expect_ok(yx_totp_find(&secret, i == 5 ? "969429" : "287082", rows[i].now * YX_SECOND,
                               rows[i].after, &step, &err),
                  &err);
        assert_int_equal(step, rows[i].step);
    }
}

static void the_uri_is_what_apps_read(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf uri = {0};
    struct yx_totp_secret secret = secret_of(YX_TOTP_SHA1, "12345678901234567890");
    static const char expected[] =
        "otpauth://totp/Yinxin:%E5%BC%A0%40wuhu?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        "&issuer=Yinxin&algorithm=SHA1&digits=6&period=30";
    struct yx_error err = {0};

    (void)state;
    expect_ok(yx_totp_uri(&secret, "Yinxin", "张@wuhu", &uri, &err), &err);
    assert_int_equal(uri.len, sizeof expected - 1);
    assert_memory_equal(uri.data, expected, uri.len);
    secret = (struct yx_totp_secret){.algorithm = YX_TOTP_SM3, .len = 32};
    uri.len = 0;
    expect_ok(yx_totp_uri(&secret, "Yinxin", "w", &uri, &err), &err);
    assert_non_null(memmem(uri.data, uri.len, "algorithm=SM3&", 14));
    assert_non_null(memmem(uri.data, uri.len, "AAAA&issuer", 11));
}

static void recovery_codes_are_read_as_people_type_them(void **state)
{
    static const char *const good[] = {"ABCD-EFGH-IJKL-MNOP", "abcdefghijklmnop",
                                       "abcd efgh ijkl-MNOP"};
    static const char *const odd[] = {"",
                                      "1",
                                      "0000-0000-0000-0000",
                                      "ABCDEFGHIJKLMNOPQ",
                                      "ABCD-EFGH-IJKL-MN!P",
                                      "ABCD-EFGH-IJKL-MNO"};
    struct yx_recovery_codes codes;
    char folded[YX_RECOVERY_TEXT];
    struct yx_error err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(yx_recovery_code_fold(good[i], folded));
        assert_string_equal(folded, "ABCDEFGHIJKLMNOP");
    }
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        if (yx_recovery_code_fold(odd[i], folded))
            fail_msg("%s is a code", odd[i]);
    expect_ok(yx_recovery_codes_make(&codes, &err), &err);
    for (size_t i = 0; i < YX_RECOVERY_CODES; i++) {
        assert_true(yx_recovery_code_fold(codes.text[i], folded));
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(codes.text[i], codes.text[k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_those_of_the_standard),
        cmocka_unit_test(a_code_is_found_beside_its_time),
        cmocka_unit_test(the_uri_is_what_apps_read),
        cmocka_unit_test(recovery_codes_are_read_as_people_type_them),
    };

    return cmocka_run_group_tests_name("proof/totp", tests, NULL, NULL);
}
