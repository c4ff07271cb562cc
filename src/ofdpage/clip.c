/* SPDX-License-Identifier: Apache-2.0 */
/* clip.c - what of an object shows: within every clip, inside any of its areas. */
#include "ofdpage/room.h"

static yx_status read_shape(struct yx_ofd_reader *reader, const struct yx_xml *shape,
                            struct yx_ofd_clip_area *out, bool *seen)
{
    if (strcmp(shape->name, "Path") == 0) {
        struct yx_ofd_outline *outline;
        YX_OFD_NEW(reader, outline);
        *seen = true;
        out->outline = outline;
        return yx_ofd_read_outline(reader, shape, outline);
    }
    struct yx_ofd_text *text;
    YX_OFD_NEW(reader, text);
    out->text = text;
    return yx_ofd_read_text(reader, shape, text, seen);
}

static const struct yx_xml *find_shape(const struct yx_xml *area)
{
    const struct yx_xml *path = yx_xml_child(area, "Path");
    return path != NULL ? path : yx_xml_child(area, "Text");
}

static yx_status read_areas(struct yx_ofd_reader *reader, const struct yx_xml *clip,
                            const struct yx_ofd_clip_area **end)
{
    for (const struct yx_xml *at = yx_xml_child(clip, "Area"); at != NULL; at = yx_xml_next(at)) {
        const struct yx_xml *shape = find_shape(at);
        struct yx_ofd_clip_area *area;
        bool seen = false;
        if (shape == NULL)
            continue;
        YX_OFD_NEW(reader, area);
        area->outer = area->matrix = (struct yx_svg_matrix){1, 0, 0, 1, 0, 0};
        yx_ofd_has_matrix(at, "CTM", &area->outer);
        yx_ofd_has_matrix(shape, "CTM", &area->matrix);
        yx_ofd_has_box(shape, "Boundary", &area->boundary);
        YX_TRY(read_shape(reader, shape, area, &seen));
        if (!seen)
            continue;
        *end = area;
        end = &area->next;
    }
    return YX_OK;
}

yx_status yx_ofd_read_clips(struct yx_ofd_reader *reader, const struct yx_xml *element,
                            struct yx_ofd_object *out)
{
    const struct yx_xml *clips = yx_xml_child(element, "Clips");
    const struct yx_ofd_clip **end = &out->clips;
    if (clips == NULL)
        return YX_OK;
    out->clips_turn = yx_ofd_flag(clips, "TransFlag", false);
    for (const struct yx_xml *at = yx_xml_child(clips, "Clip"); at != NULL; at = yx_xml_next(at)) {
        struct yx_ofd_clip *clip;
        YX_OFD_NEW(reader, clip);
        YX_TRY(read_areas(reader, at, &clip->areas));
        *end = clip;
        end = &clip->next;
    }
    return YX_OK;
}
