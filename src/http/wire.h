/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/wire.h - the part of the door http/http.h for who carries requests (listener/): how their
 * headers are read, which route they belong to, what is sent of a reply. Handlers need none of it.
 */
#ifndef HTTP_WIRE_H
#define HTTP_WIRE_H

#include "base/base.h"

struct yx_http_reply;
struct yx_http_request;
struct yx_http_route;
struct yx_query;

/* --- What a request is asked for (request.c) ------------------------------------------------ */

struct yx_http_inside {
    const struct yx_query *query;
    /* The value of a header; "" when it is not there. */
    const char *(*header)(const void *self, const char *name);
    const void *self;
    struct yx_arena *cookies; /* those that were asked for; freed by whoever carries the request */
};

/* --- Replies (reply.c) ---------------------------------------------------------------------- */

/* The headers that were added one after the other, from *at = 0; false behind the last. */
bool yx_http_next_header(const struct yx_http_reply *reply, size_t *at, const char **name,
                         const char **value);
bool yx_http_has_header(const struct yx_http_reply *reply, const char *name);

/* --- Paths, queries, cookies (query.c) ------------------------------------------------------ */

/* Decodes %XX in place. *slash: where the first '/' is that came out of an escape, SIZE_MAX when
 * there is none. false: not to be served (an escape is none, or there are control characters or
 * bytes that are not UTF-8). */
bool yx_path_decode(char *path, size_t *slash);

/* The value of a cookie, without its quotes; data is NULL when it is not there, or there twice. */
struct yx_bytes yx_cookie_find(const char *header, const char *name);

/* --- Routes (route.c) ----------------------------------------------------------------------- */

#define YX_HTTP_IDS 4     /* in one path */
#define YX_HTTP_ID_MAX 64 /* characters of one */
struct yx_router {
    struct yx_row {
        char *pattern;
        const struct yx_http_route *route;
    } * rows;
    size_t count;
};
/* `routes` must outlive it. Freed by yx_router_free, also when it fails. */
yx_status yx_router_make(struct yx_router *router, const struct yx_http_route *routes, size_t count,
                         struct yx_error *err);
void yx_router_free(struct yx_router *router);

struct yx_found {
    const struct yx_http_route *route;
    size_t row;                       /* of the router; their count when there is no route */
    const char *rest;                 /* points into the path, like the ids */
    struct yx_bytes ids[YX_HTTP_IDS]; /* what stood in the places of {names} */
    size_t id_count;
    unsigned status;  /* when there is no route: 404 or 405 */
    char methods[96]; /* then: what the path takes, as the header Allow names it */
};
/* The route of a request; `path` is decoded. */
bool yx_route_find(const struct yx_router *router, const char *method, const char *path,
                   struct yx_found *found);
bool yx_is_id(struct yx_bytes text);
/* Is the media type the one wanted, parameters aside? */
bool yx_media_type_is(const char *content_type, const char *wanted);

/* --- Headers (header.c) --------------------------------------------------------------------- */

#define YX_HTTP_DATE 32
/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7). */
void yx_http_date(yx_time time, char out[YX_HTTP_DATE]);
/* Does the client have it already? By the values of If-None-Match and If-Modified-Since, "" when
 * there is none (RFC 9110 13.1). */
bool yx_is_not_modified(const struct yx_http_reply *reply, const char *none_match,
                        const char *modified_since);
/* Can a request be read in one way only (RFC 9112 6.3)? 0, or the status that refuses it. */
struct yx_framing {
    unsigned lengths;  /* how many Content-Length there are */
    unsigned codings;  /* how many Transfer-Encoding */
    bool only_chunked; /* the codings are "chunked" */
    bool twice;        /* a header that may stand once does so twice */
};
unsigned yx_framing_refusal(const struct yx_framing *framing);
/* The language of Accept-Language that we have. */
const char *yx_language_of(const char *accept_language);
/* By the value of Accept-Encoding. */
bool yx_accepts_gzip(const char *accept_encoding);
/* Visible ASCII without quotes and backslashes, 1 to 64? */
bool yx_is_request_id(const char *text);
/* Is the word one of those in a list with commas? */
bool yx_is_listed(const char *list, struct yx_bytes word);
/* Room for an address as inet_ntop writes it. */
#define YX_ADDRESS_TEXT 46
/* Is an address that of a proxy that is believed? */
typedef bool (*yx_is_proxy)(const void *proxies, const char *address);
/* The last address of X-Forwarded-For that is no proxy, written as inet_ntop does. false: there is
 * none. */
bool yx_forwarded_for(const char *header, yx_is_proxy is_proxy, const void *proxies,
                      char out[YX_ADDRESS_TEXT]);

/* --- Parts (range.c) ------------------------------------------------------------------------ */

typedef enum {
    YX_RANGE_NONE,   /* all is asked for */
    YX_RANGE_PART,   /* `len` bytes from `from` */
    YX_RANGE_MISSED, /* what is asked for is not there (416) */
} yx_range;
/* The value of Range, for something of `size` bytes. */
yx_range yx_range_read(const char *header, uint64_t size, uint64_t *from, uint64_t *len);
/* Does Range count, by the value of If-Range ("": there is none)? */
bool yx_range_applies(const struct yx_http_reply *reply, const char *if_range);

/* --- Errors (problem.c) --------------------------------------------------------------------- */

/* Replaces the body of the reply by a problem document. */
void yx_problem(struct yx_http_reply *reply, unsigned status, const struct yx_http_request *request,
                const struct yx_error *err);

#endif
