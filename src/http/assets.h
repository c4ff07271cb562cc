/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/assets.h - the part of the door http/http.h about what does not change while the program
 * runs: pages, scripts, pictures. All of it is in memory, compressed once where that is worth it.
 */
#ifndef HTTP_ASSETS_H
#define HTTP_ASSETS_H

#include "base/base.h"

struct yx_http_request;
struct yx_http_reply;

struct yx_assets_settings {
    const char *policy; /* Content-Security-Policy of what is served; NULL: the strict usual one */
    const char *frozen; /* "assets/": below it, names change with their contents, so that clients
                           keep them for a year; what else there is they ask for anew. NULL: none */
};

struct yx_assets;
/* The strings of the settings must outlive it. */
yx_status yx_assets_new(const struct yx_assets_settings *settings, struct yx_assets **out,
                        struct yx_error *err);
/* One more: `name` is what stands behind the route's path ("index.html" for nothing); its ending
 * tells the type. A copy is kept. YX_USAGE when the name is there already. */
yx_status yx_assets_add(struct yx_assets *assets, const char *name, struct yx_bytes bytes,
                        struct yx_error *err);
/* Every regular file of the folder and what is below, up to 64 MiB; links and what begins with a
 * dot are passed over. */
yx_status yx_assets_add_folder(struct yx_assets *assets, const char *folder, struct yx_error *err);
void yx_assets_free(struct yx_assets *assets);
YX_DEFINE_CLEAN(yx_assets, struct yx_assets *, yx_assets_free);
/* The handler of a route; `self` is the assets, which nobody adds to any more. The context of the
 * route is the name to serve; NULL: what stands in the place of its closing '*'. */
yx_status yx_assets_serve(void *self, const struct yx_http_request *request,
                          struct yx_http_reply *reply, struct yx_error *err);

#endif
