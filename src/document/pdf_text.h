/* SPDX-License-Identifier: Apache-2.0 */
/* document/pdf_text.h - the words of a PDF's pages and where they stand. Only document/ includes
 * it. */
#ifndef DOCUMENT_PDF_TEXT_H
#define DOCUMENT_PDF_TEXT_H

#include "pdf/pdf.h"

/* From which end of its box a word is written. */
typedef enum {
    YX_PDF_RUN_USUAL,   /* nobody asked; from the left, or from the top when it is a column */
    YX_PDF_RUN_ASKED,   /* the same, and known */
    YX_PDF_RUN_TURNED,  /* from the other end: upside down, upwards, or right to left */
    YX_PDF_RUN_UNKNOWN, /* that cannot be told */
} yx_pdf_run;

/* A word in points from the top left corner of the page as a reader shows it. */
struct yx_pdf_word {
    const char *text; /* UTF-8 */
    double left, top, right, bottom;
    yx_pdf_run run;
};
struct yx_pdf_words {
    double width, height; /* of the page before it is turned, in points */
    struct yx_pdf_word *items;
    size_t count, cap;
};

/* The words of some pages that follow each other. Start with zeros. */
struct yx_pdf_text {
    uint32_t first, count;
    struct yx_pdf_words *pages;
    struct yx_arena *arena;
};
void yx_pdf_text_free(struct yx_pdf_text *text);

/*
 * The words of a page (1 to `page_count`) in reading order, by poppler's pdftotext as a confined
 * child process. Pages are read some at once and kept until a page beyond them is asked for.
 * YX_REFUSED when pdftotext is not installed.
 */
yx_status yx_pdf_text_page(struct yx_pdf_text *text, const struct yx_source *source, uint32_t page,
                           uint32_t page_count, const struct yx_pdf_words **out,
                           struct yx_error *err);
/*
 * Finds out how a word of a page that was asked for just now is written. pdftotext tells no
 * directions: it is run again for the first half of the word's box, and which end of the word it
 * finds there says it.
 */
yx_status yx_pdf_text_find_run(struct yx_pdf_text *text, const struct yx_source *source,
                               uint32_t page, size_t word, struct yx_error *err);
/* Is it written from top to bottom, or upwards? */
bool yx_pdf_word_is_column(const struct yx_pdf_word *word);

#endif
