/* SPDX-License-Identifier: Apache-2.0 */
/* http/reply.c - what handlers put into replies: headers, files, events. */
#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/http.h"

/* --- Headers -------------------------------------------------------------------------------- */

void yx_http_header(struct yx_http_reply *reply, const char *name, const char *value)
{
    bool lost = false;

    /* Nothing ends a header but its end (RFC 9110 5.5). */
    for (const char *at = value; *at != '\0'; at++)
        lost |= (unsigned char)*at < ' ' || *at == 0x7F;
    lost = lost || yx_buf_append(&reply->headers, YX_BYTES(name, strlen(name) + 1)) != YX_OK ||
           yx_buf_append(&reply->headers, YX_BYTES(value, strlen(value) + 1)) != YX_OK;
    reply->header_lost |= lost;
}

bool yx_http_next_header(const struct yx_http_reply *reply, size_t *at, const char **name,
                         const char **value)
{
    const char *text = (const char *)reply->headers.data;

    if (*at == reply->headers.len)
        return false;
    *name = text + *at;
    *value = *name + strlen(*name) + 1;
    *at += (size_t)(*value - *name) + strlen(*value) + 1;
    return true;
}

bool yx_http_has_header(const struct yx_http_reply *reply, const char *wanted)
{
    const char *name, *value;

    for (size_t at = 0; yx_http_next_header(reply, &at, &name, &value);)
        if (strcasecmp(name, wanted) == 0)
            return true;
    return false;
}

/* --- Files ---------------------------------------------------------------------------------- */

static yx_status read_file(void *self, uint64_t offset, void *out, size_t len, size_t *got,
                           struct yx_error *err)
{
    const int *fd = self;
    ssize_t result;

    do
        result = pread(*fd, out, len, (off_t)offset);
    while (result < 0 && errno == EINTR);
    if (result < 0)
        return yx_fail_errno(err, YX_IO, N_("cannot read {1}: {2}"), "a file", errno);
    *got = (size_t)result;
    return YX_OK;
}

static void close_file(void *self)
{
    int *fd = self;

    (void)close(*fd);
    free(fd);
}

yx_status yx_http_reply_file(struct yx_http_reply *reply, int fd, struct yx_error *err)
{
    struct stat about;
    int *kept = malloc(sizeof *kept);

    if (kept == NULL) {
        (void)close(fd);
        return yx_fail_memory(err);
    }
    *kept = fd;
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        close_file(kept);
        return yx_fail(err, YX_IO, "", N_("what is to be sent is no regular file"));
    }
    reply->stream = (struct yx_http_stream){
        .size = (uint64_t)about.st_size,
        .read = read_file,
        .release = close_file,
        .self = kept,
    };
    return YX_OK;
}

/* --- Events --------------------------------------------------------------------------------- */

static bool is_line(const char *text)
{
    return strpbrk(text, "\r\n") == NULL;
}

yx_status yx_http_event(struct yx_buf *out, const char *name, const char *id, const char *data)
{
    size_t before = out->len;
    bool written = is_line(name) && is_line(id);

    if (name[0] != '\0')
        written = written && yx_buf_printf(out, "event: %s\n", name) == YX_OK;
    if (id[0] != '\0')
        written = written && yx_buf_printf(out, "id: %s\n", id) == YX_OK;
    for (const char *at = data; written && at != NULL;) {
        size_t len = strcspn(at, "\r\n");

        written = yx_buf_append_text(out, "data: ") == YX_OK &&
                  yx_buf_append(out, YX_BYTES(at, len)) == YX_OK &&
                  yx_buf_append_text(out, "\n") == YX_OK;
        at = at[len] == '\0' ? NULL : at + len + 1;
    }
    if (written && yx_buf_append_text(out, "\n") == YX_OK)
        return YX_OK;
    out->len = before;
    return YX_NO_MEMORY;
}

/* --- The end -------------------------------------------------------------------------------- */

void yx_http_reply_free(struct yx_http_reply *reply)
{
    yx_buf_free(&reply->body);
    yx_buf_free(&reply->headers);
    if (reply->release != NULL)
        reply->release(reply->owner);
    if (reply->stream.read != NULL)
        reply->stream.release(reply->stream.self);
    if (reply->events.poll != NULL)
        reply->events.release(reply->events.self);
    *reply = (struct yx_http_reply){0};
}
