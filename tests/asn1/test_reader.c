/* SPDX-License-Identifier: Apache-2.0 */
/* test_reader.c - what the DER reader takes, and everything that it refuses. */
#include "support.h"

#include "asn1/asn1.h"
#include "hex.h"

/* --- Good and bad encodings of each type ------------------------------------------------- */

/* Reads one element; nothing may follow. */
typedef yx_status (*read_function)(struct yx_der *der, struct yx_error *err);

static yx_status read_any(struct yx_der *der, struct yx_error *err)
{
    return yx_der_any(der, NULL, NULL, NULL, err);
}

static yx_status read_bool(struct yx_der *der, struct yx_error *err)
{
    return yx_der_bool(der, &(bool){false}, err);
}

static yx_status read_int(struct yx_der *der, struct yx_error *err)
{
    return yx_der_int(der, &(int64_t){0}, err);
}

static yx_status read_integer(struct yx_der *der, struct yx_error *err)
{
    return yx_der_integer(der, &(struct yx_bytes){NULL, 0}, err);
}

static yx_status read_bits(struct yx_der *der, struct yx_error *err)
{
    return yx_der_bit_string(der, &(struct yx_bytes){NULL, 0}, err);
}

static yx_status read_oid(struct yx_der *der, struct yx_error *err)
{
    return yx_der_oid_bytes(der, &(struct yx_bytes){NULL, 0}, err);
}

static yx_status read_algorithm(struct yx_der *der, struct yx_error *err)
{
    return yx_der_algorithm(der, &(yx_oid){YX_OID_UNKNOWN}, &(struct yx_bytes){NULL, 0}, err);
}

static yx_status read_time(struct yx_der *der, struct yx_error *err)
{
    return yx_der_time(der, &(yx_time){0}, err);
}

struct encoding {
    read_function read;
    const char *hex;
    const char *rule; /* NULL: it is good */
};

static const struct encoding encodings[] = {
    /* Tags */
    {read_any, "3000", NULL},
    {read_any, "A000", NULL},
    {read_any, "8000", NULL},
    {read_any, "0400", NULL},
    {read_any, "", "X.690 8.1"},
    {read_any, "0000", "X.690 8.1.5"},
    {read_any, "1F8100", "X.690 8.1.2.4"},
    {read_any, "BF2000", "X.690 8.1.2.4"},
    {read_any, "2400", "X.690 10.2"},
    {read_any, "2300", "X.690 10.2"},
    {read_any, "1000", "X.690 10.2"},
    {read_any, "1100", "X.690 10.2"},
    /* Lengths */
    {read_any, "30", "X.690 8.1.3"},
    {read_any, "3080", "X.690 10.1"},
    {read_any, "30800000", "X.690 10.1"},
    {read_any, "0401", "X.690 8.1.3"},
    {read_any, "0481", "X.690 8.1.3"},
    {read_any, "048200", "X.690 8.1.3"},
    {read_any, "048101AA", "X.690 10.1"},
    {read_any, "04820001AA", "X.690 10.1"},
    {read_any, "04FF", "X.690 8.1.3"},
    {read_any, "0488FFFFFFFFFFFFFFFF", "X.690 8.1.3"},
    {read_any, "04887FFFFFFFFFFFFFFF00", "X.690 8.1.3"},
    {read_any, "0489010000000000000000", "X.690 8.1.3"},
    {read_any, "040100FF", "X.690"},
    /* BOOLEAN */
    {read_bool, "010100", NULL},
    {read_bool, "0101FF", NULL},
    {read_bool, "010101", "X.690 11.1"},
    {read_bool, "0100", "X.690 8.2.1"},
    {read_bool, "01020000", "X.690 8.2.1"},
    {read_bool, "020100", "X.690 8.1.2"},
    /* INTEGER */
    {read_int, "020100", NULL},
    {read_int, "0201FF", NULL},
    {read_int, "02020080", NULL},
    {read_int, "02087FFFFFFFFFFFFFFF", NULL},
    {read_int, "02088000000000000000", NULL},
    {read_int, "0200", "X.690 8.3.1"},
    {read_int, "02020001", "X.690 8.3.2"},
    {read_int, "0202FF80", "X.690 8.3.2"},
    {read_int, "0209008000000000000000", "X.690 8.3"},
    {read_integer, "0209008000000000000000", NULL},
    {read_integer, "0202FFFF", "X.690 8.3.2"},
    {read_integer, "0A0100", "X.690 8.1.2"},
    /* BIT STRING */
    {read_bits, "030100", NULL},
    {read_bits, "030200AA", NULL},
    {read_bits, "0300", "X.690 8.6.2"},
    {read_bits, "030207AA", "X.690 8.6.2"},
    /* OBJECT IDENTIFIER */
    {read_oid, "06012A", NULL},
    {read_oid, "06022A7F", NULL},
    {read_oid, "06032A8100", NULL},
    {read_oid, "0600", "X.690 8.19.2"},
    {read_oid, "060180", "X.690 8.19.2"},
    {read_oid, "06032A8001", "X.690 8.19.2"},
    {read_oid, "06022A81", "X.690 8.19.2"},
    /* AlgorithmIdentifier */
    {read_algorithm, "300306012A", NULL},
    {read_algorithm, "300506012A0500", NULL},
    {read_algorithm, "300606012A020101", NULL},
    {read_algorithm, "300606012A050100", "X.690 8.8.2"},
    {read_algorithm, "300706012A05000500", "X.690"},
    {read_algorithm, "3000", "X.690 8.1"},
    /* UTCTime: 491231235959Z and its damages */
    {read_time, "170D3439313233313233353935395A", NULL},
    {read_time, "170D3439313233313233353936305A", "X.690 11.8"},
    {read_time, "170D3439303233303030303030305A", "X.690 11.8"},
    {read_time, "170D3439313331333030303030305A", "X.690 11.8"},
    {read_time, "170D3439303130313234303030305A", "X.690 11.8"},
    {read_time, "170B343931323331323335395A", "X.690 11.8"},
    {read_time, "170D3439313233313233353935395B", "X.690 11.8"},
    {read_time, "1711343931323331323335393539 2B30303030", "X.690 11.8"},
    {read_time, "170D34392031333132333539 35395A", "X.690 11.8"},
    {read_time, "1700", "X.690 11.8"},
    /* GeneralizedTime: 20491231235959Z and its damages */
    {read_time, "180F32303439313233313233353935395A", NULL},
    {read_time, "180F32303439303232393030303030305A", "X.690 11.7"},
    {read_time, "180E3230343931323331323335393539", "X.690 11.7"},
    {read_time, "18113230343931323331323335393539 2E315A", "X.690 11.7"},
    {read_time, "180D323034393132333132333539 5A", "X.690 11.7"},
    {read_time, "1800", "X.690 11.7"},
    {read_time, "040F32303439313233313233353935395A", "X.690 8.1.2"},
};

static void test_encodings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
        const struct encoding *e = &encodings[i];
        YX_CLEAN(yx_buf) struct yx_buf bytes = from_hex(e->hex);
        struct yx_der der = yx_der_reader(yx_buf_bytes(&bytes), "Sample");
        struct yx_error err = {0};
        yx_status status = e->read(&der, &err);
        if (status == YX_OK)
            status = yx_der_end(&der, &err);
        if (status != (e->rule == NULL ? YX_OK : YX_DAMAGED))
            fail_msg("%s: status %d", e->hex, (int)status);
        if (e->rule != NULL && strcmp(err.rule, e->rule) != 0)
            fail_msg("%s: refused by %s, not by %s", e->hex, err.rule, e->rule);
    }
}

/* --- What comes out ---------------------------------------------------------------------- */

static struct yx_der reader_of(struct yx_buf *buf, const char *hex)
{
    append_hex(buf, hex);
    return yx_der_reader(yx_buf_bytes(buf), "Sample");
}

static void test_integers(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        int64_t value;
    } cases[] = {
        {"020100", 0},
        {"02017F", 127},
        {"02020080", 128},
        {"0201FF", -1},
        {"020180", -128},
        {"0202FF7F", -129},
        {"02087FFFFFFFFFFFFFFF", INT64_MAX},
        {"02088000000000000000", INT64_MIN},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        YX_CLEAN(yx_buf) struct yx_buf buf = {0};
        struct yx_der der = reader_of(&buf, cases[i].hex);
        struct yx_error err = {0};
        int64_t value = 42;
        expect_ok(yx_der_int(&der, &value, &err), &err);
        assert_true(value == cases[i].value);
        assert_true(yx_der_at_end(&der));
    }
}

static void test_times(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        const char *time;
    } cases[] = {
        {"170D3439313233313233353935395A", "2049-12-31T23:59:59Z"},
        {"170D3530303130313030303030305A", "1950-01-01T00:00:00Z"},
        {"180F32303530303130313030303030305A", "2050-01-01T00:00:00Z"},
        {"180F32303234303232393132333435365A", "2024-02-29T12:34:56Z"},
        {"180F39393939313233313233353935395A", "9999-12-31T23:59:59Z"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        YX_CLEAN(yx_buf) struct yx_buf buf = {0};
        struct yx_der der = reader_of(&buf, cases[i].hex);
        struct yx_error err = {0};
        yx_time time = 0;
        expect_ok(yx_der_time(&der, &time, &err), &err);
        assert_string_equal(YX_WHEN(time), cases[i].time);
    }
}

static void test_any_gives_tag_content_and_whole(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf buf = {0};
    struct yx_der der = reader_of(&buf, "A103020105 0500");
    struct yx_error err = {0};
    uint8_t tag;
    struct yx_bytes content;
    struct yx_bytes whole;
    assert_true(yx_der_next_is(&der, YX_DER_CONTEXT_CONSTRUCTED(1)));
    assert_false(yx_der_next_is(&der, YX_DER_CONTEXT(1)));
    expect_ok(yx_der_any(&der, &tag, &content, &whole, &err), &err);
    assert_int_equal(tag, 0xA1);
    assert_bytes(content, "020105");
    assert_bytes(whole, "A103020105");
    assert_true(yx_der_next_is(&der, YX_DER_NULL));
    expect_status(yx_der_end(&der, &err), YX_DAMAGED, &err);
    expect_ok(yx_der_any(&der, NULL, NULL, NULL, &err), &err);
    assert_true(yx_der_at_end(&der));
    assert_false(yx_der_next_is(&der, YX_DER_NULL));
}

static void test_a_refusal_takes_nothing(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf buf = {0};
    struct yx_der der = reader_of(&buf, "020105");
    struct yx_error err = {0};
    struct yx_bytes content;
    char sentence[300];
    expect_status(yx_der_get(&der, YX_DER_SEQUENCE, &content, &err), YX_DAMAGED, &err);
    yx_message_render(&err.message, NULL, sentence, sizeof(sentence));
    assert_string_equal(sentence, "Sample: SEQUENCE is expected where INTEGER stands");
    expect_ok(yx_der_get(&der, YX_DER_INTEGER, &content, &err), &err);
    expect_status(yx_der_get(&der, YX_DER_CONTEXT_CONSTRUCTED(3), &content, &err), YX_DAMAGED,
                  &err);
    yx_message_render(&err.message, NULL, sentence, sizeof(sentence));
    assert_string_equal(sentence, "Sample ends where [3] must follow");
}

static void test_algorithm_parameters(void **state)
{
    (void)state;
    struct yx_error err = {0};
    yx_oid oid;
    struct yx_bytes parameters;
    YX_CLEAN(yx_buf) struct yx_buf buf = {0};
    /* id-ecPublicKey with the curve P-256, then rsaEncryption with NULL */
    struct yx_der der = reader_of(&buf, "301306072A8648CE3D020106082A8648CE3D030107"
                                        "300D06092A864886F70D0101010500");
    expect_ok(yx_der_algorithm(&der, &oid, &parameters, &err), &err);
    assert_int_equal(oid, YX_OID_EC_PUBLIC_KEY);
    assert_bytes(parameters, "06082A8648CE3D030107");
    expect_ok(yx_der_algorithm(&der, &oid, &parameters, &err), &err);
    assert_int_equal(oid, YX_OID_RSA);
    assert_int_equal(parameters.len, 0);
    expect_ok(yx_der_end(&der, &err), &err);
}

/* --- Truncation -------------------------------------------------------------------------- */

/* SEQUENCE { INTEGER 4, OBJECT IDENTIFIER, BOOLEAN, GeneralizedTime, [0] { OCTET STRING } } */
static const char sample_hex[] = "302C 020104 06082A811CCF55018311 0101FF "
                                 "180F32303439313233313233353935395A A00904 07 01020304050607";

static yx_status read_sample(struct yx_bytes bytes, struct yx_error *err)
{
    struct yx_der der = yx_der_reader(bytes, "Sample");
    struct yx_der in;
    struct yx_der tagged;
    struct yx_bytes octets;
    YX_TRY(yx_der_enter(&der, YX_DER_SEQUENCE, &in, err));
    YX_TRY(yx_der_end(&der, err));
    YX_TRY(read_int(&in, err));
    YX_TRY(read_oid(&in, err));
    YX_TRY(read_bool(&in, err));
    YX_TRY(read_time(&in, err));
    YX_TRY(yx_der_enter(&in, YX_DER_CONTEXT_CONSTRUCTED(0), &tagged, err));
    YX_TRY(yx_der_end(&in, err));
    YX_TRY(yx_der_get(&tagged, YX_DER_OCTET_STRING, &octets, err));
    return yx_der_end(&tagged, err);
}

static void test_every_truncation_is_refused(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf sample = from_hex(sample_hex);
    struct yx_error err = {0};
    expect_ok(read_sample(yx_buf_bytes(&sample), &err), &err);
    for (size_t len = 0; len < sample.len; len++) {
        /* A copy of its own length, so that a sanitizer sees a read beyond the end. */
        YX_CLEAN(yx_buf) struct yx_buf cut = {0};
        yx_status copied = yx_buf_append(&cut, YX_BYTES(sample.data, len));
        assert_int_equal(copied, YX_OK);
        expect_status(read_sample(yx_buf_bytes(&cut), &err), YX_DAMAGED, &err);
    }
    append_hex(&sample, "00");
    expect_status(read_sample(yx_buf_bytes(&sample), &err), YX_DAMAGED, &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_any_gives_tag_content_and_whole),
        cmocka_unit_test(test_a_refusal_takes_nothing),
        cmocka_unit_test(test_algorithm_parameters),
        cmocka_unit_test(test_every_truncation_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
