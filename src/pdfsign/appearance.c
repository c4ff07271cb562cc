/* SPDX-License-Identifier: Apache-2.0 */
/*
 * appearance.c - what a signature shows: the picture as one XObject, form XObjects that put
 * it upright and in its size, the widget of the signature field, and a Stamp annotation for every
 * further place. A seam's strips are the same picture behind different BBoxes.
 *
 * The seal is multiplied with what lies below, as ink is: text under it stays readable, and the
 * white of a picture without opacity does not hide the paper.
 */
#include "pdfsign/sealing.h"

/* Annotation flags (ISO 32000-1 12.5.3): Print, ReadOnly, Locked. */
enum { PRINT = 1 << 2, READ_ONLY = 1 << 6, LOCKED = 1 << 7 };

/* The picture, ready to be drawn. */
struct face {
    struct yx_pdf_ref resources;
    double width, height;       /* points */
    struct yx_pdf_ref whole[4]; /* the form of the whole seal by quarter turns; id 0: none yet */
};

/* --- The picture --------------------------------------------------------------------------- */

static yx_status put_image_entries(const struct yx_image *image, const char *colours,
                                   const char *filter, struct yx_buf *out)
{
    return yx_buf_printf(out,
                         "/Type /XObject /Subtype /Image /Width %u /Height %u /ColorSpace %s "
                         "/BitsPerComponent 8 /Filter %s",
                         image->width, image->height, colours, filter);
}

static yx_status put_alpha(struct yx_pdf_update *update, const struct yx_image *image,
                           struct yx_buf *entries, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf mask = {0};
    struct yx_pdf_ref ref = yx_pdf_update_reserve(update);
    if (put_image_entries(image, "/DeviceGray", "/FlateDecode", &mask) != YX_OK ||
        yx_buf_append_text(entries, " /SMask ") != YX_OK || yx_pdf_put_ref(entries, ref) != YX_OK)
        return yx_fail_memory(err);
    return yx_pdf_update_stream(update, ref, yx_buf_bytes(&mask), yx_buf_bytes(&image->alpha), err);
}

static yx_status put_image(struct yx_pdf_update *update, const struct yx_image *image,
                           struct yx_pdf_ref ref, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf entries = {0};
    if (put_image_entries(image, image->colours, image->filter, &entries) != YX_OK)
        return yx_fail_memory(err);
    if (image->decode != NULL && yx_buf_printf(&entries, " /Decode %s", image->decode) != YX_OK)
        return yx_fail_memory(err);
    if (image->alpha.len > 0)
        YX_TRY(put_alpha(update, image, &entries, err));
    return yx_pdf_update_stream(update, ref, yx_buf_bytes(&entries), yx_buf_bytes(&image->samples),
                                err);
}

/* What the picture is drawn by: an image, or a form that fills the unit square as an image does. */
static yx_status put_drawing(struct yx_pdf_update *update, const struct yx_image *image,
                             struct yx_pdf_ref ref, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf entries = {0};
    if (image->form.len == 0)
        return put_image(update, image, ref, err);
    if (yx_buf_append(&entries, yx_buf_bytes(&image->form)) != YX_OK ||
        yx_buf_printf(&entries, " /Filter %s", image->filter) != YX_OK)
        return yx_fail_memory(err);
    return yx_pdf_update_stream(update, ref, yx_buf_bytes(&entries), yx_buf_bytes(&image->samples),
                                err);
}

static yx_status put_face(struct yx_pdf_work *work, struct face *out, struct yx_error *err)
{
    YX_CLEAN(yx_image) struct yx_image image = {0};
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    const struct yx_seal_info *info = yx_seal_info(work->seal);
    YX_TRY(yx_image_read(info->picture, &image, err));
    struct yx_pdf_ref picture = yx_pdf_update_reserve(work->update);
    YX_TRY(put_drawing(work->update, &image, picture, err));
    *out = (struct face){.resources = yx_pdf_update_reserve(work->update),
                         .width = yx_pdf_points((double)info->width),
                         .height = yx_pdf_points((double)info->height)};
    if (yx_buf_printf(&body,
                      "<< /XObject << /Seal %d %d R >> /ExtGState << /Ink << /Type /ExtGState /BM "
                      "/Multiply >> >> >>",
                      picture.id, picture.generation) != YX_OK)
        return yx_fail_memory(err);
    return yx_pdf_update_object(work->update, out->resources, yx_buf_bytes(&body), err);
}

/* --- Forms --------------------------------------------------------------------------------- */

static yx_status put_numbers(struct yx_buf *out, const double *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        YX_TRY(yx_pdf_put_number(out, numbers[i]));
        YX_TRY(yx_buf_append_text(out, " "));
    }
    return YX_OK;
}

static yx_status put_form_entries(const struct face *face, const double box[4], int rotate,
                                  struct yx_buf *out)
{
    YX_TRY(yx_buf_append_text(out, "/Type /XObject /Subtype /Form /BBox [ "));
    YX_TRY(put_numbers(out, box, 4));
    return yx_buf_printf(out, "] /Matrix [ %s ] /Resources %d %d R", yx_pdf_upright(rotate),
                         face->resources.id, face->resources.generation);
}

/* Where the picture stands in the form: left, bottom, width, height. */
static yx_status put_form(struct yx_pdf_update *update, const struct face *face,
                          const double box[4], const double picture[4], int rotate,
                          struct yx_pdf_ref *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf entries = {0}, content = {0};
    double matrix[6] = {picture[2], 0, 0, picture[3], picture[0], picture[1]};
    if (put_form_entries(face, box, rotate, &entries) != YX_OK ||
        yx_buf_append_text(&content, "q /Ink gs ") != YX_OK ||
        put_numbers(&content, matrix, 6) != YX_OK ||
        yx_buf_append_text(&content, "cm /Seal Do Q") != YX_OK)
        return yx_fail_memory(err);
    *out = yx_pdf_update_reserve(update);
    return yx_pdf_update_stream(update, *out, yx_buf_bytes(&entries), yx_buf_bytes(&content), err);
}

/* One form serves every whole seal on pages of the same rotation. */
static yx_status form_of_spot(struct yx_pdf_work *work, struct face *face,
                              const struct yx_pdf_spot *spot, struct yx_pdf_ref *out,
                              struct yx_error *err)
{
    int rotate = work->pdf->pages[spot->page].rotate;
    struct yx_pdf_ref *whole = &face->whole[rotate / 90 % 4];
    double picture[4] = {0, 0, face->width, face->height};
    if (spot->clipped)
        return put_form(work->update, face, spot->box, picture, rotate, out, err);
    if (whole->id == 0)
        YX_TRY(put_form(work->update, face, spot->box, picture, rotate, whole, err));
    *out = *whole;
    return YX_OK;
}

/* --- Annotations --------------------------------------------------------------------------- */

static yx_status put_place(const struct yx_pdf_work *work, uint32_t page, const double rect[4],
                           struct yx_buf *out)
{
    const struct yx_pdf_page *shown = &work->pdf->pages[page];
    YX_TRY(yx_buf_append_text(out, " /P "));
    YX_TRY(yx_pdf_put_ref(out, shown->ref));
    YX_TRY(yx_buf_append_text(out, " /Rect [ "));
    YX_TRY(put_numbers(out, rect, 4));
    return yx_buf_append_text(out, "]");
}

static yx_status put_keyed_ref(struct yx_buf *out, const char *before, struct yx_pdf_ref ref,
                               const char *behind)
{
    YX_TRY(yx_buf_append_text(out, before));
    YX_TRY(yx_pdf_put_ref(out, ref));
    return yx_buf_append_text(out, behind);
}

static yx_status put_name_text(const struct yx_pdf_work *work, struct yx_buf *out)
{
    return yx_pdf_put_text(out, (const char *)work->name.data);
}

static yx_status put_widget_body(const struct yx_pdf_work *work, uint32_t page,
                                 const double rect[4], const struct yx_pdf_ref *form,
                                 struct yx_buf *out)
{
    const char *lock = yx_pdf_new_lock(work);
    int rotate = work->pdf->pages[page].rotate;
    YX_TRY(yx_buf_append_text(out, "<< /Type /Annot /Subtype /Widget /FT /Sig /T "));
    YX_TRY(put_name_text(work, out));
    YX_TRY(yx_buf_printf(out, " /F %d", PRINT | LOCKED));
    YX_TRY(put_place(work, page, rect, out));
    YX_TRY(put_keyed_ref(out, " /V ", work->value, ""));
    if (form != NULL)
        YX_TRY(put_keyed_ref(out, " /AP << /N ", *form, " >>"));
    if (form != NULL && rotate != 0)
        YX_TRY(yx_buf_printf(out, " /MK << /R %d >>", rotate));
    if (lock != NULL)
        YX_TRY(yx_buf_printf(out, " /Lock %s", lock));
    return yx_buf_append_text(out, " >>");
}

/* A new field, which is its own widget. Without a form it shows nothing. */
static yx_status put_widget(struct yx_pdf_work *work, uint32_t page, const double rect[4],
                            const struct yx_pdf_ref *form, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    work->widget_ref = yx_pdf_update_reserve(work->update);
    if (put_widget_body(work, page, rect, form, &body) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_pdf_update_object(work->update, work->widget_ref, yx_buf_bytes(&body), err));
    YX_TRY(yx_pdf_update_add_annotation(work->update, page, work->widget_ref, err));
    return yx_pdf_update_add_field(work->update, work->widget_ref, err);
}

/* YXSignature names the field whose signature put the stamp there (docs/formats.md). */
static yx_status put_stamp_body(const struct yx_pdf_work *work, const struct yx_pdf_spot *spot,
                                struct yx_pdf_ref form, struct yx_buf *out)
{
    YX_TRY(yx_buf_printf(out, "<< /Type /Annot /Subtype /Stamp /F %d", PRINT | READ_ONLY | LOCKED));
    YX_TRY(put_place(work, spot->page, spot->rect, out));
    YX_TRY(put_keyed_ref(out, " /AP << /N ", form, " >> /YXSignature "));
    YX_TRY(put_name_text(work, out));
    return yx_buf_append_text(out, " >>");
}

static yx_status put_stamp(struct yx_pdf_work *work, const struct yx_pdf_spot *spot,
                           struct yx_pdf_ref form, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    struct yx_pdf_ref ref = yx_pdf_update_reserve(work->update);
    if (put_stamp_body(work, spot, form, &body) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_pdf_update_object(work->update, ref, yx_buf_bytes(&body), err));
    return yx_pdf_update_add_annotation(work->update, spot->page, ref, err);
}

/* --- An existing field --------------------------------------------------------------------- */

/* In its true size when the field has room for it, else as large as fits; in the middle. */
static yx_status form_of_widget(struct yx_pdf_work *work, struct yx_pdf_ref *out,
                                struct yx_error *err)
{
    struct face face;
    double width, height;
    const struct yx_pdf_page *page = &work->pdf->pages[work->widget.page];
    yx_pdf_shown_size(page, work->widget.rect, &width, &height);
    YX_REQUIRE(width >= 1 && height >= 1, err, YX_REFUSED, "ISO 32000-1 12.7.4.5",
               N_("the signature field {1} has no area, so that the seal would not show"),
               work->request->field);
    YX_TRY(put_face(work, &face, err));
    double scale = 1;
    scale = face.width * scale > width ? width / face.width : scale;
    scale = face.height * scale > height ? height / face.height : scale;
    double box[4] = {0, 0, width, height};
    double w = face.width * scale, h = face.height * scale;
    double picture[4] = {(width - w) / 2, (height - h) / 2, w, h};
    return put_form(work->update, &face, box, picture, page->rotate, out, err);
}

static yx_status edit(struct yx_pdf_work *work, qpdf_oh object, struct yx_pdf_ref ref,
                      const struct yx_pdf_edit *edits, size_t count, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    YX_TRY(yx_pdf_edit_dictionary(work->pdf, object, edits, count, &body, err));
    return yx_pdf_update_object(work->update, ref, yx_buf_bytes(&body), err);
}

/* V belongs to the field, AP to its widget; mostly the two are one dictionary. */
static yx_status fill_field(struct yx_pdf_work *work, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf value = {0}, appearance = {0};
    const struct yx_pdf_field *field = work->field;
    struct yx_pdf_ref form;
    work->widget_ref = work->widget.ref;
    yx_pdf_update_sign_form(work->update);
    if (work->seal != NULL) {
        YX_TRY(form_of_widget(work, &form, err));
        if (put_keyed_ref(&appearance, "<< /N ", form, " >>") != YX_OK)
            return yx_fail_memory(err);
    }
    if (yx_pdf_put_ref(&value, work->value) != YX_OK)
        return yx_fail_memory(err);
    struct yx_pdf_edit edits[] = {{"/V", yx_buf_bytes(&value)}, {"/AP", yx_buf_bytes(&appearance)}};
    bool has_appearance = appearance.len > 0;
    if (work->widget.ref.id == field->ref.id)
        return edit(work, field->object, field->ref, edits, has_appearance ? 2 : 1, err);
    YX_TRY(edit(work, field->object, field->ref, &edits[0], 1, err));
    return has_appearance ? edit(work, work->widget.object, work->widget.ref, &edits[1], 1, err)
                          : YX_OK;
}

/* --- A new field --------------------------------------------------------------------------- */

/* The first place is the widget's. */
static yx_status put_spots(struct yx_pdf_work *work, struct yx_error *err)
{
    struct face face;
    struct yx_pdf_spot spot;
    struct yx_pdf_ref form = {0};
    YX_TRY(put_face(work, &face, err));
    for (size_t i = 0; i < work->stamps.count; i++) {
        const struct yx_stamp *stamp = &work->stamps.items[i];
        yx_pdf_spot_from_stamp(&work->pdf->pages[stamp->page - 1], stamp, &spot);
        YX_TRY(form_of_spot(work, &face, &spot, &form, err));
        if (i == 0)
            YX_TRY(put_widget(work, spot.page, spot.rect, &form, err));
        else
            YX_TRY(put_stamp(work, &spot, form, err));
    }
    return YX_OK;
}

yx_status yx_pdf_put_appearance(struct yx_pdf_work *work, struct yx_error *err)
{
    static const double nowhere[4] = {0, 0, 0, 0};
    if (work->field != NULL)
        return fill_field(work, err);
    if (work->seal != NULL)
        return put_spots(work, err);
    return put_widget(work, 0, nowhere, NULL, err);
}
