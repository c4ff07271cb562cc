/* SPDX-License-Identifier: Apache-2.0 */
/* http/header.c - headers read and written: dates, what a client has already, how long a body is,
 * languages, what proxies say. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <strings.h>

#include "http/http.h"

static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"}; /* from 1970 */
static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void yx_http_date(yx_time time, char out[YX_HTTP_DATE])
{
    struct yx_civil civil;
    int64_t day = time / (86400 * YX_SECOND);

    yx_time_to_civil(time, &civil);
    (void)snprintf(out, YX_HTTP_DATE, "%s, %02u %s %04u %02u:%02u:%02u GMT",
                   days[day < 0 ? 0 : day % 7], civil.day % 100u, months[(civil.month - 1) % 12],
                   (unsigned)civil.year % 10000u, civil.hour % 100u, civil.minute % 100u,
                   civil.second % 100u);
}

/* RFC 9110 13.1.3: If-None-Match goes before the date. A date counts when it is the very one that
 * was sent: clients send back what they got. */
bool yx_is_not_modified(const struct yx_http_reply *reply, const char *none_match,
                        const char *modified_since)
{
    char date[YX_HTTP_DATE];

    if (none_match[0] != '\0')
        return reply->etag[0] != '\0' &&
               (strcmp(none_match, "*") == 0 || strstr(none_match, reply->etag) != NULL);
    if (modified_since[0] == '\0' || reply->modified == 0)
        return false;
    yx_http_date(reply->modified, date);
    return strcmp(date, modified_since) == 0;
}

unsigned yx_framing_refusal(const struct yx_framing *framing)
{
    if (framing->twice || framing->lengths > 1 || framing->codings > 1 ||
        (framing->lengths > 0 && framing->codings > 0))
        return 400;
    return framing->codings > 0 && !framing->only_chunked ? 501 : 0;
}

/* --- Languages and codings ------------------------------------------------------------------ */

/* RFC 9110 12.4.2: ";q=0.5" in thousandths; 1000 without one, 0 for what is none. */
static unsigned weight_of(struct yx_bytes item)
{
    const char *at = memchr(item.data, ';', item.len);
    char text[8] = "";
    double weight;
    char *end;

    if (at == NULL)
        return 1000;
    item = YX_BYTES(at, item.len - (size_t)((const uint8_t *)at - item.data));
    while (item.len > 0 && (*item.data == ';' || *item.data == ' '))
        item = YX_BYTES(item.data + 1, item.len - 1);
    if (item.len < 3 || strncasecmp((const char *)item.data, "q=", 2) != 0)
        return 0;
    for (size_t i = 0; i + 2 < item.len && i + 1 < sizeof text && item.data[i + 2] != ' '; i++)
        text[i] = (char)item.data[i + 2];
    weight = strtod(text, &end);
    return *end != '\0' || !(weight >= 0 && weight <= 1) ? 0 : (unsigned)(weight * 1000);
}

/* "zh", "zh-CN", "zh;q=0.5" */
static bool is_item(struct yx_bytes item, const char *language)
{
    size_t len = strlen(language);

    return item.len >= len && strncasecmp((const char *)item.data, language, len) == 0 &&
           (item.len == len || strchr("-; ", item.data[len]) != NULL);
}

const char *yx_language_of(const char *accept_language)
{
    static const char *const ours[] = {"en", "zh"};
    const char *best = ours[0];
    unsigned most = 0;

    for (const char *at = accept_language; *at != '\0';) {
        struct yx_bytes item;

        at += strspn(at, ", \t");
        item = YX_BYTES(at, strcspn(at, ","));
        for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
            if (is_item(item, ours[i]) && weight_of(item) > most) {
                most = weight_of(item);
                best = ours[i];
            }
        at += item.len;
    }
    return best;
}

bool yx_accepts_gzip(const char *accept_encoding)
{
    for (const char *at = accept_encoding; *at != '\0';) {
        struct yx_bytes item;

        at += strspn(at, ", \t");
        item = YX_BYTES(at, strcspn(at, ","));
        if (is_item(item, "gzip"))
            return weight_of(item) > 0;
        at += item.len;
    }
    return false;
}

/* --- What proxies say ----------------------------------------------------------------------- */

bool yx_is_request_id(const char *text)
{
    size_t len = strlen(text);

    if (len == 0 || len > YX_HTTP_ID_MAX)
        return false;
    for (size_t i = 0; i < len; i++)
        if (text[i] <= ' ' || text[i] > '~' || text[i] == '"' || text[i] == '\\')
            return false;
    return true;
}

bool yx_is_listed(const char *list, struct yx_bytes word)
{
    for (const char *at = list; *at != '\0';) {
        size_t len;

        at += strspn(at, ", ");
        len = strcspn(at, ", ");
        if (len == word.len && len > 0 && memcmp(at, word.data, len) == 0)
            return true;
        at += len;
    }
    return false;
}

_Static_assert(YX_ADDRESS_TEXT == INET6_ADDRSTRLEN, "every address fits");

static bool write_address(struct yx_bytes text, char out[YX_ADDRESS_TEXT])
{
    char copy[YX_ADDRESS_TEXT] = "";
    uint8_t address[16];

    if (text.len >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.len);
    for (size_t i = 0; i < 2; i++) {
        int family = i == 0 ? AF_INET : AF_INET6;

        if (inet_pton(family, copy, address) == 1)
            return inet_ntop(family, address, out, YX_ADDRESS_TEXT) != NULL;
    }
    return false;
}

/* Each proxy adds at the end whom it got the request from: what stands before the first stranger,
 * seen from the end, may be anybody's claim. */
bool yx_forwarded_for(const char *header, yx_is_proxy is_proxy, const void *proxies,
                      char out[YX_ADDRESS_TEXT])
{
    size_t end = strlen(header);
    bool found = false;

    while (end > 0) {
        size_t from = end;
        char address[YX_ADDRESS_TEXT];
        struct yx_bytes text;

        while (from > 0 && header[from - 1] != ',')
            from--;
        text = YX_BYTES(header + from, end - from);
        while (text.len > 0 && *text.data == ' ')
            text = YX_BYTES(text.data + 1, text.len - 1);
        while (text.len > 0 && text.data[text.len - 1] == ' ')
            text.len--;
        if (!write_address(text, address))
            break;
        memcpy(out, address, sizeof address);
        found = true;
        if (!is_proxy(proxies, address))
            break;
        end = from == 0 ? 0 : from - 1;
    }
    return found;
}
