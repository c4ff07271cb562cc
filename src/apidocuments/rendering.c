/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apidocuments/rendering.c - a page of a document as a picture, for whoever has logged in. Nothing
 * of the document is kept; pictures are, by its digest, for those who send the same one again.
 *
 *   POST /api/v1/renderings?page=2[&format=svg][&dpi=96 | &longest=400][&document=1]
 *        the document as it is, or the first file of a form
 *   -> image/png or image/svg+xml
 *
 * What is drawn says nothing about whether seals hold.
 */
#include <stdlib.h>

#include "apidocuments/upload.h"
#include "pagecache/pagecache.h"

#define RULE "?page, ?format, ?dpi, ?longest, ?document"

struct wish {
    struct yx_worker_picture picture;
    uint32_t document;
};

/* A whole number of the query; *out stays as it is when there is none. */
static yx_status number(const struct yx_api_call *call, const char *name, uint32_t most,
                        uint32_t *out, struct yx_error *err)
{
    const char *text = yx_http_query(call->http, name);
    size_t digits = text == NULL ? 0 : strspn(text, "0123456789");
    unsigned long value;

    if (text == NULL)
        return YX_OK;
    value = digits > 0 && digits <= 9 && text[digits] == '\0' ? strtoul(text, NULL, 10) : 0;
    YX_REQUIRE(value >= 1 && value <= most, err, YX_USAGE, RULE,
               N_("{1} takes a number from 1 to {2}, not {3}"), name, YX_NUM(most), text);
    *out = (uint32_t)value;
    return YX_OK;
}

static yx_status read_wish(const struct yx_api_call *call, struct wish *out, struct yx_error *err)
{
    const char *format = yx_http_query(call->http, "format");
    uint32_t dpi = 0;

    *out = (struct wish){.picture = {.page = 1, .format = YX_DRAW_PNG}};
    YX_TRY(number(call, "page", 999999, &out->picture.page, err));
    YX_TRY(number(call, "document", 9999, &out->document, err));
    YX_TRY(number(call, "dpi", 1200, &dpi, err));
    YX_TRY(number(call, "longest", 10000, &out->picture.longest, err));
    out->picture.dpi = dpi;
    if (format != NULL && strcmp(format, "svg") == 0)
        out->picture.format = YX_DRAW_SVG;
    else
        YX_REQUIRE(format == NULL || strcmp(format, "png") == 0, err, YX_USAGE, RULE,
                   N_("a page becomes PNG or SVG"));
    return YX_OK;
}

/* By the longer side and by dots are different pictures. */
static struct yx_page_key key_of(const struct wish *wish)
{
    return (struct yx_page_key){
        .document = wish->document,
        .page = wish->picture.page,
        .format = (yx_draw_format)wish->picture.format,
        .dpi = wish->picture.longest > 0 ? -(double)wish->picture.longest : wish->picture.dpi,
    };
}

/* A system has signed the body, and this is it. */
static yx_status take_digest(const struct yx_api_call *call, const struct yx_api_upload *upload,
                             uint8_t out[32], struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;

    YX_TRY(yx_source_borrow_fd(upload->fd, &source, err));
    YX_TRY(yx_source_digest(source, NULL, out, err));
    return call->who.key[0] == '\0' ? YX_OK : yx_login_body_matches(&call->who, out, err);
}

static yx_status draw(const struct yx_api_call *call, const struct yx_api_upload *upload,
                      const struct wish *wish, struct yx_buf *out, struct yx_error *err)
{
    const struct yx_api_services *services = call->services;
    const struct yx_worker_job job = {.pool = services->pool,
                                      .document = upload->fd,
                                      .number = wish->document,
                                      .seconds = services->document_seconds};
    struct yx_page_key key = key_of(wish);

    YX_TRY(take_digest(call, upload, key.digest, err));
    if (services->pictures != NULL && yx_page_cache_find(services->pictures, &key, out))
        return YX_OK;
    YX_TRY(yx_worker_render(&job, &wish->picture, out, err));
    if (services->pictures != NULL)
        yx_page_cache_keep(services->pictures, &key, yx_buf_bytes(out));
    return YX_OK;
}

static yx_status post_rendering(struct yx_api_call *call, struct yx_error *err)
{
    struct yx_api_upload *upload = call->taker;
    struct wish wish;

    YX_TRY(read_wish(call, &wish, err));
    YX_TRY(yx_api_upload_end(upload, err));
    YX_TRY(draw(call, upload, &wish, &call->reply->body, err));
    call->reply->content_type = wish.picture.format == YX_DRAW_SVG ? "image/svg+xml" : "image/png";
    return YX_OK;
}

const struct yx_api_route yx_api_renderings[] = {
    {"POST", "/api/v1/renderings", YX_API_LOGGED_IN, NULL, post_rendering, 0, 0, &yx_api_upload},
    YX_API_ROUTES_END,
};
