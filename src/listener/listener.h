/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener/listener.h - the door to listener/: carries the requests of http/ on libmicrohttpd. It
 * takes connections within limits, ends clients that drip, reads what the table of routes has,
 * calls its handlers and sends their replies; and it counts and notes what it did.
 */
#ifndef LISTENER_LISTENER_H
#define LISTENER_LISTENER_H

#include <yinxin/crypto.h>

#include "http/http.h"

/* Zeroes stand for usual values. Times in seconds. */
struct yx_listener_settings {
    const char *name;    /* "http"; in numbers: a string that outlives the listener */
    const char *address; /* "127.0.0.1" */
    uint16_t port;       /* 0: any that is free */
    const int *sockets;  /* instead: up to 8 that listen already (socket activation),
                            which become the listener's */
    size_t socket_count;
    /* Is the address that of a proxy whose X-Forwarded-For and X-Request-Id are believed? NULL:
     * there is none. */
    yx_is_proxy is_proxy;
    const void *proxies;
    const char *origins;              /* "https://a.example, ...": whose pages may call from a
                                         browser (CORS); NULL: none */
    unsigned threads;                 /* 8 */
    unsigned connections_max;         /* 1000 */
    unsigned connections_per_address; /* 200; behind a proxy all come from one */
    size_t body_memory;               /* 64 MiB: bodies that are gathered, all together; more get
                                         503 */
    unsigned events_max;              /* 100: clients that wait for events; more get 503 */
    unsigned header_deadline;         /* 10: TLS handshake and first header, from the connection */
    unsigned body_deadline;           /* 60: the body, from the header; then to take the reply, and
                                         a second more for each 64 KiB of either */
    unsigned idle_deadline;           /* 30: the header of a next request, from the last reply */
    unsigned stop_deadline;           /* 10: for the requests under way when it is stopped */
    FILE *log;                        /* a line of JSON for each request; NULL: none */
    struct yx_bytes tls_certificate;  /* PEM with its chain, and the key; both empty: plain HTTP */
    struct yx_bytes tls_key;
    struct yx_tls *tls;               /* instead of both; must outlive the listener; NULL */
    struct yx_bytes tls_client_trust; /* PEM; not empty: clients are asked for a certificate */
};

/* Somebody who signs the handshakes of TLS: for Ed25519 the message, else its digest. */
struct yx_tls_signer {
    yx_status (*sign)(void *self, yx_signature_algorithm algorithm, struct yx_bytes message,
                      struct yx_buf *signature, struct yx_error *err);
    void *self;
};
/* A certificate with its chain (PEM), whose key somebody else has. A process has one at a time. */
struct yx_tls;
yx_status yx_tls_new(struct yx_bytes certificate, const struct yx_tls_signer *signer,
                     const struct yx_public_key *key, struct yx_tls **out, struct yx_error *err);
void yx_tls_free(struct yx_tls *tls);
YX_DEFINE_CLEAN(yx_tls, struct yx_tls *, yx_tls_free);

struct yx_listener;
/* Starts to serve. `routes` must outlive the listener. YX_USAGE when two rows are the same or one
 * is malformed; YX_IO when the address cannot be had. */
yx_status yx_listener_new(const struct yx_listener_settings *settings,
                          const struct yx_http_route *routes, size_t count,
                          struct yx_listener **out, struct yx_error *err);
/* Of its first socket. */
uint16_t yx_listener_port(const struct yx_listener *listener);
/* Takes no new connections, lets the requests under way end within their deadline, and stops. */
void yx_listener_free(struct yx_listener *listener);
YX_DEFINE_CLEAN(yx_listener, struct yx_listener *, yx_listener_free);

/* Appends what the listeners did so far, for Prometheus: requests by route and class of status,
 * their times, connections. */
yx_status yx_http_metrics_write(const struct yx_listener *const *listeners, size_t count,
                                struct yx_buf *out, struct yx_error *err);

#endif
