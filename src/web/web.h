/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web/web.h - the door to web/: the process that speaks with the world, and what it is put together
 * of: authorities mounted on HTTP, each as rows of the table of routes that a listener
 * (listener/listener.h) is given; what the resources of api/ work with; answers for those who watch
 * the service.
 */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include "listener/listener.h"
#include "settings/settings.h"
#include "web/authority.h"
#include "web/enrolment.h"

/* Brings all tables of a service up to date. */
yx_status yx_web_prepare(struct yx_store *store, struct yx_error *err);

/* What the process is given; line and sockets are its own from now on. */
struct yx_web_process {
    const char *folder; /* DIR */
    const struct yx_settings *settings;
    int line;           /* to the parent (ipc/ipc.h) */
    const int *sockets; /* they listen: first those for TLS, behind them those without */
    size_t tls_count, plain_count;
    unsigned pages; /* how many page processes there are */
};
/* Serves until SIGTERM or SIGINT; tells the parent when it does, and that it is alive. Goes into
 * its sandbox before it listens. */
yx_status yx_web_run(const struct yx_web_process *process, struct yx_error *err);

#endif
