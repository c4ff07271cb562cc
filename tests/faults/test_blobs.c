/* SPDX-License-Identifier: Apache-2.0 */
/* test_blobs.c - contents when the disk is full (a limit of the file size stands for it) and when
 * their writer is killed: what has its name is whole, and nothing else stays. */
#include "support.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "tools.h"

#include "blob_desk.h"

#define ROUNDS 40

static void set_limit(rlim_t size)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_leaves_nothing_behind(void **state)
{
    const size_t len = 400000;
    struct folder folder;
    uint8_t *content = blob_content(len, 1);

    (void)state;
    (void)signal(SIGXFSZ, SIG_IGN);
    folder_make(&folder);
    for (int with_key = 0; with_key < 2; with_key++) {
        YX_CLEAN(blob_desk) struct blob_desk desk;
        struct yx_blob blob;
        struct yx_error err;

        blob_desk_make(&desk, folder.path, with_key != 0);
        set_limit(200000);
        expect_status(blob_place(desk.blobs, content, len, &blob, &err), YX_IO, &err);
        set_limit(RLIM_INFINITY);
        assert_int_equal(blob_drafts(folder.path), 0);
        expect_ok(blob_place(desk.blobs, content, len, &blob, &err), &err);
        blob_expect(desk.blobs, &blob, content, len);
    }
    free(content);
    folder_remove(&folder);
}

/* --- kill -9 ---------------------------------------------------------------------------------- */

/* Writes contents until it is killed, and tells of each that is placed. */
static void write_until_killed(const struct folder *folder, bool with_key, unsigned seed, int out)
{
    struct blob_desk desk;

    blob_desk_make(&desk, folder->path, with_key);
    for (;; seed++) {
        size_t len = seed * 7919u % 300000;
        uint8_t *content = blob_content(len, seed);
        struct yx_blob blob;
        struct yx_error err;

        if (blob_place(desk.blobs, content, len, &blob, &err) != YX_OK ||
            write(out, blob.digest, sizeof blob.digest) != sizeof blob.digest)
            _exit(1);
        free(content);
    }
}

/* What was told of is there, every file is whole, and nothing is on its way any more. */
static void check_after_kill(const struct folder *folder, bool with_key, int told)
{
    YX_CLEAN(blob_desk) struct blob_desk desk;
    uint8_t digest[YX_BLOB_DIGEST];
    struct yx_error err;
    int fd;

    blob_desk_make(&desk, folder->path, with_key);
    assert_int_equal(blob_drafts(folder->path), 0);
    while (read(told, digest, sizeof digest) == sizeof digest) {
        expect_ok(yx_blob_fetch(desk.blobs, digest, &fd, &err), &err);
        close(fd);
    }
}

static void check_all(const struct folder *folder, bool with_key)
{
    YX_CLEAN(blob_desk) struct blob_desk desk;
    struct yx_error err;
    char command[400], name[300];
    unsigned count = 0;
    FILE *files;

    blob_desk_make(&desk, folder->path, with_key);
    (void)snprintf(command, sizeof command,
                   "cd %s/blobs && ls -d [0-9a-f]*/* | grep -v incoming | tr -d /", folder->path);
    files = popen(command, "r");
    while (fgets(name, sizeof name, files) != NULL) {
        YX_CLEAN(yx_buf) struct yx_buf digest = {0};
        int fd;
        expect_ok(yx_hex_decode(YX_BYTES(name, YX_BLOB_HEX - 1), &digest, &err), &err);
        expect_ok(yx_blob_fetch(desk.blobs, digest.data, &fd, &err), &err);
        close(fd);
        count++;
    }
    assert_int_equal(pclose(files), 0);
    assert_true(count > 0);
}

static void kill_rounds(bool with_key)
{
    struct folder folder;

    folder_make(&folder);
    for (unsigned round = 0; round < ROUNDS; round++) {
        int told[2];
        pid_t child;

        assert_int_equal(pipe(told), 0);
        child = fork();
        if (child == 0) {
            close(told[0]);
            write_until_killed(&folder, with_key, round * 1000, told[1]);
        }
        close(told[1]);
        (void)nanosleep(&(struct timespec){0, 5000000 + round * 1370000}, NULL);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, NULL, 0), child);
        check_after_kill(&folder, with_key, told[0]);
        close(told[0]);
    }
    check_all(&folder, with_key);
    folder_remove(&folder);
}

static void a_killed_writer(void **state)
{
    (void)state;
    kill_rounds(false);
    kill_rounds(true);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_leaves_nothing_behind),
        cmocka_unit_test(a_killed_writer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
