/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/http.c - one request to a URL that the user named, or that a certificate names which leads
 * to a root that the user trusts, within limits of size and time. */
#include "fetch/fetch.h"

#define STATUS_OK 200L

static yx_status set_up(struct yx_transfer *transfer, const char *trust,
                        const struct yx_fetch *what, struct yx_answer *answer, struct yx_error *err)
{
    CURLcode (*set)(CURL * curl, CURLoption option, ...) = transfer->api.setopt;

    YX_TRY(yx_transfer_begin(transfer, what->url, err));
    YX_TRY(yx_transfer_header(transfer, "Accept", what->accepted_type, err));
    if (what->body.len > 0) {
        YX_TRY(yx_transfer_header(transfer, "Content-Type", what->content_type, err));
        YX_TRY(yx_transfer_body(transfer, what->body, err));
    }
    bool is_set = set(transfer->curl, CURLOPT_WRITEFUNCTION, yx_answer_take) == CURLE_OK &&
                  set(transfer->curl, CURLOPT_WRITEDATA, answer) == CURLE_OK &&
                  (trust == NULL || set(transfer->curl, CURLOPT_CAINFO, trust) == CURLE_OK);
    return is_set ? YX_OK : yx_fail_memory(err);
}

yx_status yx_fetch_http(void *self, const struct yx_fetch *what, struct yx_buf *out,
                        struct yx_error *err)
{
    YX_CLEAN(yx_transfer) struct yx_transfer transfer = {0};
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    struct yx_answer answer = {.out = &body, .limit = what->limit};
    yx_status end;
    long status = 0;

    YX_TRY(yx_transfer_open(&transfer, err));
    YX_TRY(set_up(&transfer, self, what, &answer, err));
    end = yx_transfer_run(&transfer, what->url, &status, err);
    YX_TRY(yx_answer_check(&answer, what->url, err));
    YX_TRY(end);
    YX_REQUIRE(status == STATUS_OK, err, YX_REFUSED, "RFC 9110 15",
               N_("{1} answers with the HTTP status {2}"), what->url, YX_NUM(status));
    return yx_buf_append(out, yx_buf_bytes(&body)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

const struct yx_fetcher yx_fetcher_http = {yx_fetch_http, NULL};
