/* SPDX-License-Identifier: Apache-2.0 */
/* apirecords/service.c - GET /api/v1/service: what runs here. */
#include "apirecords/apirecords.h"

static yx_status get_service(struct yx_api_call *call, struct yx_error *err)
{
    return yx_api_reply(call, 200,
                        json_pack("{s:s, s:s, s:o}", "name", "yinxin", "version", YX_VERSION,
                                  "time", yx_api_time(call->now)),
                        err);
}

const struct yx_api_route yx_api_service[] = {
    {"GET", "/api/v1/service", YX_API_PUBLIC, NULL, get_service},
    YX_API_ROUTES_END,
};
