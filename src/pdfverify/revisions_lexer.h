/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pdfverify/revisions_lexer.h - the bytes of a file as tokens (ISO 32000-1 7.2, 7.3). Verifying
 * looks at the bytes themselves where qpdf shows values only: where a signature's Contents stands,
 * what lies between two revisions, who refers to whom. Nothing is repaired here.
 */
#ifndef PDFVERIFY_REVISIONS_LEXER_H
#define PDFVERIFY_REVISIONS_LEXER_H

#include "pdf/pdf.h"

#define YX_PDF_WINDOW 4096
#define YX_PDF_WORD 64

struct yx_pdf_lexer {
    const struct yx_source *source;
    uint64_t position, limit; /* nothing is read from `limit` on */
    bool comments;            /* comments are tokens; else they are white space */
    struct yx_error failure;  /* of reading; status YX_OK while all is well */
    uint64_t window_start;
    size_t window_len;
    uint8_t window[YX_PDF_WINDOW];
};

enum yx_pdf_token_type {
    YX_PDF_END,
    YX_PDF_INTEGER,
    YX_PDF_REAL,
    YX_PDF_NAME,
    YX_PDF_STRING,
    YX_PDF_HEX,
    YX_PDF_ARRAY_OPEN,
    YX_PDF_ARRAY_CLOSE,
    YX_PDF_DICTIONARY_OPEN,
    YX_PDF_DICTIONARY_CLOSE,
    YX_PDF_KEYWORD,
    YX_PDF_COMMENT
};

struct yx_pdf_token {
    enum yx_pdf_token_type type;
    uint64_t start, end;    /* in the file */
    int64_t integer;        /* of an INTEGER */
    char text[YX_PDF_WORD]; /* NAME (without slash, #xx decoded), KEYWORD, COMMENT; cut */
};

/* A value with all that belongs to it. */
struct yx_pdf_value {
    struct yx_pdf_token first;
    uint64_t end;
    bool is_reference;
    struct yx_pdf_ref ref;
};

void yx_pdf_lexer_start(struct yx_pdf_lexer *lexer, const struct yx_source *source,
                        uint64_t position, uint64_t limit);
/* The next byte without taking it; -1 at the end. */
int yx_pdf_lexer_peek(struct yx_pdf_lexer *lexer);
/* YX_DAMAGED for what is no token. */
yx_status yx_pdf_lexer_next(struct yx_pdf_lexer *lexer, struct yx_pdf_token *out,
                            struct yx_error *err);
/* Takes a whole value: a reference, an array with its items, a dictionary with its entries. */
yx_status yx_pdf_lexer_value(struct yx_pdf_lexer *lexer, struct yx_pdf_value *out,
                             struct yx_error *err);
/* Takes "12 0 obj". YX_DAMAGED when something else stands there. */
yx_status yx_pdf_lexer_object(struct yx_pdf_lexer *lexer, struct yx_pdf_ref *out,
                              struct yx_error *err);
/* Does this token end in "12 0 R"? Then the rest of it is taken, and `*out` is set. */
bool yx_pdf_lexer_reference(struct yx_pdf_lexer *lexer, const struct yx_pdf_token *first,
                            struct yx_pdf_ref *out);

/* The value of an INTEGER or REAL, read without the locale; false for other tokens. */
bool yx_pdf_token_number(const struct yx_pdf_token *token, double *out);

static inline bool yx_pdf_is_keyword(const struct yx_pdf_token *token, const char *word)
{
    return token->type == YX_PDF_KEYWORD && strcmp(token->text, word) == 0;
}

/*
 * The entries of a dictionary whose "<<" was taken, up to and with ">>". `key` is without slash.
 * A key that stands twice is refused: programs differ in which one they take.
 */
typedef yx_status yx_pdf_entry_visitor(void *context, const char *key,
                                       const struct yx_pdf_value *value, struct yx_error *err);
yx_status yx_pdf_lexer_dictionary(struct yx_pdf_lexer *lexer, yx_pdf_entry_visitor *visit,
                                  void *context, struct yx_error *err);
/* The integers of an array value; other items, and more than `max`, are YX_DAMAGED. */
yx_status yx_pdf_value_integers(const struct yx_source *source, const struct yx_pdf_value *value,
                                int64_t *out, size_t max, size_t *count, struct yx_error *err);

#endif
