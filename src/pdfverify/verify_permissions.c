/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_permissions.c - what the signed revision allows later ones to do: the strictest of the
 * certification (DocMDP, ISO 32000-1 12.8.2.2) and of the locks of its signed fields (ISO 32000-2,
 * signature field lock dictionary), and the fields that this signature locks (FieldMDP, 12.8.2.4).
 */
#include "pdfverify/verify.h"

#define FIELDS_MAX 10000

/* Among the references of a signature, the first from `*at` on with this transform, and `*at`
 * behind it; a null object when there is none. */
static qpdf_oh next_reference(struct yx_pdf *pdf, qpdf_oh signature, const char *method, int *at)
{
    qpdf_oh references = yx_pdf_get(pdf, signature, "/Reference");
    while (*at < yx_pdf_array_size(pdf, references)) {
        qpdf_oh reference = yx_pdf_item(pdf, references, (*at)++);
        if (yx_pdf_is_name(pdf, yx_pdf_get(pdf, reference, "/TransformMethod"), method))
            return reference;
    }
    return qpdf_oh_new_null(pdf->qpdf);
}

static void lower(struct yx_pdf *pdf, qpdf_oh number, int64_t usual, int64_t *level)
{
    int64_t p;
    if (!yx_pdf_integer(pdf, number, &p) || p < 1 || p > 3)
        p = usual;
    if (p != 0 && (*level == 0 || p < *level))
        *level = p;
}

/* P is 2 when a certification does not say; of several the strictest counts. */
static void lower_by_certification(struct yx_pdf *pdf, qpdf_oh signature, int64_t *level)
{
    int at = 0;
    for (;;) {
        qpdf_oh reference = next_reference(pdf, signature, "/DocMDP", &at);
        if (yx_pdf_is_null(pdf, reference))
            return;
        qpdf_oh parameters = yx_pdf_get(pdf, reference, "/TransformParams");
        lower(pdf, yx_pdf_get(pdf, parameters, "/P"), 2, level);
    }
}

static yx_status read_fields(struct yx_pdf *pdf, qpdf_oh list, struct yx_arena *arena,
                             struct yx_pdf_permissions *out, struct yx_error *err)
{
    int count = yx_pdf_array_size(pdf, list);
    YX_REQUIRE(count <= FIELDS_MAX, err, YX_DAMAGED, "ISO 32000-1 12.8.2.4",
               N_("the signature names more than {1} fields"), YX_NUM(FIELDS_MAX));
    out->fields = yx_arena_calloc(arena, (size_t)count + 1, sizeof *out->fields);
    if (out->fields == NULL)
        return yx_fail_memory(err);
    for (int i = 0; i < count; i++) {
        YX_CLEAN(yx_buf) struct yx_buf name = {0};
        YX_TRY(yx_pdf_text(pdf, yx_pdf_item(pdf, list, i), &name, err));
        out->fields[out->field_count] = yx_arena_text(arena, yx_buf_bytes(&name));
        if (out->fields[out->field_count++] == NULL)
            return yx_fail_memory(err);
    }
    return YX_OK;
}

/* A lock dictionary and the parameters of FieldMDP have the same entries. */
static yx_status read_lock(struct yx_pdf *pdf, const struct yx_pdf_field *field,
                           struct yx_arena *arena, struct yx_pdf_permissions *out,
                           struct yx_error *err)
{
    int at = 0;
    qpdf_oh reference = next_reference(pdf, field->value, "/FieldMDP", &at);
    qpdf_oh lock = yx_pdf_get(pdf, reference, "/TransformParams");
    if (!yx_pdf_is_dictionary(pdf, lock))
        lock = yx_pdf_get(pdf, field->object, "/Lock");
    if (!yx_pdf_is_dictionary(pdf, lock))
        return YX_OK;
    qpdf_oh action = yx_pdf_get(pdf, lock, "/Action");
    out->lock = YX_PDF_LOCK_ALL; /* what it may lock beside is not known */
    if (yx_pdf_is_name(pdf, action, "/Include"))
        out->lock = YX_PDF_LOCK_INCLUDE;
    if (yx_pdf_is_name(pdf, action, "/Exclude"))
        out->lock = YX_PDF_LOCK_EXCLUDE;
    return read_fields(pdf, yx_pdf_get(pdf, lock, "/Fields"), arena, out, err);
}

static yx_status read_all(struct yx_pdf *then, const struct yx_pdf_form *form, struct yx_bytes name,
                          struct yx_arena *arena, struct yx_pdf_permissions *out,
                          struct yx_error *err)
{
    qpdf_oh perms = yx_pdf_get(then, yx_pdf_catalog(then), "/Perms");
    lower_by_certification(then, yx_pdf_get(then, perms, "/DocMDP"), &out->level);
    for (size_t i = 0; i < form->count; i++) {
        const struct yx_pdf_field *field = &form->items[i];
        if (!field->is_filled)
            continue;
        qpdf_oh lock = yx_pdf_get(then, field->object, "/Lock");
        lower_by_certification(then, field->value, &out->level);
        lower(then, yx_pdf_get(then, lock, "/P"), 0, &out->level);
        if (yx_bytes_equal(field->name, name))
            YX_TRY(read_lock(then, field, arena, out, err));
    }
    return yx_pdf_check(then, err);
}

yx_status yx_pdf_read_permissions(struct yx_pdf *then, struct yx_bytes name, struct yx_arena *arena,
                                  struct yx_pdf_permissions *out, struct yx_error *err)
{
    YX_CLEAN(yx_pdf_form) struct yx_pdf_form form = {0};
    *out = (struct yx_pdf_permissions){.level = 0};
    YX_TRY(yx_pdf_form_read(then, &form, err));
    return read_all(then, &form, name, arena, out, err);
}
