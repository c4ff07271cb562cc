/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drawing.c - a drawing of painted paths as the operators of a form XObject (ISO 32000-1 8.5). Like
 * an image it fills the unit square, so that whoever shows it need not know which of the two it is.
 * It is a transparency group: the seal as a whole, not each of its shapes, is then mixed with what
 * lies below.
 */
#include <math.h>

#include "pdf/image.h"

#define CONTENT_MAX ((size_t)32 * 1024 * 1024)

/* Opacities are written in thousandths, each as a graphics state of its own. */
enum { OPAQUE = 1000 };

struct drawer {
    const struct yx_svg *svg;
    struct yx_buf *out;
    size_t clip; /* what the open q stands for; 0: none is open */
    bool fills[OPAQUE], strokes[OPAQUE];
};

/* --- Numbers ------------------------------------------------------------------------------ */

/* Seven digits that count, and a space: a small drawing made large must keep its shape. */
static yx_status put_number(struct yx_buf *out, double number)
{
    int decimals = 6;
    double size = fabs(number), power = 1;
    while (size >= 10 && decimals > 0) {
        size /= 10;
        decimals--;
    }
    while (size < 1 && decimals < 12) {
        size *= 10;
        decimals++;
    }
    for (int i = 0; i < decimals; i++)
        power *= 10;
    long long scaled = llround(fabs(number) * power), unit = (long long)power;
    long long whole = scaled / unit, rest = scaled % unit;
    YX_TRY(yx_buf_printf(out, "%s%lld", number < 0 && scaled != 0 ? "-" : "", whole));
    for (; rest != 0 && rest % 10 == 0; rest /= 10)
        decimals--;
    return rest == 0 ? yx_buf_append_text(out, " ")
                     : yx_buf_printf(out, ".%0*lld ", decimals, rest);
}

static yx_status put_all(struct yx_buf *out, const double *numbers, size_t count, const char *after)
{
    for (size_t i = 0; i < count; i++)
        YX_TRY(put_number(out, numbers[i]));
    return yx_buf_append_text(out, after);
}

static yx_status put_matrix(struct yx_buf *out, const struct yx_svg_matrix *m)
{
    const double numbers[6] = {m->a, m->b, m->c, m->d, m->e, m->f};
    return put_all(out, numbers, 6, "cm\n");
}

/* --- Paths -------------------------------------------------------------------------------- */

static yx_status put_path(const struct drawer *drawer, const struct yx_svg_path *path)
{
    static const char *const operators[] = {[YX_SVG_MOVE] = "m\n",
                                            [YX_SVG_LINE] = "l\n",
                                            [YX_SVG_CURVE] = "c\n",
                                            [YX_SVG_CLOSE] = "h\n"};
    const struct yx_svg_point *point = drawer->svg->points + path->point;
    for (size_t i = 0; i < path->verb_count; i++) {
        yx_svg_verb verb = drawer->svg->verbs[path->verb + i];
        for (size_t left = yx_svg_verb_points(verb); left > 0; left--, point++) {
            YX_TRY(put_number(drawer->out, point->x));
            YX_TRY(put_number(drawer->out, point->y));
        }
        YX_TRY(yx_buf_append_text(drawer->out, operators[verb]));
    }
    return YX_OK;
}

static yx_status put_clip(const struct drawer *drawer, size_t number)
{
    if (number == 0)
        return YX_OK;
    const struct yx_svg_clip *clip = &drawer->svg->clips[number - 1];
    YX_TRY(put_clip(drawer, clip->outer));
    YX_TRY(put_path(drawer, &clip->path));
    return yx_buf_append_text(drawer->out, clip->even_odd ? "W* n\n" : "W n\n");
}

/* Shapes that follow each other behind the same clip share it. */
static yx_status change_clip(struct drawer *drawer, size_t number)
{
    if (number == drawer->clip)
        return YX_OK;
    if (drawer->clip != 0)
        YX_TRY(yx_buf_append_text(drawer->out, "Q\n"));
    drawer->clip = number;
    if (number == 0)
        return YX_OK;
    YX_TRY(yx_buf_append_text(drawer->out, "q\n"));
    return put_clip(drawer, number);
}

/* --- Paint -------------------------------------------------------------------------------- */

static yx_status put_paint(struct drawer *drawer, const struct yx_svg_paint *paint, char state,
                           const char *operator, bool * used)
{
    const double rgb[3] = {paint->red / 255.0, paint->green / 255.0, paint->blue / 255.0};
    long opacity = lround(paint->opacity * OPAQUE);
    YX_TRY(put_all(drawer->out, rgb, 3, operator));
    if (opacity >= OPAQUE)
        return YX_OK;
    used[opacity] = true;
    return yx_buf_printf(drawer->out, "/%c%ld gs\n", state, opacity);
}

/* The caps and joins of SVG have in PDF the same numbers. */
static yx_status put_pen(struct yx_buf *out, const struct yx_svg_pen *pen)
{
    YX_TRY(put_all(out, &pen->width, 1, "w "));
    YX_TRY(yx_buf_printf(out, "%d J %d j ", (int)pen->cap, (int)pen->join));
    YX_TRY(put_all(out, &pen->miter_limit, 1, "M\n"));
    if (pen->dash_count == 0)
        return YX_OK;
    YX_TRY(yx_buf_append_text(out, "[ "));
    YX_TRY(put_all(out, pen->dashes, pen->dash_count, "] "));
    return put_all(out, &pen->dash_offset, 1, "d\n");
}

/* A stroke that lets through shows the fill below it, which one operator for both would not. */
static yx_status put_painted(const struct drawer *drawer, const struct yx_svg_shape *shape)
{
    const char *fill = shape->even_odd ? "f*\n" : "f\n";
    const char *both = shape->even_odd ? "B*\n" : "B\n";
    YX_TRY(put_path(drawer, &shape->path));
    if (shape->stroke.is_none)
        return yx_buf_append_text(drawer->out, fill);
    if (shape->fill.is_none)
        return yx_buf_append_text(drawer->out, "S\n");
    if (lround(shape->stroke.opacity * OPAQUE) >= OPAQUE)
        return yx_buf_append_text(drawer->out, both);
    YX_TRY(yx_buf_append_text(drawer->out, fill));
    YX_TRY(put_path(drawer, &shape->path));
    return yx_buf_append_text(drawer->out, "S\n");
}

static yx_status put_shape(struct drawer *drawer, const struct yx_svg_shape *shape)
{
    YX_TRY(change_clip(drawer, shape->clip));
    YX_TRY(yx_buf_append_text(drawer->out, "q\n"));
    YX_TRY(put_matrix(drawer->out, &shape->matrix));
    if (!shape->fill.is_none)
        YX_TRY(put_paint(drawer, &shape->fill, 'F', "rg\n", drawer->fills));
    if (!shape->stroke.is_none) {
        YX_TRY(put_paint(drawer, &shape->stroke, 'S', "RG\n", drawer->strokes));
        YX_TRY(put_pen(drawer->out, &shape->pen));
    }
    YX_TRY(put_painted(drawer, shape));
    return yx_buf_append_text(drawer->out, "Q\n");
}

/* --- All of it ---------------------------------------------------------------------------- */

static yx_status put_shapes(struct drawer *drawer, struct yx_error *err)
{
    const struct yx_svg *svg = drawer->svg;
    const struct yx_svg_matrix square = {1 / svg->width, 0, 0, -1 / svg->height, 0, 1};
    yx_status status = put_matrix(drawer->out, &square);
    for (size_t i = 0; status == YX_OK && i < svg->shape_count; i++) {
        status = put_shape(drawer, &svg->shapes[i]);
        YX_REQUIRE(drawer->out->len <= CONTENT_MAX, err, YX_REFUSED, "SVG 1.1",
                   N_("the SVG would be more than {1} bytes in a PDF; make it simpler"),
                   YX_NUM(CONTENT_MAX));
    }
    if (status == YX_OK)
        status = change_clip(drawer, 0);
    return status == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status put_states(struct yx_buf *out, const bool *used, char state, const char *key)
{
    for (int opacity = 0; opacity < OPAQUE; opacity++) {
        if (used[opacity])
            YX_TRY(yx_buf_printf(out, "/%c%d << /%s 0.%03d >> ", state, opacity, key, opacity));
    }
    return YX_OK;
}

static yx_status put_entries(const struct drawer *drawer, struct yx_buf *out)
{
    YX_TRY(yx_buf_append_text(out, "/Type /XObject /Subtype /Form /BBox [ 0 0 1 1 ] /Group << "
                                   "/Type /Group /S /Transparency /CS /DeviceRGB /I true >> "
                                   "/Resources << /ExtGState << "));
    YX_TRY(put_states(out, drawer->fills, 'F', "ca"));
    YX_TRY(put_states(out, drawer->strokes, 'S', "CA"));
    return yx_buf_append_text(out, ">> >>");
}

yx_status yx_drawing_write(const struct yx_svg *svg, struct yx_buf *content, struct yx_buf *entries,
                           struct yx_error *err)
{
    struct drawer drawer = {.svg = svg, .out = content};
    YX_TRY(put_shapes(&drawer, err));
    return put_entries(&drawer, entries) == YX_OK ? YX_OK : yx_fail_memory(err);
}
