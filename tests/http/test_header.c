/* SPDX-License-Identifier: Apache-2.0 */
/* test_header.c - dates, what a client has already, languages, parts, content types. */
#include "support.h"

#include "http/http.h"

/* The example of RFC 9110 5.6.7. */
static void dates_are_written(void **state)
{
    char date[YX_HTTP_DATE];

    (void)state;
    yx_http_date(INT64_C(784111777) * YX_SECOND, date);
    assert_string_equal(date, "Sun, 06 Nov 1994 08:49:37 GMT");
    yx_http_date(0, date);
    assert_string_equal(date, "Thu, 01 Jan 1970 00:00:00 GMT");
}

static void what_a_client_has_is_known(void **state)
{
    static const struct {
        const char *match, *since;
        bool is;
    } cases[] = {
        {"", "", false},
        {"\"one\"", "", true},
        {"W/\"one\"", "", true},
        {"\"two\", \"one\"", "", true},
        {"*", "", true},
        {"one", "", false},
        {"\"two\"", "Sun, 06 Nov 1994 08:49:37 GMT", false}, /* the tag goes first */
        {"", "Sun, 06 Nov 1994 08:49:37 GMT", true},
        {"", "Sun, 06 Nov 1994 08:49:36 GMT", false},
        {"", "yesterday", false},
    };
    const struct yx_http_reply bare = {0};
    struct yx_http_reply reply = {.etag = "\"one\"", .modified = INT64_C(784111777) * YX_SECOND};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(yx_is_not_modified(&reply, cases[i].match, cases[i].since), cases[i].is);
        assert_false(yx_is_not_modified(&bare, cases[i].match, cases[i].since));
    }
}

static void media_types_are_compared(void **state)
{
    (void)state;
    assert_true(yx_media_type_is("Text/X", "text/x"));
    assert_true(yx_media_type_is("text/x; charset=utf-8", "text/x"));
    assert_false(yx_media_type_is("text/xy", "text/x"));
    assert_false(yx_media_type_is("", "text/x"));
}

static void languages_are_chosen(void **state)
{
    static const char *const cases[][2] = {
        {"", "en"},
        {"zh", "zh"},
        {"en", "en"},
        {"ZH-Hans-CN", "zh"},
        {"fr, zh;q=0.5", "zh"},
        {"zh;q=0.5, en;q=0.6", "en"},
        {"zh;q=0.5,en;q=0.4", "zh"},
        {"zh;q=0", "en"},
        {"zhx", "en"},
        {"zh;q=2", "en"},
        {"zh;q=-1", "en"},
        {"zh;q=nan", "en"},
        {"zh;level=1", "en"},
        {";;,,=,zh", "zh"},
        {"fr", "en"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(yx_language_of(cases[i][0]), cases[i][1]);
}

static void parts_are_read(void **state)
{
    static const struct {
        const char *header;
        uint64_t size;
        yx_range is;
        uint64_t from, len;
    } cases[] = {
        {"bytes=0-3", 10, YX_RANGE_PART, 0, 4},
        {"bytes=3-3", 10, YX_RANGE_PART, 3, 1},
        {"bytes=5-", 10, YX_RANGE_PART, 5, 5},
        {"bytes=5-99", 10, YX_RANGE_PART, 5, 5},
        {"bytes=0-18446744073709551615", 10, YX_RANGE_PART, 0, 10},
        {"bytes=-3", 10, YX_RANGE_PART, 7, 3},
        {"bytes=-30", 10, YX_RANGE_PART, 0, 10},
        {"bytes=10-", 10, YX_RANGE_MISSED, 0, 0},
        {"bytes=18446744073709551615-", 10, YX_RANGE_MISSED, 0, 0},
        {"bytes=-0", 10, YX_RANGE_MISSED, 0, 0},
        {"bytes=0-0", 0, YX_RANGE_MISSED, 0, 0},
        {"bytes=-1", 0, YX_RANGE_MISSED, 0, 0},
        {"", 10, YX_RANGE_NONE, 0, 0},
        {"bytes=", 10, YX_RANGE_NONE, 0, 0},
        {"bytes=-", 10, YX_RANGE_NONE, 0, 0},
        {"bytes=3-2", 10, YX_RANGE_NONE, 0, 0},
        {"bytes=0-1,3-4", 10, YX_RANGE_NONE, 0, 0},
        {"bytes=0-1 ", 10, YX_RANGE_NONE, 0, 0},
        {"bytes=a-1", 10, YX_RANGE_NONE, 0, 0},
        {"bytes=0x1-", 10, YX_RANGE_NONE, 0, 0},
        {"bytes=+1-", 10, YX_RANGE_NONE, 0, 0},
        {"bytes=99999999999999999999-", 10, YX_RANGE_NONE, 0, 0},
        {"lines=0-1", 10, YX_RANGE_NONE, 0, 0},
        {"byte", 10, YX_RANGE_NONE, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t from = 0, len = 0;

        if (yx_range_read(cases[i].header, cases[i].size, &from, &len) != cases[i].is ||
            from != cases[i].from || len != cases[i].len)
            fail_msg("%s of %llu", cases[i].header, (unsigned long long)cases[i].size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_written),        cmocka_unit_test(what_a_client_has_is_known),
        cmocka_unit_test(media_types_are_compared), cmocka_unit_test(languages_are_chosen),
        cmocka_unit_test(parts_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
