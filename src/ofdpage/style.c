/* SPDX-License-Identifier: Apache-2.0 */
/* style.c - colours and lines: drawing parameters one over the other, the object's own on top. */
#include <math.h>

#include "ofdpage/room.h"

const struct yx_ofd_style yx_ofd_plain_style = {
    .pen = {.width = 0.353,
            .cap = YX_SVG_CAP_BUTT,
            .join = YX_SVG_JOIN_MITER,
            .miter_limit = 4.234},
};

static void lay_over(struct yx_ofd_style *style, const struct yx_ofd_style *over)
{
    struct yx_svg_pen *pen = &style->pen;
    if (over->set & YX_OFD_SET_FILL)
        style->fill = over->fill;
    if (over->set & YX_OFD_SET_STROKE)
        style->stroke = over->stroke;
    if (over->set & YX_OFD_SET_WIDTH)
        pen->width = over->pen.width;
    if (over->set & YX_OFD_SET_CAP)
        pen->cap = over->pen.cap;
    if (over->set & YX_OFD_SET_JOIN)
        pen->join = over->pen.join;
    if (over->set & YX_OFD_SET_MITER)
        pen->miter_limit = over->pen.miter_limit;
    if (over->set & YX_OFD_SET_OFFSET)
        pen->dash_offset = over->pen.dash_offset;
    if (over->set & YX_OFD_SET_DASHES) {
        memcpy(pen->dashes, over->pen.dashes, sizeof pen->dashes);
        pen->dash_count = over->pen.dash_count;
    }
    style->set |= over->set;
}

struct word {
    const char *text;
    int value;
};

/* false when it is absent or another word. */
static bool read_word(const struct yx_xml *element, const char *name, const struct word *words,
                      size_t count, int *out)
{
    for (size_t i = 0; i < count; i++) {
        if (!yx_ofd_is(element, name, words[i].text))
            continue;
        *out = words[i].value;
        return true;
    }
    return false;
}

/* An odd list is told twice over; one of nothing but zeros is no list. */
static bool read_dashes(const struct yx_xml *element, struct yx_svg_pen *pen)
{
    const char *text = yx_xml_attribute(element, "DashPattern");
    double length;
    double sum = 0;
    if (text == NULL)
        return false;
    pen->dash_count = 0;
    while (pen->dash_count < YX_SVG_DASHES_MAX && yx_ofd_next_number(&text, &length)) {
        pen->dashes[pen->dash_count++] = fmax(length, 0);
        sum += fmax(length, 0);
    }
    if (pen->dash_count % 2 == 1) {
        size_t twice = pen->dash_count * 2;
        for (size_t i = pen->dash_count; i < twice && i < YX_SVG_DASHES_MAX; i++)
            pen->dashes[i] = pen->dashes[i - pen->dash_count];
        pen->dash_count = twice < YX_SVG_DASHES_MAX ? twice : YX_SVG_DASHES_MAX;
    }
    if (sum <= 0)
        pen->dash_count = 0;
    return true;
}

static void read_pen(const struct yx_xml *element, struct yx_ofd_style *own)
{
    static const struct word caps[] = {
        {"Butt", YX_SVG_CAP_BUTT}, {"Round", YX_SVG_CAP_ROUND}, {"Square", YX_SVG_CAP_SQUARE}};
    static const struct word joins[] = {
        {"Miter", YX_SVG_JOIN_MITER}, {"Round", YX_SVG_JOIN_ROUND}, {"Bevel", YX_SVG_JOIN_BEVEL}};
    struct yx_svg_pen *pen = &own->pen;
    int word = 0;
    if (yx_ofd_has_number(element, "LineWidth", &pen->width) && pen->width >= 0)
        own->set |= YX_OFD_SET_WIDTH;
    if (read_word(element, "Cap", caps, sizeof caps / sizeof caps[0], &word)) {
        pen->cap = (yx_svg_cap)word;
        own->set |= YX_OFD_SET_CAP;
    }
    if (read_word(element, "Join", joins, sizeof joins / sizeof joins[0], &word)) {
        pen->join = (yx_svg_join)word;
        own->set |= YX_OFD_SET_JOIN;
    }
    if (yx_ofd_has_number(element, "MiterLimit", &pen->miter_limit) && pen->miter_limit >= 1)
        own->set |= YX_OFD_SET_MITER;
    if (yx_ofd_has_number(element, "DashOffset", &pen->dash_offset))
        own->set |= YX_OFD_SET_OFFSET;
    if (read_dashes(element, pen))
        own->set |= YX_OFD_SET_DASHES;
}

yx_status yx_ofd_read_style(struct yx_ofd_reader *reader, const struct yx_xml *element,
                            struct yx_ofd_style *style)
{
    const struct yx_ofd_style *below[2];
    struct yx_ofd_style own = {.set = 0};
    YX_TRY(yx_ofd_find_param(reader, yx_xml_attribute(element, "Relative"), &below[0]));
    YX_TRY(yx_ofd_find_param(reader, yx_xml_attribute(element, "DrawParam"), &below[1]));
    for (size_t i = 0; i < 2; i++) {
        if (below[i] != NULL)
            lay_over(style, below[i]);
    }
    read_pen(element, &own);
    const struct yx_xml *fill = yx_xml_child(element, "FillColor");
    const struct yx_xml *stroke = yx_xml_child(element, "StrokeColor");
    if (fill != NULL) {
        YX_TRY(yx_ofd_read_paint(reader, fill, &own.fill));
        own.set |= YX_OFD_SET_FILL;
    }
    if (stroke != NULL) {
        YX_TRY(yx_ofd_read_paint(reader, stroke, &own.stroke));
        own.set |= YX_OFD_SET_STROKE;
    }
    lay_over(style, &own);
    return YX_OK;
}
