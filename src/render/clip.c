/* SPDX-License-Identifier: Apache-2.0 */
/* clip.c - what of an object shows. */
#include "render/room.h"

static yx_status trace_area(struct yx_drawing *drawing, const struct yx_ofd_clip_area *area)
{
    cairo_t *cairo = drawing->cairo;
    if (!yx_draw_transform(cairo, &area->outer))
        return YX_OK;
    cairo_translate(cairo, area->boundary.x, area->boundary.y);
    if (!yx_draw_transform(cairo, &area->matrix))
        return YX_OK;
    if (area->text != NULL)
        return yx_draw_text_path(drawing, area->text);
    yx_draw_trace(cairo, area->outline);
    return YX_OK;
}

yx_status yx_draw_clip(struct yx_drawing *drawing, const struct yx_ofd_clip *clips)
{
    cairo_t *cairo = drawing->cairo;
    for (const struct yx_ofd_clip *clip = clips; clip != NULL; clip = clip->next) {
        bool even_odd = false;
        YX_TRY(yx_draw_count(drawing));
        cairo_new_path(cairo);
        for (const struct yx_ofd_clip_area *at = clip->areas; at != NULL; at = at->next) {
            cairo_matrix_t before;
            cairo_get_matrix(cairo, &before);
            yx_status status = trace_area(drawing, at);
            cairo_set_matrix(cairo, &before);
            if (status != YX_OK)
                return status;
            even_odd = at->outline != NULL && at->outline->even_odd;
        }
        /* Areas are joined: only one alone can have holes by the even-odd rule. */
        bool alone = clip->areas != NULL && clip->areas->next == NULL;
        cairo_set_fill_rule(cairo,
                            alone && even_odd ? CAIRO_FILL_RULE_EVEN_ODD : CAIRO_FILL_RULE_WINDING);
        if (clip->areas != NULL)
            cairo_clip(cairo);
    }
    cairo_new_path(cairo);
    return YX_OK;
}
