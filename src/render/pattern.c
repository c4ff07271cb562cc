/* SPDX-License-Identifier: Apache-2.0 */
/* pattern.c - patterns: one cell is recorded, and cairo repeats it. */
#include <math.h>

#include "render/room.h"

#define CELL_PIXELS_MAX 64e6
#define CELL_SIDE_MIN 0.1

static inline void surface_clean(cairo_surface_t **surface)
{
    cairo_surface_destroy(*surface);
}

/* The cell at a place of the recording, turned over as the pattern asks. */
static yx_status draw_cell(struct yx_drawing *drawing, const struct yx_ofd_pattern *pattern,
                           int column, int row)
{
    cairo_t *cairo = drawing->cairo;
    bool across = column == 1 && pattern->reflect != YX_OFD_REFLECT_COLUMN;
    bool down = row == 1 && pattern->reflect != YX_OFD_REFLECT_ROW;
    cairo_save(cairo);
    cairo_translate(cairo, column * pattern->x_step, row * pattern->y_step);
    cairo_rectangle(cairo, 0, 0, pattern->width, pattern->height);
    /* No seams where cells touch. */
    cairo_set_antialias(cairo, CAIRO_ANTIALIAS_NONE);
    cairo_clip(cairo);
    cairo_set_antialias(cairo, CAIRO_ANTIALIAS_DEFAULT);
    cairo_translate(cairo, across ? pattern->width : 0, down ? pattern->height : 0);
    cairo_scale(cairo, across ? -1 : 1, down ? -1 : 1);
    yx_status status = yx_draw_objects(drawing, pattern->content);
    cairo_restore(cairo);
    return status;
}

static yx_status draw_cells(struct yx_drawing *drawing, const struct yx_ofd_paint *paint, int side)
{
    cairo_push_group(drawing->cairo);
    yx_status status = YX_OK;
    for (int i = 0; i < side * side && status == YX_OK; i++)
        status = draw_cell(drawing, &paint->as.pattern, i % side, i / side);
    cairo_pop_group_to_source(drawing->cairo);
    if (status == YX_OK)
        cairo_paint_with_alpha(drawing->cairo, paint->alpha);
    return status;
}

/* Draws into the recording what a context of its own sees. */
static yx_status record(struct yx_drawing *drawing, const struct yx_ofd_paint *paint, int side,
                        cairo_surface_t *surface)
{
    struct yx_drawing inner = *drawing;
    inner.cairo = cairo_create(surface);
    inner.pixels *= yx_draw_scale(drawing->cairo);
    inner.nesting++;
    yx_status status = draw_cells(&inner, paint, side);
    if (status == YX_OK)
        status = yx_cairo_status(cairo_status(inner.cairo), drawing->err);
    cairo_destroy(inner.cairo);
    drawing->objects = inner.objects;
    return status;
}

/* Where a pattern lies: from its coordinates to the device, and from those of the context to its
 * own. */
struct lie {
    cairo_matrix_t to_device, from_context;
};

/* false when nothing could be seen of it. */
static bool find_lie(const struct yx_drawing *drawing, const struct yx_ofd_pattern *pattern,
                     struct lie *out)
{
    const struct yx_svg_matrix *m = &pattern->matrix;
    cairo_matrix_t own = {m->a, m->b, m->c, m->d, m->e, m->f};
    cairo_matrix_t here, back;
    cairo_get_matrix(drawing->cairo, &here);
    cairo_matrix_multiply(&out->to_device, &own, pattern->of_page ? &drawing->page : &here);
    back = out->to_device;
    if (!yx_draw_is_seen_through(&own) || !yx_draw_is_seen_through(&back) ||
        cairo_matrix_invert(&back) != CAIRO_STATUS_SUCCESS)
        return false;
    cairo_matrix_multiply(&out->from_context, &here, &back);
    return true;
}

/* How wide and high a cell is on the device. Below CELL_SIDE_MIN nobody sees cells. */
static bool is_seen(const struct yx_drawing *drawing, const cairo_rectangle_t *cell,
                    const struct lie *lie)
{
    const cairo_matrix_t *m = &lie->to_device;
    return hypot(m->xx, m->yx) * cell->width * drawing->pixels > CELL_SIDE_MIN &&
           hypot(m->xy, m->yy) * cell->height * drawing->pixels > CELL_SIDE_MIN;
}

/* A cell that is larger than any page is not repeated: cairo would want pixels for all of it. */
static bool is_repeated(const struct yx_drawing *drawing, const cairo_rectangle_t *cell,
                        const struct lie *lie)
{
    const cairo_matrix_t *m = &lie->to_device;
    double area = fabs(m->xx * m->yy - m->xy * m->yx) * cell->width * cell->height;
    return area * drawing->pixels * drawing->pixels < CELL_PIXELS_MAX;
}

yx_status yx_draw_set_pattern(struct yx_drawing *drawing, const struct yx_ofd_paint *paint,
                              bool *seen)
{
    const struct yx_ofd_pattern *pattern = &paint->as.pattern;
    int side = pattern->reflect == YX_OFD_REFLECT_NONE ? 1 : 2;
    const cairo_rectangle_t extent = {0, 0, side * pattern->x_step, side * pattern->y_step};
    struct lie lie;
    if (pattern->content == NULL || drawing->nesting >= YX_RENDER_NESTING_MAX ||
        !find_lie(drawing, pattern, &lie) || !is_seen(drawing, &extent, &lie))
        return YX_OK;
    __attribute__((cleanup(surface_clean))) cairo_surface_t *surface =
        cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, &extent);
    YX_TRY(record(drawing, paint, side, surface));
    cairo_pattern_t *source = cairo_pattern_create_for_surface(surface);
    cairo_pattern_set_extend(source, is_repeated(drawing, &extent, &lie) ? CAIRO_EXTEND_REPEAT
                                                                         : CAIRO_EXTEND_NONE);
    cairo_pattern_set_matrix(source, &lie.from_context);
    cairo_set_source(drawing->cairo, source);
    cairo_pattern_destroy(source);
    *seen = true;
    return YX_OK;
}
