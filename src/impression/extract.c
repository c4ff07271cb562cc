/* SPDX-License-Identifier: Apache-2.0 */
/* extract.c - an impression taken from a scan: cut out, made upright, in one colour. */
#include <math.h>

#include "impression/parts.h"

/* Of full ink: less is paper, more is full. */
#define CLEAR 0.06f
#define SOLID 0.94f

/* From places around the middle of the new picture to places in the cut. */
struct stand {
    struct warp warp;
    double width, height; /* of the upright seal */
    double turned;        /* radians */
    bool is_upright;
};

static struct stand stand_level(const struct shape *shape)
{
    return (struct stand){.warp = warp_turn((struct point){0, 0}, shape->centre, shape->angle, 1),
                          .width = shape->width,
                          .height = shape->height,
                          .turned = shape->angle,
                          .is_upright = true};
}

/* The circle that is seen as this ellipse: first along its axes, back to the picture's after. */
static struct stand stand_round(const struct cut *cut)
{
    static const struct point none = {0, 0};
    const struct shape *shape = &cut->shape;
    double side = shape_side(shape);
    struct stand stand = {.width = side, .height = side};
    struct warp along = warp_turn(none, none, -shape->angle, 1);
    struct warp press = {shape->width / side, 0, 0, shape->height / side, 0, 0};
    struct warp back = warp_turn(none, shape->centre, shape->angle, 1);
    struct warp pressed = warp_join(&press, &along);
    struct warp pixels = warp_join(&back, &pressed);
    struct warp grow = warp_turn(none, none, 0, side / 2);
    struct warp circle = warp_join(&pixels, &grow);
    stand.is_upright = find_up(cut, &circle, &stand.turned);
    struct warp turn = warp_turn(none, none, stand.is_upright ? stand.turned : 0, 1);
    stand.warp = warp_join(&pixels, &turn);
    return stand;
}

/* One colour, and how much of it. */
static yx_status paint(const struct plane *ink, const struct rgb *colour, struct yx_raster *out,
                       struct yx_error *err)
{
    YX_TRY(yx_raster_start(out, ink->width, ink->height, err));
    for (size_t i = 0; i < plane_size(ink); i++) {
        float cover = (ink->at[i] - CLEAR) / (SOLID - CLEAR);
        cover = cover < 0 ? 0 : cover > 1 ? 1 : cover;
        for (int k = 0; k < 3; k++)
            out->rgba.data[4 * i + k] = (uint8_t)(colour->part[k] * UINT8_MAX + 0.5f);
        out->rgba.data[4 * i + 3] = (uint8_t)(cover * UINT8_MAX + 0.5f);
    }
    return YX_OK;
}

static yx_status draw(const struct cut *cut, const struct stand *stand, struct yx_raster *out,
                      struct yx_error *err)
{
    YX_CLEAN(plane) struct plane ink = {0};
    double edge = 2 + shape_side(&cut->shape) / 200;
    uint32_t width = (uint32_t)(stand->width + 2 * edge);
    uint32_t height = (uint32_t)(stand->height + 2 * edge);
    struct point middle = {(width - 1) / 2.0, (height - 1) / 2.0};
    struct warp centre = warp_turn(middle, (struct point){0, 0}, 0, 1);
    struct warp warp = warp_join(&stand->warp, &centre);
    YX_TRY(plane_start(&ink, width, height, err));
    YX_TRY(plane_warp(&cut->ink, &warp, &ink, err));
    return paint(&ink, &cut->colour, out, err);
}

static void tell(const struct cut *cut, const struct stand *stand, const struct place *place,
                 double dpi, double size, struct yx_extracted *about)
{
    static const yx_impression_shape shapes[] = {[SHAPE_ROUND] = YX_IMPRESSION_ROUND,
                                                 [SHAPE_OVAL] = YX_IMPRESSION_OVAL,
                                                 [SHAPE_SQUARE] = YX_IMPRESSION_SQUARE};
    double side = fmax(stand->width, stand->height);
    about->shape = shapes[cut->shape.kind];
    about->left = place->left;
    about->top = place->top;
    about->right = place->right;
    about->bottom = place->bottom;
    about->size = size > 0 ? size : dpi > 0 ? side / dpi * 25.4 : 0;
    about->dpi = about->size > 0 ? side / about->size * 25.4 : 0;
    about->turned = stand->is_upright ? stand->turned * 180 / PI : 0;
    about->is_upright = stand->is_upright;
    about->red = (uint8_t)(cut->colour.part[0] * UINT8_MAX + 0.5f);
    about->green = (uint8_t)(cut->colour.part[1] * UINT8_MAX + 0.5f);
    about->blue = (uint8_t)(cut->colour.part[2] * UINT8_MAX + 0.5f);
}

yx_status yx_raster_extract(const struct yx_raster *scan, double dpi,
                            const struct yx_extract_request *request, struct yx_raster *out,
                            struct yx_extracted *about, struct yx_error *err)
{
    YX_CLEAN(paper) struct paper paper = {0};
    YX_CLEAN(places) struct places places = {0};
    YX_CLEAN(cut) struct cut cut = {0};
    const struct pixel at = {request->x, request->y};
    const struct place *place;
    YX_TRY(paper_read(scan, &paper, err));
    YX_TRY(places_find(&paper, INK_RED, dpi, &places, err));
    YX_TRY(place_choose(&places, request->has_point ? &at : NULL, &place, err));
    YX_TRY(cut_place(&paper, INK_RED, &places, place, &cut, err));
    struct stand stand =
        cut.shape.kind == SHAPE_ROUND ? stand_round(&cut) : stand_level(&cut.shape);
    YX_TRY(draw(&cut, &stand, out, err));
    *about = (struct yx_extracted){.width = out->width, .height = out->height};
    about->others = (unsigned)places.count - 1;
    tell(&cut, &stand, place, dpi, request->size, about);
    return YX_OK;
}
