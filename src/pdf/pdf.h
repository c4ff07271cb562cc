/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pdf/pdf.h - the door to pdf/: an opened file as objects through qpdf, its pages with what they
 * inherit, its form, and the update that is written behind the file. Signing is in pdfsign/,
 * verifying in pdfverify/.
 */
#ifndef PDF_PDF_H
#define PDF_PDF_H

#include <qpdf/qpdf-c.h>
#include <yinxin/pdf.h>

#include "seal/seal.h"

YX_DEFINE_CLEAN(yx_pdf, struct yx_pdf *, yx_pdf_free);

/* What we write into a file, and so read of one, ends here (ISO 32000-1 Annex C: the highest number
 * of an indirect object). */
#define YX_PDF_OBJECTS_MAX 8388607
#define YX_PDF_PAGES_MAX 1000000u

enum yx_pdf_xref_kind { YX_PDF_XREF_TABLE, YX_PDF_XREF_STREAM };

/* An indirect reference. */
struct yx_pdf_ref {
    int id, generation;
};

/* A page with everything it inherits worked out. */
struct yx_pdf_page {
    struct yx_pdf_ref ref;
    struct yx_pdf_ref annots; /* the array of annotations when it is an object of its own; else 0 */
    double media[4];          /* user space: left, bottom, right, top, normalised */
    double crop[4];           /* cut to media */
    int rotate;               /* clockwise: 0, 90, 180, 270 */
    double user_unit;         /* points per unit of user space; 1 unless the page says otherwise */
};

/* One thread at a time: reading an object changes qpdf's caches. */
struct yx_pdf {
    const struct yx_source *source;
    uint64_t size; /* bytes of the file, or of the revision that was opened */
    qpdf_data qpdf;
    struct yx_pdf_page *pages;
    uint32_t page_count;
    enum yx_pdf_xref_kind xref_kind; /* of the last section: an update writes the same */
    uint64_t last_xref;              /* the file's last startxref */
    int object_count;                /* the trailer's Size */
    struct yx_pdf_ref root;
    struct yx_buf copy; /* of a small file on disk; empty otherwise */
    void *mapping;      /* of a large revision of a file; NULL otherwise */
    unsigned lookups;   /* since the mapping was last let go */
};

/*
 * Opens the first `size` bytes of a file as a file of their own: an earlier revision. A file on
 * disk is mapped for that, so it must not be cut short by others meanwhile.
 */
yx_status yx_pdf_open_revision(const struct yx_source *source, uint64_t size, struct yx_pdf **out,
                               struct yx_error *err);

/* --- Objects (objects.c) ----------------------------------------------------------------- */

/*
 * Handles belong to the file and live until it is freed, or until yx_pdf_drop gives one back
 * early: do so in loops. Look-ups never inherit and never fail: what is not there, or is of
 * another type, gives a null object or false. What went wrong in the file itself is told by
 * yx_pdf_check. Keys and names stand with their slash: "/Type".
 */
qpdf_oh yx_pdf_object(struct yx_pdf *pdf, struct yx_pdf_ref ref);
qpdf_oh yx_pdf_catalog(struct yx_pdf *pdf);
void yx_pdf_drop(struct yx_pdf *pdf, qpdf_oh object);
/* YX_DAMAGED when qpdf met damage since the last call: call it after a batch of look-ups, before
 * relying on them. */
yx_status yx_pdf_check(struct yx_pdf *pdf, struct yx_error *err);

/* The value of a key of a dictionary or stream, references followed; a null object when absent. */
qpdf_oh yx_pdf_get(struct yx_pdf *pdf, qpdf_oh dictionary, const char *key);
/* Is the value of the key a reference, and to what? */
bool yx_pdf_get_ref(struct yx_pdf *pdf, qpdf_oh dictionary, const char *key,
                    struct yx_pdf_ref *out);
bool yx_pdf_has(struct yx_pdf *pdf, qpdf_oh dictionary, const char *key);
/* 0 when it is no array. */
int yx_pdf_array_size(struct yx_pdf *pdf, qpdf_oh array);
/* A null object when there is no such item. */
qpdf_oh yx_pdf_item(struct yx_pdf *pdf, qpdf_oh array, int index);
/* Was the object reached through a reference, and which? */
bool yx_pdf_ref_of(struct yx_pdf *pdf, qpdf_oh object, struct yx_pdf_ref *out);
bool yx_pdf_is_name(struct yx_pdf *pdf, qpdf_oh object, const char *name);
bool yx_pdf_is_null(struct yx_pdf *pdf, qpdf_oh object);
bool yx_pdf_is_dictionary(struct yx_pdf *pdf, qpdf_oh object); /* a stream is none */
bool yx_pdf_is_array(struct yx_pdf *pdf, qpdf_oh object);
bool yx_pdf_integer(struct yx_pdf *pdf, qpdf_oh object, int64_t *out);
/* An integer or real, read without the locale. */
bool yx_pdf_number(struct yx_pdf *pdf, qpdf_oh object, double *out);
/* Four numbers, normalised to left, bottom, right, top (ISO 32000-1 7.9.5). */
bool yx_pdf_rectangle(struct yx_pdf *pdf, qpdf_oh object, double out[4]);
/* Appends a copy of the string or name value (decoded bytes, a name with its slash); nothing when
 * it is neither. */
yx_status yx_pdf_string(struct yx_pdf *pdf, qpdf_oh object, struct yx_buf *out,
                        struct yx_error *err);
/* Appends the decoded data of a stream. YX_DAMAGED when it is no stream, cannot be decoded, or is
 * longer than `limit`. */
yx_status yx_pdf_stream_data(struct yx_pdf *pdf, qpdf_oh stream, size_t limit, struct yx_buf *out,
                             struct yx_error *err);
/* Appends an object as PDF syntax, with the references in it kept as references; a reference
 * itself is followed. */
yx_status yx_pdf_unparse(struct yx_pdf *pdf, qpdf_oh object, struct yx_buf *out,
                         struct yx_error *err);
/* The same, but a reference is written as such ("12 0 R"): the way to keep a value as it is. */
yx_status yx_pdf_unparse_value(struct yx_pdf *pdf, qpdf_oh object, struct yx_buf *out,
                               struct yx_error *err);

/* A key that gets another value: PDF syntax; data NULL takes the key away. */
struct yx_pdf_edit {
    const char *key;
    struct yx_bytes value;
};
/* Appends the dictionary ("<< ... >>") with these keys replaced, added or taken away and all else
 * as it is. A null `dictionary` counts as an empty one. */
yx_status yx_pdf_edit_dictionary(struct yx_pdf *pdf, qpdf_oh dictionary,
                                 const struct yx_pdf_edit *edits, size_t count, struct yx_buf *out,
                                 struct yx_error *err);

/* --- Updates (update.c, attach.c) --------------------------------------------------------- */

/* What is to be appended: new and changed objects, and where the placeholder of a signature lies.
 */
struct yx_pdf_update;
yx_status yx_pdf_update_new(struct yx_pdf *pdf, struct yx_pdf_update **out, struct yx_error *err);
void yx_pdf_update_free(struct yx_pdf_update *update);
YX_DEFINE_CLEAN(yx_pdf_update, struct yx_pdf_update *, yx_pdf_update_free);

/* A fresh object number (generation 0). */
struct yx_pdf_ref yx_pdf_update_reserve(struct yx_pdf_update *update);
/* The body of an object, new or changed ("<< ... >>"), without "obj"/"endobj". An object given
 * twice has the later body. */
yx_status yx_pdf_update_object(struct yx_pdf_update *update, struct yx_pdf_ref ref,
                               struct yx_bytes body, struct yx_error *err);
/* A stream: the entries of its dictionary without Length and without the brackets, and its data. */
yx_status yx_pdf_update_stream(struct yx_pdf_update *update, struct yx_pdf_ref ref,
                               struct yx_bytes entries, struct yx_bytes data, struct yx_error *err);
/*
 * The signature dictionary: `entries` without ByteRange, Contents and the brackets; `contents_size`
 * bytes are kept free for the value. At most one per update.
 */
yx_status yx_pdf_update_signature(struct yx_pdf_update *update, struct yx_pdf_ref ref,
                                  struct yx_bytes entries, size_t contents_size,
                                  struct yx_error *err);

/* The following are gathered and written at layout, where the objects concerned must not have been
 * given through yx_pdf_update_object. */
/* Adds an annotation to a page (from 0), however its Annots are kept. */
yx_status yx_pdf_update_add_annotation(struct yx_pdf_update *update, uint32_t page,
                                       struct yx_pdf_ref annotation, struct yx_error *err);
/* Adds a field to the form, which is made when there is none; SigFlags becomes 3. */
yx_status yx_pdf_update_add_field(struct yx_pdf_update *update, struct yx_pdf_ref field,
                                  struct yx_error *err);
/* SigFlags becomes 3: an existing signature field is being filled. */
void yx_pdf_update_sign_form(struct yx_pdf_update *update);
/* Sets a key of the form dictionary (DR, DA ...), a form being made when there is none. */
yx_status yx_pdf_update_set_form(struct yx_pdf_update *update, const char *key,
                                 struct yx_bytes value, struct yx_error *err);
/* Sets a key of the catalog (Perms, DSS, Extensions ...); a later value of the same key counts. */
yx_status yx_pdf_update_set_catalog(struct yx_pdf_update *update, const char *key,
                                    struct yx_bytes value, struct yx_error *err);

/* --- What is written (layout.c, tail.c) --------------------------------------------------- */

/* What is written behind the file, with its ByteRange filled in and Contents still zero. */
struct yx_pdf_tail {
    struct yx_buf bytes;
    uint64_t contents_offset; /* of '<' in the whole file; 0 when there is no signature */
    uint64_t contents_length; /* from '<' to '>' inclusive */
};
void yx_pdf_tail_free(struct yx_pdf_tail *tail);
YX_DEFINE_CLEAN_VALUE(yx_pdf_tail, struct yx_pdf_tail, yx_pdf_tail_free);
/* Lays out objects, cross-reference section (of the file's kind) and trailer. The same update of
 * the same file gives the same bytes. Once per update. */
yx_status yx_pdf_update_layout(struct yx_pdf_update *update, struct yx_pdf_tail *out,
                               struct yx_error *err);
/* The digest over what the ByteRange names: file and tail without Contents. */
yx_status yx_pdf_tail_digest(const struct yx_source *in, const struct yx_pdf_tail *tail,
                             yx_digest_algorithm algorithm, const struct yx_progress *progress,
                             uint8_t *out, struct yx_error *err);
/* Writes the file as it is, for the tail to be written behind it. */
yx_status yx_pdf_copy(const struct yx_source *in, const struct yx_progress *progress,
                      struct yx_sink *out, struct yx_error *err);
/* Writes the tail with `contents` (hex is made here) in its place. Empty `contents` leave it as it
 * is. */
yx_status yx_pdf_tail_append(const struct yx_source *in, const struct yx_pdf_tail *tail,
                             struct yx_bytes contents, struct yx_sink *out, struct yx_error *err);
/* Both. */
yx_status yx_pdf_tail_write(const struct yx_source *in, const struct yx_pdf_tail *tail,
                            struct yx_bytes contents, const struct yx_progress *progress,
                            struct yx_sink *out, struct yx_error *err);

/* --- Text of our own (syntax.c) ------------------------------------------------------------ */

/* Appends a number with at most 4 decimals, in the C locale. */
yx_status yx_pdf_put_number(struct yx_buf *out, double number);
/* Appends a text string: PDFDocEncoding when ASCII, else UTF-16BE, as <hex> (ISO 32000-1 7.9.2.2).
 */
yx_status yx_pdf_put_text(struct yx_buf *out, const char *utf8);
/* Appends bytes as <hex>. */
yx_status yx_pdf_put_hex(struct yx_buf *out, struct yx_bytes bytes);
/* Appends a name given with its slash, escaped where it must be (ISO 32000-1 7.3.5). */
yx_status yx_pdf_put_name(struct yx_buf *out, const char *name);
/* Appends "12 0 R". */
yx_status yx_pdf_put_ref(struct yx_buf *out, struct yx_pdf_ref ref);

/* --- The form (field.c) ------------------------------------------------------------------ */

/* Appends a text string as UTF-8; nothing when it is no string. */
yx_status yx_pdf_text(struct yx_pdf *pdf, qpdf_oh object, struct yx_buf *out, struct yx_error *err);

/* A terminal field of the form. */
struct yx_pdf_field {
    struct yx_pdf_ref ref;
    qpdf_oh object;
    struct yx_bytes name; /* fully qualified (ISO 32000-1 12.7.3.2) */
    bool is_signature;
    bool read_only;
    qpdf_oh value; /* of a signature: its dictionary, or a null object */
    bool is_filled;
};
struct yx_pdf_form {
    struct yx_pdf_field *items;
    size_t count, cap;
    size_t visited; /* fields on any way to them: what leads to one on many ways counts often */
    struct yx_arena *arena;
};
void yx_pdf_form_free(struct yx_pdf_form *form);
YX_DEFINE_CLEAN_VALUE(yx_pdf_form, struct yx_pdf_form, yx_pdf_form_free);
yx_status yx_pdf_form_read(struct yx_pdf *pdf, struct yx_pdf_form *out, struct yx_error *err);
/* NULL when there is none. */
const struct yx_pdf_field *yx_pdf_form_find(const struct yx_pdf_form *form, struct yx_bytes name);
bool yx_pdf_form_is_signed(const struct yx_pdf_form *form);
/* Appends "Signature7": a name that no field has. */
yx_status yx_pdf_form_new_name(const struct yx_pdf_form *form, struct yx_buf *out,
                               struct yx_error *err);

/* The only widget of a field, and where it stands. */
struct yx_pdf_widget {
    struct yx_pdf_ref ref; /* the field's own when the two are one */
    qpdf_oh object;
    uint32_t page; /* from 0 */
    double rect[4];
};
/* YX_REFUSED when the field has several widgets, or none on a page. */
yx_status yx_pdf_field_widget(struct yx_pdf *pdf, const struct yx_pdf_field *field,
                              struct yx_pdf_widget *out, struct yx_error *err);

/* --- Places on a page (geometry.c) ------------------------------------------------------- */

/* A part of a seal on a page. The seal's own space has points, its origin at the lower left. */
struct yx_pdf_spot {
    uint32_t page;  /* from 0 */
    double rect[4]; /* user space: what shows */
    double box[4];  /* the seal's space: what shows; the whole seal without a clip */
    bool clipped;
};
/* Millimetres from the top left corner of the shown page, as yx_place counts, to user space. */
void yx_pdf_spot_from_stamp(const struct yx_pdf_page *page, const struct yx_stamp *stamp,
                            struct yx_pdf_spot *out);
/* A rectangle of user space as the reader sees it: width and height in points. */
void yx_pdf_shown_size(const struct yx_pdf_page *page, const double rect[4], double *width,
                       double *height);
/* Points of a length. */
double yx_pdf_points(double millimetres);
/* The matrix that turns a seal upright on a page with this Rotate. */
const char *yx_pdf_upright(int rotate);

/* --- Pictures (image.c, drawing.c) ------------------------------------------------------- */

/* The XObject of a picture: an image without its Type, Subtype, Length and SMask; or, for a
 * drawing, a form over the unit square. */
struct yx_image {
    uint32_t width, height;
    const char *colours; /* "/DeviceRGB" ... */
    const char *filter;  /* "/FlateDecode", "/DCTDecode" */
    const char *decode;  /* "[1 0 1 0 1 0 1 0]"; NULL: the usual */
    struct yx_buf samples;
    struct yx_buf alpha; /* DeviceGray under FlateDecode; empty when opaque */
    struct yx_buf form;  /* of a drawing: its entries without Length and Filter; `samples` holds the
                            operators, and width and height are 1 */
    size_t form_size;    /* bytes of the operators before they were compressed */
};
void yx_image_free(struct yx_image *image);
YX_DEFINE_CLEAN_VALUE(yx_image, struct yx_image, yx_image_free);
/* YX_REFUSED when the picture cannot be shown in a PDF. */
yx_status yx_image_read(struct yx_bytes picture, struct yx_image *out, struct yx_error *err);

#endif
