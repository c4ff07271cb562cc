/* SPDX-License-Identifier: Apache-2.0 */
/* clip.c - what of an object shows. */
#include "render/room.h"

static yx_status trace_area(struct yx_drawing *drawing, const struct yx_ofd_clip_area *area,
                            bool *seen)
{
    cairo_t *cairo = drawing->cairo;
    if (!yx_draw_transform(cairo, &area->outer))
        return YX_OK;
    cairo_translate(cairo, area->boundary.x, area->boundary.y);
    if (!yx_draw_transform(cairo, &area->matrix))
        return YX_OK;
    if (area->text != NULL)
        return yx_draw_text_path(drawing, area->text, seen);
    *seen = yx_draw_can_clip_outline(drawing, area->outline);
    if (*seen)
        yx_draw_trace(cairo, area->outline);
    return YX_OK;
}

/* Areas are joined: only one alone can have holes by the even-odd rule. */
static cairo_fill_rule_t find_rule(const struct yx_ofd_clip_area *areas)
{
    bool alone = areas->next == NULL && areas->outline != NULL;
    return alone && areas->outline->even_odd ? CAIRO_FILL_RULE_EVEN_ODD : CAIRO_FILL_RULE_WINDING;
}

static yx_status trace_areas(struct yx_drawing *drawing, const struct yx_ofd_clip_area *areas,
                             bool *seen)
{
    cairo_new_path(drawing->cairo);
    for (const struct yx_ofd_clip_area *at = areas; at != NULL && *seen; at = at->next) {
        cairo_matrix_t before;
        cairo_get_matrix(drawing->cairo, &before);
        yx_status status = trace_area(drawing, at, seen);
        cairo_set_matrix(drawing->cairo, &before);
        if (status != YX_OK)
            return status;
    }
    return YX_OK;
}

yx_status yx_draw_clip(struct yx_drawing *drawing, const struct yx_ofd_clip *clips, bool *seen)
{
    cairo_t *cairo = drawing->cairo;
    drawing->clip_rows = 0;
    *seen = true;
    for (const struct yx_ofd_clip *clip = clips; clip != NULL && *seen; clip = clip->next) {
        if (clip->areas == NULL)
            continue;
        YX_TRY(yx_draw_count(drawing));
        YX_TRY(trace_areas(drawing, clip->areas, seen));
        cairo_set_fill_rule(cairo, find_rule(clip->areas));
        cairo_clip(cairo);
    }
    cairo_new_path(cairo);
    return YX_OK;
}
