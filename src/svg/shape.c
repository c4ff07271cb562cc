/* SPDX-License-Identifier: Apache-2.0 */
/* shape.c - the basic shapes (SVG 1.1 9) and the element path, as paths. */
#include "svg/parts.h"

/* A length of an element; `*has` (may be NULL) tells whether it is given. */
static yx_status get_length(const struct yx_xml *element, const char *name, double *out, bool *has,
                            struct yx_error *err)
{
    const char *value = yx_svg_attribute(element, name);
    bool given = value != NULL && strcmp(value, "auto") != 0;
    *out = 0;
    if (has != NULL)
        *has = given;
    if (given && !yx_svg_whole_length(value, out))
        return yx_svg_fail_value(name, value, err);
    return YX_OK;
}

static yx_status get_size(const struct yx_xml *element, const char *name, double *out, bool *has,
                          struct yx_error *err)
{
    YX_TRY(get_length(element, name, out, has, err));
    return *out < 0 ? yx_svg_fail_value(name, yx_svg_attribute(element, name), err) : YX_OK;
}

static yx_status add_line(struct yx_svg *out, yx_svg_verb verb, double x, double y,
                          struct yx_error *err)
{
    return yx_svg_add(out, verb, &(struct yx_svg_point){x, y}, err);
}

static yx_status add_corner(struct yx_svg *out, struct yx_svg_point from, double rx, double ry,
                            struct yx_svg_point to, struct yx_error *err)
{
    struct yx_svg_arc arc = {.rx = rx, .ry = ry, .sweep = true};
    return yx_svg_add_arc(out, from, &arc, to, err);
}

/* --- Rectangles -------------------------------------------------------------------------- */

struct rect {
    double x, y, width, height, rx, ry;
};

static yx_status get_rect(const struct yx_xml *element, struct rect *rect, struct yx_error *err)
{
    bool has_rx, has_ry;
    YX_TRY(get_length(element, "x", &rect->x, NULL, err));
    YX_TRY(get_length(element, "y", &rect->y, NULL, err));
    YX_TRY(get_size(element, "width", &rect->width, NULL, err));
    YX_TRY(get_size(element, "height", &rect->height, NULL, err));
    YX_TRY(get_size(element, "rx", &rect->rx, &has_rx, err));
    YX_TRY(get_size(element, "ry", &rect->ry, &has_ry, err));
    rect->rx = has_rx ? rect->rx : rect->ry;
    rect->ry = has_ry ? rect->ry : rect->rx;
    rect->rx = rect->rx > rect->width / 2 ? rect->width / 2 : rect->rx;
    rect->ry = rect->ry > rect->height / 2 ? rect->height / 2 : rect->ry;
    return YX_OK;
}

static yx_status add_rounded(struct yx_svg *out, const struct rect *r, struct yx_error *err)
{
    double left = r->x, top = r->y, right = r->x + r->width, bottom = r->y + r->height;
    const struct yx_svg_point sides[4][2] = {
        {{left + r->rx, top}, {right - r->rx, top}},
        {{right, top + r->ry}, {right, bottom - r->ry}},
        {{right - r->rx, bottom}, {left + r->rx, bottom}},
        {{left, bottom - r->ry}, {left, top + r->ry}},
    };
    YX_TRY(yx_svg_add(out, YX_SVG_MOVE, &sides[0][0], err));
    for (size_t i = 0; i < 4; i++) {
        YX_TRY(yx_svg_add(out, YX_SVG_LINE, &sides[i][1], err));
        YX_TRY(add_corner(out, sides[i][1], r->rx, r->ry, sides[(i + 1) % 4][0], err));
    }
    return yx_svg_add(out, YX_SVG_CLOSE, NULL, err);
}

static yx_status outline_rect(struct yx_svg *out, const struct yx_xml *element,
                              struct yx_error *err)
{
    struct rect r = {0};
    YX_TRY(get_rect(element, &r, err));
    if (r.width <= 0 || r.height <= 0)
        return YX_OK;
    if (r.rx > 0 && r.ry > 0)
        return add_rounded(out, &r, err);
    YX_TRY(add_line(out, YX_SVG_MOVE, r.x, r.y, err));
    YX_TRY(add_line(out, YX_SVG_LINE, r.x + r.width, r.y, err));
    YX_TRY(add_line(out, YX_SVG_LINE, r.x + r.width, r.y + r.height, err));
    YX_TRY(add_line(out, YX_SVG_LINE, r.x, r.y + r.height, err));
    return yx_svg_add(out, YX_SVG_CLOSE, NULL, err);
}

/* --- Ellipses ---------------------------------------------------------------------------- */

/* From its right end clockwise, in four quarters. */
static yx_status add_ellipse(struct yx_svg *out, const struct yx_xml *element, double rx, double ry,
                             struct yx_error *err)
{
    double x, y;
    YX_TRY(get_length(element, "cx", &x, NULL, err));
    YX_TRY(get_length(element, "cy", &y, NULL, err));
    if (rx <= 0 || ry <= 0)
        return YX_OK;
    const struct yx_svg_point ends[4] = {{x + rx, y}, {x, y + ry}, {x - rx, y}, {x, y - ry}};
    YX_TRY(yx_svg_add(out, YX_SVG_MOVE, &ends[0], err));
    for (size_t i = 0; i < 4; i++)
        YX_TRY(add_corner(out, ends[i], rx, ry, ends[(i + 1) % 4], err));
    return yx_svg_add(out, YX_SVG_CLOSE, NULL, err);
}

static yx_status outline_circle(struct yx_svg *out, const struct yx_xml *element,
                                struct yx_error *err)
{
    double r;
    YX_TRY(get_size(element, "r", &r, NULL, err));
    return add_ellipse(out, element, r, r, err);
}

static yx_status outline_ellipse(struct yx_svg *out, const struct yx_xml *element,
                                 struct yx_error *err)
{
    double rx, ry;
    bool has_rx, has_ry;
    YX_TRY(get_size(element, "rx", &rx, &has_rx, err));
    YX_TRY(get_size(element, "ry", &ry, &has_ry, err));
    return add_ellipse(out, element, has_rx ? rx : ry, has_ry ? ry : rx, err);
}

/* --- Lines ------------------------------------------------------------------------------- */

static yx_status outline_line(struct yx_svg *out, const struct yx_xml *element,
                              struct yx_error *err)
{
    double x1, y1, x2, y2;
    YX_TRY(get_length(element, "x1", &x1, NULL, err));
    YX_TRY(get_length(element, "y1", &y1, NULL, err));
    YX_TRY(get_length(element, "x2", &x2, NULL, err));
    YX_TRY(get_length(element, "y2", &y2, NULL, err));
    YX_TRY(add_line(out, YX_SVG_MOVE, x1, y1, err));
    return add_line(out, YX_SVG_LINE, x2, y2, err);
}

static yx_status outline_polyline(struct yx_svg *out, const struct yx_xml *element,
                                  struct yx_error *err)
{
    const char *value = yx_svg_attribute(element, "points");
    const char *at = value == NULL ? "" : value;
    struct yx_svg_point point;
    yx_svg_verb verb = YX_SVG_MOVE;
    for (yx_svg_skip_space(&at); *at != '\0'; yx_svg_skip_comma(&at), verb = YX_SVG_LINE) {
        bool has_x = yx_svg_number(&at, &point.x);
        yx_svg_skip_comma(&at);
        if (!has_x || !yx_svg_number(&at, &point.y))
            return yx_svg_fail_value("points", value, err);
        YX_TRY(yx_svg_add(out, verb, &point, err));
    }
    return YX_OK;
}

static yx_status outline_polygon(struct yx_svg *out, const struct yx_xml *element,
                                 struct yx_error *err)
{
    size_t verbs = out->verb_bytes.len;
    YX_TRY(outline_polyline(out, element, err));
    return out->verb_bytes.len == verbs ? YX_OK : yx_svg_add(out, YX_SVG_CLOSE, NULL, err);
}

static yx_status outline_path(struct yx_svg *out, const struct yx_xml *element,
                              struct yx_error *err)
{
    const char *d = yx_svg_attribute(element, "d");
    return d == NULL ? YX_OK : yx_svg_add_path(out, d, err);
}

/* --- All of them ------------------------------------------------------------------------- */

static const struct {
    const char *name;
    yx_svg_outline *outline;
} shapes[] = {
    {"path", outline_path},       {"rect", outline_rect}, {"circle", outline_circle},
    {"ellipse", outline_ellipse}, {"line", outline_line}, {"polyline", outline_polyline},
    {"polygon", outline_polygon},
};

yx_svg_outline *yx_svg_shape_outline(const char *name)
{
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        if (strcmp(name, shapes[i].name) == 0)
            return shapes[i].outline;
    }
    return NULL;
}
