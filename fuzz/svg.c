/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/svg.c - any bytes as a drawing in SVG: what is read must hold together. */
#include <math.h>
#include <stdlib.h>

#include "svg/svg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* Every subpath begins with a move, the points are those that the verbs take, none is far away. */
static void check_path(const struct yx_svg *svg, const struct yx_svg_path *path)
{
    size_t points = 0;
    yx_svg_verb last = YX_SVG_CLOSE;
    for (size_t i = 0; i < path->verb_count; i++) {
        yx_svg_verb verb = svg->verbs[path->verb + i];
        require(verb <= YX_SVG_CLOSE && (verb == YX_SVG_MOVE || last != YX_SVG_CLOSE));
        points += yx_svg_verb_points(verb);
        last = verb;
    }
    require(points == path->point_count);
    for (size_t i = 0; i < points; i++) {
        const struct yx_svg_point *point = &svg->points[path->point + i];
        require(fabs(point->x) <= 1e7 && fabs(point->y) <= 1e7);
    }
}

static void check_shape(const struct yx_svg *svg, const struct yx_svg_shape *shape)
{
    const struct yx_svg_pen *pen = &shape->pen;
    check_path(svg, &shape->path);
    require(shape->path.verb_count > 0 && !(shape->fill.is_none && shape->stroke.is_none));
    require(shape->fill.is_none || (shape->fill.opacity > 0 && shape->fill.opacity <= 1));
    require(shape->stroke.is_none || (shape->stroke.opacity > 0 && shape->stroke.opacity <= 1));
    require(shape->stroke.is_none || (pen->width > 0 && pen->miter_limit >= 1));
    require(pen->dash_count % 2 == 0 && pen->dash_count <= YX_SVG_DASHES_MAX);
    for (size_t clip = shape->clip; clip != 0; clip = svg->clips[clip - 1].outer) {
        require(clip <= svg->clip_bytes.len / sizeof *svg->clips);
        require(svg->clips[clip - 1].outer < clip);
        check_path(svg, &svg->clips[clip - 1].path);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    YX_CLEAN(yx_svg) struct yx_svg svg = {0};
    struct yx_error err = {0};
    yx_status status = yx_svg_read(YX_BYTES(data, size), &svg, &err);
    require(status == YX_OK || (status == YX_REFUSED && err.rule != NULL && svg.shapes == NULL));
    require(status != YX_OK || (svg.width > 0 && svg.height > 0 && svg.shape_count > 0));
    for (size_t i = 0; i < svg.shape_count; i++)
        check_shape(&svg, &svg.shapes[i]);
    return 0;
}
