/* SPDX-License-Identifier: Apache-2.0 */
/* verify_stamps.c - where a signature shows: the widgets of its field and the stamps that name it,
 * as pages and boxes of the report, in millimetres from the top left corner of the shown page. */
#include "pdfverify/verify.h"

/* All signatures of a document together; a seam over a thousand pages is a thousand stamps. */
#define STAMPS_MAX 20000u
#define MILLIMETRES_PER_POINT (25.4 / 72.0)
/* Points that numbers with four decimals may be off. */
#define HAIR 0.01

enum { LEFT, BOTTOM, RIGHT, TOP };

/* --- Who shows it ------------------------------------------------------------------------ */

static yx_status show(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                      struct yx_pdf_ref ref, qpdf_oh annotation, yx_pdf_show_visitor *visit,
                      void *context, struct yx_error *err)
{
    const struct yx_pdf_shown *shown = yx_pdf_find_shown(v, ref.id);
    if (shown == NULL)
        return YX_OK;
    return visit(v, judged, annotation, shown->page, context, err);
}

/* The field is its own widget, or its kids are. */
static yx_status each_widget(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                             yx_pdf_show_visitor *visit, void *context, struct yx_error *err)
{
    YX_TRY(show(v, judged, judged->field_ref, judged->field, visit, context, err));
    qpdf_oh kids = yx_pdf_get(v->pdf, judged->field, "/Kids");
    for (int i = 0; i < yx_pdf_array_size(v->pdf, kids); i++) {
        struct yx_pdf_ref ref;
        qpdf_oh kid = yx_pdf_item(v->pdf, kids, i);
        if (yx_pdf_ref_of(v->pdf, kid, &ref))
            YX_TRY(show(v, judged, ref, kid, visit, context, err));
        yx_pdf_drop(v->pdf, kid);
    }
    return YX_OK;
}

yx_status yx_pdf_each_shown(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                            yx_pdf_show_visitor *visit, void *context, struct yx_error *err)
{
    YX_TRY(each_widget(v, judged, visit, context, err));
    for (size_t i = 0; i < v->claim_count; i++) {
        const struct yx_pdf_claim *claim = &v->claims[i];
        if (!yx_bytes_are(claim->name, judged->name))
            continue;
        qpdf_oh stamp = yx_pdf_object(v->pdf, claim->ref);
        yx_status status = visit(v, judged, stamp, claim->page, context, err);
        yx_pdf_drop(v->pdf, stamp);
        YX_TRY(status);
    }
    return YX_OK;
}

/* --- Where ------------------------------------------------------------------------------- */

/* From user space to the shown page: CropBox, Rotate and UserUnit (ISO 32000-1 8.3.2.3). */
static void to_shown(const struct yx_pdf_page *page, const double rect[4],
                     struct yx_report_stamp *out)
{
    const double *crop = page->crop;
    double unit = page->user_unit * MILLIMETRES_PER_POINT, x, y;
    bool turned = page->rotate == 90 || page->rotate == 270;
    double across = rect[RIGHT] - rect[LEFT], along = rect[TOP] - rect[BOTTOM];
    switch (page->rotate) {
    case 90:
        x = rect[BOTTOM] - crop[BOTTOM];
        y = rect[LEFT] - crop[LEFT];
        break;
    case 180:
        x = crop[RIGHT] - rect[RIGHT];
        y = rect[BOTTOM] - crop[BOTTOM];
        break;
    case 270:
        x = crop[TOP] - rect[TOP];
        y = crop[RIGHT] - rect[RIGHT];
        break;
    default:
        x = rect[LEFT] - crop[LEFT];
        y = crop[TOP] - rect[TOP];
    }
    out->x = x * unit;
    out->y = y * unit;
    out->width = (turned ? along : across) * unit;
    out->height = (turned ? across : along) * unit;
}

/*
 * A strip of a seam shows a part of its picture: what the BBox leaves of it. The BBox lies upright,
 * as the page is shown, and fills the annotation (ISO 32000-1 12.5.5).
 */
static yx_status widen(struct yx_pdf_verification *v, qpdf_oh annotation,
                       struct yx_report_stamp *stamp, struct yx_error *err)
{
    double matrix[6], box[4];
    bool known;
    qpdf_oh appearance = yx_pdf_get(v->pdf, annotation, "/AP");
    qpdf_oh form = yx_pdf_get(v->pdf, appearance, "/N");
    YX_TRY(yx_pdf_read_drawing(v->pdf, form, matrix, &known, err));
    known = known && matrix[0] > 0 && matrix[3] > 0 &&
            yx_pdf_rectangle(v->pdf, yx_pdf_get(v->pdf, form, "/BBox"), box) &&
            box[RIGHT] > box[LEFT] && box[TOP] > box[BOTTOM];
    if (!known)
        return YX_OK;
    double left = matrix[4], bottom = matrix[5];
    double right = left + matrix[0], top = bottom + matrix[3];
    bool cut = box[LEFT] > left + HAIR || box[RIGHT] < right - HAIR ||
               box[BOTTOM] > bottom + HAIR || box[TOP] < top - HAIR;
    double across = stamp->width / (box[RIGHT] - box[LEFT]);
    double along = stamp->height / (box[TOP] - box[BOTTOM]);
    stamp->has_clip = cut;
    if (cut) {
        stamp->clip_x = stamp->x;
        stamp->clip_y = stamp->y;
        stamp->clip_width = stamp->width;
        stamp->clip_height = stamp->height;
    }
    stamp->x += (left - box[LEFT]) * across;
    stamp->y += (box[TOP] - top) * along;
    stamp->width = matrix[0] * across;
    stamp->height = matrix[3] * along;
    return YX_OK;
}

static yx_status add_stamp(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                           qpdf_oh annotation, uint32_t page, void *context, struct yx_error *err)
{
    size_t *count = context;
    double rect[4];
    struct yx_report_stamp stamp = {.page = page + 1};
    qpdf_oh value = yx_pdf_get(v->pdf, annotation, "/Rect");
    bool has_rect = yx_pdf_rectangle(v->pdf, value, rect);
    yx_pdf_drop(v->pdf, value);
    if (!has_rect || rect[RIGHT] <= rect[LEFT] || rect[TOP] <= rect[BOTTOM] ||
        (*count)++ >= STAMPS_MAX)
        return YX_OK; /* an invisible signature */
    to_shown(&v->pdf->pages[page], rect, &stamp);
    YX_TRY(widen(v, annotation, &stamp, err));
    yx_report_add_stamp(v->report, judged->report, &stamp);
    return YX_OK;
}

yx_status yx_pdf_judge_stamps(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                              struct yx_error *err)
{
    size_t count = 0;
    return yx_pdf_each_shown(v, judged, add_stamp, &count, err);
}
