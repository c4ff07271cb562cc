/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/http.h - the door to http/: HTTP as handlers see it. A service is one table of routes; a
 * handler gets a whole request and fills a reply. What never comes to handlers: bodies that are too
 * long, requests that two readers could take for different ones, paths and queries that are no
 * text, methods that the table does not have. Who carries requests is listener/; there are no
 * sockets here.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "base/base.h"
#include "http/assets.h"
#include "http/json.h"
#include "http/wire.h"

/* --- A request ------------------------------------------------------------------------------ */

struct yx_http_inside;
struct yx_http_route;

/* All strings are UTF-8 and live until the reply is made; "" where there is none. */
struct yx_http_request {
    const char *method;           /* "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE" */
    const char *target;           /* path and query as they came */
    const char *path;             /* decoded, without the query */
    const char *rest;             /* what of it stood in the place of the route's closing '*' */
    const char *ids[YX_HTTP_IDS]; /* what stood in the places of its {names}, in their order: 1 to
                                     64 of A-Z a-z 0-9 . _ ~ -, neither "." nor ".." */
    struct yx_bytes body;         /* empty when the route has an intake */
    void *taker;                  /* what the intake gave; NULL without one */
    const char *content_type;
    const char *authorization;
    const char *peer;                   /* the client's address, "127.0.0.1" */
    const char *request_id;             /* a UUID, or what a trusted proxy called it; visible ASCII
                                           without quotes, at most 64 */
    const char *language;               /* "zh" or "en": what the client would rather read */
    bool secure;                        /* it came over TLS */
    struct yx_bytes client_certificate; /* DER, shown over TLS and proved, but judged by nobody yet;
                                           empty */
    const struct yx_http_route *route;
    struct yx_http_inside *inside; /* for the functions below; NULL in requests that a test made:
                                      then they find nothing */
};
/* The value of ?name=value, decoded; NULL when it is not there. No name stands twice. */
const char *yx_http_query(const struct yx_http_request *request, const char *name);
/* How many parameters the query has, and the name of one: for those who refuse strange ones. */
size_t yx_http_query_count(const struct yx_http_request *request);
const char *yx_http_query_name(const struct yx_http_request *request, size_t index);
/* Names and values of a query, or of a plain form (application/x-www-form-urlencoded). */
#define YX_QUERY_MAX 32
struct yx_query {
    size_t count;
    struct {
        const char *name, *value;
    } pairs[YX_QUERY_MAX];
};
/* Decodes `text` in place, which the pairs point into. false: an escape is none, there are control
 * characters or bytes that are not UTF-8, a name is empty or stands twice, or there are too many.
 */
bool yx_query_read(char *text, struct yx_query *out);
/* NULL when it is not there. */
const char *yx_query_value(const struct yx_query *query, const char *name);
/* The value of a header, whatever its case; "" when it is not there. */
const char *yx_http_header_of(const struct yx_http_request *request, const char *name);
/* The value of a cookie; NULL when it is not there, or there twice. */
const char *yx_http_cookie(const struct yx_http_request *request, const char *name);

/* --- Its reply ------------------------------------------------------------------------------ */

/* A body that is read while it is sent. */
#define YX_HTTP_ANY_SIZE UINT64_MAX
struct yx_http_stream {
    uint64_t size; /* YX_HTTP_ANY_SIZE: not known before its end */
    /* Reads at most `len` bytes from `offset`; *got 0 is the end. When it fails, the connection is
     * cut off, so that nobody takes a part for the whole. NULL: there is no stream. */
    yx_status (*read)(void *self, uint64_t offset, void *out, size_t len, size_t *got,
                      struct yx_error *err);
    void (*release)(void *self); /* called once, whatever becomes of the reply */
    void *self;
};

/*
 * A source of server-sent events, for one client. It is asked about twice a second, with others in
 * turn, so it should answer at once; it holds no thread meanwhile. A client that was cut off comes
 * back by itself, with the id of the last event in the header Last-Event-ID.
 */
struct yx_http_events {
    /* Appends what is new by yx_http_event; *ended: nothing will follow. NULL: there is no source.
     */
    yx_status (*poll)(void *self, struct yx_buf *out, bool *ended, struct yx_error *err);
    void (*release)(void *self); /* called once, whatever becomes of the reply */
    void *self;
};
/* Appends one event; `name` and `id` may be "", `data` may have several lines. */
yx_status yx_http_event(struct yx_buf *out, const char *name, const char *id, const char *data);

/* Start with {0}. */
struct yx_http_reply {
    unsigned status;          /* 0: 200; when the handler fails, 400 or more: see below */
    const char *content_type; /* a string that lives as long as the program */
    struct yx_buf body;
    /* Instead of `body`: bytes that others own too, until `release` is called. */
    struct yx_bytes shared;
    void (*release)(void *owner);
    void *owner;
    /* Instead of both. Of what has a size, a client may ask for a part (Range). */
    struct yx_http_stream stream;
    /* Instead of all these; the content type is text/event-stream. */
    struct yx_http_events events;
    /* What a client may already have: it is told so (304) when it asks with the same. */
    char etag[72];    /* with its quotes; "" when there is none */
    yx_time modified; /* 0: not known */
    /* For a problem: what stands behind urn:yinxin:problem: in its type; NULL: by the error, and
     * with 500 and above, only the operator is told what it was. */
    const char *problem;
    struct yx_buf headers; /* filled by yx_http_header */
    bool header_lost;      /* one could not be added: the reply is not sent */
};
/* One more header, of which there may be several with one name (Set-Cookie). What it does not say
 * otherwise is strict: Cache-Control no-store, Content-Security-Policy default-src 'none', and the
 * like (listener/send.c). */
void yx_http_header(struct yx_http_reply *reply, const char *name, const char *value);
/* The bytes of a regular file as the stream of the reply, which closes `fd`. */
yx_status yx_http_reply_file(struct yx_http_reply *reply, int fd, struct yx_error *err);
/* For those who call handlers themselves; the listener does it otherwise. */
void yx_http_reply_free(struct yx_http_reply *reply);
YX_DEFINE_CLEAN_VALUE(yx_http_reply, struct yx_http_reply, yx_http_reply_free);

/*
 * Answers. A status other than YX_OK is shown as application/problem+json (RFC 9457), whatever the
 * reply holds: with reply->status when the handler has set that to 400 or more (the headers of the
 * reply are sent along then), else with the HTTP status that goes with it.
 */
typedef yx_status (*yx_http_handler)(void *self, const struct yx_http_request *request,
                                     struct yx_http_reply *reply, struct yx_error *err);

/*
 * A body that is taken piece by piece as it arrives. `begin` sees the header alone and may refuse;
 * the handler follows when all has come, with what `begin` gave in request->taker. `end` is called
 * once for each `begin` that was YX_OK: after the handler, or as soon as nothing will come any
 * more. What a handler has not kept by then is to be forgotten.
 */
struct yx_http_intake {
    yx_status (*begin)(void *self, const struct yx_http_request *request,
                       struct yx_http_reply *reply, void **taker, struct yx_error *err);
    yx_status (*take)(void *taker, struct yx_bytes piece, struct yx_error *err);
    void (*end)(void *taker);
};

/*
 * A row of the table. Of several rows that fit a path, the one counts that says more in its first
 * segment that differs: text before {name} before '*'.
 */
struct yx_http_route {
    const char *method; /* GET serves HEAD too */
    const char *path;   /* a segment {name} stands for an id, a closing segment * for anything that
                           is not empty */
    size_t body_max;    /* longer ones are refused with 413 */
    const char *accept; /* the one content type of the body; NULL: any (415 otherwise) */
    yx_http_handler handle;
    const struct yx_http_intake *intake; /* NULL: bodies are gathered in memory */
    void *self;
    const void *context; /* more of its owner's */
};

/* --- Complaints (complain.c) ---------------------------------------------------------------- */

/* Tells the operator on stderr what failed inside: the same place at most once a second, so that a
 * database that is gone fills no disk. */
struct yx_complaints {
    _Atomic int64_t last; /* second of the monotonic clock */
};
/* News for the operator on stderr, for what may not be left out. */
void yx_tell(const char *where, const struct yx_error *news);
void yx_complain(struct yx_complaints *complaints, const char *where, const struct yx_error *err);

/* --- Errors (problem.c) --------------------------------------------------------------------- */

/* The HTTP status that goes with an error. */
unsigned yx_problem_status(yx_status status);

#endif
