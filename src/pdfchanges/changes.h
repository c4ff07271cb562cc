/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pdfchanges/changes.h - what the files that judge changes share. compare.c finds the objects that
 * differ; the parts of a document that may change (catalog and form: catalog.c, fields: fields.c,
 * pages and annotations: pages.c, validation data: store.c) explain those that they know; what
 * nobody explained was changed after signing.
 */
#ifndef PDFCHANGES_CHANGES_H
#define PDFCHANGES_CHANGES_H

#include "pdfchanges/pdfchanges.h"

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
/* Fills first_page and last_page of the changes (where.c). */
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

/* Who refers to what differs (uses.c): fills c->uses. */
yx_status yx_pdf_find_uses(struct yx_pdf_comparison *c, struct yx_error *err);
/* Catalog and form (catalog.c). */
yx_status yx_pdf_compare_catalog(struct yx_pdf_comparison *c, struct yx_error *err);
/* The document security store (store.c). */
yx_status yx_pdf_compare_store(struct yx_pdf_comparison *c, qpdf_oh then, qpdf_oh now,
                               struct yx_error *err);
/* The tree of fields, from the form's Fields (fields.c). */
yx_status yx_pdf_compare_fields(struct yx_pdf_comparison *c, qpdf_oh then, qpdf_oh now,
                                struct yx_error *err);
/* Is this a reference to an object of the signed revision? Then it was not made later. */
bool yx_pdf_was_there(const struct yx_pdf_comparison *c, qpdf_oh value);
/* A field or its widget that was not there: a signature field, or forbidden (fields.c). */
yx_status yx_pdf_judge_new_field(struct yx_pdf_comparison *c, qpdf_oh field, struct yx_error *err);
/* Pages and their annotations (pages.c). */
yx_status yx_pdf_compare_pages(struct yx_pdf_comparison *c, struct yx_error *err);

#endif
