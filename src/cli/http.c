/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/http.c - the program's only way out to the network: one request to a URL that the user named,
 * or that a certificate names which leads to a root that the user trusts, within limits of size and
 * time, without redirects. The library itself has no sockets.
 *
 * libcurl brings some twenty libraries along, whose loading takes as long as half a signature: it
 * is opened when the first request is made, so that all other commands start without it.
 */
#include <curl/curl.h>
#include <dlfcn.h>

#include "cli/cli.h"

#define CONNECT_SECONDS 10L
#define TOTAL_SECONDS 30L
#define STATUS_OK 200L

#define LIBRARY "libcurl.so.4"

/* What we use of libcurl. */
static const char *const names[] = {
    "curl_easy_init",    "curl_easy_setopt",   "curl_easy_perform", "curl_easy_getinfo",
    "curl_easy_cleanup", "curl_easy_strerror", "curl_slist_append", "curl_slist_free_all",
};
union api {
    void *symbols[sizeof names / sizeof *names];
    struct {
        CURL *(*init)(void);
        CURLcode (*setopt)(CURL *curl, CURLoption option, ...);
        CURLcode (*perform)(CURL *curl);
        CURLcode (*getinfo)(CURL *curl, CURLINFO info, ...);
        void (*cleanup)(CURL *curl);
        const char *(*strerror)(CURLcode code);
        struct curl_slist *(*append)(struct curl_slist *list, const char *line);
        void (*free_all)(struct curl_slist *list);
    } call;
};

/* It stays open until the program ends: its libraries do not like to be let go. */
static yx_status open_library(union api *api, struct yx_error *err)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

    YX_REQUIRE(library != NULL, err, YX_IO, "",
               N_("{1}, which talks to services by HTTP, is not installed"), LIBRARY);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        api->symbols[i] = dlsym(library, names[i]);
        YX_REQUIRE(api->symbols[i] != NULL, err, YX_IO, "", N_("{1} has no {2}: it is too old"),
                   LIBRARY, names[i]);
    }
    return YX_OK;
}

/* One request on its way. */
struct transfer {
    union api api;
    CURL *curl;
    struct curl_slist *headers;
};

static void transfer_free(struct transfer *transfer)
{
    if (transfer->headers != NULL)
        transfer->api.call.free_all(transfer->headers);
    if (transfer->curl != NULL)
        transfer->api.call.cleanup(transfer->curl);
}
YX_DEFINE_CLEAN_VALUE(transfer, struct transfer, transfer_free);

struct answer {
    struct yx_buf *out;
    size_t limit;
    yx_status failure;
};

/* A curl_write_callback: anything but `len` ends the transfer. */
static size_t take(char *data, size_t size, size_t count, void *self)
{
    struct answer *answer = self;
    size_t len = size * count; /* size is 1 */

    if (len > answer->limit - answer->out->len)
        answer->failure = YX_DAMAGED;
    else
        answer->failure = yx_buf_append(answer->out, YX_BYTES((const uint8_t *)data, len));
    return answer->failure == YX_OK ? len : 0;
}

static bool set_headers(struct transfer *transfer, const struct yx_fetch *what)
{
    char line[128];
    struct curl_slist *longer;
    const char *const lines[][2] = {{"Accept", what->accepted_type},
                                    {"Content-Type", what->content_type},
                                    {"Expect", ""}}; /* no round trip to ask whether it may */
    size_t count = what->body.len > 0 ? sizeof lines / sizeof *lines : 1;

    for (size_t i = 0; i < count; i++) {
        (void)snprintf(line, sizeof line, "%s: %s", lines[i][0], lines[i][1]);
        longer = transfer->api.call.append(transfer->headers, line);
        if (longer == NULL)
            return false;
        transfer->headers = longer;
    }
    return transfer->api.call.setopt(transfer->curl, CURLOPT_HTTPHEADER, transfer->headers) ==
           CURLE_OK;
}

static bool set_body(struct transfer *t, struct yx_bytes body)
{
    CURLcode (*set)(CURL * curl, CURLoption option, ...) = t->api.call.setopt;
    curl_off_t size = (curl_off_t)body.len;

    return set(t->curl, CURLOPT_POST, 1L) == CURLE_OK &&
           set(t->curl, CURLOPT_POSTFIELDS, body.data) == CURLE_OK &&
           set(t->curl, CURLOPT_POSTFIELDSIZE_LARGE, size) == CURLE_OK;
}

/* Redirects stay off, as they are by default: what was named is what is asked. */
static bool set_up(struct transfer *t, const struct yx_fetch *what, struct answer *answer)
{
    CURLcode (*set)(CURL * curl, CURLoption option, ...) = t->api.call.setopt;

    return (what->body.len == 0 || set_body(t, what->body)) &&
           set(t->curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           set(t->curl, CURLOPT_URL, what->url) == CURLE_OK &&
           set(t->curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           set(t->curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           set(t->curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS) == CURLE_OK &&
           set(t->curl, CURLOPT_TIMEOUT, TOTAL_SECONDS) == CURLE_OK &&
           set(t->curl, CURLOPT_USERAGENT, "yinxin/" YX_VERSION) == CURLE_OK &&
           set(t->curl, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           set(t->curl, CURLOPT_WRITEDATA, answer) == CURLE_OK;
}

static yx_status check_end(const struct transfer *t, CURLcode code, const struct yx_fetch *what,
                           const struct answer *answer, struct yx_error *err)
{
    long status = 0;

    if (answer->failure == YX_NO_MEMORY || code == CURLE_OUT_OF_MEMORY)
        return yx_fail_memory(err);
    YX_REQUIRE(answer->failure == YX_OK, err, YX_DAMAGED, "",
               N_("{1} answers with more than {2} bytes"), what->url, YX_NUM(answer->limit));
    YX_REQUIRE(code != CURLE_URL_MALFORMAT && code != CURLE_UNSUPPORTED_PROTOCOL, err, YX_USAGE, "",
               N_("{1} is no URL of http or https"), what->url);
    YX_REQUIRE(code == CURLE_OK, err, YX_IO, "", N_("{1} cannot be reached: {2}"), what->url,
               t->api.call.strerror(code));
    (void)t->api.call.getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
    YX_REQUIRE(status == STATUS_OK, err, YX_REFUSED, "RFC 9110 15",
               N_("{1} answers with the HTTP status {2}"), what->url, YX_NUM(status));
    return YX_OK;
}

yx_status cli_http(void *self, const struct yx_fetch *what, struct yx_buf *out,
                   struct yx_error *err)
{
    YX_CLEAN(transfer) struct transfer transfer = {0};
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    struct answer answer = {.out = &body, .limit = what->limit};
    CURLcode code;

    (void)self;
    YX_TRY(open_library(&transfer.api, err));
    transfer.curl = transfer.api.call.init();
    if (transfer.curl == NULL || !set_up(&transfer, what, &answer) || !set_headers(&transfer, what))
        return yx_fail_memory(err);
    code = transfer.api.call.perform(transfer.curl);
    YX_TRY(check_end(&transfer, code, what, &answer, err));
    return yx_buf_append(out, yx_buf_bytes(&body)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

void cli_fetch(struct yx_trust *trust)
{
    static const struct yx_fetcher fetcher = {cli_http, NULL};

    if (trust != NULL)
        yx_trust_set_fetcher(trust, &fetcher);
}
