/* SPDX-License-Identifier: Apache-2.0 */
/* test_blob.c - contents in a folder, in the clear and encrypted: written in pieces, read whole and
 * in parts, damaged, missing, written by many at once. REQ: SEC-21 */
#include "support.h"

#include <pthread.h>

#include "tools.h"

#include "blob_desk.h"

static struct folder folder;
static struct blob_desk desk;

static int open_plain(void **state)
{
    (void)state;
    folder_make(&folder);
    blob_desk_make(&desk, folder.path, false);
    return 0;
}

static int open_with_key(void **state)
{
    (void)state;
    folder_make(&folder);
    blob_desk_make(&desk, folder.path, true);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    blob_desk_free(&desk);
    folder_remove(&folder);
    return 0;
}

/* Sizes around the chunks of an encrypted content. */
static const size_t sizes[] = {0, 1, 1000, 65535, 65536, 65537, 131072, 262144, 262145, 1000000};

static void contents_of_all_sizes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint8_t *content = blob_content(sizes[i], (unsigned)i);
        uint8_t digest[32];
        struct yx_blob blob;
        struct yx_error err;

        expect_ok(blob_place(desk.blobs, content, sizes[i], &blob, &err), &err);
        expect_ok(yx_digest(YX_DIGEST_SM3, YX_BYTES(content, sizes[i]), digest, &err), &err);
        assert_memory_equal(blob.digest, digest, sizeof digest);
        assert_int_equal(blob.size, sizes[i]);
        blob_expect(desk.blobs, &blob, content, sizes[i]);
        free(content);
    }
    assert_int_equal(blob_drafts(folder.path), 0);
}

static void parts_of_contents(void **state)
{
    const size_t len = 700001;
    uint8_t *content = blob_content(len, 5), *got = malloc(len);
    static const size_t starts[] = {0, 1, 65535, 65536, 131071, 262143, 262144, 699999, 700001};
    static const size_t lens[] = {0, 1, 2, 65536, 65537, 300000};
    YX_CLEAN(yx_blob_reader) struct yx_blob_reader *reader = NULL;
    struct yx_blob blob;
    struct yx_error err;

    (void)state;
    expect_ok(blob_place(desk.blobs, content, len, &blob, &err), &err);
    expect_ok(yx_blob_open(desk.blobs, blob.digest, &reader, &err), &err);
    assert_int_equal(yx_blob_reader_size(reader), len);
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        for (size_t j = 0; j < sizeof lens / sizeof *lens; j++) {
            bool inside = starts[i] + lens[j] <= len;
            expect_status(yx_blob_read(reader, starts[i], got, lens[j], &err),
                          inside ? YX_OK : YX_DAMAGED, &err);
            if (inside)
                assert_memory_equal(got, content + starts[i], lens[j]);
        }
    expect_status(yx_blob_read(reader, UINT64_MAX, got, 2, &err), YX_DAMAGED, &err);
    free(content);
    free(got);
}

static void no_more_than_is_allowed(void **state)
{
    YX_CLEAN(yx_blob_writer) struct yx_blob_writer *writer = NULL;
    struct yx_error err;

    (void)state;
    expect_ok(yx_blob_begin(desk.blobs, 10, &writer, &err), &err);
    expect_ok(yx_blob_append(writer, YX_TEXT("0123456789"), &err), &err);
    expect_status(yx_blob_append(writer, YX_TEXT("x"), &err), YX_REFUSED, &err);
    assert_string_equal(err.rule, YX_BLOB_LIMIT);
    assert_int_equal(blob_drafts(folder.path), 1);
    yx_blob_writer_free(writer);
    writer = NULL;
    assert_int_equal(blob_drafts(folder.path), 0);
}

static void the_same_content_is_one_file(void **state)
{
    struct yx_blob first, second;
    struct yx_error err;
    char path[600];
    struct stat about;

    (void)state;
    expect_ok(blob_place(desk.blobs, (const uint8_t *)"abc", 3, &first, &err), &err);
    expect_ok(blob_place(desk.blobs, (const uint8_t *)"abc", 3, &second, &err), &err);
    assert_memory_equal(first.digest, second.digest, sizeof first.digest);
    blob_path(&desk, &first, desk.settings->blobs_key[0] != '\0' ? ".e" : "", path);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0600);
    assert_int_equal(about.st_nlink, 1);
}

static void write_at(const char *path, off_t offset, const char *text)
{
    int fd = open(path, O_RDWR);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, text, strlen(text), offset), (ssize_t)strlen(text));
    close(fd);
}

/* Any octet that changes, and any that is missing, is found. */
static void damage_is_found(void **state)
{
    const size_t len = 200000;
    bool with_key = desk.settings->blobs_key[0] != '\0';
    uint8_t *content = blob_content(len, 9);
    struct yx_blob blob;
    struct yx_error err;
    struct stat about;
    char path[600];
    int fd = -1;

    (void)state;
    expect_ok(blob_place(desk.blobs, content, len, &blob, &err), &err);
    blob_path(&desk, &blob, with_key ? ".e" : "", path);
    assert_int_equal(stat(path, &about), 0);
    for (off_t at = 0; at < about.st_size; at += 33333) {
        write_at(path, at, "\x01\x02\x03");
        expect_status(yx_blob_fetch(desk.blobs, blob.digest, &fd, &err), YX_DAMAGED, &err);
        assert_int_equal(fd, -1);
        /* The same content, once more, mends it. */
        expect_ok(blob_place(desk.blobs, content, len, &blob, &err), &err);
        blob_expect(desk.blobs, &blob, content, len);
    }
    for (off_t cut = 1; cut < about.st_size; cut = cut * 7 + 1) {
        assert_int_equal(truncate(path, about.st_size - cut), 0);
        expect_status(yx_blob_fetch(desk.blobs, blob.digest, &fd, &err), YX_DAMAGED, &err);
        expect_ok(blob_place(desk.blobs, content, len, &blob, &err), &err);
    }
    assert_int_equal(unlink(path), 0);
    expect_status(yx_blob_fetch(desk.blobs, blob.digest, &fd, &err), YX_NO_INPUT, &err);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    expect_status(yx_blob_fetch(desk.blobs, blob.digest, &fd, &err), YX_IO, &err);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    expect_status(yx_blob_fetch(desk.blobs, blob.digest, &fd, &err), YX_DAMAGED, &err);
    free(content);
}

/* --- With a key -------------------------------------------------------------------------- */

static bool file_holds(const char *path, const char *text)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct yx_error err;

    expect_ok(yx_file_read(path, 1u << 24, &file, &err), &err);
    return memmem(file.data, file.len, text, strlen(text)) != NULL;
}

static void what_lies_there_cannot_be_read(void **state)
{
    static const char text[] = "a sentence that is a secret";
    struct yx_blob blob;
    struct yx_error err;
    char path[600];

    (void)state;
    expect_ok(blob_place(desk.blobs, (const uint8_t *)text, sizeof text, &blob, &err), &err);
    blob_path(&desk, &blob, ".e", path);
    assert_false(file_holds(path, "secret"));
}

/* The chunks of a content cannot change places, nor be those of another content. */
static void chunks_stay_where_they_are(void **state)
{
    const size_t len = 4 * 65536, whole = 65536 + 32, head = 20;
    uint8_t *content = calloc(1, len);
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_buf) struct yx_buf changed = {0};
    struct yx_blob blob;
    struct yx_error err;
    char path[600];
    int fd;

    (void)state;
    expect_ok(blob_place(desk.blobs, content, len, &blob, &err), &err);
    blob_path(&desk, &blob, ".e", path);
    expect_ok(yx_file_read(path, 1u << 24, &file, &err), &err);
    assert_int_equal(file.len, head + 4 * whole);
    /* Two chunks exchanged. */
    assert_int_equal(yx_buf_append(&changed, yx_buf_bytes(&file)), YX_OK);
    memcpy(changed.data + head, file.data + head + whole, whole);
    memcpy(changed.data + head + whole, file.data + head, whole);
    expect_ok(yx_file_write(path, true, yx_buf_bytes(&changed), &err), &err);
    expect_status(yx_blob_fetch(desk.blobs, blob.digest, &fd, &err), YX_DAMAGED, &err);
    /* The last one left out: the one before is not the last. */
    expect_ok(yx_file_write(path, true, YX_BYTES(file.data, file.len - whole), &err), &err);
    expect_status(yx_blob_fetch(desk.blobs, blob.digest, &fd, &err), YX_DAMAGED, &err);
    assert_string_equal(err.rule, "GB/T 15852.2");
    free(content);
}

static void another_key_opens_nothing(void **state)
{
    struct yx_blob blob;
    struct yx_error err;
    char path[300];
    int fd;

    (void)state;
    expect_ok(blob_place(desk.blobs, (const uint8_t *)"abc", 3, &blob, &err), &err);
    (void)snprintf(path, sizeof path, "%s/other", folder.path);
    expect_ok(yx_file_write(path, true,
                            YX_TEXT("ff0102030405060708090a0b0c0d0e0f"
                                    "101112131415161718191a1b1c1d1e1f"),
                            &err),
              &err);
    blob_desk_open(&desk, "blobs_key", "other");
    expect_status(yx_blob_fetch(desk.blobs, blob.digest, &fd, &err), YX_DAMAGED, &err);
    blob_desk_open(&desk, "blobs_key", "");
    expect_status(yx_blob_fetch(desk.blobs, blob.digest, &fd, &err), YX_REFUSED, &err);
    blob_desk_open(&desk, "blobs_key", "key");
    blob_expect(desk.blobs, &blob, (const uint8_t *)"abc", 3);
}

static void what_was_written_in_the_clear_stays_readable(void **state)
{
    struct yx_blob blob;
    struct yx_error err;

    (void)state;
    expect_ok(blob_place(desk.blobs, (const uint8_t *)"abc", 3, &blob, &err), &err);
    blob_desk_open(&desk, "blobs_key", "key");
    blob_expect(desk.blobs, &blob, (const uint8_t *)"abc", 3);
}

static void keys_that_are_none(void **state)
{
    static const char *const texts[] = {
        "", "00", BLOB_TEST_KEY "00", "x" BLOB_TEST_KEY, BLOB_TEST_KEY "\n" BLOB_TEST_KEY, "\n"};
    struct yx_blobs *blobs = NULL;
    struct yx_error err;
    char path[300];

    (void)state;
    (void)snprintf(path, sizeof path, "%s/key", folder.path);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        expect_ok(yx_file_write(path, true, YX_TEXT(texts[i]), &err), &err);
        expect_status(yx_blobs_open(desk.settings, &blobs, &err), YX_DAMAGED, &err);
    }
    assert_int_equal(unlink(path), 0);
    expect_status(yx_blobs_open(desk.settings, &blobs, &err), YX_NO_INPUT, &err);
}

/* --- The folder -------------------------------------------------------------------------- */

static void a_folder_that_cannot_be_made(void **state)
{
    struct yx_blobs *blobs = NULL;
    struct yx_error err;

    (void)state;
    expect_ok(yx_settings_set(desk.settings, "test", "blobs", "key/blobs", &err), &err);
    expect_status(yx_blobs_open(desk.settings, &blobs, &err), YX_NO_OUTPUT, &err);
}

static void it_can_be_tried(void **state)
{
    struct yx_error err;
    char path[300];

    (void)state;
    expect_ok(yx_blobs_try(desk.blobs, &err), &err);
    (void)snprintf(path, sizeof path, "%s/blobs/incoming", folder.path);
    assert_int_equal(rmdir(path), 0);
    expect_status(yx_blobs_try(desk.blobs, &err), YX_NO_OUTPUT, &err);
}

/* --- Many at once ------------------------------------------------------------------------ */

static void *write_the_same(void *self)
{
    const uint8_t *content = self;
    struct yx_blob blob;
    struct yx_error err;

    for (int i = 0; i < 20; i++)
        if (blob_place(desk.blobs, content, 300000, &blob, &err) != YX_OK)
            return self;
    return NULL;
}

static void many_write_the_same(void **state)
{
    uint8_t *content = blob_content(300000, 3);
    pthread_t threads[8];
    struct yx_blob blob;
    struct yx_error err;

    (void)state;
    for (int i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_the_same, content), 0);
    for (int i = 0; i < 8; i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    expect_ok(blob_place(desk.blobs, content, 300000, &blob, &err), &err);
    blob_expect(desk.blobs, &blob, content, 300000);
    assert_int_equal(blob_drafts(folder.path), 0);
    free(content);
}

/* Opening removes what dead writers left, and nothing that is being written. */
static void only_what_the_dead_left_is_swept(void **state)
{
    YX_CLEAN(yx_blob_writer) struct yx_blob_writer *writer = NULL;
    struct yx_blobs *other = NULL;
    struct yx_blob blob;
    struct yx_error err;
    char path[400];

    (void)state;
    expect_ok(yx_blob_begin(desk.blobs, 100, &writer, &err), &err);
    expect_ok(yx_blob_append(writer, YX_TEXT("abc"), &err), &err);
    (void)snprintf(path, sizeof path, "%s/blobs/incoming/0123456789ABCDEF0123456789ABCDEF",
                   folder.path);
    expect_ok(yx_file_write(path, true, YX_TEXT("left"), &err), &err);
    assert_int_equal(blob_drafts(folder.path), 2);
    expect_ok(yx_blobs_open(desk.settings, &other, &err), &err);
    assert_int_equal(blob_drafts(folder.path), 1);
    yx_blobs_free(other);
    expect_ok(yx_blob_place(writer, &blob, &err), &err);
    blob_expect(desk.blobs, &blob, (const uint8_t *)"abc", 3);
}

#define PLAIN(test) cmocka_unit_test_setup_teardown(test, open_plain, close_all)
#define KEYED(test) cmocka_unit_test_setup_teardown(test, open_with_key, close_all)
#define BOTH(test) PLAIN(test), KEYED(test)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        BOTH(contents_of_all_sizes),
        BOTH(parts_of_contents),
        BOTH(no_more_than_is_allowed),
        BOTH(the_same_content_is_one_file),
        BOTH(damage_is_found),
        KEYED(what_lies_there_cannot_be_read),
        KEYED(chunks_stay_where_they_are),
        KEYED(another_key_opens_nothing),
        PLAIN(what_was_written_in_the_clear_stays_readable),
        KEYED(keys_that_are_none),
        PLAIN(a_folder_that_cannot_be_made),
        BOTH(it_can_be_tried),
        BOTH(many_write_the_same),
        BOTH(only_what_the_dead_left_is_swept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
