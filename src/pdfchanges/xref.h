/* SPDX-License-Identifier: Apache-2.0 */
/* pdfchanges/xref.h - what the files that read cross-reference sections share. */
#ifndef PDFCHANGES_XREF_H
#define PDFCHANGES_XREF_H

#include "pdfchanges/pdfchanges.h"

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

#endif
