/* SPDX-License-Identifier: Apache-2.0 */
/* seal.c - yx_face_draw: a face on a canvas of its size. */
#include "face/face.h"

static yx_status paint(const struct yx_face *face, const struct yx_face_plan *plan,
                       const struct yx_canvas_setup *setup, struct yx_sink *sink,
                       struct yx_error *err)
{
    YX_CLEAN(yx_canvas) struct yx_canvas *canvas = NULL;

    YX_TRY(yx_canvas_new(setup, sink, &canvas, err));
    YX_TRY(yx_face_paint(plan, yx_canvas_cairo(canvas), err));
    if (face->wear > 0)
        yx_face_wear(face, setup->dpi, yx_canvas_cairo(canvas));
    return yx_canvas_finish(canvas, err);
}

yx_status yx_face_draw(const struct yx_face *face, yx_draw_format format, double dpi,
                       struct yx_sink *sink, double *width, double *height, struct yx_error *err)
{
    YX_CLEAN(yx_fonts) struct yx_fonts *fonts = NULL;
    YX_CLEAN(yx_face_plan) struct yx_face_plan *plan = NULL;
    struct yx_canvas_setup setup = {
        .format = format, .dpi = dpi, .transparent = true, .ink = &face->ink};

    YX_REQUIRE(face->wear == 0 || format == YX_DRAW_PNG, err, YX_REFUSED, "face of a seal",
               N_("wear is drawn in PNG only"));
    YX_TRY(yx_fonts_new(&fonts, err));
    YX_TRY(yx_face_prepare(face, fonts, &plan, err));
    yx_face_plan_size(plan, &setup.width, &setup.height);
    YX_TRY(paint(face, plan, &setup, sink, err));
    if (width != NULL)
        *width = setup.width;
    if (height != NULL)
        *height = setup.height;
    return YX_OK;
}
