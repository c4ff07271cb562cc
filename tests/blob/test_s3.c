/* SPDX-License-Identifier: Apache-2.0 */
/* test_s3.c - a bucket whose service has troubles (fake_s3.py): what is tried again, what is not,
 * and that no content comes out that is not what its name says. */
#include "support.h"

#include <sys/wait.h>

#include "tools.h"

#include "blob_desk.h"
#include "fetch/fetch.h"

static struct folder folder;
static struct blob_desk desk;
static pid_t service;
static int service_input = -1;
static char endpoint[64];

/* The service ends when its input does, whatever becomes of this program. */
static int start_service(void **state)
{
    int in[2], out[2];
    char path[300], port[16] = "";

    (void)state;
    (void)snprintf(path, sizeof path, "%s/tests/blob/fake_s3.py", getenv("YX_SOURCE_ROOT"));
    if (pipe(in) != 0 || pipe(out) != 0)
        return -1;
    service = fork();
    if (service == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        close(out[0]);
        execlp("python3", "python3", path, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    service_input = in[1];
    (void)fcntl(service_input, F_SETFD, FD_CLOEXEC);
    if (read(out[0], port, sizeof port - 1) <= 0)
        return -1;
    close(out[0]);
    (void)snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%ld", strtol(port, NULL, 10));
    return 0;
}

static int stop_service(void **state)
{
    (void)state;
    close(service_input);
    return waitpid(service, NULL, 0) == service ? 0 : -1;
}

/* The next `count` requests fail so; gives how many requests there were since the last time. */
static long fault(const char *kind, int count)
{
    YX_CLEAN(yx_buf) struct yx_buf said = {0};
    struct yx_error err;
    char url[96], body[64];

    (void)snprintf(url, sizeof url, "%s/fault", endpoint);
    (void)snprintf(body, sizeof body, "%s %d", kind, count);
    struct yx_fetch what = {.url = url,
                            .content_type = "text/plain",
                            .accepted_type = "text/plain",
                            .body = YX_TEXT(body),
                            .limit = 32};
    expect_ok(yx_fetch_http(NULL, &what, &said, &err), &err);
    assert_int_equal(yx_buf_append(&said, YX_BYTES("", 1)), YX_OK);
    return strtol((const char *)said.data, NULL, 10);
}

static int open_bucket(void **state)
{
    struct yx_error err;
    char path[300];

    (void)state;
    folder_make(&folder);
    blob_desk_make(&desk, folder.path, false);
    (void)snprintf(path, sizeof path, "%s/credentials", folder.path);
    expect_ok(yx_file_write(path, true, YX_TEXT("key\nsecret\n"), &err), &err);
    expect_ok(yx_settings_set(desk.settings, "test", "s3_credentials", "credentials", &err), &err);
    expect_ok(yx_settings_set(desk.settings, "test", "s3_endpoint", endpoint, &err), &err);
    blob_desk_open(&desk, "blobs", "s3://bucket/prefix");
    (void)fault("none", 0);
    return 0;
}

static int close_bucket(void **state)
{
    (void)state;
    blob_desk_free(&desk);
    folder_remove(&folder);
    return 0;
}

static struct yx_blob place_text(const char *text)
{
    struct yx_blob blob;
    struct yx_error err;

    expect_ok(blob_place(desk.blobs, (const uint8_t *)text, strlen(text), &blob, &err), &err);
    return blob;
}

static void expect_said(const struct yx_error *err, const char *words)
{
    char text[700];

    yx_message_render(&err->message, NULL, text, sizeof text);
    if (strstr(text, words) == NULL)
        fail_msg("%s", text);
}

static void what_passes_is_tried_again(void **state)
{
    static const char *const kinds[] = {"500", "502", "503",  "504",
                                        "429", "408", "drop", "nonsense"};

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        (void)fault(kinds[i], 1);
        struct yx_blob blob = place_text("abc");
        assert_int_equal(fault(kinds[i], 1), 2);
        blob_expect(desk.blobs, &blob, (const uint8_t *)"abc", 3);
    }
    (void)fault("500", 3);
    (void)place_text("abc");
    assert_int_equal(fault("none", 0), 4);
}

static void what_stays_is_told(void **state)
{
    struct yx_blob blob;
    struct yx_error err;

    (void)state;
    (void)fault("503", 4);
    expect_status(blob_place(desk.blobs, (const uint8_t *)"abc", 3, &blob, &err), YX_IO, &err);
    expect_said(&err, "status 503: Told: as told");
    assert_int_equal(fault("none", 0), 4);
    (void)fault("drop", 4);
    expect_status(blob_place(desk.blobs, (const uint8_t *)"abc", 3, &blob, &err), YX_IO, &err);
    expect_said(&err, "cannot be reached");
}

static void what_no_try_mends_is_tried_once(void **state)
{
    static const char *const kinds[][2] = {{"400", "status 400: Told"},
                                           {"403", "refuses access with these keys"},
                                           {"redirect", "status 307"},
                                           {"skew", "differ by 3"},
                                           {"flood", "more than 262144 bytes"}};
    struct yx_blob blob;
    struct yx_error err;

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        yx_status want = strcmp(kinds[i][0], "flood") == 0 ? YX_DAMAGED : YX_IO;

        (void)fault(kinds[i][0], 4);
        expect_status(blob_place(desk.blobs, (const uint8_t *)"abc", 3, &blob, &err), want, &err);
        expect_said(&err, kinds[i][1]);
        assert_int_equal(fault("none", 0), 1);
    }
}

static void a_content_that_comes_otherwise(void **state)
{
    struct yx_blob blob = place_text("abc");
    struct yx_error err;
    int fd = -1;

    (void)state;
    (void)fault("wrong", 1);
    expect_status(yx_blob_fetch(desk.blobs, blob.digest, &fd, &err), YX_DAMAGED, &err);
    assert_int_equal(fd, -1);
    /* A body that ends too early is asked for again. */
    (void)fault("short", 2);
    blob_expect(desk.blobs, &blob, (const uint8_t *)"abc", 3);
    (void)fault("short", 100);
    expect_status(yx_blob_fetch(desk.blobs, blob.digest, &fd, &err), YX_IO, &err);
}

static void a_service_that_gives_all_for_a_part(void **state)
{
    uint8_t *content = blob_content(1000000, 1), got[10];
    YX_CLEAN(yx_blob_reader) struct yx_blob_reader *reader = NULL;
    struct yx_blob blob;
    struct yx_error err;

    (void)state;
    expect_ok(blob_place(desk.blobs, content, 1000000, &blob, &err), &err);
    expect_ok(yx_blob_open(desk.blobs, blob.digest, &reader, &err), &err);
    (void)fault("whole", 1);
    expect_status(yx_blob_read(reader, 500000, got, 10, &err), YX_DAMAGED, &err);
    expect_ok(yx_blob_read(reader, 500000, got, 10, &err), &err);
    assert_memory_equal(got, content + 500000, 10);
    free(content);
}

static void large_contents_that_fail(void **state)
{
    const size_t len = (64u << 20) + 1;
    uint8_t *content = blob_content(len, 1);
    struct yx_blob blob;
    struct yx_error err;
    int fd;

    (void)state;
    (void)fault("503", 2);
    expect_ok(blob_place(desk.blobs, content, len, &blob, &err), &err);
    blob_expect(desk.blobs, &blob, content, len);
    content[0] ^= 1;
    (void)fault("late", 1);
    expect_status(blob_place(desk.blobs, content, len, &blob, &err), YX_IO, &err);
    expect_said(&err, "has not put the parts together");
    expect_ok(yx_digest(YX_DIGEST_SM3, YX_BYTES(content, len), blob.digest, &err), &err);
    expect_status(yx_blob_fetch(desk.blobs, blob.digest, &fd, &err), YX_NO_INPUT, &err);
    free(content);
}

static void places_that_are_none(void **state)
{
    static const char *const places[] = {"s3://",          "s3://ab",      "s3://Bucket",
                                         "s3://a_b/c",     "s3://buck et", "s3://bucket/a%20b",
                                         "s3://bucket/a?b"};
    struct yx_blobs *blobs = NULL;
    struct yx_error err;

    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        expect_ok(yx_settings_set(desk.settings, "test", "blobs", places[i], &err), &err);
        expect_status(yx_blobs_open(desk.settings, &blobs, &err), YX_DAMAGED, &err);
    }
    expect_ok(yx_settings_set(desk.settings, "test", "blobs", "s3://bucket", &err), &err);
    expect_ok(yx_settings_set(desk.settings, "test", "s3_credentials", "key", &err), &err);
    expect_status(yx_blobs_open(desk.settings, &blobs, &err), YX_DAMAGED, &err);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, open_bucket, close_bucket)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(what_passes_is_tried_again),
        TEST(what_stays_is_told),
        TEST(what_no_try_mends_is_tried_once),
        TEST(a_content_that_comes_otherwise),
        TEST(a_service_that_gives_all_for_a_part),
        TEST(large_contents_that_fail),
        TEST(places_that_are_none),
    };

    return cmocka_run_group_tests(tests, start_service, stop_service);
}
