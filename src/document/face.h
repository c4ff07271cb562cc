/* SPDX-License-Identifier: Apache-2.0 */
/* document/face.h - what the files of document/ share: an opened document of either format. Only
 * document/ includes it. */
#ifndef DOCUMENT_FACE_H
#define DOCUMENT_FACE_H

#include "document/document.h"
#include "document/pdf_text.h"

struct yx_document {
    const struct yx_source *source;
    yx_format format; /* YX_FORMAT_OFD or YX_FORMAT_PDF */
    uint32_t number;  /* which document of an OFD package, from 1 */
    /* Opened when somebody looks inside: signing and verifying open the file themselves. */
    struct yx_ofd *ofd;
    struct yx_pdf *pdf;
    struct yx_pdf_text text; /* of a PDF */
};

/* yx_pages.find, in either format. */
yx_status yx_document_find(struct yx_document *document, uint32_t page, const char *keyword,
                           bool (*found)(void *context, const struct yx_box *box), void *context,
                           struct yx_error *err);

#endif
