/* SPDX-License-Identifier: Apache-2.0 */
/* test_bucket.c - contents in a bucket of the service that YX_TEST_S3 names (scripts/s3.py starts
 * one): whole, in parts, large ones, encrypted ones; what is told when it does not work. */
#include "support.h"

#include "tools.h"

#include "blob_desk.h"

static struct folder folder;
static struct blob_desk desk;
static unsigned prefixes;

static void set(const char *name, const char *value)
{
    struct yx_error err;

    expect_ok(yx_settings_set(desk.settings, "test", name, value, &err), &err);
}

/* A prefix of its own for each test, in what may be one bucket for many. */
static int open_bucket(void **state)
{
    const char *endpoint = getenv("YX_TEST_S3"), *bucket = getenv("YX_TEST_S3_BUCKET");
    char place[200];

    *state = (void *)(uintptr_t)(endpoint != NULL);
    if (endpoint == NULL)
        return 0;
    folder_make(&folder);
    blob_desk_make(&desk, folder.path, false);
    set("s3_endpoint", endpoint);
    (void)snprintf(place, sizeof place, "s3://%s/test-%d-%u", bucket, (int)getpid(), ++prefixes);
    blob_desk_open(&desk, "blobs", place);
    return 0;
}

static int close_bucket(void **state)
{
    if (*state == NULL)
        return 0;
    blob_desk_free(&desk);
    folder_remove(&folder);
    return 0;
}

static void require_bucket(void *const *state)
{
    if (*state != NULL)
        return;
    print_message("skipped: YX_TEST_S3 is not set (scripts/s3.py sets it)\n");
    skip();
}

static void contents_come_and_go(void **state)
{
    static const size_t sizes[] = {0, 1, 65536, 1000000};
    struct yx_error err;
    int fd;

    require_bucket(state);
    for (int with_key = 0; with_key < 2; with_key++) {
        blob_desk_open(&desk, "blobs_key", with_key ? "key" : "");
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            uint8_t *content = blob_content(sizes[i], (unsigned)(10 * with_key) + (unsigned)i);
            struct yx_blob blob;

            expect_ok(blob_place(desk.blobs, content, sizes[i], &blob, &err), &err);
            blob_expect(desk.blobs, &blob, content, sizes[i]);
            blob.digest[0] ^= 1;
            expect_status(yx_blob_fetch(desk.blobs, blob.digest, &fd, &err), YX_NO_INPUT, &err);
            free(content);
        }
    }
    expect_ok(yx_blobs_try(desk.blobs, &err), &err);
}

static void parts_of_contents(void **state)
{
    static const size_t starts[] = {0, 1, 65535, 262143, 262144, 699999};
    const size_t len = 700001;
    uint8_t *content = blob_content(len, 5), *got = malloc(len);
    struct yx_error err;

    require_bucket(state);
    for (int with_key = 0; with_key < 2; with_key++) {
        YX_CLEAN(yx_blob_reader) struct yx_blob_reader *reader = NULL;
        struct yx_blob blob;

        blob_desk_open(&desk, "blobs_key", with_key ? "key" : "");
        expect_ok(blob_place(desk.blobs, content, len, &blob, &err), &err);
        expect_ok(yx_blob_open(desk.blobs, blob.digest, &reader, &err), &err);
        assert_int_equal(yx_blob_reader_size(reader), len);
        for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
            size_t most = len - starts[i] < 70000 ? len - starts[i] : 70000;
            expect_ok(yx_blob_read(reader, starts[i], got, most, &err), &err);
            assert_memory_equal(got, content + starts[i], most);
        }
    }
    free(content);
    free(got);
}

/* Longer than what goes in one piece: 64 MiB and a little. */
static void large_contents(void **state)
{
    const size_t len = (64u << 20) + 12345;
    uint8_t *content;
    struct yx_blob blob;
    struct yx_error err;

    require_bucket(state);
    content = blob_content(len, 1);
    expect_ok(blob_place(desk.blobs, content, len, &blob, &err), &err);
    blob_expect(desk.blobs, &blob, content, len);
    free(content);
}

static void expect_complaint(const char *words)
{
    struct yx_error err;
    char text[600];

    expect_status(yx_blobs_try(desk.blobs, &err), YX_IO, &err);
    yx_message_render(&err.message, NULL, text, sizeof text);
    if (strstr(text, words) == NULL)
        fail_msg("%s", text);
}

static void what_does_not_work_is_told(void **state)
{
    char path[300], place[100];
    struct yx_error err;

    require_bucket(state);
    (void)snprintf(path, sizeof path, "%s/wrong", folder.path);
    expect_ok(yx_file_write(path, true, YX_TEXT("test:tester\nwrong\n"), &err), &err);
    blob_desk_open(&desk, "s3_credentials", "wrong");
    expect_complaint("refuses access with these keys: SignatureDoesNotMatch");
    blob_desk_open(&desk, "s3_credentials", "");
    (void)snprintf(place, sizeof place, "s3://no-such-bucket-%d", (int)getpid());
    blob_desk_open(&desk, "blobs", place);
    expect_complaint("there is no bucket s3://no-such-bucket");
    set("blobs", "s3://bucket/a");
    blob_desk_open(&desk, "s3_endpoint", "http://127.0.0.1:1");
    expect_complaint("cannot be reached");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, open_bucket, close_bucket)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(contents_come_and_go),
        TEST(parts_of_contents),
        TEST(large_contents),
        TEST(what_does_not_work_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
