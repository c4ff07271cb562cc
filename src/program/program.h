/* SPDX-License-Identifier: Apache-2.0 */
/* program/program.h - the door to program/: other people's programs as confined child processes. */
#ifndef PROGRAM_PROGRAM_H
#define PROGRAM_PROGRAM_H

#include "base/base.h"

/* A program that reads a document and prints what it found. */
struct yx_program {
    const char *const *arguments; /* its name first, NULL at the end; looked up in PATH */
    const char *package;          /* who brings it: named when it is missing */
    size_t output_max;            /* bytes */
    unsigned seconds;             /* of the clock and of the processor */
    uint64_t memory_max;          /* bytes of address space */
};

/*
 * Runs it to its end, without a shell, and appends what it prints. It finds the document as its
 * standard input (a regular file, or memory made one), an environment of our making, no other
 * descriptor, and limits on time, memory and output. A filter of system calls (seccomp) leaves it
 * no network, no other process, no writing and no new code; where the kernel has Landlock, it reads
 * the document, programs, libraries and fonts, and nothing else. docs/security.md says more.
 *
 * YX_REFUSED when it is not installed; YX_DAMAGED when it fails on the document, goes beyond a
 * limit or tries what it must not; YX_INTERNAL when it cannot be confined, for then it is not
 * started.
 */
yx_status yx_program_run(const struct yx_program *program, const struct yx_source *document,
                         struct yx_buf *out, struct yx_error *err);

#endif
