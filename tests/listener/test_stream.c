/* SPDX-License-Identifier: Apache-2.0 */
/* test_stream.c - replies that are read while they are sent, and parts of them; what is large takes
 * no memory. */
#include "caller.h"

#include <fcntl.h>

#define ASK(start, more) start " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" more "\r\n"
#define LARGE (UINT64_C(200) << 20)

static char path[] = "/tmp/yinxin-stream-XXXXXX", folder[] = "/tmp";
static unsigned released;

/* --- What is served ------------------------------------------------------------------------- */

static yx_status serve_file(void *self, const struct yx_http_request *request,
                            struct yx_http_reply *reply, struct yx_error *err)
{
    int fd = open(self == NULL ? path : self, O_RDONLY | O_CLOEXEC);

    (void)request;
    assert_true(fd >= 0);
    (void)snprintf(reply->etag, sizeof reply->etag, "\"one\"");
    reply->modified = INT64_C(784111777) * YX_SECOND;
    return yx_http_reply_file(reply, fd, err);
}

static void count_release(void *self)
{
    (void)self;
    released++;
}

static yx_status serve_shared(void *self, const struct yx_http_request *request,
                              struct yx_http_reply *reply, struct yx_error *err)
{
    (void)self, (void)request, (void)err;
    reply->shared = YX_TEXT("0123456789");
    reply->release = count_release;
    return YX_OK;
}

/* Letters without end up to `size`; fails behind the 100th block when told so. */
struct letters {
    uint64_t size, fail_at;
};

static yx_status read_letters(void *self, uint64_t offset, void *out, size_t len, size_t *got,
                              struct yx_error *err)
{
    const struct letters *letters = self;

    YX_REQUIRE(letters->fail_at == 0 || offset < letters->fail_at, err, YX_IO, "",
               N_("the source has dried up"));
    *got = offset >= letters->size        ? 0
           : len < letters->size - offset ? len
                                          : (size_t)(letters->size - offset);
    memset(out, 'x', *got);
    return YX_OK;
}

static yx_status serve_letters(void *self, const struct yx_http_request *request,
                               struct yx_http_reply *reply, struct yx_error *err)
{
    (void)err;
    reply->stream = (struct yx_http_stream){YX_HTTP_ANY_SIZE, read_letters, count_release, self};
    if (strcmp(request->path, "/fixed") == 0)
        reply->stream.size = 70000;
    return YX_OK;
}

static struct letters some = {70000, 0}, drying = {1 << 20, 1 << 18}, large = {LARGE, 0},
                      short_ones = {5000, 0};
static struct caller_taker counts;

static const struct yx_http_route routes[] = {
    {.method = "GET", .path = "/file", .handle = serve_file},
    {.method = "GET", .path = "/folder", .handle = serve_file, .self = folder},
    {.method = "GET", .path = "/shared", .handle = serve_shared},
    {.method = "GET", .path = "/some", .handle = serve_letters, .self = &some},
    {.method = "GET", .path = "/fixed", .handle = serve_letters, .self = &short_ones},
    {.method = "GET", .path = "/drying", .handle = serve_letters, .self = &drying},
    {.method = "GET", .path = "/large", .handle = serve_letters, .self = &large},
    {.method = "PUT",
     .path = "/large",
     .body_max = LARGE,
     .handle = serve_count,
     .intake = &caller_intake,
     .self = &counts},
};

static struct yx_listener *serve(void)
{
    const struct yx_listener_settings settings = {.threads = 2};
    struct yx_listener *listener = NULL;
    struct yx_error err;

    expect_ok(yx_listener_new(&settings, routes, sizeof routes / sizeof routes[0], &listener, &err),
              &err);
    return listener;
}

/* --- Parts ---------------------------------------------------------------------------------- */

static void parts_are_sent(void **state)
{
    static const char *const cases[][3] = {
        {ASK("GET /file", ""), "HTTP/1.1 200", "\r\n\r\n0123456789"},
        {ASK("GET /file", ""), "Accept-Ranges: bytes", "Content-Length: 10\r\n"},
        {ASK("GET /file", "Range: bytes=2-4\r\n"), "HTTP/1.1 206", "\r\n\r\n234"},
        {ASK("GET /file", "Range: bytes=2-4\r\n"), "Content-Range: bytes 2-4/10\r\n",
         "Content-Length: 3\r\n"},
        {ASK("GET /file", "Range: bytes=-1\r\n"), "HTTP/1.1 206", "\r\n\r\n9"},
        {ASK("GET /file", "Range: bytes=10-\r\n"), "HTTP/1.1 416", "Content-Range: bytes */10\r\n"},
        {ASK("GET /file", "Range: bytes=0-1,3-4\r\n"), "HTTP/1.1 200", "0123456789"},
        {ASK("GET /file", "Range: bytes=2-4\r\nIf-Range: \"one\"\r\n"), "HTTP/1.1 206", "234"},
        {ASK("GET /file", "Range: bytes=2-4\r\nIf-Range: \"two\"\r\n"), "HTTP/1.1 200", "01234"},
        {ASK("GET /file", "Range: bytes=2-4\r\nIf-Range: W/\"one\"\r\n"), "HTTP/1.1 200", "01234"},
        {ASK("GET /file", "Range: bytes=2-4\r\nIf-Range: Sun, 06 Nov 1994 08:49:37 GMT\r\n"),
         "HTTP/1.1 206", "234"},
        {ASK("GET /file", "Range: bytes=2-4\r\nIf-None-Match: \"one\"\r\n"), "HTTP/1.1 304", ""},
        {ASK("HEAD /file", "Range: bytes=2-4\r\n"), "HTTP/1.1 200", "Content-Length: 10\r\n"},
        {ASK("GET /shared", "Range: bytes=8-\r\n"), "HTTP/1.1 206", "\r\n\r\n89"},
        {ASK("GET /shared", "Range: bytes=80-\r\n"), "HTTP/1.1 416", "problem+json"},
        {ASK("GET /some", "Range: bytes=8-\r\n"), "HTTP/1.1 200", "Transfer-Encoding: chunked"},
        {ASK("GET /folder", ""), "HTTP/1.1 503", ""},
    };
    struct yx_listener *listener = serve();

    (void)state;
    released = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static char answer[100000];

        caller_ask(listener, cases[i][0], answer, sizeof answer);
        if (strstr(answer, cases[i][1]) == NULL || strstr(answer, cases[i][2]) == NULL)
            fail_msg("%s\nis answered with\n%s", cases[i][0], answer);
    }
    yx_listener_free(listener);
    assert_int_equal(released, 3);
}

/* Nobody takes what broke off for the whole. */
static void what_breaks_off_is_seen(void **state)
{
    struct yx_listener *listener = serve();
    static char answer[2 << 20];

    (void)state;
    caller_ask(listener, ASK("GET /some", ""), answer, sizeof answer);
    assert_non_null(strstr(answer, "\r\n0\r\n")); /* the last chunk */
    caller_ask(listener, ASK("GET /drying", ""), answer, sizeof answer);
    assert_non_null(strstr(answer, "HTTP/1.1 200"));
    assert_null(strstr(answer, "\r\n0\r\n"));
    /* 70000 bytes were promised, and there are 5000. */
    caller_ask(listener, ASK("GET /fixed", ""), answer, sizeof answer);
    assert_non_null(strstr(answer, "Content-Length: 70000\r\n"));
    assert_true(strlen(answer) < 10000);
    yx_listener_free(listener);
}

/* --- Memory --------------------------------------------------------------------------------- */

/* What this process has in memory beside what it shares, in KiB. */
static long resident(void)
{
    char line[200];
    long size = -1;
    FILE *file = fopen("/proc/self/status", "re");

    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "RssAnon:", 8) == 0)
            size = strtol(line + 8, NULL, 10);
    (void)fclose(file);
    assert_true(size > 0);
    return size;
}

static uint64_t hear_all(int fd)
{
    static char block[1 << 16];
    uint64_t all = 0;
    ssize_t got;

    while ((got = recv(fd, block, sizeof block, 0)) > 0)
        all += (uint64_t)got;
    return all;
}

static void what_is_large_takes_no_memory(void **state)
{
    static char block[1 << 16];
    struct yx_listener *listener = serve();
    int fd = caller_dial(listener);
    char request[200];
    long before = resident(), during = 0;
    bool ended;

    (void)state;
    caller_taker_clear(&counts);
    (void)snprintf(request, sizeof request, ASK("PUT /large", "Content-Length: %llu\r\n"),
                   (unsigned long long)LARGE);
    assert_true(caller_say(fd, request));
    for (uint64_t sent = 0; sent < LARGE; sent += sizeof block) {
        assert_int_equal(send(fd, block, sizeof block, MSG_NOSIGNAL), sizeof block);
        if (sent == LARGE / 2)
            during = resident();
    }
    (void)caller_hear(fd, block, sizeof block, CALLER_PATIENCE, &ended);
    assert_non_null(strstr(block, "209715200"));
    (void)close(fd);
    assert_true(during > 0 && during - before < 16 * 1024);
    fd = caller_dial(listener);
    assert_true(caller_say(fd, ASK("GET /large", "")));
    assert_true(hear_all(fd) > LARGE);
    (void)close(fd);
    assert_true(resident() - before < 16 * 1024);
    yx_listener_free(listener);
}

/* --- */

static int make_file(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd >= 0 && write(fd, "0123456789", 10) == 10 && close(fd) == 0 ? 0 : -1;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_sent),
        cmocka_unit_test(what_breaks_off_is_seen),
        cmocka_unit_test(what_is_large_takes_no_memory),
    };

    return cmocka_run_group_tests(tests, make_file, remove_file);
}
