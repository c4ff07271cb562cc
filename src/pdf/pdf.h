/* SPDX-License-Identifier: Apache-2.0 */
/* pdf/pdf.h - the door to pdf/: PDF documents read, sealed, extended, verified. The room's own
 * files share model.h. */
#ifndef PDF_PDF_H
#define PDF_PDF_H

#include <yinxin/pdf.h>

#include "seal/seal.h"

YX_DEFINE_CLEAN(yx_pdf, struct yx_pdf *, yx_pdf_free);

#endif
