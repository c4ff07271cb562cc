/* SPDX-License-Identifier: Apache-2.0 */
/* stamp.c - seals over what is printed: ink on ink, so the colours multiply. */
#include <math.h>
#include <stdlib.h>

#include "render/room.h"

#define PIXELS_MAX 20000.0

static yx_status paint_bitmap(struct yx_drawing *drawing, const struct yx_ofd_shown_stamp *stamp,
                              struct yx_error *err)
{
    YX_CLEAN(yx_raster) struct yx_raster raster = {0};
    cairo_surface_t *surface = NULL;
    double scale = yx_draw_scale(drawing->cairo) * drawing->pixels;
    uint32_t width = (uint32_t)fmin(ceil(stamp->box.width * scale) + 1, PIXELS_MAX);
    uint32_t height = (uint32_t)fmin(ceil(stamp->box.height * scale) + 1, PIXELS_MAX);
    YX_TRY(yx_bitmap_decode(stamp->picture, width, height, &raster, err));
    YX_TRY(yx_surface_from_raster(&raster, &surface, err));
    cairo_translate(drawing->cairo, stamp->box.x, stamp->box.y);
    cairo_scale(drawing->cairo, stamp->box.width, stamp->box.height);
    yx_draw_picture(drawing, surface, 1);
    cairo_surface_destroy(surface);
    return YX_OK;
}

static yx_status paint_vectors(struct yx_drawing *drawing, const struct yx_ofd_shown_stamp *stamp,
                               struct yx_error *err)
{
    YX_CLEAN(yx_svg) struct yx_svg svg = {0};
    YX_TRY(yx_svg_read(stamp->picture, &svg, err));
    yx_svg_draw(drawing->cairo, &svg, stamp->box.x, stamp->box.y, stamp->box.width,
                stamp->box.height, NULL);
    return YX_OK;
}

/* The face is the first page of a document of its own, which has its own fonts and pictures. */
static yx_status paint_document(struct yx_drawing *drawing, const struct yx_ofd_shown_stamp *stamp,
                                struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_ofd) struct yx_ofd *ofd = NULL;
    YX_CLEAN(yx_render) struct yx_render *face = NULL;
    YX_CLEAN(yx_ofd_sheet) struct yx_ofd_sheet sheet = {.arena = NULL};
    YX_TRY(yx_source_borrow(stamp->picture, &source, err));
    YX_TRY(yx_ofd_open(source, &ofd, err));
    YX_TRY(yx_render_open(ofd, 1, &face, err));
    YX_TRY(yx_ofd_sheet_read(face->book, 1, &sheet, err));
    struct yx_drawing inner = *drawing;
    const struct yx_svg_matrix fit = {stamp->box.width / sheet.box.width,   0, 0,
                                      stamp->box.height / sheet.box.height, 0, 0};
    face->is_face = true;
    inner.render = face;
    inner.err = err;
    cairo_translate(drawing->cairo, stamp->box.x, stamp->box.y);
    if (!yx_draw_transform(drawing->cairo, &fit))
        return YX_OK;
    YX_TRY(yx_draw_sheet(&inner, &sheet));
    drawing->objects = inner.objects;
    for (const struct yx_ofd_finding *at = yx_render_findings(face); at != NULL; at = at->next)
        yx_ofd_book_note(drawing->render->book, &at->message);
    return YX_OK;
}

static yx_status paint_face(struct yx_drawing *drawing, const struct yx_ofd_shown_stamp *stamp,
                            struct yx_error *err)
{
    static const char zip[] = "PK";
    if (yx_bitmap_tell(stamp->picture) != YX_BITMAP_UNKNOWN)
        return paint_bitmap(drawing, stamp, err);
    if (stamp->picture.len > 2 && memcmp(stamp->picture.data, zip, 2) == 0)
        return paint_document(drawing, stamp, err);
    if (yx_svg_is(stamp->picture))
        return paint_vectors(drawing, stamp, err);
    return yx_fail(err, YX_REFUSED, "GB/T 38540-2020, seal picture",
                   N_("the picture of a seal is of the type {1}, which is not drawn"), stamp->type);
}

static void clip_to_part(cairo_t *cairo, const struct yx_ofd_shown_stamp *stamp)
{
    const struct yx_box *box = &stamp->box, *clip = &stamp->clip;
    cairo_rectangle(cairo, box->x, box->y, box->width, box->height);
    cairo_clip(cairo);
    if (!stamp->has_clip)
        return;
    cairo_rectangle(cairo, box->x + clip->x, box->y + clip->y, clip->width, clip->height);
    cairo_clip(cairo);
}

/* With the operator of cairo: pixels, PDF. */
static yx_status multiply(struct yx_drawing *drawing, const struct yx_ofd_shown_stamp *stamp,
                          struct yx_error *err)
{
    cairo_t *cairo = drawing->cairo;
    yx_status status;

    /* Pixels are held for what shows only. Into PDF cairo would write the operator once, and forget
     * that a clip which ends takes it away: there nothing is clipped but what is in the group. */
    if (!drawing->is_vector)
        clip_to_part(cairo, stamp);
    cairo_push_group(cairo);
    if (drawing->is_vector)
        clip_to_part(cairo, stamp);
    status = paint_face(drawing, stamp, err);
    cairo_pop_group_to_source(cairo);
    cairo_set_operator(cairo, CAIRO_OPERATOR_MULTIPLY);
    cairo_paint(cairo);
    return status;
}

/* SVG gets it as ink. */
static yx_status put_as_ink(struct yx_drawing *drawing, const struct yx_ofd_shown_stamp *stamp,
                            struct yx_error *err)
{
    struct yx_drawing inner = *drawing;
    cairo_matrix_t matrix;
    yx_status status, ended;

    YX_TRY(yx_canvas_begin_ink(drawing->canvas, &inner.cairo, err));
    cairo_get_matrix(drawing->cairo, &matrix);
    cairo_set_matrix(inner.cairo, &matrix);
    clip_to_part(inner.cairo, stamp);
    status = paint_face(&inner, stamp, err);
    drawing->objects = inner.objects;
    ended = yx_canvas_end_ink(drawing->canvas, status == YX_OK ? err : NULL);
    return status == YX_OK ? ended : status;
}

yx_status yx_draw_stamp(struct yx_drawing *drawing, const struct yx_ofd_shown_stamp *stamp)
{
    cairo_t *cairo = drawing->cairo;
    struct yx_error why = {.status = YX_OK};
    YX_TRY(yx_draw_count(drawing));
    if (stamp->box.width <= 0 || stamp->box.height <= 0)
        return YX_OK;
    cairo_save(cairo);
    yx_status status = (yx_draw_is_svg(drawing) ? put_as_ink : multiply)(drawing, stamp, &why);
    cairo_restore(cairo);
    if (status == YX_OK)
        return YX_OK;
    yx_ofd_book_note(drawing->render->book, &why.message);
    if (status != YX_NO_MEMORY && status != YX_INTERNAL)
        return yx_draw_count(drawing);
    if (drawing->err != NULL)
        *drawing->err = why;
    return status;
}
