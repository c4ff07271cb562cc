/* SPDX-License-Identifier: Apache-2.0 */
/* test_route.c - rows of the table, paths decoded, dates, what a client has already. */
#include "support.h"

#include "server/room.h"

static yx_status nothing(void *self, const struct yx_http_request *request,
                         struct yx_http_reply *reply, struct yx_error *err)
{
    (void)self, (void)request, (void)reply, (void)err;
    return YX_OK;
}

static const struct yx_http_route routes[] = {
    {.method = "GET", .path = "/a", .handle = nothing},
    {.method = "POST", .path = "/a", .handle = nothing},
    {.method = "GET", .path = "/a/*", .handle = nothing},
    {.method = "POST", .path = "/b", .handle = nothing},
};
#define ROUTES (sizeof routes / sizeof routes[0])

static void rows_are_found(void **state)
{
    static const struct {
        const char *method, *path;
        int row; /* -1: none */
        unsigned status;
        const char *rest;
    } cases[] = {{"GET", "/a", 0, 0, ""},      {"HEAD", "/a", 0, 0, ""},
                 {"POST", "/a", 1, 0, ""},     {"GET", "/a/b/c", 2, 0, "b/c"},
                 {"GET", "/a/", -1, 404, ""},  {"GET", "/ab", -1, 404, ""},
                 {"GET", "", -1, 404, ""},     {"GET", "/", -1, 404, ""},
                 {"GET", "//a", -1, 404, ""},  {"GET", "/A", -1, 404, ""},
                 {"PUT", "/a", -1, 405, ""},   {"get", "/a", -1, 405, ""},
                 {"GET", "/b", -1, 405, ""},   {"HEAD", "/b", -1, 405, ""},
                 {"GET", "/a?x", -1, 404, ""}, {"GET", "/a/../b", 2, 0, "../b"},
                 {"POST", "/a/b", -1, 405, ""}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *rest = "";
        unsigned status = 0;
        const struct yx_http_route *row =
            yx_route_find(routes, ROUTES, cases[i].method, cases[i].path, &rest, &status);

        if (cases[i].row < 0) {
            assert_null(row);
            assert_int_equal(status, cases[i].status);
        } else {
            assert_ptr_equal(row, &routes[cases[i].row]);
            assert_string_equal(rest, cases[i].rest);
        }
    }
}

static void methods_are_named(void **state)
{
    char methods[96], small[8];

    (void)state;
    yx_route_methods(routes, ROUTES, "/a", methods, sizeof methods);
    assert_string_equal(methods, "GET, HEAD, POST");
    yx_route_methods(routes, ROUTES, "/c", methods, sizeof methods);
    assert_string_equal(methods, "");
    yx_route_methods(routes, ROUTES, "/a", small, sizeof small);
    assert_int_equal(strlen(small), sizeof small - 1);
}

static void paths_are_decoded(void **state)
{
    static const char *const cases[][2] = {
        {"/a%2Fb", "/a/b"}, {"/a%2fb%3d", "/a/b="}, {"/a%00b", "/a%00b"}, {"/%", "/%"},
        {"/%4", "/%4"},     {"/%zz", "/%zz"},       {"/a+b", "/a+b"},     {"/%252e", "/%2e"},
        {"", ""},           {"%41%4", "A%4"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[32];

        (void)snprintf(text, sizeof text, "%s", cases[i][0]);
        assert_int_equal(yx_path_decode(text), strlen(cases[i][1]));
        assert_string_equal(text, cases[i][1]);
    }
}

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_found),
        cmocka_unit_test(methods_are_named),
        cmocka_unit_test(paths_are_decoded),
        cmocka_unit_test(dates_are_written),
        cmocka_unit_test(what_a_client_has_is_known),
        cmocka_unit_test(media_types_are_compared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
