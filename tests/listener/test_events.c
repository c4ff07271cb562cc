/* SPDX-License-Identifier: Apache-2.0 */
/* test_events.c - server-sent events: many clients wait on two threads, hear what is new, and are
 * let go. */
#include "caller.h"

#define STOP_SECONDS 20
#define ASK(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

struct source {
    _Atomic unsigned asked, released;
    unsigned last; /* ends behind so many; 0: never */
    bool fails;
};

static yx_status poll_source(void *self, struct yx_buf *out, bool *ended, struct yx_error *err)
{
    struct source *source = self;
    unsigned number = ++source->asked;
    char text[32];

    YX_REQUIRE(!source->fails, err, YX_IO, "", N_("the source has dried up"));
    *ended = source->last != 0 && number == source->last;
    (void)snprintf(text, sizeof text, "%u", number);
    return yx_http_event(out, "step", text, "one\ntwo");
}

static yx_status poll_silence(void *self, struct yx_buf *out, bool *ended, struct yx_error *err)
{
    (void)self, (void)out, (void)ended, (void)err;
    return YX_OK;
}

static void release_source(void *self)
{
    struct source *source = self;

    source->released++;
}

static yx_status serve_events(void *self, const struct yx_http_request *request,
                              struct yx_http_reply *reply, struct yx_error *err)
{
    (void)request, (void)err;
    reply->events = (struct yx_http_events){poll_source, release_source, self};
    return YX_OK;
}

static yx_status serve_silence(void *self, const struct yx_http_request *request,
                               struct yx_http_reply *reply, struct yx_error *err)
{
    (void)request, (void)err;
    reply->events = (struct yx_http_events){poll_silence, release_source, self};
    return YX_OK;
}

static struct source three = {.last = 3}, silent = {0}, endless = {0}, failing = {.fails = true};
static const struct yx_http_route routes[] = {
    {.method = "GET", .path = "/three", .handle = serve_events, .self = &three},
    {.method = "GET", .path = "/silent", .handle = serve_silence, .self = &silent},
    {.method = "GET", .path = "/endless", .handle = serve_events, .self = &endless},
    {.method = "GET", .path = "/failing", .handle = serve_events, .self = &failing},
    {.method = "GET", .path = "/hello", .handle = serve_hello},
};

static struct yx_listener *serve(unsigned most)
{
    const struct yx_listener_settings settings = {
        .threads = 2, .events_max = most, .body_deadline = 2, .stop_deadline = STOP_SECONDS};
    struct yx_listener *listener = NULL;
    struct yx_error err;

    expect_ok(yx_listener_new(&settings, routes, sizeof routes / sizeof routes[0], &listener, &err),
              &err);
    return listener;
}

static void wait_until(const _Atomic unsigned *count, unsigned wanted)
{
    caller_wait_for(*count >= wanted);
    assert_int_equal(*count, wanted);
}

static void events_are_written(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf out = {0};

    (void)state;
    assert_int_equal(yx_http_event(&out, "", "", "a"), YX_OK);
    assert_int_equal(yx_http_event(&out, "n", "7", "a\nb\n"), YX_OK);
    assert_int_equal(yx_http_event(&out, "n", "", ""), YX_OK);
    /* A name in two lines would be two fields. */
    assert_int_not_equal(yx_http_event(&out, "n\ndata: x", "", "a"), YX_OK);
    assert_int_not_equal(yx_http_event(&out, "n", "1\r2", "a"), YX_OK);
    assert_true(yx_bytes_are(yx_buf_bytes(&out), "data: a\n\n"
                                                 "event: n\nid: 7\ndata: a\ndata: b\ndata: \n\n"
                                                 "event: n\ndata: \n\n"));
}

static void news_come_as_they_are(void **state)
{
    YX_CLEAN(yx_listener) struct yx_listener *listener = serve(5);
    int fd = caller_dial(listener);
    char answer[4000];

    (void)state;
    assert_true(caller_say(fd, ASK("/three")));
    caller_await(fd, answer, sizeof answer, "\r\n0\r\n\r\n");
    assert_non_null(strstr(answer, "HTTP/1.1 200"));
    assert_non_null(strstr(answer, "Content-Type: text/event-stream\r\n"));
    assert_non_null(strstr(answer, "Cache-Control: no-store\r\n"));
    assert_non_null(strstr(answer, "retry: 3000\n\n"));
    assert_non_null(strstr(answer, "event: step\nid: 1\ndata: one\ndata: two\n\n"));
    assert_non_null(strstr(answer, "id: 3\n"));
    assert_null(strstr(answer, "id: 4\n"));
    wait_until(&three.released, 1);
    /* The connection goes on. */
    assert_true(caller_say(fd, ASK("/hello")));
    caller_await(fd, answer, sizeof answer, "\r\n\r\nhello");
    (void)close(fd);
}

/* Silence for longer than any deadline ends nothing, and takes no thread away. */
static void who_waits_takes_no_thread(void **state)
{
    enum { CLIENTS = 20 };
    YX_CLEAN(yx_listener) struct yx_listener *listener = serve(CLIENTS);
    int fds[CLIENTS];
    char answer[4000];
    bool ended;

    (void)state;
    silent = (struct source){0};
    for (size_t i = 0; i < CLIENTS; i++) {
        fds[i] = caller_dial(listener);
        assert_true(caller_say(fds[i], ASK("/silent")));
    }
    for (size_t i = 0; i < CLIENTS; i++)
        caller_await(fds[i], answer, sizeof answer, "retry: 3000\n\n");
    caller_ask(listener, "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", answer,
               sizeof answer);
    assert_non_null(strstr(answer, "\r\n\r\nhello"));
    caller_ask(listener, "GET /silent HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", answer,
               sizeof answer);
    assert_non_null(strstr(answer, "HTTP/1.1 503"));
    assert_non_null(strstr(answer, "Retry-After: 30"));
    assert_int_equal(silent.released, 1);
    (void)sleep(4);
    for (size_t i = 0; i < CLIENTS; i++) {
        (void)caller_hear(fds[i], answer, sizeof answer, 0, &ended);
        assert_false(ended);
        (void)close(fds[i]);
    }
}

static void who_leaves_is_let_go(void **state)
{
    YX_CLEAN(yx_listener) struct yx_listener *listener = serve(1);
    int fd = caller_dial(listener);
    char answer[4000];

    (void)state;
    assert_true(caller_say(fd, ASK("/endless")));
    caller_await(fd, answer, sizeof answer, "retry: 3000\n\n");
    (void)close(fd);
    wait_until(&endless.released, 1);
    /* There is room again. */
    fd = caller_dial(listener);
    assert_true(caller_say(fd, ASK("/failing")));
    caller_await(fd, answer, sizeof answer, "HTTP/1.1 200");
    wait_until(&failing.released, 1);
    (void)close(fd);
}

static void all_end_with_the_listener(void **state)
{
    struct yx_listener *listener = serve(5);
    int64_t begun;
    int fds[5];
    char answer[4000];
    bool ended;

    (void)state;
    silent = (struct source){0};
    for (size_t i = 0; i < 5; i++) {
        fds[i] = caller_dial(listener);
        assert_true(caller_say(fds[i], ASK("/silent")));
        caller_await(fds[i], answer, sizeof answer, "retry: 3000\n\n");
    }
    begun = caller_clock();
    yx_listener_free(listener);
    /* Nobody waits until the requests under way are given up. */
    assert_true(caller_clock() - begun < STOP_SECONDS * 1000 / 2);
    assert_int_equal(silent.released, 5);
    for (size_t i = 0; i < 5; i++) {
        (void)caller_hear(fds[i], answer, sizeof answer, CALLER_PATIENCE, &ended);
        assert_true(ended);
        assert_non_null(strstr(answer, "0\r\n\r\n"));
        (void)close(fds[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_written),        cmocka_unit_test(news_come_as_they_are),
        cmocka_unit_test(who_waits_takes_no_thread), cmocka_unit_test(who_leaves_is_let_go),
        cmocka_unit_test(all_end_with_the_listener),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
