/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener/accept.c - the sockets that are listened at, and the thread that takes connections
 * there. It is ours and not one of libmicrohttpd's, so that clients beyond the limit wait instead
 * of being turned away, that one listener may have several sockets, and that taking connections can
 * end before all else does.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listener/room.h"

/* Without a file or memory for a connection, the next one is tried so much later. */
#define PAUSE_MS 100
/* As often somebody looks whether the count of connections is still right. */
#define RECOUNT_MS 1000

/* --- Sockets -------------------------------------------------------------------------------- */

union address {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
};

static yx_status read_address(const struct yx_listener_settings *settings, union address *out,
                              socklen_t *len, struct yx_error *err)
{
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, settings->address, &out->four.sin_addr) == 1) {
        out->four.sin_family = AF_INET;
        out->four.sin_port = htons(settings->port);
        *len = sizeof out->four;
        return YX_OK;
    }
    YX_REQUIRE(inet_pton(AF_INET6, settings->address, &out->six.sin6_addr) == 1, err, YX_USAGE, "",
               N_("{1} is no IP address"), settings->address);
    out->six.sin6_family = AF_INET6;
    out->six.sin6_port = htons(settings->port);
    *len = sizeof out->six;
    return YX_OK;
}

/* A port whose last owner has just ended can be had at once; one that somebody listens at cannot.
 */
static bool bind_socket(int fd, const union address *address, socklen_t len)
{
    const int on = 1;

    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
        return false;
    if (address->any.sa_family == AF_INET6 &&
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0)
        return false;
    return bind(fd, &address->any, len) == 0 && listen(fd, SOMAXCONN) == 0;
}

static yx_status read_port(struct yx_accepting *accepting, struct yx_error *err)
{
    union address address = {0};
    socklen_t len = sizeof address;

    YX_REQUIRE(getsockname(accepting->sockets[0], &address.any, &len) == 0, err, YX_IO, "",
               N_("cannot listen: {1}"), strerror(errno));
    if (address.any.sa_family == AF_INET6)
        accepting->port = ntohs(address.six.sin6_port);
    if (address.any.sa_family == AF_INET)
        accepting->port = ntohs(address.four.sin_port);
    return YX_OK;
}

static yx_status open_socket(struct yx_accepting *accepting,
                             const struct yx_listener_settings *settings, struct yx_error *err)
{
    union address address;
    socklen_t len = 0;
    int fd;

    YX_TRY(read_address(settings, &address, &len, err));
    fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        accepting->sockets[accepting->socket_count++] = fd;
    YX_REQUIRE(fd >= 0 && bind_socket(fd, &address, len), err, YX_IO, "",
               N_("cannot listen at {1}, port {2}: {3}"), settings->address, YX_NUM(settings->port),
               strerror(errno));
    return YX_OK;
}

/* Sockets that somebody else opened, and who may not know that we must not wait on them. */
static yx_status adopt_sockets(struct yx_accepting *accepting,
                               const struct yx_listener_settings *settings, struct yx_error *err)
{
    int listens = 0;
    socklen_t len = sizeof listens;

    YX_REQUIRE(settings->socket_count <= YX_SOCKETS_MAX, err, YX_USAGE, "",
               N_("a listener has at most {1} sockets"), YX_NUM(YX_SOCKETS_MAX));
    for (size_t i = 0; i < settings->socket_count; i++)
        accepting->sockets[accepting->socket_count++] = settings->sockets[i];
    for (size_t i = 0; i < accepting->socket_count; i++) {
        int fd = accepting->sockets[i];

        YX_REQUIRE(getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == 0 && listens != 0 &&
                       fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0 &&
                       fcntl(fd, F_SETFD, FD_CLOEXEC) == 0,
                   err, YX_USAGE, "", N_("descriptor {1} is no socket that listens"), YX_NUM(fd));
    }
    return YX_OK;
}

yx_status yx_accept_open(struct yx_accepting *accepting,
                         const struct yx_listener_settings *settings, struct yx_error *err)
{
    accepting->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    YX_REQUIRE(accepting->bell >= 0, err, YX_IO, "", N_("cannot listen: {1}"), strerror(errno));
    if (settings->socket_count > 0)
        YX_TRY(adopt_sockets(accepting, settings, err));
    else
        YX_TRY(open_socket(accepting, settings, err));
    return read_port(accepting, err);
}

/* --- The thread ----------------------------------------------------------------------------- */

static bool is_full(const struct yx_listener *listener)
{
    return atomic_load(&listener->accepting.open) >= listener->settings.connections_max;
}

static void ring(struct yx_accepting *accepting)
{
    const uint64_t one = 1;

    (void)!write(accepting->bell, &one, sizeof one);
}

/* libmicrohttpd closes the socket in any case. It may do so before anybody is told of the
 * connection, when there is no memory; then the count is wrong until it is taken again. */
static void take_connection(struct yx_listener *listener, int fd, const union address *address,
                            socklen_t len)
{
    atomic_fetch_add(&listener->accepting.open, 1);
    atomic_fetch_add(&listener->accepting.taken, 1);
    atomic_fetch_add(&listener->greeting, 1);
    if (listener->mhd.add(listener->daemon, fd, &address->any, len) != MHD_YES) {
        atomic_fetch_sub(&listener->accepting.open, 1);
        atomic_fetch_sub(&listener->greeting, 1);
    }
}

/* All that wait at a socket, as far as there is room. false: it cannot be now, for want of files or
 * memory, or since something is wrong with the socket. */
static bool take_all(struct yx_listener *listener, int socket)
{
    while (!is_full(listener) && !atomic_load(&listener->stopping)) {
        union address address = {0};
        socklen_t len = sizeof address;
        int fd = accept4(socket, &address.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0)
            take_connection(listener, fd, &address, len);
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            return true;
        else if (errno != EINTR && errno != ECONNABORTED)
            return false;
    }
    return true;
}

static void recount(struct yx_listener *listener)
{
    const union MHD_DaemonInfo *info =
        listener->mhd.daemon_info(listener->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);

    if (info != NULL)
        atomic_store(&listener->accepting.open, info->num_connections);
}

/* Waits until there is something to do, or somebody rings. */
static void wait_for_clients(struct yx_listener *listener, bool deaf, int timeout)
{
    struct yx_accepting *accepting = &listener->accepting;
    struct pollfd fds[YX_SOCKETS_MAX + 1] = {{.fd = accepting->bell, .events = POLLIN}};
    size_t count = deaf ? 0 : accepting->socket_count;
    uint64_t rung;

    for (size_t i = 0; i < count; i++)
        fds[i + 1] = (struct pollfd){.fd = accepting->sockets[i], .events = POLLIN};
    if (poll(fds, count + 1, timeout) == 0 && is_full(listener))
        recount(listener);
    (void)!read(accepting->bell, &rung, sizeof rung);
}

static void *take_connections(void *self)
{
    struct yx_listener *listener = self;
    struct yx_accepting *accepting = &listener->accepting;

    while (!atomic_load(&listener->stopping)) {
        bool possible = true;

        for (size_t i = 0; i < accepting->socket_count; i++)
            possible &= take_all(listener, accepting->sockets[i]);
        atomic_store(&accepting->full, is_full(listener));
        if (is_full(listener))
            wait_for_clients(listener, true, RECOUNT_MS);
        else
            wait_for_clients(listener, !possible, possible ? -1 : PAUSE_MS);
    }
    return NULL;
}

yx_status yx_accept_start(struct yx_listener *listener, struct yx_error *err)
{
    int code = pthread_create(&listener->accepting.thread, NULL, take_connections, listener);

    if (code != 0)
        return yx_fail_errno(err, YX_NO_MEMORY, N_("cannot start {1}: {2}"), "a thread", code);
    listener->accepting.running = true;
    return YX_OK;
}

void yx_accept_closed(struct yx_accepting *accepting)
{
    atomic_fetch_sub(&accepting->open, 1);
    if (atomic_load(&accepting->full))
        ring(accepting);
}

void yx_accept_stop(struct yx_accepting *accepting)
{
    if (accepting->running) {
        ring(accepting);
        (void)pthread_join(accepting->thread, NULL);
    }
    accepting->running = false;
    for (size_t i = 0; i < accepting->socket_count; i++)
        (void)close(accepting->sockets[i]);
    accepting->socket_count = 0;
}
