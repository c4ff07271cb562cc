/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_rights.c - each role at each route: a role gets in where its permissions say so, and nowhere
 * else. The routes are all that the API has, with a handler that tells that somebody got in; the
 * roles are all presets. What a handler refuses beyond that is tested with its resource.
 * REQ: ROLE-25, ROLE-26
 */
#include "support.h"

#include "tools.h"

#include "database.h"

#include "../api/world.h"

#define NOBODY_ID "018f0000-0000-7000-8000-0000000000ff"
#define ROUTES_MAX 512

static struct yx_api_route routes[ROUTES_MAX + 1];
static size_t route_count;

static yx_status get_in(struct yx_api_call *call, struct yx_error *err)
{
    return yx_api_reply(call, 200, json_pack("{s:b}", "in", 1), err);
}

static void gather_routes(void)
{
    route_count = 0;
    for (const struct yx_api_route *const *table = yx_resources; *table != NULL; table++)
        for (const struct yx_api_route *route = *table; route->method != NULL; route++) {
            assert_true(route_count < ROUTES_MAX);
            routes[route_count] = *route;
            routes[route_count].handle = get_in;
            routes[route_count++].intake = NULL;
        }
    routes[route_count] = (struct yx_api_route)YX_API_ROUTES_END;
}

static void open_service(const struct database *database, struct world *world)
{
    static const struct yx_api_route *const tables[] = {routes, NULL};

    gather_routes();
    *world = (struct world){.count = 0};
    world_prepare(database, world);
    world_serve(world, tables);
}

/* "POST /api/v1/parties/018f.../move": ids that nothing has. */
static const char *request_of(const struct yx_api_route *route)
{
    static char text[512];
    size_t len = (size_t)snprintf(text, sizeof text, "%s ", route->method);
    for (const char *at = route->path; *at != '\0'; at++) {
        const char *end = *at == '{' ? strchr(at, '}') : NULL;
        if (end == NULL) {
            text[len++] = *at;
            continue;
        }
        len += (size_t)snprintf(text + len, sizeof text - len, "%s", NOBODY_ID);
        at = end;
    }
    text[len] = '\0';
    return text;
}

static const char *body_of(const struct yx_api_route *route)
{
    return strcmp(route->method, "GET") == 0 || strcmp(route->method, "DELETE") == 0 ? NULL : "{}";
}

static bool needs_permission(const struct yx_api_route *route)
{
    return route->permission != YX_API_PUBLIC && route->permission[0] != '\0';
}

static void each_role_at_each_route(struct database *database)
{
    static struct reply reply;
    YX_CLEAN(world) struct world world;
    size_t count;
    const struct yx_party_preset *presets = yx_party_presets(&count);

    open_service(database, &world);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(presets[i].account, "yes") != 0)
            continue;
        const struct world_person *person =
            world_come_as(&world, presets[i].word.id, (struct yx_party_scope){NULL});
        for (size_t k = 0; k < route_count; k++) {
            if (!needs_permission(&routes[k]))
                continue;
            bool may = has_word(presets[i].permissions, routes[k].permission);
            world_ask(&world, person, request_of(&routes[k]), "", body_of(&routes[k]), &reply);
            bool refused =
                reply.status == 403 && strstr(reply.text, "urn:yinxin:problem:permission") != NULL;
            if (refused == may || (may && reply.status != 200))
                fail_msg("%s at %s %s: %d", presets[i].word.id, routes[k].method, routes[k].path,
                         reply.status);
        }
    }
}

/* Whoever has a role for one party alone gets in there, and not where nothing belongs to a party.
 */
static void each_role_of_one_region_at_each_route(struct database *database)
{
    static struct reply reply;
    YX_CLEAN(world) struct world world;
    size_t count, refusals = 0;
    const struct yx_party_preset *presets = yx_party_presets(&count);

    open_service(database, &world);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(presets[i].account, "yes") != 0)
            continue;
        const struct world_person *person =
            world_come_as(&world, presets[i].word.id, (struct yx_party_scope){.region = "340200"});
        for (size_t k = 0; k < route_count; k++) {
            bool everywhere = (routes[k].flags & YX_API_EVERYWHERE) != 0;
            if (!needs_permission(&routes[k]) ||
                !has_word(presets[i].permissions, routes[k].permission))
                continue;
            world_ask(&world, person, request_of(&routes[k]), "", body_of(&routes[k]), &reply);
            if (reply.status != (everywhere ? 403 : 200))
                fail_msg("%s at %s %s: %d", presets[i].word.id, routes[k].method, routes[k].path,
                         reply.status);
            refusals += everywhere;
        }
    }
    assert_true(refusals > 20);
}

/* Whoever has no role gets in nowhere, whoever is not logged in is told so, and whoever is made to
 * send a request by another site changes nothing. */
static void nobody_at_each_route(struct database *database)
{
    static struct reply reply;
    YX_CLEAN(world) struct world world;

    open_service(database, &world);
    const struct world_person *nobody = world_come(&world);
    struct world_person forged = *nobody;
    memset(forged.csrf, 'x', sizeof forged.csrf - 1);
    for (size_t k = 0; k < route_count; k++) {
        const struct yx_api_route *route = &routes[k];
        if (route->permission == YX_API_PUBLIC)
            continue;
        world_ask(&world, NULL, request_of(route), "", body_of(route), &reply);
        if (reply.status != 401)
            fail_msg("%s %s: %d", route->method, route->path, reply.status);
        if (needs_permission(route)) {
            world_ask(&world, nobody, request_of(route), "", body_of(route), &reply);
            if (reply.status != 403)
                fail_msg("%s %s: %d", route->method, route->path, reply.status);
        }
        if (strcmp(route->method, "GET") == 0)
            continue;
        world_ask(&world, &forged, request_of(route), "", body_of(route), &reply);
        if (reply.status != 403 || strstr(reply.text, "problem:forged") == NULL)
            fail_msg("%s %s: %d", route->method, route->path, reply.status);
    }
}

/* A route whose permission is a typing mistake would let nobody in. */
static void routes_name_permissions_that_exist(struct database *database)
{
    (void)database;
    gather_routes();
    for (size_t k = 0; k < route_count; k++)
        if (needs_permission(&routes[k]) && yx_permission_find(routes[k].permission) == NULL)
            fail_msg("%s %s: %s", routes[k].method, routes[k].path, routes[k].permission);
}

static const struct database_case cases[] = {
    {"each role at each route", each_role_at_each_route, false},
    {"each role of one region at each route", each_role_of_one_region_at_each_route, false},
    {"nobody at each route", nobody_at_each_route, false},
    {"routes name permissions that exist", routes_name_permissions_that_exist, false},
};

int main(void)
{
    return database_main("security/rights", cases, sizeof cases / sizeof cases[0], true);
}
