/* SPDX-License-Identifier: Apache-2.0 */
/* server/room.h - what the files of server/ share. */
#ifndef SERVER_ROOM_H
#define SERVER_ROOM_H

#include <signal.h>
#include <sys/types.h>

#include "server/server.h"
#include "settings/settings.h"

/* --- Settings and the folder (folder.c) --------------------------------------------------------
 */

/* yinxin.conf, with what the command line says instead; and its text as memory that stays as it is:
 * a process that is started anew finds the same, whatever somebody is writing into the file. */
yx_status yx_serve_settings(const struct yx_serve *serve, struct yx_settings **out, int *text,
                            struct yx_error *err);
/* Makes DIR with what must be there before the others start; `user` ("": nobody else) owns what is
 * made. */
yx_status yx_folder_prepare(const struct yx_serve *serve, const char *user, struct yx_error *err);

/* --- Something to try out (demo.c) ------------------------------------------------------------ */

yx_status yx_demo_prepare(const char *folder, struct yx_error *err);

/* --- Sockets (sockets.c) --------------------------------------------------------------------- */

#define YX_SOCKETS_MAX 8
/* Those that listen: first as many for TLS as `listen` names, behind them those without. */
struct yx_sockets {
    int fds[YX_SOCKETS_MAX];
    size_t tls_count, plain_count;
};
/* Those that systemd gave (LISTEN_FDS), or else one for each endpoint of `listen` and
 * `listen_plain`. */
yx_status yx_sockets_open(const struct yx_settings *settings, struct yx_sockets *out,
                          struct yx_error *err);

/* --- Telling systemd (notify.c) --------------------------------------------------------------- */

/* sd_notify(3) without its library: "READY=1". Nobody may listen. */
void yx_notify(const char *state);
/* Microseconds between two signs of life; 0: nobody waits for them. */
int64_t yx_notify_watchdog(void);

/* --- Starting a process (spawn.c) --------------------------------------------------------------
 */

#define YX_SETTINGS_FD YX_IPC_MORE_FD
#define YX_SOCKETS_FD (YX_IPC_MORE_FD + 1)
/* What a new process gets: fixed numbers, nothing else is open. */
struct yx_spawn {
    enum yx_process process;
    unsigned number;
    int line, door;                   /* its ends */
    int settings;                     /* their text, as it was found good */
    const struct yx_sockets *sockets; /* NULL: none */
    unsigned pages;                   /* how many page processes there are */
    const char *folder, *config;      /* as in struct yx_serve */
};
/* This program once more, from the beginning: with a memory layout of its own. `self` is an open
 * descriptor of the program. */
yx_status yx_spawn(int self, const struct yx_spawn *spawn, pid_t *out, struct yx_error *err);

#endif
