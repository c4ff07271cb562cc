/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/http.c - any text as a path, a query, a cookie header, a range, and the other headers that
 * are read: the first byte tells as which. */
#include <stdlib.h>

#include "http/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
    if (!condition)
        abort();
}

static yx_status nothing(void *self, const struct yx_http_request *request,
                         struct yx_http_reply *reply, struct yx_error *err)
{
    (void)self, (void)request, (void)reply, (void)err;
    return YX_OK;
}

static const struct yx_http_route routes[] = {
    {.method = "GET", .path = "/", .handle = nothing},
    {.method = "GET", .path = "/a", .handle = nothing},
    {.method = "GET", .path = "/a/{id}", .handle = nothing},
    {.method = "GET", .path = "/a/{id}/b/{id}", .handle = nothing},
    {.method = "GET", .path = "/a/{id}/*", .handle = nothing},
    {.method = "GET", .path = "/a/b/c", .handle = nothing},
    {.method = "POST", .path = "/{id}", .handle = nothing},
};

/* What is found stands in the path, and ids hold what ids may. */
static void read_path(char *text)
{
    static struct yx_router router;
    struct yx_found found;
    size_t slash;

    if (router.rows == NULL)
        must(yx_router_make(&router, routes, sizeof routes / sizeof routes[0], NULL) == YX_OK);
    if (!yx_path_decode(text, &slash))
        return;
    must(yx_utf8_valid(YX_TEXT(text)) && (slash == SIZE_MAX || text[slash] == '/'));
    if (!yx_route_find(&router, "GET", text, &found)) {
        must(found.status == 404 || found.status == 405);
        return;
    }
    must(found.rest >= text && found.rest <= text + strlen(text));
    for (size_t i = 0; i < found.id_count; i++)
        must(yx_is_id(found.ids[i]));
}

static void read_query(char *text)
{
    struct yx_query query;

    if (!yx_query_read(text, &query))
        return;
    for (size_t i = 0; i < query.count; i++)
        must(query.pairs[i].name[0] != '\0' && yx_utf8_valid(YX_TEXT(query.pairs[i].name)) &&
             yx_utf8_valid(YX_TEXT(query.pairs[i].value)));
}

static void read_cookie(char *text)
{
    struct yx_bytes value = yx_cookie_find(text, "a");

    must(value.data == NULL || ((const char *)value.data >= text &&
                                (const char *)value.data + value.len <= text + strlen(text)));
}

static void read_range(char *text)
{
    static const uint64_t sizes[] = {0, 1, 10, UINT64_MAX - 1};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint64_t from, len;

        if (yx_range_read(text, sizes[i], &from, &len) == YX_RANGE_PART)
            must(len > 0 && from < sizes[i] && len <= sizes[i] - from);
    }
}

static void read_validators(char *text)
{
    const struct yx_http_reply reply = {.etag = "\"one\"", .modified = 784111777 * YX_SECOND};

    (void)yx_is_not_modified(&reply, text, "");
    (void)yx_is_not_modified(&reply, "", text);
    (void)yx_range_applies(&reply, text);
}

static bool is_ten(const void *proxies, const char *address)
{
    (void)proxies;
    return strncmp(address, "10.", 3) == 0;
}

static void read_others(char *text)
{
    char address[YX_ADDRESS_TEXT];

    (void)yx_language_of(text);
    (void)yx_accepts_gzip(text);
    (void)yx_is_request_id(text);
    (void)yx_media_type_is(text, "application/json");
    if (yx_forwarded_for(text, is_ten, NULL, address))
        must(strlen(address) < sizeof address);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const readers[])(char *text) = {
        read_path, read_query, read_cookie, read_range, read_validators, read_others,
    };
    char *text;

    if (size == 0 || memchr(data + 1, '\0', size - 1) != NULL)
        return 0;
    text = strndup((const char *)data + 1, size - 1);
    must(text != NULL);
    readers[data[0] % (sizeof readers / sizeof readers[0])](text);
    free(text);
    return 0;
}
