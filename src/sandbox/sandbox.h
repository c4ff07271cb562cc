/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox/sandbox.h - the door to sandbox/: what one of our own processes may do from now on. Other
 * people's programs are the business of program/.
 *
 * Every kind has a list of system calls that it needs (calls.c). What is not on it does not exist
 * for the process (ENOSYS, which C libraries take as "try the older call"); at what only an
 * attacker asks for it is ended (SIGSYS). Where the kernel has Landlock, it can open the files that
 * are named, and no others.
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include "base/base.h"

enum yx_sandbox_kind {
    YX_SANDBOX_PARENT,        /* starts programs; all others inherit what it may not do */
    YX_SANDBOX_KEEPER,        /* reads key files, writes its journal; no network */
    YX_SANDBOX_KEEPER_TOKENS, /* the same with the libraries of makers of tokens in it, which may
                                 need anything: only attacks are refused */
    YX_SANDBOX_LAUNCHER,      /* starts programs, which program/ confines further */
    YX_SANDBOX_PAGE,          /* descriptors in, bytes out */
    YX_SANDBOX_WEB,           /* network, database, files */
    YX_SANDBOX_KINDS
};

/* A file, or a folder with what is below it. What is not there is passed over. */
struct yx_sandbox_path {
    const char *path;
    bool writable;
};

struct yx_sandbox {
    enum yx_sandbox_kind kind;
    const struct yx_sandbox_path *paths; /* that may be opened; those of the parent, of the launcher
                                            and of a keeper with tokens are not limited */
    size_t path_count;
    uint64_t memory_max; /* address space in bytes; 0: not limited */
    unsigned files_max;  /* descriptors; 0: as it is */
};

/*
 * Goes in, for good, with all that this process starts: threads of before excepted, so call it
 * before there are any. It gets no more rights by executing anything, leaves no core, cannot be
 * traced by others of the same account, and ends when its parent does. *files: are the files
 * limited (`files` may be NULL)? YX_INTERNAL when something essential is refused: then it must not
 * go on.
 */
yx_status yx_sandbox_enter(const struct yx_sandbox *sandbox, bool *files, struct yx_error *err);

/* From root to this user with his groups, for good; anybody else stays who he is. YX_USAGE: no
 * such user. */
yx_status yx_sandbox_become(const char *user, struct yx_error *err);

#endif
