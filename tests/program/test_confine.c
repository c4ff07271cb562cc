/* SPDX-License-Identifier: Apache-2.0 */
/* test_confine.c - what a child cannot do, tried by child.c for real. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "hostile.h"
#include "tools.h"

static bool has_landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

static struct yx_source *document(struct yx_bytes bytes)
{
    struct yx_source *source = NULL;
    struct yx_error err;

    expect_ok(yx_source_borrow(bytes, &source, &err), &err);
    return source;
}

/* What no reader of documents does: ended at the first try, and the sentence says so. */
static void attacks(void **state)
{
    static const char *const tried[] = {
        "socket", "unix socket",     "fork",  "exec", "ptrace", "execute a descriptor",
        "kill",   "read the parent", "mount", "bpf",  "keys",   "ring"};
    YX_CLEAN(yx_source) struct yx_source *source = document(YX_TEXT("document"));

    (void)state;
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
        YX_CLEAN(outcome) struct outcome outcome;

        hostile_run(tried[i], NULL, source, &outcome);
        if (outcome.status != YX_DAMAGED ||
            strstr(outcome.words, "tried what no reader of a document needs to do") == NULL)
            fail_msg("%s: %d, %s", tried[i], (int)outcome.status, outcome.words);
        assert_int_equal(outcome.printed.len, 0);
    }
}

static void expect_refused(const char *what, const char *argument, const struct yx_source *source,
                           int why)
{
    YX_CLEAN(outcome) struct outcome outcome;

    hostile_run(what, argument, source, &outcome);
    if (outcome.status != YX_OK)
        fail_msg("%s: %s", what, outcome.words);
    assert_int_equal(yx_buf_append(&outcome.printed, YX_BYTES("", 1)), YX_OK);
    if (strncmp((char *)outcome.printed.data, strerror(why), strlen(strerror(why))) != 0)
        fail_msg("%s %s: %s", what, argument, (char *)outcome.printed.data);
}

/* What a reader may ask for by mistake, and does not get. */
static void what_does_not_exist(void **state)
{
    static const char secret[] = "what stands here stays here";
    struct folder folder;
    char path[256], fresh[256];
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_buf) struct yx_buf now = {0};
    struct yx_error err;

    (void)state;
    folder_make(&folder);
    folder_write(&folder, "secret", YX_TEXT(secret));
    (void)snprintf(path, sizeof path, "%s/secret", folder.path);
    (void)snprintf(fresh, sizeof fresh, "%s/fresh", folder.path);
    expect_ok(yx_source_open(path, &source, &err), &err);
    expect_refused("thread", NULL, source, ENOSYS);
    expect_refused("write", path, source, ENOSYS);
    expect_refused("write", fresh, source, ENOSYS);
    expect_refused("truncate", path, source, ENOSYS);
    expect_refused("remove", path, source, ENOSYS);
    expect_refused("write the document", NULL, source, EBADF);
    expect_refused("code", NULL, source, ENOSYS);
    expect_refused("limit", NULL, source, ENOSYS);
    folder_read(&folder, "secret", &now);
    assert_true(yx_bytes_are(yx_buf_bytes(&now), secret));
    assert_int_not_equal(access(fresh, F_OK), 0);
    folder_remove(&folder);
}

/* Other people's files, where the kernel has Landlock. */
static void files(void **state)
{
    YX_CLEAN(yx_source) struct yx_source *source = document(YX_TEXT("document"));
    struct folder folder;
    char path[256];

    (void)state;
    if (!has_landlock()) {
        print_message("skipped: this kernel has no Landlock\n");
        skip();
    }
    folder_make(&folder);
    folder_write(&folder, "secret", YX_TEXT("secret"));
    (void)snprintf(path, sizeof path, "%s/secret", folder.path);
    expect_refused("read", path, source, EACCES);
    expect_refused("read", "/etc/passwd", source, EACCES);
    expect_refused("read", "/proc/self/environ", source, EACCES);
    expect_refused("list", folder.path, source, EACCES);
    expect_refused("list", "/", source, EACCES);
    expect_refused("list", "/home", source, EACCES);
    folder_remove(&folder);
}

static void expect_sentence(const char *what, const char *words)
{
    YX_CLEAN(yx_source) struct yx_source *source = document(YX_TEXT("document"));
    YX_CLEAN(outcome) struct outcome outcome;

    hostile_run(what, NULL, source, &outcome);
    if (outcome.status != YX_DAMAGED || strstr(outcome.words, words) == NULL)
        fail_msg("%s: %d, %s", what, (int)outcome.status, outcome.words);
}

static void too_much(void **state)
{
    YX_CLEAN(yx_source) struct yx_source *source = document(YX_TEXT("document"));
    YX_CLEAN(outcome) struct outcome outcome;

    (void)state;
    expect_sentence("wait", "did not finish with the document within 1 seconds");
    expect_sentence("compute", "within 1 seconds");
    expect_sentence("print", "finds more than 1000 bytes");
    expect_sentence("fall", "was ended by the signal");
    expect_sentence("fail", "cannot read the document (exit code 3)");
    hostile_run("memory", NULL, source, &outcome);
    if (outcome.status != YX_OK)
        fail_msg("memory: %s", outcome.words);
    assert_int_equal(yx_buf_append(&outcome.printed, YX_BYTES("", 1)), YX_OK);
    /* Of the 64 MB that it may have. */
    assert_in_range(atoi((char *)outcome.printed.data), 8, 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attacks),
        cmocka_unit_test(what_does_not_exist),
        cmocka_unit_test(files),
        cmocka_unit_test(too_much),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
