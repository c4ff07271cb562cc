/* SPDX-License-Identifier: Apache-2.0 */
/* test_assets.c - pages and scripts: compressed once, asked for anew or kept, and nothing else. */
#include "caller.h"

#include <libdeflate.h>
#include <sys/stat.h>

#define ASK(path, more) "GET " path " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" more "\r\n"
#define GZIP "Accept-Encoding: br, gzip;q=0.5\r\n"

static char folder[] = "/tmp/yinxin-assets-XXXXXX";
static char page[4000];

static void write_file(const char *name, const char *text)
{
    char path[200];
    struct yx_error err;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    expect_ok(yx_file_write(path, false, YX_TEXT(text), &err), &err);
}

static int make_folder(void **state)
{
    char path[200];

    (void)state;
    memset(page, 'x', sizeof page - 1);
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/assets", folder);
    if (mkdir(path, 0700) != 0)
        return -1;
    write_file("index.html", page);
    write_file("assets/a-1.js", page);
    write_file("logo.png", "png");
    write_file("short.css", "a{}");
    write_file(".secret", "secret");
    (void)snprintf(path, sizeof path, "%s/link.txt", folder);
    return symlink("/etc/passwd", path);
}

static int remove_folder(void **state)
{
    char command[100];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static void files_are_served(void **state)
{
    static const struct {
        const char *request, *contains, *lacks; /* lacks: NULL when anything may stand there */
    } cases[] = {
        {ASK("/", ""), "HTTP/1.1 200", NULL},
        {ASK("/c/index.html", ""), "Content-Length: 3999\r\n", "Content-Encoding"},
        {ASK("/c/index.html", ""), "Content-Type: text/html; charset=utf-8\r\n", NULL},
        {ASK("/c/index.html", ""), "Content-Security-Policy: default-src 'self'\r\n", "'none'"},
        {ASK("/c/index.html", ""), "Vary: Accept-Encoding\r\n", "no-store"},
        {ASK("/c/index.html", ""), "Cache-Control: no-cache\r\n", NULL},
        {ASK("/c/index.html", GZIP), "Content-Encoding: gzip\r\n", "Content-Length: 3999"},
        {ASK("/c/index.html", "Accept-Encoding: gzip;q=0\r\n"), "Content-Length: 3999\r\n", NULL},
        {ASK("/c/index.html", "Accept-Encoding: x-gzip\r\n"), "Content-Length: 3999\r\n", NULL},
        {ASK("/c/index.html", "Range: bytes=1-3\r\n"), "\r\n\r\nxxx", "xxxx"},
        {ASK("/c/assets/a-1.js", GZIP), "Cache-Control: public, max-age=31536000, immutable\r\n",
         NULL},
        {ASK("/c/logo.png", GZIP), "\r\n\r\npng", "Content-Encoding"},
        {ASK("/c/short.css", GZIP), "\r\n\r\na{}", "Content-Encoding"},
        {ASK("/one", ""), "\r\n\r\npng", NULL},
        {ASK("/c/.secret", ""), "HTTP/1.1 404", NULL},
        {ASK("/c/link.txt", ""), "HTTP/1.1 404", NULL},
        {ASK("/c/assets", ""), "HTTP/1.1 404", NULL},
        {ASK("/c/assets/", ""), "HTTP/1.1 404", NULL},
        {ASK("/c/../index.html", ""), "HTTP/1.1 404", NULL},
        {ASK("/c/assets/../index.html", ""), "HTTP/1.1 404", NULL},
        {ASK("/c//index.html", ""), "HTTP/1.1 404", NULL},
        {ASK("/c/%2e%2e/%2e%2e/etc/passwd", ""), "HTTP/1.1 404", NULL},
    };
    const struct yx_assets_settings settings = {.policy = "default-src 'self'",
                                                .frozen = "assets/"};
    const struct yx_listener_settings usual = {.threads = 2};
    YX_CLEAN(yx_assets) struct yx_assets *assets = NULL;
    YX_CLEAN(yx_listener) struct yx_listener *listener = NULL;
    struct yx_http_route routes[] = {
        {"GET", "/", 0, NULL, yx_assets_serve},
        {"GET", "/c/*", 0, NULL, yx_assets_serve},
        {"GET", "/one", 0, NULL, yx_assets_serve, NULL, NULL, "logo.png"}};
    char answer[8000], again[300], *etag;
    struct yx_error err;

    (void)state;
    expect_ok(yx_assets_new(&settings, &assets, &err), &err);
    expect_ok(yx_assets_add_folder(assets, folder, &err), &err);
    expect_status(yx_assets_add(assets, "index.html", YX_TEXT(""), &err), YX_USAGE, &err);
    routes[0].self = routes[1].self = routes[2].self = assets;
    expect_ok(yx_listener_new(&usual, routes, 3, &listener, &err), &err);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        caller_ask(listener, cases[i].request, answer, sizeof answer);
        if (strstr(answer, cases[i].contains) == NULL ||
            (cases[i].lacks != NULL && strstr(answer, cases[i].lacks) != NULL))
            fail_msg("%s\nis answered with\n%s", cases[i].request, answer);
        assert_null(strstr(answer, "secret"));
    }
    /* What a client has is not sent again, and what it has compressed is something else. */
    caller_ask(listener, ASK("/", ""), answer, sizeof answer);
    etag = strstr(answer, "ETag: ");
    assert_non_null(etag);
    (void)snprintf(again, sizeof again, ASK("/", "If-None-Match: %.34s\r\n"), etag + 6);
    caller_ask(listener, again, answer, sizeof answer);
    assert_non_null(strstr(answer, "HTTP/1.1 304"));
    (void)snprintf(again + strlen(again) - 2, 100, GZIP "\r\n");
    caller_ask(listener, again, answer, sizeof answer);
    assert_non_null(strstr(answer, "HTTP/1.1 200"));
}

static void what_is_compressed_is_the_same(void **state)
{
    const struct yx_assets_settings settings = {0};
    YX_CLEAN(yx_assets) struct yx_assets *assets = NULL;
    YX_CLEAN(yx_listener) struct yx_listener *listener = NULL;
    const struct yx_listener_settings usual = {.threads = 1};
    struct yx_http_route routes[] = {{"GET", "/*", 0, NULL, yx_assets_serve}};
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    static char answer[8000], plain[8000];
    size_t len, got = 0;
    const char *body;
    struct yx_error err;
    bool ended;
    int fd;

    (void)state;
    expect_ok(yx_assets_new(&settings, &assets, &err), &err);
    expect_ok(yx_assets_add(assets, "a.json", YX_TEXT(page), &err), &err);
    routes[0].self = assets;
    expect_ok(yx_listener_new(&usual, routes, 1, &listener, &err), &err);
    fd = caller_dial(listener);
    assert_true(caller_say(fd, ASK("/a.json", GZIP)));
    len = caller_hear(fd, answer, sizeof answer, CALLER_PATIENCE, &ended);
    (void)close(fd);
    body = strstr(answer, "\r\n\r\n");
    assert_non_null(body);
    body += 4;
    assert_int_equal(libdeflate_gzip_decompress(decompressor, body, len - (size_t)(body - answer),
                                                plain, sizeof plain, &got),
                     LIBDEFLATE_SUCCESS);
    libdeflate_free_decompressor(decompressor);
    assert_int_equal(got, strlen(page));
    assert_memory_equal(plain, page, got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_served),
        cmocka_unit_test(what_is_compressed_is_the_same),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
