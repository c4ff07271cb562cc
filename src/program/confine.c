/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program/confine.c - the confinement of a program that reads a hostile document: limits on
 * resources, a filter of system calls (seccomp), and the folders that it may read (Landlock).
 * Running it is in program.c.
 *
 * The filter is a list of what a reader needs. The rest does not exist for it (ENOSYS, which newer
 * C libraries take as "try the older call"); at what only an attacker asks for it is ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "program/confine.h"

/* --- System calls ------------------------------------------------------------------------- */

static const int allowed[] = {
    /* Bytes in and out of what is open */
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(lseek), SCMP_SYS(_llseek),
    SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(close), SCMP_SYS(fadvise64),
    /* Looking at files; opening is below */
    SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(stat64),
    SCMP_SYS(lstat64), SCMP_SYS(fstat64), SCMP_SYS(fstatat64), SCMP_SYS(statx), SCMP_SYS(statfs),
    SCMP_SYS(fstatfs), SCMP_SYS(statfs64), SCMP_SYS(fstatfs64), SCMP_SYS(access),
    SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
    SCMP_SYS(getdents), SCMP_SYS(getdents64), SCMP_SYS(getcwd),
    /* Memory; mapping is below */
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
    /* Itself */
    SCMP_SYS(arch_prctl), SCMP_SYS(set_tid_address), SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
    SCMP_SYS(futex), SCMP_SYS(futex_time64), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall), SCMP_SYS(getpid),
    SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid),
    SCMP_SYS(getrlimit), SCMP_SYS(ugetrlimit), SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_yield),
    SCMP_SYS(exit), SCMP_SYS(exit_group),
    /* The machine */
    SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(getrandom), SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_gettime64), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time)};

/* Only an attacker asks for these. */
static const int attacks[] = {
    /* Programs and processes */
    SCMP_SYS(execve), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(unshare), SCMP_SYS(setns),
    SCMP_SYS(kill), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
    SCMP_SYS(process_madvise), SCMP_SYS(pidfd_open), SCMP_SYS(pidfd_getfd),
    SCMP_SYS(pidfd_send_signal), SCMP_SYS(kcmp),
    /* The network */
    SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(socketcall), SCMP_SYS(connect), SCMP_SYS(bind),
    SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(sendto), SCMP_SYS(sendmsg),
    SCMP_SYS(recvmsg),
    /* The kernel */
    SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(io_uring_setup), SCMP_SYS(userfaultfd),
    SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(init_module),
    SCMP_SYS(finit_module), SCMP_SYS(kexec_load), SCMP_SYS(open_by_handle_at),
    /* File systems */
    SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(fsopen),
    SCMP_SYS(open_tree), SCMP_SYS(move_mount)};

/* Opening is for reading, and no memory is for both writing and executing. */
#define WRITING (O_ACCMODE | O_CREAT | O_TRUNC)

/* Calls that depend on one argument. */
static const struct {
    uint32_t action;
    int call;
    struct scmp_arg_cmp argument;
} conditions[] = {
    {SCMP_ACT_ALLOW, SCMP_SYS(open), {1, SCMP_CMP_MASKED_EQ, WRITING, O_RDONLY}},
    {SCMP_ACT_ALLOW, SCMP_SYS(openat), {2, SCMP_CMP_MASKED_EQ, WRITING, O_RDONLY}},
    {SCMP_ACT_ALLOW, SCMP_SYS(fcntl), {1, SCMP_CMP_EQ, F_GETFD}},
    {SCMP_ACT_ALLOW, SCMP_SYS(fcntl), {1, SCMP_CMP_EQ, F_SETFD}},
    {SCMP_ACT_ALLOW, SCMP_SYS(fcntl), {1, SCMP_CMP_EQ, F_GETFL}},
    {SCMP_ACT_ALLOW, SCMP_SYS(mmap), {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}},
    {SCMP_ACT_ALLOW, SCMP_SYS(mmap), {2, SCMP_CMP_MASKED_EQ, PROT_WRITE, 0}},
    {SCMP_ACT_ALLOW, SCMP_SYS(mmap2), {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}},
    {SCMP_ACT_ALLOW, SCMP_SYS(mmap2), {2, SCMP_CMP_MASKED_EQ, PROT_WRITE, 0}},
    {SCMP_ACT_ALLOW, SCMP_SYS(mprotect), {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}},
    /* Asking for a limit, not setting one */
    {SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), {2, SCMP_CMP_EQ, 0}},
    {SCMP_ACT_ALLOW, SCMP_SYS(execveat), {0, SCMP_CMP_EQ, YX_CONFINE_PROGRAM_FD}},
    {SCMP_ACT_KILL_PROCESS, SCMP_SYS(execveat), {0, SCMP_CMP_NE, YX_CONFINE_PROGRAM_FD}},
    {SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone), {0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0}},
};

static void release(scmp_filter_ctx *context)
{
    seccomp_release(*context);
}
YX_DEFINE_CLEAN_VALUE(release, scmp_filter_ctx, release);

static int add_all(scmp_filter_ctx context, uint32_t action, const int *calls, size_t count)
{
    int result = 0;

    for (size_t i = 0; i < count && result == 0; i++)
        result = seccomp_rule_add_array(context, action, calls[i], 0, NULL);
    return result;
}

/* 0 or a negative errno, as libseccomp has it. */
static int fill(scmp_filter_ctx context)
{
    int result = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

    if (result == 0)
        result = add_all(context, SCMP_ACT_ALLOW, allowed, sizeof allowed / sizeof *allowed);
    if (result == 0)
        result = add_all(context, SCMP_ACT_KILL_PROCESS, attacks, sizeof attacks / sizeof *attacks);
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions && result == 0; i++)
        result = seccomp_rule_add_array(context, conditions[i].action, conditions[i].call, 1,
                                        &conditions[i].argument);
    return result;
}

/* libseccomp 2.5 gives the finished filter to a file only. */
static int export(scmp_filter_ctx context, int fd, struct sock_fprog *out)
{
    struct stat status;
    int result = seccomp_export_bpf(context, fd);

    if (result != 0)
        return result;
    if (fstat(fd, &status) != 0)
        return -errno;
    out->filter = malloc((size_t)status.st_size);
    if (out->filter == NULL)
        return -ENOMEM;
    out->len = (unsigned short)((size_t)status.st_size / sizeof *out->filter);
    return pread(fd, out->filter, (size_t)status.st_size, 0) == status.st_size ? 0 : -EIO;
}

static int make_filter(struct sock_fprog *out)
{
    YX_CLEAN(release) scmp_filter_ctx context = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    int fd, result;

    if (context == NULL)
        return -ENOMEM;
    result = fill(context);
    if (result != 0)
        return result;
    fd = memfd_create("filter", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    result = export(context, fd, out);
    (void)close(fd);
    return result;
}

/* --- Folders ------------------------------------------------------------------------------ */

/* Where programs, their libraries, fonts and tables are. What is not there is passed over. */
static const char *const folders[] = {"/usr",           "/lib",       "/lib32",
                                      "/lib64",         "/libx32",    "/etc/ld.so.cache",
                                      "/etc/localtime", "/etc/fonts", "/var/cache/fontconfig"};

/* All that the first version of Landlock knows; what came later the filter refuses. */
#define EVERYTHING ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define READING_A_FILE (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE)

/* A file or folder that cannot be named in a rule (memory, what is not there) gets none. */
static void let_read(int rules, int fd)
{
    struct landlock_path_beneath_attr rule = {.parent_fd = fd};
    struct stat status;

    if (fd < 0 || fstat(fd, &status) != 0)
        return;
    rule.allowed_access =
        READING_A_FILE | (S_ISDIR(status.st_mode) ? LANDLOCK_ACCESS_FS_READ_DIR : 0u);
    (void)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

static int make_rules(int program, int document)
{
    struct landlock_ruleset_attr all = {.handled_access_fs = EVERYTHING};
    int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);

    if (rules < 0)
        return -1;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        int fd = open(folders[i], O_PATH | O_CLOEXEC);

        let_read(rules, fd);
        if (fd >= 0)
            (void)close(fd);
    }
    let_read(rules, program);
    let_read(rules, document);
    return rules;
}

/* --- Both --------------------------------------------------------------------------------- */

yx_status yx_confinement_prepare(const struct yx_program *program, int file, int document,
                                 struct yx_confinement *out, struct yx_error *err)
{
    struct yx_confinement made = {.folders = -1};
    int result = make_filter(&made.filter);

    if (result != 0) {
        yx_confinement_free(&made);
        return yx_fail_errno(err, YX_INTERNAL, YX_CANNOT_CONFINE, program->arguments[0], -result);
    }
    made.folders = make_rules(file, document);
    *out = made;
    return YX_OK;
}

void yx_confinement_free(struct yx_confinement *confinement)
{
    free(confinement->filter.filter);
    if (confinement->folders >= 0)
        (void)close(confinement->folders);
    *confinement = (struct yx_confinement){.folders = -1};
}

static bool limit(int resource, uint64_t value)
{
    struct rlimit both = {(rlim_t)value, (rlim_t)value};

    return setrlimit((__rlimit_resource_t)resource, &both) == 0;
}

bool yx_confinement_enter(const struct yx_confinement *confinement,
                          const struct yx_program *program)
{
    /* Whoever waits for the program says first that it takes too long; this is for the case that
     * nobody waits any more. */
    if (!limit(RLIMIT_CPU, program->seconds + 1) || !limit(RLIMIT_AS, program->memory_max) ||
        !limit(RLIMIT_FSIZE, 0) || !limit(RLIMIT_CORE, 0) ||
        !limit(RLIMIT_NOFILE, YX_CONFINE_PROGRAM_FD) ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || setsid() < 0)
        return false;
    /* A kernel that knows Landlock may still refuse it (switched off, too many layers). */
    if (confinement->folders >= 0)
        (void)syscall(SYS_landlock_restrict_self, confinement->folders, 0);
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &confinement->filter, 0, 0) == 0;
}
