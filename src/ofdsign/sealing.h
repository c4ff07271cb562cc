/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ofdsign/sealing.h - what the files that seal share. prepare.c goes through the steps; existing.c
 * looks at the signatures that are there; splice.c changes OFD.xml and Signatures.xml;
 * signature_xml.c writes Signature.xml; plan.c turns the result into bytes that can be sent;
 * finish.c puts the signature in and writes the package.
 */
#ifndef OFD_SEALING_H
#define OFD_SEALING_H

#include "ofd/ofd.h"

/* A prepared signature: all that finishing needs beside the document. */
struct yx_ofd_sealing {
    bool is_seal;              /* else a GB/T 35275 signature */
    struct yx_zip_part *parts; /* new and changed parts, all but the signed value */
    size_t part_count;
    struct yx_bytes value_path;  /* where the signed value goes */
    struct yx_bytes certificate; /* the signer's, DER */
    yx_signature_algorithm algorithm;
    struct yx_bytes to_be_signed;
    yx_time time;
};

/* A sealing on its way. Everything it makes lives in `arena`. */
struct yx_ofd_work {
    const struct yx_ofd_request *request;
    yx_time time;
    struct yx_ofd *ofd;
    struct yx_arena *arena;
    struct yx_ofd_parts index;
    struct yx_ofd_signed_list existing;
    uint32_t number; /* of the document, from 1 */
    struct yx_ofd_document *document;
    struct yx_cert_cache certs;
    struct yx_seal *seal; /* NULL for a GB/T 35275 signature */
    struct yx_stamps stamps;
    uint32_t first_id;        /* of the signature; the stamps follow */
    struct yx_bytes *lists;   /* Signatures.xml of every document, the new ones included */
    struct yx_bytes folder;   /* of the new signature, ends with '/' */
    struct yx_bytes xml_path; /* of Signature.xml */
    struct yx_bytes seal_path;
    struct yx_ofd_sealing sealing;
};

/* Opens and prepares `in`. Release with yx_ofd_work_free also when it failed. */
yx_status yx_ofd_work_prepare(struct yx_ofd_work *work, const struct yx_source *in,
                              const struct yx_ofd_request *request,
                              const struct yx_progress *progress, struct yx_error *err);
void yx_ofd_work_free(struct yx_ofd_work *work);
YX_DEFINE_CLEAN_VALUE(yx_ofd_work, struct yx_ofd_work, yx_ofd_work_free);

/* --- existing.c -------------------------------------------------------------------------- */

/* Refuses what the new signature would break, and lists that are damaged. */
yx_status yx_ofd_check_existing(struct yx_ofd_work *work, struct yx_error *err);
/* Sets first_id: the counter goes on behind every ID of signatures and stamps. */
yx_status yx_ofd_choose_ids(struct yx_ofd_work *work, struct yx_error *err);
/* Sets lists, folder and the paths: names that the package does not have yet. */
yx_status yx_ofd_choose_paths(struct yx_ofd_work *work, struct yx_error *err);

/* --- splice.c ---------------------------------------------------------------------------- */

/* Adds the changed OFD.xml (at the first signature) and the Signatures.xml files to the parts. */
yx_status yx_ofd_splice(struct yx_ofd_work *work, struct yx_error *err);

/* --- signature_xml.c --------------------------------------------------------------------- */

/* Digests what is to be protected and appends Signature.xml. */
yx_status yx_ofd_write_signature_xml(struct yx_ofd_work *work, struct yx_buf *out,
                                     struct yx_error *err);

/* --- prepare.c --------------------------------------------------------------------------- */

/* Adds a part with a copy of the content. */
yx_status yx_ofd_add_part(struct yx_ofd_work *work, struct yx_bytes name, struct yx_bytes content,
                          struct yx_error *err);

/* --- plan.c ------------------------------------------------------------------------------ */

yx_status yx_ofd_plan_to_der(const struct yx_ofd_sealing *sealing, const uint8_t document[32],
                             struct yx_buf *out, struct yx_error *err);
/* Everything points into `der`, but for the list of parts, which is in the arena. */
yx_status yx_ofd_plan_from_der(struct yx_bytes der, struct yx_arena *arena,
                               struct yx_ofd_sealing *sealing, struct yx_bytes *document,
                               struct yx_error *err);

/* Where the place of time-stamps is told. */
#define RULE_STAMP "GB/T 38540-2020, time-stamp"

#endif
