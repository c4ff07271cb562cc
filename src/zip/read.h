/* SPDX-License-Identifier: Apache-2.0 */
/* zip/read.h - what the files of the zip reader share. */
#ifndef ZIP_READ_H
#define ZIP_READ_H

#include "zip/zip.h"

/* The end record, with offsets in the source. */
struct zip_end {
    uint64_t at;
    uint64_t directory_at;
    uint32_t directory_size;
    uint32_t count;
    uint64_t shift; /* to be added to the offsets in the directory: junk before the package */
};

struct yx_zip {
    const struct yx_source *source;
    struct zip_end end;
    struct yx_buf directory;
    struct yx_zip_entry *entries;
    struct yx_zip_entry **by_name;
    size_t count;
    uint64_t outside;
};

/* end.c: finds the end record and checks what it says. */
yx_status yx_zip_find_end(const struct yx_source *source, struct zip_end *out,
                          struct yx_error *err);
/* layout.c: checks every local header, fills the places of the entries, and refuses overlaps
 * and entries hidden between others. */
yx_status yx_zip_check_layout(struct yx_zip *zip, struct yx_error *err);

#endif
