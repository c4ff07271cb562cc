/* SPDX-License-Identifier: Apache-2.0 */
/* pdfverify/pdfverify.h - the door to pdfverify/: signatures of PDF documents judged, by
 * yx_pdf_verify. The room's own files share verify.h. */
#ifndef PDFVERIFY_PDFVERIFY_H
#define PDFVERIFY_PDFVERIFY_H

#include <yinxin/pdf.h>

#include "base/base.h"

/* yx_pdf_verify without the digest over the whole file, for those who have just written it. */
yx_status yx_pdf_verify_written(const struct yx_source *source,
                                const struct yx_verify_options *options, struct yx_report **out,
                                struct yx_error *err);

#endif
