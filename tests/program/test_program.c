/* SPDX-License-Identifier: Apache-2.0 */
/* test_program.c - what a child is given: the document, and a place of its own; programs that are
 * not there; and a confinement that cannot be had. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "hostile.h"
#include "tools.h"

static const char letter[] = "the document, word for word";

static void expect_document(const struct yx_source *source)
{
    YX_CLEAN(outcome) struct outcome outcome;

    hostile_run("document", NULL, source, &outcome);
    if (outcome.status != YX_OK)
        fail_msg("%s", outcome.words);
    assert_true(yx_bytes_are(yx_buf_bytes(&outcome.printed), letter));
}

static void document_in_memory_and_in_a_file(void **state)
{
    YX_CLEAN(yx_source) struct yx_source *memory = NULL;
    YX_CLEAN(yx_source) struct yx_source *file = NULL;
    struct folder folder;
    struct yx_error err;
    char path[256];

    (void)state;
    folder_make(&folder);
    folder_write(&folder, "letter", YX_TEXT(letter));
    (void)snprintf(path, sizeof path, "%s/letter", folder.path);
    expect_ok(yx_source_borrow(YX_TEXT(letter), &memory, &err), &err);
    expect_ok(yx_source_open(path, &file, &err), &err);
    expect_document(memory);
    expect_document(file);
    folder_remove(&folder);
}

/* One variable and three descriptors, whatever stands open here. */
static void a_place_of_its_own(void **state)
{
    static const char wanted[] = "LC_ALL=C.UTF-8\ndescriptor 0\ndescriptor 1\ndescriptor 2\n";
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(outcome) struct outcome outcome;
    struct yx_error err;
    int low = open("/dev/null", O_RDONLY), high = fcntl(low, F_DUPFD, 500);

    (void)state;
    assert_true(low >= 0 && high >= 0);
    expect_ok(yx_source_borrow(YX_TEXT(letter), &source, &err), &err);
    hostile_run("look", NULL, source, &outcome);
    (void)close(low);
    (void)close(high);
    assert_int_equal(outcome.status, YX_OK);
    if (!yx_bytes_are(yx_buf_bytes(&outcome.printed), wanted))
        fail_msg("%.*s", (int)outcome.printed.len, outcome.printed.data);
}

static yx_status run(const char *name, char words[600])
{
    const char *const arguments[] = {name, NULL};
    const struct yx_program program = {
        .arguments = arguments,
        .package = "no-such-package",
        .output_max = 1000,
        .seconds = 5,
        .memory_max = 64u << 20,
    };
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_error err = {0};
    yx_status status;

    expect_ok(yx_source_borrow(YX_TEXT(letter), &source, &err), &err);
    status = yx_program_run(&program, source, &out, &err);
    yx_message_render(&err.message, NULL, words, 600);
    return status;
}

static void expect_run(const char *name, yx_status status, const char *sentence)
{
    char words[600];
    yx_status got = run(name, words);

    if (got != status || (got != YX_OK && strstr(words, sentence) == NULL))
        fail_msg("%s: %d, %s", name, (int)got, words);
}

/* Looked up in PATH: folders and files that nobody may execute are passed over, and the current
 * folder is never looked into. */
static void programs_that_are_not_there(void **state)
{
    static const char missing[] = "is not installed; it comes with the package no-such-package";
    char *before = strdup(getenv("PATH"));
    struct folder folder;
    char path[512];

    (void)state;
    folder_make(&folder);
    expect_tool(&folder,
                "mkdir a b && mkdir a/yx-true && echo no > b/yx-true && ln -s /bin/true yx-here");
    (void)snprintf(path, sizeof path, "::%s/a:%s/b:.", folder.path, folder.path);
    assert_int_equal(setenv("PATH", path, 1), 0);
    expect_run("yx-true", YX_REFUSED, missing);
    expect_run("no-such-program", YX_REFUSED, missing);
    assert_int_equal(chdir(folder.path), 0);
    expect_run("yx-here", YX_REFUSED, missing);
    (void)snprintf(path, sizeof path, "%s/b:%s", folder.path, folder.path);
    assert_int_equal(setenv("PATH", path, 1), 0);
    expect_run("yx-here", YX_OK, "");
    assert_int_equal(setenv("PATH", before, 1), 0);
    assert_int_equal(chdir("/"), 0);
    free(before);
    folder_remove(&folder);
}

/* Executable, and yet no program. */
static void what_is_no_program(void **state)
{
    struct folder folder;
    char path[256];

    (void)state;
    folder_make(&folder);
    folder_write(&folder, "text", YX_TEXT("nothing to execute"));
    (void)snprintf(path, sizeof path, "%s/text", folder.path);
    assert_int_equal(chmod(path, 0700), 0);
    expect_run(path, YX_INTERNAL, "cannot be started: Exec format error");
    folder_remove(&folder);
}

/* From here on this process, and all that it starts, gets no filter of its own. */
static void refuse_filters(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof code / sizeof *code, code};

    assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0), 0);
}

/* The last test: where the system around us refuses the filter, nothing is started. */
static void without_a_filter_nothing_runs(void **state)
{
    (void)state;
    refuse_filters();
    expect_run("true", YX_INTERNAL, "cannot be confined, and so is not started");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(document_in_memory_and_in_a_file), cmocka_unit_test(a_place_of_its_own),
        cmocka_unit_test(programs_that_are_not_there),      cmocka_unit_test(what_is_no_program),
        cmocka_unit_test(without_a_filter_nothing_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
