/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ofd/model.h - what the files of this room share about an opened package, beside the door: its
 * limits, and parts by their paths. Only ofd/ includes it.
 */
#ifndef OFD_MODEL_H
#define OFD_MODEL_H

#include "ofd/ofd.h"

/* What is read of a package at most. */
#define YX_OFD_DOCUMENTS_MAX 1000u
#define YX_OFD_PAGES_MAX 100000u
#define YX_OFD_SIGNATURES_MAX 10000u
#define YX_OFD_TEMPLATES_MAX 1000u /* of a document */
/* All XML that is parsed between open and free, so that a part named a thousand times stops. */
#define YX_OFD_XML_TOTAL_MAX (UINT64_C(1) << 30)
/* Memory for the trees of one package, and for those of one page. */
#define YX_OFD_ARENA_MAX ((size_t)256 * 1024 * 1024)

/* Largest XML part that is parsed. */
#define YX_OFD_XML_MAX (64u * 1024 * 1024)

/* The entry of a package path; YX_DAMAGED (naming it) when there is none. */
yx_status yx_ofd_part(struct yx_ofd *ofd, struct yx_bytes path, const struct yx_zip_entry **out,
                      struct yx_error *err);
/* yx_ofd_xml_into with the package's arena. */
yx_status yx_ofd_xml(struct yx_ofd *ofd, struct yx_bytes path, const struct yx_xml **root,
                     struct yx_bytes *bytes, struct yx_error *err);
/* The digest of a part's content, any size. */
yx_status yx_ofd_part_digest(struct yx_ofd *ofd, const struct yx_zip_entry *entry,
                             yx_digest_algorithm algorithm, struct yx_bytes prefix, uint8_t *out,
                             struct yx_error *err);

#endif
