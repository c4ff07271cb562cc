/* SPDX-License-Identifier: Apache-2.0 */
/* source.c - bytes that can be read at any place: a regular file or memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"

struct yx_source {
    int fd; /* -1: memory */
    bool owns_fd;
    const uint8_t *memory;
    uint64_t size;
};

static yx_status source_new(struct yx_source source, struct yx_source **out, struct yx_error *err)
{
    struct yx_source *made = malloc(sizeof *made);
    if (made == NULL)
        return yx_fail_memory(err);
    *made = source;
    *out = made;
    return YX_OK;
}

yx_status yx_source_borrow_fd(int fd, struct yx_source **out, struct yx_error *err)
{
    struct stat about;
    if (fstat(fd, &about) != 0)
        return yx_fail_errno(err, YX_NO_INPUT, N_("cannot look at {1}: {2}"), "the open file",
                             errno);
    YX_REQUIRE(S_ISREG(about.st_mode), err, YX_NO_INPUT, "", N_("not a regular file"));
    return source_new((struct yx_source){.fd = fd, .size = (uint64_t)about.st_size}, out, err);
}

yx_status yx_source_open(const char *path, struct yx_source **out, struct yx_error *err)
{
    /* O_NONBLOCK: a FIFO put in the place of a file must not make us wait. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return yx_fail_errno(err, YX_NO_INPUT, N_("cannot open {1}: {2}"), path, errno);
    struct stat about;
    yx_status status = YX_OK;
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
        status = yx_fail(err, YX_NO_INPUT, "", N_("{1} is not a regular file"), path);
    if (status == YX_OK)
        status = source_new(
            (struct yx_source){.fd = fd, .owns_fd = true, .size = (uint64_t)about.st_size}, out,
            err);
    if (status != YX_OK)
        close(fd);
    return status;
}

yx_status yx_source_borrow(struct yx_bytes bytes, struct yx_source **out, struct yx_error *err)
{
    return source_new((struct yx_source){.fd = -1, .memory = bytes.data, .size = bytes.len}, out,
                      err);
}

uint64_t yx_source_size(const struct yx_source *source)
{
    return source->size;
}

int yx_source_fd(const struct yx_source *source)
{
    return source->fd;
}

struct yx_bytes yx_source_memory(const struct yx_source *source)
{
    return YX_BYTES(source->memory, source->fd < 0 ? (size_t)source->size : 0);
}

static yx_status read_file(const struct yx_source *source, uint64_t offset, uint8_t *out,
                           size_t len, struct yx_error *err)
{
    while (len > 0) {
        ssize_t got = pread(source->fd, out, len, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return yx_fail_errno(err, YX_IO, N_("cannot read {1}: {2}"), "the file", errno);
        YX_REQUIRE(got > 0, err, YX_IO, "", N_("the file became shorter while it was read"));
        out += got;
        offset += (uint64_t)got;
        len -= (size_t)got;
    }
    return YX_OK;
}

yx_status yx_source_read(const struct yx_source *source, uint64_t offset, void *out, size_t len,
                         struct yx_error *err)
{
    YX_REQUIRE(offset <= source->size && len <= source->size - offset, err, YX_DAMAGED, "",
               N_("the file ends too early"));
    if (len == 0)
        return YX_OK;
    if (source->fd >= 0)
        return read_file(source, offset, out, len, err);
    memcpy(out, source->memory + offset, len);
    return YX_OK;
}

yx_status yx_source_piece(const struct yx_source *source, uint64_t offset, size_t len,
                          struct yx_buf *room, struct yx_bytes *out, struct yx_error *err)
{
    bool is_inside = offset <= source->size && len <= source->size - offset;
    if (source->fd < 0 && is_inside) {
        *out = YX_BYTES(source->memory + offset, len);
        return YX_OK;
    }
    room->len = 0;
    if (yx_buf_reserve(room, len) != YX_OK)
        return yx_fail_memory(err);
    *out = YX_BYTES(room->data, len);
    return yx_source_read(source, offset, room->data, len, err);
}

void yx_source_free(struct yx_source *source)
{
    if (source == NULL)
        return;
    if (source->owns_fd)
        close(source->fd);
    free(source);
}

yx_status yx_source_read_all(const struct yx_source *source, size_t limit, struct yx_buf *out,
                             struct yx_error *err)
{
    YX_REQUIRE(source->size <= limit, err, YX_DAMAGED, "", N_("larger than the {1} bytes allowed"),
               YX_NUM(limit));
    size_t len = (size_t)source->size;
    if (yx_buf_reserve(out, len) != YX_OK)
        return yx_fail_memory(err);
    if (len == 0) /* and the buffer has no data yet to point into */
        return YX_OK;
    YX_TRY(yx_source_read(source, 0, out->data + out->len, len, err));
    out->len += len;
    return YX_OK;
}

yx_status yx_file_read(const char *path, size_t limit, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_TRY(yx_source_open(path, &source, err));
    YX_REQUIRE(source->size <= limit, err, YX_DAMAGED, "",
               N_("{1} is larger than the {2} bytes allowed"), path, YX_NUM(limit));
    return yx_source_read_all(source, limit, out, err);
}
