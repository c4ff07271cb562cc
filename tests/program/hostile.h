/* SPDX-License-Identifier: Apache-2.0 */
/* hostile.h - runs child.c under confinement. Needs support.h before it. */
#ifndef PROGRAM_HOSTILE_H
#define PROGRAM_HOSTILE_H

#include "program/program.h"

/* The child beside the test that runs, whatever the current folder is. */
static inline const char *child_path(char out[512])
{
    ssize_t len = readlink("/proc/self/exe", out, 400);

    assert_in_range(len, 1, 399);
    out[len] = 0;
    strcpy(strrchr(out, '/'), "/program/hostile_child");
    return out;
}

struct outcome {
    yx_status status;
    char words[600]; /* of the error */
    struct yx_buf printed;
};

static inline void outcome_free(struct outcome *outcome)
{
    yx_buf_free(&outcome->printed);
}
YX_DEFINE_CLEAN_VALUE(outcome, struct outcome, outcome_free);

/* One second, 64 MB, 1,000 bytes. */
static inline void hostile_run(const char *what, const char *argument,
                               const struct yx_source *document, struct outcome *out)
{
    char path[512];
    const char *const arguments[] = {child_path(path), what, argument, NULL};
    const struct yx_program program = {
        .arguments = arguments,
        .package = "tests",
        .output_max = 1000,
        .seconds = 1,
        .memory_max = 64u << 20,
    };
    struct yx_error err = {0};

    *out = (struct outcome){.words = ""};
    out->status = yx_program_run(&program, document, &out->printed, &err);
    if (out->status != YX_OK)
        yx_message_render(&err.message, NULL, out->words, sizeof out->words);
}

#endif
