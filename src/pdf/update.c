/* SPDX-License-Identifier: Apache-2.0 */
/* update.c - gathers the objects that are to be appended to a file. Additions to pages, form and
 * catalog are worked out in attach.c; the bytes are made in layout.c. */
#include <stdlib.h>

#include "pdf/update.h"

/* All texts and streams of one update; a picture is the largest of them. */
#define TEXTS_MAX ((size_t)1024 * 1024 * 1024)
/* Room for a signature value with its certificates, time-stamp and revocation data. */
#define CONTENTS_MAX ((size_t)16 * 1024 * 1024)

yx_status yx_pdf_update_new(struct yx_pdf *pdf, struct yx_pdf_update **out, struct yx_error *err)
{
    YX_CLEAN(yx_pdf_update) struct yx_pdf_update *update = calloc(1, sizeof *update);
    if (update == NULL)
        return yx_fail_memory(err);
    update->pdf = pdf;
    update->next = pdf->object_count;
    update->arena = yx_arena_new(TEXTS_MAX);
    if (update->arena == NULL)
        return yx_fail_memory(err);
    *out = update;
    update = NULL;
    return YX_OK;
}

void yx_pdf_update_free(struct yx_pdf_update *update)
{
    if (update == NULL)
        return;
    yx_arena_free(update->arena);
    free(update->objects);
    free(update->annotations);
    free(update->fields);
    free(update->catalog.items);
    free(update->form.items);
    free(update);
}

yx_status yx_pdf_update_grow(void **items, size_t count, size_t *capacity, size_t size,
                             struct yx_error *err)
{
    if (count < *capacity)
        return YX_OK;
    size_t more, bytes;
    if (yx_mul_overflows(*capacity, (size_t)2, &more) || yx_add_overflows(more, (size_t)8, &more) ||
        yx_mul_overflows(more, size, &bytes))
        return yx_fail_memory(err);
    void *grown = realloc(*items, bytes);
    if (grown == NULL)
        return yx_fail_memory(err);
    *items = grown;
    *capacity = more;
    return YX_OK;
}

struct yx_pdf_ref yx_pdf_update_reserve(struct yx_pdf_update *update)
{
    return (struct yx_pdf_ref){.id = update->next++};
}

/* Copies the bytes of an object into the update and appends it. */
static yx_status add_object(struct yx_pdf_update *update, struct yx_pdf_new_object object,
                            struct yx_error *err)
{
    YX_REQUIRE(object.ref.id > 0 && object.ref.id < update->next, err, YX_INTERNAL,
               "ISO 32000-1 7.5.6", N_("object {1} is neither in the file nor reserved"),
               YX_NUM(object.ref.id));
    struct yx_bytes text = yx_arena_bytes(update->arena, object.text);
    struct yx_bytes data = yx_arena_bytes(update->arena, object.data);
    if ((text.data == NULL && object.text.len > 0) || (data.data == NULL && object.data.len > 0))
        return yx_fail_memory(err);
    void *items = update->objects;
    YX_TRY(yx_pdf_update_grow(&items, update->object_count, &update->object_capacity,
                              sizeof *update->objects, err));
    update->objects = items;
    object.text = text;
    object.data = data;
    object.sequence = update->object_count;
    update->objects[update->object_count++] = object;
    return YX_OK;
}

yx_status yx_pdf_update_object(struct yx_pdf_update *update, struct yx_pdf_ref ref,
                               struct yx_bytes body, struct yx_error *err)
{
    return add_object(
        update, (struct yx_pdf_new_object){.ref = ref, .kind = YX_PDF_BODY, .text = body}, err);
}

yx_status yx_pdf_update_stream(struct yx_pdf_update *update, struct yx_pdf_ref ref,
                               struct yx_bytes entries, struct yx_bytes data, struct yx_error *err)
{
    struct yx_pdf_new_object object = {
        .ref = ref, .kind = YX_PDF_STREAM, .text = entries, .data = data};
    return add_object(update, object, err);
}

yx_status yx_pdf_update_signature(struct yx_pdf_update *update, struct yx_pdf_ref ref,
                                  struct yx_bytes entries, size_t contents_size,
                                  struct yx_error *err)
{
    YX_REQUIRE(!update->has_signature, err, YX_INTERNAL, "ISO 32000-1 12.8.1",
               N_("an update carries one signature at most"));
    YX_REQUIRE(contents_size > 0 && contents_size <= CONTENTS_MAX, err, YX_USAGE,
               "ISO 32000-1 12.8.1", N_("a signature value cannot have {1} bytes"),
               YX_NUM(contents_size));
    struct yx_pdf_new_object object = {
        .ref = ref, .kind = YX_PDF_SIGNATURE, .text = entries, .contents_size = contents_size};
    YX_TRY(add_object(update, object, err));
    update->has_signature = true;
    return YX_OK;
}

yx_status yx_pdf_update_add_annotation(struct yx_pdf_update *update, uint32_t page,
                                       struct yx_pdf_ref annotation, struct yx_error *err)
{
    YX_REQUIRE(page < update->pdf->page_count, err, YX_USAGE, "",
               N_("there is no page {1}: the document has {2}"), YX_NUM((int64_t)page + 1),
               YX_NUM(update->pdf->page_count));
    void *items = update->annotations;
    YX_TRY(yx_pdf_update_grow(&items, update->annotation_count, &update->annotation_capacity,
                              sizeof *update->annotations, err));
    update->annotations = items;
    update->annotations[update->annotation_count] = (struct yx_pdf_annotation){
        .page = page, .sequence = update->annotation_count, .ref = annotation};
    update->annotation_count++;
    return YX_OK;
}

yx_status yx_pdf_update_add_field(struct yx_pdf_update *update, struct yx_pdf_ref field,
                                  struct yx_error *err)
{
    void *items = update->fields;
    YX_TRY(yx_pdf_update_grow(&items, update->field_count, &update->field_capacity,
                              sizeof *update->fields, err));
    update->fields = items;
    update->fields[update->field_count++] = field;
    update->signs_form = true;
    return YX_OK;
}

void yx_pdf_update_sign_form(struct yx_pdf_update *update)
{
    update->signs_form = true;
}

static yx_status add_edit(struct yx_pdf_update *update, struct yx_pdf_edits *edits, const char *key,
                          struct yx_bytes value, struct yx_error *err)
{
    struct yx_pdf_edit edit = {.key = yx_arena_text(update->arena, YX_TEXT(key)),
                               .value = yx_arena_bytes(update->arena, value)};
    if (edit.key == NULL || (edit.value.data == NULL && value.len > 0))
        return yx_fail_memory(err);
    void *items = edits->items;
    YX_TRY(yx_pdf_update_grow(&items, edits->count, &edits->capacity, sizeof *edits->items, err));
    edits->items = items;
    edits->items[edits->count++] = edit;
    return YX_OK;
}

yx_status yx_pdf_update_set_form(struct yx_pdf_update *update, const char *key,
                                 struct yx_bytes value, struct yx_error *err)
{
    return add_edit(update, &update->form, key, value, err);
}

yx_status yx_pdf_update_set_catalog(struct yx_pdf_update *update, const char *key,
                                    struct yx_bytes value, struct yx_error *err)
{
    return add_edit(update, &update->catalog, key, value, err);
}
