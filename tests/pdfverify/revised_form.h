/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revised_form.h - a signed form to be revised: a text field that is empty (5), one that is filled
 * (6), an empty signature field (7), a picture (8) and the appearance of the filled field (9). All
 * have been signed by people that are trusted. Include support.h, pdf_odd.h and revise.h first.
 */
#ifndef TESTS_PDFVERIFY_REVISED_FORM_H
#define TESTS_PDFVERIFY_REVISED_FORM_H

#include "people.h"

static const struct odd_options form = {
    .kind = ODD_TABLE,
    .extra =
        {"<< /FT /Tx /T (Empty) /Subtype /Widget /Rect [10 10 60 30] /F 4 /P 10 0 R >>",
         "<< /FT /Tx /T (Sum) /V (100) /Subtype /Widget /Rect [10 40 60 60] /F 4 /P 10 0 R "
         "/AP << /N 9 0 R >> >>",
         "<< /FT /Sig /T (Later) /Subtype /Widget /Rect [300 10 400 60] /F 4 /P 10 0 R >>",
         "<< /Type /XObject /Subtype /Form /BBox [0 0 10 10] /Length 0 >>\nstream\n\nendstream",
         "<< /Type /XObject /Subtype /Form /BBox [0 0 50 20] /Length 3 >>\nstream\n100\n"
         "endstream"},
};

#define FIELDS "5 0 R 6 0 R 7 0 R"

static struct revise_signature signature(void)
{
    return (struct revise_signature){
        .signer = &people.holder, .fields = FIELDS, .annotations = FIELDS};
}

static void make(struct yx_buf *file)
{
    struct revise_signature s = signature();
    revise_signed(&form, &s, file);
    revise_expect(yx_buf_bytes(file), people.trust, YX_VALID);
}

#define PAGE_KEYS "/Type /Page /Parent 2 0 R /Resources << /Font << /F1 3 0 R >> >> " ODD_A4
#define PAGE(content, annots) \
    "<< " PAGE_KEYS " /Contents " content " /Annots [" annots " 20 0 R] >>"
#define CATALOG(fields, more)                                                                      \
    "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [" fields " 20 0 R] /SigFlags 3 >> " more \
    " >>"

#endif
