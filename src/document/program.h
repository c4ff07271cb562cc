/* SPDX-License-Identifier: Apache-2.0 */
/* document/program.h - other people's programs as confined child processes. Only document/ includes
 * it. */
#ifndef DOCUMENT_PROGRAM_H
#define DOCUMENT_PROGRAM_H

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
 * descriptor, and limits on time, memory, files and output. YX_REFUSED when it is not installed;
 * YX_DAMAGED when it fails on the document or goes beyond a limit.
 */
yx_status yx_program_run(const struct yx_program *program, const struct yx_source *document,
                         struct yx_buf *out, struct yx_error *err);

#endif
