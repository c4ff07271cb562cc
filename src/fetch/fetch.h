/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetch/fetch.h - the door to fetch/: the program's only way out to other services: one opening of
 * libcurl, and the requests that rooms make with it. The library itself has no sockets.
 *
 * libcurl brings some twenty libraries along, whose loading takes as long as half a signature: it
 * is opened when the first request is made, so that all that asks nobody starts without it.
 */
#ifndef FETCH_FETCH_H
#define FETCH_FETCH_H

#include <curl/curl.h>

#include <yinxin/x509.h>

#include "base/base.h"

/* What we use of libcurl, in the order of the names in curl.c. */
struct yx_curl {
    CURLcode (*global_init)(long flags);
    CURL *(*init)(void);
    void (*reset)(CURL *curl);
    CURLcode (*setopt)(CURL *curl, CURLoption option, ...);
    CURLcode (*perform)(CURL *curl);
    CURLcode (*getinfo)(CURL *curl, CURLINFO info, ...);
    void (*cleanup)(CURL *curl);
    const char *(*strerror)(CURLcode code);
    struct curl_slist *(*append)(struct curl_slist *list, const char *line);
    void (*free_all)(struct curl_slist *list);
    time_t (*getdate)(const char *text, const time_t *unused);
};

/*
 * A conversation with one service: request after request, over a connection that is kept. One
 * thread at a time. Whoever makes a request sets what it needs by `api.setopt`, and asks
 * yx_transfer_run to make it.
 */
struct yx_transfer {
    struct yx_curl api;
    CURL *curl;
    struct curl_slist *headers;
    char reason[CURL_ERROR_SIZE];
};
/* `out` stays where it is until it is freed. YX_IO when libcurl is not installed. */
yx_status yx_transfer_open(struct yx_transfer *out, struct yx_error *err);
/*
 * Begins a request as they all begin here: http and https only, no redirects (what was named is
 * what is asked), certificates checked, no signals, 10 seconds to connect and 30 in all. The
 * options of the request before are forgotten.
 */
yx_status yx_transfer_begin(struct yx_transfer *transfer, const char *url, struct yx_error *err);
/* Adds a header; an empty value takes one away that libcurl would send. YX_USAGE when it would be
 * more than a line. */
yx_status yx_transfer_header(struct yx_transfer *transfer, const char *name, const char *value,
                             struct yx_error *err);
/* The body of a POST, which must live until the request is made. */
yx_status yx_transfer_body(struct yx_transfer *transfer, struct yx_bytes body,
                           struct yx_error *err);
/* Makes the request: `*status` is the answer's, of HTTP or of SMTP. YX_IO when there is none,
 * YX_USAGE when `url`, which the sentence names, is none. */
yx_status yx_transfer_run(struct yx_transfer *transfer, const char *url, long *status,
                          struct yx_error *err);
void yx_transfer_free(struct yx_transfer *transfer);
YX_DEFINE_CLEAN_VALUE(yx_transfer, struct yx_transfer, yx_transfer_free);

/* Collects the body of an answer: give yx_answer_take and it as CURLOPT_WRITEFUNCTION and
 * CURLOPT_WRITEDATA, and ask yx_answer_check after yx_transfer_run has failed or not. */
struct yx_answer {
    struct yx_buf *out;
    size_t limit;
    yx_status failure;
};
size_t yx_answer_take(char *data, size_t size, size_t count, void *self);
/* YX_DAMAGED when the answer was longer than its limit, YX_NO_MEMORY when it could not be kept. */
yx_status yx_answer_check(const struct yx_answer *answer, const char *url, struct yx_error *err);

/* Sends the body by http or https, or asks without one, and appends the body of the answer. YX_IO
 * when nobody can be reached, YX_REFUSED for any status but 200, YX_DAMAGED when the answer is too
 * long. What a yx_fetcher does; `self` is the path of the certificates (PEM) that the service is
 * trusted by, NULL: those of the system. */
yx_status yx_fetch_http(void *self, const struct yx_fetch *what, struct yx_buf *out,
                        struct yx_error *err);
extern const struct yx_fetcher yx_fetcher_http;

#endif
