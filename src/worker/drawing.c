/* SPDX-License-Identifier: Apache-2.0 */
/* drawing.c - libyinxin-draw, opened by a worker alone: the other processes do without cairo. */
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
static const struct yx_library library = {LIBRARY, N_("{1}, which draws, cannot be opened: {2}"),
                                          names, COUNT};

/* It stays open until the process ends: sentences of its errors live in it. */
yx_status yx_drawing_open(struct yx_drawing *out, struct yx_error *err)
{
    union symbols symbols;

    YX_TRY(yx_library_open(&library, symbols.list, err));
    *out = symbols.drawing;
    return YX_OK;
}
