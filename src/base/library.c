/* SPDX-License-Identifier: Apache-2.0 */
/* base/library.c - other people's libraries, opened when they are needed: many a command runs
 * without most of them. */
#include <dlfcn.h>

#include "base/base.h"

yx_status yx_library_open(const struct yx_library *library, void **functions, struct yx_error *err)
{
    void *opened = dlopen(library->file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

    if (opened == NULL) {
        const char *reason = dlerror();

        return yx_fail(err, YX_IO, "", library->missing, library->file,
                       reason != NULL ? reason : "?");
    }
    for (size_t i = 0; i < library->count; i++) {
        functions[i] = dlsym(opened, library->names[i]);
        YX_REQUIRE(functions[i] != NULL, err, YX_IO, "", N_("{1} has no {2}: it is too old"),
                   library->file, library->names[i]);
    }
    return YX_OK;
}
