/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/http.c - a listener: libmicrohttpd speaks HTTP, this file finds the route, gathers the
 * body within its limit, calls the handler and sends its reply. Handlers run on the threads of
 * libmicrohttpd, several at a time.
 */
#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "server/room.h"

#define HEADER_MEMORY (32u * 1024)
#define ADDRESS_TEXT INET6_ADDRSTRLEN

struct yx_listener {
    struct yx_listener_settings settings;
    const struct yx_http_route *routes;
    size_t route_count;
    struct yx_watch watch;
    bool watching;
    struct MHD_Daemon *daemon;
    struct yx_buf certificate, key, client_trust; /* each ended by a NUL */
};

/* What a request needs between the calls of libmicrohttpd. */
struct exchange {
    struct yx_listener *listener;
    const struct yx_http_route *route; /* NULL: refused with `refusal` */
    unsigned refusal;
    size_t rest_at; /* where in the path the closing '*' of the route begins */
    struct yx_buf body;
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

static void on_connection(void *self, struct MHD_Connection *connection, void **watched,
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
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *watched = info == NULL ? NULL
                            : yx_watch_add(&listener->watch, info->connect_fd,
                                           listener->settings.header_deadline);
}

static struct yx_watched *watched_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info == NULL ? NULL : info->socket_context;
}

static void renew(struct yx_listener *listener, struct MHD_Connection *connection, unsigned seconds)
{
    struct yx_watched *watched = watched_of(connection);

    if (watched != NULL)
        yx_watch_renew(&listener->watch, watched, seconds);
}

static void on_completed(void *self, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code)
{
    struct yx_listener *listener = self;
    struct exchange *exchange = *context;

    (void)code;
    if (exchange == NULL)
        return;
    yx_buf_free(&exchange->body);
    free(exchange);
    *context = NULL;
    renew(listener, connection, listener->settings.idle_deadline);
}

/* --- What a handler is given --------------------------------------------------------------------
 */

static const char *header_of(struct MHD_Connection *connection, const char *name)
{
    const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);

    return value == NULL ? "" : value;
}

static void write_peer(struct MHD_Connection *connection, char out[ADDRESS_TEXT])
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
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
static struct yx_bytes client_certificate(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    unsigned count = 0;
    const gnutls_datum_t *shown;

    if (info == NULL || info->tls_session == NULL)
        return YX_BYTES(NULL, 0);
    shown = gnutls_certificate_get_peers(info->tls_session, &count);
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

/* Gives the body of the reply to libmicrohttpd. NULL when there is no memory. */
static struct MHD_Response *take_body(struct yx_http_reply *reply)
{
    struct yx_buf *body = malloc(sizeof *body);
    struct MHD_Response *response;

    if (body == NULL)
        return NULL;
    *body = reply->body;
    reply->body = (struct yx_buf){0};
    response = MHD_create_response_from_buffer_with_free_callback_cls(body->len, body->data,
                                                                      free_body, body);
    if (response == NULL)
        free_body(body);
    return response;
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, struct yx_http_reply *reply)
{
    struct MHD_Response *response = take_body(reply);
    enum MHD_Result result;

    if (response == NULL)
        return MHD_NO;
    if (reply->content_type != NULL)
        (void)MHD_add_response_header(response, "Content-Type", reply->content_type);
    (void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    for (size_t i = 0; i < reply->header_count; i++)
        (void)MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
    result = MHD_queue_response(connection, reply->status == 0 ? 200 : reply->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result send_refusal(struct MHD_Connection *connection, unsigned status)
{
    static const struct {
        unsigned status;
        const char *text;
    } sentences[] = {
        {404, N_("there is nothing at this path")},
        {405, N_("this path does not take this method")},
        {413, N_("the body is too long")},
        {415, N_("this path does not take a body of this content type")},
    };
    struct yx_http_reply reply = {0};
    struct yx_error err = {0};
    enum MHD_Result result;

    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
        if (sentences[i].status == status)
            (void)yx_fail(&err, YX_USAGE, "RFC 9110 15.5", sentences[i].text);
    yx_problem(&reply, status, &err);
    result = send_reply(connection, &reply);
    yx_buf_free(&reply.body);
    return result;
}

/* --- A request, step by step
 * ---------------------------------------------------------------------- */

/* Refuses by the header alone what needs no body to be refused. */
static void check_header(struct exchange *exchange, struct MHD_Connection *connection)
{
    const struct yx_http_route *route = exchange->route;
    const char *length = header_of(connection, "Content-Length");
    unsigned long long announced = strtoull(length, NULL, 10);

    if (route == NULL)
        return;
    if (announced > route->body_max)
        exchange->refusal = 413;
    else if (route->accept != NULL &&
             !yx_media_type_is(header_of(connection, "Content-Type"), route->accept))
        exchange->refusal = 415;
    if (exchange->refusal != 0)
        exchange->route = NULL;
}

static enum MHD_Result begin(struct yx_listener *listener, struct MHD_Connection *connection,
                             const char *path, const char *method, void **context)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);
    const char *rest = path;

    /* Without a deadline nobody is served. */
    if (exchange == NULL || watched_of(connection) == NULL) {
        free(exchange);
        return MHD_NO;
    }
    exchange->listener = listener;
    exchange->route = yx_route_find(listener->routes, listener->route_count, method, path, &rest,
                                    &exchange->refusal);
    exchange->rest_at = (size_t)(rest - path);
    if (exchange->route != NULL)
        exchange->refusal = 0;
    check_header(exchange, connection);
    *context = exchange;
    renew(listener, connection, listener->settings.body_deadline);
    /* A reply at this point spares the client the sending of a body that nobody reads. */
    return exchange->refusal == 0 ? MHD_YES : send_refusal(connection, exchange->refusal);
}

/* A body in chunks tells its length only by going over the limit: the connection ends then. */
static enum MHD_Result gather(struct exchange *exchange, const char *data, size_t *size)
{
    const struct yx_http_route *route = exchange->route;

    if (route == NULL || *size > route->body_max - exchange->body.len ||
        yx_buf_append(&exchange->body, YX_BYTES(data, *size)) != YX_OK)
        return MHD_NO;
    *size = 0;
    return MHD_YES;
}

static enum MHD_Result answer(struct exchange *exchange, struct MHD_Connection *connection,
                              const char *path, const char *method)
{
    char peer[ADDRESS_TEXT];
    struct yx_http_reply reply = {.status = 200};
    struct yx_error err = {0};
    struct yx_http_request request = {
        .method = method,
        .path = path,
        .rest = path + exchange->rest_at,
        .body = yx_buf_bytes(&exchange->body),
        .content_type = header_of(connection, "Content-Type"),
        .authorization = header_of(connection, "Authorization"),
        .peer = peer,
        .client_certificate = client_certificate(connection),
    };
    enum MHD_Result result;
    yx_status status;

    write_peer(connection, peer);
    renew(exchange->listener, connection, 0); /* the handler takes the time that it takes */
    status = exchange->route->handle(exchange->route->self, &request, &reply, &err);
    if (status != YX_OK)
        yx_problem(&reply, yx_problem_status(status), &err);
    renew(exchange->listener, connection, exchange->listener->settings.body_deadline);
    result = send_reply(connection, &reply);
    yx_buf_free(&reply.body);
    return result;
}

static enum MHD_Result on_request(void *self, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **context)
{
    struct exchange *exchange = *context;

    (void)version;
    if (exchange == NULL)
        return begin(self, connection, path, method, context);
    if (*size > 0)
        return gather(exchange, data, size);
    return exchange->route == NULL ? MHD_NO : answer(exchange, connection, path, method);
}

/* --- Starting and stopping
 * -------------------------------------------------------------------------- */

static void set_usual_values(struct yx_listener_settings *settings)
{
    if (settings->address == NULL)
        settings->address = "127.0.0.1";
    if (settings->threads == 0)
        settings->threads = 8;
    if (settings->connections_max == 0)
        settings->connections_max = 1000;
    if (settings->header_deadline == 0)
        settings->header_deadline = 10;
    if (settings->body_deadline == 0)
        settings->body_deadline = 60;
    if (settings->idle_deadline == 0)
        settings->idle_deadline = 30;
}

static yx_status read_address(const struct yx_listener_settings *settings,
                              struct sockaddr_storage *out, struct yx_error *err)
{
    struct sockaddr_in *four = (struct sockaddr_in *)(void *)out;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)out;

    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, settings->address, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(settings->port);
        return YX_OK;
    }
    YX_REQUIRE(inet_pton(AF_INET6, settings->address, &six->sin6_addr) == 1, err, YX_USAGE, "",
               N_("{1} is no IP address"), settings->address);
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(settings->port);
    return YX_OK;
}

static yx_status copy_text(struct yx_buf *out, struct yx_bytes text, struct yx_error *err)
{
    if (text.len == 0)
        return YX_OK;
    return yx_buf_append(out, text) == YX_OK && yx_buf_append(out, YX_BYTES("", 1)) == YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

static yx_status start(struct yx_listener *listener, struct yx_error *err)
{
    const struct yx_listener_settings *settings = &listener->settings;
    bool tls = listener->key.len > 0;
    struct sockaddr_storage address;
    struct MHD_OptionItem more[4] = {{MHD_OPTION_END, 0, NULL}};
    size_t count = 0;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC;

    YX_TRY(read_address(settings, &address, err));
    if (tls) {
        flags |= MHD_USE_TLS;
        more[count++] =
            (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, listener->certificate.data};
        more[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, listener->key.data};
    }
    if (tls && listener->client_trust.len > 0)
        more[count++] =
            (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_TRUST, 0, listener->client_trust.data};
    more[count] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    if (((struct sockaddr *)&address)->sa_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    listener->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, listener, MHD_OPTION_SOCK_ADDR, &address,
        MHD_OPTION_THREAD_POOL_SIZE, settings->threads, MHD_OPTION_CONNECTION_LIMIT,
        settings->connections_max, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        settings->connections_per_address, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)HEADER_MEMORY, MHD_OPTION_NOTIFY_CONNECTION, on_connection, listener,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, listener, MHD_OPTION_ARRAY, more,
        MHD_OPTION_END);
    YX_REQUIRE(listener->daemon != NULL, err, YX_IO, "",
               N_("cannot listen at {1}, port {2}: is another program there, or is the TLS "
                  "certificate not that of the key?"),
               settings->address, YX_NUM(settings->port));
    return YX_OK;
}

yx_status yx_listener_new(const struct yx_listener_settings *settings,
                          const struct yx_http_route *routes, size_t count,
                          struct yx_listener **out, struct yx_error *err)
{
    YX_CLEAN(yx_listener) struct yx_listener *listener = calloc(1, sizeof *listener);

    if (listener == NULL)
        return yx_fail_memory(err);
    listener->settings = *settings;
    set_usual_values(&listener->settings);
    listener->routes = routes;
    listener->route_count = count;
    YX_TRY(copy_text(&listener->certificate, settings->tls_certificate, err));
    YX_TRY(copy_text(&listener->key, settings->tls_key, err));
    YX_TRY(copy_text(&listener->client_trust, settings->tls_client_trust, err));
    YX_TRY(yx_watch_start(&listener->watch, err));
    listener->watching = true;
    YX_TRY(start(listener, err));
    *out = listener;
    listener = NULL;
    return YX_OK;
}

uint16_t yx_listener_port(const struct yx_listener *listener)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_BIND_PORT);

    return info == NULL ? 0 : info->port;
}

void yx_listener_free(struct yx_listener *listener)
{
    if (listener == NULL)
        return;
    if (listener->daemon != NULL)
        MHD_stop_daemon(listener->daemon);
    if (listener->watching)
        yx_watch_stop(&listener->watch);
    yx_buf_free(&listener->certificate);
    yx_buf_free(&listener->key);
    yx_buf_free(&listener->client_trust);
    free(listener);
}
