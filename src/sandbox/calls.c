/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox/calls.c - the system calls of each kind of process, as seccomp filters: one table of
 * calls with the kinds that have them, one of calls that depend on an argument, one of attacks.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sandbox/room.h"

/* Kinds as bits. */
#define KEEPER (1u << YX_SANDBOX_KEEPER)
#define LAUNCHER (1u << YX_SANDBOX_LAUNCHER)
#define PAGE (1u << YX_SANDBOX_PAGE)
#define WEB (1u << YX_SANDBOX_WEB)
#define ALL (KEEPER | LAUNCHER | PAGE | WEB)
/* These are kept from attacks only. */
#define OPEN_KINDS (1u << YX_SANDBOX_PARENT | 1u << YX_SANDBOX_KEEPER_TOKENS)
#define EVERYBODY (ALL | OPEN_KINDS)

static const struct {
    unsigned kinds;
    int call;
} allowed[] = {
    /* Bytes in and out of what is open */
    {ALL, SCMP_SYS(read)},
    {ALL, SCMP_SYS(readv)},
    {ALL, SCMP_SYS(pread64)},
    {ALL, SCMP_SYS(lseek)},
    {ALL, SCMP_SYS(_llseek)},
    {ALL, SCMP_SYS(write)},
    {ALL, SCMP_SYS(writev)},
    {ALL, SCMP_SYS(pwrite64)},
    {ALL, SCMP_SYS(close)},
    {ALL, SCMP_SYS(close_range)},
    {ALL, SCMP_SYS(fadvise64)},
    {ALL, SCMP_SYS(ftruncate)},
    {ALL, SCMP_SYS(ftruncate64)},
    {ALL, SCMP_SYS(fallocate)},
    {ALL, SCMP_SYS(memfd_create)},
    {ALL, SCMP_SYS(fcntl)},
    {ALL, SCMP_SYS(fcntl64)},
    {ALL, SCMP_SYS(dup)},
    {ALL, SCMP_SYS(pipe2)},
    {WEB, SCMP_SYS(sendfile)},
    {WEB, SCMP_SYS(sendfile64)},
    {LAUNCHER, SCMP_SYS(dup2)},
    {LAUNCHER, SCMP_SYS(dup3)},
    /* Messages between us */
    {ALL, SCMP_SYS(poll)},
    {ALL, SCMP_SYS(ppoll)},
    {ALL, SCMP_SYS(ppoll_time64)},
    {ALL, SCMP_SYS(sendmsg)},
    {ALL, SCMP_SYS(recvmsg)},
    {ALL, SCMP_SYS(socketpair)},
    /* Looking at files; opening is below */
    {ALL, SCMP_SYS(stat)},
    {ALL, SCMP_SYS(lstat)},
    {ALL, SCMP_SYS(fstat)},
    {ALL, SCMP_SYS(newfstatat)},
    {ALL, SCMP_SYS(stat64)},
    {ALL, SCMP_SYS(lstat64)},
    {ALL, SCMP_SYS(fstat64)},
    {ALL, SCMP_SYS(fstatat64)},
    {ALL, SCMP_SYS(statx)},
    {ALL, SCMP_SYS(statfs)},
    {ALL, SCMP_SYS(fstatfs)},
    {ALL, SCMP_SYS(statfs64)},
    {ALL, SCMP_SYS(fstatfs64)},
    {ALL, SCMP_SYS(access)},
    {ALL, SCMP_SYS(faccessat)},
    {ALL, SCMP_SYS(faccessat2)},
    {ALL, SCMP_SYS(readlink)},
    {ALL, SCMP_SYS(readlinkat)},
    {ALL, SCMP_SYS(getdents)},
    {ALL, SCMP_SYS(getdents64)},
    {ALL, SCMP_SYS(getcwd)},
    /* Writing files */
    {KEEPER | WEB, SCMP_SYS(open)},
    {KEEPER | WEB, SCMP_SYS(openat)},
    {KEEPER | WEB, SCMP_SYS(fsync)},
    {KEEPER | WEB, SCMP_SYS(fdatasync)},
    {KEEPER | WEB, SCMP_SYS(rename)},
    {KEEPER | WEB, SCMP_SYS(renameat)},
    {KEEPER | WEB, SCMP_SYS(renameat2)},
    {KEEPER | WEB, SCMP_SYS(unlink)},
    {KEEPER | WEB, SCMP_SYS(unlinkat)},
    {KEEPER | WEB, SCMP_SYS(umask)},
    {KEEPER | WEB, SCMP_SYS(fchmod)},
    {KEEPER | WEB, SCMP_SYS(flock)},
    {WEB, SCMP_SYS(link)},
    {WEB, SCMP_SYS(linkat)},
    {WEB, SCMP_SYS(mkdir)},
    {WEB, SCMP_SYS(mkdirat)},
    {WEB, SCMP_SYS(rmdir)},
    {WEB, SCMP_SYS(fchown)},
    {WEB, SCMP_SYS(utimensat)},
    /* Memory; mapping is below */
    {ALL, SCMP_SYS(brk)},
    {ALL, SCMP_SYS(munmap)},
    {ALL, SCMP_SYS(mremap)},
    {ALL, SCMP_SYS(madvise)},
    {ALL, SCMP_SYS(mincore)},
    {WEB, SCMP_SYS(msync)},
    /* Itself */
    {ALL, SCMP_SYS(arch_prctl)},
    {ALL, SCMP_SYS(set_tid_address)},
    {ALL, SCMP_SYS(set_robust_list)},
    {ALL, SCMP_SYS(rseq)},
    {ALL, SCMP_SYS(futex)},
    {ALL, SCMP_SYS(futex_time64)},
    {ALL, SCMP_SYS(rt_sigaction)},
    {ALL, SCMP_SYS(rt_sigprocmask)},
    {ALL, SCMP_SYS(rt_sigreturn)},
    {ALL, SCMP_SYS(rt_sigtimedwait)},
    {ALL, SCMP_SYS(sigaltstack)},
    {ALL, SCMP_SYS(signalfd4)},
    {ALL, SCMP_SYS(setitimer)},
    {ALL, SCMP_SYS(restart_syscall)},
    {ALL, SCMP_SYS(getpid)},
    {ALL, SCMP_SYS(getppid)},
    {ALL, SCMP_SYS(gettid)},
    {ALL, SCMP_SYS(getuid)},
    {ALL, SCMP_SYS(geteuid)},
    {ALL, SCMP_SYS(getgid)},
    {ALL, SCMP_SYS(getegid)},
    {ALL, SCMP_SYS(getrlimit)},
    {ALL, SCMP_SYS(ugetrlimit)},
    {ALL, SCMP_SYS(getrusage)},
    {ALL, SCMP_SYS(times)},
    {ALL, SCMP_SYS(sched_getaffinity)},
    {ALL, SCMP_SYS(sched_yield)},
    {ALL, SCMP_SYS(getcpu)},
    {ALL, SCMP_SYS(membarrier)},
    {ALL, SCMP_SYS(exit)},
    {ALL, SCMP_SYS(exit_group)},
    /* The machine */
    {ALL, SCMP_SYS(uname)},
    {ALL, SCMP_SYS(sysinfo)},
    {ALL, SCMP_SYS(getrandom)},
    {ALL, SCMP_SYS(clock_gettime)},
    {ALL, SCMP_SYS(clock_gettime64)},
    {ALL, SCMP_SYS(clock_getres)},
    {ALL, SCMP_SYS(gettimeofday)},
    {ALL, SCMP_SYS(time)},
    {ALL, SCMP_SYS(nanosleep)},
    {ALL, SCMP_SYS(clock_nanosleep)},
    {ALL, SCMP_SYS(clock_nanosleep_time64)},
    /* Is the clock right (tsa/)? With modes 0 it is a question; setting takes a right that nobody
     * here has. */
    {WEB, SCMP_SYS(adjtimex)},
    {WEB, SCMP_SYS(clock_adjtime)},
    /* The network. Sockets are below. */
    {WEB, SCMP_SYS(accept)},
    {WEB, SCMP_SYS(accept4)},
    {WEB, SCMP_SYS(bind)},
    {WEB, SCMP_SYS(connect)},
    {WEB, SCMP_SYS(shutdown)},
    {WEB, SCMP_SYS(sendto)},
    {WEB, SCMP_SYS(recvfrom)},
    {WEB, SCMP_SYS(sendmmsg)},
    {WEB, SCMP_SYS(recvmmsg)},
    {WEB, SCMP_SYS(getsockname)},
    {WEB, SCMP_SYS(getpeername)},
    {WEB, SCMP_SYS(getsockopt)},
    {WEB, SCMP_SYS(setsockopt)},
    {WEB, SCMP_SYS(select)},
    {WEB, SCMP_SYS(pselect6)},
    {WEB, SCMP_SYS(epoll_create1)},
    {WEB, SCMP_SYS(epoll_ctl)},
    {WEB, SCMP_SYS(epoll_wait)},
    {WEB, SCMP_SYS(epoll_pwait)},
    {WEB, SCMP_SYS(epoll_pwait2)},
    {WEB, SCMP_SYS(eventfd2)},
    {WEB, SCMP_SYS(pipe)},
    /* Starting programs, and confining them (program/). What confines stays on in a program. */
    {LAUNCHER, SCMP_SYS(fork)},
    {LAUNCHER, SCMP_SYS(vfork)},
    {LAUNCHER, SCMP_SYS(clone)},
    {LAUNCHER, SCMP_SYS(execveat)},
    {LAUNCHER, SCMP_SYS(wait4)},
    {LAUNCHER, SCMP_SYS(kill)},
    {LAUNCHER, SCMP_SYS(setsid)},
    {LAUNCHER, SCMP_SYS(setrlimit)},
    {LAUNCHER, SCMP_SYS(prlimit64)},
    {LAUNCHER, SCMP_SYS(prctl)},
    {LAUNCHER, SCMP_SYS(seccomp)},
    {LAUNCHER, SCMP_SYS(landlock_create_ruleset)},
    {LAUNCHER, SCMP_SYS(landlock_add_rule)},
    {LAUNCHER, SCMP_SYS(landlock_restrict_self)},
};

#define WRITING (O_ACCMODE | O_CREAT | O_TRUNC)

/* Calls that depend on one argument. No memory is for both writing and executing. */
static const struct {
    unsigned kinds;
    int call;
    struct scmp_arg_cmp argument;
    uint32_t action;
} conditions[] = {
    {LAUNCHER, SCMP_SYS(open), {1, SCMP_CMP_MASKED_EQ, WRITING, O_RDONLY}, SCMP_ACT_ALLOW},
    {LAUNCHER, SCMP_SYS(openat), {2, SCMP_CMP_MASKED_EQ, WRITING, O_RDONLY}, SCMP_ACT_ALLOW},
    {LAUNCHER,
     SCMP_SYS(open),
     {1, SCMP_CMP_MASKED_EQ, WRITING, O_WRONLY},
     SCMP_ACT_ALLOW}, /* /dev/null */
    {LAUNCHER, SCMP_SYS(openat), {2, SCMP_CMP_MASKED_EQ, WRITING, O_WRONLY}, SCMP_ACT_ALLOW},
    {ALL, SCMP_SYS(mmap), {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}, SCMP_ACT_ALLOW},
    {ALL, SCMP_SYS(mmap), {2, SCMP_CMP_MASKED_EQ, PROT_WRITE, 0}, SCMP_ACT_ALLOW},
    {ALL, SCMP_SYS(mmap2), {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}, SCMP_ACT_ALLOW},
    {ALL, SCMP_SYS(mmap2), {2, SCMP_CMP_MASKED_EQ, PROT_WRITE, 0}, SCMP_ACT_ALLOW},
    {ALL, SCMP_SYS(mprotect), {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}, SCMP_ACT_ALLOW},
    /* Asking for a limit, not setting one */
    {ALL & ~LAUNCHER, SCMP_SYS(prlimit64), {2, SCMP_CMP_EQ, 0}, SCMP_ACT_ALLOW},
    /* Names of threads */
    {ALL & ~LAUNCHER, SCMP_SYS(prctl), {0, SCMP_CMP_EQ, PR_SET_NAME}, SCMP_ACT_ALLOW},
    {KEEPER | WEB | PAGE,
     SCMP_SYS(clone),
     {0, SCMP_CMP_MASKED_EQ, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM},
     SCMP_ACT_ALLOW},
    {WEB, SCMP_SYS(socket), {0, SCMP_CMP_EQ, AF_UNIX}, SCMP_ACT_ALLOW},
    {WEB, SCMP_SYS(socket), {0, SCMP_CMP_EQ, AF_INET}, SCMP_ACT_ALLOW},
    {WEB, SCMP_SYS(socket), {0, SCMP_CMP_EQ, AF_INET6}, SCMP_ACT_ALLOW},
    {WEB, SCMP_SYS(socket), {0, SCMP_CMP_EQ, AF_NETLINK}, SCMP_ACT_ALLOW}, /* getaddrinfo */
    {ALL, SCMP_SYS(ioctl), {1, SCMP_CMP_EQ, TCGETS}, SCMP_ACT_ALLOW},      /* isatty */
    {WEB, SCMP_SYS(ioctl), {1, SCMP_CMP_EQ, FIONBIO}, SCMP_ACT_ALLOW},
    {WEB, SCMP_SYS(ioctl), {1, SCMP_CMP_EQ, FIONREAD}, SCMP_ACT_ALLOW},
    /* Another process, not a thread */
    {ALL & ~LAUNCHER,
     SCMP_SYS(clone),
     {0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0},
     SCMP_ACT_KILL_PROCESS},
};

/* Only an attacker asks for these: a process of one of the kinds is ended. */
static const struct {
    unsigned kinds;
    int call;
} attacks[] = {
    /* Programs and processes */
    {ALL, SCMP_SYS(execve)},
    {ALL & ~LAUNCHER, SCMP_SYS(execveat)},
    {ALL & ~LAUNCHER, SCMP_SYS(fork)},
    {ALL & ~LAUNCHER, SCMP_SYS(vfork)},
    {ALL & ~LAUNCHER, SCMP_SYS(kill)},
    {EVERYBODY, SCMP_SYS(unshare)},
    {EVERYBODY, SCMP_SYS(setns)},
    {EVERYBODY, SCMP_SYS(ptrace)},
    {EVERYBODY, SCMP_SYS(process_vm_readv)},
    {EVERYBODY, SCMP_SYS(process_vm_writev)},
    {EVERYBODY, SCMP_SYS(pidfd_getfd)},
    {ALL, SCMP_SYS(process_madvise)},
    {ALL, SCMP_SYS(pidfd_open)},
    {ALL, SCMP_SYS(pidfd_send_signal)},
    {ALL, SCMP_SYS(kcmp)},
    /* The network */
    {ALL & ~WEB, SCMP_SYS(socket)},
    {ALL & ~WEB, SCMP_SYS(socketcall)},
    {ALL & ~WEB, SCMP_SYS(connect)},
    {ALL & ~WEB, SCMP_SYS(bind)},
    {ALL, SCMP_SYS(listen)},
    {ALL & ~WEB, SCMP_SYS(accept)},
    {ALL & ~WEB, SCMP_SYS(accept4)},
    {ALL & ~WEB, SCMP_SYS(sendto)},
    /* The kernel */
    {EVERYBODY, SCMP_SYS(bpf)},
    {EVERYBODY, SCMP_SYS(perf_event_open)},
    {EVERYBODY, SCMP_SYS(io_uring_setup)},
    {EVERYBODY, SCMP_SYS(userfaultfd)},
    {EVERYBODY, SCMP_SYS(keyctl)},
    {EVERYBODY, SCMP_SYS(add_key)},
    {EVERYBODY, SCMP_SYS(request_key)},
    {EVERYBODY, SCMP_SYS(init_module)},
    {EVERYBODY, SCMP_SYS(finit_module)},
    {EVERYBODY, SCMP_SYS(delete_module)},
    {EVERYBODY, SCMP_SYS(kexec_load)},
    {EVERYBODY, SCMP_SYS(kexec_file_load)},
    {EVERYBODY, SCMP_SYS(reboot)},
    {EVERYBODY, SCMP_SYS(open_by_handle_at)},
    /* Who it is */
    {ALL, SCMP_SYS(setuid)},
    {ALL, SCMP_SYS(setgid)},
    {ALL, SCMP_SYS(setreuid)},
    {ALL, SCMP_SYS(setregid)},
    {ALL, SCMP_SYS(setresuid)},
    {ALL, SCMP_SYS(setresgid)},
    {ALL, SCMP_SYS(setgroups)},
    {ALL, SCMP_SYS(capset)},
    /* File systems */
    {EVERYBODY, SCMP_SYS(mount)},
    {EVERYBODY, SCMP_SYS(umount2)},
    {EVERYBODY, SCMP_SYS(pivot_root)},
    {EVERYBODY, SCMP_SYS(chroot)},
    {EVERYBODY, SCMP_SYS(fsopen)},
    {EVERYBODY, SCMP_SYS(open_tree)},
    {EVERYBODY, SCMP_SYS(move_mount)},
    {ALL, SCMP_SYS(mknod)},
    {ALL, SCMP_SYS(mknodat)},
};

static void release(scmp_filter_ctx *context)
{
    seccomp_release(*context);
}
YX_DEFINE_CLEAN_VALUE(release, scmp_filter_ctx, release);

static int add_allowed(scmp_filter_ctx context, unsigned kind)
{
    /* abort() and raise() of this process alone. */
    const struct scmp_arg_cmp itself = {0, SCMP_CMP_EQ, (scmp_datum_t)getpid()};
    int result = 0;

    for (size_t i = 0; i < sizeof allowed / sizeof *allowed && result == 0; i++)
        if ((allowed[i].kinds & kind) != 0)
            result = seccomp_rule_add_array(context, SCMP_ACT_ALLOW, allowed[i].call, 0, NULL);
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions && result == 0; i++)
        if ((conditions[i].kinds & kind) != 0)
            result = seccomp_rule_add_array(context, conditions[i].action, conditions[i].call, 1,
                                            &conditions[i].argument);
    return result != 0
               ? result
               : seccomp_rule_add_array(context, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &itself);
}

static int add_attacks(scmp_filter_ctx context, unsigned kind)
{
    int result = 0;

    for (size_t i = 0; i < sizeof attacks / sizeof *attacks && result == 0; i++)
        if ((attacks[i].kinds & kind) != 0)
            result =
                seccomp_rule_add_array(context, SCMP_ACT_KILL_PROCESS, attacks[i].call, 0, NULL);
    return result;
}

int yx_sandbox_calls(enum yx_sandbox_kind number)
{
    unsigned kind = 1u << number;
    bool open = (kind & OPEN_KINDS) != 0;
    YX_CLEAN(release)
    scmp_filter_ctx context = seccomp_init(open ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(ENOSYS));
    int result;

    if (context == NULL)
        return -ENOMEM;
    result = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    /* A tree instead of a list: some steps for a call instead of a hundred. */
    if (result == 0)
        result = seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (result == 0 && !open)
        result = add_allowed(context, kind);
    if (result == 0)
        result = add_attacks(context, kind);
    return result != 0 ? result : seccomp_load(context);
}
