/* SPDX-License-Identifier: Apache-2.0 */
/* web/front.h - answers for those who watch the service, and the description of the API. Only
 * web/ includes it. */
#ifndef WEB_FRONT_H
#define WEB_FRONT_H

#include "keeper/keeper.h"
#include "listener/listener.h"
#include "store/store.h"

struct yx_front {
    struct yx_store *store;
    struct yx_keeper *keeper;
    _Atomic(const struct yx_listener *) listeners[2]; /* of those that there are yet */
    struct yx_assets *assets;                         /* yx_front_open */
};
#define YX_FRONT_ROUTES 3
/*
 * GET /healthz  the process answers
 * GET /readyz   and so do its database and the keeper; 503 otherwise
 * GET /api/openapi.yaml   the description of the API
 */
yx_status yx_front_open(struct yx_front *front, struct yx_error *err);
void yx_front_close(struct yx_front *front);
/* What listeners and keeper add to /metrics; `self` is the struct yx_front. */
yx_status yx_front_count(void *self, struct yx_buf *out, struct yx_error *err);
void yx_front_routes(struct yx_front *front, struct yx_http_route out[YX_FRONT_ROUTES]);

#endif
