/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certify.c - what signatures permit and lock. Obeyed: DocMDP (ISO 32000-1 12.8.2.2), FieldMDP
 * (12.8.2.4), the Lock of a signature field (12.7.4.5) with its permissions (ISO 32000-2, signature
 * field lock dictionary). Written: the transforms of a new signature.
 *
 * Closing: the first signature certifies with DocMDP P=1. Behind earlier signatures there can be no
 * certification; then the field gets a Lock of all fields with P=1, and the signature a FieldMDP.
 */
#include "pdfsign/sealing.h"

#define RULE_DOCMDP "ISO 32000-1 12.8.2.2"
#define RULE_FIELDMDP "ISO 32000-1 12.8.2.4"
#define RULE_FIELD "ISO 32000-1 12.7.4.5"

enum { NO_CHANGES = 1, FILL_AND_SIGN = 2, ANNOTATE = 3, UNLIMITED = 4 };

#define LOCK_ALL "<< /Type /SigFieldLock /Action /All /P 1 >>"

/* --- Permissions in effect ---------------------------------------------------------------- */

/* The parameters of a transform among the references of a signature. */
static bool find_transform(struct yx_pdf *pdf, qpdf_oh signature, const char *method,
                           qpdf_oh *params)
{
    qpdf_oh references = yx_pdf_get(pdf, signature, "/Reference");
    for (int i = 0; i < yx_pdf_array_size(pdf, references); i++) {
        qpdf_oh reference = yx_pdf_item(pdf, references, i);
        *params = yx_pdf_get(pdf, reference, "/TransformParams");
        if (yx_pdf_is_name(pdf, yx_pdf_get(pdf, reference, "/TransformMethod"), method))
            return true;
    }
    return false;
}

static void lower(struct yx_pdf *pdf, qpdf_oh number, int64_t usual, int64_t *permission)
{
    int64_t p;
    if (!yx_pdf_integer(pdf, number, &p) || p < NO_CHANGES || p > ANNOTATE)
        p = usual;
    if (p < *permission)
        *permission = p;
}

/* P is 2 when a certification does not say (ISO 32000-1 table 254). */
static void lower_by_docmdp(struct yx_pdf *pdf, qpdf_oh signature, int64_t *permission)
{
    qpdf_oh params;
    if (find_transform(pdf, signature, "/DocMDP", &params))
        lower(pdf, yx_pdf_get(pdf, params, "/P"), FILL_AND_SIGN, permission);
}

static int64_t permission_in_effect(struct yx_pdf *pdf, const struct yx_pdf_form *form)
{
    int64_t permission = UNLIMITED;
    qpdf_oh perms = yx_pdf_get(pdf, yx_pdf_catalog(pdf), "/Perms");
    lower_by_docmdp(pdf, yx_pdf_get(pdf, perms, "/DocMDP"), &permission);
    for (size_t i = 0; i < form->count; i++) {
        const struct yx_pdf_field *field = &form->items[i];
        if (!field->is_filled)
            continue;
        qpdf_oh lock = yx_pdf_get(pdf, field->object, "/Lock");
        lower_by_docmdp(pdf, field->value, &permission);
        lower(pdf, yx_pdf_get(pdf, lock, "/P"), UNLIMITED, &permission);
    }
    return permission;
}

/* --- Locked fields ------------------------------------------------------------------------ */

/* The name itself, or one below it. */
static bool is_named(struct yx_bytes listed, struct yx_bytes name)
{
    return listed.len > 0 && name.len >= listed.len &&
           memcmp(name.data, listed.data, listed.len) == 0 &&
           (name.len == listed.len || name.data[listed.len] == '.');
}

static yx_status is_listed(struct yx_pdf *pdf, qpdf_oh list, struct yx_bytes name, bool *out,
                           struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    *out = false;
    for (int i = 0; !*out && i < yx_pdf_array_size(pdf, list); i++) {
        text.len = 0;
        YX_TRY(yx_pdf_text(pdf, yx_pdf_item(pdf, list, i), &text, err));
        *out = is_named(yx_buf_bytes(&text), name);
    }
    return YX_OK;
}

/* Lock dictionaries and the parameters of FieldMDP have the same entries. */
static yx_status covers(struct yx_pdf *pdf, qpdf_oh lock, struct yx_bytes name, bool *out,
                        struct yx_error *err)
{
    qpdf_oh action = yx_pdf_get(pdf, lock, "/Action");
    bool listed;
    YX_TRY(is_listed(pdf, yx_pdf_get(pdf, lock, "/Fields"), name, &listed, err));
    *out = yx_pdf_is_name(pdf, action, "/All") ||
           (yx_pdf_is_name(pdf, action, "/Include") && listed) ||
           (yx_pdf_is_name(pdf, action, "/Exclude") && !listed);
    return YX_OK;
}

static yx_status is_locked_by(struct yx_pdf *pdf, const struct yx_pdf_field *signature,
                              struct yx_bytes name, bool *out, struct yx_error *err)
{
    qpdf_oh params;
    *out = false;
    if (find_transform(pdf, signature->value, "/FieldMDP", &params))
        YX_TRY(covers(pdf, params, name, out, err));
    if (*out)
        return YX_OK;
    return covers(pdf, yx_pdf_get(pdf, signature->object, "/Lock"), name, out, err);
}

static yx_status check_unlocked(const struct yx_pdf_work *work, struct yx_error *err)
{
    for (size_t i = 0; i < work->form.count; i++) {
        const struct yx_pdf_field *earlier = &work->form.items[i];
        bool locked = false;
        if (earlier->is_filled)
            YX_TRY(is_locked_by(work->pdf, earlier, work->field->name, &locked, err));
        YX_REQUIRE(!locked, err, YX_REFUSED, RULE_FIELDMDP,
                   N_("the field {1} is locked by an earlier signature"), work->request->field);
    }
    return YX_OK;
}

/* --- What is asked for -------------------------------------------------------------------- */

static yx_status check_field(const struct yx_pdf_work *work, struct yx_error *err)
{
    const struct yx_pdf_field *field = work->field;
    const char *name = work->request->field;
    YX_REQUIRE(field->is_signature, err, YX_REFUSED, RULE_FIELD,
               N_("the field {1} is no signature field"), name);
    YX_REQUIRE(yx_pdf_is_null(work->pdf, field->value), err, YX_REFUSED, RULE_FIELD,
               N_("the signature field {1} is signed already"), name);
    YX_REQUIRE(!field->read_only, err, YX_REFUSED, RULE_FIELD,
               N_("the signature field {1} is read-only"), name);
    return check_unlocked(work, err);
}

static bool locks_all(struct yx_pdf *pdf, qpdf_oh lock)
{
    int64_t p = 0;
    return yx_pdf_is_name(pdf, yx_pdf_get(pdf, lock, "/Action"), "/All") &&
           yx_pdf_integer(pdf, yx_pdf_get(pdf, lock, "/P"), &p) && p == NO_CHANGES;
}

static yx_status check_close(struct yx_pdf_work *work, struct yx_error *err)
{
    work->certify = work->request->close && !yx_pdf_form_is_signed(&work->form);
    if (!work->request->close || work->certify || work->field == NULL)
        return YX_OK;
    qpdf_oh lock = yx_pdf_get(work->pdf, work->field->object, "/Lock");
    YX_REQUIRE(locks_all(work->pdf, lock), err, YX_REFUSED, RULE_FIELD,
               N_("the field {1} says itself what its signature locks, and that is not all of the "
                  "document; close the document with a new field"),
               work->request->field);
    return YX_OK;
}

yx_status yx_pdf_check_permitted(struct yx_pdf_work *work, struct yx_error *err)
{
    int64_t permission = permission_in_effect(work->pdf, &work->form);
    YX_TRY(yx_pdf_check(work->pdf, err));
    YX_REQUIRE(permission > NO_CHANGES, err, YX_REFUSED, RULE_DOCMDP,
               N_("the document is closed: an earlier signature allows no changes (P=1), and so no "
                  "further signature"));
    if (work->field != NULL)
        YX_TRY(check_field(work, err));
    YX_REQUIRE(permission > FILL_AND_SIGN || work->field != NULL, err, YX_REFUSED, RULE_DOCMDP,
               N_("the document is certified for filling in forms and signing only (P=2): sign one "
                  "of its empty signature fields; no new seals can be added"));
    return check_close(work, err);
}

/* --- What is written ---------------------------------------------------------------------- */

const char *yx_pdf_new_lock(const struct yx_pdf_work *work)
{
    return work->request->close && !work->certify && work->field == NULL ? LOCK_ALL : NULL;
}

static yx_status put_field_mdp(const char *action, struct yx_bytes fields, struct yx_buf *out)
{
    YX_TRY(yx_buf_append_text(out, " << /Type /SigRef /TransformMethod /FieldMDP /TransformParams "
                                   "<< /Type /TransformParams /V /1.2 /Action "));
    YX_TRY(yx_buf_append_text(out, action));
    if (fields.len > 0) {
        YX_TRY(yx_buf_append_text(out, " /Fields "));
        YX_TRY(yx_buf_append(out, fields));
    }
    return yx_buf_append_text(out, " >> >>");
}

/* The Lock of an existing field becomes the signature's FieldMDP. */
static yx_status put_existing_lock(const struct yx_pdf_work *work, struct yx_buf *out,
                                   struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf action = {0}, fields = {0};
    struct yx_pdf *pdf = work->pdf;
    qpdf_oh lock = yx_pdf_get(pdf, work->field->object, "/Lock");
    if (!yx_pdf_is_dictionary(pdf, lock))
        return YX_OK;
    YX_TRY(yx_pdf_unparse(pdf, yx_pdf_get(pdf, lock, "/Action"), &action, err));
    if (yx_pdf_has(pdf, lock, "/Fields"))
        YX_TRY(yx_pdf_unparse(pdf, yx_pdf_get(pdf, lock, "/Fields"), &fields, err));
    if (yx_buf_append(&action, YX_BYTES("", 1)) != YX_OK ||
        put_field_mdp((const char *)action.data, yx_buf_bytes(&fields), out) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

static yx_status put_list(const struct yx_pdf_work *work, struct yx_buf *out, struct yx_error *err)
{
    if (work->certify &&
        yx_buf_append_text(out, " << /Type /SigRef /TransformMethod /DocMDP /TransformParams "
                                "<< /Type /TransformParams /P 1 /V /1.2 >> >>") != YX_OK)
        return yx_fail_memory(err);
    if (yx_pdf_new_lock(work) != NULL && put_field_mdp("/All", YX_BYTES(NULL, 0), out) != YX_OK)
        return yx_fail_memory(err);
    return work->field == NULL ? YX_OK : put_existing_lock(work, out, err);
}

yx_status yx_pdf_put_reference(const struct yx_pdf_work *work, struct yx_buf *out,
                               struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf list = {0};
    YX_TRY(put_list(work, &list, err));
    if (list.len == 0)
        return YX_OK;
    if (yx_buf_append_text(out, " /Reference [") != YX_OK ||
        yx_buf_append(out, yx_buf_bytes(&list)) != YX_OK || yx_buf_append_text(out, " ]") != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}
