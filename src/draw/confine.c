/* SPDX-License-Identifier: Apache-2.0 */
/* confine.c - yx_draw_confine: what drawing needs of the system, taken before it is locked away. */
#include <yinxin/draw.h>

#include "canvas/canvas.h"
#include "program/program.h"

yx_status yx_draw_confine(const struct yx_program_runner *runner, struct yx_error *err)
{
    /* This library holds a libyinxin of its own, which asks for programs by itself. */
    yx_program_delegate(runner);
    return yx_fonts_ready(err);
}
