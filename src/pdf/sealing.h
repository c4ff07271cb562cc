/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pdf/sealing.h - what the files that sign share. prepare.c goes through the steps; rights.c says
 * whether this signer may; field.c reads the form; certify.c obeys and writes permissions and
 * locks; seed.c obeys seed values; geometry.c turns places on the page into user space;
 * appearance.c writes the seal's picture and the annotations; plan.c turns the result into bytes
 * that can be sent; finish.c puts the signature in and writes the file; extend.c and dss.c append
 * what levels LT and LTA ask for.
 */
#ifndef PDF_SEALING_H
#define PDF_SEALING_H

#include "pdf/model.h"

/* --- field.c ------------------------------------------------------------------------------ */

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

/* --- geometry.c --------------------------------------------------------------------------- */

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

/* --- The work ----------------------------------------------------------------------------- */

/* A signature on its way. */
struct yx_pdf_work {
    const struct yx_pdf_request *request;
    yx_time time;
    struct yx_pdf *pdf;
    struct yx_seal *seal; /* NULL for a signature without a picture */
    struct yx_pdf_form form;
    const struct yx_pdf_field *field; /* to be filled; NULL: a new one */
    struct yx_pdf_widget widget;      /* of `field` */
    struct yx_buf name;               /* of the field */
    bool certify;                     /* close as the first signature: DocMDP */
    struct yx_stamps stamps;
    struct yx_pdf_update *update;
    struct yx_pdf_ref value; /* the signature dictionary */
    struct yx_pdf_ref widget_ref;
    struct yx_pdf_tail tail;
    struct yx_buf to_be_signed;
};

/* --- rights.c ----------------------------------------------------------------------------- */

/* May this signer sign with this algorithm and this seal (GM/T 0031-2014 6.2.2)? Sets work->seal.
 */
yx_status yx_pdf_check_right(struct yx_pdf_work *work, struct yx_error *err);

/* --- certify.c ---------------------------------------------------------------------------- */

/* Refuses what DocMDP, FieldMDP and locks forbid. Sets work->certify. */
yx_status yx_pdf_check_permitted(struct yx_pdf_work *work, struct yx_error *err);
/* Appends " /Reference [...]" when the signature certifies or locks. */
yx_status yx_pdf_put_reference(const struct yx_pdf_work *work, struct yx_buf *out,
                               struct yx_error *err);
/* The Lock of a new field that closes behind earlier signatures; else NULL. */
const char *yx_pdf_new_lock(const struct yx_pdf_work *work);

/* --- seed.c ------------------------------------------------------------------------------- */

/* Refuses what the seed values of the field require and this signature does not meet. */
yx_status yx_pdf_check_seed(const struct yx_pdf_work *work, struct yx_error *err);

/* --- appearance.c ------------------------------------------------------------------------- */

/* Writes the field, its widget and the stamps into the update. Sets work->widget_ref. */
yx_status yx_pdf_put_appearance(struct yx_pdf_work *work, struct yx_error *err);

/* --- prepare.c ---------------------------------------------------------------------------- */

/* Opens and prepares `in`. Release with yx_pdf_work_free also when it failed. */
yx_status yx_pdf_work_prepare(struct yx_pdf_work *work, const struct yx_source *in,
                              const struct yx_pdf_request *request,
                              const struct yx_progress *progress, struct yx_error *err);
void yx_pdf_work_free(struct yx_pdf_work *work);
YX_DEFINE_CLEAN_VALUE(yx_pdf_work, struct yx_pdf_work, yx_pdf_work_free);

/* What yx_cms_prepare and yx_cms_finish are told. */
struct yx_cms_request yx_pdf_cms_request(const struct yx_cert *signer,
                                         const struct yx_cert *const *chain, size_t chain_count,
                                         yx_signature_algorithm algorithm);

/* --- plan.c ------------------------------------------------------------------------------- */

/* A prepared signature: all that finishing needs beside the document. */
struct yx_pdf_plan {
    struct yx_bytes document; /* SM3 of the whole file */
    struct yx_pdf_tail tail;
    yx_signature_algorithm algorithm;
    struct yx_cert *signer;
    struct yx_cert **chain;
    size_t chain_count;
    struct yx_bytes to_be_signed;
};
yx_status yx_pdf_plan_to_der(const struct yx_pdf_work *work, const uint8_t document[32],
                             struct yx_buf *out, struct yx_error *err);
/* `document` and `to_be_signed` point into `der`. Release with yx_pdf_plan_free also when it
 * failed. */
yx_status yx_pdf_plan_from_der(struct yx_bytes der, struct yx_pdf_plan *out, struct yx_error *err);
void yx_pdf_plan_free(struct yx_pdf_plan *plan);
YX_DEFINE_CLEAN_VALUE(yx_pdf_plan, struct yx_pdf_plan, yx_pdf_plan_free);

/* --- token.c ------------------------------------------------------------------------------ */

/* Appends a time-stamp token over this digest (of timestamper->algorithm). A token over something
 * else, or that does not verify, is refused; whom to trust is asked when the document is verified.
 */
yx_status yx_pdf_stamp_digest(const struct yx_timestamper *timestamper, struct yx_bytes digest,
                              struct yx_buf *out, struct yx_error *err);
/* The same over bytes. */
yx_status yx_pdf_stamp(const struct yx_timestamper *timestamper, struct yx_bytes stamped,
                       struct yx_buf *out, struct yx_error *err);

/* --- verify.c ----------------------------------------------------------------------------- */

/* yx_pdf_verify without the digest over the whole file, for those who have just written it. */
yx_status yx_pdf_verify_written(const struct yx_source *source,
                                const struct yx_verify_options *options, struct yx_report **out,
                                struct yx_error *err);

/* --- check.c ------------------------------------------------------------------------------ */

/*
 * Looks at what was written with our own verifier: every signature that was there is no worse than
 * before, and in the `added` new ones nothing fails that our writing alone decides. `before` may be
 * NULL: there were none.
 */
yx_status yx_pdf_check_written(const struct yx_source *before, const struct yx_source *after,
                               const struct yx_verify_options *options, size_t added,
                               struct yx_error *err);

/* --- dss.c -------------------------------------------------------------------------------- */

/*
 * Adds to the update the document security store (ETSI EN 319 142-1 5.4.2): certificates and CRLs
 * for every signature whose chain leads to an anchor. YX_REFUSED when there is none such.
 */
yx_status yx_pdf_put_dss(struct yx_pdf *pdf, const struct yx_pdf_form *form,
                         const struct yx_trust *trust, struct yx_pdf_update *update,
                         struct yx_error *err);

/* --- extend.c ----------------------------------------------------------------------------- */

/* Appends what level LT or LTA asks for to what was written to `out` so far. */
yx_status yx_pdf_extend_written(struct yx_sink *out, yx_pades_level level,
                                const struct yx_trust *trust,
                                const struct yx_timestamper *timestamper, struct yx_error *err);

#endif
