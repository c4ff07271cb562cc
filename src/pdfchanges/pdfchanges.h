/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pdfchanges/pdfchanges.h - the door to pdfchanges/: the bytes of a PDF file as tokens, its
 * cross-reference sections and the revisions that were appended behind a signed one, and what they
 * change. Strict where a reader repairs: what stands in a file beside its objects is what attacks
 * on signatures are made of. What a signature lets others change is decided here;
 * whether the signature holds, in pdfverify/.
 */
#ifndef PDFCHANGES_PDFCHANGES_H
#define PDFCHANGES_PDFCHANGES_H

#include "pdf/pdf.h"

/* --- Tokens (lexer.c) --------------------------------------------------------------------- */

/* ISO 32000-1 7.2, 7.3. Verifying looks at the bytes themselves where qpdf shows values only: where
 * a signature's Contents stands, what lies between two revisions, who refers to whom. Nothing is
 * repaired here. */

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

/* --- Cross-reference sections (xref.c, xref_stream.c) ---------------------- */

enum yx_pdf_entry_kind { YX_PDF_FREE, YX_PDF_AT_OFFSET, YX_PDF_IN_STREAM };

struct yx_pdf_entry {
    int id;
    int generation; /* IN_STREAM: the index in the object stream */
    uint64_t value; /* AT_OFFSET: the offset; IN_STREAM: the number of the object stream */
    uint32_t order; /* lower ones hide higher ones */
    enum yx_pdf_entry_kind kind;
};

struct yx_pdf_section {
    uint64_t offset; /* of "xref", or of the object of the stream */
    bool is_stream;
    int stream_id;   /* of the cross-reference stream */
    uint64_t hybrid; /* XRefStm; 0: none */
    uint64_t previous;
    bool has_previous;
    struct yx_pdf_ref root, info; /* id 0: none */
};

struct yx_pdf_xref {
    struct yx_pdf_entry *entries; /* by number, and for each number the newest first */
    size_t count, cap;
    struct yx_pdf_section *sections; /* the newest first */
    size_t section_count, section_cap;
    uint64_t start; /* what startxref says */
};
void yx_pdf_xref_free(struct yx_pdf_xref *xref);
YX_DEFINE_CLEAN_VALUE(yx_pdf_xref, struct yx_pdf_xref, yx_pdf_xref_free);

/* Reads the chain of the revision that ends at `size`. YX_DAMAGED when it is not sound. */
yx_status yx_pdf_xref_read(const struct yx_source *source, uint64_t size, struct yx_pdf_xref *out,
                           struct yx_error *err);
/* The entry that counts; NULL when the number stands nowhere. */
const struct yx_pdf_entry *yx_pdf_xref_find(const struct yx_pdf_xref *xref, int id);

/* --- What was appended (revisions.c) ------------------------------------------------------ */

/* Does a revision end exactly at `end`, with its "%%EOF" and at most one end-of-line marker? */
yx_status yx_pdf_revision_ends(const struct yx_source *source, uint64_t end, bool *out,
                               struct yx_error *err);

/*
 * Walks what stands behind `end`: whole revisions, each of objects, a cross-reference section that
 * names them all, a trailer, startxref and "%%EOF" (ISO 32000-1 7.5.6), and nothing else. `xref` is
 * the chain of the whole file. YX_DAMAGED names what does not belong there. `*count` is the number
 * of revisions.
 */
yx_status yx_pdf_revisions_walk(const struct yx_source *source, uint64_t end,
                                const struct yx_pdf_xref *xref, size_t *count,
                                struct yx_error *err);

/* --- What they change (compare.c) --------------------------------------------------------- */

/* FieldMDP: which fields a signature locks (ISO 32000-1 12.8.2.4). */
enum yx_pdf_lock { YX_PDF_LOCK_NONE, YX_PDF_LOCK_ALL, YX_PDF_LOCK_INCLUDE, YX_PDF_LOCK_EXCLUDE };

struct yx_pdf_permissions {
    int64_t level; /* P of DocMDP, 1 to 3 (12.8.2.2); 0: the document is not certified */
    enum yx_pdf_lock lock;
    const char **fields; /* full names */
    size_t field_count;
};

/* What later revisions did that a signature allows, from the least to the most notable. */
enum yx_pdf_addition {
    YX_PDF_ADDED_NOTHING,
    YX_PDF_ADDED_PROOF,       /* DSS, document time-stamps */
    YX_PDF_ADDED_DESCRIPTION, /* Info, XMP metadata */
    YX_PDF_ADDED_SIGNATURE,
    YX_PDF_ADDED_FORM,
    YX_PDF_ADDED_ANNOTATION
};

/* So many later signatures may have stamps of their own. */
#define YX_PDF_SIGNED_LATER 64

struct yx_pdf_comparison {
    struct yx_pdf *then, *now;
    const struct yx_pdf_xref *xref_then, *xref_now;
    const struct yx_pdf_permissions *permissions;
    struct yx_report *report;
    struct yx_arena *arena;
    struct yx_pdf_change *changes; /* by number */
    size_t count;
    struct yx_pdf_use *uses; /* by target */
    size_t use_count, use_cap;
    enum yx_pdf_addition addition; /* the most notable so far */
    char what[256];                /* what was filled in or added, for people */
    struct yx_error forbidden;     /* the first change that is not allowed; YX_OK: none */
    size_t fields_left;            /* how many more fields are looked at */
    struct yx_bytes signed_later[YX_PDF_SIGNED_LATER]; /* names of fields that are signed now */
    size_t signed_later_count;
};

/*
 * Compares and judges. `out->addition` and `out->what`, or `out->forbidden`, say what was found.
 * `report->changed_after` gets names. YX_OK unless memory or I/O fails, or a file is damaged.
 */
yx_status yx_pdf_compare(struct yx_pdf_comparison *comparison, struct yx_error *err);

#endif
