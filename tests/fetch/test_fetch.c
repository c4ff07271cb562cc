/* SPDX-License-Identifier: Apache-2.0 */
/* test_fetch.c - one request by HTTP: what goes, what an answer must be, and where it leads not. */
#include "support.h"
#include "tools.h"

#include "fetch/fetch.h"
#include "listener/listener.h"

static unsigned elsewhere; /* how often somebody came where a redirect leads */

static yx_status serve_sight(void *self, const struct yx_http_request *request,
                             struct yx_http_reply *reply, struct yx_error *err)
{
    (void)self, (void)err;
    return yx_buf_printf(&reply->body, "%s %s %s %.*s", request->method,
                         yx_http_header_of(request, "Accept"), request->content_type,
                         (int)request->body.len, (const char *)request->body.data);
}

static yx_status serve_redirect(void *self, const struct yx_http_request *request,
                                struct yx_http_reply *reply, struct yx_error *err)
{
    (void)self, (void)request, (void)err;
    reply->status = 302;
    yx_http_header(reply, "Location", "/elsewhere");
    return YX_OK;
}

static yx_status serve_elsewhere(void *self, const struct yx_http_request *request,
                                 struct yx_http_reply *reply, struct yx_error *err)
{
    (void)self, (void)request, (void)reply, (void)err;
    elsewhere++;
    return YX_OK;
}

static yx_status serve_bytes(void *self, const struct yx_http_request *request,
                             struct yx_http_reply *reply, struct yx_error *err)
{
    (void)self, (void)err;
    for (unsigned long i = strtoul(request->ids[0], NULL, 10); i > 0; i--)
        if (yx_buf_append_text(&reply->body, "x") != YX_OK)
            return YX_NO_MEMORY;
    return YX_OK;
}

static const struct yx_http_route routes[] = {
    {.method = "GET", .path = "/sight", .handle = serve_sight},
    {.method = "POST", .path = "/sight", .body_max = 100, .handle = serve_sight},
    {.method = "GET", .path = "/redirect", .handle = serve_redirect},
    {.method = "GET", .path = "/elsewhere", .handle = serve_elsewhere},
    {.method = "GET", .path = "/bytes/{count}", .handle = serve_bytes},
};

static struct yx_listener *serve(const struct yx_listener_settings *settings)
{
    struct yx_listener *listener = NULL;
    struct yx_error err;

    expect_ok(yx_listener_new(settings, routes, sizeof routes / sizeof routes[0], &listener, &err),
              &err);
    return listener;
}

static yx_status ask(const char *scheme, uint16_t port, const char *path, const char *trust,
                     struct yx_fetch what, struct yx_buf *out, struct yx_error *err)
{
    char url[100];

    (void)snprintf(url, sizeof url, "%s://127.0.0.1:%u%s", scheme, port, path);
    what.url = url;
    what.accepted_type = "text/wanted";
    what.limit = 1000;
    return yx_fetch_http((void *)(uintptr_t)trust, &what, out, err);
}

static void what_goes_and_comes(void **state)
{
    const struct yx_listener_settings usual = {.threads = 1};
    YX_CLEAN(yx_listener) struct yx_listener *listener = serve(&usual);
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    const struct yx_fetch get = {0}, post = {.content_type = "text/mine", .body = YX_TEXT("body")};
    uint16_t port = yx_listener_port(listener);
    struct yx_error err;

    (void)state;
    expect_ok(ask("http", port, "/sight", NULL, get, &out, &err), &err);
    expect_ok(ask("http", port, "/sight", NULL, post, &out, &err), &err);
    /* Appended, one behind the other. */
    assert_true(
        yx_bytes_are(yx_buf_bytes(&out), "GET text/wanted  POST text/wanted text/mine body"));
}

static void what_is_no_answer(void **state)
{
    static const struct {
        const char *path, *words;
        yx_status status;
    } cases[] = {
        {"/bytes/1000", "", YX_OK},
        {"/bytes/1001", "answers with more than 1000 bytes", YX_DAMAGED},
        {"/nowhere", "answers with the HTTP status 404", YX_REFUSED},
        {"/redirect", "answers with the HTTP status 302", YX_REFUSED},
    };
    const struct yx_listener_settings usual = {.threads = 1};
    struct yx_listener *listener = serve(&usual);
    uint16_t port = yx_listener_port(listener);
    const struct yx_fetch get = {0};
    struct yx_error err;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf out = {0};
        char words[600] = "";

        expect_status(ask("http", port, cases[i].path, NULL, get, &out, &err), cases[i].status,
                      &err);
        if (cases[i].status != YX_OK)
            yx_message_render(&err.message, NULL, words, sizeof words);
        if (strstr(words, cases[i].words) == NULL)
            fail_msg("%s: %s", cases[i].path, words);
        assert_int_equal(out.len, cases[i].status == YX_OK ? 1000 : 0);
    }
    assert_int_equal(elsewhere, 0);
    yx_listener_free(listener);
    expect_status(ask("http", port, "/sight", NULL, get, NULL, &err), YX_IO, &err);
}

static void what_is_not_asked(void **state)
{
    static const char *const urls[] = {"", "ftp://127.0.0.1/", "file:///etc/passwd",
                                       "gopher://127.0.0.1/", "http://127.0.0.1:x/"};
    static const char *const headers[][2] = {{"X", "a\r\nY: b"}, {"X", "a\nb"}, {"X: a\r\nY", "b"}};
    YX_CLEAN(yx_transfer) struct yx_transfer transfer = {0};
    struct yx_error err;

    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        const struct yx_fetch what = {.url = urls[i], .accepted_type = "text/wanted", .limit = 9};

        expect_status(yx_fetch_http(NULL, &what, NULL, &err), YX_USAGE, &err);
    }
    expect_ok(yx_transfer_open(&transfer, &err), &err);
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        expect_status(yx_transfer_header(&transfer, headers[i][0], headers[i][1], &err), YX_USAGE,
                      &err);
}

/* A certificate that nobody vouches for, or that is another's, is none. */
static void who_answers_is_checked(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf certificate = {0};
    YX_CLEAN(yx_buf) struct yx_buf key = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_listener_settings settings = {.threads = 1};
    const struct yx_fetch get = {0};
    static const char *const names[] = {"127.0.0.1", "127.0.0.2"};
    struct folder folder;
    char path[128];
    struct yx_error err;

    (void)state;
    folder_make(&folder);
    (void)snprintf(path, sizeof path, "%s/cert.pem", folder.path);
    for (size_t i = 0; i < 2; i++) {
        expect_tool(&folder,
                    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
                    " -subj /CN=test -addext subjectAltName=IP:%s -keyout key.pem -out cert.pem",
                    names[i]);
        folder_read(&folder, "cert.pem", &certificate);
        folder_read(&folder, "key.pem", &key);
        settings.tls_certificate = yx_buf_bytes(&certificate);
        settings.tls_key = yx_buf_bytes(&key);
        YX_CLEAN(yx_listener) struct yx_listener *listener = serve(&settings);

        expect_status(ask("https", yx_listener_port(listener), "/sight", path, get, &out, &err),
                      i == 0 ? YX_OK : YX_IO, &err);
        expect_status(ask("https", yx_listener_port(listener), "/sight", NULL, get, &out, &err),
                      YX_IO, &err);
    }
    folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_and_comes),
        cmocka_unit_test(what_is_no_answer),
        cmocka_unit_test(what_is_not_asked),
        cmocka_unit_test(who_answers_is_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
