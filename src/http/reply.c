/* SPDX-License-Identifier: Apache-2.0 */
/* http/reply.c - replies: their headers, and bodies handed to libmicrohttpd. */
#include <stdlib.h>
#include <strings.h>

#include "http/room.h"

/* The slowest that a reply may be taken, in bytes a second. */
#define SLOWEST ((size_t)64 * 1024)

/* --- Headers ---------------------------------------------------------------------------------- */

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

/* The next name and value; false at the end. Starts with *at = 0. */
static bool next_header(const struct yx_http_reply *reply, size_t *at, const char **name,
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

static bool has_header(const struct yx_http_reply *reply, const char *wanted)
{
    const char *name, *value;

    for (size_t at = 0; next_header(reply, &at, &name, &value);)
        if (strcasecmp(name, wanted) == 0)
            return true;
    return false;
}

static bool add_header(const struct yx_exchange *exchange, struct MHD_Response *response,
                       const char *name, const char *value)
{
    return exchange->listener->mhd.add_header(response, name, value) == MHD_YES;
}

/* What stands in every reply that says nothing else itself. */
static bool add_usual(const struct yx_exchange *exchange, struct MHD_Response *response,
                      const struct yx_http_reply *reply)
{
    static const char *const usual[][2] = {
        {"Cache-Control", "no-store"},
        {"X-Content-Type-Options", "nosniff"},
        {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
    };
    bool added = add_header(exchange, response, "X-Request-Id", exchange->request_id);

    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        if (!has_header(reply, usual[i][0]))
            added &= add_header(exchange, response, usual[i][0], usual[i][1]);
    if (exchange->request.secure)
        added &= add_header(exchange, response, "Strict-Transport-Security", "max-age=31536000");
    if (atomic_load(&exchange->listener->stopping) && !has_header(reply, "Connection"))
        added &= add_header(exchange, response, "Connection", "close");
    return added;
}

/* Pages of other sites may ask only when the settings name them; without cookies in any case. */
static bool add_cors(const struct yx_exchange *exchange, struct MHD_Response *response)
{
    if (!yx_cors_allows(exchange))
        return true;
    return add_header(exchange, response, "Access-Control-Allow-Origin",
                      yx_header_value(exchange, "Origin")) &&
           add_header(exchange, response, "Vary", "Origin") &&
           add_header(exchange, response, "Access-Control-Expose-Headers",
                      "ETag, Location, Retry-After, X-Request-Id");
}

bool yx_cors_allows(const struct yx_exchange *exchange)
{
    const char *origins = (const char *)exchange->listener->origins.data;
    const char *origin = origins == NULL ? "" : yx_header_value(exchange, "Origin");

    return origin[0] != '\0' && yx_is_listed(origins, YX_TEXT(origin));
}

static bool add_headers(const struct yx_exchange *exchange, struct MHD_Response *response,
                        const struct yx_http_reply *reply)
{
    const char *name, *value;
    char date[YX_HTTP_DATE];
    bool added = !reply->header_lost;

    if (reply->content_type != NULL)
        added &= add_header(exchange, response, "Content-Type", reply->content_type);
    if (reply->etag[0] != '\0')
        added &= add_header(exchange, response, "ETag", reply->etag);
    if (reply->modified != 0) {
        yx_http_date(reply->modified, date);
        added &= add_header(exchange, response, "Last-Modified", date);
    }
    added &= add_usual(exchange, response, reply) && add_cors(exchange, response);
    for (size_t at = 0; next_header(reply, &at, &name, &value);)
        added &= add_header(exchange, response, name, value);
    return added;
}

/* --- Bodies ------------------------------------------------------------------------------------
 */

static void free_body(void *body)
{
    struct yx_buf *buf = body;

    yx_buf_free(buf);
    free(buf);
}

void yx_http_reply_free(struct yx_http_reply *reply)
{
    yx_buf_free(&reply->body);
    yx_buf_free(&reply->headers);
    if (reply->release != NULL)
        reply->release(reply->owner);
    *reply = (struct yx_http_reply){0};
}

/* Gives what others own too to libmicrohttpd, which lets it go when it is sent. */
static struct MHD_Response *take_shared(const struct yx_mhd *mhd, struct yx_http_reply *reply)
{
    struct MHD_Response *response =
        mhd->respond(reply->shared.len, reply->shared.data, reply->release, reply->owner);

    if (response != NULL)
        reply->release = NULL;
    return response;
}

/* Gives the body of the reply to libmicrohttpd. NULL when there is no memory. */
static struct MHD_Response *take_body(const struct yx_mhd *mhd, struct yx_http_reply *reply)
{
    struct yx_buf *body;
    struct MHD_Response *response;

    if (reply->release != NULL)
        return take_shared(mhd, reply);
    body = malloc(sizeof *body);
    if (body == NULL)
        return NULL;
    *body = reply->body;
    reply->body = (struct yx_buf){0};
    response = mhd->respond(body->len, body->data, free_body, body);
    if (response == NULL)
        free_body(body);
    return response;
}

/* --- Sending -----------------------------------------------------------------------------------
 */

bool yx_exchange_renew(const struct yx_exchange *exchange, unsigned seconds)
{
    struct yx_listener *listener = exchange->listener;
    const union MHD_ConnectionInfo *info =
        listener->mhd.info(exchange->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    if (info == NULL || info->socket_context == NULL)
        return false;
    yx_watch_renew(&listener->watch, info->socket_context, seconds);
    return true;
}

enum MHD_Result yx_reply_send(struct yx_exchange *exchange, struct yx_http_reply *reply)
{
    struct yx_listener *listener = exchange->listener;
    size_t len = reply->release != NULL ? reply->shared.len : reply->body.len;
    struct MHD_Response *response = take_body(&listener->mhd, reply);
    enum MHD_Result result = MHD_NO;

    if (response == NULL)
        return MHD_NO;
    exchange->done.status = reply->status == 0 ? 200 : reply->status;
    exchange->done.out = len;
    (void)yx_exchange_renew(exchange, listener->settings.body_deadline + (unsigned)(len / SLOWEST));
    if (add_headers(exchange, response, reply))
        result = listener->mhd.queue(exchange->connection, exchange->done.status, response);
    listener->mhd.destroy(response);
    return result;
}
