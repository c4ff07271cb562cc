/* SPDX-License-Identifier: Apache-2.0 */
/* image.c - pictures: a unit square that the object's matrix puts in its place; masks, borders. */
#include <math.h>

#include "render/room.h"

#define PI 3.14159265358979323846
#define PIXELS_MAX 20000.0

/* How many pixels a side will have. */
static uint32_t pixels_of(double dx, double dy, double scale)
{
    return (uint32_t)fmin(fmax(ceil(hypot(dx, dy) * scale), 1), PIXELS_MAX);
}

/* A picture drawn over the unit square. */
static void set_unit_source(cairo_t *cairo, cairo_surface_t *surface, cairo_extend_t extend)
{
    cairo_pattern_t *pattern = cairo_pattern_create_for_surface(surface);
    cairo_matrix_t matrix;
    cairo_matrix_init_scale(&matrix, cairo_image_surface_get_width(surface),
                            cairo_image_surface_get_height(surface));
    cairo_pattern_set_matrix(pattern, &matrix);
    cairo_pattern_set_extend(pattern, extend);
    cairo_set_source(cairo, pattern);
    cairo_pattern_destroy(pattern);
}

void yx_draw_picture(struct yx_drawing *drawing, cairo_surface_t *surface, double alpha)
{
    cairo_t *cairo = drawing->cairo;
    cairo_save(cairo);
    if (drawing->is_vector) {
        set_unit_source(cairo, surface, CAIRO_EXTEND_NONE);
    } else {
        /* Pixels at the edge stay full; in vectors that would make another picture of it. */
        set_unit_source(cairo, surface, CAIRO_EXTEND_PAD);
        cairo_rectangle(cairo, 0, 0, 1, 1);
        cairo_clip(cairo);
    }
    cairo_paint_with_alpha(cairo, alpha);
    cairo_restore(cairo);
}

/* What shows of a picture through a mask, as a picture: not every kind of drawing knows masks. */
static yx_status put_together(struct yx_drawing *drawing, cairo_surface_t *surface,
                              cairo_surface_t *mask, double alpha)
{
    int width = cairo_image_surface_get_width(surface);
    int height = cairo_image_surface_get_height(surface);
    width =
        width > cairo_image_surface_get_width(mask) ? width : cairo_image_surface_get_width(mask);
    height = height > cairo_image_surface_get_height(mask) ? height
                                                           : cairo_image_surface_get_height(mask);
    cairo_surface_t *both = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height);
    cairo_t *cairo = cairo_create(both);
    cairo_scale(cairo, width, height);
    set_unit_source(cairo, surface, CAIRO_EXTEND_PAD);
    cairo_paint(cairo);
    set_unit_source(cairo, mask, CAIRO_EXTEND_PAD);
    cairo_set_operator(cairo, CAIRO_OPERATOR_DEST_IN);
    cairo_paint(cairo);
    yx_status status = yx_cairo_status(cairo_status(cairo), drawing->err);
    cairo_destroy(cairo);
    if (status == YX_OK)
        yx_draw_picture(drawing, both, alpha);
    cairo_surface_destroy(both);
    return status;
}

static yx_status draw_picture(struct yx_drawing *drawing, const struct yx_ofd_image *image,
                              double alpha)
{
    cairo_surface_t *surface = NULL, *mask = NULL;
    cairo_matrix_t m;
    cairo_get_matrix(drawing->cairo, &m);
    uint32_t width = pixels_of(m.xx, m.yx, drawing->pixels);
    uint32_t height = pixels_of(m.xy, m.yy, drawing->pixels);
    YX_TRY(yx_render_find_picture(drawing, image->media, width, height, false, &surface));
    if (surface == NULL)
        return YX_OK;
    /* The mask may take its place among the kept. */
    cairo_surface_reference(surface);
    yx_status status = YX_OK;
    if (image->mask != NULL)
        status = yx_render_find_picture(drawing, image->mask, width, height, true, &mask);
    if (status == YX_OK && mask == NULL)
        yx_draw_picture(drawing, surface, alpha);
    if (status == YX_OK && mask != NULL)
        status = put_together(drawing, surface, mask, alpha);
    cairo_surface_destroy(surface);
    return status;
}

/* --- Borders ----------------------------------------------------------------------------- */

static void trace_corner(cairo_t *cairo, double x, double y, double x_radius, double y_radius,
                         int quarter)
{
    cairo_save(cairo);
    cairo_translate(cairo, x, y);
    cairo_scale(cairo, x_radius, y_radius);
    cairo_arc(cairo, 0, 0, 1, quarter * PI / 2, (quarter + 1) * PI / 2);
    cairo_restore(cairo);
}

static void trace_border(cairo_t *cairo, const struct yx_ofd_border *border, double width,
                         double height)
{
    double x = fmin(fmax(border->x_radius, 0), width / 2);
    double y = fmin(fmax(border->y_radius, 0), height / 2);
    cairo_new_path(cairo);
    if (x < 1e-3 || y < 1e-3) {
        cairo_rectangle(cairo, 0, 0, width, height);
        return;
    }
    trace_corner(cairo, width - x, height - y, x, y, 0);
    trace_corner(cairo, x, height - y, x, y, 1);
    trace_corner(cairo, x, y, x, y, 2);
    trace_corner(cairo, width - x, y, x, y, 3);
    cairo_close_path(cairo);
}

static yx_status draw_border(struct yx_drawing *drawing, const struct yx_ofd_object *object,
                             double alpha)
{
    const struct yx_ofd_border *border = object->as.image.border;
    const struct yx_box *box = &object->boundary;
    bool seen = false;
    YX_TRY(yx_draw_set_paint(drawing, border->paint, alpha, &seen));
    if (!seen)
        return YX_OK;
    trace_border(drawing->cairo, border, box->width, box->height);
    yx_draw_set_pen(drawing->cairo, &border->pen, 2 * (box->width + box->height));
    cairo_stroke(drawing->cairo);
    return YX_OK;
}

yx_status yx_draw_image(struct yx_drawing *drawing, const struct yx_ofd_object *object,
                        double alpha)
{
    const struct yx_ofd_image *image = &object->as.image;
    const struct yx_svg_matrix *m = &object->matrix;
    const struct yx_svg_matrix whole = {object->boundary.width,  0, 0,
                                        object->boundary.height, 0, 0};
    cairo_t *cairo = drawing->cairo;
    if (image->media != NULL) {
        cairo_save(cairo);
        yx_status status = YX_OK;
        if (image->has_matrix || yx_draw_transform(cairo, &whole))
            status = draw_picture(drawing, image, alpha);
        cairo_restore(cairo);
        if (status != YX_OK)
            return status;
    }
    if (image->border == NULL)
        return YX_OK;
    /* The border is told in the boundary's millimetres. */
    cairo_matrix_t back = {m->a, m->b, m->c, m->d, m->e, m->f};
    if (cairo_matrix_invert(&back) != CAIRO_STATUS_SUCCESS)
        return YX_OK;
    cairo_transform(cairo, &back);
    return draw_border(drawing, object, alpha);
}
