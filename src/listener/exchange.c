/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener/exchange.c - requests, step by step: libmicrohttpd speaks HTTP, this file gathers the
 * body within its limit, calls the handler and has its reply sent. Handlers run on the threads of
 * libmicrohttpd, several at a time.
 */
#include "listener/room.h"

/* Who sends a little more than may be is told so at the end; who goes on is cut off. */
#define EXCESS_MAX ((size_t)256 * 1024)
/* Each time that so much of a body has come, it is seen to whether it comes fast enough. */
#define LOOK ((size_t)64 * 1024)

/* --- Connections ---------------------------------------------------------------------------- */

void yx_on_connection(void *self, struct MHD_Connection *connection, void **watched,
                      enum MHD_ConnectionNotificationCode code)
{
    struct yx_listener *listener = self;
    const union MHD_ConnectionInfo *info;

    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (*watched != NULL) {
            yx_greeted(listener, *watched);
            yx_watch_remove(&listener->watch, *watched);
        }
        *watched = NULL;
        yx_accept_closed(&listener->accepting);
        return;
    }
    info = listener->mhd.info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *watched = info == NULL ? NULL
                            : yx_watch_add(&listener->watch, info->connect_fd,
                                           listener->settings.header_deadline);
    if (*watched != NULL)
        ((struct yx_watched *)*watched)->greeting = true;
    else
        atomic_fetch_sub(&listener->greeting, 1);
}

/* Its header has come, or never will. */
void yx_greeted(struct yx_listener *listener, struct yx_watched *watched)
{
    if (watched->greeting)
        atomic_fetch_sub(&listener->greeting, 1);
    watched->greeting = false;
}

/* The first that is seen of a request. */
void *yx_on_target(void *self, const char *target, struct MHD_Connection *connection)
{
    struct yx_exchange *exchange = yx_exchange_new(self, target);

    if (exchange != NULL)
        exchange->connection = connection;
    return exchange;
}

void yx_on_completed(void *self, struct MHD_Connection *connection, void **context,
                     enum MHD_RequestTerminationCode code)
{
    struct yx_listener *listener = self;
    struct yx_exchange *exchange = *context;
    bool begun = exchange != NULL && exchange->begun;

    (void)connection;
    if (begun) {
        if (code != MHD_REQUEST_TERMINATED_COMPLETED_OK)
            exchange->done.status = 0;
        yx_metrics_count(&listener->metrics, exchange->found.row, &exchange->done);
        yx_http_log(listener->settings.log, &exchange->done);
        (void)yx_exchange_renew(exchange, listener->settings.idle_deadline);
    }
    if (exchange != NULL)
        yx_exchange_free(exchange);
    *context = NULL;
    if (begun)
        atomic_fetch_sub(&listener->under_way, 1);
}

/* --- Replies that refuse -------------------------------------------------------------------- */

static enum MHD_Result send_refusal(struct yx_exchange *exchange)
{
    static const struct {
        unsigned status;
        const char *problem, *text;
    } kinds[] = {
        {400, "malformed",
         N_("the header of the request can be read in two ways, or holds what is no text")},
        {404, "not-found", N_("there is nothing at this path")},
        {405, "method", N_("this path does not take this method")},
        {413, "too-large", N_("the body is too long")},
        {415, "content-type", N_("this path does not take a body of this content type")},
        {501, "coding", N_("the body is coded in a way that is not known here")},
    };
    YX_CLEAN(yx_http_reply) struct yx_http_reply reply = {0};
    struct yx_error err = {0};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].status == exchange->refusal) {
            (void)yx_fail(&err, YX_USAGE, "RFC 9110 15", kinds[i].text);
            reply.problem = kinds[i].problem;
        }
    if (exchange->refusal == 405)
        yx_http_header(&reply, "Allow", exchange->found.methods);
    /* What follows on the connection may be a body that nobody reads. */
    yx_http_header(&reply, "Connection", "close");
    yx_problem(&reply, exchange->refusal, &exchange->request, &err);
    exchange->refused = true;
    return yx_reply_send(exchange, &reply);
}

/* A browser asks whether a page of another site may ask (Fetch standard, CORS-preflight fetch). */
static bool is_preflight(const struct yx_exchange *exchange)
{
    return exchange->refusal == 405 && strcmp(exchange->method, "OPTIONS") == 0 &&
           yx_header_value(exchange, "Access-Control-Request-Method")[0] != '\0' &&
           yx_cors_allows(exchange);
}

static enum MHD_Result allow_preflight(struct yx_exchange *exchange)
{
    YX_CLEAN(yx_http_reply) struct yx_http_reply reply = {.status = 204};

    yx_http_header(&reply, "Access-Control-Allow-Methods", exchange->found.methods);
    yx_http_header(&reply, "Access-Control-Allow-Headers",
                   "Authorization, Content-Type, Idempotency-Key, If-Match, X-CSRF-Token");
    yx_http_header(&reply, "Access-Control-Max-Age", "600");
    exchange->refused = true;
    return yx_reply_send(exchange, &reply);
}

/* A handler's error as a reply. What is under way but not from it does not go out. */
static void turn_into_problem(struct yx_exchange *exchange, yx_status status,
                              const struct yx_error *err, struct yx_http_reply *reply)
{
    struct yx_listener *listener = exchange->listener;
    bool meant = reply->status >= 400;
    unsigned code = meant ? reply->status : yx_problem_status(status);
    const char *problem = meant ? reply->problem : NULL;
    struct yx_buf headers = reply->headers;
    bool lost = reply->header_lost;

    reply->headers = (struct yx_buf){0};
    yx_http_reply_free(reply);
    if (meant) {
        reply->headers = headers;
        reply->header_lost = lost;
    } else {
        yx_buf_free(&headers);
    }
    reply->problem = problem;
    if (code >= 500 && problem == NULL)
        yx_complain(&listener->complaints, exchange->found.route->path, err);
    if (code == 503 && !meant)
        yx_http_header(reply, "Retry-After", "5");
    yx_problem(reply, code, &exchange->request, err);
}

/* --- A request, step by step ---------------------------------------------------------------- */

/* An intake that refuses by the header alone spares the client the sending of its body. */
static enum MHD_Result begin_intake(struct yx_exchange *exchange)
{
    const struct yx_http_route *route = exchange->found.route;
    YX_CLEAN(yx_http_reply) struct yx_http_reply reply = {0};
    struct yx_error err = {0};
    yx_status status =
        route->intake->begin(route->self, &exchange->request, &reply, &exchange->taker, &err);

    exchange->taking = status == YX_OK;
    if (exchange->taking)
        return MHD_YES;
    turn_into_problem(exchange, status, &err, &reply);
    yx_http_header(&reply, "Connection", "close");
    exchange->refused = true;
    return yx_reply_send(exchange, &reply);
}

static enum MHD_Result begin(struct yx_exchange *exchange, const char *method)
{
    struct yx_listener *listener = exchange->listener;

    exchange->begun = true;
    atomic_fetch_add(&listener->under_way, 1);
    exchange->done.started = yx_monotonic();
    /* Without a deadline nobody is served. */
    if (yx_exchange_read(exchange, method, NULL) != YX_OK ||
        !yx_exchange_renew(exchange, listener->settings.body_deadline))
        return MHD_NO;
    /* A reply at this point spares the client the sending of a body that nobody reads. */
    if (exchange->refusal != 0)
        return is_preflight(exchange) ? allow_preflight(exchange) : send_refusal(exchange);
    if (exchange->found.route->body_max > 0)
        yx_exchange_receive(exchange, true);
    return exchange->found.route->intake == NULL ? MHD_YES : begin_intake(exchange);
}

static yx_status keep(struct yx_exchange *exchange, struct yx_bytes piece, struct yx_error *err)
{
    const struct yx_http_intake *intake = exchange->found.route->intake;

    exchange->taken += piece.len;
    if (intake != NULL)
        return intake->take(exchange->taker, piece, err);
    YX_REQUIRE(atomic_fetch_add(&exchange->listener->gathered, piece.len) + piece.len <=
                   exchange->listener->settings.body_memory,
               err, YX_NO_MEMORY, "", N_("too many bodies come at the same time"));
    return yx_buf_append(&exchange->body, piece) == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* A body in chunks tells its length only by going over the limit. */
static enum MHD_Result gather(struct yx_exchange *exchange, const char *data, size_t *size)
{
    size_t len = *size;

    *size = 0;
    if (exchange->done.in / LOOK != (exchange->done.in + len) / LOOK)
        yx_exchange_went_on(exchange, exchange->done.started, exchange->done.in);
    exchange->done.in += len;
    if (exchange->refused)
        return MHD_YES;
    if (exchange->refusal == 0 && exchange->error.status == YX_OK &&
        len <= exchange->found.route->body_max - exchange->taken) {
        (void)keep(exchange, YX_BYTES(data, len), &exchange->error);
        return MHD_YES;
    }
    if (exchange->error.status == YX_OK)
        exchange->refusal = 413;
    exchange->excess += len;
    return exchange->excess > EXCESS_MAX ? MHD_NO : MHD_YES;
}

/* What the client has already is not sent again. */
static void turn_into_not_modified(struct yx_http_reply *reply)
{
    struct yx_http_reply empty = {.status = 304, .modified = reply->modified};

    memcpy(empty.etag, reply->etag, sizeof empty.etag);
    empty.headers = reply->headers;
    empty.header_lost = reply->header_lost;
    reply->headers = (struct yx_buf){0};
    yx_http_reply_free(reply);
    *reply = empty;
}

/* Of what does not change while it is sent, a part may be asked for. */
static void take_part(struct yx_exchange *exchange, struct yx_http_reply *reply)
{
    uint64_t size = yx_reply_size(reply);
    struct yx_part *part = &exchange->part;
    struct yx_error err = {0};
    char text[80];
    yx_range range = YX_RANGE_NONE;

    if ((reply->stream.read == NULL && reply->release == NULL) || size == YX_HTTP_ANY_SIZE)
        return;
    yx_http_header(reply, "Accept-Ranges", "bytes");
    if (strcmp(exchange->method, "GET") == 0 &&
        yx_range_applies(reply, yx_header_value(exchange, "If-Range")))
        range = yx_range_read(yx_header_value(exchange, "Range"), size, &part->from, &part->len);
    part->wanted = range == YX_RANGE_PART;
    if (part->wanted) {
        (void)snprintf(text, sizeof text, "bytes %llu-%llu/%llu", (unsigned long long)part->from,
                       (unsigned long long)(part->from + part->len - 1), (unsigned long long)size);
        yx_http_header(reply, "Content-Range", text);
        reply->status = 206;
    }
    if (range == YX_RANGE_MISSED) {
        (void)snprintf(text, sizeof text, "bytes */%llu", (unsigned long long)size);
        yx_http_reply_free(reply);
        yx_http_header(reply, "Content-Range", text);
        (void)yx_fail(&err, YX_USAGE, "RFC 9110 14.1.1", N_("there is no such part of this"));
        yx_problem(reply, 416, &exchange->request, &err);
    }
}

/* Events need a place among the clients that wait; those between must not gather them up. */
static yx_status begin_events(struct yx_exchange *exchange, struct yx_http_reply *reply,
                              struct yx_error *err)
{
    if (reply->events.poll == NULL)
        return YX_OK;
    if (!yx_events_reserve(&exchange->listener->events)) {
        reply->status = 503;
        reply->problem = "busy";
        yx_http_header(reply, "Retry-After", "30");
        return yx_fail(err, YX_REFUSED, "", N_("too many wait for events: come back later"));
    }
    exchange->done.waits = true;
    reply->content_type = "text/event-stream";
    yx_http_header(reply, "X-Accel-Buffering", "no");
    return YX_OK;
}

/* What failed becomes a problem document; what was asked for in part is sent in part. */
static void settle(struct yx_exchange *exchange, yx_status status, const struct yx_error *err,
                   struct yx_http_reply *reply)
{
    if (status != YX_OK)
        turn_into_problem(exchange, status, err, reply);
    if ((reply->status != 0 && reply->status != 200) ||
        strcmp(exchange->found.route->method, "GET") != 0)
        return;
    if (yx_is_not_modified(reply, yx_header_value(exchange, "If-None-Match"),
                           yx_header_value(exchange, "If-Modified-Since")))
        turn_into_not_modified(reply);
    else
        take_part(exchange, reply);
}

static enum MHD_Result answer(struct yx_exchange *exchange)
{
    const struct yx_http_route *route = exchange->found.route;
    YX_CLEAN(yx_http_reply) struct yx_http_reply reply = {0};
    struct yx_error err = exchange->error;
    yx_status status = err.status;

    exchange->request.body = yx_buf_bytes(&exchange->body);
    exchange->request.taker = exchange->taker;
    (void)yx_exchange_renew(exchange, 0); /* the handler takes the time that it takes */
    if (status == YX_OK)
        status = route->handle(route->self, &exchange->request, &reply, &err);
    if (status == YX_OK)
        status = begin_events(exchange, &reply, &err);
    if (exchange->taking)
        route->intake->end(exchange->taker);
    exchange->taking = false;
    settle(exchange, status, &err, &reply);
    return yx_reply_send(exchange, &reply);
}

enum MHD_Result yx_on_request(void *self, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **context)
{
    struct yx_exchange *exchange = *context;

    (void)self, (void)connection, (void)path, (void)version;
    if (exchange == NULL)
        return MHD_NO; /* there was no memory */
    if (!exchange->begun)
        return begin(exchange, method);
    if (*size > 0)
        return gather(exchange, data, size);
    if (exchange->refused)
        return MHD_NO;
    if (exchange->found.route->body_max > 0)
        yx_exchange_receive(exchange, false);
    return exchange->refusal == 0 ? answer(exchange) : send_refusal(exchange);
}
