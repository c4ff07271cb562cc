/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_find.c - every signature of the file: the values of the form's signature fields, and those
 * of widgets that only a page knows. Judging them is for the other files. An empty signature field
 * is no signature; a field with anything else for a value is one, however broken.
 */
#include <stdlib.h>

#include "pdfverify/verify.h"

#define RULE "ISO 32000-1 12.7.4.5"
#define SIGNATURES_MAX 1000u
#define ANNOTATIONS_MAX 4000000u
#define DEPTH_MAX 32

/* --- Lists ------------------------------------------------------------------------------- */

/* Makes room for one more; NULL when there is no memory. */
static void *grow(void *items, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return items;
    size_t wanted = *cap == 0 ? 16 : *cap * 2;
    void *grown = reallocarray(items, wanted, size);
    if (grown != NULL)
        *cap = wanted;
    return grown;
}

static yx_status add_signature(struct yx_pdf_verification *v, const struct yx_pdf_judged *found,
                               struct yx_error *err)
{
    YX_REQUIRE(v->count < SIGNATURES_MAX, err, YX_DAMAGED, RULE,
               N_("the document has more than {1} signatures"), YX_NUM(SIGNATURES_MAX));
    void *grown = grow(v->judged, v->count, &v->cap, sizeof *v->judged);
    if (grown == NULL)
        return yx_fail_memory(err);
    v->judged = grown;
    v->judged[v->count] = *found;
    v->judged[v->count].claimed = YX_TIME_NONE;
    v->count++;
    return YX_OK;
}

static yx_status add_found(struct yx_pdf_verification *v, struct yx_pdf_ref field_ref,
                           qpdf_oh field, qpdf_oh value, struct yx_bytes name, bool in_form,
                           struct yx_error *err)
{
    struct yx_pdf_judged found = {
        .field = field, .field_ref = field_ref, .value = value, .in_form = in_form};
    found.name = yx_arena_text(v->arena, name);
    if (found.name == NULL)
        return yx_fail_memory(err);
    if (!yx_pdf_ref_of(v->pdf, value, &found.value_ref))
        found.value_ref = (struct yx_pdf_ref){0, 0};
    return add_signature(v, &found, err);
}

/* --- The form ---------------------------------------------------------------------------- */

static yx_status find_in_form(struct yx_pdf_verification *v, struct yx_error *err)
{
    YX_TRY(yx_pdf_form_read(v->pdf, &v->form, err));
    for (size_t i = 0; i < v->form.count; i++) {
        const struct yx_pdf_field *field = &v->form.items[i];
        if (field->is_signature && !yx_pdf_is_null(v->pdf, field->value))
            YX_TRY(add_found(v, field->ref, field->object, field->value, field->name, true, err));
    }
    return YX_OK;
}

/* --- Pages ------------------------------------------------------------------------------- */

static bool is_known(const struct yx_pdf_verification *v, struct yx_pdf_ref widget,
                     struct yx_pdf_ref value)
{
    for (size_t i = 0; i < v->count; i++) {
        const struct yx_pdf_judged *judged = &v->judged[i];
        if (judged->field_ref.id == widget.id ||
            (value.id != 0 && judged->value_ref.id == value.id))
            return true;
    }
    return false;
}

/* The dictionary, at the widget or above it, that holds the key; a null object when none does. */
static qpdf_oh find_holder(struct yx_pdf *pdf, qpdf_oh widget, const char *key)
{
    qpdf_oh at = widget;
    for (unsigned depth = 0; depth < DEPTH_MAX && yx_pdf_is_dictionary(pdf, at); depth++) {
        if (yx_pdf_has(pdf, at, key))
            return at;
        at = yx_pdf_get(pdf, at, "/Parent");
    }
    return qpdf_oh_new_null(pdf->qpdf);
}

/* A widget of a signature that the form does not lead to. */
static yx_status look_at_widget(struct yx_pdf_verification *v, qpdf_oh widget, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    struct yx_pdf_ref ref = {0, 0}, value_ref = {0, 0};
    qpdf_oh typed = find_holder(v->pdf, widget, "/FT");
    if (!yx_pdf_is_name(v->pdf, yx_pdf_get(v->pdf, typed, "/FT"), "/Sig"))
        return YX_OK;
    qpdf_oh holder = find_holder(v->pdf, widget, "/V");
    qpdf_oh value = yx_pdf_get(v->pdf, holder, "/V");
    bool has_ref = yx_pdf_ref_of(v->pdf, holder, &ref);
    yx_pdf_ref_of(v->pdf, value, &value_ref);
    if (!has_ref || yx_pdf_is_null(v->pdf, value) || is_known(v, ref, value_ref))
        return YX_OK;
    YX_TRY(yx_pdf_text(v->pdf, yx_pdf_get(v->pdf, holder, "/T"), &name, err));
    /* The caller gives the widget's handle back. */
    return add_found(v, ref, yx_pdf_object(v->pdf, ref), value, yx_buf_bytes(&name), false, err);
}

/* A stamp that a signature put there beside its widget (docs/formats.md). */
static yx_status look_at_stamp(struct yx_pdf_verification *v, qpdf_oh stamp, uint32_t page,
                               struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    struct yx_pdf_claim claim = {.page = page};
    qpdf_oh said = yx_pdf_get(v->pdf, stamp, "/YXSignature");
    YX_TRY(yx_pdf_text(v->pdf, said, &name, err));
    yx_pdf_drop(v->pdf, said);
    if (name.len == 0 || !yx_pdf_ref_of(v->pdf, stamp, &claim.ref))
        return YX_OK;
    claim.name = yx_arena_bytes(v->arena, yx_buf_bytes(&name));
    void *grown = grow(v->claims, v->claim_count, &v->claim_cap, sizeof *v->claims);
    if (claim.name.data == NULL || grown == NULL)
        return yx_fail_memory(err);
    v->claims = grown;
    v->claims[v->claim_count++] = claim;
    return YX_OK;
}

static yx_status look_at(struct yx_pdf_verification *v, qpdf_oh annotation, uint32_t page,
                         struct yx_error *err)
{
    struct yx_pdf_ref ref;
    qpdf_oh subtype = yx_pdf_get(v->pdf, annotation, "/Subtype");
    bool widget = yx_pdf_is_name(v->pdf, subtype, "/Widget");
    bool stamp = yx_pdf_is_name(v->pdf, subtype, "/Stamp");
    yx_pdf_drop(v->pdf, subtype);
    if (!widget && !stamp)
        return YX_OK;
    YX_REQUIRE(v->shown_count < ANNOTATIONS_MAX, err, YX_DAMAGED, "ISO 32000-1 12.5",
               N_("the document has more than {1} annotations"), YX_NUM(ANNOTATIONS_MAX));
    if (yx_pdf_ref_of(v->pdf, annotation, &ref)) {
        void *grown = grow(v->shown, v->shown_count, &v->shown_cap, sizeof *v->shown);
        if (grown == NULL)
            return yx_fail_memory(err);
        v->shown = grown;
        v->shown[v->shown_count++] = (struct yx_pdf_shown){ref.id, page};
    }
    return widget ? look_at_widget(v, annotation, err) : look_at_stamp(v, annotation, page, err);
}

static yx_status look_at_page(struct yx_pdf_verification *v, uint32_t page, struct yx_error *err)
{
    yx_status status = YX_OK;
    qpdf_oh object = yx_pdf_object(v->pdf, v->pdf->pages[page].ref);
    qpdf_oh annots = yx_pdf_get(v->pdf, object, "/Annots");
    int count = yx_pdf_array_size(v->pdf, annots);
    for (int i = 0; i < count && status == YX_OK; i++) {
        qpdf_oh annotation = yx_pdf_item(v->pdf, annots, i);
        status = look_at(v, annotation, page, err);
        yx_pdf_drop(v->pdf, annotation);
    }
    yx_pdf_drop(v->pdf, annots);
    yx_pdf_drop(v->pdf, object);
    return status;
}

static int by_id(const void *a, const void *b)
{
    const struct yx_pdf_shown *left = a, *right = b;
    if (left->id != right->id)
        return left->id < right->id ? -1 : 1;
    return left->page < right->page ? -1 : left->page > right->page;
}

const struct yx_pdf_shown *yx_pdf_find_shown(const struct yx_pdf_verification *v, int id)
{
    for (size_t low = 0, high = v->shown_count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (v->shown[middle].id == id)
            return &v->shown[middle];
        if (v->shown[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

yx_status yx_pdf_find_signatures(struct yx_pdf_verification *v, struct yx_error *err)
{
    YX_TRY(find_in_form(v, err));
    for (uint32_t page = 0; page < v->pdf->page_count; page++)
        YX_TRY(look_at_page(v, page, err));
    if (v->shown_count > 1)
        qsort(v->shown, v->shown_count, sizeof *v->shown, by_id);
    return yx_pdf_check(v->pdf, err);
}
