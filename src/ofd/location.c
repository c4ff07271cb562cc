/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ofd/location.c - ST_Loc, the paths by which the parts of a package name each other
 * (GB/T 33190-2016): names are case-sensitive, '/' at the start is the root of the package.
 */
#include "ofd/model.h"

#define RULE_LOCATION "GB/T 33190-2016, ST_Loc"
#define PATH_MAX_BYTES YX_ZIP_NAME_MAX

/* A path while it is put together. */
struct path {
    char text[PATH_MAX_BYTES];
    size_t len;
};

static bool append(struct path *path, const char *bytes, size_t len)
{
    size_t slash = path->len > 0;
    if (len + slash > sizeof path->text - path->len)
        return false;
    if (slash)
        path->text[path->len++] = '/';
    memcpy(path->text + path->len, bytes, len);
    path->len += len;
    return true;
}

/* false at the root. */
static bool go_up(struct path *path)
{
    if (path->len == 0)
        return false;
    while (path->len > 0 && path->text[path->len - 1] != '/')
        path->len--;
    if (path->len > 0)
        path->len--;
    return true;
}

static bool add_component(struct path *path, const char *component, size_t len)
{
    if (len == 0 || (len == 1 && component[0] == '.'))
        return true;
    if (len == 2 && component[0] == '.' && component[1] == '.')
        return go_up(path);
    return append(path, component, len);
}

static bool add_components(struct path *path, const char *location)
{
    while (*location != '\0') {
        size_t len = strcspn(location, "/");
        if (!add_component(path, location, len))
            return false;
        location += len + (location[len] == '/');
    }
    return true;
}

static bool is_path(const char *location)
{
    size_t len = strlen(location);
    if (len == 0 || location[len - 1] == '/')
        return false;
    for (const char *at = location; *at != '\0'; at++) {
        if (*at == '\\' || (uint8_t)*at < 0x20 || *at == 0x7f)
            return false;
    }
    return true;
}

/* The folder of `base`: all before its last slash. */
static size_t folder_length(struct yx_bytes base)
{
    size_t len = base.len;
    while (len > 0 && base.data[len - 1] != '/')
        len--;
    return len > 0 ? len - 1 : 0;
}

yx_status yx_ofd_resolve(struct yx_arena *arena, struct yx_bytes base, const char *location,
                         struct yx_bytes *out, struct yx_error *err)
{
    YX_REQUIRE(is_path(location), err, YX_DAMAGED, RULE_LOCATION,
               N_("\"{1}\" is no path of a part"), location);
    struct path path = {.len = 0};
    size_t folder = folder_length(base);
    bool inside =
        location[0] == '/' || folder == 0 || append(&path, (const char *)base.data, folder);
    inside = inside && add_components(&path, location);
    YX_REQUIRE(inside && path.len > 0, err, YX_DAMAGED, RULE_LOCATION,
               N_("the path \"{1}\" leaves the package"), location);
    *out = yx_arena_bytes(arena, YX_BYTES(path.text, path.len));
    return out->data == NULL ? yx_ofd_fail_arena(arena, err) : YX_OK;
}
