/* SPDX-License-Identifier: Apache-2.0 */
/* api/mount.c - the tables of all resources as the routes of a listener. */
#include <stdlib.h>

#include "api/room.h"

#define BODY_MAX ((size_t)64 * 1024)

static bool has_body(const struct yx_api_route *route)
{
    return strcmp(route->method, "GET") != 0 && strcmp(route->method, "DELETE") != 0;
}

/* Of documents as many bytes are taken as the service is set to take, and what a form adds. */
static size_t body_max(const struct yx_api *api, const struct yx_api_route *route)
{
    if (!has_body(route))
        return 0;
    if (route->body_max == 0 && route->intake != NULL)
        return (size_t)api->services.upload_max + BODY_MAX;
    return route->body_max != 0 ? route->body_max : BODY_MAX;
}

static const char *media_type(const struct yx_api_route *route)
{
    if (!has_body(route) || route->intake != NULL)
        return NULL;
    return (route->flags & YX_API_FORM) != 0 ? "application/x-www-form-urlencoded"
                                             : "application/json";
}

static struct yx_http_route mount(struct yx_api *api, const struct yx_api_route *route)
{
    return (struct yx_http_route){
        .method = route->method,
        .path = route->path,
        .body_max = body_max(api, route),
        .accept = media_type(route),
        .handle = yx_api_enter,
        .intake = route->intake == NULL ? NULL : &yx_api_taking,
        .self = api,
        .context = route,
    };
}

static size_t count_routes(const struct yx_api_route *const *tables)
{
    size_t count = 0;

    for (; *tables != NULL; tables++)
        for (const struct yx_api_route *route = *tables; route->method != NULL; route++)
            count++;
    return count;
}

yx_status yx_api_new(const struct yx_api_services *services,
                     const struct yx_api_route *const *tables, struct yx_api **out,
                     struct yx_error *err)
{
    YX_CLEAN(yx_api) struct yx_api *api = calloc(1, sizeof *api);
    size_t count = count_routes(tables);

    if (api == NULL)
        return yx_fail_memory(err);
    api->services = *services;
    api->routes = calloc(count + 1, sizeof *api->routes);
    if (api->routes == NULL)
        return yx_fail_memory(err);
    for (; *tables != NULL; tables++)
        for (const struct yx_api_route *route = *tables; route->method != NULL; route++)
            api->routes[api->count++] = mount(api, route);
    *out = api;
    api = NULL;
    return YX_OK;
}

const struct yx_http_route *yx_api_routes(const struct yx_api *api, size_t *count)
{
    *count = api->count;
    return api->routes;
}

void yx_api_free(struct yx_api *api)
{
    if (api == NULL)
        return;
    free(api->routes);
    free(api);
}
