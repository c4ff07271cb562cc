/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pdfverify/changes.h - what changed between a signed revision and the file as it is now. changes.c
 * finds the objects that differ; the parts of a document that may change (catalog and form:
 * changes_catalog.c, fields: changes_fields.c, pages and annotations: changes_pages.c, validation
 * data: changes_store.c) explain those that they know; what nobody explained was changed after
 * signing.
 */
#ifndef PDFVERIFY_CHANGES_H
#define PDFVERIFY_CHANGES_H

#include "pdfverify/revisions.h"

/* FieldMDP: which fields a signature locks (ISO 32000-1 12.8.2.4). */
enum yx_pdf_lock { YX_PDF_LOCK_NONE, YX_PDF_LOCK_ALL, YX_PDF_LOCK_INCLUDE, YX_PDF_LOCK_EXCLUDE };

struct yx_pdf_permissions {
    int64_t level; /* P of DocMDP, 1 to 3 (12.8.2.2); 0: the document is not certified */
    enum yx_pdf_lock lock;
    const char **fields; /* full names */
    size_t field_count;
};

/* What later revisions did that a signature allows, from the least to the most notable. */
enum yx_pdf_addition {
    YX_PDF_ADDED_NOTHING,
    YX_PDF_ADDED_PROOF,       /* DSS, document time-stamps */
    YX_PDF_ADDED_DESCRIPTION, /* Info, XMP metadata */
    YX_PDF_ADDED_SIGNATURE,
    YX_PDF_ADDED_FORM,
    YX_PDF_ADDED_ANNOTATION
};

/* So many later signatures may have stamps of their own. */
#define YX_PDF_SIGNED_LATER 64

/* An object that differs. */
struct yx_pdf_change {
    int id;
    bool existed, exists;
    bool explained;
    uint32_t first_page, last_page; /* which of the pages lead to it, from 1; 0: none is known */
};

/* In the signed revision, object `by` refers to object `target`, which differs now. */
struct yx_pdf_use {
    int target, by;
};

struct yx_pdf_comparison {
    struct yx_pdf *then, *now;
    const struct yx_pdf_xref *xref_then, *xref_now;
    const struct yx_pdf_permissions *permissions;
    struct yx_report *report;
    struct yx_arena *arena;
    struct yx_pdf_change *changes; /* by number */
    size_t count;
    struct yx_pdf_use *uses; /* by target */
    size_t use_count, use_cap;
    enum yx_pdf_addition addition; /* the most notable so far */
    char what[256];                /* what was filled in or added, for people */
    struct yx_error forbidden;     /* the first change that is not allowed; YX_OK: none */
    size_t fields_left;            /* how many more fields are looked at */
    struct yx_bytes signed_later[YX_PDF_SIGNED_LATER]; /* names of fields that are signed now */
    size_t signed_later_count;
};

/*
 * Compares and judges. `out->addition` and `out->what`, or `out->forbidden`, say what was found.
 * `report->changed_after` gets names. YX_OK unless memory or I/O fails, or a file is damaged.
 */
yx_status yx_pdf_compare(struct yx_pdf_comparison *comparison, struct yx_error *err);

/* --- Among the files that judge ------------------------------------------------------------ */

struct yx_pdf_change *yx_pdf_changed(const struct yx_pdf_comparison *c, int id);
/* Takes note of an allowed change. `name` is told to people and listed in the report; NULL: not. */
void yx_pdf_allow(struct yx_pdf_comparison *c, enum yx_pdf_addition addition, const char *name);
/* Takes note of a change that is not allowed: `path` is listed in the report, the sentence with its
 * arguments (may be NULL) is kept when it is the first. */
void yx_pdf_forbid(struct yx_pdf_comparison *c, const char *path, const char *rule,
                   const char *text, const char *first, const char *second);

/* Are the values the same in both revisions? References count as such; `follow` looks behind one
 * that stands at the top. */
yx_status yx_pdf_same(struct yx_pdf_comparison *c, qpdf_oh then, qpdf_oh now, bool follow,
                      bool *out, struct yx_error *err);
/* Fills first_page and last_page of the changes (changes_where.c). */
yx_status yx_pdf_find_pages(struct yx_pdf_comparison *c, struct yx_error *err);
/* Asked for each key of a dictionary whose value differs: may it? */
typedef yx_status yx_pdf_key_judge(struct yx_pdf_comparison *c, void *context, const char *key,
                                   qpdf_oh then, qpdf_oh now, bool *allowed, struct yx_error *err);
/* Compares two dictionaries key by key; what `judge` does not allow is forbidden, `name` being what
 * the dictionary is called. */
yx_status yx_pdf_compare_dictionaries(struct yx_pdf_comparison *c, qpdf_oh then, qpdf_oh now,
                                      const char *name, yx_pdf_key_judge *judge, void *context,
                                      struct yx_error *err);
/* Asked for each item that was added to an array. */
typedef yx_status yx_pdf_item_judge(struct yx_pdf_comparison *c, void *context, qpdf_oh item,
                                    struct yx_error *err);
/* Compares two arrays: every old item must still be there, in the old order, and what was added is
 * new to the document. */
yx_status yx_pdf_compare_arrays(struct yx_pdf_comparison *c, qpdf_oh then, qpdf_oh now,
                                const char *name, yx_pdf_item_judge *judge, void *context,
                                struct yx_error *err);

/* Objects that belong together, such as an appearance and its parts. Those behind the limit are
 * forgotten, and so stay unexplained. */
struct yx_pdf_ids {
    int items[256];
    size_t count;
};
void yx_pdf_ids_add(struct yx_pdf_ids *ids, int id);
/* Adds the number of the object that the value is a reference to, if it is one. */
void yx_pdf_ids_add_object(struct yx_pdf_comparison *c, struct yx_pdf_ids *ids, qpdf_oh value);
/* Explains each of the objects that differs and that, when it was signed, nothing but these and
 * `holder` referred to. Did one of them differ? */
bool yx_pdf_explain_group(struct yx_pdf_comparison *c, const struct yx_pdf_ids *ids, int holder);
/* Explains one object that may be looked at from anywhere, since its keys were compared. */
void yx_pdf_explain(struct yx_pdf_comparison *c, int id);

/* Who refers to what differs (changes_uses.c): fills c->uses. */
yx_status yx_pdf_find_uses(struct yx_pdf_comparison *c, struct yx_error *err);
/* Catalog and form (changes_catalog.c). */
yx_status yx_pdf_compare_catalog(struct yx_pdf_comparison *c, struct yx_error *err);
/* The document security store (changes_store.c). */
yx_status yx_pdf_compare_store(struct yx_pdf_comparison *c, qpdf_oh then, qpdf_oh now,
                               struct yx_error *err);
/* The tree of fields, from the form's Fields (changes_fields.c). */
yx_status yx_pdf_compare_fields(struct yx_pdf_comparison *c, qpdf_oh then, qpdf_oh now,
                                struct yx_error *err);
/* Is this a reference to an object of the signed revision? Then it was not made later. */
bool yx_pdf_was_there(const struct yx_pdf_comparison *c, qpdf_oh value);
/* A field or its widget that was not there: a signature field, or forbidden (changes_fields.c). */
yx_status yx_pdf_judge_new_field(struct yx_pdf_comparison *c, qpdf_oh field, struct yx_error *err);
/* Pages and their annotations (changes_pages.c). */
yx_status yx_pdf_compare_pages(struct yx_pdf_comparison *c, struct yx_error *err);

#endif
