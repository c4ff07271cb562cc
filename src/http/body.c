/* SPDX-License-Identifier: Apache-2.0 */
/* http/body.c - bodies of replies handed to libmicrohttpd: bytes, shared bytes, streams. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/room.h"

/* What is read of a stream at once. */
#define BLOCK ((size_t)64 * 1024)

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

/* --- Streams -------------------------------------------------------------------------------- */

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

/* A stream on its way. */
struct outgoing {
    struct yx_exchange *exchange;
    struct yx_http_stream stream;
    uint64_t from; /* where the part begins */
    int64_t started;
};

/* What libmicrohttpd calls for more. */
static ssize_t read_stream(void *self, uint64_t at, char *out, size_t size)
{
    struct outgoing *outgoing = self;
    struct yx_exchange *exchange = outgoing->exchange;
    struct yx_error err;
    size_t got = 0;

    if (outgoing->stream.read(outgoing->stream.self, outgoing->from + at, out, size, &got, &err) !=
        YX_OK) {
        yx_complain(&exchange->listener->complaints, exchange->found.route->path, &err);
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    exchange->done.out += got;
    yx_exchange_went_on(exchange, outgoing->started, exchange->done.out);
    if (got > 0)
        return (ssize_t)got;
    return outgoing->stream.size == YX_HTTP_ANY_SIZE ? MHD_CONTENT_READER_END_OF_STREAM
                                                     : MHD_CONTENT_READER_END_WITH_ERROR;
}

static void end_stream(void *self)
{
    struct outgoing *outgoing = self;

    outgoing->stream.release(outgoing->stream.self);
    free(outgoing);
}

static struct MHD_Response *take_stream(struct yx_exchange *exchange, struct yx_http_reply *reply)
{
    struct outgoing *outgoing = malloc(sizeof *outgoing);
    uint64_t size = exchange->part.wanted ? exchange->part.len : reply->stream.size;
    struct MHD_Response *response;

    if (outgoing == NULL)
        return NULL;
    *outgoing = (struct outgoing){exchange, reply->stream, exchange->part.from, yx_monotonic()};
    response =
        exchange->listener->mhd.respond_by(size == YX_HTTP_ANY_SIZE ? MHD_SIZE_UNKNOWN : size,
                                           BLOCK, read_stream, outgoing, end_stream);
    if (response == NULL)
        free(outgoing);
    else
        reply->stream.read = NULL;
    return response;
}

/* --- Bodies in memory ----------------------------------------------------------------------- */

/* Gives what others own too to libmicrohttpd, which lets it go when it is sent. */
static struct MHD_Response *take_shared(const struct yx_exchange *exchange,
                                        struct yx_http_reply *reply)
{
    struct yx_bytes bytes = reply->shared;
    struct MHD_Response *response;

    if (exchange->part.wanted)
        bytes = YX_BYTES(bytes.data + exchange->part.from, exchange->part.len);
    response = exchange->listener->mhd.respond(bytes.len, bytes.data, reply->release, reply->owner);

    if (response != NULL)
        reply->release = NULL;
    return response;
}

static void free_body(void *body)
{
    struct yx_buf *buf = body;

    yx_buf_free(buf);
    free(buf);
}

struct MHD_Response *yx_body_take(struct yx_exchange *exchange, struct yx_http_reply *reply)
{
    struct yx_buf *body;
    struct MHD_Response *response;

    if (reply->events.poll != NULL)
        return yx_events_take(exchange, reply);
    if (reply->stream.read != NULL)
        return take_stream(exchange, reply);
    if (reply->release != NULL)
        return take_shared(exchange, reply);
    body = malloc(sizeof *body);
    if (body == NULL)
        return NULL;
    *body = reply->body;
    reply->body = (struct yx_buf){0};
    response = exchange->listener->mhd.respond(body->len, body->data, free_body, body);
    if (response == NULL)
        free_body(body);
    return response;
}
