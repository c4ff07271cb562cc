/* SPDX-License-Identifier: Apache-2.0 */
/* pages.h - the page tree, read when a file is opened. */
#ifndef PDF_PAGES_H
#define PDF_PAGES_H

#include "pdf/pdf.h"

/*
 * Fills pages and page_count. Every node and page may stand in the tree once (ISO 32000-1
 * 7.7.3.2): so neither cycles nor shared pages get through, and the work is bounded by the number
 * of objects.
 */
yx_status yx_pdf_read_pages(struct yx_pdf *pdf, struct yx_error *err);

#endif
