/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox/sandbox.c - a process goes into its sandbox: limits, files, system calls; and who it is.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sandbox/room.h"

#define CANNOT N_("this process cannot be confined: {1}: {2}")

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifdef SANITIZED
/* AddressSanitizer takes terabytes of addresses, and at the end looks for leaks by tracing itself,
 * which no process in a sandbox may do. */
#define MEMORY_CAN_BE_LIMITED false
static bool entered;
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return entered;
}
#define ENTERED() ((void)(entered = true))
#else
#define MEMORY_CAN_BE_LIMITED true
#define ENTERED() ((void)0)
#endif

static bool limit(int resource, uint64_t value)
{
    struct rlimit both = {(rlim_t)value, (rlim_t)value};

    return setrlimit((__rlimit_resource_t)resource, &both) == 0;
}

static bool set_limits(const struct yx_sandbox *sandbox)
{
    return limit(RLIMIT_CORE, 0) &&
           (sandbox->files_max == 0 || limit(RLIMIT_NOFILE, sandbox->files_max)) &&
           (sandbox->memory_max == 0 || !MEMORY_CAN_BE_LIMITED ||
            limit(RLIMIT_AS, sandbox->memory_max));
}

static yx_status cannot(const char *what, int errnum, struct yx_error *err)
{
    return yx_fail_errno(err, YX_INTERNAL, CANNOT, what, errnum);
}

yx_status yx_sandbox_enter(const struct yx_sandbox *sandbox, bool *files, struct yx_error *err)
{
    bool limited;
    int result;

    if (!set_limits(sandbox))
        return cannot("setrlimit", errno, err);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return cannot("prctl", errno, err);
    /* The parent's own parent may well end before it: a shell, a session. */
    if (sandbox->kind != YX_SANDBOX_PARENT && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
        return cannot("prctl", errno, err);
    limited = yx_sandbox_files(sandbox);
    result = yx_sandbox_calls(sandbox->kind);
    if (result != 0)
        return cannot("seccomp", -result, err);
    ENTERED();
    if (files != NULL)
        *files = limited;
    return YX_OK;
}

yx_status yx_sandbox_become(const char *user, struct yx_error *err)
{
    const struct passwd *found;

    if (geteuid() != 0)
        return YX_OK;
    found = getpwnam(user);
    YX_REQUIRE(found != NULL, err, YX_USAGE, "", N_("there is no user {1}"), user);
    if (initgroups(user, found->pw_gid) != 0 || setgid(found->pw_gid) != 0 ||
        setuid(found->pw_uid) != 0)
        return cannot(user, errno, err);
    return YX_OK;
}
