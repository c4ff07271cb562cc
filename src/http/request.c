/* SPDX-License-Identifier: Apache-2.0 */
/* http/request.c - what handlers ask a request for, beside what stands in it. */
#include "http/http.h"

/* What handlers keep of one request's cookies. */
#define COOKIES_MAX ((size_t)64 * 1024)

const char *yx_http_header_of(const struct yx_http_request *request, const char *name)
{
    const struct yx_http_inside *inside = request->inside;

    return inside == NULL ? "" : inside->header(inside->self, name);
}

size_t yx_http_query_count(const struct yx_http_request *request)
{
    return request->inside == NULL ? 0 : request->inside->query->count;
}

const char *yx_http_query_name(const struct yx_http_request *request, size_t index)
{
    return request->inside->query->pairs[index].name;
}

const char *yx_http_query(const struct yx_http_request *request, const char *name)
{
    return request->inside == NULL ? NULL : yx_query_value(request->inside->query, name);
}

const char *yx_http_cookie(const struct yx_http_request *request, const char *name)
{
    struct yx_bytes value = yx_cookie_find(yx_http_header_of(request, "Cookie"), name);
    struct yx_http_inside *inside = request->inside;

    if (value.data == NULL)
        return NULL;
    if (inside->cookies == NULL)
        inside->cookies = yx_arena_new(COOKIES_MAX);
    return inside->cookies == NULL ? NULL : yx_arena_text(inside->cookies, value);
}
