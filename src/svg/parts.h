/* SPDX-License-Identifier: Apache-2.0 */
/*
 * svg/parts.h - what the files of svg/ share and nobody else sees. read.c walks the tree; check.c
 * looks it over before; style.c knows the properties and sheet.c the classes; shape.c, path.c and
 * arc.c make paths; transform.c, colour.c and number.c read values.
 */
#ifndef SVG_PARTS_H
#define SVG_PARTS_H

#include "svg/svg.h"
#include "xml/xml.h"

#define YX_SVG_PI 3.14159265358979323846

/* --- Values (number.c, colour.c, transform.c) -------------------------------------------- */

/* Every number lies between -YX_SVG_NUMBER_MAX and YX_SVG_NUMBER_MAX. */
#define YX_SVG_NUMBER_MAX 1e6

/* "the SVG's d is M0,0LX, which is not understood". */
yx_status yx_svg_fail_value(const char *name, const char *value, struct yx_error *err);

/* The arena gave nothing: refused when its limit is reached. */
yx_status yx_svg_fail_arena(const struct yx_arena *arena, struct yx_error *err);

void yx_svg_skip_space(const char **at);
/* White space with at most one comma in it. */
void yx_svg_skip_comma(const char **at);
/* A number at the very place, in any locale; false when there is none that we take. */
bool yx_svg_number(const char **at, double *out);
/* A number with a unit of absolute length, or none, as user units (96 to the inch). */
bool yx_svg_length(const char **at, double *out);
/* The same when the whole value is one. */
bool yx_svg_whole_number(const char *value, double *out);
bool yx_svg_whole_length(const char *value, double *out);

/* #rgb, #rrggbb, rgb() and names. Leaves the opacity alone. */
bool yx_svg_colour(const char *value, struct yx_svg_paint *out);

/* A list of transforms. */
yx_status yx_svg_transform(const char *value, struct yx_svg_matrix *out, struct yx_error *err);

/* --- Elements ---------------------------------------------------------------------------- */

/* An attribute of SVG itself, not of another namespace; NULL when there is none. */
const char *yx_svg_attribute(const struct yx_xml *element, const char *name);
/* Is the element of another namespace, whose meaning is for others? */
bool yx_svg_is_foreign(const struct yx_xml *element);
/* YX_REFUSED for anything active or outside the file, wherever it stands (check.c). */
yx_status yx_svg_check(const struct yx_xml *root, struct yx_error *err);

/* --- Paths (svg.c, path.c, arc.c, shape.c) ----------------------------------------------- */

/* A path that begins where the drawing ends, and its end. */
struct yx_svg_path yx_svg_path_begin(const struct yx_svg *out);
void yx_svg_path_end(const struct yx_svg *out, struct yx_svg_path *path);

/* Path data: the attribute d. */
yx_status yx_svg_add_path(struct yx_svg *out, const char *d, struct yx_error *err);

/* Appends what a path, rect, circle ... is. An empty one is no error. */
typedef yx_status yx_svg_outline(struct yx_svg *out, const struct yx_xml *element,
                                 struct yx_error *err);
/* NULL: the element is no shape. */
yx_svg_outline *yx_svg_shape_outline(const char *name);

/* --- Style (sheet.c, style.c) ------------------------------------------------------------ */

/* Rules of one class each, in the order in which they apply. */
struct yx_svg_rule {
    const char *name; /* of the class */
    const char *declarations;
    struct yx_svg_rule *next;
};
struct yx_svg_sheet {
    struct yx_svg_rule *first, *last;
    size_t count;
    size_t text; /* bytes */
};
/* Adds the rules of all `style` elements below. */
yx_status yx_svg_sheet_read(const struct yx_xml *root, struct yx_arena *arena,
                            struct yx_svg_sheet *sheet, struct yx_error *err);

typedef enum { YX_SVG_SOURCE_NONE, YX_SVG_SOURCE_COLOUR, YX_SVG_SOURCE_CURRENT } yx_svg_source;
struct yx_svg_ink {
    yx_svg_source source;
    struct yx_svg_paint paint; /* colour, and opacity from 0 on */
};
struct yx_svg_style {
    /* inherited */
    struct yx_svg_ink fill, stroke;
    struct yx_svg_paint colour; /* what currentColor means */
    bool even_odd, clip_even_odd;
    struct yx_svg_pen pen;
    bool is_hidden;
    /* the element's own */
    bool has_no_display;
    double opacity;
    const char *clip; /* "url(#a)", or NULL */
};
struct yx_svg_style yx_svg_style_start(void);
/* What the element's attributes, classes and style attribute say, over what it inherits. */
yx_status yx_svg_style_apply(const struct yx_xml *element, const struct yx_svg_sheet *sheet,
                             struct yx_arena *arena, struct yx_svg_style *style,
                             struct yx_error *err);

#endif
