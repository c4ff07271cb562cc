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
