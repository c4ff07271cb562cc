/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/server.h - the door to server/: a small HTTP layer on libmicrohttpd. A service is one
 * table of routes; a handler gets a whole request and fills a reply. What the layer keeps away from
 * handlers: bodies that are too long, clients that drip, requests that two readers could take for
 * different ones, methods that the table does not have.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "base/base.h"
#include "server/authority.h"
#include "server/enrolment.h"

/* --- A request and its reply ----------------------------------------------------------------- */

struct yx_http_request {
    const char *method; /* "GET", "POST" */
    const char *path;   /* decoded, without the query */
    const char *rest;   /* what of it stood in the place of the route's closing '*'; "" */
    struct yx_bytes body;
    const char *content_type;           /* "" when there is none */
    const char *authorization;          /* "" when there is none */
    const char *peer;                   /* the client's address, "127.0.0.1" */
    struct yx_bytes client_certificate; /* DER, shown over TLS and proved, but judged by nobody yet;
                                           empty */
};

#define YX_HTTP_HEADERS 8
struct yx_http_header {
    const char *name; /* a string that lives as long as the program */
    char value[256];
};
struct yx_http_reply {
    unsigned status;          /* 200 unless set */
    const char *content_type; /* a string that lives as long as the program */
    struct yx_buf body;
    /* Instead of `body`: bytes that others own too, until `release` is called. */
    struct yx_bytes shared;
    void (*release)(void *owner);
    void *owner;
    /* What a client may already have: it is told so (304) when it asks with the same. */
    char etag[64];    /* with its quotes; "" when there is none */
    yx_time modified; /* 0: not known */
    struct yx_http_header headers[YX_HTTP_HEADERS];
    size_t header_count;
};
/* One more header; what does not fit is left out. */
void yx_http_header(struct yx_http_reply *reply, const char *name, const char *value);

/*
 * Answers. A status other than YX_OK is shown as application/problem+json (RFC 9457) with the HTTP
 * status that goes with it, whatever the reply holds.
 */
typedef yx_status (*yx_http_handler)(void *self, const struct yx_http_request *request,
                                     struct yx_http_reply *reply, struct yx_error *err);

struct yx_http_route {
    const char *method; /* GET serves HEAD too */
    const char *path;   /* a closing '*' stands for anything that is not empty */
    size_t body_max;    /* longer ones are refused with 413 */
    const char *accept; /* the one content type of the body; NULL: any (415 otherwise) */
    yx_http_handler handle;
    void *self;
};

/* --- A listener --------------------------------------------------------------------------- */

/* Zeroes stand for usual values. Times in seconds. */
struct yx_listener_settings {
    const char *address;              /* "127.0.0.1" */
    uint16_t port;                    /* 0: any that is free */
    unsigned threads;                 /* 8 */
    unsigned connections_max;         /* 1000 */
    unsigned connections_per_address; /* 200; behind a proxy all come from one */
    unsigned header_deadline;         /* 10: TLS handshake and first header, from the connection */
    unsigned body_deadline;           /* 60: the body, from the header; then to take the reply, and
                                         a second more for each 64 KiB of it */
    unsigned idle_deadline;           /* 30: the header of a next request, from the last reply */
    unsigned stop_deadline;           /* 10: for the requests under way when it is stopped */
    FILE *log;                        /* a line of JSON for each request; NULL: none */
    struct yx_bytes tls_certificate;  /* PEM with its chain, and the key; both empty: plain HTTP */
    struct yx_bytes tls_key;
    struct yx_bytes tls_client_trust; /* PEM; not empty: clients are asked for a certificate */
};

struct yx_listener;
/* Starts to serve. `routes` must outlive the listener. YX_IO when the address cannot be had. */
yx_status yx_listener_new(const struct yx_listener_settings *settings,
                          const struct yx_http_route *routes, size_t count,
                          struct yx_listener **out, struct yx_error *err);
uint16_t yx_listener_port(const struct yx_listener *listener);
/* Takes no new connections, lets the requests under way end within their deadline, and stops. */
void yx_listener_free(struct yx_listener *listener);
YX_DEFINE_CLEAN(yx_listener, struct yx_listener *, yx_listener_free);

/* --- Complaints (complain.c) ---------------------------------------------------------------- */

/* Tells the operator on stderr what failed inside: the same place at most once a second, so that a
 * database that is gone fills no disk. */
struct yx_complaints {
    _Atomic int64_t last; /* second of the monotonic clock */
};
/* News for the operator on stderr, for what may not be left out. */
void yx_tell(const char *where, const struct yx_error *news);
void yx_complain(struct yx_complaints *complaints, const char *where, const struct yx_error *err);

#endif
