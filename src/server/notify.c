/* SPDX-License-Identifier: Apache-2.0 */
/* server/notify.c - tells systemd about the service (sd_notify(3)): one datagram to the socket that
 * NOTIFY_SOCKET names. */
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/room.h"

void yx_notify(const char *state)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = name == NULL ? 0 : strlen(name);
    int fd;

    if (len < 2 || len >= sizeof address.sun_path || (name[0] != '/' && name[0] != '@'))
        return;
    memcpy(address.sun_path, name, len);
    if (name[0] == '@')
        address.sun_path[0] = '\0'; /* the abstract namespace, unix(7) */
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
    (void)close(fd);
}

static int64_t number_of(const char *name)
{
    const char *text = getenv(name);

    return text == NULL ? 0 : strtoll(text, NULL, 10);
}

int64_t yx_notify_watchdog(void)
{
    int64_t pid = number_of("WATCHDOG_PID");

    return pid != 0 && pid != getpid() ? 0 : number_of("WATCHDOG_USEC") / 2;
}
