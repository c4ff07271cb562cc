/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/curl.c - libcurl opened when it is needed, and conversations with services through it. */
#include "fetch/fetch.h"

#define CONNECT_SECONDS 10L
#define TOTAL_SECONDS 30L

#define LIBRARY "libcurl.so.4"

/* In the order of struct yx_curl. */
static const char *const names[] = {
    "curl_global_init",  "curl_easy_init",      "curl_easy_reset",   "curl_easy_setopt",
    "curl_easy_perform", "curl_easy_getinfo",   "curl_easy_cleanup", "curl_easy_strerror",
    "curl_slist_append", "curl_slist_free_all", "curl_getdate",
};
#define COUNT (sizeof names / sizeof *names)
union symbols {
    void *list[COUNT];
    struct yx_curl curl;
};
_Static_assert(sizeof(struct yx_curl) == COUNT * sizeof(void *), "a name for every function");
static const struct yx_library library = {
    LIBRARY, N_("{1}, which talks to services by HTTP, is not installed"), names, COUNT};

/* It stays open until the program ends: its libraries do not like to be let go. Several threads may
 * come here at once; libcurl counts how often it was made ready. */
static yx_status open_library(struct yx_curl *out, struct yx_error *err)
{
    union symbols symbols;

    YX_TRY(yx_library_open(&library, symbols.list, err));
    *out = symbols.curl;
    return out->global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? YX_OK : yx_fail_memory(err);
}

yx_status yx_transfer_open(struct yx_transfer *out, struct yx_error *err)
{
    *out = (struct yx_transfer){0};
    YX_TRY(open_library(&out->api, err));
    out->curl = out->api.init();
    return out->curl != NULL ? YX_OK : yx_fail_memory(err);
}

static void forget_headers(struct yx_transfer *transfer)
{
    if (transfer->headers != NULL)
        transfer->api.free_all(transfer->headers);
    transfer->headers = NULL;
}

void yx_transfer_free(struct yx_transfer *transfer)
{
    if (transfer->curl != NULL)
        transfer->api.cleanup(transfer->curl);
    transfer->curl = NULL;
    forget_headers(transfer);
}

yx_status yx_transfer_begin(struct yx_transfer *transfer, const char *url, struct yx_error *err)
{
    CURLcode (*set)(CURL * curl, CURLoption option, ...) = transfer->api.setopt;
    CURL *curl = transfer->curl;

    transfer->api.reset(curl);
    forget_headers(transfer);
    bool is_set = set(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
                  set(curl, CURLOPT_URL, url) == CURLE_OK &&
                  set(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
                  set(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
                  set(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS) == CURLE_OK &&
                  set(curl, CURLOPT_TIMEOUT, TOTAL_SECONDS) == CURLE_OK &&
                  set(curl, CURLOPT_USERAGENT, "yinxin/" YX_VERSION) == CURLE_OK &&
                  set(curl, CURLOPT_ERRORBUFFER, transfer->reason) == CURLE_OK;
    return is_set ? YX_OK : yx_fail_memory(err);
}

yx_status yx_transfer_header(struct yx_transfer *transfer, const char *name, const char *value,
                             struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf line = {0};

    YX_REQUIRE(strpbrk(name, "\r\n:") == NULL && strpbrk(value, "\r\n") == NULL, err, YX_USAGE,
               "RFC 9110 5.5", N_("a header must be one line"));
    if (yx_buf_printf(&line, "%s: %s", name, value) != YX_OK ||
        yx_buf_append(&line, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    struct curl_slist *longer = transfer->api.append(transfer->headers, (const char *)line.data);
    if (longer == NULL)
        return yx_fail_memory(err);
    transfer->headers = longer;
    return YX_OK;
}

yx_status yx_transfer_body(struct yx_transfer *transfer, struct yx_bytes body, struct yx_error *err)
{
    CURLcode (*set)(CURL * curl, CURLoption option, ...) = transfer->api.setopt;
    bool is_set =
        set(transfer->curl, CURLOPT_POST, 1L) == CURLE_OK &&
        set(transfer->curl, CURLOPT_POSTFIELDS, body.len > 0 ? (const char *)body.data : "") ==
            CURLE_OK &&
        set(transfer->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len) == CURLE_OK;

    if (!is_set)
        return yx_fail_memory(err);
    return yx_transfer_header(transfer, "Expect", "",
                              err); /* no round trip to ask whether it may */
}

yx_status yx_transfer_run(struct yx_transfer *transfer, const char *url, long *status,
                          struct yx_error *err)
{
    CURLcode code;

    if (transfer->api.setopt(transfer->curl, CURLOPT_HTTPHEADER, transfer->headers) != CURLE_OK)
        return yx_fail_memory(err);
    transfer->reason[0] = '\0';
    *status = 0;
    code = transfer->api.perform(transfer->curl);
    (void)transfer->api.getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, status);
    if (code == CURLE_OUT_OF_MEMORY)
        return yx_fail_memory(err);
    YX_REQUIRE(code != CURLE_URL_MALFORMAT && code != CURLE_UNSUPPORTED_PROTOCOL, err, YX_USAGE, "",
               N_("{1} is no URL of http or https"), url);
    YX_REQUIRE(code == CURLE_OK, err, YX_IO, "", N_("{1} cannot be reached: {2}"), url,
               transfer->reason[0] != '\0' ? transfer->reason : transfer->api.strerror(code));
    return YX_OK;
}

size_t yx_answer_take(char *data, size_t size, size_t count, void *self)
{
    struct yx_answer *answer = self;
    size_t len = size * count; /* size is 1 */

    if (len > answer->limit - answer->out->len)
        answer->failure = YX_DAMAGED;
    else
        answer->failure = yx_buf_append(answer->out, YX_BYTES(data, len));
    return answer->failure == YX_OK ? len : 0;
}

yx_status yx_answer_check(const struct yx_answer *answer, const char *url, struct yx_error *err)
{
    if (answer->failure == YX_NO_MEMORY)
        return yx_fail_memory(err);
    YX_REQUIRE(answer->failure == YX_OK, err, YX_DAMAGED, "",
               N_("{1} answers with more than {2} bytes"), url, YX_NUM(answer->limit));
    return YX_OK;
}
