/* SPDX-License-Identifier: Apache-2.0 */
/* listener/read.c - what the header of a request says, gathered into what handlers are given. */
#include <netinet/in.h>
#include <stdlib.h>
#include <strings.h>

#include "crypto/crypto.h"
#include "listener/room.h"

static const char *find_header(const void *self, const char *name)
{
    return yx_header_value(self, name);
}

const char *yx_header_value(const struct yx_exchange *exchange, const char *name)
{
    const char *value = exchange->listener->mhd.lookup(exchange->connection, MHD_HEADER_KIND, name);

    return value == NULL ? "" : value;
}

struct yx_exchange *yx_exchange_new(struct yx_listener *listener, const char *target)
{
    size_t len = strlen(target) + 1;
    struct yx_exchange *exchange = calloc(1, sizeof *exchange + 2 * len);

    if (exchange == NULL)
        return NULL;
    exchange->listener = listener;
    exchange->inside =
        (struct yx_http_inside){.query = &exchange->query, .header = find_header, .self = exchange};
    exchange->found.row = listener->router.count;
    exchange->path = exchange->target + len;
    memcpy(exchange->target, target, len);
    memcpy(exchange->path, target, len);
    exchange->query_text = strchr(exchange->path, '?');
    if (exchange->query_text != NULL)
        *exchange->query_text++ = '\0';
    return exchange;
}

void yx_exchange_free(struct yx_exchange *exchange)
{
    if (exchange->taking)
        exchange->found.route->intake->end(exchange->taker);
    if (exchange->found.route != NULL && exchange->found.route->intake == NULL)
        atomic_fetch_sub(&exchange->listener->gathered, exchange->taken);
    yx_buf_free(&exchange->body);
    yx_arena_free(exchange->inside.cookies);
    free(exchange);
}

/* --- What the header says ------------------------------------------------------------------- */

static void write_peer(struct yx_exchange *exchange)
{
    const struct yx_listener *listener = exchange->listener;
    const union MHD_ConnectionInfo *info =
        listener->mhd.info(exchange->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info == NULL ? NULL : info->client_addr;
    char *out = exchange->peer;

    if (address != NULL && address->sa_family == AF_INET)
        (void)inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr,
                        out, INET6_ADDRSTRLEN);
    if (address != NULL && address->sa_family == AF_INET6)
        (void)inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr,
                        out, INET6_ADDRSTRLEN);
}

/* A proxy says for whom it asks, and how it calls the request. */
static yx_status name_request(struct yx_exchange *exchange, struct yx_error *err)
{
    const struct yx_listener_settings *settings = &exchange->listener->settings;
    const char *name = yx_header_value(exchange, "X-Request-Id");
    bool believed;

    write_peer(exchange);
    believed = settings->is_proxy != NULL && settings->is_proxy(settings->proxies, exchange->peer);
    if (believed && exchange->forwarded != NULL)
        (void)yx_forwarded_for(exchange->forwarded, settings->is_proxy, settings->proxies,
                               exchange->peer);
    if (!believed || !yx_is_request_id(name))
        return yx_uuid_make(yx_now(), exchange->request_id, err);
    (void)snprintf(exchange->request_id, sizeof exchange->request_id, "%s", name);
    return YX_OK;
}

/* The first certificate that the client showed; TLS proved that it has the key. */
static void find_certificate(struct yx_exchange *exchange)
{
    const struct yx_mhd *mhd = &exchange->listener->mhd;
    const union MHD_ConnectionInfo *info =
        mhd->info(exchange->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    unsigned count = 0;
    const gnutls_datum_t *shown;

    if (info == NULL || info->tls_session == NULL)
        return;
    exchange->request.secure = true;
    shown = mhd->peers(info->tls_session, &count);
    if (shown != NULL && count > 0)
        exchange->request.client_certificate = YX_BYTES(shown->data, shown->size);
}

struct sight {
    struct yx_exchange *exchange;
    struct yx_framing framing;
    unsigned seen; /* a bit for each of `singles` */
};

static enum MHD_Result see_header(void *self, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    /* Where two readers could take one or the other. */
    static const char *const singles[] = {"Host",        "Content-Type",    "Authorization",
                                          "Cookie",      "Idempotency-Key", "X-CSRF-Token",
                                          "X-Request-Id"};
    struct sight *sight = self;
    struct yx_framing *framing = &sight->framing;

    (void)kind;
    framing->lengths += strcasecmp(name, "Content-Length") == 0;
    if (strcasecmp(name, "Transfer-Encoding") == 0) {
        framing->codings++;
        framing->only_chunked = value != NULL && strcasecmp(value, "chunked") == 0;
    }
    if (strcasecmp(name, "X-Forwarded-For") == 0)
        sight->exchange->forwarded = value;
    for (size_t i = 0; i < sizeof singles / sizeof singles[0]; i++)
        if (strcasecmp(name, singles[i]) == 0) {
            framing->twice |= (sight->seen & 1u << i) != 0;
            sight->seen |= 1u << i;
        }
    return MHD_YES;
}

/* The row of the table, and what stood in its places. */
static unsigned find_route(struct yx_exchange *exchange)
{
    struct yx_found *found = &exchange->found;
    size_t slash;

    if (!yx_path_decode(exchange->path, &slash) ||
        (exchange->query_text != NULL && !yx_query_read(exchange->query_text, &exchange->query)))
        return 400;
    if (!yx_route_find(&exchange->listener->router, exchange->method, exchange->path, found))
        return found->status;
    exchange->done.route = found->route->path;
    /* "%2F" is no '/' between segments (RFC 3986 2.2). */
    if (slash < (size_t)(found->rest - exchange->path))
        return 404;
    for (size_t i = 0; i < found->id_count; i++)
        memcpy(exchange->ids[i], found->ids[i].data, found->ids[i].len);
    return 0;
}

/* The status that refuses by the header alone what needs no body to be refused; 0: none. */
static unsigned refusal_of(struct yx_exchange *exchange)
{
    const struct yx_http_route *route;
    struct sight sight = {.exchange = exchange};
    unsigned refusal, missing = find_route(exchange);

    (void)exchange->listener->mhd.each_value(exchange->connection, MHD_HEADER_KIND, see_header,
                                             &sight);
    refusal = yx_framing_refusal(&sight.framing);
    if (refusal != 0 || missing != 0)
        return refusal != 0 ? refusal : missing;
    route = exchange->found.route;
    if (strtoull(yx_header_value(exchange, "Content-Length"), NULL, 10) > route->body_max)
        return 413;
    if (route->accept != NULL &&
        !yx_media_type_is(yx_header_value(exchange, "Content-Type"), route->accept))
        return 415;
    return 0;
}

yx_status yx_exchange_read(struct yx_exchange *exchange, const char *method, struct yx_error *err)
{
    struct yx_http_request *request = &exchange->request;

    (void)snprintf(exchange->method, sizeof exchange->method, "%s", method);
    exchange->done.method = exchange->method;
    exchange->done.request_id = exchange->request_id;
    exchange->refusal = refusal_of(exchange);
    *request = (struct yx_http_request){
        .method = exchange->method,
        .target = exchange->target,
        .path = exchange->path,
        .rest = exchange->found.route == NULL ? "" : exchange->found.rest,
        .ids = {exchange->ids[0], exchange->ids[1], exchange->ids[2], exchange->ids[3]},
        .content_type = yx_header_value(exchange, "Content-Type"),
        .authorization = yx_header_value(exchange, "Authorization"),
        .peer = exchange->peer,
        .request_id = exchange->request_id,
        .language = yx_language_of(yx_header_value(exchange, "Accept-Language")),
        .route = exchange->found.route,
        .inside = &exchange->inside,
    };
    find_certificate(exchange);
    return name_request(exchange, err);
}
