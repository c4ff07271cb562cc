/* SPDX-License-Identifier: Apache-2.0 */
/* update.h - the inside of an update, shared by update.c (gathers objects), attach.c (turns
 * additions into objects) and layout.c (writes them). */
#ifndef PDF_UPDATE_H
#define PDF_UPDATE_H

#include "pdf/pdf.h"

enum yx_pdf_object_kind { YX_PDF_BODY, YX_PDF_STREAM, YX_PDF_SIGNATURE };

struct yx_pdf_new_object {
    struct yx_pdf_ref ref;
    enum yx_pdf_object_kind kind;
    struct yx_bytes text; /* the body, or the entries of the dictionary */
    struct yx_bytes data; /* of a stream */
    size_t contents_size; /* of a signature */
    size_t sequence;      /* when it was given: the latest counts */
    uint64_t offset;      /* in the whole file, known at layout */
};

struct yx_pdf_annotation {
    uint32_t page;
    size_t sequence;
    struct yx_pdf_ref ref;
};

/* Lists that grow. */
struct yx_pdf_edits {
    struct yx_pdf_edit *items;
    size_t count, capacity;
};

struct yx_pdf_update {
    struct yx_pdf *pdf;
    struct yx_arena *arena; /* owns every text */
    int next;               /* the next free object number */
    struct yx_pdf_new_object *objects;
    size_t object_count, object_capacity;
    struct yx_pdf_annotation *annotations;
    size_t annotation_count, annotation_capacity;
    struct yx_pdf_ref *fields;
    size_t field_count, field_capacity;
    struct yx_pdf_edits catalog, form;
    bool signs_form;
    bool has_signature;
    bool is_laid_out;
};

/* Makes room for one more item in a list. */
yx_status yx_pdf_update_grow(void **items, size_t count, size_t *capacity, size_t size,
                             struct yx_error *err);
/* Turns annotations, fields and keys of form and catalog into objects (attach.c). */
yx_status yx_pdf_update_attach(struct yx_pdf_update *update, struct yx_error *err);

#endif
