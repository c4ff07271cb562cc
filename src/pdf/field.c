/* SPDX-License-Identifier: Apache-2.0 */
/*
 * field.c - the fields of the form (ISO 32000-1 12.7.3): which there are, which are signatures,
 * where their widgets stand. What they allow is for certify.c and seed.c.
 */
#include <stdlib.h>

#include "pdf/pdf.h"

#define RULE "ISO 32000-1 12.7.3"
#define RULE_WIDGET "ISO 32000-1 12.7.4.5"

enum { FIELDS_MAX = 100000, DEPTH_MAX = 32, NAMES_MAX = 64 * 1024 * 1024 };
enum { FLAG_READ_ONLY = 1 };

void yx_pdf_form_free(struct yx_pdf_form *form)
{
    free(form->items);
    yx_arena_free(form->arena);
    *form = (struct yx_pdf_form){0};
}

/* --- Reading ------------------------------------------------------------------------------ */

/* What a field takes from those above it. */
struct heritage {
    struct yx_bytes name;
    bool is_signature, read_only;
    qpdf_oh value;
    unsigned depth;
};

static yx_status append(struct yx_pdf_form *form, const struct yx_pdf_field *field,
                        struct yx_error *err)
{
    YX_REQUIRE(form->count < FIELDS_MAX, err, YX_DAMAGED, RULE,
               N_("the form has more than {1} fields"), YX_NUM(FIELDS_MAX));
    if (form->count == form->cap) {
        size_t cap = form->cap == 0 ? 16 : form->cap * 2;
        struct yx_pdf_field *items = reallocarray(form->items, cap, sizeof *items);
        if (items == NULL)
            return yx_fail_memory(err);
        form->items = items;
        form->cap = cap;
    }
    form->items[form->count++] = *field;
    return YX_OK;
}

yx_status yx_pdf_text(struct yx_pdf *pdf, qpdf_oh object, struct yx_buf *out, struct yx_error *err)
{
    if (!qpdf_oh_is_string(pdf->qpdf, object))
        return YX_OK;
    const char *text = qpdf_oh_get_utf8_value(pdf->qpdf, object);
    struct yx_bytes bytes = YX_BYTES(text, qpdf_get_last_string_length(pdf->qpdf));
    return yx_buf_append(out, bytes) == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* The name of those above, a full stop, and the field's own. */
static yx_status join_name(struct yx_pdf *pdf, struct yx_pdf_form *form, qpdf_oh title,
                           struct yx_bytes above, struct yx_bytes *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    if (above.len > 0 &&
        (yx_buf_append(&name, above) != YX_OK || yx_buf_append_text(&name, ".") != YX_OK))
        return yx_fail_memory(err);
    YX_TRY(yx_pdf_text(pdf, title, &name, err));
    if (name.len == 0)
        return YX_OK;
    *out = yx_arena_bytes(form->arena, yx_buf_bytes(&name));
    return out->data == NULL ? yx_fail_memory(err) : YX_OK;
}

/* What this field says instead of those above it. */
static yx_status inherit(struct yx_pdf *pdf, struct yx_pdf_form *form, qpdf_oh object,
                         struct heritage *heritage, struct yx_error *err)
{
    int64_t flags;
    qpdf_oh title = yx_pdf_get(pdf, object, "/T");
    if (!yx_pdf_is_null(pdf, title))
        YX_TRY(join_name(pdf, form, title, heritage->name, &heritage->name, err));
    if (yx_pdf_has(pdf, object, "/FT"))
        heritage->is_signature = yx_pdf_is_name(pdf, yx_pdf_get(pdf, object, "/FT"), "/Sig");
    if (yx_pdf_integer(pdf, yx_pdf_get(pdf, object, "/Ff"), &flags))
        heritage->read_only = (flags & FLAG_READ_ONLY) != 0;
    if (yx_pdf_has(pdf, object, "/V"))
        heritage->value = yx_pdf_get(pdf, object, "/V");
    heritage->depth++;
    return YX_OK;
}

/* A kid without a name of its own is a widget of its parent. */
static bool has_fields_below(struct yx_pdf *pdf, qpdf_oh kids)
{
    for (int i = 0; i < yx_pdf_array_size(pdf, kids); i++)
        if (yx_pdf_has(pdf, yx_pdf_item(pdf, kids, i), "/T"))
            return true;
    return false;
}

static yx_status read_fields(struct yx_pdf *pdf, struct yx_pdf_form *form, qpdf_oh array,
                             const struct heritage *above, struct yx_error *err);

static yx_status read_field(struct yx_pdf *pdf, struct yx_pdf_form *form, qpdf_oh object,
                            const struct heritage *above, struct yx_error *err)
{
    struct heritage own = *above;
    struct yx_pdf_field field = {.object = object};
    YX_REQUIRE(form->visited++ < FIELDS_MAX, err, YX_DAMAGED, RULE,
               N_("the form has more than {1} fields"), YX_NUM(FIELDS_MAX));
    if (!yx_pdf_is_dictionary(pdf, object) || !yx_pdf_ref_of(pdf, object, &field.ref))
        return YX_OK;
    YX_TRY(inherit(pdf, form, object, &own, err));
    qpdf_oh kids = yx_pdf_get(pdf, object, "/Kids");
    if (has_fields_below(pdf, kids))
        return read_fields(pdf, form, kids, &own, err);
    field.name = own.name;
    field.is_signature = own.is_signature;
    field.read_only = own.read_only;
    field.value = own.value;
    field.is_filled = field.is_signature && yx_pdf_is_dictionary(pdf, field.value);
    return append(form, &field, err);
}

static yx_status read_fields(struct yx_pdf *pdf, struct yx_pdf_form *form, qpdf_oh array,
                             const struct heritage *above, struct yx_error *err)
{
    YX_REQUIRE(above->depth < DEPTH_MAX, err, YX_DAMAGED, RULE,
               N_("the fields of the form are nested deeper than {1}"), YX_NUM(DEPTH_MAX));
    for (int i = 0; i < yx_pdf_array_size(pdf, array); i++)
        YX_TRY(read_field(pdf, form, yx_pdf_item(pdf, array, i), above, err));
    return YX_OK;
}

yx_status yx_pdf_form_read(struct yx_pdf *pdf, struct yx_pdf_form *out, struct yx_error *err)
{
    qpdf_oh form = yx_pdf_get(pdf, yx_pdf_catalog(pdf), "/AcroForm");
    struct heritage none = {.value = yx_pdf_get(pdf, form, "/V")};
    *out = (struct yx_pdf_form){.arena = yx_arena_new(NAMES_MAX)};
    if (out->arena == NULL)
        return yx_fail_memory(err);
    YX_TRY(read_fields(pdf, out, yx_pdf_get(pdf, form, "/Fields"), &none, err));
    return yx_pdf_check(pdf, err);
}

/* --- Looking ------------------------------------------------------------------------------ */

const struct yx_pdf_field *yx_pdf_form_find(const struct yx_pdf_form *form, struct yx_bytes name)
{
    for (size_t i = 0; i < form->count; i++)
        if (yx_bytes_equal(form->items[i].name, name))
            return &form->items[i];
    return NULL;
}

bool yx_pdf_form_is_signed(const struct yx_pdf_form *form)
{
    for (size_t i = 0; i < form->count; i++)
        if (form->items[i].is_filled)
            return true;
    return false;
}

/* Is it the name, or the start of the names below it? */
static bool is_taken(const struct yx_pdf_form *form, struct yx_bytes name)
{
    for (size_t i = 0; i < form->count; i++) {
        struct yx_bytes other = form->items[i].name;
        bool starts = other.len >= name.len && memcmp(other.data, name.data, name.len) == 0;
        if (starts && (other.len == name.len || other.data[name.len] == '.'))
            return true;
    }
    return false;
}

yx_status yx_pdf_form_new_name(const struct yx_pdf_form *form, struct yx_buf *out,
                               struct yx_error *err)
{
    char name[32];
    /* One of them is free: there are more names than fields. */
    for (size_t i = 1; i <= form->count + 1; i++) {
        snprintf(name, sizeof name, "Signature%zu", i);
        if (!is_taken(form, YX_TEXT(name)))
            break;
    }
    return yx_buf_append_text(out, name) == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* --- Widgets ------------------------------------------------------------------------------ */

static bool same_ref(struct yx_pdf_ref a, struct yx_pdf_ref b)
{
    return a.id == b.id && a.generation == b.generation;
}

static bool page_shows(struct yx_pdf *pdf, uint32_t page, struct yx_pdf_ref widget)
{
    qpdf_oh object = yx_pdf_object(pdf, pdf->pages[page].ref);
    qpdf_oh annots = yx_pdf_get(pdf, object, "/Annots");
    bool found = false;
    for (int i = 0; !found && i < yx_pdf_array_size(pdf, annots); i++) {
        struct yx_pdf_ref ref;
        qpdf_oh item = yx_pdf_item(pdf, annots, i);
        found = yx_pdf_ref_of(pdf, item, &ref) && same_ref(ref, widget);
        yx_pdf_drop(pdf, item);
    }
    yx_pdf_drop(pdf, annots);
    yx_pdf_drop(pdf, object);
    return found;
}

/* P of the annotation is optional: the pages know better. */
static bool find_page(struct yx_pdf *pdf, struct yx_pdf_widget *widget)
{
    for (widget->page = 0; widget->page < pdf->page_count; widget->page++)
        if (page_shows(pdf, widget->page, widget->ref))
            return true;
    return false;
}

yx_status yx_pdf_field_widget(struct yx_pdf *pdf, const struct yx_pdf_field *field,
                              struct yx_pdf_widget *out, struct yx_error *err)
{
    char name[128];
    snprintf(name, sizeof name, "%.*s", (int)field->name.len, (const char *)field->name.data);
    qpdf_oh kids = yx_pdf_get(pdf, field->object, "/Kids");
    int count = yx_pdf_array_size(pdf, kids);
    YX_REQUIRE(count <= 1, err, YX_REFUSED, RULE_WIDGET,
               N_("the signature field {1} has {2} widgets, where one is allowed"), name,
               YX_NUM(count));
    *out = (struct yx_pdf_widget){.ref = field->ref, .object = field->object};
    if (count == 1) {
        out->object = yx_pdf_item(pdf, kids, 0);
        YX_REQUIRE(yx_pdf_ref_of(pdf, out->object, &out->ref), err, YX_DAMAGED, RULE_WIDGET,
                   N_("the widget of the signature field {1} is no object of its own"), name);
    }
    bool has_rect = yx_pdf_rectangle(pdf, yx_pdf_get(pdf, out->object, "/Rect"), out->rect);
    YX_REQUIRE(has_rect && find_page(pdf, out), err, YX_REFUSED, RULE_WIDGET,
               N_("the signature field {1} stands on no page"), name);
    return yx_pdf_check(pdf, err);
}
