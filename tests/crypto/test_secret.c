/* SPDX-License-Identifier: Apache-2.0 */
/* test_secret.c - HMAC, PBKDF2 and kept passwords: published values, and what is refused. */
#include "support.h"

#include "crypto/crypto.h"

static void check_hex(const uint8_t *got, size_t len, const char *want)
{
    char text[2 * YX_DIGEST_MAX + 1];

    yx_hex(YX_BYTES(got, len), text);
    assert_string_equal(text, want);
}

/* RFC 4231 4.3 and RFC 2202 3. */
static void hmac_gives_the_published_values(void **state)
{
    static const struct {
        yx_digest_algorithm algorithm;
        const char *want;
    } cases[] = {
        {YX_DIGEST_SHA256, "5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843"},
        {YX_DIGEST_SHA1, "EFFCDF6AE5EB2FA2D27416D5F184DF9C259A7C79"},
    };
    uint8_t got[YX_DIGEST_MAX];
    struct yx_error err;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect_ok(yx_hmac(cases[i].algorithm, YX_TEXT("Jefe"),
                          YX_TEXT("what do ya want for nothing?"), got, &err),
                  &err);
        check_hex(got, yx_digest_size(cases[i].algorithm), cases[i].want);
    }
    expect_ok(yx_hmac(YX_DIGEST_SM3, YX_BYTES(NULL, 0), YX_TEXT(""), got, &err), &err);
    expect_status(yx_hmac(YX_DIGEST_NONE, YX_TEXT("a"), YX_TEXT("b"), got, &err), YX_USAGE, &err);
}

/* RFC 7914 11 */
static void pbkdf2_gives_the_published_value(void **state)
{
    uint8_t got[64];
    struct yx_error err;

    (void)state;
    expect_ok(yx_pbkdf2(YX_DIGEST_SHA256, YX_TEXT("passwd"), YX_TEXT("salt"), 1, got, 64, &err),
              &err);
    check_hex(got, 64,
              "55AC046E56E3089FEC1691C22544B605F94185216DDE0465E68B9D57C20DACBC"
              "49CA9CCCF179B645991664B39D77EF317C71B845B1E30BD509112041D3A19783");
    expect_status(yx_pbkdf2(YX_DIGEST_SHA256, YX_TEXT("a"), YX_TEXT("b"), 0, got, 64, &err),
                  YX_USAGE, &err);
}

static void a_password_is_kept_as_a_hash(void **state)
{
    static const char *const bad[] = {
        "",
        "$scrypt$",
        "$scrypt$ln=14,r=8,p=5$",
        "$scrypt$ln=14,r=8,p=5$AAAAAAAAAAA=$AAAA",
        "$scrypt$ln=18,r=8,p=5$AAAAAAAAAAA=$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "$scrypt$ln=14,r=9,p=5$AAAAAAAAAAA=$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "$scrypt$ln=14,r=8,p=17$AAAAAAAAAAA=$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "$scrypt$ln=14,r=8,p=5$AAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    };
    YX_CLEAN(yx_buf) struct yx_buf hash = {0};
    YX_CLEAN(yx_buf) struct yx_buf other = {0};
    struct yx_error err;
    bool matches;

    (void)state;
    expect_ok(yx_password_hash(YX_TEXT("印信"), &hash, &err), &err);
    expect_ok(yx_password_hash(YX_TEXT("印信"), &other, &err), &err);
    assert_false(yx_bytes_equal(yx_buf_bytes(&hash), yx_buf_bytes(&other)));
    assert_int_equal(yx_buf_append(&hash, YX_BYTES("", 1)), YX_OK);
    expect_ok(yx_password_check(YX_TEXT("印信"), (const char *)hash.data, &matches, &err), &err);
    assert_true(matches);
    expect_ok(yx_password_check(YX_TEXT("印"), (const char *)hash.data, &matches, &err), &err);
    assert_false(matches);
    expect_ok(yx_password_check(YX_TEXT("印信"), NULL, &matches, &err), &err);
    assert_false(matches);
    expect_status(yx_password_hash(YX_TEXT(""), &other, &err), YX_USAGE, &err);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_status(yx_password_check(YX_TEXT("a"), bad[i], &matches, &err), YX_DAMAGED, &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hmac_gives_the_published_values),
        cmocka_unit_test(pbkdf2_gives_the_published_value),
        cmocka_unit_test(a_password_is_kept_as_a_hash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
