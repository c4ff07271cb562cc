/* SPDX-License-Identifier: Apache-2.0 */
/* test_route.c - rows of the table, paths decoded. */
#include "support.h"

#include "http/http.h"

static yx_status nothing(void *self, const struct yx_http_request *request,
                         struct yx_http_reply *reply, struct yx_error *err)
{
    (void)self, (void)request, (void)reply, (void)err;
    return YX_OK;
}

static const struct yx_http_route routes[] = {
    {.method = "POST", .path = "/b", .handle = nothing},
    {.method = "GET", .path = "/a/*", .handle = nothing},
    {.method = "GET", .path = "/a", .handle = nothing},
    {.method = "POST", .path = "/a", .handle = nothing},
    {.method = "GET", .path = "/p/{one}", .handle = nothing},
    {.method = "GET", .path = "/p/{one}/u/{two}", .handle = nothing},
    {.method = "PUT", .path = "/p/{other}", .handle = nothing},
    {.method = "POST", .path = "/p/mine", .handle = nothing},
    {.method = "GET", .path = "/p/{one}/f/*", .handle = nothing},
    {.method = "GET", .path = "/", .handle = nothing},
    {.method = "GET", .path = "/a-b", .handle = nothing},
    {.method = "DELETE", .path = "/p/{1}/{2}/{3}/{4}", .handle = nothing},
};
#define ROUTES (sizeof routes / sizeof routes[0])

static void make_router(struct yx_router *router)
{
    struct yx_error err;

    expect_ok(yx_router_make(router, routes, ROUTES, &err), &err);
}
YX_DEFINE_CLEAN_VALUE(yx_router, struct yx_router, yx_router_free);

static void rows_are_found(void **state)
{
    static const struct {
        const char *method, *path;
        int row; /* -1: none */
        unsigned status;
        const char *rest;
        const char *ids[YX_HTTP_IDS];
    } cases[] = {
        {"GET", "/", 9, 0, ""},
        {"GET", "/a", 2, 0, ""},
        {"HEAD", "/a", 2, 0, ""},
        {"POST", "/a", 3, 0, ""},
        {"GET", "/a/b/c", 1, 0, "b/c"},
        {"GET", "/a-b", 10, 0, ""},
        {"GET", "/a/", -1, 404, ""},
        {"GET", "/ab", -1, 404, ""},
        {"GET", "", -1, 404, ""},
        {"GET", "//a", -1, 404, ""},
        {"GET", "a", -1, 404, ""},
        {"GET", "*", -1, 404, ""},
        {"GET", "/A", -1, 404, ""},
        {"PUT", "/a", -1, 405, ""},
        {"get", "/a", -1, 405, ""},
        {"GET", "/b", -1, 405, ""},
        {"HEAD", "/b", -1, 405, ""},
        {"GET", "/a?x", -1, 404, ""},
        {"GET", "/a/../b", 1, 0, "../b"},
        {"POST", "/a/b", -1, 405, ""},
        {"GET", "/p/x", 4, 0, "", {"x"}},
        {"PUT", "/p/x", 6, 0, "", {"x"}},
        {"POST", "/p/x", -1, 405, ""},
        /* Text before a name, but not where its method is missing. */
        {"POST", "/p/mine", 7, 0, ""},
        {"GET", "/p/mine", 4, 0, "", {"mine"}},
        {"GET", "/p/mine/u/2", 5, 0, "", {"mine", "2"}},
        {"GET", "/p/x/f/a/b", 8, 0, "a/b", {"x"}},
        {"GET", "/p/x/f/", -1, 404, ""},
        {"GET", "/p/x/u", -1, 404, ""},
        {"GET", "/p/x/u/", -1, 404, ""},
        {"GET", "/p/x/u/y/", -1, 404, ""},
        {"DELETE", "/p/a/b/c/d", 11, 0, "", {"a", "b", "c", "d"}},
        {"GET", "/p/", -1, 404, ""},
        {"GET", "/p/.", -1, 404, ""},
        {"GET", "/p/..", -1, 404, ""},
        {"GET", "/p/a b", -1, 404, ""},
        {"GET", "/p/%41", -1, 404, ""},
        {"GET", "/p/a;b", -1, 404, ""},
        {"GET", "/p/\xe5\x8d\xb0", -1, 404, ""},
        {"GET",
         "/p/0123456789012345678901234567890123456789012345678901234567890123",
         4,
         0,
         "",
         {"0123456789012345678901234567890123456789012345678901234567890123"}},
        {"GET", "/p/01234567890123456789012345678901234567890123456789012345678901234", -1, 404,
         ""},
    };
    YX_CLEAN(yx_router) struct yx_router router = {0};

    (void)state;
    make_router(&router);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct yx_found found;
        bool is = yx_route_find(&router, cases[i].method, cases[i].path, &found);
        size_t count = 0;

        if (is != (cases[i].row >= 0) || (is && found.route != &routes[cases[i].row]))
            fail_msg("%s %s: %s", cases[i].method, cases[i].path, is ? found.route->path : "none");
        assert_int_equal(found.status, cases[i].status);
        if (!is)
            continue;
        assert_string_equal(found.rest, cases[i].rest);
        while (count < YX_HTTP_IDS && cases[i].ids[count] != NULL) {
            assert_true(yx_bytes_are(found.ids[count], cases[i].ids[count]));
            count++;
        }
        assert_int_equal(found.id_count, count);
    }
}

static void methods_are_named(void **state)
{
    YX_CLEAN(yx_router) struct yx_router router = {0};
    struct yx_found found;

    (void)state;
    make_router(&router);
    assert_false(yx_route_find(&router, "BREW", "/a", &found));
    assert_string_equal(found.methods, "GET, HEAD, POST");
    assert_false(yx_route_find(&router, "BREW", "/p/mine", &found));
    assert_string_equal(found.methods, "POST, GET, HEAD, PUT");
    assert_false(yx_route_find(&router, "BREW", "/c", &found));
    assert_string_equal(found.methods, "");
}

/* The same table, in any order of its rows, finds the same. */
static void many_rows_are_found(void **state)
{
    enum { MANY = 600 };
    static struct yx_http_route many[MANY];
    static char paths[MANY][64];
    YX_CLEAN(yx_router) struct yx_router router = {0};
    struct yx_error err;

    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        size_t mixed = i * 7 % MANY;

        (void)snprintf(paths[i], sizeof paths[i],
                       mixed % 2 == 0 ? "/api/v1/r%zu/{id}/x" : "/api/v1/r%zu", mixed / 2);
        many[i] = (struct yx_http_route){"GET", paths[i], 0, NULL, nothing};
    }
    expect_ok(yx_router_make(&router, many, MANY, &err), &err);
    for (size_t i = 0; i < MANY; i++) {
        struct yx_found found;
        char path[64];

        (void)snprintf(path, sizeof path, i * 7 % 2 == 0 ? "/api/v1/r%zu/7/x" : "/api/v1/r%zu",
                       i * 7 % MANY / 2);
        assert_true(yx_route_find(&router, "GET", path, &found));
        assert_ptr_equal(found.route, &many[i]);
    }
}

static void bad_tables_are_refused(void **state)
{
    static const struct yx_http_route bad[][2] = {
        {{"GET", "/a/{x}"}, {"GET", "/a/{y}"}}, {{"GET", "/a"}, {"GET", "/a"}},
        {{"GET", "/a"}, {"GET", "a"}},          {{"GET", "/a"}, {"GET", "/b*"}},
        {{"GET", "/a"}, {"GET", "/*/b"}},       {{"GET", "/a"}, {"GET", "/{a}b"}},
        {{"GET", "/a"}, {"GET", "/{}"}},        {{"GET", "/a"}, {"GET", "/{1}/{2}/{3}/{4}/{5}"}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        YX_CLEAN(yx_router) struct yx_router router = {0};
        struct yx_error err;

        expect_status(yx_router_make(&router, bad[i], 2, &err), YX_USAGE, &err);
    }
}

static void paths_are_decoded(void **state)
{
    static const struct {
        const char *path, *decoded; /* NULL: refused */
        size_t slash;
    } cases[] = {
        {"/a%2Fb", "/a/b", 2},      {"/a%2fb%3d%2F", "/a/b=/", 2},
        {"/a+b", "/a+b", SIZE_MAX}, {"/%252e", "/%2e", SIZE_MAX},
        {"", "", SIZE_MAX},         {"/%E5%8d%b0", "/\xe5\x8d\xb0", SIZE_MAX},
        {"/a%00b", NULL, 0},        {"/%", NULL, 0},
        {"/%4", NULL, 0},           {"%41%4", NULL, 0},
        {"/%zz", NULL, 0},          {"/%0a", NULL, 0},
        {"/%7f", NULL, 0},          {"/\x01", NULL, 0},
        {"/%c0%af", NULL, 0},       /* '/' in two bytes */
        {"/%ed%a0%80", NULL, 0},    /* a surrogate */
        {"/%f4%90%80%80", NULL, 0}, /* beyond Unicode */
        {"/%e5%8d", NULL, 0},       {"/\xff", NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[32];
        size_t slash;
        bool is;

        (void)snprintf(text, sizeof text, "%s", cases[i].path);
        is = yx_path_decode(text, &slash);
        assert_int_equal(is, cases[i].decoded != NULL);
        if (!is)
            continue;
        assert_string_equal(text, cases[i].decoded);
        assert_true(slash == cases[i].slash);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_found),      cmocka_unit_test(methods_are_named),
        cmocka_unit_test(many_rows_are_found), cmocka_unit_test(bad_tables_are_refused),
        cmocka_unit_test(paths_are_decoded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
