/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.c - how many requests a second a listener answers, beside a bare libmicrohttpd that gives
 * the same bytes, with the load generator on the same machine:
 *
 *   bench_http [SECONDS [CLIENTS [IDLE]]]    usually 2, 32, 0
 *
 * CLIENTS ask one after the other on connections that stay; IDLE connections say nothing meanwhile.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <microhttpd.h>

#include "listener/listener.h"

#define THREADS 2
#define CLIENTS_MAX 1000
static const char request[] = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";

static void must(bool condition, const char *what)
{
    if (condition)
        return;
    perror(what);
    exit(1);
}

/* --- Two servers ---------------------------------------------------------------------------- */

static enum MHD_Result answer_bare(void *self, struct MHD_Connection *connection, const char *path,
                                   const char *method, const char *version, const char *data,
                                   size_t *size, void **context)
{
    struct MHD_Response *response;
    enum MHD_Result result;

    (void)self, (void)path, (void)method, (void)version, (void)data, (void)size;
    if (*context == NULL) {
        *context = connection;
        return MHD_YES;
    }
    response =
        MHD_create_response_from_buffer(5, (void *)(uintptr_t) "hello", MHD_RESPMEM_PERSISTENT);
    result = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return result;
}

static uint16_t start_bare(void)
{
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer_bare, NULL,
        MHD_OPTION_THREAD_POOL_SIZE, THREADS, MHD_OPTION_CONNECTION_LIMIT, 20000, MHD_OPTION_END);

    must(daemon != NULL, "libmicrohttpd");
    return MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

static yx_status answer_ours(void *self, const struct yx_http_request *asked,
                             struct yx_http_reply *reply, struct yx_error *err)
{
    (void)self, (void)asked, (void)err;
    reply->content_type = "text/plain";
    return yx_buf_append_text(&reply->body, "hello");
}

static uint16_t start_ours(void)
{
    static const struct yx_http_route routes[] = {
        {.method = "GET", .path = "/hello", .handle = answer_ours}};
    const struct yx_listener_settings settings = {.threads = THREADS,
                                                  .connections_max = 20000,
                                                  .connections_per_address = 20000,
                                                  .header_deadline = 600};
    struct yx_listener *listener = NULL;

    must(yx_listener_new(&settings, routes, 1, &listener, NULL) == YX_OK, "listener");
    return yx_listener_port(listener);
}

/* In a process of its own; the port comes back through a pipe. */
static pid_t serve(uint16_t (*start)(void), uint16_t *port)
{
    int ends[2];
    pid_t child;

    must(pipe(ends) == 0, "pipe");
    child = fork();
    must(child >= 0, "fork");
    if (child == 0) {
        uint16_t got;

        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        got = start();
        must(write(ends[1], &got, sizeof got) == sizeof got, "write");
        for (;;)
            (void)pause();
    }
    must(read(ends[0], port, sizeof *port) == sizeof *port, "the server's port");
    (void)close(ends[0]);
    (void)close(ends[1]);
    return child;
}

/* --- Clients -------------------------------------------------------------------------------- */

static int dial(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    must(fd >= 0 && connect(fd, (struct sockaddr *)(void *)&address, sizeof address) == 0,
         "connect");
    return fd;
}

static void ask(int fd)
{
    must(send(fd, request, sizeof request - 1, MSG_NOSIGNAL) == (ssize_t)sizeof request - 1,
         "send");
}

static double load(uint16_t port, unsigned seconds, unsigned clients)
{
    int fds[CLIENTS_MAX], poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event events[CLIENTS_MAX];
    static char answer[1 << 14];
    uint64_t count = 0;
    int64_t begun = yx_monotonic(), end = begun + seconds * YX_SECOND;

    for (unsigned i = 0; i < clients; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = dial(port)};

        fds[i] = event.data.fd;
        must(epoll_ctl(poller, EPOLL_CTL_ADD, fds[i], &event) == 0, "epoll");
        ask(fds[i]);
    }
    while (yx_monotonic() < end) {
        int ready = epoll_wait(poller, events, CLIENTS_MAX, 1000);

        for (int i = 0; i < ready; i++) {
            ssize_t got = recv(events[i].data.fd, answer, sizeof answer, 0);

            /* An answer is short enough to come at once. */
            must(got > 5 && memcmp(answer + got - 5, "hello", 5) == 0, "answer");
            count++;
            ask(events[i].data.fd);
        }
    }
    for (unsigned i = 0; i < clients; i++)
        (void)close(fds[i]);
    (void)close(poller);
    return (double)count / (double)(yx_monotonic() - begun) * YX_SECOND;
}

static double measure(const char *name, uint16_t (*start)(void), unsigned seconds, unsigned clients,
                      unsigned idle)
{
    uint16_t port;
    pid_t child = serve(start, &port);
    int *waiting = calloc(idle + 1, sizeof *waiting);
    double rate;

    must(waiting != NULL, "memory");
    for (unsigned i = 0; i < idle; i++)
        waiting[i] = dial(port);
    rate = load(port, seconds, clients);
    (void)printf("%-24s %10.0f requests/s\n", name, rate);
    (void)fflush(stdout);
    for (unsigned i = 0; i < idle; i++)
        (void)close(waiting[i]);
    free(waiting);
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
    return rate;
}

int main(int count, char **arguments)
{
    unsigned seconds = count > 1 ? (unsigned)strtoul(arguments[1], NULL, 10) : 2;
    unsigned clients = count > 2 ? (unsigned)strtoul(arguments[2], NULL, 10) : 32;
    unsigned idle = count > 3 ? (unsigned)strtoul(arguments[3], NULL, 10) : 0;
    struct rlimit files;
    double bare, ours;

    must(getrlimit(RLIMIT_NOFILE, &files) == 0, "getrlimit");
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    must(clients <= CLIENTS_MAX, "clients");
    bare = measure("bare libmicrohttpd", start_bare, seconds, clients, idle);
    ours = measure("a listener", start_ours, seconds, clients, idle);
    (void)printf("%-24s %10.2f\n", "of the bare one", ours / bare);
    return 0;
}
