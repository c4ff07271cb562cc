/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yinxin/pdf.h - PDF documents (ISO 32000-1, PAdES of ETSI EN 319 142-1): look inside, seal, sign,
 * extend, verify.
 *
 * Signing appends an incremental update: every byte that was there stays where it was, so that
 * earlier signatures hold. A file that cannot be read as it stands (encrypted, damaged) is refused
 * with the reason, never repaired. Like OFD, signing has two halves: yx_pdf_prepare gives the bytes
 * to be signed, yx_pdf_finish takes the value.
 *
 * A signature is SubFilter ETSI.CAdES.detached: RSA, ECDSA or SM2 with SM3. An electronic seal
 * travels as a signed attribute that holds the SESeal (docs/formats.md), so that picture, holder
 * and maker are bound to the signature and a plain PDF reader still verifies it.
 */
#ifndef YINXIN_PDF_H
#define YINXIN_PDF_H

#include <yinxin/base.h>
#include <yinxin/crypto.h>
#include <yinxin/place.h>
#include <yinxin/report.h>
#include <yinxin/seal.h>
#include <yinxin/timestamp.h>
#include <yinxin/x509.h>

#ifdef __cplusplus
extern "C" {
#endif

struct yx_pdf;

/*
 * Opens a file strictly as it stands. The source must outlive it. YX_REFUSED: encrypted; YX_DAMAGED
 * names what is wrong. One thread at a time may use it: looking changes what is kept in memory.
 */
YX_API yx_status yx_pdf_open(const struct yx_source *source, struct yx_pdf **out,
                             struct yx_error *err);
YX_API void yx_pdf_free(struct yx_pdf *pdf);
YX_API uint32_t yx_pdf_page_count(const struct yx_pdf *pdf);
/* The page (from 1) as a reader shows it: CropBox, turned by Rotate, in millimetres (1 point =
 * 25.4 / 72). */
YX_API yx_status yx_pdf_page_size(struct yx_pdf *pdf, uint32_t page, double *width, double *height,
                                  struct yx_error *err);

/* How much a signature carries to be checked later (ETSI EN 319 142-1 6). */
typedef enum {
    YX_PADES_B,  /* the signature */
    YX_PADES_T,  /* and a time-stamp over its value */
    YX_PADES_LT, /* and certificates, CRLs and OCSP responses in the DSS */
    YX_PADES_LTA /* and a document time-stamp over all of it */
} yx_pades_level;

struct yx_pdf_request {
    struct yx_bytes seal; /* DER of the seal; empty: a signature without a picture */
    const struct yx_cert *signer;
    const struct yx_cert *const
        *chain; /* certificates between signer and root, to be carried along */
    size_t chain_count;
    yx_signature_algorithm algorithm; /* what the holder's key will make */
    const struct yx_placement *placements;
    size_t placement_count;
    const char *field;    /* an existing empty signature field; NULL: a new one */
    const char *reason;   /* NULL: none */
    const char *location; /* NULL: none */
    bool close;           /* certify with DocMDP P=1: nothing may be changed later */
    yx_time time;         /* 0: the clock */
    yx_pades_level level;
    const struct yx_timestamper *timestamper; /* needed from level T */
    const struct yx_trust *trust; /* chains are checked against it; its CRLs go into the DSS (LT) */
    struct yx_progress progress;
    /* Finds text for keyword placement (yx_pages.find of the document room); NULL: keywords are
     * refused. */
    yx_status (*find)(void *self, uint32_t page, const char *keyword,
                      bool (*found)(void *context, double x, double y, double width, double height),
                      void *context, struct yx_error *err);
    void *find_self;
    /* Told each stamp as it is placed; may be NULL. Not told of a field that was there. */
    void (*stamped)(void *context, const struct yx_report_stamp *stamp);
    void *stamped_context;
};

/*
 * Refuses (YX_REFUSED, naming the rule) what must not be signed: a holder, seal or period that
 * GM/T 0031-2014 6.2.2 refuses; a document certified against changes (DocMDP P=1), a locked or
 * filled field. `plan` (opaque) and `to_be_signed` are appended to.
 */
YX_API yx_status yx_pdf_prepare(const struct yx_source *in, const struct yx_pdf_request *request,
                                struct yx_buf *plan, struct yx_buf *to_be_signed,
                                struct yx_error *err);
/* Writes the signed document of level B or, with `timestamper`, T. Higher levels: yx_pdf_extend. */
YX_API yx_status yx_pdf_finish(const struct yx_source *in, struct yx_bytes plan,
                               struct yx_bytes signature, const struct yx_timestamper *timestamper,
                               struct yx_sink *out, struct yx_error *err);
/* Prepares, signs, finishes, and verifies what was written before it returns (level B or T; not
 * committed). */
YX_API yx_status yx_pdf_sign(const struct yx_source *in, const struct yx_pdf_request *request,
                             const struct yx_signer *signer, struct yx_sink *out,
                             struct yx_error *err);

/* Appends what level LT or LTA asks for to a signed document. */
YX_API yx_status yx_pdf_extend(const struct yx_source *in, yx_pades_level level,
                               const struct yx_trust *trust,
                               const struct yx_timestamper *timestamper, struct yx_sink *out,
                               struct yx_error *err);

/* Verifies every signature. YX_OK whenever a report could be made. */
YX_API yx_status yx_pdf_verify(const struct yx_source *source,
                               const struct yx_verify_options *options, struct yx_report **out,
                               struct yx_error *err);

#ifdef __cplusplus
}
#endif

#endif
