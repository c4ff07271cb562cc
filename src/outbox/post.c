/* SPDX-License-Identifier: Apache-2.0 */
/* post.c - one request to a webhook or a receiver of filings. */
#include <sys/socket.h>

#include "outbox/room.h"

#define CONNECT_SECONDS 5L
#define TOTAL_SECONDS 15L
#define GONE 410

/* --- Where it goes ------------------------------------------------------------------------------
 */

struct gate {
    const struct yx_networks *allowed;
    bool plain, closed;
};

/* A curl_opensocket_callback: libcurl has looked the name up, and asks for a socket to that very
 * address. */
static curl_socket_t open_socket(void *self, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct gate *gate = self;

    (void)purpose;
    if (!yx_address_allowed(&address->addr, gate->plain, gate->allowed)) {
        gate->closed = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* A curl_xferinfo_callback. */
static int look_at_job(void *self, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                       curl_off_t up)
{
    (void)down_total, (void)down, (void)up_total, (void)up;
    return yx_job_must_end(self) ? 1 : 0;
}

yx_status yx_watch_job(struct yx_transfer *transfer, const struct yx_job *job, struct yx_error *err)
{
    CURLcode (*set)(CURL * curl, CURLoption option, ...) = transfer->api.setopt;

    return set(transfer->curl, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
                   set(transfer->curl, CURLOPT_XFERINFOFUNCTION, look_at_job) == CURLE_OK &&
                   set(transfer->curl, CURLOPT_XFERINFODATA, job) == CURLE_OK
               ? YX_OK
               : yx_fail_memory(err);
}

/* A proxy would be the address that is looked at, in the place of the receiver. */
static yx_status set_up(struct yx_transfer *transfer, struct gate *gate, struct yx_answer *answer,
                        struct yx_error *err)
{
    CURLcode (*set)(CURL * curl, CURLoption option, ...) = transfer->api.setopt;
    CURL *curl = transfer->curl;

    return set(curl, CURLOPT_PROXY, "") == CURLE_OK &&
                   set(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
                   set(curl, CURLOPT_OPENSOCKETDATA, gate) == CURLE_OK &&
                   set(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS) == CURLE_OK &&
                   set(curl, CURLOPT_TIMEOUT, TOTAL_SECONDS) == CURLE_OK &&
                   set(curl, CURLOPT_WRITEFUNCTION, yx_answer_take) == CURLE_OK &&
                   set(curl, CURLOPT_WRITEDATA, answer) == CURLE_OK
               ? YX_OK
               : yx_fail_memory(err);
}

/* --- Its signature
 * --------------------------------------------------------------------------------
 */

static yx_status append_mac(const char *name, yx_digest_algorithm algorithm, struct yx_bytes key,
                            struct yx_bytes message, struct yx_buf *out, struct yx_error *err)
{
    uint8_t mac[YX_DIGEST_MAX];

    YX_TRY(yx_hmac(algorithm, key, message, mac, err));
    if (yx_buf_append_text(out, name) != YX_OK ||
        yx_base64_encode(YX_BYTES(mac, yx_digest_size(algorithm)), out) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

static yx_status append_macs(struct yx_bytes key, struct yx_bytes message, struct yx_buf *out,
                             struct yx_error *err)
{
    YX_TRY(append_mac("v1,", YX_DIGEST_SHA256, key, message, out, err));
    return append_mac(" sm3,", YX_DIGEST_SM3, key, message, out, err);
}

static yx_status sign(const struct yx_carry *carry, const char *seconds, struct yx_buf *out,
                      struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf message = {0};
    uint8_t key[YX_WEBHOOK_KEY];
    yx_status status;

    if (yx_buf_printf(&message, "%s.%s.%s", carry->id, seconds, carry->body) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_webhook_key(carry->outbox, carry->webhook, carry->generation, key, err));
    status = append_macs(YX_BYTES(key, sizeof key), yx_buf_bytes(&message), out, err);
    yx_wipe(key, sizeof key);
    YX_TRY(status);
    return yx_buf_append(out, YX_BYTES("", 1)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status add_headers(struct yx_transfer *transfer, const struct yx_carry *carry,
                             struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf signature = {0};
    struct yx_number_text seconds = yx_number_text(yx_now() / YX_SECOND);

    YX_TRY(sign(carry, seconds.text, &signature, err));
    YX_TRY(yx_transfer_header(transfer, "Content-Type", "application/json", err));
    YX_TRY(yx_transfer_header(transfer, "webhook-id", carry->id, err));
    YX_TRY(yx_transfer_header(transfer, "webhook-timestamp", seconds.text, err));
    return yx_transfer_header(transfer, "webhook-signature", (const char *)signature.data, err);
}

/* --- The answer
 * ------------------------------------------------------------------------------------
 */

static yx_status judge(const struct yx_carry *carry, struct yx_error *err)
{
    long status = carry->status;

    YX_REQUIRE(status != GONE, err, YX_REFUSED, "RFC 9110 15.5.11",
               N_("{1} says that it is gone for good"), carry->to);
    YX_REQUIRE(status < 300 || status > 399, err, YX_IO, "RFC 9110 15.4",
               N_("{1} sends us elsewhere, where we do not go (HTTP status {2})"), carry->to,
               YX_NUM(status));
    YX_REQUIRE(status >= 200 && status < 300, err, YX_IO, "RFC 9110 15",
               N_("{1} answers with the HTTP status {2}"), carry->to, YX_NUM(status));
    return YX_OK;
}

yx_status yx_post(struct yx_carry *carry, struct yx_error *err)
{
    YX_CLEAN(yx_transfer) struct yx_transfer transfer = {0};
    struct gate gate = {.allowed = &carry->outbox->settings->webhook_networks,
                        .plain = strncmp(carry->to, "http://", 7) == 0};
    struct yx_answer answer = {.out = &carry->receipt, .limit = YX_RECEIPT_MAX};
    yx_status status;

    YX_TRY(yx_transfer_open(&transfer, err));
    YX_TRY(yx_transfer_begin(&transfer, carry->to, err));
    YX_TRY(set_up(&transfer, &gate, &answer, err));
    YX_TRY(yx_watch_job(&transfer, carry->job, err));
    YX_TRY(yx_transfer_body(&transfer, YX_TEXT(carry->body), err));
    YX_TRY(add_headers(&transfer, carry, err));
    status = yx_transfer_run(&transfer, carry->to, &carry->status, err);
    YX_REQUIRE(!gate.closed || status == YX_OK, err, YX_IO, "RFC 6890",
               N_("{1} leads to an address that is not allowed: it is not public, or without TLS"),
               carry->to);
    YX_TRY(yx_answer_check(&answer, carry->to, err));
    YX_TRY(status);
    return judge(carry, err);
}
