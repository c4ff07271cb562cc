/* SPDX-License-Identifier: Apache-2.0 */
/* program/program.h - the door to program/: other people's programs as confined child processes. */
#ifndef PROGRAM_PROGRAM_H
#define PROGRAM_PROGRAM_H

#include <yinxin/program.h>

#include "base/base.h"

/*
 * Runs it to its end, without a shell, and appends what it prints. It finds the document as its
 * standard input (a regular file, or memory made one), an environment of our making, no other
 * descriptor, and limits on time, memory and output. A filter of system calls (seccomp) leaves it
 * no network, no other process, no writing and no new code; where the kernel has Landlock, it reads
 * the document, programs, libraries and fonts, and nothing else. docs/security.md says more.
 *
 * YX_REFUSED when it is not installed; YX_DAMAGED when it fails on the document, goes beyond a
 * limit or tries what it must not; YX_INTERNAL when it cannot be confined, for then it is not
 * started. In a process that had delegated it, the other one does all this.
 */
yx_status yx_program_run(const struct yx_program *program, const struct yx_source *document,
                         struct yx_buf *out, struct yx_error *err);

/*
 * For whoever runs programs for others: is this one of those that the library asks for, with its
 * arguments and within its limits (known.c)? Fills in the package; YX_REFUSED otherwise.
 */
yx_status yx_program_admit(struct yx_program *program, struct yx_error *err);

/* The most arguments of a known program, its name among them. */
#define YX_PROGRAM_ARGUMENTS_MAX 20
/* The longest argument of a known program. */
#define YX_PROGRAM_ARGUMENT_MAX 32

#endif
