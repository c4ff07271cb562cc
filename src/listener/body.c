/* SPDX-License-Identifier: Apache-2.0 */
/* listener/body.c - bodies of replies handed to libmicrohttpd: bytes, shared bytes, streams. */
#include <stdlib.h>

#include "listener/room.h"

/* What is read of a stream at once. */
#define BLOCK ((size_t)64 * 1024)

/* --- Streams -------------------------------------------------------------------------------- */

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
