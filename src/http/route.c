/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/route.c - which row of the table a request belongs to. Rows are kept in the order of their
 * paths, in which those with the same beginning are neighbours: each segment of a request's path
 * narrows them down by halving, so that hundreds of rows cost a few comparisons.
 */
#include <stdlib.h>
#include <strings.h>

#include "http/http.h"

/* How paths of rows are kept: bytes that no path of a request has, in the order in which rows are
 * to be tried, and the end of a segment before all else. */
#define END '\1'  /* '/' */
#define NAME '\2' /* "{name}" */
#define REST '\3' /* "*" */

/* --- The table made ready ------------------------------------------------------------------- */

static bool is_name(const char *segment, size_t len)
{
    return len > 2 && segment[0] == '{' && segment[len - 1] == '}' &&
           memchr(segment, '/', len) == NULL;
}

/* "/a/{id}/ *" as "\1a\1\2\1\3"; false when it is malformed. */
static bool write_pattern(const char *path, char *out)
{
    size_t names = 0;

    while (*path == '/') {
        size_t len = strcspn(++path, "/");

        *out++ = END;
        if (is_name(path, len)) {
            *out++ = NAME;
            names++;
        } else if (len == 1 && *path == '*' && path[1] == '\0') {
            *out++ = REST;
        } else if (memchr(path, '*', len) != NULL || memchr(path, '{', len) != NULL) {
            return false;
        } else {
            memcpy(out, path, len);
            out += len;
        }
        path += len;
    }
    *out = '\0';
    return *path == '\0' && names <= YX_HTTP_IDS;
}

static int compare(const void *a, const void *b)
{
    const struct yx_row *one = a, *other = b;
    int order = strcmp(one->pattern, other->pattern);

    return order != 0 ? order : strcmp(one->route->method, other->route->method);
}

static yx_status fill(struct yx_router *router, const struct yx_http_route *routes, size_t count,
                      struct yx_error *err)
{
    for (; router->count < count; router->count++) {
        struct yx_row *row = &router->rows[router->count];
        const char *path = routes[router->count].path;

        row->route = &routes[router->count];
        row->pattern = calloc(1, strlen(path) + 1);
        if (row->pattern == NULL)
            return yx_fail_memory(err);
        if (!write_pattern(path, row->pattern)) {
            free(row->pattern);
            return yx_fail(err, YX_USAGE, "", N_("{1} is no path of a route"), path);
        }
    }
    return YX_OK;
}

yx_status yx_router_make(struct yx_router *router, const struct yx_http_route *routes, size_t count,
                         struct yx_error *err)
{
    router->count = 0;
    router->rows = calloc(count + 1, sizeof *router->rows);
    if (router->rows == NULL)
        return yx_fail_memory(err);
    YX_TRY(fill(router, routes, count, err));
    qsort(router->rows, count, sizeof *router->rows, compare);
    for (size_t i = 1; i < count; i++)
        YX_REQUIRE(compare(&router->rows[i - 1], &router->rows[i]) != 0, err, YX_USAGE, "",
                   N_("two routes are {1} {2}"), router->rows[i].route->method,
                   router->rows[i].route->path);
    return YX_OK;
}

void yx_router_free(struct yx_router *router)
{
    for (size_t i = 0; i < router->count; i++)
        free(router->rows[i].pattern);
    free(router->rows);
    *router = (struct yx_router){0};
}

/* --- Finding -------------------------------------------------------------------------------- */

/* Rows that agree with the path up to `at` of their patterns. */
struct range {
    size_t from, to, at;
};

/* The first row of the range that does not come before the segment; behind it, when `behind`. */
static size_t bound(const struct yx_router *router, const struct range *range,
                    struct yx_bytes segment, bool behind)
{
    size_t from = range->from, to = range->to;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        const char *text = router->rows[middle].pattern + range->at;
        int order = strncmp(text, (const char *)segment.data, segment.len);

        if (order == 0 && (unsigned char)text[segment.len] > END)
            order = 1;
        if (order < 0 || (behind && order == 0))
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static struct range narrow(const struct yx_router *router, const struct range *range,
                           struct yx_bytes segment)
{
    return (struct range){
        .from = bound(router, range, segment, false),
        .to = bound(router, range, segment, true),
        .at = range->at + segment.len,
    };
}

static bool method_fits(const struct yx_http_route *route, const char *method)
{
    return strcmp(route->method, method) == 0 ||
           (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

/* What is looked for, and what was found on the way. */
struct search {
    const struct yx_router *router;
    const char *method;
    struct yx_found *found;
};

/* One more for the header Allow. */
static void add_method(struct yx_found *found, const char *method)
{
    size_t len = strlen(found->methods);
    bool get = strcmp(method, "GET") == 0;

    if (strstr(found->methods, method) == NULL)
        (void)snprintf(found->methods + len, sizeof found->methods - len, "%s%s%s",
                       len > 0 ? ", " : "", method, get ? ", HEAD" : "");
}

/* The rows of the range whose patterns end here. */
static bool take(const struct search *search, const struct range *range, const char *rest)
{
    for (size_t i = range->from;
         i < range->to && search->router->rows[i].pattern[range->at] == '\0'; i++) {
        const struct yx_http_route *route = search->router->rows[i].route;

        if (method_fits(route, search->method)) {
            search->found->route = route;
            search->found->row = i;
            search->found->rest = rest;
            return true;
        }
        add_method(search->found, route->method);
    }
    return false;
}

bool yx_is_id(struct yx_bytes text)
{
    if (text.len == 0 || text.len > YX_HTTP_ID_MAX || yx_bytes_are(text, ".") ||
        yx_bytes_are(text, ".."))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = (char)text.data[i];

        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              (c != '\0' && strchr("._~-", c) != NULL)))
            return false;
    }
    return true;
}

/* One segment after the other; as deep as the longest path of a row. */
static bool walk(const struct search *search, const struct range *range, const char *path,
                 size_t ids)
{
    static const char name = NAME, rest = REST;
    size_t len;
    struct range here, next;

    if (*path == '\0')
        return take(search, range, path);
    here = (struct range){range->from, range->to, range->at + 1};
    while (here.from < here.to && search->router->rows[here.from].pattern[range->at] == '\0')
        here.from++; /* these end here */
    if (here.from == here.to || *path != '/')
        return false;
    len = strcspn(++path, "/");
    next = narrow(search->router, &here, YX_BYTES(path, len));
    if (next.from < next.to && walk(search, &next, path + len, ids))
        return true;
    next = narrow(search->router, &here, YX_BYTES(&name, 1));
    if (next.from < next.to && yx_is_id(YX_BYTES(path, len))) {
        search->found->ids[ids] = YX_BYTES(path, len);
        search->found->id_count = ids + 1;
        if (walk(search, &next, path + len, ids + 1))
            return true;
        search->found->id_count = ids;
    }
    next = narrow(search->router, &here, YX_BYTES(&rest, 1));
    return *path != '\0' && take(search, &next, path);
}

bool yx_route_find(const struct yx_router *router, const char *method, const char *path,
                   struct yx_found *found)
{
    const struct search search = {router, method, found};
    const struct range all = {0, router->count, 0};

    *found = (struct yx_found){.row = router->count};
    if (walk(&search, &all, path, 0))
        return true;
    found->status = found->methods[0] != '\0' ? 405 : 404;
    return false;
}

bool yx_media_type_is(const char *content_type, const char *wanted)
{
    size_t len = strlen(wanted);

    if (strncasecmp(content_type, wanted, len) != 0)
        return false;
    return content_type[len] == '\0' || content_type[len] == ';' || content_type[len] == ' ';
}
