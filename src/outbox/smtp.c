/* SPDX-License-Identifier: Apache-2.0 */
/* smtp.c - one mail to the mail server. */
#include "outbox/room.h"

#define TOTAL_SECONDS 60L
#define PASSWORD_MAX 1024u

/* --- What goes, and what comes ------------------------------------------------------------------
 */

struct letter {
    struct yx_buf bytes;
    size_t sent;
};

/* A curl_read_callback. */
static size_t give(char *room, size_t size, size_t count, void *self)
{
    struct letter *letter = self;
    size_t left = letter->bytes.len - letter->sent, len = size * count; /* size is 1 */

    if (len > left)
        len = left;
    if (len > 0)
        memcpy(room, letter->bytes.data + letter->sent, len);
    letter->sent += len;
    return len;
}

/* libcurl gives what the server says line by line, as it gives headers: the last line before the
 * end is the answer to the mail. */
static size_t take_line(char *line, size_t size, size_t count, void *self)
{
    struct yx_carry *carry = self;
    size_t len = size * count, end = len;

    while (end > 0 && (line[end - 1] == '\r' || line[end - 1] == '\n'))
        end--;
    carry->receipt.len = 0;
    return yx_buf_append(&carry->receipt, YX_BYTES(line, end)) == YX_OK ? len : 0;
}

/* --- The transfer
 * ---------------------------------------------------------------------------------
 */

static bool is_here(const char *url)
{
    static const char *const hosts[] = {"localhost", "127.0.0.1", "[::1]"};
    const char *host = strstr(url, "://");

    for (size_t i = 0; host != NULL && i < sizeof hosts / sizeof *hosts; i++) {
        size_t len = strlen(hosts[i]);

        if (strncmp(host + 3, hosts[i], len) == 0 && strchr(":/", host[3 + len]) != NULL)
            return true; /* strchr finds the end of the text, too */
    }
    return false;
}

static bool set_server(struct yx_transfer *transfer, const struct yx_settings *settings)
{
    CURLcode (*set)(CURL * curl, CURLoption option, ...) = transfer->api.setopt;
    CURL *curl = transfer->curl;
    long tls = is_here(settings->smtp_url) ? (long)CURLUSESSL_TRY : (long)CURLUSESSL_ALL;

    return set(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps") == CURLE_OK &&
           set(curl, CURLOPT_PROXY, "") == CURLE_OK &&
           set(curl, CURLOPT_TIMEOUT, TOTAL_SECONDS) == CURLE_OK &&
           set(curl, CURLOPT_USE_SSL, tls) == CURLE_OK &&
           (*settings->smtp_ca == '\0' || set(curl, CURLOPT_CAINFO, settings->smtp_ca) == CURLE_OK);
}

/* The password is the first line of its file. */
static yx_status set_login(struct yx_transfer *transfer, const struct yx_settings *settings,
                           struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf password = {0};
    CURLcode (*set)(CURL * curl, CURLoption option, ...) = transfer->api.setopt;

    if (*settings->smtp_user == '\0')
        return YX_OK;
    if (*settings->smtp_password != '\0')
        YX_TRY(yx_file_read(settings->smtp_password, PASSWORD_MAX, &password, err));
    if (yx_buf_append(&password, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    password.data[strcspn((char *)password.data, "\r\n")] = '\0';
    return set(transfer->curl, CURLOPT_USERNAME, settings->smtp_user) == CURLE_OK &&
                   set(transfer->curl, CURLOPT_PASSWORD, (char *)password.data) == CURLE_OK
               ? YX_OK
               : yx_fail_memory(err);
}

static bool set_letter(struct yx_transfer *transfer, struct yx_carry *carry,
                       const struct curl_slist *to, struct letter *letter)
{
    CURLcode (*set)(CURL * curl, CURLoption option, ...) = transfer->api.setopt;
    CURL *curl = transfer->curl;

    return set(curl, CURLOPT_MAIL_FROM, carry->outbox->settings->mail_from) == CURLE_OK &&
           set(curl, CURLOPT_MAIL_RCPT, to) == CURLE_OK &&
           set(curl, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
           set(curl, CURLOPT_READFUNCTION, give) == CURLE_OK &&
           set(curl, CURLOPT_READDATA, letter) == CURLE_OK &&
           set(curl, CURLOPT_HEADERFUNCTION, take_line) == CURLE_OK &&
           set(curl, CURLOPT_HEADERDATA, carry) == CURLE_OK;
}

/* Will no other try end otherwise (RFC 5321 4.2.1)? 53x (RFC 4954 6) says that we have not logged
 * in, and that somebody can mend. */
static bool is_permanent(long status)
{
    return status >= 500 && status / 10 != 53;
}

static yx_status run(struct yx_transfer *transfer, struct yx_carry *carry, struct curl_slist *to,
                     struct letter *letter, struct yx_error *err)
{
    const struct yx_settings *settings = carry->outbox->settings;
    yx_status status;

    YX_TRY(yx_transfer_begin(transfer, settings->smtp_url, err));
    YX_TRY(set_login(transfer, settings, err));
    if (!set_server(transfer, settings) || !set_letter(transfer, carry, to, letter))
        return yx_fail_memory(err);
    YX_TRY(yx_watch_job(transfer, carry->job, err));
    status = yx_transfer_run(transfer, settings->smtp_url, &carry->status, err);
    YX_REQUIRE(status == YX_OK || !is_permanent(carry->status), err, YX_REFUSED, "RFC 5321 4.2.1",
               N_("the mail server does not take mail for {1}: {2}"), carry->to,
               YX_NUM(carry->status));
    return status;
}

yx_status yx_smtp(struct yx_carry *carry, struct yx_error *err)
{
    YX_CLEAN(yx_transfer) struct yx_transfer transfer = {0};
    struct letter letter = {0};
    struct curl_slist *to = NULL;
    yx_status status;

    YX_TRY(yx_transfer_open(&transfer, err));
    status = yx_mail_write(carry, yx_now(), &letter.bytes, err);
    if (status == YX_OK) {
        to = transfer.api.append(NULL, carry->to);
        status = to == NULL ? yx_fail_memory(err) : run(&transfer, carry, to, &letter, err);
    }
    if (to != NULL)
        transfer.api.free_all(to);
    yx_buf_free(&letter.bytes);
    return status;
}
