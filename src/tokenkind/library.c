/* SPDX-License-Identifier: Apache-2.0 */
/* tokenkind/library.c - the libraries of token makers, opened when a place asks for them. */
#include <dlfcn.h>
#include <errno.h>
#include <unistd.h>

#include "tokenkind/tokenkind.h"

static yx_status find_symbols(void *library, const char *path, const char *kind,
                              const char *const *names, void **symbols, size_t count,
                              struct yx_error *err)
{
    for (size_t i = 0; i < count; i++) {
        bool optional = names[i][0] == '?';

        symbols[i] = dlsym(library, names[i] + (optional ? 1 : 0));
        YX_REQUIRE(symbols[i] != NULL || optional, err, YX_REFUSED, "",
                   N_("{1} is no {2} library: it has no {3}"), path, kind, names[i]);
    }
    return YX_OK;
}

yx_status yx_token_library(const char *path, const char *kind, const char *const *names,
                           void **symbols, size_t count, struct yx_error *err)
{
    const char *reason;
    void *library;

    /* A name without '/' is looked for where the system has its libraries. */
    if (strchr(path, '/') != NULL && access(path, R_OK) != 0)
        return yx_fail_errno(err, YX_NO_INPUT, N_("cannot open {1}: {2}"), path, errno);
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library == NULL) {
        reason = dlerror();
        return yx_fail(err, YX_NO_INPUT, "", N_("the {1} library {2} cannot be loaded: {3}"), kind,
                       path, reason != NULL ? reason : "?");
    }
    return find_symbols(library, path, kind, names, symbols, count, err);
}

yx_status yx_token_module(const struct yx_token_place *place, const char *usual, const char **out,
                          struct yx_error *err)
{
    const char *named = yx_token_place_get(place, "module-path");

    *out = named != NULL ? named : usual;
    YX_REQUIRE(*out != NULL && (*out)[0] != '\0', err, YX_USAGE, "",
               N_("the place names no library; add ?module-path=/... of the token's maker"));
    return YX_OK;
}
