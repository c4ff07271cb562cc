/* SPDX-License-Identifier: Apache-2.0 */
/* listener/send.c - replies: their headers, and their sending. */
#include "listener/room.h"

/* The slowest that a body may come or be taken, in bytes a second. */
#define SLOWEST ((uint64_t)64 * 1024)

/* --- Headers -------------------------------------------------------------------------------- */

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
        if (!yx_http_has_header(reply, usual[i][0]))
            added &= add_header(exchange, response, usual[i][0], usual[i][1]);
    if (exchange->request.secure)
        added &= add_header(exchange, response, "Strict-Transport-Security", "max-age=31536000");
    if (atomic_load(&exchange->listener->stopping) && !yx_http_has_header(reply, "Connection"))
        added &= add_header(exchange, response, "Connection", "close");
    return added;
}

/* Pages of other sites may ask only when the settings name them; without cookies in any case. */
static bool add_cors(const struct yx_exchange *exchange, struct MHD_Response *response)
{
    if (exchange->listener->origins.len == 0)
        return true;
    /* Who keeps a reply for one page must not give it to one of another site. */
    if (!add_header(exchange, response, "Vary", "Origin"))
        return false;
    if (!yx_cors_allows(exchange))
        return true;
    return add_header(exchange, response, "Access-Control-Allow-Origin",
                      yx_header_value(exchange, "Origin")) &&
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
    for (size_t at = 0; yx_http_next_header(reply, &at, &name, &value);)
        added &= add_header(exchange, response, name, value);
    return added;
}

/* --- Sending -------------------------------------------------------------------------------- */

static struct yx_watched *watched_of(const struct yx_exchange *exchange)
{
    const union MHD_ConnectionInfo *info =
        exchange->listener->mhd.info(exchange->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info == NULL ? NULL : info->socket_context;
}

bool yx_exchange_renew(const struct yx_exchange *exchange, unsigned seconds)
{
    struct yx_watched *watched = watched_of(exchange);

    if (watched != NULL) {
        yx_greeted(exchange->listener, watched);
        yx_watch_renew(&exchange->listener->watch, watched, seconds);
    }
    return watched != NULL;
}

void yx_exchange_receive(const struct yx_exchange *exchange, bool receiving)
{
    struct yx_watched *watched = watched_of(exchange);

    if (watched != NULL)
        yx_watch_receive(&exchange->listener->watch, watched, receiving);
}

void yx_exchange_went_on(const struct yx_exchange *exchange, int64_t since, uint64_t bytes)
{
    uint64_t allowed = exchange->listener->settings.body_deadline + bytes / SLOWEST;
    uint64_t used = (uint64_t)(yx_monotonic() - since) / YX_SECOND;

    (void)yx_exchange_renew(exchange, used < allowed ? (unsigned)(allowed - used) : 1);
}

uint64_t yx_reply_size(const struct yx_http_reply *reply)
{
    if (reply->events.poll != NULL)
        return YX_HTTP_ANY_SIZE;
    if (reply->stream.read != NULL)
        return reply->stream.size;
    return reply->release != NULL ? reply->shared.len : reply->body.len;
}

enum MHD_Result yx_reply_send(struct yx_exchange *exchange, struct yx_http_reply *reply)
{
    struct yx_listener *listener = exchange->listener;
    bool streamed = reply->stream.read != NULL || reply->events.poll != NULL;
    uint64_t len = exchange->part.wanted ? exchange->part.len : yx_reply_size(reply);
    struct MHD_Response *response = yx_body_take(exchange, reply);
    enum MHD_Result result = MHD_NO;

    if (response == NULL)
        return MHD_NO;
    exchange->done.status = reply->status == 0 ? 200 : reply->status;
    exchange->done.out = streamed ? 0 : len;
    yx_exchange_went_on(exchange, yx_monotonic(), exchange->done.out);
    if (add_headers(exchange, response, reply))
        result = listener->mhd.queue(exchange->connection, exchange->done.status, response);
    listener->mhd.destroy(response);
    return result;
}
