/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/http.c - requests: libmicrohttpd speaks HTTP, this file finds the route, gathers the body
 * within its limit, calls the handler and sends its reply. Handlers run on the threads of
 * libmicrohttpd, several at a time.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>

#include "server/room.h"

#define ADDRESS_TEXT INET6_ADDRSTRLEN
/* Who sends a little more than may be is told so at the end; who goes on is cut off. */
#define EXCESS_MAX ((size_t)256 * 1024)
/* The slowest that a reply may be taken, in bytes a second. */
#define SLOWEST ((size_t)64 * 1024)

/* What a request needs between the calls of libmicrohttpd. */
struct exchange {
    struct yx_listener *listener;
    const struct yx_http_route *route; /* NULL: refused with `refusal` */
    unsigned refusal;
    bool refused;   /* `refusal` was sent by the header alone */
    size_t rest_at; /* where in the path the closing '*' of the route begins */
    size_t excess;  /* bytes of the body beyond the limit */
    struct yx_buf body;
    char methods[96]; /* that the path takes, when it does not take this one */
    char method[16];
    struct yx_http_done done;
};

void yx_http_header(struct yx_http_reply *reply, const char *name, const char *value)
{
    struct yx_http_header *header = &reply->headers[reply->header_count];

    if (reply->header_count == YX_HTTP_HEADERS || strlen(value) >= sizeof header->value)
        return;
    header->name = name;
    memcpy(header->value, value, strlen(value) + 1);
    reply->header_count++;
}

/* --- Connections ----------------------------------------------------------------------------- */

void yx_on_connection(void *self, struct MHD_Connection *connection, void **watched,
                      enum MHD_ConnectionNotificationCode code)
{
    struct yx_listener *listener = self;
    const union MHD_ConnectionInfo *info;

    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (*watched != NULL)
            yx_watch_remove(&listener->watch, *watched);
        *watched = NULL;
        return;
    }
    info = listener->mhd.info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *watched = info == NULL ? NULL
                            : yx_watch_add(&listener->watch, info->connect_fd,
                                           listener->settings.header_deadline);
}

static struct yx_watched *watched_of(const struct yx_listener *listener,
                                     struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        listener->mhd.info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info == NULL ? NULL : info->socket_context;
}

static void renew(struct yx_listener *listener, struct MHD_Connection *connection, unsigned seconds)
{
    struct yx_watched *watched = watched_of(listener, connection);

    if (watched != NULL)
        yx_watch_renew(&listener->watch, watched, seconds);
}

void yx_on_completed(void *self, struct MHD_Connection *connection, void **context,
                     enum MHD_RequestTerminationCode code)
{
    struct yx_listener *listener = self;
    struct exchange *exchange = *context;

    if (exchange == NULL)
        return;
    if (code != MHD_REQUEST_TERMINATED_COMPLETED_OK)
        exchange->done.status = 0;
    yx_http_log(listener->settings.log, &exchange->done);
    yx_buf_free(&exchange->body);
    free(exchange);
    *context = NULL;
    renew(listener, connection, listener->settings.idle_deadline);
    atomic_fetch_sub(&listener->under_way, 1);
}

/* --- What a handler is given --------------------------------------------------------------------
 */

static const char *header_of(const struct yx_listener *listener, struct MHD_Connection *connection,
                             const char *name)
{
    const char *value = listener->mhd.lookup(connection, MHD_HEADER_KIND, name);

    return value == NULL ? "" : value;
}

static void write_peer(const struct yx_listener *listener, struct MHD_Connection *connection,
                       char out[ADDRESS_TEXT])
{
    const union MHD_ConnectionInfo *info =
        listener->mhd.info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info == NULL ? NULL : info->client_addr;

    out[0] = '\0';
    if (address != NULL && address->sa_family == AF_INET)
        (void)inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr,
                        out, ADDRESS_TEXT);
    if (address != NULL && address->sa_family == AF_INET6)
        (void)inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr,
                        out, ADDRESS_TEXT);
}

/* The first certificate that the client showed; TLS proved that it has the key. */
static struct yx_bytes client_certificate(const struct yx_listener *listener,
                                          struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        listener->mhd.info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    unsigned count = 0;
    const gnutls_datum_t *shown;

    if (info == NULL || info->tls_session == NULL)
        return YX_BYTES(NULL, 0);
    shown = listener->mhd.peers(info->tls_session, &count);
    return shown == NULL || count == 0 ? YX_BYTES(NULL, 0) : YX_BYTES(shown->data, shown->size);
}

/* --- Sending ------------------------------------------------------------------------------------
 */

static void free_body(void *body)
{
    struct yx_buf *buf = body;

    yx_buf_free(buf);
    free(buf);
}

static void let_go(struct yx_http_reply *reply)
{
    yx_buf_free(&reply->body);
    if (reply->release != NULL)
        reply->release(reply->owner);
    reply->release = NULL;
    reply->shared = YX_BYTES(NULL, 0);
}

/* Gives what others own too to libmicrohttpd, which lets it go when it is sent. */
static struct MHD_Response *take_shared(const struct yx_listener *listener,
                                        struct yx_http_reply *reply)
{
    struct MHD_Response *response =
        listener->mhd.respond(reply->shared.len, reply->shared.data, reply->release, reply->owner);

    if (response != NULL)
        reply->release = NULL;
    return response;
}

/* Gives the body of the reply to libmicrohttpd. NULL when there is no memory. */
static struct MHD_Response *take_body(const struct yx_listener *listener,
                                      struct yx_http_reply *reply)
{
    struct yx_buf *body;
    struct MHD_Response *response;

    if (reply->release != NULL)
        return take_shared(listener, reply);
    body = malloc(sizeof *body);
    if (body == NULL)
        return NULL;
    *body = reply->body;
    reply->body = (struct yx_buf){0};
    response = listener->mhd.respond(body->len, body->data, free_body, body);
    if (response == NULL)
        free_body(body);
    return response;
}

static void add_headers(const struct yx_listener *listener, struct MHD_Response *response,
                        const struct yx_http_reply *reply)
{
    char date[YX_HTTP_DATE];

    if (reply->content_type != NULL)
        (void)listener->mhd.add_header(response, "Content-Type", reply->content_type);
    if (reply->etag[0] != '\0')
        (void)listener->mhd.add_header(response, "ETag", reply->etag);
    if (reply->modified != 0) {
        yx_http_date(reply->modified, date);
        (void)listener->mhd.add_header(response, "Last-Modified", date);
    }
    (void)listener->mhd.add_header(response, "X-Content-Type-Options", "nosniff");
    if (atomic_load(&listener->stopping))
        (void)listener->mhd.add_header(response, "Connection", "close");
    for (size_t i = 0; i < reply->header_count; i++)
        (void)listener->mhd.add_header(response, reply->headers[i].name, reply->headers[i].value);
}

static enum MHD_Result send_reply(struct exchange *exchange, struct MHD_Connection *connection,
                                  struct yx_http_reply *reply)
{
    struct yx_listener *listener = exchange->listener;
    size_t len = reply->release != NULL ? reply->shared.len : reply->body.len;
    struct MHD_Response *response = take_body(listener, reply);
    enum MHD_Result result;

    if (response == NULL)
        return MHD_NO;
    add_headers(listener, response, reply);
    exchange->done.status = reply->status == 0 ? 200 : reply->status;
    exchange->done.out = len;
    renew(listener, connection, listener->settings.body_deadline + (unsigned)(len / SLOWEST));
    result = listener->mhd.queue(connection, exchange->done.status, response);
    listener->mhd.destroy(response);
    return result;
}

static enum MHD_Result send_refusal(struct exchange *exchange, struct MHD_Connection *connection)
{
    static const struct {
        unsigned status;
        const char *text;
    } sentences[] = {
        {400, N_("the header tells the length of the body in two ways")},
        {404, N_("there is nothing at this path")},
        {405, N_("this path does not take this method")},
        {413, N_("the body is too long")},
        {415, N_("this path does not take a body of this content type")},
        {501, N_("the body is coded in a way that is not known here")},
    };
    struct yx_http_reply reply = {0};
    struct yx_error err = {0};
    enum MHD_Result result;

    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
        if (sentences[i].status == exchange->refusal)
            (void)yx_fail(&err, YX_USAGE, "RFC 9110 15", sentences[i].text);
    yx_problem(&reply, exchange->refusal, &err);
    if (exchange->refusal == 405)
        yx_http_header(&reply, "Allow", exchange->methods);
    /* What follows on the connection may be a body that nobody reads. */
    yx_http_header(&reply, "Connection", "close");
    result = send_reply(exchange, connection, &reply);
    let_go(&reply);
    exchange->refused = true;
    return result;
}

/* --- A request, step by step
 * ---------------------------------------------------------------------- */

static enum MHD_Result see_header(void *self, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    struct yx_framing *framing = self;

    (void)kind;
    framing->lengths += strcasecmp(name, "Content-Length") == 0;
    if (strcasecmp(name, "Transfer-Encoding") == 0) {
        framing->codings++;
        framing->only_chunked = value != NULL && strcasecmp(value, "chunked") == 0;
    }
    return MHD_YES;
}

/* The status that refuses by the header alone what needs no body to be refused; 0: none. */
static unsigned refusal_of(const struct exchange *exchange, struct MHD_Connection *connection)
{
    const struct yx_listener *listener = exchange->listener;
    const struct yx_http_route *route = exchange->route;
    struct yx_framing framing = {0};
    unsigned refusal;

    (void)listener->mhd.each_value(connection, MHD_HEADER_KIND, see_header, &framing);
    refusal = yx_framing_refusal(&framing);
    if (refusal != 0 || route == NULL)
        return refusal != 0 ? refusal : exchange->refusal;
    if (strtoull(header_of(listener, connection, "Content-Length"), NULL, 10) > route->body_max)
        return 413;
    if (route->accept != NULL &&
        !yx_media_type_is(header_of(listener, connection, "Content-Type"), route->accept))
        return 415;
    return 0;
}

static void find_route(struct exchange *exchange, const char *path, const char *method)
{
    const struct yx_listener *listener = exchange->listener;
    const char *rest = path;

    exchange->route = yx_route_find(listener->routes, listener->route_count, method, path, &rest,
                                    &exchange->refusal);
    exchange->rest_at = (size_t)(rest - path);
    if (exchange->route != NULL)
        exchange->done.route = exchange->route->path;
    else if (exchange->refusal == 405)
        yx_route_methods(listener->routes, listener->route_count, path, exchange->methods,
                         sizeof exchange->methods);
}

static enum MHD_Result begin(struct yx_listener *listener, struct MHD_Connection *connection,
                             const char *path, const char *method, void **context)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);

    /* Without a deadline nobody is served. */
    if (exchange == NULL || watched_of(listener, connection) == NULL) {
        free(exchange);
        return MHD_NO;
    }
    atomic_fetch_add(&listener->under_way, 1);
    *context = exchange;
    exchange->listener = listener;
    (void)snprintf(exchange->method, sizeof exchange->method, "%s", method);
    exchange->done.method = exchange->method;
    exchange->done.started = yx_monotonic();
    find_route(exchange, path, method);
    exchange->refusal = refusal_of(exchange, connection);
    renew(listener, connection, listener->settings.body_deadline);
    /* A reply at this point spares the client the sending of a body that nobody reads. */
    return exchange->refusal == 0 ? MHD_YES : send_refusal(exchange, connection);
}

/* A body in chunks tells its length only by going over the limit. */
static enum MHD_Result gather(struct exchange *exchange, const char *data, size_t *size)
{
    size_t len = *size;

    *size = 0;
    exchange->done.in += len;
    if (exchange->refused)
        return MHD_YES;
    if (exchange->refusal == 0 && len <= exchange->route->body_max - exchange->body.len)
        return yx_buf_append(&exchange->body, YX_BYTES(data, len)) == YX_OK ? MHD_YES : MHD_NO;
    exchange->refusal = 413;
    exchange->excess += len;
    return exchange->excess > EXCESS_MAX ? MHD_NO : MHD_YES;
}

/* What failed becomes a problem document; what the client has already is not sent again. */
static void settle(struct exchange *exchange, struct MHD_Connection *connection, yx_status status,
                   const struct yx_error *err, struct yx_http_reply *reply)
{
    struct yx_listener *listener = exchange->listener;

    if (status != YX_OK) {
        unsigned code = yx_problem_status(status);

        let_go(reply);
        yx_problem(reply, code, err);
        if (code >= 500)
            yx_complain(&listener->complaints, exchange->route->path, err);
        if (code == 503)
            yx_http_header(reply, "Retry-After", "5");
        return;
    }
    if ((reply->status == 0 || reply->status == 200) &&
        strcmp(exchange->route->method, "GET") == 0 &&
        yx_is_not_modified(reply, header_of(listener, connection, "If-None-Match"),
                           header_of(listener, connection, "If-Modified-Since"))) {
        let_go(reply);
        reply->status = 304;
        reply->content_type = NULL;
    }
}

static enum MHD_Result answer(struct exchange *exchange, struct MHD_Connection *connection,
                              const char *path, const char *method)
{
    struct yx_listener *listener = exchange->listener;
    char peer[ADDRESS_TEXT];
    struct yx_http_reply reply = {.status = 200};
    struct yx_error err = {0};
    struct yx_http_request request = {
        .method = method,
        .path = path,
        .rest = path + exchange->rest_at,
        .body = yx_buf_bytes(&exchange->body),
        .content_type = header_of(listener, connection, "Content-Type"),
        .authorization = header_of(listener, connection, "Authorization"),
        .peer = peer,
        .client_certificate = client_certificate(listener, connection),
    };
    enum MHD_Result result;
    yx_status status;

    write_peer(listener, connection, peer);
    renew(listener, connection, 0); /* the handler takes the time that it takes */
    status = exchange->route->handle(exchange->route->self, &request, &reply, &err);
    settle(exchange, connection, status, &err, &reply);
    result = send_reply(exchange, connection, &reply);
    let_go(&reply);
    return result;
}

enum MHD_Result yx_on_request(void *self, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **context)
{
    struct exchange *exchange = *context;

    (void)version;
    if (exchange == NULL)
        return begin(self, connection, path, method, context);
    if (*size > 0)
        return gather(exchange, data, size);
    if (exchange->refused)
        return MHD_NO;
    return exchange->refusal == 0 ? answer(exchange, connection, path, method)
                                  : send_refusal(exchange, connection);
}
