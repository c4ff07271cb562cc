/* SPDX-License-Identifier: Apache-2.0 */
/* server/pages.h - the pages for people and for those who watch the service. Only server/ includes
 * it. */
#ifndef SERVER_PAGES_H
#define SERVER_PAGES_H

#include "keeper/keeper.h"
#include "server/mounted.h"
#include "store/store.h"

struct yx_front {
    struct yx_store *store;
    struct yx_keeper *keeper;
    const struct yx_mounted *mounted;
};
#define YX_FRONT_ROUTES 3
/*
 * GET /         what runs here and where it leads, in Chinese or English
 * GET /healthz  the process answers
 * GET /readyz   and so do its database and the keeper; 503 otherwise
 */
void yx_front_routes(struct yx_front *pages, struct yx_http_route out[YX_FRONT_ROUTES]);

#endif
