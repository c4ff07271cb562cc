/* SPDX-License-Identifier: Apache-2.0 */
/* listener/room.h - what the files of listener/ share. */
#ifndef LISTENER_ROOM_H
#define LISTENER_ROOM_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>

#include "listener/listener.h"
#include "listener/mhd.h"

/* --- Deadlines (deadline.c) ----------------------------------------------------------------- */

/* A connection that must have gone on by some time. */
struct yx_watched {
    struct yx_watched *next, *previous;
    int fd;
    int64_t due;     /* seconds of the monotonic clock; 0: it may take its time */
    bool greeting;   /* its first header has not come */
    bool receiving;  /* it sends a body */
    unsigned rounds; /* in which the client has ended its side and the body is not there */
};
/* All of them, and the thread that ends those that are overdue. */
struct yx_watch {
    pthread_mutex_t lock;
    pthread_cond_t stop_asked;
    pthread_t thread;
    bool stopping;
    struct yx_watched all; /* head of a ring */
};
yx_status yx_watch_start(struct yx_watch *watch, struct yx_error *err);
void yx_watch_stop(struct yx_watch *watch);
/* NULL when there is no memory: the connection is not to be served then. */
struct yx_watched *yx_watch_add(struct yx_watch *watch, int fd, unsigned seconds);
/* From now on it has `seconds`; 0: no limit. */
void yx_watch_renew(struct yx_watch *watch, struct yx_watched *watched, unsigned seconds);
/* Does a body come now? */
void yx_watch_receive(struct yx_watch *watch, struct yx_watched *watched, bool receiving);
/* Before its socket is closed: the number may belong to another one after that. */
void yx_watch_remove(struct yx_watch *watch, struct yx_watched *watched);

/* --- TLS by somebody else's key (tls.c) ------------------------------------------------------- */

/* What GnuTLS calls for the certificate of a handshake (gnutls_certificate_retrieve_function2). */
int yx_tls_identity(gnutls_session_t session, const gnutls_datum_t *authorities, int count,
                    const gnutls_pk_algorithm_t *types, int type_count, gnutls_pcert_st **chain,
                    unsigned *chain_count, gnutls_privkey_t *key);

/* --- The log (log.c) ------------------------------------------------------------------------ */

/* What is told of a request: nothing about who asked, and paths as the routes name them. */
struct yx_http_done {
    const char *method;
    const char *route; /* NULL: none */
    const char *request_id;
    unsigned status;  /* 0: the connection ended before there was a reply */
    uint64_t in, out; /* bytes of the bodies */
    int64_t started;  /* microseconds of the monotonic clock */
    bool waits;       /* for events: how long is nobody's merit */
};
void yx_http_log(FILE *log, const struct yx_http_done *done);

/* --- Numbers (metrics.c) -------------------------------------------------------------------- */

#define YX_CLASSES 6 /* of a status; 0: the connection ended before */
#define YX_BUCKETS 13
struct yx_counters {
    _Atomic uint64_t classes[YX_CLASSES];
    _Atomic uint64_t buckets[YX_BUCKETS]; /* requests by their time, in the steps of metrics.c */
    _Atomic uint64_t spent;               /* microseconds, all together */
};
struct yx_metrics {
    struct yx_counters *counters; /* by the row of the router; the last: no route */
};
yx_status yx_metrics_make(struct yx_metrics *metrics, size_t routes, struct yx_error *err);
void yx_metrics_count(struct yx_metrics *metrics, size_t route, const struct yx_http_done *done);

/* --- Events (events.c) ---------------------------------------------------------------------- */

/* One client that waits for events. Its fields belong to the lock, but for the source, which
 * belongs to whoever is busy with it. */
struct yx_event_stream {
    struct yx_event_stream *next, *previous;
    struct yx_events *events;
    struct yx_exchange *exchange; /* while its connection lives */
    struct yx_http_events source;
    struct yx_buf pending; /* to be sent */
    bool busy;             /* the thread asks its source, without the lock */
    bool gone;             /* its connection ended meanwhile: the thread frees it */
    bool ended;            /* nothing will follow */
    bool suspended;        /* libmicrohttpd has laid the connection aside */
    int64_t said;          /* when something was told last */
};
struct yx_events {
    pthread_mutex_t lock;
    pthread_cond_t stop_asked;
    pthread_t thread;
    bool stopping;
    size_t count, most;
    struct yx_event_stream all; /* head of a ring */
    struct yx_complaints complaints;
};
yx_status yx_events_start(struct yx_events *events, unsigned most, struct yx_error *err);
/* Ends all streams; none is begun any more. */
void yx_events_stop(struct yx_events *events);
/* When the daemon has stopped. */
void yx_events_free(struct yx_events *events);
/* Room for one more stream, for yx_events_take. */
bool yx_events_reserve(struct yx_events *events);
struct MHD_Response *yx_events_take(struct yx_exchange *exchange, struct yx_http_reply *reply);

/* --- Connections taken (accept.c) ----------------------------------------------------------- */

#define YX_SOCKETS_MAX 8
struct yx_accepting {
    int sockets[YX_SOCKETS_MAX];
    size_t socket_count;
    uint16_t port;
    int bell; /* an eventfd: something has changed; -1: none */
    pthread_t thread;
    bool running;
    _Atomic unsigned open;  /* connections */
    _Atomic uint64_t taken; /* since the start */
    _Atomic bool full;      /* the thread waits for one to end */
};
struct yx_listener;
yx_status yx_accept_open(struct yx_accepting *accepting,
                         const struct yx_listener_settings *settings, struct yx_error *err);
yx_status yx_accept_start(struct yx_listener *listener, struct yx_error *err);
/* A connection has ended. */
void yx_accept_closed(struct yx_accepting *accepting);
/* Takes none any more; listener->stopping is set. */
void yx_accept_stop(struct yx_accepting *accepting);

/* --- The listener (listener.c: its life; exchange.c: requests) ----------------------------------
 */

struct yx_listener {
    struct yx_listener_settings settings;
    struct yx_router router;
    struct yx_metrics metrics;
    struct yx_mhd mhd;
    struct yx_watch watch;
    struct yx_events events;
    bool watching, telling; /* these were started */
    struct yx_accepting accepting;
    struct MHD_Daemon *daemon;
    struct yx_buf origins, certificate, key, client_trust; /* each ended by a NUL */
    _Atomic unsigned under_way; /* requests between header and last byte */
    _Atomic unsigned greeting;  /* connections before their first header */
    _Atomic size_t gathered;    /* bytes of bodies in memory */
    _Atomic bool stopping;
    struct yx_complaints complaints;
};

/* What a request needs between the calls of libmicrohttpd. */
struct yx_exchange {
    struct yx_listener *listener;
    struct MHD_Connection *connection;
    bool begun;
    struct yx_found found; /* no route: refused */
    unsigned refusal;      /* 0: none so far */
    bool refused;          /* it was sent by the header alone */
    struct yx_error error; /* what the intake said when it refused; its status YX_OK: nothing */
    size_t excess;         /* bytes of the body beyond the limit */
    size_t taken;          /* bytes that the intake has, or that are gathered */
    struct yx_buf body;
    void *taker;
    bool taking; /* `taker` is to be ended */
    struct yx_http_request request;
    struct yx_http_inside inside; /* what the request's functions are led by */
    struct yx_http_done done;
    struct yx_part {
        bool wanted; /* a part is sent, not the whole */
        uint64_t from, len;
    } part;
    const char *forwarded; /* the last X-Forwarded-For; NULL: none */
    struct yx_query query;
    char ids[YX_HTTP_IDS][YX_HTTP_ID_MAX + 1];
    char peer[INET6_ADDRSTRLEN];
    char request_id[YX_HTTP_ID_MAX + 1];
    char method[16];
    char *path, *query_text; /* decoded; behind `target` in the same memory */
    char target[];           /* as it came */
};
/* What libmicrohttpd calls; `self` is the listener. */
void *yx_on_target(void *self, const char *target, struct MHD_Connection *connection);
enum MHD_Result yx_on_request(void *self, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **context);
void yx_greeted(struct yx_listener *listener, struct yx_watched *watched);
void yx_on_connection(void *self, struct MHD_Connection *connection, void **watched,
                      enum MHD_ConnectionNotificationCode code);
void yx_on_completed(void *self, struct MHD_Connection *connection, void **context,
                     enum MHD_RequestTerminationCode code);

/* --- A request read (read.c) ---------------------------------------------------------------- */

/* NULL when there is no memory. */
struct yx_exchange *yx_exchange_new(struct yx_listener *listener, const char *target);
void yx_exchange_free(struct yx_exchange *exchange);
/* Everything that the header tells: route, query, peer, the status that refuses. */
yx_status yx_exchange_read(struct yx_exchange *exchange, const char *method, struct yx_error *err);
const char *yx_header_value(const struct yx_exchange *exchange, const char *name);

/* --- A reply sent (send.c, body.c) ---------------------------------------------------------- */

/* Gives the body of the reply, or the part of it, to libmicrohttpd. NULL when there is no memory.
 */
struct MHD_Response *yx_body_take(struct yx_exchange *exchange, struct yx_http_reply *reply);

/* How many bytes the body has; YX_HTTP_ANY_SIZE: that is not known yet. */
uint64_t yx_reply_size(const struct yx_http_reply *reply);
/* After `bytes` of a body: who goes on fast enough may take as long as it takes. */
void yx_exchange_went_on(const struct yx_exchange *exchange, int64_t since, uint64_t bytes);
/* From now on the connection has `seconds` (0: no limit). false: it is none of ours. */
bool yx_exchange_renew(const struct yx_exchange *exchange, unsigned seconds);
void yx_exchange_receive(const struct yx_exchange *exchange, bool receiving);
/* Is the page that asks one of those that the settings name? */
bool yx_cors_allows(const struct yx_exchange *exchange);
enum MHD_Result yx_reply_send(struct yx_exchange *exchange, struct yx_http_reply *reply);

#endif
