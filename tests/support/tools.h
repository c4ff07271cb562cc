/* SPDX-License-Identifier: Apache-2.0 */
/* tools.h - a scratch folder, and other people's programs (openssl) as judges. Exit codes of
 * theirs lie now and then, so that their text comes back too. Needs support.h before it. */
#ifndef SUPPORT_TOOLS_H
#define SUPPORT_TOOLS_H

#include <sys/wait.h>

#define TOOL_OUTPUT (64u * 1024)

struct folder {
    char path[64];
    char output[TOOL_OUTPUT]; /* of the last program */
};

static inline void folder_make(struct folder *folder)
{
    strcpy(folder->path, "/tmp/yx-test-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
}

/* Runs a shell command inside the folder; gives its exit code, and what it said in `output`. */
__attribute__((format(printf, 2, 3))) static inline int tool(struct folder *folder,
                                                             const char *format, ...)
{
    char command[2048];
    int used = snprintf(command, sizeof command, "exec 2>&1; cd %s && ", folder->path);
    va_list args;
    va_start(args, format);
    vsnprintf(command + used, sizeof command - (size_t)used, format, args);
    va_end(args);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t len = fread(folder->output, 1, sizeof folder->output - 1, pipe);
    folder->output[len] = 0;
    int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Runs a command that must end in 0. */
#define expect_tool(folder, ...)                                  \
    do {                                                          \
        if (tool((folder), __VA_ARGS__) != 0)                     \
            fail_msg("the program failed: %s", (folder)->output); \
    } while (0)
/* Fails unless the program said `words`. */
#define expect_words(folder, words)                                                  \
    do {                                                                             \
        if (!strstr((folder)->output, (words)))                                      \
            fail_msg("\"%s\" is not in what was said: %s", words, (folder)->output); \
    } while (0)

static inline void folder_write(struct folder *folder, const char *name, struct yx_bytes bytes)
{
    char path[256];
    struct yx_error err;
    snprintf(path, sizeof path, "%s/%s", folder->path, name);
    expect_ok(yx_file_write(path, false, bytes, &err), &err);
}

static inline void folder_read(struct folder *folder, const char *name, struct yx_buf *out)
{
    char path[256];
    struct yx_error err;
    snprintf(path, sizeof path, "%s/%s", folder->path, name);
    out->len = 0;
    expect_ok(yx_file_read(path, 1u << 20, out, &err), &err);
}

static inline void folder_remove(struct folder *folder)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder->path);
    assert_int_equal(system(command), 0);
}

#endif
