/* SPDX-License-Identifier: Apache-2.0 */
/* ofd/pass.h - passes over a whole file: its digest, and how several of them show as one work. */
#ifndef OFD_PASS_H
#define OFD_PASS_H

#include "ofd/ofd.h"

/* SM3 over the whole source. `progress` may be NULL. */
yx_status yx_ofd_source_digest(const struct yx_source *source, const struct yx_progress *progress,
                               uint8_t out[32], struct yx_error *err);

/* Shows `count` passes over `size` bytes each to `outer` as one work. */
struct yx_ofd_passes {
    const struct yx_progress *outer;
    uint64_t size;
    unsigned count, current; /* from 0 */
};
/* The progress of the current pass; `passes` must outlive it. */
struct yx_progress yx_ofd_pass(struct yx_ofd_passes *passes);
/* Tells that all is done. */
void yx_ofd_passes_end(const struct yx_ofd_passes *passes);

#endif
