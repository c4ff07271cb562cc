/* SPDX-License-Identifier: Apache-2.0 */
/* server/room.h - what the files of server/ share. Only server/ includes it. */
#ifndef SERVER_ROOM_H
#define SERVER_ROOM_H

#include <pthread.h>

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
/* Is the media type the one wanted, parameters aside? */
bool yx_media_type_is(const char *content_type, const char *wanted);

/* --- Errors (problem.c) ----------------------------------------------------------------------- */

/* Replaces the reply by a problem document. */
void yx_problem(struct yx_http_reply *reply, unsigned status, const struct yx_error *err);
unsigned yx_problem_status(yx_status status);

#endif
