/* SPDX-License-Identifier: Apache-2.0 */
/* test_ber.c - what becomes of BER: lengths made definite, pieces joined, all else left alone. */
#include "support.h"

#include "asn1/asn1.h"
#include "hex.h"

static void test_conversions(void **state)
{
    (void)state;
    static const struct {
        const char *what, *ber, *der; /* NULL: damaged */
        size_t behind;                /* octets of the input that are not used */
    } cases[] = {
        {"DER stays", "3006 020101 0101FF", "3006 020101 0101FF", 0},
        {"indefinite", "3080 020101 0000", "3003 020101", 0},
        {"with zeros behind it", "3080 020101 0000 000000", "3003 020101", 3},
        {"indefinite in indefinite", "3080 A080 3080 0500 0000 0000 0000", "3006 A004 3002 0500",
         0},
        {"indefinite in definite", "3007 3080 020101 0000", "3005 3003 020101", 0},
        {"a long length", "308103 020101", "3003 020101", 0},
        {"a longer one", "30820003 020101", "3003 020101", 0},
        {"pieces", "2480 0402 0102 0401 03 0000", "0403 010203", 0},
        {"pieces of definite length", "2407 0402 0102 0401 03", "0403 010203", 0},
        {"pieces in pieces", "2480 2480 0401 01 0000 0401 02 0000", "0402 0102", 0},
        {"no pieces", "2480 0000", "0400", 0},
        {"nothing in it", "3080 0000", "3000", 0},
        {"zeros that are content", "3080 0402 0000 0000", "3004 0402 0000", 0},
        {"end missing", "3080 020101", NULL, 0},
        {"half an end", "3080 020101 00", NULL, 0},
        {"cut off", "3005 020101", NULL, 0},
        {"cut off in the length", "3082 01", NULL, 0},
        {"too long a length", "3085 0000000003 020101", NULL, 0},
        {"primitive and indefinite", "0480 0000", NULL, 0},
        {"a piece that is none", "2480 020101 0000", NULL, 0},
        {"a long tag", "3F8101 00", NULL, 0},
        {"one octet", "30", NULL, 0},
        {"nothing", "", NULL, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct yx_error err;
        size_t used = 0;
        YX_CLEAN(yx_buf) struct yx_buf ber = from_hex(cases[i].ber);
        YX_CLEAN(yx_buf) struct yx_buf out = {0};
        yx_status status = yx_ber_to_der(yx_buf_bytes(&ber), &out, &used, &err);
        if (status != (cases[i].der ? YX_OK : YX_DAMAGED))
            fail_msg("%s: status %d", cases[i].what, (int)status);
        if (cases[i].der == NULL) {
            assert_int_equal(out.len, 0);
            continue;
        }
        assert_bytes(yx_buf_bytes(&out), cases[i].der);
        assert_int_equal(used, ber.len - cases[i].behind);
    }
}

static void test_lengths_grow(void **state)
{
    (void)state;
    struct yx_error err;
    size_t used;
    YX_CLEAN(yx_buf) struct yx_buf ber = from_hex("3080 2480");
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    for (int i = 0; i < 300; i++)
        append_hex(&ber, "0401AA");
    append_hex(&ber, "0000 0000");
    expect_ok(yx_ber_to_der(yx_buf_bytes(&ber), &out, &used, &err), &err);
    assert_int_equal(out.len, 4 + 4 + 300);
    assert_bytes(YX_BYTES(out.data, 9), "3082 0130 0482 012C AA");
}

static void test_depth_is_limited(void **state)
{
    (void)state;
    static const char *const openings[] = {"3080", "2480"};
    for (size_t kind = 0; kind < 2; kind++)
        for (int depth = 40; depth <= 60; depth += 20) {
            struct yx_error err;
            size_t used;
            YX_CLEAN(yx_buf) struct yx_buf ber = {0};
            YX_CLEAN(yx_buf) struct yx_buf out = {0};
            for (int i = 0; i < depth; i++)
                append_hex(&ber, openings[kind]);
            for (int i = 0; i < depth; i++)
                append_hex(&ber, "0000");
            expect_status(yx_ber_to_der(yx_buf_bytes(&ber), &out, &used, &err),
                          depth == 40 ? YX_OK : YX_DAMAGED, &err);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conversions),
        cmocka_unit_test(test_lengths_grow),
        cmocka_unit_test(test_depth_is_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
