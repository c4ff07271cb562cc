/* SPDX-License-Identifier: Apache-2.0 */
/* http/assets.c - pages, scripts, pictures: what does not change while the program runs. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "http/http.h"

#define FOLDER_MAX ((size_t)64 << 20)
#define DEPTH_MAX 8
#define COMPRESSION 9

/* One file, with what is told of it. */
struct asset {
    char *name;
    const char *type;
    struct yx_buf plain, gzip; /* gzip is empty where it is not worth it */
    char etag[40];             /* without its closing quote */
    bool frozen;
};
struct yx_assets {
    struct yx_assets_settings settings;
    struct asset *items; /* in the order of their names */
    size_t count, size;  /* bytes, all together */
};

yx_status yx_assets_new(const struct yx_assets_settings *settings, struct yx_assets **out,
                        struct yx_error *err)
{
    struct yx_assets *assets = calloc(1, sizeof *assets);

    if (assets == NULL)
        return yx_fail_memory(err);
    assets->settings = *settings;
    *out = assets;
    return YX_OK;
}

static void asset_free(struct asset *asset)
{
    free(asset->name);
    yx_buf_free(&asset->plain);
    yx_buf_free(&asset->gzip);
}
YX_DEFINE_CLEAN_VALUE(asset, struct asset, asset_free);

void yx_assets_free(struct yx_assets *assets)
{
    if (assets == NULL)
        return;
    for (size_t i = 0; i < assets->count; i++)
        asset_free(&assets->items[i]);
    free(assets->items);
    free(assets);
}

/* --- Adding --------------------------------------------------------------------------------- */

static const struct {
    const char *ending, *type;
    bool text; /* is worth to be compressed */
} types[] = {
    {".html", "text/html; charset=utf-8", true},
    {".css", "text/css; charset=utf-8", true},
    {".js", "text/javascript; charset=utf-8", true},
    {".mjs", "text/javascript; charset=utf-8", true},
    {".json", "application/json", true},
    {".svg", "image/svg+xml", true},
    {".txt", "text/plain; charset=utf-8", true},
    {".yaml", "application/yaml", true},
    {".wasm", "application/wasm", true},
    {".png", "image/png", false},
    {".jpg", "image/jpeg", false},
    {".webp", "image/webp", false},
    {".ico", "image/x-icon", false},
    {".woff2", "font/woff2", false},
    {".pdf", "application/pdf", false},
};
static const char unknown_type[] = "application/octet-stream";

static bool find_type(struct asset *asset)
{
    size_t len = strlen(asset->name);

    asset->type = unknown_type;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        size_t end = strlen(types[i].ending);

        if (len > end && strcmp(asset->name + len - end, types[i].ending) == 0) {
            asset->type = types[i].type;
            return types[i].text;
        }
    }
    return false;
}

static yx_status compress(struct asset *asset, struct yx_error *err)
{
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(COMPRESSION);
    size_t room;

    if (compressor == NULL)
        return yx_fail_memory(err);
    room = libdeflate_gzip_compress_bound(compressor, asset->plain.len);
    if (yx_buf_reserve(&asset->gzip, room) == YX_OK)
        asset->gzip.len = libdeflate_gzip_compress(compressor, asset->plain.data, asset->plain.len,
                                                   asset->gzip.data, room);
    libdeflate_free_compressor(compressor);
    if (asset->gzip.data == NULL)
        return yx_fail_memory(err);
    if (asset->gzip.len == 0 || asset->gzip.len >= asset->plain.len)
        yx_buf_free(&asset->gzip);
    return YX_OK;
}

static yx_status make_etag(struct asset *asset, struct yx_error *err)
{
    uint8_t digest[32];

    YX_TRY(yx_digest(YX_DIGEST_SM3, yx_buf_bytes(&asset->plain), digest, err));
    asset->etag[0] = '"';
    yx_hex(YX_BYTES(digest, 16), asset->etag + 1);
    return YX_OK;
}

static int compare(const void *name, const void *item)
{
    return strcmp(name, ((const struct asset *)item)->name);
}

static struct asset *find(const struct yx_assets *assets, const char *name)
{
    return assets->count == 0
               ? NULL
               : bsearch(name, assets->items, assets->count, sizeof *assets->items, compare);
}

/* Takes it into its place. */
static yx_status insert(struct yx_assets *assets, struct asset *asset, struct yx_error *err)
{
    struct asset *items = reallocarray(assets->items, assets->count + 1, sizeof *assets->items);
    size_t at = assets->count;

    if (items == NULL)
        return yx_fail_memory(err);
    assets->items = items;
    for (; at > 0 && strcmp(items[at - 1].name, asset->name) > 0; at--)
        items[at] = items[at - 1];
    items[at] = *asset;
    assets->count++;
    *asset = (struct asset){0};
    return YX_OK;
}

yx_status yx_assets_add(struct yx_assets *assets, const char *name, struct yx_bytes bytes,
                        struct yx_error *err)
{
    const char *frozen = assets->settings.frozen;
    YX_CLEAN(asset) struct asset asset = {.name = strdup(name)};

    if (asset.name == NULL || yx_buf_append(&asset.plain, bytes) != YX_OK)
        return yx_fail_memory(err);
    YX_REQUIRE(find(assets, name) == NULL, err, YX_USAGE, "", N_("{1} is there already"), name);
    asset.frozen = frozen != NULL && strncmp(name, frozen, strlen(frozen)) == 0;
    if (find_type(&asset))
        YX_TRY(compress(&asset, err));
    YX_TRY(make_etag(&asset, err));
    assets->size += bytes.len;
    return insert(assets, &asset, err);
}

/* --- Folders -------------------------------------------------------------------------------- */

/* A folder on the way down. */
struct level {
    const char *folder; /* of the file system */
    const char *name;   /* "" at the top, else "sub/" */
    unsigned depth;
};
static yx_status add_level(struct yx_assets *assets, const struct level *level,
                           struct yx_error *err);

static yx_status add_entry(struct yx_assets *assets, const struct level *level, const char *entry,
                           struct yx_error *err)
{
    char path[4096], name[1024];
    struct stat about;
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};

    if (entry[0] == '.')
        return YX_OK;
    YX_REQUIRE((size_t)snprintf(path, sizeof path, "%s/%s", level->folder, entry) < sizeof path &&
                   (size_t)snprintf(name, sizeof name, "%s%s", level->name, entry) + 1 <
                       sizeof name,
               err, YX_NO_INPUT, "", N_("{1}: the path is too long"), entry);
    if (lstat(path, &about) != 0)
        return yx_fail_errno(err, YX_NO_INPUT, N_("cannot read {1}: {2}"), path, errno);
    if (S_ISDIR(about.st_mode)) {
        const struct level below = {path, name, level->depth + 1};

        name[strlen(name) + 1] = '\0';
        name[strlen(name)] = '/';
        return add_level(assets, &below, err);
    }
    if (!S_ISREG(about.st_mode))
        return YX_OK;
    YX_TRY(yx_file_read(path, FOLDER_MAX - assets->size, &bytes, err));
    return yx_assets_add(assets, name, yx_buf_bytes(&bytes), err);
}

static yx_status add_level(struct yx_assets *assets, const struct level *level,
                           struct yx_error *err)
{
    DIR *folder = level->depth > DEPTH_MAX ? NULL : opendir(level->folder);
    yx_status status = YX_OK;

    YX_REQUIRE(level->depth <= DEPTH_MAX, err, YX_NO_INPUT, "", N_("{1}: folders are too deep"),
               level->folder);
    if (folder == NULL)
        return yx_fail_errno(err, YX_NO_INPUT, N_("cannot read {1}: {2}"), level->folder, errno);
    for (struct dirent *entry; status == YX_OK && (entry = readdir(folder)) != NULL;)
        status = add_entry(assets, level, entry->d_name, err);
    (void)closedir(folder);
    return status;
}

yx_status yx_assets_add_folder(struct yx_assets *assets, const char *folder, struct yx_error *err)
{
    const struct level top = {folder, "", 0};

    return add_level(assets, &top, err);
}

/* --- Serving -------------------------------------------------------------------------------- */

static void keep(void *owner)
{
    (void)owner; /* the assets outlive the listener */
}

yx_status yx_assets_serve(void *self, const struct yx_http_request *request,
                          struct yx_http_reply *reply, struct yx_error *err)
{
    const struct yx_assets *assets = self;
    const char *one = request->route->context;
    const char *name = one != NULL ? one : request->rest[0] == '\0' ? "index.html" : request->rest;
    const struct asset *asset = find(assets, name);
    bool gzip;

    YX_REQUIRE(asset != NULL, err, YX_NO_INPUT, "RFC 9110 15.5.5",
               N_("there is nothing at this path"));
    gzip = asset->gzip.len > 0 && yx_accepts_gzip(yx_http_header_of(request, "Accept-Encoding"));
    reply->content_type = asset->type;
    reply->shared = yx_buf_bytes(gzip ? &asset->gzip : &asset->plain);
    reply->release = keep;
    (void)snprintf(reply->etag, sizeof reply->etag, "%s%s\"", asset->etag, gzip ? "-gz" : "");
    yx_http_header(reply, "Cache-Control",
                   asset->frozen ? "public, max-age=31536000, immutable" : "no-cache");
    if (asset->gzip.len > 0)
        yx_http_header(reply, "Vary", "Accept-Encoding");
    if (gzip)
        yx_http_header(reply, "Content-Encoding", "gzip");
    if (assets->settings.policy != NULL)
        yx_http_header(reply, "Content-Security-Policy", assets->settings.policy);
    return YX_OK;
}
