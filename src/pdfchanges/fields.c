/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fields.c - what may change in the form after signing: empty fields are filled, signature
 * fields are signed or added. A value that the signer saw may be changed only where DocMDP says so
 * (ISO 32000-1 12.8.2.2), no field that the signature locked (12.8.2.4), and no appearance without
 * its value: a field that begins to show something else is an attack.
 */
#include "pdfchanges/changes.h"

#define RULE_FIELD "ISO 32000-1 12.7.4"
#define RULE_CERTIFIED "ISO 32000-1 12.8.2.2"
#define RULE_LOCKED "ISO 32000-1 12.8.2.4"
#define DEPTH_MAX 32

/* A field or a widget of one, in both revisions, with what it inherits. */
struct field {
    struct yx_pdf_ref ref;
    qpdf_oh then, now;
    const char *name;  /* full name */
    const char *title; /* "field Name", for people */
    qpdf_oh type;      /* FT, then */
    qpdf_oh value_then, value_now;
    unsigned depth;
};

static const struct yx_pdf_ids no_ids;

/* --- New signature fields ---------------------------------------------------------------- */

static bool is_visible(struct yx_pdf *pdf, qpdf_oh widget)
{
    double rect[4];
    qpdf_oh value = yx_pdf_get(pdf, widget, "/Rect");
    return yx_pdf_rectangle(pdf, value, rect) && (rect[2] > rect[0] && rect[3] > rect[1]);
}

static bool is_timestamp(struct yx_pdf *pdf, qpdf_oh signature)
{
    return yx_pdf_is_dictionary(pdf, signature) &&
           yx_pdf_is_name(pdf, yx_pdf_get(pdf, signature, "/Type"), "/DocTimeStamp") &&
           yx_pdf_is_name(pdf, yx_pdf_get(pdf, signature, "/SubFilter"), "/ETSI.RFC3161");
}

/* A field that nobody signed, and that shows something. */
static bool is_picture(struct yx_pdf *pdf, qpdf_oh field, qpdf_oh value)
{
    return !yx_pdf_is_dictionary(pdf, value) && is_visible(pdf, field) &&
           (yx_pdf_has(pdf, field, "/AP") || yx_pdf_has(pdf, field, "/MK"));
}

/* May this signature be put into the document? `added`: its field is new, too. */
static void allow_signature(struct yx_pdf_comparison *c, qpdf_oh field, qpdf_oh value, bool added)
{
    int64_t level = c->permissions->level;
    bool visible = is_visible(c->now, field);
    if (yx_pdf_was_there(c, value))
        yx_pdf_forbid(c, "signature", RULE_FIELD,
                      N_("a signature field was given a value that was in the document when it "
                         "was signed: one signature shows in two places"),
                      NULL, NULL);
    else if (is_timestamp(c->now, value) && !visible)
        yx_pdf_allow(c, YX_PDF_ADDED_PROOF, NULL);
    else if (level == 1)
        yx_pdf_forbid(c, "signature", RULE_CERTIFIED,
                      N_("a signature was added to a document that was closed by this one"), NULL,
                      NULL);
    else if (level == 2 && added && visible)
        yx_pdf_forbid(c, "signature", RULE_CERTIFIED,
                      N_("a visible signature field was added to a document that is certified for "
                         "filling in its own fields only"),
                      NULL, NULL);
    else if (is_picture(c->now, field, value))
        yx_pdf_allow(c, YX_PDF_ADDED_ANNOTATION, "signature field without a signature");
    else
        yx_pdf_allow(c, YX_PDF_ADDED_SIGNATURE, NULL);
}

/* Its own entry or that of a field above; a null object when there is none. */
static qpdf_oh inherited(struct yx_pdf *pdf, qpdf_oh field, const char *key)
{
    qpdf_oh at = field;
    for (unsigned depth = 0; depth < DEPTH_MAX && yx_pdf_is_dictionary(pdf, at); depth++) {
        qpdf_oh value = yx_pdf_get(pdf, at, key);
        if (!yx_pdf_is_null(pdf, value))
            return value;
        at = yx_pdf_get(pdf, at, "/Parent");
    }
    return qpdf_oh_new_null(pdf->qpdf);
}

static bool is_signature_field(struct yx_pdf *pdf, qpdf_oh field)
{
    return yx_pdf_is_name(pdf, inherited(pdf, field, "/FT"), "/Sig");
}

/* Remembers the name, which the stamps of that signature give. */
static yx_status note_signed(struct yx_pdf_comparison *c, struct yx_bytes name,
                             struct yx_error *err)
{
    if (c->signed_later_count == YX_PDF_SIGNED_LATER || name.len == 0)
        return YX_OK;
    struct yx_bytes copy = yx_arena_bytes(c->arena, name);
    if (copy.data == NULL)
        return yx_fail_memory(err);
    c->signed_later[c->signed_later_count++] = copy;
    return YX_OK;
}

yx_status yx_pdf_judge_new_field(struct yx_pdf_comparison *c, qpdf_oh field, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    struct yx_pdf_ref ref;
    bool plain = yx_pdf_is_dictionary(c->now, field) && yx_pdf_ref_of(c->now, field, &ref) &&
                 !yx_pdf_has(c->now, field, "/A") && !yx_pdf_has(c->now, field, "/AA");
    if (!plain || !is_signature_field(c->now, field)) {
        yx_pdf_forbid(c, "AcroForm", RULE_FIELD,
                      N_("a form field was added after signing that is no signature field"), NULL,
                      NULL);
        return YX_OK;
    }
    qpdf_oh kids = yx_pdf_get(c->now, field, "/Kids");
    for (int i = 0; i < yx_pdf_array_size(c->now, kids); i++) {
        qpdf_oh kid = yx_pdf_item(c->now, kids, i);
        if (yx_pdf_has(c->now, kid, "/Kids") || !is_signature_field(c->now, kid))
            yx_pdf_forbid(c, "AcroForm", RULE_FIELD,
                          N_("a form field was added after signing that is no signature field"),
                          NULL, NULL);
        yx_pdf_drop(c->now, kid);
    }
    allow_signature(c, field, inherited(c->now, field, "/V"), true);
    if (yx_pdf_has(c->now, field, "/V"))
        YX_TRY(yx_pdf_text(c->now, yx_pdf_get(c->now, field, "/T"), &name, err));
    YX_TRY(note_signed(c, yx_buf_bytes(&name), err));
    return yx_pdf_check(c->now, err);
}

/* --- Appearances ------------------------------------------------------------------------- */

/* The dictionaries and streams of an appearance: AP, its states N, R and D, and theirs. */
static void collect_appearance(struct yx_pdf_comparison *c, qpdf_oh appearance,
                               struct yx_pdf_ids *ids)
{
    static const char *const states[] = {"/N", "/R", "/D"};
    yx_pdf_ids_add_object(c, ids, appearance);
    for (size_t i = 0; i < 3; i++) {
        qpdf_oh state = yx_pdf_get(c->then, appearance, states[i]);
        yx_pdf_ids_add_object(c, ids, state);
        if (!yx_pdf_is_dictionary(c->then, state))
            continue;
        qpdf_oh_begin_dict_key_iter(c->then->qpdf, state);
        while (qpdf_oh_dict_more_keys(c->then->qpdf))
            yx_pdf_ids_add_object(c, ids,
                                  yx_pdf_get(c->then, state, qpdf_oh_dict_next_key(c->then->qpdf)));
    }
}

/* Does the widget show something else than before? Explains what belongs to its appearance. */
static yx_status appearance_differs(struct yx_pdf_comparison *c, const struct field *field,
                                    bool *out, struct yx_error *err)
{
    struct yx_pdf_ids ids = no_ids;
    bool same, same_state;
    qpdf_oh then = yx_pdf_get(c->then, field->then, "/AP");
    qpdf_oh now = yx_pdf_get(c->now, field->now, "/AP");
    qpdf_oh state_then = yx_pdf_get(c->then, field->then, "/AS");
    qpdf_oh state_now = yx_pdf_get(c->now, field->now, "/AS");
    if (yx_pdf_is_dictionary(c->then, then))
        collect_appearance(c, then, &ids);
    YX_TRY(yx_pdf_same(c, then, now, false, &same, err));
    YX_TRY(yx_pdf_same(c, state_then, state_now, false, &same_state, err));
    *out = yx_pdf_explain_group(c, &ids, field->ref.id) || !same || !same_state;
    return YX_OK;
}

/* --- Filling ----------------------------------------------------------------------------- */

/* ISO 32000-1 12.8.2.4; a listed name stands for all fields below it. */
static bool is_locked(const struct yx_pdf_permissions *permissions, const char *name)
{
    bool listed = false;
    for (size_t i = 0; i < permissions->field_count; i++) {
        size_t len = strlen(permissions->fields[i]);
        listed = listed || (len > 0 && strncmp(name, permissions->fields[i], len) == 0 &&
                            (name[len] == 0 || name[len] == '.'));
    }
    return permissions->lock == YX_PDF_LOCK_ALL ||
           (permissions->lock == YX_PDF_LOCK_INCLUDE && listed) ||
           (permissions->lock == YX_PDF_LOCK_EXCLUDE && !listed);
}

/* Nothing, an empty string, an empty array, or a check box that is off. */
static bool is_empty(struct yx_pdf *pdf, qpdf_oh value)
{
    size_t len = 0;
    if (qpdf_oh_is_string(pdf->qpdf, value))
        qpdf_oh_get_binary_string_value(pdf->qpdf, value, &len);
    return yx_pdf_is_null(pdf, value) || yx_pdf_is_name(pdf, value, "/Off") ||
           (qpdf_oh_is_string(pdf->qpdf, value) && len == 0) ||
           (yx_pdf_is_array(pdf, value) && yx_pdf_array_size(pdf, value) == 0);
}

static void judge_filling(struct yx_pdf_comparison *c, const struct field *field, bool new_value,
                          bool had_appearance)
{
    const struct yx_pdf_permissions *permissions = c->permissions;
    bool was_empty = is_empty(c->then, field->value_then);
    if (is_locked(permissions, field->name))
        yx_pdf_forbid(c, field->title, RULE_LOCKED,
                      N_("the {1} was changed, and this signature locks it"), field->title, NULL);
    else if (permissions->level == 1)
        yx_pdf_forbid(c, field->title, RULE_CERTIFIED,
                      N_("the {1} was changed in a document that was closed by this signature"),
                      field->title, NULL);
    else if (!new_value && had_appearance)
        yx_pdf_forbid(c, field->title, RULE_FIELD,
                      N_("the {1} shows something else than when it was signed, and its value is "
                         "the same"),
                      field->title, NULL);
    else if (permissions->level == 0 && !was_empty)
        yx_pdf_forbid(c, field->title, RULE_FIELD,
                      N_("the {1} was filled in when the document was signed, and has another "
                         "value now"),
                      field->title, NULL);
    else
        yx_pdf_allow(c, YX_PDF_ADDED_FORM, field->title);
}

/* A signature field: it was empty and is signed now, or nothing may differ. */
static yx_status judge_signing(struct yx_pdf_comparison *c, const struct field *field, bool differs,
                               struct yx_error *err)
{
    bool was_signed = !yx_pdf_is_null(c->then, field->value_then);
    bool is_signed = yx_pdf_is_dictionary(c->now, field->value_now);
    if (!was_signed && is_signed) {
        if (is_locked(c->permissions, field->name))
            yx_pdf_forbid(c, field->title, RULE_LOCKED,
                          N_("the {1} was changed, and this signature locks it"), field->title,
                          NULL);
        allow_signature(c, field->now, field->value_now, false);
        return note_signed(c, YX_TEXT(field->name), err);
    }
    if (differs)
        yx_pdf_forbid(c, field->title, RULE_FIELD,
                      was_signed ? N_("the {1} was signed, and differs now")
                                 : N_("the {1} is empty, and differs from when it was signed"),
                      field->title, NULL);
    return YX_OK;
}

/* --- One field --------------------------------------------------------------------------- */

static bool is_text(struct yx_pdf *pdf, qpdf_oh value)
{
    return qpdf_oh_is_string(pdf->qpdf, value) || qpdf_oh_is_stream(pdf->qpdf, value);
}

static bool is_any_name(struct yx_pdf *pdf, qpdf_oh value)
{
    return qpdf_oh_is_name(pdf->qpdf, value);
}

/* What filling writes, and as what: an object that is a field and something else as well must not
 * change as that other thing. */
static const struct {
    const char *key;
    bool (*fits)(struct yx_pdf *pdf, qpdf_oh value); /* NULL: anything */
} filling[] = {
    {"/V", NULL},
    {"/AP", yx_pdf_is_dictionary},
    {"/AS", is_any_name},
    {"/RV", is_text},
    {"/I", yx_pdf_is_array},
    {"/M", is_text},
    {"/Kids", yx_pdf_is_array},
};

/* Values and appearances are judged by the sentences above; all else must stay. */
static yx_status judge_field_key(struct yx_pdf_comparison *c, void *context, const char *key,
                                 qpdf_oh then, qpdf_oh now, bool *allowed, struct yx_error *err)
{
    static const char *const signing[] = {"/F", "/P", "/MK", "/Lock"};
    const struct field *field = context;
    bool is_field = !yx_pdf_is_null(c->then, field->type) || strcmp(key, "/Kids") == 0;
    (void)err;
    for (size_t i = 0; is_field && i < sizeof filling / sizeof filling[0]; i++)
        *allowed = *allowed || (strcmp(key, filling[i].key) == 0 &&
                                (filling[i].fits == NULL || yx_pdf_is_null(c->now, now) ||
                                 filling[i].fits(c->now, now)));
    bool being_signed = yx_pdf_is_name(c->then, field->type, "/Sig") &&
                        yx_pdf_is_null(c->then, field->value_then) &&
                        yx_pdf_is_dictionary(c->now, field->value_now);
    for (size_t i = 0; being_signed && i < sizeof signing / sizeof signing[0]; i++)
        *allowed = *allowed || (strcmp(key, signing[i]) == 0 &&
                                (strcmp(key, "/F") == 0 || yx_pdf_is_null(c->then, then)));
    return YX_OK;
}

static yx_status judge_new_kid(struct yx_pdf_comparison *c, void *context, qpdf_oh item,
                               struct yx_error *err)
{
    (void)context;
    return yx_pdf_judge_new_field(c, item, err);
}

/* What the field itself says instead of those above. */
static yx_status inherit(struct yx_pdf_comparison *c, struct field *field, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    YX_CLEAN(yx_buf) struct yx_buf title = {0};
    if (yx_pdf_has(c->then, field->then, "/FT"))
        field->type = yx_pdf_get(c->then, field->then, "/FT");
    if (yx_pdf_has(c->then, field->then, "/V"))
        field->value_then = yx_pdf_get(c->then, field->then, "/V");
    if (yx_pdf_has(c->now, field->now, "/V"))
        field->value_now = yx_pdf_get(c->now, field->now, "/V");
    if (field->title != NULL && !yx_pdf_has(c->then, field->then, "/T"))
        return YX_OK;
    if (yx_buf_append_text(&name, field->name) != YX_OK ||
        (name.len > 0 && yx_buf_append_text(&name, ".") != YX_OK))
        return yx_fail_memory(err);
    YX_TRY(yx_pdf_text(c->then, yx_pdf_get(c->then, field->then, "/T"), &name, err));
    if (yx_buf_append_text(&title, "field ") != YX_OK ||
        yx_buf_append(&title, yx_buf_bytes(&name)) != YX_OK)
        return yx_fail_memory(err);
    field->name = yx_arena_text(c->arena, yx_buf_bytes(&name));
    field->title = yx_arena_text(c->arena, yx_buf_bytes(&title));
    return field->name == NULL || field->title == NULL ? yx_fail_memory(err) : YX_OK;
}

/* The value itself, and whether an object that it is was written anew. */
static yx_status value_differs(struct yx_pdf_comparison *c, const struct field *field, bool *out,
                               struct yx_error *err)
{
    struct yx_pdf_ids ids = no_ids;
    YX_TRY(yx_pdf_same(c, field->value_then, field->value_now, true, out, err));
    *out = !*out;
    if (!yx_pdf_is_name(c->then, field->type, "/Sig"))
        yx_pdf_ids_add_object(c, &ids, field->value_then);
    yx_pdf_explain_group(c, &ids, field->ref.id);
    return YX_OK;
}

static yx_status judge_field(struct yx_pdf_comparison *c, const struct field *field,
                             struct yx_error *err)
{
    bool value, appearance, changed = yx_pdf_changed(c, field->ref.id) != NULL;
    struct field context = *field;
    YX_TRY(value_differs(c, field, &value, err));
    YX_TRY(appearance_differs(c, field, &appearance, err));
    if (changed) {
        yx_pdf_explain(c, field->ref.id);
        YX_TRY(yx_pdf_compare_dictionaries(c, field->then, field->now, field->title,
                                           judge_field_key, &context, err));
    }
    if (yx_pdf_is_name(c->then, field->type, "/Sig"))
        return judge_signing(c, field, value || appearance || changed, err);
    if (value || appearance)
        judge_filling(c, field, value, yx_pdf_has(c->then, field->then, "/AP"));
    return YX_OK;
}

/* --- The tree ---------------------------------------------------------------------------- */

static yx_status walk_kids(struct yx_pdf_comparison *c, const struct field *parent, qpdf_oh kids,
                           struct yx_error *err);

static yx_status walk_field(struct yx_pdf_comparison *c, const struct field *parent, qpdf_oh item,
                            struct yx_error *err)
{
    struct field field = *parent;
    struct yx_pdf_ids ids = no_ids;
    YX_REQUIRE(c->fields_left-- > 0 && field.depth++ < DEPTH_MAX, err, YX_DAMAGED, RULE_FIELD,
               N_("the form has more fields, or deeper ones, than are looked at"));
    if (!yx_pdf_is_dictionary(c->then, item) || !yx_pdf_ref_of(c->then, item, &field.ref))
        return YX_OK;
    field.then = item;
    field.now = yx_pdf_object(c->now, field.ref);
    if (!yx_pdf_is_dictionary(c->now, field.now)) {
        yx_pdf_forbid(c, "AcroForm", RULE_FIELD, N_("a form field was removed after signing"), NULL,
                      NULL);
        return YX_OK;
    }
    YX_TRY(inherit(c, &field, err));
    YX_TRY(judge_field(c, &field, err));
    qpdf_oh kids = yx_pdf_get(c->then, item, "/Kids");
    qpdf_oh kids_now = yx_pdf_get(c->now, field.now, "/Kids");
    yx_pdf_ids_add_object(c, &ids, kids);
    yx_pdf_explain_group(c, &ids, field.ref.id);
    YX_TRY(yx_pdf_compare_arrays(c, kids, kids_now, field.title, judge_new_kid, NULL, err));
    return walk_kids(c, &field, kids, err);
}

static yx_status walk_kids(struct yx_pdf_comparison *c, const struct field *parent, qpdf_oh kids,
                           struct yx_error *err)
{
    for (int i = 0; i < yx_pdf_array_size(c->then, kids); i++)
        YX_TRY(walk_field(c, parent, yx_pdf_item(c->then, kids, i), err));
    return YX_OK;
}

yx_status yx_pdf_compare_fields(struct yx_pdf_comparison *c, qpdf_oh then, qpdf_oh now,
                                struct yx_error *err)
{
    struct field root = {.name = "",
                         .type = qpdf_oh_new_null(c->then->qpdf),
                         .value_then = qpdf_oh_new_null(c->then->qpdf),
                         .value_now = qpdf_oh_new_null(c->now->qpdf)};
    YX_TRY(yx_pdf_compare_arrays(c, then, now, "the form", judge_new_kid, NULL, err));
    return walk_kids(c, &root, then, err);
}
