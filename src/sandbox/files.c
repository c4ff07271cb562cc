/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox/files.c - which files a process can open (Landlock). */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/room.h"

/* Headers may be older than the kernel. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

#define VERSION_1 ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define READ_FILE (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE)
#define WRITE_FILE (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)
#define WRITE_FOLDER                                                                              \
    (LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
     LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REFER)

/* All kinds of access that this kernel can refuse; 0: it has no Landlock. Its first version (Linux
 * 5.13) refuses every move of a file from one folder to another, which web needs for contents. */
static uint64_t everything(enum yx_sandbox_kind kind)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    return version < (kind == YX_SANDBOX_WEB ? 2 : 1)
               ? 0
               : VERSION_1 | (version >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0) |
                     (version >= 3 ? LANDLOCK_ACCESS_FS_TRUNCATE : 0);
}

static bool let_use(int rules, uint64_t all, const struct yx_sandbox_path *path)
{
    struct landlock_path_beneath_attr rule = {
        .parent_fd = open(path->path, O_PATH | O_CLOEXEC),
        .allowed_access = READ_FILE | (path->writable ? WRITE_FILE : 0),
    };
    struct stat status;
    bool done;

    if (rule.parent_fd < 0)
        return errno == ENOENT || errno == EACCES || errno == ENOTDIR;
    done = fstat(rule.parent_fd, &status) == 0;
    if (done && S_ISDIR(status.st_mode))
        rule.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR | (path->writable ? WRITE_FOLDER : 0);
    rule.allowed_access &= all;
    done = done && syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    (void)close(rule.parent_fd);
    return done;
}

bool yx_sandbox_files(const struct yx_sandbox *sandbox)
{
    struct landlock_ruleset_attr all = {.handled_access_fs = everything(sandbox->kind)};
    bool done;
    int rules;

    if (sandbox->kind == YX_SANDBOX_PARENT || sandbox->kind == YX_SANDBOX_LAUNCHER ||
        sandbox->kind == YX_SANDBOX_KEEPER_TOKENS || all.handled_access_fs == 0)
        return false;
    rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    done = rules >= 0;
    for (size_t i = 0; i < sandbox->path_count && done; i++)
        done = let_use(rules, all.handled_access_fs, &sandbox->paths[i]);
    done = done && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    if (rules >= 0)
        (void)close(rules);
    return done;
}
