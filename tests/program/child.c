/* SPDX-License-Identifier: Apache-2.0 */
/* child.c - a program as an attacker would have it: its first argument says what it tries, and it
 * prints what came of it. It stands beside the tests in the build folder. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

extern char **environ;

static const char *argument;

static void say(bool done)
{
    (void)printf("%s\n", done ? "done" : strerror(errno));
}

/* --- What only an attacker does ----------------------------------------------------------- */

static void open_socket(void)
{
    say(socket(AF_INET, SOCK_STREAM, 0) >= 0);
}

static void open_unix_socket(void)
{
    int pair[2];

    say(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
}

static void fork_bomb(void)
{
    for (;;)
        (void)fork();
}

static void become_a_shell(void)
{
    char *arguments[] = {(char[]){"sh"}, NULL};

    say(execve("/bin/sh", arguments, environ) == 0);
}

/* Whatever it opens has a lower number than the one that exec was allowed with. */
static void execute_a_descriptor(void)
{
    char *arguments[] = {(char[]){"sh"}, NULL};
    int shell = open("/bin/sh", O_RDONLY);

    (void)dup2(shell, 64);
    (void)execveat(64, "", arguments, environ, AT_EMPTY_PATH);
    say(execveat(shell, "", arguments, environ, AT_EMPTY_PATH) == 0);
}

static void trace_the_parent(void)
{
    say(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0);
}

static void read_the_parent(void)
{
    char byte;
    struct iovec here = {&byte, 1}, there = {&byte, 1};

    say(process_vm_readv(getppid(), &here, 1, &there, 1, 0) >= 0);
}

static void kill_the_parent(void)
{
    say(kill(getppid(), SIGTERM) == 0);
}

static void mount_something(void)
{
    say(mount("none", "/tmp", "tmpfs", 0, NULL) == 0);
}

static void load_bpf(void)
{
    say(syscall(SYS_bpf, BPF_PROG_LOAD, NULL, 0) >= 0);
}

static void read_keys(void)
{
    say(syscall(SYS_keyctl, 0, -3, 0) >= 0);
}

static void set_up_a_ring(void)
{
    char parameters[120] = {0};

    say(syscall(SYS_io_uring_setup, 4, parameters) >= 0);
}

/* --- What does not exist for it ----------------------------------------------------------- */

static void *idle(void *context)
{
    return context;
}

static void start_a_thread(void)
{
    pthread_t thread;

    errno = pthread_create(&thread, NULL, idle, NULL);
    say(errno == 0);
}

static void write_a_file(void)
{
    say(open(argument, O_WRONLY | O_CREAT, 0600) >= 0);
}

static void truncate_a_file(void)
{
    say(truncate(argument, 0) == 0);
}

static void remove_a_file(void)
{
    say(unlink(argument) == 0);
}

static void write_the_document(void)
{
    say(open("/proc/self/fd/0", O_RDWR) >= 0 || write(0, "!", 1) == 1);
}

static void read_a_file(void)
{
    char text[80];
    int fd = open(argument, O_RDONLY);

    say(fd >= 0 && read(fd, text, sizeof text) > 0);
}

static void list_a_folder(void)
{
    say(open(argument, O_RDONLY | O_DIRECTORY) >= 0);
}

static void make_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    say(mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
            MAP_FAILED ||
        mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0);
}

static void raise_a_limit(void)
{
    struct rlimit limit = {60, 60};

    say(setrlimit(RLIMIT_CPU, &limit) == 0);
}

/* --- Too much ----------------------------------------------------------------------------- */

static void eat_memory(void)
{
    size_t eaten = 0;
    volatile char *piece; /* a compiler leaves out memory that nobody looks at */

    while ((piece = malloc(1u << 20)) != NULL) {
        for (size_t i = 0; i < 1u << 20; i += 4096)
            piece[i] = 1;
        eaten++;
    }
    (void)printf("%zu\n", eaten);
}

static void compute_for_ever(void)
{
    for (volatile uint64_t n = 0;; n++)
        continue;
}

static void wait_for_ever(void)
{
    uint32_t word = 0;

    for (;;)
        (void)syscall(SYS_futex, &word, 0 /* FUTEX_WAIT */, 0, NULL, NULL, 0);
}

static void print_for_ever(void)
{
    for (;;)
        (void)fputs("and another line\n", stdout);
}

static void fall(void)
{
    __builtin_trap();
}

static void fail(void)
{
    exit(3);
}

/* --- What it is meant to do --------------------------------------------------------------- */

static void read_the_document(void)
{
    char text[80];
    int fd = open("/proc/self/fd/0", O_RDONLY);
    ssize_t len = read(fd, text, sizeof text);

    if (len >= 0)
        (void)fwrite(text, 1, (size_t)len, stdout);
}

/* What it finds itself in: variables and descriptors. */
static void look_around(void)
{
    for (char **variable = environ; *variable != NULL; variable++)
        (void)printf("%s\n", *variable);
    for (int fd = 0; fd < 2000; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            (void)printf("descriptor %d\n", fd);
}

static const struct {
    const char *name;
    void (*run)(void);
} tries[] = {
    {"socket", open_socket},
    {"unix socket", open_unix_socket},
    {"fork", fork_bomb},
    {"exec", become_a_shell},
    {"execute a descriptor", execute_a_descriptor},
    {"ptrace", trace_the_parent},
    {"read the parent", read_the_parent},
    {"kill", kill_the_parent},
    {"mount", mount_something},
    {"bpf", load_bpf},
    {"keys", read_keys},
    {"ring", set_up_a_ring},
    {"thread", start_a_thread},
    {"write", write_a_file},
    {"truncate", truncate_a_file},
    {"remove", remove_a_file},
    {"write the document", write_the_document},
    {"read", read_a_file},
    {"list", list_a_folder},
    {"code", make_code},
    {"limit", raise_a_limit},
    {"memory", eat_memory},
    {"compute", compute_for_ever},
    {"wait", wait_for_ever},
    {"print", print_for_ever},
    {"fall", fall},
    {"fail", fail},
    {"document", read_the_document},
    {"look", look_around},
};

int main(int count, char **arguments)
{
    argument = count > 2 ? arguments[2] : "";
    for (size_t i = 0; count > 1 && i < sizeof tries / sizeof *tries; i++)
        if (strcmp(arguments[1], tries[i].name) == 0) {
            tries[i].run();
            return 0;
        }
    return 64;
}
