/* SPDX-License-Identifier: Apache-2.0 */
/* routes.c - the routes of the API, for test_contract.py: a line each, with tabs between method,
 * path, permission ("public", "logged-in"), "everywhere" or "-", action ("-": none), "recent" or
 * "-", and "json", "stream" or "-" for the body. */
#include <stdio.h>

#include "web/resources.h"

static const char *permission_of(const struct yx_api_route *route)
{
    if (route->permission == YX_API_PUBLIC)
        return "public";
    return route->permission[0] == '\0' ? "logged-in" : route->permission;
}

static const char *body_of(const struct yx_api_route *route)
{
    if (route->intake != NULL)
        return "stream";
    return strcmp(route->method, "GET") == 0 || strcmp(route->method, "DELETE") == 0 ? "-" : "json";
}

int main(void)
{
    for (const struct yx_api_route *const *table = yx_resources; *table != NULL; table++)
        for (const struct yx_api_route *route = *table; route->method != NULL; route++)
            (void)printf("%s\t%s\t%s\t%s\t%s\t%s\t%s\n", route->method, route->path,
                         permission_of(route),
                         (route->flags & YX_API_EVERYWHERE) != 0 ? "everywhere" : "-",
                         route->action == NULL ? "-" : route->action,
                         (route->flags & YX_API_RECENT) != 0 ? "recent" : "-", body_of(route));
    return 0;
}
