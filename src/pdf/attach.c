/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attach.c - how new annotations, fields and keys come into the lists that the document keeps:
 * Annots of a page (absent, direct, an object of its own, shared with another page), the form with
 * its Fields (the same, ISO 32000-1 12.7.2), the catalog. Whatever else stands there stays.
 */
#include <stdlib.h>

#include "pdf/update.h"

#define FORM "ISO 32000-1 12.7.2"

/* SigFlags: bit 1 says that there are signatures, bit 2 that changes must be appended. */
#define SIGNATURES_EXIST_APPEND_ONLY 3

/* "[ old ... 12 0 R 13 0 R ]"; a null `array` counts as empty. */
static yx_status extended_array(struct yx_pdf *pdf, qpdf_oh array, const struct yx_pdf_ref *refs,
                                size_t count, struct yx_buf *out, struct yx_error *err)
{
    if (yx_pdf_is_array(pdf, array)) {
        YX_TRY(yx_pdf_unparse(pdf, array, out, err));
        YX_REQUIRE(out->len > 0 && out->data[out->len - 1] == ']', err, YX_INTERNAL, "",
                   N_("an array was not written as one"));
        out->len--;
    } else if (yx_buf_append_text(out, "[ ") != YX_OK) {
        return yx_fail_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        if (yx_pdf_put_ref(out, refs[i]) != YX_OK || yx_buf_append_text(out, " ") != YX_OK)
            return yx_fail_memory(err);
    }
    return yx_buf_append_text(out, "]") == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status check_array(struct yx_pdf *pdf, qpdf_oh value, const char *clause, const char *key,
                             int id, struct yx_error *err)
{
    YX_TRY(yx_pdf_check(pdf, err));
    YX_REQUIRE(yx_pdf_is_null(pdf, value) || yx_pdf_is_array(pdf, value), err, YX_DAMAGED, clause,
               N_("{1} of object {2} is no array"), key, YX_NUM(id));
    return YX_OK;
}

/* --- Pages ------------------------------------------------------------------------------- */

/* The annotation arrays that are objects of their own and serve more than one page. */
struct shared {
    uint8_t *seen, *twice; /* one bit for each object number */
};

static void shared_free(struct shared *shared)
{
    free(shared->seen);
    free(shared->twice);
}
YX_DEFINE_CLEAN_VALUE(shared, struct shared, shared_free);

static yx_status find_shared(struct yx_pdf *pdf, struct shared *out, struct yx_error *err)
{
    size_t bytes = (size_t)pdf->object_count / 8 + 1;
    out->seen = calloc(1, bytes);
    out->twice = calloc(1, bytes);
    if (out->seen == NULL || out->twice == NULL)
        return yx_fail_memory(err);
    for (uint32_t i = 0; i < pdf->page_count; i++) {
        int id = pdf->pages[i].annots.id;
        if (id <= 0 || id >= pdf->object_count)
            continue;
        uint8_t bit = (uint8_t)(1u << (id % 8));
        out->twice[id / 8] |= out->seen[id / 8] & bit;
        out->seen[id / 8] |= bit;
    }
    return YX_OK;
}

static bool is_shared(const struct shared *shared, int id)
{
    return (shared->twice[id / 8] & (1u << (id % 8))) != 0;
}

/* The array is changed where it stands when it is an object that belongs to this page alone, else
 * the page gets an array of its own. */
static yx_status attach_to_page(struct yx_pdf_update *update, const struct shared *shared,
                                const struct yx_pdf_page *page, qpdf_oh node,
                                const struct yx_pdf_ref *refs, size_t count, struct yx_error *err)
{
    struct yx_pdf *pdf = update->pdf;
    YX_CLEAN(yx_buf) struct yx_buf array = {0}, body = {0};
    qpdf_oh annots = yx_pdf_get(pdf, node, "/Annots");
    bool is_object = yx_pdf_is_array(pdf, annots) && page->annots.id > 0;
    yx_status status = check_array(pdf, annots, "ISO 32000-1 12.5.2", "Annots", page->ref.id, err);
    if (status == YX_OK)
        status = extended_array(pdf, annots, refs, count, &array, err);
    yx_pdf_drop(pdf, annots);
    YX_TRY(status);
    if (is_object && page->annots.id < pdf->object_count && !is_shared(shared, page->annots.id))
        return yx_pdf_update_object(update, page->annots, yx_buf_bytes(&array), err);
    struct yx_pdf_edit edit = {"/Annots", yx_buf_bytes(&array)};
    YX_TRY(yx_pdf_edit_dictionary(pdf, node, &edit, 1, &body, err));
    return yx_pdf_update_object(update, page->ref, yx_buf_bytes(&body), err);
}

static int compare_annotations(const void *a, const void *b)
{
    const struct yx_pdf_annotation *left = a, *right = b;
    if (left->page != right->page)
        return left->page < right->page ? -1 : 1;
    return left->sequence < right->sequence ? -1 : 1;
}

static yx_status attach_annotations(struct yx_pdf_update *update, struct yx_pdf_ref *refs,
                                    struct yx_error *err)
{
    YX_CLEAN(shared) struct shared shared = {0};
    YX_TRY(find_shared(update->pdf, &shared, err));
    qsort(update->annotations, update->annotation_count, sizeof *update->annotations,
          compare_annotations);
    for (size_t i = 0, count; i < update->annotation_count; i += count) {
        const struct yx_pdf_annotation *first = &update->annotations[i];
        for (count = 0; i + count < update->annotation_count && first[count].page == first->page;
             count++)
            refs[count] = first[count].ref;
        const struct yx_pdf_page *page = &update->pdf->pages[first->page];
        qpdf_oh node = yx_pdf_object(update->pdf, page->ref);
        yx_status status = attach_to_page(update, &shared, page, node, refs, count, err);
        yx_pdf_drop(update->pdf, node);
        YX_TRY(status);
    }
    return YX_OK;
}

/* --- Form and catalog --------------------------------------------------------------------- */

/* Fields: changed where the array stands when it is an object of its own, else a key of the form.
 */
static yx_status attach_fields(struct yx_pdf_update *update, qpdf_oh form, struct yx_error *err)
{
    struct yx_pdf *pdf = update->pdf;
    struct yx_pdf_ref ref;
    YX_CLEAN(yx_buf) struct yx_buf array = {0};
    qpdf_oh fields = yx_pdf_get(pdf, form, "/Fields");
    YX_TRY(check_array(pdf, fields, FORM, "Fields", pdf->root.id, err));
    YX_TRY(extended_array(pdf, fields, update->fields, update->field_count, &array, err));
    if (yx_pdf_is_array(pdf, fields) && yx_pdf_get_ref(pdf, form, "/Fields", &ref))
        return yx_pdf_update_object(update, ref, yx_buf_bytes(&array), err);
    return yx_pdf_update_set_form(update, "/Fields", yx_buf_bytes(&array), err);
}

static yx_status attach_flags(struct yx_pdf_update *update, qpdf_oh form, struct yx_error *err)
{
    int64_t flags = 0;
    yx_pdf_integer(update->pdf, yx_pdf_get(update->pdf, form, "/SigFlags"), &flags);
    if ((flags & SIGNATURES_EXIST_APPEND_ONLY) == SIGNATURES_EXIST_APPEND_ONLY)
        return YX_OK;
    struct yx_number_text text = yx_number_text(flags | SIGNATURES_EXIST_APPEND_ONLY);
    return yx_pdf_update_set_form(update, "/SigFlags", YX_TEXT(text.text), err);
}

/* The form is an object of its own, stands in the catalog, or is made. */
static yx_status attach_form_edits(struct yx_pdf_update *update, qpdf_oh catalog, qpdf_oh form,
                                   struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf body = {0}, value = {0};
    YX_TRY(yx_pdf_edit_dictionary(update->pdf, form, update->form.items, update->form.count, &body,
                                  err));
    struct yx_pdf_ref ref;
    bool is_there = yx_pdf_is_dictionary(update->pdf, form);
    if (is_there && yx_pdf_get_ref(update->pdf, catalog, "/AcroForm", &ref))
        return yx_pdf_update_object(update, ref, yx_buf_bytes(&body), err);
    if (is_there)
        return yx_pdf_update_set_catalog(update, "/AcroForm", yx_buf_bytes(&body), err);
    ref = yx_pdf_update_reserve(update);
    if (yx_pdf_put_ref(&value, ref) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_pdf_update_object(update, ref, yx_buf_bytes(&body), err));
    return yx_pdf_update_set_catalog(update, "/AcroForm", yx_buf_bytes(&value), err);
}

static yx_status attach_form(struct yx_pdf_update *update, qpdf_oh catalog, struct yx_error *err)
{
    struct yx_pdf *pdf = update->pdf;
    qpdf_oh form = yx_pdf_get(pdf, catalog, "/AcroForm");
    YX_TRY(yx_pdf_check(pdf, err));
    YX_REQUIRE(yx_pdf_is_null(pdf, form) || yx_pdf_is_dictionary(pdf, form), err, YX_DAMAGED, FORM,
               N_("the AcroForm of the catalog is no dictionary"));
    if (update->field_count > 0)
        YX_TRY(attach_fields(update, form, err));
    if (update->signs_form)
        YX_TRY(attach_flags(update, form, err));
    if (update->form.count > 0)
        YX_TRY(attach_form_edits(update, catalog, form, err));
    return YX_OK;
}

static yx_status attach_catalog(struct yx_pdf_update *update, qpdf_oh catalog, struct yx_error *err)
{
    if (update->catalog.count == 0)
        return YX_OK;
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    YX_TRY(yx_pdf_edit_dictionary(update->pdf, catalog, update->catalog.items,
                                  update->catalog.count, &body, err));
    return yx_pdf_update_object(update, update->pdf->root, yx_buf_bytes(&body), err);
}

yx_status yx_pdf_update_attach(struct yx_pdf_update *update, struct yx_error *err)
{
    if (update->annotation_count > 0) {
        struct yx_pdf_ref *refs =
            yx_arena_calloc(update->arena, update->annotation_count, sizeof *refs);
        if (refs == NULL)
            return yx_fail_memory(err);
        YX_TRY(attach_annotations(update, refs, err));
    }
    qpdf_oh catalog = yx_pdf_catalog(update->pdf);
    YX_TRY(attach_form(update, catalog, err));
    return attach_catalog(update, catalog, err);
}
