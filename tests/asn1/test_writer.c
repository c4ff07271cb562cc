/* SPDX-License-Identifier: Apache-2.0 */
/* test_writer.c - the DER writer writes shortest forms, and the reader reads them back. */
#include "support.h"

#include "asn1/asn1.h"
#include "hex.h"

static void finish_as(struct yx_der_writer *writer, const char *hex)
{
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_error err = {0};
    expect_ok(yx_der_finish(writer, &out, &err), &err);
    assert_bytes(yx_buf_bytes(&out), hex);
}

static void test_integers(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        const char *hex;
    } cases[] = {
        {0, "020100"},         {127, "02017F"},
        {128, "02020080"},     {256, "02020100"},
        {-1, "0201FF"},        {-128, "020180"},
        {-129, "0202FF7F"},    {INT64_MAX, "02087FFFFFFFFFFFFFFF"},
        {65535, "020300FFFF"}, {INT64_MIN, "02088000000000000000"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
        yx_der_put_int(&writer, cases[i].value);
        finish_as(&writer, cases[i].hex);
    }
}

static void test_unsigned(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "020100"},         {"00", "020100"},       {"0000", "020100"},
        {"7F", "02017F"},       {"80", "02020080"},     {"00000080", "02020080"},
        {"0001FF", "020201FF"}, {"FFFF", "020300FFFF"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
        YX_CLEAN(yx_buf) struct yx_buf number = from_hex(cases[i][0]);
        yx_der_put_unsigned(&writer, yx_buf_bytes(&number));
        finish_as(&writer, cases[i][1]);
    }
}

static void test_other_types(void **state)
{
    (void)state;
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    yx_der_put_bool(&writer, true);
    yx_der_put_bool(&writer, false);
    yx_der_put_bit_string(&writer, YX_TEXT("\xAA\xBB"));
    yx_der_put_bit_string(&writer, (struct yx_bytes){NULL, 0});
    yx_der_put_oid(&writer, YX_OID_SM3);
    yx_der_put_text(&writer, YX_DER_IA5_STRING, "ES");
    yx_der_put(&writer, YX_DER_NULL, (struct yx_bytes){NULL, 0});
    yx_der_put_raw(&writer, YX_TEXT("\x02\x01\x05"));
    finish_as(&writer, "0101FF 010100 030300AABB 030100 06082A811CCF55018311 16024553 0500 020105");
}

static void test_times(void **state)
{
    (void)state;
    struct yx_error err = {0};
    yx_time last_utc;
    expect_ok(yx_time_parse("2049-12-31T23:59:59Z", &last_utc, &err), &err);
    yx_time first_utc;
    expect_ok(yx_time_parse("1950-01-01T00:00:00Z", &first_utc, &err), &err);
    assert_int_equal(yx_der_time_tag(last_utc), YX_DER_UTC_TIME);
    assert_int_equal(yx_der_time_tag(first_utc), YX_DER_UTC_TIME);
    assert_int_equal(yx_der_time_tag(last_utc + YX_SECOND), YX_DER_GENERALIZED_TIME);
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    yx_der_put_time(&writer, YX_DER_UTC_TIME, last_utc);
    yx_der_put_time(&writer, YX_DER_UTC_TIME, first_utc);
    yx_der_put_time(&writer, YX_DER_GENERALIZED_TIME, last_utc + YX_SECOND);
    finish_as(&writer, "170D3439313233313233353935395A 170D3530303130313030303030305A "
                       "180F32303530303130313030303030305A");
}

static void test_refuses_a_time_that_does_not_fit(void **state)
{
    (void)state;
    struct yx_error err = {0};
    yx_time after;
    expect_ok(yx_time_parse("2050-01-01T00:00:00Z", &after, &err), &err);
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    yx_der_put_time(&writer, YX_DER_UTC_TIME, after);
    expect_status(yx_der_finish(&writer, &out, &err), YX_USAGE, &err);
    assert_int_equal(out.len, 0);
    yx_der_put_time(&writer, YX_DER_GENERALIZED_TIME, INT64_MAX);
    expect_status(yx_der_finish(&writer, &out, &err), YX_USAGE, &err);
}

static void test_refuses_an_unknown_identifier(void **state)
{
    (void)state;
    struct yx_error err = {0};
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    yx_der_put_oid(&writer, YX_OID_UNKNOWN);
    expect_status(yx_der_finish(&writer, &out, &err), YX_INTERNAL, &err);
    assert_int_equal(out.len, 0);
}

/* Around every length where the length octets grow. */
static void test_nested_lengths(void **state)
{
    (void)state;
    static const size_t lengths[] = {0,   1,   120, 123, 124, 125, 126,   127,   128,   250,
                                     251, 252, 253, 254, 255, 256, 65530, 65535, 65536, 70000};
    uint8_t *filler = calloc(1, 70000);
    assert_non_null(filler);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        struct yx_error err = {0};
        YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
        YX_CLEAN(yx_buf) struct yx_buf out = {0};
        size_t outer = yx_der_begin(&writer, YX_DER_SEQUENCE);
        size_t inner = yx_der_begin(&writer, YX_DER_CONTEXT_CONSTRUCTED(0));
        yx_der_put(&writer, YX_DER_OCTET_STRING, YX_BYTES(filler, lengths[i]));
        yx_der_close(&writer, inner);
        yx_der_put_int(&writer, 7);
        yx_der_close(&writer, outer);
        expect_ok(yx_der_finish(&writer, &out, &err), &err);

        struct yx_der der = yx_der_reader(yx_buf_bytes(&out), "Sample");
        struct yx_der sequence;
        struct yx_der tagged;
        struct yx_bytes octets;
        int64_t seven = 0;
        expect_ok(yx_der_enter(&der, YX_DER_SEQUENCE, &sequence, &err), &err);
        expect_ok(yx_der_end(&der, &err), &err);
        expect_ok(yx_der_enter(&sequence, YX_DER_CONTEXT_CONSTRUCTED(0), &tagged, &err), &err);
        expect_ok(yx_der_get(&tagged, YX_DER_OCTET_STRING, &octets, &err), &err);
        expect_ok(yx_der_end(&tagged, &err), &err);
        expect_ok(yx_der_int(&sequence, &seven, &err), &err);
        expect_ok(yx_der_end(&sequence, &err), &err);
        assert_int_equal(octets.len, lengths[i]);
        assert_int_equal(seven, 7);
    }
    free(filler);
}

static void test_finish_appends_and_empties(void **state)
{
    (void)state;
    struct yx_error err = {0};
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = from_hex("AA");
    yx_der_put_int(&writer, 1);
    expect_ok(yx_der_finish(&writer, &out, &err), &err);
    yx_der_put_int(&writer, 2);
    expect_ok(yx_der_finish(&writer, &out, &err), &err);
    assert_bytes(yx_buf_bytes(&out), "AA 020101 020102");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_unsigned),
        cmocka_unit_test(test_other_types),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_refuses_a_time_that_does_not_fit),
        cmocka_unit_test(test_refuses_an_unknown_identifier),
        cmocka_unit_test(test_nested_lengths),
        cmocka_unit_test(test_finish_appends_and_empties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
