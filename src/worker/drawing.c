/* SPDX-License-Identifier: Apache-2.0 */
/* drawing.c - libyinxin-draw, opened by a worker alone: the other processes do without cairo. */
#include <dlfcn.h>

#include "worker/room.h"

#define LIBRARY "libyinxin-draw.so.0"

/* In the order of struct yx_drawing. */
static const char *const names[] = {"yx_draw_confine", "yx_page_draw"};
#define COUNT (sizeof names / sizeof *names)
union symbols {
    void *list[COUNT];
    struct yx_drawing drawing;
};
_Static_assert(sizeof(struct yx_drawing) == COUNT * sizeof(void *), "a name for every function");

/* It stays open until the process ends: sentences of its errors live in it. */
yx_status yx_drawing_open(struct yx_drawing *out, struct yx_error *err)
{
    union symbols symbols;
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

    YX_REQUIRE(library != NULL, err, YX_IO, "", N_("{1}, which draws, cannot be opened: {2}"),
               LIBRARY, dlerror());
    for (size_t i = 0; i < COUNT; i++) {
        symbols.list[i] = dlsym(library, names[i]);
        YX_REQUIRE(symbols.list[i] != NULL, err, YX_IO, "", N_("{1} has no {2}: it is too old"),
                   LIBRARY, names[i]);
    }
    *out = symbols.drawing;
    return YX_OK;
}
