/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/http.c - the program's only way out to the network: one POST to a URL that the user named,
 * within limits of size and time, without redirects. The library itself has no sockets.
 */
#include <curl/curl.h>

#include "cli/cli.h"

#define CONNECT_SECONDS 10L
#define TOTAL_SECONDS 30L
#define STATUS_OK 200L

YX_DEFINE_CLEAN(curl, CURL *, curl_easy_cleanup);
YX_DEFINE_CLEAN(curl_headers, struct curl_slist *, curl_slist_free_all);

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

static bool set_headers(CURL *curl, const struct cli_post *post, struct curl_slist **headers)
{
    char line[128];
    struct curl_slist *longer;
    const char *const lines[][2] = {{"Content-Type", post->content_type},
                                    {"Accept", post->accepted_type},
                                    {"Expect", ""}}; /* no round trip to ask whether it may */

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        (void)snprintf(line, sizeof line, "%s: %s", lines[i][0], lines[i][1]);
        longer = curl_slist_append(*headers, line);
        if (longer == NULL)
            return false;
        *headers = longer;
    }
    return curl_easy_setopt(curl, CURLOPT_HTTPHEADER, *headers) == CURLE_OK;
}

/* Redirects stay off, as they are by default: what was named is what is asked. */
static bool set_up(CURL *curl, const struct cli_post *post, struct answer *answer)
{
    return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_URL, post->url) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT, TOTAL_SECONDS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_USERAGENT, "yinxin/" YX_VERSION) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_POSTFIELDS, post->body.data) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)post->body.len) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer) == CURLE_OK;
}

static yx_status check_end(CURL *curl, CURLcode code, const struct cli_post *post,
                           const struct answer *answer, struct yx_error *err)
{
    long status = 0;

    if (answer->failure == YX_NO_MEMORY || code == CURLE_OUT_OF_MEMORY)
        return yx_fail_memory(err);
    YX_REQUIRE(answer->failure == YX_OK, err, YX_DAMAGED, "",
               N_("{1} answers with more than {2} bytes"), post->url, YX_NUM(answer->limit));
    YX_REQUIRE(code != CURLE_URL_MALFORMAT && code != CURLE_UNSUPPORTED_PROTOCOL, err, YX_USAGE, "",
               N_("{1} is no URL of http or https"), post->url);
    YX_REQUIRE(code == CURLE_OK, err, YX_IO, "", N_("{1} cannot be reached: {2}"), post->url,
               curl_easy_strerror(code));
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    YX_REQUIRE(status == STATUS_OK, err, YX_REFUSED, "RFC 9110 15",
               N_("{1} answers with the HTTP status {2}"), post->url, YX_NUM(status));
    return YX_OK;
}

yx_status cli_http_post(const struct cli_post *post, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(curl) CURL *curl = curl_easy_init();
    YX_CLEAN(curl_headers) struct curl_slist *headers = NULL;
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    struct answer answer = {.out = &body, .limit = post->limit};
    CURLcode code;

    if (curl == NULL || !set_up(curl, post, &answer) || !set_headers(curl, post, &headers))
        return yx_fail_memory(err);
    code = curl_easy_perform(curl);
    YX_TRY(check_end(curl, code, post, &answer, err));
    return yx_buf_append(out, yx_buf_bytes(&body)) == YX_OK ? YX_OK : yx_fail_memory(err);
}
