/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ofd/parts.h - the files of a package in the order of their names, each digested only once
 * however many signatures protect it. Folders are left out: no signature can protect one.
 */
#ifndef OFD_PARTS_H
#define OFD_PARTS_H

#include "ofd/model.h"

struct yx_ofd_part {
    const struct yx_zip_entry *entry;
    const uint8_t *digests[YX_DIGEST_MD5 + 1]; /* NULL until asked for */
    const struct yx_error *unreadable;         /* why its content cannot be had, once known */
};

struct yx_ofd_parts {
    struct yx_ofd *ofd;
    struct yx_arena *arena;
    struct yx_ofd_part *items;
    size_t count;
    uint64_t size; /* of all together */
    const struct yx_progress *progress;
    uint64_t done, total; /* for `progress` */
    uint64_t extra;       /* bytes digested again: with a prefix, or by another algorithm */
};

#define YX_NO_PART SIZE_MAX

/* Ends a call with the error of another one that was looked at first. */
static inline yx_status yx_ofd_pass_on(struct yx_error *err, const struct yx_error *why)
{
    if (err != NULL)
        *err = *why;
    return why->status;
}

/* `ofd`, `arena` and `progress` must outlive it. `total` is the size of all parts. */
yx_status yx_ofd_parts_index(struct yx_ofd *ofd, struct yx_arena *arena,
                             const struct yx_progress *progress, struct yx_ofd_parts *out,
                             struct yx_error *err);
/* The index of a part, or YX_NO_PART. */
size_t yx_ofd_parts_find(const struct yx_ofd_parts *parts, struct yx_bytes path);
/* The digest of a part's content, valid as long as the arena. */
yx_status yx_ofd_parts_digest(struct yx_ofd_parts *parts, size_t index,
                              yx_digest_algorithm algorithm, const uint8_t **out,
                              struct yx_error *err);
/* SM3 of `prefix` and the content. YX_REFUSED when a package asks for more work than is sane. */
yx_status yx_ofd_parts_digest_prefixed(struct yx_ofd_parts *parts, size_t index,
                                       struct yx_bytes prefix, uint8_t out[32],
                                       struct yx_error *err);

#endif
