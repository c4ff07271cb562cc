/* SPDX-License-Identifier: Apache-2.0 */
/* server/header.c - headers read and written: dates, what a client has already, how long a body is.
 */
#include <strings.h>

#include "server/room.h"

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
    if (framing->lengths > 1 || framing->codings > 1 ||
        (framing->lengths > 0 && framing->codings > 0))
        return 400;
    return framing->codings > 0 && !framing->only_chunked ? 501 : 0;
}
