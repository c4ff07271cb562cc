/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pdfverify/revisions.h - the file structure as its bytes tell it: the chain of cross-reference
 * sections, and the revisions that were appended behind a signed one. Strict where a reader
 * repairs: what stands in a file beside its objects is what attacks on signatures are made of.
 */
#ifndef PDFVERIFY_REVISIONS_H
#define PDFVERIFY_REVISIONS_H

#include "pdfverify/revisions_lexer.h"

/* --- Cross-reference sections (revisions_xref.c, revisions_stream.c) ---------------------- */

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

/* The place of an entry in `order`: the section (0: the newest), and within it entries in use, then
 * those of XRefStm, then free ones (ISO 32000-1 7.5.8.4). */
static inline uint32_t yx_pdf_order(size_t section, unsigned rank)
{
    return (uint32_t)section * 3 + rank;
}
static inline size_t yx_pdf_section_of(const struct yx_pdf_entry *entry)
{
    return entry->order / 3;
}

/* Adds an entry. */
yx_status yx_pdf_xref_add(struct yx_pdf_xref *xref, const struct yx_pdf_entry *entry,
                          struct yx_error *err);
/* Reads one entry of a trailer dictionary into a section. */
yx_status yx_pdf_section_entry(struct yx_pdf_section *section, const char *key,
                               const struct yx_pdf_value *value, struct yx_error *err);
/* Reads the cross-reference stream whose object starts at `section->offset`; entries get
 * `order`. */
yx_status yx_pdf_xref_stream(const struct yx_source *source, uint64_t size,
                             struct yx_pdf_section *section, uint32_t order,
                             struct yx_pdf_xref *xref, struct yx_error *err);

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

#endif
