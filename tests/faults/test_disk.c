/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_disk.c - disks that are full, folders that refuse, processes that are killed: an output
 * appears whole or not at all, and the input is never touched. OFD and PDF alike.
 *
 * The tests may run as root, whom permissions do not stop; so a full disk is a file size limit,
 * and a folder that refuses is a path through a regular file.
 */
#include "support.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "document/document.h"
#include "fixture.h"
#include "pdf_odd.h"

static struct fixture fixture;
static struct yx_buf paper;
static size_t sealed_size;
static char folder[64], in_path[128], out_path[128];

static const struct yx_placement corner = {.kind = YX_PLACE_POINT};

/* --- Helpers ------------------------------------------------------------------------------ */

static yx_status seal_file(const char *in, const char *out, const struct yx_progress *progress,
                           struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_document) struct yx_document *document = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_sign_request request = {
        .seal = yx_buf_bytes(&fixture.seal),
        .signer = fixture.pki.holder.cert,
        .placements = &corner,
        .placement_count = 1,
    };
    if (progress != NULL)
        request.progress = *progress;
    struct yx_signer signer = pki_signer(&fixture.pki.holder);
    YX_TRY(yx_source_open(in, &source, err));
    YX_TRY(yx_document_open(source, 0, &document, err));
    YX_TRY(yx_sink_file(out, false, &sink, err));
    YX_TRY(yx_document_sign(document, &request, &signer, sink, err));
    return yx_sink_commit(sink, err);
}

static bool file_is(const char *path, struct yx_bytes expected)
{
    YX_CLEAN(yx_buf) struct yx_buf now = {0};
    return yx_file_read(path, 1u << 28, &now, NULL) == YX_OK &&
           yx_bytes_equal(yx_buf_bytes(&now), expected);
}

static unsigned files_in_folder(void)
{
    unsigned count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
        count += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
    closedir(dir);
    return count;
}

static void empty_folder(void)
{
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.' || strlen(entry->d_name) > 2)
            remove(path);
    }
    closedir(dir);
}

/* Runs `body` in a child of its own, so that limits and signals hurt nobody else. */
static int in_child(int (*body)(const void *self), const void *self)
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(body(self));
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

/* --- A full disk -------------------------------------------------------------------------- */

/* Exit code of the child: the yx_status, plus 100 when something was left behind. */
static int seal_with_limit(const void *self)
{
    rlim_t limit = *(const rlim_t *)self;
    struct rlimit size = {.rlim_cur = limit, .rlim_max = limit};
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &size) != 0)
        return 99;
    struct yx_error err = {0};
    yx_status status = seal_file(in_path, out_path, NULL, &err);
    return (int)status + (files_in_folder() == 1 ? 0 : 100);
}

static void a_full_disk_leaves_nothing(void **state)
{
    (void)state;
    /* Two runs differ by some bytes: the signature value is not of one length. */
    rlim_t limits[] = {0, 1, 512, 4096, sealed_size / 2, sealed_size - 100};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        int status = in_child(seal_with_limit, &limits[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), YX_IO);
        assert_true(file_is(in_path, yx_buf_bytes(&paper)));
        assert_int_not_equal(access(out_path, F_OK), 0);
    }
}

static void a_full_disk_keeps_the_older_output(void **state)
{
    (void)state;
    struct yx_bytes older = YX_TEXT("older");
    struct yx_error err = {0};
    expect_ok(yx_file_write(out_path, false, older, &err), &err);
    rlim_t limit = sealed_size / 2;
    int status = in_child(seal_with_limit, &limit);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), YX_IO + 100); /* the older output is there too */
    assert_int_equal(files_in_folder(), 2);
    assert_true(file_is(out_path, older));
    assert_true(file_is(in_path, yx_buf_bytes(&paper)));
}

/* --- Outputs that cannot be --------------------------------------------------------------- */

static void outputs_that_cannot_be(void **state)
{
    (void)state;
    char under_file[256], nowhere[256];
    snprintf(under_file, sizeof under_file, "%s/out.document", in_path);
    snprintf(nowhere, sizeof nowhere, "%s/no/such/folder/out.document", folder);
    const char *paths[] = {under_file,  nowhere,     folder,
                           "/dev/full", "/dev/null", "/proc/out.document"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct yx_error err = {0};
        expect_status(seal_file(in_path, paths[i], NULL, &err), YX_NO_OUTPUT, &err);
        char words[600];
        yx_message_render(&err.message, NULL, words, sizeof words);
        assert_non_null(strstr(words, paths[i])); /* the path stands in the sentence */
    }
    assert_int_equal(files_in_folder(), 1);
    assert_true(file_is(in_path, yx_buf_bytes(&paper)));
}

static void inputs_that_cannot_be(void **state)
{
    (void)state;
    char nowhere[256];
    snprintf(nowhere, sizeof nowhere, "%s/missing.ofd", folder);
    const char *paths[] = {nowhere, folder, "/dev/zero"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct yx_error err = {0};
        expect_status(seal_file(paths[i], out_path, NULL, &err), YX_NO_INPUT, &err);
        assert_int_equal(files_in_folder(), 1);
    }
}

/* --- An input that shrinks under our hands ------------------------------------------------ */

static void shrink(void *self, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    assert_int_equal(truncate(self, (off_t)paper.len / 2), 0);
}

/* A PDF begins with the one that was signed. */
static void expect_signed_paper(void)
{
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_error err;
    expect_ok(yx_file_read(out_path, 1u << 28, &out, &err), &err);
    assert_true(out.len > paper.len);
    assert_memory_equal(out.data, paper.data, paper.len);
}

/* A small PDF is read at once: then what was there is signed, and whole. */
static void an_input_that_shrinks(void **state)
{
    (void)state;
    struct yx_progress progress = {.tell = shrink, .self = in_path};
    struct yx_error err = {0};
    yx_status status = seal_file(in_path, out_path, &progress, &err);
    if (status == YX_OK && memcmp(paper.data, "%PDF-", 5) == 0) {
        expect_signed_paper();
        return;
    }
    assert_true(status == YX_DAMAGED || status == YX_IO || status == YX_REFUSED);
    assert_int_not_equal(access(out_path, F_OK), 0);
    assert_int_equal(files_in_folder(), 1);
}

/* --- A process that is killed ------------------------------------------------------------- */

struct killer {
    unsigned calls_left;
};

static void kill_after_some_calls(void *self, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    struct killer *killer = self;
    if (--killer->calls_left == 0)
        raise(SIGKILL);
}

static int seal_until_killed(const void *self)
{
    struct killer killer = *(const struct killer *)self;
    struct yx_progress progress = {.tell = kill_after_some_calls, .self = &killer};
    struct yx_error err = {0};
    return seal_file(in_path, out_path, &progress, &err);
}

static void a_killed_process_leaves_no_output(void **state)
{
    (void)state;
    struct yx_bytes older = YX_TEXT("older");
    struct yx_error err = {0};
    unsigned killed = 0;
    for (struct killer killer = {1}; killer.calls_left < 200; killer.calls_left++) {
        expect_ok(yx_file_write(out_path, false, older, &err), &err);
        int status = in_child(seal_until_killed, &killer);
        assert_true(file_is(in_path, yx_buf_bytes(&paper)));
        if (WIFEXITED(status)) {
            assert_int_equal(WEXITSTATUS(status), YX_OK);
            break;
        }
        assert_int_equal(WTERMSIG(status), SIGKILL);
        assert_true(file_is(out_path, older));
        killed++;
    }
    assert_true(killed >= 3); /* otherwise nothing was tried */
}

/* --- Frame -------------------------------------------------------------------------------- */

static int fresh_folder(void **state)
{
    (void)state;
    empty_folder();
    struct yx_error err = {0};
    expect_ok(yx_file_write(in_path, false, yx_buf_bytes(&paper), &err), &err);
    return 0;
}

/* A part large enough that reading and writing take several steps. */
static yx_status write_paper(struct yx_error *err)
{
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    YX_CLEAN(yx_buf) struct yx_buf noise = {0};
    if (yx_buf_reserve(&noise, 4u << 20) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_random(noise.data, 4u << 20, err));
    noise.len = 4u << 20;
    struct yx_zip_part part = {YX_TEXT("Doc_0/Res/noise.bin"), yx_buf_bytes(&noise)};
    YX_TRY(yx_sink_memory(&paper, &sink, err));
    return fixture_paper(2, &part, 1, sink, err);
}

/* Folder, papers and the size of what is made of them. */
static int open_folder(void **state)
{
    struct yx_error err = {0};
    expect_ok(fixture_open(&fixture, pki_picture(), &err), &err);
    snprintf(folder, sizeof folder, "/tmp/yinxin-disk-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(in_path, sizeof in_path, "%s/in.document", folder);
    snprintf(out_path, sizeof out_path, "%s/out.document", folder);
    fresh_folder(state);
    expect_ok(seal_file(in_path, out_path, NULL, &err), &err);
    struct stat about;
    assert_int_equal(stat(out_path, &about), 0);
    sealed_size = (size_t)about.st_size;
    return 0;
}

static int set_up_ofd(void **state)
{
    struct yx_error err = {0};
    expect_ok(write_paper(&err), &err);
    return open_folder(state);
}

/* So many pages that reading and writing take several steps too. */
static int set_up_pdf(void **state)
{
    odd_make(&(struct odd_options){.pages = 8000}, &paper);
    return open_folder(state);
}

static int tear_down(void **state)
{
    (void)state;
    empty_folder();
    rmdir(folder);
    fixture_free(&fixture);
    yx_buf_free(&paper);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_full_disk_leaves_nothing, fresh_folder),
        cmocka_unit_test_setup(a_full_disk_keeps_the_older_output, fresh_folder),
        cmocka_unit_test_setup(outputs_that_cannot_be, fresh_folder),
        cmocka_unit_test_setup(inputs_that_cannot_be, fresh_folder),
        cmocka_unit_test_setup(an_input_that_shrinks, fresh_folder),
        cmocka_unit_test_setup(a_killed_process_leaves_no_output, fresh_folder),
    };
    int failed = cmocka_run_group_tests_name("OFD", tests, set_up_ofd, tear_down);
    return failed + cmocka_run_group_tests_name("PDF", tests, set_up_pdf, tear_down);
}
