/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/server.h - the door to server/: the processes of the service, out of a data folder.
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
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "ipc/ipc.h"

struct yx_serve {
    const char *folder; /* DIR */
    bool fresh;         /* it was made just now, and belongs to whoever the service becomes */
    const char *config; /* NULL: DIR/yinxin.conf, if it is there */
    const char *listen; /* ADDR:PORT; NULL: as the settings say */
    bool demo;          /* with an authority for trying out, which is made unless it is there */
};
/* The parent: serves until a signal ends it. Tells on stdout where, once all processes serve. */
yx_status yx_serve_run(const struct yx_serve *what, struct yx_error *err);
/* One of the others; it was started by a parent (spawn.c), which gave these words. */
#define YX_SERVE_PROCESS "serve-process"
yx_status yx_serve_process(const char *const *words, size_t count, struct yx_error *err);

#endif
