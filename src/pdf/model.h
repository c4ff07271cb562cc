/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pdf/model.h - an opened file as the files of this room see it: objects through qpdf, pages with
 * what they inherit, the form, and the update that is written behind the file. Only pdf/ includes
 * it.
 */
#ifndef PDF_MODEL_H
#define PDF_MODEL_H

#include <qpdf/qpdf-c.h>

#include "pdf/pdf.h"

enum yx_pdf_xref_kind { YX_PDF_XREF_TABLE, YX_PDF_XREF_STREAM };

/* A page with everything it inherits worked out. */
struct yx_pdf_page {
    int id, generation;
    double media[4];  /* points: left, bottom, right, top, normalised */
    double crop[4];   /* cut to media */
    int rotate;       /* 0, 90, 180, 270 */
    double user_unit; /* points per unit; 1 unless the page says otherwise */
};

/* An indirect reference. */
struct yx_pdf_ref {
    int id, generation;
};

struct yx_pdf {
    const struct yx_source *source;
    qpdf_data qpdf;
    struct yx_pdf_page *pages;
    uint32_t page_count;
    enum yx_pdf_xref_kind xref_kind; /* of the last section: an update writes the same */
    uint64_t last_xref;              /* the file's last startxref */
    int object_count;                /* the trailer's Size */
    struct yx_pdf_ref root;
    struct yx_arena *arena;
};

/* --- Objects ----------------------------------------------------------------------------- */

/* All handles belong to the file and live until it is freed; look-ups never inherit. */
qpdf_oh yx_pdf_object(struct yx_pdf *pdf, struct yx_pdf_ref ref);
qpdf_oh yx_pdf_catalog(struct yx_pdf *pdf);
/* The value of a key, references followed; a null object when absent. */
qpdf_oh yx_pdf_get(struct yx_pdf *pdf, qpdf_oh dictionary, const char *key);
/* The same without following: tells whether the value is a reference, and which. */
bool yx_pdf_get_ref(struct yx_pdf *pdf, qpdf_oh dictionary, const char *key,
                    struct yx_pdf_ref *out);
/* Appends an object's own bytes as PDF syntax, with references kept as references. */
yx_status yx_pdf_unparse(struct yx_pdf *pdf, qpdf_oh object, struct yx_buf *out,
                         struct yx_error *err);
/* A copy of the string or name value (decoded bytes); empty when it is neither. */
yx_status yx_pdf_string(struct yx_pdf *pdf, qpdf_oh object, struct yx_buf *out,
                        struct yx_error *err);

/* --- Updates (update.c) ------------------------------------------------------------------ */

/* What is to be appended: new and changed objects, and where the placeholder of a signature lies.
 */
struct yx_pdf_update;
yx_status yx_pdf_update_new(struct yx_pdf *pdf, struct yx_pdf_update **out, struct yx_error *err);
void yx_pdf_update_free(struct yx_pdf_update *update);
YX_DEFINE_CLEAN(yx_pdf_update, struct yx_pdf_update *, yx_pdf_update_free);

/* A fresh object number (generation 0). */
struct yx_pdf_ref yx_pdf_update_reserve(struct yx_pdf_update *update);
/* The body of an object, new or changed ("<< ... >>"), without "obj"/"endobj". */
yx_status yx_pdf_update_object(struct yx_pdf_update *update, struct yx_pdf_ref ref,
                               struct yx_bytes body, struct yx_error *err);
/* A stream: the dictionary without Length, and its data. */
yx_status yx_pdf_update_stream(struct yx_pdf_update *update, struct yx_pdf_ref ref,
                               struct yx_bytes dictionary, struct yx_bytes data,
                               struct yx_error *err);
/*
 * The signature dictionary: `entries` without ByteRange, Contents and the brackets; `contents_size`
 * bytes are kept free for the value. At most one per update.
 */
yx_status yx_pdf_update_signature(struct yx_pdf_update *update, struct yx_pdf_ref ref,
                                  struct yx_bytes entries, size_t contents_size,
                                  struct yx_error *err);

/* What is written behind the file, with its ByteRange filled in and Contents still zero. */
struct yx_pdf_tail {
    struct yx_buf bytes;
    uint64_t contents_offset; /* of '<' in the whole file; 0 when there is no signature */
    uint64_t contents_length; /* from '<' to '>' inclusive */
};
void yx_pdf_tail_free(struct yx_pdf_tail *tail);
YX_DEFINE_CLEAN_VALUE(yx_pdf_tail, struct yx_pdf_tail, yx_pdf_tail_free);
/* Lays out objects, cross-reference section (of the file's kind) and trailer. */
yx_status yx_pdf_update_layout(struct yx_pdf_update *update, struct yx_pdf_tail *out,
                               struct yx_error *err);
/* The digest over what the ByteRange names: file and tail without Contents. */
yx_status yx_pdf_tail_digest(const struct yx_source *in, const struct yx_pdf_tail *tail,
                             yx_digest_algorithm algorithm, const struct yx_progress *progress,
                             uint8_t *out, struct yx_error *err);
/* Writes the file as it is, then the tail with `contents` (hex is made here) in its place. */
yx_status yx_pdf_tail_write(const struct yx_source *in, const struct yx_pdf_tail *tail,
                            struct yx_bytes contents, const struct yx_progress *progress,
                            struct yx_sink *out, struct yx_error *err);

/* --- Text of our own ----------------------------------------------------------------------- */

/* Appends a number with at most 4 decimals, in the C locale. */
yx_status yx_pdf_put_number(struct yx_buf *out, double number);
/* Appends a text string: PDFDocEncoding when ASCII, else UTF-16BE, as <hex> (ISO 32000-1 7.9.2.2).
 */
yx_status yx_pdf_put_text(struct yx_buf *out, const char *utf8);
/* Appends "12 0 R". */
yx_status yx_pdf_put_ref(struct yx_buf *out, struct yx_pdf_ref ref);

#endif
