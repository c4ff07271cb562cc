/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pdfsign/sealing.h - what the files that sign share. prepare.c goes through the steps; rights.c
 * says whether this signer may; certify.c obeys and writes permissions and locks; seed.c obeys seed
 * values; appearance.c writes the seal's picture and the annotations; plan.c turns the result into
 * bytes that can be sent; finish.c puts the signature in and writes the file; check.c looks at what
 * was written; extend.c and dss.c append what levels LT and LTA ask for.
 */
#ifndef PDFSIGN_SEALING_H
#define PDFSIGN_SEALING_H

#include "pdf/pdf.h"
#include "pdfsign/pdfsign.h"

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
