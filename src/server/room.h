/* SPDX-License-Identifier: Apache-2.0 */
/* server/room.h - what the files of server/ share. Only server/ includes it. */
#ifndef SERVER_ROOM_H
#define SERVER_ROOM_H

#include <pthread.h>
#include <stdatomic.h>

#include "server/mhd.h"
#include "server/server.h"

/* --- Deadlines (deadline.c) ---------------------------------------------------------------- */

/* A connection that must have gone on by some time. */
struct yx_watched {
    struct yx_watched *next, *previous;
    int fd;
    int64_t due; /* seconds of the monotonic clock; 0: it may take its time */
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
/* Before its socket is closed: the number may belong to another one after that. */
void yx_watch_remove(struct yx_watch *watch, struct yx_watched *watched);

/* --- Routes (route.c) ------------------------------------------------------------------------ */

/* The route of a request. NULL: *status says why (404, 405). *rest points into `path`. */
const struct yx_http_route *yx_route_find(const struct yx_http_route *routes, size_t count,
                                          const char *method, const char *path, const char **rest,
                                          unsigned *status);
/* The methods that some route has for this path, as the header Allow names them. */
void yx_route_methods(const struct yx_http_route *routes, size_t count, const char *path, char *out,
                      size_t size);
/* Decodes %XX in place and returns the length. "%00" and what is no escape stay as they are: no
 * route has a '%'. */
size_t yx_path_decode(char *path);
/* Is the media type the one wanted, parameters aside? */
bool yx_media_type_is(const char *content_type, const char *wanted);

/* --- Headers (header.c) ---------------------------------------------------------------------- */

#define YX_HTTP_DATE 32
/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7). */
void yx_http_date(yx_time time, char out[YX_HTTP_DATE]);
/* Does the client have it already? By the values of If-None-Match and If-Modified-Since, "" when
 * there is none (RFC 9110 13.1). */
bool yx_is_not_modified(const struct yx_http_reply *reply, const char *none_match,
                        const char *modified_since);
/* Can the body of a request be read in one way only (RFC 9112 6.3)? 0, or the status that
 * refuses it. */
struct yx_framing {
    unsigned lengths;  /* how many Content-Length there are */
    unsigned codings;  /* how many Transfer-Encoding */
    bool only_chunked; /* the codings are "chunked" */
};
unsigned yx_framing_refusal(const struct yx_framing *framing);

/* --- The listener (http.c: requests; listener.c: its life) -------------------------------------
 */

struct yx_listener {
    struct yx_listener_settings settings;
    const struct yx_http_route *routes;
    size_t route_count;
    struct yx_mhd mhd;
    struct yx_watch watch;
    bool watching;
    int socket; /* -1: none */
    uint16_t port;
    struct MHD_Daemon *daemon;
    struct yx_buf certificate, key, client_trust; /* each ended by a NUL */
    _Atomic unsigned under_way;                   /* requests between header and last byte */
    _Atomic bool stopping;
    struct yx_complaints complaints;
};
/* What libmicrohttpd calls; `self` is the listener. */
enum MHD_Result yx_on_request(void *self, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **context);
void yx_on_connection(void *self, struct MHD_Connection *connection, void **watched,
                      enum MHD_ConnectionNotificationCode code);
void yx_on_completed(void *self, struct MHD_Connection *connection, void **context,
                     enum MHD_RequestTerminationCode code);

/* --- The log (log.c) ------------------------------------------------------------------------- */

/* What is told of a request: nothing about who asked, and paths as the routes name them. */
struct yx_http_done {
    const char *method;
    const char *route; /* NULL: none */
    unsigned status;   /* 0: the connection ended before there was a reply */
    size_t in, out;    /* bytes of the bodies */
    int64_t started;   /* microseconds of the monotonic clock */
};
void yx_http_log(FILE *log, const struct yx_http_done *done);

/* --- Errors (problem.c) ----------------------------------------------------------------------- */

/* Replaces the reply by a problem document. */
void yx_problem(struct yx_http_reply *reply, unsigned status, const struct yx_error *err);
unsigned yx_problem_status(yx_status status);

#endif
