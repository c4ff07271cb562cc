/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "support.h"

static char folder[] = "/tmp/yinxin-test-io-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static const char *inside(char out[200], const char *name)
{
    snprintf(out, 200, "%s/%s", folder, name);
    return out;
}

static unsigned entries(void)
{
    unsigned count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        count += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
    closedir(dir);
    return count;
}

static void a_file_appears_at_commit_only(void **state)
{
    (void)state;
    struct yx_error err;
    char path[200];
    inside(path, "whole");
    unsigned before = entries();
    struct yx_sink *sink;
    expect_ok(yx_sink_file(path, false, &sink, &err), &err);
    expect_ok(yx_sink_write(sink, YX_TEXT("hello "), &err), &err);
    assert_int_not_equal(access(path, F_OK), 0);
    struct yx_source *source;
    expect_ok(yx_sink_reread(sink, &source, &err), &err);
    assert_int_equal(yx_source_size(source), 6);
    yx_source_free(source);
    expect_ok(yx_sink_commit(sink, &err), &err);
    yx_sink_free(sink);
    YX_CLEAN(yx_buf) struct yx_buf back = {0};
    expect_ok(yx_file_read(path, 100, &back, &err), &err);
    assert_true(yx_bytes_are(yx_buf_bytes(&back), "hello "));
    assert_int_equal(entries(), before + 1);
}

static void without_commit_nothing_stays(void **state)
{
    (void)state;
    struct yx_error err;
    char path[200];
    unsigned before = entries();
    struct yx_sink *sink;
    expect_ok(yx_sink_file(inside(path, "gone"), false, &sink, &err), &err);
    expect_ok(yx_sink_write(sink, YX_TEXT("x"), &err), &err);
    yx_sink_free(sink);
    assert_int_equal(entries(), before);
}

static void secrets_are_for_the_owner(void **state)
{
    (void)state;
    struct yx_error err;
    char path[200];
    expect_ok(yx_file_write(inside(path, "key"), true, YX_TEXT("k"), &err), &err);
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    mode_t mask = umask(027);
    expect_ok(yx_file_write(inside(path, "open"), false, YX_TEXT("k"), &err), &err);
    umask(mask);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0640);
}

static void refusals_name_the_file(void **state)
{
    (void)state;
    struct yx_error err;
    struct yx_source *source;
    struct yx_sink *sink;
    char path[200];
    expect_status(yx_source_open(inside(path, "missing"), &source, &err), YX_NO_INPUT, &err);
    char words[600];
    yx_message_render(&err.message, NULL, words, sizeof words);
    assert_non_null(strstr(words, "missing"));
    expect_status(yx_source_open(folder, &source, &err), YX_NO_INPUT, &err);
    expect_status(yx_sink_file(inside(path, "no/such/folder"), false, &sink, &err), YX_NO_OUTPUT,
                  &err);
    expect_status(yx_sink_file(folder, false, &sink, &err), YX_NO_OUTPUT, &err);
    expect_status(yx_sink_file("/dev/null", false, &sink, &err), YX_NO_OUTPUT, &err);
    assert_int_equal(mkfifo(inside(path, "fifo"), 0600), 0);
    expect_status(yx_source_open(path, &source, &err), YX_NO_INPUT, &err);
}

/* A full disk, played by a file size limit: an I/O error, and nothing under any name. */
static void a_full_disk_leaves_nothing(void **state)
{
    (void)state;
    unsigned before = entries();
    pid_t child = fork();
    if (child == 0) {
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){1000, 1000});
        char path[200];
        static uint8_t content[5000];
        yx_status status =
            yx_file_write(inside(path, "full"), false, YX_BYTES(content, 5000), NULL);
        _exit(status);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(WEXITSTATUS(status), YX_IO);
    assert_int_equal(entries(), before);
}

static void reading_stays_inside(void **state)
{
    (void)state;
    struct yx_error err;
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    expect_ok(yx_source_borrow(YX_TEXT("0123456789"), &source, &err), &err);
    char out[11] = "";
    expect_ok(yx_source_read(source, 7, out, 3, &err), &err);
    assert_string_equal(out, "789");
    expect_status(yx_source_read(source, 8, out, 3, &err), YX_DAMAGED, &err);
    expect_status(yx_source_read(source, UINT64_MAX, out, 2, &err), YX_DAMAGED, &err);
    YX_CLEAN(yx_buf) struct yx_buf all = {0};
    expect_status(yx_source_read_all(source, 9, &all, &err), YX_DAMAGED, &err);
}

/* From memory a view, from a file a copy; both within the source. */
static void pieces_are_views_or_copies(void **state)
{
    (void)state;
    struct yx_error err;
    char path[200];
    struct yx_bytes text = YX_TEXT("0123456789"), piece;
    YX_CLEAN(yx_buf) struct yx_buf room = {0};
    YX_CLEAN(yx_source) struct yx_source *memory = NULL;
    YX_CLEAN(yx_source) struct yx_source *file = NULL;
    expect_ok(yx_file_write(inside(path, "pieces"), false, text, &err), &err);
    expect_ok(yx_source_borrow(text, &memory, &err), &err);
    expect_ok(yx_source_open(path, &file, &err), &err);
    expect_ok(yx_source_piece(memory, 2, 3, &room, &piece, &err), &err);
    assert_ptr_equal(piece.data, text.data + 2);
    assert_true(yx_bytes_are(piece, "234"));
    expect_ok(yx_source_piece(file, 7, 3, &room, &piece, &err), &err);
    assert_ptr_equal(piece.data, room.data);
    assert_true(yx_bytes_are(piece, "789"));
    expect_status(yx_source_piece(memory, 8, 3, &room, &piece, &err), YX_DAMAGED, &err);
    expect_status(yx_source_piece(file, 8, 3, &room, &piece, &err), YX_DAMAGED, &err);
    expect_status(yx_source_piece(memory, UINT64_MAX, 2, &room, &piece, &err), YX_DAMAGED, &err);
}

static void a_file_that_shrinks_is_noticed(void **state)
{
    (void)state;
    struct yx_error err;
    char path[200];
    expect_ok(yx_file_write(inside(path, "shrinks"), false, YX_TEXT("0123456789"), &err), &err);
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    expect_ok(yx_source_open(path, &source, &err), &err);
    assert_int_equal(truncate(path, 4), 0);
    char out[10];
    expect_status(yx_source_read(source, 0, out, 10, &err), YX_IO, &err);
}

static void a_memory_sink_appends(void **state)
{
    (void)state;
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf buf = {0};
    assert_int_equal(yx_buf_append_text(&buf, "before:"), YX_OK);
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    expect_ok(yx_sink_memory(&buf, &sink, &err), &err);
    expect_ok(yx_sink_write(sink, YX_TEXT("content"), &err), &err);
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    expect_ok(yx_sink_reread(sink, &source, &err), &err);
    char out[8] = "";
    expect_ok(yx_source_read(source, 0, out, 7, &err), &err);
    assert_string_equal(out, "content");
    expect_ok(yx_sink_commit(sink, &err), &err);
    assert_true(yx_bytes_are(yx_buf_bytes(&buf), "before:content"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_appears_at_commit_only),
        cmocka_unit_test(without_commit_nothing_stays),
        cmocka_unit_test(secrets_are_for_the_owner),
        cmocka_unit_test(refusals_name_the_file),
        cmocka_unit_test(a_full_disk_leaves_nothing),
        cmocka_unit_test(reading_stays_inside),
        cmocka_unit_test(pieces_are_views_or_copies),
        cmocka_unit_test(a_file_that_shrinks_is_noticed),
        cmocka_unit_test(a_memory_sink_appends),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
