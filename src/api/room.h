/* SPDX-License-Identifier: Apache-2.0 */
/* api/room.h - what the files of api/ share. Only api/ includes it. */
#ifndef API_ROOM_H
#define API_ROOM_H

#include "api/api.h"

/* What a listener calls for every route; `self` is the api, the context of the route its row in the
 * table (enter.c). */
yx_status yx_api_enter(void *self, const struct yx_http_request *request,
                       struct yx_http_reply *reply, struct yx_error *err);

/* The same for bodies that are taken piece by piece. */
extern const struct yx_http_intake yx_api_taking;

struct yx_api {
    struct yx_api_services services;
    struct yx_http_route *routes;
    size_t count;
};

/* Appends compact JSON. */
yx_status yx_api_write(const json_t *value, struct yx_buf *out, struct yx_error *err);

#endif
