/* SPDX-License-Identifier: Apache-2.0 */
/* pdf/image.h - what image.c and drawing.c share: a drawing becomes a form XObject. */
#ifndef PDF_IMAGE_H
#define PDF_IMAGE_H

#include "pdf/pdf.h"
#include "svg/svg.h"

/* Appends the operators that paint the drawing into the unit square, and the entries of the form's
 * dictionary without Length and Filter. YX_REFUSED when that would be absurdly much. */
yx_status yx_drawing_write(const struct yx_svg *svg, struct yx_buf *content, struct yx_buf *entries,
                           struct yx_error *err);

#endif
