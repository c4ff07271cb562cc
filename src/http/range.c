/* SPDX-License-Identifier: Apache-2.0 */
/* http/range.c - parts of a reply (RFC 9110 14): one range of bytes. Who asks for several gets the
 * whole, as the standard allows. */
#include "http/http.h"

/* Digits up to `end`. false: none, or too large a number. */
static bool read_number(const char **at, uint64_t *out)
{
    const char *from = *at;

    *out = 0;
    for (; **at >= '0' && **at <= '9'; (*at)++)
        if (yx_mul_overflows(*out, 10, out) || yx_add_overflows(*out, (uint64_t)(**at - '0'), out))
            return false;
    return *at > from;
}

/* "bytes=from-to", "bytes=from-", "bytes=-last". What is none of these asks for nothing. */
yx_range yx_range_read(const char *header, uint64_t size, uint64_t *from, uint64_t *len)
{
    const char *at = header + 6;
    uint64_t first = 0, last = UINT64_MAX;
    bool has_first, has_last;

    if (strncmp(header, "bytes=", 6) != 0)
        return YX_RANGE_NONE;
    has_first = *at != '-';
    if ((has_first && !read_number(&at, &first)) || *at++ != '-')
        return YX_RANGE_NONE;
    has_last = *at != '\0';
    if ((has_last && !read_number(&at, &last)) || *at != '\0' || (!has_first && !has_last) ||
        (has_first && last < first))
        return YX_RANGE_NONE;
    if (!has_first) {
        first = last > size ? 0 : size - last;
        if (last == 0)
            return YX_RANGE_MISSED;
        last = UINT64_MAX;
    }
    if (first >= size)
        return YX_RANGE_MISSED;
    *from = first;
    *len = (last >= size ? size : last + 1) - first;
    return YX_RANGE_PART;
}

/* RFC 9110 13.1.5: a part is of use only to whoever has the rest of the same. */
bool yx_range_applies(const struct yx_http_reply *reply, const char *if_range)
{
    char date[YX_HTTP_DATE];

    if (if_range[0] == '\0')
        return true;
    if (if_range[0] == '"')
        return strcmp(if_range, reply->etag) == 0;
    if (reply->modified == 0)
        return false;
    yx_http_date(reply->modified, date);
    return strcmp(if_range, date) == 0;
}
