/* SPDX-License-Identifier: Apache-2.0 */
/* server/pages.c - the page at the root, and the answers for those who watch the service. */
#include <stdatomic.h>

#include "server/pages.h"

/* --- The page --------------------------------------------------------------------------------- */

/* In both languages, since both are short; the client's comes first. */
static const struct {
    const char *language, *title, *text, *authorities, *links;
} words[] = {
    {"zh", "印信", "电子印章与数字证书服务正在运行。", "证书机构",
     "<li><a href=\"/api/openapi.yaml\">接口说明</a></li>\n"
     "<li>验证文档：<code>POST /api/v1/verifications</code></li>\n"},
    {"en", "Yinxin", "A service for electronic seals and certificates runs here.", "Authorities",
     "<li><a href=\"/api/openapi.yaml\">The API</a></li>\n"
     "<li>Verify a document: <code>POST /api/v1/verifications</code></li>\n"},
};

/* Names of authorities are letters, digits, '.', '_' and '-' (ca/settings.c). */
static yx_status append_part(const struct yx_front *pages, size_t which, struct yx_buf *out)
{
    yx_status status = yx_buf_printf(
        out, "<section lang=\"%s\">\n<h1>%s</h1>\n<p>%s</p>\n<ul>\n%s</ul>\n",
        words[which].language, words[which].title, words[which].text, words[which].links);

    if (yx_mounted_count(pages->mounted) > 0 && status == YX_OK)
        status = yx_buf_printf(out, "<h2>%s</h2>\n<ul>\n", words[which].authorities);
    for (size_t i = 0; i < yx_mounted_count(pages->mounted) && status == YX_OK; i++) {
        const char *name = yx_mounted_name(pages->mounted, i);

        status = yx_buf_printf(out,
                               "<li>%s: <a href=\"/%s/ca.cer\">ca.cer</a>, <a href=\""
                               "/%s/crl/full.crl\">CRL</a></li>\n",
                               name, name, name);
    }
    if (yx_mounted_count(pages->mounted) > 0 && status == YX_OK)
        status = yx_buf_append_text(out, "</ul>\n");
    return status == YX_OK ? yx_buf_append_text(out, "</section>\n") : status;
}

static yx_status get_root(void *self, const struct yx_http_request *request,
                          struct yx_http_reply *reply, struct yx_error *err)
{
    size_t first = strcmp(request->language, "en") == 0;

    reply->content_type = "text/html; charset=utf-8";
    if (yx_buf_printf(&reply->body,
                      "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width\">\n"
                      "<title>%s</title>\n</head>\n<body>\n",
                      words[first].language, words[first].title) != YX_OK ||
        append_part(self, first, &reply->body) != YX_OK ||
        append_part(self, 1 - first, &reply->body) != YX_OK ||
        yx_buf_append_text(&reply->body, "</body>\n</html>\n") != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

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
    const struct yx_front *pages = self;
    YX_CLEAN(yx_keeper_key) struct yx_keeper_key *key = NULL;

    reply->status = 503; /* of a failure */
    YX_TRY(yx_store_read(pages->store, read_nothing, NULL, err));
    YX_TRY(yx_keeper_key(pages->keeper, "audit", &key, err));
    reply->status = 200;
    return get_health(self, request, reply, err);
}

/* --- Numbers ---------------------------------------------------------------------------------- */

static yx_status get_metrics(void *self, const struct yx_http_request *request,
                             struct yx_http_reply *reply, struct yx_error *err)
{
    struct yx_front *pages = self;
    const struct yx_listener *listeners[2];
    size_t count = 0;

    YX_REQUIRE(yx_networks_have(pages->metrics_from, request->peer), err, YX_REFUSED,
               "metrics_from", N_("numbers are not for this address"));
    reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
    for (size_t i = 0; i < 2; i++) {
        listeners[count] = atomic_load(&pages->listeners[i]);
        count += listeners[count] != NULL;
    }
    return yx_http_metrics_write(listeners, count, &reply->body, err);
}

/* --- The description of the API --------------------------------------------------------------- */

static const uint8_t openapi[] = {
#include "openapi.inc"
};

yx_status yx_front_open(struct yx_front *pages, struct yx_error *err)
{
    const struct yx_assets_settings settings = {0};

    YX_TRY(yx_assets_new(&settings, &pages->assets, err));
    return yx_assets_add(pages->assets, "openapi.yaml", YX_BYTES(openapi, sizeof openapi), err);
}

void yx_front_close(struct yx_front *pages)
{
    yx_assets_free(pages->assets);
    pages->assets = NULL;
}

void yx_front_routes(struct yx_front *pages, struct yx_http_route out[YX_FRONT_ROUTES])
{
    out[0] =
        (struct yx_http_route){.method = "GET", .path = "/", .handle = get_root, .self = pages};
    out[1] = (struct yx_http_route){
        .method = "GET", .path = "/healthz", .handle = get_health, .self = pages};
    out[2] = (struct yx_http_route){
        .method = "GET", .path = "/readyz", .handle = get_ready, .self = pages};
    out[3] = (struct yx_http_route){
        .method = "GET", .path = "/metrics", .handle = get_metrics, .self = pages};
    out[4] = (struct yx_http_route){.method = "GET",
                                    .path = "/api/openapi.yaml",
                                    .handle = yx_assets_serve,
                                    .self = pages->assets,
                                    .context = "openapi.yaml"};
}
