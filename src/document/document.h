/* SPDX-License-Identifier: Apache-2.0 */
/* document/document.h - the door to document/: one face over the formats. */
#ifndef DOCUMENT_DOCUMENT_H
#define DOCUMENT_DOCUMENT_H

#include <yinxin/document.h>

#include "ofd/ofd.h"
#include "pdf/pdf.h"
#include "pdfsign/pdfsign.h"
#include "pdfverify/pdfverify.h"

YX_DEFINE_CLEAN(yx_document, struct yx_document *, yx_document_free);

#endif
