/* SPDX-License-Identifier: Apache-2.0 */
/* svg.c - the drawing as data: verbs and points, added within their limits. */
#include <math.h>

#include "svg/parts.h"

void yx_svg_free(struct yx_svg *svg)
{
    yx_buf_free(&svg->verb_bytes);
    yx_buf_free(&svg->point_bytes);
    yx_buf_free(&svg->shape_bytes);
    yx_buf_free(&svg->clip_bytes);
    *svg = (struct yx_svg){0};
}

size_t yx_svg_verb_points(yx_svg_verb verb)
{
    static const uint8_t points[] = {
        [YX_SVG_MOVE] = 1, [YX_SVG_LINE] = 1, [YX_SVG_CURVE] = 3, [YX_SVG_CLOSE] = 0};
    return points[verb];
}

/* Relative commands and curves may lead a little beyond what a single number may be. */
static bool is_near(const struct yx_svg_point *point)
{
    return fabs(point->x) <= 10 * YX_SVG_NUMBER_MAX && fabs(point->y) <= 10 * YX_SVG_NUMBER_MAX;
}

yx_status yx_svg_add(struct yx_svg *out, yx_svg_verb verb, const struct yx_svg_point *points,
                     struct yx_error *err)
{
    const uint8_t byte = (uint8_t)verb;
    size_t count = yx_svg_verb_points(verb);
    for (size_t i = 0; i < count; i++)
        YX_REQUIRE(is_near(&points[i]), err, YX_REFUSED, "SVG 1.1",
                   N_("the SVG draws farther from its origin than {1} units"),
                   YX_NUM(10 * YX_SVG_NUMBER_MAX));
    /* A close counts too, or nothing would stop them. */
    YX_REQUIRE(out->verb_bytes.len < YX_SVG_POINTS_MAX &&
                   out->point_bytes.len / sizeof *points + count <= YX_SVG_POINTS_MAX,
               err, YX_REFUSED, "SVG 1.1", N_("the SVG's paths have more than {1} points"),
               YX_NUM(YX_SVG_POINTS_MAX));
    if (yx_buf_append(&out->verb_bytes, YX_BYTES(&byte, 1)) != YX_OK ||
        (count > 0 &&
         yx_buf_append(&out->point_bytes, YX_BYTES(points, count * sizeof *points)) != YX_OK))
        return yx_fail_memory(err);
    return YX_OK;
}

struct yx_svg_path yx_svg_path_begin(const struct yx_svg *out)
{
    return (struct yx_svg_path){.verb = out->verb_bytes.len,
                                .point = out->point_bytes.len / sizeof(struct yx_svg_point)};
}

void yx_svg_path_end(const struct yx_svg *out, struct yx_svg_path *path)
{
    path->verb_count = out->verb_bytes.len - path->verb;
    path->point_count = out->point_bytes.len / sizeof(struct yx_svg_point) - path->point;
}
