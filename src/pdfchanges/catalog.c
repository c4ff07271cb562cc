/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog.c - what may change at the top of a document after signing: validation data in
 * the DSS (store.c), the description in Info and Metadata, and the form. Fields are in
 * fields.c, pages in pages.c.
 */
#include "pdfchanges/changes.h"

#define RULE_CATALOG "ISO 32000-1 7.7.2"
#define RULE_FORM "ISO 32000-1 12.7.2"
#define RULE_CERTIFIED "ISO 32000-1 12.8.2.2"

/* --- Form -------------------------------------------------------------------------------- */

static yx_status judge_resource(struct yx_pdf_comparison *c, void *context, const char *key,
                                qpdf_oh then, qpdf_oh now, bool *allowed, struct yx_error *err)
{
    (void)context, (void)key, (void)now, (void)err;
    *allowed = yx_pdf_is_null(c->then, then); /* new names only */
    return YX_OK;
}

/* A kind of resources, such as Font: names may be added. */
static yx_status judge_resources(struct yx_pdf_comparison *c, void *context, const char *key,
                                 qpdf_oh then, qpdf_oh now, bool *allowed, struct yx_error *err)
{
    (void)context;
    *allowed = yx_pdf_is_null(c->then, then);
    if (!yx_pdf_is_dictionary(c->then, then) || !yx_pdf_is_dictionary(c->now, now))
        return YX_OK;
    *allowed = true;
    return yx_pdf_compare_dictionaries(c, then, now, key, judge_resource, NULL, err);
}

/* Default resources of the form, and the dictionaries right under them. */
static yx_status compare_resources(struct yx_pdf_comparison *c, qpdf_oh form_then, qpdf_oh form_now,
                                   struct yx_pdf_ids *ids, struct yx_error *err)
{
    qpdf_oh then = yx_pdf_get(c->then, form_then, "/DR"), now = yx_pdf_get(c->now, form_now, "/DR");
    if (!yx_pdf_is_dictionary(c->then, then) || !yx_pdf_is_dictionary(c->now, now))
        return YX_OK;
    qpdf_oh fonts_then = yx_pdf_get(c->then, then, "/Font");
    qpdf_oh fonts_now = yx_pdf_get(c->now, now, "/Font");
    yx_pdf_ids_add_object(c, ids, then);
    yx_pdf_ids_add_object(c, ids, fonts_then);
    if (yx_pdf_is_dictionary(c->then, fonts_then) && yx_pdf_is_dictionary(c->now, fonts_now))
        YX_TRY(yx_pdf_compare_dictionaries(c, fonts_then, fonts_now, "form fonts", judge_resource,
                                           NULL, err));
    return yx_pdf_compare_dictionaries(c, then, now, "form resources", judge_resources, NULL, err);
}

/* "SigFlags" and new resources serve signing; a viewer that draws fields anew does not. */
static yx_status judge_form_key(struct yx_pdf_comparison *c, void *context, const char *key,
                                qpdf_oh then, qpdf_oh now, bool *allowed, struct yx_error *err)
{
    (void)context, (void)err;
    bool is_new = yx_pdf_is_null(c->then, then), gone = yx_pdf_is_null(c->now, now);
    *allowed = strcmp(key, "/SigFlags") == 0 || strcmp(key, "/Fields") == 0 ||
               (strcmp(key, "/DR") == 0 && !gone) || (strcmp(key, "/DA") == 0 && is_new) ||
               (strcmp(key, "/NeedAppearances") == 0 &&
                (gone || (qpdf_oh_is_bool(c->now->qpdf, now) &&
                          !qpdf_oh_get_bool_value(c->now->qpdf, now))));
    return YX_OK;
}

static yx_status judge_first_field(struct yx_pdf_comparison *c, void *context, qpdf_oh item,
                                   struct yx_error *err)
{
    (void)context;
    return yx_pdf_judge_new_field(c, item, err);
}

/* There was no form: the new one holds signature fields only. */
static yx_status judge_new_form(struct yx_pdf_comparison *c, qpdf_oh nothing, qpdf_oh form,
                                struct yx_error *err)
{
    YX_TRY(yx_pdf_compare_dictionaries(c, nothing, form, "the form", judge_form_key, NULL, err));
    return yx_pdf_compare_arrays(c, nothing, yx_pdf_get(c->now, form, "/Fields"), "the form",
                                 judge_first_field, NULL, err);
}

static yx_status compare_form(struct yx_pdf_comparison *c, qpdf_oh then, qpdf_oh now,
                              struct yx_error *err)
{
    struct yx_pdf_ids ids = {.count = 0};
    if (yx_pdf_is_null(c->then, then) && yx_pdf_is_null(c->now, now))
        return YX_OK;
    if (yx_pdf_is_null(c->then, then) && yx_pdf_is_dictionary(c->now, now))
        return judge_new_form(c, then, now, err);
    if (!yx_pdf_is_dictionary(c->then, then) || !yx_pdf_is_dictionary(c->now, now)) {
        yx_pdf_forbid(c, "AcroForm", RULE_FORM, N_("the form was removed after signing"), NULL,
                      NULL);
        return YX_OK;
    }
    qpdf_oh fields_then = yx_pdf_get(c->then, then, "/Fields");
    qpdf_oh fields_now = yx_pdf_get(c->now, now, "/Fields");
    yx_pdf_ids_add_object(c, &ids, then);
    yx_pdf_ids_add_object(c, &ids, fields_then);
    YX_TRY(compare_resources(c, then, now, &ids, err));
    yx_pdf_explain_group(c, &ids, c->then->root.id);
    YX_TRY(yx_pdf_compare_dictionaries(c, then, now, "the form", judge_form_key, NULL, err));
    return yx_pdf_compare_fields(c, fields_then, fields_now, err);
}

/* --- Description ------------------------------------------------------------------------- */

static void describe(struct yx_pdf_comparison *c)
{
    if (c->permissions->level != 1) {
        yx_pdf_allow(c, YX_PDF_ADDED_DESCRIPTION, NULL);
        return;
    }
    yx_pdf_forbid(c, "Info", RULE_CERTIFIED,
                  N_("the description of the document was changed, and its certification allows no "
                     "changes"),
                  NULL, NULL);
}

/* Info hangs on the trailer, which no object refers to. */
static void compare_info(struct yx_pdf_comparison *c)
{
    struct yx_pdf_ref then = c->xref_then->sections[0].info, now = c->xref_now->sections[0].info;
    struct yx_pdf_ids ids = {.items = {then.id}, .count = then.id != 0};
    if (yx_pdf_explain_group(c, &ids, 0) || then.id != now.id)
        describe(c);
}

/* An XMP packet written anew in its place. */
static void compare_metadata(struct yx_pdf_comparison *c, qpdf_oh metadata)
{
    struct yx_pdf_ids ids = {.count = 0};
    yx_pdf_ids_add_object(c, &ids, metadata);
    if (yx_pdf_explain_group(c, &ids, c->then->root.id))
        describe(c);
}

/* --- Catalog ----------------------------------------------------------------------------- */

/* A certification that was added binds what comes later, and takes nothing away. */
static bool is_certification(struct yx_pdf_comparison *c, qpdf_oh then, qpdf_oh now)
{
    int keys = 0;
    if (!yx_pdf_is_null(c->then, then) || !yx_pdf_is_dictionary(c->now, now))
        return false;
    qpdf_oh_begin_dict_key_iter(c->now->qpdf, now);
    for (; qpdf_oh_dict_more_keys(c->now->qpdf); keys++)
        qpdf_oh_dict_next_key(c->now->qpdf);
    return keys == 1 && yx_pdf_has(c->now, now, "/DocMDP");
}

static yx_status judge_catalog_key(struct yx_pdf_comparison *c, void *context, const char *key,
                                   qpdf_oh then, qpdf_oh now, bool *allowed, struct yx_error *err)
{
    (void)context, (void)err;
    *allowed = true;
    if (strcmp(key, "/DSS") == 0)
        yx_pdf_allow(c, YX_PDF_ADDED_PROOF, NULL);
    else if (strcmp(key, "/Metadata") == 0)
        describe(c);
    else if (strcmp(key, "/Perms") == 0)
        *allowed = is_certification(c, then, now);
    else /* the form is compared below; the others say which PDF version is in use */
        *allowed = strcmp(key, "/AcroForm") == 0 || strcmp(key, "/Extensions") == 0 ||
                   strcmp(key, "/Version") == 0;
    return YX_OK;
}

yx_status yx_pdf_compare_catalog(struct yx_pdf_comparison *c, struct yx_error *err)
{
    qpdf_oh then = yx_pdf_catalog(c->then), now = yx_pdf_catalog(c->now);
    if (c->then->root.id != c->now->root.id ||
        c->then->root.generation != c->now->root.generation || !yx_pdf_is_dictionary(c->now, now) ||
        !yx_pdf_is_dictionary(c->then, then)) {
        yx_pdf_forbid(c, "Root", RULE_CATALOG,
                      N_("the document has another catalog than when it was signed"), NULL, NULL);
        return YX_OK;
    }
    yx_pdf_explain(c, c->then->root.id);
    YX_TRY(yx_pdf_compare_dictionaries(c, then, now, "the catalog", judge_catalog_key, NULL, err));
    compare_info(c);
    compare_metadata(c, yx_pdf_get(c->then, then, "/Metadata"));
    YX_TRY(yx_pdf_compare_store(c, yx_pdf_get(c->then, then, "/DSS"),
                                yx_pdf_get(c->now, now, "/DSS"), err));
    return compare_form(c, yx_pdf_get(c->then, then, "/AcroForm"),
                        yx_pdf_get(c->now, now, "/AcroForm"), err);
}
