/* SPDX-License-Identifier: Apache-2.0 */
/* object.c - the objects of layers, blocks, composites and patterns. */
#include "ofdpage/room.h"

static const struct yx_svg_matrix identity = {1, 0, 0, 1, 0, 0};

/* --- Pens and paints --------------------------------------------------------------------- */

static bool are_same_dashes(const struct yx_svg_pen *a, const struct yx_svg_pen *b)
{
    if (a->dash_count != b->dash_count || a->dash_offset != b->dash_offset)
        return false;
    for (size_t i = 0; i < a->dash_count; i++)
        if (a->dashes[i] != b->dashes[i])
            return false;
    return true;
}

static bool is_same(const struct yx_svg_pen *a, const struct yx_svg_pen *b)
{
    return a->width == b->width && a->cap == b->cap && a->join == b->join &&
           a->miter_limit == b->miter_limit && are_same_dashes(a, b);
}

/* Neighbours mostly share a pen. */
static yx_status keep_pen(struct yx_ofd_reader *reader, const struct yx_svg_pen *pen,
                          const struct yx_svg_pen **out)
{
    struct yx_svg_pen *kept;
    *out = reader->last_pen;
    if (reader->last_pen != NULL && is_same(reader->last_pen, pen))
        return YX_OK;
    YX_OFD_NEW(reader, kept);
    *kept = *pen;
    *out = reader->last_pen = kept;
    return YX_OK;
}

static const struct yx_ofd_paint black = {
    .kind = YX_OFD_PAINT_PLAIN, .alpha = 1, .as.plain = {.space = &yx_ofd_rgb, .alpha = 1}};

/* Text is filled with black and paths are stroked with it, when nothing else is said. */
static yx_status read_paints(struct yx_ofd_reader *reader, const struct yx_xml *element,
                             struct yx_ofd_object *out)
{
    bool is_text = out->kind == YX_OFD_TEXT;
    struct yx_ofd_style style = *reader->style;
    YX_TRY(yx_ofd_read_style(reader, element, &style));
    if (yx_ofd_flag(element, "Fill", is_text))
        out->fill = style.set & YX_OFD_SET_FILL ? style.fill : is_text ? &black : NULL;
    if (yx_ofd_flag(element, "Stroke", !is_text))
        out->stroke = style.set & YX_OFD_SET_STROKE ? style.stroke : is_text ? NULL : &black;
    return keep_pen(reader, &style.pen, &out->pen);
}

/* --- Kinds ------------------------------------------------------------------------------- */

static yx_status read_text(struct yx_ofd_reader *reader, const struct yx_xml *element,
                           struct yx_ofd_object *out, bool *seen)
{
    YX_TRY(read_paints(reader, element, out));
    if (out->fill == NULL && out->stroke == NULL)
        return YX_OK;
    return yx_ofd_read_text(reader, element, &out->as.text, seen);
}

static yx_status read_path(struct yx_ofd_reader *reader, const struct yx_xml *element,
                           struct yx_ofd_object *out, bool *seen)
{
    YX_TRY(read_paints(reader, element, out));
    if (out->fill == NULL && out->stroke == NULL)
        return YX_OK;
    YX_TRY(yx_ofd_read_outline(reader, element, &out->as.path));
    *seen = out->as.path.verb_count > 0;
    return YX_OK;
}

static yx_status read_border(struct yx_ofd_reader *reader, const struct yx_xml *element,
                             const struct yx_ofd_border **out)
{
    const struct yx_xml *border = yx_xml_child(element, "Border");
    struct yx_ofd_border *read;
    if (border == NULL)
        return YX_OK;
    YX_OFD_NEW(reader, read);
    struct yx_ofd_style style = yx_ofd_plain_style;
    YX_TRY(yx_ofd_read_style(reader, border, &style));
    read->pen = style.pen;
    read->paint = &black;
    read->x_radius = yx_ofd_number_or(border, "HorizonalCornerRadius", 0);
    read->y_radius = yx_ofd_number_or(border, "VerticalCornerRadius", 0);
    const struct yx_xml *colour = yx_xml_child(border, "BorderColor");
    if (colour != NULL)
        YX_TRY(yx_ofd_read_paint(reader, colour, &read->paint));
    *out = read;
    return YX_OK;
}

static yx_status read_image(struct yx_ofd_reader *reader, const struct yx_xml *element,
                            struct yx_ofd_object *out, bool *seen)
{
    struct yx_ofd_image *image = &out->as.image;
    image->has_matrix = yx_xml_attribute(element, "CTM") != NULL;
    YX_TRY(yx_ofd_find_media(reader, yx_xml_attribute(element, "ResourceID"), &image->media));
    if (image->media == NULL)
        YX_TRY(yx_ofd_find_media(reader, yx_xml_attribute(element, "Substitution"), &image->media));
    YX_TRY(yx_ofd_find_media(reader, yx_xml_attribute(element, "ImageMask"), &image->mask));
    YX_TRY(read_border(reader, element, &image->border));
    *seen = image->media != NULL || image->border != NULL;
    return YX_OK;
}

static yx_status read_composite(struct yx_ofd_reader *reader, const struct yx_xml *element,
                                struct yx_ofd_object *out, bool *seen)
{
    YX_TRY(yx_ofd_find_unit(reader, yx_xml_attribute(element, "ResourceID"), &out->as.composite));
    *seen = out->as.composite != NULL;
    return YX_OK;
}

struct kind {
    const char *name;
    yx_ofd_object_kind kind;
    yx_status (*read)(struct yx_ofd_reader *reader, const struct yx_xml *element,
                      struct yx_ofd_object *out, bool *seen);
};
static const struct kind kinds[] = {
    {"TextObject", YX_OFD_TEXT, read_text},
    {"PathObject", YX_OFD_PATH, read_path},
    {"ImageObject", YX_OFD_IMAGE, read_image},
    {"CompositeObject", YX_OFD_COMPOSITE, read_composite},
};

/* --- Objects ----------------------------------------------------------------------------- */

static bool is_placed(struct yx_ofd_reader *reader, const struct yx_xml *element,
                      struct yx_ofd_object *out)
{
    out->matrix = identity;
    bool good = yx_ofd_has_box(element, "Boundary", &out->boundary) &&
                (yx_xml_attribute(element, "CTM") == NULL ||
                 yx_ofd_has_matrix(element, "CTM", &out->matrix));
    if (!good) {
        const char *id = yx_xml_attribute(element, "ID");
        yx_ofd_find(reader->book, N_("the object {1} has no proper place; it is not drawn"),
                    id == NULL ? "" : id);
    }
    return good;
}

/* *out is moved behind the object when it is to be seen. */
static yx_status read_object(struct yx_ofd_reader *reader, const struct yx_xml *element,
                             const struct kind *kind, const struct yx_ofd_object ***end)
{
    struct yx_ofd_object *object;
    bool seen = false;
    double alpha = yx_ofd_alpha(element);
    if (alpha <= 0)
        return YX_OK;
    YX_OFD_NEW(reader, object);
    object->kind = kind->kind;
    object->alpha = alpha;
    if (!is_placed(reader, element, object))
        return YX_OK;
    YX_TRY(kind->read(reader, element, object, &seen));
    if (!seen)
        return YX_OK;
    YX_TRY(yx_ofd_read_clips(reader, element, object));
    **end = object;
    *end = &object->next;
    return YX_OK;
}

/* Blocks in blocks: the depth of XML limits the recursion. */
static yx_status read_block(struct yx_ofd_reader *reader, const struct yx_xml *block,
                            const struct yx_ofd_object ***end)
{
    for (const struct yx_xml *at = block->first; at != NULL; at = at->next) {
        if (!yx_ofd_flag(at, "Visible", true))
            continue;
        if (strcmp(at->name, "PageBlock") == 0)
            YX_TRY(read_block(reader, at, end));
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
            if (strcmp(kinds[i].name, at->name) == 0)
                YX_TRY(read_object(reader, at, &kinds[i], end));
        }
    }
    return YX_OK;
}

yx_status yx_ofd_read_objects(struct yx_ofd_reader *reader, const struct yx_xml *block,
                              const struct yx_ofd_object **out)
{
    return read_block(reader, block, &out);
}
