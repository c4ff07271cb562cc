/* SPDX-License-Identifier: Apache-2.0 */
/* api/tables.c - all resources. */
#include "api/room.h"

const struct yx_api_route *const yx_api_tables[] = {
    yx_api_service,
    yx_api_authorities,
    NULL,
};
