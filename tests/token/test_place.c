/* SPDX-License-Identifier: Apache-2.0 */
/* Places of keys: what is read, what is refused, what is written. */
#include "support.h"

#include "pkcs11/pkcs11.h"
#include "token/token.h"

static struct yx_token_place place;

static void test_attributes_are_decoded(void **state)
{
    struct yx_bytes id;
    struct yx_error err;

    (void)state;
    expect_ok(yx_token_place_read("pkcs11:token=My%20Token;object=%E5%8D%B0;id=%00%ff;type=private"
                                  "?module-path=/usr/lib/x.so&pin-source=file:/etc/pin",
                                  &place, &err),
              &err);
    assert_ptr_equal(place.kind, &yx_token_pkcs11);
    assert_string_equal(yx_token_place_get(&place, "token"), "My Token");
    assert_string_equal(yx_token_place_get(&place, "object"), "印");
    assert_string_equal(yx_token_place_get(&place, "module-path"), "/usr/lib/x.so");
    assert_null(yx_token_place_get(&place, "serial"));
    assert_true(yx_token_place_bytes(&place, "id", &id));
    assert_int_equal(id.len, 2);
    assert_memory_equal(id.data, "\0\xff", 2);
}

static void test_nothing_but_the_scheme_is_a_place(void **state)
{
    struct yx_error err;

    (void)state;
    expect_ok(yx_token_place_read("pkcs11:", &place, &err), &err);
    assert_int_equal(place.count, 0);
    assert_true(yx_token_is_place("pkcs11:x"));
    assert_false(yx_token_is_place("pkcs11"));
    assert_false(yx_token_is_place("./pkcs11:x"));
    assert_false(yx_token_is_place("PKCS11:x"));
    assert_false(yx_token_is_place(""));
}

static const struct {
    const char *text;
    yx_status status;
} refused[] = {
    {"key.pem", YX_USAGE},
    {"pkcs11:token", YX_USAGE},
    {"pkcs11:=x", YX_USAGE},
    {"pkcs11:tokn=x", YX_USAGE},
    {"pkcs11:Token=x", YX_USAGE},
    {"pkcs11:token=a;token=b", YX_USAGE},
    {"pkcs11:token=a;", YX_USAGE},
    {"pkcs11:;token=a", YX_USAGE},
    {"pkcs11:token=a;;object=b", YX_USAGE},
    {"pkcs11:token=%", YX_USAGE},
    {"pkcs11:token=%4", YX_USAGE},
    {"pkcs11:token=%zz", YX_USAGE},
    {"pkcs11:token=%ff", YX_USAGE},
    {"pkcs11:token=a%00b", YX_USAGE},
    {"pkcs11:token=a\nb", YX_USAGE},
    {"pkcs11:module-path=/x", YX_USAGE},
    {"pkcs11:token=a?object=b", YX_USAGE},
    {"pkcs11:token=a?module-path=/x&", YX_USAGE},
    {"pkcs11:token=a?module-path=/x&module-path=/y", YX_USAGE},
    {"pkcs11:token=a?pin-value=1234", YX_REFUSED},
    {"pkcs11:pin-value=1234", YX_REFUSED},
};

static void test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct yx_error err = {0};
        yx_status status = yx_token_place_read(refused[i].text, &place, &err);

        if (status != refused[i].status)
            fail_msg("%s: status %d", refused[i].text, (int)status);
        /* The secret itself is never repeated. */
        assert_null(strstr(err.message.args, "1234"));
    }
}

static void test_too_long_is_refused(void **state)
{
    static char text[YX_PLACE_MAX + 2];
    struct yx_error err;

    (void)state;
    memset(text, 'a', sizeof text - 1);
    memcpy(text, "pkcs11:object=", 14);
    expect_status(yx_token_place_read(text, &place, &err), YX_USAGE, &err);
    text[YX_PLACE_MAX] = '\0';
    expect_ok(yx_token_place_read(text, &place, &err), &err);
}

static void test_numbers(void **state)
{
    struct yx_error err;
    int64_t number = 7;

    (void)state;
    expect_ok(yx_token_place_read("pkcs11:slot-id=12;object=x", &place, &err), &err);
    expect_ok(yx_token_place_number(&place, "slot-id", 0, 100, &number, &err), &err);
    assert_int_equal(number, 12);
    expect_ok(yx_token_place_number(&place, "serial", 0, 100, &number, &err), &err);
    assert_int_equal(number, 12);
    expect_status(yx_token_place_number(&place, "slot-id", 0, 11, &number, &err), YX_USAGE, &err);
    expect_status(yx_token_place_number(&place, "object", 0, 11, &number, &err), YX_USAGE, &err);
}

/* What is written is read again as the same. */
static void test_written_places_come_back(void **state)
{
    static const char odd[] = "印; a?b&c=d%20/e";
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_error err;
    struct yx_bytes id;

    (void)state;
    expect_ok(yx_token_place_read("pkcs11:?module-path=/a%20b", &place, &err), &err);
    assert_int_equal(yx_token_place_begin(&out, place.kind), YX_OK);
    assert_int_equal(yx_token_place_put(&out, place.kind, "token", YX_TEXT(odd)), YX_OK);
    assert_int_equal(yx_token_place_put(&out, place.kind, "serial", YX_TEXT("")), YX_OK);
    assert_int_equal(yx_token_place_put(&out, place.kind, "id", YX_BYTES("\0a", 2)), YX_OK);
    assert_int_equal(yx_token_place_end(&out, &place), YX_OK);
    expect_ok(yx_token_place_read((const char *)out.data, &place, &err), &err);
    assert_string_equal(yx_token_place_get(&place, "token"), odd);
    assert_string_equal(yx_token_place_get(&place, "module-path"), "/a b");
    assert_null(yx_token_place_get(&place, "serial"));
    assert_true(yx_token_place_bytes(&place, "id", &id));
    assert_memory_equal(id.data, "\0a", 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attributes_are_decoded),
        cmocka_unit_test(test_nothing_but_the_scheme_is_a_place),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_too_long_is_refused),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_written_places_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
