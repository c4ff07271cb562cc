/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load.c - asks a server again and again on connections that stay, and tells how many answers came
 * a second, and how long they took:
 *
 *   bench_load [tls:]PORT FILE CLIENTS SECONDS [RATE]
 *
 * FILE holds one HTTP request as it is sent; each "{n}" in it becomes a number of twelve digits
 * that does not come again. Without RATE each client asks as soon as it has its answer; with it, so
 * many requests a second are due at regular times, and an answer has taken from when its request
 * was due, so that a server that hangs is not asked less. One line of JSON comes out.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ssl.h>

#define CLIENTS_MAX 20000
#define REQUEST_MAX 65536
#define ANSWER_MAX 65536
/* Latencies in steps of 50 microseconds, up to ten seconds. */
#define STEP 50
#define STEPS 200000

struct client {
    int fd;
    SSL *tls;      /* NULL: none */
    long long due; /* microseconds: when the request under way was, or the next one is */
    bool asked;
    size_t len;  /* of the answer so far */
    size_t want; /* of the whole answer; 0: its header is not complete */
    char answer[ANSWER_MAX];
};

struct load {
    uint16_t port;
    SSL_CTX *tls; /* NULL: none */
    char request[REQUEST_MAX];
    size_t request_len;
    char *numbers[16]; /* where "{n}" stood */
    size_t number_count;
    size_t clients;
    long long pause; /* microseconds between two requests of a client; 0: none */
    struct client *all;
    int poll;
    unsigned long long number;
    unsigned long long answers, failures, steps[STEPS];
    int worst; /* the highest status */
};

static void must(bool condition, const char *what)
{
    if (condition)
        return;
    perror(what);
    exit(1);
}

static long long now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (long long)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

/* --- The request ------------------------------------------------------------------------------ */

static void read_request(struct load *load, const char *path)
{
    static const char mark[] = "{n}", room[] = "000000000000";
    char text[REQUEST_MAX / 8];
    FILE *file = fopen(path, "re");
    size_t len;

    must(file != NULL, path);
    len = fread(text, 1, sizeof text, file);
    (void)fclose(file);
    for (size_t i = 0; i < len;) {
        char *out = load->request + load->request_len;

        if (len - i >= 3 && memcmp(text + i, mark, 3) == 0 && load->number_count < 16) {
            load->numbers[load->number_count++] = out;
            memcpy(out, room, 12);
            load->request_len += 12;
            i += 3;
        } else {
            *out = text[i++];
            load->request_len++;
        }
    }
}

static void ask(struct load *load, struct client *client)
{
    char digits[24];

    (void)snprintf(digits, sizeof digits, "%012llu", ++load->number);
    for (size_t i = 0; i < load->number_count; i++)
        memcpy(load->numbers[i], digits, 12);
    must(client->tls != NULL ? SSL_write(client->tls, load->request, (int)load->request_len) ==
                                   (int)load->request_len
                             : send(client->fd, load->request, load->request_len, MSG_NOSIGNAL) ==
                                   (ssize_t)load->request_len,
         "send");
    client->asked = true;
    client->len = client->want = 0;
}

/* --- Answers ------------------------------------------------------------------------------------
 */

static void dial(struct load *load, struct client *client)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(load->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    const int on = 1;

    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(client->fd >= 0 && connect(client->fd, (const struct sockaddr *)(const void *)&address,
                                    sizeof address) == 0,
         "connect");
    (void)setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (load->tls != NULL) {
        SSL_free(client->tls);
        client->tls = SSL_new(load->tls);
        must(client->tls != NULL && SSL_set_fd(client->tls, client->fd) == 1 &&
                 SSL_connect(client->tls) == 1,
             "TLS");
        must(fcntl(client->fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
    }
    must(epoll_ctl(load->poll, EPOLL_CTL_ADD, client->fd, &event) == 0, "epoll_ctl");
}

/* The length of the whole answer, from its header; 0 while that is not complete. */
static size_t length_of(struct client *client)
{
    const char *end, *length;

    client->answer[client->len] = '\0';
    end = strstr(client->answer, "\r\n\r\n");
    if (end == NULL)
        return 0;
    length = strcasestr(client->answer, "\r\nContent-Length:");
    return (size_t)(end - client->answer) + 4 +
           (length == NULL || length > end ? 0 : strtoul(length + 17, NULL, 10));
}

static void settle(struct load *load, struct client *client)
{
    long long taken = (now() - client->due) / STEP;
    int status = client->len > 12 ? atoi(client->answer + 9) : 0;

    load->steps[taken < 0 ? 0 : taken < STEPS ? taken : STEPS - 1]++;
    load->answers++;
    load->failures += status < 200 || status >= 400;
    if (status > load->worst)
        load->worst = status;
    client->asked = false;
    client->due = load->pause == 0 ? now() : client->due + load->pause;
}

/* So many bytes; 0: the connection has ended; -1: nothing yet. */
static ssize_t take(struct client *client)
{
    char *out = client->answer + client->len;
    size_t room = ANSWER_MAX - 1 - client->len;
    int got;

    if (client->tls == NULL) {
        ssize_t plain = recv(client->fd, out, room, 0);

        return plain < 0 ? 0 : plain;
    }
    got = SSL_read(client->tls, out, (int)room);
    return got > 0 ? got : SSL_get_error(client->tls, got) == SSL_ERROR_WANT_READ ? -1 : 0;
}

static void hear(struct load *load, struct client *client)
{
    ssize_t got = take(client);

    if (got < 0)
        return;
    if (got == 0) {
        /* The server ended the connection: what was asked is a failure. */
        (void)close(client->fd);
        load->failures += client->asked;
        client->asked = false;
        dial(load, client);
        return;
    }
    client->len += (size_t)got;
    if (client->want == 0)
        client->want = length_of(client);
    must(client->want < ANSWER_MAX, "a long answer");
    if (client->want != 0 && client->len >= client->want)
        settle(load, client);
}

/* --- The run ------------------------------------------------------------------------------------
 */

static void run(struct load *load, long long end)
{
    struct epoll_event events[256];

    for (long long at = now(); at < end; at = now()) {
        int count;

        for (size_t i = 0; i < load->clients; i++)
            if (!load->all[i].asked && load->all[i].due <= at)
                ask(load, &load->all[i]);
        count = epoll_wait(load->poll, events, 256, 1);
        for (int i = 0; i < count; i++)
            hear(load, events[i].data.ptr);
    }
}

static double quantile(const struct load *load, double part)
{
    unsigned long long below = 0;

    for (size_t i = 0; i < STEPS; i++) {
        below += load->steps[i];
        if (below > 0 && (double)below >= part * (double)load->answers)
            return (double)(i + 1) * STEP / 1000;
    }
    return 0;
}

int main(int argc, char **argv)
{
    static struct load load;
    double seconds, rate;
    long long start;

    if (argc < 5) {
        (void)fprintf(stderr, "bench_load PORT FILE CLIENTS SECONDS [RATE]\n");
        return 64;
    }
    if (strncmp(argv[1], "tls:", 4) == 0) {
        argv[1] += 4;
        load.tls = SSL_CTX_new(TLS_client_method());
    }
    load.port = (uint16_t)atoi(argv[1]);
    read_request(&load, argv[2]);
    load.clients = strtoul(argv[3], NULL, 10);
    seconds = strtod(argv[4], NULL);
    rate = argc > 5 ? strtod(argv[5], NULL) : 0;
    must(load.clients >= 1 && load.clients <= CLIENTS_MAX && seconds > 0, "clients or seconds");
    load.number = (unsigned long long)time(NULL) % 100000 * 1000000;
    load.all = calloc(load.clients, sizeof *load.all);
    load.poll = epoll_create1(EPOLL_CLOEXEC);
    must(load.all != NULL && load.poll >= 0, "memory");
    if (rate > 0)
        load.pause = (long long)((double)load.clients / rate * 1e6);
    start = now();
    for (size_t i = 0; i < load.clients; i++) {
        dial(&load, &load.all[i]);
        load.all[i].due =
            start + (long long)((double)load.pause * (double)i / (double)load.clients);
    }
    start = now();
    run(&load, start + (long long)(seconds * 1e6));
    seconds = (double)(now() - start) / 1e6;
    (void)printf("{\"answers\": %llu, \"per_second\": %.0f, \"failures\": %llu, \"status\": %d, "
                 "\"p50_ms\": %.2f, \"p99_ms\": %.2f, \"max_ms\": %.2f}\n",
                 load.answers, (double)load.answers / seconds, load.failures, load.worst,
                 quantile(&load, 0.5), quantile(&load, 0.99), quantile(&load, 1));
    return load.failures == 0 ? 0 : 1;
}
