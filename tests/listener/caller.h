/* SPDX-License-Identifier: Apache-2.0 */
/* caller.h - a listener with a few routes, and clients that speak HTTP by hand. */
#ifndef LISTENER_CALLER_H
#define LISTENER_CALLER_H

#include "support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include "listener/room.h"

/* --- What is served ------------------------------------------------------------------------- */

static inline yx_status serve_hello(void *self, const struct yx_http_request *request,
                                    struct yx_http_reply *reply, struct yx_error *err)
{
    (void)self, (void)request, (void)err;
    reply->content_type = "text/plain";
    (void)snprintf(reply->etag, sizeof reply->etag, "\"one\"");
    reply->modified = INT64_C(784111777) * YX_SECOND;
    return yx_buf_append_text(&reply->body, "hello");
}

/* Gives back the body and what stood in the place of '*'. */
static inline yx_status serve_echo(void *self, const struct yx_http_request *request,
                                   struct yx_http_reply *reply, struct yx_error *err)
{
    (void)self, (void)err;
    reply->content_type = "text/plain";
    return yx_buf_append_text(&reply->body, request->rest) == YX_OK
               ? yx_buf_append(&reply->body, request->body)
               : YX_NO_MEMORY;
}

/* What handlers can see of a request, a line each. */
static inline yx_status serve_sight(void *self, const struct yx_http_request *request,
                                    struct yx_http_reply *reply, struct yx_error *err)
{
    const char *query = yx_http_query(request, "q"), *cookie = yx_http_cookie(request, "c");

    (void)self, (void)err;
    yx_http_header(reply, "Set-Cookie", "a=1");
    yx_http_header(reply, "Set-Cookie", "b=2");
    yx_http_header(reply, "X-Long", "0123456789012345678901234567890123456789");
    return yx_buf_printf(&reply->body,
                         "ids=%s,%s,%s target=%s q=%s of %zu c=%s x=%s lang=%s peer=%s "
                         "id=%s context=%s secure=%d\n",
                         request->ids[0], request->ids[1], request->ids[2], request->target,
                         query == NULL ? "none" : query, yx_http_query_count(request),
                         cookie == NULL ? "none" : cookie, yx_http_header_of(request, "x-y"),
                         request->language, request->peer, request->request_id,
                         (const char *)request->route->context, request->secure);
}

/* --- A body in pieces --- */

struct caller_taker {
    _Atomic size_t len;
    _Atomic unsigned begun, ended, handled;
    size_t fail_at; /* 0: never */
};

static inline void caller_taker_clear(struct caller_taker *counts)
{
    counts->len = 0;
    counts->begun = counts->ended = counts->handled = 0;
    counts->fail_at = 0;
}

static inline yx_status begin_count(void *self, const struct yx_http_request *request,
                                    struct yx_http_reply *reply, void **taker, struct yx_error *err)
{
    struct caller_taker *counts = self;

    if (strcmp(request->authorization, "no") == 0) {
        reply->status = 401;
        reply->problem = "who";
        yx_http_header(reply, "WWW-Authenticate", "Basic");
        return yx_fail(err, YX_REFUSED, "a rule", N_("who are you?"));
    }
    counts->begun++;
    counts->len = 0;
    *taker = counts;
    return YX_OK;
}

static inline yx_status take_count(void *taker, struct yx_bytes piece, struct yx_error *err)
{
    struct caller_taker *counts = taker;

    counts->len += piece.len;
    YX_REQUIRE(counts->fail_at == 0 || counts->len < counts->fail_at, err, YX_REFUSED, "a rule",
               N_("enough of it"));
    return YX_OK;
}

static inline void end_count(void *taker)
{
    struct caller_taker *counts = taker;

    counts->ended++;
}

static inline yx_status serve_count(void *self, const struct yx_http_request *request,
                                    struct yx_http_reply *reply, struct yx_error *err)
{
    struct caller_taker *counts = request->taker;

    (void)self, (void)err;
    counts->handled++;
    return yx_buf_printf(&reply->body, "%zu", (size_t)counts->len);
}

static const struct yx_http_intake caller_intake = {begin_count, take_count, end_count};

static inline yx_status serve_slowly(void *self, const struct yx_http_request *request,
                                     struct yx_http_reply *reply, struct yx_error *err)
{
    const struct timespec while_ago = {.tv_nsec = 700 * 1000 * 1000};

    (void)self, (void)request, (void)err;
    (void)nanosleep(&while_ago, NULL);
    return yx_buf_append_text(&reply->body, "at last");
}

static inline yx_status serve_failure(void *self, const struct yx_http_request *request,
                                      struct yx_http_reply *reply, struct yx_error *err)
{
    (void)self, (void)request;
    (void)yx_buf_append_text(&reply->body, "half of it");
    return yx_fail(err, YX_IO, "", N_("{1} is gone"), "the inner secret");
}

static const struct yx_http_route caller_routes[] = {
    {.method = "GET", .path = "/hello", .handle = serve_hello},
    {.method = "POST", .path = "/hello", .body_max = 10, .handle = serve_echo},
    {.method = "GET", .path = "/echo/*", .handle = serve_echo},
    {.method = "POST", .path = "/echo", .body_max = 1000, .handle = serve_echo},
    {.method = "POST", .path = "/typed", .body_max = 10, .accept = "text/x", .handle = serve_echo},
    {.method = "GET", .path = "/slow", .handle = serve_slowly},
    {.method = "GET", .path = "/failure", .handle = serve_failure},
};
#define CALLER_ROUTES (sizeof caller_routes / sizeof caller_routes[0])

static inline struct yx_listener *caller_listen(const struct yx_listener_settings *settings)
{
    struct yx_listener *listener = NULL;
    struct yx_error err;

    expect_ok(yx_listener_new(settings, caller_routes, CALLER_ROUTES, &listener, &err), &err);
    return listener;
}

/* --- Clients -------------------------------------------------------------------------------- */

/* So many milliseconds what comes at once may take where the machine is busy with others. */
#define CALLER_PATIENCE 30000
/* What has not come about by then will not. */
#define caller_wait_for(condition)                             \
    do {                                                       \
        int64_t caller_end = caller_clock() + CALLER_PATIENCE; \
        while (!(condition) && caller_clock() < caller_end)    \
            (void)usleep(10000);                               \
        assert_true(condition);                                \
    } while (0)

static inline int64_t caller_clock(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline int caller_dial(const struct yx_listener *listener)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(yx_listener_port(listener)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)(const void *)&address, sizeof address),
                     0);
    return fd;
}

/* false when the other side has ended the connection. */
static inline bool caller_say(int fd, const char *text)
{
    return send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text);
}

/* Reads until the end of the connection or for so many milliseconds of silence; gives the length,
 * and ends the text with a NUL. *ended: the connection did. */
static inline size_t caller_hear(int fd, char *out, size_t size, int silence, bool *ended)
{
    size_t len = 0;

    *ended = false;
    for (;;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        ssize_t got;

        if (len + 1 == size || poll(&wait, 1, silence) <= 0)
            break;
        got = recv(fd, out + len, size - 1 - len, 0);
        *ended = got <= 0;
        if (got <= 0)
            break;
        len += (size_t)got;
    }
    out[len] = '\0';
    return len;
}

/* Reads until the words have come. */
static inline void caller_await(int fd, char *out, size_t size, const char *words)
{
    size_t len = 0;

    out[0] = '\0';
    while (strstr(out, words) == NULL) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        ssize_t got = -1;

        if (len + 1 < size && poll(&wait, 1, CALLER_PATIENCE) > 0)
            got = recv(fd, out + len, size - 1 - len, 0);
        if (got <= 0)
            fail_msg("%s\nlacks %s", out, words);
        len += (size_t)got;
        out[len] = '\0';
    }
}

/* One request on a connection of its own. */
static inline void caller_ask(const struct yx_listener *listener, const char *request, char *answer,
                              size_t size)
{
    int fd = caller_dial(listener);
    bool ended;

    (void)caller_say(fd, request);
    (void)shutdown(fd, SHUT_WR);
    (void)caller_hear(fd, answer, size, CALLER_PATIENCE, &ended);
    (void)close(fd);
}

#endif
