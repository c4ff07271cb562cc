/* SPDX-License-Identifier: Apache-2.0 */
/* test_sandbox.c - what each kind of process can do and what ends it, tried for real. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "sandbox/sandbox.h"

#define CANNOT_ENTER 100

/* --- Things to try: each returns 0 or an errno --------------------------------------------------
 */

static char folder[64];

static int end_of(bool ok)
{
    return ok ? 0 : errno;
}

static int try_socket(void)
{
    return end_of(socket(AF_INET, SOCK_STREAM, 0) >= 0);
}

static int try_raw_socket(void)
{
    return end_of(socket(AF_PACKET, SOCK_RAW, 0) >= 0);
}

static int try_fork(void)
{
    pid_t child = fork();

    if (child == 0)
        _exit(0);
    return end_of(child > 0);
}

static int try_exec(void)
{
    char *arguments[] = {NULL};

    (void)execve("/bin/true", arguments, arguments);
    return errno;
}

static int try_ptrace(void)
{
    return end_of(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
}

static int try_kill(void)
{
    return end_of(kill(getppid(), 0) == 0);
}

static int try_mount(void)
{
    return end_of(mount("none", "/", "tmpfs", 0, NULL) == 0);
}

static int try_bpf(void)
{
    return end_of(syscall(SYS_bpf, 0, NULL, 0) == 0);
}

static int try_ring(void)
{
    return end_of(syscall(SYS_io_uring_setup, 1, NULL) == 0);
}

static int try_setuid(void)
{
    return end_of(setuid(getuid()) == 0);
}

static int try_unknown(void)
{
    return end_of(syscall(SYS_acct, NULL) == 0);
}

static int try_code(void)
{
    return end_of(mmap(NULL, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
                  MAP_FAILED);
}

static int try_memory(void)
{
    return end_of(mmap(NULL, 4096, PROT_WRITE | PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
                  MAP_FAILED);
}

static void *nothing(void *argument)
{
    return argument;
}

static int try_thread(void)
{
    pthread_t thread;
    int result = pthread_create(&thread, NULL, nothing, NULL);

    return result == 0 ? pthread_join(thread, NULL) : result;
}

static int open_in(const char *name, int flags)
{
    char path[100];
    int fd;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    fd = open(path, flags | O_CLOEXEC, 0600);
    return end_of(fd >= 0);
}

static int try_read_given(void)
{
    return open_in("given/file", O_RDONLY);
}

static int try_write_given(void)
{
    return open_in("given/file", O_RDWR);
}

static int try_make_given(void)
{
    return open_in("given/new", O_RDWR | O_CREAT);
}

static int try_read_shown(void)
{
    return open_in("shown/file", O_RDONLY);
}

static int try_write_shown(void)
{
    return open_in("shown/file", O_RDWR);
}

static int try_read_keys(void)
{
    return open_in("keys/file", O_RDONLY);
}

static int try_limit(void)
{
    struct rlimit limit = {10, 10};

    return end_of(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

static int try_message(void)
{
    char byte = 'x';
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0)
        return errno;
    struct iovec piece = {&byte, 1};
    struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1};
    return end_of(sendmsg(pair[0], &header, MSG_NOSIGNAL) == 1 &&
                  recvmsg(pair[1], &header, 0) == 1);
}

static int is_it_closed_in(void)
{
    int rights = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);

    if (rights < 0)
        return errno; /* the filter works at least */
    return rights == 1 && prctl(PR_GET_DUMPABLE) == 0 ? 0 : EPERM;
}

/* --- Trying ------------------------------------------------------------------------------------
 */

/* How a child that went in and tried it ended: 0 or the errno, or minus the signal. */
static int outcome(enum yx_sandbox_kind kind, int (*attempt)(void))
{
    char given[80], shown[80];
    pid_t child;
    int status = 0;

    (void)snprintf(given, sizeof given, "%s/given", folder);
    (void)snprintf(shown, sizeof shown, "%s/shown", folder);
    child = fork();
    if (child == 0) {
        const struct yx_sandbox_path paths[] = {
            {given, true}, {shown, false}, {"/not/there", false}};
        const struct yx_sandbox sandbox = {.kind = kind, .paths = paths, .path_count = 3};

        if (yx_sandbox_enter(&sandbox, NULL, NULL) != YX_OK)
            _exit(CANNOT_ENTER);
        _exit(attempt());
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

#define ATTACK (-SIGSYS)

/* REQ: SEC-24 */
static void test_calls(void **state)
{
    static const struct {
        const char *what;
        int (*attempt)(void);
        int outcomes[YX_SANDBOX_KINDS]; /* in the order of the kinds */
    } cases[] = {
        {"closed in", is_it_closed_in, {0, ENOSYS, 0, 0, ENOSYS, ENOSYS}},
        {"message", try_message, {0, 0, 0, 0, 0, 0}},
        {"memory", try_memory, {0, 0, 0, 0, 0, 0}},
        {"thread", try_thread, {0, 0, 0, 0, 0, 0}},
        {"socket", try_socket, {0, ATTACK, 0, ATTACK, ATTACK, 0}},
        {"raw socket", try_raw_socket, {-1, ATTACK, -1, ATTACK, ATTACK, ENOSYS}},
        {"fork", try_fork, {0, ATTACK, 0, 0, ATTACK, ATTACK}},
        {"exec", try_exec, {0, ATTACK, 0, ATTACK, ATTACK, ATTACK}},
        {"kill", try_kill, {0, ATTACK, 0, 0, ATTACK, ATTACK}},
        {"ptrace", try_ptrace, {ATTACK, ATTACK, ATTACK, ATTACK, ATTACK, ATTACK}},
        {"mount", try_mount, {ATTACK, ATTACK, ATTACK, ATTACK, ATTACK, ATTACK}},
        {"bpf", try_bpf, {ATTACK, ATTACK, ATTACK, ATTACK, ATTACK, ATTACK}},
        {"io_uring", try_ring, {ATTACK, ATTACK, ATTACK, ATTACK, ATTACK, ATTACK}},
        {"setuid", try_setuid, {0, ATTACK, 0, ATTACK, ATTACK, ATTACK}},
        {"a call that nobody needs", try_unknown, {-1, ENOSYS, -1, ENOSYS, ENOSYS, ENOSYS}},
        {"writable code", try_code, {0, ENOSYS, 0, ENOSYS, ENOSYS, ENOSYS}},
        {"a limit", try_limit, {0, ENOSYS, 0, 0, ENOSYS, ENOSYS}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int kind = 0; kind < YX_SANDBOX_KINDS; kind++) {
            int got = outcome((enum yx_sandbox_kind)kind, cases[i].attempt);

            /* -1: whatever the machine says to root or others. */
            if (got != cases[i].outcomes[kind] && cases[i].outcomes[kind] != -1)
                fail_msg("%s, kind %d: %d instead of %d", cases[i].what, kind, got,
                         cases[i].outcomes[kind]);
        }
}

/* REQ: SEC-24 */
static void test_files(void **state)
{
    static const struct {
        const char *what;
        int (*attempt)(void);
        int keeper, page, web;
    } cases[] = {
        {"read what is given", try_read_given, 0, ENOSYS, 0},
        {"write what is given", try_write_given, 0, ENOSYS, 0},
        {"make a file where it may", try_make_given, 0, ENOSYS, 0},
        {"read what is shown", try_read_shown, 0, ENOSYS, 0},
        {"write what is shown", try_write_shown, EACCES, ENOSYS, EACCES},
        {"read what is not named", try_read_keys, EACCES, ENOSYS, EACCES},
    };

    (void)state;
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 1)
        skip();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const int got[] = {outcome(YX_SANDBOX_KEEPER, cases[i].attempt),
                           outcome(YX_SANDBOX_PAGE, cases[i].attempt),
                           outcome(YX_SANDBOX_WEB, cases[i].attempt)};

        if (got[0] != cases[i].keeper || got[1] != cases[i].page || got[2] != cases[i].web)
            fail_msg("%s: keeper %d, page %d, web %d", cases[i].what, got[0], got[1], got[2]);
    }
}

static void test_nobody_of_that_name(void **state)
{
    struct yx_error err;

    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(yx_sandbox_become("no-such-user", &err), YX_USAGE);
}

static void test_another_user(void **state)
{
    pid_t child = fork();
    int status = 0;

    (void)state;
    if (child == 0) {
        bool same = geteuid() != 0;

        if (yx_sandbox_become("nobody", NULL) != YX_OK)
            _exit(1);
        _exit(same || (geteuid() != 0 && getegid() != 0 && setuid(0) != 0) ? 0 : 2);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static int make_files(void **state)
{
    static const char *const names[] = {"given", "shown", "keys"};
    char path[100];

    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/yx-sandbox-XXXXXX");
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < 3; i++) {
        int fd;

        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        assert_int_equal(mkdir(path, 0700), 0);
        (void)snprintf(path, sizeof path, "%s/%s/file", folder, names[i]);
        fd = open(path, O_WRONLY | O_CREAT, 0600);
        assert_true(fd >= 0);
        (void)close(fd);
    }
    return 0;
}

static int remove_files(void **state)
{
    char command[100];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_nobody_of_that_name),
        cmocka_unit_test(test_another_user),
    };

    return cmocka_run_group_tests(tests, make_files, remove_files);
}
