/* SPDX-License-Identifier: Apache-2.0 */
/* sink.c - where a document goes: memory, or a file that appears whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"

struct yx_sink {
    struct yx_buf *memory; /* or: */
    int fd;
    bool borrowed; /* the descriptor is somebody else's, and has no name to appear under */
    char *path;
    char *temporary; /* NULL once committed */
    uint64_t size;
};

/* "folder/" of a path, "./" when it has none; malloc'd with room for `extra` more characters. */
static char *folder_of(const char *path, size_t extra)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    char *folder = malloc(len + 2 + extra + 1);
    if (folder == NULL)
        return NULL;
    if (len == 0)
        memcpy(folder, "./", 3);
    else
        memcpy(folder, path, len);
    if (len > 0)
        folder[len] = '\0';
    return folder;
}

/*
 * Opens a new file beside the final one. The kernel applies the umask: asking for it by umask(2)
 * would change it for other threads. A name that is taken (they are random) is tried anew.
 */
static int open_temporary(char *suffix, const char *path, bool secret)
{
    for (int attempt = 0; attempt < 100; attempt++) {
        uint8_t random[8];
        if (getrandom(random, sizeof random, 0) != sizeof random)
            return -1;
        yx_hex(YX_BYTES(random, sizeof random), suffix);
        int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, secret ? 0600 : 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

static yx_status create_temporary(struct yx_sink *sink, const char *path, bool secret,
                                  struct yx_error *err)
{
    static const char prefix[] = ".yinxin-";
    sink->path = strdup(path);
    char *temporary = folder_of(path, sizeof prefix + 16);
    if (sink->path == NULL || temporary == NULL) {
        free(temporary);
        return yx_fail_memory(err);
    }
    size_t folder = strlen(temporary);
    memcpy(temporary + folder, prefix, sizeof prefix);
    sink->fd = open_temporary(temporary + folder + sizeof prefix - 1, temporary, secret);
    if (sink->fd < 0) {
        int why = errno;
        free(temporary);
        return yx_fail_errno(err, YX_NO_OUTPUT, N_("cannot create {1}: {2}"), path, why);
    }
    sink->temporary = temporary;
    return YX_OK;
}

yx_status yx_sink_file(const char *path, bool secret, struct yx_sink **out, struct yx_error *err)
{
    struct stat about;
    YX_REQUIRE(stat(path, &about) != 0 || S_ISREG(about.st_mode), err, YX_NO_OUTPUT, "",
               N_("cannot create {1}: it exists and is not a regular file"), path);
    YX_CLEAN(yx_sink) struct yx_sink *sink = calloc(1, sizeof *sink);
    if (sink == NULL)
        return yx_fail_memory(err);
    sink->fd = -1;
    YX_TRY(create_temporary(sink, path, secret, err));
    *out = sink;
    sink = NULL;
    return YX_OK;
}

yx_status yx_sink_memory(struct yx_buf *buf, struct yx_sink **out, struct yx_error *err)
{
    struct yx_sink *sink = calloc(1, sizeof *sink);
    if (sink == NULL)
        return yx_fail_memory(err);
    sink->fd = -1;
    sink->memory = buf;
    *out = sink;
    return YX_OK;
}

yx_status yx_sink_borrow_fd(int fd, struct yx_sink **out, struct yx_error *err)
{
    struct yx_sink *sink = calloc(1, sizeof *sink);
    if (sink == NULL)
        return yx_fail_memory(err);
    sink->fd = fd;
    sink->borrowed = true;
    *out = sink;
    return YX_OK;
}

static yx_status write_file(struct yx_sink *sink, struct yx_bytes bytes, struct yx_error *err)
{
    while (bytes.len > 0) {
        ssize_t put = write(sink->fd, bytes.data, bytes.len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return yx_fail_errno(err, YX_IO,
                                 sink->borrowed ? N_("cannot write the open file: {2}")
                                                : N_("cannot write {1}: {2}"),
                                 sink->borrowed ? "" : sink->path, errno);
        bytes = YX_BYTES(bytes.data + put, bytes.len - (size_t)put);
        sink->size += (uint64_t)put;
    }
    return YX_OK;
}

yx_status yx_sink_write(struct yx_sink *sink, struct yx_bytes bytes, struct yx_error *err)
{
    if (sink->memory == NULL)
        return write_file(sink, bytes, err);
    if (yx_buf_append(sink->memory, bytes) != YX_OK)
        return yx_fail_memory(err);
    sink->size += bytes.len;
    return YX_OK;
}

bool yx_sink_is_file(const struct yx_sink *sink)
{
    return sink->memory == NULL;
}

uint64_t yx_sink_size(const struct yx_sink *sink)
{
    return sink->size;
}

yx_status yx_sink_reread(struct yx_sink *sink, struct yx_source **out, struct yx_error *err)
{
    if (sink->memory == NULL)
        return yx_source_borrow_fd(sink->fd, out, err);
    size_t len = (size_t)sink->size;
    return yx_source_borrow(YX_BYTES(sink->memory->data + (sink->memory->len - len), len), out,
                            err);
}

/* The new name must survive a power cut too, and that is the folder's content. */
static yx_status sync_folder(const char *path, struct yx_error *err)
{
    char *folder = folder_of(path, 0);
    if (folder == NULL)
        return yx_fail_memory(err);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    bool synced = fd >= 0 && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    /* Some file systems cannot sync folders and say EINVAL; there is nothing more to do on those.
     */
    if (synced || why == EINVAL)
        return YX_OK;
    return yx_fail_errno(err, YX_IO, N_("cannot write {1}: {2}"), path, why);
}

yx_status yx_sink_commit(struct yx_sink *sink, struct yx_error *err)
{
    if (sink->memory != NULL || sink->borrowed)
        return YX_OK;
    if (fsync(sink->fd) != 0)
        return yx_fail_errno(err, YX_IO, N_("cannot write {1}: {2}"), sink->path, errno);
    if (rename(sink->temporary, sink->path) != 0)
        return yx_fail_errno(err, YX_NO_OUTPUT, N_("cannot create {1}: {2}"), sink->path, errno);
    free(sink->temporary);
    sink->temporary = NULL;
    return sync_folder(sink->path, err);
}

void yx_sink_free(struct yx_sink *sink)
{
    if (sink == NULL)
        return;
    if (sink->fd >= 0 && !sink->borrowed)
        close(sink->fd);
    if (sink->temporary != NULL)
        unlink(sink->temporary);
    free(sink->temporary);
    free(sink->path);
    free(sink);
}

yx_status yx_file_write(const char *path, bool secret, struct yx_bytes bytes, struct yx_error *err)
{
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    YX_TRY(yx_sink_file(path, secret, &sink, err));
    YX_TRY(yx_sink_write(sink, bytes, err));
    return yx_sink_commit(sink, err);
}
