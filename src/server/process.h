/* SPDX-License-Identifier: Apache-2.0 */
/* server/process.h - what the files about processes share. Only server/ includes it. */
#ifndef SERVER_PROCESS_H
#define SERVER_PROCESS_H

#include <signal.h>
#include <sys/types.h>

#include "ipc/ipc.h"
#include "server/serve.h"
#include "settings/settings.h"

/* --- Settings and the folder (folder.c) --------------------------------------------------------
 */

/* yinxin.conf, with what the command line says instead. */
yx_status yx_serve_settings(const struct yx_serve *serve, struct yx_settings **out,
                            struct yx_error *err);
/* The text that they were read from, as memory that stays as it is: a process that is started anew
 * finds the same, whatever somebody is writing into the file. */
yx_status yx_serve_settings_keep(const struct yx_serve *serve, int *out, struct yx_error *err);
/* How many page processes. */
unsigned yx_serve_pages(const struct yx_settings *settings);
/* Makes DIR with what must be there before the others start; `user` ("": nobody else) owns what is
 * made. */
yx_status yx_folder_prepare(const char *folder, const char *user, struct yx_error *err);

/* --- Sockets (sockets.c) --------------------------------------------------------------------- */

#define YX_SOCKETS_MAX 8
/* Those that systemd gave (LISTEN_FDS), or one for each endpoint: first those of `listen`, then,
 * without TLS, those of `listen_plain`. */
yx_status yx_sockets_open(const struct yx_settings *settings, int out[YX_SOCKETS_MAX],
                          size_t *count, struct yx_error *err);
/* "https://127.0.0.1:8443", as it really is. */
#define YX_SOCKET_NAME 96
void yx_socket_name(int fd, const char *scheme, char out[YX_SOCKET_NAME]);

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
    int line, door; /* its ends */
    int settings;   /* their text, as it was found good */
    const int *sockets;
    size_t socket_count;
    const struct yx_serve *serve;
};
/* This program once more, from the beginning: with a memory layout of its own. `self` is an open
 * descriptor of the program. */
yx_status yx_spawn(int self, const struct yx_spawn *spawn, pid_t *out, struct yx_error *err);

/* --- The bodies of processes ------------------------------------------------------------------ */

/* Takes the sockets YX_SOCKETS_FD and up. */
yx_status yx_web_run(const struct yx_serve *serve, const struct yx_settings *settings,
                     unsigned sockets, struct yx_error *err);

#endif
