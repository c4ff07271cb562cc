/* SPDX-License-Identifier: Apache-2.0 */
/* web/front.c - the answers for those who watch the service, and the description of the API. */
#include <stdatomic.h>

#include "web/front.h"

/* Who watches the service does not wait for long: one that is started anew has had the time. */
#define KEEPER_SECONDS 2

/* --- Health ----------------------------------------------------------------------------------- */

static yx_status get_health(void *self, const struct yx_http_request *request,
                            struct yx_http_reply *reply, struct yx_error *err)
{
    (void)self, (void)request;
    reply->content_type = "text/plain; charset=utf-8";
    return yx_buf_append_text(&reply->body, "ok\n") == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status take_nothing(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)self, (void)row, (void)err;
    return YX_OK;
}

static yx_status read_nothing(void *self, struct yx_tx *tx, struct yx_error *err)
{
    (void)self;
    return yx_tx_query(tx, "SELECT 1", NULL, 0, take_nothing, NULL, err);
}

static yx_status get_ready(void *self, const struct yx_http_request *request,
                           struct yx_http_reply *reply, struct yx_error *err)
{
    const struct yx_front *front = self;

    reply->status = 503; /* of a failure */
    YX_TRY(yx_store_read(front->store, read_nothing, NULL, err));
    YX_TRY(yx_keeper_answers(front->keeper, KEEPER_SECONDS, err));
    reply->status = 200;
    return get_health(self, request, reply, err);
}

/* --- Numbers ---------------------------------------------------------------------------------- */

yx_status yx_front_count(void *self, struct yx_buf *out, struct yx_error *err)
{
    struct yx_front *front = self;
    const struct yx_listener *listeners[2];
    size_t count = 0;
    bool up = yx_keeper_answers(front->keeper, KEEPER_SECONDS, NULL) == YX_OK;

    if (yx_buf_printf(out,
                      "# HELP yinxin_keeper_up Whether the keeper of keys answers.\n"
                      "# TYPE yinxin_keeper_up gauge\nyinxin_keeper_up %d\n",
                      up) != YX_OK)
        return yx_fail_memory(err);
    for (size_t i = 0; i < 2; i++) {
        listeners[count] = atomic_load(&front->listeners[i]);
        count += listeners[count] != NULL;
    }
    return yx_http_metrics_write(listeners, count, out, err);
}

/* --- The description of the API --------------------------------------------------------------- */

static const uint8_t openapi[] = {
#include "openapi.inc"
};

yx_status yx_front_open(struct yx_front *front, struct yx_error *err)
{
    const struct yx_assets_settings settings = {0};

    YX_TRY(yx_assets_new(&settings, &front->assets, err));
    return yx_assets_add(front->assets, "openapi.yaml", YX_BYTES(openapi, sizeof openapi), err);
}

void yx_front_close(struct yx_front *front)
{
    yx_assets_free(front->assets);
    front->assets = NULL;
}

void yx_front_routes(struct yx_front *front, struct yx_http_route out[YX_FRONT_ROUTES])
{
    out[0] = (struct yx_http_route){
        .method = "GET", .path = "/healthz", .handle = get_health, .self = front};
    out[1] = (struct yx_http_route){
        .method = "GET", .path = "/readyz", .handle = get_ready, .self = front};
    out[2] = (struct yx_http_route){.method = "GET",
                                    .path = "/api/openapi.yaml",
                                    .handle = yx_assets_serve,
                                    .self = front->assets,
                                    .context = "openapi.yaml"};
}
