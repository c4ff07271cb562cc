/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yinxin/document.h - one face over OFD and PDF: look inside, place a seal, sign, verify.
 *
 * Whoever embeds the library needs this header alone; what only one format can do is refused for
 * the other, with the reason. Signing has two halves, so that any key anywhere can sign:
 *
 *   yx_document_prepare   places the seal, writes the new parts, gives the bytes to be signed
 *   (somebody signs these bytes)
 *   yx_document_finish    puts the value in and writes the signed document
 *
 * yx_document_sign does both with a struct yx_signer. All lengths are millimetres from the top left
 * corner of the page as a reader shows it; pages count from 1.
 */
#ifndef YINXIN_DOCUMENT_H
#define YINXIN_DOCUMENT_H

#include <yinxin/base.h>
#include <yinxin/ofd.h>
#include <yinxin/pdf.h>
#include <yinxin/place.h>
#include <yinxin/report.h>
#include <yinxin/seal.h>
#include <yinxin/timestamp.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Tells the format by the first bytes; YX_FORMAT_UNKNOWN when it is none of ours. */
YX_API yx_status yx_format_detect(const struct yx_source *source, yx_format *out,
                                  struct yx_error *err);

/* --- Looking inside ---------------------------------------------------------------------- */

struct yx_document;

/*
 * Opens an OFD or PDF document; YX_DAMAGED when it is neither. The source must outlive it. What
 * is damaged deeper inside is told by the first call that looks there. An OFD package may hold
 * several documents: `number` says which (from 1; 0: the first); a PDF holds one (YX_REFUSED).
 * One thread at a time may use it.
 */
YX_API yx_status yx_document_open(const struct yx_source *source, uint32_t number,
                                  struct yx_document **out, struct yx_error *err);
YX_API void yx_document_free(struct yx_document *document);

YX_API yx_format yx_document_format(const struct yx_document *document);
YX_API yx_status yx_document_page_count(struct yx_document *document, uint32_t *out,
                                        struct yx_error *err);
YX_API yx_status yx_document_page_size(struct yx_document *document, uint32_t page, double *width,
                                       double *height, struct yx_error *err);
/*
 * Calls `each` for every text of the page until it says false: runs of an OFD, words of a PDF.
 * The text of a PDF is read by poppler's pdftotext, run as a confined child process; YX_REFUSED
 * when it is not installed.
 */
YX_API yx_status yx_document_page_text(struct yx_document *document, uint32_t page,
                                       bool (*each)(void *context, const struct yx_text_box *box),
                                       void *context, struct yx_error *err);
/*
 * Finds a text on the page, as keywords are found: white space does not count, and it may go on in
 * another run or line. Calls `each` for every line of every match, in reading order, until it says
 * false; `match` counts from 1, and the text of `line` is the one that is searched.
 */
YX_API yx_status yx_document_search(struct yx_document *document, uint32_t page, const char *text,
                                    bool (*each)(void *context, size_t match,
                                                 const struct yx_text_box *line),
                                    void *context, struct yx_error *err);
/* Where a seal of `width` x `height` mm would stand: calls `each` for every stamp. Refuses what
 * signing would refuse of the place. */
YX_API yx_status yx_document_place(struct yx_document *document,
                                   const struct yx_placement *placement, double width,
                                   double height,
                                   void (*each)(void *context, const struct yx_report_stamp *stamp),
                                   void *context, struct yx_error *err);

/* --- Signing ----------------------------------------------------------------------------- */

/* Zeros are the usual: no seal, no place, no trust, level B, the clock, the key's own algorithm. */
struct yx_sign_request {
    struct yx_bytes seal; /* DER of the seal; empty: a signature without a picture */
    const struct yx_cert *signer;
    yx_signature_algorithm algorithm; /* what the holder's key will make; YX_SIG_NONE: its usual */
    const struct yx_placement *placements; /* with a seal at least one, or a field */
    size_t placement_count;
    bool close;                   /* nothing can be added later */
    yx_time time;                 /* 0: the clock */
    const struct yx_trust *trust; /* NULL: chains are not checked before signing */
    struct yx_progress progress;
    /* Told each stamp as it is placed; may be NULL. */
    void (*stamped)(void *context, const struct yx_report_stamp *stamp);
    void *stamped_context;
    /* OFD, which asks for SM2 and SM3: let others pass. Without effect on PDF. */
    bool allow_foreign_algorithms;
    /* Stamps the signature value; NULL: nobody. PDF: needed from level T. OFD: for seals of version
     * 4 and 5, at level B or T, which is the same there. */
    const struct yx_timestamper *timestamper;

    /* PDF alone; refused for OFD unless they are zero. */
    const struct yx_cert *const *chain; /* certificates between signer and root to carry along; a
                                           chain for an OFD is passed over */
    size_t chain_count;
    const char *field; /* an existing empty signature field; NULL: a new one */
    const char *reason;
    const char *location;
    yx_pades_level level;
};

/* `plan` (opaque bytes, to be kept or sent) and `to_be_signed` are appended to. YX_REFUSED names
 * the rule that forbids the signature. */
YX_API yx_status yx_document_prepare(struct yx_document *document,
                                     const struct yx_sign_request *request, struct yx_buf *plan,
                                     struct yx_buf *to_be_signed, struct yx_error *err);
/*
 * Writes the signed document. `document` must be the one that was prepared (YX_REFUSED otherwise);
 * `signature` is checked against the plan before anything is written. Level B, or T with a
 * timestamper (NULL: none); levels above, of PDF, by yx_document_extend.
 */
YX_API yx_status yx_document_finish(struct yx_document *document, struct yx_bytes plan,
                                    struct yx_bytes signature,
                                    const struct yx_timestamper *timestamper, struct yx_sink *out,
                                    struct yx_error *err);
/* Prepares, signs, finishes (and extends to the level asked for), and verifies what was written
 * before it returns; committing is the caller's. */
YX_API yx_status yx_document_sign(struct yx_document *document,
                                  const struct yx_sign_request *request,
                                  const struct yx_signer *signer, struct yx_sink *out,
                                  struct yx_error *err);
/* Appends to a signed PDF what level LT or LTA asks for. YX_REFUSED for OFD. */
YX_API yx_status yx_document_extend(struct yx_document *document, yx_pades_level level,
                                    const struct yx_trust *trust,
                                    const struct yx_timestamper *timestamper, struct yx_sink *out,
                                    struct yx_error *err);

/* --- Verifying --------------------------------------------------------------------------- */

/* Verifies a file of any format, seal files included. YX_DAMAGED when it is of none. */
YX_API yx_status yx_verify(const struct yx_source *source, const struct yx_verify_options *options,
                           struct yx_report **out, struct yx_error *err);
/*
 * Appends the report as a JSON object (the shape of docs/verification-report.md), without a
 * line end. `file` is the name to show; sentences are translated by `translate` (NULL: English).
 */
YX_API yx_status yx_report_json(const struct yx_report *report, const char *file,
                                yx_translate translate, struct yx_buf *out, struct yx_error *err);

#ifdef __cplusplus
}
#endif

#endif
