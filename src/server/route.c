/* SPDX-License-Identifier: Apache-2.0 */
/* server/route.c - which row of the table a request belongs to. */
#include <strings.h>

#include "server/room.h"

static bool path_fits(const struct yx_http_route *route, const char *path, const char **rest)
{
    size_t len = strlen(route->path);

    *rest = path + strlen(path);
    if (len == 0 || route->path[len - 1] != '*')
        return strcmp(route->path, path) == 0;
    if (strncmp(route->path, path, len - 1) != 0 || path[len - 1] == '\0')
        return false;
    *rest = path + len - 1;
    return true;
}

static bool method_fits(const struct yx_http_route *route, const char *method)
{
    return strcmp(route->method, method) == 0 ||
           (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

const struct yx_http_route *yx_route_find(const struct yx_http_route *routes, size_t count,
                                          const char *method, const char *path, const char **rest,
                                          unsigned *status)
{
    *status = 404;
    for (size_t i = 0; i < count; i++) {
        if (!path_fits(&routes[i], path, rest))
            continue;
        if (method_fits(&routes[i], method))
            return &routes[i];
        *status = 405;
    }
    return NULL;
}

bool yx_media_type_is(const char *content_type, const char *wanted)
{
    size_t len = strlen(wanted);

    if (strncasecmp(content_type, wanted, len) != 0)
        return false;
    return content_type[len] == '\0' || content_type[len] == ';' || content_type[len] == ' ';
}

void yx_route_methods(const struct yx_http_route *routes, size_t count, const char *path, char *out,
                      size_t size)
{
    const char *rest;
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < count && len < size; i++) {
        bool get = strcmp(routes[i].method, "GET") == 0;

        if (path_fits(&routes[i], path, &rest))
            len += (size_t)snprintf(out + len, size - len, "%s%s%s", len > 0 ? ", " : "",
                                    routes[i].method, get ? ", HEAD" : "");
    }
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t yx_path_decode(char *path)
{
    size_t len = 0;

    for (size_t i = 0; path[i] != '\0'; i++) {
        int high = path[i] == '%' ? digit_of(path[i + 1]) : -1;
        int low = high >= 0 ? digit_of(path[i + 2]) : -1;

        if (low >= 0 && (high != 0 || low != 0)) {
            path[len++] = (char)(high << 4 | low);
            i += 2;
        } else {
            path[len++] = path[i];
        }
    }
    path[len] = '\0';
    return len;
}
