/* SPDX-License-Identifier: Apache-2.0 */
/* shading.c - colours that run: along an axis, between circles, over triangles. */
#include <math.h>

#include "ofdpage/room.h"

static size_t count_of(const struct yx_xml *element)
{
    size_t count = 0;
    for (; element != NULL; element = yx_xml_next(element))
        count++;
    return count;
}

/* --- Gradients --------------------------------------------------------------------------- */

/* Without positions, the stops lie evenly. */
static yx_status read_stops(struct yx_ofd_reader *reader, const struct yx_xml *element,
                            struct yx_ofd_gradient *out)
{
    const struct yx_xml *at = yx_xml_child(element, "Segment");
    size_t count = count_of(at);
    struct yx_ofd_stop *stops = yx_arena_calloc(reader->arena, count + 1, sizeof *stops);
    if (stops == NULL)
        return yx_ofd_fail_arena(reader->arena, reader->err);
    double last = 0;
    for (size_t i = 0; at != NULL; at = yx_xml_next(at), i++) {
        double even = count > 1 ? (double)i / (double)(count - 1) : 0;
        last = fmin(fmax(yx_ofd_number_or(at, "Position", even), last), 1);
        stops[i].position = last;
        const struct yx_xml *colour = yx_xml_child(at, "Color");
        stops[i].colour = (struct yx_ofd_colour){.space = &yx_ofd_rgb, .alpha = 1};
        if (colour != NULL)
            YX_TRY(yx_ofd_read_colour(reader, colour, &stops[i].colour));
    }
    out->stops = stops;
    out->stop_count = count;
    return YX_OK;
}

static yx_ofd_map read_map(const struct yx_xml *element)
{
    if (yx_ofd_is(element, "MapType", "Repeat"))
        return YX_OFD_MAP_REPEAT;
    if (yx_ofd_is(element, "MapType", "Reflect"))
        return YX_OFD_MAP_REFLECT;
    return YX_OFD_MAP_DIRECT;
}

yx_status yx_ofd_read_gradient(struct yx_ofd_reader *reader, const struct yx_xml *element,
                               bool radial, struct yx_ofd_paint *out)
{
    struct yx_ofd_gradient *gradient = &out->as.gradient;
    bool placed = yx_ofd_has_point(element, "StartPoint", &gradient->start);
    placed = yx_ofd_has_point(element, "EndPoint", &gradient->end) && placed;
    out->kind = radial ? YX_OFD_PAINT_RADIAL : YX_OFD_PAINT_AXIAL;
    gradient->start_radius = fmax(yx_ofd_number_or(element, "StartRadius", 0), 0);
    gradient->end_radius = fmax(yx_ofd_number_or(element, "EndRadius", 0), 0);
    gradient->eccentricity = fmin(fmax(yx_ofd_number_or(element, "Eccentricity", 0), 0), 0.9999);
    gradient->angle = yx_ofd_number_or(element, "Angle", 0);
    gradient->map = read_map(element);
    gradient->unit = fmax(yx_ofd_number_or(element, "MapUnit", 0), 0);
    int extend = (int)yx_ofd_number_or(element, "Extend", 0);
    gradient->extend_start = extend & 1;
    gradient->extend_end = extend & 2;
    if (placed)
        return read_stops(reader, element, gradient);
    yx_ofd_find(reader->book, N_("a gradient has no place; it is left out"));
    return YX_OK;
}

/* --- Triangles --------------------------------------------------------------------------- */

static yx_status read_corner(struct yx_ofd_reader *reader, const struct yx_xml *element,
                             struct yx_ofd_corner *out)
{
    const struct yx_xml *colour = yx_xml_child(element, "Color");
    out->point.x = yx_ofd_number_or(element, "X", 0);
    out->point.y = yx_ofd_number_or(element, "Y", 0);
    out->colour = (struct yx_ofd_colour){.space = &yx_ofd_rgb, .alpha = 1};
    return colour == NULL ? YX_OK : yx_ofd_read_colour(reader, colour, &out->colour);
}

static void add_triangle(struct yx_ofd_corner *out, size_t *count, const struct yx_ofd_corner *a,
                         const struct yx_ofd_corner *b, const struct yx_ofd_corner *c)
{
    struct yx_ofd_corner *triangle = &out[*count * 3];
    triangle[0] = *a;
    triangle[1] = *b;
    triangle[2] = *c;
    *count += 1;
}

/* Flag 0: three points make a triangle; 1 and 2: one point more, on the last triangle's side from
 * its second corner or from its first to its third. */
static void join_by_flags(const struct yx_ofd_corner *points, const uint8_t *flags, size_t count,
                          struct yx_ofd_corner *out, size_t *triangles)
{
    for (size_t i = 0; i < count;) {
        const struct yx_ofd_corner *last = *triangles > 0 ? &out[(*triangles - 1) * 3] : NULL;
        if (flags[i] == 0 || last == NULL) {
            if (i + 3 > count)
                return;
            add_triangle(out, triangles, &points[i], &points[i + 1], &points[i + 2]);
            i += 3;
            continue;
        }
        add_triangle(out, triangles, flags[i] == 1 ? &last[1] : &last[0], &last[2], &points[i]);
        i++;
    }
}

static void join_lattice(const struct yx_ofd_corner *points, size_t count, size_t per_row,
                         struct yx_ofd_corner *out, size_t *triangles)
{
    for (size_t i = 0; i + per_row + 1 < count; i++) {
        if (i % per_row == per_row - 1)
            continue;
        const struct yx_ofd_corner *upper = &points[i], *lower = &points[i + per_row];
        add_triangle(out, triangles, &upper[0], &upper[1], &lower[0]);
        add_triangle(out, triangles, &upper[1], &lower[0], &lower[1]);
    }
}

static yx_status read_back(struct yx_ofd_reader *reader, const struct yx_xml *element,
                           struct yx_ofd_mesh *out)
{
    const struct yx_xml *back = yx_xml_child(element, "BackColor");
    struct yx_ofd_colour *colour;
    if (back == NULL)
        return YX_OK;
    YX_OFD_NEW(reader, colour);
    YX_TRY(yx_ofd_read_colour(reader, back, colour));
    out->back = colour;
    return YX_OK;
}

yx_status yx_ofd_read_mesh(struct yx_ofd_reader *reader, const struct yx_xml *element, bool lattice,
                           struct yx_ofd_paint *out)
{
    struct yx_ofd_mesh *mesh = &out->as.mesh;
    const struct yx_xml *at = yx_xml_child(element, "Point");
    size_t count = count_of(at);
    double per_row = yx_ofd_number_or(element, "VerticesPerRow", 0);
    out->kind = YX_OFD_PAINT_MESH;
    /* A point makes at most two triangles. */
    struct yx_ofd_corner *points = yx_arena_calloc(reader->arena, count + 1, sizeof *points);
    uint8_t *flags = yx_arena_calloc(reader->arena, count + 1, 1);
    struct yx_ofd_corner *corners = yx_arena_calloc(reader->arena, count * 6 + 1, sizeof *corners);
    if (points == NULL || flags == NULL || corners == NULL)
        return yx_ofd_fail_arena(reader->arena, reader->err);
    for (size_t i = 0; at != NULL; at = yx_xml_next(at), i++) {
        YX_TRY(read_corner(reader, at, &points[i]));
        flags[i] = (uint8_t)fmin(fmax(yx_ofd_number_or(at, "EdgeFlag", 0), 0), 2);
    }
    if (!lattice)
        join_by_flags(points, flags, count, corners, &mesh->triangle_count);
    else if (per_row >= 2 && per_row <= (double)count)
        join_lattice(points, count, (size_t)per_row, corners, &mesh->triangle_count);
    mesh->corners = corners;
    return read_back(reader, element, mesh);
}
