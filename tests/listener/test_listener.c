/* SPDX-License-Identifier: Apache-2.0 */
/* test_listener.c - requests as they come and as they should not: framing, limits, refusals, many
 * clients, and an end while requests run. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "caller.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
#define GET_WITH(path, more) "GET " path " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" more "\r\n"
#define POST(path, more, body) \
    "POST " path " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" more "\r\n" body
#define CHUNKED "Transfer-Encoding: chunked\r\n"

static const struct yx_listener_settings usual = {.threads = 2};

static unsigned status_of(const char *answer)
{
    return strncmp(answer, "HTTP/1.1 ", 9) == 0 ? (unsigned)strtoul(answer + 9, NULL, 10) : 0;
}

static const char *body_of(const char *answer)
{
    const char *end = strstr(answer, "\r\n\r\n");

    return end == NULL ? "" : end + 4;
}

/* --- One request, one answer ---------------------------------------------------------------- */

static void requests_get_their_status(void **state)
{
    static const struct {
        const char *request;
        unsigned status;
        const char *contains; /* "": anything */
    } cases[] = {
        {GET("/hello"), 200, "hello"},
        {GET("/hello?query=a%20b&c"), 200, "hello"},
        {GET("/echo/a%2Fb%3D+"), 200, "a/b=+"},
        {GET("/nowhere"), 404, "application/problem+json"},
        /* Tricks with paths find nothing. */
        {GET("/hello%00"), 400, ""},
        {GET("//hello"), 404, ""},
        {GET("/./hello"), 404, ""},
        {GET("/x/../hello"), 404, ""},
        {GET("/x/%2e%2e/hello"), 404, ""},
        {GET("/hello/"), 404, ""},
        {GET("/echo/"), 404, ""},
        {GET("/echo/%00x"), 400, ""},
        {GET("/echo/%c0%ae%c0%ae"), 400, ""},
        {GET("/echo/%e5%8d%b0"), 200, "\xe5\x8d\xb0"},
        {GET("/echo/%zz"), 400, ""},
        {GET("/echo%2Fx"), 404, ""},
        {GET("/%68ello"), 200, "hello"},
        {GET("/hello?a=%00"), 400, ""},
        {GET("/hello?a=%ff"), 400, ""},
        {GET("/hello?a=1&a=2"), 400, ""},
        {GET("/hello?=1"), 400, ""},
        /* Methods. */
        {"PUT /hello HTTP/1.1\r\nHost: a\r\n\r\n", 405, "Allow: GET, HEAD, POST"},
        {"BREW /hello HTTP/1.1\r\nHost: a\r\n\r\n", 405, "this path does not take this method"},
        {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 404, ""},
        /* Bodies. */
        {POST("/echo", "Content-Length: 3\r\n", "abc"), 200, "abc"},
        {POST("/echo", "Content-Length: 0\r\n", ""), 200, ""},
        {POST("/echo", CHUNKED, "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), 200, "abcde"},
        {POST("/hello", "Content-Length: 11\r\n", "0123456789A"), 413, "too long"},
        {POST("/hello", "Content-Length: 99999999999\r\n", ""), 413, ""},
        {POST("/hello", CHUNKED, "b\r\n0123456789A\r\n0\r\n\r\n"), 413, "too long"},
        {POST("/typed", "Content-Type: text/y\r\nContent-Length: 1\r\n", "a"), 415, ""},
        {POST("/typed", "Content-Length: 1\r\n", "a"), 415, ""},
        {POST("/typed", "Content-Type: TEXT/X;a=b\r\nContent-Length: 1\r\n", "a"), 200, "a"},
        {"GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 413, ""},
        /* Two readers must not see two requests. */
        {POST("/echo", "Content-Length: 3\r\n" CHUNKED, "0\r\n\r\n"), 400, ""},
        {POST("/echo", "Content-Length: 3\r\nContent-Length: 4\r\n", "abcd"), 400, ""},
        {GET_WITH("/hello", "Cookie: a=1\r\nCookie: a=2\r\n"), 400, ""},
        {GET_WITH("/hello", "Authorization: a\r\nauthorization: b\r\n"), 400, ""},
        {GET_WITH("/hello", "Host: b\r\n"), 400, ""},
        {POST("/echo", "Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501, ""},
        {POST("/echo", CHUNKED CHUNKED, "0\r\n\r\n"), 400, ""},
        /* A failure inside is told without what is inside. */
        {GET("/failure"), 503, "Retry-After: 5"},
        {GET("/failure"), 503, "the service cannot do this now"},
    };
    YX_CLEAN(yx_listener) struct yx_listener *listener = caller_listen(&usual);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char answer[8000];

        caller_ask(listener, cases[i].request, answer, sizeof answer);
        if (status_of(answer) != cases[i].status || strstr(answer, cases[i].contains) == NULL)
            fail_msg("%s\nis answered with\n%s", cases[i].request, answer);
        assert_null(strstr(answer, "inner secret"));
    }
}

/* libmicrohttpd may refuse these or just hang up; it must not serve them. */
static void malformed_requests_are_not_served(void **state)
{
    static const char *const cases[] = {
        "\r\n\r\n\r\n",
        "GET\r\n\r\n",
        "GET /hello HTTP/1.1\r\n\r\n", /* no Host */
        "GET /hello HTTP/9.9\r\nHost: a\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1x\r\n\r\na",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nshort",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\n" CHUNKED "\r\nffffffffffffffffff\r\nab\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
    };
    const struct yx_listener_settings impatient = {.threads = 2, .header_deadline = 1};
    YX_CLEAN(yx_listener) struct yx_listener *listener = caller_listen(&impatient);
    int64_t begun = caller_clock();
    char answer[8000];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        caller_ask(listener, cases[i], answer, sizeof answer);
        if (status_of(answer) != 0 && status_of(answer) < 400)
            fail_msg("%s\nis answered with\n%s", cases[i], answer);
    }
    /* Nor do they take their time. */
    assert_true(caller_clock() - begun < 5000 * (int64_t)(sizeof cases / sizeof cases[0]));
    caller_ask(listener, GET("/hello"), answer, sizeof answer);
    assert_int_equal(status_of(answer), 200);
}

static void headers_without_end_are_refused(void **state)
{
    YX_CLEAN(yx_listener) struct yx_listener *listener = caller_listen(&usual);
    static char request[200000], answer[8000];
    size_t len = (size_t)snprintf(request, sizeof request, "GET /hello HTTP/1.1\r\nHost: a\r\nX: ");

    (void)state;
    memset(request + len, 'x', sizeof request - len - 1);
    memcpy(request + sizeof request - 5, "\r\n\r\n", 5);
    caller_ask(listener, request, answer, sizeof answer);
    assert_true(status_of(answer) == 0 || status_of(answer) == 431);
    len = (size_t)snprintf(request, sizeof request, "GET /");
    memset(request + len, 'x', sizeof request - len - 1);
    memcpy(request + sizeof request - 16, " HTTP/1.1\r\n\r\n", 14);
    caller_ask(listener, request, answer, sizeof answer);
    assert_true(status_of(answer) == 0 || status_of(answer) >= 400);
}

/* --- Several requests on a connection ------------------------------------------------------- */

#define KEEP(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

static void connections_are_kept(void **state)
{
    YX_CLEAN(yx_listener) struct yx_listener *listener = caller_listen(&usual);
    int fd = caller_dial(listener);
    char answer[8000];
    bool ended;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_true(caller_say(fd, KEEP("/hello")));
        caller_await(fd, answer, sizeof answer, "\r\n\r\nhello");
    }
    /* Pipelined: answers come in order. */
    assert_true(caller_say(fd, KEEP("/echo/1") KEEP("/echo/2") GET("/echo/3")));
    (void)caller_hear(fd, answer, sizeof answer, CALLER_PATIENCE, &ended);
    assert_true(ended);
    const char *one = strstr(answer, "\r\n\r\n1"), *two = strstr(answer, "\r\n\r\n2"),
               *three = strstr(answer, "\r\n\r\n3");
    assert_true(one != NULL && two > one && three > two);
    (void)close(fd);
}

static void head_and_not_modified_have_no_body(void **state)
{
    YX_CLEAN(yx_listener) struct yx_listener *listener = caller_listen(&usual);
    char answer[8000];

    (void)state;
    caller_ask(listener, "HEAD /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", answer,
               sizeof answer);
    assert_int_equal(status_of(answer), 200);
    assert_non_null(strstr(answer, "Content-Length: 5"));
    assert_string_equal(body_of(answer), "");
    caller_ask(listener,
               "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
               "If-None-Match: \"one\"\r\n\r\n",
               answer, sizeof answer);
    assert_int_equal(status_of(answer), 304);
    assert_non_null(strstr(answer, "ETag: \"one\""));
    assert_string_equal(body_of(answer), "");
    caller_ask(listener,
               "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
               "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n",
               answer, sizeof answer);
    assert_int_equal(status_of(answer), 304);
}

/* --- Limits --------------------------------------------------------------------------------- */

static size_t count_ended(const int *fds, size_t count)
{
    size_t ended = 0;
    char byte;

    for (size_t i = 0; i < count; i++) {
        ssize_t got = recv(fds[i], &byte, 1, MSG_PEEK | MSG_DONTWAIT);

        ended += got == 0 || (got < 0 && errno != EAGAIN);
    }
    return ended;
}

static bool is_served(const struct yx_listener *listener)
{
    char answer[2000];

    caller_ask(listener, GET("/hello"), answer, sizeof answer);
    return status_of(answer) == 200;
}

static void one_address_gets_its_share(void **state)
{
    const struct yx_listener_settings settings = {.threads = 2, .connections_per_address = 5};
    YX_CLEAN(yx_listener) struct yx_listener *listener = caller_listen(&settings);
    int fds[8];

    (void)state;
    for (size_t i = 0; i < 8; i++)
        fds[i] = caller_dial(listener);
    caller_wait_for(count_ended(fds, 8) >= 3);
    (void)usleep(300000);
    assert_int_equal(count_ended(fds, 8), 3);
    for (size_t i = 0; i < 8; i++)
        (void)close(fds[i]);
    /* They count no more once they are gone. */
    caller_wait_for(is_served(listener));
}

/* Idle ones fill the limit; the next one waits until they are cut off. */
static void who_comes_too_late_waits(void **state)
{
    const struct yx_listener_settings settings = {
        .threads = 1, .connections_max = 10, .header_deadline = 2};
    YX_CLEAN(yx_listener) struct yx_listener *listener = caller_listen(&settings);
    int64_t begun = caller_clock();
    char answer[2000];
    int idle[10];

    (void)state;
    for (size_t i = 0; i < 10; i++)
        idle[i] = caller_dial(listener);
    (void)usleep(200000);
    caller_ask(listener, GET("/hello"), answer, sizeof answer);
    assert_int_equal(status_of(answer), 200);
    assert_true(caller_clock() - begun > 500);
    for (size_t i = 0; i < 10; i++)
        (void)close(idle[i]);
}

#define MANY 1000

static void a_thousand_clients_are_served(void **state)
{
    const struct yx_listener_settings settings = {.connections_max = 2 * MANY,
                                                  .connections_per_address = 2 * MANY};
    struct rlimit files = {0};
    static int fds[MANY];
    size_t served = 0;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = files.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
    if (files.rlim_cur < 3 * MANY)
        skip();
    YX_CLEAN(yx_listener) struct yx_listener *listener = caller_listen(&settings);
    for (size_t i = 0; i < MANY; i++)
        fds[i] = caller_dial(listener);
    for (size_t i = 0; i < MANY; i++)
        assert_true(caller_say(fds[i], GET("/hello")));
    for (size_t i = 0; i < MANY; i++) {
        char answer[2000];
        bool ended;

        (void)caller_hear(fds[i], answer, sizeof answer, CALLER_PATIENCE, &ended);
        served += strcmp(body_of(answer), "hello") == 0;
        (void)close(fds[i]);
    }
    assert_int_equal(served, MANY);
}

/* --- Ten thousand that say nothing ---------------------------------------------------------- */

#define CROWD 10000

/* As caller_dial, which cannot fail a test from another process. */
static bool dial_as_one_of_many(const struct yx_listener *listener)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons(yx_listener_port(listener)),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return fd >= 0 && connect(fd, (const void *)&address, sizeof address) == 0;
}

/* In a process of its own: dials, tells, and hangs on until its parent closes the other end. */
static pid_t gather_crowd(const struct yx_listener *listener, const int ends[2])
{
    pid_t child = fork();
    char told;

    assert_true(child >= 0);
    if (child != 0)
        return child;
    (void)close(ends[0]);
    for (size_t i = 0; i < CROWD; i++)
        if (!dial_as_one_of_many(listener))
            _exit(errno);
    (void)!write(ends[1], "x", 1);
    (void)!read(ends[1], &told, 1);
    _exit(0);
}

static void a_silent_crowd_keeps_nobody_waiting(void **state)
{
    const struct yx_listener_settings settings = {.threads = 2,
                                                  .connections_max = 2 * CROWD,
                                                  .connections_per_address = 2 * CROWD,
                                                  .header_deadline = 600};
    struct rlimit files = {0};
    int ends[2], status;
    char answer[2000], told;
    int64_t begun;
    pid_t crowd;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    if (files.rlim_cur < CROWD + 500)
        skip();
    YX_CLEAN(yx_listener) struct yx_listener *listener = caller_listen(&settings);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    crowd = gather_crowd(listener, ends);
    (void)close(ends[1]);
    if (read(ends[0], &told, 1) != 1) {
        assert_int_equal(waitpid(crowd, &status, 0), crowd);
        fail_msg("the crowd did not come: %s", strerror(WEXITSTATUS(status)));
    }
    begun = caller_clock();
    for (size_t i = 0; i < 100; i++) {
        caller_ask(listener, GET("/hello"), answer, sizeof answer);
        assert_int_equal(status_of(answer), 200);
    }
    /* Whoever waited for one of the crowd would wait for ten minutes. */
    assert_true(caller_clock() - begun < CALLER_PATIENCE);
    assert_true(atomic_load(&listener->accepting.open) >= CROWD); /* they are all still there */
    (void)close(ends[0]);
    assert_int_equal(waitpid(crowd, &status, 0), crowd);
}

/* --- Sockets of others ---------------------------------------------------------------------- */

static int open_socket(bool listens)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0 && bind(fd, (const void *)&address, sizeof address) == 0);
    if (listens)
        assert_int_equal(listen(fd, 16), 0);
    return fd;
}

static void sockets_are_taken_over(void **state)
{
    const int two[] = {open_socket(true), open_socket(true)}, dead[] = {open_socket(false)};
    struct yx_listener_settings settings = {.threads = 2, .sockets = two, .socket_count = 2};
    struct yx_listener *listener = caller_listen(&settings);
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    char answer[2000];
    struct yx_listener *none = NULL;
    struct yx_error err;
    int fd;

    (void)state;
    assert_int_equal(getsockname(two[1], (struct sockaddr *)(void *)&address, &len), 0);
    caller_ask(listener, GET("/hello"), answer, sizeof answer);
    assert_int_equal(status_of(answer), 200);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)(void *)&address, len), 0);
    assert_true(caller_say(fd, GET("/hello")));
    caller_await(fd, answer, sizeof answer, "\r\n\r\nhello");
    (void)close(fd);
    yx_listener_free(listener);
    assert_int_equal(fcntl(two[0], F_GETFD), -1);
    assert_int_equal(fcntl(two[1], F_GETFD), -1);
    settings = (struct yx_listener_settings){.sockets = dead, .socket_count = 1};
    expect_status(yx_listener_new(&settings, caller_routes, CALLER_ROUTES, &none, &err), YX_USAGE,
                  &err);
}

/* --- Beginning and end ---------------------------------------------------------------------- */

static void an_address_belongs_to_one(void **state)
{
    YX_CLEAN(yx_listener) struct yx_listener *listener = caller_listen(&usual);
    struct yx_listener_settings same = {.port = yx_listener_port(listener)};
    struct yx_listener *second = NULL;
    struct yx_error err;
    char sentence[300];

    (void)state;
    expect_status(yx_listener_new(&same, caller_routes, CALLER_ROUTES, &second, &err), YX_IO, &err);
    yx_message_render(&err.message, NULL, sentence, sizeof sentence);
    assert_non_null(strstr(sentence, "Address already in use"));
    same = (struct yx_listener_settings){.address = "nowhere"};
    expect_status(yx_listener_new(&same, caller_routes, CALLER_ROUTES, &second, &err), YX_USAGE,
                  &err);
    same = (struct yx_listener_settings){.address = "192.0.2.1"};
    expect_status(yx_listener_new(&same, caller_routes, CALLER_ROUTES, &second, &err), YX_IO, &err);
}

static void *ask_slowly(void *self)
{
    static char answer[2000];
    int fd = *(int *)self;
    bool ended;

    (void)caller_hear(fd, answer, sizeof answer, CALLER_PATIENCE, &ended);
    return answer;
}

static void what_runs_at_the_end_is_answered(void **state)
{
    struct yx_listener *listener = caller_listen(&usual);
    int fd = caller_dial(listener), idle = caller_dial(listener);
    pthread_t client;
    void *answer;

    (void)state;
    assert_true(caller_say(fd, KEEP("/slow")));
    assert_int_equal(pthread_create(&client, NULL, ask_slowly, &fd), 0);
    caller_wait_for(atomic_load(&listener->under_way) == 1);
    yx_listener_free(listener);
    assert_int_equal(pthread_join(client, &answer), 0);
    assert_string_equal(body_of(answer), "at last");
    assert_non_null(strstr(answer, "Connection: close"));
    (void)close(fd);
    (void)close(idle);
}

static void *ask_again_and_again(void *self)
{
    uint16_t port = *(const uint16_t *)self;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char answer[2000];
    bool ended;

    for (size_t i = 0; i < 200; i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        bool there = connect(fd, (struct sockaddr *)(void *)&address, sizeof address) == 0;

        if (there && caller_say(fd, GET("/hello")))
            (void)caller_hear(fd, answer, sizeof answer, 100, &ended);
        (void)close(fd);
        if (!there)
            break;
    }
    return NULL;
}

/* Connections that come and go at the very moment of the end break nothing. */
static void listeners_come_and_go(void **state)
{
    (void)state;
    for (size_t i = 0; i < 40; i++) {
        const struct yx_listener_settings settings = {.threads = 4, .stop_deadline = 1};
        struct yx_listener *listener = caller_listen(&settings);
        uint16_t port = yx_listener_port(listener);
        pthread_t clients[3];

        for (size_t k = 0; k < 3; k++)
            assert_int_equal(pthread_create(&clients[k], NULL, ask_again_and_again, &port), 0);
        (void)usleep((useconds_t)(i * 300));
        yx_listener_free(listener);
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(pthread_join(clients[k], NULL), 0);
    }
}

/* A body that never comes keeps nobody waiting for long. */
static void the_end_waits_for_nobody_for_long(void **state)
{
    const struct yx_listener_settings settings = {.threads = 2, .stop_deadline = 1};
    struct yx_listener *listener = caller_listen(&settings);
    int fd = caller_dial(listener);
    int64_t begun;

    (void)state;
    assert_true(caller_say(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"));
    caller_wait_for(atomic_load(&listener->under_way) == 1);
    begun = caller_clock();
    yx_listener_free(listener);
    /* The body itself has a minute. */
    assert_true(caller_clock() - begun < CALLER_PATIENCE);
    (void)close(fd);
}

/* --- The log -------------------------------------------------------------------------------- */

static void the_log_knows_nobody(void **state)
{
    char text[4000] = "", answer[2000];
    FILE *log = tmpfile();
    const struct yx_listener_settings settings = {.threads = 2, .log = log};
    struct yx_listener *listener = caller_listen(&settings);

    (void)state;
    caller_ask(listener, GET("/echo/secret-name"), answer, sizeof answer);
    caller_ask(listener, "\"BREW /hello HTTP/1.1\r\nHost: a\r\n\r\n", answer, sizeof answer);
    yx_listener_free(listener);
    rewind(log);
    assert_true(fread(text, 1, sizeof text - 1, log) > 0);
    assert_non_null(strstr(text, "\"method\":\"GET\",\"route\":\"/echo/*\",\"status\":200"));
    assert_null(strstr(text, "secret-name"));
    assert_null(strstr(text, "127.0.0.1"));
    assert_null(strstr(text, "BREW"));
    (void)fclose(log);
}

static void numbers_are_kept(void **state)
{
    static const char *const lines[] = {
        "# TYPE yinxin_http_requests_total counter\n",
        "yinxin_http_requests_total{listener=\"inner\",method=\"GET\",route=\"/hello\","
        "class=\"2xx\"} 3\n",
        "yinxin_http_requests_total{listener=\"inner\",method=\"POST\",route=\"/echo\","
        "class=\"cut\"} 1\n",
        "yinxin_http_requests_total{listener=\"inner\",method=\"\",route=\"\",class=\"4xx\"} 2\n",
        "yinxin_http_request_seconds_bucket{listener=\"inner\",method=\"GET\",route=\"/slow\","
        "le=\"0.5\"} 0\n",
        "yinxin_http_request_seconds_bucket{listener=\"inner\",method=\"GET\",route=\"/slow\","
        "le=\"10\"} 1\n",
        "yinxin_http_request_seconds_bucket{listener=\"inner\",method=\"GET\",route=\"/slow\","
        "le=\"+Inf\"} 1\n",
        "yinxin_http_request_seconds_count{listener=\"inner\",method=\"GET\",route=\"/slow\"} 1\n",
        "yinxin_http_requests_under_way{listener=\"inner\"} 0\n",
        "yinxin_http_connections{listener=\"inner\"} 0\n",
        "yinxin_http_connections_total{listener=\"inner\"} 7\n",
    };
    static const char *const requests[] = {
        GET("/hello"),   GET("/hello"),    GET("/hello"),
        GET("/nowhere"), GET("/echo/%00"), POST("/echo", "Content-Length: 9\r\n", "abc"),
        GET("/slow")};
    const struct yx_listener_settings settings = {.name = "inner", .threads = 2};
    YX_CLEAN(yx_listener) struct yx_listener *listener = caller_listen(&settings);
    const struct yx_listener *const all[] = {listener};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    char answer[2000];
    struct yx_error err;

    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
        caller_ask(listener, requests[i], answer, sizeof answer);
    caller_wait_for(atomic_load(&listener->under_way) + atomic_load(&listener->accepting.open) ==
                    0);
    expect_ok(yx_http_metrics_write(all, 1, &out, &err), &err);
    assert_int_equal(yx_buf_append(&out, YX_BYTES("", 1)), YX_OK);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (strstr((const char *)out.data, lines[i]) == NULL)
            fail_msg("%s\nlacks %s", out.data, lines[i]);
    assert_null(strstr((const char *)out.data, "/typed")); /* nobody asked for it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_get_their_status),
        cmocka_unit_test(malformed_requests_are_not_served),
        cmocka_unit_test(headers_without_end_are_refused),
        cmocka_unit_test(connections_are_kept),
        cmocka_unit_test(head_and_not_modified_have_no_body),
        cmocka_unit_test(one_address_gets_its_share),
        cmocka_unit_test(who_comes_too_late_waits),
        cmocka_unit_test(a_thousand_clients_are_served),
        cmocka_unit_test(a_silent_crowd_keeps_nobody_waiting),
        cmocka_unit_test(sockets_are_taken_over),
        cmocka_unit_test(an_address_belongs_to_one),
        cmocka_unit_test(what_runs_at_the_end_is_answered),
        cmocka_unit_test(listeners_come_and_go),
        cmocka_unit_test(the_end_waits_for_nobody_for_long),
        cmocka_unit_test(the_log_knows_nobody),
        cmocka_unit_test(numbers_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
