/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ofd/signed.h - the signatures that a package carries already, as their Signature.xml files tell.
 * Sealing reads them in order not to break them, verifying in order to judge them.
 */
#ifndef OFD_SIGNED_H
#define OFD_SIGNED_H

#include "ofd/parts.h"

/* A package with more signatures than this is hostile. */
#define YX_OFD_JUDGED_MAX 1000u
/* Stamps of all signatures of a package together; a seam over a thousand pages is a thousand. */
#define YX_OFD_STAMPS_MAX 20000u

struct yx_ofd_reference {
    const char *file_ref; /* as written; "" when it is missing */
    const char *check_value;
    struct yx_bytes path; /* empty when it is no path inside the package */
    size_t part;          /* YX_NO_PART when there is none */
};

struct yx_ofd_signed {
    uint32_t document; /* from 1 */
    size_t place;      /* in the list of its document, from 0 */
    const struct yx_ofd_signature *listed;
    struct yx_error error; /* why Signature.xml could not be read; status YX_OK: it could */
    size_t xml_part;
    struct yx_bytes xml;
    const struct yx_xml *info; /* SignedInfo */
    bool has_seal;             /* SignedInfo names a seal file */
    size_t seal_part;
    size_t value_part;
    const char *check_method; /* of the references; NULL when not written */
    struct yx_ofd_reference *references;
    size_t reference_count;
    size_t *covers; /* the parts that the references name, ascending */
    size_t cover_count;
};

struct yx_ofd_signed_list {
    struct yx_ofd_signed *items; /* document by document, each in the order of its list */
    size_t count;
};

/*
 * Reads every Signature.xml that the lists of the package name. What is wrong with one stands in
 * its `error`; the call fails with YX_REFUSED when there are too many, and when memory or reading
 * fails.
 */
yx_status yx_ofd_signed_read(struct yx_ofd_parts *parts, struct yx_ofd_signed_list *out,
                             struct yx_error *err);
/* Do its references name this part? */
bool yx_ofd_signed_covers(const struct yx_ofd_signed *signature, size_t part);

/*
 * Are the lists complete and free of contradictions? YX_DAMAGED names the first thing that is not:
 * a list that is missing or damaged, a signature listed twice, an ID used twice, a signature file
 * in the package (or protected by another signature) that no list names. Memory: YX_NO_MEMORY.
 */
yx_status yx_ofd_signed_check_lists(const struct yx_ofd_parts *parts,
                                    const struct yx_ofd_signed_list *list, struct yx_error *err);

#endif
