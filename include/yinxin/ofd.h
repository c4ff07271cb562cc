/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yinxin/ofd.h - OFD documents (GB/T 33190-2016): look inside, seal, sign, verify.
 *
 * Sealing appends: every part that was there stays as it was, byte for byte; only OFD.xml (at the
 * first seal) and Signatures.xml change. It has two halves, so that any key anywhere can sign:
 *
 *   yx_ofd_prepare   places the seal, writes the new parts, gives the bytes to be signed
 *   (somebody signs these bytes)
 *   yx_ofd_finish    puts the value in and writes the sealed document
 *
 * yx_ofd_sign does both with a struct yx_signer. A document is read through struct yx_source in
 * pieces; memory use does not grow with its size, only with its number of parts.
 */
#ifndef YINXIN_OFD_H
#define YINXIN_OFD_H

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

struct yx_ofd;

/* Opens a package. The source must outlive it. YX_DAMAGED names what is malformed or hostile
 * (`container.safe`). */
YX_API yx_status yx_ofd_open(const struct yx_source *source, struct yx_ofd **out,
                             struct yx_error *err);
YX_API void yx_ofd_free(struct yx_ofd *ofd);

/* A package may hold several documents (DocBody); they count from 1. */
YX_API uint32_t yx_ofd_document_count(const struct yx_ofd *ofd);
YX_API yx_status yx_ofd_page_count(struct yx_ofd *ofd, uint32_t document, uint32_t *out,
                                   struct yx_error *err);
/* Width and height in millimetres of the page's physical box. */
YX_API yx_status yx_ofd_page_size(struct yx_ofd *ofd, uint32_t document, uint32_t page,
                                  double *width, double *height, struct yx_error *err);

/* A run of text: millimetres from the page's top left corner. */
struct yx_text_box {
    const char *text;
    double x, y, width, height;
};
/* Calls `each` for every text of the page (templates included) in document order until it says
 * false. */
YX_API yx_status yx_ofd_page_text(struct yx_ofd *ofd, uint32_t document, uint32_t page,
                                  bool (*each)(void *context, const struct yx_text_box *box),
                                  void *context, struct yx_error *err);

struct yx_ofd_request {
    uint32_t document; /* which document of the package; 0: the first */
    struct yx_bytes
        seal; /* DER of the seal; empty: a GB/T 35275 signature without a picture (type Sign) */
    const struct yx_cert *signer;
    yx_signature_algorithm algorithm;      /* what the holder's key will make */
    const struct yx_placement *placements; /* with a seal: at least one */
    size_t placement_count;
    bool close;                   /* protect Signatures.xml too: nothing can be appended later */
    yx_time time;                 /* 0: the clock */
    const struct yx_trust *trust; /* NULL: chains are not checked before sealing */
    /* Stamps the signature value; NULL: nobody. Seals of version 4 and 5 have a place for it. */
    const struct yx_timestamper *timestamper;
    /* Seal although the algorithms are not SM2 and SM3 (see struct yx_verify_options). */
    bool allow_foreign_algorithms;
    struct yx_progress progress;
    /* Told each stamp as it is placed: page from 1, the whole seal's box in millimetres from the
     * top left corner. May be NULL. */
    void (*stamped)(void *context, uint32_t page, double x, double y, double width, double height);
    void *stamped_context;
};

/*
 * Refuses (YX_REFUSED, naming the rule) what must not be sealed: a holder, seal or period that
 * GM/T 0031-2014 6.2.2 refuses; a closed document; a document whose earlier signatures the new
 * one would break. `plan` (opaque bytes, to be kept or sent) and `to_be_signed` are appended to.
 */
YX_API yx_status yx_ofd_prepare(const struct yx_source *in, const struct yx_ofd_request *request,
                                struct yx_buf *plan, struct yx_buf *to_be_signed,
                                struct yx_error *err);
/*
 * Writes the sealed document. `in` must be the document that was prepared (YX_REFUSED otherwise);
 * `signature` is checked against the plan before it is stamped (`timestamper` NULL: not at all) and
 * anything is written.
 */
YX_API yx_status yx_ofd_finish(const struct yx_source *in, struct yx_bytes plan,
                               struct yx_bytes signature, const struct yx_timestamper *timestamper,
                               struct yx_sink *out, struct yx_error *err);
/* Prepares, signs, finishes, and verifies what was written before it returns (not committed: that
 * is the caller's). */
YX_API yx_status yx_ofd_sign(const struct yx_source *in, const struct yx_ofd_request *request,
                             const struct yx_signer *signer, struct yx_sink *out,
                             struct yx_error *err);

/* Verifies every signature of every document. YX_OK whenever a report could be made, hostile
 * packages included. */
YX_API yx_status yx_ofd_verify(const struct yx_source *source,
                               const struct yx_verify_options *options, struct yx_report **out,
                               struct yx_error *err);

#ifdef __cplusplus
}
#endif

#endif
