/* SPDX-License-Identifier: Apache-2.0 */
/* wire.h - HTTP as octets on a socket, for tests that want to see them. Needs support.h before it.
 */
#ifndef TESTS_API_WIRE_H
#define TESTS_API_WIRE_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static inline int wire_connect(uint16_t port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(fd, (const struct sockaddr *)(const void *)&address, sizeof address),
                     0);
    return fd;
}

/* Whether all went out: a service that refuses may close before. */
static inline bool wire_send(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;
    ssize_t put;

    while (len > 0 && (put = send(fd, at, len, MSG_NOSIGNAL)) > 0) {
        at += put;
        len -= (size_t)put;
    }
    return len == 0;
}

struct reply {
    int status;
    char text[262144]; /* head and body, ended by a NUL */
    const char *body;
    size_t len; /* of the body */
};

/* Until the service closes. */
static inline void wire_hear(int fd, struct reply *out)
{
    size_t len = 0;
    ssize_t got;

    while (len + 1 < sizeof out->text &&
           (got = recv(fd, out->text + len, sizeof out->text - 1 - len, 0)) > 0)
        len += (size_t)got;
    out->text[len] = '\0';
    assert_int_equal(sscanf(out->text, "HTTP/1.1 %d", &out->status), 1);
    out->body = strstr(out->text, "\r\n\r\n");
    assert_non_null(out->body);
    out->body += 4;
    out->len = len - (size_t)(out->body - out->text);
}

#endif
