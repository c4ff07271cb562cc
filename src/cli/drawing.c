/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/drawing.c - libyinxin-draw, opened when a command draws. cairo, its fonts and their libraries
 * take longer to load than a seal takes to sign, so all other commands start without them.
 */
#include "cli/cli.h"

/* Found beside the program where it was built, in the library folder where it is installed. */
#define LIBRARY "libyinxin-draw.so.0"

/* In the order of struct cli_drawing. */
static const char *const names[] = {
    "yx_face_presets",     "yx_face_draw",          "yx_view_open",
    "yx_view_free",        "yx_view_page_count",    "yx_view_draw",
    "yx_document_convert", "yx_impression_extract", "yx_impression_compare",
};
#define COUNT (sizeof names / sizeof *names)
union symbols {
    void *list[COUNT];
    struct cli_drawing drawing;
};
_Static_assert(sizeof(struct cli_drawing) == COUNT * sizeof(void *), "a name for every function");
static const struct yx_library library = {LIBRARY, N_("{1}, which draws, cannot be opened: {2}"),
                                          names, COUNT};

/* It stays open until the program ends: sentences of its errors live in it. */
yx_status cli_drawing_open(struct cli_drawing *out, struct yx_error *err)
{
    union symbols symbols;

    YX_TRY(yx_library_open(&library, symbols.list, err));
    *out = symbols.drawing;
    return YX_OK;
}
