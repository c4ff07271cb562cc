/* SPDX-License-Identifier: Apache-2.0 */
/* server/sockets.c - the sockets that the service listens at: given by systemd, or opened here. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/room.h"

/* sd_listen_fds(3). */
#define FIRST_GIVEN 3

union address {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
};

/* --- Given ------------------------------------------------------------------------------------ */

static size_t given(int out[YX_SOCKETS_MAX])
{
    const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
    size_t count = 0;
    long all;

    if (pid == NULL || fds == NULL || strtol(pid, NULL, 10) != getpid())
        return 0;
    all = strtol(fds, NULL, 10);
    for (long i = 0; i < all && count < YX_SOCKETS_MAX; i++) {
        int fd = FIRST_GIVEN + (int)i;

        if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
            out[count++] = fd;
    }
    return count;
}

/* --- Opened ----------------------------------------------------------------------------------- */

static bool read_endpoint(const struct yx_endpoint *endpoint, union address *out, socklen_t *len)
{
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, endpoint->host, &out->four.sin_addr) == 1) {
        out->four.sin_family = AF_INET;
        out->four.sin_port = htons(endpoint->port);
        *len = sizeof out->four;
        return true;
    }
    out->six.sin6_family = AF_INET6;
    out->six.sin6_port = htons(endpoint->port);
    *len = sizeof out->six;
    return inet_pton(AF_INET6, endpoint->host, &out->six.sin6_addr) == 1;
}

/* A port whose last owner has just ended can be had at once; one that somebody listens at cannot.
 */
static int listen_at(const union address *address, socklen_t len)
{
    const int on = 1;
    int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        (address->any.sa_family == AF_INET6 &&
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) ||
        bind(fd, &address->any, len) != 0 || listen(fd, SOMAXCONN) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static yx_status open_all(const struct yx_endpoints *endpoints, int *out, size_t room,
                          size_t *count, struct yx_error *err)
{
    union address where;
    socklen_t len;

    YX_REQUIRE(endpoints->count <= room, err, YX_USAGE, "",
               N_("one service listens at {1} addresses at most"), YX_NUM(YX_SOCKETS_MAX));
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct yx_endpoint *endpoint = &endpoints->items[i];
        int fd;

        YX_REQUIRE(read_endpoint(endpoint, &where, &len), err, YX_USAGE, "",
                   N_("{1} is no address: write 127.0.0.1:8080"), endpoint->host);
        fd = listen_at(&where, len);
        YX_REQUIRE(fd >= 0, err, YX_IO, "", N_("cannot listen at {1}, port {2}: {3}"),
                   endpoint->host, YX_NUM(endpoint->port), strerror(errno));
        out[(*count)++] = fd;
    }
    return YX_OK;
}

yx_status yx_sockets_open(const struct yx_settings *settings, struct yx_sockets *out,
                          struct yx_error *err)
{
    size_t count = given(out->fds), tls = settings->listen.count;

    if (count > 0) {
        out->tls_count = count < tls ? count : tls;
        out->plain_count = count - out->tls_count;
        return YX_OK;
    }
    YX_TRY(open_all(&settings->listen, out->fds, YX_SOCKETS_MAX, &out->tls_count, err));
    return open_all(&settings->listen_plain, out->fds + out->tls_count,
                    YX_SOCKETS_MAX - out->tls_count, &out->plain_count, err);
}
