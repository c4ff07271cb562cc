/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/serve.h - the part of the door server/server.h about processes: the service out of a data
 * folder.
 *
 *   parent    starts the others and starts them anew when they end; holds the listening sockets
 *    |- keeper, launcher, page x N, web
 *
 * A child that ended is started anew after a pause that grows from 0.1 to 10 seconds, at once when
 * it ended by itself. Who calls it finds it again through the parent (ipc/ipc.h); the door of a
 * process stays when the process goes, so that who stands before it is served by the next one.
 *
 * SIGTERM and SIGINT: web takes no new connections and ends the requests under way, then the others
 * end. SIGHUP: the keeper reads its keys anew; a second web process starts with what the settings
 * say now, and when it serves, the first one ends as above; when it cannot, the first one stays.
 */
#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H

#include "ipc/ipc.h"

/* What all processes are told. */
struct yx_serve {
    const char *folder; /* DIR */
    const char *config; /* NULL: DIR/yinxin.conf, if it is there */
    const char *listen; /* ADDR:PORT; NULL: as the settings say */
};

/* Makes an authority for trying out, unless it is there, before the first process starts. */
yx_status yx_demo_prepare(const char *folder, struct yx_error *err);
/* The parent: serves until a signal ends it. Tells on stdout where, once all processes serve. */
yx_status yx_serve_run(const struct yx_serve *what, struct yx_error *err);
/* One of the others; it was started by a parent (spawn.c), which gave these words. */
#define YX_SERVE_PROCESS "serve-process"
yx_status yx_serve_process(const char *const *words, size_t count, struct yx_error *err);

#endif
