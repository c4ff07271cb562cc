/* SPDX-License-Identifier: Apache-2.0 */
/* test_deadline.c - clients that drip: in the TLS handshake, in the header, in the body, between
 * requests, and while they take a reply. */
#include "caller.h"

#define SECONDS 2

static struct yx_listener *impatient(void)
{
    struct yx_listener_settings settings = {
        .header_deadline = SECONDS, .body_deadline = SECONDS, .idle_deadline = SECONDS};

    return caller_listen(&settings);
}

/* Says `start`, then a byte `drop` five times a second; tells after how many milliseconds the other
 * side ended it; -1: not within half a minute. */
static int64_t drip(int fd, const char *start, char drop)
{
    const char text[2] = {drop, '\0'};
    int64_t begun = caller_clock();
    char heard[2000];
    bool ended = false;

    assert_true(caller_say(fd, start));
    while (!ended && caller_clock() - begun < CALLER_PATIENCE) {
        (void)caller_hear(fd, heard, sizeof heard, 200, &ended);
        if (!ended && !caller_say(fd, text))
            ended = true;
    }
    (void)close(fd);
    return ended ? caller_clock() - begun : -1;
}

/* Before the usual deadlines, of which the shortest has ten seconds. */
static void expect_end(int64_t after)
{
    if (after < SECONDS * 1000 - 1100 || after > 9000)
        fail_msg("ended after %lld ms", (long long)after);
}

static void who_drips_is_cut_off(void **state)
{
    static const struct {
        const char *start;
        char drop;
    } cases[] = {
        {"", 'G'},                                                              /* request line */
        {"GET /hello HTTP/1.1\r\nHost: a\r\nX: ", 'x'},                         /* header */
        {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n", 'x'}, /* body */
        {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1f4\r\n", 'x'},
        {"GET /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /", 'x'}, /* behind a reply */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(yx_listener) struct yx_listener *listener = impatient();

        expect_end(drip(caller_dial(listener), cases[i].start, cases[i].drop));
    }
}

static void who_says_nothing_is_cut_off(void **state)
{
    YX_CLEAN(yx_listener) struct yx_listener *listener = impatient();
    int64_t begun = caller_clock();
    int fds[3];
    char heard[100];
    bool ended;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        fds[i] = caller_dial(listener);
    for (size_t i = 0; i < 3; i++) {
        (void)caller_hear(fds[i], heard, sizeof heard, CALLER_PATIENCE, &ended);
        assert_true(ended);
        (void)close(fds[i]);
    }
    expect_end(caller_clock() - begun);
}

/* --- TLS ------------------------------------------------------------------------------------ */

static char folder[] = "/tmp/yinxin-http-XXXXXX";

static void read_pem(const char *name, struct yx_buf *out)
{
    char path[128];
    struct yx_error err;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    expect_ok(yx_file_read(path, 100000, out, &err), &err);
}

static int make_pem(void **state)
{
    char command[600];

    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(command, sizeof command,
                   "for n in a b; do openssl req -x509 -newkey ec -pkeyopt "
                   "ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -days 2 -keyout %s/$n.key "
                   "-out %s/$n.pem 2>/dev/null || exit 1; done",
                   folder, folder);
    return system(command);
}

static int remove_pem(void **state)
{
    char command[100];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static void a_handshake_that_drips_is_cut_off(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf certificate = {0};
    YX_CLEAN(yx_buf) struct yx_buf key = {0};
    YX_CLEAN(yx_listener) struct yx_listener *listener = NULL;
    struct yx_listener_settings settings = {.header_deadline = SECONDS};

    (void)state;
    read_pem("a.pem", &certificate);
    read_pem("a.key", &key);
    settings.tls_certificate = yx_buf_bytes(&certificate);
    settings.tls_key = yx_buf_bytes(&key);
    listener = caller_listen(&settings);
    /* A record of 512 bytes that holds a ClientHello, which never comes to its end. */
    expect_end(drip(caller_dial(listener), "\x16\x03\x01\x02", '\x01'));
    expect_end(drip(caller_dial(listener), "", '\x16'));
}

static void a_key_of_another_certificate_is_refused(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf certificate = {0};
    YX_CLEAN(yx_buf) struct yx_buf key = {0};
    struct yx_listener *listener = NULL;
    struct yx_listener_settings settings = {0};
    struct yx_error err;

    (void)state;
    read_pem("a.pem", &certificate);
    read_pem("b.key", &key);
    settings.tls_certificate = yx_buf_bytes(&certificate);
    settings.tls_key = yx_buf_bytes(&key);
    expect_status(yx_listener_new(&settings, caller_routes, CALLER_ROUTES, &listener, &err), YX_IO,
                  &err);
    assert_non_null(strstr(err.message.text, "TLS"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_drips_is_cut_off),
        cmocka_unit_test(who_says_nothing_is_cut_off),
        cmocka_unit_test(a_handshake_that_drips_is_cut_off),
        cmocka_unit_test(a_key_of_another_certificate_is_refused),
    };

    return cmocka_run_group_tests(tests, make_pem, remove_pem);
}
