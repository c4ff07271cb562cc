/* SPDX-License-Identifier: Apache-2.0 */
/* test_request.c - what handlers are given of a request, what becomes of their replies, and bodies
 * that are taken in pieces. */
#include "caller.h"

#define ASK(start, more) start " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" more "\r\n"

static struct caller_taker counts;
static yx_status fail_as_told(void *self, const struct yx_http_request *request,
                              struct yx_http_reply *reply, struct yx_error *err);

struct asked {
    int64_t number;
    const char *word;
    bool is;
    int colour;
};
static const char *const colours[] = {"red", "green", NULL};
static const struct yx_json_member asked_members[] = {
    {"n", YX_JSON_INT, true, -100, 100, YX_JSON_AT(struct asked, number)},
    {"w", YX_JSON_TEXT, false, 0, 0, YX_JSON_AT(struct asked, word)},
    {"b", YX_JSON_BOOL, false, 0, 0, YX_JSON_AT(struct asked, is)},
    {"c", YX_JSON_CHOICE, false, 0, 0, YX_JSON_AT(struct asked, colour), colours},
    YX_JSON_END,
};

static yx_status serve_query(void *self, const struct yx_http_request *request,
                             struct yx_http_reply *reply, struct yx_error *err)
{
    struct asked asked = {.word = ""};

    (void)self;
    YX_TRY(yx_http_query_members(request, asked_members, &asked, err));
    return yx_buf_printf(&reply->body, "n=%lld w=%s b=%d c=%d", (long long)asked.number, asked.word,
                         asked.is, asked.colour);
}

static const struct yx_http_route routes[] = {
    {.method = "GET", .path = "/see/{a}/{b}", .handle = serve_sight, .context = "mine"},
    {.method = "DELETE", .path = "/see/{a}", .handle = serve_sight, .context = "other"},
    {.method = "PATCH", .path = "/see/{a}", .handle = serve_sight, .context = "patch"},
    {.method = "PUT",
     .path = "/count",
     .body_max = 1 << 20,
     .handle = serve_count,
     .intake = &caller_intake,
     .self = &counts},
    {.method = "GET", .path = "/fail/{status}", .handle = fail_as_told},
    {.method = "GET", .path = "/query", .handle = serve_query},
};

/* With the status of its path (0: none), and what a half-made reply may hold. */
static yx_status fail_as_told(void *self, const struct yx_http_request *request,
                              struct yx_http_reply *reply, struct yx_error *err)
{
    (void)self;
    reply->status = (unsigned)strtoul(request->ids[0], NULL, 10);
    yx_http_header(reply, "X-Mine", "kept");
    yx_http_header(reply, "Cache-Control", "public");
    (void)snprintf(reply->etag, sizeof reply->etag, "\"half\"");
    (void)yx_buf_append_text(&reply->body, "half of it");
    if (strcmp(request->ids[0], "bad-header") == 0) {
        yx_http_header(reply, "X-Split", "a\r\nSet-Cookie: evil=1");
        return YX_OK;
    }
    if (strcmp(request->ids[0], "pointer") == 0)
        return yx_fail(err, YX_USAGE, YX_JSON_RULE, N_("{1} is missing"), "/a/b");
    if (reply->status == 409)
        reply->problem = "conflict";
    return yx_fail(err, YX_REFUSED, "the rule", N_("{1} is taken"), "that");
}

static struct yx_listener *serve(const struct yx_listener_settings *settings)
{
    struct yx_listener *listener = NULL;
    struct yx_error err;

    expect_ok(yx_listener_new(settings, routes, sizeof routes / sizeof routes[0], &listener, &err),
              &err);
    return listener;
}

static void expect_answer(const struct yx_listener *listener, const char *request,
                          const char *contains)
{
    char answer[8000];

    caller_ask(listener, request, answer, sizeof answer);
    if (strstr(answer, contains) == NULL)
        fail_msg("%s\nis answered with\n%s\nwhich lacks %s", request, answer, contains);
}

static void expect_not(const struct yx_listener *listener, const char *request, const char *lacks)
{
    char answer[8000];

    caller_ask(listener, request, answer, sizeof answer);
    assert_int_equal(strncmp(answer, "HTTP/1.1 ", 9), 0);
    if (strstr(answer, lacks) != NULL)
        fail_msg("%s\nis answered with\n%s", request, answer);
}

static void handlers_see_the_request(void **state)
{
    static const char *const cases[][2] = {
        {ASK("GET /see/one/two?q=a%26b+c&p=1", ""),
         "ids=one,two, target=/see/one/two?q=a%26b+c&p=1 "
         "q=a&b c of 2 c=none x= lang=en"},
        {ASK("GET /see/%6fne/two?q", ""), "ids=one,two, target=/see/%6fne/two?q q= of 1"},
        {ASK("GET /see/one/two", "Cookie: b=1; c=\"value\" ; cc=2\r\nX-Y: why\r\n"),
         "q=none of 0 c=value x=why"},
        {ASK("GET /see/one/two", "Cookie: c=1; c=2\r\n"), "c=none"},
        {ASK("GET /see/one/two", "Cookie: d=1; xc=2; c\r\n"), "c=none"},
        {ASK("GET /see/one/two", "Accept-Language: zh-CN,zh;q=0.9,en;q=0.8\r\n"), "lang=zh"},
        {ASK("GET /see/one/two", ""), "context=mine secure=0"},
        {ASK("DELETE /see/x", ""), "ids=x,, target=/see/x q=none"},
        {ASK("DELETE /see/x", ""), "context=other"},
        {ASK("PATCH /see/x", ""), "context=patch"},
        {ASK("GET /see/one/two", ""), "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Long: 0123"},
        {ASK("GET /see/one/two", ""), "Cache-Control: no-store"},
        {ASK("GET /see/a%2Fb/two", ""), "HTTP/1.1 404"},
        {ASK("GET /see/a%20b/two", ""), "HTTP/1.1 404"},
        /* Strangers name neither requests nor addresses. */
        {ASK("GET /see/a/b", "X-Request-Id: mine\r\nX-Forwarded-For: 192.0.2.1\r\n"),
         "peer=127.0.0.1 id=0"},
    };
    const struct yx_listener_settings usual = {.threads = 2};
    YX_CLEAN(yx_listener) struct yx_listener *listener = serve(&usual);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_answer(listener, cases[i][0], cases[i][1]);
}

static bool is_one_of_two(const void *proxies, const char *address)
{
    const char *const *two = proxies;

    return strcmp(address, two[0]) == 0 || strcmp(address, two[1]) == 0;
}

static void proxies_are_believed(void **state)
{
    static const char *const cases[][2] = {
        {ASK("GET /see/a/b", "X-Request-Id: mine-1\r\n"), "peer=127.0.0.1 id=mine-1 "},
        {ASK("GET /see/a/b", "X-Request-Id: mine-1\r\n"), "X-Request-Id: mine-1\r\n"},
        {ASK("GET /see/a/b", "X-Request-Id: a\"b\r\n"), "id=0"},
        {ASK("GET /see/a/b", "X-Forwarded-For: 192.0.2.1\r\n"), "peer=192.0.2.1"},
        {ASK("GET /see/a/b", "X-Forwarded-For: 192.0.2.9, 192.0.2.1, 10.0.0.9\r\n"),
         "peer=192.0.2.1"},
        {ASK("GET /see/a/b", "X-Forwarded-For: 192.0.2.9\r\nX-Forwarded-For: 192.0.2.1\r\n"),
         "peer=192.0.2.1"},
        {ASK("GET /see/a/b", "X-Forwarded-For: 192.0.2.1, nobody\r\n"), "peer=127.0.0.1"},
        {ASK("GET /see/a/b", "X-Forwarded-For: 2001:DB8:0::1\r\n"), "peer=2001:db8::1"},
    };
    static const char *const proxies[] = {"10.0.0.9", "127.0.0.1"};
    const struct yx_listener_settings settings = {
        .threads = 2, .is_proxy = is_one_of_two, .proxies = proxies};
    YX_CLEAN(yx_listener) struct yx_listener *listener = serve(&settings);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_answer(listener, cases[i][0], cases[i][1]);
}

static void replies_are_strict(void **state)
{
    static const char *const headers[] = {
        "X-Content-Type-Options: nosniff\r\n",
        "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n",
        "Referrer-Policy: no-referrer\r\n",
        "Cross-Origin-Resource-Policy: same-origin\r\n",
        "Cross-Origin-Opener-Policy: same-origin\r\n",
        "Cache-Control: no-store\r\n",
    };
    const struct yx_listener_settings usual = {.threads = 2};
    YX_CLEAN(yx_listener) struct yx_listener *listener = serve(&usual);

    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        expect_answer(listener, ASK("GET /see/a/b", ""), headers[i]);
        expect_answer(listener, ASK("GET /nowhere", ""), headers[i]);
        expect_answer(listener, ASK("GET /fail/409", ""), i == 5 ? "public" : headers[i]);
    }
    /* Only a connection that is secure can promise to stay so. */
    expect_not(listener, ASK("GET /see/a/b", ""), "Strict-Transport");
}

#define PREFLIGHT(origin) \
    ASK("OPTIONS /see/a", "Origin: " origin "\r\nAccess-Control-Request-Method: DELETE\r\n")

static void other_sites_are_let_in_by_name(void **state)
{
    const struct yx_listener_settings usual = {.threads = 2};
    const struct yx_listener_settings open = {.threads = 2,
                                              .origins = "https://a.example,http://b"};
    YX_CLEAN(yx_listener) struct yx_listener *closed = serve(&usual);
    YX_CLEAN(yx_listener) struct yx_listener *listener = serve(&open);

    (void)state;
    expect_not(closed, ASK("GET /see/a/b", "Origin: https://a.example\r\n"), "Access-Control");
    expect_answer(closed, PREFLIGHT("https://a.example"), "HTTP/1.1 405");
    expect_answer(listener, ASK("GET /see/a/b", "Origin: https://a.example\r\n"),
                  "Vary: Origin\r\nAccess-Control-Allow-Origin: https://a.example\r\n");
    expect_answer(listener, ASK("GET /see/a/b", ""), "Vary: Origin\r\n");
    expect_not(listener, ASK("GET /see/a/b", ""), "Access-Control");
    expect_answer(listener, ASK("GET /nowhere", "Origin: http://b\r\n"), "Allow-Origin: http://b");
    expect_answer(listener, PREFLIGHT("http://b"), "HTTP/1.1 204");
    expect_answer(listener, PREFLIGHT("http://b"), "Allow-Methods: DELETE, PATCH\r\n");
    expect_not(listener, ASK("GET /see/a/b", "Origin: https://a.example.org\r\n"),
               "Access-Control");
    expect_not(listener, ASK("GET /see/a/b", "Origin: null\r\n"), "Access-Control");
    expect_not(listener, PREFLIGHT("http://c"), "Access-Control");
    expect_not(listener, ASK("GET /see/a/b", "Origin: http://b\r\n"), "Credentials");
}

static void failures_become_problems(void **state)
{
    static const char *const cases[][2] = {
        {ASK("GET /fail/0", ""), "HTTP/1.1 403"},
        {ASK("GET /fail/0", ""), "\"type\":\"urn:yinxin:problem:refused\""},
        {ASK("GET /fail/0", ""), "\"title\":\"this is not allowed\",\"status\":403"},
        {ASK("GET /fail/0", "Accept-Language: zh\r\n"), "\"title\":\"不允许这样做\""},
        {ASK("GET /nowhere", "Accept-Language: zh\r\n"), "\"detail\":\"此路径下没有内容\""},
        {ASK("GET /fail/500", ""), "\"detail\":\"the service cannot do this now\""},
        {ASK("GET /fail/500", "Accept-Language: zh\r\n"), "\"detail\":\"服务现在无法处理\""},
        {ASK("GET /fail/pointer", ""), "HTTP/1.1 400"},
        {ASK("GET /fail/pointer", ""),
         "\"errors\":[{\"detail\":\"/a/b is missing\",\"pointer\":\"#/a/b\"}]"},
        {ASK("GET /query?n=5&w=x", ""), "n=5 w=x b=0 c=0"},
        {ASK("GET /query?n=-5&b=true&c=green", ""), "n=-5 w= b=1 c=1"},
        {ASK("GET /query?n=5&x=1", ""),
         "\"errors\":[{\"detail\":\"?x is not known here\",\"parameter\":\"x\"}]"},
        {ASK("GET /query", ""), "?n is missing"},
        {ASK("GET /query?n=5x", ""), "?n must be a whole number"},
        {ASK("GET /query?n=", ""), "?n must be a whole number"},
        {ASK("GET /query?n=9999999999999999999", ""), "?n must be a whole number"},
        {ASK("GET /query?n=1--", ""), "?n must be a whole number"},
        {ASK("GET /query?n=101", ""), "?n must be from -100 to 100"},
        {ASK("GET /query?n=1&b=1", ""), "?b must be true or false"},
        {ASK("GET /query?n=1&c=blue", ""), "?c must be one of: red, green"},
        {ASK("GET /query?n=1&w=", ""), "?w must have 1 to 1000 characters"},
        {ASK("GET /fail/0", ""), "\"detail\":\"that is taken\",\"rule\":\"the rule\""},
        {ASK("GET /fail/0", ""), "\"request_id\":\"0"},
        {ASK("GET /fail/409", ""), "HTTP/1.1 409"},
        {ASK("GET /fail/409", ""), "\"type\":\"urn:yinxin:problem:conflict\""},
        {ASK("GET /fail/409", ""), "X-Mine: kept"},
        /* A status that is none of a failure says nothing. */
        {ASK("GET /fail/201", ""), "HTTP/1.1 403"},
    };
    const struct yx_listener_settings usual = {.threads = 2};
    YX_CLEAN(yx_listener) struct yx_listener *listener = serve(&usual);
    char answer[2000];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_answer(listener, cases[i][0], cases[i][1]);
    expect_not(listener, ASK("GET /fail/0", ""), "X-Mine");
    expect_not(listener, ASK("GET /fail/0", ""), "public");
    expect_not(listener, ASK("GET /fail/0", ""), "half");
    expect_not(listener, ASK("GET /fail/409", ""), "half");
    /* A header with a line end in it would be two: nothing goes out. */
    caller_ask(listener, ASK("GET /fail/bad-header", ""), answer, sizeof answer);
    assert_null(strstr(answer, "evil"));
}

#define COUNT(more, body) ASK("PUT /count", more) body
#define CHUNKED "Transfer-Encoding: chunked\r\n"

static void bodies_come_in_pieces(void **state)
{
    const struct yx_listener_settings usual = {.threads = 2};
    YX_CLEAN(yx_listener) struct yx_listener *listener = serve(&usual);
    static char request[700000];
    size_t len;

    (void)state;
    caller_taker_clear(&counts);
    expect_answer(listener, COUNT("Content-Length: 5\r\n", "abcde"), "\r\n\r\n5");
    expect_answer(listener, COUNT(CHUNKED, "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), "\r\n\r\n5");
    expect_answer(listener, COUNT("Content-Length: 0\r\n", ""), "\r\n\r\n0");
    len = (size_t)snprintf(request, sizeof request, COUNT("Content-Length: 600000\r\n", ""));
    memset(request + len, 'x', 600000);
    request[len + 600000] = '\0';
    expect_answer(listener, request, "\r\n\r\n600000");
    assert_int_equal(counts.begun, 4);
    assert_int_equal(counts.handled, 4);
    assert_int_equal(counts.ended, 4);
}

/* What all bodies together may take of memory; it is given back. */
static void memory_for_bodies_is_limited(void **state)
{
    const struct yx_listener_settings settings = {.threads = 2, .body_memory = 1000};
    YX_CLEAN(yx_listener) struct yx_listener *listener = caller_listen(&settings);
    char body[700], request[1000], answer[2000];
    int slow;

    (void)state;
    memset(body, 'x', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    (void)snprintf(request, sizeof request, ASK("POST /echo", "Content-Length: 699\r\n") "%s",
                   body);
    expect_answer(listener, request, "HTTP/1.1 200");
    slow = caller_dial(listener);
    request[strlen(request) - 1] = '\0'; /* the last byte is to come */
    assert_true(caller_say(slow, request));
    caller_wait_for(atomic_load(&listener->gathered) == strlen(body) - 1);
    (void)strncat(request, "x", 2);
    expect_answer(listener, request, "HTTP/1.1 503");
    caller_wait_for(atomic_load(&listener->gathered) == strlen(body) - 1);
    expect_answer(listener, request, "Retry-After");
    assert_true(caller_say(slow, "x"));
    caller_await(slow, answer, sizeof answer, "HTTP/1.1 200");
    (void)close(slow);
    for (size_t i = 0; i < 5; i++) {
        caller_wait_for(atomic_load(&listener->gathered) == 0);
        expect_answer(listener, request, "HTTP/1.1 200");
    }
}

/* Whatever becomes of a body, what began is ended, once. */
static void bodies_that_do_not_come_are_ended(void **state)
{
    const struct yx_listener_settings usual = {.threads = 2};
    struct yx_listener *listener = serve(&usual);
    char answer[2000];

    (void)state;
    caller_taker_clear(&counts);
    expect_answer(listener, COUNT("Authorization: no\r\nContent-Length: 5\r\n", ""),
                  "HTTP/1.1 401");
    expect_answer(listener, COUNT("Authorization: no\r\nContent-Length: 5\r\n", ""),
                  "WWW-Authenticate: Basic");
    expect_answer(listener, COUNT("Content-Length: 99999999\r\n", ""), "HTTP/1.1 413");
    assert_int_equal(counts.begun, 0);
    /* Cut off; malformed; refused while it comes. */
    caller_ask(listener, COUNT("Content-Length: 50\r\n", "abc"), answer, sizeof answer);
    caller_ask(listener, COUNT(CHUNKED, "3\r\nabc\r\nzz\r\n"), answer, sizeof answer);
    counts.fail_at = 4;
    expect_answer(listener, COUNT("Content-Length: 5\r\n", "abcde"), "enough of it");
    expect_answer(listener, COUNT("Content-Length: 5\r\n", "abcde"), "HTTP/1.1 403");
    counts.fail_at = 0;
    yx_listener_free(listener);
    assert_int_equal(counts.begun, 4);
    assert_int_equal(counts.handled, 0);
    assert_int_equal(counts.ended, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handlers_see_the_request),
        cmocka_unit_test(proxies_are_believed),
        cmocka_unit_test(replies_are_strict),
        cmocka_unit_test(other_sites_are_let_in_by_name),
        cmocka_unit_test(failures_become_problems),
        cmocka_unit_test(bodies_come_in_pieces),
        cmocka_unit_test(memory_for_bodies_is_limited),
        cmocka_unit_test(bodies_that_do_not_come_are_ended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
